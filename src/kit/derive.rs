//! What a channel gets is made of the original: small enough in pixels and bytes, of a format its readers open, without a
//! word about who made it where. Made once per original and recipe, kept by hash, never of more pixels than the original.

use std::fs;
use std::io::Cursor;
use std::sync::Arc;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType as PngFilter, PngEncoder};
use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{
    ColorType, DynamicImage, ImageDecoder, ImageEncoder, ImageFormat, ImageReader, Rgb, RgbImage, Rgba,
    RgbaImage,
};
use serde::{Deserialize, Serialize};

use crate::domain::kit::Recipe;

use super::sniff::{KitError, MAX_PIXELS, limits, magic};
use super::store::{AssetStore, hash, read, verify, write_whole};
use super::{strip, whole};

/// Changes when the same recipe would make other bytes.
const VERSION: u32 = 3;
/// Qualities of JPEG tried one after the other, percent.
const LOWEST: u8 = 45;
const STEP: u8 = 10;
/// How often a picture is made smaller if no quality is low enough.
const SHRINKS: usize = 12;

/// A picture as it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Media type.
    pub mime: &'static str,
    /// Width and height in pixels.
    pub pixels: (u32, u32),
}

/// A derivative in the store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Derived {
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// Media type.
    pub mime: String,
    /// Size in bytes.
    pub bytes: u64,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
}

/// Makes a picture by a recipe. One that fits already keeps its picture data and loses its notes only.
///
/// # Errors
/// No picture, too many pixels, broken, or no way to make it small enough.
pub fn derive(original: &[u8], recipe: &Recipe) -> Result<Made, KitError> {
    let bad = |e: image::ImageError| KitError::BadPicture(e.to_string());
    let (mime, format) = magic(original).ok_or(KitError::UnknownType)?;
    let Some(format) = format else { return Err(KitError::BadPicture(format!("{mime} is no picture"))) };
    let lean = strip::measurable(original);
    let mut reader = ImageReader::with_format(Cursor::new(&*lean), format);
    reader.limits(limits());
    let mut decoder = reader.into_decoder().map_err(bad)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(KitError::TooManyPixels { width, height });
    }
    // A picture of a post's own was looked at by nobody before.
    if !whole::is_whole(original, mime) {
        return Err(KitError::NotWhole(mime));
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let fits = width <= recipe.width
        && height <= recipe.height
        && orientation == Orientation::NoTransforms
        && recipe.takes((width, height));
    if fits && let Some(bytes) = as_it_is(original, format, recipe) {
        return Ok(Made { bytes, mime, pixels: (width, height) });
    }
    let icc = decoder.icc_profile().ok().flatten();
    let mut picture = eight_bits(DynamicImage::from_decoder(decoder).map_err(bad)?);
    picture.apply_orientation(orientation);
    // What is encoded anew says nothing of an exponent: its samples are as screens take them.
    if let Some(gamma) = strip::gamma(original).filter(|_| format == ImageFormat::Png) {
        as_screens_show(&mut picture, gamma);
    }
    let clear = see_through(&picture);
    let icc = icc.filter(|p| p.get(16..20) == Some(b"RGB ") && picture.color().has_color());
    let lossless = clear || !matches!(format, ImageFormat::Jpeg | ImageFormat::WebP);
    let mut picture = on_ground(fit(picture, recipe.width, recipe.height), recipe);
    if lossless && let Some(made) = png(&picture, clear, icc.as_deref(), recipe).map_err(bad)? {
        return Ok(made);
    }
    for _ in 0..SHRINKS {
        let flat = on_white(&picture);
        let mut quality = recipe.quality;
        loop {
            let bytes = jpeg(&flat, quality, icc.as_deref()).map_err(bad)?;
            if bytes.len() as u64 <= recipe.bytes {
                return Ok(Made { bytes, mime: "image/jpeg", pixels: flat.dimensions() });
            }
            if quality <= LOWEST {
                break;
            }
            quality = quality.saturating_sub(STEP).max(LOWEST);
        }
        let (w, h) = (picture.width(), picture.height());
        picture = fit(picture, (w * 4 / 5).max(1), (h * 4 / 5).max(1));
    }
    Err(KitError::TooLarge(original.len() as u64, recipe.bytes))
}

