//! The bot platforms: what they check of a send, what they answer, what they took.
//!
//! Not to be believed by themselves: `telegram.rs` and `zalo.rs` have them checked by clients nobody here wrote.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::{Value, json};

use super::server::{Fault, Reply, Request, Server};

/// A message a bot's fake took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// `sendmessage`, `sendphoto`, `sendmediagroup` or `senddocument`.
    pub method: String,
    pub chat: String,
    /// Text or caption.
    pub text: String,
    /// Whether a picture came with it.
    pub photo: bool,
    /// Where a picture is to be fetched, if not sent itself.
    pub address: Option<String>,
    pub id: String,
}

/// How a chat answers.
#[derive(Clone, Debug)]
pub enum Chat {
    /// Status and description of every send.
    Refuses(u16, String),
    /// Telegram: became this chat.
    MovedTo(i64),
    /// Telegram: has so many members.
    Members(i64),
}

#[derive(Default)]
struct State {
    requests: Vec<Request>,
    accepted: Vec<Accepted>,
    /// What becomes of the sends to come, in order; `None`: nothing.
    faults: VecDeque<Option<Fault>>,
    chats: BTreeMap<String, Chat>,
    /// The token was reset: every call is answered with this status.
    reset: Option<u16>,
}

/// Which platform a [`FakeBot`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Platform {
    Telegram,
    Zalo,
}

/// A bot platform with one bot.
pub struct FakeBot {
    server: Server,
    state: Arc<Mutex<State>>,
    token: String,
}

impl FakeBot {
    pub fn telegram() -> Self {
        Self::start(Platform::Telegram, "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw")
    }
    pub fn zalo() -> Self {
        Self::start(Platform::Zalo, "12345689:abc-xyz")
    }
    fn start(platform: Platform, token: &str) -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let (s, t) = (state.clone(), token.to_owned());
        let server = Server::start(Arc::new(move |r| {
            let reply = answer(platform, &t, &mut s.lock().unwrap(), r);
            Box::pin(async move { reply })
        }));
        Self { server, state, token: token.to_owned() }
    }
    /// For `api_url:`.
    pub fn url(&self) -> String {
        self.server.url()
    }
    pub fn token(&self) -> &str {
        &self.token
    }
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
    /// The next send ends so. Called again, the one after it.
    pub fn next_send(&self, fault: Fault) {
        self.send_after(0, fault);
    }
    /// `pass` sends go well, the one after them ends so.
    pub fn send_after(&self, pass: usize, fault: Fault) {
        let mut s = self.state();
        s.faults.extend((0..pass).map(|_| None));
        s.faults.push_back(Some(fault));
    }
    pub fn chat(&self, id: &str, is: Chat) {
        self.state().chats.insert(id.to_owned(), is);
    }
    /// The bot's owner resets the token: from now on every call is refused with this status.
    pub fn reset_token(&self, status: u16) {
        self.state().reset = Some(status);
    }
    /// The owner made the old token good again.
    pub fn restore_token(&self) {
        self.state().reset = None;
    }
    /// Everything asked, whatever came of it.
    pub fn requests(&self) -> Vec<Request> {
        self.state().requests.clone()
    }
    /// Everything taken, also where the answer was cut off.
    pub fn accepted(&self) -> Vec<Accepted> {
        self.state().accepted.clone()
    }
    /// Forgets requests and what was taken; chats and faults stay.
    pub fn clear(&self) {
        let mut s = self.state();
        s.requests.clear();
        s.accepted.clear();
    }
}

fn refusal(status: u16, text: &str) -> Reply {
    Reply::json(status, &json!({"ok": false, "error_code": status, "description": text}))
}

fn done(result: Value) -> Reply {
    Reply::json(200, &json!({"ok": true, "result": result}))
}

fn answer(platform: Platform, token: &str, s: &mut State, r: Request) -> Reply {
    s.requests.push(r.clone());
    let mut segments = r.path.trim_start_matches('/').split('/');
    let given = segments.next().and_then(|b| b.strip_prefix("bot")).unwrap_or_default().to_owned();
    let method = segments.next().unwrap_or_default();
    if let Some(status) = s.reset {
        return refusal(status, "Not Found");
    }
    if given != token {
        // Telegram answers 404 where the token has not even the form of one.
        let malformed = platform == Platform::Telegram && !given.contains(':');
        return if malformed { refusal(404, "Not Found") } else { refusal(401, "Unauthorized") };
    }
    // Telegram's names ignore case, Zalo's do not.
    let name = if platform == Platform::Telegram { method.to_ascii_lowercase() } else { method.to_owned() };
    match (platform, name.as_str()) {
        (Platform::Telegram, "getme") => done(json!({"id": 110_201_543, "is_bot": true, "first_name": "Loa",
            "username": "loa_bot", "can_join_groups": true, "can_read_all_group_messages": false,
            "supports_inline_queries": false, "can_connect_to_business": false, "has_main_web_app": false})),
        (Platform::Zalo, "getMe") => done(json!({"id": "1459232241454765289", "account_name": "bot.loa",
            "account_type": "BASIC", "can_join_groups": false})),
        (Platform::Telegram, "getchatmembercount") => {
            match s.chats.get(r.fields().get("chat_id").map_or("", String::as_str)) {
                Some(Chat::Members(n)) => done(json!(n)),
                _ => refusal(400, "Bad Request: chat not found"),
            }
        }
        (Platform::Telegram, "sendmessage" | "sendphoto" | "sendmediagroup" | "senddocument")
        | (Platform::Zalo, "sendMessage" | "sendPhoto") => {
            let fault = s.faults.pop_front().flatten();
            if let Some(reply) = fault.as_ref().and_then(Fault::instead) {
                return reply;
            }
            let reply = match platform {
                Platform::Telegram if name == "sendmediagroup" => telegram_album(s, &r),
                Platform::Telegram => telegram_send(s, &name, &r),
                Platform::Zalo => zalo_send(s, &name.to_ascii_lowercase(), &r),
            };
            if fault.is_some() { Reply::Cut } else { reply }
        }
        _ => refusal(
            404,
            if platform == Platform::Telegram { "Not Found: method not found" } else { "Not Found" },
        ),
    }
}

