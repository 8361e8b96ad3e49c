//! Power loss, by tracing: what the disk surely holds at the instant a mail's first byte goes onto the wire.
//!
//! The daemon runs under strace. For every mail the ledger is rebuilt from what had been synced by then, and from nothing else,
//! and opened: the mail's intent must be in it, and no more than a window of intents without an answer. Some of these ledgers
//! are then served to the end, as after a real power cut.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Stdio;

use loa::domain::delivery::State;
use loa::store::{DeliveryRow, LogFilter, Store};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use crate::support::chaos::{WINDOW, drawn};
use crate::support::judge::key;
use crate::support::office::{Office, wall};
use crate::support::sink::{Mood, Sink};
use crate::support::trace::{self, Act, Call};

const PEOPLE: usize = 80;

/// An office whose mails carry the delivery's key in the return path, the first thing that is said of a mail.
fn office(port: u16) -> Office {
    let o = Office::new(
        &format!(
            "  gia-lap:\n    kind: email\n    server: 127.0.0.1\n    port: {port}\n    security: none\n    \
             hello_name: loa.example\n    from_address: so@loa.example\n    envelope_from: b+{{key}}@loa.example\n"
        ),
        "default_accounts:\n  email: gia-lap\n",
    );
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

/// Where each mail begins: its key, and the place in the trace.
fn begins(calls: &[Call]) -> Vec<(usize, String)> {
    let mut out = vec![];
    for c in calls {
        let Act::Send { bytes } = &c.act else { continue };
        let text = String::from_utf8_lossy(bytes);
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
    let o = office(sink.port());
    let var = o.at("var").canonicalize().unwrap();
    let start = |name: &'static str| {
        let path = var.join(name);
        (name, path.display().to_string(), std::fs::read(&path).unwrap_or_default())
    };
    let files = vec![start("loa.db"), start("loa.db-wal")];
    let new_journal = files[1].2.is_empty();
    let log = o.at("trace.txt");
    let mut run = trace::traced(&o.command(&["run", "--until-idle", "--no-files"]), &log);
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
    let mut o = office(sink.port());
    let var = o.at("var").canonicalize().unwrap();
    let start = |name: &'static str| {
        let path = var.join(name);
        (name, path.display().to_string(), std::fs::read(&path).unwrap_or_default())
    };
    let files = vec![start("loa.db"), start("loa.db-wal")];
    let log = o.at("trace.txt");
    let mut run = trace::traced(&o.command(&["run", "--until-idle", "--no-files"]), &log);
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
