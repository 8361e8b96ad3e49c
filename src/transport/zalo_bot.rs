//! Zalo Bot Platform: texts and a photo by its public address, to people who wrote to the bot first.
//!
//! The platform says yes or no in `ok`, whatever the HTTP status; it has no idempotency key, publishes no rates and answers
//! 429 mostly for a month's quota that is used up. It never takes a recipient for gone on the word of a 403 or 404 alone:
//! a dead token can look the same, and would cost every reader of the list, so the token is asked about first.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use reqwest::Url;
use ring::hmac;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};

use super::http::{
    Deadline, Http, Keys, LONGEST_SEND, Reachable, Reader, Step, Steps, clean, join, run_parts,
    server_error_is_certain,
};
use super::{
    BadSetting, Build, Capabilities, Event, Inbound, Kind, Limit, Per, Push, Refused, Repeat, Transport,
    WireFile,
};
use crate::domain::form::{self, Form};
use crate::domain::kit::{PUBLIC_PICTURE, Recipe};
use crate::domain::message::{Outbound, Role, Voice};
use crate::domain::outcome::{Cause, Fault, Outcome, Scope};

/// Longest text and caption. The platform's clients count UTF-16 units, the strictest reading.
const MAX_TEXT: usize = 2000;
/// Pause of the account after a 429 that names no time: the quota is a month's, so that asking again soon is no use.
const QUOTA_PAUSE: Duration = Duration::from_secs(3600);

const KEYS: Keys = &[
    ("token", true, "the bot's token from Zalo Bot Creator (token_file keeps it out of loa.yaml)"),
    ("api_url", false, "address of the Zalo Bot API; default https://bot-api.zaloplatforms.com"),
    (
        "webhook_secret",
        false,
        "the secret_token given to setWebhook, 8 to 256 characters; without it nothing is received",
    ),
    (
        "timeout",
        false,
        "longest time of one send in seconds, 5 to 100; default 60; Zalo fetches a photo while we wait",
    ),
];

/// The kind.
pub const KIND: Kind = Kind { name: FORM.kind, form: FORM, keys: KEYS, borrows: false, build };

/// What a chat takes: one picture, by its address.
const FORM: Form = Form {
    chat: Some(form::Chat { markup: false, text: MAX_TEXT, caption: MAX_TEXT, album: 1 }),
    // Zalo takes 1 MB.
    picture: Some(Recipe {
        name: "zalo",
        width: 1600,
        height: 1600,
        bytes: PUBLIC_PICTURE,
        quality: 85,
        gif: false,
        ratio: 20,
    }),
    fetches: true,
    ..Form::new("zalo-bot", Voice::Chat)
};

fn build(b: Build) -> Result<Arc<dyn Transport>, BadSetting> {
    let r = Reader::new(&b.settings, KEYS)?;
    let token = r.secret("token")?;
    if token.expose_secret().contains(['/', '?', '#', ' ']) {
        return Err(BadSetting {
            key: "token".into(),
            says: "must be the token alone, without address or spaces".into(),
        });
    }
    let budget = r.seconds("timeout", 60, 5..=LONGEST_SEND)?;
    let api = r.base_url("api_url", Some("https://bot-api.zaloplatforms.com"))?;
    let webhook_secret = r.text("webhook_secret")?;
    if webhook_secret.is_some_and(|s| !(8..=256).contains(&s.chars().count())) {
        return Err(BadSetting {
            key: "webhook_secret".into(),
            says: "must have 8 to 256 characters".into(),
        });
    }
    let webhook_secret = webhook_secret.map(SecretString::from);
    let http = Http::new(budget, Reachable::Any).map_err(|says| BadSetting { key: String::new(), says })?;
    let caps = Capabilities {
        push: Push::People,
        voice: Voice::Chat,
        max_text: Some(MAX_TEXT),
        max_caption: Some(MAX_TEXT),
        html: false,
        max_attachment: None,
        max_batch: 1,
        connections: 4,
        repeat: Repeat::Doubles,
        // No rates are published; these are ours, on the careful side.
        limits: vec![
            Limit { of: Per::Account, count: 5, per: Duration::from_secs(1) },
            Limit { of: Per::Target, count: 1, per: Duration::from_secs(1) },
        ],
        reach: false,
        send_timeout: budget + Duration::from_secs(5),
    };
    Ok(Arc::new(ZaloBot { http, api, token, webhook_secret, caps, budget }))
}

