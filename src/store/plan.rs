//! What the plan wants, written in one transaction: revisions, posts, sendings, occurrences and their channel rows.
//!
//! A plan is written whole or not at all. Rows that have started are never touched by it.

use sea_orm::FromQueryResult;

use super::moves::set_where;
use super::workspace::json;
use super::{ChannelRow, NodeId, Result, Store, StoreError, Tx, ledger, params};
use crate::domain::delivery::{DeliveryId, Event, State};
use crate::domain::fact::Fact;
use crate::domain::people::Actor;
use crate::domain::unit::ContactList;

/// A revision that may be new.
#[derive(Clone, Debug, PartialEq)]
pub struct NewRevision {
    /// `campaign/post` or `system/<purpose>`.
    pub origin: String,
    /// SHA-256 of the manifest.
    pub hash: String,
    /// Class of approval.
    pub class: String,
    /// Title, for screens.
    pub title: String,
    /// Who wrote it.
    pub author: String,
    /// The manifest, JSON.
    pub manifest: String,
}

/// A post as the plan sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct NewPost {
    /// Its revision; `None`: a fault stops its file, and what was applied before stays in force.
    pub revision: Option<NewRevision>,
    /// `campaign/post`.
    pub origin: String,
    /// Title, for screens.
    pub title: String,
    /// The fault that stops its file: code and one sentence.
    pub stopped: Option<(String, String)>,
    /// Sendings: id, family, rank of priority, JSON of the rest.
    pub sendings: Vec<(String, String, i16, String)>,
}

/// An occurrence the plan wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewOccurrence {
    /// Where it comes from.
    pub origin: String,
    /// Its sending.
    pub sending: String,
    /// Its slot.
    pub slot: String,
    /// The family.
    pub family: String,
    /// Rank of priority.
    pub priority: i16,
    /// Nominal instant, milliseconds; used only when the occurrence is new.
    pub planned_for: i64,
    /// When it is due, milliseconds.
    pub due_at: i64,
    /// When it is no longer useful, milliseconds.
    pub expires_at: i64,
    /// Airings wanted per station.
    pub times: i64,
    /// `unit/family` of its channels.
    pub channels: Vec<String>,
    /// Lists to expand.
    pub lists: Vec<String>,
    /// Lists whose members are left out.
    pub except_lists: Vec<String>,
    /// Account and kind that serve its contacts.
    pub carrier: Option<(String, String)>,
}

/// Everything one `apply` writes.
#[derive(Clone, Debug, Default)]
pub struct PlanWrite {
    /// All channels of the workspace (`None`: leave them).
    pub channels: Option<Vec<ChannelRow>>,
    /// All facts (`None`: leave them).
    pub facts: Option<Vec<Fact>>,
    /// Facts that stay as they are although they are not among `facts`: a slip in the register hides them.
    pub facts_kept: Vec<String>,
    /// Assets of the media kit that are as they were pinned, id and SHA-256 (`None`: leave them).
    pub kit: Option<std::collections::BTreeMap<String, String>>,
    /// Lists to bring up to date (`None`: leave them).
    pub lists: Option<Vec<ContactList>>,
    /// Which account and kind serve the contacts of a family now: (family, account, kind).
    pub carriers: Vec<(String, String, String)>,
    /// Posts that are new or changed.
    pub posts: Vec<NewPost>,
    /// Origins of posts that are gone.
    pub removed: Vec<String>,
    /// Occurrences that are new or changed.
    pub occurrences: Vec<NewOccurrence>,
    /// Occurrences that are no longer wanted.
    pub cancel: Vec<i64>,
}

