//! One file per kind of transport, behind one trait: protocol only.
//!
//! Invariants: no SQL, no retry policy, no spawn, no templates. A send answers with a decision ([`Outcome`]). Base URLs are
//! settings everywhere; a token never reaches a log, an error or `Debug`. Adding a kind is its file, one line in
//! [`KINDS`] and its page in `docs/channels/`.

pub mod email;
mod hand_over;
mod http;
mod press;
pub mod sandbox;
mod scripted;
mod station;
mod telegram;
mod webhook;
mod wordpress;
mod zalo_bot;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::domain::form::Form;
use crate::domain::message::{Outbound, Voice};
use crate::domain::outcome::{Cause, Found, Outcome, Receipt};
use crate::domain::port::TokenVault;
use crate::domain::reach::ReachFigure;
pub use email::FORM as MAIL;
pub use http::{Ask, FileFault, Files, Got, Limits, Sink};
pub use http::{MAX_PAGE, MAX_REDIRECTS, Page, PageFault, Pages, Picture, Pulse};
pub use reqwest::Url;
pub use station::FORM as SCRIPT;

/// How a kind reaches the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Push {
    /// Pushes to people or units: a row per recipient.
    People,
    /// Publishes to a place: a row per place.
    Place,
    /// Hands over to people who act later: a row per station or site.
    HandOver,
}

/// How a repeat of the same message is recognised at the far side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// The far side deduplicates by the wire key: a repeat is harmless.
    Idempotent,
    /// `find` can ask.
    Findable,
    /// A repeat is a second message.
    Doubles,
}

/// What a kind can do and must be spared.
#[derive(Clone, Debug, PartialEq)]
pub struct Capabilities {
    /// How it reaches the world.
    pub push: Push,
    /// The voice it takes.
    pub voice: Voice,
    /// Longest text of one message in Unicode code points after markup is parsed; `None`: no limit.
    pub max_text: Option<usize>,
    /// Longest caption of a picture, likewise.
    pub max_caption: Option<usize>,
    /// True if it takes HTML (whole or a subset).
    pub html: bool,
    /// Largest attachment in bytes; `None`: the far side decides.
    pub max_attachment: Option<u64>,
    /// Messages one `send_batch` may carry.
    pub max_batch: usize,
    /// Parallel sends that make sense on one node (connections).
    pub connections: usize,
    /// How a repeat is recognised.
    pub repeat: Repeat,
    /// Rates never to be exceeded, beside what `loa.yaml` says.
    pub limits: Vec<Limit>,
    /// True if `reach` answers something.
    pub reach: bool,
    /// Longest time one send may take. Shorter than the lease.
    pub send_timeout: Duration,
}

/// Whom a rate is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Per {
    /// The whole account.
    Account,
    /// Each target (chat) by itself.
    Target,
    /// Each chat of many by itself: a group, a channel.
    Group,
}

impl Per {
    /// True if it is about the chat of that address by itself. Chats of many have numbers below zero or a name
    /// (https://core.telegram.org/bots/api#chat).
    pub fn covers(self, address: &str) -> bool {
        match self {
            Per::Account => false,
            Per::Target => true,
            Per::Group => address.starts_with(['-', '@']),
        }
    }
}

/// A rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limit {
    /// Whom it is about.
    pub of: Per,
    /// So many…
    pub count: u32,
    /// …in this time.
    pub per: Duration,
}

/// A file as it would leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireFile {
    /// Extension without dot: `eml`, `json`, `html`, `txt`, or the attachment's own.
    pub ext: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// A request that came in from the far side (webhook).
#[derive(Clone, Debug)]
pub struct Inbound {
    /// Header names are lower-case.
    pub headers: Vec<(String, String)>,
    /// The raw body.
    pub body: Vec<u8>,
}

/// What an inbound request says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A person wrote to the bot: chat id, name, text. A chat id is learnt only so.
    Message {
        /// The far side's id of the message, for deduplication.
        id: String,
        /// Where to answer.
        chat: String,
        /// What they wrote.
        text: String,
    },
    /// A person or chat blocked or removed us.
    Left {
        /// The chat.
        chat: String,
    },
}

/// Why an inbound request was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Its signature or secret is missing or wrong.
    Signature,
    /// It cannot be read.
    Malformed,
    /// This kind receives nothing.
    NotSupported,
}

