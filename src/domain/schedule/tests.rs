//! What a schedule promises, by example and by property; `croner` is the oracle where it means the same.

use chrono_tz::America::{New_York, Santiago};
use chrono_tz::Asia::Ho_Chi_Minh;
use chrono_tz::Australia::Lord_Howe;
use chrono_tz::Pacific::Apia;
use proptest::prelude::*;

use super::super::calendar::tests::{d, some};
use super::super::text::Lang;
use super::super::words::WEEK;
use super::*;

fn t(h: u32, m: u32) -> NaiveTime {
    NaiveTime::from_hms_opt(h, m, 0).expect("a time")
}
fn keep(rule: Rule) -> Schedule {
    Schedule { rule, on_holiday: HolidayRule::Keep }
}
fn every(days: &[Weekday], time: NaiveTime, from: NaiveDate, until: NaiveDate) -> Schedule {
    keep(Rule::Every { days: days.to_vec(), time, from, until })
}
fn cron_rule(expr: &str, from: NaiveDate, until: NaiveDate) -> Schedule {
    keep(Rule::Cron { expr: expr.into(), from, until })
}
fn year() -> (NaiveDate, NaiveDate) {
    (d(1, 1, 2026), d(31, 12, 2026))
}
fn names(e: &[Slot]) -> Vec<&str> {
    e.iter().map(|s| s.slot.as_str()).collect()
}
/// Local times of the slots.
fn walls(zone: Tz, slots: &[Slot]) -> Vec<String> {
    slots.iter().map(|s| s.at.with_timezone(&zone).format("%Y-%m-%d %H:%M %Z").to_string()).collect()
}

#[test]
fn once_has_a_constant_name_and_the_right_instant() {
    for day in [30, 29] {
        let s = keep(Rule::At { at: d(day, 11, 2026).and_time(t(8, 0)) });
        let got = s.occurrences(Ho_Chi_Minh, year(), &Calendars::default()).expect("slots");
        assert_eq!(names(&got), ["once"]);
        assert_eq!(got[0].at.to_rfc3339(), format!("2026-11-{day}T01:00:00+00:00"));
    }
    let outside = keep(Rule::At { at: d(1, 1, 2027).and_time(t(0, 0)) });
    let fault = outside.occurrences(Ho_Chi_Minh, year(), &some()).unwrap_err();
    assert!(matches!(fault, ScheduleFault::OutsideCampaign { .. }));
    assert_eq!(outside.problems(Ho_Chi_Minh, year(), &some()), vec![fault]);
}

#[test]
fn weekly_stays_within_the_window_and_the_campaign() {
    let s = every(&[Weekday::Mon], t(8, 0), d(30, 11, 2026), d(14, 12, 2026));
    let got = s.occurrences(Ho_Chi_Minh, year(), &some()).expect("slots");
    assert_eq!(names(&got), ["2026-11-30T08:00", "2026-12-07T08:00", "2026-12-14T08:00"]);
    let short = (d(1, 12, 2026), d(13, 12, 2026));
    assert_eq!(names(&s.occurrences(Ho_Chi_Minh, short, &some()).expect("slots")), ["2026-12-07T08:00"]);
    assert_eq!(s.problems(Ho_Chi_Minh, year(), &some()), vec![]);
    assert!(matches!(s.problems(Ho_Chi_Minh, short, &some())[..], [ScheduleFault::OutsideCampaign { .. }]));
    let backwards = every(&[Weekday::Mon], t(8, 0), d(14, 12, 2026), d(30, 11, 2026));
    assert!(matches!(
        backwards.problems(Ho_Chi_Minh, year(), &some())[..],
        [ScheduleFault::EmptyWindow { .. }]
    ));
    let never = every(&[Weekday::Sun], t(8, 0), d(30, 11, 2026), d(5, 12, 2026));
    assert!(matches!(never.problems(Ho_Chi_Minh, year(), &some())[..], [ScheduleFault::NeverFires { .. }]));
    assert_eq!(
        every(&[], t(8, 0), year().0, year().1).problems(Ho_Chi_Minh, year(), &some()),
        [ScheduleFault::NoDays]
    );
}

