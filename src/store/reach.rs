//! Figures with their source and certainty, and the sums of a period.

use sea_orm::FromQueryResult;

use super::{Result, Store, params};
use crate::domain::reach::ReachFigure;

/// A figure as stored, with what it belongs to.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct ReachRow {
    /// Post.
    pub origin: String,
    /// Title.
    pub title: String,
    /// Family.
    pub family: String,
    /// Unit (empty for contacts).
    pub unit: String,
    /// What was counted.
    pub metric: String,
    /// How many.
    pub value: i64,
    /// How sure.
    pub grade: String,
    /// By whom.
    pub source: String,
    /// When, milliseconds.
    pub at: i64,
}

/// Deliveries of a period, by post, family, unit and state.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct PeriodFacts {
    /// Post.
    pub origin: String,
    /// Title.
    pub title: String,
    /// Family.
    pub family: String,
    /// Kind of transport.
    pub kind: String,
    /// Unit (`""` for contacts).
    pub unit: String,
    /// The unit's name.
    pub unit_name: String,
    /// State's number.
    pub state: i16,
    /// What happened later.
    pub afterwards: Option<String>,
    /// How many rows.
    pub n: i64,
    /// Airings the plan wants in them.
    pub times: i64,
    /// Airings asked for: fewer where a week had no room.
    pub asked: i64,
    /// Airings declared.
    pub declared: i64,
    /// Airings missing in what was declared, row by row.
    pub not_aired: i64,
    /// Airings declared beyond what was asked for, row by row.
    pub extra: i64,
}

impl PeriodFacts {
    /// Its state.
    pub fn state(&self) -> Option<crate::domain::delivery::State> {
        super::state_of(self.state).ok()
    }
}

/// A row whose channel can be asked for figures.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct ReachAsk {
    /// Which row.
    pub id: i64,
    /// Its partition.
    pub planned_for: i64,
    /// The account.
    pub account: String,
    /// The far side's own name.
    pub receipt: String,
    /// Sealed address.
    pub address_enc: Option<Vec<u8>>,
}

/// True for a row `d` of the period from `$1` until `$2`: by its nominal time; a station's week by its last day, so that no airing is
/// counted before the figures of its period are closed.
const IN_PERIOD: &str = "((d.family <> 'station' AND d.planned_for >= $1 AND d.planned_for < $2) \
     OR (d.family = 'station' AND d.expires_at > $1 AND d.expires_at <= $2))";

impl Store {
    /// Records figures of one row; a metric that is already there is replaced.
    ///
    /// # Errors
    /// The database's.
    pub async fn reach_put(&self, id: i64, planned_for: i64, figures: &[ReachFigure]) -> Result<()> {
        let tx = self.begin().await?;
        for f in figures {
            tx.exec(
                "DELETE FROM reach WHERE delivery_id = $1 AND metric = $2",
                params![id, f.metric.as_str()],
            )
            .await?;
            tx.exec(
                "INSERT INTO reach (delivery_id, planned_for, occurrence_id, metric, value, grade, source, at) \
                 VALUES ($1,$2,$3,$4,$5,$6,$7,$8)",
                params![
                    id,
                    planned_for,
                    crate::domain::delivery::DeliveryId(id).occurrence(),
                    f.metric.as_str(),
                    f.value,
                    f.grade.as_str(),
                    f.source.as_str(),
                    f.at.timestamp_millis()
                ],
            )
            .await?;
        }
        tx.commit().await
    }

    /// Rows of an account that were accepted since `since`, about which no figure is kept and which were not asked about since
    /// `asked_before`; least recently asked first, so that one that never answers hides no other.
    ///
    /// # Errors
    /// The database's.
    pub async fn reach_ask(
        &self,
        account: &str,
        since: i64,
        asked_before: i64,
        n: i64,
    ) -> Result<Vec<ReachAsk>> {
        self.rows(
            // From the few channels to their rows by the index of targets: never through all rows. What was accepted since may
            // have been planned some days before.
            "SELECT d.id, d.planned_for, d.account, d.receipt, ch.address_enc FROM channel ch CROSS JOIN delivery d \
             WHERE d.target_id = ch.target_id AND d.planned_for >= $2 - 864000000 \
               AND d.account = $1 AND d.state = 4 AND d.receipt IS NOT NULL AND d.settled_at >= $2 \
               AND (d.asked_at IS NULL OR d.asked_at < $3) \
               AND NOT EXISTS (SELECT 1 FROM reach r WHERE r.delivery_id = d.id) \
             ORDER BY COALESCE(d.asked_at, 0), d.settled_at, d.id LIMIT $4",
            params![account, since, asked_before, n],
        )
        .await
    }

    /// Notes that the far side was asked about rows.
    ///
    /// # Errors
    /// The database's.
    pub async fn reach_asked(&self, asks: &[ReachAsk], now: i64) -> Result<()> {
        let tx = self.begin().await?;
        for a in asks {
            tx.exec(
                "UPDATE delivery SET asked_at = $3 WHERE id = $1 AND planned_for = $2 AND state = 4",
                params![a.id, a.planned_for, now],
            )
            .await?;
        }
        tx.commit().await
    }

