//! What goes wrong around Loa: disks, databases, far sides, clocks, people who change their minds. The ledger stays true.
//!
//! What the far side took is a line of a file outside the office's own disk. Waiting is for conditions.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use chrono::TimeDelta;
use loa::daemon::SystemClock;
use loa::domain::delivery::State;
use loa::domain::id::{Origin, WireKey};
use loa::domain::people::Actor;
use loa::domain::port::Clock as _;
use loa::store::{DeliveryRow, NewHold, Store};
use tokio_util::sync::CancellationToken;

use crate::support::disk::Disk;
use crate::support::node::{HandClock, Node};
use crate::support::office::{Office, today, until, wall};
use crate::support::postgres::Postgres;

/// Permits of an account with four connections: four each.
const WINDOW: usize = 16;

fn lines(path: &Path) -> usize {
    std::fs::read_to_string(path).unwrap_or_default().lines().count()
}

fn key(r: &DeliveryRow) -> String {
    WireKey::new(&Origin::stored(r.origin.clone()), &r.sending, &r.slot, &r.target_ref).hex()
}

fn sink(o: &Office) -> PathBuf {
    o.at("sink.txt")
}

/// `loa.yaml` with one scripted account that has these further settings.
fn account(o: &Office, settings: &str) {
    let yaml = std::fs::read_to_string(o.at("loa.yaml")).unwrap();
    let start = yaml.find("accounts:\n  gia-lap").unwrap();
    let account = format!(
        "accounts:\n  gia-lap:\n    kind: scripted\n    connections: 4\n    sink: {}\n{settings}",
        sink(o).display()
    );
    o.write("loa.yaml", &format!("{}{account}", &yaml[..start]));
}

/// An office with a list of people, whose mail account is scripted.
fn office(people: usize, settings: &str) -> Office {
    let o = Office::new("  gia-lap:\n    kind: scripted\n", "default_accounts:\n  email: gia-lap\n");
    account(&o, settings);
    o.units("  - id: so\n    name: Sở Thử\n    kind: department\n");
    o.list("ds", &(0..people).map(|i| format!("p{i}@khach.example")).collect::<Vec<_>>());
    o
}

/// The same with one post to the list at this many minutes from now, useful for so long.
fn with_post(people: usize, settings: &str, minutes: i64, late_ok: &str) -> Office {
    let o = office(people, settings);
    post(&o, minutes, late_ok);
    o
}

fn post(o: &Office, minutes: i64, late_ok: &str) {
    let at = wall(minutes);
    o.post(
        "bai",
        "Thông báo",
        &format!("  - channel: email\n    to: ds\n    at: {at}\n    late_ok: {late_ok}\n"),
    );
}

fn count(rows: &[DeliveryRow], state: State) -> usize {
    rows.iter().filter(|r| r.state() == state).count()
}

/// What the ledger says was sent is what the far side took, each once; nothing is under way. `unknown` rows may or may not
/// be there, and there are at most so many.
async fn true_ledger(o: &Office, most_unknown: usize) -> Vec<DeliveryRow> {
    let rows = o.ledger().await;
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    for line in std::fs::read_to_string(sink(o)).unwrap_or_default().lines() {
        *taken.entry(line.split(' ').next().unwrap().to_owned()).or_default() += 1;
    }
    assert!(taken.values().all(|n| *n == 1), "nobody got it twice: {taken:?}");
    let known: BTreeSet<String> = rows.iter().map(key).collect();
    assert!(taken.keys().all(|k| known.contains(k)), "nothing was sent without a row");
    for r in &rows {
        let there = taken.contains_key(&key(r));
        match r.state() {
            State::Sent => assert!(there, "T-{} says sent and never came", r.code),
            State::Unknown => {}
            State::Leased | State::Sending => {
                let tries = o.store().await.attempts_of(r.id()).await.unwrap();
                panic!("T-{} is left {:?}, came: {there}, {tries:?}", r.code, r.state())
            }
            other @ (State::Planned
            | State::Due
            | State::Held
            | State::Failed
            | State::Rejected
            | State::Cancelled
            | State::Expired) => assert!(!there, "T-{} is {other:?} and came", r.code),
        }
    }
    let unknown = count(&rows, State::Unknown);
    assert!(unknown <= most_unknown, "{unknown} unknown");
    assert_eq!(o.store().await.tally_check().await.unwrap(), vec![], "tallies follow the rows");
    rows
}

