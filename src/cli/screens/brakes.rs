//! What slows accounts down right now: an allowance that is used up, or a far side that wants less.
//!
//! A row of such an account is not being sent, it waits; screens say for what and until when.

use std::collections::BTreeMap;

use super::show::Show;
use crate::config::{Account, Settings};
use crate::dispatch;
use crate::domain::text::{self, Lang};
use crate::store::{Allowance, Spent, Store, StoreError};

/// A reason to wait, with its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Brake {
    /// The allowance of `loa.yaml` is used up.
    Limit {
        /// So many…
        count: u32,
        /// …in so many milliseconds.
        window_ms: i64,
        /// When the next one may go, milliseconds.
        next: i64,
    },
    /// The far side said: slow down until then, milliseconds.
    Slow(i64),
}

impl Brake {
    /// When it goes on, milliseconds.
    pub fn until(self) -> i64 {
        match self {
            Brake::Limit { next, .. } => next,
            Brake::Slow(until) => until,
        }
    }

    /// `đi tiếp lúc 10:02 (300 mỗi giờ)`
    pub fn say(self, show: &Show) -> String {
        let (l, at) = (show.lang, show.at(self.until()));
        match self {
            Brake::Limit { count, window_ms, .. } => {
                let rate = rate(count, window_ms, l);
                say!(l, "đi tiếp lúc {at} ({rate})", "goes on at {at} ({rate})")
            }
            Brake::Slow(_) => say!(
                l,
                "nơi nhận bảo chậm lại, đi tiếp lúc {at}",
                "the far side says slow down, goes on at {at}"
            ),
        }
    }
}

/// `300 mỗi giờ`, `20 mỗi 5 phút`; `300 per hour`.
pub(super) fn rate(count: u32, window_ms: i64, lang: Lang) -> String {
    // The share of a burst is a millisecond longer than it is written.
    let seconds = (window_ms / 1000).max(1);
    let n = text::number(count.into(), lang);
    let (of, vi, en) = match seconds {
        s if s == 31 * 86_400 => (1, "tháng", "month"),
        s if s % 86_400 == 0 => (s / 86_400, "ngày", "day"),
        s if s % 3600 == 0 => (s / 3600, "giờ", "hour"),
        s if s % 60 == 0 => (s / 60, "phút", "minute"),
        s => (s, "giây", "second"),
    };
    match (lang, of) {
        (Lang::Vi, 1) => format!("{n} mỗi {vi}"),
        (Lang::Vi, of) => format!("{n} mỗi {of} {vi}"),
        (Lang::En, 1) => format!("{n} per {en}"),
        (Lang::En, of) => format!("{n} per {of} {en}s"),
    }
}

/// How the allowances that `loa.yaml` gives an account stand. What a kind itself asks for is a matter of seconds and nothing that a
/// person plans with.
///
/// # Errors
/// The database's.
pub async fn standing(
    store: &Store,
    settings: &Settings,
    account: &Account,
    now: i64,
) -> Result<Vec<(Allowance, Spent)>, StoreError> {
    let mut out = Vec::new();
    for a in dispatch::allowances(settings, account, &[]) {
        let spent = store.allowance_spent(&a, now).await?;
        out.push((a, spent));
    }
    Ok(out)
}

/// `còn 120 trong 300 mỗi giờ`; with what is kept for urgent rows, and with when the next one may go.
pub fn say_standing((a, spent): &(Allowance, Spent), show: &Show) -> String {
    let (l, rate) = (show.lang, rate(a.count, a.window_ms, show.lang));
    let left = show.n(spent.left);
    let mut out = say!(l, "còn {left} trong {rate}", "{left} left of {rate}");
    if spent.urgent > 0 {
        let urgent = show.n(spent.urgent);
        out.push_str(&say!(l, " (và {urgent} cho tin khẩn)", " (and {urgent} for urgent posts)"));
    }
    if let Some(next) = spent.next {
        let at = show.at(next);
        out.push_str(&say!(l, ", thêm từ {at}", ", more from {at}"));
    }
    out
}

/// The brakes of all accounts.
#[derive(Clone, Debug, Default)]
pub struct Brakes {
    /// The instant they are about, milliseconds.
    pub now: i64,
    by: BTreeMap<String, Brake>,
}

impl Brakes {
    /// As the ledger has them now.
    ///
    /// # Errors
    /// The database's.
    pub async fn read(store: &Store, settings: &Settings, now: i64) -> Result<Brakes, StoreError> {
        let mut by = BTreeMap::new();
        for account in settings.accounts.values() {
            if let Some(b) = limit(store, settings, account, now).await? {
                by.insert(account.id.to_string(), b);
            }
        }
        for (account, left) in store.quiet_left().await? {
            // Whatever ends later is what is waited for.
            if by.get(&account).is_none_or(|b| b.until() < now + left) {
                by.insert(account, Brake::Slow(now + left));
            }
        }
        Ok(Brakes { now, by })
    }

    /// What slows an account down.
    pub fn of(&self, account: &str) -> Option<Brake> {
        self.by.get(account).copied()
    }

    /// Accounts whose allowance is used up.
    pub fn limited(&self) -> Vec<String> {
        let limited = self.by.iter().filter(|(_, b)| matches!(b, Brake::Limit { .. }));
        limited.map(|(a, _)| a.clone()).collect()
    }
}

async fn limit(
    store: &Store,
    settings: &Settings,
    account: &Account,
    now: i64,
) -> Result<Option<Brake>, StoreError> {
    let mut longest: Option<Brake> = None;
    for (a, spent) in standing(store, settings, account, now).await? {
        if let Some(next) = spent.next
            && longest.is_none_or(|b| b.until() < next)
        {
            longest = Some(Brake::Limit { count: a.count, window_ms: a.window_ms, next });
        }
    }
    Ok(longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_said_as_they_are_written() {
        for (count, seconds, vi, en) in [
            (300, 3600, "300 mỗi giờ", "300 per hour"),
            (20, 300, "20 mỗi 5 phút", "20 per 5 minutes"),
            (5000, 86_400, "5.000 mỗi ngày", "5,000 per day"),
            (2, 7, "2 mỗi 7 giây", "2 per 7 seconds"),
            (3000, 31 * 86_400, "3.000 mỗi tháng", "3,000 per month"),
        ] {
            assert_eq!(rate(count, seconds * 1000, Lang::Vi), vi);
            assert_eq!(rate(count, seconds * 1000, Lang::En), en);
        }
    }
}