/// An occurrence as stored.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct OccurrenceRow {
    /// Its number.
    pub id: i64,
    /// Where it comes from.
    pub origin: String,
    /// Its sending.
    pub sending: String,
    /// Its slot.
    pub slot: String,
    /// The family.
    pub family: String,
    /// Rank of priority.
    pub priority: i16,
    /// Nominal instant of its first planning, milliseconds.
    pub planned_for: i64,
    /// When it is due, milliseconds.
    pub due_at: i64,
    /// When it is no longer useful, milliseconds.
    pub expires_at: i64,
    /// Airings wanted.
    pub times: i64,
    /// JSON: channels.
    pub channels: String,
    /// JSON: lists.
    pub lists: String,
    /// JSON: lists left out.
    pub except_lists: String,
    /// The account that serves its contacts.
    pub account: Option<String>,
    /// That account's kind.
    pub kind: Option<String>,
    /// When the rows of its channels were made, milliseconds.
    pub placed_at: Option<i64>,
    /// When the rows of its contacts were made, milliseconds.
    pub expanded_at: Option<i64>,
    /// The revision in force.
    pub revision_id: i64,
    /// That revision's hash.
    pub revision_hash: String,
    /// Why its rows may not go.
    pub gate: Option<String>,
    /// Taken back.
    pub cancelled_at: Option<i64>,
    /// Rows that were tried or are settled.
    pub started: i64,
    /// Rows that wait.
    pub waiting: i64,
}

/// A post as stored.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct PostRow {
    /// `campaign/post`.
    pub origin: String,
    /// Title.
    pub title: String,
    /// Number of the revision in force.
    pub revision_id: Option<i64>,
    /// Its hash.
    pub revision_hash: Option<String>,
    /// Its class.
    pub class: Option<String>,
    /// Who wrote it.
    pub author: Option<String>,
    /// Code of the fault that stops its file.
    pub stopped: Option<String>,
    /// The sentence.
    pub stopped_by: Option<String>,
    /// Taken out of the workspace.
    pub removed_at: Option<i64>,
}

const POST: &str = "SELECT p.origin, p.title, p.revision_id, r.hash AS revision_hash, r.class, r.author, p.stopped, \
     p.stopped_by, p.removed_at FROM post p LEFT JOIN revision r ON r.id = p.revision_id";

impl Store {
    /// The posts, by origin.
    ///
    /// # Errors
    /// The database's.
    pub async fn post_all(&self) -> Result<Vec<PostRow>> {
        self.rows(&format!("{POST} ORDER BY p.origin"), vec![]).await
    }

    /// One post.
    ///
    /// # Errors
    /// The database's.
    pub async fn post_get(&self, origin: &str) -> Result<Option<PostRow>> {
        self.row(&format!("{POST} WHERE p.origin = $1"), params![origin]).await
    }

    /// The occurrences of posts (not of the system), by number.
    ///
    /// # Errors
    /// The database's.
    pub async fn occurrence_all(&self) -> Result<Vec<OccurrenceRow>> {
        self.rows(
            "SELECT o.id, o.origin, o.sending, o.slot, o.family, o.priority, o.planned_for, o.due_at, o.expires_at, o.times, \
                    o.channels, o.lists, o.except_lists, o.account, o.kind, o.placed_at, o.expanded_at, o.revision_id, \
                    r.hash AS revision_hash, o.gate, o.cancelled_at, \
                    CAST(COALESCE((SELECT sum(n) FROM tally t WHERE t.occurrence_id = o.id \
                                   AND t.state IN (2,3,4,6,7,8)), 0) AS bigint) AS started, \
                    CAST(COALESCE((SELECT sum(n) FROM tally t WHERE t.occurrence_id = o.id \
                                   AND t.state IN (0,1,5)), 0) AS bigint) AS waiting \
             FROM occurrence o JOIN revision r ON r.id = o.revision_id \
             WHERE o.origin NOT LIKE 'system/%' ORDER BY o.id",
            vec![],
        )
        .await
    }

