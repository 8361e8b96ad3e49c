//! Connections kept open, and one mail on one of them, step by step, so that it is always known on which side of 354
//! a connection was lost.
//!
//! Never says "not sent" of a mail whose bytes may have been taken, never says "unknown" of one that was answered, and
//! never puts a connection back whose last answer is outstanding: a future that is dropped takes its connection along.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lettre::transport::smtp::authentication::Mechanism;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail as MailFrom, Rcpt};
use lettre::transport::smtp::extension::{Extension, MailParameter};
use lettre::transport::smtp::response::Response;
use secrecy::ExposeSecret;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::TlsConnector;

use super::classify::{Reply, Stage, classify, clean};
use super::compose::Mail;
use super::settings::{Security, Settings};
use super::wire::{self, NoWire};
use crate::domain::outcome::{Cause, Fault, Outcome, Receipt, Scope};

/// Longest goodbye; the mail's outcome is known by then.
const GOODBYE: Duration = Duration::from_millis(500);
/// What a send may take beyond its steps: goodbyes and a reset.
pub(super) const SLACK: Duration = Duration::from_secs(2);

/// A session, logged in.
struct Session {
    smtp: AsyncSmtpConnection,
    /// Mails begun on it.
    mails: u32,
    since: Instant,
}

/// Why a step has no positive answer.
enum Miss {
    Answer(Reply),
    /// Hung up or broken off: what was seen.
    Lost(String),
    /// Time ran out.
    Silent,
}

/// The sessions of one account.
pub(super) struct Pool {
    settings: Settings,
    tls: Option<TlsConnector>,
    places: Semaphore,
    idle: Mutex<Vec<Session>>,
    /// Refusals by policy in a row at RCPT, since a recipient was taken: each may be about one mailbox alone.
    closed: AtomicU32,
    /// The same of mails that were handed over, since one was accepted: each may be one mailbox's own filter.
    filtered: AtomicU32,
}

