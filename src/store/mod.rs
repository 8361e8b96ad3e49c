//! All SQL (floor F1): the ledger and what stands around it, on SQLite and PostgreSQL alike.
//!
//! Invariants: nobody else speaks to the database; a caller never sees a transaction; a conditional UPDATE says which rows it
//! changed; every change of state is an edge of [`crate::domain::delivery::next`] and moves the tally in the same transaction.
//! SQLite runs in WAL with `synchronous=FULL` on one writing connection, PostgreSQL with `synchronous_commit=on`.

mod account;
mod alert;
mod approval;
mod archive;
mod backup;
mod blackout;
mod claim;
mod compare;
mod copy;
mod count;
mod crypt;
mod durable;
mod evidence;
mod expand;
mod gate;
mod ledger;
mod local;
mod migrate;
mod moves;
mod node;
mod papers;
mod parts;
mod people;
mod period;
mod place;
mod plan;
mod pooler;
mod probe;
mod question;
mod rate;
mod reach;
mod screen;
mod seek;
mod sheets;
mod stop;
mod story;
mod system;
#[cfg(test)]
mod tests;
mod trouble;
mod tx;
mod vault;
mod view;
mod wait;
mod workspace;
mod writer;

use std::path::Path;
use std::sync::atomic::AtomicI64;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr, FromQueryResult,
    SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait, Value,
};

pub use account::{AccountState, HoldRow, NewHold};
pub use alert::{AlertRow, NewNotice, NoticeRow, SeenRow, StaffAddress, staff_ref};
pub use approval::{ApprovalRow, NO_RENDITION, RevisionRow};
pub use archive::{ArchiveMonth, Archived};
pub use backup::{BackedUp, PutBack, RESTORED};
pub use blackout::{BlackoutPost, EndedBlackout, MISSED, MOST_SPREAD_MS, Resume, ResumedPost};
pub use claim::{ClaimRequest, Claimed, Handed, Intent, Verdict};
pub use compare::{ChannelLoad, ListState, Reached, StoredChannel, StoredFact};
pub use copy::Copied;
pub use count::{Counts, HandoverRow, PendingPost, QuestionRow, Upcoming};
pub use crypt::Key;
pub use evidence::{EvidenceEffect, EvidenceRow};
pub use gate::{FactRow, GATE_REASONS, GateChange, GateRow, GateTick, TOLD};
pub use ledger::{AMBIGUOUS_RUN, AccountEffect, Settle};
pub use migrate::{DbStatus, Step};
pub use node::{LEASE_MS, NodeId, NodeLife, Rescued};
pub use papers::{AiringRow, HandedRow, SheetOut};
pub use parts::Partitions;
pub use sheets::{BY_SHEET, NO_ROOM, SheetLine, SheetListed, SheetRow, StationDue};
pub use trouble::Trouble;
use tx::Inner;
pub(crate) use tx::{Col, Tx};

pub use period::PeriodFacts;
pub use plan::{NewOccurrence, NewPost, NewRevision, OccurrenceRow, PlanWrite, PostRow};
pub use probe::{PROBE_MS, ProbeRow};
pub use question::{ANSWERED_AT_ONCE, Answered, Resolution, is_closed};
pub use rate::{Allowance, ChatRates};
pub use reach::{ReachAsk, ReachRow};
pub use screen::{
    GroupKey, GroupRow, HeldPost, HeldRows, LateUrgent, ListToCome, NodeRow, PackageCounts, StationWeek,
};
pub use stop::{CONTENT_RUN, CONTENT_STOP, ContentStop, UNSENDABLE};
pub use story::{Afterwards, AttemptRow, AuditRow, Declared, Figure, Link, Paper, Suppressed};
pub use system::SystemDelivery;
pub use vault::Vault;
pub use view::{DeliveryRow, LogFilter, Page};
pub use wait::{HeldDue, Retrying, Spent, Waiting};
pub use workspace::{ChannelRow, ListRow, said};
pub use writer::{Writer, WriterHandle};

