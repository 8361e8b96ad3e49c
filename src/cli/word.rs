//! `loa new post --from FILE.docx`: a Word file read, its pictures looked at, and what became of it said.

use std::path::Path;

use super::{Ctx, Stop};
use crate::domain::text::{Lang, clean_line};
use crate::kit::{KitError, MAX_PIXELS, inspect, opened};
use crate::manifest::scaffold::{Content, OwnPicture};
use crate::word::{Counts, MAX_FILE, Refused, View, read};
use crate::yaml::Say;

/// What came out of a Word file.
#[derive(Debug)]
pub struct Taken {
    /// What the post is filled with.
    pub content: Content,
    counts: Counts,
    notes: Vec<Say>,
}

/// Reads a file.
///
/// # Errors
/// It cannot be opened, is no Word file, or will not be read; the text says why and what to do.
pub fn take(ctx: &Ctx, file: &Path) -> Result<Taken, Stop> {
    // A name may hold what moves the cursor or turns the line around.
    let shown = clean_line(&file.display().to_string());
    let refuse = |why: Say| Stop::unusable(format!("{shown}: {}", why.get(ctx.lang == Lang::Vi)));
    let about = std::fs::metadata(file).map_err(|e| {
        if e.kind() == std::io::ErrorKind::NotFound {
            let says = ctx.say("không có tệp này", "there is no such file");
            return Stop::no_such(format!("{shown}: {says}"));
        }
        Stop::file(Path::new(&shown), &e)
    })?;
    if !about.is_file() {
        return Err(refuse(Say::new("đây không phải một tệp", "this is no file")));
    }
    if about.len() > MAX_FILE as u64 {
        return Err(refuse(Refused::TooLarge.says()));
    }
    let bytes = std::fs::read(file).map_err(|e| Stop::file(Path::new(&shown), &e))?;
    let document = read(&bytes).map_err(|e| refuse(e.says()))?;
    let (mut pictures, mut names, mut notes) = (vec![], vec![], document.notes.clone());
    for (i, p) in document.pictures.iter().enumerate() {
        let kept = match &p.bytes {
            Some(b) => as_shown(b, &p.view, i + 1, &mut notes),
            None => Err(Say::new(
                "không có trong tệp, hoặc lớn hơn 20 MB",
                "it is not in the file, or larger than 20 MB",
            )),
        };
        names.push(match kept {
            Ok((ending, bytes)) => {
                let file = format!("anh-{}.{ending}", pictures.len() + 1);
                pictures.push(OwnPicture {
                    file: file.clone(),
                    bytes,
                    alt: p.alt.clone(),
                    caption: p.caption.clone(),
                });
                Some(file)
            }
            Err(why) => {
                let n = i + 1;
                notes.push(Say::new(
                    format!("Bỏ ảnh thứ {n}: {}.", why.vi),
                    format!("Picture {n} was left out: {}.", why.en),
                ));
                None
            }
        });
    }
    let from = file.file_name().map(|n| clean_line(&n.to_string_lossy())).unwrap_or_default();
    let content = Content { from, title: document.title.clone(), text: document.markdown(&names), pictures };
    Ok(Taken { content, counts: document.counts, notes })
}

/// A picture as the document shows it, and how its file ends; or why it is left out. What an office cut away goes nowhere.
fn as_shown(
    bytes: &[u8],
    view: &View,
    n: usize,
    notes: &mut Vec<Say>,
) -> Result<(&'static str, Vec<u8>), Say> {
    let whole = ending(bytes)?;
    if view.is_whole() {
        return Ok((whole, bytes.to_vec()));
    }
    let made = opened(bytes).ok().and_then(|(whole, format)| view.apply(&whole, format));
    let Some((made, aslant)) = made else {
        return Err(Say::new(
            "trong Word ảnh này bị cắt, Loa không cắt theo được; trong Word, bấm vào ảnh, Ctrl+C, rồi dán lại kiểu PNG",
            "it is cropped in Word in a way that cannot be followed; in Word, copy it and paste it again as PNG",
        ));
    };
    notes.push(Say::new(
        format!("Ảnh thứ {n}: đã cắt, xoay như trong Word; phần bị cắt không còn trong bài. Xem lại ảnh."),
        format!("Picture {n} was cropped and turned as in Word; what was cut off is gone. Look at it."),
    ));
    if aslant {
        notes.push(Say::new(
            format!("Ảnh thứ {n} đặt nghiêng trong Word: Loa để thẳng."),
            format!("Picture {n} stands aslant in Word: here it is upright."),
        ));
    }
    Ok((ending(&made)?, made))
}

