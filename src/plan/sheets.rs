//! Script sheets: what a station reads in a week, within the ward's allowance, as one delivery with a code to answer to.
//!
//! Station rows that are due and open are put on the sheet of their station and week, each airing into a session that has room for
//! it ([`airtime`]); what comes later that week gets a second sheet within what is left. A row for which no airing finds room is
//! held and says why ([`NO_ROOM`]); so is one whose sheet would not show every line. The sheet is a `system/sheet` delivery; the rows follow when it is accepted.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc, Weekday};
use sha2::{Digest, Sha256};

use super::{instant, ms};
use crate::config::Settings;
use crate::domain::airtime::{self, Opening, Wish};
use crate::domain::calendar::Calendars;
use crate::domain::campaign::Priority;
use crate::domain::message::Rendition;
use crate::domain::schedule::{Rule, Schedule};
use crate::domain::text::Lang;
use crate::domain::unit::{Session, Station};
use crate::render::{SheetData, SheetDay, SheetItem, Templates};
use crate::store::{NO_ROOM, NewRevision, SheetLine, StationDue, Store, StoreError, SystemDelivery};

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
    /// Rows that were set aside for want of room, or let go again.
    pub left: u64,
}

/// What is known of a revision while sheets are made: its script, and the rules of its sendings.
#[derive(Default)]
struct Known {
    script: Option<Rendition>,
    rules: BTreeMap<String, Rule>,
}

/// A row that may stand on a sheet.
struct Candidate<'a> {
    row: &'a StationDue,
    script: Rendition,
    first: NaiveDate,
    last: NaiveDate,
    sessions: Vec<Session>,
    openings: Vec<Opening>,
}

/// A sheet that shows all it should.
struct Paper {
    rendition: Rendition,
    no: i64,
    code: String,
    lines: Vec<SheetLine>,
}

impl Candidate<'_> {
    fn seconds(&self) -> u32 {
        self.script.seconds.unwrap_or(0)
    }
    fn wanted(&self) -> u32 {
        u32::try_from(self.row.times).unwrap_or(0)
    }
}