/// Width and height of a picture as it is shown: a photograph that is held upright lies on its side in the file.
pub fn shown_size(original: &[u8]) -> Option<(u32, u32)> {
    let (_, format) = magic(original)?;
    let mut decoder = ImageReader::with_format(Cursor::new(original), format?).into_decoder().ok()?;
    let (w, h) = decoder.dimensions();
    let on_its_side = matches!(
        decoder.orientation(),
        Ok(Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH)
    );
    Some(if on_its_side { (h, w) } else { (w, h) })
}

/// The original without its notes, if it is of a format and size that the recipe takes.
fn as_it_is(original: &[u8], format: ImageFormat, recipe: &Recipe) -> Option<Vec<u8>> {
    let clean = if format == ImageFormat::Jpeg {
        // Four components are inks, which half of the programs that show pictures take for light.
        strip::jpeg(original).filter(|_| strip::components(original) != Some(4))?
    } else if format == ImageFormat::Png {
        strip::png(original)?
    } else if format == ImageFormat::Gif && recipe.gif {
        strip::gif(original)?
    } else {
        return None;
    };
    (clean.len() as u64 <= recipe.bytes).then_some(clean)
}

/// Smaller until it fits, never larger, in proportion.
fn fit(picture: DynamicImage, width: u32, height: u32) -> DynamicImage {
    if picture.width() <= width && picture.height() <= height {
        return picture;
    }
    picture.resize(width, height, FilterType::Lanczos3)
}

/// What eyes see, in half or a quarter of the memory.
fn eight_bits(picture: DynamicImage) -> DynamicImage {
    let color = picture.color();
    if matches!(color, ColorType::Rgb8 | ColorType::Rgba8 | ColorType::L8) {
        picture
    } else if color.has_alpha() {
        DynamicImage::ImageRgba8(picture.into_rgba8())
    } else if color.has_color() {
        DynamicImage::ImageRgb8(picture.into_rgb8())
    } else {
        DynamicImage::ImageLuma8(picture.into_luma8())
    }
}

/// Samples written with another exponent than 1/2.2 become what screens show of them. What differs by a hair stays.
fn as_screens_show(picture: &mut DynamicImage, gamma: f32) {
    let power = 1.0 / (2.2 * gamma);
    if (power - 1.0).abs() < 0.05 || !power.is_finite() {
        return;
    }
    let table: Vec<u8> =
        (0..=255u8).map(|v| ((f32::from(v) / 255.0).powf(power) * 255.0).round() as u8).collect();
    let each = |samples: &mut [u8]| samples.iter_mut().for_each(|s| *s = table[usize::from(*s)]);
    if let Some(p) = picture.as_mut_rgba8() {
        p.pixels_mut().for_each(|p| each(&mut p.0[..3]));
    } else if let Some(p) = picture.as_mut_rgb8() {
        each(p);
    } else if let Some(p) = picture.as_mut_luma8() {
        each(p);
    }
}

fn see_through(picture: &DynamicImage) -> bool {
    picture.as_rgba8().is_some_and(|p| p.pixels().any(|p| p.0[3] < 255))
}

/// In the middle of a white ground, if it is longer than may be. It does not become longer by it.
fn on_ground(picture: DynamicImage, recipe: &Recipe) -> DynamicImage {
    let (w, h) = (picture.width(), picture.height());
    if recipe.takes((w, h)) {
        return picture;
    }
    let short = w.max(h).div_ceil(recipe.ratio);
    let (width, height) = if w > h { (w, short) } else { (short, h) };
    let (x, y) = (i64::from((width - w) / 2), i64::from((height - h) / 2));
    if picture.color().has_alpha() {
        let mut ground = RgbaImage::from_pixel(width, height, Rgba([255; 4]));
        image::imageops::overlay(&mut ground, &picture.to_rgba8(), x, y);
        DynamicImage::ImageRgba8(ground)
    } else {
        let mut ground = RgbImage::from_pixel(width, height, Rgb([255; 3]));
        image::imageops::replace(&mut ground, &picture.to_rgb8(), x, y);
        DynamicImage::ImageRgb8(ground)
    }
}

