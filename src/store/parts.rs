//! Partitions by month on PostgreSQL: made ahead, closed while an archive takes them, dropped. SQLite has none.
//!
//! A month is the office's. A row of no month lies in the table's `_default` partition: rows are never refused, and whoever makes
//! a month later moves what lies there. All this waits for locks for a few seconds at most, since the senders wait behind it;
//! what could not be had in that time is tried again later.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait as _, DbErr, FromQueryResult, RuntimeErr};

use super::{Result, Store, StoreError, Tx, params};
use crate::domain::month::Month;

/// The tables, in the order in which a delivery's rows are deleted.
pub(super) const BY_MONTH: [&str; 5] = ["attempt", "airing", "evidence", "delivery", "reach"];
/// Rows that a daemon moves out of a `_default` partition at once: senders wait for it. More are moved by [`Store::months_all`].
const MOVED_BY_DAEMON: i64 = 50_000;
/// Months that are made at once out of what lies in `_default` partitions.
const AT_ONCE: usize = 36;
/// How long a change of partitions waits for statements under way; others wait behind it.
const PATIENCE: &str = "SET LOCAL lock_timeout = '3s'";
/// How often it is tried before a person is told.
const TRIES: u32 = 5;
/// The trigger on a month that is being archived.
const CLOSED: &str = "month_closed";

/// What `loa db status` says about partitions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Partitions {
    /// Months of the ledger that have a partition, oldest first: `2026-09`.
    pub months: Vec<String>,
    /// Rows of no month, in all tables.
    pub in_default: i64,
    /// Months that an archive has begun to take and not finished: their rows are read, and not changed.
    pub closed: Vec<String>,
}

/// A month's partition of a table.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
struct Part {
    parent: String,
    name: String,
    /// From this instant, milliseconds.
    from_at: i64,
    /// Until before this one.
    until_at: i64,
}

/// A month that an archive takes as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Whole {
    /// `2026_09`.
    month: String,
    from: i64,
    until: i64,
    /// Its partitions, in the order in which they go.
    tables: Vec<&'static str>,
}

impl Whole {
    pub(super) fn has(&self, planned_for: i64) -> bool {
        (self.from..self.until).contains(&planned_for)
    }
}

/// All partitions of months.
const PARTS: &str = "SELECT * FROM (SELECT CAST(p.relname AS text) AS parent, CAST(c.relname AS text) AS name, \
       CAST(substring(pg_get_expr(c.relpartbound, c.oid) from 'FROM \\(''(-?[0-9]+)''\\)') AS bigint) AS from_at, \
       CAST(substring(pg_get_expr(c.relpartbound, c.oid) from 'TO \\(''(-?[0-9]+)''\\)') AS bigint) AS until_at \
     FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_class p ON p.oid = i.inhparent \
     JOIN pg_namespace n ON n.oid = p.relnamespace WHERE n.nspname = current_schema() AND p.relkind = 'p') AS x \
     WHERE from_at IS NOT NULL AND until_at IS NOT NULL ORDER BY from_at, parent";

fn suffix(month: Month) -> String {
    month.to_string().replace('-', "_")
}

/// `2026-09` of `delivery_2026_09`.
fn month_of(p: &Part) -> String {
    p.name.strip_prefix(&format!("{}_", p.parent)).unwrap_or(&p.name).replace('_', "-")
}

/// What of a month is free between the partitions that are there, with the hours up to them: an office that moves to another
/// time zone has one month that is longer or shorter, and no hour without one.
fn free(parts: &[Part], table: &str, (from, until): (i64, i64)) -> Option<(i64, i64)> {
    const SEAM: i64 = 26 * 3_600_000; // between the two ends of the world
    let parts = || parts.iter().filter(|p| p.parent == table);
    let before = parts().filter(|p| p.from_at <= from && p.until_at > from - SEAM).map(|p| p.until_at).max();
    let after = parts().filter(|p| p.from_at > from && p.from_at < until + SEAM).map(|p| p.from_at).min();
    let (from, until) = (before.unwrap_or(from), after.unwrap_or(until));
    (from < until).then_some((from, until))
}

