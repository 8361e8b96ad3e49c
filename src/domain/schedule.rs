//! When a sending happens: rules to slots to instants.
//!
//! Times are wall-clock times of the workspace or of the station. A **slot** is the nominal, constant name of an
//! occurrence (an `at` has one constant slot; a recurring rule's is its nominal wall-clock time, before any holiday shift; a
//! station's is the ISO week within its window), so that moving a time never makes a second occurrence.
//!
//! What holds for every answer of [`Schedule::occurrences`]: each slot once; instants strictly increasing; each on a
//! local day of the campaign's period, also after a holiday shift; the same arguments give the same answer. Two nominal
//! times that land on one instant (a shift onto a day that has its own, two times in one skipped hour) are one
//! occurrence, the earlier nominal time's; [`Schedule::explain`] names what fell away and why. Nothing here reads a clock.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, Utc, Weekday};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::calendar::{Calendars, NoCalendar};
use super::lunar;

mod cron;
mod fault;
#[cfg(test)]
mod tests;
mod wall;

pub use fault::{DropWhy, Dropped, Field, ScheduleFault};
pub use wall::{QuietHours, instant};

/// Most occurrences one sending may have for one target; a schedule beyond it is a slip (`* * * * *`).
pub const MAX_OCCURRENCES: usize = 2_000;

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

/// One occurrence of a sending.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// Its constant name: `once`, `2026-11-30T08:00` (nominal), `2026-W49`.
    pub slot: String,
    /// Nominal wall-clock time, before any holiday shift. Stations: the beginning of the slot's first day.
    pub nominal: NaiveDateTime,
    /// When it is due.
    pub at: DateTime<Utc>,
    /// Stations: when the slot's last day ends (exclusive). Otherwise `None`.
    pub until: Option<DateTime<Utc>>,
    /// Stations: airings in this slot. Otherwise 1.
    pub times: u32,
}

/// What a schedule comes to: what happens, and what does not and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Explained {
    /// What happens, by instant.
    pub slots: Vec<Slot>,
    /// What the rule names and does not happen, by nominal time.
    pub dropped: Vec<Dropped>,
}

impl Schedule {
    /// The slots of a sending. `campaign` is the period, both days inclusive; `zone` is the workspace's or the station's.
    ///
    /// # Errors
    /// The rule cannot be read or names no time at all, it lies wholly outside of the period, a day off must be known in
    /// a year without a calendar, there are more than [`MAX_OCCURRENCES`].
    pub fn occurrences(
        &self,
        zone: Tz,
        campaign: (NaiveDate, NaiveDate),
        calendars: &Calendars,
    ) -> Result<Vec<Slot>, ScheduleFault> {
        self.explain(zone, campaign, calendars).map(|e| e.slots)
    }

    /// As [`Schedule::occurrences`], with what fell away. Days of the rule's window outside of the campaign's period are not
    /// listed one by one; [`Schedule::problems`] names them.
    ///
    /// # Errors
    /// As [`Schedule::occurrences`].
    pub fn explain(
        &self,
        zone: Tz,
        campaign: (NaiveDate, NaiveDate),
        calendars: &Calendars,
    ) -> Result<Explained, ScheduleFault> {
        let (from, until) = self.window()?;
        let clipped = (from.max(campaign.0), until.min(campaign.1));
        if clipped.0 > clipped.1 {
            return Err(ScheduleFault::OutsideCampaign { from, until, start: campaign.0, end: campaign.1 });
        }
        let mut explained = Explained::default();
        match &self.rule {
            Rule::Station { times, .. } => {
                self.weeks(zone, clipped, *times, calendars, &mut explained)?;
            }
            Rule::At { .. } | Rule::Every { .. } | Rule::Cron { .. } | Rule::Lunar { .. } => {
                let nominal = self.nominal(clipped)?;
                if nominal.is_empty() {
                    return Err(ScheduleFault::NeverFires { from: clipped.0, until: clipped.1 });
                }
                self.place(zone, campaign, &nominal, calendars, &mut explained)?;
            }
        }
        Ok(explained)
    }

