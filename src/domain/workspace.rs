//! A workspace as it was read: everything that `campaigns/` says, checked.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::calendar::Calendars;
use super::campaign::{AssetUse, Campaign, Class, KitExemption, Post, Selector};
use super::fact::Fact;
use super::id::{AssetId, FactId, GroupId, ListId, PersonId, UnitId};
use super::kit::Asset;
use super::people::Person;
use super::speech::Lexicon;
use super::unit::{Channel, Closed, ContactList, Family, Group, Unit};

/// Registers of which a part could not be read: what is missing there is not gone, and what was applied of it stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incomplete {
    /// Units and their channels (`units.yaml` and its tables).
    pub units: bool,
    /// `facts.yaml`.
    pub facts: bool,
    /// `media-kit.yaml`, of which nothing could be read.
    #[serde(default)]
    pub kit: bool,
}

/// Everything under `campaigns/` that is free of faults. A post with a fault is left out; the rest goes on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Workspace {
    /// Units by id, closed ones not among them.
    pub units: BTreeMap<UnitId, Unit>,
    /// Closed units with their successors.
    pub closed: BTreeMap<UnitId, Closed>,
    /// Groups by id.
    pub groups: BTreeMap<GroupId, Group>,
    /// Lists by id.
    pub lists: BTreeMap<ListId, ContactList>,
    /// Staff by id.
    pub people: BTreeMap<PersonId, Person>,
    /// Facts by id.
    pub facts: BTreeMap<FactId, Fact>,
    /// The media kit by id.
    pub kit: BTreeMap<AssetId, Asset>,
    /// How abbreviations and addresses are said, beside what is built in.
    #[serde(default)]
    pub lexicon: Lexicon,
    /// Calendars by year.
    pub calendars: Calendars,
    /// Campaigns in the order of their folders' names.
    pub campaigns: Vec<Campaign>,
    /// What could not be read in whole.
    pub incomplete: Incomplete,
}

impl Workspace {
    /// Why a post needs nothing of the media kit, if it is of a class that does and uses none of its assets.
    pub fn without_kit<'a>(&self, c: &'a Campaign, p: &Post) -> Option<&'a KitExemption> {
        let official = |u: &AssetUse| self.kit.get(&u.asset).is_some_and(Asset::is_official);
        let needs = p.class == Class::Policy && !p.assets.iter().any(official);
        needs.then(|| c.kit_exemption(p.id.as_str())).flatten()
    }

    /// The channels that selectors choose, each once, in the order of the selectors; lists choose none.
    pub fn channels_of(&self, family: Family, to: &[Selector], except: &[Selector]) -> Vec<&Channel> {
        let out: Vec<UnitId> = except.iter().flat_map(|s| self.units_of(s)).collect();
        let mut seen = std::collections::BTreeSet::new();
        to.iter()
            .flat_map(|s| self.units_of(s))
            .filter(|u| !out.contains(u))
            .filter(|u| seen.insert(u.clone()))
            .filter_map(|u| self.units.get(&u)?.channels.get(&family))
            .collect()
    }

    /// The units a selector means: a closed unit means its successors.
    pub fn units_of(&self, s: &Selector) -> Vec<UnitId> {
        match s {
            Selector::Unit(u) => match self.closed.get(u) {
                Some(c) => c.successors.clone(),
                None => vec![u.clone()],
            },
            Selector::Group(g) => self.groups.get(g).map(|g| g.units.clone()).unwrap_or_default(),
            Selector::List(_) => vec![],
            Selector::All => self.units.keys().cloned().collect(),
        }
    }

    /// The lists that selectors choose.
    pub fn lists_of<'a>(&'a self, to: &'a [Selector]) -> impl Iterator<Item = &'a ContactList> {
        to.iter().filter_map(|s| if let Selector::List(l) = s { self.lists.get(l) } else { None })
    }
}
