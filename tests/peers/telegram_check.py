"""Checks the fake Telegram server with python-telegram-bot, a client nobody here wrote.

Usage: telegram_check.py URL TOKEN. The test has set up: chat -1001 takes messages and has 4321 members; 77 blocked the bot;
-5 became -1005; the fourth send meets a 429 with retry_after 7 (the test queues it as the next send after three).
Prints what the client read as JSON; any difference from what the Bot API does ends in a non-zero exit.
"""
import asyncio
import json
import sys

from telegram import Bot, InputMediaPhoto
from telegram.constants import ParseMode
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, RetryAfter

PICTURE = b"\x89PNG\r\n\x1a\nnot really"


async def refused(error, call):
    try:
        await call
    except error as e:
        if type(e) is not error:
            raise AssertionError(f"{type(e).__name__} instead of {error.__name__}")
        return e
    raise AssertionError(f"no {error.__name__}")


async def main(url, token):
    base = f"{url}/bot"
    seen = {}
    async with Bot(token, base_url=base) as bot:
        seen["me"] = (await bot.get_me()).username
        text = await bot.send_message("-1001", "<b>Tên miền</b> .vn", parse_mode=ParseMode.HTML)
        seen["text"] = [text.message_id, text.text, text.chat.id]
        photo = await bot.send_photo("-1001", PICTURE, caption="<i>Áp phích</i>", parse_mode=ParseMode.HTML,
                                     filename="ap-phich.png")
        seen["photo"] = [photo.message_id, photo.caption, len(photo.photo)]
        album = await bot.send_media_group("-1001", [InputMediaPhoto(PICTURE, caption="<b>Bộ</b> ảnh", parse_mode=ParseMode.HTML),
                                                     InputMediaPhoto(PICTURE)])
        seen["album"] = [[m.message_id, m.caption or "", len(m.photo)] for m in album]
        document = await bot.send_document("-1001", b"%PDF-1.7 x", caption="Tờ rơi", filename="to-roi.pdf")
        seen["document"] = [document.message_id, document.caption, document.document.file_size]
        late = await refused(RetryAfter, bot.send_message("-1001", "quá nhanh"))
        wait = late.retry_after
        seen["retry_after"] = wait if isinstance(wait, int) else int(wait.total_seconds())
        seen["members"] = await bot.get_chat_member_count("-1001")
        seen["blocked"] = (await refused(Forbidden, bot.send_message("77", "x"))).message
        seen["moved"] = (await refused(ChatMigrated, bot.send_message("-5", "x"))).new_chat_id
        seen["unknown"] = (await refused(BadRequest, bot.send_message("khong-co", "x"))).message
        seen["long"] = (await refused(BadRequest, bot.send_message("-1001", "x" * 4097))).message
        seen["caption"] = (await refused(BadRequest, bot.send_photo("-1001", PICTURE, caption="x" * 1025))).message
        seen["alone"] = (await refused(BadRequest, bot.send_media_group("-1001", [InputMediaPhoto(PICTURE)]))).message
        seen["markup"] = (await refused(BadRequest, bot.send_message("-1001", "<p>x</p>", parse_mode="HTML"))).message
    await refused(InvalidToken, Bot(token + "x", base_url=base).initialize())
    await refused(InvalidToken, Bot("nonsense", base_url=base).initialize())
    print(json.dumps(seen))


asyncio.run(main(*sys.argv[1:]))
