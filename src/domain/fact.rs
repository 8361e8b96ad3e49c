//! Facts: statements with a legal basis, a validity and a last check, kept in one register.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::id::{FactId, PersonId};

/// A statement of the register (`campaigns/facts.yaml`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// Its id (`{{fact "id"}}`).
    pub id: FactId,
    /// What is printed.
    pub text: String,
    /// Legal basis.
    pub basis: Option<String>,
    /// Source on the web.
    pub source: Option<String>,
    /// First day it is true.
    pub valid_from: Option<NaiveDate>,
    /// Last day it is true (inclusive).
    pub valid_to: Option<NaiveDate>,
    /// Last check by a person.
    pub checked: Option<NaiveDate>,
    /// Who checked.
    pub checked_by: Option<PersonId>,
    /// Remark for editors.
    pub note: Option<String>,
}

/// Why a fact may not be stated on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stale {
    /// Its validity ended on that day.
    Expired(NaiveDate),
    /// Its validity begins on that day.
    NotYet(NaiveDate),
    /// Nobody ever checked it.
    NeverChecked,
    /// The last check is older than the workspace allows; the day of that check.
    CheckTooOld(NaiveDate),
}

impl Fact {
    /// Whether it may be stated on `day`; a check older than `max_age_days` does not count.
    ///
    /// # Errors
    /// The reason why not.
    pub fn valid_on(&self, day: NaiveDate, max_age_days: i64) -> Result<(), Stale> {
        if let Some(to) = self.valid_to
            && day > to
        {
            return Err(Stale::Expired(to));
        }
        if let Some(from) = self.valid_from
            && day < from
        {
            return Err(Stale::NotYet(from));
        }
        match self.checked {
            None => Err(Stale::NeverChecked),
            Some(c) if (day - c).num_days() > max_age_days => Err(Stale::CheckTooOld(c)),
            Some(_) => Ok(()),
        }
    }
}

/// The ids of the facts a text states (`{{fact "id"}}`), each once, in order.
pub fn stated_in(text: &str) -> Vec<FactId> {
    let mut out: Vec<FactId> = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("{{") {
        rest = &rest[at + 2..];
        let Some(end) = rest.find("}}") else { break };
        let inner = rest[..end].trim();
        if let Some(id) = inner.strip_prefix("fact").map(str::trim).and_then(|s| s.strip_prefix('"'))
            && let Some(id) = id.strip_suffix('"')
            && !out.iter().any(|f| f.as_str() == id)
        {
            out.push(FactId::new(id));
        }
        rest = &rest[end + 2..];
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_found_in_texts() {
        let t = r#"x {{fact "a-b"}} y {{ fact "c" }} {{fact "a-b"}} {{other}} {{fact "#;
        assert_eq!(stated_in(t), vec![FactId::new("a-b"), FactId::new("c")]);
    }

    #[test]
    fn validity_is_inclusive_and_a_check_ages() {
        let d = |m, day| NaiveDate::from_ymd_opt(2025, m, day).unwrap();
        let f = Fact {
            id: "f".into(),
            text: "x".into(),
            basis: None,
            source: None,
            valid_from: Some(d(6, 1)),
            valid_to: Some(d(12, 31)),
            checked: Some(d(11, 20)),
            checked_by: None,
            note: None,
        };
        assert_eq!(f.valid_on(d(12, 31), 60), Ok(()));
        assert_eq!(
            f.valid_on(NaiveDate::from_ymd_opt(2026, 1, 1).unwrap(), 60),
            Err(Stale::Expired(d(12, 31)))
        );
        assert_eq!(f.valid_on(d(5, 31), 60), Err(Stale::NotYet(d(6, 1))));
        assert_eq!(f.valid_on(d(12, 31), 30), Err(Stale::CheckTooOld(d(11, 20))));
        assert_eq!(Fact { checked: None, ..f }.valid_on(d(7, 1), 30), Err(Stale::NeverChecked));
    }
}
