//! Health of accounts, and holds of people.

use sea_orm::FromQueryResult;

use super::{Result, Store, params};
use crate::domain::people::Actor;

/// An account as the ledger knows it.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct AccountState {
    /// Its id.
    pub account: String,
    /// Since when it is paused.
    pub paused_at: Option<i64>,
    /// Why: a stable word.
    pub cause_code: Option<String>,
    /// What the far side said.
    pub cause_detail: Option<String>,
    /// Who paused it.
    pub paused_by: Option<String>,
    /// The far side said: slow down, for so long from now, milliseconds of steady time.
    pub quiet_left: i64,
    /// Unknown answers in a row.
    pub ambiguous_run: i64,
}

/// A hold as stored.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct HoldRow {
    /// Its number.
    pub id: i64,
    /// `all`, `campaign`, `post` or `family`.
    pub scope: String,
    /// Which.
    pub r: String,
    /// Why.
    pub reason: String,
    /// 1: a blackout (urgent posts go all the same).
    pub blackout: i16,
    /// From, milliseconds.
    pub from_at: i64,
    /// Until, milliseconds.
    pub until_at: Option<i64>,
    /// Who.
    pub by_name: String,
}

impl HoldRow {
    /// True if it is about that post's sendings of that family.
    pub fn covers(&self, origin: &str, family: &str) -> bool {
        covers(&self.scope, &self.r, origin, family)
    }
}

/// True if a hold of that scope and reference is about a post's sendings of a family.
pub(super) fn covers(scope: &str, r: &str, origin: &str, family: &str) -> bool {
    match scope {
        "all" => true,
        "campaign" => origin.split('/').next() == Some(r),
        "family" => family == r,
        _ => origin == r,
    }
}

/// A hold to be written.
#[derive(Clone, Debug)]
pub struct NewHold {
    /// `all`, `campaign`, `post` or `family`.
    pub scope: String,
    /// Which.
    pub r: String,
    /// Why.
    pub reason: String,
    /// A blackout: urgent posts go all the same.
    pub blackout: bool,
    /// From, milliseconds.
    pub from_at: i64,
    /// Until, milliseconds.
    pub until_at: Option<i64>,
}

/// Accounts; `$1` is the steady instant, by which quiet is kept: a clock that is set makes it neither longer nor shorter.
const STATE: &str = "SELECT account, paused_at, cause_code, cause_detail, paused_by, \
     CASE WHEN quiet_steady > $1 THEN quiet_steady - $1 ELSE 0 END AS quiet_left, ambiguous_run FROM account_state";

impl Store {
    /// All accounts that ever did anything.
    ///
    /// # Errors
    /// The database's.
    pub async fn account_all(&self) -> Result<Vec<AccountState>> {
        self.rows(&format!("{STATE} ORDER BY account"), params![self.steady().await?]).await
    }

    /// One account.
    ///
    /// # Errors
    /// The database's.
    pub async fn account_get(&self, account: &str) -> Result<Option<AccountState>> {
        self.row(&format!("{STATE} WHERE account = $2"), params![self.steady().await?, account]).await
    }

    /// Pauses an account.
    ///
    /// # Errors
    /// The database's.
    pub async fn account_pause(
        &self,
        account: &str,
        cause: &str,
        detail: &str,
        actor: &Actor,
        now: i64,
    ) -> Result<()> {
        let tx = self.begin().await?;
        tx.exec(
            "INSERT INTO account_state (account, paused_at, cause_code, cause_detail, paused_by, updated_at) \
             VALUES ($1,$2,$3,$4,$5,$2) ON CONFLICT (account) DO UPDATE SET paused_at = $2, cause_code = $3, \
               cause_detail = $4, paused_by = $5, updated_at = $2",
            params![account, now, cause, detail, actor.name.as_str()],
        )
        .await?;
        tx.audit(
            now,
            actor,
            "account.pause",
            account,
            serde_json::json!({ "cause": cause, "detail": detail }),
        )
        .await?;
        tx.commit().await
    }

    /// Lets an account go on; its run of ambiguous answers starts anew. True if it was paused.
    ///
    /// # Errors
    /// The database's.
    pub async fn account_resume(&self, account: &str, actor: &Actor, now: i64) -> Result<bool> {
        let tx = self.begin().await?;
        let n = tx
            .exec(
                "UPDATE account_state SET paused_at = NULL, cause_code = NULL, cause_detail = NULL, paused_by = NULL, \
                   quiet_until = 0, quiet_steady = 0, ambiguous_run = 0, updated_at = $2 WHERE account = $1 AND paused_at IS NOT NULL",
                params![account, now],
            )
            .await?;
        if n == 1 {
            tx.audit(now, actor, "account.resume", account, serde_json::json!({})).await?;
        }
        tx.commit().await?;
        Ok(n == 1)
    }

