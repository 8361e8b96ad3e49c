//! A Word file as a post's text (floor F1): headings, bold, lists, links, tables and pictures of what an office wrote, without the
//! frame of a letter. Pure: bytes in, Markdown and pictures out; whoever calls decides where they go.
//!
//! The bytes are a stranger's. Invariant: nothing is unpacked, nested or repeated beyond the limits that stand in `package.rs`
//! and `xml.rs`, nothing that the file names outside of itself is opened, and what comes out says what the file said: signs of
//! Markdown and of templates are text.

mod body;
mod fonts;
mod left;
mod letter;
mod marks;
mod package;
mod signs;
mod styles;
mod xml;

use std::collections::BTreeMap;

use body::{Block, Body, Kind};
use left::Left;
use marks::clean_line;
use package::Package;
use styles::Parts;

use crate::yaml::Say;

pub use package::{MAX_ENTRIES, MAX_FILE, MAX_PICTURE, MAX_TOTAL, MAX_XML};
pub use xml::{MAX_DEPTH, MAX_NODES};

/// Longest text, in bytes of Markdown: below what a post may have (256 KiB), so that there is room to write.
pub const MAX_TEXT: usize = 200 << 10;
/// Most footnotes and endnotes of a file.
pub const MAX_NOTES: usize = 500;
/// Longest title of a post, in characters.
pub const MAX_TITLE: usize = 200;
/// Most pictures of a file.
pub const MAX_PICTURES: usize = 50;

/// What became of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// The title it gives itself.
    pub title: Option<String>,
    /// Its pictures, in order; each once.
    pub pictures: Vec<Picture>,
    /// What was left out or should be looked at.
    pub notes: Vec<Say>,
    /// What is in it.
    pub counts: Counts,
    blocks: Vec<Block>,
    footnotes: Vec<String>,
}

/// A picture of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// As it lay in the file; `None` if it is not there, or larger than [`MAX_PICTURE`].
    pub bytes: Option<Vec<u8>>,
    /// What it shows, if the file says so.
    pub alt: Option<String>,
    /// Words under it.
    pub caption: Option<String>,
    part: String,
}

/// What is in a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Paragraphs, also those of lists.
    pub paragraphs: usize,
    /// Headings.
    pub headings: usize,
    /// Tables.
    pub tables: usize,
    /// Footnotes.
    pub footnotes: usize,
}

/// What a file is that is called `.docx` and is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Foreign {
    /// `.doc`
    OldWord,
    /// `.odt`
    OpenDocument,
    /// `.pdf`
    Pdf,
    /// `.rtf`
    RichText,
    /// A web page.
    Page,
    /// `.xlsx`
    Excel,
    /// `.pptx`
    Slides,
    /// Some other zip.
    Zip,
    /// Anything else.
    Unknown,
}

/// Why a file is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It is something else.
    Foreign(Foreign),
    /// A password is needed.
    Locked,
    /// Cut short or broken.
    Damaged,
    /// Larger than [`MAX_FILE`].
    TooLarge,
    /// Longer than [`MAX_TEXT`], or more than [`MAX_PICTURES`].
    TooLong,
    /// Built to do harm: a bomb, paths that lead out, entities.
    Hostile,
    /// Letters of an old encoding that cannot be converted beyond doubt.
    OldFonts,
    /// No words in it.
    Empty,
}

