//! `loa resolve`: what a person says about deliveries of which nobody knows whether they arrived.
//!
//! Which ones: codes, groups, or a filter as `loa log` knows it; `--dry-run` shows them first. Sending several again may reach
//! several people twice, so that two people stand for it.

use std::collections::BTreeMap;

use clap::Args;
use serde_json::json;

use super::decide::{Tally, left, nothing, short};
use super::log::{LogArgs, chosen};
use super::pick;
use super::show::{Show, post_word};
use crate::cli::{Ctx, Done, Exit, Stop, words};
use crate::config::Settings;
use crate::domain::delivery::State;
use crate::domain::text::fold;
use crate::plan::ms;
use crate::store::{ANSWERED_AT_ONCE, Answered, DeliveryRow, LogFilter, Resolution, Store, is_closed};

/// `loa resolve`
#[derive(Debug, Args)]
pub struct ResolveArgs {
    /// Mã rồi câu trả lời: sent, not-sent, resend, leave · codes, then the answer
    #[arg(required = true, value_name = "CODE… sent|not-sent|resend|leave")]
    pub words: Vec<String>,
    /// Mọi câu hỏi của một tài khoản · all questions of an account
    #[arg(long)]
    pub account: Option<String>,
    /// Chỉ một nguyên nhân · only this cause
    #[arg(long)]
    pub cause: Option<String>,
    /// Của một bài hoặc chiến dịch · of a post or campaign
    #[arg(long, value_name = "CAMPAIGN[/POST]")]
    pub post: Option<String>,
    /// Của một đơn vị · of a unit
    #[arg(long)]
    pub unit: Option<String>,
    /// Của một kênh: website, email, zalo… · of a channel
    #[arg(long, value_name = "FAMILY")]
    pub channel: Option<String>,
    /// Của người trong một danh sách · of people of a list
    #[arg(long)]
    pub list: Option<String>,
    /// Chưa rõ từ ngày (dd/mm/yyyy) · unknown since a day
    #[arg(long, value_name = "DATE")]
    pub since: Option<String>,
    /// Đến hết ngày · until the end of a day
    #[arg(long, value_name = "DATE")]
    pub until: Option<String>,
    /// Chỉ xem gồm những lượt nào, chưa quyết định · only show which ones, decide nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Ai quyết định · who decides
    #[arg(long, value_name = "NAME")]
    pub by: String,
    /// Người thứ hai đồng ý, khi gửi lại nhiều lượt · a second person, for sending several again
    #[arg(long, visible_alias = "with", value_name = "NAME")]
    pub second: Option<String>,
}

impl ResolveArgs {
    /// True if rows are chosen by what they are, not by codes.
    fn filters(&self) -> bool {
        [
            &self.account,
            &self.cause,
            &self.post,
            &self.unit,
            &self.channel,
            &self.list,
            &self.since,
            &self.until,
        ]
        .iter()
        .any(|o| o.is_some())
    }
}

/// Reads an answer, in English or Vietnamese.
fn answer(word: &str) -> Option<Resolution> {
    match fold(word).replace(['-', '_'], " ").as_str() {
        "sent" | "da nhan" | "da gui" => Some(Resolution::Sent),
        "not sent" | "chua gui" | "chua nhan" => Some(Resolution::NotSent),
        "resend" | "gui lai" => Some(Resolution::Resend),
        "leave" | "khong ro" | "de nguyen" => Some(Resolution::Leave),
        _ => None,
    }
}

/// The open questions that the options choose.
async fn asked(
    ctx: &Ctx,
    settings: &Settings,
    store: &Store,
    a: &ResolveArgs,
) -> Result<Vec<DeliveryRow>, Stop> {
    let like_log = LogArgs {
        account: a.account.clone(),
        post: a.post.clone(),
        unit: a.unit.clone(),
        channel: a.channel.clone(),
        list: a.list.clone(),
        since: a.since.clone(),
        until: a.until.clone(),
        system: true,
        ..LogArgs::default()
    };
    let f = chosen(ctx, settings, store, &like_log).await?;
    // A log shows a week where nobody says since when; a question waits as long as it waits.
    let f = LogFilter { from: f.from.filter(|_| a.since.is_some()), states: vec![State::Unknown], ..f };
    let rows = pick::all(store, f).await?;
    Ok(rows
        .into_iter()
        .filter(|r| {
            !is_closed(r.afterwards.as_deref().unwrap_or_default())
                && a.cause.as_ref().is_none_or(|c| r.cause_code.as_deref().unwrap_or("") == c)
        })
        .collect())
}