    /// Writes a plan: all of it or nothing. `fence`: the lease `files`, checked where more than one daemon may write.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if that lease went to another node; the database's.
    pub async fn plan_write(
        &self,
        plan: &PlanWrite,
        fence: Option<(NodeId, i64)>,
        horizon: i64,
        actor: &Actor,
        now: i64,
    ) -> Result<u64> {
        let tx = self.begin().await?;
        if !tx.is_sqlite() {
            // One plan at a time: two that import the same people at once would make each of them twice.
            tx.exec("SELECT pg_advisory_xact_lock(4711)", vec![]).await?;
        }
        if let Some((node, fence)) = fence {
            let held = tx
                .int(
                    "SELECT count(*) FROM lease WHERE name = 'files' AND node_id = $1 AND fence = $2",
                    params![node.0, fence],
                )
                .await?;
            if held != Some(1) {
                return Err(StoreError::Conflict(
                    "another node reads the files now; this plan was not written".into(),
                ));
            }
        }
        if let Some(channels) = &plan.channels {
            self.channels_write(&tx, channels, now).await?;
        }
        if let Some(facts) = &plan.facts {
            self.facts_write(&tx, facts, &plan.facts_kept, now).await?;
        }
        if let Some(kit) = &plan.kit {
            super::workspace::kit_write(&tx, kit).await?;
        }
        for list in plan.lists.iter().flatten() {
            self.list_write(&tx, list, now).await?;
        }
        super::place::follow_accounts(&tx, plan, now).await?;
        let mut revisions = std::collections::HashMap::new();
        for post in &plan.posts {
            let revision = match &post.revision {
                Some(r) => {
                    let id = revision_put(&tx, r, actor, now).await?;
                    revisions.insert(post.origin.as_str(), id);
                    Some(id)
                }
                None => None,
            };
            let was = tx
                .int("SELECT revision_id FROM post WHERE origin = $1", params![post.origin.as_str()])
                .await?;
            post_put(&tx, post, revision, now).await?;
            let said = match (revision, was) {
                (Some(_), None) => Some("post.add"),
                (Some(is), Some(was)) if is != was => Some("post.edit"),
                (Some(_), Some(_)) | (None, _) => None,
            };
            if let Some(action) = said {
                let detail = serde_json::json!({ "revision": revision, "was": was });
                tx.audit(now, actor, action, &post.origin, detail).await?;
            }
        }
        for origin in &plan.removed {
            tx.exec(
                "UPDATE post SET removed_at = $2, updated_at = $2 WHERE origin = $1",
                params![origin.as_str(), now],
            )
            .await?;
            tx.audit(now, actor, "post.remove", origin, serde_json::json!({})).await?;
        }
        for id in &plan.cancel {
            cancel(&tx, *id, actor, now).await?;
        }
        for o in &plan.occurrences {
            let revision = match revisions.get(o.origin.as_str()) {
                Some(&id) => id,
                None => tx
                    .int("SELECT revision_id FROM post WHERE origin = $1", params![o.origin.as_str()])
                    .await?
                    .ok_or_else(|| StoreError::Conflict(format!("{} has no revision", o.origin)))?,
            };
            occurrence_put(&tx, o, revision, now).await?;
        }
        // A revision that changed changes for all of its occurrences that still wait.
        for (origin, revision) in &revisions {
            tx.exec(
                "UPDATE occurrence SET revision_id = $2, gate = 'unapproved' \
                 WHERE origin = $1 AND revision_id <> $2 AND cancelled_at IS NULL AND (placed_at IS NULL \
                   OR (lists <> '[]' AND expanded_at IS NULL) OR EXISTS (SELECT 1 FROM tally t \
                       WHERE t.occurrence_id = occurrence.id AND t.state IN (0,1,2,5) AND t.n > 0))",
                params![*origin, *revision],
            )
            .await?;
        }
        let placed = super::place::place(&tx, horizon, now).await?;
        let (posts, removed) = (plan.posts.len(), plan.removed.len());
        let (occurrences, cancelled) = (plan.occurrences.len(), plan.cancel.len());
        // A start of the daemon reads everything and changes nothing: that is no line.
        if posts + removed + occurrences + cancelled > 0 || placed > 0 {
            let detail = serde_json::json!({
                "posts": posts, "removed": removed, "occurrences": occurrences, "cancelled": cancelled,
                "placed": placed,
            });
            tx.audit(now, actor, "plan.apply", "workspace", detail).await?;
        }
        tx.commit().await?;
        Ok(placed)
    }

    /// Places the channel rows of occurrences whose time has come within the horizon.
    ///
    /// # Errors
    /// The database's.
    pub async fn plan_place(&self, horizon: i64, now: i64) -> Result<u64> {
        let waiting = self
            .int(
                "SELECT count(*) FROM occurrence WHERE placed_at IS NULL AND cancelled_at IS NULL AND due_at <= $1",
                params![horizon],
            )
            .await?;
        if waiting == 0 {
            return Ok(0);
        }
        let tx = self.begin().await?;
        let n = super::place::place(&tx, horizon, now).await?;
        tx.commit().await?;
        Ok(n)
    }
}

