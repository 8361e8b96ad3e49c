//! A blackout holds all but what is urgent, says what it holds, and ends without a flood; with quiet hours, windows, approvals
//! and restarts in its way.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Timelike as _, Utc};
use loa::domain::delivery::State;
use loa::domain::port::Clock as _;
use loa::domain::words;
use loa::store::DeliveryRow;
use serde_json::Value;

use crate::support::node::{HandClock, Node};
use crate::support::office::{Office, wall};

fn office(people: usize, more: &str) -> Office {
    let o = Office::new("  thu:\n    kind: scripted\n", &format!("default_accounts:\n  email: thu\n{more}"));
    let yaml = std::fs::read_to_string(o.at("loa.yaml")).unwrap();
    let (before, _) = yaml.split_once("accounts:\n  thu").unwrap();
    let before = if more.contains("quiet_hours") {
        before.replace("quiet_hours:\n  people: none\n", "")
    } else {
        before.to_owned()
    };
    let sink = o.at("sink.txt");
    o.write(
        "loa.yaml",
        &format!("{before}accounts:\n  thu:\n    kind: scripted\n    sink: {}\n", sink.display()),
    );
    o.units("  - id: so\n    name: Sở Thử\n    kind: department\n");
    o.list("ds", &(0..people).map(|i| format!("p{i}@khach.example")).collect::<Vec<_>>());
    o
}

fn sending(minutes: i64, late_ok: &str, more: &str) -> String {
    format!("  - channel: email\n    to: ds\n    at: {}\n    late_ok: {late_ok}\n{more}", wall(minutes))
}

fn taken(o: &Office) -> usize {
    lines(&o.at("sink.txt"))
}

fn lines(path: &Path) -> usize {
    std::fs::read_to_string(path).unwrap_or_default().lines().count()
}

fn count(rows: &[DeliveryRow], post: &str, state: State) -> usize {
    rows.iter().filter(|r| r.origin.ends_with(post) && r.state() == state).count()
}

fn json(o: &Office, args: &[&str]) -> Value {
    let out = o.loa(&[args, &["--json"]].concat());
    serde_json::from_slice(&out.stdout).unwrap_or_else(|_| panic!("{out:?}"))
}

/// Lets a node work now and at each minute until then.
async fn minutes(o: &Office, clock: &Arc<HandClock>, n: i64) {
    let node = Node::open(o, clock.clone()).await;
    node.idle().await;
    for _ in 0..n {
        clock.step(TimeDelta::minutes(1));
        node.idle().await;
    }
    node.close().await;
}

#[tokio::test]
async fn it_holds_says_what_and_lets_go_little_by_little() {
    const PEOPLE: usize = 200;
    let o = office(PEOPLE, "");
    o.post("bai", "Thông báo", &sending(5, "2 days", ""));
    o.post("gap", "Tin ưu tiên", &sending(5, "2 days", "    priority: priority\n"));
    o.post("khan", "Tin khẩn", &sending(5, "2 days", "    priority: urgent\n"));
    o.post("ngan", "Chỉ có ích một giờ", &sending(10, "1 hour", ""));
    o.post("cho", "Duyệt trong lúc ngừng", &sending(15, "2 days", ""));
    o.ok(&["apply"]);
    for post in ["bai", "gap", "khan", "ngan"] {
        o.ok(&["approve", &format!("chien-dich/{post}"), "--by", "binh"]);
    }
    for (args, code) in [
        (&["blackout", "start", "--reason", "x", "--by", "binh", "--until", "hôm kia"][..], 2),
        (&["blackout", "start", "--reason", "x", "--by", "binh", "--scope", "khong-co"], 2),
        (&["blackout", "start", "--reason", " ", "--by", "binh"], 2),
        (&["blackout", "end", "--by", "binh"], 0),
    ] {
        assert_eq!(o.loa(args).status.code(), Some(code), "{args:?}");
    }
    // Announced, for two hours from now on; it says beforehand what will be missed.
    let (from, until) = (wall(2), wall(122));
    let start = json(
        &o,
        &["blackout", "start", "--reason", "quốc tang", "--from", &from, "--until", &until, "--by", "binh"],
    );
    let posts = start["holds"]["posts"].as_array().unwrap();
    assert_eq!((posts.len(), start["holds"]["n"].as_u64()), (4, Some(4 * PEOPLE as u64)), "{start}");
    assert!(posts.iter().all(|p| p["post"] != "chien-dich/khan"), "{start}");
    let lost: Vec<&str> =
        posts.iter().filter(|p| p["lost"] == true).map(|p| p["post"].as_str().unwrap()).collect();
    assert_eq!(lost, ["chien-dich/ngan"]);
    let list = json(&o, &["blackout", "list"]);
    assert_eq!(list["blackouts"][0]["in_force"], false, "{list}");
    assert!(String::from_utf8_lossy(&o.loa(&["blackout", "list"]).stdout).contains("HẸN TRƯỚC"));

    // Restarted in the middle: an announced one begins and ends all the same.
    let clock = HandClock::now();
    minutes(&o, &clock, 60).await;
    assert_eq!(taken(&o), PEOPLE, "the urgent post, and no other");
    o.ok(&["approve", "chien-dich/cho", "--by", "binh"]);
    minutes(&o, &clock, 60).await;
    assert_eq!(taken(&o), PEOPLE, "what was approved meanwhile is held, too");
    let before = o.ledger().await;
    assert_eq!(count(&before, "khan", State::Sent), PEOPLE);

    // Its end: priority at once, the rest over a quarter of its length.
    let node = Node::open(&o, clock.clone()).await;
    clock.step(TimeDelta::minutes(3));
    node.idle().await;
    let rows = o.ledger().await;
    assert_eq!(count(&rows, "gap", State::Sent), PEOPLE);
    let mut most = 0;
    let mut last = taken(&o);
    for _ in 0..30 {
        clock.step(TimeDelta::minutes(1));
        node.idle().await;
        most = most.max(taken(&o) - last);
        last = taken(&o);
    }
    node.close().await;
    assert_eq!(last, 4 * PEOPLE, "khan, gap, bai, cho");
    assert!(most <= 2 * PEOPLE / 20, "{most} of {} in one minute of thirty", 2 * PEOPLE);
    // What was missed is in the ledger, each of them, and says why.
    let rows = o.ledger().await;
    assert_eq!(count(&rows, "ngan", State::Expired), PEOPLE);
    let missed = rows.iter().filter(|r| r.state() == State::Expired);
    assert!(missed.clone().all(|r| r.cause_code.as_deref() == Some("blackout_missed")));
    assert!(missed.clone().all(|r| r.cause_detail.as_deref() == Some("quốc tang")));
    let log = String::from_utf8_lossy(&o.loa(&["log", "--post", "chien-dich/ngan"]).stdout).into_owned();
    assert!(log.contains("lỡ vì đợt ngừng phát"), "{log}");
    let status = String::from_utf8_lossy(&o.loa(&["status"]).stdout).into_owned();
    assert!(status.contains("lỡ vì đợt ngừng phát (quốc tang)"), "{status}");
    assert_eq!(o.store().await.tally_check().await.unwrap(), vec![]);
}

