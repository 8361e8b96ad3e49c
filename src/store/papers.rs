//! Sheets and airings: what officers answer, and which rows somebody answers to.

use sea_orm::FromQueryResult;

use super::system::{SystemDelivery, system_put};
use super::{Result, Store, StoreError, Tx, code, params};
use crate::domain::delivery::{DeliveryId, State};
use crate::domain::people::Actor;

/// The account name of station rows: no lane serves it; they go by the sheet that lists them.
pub const BY_SHEET: &str = "@sheet";

/// How long after it was made a sheet is still looked at, milliseconds: its week, and one more.
const SHEET_LIFE_MS: i64 = 15 * 86_400_000;

/// SQL that is true if the sheet carried by delivery `d` says something that is no longer so.
pub(super) const STALE_SHEET: &str = "(EXISTS (SELECT 1 FROM sheet s3 WHERE s3.delivery_id = d.id \
             AND NOT EXISTS (SELECT 1 FROM sheet_row r3 WHERE r3.sheet_code = s3.code)) \
     OR EXISTS (SELECT 1 FROM sheet s2 JOIN sheet_row sr ON sr.sheet_code = s2.code \
     JOIN delivery x ON x.id = sr.delivery_id AND x.planned_for = sr.planned_for \
     JOIN occurrence xo ON xo.id = x.occurrence_id \
     WHERE s2.delivery_id = d.id AND (x.state <> 1 OR xo.gate IS NOT NULL OR xo.cancelled_at IS NOT NULL \
                                      OR xo.revision_id <> sr.revision_id)))";

/// A station row that waits for its sheet.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct StationDue {
    /// Which row.
    pub id: i64,
    /// Its partition.
    pub planned_for: i64,
    /// Its post.
    pub origin: String,
    /// Its sending.
    pub sending: String,
    /// ISO week.
    pub slot: String,
    /// Its priority's rank.
    pub priority: i16,
    /// Airings wanted that week.
    pub times: i64,
    /// The station's unit.
    pub unit: String,
    /// `unit/station`.
    pub target_ref: String,
    /// The revision in force.
    pub revision_id: i64,
    /// When the sheet is due.
    pub due_at: i64,
    /// When it is too late.
    pub expires_at: i64,
    /// JSON of the station.
    pub station: Option<String>,
    /// The unit's name.
    pub unit_name: String,
    /// The account that carries its sheets.
    pub carrier: String,
    /// That account's kind.
    pub carrier_kind: String,
    /// Code of the sheet it is on.
    pub sheet: Option<String>,
    /// State of the row that carries that sheet.
    pub sheet_state: Option<i16>,
}

/// A sheet as stored.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct SheetRow {
    /// Its digits.
    pub code: String,
    /// The station's unit.
    pub unit: String,
    /// ISO week.
    pub week: String,
    /// Which of that week.
    pub no: i64,
    /// The row that carried it.
    pub delivery_id: i64,
    /// That row's partition.
    pub planned_for: i64,
}

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
    /// Airings wanted.
    pub times: i64,
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

impl HandedRow {
    /// Its state.
    pub fn state(&self) -> State {
        super::state_of(self.state).unwrap_or(State::Unknown)
    }
}

impl Store {
    /// Station rows whose time has come and whose gate is open: those on no sheet yet, and those whose sheet is under way.
    ///
    /// # Errors
    /// The database's.
    pub async fn station_due(&self, now: i64) -> Result<Vec<StationDue>> {
        self.rows(
            "SELECT d.id, d.planned_for, o.origin, o.sending, o.slot, d.priority, o.times, ch.unit, t.ref AS target_ref, \
                    o.revision_id, d.due_at, d.expires_at, ch.station, ch.unit_name, ch.account AS carrier, ch.kind AS carrier_kind, \
                    sr.sheet_code AS sheet, sd.state AS sheet_state \
             FROM delivery d JOIN occurrence o ON o.id = d.occurrence_id JOIN target t ON t.id = d.target_id \
             JOIN channel ch ON ch.target_id = d.target_id \
             LEFT JOIN sheet_row sr ON sr.delivery_id = d.id AND sr.planned_for = d.planned_for \
             LEFT JOIN sheet s ON s.code = sr.sheet_code \
             LEFT JOIN delivery sd ON sd.id = s.delivery_id AND sd.planned_for = s.planned_for \
             WHERE d.account = '@sheet' AND d.state = 1 AND d.due_at <= $1 AND o.gate IS NULL ORDER BY ch.unit, o.slot, d.priority, o.origin",
            params![now],
        )
        .await
    }

