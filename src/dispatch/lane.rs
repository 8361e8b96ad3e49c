//! A lane: the rows of one account, from claim to answer, at most W intents open.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt as _, StreamExt as _};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::content::To;
use super::{Dispatcher, Lane, ms, settle};
use crate::domain::delivery::{DeliveryId, Event};
use crate::domain::message::Outbound;
use crate::domain::outcome::{Cause, Outcome};
use crate::domain::schedule::QuietHours;
use crate::domain::unit::Family;
use crate::store::{ClaimRequest, Claimed, Handed, Intent, Settle, StoreError, Verdict};

/// What a lane did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LaneReport {
    /// Rows claimed.
    pub claimed: u64,
    /// Rows that went elsewhere than to the wire (opted out, held, too late, quiet).
    pub set_aside: u64,
    /// Answers by word.
    pub outcomes: HashMap<&'static str, u64>,
    /// The ledger could not be written; rows wait under the lease.
    pub write_failed: bool,
    /// The gate was shut under a claimed row.
    pub shut: bool,
}

impl LaneReport {
    fn count(&mut self, word: &'static str) {
        *self.outcomes.entry(word).or_default() += 1;
    }
    /// Answers in all.
    pub fn answers(&self) -> u64 {
        self.outcomes.values().sum()
    }
    /// Adds another report.
    pub fn add(&mut self, other: &LaneReport) {
        self.claimed += other.claimed;
        self.set_aside += other.set_aside;
        for (k, v) in &other.outcomes {
            *self.outcomes.entry(k).or_default() += v;
        }
        self.write_failed |= other.write_failed;
        self.shut |= other.shut;
    }
}

/// A row ready for its intent.
struct Ready {
    row: Claimed,
    message: Outbound,
    /// When it was looked at.
    at: DateTime<Utc>,
}

enum Step {
    Ready(Box<Ready>),
    Aside(Handed),
}

/// Claimed rows that were looked at.
struct Looked {
    ready: Vec<Ready>,
    /// How many were set aside.
    aside: usize,
}

/// What became of rows whose intents were asked for.
struct Launched {
    /// With the number of the attempt: its intent is durable.
    go: Vec<(Ready, i16)>,
    /// How many were set aside.
    aside: usize,
    /// The gate was shut under one of them.
    shut: bool,
}

/// How long a drain that has something under way waits before it asks again what is due.
const LOOK_AGAIN: Duration = Duration::from_millis(100);
/// How long a row that was looked at may wait for a permit: hours and texts are as they were then.
const FRESH: TimeDelta = TimeDelta::seconds(10);

/// The W permits of a lane, held from an intent until its answer is durable, and the rows claimed for them: at most W, so that
/// an urgent row never waits for more than the permits and what was claimed before it.
struct Places {
    all: usize,
    /// Permits kept for urgent rows.
    reserve: usize,
    /// Permits held.
    held: usize,
    /// Rows claimed, or being claimed, without an intent.
    claimed: usize,
    /// Urgent rows are looked for even where a claim is worth little.
    impatient: bool,
}

impl Places {
    fn of(all: usize) -> Self {
        let reserve = (all / 8).max(1).min(all.saturating_sub(1));
        Self { all, reserve, held: 0, claimed: 0, impatient: false }
    }
    /// How many rows to claim now, and how many of these places are for urgent rows alone. A claim costs a transaction's share:
    /// it is made for a good part of the places at once, and now and then for whatever urgent row there may be.
    fn claim(&mut self) -> Option<(usize, usize)> {
        let plain = self.all - self.reserve;
        let worth = self.claimed * 2 <= plain;
        if !worth && !self.impatient {
            return None;
        }
        self.impatient = false;
        // One transaction's delay is spanned by half of the permits; more would only wait.
        let n = (self.all - self.claimed.min(self.all)).min(plain / 2 + 1 + self.reserve);
        let reserve = if worth { self.reserve.min(n.saturating_sub(1)) } else { n };
        (n > 0).then_some((n, reserve))
    }
    /// Takes the rows that may have their intents now: urgent ones first.
    fn admit(&mut self, waiting: &mut VecDeque<Ready>) -> Vec<Ready> {
        let mut go = Vec::new();
        while let Some(next) = waiting.front() {
            let kept = if next.row.priority == 0 { 0 } else { self.reserve };
            if self.held + kept >= self.all {
                break;
            }
            self.held += 1;
            self.claimed -= 1;
            go.extend(waiting.pop_front());
        }
        go
    }
}

