//! Station rows and the sheets that carry them: which are due, which found room, what a sheet lists, when they follow it.

use sea_orm::FromQueryResult;

use super::system::{SystemDelivery, system_put};
use super::{Result, Store, StoreError, code, params};
use crate::domain::delivery::{DeliveryId, Event, State};

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
    /// State's number: due, or held for want of room.
    pub state: i16,
    /// Why it is held.
    pub held_by: Option<String>,
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

/// Why a station's row finds no room in its week (or has no script at all, or no sheet can be printed); it waits as `held` and is
/// looked at again in every turn.
pub const NO_ROOM: [&str; 5] =
    ["script_too_long", "no_open_session", "station_full", "no_rendition", "sheet_frame"];

/// [`NO_ROOM`] as SQL.
pub(super) const NO_ROOM_SQL: &str =
    "('script_too_long','no_open_session','station_full','no_rendition','sheet_frame')";

/// A row that stands on a sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SheetLine {
    /// Which row.
    pub delivery_id: i64,
    /// Its partition.
    pub planned_for: i64,
    /// The revision whose text stands on the sheet.
    pub revision_id: i64,
    /// Airings the sheet asks for.
    pub times: i64,
    /// JSON: the sessions the sheet proposes.
    pub slots: String,
}

/// What stands on an earlier sheet of a week.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct SheetListed {
    /// Whose text.
    pub revision_id: i64,
    /// Airings asked for.
    pub times: i64,
    /// JSON: the sessions proposed.
    pub slots: String,
}

impl Store {
    /// Station rows whose time has come and whose gate is open: those on no sheet yet (also those that found no room so far), and
    /// those whose sheet is under way.
    ///
    /// # Errors
    /// The database's.
    pub async fn station_due(&self, now: i64) -> Result<Vec<StationDue>> {
        self.rows(
            &format!("SELECT d.id, d.planned_for, d.state, d.held_by, o.origin, o.sending, o.slot, d.priority, o.times, ch.unit, t.ref AS target_ref, \
                    o.revision_id, d.due_at, d.expires_at, ch.station, ch.unit_name, ch.account AS carrier, ch.kind AS carrier_kind, \
                    sr.sheet_code AS sheet, sd.state AS sheet_state \
             FROM (SELECT id, planned_for FROM {due} WHERE d.account = '{BY_SHEET}' AND d.state = 1 \
                   UNION ALL SELECT id, planned_for FROM {held} \
                   WHERE d.account = '{BY_SHEET}' AND d.state = 5 AND d.held_by IN {NO_ROOM_SQL}) AS w \
             JOIN delivery d ON d.id = w.id AND d.planned_for = w.planned_for \
             JOIN occurrence o ON o.id = d.occurrence_id JOIN target t ON t.id = d.target_id \
             JOIN channel ch ON ch.target_id = d.target_id \
             LEFT JOIN sheet_row sr ON sr.delivery_id = d.id AND sr.planned_for = d.planned_for \
             LEFT JOIN sheet s ON s.code = sr.sheet_code \
             LEFT JOIN delivery sd ON sd.id = s.delivery_id AND sd.planned_for = s.planned_for \
             WHERE d.due_at <= $1 AND d.expires_at > $1 AND o.gate IS NULL \
             ORDER BY ch.unit, o.slot, d.priority, o.origin, o.sending",
                due = self.by_index("delivery_claim"),
                held = self.by_index("delivery_held")
            ),
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
        if self.int(&format!("SELECT count(*) FROM ({moved}) AS x"), since.clone()).await? > 0 {
            let tx = self.begin().await?;
            tx.exec(&format!("DELETE FROM sheet_row WHERE sheet_code IN ({moved})"), since).await?;
            tx.commit().await?;
        }
        let stale: Vec<Void> = self
            .rows(
                &format!(
                    // Sheets first: they are few.
                    "SELECT DISTINCT s.code, s.delivery_id, s.planned_for FROM sheet s CROSS JOIN delivery d \
                     WHERE d.id = s.delivery_id AND d.planned_for = s.planned_for AND d.state IN (0,1,5) AND {STALE_SHEET}"
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

    /// What stands on a station's sheets of a week that left or will.
    ///
    /// # Errors
    /// The database's.
    pub async fn sheet_listed(&self, unit: &str, week: &str) -> Result<Vec<SheetListed>> {
        self.rows(
            "SELECT sr.revision_id, COALESCE(sr.times, o.times) AS times, sr.slots \
             FROM sheet s JOIN sheet_row sr ON sr.sheet_code = s.code \
             JOIN delivery d ON d.id = sr.delivery_id AND d.planned_for = sr.planned_for \
             JOIN occurrence o ON o.id = d.occurrence_id \
             WHERE s.unit = $1 AND s.week = $2 AND d.state IN (1,2,3,4)",
            params![unit, week],
        )
        .await
    }

    /// Sets station rows aside that find no room (`Some`: why), or lets them wait for a sheet again (`None`).
    ///
    /// # Errors
    /// The database's; a row that moved in between is left alone.
    pub async fn station_room(&self, rows: &[(i64, i64, Option<&'static str>)], now: i64) -> Result<u64> {
        if rows.is_empty() {
            return Ok(0);
        }
        let tx = self.begin().await?;
        let mut n = 0;
        for (id, planned_for, why) in rows {
            let (event, word) = match why {
                Some(w) => (Event::Hold, *w),
                None => (Event::ReleaseDue, "released"),
            };
            match super::ledger::apply(&tx, DeliveryId(*id), *planned_for, event, word, None, now).await {
                Ok(_) => n += 1,
                Err(StoreError::Conflict(_)) => {} // it moved in between
                Err(e) => return Err(e),
            }
        }
        tx.commit().await?;
        Ok(n)
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
        rows: &[SheetLine],
        now: i64,
    ) -> Result<Option<DeliveryId>> {
        let tx = self.begin().await?;
        let Some((id, planned_for)) = system_put(&tx, d, now).await? else { return Ok(None) };
        tx.exec(
            "INSERT INTO sheet (code, unit, week, no, delivery_id, planned_for, created_at) VALUES ($1,$2,$3,$4,$5,$6,$7)",
            params![sheet_code, unit, week, no, id.0, planned_for, now],
        )
        .await?;
        for (i, r) in rows.iter().enumerate() {
            tx.exec(
                "INSERT INTO sheet_row (sheet_code, delivery_id, planned_for, revision_id, no, times, slots) \
                 VALUES ($1,$2,$3,$4,$5,$6,$7)",
                params![
                    sheet_code,
                    r.delivery_id,
                    r.planned_for,
                    r.revision_id,
                    i as i64 + 1,
                    r.times,
                    r.slots.as_str()
                ],
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
}
