//! Does the ledger say what the outbox holds?

use std::collections::BTreeSet;
use std::path::Path;

use crate::cli::Stop;
use crate::domain::delivery::{State, code_letters};
use crate::domain::id::{Origin, WireKey};
use crate::store::DeliveryRow;

/// Ledger against outbox.
#[derive(Debug, Default)]
pub(super) struct Verdict {
    /// Rows said to be sent and no message in the outbox.
    pub missing: Vec<String>,
    /// Messages in the outbox whose row says otherwise.
    pub extra: Vec<String>,
    /// Messages compared.
    pub compared: usize,
    /// Rows where the tallies differ.
    pub tally: usize,
}

impl Verdict {
    pub fn good(&self) -> bool {
        self.missing.is_empty() && self.extra.is_empty() && self.tally == 0
    }
}

/// Every row that says "accepted" has its message in the outbox, once; every message there belongs to a row that says "accepted" or
/// "unknown". Station rows travel on their sheet and have none of their own.
pub(super) fn compare(rows: &[DeliveryRow], outbox: &Path) -> Result<Verdict, Stop> {
    let mut taken: BTreeSet<String> = BTreeSet::new();
    if outbox.is_dir() {
        for account in std::fs::read_dir(outbox)? {
            for file in std::fs::read_dir(account?.path())? {
                let name = file?.file_name().to_string_lossy().into_owned();
                if let Some((key, _)) = name.split_once("--") {
                    taken.insert(key.to_owned());
                }
            }
        }
    }
    let mut verdict = Verdict { compared: taken.len(), ..Verdict::default() };
    let mut known = BTreeSet::new();
    for r in rows {
        if r.account == crate::store::BY_SHEET {
            continue;
        }
        let key = WireKey::new(&Origin::stored(r.origin.clone()), &r.sending, &r.slot, &r.target_ref).hex();
        let there = taken.contains(&key);
        match r.state() {
            State::Sent if !there => verdict.missing.push(code_letters(r.code)),
            State::Sent | State::Unknown => {}
            State::Planned
            | State::Due
            | State::Leased
            | State::Sending
            | State::Held
            | State::Rejected
            | State::Failed
            | State::Cancelled
            | State::Expired => {
                if there {
                    verdict.extra.push(code_letters(r.code));
                }
            }
        }
        known.insert(key);
    }
    verdict.extra.extend(taken.difference(&known).cloned());
    Ok(verdict)
}
