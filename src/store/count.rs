//! What screens count: out of tallies and partial indexes, never out of scans.

use sea_orm::FromQueryResult;

use super::gate::TOLD_SQL;
use super::question::CLOSED;
use super::{Result, Store, params};

/// Counts of a time by family and state.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Counts {
    /// Family.
    pub family: String,
    /// True (1) for Loa's own.
    pub system: i64,
    /// State's number.
    pub state: i16,
    /// How many.
    pub n: i64,
}

/// One question about unknown rows.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct QuestionRow {
    /// The account.
    pub account: String,
    /// The cause.
    pub cause_code: String,
    /// How many rows.
    pub n: i64,
    /// Since when.
    pub since: i64,
    /// How many of them are urgent to whom they are for.
    pub urgent: i64,
    /// How many are what Loa itself tells who is on duty.
    pub told: i64,
}

/// A package, a draft or a post that a site kept back, whose link was not returned.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct HandoverRow {
    /// Which row.
    pub id: i64,
    /// Its partition.
    pub planned_for: i64,
    /// Its code's number.
    pub code: i64,
    /// Its post.
    pub origin: String,
    /// Title.
    pub title: String,
    /// Its sending.
    pub sending: String,
    /// The unit.
    pub unit: String,
    /// The unit's name.
    pub unit_name: String,
    /// Whom to call.
    pub officer: Option<String>,
    /// `unit/family`.
    pub target_ref: String,
    /// The account.
    pub account: String,
    /// Family.
    pub family: String,
    /// The kind.
    pub kind: String,
    /// How the site wants its content.
    pub mode: Option<String>,
    /// When it was handed over.
    pub settled_at: i64,
    /// JSON of the sending (done_by).
    pub spec: String,
    /// The revision that was handed over.
    pub revision_id: i64,
    /// 1 if its post was taken out of the plan since.
    pub removed: i64,
}

/// A post that waits for approval.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct PendingPost {
    /// Its post.
    pub origin: String,
    /// Title.
    pub title: String,
    /// Class.
    pub class: String,
    /// The revision.
    pub revision_id: i64,
    /// Its next time, milliseconds.
    pub due_at: i64,
    /// Steps given.
    pub given: i64,
}

/// What comes next.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Upcoming {
    /// Its post.
    pub origin: String,
    /// Title.
    pub title: String,
    /// Family.
    pub family: String,
    /// When.
    pub due_at: i64,
    /// Gate.
    pub gate: Option<String>,
}

impl Store {
    /// Counts by family and state of what is due in a time, out of the tallies.
    ///
    /// # Errors
    /// The database's.
    pub async fn counts(&self, from: i64, until: i64) -> Result<Vec<Counts>> {
        self.rows(
            "SELECT o.family, CAST(CASE WHEN o.origin LIKE 'system/%' THEN 1 ELSE 0 END AS bigint) AS system, t.state, \
                    CAST(sum(t.n) AS bigint) AS n \
             FROM occurrence o JOIN tally t ON t.occurrence_id = o.id WHERE o.due_at >= $1 AND o.due_at < $2 \
               AND o.origin <> 'system/test' GROUP BY o.family, CASE WHEN o.origin LIKE 'system/%' THEN 1 ELSE 0 END, t.state HAVING sum(t.n) > 0 \
             ORDER BY o.family, t.state",
            params![from, until],
        )
        .await
    }

    /// Counts by state of a post (or campaign), out of the tallies.
    ///
    /// # Errors
    /// The database's.
    pub async fn counts_of(&self, origin: &str) -> Result<Vec<Counts>> {
        self.rows(
            "SELECT o.family, CAST(0 AS bigint) AS system, t.state, CAST(sum(t.n) AS bigint) AS n \
             FROM occurrence o JOIN tally t ON t.occurrence_id = o.id \
             WHERE (o.origin = $1 OR o.origin LIKE replace($1, '_', '\\_') || '/%' ESCAPE '\\') GROUP BY o.family, t.state HAVING sum(t.n) > 0 \
             ORDER BY o.family, t.state",
            params![origin],
        )
        .await
    }

