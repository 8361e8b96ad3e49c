//! Contacts of lists into the ledger, minutes before they are due: set by set, streaming, so that memory does not grow with
//! the list and urgent rows go before the expansion ends.

use std::sync::atomic::Ordering;
use std::time::Duration;

use sea_orm::FromQueryResult;
use tokio::time::Instant;

use super::workspace::quoted;
use super::{Result, Store, Tx, code, params};
use crate::domain::delivery::State;

/// People put into the ledger in one transaction: at first, at least, at most. Each walks over the whole index of codes, so more
/// at a time cost less; but on SQLite the intents of lanes wait for a chunk, and everywhere urgent rows come between two.
pub(super) const CHUNK: i64 = 5000;
const LEAST: i64 = 4000;
const MOST: i64 = 100_000;

/// How long a chunk may take: on SQLite while others wait to write, and where nobody waits for it.
const AWAITED: Duration = Duration::from_millis(80);
const ALONE: Duration = Duration::from_millis(400);

/// How many people come next, after a whole chunk of `n` that took `took`.
fn next_chunk(n: i64, took: Duration, may_take: Duration) -> i64 {
    let fits = may_take.as_secs_f64() / took.as_secs_f64().max(1e-6);
    (n as f64 * fits.min(2.0)).clamp(LEAST as f64, MOST as f64) as i64
}

/// For the rest of a transaction on PostgreSQL: rows are found by their keys. Tables that were just filled have no statistics.
pub(super) const BY_KEY: &str =
    "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL enable_seqscan = off";

#[derive(FromQueryResult)]
struct Todo {
    id: i64,
    planned_for: i64,
    family: String,
    lists: String,
    except_lists: String,
    expand_from: i64,
}

#[derive(FromQueryResult)]
struct Bounds {
    last: Option<i64>,
    n: i64,
}

/// SQL, 1 or 0: rows of the occurrence that are made at `$5` go at once, and the gate would let all of them through: its time has
/// come and is not over, no blackout spreads it, no restored backup makes it a question, its text is not stopped.
const AT_ONCE: &str = "CAST(CASE WHEN due_at <= $5 AND expires_at > $5 AND COALESCE(resumed_at, 0) <= due_at \
     AND due_at > COALESCE((SELECT CAST(value AS bigint) FROM meta WHERE key = 'restored_until'), 0) \
     AND NOT EXISTS (SELECT 1 FROM content_stop cs WHERE cs.revision_id = occurrence.revision_id \
                     AND cs.released_at IS NULL) THEN 1 ELSE 0 END AS bigint)";

/// Members of lists, each once: SQL for the lists, and for the index by which they are walked. Long lists are walked by number,
/// which brings each person's entries together: sorting them all for each chunk would cost their square, and memory.
pub(super) struct Members {
    pub(super) lists: String,
    pub(super) index: &'static str,
    pub(super) long: bool,
}

impl Members {
    /// `members`: how many the lists have together.
    pub(super) fn of(lists: &[String], members: i64, sqlite: bool) -> Self {
        let long = members > CHUNK;
        let index = if long && lists.len() > 1 && sqlite { "INDEXED BY list_member_target" } else { "" };
        Self { lists: quoted(lists), index, long }
    }
    /// SQL for the sum of their lengths.
    pub(super) fn count_sql(lists: &[String]) -> String {
        format!("SELECT CAST(sum(members) AS bigint) FROM list WHERE id IN ({})", quoted(lists))
    }
}

/// What a chunk put into the ledger.
struct Chunk {
    made: u64,
    whole: bool,
}

