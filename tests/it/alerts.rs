//! Somebody is told: by another way than the one that fails, once, also each morning when all is well; and silence is heard
//! outside. To a real mail server and the fake of a bot; the clock is the test's.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::{DateTime, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Asia::Ho_Chi_Minh;
use loa::daemon;
use loa::domain::delivery::State;
use loa::domain::people::Actor;
use loa::domain::port::Clock as _;
use loa::plan::alerts::Machine;
use loa::store::{NewHold, NoticeRow};

use crate::support::fakes::{Chat, FakeBot};
use crate::support::node::{HandClock, Node};
use crate::support::office::{Office, until, wall};
use crate::support::smtp::{PASSWORD, SmtpPeer, USER, python};

/// An office that tells by Zalo and mail; `alerts` are further lines of that part.
struct Watch {
    office: Office,
    mail: SmtpPeer,
    zalo: FakeBot,
}

const PEOPLE: &str = "people:\n  - id: an\n    name: Nguyễn Văn An\n    unit: so\n    email: an@truc.example\n    zalo: chat-an\n  \
     - id: binh\n    name: Lê Thị Bình\n    unit: so\n    email: binh@truc.example\n    roles:\n      - lanh-dao\n";

impl Watch {
    fn new(on_duty: &str, by: &str, alerts: &str) -> Self {
        let (mail, zalo) = (SmtpPeer::start(), FakeBot::zalo());
        let ca: String = mail.ca().lines().map(|l| format!("      {l}\n")).collect();
        let office = Office::new(
            &format!(
                "  thu:\n    kind: email\n    server: 127.0.0.1\n    port: {}\n    ca: |\n{ca}    user: {USER}\n    \
                 password_file: bi-mat/thu.txt\n    from_name: Sở Thử\n    from_address: loa@so.example\n  zalo-so:\n    \
                 kind: zalo-bot\n    api_url: {}\n    token_file: bi-mat/zalo.txt\n",
                mail.starttls_port,
                zalo.url()
            ),
            &format!(
                "duty_phone: \"0900 000 021\"\nalerts:\n  on_duty: [{on_duty}]\n  by: [{by}]\n{alerts}\
                 default_accounts:\n  email: thu\n"
            ),
        );
        let w = Self { office, mail, zalo };
        w.secret("thu", PASSWORD);
        w.secret("zalo", w.zalo.token());
        w.office.units("  - id: so\n    name: Sở Thử\n    kind: department\n");
        w.office.write("campaigns/people.yaml", PEOPLE);
        w.office.list("ds", &["a@khach.example".into()]);
        let later = format!("  - channel: email\n    to: ds\n    at: {}\n", wall(9 * 24 * 60));
        w.office.post("sau", "Việc về sau", &later);
        w
    }

    fn secret(&self, name: &str, secret: &str) {
        use std::os::unix::fs::PermissionsExt as _;
        let file = format!("bi-mat/{name}.txt");
        self.office.write(&file, secret);
        std::fs::set_permissions(self.office.at(&file), std::fs::Permissions::from_mode(0o600)).unwrap();
    }

    /// A node that has read the folder.
    async fn node(&self, clock: &Arc<HandClock>) -> Node {
        let node = Node::open(&self.office, clock.clone()).await;
        daemon::reload(&node.engine, loa::config::AutoApply::Additions, &Actor::system()).await.unwrap();
        node
    }

    fn mails(&self) -> Vec<String> {
        self.mail.envelopes().iter().map(|e| e["to"][0].as_str().unwrap().to_owned()).collect()
    }

    fn subject(&self, n: usize) -> String {
        self.mail.taken(n).mail["headers"]["Subject"].as_str().unwrap().to_owned()
    }
}

/// Looks, sends what is made, and looks again, as often as it takes; then some more, in which nothing may happen.
async fn tell(node: &Node) {
    for _ in 0..6 {
        node.engine.alarm(Machine::default(), None).await.unwrap();
        node.idle().await;
    }
    node.engine.alarm(Machine::default(), None).await.unwrap();
}

async fn notices(node: &Node) -> Vec<NoticeRow> {
    let mut all = node.engine.store.notice_since(0).await.unwrap();
    all.reverse();
    all
}

fn outcomes(all: &[NoticeRow]) -> Vec<(&str, Option<&str>, Option<&str>)> {
    all.iter().map(|n| (n.person.as_str(), n.account.as_deref(), n.outcome.as_deref())).collect()
}

