//! What several files say together: the plan's matrix, and facts on the days they would be told.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};

use super::campaign::Frame;
use super::post::Said;
use super::text::{fact_refs, used_by};
use super::{FactUse, Loader};
use crate::domain::campaign::{Campaign, Sending, Texts};
use crate::domain::fact::{Fact, Stale};
use crate::domain::id::FactId;
use crate::domain::text::date;
use crate::domain::unit::Family;
use crate::yaml::{Fault, Kind, Node, Say, Severity, Source, Span};

/// III.2 of the plan: every objective has an audience, every audience a message and a channel, every such triple a post.
/// While it is `unclear` what some post is for, no post is said to be missing.
pub fn matrix(
    l: &mut Loader<'_>,
    campaign: &Campaign,
    (tree, source): (&Node, &Source),
    said: &[Said],
    unclear: bool,
) {
    for (k, _) in tree.entries().iter().filter(|(k, v)| {
        matches!(k.name.as_str(), "audiences" | "messages") && matches!(&v.kind, Kind::Map(m) if m.is_empty())
    }) {
        l.faults.push(
            source
                .error(
                    "K006",
                    k.span,
                    format!("“{}” còn trống", k.written),
                    format!("“{}” is empty", k.written),
                )
                .fix("Ghi mỗi mục một dòng theo mẫu   mã: nội dung", "Write one line each:   id: words")
                .meanwhile(
                    "Các bài vẫn chạy; kế hoạch còn hở ở chỗ này.",
                    "Posts go on; the plan has a gap here.",
                ),
        );
    }
    for o in tree.list("objectives") {
        if o.list("for").is_empty() {
            let span = o.get("id").map_or(o.span, |n| n.span);
            l.faults.push(
                source
                    .error("M001", span, "mục tiêu này chưa có đối tượng", "this objective has no audience")
                    .fix(
                        format!(
                            "Thêm dòng   for: [{}]",
                            campaign.audiences.first().map_or("…", |a| a.id.as_str())
                        ),
                        format!("Add   for: [{}]", campaign.audiences.first().map_or("…", |a| a.id.as_str())),
                    )
                    .meanwhile(
                        "Các bài vẫn chạy; bảng mục tiêu – đối tượng của kế hoạch còn hở.",
                        "Posts go on; the plan's matrix has a gap.",
                    ),
            );
        }
    }
    let entries = tree.get("audiences").map_or(&[][..], Node::entries);
    for a in &campaign.audiences {
        let Some((key, node)) = entries.iter().find(|(k, _)| k.name == a.id.as_str()) else { continue };
        let own: Vec<&Said> = said.iter().filter(|(x, _, _)| x == a.id.as_str()).collect();
        let gap = |code, span, vi: String, en: String| {
            source.error(code, span, vi, en).meanwhile(
                "Các bài khác vẫn chạy; kế hoạch còn hở ở chỗ này.",
                "Posts go on; the plan has a gap here.",
            )
        };
        let detailed = !node.entries().is_empty();
        if detailed && node.list("messages").is_empty() {
            l.faults.push(
                gap(
                    "M002",
                    key.span,
                    "đối tượng này chưa có thông điệp nào".into(),
                    "this audience has no message".into(),
                )
                .fix("Thêm   messages: [mã thông điệp]", "Add   messages: [id]"),
            );
        }
        if detailed && node.list("channels").is_empty() {
            l.faults.push(
                gap(
                    "M003",
                    key.span,
                    "đối tượng này chưa có kênh nào".into(),
                    "this audience has no channel".into(),
                )
                .fix("Thêm   channels: [website, …]", "Add   channels: [website, …]"),
            );
        }
        if a.messages.is_empty() || a.channels.is_empty() {
            if own.is_empty() && !unclear {
                l.faults.push(
                    gap(
                        "M004",
                        key.span,
                        "chưa có bài nào cho đối tượng này".into(),
                        "there is no post for this audience".into(),
                    )
                    .fix(
                        format!("Soạn một bài có   for: {}   , hoặc bỏ đối tượng này.", a.id),
                        format!("Write a post with   for: {}   , or remove the audience.", a.id),
                    ),
                );
            }
            continue;
        }
        for m in &a.messages {
            let missing: Vec<Family> = a
                .channels
                .iter()
                .filter(|f| !own.iter().any(|(_, mm, ff)| mm == m.as_str() && ff == *f))
                .copied()
                .collect();
            if missing.is_empty() || unclear {
                continue;
            }
            let span = node
                .list("messages")
                .iter()
                .find(|n| n.text() == Some(m.as_str()))
                .map_or(key.span, |n| n.span);
            let vi: Vec<&str> = missing.iter().map(|f| f.vi()).collect();
            let en: Vec<&str> = missing.iter().map(|f| f.as_str()).collect();
            l.faults.push(
                gap(
                    "M004",
                    span,
                    format!("chưa có bài nào đưa thông điệp này đến “{}” qua: {}", a.id, vi.join(", ")),
                    format!("no post brings this message to “{}” by: {}", a.id, en.join(", ")),
                )
                .fix(
                    format!("Soạn một bài có   for: {}   và   message: {m}   gửi qua kênh đó, hoặc bỏ kênh khỏi đối tượng.", a.id),
                    format!("Write a post with   for: {}   and   message: {m}   on that channel, or take the channel off the audience.", a.id),
                ),
            );
        }
    }
}

