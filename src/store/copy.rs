//! A whole database into another one, of either dialect: every table with every column, as it is.
//!
//! It reads one consistent moment of the source and writes one transaction of the target, so that there is all of it or
//! nothing; it knows no table by name, so that a later one is not forgotten. Rows stream in batches of about a megabyte.

use sea_orm::{FromQueryResult, IsolationLevel, QueryResult, Statement, Value};

use super::{Col, Result, Store, StoreError, Tx, params};

/// Batches are about this long, bytes of JSON.
const BATCH_BYTES: usize = 1 << 20;
/// The most rows of a batch.
const BATCH_ROWS: usize = 4000;

/// A table and how many rows of it were copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    /// Its name.
    pub table: String,
    /// Rows in the source and in the target.
    pub rows: i64,
}

/// A table as its database describes it.
#[derive(Debug)]
pub(super) struct Table {
    name: String,
    columns: Vec<Column>,
}

#[derive(Debug, FromQueryResult)]
struct Column {
    name: String,
    ty: String,
    /// Place in the primary key, from 1; 0: not in it.
    pk: i64,
}

#[derive(FromQueryResult)]
struct Name {
    name: String,
}

impl Column {
    fn col(&self) -> Result<Col> {
        let ty = self.ty.to_ascii_lowercase();
        match ty.as_str() {
            "bigint" | "integer" | "smallint" => Ok(Col::Int),
            "text" => Ok(Col::Text),
            "blob" | "bytea" => Ok(Col::Hex),
            _ => Err(StoreError::Corrupt(format!(
                "column {} has the type {ty}, which is not copied",
                self.name
            ))),
        }
    }
}

/// The tables of a database, without the record of its schema's steps.
async fn tables(tx: &Tx) -> Result<Vec<Table>> {
    let (names, columns) = if tx.is_sqlite() {
        (
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
             AND name <> 'seaql_migrations' ORDER BY name",
            "SELECT name, type AS ty, CAST(pk AS bigint) AS pk FROM pragma_table_info($1) ORDER BY cid",
        )
    } else {
        (
            "SELECT CAST(c.relname AS text) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
             WHERE n.nspname = current_schema() AND c.relkind IN ('r','p') AND NOT c.relispartition \
               AND c.relname <> 'seaql_migrations' ORDER BY 1",
            "SELECT CAST(a.attname AS text) AS name, format_type(a.atttypid, a.atttypmod) AS ty, \
                    CAST(COALESCE((SELECT array_position(CAST(i.indkey AS smallint[]), a.attnum) + 1 FROM pg_index i \
                          WHERE i.indrelid = c.oid AND i.indisprimary), 0) AS bigint) AS pk \
             FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
             WHERE n.nspname = current_schema() AND c.relname = $1 AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum",
        )
    };
    let mut out = Vec::new();
    for Name { name } in tx.rows::<Name>(names, vec![]).await? {
        out.push(Table { columns: tx.rows(columns, params![name.as_str()]).await?, name });
    }
    Ok(out)
}

/// How many rows of each state the ledger has, with sums that tell rows apart.
async fn ledger_sum(tx: &Tx) -> Result<Vec<(i64, i64, i64, i64)>> {
    #[derive(FromQueryResult)]
    struct Sum {
        state: i64,
        n: i64,
        ids: i64,
        times: i64,
    }
    let rows: Vec<Sum> = tx
        .rows(
            "SELECT CAST(state AS bigint) AS state, count(*) AS n, CAST(sum(id % 1000000007) AS bigint) AS ids, \
                    CAST(sum((due_at + updated_at + attempts + opened) % 1000000007) AS bigint) AS times \
             FROM delivery GROUP BY state ORDER BY state",
            vec![],
        )
        .await?;
    Ok(rows.into_iter().map(|s| (s.state, s.n, s.ids, s.times)).collect())
}

/// A stored value for a JSON batch.
fn json(row: &QueryResult, at: usize, col: Col) -> Result<serde_json::Value> {
    Ok(match col {
        Col::Int => row.try_get_by_index::<Option<i64>>(at)?.into(),
        Col::Text => row.try_get_by_index::<Option<String>>(at)?.into(),
        Col::Hex => row.try_get_by_index::<Option<Vec<u8>>>(at)?.map(|b| super::crypt::hex(&b)).into(),
    })
}

/// The same as a bound value, for the place where the next batch begins.
fn bound(row: &QueryResult, at: usize, col: Col) -> Result<Value> {
    Ok(match col {
        Col::Int => row.try_get_by_index::<Option<i64>>(at)?.into(),
        Col::Text => row.try_get_by_index::<Option<String>>(at)?.into(),
        Col::Hex => row.try_get_by_index::<Option<Vec<u8>>>(at)?.into(),
    })
}