/// Half past six on the office's wall, so many days after today.
fn morning(clock: &HandClock, days: i64, hour: u32, minute: u32) -> DateTime<Utc> {
    let day = clock.now().with_timezone(&Ho_Chi_Minh).date_naive() + TimeDelta::days(days);
    Ho_Chi_Minh.from_local_datetime(&day.and_hms_opt(hour, minute, 0).unwrap()).unwrap().to_utc()
}

#[tokio::test]
async fn an_account_that_stops_is_told_once_and_by_another_way() {
    let w = Watch::new("an", "email, zalo", "");
    w.secret("thu", "sai");
    let at = wall(-1);
    w.office.post(
        "bai",
        "Thông báo",
        &format!("  - channel: email\n    to: ds\n    at: {at}\n    late_ok: 2 days\n"),
    );
    w.office.apply_and_approve();
    let clock = HandClock::now();
    let node = w.node(&clock).await;
    node.idle().await;
    let paused = node.engine.store.account_get("thu").await.unwrap().unwrap();
    assert_eq!(paused.cause_code.as_deref(), Some("login_refused"));
    tell(&node).await;
    assert_eq!(outcomes(&notices(&node).await), [("an", Some("zalo-so"), Some("told"))]);
    let said = w.zalo.accepted();
    assert_eq!((said.len(), said[0].chat.as_str()), (1, "chat-an"));
    assert!(
        said[0].text.starts_with("BÁO ĐỘNG") && said[0].text.contains("loa seen thu --by"),
        "{}",
        said[0].text
    );
    node.close().await;
    // A new life tells it no second time, nor does a pause that comes back at once.
    w.secret("thu", PASSWORD);
    let node = w.node(&clock).await;
    tell(&node).await;
    let person = Actor::attested("an");
    let store = node.engine.store.clone();
    let ms = |c: &HandClock| c.now().timestamp_millis();
    store.account_resume("thu", &person, ms(&clock)).await.unwrap();
    node.engine.alarm(Machine::default(), None).await.unwrap();
    store.account_pause("thu", "login_refused", "535", &Actor::system(), ms(&clock)).await.unwrap();
    tell(&node).await;
    assert_eq!(w.zalo.accepted().len(), 1, "once");
    // It ended, and came back later: that is news. What a person pauses is not.
    store.account_resume("thu", &person, ms(&clock)).await.unwrap();
    node.engine.alarm(Machine::default(), None).await.unwrap();
    clock.step(TimeDelta::minutes(11));
    store.account_pause("zalo-so", "paused_by_person", "", &person, ms(&clock)).await.unwrap();
    tell(&node).await;
    assert_eq!(notices(&node).await.len(), 1);
    store.account_resume("zalo-so", &person, ms(&clock)).await.unwrap();
    store.account_pause("thu", "login_refused", "535", &Actor::system(), ms(&clock)).await.unwrap();
    tell(&node).await;
    assert_eq!((w.zalo.accepted().len(), w.mails()), (2, vec!["a@khach.example".to_owned()]));
    node.close().await;
}

#[tokio::test]
async fn each_morning_says_how_it_stands_once() {
    let w = Watch::new("an, binh", "zalo, email", "  digest: \"06:30\"\n  backup_max_age: 30 days\n");
    let clock = HandClock::now();
    clock.set(morning(&clock, 1, 6, 29));
    let node = w.node(&clock).await;
    tell(&node).await;
    assert_eq!(notices(&node).await, [], "not before its time");
    clock.step(TimeDelta::minutes(1));
    tell(&node).await;
    let calm = [("an", Some("zalo-so"), Some("told")), ("binh", Some("thu"), Some("told"))];
    assert_eq!(outcomes(&notices(&node).await), calm);
    node.close().await;
    let node = w.node(&clock).await;
    clock.step(TimeDelta::hours(1));
    tell(&node).await;
    assert_eq!((w.zalo.accepted().len(), w.mails()), (1, vec!["binh@truc.example".to_owned()]), "once a day");
    assert!(w.subject(1).starts_with("TỐT · Loa "), "{}", w.subject(1));
    let chat = &w.zalo.accepted()[0].text;
    assert!(
        chat.starts_with("TỐT") && chat.contains("trước 06:45") && chat.contains("0900 000 021"),
        "{chat}"
    );

    // A bad day, after a standstill: late, and by the way that is left.
    let now = clock.now().timestamp_millis();
    let store = node.engine.store.clone();
    store.account_pause("zalo-so", "token_refused", "401", &Actor::system(), now).await.unwrap();
    tell(&node).await;
    assert_eq!(w.mails().len(), 3, "the alert itself, to both by mail");
    clock.set(morning(&clock, 1, 12, 0));
    tell(&node).await;
    let all = notices(&node).await;
    let digests: Vec<_> = all.iter().filter(|n| n.purpose == "digest").cloned().collect();
    assert_eq!(
        outcomes(&digests[2..]),
        [("an", Some("thu"), Some("told")), ("binh", Some("thu"), Some("told"))]
    );
    let subjects: Vec<String> = (4..=w.mail.count()).map(|n| w.subject(n)).collect();
    assert!(subjects.iter().any(|s| s.starts_with("CẦN LÀM 1 VIỆC · Loa ")), "{subjects:?}");
    // Nobody wants yesterday's news.
    let before = w.mail.count();
    clock.set(morning(&clock, 1, 12, 31));
    store.account_resume("zalo-so", &Actor::attested("an"), clock.now().timestamp_millis()).await.unwrap();
    tell(&node).await;
    assert_eq!((w.mail.count(), w.zalo.accepted().len()), (before, 1), "too late for a digest");
    node.close().await;
}

