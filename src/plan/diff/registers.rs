//! What posts share, beside what the ledger has of it: channels, facts, lists, the accounts of lists.
//!
//! A change of these alters deliveries of many posts at once and no post shows it, so that `plan` names each, with the rows
//! it touches. The watching daemon writes what alters none of them; a change that would alter a planned delivery waits for a
//! person ([`RegisterChange::by_itself`]). Two things never wait. A fact that becomes narrower (expires earlier, lost its
//! check) only holds rows back, and a false statement must not go out because nobody typed `apply`. And lists live: who
//! joins, leaves or moves counts until the list is opened minutes before it is sent, growth beyond what was approved apart.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::Serialize;

use super::stand::Stand;
use super::{Desired, Verb};
use crate::domain::fact::Fact;
use crate::store::{ChannelRow, ListState, Store, StoreError, StoredChannel, StoredFact};

/// What kind of thing a change is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Register {
    /// A unit's channel.
    Channel,
    /// A fact.
    Fact,
    /// An asset of the media kit.
    Asset,
    /// A list of people.
    List,
    /// The account that serves the lists of a family.
    Account,
}

/// One field that changes. Addresses and names of people change without being shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Field {
    /// `url`, `address`, `account`, `kind`, `mode`, `name`, `unit`, `officer`, `covered`, `station`; `text`, `valid_from`,
    /// `valid_to`, `checked`; `sha256`; `people`, `joined`, `left`, `edited`, `about`.
    pub key: &'static str,
    /// What the ledger has.
    pub before: Option<String>,
    /// What the workspace has.
    pub after: Option<String>,
}

/// A change of something that posts share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RegisterChange {
    /// What would happen.
    pub verb: Verb,
    /// To what kind of thing.
    pub register: Register,
    /// Which: `unit/family`, a fact's or list's id, a family.
    pub id: String,
    /// In words.
    pub name: String,
    /// What changes.
    pub fields: Vec<Field>,
    /// Deliveries not sent yet that it touches.
    pub rows: i64,
    /// Packages handed over whose link is still to come.
    pub pending: i64,
    /// True if the watching daemon writes it: it alters no planned delivery, or only holds some back.
    pub by_itself: bool,
}

/// What was found, and what writing needs of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    pub changes: Vec<RegisterChange>,
    /// Channels as stored, by their name in the ledger.
    pub stored: BTreeMap<String, ChannelRow>,
    /// Channels and facts that are missing because a part of their register could not be read.
    pub hidden_channels: Vec<String>,
    pub hidden_facts: Vec<String>,
    facts: BTreeMap<String, StoredFact>,
    /// The ledger knows other assets than the workspace has.
    kit: bool,
}

/// Fields that say whom to call and how many people there are: they alter nothing that is sent.
const HARMLESS: [&str; 2] = ["officer", "covered"];

/// Compares. `renamed`: channels of the workspace that have an earlier name in the ledger.
pub(super) async fn compare(
    desired: &Desired,
    stand: &Stand<'_>,
    channels: &[StoredChannel],
    renamed: &BTreeMap<String, String>,
    store: &Store,
) -> Result<Found, StoreError> {
    let mut out = Found::default();
    compare_channels(desired, stand, channels, renamed, store, &mut out).await?;
    compare_facts(desired, stand, store, &mut out).await?;
    compare_kit(desired, stand, store, &mut out).await?;
    compare_lists(desired, stand, store, &mut out).await?;
    compare_carriers(desired, stand, &mut out);
    out.changes.sort_by(|a, b| (a.register, &a.id).cmp(&(b.register, &b.id)));
    Ok(out)
}

fn field(key: &'static str, before: Option<&str>, after: Option<&str>) -> Option<Field> {
    (before != after).then(|| Field {
        key,
        before: before.map(str::to_owned),
        after: after.map(str::to_owned),
    })
}

fn channel_fields(have: &ChannelRow, want: &ChannelRow) -> Vec<Field> {
    let shown = [
        field("unit", Some(&have.unit), Some(&want.unit)),
        field("name", Some(&have.unit_name), Some(&want.unit_name)),
        field("account", Some(&have.account), Some(&want.account)),
        field("kind", Some(&have.kind), Some(&want.kind)),
        field("mode", have.mode.as_deref(), want.mode.as_deref()),
        field("url", have.url.as_deref(), want.url.as_deref()),
    ];
    let hidden = [
        ("address", have.address != want.address),
        ("station", have.station != want.station),
        ("officer", have.officer != want.officer),
        ("covered", have.covered != want.covered),
    ];
    let hidden = hidden.into_iter().filter(|(_, differs)| *differs);
    let hidden = hidden.map(|(key, _)| Field { key, before: None, after: None });
    shown.into_iter().flatten().chain(hidden).collect()
}

