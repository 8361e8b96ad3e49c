//! The blast: a list of many, one post, the full ledger, beside those who keep none.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::child;
use super::office::{Office, today, wall};
use super::peers::{Peers, Sink};
use super::table::{median, print, spread};

/// An office with one list of `people` and an account that sends to `port`.
pub struct Bench {
    pub office: Office,
    port: u16,
    posts: usize,
}

impl Bench {
    pub fn new(people: usize, port: u16, database: Option<&str>) -> anyhow::Result<Self> {
        let office = Office::new(&account(port, 16, 4), "");
        let office = match database {
            Some(url) => office.with_database(url),
            None => office,
        };
        office.units("  - id: so\n    name: Sở Thử\n    channels:\n      email:\n        address: so@so.example\n        account: thu\n");
        let addresses: Vec<String> = (0..people).map(|i| format!("p{i}@khach.example")).collect();
        office.list("ds", &addresses);
        Ok(Self { office, port, posts: 0 })
    }
    /// Writes a post that is due now and approves it.
    pub fn post(&mut self, connections: usize, window: usize) -> anyhow::Result<()> {
        self.posts += 1;
        let yaml = std::fs::read_to_string(self.office.at("loa.yaml"))?;
        let head = yaml.split("\naccounts:").next().unwrap_or_default();
        self.office
            .write("loa.yaml", &format!("{head}\naccounts:\n{}\n", account(self.port, connections, window)));
        let id = format!("bai-{}", self.posts);
        self.office.post(
            &id,
            "Hộ kinh doanh lên mạng với tên miền .vn",
            &format!("  - channel: email\n    to: ds\n    at: {}\n    late_ok: 2 days\n", wall(-2)),
        );
        self.office.write(&format!("campaigns/chien-dich/posts/{id}/noi-dung.md"), &text());
        self.office.ok(&["apply"]);
        self.office.ok(&["approve", "chien-dich", "--by", "binh"]);
        Ok(())
    }
    pub fn send(&mut self, connections: usize, window: usize) -> anyhow::Result<Value> {
        self.post(connections, window)?;
        let dir = self.office.path().display().to_string();
        let database = self.office.database_url();
        let before = self.size();
        let mut figures = child::figures(&["blast", &dir, &database])?;
        if let (Some(before), Some(after)) = (before, self.size()) {
            figures["bytes"] = json!(after.saturating_sub(before));
        }
        Ok(figures)
    }
    fn size(&self) -> Option<u64> {
        let var = self.office.at("var");
        std::fs::metadata(var.join("loa.db")).ok().map(|m| m.len())
    }
}

fn account(port: u16, connections: usize, window: usize) -> String {
    format!(
        "  thu:\n    kind: email\n    server: 127.0.0.1\n    port: {port}\n    security: none\n    \
         from_address: loa@so.example\n    from_name: Sở Thử\n    hello_name: loa.example\n    \
         connections: {connections}\n    window: {window}\n    mails_per_connection: 10000\n"
    )
}

/// About 10 KB of mail.
fn text() -> String {
    let _ = today(0);
    let line = "Hộ kinh doanh đăng ký tên miền .vn để khách hàng tìm thấy mình trên mạng, giữ tên của mình và được pháp luật bảo vệ.";
    let mut out = String::from("Kính gửi anh/chị. {{fact \"gio-lam\"}}.\n\n");
    for i in 1..=14 {
        out.push_str(&format!("{i}. {line}\n"));
    }
    out
}

pub fn run(args: &[&str]) -> anyhow::Result<()> {
    let mut people = 20_000usize;
    let mut rounds = 3usize;
    let mut connections = vec![16usize];
    let mut window = 4usize;
    let mut others = true;
    let mut database: Option<String> = None;
    let mut it = args.iter();
    while let Some(a) = it.next() {
        let mut value = || it.next().map(|s| (*s).to_owned()).unwrap_or_default();
        match *a {
            "--people" => people = value().parse()?,
            "--rounds" => rounds = value().parse()?,
            "--window" => window = value().parse()?,
            "--connections" => connections = value().split(',').map(str::parse).collect::<Result<_, _>>()?,
            "--database" => database = Some(value()),
            "--alone" => others = false,
            other => anyhow::bail!("{other}: not a word of blast"),
        }
    }
    let target = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let sink = Sink::start()?;
    let mut bench = Bench::new(people, sink.port, database.as_deref())?;
    // What the others send: texts of the same length.
    let mail = target.join("bench-mail.json");
    let made = target.join("bench-mail.eml");
    let body = text();
    std::fs::write(
        &mail,
        json!({
            "subject": "Hộ kinh doanh lên mạng với tên miền .vn", "text": format!("{{name}}\n{body}"),
            "html": format!("<html><body><p>{{name}}</p><p>{}</p></body></html>", body.replace('\n', "<br>\n")),
        })
        .to_string(),
    )?;
    bench.post(16, window)?;
    let dir = bench.office.path().display().to_string();
    let composed = child::figures(&["compose", &dir, &bench.office.database_url(), "20000"])?;
    eprintln!("{composed}");
    std::fs::copy(bench.office.at("mail.eml"), &made)?;
    let peers = if others { Some(Peers::new(&target)?) } else { None };
    for &n in &connections {
        let mut rows: Vec<(String, Vec<Value>)> = Vec::new();
        let mut add = |name: &str, v: Value| match rows.iter_mut().find(|(k, _)| k == name) {
            Some((_, all)) => all.push(v),
            None => rows.push((name.to_owned(), vec![v])),
        };
        for _ in 0..rounds {
            let f = bench.send(n, window)?;
            eprintln!("{f}");
            add("Loa", f);
            let w = child::figures(&[
                "wire",
                &sink.port.to_string(),
                &n.to_string(),
                &people.to_string(),
                &made.display().to_string(),
            ])?;
            add("Loa's connections, ready-made", w);
            if let Some(peers) = &peers {
                let m = people.min(20_000);
                add("nodemailer", peers.nodemailer(sink.port, n, m, &mail)?);
                add("smtplib, ready-made", peers.smtplib(sink.port, n, m, &mail, true)?);
                add("smtp-source", peers.smtp_source(sink.port, n, m, 10_000)?);
            }
        }
        let head = ["who", "mails/s", "CPU µs/mail", "MB"];
        let table: Vec<Vec<String>> = rows
            .iter()
            .map(|(name, all)| {
                let of = |key: &str| -> Vec<f64> { all.iter().filter_map(|v| v[key].as_f64()).collect() };
                vec![
                    name.clone(),
                    spread(&of("rate")),
                    format!("{:.0}", median(&of("cpu_us"))),
                    format!("{:.0}", median(&of("memory")) / 1e6),
                ]
            })
            .collect();
        print(&format!("{n} connections"), &head, &table);
    }
    Ok(())
}
