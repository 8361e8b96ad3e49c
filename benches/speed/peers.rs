//! The others: Postfix' sink and source, nodemailer, Python's smtplib. None of them keeps a record of what it sent.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use anyhow::Context as _;
use serde_json::{Value, json};

use super::child;

/// Postfix' `smtp-sink` on a free port; ends with the value.
pub struct Sink {
    child: Child,
    pub port: u16,
}

impl Sink {
    pub fn start() -> anyhow::Result<Self> {
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let child = Command::new("smtp-sink")
            .args(["-u", "nobody", &format!("127.0.0.1:{port}"), "1024"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("smtp-sink (package postfix)")?;
        let end = Instant::now() + std::time::Duration::from_secs(10);
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() && Instant::now() < end {
            std::thread::yield_now();
        }
        Ok(Self { child, port })
    }
    /// CPU seconds of the sink so far.
    pub fn cpu(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap_or_default();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks = |i: usize| fields.get(i).and_then(|f| f.parse::<f64>().ok()).unwrap_or(0.0);
        (ticks(11) + ticks(12)) / 100.0
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Scripts of the others, and what they need.
pub struct Peers {
    node: PathBuf,
    python: PathBuf,
}

impl Peers {
    pub fn new(dir: &Path) -> anyhow::Result<Self> {
        let node = dir.join("node");
        if !node.join("node_modules/nodemailer").exists() {
            std::fs::create_dir_all(&node)?;
            let npm = Command::new("npm")
                .args(["install", "--silent", "--no-audit", "--no-fund", "--prefix"])
                .arg(&node)
                .arg("nodemailer@10.6.1")
                .status()
                .context("npm")?;
            anyhow::ensure!(npm.success(), "npm install nodemailer: {npm}");
        }
        Ok(Self { node, python: "python3".into() })
    }
    fn script(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/speed").join(name)
    }
    /// nodemailer's pool, composing each mail.
    pub fn nodemailer(
        &self,
        port: u16,
        connections: usize,
        mails: usize,
        mail: &Path,
    ) -> anyhow::Result<Value> {
        let args = [port.to_string(), connections.to_string(), mails.to_string()];
        let out = Command::new("node")
            .arg(Self::script("nodemailer.cjs"))
            .args(&args)
            .arg(mail)
            .env("NODE_PATH", self.node.join("node_modules"))
            .output()?;
        child::read(&out, &["nodemailer"])
    }
    /// smtplib in one thread per connection; `made`: with bytes made beforehand, else composing each mail.
    pub fn smtplib(
        &self,
        port: u16,
        connections: usize,
        mails: usize,
        mail: &Path,
        made: bool,
    ) -> anyhow::Result<Value> {
        let args = [port.to_string(), connections.to_string(), mails.to_string()];
        let out = Command::new(&self.python)
            .arg(Self::script("smtplib_peer.py"))
            .args(&args)
            .arg(mail)
            .arg(if made { "made" } else { "compose" })
            .output()?;
        child::read(&out, &["smtplib"])
    }
    /// Postfix' `smtp-source`, its own text of `bytes`, sessions kept.
    pub fn smtp_source(
        &self,
        port: u16,
        connections: usize,
        mails: usize,
        bytes: usize,
    ) -> anyhow::Result<Value> {
        let started = Instant::now();
        let out = Command::new("smtp-source")
            .args([
                "-d",
                "-c",
                "-s",
                &connections.to_string(),
                "-m",
                &mails.to_string(),
                "-l",
                &bytes.to_string(),
            ])
            .args(["-f", "loa@so.example", "-t", "p@khach.example", &format!("127.0.0.1:{port}")])
            .output()?;
        anyhow::ensure!(out.status.success(), "smtp-source: {}", String::from_utf8_lossy(&out.stderr));
        Ok(json!({ "sent": mails, "rate": mails as f64 / started.elapsed().as_secs_f64() }))
    }
}