/// True if a partition has no row.
async fn is_bare(tx: &Tx, name: &str) -> Result<bool> {
    Ok(tx.int(&format!("SELECT count(*) FROM (SELECT 1 FROM {name} LIMIT 1) AS x"), vec![]).await? == Some(0))
}

/// True if a lock could not be had in time: 55P03 lock_not_available, 40P01 deadlock_detected.
fn is_busy(e: &StoreError) -> bool {
    let StoreError::Db(DbErr::Exec(e) | DbErr::Query(e)) = e else { return false };
    let RuntimeErr::SqlxError(e) = e else { return false };
    let sea_orm::sqlx::Error::Database(e) = e.as_ref() else { return false };
    e.code().is_some_and(|c| c == "55P03" || c == "40P01")
}

/// Waits for others who change partitions, with patience, then sets how long anything else is waited for.
async fn alone(tx: &Tx) -> Result<()> {
    tx.exec("SELECT pg_advisory_xact_lock(4713, 0)", vec![]).await?;
    tx.inner_unprepared(PATIENCE).await
}

impl Store {
    /// Makes the months from `from` until `until` (milliseconds) that are missing, and those of which some rows lie in `_default`.
    /// For daemons and plans: what fails is logged (and answered by false), nothing is lost by it, and it is tried again with the
    /// next call.
    pub async fn months_ahead(&self, zone: chrono_tz::Tz, from: i64, until: i64) -> bool {
        match self.months_make(zone, Some((from, until)), Some(MOVED_BY_DAEMON)).await {
            Ok(_) => true,
            Err(e) => {
                tracing::warn!(error = %e, "the months ahead have no partitions yet; their rows lie in the default ones meanwhile");
                false
            }
        }
    }

    /// Makes the months from `from` until `until` and all of which rows lie in `_default`, however many rows must be moved: for a
    /// person who can wait. How many partitions were made.
    ///
    /// # Errors
    /// The database's: a table that is in use all the time.
    pub async fn months_all(&self, zone: chrono_tz::Tz, from: i64, until: i64) -> Result<u64> {
        self.months_make(zone, Some((from, until)), None).await
    }

    /// Makes the months of another ledger's rows, before they are copied into this one.
    ///
    /// # Errors
    /// The databases'.
    pub async fn months_like(&self, other: &Store, zone: chrono_tz::Tz) -> Result<u64> {
        if self.is_embedded() {
            return Ok(0);
        }
        let mut made = 0;
        let mut after = i64::MIN;
        loop {
            // An occurrence whose rows are in an archive has none to copy.
            let rest = "FROM occurrence WHERE planned_for >= $1 AND archived_at IS NULL";
            let Some(least) = other.least(rest, after).await? else { return Ok(made) };
            let month = Month::at(least, zone);
            for table in BY_MONTH {
                made += u64::from(self.part_make(table, month, zone, None).await?);
            }
            after = month.next().begins(zone).max(least + 1);
        }
    }

    /// The least `planned_for` of what `rest` chooses with `$1`. One statement: another node may move the row in the next instant,
    /// and a month that is made by then is not made again.
    async fn least(&self, rest: &str, after: i64) -> Result<Option<i64>> {
        #[derive(FromQueryResult)]
        struct Least {
            at: Option<i64>,
        }
        let least: Option<Least> =
            self.row(&format!("SELECT min(planned_for) AS at {rest}"), params![after]).await?;
        Ok(least.and_then(|l| l.at))
    }

    async fn parts(&self) -> Result<Vec<Part>> {
        self.rows(PARTS, vec![]).await
    }