struct ZaloBot {
    http: Http,
    api: Url,
    token: SecretString,
    webhook_secret: Option<SecretString>,
    caps: Capabilities,
    budget: Duration,
}

/// The calls a delivery is made of: method and body.
fn calls(msg: &Outbound) -> Result<Vec<(&'static str, Value)>, Cause> {
    let chat = msg.to.value.trim();
    if chat.is_empty() {
        return Err(Cause::new("bad_chat_id", "the address is empty"));
    }
    let whole: Vec<&str> = if msg.body.parts.is_empty() {
        vec![&msg.body.text]
    } else {
        msg.body.parts.iter().map(String::as_str).collect()
    };
    let texts: Vec<&str> = whole.into_iter().filter(|t| !t.trim().is_empty()).collect();
    for text in &texts {
        let units = text.encode_utf16().count();
        if units > MAX_TEXT {
            return Err(Cause::new("text_too_long", format!("{units} characters; Zalo takes {MAX_TEXT}")));
        }
    }
    let mut texts = texts.into_iter();
    let mut out = Vec::new();
    let photo =
        msg.blobs.iter().map(|b| &b.meta).find(|m| m.role == Role::Featured && m.mime.starts_with("image/"));
    if let Some(url) =
        photo.and_then(|m| m.url.as_deref()).filter(|u| u.starts_with("https://") || u.starts_with("http://"))
    {
        let mut body = json!({ "chat_id": chat, "photo": url });
        if let Some(caption) = texts.next() {
            body["caption"] = caption.into();
        }
        out.push(("sendPhoto", body));
    }
    out.extend(texts.map(|text| ("sendMessage", json!({ "chat_id": chat, "text": text }))));
    if out.is_empty() {
        return Err(Cause::new("empty", "there is neither text nor a picture with a public address"));
    }
    Ok(out)
}

/// The API's envelope.
#[derive(Debug, Deserialize)]
struct Envelope {
    ok: bool,
    result: Option<Value>,
    description: Option<String>,
    error_code: Option<i64>,
}

/// What an answer to a send says.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    /// Taken, with the message's id.
    Sent(String),
    /// Refused with 403 or 404, or with 400 in words that name the chat: about the chat, if the token is good.
    AboutChat(Cause),
    /// Anything else.
    Ended(Outcome),
}

/// Decides what an answer means. `ok` counts, not the HTTP status; where the envelope has an `error_code` it is read as a
/// status. 408, 502 and 504 are ambiguous even inside an envelope: something waited for a call that had begun.
fn classify(status: u16, body: &[u8], after: Option<Duration>, secrets: &[&str]) -> Verdict {
    let envelope: Option<Envelope> = serde_json::from_slice(body).ok();
    let own = envelope.is_some();
    if let Some(Envelope { ok: true, result, .. }) = &envelope {
        let id = result.as_ref().and_then(|r| r.get("message_id"));
        let id = id.and_then(|i| i.as_str().map(str::to_owned).or_else(|| i.as_i64().map(|n| n.to_string())));
        return Verdict::Sent(id.unwrap_or_else(|| "?".into()));
    }
    let said = envelope.as_ref().and_then(|e| e.description.clone());
    let said = said.unwrap_or_else(|| format!("HTTP {status} without an answer of the Zalo Bot API"));
    let code = envelope.and_then(|e| e.error_code).and_then(|c| u16::try_from(c).ok()).unwrap_or(status);
    let cause = |word: &str| Cause::new(word, clean(&said, secrets));
    let content = || Outcome::Rejected { fault: Fault::Content, cause: cause("content_refused") };
    Verdict::Ended(match code {
        // Refused without any number: answered, so it did not happen; why is unknown, so a later try is fair.
        200..=299 if own && said.to_ascii_lowercase().contains("quota") => {
            quota(after, cause("quota_exceeded"))
        }
        200..=299 if own => Outcome::Retry { after, cause: cause("refused_without_code") },
        200..=299 => Outcome::Unknown { cause: cause("unreadable_answer") },
        401 => Outcome::Broken { cause: cause("token_refused") },
        403 | 404 if own => return Verdict::AboutChat(cause("chat_refuses")),
        400 if own && names_the_chat(&said) => return Verdict::AboutChat(cause("chat_gone")),
        429 => match after {
            Some(_) => Outcome::Throttled { after, scope: Scope::Account, cause: cause("too_many_requests") },
            None => quota(None, cause("quota_exceeded")),
        },
        408 | 500..=599 if server_error_is_certain(code, own) => {
            Outcome::Retry { after, cause: cause("server_error") }
        }
        408 | 500..=599 => Outcome::Unknown { cause: cause("server_error") },
        400..=499 if own => content(),
        // A page of a proxy, a wrong api_url, a token in no known form.
        300..=499 => Outcome::Broken { cause: cause("not_the_bot_api") },
        _ => content(),
    })
}

