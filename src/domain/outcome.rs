//! What a far side answered, as a decision: an outcome is never a bare error.
//!
//! `match` on [`Outcome`] takes no wildcard, so that a seventh case would not compile until it is decided everywhere.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The far side's own name for what it accepted: a queue id, a post id, a message id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The far side's id, at most 200 characters are kept.
    pub id: String,
    /// A public address of what was accepted, where there is one.
    pub url: Option<String>,
    /// What the far side said beside it (one line, cleaned).
    pub note: Option<String>,
    /// True if a person at the far side still has to act (a draft to publish, a package to post, a sheet to air).
    pub pending: bool,
}

impl Receipt {
    /// A receipt with an id alone.
    pub fn new(id: impl Into<String>) -> Self {
        let id: String = id.into();
        Self {
            id: id.chars().filter(|c| !c.is_control()).take(200).collect(),
            url: None,
            note: None,
            pending: false,
        }
    }
}

/// Why something happened, in a form that may be shown to a stranger: no address, token or body in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// A stable word that screens translate and group by: `mailbox_unknown`, `login_refused`, `connection_lost`…
    pub code: String,
    /// The raw answer, cleaned of addresses and tokens, cut to 300 characters.
    pub detail: String,
}

impl Cause {
    /// A cause; `detail` is cut to 300 characters and made one line. The caller has already cleaned it.
    pub fn new(code: &str, detail: impl AsRef<str>) -> Self {
        let plain: String = detail.as_ref().chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let one_line = plain.split_whitespace().collect::<Vec<_>>().join(" ");
        Self { code: code.to_owned(), detail: one_line.chars().take(300).collect() }
    }
}

/// What a refusal is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The recipient is gone or never was: the address is suppressed.
    Recipient,
    /// The recipient cannot be served from here: an address this server cannot carry, a chat we may not write to. Nobody is
    /// suppressed, for the next server or the next right may do it.
    Unreachable,
    /// The far side refuses this content; other posts may pass.
    Content,
}

/// How far a "slow down" reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// This target alone (a chat, a mailbox).
    Target,
    /// The whole account.
    Account,
}

/// The answer of one send.
#[must_use = "an outcome that is not recorded is a message lost or doubled"]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Taken by the far side; not "read", not "aired".
    Accepted(Receipt),
    /// It did not happen and may later; spends an attempt.
    Retry {
        /// The far side's wish, if it stated one.
        after: Option<Duration>,
        /// Why.
        cause: Cause,
    },
    /// Not now; spends no attempt.
    Throttled {
        /// The far side's wish, if it stated one.
        after: Option<Duration>,
        /// How far the wish reaches.
        scope: Scope,
        /// Why.
        cause: Cause,
    },
    /// It did not happen and will not.
    Rejected {
        /// What the refusal is about.
        fault: Fault,
        /// Why.
        cause: Cause,
    },
    /// It may have happened.
    Unknown {
        /// What was seen last.
        cause: Cause,
    },
    /// Credential or policy: the account pauses, the row goes back and spends no attempt.
    Broken {
        /// Why.
        cause: Cause,
    },
}

impl Outcome {
    /// The word stored with the attempt.
    pub fn word(&self) -> &'static str {
        match self {
            Outcome::Accepted(_) => "accepted",
            Outcome::Retry { .. } => "retry",
            Outcome::Throttled { .. } => "throttled",
            Outcome::Rejected { fault: Fault::Recipient | Fault::Unreachable, .. } => "rejected_recipient",
            Outcome::Rejected { fault: Fault::Content, .. } => "rejected_content",
            Outcome::Unknown { .. } => "unknown",
            Outcome::Broken { .. } => "broken",
        }
    }
    /// The cause, where there is one.
    pub fn cause(&self) -> Option<&Cause> {
        match self {
            Outcome::Accepted(_) => None,
            Outcome::Retry { cause, .. }
            | Outcome::Throttled { cause, .. }
            | Outcome::Rejected { cause, .. }
            | Outcome::Unknown { cause }
            | Outcome::Broken { cause } => Some(cause),
        }
    }
}

/// Answer to "do you have this?".
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// It is there.
    Yes(Receipt),
    /// It is certainly not there, and nothing of ours is still under way there.
    No,
    /// The far side cannot be asked, or did not answer.
    CannotTell,
}
