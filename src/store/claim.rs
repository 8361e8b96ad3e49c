//! Claiming rows and writing intents.
//!
//! A claim stamps rows with the node in one statement (SKIP LOCKED on PostgreSQL, BEGIN IMMEDIATE on SQLite). An intent is the
//! durable mark before a send; it is written only where the gate is still open at that instant.

use std::collections::HashMap;
use std::sync::Arc;

use sea_orm::FromQueryResult;

use super::{Allowance, ChatRates, Col, Key, NodeId, Result, StoreError, Tx, code, params, rate};
use crate::domain::delivery::{self, DeliveryId, Event, State};
use crate::domain::id::{Origin, WireKey};
use crate::domain::message::Address;

/// What a lane asks for.
#[derive(Clone, Debug)]
pub struct ClaimRequest {
    /// The account whose rows are wanted.
    pub account: String,
    /// Who claims.
    pub node: NodeId,
    /// The instant now, milliseconds.
    pub now: i64,
    /// At most so many.
    pub n: usize,
    /// So many of these places are for urgent rows alone.
    pub reserve: usize,
    /// This row alone: a test sets nothing else in motion.
    pub only: Option<DeliveryId>,
    /// The account's allowances. Kept by counting attempts in the ledger itself.
    pub limits: Arc<[Allowance]>,
}

/// A row that was claimed, with what is needed to send it.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// Which row.
    pub id: DeliveryId,
    /// Its partition.
    pub planned_for: i64,
    /// Where it comes from.
    pub origin: Origin,
    /// Its sending.
    pub sending: String,
    /// Its slot.
    pub slot: String,
    /// `unit/family` or `contact/<surrogate>`.
    pub target_ref: String,
    /// True for a person of a list.
    pub is_contact: bool,
    /// The unit's name, for channels.
    pub unit_name: Option<String>,
    /// The site's mode.
    pub mode: Option<String>,
    /// Where to.
    pub address: Address,
    /// The account's transport kind.
    pub kind: String,
    /// The family.
    pub family: String,
    /// 0 urgent … 3 bulk.
    pub priority: i16,
    /// The revision in force.
    pub revision_id: i64,
    /// Attempts spent.
    pub attempts: i16,
    /// Attempts ever opened.
    pub opened: i16,
    /// When it was due.
    pub due_at: i64,
    /// When it is no longer useful.
    pub expires_at: i64,
    /// Lists of the occurrence: the first one names the mail's List-Id.
    pub lists: Vec<String>,
}

impl Claimed {
    /// What the far side may recognise a repeat by.
    pub fn wire_key(&self) -> WireKey {
        WireKey::new(&self.origin, &self.sending, &self.slot, &self.target_ref)
    }
}

/// What a lane wants written for a claimed row.
#[derive(Clone, Debug)]
pub struct Intent {
    /// Which row.
    pub id: DeliveryId,
    /// Its partition.
    pub planned_for: i64,
    /// Whose lease.
    pub node: NodeId,
    /// The instant now, milliseconds.
    pub now: i64,
    /// The account, for the rate.
    pub account: String,
    /// The revision whose text was made ready: an edit in between shuts the gate.
    pub revision_id: i64,
    /// The account has an allowance: the attempt takes a place in it.
    pub counted: bool,
    /// The rates of its chat, where the kind has any.
    pub chat: Option<ChatRates>,
}

/// What became of an intent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is durable: send. The attempt has this number.
    Go {
        /// From 1.
        attempt: i16,
    },
    /// The gate was shut in between; the row went back, or was held, cancelled or expired.
    Shut,
    /// The person gets nothing: `opted_out`, `address_dead`, `complained`, `erased`, `left_list`.
    Barred(String),
    /// Its chat or mailbox is to be spared until this instant, milliseconds.
    Rate(i64),
}

