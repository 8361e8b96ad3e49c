//! The office's own staff: authors, approvers, on duty.

use serde::{Deserialize, Serialize};

use super::id::{PersonId, UnitId};
use super::unit::Family;

/// A member of staff (`campaigns/people.yaml`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Id.
    pub id: PersonId,
    /// Full name.
    pub name: String,
    /// Title: Phó Giám đốc…
    pub title: Option<String>,
    /// Where they work.
    pub unit: UnitId,
    /// Roles that approval steps of `loa.yaml` may name (`lanh-dao`, `van-phong`…), beside the id itself.
    pub roles: Vec<String>,
    /// Mail address.
    pub email: Option<String>,
    /// Telephone.
    pub phone: Option<String>,
    /// Zalo chat id.
    pub zalo: Option<String>,
    /// Telegram chat id.
    #[serde(default)]
    pub telegram: Option<String>,
}

impl Person {
    /// Where a family reaches them; `None`: it cannot.
    pub fn address(&self, family: Family) -> Option<&str> {
        match family {
            Family::Email => self.email.as_deref(),
            Family::Zalo => self.zalo.as_deref(),
            Family::Telegram => self.telegram.as_deref(),
            Family::Website | Family::Social | Family::Station | Family::Press | Family::Offline => None,
        }
    }
}

/// Who did something, and how we know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// A person's id, or `loa` for the daemon itself, or `os:<user>`.
    pub name: String,
    /// How we know: `attested` (typed with `--by`, a git author, the OS user), `system`, later `signed_in`.
    pub proof: Proof,
}

/// How an actor is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// Somebody said so; not verified.
    Attested,
    /// The program itself.
    System,
    /// The far side, through a signed link (opt-out) or a code on a sheet.
    Link,
}

impl Proof {
    /// The word stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Proof::Attested => "attested",
            Proof::System => "system",
            Proof::Link => "link",
        }
    }
}

impl Actor {
    /// The program itself.
    pub fn system() -> Self {
        Self { name: "loa".into(), proof: Proof::System }
    }
    /// A name that somebody typed.
    pub fn attested(name: impl Into<String>) -> Self {
        Self { name: name.into(), proof: Proof::Attested }
    }
}