#[test]
fn holidays_move_skip_or_keep() {
    // 24/11/2026 (Tuesday) is a day off; 28 and 29/11 are a weekend.
    let (from, until) = (d(23, 11, 2026), d(29, 11, 2026));
    let with = |on_holiday| Schedule { on_holiday, ..every(&WEEK, t(8, 0), from, until) };
    let days = |s: &Schedule, campaign| {
        let e = s.explain(Ho_Chi_Minh, campaign, &some()).expect("slots");
        let at: Vec<u32> = e.slots.iter().map(|s| s.at.with_timezone(&Ho_Chi_Minh).day()).collect();
        (at, e.dropped)
    };
    assert_eq!(days(&with(HolidayRule::Keep), year()).0, [23, 24, 25, 26, 27, 28, 29]);
    assert_eq!(days(&with(HolidayRule::Skip), year()).0, [23, 25, 26, 27]);
    // 24 -> 25 and 28 -> 30 coincide with their own or with each other: each instant once, the earlier nominal stays.
    let (at, dropped) = days(&with(HolidayRule::NextWorkingDay), year());
    assert_eq!(at, [23, 25, 26, 27, 30]);
    assert_eq!(dropped[0].why, DropWhy::SameInstant { other: "2026-11-24T08:00".into() });
    assert_eq!(dropped.len(), 2);
    // Never outside of the period, also by a shift.
    let (at, dropped) = days(&with(HolidayRule::NextWorkingDay), (from, until));
    assert_eq!(at, [23, 25, 26, 27]);
    assert!(dropped.iter().any(|x| x.why == DropWhy::ShiftedOutside { to: d(30, 11, 2026) }));
    let (at, _) = days(&with(HolidayRule::PreviousWorkingDay), (d(28, 11, 2026), d(29, 11, 2026)));
    assert_eq!(at, [0u32; 0]);
    let weekend = every(&[Weekday::Sun], t(8, 0), from, until);
    let weekend = Schedule { on_holiday: HolidayRule::Skip, ..weekend };
    assert!(matches!(weekend.problems(Ho_Chi_Minh, year(), &some())[..], [ScheduleFault::AllDropped { .. }]));
}

#[test]
fn a_shift_may_overtake_and_stays_in_order() {
    // Saturday 17:00 moves to Monday 17:00, after Monday's own 08:00 in time though before it by name.
    let s = cron_rule("0 8,17 * * SAT,MON", d(28, 11, 2026), d(30, 11, 2026));
    let s = Schedule { on_holiday: HolidayRule::NextWorkingDay, ..s };
    let e = s.explain(Ho_Chi_Minh, year(), &some()).expect("slots");
    assert_eq!(names(&e.slots), ["2026-11-28T08:00", "2026-11-28T17:00"]);
    assert_eq!(e.dropped.len(), 2);
    let s = Schedule {
        on_holiday: HolidayRule::NextWorkingDay,
        ..cron_rule("0 8 * * MON", d(30, 11, 2026), d(30, 11, 2026))
    };
    assert_eq!(names(&s.occurrences(Ho_Chi_Minh, year(), &some()).expect("slots")), ["2026-11-30T08:00"]);
}

