//! What this node says about itself: asked when it is asked, never remembered.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use async_trait::async_trait;

use super::Engine;
use crate::plan;
use crate::web::{Health, HealthReport};

/// A pulse older than this, milliseconds, means that the planner is stuck.
const STUCK_MS: i64 = 30_000;

/// A node's health.
pub struct NodeHealth {
    /// The node.
    pub engine: Arc<Engine>,
    /// When its last turn ended, milliseconds; 0: none yet.
    pub pulse: Arc<AtomicI64>,
}

#[async_trait]
impl Health for NodeHealth {
    async fn report(&self) -> HealthReport {
        let mut problems = Vec::new();
        let now = plan::ms(self.engine.clock.now());
        let mut alive = match self.engine.dispatcher.writer_answers().await {
            Ok(()) => true,
            Err(e) => {
                problems.push(format!("the ledger cannot be written: {e}"));
                false
            }
        };
        if !self.engine.store.file_is_ours() {
            problems.push("the database's file was moved or removed".into());
            alive = false;
        }
        let mut ready = true;
        if let Err(e) = self.engine.store.account_all().await {
            problems.push(format!("the database does not answer: {e}"));
            ready = false;
        }
        let last = self.pulse.load(Ordering::Relaxed);
        if last == 0 {
            problems.push("the first turn is not over yet".into());
            ready = false;
        } else if now - last > STUCK_MS {
            problems.push(format!("the last turn ended {} seconds ago", (now - last) / 1000));
            ready = false;
        }
        HealthReport { alive, ready, problems }
    }
}
