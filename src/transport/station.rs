//! Kind `station`: the script sheet of a loudspeaker station, carried by a mail or bot account to its officer.
//!
//! Accepted means that the sheet arrived, never that it was read on air: the officer says so later. Like `hand-over` it
//! has no connection of its own.

use std::sync::Arc;

use super::hand_over::Carried;
use super::{BadSetting, Build, Kind, Transport};
use crate::domain::form::Form;
use crate::domain::message::Voice;

/// The kind.
pub const KIND: Kind = Kind { name: FORM.kind, form: FORM, keys: &[], borrows: true, build };

/// What is read aloud has no picture.
pub const FORM: Form = Form::new("station", Voice::Script);

fn build(b: Build) -> Result<Arc<dyn Transport>, BadSetting> {
    Ok(Arc::new(Carried::new(b, Voice::Script)?))
}