/// Why the database did not do as asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database said no. The text never holds an address: all of them are bound parameters.
    #[error("database: {0}")]
    Db(#[from] DbErr),
    /// The key file is not the one this database was made with.
    #[error("the key in {0} does not belong to this database; restore the right key file beside it")]
    WrongKey(String),
    /// The database was made with a key, and the key's file is missing.
    #[error("the key file {0} is missing; restore it from the backup (without it no address can be read)")]
    KeyGone(String),
    /// The key's file lies there, and the database it belongs to does not.
    #[error(
        "the database {0} is missing or empty, though its key {1} lies there; restore the database from the backup \
         (or, to begin an empty ledger on purpose, move the key away: nothing that was sent is known then)"
    )]
    LedgerGone(String, String),
    /// A stored value cannot be read; says which.
    #[error("the database holds a value that cannot be read: {0}")]
    Corrupt(String),
    /// The request contradicts what is stored; says what.
    #[error("{0}")]
    Conflict(String),
    /// The URL of the database is not one Loa knows.
    #[error("{0}")]
    BadUrl(String),
    /// The writing task is gone: the daemon is stopping.
    #[error("the writer has stopped")]
    Stopped,
    /// A file beside the database.
    #[error("{0}: {1}")]
    Io(String, std::io::Error),
}

/// Result of the store.
pub type Result<T> = std::result::Result<T, StoreError>;

/// The database of one installation. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    write: DatabaseConnection,
    /// Writes the hot path: claims, intents, answers.
    hot: DatabaseConnection,
    read: DatabaseConnection,
    key: Arc<Key>,
    /// The embedded database's file and its number in the file system, as opened.
    file: Option<Arc<(std::path::PathBuf, u64)>>,
    /// A pooler that gives connections for a transaction at a time stands before the database.
    pooled: bool,
    /// How time is measured; the database's own clock until somebody says.
    time: Arc<OnceLock<rate::Time>>,
    /// How many people of a list are put into the ledger at a time.
    chunk: Arc<AtomicI64>,
    /// Whose turn it is to write to an embedded database's file, and the writer's own connection to it, opened when it writes first.
    own: Option<Arc<Own>>,
    /// A test's folder, which goes with the last clone.
    #[cfg(test)]
    folder: Option<Arc<tempfile::TempDir>>,
}

/// See [`Store::own`].
#[derive(Default)]
struct Own {
    turn: Arc<tokio::sync::Mutex<()>>,
    /// How many wait for their turn.
    waiting: std::sync::atomic::AtomicUsize,
    local: tokio::sync::OnceCell<local::Local>,
}

impl Own {
    async fn take_turn(&self) -> tokio::sync::OwnedMutexGuard<()> {
        struct Waits<'a>(&'a Own);
        impl Drop for Waits<'_> {
            fn drop(&mut self) {
                self.0.waiting.fetch_sub(1, std::sync::atomic::Ordering::Relaxed);
            }
        }
        self.waiting.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let _waits = Waits(self); // also if whoever waited went away
        self.turn.clone().lock_owned().await
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Store({:?})", self.write.get_database_backend())
    }
}

/// Bound parameters.
macro_rules! params {
    ($($v:expr),* $(,)?) => { vec![$(sea_orm::Value::from($v)),*] };
}
pub(crate) use params;

impl Store {
    /// Opens the database and brings its schema up to date. `url` is `sqlite:<path>` (made if missing), `sqlite::memory:` or
    /// `postgres://…`. The key file is made beside it on first use.
    ///
    /// # Errors
    /// A URL that is not known, a database that does not answer, a key that does not fit.
    pub async fn open(url: &str, key_file: &Path) -> Result<Store> {
        let there = Key::load(key_file)?;
        if there.is_some()
            && let Some(file) = sqlite_file(url)
            && std::fs::metadata(file).map_or(true, |m| m.len() == 0)
        {
            // An empty ledger in place of the old one would send everything again and know no opt-out.
            return Err(StoreError::LedgerGone(file.display().to_string(), key_file.display().to_string()));
        }
        let (key, new) = match there {
            Some(key) => (key, None),
            None => Key::make().map(|(key, text)| (key, Some(text)))?,
        };
        let store = Self::connect(url, key).await?;
        store.migrate_up().await?;
        if let Some(text) = new {
            if store.has_key().await? {
                return Err(StoreError::KeyGone(key_file.display().to_string()));
            }
            if !Key::keep(&text, key_file)? {
                return Box::pin(Self::open(url, key_file)).await; // with the key that was kept first
            }
        }
        store.check_key(&key_file.display().to_string()).await?;
        if cfg!(debug_assertions) && store.is_embedded() {
            store.guard_edges().await?;
        }
        Ok(store)
    }

