//! Paused accounts are tried again by themselves, with growing waits; the next try and the last answer lie in the database, so
//! that neither restarts nor other nodes try more often.
//!
//! A good probe lets an account go on only where the probe is the proof: a login, a certificate, an address that was refused and
//! is taken now. After a refusal by policy, or a run of answers that left a doubt, a login proves nothing about the next
//! message: what was found is shown, and a person decides. What a person paused is not tried. See docs/decisions/0018.

use std::time::Duration;

use futures_util::future::join_all;

use super::{Dispatcher, Lane, ms};
use crate::store::{AccountState, PROBE_MS, StoreError};

/// Waits between tries, minutes; the last one repeats.
const WAITS: [i64; 6] = [1, 2, 5, 15, 30, 60];

/// What a turn did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Healed {
    /// Accounts that were tried.
    pub tried: u64,
    /// Accounts that go on.
    pub resumed: u64,
}

/// How long until the try after the `tries`-th, milliseconds; `chance` in `0.0..1.0` spreads it by ±20 %.
fn wait(tries: i64, chance: f64) -> i64 {
    let step = WAITS[usize::try_from(tries).unwrap_or(0).min(WAITS.len() - 1)];
    (step as f64 * 60_000.0 * (0.8 + 0.4 * chance.clamp(0.0, 1.0))) as i64
}

/// True if a good probe of an account of this kind proves that the cause of its pause is gone.
pub fn probe_proves(kind: &str, cause: &str) -> bool {
    match kind {
        // A session up to and with the login.
        "email" => matches!(
            cause,
            "login_refused"
                | "login_not_offered"
                | "tls_required"
                | "tls_failed"
                | "tls_not_offered"
                | "certificate_untrusted"
                | "server_refuses_us"
        ),
        // Who the login is and what it may do, by the API that articles go through.
        "wordpress" => {
            matches!(cause, "login_refused" | "no_rights" | "no_rest_api" | "not_wordpress" | "redirected")
        }
        "telegram" | "zalo-bot" => matches!(cause, "token_refused" | "not_the_bot_api"),
        // A webhook can only be asked whether somebody answers; the rest speak to nobody.
        _ => false,
    }
}

impl Dispatcher {
    /// Tries the paused accounts that are due for it, side by side. It may take as long as they do; it sends nothing and may be cut
    /// off at any point.
    ///
    /// # Errors
    /// The database's.
    pub async fn heal(&self) -> Result<Healed, StoreError> {
        let paused = self.store.account_all().await?.into_iter().filter_map(|a| {
            let by_loa = a.paused_at.is_some() && a.paused_by.as_deref() == Some("loa");
            let lane = self.lanes.get(&a.account).filter(|_| by_loa)?;
            Some(self.try_again(lane, a))
        });
        let mut out = Healed::default();
        for done in join_all(paused).await {
            let done = done?;
            out.tried += done.tried;
            out.resumed += done.resumed;
        }
        Ok(out)
    }

    /// The kind that a probe of this account really asks: that of the account it borrows, if it does.
    fn asks(&self, account: &str) -> &str {
        let of = |id: &str| self.settings.accounts.values().find(|a| a.id.as_str() == id);
        let own = of(account);
        let carrier = own.and_then(|a| a.carrier.as_ref()).and_then(|c| of(c.as_str()));
        carrier.or(own).map_or("", |a| a.kind.as_str())
    }

    async fn try_again(&self, lane: &Lane, a: AccountState) -> Result<Healed, StoreError> {
        let (account, paused_at) = (a.account.as_str(), a.paused_at.unwrap_or_default());
        let first = paused_at + wait(0, (self.chance)());
        let Some(tries) = self.store.probe_take(account, paused_at, first, ms(self.now())).await? else {
            return Ok(Healed::default());
        };
        let limit = Duration::from_millis(u64::try_from(PROBE_MS).unwrap_or(60_000));
        let found = match tokio::time::timeout(limit, lane.transport.probe()).await {
            Ok(Ok(())) => None,
            Ok(Err(cause)) => Some((cause.code, cause.detail)),
            Err(_) => Some(("no_answer".to_owned(), String::new())),
        };
        let now = ms(self.now());
        let mut out = Healed { tried: 1, resumed: 0 };
        let next = now + wait(tries, (self.chance)());
        let cause = a.cause_code.as_deref().unwrap_or_default();
        let told = found.as_ref().map_or(("good", ""), |(code, detail)| (code.as_str(), detail.as_str()));
        tracing::info!(account, tries, found = told.0, cause, "a paused account was tried");
        self.store.probe_tell(account, paused_at, told, next, now).await?;
        if found.is_none()
            && probe_proves(self.asks(account), cause)
            && self.store.account_healed(account, paused_at, tries, now).await?
        {
            out.resumed = 1;
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_stay_an_hour() {
        let minutes: Vec<i64> = (0..8).map(|n| wait(n, 0.5) / 60_000).collect();
        assert_eq!(minutes, [1, 2, 5, 15, 30, 60, 60, 60]);
        assert!(wait(0, 0.0) < wait(0, 1.0) && wait(99, 1.0) <= 72 * 60_000);
    }

    #[test]
    fn a_login_proves_a_login_and_nothing_else() {
        for (kind, cause, proves) in [
            ("email", "login_refused", true),
            ("email", "certificate_untrusted", true),
            ("email", "server_refuses_us", true),
            ("email", "sender_refused", false),
            ("email", "policy_refused", false),
            ("email", "sender_unverified", false),
            ("email", "ambiguous_answers", false),
            ("wordpress", "no_rights", true),
            ("telegram", "token_refused", true),
            ("zalo-bot", "token_refused", true),
            ("zalo-bot", "ambiguous_answers", false),
            // That a connection can be made says nothing of the secret or the path.
            ("webhook", "login_refused", false),
            ("webhook", "endpoint_gone", false),
        ] {
            assert_eq!(probe_proves(kind, cause), proves, "{kind} {cause}");
        }
    }
}
