//! From the wall clock to instants, and hours in which nobody is disturbed.
//!
//! The rule for days on which a zone turns its clock, once for all of Loa: a time that does not exist happens at the
//! first time that does; a time that exists twice happens the first time only.

use chrono::{DateTime, Days, LocalResult, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

/// Longest gap looked across: Samoa once skipped a whole day.
const LONGEST_GAP_MINUTES: i64 = 3_000;

fn both(zone: Tz, wall: NaiveDateTime) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    match zone.from_local_datetime(&wall) {
        LocalResult::Single(t) => Some((t.to_utc(), t.to_utc())),
        LocalResult::Ambiguous(a, b) => Some((a.min(b).to_utc(), a.max(b).to_utc())),
        LocalResult::None => (1..LONGEST_GAP_MINUTES).find_map(|m| {
            let later = wall.checked_add_signed(TimeDelta::minutes(m))?;
            zone.from_local_datetime(&later).earliest().map(|t| (t.to_utc(), t.to_utc()))
        }),
    }
}

/// The instant of a wall-clock time (see the module text for the rule). `None` only at the ends of chrono's time.
pub fn instant(zone: Tz, wall: NaiveDateTime) -> Option<DateTime<Utc>> {
    both(zone, wall).map(|(first, _)| first)
}

/// A daily stretch in which nothing goes out; it may cross midnight. The end itself is open again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuietHours {
    /// Beginning, wall clock.
    pub from: NaiveTime,
    /// End, wall clock. Equal to `from`: no quiet hours at all.
    pub until: NaiveTime,
}

impl QuietHours {
    /// Whether that time of day is quiet.
    pub fn is_quiet(&self, time: NaiveTime) -> bool {
        if self.from <= self.until {
            self.from <= time && time < self.until
        } else {
            time >= self.from || time < self.until
        }
    }

    /// `at` itself if it is not quiet then, otherwise the instant at which the quiet ends.
    pub fn next_open(&self, at: DateTime<Utc>, zone: Tz) -> DateTime<Utc> {
        let mut open = at;
        // A second round is needed only where a zone skipped the day on which the quiet would have ended.
        for _ in 0..4 {
            let wall = open.with_timezone(&zone).naive_local();
            if !self.is_quiet(wall.time()) {
                return open;
            }
            let tomorrow = self.from > self.until && wall.time() >= self.from;
            let end =
                wall.date().checked_add_days(Days::new(u64::from(tomorrow))).map(|d| d.and_time(self.until));
            // In the repeated hour the first end may lie behind us: then it is the second.
            match end.and_then(|e| both(zone, e)) {
                Some((first, _)) if first > open => open = first,
                Some((_, second)) if second > open => open = second,
                Some(_) | None => return open,
            }
        }
        open
    }
}