    /// Takes back sheets that have not left and whose rows are no longer what stands on them: held, edited, taken back. Their
    /// other rows get a new sheet. So do the rows of a sheet that failed and whose officer is reached by another account now:
    /// trying the old one again would help nobody.
    ///
    /// # Errors
    /// The database's.
    pub async fn sheet_void(&self, now: i64) -> Result<u64> {
        #[derive(FromQueryResult)]
        struct Code {
            #[expect(dead_code, reason = "only whether there is one matters")]
            code: String,
        }
        #[derive(FromQueryResult)]
        struct Void {
            code: String,
            delivery_id: i64,
            planned_for: i64,
        }
        let moved = format!(
            "SELECT s.code FROM sheet s JOIN delivery d ON d.id = s.delivery_id AND d.planned_for = s.planned_for \
             JOIN channel ch ON ch.target_id = d.target_id \
             WHERE s.created_at > $1 AND d.state IN ({failed},{rejected}) AND ch.removed_at IS NULL \
               AND (ch.account <> d.account OR ch.kind <> d.kind) \
               AND EXISTS (SELECT 1 FROM sheet_row sr WHERE sr.sheet_code = s.code)",
            failed = code(State::Failed),
            rejected = code(State::Rejected)
        );
        let since = params![now - SHEET_LIFE_MS];
        if self.row::<Code>(&moved, since.clone()).await?.is_some() {
            let tx = self.begin().await?;
            tx.exec(&format!("DELETE FROM sheet_row WHERE sheet_code IN ({moved})"), since).await?;
            tx.commit().await?;
        }
        let stale: Vec<Void> = self
            .rows(
                &format!(
                    "SELECT DISTINCT s.code, s.delivery_id, s.planned_for FROM delivery d \
                     JOIN sheet s ON s.delivery_id = d.id AND s.planned_for = d.planned_for \
                     WHERE d.state IN (0,1,5) AND {STALE_SHEET}"
                ),
                vec![],
            )
            .await?;
        let mut n = 0;
        for v in stale {
            let tx = self.begin().await?;
            let id = DeliveryId(v.delivery_id);
            let event = crate::domain::delivery::Event::Cancel;
            match super::ledger::apply(&tx, id, v.planned_for, event, "sheet_changed", None, now).await {
                Ok(_) => {}
                Err(StoreError::Conflict(_)) => continue, // it left in between
                Err(e) => return Err(e),
            }
            tx.exec("DELETE FROM sheet_row WHERE sheet_code = $1", params![v.code.as_str()]).await?;
            tx.commit().await?;
            n += 1;
        }
        Ok(n)
    }

    /// What stands on a station's sheets of a week that left or will: revision and airings of each row.
    ///
    /// # Errors
    /// The database's.
    pub async fn sheet_listed(&self, unit: &str, week: &str) -> Result<Vec<(i64, i64)>> {
        #[derive(FromQueryResult)]
        struct Listed {
            revision_id: i64,
            times: i64,
        }
        let rows: Vec<Listed> = self
            .rows(
                "SELECT sr.revision_id, o.times FROM sheet s JOIN sheet_row sr ON sr.sheet_code = s.code \
                 JOIN delivery d ON d.id = sr.delivery_id AND d.planned_for = sr.planned_for \
                 JOIN occurrence o ON o.id = d.occurrence_id \
                 WHERE s.unit = $1 AND s.week = $2 AND d.state IN (1,2,3,4)",
                params![unit, week],
            )
            .await?;
        Ok(rows.into_iter().map(|r| (r.revision_id, r.times)).collect())
    }

