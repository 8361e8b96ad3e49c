//! Working days of Vietnam and the Vietnamese lunar calendar.
//!
//! A year without a calendar file is an error, never a guess.

use std::collections::BTreeMap;

use chrono::NaiveDate;
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
