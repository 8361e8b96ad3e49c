//! Airings against open sessions: a station that cannot make as many as a sending asks for is named now, not when the week is over.

use super::Loader;
use super::campaign::Frame;
use crate::domain::airtime;
use crate::domain::campaign::Selector;
use crate::domain::schedule::{Rule, Schedule};
use crate::domain::unit::Family;
use crate::yaml::{Node, Say, Severity, Source};

/// N046: fewer open sessions than airings, at some stations or at all of them. Stations without any of the named sessions are
/// N038's.
pub(super) fn sessions(
    l: &mut Loader<'_>,
    frame: &Frame,
    source: &Source,
    node: &Node,
    schedule: &Schedule,
    to: &[Selector],
    except: &[Selector],
) {
    let Rule::Station { sessions, times, .. } = &schedule.rule else { return };
    let zone = l.office.time_zone();
    // A schedule with a fault was spoken of.
    let Ok(slots) = schedule.occurrences(zone, (frame.campaign.start, frame.campaign.end), &l.ws.calendars)
    else {
        return;
    };
    let weeks: Vec<_> = slots
        .iter()
        .map(|s| {
            let first = s.nominal.date();
            let end = s.until.map(|u| (u - chrono::TimeDelta::seconds(1)).with_timezone(&zone).date_naive());
            (first, end.unwrap_or(first), s.times)
        })
        .collect();
    let calendars = &l.ws.calendars;
    let holiday = |d| calendars.holiday(d).ok().flatten().is_some();
    let (mut stations, mut few) = (0usize, Vec::new());
    for channel in l.ws.channels_of(Family::Station, to, except) {
        let Some(station) = l.ws.units.get(&channel.unit).and_then(|u| u.station.as_ref()) else { continue };
        if !sessions.is_empty() && !station.sessions.iter().any(|s| sessions.contains(&s.name)) {
            continue;
        }
        stations += 1;
        let possible = airtime::possible(station, weeks.iter().copied(), sessions, holiday);
        if possible < *times {
            few.push((channel.unit.to_string(), possible));
        }
    }
    let Some(most) = few.iter().map(|f| f.1).max() else { return };
    let nobody = few.len() == stations && most == 0;
    let list: Vec<String> = few.iter().take(3).map(|(u, n)| format!("{u} ({n})")).collect();
    let list = format!("{}{}", list.join(", "), if few.len() > 3 { ", …" } else { "" });
    let n = few.len();
    let span = node.get(if nobody { "from" } else { "times" }).map_or(node.span, |n| n.span);
    let fault = source.fault(
        "N046",
        if nobody { Severity::Error } else { Severity::Warning },
        span,
        if nobody {
            Say::new(
                "trong khoảng ngày này không đài nào có buổi phát",
                "no station has a session in this window",
            )
        } else {
            Say::new(
                format!("{n} đài không đủ buổi để phát {times} lần: {list}"),
                format!("{n} stations have fewer than {times} open sessions: {list}"),
            )
        },
    );
    l.faults.push(
        fault
            .why(
                "Mỗi buổi chỉ phát một bài một lần; ngày nghỉ lễ và ngày đài không phát không tính.",
                "An item is aired once in a session; holidays and days without broadcasts do not count.",
            )
            .fix(
                "Bớt times, kéo dài from – until, hoặc bớt sessions đang giới hạn.",
                "Ask for fewer times, widen from – until, or name more sessions.",
            )
            .meanwhile(
                if nobody {
                    "Bài này chưa dùng được."
                } else {
                    "Phiếu của các đài này chỉ ghi số buổi có thể phát."
                },
                if nobody {
                    "The post cannot be used."
                } else {
                    "Their sheets ask for as many as can be aired."
                },
            ),
    );
}
