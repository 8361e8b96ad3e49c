//! When paused accounts are tried again, and what the last try said. It lies in the database, so that neither a restart nor
//! another node tries more often.

use sea_orm::FromQueryResult;

use super::{Result, Store, params};
use crate::domain::people::Actor;

/// Longest time a probe may take, milliseconds. Nobody else tries the account meanwhile.
pub const PROBE_MS: i64 = 60_000;

/// A next try that lies further ahead than any wait was set by a clock that has stepped back since, milliseconds.
const ABSURD_MS: i64 = 3 * 3_600_000;

/// What is known about the probes of an account.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct ProbeRow {
    /// The account.
    pub account: String,
    /// The pause it belongs to.
    pub paused_at: i64,
    /// Tries so far.
    pub tries: i64,
    /// When it is tried next, milliseconds.
    pub next_at: i64,
    /// When the last answer came, milliseconds.
    pub asked_at: Option<i64>,
    /// `good`, or the cause's code.
    pub found: Option<String>,
    /// What the far side said.
    pub detail: Option<String>,
}

impl Store {
    /// Everything known about probes.
    ///
    /// # Errors
    /// The database's.
    pub async fn probe_all(&self) -> Result<Vec<ProbeRow>> {
        self.rows(
            "SELECT account, paused_at, tries, next_at, asked_at, found, detail FROM probe ORDER BY account",
            vec![],
        )
        .await
    }

    /// Takes the next try of a paused account: the number of the try, if it is due and no other node has it. A pause that is new
    /// is tried first at `first_at`.
    ///
    /// # Errors
    /// The database's.
    pub async fn probe_take(
        &self,
        account: &str,
        paused_at: i64,
        first_at: i64,
        now: i64,
    ) -> Result<Option<i64>> {
        let known: Option<ProbeRow> = self
            .row(
                "SELECT account, paused_at, tries, next_at, asked_at, found, detail FROM probe WHERE account = $1",
                params![account],
            )
            .await?;
        match known.filter(|k| k.paused_at == paused_at) {
            Some(k) if k.next_at > now && k.next_at < now + ABSURD_MS => return Ok(None),
            Some(_) => {}
            None => {
                let tx = self.begin().await?;
                tx.exec(
                    "INSERT INTO probe (account, paused_at, tries, next_at) VALUES ($1,$2,0,$3) \
                     ON CONFLICT (account) DO UPDATE SET paused_at = $2, tries = 0, next_at = $3, asked_at = NULL, \
                       found = NULL, detail = NULL WHERE probe.paused_at <> $2",
                    params![account, paused_at, first_at],
                )
                .await?;
                tx.commit().await?;
                if first_at > now {
                    return Ok(None);
                }
            }
        }
        let tx = self.begin().await?;
        let taken = tx
            .ints(
                "UPDATE probe SET tries = tries + 1, next_at = $3 WHERE account = $1 AND paused_at = $2 \
                   AND (next_at <= $4 OR next_at >= $5) RETURNING tries AS id",
                params![account, paused_at, now + PROBE_MS, now, now + ABSURD_MS],
            )
            .await?;
        tx.commit().await?;
        Ok(taken.first().copied())
    }

    /// Writes what a try found and when the next one is.
    ///
    /// # Errors
    /// The database's.
    pub async fn probe_tell(
        &self,
        account: &str,
        paused_at: i64,
        found: (&str, &str),
        next_at: i64,
        now: i64,
    ) -> Result<()> {
        let tx = self.begin().await?;
        tx.exec(
            "UPDATE probe SET found = $3, detail = $4, next_at = $5, asked_at = $6 WHERE account = $1 AND paused_at = $2",
            params![account, paused_at, found.0, found.1, next_at, now],
        )
        .await?;
        tx.commit().await
    }

    /// Lets an account go on that a probe has proved to be well again. False: it is not in that pause any more, or a person
    /// ordered it.
    ///
    /// # Errors
    /// The database's.
    pub async fn account_healed(&self, account: &str, paused_at: i64, tries: i64, now: i64) -> Result<bool> {
        let tx = self.begin().await?;
        let n = tx
            .exec(
                "UPDATE account_state SET paused_at = NULL, cause_code = NULL, cause_detail = NULL, paused_by = NULL, \
                   updated_at = $3 WHERE account = $1 AND paused_at = $2 AND paused_by = 'loa'",
                params![account, paused_at, now],
            )
            .await?;
        if n == 1 {
            let detail = serde_json::json!({ "after": "probe", "tries": tries, "paused_at": paused_at });
            tx.audit(now, &Actor::system(), "account.resume", account, detail).await?;
        }
        tx.commit().await?;
        Ok(n == 1)
    }
}
