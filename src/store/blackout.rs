//! The end of a blackout: what is still useful is spread over a while, what is not says that a blackout is why.
//!
//! A row's place in the spread is its code, which walks evenly through its range: the same rows go at the same moments
//! whoever computes it, in one statement for a million of them, also for people who are put into the ledger only afterwards.

use sea_orm::FromQueryResult;

use super::moves::set_where;
use super::{Result, Store, Tx, WAITS, params};
use crate::domain::delivery::{CODE_MODULUS, State};
use crate::domain::people::Actor;

/// The longest spread, milliseconds. With it the product of a code and a spread stays below 2^63.
pub const MOST_SPREAD_MS: i64 = 2 * 3_600_000;

/// Why a row expired that a blackout held.
pub const MISSED: &str = "blackout_missed";

/// How the rows of an occurrence go again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resume {
    /// From when, milliseconds.
    pub at: i64,
    /// Over how long, milliseconds; at most [`MOST_SPREAD_MS`].
    pub spread: i64,
    /// Why there was a blackout.
    pub reason: String,
}

/// A blackout that is over.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct EndedBlackout {
    /// `all`, `campaign`, `post` or `family`.
    pub scope: String,
    /// Which.
    pub r: String,
    /// Why.
    pub reason: String,
    /// When it began, milliseconds.
    pub from_at: i64,
    /// When it ended or was lifted, milliseconds.
    pub ended_at: i64,
}

/// What a blackout holds of one post, or would.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct BlackoutPost {
    /// Its post.
    pub origin: String,
    /// Its sending.
    pub sending: String,
    /// Title.
    pub title: String,
    /// Family.
    pub family: String,
    /// When, milliseconds.
    pub due_at: i64,
    /// When it is no longer useful, milliseconds.
    pub expires_at: i64,
    /// Rows in the ledger that wait.
    pub n: i64,
    /// JSON: lists whose people are not in the ledger yet.
    pub lists: String,
    /// JSON: lists left out.
    pub except_lists: String,
}

/// SQL of a condition on `occurrence o` for a hold's scope; `$n` is its reference.
pub(super) fn scope_sql(scope: &str, n: usize) -> String {
    match scope {
        "all" => format!("CAST(${n} AS text) IS NOT NULL"),
        "campaign" => format!("o.origin LIKE replace(${n}, '_', '\\_') || '/%' ESCAPE '\\'"),
        "family" => format!("o.family = ${n}"),
        _ => format!("o.origin = ${n}"),
    }
}

/// SQL for when a row of `occurrence o` is due that is made now; `code` is SQL for its code.
pub(super) fn due_sql(code: &str) -> String {
    format!(
        "CASE WHEN o.due_at < o.resumed_at THEN {} ELSE o.due_at END",
        place_sql(&format!("({code})"), "o.expires_at")
    )
}

/// SQL for a row's moment within the spread of `occurrence o`, always before half of its remaining time is over.
fn place_sql(code: &str, expires: &str) -> String {
    format!(
        "o.resumed_at + {code} * (CASE WHEN {expires} <= o.resumed_at THEN 0 \
           WHEN ({expires} - o.resumed_at) / 2 < o.spread_ms THEN ({expires} - o.resumed_at) / 2 \
           ELSE o.spread_ms END) / {CODE_MODULUS}"
    )
}

/// Gives rows that a blackout held their moments. Those that are not due yet are released as planned.
pub(super) async fn spread(tx: &Tx, now: i64) -> Result<()> {
    let resumed = "SELECT o.id FROM occurrence o WHERE o.gate IS NULL AND o.resumed_at IS NOT NULL";
    tx.exec(
        &format!(
            "UPDATE delivery SET due_at = (SELECT {place} FROM occurrence o WHERE o.id = delivery.occurrence_id) \
             WHERE state = 5 AND held_by = 'blackout' AND due_at <= $1 AND occurrence_id IN ({resumed})",
            place = place_sql("delivery.code", "delivery.expires_at")
        ),
        params![now],
    )
    .await?;
    Ok(())
}

