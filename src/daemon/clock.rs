//! Clocks: the system's, and a simulated one that is moved by hand.

use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use tokio::sync::Notify;

use crate::domain::port::{Clock, Steady};

/// The system's clock, cut to milliseconds.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        #[expect(clippy::disallowed_methods, reason = "the one place that asks the system for the time")]
        let now = Utc::now();
        DateTime::from_timestamp_millis(now.timestamp_millis()).unwrap_or(now)
    }
    /// The kernel's time since it started, with the name it gave to this start; both cannot be set (clock_gettime(2), random(4)).
    fn steady(&self) -> Steady {
        static BOOT: OnceLock<String> = OnceLock::new();
        let boot = BOOT.get_or_init(|| {
            std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default().trim().to_owned()
        });
        let t = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        Steady { boot: Some(boot), ms: t.tv_sec * 1000 + t.tv_nsec / 1_000_000 }
    }
    async fn sleep_until(&self, until: DateTime<Utc>) {
        // The wall clock may step; look again at least every half minute.
        loop {
            let left = (until - self.now()).to_std().unwrap_or(Duration::ZERO);
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(left.min(Duration::from_secs(30))).await;
        }
    }
}

/// A clock that stands still until it is moved.
pub struct SimClock {
    now: AtomicI64,
    moved: Notify,
}

impl fmt::Debug for SimClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SimClock({})", self.now())
    }
}

impl SimClock {
    /// A clock that shows `at`.
    pub fn new(at: DateTime<Utc>) -> Self {
        Self { now: AtomicI64::new(at.timestamp_millis()), moved: Notify::new() }
    }
    /// Moves it; never back.
    pub fn set(&self, at: DateTime<Utc>) {
        self.now.fetch_max(at.timestamp_millis(), Ordering::SeqCst);
        self.moved.notify_waiters();
    }
}

#[async_trait]
impl Clock for SimClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.now.load(Ordering::SeqCst)).unwrap_or(DateTime::UNIX_EPOCH)
    }
    async fn sleep_until(&self, until: DateTime<Utc>) {
        loop {
            let moved = self.moved.notified();
            if self.now() >= until {
                return;
            }
            moved.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_systems_steady_time_belongs_to_one_start_and_does_not_go_back() {
        let (a, b) = (SystemClock.steady(), SystemClock.steady());
        assert_eq!(a.boot, b.boot);
        assert!(a.boot.is_some_and(|id| id.len() == 36), "a start has a name: {a:?}");
        assert!(0 < a.ms && a.ms <= b.ms);
    }
}