/// A kind's protocol; one instance per account.
#[async_trait]
pub trait Transport: Send + Sync {
    /// What it can do.
    fn capabilities(&self) -> &Capabilities;
    /// Sends one message: one call, one outcome, within [`Capabilities::send_timeout`].
    async fn send(&self, msg: &Outbound) -> Outcome;
    /// Of how many messages it is to the far side, which counts them: so many places it takes in an allowance of the account or of
    /// its chat. Never more than [`Rendition::messages`](crate::domain::message::Rendition::messages), by which rows are claimed. One
    /// for what cannot be composed.
    fn messages(&self, _msg: &Outbound) -> usize {
        1
    }
    /// Sends several; answers in the same order and number.
    async fn send_batch(&self, msgs: &[Outbound]) -> Vec<Outcome> {
        let mut out = Vec::with_capacity(msgs.len());
        for m in msgs {
            out.push(self.send(m).await);
        }
        out
    }
    /// Asks the far side whether it has the message.
    async fn find(&self, _msg: &Outbound) -> Found {
        Found::CannotTell
    }
    /// Changes what was accepted.
    async fn update(&self, _receipt: &Receipt, _msg: &Outbound) -> Outcome {
        Outcome::Rejected {
            fault: crate::domain::outcome::Fault::Content,
            cause: Cause::new("not_supported", "this kind cannot change what it sent"),
        }
    }
    /// Takes back what was accepted.
    async fn withdraw(&self, _receipt: &Receipt) -> Outcome {
        Outcome::Rejected {
            fault: crate::domain::outcome::Fault::Content,
            cause: Cause::new("not_supported", "this kind cannot take back what it sent"),
        }
    }
    /// Figures about what was accepted; `targets` are the addresses (chats) the receipts went to, in the same order.
    ///
    /// # Errors
    /// Why the far side could not be asked.
    async fn reach(
        &self,
        _receipts: &[Receipt],
        _targets: &[String],
        _now: DateTime<Utc>,
    ) -> Result<Vec<ReachFigure>, Cause> {
        Ok(vec![])
    }
    /// Verifies and reads a request from the far side.
    ///
    /// # Errors
    /// Why it is refused.
    fn inbound(&self, _request: &Inbound) -> Result<Vec<Event>, Refused> {
        Err(Refused::NotSupported)
    }
    /// What `send` would put on the wire, as files a person can open (`.eml`, `.json`, `.html`, `.txt`), without sending: the
    /// sandbox's outbox and previews. The same code composes what is sent.
    ///
    /// # Errors
    /// Why it cannot be composed (a content fault).
    fn compose(&self, msg: &Outbound) -> Result<Vec<WireFile>, Cause>;
    /// Are the credentials good? Sends nothing.
    ///
    /// # Errors
    /// What is wrong.
    async fn probe(&self) -> Result<(), Cause>;
}

/// What a kind is built from.
pub struct Build {
    /// The account's id, for logs.
    pub account: String,
    /// The account's own table of `loa.yaml`, without the keys that every account has (`kind`, `limit`, `on_unknown`,
    /// `attempts`, `carrier`…). Keys ending in `_file` were read: `password_file` arrives as `password`.
    pub settings: serde_json::Value,
    /// Storage for rotating tokens.
    pub vault: Option<Arc<dyn TokenVault>>,
    /// For kinds that hand over (`hand-over`, `station`, `manual`): the mail or bot transport they borrow.
    pub carrier: Option<Arc<dyn Transport>>,
}

/// A setting of an account that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {says}")]
pub struct BadSetting {
    /// Which key.
    pub key: String,
    /// What was found, what is allowed, what to do; one English sentence. Never the value of a secret.
    pub says: String,
}

/// A kind of transport.
pub struct Kind {
    /// Its name in `loa.yaml` and in the database.
    pub name: &'static str,
    /// What it takes of a content.
    pub form: Form,
    /// Keys its account table knows: name, required, what it is (English; shown by `loa schema`).
    pub keys: &'static [(&'static str, bool, &'static str)],
    /// It has no connection of its own and borrows another account's (`carrier`).
    pub borrows: bool,
    /// Builds an instance.
    pub build: fn(Build) -> Result<Arc<dyn Transport>, BadSetting>,
}

/// Every kind. A new kind is its file and one line here.
pub const KINDS: &[&Kind] = &[
    &email::KIND,
    &hand_over::KIND,
    &press::KIND,
    &scripted::KIND,
    &station::KIND,
    &telegram::KIND,
    &webhook::KIND,
    &wordpress::KIND,
    &zalo_bot::KIND,
];

/// What the kind of that name takes.
pub fn form(name: &str) -> Option<&'static Form> {
    kind(name).map(|k| &k.form)
}

/// True for the kinds whose messages are packages, which a person publishes later.
pub fn is_package(name: &str) -> bool {
    kind(name).is_some_and(|k| k.form.package.is_some())
}

/// The kind of that name.
pub fn kind(name: &str) -> Option<&'static Kind> {
    KINDS.iter().copied().find(|k| k.name == name)
}