/// What rows are about: post, account and cause, with how many.
fn by_post(rows: &[&DeliveryRow]) -> BTreeMap<(String, String, String), i64> {
    let mut out = BTreeMap::new();
    for r in rows {
        let key = (r.origin.clone(), r.account.clone(), r.cause_code.clone().unwrap_or_default());
        *out.entry(key).or_default() += 1;
    }
    out
}

/// The same as lines of a screen.
fn lines(show: &Show, rows: &[&DeliveryRow]) -> String {
    let l = show.lang;
    by_post(rows)
        .into_iter()
        .map(|((origin, account, cause), n)| {
            let (post, n, why) = (post_word(&origin).to_owned(), show.n(n), words::cause(&cause, l));
            say!(l, "  {post}: {n} lượt qua {account} ({why})\n", "  {post}: {n} by {account} ({why})\n")
        })
        .collect()
}

/// Shows what an answer would be about.
fn shown(ctx: &Ctx, show: &Show, rows: &[&DeliveryRow], not: usize, answer: &str) -> Done {
    let l = ctx.lang;
    if ctx.json {
        let posts: Vec<_> = by_post(rows)
            .into_iter()
            .map(|((origin, account, cause), n)| json!({ "origin": origin, "account": account, "cause": cause, "n": n }))
            .collect();
        let codes: Vec<_> = rows.iter().map(|r| short(r)).collect();
        println!(
            "{}",
            json!({ "dry_run": true, "answer": answer, "rows": rows.len(), "not": not, "posts": posts, "codes": codes })
        );
        return Ok(Exit::Good);
    }
    let n = show.n(rows.len() as i64);
    println!(
        "{}",
        say!(
            l,
            "Xem trước, chưa quyết định gì: “{answer}” sẽ áp dụng cho {n} lượt",
            "A look, nothing decided: “{answer}” would be about {n} deliveries"
        )
    );
    print!("{}", lines(show, rows));
    let codes: Vec<String> = rows.iter().take(10).map(|r| short(r)).collect();
    if !codes.is_empty() {
        let more = if rows.len() > codes.len() { " …" } else { "" };
        println!("  {}{more}", codes.join(" "));
    }
    if not > 0 {
        let not = show.n(not as i64);
        println!(
            "{}",
            say!(
                l,
                "  {not} lượt không còn “chưa rõ”, để nguyên",
                "  {not} are not unknown any more, left as they are"
            )
        );
    }
    Ok(Exit::Good)
}

