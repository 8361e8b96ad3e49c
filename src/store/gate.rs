//! The gate, set by set: what may go, what must wait, what is too late.
//!
//! Why an occurrence is shut is decided above (`dispatch::gate`); here the answer is written and the rows follow.

use chrono::NaiveDate;
use sea_orm::FromQueryResult;

use super::blackout::Resume;
use super::moves::set_where;
use super::{Result, Store, Tx, WAITS, params};
use crate::domain::delivery::State;
use crate::domain::fact::Fact;
use crate::domain::id::{FactId, PersonId};
use crate::domain::stated::Ground;

/// What the gate needs to know about an occurrence that still has rows to come or to go.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct GateRow {
    /// Its number.
    pub id: i64,
    /// Where it comes from.
    pub origin: String,
    /// Its sending.
    pub sending: String,
    /// The family.
    pub family: String,
    /// Rank of priority.
    pub priority: i16,
    /// When it is due, milliseconds.
    pub due_at: i64,
    /// When it is no longer useful, milliseconds: of a station's week, its end.
    pub expires_at: i64,
    /// JSON: lists.
    pub lists: String,
    /// JSON: lists left out.
    pub except_lists: String,
    /// The revision in force.
    pub revision_id: i64,
    /// Its class.
    pub class: String,
    /// What the gate says now.
    pub gate: Option<String>,
    /// True once its contacts are in the ledger.
    pub expanded: i64,
}

/// What one turn of the gate did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GateTick {
    /// Rows that became due.
    pub due: u64,
    /// Rows that are held now.
    pub held: u64,
    /// Rows that were released.
    pub released: u64,
    /// Rows that are too late.
    pub expired: u64,
    /// More rows are due than a turn lets through.
    pub more: bool,
}

/// Rows that one turn lets through at most: whoever else writes waits for it, and lanes need no more at a time.
const CROWD: u64 = 10_000;

#[derive(FromQueryResult)]
struct At {
    at: Option<i64>,
}

/// A fact as stored: its dates (ISO), who checked, what it rests on.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct FactRow {
    /// Its id.
    pub id: String,
    /// First day.
    pub valid_from: Option<String>,
    /// Last day.
    pub valid_to: Option<String>,
    /// Last check.
    pub checked: Option<String>,
    /// Who checked: a person's id.
    pub checked_by: Option<String>,
    /// What it rests on: legal basis, else its source.
    pub basis: Option<String>,
    /// What [`said`](super::said) makes of its words.
    pub says: String,
}

impl FactRow {
    /// The fact without its words, which the ledger does not keep.
    pub fn fact(&self) -> Fact {
        let day = |s: &Option<String>| s.as_deref().and_then(|s| s.parse::<NaiveDate>().ok());
        Fact {
            id: FactId::new(self.id.clone()),
            text: String::new(),
            basis: self.basis.clone(),
            source: None,
            valid_from: day(&self.valid_from),
            valid_to: day(&self.valid_to),
            checked: day(&self.checked),
            checked_by: self.checked_by.as_deref().map(PersonId::new),
            note: None,
        }
    }
}

/// Rows that wait in an occurrence that was taken back. Found by the tallies, which are few.
const IN_CANCELLED: &str = "state IN (0,1,5) AND occurrence_id IN (SELECT t.occurrence_id FROM tally t \
     JOIN occurrence o ON o.id = t.occurrence_id WHERE o.cancelled_at IS NOT NULL AND t.state IN (0,1,5) AND t.n > 0)";

/// What the gate saw of an occurrence and what it says now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GateChange {
    /// Its number.
    pub id: i64,
    /// The revision that was looked at.
    pub revision_id: i64,
    /// What the gate said then.
    pub was: Option<String>,
    /// What it says now.
    pub gate: Option<String>,
    /// It opens at the end of a blackout: how its rows go again.
    pub resume: Option<Resume>,
}

/// Reasons that the gate gives and takes back by itself; a hold of a person on one row is not among them.
pub const GATE_REASONS: [&str; 6] = ["unapproved", "facts", "kit", "hold", "blackout", "grown"];

/// Origins that no hold and no blackout keeps: what who is on duty is told.
pub const TOLD: [&str; 2] = ["system/alert", "system/digest"];