/// Expires what a blackout kept until it was of no use, and says so. How many.
pub(super) async fn expire_missed(tx: &Tx, now: i64) -> Result<u64> {
    let held = set_where(
        tx,
        // `+`: by what expires, and not through all that is held.
        &format!("{WAITS} AND +state = 5 AND held_by = 'blackout' AND expires_at <= {now}"),
        State::Expired,
        MISSED,
        now,
    )
    .await?;
    // Of lists that came into the ledger only after the blackout.
    let late = set_where(
        tx,
        &format!(
            "state IN (0,1) AND expires_at <= {now} AND occurrence_id IN \
               (SELECT id FROM occurrence WHERE resumed_at IS NOT NULL AND resumed_at >= expires_at)"
        ),
        State::Expired,
        MISSED,
        now,
    )
    .await?;
    if held + late > 0 {
        tx.exec(
            "UPDATE delivery SET cause_detail = COALESCE( \
               (SELECT o.blackout FROM occurrence o WHERE o.id = delivery.occurrence_id), \
               (SELECT h.reason FROM hold h JOIN occurrence o ON o.id = delivery.occurrence_id \
                WHERE h.blackout = 1 AND h.from_at <= $1 AND h.released_at IS NULL \
                  AND (h.until_at IS NULL OR h.until_at > o.due_at) ORDER BY h.id DESC LIMIT 1)) \
             WHERE state = 10 AND cause_code = 'blackout_missed' AND settled_at = $1 AND cause_detail IS NULL",
            params![now],
        )
        .await?;
    }
    Ok(held + late)
}

impl EndedBlackout {
    /// True if it was about that post's sendings of that family.
    pub fn covers(&self, origin: &str, family: &str) -> bool {
        super::account::covers(&self.scope, &self.r, origin, family)
    }
}

impl Store {
    /// Blackouts that are over, the one that ended last first.
    ///
    /// # Errors
    /// The database's.
    pub async fn blackouts_ended(&self, now: i64) -> Result<Vec<EndedBlackout>> {
        self.rows(
            "SELECT scope, ref AS r, reason, from_at, ended_at FROM ( \
               SELECT id, scope, ref, reason, from_at, CASE WHEN until_at IS NULL OR until_at > COALESCE(released_at, $1) \
                      THEN COALESCE(released_at, $1) ELSE until_at END AS ended_at \
               FROM hold WHERE blackout = 1 AND (released_at IS NOT NULL OR until_at <= $1)) AS x \
             WHERE from_at < ended_at ORDER BY ended_at DESC, id DESC LIMIT 100",
            params![now],
        )
        .await
    }

    /// Rows that wait in each of these occurrences, out of the tallies.
    ///
    /// # Errors
    /// The database's.
    pub async fn occurrences_waiting(&self, ids: &[i64]) -> Result<i64> {
        let ids: Vec<String> = ids.iter().map(i64::to_string).collect();
        if ids.is_empty() {
            return Ok(0);
        }
        self.int(
            &format!(
                "SELECT CAST(sum(n) AS bigint) FROM tally WHERE n > 0 AND state IN (0,1,5) AND occurrence_id IN ({})",
                ids.join(",")
            ),
            vec![],
        )
        .await
    }

    /// What a blackout of a scope holds that is due before `until` (milliseconds; `None`: whenever), the soonest first. Urgent
    /// posts are not among it.
    ///
    /// # Errors
    /// The database's.
    pub async fn blackout_holds(
        &self,
        scope: &str,
        r: &str,
        until: Option<i64>,
        now: i64,
    ) -> Result<Vec<BlackoutPost>> {
        self.rows(
            &format!(
                "SELECT o.origin, o.sending, r.title, o.family, o.due_at, o.expires_at, \
                        CAST(COALESCE((SELECT sum(t.n) FROM tally t WHERE t.occurrence_id = o.id AND t.state IN (0,1,5)), 0) \
                             AS bigint) AS n, \
                        CASE WHEN o.expanded_at IS NULL THEN o.lists ELSE '[]' END AS lists, o.except_lists \
                 FROM occurrence o JOIN revision r ON r.id = o.revision_id \
                 WHERE o.priority > 0 AND o.cancelled_at IS NULL AND o.expires_at > $2 AND o.due_at < $3 \
                   AND (o.placed_at IS NULL OR (o.expanded_at IS NULL AND o.lists <> '[]') \
                        OR EXISTS (SELECT 1 FROM tally t WHERE t.occurrence_id = o.id AND t.state IN (0,1,5) AND t.n > 0)) \
                   AND {} ORDER BY o.due_at, o.origin, o.sending",
                scope_sql(scope, 1)
            ),
            params![r, now, until.unwrap_or(i64::MAX / 2)],
        )
        .await
    }

