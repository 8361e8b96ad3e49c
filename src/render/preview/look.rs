//! One voice: what its reader meets first (an inbox's line, a bubble), the whole of it at the widths it is read at, and the same in
//! plain text where a reader may get that.

use super::super::chat::shown_units;
use super::super::page::page;
use super::super::words::escape;
use super::{frame, shell, thumb};
use crate::domain::form::{Form, Package};
use crate::domain::message::{Attachment, Rendition, Role, Voice};
use crate::domain::text::{self, Lang};

/// Who sends and who reads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reader {
    /// Name of the sender as the reader sees it.
    pub from: String,
    /// Whom it was made out to for this page.
    pub to: String,
}

/// A voice to look at.
pub struct Look<'a> {
    /// Its rendition, already made out to one reader.
    pub rendition: &'a Rendition,
    /// What its kind takes.
    pub form: &'a Form,
    /// It was frozen when the post was approved: this goes out, whatever templates say since.
    pub frozen: bool,
    /// What a station gets: the sheet this script would stand on.
    pub sheet: Option<&'a Rendition>,
    /// The recording, as an address to play: `data:` only.
    pub recording: Option<&'a str>,
    /// Who sends and who reads.
    pub reader: Reader,
    /// Language of what stands around it.
    pub lang: Lang,
    /// An address to show for a picture, `data:` only; `None` shows its alternative text.
    pub image: &'a dyn Fn(&Attachment) -> Option<String>,
    /// A picture's width and height in pixels; `None` if it is not known.
    pub pixels: &'a dyn Fn(&Attachment) -> Option<(u32, u32)>,
}

/// Longest useful subject: what a telephone shows of it.
const SUBJECT_SHOWN: usize = 60;
/// Gmail cuts a mail's HTML there, bytes.
const CLIPPED_AT: usize = 102_400;

