//! The page behind the link in each message, and the one-click endpoint that mail providers post to (RFC 8058).
//!
//! `GET` shows and never changes anything: link scanners open links. `POST` records and answers 200, every time the same,
//! whether the person was known or not. No cookie, no redirect, no script, nothing from elsewhere; nothing personal and no token
//! in the log.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Path, RawQuery, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;

use crate::config::Settings;
use crate::domain::port::Clock;
use crate::domain::text::Lang;
use crate::domain::unit::Family;
use crate::kit::AssetStore;
use crate::people::{Leave, OptOutLink};
use crate::render::{OptOutView, Templates};
use crate::store::{Store, StoreError};

/// Largest body: what is expected has 26 bytes.
const MAX_BODY: usize = 16 * 1024;
/// Longest time a body may take.
const MAX_TIME: Duration = Duration::from_secs(10);

/// Headers of every answer. `unsafe-inline` is for the page's own style sheet; scripts, pictures and frames are not allowed.
const HEADERS: [(HeaderName, &str); 7] = [
    (header::CACHE_CONTROL, "no-store"),
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("x-robots-tag"), "noindex, nofollow"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
];

struct Public {
    store: Store,
    clock: Arc<dyn Clock>,
    settings: Arc<Settings>,
    templates: Arc<Templates>,
}

/// The router of the public listener: `GET` and `POST /o/{token}`, `GET /p/{picture}`; all else is 404.
pub fn public(
    store: Store,
    clock: Arc<dyn Clock>,
    settings: Arc<Settings>,
    templates: Arc<Templates>,
    assets: AssetStore,
) -> Router {
    Router::new()
        .route("/o/{token}", get(show).post(leave))
        .fallback(|| async { (StatusCode::NOT_FOUND, "404\n") })
        .with_state(Arc::new(Public { store, clock, settings, templates }))
        .merge(super::pictures::pictures(assets))
        .layer(axum::middleware::map_response(|mut r: Response| async {
            for (name, value) in HEADERS {
                r.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
            }
            r
        }))
}

/// A page of `templates/opt-out/`.
#[derive(Clone, Copy)]
enum Page {
    Ask,
    Done,
    Invalid,
}

/// What was asked besides the link.
type Fields = Vec<(String, String)>;

async fn show(
    State(p): State<Arc<Public>>,
    Path(token): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let lang = p.lang(query.as_deref());
    let Some(link) = OptOutLink::read(&p.store, &token) else {
        return p.page(Page::Invalid, None, None, lang, StatusCode::NOT_FOUND).await;
    };
    p.page(Page::Ask, Some(&link), link.list(), lang, StatusCode::OK).await
}

async fn leave(
    State(p): State<Arc<Public>>,
    Path(token): Path<String>,
    RawQuery(query): RawQuery,
    request: Request,
) -> Response {
    let lang = p.lang(query.as_deref());
    let Some(link) = OptOutLink::read(&p.store, &token) else {
        return p.page(Page::Invalid, None, None, lang, StatusCode::NOT_FOUND).await;
    };
    let kind = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok())
        .unwrap_or_default()
        .to_owned();
    let body = match tokio::time::timeout(MAX_TIME, to_bytes(request.into_body(), MAX_BODY)).await {
        Ok(Ok(b)) => b,
        Ok(Err(_)) => return (StatusCode::PAYLOAD_TOO_LARGE, "413\n").into_response(),
        Err(_) => return (StatusCode::REQUEST_TIMEOUT, "408\n").into_response(),
    };
    let Some(what) = wish(&kind, &body) else {
        // Not the button, not a provider: show what the button would do, and say that this was no answer.
        return p.page(Page::Ask, Some(&link), link.list(), lang, StatusCode::BAD_REQUEST).await;
    };
    if let Err(e) = link.leave(&p.store, what, p.clock.now()).await {
        return busy(&e);
    }
    metrics::counter!("loa_opt_out_requests_total", "family" => link.family().as_str()).increment(1);
    let list = match what {
        Leave::List => link.list(),
        Leave::Everything => None,
    };
    p.page(Page::Done, Some(&link), list, lang, StatusCode::OK).await
}

