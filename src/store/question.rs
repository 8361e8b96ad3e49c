//! Questions about `unknown` rows: a person answers them or leaves them, or nobody answers in the stated time.
//!
//! A row whose question ended without an answer stays `unknown`; its own late answer, or a person's new word, still changes it.

use sea_orm::FromQueryResult;

use super::{Col, Result, Store, StoreError, Tx, ledger, params};
use crate::domain::delivery::{self, DeliveryId, Event};
use crate::domain::people::Actor;

/// What stands beside a row whose question is closed: left by a person, or unanswered in time. As a list for SQL.
pub(super) const CLOSED: &str = "('not_known','unanswered')";

/// Questions closed in one turn, so that a desk that was full for weeks does not make one long transaction.
const AT_ONCE: i64 = 500;

/// Most rows that [`Store::unknown_answer`] writes in one transaction: each is some statements, and sends wait for them.
pub const ANSWERED_AT_ONCE: usize = 500;

/// What a person says about an `unknown` row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// It was received.
    Sent,
    /// It was not, and shall not be sent.
    NotSent,
    /// Send it again.
    Resend,
    /// Nobody will know: the question is closed.
    Leave,
}

/// What became of one row of [`Store::unknown_answer`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answered {
    /// It is as the person said; when it goes again, milliseconds, if it does.
    Done(Option<i64>),
    /// It was not unknown any more, and is left as it is.
    Left,
}

/// True if what stands beside an `unknown` row closes its question.
pub fn is_closed(afterwards: &str) -> bool {
    matches!(afterwards, "not_known" | "unanswered")
}

#[derive(FromQueryResult)]
struct Closed {
    id: i64,
}

impl Store {
    /// Writes a person's answer about rows, in one transaction, each on record: all of them or, if it fails, none. Give it at most
    /// [`ANSWERED_AT_ONCE`]. In the order of the rows: what became of each.
    ///
    /// # Errors
    /// The database's.
    pub async fn unknown_answer(
        &self,
        rows: &[(DeliveryId, i64)],
        answer: Resolution,
        actor: &Actor,
        now: i64,
    ) -> Result<Vec<Answered>> {
        let tx = self.begin().await?;
        let mut out = Vec::with_capacity(rows.len());
        for (id, planned_for) in rows {
            let (event, why) = match answer {
                Resolution::Sent => (Event::TurnsOutSent, "resolved_sent"),
                Resolution::NotSent => (Event::TurnsOutNotSent, "resolved_not_sent"),
                Resolution::Resend => (Event::TurnsOutDue, "resolved_resend"),
                Resolution::Leave => {
                    let left = leave(&tx, *id, *planned_for, actor, now).await?;
                    out.push(if left { Answered::Done(None) } else { Answered::Left });
                    continue;
                }
            };
            out.push(match ledger::decide(&tx, *id, *planned_for, event, why, None, actor, now).await {
                Ok((_, due)) => Answered::Done(due),
                Err(StoreError::Conflict(_)) => Answered::Left,
                Err(e) => return Err(e),
            });
        }
        tx.commit().await?;
        Ok(out)
    }

    /// Closes the question about an unknown row: it stays unknown and is not asked about again. False: it is not unknown.
    ///
    /// # Errors
    /// The database's.
    pub async fn question_leave(
        &self,
        id: DeliveryId,
        planned_for: i64,
        actor: &Actor,
        now: i64,
    ) -> Result<bool> {
        let tx = self.begin().await?;
        let left = leave(&tx, id, planned_for, actor, now).await?;
        tx.commit().await?;
        Ok(left)
    }

    /// Closes the questions that have been open since before `before`. How many.
    ///
    /// # Errors
    /// The database's.
    pub async fn questions_close(&self, before: i64, now: i64) -> Result<u64> {
        let old = format!(
            "SELECT id, planned_for FROM delivery WHERE state = 8 AND updated_at < $1 \
             AND COALESCE(afterwards, '') NOT IN {CLOSED} ORDER BY updated_at, id LIMIT {AT_ONCE}"
        );
        // Looking is free; a writing transaction is only begun where there is something to write.
        if self.int(&format!("SELECT count(*) FROM ({old}) AS x"), params![before]).await? == 0 {
            return Ok(0);
        }
        let tx = self.begin().await?;
        let closed: Vec<Closed> = tx
            .rows(
                &format!(
                    "UPDATE delivery SET afterwards = 'unanswered', updated_at = $2 \
                     WHERE (id, planned_for) IN ({old}) AND state = 8 RETURNING id"
                ),
                params![before, now],
            )
            .await?;
        let json: Vec<serde_json::Value> = closed
            .iter()
            .map(|c| {
                serde_json::json!({
                    "s": delivery::code_letters(DeliveryId(c.id).code()),
                    "d": serde_json::json!({ "delivery": c.id, "to": "not_known", "unanswered": true }).to_string(),
                })
            })
            .collect();
        tx.exec(
            &format!(
                "INSERT INTO audit (at, actor, proof, action, subject, detail) \
                 SELECT $2, 'loa', 'system', 'delivery.leave', j.s, j.d FROM {} AS j WHERE true",
                tx.json_rows(1, &[("s", Col::Text), ("d", Col::Text)])
            ),
            params![serde_json::Value::Array(json).to_string(), now],
        )
        .await?;
        tx.commit().await?;
        Ok(closed.len() as u64)
    }
}

async fn leave(tx: &Tx, id: DeliveryId, planned_for: i64, actor: &Actor, now: i64) -> Result<bool> {
    let n = tx
        .exec(
            "UPDATE delivery SET afterwards = 'not_known', updated_at = $3 \
             WHERE id = $1 AND planned_for = $2 AND state = 8",
            params![id.0, planned_for, now],
        )
        .await?;
    if n == 1 {
        tx.audit(
            now,
            actor,
            "delivery.leave",
            &delivery::code_letters(id.code()),
            serde_json::json!({ "delivery": id.0, "to": "not_known" }),
        )
        .await?;
    }
    Ok(n == 1)
}
