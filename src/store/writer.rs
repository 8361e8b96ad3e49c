//! The one writer of the hot path: claims, intents and outcomes of many lanes share a transaction (group commit).
//!
//! Lanes send requests over a channel; the task that runs [`Writer::run`] takes all that wait, writes them in one transaction
//! (outcomes first, then intents, then claims) and answers after the commit. What is answered is durable. The daemon spawns
//! the task; nobody else does.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::claim::{self, Handed};
use super::{
    AccountEffect, ClaimRequest, Claimed, Intent, Result, Settle, Store, StoreError, Verdict, ledger, params,
    rate,
};

/// Groups written at the same time on a server.
const AT_ONCE: usize = 2;
/// Requests taken into one transaction at most.
const GROUP: usize = 256;
/// How long an account is known to have no run of ambiguous answers.
const CALM: Duration = Duration::from_secs(1);

enum Op {
    Claim(ClaimRequest, oneshot::Sender<Result<Vec<Claimed>>>),
    Intend(Vec<Intent>, oneshot::Sender<Result<Vec<Verdict>>>),
    Settle(Vec<Settle>, oneshot::Sender<Result<()>>),
    Touch(i64, oneshot::Sender<Result<()>>),
    HandBack(Vec<Handed>, oneshot::Sender<Result<()>>),
}

/// The task's side.
pub struct Writer {
    store: Store,
    ops: mpsc::Receiver<Op>,
}

/// The lanes' side. Cheap to clone; the task ends when the last one is dropped.
#[derive(Clone)]
pub struct WriterHandle {
    ops: mpsc::Sender<Op>,
}

impl Store {
    /// A writer and its handle.
    pub fn writer(&self) -> (Writer, WriterHandle) {
        let (tx, rx) = mpsc::channel(1024);
        (Writer { store: self.clone(), ops: rx }, WriterHandle { ops: tx })
    }
}

impl Writer {
    /// Serves until the last handle is dropped.
    ///
    /// On an embedded database's file it takes a thread to itself: what it writes, it writes in place.
    pub async fn run(self) {
        if self.store.own.is_none() {
            return self.serve().await;
        }
        let runtime = tokio::runtime::Handle::current();
        let (running, ended) = oneshot::channel::<()>();
        let thread = std::thread::Builder::new().name("loa-writer".into());
        let started = thread.spawn(move || {
            runtime.block_on(self.serve());
            drop(running);
        });
        match started {
            // Ended, or panicked: either way nobody writes any more.
            Ok(_) => drop(ended.await),
            Err(e) => tracing::error!(error = %e, "the ledger's writer could not be started"),
        }
    }

    async fn serve(self) {
        let Writer { store, mut ops } = self;
        let group = Group { store, calm: std::sync::Mutex::default() };
        // While one group is being written on a server, the next one may be: it has other rows.
        let most = if group.store.is_embedded() { 1 } else { AT_ONCE };
        let mut writing = FuturesUnordered::new();
        let mut open = true;
        while open || !writing.is_empty() {
            let mut batch = Vec::with_capacity(GROUP);
            tokio::select! {
                n = ops.recv_many(&mut batch, GROUP), if open && writing.len() < most => {
                    open = n > 0;
                    // Give lanes that were just answered a chance to join the group.
                    tokio::task::yield_now().await;
                    while batch.len() < GROUP && let Ok(op) = ops.try_recv() {
                        batch.push(op);
                    }
                    if !batch.is_empty() {
                        metrics::histogram!("loa_commit_group").record(batch.len() as f64);
                        writing.push(group.commit(batch));
                    }
                }
                Some(()) = writing.next(), if !writing.is_empty() => {}
            }
        }
    }
}

/// What writes a group of requests.
struct Group {
    store: Store,
    /// Accounts whose run of ambiguous answers this writer ended, and when: for a second their good answers need no word.
    calm: std::sync::Mutex<HashMap<String, Instant>>,
}

impl Group {
    async fn commit(&self, ops: Vec<Op>) {
        match self.write(&ops).await {
            Ok(answers) => {
                for (op, answer) in ops.into_iter().zip(answers) {
                    op.answer(answer);
                }
            }
            // The database answers, and something in the group cannot be written: that must not stop the others.
            Err(e) if ops.len() > 1 && is_about_a_row(&e) => {
                tracing::error!(error = %e, "a group could not be written; its parts are written one by one");
                for op in ops {
                    match self.write(std::slice::from_ref(&op)).await {
                        Ok(mut answers) => op.answer(answers.pop().unwrap_or(Answer::Done)),
                        Err(e) => op.refuse(&e),
                    }
                }
            }
            Err(e) => {
                for op in ops {
                    op.refuse(&e);
                }
            }
        }
    }

    fn calm(&self) -> HashSet<String> {
        let mut all = self.calm.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        all.retain(|_, since| since.elapsed() < CALM);
        all.keys().cloned().collect()
    }

    fn remember(&self, settled: &[Settle], calm: &HashSet<String>) {
        let mut all = self.calm.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        for s in settled {
            if !matches!(s.effect, AccountEffect::Fine | AccountEffect::Nothing) {
                all.remove(&s.account);
            } else if s.effect == AccountEffect::Fine && !calm.contains(&s.account) {
                all.insert(s.account.clone(), Instant::now());
            }
        }
    }

