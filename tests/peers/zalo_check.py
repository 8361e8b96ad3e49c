"""Checks the fake Zalo server with python-zalo-bot, a client nobody here wrote.

Usage: zalo_check.py URL TOKEN. The test has set up: chat 6ede9afa66b88fe6d6a9 takes messages, `blocked` answers 403, and the
third send meets a 429 "Quota exceeded". Prints what the client read as JSON.
"""
import asyncio
import json
import sys

from zalo_bot import Bot
from zalo_bot.error import Forbidden, InvalidToken, NetworkError, ZaloError

CHAT = "6ede9afa66b88fe6d6a9"


async def refused(error, call):
    try:
        await call
    except error as e:
        return f"{type(e).__name__}: {e}"
    raise AssertionError(f"no {error.__name__}")


async def main(url, token):
    seen = {}
    bot = Bot(token, base_url=url)
    async with bot:
        me = await bot.get_me()
        seen["me"] = [me.id, me.account_name, me.account_type]
        text = await bot.send_message(CHAT, "Tên miền .vn cho hộ kinh doanh")
        seen["text"] = text.message_id
        photo = await bot.send_photo(CHAT, "Áp phích", "https://kit.example.vn/ap-phich.png")
        seen["photo"] = photo.message_id
        seen["quota"] = await refused(NetworkError, bot.send_message(CHAT, "quá nhiều"))
        seen["blocked"] = await refused(Forbidden, bot.send_message("blocked", "x"))
        seen["long"] = await refused(ZaloError, bot.send_message(CHAT, "x" * 2001))
    other = Bot(token + "x", base_url=url)
    seen["token"] = await refused(InvalidToken, other.get_me())
    print(json.dumps(seen))


asyncio.run(main(*sys.argv[1:]))
