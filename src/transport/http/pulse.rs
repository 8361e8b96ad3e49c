//! A call to an address outside that says: this machine is well.

use std::time::Duration;

use reqwest::Url;

use super::{Http, Reachable, place};

/// Longest time of a call.
const LONGEST: Duration = Duration::from_secs(10);

/// Who calls. The address may hold a token: neither it nor a path of it reaches an error.
pub struct Pulse {
    http: Http,
    url: Url,
}

impl Pulse {
    /// A caller of this address.
    ///
    /// # Errors
    /// It is no address, or no client can be made.
    pub fn new(url: &str) -> Result<Self, String> {
        let url = Url::parse(url).map_err(|e| e.to_string())?;
        Ok(Self { http: Http::new(LONGEST, Reachable::Any)?, url })
    }

    /// Calls it once, by GET: what watchers of all makes take.
    ///
    /// # Errors
    /// No answer, or none that says yes; without the address's path.
    pub async fn call(&self) -> Result<(), String> {
        let answer = self.http.call(self.http.client().get(self.url.clone())).await;
        let host = place(&self.url);
        match answer {
            Ok(a) if a.ok() => Ok(()),
            Ok(a) => Err(format!("{host} answered {}", a.status)),
            Err(f) => Err(format!("{host}: {}", f.cause().detail)),
        }
    }
}
