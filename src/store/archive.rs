//! Finished months out of the ledger, into a file for each: an SQLite database with the schema of the ledger, so that whatever
//! reads the one reads the other.
//!
//! Rows are written there, durably, and compared before they are deleted here, some thousands at a time; on PostgreSQL a month
//! with partitions of its own is closed to changes first, and dropped at the end (`parts.rs`). Whoever is killed in between leaves
//! rows in both places, never in none; the next call goes on. What stays here: occurrences, tallies, figures, and
//! one line for each channel's row (`archived`), so that no report changes. No address of a person goes into an archive.

use std::path::Path;

use sea_orm::FromQueryResult;

use super::copy::Table;
use super::parts::Whole;
use super::question::CLOSED;
use super::{Result, Store, StoreError, Tx, params};
use crate::domain::people::Actor;

/// Rows deleted in one transaction.
const AT_ONCE: i64 = 5000;
/// Ids of one occurrence.
const SPAN: i64 = 1 << 32;

/// What a month holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, FromQueryResult)]
pub struct ArchiveMonth {
    /// Occurrences whose rows lie in the ledger.
    pub occurrences: i64,
    /// Their rows.
    pub rows: i64,
    /// Rows that are not finished: on their way, held, unknown with an open question, accepted and still to be acted on.
    pub open: i64,
    /// One post that has such rows.
    pub open_origin: Option<String>,
}

/// What was moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Archived {
    /// Occurrences.
    pub occurrences: u64,
    /// Deliveries.
    pub rows: u64,
    /// Attempts.
    pub attempts: u64,
}

/// Numbers by which rows here and there are compared.
#[derive(Debug, PartialEq, Eq, FromQueryResult)]
struct Sum {
    n: i64,
    a: i64,
    b: i64,
    c: i64,
}

/// SQL of an occurrence `o` of the time from `$1` until `$2` that may still have rows here.
const OF_TIME: &str = "o.planned_for >= $1 AND o.planned_for < $2 AND (o.archived_at IS NULL OR (SELECT 1 FROM delivery x \
     WHERE x.id >= o.id * 4294967296 AND x.id < (o.id + 1) * 4294967296 AND x.planned_for = o.planned_for LIMIT 1) = 1)";

/// The sums of a table's rows with ids from `$1` until `$2` of occurrences planned for `$3`.
fn sums(table: &str) -> &'static str {
    match table {
        "delivery" => {
            "SELECT count(*) AS n, CAST(COALESCE(sum(id % 1000000007), 0) AS bigint) AS a, \
                    CAST(COALESCE(sum(state * 31 + opened * 7 + attempts + pending + COALESCE(length(afterwards), 0) \
                      + COALESCE(length(receipt), 0)), 0) AS bigint) AS b, \
                    CAST(COALESCE(sum((updated_at + COALESCE(settled_at, 0)) % 1000000007), 0) AS bigint) AS c \
             FROM delivery WHERE id >= $1 AND id < $2 AND planned_for = $3"
        }
        "attempt" => {
            "SELECT count(*) AS n, CAST(COALESCE(sum(delivery_id % 1000000007 + no), 0) AS bigint) AS a, \
                    CAST(COALESCE(sum(opened_at % 1000000007 + COALESCE(closed_at, 0) % 1000000007), 0) AS bigint) AS b, \
                    CAST(COALESCE(sum(COALESCE(length(outcome), 0) + COALESCE(length(receipt), 0)), 0) AS bigint) AS c \
             FROM attempt WHERE delivery_id >= $1 AND delivery_id < $2 AND planned_for = $3"
        }
        "airing" => {
            "SELECT count(*) AS n, CAST(COALESCE(sum(id), 0) AS bigint) AS a, CAST(COALESCE(sum(sessions), 0) AS bigint) AS b, \
                    CAST(COALESCE(sum(at % 1000000007), 0) AS bigint) AS c \
             FROM airing WHERE delivery_id >= $1 AND delivery_id < $2 AND planned_for = $3"
        }
        _ => {
            "SELECT count(*) AS n, CAST(COALESCE(sum(id), 0) AS bigint) AS a, CAST(COALESCE(sum(ok), 0) AS bigint) AS b, \
                    CAST(COALESCE(sum(at % 1000000007), 0) AS bigint) AS c \
             FROM evidence WHERE delivery_id >= $1 AND delivery_id < $2 AND planned_for = $3"
        }
    }
}

/// A table, the condition of its rows, and columns that get other SQL in their place.
type Part<'a> = (&'a str, String, &'a [(&'a str, &'a str)]);

/// Tables whose rows move, in the order in which they are deleted.
pub(super) const MOVED: [&str; 4] = ["attempt", "airing", "evidence", "delivery"];
/// Places in it.
const ATTEMPT: usize = 0;
const DELIVERY: usize = 3;

