//! What is unknown is settled or left, never guessed; what a channel refuses stops there; paused accounts are tried again.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::process::Output;

use chrono::TimeDelta;
use loa::domain::delivery::{State, code_letters};
use loa::domain::people::Actor;
use loa::domain::port::Clock as _;
use loa::store::{DeliveryRow, LogFilter};
use serde_json::Value;

use crate::support::fakes::{Chat, FakeBot};
use crate::support::node::{HandClock, Node};
use crate::support::office::{Office, until, wall};
use crate::support::smtp::{PASSWORD, SmtpPeer, USER};

/// An office with a list of people, whose mail account is scripted so.
fn office(people: usize, script: &str, more: &str) -> Office {
    let o = Office::new("  thu:\n    kind: scripted\n", &format!("default_accounts:\n  email: thu\n{more}"));
    account(&o, script);
    o.units("  - id: so\n    name: Sở Thử\n    kind: department\n");
    o.list("ds", &(0..people).map(|i| format!("p{i}@khach.example")).collect::<Vec<_>>());
    o
}

fn account(o: &Office, settings: &str) {
    let yaml = std::fs::read_to_string(o.at("loa.yaml")).unwrap();
    let (before, _) = yaml.split_once("accounts:\n  thu").unwrap();
    let sink = o.at("sink.txt");
    o.write(
        "loa.yaml",
        &format!("{before}accounts:\n  thu:\n    kind: scripted\n    sink: {}\n{settings}", sink.display()),
    );
}

fn post(o: &Office, id: &str) {
    let at = wall(-1);
    o.post(id, "Thông báo", &format!("  - channel: email\n    to: ds\n    at: {at}\n    late_ok: 2 days\n"));
}

fn text(out: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr))
}

/// Runs `loa`: how it ended, and what it said.
fn say(o: &Office, args: &[&str]) -> (i32, String) {
    let out = o.loa(args);
    (out.status.code().unwrap(), text(&out))
}

fn has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "“{part}” is missing in\n{text}");
    }
}

fn count(rows: &[DeliveryRow], state: State) -> usize {
    rows.iter().filter(|r| r.state() == state).count()
}

fn taken(o: &Office) -> usize {
    std::fs::read_to_string(o.at("sink.txt")).unwrap_or_default().lines().count()
}

/// Two posts to four people each, of whom nobody knows whether they got them.
fn unclear() -> Office {
    let o = office(4, "    script: [unknown]\n", "");
    post(&o, "mot");
    post(&o, "hai");
    o.apply_and_approve();
    o.idle(&[]);
    // A run of such answers pauses the account; let it ask about the rest, too.
    while o.ok(&["account", "resume", "thu", "--by", "an"]).contains("chạy tiếp;") {
        o.idle(&[]);
    }
    o
}

#[tokio::test]
async fn questions_are_answered_by_filter_after_a_look() {
    let o = unclear();
    assert_eq!(count(&o.ledger().await, State::Unknown), 8);
    // A look decides nothing.
    let (code, said) = say(&o, &["resolve", "--post", "mot", "leave", "--by", "an", "--dry-run"]);
    assert_eq!(code, 0, "{said}");
    has(&said, &["Xem trước", "4 lượt", "mot: 4 lượt qua thu"]);
    assert!(!said.contains("hai"), "{said}");
    let out = o.loa(&["resolve", "--list", "ds", "resend", "--by", "an", "--dry-run", "--json"]);
    let json: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!((json["rows"].as_i64(), json["posts"].as_array().map(Vec::len)), (Some(8), Some(2)), "{json}");
    assert_eq!(count(&o.ledger().await, State::Unknown), 8);
    // What no filter fits, or nobody knows, is said.
    has(
        &say(&o, &["resolve", "--since", "01/01/2020", "--until", "02/01/2020", "leave", "--by", "an"]).1,
        &["không có câu hỏi"],
    );
    assert_eq!(say(&o, &["resolve", "--list", "dss", "leave", "--by", "an"]).0, 2);
    assert_eq!(say(&o, &["resolve", "--post", "mot", "T-0000", "leave", "--by", "an"]).0, 2);
    // One post is left: still unknown, no question any more, and the story says who.
    let (code, said) = say(&o, &["resolve", "--post", "mot", "leave", "--by", "an"]);
    assert_eq!(code, 0, "{said}");
    let rows = o.ledger().await;
    assert_eq!(count(&rows, State::Unknown), 8);
    let left = rows.iter().find(|r| r.origin.ends_with("/mot")).unwrap();
    assert_eq!(left.afterwards.as_deref(), Some("not_known"));
    let code = format!("T-{}", code_letters(left.code));
    has(&say(&o, &["log", &code]).1, &["an", "khép lại, ghi “không rõ”"]);
    let (_, status) = say(&o, &["status"]);
    has(&status, &["4 tin CHƯA RÕ", "tự đóng, ghi “không rõ”", "đề nghị: không gửi lại"]);
    // A person may still know better.
    assert_eq!(say(&o, &["resolve", &code, "sent", "--by", "binh"]).0, 0);
    let row = o.store().await.delivery_get(left.id()).await.unwrap().unwrap();
    assert_eq!((row.state(), row.afterwards), (State::Sent, None));
}

