//! The writer's own connection to an embedded database: statements run in the thread that asks for them.
//!
//! The pool's driver runs each statement in a thread of its own and hands rows back one by one. A group commit of a dozen
//! statements then waits more for threads than for the database. Here the same library is called in place; the writer has a
//! thread to itself, so nobody else waits for it. See docs/decisions/0028.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rusqlite::types::{FromSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, OpenFlags};
use sea_orm::{DbErr, RuntimeErr, Value};
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::{Result, StoreError};

/// Statements kept ready.
const STATEMENTS: usize = 128;

/// A row that is read by its columns' names, whichever way the database was reached.
pub(super) trait Row: sea_orm::FromQueryResult {
    /// Its columns.
    const NAMES: &[&str];
    /// `at`: where a statement's rows have them, in this order.
    fn local(row: &rusqlite::Row<'_>, at: &[usize]) -> rusqlite::Result<Self>;
}

/// Declares a struct of a statement's columns.
macro_rules! row {
    ($(#[$meta:meta])* $vis:vis struct $name:ident { $($(#[$doc:meta])* $field_vis:vis $field:ident: $ty:ty),* $(,)? }) => {
        $(#[$meta])*
        #[derive(sea_orm::FromQueryResult)]
        $vis struct $name { $($(#[$doc])* $field_vis $field: $ty),* }
        impl $crate::store::local::Row for $name {
            const NAMES: &[&str] = &[$(stringify!($field)),*];
            fn local(row: &rusqlite::Row<'_>, at: &[usize]) -> rusqlite::Result<Self> {
                let mut at = at.iter().copied();
                Ok(Self { $($field: row.get(at.next().unwrap_or(usize::MAX))?),* })
            }
        }
    };
}
pub(super) use row;

/// The connection; one transaction at a time.
pub(super) type Local = Arc<Mutex<Connection>>;

/// Opens the connection to a file that the pool has opened before.
///
/// `first`: statements to run on it before anything else.
pub(super) fn open(file: &Path, first: Vec<String>) -> Result<Local> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags).map_err(say)?;
    connection.busy_timeout(Duration::from_secs(30)).map_err(say)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    for (pragma, value) in super::PRAGMAS {
        connection.pragma_update(None, pragma, value).map_err(say)?;
    }
    connection.pragma_update(None, "cache_size", super::WRITER_CACHE).map_err(say)?;
    connection.pragma_update(None, "foreign_keys", "on").map_err(say)?;
    for statement in first {
        connection.execute_batch(&statement).map_err(say)?;
    }
    Ok(Arc::new(Mutex::new(connection)))
}

/// An error as the pool's driver words it.
#[expect(clippy::wildcard_enum_match_arm, reason = "only failures of SQLite itself are told apart")]
pub(super) fn say(e: rusqlite::Error) -> StoreError {
    match e {
        rusqlite::Error::SqliteFailure(code, text) => {
            let text = text.unwrap_or_else(|| code.to_string());
            let text = format!("error returned from database: (code: {}) {text}", code.extended_code);
            // Of a constraint the database answers, and a row cannot be as it was asked; else it does not do its work.
            StoreError::Db(if code.code == rusqlite::ErrorCode::ConstraintViolation {
                DbErr::Exec(RuntimeErr::Internal(text))
            } else {
                DbErr::Conn(RuntimeErr::Internal(text))
            })
        }
        // A value that is not what its column says.
        e => StoreError::Corrupt(e.to_string()),
    }
}

/// A transaction on it; dropped without [`LocalTx::commit`] it never was.
pub(super) struct LocalTx {
    connection: std::sync::Mutex<OwnedMutexGuard<Connection>>,
    open: AtomicBool,
}

impl LocalTx {
    /// Begins; waits for the one before.
    pub(super) async fn begin(local: &Local) -> Result<Self> {
        let connection = local.clone().lock_owned().await;
        let tx = Self { connection: std::sync::Mutex::new(connection), open: AtomicBool::new(true) };
        // After some failures (a full disk) SQLite ends a transaction by itself, after others it does not.
        tx.with(|c| {
            if !c.is_autocommit() {
                c.execute_batch("ROLLBACK")?;
            }
            c.prepare_cached("BEGIN IMMEDIATE")?.execute([])
        })?;
        Ok(tx)
    }

    fn with<T>(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T> {
        let connection = self.connection.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        work(&connection).map_err(say)
    }

    /// Runs a statement once for each of `sets`, whose values follow those of `bound`; how many rows each changed.
    pub(super) fn exec(&self, sql: &str, bound: &[Value], sets: &[Vec<Value>]) -> Result<Vec<u64>> {
        self.with(|c| {
            let mut statement = c.prepare_cached(sql)?;
            let mut changed = Vec::with_capacity(sets.len());
            let numbers = numbers(&statement)?;
            for set in sets {
                bind(&mut statement, &numbers, bound, set)?;
                changed.push(statement.raw_execute()? as u64);
            }
            Ok(changed)
        })
    }

    /// Runs a statement once for each of `sets`, and reads the rows it answers with.
    pub(super) fn rows<T: Row>(&self, sql: &str, bound: &[Value], sets: &[Vec<Value>]) -> Result<Vec<T>> {
        self.read(sql, bound, sets, T::NAMES, T::local)
    }

    /// As [`LocalTx::rows`], of the first column.
    pub(super) fn firsts<T: FromSql>(
        &self,
        sql: &str,
        bound: &[Value],
        sets: &[Vec<Value>],
    ) -> Result<Vec<T>> {
        self.read(sql, bound, sets, &[], |row, _| row.get(0))
    }

    fn read<T>(
        &self,
        sql: &str,
        bound: &[Value],
        sets: &[Vec<Value>],
        names: &[&str],
        read: impl Fn(&rusqlite::Row<'_>, &[usize]) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>> {
        self.with(|c| {
            let mut statement = c.prepare_cached(sql)?;
            let numbers = numbers(&statement)?;
            let at: Vec<usize> =
                names.iter().map(|name| statement.column_index(name)).collect::<rusqlite::Result<_>>()?;
            let mut out = Vec::new();
            for set in sets {
                bind(&mut statement, &numbers, bound, set)?;
                let mut rows = statement.raw_query();
                while let Some(row) = rows.next()? {
                    out.push(read(row, &at)?);
                }
            }
            Ok(out)
        })
    }

    /// Ends it; durable once this answers.
    pub(super) fn commit(&self) -> Result<()> {
        self.with(|c| c.prepare_cached("COMMIT")?.execute([]))?;
        self.open.store(false, Ordering::Relaxed);
        Ok(())
    }
}

impl Drop for LocalTx {
    fn drop(&mut self) {
        if self.open.load(Ordering::Relaxed)
            && let Err(e) =
                self.with(|c| if c.is_autocommit() { Ok(()) } else { c.execute_batch("ROLLBACK") })
        {
            // The next one begins with it.
            tracing::error!(error = %e, "a transaction could not be rolled back");
        }
    }
}

/// `$n` is a name to SQLite, which numbers parameters by their first use: for each of these, its n less one.
fn numbers(statement: &rusqlite::Statement<'_>) -> rusqlite::Result<Vec<usize>> {
    let number = |i| statement.parameter_name(i)?.get(1..)?.parse::<usize>().ok()?.checked_sub(1);
    (1..=statement.parameter_count())
        .map(|i| number(i).ok_or(rusqlite::Error::InvalidParameterName(format!("parameter {i}"))))
        .collect()
}

/// Binds the values of `bound`, and of `set` after them.
fn bind(
    statement: &mut rusqlite::Statement<'_>,
    numbers: &[usize],
    bound: &[Value],
    set: &[Value],
) -> rusqlite::Result<()> {
    for (i, &n) in numbers.iter().enumerate() {
        let value = bound.get(n).or_else(|| set.get(n.checked_sub(bound.len())?));
        let Some(value) = value else {
            return Err(rusqlite::Error::InvalidParameterCount(n + 1, bound.len() + set.len()));
        };
        statement.raw_bind_parameter(i + 1, plain(value)?)?;
    }
    Ok(())
}

/// A value as SQLite stores it.
#[expect(clippy::wildcard_enum_match_arm, reason = "the others are stored nowhere")]
fn plain(value: &Value) -> rusqlite::Result<ToSqlOutput<'_>> {
    let value = match value {
        Value::BigInt(v) => v.map_or(ValueRef::Null, ValueRef::Integer),
        Value::Int(v) => v.map_or(ValueRef::Null, |v| ValueRef::Integer(v.into())),
        Value::SmallInt(v) => v.map_or(ValueRef::Null, |v| ValueRef::Integer(v.into())),
        Value::Bool(v) => v.map_or(ValueRef::Null, |v| ValueRef::Integer(v.into())),
        Value::Double(v) => v.map_or(ValueRef::Null, ValueRef::Real),
        Value::String(v) => v.as_ref().map_or(ValueRef::Null, |v| ValueRef::Text(v.as_bytes())),
        Value::Bytes(v) => v.as_ref().map_or(ValueRef::Null, |v| ValueRef::Blob(v)),
        other => {
            return Err(rusqlite::Error::ToSqlConversionFailure(
                format!("a value of this type is not stored: {other:?}").into(),
            ));
        }
    };
    Ok(ToSqlOutput::Borrowed(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::params;

    row! {
        struct Named {
            id: i64,
            a: String,
        }
    }

    async fn open_new() -> (tempfile::TempDir, Local) {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("x.db");
        std::fs::write(&file, "").unwrap();
        let local = open(&file, vec!["CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)".into()]).unwrap();
        (dir, local)
    }

    #[tokio::test]
    async fn parameters_are_bound_by_their_numbers_and_rows_are_run_one_by_one() {
        let (_dir, local) = open_new().await;
        let tx = LocalTx::begin(&local).await.unwrap();
        let sets = [params!["một", 1_i64], params!["hai", 2_i64], params!["lại", 1_i64]];
        let insert = "INSERT INTO t (id, a) SELECT $3, $2 || $1 WHERE true ON CONFLICT (id) DO NOTHING";
        assert_eq!(tx.exec(insert, &[Value::from("!")], &sets).unwrap(), [1, 1, 0]);
        let both = [params![2_i64], params![1_i64]];
        let all = tx.firsts::<String>("SELECT a FROM t WHERE id = $1", &[], &both);
        assert_eq!(all.unwrap(), ["hai!", "một!"]);
        // Columns are found by their names, in whatever order a statement has them.
        let all: Vec<Named> = tx.rows("SELECT a || '' AS a, id FROM t WHERE id = $1", &[], &both).unwrap();
        let all: Vec<_> = all.into_iter().map(|n| (n.id, n.a)).collect();
        assert_eq!(all, [(2, "hai!".into()), (1, "một!".into())]);
        assert!(tx.rows::<Named>("SELECT id FROM t", &[], &[vec![]]).is_err(), "a column is missing");
        assert!(tx.exec(insert, &[], &sets).is_err(), "a parameter is missing");
        tx.commit().unwrap();
    }

    #[tokio::test]
    async fn what_is_not_committed_never_was_and_the_next_one_begins() {
        let (_dir, local) = open_new().await;
        let count = async || {
            let tx = LocalTx::begin(&local).await.unwrap();
            tx.firsts::<i64>("SELECT count(*) FROM t", &[], &[vec![]]).unwrap()[0]
        };
        let insert = "INSERT INTO t (id) VALUES ($1)";
        let tx = LocalTx::begin(&local).await.unwrap();
        tx.exec(insert, &[], &[params![1_i64]]).unwrap();
        drop(tx);
        assert_eq!(count().await, 0);
        let tx = LocalTx::begin(&local).await.unwrap();
        let twice = tx.exec(insert, &[], &[params![1_i64], params![1_i64]]).unwrap_err();
        assert!(matches!(twice, StoreError::Db(DbErr::Exec(_))), "{twice}");
        drop(tx);
        assert_eq!(count().await, 0);
    }
}
