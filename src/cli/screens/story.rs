//! `loa log T-4K7Q`: the whole story of one delivery: what, to whom, who approved it, each attempt with its answer, what people
//! did about it, what came afterwards, and what can be done next.

mod events;
mod next;

use serde_json::json;

use super::brakes::Brakes;
use super::facts::{changed_assets, stale_facts};
use super::show::{Result as Verdict, Show, form_word, who};
use crate::cli::{Ctx, Done, Exit};
use crate::config::Settings;
use crate::domain::delivery::{self, State};
use crate::plan::{instant, ms};
use crate::store::{DeliveryRow, Store};

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
    let brakes = Brakes::read(store, settings, ms(ctx.now())).await?;
    let attempts = store.attempts_of(row.id()).await?;
    let audit = store.audit_of(&letters).await?;
    let after = store.afterwards_of(row.id()).await?;
    let verdict = Verdict::of(row, settings, &brakes);
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
    // A row that stands on a sheet, or the row that carries one.
    let carried = match row.family.as_str() {
        "station" if after.sheets.is_empty() => store.handed_get(row.id()).await?.and_then(|h| h.sheet),
        _ => None,
    };
    let sheet = after.sheets.last().map(|s| s.sheet.as_str()).or(carried.as_deref());
    let facts = match revision {
        Some(id) if row.state() == State::Held && verdict.cause == "facts" => {
            let people = ctx.load(settings).workspace.people;
            let person = |id: &str| people.get(id).map_or_else(|| id.to_owned(), |p| p.name.clone());
            let name = l.pick("TÊN", "NAME");
            // A sheet is read out to the end of its week.
            let said_at = if row.family == "station" { row.expires_at - 1 } else { row.due_at };
            stale_facts(ctx, (settings, store), &show, &person, (id, said_at), name).await?
        }
        Some(_) | None => vec![],
    };
    let assets = match revision {
        Some(id) if row.state() == State::Held && verdict.cause == "kit" => changed_assets(store, id).await?,
        Some(_) | None => vec![],
    };
    let next = next::steps(ctx, row, &code, &verdict, (sheet, &facts, &assets));
    let papers = events::papers(store, row).await?;
    let told = events::of(&show, row, &attempts, &audit, &after, &papers);
    if ctx.json {
        let at = |t: i64| instant(t).to_rfc3339();
        let json = json!({
            "code": code, "full": format!("T-{letters}"), "id": row.id, "origin": row.origin, "title": row.title,
            "sending": row.sending, "slot": row.slot, "family": row.family, "kind": row.kind, "account": row.account,
            "to": whom, "target": row.target_ref, "state": verdict.word(), "cause": verdict.cause, "detail": verdict.detail,
            "afterwards": row.afterwards,
            "due": at(row.due_at), "expires": at(row.expires_at),
            "receipt": row.receipt, "url": row.receipt_url, "author": author,
            "approvals": approvals.iter().map(|a| json!({
                "step": a.step_name, "by": a.by_name, "proof": a.proof, "at": at(a.at),
            })).collect::<Vec<_>>(),
            "attempts": attempts.iter().map(|a| json!({
                "no": a.no, "opened": at(a.opened_at), "closed": a.closed_at.map(at), "outcome": a.outcome,
                "cause": a.cause_code, "detail": a.cause_detail, "receipt": a.receipt,
            })).collect::<Vec<_>>(),
            "people": audit.iter().rev().map(|a| json!({
                "at": at(a.at), "who": a.actor, "proof": a.proof, "did": a.action, "detail": a.detail,
            })).collect::<Vec<_>>(),
            "airings": after.declared.iter().map(|a| json!({
                "at": at(a.at), "sessions": a.sessions, "of": row.times, "why": a.why, "by": a.by_name, "proof": a.proof,
            })).collect::<Vec<_>>(),
            "links": after.links.iter().map(|e| json!({
                "at": at(e.at), "url": e.url, "ok": e.ok == 1, "status": e.http_status, "note": e.note, "by": e.by_name,
                "proof": e.proof,
            })).collect::<Vec<_>>(),
            "sheets": after.sheets.iter().map(|s| &s.sheet).collect::<Vec<_>>(),
            "reminders": after.reminders.iter().map(|r| at(r.settled_at.unwrap_or(r.made_at))).collect::<Vec<_>>(),
            "suppressed": after.suppressed.iter().map(|s| json!({
                "at": at(s.at), "reason": s.reason, "list": s.list, "by": s.actor,
            })).collect::<Vec<_>>(),
            "reach": after.figures.iter().map(|f| json!({
                "at": at(f.at), "metric": f.metric, "value": f.value, "grade": f.grade, "source": f.source,
            })).collect::<Vec<_>>(),
            "assets": &assets,
            "facts": facts.iter().map(|f| &f.0).collect::<Vec<_>>(),
            "story": told.iter().map(|(t, says)| json!({ "at": at(*t), "says": says })).collect::<Vec<_>>(),
            "next": next,
        });
        out.push_str(&format!("{json}\n"));
        return Ok(Exit::Good);
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
    for id in &assets {
        line("tư liệu", "asset", &say!(l, "{id} không còn như lúc duyệt", "{id} is not what was approved"));
    }
    for (says, _) in &facts {
        line("thông tin", "fact", says);
    }
    line("phiếu", "sheet", sheet.unwrap_or_default());
    // The row that carries a sheet is told with what stands on it.
    let items = match sheet {
        Some(digits) if row.origin.starts_with("system/") => store.sheet_rows(digits).await?,
        Some(_) | None => vec![],
    };
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
    out.push_str(l.pick("Đã xảy ra\n", "What happened\n"));
    if told.is_empty() {
        out.push_str(l.pick("  chưa có gì\n", "  nothing yet\n"));
    }
    for (at, says) in &told {
        // What a far side said stands below its attempt.
        let mut lines = says.lines();
        out.push_str(&format!("  {}  {}\n", show.exactly(*at), lines.next().unwrap_or_default()));
        for more in lines {
            out.push_str(&format!("                         {more}\n"));
        }
    }
    out.push_str(l.pick("Làm gì tiếp\n", "What can be done\n"));
    for n in &next {
        out.push_str(&format!("  {n}\n"));
    }
    Ok(Exit::Good)
}