/// How the file of a picture ends; or why it is no picture of a post.
fn ending(bytes: &[u8]) -> Result<&'static str, Say> {
    let again = (
        "trong Word, bấm vào ảnh, Ctrl+C, rồi dán lại bằng Paste Special, kiểu PNG",
        "in Word, copy it and paste it again as PNG (Paste Special)",
    );
    match inspect(bytes, None) {
        Ok(i) => match i.mime {
            "image/png" => Ok("png"),
            "image/jpeg" => Ok("jpg"),
            "image/gif" => Ok("gif"),
            "image/webp" => Ok("webp"),
            other => {
                Err(Say::new(format!("đây là {other}, không phải ảnh"), format!("it is {other}, no picture")))
            }
        },
        Err(KitError::TooManyPixels { width, height }) => Err(Say::new(
            format!(
                "{width} × {height} điểm ảnh, nhiều hơn {} triệu; thu nhỏ rồi làm lại",
                MAX_PIXELS / 1_000_000
            ),
            format!(
                "{width} × {height} pixels, more than {} million; make it smaller",
                MAX_PIXELS / 1_000_000
            ),
        )),
        // What the decoder says of it helps nobody here.
        Err(KitError::BadPicture(_)) => Err(Say::new(
            format!("ảnh hỏng, không mở được; {}, hoặc xin lại ảnh gốc", again.0),
            format!("it is broken; {}, or ask for the original", again.1),
        )),
        Err(_) => {
            let metafile = bytes.get(40..44) == Some(b" EMF")
                || bytes.starts_with(&[0xd7, 0xcd, 0xc6, 0x9a])
                || bytes.starts_with(&[1, 0, 9, 0]);
            let (vi, en) = if metafile {
                ("hình vẽ kiểu EMF/WMF", "it is a drawing (EMF/WMF)")
            } else {
                ("kiểu tệp Loa không nhận", "it is of no known type")
            };
            Err(Say::new(format!("{vi}; {}", again.0), format!("{en}; {}", again.1)))
        }
    }
}

/// The same for programs.
pub fn json(ctx: &Ctx, taken: &Taken) -> serde_json::Value {
    let (c, vi) = (taken.counts, ctx.lang == Lang::Vi);
    let pictures = &taken.content.pictures;
    serde_json::json!({
        "file": taken.content.from,
        "title": taken.content.title,
        "paragraphs": c.paragraphs,
        "headings": c.headings,
        "tables": c.tables,
        "footnotes": c.footnotes,
        "pictures": pictures.iter().map(|p| p.file.as_str()).collect::<Vec<_>>(),
        "without_alt": pictures.iter().filter(|p| p.alt.is_none()).map(|p| p.file.as_str()).collect::<Vec<_>>(),
        "notes": taken.notes.iter().map(|n| n.get(vi)).collect::<Vec<_>>(),
    })
}

