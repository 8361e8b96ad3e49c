//! A wire that breaks: a proxy of the test's own between Loa and a server, which cuts connections in the middle of a mail,
//! after a random number of bytes of either direction.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

#[derive(Default)]
struct State {
    /// Bytes after which a connection is cut at the latest; 0: never.
    reach: AtomicU64,
    cuts: AtomicUsize,
    over: AtomicBool,
}

/// The proxy; it ends with the value that holds it.
pub struct Proxy {
    state: Arc<State>,
    port: u16,
}

impl Proxy {
    /// A proxy before the server at this port of loopback; it passes everything on.
    pub fn before(server: u16, seed: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(State::default());
        let all = state.clone();
        std::thread::spawn(move || {
            let mut rng = StdRng::seed_from_u64(seed);
            for client in listener.incoming() {
                if all.over.load(Ordering::SeqCst) {
                    return;
                }
                let (Ok(client), Ok(server)) = (client, TcpStream::connect(("127.0.0.1", server))) else {
                    continue;
                };
                // What the client says is long, what the server says is short: both ways are cut about as often.
                let reach = all.reach.load(Ordering::SeqCst);
                let mut at = |share: u64| match reach {
                    0 => u64::MAX,
                    most => rng.random_range(1..=(most / share).max(1)),
                };
                let (there, back) = (at(1), at(64));
                let ways = [
                    (client.try_clone().unwrap(), server.try_clone().unwrap(), there),
                    (server, client, back),
                ];
                let whole = Arc::new(AtomicBool::new(true));
                for (from, to, most) in ways {
                    let (state, whole) = (all.clone(), whole.clone());
                    std::thread::spawn(move || pass(from, to, most, &state, &whole));
                }
            }
        });
        Self { state, port }
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }
    /// Connections opened from now on are cut after at most so many bytes of the client, or a sixty-fourth of that of the
    /// server; 0: never.
    pub fn cut_within(&self, bytes: u64) {
        self.state.reach.store(bytes, Ordering::SeqCst);
    }
    /// How many connections were cut.
    pub fn cuts(&self) -> usize {
        self.state.cuts.load(Ordering::SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.state.over.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(("127.0.0.1", self.port)));
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, most: u64, state: &State, whole: &AtomicBool) {
    let mut buf = [0u8; 4096];
    let mut left = most;
    loop {
        let n = match from.read(&mut buf) {
            Ok(0) | Err(_) => break,
            Ok(n) => n,
        };
        let goes = n.min(usize::try_from(left).unwrap_or(usize::MAX));
        if goes < n && whole.swap(false, Ordering::SeqCst) {
            // Counted first: whoever counts what became unclear must not be ahead of the cuts.
            state.cuts.fetch_add(1, Ordering::SeqCst);
        }
        let written = to.write_all(&buf[..goes]);
        if goes < n || written.is_err() {
            break;
        }
        left -= goes as u64;
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}