    /// Questions about unknown rows, one per account and cause.
    ///
    /// # Errors
    /// The database's.
    pub async fn questions(&self) -> Result<Vec<QuestionRow>> {
        self.rows(
            &format!(
            "SELECT d.account, COALESCE(d.cause_code, '') AS cause_code, count(*) AS n, min(d.updated_at) AS since, \
                    CAST(sum(CASE WHEN d.priority = 0 AND o.origin NOT IN {TOLD_SQL} THEN 1 ELSE 0 END) AS bigint) AS urgent, \
                    CAST(sum(CASE WHEN o.origin IN {TOLD_SQL} THEN 1 ELSE 0 END) AS bigint) AS told \
             FROM delivery d JOIN occurrence o ON o.id = d.occurrence_id \
             WHERE d.state = 8 AND COALESCE(d.afterwards, '') NOT IN {CLOSED} \
             GROUP BY d.account, COALESCE(d.cause_code, '') ORDER BY 1, 2"),
            vec![],
        )
        .await
    }

    /// What an account was answered around an instant: tries that say something about how the far side takes messages (one that it
    /// was not reached with, a dead mailbox and a refused text do not), and how many of them were accepted. The first few thousand
    /// are enough.
    ///
    /// # Errors
    /// The database's.
    pub async fn answers_around(&self, account: &str, at: i64, by: i64) -> Result<(i64, i64)> {
        let count = |accepted: &str| {
            format!(
                "SELECT count(*) FROM (SELECT outcome, cause_code FROM attempt WHERE account = $1 AND opened_at >= $2 AND opened_at < $3 \
                   ORDER BY opened_at LIMIT 5000) AS x WHERE {accepted}"
            )
        };
        let bound = params![account, at - by, at + by];
        let tried = self
            .int(
                &count(
                    "outcome = 'accepted' OR outcome IN ('retry', 'throttled') \
                     AND cause_code IN ('greylisted', 'temporarily_refused', 'server_busy', 'rate_limited', 'busy')",
                ),
                bound.clone(),
            )
            .await?;
        Ok((tried, self.int(&count("outcome = 'accepted'"), bound).await?))
    }

    /// Rows of an account that wait, by state (due ones and held ones).
    ///
    /// # Errors
    /// The database's.
    pub async fn account_waiting(&self, account: &str, now: i64) -> Result<(i64, i64)> {
        let due = self
            .int("SELECT count(*) FROM delivery WHERE account = $1 AND state = 1", params![account])
            .await?;
        // All tries of the day, by their index alone, without those that came to nothing and those under way.
        let sent = self
            .int(
                "SELECT (SELECT count(*) FROM attempt WHERE account = $1 AND opened_at > $2) \
                      - (SELECT count(*) FROM attempt WHERE account = $1 AND opened_at > $2 AND outcome <> 'accepted') \
                      - (SELECT count(*) FROM delivery WHERE account = $1 AND state = 3)",
                params![account, now - 86_400_000],
            )
            .await?;
        Ok((due, sent))
    }

