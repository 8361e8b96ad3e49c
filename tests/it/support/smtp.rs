//! The mail server of the tests: aiosmtpd, run by `tests/peers/aiosmtpd_peer.py`. Stops with the value that holds it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

/// The only login the server knows.
pub const USER: &str = "sender@ok.test";
/// Its password.
pub const PASSWORD: &str = "s3cret-local";

/// The Python with the test servers' packages: `LOA_TEST_PYTHON`, or the environment that `./test` makes.
pub fn python() -> PathBuf {
    let made = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/test-venv/bin/python");
    std::env::var_os("LOA_TEST_PYTHON").map_or(made, PathBuf::from)
}

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/aiosmtpd_peer.py")
}

/// A certificate for `127.0.0.1`, and not for `localhost`, that vouches for itself.
fn certificate(dir: &Path) -> (PathBuf, PathBuf) {
    let (cert, key) = (dir.join("cert.pem"), dir.join("key.pem"));
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            "2",
        ])
        .args(["-subj", "/CN=mail.test", "-addext", "basicConstraints=critical,CA:FALSE"])
        .args(["-addext", "subjectAltName=IP:127.0.0.1", "-keyout"])
        .arg(&key)
        .arg("-out")
        .arg(&cert)
        .output()
        .expect("openssl runs");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    (cert, key)
}

/// A running mail server.
pub struct SmtpPeer {
    child: Child,
    dir: tempfile::TempDir,
    /// Port that wants STARTTLS.
    pub starttls_port: u16,
    /// Port that speaks TLS from the start.
    pub tls_port: u16,
}

/// A mail the server took.
#[derive(Debug)]
pub struct Taken {
    /// `connection`, `to`, `return_path`, `tls`, `login`.
    pub envelope: Value,
    /// As Python's email package reads it: `headers`, `from`, `to`, `parts`, `defects`.
    pub mail: Value,
    /// Its bytes.
    pub raw: Vec<u8>,
}

impl SmtpPeer {
    /// Starts the server and waits until it listens.
    pub fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (cert, key) = certificate(dir.path());
        let mut child = Command::new(python())
            .arg(script())
            .arg("serve")
            .args([&cert, &key, &dir.path().join("box")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the test servers' Python is installed by ./test");
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ports: Vec<u16> = line.split_whitespace().map(|p| p.parse().unwrap()).collect();
        let &[starttls_port, tls_port] = &ports[..] else {
            panic!("the mail server did not start: {line:?}")
        };
        Self { child, dir, starttls_port, tls_port }
    }

    /// The certificate to trust, PEM.
    pub fn ca(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("cert.pem")).unwrap()
    }

    fn folder(&self) -> PathBuf {
        self.dir.path().join("box")
    }

    /// How many mails it took.
    pub fn count(&self) -> usize {
        let names = std::fs::read_dir(self.folder()).unwrap();
        names.filter(|e| e.as_ref().unwrap().path().extension().is_some_and(|x| x == "eml")).count()
    }

    /// Envelopes of all mails, in the order of arrival.
    pub fn envelopes(&self) -> Vec<Value> {
        let read = |n| std::fs::read(self.folder().join(format!("{n}.json"))).unwrap();
        (1..=self.count()).map(|n| serde_json::from_slice(&read(n)).unwrap()).collect()
    }

    /// The `n`-th mail as it came, from 1.
    pub fn raw(&self, n: usize) -> String {
        String::from_utf8(std::fs::read(self.folder().join(format!("{n}.eml"))).unwrap()).unwrap()
    }

    /// The `n`-th mail it took, from 1, read by Python's email package.
    pub fn taken(&self, n: usize) -> Taken {
        let file = self.folder().join(format!("{n}.eml"));
        let parsed = Command::new(python()).arg(script()).arg("parse").arg(&file).output().unwrap();
        assert!(parsed.status.success(), "{}", String::from_utf8_lossy(&parsed.stderr));
        Taken {
            envelope: self.envelopes().remove(n - 1),
            mail: serde_json::from_slice(&parsed.stdout).unwrap(),
            raw: std::fs::read(file).unwrap(),
        }
    }

    /// What clients did, in order: `connect`, `login`, `mail`, `rcpt`, `data`, `rset`, `noop`, `quit`.
    pub fn events(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.folder().join("events.jsonl")).unwrap();
        text.lines()
            .map(|l| serde_json::from_str::<Value>(l).unwrap()["event"].as_str().unwrap().to_owned())
            .collect()
    }

    /// Waits for what the server is about to do.
    pub fn wait_until(&self, condition: impl Fn(&Self) -> bool) {
        let patience = std::time::Instant::now() + std::time::Duration::from_secs(20);
        while !condition(self) {
            assert!(
                std::time::Instant::now() < patience,
                "the server did not get there: {:?}",
                self.events()
            );
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
    }

    /// How often clients did it.
    pub fn times(&self, event: &str) -> usize {
        self.events().iter().filter(|e| *e == event).count()
    }
}

impl Drop for SmtpPeer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
