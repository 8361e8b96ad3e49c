//! The blast: a list of many, one post, the full ledger, beside those who keep none.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::child;
use super::office::{Office, wall};
use super::peers::{Peers, Sink};
use super::table::{median, print, spread};

/// People in one file of a list: a larger file is refused.
const PER_LIST: usize = 20_000;

/// An office with lists of `people` in all and an account that sends to `port`.
pub struct Bench {
    pub office: Office,
    port: u16,
    lists: usize,
    posts: usize,
}

impl Bench {
    pub fn new(people: usize, port: u16, database: Option<&str>) -> anyhow::Result<Self> {
        let office = Office::new(&account(port, 16, 4), "");
        let office = match database {
            Some(url) => office.with_database(url),
            None => office,
        };
        office.units(
            "  - id: so\n    name: Sở Thử\n    channels:\n      email:\n        address: so@so.example\n        account: thu\n",
        );
        let lists = people.div_ceil(PER_LIST);
        let mut registry = String::from("lists:\n");
        for n in 0..lists {
            registry.push_str(&format!(
                "  ds-{n}:\n    title: Danh sách thử {n}\n    ground: duty\n    source: Đo tốc độ\n"
            ));
            let rows: String = (n * PER_LIST..people.min((n + 1) * PER_LIST))
                .map(|i| format!("Người Mẫu {i},p{i}@khach.example,,,\n"))
                .collect();
            office.write(
                &format!("campaigns/audiences/ds-{n}.csv"),
                &format!("ten,email,zalo,telegram,can_cu\n{rows}"),
            );
        }
        office.write("campaigns/audiences/lists.yaml", &registry);
        Ok(Self { office, port, lists, posts: 0 })
    }
    /// Writes a post that is due `minutes` from now and approves it.
    pub fn post(&mut self, connections: usize, window: usize, minutes: i64) -> anyhow::Result<()> {
        self.posts += 1;
        let yaml = std::fs::read_to_string(self.office.at("loa.yaml"))?;
        let head = yaml.split("\naccounts:").next().unwrap_or_default();
        let account = account(self.port, connections, window);
        self.office.write("loa.yaml", &format!("{head}\naccounts:\n{account}\n"));
        let id = format!("bai-{}", self.posts);
        let to: Vec<String> = (0..self.lists).map(|n| format!("ds-{n}")).collect();
        let (to, at) = (to.join(", "), wall(minutes));
        let sending =
            format!("  - channel: email\n    id: thu\n    to: [{to}]\n    at: {at}\n    late_ok: 2 days\n");
        self.office.post(&id, "Hộ kinh doanh lên mạng với tên miền .vn", &sending);
        self.office.write(&format!("campaigns/chien-dich/posts/{id}/noi-dung.md"), &text());
        self.office.ok(&["apply"]);
        self.office.ok(&["approve", "chien-dich", "--by", "binh"]);
        Ok(())
    }
    /// Sends the newest post in a process of its own.
    pub fn run(&self, what: &str) -> anyhow::Result<Value> {
        let dir = self.office.path().display().to_string();
        child::figures(&[what, &dir, &self.office.database_url()])
    }
    /// A new post, sent; with the bytes by which the embedded database grew.
    pub fn send(&mut self, connections: usize, window: usize) -> anyhow::Result<Value> {
        self.post(connections, window, -2)?;
        let before = self.size();
        let mut figures = self.run("blast")?;
        if let (Some(before), Some(after)) = (before, self.size()) {
            figures["bytes"] = json!(after.saturating_sub(before));
        }
        Ok(figures)
    }
    fn size(&self) -> Option<u64> {
        std::fs::metadata(self.office.at("var/loa.db")).ok().map(|m| m.len())
    }
}

fn account(port: u16, connections: usize, window: usize) -> String {
    format!(
        "  thu:\n    kind: email\n    server: 127.0.0.1\n    port: {port}\n    security: none\n    \
         from_address: loa@so.example\n    from_name: Sở Thử\n    hello_name: loa.example\n    \
         connections: {connections}\n    window: {window}\n    mails_per_connection: 10000\n"
    )
}

/// About 10 KB of mail, in two parts.
fn text() -> String {
    let line = "Hộ kinh doanh đăng ký tên miền .vn để khách hàng tìm thấy mình trên mạng, giữ tên của mình và được pháp luật \
                bảo vệ.";
    let mut out = String::from("Kính gửi anh/chị. {{fact \"gio-lam\"}}.\n\n");
    for i in 1..=10 {
        out.push_str(&format!("{i}. {line}\n"));
    }
    out
}

