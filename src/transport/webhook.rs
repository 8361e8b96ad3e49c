//! Standard Webhooks: a signed JSON notice of a post to one address the office was given.
//!
//! The id is the delivery's own key and the same on every try, so that a receiver that keeps ids recognises a repeat; only
//! where the office states so (`deduplicates`) is an uncertain end tried again. It never follows a redirect, and never
//! reaches into private networks unless told to.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Url;
use ring::hmac;
use serde_json::{Value, json};

use super::http::{
    Answer, Http, Keys, LONGEST_SEND, Reachable, Reader, clean, is_public, server_error_is_certain,
};
use super::{BadSetting, Build, Capabilities, Kind, Push, Repeat, Transport, WireFile};
use crate::domain::form::Form;
use crate::domain::message::{Outbound, Voice};
use crate::domain::outcome::{Cause, Fault, Outcome, Receipt, Scope};

/// The specification asks for payloads below 20 kB.
const MAX_BODY: usize = 20_000;

const KEYS: Keys = &[
    ("url", true, "where the notices go"),
    (
        "secret",
        true,
        "the shared secret, whsec_ and base64 of 24 to 64 bytes (secret_file keeps it out of loa.yaml)",
    ),
    ("deduplicates", false, "true if the receiver keeps webhook-id and ignores a repeat; default false"),
    ("allow_private", false, "true if the receiver is inside the office's own network; default false"),
    ("timeout", false, "longest time of one send in seconds, 1 to 100; default 20"),
];

/// The kind.
pub const KIND: Kind = Kind { name: FORM.kind, form: FORM, keys: KEYS, borrows: false, build };

/// A notice names the official files and their hashes, and carries none.
const FORM: Form = Form::new("webhook", Voice::Web);

fn build(b: Build) -> Result<Arc<dyn Transport>, BadSetting> {
    let bad = |key: &str, says: &str| BadSetting { key: key.into(), says: says.into() };
    let r = Reader::new(&b.settings, KEYS)?;
    let url = r.url("url", None)?;
    let secret = r.need("secret")?.strip_prefix("whsec_").and_then(|s| STANDARD.decode(s).ok());
    let secret = secret.filter(|s| (24..=64).contains(&s.len()));
    let secret =
        secret.ok_or_else(|| bad("secret", "must be whsec_ followed by base64 of 24 to 64 bytes"))?;
    let deduplicates = r.switch("deduplicates", false)?;
    let allow_private = r.switch("allow_private", false)?;
    let budget = r.seconds("timeout", 20, 1..=LONGEST_SEND)?;
    // An address written as such meets no resolver: it is judged here.
    let literal = url.host_str().and_then(|h| h.trim_matches(['[', ']']).parse::<IpAddr>().ok());
    if !allow_private && literal.is_some_and(|ip| !is_public(ip)) {
        return Err(bad(
            "url",
            "is a private address; set allow_private: true if the receiver is in your own network",
        ));
    }
    let reachable = if allow_private { Reachable::Any } else { Reachable::Public };
    let http = Http::new(budget, reachable).map_err(|says| bad("", &says))?;
    let caps = Capabilities {
        push: Push::Place,
        voice: Voice::Web,
        max_text: None,
        max_caption: None,
        html: true,
        max_attachment: None,
        max_batch: 1,
        connections: 2,
        repeat: if deduplicates { Repeat::Idempotent } else { Repeat::Doubles },
        limits: vec![],
        reach: false,
        send_timeout: budget + Duration::from_secs(5),
    };
    let key = hmac::Key::new(hmac::HMAC_SHA256, &secret);
    Ok(Arc::new(Webhook { http, url, key, deduplicates, caps }))
}

struct Webhook {
    http: Http,
    url: Url,
    key: hmac::Key,
    deduplicates: bool,
    caps: Capabilities,
}

