//! Stand-ins for platforms that have no server to run: the Telegram Bot API, the Zalo Bot API, a webhook receiver; and a proxy
//! that loses answers, for servers that are real.
//!
//! Each runs on its own thread, so that it answers while a test blocks or a child process runs. The bots' fakes are not to be
//! believed by themselves: `telegram.rs` and `zalo.rs` have them checked by clients nobody here wrote. A fake keeps what it
//! accepted apart from what it was asked, because a request whose answer was lost is accepted too.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::{Map, Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// A file of a multipart request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    pub field: String,
    pub file_name: String,
    pub mime: String,
    pub bytes: Vec<u8>,
}

/// A request as it came in.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    /// Path without the query.
    pub path: String,
    pub query: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(k, _)| k == name).map(|(_, v)| v.as_str())
    }
    /// The fields of the query and the body: JSON, form or multipart, values as texts.
    pub fn fields(&self) -> BTreeMap<String, String> {
        let mut out: BTreeMap<String, String> = form(&self.query);
        let kind = self.header("content-type").unwrap_or_default();
        if kind.starts_with("application/json") {
            if let Ok(Value::Object(o)) = serde_json::from_slice::<Value>(&self.body) {
                out.extend(
                    o.into_iter().map(|(k, v)| (k, v.as_str().map_or_else(|| v.to_string(), str::to_owned))),
                );
            }
        } else if kind.starts_with("application/x-www-form-urlencoded") {
            out.extend(form(&String::from_utf8_lossy(&self.body)));
        } else {
            for p in self.parts() {
                if p.file_name.is_empty() {
                    out.insert(p.field, String::from_utf8_lossy(&p.bytes).into_owned());
                }
            }
        }
        out
    }
    /// The files of a multipart body.
    pub fn uploads(&self) -> Vec<Upload> {
        self.parts().into_iter().filter(|p| !p.file_name.is_empty()).collect()
    }
    fn parts(&self) -> Vec<Upload> {
        let kind = self.header("content-type").unwrap_or_default();
        let Some((_, boundary)) = kind.split_once("boundary=") else { return vec![] };
        let mark = format!("--{}", boundary.trim_matches('"')).into_bytes();
        let mut out = Vec::new();
        for piece in split(&self.body, &mark) {
            let Some(head) = find(piece, b"\r\n\r\n") else { continue };
            let lines = String::from_utf8_lossy(&piece[..head]).into_owned();
            let attribute = |name: &str| {
                let from = lines.split_once(&format!(" {name}=\""))?.1;
                from.split_once('"').map(|(v, _)| v.to_owned())
            };
            let mime = lines.lines().find_map(|l| {
                l.to_ascii_lowercase().strip_prefix("content-type:").map(|v| v.trim().to_owned())
            });
            let bytes = &piece[head + 4..];
            out.push(Upload {
                field: attribute("name").unwrap_or_default(),
                file_name: attribute("filename").unwrap_or_default(),
                mime: mime.unwrap_or_default(),
                bytes: bytes.strip_suffix(b"\r\n").unwrap_or(bytes).to_vec(),
            });
        }
        out
    }
}

fn find(hay: &[u8], needle: &[u8]) -> Option<usize> {
    hay.windows(needle.len()).position(|w| w == needle)
}

fn split<'a>(mut hay: &'a [u8], mark: &[u8]) -> Vec<&'a [u8]> {
    let mut out = Vec::new();
    while let Some(i) = find(hay, mark) {
        out.push(&hay[..i]);
        hay = &hay[i + mark.len()..];
    }
    out
}

fn form(text: &str) -> BTreeMap<String, String> {
    let url = reqwest::Url::parse(&format!("http://x/?{text}")).expect("a query");
    url.query_pairs().map(|(k, v)| (k.into_owned(), v.into_owned())).collect()
}

/// What a handler lets the client see.
pub enum Reply {
    /// Status, header lines, body.
    Answer(u16, Vec<(String, String)>, Vec<u8>),
    /// Bytes as another server sent them.
    Raw(Vec<u8>),
    /// The connection ends without a byte.
    Cut,
}

impl Reply {
    pub fn json(status: u16, body: &Value) -> Self {
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        Reply::Answer(status, headers, body.to_string().into_bytes())
    }
}

/// What goes wrong with a request.
#[derive(Clone, Debug)]
pub enum Fault {
    /// Answered so instead of being done. The last is `Retry-After`.
    Answer(u16, Value, Option<u64>),
    /// Answered with an HTML page instead of being done.
    Page(u16),
    /// Not done; the connection ends.
    CutBefore,
    /// Done; the connection ends before the answer.
    CutAfter,
}

impl Fault {
    fn instead(&self) -> Option<Reply> {
        match self {
            Fault::Answer(status, body, after) => {
                let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
                headers.extend(after.map(|s| ("retry-after".to_owned(), s.to_string())));
                Some(Reply::Answer(*status, headers, body.to_string().into_bytes()))
            }
            Fault::Page(status) => {
                let headers = vec![("content-type".to_owned(), "text/html".to_owned())];
                Some(Reply::Answer(*status, headers, b"<html><title>no</title></html>".to_vec()))
            }
            Fault::CutBefore => Some(Reply::Cut),
            Fault::CutAfter => None,
        }
    }
}