/// [`TOLD`] as a list for SQL.
pub(super) const TOLD_SQL: &str = "('system/alert','system/digest')";

/// [`GATE_REASONS`] as a list for SQL.
const REASONS: &str = "('unapproved','facts','kit','hold','blackout','grown')";

/// Lets rows of open occurrences through whose `due_at` is in a span. Of a crowd the urgent ones and those that are due first:
/// a list of a million that falls due in one second must not keep the writer from the first of them. How many, and whether some
/// were left.
pub(super) async fn fall_due(tx: &Tx, span: &str, most: u64, now: i64) -> Result<(u64, bool)> {
    let open = "SELECT o.id FROM occurrence o WHERE o.gate IS NULL AND o.cancelled_at IS NULL";
    let crowd = tx
        .int(
            &format!(
                "SELECT count(*) FROM (SELECT 1 AS one FROM delivery WHERE state = 0 AND {span} LIMIT {}) AS x",
                most + 1
            ),
            vec![],
        )
        .await?;
    if crowd.unwrap_or(0) <= most as i64 {
        let all = format!("state = 0 AND {span} AND occurrence_id IN ({open})");
        return Ok((set_where(tx, &all, State::Due, "", now).await?, false));
    }
    let (by_post, by_time) = if tx.is_sqlite() {
        ("INDEXED BY delivery_occurrence", "INDEXED BY delivery_wait")
    } else {
        tx.inner_unprepared(super::expand::BY_KEY).await?;
        ("", "")
    };
    let mut n = 0;
    for first in [
        format!(
            "SELECT id FROM delivery {by_post} WHERE state = 0 AND {span} AND occurrence_id IN (SELECT t.occurrence_id FROM tally t \
               WHERE t.state = 0 AND t.n > 0 AND t.occurrence_id IN ({open} AND o.priority <= 1)) \
             ORDER BY due_at, id LIMIT {most}"
        ),
        format!(
            "SELECT id FROM delivery {by_time} WHERE state = 0 AND {span} AND occurrence_id IN ({open}) \
             ORDER BY due_at, id LIMIT {most}"
        ),
    ] {
        // `+`: found by these keys, and not by reading all that wait.
        n += set_where(tx, &format!("+state = 0 AND id IN ({first})"), State::Due, "", now).await?;
    }
    Ok((n, n >= most))
}

impl Store {
    /// The occurrences that are not finished.
    ///
    /// # Errors
    /// The database's.
    pub async fn gate_rows(&self) -> Result<Vec<GateRow>> {
        self.rows(
            "SELECT o.id, o.origin, o.sending, o.family, o.priority, o.due_at, o.expires_at, o.lists, o.except_lists, o.revision_id, r.class, o.gate, \
                    CAST(CASE WHEN o.expanded_at IS NULL AND o.lists <> '[]' THEN 0 ELSE 1 END AS bigint) AS expanded \
             FROM occurrence o JOIN revision r ON r.id = o.revision_id \
             WHERE o.cancelled_at IS NULL AND o.id IN ( \
               SELECT id FROM occurrence WHERE placed_at IS NULL \
               UNION SELECT id FROM occurrence WHERE expanded_at IS NULL AND lists <> '[]' \
               UNION SELECT occurrence_id FROM tally WHERE n > 0 AND state IN (0,1,2,5)) \
             ORDER BY o.id",
            vec![],
        )
        .await
    }

    /// The register of facts as last applied.
    ///
    /// # Errors
    /// The database's.
    pub async fn fact_rows(&self) -> Result<Vec<FactRow>> {
        self.rows("SELECT id, valid_from, valid_to, checked, checked_by, basis, says FROM fact", vec![]).await
    }

    /// What revisions rest on, as last applied; a fact checked more than `max_age` days ago does not count.
    ///
    /// # Errors
    /// The database's.
    pub async fn ground(&self, max_age: i64) -> Result<Ground> {
        let facts = self.fact_rows().await?.into_iter().map(|f| (f.id.clone(), (f.fact(), f.says))).collect();
        Ok(Ground { facts, kit: self.asset_rows().await?, max_age })
    }