impl Refused {
    /// In words, with what to do.
    pub fn says(self) -> Say {
        let save = |what: &str, en: &str| {
            Say::new(
                format!(
                    "đây là {what}. Mở bằng Word (hoặc LibreOffice), chọn Lưu thành (Save As), kiểu Word Document (.docx)"
                ),
                format!(
                    "this is {en}. Open it in Word (or LibreOffice) and save it as Word Document (.docx)"
                ),
            )
        };
        match self {
            Refused::Foreign(Foreign::OldWord) => {
                save("tệp Word đời cũ (.doc)", "a file of an older Word (.doc)")
            }
            Refused::Foreign(Foreign::OpenDocument) => {
                save("tệp LibreOffice (.odt)", "a LibreOffice file (.odt)")
            }
            Refused::Foreign(Foreign::RichText) => save("tệp RTF", "an RTF file"),
            Refused::Foreign(Foreign::Page) => save("trang web (HTML)", "a web page"),
            Refused::Foreign(Foreign::Pdf) => Say::new(
                "đây là tệp PDF. Xin tệp Word gốc (.docx) của người soạn",
                "this is a PDF. Ask its author for the Word file (.docx)",
            ),
            Refused::Foreign(Foreign::Excel) => Say::new(
                "đây là tệp Excel, không phải Word (.docx)",
                "this is an Excel file, not Word (.docx)",
            ),
            Refused::Foreign(Foreign::Slides) => Say::new(
                "đây là tệp PowerPoint, không phải Word (.docx)",
                "this is a PowerPoint file, not Word (.docx)",
            ),
            Refused::Foreign(Foreign::Zip) => Say::new(
                "đây là tệp nén, bên trong không có văn bản Word",
                "this is a zip without a Word document in it",
            ),
            Refused::Foreign(Foreign::Unknown) => {
                Say::new("đây không phải tệp Word (.docx)", "this is no Word file (.docx)")
            }
            Refused::Locked => Say::new(
                "tệp có mật khẩu. Mở bằng Word, vào File, Info, Protect Document, xóa mật khẩu rồi lưu lại",
                "the file has a password. Open it in Word, remove it under File, Info, Protect Document, and save",
            ),
            Refused::Damaged => Say::new(
                "tệp bị cụt hoặc hỏng. Mở thử bằng Word rồi lưu lại, hoặc xin gửi lại",
                "the file is cut short or broken. Open it in Word and save it again, or ask for it again",
            ),
            Refused::TooLarge => Say::new(
                format!(
                    "tệp lớn hơn {} MB. Trong Word: Picture Format, Compress Pictures, rồi lưu lại",
                    MAX_FILE >> 20
                ),
                format!(
                    "the file is larger than {} MB. In Word: Picture Format, Compress Pictures, and save",
                    MAX_FILE >> 20
                ),
            ),
            Refused::TooLong => Say::new(
                format!(
                    "tệp dài hơn một bài (quá {} KB chữ hoặc {MAX_PICTURES} ảnh). Cắt riêng phần cần đăng",
                    MAX_TEXT >> 10
                ),
                format!(
                    "longer than a post may be ({} KB of text, {MAX_PICTURES} pictures). Cut out what is to be published",
                    MAX_TEXT >> 10
                ),
            ),
            Refused::Hostile => Say::new(
                "tệp có cấu tạo bất thường, giống tệp phá hoại: Loa không mở. Hỏi lại người gửi",
                "the file is built like an attack and was not opened. Ask who sent it",
            ),
            Refused::OldFonts => Say::new(
                "chữ trong tệp dùng bảng mã cũ (TCVN3, VNI…) mà Loa không chuyển chắc đúng được. Chuyển sang Unicode trước: bôi đen cả bài, UniKey Ctrl+Shift+F6, rồi làm lại",
                "the letters use an old encoding (TCVN3, VNI…) that cannot be converted beyond doubt. Convert them to Unicode first (UniKey: Ctrl+Shift+F6)",
            ),
            Refused::Empty => Say::new("tệp không có chữ nào", "there are no words in the file"),
        }
    }
}