/// A program that ends with the test, however the test ends.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A daemon whose log is kept and which meets a full disk as an error, not as a signal.
fn daemon(o: &Office) -> Running {
    let inner = o.command(&["run", "--no-files"]);
    let log = std::fs::File::create(o.at("log.txt")).unwrap();
    let mut c = Command::new("sh");
    c.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""]).arg(inner.get_program()).args(inner.get_args());
    for (k, v) in inner.get_envs() {
        match v {
            Some(v) => c.env(k, v),
            None => c.env_remove(k),
        };
    }
    Running(c.stdout(Stdio::null()).stderr(log).spawn().unwrap())
}

fn logged(o: &Office, what: &str) -> usize {
    std::fs::read_to_string(o.at("log.txt")).unwrap_or_default().matches(what).count()
}

fn term(mut daemon: Running) {
    assert!(Command::new("kill").args(["-TERM", &daemon.0.id().to_string()]).status().unwrap().success());
    let status = daemon.0.wait().unwrap();
    assert!(status.success(), "{status:?}");
}

#[tokio::test]
async fn a_full_disk_stops_sending_and_loses_nothing() {
    const PEOPLE: usize = 300;
    let o = with_post(PEOPLE, "    delay_ms: 10\n", -1, "2 days");
    let disk = Disk::under(&o, 48);
    o.apply_and_approve();
    let daemon = daemon(&o);
    until("the sink to fill", || lines(&sink(&o)) >= 40);
    disk.fill(&daemon.0);
    until("a write to fail", || logged(&o, "could not be written") > 0);
    // Intents that were durable may still go; no other can become so.
    let first = lines(&sink(&o));
    let tries = || {
        let words = ["could not be written", "a lane stopped", "does not answer"];
        words.iter().map(|w| logged(&o, w)).sum::<usize>()
    };
    until("the ledger to be tried again", || tries() >= 4);
    assert!(lines(&sink(&o)) <= first + WINDOW, "sent without a durable intent");
    assert!(lines(&sink(&o)) < PEOPLE, "it failed in mid-run");
    disk.free(&daemon.0);
    until("everybody to be served", || lines(&sink(&o)) >= PEOPLE);
    term(daemon);
    let rows = true_ledger(&o, 0).await;
    assert_eq!(count(&rows, State::Sent), PEOPLE);
}

#[tokio::test]
async fn a_database_that_is_killed_in_mid_run_comes_back_to_a_true_ledger() {
    const PEOPLE: usize = 300;
    let pg = Postgres::start();
    let o = with_post(PEOPLE, "    delay_ms: 10\n", -1, "2 days").with_database(&pg.url());
    o.apply_and_approve();
    let daemon = daemon(&o);
    for after in [20, 45, 70, 95, 120, 145, 170, 195] {
        until("the sink to fill", || lines(&sink(&o)) >= after);
        pg.kill();
        let first = lines(&sink(&o));
        pg.up();
        assert!(first < PEOPLE, "it was killed in mid-run");
    }
    until("everybody to be served", || lines(&sink(&o)) >= PEOPLE);
    term(daemon);
    let rows = true_ledger(&o, 0).await;
    assert_eq!(count(&rows, State::Sent), PEOPLE);
}

#[tokio::test]
async fn killed_in_mid_run_on_postgres_nothing_is_lost_and_nothing_is_doubled() {
    const PEOPLE: usize = 300;
    let pg = Postgres::start();
    let o = with_post(PEOPLE, "    delay_ms: 5\n", -1, "2 days").with_database(&pg.url());
    o.apply_and_approve();
    for kill_after in [1, 70, 150] {
        let mut child = Running(o.start(&["run", "--until-idle", "--no-files"]));
        until("the sink to fill", || lines(&sink(&o)) >= kill_after);
        child.0.kill().unwrap();
        child.0.wait().unwrap();
        // Its lease runs out by the database's clock.
        pg.sql("UPDATE node SET lease_until = 0 WHERE ended_at IS NULL");
    }
    o.idle(&["--no-files"]);
    let rows = true_ledger(&o, 3 * WINDOW).await;
    assert_eq!(count(&rows, State::Sent) + count(&rows, State::Unknown), PEOPLE);
}

