//! Power loss, by tracing: what the disk surely holds at the instant a mail's first byte goes onto the wire.
//!
//! The daemon runs under strace. For every mail the ledger is rebuilt from what had been synced by then, and from nothing else,
//! and opened: the mail's intent must be in it, and no more than a window of intents without an answer. Some of these ledgers
//! are then served to the end, as after a real power cut.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Command, Stdio};

use loa::domain::delivery::State;
use loa::store::{DeliveryRow, LogFilter, Store};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use crate::support::chaos::{WINDOW, drawn};
use crate::support::judge::key;
use crate::support::office::{Office, until, wall};
use crate::support::postgres::Postgres;
use crate::support::sink::{Mood, Sink};
use crate::support::trace::{self, Act, Call};

const PEOPLE: usize = 80;

/// An office whose mails carry the delivery's key in the return path, the first thing that is said of a mail.
fn office(port: u16, pg: Option<&Postgres>) -> Office {
    let mut o = Office::new(
        &format!(
            "  gia-lap:\n    kind: email\n    server: 127.0.0.1\n    port: {port}\n    security: none\n    \
             hello_name: loa.example\n    from_address: so@loa.example\n    envelope_from: b+{{key}}@loa.example\n"
        ),
        "default_accounts:\n  email: gia-lap\n",
    );
    if let Some(pg) = pg {
        o = o.with_database(&pg.url());
    }
    o.units("  - id: so\n    name: Sở Thử\n    kind: department\n");
    o.list("ds", &(0..PEOPLE).map(|i| format!("p{i}@khach.example")).collect::<Vec<_>>());
    o.post(
        "bai",
        "Thong bao",
        &format!("  - channel: email\n    to: ds\n    at: {}\n    late_ok: 2 days\n", wall(-1)),
    );
    o.apply_and_approve();
    o
}

/// What a call puts onto a socket.
fn sent(c: &Call) -> Option<String> {
    match &c.act {
        Act::Send { bytes, .. } => Some(String::from_utf8_lossy(bytes).into_owned()),
        Act::Write { .. } | Act::Truncate { .. } | Act::Sync { .. } => None,
    }
}

/// Where each mail begins: its key, and the place in the trace.
fn begins(calls: &[Call]) -> Vec<(usize, String)> {
    let mut out = vec![];
    for c in calls {
        let Some(text) = sent(c) else { continue };
        if let Some(path) = text.strip_prefix("MAIL FROM:<b+") {
            out.push((c.begin, path.split('@').next().unwrap().to_owned()));
        }
    }
    out.sort();
    out
}