#[test]
fn a_year_without_a_calendar_is_an_error_unless_holidays_do_not_matter() {
    let at = Rule::At { at: d(1, 6, 2028).and_time(t(8, 0)) };
    let campaign = (d(1, 1, 2028), d(31, 12, 2028));
    assert!(keep(at.clone()).occurrences(Ho_Chi_Minh, campaign, &some()).is_ok());
    for on_holiday in [HolidayRule::NextWorkingDay, HolidayRule::PreviousWorkingDay, HolidayRule::Skip] {
        let s = Schedule { rule: at.clone(), on_holiday };
        let want = ScheduleFault::NoCalendar(NoCalendar { year: 2028 });
        assert_eq!(s.occurrences(Ho_Chi_Minh, campaign, &some()), Err(want.clone()));
        assert_eq!(s.problems(Ho_Chi_Minh, campaign, &some()), [want]);
        let station = Rule::Station { from: campaign.0, until: campaign.1, sessions: vec![], times: 5 };
        assert!(Schedule { rule: station, on_holiday }.occurrences(Ho_Chi_Minh, campaign, &some()).is_err());
    }
}

#[test]
fn lunar_days() {
    let lunar = |day, month| {
        keep(Rule::Lunar { day, month, time: t(7, 0), from: d(1, 1, 2025), until: d(31, 12, 2026) })
    };
    let campaign = (d(1, 1, 2025), d(31, 12, 2026));
    let got = lunar(15, Some(8)).occurrences(Ho_Chi_Minh, campaign, &some()).expect("slots");
    assert_eq!(names(&got), ["2025-10-06T07:00", "2026-09-25T07:00"]);
    // 2025 has a leap sixth month: named months do not repeat in it, "every month" counts it.
    assert_eq!(lunar(1, Some(6)).occurrences(Ho_Chi_Minh, campaign, &some()).expect("slots").len(), 2);
    let monthly = lunar(1, None).occurrences(Ho_Chi_Minh, campaign, &some()).expect("slots");
    assert!(monthly.len() == 24 && names(&monthly).contains(&"2025-07-25T07:00"));
    // The twelfth months before Tết 2025 and Tết 2026 both have 29 days.
    let thirtieth = lunar(30, Some(12)).problems(Ho_Chi_Minh, campaign, &some());
    assert!(matches!(thirtieth[..], [ScheduleFault::NeverFires { .. }]));
    for bad in [lunar(31, None), lunar(0, None), lunar(1, Some(13))] {
        assert!(matches!(
            bad.problems(Ho_Chi_Minh, campaign, &some())[..],
            [ScheduleFault::NoLunarDay { .. }]
        ));
    }
}

#[test]
fn a_station_gets_weeks_with_even_shares() {
    let station = |from, until, times| keep(Rule::Station { from, until, sessions: vec![], times });
    let share = |s: &Schedule| -> Vec<(String, u32)> {
        let slots = s.occurrences(Ho_Chi_Minh, year(), &some()).expect("slots");
        slots.into_iter().map(|s| (s.slot, s.times)).collect()
    };
    let s = station(d(30, 11, 2026), d(11, 12, 2026), 10);
    assert_eq!(share(&s), [("2026-W49".into(), 5), ("2026-W50".into(), 5)]);
    let slots = s.occurrences(Ho_Chi_Minh, year(), &some()).expect("slots");
    assert_eq!(slots[0].at.to_rfc3339(), "2026-11-29T17:00:00+00:00");
    assert_eq!(slots[0].until.map(|u| u.to_rfc3339()), Some("2026-12-06T17:00:00+00:00".into()));
    assert_eq!(slots[1].until.map(|u| u.to_rfc3339()), Some("2026-12-11T17:00:00+00:00".into()));
    // Thursday to Wednesday: two working days and three.
    assert_eq!(
        share(&station(d(3, 12, 2026), d(9, 12, 2026), 10)),
        [("2026-W49".into(), 4), ("2026-W50".into(), 6)]
    );
    assert_eq!(share(&station(d(3, 12, 2026), d(9, 12, 2026), 1)), [("2026-W49".into(), 1)]);
    // The week of Tết has no working day.
    let tet = Schedule { on_holiday: HolidayRule::Skip, ..station(d(9, 2, 2026), d(27, 2, 2026), 10) };
    assert_eq!(share(&tet), [("2026-W07".into(), 5), ("2026-W09".into(), 5)]);
    let e = tet.explain(Ho_Chi_Minh, year(), &some()).expect("slots");
    assert_eq!((e.dropped[0].slot.as_str(), &e.dropped[0].why), ("2026-W08", &DropWhy::DayOff));
    // A window of weekend days alone still airs.
    assert_eq!(share(&station(d(5, 12, 2026), d(6, 12, 2026), 3)), [("2026-W49".into(), 3)]);
    // ISO weeks at the turn of the year belong to their own year.
    assert_eq!(share(&station(d(1, 1, 2026), d(2, 1, 2026), 1)), [("2026-W01".into(), 1)]);
    assert_eq!(
        station(d(1, 1, 2026), d(2, 1, 2026), 0).problems(Ho_Chi_Minh, year(), &some()),
        [ScheduleFault::NoTimes]
    );
}