async fn sum(tx: &Tx, table: &str, (from, until): (i64, i64), planned_for: i64) -> Result<Sum> {
    tx.row(sums(table), params![from, until, planned_for])
        .await?
        .ok_or_else(|| StoreError::Corrupt(table.to_owned()))
}

/// Refuses unless rows here are the same there, or there are none. How many.
async fn same(tx: &Tx, there: &Tx, table: &str, id: i64, ids: (i64, i64), planned_for: i64) -> Result<u64> {
    let here = sum(tx, table, ids, planned_for).await?;
    if here.n > 0 && here != sum(there, table, ids, planned_for).await? {
        return Err(StoreError::Conflict(format!(
            "{table}: rows of occurrence {id} changed while they were archived; nothing is lost, run it again"
        )));
    }
    Ok(here.n.unsigned_abs())
}

impl Store {
    /// When the oldest occurrence that is not archived was planned for, milliseconds.
    ///
    /// # Errors
    /// The database's.
    pub async fn archive_oldest(&self) -> Result<Option<i64>> {
        #[derive(FromQueryResult)]
        struct At {
            at: Option<i64>,
        }
        let rows = "SELECT min(o.planned_for) AS at FROM occurrence o WHERE (SELECT 1 FROM delivery x WHERE x.id >= o.id * 4294967296 \
                    AND x.id < (o.id + 1) * 4294967296 AND x.planned_for = o.planned_for LIMIT 1) = 1";
        Ok(self.row::<At>(rows, vec![]).await?.and_then(|r| r.at))
    }

    /// What a time holds, by the nominal times of occurrences.
    ///
    /// # Errors
    /// The database's.
    pub async fn archive_look(&self, from: i64, until: i64, now: i64) -> Result<ArchiveMonth> {
        let rows: Option<ArchiveMonth> = self
            .row(
                &format!(
                    "SELECT count(*) AS occurrences, CAST(COALESCE(sum(n), 0) AS bigint) AS rows, \
                            CAST(COALESCE(sum(open), 0) AS bigint) AS open, \
                            max(CASE WHEN open > 0 THEN origin END) AS open_origin \
                     FROM (SELECT o.origin, COALESCE((SELECT sum(t.n) FROM tally t WHERE t.occurrence_id = o.id), 0) AS n, \
                                  COALESCE((SELECT sum(t.n) FROM tally t WHERE t.occurrence_id = o.id AND t.state IN (0,1,2,3,5)), 0) \
                                  + (SELECT count(*) FROM delivery d WHERE d.occurrence_id = o.id AND d.state = 8 AND d.planned_for = o.planned_for \
                                       AND COALESCE(d.afterwards, '') NOT IN {CLOSED}) \
                                  + (SELECT count(*) FROM delivery d WHERE d.state = 4 AND d.pending = 1 AND d.occurrence_id = o.id \
                                       AND d.planned_for = o.planned_for AND d.afterwards IS NULL) \
                                  + CASE WHEN o.expires_at > $3 AND o.cancelled_at IS NULL THEN 1 ELSE 0 END AS open \
                           FROM occurrence o WHERE {OF_TIME}) AS x"
                ),
                params![from, until, now],
            )
            .await?;
        Ok(rows.unwrap_or_default())
    }

    /// An archive, to be read like a ledger.
    ///
    /// # Errors
    /// The file is not there, or is no archive.
    pub async fn archive_open(&self, file: &Path) -> Result<Store> {
        std::fs::metadata(file).map_err(|e| StoreError::Io(file.display().to_string(), e))?;
        let store = Self::connect_with(&format!("sqlite:{}", file.display()), self.key.clone()).await?;
        store.migrate_up().await?;
        Ok(store)
    }

    /// Moves a time's rows into the file, which is made, or completed.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if something of that time is not finished, or changed while it was moved: nothing is lost, call
    /// again. The databases'; the disk.
    pub async fn archive(
        &self,
        file: &Path,
        from: i64,
        until: i64,
        actor: &Actor,
        now: i64,
    ) -> Result<Archived> {
        let look = self.archive_look(from, until, now).await?;
        if look.open > 0 {
            self.months_open(from, until).await?;
            let of = look.open_origin.unwrap_or_default();
            return Err(StoreError::Conflict(format!("{} rows are not finished ({of})", look.open)));
        }
        if let Some(dir) = file.parent() {
            std::fs::create_dir_all(dir).map_err(|e| StoreError::Io(dir.display().to_string(), e))?;
        }
        let target = Self::connect_with(&format!("sqlite:{}", file.display()), self.key.clone()).await?;
        target.migrate_up().await?;
        super::backup::sync(file)?;
        super::backup::sync(&super::backup::folder(file))?;
        let done = self.archive_into(&target, from, until, actor, now).await;
        target.close().await?;
        done
    }