impl Press<'_> {
    /// Makes the sheets that are due.
    ///
    /// # Errors
    /// The database's. A sheet that cannot be printed whole is logged and tried again; its rows are held.
    pub async fn tick(&self, now: DateTime<Utc>) -> Result<SheetTick, StoreError> {
        let mut out = SheetTick::default();
        let mut groups = BTreeMap::<(String, String), Vec<StationDue>>::new();
        for row in self.store.station_due(ms(now)).await? {
            groups.entry((row.unit.clone(), row.slot.clone())).or_default().push(row);
        }
        let mut known = BTreeMap::new();
        for ((unit, week), rows) in groups {
            let fresh: Vec<&StationDue> = rows.iter().filter(|r| r.sheet.is_none()).collect();
            if fresh.is_empty() {
                continue;
            }
            let made = self.sheet(&unit, &week, &fresh, &mut known, now).await?;
            out.sheets += made.sheets;
            out.left += made.left;
        }
        Ok(out)
    }

    async fn sheet(
        &self,
        unit: &str,
        week: &str,
        fresh: &[&StationDue],
        known: &mut BTreeMap<i64, Known>,
        now: DateTime<Utc>,
    ) -> Result<SheetTick, StoreError> {
        let mut out = SheetTick::default();
        let Some(first) = fresh.first() else { return Ok(out) };
        let station: Option<Station> = first.station.as_deref().and_then(|s| serde_json::from_str(s).ok());
        let (Some(station), Some(monday)) = (station, week_start(week)) else { return Ok(out) };
        let (mut candidates, mut aside) = (Vec::new(), Vec::new());
        for row in fresh {
            self.learn(row.revision_id, known).await?;
            let Some(k) = known.get(&row.revision_id) else { continue };
            match &k.script {
                Some(script) => {
                    let rule = k.rules.get(&row.sending);
                    candidates.push(self.candidate(row, script.clone(), rule, &station, monday, now));
                }
                None if row.held_by.as_deref() != Some(NO_ROOM[3]) => {
                    aside.push((row.id, row.planned_for, Some(NO_ROOM[3])));
                }
                None => {}
            }
        }
        // The ward's allowance holds for each session; earlier sheets of the week have used their part.
        let mut used = BTreeMap::<Opening, u32>::new();
        for listed in self.store.sheet_listed(unit, week).await? {
            self.learn(listed.revision_id, known).await?;
            let seconds =
                known.get(&listed.revision_id).and_then(|k| k.script.as_ref()?.seconds).unwrap_or(0);
            for o in serde_json::from_str::<Vec<Opening>>(&listed.slots).unwrap_or_default() {
                *used.entry(o).or_default() += seconds;
            }
        }
        let wishes: Vec<Wish> = candidates
            .iter()
            .map(|c| Wish {
                seconds: c.seconds(),
                times: c.wanted(),
                priority: priority(c.row.priority),
                openings: c.openings.clone(),
            })
            .collect();
        let placed = airtime::place(&wishes, station.allowance_seconds, &used);
        let (mut fits, mut left, mut whys) = (Vec::new(), Vec::new(), Vec::new());
        for (c, places) in candidates.into_iter().zip(placed) {
            let why = if !places.is_empty() {
                None
            } else if c.openings.is_empty() {
                Some(NO_ROOM[1])
            } else if c.seconds() > station.allowance_seconds {
                Some(NO_ROOM[0])
            } else {
                Some(NO_ROOM[2])
            };
            match why {
                None => fits.push((c, places)),
                Some(_) => {
                    left.push(c.script.title.clone());
                    whys.push((c.row, why));
                }
            }
        }
        let paper = match fits.is_empty() {
            true => None,
            false => self.compose(unit, week, &station, monday, &fits, left).await?,
        };
        // What no frame shows whole is not sent in part.
        let framed = paper.is_none().then_some(NO_ROOM[4]);
        whys.extend(fits.iter().map(|(c, _)| (c.row, framed)));
        let moved = whys.iter().filter(|(row, why)| row.held_by.as_deref() != *why);
        aside.extend(moved.map(|(row, why)| (row.id, row.planned_for, *why)));
        // One that waits for another reason than before is let go first: a held row is not held again.
        let again: Vec<_> = aside
            .iter()
            .filter(|a| a.2.is_some() && fresh.iter().any(|r| r.id == a.0 && r.held_by.is_some()))
            .map(|a| (a.0, a.1, None))
            .collect();
        self.store.station_room(&again, ms(now)).await?;
        out.left = self.store.station_room(&aside, ms(now)).await?;
        if let Some(paper) = paper {
            out.sheets = self.put(unit, week, &paper, &fits, now).await?;
        }
        Ok(out)
    }

    /// The sheet of what fits. `None`: it cannot be printed whole; the log says why.
    async fn compose(
        &self,
        unit: &str,
        week: &str,
        station: &Station,
        monday: NaiveDate,
        fits: &[(Candidate<'_>, Vec<Opening>)],
        left: Vec<String>,
    ) -> Result<Option<Paper>, StoreError> {
        let Some((head, _)) = fits.first() else { return Ok(None) };
        let head = head.row;
        let no = self.store.sheet_count(unit, week).await? + 1;
        let code = self.free_code(unit, week, no).await?;
        let mut items = Vec::new();
        let mut lines = Vec::new();
        for (c, places) in fits {
            let approval = self.store.approval_of(c.row.revision_id).await?.pop();
            items.push(SheetItem {
                title: c.script.title.clone(),
                lines: c
                    .script
                    .text
                    .lines()
                    .map(str::trim)
                    .filter(|l| !l.is_empty())
                    .map(str::to_owned)
                    .collect(),
                seconds: c.seconds(),
                airings: u32::try_from(places.len()).unwrap_or(u32::MAX),
                wanted: c.wanted(),
                approved_by: approval
                    .as_ref()
                    .map(|a| self.people.get(&a.by_name).cloned().unwrap_or_else(|| a.by_name.clone())),
                approved_on: approval
                    .as_ref()
                    .map(|a| instant(a.at).with_timezone(&self.settings.time_zone).date_naive()),
                priority: priority(c.row.priority),
                days: self.days(station, c),
                sessions: c.sessions.clone(),
                openings: c.openings.clone(),
                places: places.clone(),
                recording: crate::render::recording_of(&c.script).cloned(),
            });
            lines.push(SheetLine {
                delivery_id: c.row.id,
                planned_for: c.row.planned_for,
                revision_id: c.row.revision_id,
                times: places.len() as i64,
                slots: serde_json::to_string(places).unwrap_or_else(|_| "[]".into()),
            });
        }
        // The week as the grids have it, from the first day on which anything could air to the last.
        let grid = || items.iter().flat_map(|i: &SheetItem| i.days.iter().map(|d| d.date));
        let (begin, end) = (grid().min().unwrap_or(monday), grid().max().unwrap_or(monday));
        // The answer is asked for when the last session that is still open has passed, not on a day off after it.
        let last_open = fits.iter().flat_map(|(c, _)| c.openings.last()).map(|o| o.day).max();
        let data = SheetData {
            organisation: self.organisation.to_owned(),
            unit: head.unit_name.clone(),
            week: format!("{} – {}", begin.format("%d/%m"), end.format("%d/%m/%Y")),
            code: code.clone(),
            items,
            left_out: left,
            allowance_seconds: station.allowance_seconds,
            report_by: last_open.map(|d| crate::domain::text::day(d, Lang::Vi)),
            phone: self.settings.duty_phone.clone(),
            zalo: false,
        };
        match crate::render::sheet(&data, self.carrier(&head.carrier), self.templates) {
            Ok(rendition) => Ok(Some(Paper { rendition, no, code, lines })),
            Err(faults) => {
                // Said once, not in every turn.
                if fits.iter().any(|(c, _)| c.row.held_by.as_deref() != Some(NO_ROOM[4])) {
                    for f in faults {
                        tracing::error!(unit, week, fault = %f.message(Lang::En), "a sheet cannot be made; its rows are held");
                    }
                }
                Ok(None)
            }
        }
    }

    /// Puts a sheet into the ledger.
    async fn put(
        &self,
        unit: &str,
        week: &str,
        paper: &Paper,
        fits: &[(Candidate<'_>, Vec<Opening>)],
        now: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        let Some((head, _)) = fits.first() else { return Ok(0) };
        let head = head.row;
        let Paper { rendition, no, code, lines } = paper;
        let expires = fits.iter().map(|(c, _)| c.row.expires_at).max().unwrap_or_else(|| ms(now));
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
            rendition,
            slot: format!("{unit}/{week}/{no}"),
            target_ref: head.target_ref.clone(),
            account: head.carrier.clone(),
            kind: head.carrier_kind.clone(),
            family: "station".into(),
            priority: fits.iter().map(|(c, _)| c.row.priority).min().unwrap_or(2),
            due_at: ms(now),
            expires_at: expires,
        };
        let made = self.store.sheet_make(&delivery, code, unit, week, *no, lines, ms(now)).await?;
        Ok(u64::from(made.is_some()))
    }

    /// Reads what a revision says, once.
    async fn learn(&self, revision: i64, known: &mut BTreeMap<i64, Known>) -> Result<(), StoreError> {
        if known.contains_key(&revision) {
            return Ok(());
        }
        let script = self.store.rendition_get(revision, "station").await?;
        let manifest = self.store.revision_get(revision).await?.map(|r| r.manifest).unwrap_or_default();
        known.insert(revision, Known { script, rules: rules_of(&manifest) });
        Ok(())
    }

    /// Where in the week a row may air: days and sessions of its own sending, as they were approved.
    fn candidate<'a>(
        &self,
        row: &'a StationDue,
        script: Rendition,
        rule: Option<&Rule>,
        station: &Station,
        monday: NaiveDate,
        now: DateTime<Utc>,
    ) -> Candidate<'a> {
        let zone = station.time_zone.unwrap_or(self.settings.time_zone);
        // A slot's nominal time is its first day, its expiry the end of its last.
        let mut first = instant(row.planned_for).with_timezone(&zone).date_naive();
        let mut last = (instant(row.expires_at) - TimeDelta::seconds(1)).with_timezone(&zone).date_naive();
        let mut wanted: &[String] = &[];
        if let Some(Rule::Station { from, until, sessions, .. }) = rule {
            (first, last) = (*from, last.min(*until));
            wanted = sessions;
        }
        (first, last) = (first.max(monday), last.min(monday + TimeDelta::days(6)));
        let holiday = |d| self.holiday(d).is_some();
        let openings = airtime::openings(
            station,
            (first, last),
            wanted,
            holiday,
            Some(now.with_timezone(&zone).naive_local()),
        );
        let sessions = station
            .sessions
            .iter()
            .filter(|s| wanted.is_empty() || wanted.contains(&s.name))
            .cloned()
            .collect();
        Candidate { row, script, first, last, sessions, openings }
    }

    fn holiday(&self, day: NaiveDate) -> Option<String> {
        self.calendars.holiday(day).ok().flatten().map(str::to_owned)
    }

    /// The days of an item's grid: those of its window on which the station airs at all; a day off is struck out.
    fn days(&self, station: &Station, c: &Candidate<'_>) -> Vec<SheetDay> {
        c.first
            .iter_days()
            .take_while(|d| *d <= c.last)
            .filter(|d| station.days.contains(&d.weekday()))
            .map(|date| SheetDay { date, holiday: self.holiday(date) })
            .collect()
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
}

/// The rules of a revision's sendings, by their ids.
fn rules_of(manifest: &str) -> BTreeMap<String, Rule> {
    let manifest: serde_json::Value = serde_json::from_str(manifest).unwrap_or_default();
    let sendings = manifest.get("send").and_then(|s| s.as_array()).cloned().unwrap_or_default();
    sendings
        .into_iter()
        .filter_map(|s| {
            let id = s.get("id")?.as_str()?.to_owned();
            let schedule: Schedule = serde_json::from_value(s.get("schedule")?.clone()).ok()?;
            Some((id, schedule.rule))
        })
        .collect()
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
