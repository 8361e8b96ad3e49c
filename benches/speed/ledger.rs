//! A ledger of millions, made by the database itself, and what is asked of it: how long each screen's query takes.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use loa::domain::delivery::State;
use loa::domain::port::Clock as _;
use loa::store::{LogFilter, Store};
use sea_orm::{ConnectionTrait, Database};

use super::blast::{called, drop_database, fresh_database};
use super::office::Office;
use super::table::{median, print, progress};

const DAY: i64 = 86_400_000;
/// People of the office; each list has a twentieth of them.
const LISTS: i64 = 20;
/// Units, each with a site and a mailbox.
const UNITS: i64 = 200;
/// Posts of the year.
const POSTS: i64 = 40;

/// How many rows, and where.
struct Size {
    rows: i64,
    people: i64,
    now: i64,
}

impl Size {
    /// Members of a list.
    fn members(&self) -> i64 {
        self.people / LISTS
    }
    /// Occurrences of lists.
    fn occurrences(&self) -> i64 {
        self.rows / self.members()
    }
}

/// Statements that fill an empty ledger. `series(n)` is a FROM item of the numbers 1 to n, in a column `i`.
fn fill(s: &Size, lite: bool) -> Vec<String> {
    let series = |n: i64| {
        if lite {
            format!(
                "(WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < {n}) SELECT i FROM s) AS s"
            )
        } else {
            format!("(SELECT CAST(i AS bigint) AS i FROM generate_series(1, {n}) AS g(i)) AS s")
        }
    };
    let blob = |n: usize| {
        if lite {
            format!("randomblob({n})")
        } else {
            format!("decode(substr(repeat(md5(random()::text), 4), 1, {}), 'hex')", 2 * n)
        }
    };
    let (channels, people, members, occurrences) = (2 * UNITS, s.people, s.members(), s.occurrences());
    let (start, year) = (s.now - 360 * DAY, 360 * DAY);
    let gap = year / occurrences;
    // Of a thousand rows of a list: what became of them.
    let fate = "(target_id * 7919 + occurrence_id * 104729) % 10000";
    let state = format!(
        "CASE WHEN o_last = 1 THEN 0 WHEN o_last = 2 THEN 5 WHEN o_last = 3 AND {fate} < 2000 THEN 1 WHEN {fate} < 9600 THEN 4 \
         WHEN {fate} < 9800 THEN 6 WHEN {fate} < 9860 THEN 7 WHEN {fate} < 9870 THEN 8 WHEN {fate} < 9900 THEN 9 ELSE 10 END"
    );
    let row = |from: &str| {
        format!(
            "INSERT INTO delivery (id, planned_for, occurrence_id, target_id, account, kind, family, priority, state, due_at, \
               expires_at, attempts, opened, revision_id, held_by, cause_code, cause_detail, receipt, pending, afterwards, code, \
               settled_at, updated_at) \
             SELECT id, planned_for, occurrence_id, target_id, account, kind, family, 3, state, due_at, expires_at, \
               CASE WHEN state IN (4,6,7,8) THEN 1 ELSE 0 END, CASE WHEN state IN (4,6,7,8) THEN 1 ELSE 0 END, \
               CASE WHEN state IN (4,6,7,8) THEN 1 END, CASE WHEN state = 5 THEN 'unapproved' END, \
               CASE WHEN state IN (6,7) THEN 'mailbox_gone' WHEN state = 8 THEN 'timeout' WHEN state = 10 THEN 'too_late' END, \
               CASE WHEN state IN (6,7) THEN '550 5.1.1 no such user here' END, \
               CASE WHEN state = 4 THEN '250 2.0.0 Ok: queued as ' || CAST(id AS text) END, \
               CASE WHEN state = 4 AND kind = 'hand-over' AND {fate} < 500 THEN 1 ELSE 0 END, \
               CASE WHEN state = 4 AND kind = 'hand-over' AND {fate} >= 500 THEN 'published' END, \
               (target_id % 8388608 * 65599 + occurrence_id * 1103515) % 1099511627689, CASE WHEN state IN (4,6,7,8,9,10) THEN at END, at \
             FROM (SELECT x.*, {state} AS state FROM ({from}) AS x) AS y ORDER BY id"
        )
    };
    let mut out = vec![
        format!(
            "INSERT INTO revision (origin, hash, class, title, author, manifest, created_at, actor, proof) \
             SELECT 'chien-dich/bai-' || i, CAST(i AS text), 'ordinary', 'Bài số ' || i, 'an', '{{}}', {start}, 'an', 'attested' FROM {}",
            series(POSTS)
        ),
        format!(
            "INSERT INTO post (origin, campaign, title, revision_id, updated_at) \
             SELECT origin, 'chien-dich', title, id, {start} FROM revision"
        ),
        format!(
            "INSERT INTO target (id, kind, ref) SELECT i, 'channel', 'xa-' || ((i + 1) / 2) || CASE WHEN i % 2 = 0 THEN '/website' ELSE '/email' END \
             FROM {} ",
            series(channels)
        ),
        format!(
            "INSERT INTO channel (target_id, unit, unit_name, family, account, kind, updated_at) \
             SELECT i, 'xa-' || ((i + 1) / 2), 'Xã số ' || ((i + 1) / 2), CASE WHEN i % 2 = 0 THEN 'website' ELSE 'email' END, \
                    CASE WHEN i % 2 = 0 THEN 'trang' ELSE 'thu' END, CASE WHEN i % 2 = 0 THEN 'hand-over' ELSE 'email' END, {start} FROM {}",
            series(channels)
        ),
        format!(
            "INSERT INTO target (id, kind, ref) SELECT i + {channels}, 'contact', 'contact/c' || i FROM {}",
            series(people)
        ),
        format!(
            "INSERT INTO contact (target_id, surrogate, name_enc, email_enc, email_bidx, row_bidx, ground, source, created_at, updated_at) \
             SELECT i + {channels}, 'c' || i, {}, {}, {}, {}, 'consent', 'form', {start}, {start} FROM {}",
            blob(48),
            blob(52),
            blob(32),
            blob(32),
            series(people)
        ),
        format!(
            "INSERT INTO list (id, title, ground, source, members, updated_at) \
             SELECT 'ds-' || (i - 1), 'Danh sách', 'consent', 'form', {members}, {start} FROM {}",
            series(LISTS)
        ),
        format!(
            "INSERT INTO list_member (list, target_id, added_at) SELECT 'ds-' || ((i - 1) / {members}), i + {channels}, {start} FROM {}",
            series(members * LISTS)
        ),
        // One in three of them goes to units, too.
        format!(
            "INSERT INTO occurrence (id, origin, sending, slot, family, priority, planned_for, due_at, expires_at, lists, account, kind, \
               placed_at, revision_id, expanded_at, gate) \
             SELECT i, 'chien-dich/bai-' || (1 + i % {POSTS}), 'email-ds', CAST(i AS text), 'email', 3, {start} + i * {gap}, \
                    {start} + i * {gap} + CASE WHEN i = {occurrences} THEN {DAY} ELSE 0 END, {start} + i * {gap} + {lasts}, '[\"ds-' || (i % {LISTS}) || '\"]', \
                    CASE WHEN i % 7 = 0 THEN 'thu-2' ELSE 'thu' END, 'email', 1, 1 + i % {POSTS}, 1, \
                    CASE WHEN i = {occurrences} - 1 THEN 'unapproved' END FROM {}",
            series(occurrences),
            lasts = 5 * DAY
        ),
        format!(
            "INSERT INTO occurrence (id, origin, sending, slot, family, priority, planned_for, due_at, expires_at, channels, placed_at, \
               revision_id) \
             SELECT id + {occurrences}, origin, 'website-xa', slot, 'website', 3, planned_for, due_at, expires_at, '[\"xa-1/website\"]', 1, \
                    revision_id FROM occurrence WHERE id % 3 = 0 AND id < {occurrences} - 3"
        ),
    ];
    // All are approved but the text of the one that is held: else the first turn of a daemon would hold them all.
    out.push(format!(
        "INSERT INTO approval (revision_id, step, step_name, by_name, proof, counts, at) \
         SELECT id, 0, 'lanh-dao', 'binh', 'attested', '{{\"email-ds\":[0,{people}]}}', {start} FROM revision \
         WHERE id <> 1 + ({occurrences} - 1) % {POSTS}"
    ));
    // The last occurrence is still to come, the one before is held, of the third some rows are due.
    out.push(row(&format!(
        "SELECT o.id * 4294967296 + m.target_id AS id, o.planned_for, o.id AS occurrence_id, m.target_id, o.account, o.kind, o.family, \
           o.due_at, o.expires_at, {occurrences} - o.id + 1 AS o_last, o.due_at + m.target_id % {members} * 2 AS at \
         FROM occurrence o JOIN list_member m ON o.lists = '[\"' || m.list || '\"]' WHERE o.id <= {occurrences}"
    )));
    out.push(row(&format!(
        "SELECT o.id * 4294967296 + c.target_id AS id, o.planned_for, o.id AS occurrence_id, c.target_id, c.account, c.kind, o.family, \
           o.due_at, o.expires_at, 9 AS o_last, o.due_at + c.target_id * 20 AS at \
         FROM occurrence o JOIN channel c ON c.family = o.family WHERE o.id > {occurrences}"
    )));
    out.push(
        "INSERT INTO attempt (delivery_id, planned_for, no, account, node_id, opened_at, closed_at, outcome, receipt) \
         SELECT id, planned_for, 1, account, 1, updated_at - 50, updated_at, CASE state WHEN 4 THEN 'accepted' WHEN 8 THEN 'unknown' \
           ELSE 'rejected_recipient' END, receipt FROM delivery WHERE opened = 1 ORDER BY id"
            .to_owned(),
    );
    out.push("INSERT INTO tally (occurrence_id, state, n) SELECT occurrence_id, state, count(*) FROM delivery GROUP BY 1, 2".to_owned());
    out.push(format!(
        "INSERT INTO account_state (account, paused_at, cause_code, updated_at) VALUES ('thu-2', {}, 'auth_failed', {})",
        s.now, s.now
    ));
    out
}

