//! The stream below an SMTP session: TCP without delay, TLS where asked, and replies brought into the one form that
//! the session's reader takes.
//!
//! STARTTLS is spoken here, byte for byte, so that nothing said before the handshake can be taken for an answer given
//! inside it (RFC 3207 §6). Never sends a login and never continues in the clear where TLS was asked for.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use lettre::transport::smtp::client::AsyncTokioStream;
use lettre::transport::smtp::extension::ClientId;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncBufRead, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::classify::{Reply, Stage};
use super::settings::{Security, Settings};
use crate::transport::BadSetting;

/// Longest line of a reply that is read; the rest of a longer one is dropped (RFC 5321 §4.5.3.1.5 asks for 512).
const LINE_MAX: usize = 900;
/// Most lines of one reply to greeting, EHLO or STARTTLS.
const LINES_MAX: usize = 100;

/// Why no stream came about.
#[derive(Debug)]
pub(super) enum NoWire {
    /// The server answered no.
    Answer(Stage, Reply),
    /// It could not be reached, or hung up.
    Lost(String),
    /// The setting or the other side makes a protected connection impossible: a stable code and what was seen.
    Unsafe(&'static str, String),
}

/// TLS as the account wants it: the system's authorities and perhaps one more.
pub(super) fn connector(ca: Option<&str>) -> Result<TlsConnector, BadSetting> {
    let bad = |says: String| BadSetting { key: "ca".to_owned(), says };
    let mut roots = rustls::RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(pem) = ca {
        let before = roots.len();
        for cert in CertificateDer::pem_slice_iter(pem.as_bytes()) {
            let cert = cert.map_err(|_| bad("is not a certificate in PEM form".to_owned()))?;
            roots.add(cert).map_err(|e| bad(format!("holds a certificate that cannot be used: {e}")))?;
        }
        if roots.len() == before {
            return Err(bad("holds no certificate (expected -----BEGIN CERTIFICATE-----)".to_owned()));
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| bad(format!("TLS cannot be set up: {e}")))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

/// Opens a stream on which the server's greeting can be read next. The caller limits the time.
///
/// # Errors
/// What the server answered, or what was in the way.
pub(super) async fn open(
    s: &Settings,
    tls: Option<&TlsConnector>,
) -> Result<Box<dyn AsyncTokioStream>, NoWire> {
    let lost = |e: io::Error| NoWire::Lost(e.to_string());
    let tcp = TcpStream::connect((s.server.as_str(), s.port)).await.map_err(lost)?;
    // A mail's body and its final dot are two writes: with Nagle's algorithm each mail waits for a delayed ACK.
    tcp.set_nodelay(true).map_err(lost)?;
    let peer = tcp.peer_addr().map_err(lost)?;
    let Some(tls) = tls.filter(|_| s.security != Security::None) else {
        if s.security != Security::None || !(peer.ip().is_loopback() || s.plaintext_may_leave) {
            let says = "security is none and the server is not on this machine".to_owned();
            return Err(NoWire::Unsafe("plaintext_refused", says));
        }
        return Ok(Box::new(Tidy::new(tcp, peer, b"")));
    };
    let (tcp, greeting) = match s.security {
        Security::StartTls => (starttls(tcp, &s.hello).await?, "220 TLS\r\n"),
        Security::Tls | Security::None => (tcp, ""),
    };
    let name = ServerName::try_from(s.server.clone())
        .map_err(|_| NoWire::Unsafe("tls_failed", "the server's name cannot be checked".to_owned()))?;
    let stream: TlsStream<TcpStream> = tls.connect(name, tcp).await.map_err(|e| handshake(&e))?;
    // After STARTTLS a server does not greet again; the session's reader wants a greeting, so it gets ours.
    Ok(Box::new(Tidy::new(stream, peer, greeting.as_bytes())))
}

/// A handshake that failed: by the certificate, by TLS itself, or because the line went down.
fn handshake(e: &io::Error) -> NoWire {
    match e.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(rustls::Error::InvalidCertificate(why)) => NoWire::Unsafe(
            "certificate_untrusted",
            format!("the server's certificate is not accepted: {why:?}"),
        ),
        Some(why) => NoWire::Unsafe("tls_failed", why.to_string()),
        None => NoWire::Lost(e.to_string()),
    }
}

/// Greeting, EHLO, STARTTLS on the bare connection; gives it back at the point where the handshake begins.
async fn starttls(tcp: TcpStream, hello: &ClientId) -> Result<TcpStream, NoWire> {
    let mut plain = BufReader::new(tcp);
    expect(&mut plain, Stage::Hello, 220).await?;
    say(&mut plain, &format!("EHLO {hello}\r\n")).await?;
    let offers = expect(&mut plain, Stage::Hello, 250).await?;
    if !offers.iter().any(|line| line.trim().eq_ignore_ascii_case("STARTTLS")) {
        let says = "the server offers no STARTTLS, or something on the way removed it".to_owned();
        return Err(NoWire::Unsafe("tls_not_offered", says));
    }
    say(&mut plain, "STARTTLS\r\n").await?;
    expect(&mut plain, Stage::Tls, 220).await?;
    if !plain.buffer().is_empty() {
        let says = "something was said in the clear after STARTTLS was agreed".to_owned();
        return Err(NoWire::Unsafe("tls_failed", says));
    }
    Ok(plain.into_inner())
}

async fn say(plain: &mut BufReader<TcpStream>, line: &str) -> Result<(), NoWire> {
    plain.get_mut().write_all(line.as_bytes()).await.map_err(|e| NoWire::Lost(e.to_string()))
}

/// Reads one reply and its lines without codes; any other code than the wanted one is an answer.
async fn expect(plain: &mut BufReader<TcpStream>, stage: Stage, code: u16) -> Result<Vec<String>, NoWire> {
    let mut lines = Lines::default();
    let mut texts = vec![];
    loop {
        let line = std::future::poll_fn(|cx| lines.poll(Pin::new(&mut *plain), cx)).await;
        let line = line.map_err(|e| NoWire::Lost(e.to_string()))?;
        let Some(line) = line else {
            return Err(NoWire::Lost("the server closed the connection".to_owned()));
        };
        let (number, rest) = line.split_at_checked(3).unwrap_or(("", ""));
        let Ok(number) = number.parse::<u16>() else {
            return Err(NoWire::Lost("the server does not speak SMTP".to_owned()));
        };
        texts.push(rest.get(1..).unwrap_or_default().trim_end().to_owned());
        if texts.len() > LINES_MAX {
            return Err(NoWire::Lost("the server's answer has no end".to_owned()));
        }
        if !rest.starts_with('-') {
            return if number == code {
                Ok(texts)
            } else {
                Err(NoWire::Answer(stage, Reply { code: number, text: texts.join(" ") }))
            };
        }
    }
}

/// Reads lines whatever their end, in ASCII, cut to [`LINE_MAX`].
#[derive(Debug, Default)]
struct Lines {
    line: Vec<u8>,
}

impl Lines {
    /// The next line, ended by CRLF and with something after its code; `None` at the end of the stream.
    fn poll<R: AsyncBufRead>(
        &mut self,
        mut from: Pin<&mut R>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<Option<String>>> {
        loop {
            let chunk = ready!(from.as_mut().poll_fill_buf(cx))?;
            if chunk.is_empty() {
                // What was begun and not ended is no answer.
                return Poll::Ready(Ok(None));
            }
            let end = chunk.iter().position(|b| *b == b'\n');
            let take = end.map_or(chunk.len(), |at| at + 1);
            let room = LINE_MAX.saturating_sub(self.line.len());
            self.line.extend(chunk.iter().take(take.min(room)).map(|b| match *b {
                b @ (b' '..=b'~' | b'\r' | b'\n') => b,
                b'\t' => b' ',
                _ => b'?',
            }));
            from.as_mut().consume(take);
            if end.is_some() {
                let line = String::from_utf8_lossy(&std::mem::take(&mut self.line)).into_owned();
                let line = line.trim_end_matches(['\r', '\n']).replace('\r', " ");
                let bare = if line.len() == 3 { " " } else { "" };
                return Poll::Ready(Ok(Some(format!("{line}{bare}\r\n"))));
            }
        }
    }
}

/// A stream whose replies come tidied: whole lines, ASCII, CRLF. A server that ends lines with LF, answers a bare code
/// or writes its language in another encoding has answered all the same; a reader that lost such an answer would call
/// a delivered mail unknown.
///
/// What is written waits until somebody reads: SMTP speaks in turns, and a mail's text and its final dot are one packet.
#[derive(Debug)]
struct Tidy<S> {
    inner: BufReader<S>,
    peer: SocketAddr,
    lines: Lines,
    ready: Vec<u8>,
    given: usize,
    /// Written and not yet on its way: from `gone` on.
    out: Vec<u8>,
    gone: usize,
}

/// Most bytes that wait for a reader.
const HELD_BACK: usize = 64 * 1024;

impl<S: AsyncRead + AsyncWrite + Unpin> Tidy<S> {
    fn new(inner: S, peer: SocketAddr, first: &[u8]) -> Self {
        let (lines, ready) = (Lines::default(), first.to_vec());
        Self { inner: BufReader::new(inner), peer, lines, ready, given: 0, out: Vec::new(), gone: 0 }
    }
    /// Sends what was held back.
    fn poll_out(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.out.is_empty() {
            return Poll::Ready(Ok(()));
        }
        let mut inner = Pin::new(self.inner.get_mut());
        while self.gone < self.out.len() {
            match ready!(inner.as_mut().poll_write(cx, &self.out[self.gone..])) {
                Ok(0) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Ok(n) => self.gone += n,
                Err(e) => {
                    self.out.clear();
                    self.gone = 0;
                    return Poll::Ready(Err(e));
                }
            }
        }
        ready!(inner.poll_flush(cx))?;
        self.out.clear();
        self.gone = 0;
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Tidy<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.given == this.ready.len() {
            // A server that hung up in the middle may have said why: its words are read all the same.
            let _ = ready!(this.poll_out(cx));
            match ready!(this.lines.poll(Pin::new(&mut this.inner), cx))? {
                Some(line) => this.ready = line.into_bytes(),
                None => return Poll::Ready(Ok(())),
            }
            this.given = 0;
        }
        let n = (this.ready.len() - this.given).min(buf.remaining());
        buf.put_slice(&this.ready[this.given..this.given + n]);
        this.given += n;
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Tidy<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.out.len() >= HELD_BACK {
            ready!(this.poll_out(cx))?;
        }
        let n = buf.len().min(HELD_BACK);
        this.out.extend_from_slice(&buf[..n]);
        Poll::Ready(Ok(n))
    }
    /// Nothing yet: see the type.
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_out(cx))?;
        Pin::new(this.inner.get_mut()).poll_shutdown(cx)
    }
}

impl<S: AsyncRead + AsyncWrite + Send + Sync + Unpin + std::fmt::Debug> AsyncTokioStream for Tidy<S> {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.peer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncReadExt;
    use tokio::net::TcpListener;

