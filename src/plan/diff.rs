//! The difference between what the workspace wants and what the ledger holds. Reads; writes nothing.

mod again;
mod registers;
mod stand;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{Desired, ms};
use crate::store::{NewOccurrence, OccurrenceRow, PlanWrite, PostRow, Store, StoreError};
use stand::{People, Stand, as_stored, refs};

pub use again::Again;
pub use registers::{Field, Register, RegisterChange};

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
    /// Posts whose text is new and of which something is still to be sent: origin.
    pub edited: Vec<String>,
    /// Posts that a fault stops: origin, code, sentence.
    pub stopped: Vec<(String, String, String)>,
    /// Posts that are gone: origin.
    pub removed: Vec<String>,
    /// Sendings without an account: origin, sending, why.
    pub unserved: Vec<(String, String, String)>,
    /// Channels, facts, lists and accounts of lists that are new, changed or gone.
    pub registers: Vec<RegisterChange>,
    /// What an apply would send to a place that has it already.
    pub again: Vec<Again>,
    /// Occurrences to cancel: number and origin.
    #[serde(skip)]
    cancel: Vec<(i64, String)>,
    #[serde(skip)]
    stored_posts: BTreeMap<String, (Option<String>, Option<String>)>,
    /// Edited posts of which nothing is left to send: the ledger keeps what was sent.
    #[serde(skip)]
    finished: BTreeSet<String>,
    /// Channels of the workspace that the ledger knows by an earlier name.
    #[serde(skip)]
    renamed: BTreeMap<String, String>,
    #[serde(skip)]
    found: registers::Found,
}

/// Computes the difference.
///
/// # Errors
/// The database's.
pub async fn of(desired: &Desired, store: &Store, now: DateTime<Utc>) -> Result<Diff, StoreError> {
    let posts: BTreeMap<String, PostRow> =
        store.post_all().await?.into_iter().map(|p| (p.origin.clone(), p)).collect();
    let stored = store.occurrence_all().await?;
    let channels = store.channel_all().await?;
    let renamed = again::renamed(desired, &channels, store).await?;
    let desired = &*as_stored(desired, &renamed);
    let titles: BTreeMap<&str, &str> =
        desired.posts.iter().map(|p| (p.origin.as_str(), p.title.as_str())).collect();
    let mut people = People::new(desired);
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
            people: people.of(&want.lists, &want.except_lists, &want.family),
            times: want.times,
            what,
            gate,
        });
    }
    let unfinished = |h: &OccurrenceRow| h.waiting > 0 || (h.started == 0 && h.expires_at > ms(now));
    for h in &stored {
        let key = (h.origin.clone(), h.sending.clone(), h.slot.clone());
        if h.cancelled_at.is_some() || desired.occurrences.contains_key(&key) || !unfinished(h) {
            continue;
        }
        // A post that a fault stops keeps what was last applied, within its campaign; so does one whose time ran out by itself.
        let campaign = h.origin.split('/').next().unwrap_or_default();
        let over = desired.ends.get(campaign).is_some_and(|end| h.due_at >= *end);
        if (stopped.contains(h.origin.as_str()) && !over) || h.expires_at <= ms(now) {
            continue;
        }
        diff.cancel.push((h.id, h.origin.clone()));
        // What would be taken back: rows that wait, or, before its list is in the ledger, the people it would reach.
        let (lists, places) = (refs(&h.lists), refs(&h.channels).len());
        let begun = h.started + h.waiting > 0;
        let waiting = usize::try_from(h.waiting).unwrap_or(0);
        let channels = if begun && lists.is_empty() { waiting } else { places };
        let people = match (lists.is_empty(), begun) {
            (true, _) => 0,
            (false, true) => i64::try_from(waiting.saturating_sub(places)).unwrap_or(0),
            (false, false) => store.list_reachable(&lists, &refs(&h.except_lists), &h.family).await?,
        };
        diff.changes.push(Change {
            verb: Verb::Cancel,
            origin: h.origin.clone(),
            title: posts.get(&h.origin).map(|p| p.title.clone()).unwrap_or_default(),
            sending: h.sending.clone(),
            slot: h.slot.clone(),
            family: h.family.clone(),
            due_at: h.due_at,
            channels,
            people,
            times: h.times,
            what: vec![],
            gate: h.gate.clone(),
        });
    }
    let open: BTreeSet<&str> = desired
        .occurrences
        .values()
        .map(|o| o.origin.as_str())
        .chain(stored.iter().filter(|h| h.cancelled_at.is_none() && unfinished(h)).map(|h| h.origin.as_str()))
        .collect();
    for p in posts.values().filter(|p| p.removed_at.is_none()) {
        if !titles.contains_key(p.origin.as_str()) {
            diff.removed.push(p.origin.clone());
        } else if let (Some(want), Some(have)) = (hashes.get(p.origin.as_str()), &p.revision_hash)
            && want != have
        {
            // Nothing is left of it to send: what was sent, and by whom it was approved, stays on record as it was.
            if open.contains(p.origin.as_str()) {
                diff.edited.push(p.origin.clone());
            } else {
                diff.finished.insert(p.origin.clone());
            }
        }
    }
    let names: BTreeMap<&str, &str> = renamed.iter().map(|(new, old)| (old.as_str(), new.as_str())).collect();
    let own = |r: &str| names.get(r).copied().unwrap_or(r).to_owned();
    let stand = Stand::new(&stored, &mut people, ms(now));
    diff.found = registers::compare(desired, &stand, &channels, &renamed, store).await?;
    diff.registers = diff.found.changes.clone();
    diff.again = again::find(desired, &diff.changes, &stored, &channels, &own, store).await?;
    diff.renamed = renamed.clone();
    diff.changes.sort_by(|a, b| {
        (&a.origin, &a.sending, a.due_at, &a.slot).cmp(&(&b.origin, &b.sending, b.due_at, &b.slot))
    });
    Ok(diff)
}

