//! A server of originals that changes, lies, stalls, never ends, cuts off, and leads astray.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What the server does with a request for a path.
#[derive(Clone)]
pub enum Way {
    /// Sends it, with `ETag` and ranges: type, bytes.
    File(&'static str, Vec<u8>),
    /// Sends so many bytes of it and hangs up; a request for a range gets the rest.
    Cut(usize, Vec<u8>),
    /// The same, but what comes next is another file, so that the range is void.
    CutThenOther(usize, Vec<u8>, Vec<u8>),
    /// The whole of it; to a request for a range, whatever `If-Range` says: these headers, and these bytes in one chunk.
    Part(Vec<u8>, String, Vec<u8>),
    /// Sends so many bytes of it without a word of how many there are, and hangs up.
    HangsUp(&'static str, usize, Vec<u8>),
    /// Answers with the head and then with nothing.
    Silent,
    /// Sends for ever.
    Endless,
    /// Says that it is longer than it may be.
    Boasts,
    /// Leads on.
    To(String),
    /// Refuses.
    Status(u16),
}

/// A server of originals. What it was asked is written down.
pub struct Shelf {
    pub addr: SocketAddr,
    ways: Arc<Mutex<BTreeMap<String, Way>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Shelf {
    /// On a free port of loopback.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("it is there");
        let addr = listener.local_addr().expect("it is there");
        let (ways, asked) =
            (Arc::<Mutex<BTreeMap<String, Way>>>::default(), Arc::<Mutex<Vec<String>>>::default());
        let (w, a) = (ways.clone(), asked.clone());
        // It ends with the test's process: a thread that waits for a connection disturbs nobody.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (w, a) = (w.clone(), a.clone());
                std::thread::spawn(move || serve(stream, &w, &a));
            }
        });
        Self { addr, ways, asked }
    }
    /// `127.0.0.1:port`.
    pub fn host(&self) -> String {
        self.addr.to_string()
    }
    /// Where a file lies.
    pub fn url(&self, name: &str) -> String {
        format!("http://{}/{name}", self.addr)
    }
    /// What it does from now on.
    pub fn set(&self, name: &str, way: Way) {
        self.ways.lock().expect("a lock").insert(format!("/{name}"), way);
    }
    /// What it was asked since this was asked.
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().expect("a lock"))
    }
}

/// The `ETag` of a file on the shelf.
pub fn tag(bytes: &[u8]) -> String {
    format!("\"{}\"", &loa::kit::hash(bytes)[..12])
}

/// Answers one request; what the client does not want to hear any more is not sent.
fn serve(stream: TcpStream, ways: &Mutex<BTreeMap<String, Way>>, asked: &Mutex<Vec<String>>) {
    let mut reader = BufReader::new(stream.try_clone().expect("it is there"));
    let mut lines = vec![];
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        if line == "\r\n" {
            break;
        }
        lines.push(line.trim().to_owned());
    }
    let path = lines[0].split(' ').nth(1).unwrap_or_default().to_owned();
    let header = |name: &str| {
        lines.iter().find_map(|l| {
            l.split_once(": ").filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.to_owned())
        })
    };
    let (range, if_range, none_match) = (header("range"), header("if-range"), header("if-none-match"));
    asked.lock().expect("a lock").push(format!(
        "{path}{}{}",
        range.as_ref().map_or(String::new(), |r| format!(" {r}")),
        if none_match.is_some() { " etag" } else { "" },
    ));
    let way = ways.lock().expect("a lock").get(&path).cloned().unwrap_or(Way::Status(404));
    let mut out = stream;
    let mut say = |text: &[u8]| out.write_all(text).is_ok();
    let head = |status: &str, more: &str| format!("HTTP/1.1 {status}\r\nconnection: close\r\n{more}\r\n");
    let whole = |mime: &str, b: &[u8]| {
        head(
            "200 OK",
            &format!(
                "content-type: {mime}\r\netag: {}\r\naccept-ranges: bytes\r\ncontent-length: {}\r\n",
                tag(b),
                b.len()
            ),
        )
    };
    match way {
        Way::CutThenOther(_, _, other) if range.is_some() && if_range != Some(tag(&other)) => {
            let _ = say(whole("image/png", &other).as_bytes()) && say(&other);
        }
        Way::File(_, bytes) if none_match == Some(tag(&bytes)) => {
            say(head("304 Not Modified", &format!("etag: {}\r\n", tag(&bytes))).as_bytes());
        }
        Way::File(mime, bytes) => {
            let _ = say(whole(mime, &bytes).as_bytes()) && say(&bytes);
        }
        Way::Cut(_, bytes) if range.is_some() && if_range == Some(tag(&bytes)) => {
            let from: usize = range
                .expect("it is there")
                .trim_start_matches("bytes=")
                .trim_end_matches('-')
                .parse()
                .expect("it is there");
            let more = format!(
                "content-type: image/png\r\netag: {}\r\ncontent-range: bytes {from}-{}/{}\r\ncontent-length: {}\r\n",
                tag(&bytes),
                bytes.len() - 1,
                bytes.len(),
                bytes.len() - from
            );
            let _ = say(head("206 Partial Content", &more).as_bytes()) && say(&bytes[from..]);
        }
        Way::Cut(at, bytes) | Way::CutThenOther(at, bytes, _) => {
            let _ = say(whole("image/png", &bytes).as_bytes()) && say(&bytes[..at]);
        }
        Way::Part(_, more, bytes) if range.is_some() => {
            let more = format!("content-type: image/png\r\ntransfer-encoding: chunked\r\n{more}");
            let _ = say(head("206 Partial Content", &more).as_bytes())
                && say(format!("{:x}\r\n", bytes.len()).as_bytes())
                && say(&bytes)
                && say(b"\r\n0\r\n\r\n");
        }
        Way::Part(bytes, ..) => {
            let _ = say(whole("image/png", &bytes).as_bytes()) && say(&bytes);
        }
        Way::HangsUp(mime, at, bytes) => {
            let _ = say(head("200 OK", &format!("content-type: {mime}\r\n")).as_bytes()) && say(&bytes[..at]);
        }
        Way::Silent => {
            say(head("200 OK", "content-type: image/png\r\ncontent-length: 5000\r\n").as_bytes());
            // Until the client has had enough.
            let mut rest = String::new();
            let _ = reader.read_line(&mut rest);
        }
        Way::Endless => {
            if say(head("200 OK", "content-type: image/png\r\ntransfer-encoding: chunked\r\n").as_bytes()) {
                while say(b"400\r\n") && say(&[7; 1024]) && say(b"\r\n") {}
            }
        }
        Way::Boasts => {
            say(head("200 OK", "content-type: image/png\r\ncontent-length: 99999999999\r\n").as_bytes());
        }
        Way::To(url) => {
            say(head("302 Found", &format!("location: {url}\r\ncontent-length: 0\r\n")).as_bytes());
        }
        Way::Status(n) => {
            say(head(&format!("{n} x"), "content-length: 0\r\n").as_bytes());
        }
    }
}

/// A square picture.
pub fn png(colour: u8, side: u32) -> Vec<u8> {
    let mut out = std::io::Cursor::new(vec![]);
    let picture =
        image::RgbImage::from_fn(side, side, |x, y| image::Rgb([colour, (x * 7) as u8, (y * 5) as u8]));
    image::DynamicImage::ImageRgb8(picture).write_to(&mut out, image::ImageFormat::Png).expect("it is there");
    out.into_inner()
}
