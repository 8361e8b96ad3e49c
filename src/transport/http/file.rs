//! Fetches a file that somebody named (an original of the media kit), within limits: http and https only, at most five
//! redirects, each looked at again, no address of a private network unless that very host is allowed, a limit of bytes, of
//! silence and of time. It asks whether the file has changed, and goes on where an earlier fetch broke off. It sends no
//! cookie and no credential.

use std::net::IpAddr;
use std::time::Duration;

use reqwest::header::{
    ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderMap,
    IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, LAST_MODIFIED, LOCATION, RANGE,
};
use reqwest::{Response, Url};
use tokio::time::{Instant, timeout};

use super::{Failure, Http, MAX_REDIRECTS, Pages, Reachable, failure, is_public, place};

/// How far a fetch may go.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Most bytes.
    pub bytes: u64,
    /// Longest time without a byte.
    pub stall: Duration,
    /// Longest time altogether.
    pub total: Duration,
}

/// Fetches files.
#[derive(Clone, Debug)]
pub struct Files {
    public: Http,
    any: Http,
    allowed: Vec<String>,
    limits: Limits,
}

/// What is asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ask<'a> {
    /// The file's address.
    pub url: &'a str,
    /// `ETag` of what is there already.
    pub etag: Option<&'a str>,
    /// `Last-Modified` of what is there already.
    pub modified: Option<&'a str>,
    /// Bytes of an earlier fetch that broke off, and what says that they are of the same file: a strong `ETag`, or a date.
    pub resume: Option<(u64, &'a str)>,
}

/// Where the bytes go.
pub trait Sink {
    /// Bytes from `offset` on follow; what lies behind it, and all of an earlier fetch if it is 0, is void. `validator` is what an
    /// `If-Range` may name later.
    ///
    /// # Errors
    /// The disk.
    fn begin(&mut self, offset: u64, validator: Option<&str>) -> std::io::Result<()>;
    /// More bytes.
    ///
    /// # Errors
    /// The disk.
    fn more(&mut self, bytes: &[u8]) -> std::io::Result<()>;
}

/// What came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Got {
    /// Nothing new (304).
    Unchanged,
    /// The whole file is in the sink now.
    Whole {
        /// `ETag`, if the server gave one.
        etag: Option<String>,
        /// `Last-Modified`, if the server gave one.
        modified: Option<String>,
        /// The media type the server says, lower-case, without parameters; empty if none.
        media: String,
        /// True if an earlier fetch was gone on with.
        resumed: bool,
    },
}

/// Why there is no file.
#[derive(Debug)]
pub enum FileFault {
    /// No http or https address, or one with a login.
    BadUrl,
    /// An address of a private network: of which host.
    Private(String),
    /// More than [`MAX_REDIRECTS`].
    TooManyRedirects,
    /// A redirect from https to http.
    Unsafe,
    /// Another status than a file has.
    Status(u16),
    /// No connection, or no answer: why, without the URL.
    NoAnswer(String),
    /// The connection broke; what came is kept: how much.
    Broke(u64),
    /// Nothing for [`Limits::stall`], with so many bytes here.
    Stalled(u64),
    /// Longer than [`Limits::total`], with so many bytes here.
    TooSlow(u64),
    /// More than [`Limits::bytes`].
    TooLarge(u64),
    /// It answers with another part than was asked for, or packs the file in a way that was not asked for.
    Confused,
    /// The disk.
    Disk(std::io::Error),
}

impl Files {
    /// Fetches of the public Internet, and of the hosts in `allowed` (`host` or `host:port`) wherever they are.
    ///
    /// # Errors
    /// A sentence if TLS cannot be set up.
    pub fn new(allowed: &[String], limits: Limits) -> Result<Self, String> {
        Ok(Self {
            public: Http::plain(limits.total, Reachable::Public)?,
            any: Http::plain(limits.total, Reachable::Any)?,
            allowed: allowed.iter().map(|h| h.to_ascii_lowercase()).collect(),
            limits,
        })
    }

