//! Outcome to ledger: what happens to the row, to the address and to the account. No wildcard: a seventh outcome does not
//! compile until it is decided here.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Lane, ms};
use crate::domain::delivery::Event;
use crate::domain::outcome::{Fault, Outcome, Scope};
use crate::store::{AccountEffect, Claimed, NodeId, Settle};

/// What an outcome does.
pub(super) fn settle(
    lane: &Lane,
    node: NodeId,
    row: &Claimed,
    attempt: i16,
    outcome: Outcome,
    at: DateTime<Utc>,
    chance: f64,
) -> Settle {
    let spent = u32::try_from(row.attempts).unwrap_or(0) + 1;
    let word = outcome.word();
    let in_ = |d: std::time::Duration| Some(ms(at + TimeDelta::from_std(d).unwrap_or(TimeDelta::days(1))));
    let mut s = Settle {
        id: row.id,
        planned_for: row.planned_for,
        node,
        attempt,
        event: Event::Lost,
        outcome: word,
        spend: true,
        cause: outcome.cause().map(|c| (c.code.clone(), c.detail.clone())),
        receipt: None,
        receipt_url: None,
        pending: false,
        due_at: None,
        suppress: false,
        account: lane.account.clone(),
        counted: lane.counted(),
        effect: AccountEffect::Fine,
        at: ms(at),
    };
    match outcome {
        Outcome::Accepted(receipt) => {
            s.event = Event::Accepted;
            s.receipt = Some(receipt.id);
            s.receipt_url = receipt.url;
            s.pending = receipt.pending;
            s.cause = receipt.note.map(|note| ("accepted".to_owned(), note));
        }
        Outcome::Retry { after, cause: _ } => {
            s.effect = AccountEffect::Nothing;
            match lane.policy.wait(spent, after, chance) {
                Some(wait) => {
                    s.event = Event::Again;
                    s.due_at = in_(wait);
                }
                None => s.event = Event::GiveUp,
            }
        }
        Outcome::Throttled { after, scope, cause: _ } => {
            s.event = Event::Again;
            s.effect = AccountEffect::Nothing;
            s.spend = false;
            s.due_at = in_(lane.policy.pause(1, after, chance));
            let (for_ms, whom) = (s.due_at.unwrap_or(s.at) - s.at, lane.shared_by.clone());
            s.effect = match scope {
                Scope::Account => AccountEffect::Quiet { for_ms, whom },
                Scope::Target => AccountEffect::QuietTarget { for_ms, whom },
            };
        }
        Outcome::Rejected { fault, cause: _ } => {
            s.event = Event::Refused;
            s.suppress = fault == Fault::Recipient && row.is_contact;
        }
        Outcome::Unknown { cause: _ } => {
            s.event = Event::Lost;
            s.effect = AccountEffect::Ambiguous;
        }
        Outcome::Broken { cause } => {
            s.event = Event::Again;
            s.spend = false;
            s.due_at = Some(ms(at));
            s.effect = AccountEffect::Broken { code: cause.code, detail: cause.detail };
        }
    }
    s
}
