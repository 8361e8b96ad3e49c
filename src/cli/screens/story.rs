//! `loa log T-4K7Q`: the whole story of one delivery: what, to whom, who approved it, each attempt with its answer, what people
//! did about it, and what can be done next.

use serde_json::json;

use super::show::{Result as Verdict, Show, form_word, who};
use crate::cli::{Ctx, Done, words};
use crate::config::Settings;
use crate::domain::delivery::{self, State};
use crate::domain::text::Lang;
use crate::plan::{instant, ms};
use crate::store::{AiringRow, AttemptRow, AuditRow, DeliveryRow, Store};

/// Tells the story. `unmask`: who wants to see the address; written down first.
///
/// # Errors
/// The database's.
pub async fn one(
    ctx: &Ctx,
    settings: &Settings,
    store: &Store,
    row: &DeliveryRow,
    unmask: Option<&str>,
    out: &mut String,
) -> Done {
    let l = ctx.lang;
    let show = Show::new(l, settings, ctx.now());
    let letters = delivery::code_letters(row.code);
    if let Some(by) = unmask {
        store.audit_unmask(&ctx.actor(Some(by)), &letters, 1, ms(ctx.now())).await?;
    }
    let code = store.code_short(row.code).await?;
    let attempts = store.attempts_of(row.id()).await?;
    let audit = store.audit_of(&letters).await?;
    let verdict = Verdict::of(row, settings);
    let whom = who(row, store, unmask.is_some(), l);
    let revision = match row.revision_id {
        Some(id) => Some(id),
        None => store.post_get(&row.origin).await?.and_then(|p| p.revision_id),
    };
    let approvals = match revision {
        Some(id) => store.approval_of(id).await?,
        None => vec![],
    };
    let author = match revision {
        Some(id) => store.revision_get(id).await?.map(|r| r.author).unwrap_or_default(),
        None => String::new(),
    };
    let sheet = match row.family.as_str() {
        "station" => store.handed_get(row.id()).await?.and_then(|h| h.sheet),
        _ => None,
    };
    // The row that carries a sheet is told with what stands on it.
    let items = match &sheet {
        Some(digits) if row.origin.starts_with("system/") => store.sheet_rows(digits).await?,
        Some(_) | None => vec![],
    };
    let next = next_steps(row, &code, &verdict, sheet.as_deref(), &items, l);
    if ctx.json {
        let json = json!({
            "code": code, "full": format!("T-{letters}"), "id": row.id, "origin": row.origin, "title": row.title,
            "sending": row.sending, "slot": row.slot, "family": row.family, "kind": row.kind, "account": row.account,
            "to": whom, "target": row.target_ref, "state": verdict.word(), "cause": verdict.cause, "detail": verdict.detail,
            "due": instant(row.due_at).to_rfc3339(), "expires": instant(row.expires_at).to_rfc3339(),
            "receipt": row.receipt, "url": row.receipt_url, "author": author, "sheet": sheet,
            "items": items.iter().map(|i| json!({
                "title": i.title, "wanted": i.times, "declared": i.sessions,
            })).collect::<Vec<_>>(),
            "approvals": approvals.iter().map(|a| json!({
                "step": a.step_name, "by": a.by_name, "proof": a.proof, "at": instant(a.at).to_rfc3339(),
            })).collect::<Vec<_>>(),
            "attempts": attempts.iter().map(|a| json!({
                "no": a.no, "opened": instant(a.opened_at).to_rfc3339(),
                "closed": a.closed_at.map(|t| instant(t).to_rfc3339()), "outcome": a.outcome, "cause": a.cause_code,
                "detail": a.cause_detail, "receipt": a.receipt,
            })).collect::<Vec<_>>(),
            "people": audit.iter().rev().map(|a| json!({
                "at": instant(a.at).to_rfc3339(), "who": a.actor, "proof": a.proof, "did": a.action, "detail": a.detail,
            })).collect::<Vec<_>>(),
            "next": next,
        });
        out.push_str(&format!("{json}\n"));
        return Ok(0);
    }
    let (word, why) = verdict.say(&show);
    let form = form_word(&row.family, &row.kind, &row.origin, l);
    out.push_str(&format!("{code} (T-{letters})  {word}{}{why}\n", if why.is_empty() { "" } else { ": " }));
    let mut line = |vi: &str, en: &str, value: &str| {
        if !value.is_empty() {
            let head = l.pick(vi, en);
            let pad = 13usize.saturating_sub(unicode_width::UnicodeWidthStr::width(head));
            out.push_str(&format!("  {head}{}{value}\n", " ".repeat(pad)));
        }
    };
    line("bài", "post", &format!("{} · {}", row.origin, row.title));
    line("lần gửi", "sending", &format!("{} · {}", row.sending, row.slot));
    line("nơi nhận", "to", &format!("{form} · {whom}"));
    line("gọi ai", "call", row.officer.as_deref().unwrap_or_default());
    line("tài khoản", "account", &format!("{} ({})", row.account, row.kind));
    let (due, expires) = (show.exactly(row.due_at), show.exactly(row.expires_at));
    line("giờ gửi", "due", &say!(l, "{due}, còn ích đến {expires}", "{due}, useful until {expires}"));
    if row.family == "station" && row.times > 0 && !row.origin.starts_with("system/") {
        let times = row.times;
        line("số buổi", "airings", &say!(l, "{times} buổi trong tuần", "{times} in the week"));
    }
    line("phiếu", "sheet", sheet.as_deref().unwrap_or_default());
    for i in &items {
        let (title, times) = (&i.title, i.times);
        let said = match i.sessions {
            Some(n) => say!(l, "đã báo {n}", "{n} declared"),
            None => l.pick("chưa báo", "nothing declared").to_owned(),
        };
        line(
            "  bài",
            "  item",
            &say!(l, "{title} · {times} buổi, {said}", "{title} · {times} airings, {said}"),
        );
    }
    line("người soạn", "author", if author == "loa" { "" } else { &author });
    for a in &approvals {
        let (step, by, at) = (&a.step_name, &a.by_name, show.exactly(a.at));
        let doc = a.document.as_ref().map(|d| format!(", {d}")).unwrap_or_default();
        let proof = if a.proof == "attested" { l.pick(", khai báo", ", attested") } else { "" };
        line("đã duyệt", "approved", &format!("{at} {by} ({step}{doc}{proof})"));
    }
    line("biên nhận", "receipt", row.receipt.as_deref().unwrap_or_default());
    line("đường dẫn", "link", row.receipt_url.as_deref().unwrap_or_default());
    // Attempts and what people did, as it happened.
    let mut events: Vec<(i64, String)> = attempts.iter().map(|a| (a.opened_at, attempt(&show, a))).collect();
    events.extend(audit.iter().map(|a| (a.at, person(&show, a))));
    events.sort_by_key(|e| e.0);
    out.push_str(l.pick("Đã xảy ra\n", "What happened\n"));
    if events.is_empty() {
        out.push_str(l.pick("  chưa có gì\n", "  nothing yet\n"));
    }
    for (_, e) in &events {
        out.push_str(e);
    }
    out.push_str(l.pick("Làm gì tiếp\n", "What can be done\n"));
    for n in &next {
        out.push_str(&format!("  {n}\n"));
    }
    Ok(0)
}

