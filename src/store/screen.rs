//! What `status` and the folded log ask: groups of equal results, held posts, packages, stations' weeks, machines.
//!
//! Everything here is read only, but for an audit line.

use sea_orm::{FromQueryResult, Value};

use super::view::{LogFilter, conditions};
use super::{Result, Store, params};
use crate::domain::people::Actor;

/// What makes results equal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupKey {
    /// The account.
    pub account: String,
    /// State's number; what is being sent counts as due.
    pub state: i64,
    /// 1: its account is paused.
    pub paused: i64,
    /// 1: it waits for another try.
    pub retry: i64,
    /// Cause, reason of the hold, or the account's cause.
    pub cause: String,
    /// What happened later (`pending`: somebody still has to act).
    pub afterwards: String,
    /// Its post.
    pub origin: String,
    /// Its family.
    pub family: String,
    /// Its kind.
    pub kind: String,
    /// Day of the last change, counted from 1970 in the zone of `offset`.
    pub day: i64,
    /// Milliseconds by which the workspace's clock is ahead of UTC.
    pub offset: i64,
}

/// Equal results of one cause.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct GroupRow {
    /// The account.
    pub account: String,
    /// See [`GroupKey::state`].
    pub state: i64,
    /// See [`GroupKey::paused`].
    pub paused: i64,
    /// See [`GroupKey::retry`].
    pub retry: i64,
    /// See [`GroupKey::cause`].
    pub cause: String,
    /// See [`GroupKey::afterwards`].
    pub afterwards: String,
    /// Its post.
    pub origin: String,
    /// Its family.
    pub family: String,
    /// Its kind.
    pub kind: String,
    /// See [`GroupKey::day`].
    pub day: i64,
    /// How many.
    pub n: i64,
    /// How many of them are people of lists.
    pub people: i64,
    /// First change.
    pub first_at: i64,
    /// Last change.
    pub last_at: i64,
    /// The earliest time one is due.
    pub due_at: i64,
    /// One raw answer.
    pub detail: String,
    /// The title of its post.
    pub title: String,
}

impl GroupRow {
    /// What makes them equal.
    pub fn key(&self, offset: i64) -> GroupKey {
        GroupKey {
            account: self.account.clone(),
            state: self.state,
            paused: self.paused,
            retry: self.retry,
            cause: self.cause.clone(),
            afterwards: self.afterwards.clone(),
            origin: self.origin.clone(),
            family: self.family.clone(),
            kind: self.kind.clone(),
            day: self.day,
            offset,
        }
    }
}

const STATE: &str = "CAST(CASE WHEN d.state IN (2,3) THEN 1 ELSE d.state END AS bigint)";
const PAUSED: &str = "CAST(CASE WHEN d.state = 1 AND s.paused_at IS NOT NULL THEN 1 ELSE 0 END AS bigint)";
const RETRY: &str = "CAST(CASE WHEN d.state = 1 AND d.attempts > 0 THEN 1 ELSE 0 END AS bigint)";
const CAUSE: &str = "CASE WHEN d.state = 5 THEN COALESCE(d.held_by, '') WHEN d.state IN (0,4) THEN '' \
     WHEN d.state = 1 AND s.paused_at IS NOT NULL THEN COALESCE(s.cause_code, '') ELSE COALESCE(d.cause_code, '') END";
const LATER: &str =
    "COALESCE(d.afterwards, CASE WHEN d.state = 4 AND d.pending = 1 THEN 'pending' ELSE '' END)";

fn day_sql(offset: i64) -> String {
    format!("CAST((d.updated_at + {offset}) / 86400000 AS bigint)")
}

/// The condition that picks the rows of a group.
pub(super) fn group_condition(g: &GroupKey, p: &mut Vec<Value>) -> String {
    let mut w = Vec::new();
    for (sql, v) in [
        ("d.account", Value::from(g.account.as_str())),
        (STATE, g.state.into()),
        (PAUSED, g.paused.into()),
        (RETRY, g.retry.into()),
        (CAUSE, g.cause.as_str().into()),
        (LATER, g.afterwards.as_str().into()),
        ("o.origin", g.origin.as_str().into()),
        ("d.family", g.family.as_str().into()),
        ("d.kind", g.kind.as_str().into()),
    ] {
        p.push(v);
        w.push(format!("{sql} = ${}", p.len()));
    }
    // The day as a range, so that the index of the log serves it.
    for (op, at) in [(">=", g.day * 86_400_000 - g.offset), ("<", (g.day + 1) * 86_400_000 - g.offset)] {
        p.push(at.into());
        w.push(format!("d.updated_at {op} ${}", p.len()));
    }
    w.join(" AND ")
}

