//! A mail server that notes the key of every mail at the moment of taking it, before it answers, and that can be told to
//! behave badly: to take a mail and hang up, to hang up without taking it, to refuse for now at any step.
//!
//! It is no independent judge of what a mail server is (that is aiosmtpd): it is the far side's memory, which outlives every
//! program under test. It never offers an extension and never changes a byte.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

/// How it behaves; shares of a thousand mails.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mood {
    /// Taken, and then no answer: it hangs up.
    pub takes_and_hangs_up: u32,
    /// Read to the end, not taken, no answer: it hangs up.
    pub drops_and_hangs_up: u32,
    /// Hangs up while the mail is being written.
    pub hangs_up_half_way: u32,
    /// Refused for now: at the greeting, MAIL, RCPT, DATA or the end of the mail, by 421, 450 or 451; a 421 closes, and half
    /// of the others.
    pub refuses: u32,
    /// How long it thinks before it takes a mail, milliseconds.
    pub thinks_ms: u64,
}

/// A mail that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The delivery's key, out of the Message-ID.
    pub key: String,
    /// Its subject, if it is ASCII.
    pub subject: String,
    /// When.
    pub at: Instant,
}

#[derive(Default)]
struct Memory {
    mood: Mutex<Mood>,
    taken: Mutex<Vec<Taken>>,
    begun: AtomicUsize,
    ambiguous: AtomicUsize,
    refused: AtomicUsize,
    over: AtomicBool,
    seed: u64,
}

/// The server; it ends with the value that holds it.
pub struct Sink {
    memory: Arc<Memory>,
    port: u16,
}

impl Sink {
    /// A server on a free port of loopback that takes everything; `seed` decides what it does when its mood is worse.
    pub fn start(seed: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let memory = Arc::new(Memory { seed, ..Memory::default() });
        let all = memory.clone();
        std::thread::spawn(move || {
            for (n, stream) in (0u64..).zip(listener.incoming()) {
                if all.over.load(Ordering::SeqCst) {
                    return;
                }
                let (Ok(stream), memory) = (stream, all.clone()) else { continue };
                // A client that is killed is no fault of the server.
                std::thread::spawn(move || drop(serve(stream, &memory, n)));
            }
        });
        Self { memory, port }
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }
    /// Behaves otherwise from now on.
    pub fn mood(&self, mood: Mood) {
        *self.memory.mood.lock().unwrap() = mood;
    }
    /// Mails begun (MAIL FROM).
    pub fn begun(&self) -> usize {
        self.memory.begun.load(Ordering::SeqCst)
    }
    /// Mails that it asked for (354) and, by its own will, did not answer.
    pub fn ambiguous(&self) -> usize {
        self.memory.ambiguous.load(Ordering::SeqCst)
    }
    /// Refusals said.
    pub fn refused(&self) -> usize {
        self.memory.refused.load(Ordering::SeqCst)
    }
    /// How many mails it took.
    pub fn count(&self) -> usize {
        self.memory.taken.lock().unwrap().len()
    }
    /// The mails it took, in order.
    pub fn taken(&self) -> Vec<Taken> {
        self.memory.taken.lock().unwrap().clone()
    }
    /// How often it took each key.
    pub fn keys(&self) -> BTreeMap<String, usize> {
        let mut out = BTreeMap::new();
        for t in self.memory.taken.lock().unwrap().iter() {
            *out.entry(t.key.clone()).or_default() += 1;
        }
        out
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.memory.over.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(("127.0.0.1", self.port)));
    }
}

/// What happens to a mail.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Taken,
    TakenInSilence,
    DroppedInSilence,
    HalfWay,
    /// At a step: 0 MAIL, 1 RCPT, 2 DATA, 3 the end of the mail.
    Refused(u8),
}

fn fate(mood: Mood, rng: &mut StdRng) -> Fate {
    let mut of_a_thousand = rng.random_range(0..1000);
    let step = rng.random_range(0..4);
    for (share, fate) in [
        (mood.takes_and_hangs_up, Fate::TakenInSilence),
        (mood.drops_and_hangs_up, Fate::DroppedInSilence),
        (mood.hangs_up_half_way, Fate::HalfWay),
        (mood.refuses, Fate::Refused(step)),
    ] {
        if of_a_thousand < share {
            return fate;
        }
        of_a_thousand -= share;
    }
    Fate::Taken
}