#[test]
fn cron_guards() {
    let fault = |expr: &str| {
        let found = cron_rule(expr, year().0, year().1).problems(Ho_Chi_Minh, year(), &some());
        assert_eq!(found.len(), 1, "{expr}: {found:?}");
        assert!(found[0].text(Lang::Vi) != found[0].text(Lang::En));
        found.into_iter().next().expect("one")
    };
    for expr in ["0 0 8 * * MON", "0 0 8 * * MON 2026", "0 8 * *", "", "0 8"] {
        assert!(matches!(fault(expr), ScheduleFault::CronFields { .. }), "{expr}");
    }
    assert!(matches!(fault("@daily"), ScheduleFault::CronShorthand { .. }));
    for expr in ["0 9 * * 1", "0 9 * * 1-5", "0 9 * * MON,2", "0 9 * * */2", "0 9 * * 0"] {
        assert!(matches!(fault(expr), ScheduleFault::CronWeekdayNumber { .. }), "{expr}");
    }
    assert!(matches!(fault("0 9 13 * FRI"), ScheduleFault::CronBothDays { .. }));
    assert!(fault("0 9 * * 2").text(Lang::Vi).contains("MON"));
    for expr in [
        "0 25 * * *",
        "60 8 * * *",
        "0 8 * * FUNDAY",
        "0 8 L * *",
        "*/0 8 * * *",
        "x 8 * * *",
        "0 8 32 * *",
        "0 8 * * FRI-MON",
        "0 8 * * CN",
        "0 8 * * MON#1",
        "0 8 * 13 *",
        "8-7 8 * * *",
        ", 8 * * *",
    ] {
        let found = fault(expr);
        assert!(matches!(found, ScheduleFault::CronField { .. }), "{expr}");
        // No word of a library's own, and none of English.
        assert!(!found.text(Lang::Vi).to_lowercase().contains("expression"), "{}", found.text(Lang::Vi));
    }
    assert!(fault("0 8 * * CN").text(Lang::Vi).contains("phần thứ của cron không nhận “CN”"));
    assert!(matches!(fault(&"1,".repeat(300)), ScheduleFault::CronUnreadable { .. }));
    for expr in ["0 8 30 2 *", "0 8 31 4,6,9,11 *"] {
        assert!(matches!(fault(expr), ScheduleFault::NeverFires { .. }), "{expr}");
    }
    assert!(matches!(fault("* * * * *"), ScheduleFault::TooMany { .. }));
    for (expr, n) in [
        ("0 8 * * MON", 52),
        ("0 8 1 * ?", 12),
        ("*/15 8 24 12 *", 4),
        ("0 8 * JAN MON-FRI", 22),
        ("0 8 ? 1 *", 31),
    ] {
        let got = cron_rule(expr, year().0, year().1).occurrences(Ho_Chi_Minh, year(), &some()).expect(expr);
        assert_eq!(got.len(), n, "{expr}");
    }
    // Midnight of the first day and the last minute of the last day are inside.
    let edge = cron_rule("0,59 0,23 * * *", d(1, 6, 2026), d(1, 6, 2026));
    assert_eq!(edge.occurrences(Ho_Chi_Minh, year(), &some()).expect("slots").len(), 4);
}

