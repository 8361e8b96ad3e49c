//! Telegram Bot API: a post as a photo or an album with caption, texts and documents, to a channel, a group or a person.
//!
//! Payloads, error strings and ids are teloxide's; the requests go through [`super::http`], since teloxide's own caller
//! sleeps ten seconds on every 5xx, forgets `error_code`, and reads the whole `Message` (a new field type would turn an
//! accepted message into an error). There is no idempotency key: what may have arrived is `Unknown`, never sent again.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use reqwest::Url;
use reqwest::multipart::{self, Part};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::Value;
use teloxide::ApiError;
use teloxide::payloads::{SendMessage, SendMessageSetters as _, SendPhoto, SendPhotoSetters as _};
use teloxide::requests::Payload;
use teloxide::types::{ChatId, InputFile, ParseMode, Recipient};

use super::http::{
    Deadline, Failure, Http, Keys, LONGEST_SEND, Reachable, Reader, Step, Steps, clean, join, run_parts,
    server_error_is_certain,
};
use super::{BadSetting, Build, Capabilities, Kind, Limit, Per, Push, Repeat, Transport, WireFile};
use crate::domain::form::{Chat, Files, Form};
use crate::domain::kit::Recipe;
use crate::domain::message::{Blob, Outbound, Role, Voice};
use crate::domain::outcome::{Cause, Fault, Outcome, Receipt, Scope};
use crate::domain::reach::{Grade, ReachFigure};

/// Longest text after markup is parsed (Bot API, sendMessage), in code points.
const MAX_TEXT: usize = 4096;
/// Longest caption, likewise (sendPhoto).
const MAX_CAPTION: usize = 1024;
/// Largest photo (sendPhoto).
const MAX_PHOTO: u64 = 10 << 20;
/// Largest document (sendDocument).
const MAX_DOCUMENT: u64 = 50 << 20;
/// Most photos of an album (sendMediaGroup).
const MAX_ALBUM: u16 = 10;

const KEYS: Keys = &[
    ("token", true, "the bot's token from @BotFather (token_file keeps it out of loa.yaml)"),
    ("api_url", false, "address of the Bot API; default https://api.telegram.org"),
    ("timeout", false, "longest time of one send in seconds, 5 to 100; default 60"),
];

/// The kind.
pub const KIND: Kind = Kind { name: FORM.kind, form: FORM, keys: KEYS, borrows: false, build };

/// What a chat takes.
const FORM: Form = Form {
    chat: Some(Chat { markup: true, text: MAX_TEXT, caption: MAX_CAPTION, album: MAX_ALBUM }),
    // It takes 50 MB; more than this is hardly sent within a send's own time, and what was cut off half-way is nobody's to repeat. All
    // of a message share that time.
    files: Files { each: 20_000_000, all: 30_000_000 },
    // `sendPhoto`: 10 MB, width and height together at most 10,000, at most 20 times as long as broad; what is larger than 2,560 is
    // made smaller there anyway.
    picture: Some(Recipe {
        name: "telegram",
        width: 2560,
        height: 2560,
        bytes: 5_000_000,
        quality: 88,
        gif: false,
        ratio: 20,
    }),
    ..Form::new("telegram", Voice::Chat)
};

fn build(b: Build) -> Result<Arc<dyn Transport>, BadSetting> {
    let r = Reader::new(&b.settings, KEYS)?;
    let token = r.secret("token")?;
    let shape = token.expose_secret().split_once(':');
    if !shape.is_some_and(|(id, rest)| id.bytes().all(|c| c.is_ascii_digit()) && !rest.is_empty()) {
        return Err(BadSetting {
            key: "token".into(),
            says: "must look like 123456:letters, as @BotFather gave it".into(),
        });
    }
    let budget = r.seconds("timeout", 60, 5..=LONGEST_SEND)?;
    let api = r.base_url("api_url", Some("https://api.telegram.org"))?;
    let http = Http::new(budget, Reachable::Any).map_err(|says| BadSetting { key: String::new(), says })?;
    let caps = Capabilities {
        push: Push::People,
        voice: Voice::Chat,
        max_text: Some(MAX_TEXT),
        max_caption: Some(MAX_CAPTION),
        html: true,
        max_attachment: Some(MAX_PHOTO),
        max_batch: 1,
        connections: 8,
        repeat: Repeat::Doubles,
        // https://core.telegram.org/bots/faq: bulk 30 a second, a chat 1 a second, a group 20 a minute.
        limits: vec![
            Limit { of: Per::Account, count: 30, per: Duration::from_secs(1) },
            Limit { of: Per::Target, count: 1, per: Duration::from_secs(1) },
            Limit { of: Per::Group, count: 20, per: Duration::from_secs(60) },
        ],
        reach: true,
        send_timeout: budget + Duration::from_secs(5),
    };
    Ok(Arc::new(Telegram { http, api, token, caps, budget }))
}

