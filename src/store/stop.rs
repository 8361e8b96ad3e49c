//! Texts that a channel refuses: after some refusals in a row of one revision on one account, what is left of it there is held.
//!
//! Row by row, not by the occurrence's gate: a sending may go by several accounts, and the others may take it. A stop is about a
//! revision: once the occurrence has another text the rows go on by themselves. See docs/decisions/0017.

use std::collections::BTreeMap;

use sea_orm::FromQueryResult;

use super::ledger::Settle;
use super::local::row;
use super::{Col, Result, Store, Tx, code, params};
use crate::domain::delivery::State;
use crate::domain::people::Actor;

/// Refusals of a text in a row, no acceptance between them, after which it stops. One mailbox's own filter is no reason to stop
/// a list, and a list must not be burnt to learn that everybody refuses.
pub const CONTENT_RUN: i64 = 3;

/// Rows held, or let go, in one transaction: a list of a million must not keep the writer from everything else. What is not held
/// yet does not go either, for each intent asks whether its text is stopped.
const AT_ONCE: i64 = 5000;

/// Why such rows are held.
pub const CONTENT_STOP: &str = "content_stopped";

/// What could not be made into a message, each row found by itself: what was missing is the post's, and may be there now.
pub const UNSENDABLE: [&str; 4] = ["no_file", "no_address", "no_opt_out", "no_public_url"];

/// A stop in force with what it holds.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct ContentStop {
    /// Its post.
    pub origin: String,
    /// The text that was refused.
    pub revision_id: i64,
    /// The account.
    pub account: String,
    /// Why: a stable word.
    pub cause_code: Option<String>,
    /// What the far side said.
    pub cause_detail: Option<String>,
    /// Since when, milliseconds.
    pub stopped_at: i64,
    /// Rows held by it.
    pub n: i64,
}

/// True for the rows of a delivery whose text is stopped on its account.
const STOPPED: &str = "EXISTS (SELECT 1 FROM content_stop cs JOIN occurrence o ON o.revision_id = cs.revision_id \
     WHERE o.id = delivery.occurrence_id AND cs.account = delivery.account AND cs.released_at IS NULL)";

/// Rows that wait and whose text is stopped. Found by the few occurrences of such a text; a list that is being sent with
/// another one is not looked through.
const TO_HOLD: &str = "state IN (0,1) AND occurrence_id IN (SELECT o.id FROM occurrence o \
     JOIN content_stop cs ON cs.revision_id = o.revision_id WHERE cs.released_at IS NULL)";

/// True if rows may be held by a stop that ended, or whose post has another text now.
const MOVED: &str = "EXISTS (SELECT 1 FROM content_stop cs JOIN revision r ON r.id = cs.revision_id \
     JOIN occurrence o ON o.origin = r.origin JOIN tally t ON t.occurrence_id = o.id AND t.state = 5 AND t.n > 0 \
     WHERE cs.holds = 1 AND (cs.released_at IS NOT NULL OR o.revision_id <> cs.revision_id))";

row! {
    struct Text {
        revision_id: i64,
        account: String,
        origin: String,
    }
}

