//! Airings: what officers answer, and which rows somebody answers to.

use sea_orm::FromQueryResult;

use super::{Result, Store, StoreError, Tx, code, params};
use crate::domain::delivery::{DeliveryId, State};
use crate::domain::people::Actor;

/// A row of a sheet with what was declared about it.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct AiringRow {
    /// Which row.
    pub delivery_id: i64,
    /// Its partition.
    pub planned_for: i64,
    /// Its occurrence.
    pub occurrence_id: i64,
    /// State's number: airings are declared about rows that were handed over.
    pub state: i16,
    /// Its post's title.
    pub title: String,
    /// Airings its sheet asks for.
    pub times: i64,
    /// JSON: the sessions its sheet proposes.
    pub slots: String,
    /// Airings declared last.
    pub sessions: Option<i64>,
    /// The station's unit.
    pub unit: String,
    /// People it covers, as declared.
    pub covered: Option<i64>,
}

/// A row that somebody answers to: a package, a draft, a station's row, or the sheet that lists such rows.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct HandedRow {
    /// Which row.
    pub id: i64,
    /// Its partition.
    pub planned_for: i64,
    /// Its code's number.
    pub code: i64,
    /// Its post, or `system/sheet`.
    pub origin: String,
    /// Family.
    pub family: String,
    /// Kind of transport.
    pub kind: String,
    /// State's number.
    pub state: i16,
    /// 1: a person at the far side still has to act.
    pub pending: i16,
    /// What happened later.
    pub afterwards: Option<String>,
    /// Title of the revision that was sent.
    pub title: String,
    /// That revision.
    pub revision_id: i64,
    /// The unit.
    pub unit: String,
    /// The unit's name.
    pub unit_name: String,
    /// Address of the unit's site.
    pub site: Option<String>,
    /// How the site wants its content.
    pub mode: Option<String>,
    /// Digits of the sheet it is on, or carries.
    pub sheet: Option<String>,
}

/// A sheet of a station, with the state of the row that carries it.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct SheetOut {
    /// Its digits.
    pub code: String,
    /// The station's unit.
    pub unit: String,
    /// The unit's name.
    pub unit_name: String,
    /// ISO week.
    pub week: String,
    /// Which of that week.
    pub no: i64,
    /// The revision that holds the sheet itself.
    pub revision_id: i64,
    /// State's number of the row that carries it.
    pub state: i16,
    /// 1: it has not left, and says something that is no longer so.
    pub stale: i64,
}

impl SheetOut {
    /// The state of the row that carries it.
    pub fn state(&self) -> State {
        super::state_of(self.state).unwrap_or(State::Unknown)
    }
}

impl HandedRow {
    /// Its state.
    pub fn state(&self) -> State {
        super::state_of(self.state).unwrap_or(State::Unknown)
    }
}

impl Store {
    /// The rows of a sheet with what was declared about them.
    ///
    /// # Errors
    /// The database's.
    pub async fn sheet_rows(&self, sheet_code: &str) -> Result<Vec<AiringRow>> {
        self.rows(
            "SELECT sr.delivery_id, sr.planned_for, d.occurrence_id, d.state, r.title, COALESCE(sr.times, o.times) AS times, sr.slots, \
                    (SELECT a.sessions FROM airing a WHERE a.delivery_id = d.id AND a.planned_for = d.planned_for ORDER BY a.id DESC LIMIT 1) AS sessions, \
                    ch.unit, ch.covered \
             FROM sheet_row sr JOIN delivery d ON d.id = sr.delivery_id AND d.planned_for = sr.planned_for \
             JOIN occurrence o ON o.id = d.occurrence_id JOIN revision r ON r.id = sr.revision_id \
             JOIN channel ch ON ch.target_id = d.target_id \
             WHERE sr.sheet_code = $1 ORDER BY sr.no, d.priority, o.origin, o.sending",
            params![sheet_code],
        )
        .await
    }