struct Telegram {
    http: Http,
    api: Url,
    token: SecretString,
    caps: Capabilities,
    budget: Duration,
}

/// One message of a delivery.
#[derive(Clone, Debug)]
enum Message {
    /// `sendMessage`.
    Text(Box<SendMessage>),
    /// `sendPhoto`; the payload's own file is replaced by the blob when it is sent.
    Photo(Box<SendPhoto>, Blob),
    /// `sendMediaGroup`: chat, what stands under it, whether that is HTML, photos.
    Album(Recipient, Option<String>, bool, Vec<Blob>),
    /// `sendDocument`: chat, file; its title stands under it.
    Document(Recipient, Blob),
}

impl Message {
    fn method(&self) -> &'static str {
        match self {
            Message::Text(_) => SendMessage::NAME,
            Message::Photo(..) => SendPhoto::NAME,
            Message::Album(..) => "SendMediaGroup",
            Message::Document(..) => "SendDocument",
        }
    }
    fn to(&mut self, chat: ChatId) {
        match self {
            Message::Text(m) => m.chat_id = Recipient::Id(chat),
            Message::Photo(m, _) => m.chat_id = Recipient::Id(chat),
            Message::Album(to, ..) | Message::Document(to, _) => *to = Recipient::Id(chat),
        }
    }
    /// Its files with the names of their parts.
    fn files(&self) -> Vec<(String, &Blob)> {
        match self {
            Message::Text(_) => vec![],
            Message::Document(_, blob) => vec![("document".to_owned(), blob)],
            Message::Photo(_, blob) => vec![("photo".to_owned(), blob)],
            Message::Album(.., all) => {
                all.iter().enumerate().map(|(i, b)| (format!("photo{i}"), b)).collect()
            }
        }
    }
    /// To how many messages of the far side's counting it comes: each photo of an album is one.
    fn weight(&self) -> usize {
        self.files().len().max(1)
    }
    /// The fields as the API names them; a photo's file is left out.
    fn fields(&self) -> Result<serde_json::Map<String, Value>, Cause> {
        let value = match self {
            Message::Text(m) => serde_json::to_value(m),
            Message::Photo(m, _) => serde_json::to_value(m),
            Message::Album(chat, caption, html, photos) => {
                // What stands under the first photo stands under the album.
                let media: Vec<Value> = (0..photos.len())
                    .map(|i| match (caption, i, html) {
                        (Some(c), 0, true) => serde_json::json!({
                            "type": "photo", "media": attached(i), "caption": c, "parse_mode": "HTML",
                        }),
                        (Some(c), 0, false) => {
                            serde_json::json!({ "type": "photo", "media": attached(i), "caption": c })
                        }
                        _ => serde_json::json!({ "type": "photo", "media": attached(i) }),
                    })
                    .collect();
                serde_json::to_value(chat).map(|chat| serde_json::json!({ "chat_id": chat, "media": media }))
            }
            Message::Document(chat, blob) => serde_json::to_value(chat).map(|chat| {
                let title: String = blob.meta.alt.chars().take(MAX_CAPTION).collect();
                serde_json::json!({ "chat_id": chat, "caption": Some(title).filter(|t| !t.is_empty()) })
            }),
        };
        match value {
            Ok(Value::Object(mut o)) => {
                o.retain(|k, v| !v.is_null() && k != "photo");
                Ok(o)
            }
            Ok(_) => Err(Cause::new("not_composed", "the payload is not an object")),
            Err(e) => Err(Cause::new("not_composed", e.to_string())),
        }
    }
}

/// How an album names the file of its photo.
fn attached(i: usize) -> String {
    format!("attach://photo{i}")
}

