//! Working days of Vietnam, by the notices of each year.
//!
//! A year without a calendar file is an error ([`NoCalendar`]), never a guess: the Prime Minister fixes Tết, the second
//! National Day and the swapped Saturdays year by year (Labour Code 2019, art. 112).

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};

/// One year's notice (`campaigns/calendar/vn-2026.yaml`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct YearCalendar {
    /// The year.
    pub year: i32,
    /// True while the official notice is not out.
    pub provisional: bool,
    /// The document it is taken from.
    pub source: String,
    /// Days off beside weekends: date and name.
    pub holidays: BTreeMap<NaiveDate, String>,
    /// Weekend days that are worked (swapped): date and what for.
    pub working: BTreeMap<NaiveDate, String>,
}

/// Calendars by year.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calendars(pub BTreeMap<i32, YearCalendar>);

/// There is no calendar file of that year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "there is no calendar of {year}: add campaigns/calendar/vn-{year}.yaml (provisional: true while the notice is not out)"
)]
pub struct NoCalendar {
    /// The year.
    pub year: i32,
}

impl Calendars {
    fn of(&self, date: NaiveDate) -> Result<&YearCalendar, NoCalendar> {
        let year = date.year();
        self.0.get(&year).ok_or(NoCalendar { year })
    }

    /// Whether offices work on that day: a holiday never, a swapped weekend day always, otherwise Monday to Friday.
    ///
    /// # Errors
    /// No calendar of that year.
    pub fn is_working_day(&self, date: NaiveDate) -> Result<bool, NoCalendar> {
        let year = self.of(date)?;
        let weekend = matches!(date.weekday(), Weekday::Sat | Weekday::Sun);
        Ok(!year.holidays.contains_key(&date) && (!weekend || year.working.contains_key(&date)))
    }

    /// The name of the holiday on that day, if it is one (weekends have none).
    ///
    /// # Errors
    /// No calendar of that year.
    pub fn holiday(&self, date: NaiveDate) -> Result<Option<&str>, NoCalendar> {
        Ok(self.of(date)?.holidays.get(&date).map(String::as_str))
    }

    fn walk(
        &self,
        date: NaiveDate,
        step: fn(&NaiveDate) -> Option<NaiveDate>,
    ) -> Result<NaiveDate, NoCalendar> {
        let mut day = date;
        loop {
            // Ends: calendars are finite, so at the latest a year without one stops it.
            day = step(&day).ok_or(NoCalendar { year: day.year() })?;
            if self.is_working_day(day)? {
                return Ok(day);
            }
        }
    }

    /// The first working day after that day.
    ///
    /// # Errors
    /// A year without a calendar lies on the way.
    pub fn next_working_day(&self, date: NaiveDate) -> Result<NaiveDate, NoCalendar> {
        self.walk(date, NaiveDate::succ_opt)
    }

    /// The last working day before that day.
    ///
    /// # Errors
    /// A year without a calendar lies on the way.
    pub fn previous_working_day(&self, date: NaiveDate) -> Result<NaiveDate, NoCalendar> {
        self.walk(date, NaiveDate::pred_opt)
    }

    /// The day `n` working days after (negative: before) that day; the day itself for 0, whether worked or not.
    ///
    /// # Errors
    /// A year without a calendar lies on the way.
    pub fn add_working_days(&self, date: NaiveDate, n: i32) -> Result<NaiveDate, NoCalendar> {
        let step = if n < 0 { Self::previous_working_day } else { Self::next_working_day };
        (0..n.unsigned_abs()).try_fold(date, |day, _| step(self, day))
    }

    /// How many days from the first to the last (inclusive) are worked.
    ///
    /// # Errors
    /// A year without a calendar lies between.
    pub fn working_days_between(&self, first: NaiveDate, last: NaiveDate) -> Result<u32, NoCalendar> {
        let mut n = 0;
        for day in first.iter_days().take_while(|d| *d <= last) {
            n += u32::from(self.is_working_day(day)?);
        }
        Ok(n)
    }

    /// True if the calendar of that day's year is not official yet.
    ///
    /// # Errors
    /// No calendar of that year.
    pub fn is_provisional(&self, date: NaiveDate) -> Result<bool, NoCalendar> {
        Ok(self.of(date)?.provisional)
    }

