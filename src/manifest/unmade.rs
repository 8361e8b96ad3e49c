//! Why a file was not made, in both languages: what the errors of [`super::scaffold`] carry.

use std::fmt;
use std::io::{Error, ErrorKind};

use crate::yaml::Say;

#[derive(Debug)]
struct Unmade(Say);

impl fmt::Display for Unmade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.vi)
    }
}

impl std::error::Error for Unmade {}

/// An error with words.
pub(super) fn error(kind: ErrorKind, vi: impl Into<String>, en: impl Into<String>) -> Error {
    Error::new(kind, Unmade(Say::new(vi, en)))
}

/// The words of an error; `None` if it is the system's.
pub fn words(e: &Error) -> Option<&Say> {
    e.get_ref()?.downcast_ref::<Unmade>().map(|u| &u.0)
}