fn attempt(show: &Show, a: &AttemptRow) -> String {
    let l = show.lang;
    let (no, at) = (a.no, show.exactly(a.opened_at));
    let took =
        a.closed_at.map(|c| (c - a.opened_at).max(0)).map_or_else(String::new, |t| format!(" ({t} ms)"));
    let word = match a.outcome.as_deref() {
        None => l.pick("đang chờ trả lời", "waiting for the answer"),
        Some("accepted") => l.pick("nơi nhận đã nhận", "accepted"),
        Some("retry") => l.pick("chưa được, sẽ thử lại", "not yet, to be tried again"),
        Some("throttled") => l.pick("nơi nhận bảo chậm lại, không tính lần", "throttled, not counted"),
        Some("rejected_recipient") => l.pick("người nhận bị từ chối", "recipient rejected"),
        Some("rejected_content") => l.pick("nội dung bị từ chối", "content rejected"),
        Some("unknown") => l.pick("không rõ đã đi hay chưa", "unknown whether it went"),
        Some("broken") => l.pick("tài khoản hỏng, không tính lần", "account broken, not counted"),
        Some(_) => "?",
    };
    let mut s = say!(l, "  {at}  lần {no}: {word}{took}", "  {at}  try {no}: {word}{took}");
    if let Some(c) = &a.cause_code {
        s.push_str(&format!(": {}", words::cause(c, l)));
    }
    s.push('\n');
    if let Some(d) = a.cause_detail.as_deref().filter(|d| !d.is_empty()) {
        s.push_str(&say!(
            l,
            "                         nguyên văn: {d}\n",
            "                         raw answer: {d}\n"
        ));
    }
    s
}

