//! Two loops: who is on duty is told what is wrong, and an outside watcher hears that nothing is.
//!
//! Both stand beside the pulse and keep it from nothing. The first is one node's work, that of the planner; each node that is
//! well calls the outside address.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::run::rest;
use super::{Engine, NodeHealth};
use crate::domain::alert::Watch;
use crate::domain::text::Lang;
use crate::manifest::Loaded;
use crate::plan::alerts::{Alarm, AlarmTick, Briefing, FAULTS, Machine, SETTINGS_REFUSED};
use crate::plan::ms;
use crate::store::StoreError;
use crate::transport::Pulse;
use crate::web::Health as _;

/// How often is looked whether somebody must be told.
const LOOK: Duration = Duration::from_secs(2);
/// A node that cannot say within this time whether it is well is not.
const ANSWER: Duration = Duration::from_secs(5);
/// Shared files with faults that are named; what more there are comes after these are mended.
const NAMED: usize = 20;

impl Engine {
    /// Looks at what is wrong and tells who is on duty. `None`: another node does so.
    ///
    /// # Errors
    /// The database's.
    pub async fn alarm(
        &self,
        machine: Machine,
        briefing: Option<&dyn Briefing>,
    ) -> Result<Option<AlarmTick>, StoreError> {
        let world = self.world();
        let now = self.clock.now();
        // The node that reads the folder keeps the addresses for the one that plans.
        if let Some(staff) = &world.staff
            && self.reads_files().await?.is_some()
        {
            self.store.staff_put(staff, ms(now)).await?;
        }
        if !self.plans().await? {
            return Ok(None);
        }
        let known = self.store.unit_name(self.settings.organisation.as_str()).await?;
        let templates = self.templates();
        let alarm = Alarm {
            store: &self.store,
            settings: &self.settings,
            templates: &templates,
            organisation: known.as_deref().unwrap_or(&world.organisation),
            briefing,
        };
        alarm.tick(machine, now).await.map(Some)
    }

    /// Keeps which shared files have faults, for whoever tells of them.
    ///
    /// # Errors
    /// The database's.
    pub(super) async fn keep_faults(&self, loaded: &Loaded) -> Result<(), StoreError> {
        let vi = self.settings.language == Lang::Vi;
        let mut faults: Vec<(&str, &str)> = Vec::new();
        for f in loaded.faults.iter().filter(|f| f.severity.stops() && !is_of_a_post(&f.file)) {
            if faults.len() < NAMED && !faults.iter().any(|(file, _)| *file == f.file) {
                faults.push((&f.file, f.message.get(vi)));
            }
        }
        self.store.meta_put(FAULTS, &serde_json::json!(faults).to_string()).await
    }

    /// Keeps for what faults new settings were not taken up; empty: they were.
    ///
    /// # Errors
    /// The database's.
    pub async fn keep_settings_refused(&self, faults: &str) -> Result<(), StoreError> {
        let first = faults.lines().find(|l| !l.trim().is_empty()).unwrap_or_default().trim();
        self.store.meta_put(SETTINGS_REFUSED, first).await
    }
}

/// A post's fault stands with the post.
fn is_of_a_post(file: &str) -> bool {
    let mut parts = file.split('/').skip(2);
    parts.next() == Some("posts") && parts.nth(1).is_some()
}

/// Free share of the disk of a folder, per cent. `None`: it cannot be asked.
pub fn disk_free(folder: &Path) -> Option<u64> {
    let s = rustix::fs::statvfs(folder).ok()?;
    (s.f_blocks > 0).then(|| s.f_bavail * 100 / s.f_blocks)
}

/// Watches until `soft` is cancelled.
pub(super) async fn watch(engine: Arc<Engine>, briefing: Option<Arc<dyn Briefing>>, soft: CancellationToken) {
    let (mut clock, began) = (Watch::default(), tokio::time::Instant::now());
    let mut machine = Machine::default();
    let folder = engine.settings.root.join("var");
    while !soft.is_cancelled() {
        let now = ms(engine.clock.now());
        let steady = i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX);
        if let Some(by) = clock.look(now, steady) {
            tracing::warn!(by_ms = by, "the machine's clock was set");
            machine.jumped = Some((now, by));
        }
        machine.disk_free = disk_free(&folder);
        tokio::select! {
            told = engine.alarm(machine, briefing.as_deref()) => if let Err(e) = told {
                tracing::error!(error = %e, "nobody can be told what is wrong; trying again");
            },
            // Nothing is sent here: what was begun is found and brought on at the next start.
            () = soft.cancelled() => return,
        }
        rest(&soft, LOOK).await;
    }
}

/// Calls the outside address while this node is well, until `soft` is cancelled. A call that fails is logged and counted: who
/// watches that address notices the silence.
pub(super) async fn heartbeat(
    engine: Arc<Engine>,
    url: String,
    pulse: Arc<AtomicI64>,
    soft: CancellationToken,
) {
    let every = Duration::from_secs(engine.settings.alerts.heartbeat_every);
    let caller = match Pulse::new(&url) {
        Ok(c) => c,
        Err(e) => {
            tracing::error!(error = e, "the heartbeat's address cannot be called");
            return;
        }
    };
    let health = NodeHealth { engine, pulse };
    while !soft.is_cancelled() {
        let beat = async {
            let Ok(report) = tokio::time::timeout(ANSWER, health.report()).await else {
                return Some(("unwell", "the ledger does not answer in time".to_owned()));
            };
            if !report.alive || !report.ready {
                return Some(("unwell", report.problems.join("; ")));
            }
            caller.call().await.err().map(|e| ("failed", e))
        };
        let outcome = tokio::select! {
            outcome = beat => outcome,
            () = soft.cancelled() => return,
        };
        let word = outcome.as_ref().map_or("ok", |o| o.0);
        metrics::counter!("loa_heartbeats_total", "outcome" => word).increment(1);
        if let Some((word, why)) = outcome {
            tracing::warn!(outcome = word, why, "no heartbeat was given");
        }
        rest(&soft, every).await;
    }
}

#[cfg(test)]
mod tests {
    use super::is_of_a_post;

    #[test]
    fn a_fault_of_a_post_is_told_with_the_post() {
        assert!(is_of_a_post("campaigns/c/posts/p/post.yaml"));
        for shared in ["campaigns/units.yaml", "campaigns/c/campaign.yaml", "loa.yaml"] {
            assert!(!is_of_a_post(shared), "{shared}");
        }
    }
}