#[tokio::test]
async fn a_way_that_fails_gives_way_to_the_next_and_no_alert_begets_another() {
    let w = Watch::new("an", "zalo, email", "");
    w.zalo.chat("chat-an", Chat::Refuses(403, "Forbidden: user blocked the bot".into()));
    let clock = HandClock::now();
    let node = w.node(&clock).await;
    let store = node.engine.store.clone();
    // Everything is held: whoever watches is told all the same.
    for blackout in [false, true] {
        let hold = NewHold {
            scope: "all".into(),
            r: "all".into(),
            reason: "quốc tang".into(),
            blackout,
            from_at: 0,
            until_at: None,
        };
        store.hold_add(&hold, &Actor::attested("binh"), 1).await.unwrap();
    }
    let full = Machine { disk_free: Some(3), jumped: None };
    for _ in 0..6 {
        node.engine.alarm(full, None).await.unwrap();
        node.idle().await;
    }
    assert_eq!(outcomes(&notices(&node).await), [("an", Some("thu"), Some("told"))]);
    assert_eq!(w.mails(), ["an@truc.example"]);
    assert!(w.subject(1).starts_with("BÁO ĐỘNG · Đĩa chỉ còn 3%"), "{}", w.subject(1));
    let rows: Vec<_> = w.office.ledger().await.into_iter().map(|r| (r.origin.clone(), r.state())).collect();
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert!(rows.iter().all(|r| r.0 == "system/alert") && rows.iter().any(|r| r.1 == State::Rejected));

    // Now no way is left. That is said once, raises nothing, and stands in `status`.
    w.office.write(
        "campaigns/people.yaml",
        &PEOPLE.replace("email: an@truc.example", "email: nosuch@truc.example"),
    );
    daemon::reload(&node.engine, loa::config::AutoApply::Additions, &Actor::system()).await.unwrap();
    node.engine.alarm(Machine::default(), None).await.unwrap();
    clock.step(TimeDelta::minutes(11));
    for _ in 0..8 {
        node.engine.alarm(full, None).await.unwrap();
        node.idle().await;
    }
    let all = notices(&node).await;
    assert_eq!((all.len(), all[1].outcome.as_deref(), all[1].tried().len()), (2, Some("no_way"), 2));
    assert_eq!(w.office.ledger().await.len(), 4, "two ways, two rows");
    let known = store.alert_known(0).await.unwrap();
    assert!(known.iter().all(|k| k.cause.as_str() == "disk_low"), "{known:?}");
    node.close().await;
    let status = w.office.loa(&["status"]);
    let said = String::from_utf8_lossy(&status.stdout).into_owned();
    assert!(said.contains("không tới được Nguyễn Văn An") && said.contains("alert test"), "{said}");
}

#[tokio::test]
async fn a_broken_way_is_left_and_told_of_by_the_other() {
    let w = Watch::new("an", "zalo, email", "");
    w.zalo.reset_token(401);
    let clock = HandClock::now();
    let node = w.node(&clock).await;
    for _ in 0..8 {
        node.engine.alarm(Machine { disk_free: Some(1), jumped: None }, None).await.unwrap();
        node.idle().await;
    }
    let all = notices(&node).await;
    assert_eq!(outcomes(&all), [("an", Some("thu"), Some("told")), ("an", Some("thu"), Some("told"))]);
    assert!(
        w.subject(1).contains("Đĩa") && w.subject(2).contains("zalo-so"),
        "{} {}",
        w.subject(1),
        w.subject(2)
    );
    let open = w.office.ledger().await.into_iter().filter(|r| !r.state().is_settled()).count();
    assert_eq!(open, 0, "what waited in the broken account was taken back");
    node.close().await;
}