#[test]
fn clocks_that_turn() {
    let walls_of = |zone, expr: &str, from, until| {
        let s = cron_rule(expr, from, until).occurrences(zone, (from, until), &some()).expect("slots");
        walls(zone, &s)
    };
    // New York: 08/03/2026 02:00 -> 03:00, 01/11/2026 02:00 -> 01:00.
    assert_eq!(
        walls_of(New_York, "30 2 * * *", d(7, 3, 2026), d(9, 3, 2026)),
        ["2026-03-07 02:30 EST", "2026-03-08 03:00 EDT", "2026-03-09 02:30 EDT"]
    );
    assert_eq!(
        walls_of(New_York, "0,30 1 * * *", d(1, 11, 2026), d(2, 11, 2026)),
        ["2026-11-01 01:00 EDT", "2026-11-01 01:30 EDT", "2026-11-02 01:00 EST", "2026-11-02 01:30 EST"]
    );
    // Two times in one gap, and the first after it: one instant, once.
    assert_eq!(walls_of(New_York, "0 2,3 * * *", d(8, 3, 2026), d(8, 3, 2026)), ["2026-03-08 03:00 EDT"]);
    // Santiago skips midnight on 06/09/2026; Lord Howe turns by half an hour on 04/10/2026.
    assert_eq!(walls_of(Santiago, "0 0 * * *", d(6, 9, 2026), d(6, 9, 2026)), ["2026-09-06 01:00 -03"]);
    assert_eq!(walls_of(Lord_Howe, "15 2 * * *", d(4, 10, 2026), d(4, 10, 2026)), ["2026-10-04 02:30 +11"]);
    // Samoa had no 30/12/2011. If the next day is in the period, it is then; if not, it is not at all.
    let apia = cron_rule("0 8 * * *", d(30, 12, 2011), d(30, 12, 2011));
    let got = apia.occurrences(Apia, (d(30, 12, 2011), d(31, 12, 2011)), &some()).expect("slots");
    assert_eq!(walls(Apia, &got), ["2011-12-31 00:00 +14"]);
    let e = apia.explain(Apia, (d(29, 12, 2011), d(30, 12, 2011)), &some()).expect("slots");
    assert!(e.slots.is_empty() && e.dropped.len() == 1);
}

#[test]
fn quiet_hours_end_at_their_end() {
    let night = QuietHours { from: t(21, 0), until: t(7, 0) };
    let local = |s: &str| {
        let wall = NaiveDateTime::parse_from_str(s, "%Y-%m-%d %H:%M").expect("a time");
        instant(Ho_Chi_Minh, wall).expect("an instant")
    };
    for (at, want) in [
        ("2026-11-30 20:59", "2026-11-30 20:59"),
        ("2026-11-30 21:00", "2026-12-01 07:00"),
        ("2026-11-30 23:59", "2026-12-01 07:00"),
        ("2026-11-30 00:00", "2026-11-30 07:00"),
        ("2026-11-30 06:59", "2026-11-30 07:00"),
        ("2026-11-30 07:00", "2026-11-30 07:00"),
    ] {
        assert_eq!(night.next_open(local(at), Ho_Chi_Minh), local(want), "{at}");
    }
    let noon = QuietHours { from: t(11, 30), until: t(13, 0) };
    assert_eq!(noon.next_open(local("2026-11-30 12:00"), Ho_Chi_Minh), local("2026-11-30 13:00"));
    // In New York's repeated hour the quiet of the second 01:15 ends at the second 01:30, not an hour before.
    let late = QuietHours { from: t(21, 0), until: t(1, 30) };
    let utc = |h, m| d(1, 11, 2026).and_time(t(h, m)).and_utc();
    assert_eq!(late.next_open(utc(5, 15), New_York), utc(5, 30));
    assert_eq!(late.next_open(utc(6, 15), New_York), utc(6, 30));
    let none = QuietHours { from: t(8, 0), until: t(8, 0) };
    assert_eq!(none.next_open(local("2026-11-30 08:00"), Ho_Chi_Minh), local("2026-11-30 08:00"));
}