/// Without transparency: what shines through is paper.
fn on_white(picture: &DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.to_rgb8();
    }
    let from = picture.to_rgba8();
    let mut out = RgbImage::new(from.width(), from.height());
    for (to, p) in out.pixels_mut().zip(from.pixels()) {
        let a = u32::from(p.0[3]);
        let mix = |c: u8| u8::try_from((u32::from(c) * a + 255 * (255 - a) + 127) / 255).unwrap_or(u8::MAX);
        to.0 = [mix(p.0[0]), mix(p.0[1]), mix(p.0[2])];
    }
    out
}

fn png(
    picture: &DynamicImage,
    clear: bool,
    icc: Option<&[u8]>,
    recipe: &Recipe,
) -> Result<Option<Made>, image::ImageError> {
    // Pixels of a photograph do not become small this way: no need to try where a tenth would be too much.
    let pixels = u64::from(picture.width()) * u64::from(picture.height());
    if pixels / 40 > recipe.bytes {
        return Ok(None);
    }
    let mut bytes = vec![];
    let mut encoder = PngEncoder::new_with_quality(&mut bytes, CompressionType::Default, PngFilter::Adaptive);
    if let Some(icc) = icc {
        let _ = encoder.set_icc_profile(icc.to_vec()); // this encoder takes any
    }
    let plain = if clear {
        DynamicImage::ImageRgba8(picture.to_rgba8())
    } else if picture.color().has_color() {
        DynamicImage::ImageRgb8(picture.to_rgb8())
    } else {
        DynamicImage::ImageLuma8(picture.to_luma8())
    };
    plain.write_with_encoder(encoder)?;
    let pixels = (picture.width(), picture.height());
    Ok((bytes.len() as u64 <= recipe.bytes).then_some(Made { bytes, mime: "image/png", pixels }))
}

fn jpeg(flat: &RgbImage, quality: u8, icc: Option<&[u8]>) -> Result<Vec<u8>, image::ImageError> {
    let mut bytes = vec![];
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, quality);
    if let Some(icc) = icc {
        let _ = encoder.set_icc_profile(icc.to_vec()); // this encoder takes any
    }
    flat.write_with_encoder(encoder)?;
    Ok(bytes)
}

impl AssetStore {
    /// The derivative of an original, made unless it is there already. `bytes` gives the original where it must be made.
    ///
    /// # Errors
    /// The original is missing or damaged, or cannot be made into a picture of that recipe; the file system.
    pub fn derived(
        &self,
        original: &str,
        recipe: &Recipe,
        bytes: impl FnOnce() -> Result<Arc<[u8]>, KitError>,
    ) -> Result<Derived, KitError> {
        let key = hash(format!("{VERSION}\n{recipe:?}\n{original}").as_bytes());
        let note = self.root().join("derived").join(&key[..2]).join(&key[2..]);
        let known: Option<Derived> = fs::symlink_metadata(&note)
            .is_ok_and(|m| m.is_file() && m.len() < 4096)
            .then(|| read(&note).ok())
            .flatten()
            .and_then(|b| serde_json::from_slice(&b).ok());
        // What is noted and gone, or damaged, is made again.
        if let Some(d) = known.filter(|d| self.get(&d.sha256).is_ok_and(|b| b.len() as u64 == d.bytes)) {
            return Ok(d);
        }
        let bytes = bytes()?;
        verify(&bytes, original)?;
        let made = derive(&bytes, recipe)?;
        let derived = Derived {
            sha256: self.store(&made.bytes)?,
            mime: made.mime.to_owned(),
            bytes: made.bytes.len() as u64,
            width: made.pixels.0,
            height: made.pixels.1,
        };
        let text = serde_json::to_vec(&derived).unwrap_or_default();
        write_whole(&note, &text)?;
        Ok(derived)
    }
}

#[cfg(test)]
mod tests {
    use image::GenericImageView as _;

    use super::*;

    const SMALL: Recipe =
        Recipe { name: "s", width: 60, height: 60, bytes: 1 << 20, quality: 85, gif: false, ratio: 0 };

    fn encode(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut out = Cursor::new(vec![]);
        picture.write_to(&mut out, format).unwrap();
        out.into_inner()
    }

