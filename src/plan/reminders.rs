//! Reminders to webmasters and editors: a ladder in working days around the last day of a package, one message per unit and day.
//!
//! A package that was handed over with a last day and whose link was not returned is recalled one working day before that day, and one
//! and three working days after it, at nine in the morning. The reminder is a `system/reminder` delivery; its slot is unit and
//! day, so that it is made once however often this runs.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use sha2::{Digest, Sha256};

use super::sheets::Press;
use super::{Standing, ms};
use crate::domain::form::Form;
use crate::domain::text;
use crate::render::{ReminderItem, ReminderView};
use crate::store::{HandoverRow, NewRevision, StoreError, SystemDelivery};
use crate::transport::is_package;

/// Working days from the last day on which a reminder goes out.
const LADDER: [i32; 3] = [-1, 1, 3];

/// Hour of the day from which reminders go out.
pub const HOUR: u32 = 9;

impl Press<'_> {
    /// Makes the reminders of today, once it is nine.
    ///
    /// # Errors
    /// The database's.
    pub async fn reminders(&self, now: DateTime<Utc>) -> Result<u64, StoreError> {
        let zone = self.settings.time_zone;
        let local = now.with_timezone(&zone);
        let nine = NaiveTime::from_hms_opt(HOUR, 0, 0).unwrap_or_default();
        if local.time() < nine {
            return Ok(0);
        }
        let today = local.date_naive();
        let mut standing = Standing::now(self.store, self.settings, now).await?;
        let mut units = BTreeMap::<String, Vec<(HandoverRow, NaiveDate)>>::new();
        for row in self.store.handover_open().await? {
            // What waits at a site lies there already: its account writes posts, and would publish a reminder.
            if !is_package(&row.kind) {
                continue;
            }
            if let Some(day) = done_by(&row.spec) {
                // Nobody is urged to publish what no longer stands.
                if standing.fallen(self.store, &row).await?.is_some() {
                    continue;
                }
                units.entry(row.unit.clone()).or_default().push((row, day));
            }
        }
        let mut made = 0;
        for (unit, packages) in units {
            // Somebody is reminded only on a day of the ladder; then of everything that is open and due.
            if !packages.iter().any(|(_, day)| self.on_ladder(*day, today)) {
                continue;
            }
            let due: Vec<&(HandoverRow, NaiveDate)> =
                packages.iter().filter(|(_, d)| *d <= today + TimeDelta::days(4)).collect();
            let Some((first, _)) = due.first() else { continue };
            let mut items = Vec::new();
            for (row, day) in &due {
                items.push(ReminderItem {
                    title: row.title.clone(),
                    code: self.store.code_short(row.code).await?,
                    done_by: text::date(*day),
                    late: *day < today,
                });
            }
            let view = ReminderView {
                unit: first.unit_name.clone(),
                organisation: self.organisation.to_owned(),
                count: items.len(),
                packages: items,
                phone: self.settings.duty_phone.clone(),
            };
            let rendition = match crate::render::reminder(&view, self.carrier(&first.account), self.templates)
            {
                Ok(r) => r,
                Err(f) => {
                    tracing::error!(unit, fault = %f.message(text::Lang::En), "a reminder cannot be made");
                    continue;
                }
            };
            let hash: String =
                Sha256::digest(rendition.text.as_bytes()).iter().map(|b| format!("{b:02x}")).collect();
            let until = zone
                .from_local_datetime(&today.and_time(NaiveTime::from_hms_opt(20, 0, 0).unwrap_or_default()))
                .earliest()
                .map_or(now + TimeDelta::hours(11), |t| t.to_utc());
            let delivery = SystemDelivery {
                revision: NewRevision {
                    origin: "system/reminder".into(),
                    hash,
                    class: "internal".into(),
                    title: rendition.title.clone(),
                    author: "loa".into(),
                    manifest: "{}".into(),
                },
                rendition: &rendition,
                slot: format!("{unit}/{today}"),
                target_ref: first.target_ref.clone(),
                account: first.account.clone(),
                kind: first.kind.clone(),
                family: first.family.clone(),
                priority: 2,
                due_at: ms(now),
                expires_at: ms(until.max(now + TimeDelta::hours(1))),
            };
            if self.store.system_delivery(&delivery, ms(now)).await?.is_some() {
                made += 1;
            }
        }
        Ok(made)
    }

    fn on_ladder(&self, day: NaiveDate, today: NaiveDate) -> bool {
        // A year without a calendar: plain days, so that the ladder does not stop at New Year.
        LADDER.iter().any(|&n| {
            self.calendars.add_working_days(day, n).unwrap_or(day + TimeDelta::days(i64::from(n))) == today
        })
    }

    /// What the account takes that an account borrows.
    pub(super) fn carrier(&self, account: &str) -> &'static Form {
        self.settings
            .accounts
            .values()
            .find(|a| a.id.as_str() == account)
            .and_then(|a| a.carrier.as_ref())
            .and_then(|c| self.settings.accounts.get(c))
            .and_then(|a| crate::transport::form(&a.kind))
            .unwrap_or(&crate::transport::MAIL)
    }
}

/// The last day in a sending's specification.
pub fn done_by(spec: &str) -> Option<NaiveDate> {
    serde_json::from_str::<serde_json::Value>(spec).ok()?.get("done_by")?.as_str()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_day_is_read_from_the_sending() {
        assert_eq!(done_by(r#"{"done_by":"2026-12-04"}"#), NaiveDate::from_ymd_opt(2026, 12, 4));
        assert_eq!(done_by(r#"{"done_by":null}"#), None);
        assert_eq!(done_by("x"), None);
    }
}
