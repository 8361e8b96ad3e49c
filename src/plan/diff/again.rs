//! The same place under another name: units that were renamed, and content that would go a second time where it is.
//!
//! A delivery is a sending's slot × a target, and a target is called by its unit's id. So a new id is a new target, and while
//! a sending is still useful (`late_ok`) the plan wants it there. A unit that says which ids it had before keeps its target
//! ([`renamed`]). Where nobody said so, the place is recognised by its address ([`find`]): the plan says that it would be
//! sent again, and only a person's `apply` makes it so.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::stand::refs;
use super::{Desired, Verb};
use crate::store::{ChannelRow, OccurrenceRow, Store, StoreError, StoredChannel};

/// Something that would be sent to where it has gone already.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Again {
    /// `campaign/post`.
    pub origin: String,
    /// The sending.
    pub sending: String,
    /// The slot.
    pub slot: String,
    /// The family.
    pub family: String,
    /// The channel (`unit/family`) or list that would get it.
    pub target: String,
    /// Its unit's name.
    pub name: String,
    /// What got it: the channel's earlier name, or the same one.
    pub was: String,
    /// By which sending.
    pub was_sending: String,
    /// How many people or places.
    pub n: i64,
    /// When the last of them got it, milliseconds.
    pub at: i64,
    /// What keeps it from being sent again: `was` (in the unit) or `id` (in the sending).
    pub remedy: &'static str,
}

/// Whether two channels are one place: the same site, the same mailbox or chat, or the same account where that is the place.
fn same_place(a: &ChannelRow, b: &ChannelRow) -> bool {
    if a.family != b.family {
        return false;
    }
    let bare = |s: &str| s.trim().trim_end_matches('/').to_lowercase();
    match (&a.url, &b.url, &a.address, &b.address) {
        (Some(x), Some(y), _, _) => bare(x) == bare(y),
        (_, _, Some(x), Some(y)) => bare(x) == bare(y),
        (None, None, None, None) => a.account == b.account,
        _ => false,
    }
}

/// Names of channels in the workspace whose target has another name in the ledger.
///
/// An id counts as an earlier one of a unit if the unit says so, no unit has it now, the ledger knows it, and nothing was
/// planned yet under the new one. Where several units say so, the one whose place it is has it.
pub(super) async fn renamed(
    desired: &Desired,
    stored: &[StoredChannel],
    store: &Store,
) -> Result<BTreeMap<String, String>, StoreError> {
    let fresh: Vec<i64> = stored
        .iter()
        .filter(|c| desired.formerly.contains_key(&c.row.target_ref))
        .map(|c| c.target)
        .collect();
    let load = store.channel_load(&fresh).await?;
    let used: BTreeSet<&str> = stored
        .iter()
        .filter(|c| load.get(&c.target).is_some_and(|l| l.ever > 0))
        .map(|c| c.row.target_ref.as_str())
        .collect();
    Ok(claimed(desired, stored, &used))
}

/// The same, where it is known under which new names something was planned.
fn claimed(desired: &Desired, stored: &[StoredChannel], used: &BTreeSet<&str>) -> BTreeMap<String, String> {
    let known: BTreeMap<&str, &StoredChannel> =
        stored.iter().map(|c| (c.row.target_ref.as_str(), c)).collect();
    let now: BTreeSet<&str> = desired.channels.iter().map(|c| c.target_ref.as_str()).collect();
    let mut claims: BTreeMap<&str, Vec<&ChannelRow>> = BTreeMap::new();
    for c in desired.channels.iter().filter(|c| !used.contains(c.target_ref.as_str())) {
        for old in desired.formerly.get(&c.target_ref).into_iter().flatten() {
            if known.contains_key(old.as_str()) && !now.contains(old.as_str()) {
                claims.entry(old).or_default().push(c);
            }
        }
    }
    let mut out = BTreeMap::new();
    for (old, by) in claims {
        let place = |c: &&&ChannelRow| known.get(old).is_some_and(|k| same_place(&k.row, c));
        let mut same = by.iter().filter(place);
        let one = match (by.as_slice(), same.next(), same.next()) {
            ([only], _, _) => Some(*only),
            (_, Some(first), None) => Some(*first),
            _ => None,
        };
        if let Some(c) = one {
            out.entry(c.target_ref.clone()).or_insert_with(|| old.to_owned());
        }
    }
    out
}