fn chat_refuses(s: &State, chat: &str) -> Option<Reply> {
    match s.chats.get(chat)? {
        Chat::Refuses(status, text) => Some(refusal(*status, text)),
        Chat::MovedTo(to) => Some(Reply::json(
            400,
            &json!({"ok": false, "error_code": 400, "parameters": {"migrate_to_chat_id": to},
                "description": "Bad Request: group chat was upgraded to a supergroup chat"}),
        )),
        Chat::Members(_) => None,
    }
}

fn accept(s: &mut State, method: &str, chat: &str, text: &str, photo: bool, prefix: &str) -> String {
    let id = format!("{prefix}{}", s.accepted.len() + 1);
    s.accepted.push(Accepted {
        method: method.to_owned(),
        chat: chat.to_owned(),
        text: text.to_owned(),
        photo,
        address: None,
        id: id.clone(),
    });
    id
}

/// A picture as the Bot API's server takes it: width and height together at most 10,000, one at most 20 times the other.
fn is_photo(bytes: &[u8]) -> bool {
    // The smallest test pictures are none that anything opens.
    loa::kit::pixels(bytes).is_none_or(|(w, h)| w + h <= 10_000 && w.max(h) <= 20 * w.min(h))
}

/// What the Bot API's server checks of a send: chat, markup, lengths after parsing, the picture.
fn telegram_send(s: &mut State, method: &str, r: &Request) -> Reply {
    let f = r.fields();
    let get = |k: &str| f.get(k).map_or("", String::as_str);
    let chat = get("chat_id");
    let id: i64 = match chat.parse() {
        Ok(id) => id,
        Err(_) if chat.starts_with('@') => -1_001_000_000_001,
        Err(_) => return refusal(400, "Bad Request: chat not found"),
    };
    if let Some(reply) = chat_refuses(s, chat) {
        return reply;
    }
    let (photo, document) = (method == "sendphoto", method == "senddocument");
    let markup = if photo || document { get("caption") } else { get("text") };
    let shown = match get("parse_mode") {
        "" => markup.to_owned(),
        "HTML" => match telegram_html(markup) {
            Ok(text) => text,
            Err(why) => return refusal(400, &format!("Bad Request: can't parse entities: {why}")),
        },
        _ => return refusal(400, "Bad Request: unsupported parse_mode"),
    };
    let length = shown.chars().count();
    if photo || document {
        let part = if photo { "photo" } else { "document" };
        let field = get(part);
        let uploads = r.uploads();
        let name = field.strip_prefix("attach://").unwrap_or(part);
        if photo && uploads.iter().any(|u| u.field == name && !is_photo(&u.bytes)) {
            return refusal(400, "Bad Request: PHOTO_INVALID_DIMENSIONS");
        }
        if !uploads.iter().any(|u| u.field == name && !u.bytes.is_empty()) && !field.starts_with("http") {
            return refusal(400, &format!("Bad Request: there is no {part} in the request"));
        }
        if length > 1024 {
            return refusal(400, "Bad Request: message caption is too long");
        }
    } else if length == 0 {
        return refusal(400, "Bad Request: message text is empty");
    } else if length > 4096 {
        return refusal(400, "Bad Request: message is too long");
    }
    let message_id: i64 = accept(s, method, chat, markup, photo, "").parse().unwrap();
    let kind = if id < 0 {
        json!({"id": id, "type": "supergroup", "title": "Kênh"})
    } else {
        json!({"id": id, "type": "private", "first_name": "An"})
    };
    let mut message = json!({"message_id": message_id, "date": 1_795_000_000, "chat": kind,
        "from": {"id": 110_201_543, "is_bot": true, "first_name": "Loa", "username": "loa_bot"}});
    if photo {
        message["photo"] =
            json!([{"file_id": "f", "file_unique_id": "u", "width": 8, "height": 8, "file_size": 9}]);
        message["caption"] = json!(shown);
    } else if document {
        message["document"] = json!({"file_id": "f", "file_unique_id": "u", "file_size": 9});
        message["caption"] = json!(shown);
    } else {
        message["text"] = json!(shown);
    }
    done(message)
}