/// The messages of a delivery, in order.
fn messages(msg: &Outbound) -> Result<Vec<Message>, Cause> {
    let chat = recipient(&msg.to.value)?;
    // A rendition made for Telegram is in its HTML, whole and in parts; one made for a mail or a package and only carried
    // here is not, and its plain text goes.
    let html = msg.body.html.is_some() && (msg.body.kind == KIND.name || !msg.body.parts.is_empty());
    let whole: Vec<&str> = match &msg.body.html {
        _ if !msg.body.parts.is_empty() => msg.body.parts.iter().map(String::as_str).collect(),
        Some(h) if html => vec![h],
        Some(_) | None => vec![&msg.body.text],
    };
    let shown = |t: &str| if html { shown_len(t) } else { t.chars().count() };
    let mut texts = whole.into_iter().filter(|t| !t.trim().is_empty()).peekable();
    let photo = msg.blobs.iter().find(|b| b.meta.role == Role::Featured && is_photo(&b.meta.mime));
    let mut out = Vec::new();
    // A post of several pictures shows them together; what another kind made and a bot only carries shows one.
    let mut album: Vec<Blob> = vec![];
    if photo.is_some() && msg.body.shows_album() {
        album.extend(photo.cloned());
        let more = msg.blobs.iter().filter(|b| b.meta.role != Role::Featured && is_photo(&b.meta.mime));
        album.extend(
            more.filter(|b| b.bytes.len() as u64 <= MAX_PHOTO).take(usize::from(MAX_ALBUM) - 1).cloned(),
        );
    }
    if let Some(blob) = photo {
        if blob.bytes.len() as u64 > MAX_PHOTO {
            return Err(Cause::new(
                "photo_too_large",
                format!("{} bytes; Telegram takes {MAX_PHOTO}", blob.bytes.len()),
            ));
        }
        if album.len() > 1 {
            let caption = texts.next_if(|t| shown(t) <= MAX_CAPTION).map(str::to_owned);
            out.push(Message::Album(chat.clone(), caption, html, album));
        } else {
            // The file itself is attached when the request is built.
            let mut m = SendPhoto::new(chat.clone(), InputFile::memory(Vec::new()));
            if let Some(caption) = texts.next_if(|t| shown(t) <= MAX_CAPTION) {
                m = m.caption(caption);
                if html {
                    m = m.parse_mode(ParseMode::Html);
                }
            }
            out.push(Message::Photo(Box::new(m), blob.clone()));
        }
    }
    for text in texts {
        if shown(text) > MAX_TEXT {
            return Err(Cause::new(
                "text_too_long",
                format!("{} characters; Telegram takes {MAX_TEXT}", shown(text)),
            ));
        }
        let mut m = SendMessage::new(chat.clone(), text);
        if html {
            m = m.parse_mode(ParseMode::Html);
        }
        out.push(Message::Text(Box::new(m)));
    }
    // A package or a letter that a bot only carries has its files named in its text.
    if msg.body.kind == KIND.name && msg.body.voice == Voice::Chat {
        for blob in msg.blobs.iter().filter(|b| !b.meta.mime.starts_with("image/")) {
            if blob.bytes.len() as u64 > MAX_DOCUMENT {
                let says = format!("{} bytes; Telegram takes {MAX_DOCUMENT}", blob.bytes.len());
                return Err(Cause::new("document_too_large", says));
            }
            out.push(Message::Document(chat.clone(), blob.clone()));
        }
    }
    if out.is_empty() {
        return Err(Cause::new("empty", "there is neither text nor picture to send"));
    }
    Ok(out)
}

fn is_photo(mime: &str) -> bool {
    matches!(mime, "image/jpeg" | "image/png" | "image/webp")
}

/// A chat id, or `@name` of a public channel.
fn recipient(value: &str) -> Result<Recipient, Cause> {
    match value.parse::<i64>() {
        Ok(id) => Ok(Recipient::Id(ChatId(id))),
        Err(_) if value.len() > 1 && value.starts_with('@') => {
            Ok(Recipient::ChannelUsername(value.to_owned()))
        }
        Err(_) => Err(Cause::new("bad_chat_id", "the address is neither a chat id nor @name of a channel")),
    }
}

