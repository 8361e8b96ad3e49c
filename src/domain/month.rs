//! Calendar months where the office is: what the ledger is kept, archived and dropped by.

use std::fmt;

use chrono::{DateTime, Datelike as _, Months, NaiveDate, TimeZone as _};

/// A month. `Display` writes what [`Month::parse`] reads: `2026-09`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(NaiveDate);

impl Month {
    /// The month of a day.
    pub fn of(day: NaiveDate) -> Month {
        Month(day.with_day(1).unwrap_or(day))
    }

    /// The month in which an instant (milliseconds since 1970) falls.
    pub fn at(ms: i64, zone: chrono_tz::Tz) -> Month {
        let at = DateTime::from_timestamp_millis(ms).unwrap_or(DateTime::UNIX_EPOCH);
        Month::of(at.with_timezone(&zone).date_naive())
    }

    /// Reads `2026-09`.
    pub fn parse(typed: &str) -> Option<Month> {
        NaiveDate::parse_from_str(&format!("{typed}-01"), "%Y-%m-%d").ok().map(Month)
    }

    /// When it begins, milliseconds since 1970.
    pub fn begins(self, zone: chrono_tz::Tz) -> i64 {
        let midnight = self.0.and_time(chrono::NaiveTime::MIN);
        zone.from_local_datetime(&midnight).earliest().map_or_else(
            || midnight.and_utc().timestamp_millis(), // a midnight that a clock skips
            |t| t.timestamp_millis(),
        )
    }

    /// The month after it; itself at the end of what a calendar holds.
    #[must_use]
    pub fn next(self) -> Month {
        Month(self.0.checked_add_months(Months::new(1)).unwrap_or(self.0))
    }

    /// So many months before it.
    #[must_use]
    pub fn back(self, months: u32) -> Month {
        Month(self.0.checked_sub_months(Months::new(months)).unwrap_or(self.0))
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_begins_at_midnight_where_the_office_is() {
        let zone = chrono_tz::Asia::Ho_Chi_Minh;
        let m = Month::parse("2026-09").unwrap();
        // 2026-08-31T17:00Z
        assert_eq!(m.begins(zone), 1_788_195_600_000);
        assert_eq!(Month::at(m.begins(zone), zone), m);
        assert_eq!(Month::at(m.begins(zone) - 1, zone), m.back(1));
        assert_eq!(m.next().back(13).to_string(), "2025-09");
        assert_eq!(Month::parse("2026-12").unwrap().next().to_string(), "2027-01");
        assert!(Month::parse("09/2026").is_none() && Month::parse("2026-13").is_none());
    }
}
