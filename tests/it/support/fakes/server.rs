//! A small HTTP server of our own, because the fakes must be able to hang up in the middle, which no framework likes.
//!
//! One request a connection, no chunked bodies. It never decides anything: a handler does.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use serde_json::Value;
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
    /// Done; the connection stays open so long and ends before the answer ([`super::FaultProxy`] only).
    Hang(std::time::Duration),
}

impl Fault {
    /// What the client sees instead of the deed; `None` where it is done.
    pub(super) fn instead(&self) -> Option<Reply> {
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
            Fault::CutAfter | Fault::Hang(_) => None,
        }
    }
}

pub(super) type Handler = Arc<dyn Fn(Request) -> Pin<Box<dyn Future<Output = Reply> + Send>> + Send + Sync>;

/// A small HTTP/1.1 server on a free loopback port, one request a connection. Stops when dropped.
pub(super) struct Server {
    addr: SocketAddr,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Server {
    pub(super) fn start(handler: Handler) -> Self {
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
    pub(super) fn url(&self) -> String {
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