    /// Lets the database itself refuse every change of state that the table of `domain::delivery` does not have. The tests of the
    /// store run with it, and so does every program built for tests; a release keeps to the table without asking twice.
    ///
    /// # Errors
    /// The database's.
    pub async fn guard_edges(&self) -> Result<()> {
        for s in self.edges() {
            self.write.execute_unprepared(&s).await?;
        }
        Ok(())
    }

    /// Statements for [`Store::guard_edges`]; on SQLite they hold for the connection that runs them.
    fn edges(&self) -> Vec<String> {
        use crate::domain::delivery::{State, edge_exists};
        let edges: Vec<String> = State::ALL
            .into_iter()
            .map(|from| {
                let to: Vec<String> = State::ALL
                    .into_iter()
                    .filter(|to| *to == from || edge_exists(from, *to))
                    .map(|to| code(to).to_string())
                    .collect();
                format!("(OLD.state = {} AND NEW.state IN ({}))", code(from), to.join(","))
            })
            .collect();
        let allowed = edges.join(" OR ");
        if self.is_embedded() {
            vec![format!(
                "CREATE TEMP TRIGGER IF NOT EXISTS delivery_edges BEFORE UPDATE OF state ON delivery \
                 WHEN NOT ({allowed}) BEGIN SELECT RAISE(ABORT, 'no such edge of states'); END"
            )]
        } else {
            vec![
                format!(
                    "CREATE OR REPLACE FUNCTION delivery_edges() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
                     IF NOT ({allowed}) THEN RAISE EXCEPTION 'no such edge of states: % to %', OLD.state, NEW.state; \
                     END IF; RETURN NEW; END $$"
                ),
                "CREATE OR REPLACE TRIGGER delivery_edges BEFORE UPDATE OF state ON delivery FOR EACH ROW \
                 EXECUTE FUNCTION delivery_edges()"
                    .to_owned(),
            ]
        }
    }

    /// Opens an empty database in memory, for tests.
    ///
    /// # Errors
    /// Never in practice.
    pub async fn in_memory() -> Result<Store> {
        let store = Self::connect("sqlite::memory:", Key::from_bytes(&[7; 32])).await?;
        store.migrate_up().await?;
        store.guard_edges().await?;
        Ok(store)
    }

    async fn connect(url: &str, key: Key) -> Result<Store> {
        Self::connect_with(url, Arc::new(key)).await
    }

