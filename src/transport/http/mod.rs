//! The one place that builds an HTTP client for transports, and the one door through which their requests go.
//!
//! It exists so that three rules hold for every kind: a request has time limits and its answer a size limit; a failure
//! says whether a byte of the request may have left ([`Failure`]); and no secret, address or URL with a token in it
//! reaches an error, a log or `Debug`. It never retries, follows no redirect, uses no proxy of the environment, and
//! knows nothing of any platform.

#[cfg(test)]
mod conformance;
mod file;
mod guard;
mod page;
mod parts;
mod pulse;
mod settings;
#[cfg(test)]
pub(crate) mod tests_support;

use std::error::Error as _;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::{CONTENT_TYPE, HeaderMap, LOCATION, RETRY_AFTER};
use reqwest::{Client, RequestBuilder, redirect, retry};
use tokio::time::Instant;

pub use file::{Ask, FileFault, Files, Got, Limits, Sink};
pub use guard::{PrivateAddress, is_public};
pub use page::{MAX_PAGE, MAX_REDIRECTS, Page, PageFault, Pages, Picture};
pub(crate) use parts::{Step, Steps, run as run_parts};
pub use pulse::Pulse;
pub(crate) use settings::join;
pub use settings::{Keys, LONGEST_SEND, Reader};

use crate::domain::outcome::{Cause, Outcome};

/// Longest answer that is read, in bytes. What comes after is not read: answers of APIs are far shorter.
pub const MAX_ANSWER: usize = 2 << 20;
/// Longest time for name lookup, connection and TLS together. Shorter than any send, so that a host that is down is known
/// to have received nothing.
pub const CONNECT: Duration = Duration::from_secs(8);
/// How long a connection may wait for its next request. Shorter than the usual keep-alive of servers (Apache: 5 s), so
/// that a request is not written into a connection the far side is just closing: that would be an ambiguous end.
const IDLE: Duration = Duration::from_secs(4);

/// Which hosts a client may connect to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reachable {
    /// Any.
    Any,
    /// Public addresses only: names are resolved by us, private answers thrown away, and what is left is what is
    /// connected to (so that a second lookup cannot say otherwise).
    Public,
}

/// An HTTP client with the limits every transport keeps.
#[derive(Clone)]
pub struct Http {
    client: Client,
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Http")
    }
}

/// An answer: whatever the far side said, with any status.
#[derive(Clone, Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Header lines.
    pub headers: HeaderMap,
    /// The body, at most [`MAX_ANSWER`] bytes.
    pub body: Vec<u8>,
    /// False if the body broke off or was longer than [`MAX_ANSWER`]: the status is certain, the body is not.
    pub whole: bool,
}

impl Answer {
    /// The body as JSON, if it is JSON and whole.
    pub fn json<T: serde::de::DeserializeOwned>(&self) -> Option<T> {
        if self.whole { serde_json::from_slice(&self.body).ok() } else { None }
    }
    /// A 2xx status.
    pub fn ok(&self) -> bool {
        (200..300).contains(&self.status)
    }
    /// What `Retry-After` asks for, counted from `now`.
    pub fn retry_after(&self, now: DateTime<Utc>) -> Option<Duration> {
        retry_after(self.headers.get(RETRY_AFTER)?.to_str().ok()?, now)
    }
    /// The far side's clock (`Date`).
    pub fn date(&self) -> Option<DateTime<Utc>> {
        http_date(self.headers.get("date")?.to_str().ok()?)
    }
    /// Where a redirect points: scheme and host only, since paths and queries may carry secrets.
    pub fn redirects_to(&self) -> Option<String> {
        let to = self.headers.get(LOCATION)?.to_str().ok()?;
        Some(
            reqwest::Url::parse(to)
                .map_or_else(|_| "another path of the same host".to_owned(), |u| place(&u)),
        )
    }
    /// True if the body says it is HTML: a firewall's, a proxy's or an error page, not an API's answer.
    pub fn is_html(&self) -> bool {
        let said = self.headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let start = self.body.trim_ascii_start();
        said.to_ascii_lowercase().starts_with("text/html") || start.first() == Some(&b'<')
    }
}

/// No answer came. Which of the two it is decides whether a repeat may double.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Nothing of the request left: the name was not found, the connection or TLS failed, the request could not be built.
    NotSent {
        /// Why, without the URL.
        detail: String,
    },
    /// The host resolves to private addresses only and the client may not go there. Nothing left.
    Forbidden,
    /// The request, or a part of it, may have arrived.
    Ambiguous {
        /// Why, without the URL.
        detail: String,
        /// Nothing was heard within the time limit; otherwise the connection broke.
        silent: bool,
    },
}