#[tokio::test]
async fn many_urgent_failures_of_one_account_are_one_alert() {
    let w = Watch::new("an", "email, zalo", "");
    let nobody: Vec<String> = (0..7).map(|i| format!("nosuch{i}@khach.example")).collect();
    w.office.list("ds", &nobody);
    let at = wall(-1);
    w.office.post(
        "khan",
        "Tin khẩn",
        &format!("  - channel: email\n    to: ds\n    at: {at}\n    priority: urgent\n"),
    );
    w.office.apply_and_approve();
    let clock = HandClock::now();
    let node = w.node(&clock).await;
    node.idle().await;
    tell(&node).await;
    assert_eq!(outcomes(&notices(&node).await), [("an", Some("zalo-so"), Some("told"))]);
    assert!(w.zalo.accepted()[0].text.contains("7 lượt"), "{}", w.zalo.accepted()[0].text);
    clock.step(TimeDelta::hours(2));
    tell(&node).await;
    assert_eq!(w.zalo.accepted().len(), 1);
    node.close().await;
}

#[tokio::test]
async fn an_edit_that_is_not_in_force_is_told_after_a_while() {
    let w = Watch::new("an", "zalo", "");
    let at = wall(600);
    let sending = |at: &str| format!("  - channel: email\n    to: ds\n    at: {at}\n");
    w.office.post("bai", "Thông báo", &sending(&at));
    w.office.apply_and_approve();
    let clock = HandClock::now();
    let node = w.node(&clock).await;
    w.office.post("bai", "Thông báo", "  - channel: email\n    to: ds\n    at: ngày kia\n");
    daemon::reload(&node.engine, loa::config::AutoApply::Additions, &Actor::system()).await.unwrap();
    tell(&node).await;
    assert_eq!(notices(&node).await, [], "people save unfinished work");
    clock.step(TimeDelta::minutes(3));
    tell(&node).await;
    assert!(w.zalo.accepted()[0].text.contains("chien-dich/bai"), "{:?}", w.zalo.accepted());
    // Mended, but otherwise than it was: it waits for a person.
    w.office.post("bai", "Thông báo", &sending(&wall(900)));
    daemon::reload(&node.engine, loa::config::AutoApply::Additions, &Actor::system()).await.unwrap();
    clock.step(TimeDelta::minutes(3));
    tell(&node).await;
    assert_eq!(w.zalo.accepted().len(), 1, "it has time");
    clock.step(TimeDelta::minutes(16));
    tell(&node).await;
    assert!(w.zalo.accepted()[1].text.contains("chờ người ghi"), "{:?}", w.zalo.accepted());
    w.office.ok(&["apply"]);
    tell(&node).await;
    assert!(node.engine.store.alert_known(i64::MAX).await.unwrap().is_empty(), "nothing is open");
    node.close().await;
}

#[test]
fn a_test_tells_by_which_way_it_went_and_who_has_it_in_hand_is_shown() {
    let w = Watch::new("an, binh", "zalo, email", "");
    w.office.ok(&["apply"]);
    let said = w.office.ok(&["alert", "test", "--by", "an"]);
    assert!(said.contains("an: đã nhận bằng zalo-so") && said.contains("binh: đã nhận bằng thu"), "{said}");
    // While a daemon serves, it sends.
    let mut daemon = w.office.start(&["run"]);
    until("the daemon", || w.office.loa(&["alert", "test", "--by", "an", "--json"]).status.success());
    w.office.ok(&["account", "pause", "zalo-so", "--reason", "thử", "--by", "an"]);
    let said = w.office.ok(&["alert", "test", "--by", "an"]);
    assert!(said.contains("an: đã nhận bằng thu"), "{said}");
    assert!(Command::new("kill").arg(daemon.id().to_string()).status().unwrap().success());
    assert!(daemon.wait().unwrap().success());

    let list = w.office.ok(&["alert", "list"]);
    assert!(list.contains("báo thử"), "{list}");
    w.office.ok(&["seen", "zalo-so", "--by", "binh", "--note", "chờ Zalo cấp lại"]);
    let again = w.office.ok(&["seen", "zalo-so", "--by", "an"]);
    assert!(again.contains("Trước đó binh"), "{again}");
    w.office.ok(&["seen", "zalo-so", "--by", "binh", "--note", "chờ Zalo cấp lại"]);
    let status = || String::from_utf8_lossy(&w.office.loa(&["status"]).stdout).into_owned();
    let said = status();
    assert!(
        said.contains("[đã xem, Lê Thị Bình đang xử lý từ") && said.contains("(chờ Zalo cấp lại)"),
        "{said}"
    );
    // Another pause is another story.
    w.office.ok(&["account", "resume", "zalo-so", "--by", "an"]);
    w.office.ok(&["account", "pause", "zalo-so", "--reason", "nữa", "--by", "an"]);
    let said = status();
    assert!(said.contains("DỪNG") && !said.contains("đã xem"), "{said}");
}