    async fn connect_with(url: &str, key: Arc<Key>) -> Result<Store> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            let plain = url;
            let memory = path == ":memory:";
            if !memory && let Some(dir) = Path::new(path.trim_start_matches("//")).parent() {
                std::fs::create_dir_all(dir).map_err(|e| StoreError::Io(dir.display().to_string(), e))?;
            }
            #[cfg(unix)]
            if !memory {
                let file = Path::new(path.trim_start_matches("//"));
                let mut options = std::fs::OpenOptions::new();
                options.append(true).create(true);
                std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
                options.open(file).map_err(|e| StoreError::Io(file.display().to_string(), e))?;
            }
            let url = if memory { "sqlite::memory:".to_owned() } else { format!("sqlite:{path}?mode=rwc") };
            let write = Database::connect(sqlite_options(&url, 1)).await?;
            let read =
                if memory { write.clone() } else { Database::connect(sqlite_options(&url, 4)).await? };
            let file = sqlite_file(plain)
                .and_then(|f| inode(f).map(|n| Arc::new((f.to_owned(), n))))
                .filter(|_| !memory);
            return Ok(Store {
                hot: write.clone(),
                write,
                read,
                key,
                file,
                pooled: false,
                time: Arc::default(),
                own: (!memory).then(Arc::default),
                #[cfg(test)]
                folder: None,
                chunk: Arc::new(expand::CHUNK.into()),
            });
        }
        if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            let (url, pooled) = pooler::of(url)?;
            let options = |connections, more: &'static [(&'static str, &'static str)]| {
                let mut o = ConnectOptions::new(url.clone());
                o.max_connections(connections).sqlx_logging(false).acquire_timeout(Duration::from_secs(20));
                // One that was used just now is there; should it not be, whoever writes says it again.
                o.test_before_acquire_if_idle_for(Duration::from_secs(5));
                o.map_sqlx_postgres_opts(move |o| {
                    // A pooler takes no options at the start, and keeps no prepared statement from one transaction to the next.
                    if pooled {
                        o.statement_cache_capacity(0)
                    } else {
                        o.options([("synchronous_commit", "on"), NO_JIT]).options(more.iter().copied())
                    }
                });
                o
            };
            let write = Database::connect(options(8, &[])).await.map_err(pooler::say)?;
            let mut hot = options(2, BY_INDEX);
            hot.connect_lazy(true);
            let hot = Database::connect(hot).await.map_err(pooler::say)?;
            return Ok(Store {
                read: write.clone(),
                write,
                hot,
                key,
                file: None,
                pooled,
                time: Arc::default(),
                own: None,
                #[cfg(test)]
                folder: None,
                chunk: Arc::new(expand::CHUNK.into()),
            });
        }
        Err(StoreError::BadUrl(
            "database: write `sqlite:var/loa.db` or `postgres://user@host/name` in loa.yaml".into(),
        ))
    }

    /// False if the embedded database's file is not where it was opened any more, or is another one: what is written then is in
    /// no ledger.
    pub fn file_is_ours(&self) -> bool {
        self.file.as_deref().is_none_or(|(path, number)| inode(path) == Some(*number))
    }

    /// True on SQLite: one daemon alone.
    pub fn is_embedded(&self) -> bool {
        self.write.get_database_backend() == DbBackend::Sqlite
    }

    /// A transaction that writes.
    async fn begin(&self) -> Result<Tx> {
        self.begin_on(&self.write).await
    }

    /// A transaction of the hot path, which touches few rows of large tables, each by its key: on PostgreSQL it is planned so,
    /// whatever the statistics of tables that were just filled say.
    async fn begin_hot(&self) -> Result<Tx> {
        if let (Some(own), Some(file)) = (&self.own, &self.file) {
            let local = own
                .local
                .get_or_try_init(async || {
                    local::open(&file.0, if cfg!(debug_assertions) { self.edges() } else { vec![] })
                })
                .await?;
            let turn = own.take_turn().await;
            return Ok(self.tx(Inner::Local(local::LocalTx::begin(local).await?), Some(turn)));
        }
        let tx = self.begin_on(&self.hot).await?;
        if self.pooled {
            let set: Vec<String> = BY_INDEX.iter().map(|(k, v)| format!("SET LOCAL {k} = {v}")).collect();
            tx.inner_unprepared(&set.join("; ")).await?;
        }
        Ok(tx)
    }

    async fn begin_on(&self, database: &DatabaseConnection) -> Result<Tx> {
        let turn = match &self.own {
            Some(own) => Some(own.take_turn().await),
            None => None,
        };
        // On SQLite a lock that is taken late fails; on PostgreSQL the default is right.
        let options = TransactionOptions {
            sqlite_transaction_mode: self.is_embedded().then_some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let inner = database.begin_with_options(options).await?;
        let tx = self.tx(Inner::Pool(inner), turn);
        self.fit(&tx).await?;
        Ok(tx)
    }

    /// True if somebody else waits to write to an embedded database.
    fn is_awaited(&self) -> bool {
        self.own.as_ref().is_some_and(|own| own.waiting.load(std::sync::atomic::Ordering::Relaxed) > 0)
    }

    fn tx(&self, inner: Inner, turn: Option<tokio::sync::OwnedMutexGuard<()>>) -> Tx {
        Tx {
            inner,
            turn,
            backend: self.write.get_database_backend(),
            time: self.time.clone(),
            tallies: std::sync::Mutex::default(),
        }
    }

    /// Rows of a query, read outside any transaction.
    async fn rows<T: FromQueryResult>(&self, sql: &str, params: Vec<Value>) -> Result<Vec<T>> {
        if self.pooled {
            return self.begin().await?.rows(sql, params).await;
        }
        let backend = self.read.get_database_backend();
        let rows = self.read.query_all_raw(Statement::from_sql_and_values(backend, sql, params)).await?;
        rows.iter().map(|r| T::from_query_result(r, "").map_err(StoreError::from)).collect()
    }

    /// The first row of a query, read outside any transaction.
    async fn row<T: FromQueryResult>(&self, sql: &str, params: Vec<Value>) -> Result<Option<T>> {
        Ok(self.rows(sql, params).await?.into_iter().next())
    }

    /// One integer, 0 if there is no row.
    async fn int(&self, sql: &str, params: Vec<Value>) -> Result<i64> {
        if self.pooled {
            return Ok(self.begin().await?.int(sql, params).await?.unwrap_or(0));
        }
        let backend = self.read.get_database_backend();
        let row = self.read.query_one_raw(Statement::from_sql_and_values(backend, sql, params)).await?;
        Ok(match row {
            Some(r) => r.try_get_by_index::<Option<i64>>(0)?.unwrap_or(0),
            None => 0,
        })
    }
}