    /// The years from the first to the last day whose calendars are not official yet, for a warning.
    pub fn provisional_years(&self, first: NaiveDate, last: NaiveDate) -> Vec<i32> {
        if last < first {
            return vec![];
        }
        self.0.range(first.year()..=last.year()).filter(|(_, c)| c.provisional).map(|(y, _)| *y).collect()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    pub(crate) fn d(day: u32, m: u32, y: i32) -> NaiveDate {
        NaiveDate::from_ymd_opt(y, m, day).expect("a date")
    }

    /// 2026 with some of its days, 2027 provisional and empty.
    pub(crate) fn some() -> Calendars {
        let days = |v: &[NaiveDate]| v.iter().map(|d| (*d, "nghỉ".to_owned())).collect();
        let tet: Vec<_> = (16..=20).map(|n| d(n, 2, 2026)).collect();
        let more =
            [d(1, 1, 2026), d(2, 1, 2026), d(27, 4, 2026), d(30, 4, 2026), d(1, 5, 2026), d(31, 8, 2026)];
        let last = [d(1, 9, 2026), d(2, 9, 2026), d(24, 11, 2026)];
        let year = |year, provisional, holidays, working| YearCalendar {
            year,
            provisional,
            source: "thử".into(),
            holidays,
            working,
        };
        let y2026 = year(2026, false, days(&[&tet[..], &more, &last].concat()), days(&[d(22, 8, 2026)]));
        Calendars(BTreeMap::from([
            (2026, y2026),
            (2027, year(2027, true, days(&[d(1, 1, 2027)]), BTreeMap::new())),
        ]))
    }

    #[test]
    fn days_off_and_swapped_days() {
        let c = some();
        for (day, works) in [
            (d(30, 11, 2026), true),
            (d(28, 11, 2026), false),
            (d(24, 11, 2026), false),
            (d(22, 8, 2026), true),
            (d(31, 8, 2026), false),
        ] {
            assert_eq!(c.is_working_day(day), Ok(works), "{day}");
        }
        assert_eq!(c.next_working_day(d(13, 2, 2026)), Ok(d(23, 2, 2026)));
        assert_eq!(c.previous_working_day(d(23, 2, 2026)), Ok(d(13, 2, 2026)));
        assert_eq!(c.next_working_day(d(21, 8, 2026)), Ok(d(22, 8, 2026)));
        assert_eq!(c.next_working_day(d(31, 12, 2026)), Ok(d(4, 1, 2027)));
        assert_eq!(c.add_working_days(d(30, 11, 2026), 4), Ok(d(4, 12, 2026)));
        assert_eq!(c.add_working_days(d(30, 11, 2026), 0), Ok(d(30, 11, 2026)));
        assert_eq!(c.add_working_days(d(30, 11, 2026), -5), Ok(d(20, 11, 2026)));
        assert_eq!(c.working_days_between(d(23, 11, 2026), d(29, 11, 2026)), Ok(4));
        assert_eq!(c.holiday(d(24, 11, 2026)), Ok(Some("nghỉ")));
    }

    #[test]
    fn a_year_without_a_calendar_is_an_error() {
        let c = some();
        assert_eq!(c.is_working_day(d(1, 6, 2028)), Err(NoCalendar { year: 2028 }));
        assert_eq!(c.next_working_day(d(31, 12, 2027)), Err(NoCalendar { year: 2028 }));
        assert_eq!(c.previous_working_day(d(1, 1, 2026)), Err(NoCalendar { year: 2025 }));
        assert_eq!(c.add_working_days(d(1, 12, 2027), 40), Err(NoCalendar { year: 2028 }));
        assert_eq!(
            Calendars::default().next_working_day(NaiveDate::MAX),
            Err(NoCalendar { year: NaiveDate::MAX.year() })
        );
        assert_eq!(c.provisional_years(d(1, 1, 2026), d(1, 1, 2028)), vec![2027]);
        assert_eq!(c.is_provisional(d(1, 6, 2026)), Ok(false));
    }

    proptest! {
        #[test]
        fn going_on_and_back_comes_home(day in 40u64..320, n in 1i32..40) {
            let c = some();
            let start = c.next_working_day(d(1, 1, 2026) + chrono::Days::new(day)).expect("2026");
            let there = c.add_working_days(start, n).expect("2026 or 2027");
            prop_assert!(c.is_working_day(there).expect("known") && there > start);
            prop_assert_eq!(c.add_working_days(there, -n), Ok(start));
            prop_assert_eq!(c.working_days_between(start, there), Ok(n as u32 + 1));
        }
    }
}