    /// Everything that is wrong with it, for `check`: what stops it, a window that reaches beyond the campaign's period,
    /// and occurrences that all fall away.
    pub fn problems(
        &self,
        zone: Tz,
        campaign: (NaiveDate, NaiveDate),
        calendars: &Calendars,
    ) -> Vec<ScheduleFault> {
        let mut faults = vec![];
        let explained = self.explain(zone, campaign, calendars);
        if let Ok((from, until)) = self.window()
            && (from < campaign.0 || until > campaign.1)
        {
            faults.push(ScheduleFault::OutsideCampaign { from, until, start: campaign.0, end: campaign.1 });
        }
        match explained {
            Ok(e) if e.slots.is_empty() => faults.push(ScheduleFault::AllDropped { dropped: e.dropped }),
            Ok(_) => {}
            Err(fault) if faults.contains(&fault) => {}
            Err(fault) => faults.push(fault),
        }
        faults
    }

    /// First and last nominal day the rule itself names, both inclusive.
    ///
    /// # Errors
    /// The last day lies before the first.
    pub fn window(&self) -> Result<(NaiveDate, NaiveDate), ScheduleFault> {
        let (from, until) = match &self.rule {
            Rule::At { at } => (at.date(), at.date()),
            Rule::Every { from, until, .. }
            | Rule::Cron { from, until, .. }
            | Rule::Lunar { from, until, .. }
            | Rule::Station { from, until, .. } => (*from, *until),
        };
        if until < from { Err(ScheduleFault::EmptyWindow { from, until }) } else { Ok((from, until)) }
    }

    /// The rule's nominal times on the days of a window, in order.
    fn nominal(&self, (from, until): (NaiveDate, NaiveDate)) -> Result<Vec<NaiveDateTime>, ScheduleFault> {
        let few = |found: Vec<NaiveDateTime>| {
            if found.len() > MAX_OCCURRENCES {
                Err(ScheduleFault::TooMany { most: MAX_OCCURRENCES })
            } else {
                Ok(found)
            }
        };
        match &self.rule {
            Rule::At { at } => Ok(vec![*at]),
            Rule::Every { days, time, .. } => {
                if days.is_empty() {
                    return Err(ScheduleFault::NoDays);
                }
                let named = days_of(from, until).filter(|d| days.contains(&d.weekday()));
                few(named.map(|d| d.and_time(*time)).take(MAX_OCCURRENCES + 1).collect())
            }
            Rule::Cron { expr, .. } => {
                let after_midnight = from.and_time(NaiveTime::MIN);
                few(cron::parse(expr)?.between(after_midnight, until, MAX_OCCURRENCES + 1))
            }
            Rule::Lunar { day, month, time, .. } => {
                if !(1..=30).contains(day) || month.is_some_and(|m| !(1..=12).contains(&m)) {
                    return Err(ScheduleFault::NoLunarDay { day: *day, month: *month });
                }
                few(lunar_days(*day, *month, from, until).map(|d| d.and_time(*time)).collect())
            }
            Rule::Station { .. } => Ok(vec![]), // has weeks, not times: see `weeks`
        }
    }

    /// The day on which the occurrence of a nominal day happens, or why it does not.
    fn shifted(
        &self,
        day: NaiveDate,
        calendars: &Calendars,
    ) -> Result<Result<NaiveDate, DropWhy>, NoCalendar> {
        let off = |c: &Calendars| c.is_working_day(day).map(|works| !works);
        Ok(match self.on_holiday {
            HolidayRule::Keep => Ok(day),
            HolidayRule::NextWorkingDay if off(calendars)? => Ok(calendars.next_working_day(day)?),
            HolidayRule::PreviousWorkingDay if off(calendars)? => Ok(calendars.previous_working_day(day)?),
            HolidayRule::Skip if off(calendars)? => Err(DropWhy::DayOff),
            HolidayRule::NextWorkingDay | HolidayRule::PreviousWorkingDay | HolidayRule::Skip => Ok(day),
        })
    }

    fn place(
        &self,
        zone: Tz,
        campaign: (NaiveDate, NaiveDate),
        nominal: &[NaiveDateTime],
        calendars: &Calendars,
        out: &mut Explained,
    ) -> Result<(), ScheduleFault> {
        // Nominal times come in order, so the first to take an instant is the earliest of its nominal times.
        let mut taken: BTreeMap<DateTime<Utc>, Slot> = BTreeMap::new();
        for n in nominal {
            let slot = match &self.rule {
                Rule::At { .. } => "once".to_owned(),
                Rule::Every { .. } | Rule::Cron { .. } | Rule::Lunar { .. } | Rule::Station { .. } => {
                    n.format("%Y-%m-%dT%H:%M").to_string()
                }
            };
            let mut drop = |why| out.dropped.push(Dropped { slot: slot.clone(), nominal: *n, why });
            let day = match self.shifted(n.date(), calendars)? {
                Ok(day) => day,
                Err(why) => {
                    drop(why);
                    continue;
                }
            };
            let Some(at) = instant(zone, day.and_time(n.time())) else {
                return Err(ScheduleFault::NoInstant { at: day.and_time(n.time()) });
            };
            // The day that counts is the one on the wall when it happens: a zone may have skipped the nominal one.
            let happens = at.with_timezone(&zone).date_naive();
            if happens < campaign.0 || happens > campaign.1 {
                drop(DropWhy::ShiftedOutside { to: happens });
            } else if let Some(first) = taken.get(&at) {
                drop(DropWhy::SameInstant { other: first.slot.clone() });
            } else {
                taken.insert(at, Slot { slot, nominal: *n, at, until: None, times: 1 });
            }
        }
        out.slots.extend(taken.into_values());
        Ok(())
    }