    async fn archive_into(
        &self,
        target: &Store,
        from: i64,
        until: i64,
        actor: &Actor,
        now: i64,
    ) -> Result<Archived> {
        let whole = self.months_whole(from, until).await?;
        let done = self.archive_months(target, from, until, &whole, now).await;
        if done.is_err()
            && let Err(e) = self.months_open(from, until).await
        {
            tracing::error!(error = %e, "the month stays closed to changes until it is archived");
        }
        let out = done?;
        // What was deleted row by row, or had no row, leaves partitions behind.
        if let Err(e) = self.months_drop_empty(until).await {
            tracing::warn!(error = %e, "empty partitions stay until the next archive");
        }
        if out.occurrences > 0 {
            let tx = self.begin().await?;
            let detail = serde_json::json!({ "from": from, "until": until, "occurrences": out.occurrences, "deliveries": out.rows });
            tx.audit(now, actor, "db.archive", "ledger", detail).await?;
            tx.commit().await?;
        }
        Ok(out)
    }

    /// Moves a time's rows. A month that has partitions of its own is closed, copied and dropped whole; elsewhere rows go one by one.
    async fn archive_months(
        &self,
        target: &Store,
        from: i64,
        until: i64,
        whole: &[Whole],
        now: i64,
    ) -> Result<Archived> {
        for w in whole {
            self.month_close(w).await?;
        }
        // Something may have begun again before it was closed.
        let open = if whole.is_empty() { 0 } else { self.archive_look(from, until, now).await?.open };
        if open > 0 {
            return Err(StoreError::Conflict(format!("{open} rows are not finished")));
        }
        #[derive(FromQueryResult)]
        struct Of {
            id: i64,
            planned_for: i64,
        }
        let all: Vec<Of> = {
            let tx = self.snapshot().await?;
            let sql = format!("SELECT o.id, o.planned_for FROM occurrence o WHERE {OF_TIME} ORDER BY o.id");
            tx.rows(&sql, params![from, until]).await?
        };
        let mut out = Archived::default();
        let mut seen = vec![[0; MOVED.len()]; whole.len()];
        for o in all {
            self.archive_copy(target, o.id).await?;
            let (rows, attempts) = match whole.iter().position(|w| w.has(o.planned_for)) {
                Some(w) => {
                    let n = self.archive_leave(target, o.id, now).await?;
                    for (sum, n) in seen[w].iter_mut().zip(n) {
                        *sum += n;
                    }
                    (n[DELIVERY], n[ATTEMPT])
                }
                None => self.archive_delete(target, o.id, now).await?,
            };
            out.occurrences += 1;
            out.rows += rows;
            out.attempts += attempts;
        }
        for (w, seen) in whole.iter().zip(seen) {
            self.month_drop_all(w, &MOVED.into_iter().zip(seen).collect::<Vec<_>>()).await?;
        }
        Ok(out)
    }

    /// Compares an occurrence of a closed month with its archive, and writes what stays of it. Its rows go with the month.
    /// How many there are in each table of `MOVED`.
    pub(super) async fn archive_leave(
        &self,
        target: &Store,
        id: i64,
        now: i64,
    ) -> Result<[u64; MOVED.len()]> {
        let planned_for = self.planned_for(id).await?;
        let there = target.snapshot().await?;
        let tx = self.begin().await?;
        let mut n = [0; MOVED.len()];
        for (n, table) in n.iter_mut().zip(MOVED) {
            *n = same(&tx, &there, table, id, (id * SPAN, (id + 1) * SPAN), planned_for).await?;
        }
        self.archive_totals(&tx, id, now).await?;
        tx.commit().await?;
        Ok(n)
    }

    async fn planned_for(&self, id: i64) -> Result<i64> {
        self.int("SELECT planned_for FROM occurrence WHERE id = $1", params![id]).await
    }

