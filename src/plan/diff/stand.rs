//! Where the ledger stands: which rows are still to come, and whom they would reach.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::hash::{BuildHasher as _, RandomState};

use super::Desired;
use crate::domain::stated::Stated;
use crate::domain::unit::Family;
use crate::store::{OccurrenceRow, Store, StoreError};

/// The stored occurrences as far as rows are still to come of them.
pub(super) struct Stand<'a> {
    /// Each with the people its lists would reach now, if they are not in the ledger yet.
    open: Vec<(&'a OccurrenceRow, i64)>,
}

impl<'a> Stand<'a> {
    pub fn new(stored: &'a [OccurrenceRow], people: &mut People<'_>, now: i64) -> Self {
        let open = stored
            .iter()
            .filter(|o| o.cancelled_at.is_none() && (o.waiting > 0 || o.expires_at > now))
            .map(|o| {
                let to_come = o.expanded_at.is_none() && o.expires_at > now;
                let n =
                    if to_come { people.of(&refs(&o.lists), &refs(&o.except_lists), &o.family) } else { 0 };
                (o, n)
            });
        Self { open: open.collect() }
    }

    /// Occurrences that name a channel and have no row for it yet.
    pub fn unplaced(&self, target_ref: &str) -> i64 {
        let names = |o: &OccurrenceRow| refs(&o.channels).iter().any(|r| r == target_ref);
        self.open.iter().filter(|(o, _)| o.placed_at.is_none() && names(o)).count() as i64
    }

    /// Rows to come, by what `of` finds in the manifests of their revisions (facts, assets), of those wanted.
    pub async fn rows_by(
        &self,
        store: &Store,
        of: fn(&Stated) -> &BTreeMap<String, String>,
        wanted: &BTreeSet<&str>,
    ) -> Result<BTreeMap<String, i64>, StoreError> {
        let mut rows: BTreeMap<i64, i64> = BTreeMap::new();
        for (o, people) in &self.open {
            let unplaced = if o.placed_at.is_none() { refs(&o.channels).len() as i64 } else { 0 };
            *rows.entry(o.revision_id).or_default() += o.waiting + unplaced + people;
        }
        let mut out = BTreeMap::new();
        for (revision, n) in rows {
            let manifest = store.revision_get(revision).await?.map(|r| r.manifest).unwrap_or_default();
            for id in of(&Stated::of(&manifest)).keys().filter(|id| wanted.contains(id.as_str())) {
                *out.entry(id.clone()).or_default() += n;
            }
        }
        Ok(out)
    }

    /// People of occurrences that use a list and have not opened it yet.
    pub fn rows_of_list(&self, id: &str) -> i64 {
        let uses = |o: &OccurrenceRow| refs(&o.lists).iter().chain(&refs(&o.except_lists)).any(|l| l == id);
        self.open.iter().filter(|(o, _)| uses(o)).map(|(_, people)| people).sum()
    }

    /// Occurrences of a family that go to lists, each with the rows to come of them.
    pub fn lists_of_family(&self, family: &str) -> Vec<(&'a OccurrenceRow, i64)> {
        self.open
            .iter()
            .filter(|(o, _)| o.family == family && o.lists != "[]")
            .map(|(o, people)| (*o, if o.expanded_at.is_some() { o.waiting } else { *people }))
            .collect()
    }
}

/// How many people lists reach, as the workspace has them: an apply imports them first.
pub(super) struct People<'a> {
    desired: &'a Desired,
    known: BTreeMap<(Vec<String>, Vec<String>, String), i64>,
}

impl<'a> People<'a> {
    pub fn new(desired: &'a Desired) -> Self {
        Self { desired, known: BTreeMap::new() }
    }

    pub fn of(&mut self, lists: &[String], except: &[String], family: &str) -> i64 {
        if lists.is_empty() {
            return 0;
        }
        let key = (lists.to_vec(), except.to_vec(), family.to_owned());
        if let Some(n) = self.known.get(&key) {
            return *n;
        }
        let Some(as_family) = Family::parse(family) else { return 0 };
        // By a digest of each: only the number is wanted, and there may be a million.
        let by = RandomState::new();
        let addresses = |ids: &[String]| -> HashSet<u64> {
            self.desired
                .lists
                .iter()
                .filter(|l| ids.iter().any(|i| i == l.id.as_str()))
                .flat_map(|l| l.contacts.iter())
                .filter_map(|c| c.address(as_family).map(|a| by.hash_one(a.to_lowercase())))
                .collect()
        };
        let n = addresses(lists).difference(&addresses(except)).count() as i64;
        self.known.insert(key, n);
        n
    }
}

/// The ids of a stored JSON array.
pub(super) fn refs(json: &str) -> Vec<String> {
    serde_json::from_str(json).unwrap_or_default()
}

/// The plan with channels called as the ledger calls them.
pub(super) fn as_stored<'d>(desired: &'d Desired, renamed: &BTreeMap<String, String>) -> Cow<'d, Desired> {
    if renamed.is_empty() {
        return Cow::Borrowed(desired);
    }
    let mut out = desired.clone();
    let name = |r: &mut String| {
        if let Some(old) = renamed.get(r.as_str()) {
            r.clone_from(old);
        }
    };
    out.channels.iter_mut().for_each(|c| name(&mut c.target_ref));
    out.occurrences.values_mut().flat_map(|o| o.channels.iter_mut()).for_each(name);
    Cow::Owned(out)
}
