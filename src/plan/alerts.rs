//! Somebody is told: alerts, the morning digest, tests, by the office's own accounts and in the ledger like everything else.
//!
//! What is wrong is a pure rule ([`alert`]) over facts of the ledger. What is to be told becomes one message per person on duty
//! (`notice`), in the same transaction that marks it as told. A message goes as one row of `system/alert` (or `system/digest`)
//! by the first way that is open; if that way fails, it goes by the next. These rows go through every hold and blackout, and
//! nothing that happens to them raises an alert: [`Store::urgent_failed`] does not look at what is Loa's own.

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest as _, Sha256};

use super::ms;
use crate::config::{Account, Settings};
use crate::domain::alert::{self, Cause, Facts, Paused, Raised, Refused};
use crate::domain::delivery::{DeliveryId, Event, State};
use crate::domain::people::Actor;
use crate::domain::text::Lang;
use crate::domain::unit::Family;
use crate::render::{NoticeItem, NoticeView, Templates};
use crate::store::{
    AccountState, NewNotice, NewRevision, NoticeRow, StaffAddress, Store, StoreError, SystemDelivery,
    staff_ref,
};

/// How long an alert is worth sending, hours.
const ALERT_HOURS: i64 = 6;
/// A message that waits in an account for so long goes by the next way, milliseconds.
const PATIENCE_MS: i64 = 3 * 60_000;
/// An account that was told to slow down for longer than this is no way now, milliseconds.
const SLOW_MS: i64 = 60_000;
/// Urgent rows are looked at for so long after they were due, milliseconds.
const URGENT_MS: i64 = 2 * 86_400_000;

/// Key of the number of changes that wait for `loa apply`.
pub const WITHHELD: &str = "withheld";
/// Key of the shared files that have a fault, JSON: pairs of file and first sentence. Kept by whoever reads the folder.
pub const FAULTS: &str = "shared_faults";
/// Key of the faults for which a running daemon did not take up new settings; empty: none.
pub const SETTINGS_REFUSED: &str = "settings_refused";

/// What the machine knows and the ledger does not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Machine {
    /// Free share of the disk, per cent.
    pub disk_free: Option<u64>,
    /// When the clock last jumped, and by how much, both milliseconds.
    pub jumped: Option<(i64, i64)>,
}

/// What `loa status` says now, for messages: the room that makes it stands above this one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Brief {
    /// Nothing waits but for its own time.
    pub well: bool,
    /// What needs a person, each with what to type.
    pub needs: Vec<NoticeItem>,
    /// What is held or waits.
    pub waits: Vec<String>,
    /// What waits for approval.
    pub approvals: Vec<String>,
    /// What comes next.
    pub next: Vec<String>,
    /// Airings of the week.
    pub stations: Vec<String>,
    /// About the machine.
    pub machine: Vec<String>,
}

/// Who knows what `loa status` says, and how a command is typed here.
#[async_trait::async_trait]
pub trait Briefing: Send + Sync {
    /// What it says now. `None`: it cannot be said; that is logged.
    async fn brief(&self) -> Option<Brief>;
    /// A command with the flags of this office.
    fn command(&self, words: &[&str]) -> String;
}

/// What messages are made with.
pub struct Alarm<'a> {
    /// The database.
    pub store: &'a Store,
    /// The settings.
    pub settings: &'a Settings,
    /// The templates.
    pub templates: &'a Templates,
    /// Name of the organisation.
    pub organisation: &'a str,
    /// What `loa status` says.
    pub briefing: Option<&'a dyn Briefing>,
}

/// What a turn did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AlarmTick {
    /// Messages made.
    pub made: usize,
    /// Rows put into the ledger.
    pub handed: usize,
    /// Messages that no way is left for.
    pub stranded: usize,
}