/// The files of the ledger, before and during the run.
struct Disk {
    calls: Vec<Call>,
    /// Name below `var/`, whole path, what it held at the start.
    files: Vec<(&'static str, String, Vec<u8>)>,
}

impl Disk {
    /// Writes what a power cut at this place leaves into a new folder; `share` of what was not synced is there all the same.
    fn cut(&self, o: &Office, folder: &str, place: usize, share: f64, rng: &mut StdRng) {
        let at = o.at(folder);
        std::fs::create_dir_all(&at).unwrap();
        for (name, path, start) in &self.files {
            let bytes = trace::after_power_cut(&self.calls, path, start, place, || rng.random_bool(share));
            std::fs::write(at.join(name), bytes).unwrap();
        }
    }
}

fn path(o: &Office, folder: &str) -> String {
    o.at(folder).display().to_string()
}

async fn rows(o: &Office, folder: &str) -> Vec<DeliveryRow> {
    let url = format!("sqlite:{}/loa.db", path(o, folder));
    let store = Store::open(&url, &o.at("var/key")).await.unwrap();
    store.log_page(&LogFilter { limit: 5000, ..LogFilter::default() }).await.unwrap().rows
}

#[tokio::test]
async fn an_intent_is_on_disk_before_the_first_byte_of_its_mail() {
    let seed = drawn();
    let mut rng = StdRng::seed_from_u64(seed);
    let sink = Sink::start(seed);
    sink.mood(Mood { thinks_ms: 3, ..Mood::default() });
    let o = office(sink.port(), None);
    let var = o.at("var").canonicalize().unwrap();
    let start = |name: &'static str| {
        let path = var.join(name);
        (name, path.display().to_string(), std::fs::read(&path).unwrap_or_default())
    };
    let files = vec![start("loa.db"), start("loa.db-wal")];
    let new_journal = files[1].2.is_empty();
    let log = o.at("trace.txt");
    let mut run = trace::traced(&o.command(&["run", "--until-idle", "--no-files"]), &log, false);
    let ended = run.stdout(Stdio::null()).stderr(Stdio::null()).status();
    let ended = ended.expect("strace is installed by ./test");
    let disk = Disk { calls: trace::read(&log), files };
    assert!(ended.success(), "{ended:?}");
    assert_eq!(sink.count(), PEOPLE);
    let begun = begins(&disk.calls);
    assert_eq!(begun.len(), PEOPLE, "every mail's first byte is in the trace");
    if new_journal {
        // A file whose name is not on disk is no file.
        let folder = var.display().to_string();
        assert!(trace::synced(&disk.calls, &folder, begun[0].0), "the journal's name was not synced");
    }
    let mut most = 0;
    for (n, (place, _)) in begun.iter().enumerate() {
        // Of what was not synced the disk keeps nothing, or anything.
        let share = [0.0, 0.5, 1.0][n % 3];
        let folder = format!("cut-{n}");
        disk.cut(&o, &folder, *place, share, &mut rng);
        let there: BTreeMap<String, State> =
            rows(&o, &folder).await.iter().map(|r| (key(r), r.state())).collect();
        for (_, key) in &begun[..=n] {
            assert!(
                matches!(there.get(key), Some(State::Sending | State::Sent)),
                "LOA_CHAOS_SEED={seed}: mail {n} leaves, and the disk says {:?} of {key}",
                there.get(key)
            );
        }
        // The same for what has no answer yet: its permit is not free, so there is no more than a window of it.
        let open = there.values().filter(|s| **s == State::Sending).count();
        assert!(open <= WINDOW, "LOA_CHAOS_SEED={seed}: {open} intents without an answer at mail {n}");
        most = most.max(open);
    }
    assert!(most > 4, "the window was used: {most}");
}

#[tokio::test]
async fn after_a_power_cut_nobody_is_lost_and_nobody_gets_it_twice() {
    let seed = drawn();
    let mut rng = StdRng::seed_from_u64(seed);
    let sink = Sink::start(seed);
    let mut o = office(sink.port(), None);
    let var = o.at("var").canonicalize().unwrap();
    let start = |name: &'static str| {
        let path = var.join(name);
        (name, path.display().to_string(), std::fs::read(&path).unwrap_or_default())
    };
    let files = vec![start("loa.db"), start("loa.db-wal")];
    let log = o.at("trace.txt");
    let mut run = trace::traced(&o.command(&["run", "--until-idle", "--no-files"]), &log, false);
    run.stdout(Stdio::null()).stderr(Stdio::null()).status().expect("strace is installed by ./test");
    let disk = Disk { calls: trace::read(&log), files };
    let begun = begins(&disk.calls);
    assert_eq!(begun.len(), PEOPLE);
    let yaml = std::fs::read_to_string(o.at("loa.yaml")).unwrap();
    for round in 0..4 {
        let (n, folder) = (rng.random_range(1..PEOPLE), format!("cut-{round}"));
        disk.cut(&o, &folder, begun[n].0, rng.random(), &mut rng);
        let url = format!("sqlite:{}/loa.db", path(&o, &folder));
        o = o.with_database(&url);
        let before: BTreeSet<&str> = begun[..n].iter().map(|(_, key)| key.as_str()).collect();
        // The power is back; the far side is where it was, with a new memory.
        let later = Sink::start(seed);
        let ports = [sink.port(), later.port()].map(|p| format!("port: {p}\n"));
        o.write("loa.yaml", &yaml.replace(&ports[0], &ports[1]));
        o.idle(&["--no-files"]);
        let after = later.keys();
        let ledger = o.ledger().await;
        assert_eq!(ledger.len(), PEOPLE);
        let unknown = ledger.iter().filter(|r| r.state() == State::Unknown).count();
        assert!(unknown <= WINDOW, "LOA_CHAOS_SEED={seed}: {unknown} unknown after a cut at mail {n}");
        for r in &ledger {
            let key = key(r);
            let (old, new) = (before.contains(key.as_str()), after.get(&key).copied().unwrap_or(0));
            let kept = match r.state() {
                State::Sent => usize::from(old) + new == 1,
                State::Unknown => new == 0,
                State::Planned
                | State::Due
                | State::Leased
                | State::Sending
                | State::Held
                | State::Rejected
                | State::Failed
                | State::Cancelled
                | State::Expired => false,
            };
            assert!(
                kept,
                "LOA_CHAOS_SEED={seed}: {key} is {:?} after a cut at mail {n}; begun before: {old}, came after: {new}",
                r.state()
            );
        }
        let store = o.store().await;
        assert_eq!(store.tally_check().await.unwrap(), vec![], "tallies follow the rows");
    }
}

