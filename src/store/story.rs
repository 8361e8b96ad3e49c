//! The story of one delivery: its attempts, what people did about it, and what came afterwards. Read only.

use sea_orm::FromQueryResult;

use super::seek::PART;
use super::{Result, Store, params};
use crate::domain::delivery::{self, DeliveryId};

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

/// What a station declared about a row.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Declared {
    /// When, milliseconds.
    pub at: i64,
    /// Airings made.
    pub sessions: i64,
    /// Why there were none.
    pub why: Option<String>,
    /// Who says so.
    pub by_name: String,
    /// How we know.
    pub proof: String,
}

/// A link that a webmaster returned, and what was seen behind it.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Link {
    /// When, milliseconds.
    pub at: i64,
    /// The link.
    pub url: String,
    /// 1: the article is there.
    pub ok: i16,
    /// 1: the title was found.
    pub title_found: i16,
    /// 1: a picture was found.
    pub image_found: i16,
    /// The server's answer.
    pub http_status: i64,
    /// What was seen, in the office's language.
    pub note: String,
    /// Who returned it.
    pub by_name: String,
    /// How we know.
    pub proof: String,
}

/// A paper of Loa's own about a row: a sheet that lists it, a reminder that names it.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Paper {
    /// The paper's own row: its code's number.
    pub code: i64,
    /// When it was made, milliseconds.
    pub made_at: i64,
    /// State's number.
    pub state: i16,
    /// When it was settled, milliseconds.
    pub settled_at: Option<i64>,
    /// The digits of a sheet; empty for a reminder.
    pub sheet: String,
    /// The week of a sheet.
    pub week: String,
}

/// Why an address gets nothing.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Suppressed {
    /// When, milliseconds.
    pub at: i64,
    /// `opted_out`, `dead` or `complained`.
    pub reason: String,
    /// From which list; empty: from all.
    pub list: String,
    /// Who said so.
    pub actor: String,
}

/// A figure about one row.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Figure {
    /// When, milliseconds.
    pub at: i64,
    /// What was counted.
    pub metric: String,
    /// How many.
    pub value: i64,
    /// How sure.
    pub grade: String,
    /// By whom.
    pub source: String,
}

/// What came after a delivery was accepted, each in the order of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Afterwards {
    /// What its station declared; the last word counts.
    pub declared: Vec<Declared>,
    /// Links that its webmaster returned.
    pub links: Vec<Link>,
    /// Sheets that listed it.
    pub sheets: Vec<Paper>,
    /// Reminders that named it.
    pub reminders: Vec<Paper>,
    /// Why its address gets nothing any more.
    pub suppressed: Vec<Suppressed>,
    /// Its figures.
    pub figures: Vec<Figure>,
}

impl Store {
    /// What came after a row was accepted.
    ///
    /// # Errors
    /// The database's.
    pub async fn afterwards_of(&self, id: DeliveryId) -> Result<Afterwards> {
        // A reminder names the packages it is about by the beginning of their codes.
        let letters = delivery::code_letters(id.code());
        let named = format!("%T-{}%", &letters[..4]);
        Ok(Afterwards {
            declared: self
                .rows(
                    &format!("SELECT at, sessions, why, by_name, proof FROM airing d WHERE delivery_id = $1 AND {PART} ORDER BY id"),
                    params![id.0],
                )
                .await?,
            links: self
                .rows(
                    &format!(
                        "SELECT at, url, ok, title_found, image_found, http_status, note, by_name, proof FROM evidence d \
                         WHERE delivery_id = $1 AND {PART} ORDER BY id"
                    ),
                    params![id.0],
                )
                .await?,
            sheets: self
                .rows(
                    "SELECT d.code, s.created_at AS made_at, d.state, d.settled_at, s.code AS sheet, s.week \
                     FROM sheet_row sr JOIN sheet s ON s.code = sr.sheet_code \
                     JOIN delivery d ON d.id = s.delivery_id AND d.planned_for = s.planned_for \
                     WHERE sr.delivery_id = $1 ORDER BY s.created_at",
                    params![id.0],
                )
                .await?,
            reminders: self
                .rows(
                    "SELECT d.code, d.planned_for AS made_at, d.state, d.settled_at, '' AS sheet, '' AS week \
                     FROM delivery d JOIN occurrence o ON o.id = d.occurrence_id \
                     WHERE d.target_id = $1 AND o.origin = 'system/reminder' AND EXISTS \
                       (SELECT 1 FROM rendition r WHERE r.revision_id = o.revision_id AND r.body LIKE $2) \
                     ORDER BY d.planned_for, d.id",
                    params![id.target(), named],
                )
                .await?,
            suppressed: self
                .rows(
                    &format!("SELECT s.at, s.reason, s.list, s.actor FROM delivery d JOIN contact c ON c.target_id = d.target_id \
                     JOIN suppression s ON s.family = d.family AND s.bidx = CASE d.family WHEN 'email' THEN c.email_bidx \
                       WHEN 'zalo' THEN c.zalo_bidx ELSE c.telegram_bidx END \
                     WHERE d.id = $1 AND {PART} ORDER BY s.at"),
                    params![id.0],
                )
                .await?,
            figures: self
                .rows(
                    &format!("SELECT at, metric, value, grade, source FROM reach d WHERE delivery_id = $1 AND {PART} ORDER BY at, metric"),
                    params![id.0],
                )
                .await?,
        })
    }

    /// Attempts of a row.
    ///
    /// # Errors
    /// The database's.
    pub async fn attempts_of(&self, id: DeliveryId) -> Result<Vec<AttemptRow>> {
        self.rows(
            &format!(
                "SELECT no, opened_at, closed_at, outcome, cause_code, cause_detail, receipt FROM attempt d \
                 WHERE delivery_id = $1 AND {PART} ORDER BY no"
            ),
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