/// The notice. Too long, it goes without `html`, then without `text` if there is a link to read on; `omitted` says so.
fn payload(msg: &Outbound) -> Result<Vec<u8>, Cause> {
    let body = &msg.body;
    let attachments: Vec<Value> = body
        .attachments
        .iter()
        .map(|a| json!({"name": a.name, "mime": a.mime, "sha256": a.sha256, "url": a.url, "alt": a.alt}))
        .collect();
    let leave_out: &[&[&str]] =
        if body.link.is_some() { &[&[], &["html"], &["html", "text"]] } else { &[&[], &["html"]] };
    for omitted in leave_out {
        let keep = |name: &str, value: Value| if omitted.contains(&name) { Value::Null } else { value };
        let notice = json!({
            "type": "post.published",
            "timestamp": msg.now.to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
            "data": {
                "origin": msg.origin,
                "title": body.title,
                "lead": body.lead,
                "text": keep("text", json!(body.text)),
                "html": keep("html", json!(body.html)),
                "link": body.link,
                "attachments": attachments,
                "omitted": omitted,
            },
        });
        let bytes = serde_json::to_vec(&notice).map_err(|e| Cause::new("not_composed", e.to_string()))?;
        if bytes.len() < MAX_BODY {
            return Ok(bytes);
        }
    }
    Err(Cause::new(
        "too_large",
        format!("the notice has {MAX_BODY} bytes or more and no link to shorten it by"),
    ))
}

/// `v1,<base64 of HMAC-SHA256 over id.timestamp.body>`.
fn signature(key: &hmac::Key, id: &str, timestamp: i64, body: &[u8]) -> String {
    let mut signed = format!("{id}.{timestamp}.").into_bytes();
    signed.extend_from_slice(body);
    format!("v1,{}", STANDARD.encode(hmac::sign(key, &signed)))
}

/// Decides what an answer means. 2xx alone is success. `sure` is true if the receiver keeps ids.
fn classify(status: u16, after: Option<Duration>, deduplicates: bool, said: &str) -> Result<(), Outcome> {
    let cause = |word: &str| Cause::new(word, format!("HTTP {status} {said}"));
    Err(match status {
        200..=299 => return Ok(()),
        300..=399 => Outcome::Broken { cause: cause("redirected") },
        401 | 403 => Outcome::Broken { cause: cause("login_refused") },
        404 | 405 => Outcome::Broken { cause: cause("no_such_endpoint") },
        410 => Outcome::Broken { cause: cause("endpoint_gone") },
        425 | 429 => Outcome::Throttled { after, scope: Scope::Account, cause: cause("too_many_requests") },
        // Standard Webhooks asks for a slower pace here, too; where a repeat is harmless nothing else is at stake.
        502 | 504 if deduplicates => {
            Outcome::Throttled { after, scope: Scope::Account, cause: cause("server_error") }
        }
        // The receiver's own "no" is a no; what a gateway says may hide a yes.
        408 | 500..=599 if deduplicates || server_error_is_certain(status, true) => {
            Outcome::Retry { after, cause: cause("server_error") }
        }
        408 | 500..=599 => Outcome::Unknown { cause: cause("server_error") },
        _ => Outcome::Rejected { fault: Fault::Content, cause: cause("content_refused") },
    })
}

/// The first words of what a receiver said, cleaned.
fn words(answer: &Answer, url: &Url) -> String {
    if answer.is_html() {
        return "(an HTML page)".into();
    }
    if let Some(to) = answer.redirects_to() {
        return format!("to {to}");
    }
    let text = String::from_utf8_lossy(&answer.body[..answer.body.len().min(400)]).into_owned();
    clean(&text, &[url.path(), url.query().unwrap_or_default(), url.as_str()])
}