#[derive(FromQueryResult)]
struct Raw {
    id: i64,
    planned_for: i64,
    origin: String,
    sending: String,
    slot: String,
    target_ref: String,
    target_kind: String,
    unit_name: Option<String>,
    mode: Option<String>,
    channel_enc: Option<Vec<u8>>,
    contact_enc: Option<Vec<u8>>,
    name_enc: Option<Vec<u8>>,
    kind: String,
    family: String,
    priority: i16,
    revision_id: i64,
    attempts: i16,
    opened: i16,
    due_at: i64,
    expires_at: i64,
    lists: String,
}

/// SQL: rows `s` that bar the contact `c` of delivery `d` in occurrence `o`.
const BARRING: &str = "FROM suppression s WHERE s.family = d.family \
     AND s.bidx = CASE d.family WHEN 'email' THEN c.email_bidx WHEN 'zalo' THEN c.zalo_bidx ELSE c.telegram_bidx END \
     AND (s.list = '' OR o.lists LIKE '%\"' || replace(s.list, '_', '\\_') || '\"%' ESCAPE '\\')";

/// SQL that is true if the contact of delivery `d` is on a list of occurrence `o` at this moment, and on none that it leaves out.
const CHOSEN: &str = "(EXISTS (SELECT 1 FROM list_member m WHERE m.target_id = d.target_id \
       AND o.lists LIKE '%\"' || replace(m.list, '_', '\\_') || '\"%' ESCAPE '\\') \
     AND NOT EXISTS (SELECT 1 FROM list_member m WHERE m.target_id = d.target_id \
       AND o.except_lists LIKE '%\"' || replace(m.list, '_', '\\_') || '\"%' ESCAPE '\\'))";

