//! What waits although its time has come, and until when. Read only.

use sea_orm::{FromQueryResult, Value};

use super::{Allowance, Result, Store, params};

/// Rows of an account whose time has come, whose gate is open, and that have not gone.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Waiting {
    /// The account.
    pub account: String,
    /// How many are due now.
    pub now: i64,
    /// Since when the oldest of these is due.
    pub since: Option<i64>,
    /// How many wait for a later time (another try, the end of quiet hours).
    pub later: i64,
    /// When the first of these is due.
    pub next: Option<i64>,
    /// When the account last tried anything.
    pub tried: Option<i64>,
}

/// What is held although its time has come, by post and reason.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct HeldDue {
    /// Its post, or Loa's own papers.
    pub origin: String,
    /// Why: the gate's word.
    pub gate: String,
    /// Its family.
    pub family: String,
    /// Rows in the ledger.
    pub n: i64,
    /// JSON: lists whose people are not in the ledger yet; `[]` if they are.
    pub lists: String,
    /// JSON: lists left out.
    pub except_lists: String,
    /// Since when.
    pub due_at: i64,
    /// When it is no longer useful.
    pub expires_at: i64,
}

/// How an allowance stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spent {
    /// How many went within its window, or are on their way.
    pub used: i64,
    /// How many may go now that are not urgent.
    pub left: i64,
    /// How many more if they are urgent.
    pub urgent: i64,
    /// If none that is not urgent may go: when the next one may, milliseconds.
    pub next: Option<i64>,
}

#[derive(FromQueryResult)]
struct At {
    at: i64,
}

/// Rows of an account that were tried and wait for their next try, by cause.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Retrying {
    /// The account.
    pub account: String,
    /// Why the last try did not succeed: a stable word.
    pub cause: String,
    /// How many.
    pub n: i64,
    /// Tries spent on the one that was tried most.
    pub tries: i64,
    /// When the first of them goes again, milliseconds.
    pub next: i64,
}

impl Store {
    /// What was tried and waits for its next try.
    ///
    /// # Errors
    /// The database's.
    pub async fn retrying(&self, now: i64) -> Result<Vec<Retrying>> {
        self.rows(
            "SELECT account, COALESCE(cause_code, '') AS cause, count(*) AS n, CAST(max(attempts) AS bigint) AS tries, \
                    min(due_at) AS next \
             FROM delivery WHERE state = 1 AND attempts > 0 AND due_at > $1 \
             GROUP BY account, COALESCE(cause_code, '') ORDER BY 1, 2",
            params![now],
        )
        .await
    }

    /// What waits, by account; what goes by a sheet is not among it.
    ///
    /// # Errors
    /// The database's.
    pub async fn waiting(&self, now: i64) -> Result<Vec<Waiting>> {
        self.rows(
            // Counted by occurrence first, by the index of claims alone: the id names the occurrence.
            &format!("SELECT d.account, CAST(sum(d.now) AS bigint) AS now, min(d.since) AS since, CAST(sum(d.later) AS bigint) AS later, \
                    min(d.next) AS next, (SELECT max(a.opened_at) FROM attempt a WHERE a.account = d.account) AS tried \
             FROM (SELECT account, id / 4294967296 AS occurrence, sum(CASE WHEN due_at <= $1 THEN 1 ELSE 0 END) AS now, \
                          min(CASE WHEN due_at <= $1 THEN due_at END) AS since, \
                          sum(CASE WHEN due_at > $1 THEN 1 ELSE 0 END) AS later, min(CASE WHEN due_at > $1 THEN due_at END) AS next \
                   FROM {claim} WHERE state = 1 AND account <> '@sheet' GROUP BY account, id / 4294967296) AS d \
             JOIN occurrence o ON o.id = d.occurrence WHERE o.gate IS NULL AND o.cancelled_at IS NULL \
             GROUP BY d.account ORDER BY d.account", claim = self.by_index("delivery_claim")),
            params![now],
        )
        .await
    }