/// Days around which the clocks of the zones turn.
fn zones() -> impl Strategy<Value = (Tz, NaiveDate)> {
    prop_oneof![
        Just((New_York, d(8, 3, 2026))),
        Just((New_York, d(1, 11, 2026))),
        Just((Santiago, d(6, 9, 2026))),
        Just((Santiago, d(5, 4, 2026))),
        Just((Lord_Howe, d(4, 10, 2026))),
        Just((Lord_Howe, d(5, 4, 2026))),
        Just((Apia, d(30, 12, 2011))),
        Just((Ho_Chi_Minh, d(30, 11, 2026))),
    ]
}

fn days_and_rules() -> impl Strategy<Value = Schedule> {
    let days = proptest::sample::subsequence(WEEK.to_vec(), 1..=7);
    let holiday = prop_oneof![
        Just(HolidayRule::Keep),
        Just(HolidayRule::NextWorkingDay),
        Just(HolidayRule::PreviousWorkingDay),
        Just(HolidayRule::Skip),
    ];
    let at = (0u32..24, 0u32..60).prop_map(|(h, m)| t(h, m));
    (days, at, 0u64..330, 0u64..60, 0usize..5, 0u32..30, holiday).prop_map(
        |(days, time, from, len, which, n, on_holiday)| {
            let from = d(10, 1, 2026) + Days::new(from);
            let until = from + Days::new(len);
            let rule = match which {
                0 => Rule::At { at: from.and_time(time) },
                1 => Rule::Every { days, time, from, until },
                2 => Rule::Cron { expr: format!("{} */3 * * *", n * 2), from, until },
                3 => Rule::Lunar { day: n + 1, month: None, time, from, until },
                _ => Rule::Station { from, until, sessions: vec![], times: n + 1 },
            };
            Schedule { rule, on_holiday }
        },
    )
}