/// Reads a DOCX file.
///
/// # Errors
/// It is none, or will not be read.
pub fn read(bytes: &[u8]) -> Result<Document, Refused> {
    let mut package = Package::open(bytes)?;
    let name = package.document()?;
    let (relations, kinds) = package.relations(&name)?;
    let folder = name.rsplit_once('/').map_or("", |(f, _)| f);
    let named = |kind: &str| {
        let usual = if folder.is_empty() { format!("{kind}.xml") } else { format!("{folder}/{kind}.xml") };
        kinds.get(kind).cloned().unwrap_or(usual)
    };
    let document = package.xml(&name)?.ok_or(Refused::Damaged)?;
    let main = document.child("body").ok_or(Refused::Damaged)?;
    let (styles, numbering) = (package.xml(&named("styles"))?, package.xml(&named("numbering"))?);
    let notes = [named("footnotes"), named("endnotes")];
    let own = [package.relations(&notes[0])?.0, package.relations(&notes[1])?.0];
    let notes = [package.xml(&notes[0])?, package.xml(&notes[1])?];
    let notes = [notes[0].as_ref(), notes[1].as_ref()];
    let mut parts = Parts::new(relations, styles.as_ref(), numbering.as_ref());
    parts.notes = own;
    // Once over, to see what its fonts are like.
    let mut look = Body::new(&parts, false);
    look.read(main);
    footnotes(&mut look, notes);
    if look.is_full() || look.notes.len() > MAX_NOTES {
        return Err(Refused::TooLong);
    }
    let convert = match (look.fonts.old, look.fonts.unicode) {
        (0, _) => false,
        (_, 0) => true,
        (_, _) => return Err(Refused::OldFonts),
    };
    let mut body = Body::new(&parts, convert);
    body.read(main);
    let footnotes = footnotes(&mut body, notes);
    if convert {
        body.leave(Left::OldFonts);
    }
    let words = |blocks: &[Block]| blocks.iter().map(|b| b.plain.as_str()).collect::<Vec<_>>().join("\n");
    let text = format!("{}\n{}", words(&body.blocks), footnotes.join("\n"));
    if body.fonts.lost > 0 || fonts::is_garbled(&text) || convert && !fonts::reads_well(&text) {
        return Err(Refused::OldFonts);
    }
    let mut blocks = std::mem::take(&mut body.blocks);
    let framed = letter::unframe(&mut blocks);
    if framed.appendix {
        body.leave(Left::Appendix);
    }
    // One title only: what the frame does not name stands in the text.
    let title = framed.title.or_else(|| title(&mut blocks));
    let mut said: Vec<Say> = framed.notes;
    if let Some(t) = title.as_ref().filter(|t| t.chars().count() > MAX_TITLE) {
        blocks.insert(0, Block::words(t));
        said.push(Say::new(
            format!("Tiêu đề dài hơn {MAX_TITLE} ký tự: cắt bớt trong post.yaml, giữ đủ ở đoạn đầu bài. Viết lại cho ngắn."),
            format!("The title has more than {MAX_TITLE} characters: it is cut in post.yaml and stands in full in the text's first paragraph. Make it shorter."),
        ));
    }
    let mut blocks = laid_out(blocks);
    if words(&blocks).trim().is_empty() {
        return Err(Refused::Empty);
    }
    let gathered = pictures(&mut blocks, &mut package)?;
    let crowded = blocks
        .iter()
        .filter(|b| matches!(&b.kind, Kind::Table(rows) if rows.iter().flatten().any(|c| c.len() > 1)));
    for _ in 0..crowded.count() {
        body.leave(Left::Tables);
    }
    let counts = Counts {
        paragraphs: blocks.iter().filter(|b| matches!(b.kind, Kind::Para | Kind::Item(..))).count(),
        headings: blocks.iter().filter(|b| matches!(b.kind, Kind::Heading(_))).count(),
        tables: blocks.iter().filter(|b| matches!(b.kind, Kind::Table(_))).count(),
        footnotes: footnotes.len(),
    };
    said.extend(body.left.iter().map(|(what, n)| what.says(*n)));
    let out = Document { title, pictures: gathered, notes: said, counts, blocks, footnotes };
    if out.markdown(&[]).len() > MAX_TEXT || out.pictures.len() > MAX_PICTURES {
        return Err(Refused::TooLong);
    }
    Ok(out)
}

/// Footnotes as Markdown, in the order in which they were referred to.
fn footnotes<'a>(body: &mut Body<'a>, parts: [Option<&'a xml::Node>; 2]) -> Vec<String> {
    let main = std::mem::take(&mut body.blocks);
    let mut out = vec![];
    let by_id = parts.map(|p| {
        let all = p.into_iter().flat_map(|p| &p.children);
        all.filter_map(|n| Some((n.attribute("id")?, n))).collect::<BTreeMap<_, _>>()
    });
    let mut at = 0;
    while let Some((end, id)) = body.notes.get(at).filter(|_| at <= MAX_NOTES).cloned() {
        at += 1;
        body.within = Some(end);
        if let Some(n) = by_id[usize::from(end)].get(id.as_str()) {
            body.read(n);
        }
        let own = std::mem::take(&mut body.blocks);
        for _ in 0..own.iter().map(Block::pictures).sum() {
            body.leave(Left::NotePictures);
        }
        let text: Vec<String> = own.iter().map(flat).filter(|t| !t.is_empty()).collect();
        if text.is_empty() {
            body.leave(Left::EmptyNotes);
        }
        out.push(text.join(" "));
    }
    body.within = None;
    body.blocks = main;
    out
}