    /// Left half red, right half blue, as a photograph has it: with noise.
    fn photo(w: u32, h: u32) -> DynamicImage {
        let mut n = 1u32;
        DynamicImage::ImageRgb8(RgbImage::from_fn(w, h, |x, _| {
            n = n.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let noise = (n >> 27) as u8;
            if x < w / 2 { Rgb([220 + noise, noise, noise]) } else { Rgb([noise, noise, 220 + noise]) }
        }))
    }

    /// A JPEG that says which way up it is held, and where it was taken.
    fn with_exif(jpeg: &[u8], orientation: u8) -> Vec<u8> {
        let mut tiff = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
        tiff.extend([orientation, 0, 0, 0, 0, 0, 0]);
        tiff.extend(b"GPS 20.86N 106.68E");
        let mut out = jpeg[..2].to_vec();
        out.extend([0xFF, 0xE1]);
        out.extend((tiff.len() as u16 + 2).to_be_bytes());
        out.extend(tiff);
        out.extend(&jpeg[2..]);
        out
    }

    fn has(bytes: &[u8], word: &[u8]) -> bool {
        bytes.windows(word.len()).any(|w| w == word)
    }

    #[test]
    fn what_fits_keeps_its_picture_and_loses_its_notes() {
        let plain = encode(&photo(50, 40), ImageFormat::Jpeg);
        let noted = with_exif(&plain, 1);
        assert!(has(&noted, b"GPS"));
        let made = derive(&noted, &SMALL).unwrap();
        assert_eq!((made.mime, made.pixels), ("image/jpeg", (50, 40)));
        assert!(!has(&made.bytes, b"GPS") && !has(&made.bytes, b"Exif"));
        assert_eq!(image::load_from_memory(&made.bytes).unwrap(), image::load_from_memory(&plain).unwrap());
    }

    #[test]
    fn it_is_turned_before_it_is_made_smaller() {
        // Held to the right: what is left in the file is up for the eye.
        let noted = with_exif(&encode(&photo(120, 80), ImageFormat::Jpeg), 6);
        let made = derive(&noted, &SMALL).unwrap();
        assert_eq!(made.pixels, (40, 60));
        assert!(!has(&made.bytes, b"GPS"));
        let seen = image::load_from_memory(&made.bytes).unwrap();
        let (top, bottom) = (seen.get_pixel(20, 5), seen.get_pixel(20, 55));
        assert!(top.0[0] > 180 && top.0[2] < 90, "{top:?}");
        assert!(bottom.0[2] > 180 && bottom.0[0] < 90, "{bottom:?}");
    }

    #[test]
    fn nothing_is_made_larger() {
        let png = encode(&photo(10, 8), ImageFormat::Png);
        assert_eq!(derive(&png, &SMALL).unwrap().pixels, (10, 8));
        let webp = encode(&photo(10, 8), ImageFormat::WebP);
        let made = derive(&webp, &SMALL).unwrap();
        assert_eq!((made.mime, made.pixels), ("image/jpeg", (10, 8)), "mail programs do not open WebP");
    }

    #[test]
    fn it_becomes_as_small_as_it_must() {
        let png = encode(&photo(120, 90), ImageFormat::Png);
        for bytes in [6_000, 2_500, 1_100] {
            let recipe = Recipe { width: 120, height: 120, bytes, ..SMALL };
            let made = derive(&png, &recipe).unwrap();
            assert!(made.bytes.len() as u64 <= bytes && made.mime == "image/jpeg", "{bytes}: {made:?}");
            let (w, h) = made.pixels;
            assert!((w * 90).abs_diff(h * 120) <= 120, "{w}×{h}");
        }
        let nothing = Recipe { bytes: 10, ..SMALL };
        assert!(matches!(derive(&png, &nothing), Err(KitError::TooLarge(_, 10))));
    }