/// A post of which something is held.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct HeldPost {
    /// Its post.
    pub origin: String,
    /// Its title.
    pub title: String,
    /// Why.
    pub gate: String,
    /// Class of the revision.
    pub class: String,
    /// Who wrote it.
    pub author: String,
    /// The revision.
    pub revision_id: i64,
    /// When the first is due.
    pub due_at: i64,
    /// When the first is said for the last time: when it is due, or at the end of a station's week.
    pub said_at: i64,
    /// Steps of approval given.
    pub given: i64,
    /// Rows that wait.
    pub n: i64,
}

/// Rows held one by one.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct HeldRows {
    /// Its post.
    pub origin: String,
    /// The account.
    pub account: String,
    /// Why.
    pub held_by: String,
    /// How many.
    pub n: i64,
}

/// Urgent rows whose time has passed.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct LateUrgent {
    /// Its post.
    pub origin: String,
    /// The account.
    pub account: String,
    /// How many.
    pub n: i64,
    /// Since when the first is due.
    pub due_at: i64,
}

/// Packages to editors of a time.
#[derive(Clone, Debug, Default, PartialEq, Eq, FromQueryResult)]
pub struct PackageCounts {
    /// `website` or `press`.
    pub family: String,
    /// In all, those taken back left out.
    pub total: i64,
    /// Accepted by their carrier.
    pub sent: i64,
    /// Links returned and opened.
    pub opened: i64,
    /// Links still to come back.
    pub pending: i64,
}

/// Lists that are not in the ledger yet.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct ListToCome {
    /// Family.
    pub family: String,
    /// JSON: lists.
    pub lists: String,
    /// JSON: lists left out.
    pub except_lists: String,
}

/// Airings of a week, all stations together.
#[derive(Clone, Debug, Default, PartialEq, Eq, FromQueryResult)]
pub struct StationWeek {
    /// Stations with something to air.
    pub stations: i64,
    /// Airings wanted.
    pub wanted: i64,
    /// Airings declared.
    pub declared: i64,
    /// Airings for which the week has no room.
    pub no_room: i64,
    /// Airings a station said it did not make.
    pub skipped: i64,
    /// Of those: without a reason.
    pub unexplained: i64,
    /// Airings nobody has said anything about.
    pub silent: i64,
    /// Stations that have not said anything.
    pub silent_stations: i64,
    /// Airings whose sheet has not left yet.
    pub waiting: i64,
}

/// A machine at work.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct NodeRow {
    /// Its name.
    pub name: String,
    /// Since when.
    pub started_at: i64,
}

impl Store {
    /// The log, folded: equal results of one cause in one row. Newest first. Give the filter a time or a post.
    ///
    /// # Errors
    /// The database's.
    pub async fn log_groups(&self, f: &LogFilter, offset: i64) -> Result<Vec<GroupRow>> {
        let mut p = vec![];
        let keys = self.keys(f, &mut p).await?;
        let w = conditions(f, &mut p);
        let filter = if w.is_empty() { String::new() } else { format!("AND {}", w.join(" AND ")) };
        let day = day_sql(offset);
        // An inner query names the computed columns once; both databases group by their names.
        self.rows(
            &format!(
                "SELECT account, state, paused, retry, cause, afterwards, origin, family, kind, day, count(*) AS n, \
                        CAST(sum(person) AS bigint) AS people, min(updated_at) AS first_at, max(updated_at) AS last_at, \
                        min(due_at) AS due_at, COALESCE(max(detail), '') AS detail, max(title) AS title \
                 FROM (SELECT d.account, {STATE} AS state, {PAUSED} AS paused, {RETRY} AS retry, {CAUSE} AS cause, \
                              {LATER} AS afterwards, o.origin, d.family, d.kind, {day} AS day, d.updated_at, d.due_at, \
                              CASE WHEN d.state = 1 AND s.paused_at IS NOT NULL THEN s.cause_detail ELSE d.cause_detail END AS detail, \
                              r.title, CASE WHEN ch.target_id IS NULL THEN 1 ELSE 0 END AS person \
                       FROM ({keys}) AS k CROSS JOIN delivery d CROSS JOIN occurrence o CROSS JOIN revision r \
                       LEFT JOIN channel ch ON ch.target_id = d.target_id LEFT JOIN account_state s ON s.account = d.account \
                       WHERE d.id = k.id AND d.planned_for = k.planned_for AND o.id = d.occurrence_id AND r.id = o.revision_id \
                         {filter}) AS x \
                 GROUP BY account, state, paused, retry, cause, afterwards, origin, family, kind, day \
                 ORDER BY max(updated_at) DESC, origin, family, account, state, cause LIMIT 5000"
            ),
            p,
        )
        .await
    }

