//! The media kit: official material, pinned by hash.

use serde::{Deserialize, Serialize};

use super::id::AssetId;

/// An asset of `campaigns/media-kit.yaml`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asset {
    /// Its id (`kit:`).
    pub id: AssetId,
    /// `poster`, `banner`, `infographic`, `leaflet`, `video`, `audio`, `logo`, `script`…: an open list.
    pub kind: String,
    /// In words.
    pub title: String,
    /// The official address.
    pub url: Option<String>,
    /// Path below `campaigns/` of the mirrored copy.
    pub file: String,
    /// SHA-256 of the file, 64 lower-case hexadecimal digits.
    pub sha256: String,
    /// Media type, from the file's own bytes.
    pub mime: String,
    /// Size in bytes.
    pub bytes: u64,
    /// What may be done with it.
    pub license: Option<String>,
    /// What a picture shows, unless a post says otherwise.
    pub alt: Option<String>,
}

impl Asset {
    /// True for a picture.
    pub fn is_image(&self) -> bool {
        self.mime.starts_with("image/")
    }
}
