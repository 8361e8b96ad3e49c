//! One sending of a post: whom it goes to, when, and whether both exist.

use chrono::NaiveDate;

use super::campaign::{Frame, holiday};
use super::{Loader, names, shapes};
use crate::domain::campaign::{Priority, Selector, Sending};
use crate::domain::id::SendingId;
use crate::domain::schedule::{HolidayRule, Rule, Schedule, ScheduleFault};
use crate::domain::text::Lang;
use crate::domain::unit::{Family, Mode};
use crate::domain::words;
use crate::yaml::{Node, Say, Severity, Source, Span};

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
    let schedule = Schedule { rule, on_holiday };
    when(l, frame, source, node, &schedule);
    let done_by = node.str("done_by").and_then(|d| words::parse_date(d).ok());
    if let (Some(done), Ok((from, _)), Some(n)) = (done_by, schedule.window(), node.get("done_by"))
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
    if to.is_empty() {
        return None;
    }
    Some(Sending {
        id: SendingId::new(node.str("id").map_or_else(|| default_id(family, &to), str::to_owned)),
        family,
        to,
        except,
        schedule,
        late_ok: node.str("late_ok").and_then(|d| words::parse_duration(d).ok()),
        done_by,
        priority: match node.str("priority") {
            Some("urgent") => Priority::Urgent,
            Some("priority") => Priority::Priority,
            Some("bulk") => Priority::Bulk,
            Some(_) | None => Priority::Ordinary,
        },
    })
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
fn when(l: &mut Loader<'_>, frame: &Frame, source: &Source, node: &Node, schedule: &Schedule) {
    let period = (frame.campaign.start, frame.campaign.end);
    let problems = schedule.problems(l.office.time_zone(), period, &l.ws.calendars);
    let sound = problems.is_empty();
    for fault in problems {
        let (code, key, fix) = match &fault {
            ScheduleFault::NoCalendar(_) => ("D005", "at", None),
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
            ScheduleFault::TooMany { .. } => {
                ("D015", "every", Some(("Dễ hơn: every: thứ Hai 08:00", "Easier: every: monday 08:00")))
            }
            ScheduleFault::NoDays => ("D009", "every", None),
            ScheduleFault::NoTimes => ("K007", "times", None),
            ScheduleFault::NoLunarDay { .. } => ("D013", "lunar", None),
            ScheduleFault::NoInstant { .. } => ("D011", "at", None),
            ScheduleFault::CronWeekdayNumber { .. } => ("D008", "cron", None),
            ScheduleFault::CronFields { .. }
            | ScheduleFault::CronShorthand { .. }
            | ScheduleFault::CronBothDays { .. }
            | ScheduleFault::CronUnreadable { .. } => ("D007", "cron", None),
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
    if sound && let Some((n, date)) = past(node, l.today) {
        l.faults.push(
            source
                .fault(
                    "D017",
                    Severity::Note,
                    n,
                    Say::new(
                        format!("ngày {} đã qua", crate::domain::text::date(date)),
                        format!("{} is over", crate::domain::text::date(date)),
                    ),
                )
                .meanwhile("Loa không gửi bù những gì đã quá hạn.", "What is over is not sent."),
        );
    }
}

/// A sending that lies wholly in the past.
fn past(node: &Node, today: NaiveDate) -> Option<(Span, NaiveDate)> {
    let n = node.get("at").or_else(|| node.get("until"))?;
    let text = n.text()?;
    let date = words::parse_datetime(text).map(|t| t.date()).or_else(|_| words::parse_date(text)).ok()?;
    (date < today).then_some((n.span, date))
}

/// N033 and its relatives: somebody must receive it, and an account must serve them.
fn reaches(
    l: &mut Loader<'_>,
    source: &Source,
    node: &Node,
    family: Family,
    to: &[Selector],
    except: &[Selector],
) {
    let channels = l.ws.channels_of(family, to, except);
    let people: usize =
        l.ws.lists_of(to).map(|x| x.contacts.iter().filter(|c| c.address(family).is_some()).count()).sum();
    let span = node.get("to").map_or(node.span, |n| n.span);
    let span = node.list("to").first().map_or(span, |n| n.span);
    if channels.is_empty() && people == 0 {
        let reason = nobody(l, family, to, !except.is_empty());
        l.faults.push(
            source
                .error("N033", span, format!("không ai nhận được lần gửi này qua kênh {}", family.vi()), format!("nobody receives this by {}", family.as_str()))
                .why(reason.0, reason.1)
                .fix(
                    "Chọn nơi nhận khác, đổi kênh, hoặc khai kênh cho đơn vị trong campaigns/units.yaml.",
                    "Choose other recipients or another channel, or declare the channel in campaigns/units.yaml.",
                ),
        );
        return;
    }
    if let Some(s) = node.get("sessions")
        && family == Family::Station
    {
        let wanted: Vec<&str> = s.items().iter().filter_map(Node::text).collect();
        let deaf: Vec<&str> = channels
            .iter()
            .filter_map(|c| l.ws.units.get(&c.unit))
            .filter(|u| {
                u.station
                    .as_ref()
                    .is_some_and(|st| !st.sessions.iter().any(|x| wanted.contains(&x.name.as_str())))
            })
            .map(|u| u.id.as_str())
            .collect();
        if !deaf.is_empty() {
            let severity = if deaf.len() == channels.len() { Severity::Error } else { Severity::Warning };
            l.faults.push(
                source
                    .fault(
                        "N038",
                        severity,
                        s.span,
                        Say::new(
                            format!(
                                "{} đài không có buổi nào trong số này: {}",
                                deaf.len(),
                                first_few(&deaf)
                            ),
                            format!(
                                "{} stations have none of these sessions: {}",
                                deaf.len(),
                                first_few(&deaf)
                            ),
                        ),
                    )
                    .fix(
                        "Thêm buổi khác vào sessions, hoặc bỏ dòng sessions (buổi nào cũng được).",
                        "Add sessions, or remove the line (any session).",
                    ),
            );
        }
    }
    for (n, s) in node.list("to").iter().zip(to) {
        if let Selector::Unit(u) = s
            && l.ws.units.contains_key(u)
            && l.ws.channels_of(family, std::slice::from_ref(s), &[]).is_empty()
        {
            l.faults.push(
                source
                    .fault(
                        "N036",
                        Severity::Warning,
                        n.span,
                        Say::new(
                            format!("“{u}” không có kênh {}", family.vi()),
                            format!("“{u}” has no channel {}", family.as_str()),
                        ),
                    )
                    .meanwhile("Những nơi nhận khác vẫn nhận.", "The others still receive it."),
            );
        }
    }
    served(l, source, family, to, except, span, people);
}

/// N037: places that no account serves.
fn served(
    l: &mut Loader<'_>,
    source: &Source,
    family: Family,
    to: &[Selector],
    except: &[Selector],
    span: Span,
    people: usize,
) {
    if !l.office.known() {
        return;
    }
    let role = |mode: Option<Mode>| if mode == Some(Mode::HandOver) { "hand-over" } else { family.as_str() };
    let channels = l.ws.channels_of(family, to, except);
    let mut lost: Vec<(&str, &str)> = channels
        .iter()
        .filter(|c| c.account.is_none() && l.office.default_account(role(c.mode)).is_none())
        .map(|c| (c.unit.as_str(), role(c.mode)))
        .collect();
    let own =
        l.ws.units
            .get(l.office.organisation())
            .and_then(|u| u.channels.get(&family))
            .and_then(|c| c.account.as_ref());
    if people > 0 && own.is_none() && l.office.default_account(family.as_str()).is_none() {
        lost.push(("danh sách", family.as_str()));
    }
    if let Some((_, role)) = lost.first() {
        let names: Vec<&str> = lost.iter().map(|(u, _)| *u).collect();
        l.faults.push(
            source
                .error(
                    "N037",
                    span,
                    format!("chưa có tài khoản gửi cho {} nơi nhận: {}", names.len(), first_few(&names)),
                    format!("no account serves {} recipients: {}", names.len(), first_few(&names)),
                )
                .fix(
                    format!("Khai trong loa.yaml, dưới default_accounts:   {role}: tên-tài-khoản"),
                    format!("Add to loa.yaml below default_accounts:   {role}: account"),
                ),
        );
    }
}

fn first_few(names: &[&str]) -> String {
    let shown = names.iter().take(3).copied().collect::<Vec<_>>().join(", ");
    if names.len() > 3 { format!("{shown}, …") } else { shown }
}

fn nobody(l: &Loader<'_>, family: Family, to: &[Selector], excepted: bool) -> (String, String) {
    let units: usize = to.iter().map(|s| l.ws.units_of(s).len()).sum();
    let people: usize = l.ws.lists_of(to).map(|x| x.contacts.len()).sum();
    match (units, people) {
        (0, 0) => ("Nơi nhận này trống.".into(), "It is empty.".into()),
        (0, n) => (
            format!("Danh sách có {n} người nhưng không ai có địa chỉ {}.", family.vi()),
            format!("The list has {n} people but none with an address for {}.", family.as_str()),
        ),
        (1, _) if !excepted => {
            let u =
                to.iter().flat_map(|s| l.ws.units_of(s)).next().map(|u| u.to_string()).unwrap_or_default();
            if l.bad_channels.contains(&(u.clone(), family)) {
                (
                    format!("Kênh {} của “{u}” đang có lỗi trong campaigns/units.yaml.", family.vi()),
                    format!("The channel {} of “{u}” is at fault in campaigns/units.yaml.", family.as_str()),
                )
            } else {
                (
                    format!("“{u}” không có kênh {}.", family.vi()),
                    format!("“{u}” has no channel {}.", family.as_str()),
                )
            }
        }
        (n, _) if !excepted => (
            format!("Không đơn vị nào trong {n} đơn vị được chọn có kênh {}.", family.vi()),
            format!("None of the {n} units chosen has the channel {}.", family.as_str()),
        ),
        (n, _) => (
            format!("Có {n} đơn vị được chọn, sau khi trừ except không đơn vị nào còn kênh {}.", family.vi()),
            format!("{n} units are chosen; after except none has the channel {}.", family.as_str()),
        ),
    }
}