    pub(super) async fn months_make(
        &self,
        zone: chrono_tz::Tz,
        ahead: Option<(i64, i64)>,
        most: Option<i64>,
    ) -> Result<u64> {
        if self.is_embedded() {
            return Ok(0);
        }
        let mut wanted = BTreeSet::new();
        if let Some((from, until)) = ahead {
            let last = Month::at(until, zone);
            let mut month = Month::at(from, zone);
            while month <= last && wanted.len() < AT_ONCE * BY_MONTH.len() {
                wanted.extend(BY_MONTH.map(|table| (month, table)));
                month = month.next();
            }
        }
        for table in BY_MONTH {
            let mut after = i64::MIN;
            for _ in 0..AT_ONCE {
                let rest = format!("FROM {table}_default WHERE planned_for >= $1");
                let Some(least) = self.least(&rest, after).await? else { break };
                let month = Month::at(least, zone);
                wanted.insert((month, table));
                after = month.next().begins(zone).max(least + 1);
            }
        }
        let there = self.parts().await?;
        let mut made = 0;
        for (month, table) in wanted {
            if there.iter().any(|p| p.name == format!("{table}_{}", suffix(month))) {
                continue;
            }
            // A daemon comes again by itself.
            let mut tries = if most.is_none() { TRIES } else { 0 };
            let is_new = loop {
                match self.part_make(table, month, zone, most).await {
                    Err(e) if tries > 0 && is_busy(&e) => tries -= 1,
                    done => break done?,
                }
            };
            made += u64::from(is_new);
        }
        if made > 0 {
            // Autovacuum counts the rows of partitions, and never those of the table as a whole. Counting a long ledger takes
            // seconds, which a daemon that starts has not: within a week nothing changes that a plan would notice.
            for table in ["delivery", "attempt"] {
                let lately = "SELECT count(*) FROM pg_stat_all_tables WHERE schemaname = current_schema() AND relname = $1 \
                              AND last_analyze > now() - interval '7 days'";
                if most.is_some() && self.int(lately, params![table]).await? > 0 {
                    continue;
                }
                let tx = self.begin().await?;
                tx.inner_unprepared(&format!("ANALYZE {table}")).await?;
                tx.commit().await?;
            }
        }
        if made > 0 && most.is_none() {
            // What rows left behind is looked through each time a partition is attached, until it is gone.
            for table in BY_MONTH {
                self.write.execute_unprepared(&format!("VACUUM {table}_default")).await?;
            }
        }
        Ok(made)
    }