/// What is measured, from the words of the command line.
struct Plan {
    people: usize,
    rounds: usize,
    connections: Vec<usize>,
    window: usize,
    others: bool,
    databases: Vec<Option<String>>,
}

fn plan(args: &[&str]) -> anyhow::Result<Plan> {
    let mut p = Plan {
        people: 20_000,
        rounds: 3,
        connections: vec![16],
        window: 4,
        others: true,
        databases: vec![None],
    };
    let mut it = args.iter();
    while let Some(a) = it.next() {
        let mut value = || it.next().map(|s| (*s).to_owned()).unwrap_or_default();
        match *a {
            "--people" => p.people = value().parse()?,
            "--rounds" => p.rounds = value().parse()?,
            "--window" => p.window = value().parse()?,
            "--connections" => {
                p.connections = value().split(',').map(str::parse).collect::<Result<_, _>>()?
            }
            // A PostgreSQL where databases may be made, beside SQLite.
            "--postgres" => p.databases.push(Some(value())),
            "--alone" => p.others = false,
            other => anyhow::bail!("{other}: not a word of this command"),
        }
    }
    Ok(p)
}

/// A database of its own on a PostgreSQL.
pub fn fresh_database(server: &str) -> anyhow::Result<String> {
    let name = format!("loa_bench_{}_{}", std::process::id(), rand::random::<u32>());
    let made = std::process::Command::new("psql")
        .args([server, "-qc", &format!("CREATE DATABASE {name}")])
        .status()?;
    anyhow::ensure!(made.success(), "psql: {made}");
    let base = server.rsplit_once('/').map_or(server, |(base, _)| base);
    Ok(format!("{base}/{name}"))
}

/// Drops a database of [`fresh_database`].
pub fn drop_database(server: &str, url: &str) {
    let name = url.rsplit('/').next().unwrap_or_default();
    let _ = std::process::Command::new("psql")
        .args([server, "-qc", &format!("DROP DATABASE {name} WITH (FORCE)")])
        .status();
}

/// `blast`: rates and costs at several numbers of connections, all in turn.
pub fn run(args: &[&str]) -> anyhow::Result<()> {
    let p = plan(args)?;
    let target = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let sink = Sink::start()?;
    let mail = target.join("bench-mail.json");
    let made = target.join("bench-mail.eml");
    let mut offices = Vec::new();
    for server in &p.databases {
        let url = server.as_deref().map(fresh_database).transpose()?;
        offices.push((server.clone(), url.clone(), Bench::new(p.people, sink.port, url.as_deref())?));
    }
    // What the others send: the same texts; and the ready-made bytes are a mail of ours.
    offices[0].2.post(16, p.window, -2)?;
    let dir = offices[0].2.office.path().display().to_string();
    let composed = child::figures(&["compose", &dir, &offices[0].2.office.database_url(), "20000"])?;
    std::fs::copy(offices[0].2.office.at("mail.eml"), &made)?;
    let parts = std::fs::read_to_string(offices[0].2.office.at("mail.json"))?;
    std::fs::write(&mail, parts)?;
    offices[0].2.run("blast")?; // also brings caches and the list's first post out of the way
    println!(
        "A mail of {} bytes; merging it for a person {:.1} µs of CPU, composing it as well {:.1} µs.",
        composed["bytes"],
        composed["merge_us"].as_f64().unwrap_or_default(),
        composed["compose_us"].as_f64().unwrap_or_default()
    );
    let peers = if p.others { Some(Peers::new(&target)?) } else { None };
    let few = p.people.min(20_000);
    for &n in &p.connections {
        let mut rows: Vec<(String, Vec<Value>)> = Vec::new();
        let mut add = |name: String, v: Value| match rows.iter_mut().find(|(k, _)| *k == name) {
            Some((_, all)) => all.push(v),
            None => rows.push((name, vec![v])),
        };
        for _ in 0..p.rounds {
            for (server, _, bench) in &mut offices {
                let on = if server.is_some() { "PostgreSQL" } else { "SQLite" };
                add(format!("Loa, {on}"), bench.send(n, p.window)?);
            }
            let port = sink.port.to_string();
            let wire = ["wire", &port, &n.to_string(), &few.to_string(), &made.display().to_string()];
            add("Loa's connections, ready-made, no record".into(), child::figures(&wire)?);
            if let Some(peers) = &peers {
                add("nodemailer pool, composing".into(), peers.nodemailer(sink.port, n, few, &mail)?);
                add("smtplib, ready-made".into(), peers.smtplib(sink.port, n, few, &mail, true)?);
                add("smtplib, composing".into(), peers.smtplib(sink.port, n, few / 4, &mail, false)?);
                add("smtp-source, its own text".into(), peers.smtp_source(sink.port, n, few, 10_000)?);
            }
        }
        let of =
            |all: &[Value], key: &str| -> Vec<f64> { all.iter().filter_map(|v| v[key].as_f64()).collect() };
        let loa = median(&of(&rows[0].1, "rate"));
        let table: Vec<Vec<String>> = rows
            .iter()
            .map(|(name, all)| {
                let cpu = median(&of(all, "cpu_us"));
                vec![
                    name.clone(),
                    spread(&of(all, "rate")),
                    format!("{:.2}", loa / median(&of(all, "rate"))),
                    if cpu.is_nan() { "–".into() } else { format!("{cpu:.0}") },
                    if cpu.is_nan() {
                        "–".into()
                    } else {
                        format!("{:.0}", median(&of(all, "memory")) / 1e6)
                    },
                ]
            })
            .collect();
        let head = [
            "who",
            "mails/s, median (least–most)",
            "Loa on SQLite is … times that",
            "CPU µs/mail",
            "peak MB",
        ];
        print(&format!("{n} connections, {} mails, window {}", p.people, p.window), &head, &table);
        let bytes: Vec<f64> = of(&rows[0].1, "bytes").into_iter().map(|b| b / p.people as f64).collect();
        println!("\nSQLite grew by {:.0} bytes per delivery.", median(&bytes));
        for (name, all) in rows.iter().filter(|(name, _)| name.starts_with("Loa, ")) {
            let rate = median(&of(all, "rows")) / median(&of(all, "expand_s"));
            println!("{name}: {rate:.0} rows/s expanded.");
        }
    }
    for (server, url, _) in &offices {
        if let (Some(server), Some(url)) = (server, url) {
            drop_database(server, url);
        }
    }
    Ok(())
}

