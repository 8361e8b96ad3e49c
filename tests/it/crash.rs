//! The process is killed: nothing is lost, nothing is doubled, and at most a window's worth of rows is unknown.

use std::collections::BTreeMap;
use std::path::Path;

use loa::domain::delivery::State;
use loa::domain::id::{Origin, WireKey};
use loa::store::DeliveryRow;

use crate::support::office::{Office, until, wall};

/// Permits of an account with four connections: four each.
const WINDOW: usize = 16;

/// Keys that the far side took, and how often.
fn sink(path: &Path) -> BTreeMap<String, usize> {
    let mut out = BTreeMap::new();
    for line in std::fs::read_to_string(path).unwrap_or_default().lines() {
        *out.entry(line.split(' ').next().unwrap_or_default().to_owned()).or_default() += 1;
    }
    out
}

fn lines(path: &Path) -> usize {
    std::fs::read_to_string(path).unwrap_or_default().lines().count()
}

fn key(r: &DeliveryRow) -> String {
    WireKey::new(&Origin::stored(r.origin.clone()), &r.sending, &r.slot, &r.target_ref).hex()
}

fn office(people: usize, delay_ms: u64) -> Office {
    let o = Office::new(
        &format!(
            "  gia-lap:\n    kind: scripted\n    sink: {{SINK}}\n    connections: 4\n    delay_ms: {delay_ms}\n  khac:\n    \
             kind: scripted\n"
        ),
        "default_accounts:\n  email: gia-lap\n",
    );
    let yaml = std::fs::read_to_string(o.at("loa.yaml")).expect("loa.yaml");
    o.write("loa.yaml", &yaml.replace("{SINK}", &o.at("sink.txt").display().to_string()));
    o.units("  - id: so\n    name: Sở Thử\n    kind: department\n");
    o.list("ds", &(0..people).map(|i| format!("p{i}@khach.example")).collect::<Vec<_>>());
    o.post(
        "bai",
        "Thông báo",
        &format!("  - channel: email\n    to: ds\n    at: {}\n    late_ok: 2 days\n", wall(-1)),
    );
    o
}

#[tokio::test]
async fn killed_in_mid_run_nothing_is_lost_and_nothing_is_doubled() {
    const PEOPLE: usize = 400;
    let o = office(PEOPLE, 3);
    o.apply_and_approve();
    let path = o.at("sink.txt");
    let mut unknown_before = 0;
    // Killed at instants that move through the run; each restart goes on where the ledger stands.
    for kill_after in [1, 17, 60, 61, 150, 230] {
        let mut child = o.start(&["run", "--until-idle", "--no-files"]);
        until("the sink to fill", || lines(&path) >= kill_after || child.try_wait().unwrap().is_some());
        child.kill().unwrap();
        child.wait().unwrap();
        // The next start finds what was under way.
        let mut next = o.start(&["run", "--until-idle", "--no-files"]);
        let seen = lines(&path);
        until("another answer", || lines(&path) > seen || next.try_wait().unwrap().is_some());
        next.kill().unwrap();
        next.wait().unwrap();
        let rows = o.ledger().await;
        let unknown = rows.iter().filter(|r| r.state() == State::Unknown).count();
        // What this last kill left is still `sending`: a window at most for each of the two kills.
        let sending = rows.iter().filter(|r| r.state() == State::Sending).count();
        assert!(sending <= WINDOW, "{sending} intents open");
        assert!(unknown - unknown_before <= 2 * WINDOW, "{unknown} unknown after {unknown_before}");
        unknown_before = unknown;
    }
    o.idle(&["--no-files"]); // what is unknown waits for a person
    let rows = o.ledger().await;
    let taken = sink(&path);
    assert_eq!(rows.len(), PEOPLE, "every person has one row");
    assert!(taken.values().all(|n| *n == 1), "nobody got it twice");
    for r in &rows {
        let got = taken.contains_key(&key(r));
        match r.state() {
            State::Sent => assert!(got, "T-{} says sent and is not at the far side", r.code),
            State::Unknown => {} // it may have happened: the ledger says that it does not know
            State::Planned
            | State::Due
            | State::Leased
            | State::Sending
            | State::Held
            | State::Rejected
            | State::Failed
            | State::Cancelled
            | State::Expired => panic!("a row was left {:?}", r.state()),
        }
    }
    let known: std::collections::BTreeSet<String> = rows.iter().map(key).collect();
    assert!(taken.keys().all(|k| known.contains(k)), "nothing was sent without a row");
    assert_eq!(o.store().await.tally_check().await.unwrap(), vec![], "tallies follow the rows");
}

#[tokio::test]
async fn sigterm_lets_what_is_under_way_end() {
    let o = office(200, 5);
    o.apply_and_approve();
    let path = o.at("sink.txt");
    let mut child = o.start(&["run", "--no-files"]);
    until("the sink to fill", || lines(&path) >= 20);
    let pid = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    let status = child.wait().unwrap();
    assert!(status.success(), "{status:?}");
    let rows = o.ledger().await;
    let taken = sink(&path);
    assert!(taken.values().all(|n| *n == 1));
    let sent = rows.iter().filter(|r| r.state() == State::Sent).count();
    assert_eq!(sent, taken.len(), "every answer was recorded");
    assert_eq!(
        rows.iter().filter(|r| matches!(r.state(), State::Sending | State::Leased | State::Unknown)).count(),
        0
    );
    assert!(sent < 200, "it stopped before the end");
}

#[tokio::test]
async fn a_second_daemon_is_refused() {
    let o = office(50, 20);
    o.apply_and_approve();
    let mut first = o.start(&["run", "--no-files"]);
    until("the first one to work", || lines(&o.at("sink.txt")) > 0);
    let second = o.loa(&["run", "--until-idle"]);
    first.kill().unwrap();
    first.wait().unwrap();
    assert_eq!(second.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&second.stderr).contains("tiến trình Loa khác"), "{second:?}");
}
