//! Whether a file is there to its end. What a decoder opens is not always whole: half a JPEG opens, and is grey from the middle on;
//! the first frame of a GIF says nothing of the others; nothing decodes a PDF, a recording or a clip here at all.

use super::sniff::MAX_CLIP;
use super::strip;
use crate::domain::sound;

/// True for a file of a type, as its beginning says, that has its end.
pub(super) fn is_whole(b: &[u8], mime: &str) -> bool {
    match mime {
        "image/jpeg" => jpeg(b).is_some(),
        "image/png" => strip::png(b).is_some(),
        "image/gif" => strip::gif(b).is_some(),
        "image/webp" => riff(b).is_some_and(|end| end <= b.len()),
        "application/pdf" => pdf(b),
        "audio/mpeg" => sound::mp3(b).is_some() && !sound::breaks_off(b),
        "audio/wav" => wav(b).is_some(),
        "video/mp4" => mp4(b).is_some(),
        _ => true,
    }
}

/// Up to the mark of a JPEG's end. Looser than [`strip::jpeg`], as decoders are: bytes between segments are passed over.
fn jpeg(b: &[u8]) -> Option<()> {
    let (mut i, mut scans) = (2, 0);
    loop {
        match (*b.get(i)?, *b.get(i + 1)?) {
            (0xFF, 0xD9) => return (scans > 0).then_some(()),
            // Filling, stuffed bytes, restarts, and what stands alone.
            (0xFF, 0xFF) => i += 1,
            (0xFF, 0x00 | 0x01 | 0xD0..=0xD8) => i += 2,
            (0xFF, marker) => {
                scans += usize::from(marker == 0xDA);
                i += 2 + usize::from(u16::from_be_bytes([*b.get(i + 2)?, *b.get(i + 3)?]));
            }
            _ => i += 1,
        }
    }
}

/// The end that the head of a RIFF file names.
fn riff(b: &[u8]) -> Option<usize> {
    let n = u32::from_le_bytes(b.get(4..8)?.try_into().ok()?);
    usize::try_from(n).ok()?.checked_add(8)
}

/// A WAV with its samples. One that was written into a pipe does not know how many there are.
fn wav(b: &[u8]) -> Option<()> {
    let mut i = 12;
    loop {
        let n = u32::from_le_bytes(b.get(i + 4..i + 8)?.try_into().ok()?);
        let end = (i + 8).checked_add(usize::try_from(n).ok()?)?;
        if &b[i..i + 4] == b"data" {
            let open = n == 0 || u64::from(n) > MAX_CLIP;
            return (open || end <= b.len()).then_some(());
        }
        i = end.checked_add(end % 2)?;
    }
}

/// `startxref … %%EOF` near the end (ISO 32000-1 §7.5.5; readers look through the last kilobyte, some writers leave more behind it).
fn pdf(b: &[u8]) -> bool {
    let tail = &b[b.len().saturating_sub(4096)..];
    let last = |what: &[u8]| tail.windows(what.len()).rposition(|w| w == what);
    matches!((last(b"startxref"), last(b"%%EOF")), (Some(x), Some(end)) if x < end)
}

/// Box after box to the end, the one that names the tracks among them.
fn mp4(b: &[u8]) -> Option<()> {
    let (mut i, mut moov) = (0, false);
    // What is too short for another box is left behind by some writers.
    while b.len() - i >= 8 {
        let short = u32::from_be_bytes(b.get(i..i + 4)?.try_into().ok()?);
        let name = &b[i + 4..i + 8];
        if !name.iter().all(|c| c.is_ascii_graphic() || *c == b' ') {
            break;
        }
        let size = match short {
            0 => b.len() - i, // the last one: to the end
            1 => usize::try_from(u64::from_be_bytes(b.get(i + 8..i + 16)?.try_into().ok()?)).ok()?,
            n => usize::try_from(n).ok()?,
        };
        let end = i.checked_add(size).filter(|end| size >= 8 && *end <= b.len())?;
        moov |= name == b"moov";
        i = end;
    }
    moov.then_some(())
}

#[cfg(test)]
pub(crate) mod tests {
    use std::io::Cursor;

    use image::ImageFormat;

    use crate::kit::{KitError, inspect};

    /// A PDF of so many words, as short as one can be.
    pub(crate) fn a_pdf(words: &str) -> Vec<u8> {
        format!("%PDF-1.7\n{words}\nstartxref\n0\n%%EOF\n").into_bytes()
    }