/// Why there is no answer.
fn no_word(silent: bool) -> &'static str {
    if silent { "no_answer" } else { "connection_lost" }
}

impl Failure {
    /// The outcome of a send that ended so, where a repeat would be a second message.
    pub fn outcome(&self) -> Outcome {
        match self {
            Failure::NotSent { detail } => {
                Outcome::Retry { after: None, cause: Cause::new("not_connected", detail) }
            }
            Failure::Forbidden => Outcome::Broken {
                cause: Cause::new(
                    "private_address",
                    "the host is a private address; set allow_private if it is meant",
                ),
            },
            Failure::Ambiguous { detail, silent } => {
                Outcome::Unknown { cause: Cause::new(no_word(*silent), detail) }
            }
        }
    }
    /// The same for a request that changes nothing or may be repeated at will.
    pub fn harmless(&self) -> Outcome {
        match self {
            Failure::Ambiguous { detail, silent } => {
                Outcome::Retry { after: None, cause: Cause::new(no_word(*silent), detail) }
            }
            Failure::NotSent { .. } | Failure::Forbidden => self.outcome(),
        }
    }
    /// Why, for [`super::Transport::probe`].
    pub fn cause(&self) -> Cause {
        self.outcome().cause().cloned().unwrap_or_else(|| Cause::new("connection_lost", ""))
    }
}

impl Http {
    /// A client that may reach `reachable`; `total` bounds one request from the lookup to the last byte of its answer.
    ///
    /// # Errors
    /// A sentence if TLS cannot be set up (no root certificates on this machine).
    pub fn new(total: Duration, reachable: Reachable) -> Result<Self, String> {
        let mut b = Self::builder(total);
        if reachable == Reachable::Public {
            b = b.dns_resolver(Arc::new(guard::PublicOnly));
        }
        Self::build(b)
    }
    /// The same for files that are taken as they are: nothing is unpacked on the way.
    fn plain(total: Duration, reachable: Reachable) -> Result<Self, String> {
        let mut b = Self::builder(total).no_gzip();
        if reachable == Reachable::Public {
            b = b.dns_resolver(Arc::new(guard::PublicOnly));
        }
        Self::build(b)
    }
    /// A client for which every name leads to one place (rehearsals).
    ///
    /// # Errors
    /// A sentence if TLS cannot be set up.
    pub fn leading_to(total: Duration, place: std::net::SocketAddr) -> Result<Self, String> {
        Self::build(Self::builder(total).dns_resolver(Arc::new(guard::Always(place))))
    }
    fn builder(total: Duration) -> reqwest::ClientBuilder {
        Client::builder()
            .user_agent(concat!("loa/", env!("CARGO_PKG_VERSION")))
            .use_rustls_tls()
            .no_proxy()
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .referer(false)
            .tcp_nodelay(true)
            .connect_timeout(CONNECT.min(total))
            .pool_idle_timeout(IDLE)
            .timeout(total)
    }
    fn build(b: reqwest::ClientBuilder) -> Result<Self, String> {
        let client =
            b.build().map_err(|e| format!("the HTTP client cannot be built: {}", chain(&e.without_url())))?;
        Ok(Self { client })
    }
    /// The client, to build a request that [`Http::call`] then sends.
    pub fn client(&self) -> &Client {
        &self.client
    }
    /// Sends a request and reads its answer.
    ///
    /// # Errors
    /// [`Failure`]: no status line came.
    pub async fn call(&self, request: RequestBuilder) -> Result<Answer, Failure> {
        self.call_within(request, MAX_ANSWER).await
    }
    /// The same with another limit of the body; of a longer one the first `max` bytes are kept.
    async fn call_within(&self, request: RequestBuilder, max: usize) -> Result<Answer, Failure> {
        let mut response = request.send().await.map_err(failure)?;
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let mut body = Vec::new();
        let whole = loop {
            match response.chunk().await {
                Ok(Some(chunk)) if body.len() + chunk.len() <= max => body.extend_from_slice(&chunk),
                Ok(Some(chunk)) => {
                    body.extend_from_slice(&chunk[..max - body.len()]);
                    break false;
                }
                Err(_) => break false,
                Ok(None) => break true,
            }
        };
        Ok(Answer { status, headers, body, whole })
    }
}

