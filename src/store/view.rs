//! What the log shows: keyset pages over the ledger's rows, indexed, never counted by scanning.

use sea_orm::{FromQueryResult, Value};

use super::question::CLOSED;
use super::{Result, Store, code, params, state_of};
use crate::domain::delivery::{self, DeliveryId, State};

/// Which rows of the log are wanted. Newest first.
#[derive(Clone, Debug, Default)]
pub struct LogFilter {
    /// Changed at or after, milliseconds.
    pub from: Option<i64>,
    /// Changed before, milliseconds.
    pub until: Option<i64>,
    /// States (empty: all).
    pub states: Vec<State>,
    /// `campaign` or `campaign/post`.
    pub origin: Option<String>,
    /// Unit.
    pub unit: Option<String>,
    /// Family.
    pub family: Option<String>,
    /// Account.
    pub account: Option<String>,
    /// A list: people who got it as its members.
    pub list: Option<String>,
    /// Rows after this one (its `updated_at` and id), older.
    pub after: Option<(i64, i64)>,
    /// Rows newer than this (`--follow`), oldest first.
    pub newer_than: Option<(i64, i64)>,
    /// At most so many.
    pub limit: i64,
    /// Loa's own sheets, reminders and alerts too.
    pub system: bool,
    /// Only what went wrong, waits for another try, is held, was answered with "no" or with silence, or was taken down. What merely waits for
    /// approval is a problem once it is due before this instant (milliseconds).
    pub problems: Option<i64>,
    /// Only what a person should look at first, of posts and of stations' sheets: failed, refused by a unit, content refused by
    /// whomever, too late since this instant (milliseconds).
    pub attention: Option<i64>,
    /// Only these results, by the words of screens for machines: `waiting`, `limited`, `retry`, `published`… (empty: all).
    pub results: Vec<&'static str>,
    /// Accounts whose allowance is used up now: what `limited` means.
    pub limited: Vec<String>,
    /// Only the rows of a group.
    pub group: Option<super::screen::GroupKey>,
}

/// A row as screens show it.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct DeliveryRow {
    /// Which row.
    pub id: i64,
    /// Its partition.
    pub planned_for: i64,
    /// Its code's number.
    pub code: i64,
    /// Its post.
    pub origin: String,
    /// Title.
    pub title: String,
    /// Its sending.
    pub sending: String,
    /// Its slot.
    pub slot: String,
    /// Family.
    pub family: String,
    /// Kind of transport.
    pub kind: String,
    /// Account.
    pub account: String,
    /// `unit/family` or `contact/<surrogate>`.
    pub target_ref: String,
    /// The unit's name, for channels.
    pub unit_name: Option<String>,
    /// Whom to call.
    pub officer: Option<String>,
    /// State's number.
    pub state: i16,
    /// Rank of priority.
    pub priority: i16,
    /// When it is (was) due.
    pub due_at: i64,
    /// When it is no longer useful.
    pub expires_at: i64,
    /// Attempts spent.
    pub attempts: i16,
    /// Attempts ever opened.
    pub opened: i16,
    /// Why it is held.
    pub held_by: Option<String>,
    /// Cause: stable word.
    pub cause_code: Option<String>,
    /// Cause: what was said.
    pub cause_detail: Option<String>,
    /// The far side's own name for it.
    pub receipt: Option<String>,
    /// A public address of it.
    pub receipt_url: Option<String>,
    /// 1: a person at the far side still has to act.
    pub pending: i16,
    /// What happened later.
    pub afterwards: Option<String>,
    /// When it was settled.
    pub settled_at: Option<i64>,
    /// When it last changed.
    pub updated_at: i64,
    /// Revision that was sent.
    pub revision_id: Option<i64>,
    /// Airings its sheet asks for; those of the plan while it is on none (stations).
    pub times: i64,
    /// Sealed address of a contact or channel.
    pub address_enc: Option<Vec<u8>>,
    /// Since when its account is paused.
    pub account_paused_at: Option<i64>,
    /// Why its account is paused.
    pub account_cause: Option<String>,
    /// What was said then.
    pub account_detail: Option<String>,
}

impl DeliveryRow {
    /// Its state.
    pub fn state(&self) -> State {
        state_of(self.state).unwrap_or(State::Unknown)
    }
    /// Which row.
    pub fn id(&self) -> DeliveryId {
        DeliveryId(self.id)
    }
}

