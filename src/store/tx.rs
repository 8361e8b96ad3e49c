//! A transaction that writes, and what a statement for both databases is put together from.

use std::sync::{Arc, OnceLock};

use sea_orm::{ConnectionTrait as _, DatabaseTransaction, DbBackend, FromQueryResult, Statement, Value};

use super::{Result, StoreError, db_now, params, rate};
use crate::domain::people::Actor;

/// A transaction that writes; dropped without [`Tx::commit`] it never was.
pub(crate) struct Tx {
    pub(super) inner: DatabaseTransaction,
    pub(super) backend: DbBackend,
    pub(super) time: Arc<OnceLock<rate::Time>>,
    /// What the tallies change by: (occurrence, state); written in one order, by [`Tx::commit`] at the latest.
    pub(super) tallies: std::sync::Mutex<std::collections::BTreeMap<(i64, i16), i64>>,
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

impl Tx {
    pub(crate) async fn exec(&self, sql: &str, params: Vec<Value>) -> Result<u64> {
        Ok(self
            .inner
            .execute_raw(Statement::from_sql_and_values(self.backend, sql, params))
            .await?
            .rows_affected())
    }
    pub(crate) async fn rows<T: FromQueryResult>(&self, sql: &str, params: Vec<Value>) -> Result<Vec<T>> {
        let rows =
            self.inner.query_all_raw(Statement::from_sql_and_values(self.backend, sql, params)).await?;
        rows.iter().map(|r| T::from_query_result(r, "").map_err(StoreError::from)).collect()
    }
    pub(crate) async fn row<T: FromQueryResult>(&self, sql: &str, params: Vec<Value>) -> Result<Option<T>> {
        Ok(self.rows(sql, params).await?.into_iter().next())
    }
    /// The first column of all rows.
    pub(crate) async fn ints(&self, sql: &str, params: Vec<Value>) -> Result<Vec<i64>> {
        let rows =
            self.inner.query_all_raw(Statement::from_sql_and_values(self.backend, sql, params)).await?;
        rows.iter().map(|r| r.try_get_by_index::<i64>(0).map_err(StoreError::from)).collect()
    }
    pub(crate) async fn int(&self, sql: &str, params: Vec<Value>) -> Result<Option<i64>> {
        let row = self.inner.query_one_raw(Statement::from_sql_and_values(self.backend, sql, params)).await?;
        Ok(match row {
            Some(r) => r.try_get_by_index::<Option<i64>>(0)?,
            None => None,
        })
    }
    pub(crate) async fn commit(self) -> Result<()> {
        self.write_tallies().await?;
        Ok(self.inner.commit().await?)
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
        let json: Vec<serde_json::Value> = all
            .into_iter()
            .filter(|&(_, n)| n != 0)
            .map(|((o, s), n)| serde_json::json!({"o": o, "s": s, "n": n}))
            .collect();
        if json.is_empty() {
            return Ok(());
        }
        let rows = self.json_rows(1, &[("o", Col::Int), ("s", Col::Int), ("n", Col::Int)]);
        self.exec(
            &format!(
                "INSERT INTO tally (occurrence_id, state, n) SELECT o, s, n FROM {rows} AS j WHERE true \
                 ORDER BY o, s ON CONFLICT (occurrence_id, state) DO UPDATE SET n = tally.n + excluded.n"
            ),
            params![serde_json::Value::Array(json).to_string()],
        )
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