    #[test]
    fn what_shines_through_stays_or_lies_on_white() {
        let mut n = 1u32;
        let logo = DynamicImage::ImageRgba8(RgbaImage::from_fn(90, 90, |x, y| {
            n = n.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let dark = (n >> 26) as u8;
            if (x / 30 + y / 30) % 2 == 0 { Rgba([dark, dark, 2 * dark, 255]) } else { Rgba([0, 0, 0, 0]) }
        }));
        let png = encode(&logo, ImageFormat::Png);
        let made = derive(&png, &SMALL).unwrap();
        assert_eq!((made.mime, made.pixels), ("image/png", (60, 60)));
        assert!(image::load_from_memory(&made.bytes).unwrap().color().has_alpha());
        let tight = derive(&png, &Recipe { bytes: made.bytes.len() as u64 - 1, ..SMALL }).unwrap();
        assert_eq!(tight.mime, "image/jpeg");
        let seen = image::load_from_memory(&tight.bytes).unwrap().to_rgb8();
        let lightest = seen.pixels().map(|p| p.0.iter().map(|c| u32::from(*c)).sum::<u32>()).max().unwrap();
        assert!(lightest > 690, "{lightest}");
    }

    #[test]
    fn a_gif_moves_only_where_it_may() {
        let gif = encode(&photo(30, 20), ImageFormat::Gif);
        assert_eq!(derive(&gif, &Recipe { gif: true, ..SMALL }).unwrap().bytes, gif);
        assert_ne!(derive(&gif, &SMALL).unwrap().mime, "image/gif");
    }

    #[test]
    fn what_is_too_long_lies_on_white() {
        let recipe = Recipe { width: 200, height: 200, ratio: 20, ..SMALL };
        for (w, h, made) in
            [(100, 2, (100, 5)), (1, 90, (5, 90)), (400, 4, (200, 10)), (1, 1, (1, 1)), (100, 5, (100, 5))]
        {
            for picture in [photo(w, h), DynamicImage::ImageRgba8(photo(w, h).to_rgba8())] {
                let got = derive(&encode(&picture, ImageFormat::Png), &recipe).unwrap();
                assert_eq!(got.pixels, made, "{w}×{h}");
                let seen = image::load_from_memory(&got.bytes).unwrap().to_rgb8();
                if (w, h) == (100, 2) {
                    assert_eq!((seen.get_pixel(9, 0).0, seen.get_pixel(9, 4).0), ([255; 3], [255; 3]));
                    assert!(seen.get_pixel(9, 1).0[1] < 40, "the picture stands in the middle");
                }
            }
        }
    }

    #[test]
    fn sixteen_bits_and_greys_become_eight_where_they_are_made_anew() {
        let deep = DynamicImage::ImageRgba16(photo(90, 90).to_rgba16());
        let made = derive(&encode(&deep, ImageFormat::Png), &SMALL).unwrap();
        let seen = image::load_from_memory(&made.bytes).unwrap();
        assert_eq!((made.pixels, seen.color()), ((60, 60), image::ColorType::Rgb8));
        let grey = DynamicImage::ImageLuma16(photo(90, 90).to_luma16());
        let made = derive(&encode(&grey, ImageFormat::Png), &SMALL).unwrap();
        assert_eq!(image::load_from_memory(&made.bytes).unwrap().color(), image::ColorType::L8);
    }

    #[test]
    fn an_exponent_of_a_file_is_not_lost_when_it_is_made_smaller() {
        // A middle grey in linear light: half as much light is 188 of 255 on a screen.
        let plain =
            encode(&DynamicImage::ImageRgb8(RgbImage::from_pixel(90, 90, Rgb([128; 3]))), ImageFormat::Png);
        let with = |n: u32, more: &[u8]| {
            let chunk = |name: &[u8], data: &[u8]| {
                let named = [name, data].concat();
                [
                    &(data.len() as u32).to_be_bytes()[..],
                    &named,
                    &crate::kit::whole::tests::crc32(&named).to_be_bytes(),
                ]
                .concat()
            };
            let srgb = if more.is_empty() { vec![] } else { chunk(b"sRGB", more) };
            [&plain[..33], &srgb, &chunk(b"gAMA", &n.to_be_bytes()), &plain[33..]].concat()
        };
        for (bytes, seen) in [
            (plain.clone(), 128),
            (with(45_455, b""), 128),
            (with(100_000, b""), 186),
            (with(100_000, b"\0"), 128),
            (with(0, b""), 128),
        ] {
            let made = derive(&bytes, &SMALL).unwrap();
            assert_eq!(made.pixels, (60, 60));
            assert_eq!(
                image::load_from_memory(&made.bytes).unwrap().to_rgb8().get_pixel(30, 30).0,
                [seen; 3]
            );
        }
    }

