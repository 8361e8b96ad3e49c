//! What the end of a rehearsal tells: what was sent, what was not and why, what to open, what to type next.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use super::verdict::Verdict;
use crate::cli::Ctx;
use crate::config::Settings;
use crate::domain::delivery::State;
use crate::domain::text::{self, Lang};
use crate::domain::unit::Family;
use crate::store::{DeliveryRow, PeriodFacts};
use crate::transport::is_package;

/// What the end has to tell.
pub(super) struct Told<'a> {
    pub(super) start: DateTime<Utc>,
    pub(super) end: DateTime<Utc>,
    pub(super) seconds: f64,
    pub(super) turns: u64,
    pub(super) rows: &'a [DeliveryRow],
    /// The same, counted; for airings.
    pub(super) facts: &'a [PeriodFacts],
    /// Links of webmasters that did not lead to the article.
    pub(super) wrong_links: usize,
    pub(super) unapproved: Option<String>,
    pub(super) drafts: usize,
    pub(super) stopped: usize,
    /// The folder that was rehearsed.
    pub(super) stage: &'a Path,
}

pub(super) fn summary(
    ctx: &Ctx,
    settings: &Settings,
    t: &Told<'_>,
    verdict: &Verdict,
    files: &[(PathBuf, &'static str)],
    report: &[(PathBuf, &'static str)],
) -> String {
    use std::fmt::Write as _;
    let mut o = String::new();
    let n = |v: usize| text::number(v as i64, ctx.lang);
    let count = |f: &dyn Fn(&&DeliveryRow) -> bool| t.rows.iter().filter(|r| f(r)).count();
    let date = |d: DateTime<Utc>| text::date(d.with_timezone(&settings.time_zone).date_naive());
    let own = |r: &&DeliveryRow| r.origin.starts_with("system/");
    let sent = |r: &&DeliveryRow| r.state() == State::Sent && r.account != crate::store::BY_SHEET;
    let _ = writeln!(
        o,
        "{}",
        match ctx.lang {
            Lang::Vi => format!(
                "Đã diễn tập {} – {} trong {} giây, {} nhịp (đồng hồ giả lập, không có gì gửi ra ngoài).",
                date(t.start),
                date(t.end),
                text::decimal(t.seconds, 1, ctx.lang),
                n(t.turns as usize)
            ),
            Lang::En => format!(
                "Rehearsed {} – {} in {:.1} seconds, {} turns (simulated clock, nothing left this machine).",
                date(t.start),
                date(t.end),
                t.seconds,
                t.turns
            ),
        }
    );
    let mut by: BTreeMap<Family, usize> = BTreeMap::new();
    let packages = count(&|r| sent(r) && !own(r) && is_package(&r.kind));
    let sheets = count(&|r| sent(r) && r.origin == "system/sheet");
    let reminders = count(&|r| sent(r) && r.origin == "system/reminder");
    for r in t.rows.iter().filter(|r| sent(r) && !own(r) && !is_package(&r.kind)) {
        if let Some(f) = Family::parse(&r.family) {
            *by.entry(f).or_default() += 1;
        }
    }
    let list: Vec<String> = by
        .iter()
        .map(|(f, c)| format!("{} {}", if ctx.lang == Lang::Vi { f.vi() } else { f.as_str() }, n(*c)))
        .chain([
            format!("{} {}", ctx.say("gói bài", "packages"), n(packages)),
            format!("{} {}", ctx.say("phiếu đài", "station sheets"), n(sheets)),
            format!("{} {}", ctx.say("thư nhắc", "reminders"), n(reminders)),
        ])
        .collect();
    let mut line = |label: &str, v: usize, more: &str| {
        let _ = writeln!(o, "  {label:<12}{:>7}   {more}", n(v));
    };
    line(ctx.say("đã gửi", "accepted"), count(&|r| sent(r)), &list.join(" · "));
    // Handed over = aired + not aired with a reason + missing without one + nobody said anything.
    let sum = |of: fn(&PeriodFacts) -> i64, later: &[Option<&str>]| -> i64 {
        let sent = |f: &&PeriodFacts| f.family == "station" && f.state() == Some(State::Sent);
        t.facts.iter().filter(sent).filter(|f| later.contains(&f.afterwards.as_deref())).map(of).sum()
    };
    let (told, silent) = ([Some("aired"), Some("skipped")], [None, Some("unconfirmed")]);
    let i = |v: i64| text::number(v, ctx.lang);
    let declared = sum(|f| f.declared - f.extra, &told);
    let (skipped, fewer) = (sum(|f| f.not_aired, &[Some("skipped")]), sum(|f| f.not_aired, &[Some("aired")]));
    let silent = sum(|f| f.asked, &silent);
    let wanted = i(declared + skipped + fewer + silent);
    let (skipped, fewer, silent) = (i(skipped), i(fewer), i(silent));
    let mut more = match ctx.lang {
        Lang::Vi => format!(
            "trên {wanted} buổi truyền thanh đã giao · {skipped} không phát, có lý do · {fewer} khai thiếu, không nói lý do · {silent} chưa ai báo"
        ),
        Lang::En => format!(
            "of {wanted} airings asked for · {skipped} not aired, with a reason · {fewer} missing without a reason · {silent} nobody reported"
        ),
    };
    let no_room: i64 = t.facts.iter().filter(|f| f.family == "station").map(|f| f.times - f.asked).sum();
    if no_room > 0 {
        more.push_str(&match ctx.lang {
            Lang::Vi => format!(" (ngoài ra {} buổi không còn chỗ trong tuần)", i(no_room)),
            Lang::En => format!(" ({} more found no room in their week)", i(no_room)),
        });
    }
    line(ctx.say("đã phát", "aired"), usize::try_from(declared).unwrap_or(0), &more);
    let returned = count(&|r| is_package(&r.kind) && r.afterwards.as_deref() == Some("published"));
    let wrong = n(t.wrong_links);
    line(
        ctx.say("đã đăng", "published"),
        returned,
        &match ctx.lang {
            Lang::Vi => {
                format!("gói bài có đường dẫn, Loa mở thấy bài · {wrong} đường dẫn sai bị trả lại (cố ý)")
            }
            Lang::En => format!(
                "packages whose link Loa opened and found the article · {wrong} wrong links turned down (on purpose)"
            ),
        },
    );
    line(
        ctx.say("bị từ chối", "rejected"),
        count(&|r| r.state() == State::Rejected),
        ctx.say("hộp thư không còn (cố ý)", "mailboxes that are gone (on purpose)"),
    );
    line(
        ctx.say("chưa rõ", "unknown"),
        count(&|r| r.state() == State::Unknown),
        ctx.say(
            "đứt mạng giả lập sau khi gửi: Loa không đoán, chờ người quyết định",
            "connection cut after the message: Loa does not guess, a person decides",
        ),
    );
    let retried = count(&|r| r.state() == State::Sent && r.opened > 1);
    line(
        ctx.say("gửi lại", "retried"),
        retried,
        ctx.say("lần đầu nơi nhận bận, lần sau đã nhận", "busy at first, accepted later"),
    );
    line(
        ctx.say("đang giữ", "held"),
        count(&|r| r.state() == State::Held),
        &match (&t.unapproved, ctx.lang) {
            (Some(p), Lang::Vi) => format!("{p}: chưa đủ bước duyệt"),
            (Some(p), Lang::En) => format!("{p}: not all steps of approval"),
            (None, _) => String::new(),
        },
    );
    line(
        ctx.say("không gửi", "not sent"),
        count(&|r| r.state() == State::Expired),
        ctx.say("quá giờ mà chưa được duyệt", "too late without approval"),
    );
    if t.stopped > 0 {
        let _ = writeln!(
            o,
            "{}",
            match ctx.lang {
                Lang::Vi => format!(
                    "  {} bài dừng ngay từ lúc đọc ({} bài nháp cố ý nhắc ưu đãi đã hết hiệu lực). Xem:   {}",
                    t.stopped,
                    t.drafts,
                    ctx.hint_at(t.stage, &["check"])
                ),
                Lang::En => format!(
                    "  {} stopped when read ({} of them on purpose: an offer that has expired). See:   {}",
                    text::plural(t.stopped as i64, "post", "posts"),
                    t.drafts,
                    ctx.hint_at(t.stage, &["check"])
                ),
            }
        );
    }
    let _ = writeln!(
        o,
        "{}",
        if verdict.good() {
            match ctx.lang {
                Lang::Vi => format!(
                    "Kiểm tra: {} thư và tin trong hộp thử, mỗi nơi nhận đúng một lần, không thiếu, không trùng (sổ cái = hộp thử).",
                    n(verdict.compared)
                ),
                Lang::En => format!(
                    "Verified: {} messages in the outbox, each target exactly once, none missing, none doubled (ledger = outbox).",
                    verdict.compared
                ),
            }
        } else {
            format!(
                "{}: {} {:?} / {:?}",
                ctx.say("SAI LỆCH giữa sổ cái và hộp thử", "LEDGER AND OUTBOX DIFFER"),
                verdict.missing.len() + verdict.extra.len(),
                verdict.missing.iter().take(5).collect::<Vec<_>>(),
                verdict.extra.iter().take(5).collect::<Vec<_>>()
            )
        }
    );
    let _ = writeln!(o, "{}", ctx.say("Mở xem:", "To open:"));
    let all: Vec<_> = files.iter().chain(report).collect();
    let width = all.iter().map(|(p, _)| short(&ctx.root, p).chars().count()).max().unwrap_or(0);
    for (path, what) in all {
        let _ = writeln!(o, "  {:width$}   {what}", short(&ctx.root, path));
    }
    let _ = writeln!(o, "{}", ctx.say("Tiếp theo:", "Next:"));
    let next = [
        (ctx.hint(&["plan"]), ctx.say("kế hoạch thật của thư mục này", "the real plan of this folder")),
        (
            ctx.hint_at(Path::new("."), &["init", ctx.say("van-phong-toi", "my-office")]),
            ctx.say("nơi làm việc của bạn", "a workspace of your own"),
        ),
    ];
    for (command, what) in next {
        let _ = writeln!(o, "  {command}   {what}");
    }
    o
}

fn short(root: &Path, path: &Path) -> String {
    let shown = if root == Path::new(".") { path.strip_prefix(root).unwrap_or(path) } else { path };
    shown.display().to_string()
}
