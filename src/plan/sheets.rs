//! Script sheets: what a station reads in a week, within the ward's allowance, as one delivery with a code to answer to.
//!
//! Station rows that are due and open are put on the sheet of their station and week; what comes later that week gets a second
//! sheet within what is left. The sheet is a `system/sheet` delivery; the rows follow when it is accepted.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc, Weekday};
use sha2::{Digest, Sha256};

use super::{instant, ms};
use crate::config::Settings;
use crate::domain::calendar::Calendars;
use crate::domain::campaign::Priority;
use crate::domain::text::Lang;
use crate::domain::unit::Station;
use crate::render::{SheetData, SheetDay, SheetItem, Templates};
use crate::store::{NewRevision, StationDue, Store, StoreError, SystemDelivery};

/// What sheets are made with.
pub struct Press<'a> {
    /// The database.
    pub store: &'a Store,
    /// The settings.
    pub settings: &'a Settings,
    /// The templates.
    pub templates: &'a Templates,
    /// Days off, for the grid. A year without a calendar shows none.
    pub calendars: &'a Calendars,
    /// Name of the organisation that asks.
    pub organisation: &'a str,
    /// Names of people by id, for "approved by".
    pub people: &'a BTreeMap<String, String>,
}

/// What a turn made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SheetTick {
    /// Sheets.
    pub sheets: u64,
    /// Rows that wait because the allowance is full.
    pub left: u64,
}

