//! The ledger is backed up while a daemon serves it, put back, and moved to another database; a pooler may stand before it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use chrono::TimeDelta;
use loa::domain::delivery::State;
use loa::store::DeliveryRow;
use serde_json::Value;

use crate::support::node::{HandClock, Node};
use crate::support::office::{Office, until, wall};
use crate::support::postgres::Postgres;
use crate::support::smtp::{PASSWORD, SmtpPeer, USER};

/// A program that ends with the test, however the test ends.
struct Running(Child);

impl Running {
    fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn people(n: usize) -> Vec<String> {
    (0..n).map(|i| format!("p{i}@khach.example")).collect()
}

fn to_list(minutes: i64) -> String {
    format!("  - channel: email\n    to: ds\n    at: {}\n    late_ok: 2 days\n", wall(minutes))
}

/// An office whose mails go to aiosmtpd.
fn mail_office(mail: &SmtpPeer, n: usize) -> Office {
    let ca: String = mail.ca().lines().map(|l| format!("      {l}\n")).collect();
    let account = format!(
        "  thu:\n    kind: email\n    server: 127.0.0.1\n    port: {}\n    user: {USER}\n    password_file: bi-mat/thu.txt\n    \
         from_address: sender@ok.test\n    on_unknown: resend\n    ca: |\n{ca}",
        mail.starttls_port
    );
    let o = Office::new(&account, "default_accounts:\n  email: thu\n");
    o.write("bi-mat/thu.txt", PASSWORD);
    o.units("  - id: so\n    name: Sở Thử\n    kind: department\n");
    o.list("ds", &people(n));
    o
}

/// An office whose mails go into a file.
fn office(n: usize, settings: &str) -> Office {
    let o = Office::new("  thu:\n    kind: scripted\n", "default_accounts:\n  email: thu\n");
    let yaml = std::fs::read_to_string(o.at("loa.yaml")).unwrap();
    let (before, _) = yaml.split_once("accounts:\n  thu").unwrap();
    let sink = sink(&o);
    o.write(
        "loa.yaml",
        &format!(
            "{before}accounts:\n  thu:\n    kind: scripted\n    sink: {}\n    connections: 4\n{settings}",
            sink.display()
        ),
    );
    o.units("  - id: so\n    name: Sở Thử\n    kind: department\n");
    o.list("ds", &people(n));
    o
}

fn sink(o: &Office) -> PathBuf {
    o.at("sink.txt")
}

fn lines(path: &Path) -> usize {
    std::fs::read_to_string(path).unwrap_or_default().lines().count()
}

fn count(rows: &[DeliveryRow], state: State) -> usize {
    rows.iter().filter(|r| r.state() == state).count()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[tokio::test]
async fn a_restored_ledger_asks_about_everything_that_was_due_since_and_sends_none_of_it() {
    const PEOPLE: usize = 300;
    let mail = SmtpPeer::start();
    let o = mail_office(&mail, PEOPLE);
    o.post("bai", "Thông báo", &to_list(-1));
    o.post("mai", "Để sau", &to_list(40));
    o.apply_and_approve();
    let file = o.at("sao-luu.db");
    let path = file.to_str().unwrap().to_owned();
    let daemon = Running(o.start(&["run"]));
    until("half of the list to be sent", || mail.count() >= PEOPLE / 3);
    let said = o.ok(&["backup", &path]);
    assert!(said.contains("CHƯA có khóa mã hóa") && said.contains("var/key"), "{said}");
    assert_eq!(o.loa(&["backup", &path]).status.code(), Some(3), "nothing is overwritten");
    assert_eq!(o.loa(&["restore", &path, "--by", "binh"]).status.code(), Some(3), "a daemon serves");
    until("the rest of the list to be sent", || mail.count() == PEOPLE);
    // Posts that the backup does not know, and that are sent, too.
    o.post("moi", "Viết sau", &to_list(-1));
    until("the new post planned", || o.loa(&["approve", "chien-dich/moi", "--by", "binh"]).status.success());
    until("the new post sent", || mail.count() == 2 * PEOPLE);
    daemon.kill();
    let sent = mail.count();

    // Another office's key opens nothing, and changes nothing.
    let key = std::fs::read(o.at("var/key")).unwrap();
    std::fs::write(o.at("var/key"), "7".repeat(64)).unwrap();
    assert_eq!(o.loa(&["restore", &path, "--by", "binh"]).status.code(), Some(4));
    std::fs::write(o.at("var/key"), key).unwrap();
    assert_eq!(count(&o.ledger().await, State::Sent) + count(&o.ledger().await, State::Sending), 2 * PEOPLE);

    let said = o.ok(&["restore", &path, "--by", "binh"]);
    assert!(said.contains("không lượt nào tự gửi") && said.contains("TỪ CHỐI NHẬN"), "{said}");
    let old = std::fs::read_dir(o.at("var")).unwrap();
    let old = old.filter(|e| e.as_ref().unwrap().file_name().to_string_lossy().contains("loa.db.before-"));
    assert!(old.count() >= 1, "the ledger of before is kept");

    // The daemon reads the folder, which has the new post; somebody approves it again.
    o.loa(&["run", "--until-idle"]);
    o.ok(&["apply"]);
    o.ok(&["approve", "chien-dich/moi", "--by", "binh"]);
    o.loa(&["run", "--until-idle"]);
    assert_eq!(mail.count(), sent, "not one message left by itself");
    let rows = o.ledger().await;
    let of =
        |origin: &str, state: State| rows.iter().filter(|r| r.origin == origin && r.state() == state).count();
    assert_eq!(of("chien-dich/moi", State::Unknown), PEOPLE);
    let (known, unknown) = (of("chien-dich/bai", State::Sent), of("chien-dich/bai", State::Unknown));
    assert!(known > 0 && unknown > 0 && known + unknown == PEOPLE, "{known} and {unknown}");
    let open = unknown + PEOPLE;

    // Not even where an account is told to send again what is unknown.
    let clock = HandClock::now();
    clock.step(TimeDelta::minutes(20));
    let node = Node::open(&o, clock.clone()).await;
    node.engine.ask_unknown().await.unwrap();
    node.idle().await;
    node.close().await;
    assert_eq!(mail.count(), sent, "nobody asked for it");

    // One question, whose answer settles all of them.
    let status = o.loa(&["status", "--json"]);
    let status: Value = serde_json::from_slice(&status.stdout).unwrap();
    let needs = status["needs"].as_array().unwrap();
    let questions: Vec<&Value> = needs.iter().filter(|n| n["kind"] == "question").collect();
    assert_eq!((questions.len(), questions[0]["n"].as_u64()), (1, Some(open as u64)), "{status}");
    let told = needs.iter().find(|n| n["kind"] == "restored").unwrap()["says"].as_str().unwrap();
    assert!(told.contains("SỔ CÁI KHÔI PHỤC") && told.contains("từ bản sao lưu lúc"), "{told}");
    o.ok(&["resolve", "--account", "thu", "sent", "--by", "binh"]);
    assert_eq!(count(&o.ledger().await, State::Sent), 2 * PEOPLE);
    assert!(!text(&o.loa(&["status"]).stdout).contains("KHÔI PHỤC"));

    // What was to come later comes.
    clock.step(TimeDelta::minutes(21));
    let node = Node::open(&o, clock).await;
    node.idle().await;
    node.close().await;
    assert_eq!(mail.count(), sent + PEOPLE);
    assert_eq!(count(&o.ledger().await, State::Sent), 3 * PEOPLE);
    assert_eq!(o.store().await.tally_check().await.unwrap(), vec![]);
}

#[tokio::test]
async fn an_office_is_put_up_again_from_a_backup_with_its_key() {
    let o = office(5, "");
    o.post("bai", "Thông báo", &to_list(-1));
    o.post("mai", "Để sau", &to_list(40));
    o.apply_and_approve();
    o.idle(&[]);
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("loa.db");
    let path = file.to_str().unwrap();
    let said = o.ok(&["backup", path, "--with-key"]);
    assert!(said.contains("loa.db.key"), "{said}");
    use std::os::unix::fs::PermissionsExt as _;
    for f in [file.clone(), dir.path().join("loa.db.key")] {
        assert_eq!(std::fs::metadata(&f).unwrap().permissions().mode() & 0o077, 0, "{f:?} is private");
    }
    let names = std::fs::read_dir(dir.path()).unwrap().count();
    assert_eq!(names, 2, "nothing else is left there");
    std::fs::remove_dir_all(o.at("var")).unwrap();
    o.ok(&["restore", path, "--by", "binh"]);
    let status = text(&o.loa(&["status"]).stdout);
    assert!(status.contains("sao lưu gần nhất"), "{status}");
    let rows = o.ledger().await;
    assert_eq!((rows.len(), count(&rows, State::Sent)), (5, 5));
    assert_eq!(lines(&sink(&o)), 5);
    // What is no backup of ours is refused, with nothing changed.
    std::fs::copy(o.at("var/loa.db"), dir.path().join("copied.db")).unwrap();
    let copied = dir.path().join("copied.db");
    let out = o.loa(&["restore", copied.to_str().unwrap(), "--by", "binh"]);
    assert_eq!(out.status.code(), Some(3), "{out:?}");
}

#[tokio::test]
async fn an_office_moves_to_postgresql_and_back_in_mid_list() {
    const PEOPLE: usize = 120;
    let pg = Postgres::start();
    let o = office(PEOPLE, "    delay_ms: 3\n");
    o.post("bai", "Thông báo", &to_list(-1));
    o.apply_and_approve();
    let daemon = Running(o.start(&["run", "--no-files"]));
    until("some to be sent", || lines(&sink(&o)) >= 20);
    assert_eq!(o.loa(&["db", "copy", "--to", &pg.url()]).status.code(), Some(3), "a daemon serves");
    daemon.kill();
    let said = o.ok(&["db", "copy", "--to", &pg.url()]);
    assert!(said.contains(&format!("database: {}", pg.url())), "{said}");
    assert_eq!(o.loa(&["db", "copy", "--to", &pg.url()]).status.code(), Some(3), "it is not empty any more");
    let before = o.ledger().await;
    let o = o.with_database(&pg.url());
    assert_eq!(pg.sql("SELECT count(*) FROM delivery_default"), "0", "each row came into its month");
    let said = o.ok(&["db", "status"]);
    assert!(said.contains("Phân vùng theo tháng: ") && said.contains("ngoài các tháng ấy: 0 dòng"), "{said}");
    let states = |rows: &[DeliveryRow]| rows.iter().map(|r| (r.id, r.state())).collect::<BTreeMap<_, _>>();
    assert_eq!(states(&before), states(&o.ledger().await));
    // The dead daemon's life came along; nobody waits for it.
    pg.sql("UPDATE node SET lease_until = 0 WHERE ended_at IS NULL");
    o.idle(&["--no-files"]);
    let rows = o.ledger().await;
    let (sent, unknown) = (count(&rows, State::Sent), count(&rows, State::Unknown));
    assert_eq!((rows.len(), sent + unknown), (PEOPLE, PEOPLE));
    assert!(unknown <= 16 && lines(&sink(&o)) <= PEOPLE);
    // Back again, by the same way.
    let file = format!("sqlite:{}", o.at("var/lai.db").display());
    o.ok(&["db", "copy", "--to", &file]);
    let o = o.with_database(&file);
    assert_eq!(states(&rows), states(&o.ledger().await));
    assert_eq!(o.store().await.tally_check().await.unwrap(), vec![]);
    let said = o.ok(&["db", "status"]);
    assert!(said.contains("SQLite") && said.contains(&format!("delivery: {PEOPLE}")), "{said}");
    // Taking a step back is not done by mistake.
    let out = o.loa(&["db", "down"]);
    assert_eq!(out.status.code(), Some(3));
    assert!(text(&out.stderr).contains("sẽ mất"), "{out:?}");
    o.ok(&["db", "down", "--yes"]);
    assert_eq!(o.loa(&["db", "status"]).status.code(), Some(1), "a step is missing");
    o.ok(&["db", "up"]);
    assert_eq!(o.loa(&["db", "status"]).status.code(), Some(0));
}

/// pgbouncer in transaction mode before a PostgreSQL. Stops with the value that holds it.
struct Pooler {
    _dir: tempfile::TempDir,
    child: Child,
    port: u16,
}

impl Pooler {
    fn start(pg: &Postgres) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let server = pg.url().rsplit_once(':').unwrap().1.split('/').next().unwrap().to_owned();
        let (ini, users) = (dir.path().join("pgbouncer.ini"), dir.path().join("users.txt"));
        std::fs::write(&users, "\"loa\" \"\"\n").unwrap();
        std::fs::write(
            &ini,
            format!(
                "[databases]\npostgres = host=127.0.0.1 port={server}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
                 unix_socket_dir =\nauth_type = trust\nauth_file = {}\npool_mode = transaction\ndefault_pool_size = 3\n\
                 ignore_startup_parameters = extra_float_digits\nlogfile = {}\n",
                users.display(),
                dir.path().join("log").display()
            ),
        )
        .unwrap();
        // It refuses to run as root.
        let root =
            std::fs::metadata("/proc/self").is_ok_and(|m| std::os::unix::fs::MetadataExt::uid(&m) == 0);
        let mut c = if root {
            assert!(Command::new("chown").args(["-R", "nobody"]).arg(dir.path()).status().unwrap().success());
            let mut c = Command::new("setpriv");
            c.args(["--reuid=nobody", "--regid=nogroup", "--clear-groups"]).arg(program());
            c
        } else {
            Command::new(program())
        };
        let child = c
            .arg(&ini)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("pgbouncer is installed by ./test");
        let it = Self { _dir: dir, child, port };
        until("pgbouncer to listen", || std::net::TcpStream::connect(("127.0.0.1", it.port)).is_ok());
        it
    }
}

/// Debian keeps it off the path of those who are not root.
fn program() -> &'static str {
    if Path::new("/usr/sbin/pgbouncer").exists() { "/usr/sbin/pgbouncer" } else { "pgbouncer" }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn two_daemons_work_through_a_pooler_in_transaction_mode() {
    const PEOPLE: usize = 300;
    let pg = Postgres::start();
    let pooler = Pooler::start(&pg);
    let url = format!("postgres://loa@127.0.0.1:{}/postgres", pooler.port);
    let o = office(PEOPLE, "    delay_ms: 20\n");
    o.post("bai", "Thông báo", &to_list(-1));
    // Without the word it is not used by mistake, and says what to write.
    let o = o.with_database(&url);
    let out = o.loa(&["apply"]);
    assert_eq!(out.status.code(), Some(2), "{out:?}");
    assert!(text(&out.stderr).contains("?pooler=transaction"), "{out:?}");
    let o = o.with_database(&format!("{url}?pooler=transaction"));
    o.apply_and_approve();
    assert_ne!(
        pg.sql("SELECT count(*) FROM pg_inherits WHERE inhparent = 'delivery'::regclass"),
        "1",
        "months ahead"
    );
    let run = |n: usize| {
        let mut c = o.command(&["run"]);
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let log = std::fs::File::create(o.at(&format!("{n}.log"))).unwrap();
        c.env("LOA_NODE", format!("may-{n}")).env("LOA_LISTEN", format!("127.0.0.1:{port}"));
        Running(c.stdout(Stdio::null()).stderr(log).spawn().unwrap())
    };
    let (first, second) = (run(1), run(2));
    until("both to send", || pg.sql("SELECT count(DISTINCT node_id) FROM attempt") == "2");
    let status: Value = serde_json::from_slice(&o.loa(&["status", "--json"]).stdout).unwrap();
    let nodes = status["nodes"].to_string();
    assert!(nodes.contains("may-1") && nodes.contains("may-2") && nodes.contains("lập lịch"), "{status}");
    until("everybody to be served", || {
        pg.sql("SELECT count(*) FROM delivery WHERE state = 4") == PEOPLE.to_string()
    });
    assert_eq!(lines(&sink(&o)), PEOPLE, "each once");
    assert_eq!(
        pg.sql("SELECT count(*) FROM delivery_default") + &pg.sql("SELECT count(*) FROM attempt_default"),
        "00"
    );
    // Durable, whatever the server's own setting is; and what one leaves in a session is in nobody's way.
    for n in [1, 2] {
        let log = std::fs::read_to_string(o.at(&format!("{n}.log"))).unwrap();
        assert!(!log.contains("prepared statement") && !log.contains("ERROR"), "{log}");
    }
    first.kill();
    pg.sql("UPDATE node SET lease_until = (extract(epoch FROM now()) * 1000)::bigint - 1000 WHERE name LIKE 'may-1%'");
    let status: Value = serde_json::from_slice(&o.loa(&["status", "--json"]).stdout).unwrap();
    assert!(status["nodes"].to_string().contains("CHẾT"), "{status}");
    second.kill();
    assert_eq!(o.store().await.tally_check().await.unwrap(), vec![]);
}