async fn compare_channels(
    desired: &Desired,
    stand: &Stand<'_>,
    channels: &[StoredChannel],
    renamed: &BTreeMap<String, String>,
    store: &Store,
    out: &mut Found,
) -> Result<(), StoreError> {
    let names: BTreeMap<&str, &str> = renamed.iter().map(|(new, old)| (old.as_str(), new.as_str())).collect();
    let own = |r: &str| names.get(r).copied().unwrap_or(r).to_owned();
    let live: BTreeMap<&str, &StoredChannel> =
        channels.iter().filter(|c| !c.removed).map(|c| (c.row.target_ref.as_str(), c)).collect();
    let wanted: BTreeSet<&str> = desired.channels.iter().map(|c| c.target_ref.as_str()).collect();
    let mut touched = vec![];
    let mut found = vec![];
    for want in &desired.channels {
        let (verb, fields) = match live.get(want.target_ref.as_str()) {
            None => (Verb::Add, vec![]),
            Some(have) if have.row == *want => continue,
            Some(have) => {
                touched.push(have.target);
                (Verb::Change, channel_fields(&have.row, want))
            }
        };
        found.push((verb, &want.target_ref, &want.unit_name, fields));
    }
    let gone = |c: &&&StoredChannel| !wanted.contains(c.row.target_ref.as_str());
    for have in live.values().filter(gone) {
        if renamed.contains_key(&have.row.target_ref) {
            continue; // made before anybody said which id it was; nothing stands on it
        }
        out.stored.insert(have.row.target_ref.clone(), have.row.clone());
        if desired.incomplete.units {
            out.hidden_channels.push(have.row.target_ref.clone());
            continue;
        }
        touched.push(have.target);
        found.push((Verb::Cancel, &have.row.target_ref, &have.row.unit_name, vec![]));
    }
    let load = store.channel_load(&touched).await?;
    for (verb, target_ref, name, fields) in found {
        let have = live.get(target_ref.as_str());
        let load = have.and_then(|c| load.get(&c.target)).copied().unwrap_or_default();
        let rows = if have.is_some() { load.waiting + stand.unplaced(target_ref) } else { 0 };
        if let Some(have) = have {
            out.stored.insert(target_ref.clone(), have.row.clone());
        }
        let harmless = verb == Verb::Change && fields.iter().all(|f| HARMLESS.contains(&f.key));
        out.changes.push(RegisterChange {
            verb,
            register: Register::Channel,
            id: own(target_ref),
            name: name.clone(),
            by_itself: verb == Verb::Add || harmless || rows + load.pending == 0,
            fields,
            rows,
            pending: load.pending,
        });
    }
    Ok(())
}

/// True if `want` holds no more than `have` does.
fn no_wider(want: &Fact, have: &StoredFact) -> bool {
    let merged = narrower(want, have);
    (want.valid_from, want.valid_to, want.checked) == (merged.valid_from, merged.valid_to, merged.checked)
}

/// The fact as the workspace has it, valid no longer than in the ledger, too.
pub(super) fn narrower(want: &Fact, have: &StoredFact) -> Fact {
    Fact {
        valid_from: want.valid_from.max(have.valid_from),
        valid_to: match (want.valid_to, have.valid_to) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        },
        // No check at all is the narrowest.
        checked: want.checked.min(have.checked),
        ..want.clone()
    }
}

