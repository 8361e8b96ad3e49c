//! Which airings of a week find room: sessions of a station, the office's share of each, one airing of an item per session.
//!
//! What holds for every answer of [`place`]: the share of no session is exceeded, no item stands twice in a session, nothing
//! gets more than it wants, and no airing is left out that would still have found room. Urgent items choose first; items of the
//! same priority take turns, so that one that wants a thousand airings does not push out the others.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate, NaiveDateTime};
use serde::{Deserialize, Serialize};

use super::campaign::Priority;
use super::unit::Station;

/// A session of a day in which something may air.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Opening {
    /// Which day.
    pub day: NaiveDate,
    /// Its place in the station's day.
    pub no: usize,
    /// The session's name: `sang`.
    pub session: String,
}

/// The sessions of a station on the days of a window (both inclusive) that are open: it airs on that weekday, it is no holiday,
/// the session is one of `wanted` (empty: any) and has not begun at `now`, the station's wall clock.
pub fn openings(
    station: &Station,
    (from, until): (NaiveDate, NaiveDate),
    wanted: &[String],
    holiday: impl Fn(NaiveDate) -> bool,
    now: Option<NaiveDateTime>,
) -> Vec<Opening> {
    from.iter_days()
        .take_while(|d| *d <= until)
        .filter(|d| station.days.contains(&d.weekday()) && !holiday(*d))
        .flat_map(|day| {
            station.sessions.iter().enumerate().filter_map(move |(no, s)| {
                let chosen = wanted.is_empty() || wanted.contains(&s.name);
                let ahead = now.is_none_or(|now| day.and_time(s.from) > now);
                (chosen && ahead).then(|| Opening { day, no, session: s.name.clone() })
            })
        })
        .collect()
}

/// How many airings of a sending a station can make: one in a session, week by week as its sheets ask for them (`weeks`: first day,
/// last day, airings of that week).
pub fn possible(
    station: &Station,
    weeks: impl Iterator<Item = (NaiveDate, NaiveDate, u32)>,
    wanted: &[String],
    holiday: impl Fn(NaiveDate) -> bool,
) -> u32 {
    weeks
        .map(|(first, last, times)| {
            let open = openings(station, (first, last), wanted, &holiday, None).len();
            times.min(u32::try_from(open).unwrap_or(u32::MAX))
        })
        .sum()
}

/// What an item asks of a week.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// One reading.
    pub seconds: u32,
    /// Airings wanted.
    pub times: u32,
    /// Who chooses first.
    pub priority: Priority,
    /// Where it may stand.
    pub openings: Vec<Opening>,
}

/// Puts airings into sessions; for each wish where its airings stand, in the order of the week. `used`: seconds that earlier
/// sheets of the week have taken.
pub fn place(wishes: &[Wish], share: u32, used: &BTreeMap<Opening, u32>) -> Vec<Vec<Opening>> {
    let mut used = used.clone();
    let mut out: Vec<Vec<Opening>> = vec![vec![]; wishes.len()];
    let mut ranks: Vec<i16> = wishes.iter().map(|w| w.priority.rank()).collect();
    ranks.sort_unstable();
    ranks.dedup();
    for rank in ranks {
        loop {
            let mut moved = false;
            for (i, w) in wishes.iter().enumerate().filter(|(_, w)| w.priority.rank() == rank) {
                if out[i].len() >= w.times as usize {
                    continue;
                }
                if let Some(o) = choose(w, &out[i], share, &used) {
                    *used.entry(o.clone()).or_default() += w.seconds;
                    out[i].push(o);
                    moved = true;
                }
            }
            if !moved {
                break;
            }
        }
    }
    for places in &mut out {
        places.sort();
    }
    out
}

/// The emptiest session that has room; among equals one of a day on which the item is not aired yet, the earliest.
fn choose(w: &Wish, taken: &[Opening], share: u32, used: &BTreeMap<Opening, u32>) -> Option<Opening> {
    w.openings
        .iter()
        .filter(|o| !taken.contains(o))
        .filter_map(|o| {
            let full = used.get(o).copied().unwrap_or(0);
            let after = full.checked_add(w.seconds).filter(|s| *s <= share)?;
            let that_day = taken.iter().filter(|t| t.day == o.day).count();
            Some(((after, that_day, o), o.clone()))
        })
        .min_by(|a, b| a.0.cmp(&b.0))
        .map(|(_, o)| o)
}

#[cfg(test)]
mod tests {
    use chrono::{NaiveTime, Weekday};
    use proptest::prelude::*;

    use super::*;
    use crate::domain::unit::{Session, StationKind};