    /// Fetches a file.
    ///
    /// # Errors
    /// [`FileFault`]. What came before is in the sink.
    pub async fn fetch(&self, ask: &Ask<'_>, sink: &mut impl Sink) -> Result<Got, FileFault> {
        let end = Instant::now() + self.limits.total;
        let (mut response, resumed) = match self.answer(ask, ask.resume, end).await? {
            // What was begun is no part of what is there now, or nothing says that it is: from the start. Not every server that
            // knows ranges knows `If-Range`.
            (r, Some((from, of)))
                if r.status() == 416 || r.status() == 206 && rest(r.headers(), from, of).is_none() =>
            {
                self.answer(ask, None, end).await?
            }
            other => other,
        };
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let text = |n| headers.get(n).and_then(|v| v.to_str().ok()).map(str::to_owned);
        let (offset, total) = match (status, resumed) {
            (304, _) => return Ok(Got::Unchanged),
            (200, _) => (0, None),
            (206, Some((from, of))) => (from, rest(&headers, from, of)),
            (206, None) => return Err(FileFault::Confused),
            (other, _) => return Err(FileFault::Status(other)),
        };
        if headers.get(CONTENT_ENCODING).is_some_and(|v| v != "identity") {
            return Err(FileFault::Confused);
        }
        let length: Option<u64> = text(CONTENT_LENGTH).and_then(|l| l.parse().ok());
        let said = total.or(length.map(|l| l.saturating_add(offset)));
        if said.is_some_and(|n| n > self.limits.bytes) {
            return Err(FileFault::TooLarge(self.limits.bytes));
        }
        let (etag, modified) = (text(ETAG), text(LAST_MODIFIED));
        let strong = etag.as_deref().filter(|e| e.starts_with('"'));
        sink.begin(offset, strong.or(modified.as_deref())).map_err(FileFault::Disk)?;
        let mut here = offset;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let chunk = match timeout(self.limits.stall.min(left), response.chunk()).await {
                Ok(Ok(Some(chunk))) => chunk,
                Ok(Ok(None)) => break,
                _ if Instant::now() >= end => return Err(FileFault::TooSlow(here)),
                Ok(Err(_)) => return Err(FileFault::Broke(here)),
                Err(_) => return Err(FileFault::Stalled(here)),
            };
            here += chunk.len() as u64;
            if here > self.limits.bytes {
                return Err(FileFault::TooLarge(self.limits.bytes));
            }
            sink.more(&chunk).map_err(FileFault::Disk)?;
        }
        // A part may be shorter than its range says, and end well all the same.
        match total {
            Some(total) if here < total => return Err(FileFault::Broke(here)),
            Some(total) if here > total => return Err(FileFault::Confused),
            _ => {}
        }
        let media = text(CONTENT_TYPE).unwrap_or_default();
        let media = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        Ok(Got::Whole { etag, modified, media, resumed: offset > 0 })
    }

    /// Follows an address to its last answer.
    async fn answer<'r>(
        &self,
        ask: &Ask<'_>,
        resume: Option<(u64, &'r str)>,
        end: Instant,
    ) -> Result<(Response, Option<(u64, &'r str)>), FileFault> {
        let mut url = Pages::url(ask.url).ok_or(FileFault::BadUrl)?;
        for _ in 0..=MAX_REDIRECTS {
            let http = self.way(&url)?;
            let mut request = http.client().get(url.clone()).header(ACCEPT_ENCODING, "identity");
            if let Some((from, validator)) = resume {
                request = request.header(RANGE, format!("bytes={from}-")).header(IF_RANGE, validator);
            } else if let Some(etag) = ask.etag {
                request = request.header(IF_NONE_MATCH, etag);
            } else if let Some(modified) = ask.modified {
                request = request.header(IF_MODIFIED_SINCE, modified);
            }
            let left = end.saturating_duration_since(Instant::now());
            let answer = match timeout(self.limits.stall.min(left), request.send()).await {
                Ok(Ok(r)) => r,
                Ok(Err(e)) => {
                    return Err(match failure(e) {
                        Failure::Forbidden => FileFault::Private(place(&url)),
                        Failure::NotSent { detail } | Failure::Ambiguous { detail, .. } => {
                            FileFault::NoAnswer(detail)
                        }
                    });
                }
                Err(_) => return Err(FileFault::Stalled(0)),
            };
            let to = answer.headers().get(LOCATION).and_then(|v| v.to_str().ok());
            if let (301 | 302 | 303 | 307 | 308, Some(to)) = (answer.status().as_u16(), to) {
                let next = url.join(to).ok().and_then(|u| Pages::url(u.as_str())).ok_or(FileFault::BadUrl)?;
                if url.scheme() == "https" && next.scheme() == "http" {
                    return Err(FileFault::Unsafe);
                }
                url = next;
                continue;
            }
            return Ok((answer, resume));
        }
        Err(FileFault::TooManyRedirects)
    }

    /// The client for an address: one that resolves names itself and drops private answers, unless this host is allowed. An
    /// address written out is not resolved, so it is looked at here.
    fn way(&self, url: &Url) -> Result<&Http, FileFault> {
        let host = url.host_str().unwrap_or_default().to_ascii_lowercase();
        if Pages::is_named(&self.allowed, url) {
            return Ok(&self.any);
        }
        let literal: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
        if literal.is_some_and(|ip| !is_public(ip)) {
            return Err(FileFault::Private(place(url)));
        }
        Ok(&self.public)
    }
}

