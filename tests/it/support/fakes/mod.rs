//! Stand-ins for platforms that have no server to run: the Telegram Bot API, the Zalo Bot API, a webhook receiver; and a proxy
//! that loses answers, for servers that are real.
//!
//! Each runs on its own thread, so that it answers while a test blocks or a child process runs. The bots' fakes are not to be
//! believed by themselves: `telegram.rs` and `zalo.rs` have them checked by clients nobody here wrote. A fake keeps what it
//! accepted apart from what it was asked, because a request whose answer was lost is accepted too.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod bots;
mod server;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use serde_json::{Map, Value};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

pub use bots::{Chat, FakeBot};
pub use server::{Fault, Request, Upload};
use server::{Reply, Server};

/// A receiver of Standard Webhooks that takes everything, or answers as told.
pub struct FakeReceiver {
    server: Server,
    state: Arc<Mutex<(Vec<Request>, VecDeque<Fault>)>>,
}

impl FakeReceiver {
    pub fn start() -> Self {
        let state: Arc<Mutex<(Vec<Request>, VecDeque<Fault>)>> = Arc::default();
        let s = state.clone();
        let server = Server::start(Arc::new(move |r| {
            let mut s = s.lock().unwrap();
            let fault = s.1.pop_front();
            let reply = match fault.as_ref().map(Fault::instead) {
                Some(Some(reply)) => reply,
                Some(None) => {
                    s.0.push(r);
                    Reply::Cut
                }
                None => {
                    s.0.push(r);
                    Reply::Answer(204, vec![], vec![])
                }
            };
            Box::pin(async move { reply })
        }));
        Self { server, state }
    }
    pub fn url(&self) -> String {
        self.server.url()
    }
    pub fn next_send(&self, fault: Fault) {
        self.state.lock().unwrap().1.push_back(fault);
    }
    /// What it took.
    pub fn accepted(&self) -> Vec<Request> {
        self.state.lock().unwrap().0.clone()
    }
}

/// Which requests a fault of a [`FaultProxy`] meets.
pub type Matches = fn(&Request) -> bool;

/// Stands before a real server and loses requests or answers on demand.
pub struct FaultProxy {
    server: Server,
    faults: Arc<Mutex<VecDeque<(Matches, Fault)>>>,
    seen: Arc<Mutex<Vec<Request>>>,
}

impl FaultProxy {
    /// Before the server at `upstream` (`http://127.0.0.1:port`).
    pub fn start(upstream: &str) -> Self {
        let upstream: SocketAddr =
            upstream.trim_start_matches("http://").parse().expect("http://address:port");
        let faults: Arc<Mutex<VecDeque<(Matches, Fault)>>> = Arc::default();
        let seen: Arc<Mutex<Vec<Request>>> = Arc::default();
        let (f, s) = (faults.clone(), seen.clone());
        let server = Server::start(Arc::new(move |r| {
            s.lock().unwrap().push(r.clone());
            let mut queue = f.lock().unwrap();
            let due = queue.front().is_some_and(|(m, _)| m(&r));
            let fault = if due { queue.pop_front().map(|(_, f)| f) } else { None };
            Box::pin(async move {
                match fault.as_ref().map(Fault::instead) {
                    Some(Some(reply)) => reply,
                    Some(None) => {
                        forward(upstream, &r).await;
                        if let Some(Fault::Hang(long)) = fault {
                            tokio::time::sleep(long).await;
                        }
                        Reply::Cut
                    }
                    None => Reply::Raw(forward(upstream, &r).await),
                }
            })
        }));
        Self { server, faults, seen }
    }
    pub fn url(&self) -> String {
        self.server.url()
    }
    /// The next request that `matches` ends so; several are met in order.
    pub fn next(&self, matches: Matches, fault: Fault) {
        self.faults.lock().unwrap().push_back((matches, fault));
    }
    /// What was to meet requests to come, no longer does.
    pub fn clear(&self) {
        self.faults.lock().unwrap().clear();
    }
    /// Every request, also lost ones.
    pub fn requests(&self) -> Vec<Request> {
        self.seen.lock().unwrap().clone()
    }
    /// True when no fault waits any more: each met its request.
    pub fn spent(&self) -> bool {
        self.faults.lock().unwrap().is_empty()
    }
}

async fn forward(upstream: SocketAddr, r: &Request) -> Vec<u8> {
    let mut head = format!("{} {}", r.method, r.path);
    if !r.query.is_empty() {
        head.push_str(&format!("?{}", r.query));
    }
    head.push_str(&format!(" HTTP/1.1\r\nhost: {upstream}\r\nconnection: close\r\n"));
    for (k, v) in r.headers.iter().filter(|(k, _)| k != "host" && k != "connection") {
        head.push_str(&format!("{k}: {v}\r\n"));
    }
    head.push_str("\r\n");
    let mut s = TcpStream::connect(upstream).await.expect("the server behind the proxy");
    s.write_all(&[head.as_bytes(), &r.body].concat()).await.expect("the server behind the proxy");
    let mut answer = Vec::new();
    s.read_to_end(&mut answer).await.expect("the server behind the proxy");
    answer
}

/// The Python of the tests' own environment: `LOA_TEST_PYTHON`, or `test-venv` beside the build (`./test` makes it).
#[expect(clippy::disallowed_methods, reason = "tests have no config/ to read the environment for them")]
pub fn python() -> std::path::PathBuf {
    match std::env::var("LOA_TEST_PYTHON") {
        Ok(path) => path.into(),
        Err(_) => target().join("test-venv/bin/python"),
    }
}

/// The folder cargo builds into.
pub fn target() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("tmp lies in target").to_owned()
}

/// Runs a script of `tests/peers` and answers the JSON it prints; panics with what it said if it fails.
pub fn stranger(script: &str, args: &[&str]) -> Map<String, Value> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers").join(script);
    let out = std::process::Command::new(python())
        .arg(path)
        .args(args)
        .output()
        .unwrap_or_else(|e| panic!("{}: {e}; ./test makes the environment", python().display()));
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "{script}: {said}");
    serde_json::from_slice(&out.stdout).unwrap_or_else(|e| panic!("{script}: {e}: {said}"))
}
