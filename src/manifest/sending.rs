//! One sending of a post: whom it goes to, when, and whether both exist.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};

use super::campaign::{Frame, holiday};
use super::receivers::reaches;
use super::{Loader, names, shapes};
use crate::domain::campaign::{Priority, Selector, Sending};
use crate::domain::id::SendingId;
use crate::domain::schedule::{self, HolidayRule, Rule, Schedule, ScheduleFault};
use crate::domain::text::{self, Lang};
use crate::domain::unit::Family;
use crate::domain::words;
use crate::yaml::{Node, Say, Severity, Source};

/// Reads a sending; `None` if it cannot be built (a fault said why).
pub fn read(l: &mut Loader<'_>, frame: &Frame, source: &Source, node: &Node) -> Option<Sending> {
    let family = node.str("channel").and_then(Family::parse)?;
    let before = l.faults.len();
    let to = selectors(l, source, node, "to", family);
    let except = selectors(l, source, node, "except", family);
    let complete = l.faults[before..].iter().all(|f| !matches!(f.code, "N021" | "N041" | "N044"));
    let rule = rule(l, source, node, family);
    if complete && !l.broken.contains_key("units") && !l.broken.contains_key("lists") && !to.is_empty() {
        reaches(l, source, node, family, &to, &except);
    }
    let rule = rule?;
    let on_holiday = node
        .str("on_holiday")
        .map_or(if family == Family::Station { HolidayRule::Keep } else { frame.on_holiday }, holiday);
    let sending = Sending {
        id: SendingId::new(node.str("id").map_or_else(|| default_id(family, &to), str::to_owned)),
        family,
        to,
        except,
        schedule: Schedule { rule, on_holiday },
        late_ok: node.str("late_ok").and_then(|d| words::parse_duration(d).ok()),
        done_by: node.str("done_by").and_then(|d| words::parse_date(d).ok()),
        priority: match node.str("priority") {
            Some("urgent") => Priority::Urgent,
            Some("priority") => Priority::Priority,
            Some("bulk") => Priority::Bulk,
            Some(_) | None => Priority::Ordinary,
        },
    };
    when(l, frame, source, node, &sending);
    if complete && !l.broken.contains_key("units") {
        let Sending { schedule, to, except, .. } = &sending;
        super::airtime::sessions(l, frame, source, node, schedule, to, except);
    }
    if let (Some(done), Ok((from, _)), Some(n)) =
        (sending.done_by, sending.schedule.window(), node.get("done_by"))
        && done < from
    {
        l.faults.push(
            source
                .error(
                    "D003",
                    n.span,
                    "hạn đăng lại trước cả ngày gửi",
                    "the deadline lies before the sending",
                )
                .fix(
                    format!("Gửi ngày {}, vậy hạn phải từ ngày đó trở đi.", crate::domain::text::date(from)),
                    "Choose a later day.",
                ),
        );
    }
    (!sending.to.is_empty()).then_some(sending)
}

/// `<channel>-<to>`; several recipients are joined.
fn default_id(family: Family, to: &[Selector]) -> String {
    let names: Vec<&str> = to.iter().map(Selector::as_str).collect();
    let id = format!("{}-{}", family.as_str(), names.join("-"));
    id.chars().take(crate::domain::id::SLUG_MAX).collect()
}

