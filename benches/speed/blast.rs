//! The blast: a list of many, one post, the full ledger, beside those who keep none.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::child;
use super::office::{Office, wall};
use super::peers::{Peers, Sink};
use super::table::{median, print, progress, spread};

/// People in one file of a list: a file of more than 20,000 is refused, and a post goes to whole lists.
const PER_LIST: usize = 10_000;

/// An office with lists of `people` in all and an account that sends to `port`.
pub struct Bench {
    pub office: Office,
    port: u16,
    lists: Vec<String>,
    registry: String,
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
        let mut bench = Self { office, port, lists: vec![], registry: "lists:\n".into(), posts: 0 };
        for n in 0..people.div_ceil(PER_LIST) {
            let id = format!("ds-{n}");
            bench.list(&id, n * PER_LIST..people.min((n + 1) * PER_LIST));
            bench.lists.push(id);
        }
        Ok(bench)
    }
    /// Writes a list of these people.
    pub fn list(&mut self, id: &str, people: std::ops::Range<usize>) {
        self.registry.push_str(&format!(
            "  {id}:\n    title: Danh sách thử {id}\n    ground: duty\n    source: Đo tốc độ\n"
        ));
        let rows: String = people.map(|i| format!("Người Mẫu {i},p{i}@khach.example,,,\n")).collect();
        let head = "ten,email,zalo,telegram,can_cu";
        self.office.write(&format!("campaigns/audiences/{id}.csv"), &format!("{head}\n{rows}"));
        self.office.write("campaigns/audiences/lists.yaml", &self.registry);
    }
    /// Writes a post that is due `minutes` from now, to as many whole lists as `people` fill, and approves it.
    pub fn post(
        &mut self,
        connections: usize,
        window: usize,
        minutes: i64,
        people: usize,
    ) -> anyhow::Result<()> {
        self.posts += 1;
        let yaml = std::fs::read_to_string(self.office.at("loa.yaml"))?;
        let head = yaml.split("\naccounts:").next().unwrap_or_default();
        let account = account(self.port, connections, window);
        self.office.write("loa.yaml", &format!("{head}\naccounts:\n{account}\n"));
        let to = self.lists[..people.div_ceil(PER_LIST).min(self.lists.len())].join(", ");
        let id = format!("bai-{}", self.posts);
        self.write(&id, &to, minutes, "");
        self.office.ok(&["apply"]);
        self.office.ok(&["approve", "chien-dich", "--by", "binh"]);
        Ok(())
    }
    /// Writes a post to these lists with further lines of its sending.
    pub fn write(&self, id: &str, to: &str, minutes: i64, more: &str) {
        let at = wall(minutes);
        let sending = format!(
            "  - channel: email\n    id: thu\n    to: [{to}]\n    at: {at}\n    late_ok: 2 days\n{more}"
        );
        self.office.post(id, "Hộ kinh doanh lên mạng với tên miền .vn", &sending);
        self.office.write(&format!("campaigns/chien-dich/posts/{id}/noi-dung.md"), &text());
    }
    /// Sends the newest post in a process of its own.
    pub fn run(&self, what: &str, more: &[&str]) -> anyhow::Result<Value> {
        let dir = self.office.path().display().to_string();
        child::figures(&[&[what, &dir, &self.office.database_url()], more].concat())
    }
    /// A new post, sent; with the bytes by which the embedded database grew.
    pub fn send(&mut self, connections: usize, window: usize, people: usize) -> anyhow::Result<Value> {
        self.post(connections, window, -2, people)?;
        let before = self.size();
        let mut figures = self.run("blast", &[])?;
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
    for i in 1..=4 {
        out.push_str(&format!("{i}. {line}\n"));
    }
    out
}

/// What is measured, from the words of the command line.
pub struct Plan {
    pub people: usize,
    pub rounds: usize,
    connections: Vec<usize>,
    pub window: usize,
    others: bool,
    /// Mails of a long list that are sent; none of it where nothing is said.
    send: usize,
    /// Urgent posts, and people of each.
    pub urgent: (usize, usize),
    /// `None`: SQLite; else a PostgreSQL where databases may be made.
    pub databases: Vec<Option<String>>,
}

