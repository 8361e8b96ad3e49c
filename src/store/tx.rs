//! A transaction that writes, and what a statement for both databases is put together from.

use std::collections::HashSet;
use std::sync::{Arc, OnceLock};

use sea_orm::{ConnectionTrait as _, DatabaseTransaction, DbBackend, FromQueryResult, Statement, Value};

use super::local::{LocalTx, Row};
use super::{Result, StoreError, code, db_now, params, rate};
use crate::domain::delivery::State;
use crate::domain::people::Actor;

/// A transaction that writes; dropped without [`Tx::commit`] it never was.
pub(crate) struct Tx {
    pub(super) inner: Inner,
    /// Held until it ends, where several connections of this process write to one file: whoever comes first is first.
    pub(super) turn: Option<tokio::sync::OwnedMutexGuard<()>>,
    pub(super) backend: DbBackend,
    pub(super) time: Arc<OnceLock<rate::Time>>,
    /// What the tallies change by: (occurrence, state); written in one order, by [`Tx::commit`] at the latest.
    pub(super) tallies: std::sync::Mutex<std::collections::BTreeMap<(i64, i16), i64>>,
}

/// How the database is reached.
pub(super) enum Inner {
    /// By a connection of a pool.
    Pool(DatabaseTransaction),
    /// By the writer's own connection to an embedded database.
    Local(LocalTx),
}

/// Type of a column of a JSON parameter.
#[derive(Clone, Copy)]
pub(crate) enum Col {
    /// 64-bit integer.
    Int,
    /// Text.
    Text,
    /// Bytes, written as hexadecimal digits.
    Hex,
}

/// What a statement that is about no rows in particular is run for.
const ONCE: [Vec<Value>; 1] = [Vec::new()];

/// Where the text of a statement about many rows says where they come from: nothing if it runs for one after the other.
#[derive(Clone)]
pub(super) struct Rows {
    /// `FROM … AS j`.
    pub(super) from: String,
    /// `, … AS j`, after other tables.
    pub(super) and: String,
}

/// Which rows a second statement is about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    All,
    Changed,
}

/// The text of a statement for one row, which is in the parameters after the first `before`.
fn one(cols: &[(&str, Col)], before: usize, sql: impl Fn(Rows) -> String) -> String {
    let text = sql(Rows { from: String::new(), and: String::new() });
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = rest.find("j.") {
        let (head, tail) = rest.split_at(at);
        let name = tail[2..].split(|c| !word(c)).next().unwrap_or_default();
        let col = cols.iter().position(|(col, _)| *col == name).filter(|_| !head.ends_with(word));
        out.push_str(head);
        match col {
            Some(i) => out.push_str(&format!("${}", before + i + 1)),
            None => out.push_str(&tail[..2 + name.len()]),
        }
        rest = &tail[2 + name.len()..];
    }
    out.push_str(rest);
    out
}

#[expect(clippy::wildcard_enum_match_arm, reason = "`Col` has no others")]
fn json(value: Value) -> serde_json::Value {
    match value {
        Value::BigInt(v) => v.into(),
        Value::Int(v) => v.into(),
        Value::SmallInt(v) => v.into(),
        Value::String(v) => v.into(),
        Value::Bytes(v) => v.map(|v| super::crypt::hex(&v)).into(),
        _ => serde_json::Value::Null,
    }
}

