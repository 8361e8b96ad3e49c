//! A small office: a workspace in a folder of its own, and the real `loa` program run in it.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use chrono::{TimeDelta, Utc};
use loa::store::{DeliveryRow, LogFilter, Store};

/// A workspace under test.
pub struct Office {
    dir: tempfile::TempDir,
    database: Option<String>,
    port: u16,
}

impl Office {
    /// An empty folder.
    pub fn bare() -> Self {
        // The daemon's own listener must not meet another test's.
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .and_then(|l| l.local_addr())
            .expect("a free port")
            .port();
        Self { dir: tempfile::tempdir().expect("a temporary folder"), database: None, port }
    }

    /// The same office with its ledger in another database.
    pub fn with_database(mut self, url: &str) -> Self {
        self.database = Some(url.to_owned());
        self
    }

    /// An office with these accounts (YAML below `accounts:`) and further lines of `loa.yaml`.
    pub fn new(accounts: &str, more: &str) -> Self {
        let office = Self::bare();
        office.write(
            "loa.yaml",
            &format!(
                "organisation: so\ntime_zone: Asia/Ho_Chi_Minh\nlanguage: vi\npublic_url: https://loa.co-quan.example\n\
                 quiet_hours:\n  people: none\n\
                 approval:\n  policy:\n    - lanh-dao\n{more}\naccounts:\n{accounts}\n"
            ),
        );
        office.write(
            "campaigns/people.yaml",
            "people:\n  - id: an\n    name: Nguyễn Văn An\n    unit: so\n  - id: binh\n    name: Lê Thị Bình\n    unit: so\n    \
             roles:\n      - lanh-dao\n",
        );
        office.write(
            "campaigns/facts.yaml",
            &format!(
                "facts:\n  gio-lam:\n    text: Bộ phận một cửa làm việc từ 8 giờ\n    basis: Quyết định 01/QĐ\n    checked: {}\n    \
                 checked_by: binh\n",
                today(0)
            ),
        );
        office.write(
            "campaigns/chien-dich/campaign.yaml",
            &format!(
                "campaign: chien-dich\ntitle: Chiến dịch thử\nowner: so\nstart: {}\nend: {}\nlegal_basis:\n  - type: Kế hoạch\n    \
                 number: 01/KH\n    date: {}\n    issuer: Sở Thử\naudiences:\n  nguoi-dan: Người dân\nmessages:\n  \
                 chinh: Thông điệp chính\nobjectives:\n  - id: muc-tieu\n    title: Người dân biết\n    for:\n      - nguoi-dan\n",
                today(-10),
                today(60),
                today(-30)
            ),
        );
        office
    }

