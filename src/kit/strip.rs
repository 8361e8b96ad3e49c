//! Takes what a camera or a program wrote about itself, its place and its owner out of a picture, without touching the
//! picture: EXIF, XMP, IPTC, comments, previews, and whatever stands behind the end. Colour profiles stay, since colours
//! depend on them.

use std::borrow::Cow;

/// A JPEG without its notes; `None` if its segments cannot be followed.
pub(super) fn jpeg(b: &[u8]) -> Option<Vec<u8>> {
    if !b.starts_with(&[0xFF, 0xD8]) {
        return None;
    }
    let mut out = Vec::with_capacity(b.len());
    out.extend_from_slice(&b[..2]);
    let mut i = 2;
    loop {
        // A marker, perhaps after filling bytes.
        if *b.get(i)? != 0xFF {
            return None;
        }
        while *b.get(i + 1)? == 0xFF {
            i += 1;
        }
        let marker = *b.get(i + 1)?;
        if marker == 0xD9 {
            out.extend_from_slice(&[0xFF, 0xD9]);
            return Some(out);
        }
        if matches!(marker, 0x01 | 0xD0..=0xD8) {
            return None; // none of them stands here in a sound file
        }
        let length = usize::from(u16::from_be_bytes([*b.get(i + 2)?, *b.get(i + 3)?]));
        let end = i + 2 + length;
        if length < 2 || end > b.len() {
            return None;
        }
        let content = &b[i + 4..end];
        // A small picture may stand in the head of a JFIF: of another picture, perhaps.
        if marker == 0xE0 && content.starts_with(b"JFIF\0") && content.len() > 14 {
            out.extend_from_slice(&[0xFF, 0xE0, 0, 16]);
            out.extend_from_slice(&content[..12]);
            out.extend_from_slice(&[0, 0]);
            i = end;
            continue;
        }
        let keep = match marker {
            0xE0 => content.starts_with(b"JFIF\0"),
            0xE2 => content.starts_with(b"ICC_PROFILE\0"),
            0xEE => content.starts_with(b"Adobe"),
            0xE1 | 0xE3..=0xED | 0xEF | 0xFE => false,
            _ => true,
        };
        if keep {
            out.extend_from_slice(&b[i..end]);
        }
        i = end;
        if marker == 0xDA {
            // Coded data up to the next marker that is neither a restart nor a stuffed byte.
            let start = i;
            loop {
                match (*b.get(i)?, *b.get(i + 1)?) {
                    (0xFF, 0x00 | 0xD0..=0xD7) => i += 2,
                    (0xFF, _) => break,
                    _ => i += 1,
                }
            }
            out.extend_from_slice(&b[start..i]);
        }
    }
}

/// A PNG without its notes and without an animation's further frames; `None` if its chunks cannot be followed.
pub(super) fn png(b: &[u8]) -> Option<Vec<u8>> {
    const KEPT: [&[u8]; 12] = [
        b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"bKGD",
        b"pHYs",
    ];
    if !b.starts_with(b"\x89PNG\r\n\x1a\n") {
        return None;
    }
    let mut out = Vec::with_capacity(b.len());
    out.extend_from_slice(&b[..8]);
    let mut i = 8;
    loop {
        let length = u32::from_be_bytes(b.get(i..i + 4)?.try_into().ok()?);
        let name = b.get(i + 4..i + 8)?;
        let end = i.checked_add(12)?.checked_add(usize::try_from(length).ok()?)?;
        let chunk = b.get(i..end)?;
        if KEPT.contains(&name) && (name != b"iCCP" || chunk.len() <= PROFILE) {
            out.extend_from_slice(chunk);
        }
        if name == b"IEND" {
            return Some(out);
        }
        i = end;
    }
}

/// The exponent that a PNG's samples were written with (`gAMA`, in hundred-thousandths), unless a profile or `sRGB`
/// says more (PNG §11.3.2: they go before it).
pub(super) fn gamma(b: &[u8]) -> Option<f32> {
    let (mut i, mut found) = (8, None);
    loop {
        let length = usize::try_from(u32::from_be_bytes(b.get(i..i + 4)?.try_into().ok()?)).ok()?;
        match b.get(i + 4..i + 8)? {
            b"sRGB" | b"iCCP" => return None,
            b"gAMA" if length == 4 => {
                let n = u32::from_be_bytes(b.get(i + 8..i + 12)?.try_into().ok()?);
                found = (n > 0).then(|| n as f32 / 100_000.0);
            }
            b"IDAT" => return found,
            _ => {}
        }
        i = i.checked_add(12)?.checked_add(length)?;
    }
}

/// Longest colour profile of a PNG that is unpacked, in bytes as it lies in the file: those of screens have a few thousand, and
/// a thousand times as much may come out of it.
const PROFILE: usize = 64 << 10;