#[tokio::test]
async fn two_daemons_share_a_database_and_one_takes_over() {
    const PEOPLE: usize = 400;
    let pg = Postgres::start();
    let o = with_post(PEOPLE, "    delay_ms: 40\n", -1, "2 days").with_database(&pg.url());
    o.apply_and_approve();
    let run = |port: u16| {
        let mut c = o.command(&["run"]);
        let log = std::fs::File::options().append(true).create(true).open(o.at("two.log")).unwrap();
        c.env("LOA_LISTEN", format!("127.0.0.1:{port}")).stdout(Stdio::null()).stderr(log);
        Running(c.spawn().unwrap())
    };
    let port = || std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut first = run(port());
    until("the first one to send", || lines(&sink(&o)) > 0);
    let second = run(port());
    let nodes = || pg.sql("SELECT count(DISTINCT node_id) FROM attempt").trim().to_owned();
    until("both to send", || nodes() == "2");
    let planners = pg.sql("SELECT count(*) FROM lease WHERE name = 'planner'");
    assert_eq!(planners.trim(), "1");
    // The one that plans and reads the files dies; its lease runs out by the database's clock.
    first.0.kill().unwrap();
    first.0.wait().unwrap();
    pg.sql("UPDATE node SET lease_until = 0 WHERE ended_at IS NULL AND id = (SELECT min(id) FROM node WHERE ended_at IS NULL)");
    // What it had claimed is taken up, and a post written now is planned by the other one.
    o.post(
        "bai-hai",
        "Thông báo hai",
        &format!("  - channel: email\n    to: ds\n    at: {}\n    late_ok: 2 days\n", wall(-1)),
    );
    until("the second post planned", || {
        o.loa(&["approve", "chien-dich/bai-hai", "--by", "binh"]).status.success()
    });
    until("everybody to be served twice", || lines(&sink(&o)) >= 2 * PEOPLE - WINDOW);
    until("nothing under way", || {
        pg.sql("SELECT count(*) FROM delivery WHERE state IN (0,1,2,3)").trim() == "0"
    });
    term(second);
    let rows = true_ledger(&o, WINDOW).await;
    assert_eq!(rows.len(), 2 * PEOPLE);
    assert_eq!(count(&rows, State::Sent) + count(&rows, State::Unknown), 2 * PEOPLE);
    let log = std::fs::read_to_string(o.at("two.log")).unwrap();
    assert!(!log.contains("deadlock"), "{log}");
}

#[tokio::test]
async fn a_long_run_until_idle_keeps_its_lease() {
    const PEOPLE: usize = 400;
    let pg = Postgres::start();
    let o = with_post(PEOPLE, "    delay_ms: 1000\n", -1, "2 days").with_database(&pg.url());
    o.apply_and_approve();
    let mut child = Running(o.start(&["run", "--until-idle", "--no-files"]));
    until("the sink to fill", || lines(&sink(&o)) >= 10);
    let left = "SELECT lease_until - (extract(epoch FROM clock_timestamp()) * 1000)::bigint FROM node WHERE ended_at IS NULL";
    // As if it had been running for a while.
    pg.sql("UPDATE node SET lease_until = lease_until - 80000");
    let left = || pg.sql(left).parse::<i64>().unwrap_or_default();
    assert!(left() < 45_000);
    until("the lease to be renewed", || {
        assert!(child.0.try_wait().unwrap().is_none(), "it ended before it renewed");
        left() > 60_000
    });
    child.0.kill().unwrap();
    child.0.wait().unwrap();
}

/// Serves, moving the clock to whatever comes next, until nothing does.
async fn serve_to_the_end(node: &Node, clock: &HandClock) {
    loop {
        let turns = node.idle().await;
        match turns.last().and_then(|t| t.next_wake) {
            Some(at) if at > clock.now() => clock.set(at),
            Some(_) | None => return,
        }
    }
}

#[tokio::test]
async fn a_storm_of_refusals_is_counted_and_survived() {
    const PEOPLE: usize = 40;
    let o = with_post(PEOPLE, "    script: [retry, throttled, retry, retry, accepted]\n", -1, "7 days");
    o.apply_and_approve();
    let clock = HandClock::now();
    let node = Node::open(&o, clock.clone()).await;
    // Expansion and first tries, and a turn for each wait.
    for _ in 0..6 {
        let turns = node.idle().await;
        if let Some(at) = turns.last().and_then(|t| t.next_wake) {
            clock.set(at.max(clock.now()));
        }
    }
    node.close().await;
    let rows = true_ledger(&o, 0).await;
    assert_eq!(count(&rows, State::Sent), PEOPLE);
    let store = o.store().await;
    for r in &rows {
        assert_eq!((r.attempts, r.opened), (4, 5), "a slow-down spends no attempt");
        let words: Vec<String> =
            store.attempts_of(r.id()).await.unwrap().into_iter().map(|a| a.outcome.unwrap()).collect();
        assert_eq!(words, ["retry", "throttled", "retry", "retry", "accepted"]);
    }
}