impl Alarm<'_> {
    /// Looks at what is wrong, makes what is to be told, and brings on its way what is made.
    ///
    /// # Errors
    /// The database's.
    pub async fn tick(&self, machine: Machine, now: DateTime<Utc>) -> Result<AlarmTick, StoreError> {
        let mut out = AlarmTick::default();
        if self.settings.alerts.on_duty.is_empty() {
            return Ok(out);
        }
        let facts = self.facts(machine, now).await?;
        out.made += self.raise(&facts, now).await?;
        out.made += self.digest(&facts, now).await?;
        self.carry(now, &mut out).await?;
        Ok(out)
    }

    /// What is looked at.
    async fn facts(&self, machine: Machine, now: DateTime<Utc>) -> Result<Facts, StoreError> {
        let now = ms(now);
        let mut facts = Facts { disk_free: machine.disk_free, jumped: machine.jumped, ..Facts::default() };
        for a in self.store.account_all().await? {
            let Some(since) = a.paused_at else { continue };
            let Some(account) = self.settings.accounts.values().find(|s| s.id.as_str() == a.account) else {
                continue;
            };
            if a.cause_code.as_deref() == Some("paused_by_person") {
                continue;
            }
            let (waits, _) = self.store.account_waiting(&a.account, now).await?;
            let detail = a.cause_detail.filter(|d| !d.is_empty()).or(a.cause_code).unwrap_or_default();
            let by =
                std::iter::once(a.account.clone()).chain(account.carrier.iter().map(ToString::to_string));
            facts.paused.push(Paused { account: a.account.clone(), by: by.collect(), detail, since, waits });
        }
        facts.urgent = self.store.urgent_failed(now - URGENT_MS).await?;
        for p in self.store.post_all().await?.into_iter().filter(|p| p.removed_at.is_none()) {
            if let Some(code) = p.stopped {
                let says = p.stopped_by.filter(|s| !s.is_empty()).unwrap_or(code);
                facts.refused.push(Refused { subject: p.origin, says });
            }
        }
        let withheld = self.store.meta_get(WITHHELD).await?;
        facts.withheld = withheld.and_then(|n| n.parse().ok()).unwrap_or(0);
        let faults = self.store.meta_get(FAULTS).await?.unwrap_or_default();
        let faults: Vec<(String, String)> = serde_json::from_str(&faults).unwrap_or_default();
        facts.refused.extend(faults.into_iter().map(|(subject, says)| Refused { subject, says }));
        if let Some(says) = self.store.meta_get(SETTINGS_REFUSED).await?.filter(|s| !s.is_empty()) {
            facts.refused.push(Refused { subject: "loa.yaml".into(), says });
        }
        facts.backup_at = self.store.backup_at().await?;
        facts.installed_at = self.store.first_served().await?;
        if let Some(db) = self.store.db_clock().await? {
            facts.drift = now - db;
        }
        Ok(facts)
    }

    /// Writes what began and ended; makes the messages about what is to be told.
    async fn raise(&self, facts: &Facts, now: DateTime<Utc>) -> Result<usize, StoreError> {
        let (a, at) = (&self.settings.alerts, ms(now));
        let raised = alert::raised(facts, &a.at_once, a.backup_max_age * 1000, at, self.settings.language);
        let mut known = self.store.alert_known(at - alert::CALM_MS).await?;
        let mut moves = alert::compare(&known, &raised, at);
        if !moves.begin.is_empty() {
            // On record first: what is told has a number, and the number keeps it from being told twice.
            self.store.alert_write(&moves, &raised, &[], at).await?;
            known = self.store.alert_known(at - alert::CALM_MS).await?;
            moves = alert::compare(&known, &raised, at);
        }
        let mut notices = Vec::new();
        if !moves.tell.is_empty() {
            let told: Vec<&Raised> = moves.tell.iter().filter_map(|(_, i)| raised.get(*i)).collect();
            notices = self.alerts(&slot(&moves, &known), &told, now).await;
            if notices.is_empty() {
                metrics::counter!("loa_alerts_untold_total").increment(1);
                tracing::error!(alerts = told.len(), "nobody is on duty today; alerts reach nobody");
            }
            for r in told {
                tracing::warn!(cause = r.cause.as_str(), subject = r.subject, "an alert is told");
            }
        }
        let made = notices.len();
        if moves != alert::Moves::default() {
            self.store.alert_write(&moves, &raised, &notices, at).await?;
        }
        Ok(made)
    }

    /// One message to each person on duty, about all that is told now.
    async fn alerts(&self, slot: &str, told: &[&Raised], now: DateTime<Utc>) -> Vec<NewNotice> {
        let people = self.on_duty(now);
        if people.is_empty() {
            return vec![];
        }
        let brief = match self.briefing {
            Some(b) => b.brief().await.unwrap_or_default(),
            None => Brief::default(),
        };
        let view = self.alert_view(told, &brief, now);
        let mut avoid: Vec<String> = told.iter().flat_map(|r| r.avoid.iter().cloned()).collect();
        avoid.sort();
        avoid.dedup();
        let until = ms(now + TimeDelta::hours(ALERT_HOURS));
        people.into_iter().map(|p| message("alert", slot, p, &view, avoid.clone(), until)).collect()
    }

    pub(super) fn alert_view(&self, told: &[&Raised], brief: &Brief, now: DateTime<Utc>) -> NoticeView {
        let l = self.settings.language;
        let status = self.command(&["status"]);
        let name = l.pick("TÊN", "NAME");
        let needs: Vec<NoticeItem> = told
            .iter()
            .map(|r| {
                let subject = if r.subject.is_empty() { r.cause.as_str() } else { &r.subject };
                let seen = self.command(&["seen", subject, "--by", name]);
                // What `status` says of it names the cause in people's words and what to type.
                let better = brief.needs.iter().find(|n| self.is_about(r, n));
                let (says, mut actions) = match better {
                    Some(n) => (n.says.clone(), n.actions.clone()),
                    None => (format!("{}.", r.says.trim_end_matches('.')), vec![status.clone()]),
                };
                actions.push(match l {
                    Lang::Vi => format!("đã xem, đang xử lý:   {seen}"),
                    Lang::En => format!("seen, working on it:   {seen}"),
                });
                NoticeItem { says, actions }
            })
            .collect();
        let first = told.first().map(|r| first_words(&r.says)).unwrap_or_default();
        let (n, at) = (told.len(), self.clock(now));
        let more = n.saturating_sub(1);
        let title = match (l, more) {
            (Lang::Vi, 0) => format!("BÁO ĐỘNG · {first} · Loa {at}"),
            (Lang::Vi, _) => format!("BÁO ĐỘNG · {first} và {more} việc nữa · Loa {at}"),
            (Lang::En, 0) => format!("ALERT · {first} · Loa {at}"),
            (Lang::En, _) => format!("ALERT · {first} and {more} more · Loa {at}"),
        };
        NoticeView {
            title,
            verdict: l.pick("BÁO ĐỘNG", "ALERT").into(),
            calm: false,
            lead: match l {
                Lang::Vi => format!("{at}: {n} việc cần người xem."),
                Lang::En => format!("{at}: needs a person ({n})."),
            },
            needs,
            see: self.see(),
            sections: vec![],
            foot: self.foot(None),
            organisation: self.organisation.to_owned(),
        }
    }

    /// True if that line of `status` is about this alert.
    fn is_about(&self, r: &Raised, n: &NoticeItem) -> bool {
        match r.cause {
            Cause::AccountPaused => {
                n.says.strip_prefix(r.subject.as_str()).is_some_and(|s| s.starts_with(' '))
            }
            Cause::UrgentFailed
            | Cause::EditRefused
            | Cause::DiskLow
            | Cause::BackupOld
            | Cause::ClockWrong => false,
        }
    }

    /// A test, to each person on duty; their numbers are found by the slot.
    ///
    /// # Errors
    /// The database's.
    pub async fn test(&self, slot: &str, now: DateTime<Utc>) -> Result<usize, StoreError> {
        let l = self.settings.language;
        let at = self.clock(now);
        let view = NoticeView {
            title: match l {
                Lang::Vi => format!("BÁO THỬ · Loa {at}"),
                Lang::En => format!("TEST ALERT · Loa {at}"),
            },
            verdict: l.pick("BÁO THỬ", "TEST ALERT").into(),
            calm: true,
            lead: l
                .pick(
                    "Tin này thử đường báo động; không có việc gì phải làm.",
                    "This tries how alerts reach you; there is nothing to do.",
                )
                .into(),
            needs: vec![],
            see: self.see(),
            sections: vec![],
            foot: self.foot(None),
            organisation: self.organisation.to_owned(),
        };
        let until = ms(now + TimeDelta::hours(1));
        let all: Vec<NewNotice> =
            self.on_duty(now).into_iter().map(|p| message("test", slot, p, &view, vec![], until)).collect();
        self.store.notice_add(&all, ms(now)).await?;
        Ok(all.len())
    }

    /// Brings every open message a step further.
    ///
    /// # Errors
    /// The database's.
    pub async fn carry(&self, now: DateTime<Utc>, out: &mut AlarmTick) -> Result<(), StoreError> {
        let open = self.store.notice_open().await?;
        if open.is_empty() {
            return Ok(());
        }
        let accounts = self.store.account_all().await?;
        let staff = self.store.staff_all().await?;
        for n in &open {
            self.step(n, &accounts, &staff, now, out).await?;
        }
        Ok(())
    }

    async fn step(
        &self,
        n: &NoticeRow,
        accounts: &[AccountState],
        staff: &[StaffAddress],
        now: DateTime<Utc>,
        out: &mut AlarmTick,
    ) -> Result<(), StoreError> {
        let at = ms(now);
        let state = n.row_state();
        if state == Some(State::Sent) {
            return self.store.notice_close(n.id, "told", at).await;
        }
        if n.expires_at <= at {
            metrics::counter!("loa_alerts_untold_total").increment(1);
            tracing::error!(
                notice = n.id,
                purpose = n.purpose,
                "a message to who is on duty came to nobody in time"
            );
            self.take_back(n, now).await?;
            let outcome = if n.outcome.is_some() { "no_way" } else { "too_late" };
            return self.store.notice_close(n.id, outcome, at).await;
        }
        let over = match state {
            None | Some(State::Failed | State::Rejected | State::Cancelled | State::Expired) => true,
            Some(State::Unknown) => {
                // It may have arrived. Whoever watches is rather told twice, by two ways, than not at all; nobody is asked.
                if let Some((id, p)) = row_of(n) {
                    self.store.question_leave(id, p, &Actor::system(), at).await?;
                }
                true
            }
            Some(State::Leased | State::Sending | State::Sent) => return Ok(()),
            Some(State::Planned | State::Due | State::Held) => false,
        };
        let rests = accounts.iter().any(|a| Some(&a.account) == n.account.as_ref() && no_way(a));
        let failing =
            rests || n.attempts.is_some_and(|a| a > 0) || n.handed_at.is_some_and(|h| at - h > PATIENCE_MS);
        if !over && !failing {
            return Ok(());
        }
        let Some((family, account, person)) = self.way(n, accounts, staff) else {
            if !over && !rests {
                return Ok(()); // it goes on trying by the way it has
            }
            if self.store.notice_stranded(n.id).await? {
                out.stranded += 1;
                metrics::counter!("loa_alerts_untold_total").increment(1);
                tracing::error!(
                    notice = n.id,
                    purpose = n.purpose,
                    "no account is left by which somebody on duty can be told"
                );
            }
            return Ok(());
        };
        if !over && !self.take_back(n, now).await? {
            return Ok(()); // it is being sent at this very moment
        }
        let Ok(view) = serde_json::from_str::<NoticeView>(&n.body) else {
            return self.store.notice_close(n.id, "no_way", at).await;
        };
        let form = crate::transport::form(&account.kind).unwrap_or(&crate::transport::MAIL);
        let rendition = match crate::render::notice(&view, form, self.templates) {
            Ok(r) => r,
            Err(f) => {
                tracing::error!(notice = n.id, fault = %f.message(Lang::En), "a message to who is on duty cannot be made");
                return Ok(());
            }
        };
        let purpose = if n.purpose == "digest" { "digest" } else { "alert" };
        let body = format!("{}\u{1}{}\u{1}{}", account.kind, rendition.title, rendition.text);
        let delivery = SystemDelivery {
            revision: NewRevision {
                origin: format!("system/{purpose}"),
                hash: Sha256::digest(body.as_bytes()).iter().map(|b| format!("{b:02x}")).collect(),
                class: "internal".into(),
                title: rendition.title.clone(),
                author: "loa".into(),
                manifest: "{}".into(),
            },
            rendition: &rendition,
            slot: format!("{}/{}", n.id, n.step),
            target_ref: staff_ref(&person.person, family.as_str()),
            account: account.id.to_string(),
            kind: account.kind.clone(),
            family: family.as_str().into(),
            priority: 0,
            due_at: at,
            expires_at: n.expires_at,
        };
        if self.store.notice_hand(n, &delivery, at).await? {
            out.handed += 1;
        }
        Ok(())
    }

    /// Takes the row of a message back, so that it does not arrive a second time by that way. False: it is under way.
    async fn take_back(&self, n: &NoticeRow, now: DateTime<Utc>) -> Result<bool, StoreError> {
        let Some((id, planned_for)) = row_of(n) else { return Ok(true) };
        let took = self
            .store
            .delivery_apply(id, planned_for, Event::Cancel, "other_way", None, &Actor::system(), ms(now))
            .await;
        match took {
            Ok(_) => Ok(true),
            Err(StoreError::Conflict(_)) => Ok(n.row_state().is_some_and(State::is_settled)),
            Err(e) => Err(e),
        }
    }

    /// The first way that is open and was not tried.
    fn way<'a>(
        &'a self,
        n: &NoticeRow,
        accounts: &[AccountState],
        staff: &'a [StaffAddress],
    ) -> Option<(Family, &'a Account, &'a StaffAddress)> {
        let (avoid, tried) = (n.avoided(), n.tried());
        self.settings.alerts.by.iter().find_map(|family| {
            let person = staff.iter().find(|s| s.person == n.person && s.family == family.as_str())?;
            let account = self.settings.ways(*family).into_iter().find(|a| {
                let id = a.id.as_str();
                !avoid.iter().chain(&tried).any(|x| x == id)
                    && !accounts.iter().any(|s| s.account == id && no_way(s))
            })?;
            Some((*family, account, person))
        })
    }

    /// Who is on duty today.
    pub(super) fn on_duty(&self, now: DateTime<Utc>) -> Vec<&str> {
        let today = now.with_timezone(&self.settings.time_zone).date_naive();
        self.settings.alerts.on_duty(today).into_iter().map(|p| p.as_str()).collect()
    }

    pub(super) fn command(&self, words: &[&str]) -> String {
        self.briefing.map_or_else(|| format!("loa {}", words.join(" ")), |b| b.command(words))
    }

    pub(super) fn see(&self) -> String {
        let status = self.command(&["status"]);
        match self.settings.language {
            Lang::Vi => format!("việc nữa, xem: {status}"),
            Lang::En => format!("more, see: {status}"),
        }
    }

    /// `07:12 30/11`.
    pub(super) fn clock(&self, at: DateTime<Utc>) -> String {
        at.with_timezone(&self.settings.time_zone).format("%H:%M %d/%m").to_string()
    }

    /// The last line; for a digest with the time by which it should have come.
    pub(super) fn foot(&self, by: Option<&str>) -> String {
        let l = self.settings.language;
        let phone = self.settings.duty_phone.as_deref();
        match (l, by, phone) {
            (Lang::Vi, Some(by), Some(p)) => {
                format!("Không nhận được tin này trước {by} nghĩa là máy có sự cố: gọi trực ban {p}.")
            }
            (Lang::Vi, Some(by), None) => {
                format!("Không nhận được tin này trước {by} nghĩa là máy có sự cố: báo người trực.")
            }
            (Lang::En, Some(by), Some(p)) => {
                format!("No such message by {by} means that the machine is in trouble: call {p}.")
            }
            (Lang::En, Some(by), None) => {
                format!("No such message by {by} means that the machine is in trouble: tell who is on duty.")
            }
            (Lang::Vi, None, Some(p)) => format!("Điện thoại trực: {p}."),
            (Lang::En, None, Some(p)) => format!("On duty: {p}."),
            (Lang::Vi, None, None) => "Loa tự gửi tin này cho người trực.".into(),
            (Lang::En, None, None) => "Loa sends this to who is on duty.".into(),
        }
    }
}