/// Length of the whole file, if an answer is all that is left of it behind `from` (`Content-Range: bytes 5-9/10`), and of the very
/// file that was begun: by the validator it came with then.
fn rest(headers: &HeaderMap, from: u64, validator: &str) -> Option<u64> {
    let text = |n| headers.get(n).and_then(|v| v.to_str().ok());
    let of = if validator.starts_with('"') { ETAG } else { LAST_MODIFIED };
    let (span, whole) = text(CONTENT_RANGE)?.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = span.split_once('-')?;
    let n = |s: &str| s.trim().parse::<u64>().ok();
    let whole = n(whole)?;
    (text(of) == Some(validator) && n(first)? == from && n(last)?.checked_add(1)? == whole).then_some(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Nowhere;
    impl Sink for Nowhere {
        fn begin(&mut self, _: u64, _: Option<&str>) -> std::io::Result<()> {
            Ok(())
        }
        fn more(&mut self, _: &[u8]) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn files(allowed: &[&str]) -> Files {
        let allowed: Vec<String> = allowed.iter().map(|a| (*a).to_owned()).collect();
        let limits = Limits { bytes: 1000, stall: Duration::from_secs(5), total: Duration::from_secs(20) };
        Files::new(&allowed, limits).unwrap()
    }

    #[tokio::test]
    async fn private_addresses_are_refused_in_any_spelling() {
        for url in [
            "http://127.0.0.1:9/a.png",
            "http://[::1]:9/a.png",
            "http://2130706433:9/a.png",
            "http://localhost:9/a.png",
            "http://169.254.169.254/a.png",
            "http://[::ffff:10.0.0.1]/a.png",
        ] {
            let ask = Ask { url, ..Ask::default() };
            // Another host, or another port, is allowed: not this one.
            let got = files(&["127.0.0.1:10", "intranet"]).fetch(&ask, &mut Nowhere).await;
            assert!(matches!(got, Err(FileFault::Private(_))), "{url}: {got:?}");
        }
        for url in ["ftp://a.example/b.png", "http://u:p@a.example/b.png", "file:///etc/passwd", "b.png"] {
            let ask = Ask { url, ..Ask::default() };
            assert!(matches!(files(&[]).fetch(&ask, &mut Nowhere).await, Err(FileFault::BadUrl)), "{url}");
        }
    }

    #[test]
    fn a_part_says_where_it_begins_where_it_ends_and_of_what_it_is() {
        let (etag, date) = ("\"a\"", "Thu, 26 Nov 2026 08:00:00 GMT");
        let head = |range: &str, more: &[(&'static str, &str)]| {
            let more = more.iter().map(|(n, v)| (n.parse().unwrap(), v.parse().unwrap()));
            HeaderMap::from_iter(more.chain([(CONTENT_RANGE, range.parse().unwrap())]))
        };
        let same = [("etag", etag), ("last-modified", date)];
        assert_eq!(rest(&head("bytes 5-9/10", &same), 5, etag), Some(10));
        assert_eq!(rest(&head("bytes 5-9/10", &same[1..]), 5, date), Some(10));
        // One that is cut short by who passes it on is not the rest; nor is one of which nobody knows how much it is.
        for bad in [
            "bytes 4-9/10",
            "bytes 5-9/100",
            "bytes 5-9/*",
            "bytes 5-9",
            "bytes 5-9/x",
            "bytes */10",
            "bytes 5-18446744073709551615/10",
            "items 5-9/10",
            "5-9/10",
        ] {
            assert_eq!(rest(&head(bad, &same), 5, etag), None, "{bad}");
        }
        // Another file, or one that says nothing of itself.
        for other in [&[("etag", "\"b\"")][..], &[("etag", "W/\"a\"")], &[("last-modified", date)], &[]] {
            assert_eq!(rest(&head("bytes 5-9/10", other), 5, etag), None, "{other:?}");
        }
        for other in [&[("last-modified", "Thu, 26 Nov 2026 08:00:01 GMT")][..], &[("etag", etag)], &[]] {
            assert_eq!(rest(&head("bytes 5-9/10", other), 5, date), None, "{other:?}");
        }
    }
}