/// Claims in an open transaction.
pub(super) async fn claim(tx: &Tx, key: &Key, r: &ClaimRequest) -> Result<Vec<Claimed>> {
    // What is kept of an allowance for urgent rows, the others leave alone.
    let (room, room_plain) = rate::room(tx, &r.account, &r.limits).await?;
    let n = (r.n as i64).min(room);
    if n <= 0 {
        return Ok(vec![]);
    }
    // What is not urgent leaves the reserve alone.
    let plain = (r.n.saturating_sub(r.reserve) as i64).min(n).min(room_plain).max(0);
    let urgent = if plain == 0 { "AND priority = 0" } else { "" };
    let only = r.only.map(|id| format!("AND id = {}", id.0)).unwrap_or_default();
    let pick = format!(
        "SELECT id, planned_for, priority, due_at FROM delivery \
         WHERE account = $1 AND state = 1 AND due_at <= $2 {urgent} {only} \
         AND EXISTS (SELECT 1 FROM occurrence o WHERE o.id = delivery.occurrence_id AND o.gate IS NULL \
                     AND o.cancelled_at IS NULL) \
         AND NOT EXISTS (SELECT 1 FROM account_state a WHERE a.account = $1 \
                         AND (a.paused_at IS NOT NULL OR a.quiet_steady > COALESCE(CAST($6 AS bigint), {steady}))) \
         ORDER BY priority, due_at, id LIMIT $3",
        steady = tx.db_now()
    );
    let bound = params![r.account.as_str(), r.now, n, r.node.0, plain, tx.steady()];
    // Urgent rows come first; of the others, as many as fit beside the reserve.
    let ranked = "SELECT id, planned_for, priority, row_number() OVER (ORDER BY priority, due_at, id) AS place FROM picked";
    let fits = "priority = 0 OR place <= $5";
    let sql = if tx.is_sqlite() {
        format!(
            "WITH picked AS ({pick}), ranked AS ({ranked}) \
             UPDATE delivery SET state = 2, node_id = $4 \
             WHERE (id, planned_for) IN (SELECT id, planned_for FROM ranked WHERE {fits}) RETURNING id"
        )
    } else {
        format!(
            "WITH picked AS ({pick} FOR UPDATE SKIP LOCKED), ranked AS ({ranked}) \
             UPDATE delivery SET state = 2, node_id = $4 FROM ranked \
             WHERE delivery.id = ranked.id AND delivery.planned_for = ranked.planned_for AND (ranked.{fits}) \
             RETURNING delivery.id"
        )
    };
    let ids = tx.ints(&sql, bound).await?;
    if ids.is_empty() {
        return Ok(vec![]);
    }
    let moves: Vec<_> = ids
        .iter()
        .map(|&id| (DeliveryId(id).occurrence(), Some(code(State::Due)), code(State::Leased)))
        .collect();
    tx.tally_later(&moves);

    let json =
        serde_json::to_string(&ids.iter().map(|id| serde_json::json!({ "id": id })).collect::<Vec<_>>())
            .map_err(|e| StoreError::Corrupt(e.to_string()))?;
    let rows: Vec<Raw> = tx
        .rows(
            &format!(
                "SELECT d.id, d.planned_for, o.origin, o.sending, o.slot, t.ref AS target_ref, t.kind AS target_kind, \
                        ch.unit_name, ch.mode, ch.address_enc AS channel_enc, \
                        CASE d.family WHEN 'email' THEN c.email_enc WHEN 'zalo' THEN c.zalo_enc \
                             WHEN 'telegram' THEN c.telegram_enc END AS contact_enc, \
                        c.name_enc, d.kind, d.family, d.priority, o.revision_id, d.attempts, d.opened, d.due_at, \
                        d.expires_at, o.lists \
                 FROM {ids} AS j \
                 JOIN delivery d ON d.id = j.id \
                 JOIN occurrence o ON o.id = d.occurrence_id \
                 JOIN target t ON t.id = d.target_id \
                 LEFT JOIN channel ch ON ch.target_id = d.target_id \
                 LEFT JOIN contact c ON c.target_id = d.target_id \
                 ORDER BY d.priority, d.due_at, d.id",
                ids = tx.json_rows(1, &[("id", Col::Int)])
            ),
            params![json],
        )
        .await?;
    rows.into_iter()
        .map(|r| {
            // A damaged address stops its own row (dispatch holds a row without one), never the group.
            let open = |sealed: &[u8]| {
                key.open(sealed)
                    .inspect_err(
                        |e| tracing::error!(delivery.id = r.id, error = %e, "an address cannot be read"),
                    )
                    .ok()
            };
            let value =
                r.channel_enc.as_deref().or(r.contact_enc.as_deref()).and_then(open).unwrap_or_default();
            let name = r.name_enc.as_deref().and_then(open);
            Ok(Claimed {
                id: DeliveryId(r.id),
                planned_for: r.planned_for,
                origin: Origin::stored(r.origin),
                sending: r.sending,
                slot: r.slot,
                is_contact: r.target_kind == "contact",
                target_ref: r.target_ref,
                address: Address { value, name: name.or_else(|| r.unit_name.clone()) },
                unit_name: r.unit_name,
                mode: r.mode,
                kind: r.kind,
                family: r.family,
                priority: r.priority,
                revision_id: r.revision_id,
                attempts: r.attempts,
                opened: r.opened,
                due_at: r.due_at,
                expires_at: r.expires_at,
                lists: serde_json::from_str(&r.lists)
                    .map_err(|e| StoreError::Corrupt(format!("occurrence.lists: {e}")))?,
            })
        })
        .collect()
}