    /// The port on which a daemon of this office tells its health.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Writes a file below it.
    pub fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }

    /// `campaigns/units.yaml`, below `units:`.
    pub fn units(&self, yaml: &str) {
        self.write("campaigns/units.yaml", &format!("units:\n{yaml}"));
    }

    /// A list of people `p<i>@khach.example`, each with a name.
    pub fn list(&self, id: &str, addresses: &[String]) {
        self.write(
            "campaigns/audiences/lists.yaml",
            &format!("lists:\n  {id}:\n    title: Danh sách thử\n    ground: duty\n    source: Kiểm thử\n"),
        );
        let rows: String =
            addresses.iter().enumerate().map(|(i, a)| format!("Người Mẫu {i},{a},,,\n")).collect();
        self.write(
            &format!("campaigns/audiences/{id}.csv"),
            &format!("ten,email,zalo,telegram,can_cu\n{rows}"),
        );
    }

    /// A post with these sendings (YAML below `send:`).
    pub fn post(&self, id: &str, title: &str, sendings: &str) {
        let base = format!("campaigns/chien-dich/posts/{id}");
        self.write(
            &format!("{base}/post.yaml"),
            &format!("title: {title}\nauthor: an\nfor: nguoi-dan\nmessage: chinh\nsend:\n{sendings}"),
        );
        self.write(
            &format!("{base}/noi-dung.md"),
            "Kính gửi anh/chị. {{fact \"gio-lam\"}}.\n\n## Cần làm gì\n\n1. Đọc thông báo.\n2. Hỏi bộ phận một cửa.\n",
        );
    }

    /// Runs `loa` in the folder and returns what it printed.
    pub fn loa(&self, args: &[&str]) -> Output {
        self.command(args).output().expect("loa runs")
    }

    /// Runs `loa` and expects it to end well; its standard output.
    pub fn ok(&self, args: &[&str]) -> String {
        let out = self.loa(args);
        assert!(
            out.status.success(),
            "loa {args:?}: {:?}\n{}\n{}",
            out.status,
            String::from_utf8_lossy(&out.stdout),
            String::from_utf8_lossy(&out.stderr)
        );
        String::from_utf8_lossy(&out.stdout).into_owned()
    }

    /// `run --until-idle` with further words: done, or done as far as it goes without a person. Its standard output.
    pub fn idle(&self, more: &[&str]) -> String {
        let out = self.loa(&[&["run", "--until-idle"], more].concat());
        assert!(matches!(out.status.code(), Some(0 | 1)), "{out:?}");
        String::from_utf8_lossy(&out.stdout).into_owned()
    }

    /// Starts `loa` and returns at once.
    pub fn start(&self, args: &[&str]) -> Child {
        self.command(args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("loa starts")
    }

    /// The program with these words, not started yet.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut c = Command::new(env!("CARGO_BIN_EXE_loa"));
        c.arg("-w")
            .arg(self.path())
            .args(["--lang", "vi"])
            .args(args)
            .env("LOA_LISTEN", format!("127.0.0.1:{}", self.port))
            .env_remove("LOA_DATABASE_URL")
            .env_remove("LOA_LOG")
            .env_remove("LANG");
        if let Some(url) = &self.database {
            c.env("LOA_DATABASE_URL", url);
        }
        c
    }

    /// `apply` and every step of approval.
    pub fn apply_and_approve(&self) {
        self.ok(&["check"]);
        self.ok(&["apply"]);
        self.ok(&["approve", "chien-dich", "--by", "binh"]);
    }

    /// The office's database. Only for looking, while no daemon writes.
    pub async fn store(&self) -> Store {
        Store::open(&self.database_url(), &self.path().join("var/key")).await.expect("the database")
    }

    /// Where the ledger is.
    pub fn database_url(&self) -> String {
        let here = format!("sqlite:{}", self.path().join("var/loa.db").display());
        self.database.clone().unwrap_or(here)
    }

    /// The whole ledger.
    pub async fn ledger(&self) -> Vec<DeliveryRow> {
        let store = self.store().await;
        let mut rows = Vec::new();
        let mut after = None;
        loop {
            let f = LogFilter { after, limit: 5000, system: true, ..LogFilter::default() };
            let page = store.log_page(&f).await.expect("a page");
            rows.extend(page.rows);
            match page.next {
                Some(n) => after = Some(n),
                None => return rows,
            }
        }
    }

    /// A path below the folder.
    pub fn at(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }
}

/// A day relative to today, as people write it.
#[expect(clippy::disallowed_methods, reason = "the program under test uses the system's clock")]
pub fn today(days: i64) -> String {
    (Utc::now() + TimeDelta::hours(7) + TimeDelta::days(days)).format("%d/%m/%Y").to_string()
}

/// An instant relative to now on the office's wall clock, as people write it.
#[expect(clippy::disallowed_methods, reason = "the program under test uses the system's clock")]
pub fn wall(minutes: i64) -> String {
    (Utc::now() + TimeDelta::hours(7) + TimeDelta::minutes(minutes)).format("%d/%m/%Y %H:%M").to_string()
}

/// Waits until a condition holds; fails after a minute, saying what was waited for.
pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let end = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while !holds() {
        let now = std::time::Instant::now();
        assert!(now < end, "waited a minute for {what}");
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
}