/// On PostgreSQL: between the COMMIT of a mail's intent and the mail's first byte, a sync of the server's log began and returned.
#[tokio::test]
async fn on_postgres_the_log_is_synced_between_intent_and_first_byte() {
    let sink = Sink::start(1);
    let pg = Postgres::start();
    let o = office(sink.port(), Some(&pg));
    let (theirs, ours) = (o.at("postgres.txt"), o.at("trace.txt"));
    let pids = pg.pids();
    assert_eq!(pids.len(), 4, "PostgreSQL's own writers: {pids:?}");
    let mut watch = trace::watching(&pids, &theirs);
    let mut watch = watch.stderr(Stdio::null()).spawn().expect("strace is installed by ./test");
    until("the tracer", || {
        assert!(
            watch.try_wait().unwrap().is_none(),
            "strace may not watch PostgreSQL: ptrace must be allowed"
        );
        pids.iter().all(|p| trace::is_watched(p))
    });
    let mut run = trace::traced(&o.command(&["run", "--until-idle", "--no-files"]), &ours, true);
    let ended = run.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    assert!(ended.success(), "{ended:?}");
    Command::new("kill").arg(watch.id().to_string()).status().unwrap();
    watch.wait().unwrap();
    let calls = trace::read(&ours);
    let syncs: Vec<(usize, usize)> = trace::read(&theirs)
        .iter()
        .filter(|c| matches!(&c.act, Act::Sync { file } if file.contains("/pg_wal/")))
        .map(|c| (c.begin, c.end))
        .collect();
    let begun = begins(&calls);
    assert_eq!(begun.len(), PEOPLE);
    let ids: BTreeMap<String, i64> = o.ledger().await.iter().map(|r| (key(r), r.id)).collect();
    for (first_byte, key) in begun {
        // The intent names the delivery; its transaction ends with the next COMMIT of its connection.
        let (id, attempt) = (format!("\"id\":{},", ids[&key]), "\"no\":1,\"now\":");
        let opened =
            calls.iter().position(|c| sent(c).is_some_and(|t| t.contains(&id) && t.contains(attempt)));
        let opened = opened.unwrap_or_else(|| panic!("no attempt of {key} was written"));
        let onto = |c: &Call| match &c.act {
            Act::Send { onto, .. } => Some(onto.clone()),
            Act::Write { .. } | Act::Truncate { .. } | Act::Sync { .. } => None,
        };
        let its = onto(&calls[opened]);
        let ends = |c: &&Call| onto(c) == its && sent(c).is_some_and(|t| t.contains("COMMIT"));
        let commit = calls[opened..].iter().find(ends).unwrap();
        assert!(commit.begin < first_byte, "{key} leaves before its intent is committed");
        let synced = syncs.iter().any(|(began, ended)| *began >= commit.begin && *ended <= first_byte);
        assert!(synced, "{key} leaves {} µs after COMMIT, without a sync", first_byte - commit.begin);
    }
}

#[tokio::test]
async fn a_server_that_does_not_sync_is_told() {
    let sink = Sink::start(1);
    let pg = Postgres::start();
    let o = office(sink.port(), Some(&pg));
    let said = || {
        let status = o.loa(&["status", "--json"]);
        let run = o.loa(&["run", "--until-idle", "--no-files"]);
        let log = String::from_utf8_lossy(&run.stderr).contains("does not sync");
        (String::from_utf8_lossy(&status.stdout).contains("not_durable"), log)
    };
    assert_eq!(said(), (false, false));
    pg.sql("ALTER SYSTEM SET fsync = off");
    pg.sql("SELECT pg_reload_conf()");
    until("the server to read it", || pg.sql("SHOW fsync") == "off");
    assert_eq!(said(), (true, true));
}
