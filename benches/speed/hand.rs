//! Expansion and claims beside the same SQL by hand: one statement where Loa takes steps, and nothing that Loa asks besides.

use std::path::Path;
use std::time::Instant;

use anyhow::Context as _;
use loa::domain::delivery::{CODE_MODULUS, CODE_OCCURRENCE_STEP, CODE_TARGET_STEP};
use loa::store::ClaimRequest;
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, Statement, TransactionTrait as _};
use serde_json::{Value, json};

use super::blast::{Bench, called, drop_database, fresh_database, plan};
use super::child;
use super::peers::Sink;
use super::table::{median, print, progress, spread};

/// Rows of a claim: what a lane of 16 connections asks for at once, about.
const CLAIM: usize = 32;

/// One connection, as durable as Loa's.
async fn connect(url: &str) -> anyhow::Result<DatabaseConnection> {
    let mut options = sea_orm::ConnectOptions::new(url.to_owned());
    options.max_connections(1).sqlx_logging(false);
    let db = sea_orm::Database::connect(options).await?;
    if db.get_database_backend() == DbBackend::Sqlite {
        for pragma in ["synchronous = FULL", "cache_size = -16000"] {
            db.execute_unprepared(&format!("PRAGMA {pragma}")).await?;
        }
    }
    Ok(db)
}

async fn int(db: &impl sea_orm::ConnectionTrait, sql: &str) -> anyhow::Result<i64> {
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await?;
    Ok(row.context("no row")?.try_get_by_index::<Option<i64>>(0)?.unwrap_or(0))
}

async fn newest(db: &DatabaseConnection) -> anyhow::Result<i64> {
    int(db, "SELECT max(id) FROM occurrence WHERE origin LIKE 'chien-dich/%'").await
}

/// Takes a post's rows out of the ledger: the next round begins with the same tables.
async fn forget(db: &DatabaseConnection, occurrence: i64) -> anyhow::Result<()> {
    for sql in [
        format!("UPDATE occurrence SET cancelled_at = 1 WHERE id = {occurrence}"),
        format!("DELETE FROM delivery WHERE occurrence_id = {occurrence}"),
        format!("DELETE FROM tally WHERE occurrence_id = {occurrence}"),
    ] {
        db.execute_unprepared(&sql).await?;
    }
    Ok(())
}

/// Half of the newest post's rows claimed by Loa's writer, the other half by hand. The rows are taken away at the end.
pub async fn claims(dir: &Path, database: &str) -> anyhow::Result<Value> {
    let db = connect(database).await?;
    let occurrence = newest(&db).await?;
    let all = int(&db, &format!("SELECT count(*) FROM delivery WHERE occurrence_id = {occurrence}")).await?;
    let (engine, tasks) = child::open(dir, database).await?;
    let (writer, handle) = engine.store.writer();
    let lane = engine.dispatcher.lane("thu").context("the account")?;
    let by_loa = async {
        let started = Instant::now();
        let mut n = 0;
        while n < all / 2 {
            let request = ClaimRequest {
                account: "thu".into(),
                node: engine.node(),
                now: engine.clock.now().timestamp_millis(),
                n: CLAIM,
                reserve: 0,
                only: None,
                limits: lane.limits.clone(),
            };
            let rows = handle.claim(request).await?;
            anyhow::ensure!(!rows.is_empty(), "nothing is due after {n} of {all} rows");
            n += rows.len() as i64;
        }
        anyhow::Ok(n as f64 / started.elapsed().as_secs_f64())
    };
    let loa = tokio::select! {
        rate = by_loa => rate?,
        () = writer.run() => anyhow::bail!("the writer ended"),
    };
    let skip = if db.get_database_backend() == DbBackend::Sqlite { "" } else { " FOR UPDATE SKIP LOCKED" };
    let sql = format!(
        "WITH picked AS (SELECT id, planned_for FROM delivery WHERE account = 'thu' AND state = 1 AND due_at <= {now} \
           ORDER BY priority, due_at, id LIMIT {CLAIM}{skip}) \
         UPDATE delivery SET state = 2, node_id = {node} \
         WHERE (id, planned_for) IN (SELECT id, planned_for FROM picked) RETURNING id",
        now = engine.clock.now().timestamp_millis(),
        node = engine.node().0
    );
    if !skip.is_empty() {
        // As Loa's own path does: tables that were just filled have no statistics.
        db.execute_unprepared("SET enable_seqscan = off").await?;
    }
    let started = Instant::now();
    let mut n = 0;
    loop {
        let tx = db.begin().await?;
        let rows = tx.query_all_raw(Statement::from_string(db.get_database_backend(), sql.as_str())).await?;
        tx.commit().await?;
        if rows.is_empty() {
            break;
        }
        n += rows.len();
    }
    let hand = n as f64 / started.elapsed().as_secs_f64();
    forget(&db, occurrence).await?;
    engine.close().await?;
    drop((engine, handle));
    tasks.finish().await;
    Ok(json!({ "loa": loa, "hand": hand }))
}

