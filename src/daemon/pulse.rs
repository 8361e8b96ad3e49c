//! The pulse: plan, gate and sheets, over and over; lanes are woken at the instant their rows fall due.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::run::rest;
use super::{Engine, Turn};
use crate::plan;
use crate::store::StoreError;

/// Longest pause between two turns of the pulse.
const PULSE: Duration = Duration::from_millis(500);
/// How long before its time a row is let through, milliseconds: more than the pulse's longest pause and a turn.
const AHEAD_MS: i64 = 2000;

/// Beats until `soft`; `gone` is cancelled where the database's file is not ours any more.
pub(super) async fn beat(
    engine: Arc<Engine>,
    wakes: Arc<BTreeMap<String, Arc<Notify>>>,
    soft: CancellationToken,
    gone: CancellationToken,
    pulse: Arc<AtomicI64>,
) {
    while !soft.is_cancelled() {
        if !engine.store.file_is_ours() {
            tracing::error!(
                "the database's file was moved, removed or replaced under the daemon; it stops sending"
            );
            gone.cancel();
            return;
        }
        let mut turn = Turn::default();
        let worked = async {
            engine.prepare(&mut turn).await?;
            wake_due(&engine, &wakes).await?;
            engine.follow_up(&mut turn).await?;
            gauges(&engine).await?;
            let now = plan::ms(engine.clock.now());
            if turn.plans {
                engine.store.due_ahead(now, now + AHEAD_MS).await?;
            }
            engine.store.next_due(wakes.keys().map(String::as_str), now).await
        };
        let mut pause = PULSE;
        match worked.await {
            Ok(next) => {
                let now = plan::ms(engine.clock.now());
                pulse.store(now, Ordering::Relaxed);
                let wait = next.and_then(|at| u64::try_from(at - now).ok()).map(Duration::from_millis);
                pause = wait.unwrap_or(PULSE).clamp(Duration::from_millis(1), PULSE);
            }
            Err(e) => tracing::error!(error = %e, "the ledger does not answer; trying again"),
        }
        if turn.rescued.unknown > 0 {
            tracing::warn!(
                unknown = turn.rescued.unknown,
                "deliveries of a dead node may have been sent; they are unknown"
            );
        }
        if !turn.plan.more {
            rest(&soft, pause).await;
        }
        if pause < PULSE && !soft.is_cancelled() {
            // Something falls due at this moment: its lane goes at once, the turn comes after.
            if let Err(e) = wake_due(&engine, &wakes).await {
                tracing::error!(error = %e, "the ledger does not answer; trying again");
            }
        }
    }
}

/// Wakes the lanes that have something due.
async fn wake_due(engine: &Engine, wakes: &BTreeMap<String, Arc<Notify>>) -> Result<(), StoreError> {
    let lanes = wakes.keys().map(String::as_str);
    for account in engine.store.account_due(lanes, plan::ms(engine.clock.now())).await? {
        if let Some(wake) = wakes.get(account) {
            wake.notify_one();
        }
    }
    Ok(())
}

/// What alarms look at.
async fn gauges(engine: &Engine) -> Result<(), StoreError> {
    let now = plan::ms(engine.clock.now());
    let oldest = engine.store.oldest_due(now).await?.map_or(0, |at| (now - at).max(0));
    metrics::gauge!("loa_oldest_due_seconds").set(oldest as f64 / 1000.0);
    for a in engine.store.account_all().await? {
        metrics::gauge!("loa_account_paused", "account" => a.account)
            .set(f64::from(u8::from(a.paused_at.is_some())));
    }
    let unknown: i64 = engine.store.questions().await?.iter().map(|q| q.n).sum();
    metrics::gauge!("loa_unknown").set(unknown as f64);
    Ok(())
}