pub fn plan(args: &[&str]) -> anyhow::Result<Plan> {
    let mut p = Plan {
        people: 20_000,
        rounds: 3,
        connections: vec![16],
        window: 4,
        others: true,
        send: 0,
        urgent: (5, 10_000),
        databases: vec![None],
    };
    let mut it = args.iter();
    while let Some(a) = it.next() {
        let mut value = || it.next().map(|s| (*s).to_owned()).unwrap_or_default();
        match *a {
            "--people" => p.people = value().parse()?,
            "--rounds" => p.rounds = value().parse()?,
            "--window" => p.window = value().parse()?,
            "--send" => p.send = value().parse()?,
            "--posts" => p.urgent.0 = value().parse()?,
            "--urgent" => p.urgent.1 = value().parse()?,
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

/// How tables call a database of [`Plan::databases`].
pub fn called(server: Option<&str>) -> &'static str {
    if server.is_some() { "PostgreSQL" } else { "SQLite" }
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

/// How many mails each sends at so many connections: rates are what is compared, and nobody waits for the slow ones.
struct Mails {
    /// Loa, and those that keep up with it.
    fast: usize,
    /// nodemailer, composing.
    composing: usize,
    /// smtplib, composing.
    slow: usize,
}

impl Mails {
    fn of(people: usize, connections: usize) -> Self {
        // One connection is a fifth as fast.
        let fast = if connections == 1 { people.min(PER_LIST) } else { people };
        Self { fast, composing: fast.min(10_000), slow: fast.min(2000) }
    }
}

/// What was measured of one of those that are compared, round by round; or why it could not be.
struct Row {
    who: String,
    mails: usize,
    all: Vec<Value>,
    why: Option<String>,
}

impl Row {
    fn of(&self, key: &str) -> Vec<f64> {
        self.all.iter().filter_map(|v| v[key].as_f64()).collect()
    }
    fn cells(&self, loa: f64) -> Vec<String> {
        if let Some(why) = self.why.as_ref().filter(|_| self.all.is_empty()) {
            let dash = || "–".to_owned();
            return vec![self.who.clone(), dash(), format!("not measured: {why}"), dash(), dash(), dash()];
        }
        let cpu = median(&self.of("cpu_us"));
        let known = |s: String| if cpu.is_nan() { "–".into() } else { s };
        let rate = self.of("rate");
        let why = self.why.as_ref().map(|w| format!(" (not in every round: {w})")).unwrap_or_default();
        vec![
            format!("{}{why}", self.who),
            self.mails.to_string(),
            spread(&rate),
            format!("{:.2}", loa / median(&rate)),
            known(format!("{cpu:.0}")),
            known(format!("{:.0}", median(&self.of("memory")) / 1e6)),
        ]
    }
}

/// Runs one of those that are compared once more.
fn add(rows: &mut Vec<Row>, who: &str, mails: usize, ran: anyhow::Result<Value>) {
    let at = rows.iter().position(|r| r.who == who).unwrap_or_else(|| {
        rows.push(Row { who: who.into(), mails, all: vec![], why: None });
        rows.len() - 1
    });
    match ran {
        Ok(v) => {
            progress(&format!("{who}: {:.0}/s", v["rate"].as_f64().unwrap_or(f64::NAN)));
            rows[at].all.push(v);
        }
        Err(e) => {
            progress(&format!("{who}: {e:#}"));
            let first = format!("{e:#}").lines().next().unwrap_or_default().replace('|', "/");
            rows[at].why = Some(first);
        }
    }
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
    let own = &mut offices[0].2;
    own.post(16, p.window, -2, PER_LIST)?;
    let composed = own.run("compose", &["20000"])?;
    std::fs::copy(own.office.at("mail.eml"), &made)?;
    std::fs::copy(own.office.at("mail.json"), &mail)?;
    own.run("blast", &[])?; // also brings caches and the list's first post out of the way
    println!(
        "A mail of {} bytes; merging it for a person {:.1} µs of CPU, composing it as well {:.1} µs.",
        composed["bytes"],
        composed["merge_us"].as_f64().unwrap_or_default(),
        composed["compose_us"].as_f64().unwrap_or_default()
    );
    if let Some(note) = sink.stand_in() {
        println!("\n{note}");
    }
    let peers = p.others.then(|| Peers::new(&target));
    for &n in &p.connections {
        let m = Mails::of(p.people, n);
        let mut rows: Vec<Row> = Vec::new();
        for round in 1..=p.rounds {
            progress(&format!("{n} connections, window {}, round {round} of {}", p.window, p.rounds));
            for (server, _, bench) in &mut offices {
                let who = format!("Loa, {}", called(server.as_deref()));
                add(&mut rows, &who, m.fast, bench.send(n, p.window, m.fast));
            }
            let (port, connections, mails) = (sink.port.to_string(), n.to_string(), m.fast.to_string());
            let wire = child::figures(&["wire", &port, &connections, &mails, &made.display().to_string()]);
            add(&mut rows, "Loa's connections, ready-made, no record", m.fast, wire);
            if let Some(peers) = &peers {
                let nodemailer = peers.nodemailer(sink.port, n, m.composing, &mail);
                add(&mut rows, "nodemailer pool, composing", m.composing, nodemailer);
                let ready = peers.smtplib(sink.port, n, m.fast, &mail, true);
                add(&mut rows, "smtplib, ready-made", m.fast, ready);
                let slow = peers.smtplib(sink.port, n, m.slow, &mail, false);
                add(&mut rows, "smtplib, composing", m.slow, slow);
                let source = peers.smtp_source(sink.port, n, m.fast, 10_000);
                add(&mut rows, "smtp-source, its own text", m.fast, source);
            }
        }
        let loa = median(&rows[0].of("rate"));
        let table: Vec<Vec<String>> = rows.iter().map(|r| r.cells(loa)).collect();
        let head = [
            "who",
            "mails",
            "mails/s, median (least–most)",
            "Loa on SQLite is … times that",
            "CPU µs/mail",
            "peak MB",
        ];
        print(&format!("{n} connections, window {}", p.window), &head, &table);
        // Others may fail and are named; without Loa there is nothing to say.
        let own = rows.iter().find(|r| r.who.starts_with("Loa") && r.why.is_some());
        anyhow::ensure!(own.is_none(), "{} failed", own.map_or("", |r| &r.who));
        let bytes: Vec<f64> = rows[0].of("bytes").into_iter().map(|b| b / m.fast as f64).collect();
        println!("\nSQLite grew by {:.0} bytes per delivery.", median(&bytes));
        for r in rows.iter().filter(|r| r.who.starts_with("Loa, ")) {
            let rate = median(&r.of("rows")) / median(&r.of("expand_s"));
            println!("{}: {rate:.0} rows/s expanded.", r.who);
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
    for round in 1..=p.rounds {
        progress(&format!("punctual, round {round} of {}: waits for the full minute", p.rounds));
        bench.post(16, p.window, 1, p.people)?;
        let f = bench.run("punctual", &[])?;
        let ms = |k: &str| format!("{:.0}", f[k].as_f64().unwrap_or(f64::NAN));
        rows.push(vec![p.people.to_string(), ms("first_ms"), ms("last_claimed_ms"), ms("last_ms")]);
    }
    let head = ["due at once", "first intent, ms after", "last intent, ms after", "last settled, ms after"];
    print("Punctuality, SQLite, 16 connections", &head, &rows);
    Ok(())
}

/// `million`: a long list on SQLite: speed and highest memory of its expansion, then of sending `--send` of its mails, each in a
/// process of its own.
pub fn million(args: &[&str]) -> anyhow::Result<()> {
    let p = plan(args)?;
    let sink = Sink::start()?;
    progress(&format!("a list of {}: files, apply, approve", p.people));
    let mut bench = Bench::new(p.people, sink.port, None)?;
    bench.post(16, p.window, -2, p.people)?;
    let mut rows = Vec::new();
    let mut row = |what: &str, n: &Value, seconds: &Value, f: &Value| {
        let (n, seconds) = (n.as_f64().unwrap_or(f64::NAN), seconds.as_f64().unwrap_or(f64::NAN));
        let mb = |k: &str| format!("{:.0}", f[k].as_f64().unwrap_or(f64::NAN) / 1e6);
        rows.push(vec![
            what.to_owned(),
            format!("{n:.0}"),
            format!("{seconds:.1}"),
            format!("{:.0}", n / seconds),
            mb("memory_start"),
            mb("memory"),
        ]);
    };
    progress("expanding");
    let f = bench.run("expand", &[])?;
    row("expansion", &f["rows"], &f["expand_s"], &f);
    if p.send > 0 {
        progress(&format!("sending {} of them", p.send.min(p.people)));
        let f = bench.run("some", &[&p.send.to_string()])?;
        row("sending, 16 connections", &f["sent"], &f["drain_s"], &f);
    }
    let head = ["what", "rows", "seconds", "rows/s", "MB at its start", "highest MB"];
    print(&format!("A list of {} people, SQLite", p.people), &head, &rows);
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
    let mut rates: [Vec<f64>; 2] = Default::default();
    let mut counts: [Vec<f64>; 2] = Default::default();
    let daemons = [1usize, 3];
    for round in 1..=p.rounds {
        for ((daemons, rates), counts) in daemons.iter().zip(&mut rates).zip(&mut counts) {
            progress(&format!("daemons: {daemons}, round {round} of {}", p.rounds));
            bench.post(16, p.window, -2, p.people)?;
            bench.run("expand", &[])?;
            let started = std::time::Instant::now();
            let sent: f64 = std::thread::scope(|s| {
                let runs: Vec<_> = (0..*daemons).map(|_| s.spawn(|| bench.run("drain", &[]))).collect();
                runs.into_iter().filter_map(|r| r.join().ok()?.ok()?["sent"].as_f64()).sum()
            });
            counts.push(sent);
            rates.push(sent / started.elapsed().as_secs_f64());
        }
    }
    let one = median(&rates[0]);
    let rows: Vec<Vec<String>> = daemons
        .iter()
        .zip(rates.iter().zip(&counts))
        .map(|(n, (r, sent))| {
            let times = format!("{:.2}", median(r) / one);
            vec![n.to_string(), spread(sent), spread(r), times]
        })
        .collect();
    print(
        "Daemons on one PostgreSQL, 16 connections each",
        &["daemons", "sent", "mails/s with start-up, median (least–most)", "times one daemon"],
        &rows,
    );
    drop_database(&server, &url);
    Ok(())
}