/// Code points of an HTML text after Telegram parsed it: tags count nothing, an entity is one character.
fn shown_len(html: &str) -> usize {
    let (mut count, mut rest) = (0, html);
    while let Some(c) = rest.chars().next() {
        let skip = match c {
            '<' => rest.find('>').map(|i| (i + 1, 0)),
            '&' => rest.find(';').filter(|i| *i <= 10).map(|i| (i + 1, 1)),
            _ => None,
        };
        let (bytes, shown) = skip.unwrap_or((c.len_utf8(), 1));
        count += shown;
        rest = &rest[bytes..];
    }
    count
}

/// The API's envelope.
#[derive(Debug, Deserialize)]
struct Envelope {
    ok: bool,
    result: Option<Value>,
    error_code: Option<u16>,
    description: Option<String>,
    parameters: Option<Parameters>,
}

#[derive(Debug, Deserialize)]
struct Parameters {
    retry_after: Option<u64>,
    migrate_to_chat_id: Option<i64>,
}

/// What an answer to a send says.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    /// Taken, with the message's id.
    Sent(String),
    /// Not taken: the group became a supergroup with this id.
    Moved(i64),
    /// Anything else.
    Ended(Outcome),
}

/// Decides what an answer means. `chat` tells a group (negative id) from a person; `secrets` are cleaned from what is kept.
/// Strings are the server's own (tdlib/telegram-bot-api, `Client.cpp`); teloxide's table knows older ones of some, so that
/// everything with `Forbidden:` is decided by its prefix.
fn classify(status: u16, body: &[u8], chat: &str, after: Option<Duration>, secrets: &[&str]) -> Verdict {
    let Ok(e) = serde_json::from_slice::<Envelope>(body) else {
        let cause = |code: &str| Cause::new(code, format!("HTTP {status} without an answer of the Bot API"));
        return Verdict::Ended(match status {
            200..=299 => Outcome::Unknown { cause: cause("unreadable_answer") },
            429 => Outcome::Throttled { after, scope: Scope::Account, cause: cause("too_many_requests") },
            408 | 500..=599 if server_error_is_certain(status, false) => {
                Outcome::Retry { after, cause: cause("server_error") }
            }
            408 | 500..=599 => Outcome::Unknown { cause: cause("server_error") },
            // A page of a proxy or a wrong api_url: no answer of Telegram.
            _ => Outcome::Broken { cause: cause("not_the_bot_api") },
        });
    };
    if e.ok {
        // An album is answered with one message for each photo.
        let all = e.result.as_ref().map(|r| r.as_array().map_or(std::slice::from_ref(r), Vec::as_slice));
        let ids = all.into_iter().flatten().filter_map(|m| m.get("message_id")?.as_i64());
        let ids: Vec<String> = ids.map(|i| i.to_string()).collect();
        return Verdict::Sent(if ids.is_empty() { "?".to_owned() } else { ids.join(",") });
    }
    if let Some(to) = e.parameters.as_ref().and_then(|p| p.migrate_to_chat_id) {
        return Verdict::Moved(to);
    }
    let code = e.error_code.unwrap_or(status);
    let said = e.description.unwrap_or_default();
    let cause = |word: &str| Cause::new(word, clean(&said, secrets));
    let wait = e.parameters.and_then(|p| p.retry_after).map(Duration::from_secs).or(after);
    let api: Option<ApiError> = serde_json::from_value(Value::String(said.clone())).ok();
    let recipient = |word: &str| Outcome::Rejected { fault: Fault::Recipient, cause: cause(word) };
    let unreachable = |word: &str| Outcome::Rejected { fault: Fault::Unreachable, cause: cause(word) };
    Verdict::Ended(match (code, api) {
        (401 | 404, _) | (_, Some(ApiError::InvalidToken)) => {
            Outcome::Broken { cause: cause("token_refused") }
        }
        (429, _) => {
            // A group has a limit of its own (20 a minute); for a person it is the bot's.
            let scope =
                if chat.starts_with('-') || chat.starts_with('@') { Scope::Target } else { Scope::Account };
            Outcome::Throttled { after: wait, scope, cause: cause("too_many_requests") }
        }
        (_, Some(ApiError::BotBlocked)) => recipient("blocked"),
        (
            _,
            Some(
                ApiError::UserDeactivated
                | ApiError::UserNotFound
                | ApiError::ChatNotFound
                | ApiError::GroupDeactivated,
            ),
        ) => recipient("chat_gone"),
        (403, _) => recipient("chat_refuses"),
        (400, Some(ApiError::NotEnoughRightsToPostMessages)) => unreachable("no_rights_in_chat"),
        (400, _) if refuses_the_chat(&said) => unreachable("no_rights_in_chat"),
        (400 | 413, _) => Outcome::Rejected { fault: Fault::Content, cause: cause("content_refused") },
        (409, _) => Outcome::Retry { after: wait, cause: cause("conflict") },
        (408 | 500..=599, _) if server_error_is_certain(code, true) => {
            Outcome::Retry { after: wait, cause: cause("server_error") }
        }
        (408 | 500..=599, _) => Outcome::Unknown { cause: cause("server_error") },
        (_, _) => Outcome::Rejected { fault: Fault::Content, cause: cause("content_refused") },
    })
}