    /// How many sheets a station has for a week.
    ///
    /// # Errors
    /// The database's.
    pub async fn sheet_count(&self, unit: &str, week: &str) -> Result<i64> {
        self.int("SELECT count(*) FROM sheet WHERE unit = $1 AND week = $2", params![unit, week]).await
    }

    /// Seconds of the given week's sheets are the caller's to know; here: which codes are taken.
    ///
    /// # Errors
    /// The database's.
    pub async fn sheet_code_taken(&self, code: &str) -> Result<bool> {
        Ok(self.int("SELECT count(*) FROM sheet WHERE code = $1", params![code]).await? > 0)
    }

    #[expect(clippy::too_many_arguments, reason = "each is one column of what is recorded")]
    /// Makes a sheet: the system delivery that carries it, its code, and which station rows it lists, in one transaction.
    ///
    /// # Errors
    /// The database's; nothing is made then.
    pub async fn sheet_make(
        &self,
        d: &SystemDelivery<'_>,
        sheet_code: &str,
        unit: &str,
        week: &str,
        no: i64,
        rows: &[(i64, i64, i64)],
        now: i64,
    ) -> Result<Option<DeliveryId>> {
        let tx = self.begin().await?;
        let Some((id, planned_for)) = system_put(&tx, d, now).await? else { return Ok(None) };
        tx.exec(
            "INSERT INTO sheet (code, unit, week, no, delivery_id, planned_for, created_at) VALUES ($1,$2,$3,$4,$5,$6,$7)",
            params![sheet_code, unit, week, no, id.0, planned_for, now],
        )
        .await?;
        for (delivery, planned, revision) in rows {
            tx.exec(
                "INSERT INTO sheet_row (sheet_code, delivery_id, planned_for, revision_id) VALUES ($1,$2,$3,$4)",
                params![sheet_code, *delivery, *planned, *revision],
            )
            .await?;
        }
        tx.commit().await?;
        Ok(Some(id))
    }

    /// A sheet by its digits.
    ///
    /// # Errors
    /// The database's.
    pub async fn sheet_get(&self, sheet_code: &str) -> Result<Option<SheetRow>> {
        self.row(
            "SELECT code, unit, week, no, delivery_id, planned_for FROM sheet WHERE code = $1",
            params![sheet_code],
        )
        .await
    }

    /// The rows of a sheet with what was declared about them.
    ///
    /// # Errors
    /// The database's.
    pub async fn sheet_rows(&self, sheet_code: &str) -> Result<Vec<AiringRow>> {
        self.rows(
            "SELECT sr.delivery_id, sr.planned_for, d.occurrence_id, d.state, r.title, o.times, \
                    (SELECT a.sessions FROM airing a WHERE a.delivery_id = d.id ORDER BY a.id DESC LIMIT 1) AS sessions, \
                    ch.unit, ch.covered \
             FROM sheet_row sr JOIN delivery d ON d.id = sr.delivery_id AND d.planned_for = sr.planned_for \
             JOIN occurrence o ON o.id = d.occurrence_id JOIN revision r ON r.id = o.revision_id \
             JOIN channel ch ON ch.target_id = d.target_id \
             WHERE sr.sheet_code = $1 ORDER BY d.priority, o.origin",
            params![sheet_code],
        )
        .await
    }