    fn day(d: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 12, d).unwrap()
    }

    fn station(sessions: &[(&str, u32)]) -> Station {
        let time = |h| NaiveTime::from_hms_opt(h, 0, 0).unwrap();
        Station {
            kind: StationKind::Ip,
            sessions: sessions
                .iter()
                .map(|(n, h)| Session { name: (*n).into(), from: time(*h), until: time(h + 1) })
                .collect(),
            days: vec![Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri],
            allowance_seconds: 120,
            time_zone: None,
        }
    }

    fn week(station: &Station) -> Vec<Opening> {
        openings(station, (day(7), day(13)), &[], |_| false, None)
    }

    fn wish(seconds: u32, times: u32, openings: &[Opening]) -> Wish {
        Wish { seconds, times, priority: Priority::Ordinary, openings: openings.to_vec() }
    }

    #[test]
    fn days_off_other_sessions_and_what_has_begun_are_no_openings() {
        let s = station(&[("sang", 5), ("chieu", 17)]);
        assert_eq!(week(&s).len(), 10);
        assert_eq!(openings(&s, (day(7), day(13)), &["sang".into()], |d| d == day(9), None).len(), 4);
        assert!(openings(&s, (day(12), day(13)), &[], |_| false, None).is_empty(), "a weekend");
        let tuesday_noon = day(8).and_hms_opt(12, 0, 0);
        let left = openings(&s, (day(7), day(13)), &[], |_| false, tuesday_noon);
        assert_eq!(left.len(), 7);
        assert_eq!((left[0].day, left[0].session.as_str()), (day(8), "chieu"));
    }

    #[test]
    fn three_posts_share_five_sessions_of_two_minutes() {
        // 44 × 5 + 42 × 3 + 42 × 4 fits 5 × 120 as a sum, and two of five sessions would have to take all three.
        let open = week(&station(&[("sang", 5)]));
        let placed =
            place(&[wish(44, 5, &open), wish(42, 3, &open), wish(42, 4, &open)], 120, &BTreeMap::new());
        let mut used = BTreeMap::<&Opening, u32>::new();
        for (places, seconds) in placed.iter().zip([44, 42, 42]) {
            for o in places {
                *used.entry(o).or_default() += seconds;
            }
        }
        assert!(used.values().all(|s| *s <= 120), "{used:?}");
        assert_eq!(placed.iter().map(Vec::len).sum::<usize>(), 10, "two in each session");
        assert!(placed.iter().all(|p| p.len() >= 3), "{placed:?}");
    }

    #[test]
    fn one_that_wants_everything_leaves_room_for_the_others() {
        let open = week(&station(&[("sang", 5)]));
        let placed = place(&[wish(100, 1000, &open), wish(100, 2, &open)], 120, &BTreeMap::new());
        assert_eq!((placed[0].len(), placed[1].len()), (3, 2));
        let urgent = Wish { priority: Priority::Urgent, ..wish(100, 5, &open) };
        let placed = place(&[wish(100, 2, &open), urgent], 120, &BTreeMap::new());
        assert_eq!((placed[0].len(), placed[1].len()), (0, 5));
    }

    #[test]
    fn an_earlier_sheet_has_its_part() {
        let open = week(&station(&[("sang", 5)]));
        let used: BTreeMap<Opening, u32> = open.iter().take(4).map(|o| (o.clone(), 90)).collect();
        assert_eq!(place(&[wish(40, 5, &open)], 120, &used)[0], open[4..]);
    }

    proptest! {
        #[test]
        fn no_share_is_exceeded_and_no_room_is_wasted(
            asked in prop::collection::vec((1u32..150, 0u32..12, 0usize..4, 0usize..10, 0usize..10), 0..7),
            share in 0u32..200,
            before in prop::collection::vec(0u32..150, 10),
        ) {
            let open = week(&station(&[("sang", 5), ("chieu", 17)]));
            let all = [Priority::Urgent, Priority::Priority, Priority::Ordinary, Priority::Bulk];
            let wishes: Vec<Wish> = asked
                .iter()
                .map(|(seconds, times, p, a, b)| Wish {
                    priority: all[*p],
                    ..wish(*seconds, *times, &open[*a.min(b)..=*a.max(b)])
                })
                .collect();
            let used: BTreeMap<Opening, u32> =
                open.iter().cloned().zip(before.iter().map(|s| s % (share + 1))).collect();
            let placed = place(&wishes, share, &used);
            let mut full = used.clone();
            for (w, places) in wishes.iter().zip(&placed) {
                prop_assert!(places.len() <= w.times as usize);
                for (i, o) in places.iter().enumerate() {
                    prop_assert!(w.openings.contains(o) && !places[..i].contains(o));
                    *full.entry(o.clone()).or_default() += w.seconds;
                }
            }
            prop_assert!(full.values().all(|s| *s <= share));
            for (w, places) in wishes.iter().zip(&placed).filter(|(w, p)| p.len() < w.times as usize) {
                prop_assert!(
                    w.openings.iter().all(|o| places.contains(o) || full.get(o).copied().unwrap_or(0) + w.seconds > share)
                );
            }
        }
    }
}
