//! Cron expressions: the grammar of the `cron` crate, behind guards, on the wall clock.
//!
//! The crate never sees a zone: run on one, it loses the skipped hour, repeats the repeated one and may answer with an
//! instant before the one it was asked about. It counts weekdays from Sunday = 1 where Unix counts 0 and Vietnamese
//! says "thứ 2" for Monday, so numbers are refused; and it wants a day of the month *and* a weekday to match where Unix
//! takes either, so an expression that restricts both is refused.

use std::str::FromStr;

use chrono::{NaiveDate, NaiveDateTime, TimeDelta, TimeZone, Utc};

use super::ScheduleFault;

/// Longest expression read, in bytes.
const LONGEST: usize = 200;

/// A checked expression.
pub(super) struct Cron(cron::Schedule);

/// Reads five fields: minute, hour, day of the month, month, weekday.
pub(super) fn parse(expr: &str) -> Result<Cron, ScheduleFault> {
    let expr = expr.trim();
    let bad = |says: String| ScheduleFault::CronUnreadable { expr: expr.chars().take(60).collect(), says };
    if expr.len() > LONGEST {
        return Err(bad(format!("longer than {LONGEST} bytes")));
    }
    if expr.starts_with('@') {
        return Err(ScheduleFault::CronShorthand { expr: expr.to_owned() });
    }
    let fields: Vec<&str> = expr.split_whitespace().collect();
    let [_, _, day, _, weekday] = fields[..] else {
        return Err(ScheduleFault::CronFields { found: fields.len() });
    };
    if weekday.contains(|c: char| c.is_ascii_digit()) {
        return Err(ScheduleFault::CronWeekdayNumber { field: weekday.to_owned() });
    }
    let any = |f: &str| matches!(f, "*" | "?");
    if !any(day) && !any(weekday) {
        return Err(ScheduleFault::CronBothDays { day: day.to_owned(), weekday: weekday.to_owned() });
    }
    // The crate's own message points into its notation with seconds: one line of it is enough.
    cron::Schedule::from_str(&format!("0 {}", fields.join(" ")))
        .map(Cron)
        .map_err(|e| bad(super::super::text::clean_line(&e.to_string()).chars().take(120).collect()))
}

impl Cron {
    /// Its wall-clock times from a moment on (inclusive) to the end of a day, at most so many.
    pub(super) fn between(&self, from: NaiveDateTime, last: NaiveDate, most: usize) -> Vec<NaiveDateTime> {
        let after = Utc.from_utc_datetime(&from) - TimeDelta::seconds(1);
        self.0.after(&after).map(|t| t.naive_utc()).take_while(|t| t.date() <= last).take(most).collect()
    }
}