/// A page of the log.
#[derive(Clone, Debug)]
pub struct Page {
    /// The rows.
    pub rows: Vec<DeliveryRow>,
    /// Where the next page begins.
    pub next: Option<(i64, i64)>,
}

const COLUMNS: &str = "SELECT d.id, d.planned_for, d.code, o.origin, r.title, o.sending, o.slot, d.family, d.kind, d.account, \
     t.ref AS target_ref, ch.unit_name, ch.officer, d.state, d.priority, d.due_at, d.expires_at, d.attempts, d.opened, \
     d.held_by, d.cause_code, d.cause_detail, d.receipt, d.receipt_url, d.pending, d.afterwards, d.settled_at, d.updated_at, \
     d.revision_id, COALESCE((SELECT sr.times FROM sheet_row sr WHERE sr.delivery_id = d.id AND sr.planned_for = d.planned_for), \
       o.times) AS times, \
     CASE WHEN c.target_id IS NULL THEN ch.address_enc WHEN d.family = 'zalo' THEN c.zalo_enc \
          WHEN d.family = 'telegram' THEN c.telegram_enc ELSE c.email_enc END AS address_enc, \
     s.paused_at AS account_paused_at, s.cause_code AS account_cause, s.cause_detail AS account_detail";

/// The joins of [`COLUMNS`] after `d`, in the order in which they are to be made; [`JOINED`] belongs into the condition.
const JOINS: &str = "CROSS JOIN occurrence o CROSS JOIN revision r CROSS JOIN target t \
     LEFT JOIN channel ch ON ch.target_id = d.target_id LEFT JOIN contact c ON c.target_id = d.target_id \
     LEFT JOIN account_state s ON s.account = d.account";
const JOINED: &str = "o.id = d.occurrence_id AND r.id = o.revision_id AND t.id = d.target_id";

/// SQL that is true for the rows of some accounts.
fn among(accounts: &[String], p: &mut Vec<Value>) -> String {
    let names: Vec<String> = accounts
        .iter()
        .map(|a| {
            p.push(a.as_str().into());
            format!("${}", p.len())
        })
        .collect();
    if names.is_empty() { "(1 = 0)".into() } else { format!("d.account IN ({})", names.join(",")) }
}

/// SQL that is true for the rows of a result.
fn result(word: &str, limited: &[String], p: &mut Vec<Value>) -> String {
    let active = "s.paused_at IS NULL";
    match word {
        "waiting" => "(d.state = 1 AND s.paused_at IS NOT NULL)".into(),
        "limited" => format!("(d.state = 1 AND {active} AND {})", among(limited, p)),
        "retry" => format!("(d.state = 1 AND {active} AND d.opened > 0)"),
        "sending" => format!(
            "(d.state IN (2,3) OR (d.state = 1 AND {active} AND d.opened = 0 AND NOT {}))",
            among(limited, p)
        ),
        "sent" => "d.state = 4".into(),
        "pending" => "(d.state = 4 AND d.pending = 1 AND d.afterwards IS NULL)".into(),
        "published" | "aired" | "skipped" | "unconfirmed" | "bounced" => {
            format!("(d.state = 4 AND d.afterwards = '{word}')")
        }
        "unknown" => format!("(d.state = 8 AND COALESCE(d.afterwards, '') NOT IN {CLOSED})"),
        "not_known" => format!("(d.state = 8 AND d.afterwards IN {CLOSED})"),
        word => State::parse(word).map_or_else(|| "(1 = 0)".into(), |s| format!("d.state = {}", code(s))),
    }
}