/// Looks at what was refused for its content, in an open transaction that has recorded it: three in a row stop the text.
pub(super) async fn content_refused(tx: &Tx, refused: &[&Settle]) -> Result<()> {
    if refused.is_empty() {
        return Ok(());
    }
    let ids = refused.iter().map(|s| params![s.id.0, s.planned_for]).collect();
    let mut texts: Vec<Text> = tx
        .each(&[("id", Col::Int), ("p", Col::Int)], ids, vec![], |rows| {
            format!(
                "SELECT DISTINCT d.revision_id, d.account, r.origin FROM delivery d \
                 JOIN revision r ON r.id = d.revision_id{and_them} WHERE d.id = j.id AND d.planned_for = j.p",
                and_them = rows.and
            )
        })
        .await?;
    texts.sort_by(|a, b| (a.revision_id, &a.account).cmp(&(b.revision_id, &b.account)));
    texts.dedup_by(|a, b| (a.revision_id, &a.account) == (b.revision_id, &b.account));
    for t in texts {
        // Out of the account's last tries alone, by the index of rates: what it costs does not grow with the ledger. Where one was
        // taken at the same instant, the doubt is the text's.
        let run = tx
            .int(
                "SELECT CAST(COALESCE(sum(CASE WHEN outcome = 'rejected_content' THEN 1 ELSE 0 END), 0) AS bigint) FROM ( \
                   SELECT a.outcome FROM (SELECT delivery_id, planned_for, outcome, opened_at FROM attempt \
                                          WHERE account = $1 ORDER BY opened_at DESC LIMIT 1000) AS a \
                   JOIN delivery d ON d.id = a.delivery_id AND d.planned_for = a.planned_for \
                   WHERE d.revision_id = $2 AND a.outcome IN ('accepted', 'rejected_content') \
                     AND a.opened_at > COALESCE((SELECT released_at FROM content_stop \
                                                 WHERE revision_id = $2 AND account = $1), 0) \
                   ORDER BY a.opened_at DESC, CASE WHEN a.outcome = 'accepted' THEN 0 ELSE 1 END LIMIT $3) AS x",
                params![t.account.as_str(), t.revision_id, CONTENT_RUN],
            )
            .await?
            .unwrap_or(0);
        if run < CONTENT_RUN {
            continue;
        }
        let Some(last) = refused.iter().rev().find(|s| s.account == t.account) else { continue };
        let (code, detail) = last.cause.clone().unwrap_or_default();
        let n = tx
            .exec(
                "INSERT INTO content_stop (revision_id, account, cause_code, cause_detail, stopped_at) \
                 VALUES ($1,$2,$3,$4,$5) ON CONFLICT (revision_id, account) DO UPDATE SET cause_code = excluded.cause_code, \
                   cause_detail = excluded.cause_detail, stopped_at = excluded.stopped_at, released_at = NULL, \
                   released_by = NULL, holds = 1 WHERE content_stop.released_at IS NOT NULL",
                params![t.revision_id, t.account.as_str(), code.as_str(), detail.as_str(), last.at],
            )
            .await?;
        // What was expanded since is held with the rest.
        let held = hold(tx, last.at).await?;
        if n == 0 {
            continue; // it is stopped already; these were under way
        }
        tx.audit(
            last.at,
            &Actor::system(),
            "content.stop",
            &t.origin,
            serde_json::json!({ "account": t.account, "revision": t.revision_id, "cause": code, "detail": detail, "held": held }),
        )
        .await?;
    }
    Ok(())
}

/// Moves at most `most` rows, tallies with them. `some` is what follows `FROM` and calls the rows `d`; all are in the state `from`.
/// What another transaction has in hand is left for the next turn.
async fn move_some(tx: &Tx, some: &str, from: State, to: State, most: i64, now: i64) -> Result<i64> {
    let lock = if tx.is_sqlite() { "" } else { " FOR UPDATE OF d SKIP LOCKED" };
    let held = (to == State::Held).then_some(CONTENT_STOP);
    let moved = tx
        .ints(
            &format!(
                "WITH picked AS MATERIALIZED (SELECT d.id, d.planned_for FROM {some} LIMIT {most}{lock}) \
                 UPDATE delivery SET state = $1, held_by = $2, updated_at = $3 FROM picked \
                 WHERE delivery.id = picked.id AND delivery.planned_for = picked.planned_for \
                 RETURNING delivery.occurrence_id"
            ),
            params![code(to), held, now],
        )
        .await?;
    let mut of = BTreeMap::<i64, i64>::new();
    for &occurrence in &moved {
        *of.entry(occurrence).or_default() += 1;
    }
    tx.tally_add(of.iter().flat_map(|(&o, &n)| [(o, code(from), -n), (o, code(to), n)])).await?;
    Ok(moved.len() as i64)
}

/// The deliveries of an occurrence by their state: on SQLite, which has no statistics, the index is named.
fn by_occurrence(tx: &Tx) -> &'static str {
    if tx.is_sqlite() { "delivery d INDEXED BY delivery_occurrence" } else { "delivery d" }
}

/// Holds rows of stopped texts, [`AT_ONCE`], in an open transaction; [`needed`] says whether there are more.
pub(super) async fn hold(tx: &Tx, now: i64) -> Result<u64> {
    let mut n = 0;
    // What could be claimed first.
    for from in [State::Due, State::Planned] {
        let some = format!(
            "content_stop cs JOIN occurrence o ON o.revision_id = cs.revision_id JOIN {} \
               ON d.occurrence_id = o.id AND d.state = {} AND d.account = cs.account WHERE cs.released_at IS NULL",
            by_occurrence(tx),
            code(from)
        );
        n += move_some(tx, &some, from, State::Held, AT_ONCE - n, now).await?;
    }
    if n > 0 {
        tx.exec("UPDATE content_stop SET holds = 1 WHERE holds = 0 AND released_at IS NULL", vec![]).await?;
    }
    Ok(n as u64)
}

