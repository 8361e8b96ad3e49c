//! A node of an office inside the test's own process, with a clock that the test moves, also back.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use loa::daemon::{self, Engine, Open, Tasks, Turn};
use loa::domain::port::{Clock, Steady};
use tokio_util::sync::CancellationToken;

use super::office::Office;

/// A clock that shows what it is told.
#[derive(Debug)]
pub struct HandClock {
    wall: AtomicI64,
    /// How far its wall time was set beside the time that passed.
    set: AtomicI64,
}

impl HandClock {
    /// A clock that shows the system's time.
    #[expect(clippy::disallowed_methods, reason = "the programs beside it use the system's clock")]
    pub fn now() -> Arc<Self> {
        Arc::new(Self { wall: Utc::now().timestamp_millis().into(), set: 0.into() })
    }
    /// Moves all time, forth or back.
    pub fn step(&self, by: TimeDelta) {
        self.wall.fetch_add(by.num_milliseconds(), Ordering::SeqCst);
    }
    /// Moves all time to an instant.
    pub fn set(&self, to: DateTime<Utc>) {
        self.wall.store(to.timestamp_millis(), Ordering::SeqCst);
    }
    /// Sets the wall clock, forth or back, while no time passes.
    pub fn step_wall(&self, by: TimeDelta) {
        self.set.fetch_add(by.num_milliseconds(), Ordering::SeqCst);
        self.step(by);
    }
}

#[async_trait]
impl Clock for HandClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.wall.load(Ordering::SeqCst)).unwrap()
    }
    fn steady(&self) -> Steady {
        Steady { boot: None, ms: self.wall.load(Ordering::SeqCst) - self.set.load(Ordering::SeqCst) }
    }
    async fn sleep_until(&self, until: DateTime<Utc>) {
        while self.now() < until {
            tokio::task::yield_now().await;
        }
    }
}

/// A running node.
pub struct Node {
    pub engine: Engine,
    tasks: Tasks,
}

impl Node {
    /// A node that serves the office.
    pub async fn open(office: &Office, clock: Arc<dyn Clock>) -> Self {
        let kinds: Vec<&str> = loa::transport::KINDS.iter().map(|k| k.name).collect();
        let (settings, faults) = loa::config::load(office.path(), &BTreeMap::new(), true, &kinds);
        let mut settings = settings.unwrap_or_else(|| panic!("{faults:?}"));
        settings.database = office.database_url();
        let tasks = Tasks::default();
        let open = Open {
            settings,
            var: office.at("var"),
            clock,
            sandbox: None,
            node_name: "thử".into(),
            chance: || 0.5,
        };
        let engine = Engine::open(open, &tasks).await.unwrap();
        Self { engine, tasks }
    }

    /// Does all that is due now.
    pub async fn idle(&self) -> Vec<Turn> {
        daemon::idle(&self.engine, &CancellationToken::new()).await.unwrap()
    }

    /// Ends in order.
    pub async fn close(self) {
        self.engine.close().await.unwrap();
        drop(self.engine);
        self.tasks.finish().await;
    }
}