/// Fills the office's database; on SQLite indexes of the large tables are made afterwards.
async fn make(url: &str, s: &Size) -> anyhow::Result<()> {
    let lite = url.starts_with("sqlite:");
    let mut options = sea_orm::ConnectOptions::new(url.to_owned());
    options.max_connections(1).sqlx_logging(false);
    let db = Database::connect(options).await?;
    let mut later = Vec::new();
    if lite {
        // Nothing is kept safe meanwhile: twice the writing would be for nothing.
        for p in ["journal_mode = OFF", "synchronous = OFF", "cache_size = -1000000", "temp_store = FILE"] {
            db.execute_unprepared(&format!("PRAGMA {p}")).await?;
        }
        let rows = db
            .query_all_raw(sea_orm::Statement::from_string(
                sea_orm::DbBackend::Sqlite,
                "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN ('delivery', 'attempt')",
            ))
            .await?;
        for r in rows {
            later.push((r.try_get_by_index::<String>(0)?, r.try_get_by_index::<String>(1)?));
        }
    }
    for (name, _) in &later {
        db.execute_unprepared(&format!("DROP INDEX {name}")).await?;
    }
    for sql in fill(s, lite) {
        let started = Instant::now();
        db.execute_unprepared(&sql).await.with_context(|| sql.clone())?;
        let what: String = sql.chars().take(60).collect();
        progress(&format!("{:6.1} s  {what}", started.elapsed().as_secs_f64()));
    }
    for (name, sql) in &later {
        let started = Instant::now();
        db.execute_unprepared(sql).await?;
        progress(&format!("{:6.1} s  {name}", started.elapsed().as_secs_f64()));
    }
    db.execute_unprepared(if lite { "PRAGMA journal_mode = WAL" } else { "ANALYZE" }).await?;
    db.close().await?;
    Ok(())
}