    async fn tidied(raw: &[u8]) -> String {
        let peer = SocketAddr::from(([127, 0, 0, 1], 25));
        let mut tidy = Tidy::new(tokio::io::join(raw, tokio::io::sink()), peer, b"");
        let mut out = String::new();
        tidy.read_to_string(&mut out).await.unwrap();
        out
    }

    #[tokio::test]
    async fn untidy_answers_are_answers() {
        assert_eq!(tidied(b"250 ok\n").await, "250 ok\r\n");
        assert_eq!(tidied(b"250\r\n").await, "250 \r\n");
        assert_eq!(tidied(b"550-a\r\n550 kh\xf4ng c\xf3\r\n").await, "550-a\r\n550 kh?ng c?\r\n");
        assert_eq!(tidied(b"250 ok\r\n250 half").await, "250 ok\r\n");
        assert_eq!(tidied(b"250 a\rb\tc\r\n").await, "250 a b c\r\n");
        let long = tidied(format!("250 {}\r\n250 next\r\n", "x".repeat(100_000)).as_bytes()).await;
        assert!(long.len() < 1000 && long.ends_with("\r\n250 next\r\n"));
    }

    /// A server that says `replies`, one after each line it reads, and the outcome of STARTTLS against it.
    async fn upgrade(replies: &[&str]) -> Result<TcpStream, NoWire> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = async {
            let (mut tcp, _) = listener.accept().await.unwrap();
            let mut line = [0u8; 512];
            for (n, reply) in replies.iter().enumerate() {
                if n > 0 && tcp.read(&mut line).await.unwrap() == 0 {
                    break;
                }
                tcp.write_all(reply.as_bytes()).await.unwrap();
            }
        };
        let client = async {
            let tcp = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
            starttls(tcp, &ClientId::Domain("loa.example".into())).await
        };
        tokio::join!(server, client).1
    }

