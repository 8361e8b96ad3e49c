//! Whether what was handed over still stands. A package lies at a unit until somebody publishes it: who held its post since, took it
//! out of the plan, or found that a fact of it is no longer true, does not want it published.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use chrono::{DateTime, NaiveDate, Utc};

use super::ms;
use crate::config::Settings;
use crate::domain::stated::{Fails, Ground, Stated};
use crate::store::{HandoverRow, HoldRow, Store, StoreError, said};

/// Why a package is not to be published any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fallen {
    /// Somebody holds it.
    Held,
    /// Its post was taken out of the plan.
    Withdrawn,
    /// What it rests on no longer holds.
    Ground(Fails),
}

/// What packages rest on now.
#[derive(Debug)]
pub struct Standing {
    holds: Vec<HoldRow>,
    ground: Ground,
    today: NaiveDate,
    stated: HashMap<i64, Stated>,
}

impl Standing {
    /// As it is now.
    ///
    /// # Errors
    /// The database's.
    pub async fn now(store: &Store, settings: &Settings, now: DateTime<Utc>) -> Result<Self, StoreError> {
        let holds = store.hold_all(ms(now)).await?;
        let current = |h: &HoldRow| {
            h.blackout == 0 && h.from_at <= ms(now) && h.until_at.is_none_or(|until| until > ms(now))
        };
        Ok(Self {
            holds: holds.into_iter().filter(current).collect(),
            ground: store.ground(settings.fact_max_age_days).await?,
            today: now.with_timezone(&settings.time_zone).date_naive(),
            stated: HashMap::new(),
        })
    }

    /// Why a package no longer stands; `None` if it does.
    ///
    /// # Errors
    /// The database's.
    pub async fn fallen(&mut self, store: &Store, row: &HandoverRow) -> Result<Option<Fallen>, StoreError> {
        if row.removed != 0 {
            return Ok(Some(Fallen::Withdrawn));
        }
        if self.holds.iter().any(|h| h.covers(&row.origin, &row.family)) {
            return Ok(Some(Fallen::Held));
        }
        let stated = match self.stated.entry(row.revision_id) {
            Entry::Occupied(e) => e.into_mut(),
            Entry::Vacant(e) => {
                let revision = store.revision_get(row.revision_id).await?;
                e.insert(Stated::of(&revision.map(|r| r.manifest).unwrap_or_default()))
            }
        };
        let why = self.ground.fails(stated, self.today, &said);
        Ok(why.map(Fallen::Ground))
    }
}