/// Says what became of the file, what was left out and why, and what is left to do.
pub fn say(ctx: &Ctx, taken: &Taken, title: Option<&str>) {
    let c = taken.counts;
    let part = |n: usize, vi: &str, en: &str| {
        let said = match ctx.lang {
            Lang::Vi => format!("{n} {vi}"),
            Lang::En => crate::domain::text::plural(n as i64, en, &format!("{en}s")),
        };
        (n > 0).then_some(said)
    };
    let parts = [
        part(c.paragraphs, "đoạn", "paragraph"),
        part(c.headings, "đề mục", "heading"),
        part(c.tables, "bảng", "table"),
        part(c.footnotes, "chú thích cuối trang", "footnote"),
        part(taken.content.pictures.len(), "ảnh", "picture"),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    println!("{} {}: {}", ctx.say("Từ", "From"), taken.content.from, parts.join(", "));
    let vi = ctx.lang == Lang::Vi;
    for n in &taken.notes {
        println!("  - {}", n.get(vi));
    }
    if let Some(own) = taken.content.title.as_deref().filter(|t| title.is_some_and(|given| given != *t)) {
        println!(
            "  - {} “{own}”",
            ctx.say("Tiêu đề trong tệp, thay bằng --title:", "The file's own title, which --title replaced:")
        );
    }
    println!("{}", ctx.say("Còn phải làm:", "Left to do:"));
    if title.is_none() {
        match &taken.content.title {
            Some(t) => println!(
                "  - {} “{t}”",
                ctx.say("xem lại tiêu đề trong post.yaml:", "look at the title in post.yaml:")
            ),
            None => println!(
                "  - {}",
                ctx.say(
                    "viết tiêu đề trong post.yaml (bài bị giữ đến lúc đó)",
                    "write a title in post.yaml (the post is held until then)"
                )
            ),
        }
    }
    let silent: Vec<&str> =
        taken.content.pictures.iter().filter(|p| p.alt.is_none()).map(|p| p.file.as_str()).collect();
    if !silent.is_empty() {
        let say = ctx.say(
            "viết alt, ảnh vẽ gì, trong post.yaml (bài bị giữ đến lúc đó):",
            "write alt, what the picture shows, in post.yaml (the post is held until then):",
        );
        println!("  - {say} {}", silent.join(", "));
    }
    println!(
        "  - {}",
        ctx.say(
            "xem author, for, message, send trong post.yaml: Loa chỉ điền giá trị đầu tiên của chiến dịch",
            "look at author, for, message and send in post.yaml: they are only the campaign's first"
        )
    );
    println!(
        "  - {}",
        ctx.say(
            "đọc lại noi-dung.md: văn bản hành chính viết lại cho người dân đọc",
            "read noi-dung.md over: a document becomes a text for people"
        )
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_off_in_word_goes_nowhere() {
        let png = |w: u32| {
            let mut out = std::io::Cursor::new(vec![]);
            image::DynamicImage::new_rgb8(w, 2).write_to(&mut out, image::ImageFormat::Png).unwrap();
            out.into_inner()
        };
        let view = |crop: &str| View::default().placed_old(crop);
        let mut notes = vec![];
        assert_eq!(as_shown(&png(4), &view(""), 1, &mut notes).unwrap(), ("png", png(4)));
        assert!(notes.is_empty());
        let (kind, turned) = as_shown(&png(4), &view("rotation:90"), 1, &mut notes).unwrap();
        assert_eq!((kind, inspect(&turned, None).unwrap().pixels), ("png", Some((2, 4))));
        as_shown(&png(4), &view("rotation:10"), 2, &mut notes).unwrap();
        assert!(notes.len() == 3 && notes[2].vi.contains("thứ 2 đặt nghiêng"), "{notes:?}");
        assert!(
            as_shown(b"\0\x01x", &view("rotation:90"), 1, &mut notes).unwrap_err().vi.contains("không nhận")
        );
    }

    #[test]
    fn a_picture_is_what_its_bytes_say() {
        let mut png = std::io::Cursor::new(vec![]);
        image::DynamicImage::new_rgb8(2, 2).write_to(&mut png, image::ImageFormat::Png).unwrap();
        let png = png.into_inner();
        assert_eq!(ending(&png).unwrap(), "png");
        let mut emf = vec![1, 0, 0, 0];
        emf.resize(40, 0);
        emf.extend(b" EMF and more \0\x01");
        for (bytes, vi) in [
            (&emf[..], "EMF"),
            (&[0xd7, 0xcd, 0xc6, 0x9a, 0, 0, 0xff][..], "WMF"),
            (&[0, 1, 2, 0xff][..], "không nhận"),
            (b"%PDF-1.7\nstartxref\n0\n%%EOF\n", "application/pdf"),
            (&png[..png.len() / 2], "hỏng, không mở được; "),
        ] {
            let why = ending(bytes).unwrap_err();
            assert!(why.vi.contains(vi) && !why.vi.contains('('), "{why:?}");
        }
        // Width and height of its head say 50,000 × 50,000; the checksum is made to fit.
        let mut huge = png;
        huge[16..20].copy_from_slice(&50_000u32.to_be_bytes());
        huge[20..24].copy_from_slice(&50_000u32.to_be_bytes());
        let mut crc = flate2::Crc::new();
        crc.update(&huge[12..29]);
        huge[29..33].copy_from_slice(&crc.sum().to_be_bytes());
        assert!(ending(&huge).unwrap_err().vi.contains("50000 × 50000"));
    }
}