#[tokio::test]
async fn sending_several_again_takes_two_people_and_both_are_on_record() {
    let o = unclear();
    // The same name in other letters is nobody else.
    for second in [&[][..], &["--with", "AN"], &["--second", " an "]] {
        let (code, said) = say(&o, &[&["resolve", "--post", "hai", "resend", "--by", "an"], second].concat());
        assert_eq!(code, 3, "{said}");
        has(&said, &["cần người thứ hai", "hai: 4 lượt qua thu"]);
    }
    assert_eq!(count(&o.ledger().await, State::Unknown), 8);
    let (code, said) = say(&o, &["resolve", "--post", "hai", "resend", "--by", "an", "--with", "binh"]);
    assert_eq!(code, 0, "{said}");
    let rows = o.ledger().await;
    assert_eq!((count(&rows, State::Due), count(&rows, State::Unknown)), (4, 4));
    let again = rows.iter().find(|r| r.state() == State::Due).unwrap();
    let audit = o.store().await.audit_of(&code_letters(again.code)).await.unwrap();
    assert!(audit.iter().any(|a| a.action == "delivery.decide" && a.actor == "an + binh"), "{audit:?}");
    // One alone is one person's to decide, by its code or its group's.
    let (_, groups) = say(&o, &["log", "--post", "mot"]);
    let group = groups.split_whitespace().find(|w| w.starts_with("G-")).unwrap().to_owned();
    assert_eq!(say(&o, &["resolve", &group, "resend", "--by", "an"]).0, 3);
    assert_eq!(say(&o, &["resolve", &group, "not-sent", "--by", "an"]).0, 0);
    assert_eq!(count(&o.ledger().await, State::Failed), 4);
}

#[tokio::test]
async fn questions_nobody_answers_close_after_the_stated_time_and_the_report_says_so() {
    let o = office(
        3,
        "    script: [unknown]\n",
        "reports:\n  periods: calendar\n  close_questions_after: 14 days\n",
    );
    post(&o, "bai");
    o.apply_and_approve();
    let clock = HandClock::now();
    let node = Node::open(&o, clock.clone()).await;
    node.idle().await;
    let store = node.engine.store.clone();
    assert_eq!(store.questions().await.unwrap()[0].n, 3);
    clock.step(TimeDelta::days(14) - TimeDelta::hours(1));
    node.idle().await;
    assert_eq!(store.questions().await.unwrap()[0].n, 3, "the time is not over");
    clock.step(TimeDelta::hours(2));
    let closed: u64 = node.idle().await.iter().map(|t| t.unanswered).sum();
    assert_eq!((closed, store.questions().await.unwrap().len()), (3, 0));
    node.close().await;
    let rows = o.ledger().await;
    assert_eq!(count(&rows, State::Unknown), 3, "nobody knows more than before");
    let code = format!("T-{}", code_letters(rows[0].code));
    has(&say(&o, &["log", &code]).1, &["không ai trả lời trong hạn", "hết hạn chưa ai trả lời"]);
    let (_, status) = say(&o, &["status"]);
    assert!(!status.contains("CHƯA RÕ"), "{status}");
    has(&say(&o, &["log", "--state", "không rõ, đã khép"]).1, &["KHÔNG RÕ, ĐÃ KHÉP"]);
    let (code, report) = say(&o, &["report"]);
    assert_eq!(code, 0, "{report}");
    has(
        &report.replace('\n', " ").split_whitespace().collect::<Vec<_>>().join(" "),
        &["3 tự đóng là “không rõ” vì hết hạn"],
    );
}

