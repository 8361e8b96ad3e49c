//! The difference between what the workspace wants and what the ledger holds. Reads; writes nothing.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{Desired, ms};
use crate::store::{NewOccurrence, OccurrenceRow, PlanWrite, PostRow, Store, StoreError};

/// What would happen to an occurrence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    /// It is new.
    Add,
    /// Its time, targets or text change.
    Change,
    /// It is taken back.
    Cancel,
    /// Nothing.
    Leave,
}

/// One occurrence in the plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// What would happen.
    pub verb: Verb,
    /// `campaign/post`.
    pub origin: String,
    /// The post's title.
    pub title: String,
    /// The sending.
    pub sending: String,
    /// The slot.
    pub slot: String,
    /// The family.
    pub family: String,
    /// When it would be due, milliseconds.
    pub due_at: i64,
    /// Channels.
    pub channels: usize,
    /// People of lists now.
    pub people: i64,
    /// Airings per station (stations).
    pub times: i64,
    /// What changes: `time`, `text`, `channels`, `lists`.
    pub what: Vec<&'static str>,
    /// Why its rows would not go (unapproved…).
    pub gate: Option<String>,
}

/// The whole difference.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Diff {
    /// Every occurrence, in the order of time within post and sending.
    pub changes: Vec<Change>,
    /// Posts whose text is new: origin.
    pub edited: Vec<String>,
    /// Posts that a fault stops: origin, code, sentence.
    pub stopped: Vec<(String, String, String)>,
    /// Posts that are gone: origin.
    pub removed: Vec<String>,
    /// Sendings without an account: origin, sending, why.
    pub unserved: Vec<(String, String, String)>,
    /// Numbers of occurrences to cancel.
    #[serde(skip)]
    cancel: Vec<i64>,
    #[serde(skip)]
    stored_posts: BTreeMap<String, (Option<String>, Option<String>)>,
}

/// Computes the difference.
///
/// # Errors
/// The database's.
pub async fn of(desired: &Desired, store: &Store, now: DateTime<Utc>) -> Result<Diff, StoreError> {
    let posts: BTreeMap<String, PostRow> =
        store.post_all().await?.into_iter().map(|p| (p.origin.clone(), p)).collect();
    let stored = store.occurrence_all().await?;
    let titles: BTreeMap<&str, &str> =
        desired.posts.iter().map(|p| (p.origin.as_str(), p.title.as_str())).collect();
    let mut reach = BTreeMap::new();
    let mut diff = Diff {
        stopped: desired
            .posts
            .iter()
            .filter_map(|p| p.stopped.as_ref().map(|(c, s)| (p.origin.clone(), c.clone(), s.clone())))
            .collect(),
        unserved: desired.unserved.clone(),
        stored_posts: posts
            .values()
            .filter(|p| p.removed_at.is_none())
            .map(|p| (p.origin.clone(), (p.revision_hash.clone(), p.stopped.clone())))
            .collect(),
        ..Diff::default()
    };
    // Lists are counted as the workspace has them: an apply imports them first.
    let mut people = |o: &NewOccurrence| -> i64 {
        *reach.entry((o.lists.clone(), o.except_lists.clone(), o.family.clone())).or_insert_with(|| {
            let Some(family) = crate::domain::unit::Family::parse(&o.family) else { return 0 };
            let addresses = |ids: &[String]| -> BTreeSet<String> {
                desired
                    .lists
                    .iter()
                    .filter(|l| ids.iter().any(|i| i == l.id.as_str()))
                    .flat_map(|l| l.contacts.iter())
                    .filter_map(|c| c.address(family).map(str::to_lowercase))
                    .collect()
            };
            addresses(&o.lists).difference(&addresses(&o.except_lists)).count() as i64
        })
    };
    let by_key: BTreeMap<(String, String, String), &OccurrenceRow> =
        stored.iter().map(|o| ((o.origin.clone(), o.sending.clone(), o.slot.clone()), o)).collect();
    let hashes: BTreeMap<&str, &str> = desired
        .posts
        .iter()
        .filter_map(|p| p.revision.as_ref().map(|r| (p.origin.as_str(), r.hash.as_str())))
        .collect();
    let stopped: BTreeSet<&str> =
        desired.posts.iter().filter(|p| p.stopped.is_some()).map(|p| p.origin.as_str()).collect();

    for (key, want) in &desired.occurrences {
        let have = by_key.get(key);
        let (verb, what, gate) = match have {
            None => (Verb::Add, vec![], Some("unapproved".to_owned())),
            Some(h) => {
                let mut what = differences(want, h);
                let edited = hashes.get(want.origin.as_str()).is_some_and(|x| *x != h.revision_hash);
                if edited {
                    what.push("text");
                }
                if h.cancelled_at.is_some() {
                    (Verb::Add, vec![], Some("unapproved".to_owned()))
                } else if h.started > 0 && h.waiting == 0 && what.iter().all(|w| *w == "text" || *w == "time")
                {
                    (Verb::Leave, vec![], h.gate.clone()) // it is done; an edit concerns what still waits
                } else if what.is_empty() {
                    (Verb::Leave, what, h.gate.clone())
                } else {
                    let gate = if edited { Some("unapproved".to_owned()) } else { h.gate.clone() };
                    (Verb::Change, what, gate)
                }
            }
        };
        diff.changes.push(Change {
            verb,
            origin: want.origin.clone(),
            title: titles.get(want.origin.as_str()).copied().unwrap_or_default().to_owned(),
            sending: want.sending.clone(),
            slot: want.slot.clone(),
            family: want.family.clone(),
            due_at: want.due_at,
            channels: want.channels.len(),
            people: people(want),
            times: want.times,
            what,
            gate,
        });
    }
    for h in &stored {
        let key = (h.origin.clone(), h.sending.clone(), h.slot.clone());
        let unfinished = h.waiting > 0 || (h.started == 0 && h.expires_at > ms(now));
        if h.cancelled_at.is_some() || desired.occurrences.contains_key(&key) || !unfinished {
            continue;
        }
        // A post that a fault stops keeps what was last applied; so does one whose time ran out by itself.
        if stopped.contains(h.origin.as_str()) || h.expires_at <= ms(now) {
            continue;
        }
        diff.cancel.push(h.id);
        let channels: Vec<String> = serde_json::from_str(&h.channels).unwrap_or_default();
        diff.changes.push(Change {
            verb: Verb::Cancel,
            origin: h.origin.clone(),
            title: posts.get(&h.origin).map(|p| p.title.clone()).unwrap_or_default(),
            sending: h.sending.clone(),
            slot: h.slot.clone(),
            family: h.family.clone(),
            due_at: h.due_at,
            channels: channels.len(),
            people: 0,
            times: h.times,
            what: vec![],
            gate: h.gate.clone(),
        });
    }
    for p in posts.values().filter(|p| p.removed_at.is_none()) {
        if !titles.contains_key(p.origin.as_str()) {
            diff.removed.push(p.origin.clone());
        } else if let (Some(want), Some(have)) = (hashes.get(p.origin.as_str()), &p.revision_hash)
            && want != have
        {
            diff.edited.push(p.origin.clone());
        }
    }
    diff.changes.sort_by(|a, b| {
        (&a.origin, &a.sending, a.due_at, &a.slot).cmp(&(&b.origin, &b.sending, b.due_at, &b.slot))
    });
    Ok(diff)
}