fn selectors(l: &mut Loader<'_>, source: &Source, node: &Node, key: &str, family: Family) -> Vec<Selector> {
    let mut out = vec![];
    for n in node.list(key) {
        let Some(id) = n.text() else { continue };
        let Some(s) = names::selector(&l.ws, id) else {
            if !l.broken.contains_key("units") && !l.broken.contains_key("lists") {
                let f = names::unknown_target(l, source, id, n.span);
                l.faults.push(f);
            }
            continue;
        };
        if let Selector::Unit(u) = &s
            && let Some(c) = l.ws.closed.get(u)
        {
            let f = names::closed(c, source, n.span, Severity::Warning);
            l.faults.push(f);
        }
        if matches!(s, Selector::List(_))
            && !matches!(family, Family::Email | Family::Zalo | Family::Telegram)
        {
            l.faults.push(
                source
                    .error(
                        "N041",
                        n.span,
                        format!("danh sách người nhận không dùng được cho kênh {}", family.vi()),
                        format!("a list of people cannot be used for {}", family.as_str()),
                    )
                    .fix(
                        "Danh sách chỉ nhận thư, Zalo, Telegram. Ở đây chọn đơn vị hoặc nhóm.",
                        "Lists get mail, Zalo, Telegram. Choose a unit or a group.",
                    ),
            );
        }
        if out.contains(&s) {
            l.faults.push(
                source
                    .fault(
                        "N043",
                        Severity::Warning,
                        n.span,
                        Say::new("nơi nhận này ghi hai lần", "this recipient stands twice"),
                    )
                    .fix("Xóa một dòng; mỗi nơi chỉ nhận một lần.", "Delete one; each gets one message."),
            );
            continue;
        }
        out.push(s);
    }
    out
}