#[tokio::test]
async fn it_may_hold_a_family_or_a_post_and_be_ended_by_hand() {
    let o = office(6, "");
    o.post("bai", "Thông báo", &sending(-1, "2 days", ""));
    o.post("hai", "Thông báo hai", &sending(-1, "2 days", ""));
    o.apply_and_approve();
    o.ok(&["blackout", "start", "--reason", "sự cố", "--scope", "chien-dich/hai", "--by", "binh"]);
    o.idle(&[]);
    assert_eq!(taken(&o), 6);
    o.ok(&["blackout", "start", "--reason", "sự cố", "--scope", "email", "--by", "binh"]);
    let end = json(&o, &["blackout", "end", "--scope", "chien-dich/hai", "--by", "binh"]);
    assert_eq!((end["ended"].as_u64(), end["after"].as_array().unwrap().len()), (Some(1), 0), "{end}");
    o.idle(&[]);
    assert_eq!(taken(&o), 6, "the family is held still");
    let said = o.ok(&["blackout", "end", "--scope", "email", "--by", "binh"]);
    assert!(said.contains("6 lượt đi dần từ"), "{said}");
    let clock = HandClock::now();
    minutes(&o, &clock, 3).await;
    assert_eq!(taken(&o), 12);
    // A hold of a person is no blackout, and ends otherwise.
    o.ok(&["hold", "all", "--reason", "x", "--by", "binh"]);
    assert_eq!(json(&o, &["blackout", "end", "--by", "binh"])["ended"], 0);
    assert!(o.ok(&["release", "all", "--by", "binh"]).contains("Đã bỏ giữ"));
}

/// The office's wall clock at an instant, so many minutes later.
fn hour(at: DateTime<Utc>, minutes: i64) -> String {
    let t = at + TimeDelta::hours(7) + TimeDelta::minutes(minutes);
    format!("{:02}:{:02}", t.hour(), t.minute())
}

#[tokio::test]
async fn its_end_within_quiet_hours_waits_for_the_morning() {
    let clock = HandClock::now();
    // Quiet from an hour from now, for three hours.
    let quiet = format!("\"{} - {}\"", hour(clock.now(), 60), hour(clock.now(), 240));
    assert!(words::parse_time_range(quiet.trim_matches('"')).is_ok());
    let o = office(40, &format!("quiet_hours:\n  people: {quiet}\n"));
    o.post("bai", "Thông báo", &sending(5, "1 day", ""));
    o.post("khan", "Tin khẩn", &sending(90, "1 day", "    priority: urgent\n"));
    o.post("ngan", "Hết ích trước sáng", &sending(6, "3 hours", ""));
    o.apply_and_approve();
    // It ends an hour into them.
    o.ok(&[
        "blackout",
        "start",
        "--reason",
        "quốc tang",
        "--from",
        &wall(1),
        "--until",
        &wall(120),
        "--by",
        "binh",
    ]);
    minutes(&o, &clock, 130).await;
    assert_eq!(taken(&o), 40, "what is urgent goes through both");
    minutes(&o, &clock, 100).await;
    let rows = o.ledger().await;
    assert_eq!(taken(&o), 40, "nothing rings in anybody's pocket at night");
    assert_eq!(count(&rows, "ngan", State::Expired), 40);
    assert!(
        rows.iter()
            .filter(|r| r.origin.ends_with("ngan"))
            .all(|r| r.cause_code.as_deref() == Some("blackout_missed"))
    );
    // The morning: neither lost nor all in one minute.
    let node = Node::open(&o, clock.clone()).await;
    let (mut most, mut last) = (0, taken(&o));
    for _ in 0..60 {
        clock.step(TimeDelta::minutes(1));
        node.idle().await;
        most = most.max(taken(&o) - last);
        last = taken(&o);
    }
    node.close().await;
    assert_eq!(last, 80);
    assert!(most <= 20, "{most} of 40 in one minute");
}
