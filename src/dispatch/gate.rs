//! Why rows may not go: approval, validity of facts, holds, growth of lists. Decided set-wise, written by the store.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, Utc};

use super::ms;
use crate::config::Settings;
use crate::domain::campaign::Class;
use crate::domain::schedule::QuietHours;
use crate::domain::stated::{Ground, Stated};
use crate::domain::unit::Family;
use crate::store::{
    ApprovalRow, EndedBlackout, GateChange, GateRow, GateTick, HoldRow, MOST_SPREAD_MS, Resume, Store,
    StoreError, said,
};

/// The gate of a node. Remembers which facts a revision states, since a revision never changes, and how many people lists
/// reach, until a list is written.
#[derive(Default)]
pub struct Gate {
    stated: Mutex<HashMap<i64, Arc<Stated>>>,
    reach: Mutex<HashMap<Lists, (String, i64)>>,
}

/// Lists, lists left out, family: as an occurrence has them.
type Lists = (String, String, String);

impl Gate {
    /// Looks at everything that is not finished, writes what changed, lets the rows follow.
    ///
    /// # Errors
    /// The database's.
    pub async fn turn(
        &self,
        store: &Store,
        settings: &Settings,
        steps: &(dyn Fn(Class) -> usize + Sync),
        now: DateTime<Utc>,
    ) -> Result<GateTick, StoreError> {
        let newest_hold = store.hold_newest().await?;
        let rows = store.gate_rows().await?;
        let holds = store.hold_all(ms(now)).await?;
        let ground = store.ground(settings.fact_max_age_days).await?;
        let mut approvals = HashMap::<i64, Vec<ApprovalRow>>::new();
        for a in store.approval_in_force().await? {
            approvals.entry(a.revision_id).or_default().push(a);
        }
        let mut changes = Vec::new();
        let mut reachable = HashMap::new();
        let mut resumed = Vec::new();
        for row in &rows {
            let stated = self.stated(store, row.revision_id).await?;
            let given = approvals.get(&row.revision_id).map_or(&[][..], Vec::as_slice);
            let people = match row.expanded {
                0 if !given.is_empty() => {
                    let key = (row.lists.clone(), row.except_lists.clone(), row.family.clone());
                    match reachable.get(&key) {
                        Some(n) => Some(*n),
                        None => {
                            let n = self.reachable(store, &key).await?;
                            reachable.insert(key, n);
                            Some(n)
                        }
                    }
                }
                _ => None,
            };
            let want = shut(
                row,
                &Seen { holds: &holds, ground: &ground, stated: &stated, given, people },
                settings,
                steps,
                now,
            );
            if want.map(str::to_owned) != row.gate {
                changes.push(GateChange {
                    id: row.id,
                    revision_id: row.revision_id,
                    was: row.gate.clone(),
                    gate: want.map(str::to_owned),
                    resume: None,
                });
                if want.is_none() && row.gate.as_deref() == Some("blackout") && row.due_at <= ms(now) {
                    resumed.push((changes.len() - 1, row, people.unwrap_or(0)));
                }
            }
        }
        if changes.is_empty() && !store.gate_needed(ms(now)).await? {
            return Ok(GateTick::default());
        }
        if !resumed.is_empty() {
            let ended = store.blackouts_ended(ms(now)).await?;
            let ids: Vec<i64> = resumed.iter().map(|(_, row, _)| row.id).collect();
            let n = store.occurrences_waiting(&ids).await? + resumed.iter().map(|r| r.2).sum::<i64>();
            for (i, row, _) in resumed {
                if let Some(b) = ended.iter().find(|b| b.covers(&row.origin, &row.family)) {
                    changes[i].resume = Some(resume(row, b, n, settings, now));
                }
            }
        }
        store.gate_write(&changes, newest_hold).await?;
        store.gate_turn(&[], ms(now)).await
    }

    /// Counting a long list is the dearest thing a turn does, and an expansion takes many turns.
    async fn reachable(&self, store: &Store, key: &Lists) -> Result<i64, StoreError> {
        let ids = |s: &str| serde_json::from_str::<Vec<String>>(s).unwrap_or_default();
        let (lists, except) = (ids(&key.0), ids(&key.1));
        let stamp = store.list_stamp(&lists, &except).await?;
        let known = self.reach.lock().unwrap_or_else(std::sync::PoisonError::into_inner).get(key).cloned();
        if let Some((at, n)) = known
            && at == stamp
        {
            return Ok(n);
        }
        let n = store.list_reachable(&lists, &except, &key.2).await?;
        let mut all = self.reach.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if all.len() >= 256 {
            all.clear();
        }
        all.insert(key.clone(), (stamp, n));
        Ok(n)
    }

    async fn stated(&self, store: &Store, revision: i64) -> Result<Arc<Stated>, StoreError> {
        let known =
            self.stated.lock().unwrap_or_else(std::sync::PoisonError::into_inner).get(&revision).cloned();
        if let Some(k) = known {
            return Ok(k);
        }
        let manifest = store.revision_get(revision).await?.map(|r| r.manifest).unwrap_or_default();
        let stated = Arc::new(Stated::of(&manifest));
        self.stated
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .insert(revision, stated.clone());
        Ok(stated)
    }
}

/// What the gate looks at for one occurrence.
struct Seen<'a> {
    holds: &'a [HoldRow],
    ground: &'a Ground,
    stated: &'a Stated,
    given: &'a [ApprovalRow],
    people: Option<i64>,
}

