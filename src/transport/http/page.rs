//! Opens a page that somebody named (a webmaster's link) and the pictures on it, within limits: http and https only, at most five
//! redirects, the first three megabytes, no address of a private network unless the office says so. It reads and never posts; it
//! sends no cookie and no credential, and no user name or password that stands in a URL.

use std::net::IpAddr;
use std::time::Duration;

use reqwest::Url;
use reqwest::header::{ACCEPT, LOCATION};

use super::{Answer, Failure, Http, Reachable, is_public, place};

/// Longest part of a page that is read, in bytes.
pub const MAX_PAGE: usize = 3 << 20;
/// Longest part of a picture that is read, in bytes: what says of which type and size it is stands at its beginning.
const MAX_PICTURE: usize = 256 << 10;
/// Most redirects followed.
pub const MAX_REDIRECTS: usize = 5;
/// Longest time of one request.
const PATIENCE: Duration = Duration::from_secs(20);

/// Opens pages.
#[derive(Clone, Debug)]
pub struct Pages {
    http: Http,
    allow_private: bool,
    /// If not empty: the hosts (`host`, `host:port`) on which every step stays.
    only: Vec<String>,
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
    /// False if the text broke off (the server was too slow, or hung up) or is longer than [`MAX_PAGE`].
    pub complete: bool,
}

/// What a server answered to the address of a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// HTTP status of the last answer.
    pub status: u16,
    /// Its beginning.
    pub head: Vec<u8>,
}

/// Why there is no page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PageFault {
    /// No http or https address.
    BadUrl,
    /// An address of a private network: of which host.
    Private(String),
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
        Ok(Self { http: Http::new(PATIENCE, reachable)?, allow_private, only: vec![] })
    }

    /// The same, where every step stays on one of these hosts (`host` or `host:port`): what one of them points to elsewhere is not
    /// opened.
    #[must_use]
    pub fn only(mut self, hosts: &[String]) -> Self {
        self.only = hosts.to_vec();
        self
    }

    /// Pages of a rehearsal: whatever name is asked for leads to `place`, and nothing leaves the machine. Only addresses without a
    /// port, over http, are found there.
    ///
    /// # Errors
    /// A sentence if TLS cannot be set up.
    pub fn rehearsal(place: std::net::SocketAddr) -> Result<Self, String> {
        Ok(Self { http: Http::leading_to(PATIENCE, place)?, allow_private: false, only: vec![] })
    }

    /// Reads an address as this door takes it: http or https, with a host, without a login.
    pub fn url(typed: &str) -> Option<Url> {
        let u = Url::parse(typed.trim()).ok()?;
        let plain = u.username().is_empty() && u.password().is_none();
        (matches!(u.scheme(), "http" | "https") && u.host_str().is_some_and(|h| !h.is_empty()) && plain)
            .then_some(u)
    }

    /// An address as it may be kept: without the user name and password that somebody pasted with it.
    pub fn without_login(typed: &str) -> String {
        let typed = typed.trim();
        // As the standard reads it: `http:\\u:p@x` and `http:u:p@x` have a login, too.
        if let Ok(mut u) = Url::parse(typed)
            && !(u.username().is_empty() && u.password().is_none())
            && u.set_username("").is_ok()
            && u.set_password(None).is_ok()
        {
            return u.into();
        }
        // And what is no address: all before the last `@` that stands before a path.
        let begins = typed.find("://").map_or(0, |i| i + 3);
        let rest = &typed[begins..];
        let ends = rest.find(['/', '\\', '?', '#']).unwrap_or(rest.len());
        match rest[..ends].rfind('@') {
            Some(at) => format!("{}{}", &typed[..begins], &rest[at + 1..]),
            None => typed.to_owned(),
        }
    }

    /// True if an address leads to one of these hosts, each written as `host` or `host:port`.
    pub fn is_named(hosts: &[String], url: &Url) -> bool {
        let host = url.host_str().unwrap_or_default();
        let port = format!("{host}:{}", url.port_or_known_default().unwrap_or(0));
        hosts.iter().any(|h| h.eq_ignore_ascii_case(host) || h.eq_ignore_ascii_case(&port))
    }

    /// Opens a page.
    ///
    /// # Errors
    /// [`PageFault`].
    pub async fn open(&self, url: &str) -> Result<Page, PageFault> {
        let (url, answer) = self.get(url, "text/html, application/xhtml+xml", MAX_PAGE).await?;
        let media = answer.headers.get("content-type").and_then(|v| v.to_str().ok()).unwrap_or_default();
        let media = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        Ok(Page { status: answer.status, url, media, text, complete: answer.whole })
    }

    /// Opens the beginning of a picture, by the rules of a page.
    ///
    /// # Errors
    /// [`PageFault`].
    pub async fn picture(&self, url: &str) -> Result<Picture, PageFault> {
        let (_, answer) = self.get(url, "image/*", MAX_PICTURE).await?;
        Ok(Picture { status: answer.status, head: answer.body })
    }

    /// Follows an address to its last answer.
    async fn get(&self, url: &str, accept: &'static str, max: usize) -> Result<(Url, Answer), PageFault> {
        let mut url = Self::url(url).ok_or(PageFault::BadUrl)?;
        for _ in 0..=MAX_REDIRECTS {
            if !self.only.is_empty() && !Self::is_named(&self.only, &url) {
                return Err(PageFault::Private(place(&url)));
            }
            // The client resolves names itself and drops private answers; an address written out is not resolved.
            let literal = url.host_str().and_then(|h| h.trim_matches(['[', ']']).parse::<IpAddr>().ok());
            if !self.allow_private && literal.is_some_and(|ip| !is_public(ip)) {
                return Err(PageFault::Private(place(&url)));
            }
            let request = self.http.client().get(url.clone()).header(ACCEPT, accept);
            let answer = match self.http.call_within(request, max).await {
                Ok(a) => a,
                Err(Failure::Forbidden) => return Err(PageFault::Private(place(&url))),
                Err(Failure::NotSent { detail } | Failure::Ambiguous { detail, .. }) => {
                    return Err(PageFault::NoAnswer(detail));
                }
            };
            let to = answer.headers.get(LOCATION).and_then(|v| v.to_str().ok());
            if let (301 | 302 | 303 | 307 | 308, Some(to)) = (answer.status, to) {
                url = url.join(to).ok().and_then(|u| Self::url(u.as_str())).ok_or(PageFault::BadUrl)?;
                continue;
            }
            return Ok((url, answer));
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

    #[test]
    fn a_login_is_not_kept_with_an_address() {
        for (typed, kept) in [
            ("http://u:p@x.example/a?b=c@d", "http://x.example/a?b=c@d"),
            ("https://u@x.example", "https://x.example/"),
            (r"http:\\u:mat-khau@x.example\a", "http://x.example/a"),
            ("http:u:mat-khau@x.example/a", "http://x.example/a"),
            ("u:mat-khau@x.example/a", "x.example/a"),
            ("http://u:mat-khau@", "http://"),
            ("u:a@b@x.example/a@b", "x.example/a@b"),
            (" https://x.example/@kenh/bai ", "https://x.example/@kenh/bai"),
            ("x.example/bai", "x.example/bai"),
            ("", ""),
        ] {
            assert_eq!(Pages::without_login(typed), kept, "{typed}");
        }
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
            assert!(matches!(pages.open(url).await, Err(PageFault::Private(_))), "{url}");
            assert!(matches!(pages.picture(url).await, Err(PageFault::Private(_))), "{url}");
        }
    }
}
