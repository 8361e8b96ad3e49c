//! What happened to one delivery, in the order of time: attempts, decisions, papers, answers, figures.

use super::super::show::{Result as Verdict, Show, state_word};
use crate::cli::{Stop, words};
use crate::domain::delivery::{self, State};
use crate::domain::reach::Grade;
use crate::report;
use crate::store::{
    Afterwards, AiringRow, AttemptRow, AuditRow, Declared, DeliveryRow, Figure, Link, Paper, Store,
    Suppressed,
};

/// An instant, milliseconds, and what happened then; further lines are details.
pub(super) type Event = (i64, String);

/// What a sheet lists, if the row is one: its items with what was declared about each.
///
/// # Errors
/// The database's.
pub(super) async fn papers(
    store: &Store,
    row: &DeliveryRow,
) -> Result<Vec<(AiringRow, Vec<Declared>)>, Stop> {
    let mut out = Vec::new();
    if row.origin == "system/sheet"
        && let Some(handed) = store.handed_get(row.id()).await?
        && let Some(sheet) = handed.sheet
    {
        for item in store.sheet_rows(&sheet).await? {
            let after = store.afterwards_of(crate::domain::delivery::DeliveryId(item.delivery_id)).await?;
            out.push((item, after.declared));
        }
    }
    Ok(out)
}

/// Everything that happened.
pub(super) fn of(
    show: &Show,
    row: &DeliveryRow,
    attempts: &[AttemptRow],
    audit: &[AuditRow],
    after: &Afterwards,
    items: &[(AiringRow, Vec<Declared>)],
) -> Vec<Event> {
    let mut out: Vec<Event> = attempts.iter().map(|a| (a.opened_at, attempt(show, a))).collect();
    // The newest come first out of the database; a link is told by what was seen behind it.
    let told = |a: &&AuditRow| a.action != "package.done" || after.links.is_empty();
    out.extend(audit.iter().rev().filter(told).map(|a| (a.at, person(show, a))));
    for s in &after.sheets {
        out.extend(sheet(show, s));
    }
    out.extend(declared(show, &after.declared, row.times, None));
    for (item, said) in items {
        out.extend(declared(show, said, item.times, Some(&item.title)));
    }
    out.extend(after.links.iter().map(|e| (e.at, link(show, e))));
    out.extend(after.reminders.iter().map(|r| reminder(show, r)));
    out.extend(after.suppressed.iter().map(|s| (s.at, suppressed(show, s))));
    out.extend(after.figures.iter().map(|f| (f.at, figure(show, f))));
    out.extend(ending(show, row, after));
    out.sort_by_key(|e| e.0);
    out
}

fn attempt(show: &Show, a: &AttemptRow) -> String {
    let (l, no) = (show.lang, a.no);
    let took =
        a.closed_at.map(|c| (c - a.opened_at).max(0)).map_or_else(String::new, |t| format!(" ({t} ms)"));
    let word = match a.outcome.as_deref() {
        None => l.pick("đang chờ trả lời", "waiting for the answer"),
        Some("accepted") => state_word("sent", l),
        Some("retry") => l.pick("chưa được, sẽ gửi lại", "not yet, to be tried again"),
        Some("throttled") => l.pick("nơi nhận bảo chậm lại, không tính lần", "throttled, not counted"),
        Some("rejected_recipient") => l.pick("người nhận bị từ chối", "recipient rejected"),
        Some("rejected_content") => l.pick("nội dung bị từ chối", "content rejected"),
        Some("unknown") => l.pick("chưa rõ đã đi hay chưa", "unknown whether it went"),
        Some("broken") => l.pick("tài khoản hỏng, không tính lần", "account broken, not counted"),
        Some(_) => "?",
    };
    let mut s = say!(l, "lần {no}: {word}{took}", "try {no}: {word}{took}");
    if let Some(c) = &a.cause_code {
        s.push_str(&format!(": {}", words::cause(c, l)));
    }
    if let Some(d) = a.cause_detail.as_deref().filter(|d| !d.is_empty()) {
        s.push_str(&say!(l, "\nnguyên văn: {d}", "\nraw answer: {d}"));
    }
    s
}

/// Who, and how that is known: `mai (khai báo)`.
fn named(show: &Show, name: &str, proof: &str) -> String {
    let name = if name == "loa" { "Loa" } else { name };
    let proof = match proof {
        "attested" => show.lang.pick(" (khai báo)", " (attested)"),
        "link" => show.lang.pick(" (qua đường dẫn riêng)", " (by their own link)"),
        _ => "",
    };
    format!("{name}{proof}")
}

