//! Lives of daemons, and named leases.
//!
//! A node's id is the fencing number that its claims carry. On PostgreSQL a lease ends by the database's clock; on SQLite the
//! one daemon's leases end with its process, and a second daemon is refused by the caller's lock file.

use sea_orm::FromQueryResult;

use super::{Result, Store, code, params};
use crate::domain::delivery::State;
use crate::domain::people::Actor;

/// One life of a daemon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeId(pub i64);

/// How long a lease lasts unless renewed, milliseconds. Longer than any send may take.
pub const LEASE_MS: i64 = 120_000;

/// What a rescue found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rescued {
    /// Claimed, nothing written: free again.
    pub freed: u64,
    /// An intent was written and no outcome: unknown.
    pub unknown: u64,
}

/// A life as screens show it.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct NodeLife {
    /// Its name.
    pub name: String,
    /// Since when, milliseconds.
    pub started_at: i64,
    /// Until when its lease runs or ran, milliseconds by the database's clock.
    pub lease_until: i64,
    /// Version of its program.
    pub version: Option<String>,
    /// 1: its lease runs.
    pub alive: i64,
    /// 1: it plans.
    pub planner: i64,
    /// 1: it reads the folder.
    pub files: i64,
}

#[derive(FromQueryResult)]
struct Flight {
    id: i64,
    planned_for: i64,
    occurrence_id: i64,
}

impl Store {
    /// Begins a life. On SQLite every earlier life ends here.
    ///
    /// # Errors
    /// The database's.
    pub async fn node_start(&self, name: &str, now: i64) -> Result<NodeId> {
        let tx = self.begin().await?;
        let db_now = tx.db_now();
        if tx.is_sqlite() {
            tx.exec("UPDATE node SET ended_at = $1 WHERE ended_at IS NULL", params![now]).await?;
        }
        let until =
            if tx.is_sqlite() { "9000000000000000".to_owned() } else { format!("{db_now} + {LEASE_MS}") };
        let id = tx
            .int(
                &format!(
                    "INSERT INTO node (name, started_at, version, lease_until) VALUES ($1, $2, $3, {until}) RETURNING id"
                ),
                params![name, now, env!("CARGO_PKG_VERSION")],
            )
            .await?
            .unwrap_or_default();
        tx.audit(now, &Actor::system(), "node.start", name, serde_json::json!({ "node": id })).await?;
        tx.commit().await?;
        Ok(NodeId(id))
    }

    /// Lives of a shared database that have not ended in order: at work, or dead for at most `told` milliseconds.
    ///
    /// # Errors
    /// The database's.
    pub async fn nodes_known(&self, told: i64) -> Result<Vec<NodeLife>> {
        let tx = self.begin().await?;
        let now = tx.db_now();
        tx.rows(
            &format!(
                "SELECT n.name, n.started_at, n.lease_until, n.version, \
                        CAST(CASE WHEN n.lease_until >= {now} THEN 1 ELSE 0 END AS bigint) AS alive, \
                        (SELECT count(*) FROM lease l WHERE l.name = 'planner' AND l.node_id = n.id AND l.until >= {now}) AS planner, \
                        (SELECT count(*) FROM lease l WHERE l.name = 'files' AND l.node_id = n.id AND l.until >= {now}) AS files \
                 FROM node n WHERE n.ended_at IS NULL AND n.lease_until >= {now} - $1 ORDER BY n.started_at, n.id"
            ),
            params![told],
        )
        .await
    }

    /// Renews the node's lease. False: it was declared dead; its words are void and it must stop.
    ///
    /// # Errors
    /// The database's.
    pub async fn node_renew(&self, node: NodeId) -> Result<bool> {
        let tx = self.begin().await?;
        if tx.is_sqlite() {
            return Ok(tx
                .int("SELECT count(*) FROM node WHERE id = $1 AND ended_at IS NULL", params![node.0])
                .await?
                == Some(1));
        }
        let db_now = tx.db_now();
        let n = tx
            .exec(
                &format!(
                    "UPDATE node SET lease_until = {db_now} + {LEASE_MS} \
                     WHERE id = $1 AND ended_at IS NULL AND lease_until >= {db_now}"
                ),
                params![node.0],
            )
            .await?;
        tx.commit().await?;
        Ok(n == 1)
    }

    /// Ends a life in order.
    ///
    /// # Errors
    /// The database's.
    pub async fn node_stop(&self, node: NodeId, now: i64) -> Result<()> {
        let tx = self.begin().await?;
        tx.exec("UPDATE node SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL", params![node.0, now])
            .await?;
        tx.commit().await
    }

    /// Takes or renews a named lease (`planner`) for a node. `Some(fence)`: held; the number grows with each holder.
    ///
    /// # Errors
    /// The database's.
    pub async fn lease_take(&self, name: &str, node: NodeId) -> Result<Option<i64>> {
        let tx = self.begin().await?;
        let db_now = tx.db_now();
        tx.exec(
            &format!(
                "INSERT INTO lease (name, node_id, fence, until) VALUES ($1, $2, 1, {db_now} + {LEASE_MS}) \
                 ON CONFLICT (name) DO UPDATE SET \
                   fence = CASE WHEN lease.node_id = excluded.node_id THEN lease.fence ELSE lease.fence + 1 END, \
                   node_id = excluded.node_id, until = excluded.until \
                 WHERE lease.node_id = excluded.node_id OR lease.until < {db_now} \
                    OR lease.node_id IN (SELECT id FROM node WHERE ended_at IS NOT NULL OR lease_until < {db_now})"
            ),
            params![name, node.0],
        )
        .await?;
        let fence =
            tx.int("SELECT fence FROM lease WHERE name = $1 AND node_id = $2", params![name, node.0]).await?;
        tx.commit().await?;
        Ok(fence)
    }

