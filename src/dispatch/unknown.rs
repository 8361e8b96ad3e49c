//! Rows whose truth is not known: the far side is asked where it can be, a repeat is made only where it is harmless or wished.

use std::sync::atomic::Ordering;

use chrono::TimeDelta;
use futures_util::future::join_all;

use super::content::To;
use super::{Dispatcher, Lane, ms};
use crate::config::OnUnknown;
use crate::domain::delivery::Event;
use crate::domain::id::{Origin, WireKey};
use crate::domain::message::Address;
use crate::domain::outcome::Found;
use crate::domain::people::Actor;
use crate::store::{DeliveryRow, StoreError};
use crate::transport::Repeat;

/// What a turn settled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UnknownReport {
    /// The far side has it.
    pub sent: u64,
    /// It does not, or a repeat is harmless: sent again.
    pub again: u64,
    /// It cannot tell.
    pub open: u64,
}

impl Dispatcher {
    /// Settles what can be settled without a person. A row is asked about at most once a minute; accounts are asked side by side,
    /// and one that does not answer is left alone until then.
    ///
    /// # Errors
    /// The database's.
    pub async fn settle_unknown(&self) -> Result<UnknownReport, StoreError> {
        let mut report = UnknownReport::default();
        let lanes = self.lanes.values().filter(|l| {
            l.on_unknown == OnUnknown::Resend || l.transport.capabilities().repeat != Repeat::Doubles
        });
        for settled in join_all(lanes.map(|l| self.settle_unknown_of(l))).await {
            let settled = settled?;
            report.sent += settled.sent;
            report.again += settled.again;
            report.open += settled.open;
        }
        Ok(report)
    }

    /// Closes the questions that nobody answered within the time that `loa.yaml` states; their rows stay `unknown`. It looks once a
    /// minute: what waited for days may wait for another one. How many.
    ///
    /// # Errors
    /// The database's.
    pub async fn close_unanswered(&self) -> Result<u64, StoreError> {
        let now = ms(self.now());
        let aged = self.aged.load(Ordering::Relaxed);
        // A clock that stepped back is looked at anew.
        if (aged..aged.saturating_add(60_000)).contains(&now) {
            return Ok(0);
        }
        let patience = TimeDelta::days(self.settings.close_questions_after_days).num_milliseconds();
        let closed = self.store.questions_close(now - patience, now).await?;
        self.aged.store(now, Ordering::Relaxed);
        Ok(closed)
    }

    async fn settle_unknown_of(&self, lane: &Lane) -> Result<UnknownReport, StoreError> {
        let mut report = UnknownReport::default();
        let before = ms(self.now() - TimeDelta::minutes(1));
        for row in self.store.delivery_unknown(&lane.account, before).await? {
            let now = self.now();
            let caps = lane.transport.capabilities();
            // The old attempt must be over at the far side before its absence means anything: its own time limit, twice.
            let deadline =
                row.updated_at + 2 * i64::try_from(caps.send_timeout.as_millis()).unwrap_or(60_000);
            let over = ms(now) >= deadline;
            let late = row.expires_at <= ms(now);
            let mut silent = false;
            let (event, why, receipt) = match caps.repeat {
                // Nobody is helped by what is too late; a person may still want it.
                Repeat::Idempotent if late => (Some(Event::TurnsOutNotSent), "too_late", None),
                Repeat::Idempotent => (Some(Event::TurnsOutDue), "repeat_is_harmless", None),
                Repeat::Findable => match self.ask(lane, &row).await? {
                    Found::Yes(receipt) => (Some(Event::TurnsOutSent), "found", Some(receipt)),
                    Found::No if over && late => (Some(Event::TurnsOutNotSent), "too_late", None),
                    Found::No if over => (Some(Event::TurnsOutDue), "not_found", None),
                    Found::No => (None, "", None),
                    Found::CannotTell => {
                        silent = true;
                        (None, "", None)
                    }
                },
                Repeat::Doubles if over && late => (Some(Event::TurnsOutNotSent), "too_late", None),
                Repeat::Doubles if over => (Some(Event::TurnsOutDue), "on_unknown_resend", None),
                Repeat::Doubles => (None, "", None),
            };
            // After a restored backup nothing goes by itself: only a "yes" of the far side is taken from it.
            let restored = row.cause_code.as_deref() == Some(crate::store::RESTORED);
            match event.filter(|e| !restored || *e == Event::TurnsOutSent) {
                Some(event) => {
                    let actor = Actor::system();
                    match self
                        .store
                        .delivery_apply(
                            row.id(),
                            row.planned_for,
                            event,
                            why,
                            receipt.as_ref(),
                            &actor,
                            ms(now),
                        )
                        .await
                    {
                        Ok(_) if event == Event::TurnsOutSent => report.sent += 1,
                        Ok(_) if event == Event::TurnsOutDue => report.again += 1,
                        Ok(_) => {}
                        // Its own late answer, or a person, was faster.
                        Err(StoreError::Conflict(_)) => {}
                        Err(e) => return Err(e),
                    }
                }
                None => {
                    report.open += 1;
                    self.store.delivery_asked(row.id(), row.planned_for, ms(now)).await?;
                }
            }
            // Whoever does not answer about one row is not asked about two hundred.
            if silent {
                break;
            }
        }
        Ok(report)
    }

    async fn ask(&self, lane: &Lane, row: &DeliveryRow) -> Result<Found, StoreError> {
        let (Some(revision), origin) = (row.revision_id, Origin::stored(row.origin.clone())) else {
            return Ok(Found::CannotTell);
        };
        let mode = self.store.delivery_mode(row.id()).await?;
        let message = self
            .content
            .outbound(
                &self.settings,
                To {
                    key: WireKey::new(&origin, &row.sending, &row.slot, &row.target_ref),
                    attempt: u32::try_from(row.opened).unwrap_or(1),
                    origin: &row.origin,
                    revision,
                    kind: &row.kind,
                    family: &row.family,
                    target_ref: &row.target_ref,
                    is_contact: row.target_ref.starts_with("contact/"),
                    unit_name: row.unit_name.as_deref(),
                    mode: mode.as_deref(),
                    address: Address { value: self.store.address_of(row).unwrap_or_default(), name: None },
                    list: None,
                    code: row.code,
                    // The instant of the attempt: a far side tells by it whether the attempt may still be under way.
                    now: chrono::DateTime::from_timestamp_millis(row.updated_at)
                        .unwrap_or_else(|| self.now()),
                },
            )
            .await?;
        match message {
            Ok(m) => {
                let limit = lane.transport.capabilities().send_timeout;
                Ok(tokio::time::timeout(limit, lane.transport.find(&m)).await.unwrap_or(Found::CannotTell))
            }
            Err(_) => Ok(Found::CannotTell),
        }
    }
}