fn person(show: &Show, a: &AuditRow) -> String {
    let l = show.lang;
    let detail: serde_json::Value = serde_json::from_str(&a.detail).unwrap_or_default();
    let text = |k: &str| detail.get(k).and_then(|v| v.as_str()).unwrap_or_default().to_owned();
    let did = match a.action.as_str() {
        "delivery.decide" => {
            let (to, why) = (text("to"), words::cause(&text("why"), l));
            let to = State::parse(&to).map_or(to, |s| l.pick(s.vi(), s.en()).to_owned());
            let goes = detail["due"].as_i64().filter(|due| *due > a.at).map_or_else(String::new, |due| {
                let due = show.exactly(due);
                say!(l, ", đi sớm nhất lúc {due}", ", goes not before {due}")
            });
            if why.is_empty() { format!("{to}{goes}") } else { format!("{to} ({why}){goes}") }
        }
        "delivery.leave" if detail["unanswered"].as_bool() == Some(true) => l
            .pick(
                "không ai trả lời trong hạn: tự khép lại, ghi “không rõ”",
                "nobody answered in time: closed as “not known”",
            )
            .to_owned(),
        "delivery.leave" => l.pick("khép lại, ghi “không rõ”", "closed as “not known”").to_owned(),
        "delivery.hold" => format!("{}: {}", l.pick("giữ lại", "held"), text("reason")),
        "delivery.release" => format!("{}: {}", l.pick("bỏ giữ", "released"), text("reason")),
        "send.test" => format!("{} {}", l.pick("gửi thử bài", "tested"), text("post")),
        "log.unmask" => l.pick("xem địa chỉ đầy đủ", "saw the address in clear").to_owned(),
        "package.done" => {
            format!("{} {} {}", l.pick("báo đã đăng", "returned a link"), text("url"), text("note"))
        }
        other => other.to_owned(),
    };
    format!("{}: {}", named(show, &a.actor, &a.proof), did.trim_end().trim_end_matches(':'))
}

fn sheet(show: &Show, s: &Paper) -> Vec<Event> {
    let (l, digits, code) = (show.lang, &s.sheet, delivery::code_letters(s.code));
    let week = s.week.rsplit_once("-W").map_or(s.week.as_str(), |(_, w)| w);
    let mut out = vec![(
        s.made_at,
        say!(
            l,
            "lên phiếu {digits}, tuần {week} (T-{code})",
            "put on sheet {digits}, week {week} (T-{code})"
        ),
    )];
    if let (Some(at), Some(word)) = (s.settled_at, ended(s)) {
        let word = state_word(word, l);
        out.push((at, say!(l, "phiếu {digits}: {word}", "sheet {digits}: {word}")));
    }
    out
}

/// The word of a paper's own row, once it has ended.
fn ended(p: &Paper) -> Option<&'static str> {
    let state = State::ALL.into_iter().find(|s| super::super::show::number(*s) == i64::from(p.state))?;
    state.is_settled().then(|| Verdict { state: Some(state), ..Verdict::default() }.word())
}

/// What a station said, each word after the first a correction.
fn declared(show: &Show, said: &[Declared], times: i64, title: Option<&str>) -> Vec<Event> {
    let l = show.lang;
    said.iter()
        .enumerate()
        .map(|(i, a)| {
            let who = named(show, &a.by_name, &a.proof);
            let (n, of) = (show.n(a.sessions), show.n(times));
            let title = title.map(|t| format!(" “{t}”")).unwrap_or_default();
            let what = match (a.sessions, a.why.as_deref().filter(|w| !w.is_empty())) {
                (0, Some(why)) => say!(l, "không phát{title}: {why}", "not aired{title}: {why}"),
                (0, None) => say!(l, "không phát{title}", "not aired{title}"),
                (_, _) => say!(l, "đã phát {n}/{of} buổi{title}", "aired {n} of {of}{title}"),
            };
            let again = if i > 0 { l.pick("sửa lại, ", "corrected, ") } else { "" };
            (a.at, say!(l, "đài báo, {again}{who}: {what}", "the station, {again}{who}: {what}"))
        })
        .collect()
}