    /// What the ledger itself measures: rows that were accepted, by post, family and unit. Not stored per row.
    ///
    /// # Errors
    /// The database's.
    pub async fn reach_accepted(&self, from: i64, until: i64, origin: Option<&str>) -> Result<Vec<ReachRow>> {
        self.rows(
            &format!("SELECT o.origin, r.title, d.family, COALESCE(ch.unit, '') AS unit, 'accepted' AS metric, count(*) AS value, \
                    'measured' AS grade, 'loa' AS source, COALESCE(max(d.settled_at), 0) AS at \
             FROM delivery d JOIN occurrence o ON o.id = d.occurrence_id JOIN revision r ON r.id = o.revision_id \
             LEFT JOIN channel ch ON ch.target_id = d.target_id \
             WHERE d.state = 4 AND {IN_PERIOD} AND o.origin NOT LIKE 'system/%' \
               AND ($3 = '' OR o.origin = $3 OR o.origin LIKE replace($3, '_', '\\_') || '/%' ESCAPE '\\') \
             GROUP BY o.origin, r.title, d.family, COALESCE(ch.unit, '') ORDER BY o.origin, d.family, COALESCE(ch.unit, '')"),
            params![from, until, origin.unwrap_or("")],
        )
        .await
    }

    /// How many occurrences of a period have no rows yet: lists are expanded minutes before they are due, channels are placed
    /// some weeks ahead. A report says that they are missing.
    ///
    /// # Errors
    /// The database's.
    pub async fn period_unplaced(&self, from: i64, until: i64) -> Result<i64> {
        self.int(
            "SELECT count(*) FROM occurrence \
             WHERE CASE WHEN family = 'station' THEN expires_at - 1 ELSE planned_for END >= $1 \
               AND CASE WHEN family = 'station' THEN expires_at - 1 ELSE planned_for END < $2 AND cancelled_at IS NULL \
               AND origin NOT LIKE 'system/%' \
               AND ((lists <> '[]' AND expanded_at IS NULL) OR (channels <> '[]' AND placed_at IS NULL))",
            params![from, until],
        )
        .await
    }

    /// The address of a row that may be asked.
    pub fn reach_address(&self, ask: &ReachAsk) -> String {
        ask.address_enc.as_deref().and_then(|a| self.key.open(a).ok()).unwrap_or_default()
    }

    /// Figures of a time, newest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn reach_rows(&self, from: i64, until: i64, origin: Option<&str>) -> Result<Vec<ReachRow>> {
        self.rows(
            &format!("SELECT o.origin, r.title, d.family, COALESCE(ch.unit, '') AS unit, x.metric, x.value, x.grade, x.source, x.at \
             FROM reach x JOIN delivery d ON d.id = x.delivery_id AND d.planned_for = x.planned_for \
             JOIN occurrence o ON o.id = d.occurrence_id JOIN revision r ON r.id = o.revision_id \
             LEFT JOIN channel ch ON ch.target_id = d.target_id \
             WHERE {IN_PERIOD} AND ($3 = '' OR o.origin = $3 OR o.origin LIKE replace($3, '_', '\\_') || '/%' ESCAPE '\\') \
             ORDER BY o.origin, d.family, ch.unit, x.metric"),
            params![from, until, origin.unwrap_or("")],
        )
        .await
    }

    /// Deliveries of a period, counted; airings row by row, so that one that aired more makes up for no other.
    ///
    /// # Errors
    /// The database's.
    pub async fn period_facts(&self, from: i64, until: i64) -> Result<Vec<PeriodFacts>> {
        // Airings are declared about rows that are on a sheet; the last word counts.
        let told = "x.sessions IS NOT NULL";
        self.rows(
            &format!(
                "SELECT origin, title, family, kind, unit, unit_name, state, afterwards, count(*) AS n, \
                        CAST(sum(times) AS bigint) AS times, CAST(sum(asked) AS bigint) AS asked, \
                        CAST(sum(CASE WHEN {told} THEN x.sessions ELSE 0 END) AS bigint) AS declared, \
                        CAST(sum(CASE WHEN {told} AND x.sessions < asked THEN asked - x.sessions ELSE 0 END) AS bigint) AS not_aired, \
                        CAST(sum(CASE WHEN {told} AND x.sessions > asked THEN x.sessions - asked ELSE 0 END) AS bigint) AS extra \
                 FROM (SELECT o.origin, r.title, d.family, d.kind, COALESCE(ch.unit, '') AS unit, \
                              COALESCE(ch.unit_name, '') AS unit_name, d.state, d.afterwards, o.times, \
                              COALESCE(sr.times, CASE WHEN d.state = 5 AND d.held_by IN {no_room} THEN 0 ELSE o.times END) AS asked, \
                              CASE WHEN d.family = 'station' AND d.state = 4 AND d.afterwards IN ('aired', 'skipped') THEN \
                                (SELECT a.sessions FROM airing a WHERE a.delivery_id = d.id ORDER BY a.id DESC LIMIT 1) END AS sessions \
                       FROM delivery d JOIN occurrence o ON o.id = d.occurrence_id JOIN revision r ON r.id = o.revision_id \
                       LEFT JOIN channel ch ON ch.target_id = d.target_id \
                       LEFT JOIN sheet_row sr ON sr.delivery_id = d.id AND sr.planned_for = d.planned_for \
                       WHERE {IN_PERIOD} AND o.origin NOT LIKE 'system/%') AS x \
                 GROUP BY origin, title, family, kind, unit, unit_name, state, afterwards ORDER BY origin, family",
                no_room = super::sheets::NO_ROOM_SQL
            ),
            params![from, until],
        )
        .await
    }
}
