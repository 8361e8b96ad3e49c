//! What is wrong with the place of the database or the way to it, where a person can mend that.

use sea_orm::{DbErr, RuntimeErr};

use super::StoreError;

/// A trouble of the database that has a remedy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// SQLite may not read or write its files: the folder's fault, not the database's.
    Denied,
    /// Another program holds it, or many wait for it.
    Busy,
    /// No room on its disk.
    Full,
    /// The disk fails.
    Disk,
    /// Its file is damaged, or is no database.
    Damaged,
    /// Nobody answers there, or the answer stops.
    NoAnswer,
    /// The server refuses user or password.
    Refused,
    /// The server has no database of that name.
    NoDatabase,
    /// The server takes no more connections.
    Crowded,
    /// The server starts, stops, or was told to end the connection.
    Restarting,
    /// The user may not do this.
    NoRight,
}

impl StoreError {
    /// Which trouble it is; `None`: none of these.
    pub fn trouble(&self) -> Option<Trouble> {
        let StoreError::Db(e) = self else { return None };
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "of a library: what is new there is no known trouble"
        )]
        let e = match e {
            DbErr::Conn(RuntimeErr::SqlxError(e))
            | DbErr::Exec(RuntimeErr::SqlxError(e))
            | DbErr::Query(RuntimeErr::SqlxError(e)) => e,
            DbErr::ConnectionAcquire(_) => return Some(Trouble::NoAnswer),
            _ => return None,
        };
        of(e)
    }

    /// True if SQLite may not read or write its files.
    pub fn is_denied(&self) -> bool {
        self.trouble() == Some(Trouble::Denied)
    }
}

#[cfg(test)]
impl StoreError {
    /// A trouble that nobody knows, for tests of other rooms.
    pub(crate) fn strange(text: &str) -> Self {
        StoreError::Db(DbErr::Custom(text.to_owned()))
    }
}

fn of(e: &sqlx::Error) -> Option<Trouble> {
    #[expect(clippy::wildcard_enum_match_arm, reason = "of a library: what is new there is no known trouble")]
    let e = match e {
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => {
            return Some(Trouble::NoAnswer);
        }
        sqlx::Error::Database(e) => e,
        _ => return None,
    };
    let code = e.code()?;
    if e.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some() {
        // The primary code stands in the low byte of an extended one (sqlite.org/rescode.html).
        return match code.parse::<i32>().ok()? & 0xff {
            3 | 8 | 14 => Some(Trouble::Denied), // PERM, READONLY, CANTOPEN
            5 | 6 => Some(Trouble::Busy),        // BUSY, LOCKED
            10 => Some(Trouble::Disk),           // IOERR
            13 => Some(Trouble::Full),           // FULL
            11 | 26 => Some(Trouble::Damaged),   // CORRUPT, NOTADB
            _ => None,
        };
    }
    // SQLSTATE (postgresql.org/docs, Appendix A).
    match &*code {
        "28P01" | "28000" => Some(Trouble::Refused),
        "3D000" => Some(Trouble::NoDatabase),
        "42501" => Some(Trouble::NoRight),
        "53100" => Some(Trouble::Full),
        "53200" | "53300" => Some(Trouble::Crowded),
        "55P03" | "40P01" | "40001" => Some(Trouble::Busy),
        "57P01" | "57P02" | "57P03" | "25006" => Some(Trouble::Restarting),
        "58030" => Some(Trouble::Disk),
        "XX001" | "XX002" => Some(Trouble::Damaged),
        c if c.starts_with("08") => Some(Trouble::NoAnswer),
        _ => None,
    }
}