/// Writes intents in an open transaction; answers in the order of the request.
pub(super) async fn intend(tx: &Tx, key: &Key, wanted: &[Intent]) -> Result<Vec<Verdict>> {
    #[derive(FromQueryResult)]
    struct Done {
        id: i64,
        opened: i16,
    }
    if wanted.is_empty() {
        return Ok(vec![]);
    }
    let mut soon = rate::too_soon(tx, key, wanted).await?;
    let json = serde_json::Value::Array(
        wanted
            .iter()
            .filter(|i| !soon.contains_key(&i.id.0))
            .map(|i| {
                serde_json::json!({ "id": i.id.0, "p": i.planned_for, "node": i.node.0, "now": i.now, "rev": i.revision_id })
            })
            .collect(),
    )
    .to_string();
    let cols = [("id", Col::Int), ("p", Col::Int), ("node", Col::Int), ("now", Col::Int), ("rev", Col::Int)];
    // The gate once more, in the same statement: occurrence, account, a text that was stopped, what far sides asked for, window,
    // membership, opt-out. A node whose lease ended writes nothing.
    let open = format!(
        "o.gate IS NULL AND o.cancelled_at IS NULL AND o.revision_id = j.rev AND d.expires_at > j.now \
         AND NOT EXISTS (SELECT 1 FROM account_state a WHERE a.account = d.account \
                         AND (a.paused_at IS NOT NULL OR a.quiet_steady > COALESCE(CAST($2 AS bigint), {now}))) \
         AND NOT EXISTS (SELECT 1 FROM content_stop cs WHERE cs.revision_id = o.revision_id AND cs.account = d.account \
                         AND cs.released_at IS NULL) \
         AND NOT EXISTS (SELECT 1 FROM quiet q WHERE q.account = d.account AND q.target_id = d.target_id \
                         AND q.until_at > COALESCE(CAST($2 AS bigint), {now})) \
         AND NOT EXISTS (SELECT 1 FROM contact c WHERE c.target_id = d.target_id \
                         AND (c.erased_at IS NOT NULL OR NOT {CHOSEN} OR EXISTS (SELECT 1 {BARRING}))) \
         AND NOT {stale} \
         AND NOT EXISTS (SELECT 1 FROM node n WHERE n.id = j.node \
                         AND (n.ended_at IS NOT NULL OR n.lease_until < {now}))",
        now = tx.db_now(),
        stale = super::sheets::STALE_SHEET
    );
    let rows = tx.json_rows(1, &cols);
    let done: Vec<Done> = tx
        .rows(
            &format!(
                "UPDATE delivery SET state = 3, opened = delivery.opened + 1, revision_id = w.revision_id, \
                   updated_at = w.now \
                 FROM (SELECT j.id, j.p, j.node, j.now, o.revision_id FROM {rows} AS j \
                       JOIN delivery d ON d.id = j.id AND d.planned_for = j.p \
                       JOIN occurrence o ON o.id = d.occurrence_id WHERE {open}) AS w \
                 WHERE delivery.id = w.id AND delivery.planned_for = w.p \
                   AND delivery.state = 2 AND delivery.node_id = w.node \
                 RETURNING delivery.id, delivery.opened"
            ),
            params![json, tx.steady()],
        )
        .await?;
    let by_id: HashMap<i64, i16> = done.iter().map(|d| (d.id, d.opened)).collect();
    let opened: Vec<serde_json::Value> = wanted
        .iter()
        .filter_map(|i| {
            by_id.get(&i.id.0).map(|no| {
                serde_json::json!({
                    "id": i.id.0, "p": i.planned_for, "no": no, "a": i.account, "node": i.node.0, "now": i.now
                })
            })
        })
        .collect();
    if !opened.is_empty() {
        let cols = [
            ("id", Col::Int),
            ("p", Col::Int),
            ("no", Col::Int),
            ("a", Col::Text),
            ("node", Col::Int),
            ("now", Col::Int),
        ];
        tx.exec(
            &format!(
                "INSERT INTO attempt (delivery_id, planned_for, no, account, node_id, opened_at) \
                 SELECT id, p, no, a, node, now FROM {} AS j WHERE true",
                tx.json_rows(1, &cols)
            ),
            params![serde_json::Value::Array(opened).to_string()],
        )
        .await?;
        let taken: Vec<(&Intent, i16)> =
            wanted.iter().filter_map(|i| Some((i, *by_id.get(&i.id.0)?))).collect();
        rate::take(tx, key, &taken).await?;
        let moves: Vec<_> = done
            .iter()
            .map(|d| (DeliveryId(d.id).occurrence(), Some(code(State::Leased)), code(State::Sending)))
            .collect();
        tx.tally_later(&moves);
    }
    let mut barred = HashMap::new();
    if done.len() < wanted.len() {
        let left: Vec<&Intent> = wanted.iter().filter(|i| !by_id.contains_key(&i.id.0)).collect();
        barred = self::barred(tx, &left).await?;
        soon.extend(rate::quiet(tx, &left).await?);
    }
    Ok(wanted
        .iter()
        .map(|i| match (by_id.get(&i.id.0), barred.remove(&i.id.0), soon.get(&i.id.0)) {
            (Some(&attempt), ..) => Verdict::Go { attempt },
            (None, Some(why), _) => Verdict::Barred(why),
            (None, None, Some(&at)) => Verdict::Rate(at),
            (None, None, None) => Verdict::Shut,
        })
        .collect())
}

