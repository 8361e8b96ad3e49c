//! Contacts of lists into the ledger, minutes before they are due: set by set, streaming, so that memory does not grow with
//! the list and urgent rows go before the expansion ends.

use sea_orm::FromQueryResult;

use super::workspace::quoted;
use super::{Result, Store, code, params};
use crate::domain::delivery::State;

/// People put into the ledger in one transaction.
const CHUNK: i64 = 5000;

#[derive(FromQueryResult)]
struct Todo {
    id: i64,
    family: String,
    lists: String,
    except_lists: String,
    expand_from: i64,
}

#[derive(FromQueryResult)]
struct Bounds {
    last: Option<i64>,
    n: i64,
}

impl Store {
    /// Expands one chunk of each occurrence that is due before `until`, has lists and an open gate. Answers how many rows were
    /// made and whether more is to do.
    ///
    /// # Errors
    /// The database's; a chunk is whole or not at all.
    pub async fn expand_step(&self, until: i64, now: i64) -> Result<(u64, bool)> {
        let todo: Vec<Todo> = self
            .rows(
                &format!(
                    "SELECT id, family, lists, except_lists, expand_from FROM occurrence \
                 WHERE expanded_at IS NULL AND lists <> '[]' AND cancelled_at IS NULL AND archived_at IS NULL AND gate IS NULL \
                   AND due_at <= $1 AND (expires_at > $2 OR resumed_at >= expires_at OR {since}) \
                 ORDER BY priority, due_at",
                    // Whom a blackout or a restored backup leaves without anything has a row that says so.
                    since = super::backup::DUE_SINCE_BACKUP
                ),
                params![until, now],
            )
            .await?;
        let mut made = 0;
        let mut more = false;
        for t in todo {
            let Some(column) = super::people::bidx_column(&t.family) else { continue };
            let tx = self.begin().await?;
            // A cancel, an edit or a hold in between: this chunk is not wanted any more.
            let lock = if tx.is_sqlite() { "" } else { " FOR UPDATE" };
            let still = tx
                .int(
                    &format!(
                        "SELECT id FROM occurrence WHERE id = $1 AND expanded_at IS NULL AND lists = $2 \
                           AND except_lists = $3 AND expand_from = $4 AND cancelled_at IS NULL AND archived_at IS NULL AND gate IS NULL{lock}"
                    ),
                    params![t.id, t.lists.as_str(), t.except_lists.as_str(), t.expand_from],
                )
                .await?;
            if still.is_none() {
                continue;
            }
            let ids = |json: &str| serde_json::from_str::<Vec<String>>(json).unwrap_or_default();
            let (lists, except) = (quoted(&ids(&t.lists)), quoted(&ids(&t.except_lists)));
            // The members of this chunk, by target number; each once even if several lists hold the person.
            // Of several lists the members are walked by number: sorting them all for each chunk would cost their square.
            let many = ids(&t.lists).len() > 1 && tx.is_sqlite();
            let walk = if many { "INDEXED BY list_member_target" } else { "" };
            let chosen = format!(
                "SELECT DISTINCT m.target_id AS id FROM list_member m {walk} WHERE m.list IN ({lists}) \
                 AND m.target_id > $1 ORDER BY 1 LIMIT {CHUNK}"
            );
            let bounds: Option<Bounds> = tx
                .row(
                    &format!("SELECT max(id) AS last, count(*) AS n FROM ({chosen}) AS x"),
                    params![t.expand_from],
                )
                .await?;
            let (last, n) = bounds.map_or((None, 0), |b| (b.last, b.n));
            if let Some(last) = last {
                // Who was taken back by a plan without any try, and is chosen again, is planned again.
                super::plan::set_where(
                    &tx,
                    &format!(
                        "occurrence_id = {o} AND state IN (9,10) AND opened = 0 AND cause_code IN ('plan','too_late','left_list') \
                         AND target_id > {from} AND target_id <= {last} AND EXISTS (SELECT 1 FROM list_member m \
                           WHERE m.target_id = delivery.target_id AND m.list IN ({lists}))",
                        o = t.id,
                        from = t.expand_from
                    ),
                    State::Planned,
                    "",
                    now,
                )
                .await?;
                tx.exec(
                    "UPDATE delivery SET cause_code = NULL, \
                       due_at = (SELECT o.due_at FROM occurrence o WHERE o.id = delivery.occurrence_id), \
                       expires_at = (SELECT o.expires_at FROM occurrence o WHERE o.id = delivery.occurrence_id), \
                       account = (SELECT o.account FROM occurrence o WHERE o.id = delivery.occurrence_id), \
                       kind = (SELECT o.kind FROM occurrence o WHERE o.id = delivery.occurrence_id) \
                     WHERE occurrence_id = $1 AND state = 0 AND opened = 0 AND target_id > $2 AND target_id <= $3 \
                       AND EXISTS (SELECT 1 FROM contact c WHERE c.target_id = delivery.target_id)",
                    params![t.id, t.expand_from, last],
                )
                .await?;
                let inserted = tx
                    .exec(
                        &format!(
                            "INSERT INTO delivery (id, planned_for, occurrence_id, target_id, account, kind, family, priority, \
                                                   state, due_at, expires_at, code, updated_at) \
                             SELECT o.id * 4294967296 + t.id, o.planned_for, o.id, t.id, o.account, o.kind, o.family, \
                                    o.priority, 0, {due}, o.expires_at, {code}, $2 \
                             FROM ({chosen}) AS x JOIN target t ON t.id = x.id JOIN contact c ON c.target_id = t.id \
                             JOIN occurrence o ON o.id = $3 \
                             WHERE c.erased_at IS NULL AND c.{column} IS NOT NULL AND o.account IS NOT NULL \
                               AND NOT EXISTS (SELECT 1 FROM list_member e WHERE e.target_id = t.id AND e.list IN ({except})) \
                               AND NOT EXISTS (SELECT 1 FROM suppression s WHERE s.bidx = c.{column} \
                                               AND s.family = o.family \
                                               AND (s.list = '' OR s.list IN ({lists}))) \
                             ON CONFLICT (id, planned_for) DO NOTHING",
                            code = super::place::code_sql(),
                            due = super::blackout::due_sql(&super::place::code_sql())
                        ),
                        params![t.expand_from, now, t.id],
                    )
                    .await?;
                tx.tally_add([(t.id, code(State::Planned), inserted as i64)]).await?;
                made += inserted;
                tx.exec("UPDATE occurrence SET expand_from = $2 WHERE id = $1", params![t.id, last]).await?;
            }
            if n < CHUNK {
                tx.exec("UPDATE occurrence SET expanded_at = $2 WHERE id = $1", params![t.id, now]).await?;
            } else {
                more = true;
            }
            tx.commit().await?;
        }
        Ok((made, more))
    }
}