#[test]
fn the_daemon_tells_in_the_words_of_status() {
    let digest = wall(0);
    let digest = digest.split(' ').nth(1).unwrap();
    let w = Watch::new("an", "email, zalo", &format!("  digest: \"{digest}\"\n"));
    std::fs::remove_file(w.office.at("bi-mat/thu.txt")).unwrap();
    let mut daemon = w.office.start(&["run"]);
    until("the alert and the digest", || w.zalo.accepted().len() >= 2);
    let said: Vec<String> = w.zalo.accepted().into_iter().map(|a| a.text).collect();
    for start in ["BÁO ĐỘNG", "CẦN LÀM"] {
        let text = said.iter().find(|t| t.starts_with(start)).unwrap();
        assert!(text.contains("thiếu tệp mật khẩu hoặc mã truy cập bi-mat/thu.txt"), "{text}");
        assert!(text.contains(&format!("loa -w {}", w.office.path().display())), "{text}");
    }
    assert!(Command::new("kill").arg(daemon.id().to_string()).status().unwrap().success());
    assert!(daemon.wait().unwrap().success());
    let list = w.office.loa(&["alert", "list"]);
    let list = String::from_utf8_lossy(&list.stdout);
    assert!(list.contains("tài khoản dừng") && list.contains("bản tin sáng"), "{list}");
    assert_eq!(w.zalo.accepted().len(), 2);
}

/// Counts calls of `GET /nhip` on a port of its own.
fn watcher() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/nhip", listener.local_addr().unwrap());
    let calls = Arc::new(AtomicUsize::new(0));
    let counter = calls.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut head = [0u8; 1024];
            let n = stream.read(&mut head).unwrap_or(0);
            if head[..n].starts_with(b"GET /nhip ") {
                counter.fetch_add(1, Ordering::SeqCst);
            }
            drop(stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
        }
    });
    (url, calls)
}

/// A figure of the daemon's metrics.
fn metric(port: u16, name: &str) -> u64 {
    let Ok(mut s) = std::net::TcpStream::connect(("127.0.0.1", port)) else { return 0 };
    drop(s.write_all(b"GET /metrics HTTP/1.1\r\nHost: loa\r\nConnection: close\r\n\r\n"));
    let mut text = String::new();
    drop(s.read_to_string(&mut text));
    text.lines().find_map(|l| l.strip_prefix(name)?.trim().parse::<f64>().ok()).map_or(0, |n| n as u64)
}

#[test]
fn the_heart_beats_while_the_ledger_can_be_written_and_only_then() {
    let (url, calls) = watcher();
    let w = Watch::new("an", "zalo", &format!("  heartbeat: {url}\n  heartbeat_every: 1 seconds\n"));
    let mut daemon = w.office.start(&["run"]);
    let beats = || calls.load(Ordering::SeqCst);
    until("two beats", || beats() >= 2);
    // Somebody else holds the ledger's pen.
    let db = w.office.at("var/loa.db");
    let mut pen = Command::new(python())
        .args(["-c", "import sqlite3,sys\nc=sqlite3.connect(sys.argv[1],timeout=30,isolation_level=None)\nc.execute('BEGIN IMMEDIATE')\nprint('held',flush=True)\nsys.stdin.read()"])
        .arg(db)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(pen.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line.trim(), "held");
    let unwell = || metric(w.office.port(), "loa_heartbeats_total{outcome=\"unwell\"}");
    until("a missed beat", || unwell() >= 1);
    let then = beats();
    until("another missed beat", || unwell() >= 2);
    assert_eq!(beats(), then, "silence");
    drop(pen.stdin.take());
    assert!(pen.wait().unwrap().success());
    until("beats again", || beats() > then);
    assert!(Command::new("kill").arg(daemon.id().to_string()).status().unwrap().success());
    daemon.wait().unwrap();
}