fn person(show: &Show, a: &AuditRow) -> String {
    let l = show.lang;
    let detail: serde_json::Value = serde_json::from_str(&a.detail).unwrap_or_default();
    let text = |k: &str| detail.get(k).and_then(|v| v.as_str()).unwrap_or_default().to_owned();
    let did = match a.action.as_str() {
        "delivery.decide" => {
            let (to, why) = (text("to"), words::cause(&text("why"), l));
            let to = State::parse(&to).map_or(to, |s| l.pick(s.vi(), s.en()).to_owned());
            if why.is_empty() { to } else { format!("{to} ({why})") }
        }
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
    let (at, who) = (show.exactly(a.at), if a.actor == "loa" { "Loa" } else { &a.actor });
    let proof = if a.proof == "attested" { l.pick(" (khai báo)", " (attested)") } else { "" };
    format!("  {at}  {who}{proof}: {}\n", did.trim_end())
}

/// What a person may type now.
fn next_steps(
    row: &DeliveryRow,
    code: &str,
    verdict: &Verdict,
    sheet: Option<&str>,
    items: &[AiringRow],
    l: Lang,
) -> Vec<String> {
    let name = l.pick("TÊN", "NAME");
    let mut out = Vec::new();
    match row.state() {
        State::Unknown => {
            out.push(format!(
                "loa resolve {code} leave --by {name}      {}",
                l.pick("không gửi lại, ghi “không rõ”", "not sent again, closed as “not known”")
            ));
            out.push(format!(
                "loa resolve {code} sent --by {name}       {}",
                l.pick("đã hỏi: họ nhận rồi", "asked: they have it")
            ));
            out.push(format!(
                "loa resolve {code} not-sent --by {name}   {}",
                l.pick("đã hỏi: chưa nhận, và không gửi nữa", "asked: not received, and not sent any more")
            ));
            out.push(format!(
                "loa resolve {code} resend --by {name}     {}",
                l.pick("gửi lại; có thể nhận hai lần", "send again; may arrive twice")
            ));
        }
        State::Failed | State::Rejected => {
            out.push(format!("loa retry {code} --by {name}   {}", l.pick("gửi lại", "try again")));
        }
        State::Held if verdict.cause == "unapproved" => {
            out.push(format!("loa approve {} --by {name}", row.origin))
        }
        State::Held if verdict.cause == "hold" => {
            out.push(format!("loa release {} --by {name}", row.origin));
        }
        State::Held if verdict.cause == "person" => out.push(format!("loa release {code} --by {name}")),
        State::Held => {
            out.push(l.pick("gỡ lý do giữ (xem trên), rồi:", "mend the reason above, then:").to_owned());
            out.push(format!("loa release {code} --by {name}"));
        }
        State::Due if verdict.paused => {
            let account = &row.account;
            out.push(format!(
                "loa account probe {account} --by {name} · loa account resume {account} --by {name}"
            ));
        }
        State::Planned | State::Due => {
            out.push(format!("loa hold {code} --reason … --by {name}   {}", l.pick("giữ lại", "hold it")));
        }
        State::Sent if row.pending == 1 && (row.kind == "hand-over" || row.family == "website") => {
            out.push(format!(
                "loa done {code} --link https://… --by {name}   {}",
                l.pick("khi họ đã đăng", "once it is published")
            ));
        }
        State::Sent
            if row.family == "station"
                && (items.iter().any(|i| i.sessions.is_none()) || (items.is_empty() && row.pending == 1)) =>
        {
            let sheet = sheet.or(row.receipt.as_deref()).unwrap_or("…");
            out.push(format!(
                "loa aired {sheet} --sessions N --by {name}   {}",
                l.pick("khi đài báo đã phát", "once the station says so")
            ));
        }
        State::Leased | State::Sending => {
            out.push(l.pick("đang gửi; xem lại sau", "under way; look again").to_owned())
        }
        State::Sent | State::Cancelled | State::Expired => {
            out.push(l.pick("không phải làm gì", "nothing").to_owned());
        }
    }
    out
}