/// Times one question: the first time, and the median of the next ones.
macro_rules! ask {
    ($table:expr, $name:expr, $ask:expr) => {{
        let started = Instant::now();
        let found = $ask.await.with_context(|| format!("{}", $name))?;
        let first = started.elapsed().as_secs_f64() * 1e3;
        let mut again = Vec::new();
        for _ in 0..if first > 2000.0 { 1 } else { 5 } {
            let started = Instant::now();
            std::hint::black_box($ask.await?);
            again.push(started.elapsed().as_secs_f64() * 1e3);
        }
        $table.push(vec![
            $name.to_string(),
            size_of_answer(&found),
            format!("{first:.1}"),
            format!("{:.1}", median(&again)),
        ]);
    }};
}

/// How many rows an answer has, by its debug form's kind.
fn size_of_answer<T: Counted>(found: &T) -> String {
    found.counted()
}

trait Counted {
    fn counted(&self) -> String;
}
impl<T> Counted for Vec<T> {
    fn counted(&self) -> String {
        self.len().to_string()
    }
}
impl Counted for loa::store::Page {
    fn counted(&self) -> String {
        self.rows.len().to_string()
    }
}
impl<T> Counted for Option<T> {
    fn counted(&self) -> String {
        usize::from(self.is_some()).to_string()
    }
}
impl Counted for i64 {
    fn counted(&self) -> String {
        format!("= {self}")
    }
}
impl Counted for bool {
    fn counted(&self) -> String {
        format!("= {self}")
    }
}
impl Counted for (i64, i64) {
    fn counted(&self) -> String {
        format!("= {}, {}", self.0, self.1)
    }
}
impl Counted for loa::store::StationWeek {
    fn counted(&self) -> String {
        self.stations.to_string()
    }
}