    /// Which of these accounts have rows to send now.
    ///
    /// # Errors
    /// The database's.
    pub async fn account_due<'a>(
        &self,
        accounts: impl Iterator<Item = &'a str>,
        now: i64,
    ) -> Result<Vec<&'a str>> {
        let mut out = Vec::new();
        for account in accounts {
            // By the index of claims: what an account has due is never counted.
            let due = self
                .int(
                    "SELECT CAST(CASE WHEN EXISTS (SELECT 1 FROM delivery WHERE account = $1 AND state = 1 \
                       AND due_at <= $2) THEN 1 ELSE 0 END AS bigint)",
                    params![account, now],
                )
                .await?;
            if due == 1 {
                out.push(account);
            }
        }
        Ok(out)
    }

    /// When the next row of these accounts that may go is due; what is due already does not count.
    ///
    /// # Errors
    /// The database's.
    pub async fn next_due<'a>(
        &self,
        accounts: impl Iterator<Item = &'a str>,
        now: i64,
    ) -> Result<Option<i64>> {
        #[derive(FromQueryResult)]
        struct At {
            at: Option<i64>,
        }
        let mut next = None;
        for account in accounts {
            // A place in the index of claims for each priority: what waits is never read.
            let of = |p: i16| {
                format!(
                    "(SELECT due_at AS at FROM delivery WHERE account = $1 AND state = 1 AND priority = {p} \
                      AND due_at > $2 ORDER BY due_at LIMIT 1)"
                )
            };
            let all: Vec<String> = (0..4).map(|p| format!("SELECT at FROM {} AS p{p}", of(p))).collect();
            let sql = format!("SELECT min(at) AS at FROM ({}) AS x", all.join(" UNION ALL "));
            let row: Option<At> = self.row(&sql, params![account, now]).await?;
            next = [next, row.and_then(|r| r.at)].into_iter().flatten().min();
        }
        Ok(next)
    }

    /// When the oldest row that waits to be sent was due; rows that go by a sheet are not among them.
    ///
    /// # Errors
    /// The database's.
    pub async fn oldest_due(&self, now: i64) -> Result<Option<i64>> {
        #[derive(FromQueryResult)]
        struct At {
            at: Option<i64>,
        }
        let row: Option<At> = self
            .row(
                // A place in the index of claims for each account and priority: what waits is never read.
                "WITH RECURSIVE a(account) AS (SELECT min(account) FROM delivery WHERE state = 1 UNION ALL \
                   SELECT (SELECT min(d.account) FROM delivery d WHERE d.state = 1 AND d.account > a.account) \
                   FROM a WHERE a.account IS NOT NULL), \
                 p(priority) AS (VALUES (0), (1), (2), (3)) \
                 SELECT min(at) AS at FROM (SELECT (SELECT min(d.due_at) FROM delivery d WHERE d.state = 1 \
                     AND d.account = a.account AND d.priority = p.priority AND d.due_at <= $1) AS at \
                   FROM a CROSS JOIN p WHERE a.account <> '@sheet') AS x",
                params![now],
            )
            .await?;
        Ok(row.and_then(|r| r.at))
    }

    /// Holds that are in force or will be.
    ///
    /// # Errors
    /// The database's.
    pub async fn hold_all(&self, now: i64) -> Result<Vec<HoldRow>> {
        self.rows(
            "SELECT id, scope, ref AS r, reason, blackout, from_at, until_at, by_name FROM hold \
             WHERE released_at IS NULL AND (until_at IS NULL OR until_at > $1) ORDER BY id",
            params![now],
        )
        .await
    }

    /// Writes a hold. The gate of the occurrences it covers is shut in the same transaction.
    ///
    /// # Errors
    /// The database's.
    pub async fn hold_add(&self, h: &NewHold, actor: &Actor, now: i64) -> Result<i64> {
        let tx = self.begin().await?;
        let id = tx
            .int(
                "INSERT INTO hold (scope, ref, reason, blackout, from_at, until_at, by_name, proof, created_at) \
                 VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9) RETURNING id",
                params![
                    h.scope.as_str(),
                    h.r.as_str(),
                    h.reason.as_str(),
                    i16::from(h.blackout),
                    h.from_at,
                    h.until_at,
                    actor.name.as_str(),
                    actor.proof.as_str(),
                    now
                ],
            )
            .await?
            .unwrap_or_default();
        if h.from_at <= now {
            let (gate, urgent) = if h.blackout { ("blackout", "AND o.priority > 0") } else { ("hold", "") };
            tx.exec(
                &format!(
                    "UPDATE occurrence SET gate = $1 WHERE id IN (SELECT o.id FROM occurrence o \
                     WHERE o.gate IS NULL AND o.cancelled_at IS NULL AND {scope} {urgent} \
                      AND o.origin NOT IN ({told}))",
                    told = super::TOLD.map(|o| format!("'{o}'")).join(","),
                    scope = super::blackout::scope_sql(&h.scope, 2)
                ),
                params![gate, h.r.as_str()],
            )
            .await?;
        }
        tx.audit(
            now,
            actor,
            "hold.add",
            &h.r,
            serde_json::json!({ "scope": h.scope, "reason": h.reason, "id": id }),
        )
        .await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Lifts the holds of a scope and reference. How many there were.
    ///
    /// # Errors
    /// The database's.
    pub async fn hold_release(&self, scope: &str, r: &str, actor: &Actor, now: i64) -> Result<u64> {
        let tx = self.begin().await?;
        let n = tx
            .exec(
                "UPDATE hold SET released_at = $3, released_by = $4, released_proof = $5 WHERE scope = $1 AND ref = $2 AND released_at IS NULL",
                params![scope, r, now, actor.name.as_str(), actor.proof.as_str()],
            )
            .await?;
        if n > 0 {
            tx.audit(now, actor, "hold.release", r, serde_json::json!({ "scope": scope })).await?;
        }
        tx.commit().await?;
        Ok(n)
    }
}