impl Press<'_> {
    /// Makes the sheets that are due.
    ///
    /// # Errors
    /// The database's. A sheet that cannot be rendered is logged and tried again; its rows wait.
    pub async fn tick(&self, now: DateTime<Utc>) -> Result<SheetTick, StoreError> {
        let mut out = SheetTick::default();
        let mut groups = BTreeMap::<(String, String), Vec<StationDue>>::new();
        for row in self.store.station_due(ms(now)).await? {
            groups.entry((row.unit.clone(), row.slot.clone())).or_default().push(row);
        }
        for ((unit, week), rows) in groups {
            if rows.iter().all(|r| r.sheet.is_some()) {
                continue;
            }
            let made = self.sheet(&unit, &week, &rows, now).await?;
            out.sheets += made.sheets;
            out.left += made.left;
        }
        Ok(out)
    }

    async fn sheet(
        &self,
        unit: &str,
        week: &str,
        rows: &[StationDue],
        now: DateTime<Utc>,
    ) -> Result<SheetTick, StoreError> {
        let fresh: Vec<&StationDue> = rows.iter().filter(|r| r.sheet.is_none()).collect();
        let Some(first) = fresh.first() else { return Ok(SheetTick::default()) };
        let station: Option<Station> = first.station.as_deref().and_then(|s| serde_json::from_str(s).ok());
        let Some(station) = station else { return Ok(SheetTick::default()) };
        let Some(monday) = week_start(week) else { return Ok(SheetTick::default()) };
        let mut items = Vec::new();
        for r in &fresh {
            if let Some(script) = self.store.rendition_get(r.revision_id, "station").await? {
                items.push((*r, script));
            }
        }
        let days = self.days(&station, monday, &items, now);
        let airing_days = days.iter().filter(|d| d.airs).count() as u64;
        // The ward's allowance holds for each session; airings × seconds must fit the week's sessions. Earlier sheets of the
        // week have used their part.
        let sessions = station.sessions.len() as u64 * airing_days;
        let mut budget = u64::from(station.allowance_seconds) * sessions;
        let mut used = 0;
        for (revision, times) in self.store.sheet_listed(unit, week).await? {
            if let Some(s) = self.store.rendition_get(revision, "station").await? {
                used += u64::from(s.seconds.unwrap_or(0)) * times.max(0).unsigned_abs();
            }
        }
        budget = budget.saturating_sub(used);
        let (mut fits, mut left) = (Vec::new(), Vec::new());
        for (row, script) in items {
            let seconds = u64::from(script.seconds.unwrap_or(0));
            let cost = seconds * row.times.max(0) as u64;
            if seconds <= u64::from(station.allowance_seconds) && cost <= budget {
                budget -= cost;
                fits.push((row, script));
            } else {
                left.push(script.title.clone());
            }
        }
        let mut out = SheetTick { sheets: 0, left: left.len() as u64 };
        if fits.is_empty() {
            return Ok(out);
        }
        let no = self.store.sheet_count(unit, week).await? + 1;
        let code = self.free_code(unit, week, no).await?;
        let mut sheet_items = Vec::new();
        for (row, script) in &fits {
            let approval = self.store.approval_of(row.revision_id).await?.pop();
            sheet_items.push(SheetItem {
                title: script.title.clone(),
                lines: script
                    .text
                    .lines()
                    .map(str::trim)
                    .filter(|l| !l.is_empty())
                    .map(str::to_owned)
                    .collect(),
                seconds: script.seconds.unwrap_or(0),
                airings: u32::try_from(row.times).unwrap_or(0),
                approved_by: approval
                    .as_ref()
                    .map(|a| self.people.get(&a.by_name).cloned().unwrap_or_else(|| a.by_name.clone())),
                approved_on: approval
                    .as_ref()
                    .map(|a| instant(a.at).with_timezone(&self.settings.time_zone).date_naive()),
                priority: priority(row.priority),
            });
        }
        let last = days.last().map_or(monday, |d| d.date);
        let data = SheetData {
            organisation: self.organisation.to_owned(),
            unit: first.unit_name.clone(),
            week: format!(
                "{} – {}",
                days.first().map_or(monday, |d| d.date).format("%d/%m"),
                last.format("%d/%m/%Y")
            ),
            code: code.clone(),
            items: sheet_items,
            left_out: left,
            days,
            sessions: station.sessions.clone(),
            report_by: Some(crate::domain::text::day(last, Lang::Vi)),
            phone: self.settings.duty_phone.clone(),
            zalo: false,
        };
        let carrier = self.carrier_kind(&first.carrier);
        let rendition = match crate::render::sheet(&data, carrier, self.templates) {
            Ok(r) => r,
            Err(faults) => {
                for f in faults {
                    tracing::error!(unit, week, fault = %f.message(Lang::En), "a sheet cannot be made; its rows wait");
                }
                return Ok(out);
            }
        };
        let expires = fits.iter().map(|(r, _)| r.expires_at).max().unwrap_or_else(|| ms(now));
        let hash: String = Sha256::digest(format!("{code}{}", rendition.text).as_bytes())
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect();
        let delivery = SystemDelivery {
            revision: NewRevision {
                origin: "system/sheet".into(),
                hash,
                class: "internal".into(),
                title: rendition.title.clone(),
                author: "loa".into(),
                manifest: "{}".into(),
            },
            rendition: &rendition,
            slot: format!("{unit}/{week}/{no}"),
            target_ref: first.target_ref.clone(),
            account: first.carrier.clone(),
            kind: first.carrier_kind.clone(),
            family: "station".into(),
            priority: fits.iter().map(|(r, _)| r.priority).min().unwrap_or(2),
            due_at: ms(now),
            expires_at: expires,
        };
        let listed: Vec<(i64, i64, i64)> =
            fits.iter().map(|(r, _)| (r.id, r.planned_for, r.revision_id)).collect();
        if self.store.sheet_make(&delivery, &code, unit, week, no, &listed, ms(now)).await?.is_some() {
            out.sheets = 1;
        }
        Ok(out)
    }

    /// Six digits that no other sheet has; the same sheet gets the same ones.
    async fn free_code(&self, unit: &str, week: &str, no: i64) -> Result<String, StoreError> {
        for salt in 0u32.. {
            let h = Sha256::digest(format!("sheet/{unit}/{week}/{no}/{salt}").as_bytes());
            let n = u32::from_be_bytes([h[0], h[1], h[2], h[3]]) % 900_000 + 100_000;
            let code = n.to_string();
            if !self.store.sheet_code_taken(&code).await? {
                return Ok(code);
            }
        }
        Ok(String::new())
    }

    /// The days of the week on which the station airs and the sendings' window is open, those to come.
    fn days(
        &self,
        station: &Station,
        monday: NaiveDate,
        items: &[(&StationDue, crate::domain::message::Rendition)],
        now: DateTime<Utc>,
    ) -> Vec<SheetDay> {
        let zone = station.time_zone.unwrap_or(self.settings.time_zone);
        let today = now.with_timezone(&zone).date_naive();
        // A slot's nominal time is its first day, its expiry the end of its last.
        let first = items
            .iter()
            .map(|(r, _)| instant(r.planned_for).with_timezone(&zone).date_naive())
            .min()
            .unwrap_or(monday);
        let last = items
            .iter()
            .map(|(r, _)| (instant(r.expires_at) - TimeDelta::seconds(1)).with_timezone(&zone).date_naive())
            .max()
            .unwrap_or(monday + TimeDelta::days(6));
        (0..7)
            .map(|i| monday + TimeDelta::days(i))
            .filter(|d| *d >= first && *d <= last && station.days.contains(&d.weekday()))
            .map(|date| {
                let holiday = self.calendars.holiday(date).ok().flatten().map(str::to_owned);
                SheetDay { date, airs: holiday.is_none() && date >= today, holiday }
            })
            .collect()
    }
}

fn priority(rank: i16) -> Priority {
    [Priority::Urgent, Priority::Priority, Priority::Ordinary, Priority::Bulk]
        .into_iter()
        .find(|p| p.rank() == rank)
        .unwrap_or(Priority::Ordinary)
}

/// The Monday of `2026-W49`.
pub fn week_start(week: &str) -> Option<NaiveDate> {
    let (year, no) = week.split_once("-W")?;
    NaiveDate::from_isoywd_opt(year.parse().ok()?, no.parse().ok()?, Weekday::Mon)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_begins_on_monday() {
        let d = week_start("2026-W49").unwrap();
        assert_eq!(d, NaiveDate::from_ymd_opt(2026, 11, 30).unwrap());
        assert_eq!(crate::plan::desired::iso_week(d), "2026-W49");
        assert_eq!(week_start("2026-49"), None);
    }
}