    /// The sheets of the weeks from `from` to `to`, both included, of all stations or of one; those that were taken back are none.
    ///
    /// # Errors
    /// The database's.
    pub async fn sheets_out(&self, from: &str, to: &str, unit: Option<&str>) -> Result<Vec<SheetOut>> {
        self.rows(
            &format!(
                // Sheets first: they are few. Rows by their keys.
                "SELECT s.code, s.unit, ch.unit_name, s.week, s.no, o.revision_id, d.state, \
                    CAST(CASE WHEN {stale} THEN 1 ELSE 0 END AS BIGINT) AS stale \
                 FROM sheet s CROSS JOIN delivery d JOIN occurrence o ON o.id = d.occurrence_id \
                 JOIN channel ch ON ch.target_id = d.target_id \
                 WHERE d.id = s.delivery_id AND d.planned_for = s.planned_for AND s.week >= $1 AND s.week <= $2 \
                   AND ($3 = '' OR s.unit = $3) AND EXISTS (SELECT 1 FROM sheet_row sr WHERE sr.sheet_code = s.code) \
                 ORDER BY s.week, s.unit, s.no",
                stale = super::sheets::STALE_SHEET
            ),
            params![from, to, unit.unwrap_or_default()],
        )
        .await
    }

    /// What stands on a sheet, in its order: the revision whose text it is, and whether that may be aired as things are now.
    ///
    /// # Errors
    /// The database's.
    pub async fn sheet_items(&self, sheet_code: &str) -> Result<Vec<(i64, bool)>> {
        #[derive(FromQueryResult)]
        struct Line {
            revision_id: i64,
            off: i64,
        }
        let lines: Vec<Line> = self
            .rows(
                "SELECT sr.revision_id, CAST(CASE WHEN o.cancelled_at IS NULL AND o.gate IS NULL AND o.revision_id = sr.revision_id \
                    THEN 0 ELSE 1 END AS BIGINT) AS off \
                 FROM sheet_row sr CROSS JOIN delivery d JOIN occurrence o ON o.id = d.occurrence_id \
                 WHERE sr.sheet_code = $1 AND d.id = sr.delivery_id AND d.planned_for = sr.planned_for ORDER BY sr.no, sr.delivery_id",
                params![sheet_code],
            )
            .await?;
        Ok(lines.into_iter().map(|l| (l.revision_id, l.off == 0)).collect())
    }

    /// Records what a station declares about one row (a later word replaces an earlier one for reports; both are kept), and the
    /// reach that follows: airings as declared, airings × people covered as estimated.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the row was not handed over yet.
    pub async fn airing_add(
        &self,
        row: &AiringRow,
        sessions: i64,
        why: Option<&str>,
        actor: &Actor,
        now: i64,
    ) -> Result<()> {
        self.airings_add(&[(row, sessions)], why, actor, now).await
    }

    /// The same for several rows at once: an answer to a sheet is recorded whole or not at all.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if a row was not handed over yet.
    pub async fn airings_add(
        &self,
        rows: &[(&AiringRow, i64)],
        why: Option<&str>,
        actor: &Actor,
        now: i64,
    ) -> Result<()> {
        let tx = self.begin().await?;
        for (row, sessions) in rows {
            // A reason is why airings are missing: an item that was aired in full has none.
            airing_put(&tx, row, *sessions, why.filter(|_| *sessions < row.times), actor, now).await?;
        }
        tx.commit().await
    }

    /// The row of a code, if it is one that somebody answers to.
    ///
    /// # Errors
    /// The database's.
    pub async fn handed_get(&self, id: DeliveryId) -> Result<Option<HandedRow>> {
        self.row(
            &format!(
                "SELECT d.id, d.planned_for, d.code, o.origin, d.family, d.kind, d.state, d.pending, d.afterwards, r.title, \
                    r.id AS revision_id, ch.unit, ch.unit_name, ch.url AS site, ch.mode, \
                    COALESCE(sr.sheet_code, s.code) AS sheet \
             FROM delivery d JOIN occurrence o ON o.id = d.occurrence_id \
             JOIN revision r ON r.id = COALESCE(d.revision_id, o.revision_id) \
             JOIN channel ch ON ch.target_id = d.target_id \
             LEFT JOIN sheet_row sr ON sr.delivery_id = d.id AND sr.planned_for = d.planned_for \
             LEFT JOIN sheet s ON s.delivery_id = d.id AND s.planned_for = d.planned_for \
             WHERE d.id = $1 AND {}",
             super::seek::PART
            ),
            params![id.0],
        )
        .await
    }