fn link(show: &Show, e: &Link) -> String {
    let (l, who, url, note) = (show.lang, named(show, &e.by_name, &e.proof), &e.url, &e.note);
    let seen = if e.ok == 1 {
        l.pick("đã mở, đúng bài: đã đăng", "opened, the article is there: published")
    } else {
        // Without an answer of the site nothing was opened; the note says why.
        match e.http_status {
            0 => l.pick("chưa mở được; gói bài vẫn chờ", "could not be opened; still open"),
            _ => l.pick(
                "đã mở, chưa thấy bài; gói bài vẫn chờ",
                "opened, the article is not there; still open",
            ),
        }
    };
    let head = say!(l, "trang báo đường dẫn, {who}: {url}", "the site's link, {who}: {url}");
    if note.is_empty() { format!("{head}\n{seen}") } else { format!("{head}\n{seen} ({note})") }
}

fn reminder(show: &Show, r: &Paper) -> Event {
    let (l, code) = (show.lang, delivery::code_letters(r.code));
    let word = match ended(r) {
        Some(word) => state_word(word, l),
        None => state_word("sending", l),
    };
    (
        r.settled_at.unwrap_or(r.made_at),
        say!(l, "Loa nhắc đơn vị (T-{code}): {word}", "Loa reminded the unit (T-{code}): {word}"),
    )
}

fn suppressed(show: &Show, s: &Suppressed) -> String {
    let (l, list) = (show.lang, &s.list);
    let from = if list.is_empty() {
        l.pick("mọi tin của kênh này", "everything of this channel").to_owned()
    } else {
        say!(l, "danh sách {list}", "the list {list}")
    };
    match s.reason.as_str() {
        "opted_out" => say!(l, "người nhận từ chối nhận: {from}", "the recipient opted out of {from}"),
        "dead" => say!(l, "địa chỉ không còn: ngừng gửi {from}", "the address is dead: no more of {from}"),
        "complained" => {
            say!(l, "người nhận phàn nàn: ngừng gửi {from}", "the recipient complained: no more of {from}")
        }
        other => say!(l, "ngừng gửi {from} ({other})", "no more of {from} ({other})"),
    }
}

fn figure(show: &Show, f: &Figure) -> String {
    let l = show.lang;
    let grade = Grade::parse(&f.grade).map_or(f.grade.as_str(), |g| report::grade(g, l));
    let (metric, n, source) = (report::metric(&f.metric, l), show.n(f.value), report::source(&f.source, l));
    say!(l, "số liệu: {metric} {n} ({grade}, {source})", "figure: {metric} {n} ({grade}, {source})")
}

/// How it ended, or what was noted later, where nothing above says so.
fn ending(show: &Show, row: &DeliveryRow, after: &Afterwards) -> Option<Event> {
    let l = show.lang;
    let why = |code: &Option<String>| {
        let code = code.as_deref().unwrap_or_default();
        if code.is_empty() { String::new() } else { format!(": {}", words::reason(code, l)) }
    };
    match row.state() {
        State::Held => Some((row.updated_at, format!("{}{}", state_word("held", l), why(&row.held_by)))),
        State::Cancelled | State::Expired => Some((
            row.settled_at.unwrap_or(row.updated_at),
            format!("{}{}", state_word("expired", l), why(&row.cause_code)),
        )),
        State::Sent => {
            let word = row.afterwards.as_deref()?;
            let told = match word {
                "aired" | "skipped" => !after.declared.is_empty(),
                "published" => after.links.iter().any(|e| e.ok == 1),
                _ => false,
            };
            let says = match word {
                "unconfirmed" => l
                    .pick("hết tuần chưa ai báo: chưa xác nhận", "the week ended in silence: unconfirmed")
                    .to_owned(),
                "bounced" => format!(
                    "{}{}",
                    l.pick("thư bị trả lại: bị từ chối", "bounced: rejected"),
                    why(&row.cause_code)
                ),
                "complained" => l.pick("người nhận phàn nàn", "the recipient complained").to_owned(),
                "acknowledged" => l.pick("nơi nhận xác nhận đã thấy", "acknowledged").to_owned(),
                "withdrawn" => l.pick("đã gỡ", "withdrawn").to_owned(),
                "seen" => l.pick("đã được xem", "seen").to_owned(),
                other => state_word(other, l).to_owned(),
            };
            (!told).then_some((row.updated_at, says))
        }
        State::Planned
        | State::Due
        | State::Leased
        | State::Sending
        | State::Rejected
        | State::Failed
        | State::Unknown => None,
    }
}
