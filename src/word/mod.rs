//! A Word file as a post's text (floor F1): headings, bold, lists, links, tables and pictures of what an office wrote, without the
//! frame of a letter. Pure: bytes in, Markdown and pictures out; whoever calls decides where they go.
//!
//! The bytes are a stranger's. Invariant: nothing is unpacked, nested or repeated beyond the limits that stand in `package.rs`
//! and `xml.rs`, nothing that the file names outside of itself is opened, and what comes out says what the file said: signs of
//! Markdown and of templates are text.

mod body;
mod captions;
mod drawing;
mod fonts;
mod left;
mod letter;
mod marks;
mod package;
mod pictures;
mod refused;
mod runs;
mod signs;
mod styles;
mod symbols;
mod table;
mod title;
mod write;
mod xml;

use std::collections::BTreeMap;

use body::{Block, Body, Kind};
use left::Left;
use marks::clean_line;
use package::Package;
use styles::Parts;
use write::flat;

use crate::yaml::Say;

pub use package::{MAX_ENTRIES, MAX_FILE, MAX_PICTURE, MAX_TOTAL, MAX_XML};
pub use pictures::View;
pub use refused::{Foreign, Refused};
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
    /// Its pictures, in order; one that is shown twice with the same words is there once.
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
    /// What the document shows of it.
    pub view: View,
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
    let garbled = fonts::garbled(&text);
    if body.fonts.lost > 0 || garbled.refused || convert && !fonts::reads_well(&text) {
        return Err(Refused::OldFonts);
    }
    let mut blocks = std::mem::take(&mut body.blocks);
    captions::find(&mut blocks);
    let framed = letter::unframe(&mut blocks);
    if framed.appendix {
        body.leave(Left::Appendix);
    }
    // One title only: what the frame does not name stands in the text.
    let title = framed.title.or_else(|| title(&mut blocks));
    let mut said: Vec<Say> = framed.notes;
    said.extend(garbled.says());
    if !convert {
        said.extend(fonts::doubtful(&look.fonts.doubtful));
    }
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
    let gathered = captions::pictures(&mut blocks, &mut package)?;
    let crowded = blocks
        .iter()
        .filter(|b| matches!(&b.kind, Kind::Table(rows) if rows.iter().flatten().any(|c| is_crowded(c))));
    for _ in 0..crowded.count() {
        body.leave(Left::Tables);
    }
    let counts = Counts {
        paragraphs: blocks.iter().filter(|b| matches!(b.kind, Kind::Para | Kind::Item(..))).count(),
        headings: blocks.iter().filter(|b| matches!(b.kind, Kind::Heading(_))).count(),
        tables: blocks.iter().filter(|b| matches!(b.kind, Kind::Table(_))).count(),
        footnotes: footnotes.len(),
    };
    let mut out = Document { title, pictures: gathered, notes: said, counts, blocks, footnotes };
    (0..out.unmarked()).for_each(|_| body.leave(Left::Unmarked));
    out.notes.extend(body.left.iter().map(|(what, n)| what.says(*n)));
    if out.markdown(&[]).len() > MAX_TEXT || out.pictures.len() > MAX_PICTURES {
        return Err(Refused::TooLong);
    }
    Ok(out)
}

/// More than one line of a table can hold.
fn is_crowded(cell: &[Block]) -> bool {
    cell.len() > 1 || cell.iter().any(|b| b.plain.contains('\n'))
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
    let named = |b: &Block| b.styled || !title::numbered(&b.plain) && !title::tells(&b.plain);
    let heading = first.filter(|i| matches!(blocks[*i].kind, Kind::Heading(_)) && named(&blocks[*i]));
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

#[cfg(test)]
mod tests;
