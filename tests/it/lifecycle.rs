//! The life of a daemon: signals at any moment, strangers at the door, a ledger that goes away under it, a folder that is replaced.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command};

use loa::domain::delivery::State;

use crate::support::office::{Office, until, wall};

/// An office whose daemon also serves the public; its mail account takes everything, a while each.
struct House {
    o: Office,
    public: u16,
}

impl House {
    fn new(people: usize, delay_ms: u64) -> House {
        let public = free_port();
        let o = Office::new(
            "  gia-lap:\n    kind: scripted\n",
            &format!("default_accounts:\n  email: gia-lap\npublic_listen: 127.0.0.1:{public}\n"),
        );
        let yaml = o.path().join("loa.yaml");
        let text = std::fs::read_to_string(&yaml).unwrap();
        let account = format!(
            "  gia-lap:\n    kind: scripted\n    connections: 1\n    delay_ms: {delay_ms}\n    sink: {}\n",
            o.at("sink.txt").display()
        );
        std::fs::write(&yaml, text.replace("  gia-lap:\n    kind: scripted\n", &account)).unwrap();
        o.units("  - id: so\n    name: Sở Thử\n    kind: department\n");
        o.list("ds", &people_of(people));
        if people > 0 {
            o.post("bai", "Thông báo", &sending());
        }
        House { o, public }
    }

    fn taken(&self) -> usize {
        std::fs::read_to_string(self.o.at("sink.txt")).unwrap_or_default().lines().count()
    }

    fn run(&self) -> Daemon {
        let d = Daemon(self.o.start(&["run"]));
        until("readiness", || self.get("/readyz") == 200);
        d
    }

    fn get(&self, path: &str) -> u16 {
        let Ok(mut s) = TcpStream::connect(("127.0.0.1", self.o.port())) else { return 0 };
        let request = format!("GET {path} HTTP/1.1\r\nHost: loa\r\nConnection: close\r\n\r\n");
        if s.write_all(request.as_bytes()).is_err() {
            return 0;
        }
        let mut text = String::new();
        drop(s.read_to_string(&mut text));
        text.split(' ').nth(1).and_then(|c| c.parse().ok()).unwrap_or(0)
    }