    /// Marks station rows whose week ended before `before` and about which nobody said anything.
    ///
    /// # Errors
    /// The database's.
    pub async fn airing_close(&self, before: i64, now: i64) -> Result<u64> {
        let due = self
            .int(
                "SELECT count(*) FROM delivery d JOIN occurrence o ON o.id = d.occurrence_id \
                 WHERE d.family = 'station' AND d.state = 4 AND d.pending = 1 AND d.afterwards IS NULL \
                   AND o.origin NOT LIKE 'system/%' AND d.expires_at <= $1",
                params![before],
            )
            .await?;
        if due == 0 {
            return Ok(0);
        }
        let tx = self.begin().await?;
        let n = tx
            .exec(
                &format!(
                    "UPDATE delivery SET afterwards = 'unconfirmed', updated_at = $2 \
                     WHERE family = 'station' AND state = {sent} AND pending = 1 AND afterwards IS NULL AND expires_at <= $1 \
                       AND occurrence_id IN (SELECT id FROM occurrence WHERE origin NOT LIKE 'system/%')",
                    sent = code(State::Sent)
                ),
                params![before, now],
            )
            .await?;
        tx.audit(now, &Actor::system(), "station.unconfirmed", "stations", serde_json::json!({ "rows": n }))
            .await?;
        tx.commit().await?;
        Ok(n)
    }
}

async fn airing_put(
    tx: &Tx,
    row: &AiringRow,
    sessions: i64,
    why: Option<&str>,
    actor: &Actor,
    now: i64,
) -> Result<()> {
    tx.exec(
        "INSERT INTO airing (delivery_id, planned_for, sessions, why, by_name, proof, at) VALUES ($1,$2,$3,$4,$5,$6,$7)",
        params![
            row.delivery_id,
            row.planned_for,
            sessions,
            why,
            actor.name.as_str(),
            actor.proof.as_str(),
            now
        ],
    )
    .await?;
    let afterwards = if sessions > 0 { "aired" } else { "skipped" };
    let n = tx
        .exec(
            "UPDATE delivery SET afterwards = $3, pending = 0, updated_at = $4 \
             WHERE id = $1 AND planned_for = $2 AND state = 4",
            params![row.delivery_id, row.planned_for, afterwards, now],
        )
        .await?;
    if n != 1 {
        return Err(StoreError::Conflict("this row was not handed to the station yet".into()));
    }
    tx.exec(
        "DELETE FROM reach WHERE delivery_id = $1 AND planned_for = $2 AND metric IN ('airings', 'people_covered')",
        params![row.delivery_id, row.planned_for],
    )
    .await?;
    let mut figures = vec![("airings", sessions, "declared")];
    if let Some(covered) = row.covered {
        figures.push(("people_covered", sessions * covered, "estimated"));
    }
    for (metric, value, grade) in figures {
        tx.exec(
            "INSERT INTO reach (delivery_id, planned_for, occurrence_id, metric, value, grade, source, at) \
             VALUES ($1,$2,$3,$4,$5,$6,$7,$8)",
            params![
                row.delivery_id,
                row.planned_for,
                row.occurrence_id,
                metric,
                value,
                grade,
                row.unit.as_str(),
                now
            ],
        )
        .await?;
    }
    tx.audit(
        now,
        actor,
        "station.aired",
        &row.unit,
        serde_json::json!({ "delivery": row.delivery_id, "sessions": sessions, "why": why }),
    )
    .await?;
    Ok(())
}