impl Pool {
    pub(super) fn new(settings: Settings) -> Result<Self, crate::transport::BadSetting> {
        let tls = match settings.security {
            Security::None => None,
            Security::StartTls | Security::Tls => Some(wire::connector(settings.ca.as_deref())?),
        };
        let places = Semaphore::new(settings.connections);
        Ok(Self {
            settings,
            tls,
            places,
            idle: Mutex::new(vec![]),
            closed: AtomicU32::new(0),
            filtered: AtomicU32::new(0),
        })
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// A server's words without addresses, logins and passwords.
    fn clean(&self, text: &str, to: Option<&str>) -> String {
        let private: Vec<&str> = self.settings.secrets.iter().map(|s| s.expose_secret()).collect();
        let names: Vec<&str> = to.into_iter().collect();
        clean(text, &private, &names)
    }

    /// The youngest session that is still good; older ones are let go.
    fn take(&self) -> Option<Session> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|s| s.since.elapsed() < self.settings.idle);
        idle.pop()
    }

    /// Keeps a session for the next mail, or closes it after its share.
    async fn give_back(&self, mut session: Session) {
        if session.mails >= self.settings.mails_per_connection {
            let _ = timeout(GOODBYE, session.smtp.quit()).await;
            return;
        }
        session.since = Instant::now();
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(session);
    }

    /// Opens a session: TCP, TLS, EHLO, AUTH; each with its own time limit, all before `until`.
    async fn open(&self, until: Instant, attempt: u32) -> Result<Session, Outcome> {
        let s = &self.settings;
        let silent = || Outcome::Retry {
            after: None,
            cause: Cause::new("no_answer", "the server did not answer in time"),
        };
        let lost = |code: &str, says: &str| Outcome::Retry {
            after: None,
            cause: Cause::new(code, self.clean(says, None)),
        };
        let answered = |stage: Stage, reply: Reply| {
            classify(stage, &Reply { code: reply.code, text: self.clean(&reply.text, None) }, attempt)
        };
        let limit = || until.min(Instant::now() + s.step);
        let stream = match timeout_at(limit(), wire::open(s, self.tls.as_ref())).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(NoWire::Answer(stage, reply))) => return Err(answered(stage, reply)),
            Ok(Err(NoWire::Lost(says))) => return Err(lost("server_unreachable", &says)),
            Ok(Err(NoWire::Unsafe(code, says))) => {
                return Err(Outcome::Broken { cause: Cause::new(code, self.clean(&says, None)) });
            }
            Err(_) => return Err(silent()),
        };
        let hello = AsyncSmtpConnection::connect_with_transport(stream, &s.hello);
        let mut smtp = match timeout_at(limit(), hello).await {
            Ok(Ok(smtp)) => smtp,
            Ok(Err(e)) => {
                return Err(match miss(&e) {
                    Miss::Answer(reply) => answered(Stage::Hello, reply),
                    Miss::Lost(says) => lost("server_unreachable", &says),
                    Miss::Silent => silent(),
                });
            }
            Err(_) => return Err(silent()),
        };
        if let Some(login) = &s.login {
            let offered = [Mechanism::Plain, Mechanism::Login];
            if smtp.server_info().get_auth_mechanism(&offered).is_none() {
                let cause = Cause::new(
                    "login_not_offered",
                    "the server offers neither AUTH PLAIN nor AUTH LOGIN here",
                );
                return Err(Outcome::Broken { cause });
            }
            match step(limit(), smtp.auth(&offered, login)).await {
                Ok(_) => {}
                Err(Miss::Answer(reply)) => return Err(answered(Stage::Login, reply)),
                Err(Miss::Lost(says)) => return Err(lost("connection_lost", &says)),
                Err(Miss::Silent) => return Err(silent()),
            }
        }
        Ok(Session { smtp, mails: 0, since: Instant::now() })
    }

    /// Connects, logs in, says goodbye.
    pub(super) async fn probe(&self) -> Result<(), Outcome> {
        let _place = self.places.acquire().await;
        let mut session = self.open(Instant::now() + self.settings.step * 2, 1).await?;
        let _ = timeout(GOODBYE, session.smtp.quit()).await;
        Ok(())
    }

    /// Sends one mail: one outcome, within two steps, the time for the final answer, and [`SLACK`].
    pub(super) async fn send(&self, mail: &Mail, attempt: u32) -> Outcome {
        let until = Instant::now() + self.settings.step * 2;
        let Ok(place) = timeout_at(until, self.places.acquire()).await else {
            let cause = Cause::new("no_free_connection", "all connections were busy");
            return Outcome::Throttled { after: None, scope: Scope::Account, cause };
        };
        let _place = place;
        if let Some(mut session) = self.take() {
            session.mails += 1;
            match self.mail_from(&mut session, mail, until).await {
                Ok(()) => return self.after_mail_from(session, mail, until, attempt).await,
                // A server may close an idle session at any time. Nothing of this mail was handed over yet, so the same
                // attempt goes on with a new one.
                Err(Miss::Lost(_) | Miss::Silent | Miss::Answer(Reply { code: 421, .. })) => {}
                Err(Miss::Answer(reply)) => {
                    return self.refused(session, Stage::Mail, reply, mail, attempt).await;
                }
            }
        }
        let mut session = match self.open(until, attempt).await {
            Ok(session) => session,
            Err(outcome) => return outcome,
        };
        session.mails = 1;
        match self.mail_from(&mut session, mail, until).await {
            Ok(()) => self.after_mail_from(session, mail, until, attempt).await,
            Err(miss) => self.missed(session, Stage::Mail, miss, mail, attempt).await,
        }
    }

    async fn mail_from(&self, session: &mut Session, mail: &Mail, until: Instant) -> Result<(), Miss> {
        let mut parameters = vec![];
        if mail.needs_smtputf8() && session.smtp.server_info().supports_feature(Extension::SmtpUtfEight) {
            parameters.push(MailParameter::SmtpUtfEight);
        }
        let limit = until.min(Instant::now() + self.settings.step);
        let command = MailFrom::new(Some(mail.from.clone()), parameters);
        step(limit, session.smtp.command(command)).await.and_then(completed)
    }

    async fn after_mail_from(
        &self,
        mut session: Session,
        mail: &Mail,
        until: Instant,
        attempt: u32,
    ) -> Outcome {
        if mail.needs_smtputf8() && !session.smtp.server_info().supports_feature(Extension::SmtpUtfEight) {
            self.reset(session).await;
            let cause =
                Cause::new("address_not_ascii", "the server takes no address with letters outside ASCII");
            return Outcome::Rejected { fault: Fault::Unreachable, cause };
        }
        let limit = || until.min(Instant::now() + self.settings.step);
        let rcpt = Rcpt::new(mail.to.clone(), vec![]);
        if let Err(miss) = step(limit(), session.smtp.command(rcpt)).await.and_then(completed) {
            let outcome = self.missed(session, Stage::Rcpt, miss, mail, attempt).await;
            return about_one(&self.closed, outcome);
        }
        self.closed.store(0, Ordering::Relaxed);
        if let Err(miss) = step(limit(), session.smtp.command(Data)).await.and_then(go_on) {
            return self.missed(session, Stage::Data, miss, mail, attempt).await;
        }
        // From here on the server may hold the mail.
        let until = Instant::now() + self.settings.answer;
        // The session ends the mail with CRLF, dot, CRLF by itself.
        let body = mail.bytes.strip_suffix(b"\r\n").unwrap_or(&mail.bytes);
        let mut answer = step(until, session.smtp.message(body)).await;
        if let Err(Miss::Lost(_)) = &answer {
            // Writing failed: the server may have refused half-way and hung up. Its words can still be read; only a
            // refusal counts, for a yes to half a mail is none.
            if let Err(Miss::Answer(reply)) = step(until, session.smtp.read_response()).await {
                answer = Err(Miss::Answer(reply));
            }
        }
        match answer.and_then(|r| completed_with(&r).map(|()| r)) {
            Ok(response) => {
                let receipt = self.receipt(&response, mail);
                self.filtered.store(0, Ordering::Relaxed);
                self.give_back(session).await;
                Outcome::Accepted(receipt)
            }
            Err(miss) => {
                let outcome = self.missed(session, Stage::Body, miss, mail, attempt).await;
                about_one(&self.filtered, outcome)
            }
        }
    }

    /// What the server calls the mail (its queue id), and its words.
    fn receipt(&self, response: &Response, mail: &Mail) -> Receipt {
        let said = self.clean(&response.message().collect::<Vec<_>>().join(" "), Some(mail.to.user()));
        let mut receipt = Receipt::new(queue_id(&said).unwrap_or(&mail.message_id));
        receipt.note = Some(Cause::new("", said).detail).filter(|note| !note.is_empty());
        receipt
    }

    async fn missed(&self, session: Session, stage: Stage, miss: Miss, mail: &Mail, attempt: u32) -> Outcome {
        let after_354 = stage == Stage::Body;
        let cause = match miss {
            Miss::Answer(reply) => return self.refused(session, stage, reply, mail, attempt).await,
            Miss::Lost(says) => {
                let code = if after_354 { "lost_after_data" } else { "connection_lost" };
                Cause::new(code, self.clean(&says, Some(mail.to.user())))
            }
            Miss::Silent => {
                let code = if after_354 { "silent_after_data" } else { "no_answer" };
                Cause::new(code, "the server did not answer in time")
            }
        };
        if after_354 { Outcome::Unknown { cause } } else { Outcome::Retry { after: None, cause } }
    }

    /// An answer of refusal leaves a session that can go on.
    async fn refused(
        &self,
        session: Session,
        stage: Stage,
        reply: Reply,
        mail: &Mail,
        attempt: u32,
    ) -> Outcome {
        let text = self.clean(&reply.text, Some(mail.to.user()));
        let outcome = classify(stage, &Reply { code: reply.code, text }, attempt);
        // 421 announces that the server hangs up (RFC 5321 §3.8); a senseless answer, that we are out of step.
        if reply.code != 421 && reply.code >= 400 {
            self.reset(session).await;
        }
        outcome
    }

    /// RSET, so that the next recipient needs no new connection.
    async fn reset(&self, mut session: Session) {
        let limit = self.settings.step.min(SLACK - GOODBYE);
        if matches!(timeout(limit, session.smtp.command("RSET\r\n")).await, Ok(Ok(r)) if r.has_code(250)) {
            self.give_back(session).await;
        }
    }
}