/// The conditions of a filter, with their parameters, over the joins of the log (`d`, `o`, `ch`, `s`).
pub(super) fn conditions(f: &LogFilter, p: &mut Vec<Value>) -> Vec<String> {
    let mut w: Vec<String> = vec![];
    let bind = |v: Value, p: &mut Vec<Value>| {
        p.push(v);
        format!("${}", p.len())
    };
    if let Some(v) = f.from {
        let n = bind(v.into(), p);
        w.push(format!("d.updated_at >= {n}"));
    }
    if let Some(v) = f.until {
        let n = bind(v.into(), p);
        w.push(format!("d.updated_at < {n}"));
    }
    if !f.states.is_empty() {
        let list: Vec<String> = f.states.iter().map(|s| code(*s).to_string()).collect();
        w.push(format!("d.state IN ({})", list.join(",")));
    }
    if let Some(o) = &f.origin {
        let n = bind(o.as_str().into(), p);
        w.push(format!("(o.origin = {n} OR o.origin LIKE replace({n}, '_', '\\_') || '/%' ESCAPE '\\')"));
    }
    if let Some(u) = &f.unit {
        let n = bind(u.as_str().into(), p);
        w.push(format!("ch.unit = {n}"));
    }
    if let Some(v) = &f.family {
        let n = bind(v.as_str().into(), p);
        w.push(format!("d.family = {n}"));
    }
    if let Some(v) = &f.account {
        let n = bind(v.as_str().into(), p);
        w.push(format!("d.account = {n}"));
    }
    if let Some(v) = &f.list {
        let n = bind(v.as_str().into(), p);
        w.push(format!(
            "(ch.target_id IS NULL AND (o.lists = '[\"' || {n} || '\"]' OR \
               (o.lists LIKE '%\"' || replace({n}, '_', '\\_') || '\"%' ESCAPE '\\' AND EXISTS \
                 (SELECT 1 FROM list_member m WHERE m.target_id = d.target_id AND m.list = {n}))))"
        ));
    }
    if !f.system {
        // A station's sheet carries posts: what becomes of it is somebody's work, though Loa wrote it.
        let sheets = if f.attention.is_some() { " OR o.origin = 'system/sheet'" } else { "" };
        w.push(format!("(o.origin NOT LIKE 'system/%'{sheets})"));
    }
    if let Some(soon) = f.problems {
        let n = bind(soon.into(), p);
        w.push(format!(
            "(d.state IN (6,7,8,10) OR (d.state = 5 AND (d.held_by <> 'unapproved' OR d.due_at < {n})) \
              OR (d.state IN (1,2,3) AND (d.attempts > 0 OR s.paused_at IS NOT NULL)) \
              OR d.afterwards IN ('unconfirmed','skipped','bounced','withdrawn'))"
        ));
    }
    if let Some(late_since) = f.attention {
        let n = bind(late_since.into(), p);
        w.push(format!(
            "((d.state = 7 AND COALESCE(d.cause_code, '') <> 'resolved_not_sent') \
              OR (d.state = 10 AND d.updated_at >= {n}) \
              OR (d.state = 6 AND COALESCE(ch.unit, '') <> '') \
              OR (d.state = 6 AND EXISTS (SELECT 1 FROM attempt a WHERE a.delivery_id = d.id AND a.no = d.opened \
                  AND a.planned_for = d.planned_for AND a.outcome = 'rejected_content')))"
        ));
    }
    if !f.results.is_empty() {
        let any: Vec<String> = f.results.iter().map(|r| result(r, &f.limited, p)).collect();
        w.push(format!("({})", any.join(" OR ")));
    }
    if let Some(g) = &f.group {
        w.push(super::screen::group_condition(g, p));
    }
    w
}

impl Store {
    /// Whole rows that a condition picks.
    async fn delivery_rows(&self, from: &str, condition: &str, p: Vec<Value>) -> Result<Vec<DeliveryRow>> {
        self.rows(&format!("{COLUMNS} FROM {from} {JOINS} WHERE {JOINED} AND {condition}"), p).await
    }