/// A statement over all months looks dear to PostgreSQL, which would compile it first: a second for what takes a millisecond.
const NO_JIT: (&str, &str) = ("jit", "off");

/// Settings of PostgreSQL under which a statement finds its rows by their keys, and is planned once.
const BY_INDEX: &[(&str, &str)] = &[
    ("enable_hashjoin", "off"),
    ("enable_mergejoin", "off"),
    // Else a table that was empty when the statement was planned is read whole, once for all its rows.
    ("enable_material", "off"),
    ("enable_seqscan", "off"),
    ("plan_cache_mode", "force_generic_plan"),
];

/// SQL for the database's own clock, milliseconds.
fn db_now(sqlite: bool) -> &'static str {
    if sqlite {
        "CAST(unixepoch('subsec') * 1000 AS INTEGER)"
    } else {
        "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint)"
    }
}

/// The file of an embedded database.
fn sqlite_file(url: &str) -> Option<&Path> {
    let path = url.strip_prefix("sqlite:")?.trim_start_matches("//");
    (path != ":memory:").then(|| Path::new(path))
}

/// A file's number in its file system.
fn inode(path: &Path) -> Option<u64> {
    std::fs::metadata(path).ok().map(|m| std::os::unix::fs::MetadataExt::ino(&m))
}

/// How every connection to an embedded database writes.
const PRAGMAS: [(&str, &str); 4] = [
    ("journal_mode", "WAL"),
    ("synchronous", "FULL"),
    ("temp_store", "MEMORY"),
    // A page that many commits touch is copied into the file once, not every thousand pages.
    ("wal_autocheckpoint", "8000"),
];

/// Thousands of bytes of pages that a connection keeps, written as SQLite wants it. Most look at little, and there are several.
const CACHE: &str = "-6000";
/// The same of the writer's.
const WRITER_CACHE: &str = "-16000";

fn sqlite_options(url: &str, connections: u32) -> ConnectOptions {
    let mut o = ConnectOptions::new(url.to_owned());
    o.max_connections(connections)
        .min_connections(1)
        .sqlx_logging(false)
        .acquire_timeout(Duration::from_secs(60))
        // A file needs no asking whether it is there: each question is a wait for the connection's thread.
        .test_before_acquire(false)
        // After some failures (a full disk) SQLite ends a transaction by itself, and the driver goes on counting it: the next
        // ones become savepoints inside one that nobody commits. Such a connection is not used again.
        .map_sqlx_sqlite_before_acquire(|connection, _| {
            Box::pin(async move { Ok(!sea_orm::sqlx::Connection::is_in_transaction(connection)) })
        })
        .map_sqlx_sqlite_opts(move |o| {
            let o = o
                .foreign_keys(true)
                // All rows of a group at once, not fifty at a time.
                .row_buffer_size(1024)
                .busy_timeout(Duration::from_secs(30))
                .pragma("cache_size", CACHE);
            PRAGMAS.iter().fold(o, |o, (pragma, value)| o.pragma(*pragma, *value))
        });
    if url.contains(":memory:") {
        o.idle_timeout(None::<Duration>).max_lifetime(None::<Duration>);
    }
    o
}

/// SQL: rows of `delivery` that wait to go or to be let go. As the index by their end says it, which is found by its words.
const WAITS: &str = "(state = 0 OR state = 1 OR state = 5)";

/// The number a state is stored as.
pub(crate) fn code(state: crate::domain::delivery::State) -> i16 {
    use crate::domain::delivery::State as S;
    match state {
        S::Planned => 0,
        S::Due => 1,
        S::Leased => 2,
        S::Sending => 3,
        S::Sent => 4,
        S::Held => 5,
        S::Rejected => 6,
        S::Failed => 7,
        S::Unknown => 8,
        S::Cancelled => 9,
        S::Expired => 10,
    }
}

/// Reads a state back.
pub(crate) fn state_of(code: i16) -> Result<crate::domain::delivery::State> {
    crate::domain::delivery::State::ALL
        .into_iter()
        .find(|s| self::code(*s) == code)
        .ok_or_else(|| StoreError::Corrupt(format!("delivery.state {code}")))
}