/// Refusals with 400 that are about the chat, not about the content.
fn refuses_the_chat(said: &str) -> bool {
    [
        "not enough rights",
        "have no rights to send",
        "need administrator rights",
        "CHAT_WRITE_FORBIDDEN",
        "CHAT_ADMIN_REQUIRED",
        "CHAT_RESTRICTED",
        "PEER_ID_INVALID",
        "USER_IS_BLOCKED",
        "group chat was deleted",
        "chat_id is empty",
        "invalid user_id",
        "TOPIC_CLOSED",
    ]
    .iter()
    .any(|s| said.contains(s))
}

impl Telegram {
    fn url(&self, method: &str) -> Url {
        join(&self.api, &[&format!("bot{}", self.token.expose_secret()), method])
    }
    /// Asks something that changes nothing.
    async fn ask(&self, method: &str, body: &Value) -> Result<Value, Cause> {
        let request = self.http.client().post(self.url(method)).json(body);
        let answer = self.http.call(request).await.map_err(|f| f.cause())?;
        match answer.json::<Envelope>() {
            Some(Envelope { ok: true, result: Some(v), .. }) => Ok(v),
            Some(_) | None => {
                let secrets = [self.token.expose_secret()];
                match classify(answer.status, &answer.body, "", None, &secrets) {
                    Verdict::Ended(o) => Err(o.cause().cloned().unwrap_or_else(|| Cause::new("refused", ""))),
                    Verdict::Sent(_) | Verdict::Moved(_) => Err(Cause::new("unreadable_answer", method)),
                }
            }
        }
    }
}

/// A delivery under way.
struct Sending<'a> {
    bot: &'a Telegram,
    messages: Vec<Message>,
    chat: String,
    now: DateTime<Utc>,
    deadline: Deadline,
    moved: Option<i64>,
}

impl Sending<'_> {
    async fn once(&self, message: &Message) -> Result<Verdict, Failure> {
        let request =
            self.bot.http.client().post(self.bot.url(message.method())).timeout(self.deadline.left());
        let fields = match message.fields() {
            Ok(f) => f,
            Err(cause) => return Ok(Verdict::Ended(Outcome::Rejected { fault: Fault::Content, cause })),
        };
        let request = match message {
            Message::Text(_) => request.json(&fields),
            Message::Photo(..) | Message::Album(..) | Message::Document(..) => {
                let mut form = multipart::Form::new();
                for (key, value) in fields {
                    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                    form = form.text(key, text);
                }
                for (name, blob) in message.files() {
                    let part = Part::bytes(blob.bytes.to_vec()).file_name(blob.meta.name.clone());
                    let Ok(part) = part.mime_str(&blob.meta.mime) else {
                        let cause = Cause::new("not_composed", "the file's media type is malformed");
                        return Ok(Verdict::Ended(Outcome::Rejected { fault: Fault::Content, cause }));
                    };
                    form = form.part(name, part);
                }
                request.multipart(form)
            }
        };
        let answer = self.bot.http.call(request).await?;
        let secrets = [self.bot.token.expose_secret(), self.chat.as_str()];
        Ok(classify(answer.status, &answer.body, &self.chat, answer.retry_after(self.now), &secrets))
    }
}