impl Dispatcher {
    /// Sends what is due on an account until nothing is, or until `stop`: then nothing new is claimed and what is under way ends.
    /// It also ends where the gate was shut under its rows: the gate's next turn says what becomes of them.
    ///
    /// # Errors
    /// The database's while reading, claiming or writing intents. What is under way ends first; answers that cannot be written
    /// are said again until they can. Rows that were claimed and not sent are taken up when the next drain begins.
    pub async fn drain(&self, account: &str, stop: &CancellationToken) -> Result<LaneReport, StoreError> {
        self.drain_rows(account, None, stop).await
    }

    /// Sends one row and nothing else of its account.
    ///
    /// # Errors
    /// As [`Dispatcher::drain`].
    pub async fn drain_one(
        &self,
        account: &str,
        row: DeliveryId,
        stop: &CancellationToken,
    ) -> Result<LaneReport, StoreError> {
        self.drain_rows(account, Some(row), stop).await
    }

    async fn drain_rows(
        &self,
        account: &str,
        only: Option<DeliveryId>,
        stop: &CancellationToken,
    ) -> Result<LaneReport, StoreError> {
        let mut report = LaneReport::default();
        let Some(lane) = self.lanes.get(account) else { return Ok(report) };
        if let Some(may_have_left) = self.adrift(account) {
            let found = self.store.node_adrift(self.node, account, may_have_left, ms(self.now())).await?;
            tracing::warn!(
                account,
                freed = found.freed,
                unknown = found.unknown,
                "a lane takes up what it had left"
            );
        }
        // Should this drain be dropped or panic, the next one finds it so.
        self.set_adrift(account, Some(true));
        let (drained, broken) = self.pump(lane, only, stop, &mut report).await;
        // Every answer is on record, or nothing is known of one.
        let left = (!drained || report.write_failed).then_some(report.write_failed);
        self.set_adrift(account, left);
        broken.map_or(Ok(report), Err)
    }

    /// Claims, looks, writes intents and sends side by side until nothing is due: while answers of some rows are written, others
    /// are on the wire and the next are claimed. False: rows were left claimed.
    async fn pump(
        &self,
        lane: &Lane,
        only: Option<DeliveryId>,
        stop: &CancellationToken,
        report: &mut LaneReport,
    ) -> (bool, Option<StoreError>) {
        let mut claiming = FuturesUnordered::new();
        let mut looking = FuturesUnordered::new();
        let mut launching = FuturesUnordered::new();
        let mut flying = FuturesUnordered::new();
        let mut waiting = VecDeque::new();
        let mut places = Places::of(lane.permits);
        let mut broken = None;
        // Nothing was due when last asked; asked again when something ends, or after a while.
        let mut dry = false;
        let mut look_again = std::pin::pin!(tokio::time::sleep(LOOK_AGAIN));
        loop {
            let may = broken.is_none() && !report.shut && !stop.is_cancelled();
            if may {
                let go = places.admit(&mut waiting);
                if !go.is_empty() {
                    launching.push(self.launch(lane, go));
                }
                if !dry
                    && claiming.is_empty()
                    && let Some((n, reserve)) = places.claim()
                {
                    places.claimed += n;
                    claiming.push(async move { (n, reserve, self.claim(lane, only, n, reserve).await) });
                }
            }
            if claiming.is_empty() && looking.is_empty() && launching.is_empty() && flying.is_empty() {
                if !may {
                    // Nobody sends them now: whoever may, claims them anew.
                    let left = waiting.drain(..).map(|r: Ready| self.aside(&r.row, Event::Return, "", None));
                    let left: Vec<Handed> = left.collect();
                    let back = left.is_empty() || self.writer.hand_back(left).await.is_ok();
                    return (broken.is_none() && back, broken);
                }
                if waiting.is_empty() {
                    return (true, None);
                }
            }
            tokio::select! {
                Some((asked, reserve, rows)) = claiming.next() => match rows {
                    Ok(rows) => {
                        places.claimed -= asked - rows.len();
                        // A claim for urgent rows alone says nothing of the others.
                        dry = rows.is_empty() && asked > reserve;
                        report.claimed += rows.len() as u64;
                        if !rows.is_empty() {
                            looking.push(self.look_at(rows));
                        }
                    }
                    Err(e) => {
                        places.claimed -= asked;
                        broken = Some(e);
                    }
                },
                Some(looked) = looking.next() => match looked {
                    Ok(l) => {
                        places.claimed -= l.aside;
                        report.set_aside += l.aside as u64;
                        dry &= l.aside == 0;
                        for ready in l.ready {
                            // Behind those that are as urgent; nearly always at the end.
                            let at = waiting.iter().rposition(|w: &Ready| w.row.priority <= ready.row.priority);
                            waiting.insert(at.map_or(0, |i| i + 1), ready);
                        }
                    }
                    Err(e) => broken = Some(e),
                },
                Some(launched) = launching.next() => match launched {
                    Ok(l) => {
                        places.held -= l.aside;
                        report.set_aside += l.aside as u64;
                        report.shut |= l.shut;
                        dry &= l.aside == 0;
                        flying.extend(l.go.into_iter().map(|f| self.fly(lane, f)));
                    }
                    Err(e) => broken = Some(e),
                },
                Some(done) = flying.next() => {
                    let mut done = Some(done);
                    // All that are ready, so that the next intents are one request.
                    while let Some(flight) = done {
                        places.held -= 1;
                        report_flight(report, flight);
                        done = flying.next().now_or_never().flatten();
                    }
                    dry = false;
                },
                () = look_again.as_mut() => {
                    dry = false;
                    places.impatient = true;
                    look_again.as_mut().reset(tokio::time::Instant::now() + LOOK_AGAIN);
                },
            }
        }
    }