/// Refusals with 400 that are about the recipient, not about the content. Zalo publishes no list: these are the words seen.
fn names_the_chat(said: &str) -> bool {
    let said = said.to_ascii_lowercase();
    ["chat not found", "chat_id", "chat id", "user not found", "user_id", "recipient not found"]
        .iter()
        .any(|s| said.contains(s))
}

fn quota(after: Option<Duration>, cause: Cause) -> Outcome {
    Outcome::Throttled {
        after: Some(after.unwrap_or(QUOTA_PAUSE).max(QUOTA_PAUSE)),
        scope: Scope::Account,
        cause,
    }
}

impl ZaloBot {
    fn url(&self, method: &str) -> Url {
        join(&self.api, &[&format!("bot{}", self.token.expose_secret()), method])
    }
    /// Is the token good? `Err` is the outcome of a send that needs to know.
    async fn me(&self, deadline: Deadline) -> Result<(), Outcome> {
        let request = self.http.client().post(self.url("getMe")).timeout(deadline.left()).json(&json!({}));
        let answer = self.http.call(request).await.map_err(|f| f.harmless())?;
        match classify(answer.status, &answer.body, None, &[self.token.expose_secret()]) {
            Verdict::Sent(_) => Ok(()),
            Verdict::AboutChat(c) => {
                Err(Outcome::Broken { cause: Cause { code: "token_refused".into(), ..c } })
            }
            Verdict::Ended(Outcome::Unknown { cause }) => Err(Outcome::Retry { after: None, cause }),
            Verdict::Ended(o) => Err(o),
        }
    }
}

/// A delivery under way.
struct Sending<'a> {
    bot: &'a ZaloBot,
    calls: Vec<(&'static str, Value)>,
    chat: &'a str,
    now: DateTime<Utc>,
    deadline: Deadline,
}

impl Steps for Sending<'_> {
    fn count(&self) -> usize {
        self.calls.len()
    }
    async fn step(&mut self, i: usize) -> Step {
        let (method, body) = &self.calls[i];
        let bot = self.bot;
        let request = bot.http.client().post(bot.url(method)).timeout(self.deadline.left()).json(body);
        let answer = match bot.http.call(request).await {
            Ok(a) => a,
            Err(f) => return Step::Ended(f.outcome()),
        };
        let secrets = [bot.token.expose_secret(), self.chat];
        match classify(answer.status, &answer.body, answer.retry_after(self.now), &secrets) {
            Verdict::Sent(id) => Step::Sent(id),
            Verdict::Ended(o) => Step::Ended(o),
            Verdict::AboutChat(cause) => Step::Ended(match bot.me(self.deadline).await {
                Ok(()) => Outcome::Rejected { fault: Fault::Recipient, cause },
                Err(o) => o,
            }),
        }
    }
}

/// An inbound update, as far as it is used.
#[derive(Deserialize)]
struct Update {
    result: UpdateBody,
}

#[derive(Deserialize)]
struct UpdateBody {
    message: Option<Received>,
}

#[derive(Deserialize)]
struct Received {
    message_id: String,
    chat: Chat,
    from: Option<From>,
    #[serde(default)]
    text: String,
}

#[derive(Deserialize)]
struct Chat {
    id: String,
}

#[derive(Deserialize)]
struct From {
    #[serde(default)]
    is_bot: bool,
}