impl Steps for Sending<'_> {
    fn count(&self) -> usize {
        self.messages.len()
    }
    async fn step(&mut self, i: usize) -> Step {
        loop {
            match self.once(&self.messages[i]).await {
                Ok(Verdict::Sent(id)) => return Step::Sent(id),
                Ok(Verdict::Moved(to)) if self.moved.is_none() => {
                    self.moved = Some(to);
                    self.chat = to.to_string();
                    for m in &mut self.messages {
                        m.to(ChatId(to));
                    }
                }
                Ok(Verdict::Moved(_)) => {
                    let cause =
                        Cause::new("chat_moved_twice", "the chat moved again while it was being followed");
                    return Step::Ended(Outcome::Rejected { fault: Fault::Unreachable, cause });
                }
                Ok(Verdict::Ended(o)) => return Step::Ended(o),
                Err(f) => return Step::Ended(f.outcome()),
            }
        }
    }
    fn note(&self) -> Option<String> {
        self.moved.map(|to| format!("migrate_to_chat_id={to}"))
    }
}

#[async_trait]
impl Transport for Telegram {
    fn capabilities(&self) -> &Capabilities {
        &self.caps
    }
    async fn send(&self, msg: &Outbound) -> Outcome {
        let messages = match messages(msg) {
            Ok(m) => m,
            Err(cause) => {
                let fault = if cause.code == "bad_chat_id" { Fault::Unreachable } else { Fault::Content };
                return Outcome::Rejected { fault, cause };
            }
        };
        let deadline = Deadline::after(self.budget);
        let chat = msg.to.value.clone();
        let mut sending = Sending { bot: self, messages, chat, now: msg.now, deadline, moved: None };
        run_parts(&mut sending, deadline).await
    }
    async fn reach(
        &self,
        receipts: &[Receipt],
        targets: &[String],
        now: DateTime<Utc>,
    ) -> Result<Vec<ReachFigure>, Cause> {
        let mut known: Vec<(&str, Option<i64>)> = Vec::new();
        let mut out = Vec::new();
        for (receipt, chat) in receipts.iter().zip(targets) {
            // A person's chat has one member besides the bot: nothing to ask.
            if chat.parse::<i64>().is_ok_and(|id| id > 0) {
                continue;
            }
            let members = match known.iter().find(|k| k.0 == chat) {
                Some(k) => k.1,
                None => {
                    let recipient = recipient(chat)?;
                    let answer =
                        self.ask("GetChatMemberCount", &serde_json::json!({ "chat_id": recipient })).await;
                    let members = match answer {
                        Ok(v) => v.as_i64(),
                        // One chat that is gone must not hide the others.
                        Err(c)
                            if matches!(
                                c.code.as_str(),
                                "chat_gone" | "chat_refuses" | "no_rights_in_chat" | "content_refused"
                            ) =>
                        {
                            None
                        }
                        Err(c) => return Err(c),
                    };
                    known.push((chat, members));
                    members
                }
            };
            if let Some(value) = members {
                out.push(ReachFigure {
                    receipt: receipt.id.clone(),
                    metric: "members".into(),
                    value,
                    grade: Grade::Platform,
                    source: "telegram getChatMemberCount".into(),
                    at: now,
                });
            }
        }
        Ok(out)
    }
    fn messages(&self, msg: &Outbound) -> usize {
        messages(msg).map_or(1, |all| all.iter().map(Message::weight).sum::<usize>().max(1))
    }
    fn compose(&self, msg: &Outbound) -> Result<Vec<WireFile>, Cause> {
        let mut calls = Vec::new();
        let mut files = Vec::new();
        for m in messages(msg)? {
            let mut call = serde_json::Map::new();
            call.insert("method".into(), m.method().into());
            call.append(&mut m.fields()?);
            for (name, blob) in m.files() {
                call.insert(name, blob.meta.name.clone().into());
                let ext = blob.meta.name.rsplit_once('.').map_or("bin", |(_, e)| e);
                files.push(WireFile { ext: ext.to_owned(), bytes: blob.bytes.to_vec() });
            }
            calls.push(Value::Object(call));
        }
        let bytes =
            serde_json::to_vec_pretty(&calls).map_err(|e| Cause::new("not_composed", e.to_string()))?;
        files.insert(0, WireFile { ext: "json".into(), bytes });
        Ok(files)
    }
    async fn probe(&self) -> Result<(), Cause> {
        self.ask("GetMe", &serde_json::json!({})).await.map(|_| ())
    }
}

#[cfg(test)]
mod tests;