impl Look<'_> {
    /// What the voice is called.
    pub fn name(&self) -> String {
        let l = self.lang;
        let r = self.rendition;
        match (r.voice, r.kind.as_str()) {
            (Voice::Mail, _) => l.pick("Thư điện tử", "Mail").to_owned(),
            (Voice::Web, "webhook") => {
                l.pick("Bài gửi cổng khác (webhook)", "Article to a portal").to_owned()
            }
            (Voice::Web, _) => l.pick("Bài trên trang web", "Article on a site").to_owned(),
            (Voice::Chat, "telegram") => "Telegram".to_owned(),
            (Voice::Chat, "zalo-bot") => "Zalo".to_owned(),
            (Voice::Chat, other) => other.to_owned(),
            (Voice::Script, _) => l.pick("Phiếu phát thanh", "Script sheet").to_owned(),
            (Voice::Press, _) if self.form.package == Some(Package::Newsroom) => {
                l.pick("Thông cáo gửi báo chí", "Press release").to_owned()
            }
            (Voice::Press, _) => l.pick("Gói bài bàn giao", "Package handed over").to_owned(),
        }
    }

    /// The page's file name.
    pub fn file(&self) -> String {
        format!("{}.html", self.rendition.kind)
    }

    /// The whole page. `pages`: file and name of every page, for the line of links.
    pub fn page(&self, origin: &str, pages: &[(String, String)]) -> String {
        let l = self.lang;
        let name = self.name();
        let links: String = pages
            .iter()
            .map(|(file, label)| {
                if *file == self.file() {
                    format!("<b>{}</b>", escape(label))
                } else {
                    format!("<a href=\"{}\">{}</a>", escape(file), escape(label))
                }
            })
            .collect();
        let body = format!(
            "<header><h1>{}</h1><div>{}{} · {}: {} · {}: {}</div></header><nav>{links}</nav><main>{}</main>",
            escape(&self.rendition.title),
            escape(&name),
            if self.frozen {
                l.pick(" · bản đã chốt khi duyệt", " · as frozen at approval")
            } else {
                ""
            },
            l.pick("người gửi", "from"),
            escape(&self.reader.from),
            l.pick("người nhận trên trang này", "made out here to"),
            escape(&self.reader.to),
            self.sections()
        );
        shell(&format!("{name}: {} ({origin})", self.rendition.title), l, &body)
    }

    /// The voice on a card.
    pub(super) fn card(&self) -> String {
        let (document, width) = match (self.rendition.voice, self.sheet) {
            (Voice::Script, Some(sheet)) => (self.document(sheet), 800),
            (Voice::Chat, _) => (self.chat(), 380),
            (Voice::Mail, _) => (self.document(self.rendition), 600),
            _ => (self.document(self.rendition), 720),
        };
        thumb(&self.name(), &document, width)
    }

    /// A line under a card: how much of its channel's room it fills.
    pub(super) fn measure(&self) -> String {
        let (l, r) = (self.lang, self.rendition);
        match r.voice {
            Voice::Mail | Voice::Press => {
                let kb = r.html.as_deref().unwrap_or_default().len().div_ceil(1024);
                format!("{kb} KB / 100 KB")
            }
            Voice::Chat => {
                let n = r.parts.len();
                let all: Vec<String> = self.counts().iter().map(|(n, of)| format!("{n}/{of}")).collect();
                format!(
                    "{n} {}: {}",
                    l.pick("tin", if n == 1 { "message" } else { "messages" }),
                    all.join(", ")
                )
            }
            Voice::Script => {
                format!("{} {}", r.seconds.unwrap_or_default(), l.pick("giây", "seconds"))
            }
            Voice::Web => {
                let words = r.text.split_whitespace().count();
                format!("{} {}", text::number(words as i64, l), l.pick("chữ", "words"))
            }
        }
    }

    fn sections(&self) -> String {
        match self.rendition.voice {
            Voice::Mail => self.mail(),
            Voice::Chat => self.bubbles(),
            Voice::Web => self.article(),
            Voice::Press => self.package(),
            Voice::Script => self.script(),
        }
    }

    fn document(&self, r: &Rendition) -> String {
        page(r, self.image)
    }

    fn framed(&self, label: &str, document: &str, width: u32, r: &Rendition) -> String {
        let shown = r.attachments.iter().filter(|a| a.role != Role::File && a.mime.starts_with("image/"));
        let inner = f64::from(width) - 60.0;
        let pictures: f64 = shown
            .map(|a| match (self.pixels)(a) {
                Some((w, h)) if w > 0 => f64::from(h) * (inner / f64::from(w)).min(1.0) + 40.0,
                Some(_) | None => inner * 0.75,
            })
            .sum();
        format!(
            "<section><h2>{}</h2>{}</section>",
            escape(label),
            frame(label, document, width, tall(&r.text, pictures, width))
        )
    }

    fn plain(&self, label: &str) -> String {
        format!(
            "<section style=\"flex:1 1 380px\"><h2>{}</h2><pre>{}</pre></section>",
            escape(label),
            escape(&self.rendition.text)
        )
    }

    fn mail(&self) -> String {
        let (l, r) = (self.lang, self.rendition);
        let html = r.html.as_deref().unwrap_or_default();
        let document = self.document(r);
        let (from, subject) = (escape(&self.reader.from), escape(&r.title));
        let begins = escape(&begins(html, 140));
        let letters = r.title.chars().count();
        let long = if letters > SUBJECT_SHOWN { " class=\"over\"" } else { "" };
        let size = html.len();
        let clipped = if size >= CLIPPED_AT { " class=\"over\"" } else { "" };
        let mut out = format!(
            "<section class=\"wide\"><h2>{}</h2>\
             <div class=\"inbox\"><div class=\"row\"><span class=\"who cut\">{from}</span>\
             <span class=\"line cut\"><b>{subject}</b> <span class=\"dim\">– {begins}</span></span><span class=\"dim\">09:00</span></div></div>\
             <div class=\"inbox small\" style=\"width:360px;max-width:100%\"><div class=\"who cut\">{from}</div>\
             <div class=\"line cut\">{subject}</div><div class=\"line dim cut2\">{begins}</div></div>\
             <p class=\"note\"><span{long}>{}</span><br><span{clipped}>{}</span></p>{}</section>",
            l.pick("Trong hộp thư: máy tính, điện thoại", "In the inbox: computer, telephone"),
            match l {
                Lang::Vi => format!("Tiêu đề {letters} ký tự; điện thoại hiện chừng {SUBJECT_SHOWN}."),
                Lang::En =>
                    format!("The subject has {letters} characters; a telephone shows about {SUBJECT_SHOWN}."),
            },
            match l {
                Lang::Vi => format!(
                    "Phần HTML {} byte; Gmail cắt từ {} byte.",
                    text::number(size as i64, l),
                    text::number(CLIPPED_AT as i64, l)
                ),
                Lang::En => format!("The HTML part has {size} bytes; Gmail clips at {CLIPPED_AT}."),
            },
            self.files()
        );
        out.push_str(&self.framed(l.pick("Màn hình rộng, 600 px", "Wide screen, 600 px"), &document, 640, r));
        out.push_str(&self.framed(l.pick("Điện thoại, 360 px", "Telephone, 360 px"), &document, 360, r));
        let dark = document.replacen("prefers-color-scheme: dark", "min-width: 1px", usize::MAX);
        let dark = dark.replace("prefers-color-scheme:dark", "min-width:1px");
        out.push_str(&self.framed(l.pick("Điện thoại, nền tối", "Telephone, dark"), &dark, 360, r));
        out.push_str(&self.plain(l.pick("Phần chữ (máy không hiện HTML)", "Text part (no HTML)")));
        out
    }

    /// The counter of each part: units used, units allowed.
    fn counts(&self) -> Vec<(usize, usize)> {
        let r = self.rendition;
        let pictured = r.attachments.iter().any(|a| a.role == Role::Featured);
        r.parts
            .iter()
            .enumerate()
            .map(|(i, p)| {
                let most = self.form.chat.map_or(0, |c| if i == 0 && pictured { c.caption } else { c.text });
                (shown_units(p, r.html.is_some()), most)
            })
            .collect()
    }

    /// A chat with bold type and links behind words.
    fn styled(&self) -> bool {
        self.form.chat.is_some_and(|c| c.markup)
    }

    /// The files that go along: all, but for chats.
    fn carried(&self) -> Vec<&Attachment> {
        let r = self.rendition;
        let picture = |a: &&Attachment| a.mime.starts_with("image/");
        match self.form.chat {
            Some(c) if c.album > 1 => {
                let pictures = r.attachments.iter().filter(picture).take(usize::from(c.album));
                pictures.chain(r.attachments.iter().filter(|a| !picture(a))).collect()
            }
            // A picture that is fetched by its address: without one, none is sent.
            Some(_) => r
                .attachments
                .iter()
                .filter(|a| picture(a) && a.role == Role::Featured && (!self.form.fetches || a.url.is_some()))
                .take(1)
                .collect(),
            None => r.attachments.iter().collect(),
        }
    }

    fn chat(&self) -> String {
        let (l, r) = (self.lang, self.rendition);
        let pictures: Vec<&Attachment> =
            self.carried().into_iter().filter(|a| a.mime.starts_with("image/")).collect();
        let shown: String = pictures
            .iter()
            .map(|a| match (self.image)(a) {
                Some(url) => format!("<img src=\"{}\" alt=\"{}\">", escape(&url), escape(&a.alt)),
                None => format!("<p class=\"alt\">[{}]</p>", escape(&a.alt)),
            })
            .collect();
        let shown = match pictures.len() {
            0 => String::new(),
            1 => shown,
            _ => format!("<div class=\"album\">{shown}</div>"),
        };
        let (n, counts) = (r.parts.len(), self.counts());
        let bubbles: String = r
            .parts
            .iter()
            .zip(counts)
            .enumerate()
            .map(|(i, (p, (used, most)))| {
                let words = if r.html.is_some() { p.clone() } else { escape(p) };
                let over = if used > most { " over" } else { "" };
                format!(
                    "<div class=\"bubble\">{}<div class=\"words\">{words}</div></div><p class=\"count{over}\">{} {}/{n} · {} / {}</p>",
                    if i == 0 { shown.as_str() } else { "" },
                    l.pick("tin", "message"),
                    i + 1,
                    text::number(used as i64, l),
                    text::number(most as i64, l),
                )
            })
            .collect();
        let files: String = self
            .carried()
            .into_iter()
            .filter(|a| !a.mime.starts_with("image/"))
            .map(|a| {
                format!(
                    "<div class=\"bubble\"><div class=\"words\">{}: <b>{}</b> · {}\n{}</div></div>",
                    l.pick("tệp", "file"),
                    escape(&a.name),
                    text::size(a.bytes, l),
                    escape(&a.alt)
                )
            })
            .collect();
        let (sky, mine) = if self.styled() { ("#c9dcc4", "#ffffff") } else { ("#d9e6f7", "#ffffff") };
        format!(
            "<!DOCTYPE html>\n<html lang=\"vi\"><head><meta charset=\"utf-8\"><style>\
             *{{box-sizing:border-box}}body{{margin:0;background:{sky};color:#15202b;font:16px/1.45 'Helvetica Neue',Arial,'Noto Sans','Noto Color Emoji',sans-serif;overflow-wrap:anywhere}}\
             .top{{background:#fff;padding:10px 14px;font-weight:bold;border-bottom:1px solid #b9c4d0}}\
             .bubble{{background:{mine};border-radius:12px;margin:12px 40px 0 10px;overflow:hidden}}\
             .words{{padding:9px 12px;white-space:pre-wrap}}.bubble img{{display:block;width:100%;height:auto}}.alt{{padding:9px 12px;margin:0;background:#eef1f5}}\
             .album{{display:grid;grid-template-columns:1fr 1fr;gap:2px}}.album img{{height:130px;object-fit:cover}}\
             .count{{margin:3px 12px 0;font-size:12px;color:#3d4c3a}}.over{{color:#9c1c1c;font-weight:bold}}\
             blockquote{{margin:0;padding-left:9px;border-left:3px solid #12437a}}pre,code{{white-space:pre-wrap;font-family:'DejaVu Sans Mono',monospace;font-size:14px}}\
             a{{color:#1a63b8}}main{{padding-bottom:16px}}\
             </style></head><body><div class=\"top\">{}</div><main>{bubbles}{files}</main></body></html>",
            escape(&self.reader.from)
        )
    }

    fn bubbles(&self) -> String {
        let (l, r) = (self.lang, self.rendition);
        let how = if self.styled() {
            l.pick(
                "Đếm như Telegram: đơn vị UTF-16 sau khi bỏ thẻ; chữ dưới ảnh tối đa 1.024, tin chữ tối đa 4.096.",
                "Counted as Telegram does: UTF-16 units without tags; 1,024 under a picture, 4,096 in a text.",
            )
        } else {
            l.pick(
                "Đếm như Zalo: đơn vị UTF-16, mỗi tin tối đa 2.000; không có chữ đậm, không có liên kết ẩn.",
                "Counted as Zalo does: UTF-16 units, 2,000 in a message; no bold, no hidden links.",
            )
        };
        let mut out = self.framed(&self.name(), &self.chat(), 380, r);
        out.push_str(&format!(
            "<section style=\"flex:1 1 460px\"><h2>{}</h2><p class=\"note\">{how}</p>{}{}</section>",
            escape(&self.measure()),
            self.files(),
            if r.html.is_some() {
                format!(
                    "<h2 class=\"next\">{}</h2><pre>{}</pre>",
                    l.pick("Nguyên văn gửi đi", "As it is sent"),
                    escape(&r.parts.join("\n\n―――\n\n"))
                )
            } else {
                String::new()
            }
        ));
        out
    }

    fn article(&self) -> String {
        let (l, r) = (self.lang, self.rendition);
        let document = self.document(r);
        let mut out = self.framed(l.pick("Trang web, máy tính", "Site, computer"), &document, 760, r);
        out.push_str(&self.framed(l.pick("Trang web, điện thoại", "Site, telephone"), &document, 360, r));
        let mut rows = vec![
            (l.pick("Tóm tắt", "Excerpt"), r.lead.clone()),
            (l.pick("Đường dẫn", "Slug"), r.slug.clone()),
            (l.pick("Chuyên mục", "Categories"), r.categories.join(", ")),
            (l.pick("Thẻ", "Tags"), r.tags.join(", ")),
        ];
        rows.retain(|(_, v)| !v.is_empty());
        let rows: String =
            rows.iter().map(|(k, v)| format!("<tr><th>{k}</th><td>{}</td></tr>", escape(v))).collect();
        out.push_str(&format!(
            "<section style=\"flex:1 1 460px\"><h2>{}</h2><table>{rows}</table>{}</section>",
            l.pick("Gửi kèm bài", "Beside the article"),
            self.files()
        ));
        out
    }

    fn package(&self) -> String {
        let (l, r) = (self.lang, self.rendition);
        let document = self.document(r);
        let mut out = self.framed(l.pick("Gói bài, máy tính", "Package, computer"), &document, 760, r);
        out.push_str(&self.framed(l.pick("Gói bài, điện thoại", "Package, telephone"), &document, 360, r));
        out.push_str(&self.plain(l.pick("Phần chữ", "Text part")));
        out.push_str(&format!("<section class=\"wide\">{}</section>", self.files()));
        out
    }

    fn script(&self) -> String {
        let (l, r) = (self.lang, self.rendition);
        let mut out = String::new();
        if let Some(sheet) = self.sheet {
            out.push_str(&self.framed(
                l.pick("Phiếu phát thanh như đài nhận, khổ A4", "Sheet as the station gets it, A4"),
                &self.document(sheet),
                820,
                sheet,
            ));
        }
        let player = match self.recording {
            Some(file) => format!(
                "<p><audio controls preload=\"metadata\" src=\"{}\" style=\"width:100%\"></audio></p>",
                escape(file)
            ),
            None => format!(
                "<p class=\"note\">{}</p>",
                l.pick("Chưa có bản thu âm của bài này.", "There is no recording of this post yet.")
            ),
        };
        let lines: String = r.text.lines().map(|t| format!("<li>{}</li>", escape(t))).collect();
        out.push_str(&format!(
            "<section style=\"flex:1 1 380px\"><h2>{} · {}</h2>{player}<ol>{lines}</ol>{}</section>",
            l.pick("Lời đọc, mỗi dòng một câu", "What is read, a sentence a line"),
            escape(&self.measure()),
            self.files(),
        ));
        out
    }

    /// What goes along as files, with form, size and the beginning of its hash.
    fn files(&self) -> String {
        let l = self.lang;
        let rows: String = self
            .carried()
            .into_iter()
            .map(|a| {
                let role = match a.role {
                    Role::Featured => l.pick("ảnh đại diện", "featured picture"),
                    Role::Inline => l.pick("trong bài", "in the text"),
                    Role::File => l.pick("kèm theo", "attached"),
                };
                format!(
                    "<tr><td>{}</td><td class=\"n\">{role}</td><td>{}</td><td class=\"n\">{}</td><td class=\"n\"><code>{}</code></td></tr>",
                    escape(&a.name),
                    escape(&a.alt),
                    text::size(a.bytes, l),
                    escape(a.sha256.get(..12).unwrap_or_default())
                )
            })
            .collect();
        if rows.is_empty() {
            return String::new();
        }
        format!(
            "<h2 class=\"next\">{}</h2><table class=\"stack\"><tr><th>{}</th><th></th><th>{}</th><th>{}</th><th>SHA-256</th></tr>{rows}</table>",
            l.pick("Ảnh và tệp", "Pictures and files"),
            l.pick("Tên", "Name"),
            l.pick("Mô tả", "What it is"),
            l.pick("Cỡ", "Size"),
        )
    }
}