    /// A stranger who begins a request and says nothing more.
    fn stranger(&self) -> TcpStream {
        let mut s = TcpStream::connect(("127.0.0.1", self.public)).unwrap();
        s.write_all(b"GET /o/x HT").unwrap();
        s
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn people_of(n: usize) -> Vec<String> {
    (0..n).map(|i| format!("p{i}@khach.example")).collect()
}

fn sending() -> String {
    format!("  - channel: email\n    to: ds\n    at: {}\n    late_ok: 2 days\n", wall(-1))
}

/// A daemon that ends with the test, however the test ends.
struct Daemon(Child);

impl Daemon {
    fn signal(&self, name: &str) {
        assert!(Command::new("kill").args([name, &self.0.id().to_string()]).status().unwrap().success());
    }

    /// Waits for its end: the exit code.
    fn ended(&mut self) -> Option<i32> {
        let mut status = None;
        until("the daemon's end", || {
            status = self.0.try_wait().unwrap();
            status.is_some()
        });
        status.and_then(|s| s.code())
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_stranger_at_the_door_stops_neither_reload_nor_end() {
    let h = House::new(12, 150);
    h.o.apply_and_approve();
    let mut d = h.run();
    let _stranger = h.stranger();
    until("the first message", || h.taken() > 0);
    d.signal("-HUP");
    // What was under way ended, and the next life goes on with the rest.
    until("everything sent", || h.taken() == 12);
    let _another = h.stranger();
    d.signal("-TERM");
    assert_eq!(d.ended(), Some(0));
    assert_eq!(h.taken(), 12, "nothing was sent twice");
}

#[test]
fn an_end_said_during_a_reload_is_heard() {
    let h = House::new(0, 0);
    for pause in [0, 20, 80, 160, 320] {
        let mut d = h.run();
        d.signal("-HUP");
        // Any instant of the reload: there is nothing to wait for but time itself.
        std::thread::sleep(std::time::Duration::from_millis(pause));
        d.signal("-TERM");
        assert_eq!(d.ended(), Some(0), "TERM {pause} ms after HUP");
    }
}

#[tokio::test]
async fn a_reload_waits_for_what_is_under_way() {
    // Each send takes longer than the stated drain: an end would cut it off, a reload must not.
    let h = House::new(1, 2500);
    let yaml = std::fs::read_to_string(h.o.at("loa.yaml")).unwrap();
    h.o.write("loa.yaml", &yaml.replace("public_listen", "drain: 1 second\npublic_listen"));
    h.o.apply_and_approve();
    let mut d = h.run();
    until("a send under way", || h.taken() == 1);
    d.signal("-HUP");
    until("the next life", || h.get("/readyz") == 200);
    d.signal("-TERM");
    assert_eq!(d.ended(), Some(0));
    let rows = h.o.ledger().await;
    assert_eq!(rows.iter().map(|r| r.state()).collect::<Vec<_>>(), [State::Sent]);
}

#[test]
fn a_reload_that_cannot_be_is_said_and_the_old_life_goes_on() {
    let h = House::new(0, 0);
    let yaml = std::fs::read_to_string(h.o.at("loa.yaml")).unwrap();
    let mut d = h.run();
    // A port that somebody else holds, a template with a slip, a key that is not this ledger's.
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let public = format!("public_listen: 127.0.0.1:{}", h.public);
    let other = format!("public_listen: {}", taken.local_addr().unwrap());
    h.o.write("loa.yaml", &yaml.replace(&public, &other));
    d.signal("-HUP");
    until("health after a port that is taken", || h.get("/healthz") == 200);
    h.o.write("loa.yaml", &yaml);
    h.o.write("templates/mail/layout.html.hbs", "{{#if x}}");
    d.signal("-HUP");
    until("health after a template with a slip", || h.get("/healthz") == 200);
    std::fs::remove_file(h.o.at("templates/mail/layout.html.hbs")).unwrap();
    let key = std::fs::read_to_string(h.o.at("var/key")).unwrap();
    h.o.write("var/key", &"7".repeat(64));
    d.signal("-HUP");
    until("health after a wrong key", || h.get("/healthz") == 200);
    h.o.write("var/key", &key);
    d.signal("-HUP");
    until("health after a good reload", || h.get("/readyz") == 200);
    d.signal("-TERM");
    assert_eq!(d.ended(), Some(0));
}

#[test]
fn a_ledger_that_goes_away_stops_the_daemon_and_is_not_begun_anew() {
    let h = House::new(400, 20);
    h.o.apply_and_approve();
    let mut d = h.run();
    until("some messages", || h.taken() > 5);
    std::fs::rename(h.o.at("var/loa.db"), h.o.at("var/elsewhere.db")).unwrap();
    assert_eq!(d.ended(), Some(4));
    assert!(h.taken() < 400, "it stopped sending");
    // An empty ledger in its place would send everything again.
    for (what, make) in [("missing", false), ("empty", true)] {
        if make {
            h.o.write("var/loa.db", "");
        }
        for args in [&["run", "--until-idle"][..], &["status"], &["plan"], &["log"]] {
            assert_eq!(h.o.loa(args).status.code(), Some(4), "{what}: {args:?}");
        }
        let out = h.o.loa(&["run", "--until-idle"]);
        assert_eq!(out.status.code(), Some(4), "{what}: {out:?}");
        assert!(String::from_utf8_lossy(&out.stderr).contains("loa.db"), "{what}: {out:?}");
        assert_eq!(std::fs::metadata(h.o.at("var/loa.db")).map_or(0, |m| m.len()), 0, "{what}");
    }
}

#[test]
fn a_lost_key_is_not_replaced_by_another() {
    let h = House::new(0, 0);
    h.o.loa(&["apply"]);
    std::fs::rename(h.o.at("var/key"), h.o.at("var/old")).unwrap();
    let out = h.o.loa(&["status"]);
    assert_eq!(out.status.code(), Some(4), "{out:?}");
    assert!(!h.o.at("var/key").exists(), "no key was made");
    std::fs::rename(h.o.at("var/old"), h.o.at("var/key")).unwrap();
    assert_eq!(h.o.loa(&["plan"]).status.code(), Some(1), "faults of the folder, and none of the database");
}

#[test]
fn two_folders_with_one_database_are_one_daemon() {
    let (a, b) = (House::new(0, 0), House::new(0, 0));
    a.o.loa(&["apply"]);
    let yaml = std::fs::read_to_string(b.o.at("loa.yaml")).unwrap();
    let database = a.o.at("var/loa.db").display().to_string();
    std::fs::create_dir_all(b.o.at("var")).unwrap();
    std::fs::copy(a.o.at("var/key"), b.o.at("var/key")).unwrap();
    b.o.write("loa.yaml", &format!("database: sqlite:{database}\n{yaml}"));
    let c = House::new(0, 0);
    std::fs::create_dir_all(c.o.at("var")).unwrap();
    std::fs::copy(a.o.at("var/key"), c.o.at("var/key")).unwrap();
    let yaml = std::fs::read_to_string(c.o.at("loa.yaml")).unwrap();
    c.o.write("loa.yaml", &format!("database: sqlite:{database}\n{yaml}"));
    let _first = b.run();
    let second = c.o.loa(&["run", "--until-idle"]);
    assert_eq!(second.status.code(), Some(3), "{second:?}");
}

#[test]
fn a_folder_that_is_replaced_as_a_whole_is_still_watched() {
    let h = House::new(1, 0);
    h.o.ok(&["apply"]);
    let _d = h.run();
    let copy = |from: &str, to: &str| {
        assert!(Command::new("cp").args(["-a", from, to]).status().unwrap().success());
    };
    copy(h.o.at("campaigns").to_str().unwrap(), h.o.at("new").to_str().unwrap());
    std::fs::rename(h.o.at("campaigns"), h.o.at("old")).unwrap();
    std::fs::rename(h.o.at("new"), h.o.at("campaigns")).unwrap();
    let approved = |post: &str| h.o.loa(&["approve", post, "--by", "binh"]).status.success();
    until("the replaced folder read", || h.get("/readyz") == 200);
    h.o.post("bai-hai", "Thông báo hai", &sending());
    until("a post written after the replacement", || approved("chien-dich/bai-hai"));
}

#[tokio::test]
async fn who_leaves_a_list_in_mid_run_gets_nothing_and_who_joins_is_added() {
    let h = House::new(60, 60);
    h.o.apply_and_approve();
    let mut d = h.run();
    until("some messages", || h.taken() > 3);
    // Those who would get it last: five leave, one has a new address; another joins.
    let store = h.o.store().await;
    let mut waiting: Vec<_> = h.o.ledger().await.into_iter().filter(|r| r.state() == State::Due).collect();
    waiting.sort_by_key(|r| r.id);
    let last: Vec<String> =
        waiting.iter().rev().take(6).map(|r| store.address_of(r).unwrap_or_default()).collect();
    assert_eq!(last.len(), 6);
    let mut people: Vec<String> = people_of(60).into_iter().filter(|p| !last.contains(p)).collect();
    people.push("doi@khach.example".into());
    people.push("them@khach.example".into());
    h.o.list("ds", &people);
    h.o.ok(&["apply"]);
    let done = async || {
        let rows = h.o.ledger().await;
        rows.iter().filter(|r| r.state() == State::Sent).count() >= 56
    };
    let end = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while !done().await {
        assert!(std::time::Instant::now() < end, "waited a minute for the rest");
        tokio::task::yield_now().await;
    }
    d.signal("-TERM");
    assert_eq!(d.ended(), Some(0));
    let rows = h.o.ledger().await;
    let (mut sent, mut left) = (Vec::new(), Vec::new());
    for r in &rows {
        let address = store.address_of(r).unwrap_or_default();
        if r.state() == State::Sent {
            sent.push(address);
        } else {
            assert_eq!((r.state(), r.cause_code.as_deref()), (State::Cancelled, Some("left_list")));
            left.push(address);
        }
    }
    people.sort();
    sent.sort();
    left.sort();
    assert_eq!(sent, people);
    let mut gone = last;
    gone.sort();
    assert_eq!(left, gone);
    assert_eq!(store.tally_check().await.unwrap(), vec![]);
}
