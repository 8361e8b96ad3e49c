//! What is measured, each in a process of its own. The last line of its output is a JSON object of figures.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use loa::daemon::{Engine, Open, SystemClock, Tasks, Turn};
use loa::domain::outcome::Outcome;
use loa::transport::email::Courier;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

/// CPU time of this process so far (user and system), seconds, and its highest memory, bytes. Read from /proc.
fn used() -> (f64, u64) {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // After the name in brackets: field 3 is the first; utime and stime are 14 and 15, in hundredths of a second.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |i: usize| fields.get(i).and_then(|f| f.parse::<f64>().ok()).unwrap_or(0.0);
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status
        .lines()
        .find_map(|l| l.strip_prefix("VmHWM:"))
        .and_then(|l| l.split_whitespace().next()?.parse::<u64>().ok())
        .unwrap_or(0);
    ((ticks(11) + ticks(12)) / 100.0, peak * 1024)
}

pub fn run(args: &[&str]) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let figures = match args {
        [what @ ("blast" | "expand" | "drain"), dir, database] => {
            let most = if *what == "expand" { 0 } else { u64::MAX };
            runtime.block_on(blast(Path::new(dir), database, *what != "drain", most))?
        }
        ["some", dir, database, mails] => {
            runtime.block_on(blast(Path::new(dir), database, false, mails.parse()?))?
        }
        ["claims", dir, database] => runtime.block_on(super::hand::claims(Path::new(dir), database))?,
        ["insert", database] => runtime.block_on(super::hand::insert(database))?,
        ["sink", port] => return super::peers::sink(port.parse()?),
        ["punctual", dir, database] => runtime.block_on(punctual(Path::new(dir), database))?,
        ["compose", dir, database, mails] => {
            runtime.block_on(compose(Path::new(dir), database, mails.parse()?))?
        }
        ["wire", port, connections, mails, file] => {
            runtime.block_on(wire(port.parse()?, connections.parse()?, mails.parse()?, Path::new(file)))?
        }
        _ => bail!("unknown words: {args:?}"),
    };
    println!("{figures}");
    Ok(())
}

/// Opens the office as the daemon does.
pub async fn open(dir: &Path, database: &str) -> anyhow::Result<(Engine, Tasks)> {
    let kinds: Vec<&str> = loa::transport::KINDS.iter().map(|k| k.name).collect();
    let (settings, faults) = loa::config::load(dir, &Default::default(), true, &kinds);
    let mut settings = settings.with_context(|| format!("{faults:?}"))?;
    settings.database = database.to_owned();
    let tasks = Tasks::default();
    let open = Open {
        settings,
        var: dir.join("var"),
        clock: Arc::new(SystemClock),
        sandbox: None,
        node_name: "bench".into(),
        chance: || 0.5,
    };
    Ok((Engine::open(open, &tasks).await?, tasks))
}

