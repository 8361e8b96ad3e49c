//! What the linter says of renditions: the weight of a mail, and chat messages that became several.

use crate::domain::campaign::{Post, Text};
use crate::domain::message::{Rendition, Voice};
use crate::domain::text::{Lang, number};
use crate::manifest::codes;
use crate::manifest::lint::switch;
use crate::render::shown_units;
use crate::yaml::{Fault, Severity};

/// From here on a mail is told of: Gmail shows 102 KB, and a name or an opt-out link may be longer than its mark.
const HEAVY_MAIL: usize = 80 * 1024;

/// Findings about what was made of a post in `folder`.
pub fn made(post: &Post, folder: &str, made: &[Rendition]) -> Vec<Fault> {
    let n = |x: usize, lang| number(i64::try_from(x).unwrap_or(i64::MAX), lang);
    let mut out: Vec<Fault> = vec![];
    for r in made {
        let weight = r.html.as_ref().map_or(0, String::len);
        if matches!(r.voice, Voice::Mail) && weight >= HEAVY_MAIL {
            let kb = weight / 1024;
            let f = fault(
                "L042",
                text_of(post, r),
                folder,
                format!("thư nặng {kb} KB, Gmail cắt ở 102 KB"),
                format!("the mail has {kb} KB; Gmail clips at 102 KB"),
            );
            out.push(with(
                f,
                "Rút gọn thu.md, để phần dài trên trang.",
                "Shorten thu.md and leave the long part on a page.",
            ));
        }
        if matches!(r.voice, Voice::Chat) && r.parts.len() > 1 {
            let parts = r.parts.len();
            let (chars, whole) = (r.parts.iter().map(|p| shown(p, r)).sum(), r.text.chars().count());
            // Cut between sentences, parts lose the blanks between them.
            let (vi, en) = if chars + chars / 20 < whole {
                (
                    format!(
                        "chỉ {} trong {} ký tự đi {} ({parts} tin); phần còn lại chỉ có ở đường dẫn",
                        n(chars, Lang::Vi),
                        n(whole, Lang::Vi),
                        r.kind
                    ),
                    format!(
                        "only {} of {} characters go to {} ({parts} messages); the rest is behind the link",
                        n(chars, Lang::En),
                        n(whole, Lang::En),
                        r.kind
                    ),
                )
            } else {
                (
                    format!("{} ký tự, kênh {} nhận thành {parts} tin", n(chars, Lang::Vi), r.kind),
                    format!("{} characters: {} gets {parts} messages", n(chars, Lang::En), r.kind),
                )
            };
            let f = fault("L043", text_of(post, r), folder, vi, en);
            out.push(with(
                f,
                "Viết tin-nhan.md (telegram.md, zalo.md) ngắn hơn, kèm đường dẫn tới bài đầy đủ.",
                "Write a shorter tin-nhan.md (telegram.md, zalo.md) with a link to the whole text.",
            ));
        }
    }
    out
}

/// Characters of a part that a reader sees.
fn shown(part: &str, r: &Rendition) -> usize {
    shown_units(part, r.html.is_some())
}

/// The text that a rendition was made of.
fn text_of<'a>(post: &'a Post, r: &Rendition) -> Option<&'a Text> {
    let own = crate::transport::form(&r.kind).and_then(|f| post.texts.own(f));
    own.or(post.texts.main.as_ref())
}

fn fault(code: &'static str, text: Option<&Text>, folder: &str, vi: String, en: String) -> Fault {
    let severity = codes::find(code).map_or(Severity::Warning, |c| c.severity);
    let file = text.map_or_else(|| format!("{folder}/post.yaml"), |t| t.file.clone());
    Fault::file(code, severity, file, vi, en)
}

fn with(f: Fault, vi: &str, en: &str) -> Fault {
    let off = switch(f.code);
    f.fix(format!("{vi}\n{}", off.vi), format!("{en}\n{}", off.en))
        .meanwhile("Trong lúc chờ: không có gì bị dừng vì chỗ này.", "Meanwhile nothing is stopped by this.")
}