async fn compare_facts(
    desired: &Desired,
    stand: &Stand<'_>,
    store: &Store,
    out: &mut Found,
) -> Result<(), StoreError> {
    out.facts = store.fact_stored(&desired.facts).await?;
    let day = |d: Option<NaiveDate>| d.map(crate::domain::text::date);
    let mut found = vec![];
    for want in &desired.facts {
        let Some(have) = out.facts.get(want.id.as_str()) else {
            found.push((Verb::Add, want.id.to_string(), want.text.clone(), vec![], true));
            continue;
        };
        let dates = [
            ("valid_from", have.valid_from, want.valid_from),
            ("valid_to", have.valid_to, want.valid_to),
            ("checked", have.checked, want.checked),
        ];
        let mut fields: Vec<Field> = dates
            .into_iter()
            .filter(|(_, a, b)| a != b)
            .map(|(key, a, b)| Field { key, before: day(a), after: day(b) })
            .collect();
        if !have.same_text {
            // What is told is part of each post's revision: there the change waits, and is approved.
            fields.push(Field { key: "text", before: None, after: Some(want.text.clone()) });
        }
        if !fields.is_empty() {
            let narrow = no_wider(want, have);
            found.push((Verb::Change, want.id.to_string(), want.text.clone(), fields, narrow));
        }
    }
    let wanted: BTreeSet<&str> = desired.facts.iter().map(|f| f.id.as_str()).collect();
    for id in out.facts.keys().filter(|id| !wanted.contains(id.as_str())) {
        if desired.incomplete.facts {
            out.hidden_facts.push(id.clone());
        } else {
            // Posts that tell it are held.
            found.push((Verb::Cancel, id.clone(), String::new(), vec![], true));
        }
    }
    let touching: BTreeSet<&str> = found.iter().filter(|f| f.0 != Verb::Add).map(|f| f.1.as_str()).collect();
    let rows = if touching.is_empty() {
        BTreeMap::new()
    } else {
        stand.rows_by(store, |s| &s.facts, &touching).await?
    };
    for (verb, id, name, fields, narrow) in found {
        let rows = rows.get(&id).copied().unwrap_or(0);
        out.changes.push(RegisterChange {
            verb,
            register: Register::Fact,
            name,
            fields,
            rows,
            pending: 0,
            by_itself: narrow || rows == 0,
            id,
        });
    }
    Ok(())
}

/// Assets that changed, or are no longer as they were pinned, hold the posts that show them. What is new touches nothing and is
/// not told.
async fn compare_kit(
    desired: &Desired,
    stand: &Stand<'_>,
    store: &Store,
    out: &mut Found,
) -> Result<(), StoreError> {
    if desired.incomplete.kit {
        return Ok(());
    }
    let have = store.asset_rows().await?;
    out.kit = have != desired.kit;
    let changed: BTreeSet<&str> = have
        .iter()
        .filter(|(id, hash)| desired.kit.get(*id) != Some(hash))
        .map(|(id, _)| id.as_str())
        .collect();
    if changed.is_empty() {
        return Ok(());
    }
    let rows = stand.rows_by(store, |s| &s.assets, &changed).await?;
    let short = |hash: &String| hash.get(..8).unwrap_or_default().to_owned();
    for id in changed {
        let (before, after) = (have.get(id).map(short), desired.kit.get(id).map(short));
        let Some(&n) = rows.get(id).filter(|n| **n > 0) else { continue };
        out.changes.push(RegisterChange {
            verb: if after.is_some() { Verb::Change } else { Verb::Cancel },
            register: Register::Asset,
            id: id.to_owned(),
            name: String::new(),
            fields: vec![Field { key: "sha256", before, after }],
            rows: n,
            pending: 0,
            by_itself: true,
        });
    }
    Ok(())
}

async fn compare_lists(
    desired: &Desired,
    stand: &Stand<'_>,
    store: &Store,
    out: &mut Found,
) -> Result<(), StoreError> {
    let states = store.list_states(&desired.lists).await?;
    for (list, state) in desired.lists.iter().zip(states) {
        let (verb, fields) = match state {
            ListState::Same => continue,
            ListState::New => (Verb::Add, vec![]),
            ListState::Changed { members, added, left, edited } => {
                let mut fields = vec![];
                if added + left > 0 {
                    fields.push(Field {
                        key: "people",
                        before: Some(members.to_string()),
                        after: Some((members + added - left).to_string()),
                    });
                }
                for (key, n) in [("joined", added), ("left", left), ("edited", edited)] {
                    if n > 0 {
                        fields.push(Field { key, before: None, after: Some(n.to_string()) });
                    }
                }
                if fields.is_empty() {
                    fields.push(Field { key: "about", before: None, after: None });
                }
                (Verb::Change, fields)
            }
        };
        let rows = if verb == Verb::Add { 0 } else { stand.rows_of_list(list.id.as_str()) };
        out.changes.push(RegisterChange {
            verb,
            register: Register::List,
            id: list.id.to_string(),
            name: list.title.clone(),
            fields,
            rows,
            pending: 0,
            by_itself: true,
        });
    }
    Ok(())
}

fn compare_carriers(desired: &Desired, stand: &Stand<'_>, out: &mut Found) {
    for (family, account, kind) in &desired.carriers {
        let (mut rows, mut before) = (0, None);
        for (o, open) in stand.lists_of_family(family) {
            if o.account.as_deref() != Some(account) || o.kind.as_deref() != Some(kind) {
                rows += open;
                before = before.or_else(|| o.account.clone());
            }
        }
        if rows > 0 {
            out.changes.push(RegisterChange {
                verb: Verb::Change,
                register: Register::Account,
                id: family.clone(),
                name: family.clone(),
                fields: vec![Field { key: "account", before, after: Some(account.clone()) }],
                rows,
                pending: 0,
                by_itself: false,
            });
        }
    }
}