    /// Rows that a blackout kept until they were of no use, since an instant: by post, with its reason.
    ///
    /// # Errors
    /// The database's.
    pub async fn blackout_missed(&self, since: i64) -> Result<Vec<(String, String, i64)>> {
        #[derive(FromQueryResult)]
        struct Row {
            origin: String,
            reason: String,
            n: i64,
        }
        let rows: Vec<Row> = self
            .rows(
                "SELECT o.origin, COALESCE(d.cause_detail, '') AS reason, count(*) AS n \
                 FROM delivery d JOIN occurrence o ON o.id = d.occurrence_id \
                 WHERE d.updated_at >= $1 AND d.state = 10 AND d.cause_code = 'blackout_missed' \
                 GROUP BY o.origin, COALESCE(d.cause_detail, '') ORDER BY 1, 2",
                params![since],
            )
            .await?;
        Ok(rows.into_iter().map(|r| (r.origin, r.reason, r.n)).collect())
    }
}

/// What goes again after a blackout.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct ResumedPost {
    /// Its post.
    pub origin: String,
    /// Its sending.
    pub sending: String,
    /// Family.
    pub family: String,
    /// Why there was a blackout.
    pub reason: String,
    /// From when its rows go, milliseconds.
    pub resumed_at: i64,
    /// Over how long, milliseconds.
    pub spread_ms: i64,
    /// Rows in the ledger that still wait.
    pub n: i64,
    /// Rows that expired because of it.
    pub missed: i64,
    /// JSON: lists whose people are not in the ledger yet.
    pub lists: String,
    /// JSON: lists left out.
    pub except_lists: String,
}

impl Store {
    /// Ends the blackouts of a scope and reference, begun or not. How many there were.
    ///
    /// # Errors
    /// The database's.
    pub async fn blackout_end(&self, scope: &str, r: &str, actor: &Actor, now: i64) -> Result<u64> {
        let tx = self.begin().await?;
        let n = tx
            .exec(
                "UPDATE hold SET released_at = $3, released_by = $4, released_proof = $5 \
                 WHERE scope = $1 AND ref = $2 AND blackout = 1 AND released_at IS NULL AND (until_at IS NULL OR until_at > $3)",
                params![scope, r, now, actor.name.as_str(), actor.proof.as_str()],
            )
            .await?;
        if n > 0 {
            tx.audit(now, actor, "blackout.end", r, serde_json::json!({ "scope": scope })).await?;
        }
        tx.commit().await?;
        Ok(n)
    }

    /// What goes again, or was missed, after blackouts that ended since an instant (milliseconds), the soonest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn blackout_resumed(&self, since: i64) -> Result<Vec<ResumedPost>> {
        self.rows(
            "SELECT o.origin, o.sending, o.family, COALESCE(o.blackout, '') AS reason, o.resumed_at, \
                    COALESCE(o.spread_ms, 0) AS spread_ms, \
                    CAST(COALESCE((SELECT sum(t.n) FROM tally t WHERE t.occurrence_id = o.id AND t.state IN (0,1,5)), 0) \
                         AS bigint) AS n, \
                    (SELECT count(*) FROM delivery d WHERE d.occurrence_id = o.id AND d.state = 10 \
                       AND d.cause_code = 'blackout_missed') AS missed, \
                    CASE WHEN o.expanded_at IS NULL THEN o.lists ELSE '[]' END AS lists, o.except_lists \
             FROM occurrence o WHERE o.resumed_at >= $1 AND o.cancelled_at IS NULL \
             ORDER BY o.resumed_at, o.priority, o.origin, o.sending",
            params![since],
        )
        .await
    }
}