#[tokio::test]
async fn what_a_person_left_is_not_sent_again_by_a_rule() {
    let o = office(2, "    script: [taken_unknown, accepted]\n    repeat: findable\n", "");
    post(&o, "bai");
    o.apply_and_approve();
    let clock = HandClock::now();
    let node = Node::open(&o, clock.clone()).await;
    // The far side "forgets": asked, it says no, and once the attempt is over the row would go again.
    let rows = loop {
        node.engine.dispatcher.drain("thu", &Default::default()).await.unwrap();
        node.engine.prepare(&mut Default::default()).await.unwrap();
        let f = LogFilter { limit: 10, ..LogFilter::default() };
        let rows = node.engine.store.log_page(&f).await.unwrap().rows;
        if count(&rows, State::Unknown) == 2 {
            break rows;
        }
    };
    std::fs::remove_file(o.at("sink.txt")).unwrap();
    let (store, now) = (&node.engine.store, clock.now().timestamp_millis());
    assert!(
        store.question_leave(rows[0].id(), rows[0].planned_for, &Actor::attested("an"), now).await.unwrap()
    );
    clock.step(TimeDelta::hours(1));
    node.engine.ask_unknown().await.unwrap();
    let state = async |r: &DeliveryRow| store.delivery_get(r.id()).await.unwrap().unwrap().state();
    assert_eq!((state(&rows[0]).await, state(&rows[1]).await), (State::Unknown, State::Due));
    node.close().await;
}

