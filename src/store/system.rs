//! What Loa itself sends: sheets, reminders, alerts, tests. Rows of the same ledger, under an origin `system/<purpose>`.

use super::plan::revision_put;
use super::{NewRevision, Result, Store, StoreError, Tx, code, params};
use crate::domain::delivery::{DeliveryId, State};
use crate::domain::people::Actor;

impl Store {
    /// A delivery of the system's own (sheet, reminder, alert, test): revision, rendition, occurrence and row in one
    /// transaction. Nothing happens if it is already there.
    ///
    /// # Errors
    /// The database's.
    pub async fn system_delivery(
        &self,
        d: &SystemDelivery<'_>,
        now: i64,
    ) -> Result<Option<(DeliveryId, i64)>> {
        let tx = self.begin().await?;
        let out = system_put(&tx, d, now).await?;
        tx.commit().await?;
        Ok(out)
    }
}

/// Something Loa itself sends to one channel.
#[derive(Clone, Debug)]
pub struct SystemDelivery<'a> {
    /// Its revision; the origin is `system/<purpose>`.
    pub revision: NewRevision,
    /// What is sent.
    pub rendition: &'a crate::domain::message::Rendition,
    /// Its slot: unique per purpose.
    pub slot: String,
    /// `unit/family` of the channel.
    pub target_ref: String,
    /// The account.
    pub account: String,
    /// Its kind.
    pub kind: String,
    /// The family it is counted under.
    pub family: String,
    /// Rank of priority.
    pub priority: i16,
    /// When, milliseconds.
    pub due_at: i64,
    /// When it is no longer useful, milliseconds.
    pub expires_at: i64,
}

/// Puts a system delivery, in an open transaction. `None`: it was there.
pub(super) async fn system_put(
    tx: &Tx,
    d: &SystemDelivery<'_>,
    now: i64,
) -> Result<Option<(DeliveryId, i64)>> {
    let there = tx
        .int(
            "SELECT id FROM occurrence WHERE origin = $1 AND sending = $2 AND slot = $3",
            params![d.revision.origin.as_str(), d.kind.as_str(), d.slot.as_str()],
        )
        .await?;
    if there.is_some() {
        return Ok(None);
    }
    let revision = revision_put(tx, &d.revision, &Actor::system(), now).await?;
    super::approval::rendition_put(tx, revision, d.rendition, now).await?;
    let target = *super::workspace::target_ids(tx, "channel", &[&d.target_ref])
        .await?
        .get(&d.target_ref)
        .ok_or_else(|| StoreError::Corrupt(format!("target {}", d.target_ref)))?;
    let occurrence = tx
        .int(
            "INSERT INTO occurrence (origin, sending, slot, family, priority, planned_for, due_at, expires_at, revision_id, \
                                     placed_at) \
             VALUES ($1,$2,$3,$4,$5,$6,$6,$7,$8,$9) RETURNING id",
            params![
                d.revision.origin.as_str(),
                d.kind.as_str(),
                d.slot.as_str(),
                d.family.as_str(),
                d.priority,
                d.due_at,
                d.expires_at,
                revision,
                now
            ],
        )
        .await?
        .unwrap_or_default();
    let id = DeliveryId::new(occurrence, target);
    tx.exec(
        "INSERT INTO delivery (id, planned_for, occurrence_id, target_id, account, kind, family, priority, state, due_at, \
                               expires_at, code, updated_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,0,$2,$9,$10,$11)",
        params![
            id.0,
            d.due_at,
            occurrence,
            target,
            d.account.as_str(),
            d.kind.as_str(),
            d.family.as_str(),
            d.priority,
            d.expires_at,
            id.code(),
            now
        ],
    )
    .await?;
    tx.tally_move(&[(occurrence, None, code(State::Planned))]).await?;
    Ok(Some((id, d.due_at)))
}