/// The document's own title, taken out of its text: what is set as one, else a heading it begins with.
fn title(blocks: &mut Vec<Block>) -> Option<String> {
    let set = blocks.iter().take(3).position(|b| b.kind == Kind::Title);
    let first = blocks.iter().position(|b| !matches!(b.kind, Kind::Picture(..)));
    let heading =
        first.filter(|i| matches!(blocks[*i].kind, Kind::Heading(_)) && !letter::numbered(&blocks[*i].plain));
    let at = set.or(heading)?;
    // A text of nothing but its title would be empty.
    if blocks.iter().filter(|b| !b.plain.is_empty()).count() < 2 {
        return None;
    }
    Some(clean_line(&blocks.remove(at).plain))
}

/// Tables of one column or of one row only place words: they are taken apart.
fn laid_out(blocks: Vec<Block>) -> Vec<Block> {
    let mut out = vec![];
    for b in blocks {
        let Kind::Table(rows) = b.kind else {
            out.push(b);
            continue;
        };
        if rows.len() <= 1 || rows.iter().all(|r| r.len() <= 1) {
            out.extend(laid_out(rows.into_iter().flatten().flatten().collect()));
        } else {
            out.push(Block { kind: Kind::Table(rows), ..b });
        }
    }
    out
}

/// The pictures, in order; those of cells come behind their table.
fn pictures(blocks: &mut Vec<Block>, package: &mut Package<'_>) -> Result<Vec<Picture>, Refused> {
    let mut flat = vec![];
    for mut b in std::mem::take(blocks) {
        let mut own = vec![];
        if let Kind::Table(rows) = &mut b.kind {
            for cell in rows.iter_mut().flatten() {
                lift(cell, &mut own);
            }
        }
        flat.push(b);
        flat.extend(own);
    }
    let mut out: Vec<Picture> = vec![];
    for (i, b) in flat.iter().enumerate() {
        let Kind::Picture(part, alt) = &b.kind else { continue };
        let caption = flat.get(i + 1).filter(|n| n.kind == Kind::Caption).map(|n| clean_line(&n.plain));
        if let Some(known) = out.iter_mut().find(|p| p.part == *part) {
            known.caption = known.caption.take().or(caption);
            continue;
        }
        if out.len() >= MAX_PICTURES {
            return Err(Refused::TooLong);
        }
        let alt = (!alt.is_empty()).then(|| alt.clone());
        out.push(Picture { bytes: package.picture(part)?, alt, caption, part: part.clone() });
    }
    *blocks = flat;
    Ok(out)
}

/// Takes the pictures and their captions out of a cell.
fn lift(cell: &mut Vec<Block>, out: &mut Vec<Block>) {
    let mut kept = vec![];
    for mut b in std::mem::take(cell) {
        if let Kind::Table(rows) = &mut b.kind {
            rows.iter_mut().flatten().for_each(|c| lift(c, out));
        }
        if matches!(b.kind, Kind::Picture(..) | Kind::Caption) { out.push(b) } else { kept.push(b) }
    }
    *cell = kept;
}