fn differences(want: &NewOccurrence, have: &OccurrenceRow) -> Vec<&'static str> {
    let set = |s: &str| -> BTreeSet<String> {
        serde_json::from_str::<Vec<String>>(s).unwrap_or_default().into_iter().collect()
    };
    let same = |v: &[String], s: &str| v.iter().cloned().collect::<BTreeSet<_>>() == set(s);
    let mut what = Vec::new();
    if want.due_at != have.due_at || want.expires_at != have.expires_at || want.priority != have.priority {
        what.push("time");
    }
    if !same(&want.channels, &have.channels) || want.times != have.times {
        what.push("channels");
    }
    if !same(&want.lists, &have.lists) || !same(&want.except_lists, &have.except_lists) {
        what.push("lists");
    }
    what
}

impl Diff {
    /// How many occurrences of a verb.
    pub fn count(&self, verb: Verb) -> usize {
        self.changes.iter().filter(|c| c.verb == verb).count()
    }

    /// True if an apply would write nothing that a person cares for.
    pub fn is_empty(&self) -> bool {
        self.count(Verb::Leave) == self.changes.len() && self.removed.is_empty() && self.edited.is_empty()
    }

    /// What is to be written, and how many changes are left for a person (`additions_only`).
    pub fn to_write(&self, desired: &Desired, additions_only: bool) -> (PlanWrite, usize) {
        let mut withheld = 0;
        // In the additions-only mode a post that is in force keeps its revision; new slots of it wait with the edit.
        let mut frozen = BTreeSet::new();
        if additions_only {
            frozen.extend(self.edited.iter().map(String::as_str));
            withheld += self.removed.len();
        }
        let mut write = PlanWrite {
            channels: Some(desired.channels.clone()),
            facts: Some(desired.facts.clone()),
            lists: Some(desired.lists.clone()),
            carriers: desired.carriers.clone(),
            ..PlanWrite::default()
        };
        for p in &desired.posts {
            let unchanged = match (self.stored_posts.get(&p.origin), &p.revision) {
                (Some((hash, stopped)), Some(r)) => {
                    hash.as_deref() == Some(r.hash.as_str()) && stopped.is_none()
                }
                (Some((_, stopped)), None) => stopped.as_deref() == p.stopped.as_ref().map(|s| s.0.as_str()),
                (None, _) => false,
            };
            if unchanged || frozen.contains(p.origin.as_str()) {
                continue;
            }
            write.posts.push(p.clone());
        }
        for c in &self.changes {
            let allowed = match c.verb {
                Verb::Leave | Verb::Cancel => continue,
                Verb::Add => !frozen.contains(c.origin.as_str()),
                Verb::Change => !additions_only,
            };
            if !allowed {
                withheld += 1;
                continue;
            }
            let key = (c.origin.clone(), c.sending.clone(), c.slot.clone());
            if let Some(o) = desired.occurrences.get(&key) {
                write.occurrences.push(o.clone());
            }
        }
        if additions_only {
            withheld += self.cancel.len();
        } else {
            write.removed = self.removed.clone();
            write.cancel = self.cancel.clone();
        }
        (write, withheld)
    }
}