    #[test]
    fn inks_become_light() {
        // A JPEG of one component renamed to four is none a decoder opens; that it is not passed on as it is, is what counts.
        let mut four = encode(&DynamicImage::new_luma8(8, 8), ImageFormat::Jpeg);
        let at = four.windows(2).position(|w| w == [0xFF, 0xC0]).unwrap();
        assert_eq!((strip::components(&four), derive(&four, &SMALL).unwrap().bytes), (Some(1), four.clone()));
        four[at + 9] = 4;
        assert_eq!(strip::components(&four), Some(4));
        assert!(as_it_is(&four, ImageFormat::Jpeg, &SMALL).is_none());
    }

    #[test]
    fn a_bomb_is_refused_before_it_is_opened() {
        let mut png = encode(&photo(2, 2), ImageFormat::Png);
        png[16..20].copy_from_slice(&50_000u32.to_be_bytes());
        png[20..24].copy_from_slice(&50_000u32.to_be_bytes());
        let crc = crate::kit::whole::tests::crc32(&png[12..29]);
        png[29..33].copy_from_slice(&crc.to_be_bytes());
        assert!(matches!(derive(&png, &SMALL), Err(KitError::TooManyPixels { width: 50_000, .. })));
    }

    #[test]
    fn the_same_original_makes_the_same_bytes() {
        let png = encode(&photo(90, 70), ImageFormat::Png);
        let tight = Recipe { bytes: 2_000, ..SMALL };
        for recipe in [SMALL, tight] {
            assert_eq!(derive(&png, &recipe).unwrap(), derive(&png, &recipe).unwrap());
        }
    }

    #[test]
    fn what_is_no_picture_is_said_to_be_none() {
        assert!(matches!(derive(b"%PDF-1.7 x", &SMALL), Err(KitError::BadPicture(_))));
        assert!(matches!(derive(b"<svg>", &SMALL), Err(KitError::UnknownType)));
        let cut = encode(&photo(40, 40), ImageFormat::Png);
        assert!(matches!(derive(&cut[..cut.len() / 2], &SMALL), Err(KitError::NotWhole("image/png"))));
        let cut = encode(&photo(200, 200), ImageFormat::Jpeg);
        assert!(matches!(derive(&cut[..cut.len() - 9], &SMALL), Err(KitError::NotWhole("image/jpeg"))));
    }

    #[test]
    fn it_is_made_once_and_again_if_it_was_damaged() {
        let dir = tempfile::tempdir().unwrap();
        let store = AssetStore::new(dir.path().join("assets"));
        let original = store.put(&encode(&photo(90, 45), ImageFormat::Jpeg)).unwrap();
        let first = store.derived(&original, &SMALL, || store.get(&original)).unwrap();
        assert_eq!((first.width, first.height, first.mime.as_str()), (60, 30, "image/jpeg"));
        let file = dir.path().join("assets").join(&first.sha256[..2]).join(&first.sha256[2..]);
        let made_at = fs::metadata(&file).unwrap().modified().unwrap();
        assert_eq!(store.derived(&original, &SMALL, || store.get(&original)).unwrap(), first);
        assert_eq!(fs::metadata(&file).unwrap().modified().unwrap(), made_at);
        fs::write(&file, b"other").unwrap();
        assert_eq!(store.derived(&original, &SMALL, || store.get(&original)).unwrap(), first);
        assert!(store.get(&first.sha256).is_ok());
        let other =
            store.derived(&original, &Recipe { width: 30, ..SMALL }, || store.get(&original)).unwrap();
        assert_eq!(other.width, 30);
        assert!(matches!(
            store.derived(&"a".repeat(64), &SMALL, || store.get(&"a".repeat(64))),
            Err(KitError::Missing(_))
        ));
        assert_eq!(store.verify().unwrap().len(), 3);
        assert!(store.verify().unwrap().iter().all(|(_, r)| r.is_ok()));
    }
}