async fn questions(store: &Store, now: i64) -> anyhow::Result<Vec<Vec<String>>> {
    let mut t = Vec::new();
    let page = LogFilter { limit: 50, ..LogFilter::default() };
    let with = |f: &dyn Fn(&mut LogFilter)| {
        let mut filter = page.clone();
        f(&mut filter);
        filter
    };
    let shown: Vec<State> = State::ALL.into_iter().filter(|s| *s != State::Planned).collect();
    let middle = (now - 180 * DAY, 0);
    for (name, filter) in [
        ("log", with(&|f| f.states = shown.clone())),
        ("log, a page in the middle", with(&|f| (f.states, f.after) = (shown.clone(), Some(middle)))),
        ("log --since --until", with(&|f| (f.from, f.until) = (Some(now - 100 * DAY), Some(now - 90 * DAY)))),
        ("log --account (most)", with(&|f| f.account = Some("thu".into()))),
        ("log --account (rare)", with(&|f| f.account = Some("trang".into()))),
        ("log --account (none)", with(&|f| f.account = Some("khong".into()))),
        ("log --channel (rare)", with(&|f| f.family = Some("website".into()))),
        ("log --unit", with(&|f| f.unit = Some("xa-7".into()))),
        ("log --post", with(&|f| f.origin = Some("chien-dich/bai-7".into()))),
        ("log --post, a campaign", with(&|f| f.origin = Some("chien-dich".into()))),
        ("log --list", with(&|f| f.list = Some("ds-7".into()))),
        ("log --state sent", with(&|f| f.results = vec!["sent"])),
        ("log --state failed", with(&|f| f.results = vec!["failed"])),
        ("log --state rejected", with(&|f| f.results = vec!["rejected", "bounced"])),
        ("log --state unknown", with(&|f| f.results = vec!["unknown"])),
        ("log --state published", with(&|f| f.results = vec!["published"])),
        ("log --state held", with(&|f| f.results = vec!["held"])),
        ("log --state waiting", with(&|f| f.results = vec!["waiting"])),
        (
            "log --post --state failed",
            with(&|f| (f.origin, f.results) = (Some("chien-dich/bai-7".into()), vec!["failed"])),
        ),
        (
            "log --list --state rejected",
            with(&|f| (f.list, f.results) = (Some("ds-7".into()), vec!["rejected"])),
        ),
        ("log --unit --state failed", with(&|f| (f.unit, f.results) = (Some("xa-7".into()), vec!["failed"]))),
        (
            "log --account --since --until",
            with(&|f| {
                (f.account, f.from, f.until) =
                    (Some("trang".into()), Some(now - 100 * DAY), Some(now - 70 * DAY))
            }),
        ),
        ("log --problems", with(&|f| f.problems = Some(now))),
        ("log --attention", with(&|f| f.attention = Some(now - DAY))),
        (
            "log --unit, a page in the middle",
            with(&|f| (f.unit, f.after) = (Some("xa-7".into()), Some(middle))),
        ),
        (
            "log --post, a page in the middle",
            with(&|f| (f.origin, f.after) = (Some("chien-dich/bai-7".into()), Some(middle))),
        ),
    ] {
        ask!(t, name, store.log_page(&filter));
    }
    let folded = with(&|f| (f.states, f.from) = (shown.clone(), Some(now - 7 * DAY)));
    ask!(t, "log, folded, 7 days", store.log_groups(&folded, 0));
    let folded = with(&|f| f.unit = Some("xa-7".into()));
    ask!(t, "log --unit, folded", store.log_groups(&folded, 0));
    let folded = with(&|f| (f.attention, f.from) = (Some(now - 2 * DAY), Some(now - 7 * DAY)));
    ask!(t, "status: attention", store.log_groups(&folded, 0));
    let newest = store.log_page(&page).await?.rows;
    let row = newest.first().context("the ledger is empty")?;
    ask!(t, "log CODE: the row", store.delivery_by_code(row.code..=row.code));
    ask!(t, "log CODE: its row by id", store.delivery_get(row.id()));
    ask!(t, "log CODE: its attempts", store.attempts_of(row.id()));
    ask!(t, "status: counts of a day", store.counts(now - DAY, now));
    ask!(t, "status: questions", store.questions());
    ask!(t, "status: account_waiting", store.account_waiting("thu", now));
    ask!(t, "status: account_soon", store.account_soon(now + DAY));
    ask!(t, "status: waiting", store.waiting(now));
    ask!(t, "status: retrying", store.retrying(now));
    ask!(t, "status: held_due", store.held_due(now));
    ask!(t, "status: held_posts", store.held_posts(now));
    ask!(t, "status: held_rows", store.held_rows());
    ask!(t, "status: late_urgent", store.late_urgent(now));
    ask!(t, "status: overdue", store.overdue(now));
    ask!(t, "status: package_counts", store.package_counts(now - 7 * DAY, now));
    ask!(t, "status: handover_open", store.handover_open());
    ask!(t, "status: pending_posts", store.pending_posts());
    ask!(t, "status: station_week", store.station_week("2026-W47"));
    ask!(t, "report: period_facts, a month", store.period_facts(now - 60 * DAY, now - 30 * DAY));
    ask!(t, "report: period_facts, a year", store.period_facts(now - 365 * DAY, now));
    ask!(t, "report: reach_accepted, a month", store.reach_accepted(now - 60 * DAY, now - 30 * DAY, None));
    ask!(t, "report: reach_rows, a month", store.reach_rows(now - 60 * DAY, now - 30 * DAY, None));
    ask!(t, "turn: station_due", store.station_due(now));
    ask!(t, "turn: oldest_due", store.oldest_due(now));
    ask!(t, "gate_needed", store.gate_needed(now));
    ask!(t, "gate_rows", store.gate_rows());
    ask!(t, "next_wake", store.next_wake(now, 600_000, DAY));
    Ok(t)
}