/// Lets rows go whose text is no longer stopped, [`AT_ONCE`]: it was mended, or somebody released it.
pub(super) async fn let_go(tx: &Tx, now: i64) -> Result<u64> {
    let moved = format!("SELECT CAST(CASE WHEN {MOVED} THEN 1 ELSE 0 END AS bigint)");
    if tx.int(&moved, vec![]).await? != Some(1) {
        return Ok(0);
    }
    let mut n = 0;
    for (to, when) in [(State::Due, "<="), (State::Planned, ">")] {
        let some = format!(
            "{} WHERE d.state = 5 AND d.held_by = '{CONTENT_STOP}' AND d.due_at {when} {now} \
               AND d.occurrence_id IN (SELECT o.id FROM content_stop cs JOIN revision r ON r.id = cs.revision_id \
                                       JOIN occurrence o ON o.origin = r.origin WHERE cs.holds = 1) \
               AND NOT EXISTS (SELECT 1 FROM content_stop cs JOIN occurrence o ON o.revision_id = cs.revision_id \
                               WHERE o.id = d.occurrence_id AND cs.account = d.account AND cs.released_at IS NULL)",
            by_occurrence(tx)
        );
        n += move_some(tx, &some, State::Held, to, AT_ONCE - n, now).await?;
    }
    tx.exec(
        "UPDATE content_stop SET holds = 0 WHERE holds = 1 AND NOT EXISTS (SELECT 1 FROM revision r \
           JOIN occurrence o ON o.origin = r.origin JOIN delivery d ON d.occurrence_id = o.id AND d.state = 5 \
           AND d.held_by = $1 WHERE r.id = content_stop.revision_id)",
        params![CONTENT_STOP],
    )
    .await?;
    Ok(n as u64)
}

/// SQL that is true if [`hold`] or [`let_go`] would change something.
pub(super) fn needed() -> String {
    format!(
        "EXISTS (SELECT 1 FROM content_stop) AND ({MOVED} OR EXISTS (SELECT 1 FROM delivery WHERE {TO_HOLD} AND {STOPPED}))"
    )
}

impl Store {
    /// Stops in force, the oldest first, with how many rows each holds.
    ///
    /// # Errors
    /// The database's.
    pub async fn content_stops(&self) -> Result<Vec<ContentStop>> {
        self.rows(
            "SELECT r.origin, cs.revision_id, cs.account, cs.cause_code, cs.cause_detail, cs.stopped_at, \
                    (SELECT count(*) FROM delivery d JOIN occurrence o ON o.id = d.occurrence_id \
                     WHERE o.revision_id = cs.revision_id AND d.account = cs.account AND d.state = 5 \
                       AND d.held_by = 'content_stopped') AS n \
             FROM content_stop cs JOIN revision r ON r.id = cs.revision_id WHERE cs.released_at IS NULL \
               AND EXISTS (SELECT 1 FROM occurrence o WHERE o.revision_id = cs.revision_id AND o.cancelled_at IS NULL) \
             ORDER BY cs.stopped_at, r.origin, cs.account",
            vec![],
        )
        .await
    }

    /// Lets rows of a post or campaign that could not be made into a message ([`UNSENDABLE`]) try again; `all`: of everything. How many.
    ///
    /// # Errors
    /// The database's.
    pub async fn unsendable_release(&self, origin: &str, actor: &Actor, now: i64) -> Result<u64> {
        let tx = self.begin().await?;
        let of_it = tx
            .ints(
                "SELECT id FROM occurrence WHERE cancelled_at IS NULL AND ($1 = 'all' OR origin = $1 \
                   OR origin LIKE replace($1, '_', '\\_') || '/%' ESCAPE '\\') \
                   AND id IN (SELECT occurrence_id FROM tally WHERE state = 5 AND n > 0)",
                params![origin],
            )
            .await?;
        let (mut n, reasons) = (0, UNSENDABLE.map(|r| format!("'{r}'")).join(","));
        for id in of_it {
            for (due, state) in [("due_at > ", State::Planned), ("due_at <= ", State::Due)] {
                let held =
                    format!("state = 5 AND held_by IN ({reasons}) AND occurrence_id = {id} AND {due}{now}");
                n += super::moves::set_where(&tx, &held, state, "released", now).await?;
            }
        }
        if n > 0 {
            tx.audit(now, actor, "delivery.release", origin, serde_json::json!({ "rows": n })).await?;
        }
        tx.commit().await?;
        Ok(n)
    }

    /// Lets the refused texts of a post or campaign go as they are; `all`: of everything. How many stops that ends.
    ///
    /// # Errors
    /// The database's.
    pub async fn content_release(&self, origin: &str, actor: &Actor, now: i64) -> Result<u64> {
        let tx = self.begin().await?;
        let n = tx
            .exec(
                "UPDATE content_stop SET released_at = $2, released_by = $3 WHERE released_at IS NULL AND ($1 = 'all' \
                   OR revision_id IN (SELECT id FROM revision WHERE origin = $1 \
                                      OR origin LIKE replace($1, '_', '\\_') || '/%' ESCAPE '\\'))",
                params![origin, now, actor.name.as_str()],
            )
            .await?;
        if n > 0 {
            tx.audit(now, actor, "content.release", origin, serde_json::json!({ "stops": n })).await?;
        }
        tx.commit().await?;
        Ok(n)
    }
}
