//! What a document shows of a picture: it may be cut, turned or mirrored there, while the file holds all of it. What an office
//! cut away is not published.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat};

use super::xml::Node;

/// A whole, in the thousandths of a percent in which cuts are measured.
const WHOLE: i64 = 100_000;
/// A degree, in the units in which turns are measured.
const DEGREE: i64 = 60_000;

/// How a picture is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// Cut off left, top, right and bottom, in thousandths of a percent.
    crop: [i64; 4],
    /// Turned clockwise, in sixty-thousandths of a degree, below a full turn.
    turn: i64,
    /// Mirrored left to right, and top to bottom.
    flip: [bool; 2],
}

/// A picture of a document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shot {
    /// Where it lies in the package.
    pub part: String,
    /// What it is said to show.
    pub alt: String,
    /// What is shown of it.
    pub view: View,
    /// Which of the document's pictures it is, from 0; known when all of them are.
    pub at: usize,
}

impl View {
    /// True if all of the picture is shown as it lies in the file.
    pub fn is_whole(&self) -> bool {
        *self == Self::default()
    }

    /// With the cuts of a `a:srcRect`; `a:srcRect l="-5000"` is a margin, and cuts nothing.
    pub fn cut(mut self, rect: &Node) -> Self {
        for (i, side) in ["l", "t", "r", "b"].into_iter().enumerate() {
            let cut = rect.attribute(side).and_then(percent).unwrap_or(0);
            self.crop[i] = cut.clamp(0, WHOLE);
        }
        self
    }

    /// With the cuts of a `v:imagedata`: `0.25`, or `16384f` in 65,536ths.
    pub fn cut_old(mut self, data: &Node) -> Self {
        for (i, side) in ["cropleft", "croptop", "cropright", "cropbottom"].into_iter().enumerate() {
            let part = data.attribute(side).and_then(|c| match c.strip_suffix('f') {
                Some(n) => n.parse::<f64>().ok().map(|n| n / 65_536.0),
                None => c.parse::<f64>().ok(),
            });
            self.crop[i] =
                part.filter(|p| p.is_finite()).map_or(0, |p| (p * WHOLE as f64) as i64).clamp(0, WHOLE);
        }
        self
    }

    /// With the turn and the mirror of a `a:xfrm`.
    pub fn placed(mut self, xfrm: &Node) -> Self {
        let turn: i64 = xfrm.attribute("rot").and_then(|r| r.parse().ok()).unwrap_or(0);
        self.turn = (self.turn + turn % (360 * DEGREE)).rem_euclid(360 * DEGREE);
        let on = |side| matches!(xfrm.attribute(side), Some("1" | "true" | "on"));
        self.flip = [self.flip[0] ^ on("flipH"), self.flip[1] ^ on("flipV")];
        self
    }

    /// With those of a shape of VML: `rotation:90;flip:x`.
    pub fn placed_old(mut self, style: &str) -> Self {
        for (name, value) in style.split(';').filter_map(|p| p.split_once(':')) {
            let value = value.trim();
            match name.trim() {
                "rotation" => {
                    let turn = match value.strip_suffix("fd") {
                        Some(n) => n.parse::<f64>().ok().map(|n| n / 65_536.0),
                        None => value.parse::<f64>().ok(),
                    };
                    let turn =
                        turn.filter(|t| t.is_finite()).map_or(0, |t| (t % 360.0 * DEGREE as f64) as i64);
                    self.turn = (self.turn + turn).rem_euclid(360 * DEGREE);
                }
                "flip" => {
                    self.flip = [self.flip[0] ^ value.contains('x'), self.flip[1] ^ value.contains('y')];
                }
                _ => {}
            }
        }
        self
    }

    /// The picture as it is shown: cut, mirrored, turned by the nearest quarter; and whether it stood aslant, which it does no
    /// more. A JPEG stays one, all else becomes PNG. `None` if nothing is left of it.
    pub fn apply(&self, whole: &DynamicImage, format: ImageFormat) -> Option<(Vec<u8>, bool)> {
        let [l, t, r, b] = self.crop;
        let (left, right) = kept(whole.width(), l, r)?;
        let (top, bottom) = kept(whole.height(), t, b)?;
        let mut shown = whole.crop_imm(left, top, right - left, bottom - top);
        if self.flip[0] {
            shown = shown.fliph();
        }
        if self.flip[1] {
            shown = shown.flipv();
        }
        let quarter = (self.turn + 45 * DEGREE) / (90 * DEGREE) % 4;
        shown = match quarter {
            1 => shown.rotate90(),
            2 => shown.rotate180(),
            3 => shown.rotate270(),
            _ => shown,
        };
        let aslant = (self.turn - quarter * 90 * DEGREE).rem_euclid(360 * DEGREE);
        Some((written(&shown, format)?, aslant > DEGREE && aslant < 359 * DEGREE))
    }
}