/// The rule, after checking that exactly one is given with all it needs.
fn rule(l: &mut Loader<'_>, source: &Source, node: &Node, family: Family) -> Option<Rule> {
    let at_channel = node.get("channel").map_or(node.span, |n| n.span);
    let stands = |k: &str| node.entries().iter().any(|(key, _)| key.name == k);
    let day = |k: &str| node.str(k).and_then(|d| words::parse_date(d).ok());
    let kinds: Vec<&str> = ["at", "every", "cron", "lunar"].into_iter().filter(|k| stands(k)).collect();
    let need = |l: &mut Loader<'_>, keys: &[&str], why: (&str, &str)| {
        let missing: Vec<&str> = keys.iter().filter(|k| !stands(k)).copied().collect();
        if !missing.is_empty() {
            let list = missing.join(", ");
            l.faults.push(
                source
                    .error(
                        "D012",
                        at_channel,
                        format!("lần gửi này thiếu {list}"),
                        format!("this sending lacks {list}"),
                    )
                    .why(why.0, why.1)
                    .fix(
                        missing
                            .iter()
                            .map(|m| format!("Thêm dòng   {}", example(m)))
                            .collect::<Vec<_>>()
                            .join("\n"),
                        missing
                            .iter()
                            .map(|m| format!("Add a line   {}", example(m)))
                            .collect::<Vec<_>>()
                            .join("\n"),
                    ),
            );
        }
    };
    if family == Family::Station {
        if let Some(k) = kinds.first() {
            let span =
                node.entries().iter().find(|(key, _)| key.name == *k).map_or(at_channel, |(key, _)| key.span);
            l.faults.push(
                source
                    .error("K010", span, "đài truyền thanh không nhận giờ gửi", "stations take no time")
                    .why(
                        "Mỗi đài tự chọn buổi trong khoảng ngày được giao.",
                        "Each station chooses its sessions within a window.",
                    )
                    .fix(
                        "Bỏ dòng này; dùng from, until, sessions, times.",
                        "Remove it; use from, until, sessions, times.",
                    ),
            );
            return None;
        }
        need(
            l,
            &["from", "until", "times"],
            ("Đài cần biết khoảng ngày và số lần phát.", "A station needs a window and a number of airings."),
        );
        let times = node.str("times").and_then(|t| t.parse().ok())?;
        let sessions = node.list("sessions").iter().filter_map(Node::text).map(str::to_owned).collect();
        return Some(Rule::Station { from: day("from")?, until: day("until")?, sessions, times });
    }
    for k in ["sessions", "times"] {
        if let Some((key, _)) = node.entries().iter().find(|(key, _)| key.name == k) {
            l.faults.push(
                source
                    .error(
                        "K010",
                        key.span,
                        format!("“{}” chỉ dùng cho đài truyền thanh", key.written),
                        format!("“{}” is for stations only", key.written),
                    )
                    .fix("Bỏ dòng này.", "Remove it."),
            );
        }
    }
    match kinds.as_slice() {
        [] => {
            l.faults.push(
                source
                    .error("D012", at_channel, "lần gửi này chưa có giờ", "this sending has no time")
                    .fix(
                        "Thêm dòng   at: 30/11/2026 08:00   (gửi một lần)\nhoặc   every: monday 08:00   cùng from và until (gửi đều).",
                        "Add   at: 30/11/2026 08:00   (once)\nor   every: monday 08:00   with from and until.",
                    ),
            );
            None
        }
        ["at"] => {
            if let Some((key, _)) =
                node.entries().iter().find(|(k, _)| matches!(k.name.as_str(), "from" | "until" | "time"))
            {
                l.faults.push(
                    source
                        .error(
                            "K010",
                            key.span,
                            format!("“{}” không đi cùng at", key.written),
                            format!("“{}” does not go with at", key.written),
                        )
                        .fix(
                            "at là gửi một lần. Muốn gửi đều thì thay at bằng every.",
                            "at means once. For a habit use every.",
                        ),
                );
            }
            Some(Rule::At { at: node.str("at").and_then(|t| words::parse_datetime(t).ok())? })
        }
        ["every"] => {
            need(
                l,
                &["from", "until"],
                ("Gửi đều phải có ngày đầu và ngày cuối.", "A habit needs a first and a last day."),
            );
            let (days, time) = node.str("every").and_then(|t| words::parse_every(t).ok())?;
            Some(Rule::Every { days, time, from: day("from")?, until: day("until")? })
        }
        ["cron"] => {
            need(
                l,
                &["from", "until"],
                ("Gửi đều phải có ngày đầu và ngày cuối.", "A habit needs a first and a last day."),
            );
            Some(Rule::Cron { expr: node.str("cron")?.to_owned(), from: day("from")?, until: day("until")? })
        }
        [_] => {
            need(
                l,
                &["time", "from", "until"],
                (
                    "Ngày âm lịch cần giờ gửi, ngày đầu và ngày cuối.",
                    "A lunar day needs a time, a first and a last day.",
                ),
            );
            let (lunar_day, month) = node.str("lunar").and_then(shapes::lunar)?;
            let time = node.str("time").and_then(|t| words::parse_time(t).ok())?;
            Some(Rule::Lunar { day: lunar_day, month, time, from: day("from")?, until: day("until")? })
        }
        [first, second, ..] => {
            let span =
                node.entries().iter().find(|(k, _)| k.name == *second).map_or(at_channel, |(k, _)| k.span);
            l.faults.push(
                source
                    .error(
                        "K010",
                        span,
                        format!("đã có {first}, không dùng thêm {second}"),
                        format!("{first} and {second} do not go together"),
                    )
                    .fix(
                        "Mỗi lần gửi chỉ một cách hẹn giờ: xóa một dòng, hoặc tách thành hai lần gửi.",
                        "One way of timing per sending: delete one, or make two sendings.",
                    ),
            );
            None
        }
    }
}

fn example(key: &str) -> String {
    match key {
        "from" => "from: 30/11/2026",
        "until" => "until: 14/12/2026",
        "times" => "times: 10",
        "time" => "time: \"08:00\"",
        _ => key,
    }
    .to_owned()
}

