//! Rows that move from state to state set by set, with the tallies.

use super::local::row;
use super::{Result, Tx, code, params};
use crate::domain::delivery::State;

row! {
    struct Changed {
        occurrence_id: i64,
        state: i16,
        n: i64,
    }
}

/// Moves all rows of a condition to a settled or waiting state, tallies with them. The condition names source states whose
/// edges to `to` exist; it holds no text from outside.
pub(super) async fn set_where(tx: &Tx, condition: &str, to: State, why: &str, now: i64) -> Result<u64> {
    let settled = to.is_settled().then_some(now);
    let held = matches!(to, State::Held).then_some(why);
    let cause = to.is_settled().then_some(why);
    let set = "state = $1, held_by = $2, cause_code = COALESCE($3, delivery.cause_code), settled_at = $4, updated_at = $5";
    let bound = params![code(to), held, cause, settled, now];
    let before: Vec<Changed> = if tx.is_sqlite() {
        // One writer: nothing moves between the count and the update.
        let before = tx
            .read(
                &format!(
                    // `+`: grouped by no index, which would be read from end to end for a handful of rows.
                    "SELECT occurrence_id, state, count(*) AS n FROM delivery WHERE {condition} GROUP BY +occurrence_id, +state"
                ),
                vec![],
            )
            .await?;
        if !before.is_empty() {
            // OR FAIL: its transaction goes with it, so that pages need not be kept as they were before it.
            tx.exec(&format!("UPDATE OR FAIL delivery SET {set} WHERE {condition}"), bound).await?;
        }
        before
    } else {
        // What is counted is what was locked and moved, in one statement.
        tx.read(
            &format!(
                "WITH picked AS (SELECT id, planned_for, occurrence_id, state FROM delivery WHERE {condition} \
                                 ORDER BY id FOR UPDATE), \
                 moved AS (UPDATE delivery SET {set} FROM picked WHERE delivery.id = picked.id \
                           AND delivery.planned_for = picked.planned_for \
                           RETURNING picked.occurrence_id, picked.state) \
                 SELECT occurrence_id, state, count(*) AS n FROM moved GROUP BY occurrence_id, state"
            ),
            bound,
        )
        .await?
    };
    if before.is_empty() {
        return Ok(0);
    }
    let mut deltas = Vec::new();
    let mut total = 0;
    for b in before {
        deltas.push((b.occurrence_id, b.state, -b.n));
        deltas.push((b.occurrence_id, code(to), b.n));
        total += b.n;
    }
    let mut merged = std::collections::BTreeMap::<(i64, i16), i64>::new();
    for (o, s, n) in deltas {
        *merged.entry((o, s)).or_default() += n;
    }
    tx.tally_add(merged.into_iter().map(|((o, s), n)| (o, s, n))).await?;
    Ok(total as u64)
}
