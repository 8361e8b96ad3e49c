//! Limits, counted where the messages arrive: two daemons, kills, steps of the clock, and far sides that ask for quiet.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::TimeDelta;
use loa::daemon::Engine;
use loa::domain::delivery::State;
use serde_json::json;

use crate::support::chaos::{Setup, WINDOW, World, drawn};
use crate::support::fakes::{FakeBot, Fault};
use crate::support::node::{HandClock, Node};
use crate::support::office::{Office, wall};

/// Twelve in two seconds, of which one is kept for urgent rows.
const LIMIT: &str = "    limit: 12 per 2 seconds burst 6\n";
const SHORT: Setup = Setup { mails: 60, postgres: false, nodes: 1, wire: false, disk: None };

/// No window of the stated length holds more at the far side.
fn counted(w: &World) {
    let taken = w.sink.taken();
    for (most, window) in [(12, 2000), (6, 1000)] {
        let closest = taken.windows(most + 1).map(|t| t[most].at.duration_since(t[0].at)).min();
        assert!(
            closest.is_none_or(|d| d >= Duration::from_millis(window)),
            "LOA_CHAOS_SEED={}: {} within {closest:?}",
            w.seed,
            most + 1
        );
    }
    assert!(w.complaints.is_empty(), "{:?}", w.complaints);
}