/// Whether it ever happens, and within the campaign.
fn when(l: &mut Loader<'_>, frame: &Frame, source: &Source, node: &Node, sending: &Sending) {
    let period = (frame.campaign.start, frame.campaign.end);
    let problems = sending.schedule.problems(l.office.time_zone(), period, &l.ws.calendars);
    let sound = problems.is_empty();
    for fault in problems {
        let (code, key, fix) = match &fault {
            ScheduleFault::NoCalendar(_) => (
                "D005",
                "at",
                Some((
                    "Chép lịch một năm khác trong campaigns/calendar/ rồi sửa ngày; nguồn là thông báo nghỉ lễ của năm đó.",
                    "Copy another year's calendar in campaigns/calendar/ and change its days by that year's notice.",
                )),
            ),
            ScheduleFault::EmptyWindow { .. } => {
                ("D003", "until", Some(("Xem lại hai dòng from và until.", "Look at from and until.")))
            }
            ScheduleFault::OutsideCampaign { from, .. } => (
                "D004",
                if *from < period.0 { "from" } else { "until" },
                Some((
                    "Sửa ngày, hoặc kéo dài start/end trong campaign.yaml.",
                    "Change the day, or start/end in campaign.yaml.",
                )),
            ),
            ScheduleFault::NeverFires { .. } | ScheduleFault::AllDropped { .. } => (
                "D006",
                "every",
                Some((
                    "Xem lại thứ, ngày và from, until: theo lịch này không có lần gửi nào.",
                    "Look at the days and at from, until: nothing would ever be sent.",
                )),
            ),
            ScheduleFault::TooMany { .. } => ("D015", "every", Some(SELDOMER)),
            ScheduleFault::NoDays => ("D009", "every", Some(EVERY)),
            // Its shape (1 to 1000) has spoken of it.
            ScheduleFault::NoTimes => continue,
            ScheduleFault::NoLunarDay { .. } => {
                ("D013", "lunar", Some(("Viết như 15/08, hoặc 15.", "Write it like 15/08, or 15.")))
            }
            ScheduleFault::NoInstant { .. } => {
                ("D011", "at", Some(("Chọn một giờ khác.", "Choose another time.")))
            }
            ScheduleFault::CronWeekdayNumber { .. } => ("D008", "cron", Some(EVERY)),
            ScheduleFault::CronFields { .. }
            | ScheduleFault::CronShorthand { .. }
            | ScheduleFault::CronBothDays { .. }
            | ScheduleFault::CronField { .. }
            | ScheduleFault::CronUnreadable { .. } => ("D007", "cron", Some(EVERY)),
        };
        let span = [key, "at", "every", "cron", "lunar", "until", "from"]
            .iter()
            .find_map(|k| node.get(k))
            .map_or(node.span, |n| n.span);
        // A date or expression that could not be read was spoken of when the shape was checked.
        if l.faults
            .iter()
            .any(|f| f.file == source.file && f.line == span.line && matches!(f.code, "D007" | "D008"))
        {
            continue;
        }
        let mut f = source.error(code, span, fault.text(Lang::Vi), fault.text(Lang::En));
        if let Some((vi, en)) = fix {
            f = f.fix(vi, en);
        }
        l.faults.push(f);
    }
    if sound {
        clock(l, source, node, sending, period);
    }
}

const EVERY: (&str, &str) = (
    "Dễ hơn:   every: thứ Hai 08:00   cùng from và until.",
    "Easier:   every: monday 08:00   with from and until.",
);
const SELDOMER: (&str, &str) = (
    "Chọn ít ngày hơn, một giờ trong ngày, hoặc kéo from và until lại gần nhau; ví dụ   every: thứ Hai 08:00",
    "Choose fewer days, one time of the day, or a shorter window, such as   every: monday 08:00",
);

