//! The story of one delivery: its attempts, and what people did about it.

use sea_orm::FromQueryResult;

use super::{Result, Store, params};
use crate::domain::delivery::DeliveryId;

/// An attempt as stored.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct AttemptRow {
    /// Its number.
    pub no: i16,
    /// Opened, milliseconds.
    pub opened_at: i64,
    /// Closed, milliseconds.
    pub closed_at: Option<i64>,
    /// The outcome's word.
    pub outcome: Option<String>,
    /// Cause: stable word.
    pub cause_code: Option<String>,
    /// Cause: what was said.
    pub cause_detail: Option<String>,
    /// The far side's own name.
    pub receipt: Option<String>,
}

/// Something somebody did.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct AuditRow {
    /// When, milliseconds.
    pub at: i64,
    /// Who.
    pub actor: String,
    /// How we know.
    pub proof: String,
    /// What.
    pub action: String,
    /// About what.
    pub subject: String,
    /// More, JSON.
    pub detail: String,
}

impl Store {
    /// Attempts of a row.
    ///
    /// # Errors
    /// The database's.
    pub async fn attempts_of(&self, id: DeliveryId) -> Result<Vec<AttemptRow>> {
        self.rows(
            "SELECT no, opened_at, closed_at, outcome, cause_code, cause_detail, receipt FROM attempt \
             WHERE delivery_id = $1 ORDER BY no",
            params![id.0],
        )
        .await
    }

    /// What people did about a subject, newest last.
    ///
    /// # Errors
    /// The database's.
    pub async fn audit_of(&self, subject: &str) -> Result<Vec<AuditRow>> {
        self.rows(
            "SELECT at, actor, proof, action, subject, detail FROM audit WHERE subject = $1 ORDER BY id DESC LIMIT 100",
            params![subject],
        )
        .await
    }
}