    /// Station rows whose sheet was accepted are handed over, too: claim, intent and answer in one transaction, since the effect
    /// (the sheet) has already happened and is on record in its own row.
    ///
    /// # Errors
    /// The database's.
    pub async fn station_accept(&self, node: super::NodeId, now: i64) -> Result<u64> {
        #[derive(FromQueryResult)]
        struct Ready {
            id: i64,
            planned_for: i64,
            sheet_code: String,
        }
        let ready: Vec<Ready> = self
            .rows(
                "SELECT d.id, d.planned_for, sr.sheet_code FROM delivery d \
                 JOIN sheet_row sr ON sr.delivery_id = d.id AND sr.planned_for = d.planned_for \
                 JOIN sheet s ON s.code = sr.sheet_code \
                 JOIN delivery sd ON sd.id = s.delivery_id AND sd.planned_for = s.planned_for \
                 WHERE d.state = 1 AND d.account = $1 AND sd.state = 4",
                params![BY_SHEET],
            )
            .await?;
        if ready.is_empty() {
            return Ok(0);
        }
        let tx = self.begin().await?;
        let mut n = 0;
        for r in ready {
            let at = params![r.id, r.planned_for, node.0, now];
            let taken = tx
                .exec(
                    "UPDATE delivery SET state = 2, node_id = $3, updated_at = $4 WHERE id = $1 AND planned_for = $2 AND state = 1",
                    at.clone(),
                )
                .await?;
            if taken != 1 {
                continue;
            }
            tx.exec(
                "UPDATE delivery SET state = 3, opened = opened + 1, updated_at = $4, \
                   revision_id = (SELECT sr.revision_id FROM sheet_row sr WHERE sr.delivery_id = delivery.id \
                                  AND sr.planned_for = delivery.planned_for) \
                 WHERE id = $1 AND planned_for = $2 AND node_id = $3",
                at.clone(),
            )
            .await?;
            tx.exec(
                "INSERT INTO attempt (delivery_id, planned_for, no, account, node_id, opened_at, closed_at, outcome, receipt) \
                 SELECT id, planned_for, opened, account, $3, $4, $4, 'accepted', $5 FROM delivery \
                 WHERE id = $1 AND planned_for = $2",
                params![r.id, r.planned_for, node.0, now, r.sheet_code.as_str()],
            )
            .await?;
            tx.exec(
                "UPDATE delivery SET state = 4, node_id = NULL, attempts = attempts + 1, receipt = $5, pending = 1, \
                   settled_at = $4, updated_at = $4 WHERE id = $1 AND planned_for = $2 AND node_id = $3",
                params![r.id, r.planned_for, node.0, now, r.sheet_code.as_str()],
            )
            .await?;
            tx.tally_move(&[(DeliveryId(r.id).occurrence(), Some(code(State::Due)), code(State::Sent))])
                .await?;
            n += 1;
        }
        tx.commit().await?;
        Ok(n)
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
            airing_put(&tx, row, *sessions, why, actor, now).await?;
        }
        tx.commit().await
    }

    /// The row of a code, if it is one that somebody answers to.
    ///
    /// # Errors
    /// The database's.
    pub async fn handed_get(&self, id: DeliveryId) -> Result<Option<HandedRow>> {
        self.row(
            "SELECT d.id, d.planned_for, d.code, o.origin, d.family, d.kind, d.state, d.pending, d.afterwards, r.title, \
                    r.id AS revision_id, ch.unit, ch.unit_name, ch.url AS site, ch.mode, \
                    COALESCE(sr.sheet_code, s.code) AS sheet \
             FROM delivery d JOIN occurrence o ON o.id = d.occurrence_id \
             JOIN revision r ON r.id = COALESCE(d.revision_id, o.revision_id) \
             JOIN channel ch ON ch.target_id = d.target_id \
             LEFT JOIN sheet_row sr ON sr.delivery_id = d.id AND sr.planned_for = d.planned_for \
             LEFT JOIN sheet s ON s.delivery_id = d.id AND s.planned_for = d.planned_for WHERE d.id = $1",
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
        "DELETE FROM reach WHERE delivery_id = $1 AND metric IN ('airings', 'people_covered')",
        params![row.delivery_id],
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