/// What the clock does to a sound schedule: D017 where its time is over (and whether it still goes out), D018 where quiet
/// hours move it.
fn clock(
    l: &mut Loader<'_>,
    source: &Source,
    node: &Node,
    sending: &Sending,
    period: (NaiveDate, NaiveDate),
) {
    let zone = l.office.time_zone();
    let Ok(slots) = sending.schedule.occurrences(zone, period, &l.ws.calendars) else { return };
    let wall = |t: DateTime<Utc>| t.with_timezone(&zone).naive_local();
    let quiet = l.office.quiet_people();
    let late = TimeDelta::seconds(sending.late_ok.unwrap_or_else(|| l.office.late_ok(sending.family)));
    let Some(last) = slots.last() else { return };
    // Nothing of a campaign goes out after its last day.
    let end = (period.1 + TimeDelta::days(1)).and_time(NaiveTime::MIN);
    let end = schedule::instant(zone, end).unwrap_or(DateTime::<Utc>::MAX_UTC);
    let over = last.until.unwrap_or(last.at);
    let until = last.until.unwrap_or_else(|| (sending.due(last.at, quiet, zone) + late).min(end));
    if wall(over).date() < l.today {
        let Some(n) = node.get("at").or_else(|| node.get("until")) else { return };
        let (when, end) = (wall(over), wall(until));
        let vi = |t| text::moment(t, Lang::Vi);
        let en = |t| text::moment(t, Lang::En);
        let fault = source.fault(
            "D017",
            Severity::Note,
            n.span,
            Say::new(format!("{} đã qua", vi(when)), format!("{} is over", en(when))),
        );
        l.faults.push(if end.date() < l.today {
            let fault = fault.fix(
                "Còn cần gửi thì sửa ngày giờ; không cần nữa thì để nguyên.",
                "If it is still wanted, change the time; if not, leave it.",
            );
            fault.meanwhile(
                format!("Nơi chưa nhận thì không gửi bù nữa: hạn gửi muộn đã hết {}.", vi(end)),
                format!(
                    "What was not sent by then is not sent: the time for late sending ended on {}.",
                    en(end)
                ),
            )
        } else {
            let fault = fault.fix(
                "Để nguyên thì không phải làm gì; muốn thôi thì xóa lần gửi này rồi ghi lịch lại:   loa apply",
                "Leave it and nothing is to be done; to stop it, delete the sending and write the plan:   loa apply",
            );
            fault.meanwhile(
                format!("Nơi nào chưa nhận thì còn gửi đến {}.", vi(end)),
                format!("Who has not got it yet still gets it until {}.", en(end)),
            )
        });
        return;
    }
    let moved: Vec<(NaiveDateTime, NaiveDateTime)> = slots
        .iter()
        .filter(|s| s.until.is_none())
        .map(|s| (s.at, sending.due(s.at, quiet, zone)))
        .filter(|(at, due)| at != due && wall(*due).date() >= l.today)
        .map(|(at, due)| (wall(at), wall(due)))
        .collect();
    if let (Some((at, due)), Some(q)) = (moved.first(), quiet) {
        let n = ["at", "every", "cron", "time"].iter().find_map(|k| node.get(k)).unwrap_or(node);
        let (from, open) = (text::time(q.from), text::time(q.until));
        // Those that quiet hours move past the end are not sent at all.
        let lost = moved.iter().find(|(_, due)| due.date() > period.1);
        let (severity, at) = lost.map_or((Severity::Note, at), |(at, _)| (Severity::Error, at));
        l.faults.push(
            source
                .fault(
                    "D018",
                    severity,
                    n.span,
                    Say::new(
                        format!("{} rơi vào giờ yên tĩnh {from} – {open}", text::time(at.time())),
                        format!("{} lies in the quiet hours {from} – {open}", text::time(at.time())),
                    ),
                )
                .fix(
                    "Chọn giờ khác; tin khẩn thì ghi   priority: urgent",
                    "Choose another time; for an emergency write   priority: urgent",
                )
                .meanwhile(
                    match lost {
                        Some(_) => {
                            "Hết giờ ấy thì chiến dịch đã kết thúc: lần gửi này không đi đâu.".to_owned()
                        }
                        None => format!("Trong lúc chờ: Loa gửi lúc {}.", text::moment(*due, Lang::Vi)),
                    },
                    match lost {
                        Some(_) => {
                            "When they end the campaign is over: this sending goes nowhere.".to_owned()
                        }
                        None => format!("Meanwhile it goes out on {}.", text::moment(*due, Lang::En)),
                    },
                ),
        );
    }
}