/// A PNG without what a decoder would unpack before it measures the picture: compressed notes, and a colour profile that is too
/// long for one. What cannot be followed stays as it is, for the decoder to refuse.
pub(super) fn measurable(b: &[u8]) -> Cow<'_, [u8]> {
    if !b.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Cow::Borrowed(b);
    }
    let chunk = |i: usize| -> Option<(&[u8], usize)> {
        let length = u32::from_be_bytes(b.get(i..i + 4)?.try_into().ok()?);
        let end = i.checked_add(12)?.checked_add(usize::try_from(length).ok()?)?;
        (end <= b.len()).then_some((b.get(i + 4..i + 8)?, end))
    };
    let (mut out, mut from, mut i) = (vec![], 0, 8);
    while let Some((name, end)) = chunk(i) {
        let bomb = matches!(name, b"zTXt" | b"iTXt" | b"tEXt") || name == b"iCCP" && end - i > PROFILE;
        if bomb {
            out.extend_from_slice(&b[from..i]);
            from = end;
        }
        i = end;
    }
    if from == 0 {
        return Cow::Borrowed(b);
    }
    out.extend_from_slice(&b[from..]);
    Cow::Owned(out)
}

/// How many components a JPEG has: 1 grey, 3 colours, 4 inks.
pub(super) fn components(b: &[u8]) -> Option<u8> {
    let mut i = 2;
    loop {
        let (mark, marker) = (*b.get(i)?, *b.get(i + 1)?);
        match (mark, marker) {
            (0xFF, 0xFF) => i += 1,
            // Frames: all but tables and what is reserved.
            (0xFF, 0xC0..=0xCF) if !matches!(marker, 0xC4 | 0xC8 | 0xCC) => return b.get(i + 9).copied(),
            (0xFF, _) => i += 2 + usize::from(u16::from_be_bytes([*b.get(i + 2)?, *b.get(i + 3)?])),
            _ => return None,
        }
    }
}