#[tokio::test]
async fn a_storm_without_end_fails_visibly_after_the_stated_attempts() {
    let o = with_post(5, "    script: [retry]\n    attempts: 3\n", -1, "7 days");
    o.apply_and_approve();
    let clock = HandClock::now();
    let node = Node::open(&o, clock.clone()).await;
    serve_to_the_end(&node, &clock).await;
    node.close().await;
    let rows = true_ledger(&o, 0).await;
    assert_eq!(count(&rows, State::Failed), 5);
    assert!(rows.iter().all(|r| r.attempts == 3 && r.cause_code.as_deref() == Some("scripted_retry")));
}

#[tokio::test]
async fn a_run_of_ambiguous_answers_pauses_the_account() {
    let o = with_post(100, "    script: [taken_unknown]\n", -1, "2 days");
    o.apply_and_approve();
    o.idle(&["--no-files"]);
    let rows = true_ledger(&o, 2 * WINDOW).await;
    let unknown = count(&rows, State::Unknown);
    assert!(unknown >= 5 && lines(&sink(&o)) == unknown, "{unknown} unknown");
    assert_eq!(count(&rows, State::Due), 100 - unknown, "the others wait");
    let store = o.store().await;
    let state = store.account_get("gia-lap").await.unwrap().unwrap();
    assert!(state.paused_at.is_some());
    assert_eq!(state.cause_code.as_deref(), Some("ambiguous_answers"));
    let questions = store.questions().await.unwrap();
    assert_eq!(questions.len(), 1, "one question for one cause: {questions:?}");
    assert_eq!((questions[0].account.as_str(), questions[0].n), ("gia-lap", unknown as i64));
    // Paused is paused.
    o.idle(&["--no-files"]);
    assert_eq!(lines(&sink(&o)), unknown);
}

#[tokio::test]
async fn a_fault_of_the_program_in_the_middle_of_a_send_is_an_answer_that_never_came() {
    let o = with_post(40, "    by_address:\n      p7@khach.example: [panics]\n", -1, "2 days");
    o.apply_and_approve();
    o.idle(&["--no-files"]);
    let rows = true_ledger(&o, 1).await;
    assert_eq!((count(&rows, State::Sent), count(&rows, State::Unknown)), (39, 1));
    assert_eq!(lines(&sink(&o)), 40, "it was taken, and nobody can know");
    let unknown = rows.iter().find(|r| r.state() == State::Unknown).unwrap();
    assert_eq!(unknown.cause_code.as_deref(), Some("no_answer"));
    // Nothing sends it again by itself.
    o.idle(&["--no-files"]);
    assert_eq!(lines(&sink(&o)), 40);
}

#[tokio::test]
async fn broken_credentials_pause_the_account_and_burn_nobody() {
    const PEOPLE: usize = 60;
    let o = with_post(PEOPLE, "    script: [broken]\n", -1, "2 days");
    o.apply_and_approve();
    o.idle(&["--no-files"]);
    let rows = true_ledger(&o, 0).await;
    assert_eq!(count(&rows, State::Due), PEOPLE);
    assert!(rows.iter().all(|r| r.attempts == 0), "no attempt is spent");
    let asked: i16 = rows.iter().map(|r| r.opened).sum();
    assert!((1..=2 * WINDOW as i16).contains(&asked), "{asked} asked before it paused");
    let store = o.store().await;
    let state = store.account_get("gia-lap").await.unwrap().unwrap();
    assert_eq!(state.cause_code.as_deref(), Some("scripted_broken"));
    // Mended, and let go on by a person.
    account(&o, "");
    o.idle(&["--no-files"]);
    assert_eq!(lines(&sink(&o)), 0, "a person says when");
    store
        .account_resume("gia-lap", &Actor::attested("binh"), SystemClock.now().timestamp_millis())
        .await
        .unwrap();
    o.ok(&["run", "--until-idle", "--no-files"]);
    let rows = true_ledger(&o, 0).await;
    assert_eq!(count(&rows, State::Sent), PEOPLE);
}