    #[tokio::test]
    async fn starttls_is_agreed_or_nothing_goes_on() {
        let hello = "220 mx\r\n";
        let offers = "250-mx\r\n250-8BITMIME\r\n250 STARTTLS\r\n";
        assert!(upgrade(&[hello, offers, "220 go\r\n"]).await.is_ok());
        // Words slipped in behind the agreement must not become answers inside TLS.
        let slipped = upgrade(&[hello, offers, "220 go\r\n250 AUTH PLAIN\r\n"]).await;
        assert!(matches!(slipped, Err(NoWire::Unsafe("tls_failed", _))), "{slipped:?}");
        let stripped = upgrade(&[hello, "250-mx\r\n250 8BITMIME\r\n"]).await;
        assert!(matches!(stripped, Err(NoWire::Unsafe("tls_not_offered", _))), "{stripped:?}");
        let busy = upgrade(&["421 4.3.2 later\r\n"]).await;
        assert!(matches!(busy, Err(NoWire::Answer(Stage::Hello, Reply { code: 421, .. }))), "{busy:?}");
        let refused = upgrade(&[hello, offers, "454 4.7.0 not now\r\n"]).await;
        assert!(matches!(refused, Err(NoWire::Answer(Stage::Tls, Reply { code: 454, .. }))), "{refused:?}");
        assert!(matches!(upgrade(&["HTTP/1.1 400 no\r\n"]).await, Err(NoWire::Lost(_))));
        assert!(matches!(upgrade(&[hello]).await, Err(NoWire::Lost(_))));
    }

    #[test]
    fn an_authority_that_is_none_is_refused() {
        for pem in ["", "x", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
            assert_eq!(connector(Some(pem)).err().expect("refused").key, "ca");
        }
        assert!(connector(None).is_ok());
    }
}
