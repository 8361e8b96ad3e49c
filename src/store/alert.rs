//! Alerts, the messages that tell of them, who has what in hand, and the facts they are made of.
//!
//! Everything is found by partial indexes and tallies: this is asked every few seconds.

use sea_orm::FromQueryResult;

use super::system::system_put;
use super::{Result, Store, SystemDelivery, params};
use crate::domain::alert::{Cause, Known, Moves, Raised, Urgent};
use crate::domain::delivery::State;
use crate::domain::people::Actor;

/// An alert as screens list it.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct AlertRow {
    /// Its number.
    pub id: i64,
    /// What: see [`Cause`].
    pub cause: String,
    /// Of whom.
    pub subject: String,
    /// One sentence.
    pub says: String,
    /// Since when.
    pub since: i64,
    /// When it was told.
    pub told_at: Option<i64>,
    /// When it ended.
    pub ended_at: Option<i64>,
}

/// A message to one person.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct NoticeRow {
    /// Its number.
    pub id: i64,
    /// `alert`, `digest` or `test`.
    pub purpose: String,
    /// See the table.
    pub slot: String,
    /// To whom: id of `people.yaml`.
    pub person: String,
    /// What it says, JSON.
    pub body: String,
    /// Accounts that are not used, JSON.
    pub avoid: String,
    /// How many ways were tried.
    pub step: i64,
    /// Their accounts, JSON.
    pub tried: String,
    /// The way it goes or went.
    pub account: Option<String>,
    /// Its family.
    pub family: Option<String>,
    /// Its row.
    pub delivery_id: Option<i64>,
    /// Its row's partition.
    pub planned_for: Option<i64>,
    /// When it was given to that account.
    pub handed_at: Option<i64>,
    /// `None`: on its way. `told`, `no_way`, `too_late`.
    pub outcome: Option<String>,
    /// When it was made.
    pub created_at: i64,
    /// When it is no longer useful.
    pub expires_at: i64,
    /// State of its row.
    pub state: Option<i16>,
    /// Why its row is not sent.
    pub cause_code: Option<String>,
    /// Tries that its row spent.
    pub attempts: Option<i16>,
}

/// A message to be made.
#[derive(Clone, Debug)]
pub struct NewNotice {
    /// `alert`, `digest` or `test`.
    pub purpose: &'static str,
    /// Unique per purpose and person.
    pub slot: String,
    /// To whom.
    pub person: String,
    /// What it says, JSON.
    pub body: String,
    /// Accounts that are not used.
    pub avoid: Vec<String>,
    /// When it is no longer useful, milliseconds.
    pub expires_at: i64,
}

/// Where a person on duty is reached.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StaffAddress {
    /// Id of `people.yaml`.
    pub person: String,
    /// Full name.
    pub name: String,
    /// Family.
    pub family: String,
    /// The address.
    pub address: String,
}

/// Who has something in hand.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct SeenRow {
    /// What.
    pub subject: String,
    /// Who.
    pub by_name: String,
    /// What they said.
    pub note: String,
    /// When.
    pub at: i64,
}

const NOTICE: &str = "n.id, n.purpose, n.slot, n.person, n.body, n.avoid, n.step, n.tried, n.account, n.family, n.delivery_id, \
     n.planned_for, n.handed_at, n.outcome, n.created_at, n.expires_at, d.state, d.cause_code, d.attempts FROM notice n \
     LEFT JOIN delivery d ON d.id = n.delivery_id AND d.planned_for = n.planned_for";

impl Store {
    /// A small fact about this installation; see the table `meta`.
    ///
    /// # Errors
    /// The database's.
    pub async fn meta_get(&self, key: &str) -> Result<Option<String>> {
        #[derive(FromQueryResult)]
        struct Row {
            value: String,
        }
        let row: Option<Row> = self.row("SELECT value FROM meta WHERE key = $1", params![key]).await?;
        Ok(row.map(|r| r.value))
    }

    /// Writes such a fact, if it changed.
    ///
    /// # Errors
    /// The database's.
    pub async fn meta_put(&self, key: &str, value: &str) -> Result<()> {
        if self.meta_get(key).await?.as_deref() == Some(value) {
            return Ok(());
        }
        let tx = self.begin().await?;
        tx.exec(
            "INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            params![key, value],
        )
        .await?;
        tx.commit().await
    }

    /// When this ledger was first served, milliseconds.
    ///
    /// # Errors
    /// The database's.
    pub async fn first_served(&self) -> Result<Option<i64>> {
        #[derive(FromQueryResult)]
        struct At {
            at: Option<i64>,
        }
        let row: Option<At> = self.row("SELECT min(started_at) AS at FROM node", vec![]).await?;
        Ok(row.and_then(|r| r.at))
    }

