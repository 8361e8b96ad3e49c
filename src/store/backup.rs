//! A copy of the ledger that can be put back, and what becomes of the rows when it is.
//!
//! A backup is one SQLite file, whichever database it was made of, consistent though a daemon is at work. What became due since
//! it was made may have been sent, and nobody knows: `unknown`, every row of it, and nothing of it goes by itself. That holds
//! for what comes into the ledger later, too: people of lists, posts that were written after the backup and lie in the folder.

use std::path::{Path, PathBuf};

use sea_orm::{ConnectionTrait as _, FromQueryResult, Statement};

use super::moves::set_where;
use super::{Key, Result, Store, StoreError, Tx, WAITS, inode, params};
use crate::domain::delivery::State;
use crate::domain::people::Actor;

/// Why a row is unknown after a backup was restored.
pub const RESTORED: &str = "restored";

/// SQL: the occurrence was due between a backup that was restored and its restoring.
pub(super) const DUE_SINCE_BACKUP: &str = "(due_at <= (SELECT CAST(value AS bigint) FROM meta WHERE key = 'restored_until') \
     AND due_at > (SELECT CAST(value AS bigint) FROM meta WHERE key = 'restored_from'))";

/// A backup that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackedUp {
    /// The moment it holds, milliseconds: what was recorded before is in it.
    pub taken_at: i64,
    /// Its length, bytes.
    pub bytes: u64,
    /// Rows of the ledger in it.
    pub deliveries: i64,
}

/// A backup that was put back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PutBack {
    /// The moment it held, milliseconds.
    pub taken_at: i64,
    /// When it was put back, milliseconds.
    pub restored_at: i64,
    /// Rows that are unknown now.
    pub unknown: u64,
    /// Rows whose time comes later: they go on.
    pub later: i64,
}

#[derive(FromQueryResult)]
struct Text {
    value: String,
}

async fn meta(tx: &Tx, key: &str) -> Result<Option<i64>> {
    let row: Option<Text> = tx.row("SELECT value FROM meta WHERE key = $1", params![key]).await?;
    Ok(row.and_then(|r| r.value.parse().ok()))
}

async fn meta_put(tx: &Tx, key: &str, value: i64) -> Result<()> {
    tx.exec(
        "INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        params![key, value.to_string()],
    )
    .await?;
    Ok(())
}

/// In the gate's transaction, before anything becomes due: rows that came into the ledger after a backup was restored, and were
/// due before that, are unknown.
pub(super) async fn sweep(tx: &Tx, now: i64) -> Result<u64> {
    let Some(until) = meta(tx, "restored_until").await? else { return Ok(0) };
    // Apart, for their indexes.
    let planned = unknown(tx, &format!("state = 0 AND due_at <= {until}"), now).await?;
    Ok(planned + unknown(tx, &format!("state = 5 AND due_at <= {until}"), now).await?)
}

async fn unknown(tx: &Tx, condition: &str, now: i64) -> Result<u64> {
    // The far side, where it can be asked, is asked for what was in force.
    tx.exec(
        &format!(
            "UPDATE delivery SET node_id = NULL, revision_id = COALESCE(revision_id, \
               (SELECT o.revision_id FROM occurrence o WHERE o.id = delivery.occurrence_id)) WHERE {condition}"
        ),
        vec![],
    )
    .await?;
    set_where(tx, condition, State::Unknown, RESTORED, now).await
}

/// Makes a file's name and content durable.
pub(super) fn sync(path: &Path) -> Result<()> {
    let io = |e| StoreError::Io(path.display().to_string(), e);
    std::fs::File::open(path).and_then(|f| f.sync_all()).map_err(io)
}

pub(super) fn folder(path: &Path) -> PathBuf {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned()
}

