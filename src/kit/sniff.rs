//! What a file is, from its own bytes. Never trusts a name or a declared type; never decodes more than the limits allow.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, ImageReader, Limits};

use super::strip;

use super::whole;
use crate::domain::kit::media_type;

/// Largest picture or document, in bytes.
pub const MAX_BYTES: u64 = 20 * 1024 * 1024;
/// Largest recording or clip, in bytes: it is linked to, hardly ever sent.
pub const MAX_CLIP: u64 = 256 * 1024 * 1024;
/// Most pixels of a picture.
pub const MAX_PIXELS: u64 = 40_000_000;

/// Why a file is refused.
#[derive(Debug, thiserror::Error)]
pub enum KitError {
    /// Larger than [`most`] for its type: its size, the limit.
    #[error("the file has {0} bytes, at most {1} are allowed")]
    TooLarge(u64, u64),
    /// No byte in it.
    #[error("the file is empty")]
    Empty,
    /// None of the known types.
    #[error("the file is neither a picture (PNG, JPEG, GIF, WebP) nor PDF, MP3, WAV, MP4 or plain text")]
    UnknownType,
    /// Its name says something else than its bytes.
    #[error("the name says {named}, but the file is {found}")]
    Lies {
        /// Type by the name.
        named: String,
        /// Type by the bytes.
        found: &'static str,
    },
    /// A picture with too many pixels.
    #[error("the picture has {width} × {height} pixels, at most {MAX_PIXELS} are allowed")]
    TooManyPixels {
        /// Pixels.
        width: u32,
        /// Pixels.
        height: u32,
    },
    /// A picture that cannot be decoded.
    #[error("the picture cannot be opened: {0}")]
    BadPicture(String),
    /// It has no end, or nothing but a beginning: its type by that.
    #[error("the file begins like {0} and is not whole: it breaks off, or holds something else")]
    NotWhole(&'static str),
    /// Other bytes than those that were pinned.
    #[error("the file is not the one that was pinned: expected sha256 {expected}, found {found}")]
    WrongHash {
        /// What was pinned.
        expected: String,
        /// What is there.
        found: String,
    },
    /// Other bytes than those whose hash the issuer published.
    #[error("the file is not the one that was published: expected sha256 {expected}, found {found}")]
    NotPublished {
        /// What was published (`sha256` in `media-kit.yaml`).
        expected: String,
        /// What is there.
        found: String,
    },
    /// Not 64 lower-case hexadecimal digits.
    #[error("{0:?} is no SHA-256")]
    BadHash(String),
    /// Not in the store.
    #[error("there is no asset {0} in the store")]
    Missing(String),
    /// An entry with the id of another one was to be added to this file.
    #[error("{0}: an id stands there already")]
    Taken(String),
    /// The file system said no.
    #[error("{0}: {1}")]
    Io(String, #[source] std::io::Error),
}

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Info {
    /// Media type.
    pub mime: &'static str,
    /// Width and height in pixels, for pictures.
    pub pixels: Option<(u32, u32)>,
}

/// Says what bytes are. `name` is the file's name, if it has one: an extension of another type is refused.
///
/// # Errors
/// Too large, empty, of an unknown type, a lie, or a picture that is too large or broken.
pub fn inspect(bytes: &[u8], name: Option<&str>) -> Result<Info, KitError> {
    if bytes.is_empty() {
        return Err(KitError::Empty);
    }
    let size = bytes.len() as u64;
    // A file that is too long for anything is not looked through.
    let found = if size > MAX_CLIP { None } else { magic(bytes) };
    let limit = most(found.map_or("", |f| f.0));
    if size > limit {
        return Err(KitError::TooLarge(size, limit));
    }
    let (mime, format) = found.ok_or(KitError::UnknownType)?;
    if let Some(named) = name.and_then(named_type)
        && named != mime
    {
        return Err(KitError::Lies { named: named.to_owned(), found: mime });
    }
    let pixels = format.map(|f| measure(bytes, f)).transpose()?;
    // Decoders are lenient; readers see the grey half.
    if !whole::is_whole(bytes, mime) {
        return Err(KitError::NotWhole(mime));
    }
    Ok(Info { mime, pixels })
}

/// Most bytes of a file of a type.
pub fn most(mime: &str) -> u64 {
    if mime.starts_with("audio/") || mime.starts_with("video/") { MAX_CLIP } else { MAX_BYTES }
}

/// The type that bytes say, by their beginning; `None` if it is none of those a kit may hold. Text is looked through.
pub fn type_of(bytes: &[u8]) -> Option<&'static str> {
    magic(bytes).map(|(mime, _)| mime)
}

/// The type a file's name says, if it says one that a kit may hold.
pub fn type_named(name: &str) -> Option<&str> {
    named_type(name).filter(|t| t.contains('/'))
}

/// Width and height of a picture (PNG, JPEG, GIF, WebP) by its beginning; `None` if it is none, or broken.
pub fn pixels(head: &[u8]) -> Option<(u32, u32)> {
    let (_, format) = magic(head)?;
    let head = strip::measurable(head);
    ImageReader::with_format(Cursor::new(&*head), format?).into_dimensions().ok()
}

pub(super) fn magic(b: &[u8]) -> Option<(&'static str, Option<ImageFormat>)> {
    match media_type(b) {
        Some(mime) => Some((mime, ImageFormat::from_mime_type(mime))),
        None => (b.len() as u64 <= MAX_BYTES && plain_text(b)).then_some(("text/plain", None)),
    }
}

/// UTF-8 without control characters, and nothing a browser might take for a page.
fn plain_text(b: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(b) else { return false };
    let start = text.trim_start_matches('\u{FEFF}').trim_start();
    !start.starts_with('<') && !text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
}

/// The type an extension stands for: an unknown one stands for itself and so never matches.
fn named_type(name: &str) -> Option<&str> {
    let (_, ext) = name.rsplit_once('.')?;
    Some(match ext.to_ascii_lowercase().as_str() {
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "pdf" => "application/pdf",
        "mp3" => "audio/mpeg",
        "wav" => "audio/wav",
        "mp4" => "video/mp4",
        "txt" | "md" => "text/plain",
        _ => ext,
    })
}

fn measure(bytes: &[u8], format: ImageFormat) -> Result<(u32, u32), KitError> {
    let bad = |e: image::ImageError| KitError::BadPicture(e.to_string());
    let bytes = &*strip::measurable(bytes);
    let (width, height) =
        ImageReader::with_format(Cursor::new(bytes), format).into_dimensions().map_err(bad)?;
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(KitError::TooManyPixels { width, height });
    }
    // Opened once, so that nobody is sent a picture that breaks off.
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits());
    reader.decode().map_err(bad)?;
    Ok((width, height))
}

