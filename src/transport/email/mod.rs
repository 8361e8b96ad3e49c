//! Kind `email`: mails over SMTP submission, one recipient each.
//!
//! What a person reads is composed in `compose`, what a server answers is decided in `classify`, and `connection` knows
//! on which side of 354 a connection was lost. Never guesses: a mail that may have been taken is `unknown`. See
//! `docs/channels/email.md`.

mod classify;
mod compose;
mod connection;
mod encode;
mod settings;
mod wire;

use std::sync::Arc;

use async_trait::async_trait;

use self::connection::{Pool, SLACK};
use self::settings::{KEYS, Settings};
use super::{BadSetting, Build, Capabilities, Kind, Push, Repeat, Transport, WireFile};
use crate::domain::form::{Files, Form};
use crate::domain::kit::Recipe;
use crate::domain::message::{Outbound, Voice};
use crate::domain::outcome::{Cause, Outcome};

/// The kind.
pub const KIND: Kind = Kind { name: FORM.kind, form: FORM, keys: KEYS, borrows: false, build };

/// What a mail takes.
pub const FORM: Form = Form {
    // A third more on the way, and many offices' servers take 10 MB.
    files: Files { each: 7_000_000, all: 7_000_000 },
    // Shown 536 px wide in the frame of 600 px; about twice as many for fine screens. A letter is scrolled down: an infographic as high
    // as ten screens is as wide as any other picture, and can be read.
    picture: Some(Recipe {
        name: "mail",
        width: 1200,
        height: 12_000,
        bytes: 400_000,
        quality: 85,
        gif: true,
        ratio: 0,
    }),
    ..Form::new("email", Voice::Mail)
};

/// Most servers take mails of 10 MB (Postfix: 10 240 000 bytes); base64 makes four bytes of three, with line ends.
const ATTACHMENT_MAX: u64 = 7 * 1024 * 1024;

struct Email {
    capabilities: Capabilities,
    pool: Pool,
    memo: encode::Memo,
}

fn build(b: Build) -> Result<Arc<dyn Transport>, BadSetting> {
    let settings = Settings::read(&b.settings)?;
    let capabilities = Capabilities {
        push: Push::People,
        voice: Voice::Mail,
        max_text: None,
        max_caption: None,
        html: true,
        max_attachment: Some(ATTACHMENT_MAX),
        max_batch: 1,
        connections: settings.connections,
        repeat: Repeat::Doubles,
        limits: vec![],
        reach: false,
        send_timeout: settings.step * 2 + settings.answer + SLACK,
    };
    Ok(Arc::new(Email { capabilities, pool: Pool::new(settings)?, memo: encode::Memo::default() }))
}

/// Sends ready-made mails on an account's connections and keeps no record: what the whole path is measured against.
pub struct Courier(Pool);

impl Courier {
    /// The connections of an account with these settings.
    ///
    /// # Errors
    /// The setting that cannot be used.
    pub fn new(settings: &serde_json::Value) -> Result<Self, BadSetting> {
        Ok(Self(Pool::new(Settings::read(settings)?)?))
    }

    /// Sends `bytes`, an RFC 5322 text with CRLF, from the account's sender to one address.
    pub async fn send(&self, to: &str, bytes: Vec<u8>) -> Outcome {
        let malformed = |why: &str| Outcome::Rejected {
            fault: crate::domain::outcome::Fault::Unreachable,
            cause: Cause::new("address_malformed", why),
        };
        match (compose::address(to), compose::address(&self.0.settings().envelope_from)) {
            (Ok(to), Ok(from)) => {
                self.0.send(&compose::Mail { from, to, bytes, message_id: String::new() }, 1).await
            }
            (Err(why), _) | (_, Err(why)) => malformed(why),
        }
    }
}

#[async_trait]
impl Transport for Email {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn send(&self, msg: &Outbound) -> Outcome {
        match compose::compose(self.pool.settings(), &self.memo, msg) {
            Ok(mail) => self.pool.send(&mail, msg.attempt).await,
            Err((fault, cause)) => Outcome::Rejected { fault, cause },
        }
    }

    fn compose(&self, msg: &Outbound) -> Result<Vec<WireFile>, Cause> {
        let mail = compose::compose(self.pool.settings(), &self.memo, msg).map_err(|(_, cause)| cause)?;
        Ok(vec![WireFile { ext: "eml".to_owned(), bytes: mail.bytes }])
    }

    async fn probe(&self) -> Result<(), Cause> {
        self.pool.probe().await.map_err(|outcome| match outcome.cause() {
            Some(cause) => cause.clone(),
            None => Cause::new("answer_senseless", "the server's answer makes no sense"),
        })
    }
}