/// `loa resolve`
///
/// # Errors
/// No answer, or one that needs a second person; a code means nothing; the database.
pub async fn resolve(ctx: &Ctx, a: ResolveArgs) -> Done {
    let l = ctx.lang;
    let settings = ctx.settings(false)?;
    let store = ctx.store(&settings).await?;
    let Some((answer, word, codes)) =
        a.words.split_last().and_then(|(w, codes)| Some((answer(w)?, w.as_str(), codes)))
    else {
        return Err(Stop::unusable(l.pick(
            "Thiếu câu trả lời ở cuối: sent (họ đã nhận) · not-sent (chưa, và thôi) · resend (gửi lại) · leave (không gửi lại, ghi “không rõ”)",
            "The answer is missing at the end: sent · not-sent · resend · leave",
        )));
    };
    if codes.is_empty() != a.filters() {
        let status = ctx.hint(&["status"]);
        return Err(Stop::unusable(if codes.is_empty() {
            say!(
                l,
                "Thiếu mã hoặc --account TAI-KHOAN (--post, --unit, --list, --since…). Xem câu hỏi:   {status}",
                "Give codes or --account ACCOUNT (--post, --unit, --list, --since…). The questions:   {status}"
            )
        } else {
            say!(
                l,
                "Ghi mã, hoặc chọn bằng --account, --post, --unit…, không dùng cả hai. Xem câu hỏi:   {status}",
                "Give codes, or choose by --account, --post, --unit…, not both. The questions:   {status}"
            )
        }));
    }
    let rows = if codes.is_empty() {
        asked(ctx, &settings, &store, &a).await?
    } else {
        pick::rows(ctx, &settings, &store, codes).await?
    };
    if rows.is_empty() {
        let what = a.account.as_deref().map(|x| format!("{x}: ")).unwrap_or_default();
        return nothing(ctx, &say!(l, "{what}không có câu hỏi nào đang chờ", "{what}no question is open"));
    }
    let show = Show::new(l, &settings, ctx.now());
    let open: Vec<&DeliveryRow> = rows.iter().filter(|r| r.state() == State::Unknown).collect();
    if a.dry_run {
        return shown(ctx, &show, &open, rows.len() - open.len(), word);
    }
    let again = answer == Resolution::Resend;
    let second = a.second.as_deref().map(str::trim).filter(|s| !s.is_empty());
    // The same name in other letters is the same person.
    if again && open.len() > 1 && second.is_none_or(|s| fold(s) == fold(a.by.trim())) {
        let (n, list) = (open.len(), lines(&show, &open));
        return Err(Stop::refused(say!(
            l,
            "Gửi lại {n} lượt có thể khiến {n} nơi nhận hai lần: cần người thứ hai đồng ý, thêm --second TÊN (khác --by).\n{list}",
            "Sending {n} again may reach {n} receivers twice: a second person must agree, add --second NAME (not --by).\n{list}"
        )));
    }
    let mut actor = ctx.actor(Some(&a.by));
    if let Some(second) = second.filter(|_| again) {
        actor.name = format!("{} + {second}", actor.name);
    }
    let mut tally = Tally::default();
    for chunk in rows.chunks(ANSWERED_AT_ONCE) {
        let now = ms(ctx.now());
        let ids: Vec<_> = chunk.iter().map(|r| (r.id(), r.planned_for)).collect();
        let became = match store.unknown_answer(&ids, answer, &actor, now).await {
            Ok(became) => became,
            Err(e) => {
                // What was written stays written, and the rest still asks.
                if !tally.done.is_empty() {
                    let n = show.n(tally.done.len() as i64);
                    eprintln!(
                        "{}",
                        say!(
                            l,
                            "Đã ghi {n} lượt rồi mới dừng; chạy lại lệnh này để ghi tiếp phần còn lại.",
                            "{n} were written before it stopped; run this again for the rest."
                        )
                    );
                }
                return Err(e.into());
            }
        };
        for (r, became) in chunk.iter().zip(became) {
            match became {
                Answered::Done(due) => {
                    tally.goes = tally.goes.max(due.filter(|t| *t > now));
                    tally.done.push(short(r));
                }
                Answered::Left => tally.not.push((short(r), left(ctx, r, settings.time_zone))),
            }
        }
    }
    let (vi, en) = match answer {
        Resolution::Sent => ("Ghi là nơi nhận đã nhận", "Recorded as received"),
        Resolution::NotSent => ("Ghi là chưa gửi, không gửi nữa", "Recorded as not sent"),
        Resolution::Resend => ("Cho gửi lại", "To be sent again"),
        Resolution::Leave => {
            ("Khép lại, ghi “không rõ”, không gửi lại", "Closed as “not known”, not sent again")
        }
    };
    tally.say(ctx, &show, vi, en)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_in_both_languages() {
        assert!(answer("leave") == Some(Resolution::Leave) && answer("không-rõ") == Some(Resolution::Leave));
        assert!(answer("not-sent") == Some(Resolution::NotSent));
        assert!(answer("gửi-lại") == Some(Resolution::Resend));
        assert!(answer("T-4K7Q").is_none() && answer("").is_none());
    }
}