/// Nothing was recorded, and the answer says so: a provider tries again.
fn busy(e: &StoreError) -> Response {
    tracing::error!(error = %e, "an opt-out could not be recorded");
    let says = "Máy đang bận nên chưa ghi nhận được. Xin thử lại sau ít phút.\n\
                The server is busy; your choice is not recorded yet. Please try again in a few minutes.\n";
    (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "300")], says).into_response()
}

impl Public {
    /// `?lang=` decides, else the office's language.
    fn lang(&self, query: Option<&str>) -> Lang {
        let wanted = form_urlencoded::parse(query.unwrap_or_default().as_bytes()).find(|(k, _)| k == "lang");
        match wanted.as_ref().map(|(_, v)| v.as_ref()) {
            Some("en") => Lang::En,
            Some("vi") => Lang::Vi,
            Some(_) | None => self.settings.language,
        }
    }

    async fn page(
        &self,
        page: Page,
        link: Option<&OptOutLink>,
        list: Option<&str>,
        lang: Lang,
        status: StatusCode,
    ) -> Response {
        let view = match self.view(page, link, list, lang).await {
            Ok(v) => v,
            Err(e) => {
                tracing::error!(error = %e, "an opt-out page could not be filled in");
                return (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "300")], "503\n")
                    .into_response();
            }
        };
        let name = match page {
            Page::Ask => "opt-out/ask.html",
            Page::Done => "opt-out/done.html",
            Page::Invalid => "opt-out/invalid.html",
        };
        let html = self.templates.render(name, &view).unwrap_or_else(|f| {
            // The office's own template fails on this page. The choice is recorded all the same: say so in plain words.
            tracing::error!(fault = %f.message(Lang::En), "an opt-out page cannot be printed");
            let says = match (page, lang) {
                (Page::Ask, Lang::Vi) => {
                    "<form method=\"post\"><button name=\"all\" value=\"1\">Thôi nhận</button></form>"
                }
                (Page::Ask, Lang::En) => {
                    "<form method=\"post\"><button name=\"all\" value=\"1\">Stop</button></form>"
                }
                (Page::Done, Lang::Vi) => "Đã ghi nhận.",
                (Page::Done, Lang::En) => "Your choice is recorded.",
                (Page::Invalid, Lang::Vi) => "Đường link không dùng được.",
                (Page::Invalid, Lang::En) => "This link does not work.",
            };
            format!("<!DOCTYPE html><meta charset=\"utf-8\"><p>{says}</p>")
        });
        (status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], Body::from(html)).into_response()
    }

    async fn view(
        &self,
        page: Page,
        link: Option<&OptOutLink>,
        list: Option<&str>,
        lang: Lang,
    ) -> Result<OptOutView, StoreError> {
        let unit = self.settings.organisation.as_str();
        let organisation = self.store.unit_name(unit).await?.unwrap_or_else(|| unit.to_owned());
        let list = match list {
            Some(id) => Some(self.store.list_title(id).await?.unwrap_or_else(|| id.to_owned())),
            None => None,
        };
        let what = what(link.map_or(Family::Email, OptOutLink::family), lang).to_owned();
        // A button whose effect could not be undone by "back" needs no switch of language after it.
        let switch = match page {
            Page::Ask | Page::Invalid => Some(lang.pick("?lang=en", "?lang=vi").to_owned()),
            Page::Done => None,
        };
        Ok(OptOutView {
            organisation,
            en: lang == Lang::En,
            what,
            list,
            action: lang.pick("?lang=vi", "?lang=en").to_owned(),
            switch,
            phone: self.settings.duty_phone.clone(),
        })
    }
}

/// What a person calls what comes by a family.
fn what(family: Family, lang: Lang) -> &'static str {
    match family {
        Family::Zalo => lang.pick("tin nhắn Zalo", "Zalo messages"),
        Family::Telegram => lang.pick("tin nhắn Telegram", "Telegram messages"),
        Family::Email
        | Family::Website
        | Family::Social
        | Family::Station
        | Family::Press
        | Family::Offline => lang.pick("thư", "mails"),
    }
}

