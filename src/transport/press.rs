//! Kind `press`: a press release for newsrooms, carried by a mail or bot account.
//!
//! Carried like a package for a unit's site ([`hand_over`](super::hand_over)), whose accounts serve newsrooms, too; its words are
//! others: an editor is asked to report, and told neither to publish nor to take anything down.

use super::{Kind, hand_over};
use crate::domain::form::{Form, Package};

/// The kind.
pub const KIND: Kind =
    Kind { name: FORM.kind, form: FORM, keys: &[], borrows: true, build: hand_over::build };

/// A release and its files.
const FORM: Form = Form { package: Some(Package::Newsroom), ..hand_over::packed("press") };