/// Expands what is due, then sends `most` mails of it, about: the parts of the daemon, one after the other.
async fn blast(dir: &Path, database: &str, expands: bool, most: u64) -> anyhow::Result<Value> {
    let started = Instant::now();
    let (engine, tasks) = open(dir, database).await?;
    let opened = started.elapsed();
    let (cpu0, memory0) = used();
    let started = Instant::now();
    let mut turn = Turn::default();
    let mut rows = 0;
    turn.plan.more = expands;
    while turn.plan.more {
        engine.prepare(&mut turn).await?;
        rows += turn.plan.expanded;
        turn.plan.expanded = 0;
    }
    let expanded = started.elapsed();
    let (cpu1, memory1) = used();
    let started = Instant::now();
    let stop = CancellationToken::new();
    let report = match most {
        0 => Default::default(),
        u64::MAX => engine.dispatcher.drain("thu", &stop).await?,
        _ => {
            let enough = async {
                while sent_so_far(&engine).await? < most {
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
                stop.cancel();
                std::future::pending::<anyhow::Result<()>>().await
            };
            tokio::select! {
                report = engine.dispatcher.drain("thu", &stop) => report?,
                failed = enough => bail!("{failed:?}"),
            }
        }
    };
    let drained = started.elapsed();
    let (cpu2, memory2) = used();
    engine.close().await?;
    drop(engine);
    tasks.finish().await;
    let sent = report.outcomes.get("accepted").copied().unwrap_or(0);
    Ok(json!({
        "rows": rows, "sent": sent, "answers": report.answers(), "opened_s": opened.as_secs_f64(),
        "expand_s": expanded.as_secs_f64(), "expand_cpu_s": cpu1 - cpu0,
        "drain_s": drained.as_secs_f64(), "rate": sent as f64 / drained.as_secs_f64(),
        "cpu_us": (cpu2 - cpu1) * 1e6 / sent.max(1) as f64,
        "memory_start": memory0, "memory_expanded": memory1, "memory": memory2,
    }))
}

/// Mails of the posts that were accepted.
async fn sent_so_far(engine: &Engine) -> anyhow::Result<u64> {
    let now = engine.clock.now().timestamp_millis();
    let counts = engine.store.counts(now - 86_400_000, now).await?;
    let sent = counts.iter().filter(|c| c.state == 4 && c.system == 0);
    Ok(sent.map(|c| c.n.unsigned_abs()).sum())
}

/// The daemon's own loops until everything of the newest post is settled; instants relative to the time it was due.
async fn punctual(dir: &Path, database: &str) -> anyhow::Result<Value> {
    use loa::daemon::{RunOptions, Signals};
    use sea_orm::{ConnectionTrait as _, Database};
    let looking = Database::connect(database).await?;
    // (occurrence, due, rows that are not settled, rows that are)
    let ask = async |sql: String| -> anyhow::Result<Vec<i64>> {
        let row = looking
            .query_one_raw(sea_orm::Statement::from_string(looking.get_database_backend(), sql))
            .await?;
        let row = row.context("no row")?;
        (0..4).map(|i| Ok(row.try_get_by_index::<Option<i64>>(i)?.unwrap_or(0))).collect()
    };
    let newest = ask(
        "SELECT id, due_at, 0, 0 FROM occurrence WHERE origin LIKE 'chien-dich/%' ORDER BY id DESC LIMIT 1"
            .into(),
    )
    .await?;
    let (occurrence, due) = (newest[0], newest[1]);
    let (engine, _tasks) = open(dir, database).await?;
    let engine = Arc::new(engine);
    let mut signals = Signals::hear()?;
    let options = RunOptions { take: None, listeners: vec![], pulse: Arc::default(), briefing: None };
    let done = async {
        loop {
            let sql = format!(
                "SELECT COALESCE(sum(CASE WHEN state IN (0,1,2,3,5) THEN n ELSE 0 END), 0), \
                        COALESCE(sum(CASE WHEN state = 4 THEN n ELSE 0 END), 0), 0, 0 \
                 FROM tally WHERE occurrence_id = {occurrence}"
            );
            let n = ask(sql).await?;
            if n[0] == 0 && n[1] > 0 {
                return anyhow::Ok(());
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    };
    tokio::select! {
        done = done => done?,
        ended = loa::daemon::serve(engine.clone(), options, &mut signals, async || false) => bail!("{ended:?}"),
    };
    let span = ask(format!(
        "SELECT min(a.opened_at), max(a.opened_at), max(a.closed_at), count(*) FROM attempt a \
         JOIN delivery d ON d.id = a.delivery_id WHERE d.occurrence_id = {occurrence}"
    ))
    .await?;
    Ok(json!({
        "first_ms": span[0] - due, "last_claimed_ms": span[1] - due, "last_ms": span[2] - due, "sent": span[3],
    }))
}

/// Merging and composing alone: the message of the newest post, over and over.
async fn compose(dir: &Path, database: &str, mails: usize) -> anyhow::Result<Value> {
    use loa::domain::id::{Origin, WireKey};
    use loa::domain::message::{Address, OptOut, Outbound};
    let (engine, tasks) = open(dir, database).await?;
    let revision = (1..).take(10_000);
    let mut newest = None;
    for r in revision {
        match engine.store.rendition_get(r, "email").await? {
            Some(found) => newest = Some(found),
            None if newest.is_some() => break,
            None => {}
        }
    }
    let base = Arc::new(newest.context("no rendition for mail")?);
    let prepared = loa::render::Prepared::new(base);
    let transport = engine.dispatcher.lane("thu").context("the account")?.transport.clone();
    let message = |i: usize| Outbound {
        key: WireKey::new(&Origin::stored("chien-dich/bai"), "email-ds", "1", &format!("contact/{i}")),
        attempt: 1,
        to: Address { value: format!("p{i}@khach.example"), name: Some(format!("Người Mẫu {i}")) },
        body: prepared.merge(&loa::render::Merge {
            name: Some(&format!("Người Mẫu {i}")),
            opt_out_url: Some("https://loa.co-quan.example/o/abcdefghijklmnopqrstuvwxyz0123456789"),
            code: None,
            unit: None,
        }),
        blobs: Arc::new([]),
        opt_out: Some(OptOut {
            url: "https://loa.co-quan.example/o/abcdefghijklmnopqrstuvwxyz0123456789".into(),
            mailto: None,
            list_id: "ds.loa.co-quan.example".into(),
        }),
        as_draft: false,
        origin: "chien-dich/bai".into(),
        now: chrono::DateTime::UNIX_EPOCH,
    };
    let (cpu0, _) = used();
    for i in 0..mails {
        std::hint::black_box(message(i));
    }
    let (cpu1, _) = used();
    let mut bytes = 0;
    for i in 0..mails {
        let files = transport.compose(&message(i)).map_err(|c| anyhow::anyhow!("{c:?}"))?;
        bytes = files.first().map_or(0, |f| f.bytes.len());
    }
    let (cpu2, _) = used();
    let texts = message(0);
    let plain = |t: &str| t.replace("Người Mẫu 0", "{name}");
    std::fs::write(
        dir.join("mail.json"),
        json!({
            "subject": texts.body.title, "text": plain(&texts.body.text),
            "html": plain(texts.body.html.as_deref().unwrap_or_default()),
        })
        .to_string(),
    )?;
    if let Some(f) = transport.compose(&message(1)).ok().and_then(|f| f.into_iter().next()) {
        std::fs::write(dir.join("mail.eml"), f.bytes)?;
    }
    engine.close().await?;
    drop(engine);
    tasks.finish().await;
    let per = |s: f64| s * 1e6 / mails.max(1) as f64;
    Ok(json!({ "merge_us": per(cpu1 - cpu0), "compose_us": per(cpu2 - cpu1), "bytes": bytes }))
}

/// The same connections with bytes made beforehand, and no database.
async fn wire(port: u16, connections: usize, mails: usize, file: &Path) -> anyhow::Result<Value> {
    let bytes = std::fs::read(file)?;
    let courier = Courier::new(&json!({
        "server": "127.0.0.1", "port": port, "security": "none", "from_address": "loa@so.example",
        "hello_name": "loa.example", "connections": connections, "mails_per_connection": 10000,
    }))
    .map_err(|e| anyhow::anyhow!("{e}"))?;
    let (cpu0, _) = used();
    let started = Instant::now();
    let next = std::sync::atomic::AtomicUsize::new(0);
    let accepted = std::sync::atomic::AtomicUsize::new(0);
    let lanes = (0..connections).map(|_| async {
        while next.fetch_add(1, std::sync::atomic::Ordering::Relaxed) < mails {
            if let Outcome::Accepted(_) = courier.send("p@khach.example", bytes.clone()).await {
                accepted.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            }
        }
    });
    futures_util::future::join_all(lanes).await;
    let took = started.elapsed().as_secs_f64();
    let (cpu1, memory) = used();
    let sent = accepted.into_inner();
    Ok(json!({
        "sent": sent, "rate": sent as f64 / took, "cpu_us": (cpu1 - cpu0) * 1e6 / sent.max(1) as f64, "memory": memory,
    }))
}

/// Runs this program again with these words and reads its figures.
pub fn figures(args: &[&str]) -> anyhow::Result<Value> {
    let program: PathBuf = std::env::current_exe()?;
    let out = std::process::Command::new(program).arg("child").args(args).env("LOA_LOG", "off").output()?;
    read(&out, args)
}

/// The last line of a program's output.
pub fn read(out: &std::process::Output, args: &[&str]) -> anyhow::Result<Value> {
    let text = String::from_utf8_lossy(&out.stdout);
    let last = text.lines().last().unwrap_or_default();
    if !out.status.success() || last.is_empty() {
        bail!("{args:?}: {}\n{text}\n{}", out.status, String::from_utf8_lossy(&out.stderr));
    }
    Ok(serde_json::from_str(last)?)
}