impl Document {
    /// The text. `names` are those of the pictures' files, in the order of [`Document::pictures`]; a picture without one is left
    /// out, and its caption becomes a paragraph.
    pub fn markdown(&self, names: &[Option<String>]) -> String {
        let mut out = String::new();
        let mut last: Option<usize> = None;
        let mut shown = std::collections::BTreeSet::new();
        let mut captioned = false;
        // By depth: the last number of the list and the sign behind it.
        let mut lists: Vec<Option<(u32, char)>> = vec![];
        for b in &self.blocks {
            let text = match &b.kind {
                Kind::Title | Kind::Heading(_) => {
                    let level = if let Kind::Heading(l) = b.kind { l } else { 2 };
                    format!("{} {}", "#".repeat(level), flat(b))
                }
                Kind::Caption if captioned => String::new(),
                Kind::Para | Kind::Caption => marks::dressed(&b.runs),
                Kind::Item(depth, number) => {
                    // Deeper than the item above by more than one would be a block of code.
                    let depth = last.map_or(0, |l| (*depth).min(l + 1).min(3));
                    lists.truncate(depth + 1);
                    lists.resize(depth + 1, None);
                    // Another list, or one that jumps: the other sign makes Markdown begin anew.
                    let counted = number.map(|n| match lists[depth] {
                        Some((before, sign)) if before.checked_add(1) == Some(n) => (n, sign),
                        Some((_, '.')) => (n, ')'),
                        Some(_) | None => (n, '.'),
                    });
                    lists[depth] = counted;
                    let sign = counted.map_or_else(|| "-".to_owned(), |(n, sign)| format!("{n}{sign}"));
                    format!("{}{sign} {}", "    ".repeat(depth), flat(b))
                }
                Kind::Table(rows) => table(rows),
                Kind::Picture(part, _) => {
                    let at = self.pictures.iter().position(|p| p.part == *part);
                    match at.and_then(|i| names.get(i)?.as_ref()) {
                        Some(name) if shown.insert(name) => format!("![]({name})"),
                        Some(_) | None => String::new(),
                    }
                }
            };
            captioned = matches!(b.kind, Kind::Picture(..)) && !text.is_empty();
            if text.trim().is_empty() {
                continue;
            }
            let depth = matches!(b.kind, Kind::Item(..))
                .then(|| (text.len() - text.trim_start_matches(' ').len()) / 4);
            if depth.is_none() {
                lists.clear();
            }
            out.push_str(match (out.is_empty(), depth.is_some() && last.is_some()) {
                (true, _) => "",
                (false, true) => "\n",
                (false, false) => "\n\n",
            });
            out.push_str(&text);
            last = depth;
        }
        for (i, note) in self.footnotes.iter().enumerate() {
            out.push_str(&format!("\n\n[^{}]: {note}", i + 1));
        }
        out.push('\n');
        out
    }
}

/// A block in one line.
fn flat(b: &Block) -> String {
    match &b.kind {
        Kind::Table(rows) => {
            rows.iter().flatten().map(|c| cell(c)).filter(|c| !c.is_empty()).collect::<Vec<_>>().join("; ")
        }
        Kind::Title | Kind::Heading(_) | Kind::Para | Kind::Item(..) | Kind::Picture(..) | Kind::Caption => {
            marks::dressed(&b.runs).replace("\\\n", " ")
        }
    }
}

/// A cell in one line.
fn cell(blocks: &[Block]) -> String {
    let mut out = String::new();
    for b in blocks {
        let text = match &b.kind {
            Kind::Item(_, Some(n)) => format!("{n}. {}", flat(b)),
            Kind::Title
            | Kind::Heading(_)
            | Kind::Para
            | Kind::Item(_, None)
            | Kind::Table(_)
            | Kind::Picture(..)
            | Kind::Caption => flat(b),
        };
        if text.is_empty() {
            continue;
        }
        if !out.is_empty() {
            out.push_str(if out.ends_with(['.', ';', ':', ',', '!', '?']) { " " } else { "; " });
        }
        out.push_str(&text);
    }
    out
}

fn table(rows: &[Vec<Vec<Block>>]) -> String {
    let width = rows.iter().map(Vec::len).max().unwrap_or(0);
    let line = |row: &[Vec<Block>]| {
        let cells: Vec<String> =
            (0..width).map(|i| row.get(i).map_or_else(String::new, |c| cell(c))).collect();
        format!("| {} |", cells.join(" | "))
    };
    let mut out: Vec<String> = rows.iter().map(|r| line(r)).collect();
    out.insert(1, format!("|{}", "---|".repeat(width)));
    out.join("\n")
}

#[cfg(test)]
mod tests;