/// `punctual`: deliveries that fall due in the same second, by the daemon as it runs.
pub fn punctual(args: &[&str]) -> anyhow::Result<()> {
    let mut p = plan(args)?;
    p.people = p.people.min(10_000);
    let sink = Sink::start()?;
    let mut bench = Bench::new(p.people, sink.port, None)?;
    let mut rows = Vec::new();
    for _ in 0..p.rounds {
        bench.post(16, p.window, 1)?;
        let f = bench.run("punctual")?;
        let ms = |k: &str| format!("{:.0}", f[k].as_f64().unwrap_or(f64::NAN));
        rows.push(vec![p.people.to_string(), ms("first_ms"), ms("last_claimed_ms"), ms("last_ms")]);
    }
    let head = ["due at once", "first intent, ms after", "last intent, ms after", "last settled, ms after"];
    print("Punctuality, SQLite, 16 connections", &head, &rows);
    Ok(())
}

/// `million`: memory and the speed of expansion with a long list; the blast of it if `--rounds` is not 0.
pub fn million(args: &[&str]) -> anyhow::Result<()> {
    let p = plan(args)?;
    let sink = Sink::start()?;
    let mut bench = Bench::new(p.people, sink.port, None)?;
    bench.post(16, p.window, -2)?;
    let f = bench.run("expand")?;
    println!("\n{} recipients: {f}", p.people);
    if p.rounds > 0 {
        let f = bench.run("blast")?;
        println!("\nsent: {f}");
    }
    Ok(())
}

/// `nodes`: one daemon and three on one PostgreSQL, the same list.
pub fn nodes(args: &[&str]) -> anyhow::Result<()> {
    let p = plan(args)?;
    let Some(server) = p.databases.iter().flatten().next().cloned() else {
        anyhow::bail!("--postgres URL is needed");
    };
    let sink = Sink::start()?;
    let url = fresh_database(&server)?;
    let mut bench = Bench::new(p.people, sink.port, Some(&url))?;
    let mut rows = Vec::new();
    for _ in 0..p.rounds {
        for daemons in [1usize, 3] {
            bench.post(16, p.window, -2)?;
            bench.run("expand")?;
            let dir = bench.office.path().display().to_string();
            let started = std::time::Instant::now();
            let sent: f64 = std::thread::scope(|s| {
                let runs: Vec<_> =
                    (0..daemons).map(|_| s.spawn(|| child::figures(&["drain", &dir, &url]))).collect();
                runs.into_iter().filter_map(|r| r.join().ok()?.ok()?["sent"].as_f64()).sum()
            });
            let rate = sent / started.elapsed().as_secs_f64();
            rows.push(vec![daemons.to_string(), format!("{sent:.0}"), format!("{rate:.0}")]);
        }
    }
    print(
        "Daemons on one PostgreSQL, 16 connections each",
        &["daemons", "sent", "mails/s with start-up"],
        &rows,
    );
    drop_database(&server, &url);
    Ok(())
}
