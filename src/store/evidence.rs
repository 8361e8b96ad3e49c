//! Evidence: what was seen behind the links that webmasters return. Every look is kept; the row says what follows from the last
//! one that shows anything.

use sea_orm::FromQueryResult;

use super::{Result, Store, StoreError, code, params};
use crate::domain::delivery::{DeliveryId, State};
use crate::domain::people::Actor;

/// What Loa saw when it opened a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvidenceRow {
    /// The link.
    pub url: String,
    /// It answered, and the title is there.
    pub ok: bool,
    /// The title was found.
    pub title_found: bool,
    /// The picture was found.
    pub image_found: bool,
    /// HTTP status (0: no answer).
    pub http_status: i64,
    /// One sentence.
    pub note: String,
    /// The site itself shows that the article is not there.
    pub gone: bool,
}

/// What a link did to the row it was returned for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EvidenceEffect {
    /// The article is there: the row is settled.
    Settled,
    /// It is not; the row waits for a link as before.
    Open,
    /// It is not there, or could not be looked at; what was seen before under this address still holds.
    Stays(String),
    /// It was seen under this very address before, and is gone: the row waits for a link again.
    Gone,
}

impl Store {
    /// Records what was seen behind a link that a webmaster returned, and what follows from it.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the row was not handed over.
    pub async fn evidence_add(
        &self,
        id: DeliveryId,
        planned_for: i64,
        e: &EvidenceRow,
        actor: &Actor,
        now: i64,
    ) -> Result<EvidenceEffect> {
        #[derive(FromQueryResult)]
        struct Before {
            state: i16,
            afterwards: Option<String>,
            receipt_url: Option<String>,
        }
        let tx = self.begin().await?;
        let before: Option<Before> = tx
            .row(
                "SELECT state, afterwards, receipt_url FROM delivery WHERE id = $1 AND planned_for = $2",
                params![id.0, planned_for],
            )
            .await?;
        let Some(before) = before.filter(|b| b.state == code(State::Sent)) else {
            return Err(StoreError::Conflict("this package was not handed over yet".into()));
        };
        let published = before.afterwards.as_deref() == Some("published");
        let effect = match before.receipt_url {
            _ if e.ok => EvidenceEffect::Settled,
            Some(seen) if published && e.gone && seen == e.url => EvidenceEffect::Gone,
            Some(seen) if published => EvidenceEffect::Stays(seen),
            Some(_) | None => EvidenceEffect::Open,
        };
        tx.exec(
            "INSERT INTO evidence (delivery_id, planned_for, url, ok, title_found, image_found, http_status, note, by_name, \
                                   proof, at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11)",
            params![
                id.0,
                planned_for,
                e.url.as_str(),
                i16::from(e.ok),
                i16::from(e.title_found),
                i16::from(e.image_found),
                e.http_status,
                e.note.as_str(),
                actor.name.as_str(),
                actor.proof.as_str(),
                now
            ],
        )
        .await?;
        let found = match effect {
            EvidenceEffect::Settled => Some(1_i64),
            EvidenceEffect::Gone => Some(0),
            EvidenceEffect::Open | EvidenceEffect::Stays(_) => None,
        };
        if let Some(found) = found {
            let (afterwards, pending) = if found == 1 { ("published", 0_i16) } else { ("withdrawn", 1) };
            tx.exec(
                "UPDATE delivery SET afterwards = $3, pending = $4, receipt_url = $5, updated_at = $6 \
                 WHERE id = $1 AND planned_for = $2",
                params![id.0, planned_for, afterwards, pending, e.url.as_str(), now],
            )
            .await?;
            let said = "DELETE FROM reach WHERE delivery_id = $1 AND planned_for = $2 AND metric = 'link_ok'";
            tx.exec(said, params![id.0, planned_for]).await?;
            tx.exec(
                "INSERT INTO reach (delivery_id, planned_for, occurrence_id, metric, value, grade, source, at) \
                 VALUES ($1,$2,$3,'link_ok',$4,'measured','loa done',$5)",
                params![id.0, planned_for, id.occurrence(), found, now],
            )
            .await?;
        }
        tx.audit(
            now,
            actor,
            "package.done",
            &crate::domain::delivery::code_letters(id.code()),
            serde_json::json!({ "delivery": id.0, "url": e.url, "ok": e.ok, "note": e.note }),
        )
        .await?;
        tx.commit().await?;
        Ok(effect)
    }
}
