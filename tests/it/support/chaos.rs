//! An office under fire: real daemons, a far side with a memory, faults at random instants, and a judge who compares the ledger
//! with what the far side saw.
//!
//! Chance comes from one seed, which whoever plays prints; `LOA_CHAOS_SEED` repeats it. What is not repeated is how the system schedules
//! programs: a seed gives the same faults at the same mails, not the same interleaving. The daemons' wall clock is libfaketime's,
//! so that it can be stepped and so that the minutes between two tries need not be waited for.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use loa::domain::people::Actor;
use loa::store::Store;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use super::disk::Disk;
use super::office::{Office, wall};
use super::postgres::Postgres;
use super::proxy::Proxy;
use super::sink::Sink;

/// Connections of the account.
pub const CONNECTIONS: usize = 4;
/// W: its permits, four for each connection.
pub const WINDOW: usize = 4 * CONNECTIONS;
/// The account.
pub const ACCOUNT: &str = "gia-lap";
/// How far it usually is, seconds.
const PATIENCE: i64 = 1200;
/// How long nothing may move at all.
const STUCK: Duration = Duration::from_secs(90);

/// The seed of a run: `LOA_CHAOS_SEED`, or one that is drawn. Whoever takes it prints it, so that a failure can be repeated.
pub fn drawn() -> u64 {
    let given = std::env::var_os("LOA_CHAOS_SEED").map(|s| s.to_string_lossy().parse().expect("a number"));
    given.unwrap_or_else(rand::random::<u64>)
}

/// What a world is made of.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    /// People on the list.
    pub mails: usize,
    /// The ledger is on a PostgreSQL of its own instead of SQLite.
    pub postgres: bool,
    /// Daemons.
    pub nodes: usize,
    /// A wire that can be cut lies between daemons and far side.
    pub wire: bool,
    /// The ledger is on a disk of its own of so many megabytes.
    pub disk: Option<usize>,
}

/// How many rows are in which state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct States {
    /// Planned.
    pub planned: i64,
    /// Due.
    pub due: i64,
    /// Leased or sending.
    pub flying: i64,
    /// Held.
    pub held: i64,
    /// All there are.
    pub all: i64,
}

/// The office, its daemons and what they meet.
pub struct World {
    /// The workspace.
    pub office: Office,
    /// The far side.
    pub sink: Sink,
    /// The wire before it.
    pub wire: Option<Proxy>,
    /// The database server.
    pub pg: Option<Postgres>,
    /// The ledger's disk.
    pub disk: Option<Disk>,
    /// Chance.
    pub rng: StdRng,
    /// How it was made.
    pub setup: Setup,
    /// Daemons killed so far.
    pub kills: usize,
    /// How often the account was let go on after a run of ambiguous answers.
    pub resumed: usize,
    /// Daemons that ended by themselves and were started again, as whoever watches over services does.
    pub restarts: usize,
    /// What a scenario found wrong besides the judge.
    pub complaints: Vec<String>,
    /// Where chance began.
    pub seed: u64,
    /// How far the clock is put forward when all that is left waits for another try, seconds.
    pub patience: i64,
    pub(super) began: Instant,
    nodes: Vec<Option<Child>>,
    store: Store,
    offset: i64,
    seen: (usize, States, Instant),
    looked: Instant,
}

fn libfaketime() -> PathBuf {
    let homes = std::fs::read_dir("/usr/lib").expect("/usr/lib").map(|e| e.unwrap().path());
    let mut found = homes.map(|h| h.join("faketime/libfaketimeMT.so.1")).filter(|p| p.is_file());
    found.next().expect("libfaketime is installed by ./test (package faketime)")
}

impl World {
    /// A world at peace: the post is approved and due, no daemon runs yet.
    pub async fn new(setup: Setup, seed: u64) -> Self {
        Self::with(setup, seed, "").await
    }

