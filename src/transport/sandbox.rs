//! The sandbox: answers every account in this process and writes what would leave to an outbox folder.
//!
//! It wraps the real transport of the account: the same code composes, only the wire is missing. Each message taken is one set of
//! files named by its wire key, so that the outbox can be compared with the ledger.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{Capabilities, Repeat, Transport, WireFile};
use crate::domain::message::Outbound;
use crate::domain::outcome::{Cause, Fault, Outcome, Receipt};
use crate::domain::reach::ReachFigure;
use crate::transport::is_package;

/// What goes wrong on purpose, chosen by the wire key so that a run can be repeated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mishaps {
    /// One in so many recipients has no mailbox any more (0: none).
    pub dead_one_in: u64,
    /// One in so many answers is lost after the message was taken (0: none).
    pub lost_one_in: u64,
    /// One in so many first tries meets a busy far side (0: none).
    pub busy_one_in: u64,
}

/// A sandboxed account.
pub struct Sandbox {
    inner: Arc<dyn Transport>,
    account: String,
    kind: String,
    outbox: PathBuf,
    mishaps: Mishaps,
    caps: Capabilities,
}

impl Sandbox {
    /// Wraps a transport. Files go to `<outbox>/<account>/`.
    pub fn new(
        inner: Arc<dyn Transport>,
        account: &str,
        kind: &str,
        outbox: &Path,
        mishaps: Mishaps,
    ) -> Self {
        // Nothing is limited by a far side that is not there; the allowances of `loa.yaml` still hold.
        let caps = Capabilities { limits: vec![], repeat: Repeat::Doubles, ..inner.capabilities().clone() };
        Self {
            inner,
            account: account.to_owned(),
            kind: kind.to_owned(),
            outbox: outbox.join(account),
            mishaps,
            caps,
        }
    }

    fn keep(&self, msg: &Outbound, files: &[WireFile]) -> std::io::Result<()> {
        std::fs::create_dir_all(&self.outbox)?;
        let what: String = msg.origin.chars().map(|c| if c == '/' { '_' } else { c }).collect();
        for (i, f) in files.iter().enumerate() {
            let no = if i == 0 { String::new() } else { format!("-{i}") };
            let path = self.outbox.join(format!("{}--{what}{no}.{}", msg.key.hex(), f.ext));
            std::fs::write(path, &f.bytes)?;
        }
        Ok(())
    }
}

/// A number out of the wire key, different for each purpose.
fn dice(msg: &Outbound, purpose: u64) -> u64 {
    let head = u64::from_str_radix(&msg.key.short(15), 16).unwrap_or(0);
    (head ^ purpose.wrapping_mul(0x9E37_79B9_7F4A_7C15)).wrapping_mul(0xD6E8_FEB8_6659_FD93) >> 20
}

#[async_trait]
impl Transport for Sandbox {
    fn capabilities(&self) -> &Capabilities {
        &self.caps
    }

    async fn send(&self, msg: &Outbound) -> Outcome {
        let files = match self.inner.compose(msg) {
            Ok(f) => f,
            Err(cause) => return Outcome::Rejected { fault: Fault::Content, cause },
        };
        let hit = |one_in: u64, purpose: u64| one_in > 0 && dice(msg, purpose).is_multiple_of(one_in);
        let person = msg.opt_out.is_some();
        if person && hit(self.mishaps.dead_one_in, 1) {
            return Outcome::Rejected {
                fault: Fault::Recipient,
                cause: Cause::new("mailbox_unknown", "550 5.1.1 (sandbox)"),
            };
        }
        if msg.attempt == 1 && hit(self.mishaps.busy_one_in, 2) {
            return Outcome::Retry { after: None, cause: Cause::new("busy", "450 4.2.1 (sandbox)") };
        }
        if let Err(e) = self.keep(msg, &files) {
            return Outcome::Retry { after: None, cause: Cause::new("outbox", e.to_string()) };
        }
        if person && hit(self.mishaps.lost_one_in, 3) {
            return Outcome::Unknown {
                cause: Cause::new("connection_lost", "no answer after the message (sandbox)"),
            };
        }
        let mut receipt = Receipt::new(format!("sandbox-{}", msg.key.short(10)));
        receipt.pending = msg.as_draft || (is_package(&self.kind) || self.kind == "station");
        Outcome::Accepted(receipt)
    }

    async fn reach(
        &self,
        _receipts: &[Receipt],
        _targets: &[String],
        _now: DateTime<Utc>,
    ) -> Result<Vec<ReachFigure>, Cause> {
        Ok(vec![]) // nobody is there to be counted
    }

    fn messages(&self, msg: &Outbound) -> usize {
        self.inner.messages(msg)
    }
    fn compose(&self, msg: &Outbound) -> Result<Vec<WireFile>, Cause> {
        self.inner.compose(msg)
    }

    async fn probe(&self) -> Result<(), Cause> {
        tracing::debug!(account = self.account, "sandbox: nothing to probe");
        Ok(())
    }
}