/// Facts that a post's texts refer to, on every day it would tell them.
pub fn facts(l: &mut Loader<'_>, frame: &Frame, texts: &Texts, sources: &[Source], sendings: &[Sending]) {
    for source in sources {
        let days = days_of(l, frame, texts, source, sendings);
        let mut told = BTreeSet::new();
        for r in fact_refs(source.text()).into_iter().flatten() {
            l.stated.push(FactUse {
                fact: FactId::new(&r.id),
                file: source.file.clone(),
                line: r.span.line,
                column: r.span.column,
                days: days.clone(),
            });
            let Some(fact) = l.ws.facts.get(r.id.as_str()) else {
                if !l.broken.contains_key("facts") {
                    let all =
                        l.ws.facts
                            .values()
                            .map(|f| (f.id.as_str(), Some(Say::new(f.text.clone(), f.text.clone()))));
                    let f = super::names::unknown(
                        source,
                        "N027",
                        (&r.id, r.span),
                        ("thông tin nào mã", "fact"),
                        all,
                    )
                    .fix("Xem các thông tin dùng được: loa fact list", "See: loa fact list");
                    l.faults.push(f);
                }
                continue;
            };
            for day in &days {
                if let Err(stale) = fact.valid_on(*day, l.office.fact_max_age_days())
                    && let Some(f) = held(l, source, r.span, fact, stale, *day)
                    && told.insert((r.span.line, r.span.column, f.code))
                {
                    l.faults.push(f);
                }
            }
        }
    }
}

/// The days on which a text would be told.
fn days_of(
    l: &Loader<'_>,
    frame: &Frame,
    texts: &Texts,
    source: &Source,
    sendings: &[Sending],
) -> Vec<NaiveDate> {
    let zone = l.office.time_zone();
    let mut days = BTreeSet::new();
    for s in sendings {
        if !used_by(texts, s.family).iter().any(|t| t.file == source.file) {
            continue;
        }
        let slots = s.schedule.occurrences(zone, (frame.campaign.start, frame.campaign.end), &l.ws.calendars);
        for slot in slots.unwrap_or_default() {
            let first = slot.at.with_timezone(&zone).date_naive();
            days.insert(first);
            if let Some(end) = slot.until {
                let end = end.with_timezone(&zone).date_naive();
                days.insert(end.checked_sub_days(Days::new(1)).unwrap_or(end).max(first));
            }
        }
    }
    days.into_iter().collect()
}

