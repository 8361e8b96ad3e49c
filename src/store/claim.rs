//! Claiming rows and writing intents.
//!
//! A claim stamps rows with the node in one statement (SKIP LOCKED on PostgreSQL, BEGIN IMMEDIATE on SQLite). An intent is the
//! durable mark before a send; it is written only where the gate is still open at that instant.

use std::collections::HashMap;
use std::sync::Arc;

use super::local::row;
use super::tx::Of;
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
    /// The number of this attempt: one more than were opened when the row was claimed.
    pub attempt: i16,
    /// The revision whose text was made ready: an edit in between shuts the gate.
    pub revision_id: i64,
    /// The account has an allowance: the attempt takes a place in it.
    pub counted: bool,
    /// The rates of its chat, where the kind has any.
    pub chat: Option<ChatRates>,
    /// Of how many messages it is: so many places it takes, at least one.
    pub messages: u16,
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

row! {
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
        messages: i64,
    }
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

/// SQL: what a lane needs to know of delivery `d`.
const COLUMNS: &str = "d.id, d.planned_for, o.origin, o.sending, o.slot, t.ref AS target_ref, t.kind AS target_kind, \
     ch.unit_name, ch.mode, ch.address_enc AS channel_enc, \
     CASE d.family WHEN 'email' THEN c.email_enc WHEN 'zalo' THEN c.zalo_enc WHEN 'telegram' THEN c.telegram_enc END AS contact_enc, \
     c.name_enc, d.kind, d.family, d.priority, o.revision_id, d.attempts, d.opened, d.due_at, d.expires_at, o.lists";
/// SQL: where that stands; in this order, so that rows are found by `d` on SQLite, too.
const JOINS: &str = "CROSS JOIN occurrence o CROSS JOIN target t LEFT JOIN channel ch ON ch.target_id = d.target_id \
     LEFT JOIN contact c ON c.target_id = d.target_id";

const OF_IT: &str = "o.id = d.occurrence_id AND t.id = d.target_id";