    /// Posts whose gate is shut and that still have something to send, the soonest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn held_posts(&self, now: i64) -> Result<Vec<HeldPost>> {
        self.rows(
            "SELECT o.origin, max(r.title) AS title, o.gate, max(r.class) AS class, max(r.author) AS author, \
                    max(r.id) AS revision_id, min(o.due_at) AS due_at, \
                    min(CASE WHEN o.family = 'station' THEN o.expires_at - 1 ELSE o.due_at END) AS said_at, \
                    (SELECT count(*) FROM approval a WHERE a.revision_id = max(r.id)) AS given, \
                    CAST(sum(COALESCE((SELECT sum(t.n) FROM tally t WHERE t.occurrence_id = o.id AND t.state IN (0,1,5)), 0)) \
                         AS bigint) AS n \
             FROM occurrence o JOIN revision r ON r.id = o.revision_id \
             WHERE o.gate IS NOT NULL AND o.cancelled_at IS NULL AND o.expires_at > $1 AND o.origin NOT LIKE 'system/%' \
               AND (EXISTS (SELECT 1 FROM tally t WHERE t.occurrence_id = o.id AND t.state IN (0,1,5) AND t.n > 0) \
                    OR (o.lists <> '[]' AND o.expanded_at IS NULL) OR o.placed_at IS NULL) \
             GROUP BY o.origin, o.gate ORDER BY min(o.due_at), o.origin",
            params![now],
        )
        .await
    }

    /// Rows held one by one: by a person, or because they cannot be made into a message.
    ///
    /// # Errors
    /// The database's.
    pub async fn held_rows(&self) -> Result<Vec<HeldRows>> {
        self.rows(
            "SELECT o.origin, d.account, COALESCE(d.held_by, '') AS held_by, count(*) AS n \
             FROM delivery d JOIN occurrence o ON o.id = d.occurrence_id \
             WHERE d.state = 5 AND COALESCE(d.held_by, '') NOT IN \
                   ('unapproved','facts','hold','blackout','grown','stopped','content_stopped') \
             GROUP BY o.origin, d.account, COALESCE(d.held_by, '') ORDER BY 1, 2, 3",
            vec![],
        )
        .await
    }

    /// Urgent rows that were due before `before` and are still not sent.
    ///
    /// # Errors
    /// The database's.
    pub async fn late_urgent(&self, before: i64) -> Result<Vec<LateUrgent>> {
        self.rows(
            "SELECT o.origin, d.account, count(*) AS n, min(d.due_at) AS due_at \
             FROM delivery d JOIN occurrence o ON o.id = d.occurrence_id \
             WHERE o.priority = 0 AND o.due_at < $1 AND o.cancelled_at IS NULL AND o.origin NOT LIKE 'system/%' \
               AND d.state IN (0,1,2,3,5) AND d.family <> 'station' GROUP BY o.origin, d.account ORDER BY min(d.due_at)",
            params![before],
        )
        .await
    }

    /// Packages due in a time, by family.
    ///
    /// # Errors
    /// The database's.
    pub async fn package_counts(&self, from: i64, until: i64) -> Result<Vec<PackageCounts>> {
        self.rows(
            "SELECT d.family, count(*) AS total, CAST(sum(CASE WHEN d.state = 4 THEN 1 ELSE 0 END) AS bigint) AS sent, \
                    CAST(sum(CASE WHEN d.afterwards = 'published' THEN 1 ELSE 0 END) AS bigint) AS opened, \
                    CAST(sum(CASE WHEN d.state = 4 AND d.pending = 1 THEN 1 ELSE 0 END) AS bigint) AS pending \
             FROM delivery d JOIN occurrence o ON o.id = d.occurrence_id \
             WHERE o.due_at >= $1 AND o.due_at < $2 AND o.channels <> '[]' AND d.kind IN ('hand-over','press') AND d.state <> 9 \
               AND o.origin NOT LIKE 'system/%' GROUP BY d.family ORDER BY d.family DESC",
            params![from, until],
        )
        .await
    }

    /// Lists of a time that are not in the ledger yet: their people come minutes before they are due.
    ///
    /// # Errors
    /// The database's.
    pub async fn lists_to_come(&self, from: i64, until: i64) -> Result<Vec<ListToCome>> {
        self.rows(
            "SELECT family, lists, except_lists FROM occurrence WHERE due_at >= $1 AND due_at < $2 AND lists <> '[]' \
               AND expanded_at IS NULL AND cancelled_at IS NULL AND expires_at > $1 ORDER BY id",
            params![from, until],
        )
        .await
    }

    /// Lists that nothing holds, whose time was before `before`, and that are not in the ledger.
    ///
    /// # Errors
    /// The database's.
    pub async fn lists_overdue(&self, before: i64, now: i64) -> Result<Vec<ListToCome>> {
        self.rows(
            "SELECT family, lists, except_lists FROM occurrence WHERE due_at < $1 AND expires_at > $2 AND lists <> '[]' \
               AND expanded_at IS NULL AND cancelled_at IS NULL AND gate IS NULL ORDER BY id",
            params![before, now],
        )
        .await
    }

    /// Airings of an ISO week (`2026-W49`).
    ///
    /// # Errors
    /// The database's.
    pub async fn station_week(&self, week: &str) -> Result<StationWeek> {
        let rows: Vec<StationWeek> = self
            .rows(
                &format!(
                    "SELECT count(DISTINCT target_id) AS stations, CAST(COALESCE(sum(times), 0) AS bigint) AS wanted, \
                            CAST(COALESCE(sum(times - asked), 0) AS bigint) AS no_room, \
                            CAST(COALESCE(sum(sessions), 0) AS bigint) AS declared, \
                            CAST(COALESCE(sum(CASE WHEN told = 1 AND asked > sessions THEN asked - sessions ELSE 0 END), 0) AS bigint) \
                              AS skipped, \
                            CAST(COALESCE(sum(CASE WHEN told = 1 AND asked > sessions AND why IS NULL THEN asked - sessions ELSE 0 END), 0) \
                              AS bigint) AS unexplained, \
                            CAST(COALESCE(sum(CASE WHEN silent = 1 THEN asked ELSE 0 END), 0) AS bigint) AS silent, \
                            count(DISTINCT CASE WHEN silent = 1 THEN target_id END) AS silent_stations, \
                            CAST(COALESCE(sum(CASE WHEN state IN (0,1,2,3,5) THEN asked ELSE 0 END), 0) AS bigint) AS waiting \
                     FROM (SELECT d.target_id, d.state, o.times, \
                                  COALESCE(sr.times, CASE WHEN d.state = 5 AND d.held_by IN {no_room} THEN 0 ELSE o.times END) AS asked, \
                                  CASE WHEN d.state = 4 AND COALESCE(d.afterwards, 'unconfirmed') = 'unconfirmed' THEN 1 ELSE 0 END \
                                    AS silent, \
                                  CASE WHEN a.id IS NULL THEN 0 ELSE 1 END AS told, COALESCE(a.sessions, 0) AS sessions, a.why \
                           FROM delivery d JOIN occurrence o ON o.id = d.occurrence_id \
                           LEFT JOIN sheet_row sr ON sr.delivery_id = d.id AND sr.planned_for = d.planned_for \
                           LEFT JOIN airing a ON a.planned_for = d.planned_for \
                             AND a.id = (SELECT max(y.id) FROM airing y WHERE y.delivery_id = d.id AND y.planned_for = d.planned_for) \
                           WHERE o.slot = $1 AND o.family = 'station' AND o.origin NOT LIKE 'system/%' AND d.state <> 9) AS x",
                    no_room = super::sheets::NO_ROOM_SQL
                ),
                params![week],
            )
            .await?;
        Ok(rows.into_iter().next().unwrap_or_default())
    }

    /// Stations that have not said anything about a week: the unit's name and whom to call.
    ///
    /// # Errors
    /// The database's.
    pub async fn station_silent(&self, week: &str) -> Result<Vec<(String, Option<String>)>> {
        #[derive(FromQueryResult)]
        struct Silent {
            unit_name: String,
            officer: Option<String>,
        }
        let rows: Vec<Silent> = self
            .rows(
                "SELECT DISTINCT ch.unit_name, ch.officer FROM delivery d JOIN occurrence o ON o.id = d.occurrence_id \
                 JOIN channel ch ON ch.target_id = d.target_id \
                 WHERE o.slot = $1 AND o.family = 'station' AND o.origin NOT LIKE 'system/%' AND d.state = 4 \
                   AND COALESCE(d.afterwards, 'unconfirmed') = 'unconfirmed' ORDER BY ch.unit_name LIMIT 10",
                params![week],
            )
            .await?;
        Ok(rows.into_iter().map(|r| (r.unit_name, r.officer)).collect())
    }

    /// Machines that have not ended and whose lease runs, oldest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn nodes_alive(&self) -> Result<Vec<NodeRow>> {
        let now = if self.is_embedded() {
            "0"
        } else {
            "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint)"
        };
        self.rows(
            &format!(
                "SELECT name, started_at FROM node WHERE ended_at IS NULL AND lease_until >= {now} ORDER BY started_at"
            ),
            vec![],
        )
        .await
    }

    /// How many rows of each account should have gone before `before` though nothing holds them.
    ///
    /// # Errors
    /// The database's.
    pub async fn overdue(&self, before: i64) -> Result<Vec<(String, i64)>> {
        #[derive(FromQueryResult)]
        struct Late {
            account: String,
            n: i64,
        }
        let rows: Vec<Late> = self
            .rows(
                // Counted by occurrence first, by what the indexes hold: the id names it.
                &format!(
                    "SELECT x.account, CAST(sum(x.n) AS bigint) AS n FROM ( \
                       SELECT d.account, d.id / 4294967296 AS occurrence, count(*) AS n FROM {claim} \
                       WHERE d.state = 1 AND d.due_at < $1 GROUP BY d.account, d.id / 4294967296 \
                       UNION ALL SELECT d.account, d.occurrence_id, count(*) FROM {wait} \
                       WHERE d.state = 0 AND d.due_at < $1 GROUP BY d.account, d.occurrence_id) AS x \
                     JOIN occurrence o ON o.id = x.occurrence LEFT JOIN account_state s ON s.account = x.account \
                     WHERE o.gate IS NULL AND s.paused_at IS NULL GROUP BY x.account ORDER BY x.account",
                    claim = self.by_index("delivery_claim"),
                    wait = self.by_index("delivery_wait")
                ),
                params![before],
            )
            .await?;
        Ok(rows.into_iter().map(|r| (r.account, r.n)).collect())
    }

    /// Writes that somebody did something that changes no row by itself.
    ///
    /// # Errors
    /// The database's.
    pub async fn audit_say(
        &self,
        actor: &Actor,
        action: &str,
        subject: &str,
        detail: serde_json::Value,
        now: i64,
    ) -> Result<()> {
        let tx = self.begin().await?;
        tx.audit(now, actor, action, subject, detail).await?;
        tx.commit().await
    }

    /// A channel that stands for an address typed for a test; what it is called in the ledger.
    ///
    /// # Errors
    /// The database's.
    pub async fn test_channel_put(
        &self,
        address: &str,
        family: &str,
        account: &str,
        kind: &str,
        now: i64,
    ) -> Result<String> {
        let hash = super::crypt::hex(&self.key.blind("test", &format!("{family}\u{1}{address}")));
        let target_ref = format!("test/{}", &hash[..16.min(hash.len())]);
        let tx = self.begin().await?;
        let ids = super::workspace::target_ids(&tx, "channel", &[&target_ref]).await?;
        if let Some(&id) = ids.get(&target_ref) {
            // Removed from the first moment: no selector and no plan ever sees it.
            tx.exec(
                "INSERT INTO channel (target_id, unit, unit_name, family, account, kind, address_enc, removed_at, updated_at) \
                 VALUES ($1, '', '', $2, $3, $4, $5, $6, $6) ON CONFLICT (target_id) DO UPDATE SET \
                   account = excluded.account, kind = excluded.kind, address_enc = excluded.address_enc, updated_at = excluded.updated_at",
                params![id, family, account, kind, self.key.seal(address), now],
            )
            .await?;
        }
        tx.commit().await?;
        Ok(target_ref)
    }
}