    fn adrift(&self, account: &str) -> Option<bool> {
        self.adrift.lock().unwrap_or_else(std::sync::PoisonError::into_inner).get(account).copied()
    }

    fn set_adrift(&self, account: &str, how: Option<bool>) {
        let mut all = self.adrift.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match how {
            Some(may_have_left) => all.insert(account.to_owned(), may_have_left),
            None => all.remove(account),
        };
    }

    async fn claim(
        &self,
        lane: &Lane,
        only: Option<DeliveryId>,
        n: usize,
        reserve: usize,
    ) -> Result<Vec<Claimed>, StoreError> {
        self.writer
            .claim(ClaimRequest {
                account: lane.account.clone(),
                node: self.node,
                now: ms(self.now()),
                n,
                reserve,
                only,
                limits: lane.limits.clone(),
            })
            .await
    }

    /// Looks at claimed rows: makes messages of those that may go, sets the others aside.
    async fn look_at(&self, rows: Vec<Claimed>) -> Result<Looked, StoreError> {
        let mut looked = Looked { ready: Vec::with_capacity(rows.len()), aside: 0 };
        let mut aside = Vec::new();
        for row in rows {
            match self.look(row).await? {
                Step::Ready(r) => looked.ready.push(*r),
                Step::Aside(h) => aside.push(h),
            }
            // Those on the wire have their turn between two messages that are made.
            tokio::task::yield_now().await;
        }
        if !aside.is_empty() {
            looked.aside = aside.len();
            self.writer.hand_back(aside).await?;
        }
        Ok(looked)
    }

    /// Writes intents: what has one goes, the others are set aside.
    async fn launch(&self, lane: &Lane, ready: Vec<Ready>) -> Result<Launched, StoreError> {
        let stale = self.now() - FRESH;
        let (ready, late): (Vec<Ready>, Vec<Ready>) = ready.into_iter().partition(|r| r.at >= stale);
        let mut aside: Vec<Handed> =
            late.iter().map(|r| self.aside(&r.row, Event::Return, "", None)).collect();
        let now = ms(self.now());
        let intents = ready
            .iter()
            .map(|r| Intent {
                id: r.row.id,
                planned_for: r.row.planned_for,
                node: self.node,
                now,
                account: lane.account.clone(),
                attempt: r.row.opened + 1,
                revision_id: r.row.revision_id,
                counted: lane.counted(),
                chat: lane.chat(&r.row.address.value),
                messages: if lane.counted() { lane.messages(&r.message) } else { 1 },
            })
            .collect();
        // If this fails nothing is sent: the rows stay leased until the next drain takes them up.
        let verdicts = self.writer.intend(intents).await?;
        let mut out = Launched { go: Vec::with_capacity(ready.len()), aside: 0, shut: false };
        for (r, verdict) in ready.into_iter().zip(verdicts) {
            match verdict {
                Verdict::Go { attempt } => out.go.push((r, attempt)),
                // The gate was shut in between; the next turn of the gate says what becomes of the row.
                Verdict::Shut => {
                    out.shut = true;
                    aside.push(self.aside(&r.row, Event::Return, "", None));
                }
                Verdict::Rate(until) => aside.push(self.aside(&r.row, Event::Return, "rate", Some(until))),
                Verdict::Barred(why) => aside.push(self.aside(&r.row, Event::Cancel, &why, None)),
            }
        }
        if !aside.is_empty() {
            out.aside = aside.len();
            self.writer.hand_back(aside).await?;
        }
        Ok(out)
    }