/// A GIF without comments and the notes of programs; that it moves, and how often, stays. `None` if its blocks cannot be followed.
pub(super) fn gif(b: &[u8]) -> Option<Vec<u8>> {
    // Behind the last of a run of blocks that each begin with their length.
    let blocks = |mut i: usize| loop {
        match usize::from(*b.get(i)?) {
            0 => return Some(i + 1),
            n => i += n + 1,
        }
    };
    let table = |flags: u8| if flags & 0x80 == 0 { 0 } else { 3usize << ((flags & 7) + 1) };
    if !b.starts_with(b"GIF87a") && !b.starts_with(b"GIF89a") {
        return None;
    }
    let mut i = 13 + table(*b.get(10)?);
    let mut out = b.get(..i)?.to_vec();
    loop {
        let (end, keep) = match *b.get(i)? {
            0x3B => {
                out.push(0x3B);
                return Some(out);
            }
            0x2C => (blocks(i + 11 + table(*b.get(i + 9)?))?, true),
            0x21 => {
                let what = b.get(i + 3..i + 14).unwrap_or_default();
                let loops = what == b"NETSCAPE2.0" || what == b"ANIMEXTS1.0";
                (blocks(i + 2)?, *b.get(i + 1)? == 0xF9 || (*b.get(i + 1)? == 0xFF && loops))
            }
            _ => return None,
        };
        if keep {
            out.extend_from_slice(b.get(i..end)?);
        }
        i = end;
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::{DynamicImage, ImageFormat};

    use super::*;

    fn picture(format: ImageFormat) -> Vec<u8> {
        let mut out = Cursor::new(vec![]);
        DynamicImage::ImageRgb8(image::RgbImage::from_fn(40, 30, |x, y| {
            image::Rgb([(x * 6) as u8, (y * 8) as u8, ((x ^ y) * 4) as u8])
        }))
        .write_to(&mut out, format)
        .unwrap();
        out.into_inner()
    }

    #[test]
    fn notes_go_and_the_picture_stays() {
        let plain = picture(ImageFormat::Jpeg);
        let mut noted = plain[..2].to_vec();
        for (marker, words) in
            [(0xE1u8, &b"Exif\0\0GPS 20.86,106.68"[..]), (0xFE, b"ba Ngoai"), (0xED, b"Photoshop 3.0")]
        {
            noted.extend([0xFF, marker]);
            noted.extend((words.len() as u16 + 2).to_be_bytes());
            noted.extend(words);
        }
        noted.extend(&plain[2..]);
        noted.extend(b"PK\x03\x04 behind the end");
        let clean = jpeg(&noted).unwrap();
        assert_eq!(clean, jpeg(&plain).unwrap());
        for word in ["GPS", "Ngoai", "Photoshop", "behind"] {
            assert!(!clean.windows(word.len()).any(|w| w == word.as_bytes()), "{word}");
        }
        assert_eq!(image::load_from_memory(&clean).unwrap(), image::load_from_memory(&plain).unwrap());

        let plain = picture(ImageFormat::Png);
        let mut noted = plain[..33].to_vec();
        noted.extend(8u32.to_be_bytes());
        noted.extend(b"tEXta\0Ngoai.\0\0\0\0");
        noted.extend(&plain[33..]);
        noted.extend(b"behind");
        assert_eq!(png(&noted).unwrap(), plain);
    }

    #[test]
    fn nothing_is_unpacked_to_measure_a_picture() {
        use std::io::Write as _;
        let plain = picture(ImageFormat::Png);
        let chunk = |name: &[u8], data: &[u8]| {
            let mut crc = flate2::Crc::new();
            crc.update(name);
            crc.update(data);
            [&(data.len() as u32).to_be_bytes()[..], name, data, &crc.sum().to_be_bytes()].concat()
        };
        let packed = |data: &[u8]| {
            let mut z = flate2::write::ZlibEncoder::new(b"a\0\0".to_vec(), flate2::Compression::best());
            z.write_all(data).unwrap();
            z.finish().unwrap()
        };
        // As long as one that would become a hundred million bytes, but quickly made.
        let mut n = 1u32;
        let noise = std::iter::repeat_with(|| {
            n = n.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (n >> 24) as u8
        });
        let bomb = packed(&noise.take(2 * PROFILE).collect::<Vec<_>>());
        let with = |chunks: &[Vec<u8>]| [&plain[..33], &chunks.concat(), &plain[33..]].concat();
        for name in [b"zTXt", b"iCCP"] {
            assert_eq!(measurable(&with(&[chunk(name, &bomb), chunk(b"tEXt", b"a\0b")])), plain.as_slice());
        }
        // A profile of a common size stays; what has none is not copied; what breaks off is left to the decoder.
        let profile = with(&[chunk(b"iCCP", &packed(&[b'a'; 3000]))]);
        assert_eq!(measurable(&profile), profile.as_slice());
        assert!(matches!(measurable(&plain), Cow::Borrowed(_)));
        let broken = &with(&[chunk(b"zTXt", &bomb)])[..200];
        assert_eq!(measurable(broken), broken);
        assert_eq!(png(&with(&[chunk(b"iCCP", &bomb)])).unwrap(), plain);
    }

    #[test]
    fn a_small_picture_in_the_head_goes() {
        let plain = picture(ImageFormat::Jpeg);
        assert_eq!(&plain[2..6], [0xFF, 0xE0, 0, 16]);
        let mut noted = plain[..4].to_vec();
        noted.extend([0, 19]);
        noted.extend(&plain[6..18]);
        noted.extend([1, 1, b'x', b'y', b'z']);
        noted.extend(&plain[20..]);
        assert_eq!(jpeg(&noted).unwrap(), plain);
    }

    #[test]
    fn a_gif_keeps_its_motion_alone() {
        let mut plain = vec![];
        let mut encoder = image::codecs::gif::GifEncoder::new(&mut plain);
        encoder.set_repeat(image::codecs::gif::Repeat::Infinite).unwrap();
        for shade in [0, 200] {
            let frame = image::RgbaImage::from_pixel(6, 4, image::Rgba([shade, 9, 9, 255]));
            encoder.encode_frame(image::Frame::new(frame)).unwrap();
        }
        drop(encoder);
        assert_eq!(gif(&plain).unwrap(), plain, "a clean one stays as it is");
        let at = 13 + if plain[10] & 0x80 == 0 { 0 } else { 3 << ((plain[10] & 7) + 1) };
        let mut noted = plain[..at].to_vec();
        noted.extend(b"\x21\xFE\x05Ngoai\0\x21\xFF\x0BXMP DataXMP\x04<x/>\0");
        noted.extend(&plain[at..]);
        noted.extend(b"behind");
        assert_eq!(gif(&noted).unwrap(), plain);
        for cut in [0, 5, 12, at + 1, plain.len() / 2, plain.len() - 1] {
            assert_eq!(gif(&plain[..cut]), None, "{cut}");
        }
    }

    #[test]
    fn what_cannot_be_followed_is_left_alone() {
        let (j, p) = (picture(ImageFormat::Jpeg), picture(ImageFormat::Png));
        for cut in [0, 1, 3, 5, 20, j.len() / 2, j.len() - 1] {
            assert_eq!(jpeg(&j[..cut]), None, "{cut}");
        }
        for cut in [0, 7, 9, 20, p.len() / 2, p.len() - 1] {
            assert_eq!(png(&p[..cut]), None, "{cut}");
        }
        let mut huge = p.clone();
        huge[8..12].copy_from_slice(&u32::MAX.to_be_bytes());
        assert_eq!(png(&huge), None);
        let mut zero = j.clone();
        zero[4..6].copy_from_slice(&[0, 0]);
        assert_eq!(jpeg(&zero), None);
    }
}
