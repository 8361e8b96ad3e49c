//! An urgent post to a list, planned and approved while a blast is under way on the same account.

use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use loa::domain::port::Clock as _;
use sea_orm::{ConnectionTrait as _, DatabaseConnection, Statement};

use super::blast::{Bench, Plan, called, drop_database, fresh_database, plan};
use super::peers::Sink;
use super::table::{median, print, progress};

/// How often the ledger is looked at from outside: instants that are seen there are late by this much at most, and a query.
const LOOK: Duration = Duration::from_millis(2);
/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_secs(300);

/// What the ledger says of a post at an instant.
#[derive(Clone, Debug, Default)]
struct Seen {
    /// Milliseconds of the clock that the daemon's instants are of.
    at: i64,
    occurrence: i64,
    approved: bool,
    /// All of its list are in the ledger.
    expanded: bool,
    /// Its rows in the ledger.
    rows: i64,
    /// Of them those that were let through at least.
    due: i64,
    /// Those that had an intent.
    begun: i64,
    sent: i64,
}

/// Looks at the ledger of a running daemon, by a connection of its own.
struct Watch {
    db: DatabaseConnection,
}

impl Watch {
    async fn open(url: &str) -> anyhow::Result<Self> {
        let mut options = sea_orm::ConnectOptions::new(url.to_owned());
        options.max_connections(1).sqlx_logging(false);
        Ok(Self { db: sea_orm::Database::connect(options).await? })
    }
    async fn ask(&self, sql: String) -> anyhow::Result<Option<Vec<i64>>> {
        let row = self.db.query_one_raw(Statement::from_string(self.db.get_database_backend(), sql)).await?;
        let Some(row) = row else { return Ok(None) };
        let mut out = Vec::new();
        for i in 0..row.column_names().len() {
            out.push(row.try_get_by_index::<Option<i64>>(i)?.unwrap_or(0));
        }
        Ok(Some(out))
    }
    /// A post of the campaign; nothing of it while it is not planned.
    async fn post(&self, id: &str) -> anyhow::Result<Seen> {
        let count = |states: &str| {
            format!(
                "(SELECT CAST(sum(n) AS bigint) FROM tally WHERE occurrence_id = o.id AND state {states})"
            )
        };
        let sql = format!(
            "SELECT o.id, (SELECT count(*) FROM approval a WHERE a.revision_id = o.revision_id), \
                    CAST(CASE WHEN o.expanded_at IS NULL THEN 0 ELSE 1 END AS bigint), {}, {}, {}, {} \
             FROM occurrence o WHERE o.origin = 'chien-dich/{id}'",
            count(">= 0"),
            count("IN (1,2,3,4)"),
            count("IN (3,4)"),
            count("= 4")
        );
        let found = self.ask(sql).await?;
        let at = loa::daemon::SystemClock.now().timestamp_millis();
        Ok(match found.as_deref() {
            Some(&[occurrence, approved, expanded, rows, due, begun, sent]) => Seen {
                at,
                occurrence,
                approved: approved > 0,
                expanded: expanded > 0,
                rows,
                due,
                begun,
                sent,
            },
            _ => Seen { at, ..Seen::default() },
        })
    }
    /// Looks until it is so.
    async fn until(&self, what: &str, id: &str, so: impl Fn(&Seen) -> bool) -> anyhow::Result<Seen> {
        let end = Instant::now() + PATIENCE;
        loop {
            let seen = self.post(id).await?;
            if so(&seen) {
                return Ok(seen);
            }
            anyhow::ensure!(Instant::now() < end, "{id}: {what} did not come about; it is {seen:?}");
            tokio::time::sleep(LOOK).await;
        }
    }
}

/// The real daemon, told to end when the value goes.
struct Daemon(Child);

impl Daemon {
    fn memory(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id())).unwrap_or_default();
        let peak = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
        peak.and_then(|l| l.split_whitespace().next()?.parse::<f64>().ok()).unwrap_or(f64::NAN) * 1024.0
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What is told of one urgent post, milliseconds since it was seen approved.
struct Told {
    row: Vec<String>,
    intent: f64,
    answer: f64,
}

/// `urgent`: `--posts` urgent posts to a list of `--urgent` people each, while `--people` mails are under way.
pub fn run(args: &[&str]) -> anyhow::Result<()> {
    let p = plan(args)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    for server in &p.databases {
        let server = server.as_deref();
        let url = server.map(fresh_database).transpose()?;
        let measured = measure(&p, &runtime, called(server), url.as_deref());
        if let (Some(server), Some(url)) = (server, &url) {
            drop_database(server, url);
        }
        measured?;
    }
    Ok(())
}