    /// Writes requests in one transaction; the answers in their order.
    async fn write(&self, ops: &[Op]) -> Result<Vec<Answer>> {
        let tx = self.store.begin_hot().await?;
        let (mut settles, mut backs, mut intents, mut claims) = (vec![], vec![], vec![], vec![]);
        for op in ops {
            match op {
                Op::Settle(rows, _) => settles.extend(rows.iter().cloned()),
                Op::HandBack(rows, _) => backs.extend(rows.iter().cloned()),
                Op::Intend(rows, _) => intents.extend(rows.iter().cloned()),
                Op::Claim(request, _) => claims.push(request),
                Op::Touch(at, _) => {
                    tx.exec(
                        "INSERT INTO meta (key, value) VALUES ('touched', $1) \
                         ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                        params![at.to_string()],
                    )
                    .await?;
                }
            }
        }
        let calm = self.calm();
        ledger::settle(&tx, &settles, &calm).await?;
        claim::hand_back(&tx, &backs).await?;
        rate::lock_allowances(&tx, &claims, &intents).await?;
        let mut verdicts = claim::intend(&tx, &self.store.key, &intents).await?.into_iter();
        let mut claimed = Vec::with_capacity(claims.len());
        for request in claims {
            claimed.push(claim::claim(&tx, &self.store.key, request).await?);
        }
        tx.commit().await?;
        self.remember(&settles, &calm);
        let mut claimed = claimed.into_iter();
        Ok(ops
            .iter()
            .map(|op| match op {
                Op::Settle(..) | Op::HandBack(..) | Op::Touch(..) => Answer::Done,
                Op::Intend(rows, _) => Answer::Verdicts(verdicts.by_ref().take(rows.len()).collect()),
                Op::Claim(..) => Answer::Rows(claimed.next().unwrap_or_default()),
            })
            .collect())
    }
}

enum Answer {
    Done,
    Verdicts(Vec<Verdict>),
    Rows(Vec<Claimed>),
}

impl Op {
    /// A lane that went away does not matter: its rows are in the ledger under its lease.
    fn answer(self, a: Answer) {
        match (self, a) {
            (Op::Settle(_, tx) | Op::HandBack(_, tx) | Op::Touch(_, tx), _) => drop(tx.send(Ok(()))),
            (Op::Intend(_, tx), Answer::Verdicts(v)) => drop(tx.send(Ok(v))),
            (Op::Claim(_, tx), Answer::Rows(r)) => drop(tx.send(Ok(r))),
            // Not to be: the sender is dropped, and whoever waits takes it for a writer that stopped.
            (Op::Intend(..) | Op::Claim(..), _) => {}
        }
    }

    fn refuse(self, e: &StoreError) {
        tracing::error!(error = %e, "the ledger could not be written; nothing new is sent until it can");
        metrics::counter!("loa_commit_failures_total").increment(1);
        let again = StoreError::Db(sea_orm::DbErr::Custom(e.to_string()));
        match self {
            Op::Settle(_, tx) | Op::HandBack(_, tx) | Op::Touch(_, tx) => drop(tx.send(Err(again))),
            Op::Intend(_, tx) => drop(tx.send(Err(again))),
            Op::Claim(_, tx) => drop(tx.send(Err(again))),
        }
    }
}

/// True if the database answered and refused: what failed is a row, not the way to the database.
fn is_about_a_row(e: &StoreError) -> bool {
    use sea_orm::{DbErr, RuntimeErr};
    match e {
        StoreError::Corrupt(_) | StoreError::Conflict(_) => true,
        StoreError::Db(DbErr::Exec(RuntimeErr::Internal(_))) => true,
        StoreError::Db(e) => {
            matches!(e, DbErr::Exec(RuntimeErr::SqlxError(e)) | DbErr::Query(RuntimeErr::SqlxError(e))
            if matches!(**e, sqlx::Error::Database(_)))
        }
        StoreError::WrongKey(_)
        | StoreError::KeyGone(_)
        | StoreError::LedgerGone(..)
        | StoreError::BadUrl(_)
        | StoreError::Stopped
        | StoreError::Io(..) => false,
    }
}

impl WriterHandle {
    async fn ask<T>(&self, make: impl FnOnce(oneshot::Sender<Result<T>>) -> Op) -> Result<T> {
        let (tx, rx) = oneshot::channel();
        self.ops.send(make(tx)).await.map_err(|_| StoreError::Stopped)?;
        rx.await.map_err(|_| StoreError::Stopped)?
    }

    /// Claims due rows.
    ///
    /// # Errors
    /// The database's; nothing was claimed.
    pub async fn claim(&self, request: ClaimRequest) -> Result<Vec<Claimed>> {
        self.ask(|tx| Op::Claim(request, tx)).await
    }

    /// Writes intents; durable once answered.
    ///
    /// # Errors
    /// The database's; nothing may be sent.
    pub async fn intend(&self, intents: Vec<Intent>) -> Result<Vec<Verdict>> {
        self.ask(|tx| Op::Intend(intents, tx)).await
    }

    /// Records answers; durable once answered.
    ///
    /// # Errors
    /// The database's; the caller keeps the answer and says it again.
    pub async fn settle(&self, rows: Vec<Settle>) -> Result<()> {
        self.ask(|tx| Op::Settle(rows, tx)).await
    }

    /// Writes the instant, milliseconds, and nothing else: shows that the ledger can be written.
    ///
    /// # Errors
    /// The database's.
    pub async fn touch(&self, at: i64) -> Result<()> {
        self.ask(|tx| Op::Touch(at, tx)).await
    }

    /// Takes claimed rows back.
    ///
    /// # Errors
    /// The database's; the rows stay under the lease.
    pub async fn hand_back(&self, rows: Vec<Handed>) -> Result<()> {
        self.ask(|tx| Op::HandBack(rows, tx)).await
    }
}
