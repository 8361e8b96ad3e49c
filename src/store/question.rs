//! Questions about `unknown` rows that end without an answer: a person leaves them, or nobody answers in the stated time.
//!
//! The row stays `unknown` either way; its own late answer, or a person's new word, still changes it.

use sea_orm::FromQueryResult;

use super::{Col, Result, Store, params};
use crate::domain::delivery::{self, DeliveryId};
use crate::domain::people::Actor;

/// What stands beside a row whose question is closed: left by a person, or unanswered in time. As a list for SQL.
pub(super) const CLOSED: &str = "('not_known','unanswered')";

/// Questions closed in one turn, so that a desk that was full for weeks does not make one long transaction.
const AT_ONCE: i64 = 500;

/// True if what stands beside an `unknown` row closes its question.
pub fn is_closed(afterwards: &str) -> bool {
    matches!(afterwards, "not_known" | "unanswered")
}

#[derive(FromQueryResult)]
struct Closed {
    id: i64,
}

impl Store {
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
        tx.commit().await?;
        Ok(n == 1)
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