/// One command and its answer, before `limit`.
async fn step(
    limit: Instant,
    command: impl Future<Output = Result<Response, lettre::transport::smtp::Error>>,
) -> Result<Response, Miss> {
    match timeout_at(limit, command).await {
        Ok(Ok(response)) => Ok(response),
        Ok(Err(e)) => Err(miss(&e)),
        Err(_) => Err(Miss::Silent),
    }
}

/// An error of the session: an answer, or a lost connection.
fn miss(e: &lettre::transport::smtp::Error) -> Miss {
    use std::error::Error;
    let says = e.source().map(ToString::to_string).unwrap_or_default();
    match e.status() {
        Some(code) => Miss::Answer(Reply { code: code.into(), text: says }),
        None => Miss::Lost(if says.is_empty() { e.to_string() } else { says }),
    }
}

fn as_reply(r: &Response) -> Reply {
    Reply { code: r.code().into(), text: r.message().collect::<Vec<_>>().join(" ") }
}

/// 2yz: done.
fn completed_with(r: &Response) -> Result<(), Miss> {
    let reply = as_reply(r);
    if (200..300).contains(&reply.code) { Ok(()) } else { Err(Miss::Answer(reply)) }
}

fn completed(r: Response) -> Result<(), Miss> {
    completed_with(&r)
}