    /// The database's clock, milliseconds. `None` on an embedded database: its clock is the system's own.
    ///
    /// # Errors
    /// The database's.
    pub async fn db_clock(&self) -> Result<Option<i64>> {
        if self.is_embedded() {
            return Ok(None);
        }
        let tx = self.begin().await?;
        let sql = format!("SELECT {}", tx.db_now());
        tx.int(&sql, vec![]).await
    }

    /// Urgent rows due since `since` that failed, were refused, came too late or are unknown and not closed, by account.
    ///
    /// # Errors
    /// The database's.
    pub async fn urgent_failed(&self, since: i64) -> Result<Vec<Urgent>> {
        #[derive(FromQueryResult)]
        struct Row {
            account: String,
            n: i64,
            post: String,
            newest: i64,
        }
        let rows: Vec<Row> = self
            .rows(
                "SELECT d.account, count(*) AS n, max(o.origin) AS post, max(o.id) AS newest \
                 FROM occurrence o JOIN delivery d ON d.occurrence_id = o.id \
                 WHERE o.due_at >= $1 AND o.priority = 0 AND o.origin NOT LIKE 'system/%' AND o.cancelled_at IS NULL \
                   AND EXISTS (SELECT 1 FROM tally t WHERE t.occurrence_id = o.id AND t.state IN (6,7,8,10) AND t.n > 0) \
                   AND d.state IN (6,7,8,10) AND COALESCE(d.afterwards, '') <> 'not_known' \
                 GROUP BY d.account ORDER BY d.account",
                params![since],
            )
            .await?;
        Ok(rows
            .into_iter()
            .map(|r| Urgent { account: r.account, n: r.n, post: r.post, newest: r.newest })
            .collect())
    }

    /// Alerts that are open, or ended since `since`.
    ///
    /// # Errors
    /// The database's.
    pub async fn alert_known(&self, since: i64) -> Result<Vec<Known>> {
        #[derive(FromQueryResult)]
        struct Row {
            id: i64,
            cause: String,
            subject: String,
            says: String,
            mark: i64,
            since: i64,
            told_at: Option<i64>,
            told_mark: i64,
            ended_at: Option<i64>,
            seen: i64,
        }
        let rows: Vec<Row> = self
            .rows(
                "SELECT a.id, a.cause, a.subject, a.says, a.mark, a.since, a.told_at, a.told_mark, a.ended_at, \
                        CAST(CASE WHEN EXISTS (SELECT 1 FROM seen s WHERE s.at >= a.since \
                               AND s.subject IN (a.cause, a.subject)) THEN 1 ELSE 0 END AS bigint) AS seen \
                 FROM alert a WHERE a.ended_at IS NULL OR a.ended_at > $1 ORDER BY a.id",
                params![since],
            )
            .await?;
        Ok(rows
            .into_iter()
            .filter_map(|r| {
                Some(Known {
                    id: r.id,
                    cause: Cause::parse(&r.cause)?,
                    subject: r.subject,
                    says: r.says,
                    mark: r.mark,
                    since: r.since,
                    told_at: r.told_at,
                    told_mark: r.told_mark,
                    ended_at: r.ended_at,
                    seen: r.seen == 1,
                })
            })
            .collect())
    }

    /// Writes what began, goes on and ended. With it go the messages about what is told now: they are made in the same
    /// transaction that marks it as told, so that neither is without the other.
    ///
    /// # Errors
    /// The database's; nothing is written then.
    pub async fn alert_write(
        &self,
        moves: &Moves,
        raised: &[Raised],
        notices: &[NewNotice],
        now: i64,
    ) -> Result<()> {
        let tx = self.begin().await?;
        for r in moves.begin.iter().filter_map(|i| raised.get(*i)) {
            let avoid = serde_json::to_string(&r.avoid).unwrap_or_else(|_| "[]".into());
            tx.exec(
                "INSERT INTO alert (cause, subject, says, avoid, mark, since) SELECT $1,$2,$3,$4,$5,$6 \
                 WHERE NOT EXISTS (SELECT 1 FROM alert WHERE cause = $1 AND subject = $2 AND ended_at IS NULL)",
                params![r.cause.as_str(), r.subject.as_str(), r.says.as_str(), avoid, r.mark, now],
            )
            .await?;
        }
        for (id, r) in moves.keep.iter().filter_map(|(id, i)| Some((*id, raised.get(*i)?))) {
            // What says the same is not written again: a calm office writes nothing.
            tx.exec(
                "UPDATE alert SET says = $2, mark = $3, ended_at = NULL \
                 WHERE id = $1 AND (says <> $2 OR mark <> $3 OR ended_at IS NOT NULL)",
                params![id, r.says.as_str(), r.mark],
            )
            .await?;
        }
        for id in &moves.end {
            tx.exec("UPDATE alert SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL", params![*id, now])
                .await?;
        }
        for (id, r) in moves.tell.iter().filter_map(|(id, i)| Some((*id, raised.get(*i)?))) {
            tx.exec("UPDATE alert SET told_at = $2, told_mark = $3 WHERE id = $1", params![id, now, r.mark])
                .await?;
        }
        notices_put(&tx, notices, now).await?;
        tx.commit().await
    }