/// First and last pixel that stay, of so many, with so much cut off at either end: never one that was cut off.
fn kept(pixels: u32, before: i64, behind: i64) -> Option<(u32, u32)> {
    let n = i64::from(pixels);
    let (from, to) = ((n * before + WHOLE - 1) / WHOLE, n * (WHOLE - behind) / WHOLE);
    (from < to).then(|| Some((u32::try_from(from).ok()?, u32::try_from(to).ok()?)))?
}

fn written(shown: &DynamicImage, format: ImageFormat) -> Option<Vec<u8>> {
    let mut out = Cursor::new(vec![]);
    if format == ImageFormat::Jpeg {
        let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut out, 92);
        DynamicImage::ImageRgb8(shown.to_rgb8()).write_with_encoder(encoder).ok()?;
    } else {
        shown.write_to(&mut out, ImageFormat::Png).ok()?;
    }
    Some(out.into_inner())
}

/// `50000`, or `50%` as the strict form of the standard has it.
fn percent(s: &str) -> Option<i64> {
    match s.strip_suffix('%') {
        Some(p) => p.parse::<f64>().ok().filter(|p| p.is_finite()).map(|p| (p * 1000.0) as i64),
        None => s.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage};

    use super::super::xml::tree;
    use super::*;

    const COLOURS: [Rgb<u8>; 8] = [
        Rgb([0, 0, 0]),
        Rgb([255, 0, 0]),
        Rgb([0, 255, 0]),
        Rgb([0, 0, 255]),
        Rgb([255, 255, 0]),
        Rgb([0, 255, 255]),
        Rgb([255, 0, 255]),
        Rgb([255, 255, 255]),
    ];

    /// Four by two pixels, each of another colour.
    fn original() -> DynamicImage {
        DynamicImage::ImageRgb8(RgbImage::from_fn(4, 2, |x, y| COLOURS[(y * 4 + x) as usize]))
    }

    /// The colours of what is shown, row by row; whether it stood aslant.
    fn shown(view: View) -> Option<(Vec<Vec<usize>>, bool)> {
        let (bytes, aslant) = view.apply(&original(), ImageFormat::Png)?;
        let p = image::load_from_memory(&bytes).unwrap().to_rgb8();
        let at = |x, y| COLOURS.iter().position(|c| c == p.get_pixel(x, y)).unwrap();
        let rows = (0..p.height()).map(|y| (0..p.width()).map(|x| at(x, y)).collect()).collect();
        Some((rows, aslant))
    }

    fn rect(attributes: &str) -> View {
        View::default().cut(&tree(format!("<r {attributes}/>").as_bytes()).unwrap())
    }
    fn xfrm(view: View, attributes: &str) -> View {
        view.placed(&tree(format!("<x {attributes}/>").as_bytes()).unwrap())
    }

    #[test]
    fn what_was_cut_away_is_gone() {
        assert_eq!(shown(rect("l='50000' b='50000'")), Some((vec![vec![2, 3]], false)));
        assert_eq!(shown(rect("r='75%'")), Some((vec![vec![0], vec![4]], false)));
        // A pixel of which a part was cut off goes, too.
        assert_eq!(shown(rect("l='26000'")), Some((vec![vec![2, 3], vec![6, 7]], false)));
        assert!(rect("l='-5000' t='0'").is_whole());
        for nothing in ["l='60000' r='60000'", "l='100000'", "t='99999999999'"] {
            assert_eq!(shown(rect(nothing)), None, "{nothing}");
        }
        let old =
            View::default().cut_old(&tree(b"<i cropleft='32768f' cropbottom='0.5' croptop='nan'/>").unwrap());
        assert_eq!(shown(old), Some((vec![vec![2, 3]], false)));
    }

    #[test]
    fn turns_and_mirrors_are_those_of_the_document() {
        let cut = rect("r='50000'");
        assert_eq!(shown(xfrm(cut, "rot='5400000'")), Some((vec![vec![4, 0], vec![5, 1]], false)));
        assert_eq!(shown(xfrm(cut, "rot='-5400000'")), Some((vec![vec![1, 5], vec![0, 4]], false)));
        assert_eq!(shown(xfrm(cut, "flipH='1'")), Some((vec![vec![1, 0], vec![5, 4]], false)));
        assert_eq!(shown(xfrm(cut, "flipV='1' rot='10800000'")), Some((vec![vec![1, 0], vec![5, 4]], false)));
        // Aslant: upright, and told.
        assert_eq!(shown(xfrm(cut, "rot='600000'")), Some((vec![vec![0, 1], vec![4, 5]], true)));
        assert_eq!(
            shown(cut.placed_old("width:3pt;rotation:90;flip:x")).unwrap().0,
            vec![vec![5, 1], vec![4, 0]]
        );
        assert!(View::default().placed_old("width:3pt").is_whole());
    }
}