    /// The ISO weeks of a station's window with their share of the airings: by working days (with [`HolidayRule::Keep`]: by
    /// Monday to Friday, no calendar asked), earlier weeks first in the rounding; by all days where none is worked.
    fn weeks(
        &self,
        zone: Tz,
        (from, until): (NaiveDate, NaiveDate),
        times: u32,
        calendars: &Calendars,
        out: &mut Explained,
    ) -> Result<(), ScheduleFault> {
        if times == 0 {
            return Err(ScheduleFault::NoTimes);
        }
        // First day, last day, days that count.
        let mut weeks: Vec<(NaiveDate, NaiveDate, u64)> = vec![];
        for day in days_of(from, until) {
            let works = match self.on_holiday {
                HolidayRule::Keep => !matches!(day.weekday(), Weekday::Sat | Weekday::Sun),
                HolidayRule::NextWorkingDay | HolidayRule::PreviousWorkingDay | HolidayRule::Skip => {
                    calendars.is_working_day(day)?
                }
            };
            match weeks.last_mut() {
                Some((_, last, worked)) if last.iso_week() == day.iso_week() => {
                    *last = day;
                    *worked += u64::from(works);
                }
                Some(_) | None => weeks.push((day, day, u64::from(works))),
            }
            if weeks.len() > MAX_OCCURRENCES {
                return Err(ScheduleFault::TooMany { most: MAX_OCCURRENCES });
            }
        }
        if weeks.iter().all(|w| w.2 == 0) {
            for (first, last, worked) in &mut weeks {
                *worked = (*last - *first).num_days().unsigned_abs() + 1;
            }
        }
        let all: u64 = weeks.iter().map(|w| w.2).sum();
        let (mut before, mut given) = (0u64, 0u64);
        for (first, last, worked) in weeks {
            before += worked;
            let by_now = (u64::from(times) * before).div_ceil(all);
            let share = u32::try_from(by_now - given).unwrap_or(u32::MAX);
            given = by_now;
            let week = first.iso_week();
            let slot = format!("{:04}-W{:02}", week.year(), week.week());
            let nominal = first.and_time(NaiveTime::MIN);
            if share == 0 {
                let why = if worked == 0 { DropWhy::DayOff } else { DropWhy::NoShare };
                out.dropped.push(Dropped { slot, nominal, why });
                continue;
            }
            let end = (last + Days::new(1)).and_time(NaiveTime::MIN);
            let (Some(at), Some(until)) = (instant(zone, nominal), instant(zone, end)) else {
                return Err(ScheduleFault::NoInstant { at: nominal });
            };
            out.slots.push(Slot { slot, nominal, at, until: Some(until), times: share });
        }
        Ok(())
    }
}

fn days_of(from: NaiveDate, until: NaiveDate) -> impl Iterator<Item = NaiveDate> {
    from.iter_days().take_while(move |d| *d <= until)
}

/// The days of a window that have that lunar day: of every month (leap months too), or of one month (leap months not).
fn lunar_days(
    day: u32,
    month: Option<u32>,
    from: NaiveDate,
    until: NaiveDate,
) -> impl Iterator<Item = NaiveDate> {
    let next = |m: &lunar::LunarMonth| lunar::month_of(m.begins + Days::new(u64::from(m.length)));
    std::iter::successors(lunar::month_of(from), next)
        .take_while(move |m| m.begins <= until)
        .filter(move |m| {
            day <= m.length && month.is_none_or(|wanted| wanted == m.first.month && !m.first.leap)
        })
        .map(move |m| m.begins + Days::new(u64::from(day - 1)))
        .filter(move |d| (from..=until).contains(d))
        .take(MAX_OCCURRENCES + 1)
}