/// Did anything leave? reqwest says `is_connect` for name lookup, TCP, TLS and their time limit; builder errors come before
/// any connection. All else (the total time limit too) may have happened after the first byte.
fn failure(e: reqwest::Error) -> Failure {
    let e = e.without_url();
    let mut source = e.source();
    while let Some(s) = source {
        if s.is::<PrivateAddress>() {
            return Failure::Forbidden;
        }
        source = s.source();
    }
    let detail = chain(&e);
    if e.is_connect() || e.is_builder() {
        Failure::NotSent { detail }
    } else {
        Failure::Ambiguous { silent: e.is_timeout(), detail }
    }
}

/// The messages of an error and its sources, outermost first, without repeating.
fn chain(e: &dyn std::error::Error) -> String {
    let mut said: Vec<String> = vec![e.to_string()];
    let mut source = e.source();
    while let Some(s) = source {
        let text = s.to_string();
        if !said.iter().any(|x| x.contains(&text)) {
            said.push(text);
        }
        source = s.source();
    }
    said.join(": ")
}

/// A time budget over several requests.
#[derive(Clone, Copy, Debug)]
pub struct Deadline(Instant);

impl Deadline {
    /// Ends `budget` from now.
    pub fn after(budget: Duration) -> Self {
        Self(Instant::now() + budget)
    }
    /// What is left.
    pub fn left(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }
}

/// Parses `Retry-After` (RFC 9110 §10.2.3): seconds, or an HTTP date counted from `now`. At most a day is believed; a date in
/// the past is zero; nonsense is `None`.
pub fn retry_after(value: &str, now: DateTime<Utc>) -> Option<Duration> {
    const LONGEST: Duration = Duration::from_secs(86_400);
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) {
        return Some(value.parse().map_or(LONGEST, Duration::from_secs).min(LONGEST));
    }
    let wait = http_date(value)?.signed_duration_since(now);
    Some(wait.to_std().unwrap_or(Duration::ZERO).min(LONGEST))
}

/// The preferred form of an HTTP date (RFC 9110 §5.6.7), `Sun, 06 Nov 1994 08:49:37 GMT`.
fn http_date(value: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc2822(value).ok().map(|d| d.with_timezone(&Utc))
}

/// Scheme and host of a URL, for messages: never user, path or query.
pub fn place(url: &reqwest::Url) -> String {
    match (url.host_str(), url.port()) {
        (Some(host), Some(port)) => format!("{}://{host}:{port}", url.scheme()),
        (Some(host), None) => format!("{}://{host}", url.scheme()),
        (None, _) => url.scheme().to_owned(),
    }
}

/// Cleans what a far side said of what must not be kept: each of `secrets`, bot tokens in paths, what stands before `@` in
/// URLs, and mail addresses.
pub fn clean(said: &str, secrets: &[&str]) -> String {
    let mut text = said.to_owned();
    let mut secrets: Vec<&str> = secrets.iter().copied().filter(|s| s.len() >= 3).collect();
    secrets.sort_by_key(|s| std::cmp::Reverse(s.len()));
    for secret in secrets {
        text = text.replace(secret, "***");
    }
    let words: Vec<String> = text.split_whitespace().map(clean_word).collect();
    words.join(" ")
}

fn clean_word(word: &str) -> String {
    if let Some(at) = word.find("/bot").filter(|&i| word[i + 4..].contains(':')) {
        let rest = &word[at + 4..];
        let end = rest.find('/').unwrap_or(rest.len());
        return format!("{}/bot***{}", clean_word(&word[..at]), &rest[end..]);
    }
    match word.find('@') {
        // A channel's public name (`@sovhttdl`) has nothing before the sign.
        Some(i) if i > 0 && i + 1 < word.len() => "***".to_owned(),
        Some(_) | None => word.to_owned(),
    }
}