pub(super) async fn revision_put(tx: &Tx, r: &NewRevision, actor: &Actor, now: i64) -> Result<i64> {
    tx.exec(
        "INSERT INTO revision (origin, hash, class, title, author, manifest, created_at, actor, proof) \
         VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9) ON CONFLICT (origin, hash) DO NOTHING",
        params![
            r.origin.as_str(),
            r.hash.as_str(),
            r.class.as_str(),
            r.title.as_str(),
            r.author.as_str(),
            r.manifest.as_str(),
            now,
            actor.name.as_str(),
            actor.proof.as_str()
        ],
    )
    .await?;
    tx.int(
        "SELECT id FROM revision WHERE origin = $1 AND hash = $2",
        params![r.origin.as_str(), r.hash.as_str()],
    )
    .await?
    .ok_or_else(|| StoreError::Corrupt(format!("revision of {}", r.origin)))
}

async fn post_put(tx: &Tx, post: &NewPost, revision: Option<i64>, now: i64) -> Result<()> {
    let campaign = post.origin.split('/').next().unwrap_or_default();
    let (stopped, by) = match &post.stopped {
        Some((c, s)) => (Some(c.as_str()), Some(s.as_str())),
        None => (None, None),
    };
    tx.exec(
        "INSERT INTO post (origin, campaign, title, revision_id, stopped, stopped_by, removed_at, updated_at) \
         VALUES ($1,$2,$3,$4,$5,$6,NULL,$7) \
         ON CONFLICT (origin) DO UPDATE SET title = excluded.title, \
           revision_id = COALESCE(excluded.revision_id, post.revision_id), stopped = excluded.stopped, \
           stopped_by = excluded.stopped_by, removed_at = NULL, updated_at = excluded.updated_at",
        params![post.origin.as_str(), campaign, post.title.as_str(), revision, stopped, by, now],
    )
    .await?;
    if post.revision.is_some() {
        tx.exec(
            "UPDATE sending SET removed_at = $2 WHERE origin = $1 AND removed_at IS NULL",
            params![post.origin.as_str(), now],
        )
        .await?;
        for (id, family, priority, spec) in &post.sendings {
            tx.exec(
                "INSERT INTO sending (origin, sending, family, priority, spec, removed_at, updated_at) \
                 VALUES ($1,$2,$3,$4,$5,NULL,$6) ON CONFLICT (origin, sending) DO UPDATE SET family = excluded.family, \
                   priority = excluded.priority, spec = excluded.spec, removed_at = NULL, updated_at = excluded.updated_at",
                params![post.origin.as_str(), id.as_str(), family.as_str(), *priority, spec.as_str(), now],
            )
            .await?;
        }
    }
    Ok(())
}

#[derive(FromQueryResult)]
struct Waiting {
    id: i64,
    planned_for: i64,
    target_ref: String,
}

/// Takes an occurrence back: rows that wait are cancelled, rows that started stay as they are.
async fn cancel(tx: &Tx, occurrence: i64, actor: &Actor, now: i64) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Name {
        origin: String,
        sending: String,
        slot: String,
    }
    let name: Option<Name> =
        tx.row("SELECT origin, sending, slot FROM occurrence WHERE id = $1", params![occurrence]).await?;
    tx.exec(
        "UPDATE occurrence SET cancelled_at = $2 WHERE id = $1 AND cancelled_at IS NULL",
        params![occurrence, now],
    )
    .await?;
    let rows = set_where(
        tx,
        &format!("occurrence_id = {occurrence} AND state IN (0,1,5)"),
        State::Cancelled,
        "plan",
        now,
    )
    .await?;
    if let Some(n) = name {
        let detail = serde_json::json!({ "sending": n.sending, "slot": n.slot, "rows": rows });
        tx.audit(now, actor, "sending.cancel", &n.origin, detail).await?;
    }
    Ok(())
}