/// Claims in an open transaction.
pub(super) async fn claim(tx: &Tx, key: &Key, r: &ClaimRequest) -> Result<Vec<Claimed>> {
    let left = rate::left(tx, &r.account, &r.limits).await?;
    // What is kept of an allowance for urgent rows, the others leave alone.
    let room = |urgent| left.iter().map(|l| l.of(urgent).0).min().unwrap_or(i64::MAX);
    let n = (r.n as i64).min(room(true));
    if n <= 0 {
        return Ok(vec![]);
    }
    // What is not urgent leaves the reserve alone.
    let plain = (r.n.saturating_sub(r.reserve) as i64).min(n).min(room(false)).max(0);
    let urgent = if plain == 0 { "AND d.priority = 0" } else { "" };
    let only = r.only.map(|id| format!("AND d.id = {}", id.0)).unwrap_or_default();
    // Urgent rows come first; of the others, as many as fit beside the reserve.
    let free = format!(
        "d.account = $1 AND d.state = 1 AND d.due_at <= $2 {urgent} {only} \
         AND EXISTS (SELECT 1 FROM occurrence o WHERE o.id = d.occurrence_id AND o.gate IS NULL AND o.cancelled_at IS NULL) \
         AND NOT EXISTS (SELECT 1 FROM account_state a WHERE a.account = $1 \
                         AND (a.paused_at IS NOT NULL OR a.quiet_steady > COALESCE(CAST($4 AS bigint), {steady}))) \
         ORDER BY d.priority, d.due_at, d.id LIMIT $3",
        steady = tx.db_now()
    );
    let mut bound = params![r.account.as_str(), r.now, n, tx.steady()];
    // A text of several messages takes as many places. The first row that does not fit waits, and all behind it: nothing that is
    // shorter goes before it for ever.
    let messages = if left.is_empty() { "1" } else { rate::MESSAGES };
    let mut rows: Vec<Raw>;
    if tx.is_sqlite() {
        // One writer: what is read is what is taken.
        let by = if r.only.is_some() { "" } else { "INDEXED BY delivery_claim" };
        rows = tx
            .read(&format!("SELECT {COLUMNS}, {messages} AS messages FROM delivery d {by} {JOINS} WHERE {OF_IT} AND {free}"), bound)
            .await?;
        let plain = usize::try_from(plain).unwrap_or(0);
        let (mut place, mut ahead) = (0, 0);
        rows.retain(|r| {
            let urgent = r.priority == 0;
            let fits = (urgent || place < plain) && left.iter().all(|l| l.fits(urgent, ahead, r.messages));
            place += 1;
            ahead += r.messages;
            fits
        });
        let ids = rows.iter().map(|r| params![r.id, r.planned_for]).collect();
        let cols = [("id", Col::Int), ("p", Col::Int)];
        tx.exec_each(&cols, ids, params![r.node.0], |rows| {
            format!(
                "UPDATE delivery AS d SET state = 2, node_id = $1 {from} WHERE d.id = j.id AND d.planned_for = j.p",
                from = rows.from
            )
        })
        .await?;
    } else {
        bound.extend(params![r.node.0, plain]);
        let (mut counted, mut sum, mut fits) = (String::new(), "", String::new());
        if !left.is_empty() {
            counted = format!(", {messages} AS messages");
            sum = ", messages, sum(messages) OVER (ORDER BY priority, due_at, id) - messages AS ahead";
        }
        // As `Left::fits`.
        for l in &left {
            let of = |n: usize| format!("CASE WHEN ranked.priority = 0 THEN ${} ELSE ${} END", n, n + 1);
            let at = bound.len() + 1;
            fits.push_str(&format!(
                " AND ranked.ahead + LEAST(ranked.messages, {}) <= {}",
                of(at),
                of(at + 2)
            ));
            let ((all, most), (plain, most_plain)) = (l.of(true), l.of(false));
            bound.extend(params![most, most_plain, all, plain]);
        }
        let sql = format!(
            "WITH picked AS (SELECT d.id, d.planned_for, d.priority, d.due_at{counted} FROM delivery d WHERE {free} FOR UPDATE SKIP LOCKED), \
             ranked AS (SELECT id, planned_for, priority, row_number() OVER (ORDER BY priority, due_at, id) AS place{sum} FROM picked), \
             taken AS (UPDATE delivery SET state = 2, node_id = $5 FROM ranked WHERE delivery.id = ranked.id \
                       AND delivery.planned_for = ranked.planned_for AND (ranked.priority = 0 OR ranked.place <= $6){fits} \
                       RETURNING delivery.*) \
             SELECT {COLUMNS}, CAST(1 AS bigint) AS messages FROM taken d {JOINS} WHERE {OF_IT}"
        );
        rows = tx.rows(&sql, bound).await?;
        rows.sort_by_key(|r| (r.priority, r.due_at, r.id));
    }
    if rows.is_empty() {
        return Ok(vec![]);
    }
    let moves: Vec<_> = rows
        .iter()
        .map(|r| (DeliveryId(r.id).occurrence(), Some(code(State::Due)), code(State::Leased)))
        .collect();
    tx.tally_later(&moves);
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
    if wanted.is_empty() {
        return Ok(vec![]);
    }
    let mut soon = rate::too_soon(tx, key, wanted).await?;
    let sets = wanted
        .iter()
        .filter(|i| !soon.contains_key(&i.id.0))
        .map(|i| {
            params![i.id.0, i.planned_for, i.node.0, i.attempt, i.now, i.revision_id, i.account.as_str()]
        })
        .collect();
    let cols = [
        ("id", Col::Int),
        ("p", Col::Int),
        ("node", Col::Int),
        ("no", Col::Int),
        ("now", Col::Int),
        ("rev", Col::Int),
        ("a", Col::Text),
    ];
    // The gate once more, in the same statement: occurrence, account, a text that was stopped, what far sides asked for, window,
    // membership, opt-out. A node whose lease ended writes nothing.
    let open = format!(
        "o.gate IS NULL AND o.cancelled_at IS NULL AND o.revision_id = j.rev \
         AND NOT EXISTS (SELECT 1 FROM account_state a WHERE a.account = d.account \
                         AND (a.paused_at IS NOT NULL OR a.quiet_steady > COALESCE(CAST($1 AS bigint), {now}))) \
         AND NOT EXISTS (SELECT 1 FROM content_stop cs WHERE cs.revision_id = o.revision_id AND cs.account = d.account \
                         AND cs.released_at IS NULL) \
         AND NOT EXISTS (SELECT 1 FROM quiet q WHERE q.account = d.account AND q.target_id = d.target_id \
                         AND q.until_at > COALESCE(CAST($1 AS bigint), {now})) \
         AND NOT EXISTS (SELECT 1 FROM contact c WHERE c.target_id = d.target_id \
                         AND (c.erased_at IS NOT NULL OR NOT {CHOSEN} OR EXISTS (SELECT 1 {BARRING}))) \
         AND (o.origin <> 'system/sheet' OR NOT {stale}) \
         AND NOT EXISTS (SELECT 1 FROM node n WHERE n.id = j.node \
                         AND (n.ended_at IS NOT NULL OR n.lease_until < {now}))",
        now = tx.db_now(),
        stale = super::sheets::STALE_SHEET
    );
    let done = tx
        .changed_and(
            &cols,
            sets,
            params![tx.steady()],
            |rows| {
                let mine = format!(
                    "d.id = j.id AND d.planned_for = j.p AND {} AND d.node_id = j.node AND d.opened = j.no - 1",
                    Tx::is_in("d", State::Leased)
                );
                let set = "UPDATE delivery AS d SET state = 3, opened = j.no, revision_id = j.rev, updated_at = j.now";
                let from = rows.from;
                if tx.is_sqlite() {
                    return format!(
                        "{set} {from} WHERE {mine} AND d.expires_at > j.now \
                           AND EXISTS (SELECT 1 FROM occurrence o WHERE o.id = d.occurrence_id AND {open})"
                    );
                }
                // The gate is asked of what was found, not within the search of each partition.
                format!(
                    "WITH found AS MATERIALIZED (SELECT j.*, d.occurrence_id, d.account, d.target_id, d.family {from} \
                       JOIN delivery d ON {mine} AND d.expires_at > j.now), \
                     free AS MATERIALIZED (SELECT j.* FROM found AS d \
                       CROSS JOIN LATERAL (SELECT d.id, d.p, d.node, d.no, d.now, d.rev) AS j JOIN occurrence o ON o.id = d.occurrence_id WHERE {open}) \
                     {set} FROM free AS j WHERE {mine}"
                )
            },
            Of::Changed,
            |rows| {
                format!(
                    "INSERT INTO attempt (delivery_id, planned_for, no, account, node_id, opened_at) \
                     SELECT j.id, j.p, j.no, j.a, j.node, j.now {from} WHERE true",
                    from = rows.from
                )
            },
        )
        .await?;
    let by_id: HashMap<i64, i16> =
        wanted.iter().filter(|i| done.contains(&i.id.0)).map(|i| (i.id.0, i.attempt)).collect();
    if !done.is_empty() {
        let taken: Vec<(&Intent, i16)> =
            wanted.iter().filter_map(|i| Some((i, *by_id.get(&i.id.0)?))).collect();
        rate::take(tx, key, &taken).await?;
        let moves: Vec<_> = done
            .iter()
            .map(|&id| (DeliveryId(id).occurrence(), Some(code(State::Leased)), code(State::Sending)))
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
    row! {
        struct Why {
            id: i64,
            why: Option<String>,
        }
    }
    let ids = left.iter().map(|i| params![i.id.0, i.planned_for]).collect();
    let rows: Vec<Why> = tx
        .each(&[("id", Col::Int), ("p", Col::Int)], ids, vec![], |rows| {
            format!(
                "SELECT d.id, CASE WHEN c.erased_at IS NOT NULL THEN 'erased' WHEN NOT {CHOSEN} THEN 'left_list' \
                        ELSE (SELECT CASE s.reason WHEN 'dead' THEN 'address_dead' ELSE s.reason END {BARRING} \
                              ORDER BY s.reason DESC LIMIT 1) END AS why \
                 FROM delivery d JOIN occurrence o ON o.id = d.occurrence_id JOIN contact c ON c.target_id = d.target_id{and_them} \
                 WHERE d.id = j.id AND d.planned_for = j.p",
                and_them = rows.and
            )
        })
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