impl Tx {
    pub(super) fn pool(&self) -> Result<&DatabaseTransaction> {
        match &self.inner {
            Inner::Pool(tx) => Ok(tx),
            Inner::Local(_) => Err(StoreError::Conflict("not a statement of the writer".into())),
        }
    }
    fn statement(&self, sql: &str, params: Vec<Value>) -> Statement {
        Statement::from_sql_and_values(self.backend, sql, params)
    }
    pub(crate) async fn exec(&self, sql: &str, params: Vec<Value>) -> Result<u64> {
        match &self.inner {
            Inner::Pool(tx) => Ok(tx.execute_raw(self.statement(sql, params)).await?.rows_affected()),
            Inner::Local(tx) => Ok(tx.exec(sql, &params, &ONCE)?.into_iter().sum()),
        }
    }
    pub(crate) async fn rows<T: FromQueryResult>(&self, sql: &str, params: Vec<Value>) -> Result<Vec<T>> {
        let rows = self.pool()?.query_all_raw(self.statement(sql, params)).await?;
        rows.iter().map(|r| T::from_query_result(r, "").map_err(StoreError::from)).collect()
    }
    pub(crate) async fn row<T: FromQueryResult>(&self, sql: &str, params: Vec<Value>) -> Result<Option<T>> {
        Ok(self.rows(sql, params).await?.into_iter().next())
    }
    /// As [`Tx::rows`], for what the writer asks as well.
    pub(super) async fn read<T: Row>(&self, sql: &str, params: Vec<Value>) -> Result<Vec<T>> {
        match &self.inner {
            Inner::Pool(_) => self.rows(sql, params).await,
            Inner::Local(tx) => tx.rows(sql, &params, &ONCE),
        }
    }
    /// The first column of all rows.
    pub(crate) async fn ints(&self, sql: &str, params: Vec<Value>) -> Result<Vec<i64>> {
        match &self.inner {
            Inner::Pool(tx) => {
                let rows = tx.query_all_raw(self.statement(sql, params)).await?;
                rows.iter().map(|r| r.try_get_by_index::<i64>(0).map_err(StoreError::from)).collect()
            }
            Inner::Local(tx) => tx.firsts(sql, &params, &ONCE),
        }
    }
    pub(crate) async fn int(&self, sql: &str, params: Vec<Value>) -> Result<Option<i64>> {
        match &self.inner {
            Inner::Pool(tx) => Ok(match tx.query_one_raw(self.statement(sql, params)).await? {
                Some(r) => r.try_get_by_index::<Option<i64>>(0)?,
                None => None,
            }),
            Inner::Local(tx) => {
                Ok(tx.firsts::<Option<i64>>(sql, &params, &ONCE)?.into_iter().next().flatten())
            }
        }
    }
    /// Runs a statement about many rows, each given as the values of `cols`, which its text calls `j.name`; [`Rows`] has what to write
    /// besides. `bound` are its other parameters, `$1` and so on. Answers what the statement returns, in any order.
    pub(super) async fn each<T: Row>(
        &self,
        cols: &[(&str, Col)],
        sets: Vec<Vec<Value>>,
        bound: Vec<Value>,
        sql: impl Fn(Rows) -> String,
    ) -> Result<Vec<T>> {
        match &self.inner {
            Inner::Pool(_) => {
                let (text, bound) = self.all(cols, sets, bound, sql);
                self.rows(&text, bound).await
            }
            Inner::Local(tx) => tx.rows(&one(cols, bound.len(), sql), &bound, &sets),
        }
    }
    /// As [`Tx::each`], for a statement that returns nothing.
    pub(super) async fn exec_each(
        &self,
        cols: &[(&str, Col)],
        sets: Vec<Vec<Value>>,
        bound: Vec<Value>,
        sql: impl Fn(Rows) -> String,
    ) -> Result<()> {
        if sets.is_empty() {
            return Ok(());
        }
        match &self.inner {
            Inner::Pool(_) => {
                let (text, bound) = self.all(cols, sets, bound, sql);
                self.exec(&text, bound).await.map(drop)
            }
            Inner::Local(tx) => tx.exec(&one(cols, bound.len(), sql), &bound, &sets).map(drop),
        }
    }
    /// As [`Tx::each`], for an UPDATE of deliveries `d` by their `id`, the first of `cols`: which of them were changed.
    pub(super) async fn changed(
        &self,
        cols: &[(&str, Col)],
        sets: Vec<Vec<Value>>,
        bound: Vec<Value>,
        sql: impl Fn(Rows) -> String,
    ) -> Result<HashSet<i64>> {
        match &self.inner {
            Inner::Pool(_) => {
                // SQLite knows no alias there, and PostgreSQL has two columns of that name.
                let id = if self.is_sqlite() { "id" } else { "d.id" };
                let (text, bound) = self.all(cols, sets, bound, sql);
                Ok(self.ints(&format!("{text} RETURNING {id}"), bound).await?.into_iter().collect())
            }
            Inner::Local(tx) => {
                let changed = tx.exec(&one(cols, bound.len(), sql), &bound, &sets)?;
                let ids = sets.iter().zip(changed).filter(|(_, n)| *n > 0);
                Ok(ids
                    .filter_map(|(set, _)| match set.first() {
                        Some(Value::BigInt(id)) => *id,
                        _ => None,
                    })
                    .collect())
            }
        }
    }
    /// As [`Tx::changed`], and runs a second statement, on another table, about the same rows, or about those `of` them that were
    /// changed: one way to PostgreSQL and back for both.
    pub(super) async fn changed_and(
        &self,
        cols: &[(&str, Col)],
        sets: Vec<Vec<Value>>,
        bound: Vec<Value>,
        first: impl Fn(Rows) -> String,
        of: Of,
        second: impl Fn(Rows) -> String,
    ) -> Result<HashSet<i64>> {
        if let Inner::Local(tx) = &self.inner {
            let n = tx.exec(&one(cols, bound.len(), first), &bound, &sets)?;
            let mut changed = HashSet::with_capacity(sets.len());
            let mut besides = Vec::with_capacity(sets.len());
            for (set, n) in sets.into_iter().zip(n) {
                if n > 0
                    && let Some(Value::BigInt(Some(id))) = set.first()
                {
                    changed.insert(*id);
                }
                if n > 0 || of == Of::All {
                    besides.push(set);
                }
            }
            tx.exec(&one(cols, bound.len(), second), &bound, &besides)?;
            return Ok(changed);
        }
        if self.is_sqlite() {
            let changed = self.changed(cols, sets.clone(), bound.clone(), first).await?;
            let is_changed = |set: &Vec<Value>| matches!(set.first(), Some(Value::BigInt(Some(id))) if changed.contains(id));
            let sets = sets.into_iter().filter(|set| of == Of::All || is_changed(set)).collect();
            self.exec_each(cols, sets, bound, second).await?;
            return Ok(changed);
        }
        let (text, bound) = self.all(cols, sets, bound, |mut rows| {
            let a = first(rows.clone());
            if of == Of::Changed {
                rows.from.push_str(" JOIN changed ON changed.id = j.id");
            }
            let b = second(rows);
            format!("WITH changed AS ({a} RETURNING d.id), besides AS ({b}) SELECT id FROM changed")
        });
        Ok(self.ints(&text, bound).await?.into_iter().collect())
    }
    /// The text and the parameters of a statement about all rows at once.
    fn all(
        &self,
        cols: &[(&str, Col)],
        sets: Vec<Vec<Value>>,
        mut bound: Vec<Value>,
        sql: impl Fn(Rows) -> String,
    ) -> (String, Vec<Value>) {
        let rows = self.json_rows(bound.len() + 1, cols);
        let text = sql(Rows { from: format!("FROM {rows} AS j"), and: format!(", {rows} AS j") });
        let row = |set: Vec<Value>| {
            cols.iter().zip(set).map(|((name, _), v)| ((*name).to_owned(), json(v))).collect()
        };
        let rows = sets.into_iter().map(|set| serde_json::Value::Object(row(set))).collect();
        bound.push(serde_json::Value::Array(rows).to_string().into());
        (text, bound)
    }
    pub(crate) async fn commit(mut self) -> Result<()> {
        self.write_tallies().await?;
        let turn = self.turn.take();
        match self.inner {
            Inner::Pool(tx) => tx.commit().await?,
            Inner::Local(tx) => tx.commit()?,
        }
        drop(turn);
        Ok(())
    }
    pub(crate) fn is_sqlite(&self) -> bool {
        self.backend == DbBackend::Sqlite
    }

