//! The signed link by which a person leaves: what it says, and what leaving does (RFC 8058; Decree 91/2020/NĐ-CP art. 17–20:
//! a refusal holds at once, and everything may be refused, not only one topic).
//!
//! The link carries a surrogate id and a list, no address. Leaving is idempotent, and its answer does not depend on whether
//! the person (still) exists.

use chrono::{DateTime, Utc};

use crate::domain::people::{Actor, Proof};
use crate::domain::unit::Family;
use crate::store::{Store, StoreError};

/// Longest token that is looked at.
const MAX_TOKEN: usize = 400;

/// What a person leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leave {
    /// The list the message came by (everything, if it came by none).
    List,
    /// Everything of that family.
    Everything,
}

/// A link that was made here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptOutLink {
    family: Family,
    surrogate: String,
    list: Option<String>,
}

impl OptOutLink {
    /// Reads the token at the end of `<public_url>/o/<token>`; `None` if it was not made with this installation's key.
    pub fn read(store: &Store, token: &str) -> Option<Self> {
        if token.len() > MAX_TOKEN {
            return None;
        }
        let mut parts = store.key().link_open(token)?.splitn(3, '~');
        let family = Family::parse(parts.next()?).filter(|f| f.reaches_people_directly())?;
        let surrogate = parts.next().filter(|s| !s.is_empty())?.to_owned();
        let list = Some(parts.next()?).filter(|l| !l.is_empty()).map(str::to_owned);
        Some(Self { family, surrogate, list })
    }

    /// By what the messages come.
    pub fn family(&self) -> Family {
        self.family
    }

    /// The list it is about; `None`: everything of the family.
    pub fn list(&self) -> Option<&str> {
        self.list.as_deref()
    }

    /// The person leaves. Answers nothing about them: the same for one who left before, one who was erased and one who never was.
    ///
    /// # Errors
    /// The database's: then nothing is recorded, and the caller must not say that it is.
    pub async fn leave(&self, store: &Store, what: Leave, now: DateTime<Utc>) -> Result<(), StoreError> {
        let list = match what {
            Leave::List => self.list().unwrap_or_default(),
            Leave::Everything => "",
        };
        let actor = Actor { name: "opt-out".into(), proof: Proof::Link };
        let target = format!("contact/{}", self.surrogate);
        store.opt_out(&target, self.family.as_str(), list, &actor, now.timestamp_millis()).await?;
        Ok(())
    }
}