/// About how tall a text stands in a frame with pictures of this height, pixels; a frame has no way to ask its content. Too much
/// rather than too little.
fn tall(text: &str, pictures: f64, width: u32) -> u32 {
    let inner = f64::from(width) - 60.0;
    let lines: f64 = text
        .lines()
        .map(|l| {
            // A word that is broken stands in headings and cells, too, which are wider letters and narrower lines.
            let wide = if l.split_whitespace().any(|w| w.chars().count() > 40) { 11.0 } else { 8.6 };
            if l.is_empty() { 0.7 } else { (l.chars().count() as f64 * wide / inner).ceil() }
        })
        .sum();
    let all = 360.0 + lines * 31.0 + pictures;
    (all as u32).clamp(420, 9000)
}

/// The first words of a mail as an inbox shows them beside the subject: what stands first in its body, hidden or not.
fn begins(html: &str, most: usize) -> String {
    let body = html.find("<body").map_or(html, |at| &html[at..]);
    let (mut out, mut rest) = (String::new(), body);
    while let Some(c) = rest.chars().next() {
        if rest.starts_with("<!--") {
            rest = rest.split_once("-->").map_or("", |x| x.1);
            continue;
        }
        match c {
            '<' => {
                rest = rest.split_once('>').map_or("", |x| x.1);
                out.push(' ');
            }
            '&' => {
                let end = rest.find(';').filter(|i| *i < 10);
                let (entity, next) = end.map_or(("", 1), |i| (&rest[1..i], i + 1));
                if entity == "#847" {
                    break; // the padding behind a preview line: an inbox shows nothing more
                }
                out.push(match entity {
                    "amp" | "" => '&',
                    "lt" => '<',
                    "gt" => '>',
                    "quot" => '"',
                    "#39" => '\'',
                    _ => ' ',
                });
                rest = &rest[next..];
            }
            c => {
                out.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
        if out.len() > most * 8 {
            break;
        }
    }
    super::super::words::one_line(&out).chars().take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inbox_shows_what_stands_first() {
        let html = "<html><head><title>T</title></head><body class=\"x\"><!--[if mso]>o<![endif]--><div>Câu &lt;đầu&gt; &amp; rồi</div><h1>Tiêu đề</h1></body>";
        assert_eq!(begins(html, 100), "Câu <đầu> & rồi Tiêu đề");
        assert_eq!(begins("<p>a&nbsp;b&#847;&zwnj;&nbsp;c", 100), "a b");
    }

    #[test]
    fn a_longer_text_and_a_narrower_frame_are_taller() {
        let text = "một câu dài hơn bốn mươi chữ cái để xuống dòng\n".repeat(30);
        assert!(tall(&text, 0.0, 360) > tall(&text, 0.0, 640));
        assert!(tall(&text, 300.0, 640) > tall(&text, 0.0, 640));
    }
}