    /// The same with more lines of the account.
    pub async fn with(setup: Setup, seed: u64, more: &str) -> Self {
        let sink = Sink::start(seed);
        let wire = setup.wire.then(|| Proxy::before(sink.port(), seed));
        let port = wire.as_ref().map_or(sink.port(), Proxy::port);
        let mut office = Office::new(
            &format!(
                "  {ACCOUNT}:\n    kind: email\n    server: 127.0.0.1\n    port: {port}\n    security: none\n    \
                 hello_name: loa.example\n    from_address: so@loa.example\n    connections: {CONNECTIONS}\n{more}"
            ),
            &format!("default_accounts:\n  email: {ACCOUNT}\n"),
        );
        let pg = setup.postgres.then(Postgres::start);
        if let Some(pg) = &pg {
            office = office.with_database(&pg.url());
        }
        let disk = setup.disk.map(|mb| Disk::under(&office, mb));
        office.units("  - id: so\n    name: Sở Thử\n    kind: department\n");
        office.list("ds", &(0..setup.mails).map(|i| format!("p{i}@khach.example")).collect::<Vec<_>>());
        post(&office, 0);
        office.apply_and_approve();
        let store = office.store().await;
        let now = Instant::now();
        let mut it = Self {
            sink,
            wire,
            pg,
            disk,
            rng: StdRng::seed_from_u64(seed),
            setup,
            kills: 0,
            resumed: 0,
            restarts: 0,
            complaints: vec![],
            seed,
            patience: PATIENCE,
            began: now,
            nodes: (0..setup.nodes).map(|_| None).collect(),
            store,
            offset: 0,
            seen: (0, States::default(), now),
            looked: now,
            office,
        };
        it.step(0);
        it
    }

    /// Steps the daemons' wall clock by so many seconds, forth or back.
    pub fn step(&mut self, seconds: i64) {
        self.offset += seconds;
        let (draft, file) = (self.office.at("clock.new"), self.office.at("clock"));
        std::fs::write(&draft, format!("{:+}\n", self.offset)).unwrap();
        std::fs::rename(draft, file).unwrap(); // whoever reads it reads the whole of it
    }