/// `ledger [--rows N] [--people N] [--dir DIR] [--postgres URL]`: with `--dir`, what is there is asked and kept; with `--postgres`
/// it is in a database of its own on that server.
pub fn run(args: &[&str]) -> anyhow::Result<()> {
    let (mut rows, mut people, mut dir, mut server) = (10_000_000i64, None, None, None);
    let mut it = args.iter();
    while let Some(a) = it.next() {
        let mut value = || it.next().map(|s| (*s).to_owned()).unwrap_or_default();
        match *a {
            "--rows" => rows = value().parse()?,
            "--people" => people = Some(value().parse()?),
            "--dir" => dir = Some(PathBuf::from(value())),
            "--postgres" => server = Some(value()),
            other => anyhow::bail!("{other}: not a word of ledger"),
        }
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    // Not where temporary files live: that may be memory.
    let own = tempfile::Builder::new().prefix("ledger-").tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let place: &Path = dir.as_deref().unwrap_or(own.path());
    std::fs::create_dir_all(place.join("var"))?;
    let people = people.unwrap_or((rows / 10).max(LISTS));
    let size = Size { rows, people, now: loa::daemon::SystemClock.now().timestamp_millis() };
    let url = server.as_deref().map(fresh_database).transpose()?;
    let database = url.clone().unwrap_or_else(|| format!("sqlite:{}", place.join("loa.db").display()));
    let asked = runtime.block_on(asked(place, &database, &size, called(server.as_deref())));
    if let (Some(server), Some(url)) = (server, url) {
        drop_database(&server, &url);
    }
    asked
}

/// Bytes of a database on disk, its log included.
async fn bytes(place: &Path, url: &str) -> anyhow::Result<u64> {
    if url.starts_with("sqlite:") {
        let size = |name: &str| std::fs::metadata(place.join(name)).map_or(0, |m| m.len());
        return Ok(size("loa.db") + size("loa.db-wal"));
    }
    let db = Database::connect(url).await?;
    let sql = "SELECT pg_database_size(current_database())";
    let row = db.query_one_raw(sea_orm::Statement::from_string(sea_orm::DbBackend::Postgres, sql)).await?;
    Ok(row.context("no size")?.try_get_by_index::<i64>(0)?.unsigned_abs())
}

/// Starts of the real program: the first, and some more.
const STARTS: usize = 4;

/// Milliseconds until the real program has said its status, start by start; and until the real daemon says that it can work.
fn program(office: &Office, url: &str) -> anyhow::Result<[Vec<f64>; 2]> {
    let command = |args: &[&str]| {
        let mut c = office.command(args);
        c.env("LOA_DATABASE_URL", url).env("LOA_LOG", "off").stdout(Stdio::null()).stderr(Stdio::null());
        c
    };
    let (mut said, mut ready) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        let started = Instant::now();
        let status = command(&["status"]).status()?;
        said.push(started.elapsed().as_secs_f64() * 1e3);
        // 1: something waits for a person, as it does here.
        anyhow::ensure!(matches!(status.code(), Some(0 | 1)), "loa status: {status}");
    }
    for _ in 0..STARTS {
        let started = Instant::now();
        let mut daemon = command(&["run"]).spawn()?;
        let took = loop {
            if is_ready(office.port()) {
                break Ok(started.elapsed().as_secs_f64() * 1e3);
            }
            if let Some(ended) = daemon.try_wait()? {
                break Err(anyhow::anyhow!("loa run: {ended}"));
            }
            if started.elapsed() > Duration::from_secs(120) {
                break Err(anyhow::anyhow!("loa run is not ready after two minutes"));
            }
            std::thread::sleep(Duration::from_millis(2));
        };
        // In order, so that the next one need not wait for a lease.
        Command::new("kill").args(["-TERM", &daemon.id().to_string()]).status()?;
        daemon.wait()?;
        ready.push(took?);
    }
    Ok([said, ready])
}

