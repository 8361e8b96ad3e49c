//! Pictures as a channel takes them. Who renders says where they come from: this room opens no file.

use std::fmt;

use crate::domain::form::Form;
use crate::domain::kit::{Asset, is_file_url};
use crate::yaml::Say;

/// What stands in a rendition in the place of a picture of the kit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Media type.
    pub mime: String,
    /// SHA-256, 64 hexadecimal digits.
    pub sha256: String,
    /// Size in bytes.
    pub bytes: u64,
    /// Pixels across, where known.
    pub width: Option<u32>,
    /// A public address at which the channel finds it, for kinds that take no file.
    pub url: Option<String>,
}

/// Makes pictures for renditions.
pub trait Pictures: fmt::Debug {
    /// A picture of the kit as a kind takes it: the same one each time.
    ///
    /// # Errors
    /// Why there is none, as the end of a sentence.
    fn made(&self, asset: &Asset, form: &Form) -> Result<Picture, Say>;
}

/// Pictures as the kit has them, for what is looked at and never sent: nothing is opened and nothing is made.
#[derive(Clone, Copy, Debug, Default)]
pub struct AsTheyAre;

impl Pictures for AsTheyAre {
    fn made(&self, asset: &Asset, _: &Form) -> Result<Picture, Say> {
        Ok(Picture {
            mime: asset.mime.clone(),
            sha256: asset.sha256.clone(),
            bytes: asset.bytes,
            width: None,
            url: official(asset),
        })
    }
}

/// The official address of an asset's file, if it is one that may be written into a message.
pub fn official(asset: &Asset) -> Option<String> {
    asset.url.clone().filter(|u| is_file_url(u) && super::words::safe_url(u).is_some())
}
