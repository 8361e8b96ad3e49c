//! The one writer of the hot path: claims, intents and outcomes of many lanes share a transaction (group commit).
//!
//! Lanes send requests over a channel; the task that runs [`Writer::run`] takes all that wait, writes them in one transaction
//! (outcomes first, then intents, then claims) and answers after the commit. What is answered is durable. The daemon spawns
//! the task; nobody else does.

use tokio::sync::{mpsc, oneshot};

use super::claim::{self, Handed};
use super::{ClaimRequest, Claimed, Intent, Result, Settle, Store, StoreError, Verdict, ledger};

/// Requests taken into one transaction at most.
const GROUP: usize = 256;

enum Op {
    Claim(ClaimRequest, oneshot::Sender<Result<Vec<Claimed>>>),
    Intend(Vec<Intent>, oneshot::Sender<Result<Vec<Verdict>>>),
    Settle(Vec<Settle>, oneshot::Sender<Result<()>>),
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
    pub async fn run(mut self) {
        let mut batch = Vec::with_capacity(GROUP);
        loop {
            batch.clear();
            if self.ops.recv_many(&mut batch, GROUP).await == 0 {
                return;
            }
            // Give lanes that were just answered a chance to join the group.
            tokio::task::yield_now().await;
            while batch.len() < GROUP {
                match self.ops.try_recv() {
                    Ok(op) => batch.push(op),
                    Err(_) => break,
                }
            }
            let ops = std::mem::take(&mut batch);
            metrics::histogram!("loa_commit_group").record(ops.len() as f64);
            self.commit(ops).await;
        }
    }

    async fn commit(&self, ops: Vec<Op>) {
        let mut claims = Vec::new();
        let mut intents = Vec::new();
        let mut settles = Vec::new();
        let mut backs = Vec::new();
        for op in ops {
            match op {
                Op::Claim(r, tx) => claims.push((r, tx)),
                Op::Intend(r, tx) => intents.push((r, tx)),
                Op::Settle(r, tx) => settles.push((r, tx)),
                Op::HandBack(r, tx) => backs.push((r, tx)),
            }
        }
        let written = async {
            let tx = self.store.begin().await?;
            let all: Vec<Settle> = settles.iter().flat_map(|(r, _)| r.iter().cloned()).collect();
            ledger::settle(&tx, &all).await?;
            let all: Vec<Handed> = backs.iter().flat_map(|(r, _)| r.iter().cloned()).collect();
            claim::hand_back(&tx, &all).await?;
            let all: Vec<Intent> = intents.iter().flat_map(|(r, _)| r.iter().cloned()).collect();
            let verdicts = claim::intend(&tx, &all).await?;
            claim::lock_allowances(&tx, claims.iter().map(|(r, _)| r)).await?;
            let mut claimed = Vec::with_capacity(claims.len());
            for (request, _) in &claims {
                claimed.push(claim::claim(&tx, &self.store.key, request).await?);
            }
            tx.commit().await?;
            Ok::<_, StoreError>((verdicts, claimed))
        }
        .await;
        // A lane that went away does not matter: its rows are in the ledger under its lease.
        match written {
            Ok((verdicts, claimed)) => {
                let mut verdicts = verdicts.into_iter();
                for (rows, tx) in intents {
                    let _gone = tx.send(Ok(verdicts.by_ref().take(rows.len()).collect()));
                }
                for ((_, tx), rows) in claims.into_iter().zip(claimed) {
                    let _gone = tx.send(Ok(rows));
                }
                for tx in settles.into_iter().map(|(_, tx)| tx).chain(backs.into_iter().map(|(_, tx)| tx)) {
                    let _gone = tx.send(Ok(()));
                }
            }
            Err(e) => {
                tracing::error!(error = %e, "the ledger could not be written; nothing new is sent until it can");
                metrics::counter!("loa_commit_failures_total").increment(1);
                let says = e.to_string();
                let again = || StoreError::Db(sea_orm::DbErr::Custom(says.clone()));
                for (_, tx) in intents {
                    let _gone = tx.send(Err(again()));
                }
                for (_, tx) in claims {
                    let _gone = tx.send(Err(again()));
                }
                for tx in settles.into_iter().map(|(_, tx)| tx).chain(backs.into_iter().map(|(_, tx)| tx)) {
                    let _gone = tx.send(Err(again()));
                }
            }
        }
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

    /// Takes claimed rows back.
    ///
    /// # Errors
    /// The database's; the rows stay under the lease.
    pub async fn hand_back(&self, rows: Vec<Handed>) -> Result<()> {
        self.ask(|tx| Op::HandBack(rows, tx)).await
    }
}