    /// Writes an occurrence's rows into the archive, with what is needed to read them. What lies there already is written anew.
    pub(super) async fn archive_copy(&self, target: &Store, id: i64) -> Result<()> {
        let planned_for = self.planned_for(id).await?;
        let from = self.snapshot().await?;
        let to = target.begin().await?;
        let (first, last) = (id * SPAN, (id + 1) * SPAN);
        let of_rows =
            format!("delivery_id >= {first} AND delivery_id < {last} AND planned_for = {planned_for}");
        let rows = format!("id >= {first} AND id < {last} AND planned_for = {planned_for}");
        let targets = format!("SELECT target_id FROM delivery WHERE {rows}");
        let parts: [Part<'_>; 11] = [
            ("occurrence", format!("id = {id}"), &[("archived_at", "NULL")]),
            (
                "revision",
                format!("id IN (SELECT revision_id FROM occurrence WHERE id = {id})"),
                &[("manifest", "'{}'")],
            ),
            ("tally", format!("occurrence_id = {id}"), &[]),
            ("target", format!("id IN ({targets})"), &[]),
            ("channel", format!("target_id IN ({targets})"), &[("address_enc", "NULL"), ("officer", "NULL")]),
            ("sheet_row", of_rows.clone(), &[]),
            ("reach", of_rows.clone(), &[]),
            ("attempt", of_rows.clone(), &[]),
            ("airing", of_rows.clone(), &[]),
            ("evidence", of_rows, &[]),
            ("delivery", rows, &[]),
        ];
        for (table, condition, with) in parts {
            Table::of(&from, table).await?.copy(&from, &to, &condition, with, "INSERT OR REPLACE").await?;
        }
        to.commit().await
    }

    /// Deletes an occurrence's rows here, each part once it is the same there.
    pub(super) async fn archive_delete(&self, target: &Store, id: i64, now: i64) -> Result<(u64, u64)> {
        #[derive(FromQueryResult)]
        struct End {
            first: Option<i64>,
            last: Option<i64>,
        }
        let planned_for = self.planned_for(id).await?;
        let there = target.snapshot().await?;
        let (mut begin, last) = (id * SPAN, (id + 1) * SPAN);
        let (mut rows, mut attempts) = (0, 0);
        loop {
            let tx = self.begin().await?;
            let lock = if tx.is_sqlite() { "" } else { " FOR UPDATE" };
            let part = format!(
                "SELECT min(id) AS first, max(id) AS last FROM \
                 (SELECT id FROM delivery WHERE id >= $1 AND id < $2 AND planned_for = $3 ORDER BY id LIMIT {AT_ONCE}{lock}) AS x"
            );
            let end: Option<End> = tx.row(&part, params![begin, last, planned_for]).await?;
            // From the first row that is here, since an earlier call may have moved some; the last part may be empty.
            let Some((least, most)) = end.and_then(|e| e.first.zip(e.last)) else {
                return Ok((rows, attempts));
            };
            let (first, until) = (least, most + 1);
            for table in MOVED {
                same(&tx, &there, table, id, (first, until), planned_for).await?;
            }
            self.archive_totals(&tx, id, now).await?;
            for table in MOVED {
                let key = if table == "delivery" { "id" } else { "delivery_id" };
                let n = tx
                    .exec(
                        &format!("DELETE FROM {table} WHERE {key} >= $1 AND {key} < $2 AND planned_for = $3"),
                        params![first, until, planned_for],
                    )
                    .await?;
                match table {
                    "delivery" => rows += n,
                    "attempt" => attempts += n,
                    _ => {}
                }
            }
            tx.commit().await?;
            begin = until;
        }
    }

    /// What stays of an occurrence, written before its first rows go.
    pub(super) async fn archive_totals(&self, tx: &Tx, id: i64, now: i64) -> Result<()> {
        let first = tx
            .exec(
                "UPDATE occurrence SET archived_at = $2 WHERE id = $1 AND archived_at IS NULL",
                params![id, now],
            )
            .await?;
        if first == 0 {
            return Ok(());
        }
        let columns = "occurrence_id, target_id, family, kind, state, afterwards, expires_at, n, asked, declared, not_aired, extra, at";
        let channels = super::period::channel_rows(
            "d.id = $1 * 4294967296 + ch.target_id AND d.planned_for = o.planned_for",
            "delivery d",
        );
        tx.exec(
            &format!(
                "INSERT INTO archived ({columns}) SELECT occurrence_id, target_id, family, kind, state, afterwards, expires_at, 1, \
                   asked, declared, not_aired, extra, settled_at FROM ({channels}) AS y"
            ),
            params![id],
        )
        .await?;
        tx.exec(
            &format!(
                "INSERT INTO archived ({columns}) SELECT d.occurrence_id, 0, d.family, d.kind, d.state, d.afterwards, \
                   max(d.expires_at), count(*), count(*) * max(o.times), 0, 0, 0, max(d.settled_at) \
                 FROM delivery d JOIN occurrence o ON o.id = d.occurrence_id WHERE d.id >= $1 AND d.id < $2 AND d.planned_for = o.planned_for \
                   AND NOT EXISTS (SELECT 1 FROM channel ch WHERE ch.target_id = d.target_id) \
                 GROUP BY d.occurrence_id, d.family, d.kind, d.state, d.afterwards"
            ),
            params![id * SPAN, (id + 1) * SPAN],
        )
        .await?;
        Ok(())
    }
}