    /// Packages handed over whose link was not returned.
    ///
    /// # Errors
    /// The database's.
    pub async fn handover_open(&self) -> Result<Vec<HandoverRow>> {
        self.rows(
            "SELECT d.id, d.planned_for, d.code, o.origin, r.title, o.sending, ch.unit, ch.unit_name, ch.officer, \
                    t.ref AS target_ref, d.account, d.family, d.kind, ch.mode, COALESCE(d.settled_at, 0) AS settled_at, \
                    COALESCE(s.spec, '{}') AS spec, o.revision_id, \
                    CAST(CASE WHEN p.removed_at IS NULL THEN 0 ELSE 1 END AS bigint) AS removed \
             FROM delivery d JOIN occurrence o ON o.id = d.occurrence_id JOIN revision r ON r.id = o.revision_id \
             JOIN channel ch ON ch.target_id = d.target_id JOIN target t ON t.id = d.target_id \
             LEFT JOIN sending s ON s.origin = o.origin AND s.sending = o.sending LEFT JOIN post p ON p.origin = o.origin \
             WHERE d.state = 4 AND d.pending = 1 AND (d.kind IN ('hand-over','press') OR d.family = 'website') AND o.origin NOT LIKE 'system/%' \
             ORDER BY d.settled_at, d.id",
            vec![],
        )
        .await
    }

    /// Posts in force whose next time comes and that miss steps of approval.
    ///
    /// # Errors
    /// The database's.
    pub async fn pending_posts(&self) -> Result<Vec<PendingPost>> {
        self.rows(
            "SELECT p.origin, p.title, r.class, r.id AS revision_id, min(o.due_at) AS due_at, \
                    (SELECT count(*) FROM approval a WHERE a.revision_id = r.id) AS given \
             FROM post p JOIN revision r ON r.id = p.revision_id JOIN occurrence o ON o.origin = p.origin \
             WHERE p.removed_at IS NULL AND o.cancelled_at IS NULL AND (o.gate IN ('unapproved', 'grown') OR EXISTS \
               (SELECT 1 FROM delivery d WHERE d.occurrence_id = o.id AND d.state = 5 AND d.held_by = 'no_rendition')) AND ( \
               (o.lists <> '[]' AND o.expanded_at IS NULL) OR o.placed_at IS NULL OR EXISTS \
               (SELECT 1 FROM tally t WHERE t.occurrence_id = o.id AND t.state IN (0,1,5) AND t.n > 0)) \
             GROUP BY p.origin, p.title, r.class, r.id ORDER BY min(o.due_at)",
            vec![],
        )
        .await
    }

    /// What comes next, by post and family.
    ///
    /// # Errors
    /// The database's.
    pub async fn upcoming(&self, from: i64, n: i64) -> Result<Vec<Upcoming>> {
        self.rows(
            "SELECT o.origin, r.title, o.family, o.due_at, o.gate FROM occurrence o JOIN revision r ON r.id = o.revision_id \
             WHERE o.due_at >= $1 AND o.cancelled_at IS NULL AND o.origin NOT LIKE 'system/%' ORDER BY o.due_at, o.id LIMIT $2",
            params![from, n],
        )
        .await
    }

    /// Recounts the ledger and compares with the tallies: (occurrence, state, tally, rows) where they differ. For `doctor` and
    /// tests.
    ///
    /// # Errors
    /// The database's.
    pub async fn tally_check(&self) -> Result<Vec<(i64, i16, i64, i64)>> {
        #[derive(FromQueryResult)]
        struct Diff {
            occurrence_id: i64,
            state: i16,
            tally: i64,
            rows: i64,
        }
        let rows: Vec<Diff> = self
            .rows(
                "SELECT occurrence_id, state, CAST(sum(a) AS bigint) AS tally, CAST(sum(b) AS bigint) AS rows FROM ( \
                   SELECT occurrence_id, state, n AS a, 0 AS b FROM tally \
                   UNION ALL SELECT occurrence_id, state, 0, count(*) FROM delivery \
                     WHERE occurrence_id NOT IN (SELECT id FROM occurrence WHERE archived_at IS NOT NULL) \
                     GROUP BY occurrence_id, state \
                   UNION ALL SELECT occurrence_id, state, 0, n FROM archived) AS x \
                 GROUP BY occurrence_id, state HAVING sum(a) <> sum(b)",
                vec![],
            )
            .await?;
        Ok(rows.into_iter().map(|d| (d.occurrence_id, d.state, d.tally, d.rows)).collect())
    }
}