/// The pixels of a picture, as it lies in its file, and its format.
///
/// # Errors
/// No picture, too many pixels, or broken.
pub fn opened(bytes: &[u8]) -> Result<(DynamicImage, ImageFormat), KitError> {
    inspect(bytes, None)?;
    let format = magic(bytes).and_then(|(_, f)| f).ok_or(KitError::UnknownType)?;
    let bytes = strip::measurable(bytes);
    let mut reader = ImageReader::with_format(Cursor::new(&*bytes), format);
    reader.limits(limits());
    Ok((reader.decode().map_err(|e| KitError::BadPicture(e.to_string()))?, format))
}

/// What a decoder may use.
pub(super) fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_PIXELS * 8);
    limits
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(crate) fn picture(format: ImageFormat, w: u32, h: u32) -> Vec<u8> {
        let mut out = Cursor::new(vec![]);
        image::DynamicImage::new_rgb8(w, h).write_to(&mut out, format).unwrap();
        out.into_inner()
    }

    #[test]
    fn a_file_is_what_its_bytes_say() {
        for (format, mime, ext) in [
            (ImageFormat::Png, "image/png", "PNG"),
            (ImageFormat::Jpeg, "image/jpeg", "jpeg"),
            (ImageFormat::Gif, "image/gif", "gif"),
            (ImageFormat::WebP, "image/webp", "webp"),
        ] {
            let info = inspect(&picture(format, 7, 5), Some(&format!("a.{ext}"))).unwrap();
            assert_eq!(info, Info { mime, pixels: Some((7, 5)) });
        }
        for (bytes, mime) in [
            (&b"%PDF-1.7\n"[..], "application/pdf"),
            (b"ID3\x04\0\0", "audio/mpeg"),
            (b"\xFF\xFB\x90\x00", "audio/mpeg"),
            (b"RIFF\0\0\0\0WAVEfmt ", "audio/wav"),
            (b"\0\0\0\x18ftypmp42", "video/mp4"),
            ("Xin chào\r\n".as_bytes(), "text/plain"),
        ] {
            assert_eq!(type_of(bytes), Some(mime));
            assert_eq!(pixels(bytes), None);
        }
        let png = picture(ImageFormat::Png, 640, 480);
        assert_eq!(pixels(&png[..64]), Some((640, 480)), "its beginning is enough");
        assert_eq!(pixels(b"\x89PNG\r\n\x1a\n"), None);
    }

    #[test]
    fn lies_and_the_unknown_are_refused() {
        let png = picture(ImageFormat::Png, 2, 2);
        assert!(matches!(inspect(&png, Some("a.jpg")), Err(KitError::Lies { found: "image/png", .. })));
        assert!(matches!(inspect(b"text", Some("a.svg")), Err(KitError::Lies { .. })));
        for bytes in [
            &b"<html><script>"[..],
            b"\xEF\xBB\xBF <svg/>",
            b"MZ\x90\0",
            b"PK\x03\x04",
            b"a\0b",
            b"\xFF\xFE\x00\x00",
            b"\xFFx",
        ] {
            assert!(matches!(inspect(bytes, None), Err(KitError::UnknownType)), "{bytes:?}");
        }
        assert!(matches!(inspect(b"", None), Err(KitError::Empty)));
        assert!(matches!(
            inspect(&vec![b'a'; MAX_BYTES as usize + 1], None),
            Err(KitError::TooLarge(_, MAX_BYTES))
        ));
    }

    #[test]
    fn a_bomb_is_measured_before_it_is_opened() {
        let mut png = picture(ImageFormat::Png, 2, 2);
        // Width and height of the header say 50,000 × 50,000; the checksum is made to fit.
        png[16..20].copy_from_slice(&50_000u32.to_be_bytes());
        png[20..24].copy_from_slice(&50_000u32.to_be_bytes());
        let crc = crate::kit::whole::tests::crc32(&png[12..29]);
        png[29..33].copy_from_slice(&crc.to_be_bytes());
        assert!(matches!(
            inspect(&png, None),
            Err(KitError::TooManyPixels { width: 50_000, height: 50_000 })
        ));
    }

    #[test]
    fn a_picture_that_breaks_off_is_refused() {
        let jpeg = picture(ImageFormat::Png, 64, 64);
        assert!(matches!(inspect(&jpeg[..jpeg.len() / 2], None), Err(KitError::BadPicture(_))));
    }
}