    /// Takes up what a living node holds of an account though its lane has nothing under way: the database was gone when a
    /// claim or an intent was answered, or the lane fell. Claimed rows are due again. Intents are too, their attempts closed
    /// and not spent; where `may_have_left`, they are `unknown`.
    ///
    /// # Errors
    /// The database's; nothing was taken up.
    pub async fn node_adrift(
        &self,
        node: NodeId,
        account: &str,
        may_have_left: bool,
        now: i64,
    ) -> Result<Rescued> {
        let tx = self.begin().await?;
        let (leased, sending) = (code(State::Leased), code(State::Sending));
        let whose = params![now, node.0, account];
        let freed: Vec<Flight> = tx
            .rows(
                &format!(
                    "UPDATE delivery SET state = 1, node_id = NULL, updated_at = $1 \
                     WHERE state = {leased} AND node_id = $2 AND account = $3 RETURNING id, planned_for, occurrence_id"
                ),
                whose.clone(),
            )
            .await?;
        let (to, set, outcome) = if may_have_left {
            let set = "settled_at = $1, cause_detail = 'the lane stopped between intent and answer', ";
            (State::Unknown, set, "unknown")
        } else {
            (State::Due, "", "retry")
        };
        let lost: Vec<Flight> = tx
            .rows(
                &format!(
                    "UPDATE delivery SET state = {to}, node_id = NULL, {set} cause_code = 'interrupted', updated_at = $1 \
                     WHERE state = {sending} AND node_id = $2 AND account = $3 RETURNING id, planned_for, occurrence_id",
                    to = code(to)
                ),
                whose,
            )
            .await?;
        for row in &lost {
            tx.exec(
                "UPDATE attempt SET closed_at = $2, outcome = $3, cause_code = 'interrupted' \
                 WHERE delivery_id = $1 AND planned_for = $4 AND closed_at IS NULL",
                params![row.id, now, outcome, row.planned_for],
            )
            .await?;
            super::rate::given_up(&tx, row.id).await?;
        }
        let moves: Vec<_> = freed
            .iter()
            .map(|r| (r.occurrence_id, Some(leased), code(State::Due)))
            .chain(lost.iter().map(|r| (r.occurrence_id, Some(sending), code(to))))
            .collect();
        tx.tally_move(&moves).await?;
        if !moves.is_empty() {
            let detail = serde_json::json!({ "freed": freed.len(), "interrupted": lost.len(), "may_have_left": may_have_left });
            tx.audit(now, &Actor::system(), "lane.rescue", account, detail).await?;
        }
        tx.commit().await?;
        let unknown = if may_have_left { lost.len() as u64 } else { 0 };
        Ok(Rescued { freed: (freed.len() + lost.len()) as u64 - unknown, unknown })
    }

    /// Frees what dead nodes had claimed and turns what they may have sent into `unknown`, with their attempts closed.
    ///
    /// # Errors
    /// The database's.
    pub async fn node_rescue(&self, now: i64) -> Result<Rescued> {
        let tx = self.begin().await?;
        let dead =
            format!("(SELECT id FROM node WHERE ended_at IS NOT NULL OR lease_until < {})", tx.db_now());
        let (leased, sending) = (code(State::Leased), code(State::Sending));
        let freed: Vec<Flight> = tx
            .rows(
                &format!(
                    "UPDATE delivery SET state = 1, node_id = NULL, updated_at = $1 \
                     WHERE state = {leased} AND node_id IN {dead} RETURNING id, planned_for, occurrence_id"
                ),
                params![now],
            )
            .await?;
        let lost: Vec<Flight> = tx
            .rows(
                &format!(
                    "UPDATE delivery SET state = 8, cause_code = 'interrupted', \
                       cause_detail = 'the node stopped between intent and answer', settled_at = $1, updated_at = $1 \
                     WHERE state = {sending} AND node_id IN {dead} RETURNING id, planned_for, occurrence_id"
                ),
                params![now],
            )
            .await?;
        if freed.is_empty() && lost.is_empty() {
            return Ok(Rescued::default());
        }
        for row in &lost {
            tx.exec(
                "UPDATE attempt SET closed_at = $2, outcome = 'unknown', cause_code = 'interrupted' \
                 WHERE delivery_id = $1 AND planned_for = $3 AND closed_at IS NULL",
                params![row.id, now, row.planned_for],
            )
            .await?;
            super::rate::given_up(&tx, row.id).await?;
        }
        let moves: Vec<_> = freed
            .iter()
            .map(|r| (r.occurrence_id, Some(leased), code(State::Due)))
            .chain(lost.iter().map(|r| (r.occurrence_id, Some(sending), code(State::Unknown))))
            .collect();
        tx.tally_move(&moves).await?;
        let out = Rescued { freed: freed.len() as u64, unknown: lost.len() as u64 };
        tx.audit(
            now,
            &Actor::system(),
            "node.rescue",
            "ledger",
            serde_json::json!({ "freed": out.freed, "unknown": out.unknown }),
        )
        .await?;
        tx.commit().await?;
        Ok(out)
    }
}
