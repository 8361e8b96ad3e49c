//! The media kit: official material, pinned by hash.

use serde::{Deserialize, Serialize};

use super::id::{AssetId, CampaignId, PostId};

/// An asset of `campaigns/media-kit.yaml`, or a picture of a post's own.
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
    /// A picture of the kit that stands for it where it can only be linked to (a clip, a document).
    pub preview: Option<AssetId>,
}

impl Asset {
    /// True for official material: of the media kit, not a picture of a post's own.
    pub fn is_official(&self) -> bool {
        !self.id.as_str().contains('/')
    }
    /// True for a picture.
    pub fn is_image(&self) -> bool {
        self.mime.starts_with("image/")
    }
}

/// Largest picture that is given to whoever has its address, in bytes: what Zalo takes (`sendPhoto`).
pub const PUBLIC_PICTURE: u64 = 1_000_000;

/// What a picture is made into for a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recipe {
    /// A short word for messages and names.
    pub name: &'static str,
    /// Most pixels across.
    pub width: u32,
    /// Most pixels down.
    pub height: u32,
    /// Most bytes.
    pub bytes: u64,
    /// Quality that JPEG begins with, percent.
    pub quality: u8,
    /// A GIF may stay one (moving pictures).
    pub gif: bool,
    /// Most times longer than broad, either way; what is longer lies on a white ground. 0: any.
    pub ratio: u32,
}

impl Recipe {
    /// True for a picture that is no longer than may be.
    pub fn takes(&self, (width, height): (u32, u32)) -> bool {
        self.ratio == 0
            || u64::from(width.max(height)) <= u64::from(width.min(height)) * u64::from(self.ratio)
    }
}

/// The id of a picture of a post's own, by its file's name: `campaign/post/anh-1.png`. No id of the kit has a slash.
pub fn own_id(campaign: &CampaignId, post: &PostId, file: &str) -> AssetId {
    AssetId::new(format!("{campaign}/{post}/{file}"))
}

/// True for the public address of a file that a kit may hold, not of a page about it.
pub fn is_file_url(url: &str) -> bool {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let name = path.rsplit('/').next().unwrap_or_default();
    path.matches('/').count() > 2
        && (path.starts_with("http://") || path.starts_with("https://"))
        && name.rsplit_once('.').is_some_and(|(stem, ext)| {
            let ext = ext.to_ascii_lowercase();
            !stem.is_empty() && FILES.contains(&ext.as_str())
        })
}

/// True for an address that may be asked for a file: what comes says whether it is one.
pub fn is_web_url(url: &str) -> bool {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    rest.is_some_and(|r| !r.is_empty() && !r.starts_with(['/', '?', '#']))
}

/// The part of an address that names a file that a kit may hold: its last one, or one before it, as portals write them
/// (`/documents/1/2/poster.pdf/0a1b?t=3`).
pub fn file_name_in(url: &str) -> Option<&str> {
    let path = url.split(['?', '#']).next()?;
    let path = path.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map(|(_, p)| p)?;
    path.rsplit('/').find(|name| {
        name.rsplit_once('.')
            .is_some_and(|(stem, ext)| !stem.is_empty() && FILES.contains(&ext.to_ascii_lowercase().as_str()))
    })
}

/// Endings of the names of files that a kit may hold.
pub const FILES: [&str; 9] = ["png", "jpg", "jpeg", "gif", "webp", "pdf", "mp3", "wav", "mp4"];

/// The media type that a file's first bytes say, whatever its name is; `None` if it is none that a kit may hold but text.
pub fn media_type(b: &[u8]) -> Option<&'static str> {
    let riff = |kind: &[u8]| b.starts_with(b"RIFF") && b.get(8..12) == Some(kind);
    // An MPEG audio frame: 11 sync bits, layer III, neither reserved version nor reserved bit or sample rate.
    let frame = b.len() > 3
        && b[0] == 0xFF
        && b[1] & 0xE6 == 0xE2
        && b[1] & 0x18 != 0x08
        && b[2] & 0xF0 != 0xF0
        && b[2] & 0x0C != 0x0C;
    Some(match () {
        () if b.starts_with(b"\x89PNG\r\n\x1a\n") => "image/png",
        () if b.starts_with(b"\xFF\xD8\xFF") => "image/jpeg",
        () if b.starts_with(b"GIF87a") || b.starts_with(b"GIF89a") => "image/gif",
        () if riff(b"WEBP") => "image/webp",
        () if b.starts_with(b"%PDF-") => "application/pdf",
        () if b.starts_with(b"ID3") || frame => "audio/mpeg",
        () if riff(b"WAVE") => "audio/wav",
        () if is_mp4(b) => "video/mp4",
        () => return None,
    })
}

/// The first box of an MP4 (ISO/IEC 14496-12 §4.3): its size, and a brand that players of video know. Pictures (`heic`, `avif`), sound
/// alone (`M4A `) and QuickTime (`qt  `) begin with the same box and are no MP4.
fn is_mp4(b: &[u8]) -> bool {
    let Some(&[a, c, d, e, b'f', b't', b'y', b'p', ref brand @ ..]) = b.get(..12) else { return false };
    let size = u32::from_be_bytes([a, c, d, e]);
    let known =
        [b"avc1", b"mp41", b"mp42", b"mp71", b"M4V ", b"M4VP", b"M4VH", b"MSNV", b"XAVC", b"dash", b"f4v "];
    let iso = brand.starts_with(b"iso") && brand[3].is_ascii_alphanumeric();
    size % 4 == 0 && (16..=1024).contains(&size) && (iso || known.iter().any(|k| brand == *k))
}

#[cfg(test)]
mod tests {
    use super::{file_name_in, is_file_url, is_web_url};

    #[test]
    fn only_addresses_of_files_are_addresses_of_files() {
        assert!(is_file_url("https://kit.example/a/poster.PNG?v=2"));
        for bad in [
            "https://kit.example/poster",
            "https://poster.png",
            "ftp://a.example/b.png",
            "https://a.example/b/.png",
            "https://a.example/b/trang.html",
            "poster.png",
        ] {
            assert!(!is_file_url(bad), "{bad}");
        }
        for good in ["https://kit.example/poster", "http://a.example/download?id=3", "https://kit.example"] {
            assert!(is_web_url(good), "{good}");
        }
        for bad in ["ftp://a.example/b.png", "https://", "https:///b.png", "poster.png", "kit/poster.png"] {
            assert!(!is_web_url(bad), "{bad}");
        }
    }

    #[test]
    fn a_file_is_named_somewhere_in_its_path() {
        for (url, name) in [
            ("https://a.example/b/poster.PNG?v=2", Some("poster.PNG")),
            ("https://a.example/documents/1/2/poster.pdf/0a1b-2c?t=16&x=y.png", Some("poster.pdf")),
            ("https://a.example/download?file=poster.pdf", None),
            ("https://logo.png/about", None),
            ("https://a.example/.png", None),
        ] {
            assert_eq!(file_name_in(url), name, "{url}");
        }
    }
}