    /// A page of the log.
    ///
    /// # Errors
    /// The database's.
    pub async fn log_page(&self, f: &LogFilter) -> Result<Page> {
        let limit = f.limit.clamp(1, 10_000) as usize;
        let newest_first = f.newer_than.is_none();
        let mut rows: Vec<DeliveryRow> = Vec::new();
        for (piece, last) in self.pieces(f).await? {
            // Where the page ends so far: what is older does not come upon it any more.
            let end = rows.get(limit).filter(|_| newest_first).map(|r| r.updated_at);
            if last.zip(end).is_some_and(|(last, end)| last < end) {
                break;
            }
            let mut p: Vec<Value> = vec![];
            let (index, w) = piece.condition(&mut p);
            // One bound on each side: of two, SQLite would begin at the first and read on to the other.
            let bounded = LogFilter {
                from: [f.from, end, f.newer_than.map(|n| n.0)].into_iter().flatten().max(),
                until: [f.until, f.after.map(|a| a.0 + 1)].into_iter().flatten().min(),
                ..f.clone()
            };
            let mut w = vec![w];
            w.extend(conditions(&bounded, &mut p));
            let mut bind = |v: i64| {
                p.push(v.into());
                format!("${}", p.len())
            };
            let order = if let Some((at, id)) = f.newer_than {
                w.push(format!("(d.updated_at > {} OR d.id > {})", bind(at), bind(id)));
                "ORDER BY d.updated_at, d.id"
            } else {
                if let Some((at, id)) = f.after {
                    w.push(format!("(d.updated_at < {} OR d.id < {})", bind(at), bind(id)));
                }
                "ORDER BY d.updated_at DESC, d.id DESC"
            };
            let condition = format!("{} {order} LIMIT {}", w.join(" AND "), limit + 1);
            rows.extend(self.delivery_rows(&self.by_index(index), &condition, p).await?);
            rows.sort_by_key(|r| (r.updated_at, r.id));
            // Rows by two ways (their state changed in between) are one.
            rows.dedup_by_key(|r| r.id);
            if newest_first {
                rows.reverse();
            }
            rows.truncate(limit + 1);
        }
        let next = (rows.len() > limit)
            .then(|| {
                rows.truncate(limit);
                rows.last().map(|r| (r.updated_at, r.id))
            })
            .flatten();
        Ok(Page { rows, next })
    }

    /// Rows a code (or the beginning of one) may mean, at most ten.
    ///
    /// # Errors
    /// The database's.
    pub async fn delivery_by_code(&self, range: std::ops::RangeInclusive<i64>) -> Result<Vec<DeliveryRow>> {
        let by_code = "d.code >= $1 AND d.code <= $2 ORDER BY d.code LIMIT 10";
        self.delivery_rows(&self.by_index("delivery_code"), by_code, params![*range.start(), *range.end()])
            .await
    }

    /// One row by its id.
    ///
    /// # Errors
    /// The database's.
    pub async fn delivery_get(&self, id: DeliveryId) -> Result<Option<DeliveryRow>> {
        let by_id = format!("d.id = $1 AND {}", super::seek::PART);
        Ok(self.delivery_rows("delivery d", &by_id, params![id.0]).await?.into_iter().next())
    }

    /// Unknown rows of an account whose question is open, not asked about since `before`, the oldest first: what a person left
    /// as it is, or nobody answered in time, is not sent again by a rule.
    ///
    /// # Errors
    /// The database's.
    pub async fn delivery_unknown(&self, account: &str, before: i64) -> Result<Vec<DeliveryRow>> {
        let open = format!(
            "d.state = 8 AND d.account = $1 AND (d.asked_at IS NULL OR d.asked_at < $2) \
               AND COALESCE(d.afterwards, '') NOT IN {CLOSED} ORDER BY d.updated_at, d.id LIMIT 200"
        );
        self.delivery_rows(&self.by_index("delivery_question"), &open, params![account, before]).await
    }

    /// The shortest code of a row that is unlike its neighbours'.
    ///
    /// # Errors
    /// The database's.
    pub async fn code_short(&self, number: i64) -> Result<String> {
        let below: Option<One> =
            self.row("SELECT max(code) AS v FROM delivery WHERE code < $1", params![number]).await?;
        let above: Option<One> =
            self.row("SELECT min(code) AS v FROM delivery WHERE code > $1", params![number]).await?;
        Ok(delivery::code_short(number, below.and_then(|o| o.v), above.and_then(|o| o.v)))
    }

    /// The address of a row in clear.
    pub fn address_of(&self, row: &DeliveryRow) -> Option<String> {
        row.address_enc.as_deref().and_then(|a| self.key.open(a).ok())
    }

    /// Writes that somebody read addresses in clear.
    ///
    /// # Errors
    /// The database's; nothing is shown then.
    pub async fn audit_unmask(
        &self,
        actor: &crate::domain::people::Actor,
        what: &str,
        n: usize,
        now: i64,
    ) -> Result<()> {
        let tx = self.begin().await?;
        tx.audit(now, actor, "log.unmask", what, serde_json::json!({ "rows": n })).await?;
        tx.commit().await
    }
}

#[derive(FromQueryResult)]
struct One {
    v: Option<i64>,
}