/// What an apply would send to a place that has it.
pub(super) async fn find(
    desired: &Desired,
    changes: &[super::Change],
    stored: &[OccurrenceRow],
    channels: &[StoredChannel],
    own: &(dyn Fn(&str) -> String + Sync),
    store: &Store,
) -> Result<Vec<Again>, StoreError> {
    let wanted: BTreeMap<&str, &ChannelRow> =
        desired.channels.iter().map(|c| (c.target_ref.as_str(), c)).collect();
    let known: BTreeMap<&str, &ChannelRow> =
        channels.iter().map(|c| (c.row.target_ref.as_str(), &c.row)).collect();
    let mut out = vec![];
    for c in changes.iter().filter(|c| matches!(c.verb, Verb::Add | Verb::Change)) {
        let key = (c.origin.clone(), c.sending.clone(), c.slot.clone());
        let Some(want) = desired.occurrences.get(&key) else { continue };
        let same_slot = |o: &&OccurrenceRow| {
            o.origin == c.origin && o.slot == c.slot && o.family == c.family && o.started > 0
        };
        // Its own row, and sendings of the post that are no longer written: one of those is this one under another id.
        let earlier: Vec<&OccurrenceRow> = stored
            .iter()
            .filter(same_slot)
            .filter(|o| {
                let theirs = (o.origin.clone(), o.sending.clone(), o.slot.clone());
                theirs == key || !desired.occurrences.contains_key(&theirs)
            })
            .collect();
        if earlier.is_empty() {
            continue;
        }
        let itself = earlier.iter().find(|o| o.sending == c.sending);
        let had: BTreeSet<String> =
            itself.map(|o| refs(&o.channels)).unwrap_or_default().into_iter().collect();
        let ids: Vec<i64> = earlier.iter().map(|o| o.id).collect();
        for got in store.reached(&ids).await? {
            let Some(by) = earlier.iter().find(|o| o.id == got.occurrence_id) else { continue };
            let moved = by.sending != c.sending;
            let mut put = |target: String, name: String, was: String, remedy| {
                out.push(Again {
                    origin: c.origin.clone(),
                    sending: c.sending.clone(),
                    slot: c.slot.clone(),
                    family: c.family.clone(),
                    target,
                    name,
                    was,
                    was_sending: by.sending.clone(),
                    n: got.n,
                    at: got.at,
                    remedy,
                });
            };
            if got.target_ref.is_empty() {
                let lists = refs(&by.lists);
                if let Some(list) = want.lists.iter().find(|l| moved && lists.contains(l)) {
                    put(list.clone(), list.clone(), list.clone(), "id");
                }
                continue;
            }
            for new in want.channels.iter().filter(|r| !had.contains(*r)) {
                let same = *new == got.target_ref;
                let place = match (wanted.get(new.as_str()), known.get(got.target_ref.as_str())) {
                    (Some(a), Some(b)) => same_place(a, b),
                    _ => false,
                };
                if (same && moved) || (!same && place) {
                    let name = wanted.get(new.as_str()).map(|r| r.unit_name.clone()).unwrap_or_default();
                    put(own(new), name, own(&got.target_ref), if same { "id" } else { "was" });
                }
            }
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn channel(unit: &str, url: Option<&str>, address: Option<&str>) -> ChannelRow {
        ChannelRow {
            target_ref: format!("{unit}/website"),
            unit: unit.into(),
            unit_name: unit.into(),
            family: "website".into(),
            account: "web".into(),
            kind: "hand-over".into(),
            mode: None,
            url: url.map(str::to_owned),
            address: address.map(str::to_owned),
            covered: None,
            officer: None,
            station: None,
        }
    }

    fn stored(row: ChannelRow) -> StoredChannel {
        StoredChannel { target: 1, row, removed: false }
    }

    #[test]
    fn places_are_compared_by_site_then_address_then_account() {
        let a = channel("a", Some("https://A.example/"), Some("x@a.example"));
        assert!(same_place(&a, &channel("b", Some("https://a.example"), Some("y@b.example"))));
        assert!(!same_place(&a, &channel("b", Some("https://b.example"), Some("x@a.example"))));
        assert!(same_place(&a, &channel("b", None, Some("X@a.example"))));
        assert!(same_place(&channel("a", None, None), &channel("b", None, None)));
        let other = ChannelRow { family: "email".into(), ..channel("b", None, Some("x@a.example")) };
        assert!(!same_place(&a, &other));
    }

    #[test]
    fn an_earlier_id_is_found_where_it_is_one_units_alone() {
        let names = |channels: Vec<ChannelRow>, formerly: &[(&str, &str)], ledger: Vec<ChannelRow>| {
            let used: BTreeSet<&str> = [("dung-roi/website")].into();
            let mut d = Desired { channels, ..Desired::default() };
            for (new, old) in formerly {
                d.formerly.entry(format!("{new}/website")).or_default().push(format!("{old}/website"));
            }
            claimed(&d, &ledger.into_iter().map(stored).collect::<Vec<_>>(), &used)
                .into_iter()
                .map(|(a, b)| format!("{a}={b}"))
                .collect::<Vec<_>>()
        };
        let c = |unit: &str| channel(unit, Some(&format!("https://{unit}.example")), None);
        assert_eq!(names(vec![c("moi")], &[("moi", "cu")], vec![c("cu")]), ["moi/website=cu/website"]);
        // Something went out under the new name; the ledger does not know the old one; another unit has the old id now.
        assert_eq!(
            names(vec![c("moi")], &[("moi", "cu")], vec![c("cu"), c("moi")]),
            ["moi/website=cu/website"]
        );
        assert_eq!(names(vec![c("dung-roi")], &[("dung-roi", "cu")], vec![c("cu"), c("dung-roi")]), [""; 0]);
        assert_eq!(names(vec![c("moi")], &[("moi", "cu")], vec![c("khac")]), [""; 0]);
        assert_eq!(names(vec![c("moi"), c("cu")], &[("moi", "cu")], vec![c("cu")]), [""; 0]);
        // Two claim it: the one whose place it is.
        let at = |unit: &str, url| channel(unit, Some(url), None);
        let two = vec![at("moi-1", "https://cu.example"), at("moi-2", "https://khac.example")];
        let both = [("moi-1", "cu"), ("moi-2", "cu")];
        assert_eq!(names(two, &both, vec![c("cu")]), ["moi-1/website=cu/website"]);
        assert_eq!(names(vec![c("moi-1"), c("moi-2")], &both, vec![c("cu")]), [""; 0]);
    }
}
