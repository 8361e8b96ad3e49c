//! The others: Postfix' sink and source, nodemailer, Python's smtplib. None of them keeps a record of what it sent.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use anyhow::Context as _;
use serde_json::{Value, json};

use super::child;

/// Postfix' `smtp-sink` on a free port, or what stands in for it where Postfix is missing; ends with the value.
pub struct Sink {
    child: Child,
    pub port: u16,
    stands_in: bool,
}

impl Sink {
    pub fn start() -> anyhow::Result<Self> {
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut postfix = Command::new("smtp-sink");
        postfix.args(["-u", "nobody", &format!("127.0.0.1:{port}"), "1024"]);
        let quiet = |c: &mut Command| c.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let (child, stands_in) = match quiet(&mut postfix) {
            Ok(child) => (child, false),
            Err(_) => {
                let mut own = Command::new(std::env::current_exe()?);
                (quiet(own.args(["child", "sink", &port.to_string()]))?, true)
            }
        };
        let sink = Self { child, port, stands_in };
        let end = Instant::now() + std::time::Duration::from_secs(10);
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            anyhow::ensure!(Instant::now() < end, "the receiver does not answer on port {port}");
            std::thread::yield_now();
        }
        Ok(sink)
    }
    /// What to say of the figures if it is not Postfix' that was the receiver.
    pub fn stand_in(&self) -> Option<&'static str> {
        self.stands_in.then_some(
            "**smtp-sink is missing (package postfix): the receiver was one of this program's own, a thread per connection.**",
        )
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The stand-in for `smtp-sink`: takes every mail and forgets it. Serves until it is killed.
pub fn sink(port: u16) -> anyhow::Result<()> {
    let listener = std::net::TcpListener::bind(("127.0.0.1", port))?;
    for stream in listener.incoming() {
        let stream = stream?;
        std::thread::spawn(move || take(stream));
    }
    Ok(())
}

fn take(stream: std::net::TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut to = stream.try_clone()?;
    let mut from = BufReader::with_capacity(65_536, stream);
    to.write_all(b"220 sink.example ESMTP\r\n")?;
    let mut line = Vec::new();
    let mut text = false;
    loop {
        line.clear();
        if from.read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        if text {
            text = line != b".\r\n";
            if !text {
                to.write_all(b"250 2.0.0 Ok\r\n")?;
            }
            continue;
        }
        let word: Vec<u8> = line.iter().take(4).map(u8::to_ascii_uppercase).collect();
        let answer: &[u8] = match word.as_slice() {
            b"EHLO" => b"250-sink.example\r\n250 8BITMIME\r\n",
            b"DATA" => {
                text = true;
                b"354 go on\r\n"
            }
            b"QUIT" => return to.write_all(b"221 2.0.0 Bye\r\n"),
            _ => b"250 2.0.0 Ok\r\n",
        };
        to.write_all(answer)?;
    }
}

/// Scripts of the others, and what they need.
pub struct Peers {
    /// Where nodemailer is, or why it is not.
    node: Result<PathBuf, String>,
    python: PathBuf,
}

impl Peers {
    pub fn new(dir: &Path) -> Self {
        let node = install(&dir.join("node")).map_err(|e| format!("{e:#}"));
        Self { node, python: "python3".into() }
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
        let node = self.node.as_ref().map_err(|why| anyhow::anyhow!("{why}"))?;
        let args = [port.to_string(), connections.to_string(), mails.to_string()];
        let out = Command::new("node")
            .arg(Self::script("nodemailer.cjs"))
            .args(&args)
            .arg(mail)
            .env("NODE_PATH", node.join("node_modules"))
            .output()
            .context("node is missing")?;
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
            .output()
            .context("python3 is missing")?;
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
            .output()
            .context("smtp-source is missing (package postfix)")?;
        anyhow::ensure!(out.status.success(), "smtp-source: {}", String::from_utf8_lossy(&out.stderr));
        Ok(json!({ "sent": mails, "rate": mails as f64 / started.elapsed().as_secs_f64() }))
    }
}

/// nodemailer into a folder, once.
fn install(node: &Path) -> anyhow::Result<PathBuf> {
    if !node.join("node_modules/nodemailer").exists() {
        std::fs::create_dir_all(node)?;
        let npm = Command::new("npm")
            .args(["install", "--silent", "--no-audit", "--no-fund", "--prefix"])
            .arg(node)
            .arg("nodemailer@10.6.1")
            .stdout(Stdio::null())
            .status()
            .context("npm is missing")?;
        anyhow::ensure!(npm.success(), "npm install nodemailer: {npm}");
    }
    Ok(node.to_owned())
}
