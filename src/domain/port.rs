//! What the lower floors need from above, turned around: the clock and the vault of rotating tokens.

use std::fmt;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::campaign::Class;
use super::id::{AccountId, UnitId};
use super::schedule::QuietHours;
use super::unit::Family;

/// A reading of time that is never set: it neither steps nor stands still, also while the machine sleeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Steady {
    /// The start of the machine that it counts from: readings of two starts do not compare. `None`: a clock that is moved by hand,
    /// whose own time counts.
    pub boot: Option<&'static str>,
    /// Milliseconds.
    pub ms: i64,
}

/// The time of day, for schedules. Leases do not use it: they end by the database's clock.
#[async_trait]
pub trait Clock: Send + Sync + fmt::Debug {
    /// The instant now, cut to milliseconds (what the ledger stores).
    fn now(&self) -> DateTime<Utc>;
    /// Time that no one sets, for what is measured: the windows of allowances, pauses that a far side asked for. A simulated clock
    /// never steps, so its own time will do.
    fn steady(&self) -> Steady {
        Steady { boot: None, ms: self.now().timestamp_millis() }
    }
    /// Returns when `now() >= until`. A simulated clock returns when it was moved there.
    async fn sleep_until(&self, until: DateTime<Utc>);
}

/// Durable storage for credentials that rotate and are single-use (a Zalo OA refresh token must be durable before
/// the new access token is used). `store` implements it; a transport that needs it gets it at construction.
#[async_trait]
pub trait TokenVault: Send + Sync {
    /// The stored token of `account`, if any.
    ///
    /// # Errors
    /// A sentence for the log if the vault cannot be read.
    async fn load(&self, account: &str) -> Result<Option<String>, String>;
    /// Stores it durably; returns only once it would survive a crash.
    ///
    /// # Errors
    /// A sentence for the log if the vault cannot be written.
    async fn save(&self, account: &str, token: &str) -> Result<(), String>;
}

/// What the checks of a workspace need to know of the office's settings. `config` implements it, so that the reader of
/// `campaigns/` and the reader of `loa.yaml` stay siblings.
pub trait Office {
    /// False if `loa.yaml` itself could not be read: then nothing is checked against it.
    fn known(&self) -> bool;
    /// The unit that runs the workspace.
    fn organisation(&self) -> &UnitId;
    /// Zone of wall-clock times that state no other.
    fn time_zone(&self) -> chrono_tz::Tz;
    /// The accounts with their kinds.
    fn accounts(&self) -> Vec<(&AccountId, &str)>;
    /// The account that serves a family (or `hand-over`, `station`) where a channel names none.
    fn default_account(&self, role: &str) -> Option<&AccountId>;
    /// Approval steps of a class: roles or people, in order.
    fn approval(&self, class: Class) -> &[String];
    /// A fact whose last check is older than this many days does not count.
    fn fact_max_age_days(&self) -> i64;
    /// How many seconds late a family's message is still useful, where its sending does not say.
    fn late_ok(&self, family: Family) -> i64;
    /// When people are left in peace.
    fn quiet_people(&self) -> Option<QuietHours>;
    /// Where the public reaches the workspace's own pages.
    fn public_url(&self) -> Option<&str> {
        None
    }
}