/// How certain a server error is, for far sides without an idempotency key. `own` is true if the answer has the platform's
/// own form: then the platform itself says it did not do it. 502 and 504 come from a gateway that may have passed the
/// request on, 408 from a wait for something already begun; a bare 500 may come from anywhere; 503 is said by who does not
/// serve now (RFC 9110 §15.6.4).
pub fn server_error_is_certain(status: u16, own: bool) -> bool {
    match status {
        408 | 502 | 504 => false,
        503 => true,
        _ => own,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(s: &str) -> DateTime<Utc> {
        DateTime::parse_from_rfc3339(s).unwrap().with_timezone(&Utc)
    }

    #[test]
    fn retry_after_reads_seconds_and_dates() {
        let now = at("2026-11-30T01:00:00Z");
        for (value, secs) in [
            ("120", Some(120)),
            (" 0 ", Some(0)),
            ("99999999999999999999999", Some(86_400)),
            ("Mon, 30 Nov 2026 01:02:00 GMT", Some(120)),
            ("Mon, 30 Nov 2026 00:00:00 GMT", Some(0)),
            ("soon", None),
            ("-5", None),
            ("1.5", None),
            ("", None),
        ] {
            assert_eq!(retry_after(value, now), secs.map(Duration::from_secs), "{value:?}");
        }
    }

    #[test]
    fn nothing_secret_is_kept() {
        let token = "12345:AbC-def";
        let said = format!(
            "no https://api.telegram.org/bot{token}/getMe nor /bot99:zz/x for nguyen@example.vn or \
             https://u:p@h/x; @sovhttdl may stay"
        );
        let kept = clean(&said, &[token]);
        for gone in [token, "99:zz", "nguyen", "u:p"] {
            assert!(!kept.contains(gone), "{gone} in {kept}");
        }
        assert!(kept.contains("@sovhttdl") && kept.contains("/bot***/getMe"), "{kept}");
    }

    #[test]
    fn a_place_is_host_only() {
        let u = reqwest::Url::parse("https://u:p@hooks.example.vn:8443/secret?k=v").unwrap();
        assert_eq!(place(&u), "https://hooks.example.vn:8443");
    }

    #[tokio::test]
    async fn refused_and_unknown_hosts_are_not_sent() {
        let http = Http::new(Duration::from_secs(5), Reachable::Any).unwrap();
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        for url in
            [format!("http://127.0.0.1:{free}/bot1:secret/x"), "http://nowhere.invalid/bot1:secret/x".into()]
        {
            let e = http.call(http.client().post(&url).body("x")).await.unwrap_err();
            assert!(matches!(e, Failure::NotSent { .. }), "{e:?}");
            assert!(!format!("{e:?}").contains("secret"), "{e:?}");
        }
        let e = http.call(http.client().get("no-url")).await.unwrap_err();
        assert!(matches!(e, Failure::NotSent { .. }), "{e:?}");
    }

    #[tokio::test]
    async fn a_server_that_hangs_up_is_ambiguous() {
        use tokio::io::AsyncReadExt as _;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/bot1:secret/x", listener.local_addr().unwrap());
        let serve = async {
            let (mut s, _) = listener.accept().await.unwrap();
            let mut buf = [0u8; 64];
            let _ = s.read(&mut buf).await.unwrap();
        };
        let http = Http::new(Duration::from_secs(5), Reachable::Any).unwrap();
        let (answer, ()) = tokio::join!(http.call(http.client().post(&url).body("x")), serve);
        let e = answer.unwrap_err();
        assert!(matches!(e, Failure::Ambiguous { silent: false, .. }), "{e:?}");
        assert!(!format!("{e:?}").contains("secret"), "{e:?}");
    }

    #[tokio::test]
    async fn a_server_that_is_silent_gave_no_answer() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/x", listener.local_addr().unwrap());
        let http = Http::new(Duration::from_millis(300), Reachable::Any).unwrap();
        let e = http.call(http.client().post(&url).body("x")).await.unwrap_err();
        assert!(matches!(e, Failure::Ambiguous { silent: true, .. }), "{e:?}");
        assert_eq!(
            (e.cause().code.as_str(), e.harmless().cause().unwrap().code.as_str()),
            ("no_answer", "no_answer")
        );
        drop(listener);
    }

    #[tokio::test]
    async fn a_private_host_is_refused_before_it_is_connected_to() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://localhost:{}/", listener.local_addr().unwrap().port());
        let http = Http::new(Duration::from_secs(5), Reachable::Public).unwrap();
        assert_eq!(http.call(http.client().get(&url)).await.unwrap_err(), Failure::Forbidden);
    }

    #[test]
    fn server_errors() {
        for (status, own, certain) in [
            (500, true, true),
            (500, false, false),
            (502, true, false),
            (503, false, true),
            (504, true, false),
            (408, true, false),
        ] {
            assert_eq!(server_error_is_certain(status, own), certain, "{status} {own}");
        }
    }
}