/// Names what is told by numbers and by when each was told before: two nodes that both think they plan make one message.
fn slot(moves: &alert::Moves, known: &[alert::Known]) -> String {
    let before = |id: i64| known.iter().find(|k| k.id == id).and_then(|k| k.told_at).unwrap_or(0);
    moves.tell.iter().map(|(id, _)| format!("{id}@{}", before(*id))).collect::<Vec<_>>().join("+")
}

/// True if an account cannot be counted on now.
fn no_way(a: &AccountState) -> bool {
    a.paused_at.is_some() || a.quiet_left > SLOW_MS
}

fn row_of(n: &NoticeRow) -> Option<(DeliveryId, i64)> {
    n.delivery_id.zip(n.planned_for).map(|(id, p)| (DeliveryId(id), p))
}

/// A message to one person.
pub(super) fn message(
    purpose: &'static str,
    slot: &str,
    person: &str,
    view: &NoticeView,
    avoid: Vec<String>,
    expires_at: i64,
) -> NewNotice {
    NewNotice {
        purpose,
        slot: slot.to_owned(),
        person: person.to_owned(),
        body: serde_json::to_string(view).unwrap_or_else(|_| "{}".into()),
        avoid,
        expires_at,
    }
}

/// The beginning of a sentence, short enough for a subject.
fn first_words(says: &str) -> String {
    let first = says.split(['.', ':', ';', '(']).next().unwrap_or(says).trim();
    first.chars().take(70).collect()
}

/// The instant of a local time on a day.
pub(super) fn local(settings: &Settings, day: chrono::NaiveDate, time: chrono::NaiveTime) -> DateTime<Utc> {
    use chrono::TimeZone as _;
    let wall = day.and_time(time);
    settings.time_zone.from_local_datetime(&wall).earliest().map_or_else(|| wall.and_utc(), |t| t.to_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_no_way_while_it_is_paused_or_told_to_be_quiet_for_long() {
        let state = |paused_at, quiet_left| AccountState {
            account: "thu".into(),
            paused_at,
            cause_code: None,
            cause_detail: None,
            paused_by: None,
            quiet_left,
            ambiguous_run: 0,
        };
        // What is left is steady time, so that no instant of a clock has a word.
        for (paused, left, want) in
            [(None, 0, false), (None, SLOW_MS, false), (None, SLOW_MS + 1, true), (Some(1), 0, true)]
        {
            assert_eq!(no_way(&state(paused, left)), want, "{paused:?} {left}");
        }
    }
}