/// Says no for now; true if it closes.
fn refuse(out: &mut TcpStream, memory: &Memory, rng: &mut StdRng) -> std::io::Result<bool> {
    let words = [
        "421 4.3.2 closing, come again",
        "450 4.2.1 mailbox not available now",
        "451 4.3.0 local error in processing",
    ];
    let word = words[rng.random_range(0..words.len())];
    memory.refused.fetch_add(1, Ordering::SeqCst);
    write!(out, "{word}\r\n")?;
    Ok(word.starts_with("421") || rng.random())
}

fn serve(stream: TcpStream, memory: &Memory, n: u64) -> std::io::Result<()> {
    let mut rng = StdRng::seed_from_u64(memory.seed ^ n.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    stream.set_nodelay(true)?;
    let mut out = stream.try_clone()?;
    let mut lines = BufReader::new(stream);
    let mood = || *memory.mood.lock().unwrap();
    // One greeting in five of a storm is a refusal already.
    if rng.random_range(0..5000) < mood().refuses {
        memory.refused.fetch_add(1, Ordering::SeqCst);
        return out.write_all(b"421 4.3.2 too busy\r\n");
    }
    out.write_all(b"220 sink\r\n")?;
    let mut now = Fate::Taken;
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let verb = line.get(..4).unwrap_or_default().to_ascii_uppercase();
        let step = match verb.as_str() {
            "MAIL" => {
                memory.begun.fetch_add(1, Ordering::SeqCst);
                now = fate(mood(), &mut rng);
                Some(0)
            }
            "RCPT" => Some(1),
            "DATA" => Some(2),
            _ => None,
        };
        if step.is_some_and(|s| now == Fate::Refused(s)) {
            if refuse(&mut out, memory, &mut rng)? {
                return Ok(());
            }
            continue;
        }
        match verb.as_str() {
            "DATA" => {
                out.write_all(b"354 go on\r\n")?;
                if take(&mut lines, &mut out, memory, now, &mut rng)? {
                    return out.shutdown(Shutdown::Both);
                }
            }
            "QUIT" => return out.write_all(b"221 bye\r\n"),
            _ => out.write_all(b"250 ok\r\n")?,
        }
    }
}

/// Reads a mail and does with it what was decided. True: hang up.
fn take(
    lines: &mut BufReader<TcpStream>,
    out: &mut TcpStream,
    memory: &Memory,
    fate: Fate,
    rng: &mut StdRng,
) -> std::io::Result<bool> {
    let silence = || {
        memory.ambiguous.fetch_add(1, Ordering::SeqCst);
        Ok(true)
    };
    let (mut key, mut subject, mut read) = (String::new(), String::new(), 0usize);
    let half = rng.random_range(1..40);
    loop {
        let mut line = vec![];
        if lines.read_until(b'\n', &mut line)? == 0 {
            return Ok(true); // it broke off: nothing was taken
        }
        read += 1;
        if fate == Fate::HalfWay && read > half {
            return silence();
        }
        if line == b".\r\n" {
            break;
        }
        let text = String::from_utf8_lossy(&line);
        if let Some(id) = text.strip_prefix("Message-ID: <") {
            id.split('@').next().unwrap_or_default().clone_into(&mut key);
        } else if let Some(s) = text.strip_prefix("Subject: ") {
            s.trim_end().clone_into(&mut subject);
        }
    }
    if let Fate::Refused(_) = fate {
        return refuse(out, memory, rng);
    }
    if fate == Fate::HalfWay || fate == Fate::DroppedInSilence {
        return silence();
    }
    let thinks = memory.mood.lock().unwrap().thinks_ms;
    if thinks > 0 {
        std::thread::sleep(std::time::Duration::from_millis(thinks));
    }
    memory.taken.lock().unwrap().push(Taken { key, subject, at: Instant::now() });
    if fate == Fate::TakenInSilence {
        return silence();
    }
    out.write_all(b"250 2.0.0 taken\r\n")?;
    Ok(false)
}