fn measure(p: &Plan, runtime: &tokio::runtime::Runtime, on: &str, url: Option<&str>) -> anyhow::Result<()> {
    let sink = Sink::start()?;
    let (posts, people) = p.urgent;
    progress(&format!("{on}: a blast of {}, applied and approved", p.people));
    let mut bench = Bench::new(p.people, sink.port, url)?;
    bench.list("khan", p.people..p.people + people);
    bench.post(16, p.window, -2, p.people)?;
    let url = bench.office.database_url();
    let mut command = bench.office.command(&["run"]);
    command.env("LOA_LOG", "off").stdout(Stdio::null()).stderr(Stdio::null());
    let daemon = Daemon(command.spawn()?);
    let mut told = Vec::new();
    runtime.block_on(async {
        let watch = Watch::open(&url).await?;
        let share = |part: f64| (p.people as f64 * part) as i64;
        watch.until("the blast's expansion", "bai-1", |s| s.expanded && s.sent >= share(0.02)).await?;
        progress("the blast is under way; the daemon reads the urgent posts");
        for n in 1..=posts {
            bench.write(&format!("khan-{n}"), "khan", -1, "    priority: urgent\n");
        }
        let last = format!("khan-{posts}");
        watch.until("its plan", &last, |s| s.occurrence > 0).await?;
        for n in 1..=posts {
            let from = share(0.2 + 0.7 * (n as f64 - 1.0) / posts as f64);
            watch.until("the blast's progress", "bai-1", |s| s.sent >= from).await?;
            told.push(one(&bench, &watch, &format!("khan-{n}"), p.people as i64, people as i64).await?);
        }
        anyhow::Ok(())
    })?;
    let mut table: Vec<Vec<String>> = told.iter().map(|t| t.row.clone()).collect();
    let all = |f: fn(&Told) -> f64| told.iter().map(f).collect::<Vec<f64>>();
    let (intents, answers) = (all(|t| t.intent), all(|t| t.answer));
    let worst = |v: &[f64]| v.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    for (name, of) in [("median", median as fn(&[f64]) -> f64), ("worst", worst)] {
        let mut row = vec![format!("**{name}**"), String::new(), String::new()];
        row.extend([of(&intents), of(&answers)].map(|ms| format!("**{ms:.0}**")));
        row.extend(vec![String::new(); 5]);
        table.push(row);
    }
    let head = [
        "mails of the blast begun before",
        "first row placed, ms after",
        "first row due, ms after",
        "first intent, ms after",
        "first answer, ms after",
        "other intents from approved to first intent",
        "of these since its first row was due",
        "its rows placed at its first intent",
        "expansion ended, ms after",
        "all its mails sent, ms after",
    ];
    print(
        &format!(
            "{on}: urgent posts to {people} people in a blast of {}, 16 connections, window {}",
            p.people, p.window
        ),
        &head,
        &table,
    );
    println!("\nThe daemon's highest memory: {:.0} MB.", daemon.memory() / 1e6);
    Ok(())
}

/// Approves a planned post and watches it to its end.
async fn one(bench: &Bench, watch: &Watch, id: &str, blast: i64, people: i64) -> anyhow::Result<Told> {
    let mut approving = bench
        .office
        .command(&["approve", &format!("chien-dich/{id}"), "--by", "binh"])
        .stdout(Stdio::null())
        .spawn()?;
    let begun = watch.until("its approval", id, |s| s.approved).await?;
    let placed = watch.until("its first row", id, |s| s.rows > 0).await?;
    let due = watch.until("a row of it that is due", id, |s| s.due > 0).await?;
    let first = watch.until("its first intent", id, |s| s.begun > 0).await?;
    let expanded = watch.until("the end of its expansion", id, |s| s.expanded).await?;
    let sent = watch.until("its end", id, |s| s.sent >= people).await?;
    anyhow::ensure!(approving.wait()?.success(), "{id} was not approved");
    let (low, high) = (begun.occurrence << 32, (begun.occurrence + 1) << 32);
    let span = watch
        .ask(format!(
            "SELECT min(opened_at), min(closed_at) FROM attempt WHERE delivery_id >= {low} AND delivery_id < {high}"
        ))
        .await?
        .context("no attempt")?;
    // Intents of rows of an occurrence, or of all others, in a time.
    let intents = async |which: String, from: i64, until: i64| -> anyhow::Result<i64> {
        let sql = format!(
            "SELECT count(*) FROM attempt WHERE account = 'thu' AND opened_at >= {from} AND opened_at < {until} AND {which}"
        );
        Ok(watch.ask(sql).await?.unwrap_or_default().first().copied().unwrap_or(0))
    };
    let big = watch.post("bai-1").await?.occurrence;
    let of_blast = format!("delivery_id >= {} AND delivery_id < {}", big << 32, (big + 1) << 32);
    let others = format!("(delivery_id < {low} OR delivery_id >= {high})");
    let under_way = intents(of_blast, 0, begun.at).await?;
    let since_approved = intents(others.clone(), begun.at, span[0]).await?;
    let since_due = intents(others, due.at, span[0]).await?;
    let after = |at: i64| (at - begun.at).to_string();
    let (intent, answer) = (span[0] - begun.at, span[1] - begun.at);
    progress(&format!("{id}: first intent after {intent} ms, {under_way} of the blast sent"));
    Ok(Told {
        row: vec![
            format!("{under_way}{}", if under_way >= blast { " (it was over)" } else { "" }),
            after(placed.at),
            after(due.at),
            intent.to_string(),
            answer.to_string(),
            since_approved.to_string(),
            since_due.to_string(),
            format!(
                "{} of {people}{}",
                first.rows,
                if first.expanded { ", expansion over" } else { ", expanding" }
            ),
            after(expanded.at),
            after(sent.at),
        ],
        intent: intent as f64,
        answer: answer as f64,
    })
}