#[async_trait]
impl Transport for Webhook {
    fn capabilities(&self) -> &Capabilities {
        &self.caps
    }
    async fn send(&self, msg: &Outbound) -> Outcome {
        let body = match payload(msg) {
            Ok(b) => b,
            Err(cause) => return Outcome::Rejected { fault: Fault::Content, cause },
        };
        let (id, timestamp) = (msg.key.hex(), msg.now.timestamp());
        let request = self
            .http
            .client()
            .post(self.url.clone())
            .header("content-type", "application/json")
            .header("webhook-id", &id)
            .header("webhook-timestamp", timestamp.to_string())
            .header("webhook-signature", signature(&self.key, &id, timestamp, &body))
            .body(body);
        match self.http.call(request).await {
            Err(f) if self.deduplicates => f.harmless(),
            Err(f) => f.outcome(),
            Ok(a) => {
                match classify(a.status, a.retry_after(msg.now), self.deduplicates, &words(&a, &self.url)) {
                    Ok(()) => Outcome::Accepted(Receipt::new(id)),
                    Err(o) => o,
                }
            }
        }
    }
    fn compose(&self, msg: &Outbound) -> Result<Vec<WireFile>, Cause> {
        Ok(vec![WireFile { ext: "json".into(), bytes: payload(msg)? }])
    }
    /// There is no way to ask a receiver without sending it a notice; that a connection can be made is what can be known.
    async fn probe(&self) -> Result<(), Cause> {
        match self.http.call(self.http.client().head(self.url.clone())).await {
            Ok(a) if matches!(a.status, 401 | 403 | 410) => {
                let said = classify(a.status, None, self.deduplicates, "").err();
                Err(said.and_then(|o| o.cause().cloned()).unwrap_or_else(|| Cause::new("refused", "")))
            }
            Ok(_) => Ok(()),
            Err(f) => Err(f.cause()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::message::Role;
    use crate::transport::http::tests_support::{outbound, png};

    #[test]
    fn the_specifications_own_example() {
        // standard-webhooks/spec: libraries' shared test vector.
        let secret = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let key = hmac::Key::new(hmac::HMAC_SHA256, &secret);
        let s = signature(&key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#);
        assert_eq!(s, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn the_table() {
        for (status, sure, want) in [
            (200, false, "ok"),
            (204, false, "ok"),
            (301, false, "broken redirected"),
            (400, false, "rejected_content content_refused"),
            (401, false, "broken login_refused"),
            (403, true, "broken login_refused"),
            (404, false, "broken no_such_endpoint"),
            (408, false, "unknown server_error"),
            (408, true, "retry server_error"),
            (410, true, "broken endpoint_gone"),
            (413, false, "rejected_content content_refused"),
            (422, false, "rejected_content content_refused"),
            (425, false, "throttled too_many_requests"),
            (429, false, "throttled too_many_requests"),
            (500, false, "retry server_error"),
            (500, true, "retry server_error"),
            (307, true, "broken redirected"),
            (405, false, "broken no_such_endpoint"),
            (502, false, "unknown server_error"),
            (502, true, "throttled server_error"),
            (503, false, "retry server_error"),
            (504, false, "unknown server_error"),
            (504, true, "throttled server_error"),
        ] {
            let got = match classify(status, None, sure, "") {
                Ok(()) => "ok".to_owned(),
                Err(o) => format!("{} {}", o.word(), o.cause().unwrap().code),
            };
            assert_eq!(got, want, "{status} {sure}");
        }
    }

    #[test]
    fn a_long_post_is_shortened_to_its_link_or_refused() {
        let mut m = outbound("");
        let body = Arc::make_mut(&mut m.body);
        body.attachments = vec![png(Role::Featured).meta];
        body.html = Some("<p>ệ</p>".repeat(4000));
        let v: Value = serde_json::from_slice(&payload(&m).unwrap()).unwrap();
        assert_eq!(v["data"]["omitted"], json!(["html"]));
        assert!(v["data"]["html"].is_null() && !v["data"]["text"].is_null());
        Arc::make_mut(&mut m.body).text = "ệ".repeat(20_000);
        assert_eq!(payload(&m).unwrap_err().code, "too_large");
        Arc::make_mut(&mut m.body).link = Some("https://so.example.vn/bai".into());
        let bytes = payload(&m).unwrap();
        assert!(bytes.len() < MAX_BODY);
        let v: Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(v["data"]["omitted"], json!(["html", "text"]));
    }

    #[test]
    fn private_addresses_need_leave() {
        let secret = format!("whsec_{}", STANDARD.encode([7u8; 24]));
        let make = |url: &str, allow: bool| {
            let settings = json!({"url": url, "secret": secret, "allow_private": allow});
            build(Build { account: "w".into(), settings, vault: None, carrier: None }).map(|_| ())
        };
        for url in [
            "http://127.0.0.1/x",
            "http://[::1]/x",
            "http://10.1.2.3/x",
            "http://2130706433/x",
            "http://0x7f.1/x",
        ] {
            assert_eq!(make(url, false).unwrap_err().key, "url", "{url}");
            assert!(make(url, true).is_ok(), "{url}");
        }
        assert!(make("https://hooks.example.vn/x?k=v", false).is_ok());
    }
}