/// The first reason that shuts the gate, the strongest first; `None`: open.
fn shut(
    row: &GateRow,
    seen: &Seen<'_>,
    settings: &Settings,
    steps: &(dyn Fn(Class) -> usize + Sync),
    now: DateTime<Utc>,
) -> Option<&'static str> {
    let class = [Class::Policy, Class::Internal, Class::Urgent, Class::Advertising]
        .into_iter()
        .find(|c| c.as_str() == row.class)
        .unwrap_or(Class::Policy);
    // Loa's own papers carry what was approved elsewhere; what people hold or black out holds them, too.
    let own = row.origin.starts_with("system/");
    // Who is on duty is told whatever is held: it is how they learn of it.
    if crate::store::TOLD.contains(&row.origin.as_str()) {
        return None;
    }
    if !own && seen.given.len() < steps(class) {
        return Some("unapproved");
    }
    for h in seen.holds {
        if h.covers(&row.origin, &row.family)
            && h.from_at <= ms(now)
            && h.until_at.is_none_or(|u| u > ms(now))
        {
            if h.blackout == 0 {
                return Some("hold");
            }
            if row.priority > 0 {
                return Some("blackout");
            }
        }
    }
    if own {
        return None;
    }
    // A fact must be true on the day it is said: today, or the day it is due; on air to the last day of the sheet's week.
    let said_at = if row.family == Family::Station.as_str() { row.expires_at - 1 } else { row.due_at };
    let day = now.max(DateTime::from_timestamp_millis(said_at).unwrap_or(now));
    let day = day.with_timezone(&settings.time_zone).date_naive();
    if let Some(why) = seen.ground.fails(seen.stated, day, &said) {
        return Some(why.as_str());
    }
    if let Some(now_people) = seen.people {
        let approved = seen
            .given
            .last()
            .and_then(|a| serde_json::from_str::<serde_json::Value>(&a.counts).ok())
            .and_then(|c| c.get(&row.sending)?.get(1)?.as_i64())
            .unwrap_or(0);
        let most = approved as f64 * (1.0 + settings.approved_growth);
        if now_people as f64 > most.max(approved as f64 + 1.0) {
            return Some("grown");
        }
    }
    None
}

/// No slower than this for each row that waits: few are not kept waiting for nothing.
const PER_ROW_MS: i64 = 10_000;

/// How an occurrence's rows go after a blackout: Loa's own papers, stations (their sheets go) and what has priority at once,
/// the rest spread over a quarter of the blackout's length (two hours at most; ten seconds a row are enough), bulk over the
/// second half of it. What rings in a pocket begins when quiet hours end.
fn resume(row: &GateRow, b: &EndedBlackout, n: i64, settings: &Settings, now: DateTime<Utc>) -> Resume {
    let family = Family::parse(&row.family);
    let mut at = now;
    if let Some((from, until)) = settings.quiet_people
        && family.is_some_and(Family::reaches_people_directly)
        && !row.origin.starts_with("system/")
    {
        at = QuietHours { from, until }.next_open(now, settings.time_zone);
    }
    let whole = ((b.ended_at - b.from_at) / 4).min(n.saturating_mul(PER_ROW_MS)).clamp(0, MOST_SPREAD_MS);
    let (after, spread) = match row.priority {
        _ if row.origin.starts_with("system/") || family == Some(Family::Station) => (0, 0),
        ..=1 => (0, 0),
        2 => (0, whole),
        _ => (whole / 2, whole / 2),
    };
    Resume { at: ms(at) + after, spread, reason: b.reason.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fact::Fact;

    #[test]
    fn what_is_said_on_air_must_be_true_to_the_end_of_the_sheets_week() {
        let at = |s: &str| s.parse::<DateTime<Utc>>().unwrap();
        let settings = Settings::defaults(std::path::Path::new("/nowhere"));
        let now = at("2026-12-04T07:01:00Z"); // Friday, when the sheet of the week from the 7th is made
        let row = |family: &str| GateRow {
            id: 1,
            origin: "c/p".into(),
            sending: "s".into(),
            family: family.into(),
            priority: 2,
            due_at: ms(at("2026-12-04T07:00:00Z")),
            expires_at: ms(at("2026-12-11T17:00:00Z")), // the end of Friday, 11 December
            lists: "[]".into(),
            except_lists: "[]".into(),
            revision_id: 1,
            class: "internal".into(),
            gate: None,
            expanded: 1,
        };
        let stated = Stated { facts: [("f".to_owned(), "Lời".to_owned())].into(), ..Stated::default() };
        let shut_by = |family: &str, from: &str, to: &str| {
            let day = |d: &str| Some(d.parse().unwrap());
            let fact = Fact {
                id: "f".into(),
                text: "Lời".into(),
                basis: None,
                source: None,
                valid_from: day(from),
                valid_to: day(to),
                checked: day("2026-12-01"),
                checked_by: None,
                note: None,
            };
            let facts = [("f".to_owned(), (fact, said("Lời")))].into();
            let ground = Ground { facts, max_age: 60, ..Ground::default() };
            let seen = Seen { holds: &[], ground: &ground, stated: &stated, given: &[], people: None };
            shut(&row(family), &seen, &settings, &|_| 0, now)
        };
        for (family, from, to, want) in [
            ("station", "2026-01-01", "2026-12-11", None),
            ("station", "2026-01-01", "2026-12-10", Some("facts")),
            ("station", "2026-01-01", "2026-12-06", Some("facts")),
            // True from the first day it is read, though not yet when the sheet is made.
            ("station", "2026-12-07", "2026-12-31", None),
            ("email", "2026-01-01", "2026-12-06", None),
            ("email", "2026-12-07", "2026-12-31", Some("facts")),
        ] {
            assert_eq!(shut_by(family, from, to), want, "{family} {from} {to}");
        }
    }
}