    /// The number of the newest hold, released or not: read before the holds themselves.
    ///
    /// # Errors
    /// The database's.
    pub async fn hold_newest(&self) -> Result<i64> {
        self.int("SELECT max(id) FROM hold", vec![]).await
    }

    /// Writes what the gate says, but only where nothing changed since it looked: an edit, another gate's word or a newer hold
    /// is never overwritten by what was read before it.
    ///
    /// # Errors
    /// The database's.
    pub async fn gate_write(&self, changes: &[GateChange], newest_hold: i64) -> Result<()> {
        if changes.is_empty() {
            return Ok(());
        }
        let tx = self.begin().await?;
        for c in changes {
            tx.exec(
                "UPDATE occurrence SET gate = $2, resumed_at = COALESCE($6, resumed_at), \
                   spread_ms = COALESCE($7, spread_ms), blackout = COALESCE($8, blackout) \
                 WHERE id = $1 AND revision_id = $3 \
                   AND COALESCE(gate, '') = COALESCE(CAST($4 AS text), '') \
                   AND (CAST($2 AS text) IS NOT NULL OR NOT EXISTS \
                        (SELECT 1 FROM hold WHERE id > $5 AND released_at IS NULL))",
                params![
                    c.id,
                    c.gate.as_deref(),
                    c.revision_id,
                    c.was.as_deref(),
                    newest_hold,
                    c.resume.as_ref().map(|r| r.at),
                    c.resume.as_ref().map(|r| r.spread),
                    c.resume.as_ref().map(|r| r.reason.as_str())
                ],
            )
            .await?;
        }
        tx.commit().await
    }

    /// Writes what the gate says and lets the rows follow.
    ///
    /// # Errors
    /// The database's.
    pub async fn gate_turn(&self, changes: &[(i64, Option<String>)], now: i64) -> Result<GateTick> {
        let tx = self.begin().await?;
        for (id, gate) in changes {
            tx.exec("UPDATE occurrence SET gate = $2 WHERE id = $1", params![*id, gate.as_deref()]).await?;
        }
        // What was due before a backup was restored asks a person first, whenever it comes into the ledger.
        super::backup::sweep(&tx, now).await?;
        let missed = super::blackout::expire_missed(&tx, now).await?;
        let mut out = GateTick {
            expired: missed
                + set_where(
                    &tx,
                    &format!("{WAITS} AND expires_at <= {now}"),
                    State::Expired,
                    "too_late",
                    now,
                )
                .await?,
            ..GateTick::default()
        };
        // What came back to an occurrence that was taken back meanwhile (an answer, a rescue, a retry) is taken back, too.
        set_where(&tx, IN_CANCELLED, State::Cancelled, "plan", now).await?;
        // A text that was mended, or released, goes on; the gate may still have a word.
        out.released += super::stop::let_go(&tx, now).await?;
        // Held, each with its occurrence's reason.
        for reason in GATE_REASONS {
            out.held += set_where(
                &tx,
                &format!(
                    "state IN (0,1) AND occurrence_id IN (SELECT id FROM occurrence WHERE gate = '{reason}')"
                ),
                State::Held,
                reason,
                now,
            )
            .await?;
        }
        super::blackout::spread(&tx, now).await?;
        let open = format!(
            "state = 5 AND held_by IN {REASONS} AND occurrence_id IN (SELECT id FROM occurrence WHERE gate IS NULL)"
        );
        out.released +=
            set_where(&tx, &format!("{open} AND due_at > {now}"), State::Planned, "released", now).await?;
        out.released +=
            set_where(&tx, &format!("{open} AND due_at <= {now}"), State::Due, "released", now).await?;
        out.held += super::stop::hold(&tx, now).await?;
        // Station rows go by their sheet, which asks for them; everything else by its time.
        (out.due, out.more) = fall_due(&tx, &format!("due_at <= {now}"), CROWD, now).await?;
        tx.commit().await?;
        Ok(out)
    }

