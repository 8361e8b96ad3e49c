//! How what is no plain word is said: abbreviations, and the parts of addresses. A workspace's own entries
//! (`campaigns/doc-la.yaml`) come before those that are built in.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

/// Entries of a workspace. Abbreviations are told apart by case (`TS`, `Ts`), parts of addresses are not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lexicon {
    /// `UBND` and what is said for it.
    pub abbreviations: BTreeMap<String, String>,
    /// `tenmien`, `vn` and what is said for them.
    pub addresses: BTreeMap<String, String>,
}

type Table = BTreeMap<&'static str, &'static str>;

fn table(text: &'static str) -> Table {
    text.lines()
        .filter(|l| !l.starts_with('#'))
        .filter_map(|l| l.split_once('\t'))
        .map(|(k, v)| (k.trim(), v.trim()))
        .collect()
}

static ABBREVIATIONS: LazyLock<Table> = LazyLock::new(|| table(include_str!("abbreviations.tsv")));
static ADDRESSES: LazyLock<Table> = LazyLock::new(|| table(include_str!("addresses.tsv")));
static PAPERS: LazyLock<Table> = LazyLock::new(|| table(include_str!("papers.tsv")));
static LONGEST: LazyLock<usize> =
    LazyLock::new(|| ABBREVIATIONS.keys().map(|k| k.chars().count()).max().unwrap_or(0));

impl Lexicon {
    /// What is said for an abbreviation.
    pub fn abbreviation(&self, word: &str) -> Option<&str> {
        self.abbreviations.get(word).map(String::as_str).or_else(|| ABBREVIATIONS.get(word).copied())
    }

    /// What is said for a part of an address (`vn`, `tenmien`).
    pub fn address(&self, part: &str) -> Option<&str> {
        let part = part.to_lowercase();
        self.addresses.get(&part).map(String::as_str).or_else(|| ADDRESSES.get(part.as_str()).copied())
    }

    /// Characters of the longest abbreviation.
    pub(super) fn longest(&self) -> usize {
        self.abbreviations.keys().map(|k| k.chars().count()).max().unwrap_or(0).max(*LONGEST)
    }
}

/// What the letters of a document's number say: `KH` is `kế hoạch`, `CP` is `Chính phủ`. Elsewhere they may mean something else.
pub(super) fn paper(letters: &str) -> Option<&'static str> {
    PAPERS.get(letters).copied()
}

/// What is built in: abbreviations, and the parts of addresses.
pub fn built_in() -> (&'static Table, &'static Table) {
    (&ABBREVIATIONS, &ADDRESSES)
}
