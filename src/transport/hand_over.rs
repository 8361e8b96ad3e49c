//! Kind `hand-over`: a package for editors and webmasters, carried by a mail or bot account.
//!
//! The carrier's answer is passed on unchanged but for one thing: what it accepted is pending, because a person still
//! has to publish it. Never publishes anything itself and has no connection of its own.

use std::sync::Arc;

use async_trait::async_trait;

use super::{BadSetting, Build, Capabilities, Kind, Push, Transport, WireFile};
use crate::domain::form::{Files, Form, Package};
use crate::domain::kit::Recipe;
use crate::domain::message::{Outbound, Voice};
use crate::domain::outcome::{Cause, Found, Outcome, Receipt};

/// The kind.
pub const KIND: Kind = Kind { name: FORM.kind, form: FORM, keys: &[], borrows: true, build };

/// A package for a unit's site is the site's text: what is written for newsrooms is theirs alone.
const FORM: Form = Form { text: Voice::Web.as_str(), package: Some(Package::Site), ..packed("hand-over") };

/// A package of files.
pub(super) const fn packed(kind: &'static str) -> Form {
    Form {
        // Beside its pictures for print: within the 25 MB that the large providers take.
        files: Files { each: 8_000_000, all: 8_000_000 },
        // For paper: A4 at 300 dots an inch, either way up; four of them and the documents go into one mail.
        picture: Some(Recipe {
            name: "print",
            width: 3508,
            height: 3508,
            bytes: 2_500_000,
            quality: 92,
            gif: false,
            ratio: 0,
        }),
        ..Form::new(kind, Voice::Press)
    }
}

pub(super) fn build(b: Build) -> Result<Arc<dyn Transport>, BadSetting> {
    Ok(Arc::new(Carried::new(b, Voice::Press)?))
}

/// Messages to people who act later, through another account's transport.
pub(super) struct Carried {
    capabilities: Capabilities,
    carrier: Arc<dyn Transport>,
}

impl Carried {
    /// Borrows the carrier of `b`.
    ///
    /// # Errors
    /// If there is no carrier, if it does not reach people, or if a setting is unknown (these kinds have none).
    pub(super) fn new(b: Build, voice: Voice) -> Result<Self, BadSetting> {
        let bad = |key: &str, says: &str| BadSetting { key: key.to_owned(), says: says.to_owned() };
        if let Some(key) = b.settings.as_object().and_then(|table| table.keys().next()) {
            return Err(bad(
                key,
                "is not a setting of an account that hands over; it only borrows another account",
            ));
        }
        let Some(carrier) = b.carrier else {
            return Err(bad("carrier", "is missing: name the mail or bot account that carries the messages"));
        };
        let lent = carrier.capabilities();
        let mail_or_chat = matches!(lent.voice, Voice::Mail | Voice::Chat);
        if lent.push != Push::People || !mail_or_chat {
            return Err(bad(
                "carrier",
                "names an account that does not write to people; name a mail or bot account",
            ));
        }
        let capabilities = Capabilities { push: Push::HandOver, voice, reach: false, ..lent.clone() };
        Ok(Self { capabilities, carrier })
    }
}

/// Accepted by the carrier is not yet done by the receiver.
fn pending(mut receipt: Receipt) -> Receipt {
    receipt.pending = true;
    receipt
}

fn carried(outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::Accepted(receipt) => Outcome::Accepted(pending(receipt)),
        Outcome::Retry { .. }
        | Outcome::Throttled { .. }
        | Outcome::Rejected { .. }
        | Outcome::Unknown { .. }
        | Outcome::Broken { .. } => outcome,
    }
}

#[async_trait]
impl Transport for Carried {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }
    async fn send(&self, msg: &Outbound) -> Outcome {
        carried(self.carrier.send(msg).await)
    }
    async fn send_batch(&self, msgs: &[Outbound]) -> Vec<Outcome> {
        self.carrier.send_batch(msgs).await.into_iter().map(carried).collect()
    }
    async fn find(&self, msg: &Outbound) -> Found {
        match self.carrier.find(msg).await {
            Found::Yes(receipt) => Found::Yes(pending(receipt)),
            Found::No => Found::No,
            Found::CannotTell => Found::CannotTell,
        }
    }
    async fn update(&self, receipt: &Receipt, msg: &Outbound) -> Outcome {
        carried(self.carrier.update(receipt, msg).await)
    }
    async fn withdraw(&self, receipt: &Receipt) -> Outcome {
        self.carrier.withdraw(receipt).await
    }
    fn messages(&self, msg: &Outbound) -> usize {
        self.carrier.messages(msg)
    }
    fn compose(&self, msg: &Outbound) -> Result<Vec<WireFile>, Cause> {
        self.carrier.compose(msg)
    }
    async fn probe(&self) -> Result<(), Cause> {
        self.carrier.probe().await
    }
}