    /// Starts a daemon.
    pub fn start(&mut self, node: usize) {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let inner = self.office.command(&["run", "--no-files"]);
        let log = std::fs::File::options().append(true).create(true).open(self.log()).unwrap();
        // A full disk is an error, not a signal.
        let mut c = Command::new("sh");
        c.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""]).arg(inner.get_program()).args(inner.get_args());
        for (k, v) in inner.get_envs() {
            match v {
                Some(v) => c.env(k, v),
                None => c.env_remove(k),
            };
        }
        c.env("LOA_LISTEN", format!("127.0.0.1:{port}"))
            .env("LOA_LOG", "warn")
            .env("LD_PRELOAD", libfaketime())
            .env("FAKETIME_TIMESTAMP_FILE", self.office.at("clock"))
            .env("FAKETIME_CACHE_DURATION", "1")
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
            .env("DONT_FAKE_MONOTONIC", "1");
        self.nodes[node] = Some(c.stdout(Stdio::null()).stderr(log).spawn().unwrap());
    }

    /// Starts all that do not run.
    pub fn start_all(&mut self) {
        for node in 0..self.nodes.len() {
            if self.nodes[node].is_none() {
                self.start(node);
            }
        }
    }

    fn log(&self) -> PathBuf {
        self.office.at("daemons.log")
    }

    /// How often the daemons logged it.
    pub fn logged(&self, what: &str) -> usize {
        std::fs::read_to_string(self.log()).unwrap_or_default().matches(what).count()
    }

    /// The process of a daemon.
    pub fn daemon(&self, node: usize) -> &Child {
        self.nodes[node].as_ref().unwrap()
    }

    /// Kills a daemon (SIGKILL). On PostgreSQL its lease ends at once by the database's clock: nobody waits two minutes.
    pub fn kill(&mut self, node: usize) {
        let Some(mut child) = self.nodes[node].take() else { return };
        child.kill().unwrap();
        child.wait().unwrap();
        self.kills += 1;
        if let Some(pg) = &self.pg {
            pg.sql(&format!("UPDATE node SET lease_until = 0 WHERE name LIKE '%:{}'", child.id()));
        }
    }

    /// Ends a daemon in order (SIGTERM) and waits for it; it must say that all went well.
    pub fn end(&mut self, node: usize) {
        let Some(mut child) = self.nodes[node].take() else { return };
        let told = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
        assert!(told.success());
        let status = child.wait().unwrap();
        // A signal in the first milliseconds finds nobody who hears it.
        let early = std::os::unix::process::ExitStatusExt::signal(&status) == Some(15);
        if !status.success() && !early {
            self.complaints.push(format!("SIGTERM ended a daemon with {status:?}"));
        }
    }

    /// Lets a random while pass, at most so many microseconds: a fault's instant is not an instant of the program.
    pub async fn a_moment(&mut self, most_micros: u64) {
        tokio::time::sleep(Duration::from_micros(self.rng.random_range(0..most_micros))).await;
    }

    /// Instants of the run, as numbers of mails begun, in order.
    pub fn instants(&mut self, n: usize) -> Vec<usize> {
        let mails = self.setup.mails;
        let mut out: Vec<usize> = (0..n).map(|_| self.rng.random_range(1..mails * 9 / 10)).collect();
        out.sort_unstable();
        out
    }

    /// Rows by state, out of the tallies; `None` while the database does not answer.
    pub async fn states(&self) -> Option<States> {
        let rows = tokio::time::timeout(Duration::from_secs(5), self.store.counts_of("chien-dich/bai"));
        let mut s = States::default();
        for c in rows.await.ok()?.ok()? {
            s.all += c.n;
            match c.state {
                0 => s.planned += c.n,
                1 => s.due += c.n,
                2 | 3 => s.flying += c.n,
                5 => s.held += c.n,
                _ => {}
            }
        }
        Some(s)
    }

    /// Waits until a condition holds. False: nothing is left to do. While all that is left waits for another try, the clock is put
    /// forward; an account that paused after a run of ambiguous answers is let go on, as a person would.
    pub async fn until(&mut self, what: &str, mut holds: impl FnMut(&World) -> bool) -> bool {
        self.seen.2 = Instant::now();
        loop {
            if holds(self) {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
            if self.looked.elapsed() < Duration::from_millis(100) {
                continue;
            }
            self.watch_over();
            let states = self.states().await;
            self.looked = Instant::now();
            let Some(states) = states else { continue };
            let open = states.planned + states.due + states.flying + states.held;
            if open == 0 && states.all >= self.setup.mails as i64 {
                return false;
            }
            let (begun, before, since) = self.seen;
            if (begun, before) != (self.sink.begun(), states) {
                self.seen = (self.sink.begun(), states, Instant::now());
            } else if since.elapsed() > STUCK {
                panic!(
                    "LOA_CHAOS_SEED={}: stuck before {what}: {states:?}\n{}",
                    self.seed,
                    self.last_words()
                );
            } else if since.elapsed() > Duration::from_millis(700) && states.flying == 0 && states.due > 0 {
                self.go_on().await;
            }
        }
    }

    /// Starts again what ended by itself. Only a disk without room is a reason for that.
    fn watch_over(&mut self) {
        for node in 0..self.nodes.len() {
            let ended = self.nodes[node].as_mut().and_then(|child| child.try_wait().unwrap());
            let Some(status) = ended else { continue };
            if self.setup.disk.is_none() || status.code().is_none() {
                self.complaints.push(format!("a daemon ended by itself: {status:?}"));
            }
            self.restarts += 1;
            self.start(node);
        }
    }

    async fn go_on(&mut self) {
        let account = self.store.account_get(ACCOUNT).await.ok().flatten();
        match account.filter(|a| a.paused_at.is_some()) {
            Some(a) => {
                assert_eq!(a.cause_code.as_deref(), Some("ambiguous_answers"));
                let resumed = self.store.account_resume(ACCOUNT, &Actor::attested("binh"), 1).await;
                self.resumed += usize::from(resumed.unwrap_or(false));
            }
            None => self.step(self.patience),
        }
    }

    /// The end of the daemons' log.
    pub fn last_words(&self) -> String {
        let log = std::fs::read_to_string(self.log()).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(12)..].join("\n")
    }

    /// Waits until so many mails were begun, and a moment. False: nothing is left to do.
    pub async fn until_begun(&mut self, n: usize) -> bool {
        let more = self.until(&format!("mail {n}"), |w| w.sink.begun() >= n).await;
        self.a_moment(3_000).await;
        more
    }

    /// Lets everything run to its end and ends the daemons in order.
    pub async fn finish(&mut self) {
        self.start_all();
        self.until("the end", |_| false).await;
        for node in 0..self.nodes.len() {
            self.end(node);
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        for child in self.nodes.iter_mut().flatten() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// The post, in its n-th wording. The title says which, in letters that a header leaves as they are.
pub fn post(o: &Office, n: usize) {
    let at = wall(-1);
    let sending = format!("  - channel: email\n    to: ds\n    at: {at}\n    late_ok: 20 days\n");
    let file = o.at("campaigns/chien-dich/posts/bai/post.yaml");
    match std::fs::read_to_string(&file) {
        // Its time stays: another time is another delivery.
        Ok(old) => std::fs::write(file, old.replace(&title(n - 1), &title(n))).unwrap(),
        Err(_) => o.post("bai", &title(n), &sending),
    }
}

/// The title of the n-th wording.
pub fn title(n: usize) -> String {
    format!("Thong bao lan {n}")
}