    /// Makes messages; one that is there already is left as it is.
    ///
    /// # Errors
    /// The database's.
    pub async fn notice_add(&self, notices: &[NewNotice], now: i64) -> Result<()> {
        let tx = self.begin().await?;
        notices_put(&tx, notices, now).await?;
        tx.commit().await
    }

    /// True if there is a message of that purpose and slot to that person.
    ///
    /// # Errors
    /// The database's.
    pub async fn notice_is_there(&self, purpose: &str, slot: &str, person: &str) -> Result<bool> {
        Ok(self
            .int(
                "SELECT count(*) FROM notice WHERE purpose = $1 AND slot = $2 AND person = $3",
                params![purpose, slot, person],
            )
            .await?
            > 0)
    }

    /// Messages that are on their way, with the state of their rows.
    ///
    /// # Errors
    /// The database's.
    pub async fn notice_open(&self) -> Result<Vec<NoticeRow>> {
        self.rows(&format!("SELECT {NOTICE} WHERE n.closed_at IS NULL ORDER BY n.id"), vec![]).await
    }

    /// Messages made since `since`, the newest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn notice_since(&self, since: i64) -> Result<Vec<NoticeRow>> {
        self.rows(
            &format!("SELECT {NOTICE} WHERE n.created_at >= $1 ORDER BY n.id DESC LIMIT 500"),
            params![since],
        )
        .await
    }

    /// Gives a message to an account: its row in the ledger, and the note of which row that is, in one transaction. False:
    /// somebody else did so meanwhile.
    ///
    /// # Errors
    /// The database's.
    pub async fn notice_hand(&self, n: &NoticeRow, d: &SystemDelivery<'_>, now: i64) -> Result<bool> {
        let mut tried = n.tried();
        tried.push(d.account.clone());
        let tried = serde_json::to_string(&tried).unwrap_or_else(|_| "[]".into());
        let tx = self.begin().await?;
        let taken = tx
            .exec(
                "UPDATE notice SET step = step + 1, account = $3, family = $4, handed_at = $5, tried = $6, outcome = NULL \
                 WHERE id = $1 AND step = $2 AND closed_at IS NULL",
                params![n.id, n.step, d.account.as_str(), d.family.as_str(), now, tried],
            )
            .await?;
        let made = if taken == 1 { system_put(&tx, d, now).await? } else { None };
        let Some((id, planned_for)) = made else { return Ok(false) };
        tx.exec(
            "UPDATE notice SET delivery_id = $2, planned_for = $3 WHERE id = $1",
            params![n.id, id.0, planned_for],
        )
        .await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Closes a message: `told`, `no_way` or `too_late`.
    ///
    /// # Errors
    /// The database's.
    pub async fn notice_close(&self, id: i64, outcome: &str, now: i64) -> Result<()> {
        let tx = self.begin().await?;
        tx.exec(
            "UPDATE notice SET outcome = $2, closed_at = $3 WHERE id = $1 AND closed_at IS NULL",
            params![id, outcome, now],
        )
        .await?;
        tx.commit().await
    }

    /// Notes that a message has no way left for now; one that opens later is still taken. True the first time.
    ///
    /// # Errors
    /// The database's.
    pub async fn notice_stranded(&self, id: i64) -> Result<bool> {
        let tx = self.begin().await?;
        let n = tx
            .exec("UPDATE notice SET outcome = 'no_way' WHERE id = $1 AND outcome IS NULL", params![id])
            .await?;
        tx.commit().await?;
        Ok(n == 1)
    }

    /// Alerts, those that are open first, then the newest.
    ///
    /// # Errors
    /// The database's.
    pub async fn alert_list(&self, limit: i64) -> Result<Vec<AlertRow>> {
        self.rows(
            "SELECT id, cause, subject, says, since, told_at, ended_at FROM alert \
             ORDER BY CASE WHEN ended_at IS NULL THEN 0 ELSE 1 END, id DESC LIMIT $1",
            params![limit],
        )
        .await
    }

    /// Keeps where the people on duty are reached; what is gone from the file is gone from here.
    ///
    /// # Errors
    /// The database's.
    pub async fn staff_put(&self, staff: &[StaffAddress], now: i64) -> Result<()> {
        if self.staff_all().await? == staff {
            return Ok(());
        }
        let tx = self.begin().await?;
        tx.exec("UPDATE channel SET address_enc = NULL, updated_at = $1 WHERE mode = 'staff'", params![now])
            .await?;
        let refs: Vec<String> = staff.iter().map(|s| staff_ref(&s.person, &s.family)).collect();
        let refs: Vec<&str> = refs.iter().map(String::as_str).collect();
        let ids = super::workspace::target_ids(&tx, "channel", &refs).await?;
        for (s, r) in staff.iter().zip(&refs) {
            let Some(id) = ids.get(*r) else { continue };
            // Removed from the first moment: no selector and no plan ever sees it.
            tx.exec(
                "INSERT INTO channel (target_id, unit, unit_name, family, account, kind, mode, address_enc, removed_at, updated_at) \
                 VALUES ($1, $2, $3, $4, '', '', 'staff', $5, $6, $6) ON CONFLICT (target_id) DO UPDATE SET \
                   unit_name = excluded.unit_name, address_enc = excluded.address_enc, updated_at = excluded.updated_at",
                params![*id, s.person.as_str(), s.name.as_str(), s.family.as_str(), self.key.seal(&s.address), now],
            )
            .await?;
        }
        tx.commit().await
    }

    /// Where the people on duty are reached, by person and family.
    ///
    /// # Errors
    /// The database's.
    pub async fn staff_all(&self) -> Result<Vec<StaffAddress>> {
        #[derive(FromQueryResult)]
        struct Row {
            unit: String,
            unit_name: String,
            family: String,
            address_enc: Vec<u8>,
        }
        let rows: Vec<Row> = self
            .rows(
                "SELECT unit, unit_name, family, address_enc FROM channel WHERE mode = 'staff' AND address_enc IS NOT NULL",
                vec![],
            )
            .await?;
        let mut out = Vec::with_capacity(rows.len());
        for r in rows {
            let address = self.key.open(&r.address_enc)?;
            out.push(StaffAddress { person: r.unit, name: r.unit_name, family: r.family, address });
        }
        out.sort();
        Ok(out)
    }

    /// Notes that somebody has something in hand.
    ///
    /// # Errors
    /// The database's.
    pub async fn seen_add(&self, subject: &str, note: &str, actor: &Actor, now: i64) -> Result<()> {
        let tx = self.begin().await?;
        tx.exec(
            "INSERT INTO seen (subject, by_name, proof, note, at) VALUES ($1,$2,$3,$4,$5)",
            params![subject, actor.name.as_str(), actor.proof.as_str(), note, now],
        )
        .await?;
        tx.audit(now, actor, "seen", subject, serde_json::json!({ "note": note })).await?;
        tx.commit().await
    }

    /// The newest word about each thing since `since`.
    ///
    /// # Errors
    /// The database's.
    pub async fn seen_since(&self, since: i64) -> Result<Vec<SeenRow>> {
        self.rows(
            "SELECT s.subject, s.by_name, s.note, s.at FROM seen s WHERE s.at >= $1 \
               AND NOT EXISTS (SELECT 1 FROM seen n WHERE n.subject = s.subject AND n.id > s.id) ORDER BY s.id",
            params![since],
        )
        .await
    }
}