async fn occurrence_put(tx: &Tx, o: &NewOccurrence, revision: i64, now: i64) -> Result<()> {
    let (account, kind) = match &o.carrier {
        Some((a, k)) => (Some(a.as_str()), Some(k.as_str())),
        None => (None, None),
    };
    // Other lists mean other people: who was expanded and has not been tried is taken back, and the expansion begins anew.
    let same = tx
        .int(
            "SELECT count(*) FROM occurrence WHERE origin = $1 AND sending = $2 AND slot = $3 AND lists = $4 \
               AND except_lists = $5 AND cancelled_at IS NULL",
            params![
                o.origin.as_str(),
                o.sending.as_str(),
                o.slot.as_str(),
                json(&o.lists),
                json(&o.except_lists)
            ],
        )
        .await?
        == Some(1);
    // `planned_for` is not in the update: it never changes.
    let id = tx
        .int(
            "INSERT INTO occurrence (origin, sending, slot, family, priority, planned_for, due_at, expires_at, times, \
                                     channels, lists, except_lists, account, kind, revision_id, gate) \
             VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,'unapproved') \
             ON CONFLICT (origin, sending, slot) DO UPDATE SET family = excluded.family, priority = excluded.priority, \
               due_at = excluded.due_at, expires_at = excluded.expires_at, times = excluded.times, \
               channels = excluded.channels, lists = excluded.lists, except_lists = excluded.except_lists, \
               account = excluded.account, kind = excluded.kind, revision_id = excluded.revision_id, \
               gate = CASE WHEN occurrence.revision_id = excluded.revision_id THEN occurrence.gate ELSE 'unapproved' END, \
               placed_at = CASE WHEN occurrence.archived_at IS NULL THEN NULL ELSE occurrence.placed_at END, \
               cancelled_at = NULL RETURNING id",
            params![
                o.origin.as_str(),
                o.sending.as_str(),
                o.slot.as_str(),
                o.family.as_str(),
                o.priority,
                o.planned_for,
                o.due_at,
                o.expires_at,
                o.times,
                json(&o.channels),
                json(&o.lists),
                json(&o.except_lists),
                account,
                kind,
                revision
            ],
        )
        .await?
        .unwrap_or_default();
    if !same {
        let people = format!(
            "occurrence_id = {id} AND state IN (0,1,5) AND opened = 0 AND target_id IN (SELECT target_id FROM contact)"
        );
        set_where(tx, &people, State::Cancelled, "plan", now).await?;
        tx.exec(
            "UPDATE occurrence SET expanded_at = NULL, expand_from = 0 WHERE id = $1 AND archived_at IS NULL",
            params![id],
        )
        .await?;
    }
    // Rows that wait follow the new time; channels that are no longer chosen are taken back.
    let rows: Vec<Waiting> = tx
        .rows(
            "SELECT d.id, d.planned_for, t.ref AS target_ref FROM delivery d JOIN target t ON t.id = d.target_id \
             WHERE d.occurrence_id = $1 AND t.kind = 'channel' AND d.state IN (0,1,5)",
            params![id],
        )
        .await?;
    for r in rows.iter().filter(|r| !o.channels.contains(&r.target_ref)) {
        ledger::apply(tx, DeliveryId(r.id), r.planned_for, Event::Cancel, "plan", None, now).await?;
    }
    tx.exec(
        "UPDATE delivery SET due_at = $2, expires_at = $3, priority = $4, updated_at = $5 \
         WHERE occurrence_id = $1 AND state IN (0,1,5) AND opened = 0",
        params![id, o.due_at, o.expires_at, o.priority, now],
    )
    .await?;
    // What was cancelled or expired without any try and is wanted again is planned again.
    let again: Vec<Waiting> = tx
        .rows(
            "SELECT d.id, d.planned_for, t.ref AS target_ref FROM delivery d JOIN target t ON t.id = d.target_id \
             WHERE d.occurrence_id = $1 AND t.kind = 'channel' AND d.state IN (9,10) AND d.opened = 0",
            params![id],
        )
        .await?;
    if o.expires_at > now {
        for r in again.iter().filter(|r| o.channels.contains(&r.target_ref)) {
            ledger::apply(tx, DeliveryId(r.id), r.planned_for, Event::Replan, "plan", None, now).await?;
            tx.exec(
                "UPDATE delivery SET due_at = $3, expires_at = $4, cause_code = NULL WHERE id = $1 AND planned_for = $2",
                params![r.id, r.planned_for, o.due_at, o.expires_at],
            )
            .await?;
        }
    }
    Ok(())
}