/// Why people among those without an intent get nothing.
async fn barred(tx: &Tx, left: &[&Intent]) -> Result<HashMap<i64, String>> {
    #[derive(FromQueryResult)]
    struct Why {
        id: i64,
        why: Option<String>,
    }
    let ids: Vec<serde_json::Value> =
        left.iter().map(|i| serde_json::json!({ "id": i.id.0, "p": i.planned_for })).collect();
    let rows: Vec<Why> = tx
        .rows(
            &format!(
                "SELECT d.id, CASE WHEN c.erased_at IS NOT NULL THEN 'erased' WHEN NOT {CHOSEN} THEN 'left_list' \
                        ELSE (SELECT CASE s.reason WHEN 'dead' THEN 'address_dead' ELSE s.reason END {BARRING} \
                              ORDER BY s.reason DESC LIMIT 1) END AS why \
                 FROM {ids} AS j JOIN delivery d ON d.id = j.id AND d.planned_for = j.p \
                 JOIN occurrence o ON o.id = d.occurrence_id JOIN contact c ON c.target_id = d.target_id",
                ids = tx.json_rows(1, &[("id", Col::Int), ("p", Col::Int)])
            ),
            params![serde_json::Value::Array(ids).to_string()],
        )
        .await?;
    Ok(rows.into_iter().filter_map(|r| Some((r.id, r.why?))).collect())
}

/// A claimed row that goes elsewhere than to the wire.
#[derive(Clone, Debug)]
pub struct Handed {
    /// Which row.
    pub id: DeliveryId,
    /// Its partition.
    pub planned_for: i64,
    /// Whose lease.
    pub node: NodeId,
    /// `Return`, `Hold`, `Cancel` or `Expire`.
    pub event: Event,
    /// Why, a stable word.
    pub why: String,
    /// New due time for a return, milliseconds.
    pub due_at: Option<i64>,
    /// The instant now, milliseconds.
    pub now: i64,
}

/// Takes claimed rows back, in an open transaction.
pub(super) async fn hand_back(tx: &Tx, rows: &[Handed]) -> Result<()> {
    for h in rows {
        let to = delivery::next(State::Leased, h.event)
            .ok_or_else(|| StoreError::Conflict(format!("no edge from leased by {:?}", h.event)))?;
        let settled = to.is_settled().then_some(h.now);
        let held = matches!(to, State::Held).then(|| h.why.clone());
        let cause = if matches!(to, State::Due) { None } else { Some(h.why.clone()) };
        let n = tx
            .exec(
                "UPDATE delivery SET state = $4, node_id = NULL, held_by = $5, cause_code = COALESCE($6, cause_code), \
                   due_at = COALESCE($7, due_at), settled_at = $8, updated_at = $9 \
                 WHERE id = $1 AND planned_for = $2 AND state = 2 AND node_id = $3",
                params![h.id.0, h.planned_for, h.node.0, code(to), held, cause, h.due_at, settled, h.now],
            )
            .await?;
        if n == 1 {
            tx.tally_later(&[(h.id.occurrence(), Some(code(State::Leased)), code(to))]);
        }
    }
    Ok(())
}