/// 354 and nothing else: the server waits for the mail.
fn go_on(r: Response) -> Result<(), Miss> {
    if r.has_code(354) { Ok(()) } else { Err(Miss::Answer(as_reply(&r))) }
}

/// `2.0.0 Ok: queued as 4bXyZ1` (Postfix), `OK id=1rAbCd-…` (Exim), `2.0.0 4AN1 Message accepted` is left whole.
fn queue_id(said: &str) -> Option<&str> {
    let rest = said.split_once("queued as ").or_else(|| said.split_once("id="))?.1;
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c))).unwrap_or(rest.len());
    Some(rest[..end].trim_end_matches('.')).filter(|id| !id.is_empty())
}

/// Refusals by policy in a row that may each be about one mailbox; the next one is about us.
const CLOSED_MAX: u32 = 2;

/// A refusal by policy may be one mailbox's own (closed to strangers, say): it is tried later and spends an attempt. Several in a
/// row, with nobody taken between them, are about us: the account pauses. Refusals that can only be about us (relaying, SPF,
/// logins) have causes of their own and pause it at once.
fn about_one(run: &AtomicU32, outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::Broken { cause } if cause.code == "policy_refused" => {
            if run.fetch_add(1, Ordering::Relaxed) < CLOSED_MAX {
                Outcome::Retry { after: None, cause }
            } else {
                Outcome::Broken { cause }
            }
        }
        other @ (Outcome::Accepted(_)
        | Outcome::Retry { .. }
        | Outcome::Throttled { .. }
        | Outcome::Rejected { .. }
        | Outcome::Unknown { .. }
        | Outcome::Broken { .. }) => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
    use tokio::net::TcpListener;

    #[test]
    fn queue_ids_are_found() {
        assert_eq!(queue_id("2.0.0 Ok: queued as 4bXyZ1"), Some("4bXyZ1"));
        assert_eq!(queue_id("OK id=1rAbCd-0001-Xy"), Some("1rAbCd-0001-Xy"));
        assert_eq!(queue_id("2.0.0 queued as 000001."), Some("000001"));
        assert_eq!(queue_id("2.0.0 OK"), None);
        assert_eq!(queue_id("queued as *"), None);
    }

    fn mail(size: usize) -> Mail {
        Mail {
            from: "loa@so.example".parse().unwrap(),
            to: "ba.ngoai@cho.example".parse().unwrap(),
            bytes: [b"Subject: x\r\n\r\n".as_slice(), &b"0123456789\r\n".repeat(size / 12)].concat(),
            message_id: "<k@so.example>".into(),
        }
    }

    /// What becomes of a mail at a server that says these words, odd as they are; `Body` says whether it reads the
    /// mail before it answers the last of them.
    async fn against(replies: &[&[u8]], reads_body: bool, size: usize) -> Outcome {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let settings = Settings::read(&json!({
            "server": "127.0.0.1", "port": port, "security": "none", "from_address": "loa@so.example",
            "hello_name": "loa.example", "answer_seconds": 20,
        }));
        let pool = Pool::new(settings.unwrap()).unwrap();
        let server = async {
            let (tcp, _) = listener.accept().await.unwrap();
            let mut tcp = BufReader::new(tcp);
            for (n, reply) in replies.iter().enumerate() {
                let mut line = vec![];
                match n {
                    0 => {}
                    5 if reads_body => {
                        while !line.ends_with(b"\r\n.\r\n") {
                            assert_ne!(tcp.read_until(b'\n', &mut line).await.unwrap(), 0);
                        }
                    }
                    5 => assert_ne!(tcp.read_buf(&mut line).await.unwrap(), 0),
                    _ => assert_ne!(tcp.read_until(b'\n', &mut line).await.unwrap(), 0),
                }
                tcp.get_mut().write_all(reply).await.unwrap();
            }
            // Then it hangs up.
        };
        let mail = mail(size);
        tokio::join!(server, pool.send(&mail, 1)).1
    }

    const TO_354: [&[u8]; 5] =
        [b"220 mx\n", b"250 mx\n", b"250\r\n", b"251-l\xe0\n251 l\xe0\n", b"354 \xc3\xa0\r\n"];

    async fn answered(last: &[u8], reads_body: bool, size: usize) -> Outcome {
        let mut replies = TO_354.to_vec();
        replies.push(last);
        against(&replies, reads_body, size).await
    }

    #[tokio::test]
    async fn an_answer_is_an_answer_however_it_is_written() {
        let Outcome::Accepted(receipt) = answered(b"250 \xf4 queued as A1\n", true, 100).await else {
            panic!()
        };
        assert_eq!(receipt.id, "A1");
        let Outcome::Accepted(receipt) = answered(b"250\n", true, 100).await else { panic!() };
        assert_eq!((receipt.id.as_str(), receipt.note), ("<k@so.example>", None));
        let refused = answered(b"554 5.6.0 kh\xf4ng nh\xe2n ba.ngoai@cho.example\n", true, 100).await;
        assert!(
            matches!(&refused, Outcome::Rejected { fault: Fault::Content, cause } if cause.detail.ends_with("***"))
        );
    }

    #[tokio::test]
    async fn a_refusal_in_the_middle_of_the_mail_is_an_answer() {
        // Larger than what the sockets hold, so that writing fails when the server has hung up.
        let refused = answered(b"552 5.3.4 too large\r\n", false, 12_000_000).await;
        assert_eq!(refused.word(), "rejected_content", "{refused:?}");
        let lost = answered(b"", false, 12_000_000).await;
        assert_eq!(lost.word(), "unknown", "{lost:?}");
        // Half a mail that is said to be taken: nobody knows what was taken.
        let odd = answered(b"250 ok\r\n", false, 12_000_000).await;
        assert_eq!(odd.word(), "unknown", "{odd:?}");
    }

    #[tokio::test]
    async fn no_body_is_sent_to_a_server_that_did_not_ask_for_it() {
        for odd in [b"250 ok\r\n".as_slice(), b"220 mx\r\n", b"HTTP/1.1 200 OK\r\n", b"", b"35"] {
            let mut replies = TO_354.to_vec();
            replies[4] = odd;
            let outcome = against(&replies, true, 100).await;
            assert_eq!(outcome.word(), "retry", "{odd:?} {outcome:?}");
        }
        for odd in [b"354 again\r\n".as_slice(), b"garbage\r\n", b"25", b""] {
            let outcome = answered(odd, true, 100).await;
            assert_eq!(outcome.word(), "unknown", "{odd:?} {outcome:?}");
        }
    }

    #[tokio::test]
    async fn a_greeting_that_refuses_is_decided() {
        assert_eq!(against(&[b"421 4.3.2 closing\r\n"], true, 1).await.word(), "retry");
        assert_eq!(against(&[b"554 5.7.1 blocked\r\n"], true, 1).await.word(), "broken");
        assert_eq!(against(&[b""], true, 1).await.word(), "retry");
    }
}