/// What of the registers is to be written.
pub(super) struct Registers {
    pub channels: Option<Vec<ChannelRow>>,
    pub facts: Option<Vec<Fact>>,
    pub facts_kept: Vec<String>,
    pub kit: Option<BTreeMap<String, String>>,
    pub lists: Option<Vec<crate::domain::unit::ContactList>>,
    pub carriers: Vec<(String, String, String)>,
    /// Changes left for a person.
    pub withheld: usize,
}

impl Found {
    /// The part that may be written: all of it, or (`additions_only`) what the watching daemon writes by itself.
    pub fn to_write(
        &self,
        desired: &Desired,
        additions_only: bool,
        ledger: &dyn Fn(&str) -> String,
    ) -> Registers {
        let of = |r: Register| self.changes.iter().filter(move |c| c.register == r);
        let waits = |c: &RegisterChange| additions_only && !c.by_itself;
        let goes = |r: Register| of(r).any(|c| !waits(c));
        let mut channels = None;
        if goes(Register::Channel) {
            let waiting: BTreeSet<String> =
                of(Register::Channel).filter(|c| waits(c)).map(|c| ledger(&c.id)).collect();
            let stay = |id: &String| waiting.contains(id) || self.hidden_channels.contains(id);
            let mut rows: Vec<ChannelRow> =
                desired.channels.iter().filter(|c| !waiting.contains(&c.target_ref)).cloned().collect();
            rows.extend(self.stored.iter().filter(|(id, _)| stay(id)).map(|(_, row)| row.clone()));
            channels = Some(rows);
        }
        // A fact that waits is written as narrow as either has it.
        let facts = of(Register::Fact).next().is_some().then(|| {
            let waiting: BTreeSet<&str> =
                of(Register::Fact).filter(|c| waits(c)).map(|c| c.id.as_str()).collect();
            desired
                .facts
                .iter()
                .map(|f| match self.facts.get(f.id.as_str()) {
                    Some(have) if waiting.contains(f.id.as_str()) => narrower(f, have),
                    Some(_) | None => f.clone(),
                })
                .collect()
        });
        let changed: BTreeSet<&str> = of(Register::List).map(|c| c.id.as_str()).collect();
        let lists: Vec<_> =
            desired.lists.iter().filter(|l| changed.contains(l.id.as_str())).cloned().collect();
        Registers {
            channels,
            facts,
            facts_kept: self.hidden_facts.clone(),
            kit: self.kit.then(|| desired.kit.clone()),
            lists: (!lists.is_empty()).then_some(lists),
            carriers: if goes(Register::Account) { desired.carriers.clone() } else { vec![] },
            withheld: self.changes.iter().filter(|c| waits(c)).count(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fact_that_waits_is_as_narrow_as_either_has_it() {
        let d = |day| NaiveDate::from_ymd_opt(2026, 11, day);
        let want = |from, to, checked| Fact {
            id: "f".into(),
            text: "x".into(),
            basis: None,
            source: None,
            valid_from: from,
            valid_to: to,
            checked,
            checked_by: None,
            note: None,
        };
        let have = StoredFact { valid_from: d(1), valid_to: d(20), checked: d(10), same_text: true };
        let dates = |f: Fact| (f.valid_from, f.valid_to, f.checked);
        for (wanted, narrow, merged) in [
            (want(d(1), d(20), d(10)), true, (d(1), d(20), d(10))),
            (want(d(5), d(15), d(9)), true, (d(5), d(15), d(9))),
            (want(d(1), d(25), d(10)), false, (d(1), d(20), d(10))),
            (want(d(1), None, d(10)), false, (d(1), d(20), d(10))),
            (want(None, d(20), d(10)), false, (d(1), d(20), d(10))),
            (want(d(1), d(15), d(12)), false, (d(1), d(15), d(10))),
            (want(d(1), d(20), None), true, (d(1), d(20), None)),
        ] {
            assert_eq!(no_wider(&wanted, &have), narrow, "{wanted:?}");
            assert_eq!(dates(narrower(&wanted, &have)), merged, "{wanted:?}");
        }
        let never = StoredFact { valid_from: None, valid_to: None, checked: None, same_text: true };
        assert!(!no_wider(&want(None, None, d(1)), &never), "a first check releases what was held");
    }
}