#[tokio::test]
async fn an_edit_in_mid_run_holds_what_has_not_started() {
    const PEOPLE: usize = 300;
    let o = with_post(PEOPLE, "    delay_ms: 20\n", -1, "2 days");
    o.apply_and_approve();
    let daemon = daemon(&o);
    until("the sink to fill", || lines(&sink(&o)) >= 30);
    let text = o.at("campaigns/chien-dich/posts/bai/noi-dung.md");
    let old = std::fs::read_to_string(&text).unwrap();
    std::fs::write(&text, format!("{old}\nSửa một chữ.\n")).unwrap();
    o.ok(&["apply", "--by", "an"]);
    let at_edit = lines(&sink(&o));
    let store = o.store().await;
    until_rows(&store, "nothing to be under way", |rows| {
        rows.iter().all(|r| matches!(r.state(), State::Sent | State::Held))
    })
    .await;
    term(daemon);
    let rows = true_ledger(&o, 0).await;
    let sent = count(&rows, State::Sent);
    assert!(sent <= at_edit + WINDOW && sent < PEOPLE, "{sent} sent, {at_edit} at the edit");
    assert!(
        rows.iter().filter(|r| r.state() == State::Held).all(|r| r.held_by.as_deref() == Some("unapproved"))
    );
    // Approved again, the rest gets the new words; nobody gets both.
    let first: BTreeMap<i64, Option<i64>> =
        rows.iter().filter(|r| r.state() == State::Sent).map(|r| (r.id, r.revision_id)).collect();
    o.ok(&["approve", "chien-dich", "--by", "binh"]);
    o.ok(&["run", "--until-idle", "--no-files"]);
    let rows = true_ledger(&o, 0).await;
    assert_eq!(count(&rows, State::Sent), PEOPLE);
    let (old, new): (Vec<_>, Vec<_>) = rows.iter().partition(|r| first.contains_key(&r.id));
    assert!(old.iter().all(|r| first[&r.id] == r.revision_id), "what was sent keeps its revision");
    let newer: BTreeSet<Option<i64>> = new.iter().map(|r| r.revision_id).collect();
    assert_eq!(newer.len(), 1);
    assert!(first.values().all(|r| !newer.contains(r)));
}

