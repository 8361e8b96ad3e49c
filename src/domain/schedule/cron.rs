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
    let bad = || ScheduleFault::CronUnreadable { expr: expr.chars().take(60).collect() };
    if expr.len() > LONGEST {
        return Err(bad());
    }
    if expr.starts_with('@') {
        return Err(ScheduleFault::CronShorthand { expr: expr.to_owned() });
    }
    let fields: Vec<&str> = expr.split_whitespace().collect();
    let [_, _, day, _, weekday] = fields[..] else {
        return Err(ScheduleFault::CronFields { found: fields.len() });
    };
    if weekday.contains(|c: char| c.is_ascii_digit()) && !weekday.contains('#') {
        return Err(ScheduleFault::CronWeekdayNumber { field: weekday.to_owned() });
    }
    let any = |f: &str| matches!(f, "*" | "?");
    if !any(day) && !any(weekday) {
        return Err(ScheduleFault::CronBothDays { day: day.to_owned(), weekday: weekday.to_owned() });
    }
    for (field, text) in Field::ALL.into_iter().zip(&fields) {
        if let Some(word) = text.split(',').find(|w| !field.takes(w)) {
            return Err(ScheduleFault::CronField { field, word: word.chars().take(30).collect() });
        }
    }
    // The crate's own message points into its notation with seconds, in its own words: it is not shown.
    cron::Schedule::from_str(&format!("0 {}", fields.join(" "))).map(Cron).map_err(|_| bad())
}

/// A field of an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// 0 to 59.
    Minute,
    /// 0 to 23.
    Hour,
    /// Day of the month, 1 to 31.
    Day,
    /// 1 to 12, or JAN to DEC.
    Month,
    /// SUN to SAT.
    Weekday,
}

impl Field {
    /// As they are written.
    const ALL: [Field; 5] = [Field::Minute, Field::Hour, Field::Day, Field::Month, Field::Weekday];

    fn bounds(self) -> (usize, usize) {
        match self {
            Field::Minute => (0, 59),
            Field::Hour => (0, 23),
            Field::Day => (1, 31),
            Field::Month => (1, 12),
            Field::Weekday => (1, 7),
        }
    }
    /// The names that may stand for its numbers, from the lowest on; their first three letters do as well.
    fn names(self) -> &'static [&'static str] {
        match self {
            Field::Minute | Field::Hour | Field::Day => &[],
            Field::Month => &[
                "january",
                "february",
                "march",
                "april",
                "may",
                "june",
                "july",
                "august",
                "september",
                "october",
                "november",
                "december",
            ],
            Field::Weekday => &["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"],
        }
    }
    fn value(self, word: &str) -> Option<usize> {
        let (low, high) = self.bounds();
        let lower = word.to_ascii_lowercase();
        let named = self.names().iter().position(|n| *n == lower || n[..3] == lower).map(|i| low + i);
        let digits = !word.is_empty() && word.len() <= 2 && word.bytes().all(|b| b.is_ascii_digit());
        named.or_else(|| word.parse().ok().filter(|n| digits && (low..=high).contains(n)))
    }
    /// Whether one item of a list may stand in it: `*`, `5`, `1-5`, `*/10`, `8-17/3`.
    fn takes(self, item: &str) -> bool {
        let (span, step) = item.split_once('/').map_or((item, None), |(a, b)| (a, Some(b)));
        let step = step.is_none_or(|s| s.len() <= 3 && s.parse::<usize>().is_ok_and(|n| n > 0));
        let span = match span.split_once('-') {
            _ if matches!(span, "*" | "?") => true,
            Some((a, b)) => matches!((self.value(a), self.value(b)), (Some(a), Some(b)) if a <= b),
            None => self.value(span).is_some(),
        };
        step && span
    }
    /// What it is called and what may stand in it, Vietnamese and English.
    pub(super) fn words(self) -> ((&'static str, &'static str), (&'static str, &'static str)) {
        match self {
            Field::Minute => (("phút", "số từ 0 đến 59"), ("minute", "numbers 0 to 59")),
            Field::Hour => (("giờ", "số từ 0 đến 23"), ("hour", "numbers 0 to 23")),
            Field::Day => (("ngày", "số từ 1 đến 31"), ("day of the month", "numbers 1 to 31")),
            Field::Month => {
                (("tháng", "số từ 1 đến 12 hoặc JAN … DEC"), ("month", "numbers 1 to 12 or JAN … DEC"))
            }
            Field::Weekday => (
                ("thứ", "SUN MON TUE WED THU FRI SAT, khoảng viết từ ngày trước đến ngày sau: MON-FRI"),
                ("weekday", "SUN MON TUE WED THU FRI SAT, a range from the earlier to the later: MON-FRI"),
            ),
        }
    }
}

impl Cron {
    /// Its wall-clock times from a moment on (inclusive) to the end of a day, at most so many.
    pub(super) fn between(&self, from: NaiveDateTime, last: NaiveDate, most: usize) -> Vec<NaiveDateTime> {
        let after = Utc.from_utc_datetime(&from) - TimeDelta::seconds(1);
        self.0.after(&after).map(|t| t.naive_utc()).take_while(|t| t.date() <= last).take(most).collect()
    }
}