    /// Makes one month's partition of a table, in a transaction of its own: no lock on one table is held while another's is waited
    /// for. `most`: if more rows than that lie in `_default`, they stay there, and the month has no partition yet.
    async fn part_make(
        &self,
        table: &str,
        month: Month,
        zone: chrono_tz::Tz,
        most: Option<i64>,
    ) -> Result<bool> {
        // More than a daemon may move are seen before anybody waits for a lock, and without counting them all. Those of other
        // months count, too: a partition is attached only once all of them were looked at, under the lock.
        if let Some(most) = most {
            let some = format!("SELECT count(*) FROM (SELECT 1 FROM {table}_default LIMIT $1) AS x");
            let found = self.int(&some, params![most + 1]).await?;
            if found > most {
                tracing::warn!(
                    table, %month,
                    "too many rows lie in the default partition to be moved while others wait; `loa db up` moves them"
                );
                return Ok(false);
            }
        }
        let tx = self.begin().await?;
        alone(&tx).await?;
        let there: Vec<Part> = tx.rows(PARTS, vec![]).await?;
        let name = format!("{table}_{}", suffix(month));
        let gap = free(&there, table, (month.begins(zone), month.next().begins(zone)));
        let Some((from, until)) = gap.filter(|_| !there.iter().any(|p| p.name == name)) else {
            return Ok(false);
        };
        tx.inner_unprepared(&format!("LOCK TABLE ONLY {table} IN SHARE UPDATE EXCLUSIVE MODE")).await?;
        tx.inner_unprepared(&format!("LOCK TABLE {table}_default IN ACCESS EXCLUSIVE MODE")).await?;
        let rest = format!("FROM {table}_default WHERE planned_for >= {from} AND planned_for < {until}");
        let rows = tx.int(&format!("SELECT count(*) {rest}"), vec![]).await?.unwrap_or(0);
        if most.is_some_and(|most| rows > most) {
            return Ok(false); // they came meanwhile; the next turn says so
        }
        let like = "INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE";
        tx.inner_unprepared(&format!("CREATE TABLE {name} (LIKE {table} {like})")).await?;
        if rows > 0 {
            let moved =
                format!("WITH moved AS (DELETE {rest} RETURNING *) INSERT INTO {name} SELECT * FROM moved");
            tx.inner_unprepared(&moved).await?;
        }
        let attach =
            format!("ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM ({from}) TO ({until})");
        tx.inner_unprepared(&attach).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Partitions as they are. `None` on SQLite, and where the ledger has no tables.
    ///
    /// # Errors
    /// The database's.
    pub async fn partitions(&self) -> Result<Option<Partitions>> {
        if self.is_embedded() || !self.has_tables().await? {
            return Ok(None);
        }
        let parts = self.parts().await?;
        let of_ledger = parts.iter().filter(|p| p.parent == "delivery").map(month_of).collect();
        let closed = self.closed().await?;
        let closed: BTreeSet<String> =
            parts.iter().filter(|p| closed.contains(&p.name)).map(month_of).collect();
        let mut in_default = 0;
        for table in BY_MONTH {
            in_default += self.int(&format!("SELECT count(*) FROM {table}_default"), vec![]).await?;
        }
        Ok(Some(Partitions { months: of_ledger, in_default, closed: closed.into_iter().collect() }))
    }

    /// Months whose partitions lie within a time, so that an archive may drop them: one of the ledger, and of each other table
    /// either the same or no row at all.
    pub(super) async fn months_whole(&self, from: i64, until: i64) -> Result<Vec<Whole>> {
        if self.is_embedded() {
            return Ok(vec![]);
        }
        let parts = self.parts().await?;
        let mut out = Vec::new();
        for p in parts.iter().filter(|p| p.parent == "delivery" && p.from_at >= from && p.until_at <= until) {
            let month = month_of(p).replace('-', "_");
            let mut tables = Vec::new();
            let mut whole = true;
            for table in super::archive::MOVED {
                let name = format!("{table}_{month}");
                if parts.iter().any(|q| q.name == name && (q.from_at, q.until_at) == (p.from_at, p.until_at))
                {
                    tables.push(table);
                } else {
                    let rows = format!(
                        "SELECT count(*) FROM (SELECT 1 FROM {table} WHERE planned_for >= $1 AND planned_for < $2 LIMIT 1) AS x"
                    );
                    whole &= self.int(&rows, params![p.from_at, p.until_at]).await? == 0;
                }
            }
            if whole {
                out.push(Whole { month, from: p.from_at, until: p.until_at, tables });
            }
        }
        Ok(out)
    }

    /// Closes a month: its rows are read, and not changed any more. What is compared afterwards stays as it was compared.
    pub(super) async fn month_close(&self, w: &Whole) -> Result<()> {
        let tx = self.begin().await?;
        alone(&tx).await?;
        let says = format!(
            "CREATE OR REPLACE FUNCTION {CLOSED}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
             RAISE EXCEPTION 'this month is being archived; run loa db archive again'; END $$"
        );
        tx.inner_unprepared(&says).await?;
        tx.commit().await?;
        for table in &w.tables {
            let trigger = format!(
                "CREATE OR REPLACE TRIGGER {CLOSED} BEFORE INSERT OR UPDATE OR DELETE ON {table}_{} FOR EACH ROW \
                 EXECUTE FUNCTION {CLOSED}()",
                w.month
            );
            self.change(&trigger, None).await?;
        }
        Ok(())
    }

    /// Partitions of closed months.
    async fn closed(&self) -> Result<BTreeSet<String>> {
        #[derive(FromQueryResult)]
        struct Name {
            name: String,
        }
        let closed: Vec<Name> = self
            .rows(
                "SELECT CAST(c.relname AS text) AS name FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid \
                 JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = current_schema() AND t.tgname = $1",
                params![CLOSED],
            )
            .await?;
        Ok(closed.into_iter().map(|c| c.name).collect())
    }

    /// Opens the closed months of a time again, where something is not as it should be: their rows can be changed as before.
    ///
    /// # Errors
    /// The database's.
    pub async fn months_open(&self, from: i64, until: i64) -> Result<()> {
        if self.is_embedded() {
            return Ok(());
        }
        let closed = self.closed().await?;
        for p in self.parts().await?.iter().filter(|p| p.from_at >= from && p.until_at <= until) {
            if closed.contains(&p.name) {
                self.change(&format!("DROP TRIGGER IF EXISTS {CLOSED} ON {}", p.name), None).await?;
            }
        }
        Ok(())
    }

    /// Drops a closed month's partition of a table, with all its rows.
    pub(super) async fn month_drop(&self, w: &Whole, table: &str) -> Result<()> {
        self.change(&format!("DROP TABLE {table}_{}", w.month), Some(table)).await
    }

    /// Drops a closed month, in the order in which its rows would be deleted, if each table has as many rows as were `seen`.
    pub(super) async fn month_drop_all(&self, w: &Whole, seen: &[(&str, u64)]) -> Result<()> {
        for (table, seen) in seen.iter().filter(|(t, _)| w.tables.contains(t)) {
            let n = self.int(&format!("SELECT count(*) FROM {table}_{}", w.month), vec![]).await?;
            if n.unsigned_abs() != *seen {
                return Err(StoreError::Conflict(format!(
                    "{table}: {n} rows of {}, of which {seen} are in the archive; nothing is lost",
                    w.month
                )));
            }
        }
        for table in &w.tables {
            self.month_drop(w, table).await?;
        }
        Ok(())
    }

    /// Drops partitions without any row whose month was over before an instant (milliseconds). How many.
    ///
    /// # Errors
    /// The database's.
    pub async fn months_drop_empty(&self, before: i64) -> Result<u64> {
        if self.is_embedded() {
            return Ok(0);
        }
        let mut dropped = 0;
        for p in self.parts().await?.into_iter().filter(|p| p.until_at <= before) {
            let tx = self.begin().await?;
            if !is_bare(&tx, &p.name).await? {
                continue;
            }
            alone(&tx).await?;
            tx.inner_unprepared(&format!("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE", p.parent)).await?;
            if is_bare(&tx, &p.name).await? {
                tx.inner_unprepared(&format!("DROP TABLE {}", p.name)).await?;
                tx.commit().await?;
                dropped += 1;
            }
        }
        Ok(dropped)
    }

    /// One change of a partition, tried some times: statements that take long may be under way. `whole`: the table whose lock is
    /// taken first, in the order in which statements take them.
    async fn change(&self, sql: &str, whole: Option<&str>) -> Result<()> {
        let mut tries = 0;
        loop {
            let tx = self.begin().await?;
            alone(&tx).await?;
            let done = async {
                if let Some(table) = whole {
                    tx.inner_unprepared(&format!("LOCK TABLE ONLY {table} IN ACCESS EXCLUSIVE MODE")).await?;
                }
                tx.inner_unprepared(sql).await
            };
            match done.await {
                Ok(()) => return tx.commit().await,
                Err(e) if tries < TRIES && is_busy(&e) => tries += 1,
                Err(e) => return Err(e),
            }
        }
    }
}