/// Puts a finished file into its place, durably. A file that is there already stays.
fn put(from: &Path, to: &Path) -> Result<()> {
    let io = |e| StoreError::Io(to.display().to_string(), e);
    if std::fs::metadata(named(from, "-wal")).is_ok_and(|m| m.len() > 0) {
        return Err(StoreError::Conflict(format!("{} is still being written", from.display())));
    }
    if to.symlink_metadata().is_ok() {
        return Err(StoreError::Conflict(format!(
            "{} is there already; nothing is overwritten",
            to.display()
        )));
    }
    sync(from)?;
    std::fs::rename(from, to).map_err(io)?;
    sync(&folder(to))
}

/// An empty file that only its owner reads.
fn private(path: &Path) -> Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop).map_err(|e| StoreError::Io(path.display().to_string(), e))
}

fn named(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// Files that SQLite keeps beside a database.
const BESIDE: [&str; 2] = ["-wal", "-shm"];

/// A file that is not needed any more, with what lies beside it.
fn remove(path: &Path) {
    for end in ["", "-wal", "-shm", "-journal"] {
        let _gone = std::fs::remove_file(named(path, end));
    }
}

impl Store {
    /// True where nothing was ever begun: an embedded database without file and without key.
    pub fn not_begun(url: &str, key_file: &Path) -> bool {
        let empty = |file: &Path| std::fs::metadata(file).map_or(true, |m| m.len() == 0);
        !key_file.exists() && super::sqlite_file(url).is_some_and(empty)
    }

    /// Opens a database with a key, as it is: its schema is not touched and nothing is written.
    ///
    /// # Errors
    /// See [`Store::open`]; [`StoreError::KeyGone`] if there is no key.
    pub async fn open_as_it_is(url: &str, key_file: &Path) -> Result<Store> {
        let key = Key::load(key_file)?.ok_or_else(|| StoreError::KeyGone(key_file.display().to_string()))?;
        if let Some(file) = super::sqlite_file(url)
            && std::fs::metadata(file).map_or(true, |m| m.len() == 0)
        {
            return Err(StoreError::LedgerGone(file.display().to_string(), key_file.display().to_string()));
        }
        let store = Self::connect(url, key).await?;
        if store.has_tables().await? {
            store.check_key(&key_file.display().to_string()).await?;
        }
        Ok(store)
    }

    /// A new database with the schema of this program, for a copy. `url` must name none that has anything in it.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if something is in it.
    pub async fn open_target(url: &str, key_file: &Path) -> Result<Store> {
        let key = Key::load(key_file)?.ok_or_else(|| StoreError::KeyGone(key_file.display().to_string()))?;
        let store = Self::connect(url, key).await?;
        store.migrate_up().await?;
        if !store.is_empty().await? {
            return Err(StoreError::Conflict(
                "the target is not empty; make a new database and name that one".into(),
            ));
        }
        Ok(store)
    }

    /// Ends all connections; on SQLite the file then holds everything.
    ///
    /// # Errors
    /// The database's.
    pub async fn close(&self) -> Result<()> {
        self.read.close_by_ref().await?;
        Ok(self.write.close_by_ref().await?)
    }

    /// Writes a backup into `file` while daemons may be at work. It is complete and durable, or not there.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the file is there; a disk that is full; the database's.
    pub async fn backup(&self, file: &Path, now: i64) -> Result<BackedUp> {
        if file.symlink_metadata().is_ok() {
            return Err(StoreError::Conflict(format!(
                "{} is there already; nothing is overwritten",
                file.display()
            )));
        }
        let part = named(file, &format!(".part-{}", std::process::id()));
        private(&part)?;
        let made = self.backup_into(&part, now).await;
        let done = match made {
            Ok(deliveries) => {
                let bytes = std::fs::metadata(&part).map(|m| m.len()).unwrap_or_default();
                put(&part, file).map(|()| BackedUp { taken_at: now, bytes, deliveries })
            }
            Err(e) => Err(e),
        };
        remove(&part);
        let done = done?;
        let tx = self.begin().await?;
        meta_put(&tx, "backup_at", now).await?;
        tx.commit().await?;
        Ok(done)
    }

    async fn backup_into(&self, part: &Path, now: i64) -> Result<i64> {
        let text = part
            .to_str()
            .ok_or_else(|| StoreError::Conflict(format!("{}: the name must be Unicode", part.display())))?;
        if self.is_embedded() {
            let sql = Statement::from_sql_and_values(
                self.read.get_database_backend(),
                "VACUUM INTO $1",
                params![text],
            );
            self.read.execute_raw(sql).await?;
        }
        let copy = Self::connect_with(&format!("sqlite:{text}"), self.key.clone()).await?;
        if !self.is_embedded() {
            copy.migrate_up().await?;
            self.copy_to(&copy).await?;
        }
        let tx = copy.begin().await?;
        meta_put(&tx, "backup_at", now).await?;
        meta_put(&tx, "is_backup", 1).await?;
        tx.commit().await?;
        let n = copy.int("SELECT count(*) FROM delivery", vec![]).await?;
        copy.whole(part).await?;
        copy.close().await?;
        Ok(n)
    }

    /// Asks SQLite whether the file is undamaged.
    async fn whole(&self, file: &Path) -> Result<()> {
        #[derive(FromQueryResult)]
        struct Said {
            quick_check: String,
        }
        let said: Option<Said> = self.row("PRAGMA quick_check(1)", vec![]).await?;
        match said {
            Some(s) if s.quick_check == "ok" => Ok(()),
            s => {
                let why = s.map_or_else(String::new, |s| s.quick_check);
                Err(StoreError::Corrupt(format!("{} is damaged: {why}", file.display())))
            }
        }
    }

    /// When the last backup was made, milliseconds.
    ///
    /// # Errors
    /// The database's.
    pub async fn backup_at(&self) -> Result<Option<i64>> {
        let row: Option<Text> = self.row("SELECT value FROM meta WHERE key = 'backup_at'", vec![]).await?;
        Ok(row.and_then(|r| r.value.parse().ok()))
    }

    /// The same of a database that may have no tables yet.
    ///
    /// # Errors
    /// The database's.
    pub async fn backup_at_if_any(&self) -> Result<Option<i64>> {
        if self.has_tables().await? { self.backup_at().await } else { Ok(None) }
    }

    /// If this ledger was restored: the moment of the backup, the moment of restoring (milliseconds), and how many rows nobody has
    /// decided about since.
    ///
    /// # Errors
    /// The database's.
    pub async fn restored(&self) -> Result<Option<(i64, i64, i64)>> {
        let from =
            self.int("SELECT CAST(value AS bigint) FROM meta WHERE key = 'restored_from'", vec![]).await?;
        if from == 0 {
            return Ok(None);
        }
        let until =
            self.int("SELECT CAST(value AS bigint) FROM meta WHERE key = 'restored_until'", vec![]).await?;
        let open = self
            .int(
                "SELECT count(*) FROM delivery WHERE state = 8 AND cause_code = 'restored' \
                 AND COALESCE(afterwards, '') <> 'not_known'",
                vec![],
            )
            .await?;
        Ok(Some((from, until, open)))
    }

    /// Puts a backup where the ledger of this office is. `url` is the office's database, `key_file` its key, which must be the
    /// backup's. An embedded database that is there is kept under another name, which is answered; any other database must be
    /// empty. `zone`: the office's months.
    ///
    /// # Errors
    /// A file that is no backup, is damaged, or belongs to another key; a database that is not empty. Nothing has changed then.
    pub async fn restore(
        url: &str,
        key_file: &Path,
        backup: &Path,
        zone: chrono_tz::Tz,
        actor: &Actor,
        now: i64,
    ) -> Result<(PutBack, Option<PathBuf>)> {
        let key = Key::load(key_file)?.ok_or_else(|| StoreError::KeyGone(key_file.display().to_string()))?;
        let io = |p: &Path, e| StoreError::Io(p.display().to_string(), e);
        let embedded = super::sqlite_file(url);
        let place = embedded.map_or_else(|| folder(key_file).join("loa.db"), Path::to_owned);
        std::fs::create_dir_all(folder(&place)).map_err(|e| io(&place, e))?;
        let part = named(&place, &format!(".restore-{}", std::process::id()));
        private(&part)?;
        let done = async {
            std::fs::copy(backup, &part).map_err(|e| io(backup, e))?;
            let store = Self::connect(&format!("sqlite:{}", part.display()), key)
                .await
                .map_err(|e| StoreError::Conflict(format!("{} is no backup: {e}", backup.display())))?;
            let put_back = store.prepare_restored(backup, key_file, actor, now).await;
            if embedded.is_none() && put_back.is_ok() {
                let target = Self::open_target(url, key_file).await?;
                target.months_like(&store, zone).await?;
                store.copy_to(&target).await?;
            }
            store.close().await?;
            let put_back = put_back?;
            if embedded.is_none() {
                return Ok((put_back, None));
            }
            let aside = aside(&place, now)?;
            put(&part, &place)?;
            Ok((put_back, aside))
        }
        .await;
        remove(&part);
        done
    }

    async fn prepare_restored(
        &self,
        backup: &Path,
        key_file: &Path,
        actor: &Actor,
        now: i64,
    ) -> Result<PutBack> {
        let none = || StoreError::Conflict(format!("{} is no backup made by `loa backup`", backup.display()));
        if !self.has_tables().await.map_err(|_| none())? {
            return Err(none());
        }
        self.whole(backup).await?;
        if self.int("SELECT CAST(value AS bigint) FROM meta WHERE key = 'is_backup'", vec![]).await? != 1 {
            return Err(none());
        }
        self.check_key(&key_file.display().to_string()).await?;
        self.migrate_up().await?;
        self.mark_restored(actor, now).await
    }

    /// Everything that was due since the backup is unknown; all lives and leases of then are over.
    async fn mark_restored(&self, actor: &Actor, now: i64) -> Result<PutBack> {
        let tx = self.begin().await?;
        let taken_at = meta(&tx, "backup_at").await?.unwrap_or(now);
        // A clock that went back does not make anything due later than it was.
        let until = now.max(taken_at);
        tx.exec("UPDATE node SET ended_at = $1 WHERE ended_at IS NULL", params![now]).await?;
        tx.exec("DELETE FROM lease", vec![]).await?;
        tx.exec(
            "UPDATE attempt SET closed_at = $1, outcome = 'unknown', cause_code = 'restored' WHERE closed_at IS NULL",
            params![now],
        )
        .await?;
        let since = format!("(state IN (0,1,5) AND due_at <= {until}) OR state IN (2,3)");
        let unknown = unknown(&tx, &format!("({since})"), now).await?;
        meta_put(&tx, "restored_from", taken_at).await?;
        meta_put(&tx, "restored_until", until).await?;
        tx.exec("DELETE FROM meta WHERE key = 'is_backup'", vec![]).await?;
        let detail = serde_json::json!({ "backup": taken_at, "unknown": unknown });
        tx.audit(now, actor, "ledger.restore", "ledger", detail).await?;
        let later =
            tx.int(&format!("SELECT count(*) FROM delivery WHERE {WAITS}"), vec![]).await?.unwrap_or(0);
        tx.commit().await?;
        Ok(PutBack { taken_at, restored_at: now, unknown, later })
    }
}

/// Keeps the database that is there under another name, with what lies beside it.
fn aside(place: &Path, now: i64) -> Result<Option<PathBuf>> {
    if inode(place).is_none() {
        return Ok(None);
    }
    let stamp = chrono::DateTime::from_timestamp_millis(now).unwrap_or_default().format("%Y%m%dT%H%M%S");
    let to = (0..)
        .map(|n| {
            named(place, &if n == 0 { format!(".before-{stamp}") } else { format!(".before-{stamp}-{n}") })
        })
        .find(|p| p.symlink_metadata().is_err())
        .unwrap_or_else(|| named(place, ".before"));
    // What lies beside it first: without its log the old database would lack its last rows.
    for end in BESIDE.into_iter().chain([""]) {
        let from = named(place, end);
        if from.symlink_metadata().is_ok() {
            std::fs::rename(&from, named(&to, end))
                .map_err(|e| StoreError::Io(from.display().to_string(), e))?;
        }
    }
    Ok(Some(to))
}