/// What a person's address is called in the ledger.
pub fn staff_ref(person: &str, family: &str) -> String {
    format!("staff/{person}/{family}")
}

impl NoticeRow {
    /// Accounts that were tried.
    pub fn tried(&self) -> Vec<String> {
        serde_json::from_str(&self.tried).unwrap_or_default()
    }
    /// Accounts that are not used.
    pub fn avoided(&self) -> Vec<String> {
        serde_json::from_str(&self.avoid).unwrap_or_default()
    }
    /// State of its row, if it has one.
    pub fn row_state(&self) -> Option<State> {
        self.state.and_then(|s| super::state_of(s).ok())
    }
}

async fn notices_put(tx: &super::Tx, notices: &[NewNotice], now: i64) -> Result<()> {
    for n in notices {
        let avoid = serde_json::to_string(&n.avoid).unwrap_or_else(|_| "[]".into());
        tx.exec(
            "INSERT INTO notice (purpose, slot, person, body, avoid, created_at, expires_at) VALUES ($1,$2,$3,$4,$5,$6,$7) \
             ON CONFLICT (purpose, slot, person) DO NOTHING",
            params![
                n.purpose,
                n.slot.as_str(),
                n.person.as_str(),
                n.body.as_str(),
                avoid,
                now,
                n.expires_at
            ],
        )
        .await?;
    }
    Ok(())
}
