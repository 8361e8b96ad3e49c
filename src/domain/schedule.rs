//! When a sending happens: rules to slots to instants.
//!
//! Times are wall-clock times of the workspace or of the station. A **slot** is the nominal, constant name of an
//! occurrence (an `at` has one constant slot; a recurring rule's is its nominal wall-clock time, before any holiday shift; a
//! station's is the ISO week within its window), so that moving a time never makes a second occurrence.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, Weekday};
use serde::{Deserialize, Serialize};

/// When a sending happens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// The rule.
    pub rule: Rule,
    /// What happens when a nominal day is a day off.
    pub on_holiday: HolidayRule,
}

/// The rule of a schedule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "rule")]
pub enum Rule {
    /// Once.
    At {
        /// Wall-clock time.
        at: NaiveDateTime,
    },
    /// On named weekdays (all seven: every day) at a time.
    Every {
        /// Which days.
        days: Vec<Weekday>,
        /// At what time.
        time: NaiveTime,
        /// First day.
        from: NaiveDate,
        /// Last day, inclusive.
        until: NaiveDate,
    },
    /// A cron expression: five fields, weekdays by name.
    Cron {
        /// As written.
        expr: String,
        /// First day.
        from: NaiveDate,
        /// Last day, inclusive.
        until: NaiveDate,
    },
    /// A day of the Vietnamese lunar calendar, every lunar year (or every lunar month if `month` is `None`).
    Lunar {
        /// Day of the lunar month, 1–30. A month without a 30th day is skipped.
        day: u32,
        /// Lunar month, 1–12; a leap month does not repeat it.
        month: Option<u32>,
        /// At what time.
        time: NaiveTime,
        /// First day.
        from: NaiveDate,
        /// Last day, inclusive.
        until: NaiveDate,
    },
    /// Airings of a station in a window; the station chooses the sessions.
    Station {
        /// First day.
        from: NaiveDate,
        /// Last day, inclusive.
        until: NaiveDate,
        /// Names of sessions it may choose; empty: any.
        sessions: Vec<String>,
        /// Airings per station in the whole window.
        times: u32,
    },
}

/// What happens when a nominal day is a day off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HolidayRule {
    /// It happens all the same.
    #[default]
    Keep,
    /// On the next working day, at the same time.
    NextWorkingDay,
    /// On the working day before, at the same time.
    PreviousWorkingDay,
    /// It does not happen.
    Skip,
}