/// Waits until the ledger says so; another process writes meanwhile.
async fn until_rows(store: &Store, what: &str, holds: impl Fn(&[DeliveryRow]) -> bool) {
    let f = loa::store::LogFilter { limit: 5000, ..loa::store::LogFilter::default() };
    let end = SystemClock.now() + TimeDelta::seconds(60);
    loop {
        let rows = store.log_page(&f).await.unwrap().rows;
        if holds(&rows) {
            return;
        }
        assert!(SystemClock.now() < end, "waited a minute for {what}");
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn hold_all_stops_within_the_window() {
    const PEOPLE: usize = 300;
    for words in [&["run", "--until-idle", "--no-files"][..], &["run", "--no-files"]] {
        let o = with_post(PEOPLE, "    delay_ms: 20\n", -1, "2 days");
        o.apply_and_approve();
        let child = Running(o.start(words));
        until("the sink to fill", || lines(&sink(&o)) >= 30);
        let store = o.store().await;
        let hold = NewHold {
            scope: "all".into(),
            r: "all".into(),
            reason: "thử".into(),
            blackout: false,
            from_at: SystemClock.now().timestamp_millis(),
            until_at: None,
        };
        let now = || SystemClock.now().timestamp_millis();
        store.hold_add(&hold, &Actor::attested("binh"), now()).await.unwrap();
        let at_hold = lines(&sink(&o));
        until_rows(&store, "nothing to be under way", |rows| {
            rows.iter().all(|r| matches!(r.state(), State::Sent | State::Held))
        })
        .await;
        if words.contains(&"--until-idle") {
            let mut child = child;
            until("the run to end", || child.0.try_wait().unwrap().is_some());
        } else {
            term(child);
        }
        let rows = true_ledger(&o, 0).await;
        let sent = count(&rows, State::Sent);
        assert!(sent <= at_hold + WINDOW && sent < PEOPLE, "{sent} sent, {at_hold} at the hold");
        assert!(
            rows.iter().filter(|r| r.state() == State::Held).all(|r| r.held_by.as_deref() == Some("hold"))
        );
        store.hold_release("all", "all", &Actor::attested("binh"), now()).await.unwrap();
        o.ok(&["run", "--until-idle", "--no-files"]);
        assert_eq!(count(&true_ledger(&o, 0).await, State::Sent), PEOPLE);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_urgent_row_waits_for_at_most_a_window() {
    const BULK: usize = 500;
    let o = with_post(BULK, "    delay_ms: 40\n", -2, "2 days");
    o.write(
        "campaigns/audiences/lists.yaml",
        "lists:\n  ds:\n    title: Danh sách thử\n    ground: duty\n    source: Kiểm thử\n  ds-khan:\n    title: Danh sách khẩn\n    \
         ground: duty\n    source: Kiểm thử\n",
    );
    o.write(
        "campaigns/audiences/ds-khan.csv",
        "ten,email,zalo,telegram,can_cu\nNgười Trực,truc@khach.example,,,\n",
    );
    let at = wall(-2);
    o.post(
        "khan",
        "Tin khẩn",
        &format!("  - channel: email\n    to: ds-khan\n    at: {at}\n    priority: urgent\n"),
    );
    o.ok(&["check"]);
    o.ok(&["apply"]);
    o.ok(&["approve", "chien-dich/bai", "--by", "binh"]);
    let node = Node::open(&o, std::sync::Arc::new(SystemClock)).await;
    let stop = CancellationToken::new();
    let mut turn = loa::daemon::Turn::default();
    node.engine.prepare(&mut turn).await.unwrap();
    let draining = node.engine.dispatcher.drain("gia-lap", &stop);
    let urgent = async {
        while lines(&sink(&o)) < 60 {
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
        let approve = o.command(&["approve", "chien-dich/khan", "--by", "binh"]);
        let mut approve = tokio::process::Command::from(approve);
        assert!(approve.output().await.unwrap().status.success());
        node.engine.prepare(&mut loa::daemon::Turn::default()).await.unwrap();
        SystemClock.now().timestamp_millis()
    };
    let (drained, due) = tokio::join!(draining, urgent);
    drained.unwrap();
    node.close().await;
    let rows = true_ledger(&o, 0).await;
    assert_eq!(count(&rows, State::Sent), BULK + 1);
    let store = o.store().await;
    let mut opened = BTreeMap::new();
    for r in &rows {
        opened.insert(r.id, store.attempts_of(r.id()).await.unwrap()[0].opened_at);
    }
    let urgent = rows.iter().find(|r| r.priority == 0).unwrap();
    let went = opened.remove(&urgent.id).unwrap();
    let between = opened.values().filter(|at| (due..=went).contains(at)).count();
    assert!(between <= WINDOW, "{between} went before it");
    let later = opened.values().filter(|at| **at > went).count();
    assert!(later > BULK / 4, "it was urgent while many others still waited: {later}");
}

#[tokio::test]
async fn a_fact_that_expires_after_approval_holds_the_rows() {
    let o = with_post(10, "", 24 * 60, "10 days");
    let facts = std::fs::read_to_string(o.at("campaigns/facts.yaml")).unwrap();
    o.write("campaigns/facts.yaml", &format!("{}    valid_to: {}\n", facts, today(2)));
    o.apply_and_approve();
    // The daemon was down for four days.
    let clock = HandClock::now();
    clock.step(TimeDelta::days(4));
    let node = Node::open(&o, clock.clone()).await;
    node.idle().await;
    node.close().await;
    let occurrences = o.store().await.occurrence_all().await.unwrap();
    assert_eq!(occurrences[0].gate.as_deref(), Some("facts"));
    assert_eq!(lines(&sink(&o)), 0);
    // What it rests on and who looked last lie in the ledger, for whoever reads why the rows are held.
    let stored = o.store().await.fact_rows().await.unwrap();
    let held = stored.iter().find(|f| f.valid_to.is_some()).unwrap();
    assert!(held.basis.is_some() && held.checked_by.is_some(), "{held:?}");
    // In time it goes.
    let clock = HandClock::now();
    clock.step(TimeDelta::minutes(24 * 60 + 5));
    let node = Node::open(&o, clock).await;
    node.idle().await;
    node.close().await;
    assert_eq!(count(&true_ledger(&o, 0).await, State::Sent), 10);
}

#[tokio::test]
async fn who_opts_out_between_expansion_and_send_gets_nothing() {
    let o = with_post(10, "", 5, "1 day");
    o.apply_and_approve();
    let clock = HandClock::now();
    let node = Node::open(&o, clock.clone()).await;
    node.idle().await;
    let rows = o.ledger().await;
    assert_eq!(count(&rows, State::Planned), 10, "expanded and not yet due");
    for (r, list) in [(&rows[3], ""), (&rows[7], "ds")] {
        let by = Actor::attested("người nhận");
        let new = node.engine.store.opt_out(&r.target_ref, "email", list, &by, 1).await.unwrap();
        assert_eq!(new, Some(true));
    }
    clock.step(TimeDelta::minutes(6));
    node.idle().await;
    node.close().await;
    let after = true_ledger(&o, 0).await;
    assert_eq!((count(&after, State::Sent), count(&after, State::Cancelled)), (8, 2));
    for r in after.iter().filter(|r| r.state() == State::Cancelled) {
        assert!([rows[3].id, rows[7].id].contains(&r.id));
        assert_eq!(r.cause_code.as_deref(), Some("opted_out"));
    }
}

#[tokio::test]
async fn what_is_too_late_after_a_pause_expires_and_says_so() {
    let o = with_post(10, "", 5, "2 hours");
    o.apply_and_approve();
    let clock = HandClock::now();
    let node = Node::open(&o, clock.clone()).await;
    node.idle().await;
    node.close().await;
    clock.step(TimeDelta::hours(3));
    let node = Node::open(&o, clock).await;
    node.idle().await;
    node.close().await;
    let rows = true_ledger(&o, 0).await;
    assert_eq!((rows.len(), count(&rows, State::Expired)), (10, 10));
    assert!(rows.iter().all(|r| r.cause_code.as_deref() == Some("too_late")));
    assert_eq!(lines(&sink(&o)), 0);
}

#[tokio::test]
async fn a_person_of_two_lists_gets_one_mail() {
    let o = office(6, "");
    o.write(
        "campaigns/audiences/lists.yaml",
        "lists:\n  ds:\n    title: Danh sách thử\n    ground: duty\n    source: Kiểm thử\n  ds-hai:\n    title: Danh sách hai\n    \
         ground: duty\n    source: Kiểm thử\n",
    );
    // The same addresses, written otherwise, and one more.
    o.write(
        "campaigns/audiences/ds-hai.csv",
        "ten,email,zalo,telegram,can_cu\nNgười Mẫu 1,P1@Khach.Example,,,\nNgười Mẫu 2,p2@khach.example,,,\nNgười Mới,moi@khach.example,,,\n",
    );
    let at = wall(-1);
    o.post(
        "bai",
        "Thông báo",
        &format!("  - channel: email\n    to:\n      - ds\n      - ds-hai\n    at: {at}\n"),
    );
    o.apply_and_approve();
    o.ok(&["run", "--until-idle", "--no-files"]);
    let rows = true_ledger(&o, 0).await;
    assert_eq!(count(&rows, State::Sent), 7);
    let text = std::fs::read_to_string(sink(&o)).unwrap();
    let people: Vec<String> = text.lines().map(|l| l.rsplit(' ').next().unwrap().to_lowercase()).collect();
    assert_eq!(people.iter().collect::<BTreeSet<_>>().len(), 7, "{people:?}");
}

#[tokio::test]
async fn a_clock_that_steps_back_sends_nothing_twice() {
    let o = with_post(60, "    script: [retry, accepted]\n", -1, "2 days");
    let at = wall(30);
    o.post(
        "bai-hai",
        "Thông báo hai",
        &format!("  - channel: email\n    to: ds\n    at: {at}\n    late_ok: 2 days\n"),
    );
    o.apply_and_approve();
    let clock = HandClock::now();
    let node = Node::open(&o, clock.clone()).await;
    // First tries; then the first post's second tries and half of the second's.
    for step in [0, 40, -60, 20, 50, -60, 61, 120] {
        clock.step(TimeDelta::minutes(step));
        node.idle().await;
    }
    node.close().await;
    // A restart an hour back, too.
    clock.step(TimeDelta::hours(-1));
    let node = Node::open(&o, clock.clone()).await;
    node.idle().await;
    node.close().await;
    let rows = true_ledger(&o, 0).await;
    assert_eq!((rows.len(), count(&rows, State::Sent)), (120, 120));
    assert!(rows.iter().all(|r| r.opened == 2 && r.attempts == 2));
}

#[tokio::test]
async fn a_clock_that_steps_neither_sends_more_than_the_limit_nor_stands_still() {
    const PEOPLE: usize = 40;
    let o = with_post(PEOPLE, "    limit: 10/min\n", -1, "2 days");
    o.apply_and_approve();
    let clock = HandClock::now();
    let node = Node::open(&o, clock.clone()).await;
    let sent = async || {
        node.idle().await;
        lines(&sink(&o))
    };
    // Of ten one is kept for urgent rows.
    assert_eq!(sent().await, 9);
    // No time has passed, whatever the clock shows: back by an hour, and to and fro.
    for step in [-60, 60, -60, 1, 59] {
        clock.step_wall(TimeDelta::minutes(step));
        assert_eq!(sent().await, 9, "after a step of {step} minutes");
    }
    for minutes in 1..=5 {
        clock.step(TimeDelta::seconds(61));
        assert_eq!(sent().await, PEOPLE.min(9 + 9 * minutes), "minute {minutes}");
    }
    node.close().await;
    assert_eq!(count(&true_ledger(&o, 0).await, State::Sent), PEOPLE);
}

mod liars {
    //! Servers that answer, and not with what was asked for.

    use std::io::{Read as _, Write as _};
    use std::net::{TcpListener, TcpStream};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Duration;

    use loa::domain::outcome::Outcome;
    use serde_json::{Value, json};

    use crate::support::outbound::{outbound, transport};

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    enum Lie {
        /// 200 and a page of nonsense.
        Rubbish,
        /// 200, says JSON, and is of another shape.
        OtherJson,
        /// 200 and a body without end.
        Endless,
        /// 200 and a byte now and then, for ever.
        Drip,
    }

    struct Liar {
        addr: std::net::SocketAddr,
        over: Arc<AtomicBool>,
    }

    impl Liar {
        fn start(lie: Lie) -> Self {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let addr = listener.local_addr().unwrap();
            let over = Arc::new(AtomicBool::new(false));
            let ends = over.clone();
            std::thread::spawn(move || {
                for stream in listener.incoming() {
                    if ends.load(Ordering::SeqCst) {
                        return;
                    }
                    let (stream, ends) = (stream.unwrap(), ends.clone());
                    std::thread::spawn(move || tell(stream, lie, &ends));
                }
            });
            Self { addr, over }
        }
    }

    impl Drop for Liar {
        fn drop(&mut self) {
            self.over.store(true, Ordering::SeqCst);
            let _ = TcpStream::connect(self.addr);
        }
    }

    fn tell(mut s: TcpStream, lie: Lie, over: &AtomicBool) {
        let mut buf = [0u8; 64 << 10];
        let _ = s.read(&mut buf);
        let head = |kind: &str, length: &str| {
            format!("HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\n{length}connection: close\r\n\r\n")
        };
        let page = "<html><title>welcome to the hotel wifi</title></html>";
        let other = r#"[{"ok":"maybe"},7]"#;
        let length = |t: &str| format!("content-length: {}\r\n", t.len());
        let _ = match lie {
            Lie::Rubbish => write!(s, "{}{page}", head("text/html", &length(page))),
            Lie::OtherJson => write!(s, "{}{other}", head("application/json", &length(other))),
            Lie::Endless | Lie::Drip => write!(s, "{}", head("application/json", "")),
        };
        let block: &[u8] = if lie == Lie::Endless { &[b' '; 64 << 10] } else { b" " };
        while matches!(lie, Lie::Endless | Lie::Drip) && !over.load(Ordering::SeqCst) {
            if s.write_all(block).is_err() {
                return;
            }
            if lie == Lie::Drip {
                std::thread::sleep(Duration::from_millis(50));
            }
        }
    }

    fn kinds(url: &str) -> Vec<(&'static str, Value, &'static str)> {
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        vec![
            (
                "telegram",
                json!({"token": "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw", "api_url": url, "timeout": 5}),
                "-1001",
            ),
            (
                "zalo-bot",
                json!({"token": "12345689:abc-xyz", "api_url": url, "timeout": 5}),
                "6ede9afa66b88fe6d6a9",
            ),
            ("wordpress", json!({"url": url, "user": "a", "password": "b c d", "timeout": 10}), ""),
            ("webhook", json!({"url": url, "secret": secret, "allow_private": true, "timeout": 2}), ""),
        ]
    }

    #[tokio::test]
    async fn a_server_that_lies_is_not_believed_and_not_waited_for() {
        let mut tries = vec![];
        for lie in [Lie::Rubbish, Lie::OtherJson, Lie::Endless, Lie::Drip] {
            let liar = Arc::new(Liar::start(lie));
            for (kind, settings, to) in kinds(&format!("http://{}", liar.addr)) {
                let liar = liar.clone();
                tries.push(async move {
                    let t = transport(kind, settings);
                    let limit = t.capabilities().send_timeout;
                    let m = outbound("nói-dối", to);
                    let answer = tokio::time::timeout(limit, t.send(&m)).await;
                    drop(liar);
                    let answer = answer.unwrap_or_else(|_| panic!("{kind} waits for {lie:?}"));
                    match kind {
                        // The status is the receiver's word; its body is nobody's.
                        "webhook" => assert!(
                            matches!(answer, Outcome::Accepted(_) | Outcome::Unknown { .. }),
                            "{kind} {lie:?}: {answer:?}"
                        ),
                        // The first request only looks: nothing was done yet.
                        "wordpress" => assert!(
                            matches!(answer, Outcome::Retry { .. } | Outcome::Broken { .. }),
                            "{kind} {lie:?}: {answer:?}"
                        ),
                        _ => assert!(matches!(answer, Outcome::Unknown { .. }), "{kind} {lie:?}: {answer:?}"),
                    }
                });
            }
        }
        futures_util::future::join_all(tries).await;
    }
}