/// The hold (or, where there is time to check again, the reminder) for a fact on a day.
fn held(
    l: &Loader<'_>,
    source: &Source,
    span: Span,
    fact: &Fact,
    stale: Stale,
    day: NaiveDate,
) -> Option<Fault> {
    let (code, severity, vi, en) = match stale {
        Stale::Expired(to) => (
            "F007",
            Severity::Held,
            format!("hết hiệu lực {}, bài gửi {}", date(to), date(day)),
            format!("expired on {}, the post goes out on {}", date(to), date(day)),
        ),
        Stale::NotYet(from) => (
            "F008",
            Severity::Held,
            format!("đến {} mới có hiệu lực, bài gửi {}", date(from), date(day)),
            format!("valid from {}, the post goes out on {}", date(from), date(day)),
        ),
        // What is over was decided then.
        Stale::NeverChecked | Stale::CheckTooOld(_) if day < l.today => return None,
        Stale::NeverChecked => (
            "F009",
            Severity::Held,
            "thông tin này chưa ai kiểm tra".into(),
            "nobody has checked this fact".into(),
        ),
        Stale::CheckTooOld(c) if (l.today - c).num_days() > l.office.fact_max_age_days() => (
            "F010",
            Severity::Held,
            format!("lần kiểm tra gần nhất {} đã quá {} ngày", date(c), l.office.fact_max_age_days()),
            format!("last checked on {}, more than {} days ago", date(c), l.office.fact_max_age_days()),
        ),
        Stale::CheckTooOld(c) => (
            "F012",
            Severity::Warning,
            format!("phải kiểm tra lại trước ngày gửi {} (lần gần nhất {})", date(day), date(c)),
            format!("must be checked again before {} (last on {})", date(day), date(c)),
        ),
    };
    let who = fact
        .checked_by
        .as_ref()
        .map(|p| l.ws.people.get(p).map_or(p.as_str().to_owned(), |p| p.name.clone()));
    let mut why_vi = vec![];
    let mut why_en = vec![];
    if let Some(b) = fact.basis.as_ref().or(fact.source.as_ref()) {
        why_vi.push(format!("Căn cứ: {b}."));
        why_en.push(format!("Basis: {b}."));
    }
    if let (Some(w), Some(c)) = (&who, fact.checked) {
        why_vi.push(format!("Người kiểm tra gần nhất: {w}, {}.", date(c)));
        why_en.push(format!("Last checked by {w} on {}.", date(c)));
    }
    let mut f = source.fault(code, severity, span, Say::new(vi, en));
    if !why_vi.is_empty() {
        f = f.why(why_vi.join(" "), why_en.join(" "));
    }
    if severity == Severity::Warning {
        return Some(f.fix(
            format!("Người giữ sổ kiểm tra lại rồi ghi:   loa fact verify {} --by TÊN", fact.id),
            format!("Check it again and write that down:   loa fact verify {} --by NAME", fact.id),
        ));
    }
    let second = match stale {
        Stale::NotYet(_) => (
            " 2. dời ngày gửi sang ngày thông tin có hiệu lực; ghi nhầm ngày thì người phụ trách sửa campaigns/facts.yaml, rồi  loa apply",
            " 2. move the sending to a day when the fact is in force; if that day is wrong, mend campaigns/facts.yaml, then  loa apply",
        ),
        Stale::Expired(_) => (
            " 2. nếu đã có văn bản gia hạn: người phụ trách cập nhật campaigns/facts.yaml, rồi  loa apply",
            " 2. if it was prolonged: update campaigns/facts.yaml, then  loa apply",
        ),
        Stale::NeverChecked | Stale::CheckTooOld(_) => (
            " 2. người giữ sổ kiểm tra lại, ghi:  loa fact verify {id} --by TÊN   rồi  loa apply",
            " 2. check it and write that down:  loa fact verify {id} --by NAME   then  loa apply",
        ),
    };
    Some(f.fix(
        format!("Bài này được giữ lại, chưa gửi đi đâu. Chọn một:\n 1. bỏ câu này, hoặc dùng thông tin khác:  loa fact list\n{}", second.0.replace("{id}", fact.id.as_str())),
        format!("The post is held and goes nowhere. Choose:\n 1. remove it, or use another fact:  loa fact list\n{}", second.1.replace("{id}", fact.id.as_str())),
    ))
}
