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

impl Store {
    /// Records figures of one row; a metric that is already there is replaced.
    ///
    /// # Errors
    /// The database's.
    pub async fn reach_put(&self, id: i64, planned_for: i64, figures: &[ReachFigure]) -> Result<()> {
        let tx = self.begin().await?;
        for f in figures {
            tx.exec(
                "DELETE FROM reach WHERE delivery_id = $1 AND planned_for = $3 AND metric = $2",
                params![id, f.metric.as_str(), planned_for],
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
               AND NOT EXISTS (SELECT 1 FROM reach r WHERE r.delivery_id = d.id AND r.planned_for = d.planned_for) \
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
            // Without the rows themselves: those may lie in an archive.
            "SELECT o.origin, r.title, o.family, COALESCE(ch.unit, '') AS unit, x.metric, x.value, x.grade, x.source, x.at \
             FROM reach x JOIN occurrence o ON o.id = x.occurrence_id JOIN revision r ON r.id = o.revision_id \
             LEFT JOIN channel ch ON ch.target_id = x.delivery_id % 4294967296 \
             WHERE x.delivery_id > 0 \
               AND ((o.family <> 'station' AND x.planned_for >= $1 AND x.planned_for < $2) \
                 OR (o.family = 'station' AND o.expires_at > $1 AND o.expires_at <= $2)) \
               AND ($3 = '' OR o.origin = $3 OR o.origin LIKE replace($3, '_', '\\_') || '/%' ESCAPE '\\') \
             ORDER BY o.origin, o.family, ch.unit, x.metric",
            params![from, until, origin.unwrap_or("")],
        )
        .await
    }
}