impl Store {
    /// Expands one chunk of each occurrence that is due before `until`, has lists and an open gate. Whose time has come is due at
    /// once. Answers how many rows were made and whether more is to do.
    ///
    /// # Errors
    /// The database's; a chunk is whole or not at all.
    pub async fn expand_step(&self, until: i64, now: i64) -> Result<(u64, bool)> {
        let todo: Vec<Todo> = self
            .rows(
                &format!(
                    "SELECT id, planned_for, family, lists, except_lists, expand_from FROM occurrence \
                 WHERE expanded_at IS NULL AND lists <> '[]' AND cancelled_at IS NULL AND archived_at IS NULL AND gate IS NULL \
                   AND due_at <= $1 AND (expires_at > $2 OR resumed_at >= expires_at OR {since}) \
                 ORDER BY priority, due_at",
                    // Whom a blackout or a restored backup leaves without anything has a row that says so.
                    since = super::backup::DUE_SINCE_BACKUP
                ),
                params![until, now],
            )
            .await?;
        let mut made = 0;
        let mut more = false;
        for t in todo {
            let size = self.chunk.load(Ordering::Relaxed);
            let tx = self.begin().await?;
            let started = Instant::now();
            let Some(chunk) = expand(&tx, &t, size, now).await? else { continue };
            let may_take = if self.is_awaited() { AWAITED } else { ALONE };
            tx.commit().await?;
            if chunk.whole {
                self.chunk.store(next_chunk(size, started.elapsed(), may_take), Ordering::Relaxed);
            }
            made += chunk.made;
            more |= chunk.whole;
        }
        Ok((made, more))
    }
}

/// Puts the next `size` people of an occurrence into the ledger. `None`: not wanted any more.
async fn expand(tx: &Tx, t: &Todo, size: i64, now: i64) -> Result<Option<Chunk>> {
    let Some(column) = super::people::bidx_column(&t.family) else { return Ok(None) };
    // A cancel, an edit or a hold in between: this chunk is not wanted any more.
    let lock = if tx.is_sqlite() { "" } else { " FOR UPDATE" };
    let at_once = tx
        .int(
            &format!(
                "SELECT {AT_ONCE} FROM occurrence WHERE id = $1 AND expanded_at IS NULL AND lists = $2 \
                   AND except_lists = $3 AND expand_from = $4 AND cancelled_at IS NULL AND archived_at IS NULL \
                   AND gate IS NULL{lock}"
            ),
            params![t.id, t.lists.as_str(), t.except_lists.as_str(), t.expand_from, now],
        )
        .await?;
    let Some(at_once) = at_once else { return Ok(None) };
    let state = code(if at_once == 1 { State::Due } else { State::Planned });
    let ids = |json: &str| serde_json::from_str::<Vec<String>>(json).unwrap_or_default();
    let (lists, except) = (ids(&t.lists), ids(&t.except_lists));
    let members = tx.int(&Members::count_sql(&lists), vec![]).await?.unwrap_or(0);
    let Members { lists, index, long } = Members::of(&lists, members, tx.is_sqlite());
    if !tx.is_sqlite() {
        let walk = if long { "; SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off" } else { "" };
        tx.inner_unprepared(&format!("{BY_KEY}{walk}")).await?;
    }
    let chosen = format!(
        "SELECT DISTINCT target_id FROM list_member {index} WHERE list IN ({lists}) AND target_id > $1"
    );
    let bounds: Option<Bounds> = tx
        .row(
            &format!("SELECT max(target_id) AS last, count(*) AS n FROM ({chosen} ORDER BY 1 LIMIT $2) AS x"),
            params![t.expand_from, size],
        )
        .await?;
    let (last, n) = bounds.map_or((None, 0), |b| (b.last, b.n));
    let mut made = 0;
    if let Some(last) = last {
        // Rows are made of members alone, and of this occurrence by nobody else meanwhile: what was looked for cannot come between.
        let conflict = if again(tx, t, &lists, last, now).await? {
            "ON CONFLICT (id, planned_for) DO NOTHING"
        } else {
            ""
        };
        let left_out = if except.is_empty() {
            String::new()
        } else {
            let except = quoted(&except);
            format!(
                "AND NOT EXISTS (SELECT 1 FROM list_member e WHERE e.target_id = t.id AND e.list IN ({except}))"
            )
        };
        // A statement that fails takes its transaction with it: SQLite need not keep every page as it was before it.
        let insert = if tx.is_sqlite() { "INSERT OR FAIL" } else { "INSERT" };
        made = tx
            .exec(
                // `CROSS JOIN`: SQLite keeps this order, people by number, each looked up by key.
                &format!(
                    "{insert} INTO delivery (id, planned_for, occurrence_id, target_id, account, kind, family, priority, \
                                           state, due_at, expires_at, code, updated_at) \
                     SELECT o.id * 4294967296 + t.id, o.planned_for, o.id, t.id, o.account, o.kind, o.family, \
                            o.priority, {state}, {due}, o.expires_at, {code}, $3 \
                     FROM (SELECT x.target_id AS id FROM ({chosen} AND target_id <= $2) AS x) AS t \
                     CROSS JOIN contact c CROSS JOIN occurrence o \
                     WHERE c.target_id = t.id AND o.id = $4 \
                       AND c.erased_at IS NULL AND c.{column} IS NOT NULL AND o.account IS NOT NULL {left_out} \
                       AND NOT EXISTS (SELECT 1 FROM suppression s WHERE s.bidx = c.{column} \
                                       AND s.family = o.family \
                                       AND (s.list = '' OR s.list IN ({lists}))) {conflict}",
                    due = super::blackout::due_sql(&super::place::code_sql()),
                    code = super::place::code_sql(),
                ),
                params![t.expand_from, last, now, t.id],
            )
            .await?;
        tx.tally_add([(t.id, state, made as i64)]).await?;
        tx.exec("UPDATE occurrence SET expand_from = $2 WHERE id = $1", params![t.id, last]).await?;
    }
    let whole = n >= size;
    if !whole {
        tx.exec("UPDATE occurrence SET expanded_at = $2 WHERE id = $1", params![t.id, now]).await?;
    }
    Ok(Some(Chunk { made, whole }))
}

