//! What is asked after every fault: is anybody lost, did anybody get it twice, is more unknown than may be, and does the ledger
//! say what the far side saw?

use std::collections::BTreeSet;

use loa::domain::delivery::State;
use loa::domain::id::{Origin, WireKey};
use loa::store::DeliveryRow;

use super::chaos::{WINDOW, World};

/// What a run came to.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    /// People on the list.
    pub mails: usize,
    /// Daemons killed.
    pub kills: usize,
    /// Answers that the far side or the wire left out, and that could be ambiguous.
    pub ambiguous: usize,
    /// Rows that say sent.
    pub sent: usize,
    /// Rows that say unknown, of which the far side has the mail.
    pub unknown_there: usize,
    /// Rows that say unknown, of which it has not.
    pub unknown_not_there: usize,
    /// Rows that were given up after stated answers.
    pub failed: usize,
    /// The most that may be unknown: W for each kill, and one for each ambiguous answer.
    pub bound: usize,
    /// Keys that the far side took more than once.
    pub doubled: usize,
    /// People without a mail and without an explanation in the ledger.
    pub lost: usize,
    /// How long it took.
    pub seconds: f64,
    /// All that is not as it must be. Empty: the promise was kept.
    pub complaints: Vec<String>,
}

impl Verdict {
    /// Heads of the columns of [`Verdict::row`].
    pub const HEAD: &str = "| scenario | mails | kills | ambiguous | sent | unknown (came, did not) | bound | given up | doubled \
                            | lost | seconds |\n|---|---|---|---|---|---|---|---|---|---|---|";

    /// A row of a table.
    pub fn row(&self, name: &str) -> String {
        format!(
            "| {name} | {} | {} | {} | {} | {} ({}, {}) | {} | {} | {} | {} | {:.1} |",
            self.mails,
            self.kills,
            self.ambiguous,
            self.sent,
            self.unknown(),
            self.unknown_there,
            self.unknown_not_there,
            self.bound,
            self.failed,
            self.doubled,
            self.lost,
            self.seconds
        )
    }

    /// Rows that say unknown.
    pub fn unknown(&self) -> usize {
        self.unknown_there + self.unknown_not_there
    }
}

/// A row's key, as the far side sees it.
pub fn key(r: &DeliveryRow) -> String {
    WireKey::new(&Origin::stored(r.origin.clone()), &r.sending, &r.slot, &r.target_ref).hex()
}

/// Looks at the ledger of a world whose daemons have ended.
///
/// # Panics
/// If the ledger cannot be read.
pub async fn judge(w: &mut World) -> Verdict {
    let seconds = w.began.elapsed().as_secs_f64();
    let rows = w.office.ledger().await;
    let store = w.office.store().await;
    let taken = w.sink.keys();
    let wire = w.wire.as_ref().map_or(0, super::proxy::Proxy::cuts);
    let mut v = Verdict {
        mails: w.setup.mails,
        kills: w.kills,
        ambiguous: w.sink.ambiguous() + wire,
        doubled: taken.values().filter(|n| **n > 1).count(),
        seconds,
        complaints: std::mem::take(&mut w.complaints),
        ..Verdict::default()
    };
    v.bound = WINDOW * v.kills + v.ambiguous;
    let mut say = |what: String| v.complaints.push(what);
    let mut interrupted = 0;
    let keys: BTreeSet<String> = rows.iter().map(key).collect();
    if rows.len() != v.mails || keys.len() != v.mails {
        say(format!("{} rows with {} keys for {} people", rows.len(), keys.len(), v.mails));
    }
    for stranger in taken.keys().filter(|k| !keys.contains(*k)) {
        say(format!("{stranger} was taken and has no row"));
    }
    for r in &rows {
        let there = taken.contains_key(&key(r));
        let tries = if r.state() == State::Sent {
            vec![]
        } else {
            store.attempts_of(r.id()).await.expect("attempts")
        };
        match r.state() {
            State::Sent => {
                v.sent += 1;
                if !there {
                    v.lost += 1;
                    say(format!("T-{} says sent and never came", r.code));
                }
            }
            State::Unknown => {
                if there {
                    v.unknown_there += 1;
                } else {
                    v.unknown_not_there += 1;
                }
                interrupted += usize::from(r.cause_code.as_deref() == Some("interrupted"));
                // The last try is what is unknown; whatever was tried before has its answer.
                let last = tries.last().and_then(|t| t.outcome.as_deref());
                let before = tries.iter().rev().skip(1);
                let answered =
                    before.map(|t| t.outcome.as_deref()).all(|o| o.is_some_and(|o| o != "unknown"));
                if last != Some("unknown") || !answered {
                    say(format!("T-{} is unknown after {tries:?}", r.code));
                }
            }
            // Given up, visibly: every try has an answer that says no.
            State::Failed | State::Rejected => {
                v.failed += 1;
                let explained = tries.iter().all(|t| t.outcome.as_deref().is_some_and(|o| o != "unknown"));
                if there || tries.is_empty() || !explained {
                    v.lost += 1;
                    say(format!("T-{} is {:?}, came: {there}, after {tries:?}", r.code, r.state()));
                }
            }
            other @ (State::Planned
            | State::Due
            | State::Leased
            | State::Sending
            | State::Held
            | State::Cancelled
            | State::Expired) => {
                v.lost += 1;
                say(format!("T-{} was left {other:?}, came: {there}, after {tries:?}", r.code));
            }
        }
    }
    v.lost += v.mails.saturating_sub(rows.len());
    if v.doubled > 0 {
        let twice: Vec<_> = taken.iter().filter(|t| *t.1 > 1).take(5).collect();
        say(format!("taken more than once: {twice:?}"));
    }
    if interrupted > WINDOW * v.kills {
        say(format!("{interrupted} interrupted after {} kills", v.kills));
    }
    let unclear = v.unknown_there + v.unknown_not_there - interrupted;
    if unclear > v.ambiguous {
        say(format!("{unclear} unclear answers, and only {} were left out", v.ambiguous));
    }
    let tallies = store.tally_check().await.expect("tallies");
    if !tallies.is_empty() {
        say(format!("tallies differ from the rows: {tallies:?}"));
    }
    v
}