fn is_ready(port: u16) -> bool {
    let ask = || -> std::io::Result<String> {
        let mut to = std::net::TcpStream::connect(("127.0.0.1", port))?;
        to.write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        to.read_to_string(&mut answer)?;
        Ok(answer)
    };
    ask().is_ok_and(|a| a.starts_with("HTTP/1.1 200"))
}

async fn asked(place: &Path, url: &str, size: &Size, on: &str) -> anyhow::Result<()> {
    // An account that has nothing to send: a start-up is measured, no sending.
    let office = Office::new(
        "  khac:\n    kind: email\n    server: 127.0.0.1\n    port: 9\n    security: none\n    from_address: l@so.example\n",
        "",
    );
    office.units("  - id: so\n    name: Sở Thử\n");
    // The key is kept beside the ledger: another office asks what this one made.
    let key = place.join("var/key");
    std::fs::create_dir_all(office.at("var"))?;
    if key.exists() {
        std::fs::copy(&key, office.at("var/key"))?;
    }
    let store = Store::open(url, &office.at("var/key")).await?;
    std::fs::copy(office.at("var/key"), &key)?;
    let filled = !store.log_page(&LogFilter { limit: 1, ..LogFilter::default() }).await?.rows.is_empty();
    let empty = bytes(place, url).await?;
    store.close().await?;
    let mut t = Vec::new();
    let mut line = |what: &str, answer: String, times: &[f64]| {
        let again = times.get(1..).filter(|a| !a.is_empty()).map(|a| format!("{:.1}", median(a)));
        t.push(vec![what.to_owned(), answer, format!("{:.1}", times[0]), again.unwrap_or_default()]);
    };
    if !filled {
        progress(&format!("{on}: a ledger of {} rows is made", size.rows));
        let started = Instant::now();
        make(url, size).await?;
        let took = started.elapsed().as_secs_f64();
        // As a daemon makes them before there are any rows: each month in a partition.
        let store = Store::open(url, &key).await?;
        store.months_all(chrono_tz::Asia::Ho_Chi_Minh, size.now, size.now).await?;
        store.close().await?;
        let per = (bytes(place, url).await? - empty) as f64 / size.rows as f64;
        println!(
            "\n{on}: {} deliveries with their attempts, of {} people, made by the database itself in {took:.0} s; {per:.0} bytes per \
             delivery, people included.",
            size.rows, size.people
        );
    }
    progress("asking");
    let started = Instant::now();
    let (engine, tasks) = super::child::open(office.path(), url).await?;
    line("start-up: open", String::new(), &[started.elapsed().as_secs_f64() * 1e3]);
    let started = Instant::now();
    let wake = engine.next_wake().await;
    line("start-up: first look", wake.is_ok().to_string(), &[started.elapsed().as_secs_f64() * 1e3]);
    let answers = questions(&engine.store, size.now).await?;
    engine.close().await?;
    drop(engine);
    tasks.finish().await;
    let [status, ready] = program(&office, url)?;
    line("start-up: the program, `loa status` to its end", String::new(), &status);
    line("start-up: the program, `loa run` to ready", String::new(), &ready);
    t.extend(answers);
    print(&format!("{} rows, {on}", size.rows), &["question", "answer", "first, ms", "median, ms"], &t);
    Ok(())
}