/// The newest post's rows by one INSERT … SELECT, and made due by one UPDATE. They are taken away at the end.
pub async fn insert(database: &str) -> anyhow::Result<Value> {
    let db = connect(database).await?;
    let occurrence = newest(&db).await?;
    // The same rows, with the same codes: these lie anywhere in their index, and are a good part of what a row costs.
    let code = format!(
        "(m.target_id % 8388608 * {CODE_TARGET_STEP} % {CODE_MODULUS} + (m.target_id / 8388608) * 104729 \
          + (o.id % 8388608) * {CODE_OCCURRENCE_STEP}) % {CODE_MODULUS}"
    );
    let sql = format!(
        "INSERT INTO delivery (id, planned_for, occurrence_id, target_id, account, kind, family, priority, state, due_at, \
                               expires_at, code, updated_at) \
         SELECT o.id * 4294967296 + m.target_id, o.planned_for, o.id, m.target_id, o.account, o.kind, o.family, o.priority, 0, \
                o.due_at, o.expires_at, {code}, o.due_at \
         FROM (SELECT DISTINCT target_id FROM list_member) AS m JOIN contact c ON c.target_id = m.target_id \
         JOIN occurrence o ON o.id = {occurrence} \
         WHERE c.erased_at IS NULL AND c.email_bidx IS NOT NULL"
    );
    let started = Instant::now();
    let n = db.execute_unprepared(&sql).await?.rows_affected() as f64;
    let inserted = started.elapsed().as_secs_f64();
    db.execute_unprepared(&format!("UPDATE delivery SET state = 1 WHERE occurrence_id = {occurrence}"))
        .await?;
    let due = started.elapsed().as_secs_f64();
    forget(&db, occurrence).await?;
    Ok(json!({ "insert": n / inserted, "due": n / due }))
}

/// `hand`: rates of Loa's expansion and claims, and of the same by hand on the same tables, in turn.
pub fn run(args: &[&str]) -> anyhow::Result<()> {
    let p = plan(args)?;
    let sink = Sink::start()?;
    let mut table = Vec::new();
    for server in &p.databases {
        let server = server.as_deref();
        let url = server.map(fresh_database).transpose()?;
        let mut bench = Bench::new(p.people, sink.port, url.as_deref())?;
        let (mut figures, on) = ([vec![], vec![], vec![], vec![], vec![]], called(server));
        for round in 1..=p.rounds {
            progress(&format!("{on}, expansion and claims, round {round} of {}", p.rounds));
            bench.post(16, p.window, -2, p.people)?;
            let f = bench.run("expand", &[])?;
            let number = |f: &Value, key: &str| f[key].as_f64().unwrap_or(f64::NAN);
            figures[0].push(number(&f, "rows") / number(&f, "expand_s"));
            let f = bench.run("claims", &[])?;
            figures[3].push(number(&f, "loa"));
            figures[4].push(number(&f, "hand"));
            bench.post(16, p.window, -2, p.people)?;
            let f = child::figures(&["insert", &bench.office.database_url()])?;
            figures[1].push(number(&f, "due"));
            figures[2].push(number(&f, "insert"));
        }
        let each = format!("{CLAIM} rows a transaction");
        for (what, own, all) in [
            ("expanded and due, Loa".to_owned(), 0, &figures[0]),
            ("INSERT … SELECT and UPDATE to due, by hand".to_owned(), 0, &figures[1]),
            ("INSERT … SELECT alone, by hand".to_owned(), 0, &figures[2]),
            (format!("claimed, Loa's writer with rows to send, {each}"), 3, &figures[3]),
            (format!("claimed by hand, {each}"), 3, &figures[4]),
        ] {
            let times = format!("{:.2}", median(&figures[own]) / median(all));
            table.push(vec![on.to_owned(), what, spread(all), times]);
        }
        if let (Some(server), Some(url)) = (server, &url) {
            drop_database(server, url);
        }
    }
    let head = ["on", "what", "rows/s, median (least–most)", "Loa is … times that"];
    print(&format!("{} people, one connection", p.people), &head, &table);
    Ok(())
}