    /// A FROM item out of parameter `$n`, a JSON array of objects: many rows in one statement, on both databases.
    pub(crate) fn json_rows(&self, n: usize, cols: &[(&str, Col)]) -> String {
        if self.is_sqlite() {
            let list: Vec<String> = cols
                .iter()
                .map(|(name, ty)| match ty {
                    Col::Int | Col::Text => format!("json_extract(value, '$.{name}') AS {name}"),
                    Col::Hex => format!("unhex(json_extract(value, '$.{name}')) AS {name}"),
                })
                .collect();
            format!("(SELECT {} FROM json_each(${n}))", list.join(", "))
        } else {
            let typed: Vec<String> = cols
                .iter()
                .map(|(name, ty)| match ty {
                    Col::Int => format!("{name} bigint"),
                    Col::Text | Col::Hex => format!("{name} text"),
                })
                .collect();
            let list: Vec<String> = cols
                .iter()
                .map(|(name, ty)| match ty {
                    Col::Int | Col::Text => (*name).to_owned(),
                    Col::Hex => format!("decode({name}, 'hex') AS {name}"),
                })
                .collect();
            format!(
                "(SELECT {} FROM jsonb_to_recordset(CAST(${n} AS jsonb)) AS raw({}))",
                list.join(", "),
                typed.join(", ")
            )
        }
    }