    /// Lets rows through whose time comes before `until`: a claim takes them at their time, and does not wait for a turn then.
    /// How many; of a crowd no more than a turn does.
    ///
    /// # Errors
    /// The database's.
    pub async fn due_ahead(&self, now: i64, until: i64) -> Result<u64> {
        let coming = self
            .int(
                "SELECT CAST(CASE WHEN EXISTS (SELECT 1 FROM delivery WHERE state = 0 AND due_at > $1 AND due_at <= $2) \
                 THEN 1 ELSE 0 END AS bigint)",
                params![now, until],
            )
            .await?;
        if coming == 0 {
            return Ok(0);
        }
        let tx = self.begin().await?;
        let (n, _) = fall_due(&tx, &format!("due_at > {now} AND due_at <= {until}"), CROWD, now).await?;
        tx.commit().await?;
        Ok(n)
    }

    /// True if a turn of the gate would change anything now: keeps an idle daemon from writing.
    ///
    /// # Errors
    /// The database's.
    pub async fn gate_needed(&self, now: i64) -> Result<bool> {
        Ok(self
            .int(
                &format!(
                    "SELECT CAST(CASE WHEN EXISTS (SELECT 1 FROM delivery WHERE state = 0 AND due_at <= $1) \
                       OR EXISTS (SELECT 1 FROM delivery WHERE {WAITS} AND expires_at <= $1) \
                       OR EXISTS (SELECT 1 FROM tally t JOIN occurrence o ON o.id = t.occurrence_id \
                                  WHERE t.n > 0 AND t.state IN (0,1,5) AND o.cancelled_at IS NOT NULL) \
                       OR EXISTS (SELECT 1 FROM tally t JOIN occurrence o ON o.id = t.occurrence_id \
                                  WHERE t.n > 0 AND t.state = 5 AND o.gate IS NULL AND EXISTS \
                                    (SELECT 1 FROM delivery d {held} WHERE d.occurrence_id = o.id AND d.state = 5 \
                                     AND d.held_by IN {REASONS})) \
                       OR {stopped} \
                       OR EXISTS (SELECT 1 FROM tally t JOIN occurrence o ON o.id = t.occurrence_id \
                                  WHERE t.n > 0 AND t.state IN (0,1) AND o.gate IS NOT NULL) \
                     THEN 1 ELSE 0 END AS bigint)",
                    stopped = super::stop::needed(),
                    held = if self.is_embedded() { "INDEXED BY delivery_held" } else { "" }
                ),
                params![now],
            )
            .await?
            == 1)
    }

    /// The next instant at which something is to be done without anybody's help: a row falls due or expires, an occurrence is
    /// to be expanded (`lead` milliseconds before its time), or a station's time to answer (`answer` milliseconds) runs
    /// out.
    ///
    /// # Errors
    /// The database's.
    pub async fn next_wake(&self, now: i64, lead: i64, answer: i64) -> Result<Option<i64>> {
        let mut best: Option<i64> = None;
        for (sql, bound) in [
            ("SELECT min(due_at) AS at FROM delivery WHERE state = 0", vec![]),
            ("SELECT min(due_at) AS at FROM delivery WHERE state = 1 AND due_at > $1", params![now]),
            (&format!("SELECT min(expires_at) AS at FROM delivery WHERE {WAITS}"), vec![]),
            (
                "SELECT min(due_at) - $1 AS at FROM occurrence WHERE expanded_at IS NULL AND lists <> '[]' \
                 AND cancelled_at IS NULL AND gate IS NULL AND expires_at > $2",
                params![lead, now],
            ),
            (
                "SELECT min(quiet_steady) - $1 + $2 AS at FROM account_state WHERE quiet_steady > $1 AND paused_at IS NULL",
                params![self.steady().await?, now],
            ),
            (
                "SELECT min(expires_at) + $1 AS at FROM delivery WHERE family = 'station' AND state = 4 AND pending = 1 \
                   AND afterwards IS NULL AND expires_at > $2 - $1 AND account = '@sheet'",
                params![answer, now],
            ),
            ("SELECT min(from_at) AS at FROM hold WHERE released_at IS NULL AND from_at > $1", params![now]),
            (
                "SELECT min(until_at) AS at FROM hold WHERE released_at IS NULL AND until_at > $1",
                params![now],
            ),
        ] {
            let row: Option<At> = self.row(sql, bound).await?;
            if let Some(at) = row.and_then(|r| r.at) {
                best = Some(best.map_or(at, |b| b.min(at)));
            }
        }
        Ok(best)
    }
}