type Handler = Arc<dyn Fn(Request) -> Pin<Box<dyn Future<Output = Reply> + Send>> + Send + Sync>;

/// A small HTTP/1.1 server on a free loopback port, one request a connection. Stops when dropped.
struct Server {
    addr: SocketAddr,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Server {
    fn start(handler: Handler) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let addr = listener.local_addr().unwrap();
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let thread = std::thread::spawn(move || {
            let rt = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            rt.block_on(async move {
                let listener = TcpListener::from_std(listener).unwrap();
                let mut open = tokio::task::JoinSet::new();
                let accept = async {
                    while let Ok((stream, _)) = listener.accept().await {
                        while open.try_join_next().is_some() {}
                        open.spawn(connection(stream, handler.clone()));
                    }
                };
                tokio::select! { () = accept => {}, _ = stopped => {} }
            });
        });
        Self { addr, stop: Some(stop), thread: Some(thread) }
    }
    fn url(&self) -> String {
        format!("http://{}", self.addr)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn connection(mut stream: TcpStream, handler: Handler) {
    let Some(request) = read(&mut stream).await else { return };
    let bytes = match handler(request).await {
        Reply::Cut => return,
        Reply::Raw(bytes) => bytes,
        Reply::Answer(status, headers, body) => {
            let mut head =
                format!("HTTP/1.1 {status} x\r\ncontent-length: {}\r\nconnection: close\r\n", body.len());
            for (k, v) in headers {
                head.push_str(&format!("{k}: {v}\r\n"));
            }
            head.push_str("\r\n");
            [head.into_bytes(), body].concat()
        }
    };
    let _ = stream.write_all(&bytes).await;
    let _ = stream.shutdown().await;
}

/// One whole request; `None` if the client went away or speaks otherwise.
async fn read(stream: &mut TcpStream) -> Option<Request> {
    let mut got = Vec::new();
    let head = loop {
        if let Some(i) = find(&got, b"\r\n\r\n") {
            break i;
        }
        let mut buf = [0u8; 16 << 10];
        let n = stream.read(&mut buf).await.ok().filter(|n| *n > 0)?;
        got.extend_from_slice(&buf[..n]);
    };
    let text = String::from_utf8(got[..head].to_vec()).ok()?;
    let mut lines = text.lines();
    let mut first = lines.next()?.split(' ');
    let (method, target) = (first.next()?.to_owned(), first.next()?);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let headers: Vec<(String, String)> = lines
        .filter_map(|l| l.split_once(':'))
        .map(|(k, v)| (k.to_ascii_lowercase(), v.trim().to_owned()))
        .collect();
    let length = headers.iter().find(|(k, _)| k == "content-length").map_or(0, |(_, v)| v.parse().unwrap());
    assert!(!headers.iter().any(|(k, _)| k == "transfer-encoding"), "a chunked request");
    let mut body = got[head + 4..].to_vec();
    while body.len() < length {
        let mut buf = [0u8; 16 << 10];
        let n = stream.read(&mut buf).await.ok().filter(|n| *n > 0)?;
        body.extend_from_slice(&buf[..n]);
    }
    Some(Request { method, path: path.to_owned(), query: query.to_owned(), headers, body })
}

/// A message a bot's fake took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// `sendmessage` or `sendphoto`.
    pub method: String,
    pub chat: String,
    /// Text or caption.
    pub text: String,
    /// Whether a picture came with it.
    pub photo: bool,
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
        (Platform::Telegram, "sendmessage" | "sendphoto") | (Platform::Zalo, "sendMessage" | "sendPhoto") => {
            let fault = s.faults.pop_front().flatten();
            if let Some(reply) = fault.as_ref().and_then(Fault::instead) {
                return reply;
            }
            let reply = match platform {
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
        id: id.clone(),
    });
    id
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
    let photo = method == "sendphoto";
    let markup = if photo { get("caption") } else { get("text") };
    let shown = match get("parse_mode") {
        "" => markup.to_owned(),
        "HTML" => match telegram_html(markup) {
            Ok(text) => text,
            Err(why) => return refusal(400, &format!("Bad Request: can't parse entities: {why}")),
        },
        _ => return refusal(400, "Bad Request: unsupported parse_mode"),
    };
    let length = shown.chars().count();
    if photo {
        let field = get("photo");
        let uploads = r.uploads();
        let name = field.strip_prefix("attach://").unwrap_or("photo");
        if !uploads.iter().any(|u| u.field == name && !u.bytes.is_empty()) && !field.starts_with("http") {
            return refusal(400, "Bad Request: there is no photo in the request");
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
    } else {
        message["text"] = json!(shown);
    }
    done(message)
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
    done(json!({"message_id": id, "date": 1_795_000_000_123_i64}))
}

/// A receiver of Standard Webhooks that takes everything, or answers as told.
pub struct FakeReceiver {
    server: Server,
    state: Arc<Mutex<(Vec<Request>, VecDeque<Fault>)>>,
}

impl FakeReceiver {
    pub fn start() -> Self {
        let state: Arc<Mutex<(Vec<Request>, VecDeque<Fault>)>> = Arc::default();
        let s = state.clone();
        let server = Server::start(Arc::new(move |r| {
            let mut s = s.lock().unwrap();
            let fault = s.1.pop_front();
            let reply = match fault.as_ref().map(Fault::instead) {
                Some(Some(reply)) => reply,
                Some(None) => {
                    s.0.push(r);
                    Reply::Cut
                }
                None => {
                    s.0.push(r);
                    Reply::Answer(204, vec![], vec![])
                }
            };
            Box::pin(async move { reply })
        }));
        Self { server, state }
    }
    pub fn url(&self) -> String {
        self.server.url()
    }
    pub fn next_send(&self, fault: Fault) {
        self.state.lock().unwrap().1.push_back(fault);
    }
    /// What it took.
    pub fn accepted(&self) -> Vec<Request> {
        self.state.lock().unwrap().0.clone()
    }
}

/// Which requests a fault of a [`FaultProxy`] meets.
pub type Matches = fn(&Request) -> bool;

/// Stands before a real server and loses requests or answers on demand.
pub struct FaultProxy {
    server: Server,
    faults: Arc<Mutex<VecDeque<(Matches, Fault)>>>,
    seen: Arc<Mutex<Vec<Request>>>,
}

impl FaultProxy {
    /// Before the server at `upstream` (`http://127.0.0.1:port`).
    pub fn start(upstream: &str) -> Self {
        let upstream: SocketAddr =
            upstream.trim_start_matches("http://").parse().expect("http://address:port");
        let faults: Arc<Mutex<VecDeque<(Matches, Fault)>>> = Arc::default();
        let seen: Arc<Mutex<Vec<Request>>> = Arc::default();
        let (f, s) = (faults.clone(), seen.clone());
        let server = Server::start(Arc::new(move |r| {
            s.lock().unwrap().push(r.clone());
            let mut queue = f.lock().unwrap();
            let due = queue.front().is_some_and(|(m, _)| m(&r));
            let fault = if due { queue.pop_front().map(|(_, f)| f) } else { None };
            Box::pin(async move {
                match fault.as_ref().map(Fault::instead) {
                    Some(Some(reply)) => reply,
                    Some(None) => {
                        forward(upstream, &r).await;
                        Reply::Cut
                    }
                    None => Reply::Raw(forward(upstream, &r).await),
                }
            })
        }));
        Self { server, faults, seen }
    }
    pub fn url(&self) -> String {
        self.server.url()
    }
    /// The next request that `matches` ends so; several are met in order.
    pub fn next(&self, matches: Matches, fault: Fault) {
        self.faults.lock().unwrap().push_back((matches, fault));
    }
    /// Every request, also lost ones.
    pub fn requests(&self) -> Vec<Request> {
        self.seen.lock().unwrap().clone()
    }
    /// True when no fault waits any more: each met its request.
    pub fn spent(&self) -> bool {
        self.faults.lock().unwrap().is_empty()
    }
}

async fn forward(upstream: SocketAddr, r: &Request) -> Vec<u8> {
    let mut head = format!("{} {}", r.method, r.path);
    if !r.query.is_empty() {
        head.push_str(&format!("?{}", r.query));
    }
    head.push_str(&format!(" HTTP/1.1\r\nhost: {upstream}\r\nconnection: close\r\n"));
    for (k, v) in r.headers.iter().filter(|(k, _)| k != "host" && k != "connection") {
        head.push_str(&format!("{k}: {v}\r\n"));
    }
    head.push_str("\r\n");
    let mut s = TcpStream::connect(upstream).await.expect("the server behind the proxy");
    s.write_all(&[head.as_bytes(), &r.body].concat()).await.expect("the server behind the proxy");
    let mut answer = Vec::new();
    s.read_to_end(&mut answer).await.expect("the server behind the proxy");
    answer
}

/// The Python of the tests' own environment: `LOA_TEST_PYTHON`, or `test-venv` beside the build (`./test` makes it).
#[expect(clippy::disallowed_methods, reason = "tests have no config/ to read the environment for them")]
pub fn python() -> std::path::PathBuf {
    match std::env::var("LOA_TEST_PYTHON") {
        Ok(path) => path.into(),
        Err(_) => target().join("test-venv/bin/python"),
    }
}

/// The folder cargo builds into.
pub fn target() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("tmp lies in target").to_owned()
}

/// Runs a script of `tests/peers` and answers the JSON it prints; panics with what it said if it fails.
pub fn stranger(script: &str, args: &[&str]) -> Map<String, Value> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers").join(script);
    let out = std::process::Command::new(python())
        .arg(path)
        .args(args)
        .output()
        .unwrap_or_else(|e| panic!("{}: {e}; ./test makes the environment", python().display()));
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "{script}: {said}");
    serde_json::from_slice(&out.stdout).unwrap_or_else(|e| panic!("{script}: {e}: {said}"))
}
