//! When to try again: arithmetic, with chance as an argument.

use std::time::Duration;

/// How often and how patiently an account tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Most attempts, the first included.
    pub max_attempts: u32,
    /// Wait after the first failure.
    pub first: Duration,
    /// Longest wait of our own choosing.
    pub cap: Duration,
}

impl Default for Policy {
    /// Eight tries over about a day: 1 min, 4 min, 16 min, about 1 h, then 4 h each.
    fn default() -> Self {
        Self { max_attempts: 8, first: Duration::from_secs(60), cap: Duration::from_secs(4 * 3600) }
    }
}

impl Policy {
    /// How long to wait after the `attempt`-th try failed (from 1), or `None` if it was the last. `wish` is the far side's
    /// Retry-After, obeyed up to a day; `chance` in `0.0..1.0` spreads the rest by ±20 %.
    pub fn wait(&self, attempt: u32, wish: Option<Duration>, chance: f64) -> Option<Duration> {
        if attempt >= self.max_attempts {
            return None;
        }
        Some(self.pause(attempt, wish, chance))
    }

    /// How long to wait after a "slow down", which spends no attempt.
    pub fn pause(&self, attempt: u32, wish: Option<Duration>, chance: f64) -> Duration {
        const DAY: Duration = Duration::from_secs(24 * 3600);
        let own =
            self.first.saturating_mul(4u32.saturating_pow(attempt.saturating_sub(1).min(12))).min(self.cap);
        let spread = own.mul_f64(0.8 + 0.4 * chance.clamp(0.0, 1.0));
        match wish {
            Some(w) => w.min(DAY).max(Duration::from_secs(1)),
            None => spread.min(self.cap),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn waits_grow_and_are_capped(a in 1u32..40, chance in 0.0f64..1.0) {
            let p = Policy { max_attempts: 100, ..Policy::default() };
            let w = p.wait(a, None, chance).unwrap();
            proptest::prop_assert!(w <= p.cap);
            proptest::prop_assert!(p.wait(a + 1, None, 0.5).unwrap() >= p.wait(a, None, 0.5).unwrap());
        }
    }

    #[test]
    fn the_last_try_is_the_last() {
        let p = Policy::default();
        assert!(p.wait(7, None, 0.5).is_some());
        assert_eq!(p.wait(8, None, 0.5), None);
        assert_eq!(p.wait(1, Some(Duration::from_secs(7)), 0.9), Some(Duration::from_secs(7)));
    }
}
