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

#[cfg(test)]
mod tests {
    use super::*;

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