/// Reads the body: a provider's `List-Unsubscribe=One-Click` or one of the page's buttons. `None`: neither.
fn wish(content_type: &str, body: &[u8]) -> Option<Leave> {
    let fields = match boundary(content_type) {
        Some(b) => multipart(&b, body),
        None => form_urlencoded::parse(body).into_owned().collect(),
    };
    let has = |key: &str, value: &str| {
        fields.iter().any(|(k, v)| k.trim().eq_ignore_ascii_case(key) && v.trim().eq_ignore_ascii_case(value))
    };
    if has("all", "1") {
        Some(Leave::Everything)
    } else if has("leave", "list") || has("List-Unsubscribe", "One-Click") {
        Some(Leave::List)
    } else {
        None
    }
}

/// The boundary of `multipart/form-data` (RFC 7578).
fn boundary(content_type: &str) -> Option<String> {
    let (kind, parameters) = content_type.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    parameters.split(';').find_map(|p| {
        let (key, value) = p.split_once('=')?;
        let value = value.trim().trim_matches('"');
        (key.trim().eq_ignore_ascii_case("boundary") && (1..=70).contains(&value.len()))
            .then(|| value.to_owned())
    })
}

/// Name and value of each part; what is not such a part is left out.
fn multipart(boundary: &str, body: &[u8]) -> Fields {
    let text = String::from_utf8_lossy(body);
    let line = format!("--{boundary}");
    text.split(line.as_str())
        .filter_map(|part| {
            let (head, value) = part.split_once("\r\n\r\n")?;
            let disposition = head
                .lines()
                .find(|l| l.get(..20).is_some_and(|k| k.eq_ignore_ascii_case("content-disposition:")))?;
            let (_, rest) = disposition.split_once("name=")?;
            let name = rest.split(';').next()?.trim().trim_matches('"');
            Some((name.to_owned(), value.strip_suffix("\r\n").unwrap_or(value).to_owned()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORM: &str = "application/x-www-form-urlencoded";

    #[test]
    fn providers_and_buttons_are_understood() {
        for (kind, body, want) in [
            (FORM, "List-Unsubscribe=One-Click", Some(Leave::List)),
            (FORM, "list-unsubscribe=one-click\r\n", Some(Leave::List)),
            (FORM, "a=b&List-Unsubscribe=One%2DClick", Some(Leave::List)),
            ("", "List-Unsubscribe=One-Click", Some(Leave::List)),
            (FORM, "leave=list", Some(Leave::List)),
            (FORM, "all=1", Some(Leave::Everything)),
            (FORM, "all=1&leave=list", Some(Leave::Everything)),
            (FORM, "", None),
            (FORM, "all=0", None),
            (FORM, "all", None),
            (FORM, "List-Unsubscribe=", None),
            (FORM, "x=List-Unsubscribe%3DOne-Click", None),
            (FORM, "%ff%fe=%00", None),
        ] {
            assert_eq!(wish(kind, body.as_bytes()), want, "{body}");
        }
    }

    #[test]
    fn multipart_is_understood() {
        let body = "--AbC\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--AbC--\r\n";
        for kind in
            ["multipart/form-data; boundary=AbC", "Multipart/Form-Data; charset=utf-8; Boundary=\"AbC\""]
        {
            assert_eq!(wish(kind, body.as_bytes()), Some(Leave::List), "{kind}");
        }
        for (kind, body) in [
            ("multipart/form-data; boundary=other", body),
            ("multipart/form-data", body),
            ("multipart/form-data; boundary=", body),
            ("multipart/mixed; boundary=AbC", body),
            (
                "multipart/form-data; boundary=AbC",
                "--AbC\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\nList-Unsubscribe=One-Click\r\n--AbC--",
            ),
            ("multipart/form-data; boundary=AbC", "--AbC"),
            ("multipart/form-data; boundary=AbC", "--AbC\r\n\r\n\r\n--AbC--"),
        ] {
            assert_eq!(wish(kind, body.as_bytes()), None, "{kind}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_body_breaks_it(kind in "(multipart/form-data; boundary=[a-c-]{0,4}|[ -~]{0,40})", body: Vec<u8>, text in "[a-c=&%\r\n-]{0,80}") {
            let _ = wish(&kind, &body);
            let _ = wish(&kind, text.as_bytes());
        }
    }
}