async fn world(setup: Setup) -> World {
    let mut w = World::with(setup, drawn(), LIMIT).await;
    // Whoever waits for an allowance waits in earnest.
    w.patience = 0;
    w.start_all();
    w
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_daemons_share_a_limit() {
    let mut w = world(Setup { postgres: true, nodes: 2, ..SHORT }).await;
    w.finish().await;
    assert_eq!(w.sink.count(), SHORT.mails);
    counted(&w);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_daemon_that_is_killed_within_the_window_keeps_to_it() {
    let mut w = world(SHORT).await;
    for begun in [3, 14, 15, 29, 40] {
        w.until("a kill", |w| w.sink.begun() >= begun).await;
        w.kill(0);
        w.start_all();
    }
    w.finish().await;
    let rows = w.office.ledger().await;
    let unknown = rows.iter().filter(|r| r.state() == State::Unknown).count();
    assert!(unknown <= WINDOW * w.kills, "{unknown}");
    assert!(rows.iter().all(|r| matches!(r.state(), State::Sent | State::Unknown)));
    assert!(w.sink.count() >= SHORT.mails - unknown);
    counted(&w);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_steps_an_hour_both_ways_changes_nothing() {
    let mut w = world(SHORT).await;
    for (begun, seconds) in [(4, 3600), (13, -3600), (20, 3600), (27, 3600), (38, -7200)] {
        w.until("a step", |w| w.sink.begun() >= begun).await;
        w.step(seconds);
    }
    w.finish().await;
    assert_eq!(w.sink.count(), SHORT.mails);
    counted(&w);
}

/// An office whose bot writes to these chats, each post to each of them.
fn bot(fake: &FakeBot, chats: &[&str], posts: usize) -> Office {
    let o = written(fake, chats, posts, "", None);
    o.apply_and_approve();
    o
}

/// The same before anything is applied, its account with further lines.
fn written(fake: &FakeBot, chats: &[&str], posts: usize, more: &str, database: Option<&str>) -> Office {
    let mut o = Office::new(
        &format!(
            "  bot:\n    kind: telegram\n    api_url: {}\n    token_file: bi-mat/bot.txt\n{more}",
            fake.url()
        ),
        "default_accounts:\n  telegram: bot\n",
    );
    if let Some(url) = database {
        o = o.with_database(url);
    }
    o.write("bi-mat/bot.txt", fake.token());
    let mut units = "  - id: so\n    name: Sở Thử\n    kind: department\n".to_owned();
    let mut to = String::new();
    for (i, chat) in chats.iter().enumerate() {
        units.push_str(&format!(
            "  - id: u-{i}\n    name: Đơn vị {i}\n    kind: department\n    channels:\n      telegram:\n        account: bot\n        \
             address: \"{chat}\"\n"
        ));
        to.push_str(&format!("      - u-{i}\n"));
    }
    o.units(&units);
    for n in 0..posts {
        let at = wall(-1);
        o.post(
            &format!("bai-{n:02}"),
            &format!("Thông báo {n}"),
            &format!("  - channel: telegram\n    to:\n{to}    at: {at}\n    late_ok: 2 days\n"),
        );
    }
    o
}

/// A text that goes to a chat of Telegram in three parts.
fn in_three(o: &Office, post: usize) {
    let text = format!("{}\n\n", "Mời đọc kỹ. ".repeat(40)).repeat(18);
    o.write(&format!("campaigns/chien-dich/posts/bai-{post:02}/noi-dung.md"), &text);
}

/// Nine texts of three messages to a group and to a person, under fourteen messages in ten seconds.
async fn long_texts(nodes: usize, database: Option<&str>) {
    let fake = FakeBot::telegram();
    let chats = ["-1001", "42"];
    let o = written(&fake, &chats, 9, "    limit: 14 per 10 seconds\n", database);
    (0..9).for_each(|n| in_three(&o, n));
    o.apply_and_approve();
    let clock = HandClock::now();
    let mut all = Vec::new();
    for _ in 0..nodes {
        all.push(Node::open(&o, clock.clone()).await);
    }
    // What arrived, with the second it arrived in.
    let mut seen: Vec<(i64, String)> = Vec::new();
    let mut second = 0;
    while seen.len() < 9 * 3 * chats.len() {
        assert!(second < 300, "{second} s: {} messages", seen.len());
        futures_util::future::join_all(all.iter().map(Node::idle)).await;
        let news: Vec<String> = fake.accepted().into_iter().skip(seen.len()).map(|a| a.chat).collect();
        for chat in chats {
            let n = news.iter().filter(|c| *c == chat).count();
            assert!(n == 0 || n == 3, "second {second}: a text is alone in its chat: {n} messages");
        }
        seen.extend(news.into_iter().map(|chat| (second, chat)));
        clock.step(TimeDelta::seconds(5));
        second += 5;
    }
    let most = |of: &dyn Fn(&str) -> bool, window: i64| {
        let at: Vec<i64> = seen.iter().filter(|(_, chat)| of(chat)).map(|(at, _)| *at).collect();
        at.iter().map(|from| at.iter().filter(|t| (*from..from + window).contains(t)).count()).max()
    };
    // One of fourteen is kept for urgent posts, and a fifth text would be the fifteenth; in the group a seventh the twenty-first.
    assert_eq!(most(&|_| true, 10), Some(12));
    assert_eq!(most(&|chat| chat == "-1001", 60), Some(18));
    assert!(by_chat(&fake).values().all(|n| *n == 27), "{:?}", by_chat(&fake));
    for node in all {
        node.close().await;
    }
}

#[tokio::test]
async fn a_text_in_three_parts_counts_as_three() {
    long_texts(1, None).await;
}

#[tokio::test]
async fn two_nodes_count_the_parts_of_a_text_together() {
    let pg = crate::support::postgres::Postgres::start();
    long_texts(2, Some(&pg.url())).await;
}

#[test]
fn a_text_that_no_limit_ever_lets_go_is_refused_before_it_is_planned() {
    let fake = FakeBot::telegram();
    let o = written(&fake, &["-1001"], 2, "    limit: 14 per minute burst 2\n", None);
    in_three(&o, 1);
    let out = o.loa(&["check"]);
    let said = String::from_utf8_lossy(&[out.stdout, out.stderr].concat()).into_owned();
    assert!(
        said.contains("bai-01") && said.contains("3 tin telegram") && said.contains("chỉ cho 2 tin"),
        "{said}"
    );
    assert!(!out.status.success() && !said.contains("bai-00/post.yaml"), "{said}");
}

fn slow(seconds: u64) -> Fault {
    let says = json!({"ok": false, "error_code": 429, "description": "Too Many Requests", "parameters": {"retry_after": seconds}});
    Fault::Answer(429, says, None)
}

fn by_chat(fake: &FakeBot) -> BTreeMap<String, usize> {
    let mut out = BTreeMap::new();
    for a in fake.accepted() {
        *out.entry(a.chat).or_default() += 1;
    }
    out
}

async fn quiet(engine: &Engine) -> Vec<(String, i64)> {
    engine.store.quiet_left().await.unwrap()
}

#[tokio::test]
async fn a_group_gets_twenty_a_minute_and_a_person_one_a_second() {
    let fake = FakeBot::telegram();
    let o = bot(&fake, &["-1001", "42"], 24);
    let clock = HandClock::now();
    let node = Node::open(&o, clock.clone()).await;
    for n in 1..=24 {
        node.idle().await;
        let seen = by_chat(&fake);
        assert_eq!((seen["42"], seen["-1001"]), (n, n.min(20)), "second {n}");
        clock.step_wall(TimeDelta::hours(if n % 2 == 0 { 1 } else { -1 }));
        clock.step_wall(TimeDelta::hours(if n % 2 == 0 { -1 } else { 1 }));
        node.idle().await;
        assert_eq!(by_chat(&fake), seen, "no time has passed");
        clock.step(TimeDelta::seconds(1));
    }
    for n in 21..=24 {
        clock.step(TimeDelta::seconds(60));
        node.idle().await;
        assert_eq!(by_chat(&fake)["-1001"], n);
    }
    node.close().await;
}

#[tokio::test]
async fn a_far_side_that_asks_for_quiet_gets_it_in_the_chat_or_from_the_bot() {
    // A group: that chat alone waits, with all that is for it.
    let fake = FakeBot::telegram();
    let o = bot(&fake, &["-1001"], 3);
    let clock = HandClock::now();
    let node = Node::open(&o, clock.clone()).await;
    fake.next_send(slow(90));
    node.idle().await;
    let asked = || fake.requests().iter().filter(|r| r.path.to_lowercase().ends_with("/sendmessage")).count();
    assert_eq!((asked(), fake.accepted().len()), (1, 0));
    clock.step_wall(TimeDelta::hours(1));
    clock.step(TimeDelta::seconds(89));
    node.idle().await;
    assert_eq!(asked(), 1, "the other rows of the chat wait as well");
    assert_eq!(quiet(&node.engine).await, vec![], "the bot does not");
    for n in 1..=3 {
        clock.step(TimeDelta::seconds(2));
        node.idle().await;
        assert_eq!(fake.accepted().len(), n);
    }
    node.close().await;

    // A person: it is the bot's own limit, and everybody waits.
    let fake = FakeBot::telegram();
    let o = bot(&fake, &["42", "43"], 1);
    let node = Node::open(&o, clock.clone()).await;
    fake.next_send(slow(90));
    fake.next_send(slow(80));
    node.idle().await;
    assert_eq!(fake.accepted().len(), 0);
    assert_eq!(quiet(&node.engine).await, [("bot".to_owned(), 90_000)]);
    clock.step_wall(TimeDelta::hours(1));
    clock.step(TimeDelta::seconds(89));
    node.idle().await;
    assert_eq!(fake.accepted().len(), 0, "a step of the clock ends no pause");
    clock.step_wall(TimeDelta::hours(-1));
    clock.step(TimeDelta::seconds(1));
    node.idle().await;
    // Rows that were told go when the wall clock shows their own time again.
    clock.step(TimeDelta::seconds(1));
    node.idle().await;
    assert_eq!(fake.accepted().len(), 2, "nor does it prolong one");
    node.close().await;
}

#[test]
fn what_is_left_of_a_limit_is_shown() {
    let o = Office::new(
        "  thu:\n    kind: scripted\n    limit:\n      - 10 per day\n      - 3.000/tháng\n",
        "default_accounts:\n  email: thu\n",
    );
    o.units("  - id: so\n    name: Sở Thử\n    kind: department\n");
    o.list("ds", &(0..20).map(|i| format!("p{i}@khach.example")).collect::<Vec<_>>());
    let at = wall(-1);
    o.post(
        "bai",
        "Thông báo",
        &format!("  - channel: email\n    to: ds\n    at: {at}\n    late_ok: 20 days\n"),
    );
    o.apply_and_approve();
    o.loa(&["run", "--until-idle"]);
    for screen in [["status"].as_slice(), &["account", "list"]] {
        let out = o.loa(screen);
        let said = String::from_utf8_lossy(&out.stdout).into_owned();
        assert!(said.contains("còn 0 trong 10 mỗi ngày (và 1 cho tin khẩn), thêm từ "), "{said}");
        assert!(said.contains("còn 2.691 trong 3.000 mỗi tháng (và 300 cho tin khẩn)"), "{said}");
    }
    let out = o.loa(&["--json", "account", "list"]);
    let said: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    let day = &said[0]["allowances"][0];
    assert_eq!(
        (day["count"].as_i64(), day["used"].as_i64(), day["left"].as_i64()),
        (Some(10), Some(9), Some(0))
    );
    assert!(day["next"].is_string() && said[0]["allowances"][1]["next"].is_null(), "{said}");
}