impl Store {
    /// One consistent moment of the whole database, for reading.
    pub(super) async fn snapshot(&self) -> Result<Tx> {
        let options = sea_orm::TransactionOptions {
            isolation_level: (!self.is_embedded()).then_some(IsolationLevel::RepeatableRead),
            ..sea_orm::TransactionOptions::default()
        };
        let inner = sea_orm::TransactionTrait::begin_with_options(&self.read, options).await?;
        let tx = self.tx(super::Inner::Pool(inner), None);
        self.fit(&tx).await?;
        Ok(tx)
    }

    /// Rows of each table.
    pub(super) async fn table_counts(&self) -> Result<Vec<(String, i64)>> {
        let tx = self.snapshot().await?;
        let mut out = Vec::new();
        for t in tables(&tx).await? {
            out.push((
                t.name.clone(),
                tx.int(&format!("SELECT count(*) FROM {}", t.name), vec![]).await?.unwrap_or(0),
            ));
        }
        Ok(out)
    }

    /// True if no table has a row, apart from what a first look leaves there.
    ///
    /// # Errors
    /// The database's.
    pub async fn is_empty(&self) -> Result<bool> {
        let tx = self.snapshot().await?;
        for t in tables(&tx).await? {
            let some = format!("SELECT count(*) FROM (SELECT 1 FROM {} LIMIT 1) AS x", t.name);
            if tx.int(&some, vec![]).await? != Some(0) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Copies everything into an empty database whose schema has the same steps, and compares what arrived: the rows of each
    /// table, the states of the ledger. Nothing is in the target unless all of it is.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the target is not empty, has another schema, or what arrived is not what was there; the
    /// databases'.
    pub async fn copy_to(&self, target: &Store) -> Result<Vec<Copied>> {
        if !target.is_empty().await? {
            return Err(StoreError::Conflict(
                "the target is not empty; make a new database and name that one".into(),
            ));
        }
        let from = self.snapshot().await?;
        if !from.is_sqlite() {
            // No daemon begins a life while its ledger is being read.
            from.inner_unprepared("LOCK TABLE node IN SHARE MODE").await?;
        }
        let to = target.begin().await?;
        let there = tables(&to).await?;
        let mut out = Vec::new();
        for table in tables(&from).await? {
            let same = there.iter().find(|t| t.name == table.name).filter(|t| {
                let names = |t: &Table| {
                    t.columns.iter().map(|c| c.name.clone()).collect::<std::collections::BTreeSet<_>>()
                };
                names(t) == names(&table)
            });
            if same.is_none() {
                return Err(StoreError::Conflict(format!(
                    "the table {} has other columns in the target; bring both databases up to date with `loa db up`",
                    table.name
                )));
            }
            let rows = table.copy(&from, &to, "1 = 1", &[], "INSERT").await?;
            let arrived = to.int(&format!("SELECT count(*) FROM {}", table.name), vec![]).await?;
            if arrived != Some(rows) {
                return Err(StoreError::Conflict(format!(
                    "{}: {rows} rows, {arrived:?} arrived",
                    table.name
                )));
            }
            out.push(Copied { table: table.name, rows });
        }
        sequences(&from, &to).await?;
        if ledger_sum(&from).await? != ledger_sum(&to).await? {
            return Err(StoreError::Conflict("the ledger that arrived is not the one that was read".into()));
        }
        to.commit().await?;
        Ok(out)
    }
}

impl Table {
    /// One table by its name.
    pub(super) async fn of(tx: &Tx, name: &str) -> Result<Table> {
        let all = tables(tx).await?;
        all.into_iter()
            .find(|t| t.name == name)
            .ok_or_else(|| StoreError::Corrupt(format!("there is no table {name}")))
    }

    /// Copies the rows of a condition, some columns `with` other SQL in their place; `verb` is `INSERT` or, into SQLite,
    /// `INSERT OR REPLACE`. Answers how many there were.
    pub(super) async fn copy(
        &self,
        from: &Tx,
        to: &Tx,
        condition: &str,
        with: &[(&str, &str)],
        verb: &str,
    ) -> Result<i64> {
        let table = self;
        let cols = table.columns.iter().map(Column::col).collect::<Result<Vec<Col>>>()?;
        let names: Vec<&str> = table.columns.iter().map(|c| c.name.as_str()).collect();
        let read: Vec<String> = table
            .columns
            .iter()
            .zip(&cols)
            .map(|(c, col)| match (with.iter().find(|w| w.0 == c.name), col) {
                (Some((_, sql)), _) => (*sql).to_owned(),
                (None, Col::Int) => format!("CAST({} AS bigint)", c.name),
                (None, Col::Text | Col::Hex) => c.name.clone(),
            })
            .collect();
        let mut key: Vec<usize> = (0..names.len()).filter(|&i| table.columns[i].pk > 0).collect();
        key.sort_by_key(|&i| table.columns[i].pk);
        let keys = key.iter().map(|&i| names[i]).collect::<Vec<_>>().join(", ");
        // JSON names of the columns are short: they are said once for each row.
        let short: Vec<String> = (0..names.len()).map(|i| format!("c{i}")).collect();
        let typed: Vec<(&str, Col)> = short.iter().map(String::as_str).zip(cols.iter().copied()).collect();
        let insert = format!(
            "{verb} INTO {} ({}) SELECT {} FROM {} AS j WHERE true",
            table.name,
            names.join(", "),
            short.join(", "),
            to.json_rows(1, &typed)
        );
        let (mut limit, mut total) = (100, 0);
        let mut after: Vec<Value> = Vec::new();
        loop {
            let holes = (1..=after.len()).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ");
            let beyond = if after.is_empty() { String::new() } else { format!("AND ({keys}) > ({holes})") };
            let sql = format!(
                "SELECT {} FROM {} WHERE {condition} {beyond} ORDER BY {keys} LIMIT {limit}",
                read.join(", "),
                table.name
            );
            let rows = from.raw(&sql, after).await?;
            let Some(last) = rows.last() else { return Ok(total) };
            after = key.iter().map(|&i| bound(last, i, cols[i])).collect::<Result<_>>()?;
            let mut batch = Vec::with_capacity(rows.len());
            for row in &rows {
                let mut object = serde_json::Map::new();
                for (i, col) in cols.iter().enumerate() {
                    object.insert(short[i].clone(), json(row, i, *col)?);
                }
                batch.push(serde_json::Value::Object(object));
            }
            let text = serde_json::Value::Array(batch).to_string();
            let each = text.len() / rows.len() + 1;
            total += rows.len() as i64;
            to.exec(&insert, params![text]).await?;
            limit = (BATCH_BYTES / each).clamp(1, BATCH_ROWS);
        }
    }
}

/// Numbers that were given out are not given out again, even where their rows are gone: some of them fence the dead.
async fn sequences(from: &Tx, to: &Tx) -> Result<()> {
    const SERIAL_PG: &str = "SELECT CAST(c.relname AS text) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
         JOIN pg_attribute a ON a.attrelid = c.oid WHERE n.nspname = current_schema() AND NOT c.relispartition \
           AND c.relkind IN ('r','p') AND a.attname = 'id' AND a.attidentity <> ''";
    const SERIAL_LITE: &str =
        "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%AUTOINCREMENT%'";
    let names: Vec<Name> = to.rows(if to.is_sqlite() { SERIAL_LITE } else { SERIAL_PG }, vec![]).await?;
    for Name { name } in names {
        let given = if from.is_sqlite() {
            from.int("SELECT seq FROM sqlite_sequence WHERE name = $1", params![name.as_str()]).await?
        } else {
            let sql = "SELECT last_value FROM pg_sequences WHERE schemaname = current_schema() \
                       AND quote_ident(schemaname) || '.' || quote_ident(sequencename) = pg_get_serial_sequence($1, 'id')";
            from.int(sql, params![name.as_str()]).await?
        };
        let most = to.int(&format!("SELECT max(id) FROM {name}"), vec![]).await?;
        let Some(last) = given.max(most) else { continue };
        if to.is_sqlite() {
            to.exec("DELETE FROM sqlite_sequence WHERE name = $1", params![name.as_str()]).await?;
            to.exec("INSERT INTO sqlite_sequence (name, seq) VALUES ($1, $2)", params![name.as_str(), last])
                .await?;
        } else {
            to.int("SELECT setval(pg_get_serial_sequence($1, 'id'), $2)", params![name.as_str(), last])
                .await?;
        }
    }
    Ok(())
}

impl Tx {
    /// Rows as they are.
    async fn raw(&self, sql: &str, params: Vec<Value>) -> Result<Vec<QueryResult>> {
        let statement = Statement::from_sql_and_values(self.backend, sql, params);
        Ok(sea_orm::ConnectionTrait::query_all_raw(self.pool()?, statement).await?)
    }

    /// A statement without parameters.
    pub(super) async fn inner_unprepared(&self, sql: &str) -> Result<()> {
        sea_orm::ConnectionTrait::execute_unprepared(self.pool()?, sql).await?;
        Ok(())
    }
}
