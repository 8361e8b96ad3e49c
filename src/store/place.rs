//! Rows of channels: made when their time comes within the horizon, moved when their account changes.

use sea_orm::FromQueryResult;

use super::{Col, PlanWrite, Result, StoreError, Tx, WAITS, code, params};
use crate::domain::delivery::State;

/// Rows that nobody has tried yet follow a channel or family whose account was changed in `loa.yaml`; no row may wait for an
/// account that is gone.
pub(super) async fn follow_accounts(tx: &Tx, plan: &PlanWrite, now: i64) -> Result<()> {
    if plan.channels.is_some() {
        let other = "FROM channel ch WHERE ch.target_id = delivery.target_id AND ch.removed_at IS NULL";
        tx.exec(
            &format!(
                "UPDATE delivery SET account = (SELECT ch.account {other}), kind = (SELECT ch.kind {other}), updated_at = $1 \
                 WHERE {WAITS} AND opened = 0 AND account <> $2 AND EXISTS \
                   (SELECT 1 {other} AND (ch.account <> delivery.account OR ch.kind <> delivery.kind))"
            ),
            params![now, super::sheets::BY_SHEET],
        )
        .await?;
    }
    for (family, account, kind) in &plan.carriers {
        let to = params![family.as_str(), account.as_str(), kind.as_str()];
        tx.exec(
            "UPDATE occurrence SET account = $2, kind = $3 WHERE family = $1 AND lists <> '[]' AND cancelled_at IS NULL \
               AND (account <> $2 OR kind <> $3)",
            to.clone(),
        )
        .await?;
        tx.exec(
            &format!(
                "UPDATE delivery SET account = $2, kind = $3 WHERE family = $1 AND {WAITS} AND opened = 0 \
                   AND (account <> $2 OR kind <> $3) \
                   AND EXISTS (SELECT 1 FROM contact c WHERE c.target_id = delivery.target_id)"
            ),
            to,
        )
        .await?;
    }
    Ok(())
}

/// SQL for the short code of a row of occurrence `o` and target `t`: the arithmetic of [`DeliveryId::code`].
pub(super) fn code_sql() -> String {
    format!(
        "(((t.id % 8388608) * {step} % {m} + (t.id / 8388608) * 104729 + (o.id % 8388608) * {ostep}) % {m})",
        step = crate::domain::delivery::CODE_TARGET_STEP,
        ostep = crate::domain::delivery::CODE_OCCURRENCE_STEP,
        m = crate::domain::delivery::CODE_MODULUS
    )
}

#[derive(FromQueryResult)]
struct ToPlace {
    id: i64,
    channels: String,
}

/// Makes the rows of channels of occurrences due before `horizon`.
pub(super) async fn place(tx: &Tx, horizon: i64, now: i64) -> Result<u64> {
    let waiting: Vec<ToPlace> = tx
        .rows(
            "SELECT id, channels FROM occurrence WHERE placed_at IS NULL AND cancelled_at IS NULL AND archived_at IS NULL \
             AND due_at <= $1",
            params![horizon],
        )
        .await?;
    if waiting.is_empty() {
        return Ok(0);
    }
    let mut pairs = Vec::new();
    for w in &waiting {
        let refs: Vec<String> = serde_json::from_str(&w.channels)
            .map_err(|e| StoreError::Corrupt(format!("occurrence.channels: {e}")))?;
        pairs.extend(refs.into_iter().map(|r| serde_json::json!({ "o": w.id, "r": r })));
    }
    let mut placed = 0;
    for chunk in pairs.chunks(2000) {
        let rows = tx.json_rows(1, &[("o", Col::Int), ("r", Col::Text)]);
        let made = tx
            .ints(
                &format!(
                    "INSERT INTO delivery (id, planned_for, occurrence_id, target_id, account, kind, family, priority, state, \
                                           due_at, expires_at, code, updated_at) \
                     SELECT o.id * 4294967296 + t.id, o.planned_for, o.id, t.id, \
                            CASE WHEN o.family = 'station' THEN '{by_sheet}' ELSE ch.account END, ch.kind, o.family, o.priority, \
                            0, o.due_at, o.expires_at, {code}, $2 \
                     FROM {rows} AS j JOIN occurrence o ON o.id = j.o JOIN target t ON t.ref = j.r \
                     JOIN channel ch ON ch.target_id = t.id WHERE true \
                     ON CONFLICT (id, planned_for) DO NOTHING RETURNING occurrence_id",
                    code = code_sql(),
                    by_sheet = super::sheets::BY_SHEET
                ),
                params![serde_json::Value::Array(chunk.to_vec()).to_string(), now],
            )
            .await?;
        placed += made.len() as u64;
        let moves: Vec<_> = made.into_iter().map(|o| (o, None, code(State::Planned))).collect();
        tx.tally_move(&moves).await?;
    }
    for w in &waiting {
        tx.exec("UPDATE occurrence SET placed_at = $2 WHERE id = $1", params![w.id, now]).await?;
    }
    Ok(placed)
}