proptest! {
    #[test]
    fn inside_the_period_strictly_increasing_once_and_always_the_same(
        s in days_and_rules(), start in 0u64..340, len in 0u64..90, (zone, _) in zones(),
    ) {
        let campaign = (d(5, 1, 2026) + Days::new(start), d(5, 1, 2026) + Days::new(start + len));
        let first = s.explain(zone, campaign, &some());
        prop_assert_eq!(&first, &s.explain(zone, campaign, &some()));
        let Ok(e) = first else { return Ok(()) };
        for pair in e.slots.windows(2) {
            prop_assert!(pair[0].at < pair[1].at);
        }
        let mut seen: Vec<&str> = names(&e.slots);
        seen.extend(e.dropped.iter().map(|x| x.slot.as_str()));
        let all = seen.len();
        seen.sort_unstable();
        seen.dedup();
        prop_assert_eq!(seen.len(), all, "a slot is named once, kept or dropped");
        for slot in &e.slots {
            let day = slot.at.with_timezone(&zone).date_naive();
            prop_assert!(campaign.0 <= day && day <= campaign.1, "{:?}", slot);
            if let Some(until) = slot.until {
                prop_assert!(slot.at < until && until <= instant(zone, (campaign.1 + Days::new(1)).and_time(NaiveTime::MIN)).expect("in range"));
            } else if s.on_holiday != HolidayRule::Keep {
                prop_assert!(some().is_working_day(day).expect("2026 or 2027"));
            }
        }
        if let Rule::Station { times, .. } = s.rule {
            prop_assert_eq!(e.slots.iter().map(|s| s.times).sum::<u32>(), times);
        }
    }

    #[test]
    fn the_wall_shows_the_nominal_time_where_it_exists((zone, turn) in zones(), h in 0u32..24, m in 0u32..60) {
        let (from, until) = (turn - Days::new(3), turn + Days::new(3));
        let s = every(&WEEK, t(h, m), from, until);
        for slot in s.occurrences(zone, (from, until), &Calendars::default()).expect("slots") {
            let wall = slot.at.with_timezone(&zone).naive_local();
            let exists = !matches!(chrono::TimeZone::from_local_datetime(&zone, &slot.nominal), chrono::LocalResult::None);
            if exists {
                prop_assert_eq!(wall, slot.nominal);
            } else {
                prop_assert!(wall > slot.nominal);
                let before = (slot.at - chrono::TimeDelta::minutes(1)).with_timezone(&zone).naive_local();
                prop_assert!(before < slot.nominal, "not the first valid time");
            }
        }
    }

    /// A fixed time on chosen weekdays means the same to `croner`. The day on which a zone skips an hour is left out:
    /// croner 3.0.1 then adds a run at the first valid time, also to rules whose time exists; our own rule for that day is
    /// held by the property above.
    #[test]
    fn croner_agrees(
        (zone, turn) in zones().prop_filter("see above", |(z, _)| *z != Apia),
        h in 0u32..24, m in 0u32..60, days in proptest::sample::subsequence(WEEK.to_vec(), 1..=7),
    ) {
        let (from, until) = (turn - Days::new(9), turn + Days::new(9));
        let names: Vec<String> = days.iter().map(|w| w.to_string().to_uppercase()).collect();
        let expr = format!("{m} {h} * * {}", names.join(","));
        let ours: Vec<DateTime<Utc>> = cron_rule(&expr, from, until)
            .occurrences(zone, (from, until), &Calendars::default())
            .expect("slots")
            .into_iter()
            .map(|s| s.at)
            .collect();
        prop_assert_eq!(&ours, &every(&days, t(h, m), from, until).occurrences(zone, (from, until), &Calendars::default())
            .expect("slots").into_iter().map(|s| s.at).collect::<Vec<_>>());
        let theirs: croner::Cron = expr.parse().expect("croner reads it");
        let start = instant(zone, from.and_time(NaiveTime::MIN)).expect("in range").with_timezone(&zone);
        let end = instant(zone, (until + Days::new(1)).and_time(NaiveTime::MIN)).expect("in range");
        let oracle: Vec<DateTime<Utc>> =
            theirs.iter_from(start, croner::Direction::Forward).map(|x| x.to_utc()).take_while(|x| *x < end).take(100).collect();
        let midnight = |day: NaiveDate| instant(zone, day.and_time(NaiveTime::MIN)).expect("in range");
        let skips = midnight(turn + Days::new(1)) - midnight(turn) < chrono::TimeDelta::hours(24);
        let compared = |all: Vec<DateTime<Utc>>| -> Vec<DateTime<Utc>> {
            all.into_iter().filter(|x| !(skips && x.with_timezone(&zone).date_naive() == turn)).collect()
        };
        prop_assert_eq!(compared(ours), compared(oracle));
    }

    #[test]
    fn quiet_is_left_at_the_first_open_moment(
        (zone, turn) in zones(), minutes in -3000i64..3000, a in 0u32..1440, b in 0u32..1440,
    ) {
        let quiet = QuietHours { from: t(a / 60, a % 60), until: t(b / 60, b % 60) };
        let at = instant(zone, turn.and_time(t(12, 0))).expect("in range") + chrono::TimeDelta::minutes(minutes);
        let open = quiet.next_open(at, zone);
        let is_quiet = |x: DateTime<Utc>| quiet.is_quiet(x.with_timezone(&zone).time());
        prop_assert!(open >= at && !is_quiet(open));
        prop_assert_eq!(quiet.next_open(open, zone), open);
        prop_assert!(open == at || is_quiet(at));
    }
}
