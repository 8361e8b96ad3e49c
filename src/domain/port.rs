//! What the lower floors need from above, turned around: the clock and the vault of rotating tokens.

use std::fmt;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

/// The time of day, for schedules. Leases do not use it: they end by the database's clock.
#[async_trait]
pub trait Clock: Send + Sync + fmt::Debug {
    /// The instant now, cut to milliseconds (what the ledger stores).
    fn now(&self) -> DateTime<Utc>;
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