    fn aside(&self, row: &Claimed, event: Event, why: &str, due_at: Option<i64>) -> Handed {
        Handed {
            id: row.id,
            planned_for: row.planned_for,
            node: self.node,
            event,
            why: why.to_owned(),
            due_at,
            now: ms(self.now()),
        }
    }

    async fn look(&self, row: Claimed) -> Result<Step, StoreError> {
        let now = self.now();
        if row.expires_at <= ms(now) {
            return Ok(Step::Aside(self.aside(&row, Event::Expire, "too_late", None)));
        }
        let direct = Family::parse(&row.family).is_some_and(Family::reaches_people_directly);
        if let Some((from, until)) = self.settings.quiet_people
            && direct
            && row.priority > 0
            && !row.origin.is_system()
        {
            let open = QuietHours { from, until }.next_open(now, self.settings.time_zone);
            if open > now {
                return Ok(Step::Aside(self.aside(&row, Event::Return, "quiet_hours", Some(ms(open)))));
            }
        }
        let message = self
            .content
            .outbound(
                &self.settings,
                To {
                    key: row.wire_key(),
                    attempt: u32::try_from(row.opened).unwrap_or(0) + 1,
                    origin: row.origin.as_str(),
                    revision: row.revision_id,
                    kind: &row.kind,
                    family: &row.family,
                    target_ref: &row.target_ref,
                    is_contact: row.is_contact,
                    unit_name: row.unit_name.as_deref(),
                    mode: row.mode.as_deref(),
                    address: row.address.clone(),
                    list: row.lists.first().map(String::as_str),
                    code: row.id.code(),
                    now,
                },
            )
            .await?;
        match message {
            Ok(message) => Ok(Step::Ready(Box::new(Ready { row, message, at: now }))),
            Err(why) => {
                tracing::error!(
                    delivery.id = row.id.0,
                    why = why.word(),
                    "a row cannot be made into a message; it is held"
                );
                Ok(Step::Aside(self.aside(&row, Event::Hold, why.word(), None)))
            }
        }
    }

    /// One message on its way: the call, its time limit, its answer on record. The permit is this future.
    async fn fly(&self, lane: &Lane, (ready, attempt): (Ready, i16)) -> (&'static str, bool) {
        let key = ready.message.key;
        let limit = lane.transport.capabilities().send_timeout + Duration::from_secs(5);
        let outcome = {
            // In a task of its own: messages are made and sent on all cores, and the lane is free meanwhile.
            let (transport, message) = (lane.transport.clone(), ready.message);
            let sending = self
                .flights
                .spawn(tokio::time::timeout(limit, async move { transport.send(&message).await }));
            match AbortOnDropHandle::new(sending).await {
                Ok(Ok(outcome)) => outcome,
                // The transport keeps its own time limits; one that does not is ambiguous.
                Ok(Err(_)) => {
                    Outcome::Unknown { cause: Cause::new("no_answer", "no answer within the time limit") }
                }
                // It panicked, at an instant that nobody knows.
                Err(e) => Outcome::Unknown { cause: Cause::new("no_answer", e.to_string()) },
            }
        };
        let word = outcome.word();
        tracing::info!(
            delivery.id = ready.row.id.0,
            delivery.key = %key.short(12),
            account = lane.account,
            attempt,
            outcome = word,
            cause = outcome.cause().map(|c| c.code.as_str()),
            "attempt"
        );
        metrics::counter!("loa_outcomes_total", "account" => lane.account.clone(), "outcome" => word)
            .increment(1);
        let settled =
            settle::settle(lane, self.node, &ready.row, attempt, outcome, self.now(), (self.chance)());
        (word, self.record(settled).await)
    }

    /// Writes an answer, again and again until it is durable. False: the writer is gone; the row will be `unknown`.
    async fn record(&self, settled: Settle) -> bool {
        let mut wait = Duration::from_millis(50);
        loop {
            match self.writer.settle(vec![settled.clone()]).await {
                Ok(()) => return true,
                Err(StoreError::Stopped) => return false,
                Err(e) => {
                    tracing::error!(delivery.id = settled.id.0, error = %e, "an answer cannot be written yet; it is kept");
                    tokio::time::sleep(wait).await;
                    wait = (wait * 2).min(Duration::from_secs(5));
                }
            }
        }
    }
}

fn report_flight(report: &mut LaneReport, (word, recorded): (&'static str, bool)) {
    report.count(word);
    report.write_failed |= !recorded;
}
