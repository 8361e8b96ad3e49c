//! Asks the accounts that can answer (members of a chat) about rows they accepted: some per turn, errors told and not fatal.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::outcome::{Cause, Receipt};
use crate::store::{ReachAsk, Store, StoreError};
use crate::transport::Transport;

/// Most rows asked about per account and turn.
const PER_TURN: i64 = 50;
/// Between two turns.
const EVERY: TimeDelta = TimeDelta::minutes(5);
/// A row about which no answer came is asked about again after this time…
const AGAIN: TimeDelta = TimeDelta::hours(6);
/// …until it is this old.
const OLDEST: TimeDelta = TimeDelta::days(3);
/// Longest time one account may take for a turn.
const PATIENCE: Duration = Duration::from_secs(120);

/// What a turn did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReachTick {
    /// Rows asked about.
    pub asked: u64,
    /// Figures that came.
    pub figures: u64,
    /// Accounts that could not be asked, and why.
    pub failures: Vec<(String, Cause)>,
    /// There was more to ask than one turn takes.
    pub more: bool,
    /// When the next turn makes sense; `None`: no account can be asked anything.
    pub next_wake: Option<DateTime<Utc>>,
}

/// One turn over the accounts. An account that fails is asked again later; it does not keep the others from answering.
///
/// # Errors
/// The database's.
pub async fn tick(
    store: &Store,
    asks: &[(String, Arc<dyn Transport>)],
    now: DateTime<Utc>,
) -> Result<ReachTick, StoreError> {
    let mut out = ReachTick::default();
    for (account, transport) in asks {
        if !transport.capabilities().reach {
            continue;
        }
        let since = (now - OLDEST).timestamp_millis();
        let before = (now - AGAIN).timestamp_millis();
        let rows = store.reach_ask(account, since, before, PER_TURN).await?;
        let more = rows.len() as i64 == PER_TURN;
        out.more |= more;
        let wake = if more { now + TimeDelta::seconds(1) } else { now + EVERY };
        out.next_wake = Some(out.next_wake.map_or(wake, |w| w.min(wake)));
        if rows.is_empty() {
            continue;
        }
        // Asked from now on, whatever comes of it: a far side that never answers is not asked without pause.
        store.reach_asked(&rows, now.timestamp_millis()).await?;
        for group in groups(rows) {
            let receipts: Vec<Receipt> = group.iter().map(|r| Receipt::new(r.receipt.clone())).collect();
            let targets: Vec<String> = group.iter().map(|r| store.reach_address(r)).collect();
            out.asked += group.len() as u64;
            let answer = tokio::time::timeout(PATIENCE, transport.reach(&receipts, &targets, now)).await;
            let figures = match answer.unwrap_or_else(|_| Err(Cause::new("no_answer", "no answer in time"))) {
                Ok(f) => f,
                Err(cause) => {
                    tracing::warn!(
                        account,
                        code = cause.code,
                        detail = cause.detail,
                        "reach: the account could not be asked"
                    );
                    out.failures.push((account.clone(), cause));
                    break;
                }
            };
            for row in &group {
                let own: Vec<_> = figures.iter().filter(|f| f.receipt == row.receipt).cloned().collect();
                if !own.is_empty() {
                    store.reach_put(row.id, row.planned_for, &own).await?;
                    out.figures += own.len() as u64;
                }
            }
        }
    }
    Ok(out)
}

/// Rows cut so that no receipt occurs twice in a group: a far side may number the messages of each chat from one.
fn groups(rows: Vec<ReachAsk>) -> Vec<Vec<ReachAsk>> {
    let mut out: Vec<(HashSet<String>, Vec<ReachAsk>)> = vec![];
    for row in rows {
        match out.iter_mut().find(|(seen, _)| !seen.contains(&row.receipt)) {
            Some((seen, group)) => {
                seen.insert(row.receipt.clone());
                group.push(row);
            }
            None => out.push((HashSet::from([row.receipt.clone()]), vec![row])),
        }
    }
    out.into_iter().map(|(_, group)| group).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_receipts_are_asked_apart() {
        let row = |id, receipt: &str| ReachAsk {
            id,
            planned_for: 0,
            account: "a".into(),
            receipt: receipt.into(),
            address_enc: None,
        };
        let g = groups(vec![row(1, "7"), row(2, "8"), row(3, "7"), row(4, "7"), row(5, "8")]);
        let ids: Vec<Vec<i64>> = g.iter().map(|g| g.iter().map(|r| r.id).collect()).collect();
        assert_eq!(ids, [vec![1, 2], vec![3, 5], vec![4]]);
    }
}