    /// What is held although its time has come and it is still useful.
    ///
    /// # Errors
    /// The database's.
    pub async fn held_due(&self, now: i64) -> Result<Vec<HeldDue>> {
        self.rows(
            "SELECT o.origin, o.gate, o.family, o.due_at, o.expires_at, o.except_lists, \
                    CASE WHEN o.expanded_at IS NULL THEN o.lists ELSE '[]' END AS lists, \
                    CAST(COALESCE((SELECT sum(t.n) FROM tally t WHERE t.occurrence_id = o.id AND t.state IN (0,1,5)), 0) \
                         AS bigint) AS n \
             FROM occurrence o WHERE o.gate IS NOT NULL AND o.cancelled_at IS NULL AND o.due_at <= $1 AND o.expires_at > $1 \
               AND (EXISTS (SELECT 1 FROM tally t WHERE t.occurrence_id = o.id AND t.state IN (0,1,5) AND t.n > 0) \
                    OR (o.lists <> '[]' AND o.expanded_at IS NULL)) \
             ORDER BY o.due_at, o.origin",
            params![now],
        )
        .await
    }

    /// True if a row was ever to go by that account.
    ///
    /// # Errors
    /// The database's.
    pub async fn account_known(&self, account: &str) -> Result<bool> {
        Ok(self
            .int(
                "SELECT CAST(CASE WHEN EXISTS (SELECT 1 FROM attempt WHERE account = $1) OR EXISTS \
                   (SELECT 1 FROM account_state WHERE account = $1) OR EXISTS \
                   (SELECT 1 FROM channel WHERE account = $1) THEN 1 ELSE 0 END AS bigint)",
                params![account],
            )
            .await?
            == 1)
    }

    /// How many rows each account has to send before an instant, held ones not among them.
    ///
    /// # Errors
    /// The database's.
    pub async fn account_soon(&self, before: i64) -> Result<Vec<(String, i64)>> {
        #[derive(FromQueryResult)]
        struct Soon {
            account: String,
            n: i64,
        }
        let rows: Vec<Soon> = self
            .rows(
                &format!(
                    "SELECT account, count(*) AS n FROM (SELECT d.account FROM {wait} WHERE d.state = 0 AND d.due_at < $1 \
                       UNION ALL SELECT d.account FROM {claim} WHERE d.state = 1 AND d.due_at < $1) AS x \
                     WHERE account <> '@sheet' GROUP BY account ORDER BY account",
                    wait = self.by_index("delivery_wait"),
                    claim = self.by_index("delivery_claim")
                ),
                params![before],
            )
            .await?;
        Ok(rows.into_iter().map(|r| (r.account, r.n)).collect())
    }

    /// How an allowance stands now, counted as a claim counts it.
    ///
    /// # Errors
    /// The database's.
    pub async fn allowance_spent(&self, a: &Allowance, now: i64) -> Result<Spent> {
        let names = |from: usize| -> String {
            let names: Vec<String> = (from..from + a.shared_by.len()).map(|i| format!("${i}")).collect();
            names.join(",")
        };
        let accounts = || a.shared_by.iter().map(|s| Value::from(s.as_str()));
        let leased = self
            .int(
                &format!(
                    "SELECT COALESCE(sum({}), 0) FROM {} WHERE d.state = 2 AND d.account IN ({})",
                    super::rate::MESSAGES,
                    self.by_index("delivery_leased"),
                    names(1)
                ),
                accounts().collect(),
            )
            .await?;
        let steady = self.steady().await?;
        let (names, mut p) = (names(2), params![steady - a.window_ms]);
        p.extend(accounts());
        let tried = self
            .int(&format!("SELECT count(*) FROM spent WHERE at > $1 AND account IN ({names})"), p.clone())
            .await?;
        let used = tried + leased;
        let free = (i64::from(a.count) - used).max(0);
        let left = (free - a.kept()).max(0);
        let mut spent = Spent { used, left, urgent: free - left, next: None };
        if left > 0 || a.count == 0 {
            return Ok(spent);
        }
        // The window frees one for each attempt that leaves it, oldest first; what is under way leaves it a window from now at best.
        let over = used - (i64::from(a.count) - a.kept());
        let oldest: Option<At> = self
            .row(
                &format!(
                    "SELECT at FROM spent WHERE at > $1 AND account IN ({names}) ORDER BY at LIMIT 1 OFFSET {over}"
                ),
                p,
            )
            .await?;
        spent.next = Some(now - steady + oldest.map_or(steady, |o| o.at.min(steady)) + a.window_ms);
        Ok(spent)
    }
}