/// What the Bot API's server checks of an album: two to ten files that are there, a caption that can be read and is short enough.
/// It answers with a message for each.
fn telegram_album(s: &mut State, r: &Request) -> Reply {
    let f = r.fields();
    let chat = f.get("chat_id").map_or("", String::as_str);
    if let Some(reply) = chat_refuses(s, chat) {
        return reply;
    }
    let media: Vec<Value> = f.get("media").and_then(|m| serde_json::from_str(m).ok()).unwrap_or_default();
    if !(2..=10).contains(&media.len()) {
        return refusal(400, "Bad Request: wrong number of messages in an album");
    }
    let (uploads, mut out) = (r.uploads(), vec![]);
    for m in &media {
        let name = m["media"].as_str().and_then(|n| n.strip_prefix("attach://")).unwrap_or_default();
        if m["type"] != "photo" || !uploads.iter().any(|u| u.field == name && !u.bytes.is_empty()) {
            return refusal(400, "Bad Request: wrong file identifier/HTTP URL specified");
        }
        let caption = m["caption"].as_str().unwrap_or_default();
        let shown = if m["parse_mode"] == "HTML" { telegram_html(caption) } else { Ok(caption.to_owned()) };
        let shown = match shown {
            Ok(text) if text.chars().count() <= 1024 => text,
            Ok(_) => return refusal(400, "Bad Request: message caption is too long"),
            Err(why) => return refusal(400, &format!("Bad Request: can't parse entities: {why}")),
        };
        let message_id: i64 = accept(s, "sendmediagroup", chat, caption, true, "").parse().unwrap();
        out.push(
            json!({"message_id": message_id, "date": 1_795_000_000, "media_group_id": "g", "caption": shown,
            "chat": {"id": chat.parse::<i64>().unwrap_or(-1), "type": "supergroup", "title": "Kênh"},
            "photo": [{"file_id": "f", "file_unique_id": "u", "width": 8, "height": 8, "file_size": 9}]}),
        );
    }
    done(json!(out))
}

/// The text of Telegram's HTML subset; tags are only looked at by name and order.
fn telegram_html(html: &str) -> Result<String, String> {
    const KNOWN: &[&str] = &[
        "a",
        "b",
        "strong",
        "i",
        "em",
        "u",
        "ins",
        "s",
        "strike",
        "del",
        "span",
        "tg-spoiler",
        "tg-emoji",
        "code",
        "pre",
        "blockquote",
    ];
    let mut out = String::new();
    let mut open: Vec<String> = Vec::new();
    let mut rest = html;
    while let Some(c) = rest.chars().next() {
        if c == '<' {
            let end = rest.find('>').ok_or("Unclosed start tag")?;
            let tag = &rest[1..end];
            let name =
                tag.trim_start_matches('/').split([' ', '/']).next().unwrap_or_default().to_ascii_lowercase();
            if !KNOWN.contains(&name.as_str()) {
                return Err(format!(
                    "Unsupported start tag \"{name}\" at byte offset {}",
                    html.len() - rest.len()
                ));
            }
            if tag.starts_with('/') {
                if open.pop().as_deref() != Some(name.as_str()) {
                    return Err(format!("Unmatched end tag, found \"</{name}>\""));
                }
            } else {
                open.push(name);
            }
            rest = &rest[end + 1..];
            continue;
        }
        if c == '&' {
            let known = [("&lt;", '<'), ("&gt;", '>'), ("&amp;", '&'), ("&quot;", '"')];
            if let Some((entity, ch)) = known.iter().find(|(e, _)| rest.starts_with(e)) {
                out.push(*ch);
                rest = &rest[entity.len()..];
                continue;
            }
        }
        out.push(c);
        rest = &rest[c.len_utf8()..];
    }
    match open.pop() {
        Some(tag) => Err(format!("Can't find end tag corresponding to start tag \"{tag}\"")),
        None => Ok(out.trim().to_owned()),
    }
}

/// What is known of Zalo's checks: lengths, a public address for a picture, strings for ids.
fn zalo_send(s: &mut State, method: &str, r: &Request) -> Reply {
    let f = r.fields();
    let get = |k: &str| f.get(k).map_or("", String::as_str);
    let chat = get("chat_id");
    if chat.is_empty() {
        return refusal(400, "chat_id is required");
    }
    if let Some(reply) = chat_refuses(s, chat) {
        return reply;
    }
    let photo = method == "sendphoto";
    let text = if photo { get("caption") } else { get("text") };
    if text.encode_utf16().count() > 2000 || (!photo && text.is_empty()) {
        return refusal(400, "text must have 1 to 2000 characters");
    }
    if photo && !get("photo").starts_with("http") {
        return refusal(400, "photo is invalid");
    }
    let id = accept(s, method, chat, text, photo, "82599fa32f56d00e");
    s.accepted.last_mut().unwrap().address = photo.then(|| get("photo").to_owned());
    done(json!({"message_id": id, "date": 1_795_000_000_123_i64}))
}