    /// SQL that is true of a delivery in a state, where it is found by its key: written so that no index of rows in that state is
    /// walked instead. Such an index looks tiny, and on PostgreSQL is full of what left it since the last vacuum.
    pub(super) fn is_in(delivery: &str, state: State) -> String {
        format!("{delivery}.state + 0 = {}", code(state))
    }

    /// SQL for the database's own clock, milliseconds.
    pub(crate) fn db_now(&self) -> &'static str {
        db_now(self.is_sqlite())
    }

    /// Moves tallies: (occurrence, from, to), each by one. `None` as `from`: a new row.
    pub(crate) async fn tally_move(&self, moves: &[(i64, Option<i16>, i16)]) -> Result<()> {
        self.tally_later(moves);
        self.write_tallies().await
    }

    /// Adds to tallies: (occurrence, state, how many).
    pub(crate) async fn tally_add(&self, deltas: impl IntoIterator<Item = (i64, i16, i64)>) -> Result<()> {
        self.note_tallies(deltas);
        self.write_tallies().await
    }

    /// Moves tallies when the transaction commits: for the hot path, which reads none inside it.
    pub(crate) fn tally_later(&self, moves: &[(i64, Option<i16>, i16)]) {
        let from = moves.iter().filter_map(|&(o, from, _)| from.map(|f| (o, f, -1)));
        self.note_tallies(from.chain(moves.iter().map(|&(o, _, to)| (o, to, 1))));
    }

    fn note_tallies(&self, deltas: impl IntoIterator<Item = (i64, i16, i64)>) {
        let mut all = self.tallies.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        for (occurrence, state, n) in deltas {
            *all.entry((occurrence, state)).or_default() += n;
        }
    }

    async fn write_tallies(&self) -> Result<()> {
        let all =
            std::mem::take(&mut *self.tallies.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
        let sets: Vec<Vec<Value>> =
            all.into_iter().filter(|&(_, n)| n != 0).map(|((o, s), n)| params![o, s, n]).collect();
        if sets.is_empty() {
            return Ok(());
        }
        let cols = [("o", Col::Int), ("s", Col::Int), ("n", Col::Int)];
        self.exec_each(&cols, sets, vec![], |rows| {
            format!(
                "INSERT INTO tally (occurrence_id, state, n) SELECT j.o, j.s, j.n {from} WHERE true \
                 ORDER BY 1, 2 ON CONFLICT (occurrence_id, state) DO UPDATE SET n = tally.n + excluded.n",
                from = rows.from
            )
        })
        .await?;
        Ok(())
    }

    /// Writes who did what.
    pub(crate) async fn audit(
        &self,
        at: i64,
        actor: &Actor,
        action: &str,
        subject: &str,
        detail: serde_json::Value,
    ) -> Result<()> {
        self.exec(
            "INSERT INTO audit (at, actor, proof, action, subject, detail) VALUES ($1,$2,$3,$4,$5,$6)",
            params![at, actor.name.as_str(), actor.proof.as_str(), action, subject, detail.to_string()],
        )
        .await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_for_one_row_has_parameters_where_it_names_columns() {
        let cols = [("id", Col::Int), ("p", Col::Int), ("pending", Col::Int)];
        let sql = |rows: Rows| {
            format!("UPDATE t SET x = j.pending, obj.id = $1 {} WHERE id = j.id AND (j.p,j.other)", rows.from)
        };
        assert_eq!(one(&cols, 1, sql), "UPDATE t SET x = $4, obj.id = $1  WHERE id = $2 AND ($3,j.other)");
    }
}