    /// The checksum of a PNG's chunk.
    pub(crate) fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0u32, |crc, b| {
            (0..8).fold(crc ^ u32::from(*b), |c, _| if c & 1 == 1 { (c >> 1) ^ 0xEDB8_8320 } else { c >> 1 })
        })
    }

    fn boxed(name: &[u8], content: &[u8]) -> Vec<u8> {
        [&u32::try_from(content.len() + 8).unwrap().to_be_bytes()[..], name, content].concat()
    }

    /// An MP4 of a brand, without a picture.
    fn clip(brand: &[u8]) -> Vec<u8> {
        let head = boxed(b"ftyp", &[brand, b"\0\0\0\0isommp42"].concat());
        [head, boxed(b"moov", &[0; 100]), boxed(b"mdat", &[7; 300])].concat()
    }

    fn song() -> Vec<u8> {
        let frames = [0xff, 0xe3, 0x18, 0xc0].into_iter().chain([0; 68]).collect::<Vec<u8>>().repeat(20);
        [b"ID3\x04\0\0\0\0\0\x05hello".as_slice(), &frames].concat()
    }

    fn samples(said: u32) -> Vec<u8> {
        let head =
            b"RIFF\xFF\xFF\xFF\xFFWAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0data";
        [&head[..], &said.to_le_bytes(), &[0; 400]].concat()
    }

    fn noise(format: ImageFormat) -> Vec<u8> {
        let mut out = Cursor::new(vec![]);
        image::DynamicImage::ImageRgb8(image::RgbImage::from_fn(160, 120, |x, y| {
            image::Rgb([(x * y * 7 + x * 31) as u8, ((x * 13) ^ (y * 29)) as u8, (y * y * 3 + x) as u8])
        }))
        .write_to(&mut out, format)
        .unwrap();
        out.into_inner()
    }

    #[test]
    fn what_breaks_off_anywhere_is_refused() {
        for (whole, mime) in [
            (noise(ImageFormat::Jpeg), "image/jpeg"),
            (noise(ImageFormat::Png), "image/png"),
            (noise(ImageFormat::Gif), "image/gif"),
            (noise(ImageFormat::WebP), "image/webp"),
            (a_pdf(&"một trang ".repeat(30)), "application/pdf"),
            (clip(b"isom"), "video/mp4"),
            (samples(400), "audio/wav"),
        ] {
            assert_eq!(inspect(&whole, None).unwrap().mime, mime);
            for percent in [3, 20, 50, 80, 99] {
                let cut = &whole[..whole.len() * percent / 100];
                assert!(inspect(cut, None).is_err(), "{mime} of {percent} % was taken");
            }
            let last = &whole[..whole.len() - 2];
            assert!(inspect(last, None).is_err(), "{mime} without its last two bytes was taken");
        }
    }

    #[test]
    fn half_a_photograph_is_called_by_its_name() {
        let jpeg = noise(ImageFormat::Jpeg);
        let half = &jpeg[..jpeg.len() / 2];
        assert!(image::load_from_memory(half).is_ok(), "a decoder takes it");
        assert!(matches!(inspect(half, Some("a.jpg")), Err(KitError::NotWhole("image/jpeg"))));
        // Another picture's end, in a note of the camera's, is not this one's.
        let thumb = [&[0xFF, 0xE1, 0, 8][..], b"Ex\xFF\xD9\xFF\xD9"].concat();
        let noted = [&half[..2], &thumb, &half[2..]].concat();
        assert!(matches!(inspect(&noted, None), Err(KitError::NotWhole(_))));
        // What decoders pass over is no fault, nor what stands behind the end.
        let odd = [&jpeg[..2], &thumb, b"\0\0", &jpeg[2..], b"PK behind"].concat();
        assert!(inspect(&odd, None).is_ok());
    }

    #[test]
    fn what_only_begins_like_a_type_is_none() {
        let unknown = |b: &[u8]| matches!(inspect(b, None), Err(KitError::UnknownType));
        for brand in [b"heic", b"avif", b"M4A ", b"qt  ", b"mif1", b"crx ", b"<htm"] {
            assert!(unknown(&clip(brand)), "{brand:?}");
        }
        for brand in [b"isom", b"iso6", b"mp42", b"avc1", b"M4V ", b"MSNV"] {
            assert!(inspect(&clip(brand), Some("a.mp4")).is_ok(), "{brand:?}");
        }
        assert!(unknown(b"<a  ftypisom\0\0\0\0<script>alert(1)</script>"));
        assert!(unknown(b"<a  ftyp href=x><script>alert(1)</script>"));
        let not_whole = |b: &[u8]| matches!(inspect(b, None), Err(KitError::NotWhole(_)));
        assert!(not_whole(b"ID3<html><script>alert(1)</script>"));
        assert!(not_whole(b"\xFF\xFB\x90\x00<html><script>alert(1)</script>"));
        assert!(not_whole(b"%PDF-1.4\n<html><script>alert(1)</script></html>"));
        assert!(not_whole(&boxed(b"ftyp", b"isom\0\0\0\0isommp42")), "a clip that holds nothing");
        assert!(inspect(&song(), Some("a.mp3")).is_ok() && inspect(&song()[15..], Some("a.mp3")).is_ok());
    }

    #[test]
    fn what_was_written_into_a_pipe_or_signed_is_whole() {
        assert!([0, 0x7fff_0000, u32::MAX].iter().all(|n| inspect(&samples(*n), Some("a.wav")).is_ok()));
        let mut open = clip(b"mp42");
        let at = open.windows(4).position(|w| w == b"mdat").unwrap();
        open[at - 4..at].fill(0); // to the end of the file
        assert!(inspect(&open, None).is_ok());
        let signed =
            [a_pdf("một"), b"\n% a signature\n".repeat(20), b"startxref\n9\n%%EOF".to_vec(), vec![0; 600]]
                .concat();
        assert!(inspect(&signed, Some("a.pdf")).is_ok());
    }
}