#[async_trait]
impl Transport for ZaloBot {
    fn capabilities(&self) -> &Capabilities {
        &self.caps
    }
    async fn send(&self, msg: &Outbound) -> Outcome {
        let calls = match calls(msg) {
            Ok(c) => c,
            Err(cause) => {
                let fault = if cause.code == "bad_chat_id" { Fault::Unreachable } else { Fault::Content };
                return Outcome::Rejected { fault, cause };
            }
        };
        let deadline = Deadline::after(self.budget);
        let mut sending = Sending { bot: self, calls, chat: &msg.to.value, now: msg.now, deadline };
        run_parts(&mut sending, deadline).await
    }
    fn inbound(&self, request: &Inbound) -> Result<Vec<Event>, Refused> {
        let secret = self.webhook_secret.as_ref().ok_or(Refused::NotSupported)?;
        let mut given = request.headers.iter().filter(|(k, _)| k == "x-bot-api-secret-token").map(|(_, v)| v);
        let (Some(given), None) = (given.next(), given.next()) else { return Err(Refused::Signature) };
        // Comparing MACs under the secret takes the same time wherever the two differ.
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose_secret().as_bytes());
        let expected = hmac::sign(&key, secret.expose_secret().as_bytes());
        hmac::verify(&key, given.as_bytes(), expected.as_ref()).map_err(|_| Refused::Signature)?;
        let update: Update = serde_json::from_slice(&request.body).map_err(|_| Refused::Malformed)?;
        Ok(match update.result.message {
            // Another bot, or an event without a message (`message.unsupported.received` may be empty).
            None => vec![],
            Some(m) if m.from.as_ref().is_some_and(|f| f.is_bot) => vec![],
            Some(m) => vec![Event::Message { id: m.message_id, chat: m.chat.id, text: m.text }],
        })
    }
    fn messages(&self, msg: &Outbound) -> usize {
        calls(msg).map_or(1, |all| all.len().max(1))
    }
    fn compose(&self, msg: &Outbound) -> Result<Vec<WireFile>, Cause> {
        let calls: Vec<Value> = calls(msg)?
            .into_iter()
            .map(|(method, body)| {
                let mut call = serde_json::Map::new();
                call.insert("method".into(), method.into());
                if let Value::Object(mut fields) = body {
                    call.append(&mut fields);
                }
                Value::Object(call)
            })
            .collect();
        let bytes =
            serde_json::to_vec_pretty(&calls).map_err(|e| Cause::new("not_composed", e.to_string()))?;
        Ok(vec![WireFile { ext: "json".into(), bytes }])
    }
    async fn probe(&self) -> Result<(), Cause> {
        self.me(Deadline::after(self.budget))
            .await
            .map_err(|o| o.cause().cloned().unwrap_or_else(|| Cause::new("refused", "")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::http::tests_support::{outbound, png};

    fn word(v: &Verdict) -> String {
        match v {
            Verdict::Sent(id) => format!("sent {id}"),
            Verdict::AboutChat(c) => format!("chat {}", c.code),
            Verdict::Ended(o) => {
                format!("{} {}", o.word(), o.cause().map(|c| c.code.clone()).unwrap_or_default())
            }
        }
    }

    #[test]
    fn the_error_list() {
        for (status, body, want) in [
            (
                200,
                r#"{"ok":true,"result":{"message_id":"82599fa32f56d00e8941","date":1749632637199}}"#,
                "sent 82599fa32f56d00e8941",
            ),
            (200, r#"{"ok":true,"result":{"message_id":12}}"#, "sent 12"),
            (200, r#"{"ok":true}"#, "sent ?"),
            (200, r#"{"ok":false,"error_code":401,"description":"Unauthorized"}"#, "broken token_refused"),
            (
                200,
                r#"{"ok":false,"error_code":400,"description":"text is too long"}"#,
                "rejected_content content_refused",
            ),
            (
                400,
                r#"{"ok":false,"error_code":400,"description":"Bad Request: chat not found"}"#,
                "chat chat_gone",
            ),
            (400, r#"{"ok":false,"error_code":400,"description":"invalid chat_id"}"#, "chat chat_gone"),
            (200, r#"{"ok":false,"error_code":400,"description":"User not found"}"#, "chat chat_gone"),
            (
                400,
                r#"{"ok":false,"error_code":400,"description":"photo not found"}"#,
                "rejected_content content_refused",
            ),
            (400, "chat not found", "broken not_the_bot_api"),
            (200, r#"{"ok":false,"error_code":403,"description":"Forbidden"}"#, "chat chat_refuses"),
            (
                200,
                r#"{"ok":false,"error_code":429,"description":"Quota exceeded"}"#,
                "throttled quota_exceeded",
            ),
            (200, r#"{"ok":false,"description":"Quota exceeded"}"#, "throttled quota_exceeded"),
            (200, r#"{"ok":false,"description":"no"}"#, "retry refused_without_code"),
            (200, "<html>", "unknown unreadable_answer"),
            (200, r#"{"ok":tr"#, "unknown unreadable_answer"),
            (401, "Unauthorized", "broken token_refused"),
            (404, r#"{"ok":false,"error_code":404,"description":"Not Found"}"#, "chat chat_refuses"),
            (404, "<html>nginx</html>", "broken not_the_bot_api"),
            (403, "<html>", "broken not_the_bot_api"),
            (302, "", "broken not_the_bot_api"),
            (429, "", "throttled quota_exceeded"),
            (408, r#"{"ok":false,"error_code":408,"description":"Request timeout"}"#, "unknown server_error"),
            (500, r#"{"ok":false,"error_code":500,"description":"Internal"}"#, "retry server_error"),
            (500, "<html>", "unknown server_error"),
            (502, "<html>", "unknown server_error"),
            (503, "<html>", "retry server_error"),
            (504, r#"{"ok":false,"error_code":504}"#, "unknown server_error"),
        ] {
            assert_eq!(word(&classify(status, body.as_bytes(), None, &[])), want, "{status} {body}");
        }
    }

    #[test]
    fn a_quota_without_a_time_is_a_long_pause() {
        for (after, want) in [(None, QUOTA_PAUSE), (Some(Duration::from_secs(9)), Duration::from_secs(9))] {
            let Verdict::Ended(Outcome::Throttled { after, scope: Scope::Account, .. }) =
                classify(429, b"", after, &[])
            else {
                panic!()
            };
            assert_eq!(after, Some(want));
        }
    }

    #[test]
    fn a_photo_goes_by_its_public_address_only() {
        let mut m = outbound("c1");
        m.blobs = vec![png(Role::Featured)].into();
        assert_eq!(calls(&m).unwrap().iter().map(|c| c.0).collect::<Vec<_>>(), ["sendMessage"]);
        let mut blob = png(Role::Featured);
        blob.meta.url = Some("https://kit.example.vn/a.png".into());
        m.blobs = vec![blob].into();
        Arc::make_mut(&mut m.body).parts = vec!["một".into(), "hai".into()];
        let c = calls(&m).unwrap();
        assert_eq!(c.iter().map(|c| c.0).collect::<Vec<_>>(), ["sendPhoto", "sendMessage"]);
        assert_eq!(c[0].1["caption"], "một");
        Arc::make_mut(&mut m.body).parts = vec!["ệ".repeat(2001)];
        assert_eq!(calls(&m).unwrap_err().code, "text_too_long");
    }

    #[tokio::test]
    async fn inbound_needs_the_secret() {
        let settings = json!({"token": "1:a", "webhook_secret": "bi-mat-cua-ta"});
        let t = build(Build { account: "z".into(), settings, vault: None, carrier: None }).unwrap();
        let body = json!({"ok": true, "result": {"event_name": "message.text.received", "message": {
            "message_id": "m1", "date": 1, "from": {"id": "u", "display_name": "An", "is_bot": false},
            "chat": {"id": "c9", "chat_type": "PRIVATE"}, "text": "XIN 4821"}}});
        let request = |headers: &[(&str, &str)], body: &[u8]| Inbound {
            headers: headers.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
            body: body.to_vec(),
        };
        let h = "x-bot-api-secret-token";
        let bytes = body.to_string();
        let got = t.inbound(&request(&[(h, "bi-mat-cua-ta")], bytes.as_bytes())).unwrap();
        assert_eq!(got, [Event::Message { id: "m1".into(), chat: "c9".into(), text: "XIN 4821".into() }]);
        for headers in [&[][..], &[(h, "bi-mat-cua-tb")], &[(h, "")], &[(h, "bi-mat-cua-ta"), (h, "x")]] {
            assert_eq!(
                t.inbound(&request(headers, bytes.as_bytes())),
                Err(Refused::Signature),
                "{headers:?}"
            );
        }
        assert_eq!(t.inbound(&request(&[(h, "bi-mat-cua-ta")], b"{")), Err(Refused::Malformed));
        let without = build(Build {
            account: "z".into(),
            settings: json!({"token": "1:a"}),
            vault: None,
            carrier: None,
        });
        assert_eq!(without.unwrap().inbound(&request(&[(h, "x")], b"{}")), Err(Refused::NotSupported));
    }
}