fn differences(want: &NewOccurrence, have: &OccurrenceRow) -> Vec<&'static str> {
    let same = |v: &[String], s: &str| {
        v.iter().cloned().collect::<BTreeSet<_>>() == refs(s).into_iter().collect::<BTreeSet<_>>()
    };
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

/// Who writes a plan, and so how much of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All of it: a person who has seen it.
    All,
    /// All of it but what would be sent a second time to one place: the daemon that is told to apply everything.
    AllButAgain,
    /// What alters no planned delivery: the watching daemon.
    Additions,
    /// What can only hold deliveries: the daemon that takes nothing of the folder by itself.
    Holds,
}

impl Diff {
    /// How many occurrences of a verb.
    pub fn count(&self, verb: Verb) -> usize {
        self.changes.iter().filter(|c| c.verb == verb).count()
    }

    /// Changes of channels, facts, lists and accounts that alter planned deliveries: those wait for a person.
    pub fn registers_waiting(&self) -> usize {
        self.registers.iter().filter(|c| !c.by_itself).count()
    }

    /// True if an apply would write nothing that a person cares for.
    pub fn is_empty(&self) -> bool {
        self.count(Verb::Leave) == self.changes.len()
            && self.removed.is_empty()
            && self.edited.is_empty()
            && self.registers.is_empty()
    }

    /// What is to be written, and how many changes are left for a person.
    pub fn to_write(&self, desired: &Desired, scope: Scope) -> (PlanWrite, usize) {
        let desired = &*as_stored(desired, &self.renamed);
        let additions = matches!(scope, Scope::Additions | Scope::Holds);
        let mut withheld = 0;
        // A post that is in force keeps its revision while an edit of it waits; new slots of it wait with the edit.
        let mut frozen = BTreeSet::new();
        if additions {
            frozen.extend(self.edited.iter().map(String::as_str));
            withheld += self.removed.len();
        }
        if scope != Scope::All {
            frozen.extend(self.again.iter().map(|a| a.origin.as_str()));
        }
        let ledger = |id: &str| self.renamed.get(id).cloned().unwrap_or_else(|| id.to_owned());
        let registers = self.found.to_write(desired, additions, &ledger);
        withheld += registers.withheld;
        if scope == Scope::Holds {
            let (facts, facts_kept, kit) = (registers.facts, registers.facts_kept, registers.kit);
            return (PlanWrite { facts, facts_kept, kit, ..PlanWrite::default() }, withheld);
        }
        let mut write = PlanWrite {
            channels: registers.channels,
            facts: registers.facts,
            facts_kept: registers.facts_kept,
            kit: registers.kit,
            lists: registers.lists,
            carriers: registers.carriers,
            ..PlanWrite::default()
        };
        for p in &desired.posts {
            let unchanged = match (self.stored_posts.get(&p.origin), &p.revision) {
                (Some((hash, stopped)), Some(r)) => {
                    let same = hash.as_deref() == Some(r.hash.as_str()) || self.finished.contains(&p.origin);
                    same && stopped.is_none()
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
                Verb::Change => !additions && !frozen.contains(c.origin.as_str()),
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
        if additions {
            withheld += self.cancel.len();
        } else {
            write.removed = self.removed.clone();
            let (wait, go): (Vec<_>, Vec<_>) =
                self.cancel.iter().partition(|(_, origin)| frozen.contains(origin.as_str()));
            withheld += wait.len();
            write.cancel = go.into_iter().map(|(id, _)| *id).collect();
        }
        (write, withheld)
    }
}
