//! Opens a page that somebody named (a webmaster's link), within limits: http and https only, at most five redirects, the first
//! three megabytes, no address of a private network unless the office says so. It reads and never posts; it sends no cookie and
//! no credential, and no user name or password that stands in a URL.

use std::net::IpAddr;
use std::time::Duration;

use reqwest::Url;
use reqwest::header::{ACCEPT, LOCATION};

use super::{Failure, Http, Reachable, is_public};

/// Longest part of a page that is read, in bytes.
pub const MAX_PAGE: usize = 3 << 20;
/// Most redirects followed.
pub const MAX_REDIRECTS: usize = 5;
/// Longest time of one request.
const PATIENCE: Duration = Duration::from_secs(20);

/// Opens pages.
#[derive(Clone, Debug)]
pub struct Pages {
    http: Http,
    allow_private: bool,
}

/// A page as it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// HTTP status of the last answer.
    pub status: u16,
    /// Where it was found in the end.
    pub url: Url,
    /// Its media type, lower-case, without parameters; empty if the server named none.
    pub media: String,
    /// Its text, at most [`MAX_PAGE`] bytes of it; bytes that are no UTF-8 are replaced.
    pub text: String,
}

/// Why there is no page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PageFault {
    /// No http or https address.
    BadUrl,
    /// An address of a private network.
    Private,
    /// More than [`MAX_REDIRECTS`].
    TooManyRedirects,
    /// No answer: why, without the URL.
    NoAnswer(String),
}

impl Pages {
    /// Pages of the public Internet; with `allow_private`, those of the office's own network too.
    ///
    /// # Errors
    /// A sentence if TLS cannot be set up.
    pub fn new(allow_private: bool) -> Result<Self, String> {
        let reachable = if allow_private { Reachable::Any } else { Reachable::Public };
        Ok(Self { http: Http::new(PATIENCE, reachable)?, allow_private })
    }

    /// Pages of a rehearsal: whatever name is asked for leads to `place`, and nothing leaves the machine. Only addresses without a
    /// port, over http, are found there.
    ///
    /// # Errors
    /// A sentence if TLS cannot be set up.
    pub fn rehearsal(place: std::net::SocketAddr) -> Result<Self, String> {
        Ok(Self { http: Http::leading_to(PATIENCE, place)?, allow_private: false })
    }

    /// Reads an address as this door takes it: http or https, with a host, without a login.
    pub fn url(typed: &str) -> Option<Url> {
        let u = Url::parse(typed.trim()).ok()?;
        let plain = u.username().is_empty() && u.password().is_none();
        (matches!(u.scheme(), "http" | "https") && u.host_str().is_some_and(|h| !h.is_empty()) && plain)
            .then_some(u)
    }

    /// Opens a page.
    ///
    /// # Errors
    /// [`PageFault`].
    pub async fn open(&self, url: &str) -> Result<Page, PageFault> {
        let mut url = Self::url(url).ok_or(PageFault::BadUrl)?;
        for _ in 0..=MAX_REDIRECTS {
            // The client resolves names itself and drops private answers; an address written out is not resolved.
            let literal = url.host_str().and_then(|h| h.trim_matches(['[', ']']).parse::<IpAddr>().ok());
            if !self.allow_private && literal.is_some_and(|ip| !is_public(ip)) {
                return Err(PageFault::Private);
            }
            let request =
                self.http.client().get(url.clone()).header(ACCEPT, "text/html, application/xhtml+xml");
            let answer = match self.http.call_within(request, MAX_PAGE).await {
                Ok(a) => a,
                Err(Failure::Forbidden) => return Err(PageFault::Private),
                Err(Failure::NotSent { detail } | Failure::Ambiguous { detail }) => {
                    return Err(PageFault::NoAnswer(detail));
                }
            };
            let to = answer.headers.get(LOCATION).and_then(|v| v.to_str().ok());
            if let (301 | 302 | 303 | 307 | 308, Some(to)) = (answer.status, to) {
                url = url.join(to).ok().and_then(|u| Self::url(u.as_str())).ok_or(PageFault::BadUrl)?;
                continue;
            }
            let media = answer.headers.get("content-type").and_then(|v| v.to_str().ok()).unwrap_or_default();
            let media = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
            let text = String::from_utf8_lossy(&answer.body).into_owned();
            return Ok(Page { status: answer.status, url, media, text });
        }
        Err(PageFault::TooManyRedirects)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_addresses() {
        for bad in [
            "",
            "phuonglechan.example/bai",
            "ftp://x.example/",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "data:text/html,x",
            "https://",
            "http://u:p@x.example/",
            "https://u@x.example/",
        ] {
            assert!(Pages::url(bad).is_none(), "{bad}");
        }
        assert_eq!(
            Pages::url(" https://lechan.example/bai?id=3 ").unwrap().as_str(),
            "https://lechan.example/bai?id=3"
        );
    }

    #[tokio::test]
    async fn private_addresses_are_not_opened_in_any_spelling() {
        let pages = Pages::new(false).unwrap();
        for url in [
            "http://127.0.0.1:9/",
            "http://[::1]:9/",
            "http://2130706433:9/",
            "http://0x7f.1:9/",
            "http://localhost:9/",
            "http://169.254.169.254/latest/meta-data",
            "http://[::ffff:10.0.0.1]/",
            "http://0/",
        ] {
            assert_eq!(pages.open(url).await, Err(PageFault::Private), "{url}");
        }
    }
}