#[tokio::test]
async fn a_text_that_is_refused_again_and_again_stops_and_goes_on_once_mended() {
    let o = office(40, "    connections: 1\n    script: [content, accepted]\n", "");
    post(&o, "bai");
    o.apply_and_approve();
    o.idle(&[]);
    let rows = o.ledger().await;
    let refused = count(&rows, State::Rejected);
    // Three in a row, and at most what was under way with them: four permits.
    assert!((3..=7).contains(&refused), "{refused}");
    assert_eq!(count(&rows, State::Held), 40 - refused);
    assert!(
        rows.iter()
            .filter(|r| r.state() == State::Held)
            .all(|r| r.held_by.as_deref() == Some("content_stopped"))
    );
    let (code, status) = say(&o, &["status"]);
    assert_eq!(code, 1);
    has(
        &status,
        &["thu từ chối nội dung nhiều lần liền", "được giữ, chưa gửi", "release chien-dich/bai --by TÊN"],
    );
    // Nothing moves by itself, and one by one they are not burnt by hand either.
    o.idle(&[]);
    assert_eq!(count(&o.ledger().await, State::Held), 40 - refused);
    let one = rows.iter().find(|r| r.state() == State::Rejected).unwrap();
    let code = format!("T-{}", code_letters(one.code));
    let (exit, said) = say(&o, &["retry", &code, "--by", "an"]);
    assert_eq!(exit, 3, "{said}");
    has(&said, &["release chien-dich/bai"]);
    let held = rows.iter().find(|r| r.state() == State::Held).unwrap();
    let (exit, said) = say(&o, &["release", &format!("T-{}", code_letters(held.code)), "--by", "an"]);
    assert!(exit == 3 && said.contains("release chien-dich/bai"), "{said}");
    // Mended and approved, the rest goes as it was mended; what was refused goes again by a person's word.
    account(&o, "    connections: 1\n    script: [accepted]\n");
    o.write("campaigns/chien-dich/posts/bai/noi-dung.md", "Kính gửi anh/chị: bản đã sửa.\n");
    o.ok(&["apply"]);
    o.idle(&[]);
    assert_eq!(taken(&o), 0, "nobody has approved it yet");
    o.ok(&["approve", "chien-dich/bai", "--by", "binh"]);
    o.idle(&[]);
    assert_eq!((taken(&o), count(&o.ledger().await, State::Sent)), (40 - refused, 40 - refused));
    o.ok(&["retry", "--post", "bai", "--rejected", "--by", "an"]);
    o.idle(&[]);
    assert_eq!(count(&o.ledger().await, State::Sent), 40);
    assert!(o.store().await.tally_check().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_stopped_text_may_be_let_go_as_it_is_and_single_refusals_stop_nothing() {
    let o = office(30, "    connections: 1\n    script: [content]\n", "");
    post(&o, "bai");
    o.apply_and_approve();
    o.idle(&[]);
    let rows = o.ledger().await;
    let refused = count(&rows, State::Rejected);
    assert!(refused < 30);
    // The server was mended, not the text; two mailboxes have filters of their own, which is no reason to stop.
    let store = o.store().await;
    let held = rows.iter().filter(|r| r.state() == State::Held);
    let own: String =
        held.take(2).map(|r| format!("      {}: [content]\n", store.address_of(r).unwrap())).collect();
    account(&o, &format!("    connections: 1\n    script: [accepted]\n    by_address:\n{own}"));
    let (code, said) = say(&o, &["release", "chien-dich/bai", "--by", "an"]);
    assert!(code == 0 && said.contains("Đã bỏ giữ"), "{said}");
    o.idle(&[]);
    let rows = o.ledger().await;
    assert_eq!((count(&rows, State::Held), count(&rows, State::Due)), (0, 0));
    assert_eq!(count(&rows, State::Sent), 30 - refused - 2);
    let audit = o.store().await.audit_of("chien-dich/bai").await.unwrap();
    let did: Vec<&str> = audit.iter().map(|a| a.action.as_str()).collect();
    assert!(did.contains(&"content.stop") && did.contains(&"content.release"), "{did:?}");
}

/// An office with one Telegram chat, whose bot is a fake.
fn bot(fake: &FakeBot) -> Office {
    let o = Office::new(
        &format!("  bot:\n    kind: telegram\n    api_url: {}\n    token_file: bi-mat/bot.txt\n", fake.url()),
        "default_accounts:\n  telegram: bot\n",
    );
    o.write("bi-mat/bot.txt", fake.token());
    o.units(
        "  - id: so\n    name: Sở Thử\n    kind: department\n    channels:\n      telegram:\n        account: bot\n        \
         address: \"-100123\"\n",
    );
    let at = wall(-1);
    o.post(
        "bai",
        "Thông báo",
        &format!("  - channel: telegram\n    to: so\n    at: {at}\n    late_ok: 2 days\n"),
    );
    o.apply_and_approve();
    o
}

async fn heal(node: &Node) -> (u64, u64) {
    let h = node.engine.dispatcher.heal().await.unwrap();
    (h.tried, h.resumed)
}

fn asked(fake: &FakeBot) -> usize {
    fake.requests().iter().filter(|r| r.path.to_lowercase().ends_with("/getme")).count()
}

#[tokio::test]
async fn a_paused_account_tries_itself_with_growing_waits_and_goes_on_when_it_is_well() {
    let fake = FakeBot::telegram();
    let o = bot(&fake);
    fake.reset_token(401);
    let clock = HandClock::now();
    let node = Node::open(&o, clock.clone()).await;
    node.idle().await;
    let store = node.engine.store.clone();
    let paused = store.account_get("bot").await.unwrap().unwrap();
    assert_eq!(
        (paused.cause_code.as_deref(), paused.paused_by.as_deref()),
        (Some("token_refused"), Some("loa"))
    );
    // A person who asks gets the same answer, in words and as a code.
    let (code, said) = say(&o, &["account", "probe", "bot", "--by", "an"]);
    assert!(code == 1 && said.contains("bot: mã truy cập bị từ chối"), "{code} {said}");
    fake.clear();
    // Not at once, then once a minute, two, five…
    assert_eq!(heal(&node).await, (0, 0));
    clock.step(TimeDelta::seconds(61));
    assert_eq!(heal(&node).await, (1, 0));
    assert_eq!(heal(&node).await, (0, 0));
    let (_, status) = say(&o, &["status"]);
    has(
        &status,
        &["bot DỪNG từ", "Loa tự thử lại lúc", "tốt thì tự chạy tiếp", "(lần thử", "account resume bot"],
    );
    clock.step(TimeDelta::seconds(61));
    assert_eq!(heal(&node).await, (0, 0), "the second wait is two minutes");
    // A restart tries no sooner.
    node.close().await;
    let node = Node::open(&o, clock.clone()).await;
    assert_eq!(heal(&node).await, (0, 0));
    clock.step(TimeDelta::seconds(60));
    assert_eq!((heal(&node).await, asked(&fake)), ((1, 0), 2));
    let out = o.loa(&["account", "list", "--json"]);
    let list: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(
        (list[0]["state"].as_str(), list[0]["probe"]["tries"].as_i64()),
        (Some("paused"), Some(2)),
        "{list}"
    );
    // Mended at the far side: it goes on by itself, and says that it did.
    fake.restore_token();
    clock.step(TimeDelta::seconds(301));
    assert_eq!(heal(&node).await, (1, 1));
    assert_eq!(store.account_get("bot").await.unwrap().unwrap().paused_at, None);
    let audit = store.audit_of("bot").await.unwrap();
    let resumed = audit.iter().find(|a| a.action == "account.resume").unwrap();
    assert!(resumed.actor == "loa" && resumed.detail.contains("probe"), "{resumed:?}");
    node.idle().await;
    assert_eq!(fake.accepted().len(), 1);
    assert_eq!((heal(&node).await, asked(&fake)), ((0, 0), 3), "who works is left in peace");
    node.close().await;
}

#[tokio::test]
async fn a_good_login_is_no_answer_to_a_refusal_of_another_kind() {
    let o = office(1, "    script: [broken]\n", "");
    post(&o, "bai");
    o.apply_and_approve();
    let clock = HandClock::now();
    let node = Node::open(&o, clock.clone()).await;
    node.idle().await;
    clock.step(TimeDelta::seconds(61));
    assert_eq!(heal(&node).await, (1, 0));
    let store = &node.engine.store;
    assert!(store.account_get("thu").await.unwrap().unwrap().paused_at.is_some());
    let (_, status) = say(&o, &["status"]);
    has(&status, &["thu DỪNG từ", "Loa tự thử kết nối lúc", "(lần thử", "tốt)", "cần người quyết định"]);
    // What a person paused is theirs: it is not tried at all.
    o.ok(&["account", "pause", "thu", "--reason", "thử", "--by", "an"]);
    clock.step(TimeDelta::hours(2));
    assert_eq!(heal(&node).await, (0, 0));
    assert!(!say(&o, &["status"]).1.contains("Loa tự thử"));
    node.close().await;
}

#[tokio::test]
async fn a_password_that_was_mended_lets_the_mail_account_go_on_after_a_reload() {
    let peer = SmtpPeer::start();
    let o = Office::new(
        &format!(
            "  thu:\n    kind: email\n    server: 127.0.0.1\n    port: {}\n    ca_file: bi-mat/ca.pem\n    user: {USER}\n    \
             password_file: bi-mat/thu.txt\n    from_name: Sở Thử\n    from_address: so@so.example\n    hello_name: loa.example\n",
            peer.starttls_port
        ),
        "default_accounts:\n  email: thu\n",
    );
    o.write("bi-mat/ca.pem", &peer.ca());
    o.write("bi-mat/thu.txt", "sai");
    o.units("  - id: so\n    name: Sở Thử\n    kind: department\n");
    o.list("ds", &["an@ok.test".to_owned()]);
    post(&o, "bai");
    o.apply_and_approve();
    let clock = HandClock::now();
    let node = Node::open(&o, clock.clone()).await;
    node.idle().await;
    clock.step(TimeDelta::seconds(61));
    assert_eq!(heal(&node).await, (1, 0));
    node.close().await;
    o.write("bi-mat/thu.txt", PASSWORD);
    let node = Node::open(&o, clock.clone()).await;
    clock.step(TimeDelta::seconds(121));
    assert_eq!(heal(&node).await, (1, 1));
    node.idle().await;
    assert_eq!(peer.count(), 1);
    node.close().await;
}

#[tokio::test]
async fn what_is_unknown_is_settled_as_the_far_side_and_the_account_allow() {
    // How a repeat is recognised, the account's rule, what the first answer was; then what the row is at once and an hour later,
    // and how many lines the far side has.
    for (repeat, rule, first, at_once, later, lines) in [
        ("doubles", "ask", "unknown", State::Unknown, State::Unknown, 0),
        ("doubles", "ask", "taken_unknown", State::Unknown, State::Unknown, 1),
        // A rule of the office: it may double, and waits until the first try is surely over.
        ("doubles", "resend", "unknown", State::Unknown, State::Sent, 1),
        ("doubles", "resend", "taken_unknown", State::Unknown, State::Sent, 2),
        // The far side is asked: yes counts at once, no only when nothing can be under way any more.
        ("findable", "ask", "taken_unknown", State::Sent, State::Sent, 1),
        ("findable", "ask", "unknown", State::Unknown, State::Sent, 1),
        // It deduplicates: a repeat is harmless.
        ("idempotent", "ask", "unknown", State::Sent, State::Sent, 1),
    ] {
        let script =
            format!("    script: [{first}, accepted]\n    repeat: {repeat}\n    on_unknown: {rule}\n");
        let o = office(1, &script, "");
        post(&o, "bai");
        o.apply_and_approve();
        let clock = HandClock::now();
        let node = Node::open(&o, clock.clone()).await;
        let state = async || {
            node.idle().await;
            let f = LogFilter { limit: 10, ..LogFilter::default() };
            node.engine.store.log_page(&f).await.unwrap().rows[0].state()
        };
        let what = format!("{repeat} {rule} {first}");
        assert_eq!(state().await, at_once, "{what}, at once");
        clock.step(TimeDelta::hours(1));
        assert_eq!((state().await, taken(&o)), (later, lines), "{what}, an hour later");
        node.close().await;
    }
}

#[tokio::test]
async fn what_came_too_late_to_be_useful_is_not_sent_by_a_rule() {
    let o = office(1, "    script: [unknown, accepted]\n    repeat: findable\n", "");
    post(&o, "bai");
    o.apply_and_approve();
    let clock = HandClock::now();
    let node = Node::open(&o, clock.clone()).await;
    node.idle().await;
    clock.step(TimeDelta::days(3));
    node.idle().await;
    node.close().await;
    let row = o.ledger().await.remove(0);
    assert_eq!((row.state(), row.cause_code.as_deref(), taken(&o)), (State::Failed, Some("too_late"), 0));
}

/// A running daemon, killed with the value that holds it.
struct Daemon(std::process::Child);

impl Drop for Daemon {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[tokio::test]
async fn the_daemon_tries_a_paused_account_by_itself() {
    let fake = FakeBot::telegram();
    let o = bot(&fake);
    let now = HandClock::now().now().timestamp_millis();
    let store = o.store().await;
    store.account_pause("bot", "token_refused", "401", &Actor::system(), now - 600_000).await.unwrap();
    let _daemon = Daemon(o.start(&["run"]));
    until("the account to go on and send", || fake.accepted().len() == 1);
}

#[tokio::test]
async fn chats_that_refuse_the_text_are_not_asked_one_after_another() {
    let fake = FakeBot::telegram();
    let o = Office::new(
        &format!(
            "  bot:\n    kind: telegram\n    api_url: {}\n    token_file: bi-mat/bot.txt\n    connections: 1\n",
            fake.url()
        ),
        "default_accounts:\n  telegram: bot\n",
    );
    o.write("bi-mat/bot.txt", fake.token());
    let mut units = String::from("  - id: so\n    name: Sở Thử\n    kind: department\n");
    for i in 10..40 {
        units.push_str(&format!(
            "  - id: phuong-{i}\n    name: Phường {i}\n    kind: department\n    channels:\n      telegram:\n        account: bot\n        \
             address: \"-1000{i}\"\n"
        ));
        fake.chat(
            &format!("-1000{i}"),
            Chat::Refuses(400, "Bad Request: can't parse entities: unsupported start tag".into()),
        );
    }
    o.units(&units);
    let (at, to) = (wall(-1), (10..40).map(|i| format!("      - phuong-{i}\n")).collect::<String>());
    o.post(
        "bai",
        "Thông báo",
        &format!("  - channel: telegram\n    to:\n{to}    at: {at}\n    late_ok: 2 days\n"),
    );
    o.apply_and_approve();
    o.idle(&[]);
    let rows = o.ledger().await;
    let refused = count(&rows, State::Rejected);
    // Three in a row, and what was on its way besides the last of them: four permits.
    assert!((3..=6).contains(&refused), "{refused} refused");
    assert_eq!((count(&rows, State::Held), fake.accepted().len()), (30 - refused, 0));
    assert!(
        rows.iter()
            .all(|r| r.state() != State::Rejected || r.cause_code.as_deref() == Some("content_refused"))
    );
}