/// Who was taken back by a plan without any try, and is chosen again, is planned again. Looked for only where the chunk has rows
/// already, and by their keys: what was expanded before it is not looked through. True if it has.
async fn again(tx: &Tx, t: &Todo, lists: &str, last: i64, now: i64) -> Result<bool> {
    let (from, until) = ((t.id << 32) + t.expand_from, (t.id << 32) + last);
    let there = tx
        .int(
            "SELECT id FROM delivery WHERE id > $1 AND id <= $2 AND planned_for = $3 LIMIT 1",
            params![from, until, t.planned_for],
        )
        .await?;
    if there.is_none() {
        return Ok(false);
    }
    let these = format!("id > {from} AND id <= {until} AND planned_for = {} AND opened = 0", t.planned_for);
    super::moves::set_where(
        tx,
        &format!(
            "{these} AND state IN (9,10) AND cause_code IN ('plan','too_late','left_list') \
             AND EXISTS (SELECT 1 FROM list_member m WHERE m.target_id = delivery.target_id AND m.list IN ({lists}))"
        ),
        State::Planned,
        "",
        now,
    )
    .await?;
    let of =
        |column: &str| format!("(SELECT o.{column} FROM occurrence o WHERE o.id = delivery.occurrence_id)");
    tx.exec(
        &format!(
            "UPDATE delivery SET cause_code = NULL, due_at = {}, expires_at = {}, account = {}, kind = {} \
             WHERE {these} AND state = 0 AND EXISTS (SELECT 1 FROM contact c WHERE c.target_id = delivery.target_id)",
            of("due_at"),
            of("expires_at"),
            of("account"),
            of("kind")
        ),
        vec![],
    )
    .await?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_is_as_long_as_the_writer_can_spare() {
        let ms = Duration::from_millis;
        assert_eq!(next_chunk(5000, ms(40), ms(80)), 10_000);
        assert_eq!(next_chunk(5000, ms(1), ms(80)), 10_000, "twice as long at most");
        assert_eq!(next_chunk(5000, Duration::ZERO, ms(80)), 10_000);
        assert_eq!(next_chunk(80_000, ms(40), ms(80)), MOST);
        assert_eq!(next_chunk(16_000, ms(160), ms(80)), 8000);
        assert_eq!(next_chunk(8000, ms(60_000), ms(80)), LEAST);
    }
}
