//! The body of a document, block by block: changes accepted, comments dropped, lists counted, fields as their results.

use std::collections::BTreeMap;

use super::left::Left;
use super::marks::{Run, cut, lines, plain};
use super::pictures::Shot;
use super::runs::Fields;
use super::signs::{chosen, contents, heading_level, is_item, labelled, typed, unresolved};
use super::styles::{Counters, Mark, Parts};
use super::title::numbered;
use super::xml::Node;

/// Most bytes that are taken from a body: several times what a text may have, since a frame and blanks go.
const MOST: usize = 8 * super::MAX_TEXT;

/// What a paragraph costs beside its words: its end, as much more as [`MOST`] is more than a text.
const END: usize = 16;
/// Longest large letter at the beginning of a paragraph.
const LARGE: usize = 3;

/// What a block is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The document's own title.
    Title,
    /// Level 2 to 4.
    Heading(usize),
    /// Words.
    Para,
    /// Depth from 0, and its number with the sign behind it.
    Item(usize, Option<(u32, char)>),
    /// Rows of cells of blocks.
    Table(Vec<Vec<Vec<Block>>>),
    /// A picture.
    Picture(Shot),
    /// Words under a picture.
    Caption,
}

/// A block with its runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// What it is.
    pub kind: Kind,
    /// Its runs.
    pub runs: Vec<Run>,
    /// Its words; cells are joined by ` | `.
    pub plain: String,
    /// All of it is bold.
    pub bold: bool,
    /// A heading by its style, not by its looks.
    pub styled: bool,
    /// Beside a picture, these are its words.
    pub label: bool,
    /// A line is drawn below it.
    pub ruled: bool,
}

impl Block {
    /// One without runs.
    pub fn of(kind: Kind, plain: String) -> Self {
        Self { kind, runs: vec![], plain, bold: false, styled: false, label: false, ruled: false }
    }

    /// How many blocks of words it has.
    pub fn paragraphs(&self) -> usize {
        match &self.kind {
            Kind::Table(rows) => rows.iter().flatten().flatten().map(Block::paragraphs).sum(),
            Kind::Picture(..) => 0,
            Kind::Title | Kind::Heading(_) | Kind::Para | Kind::Item(..) | Kind::Caption => 1,
        }
    }

    /// How many pictures it has.
    pub fn pictures(&self) -> usize {
        match &self.kind {
            Kind::Picture(..) => 1,
            Kind::Table(rows) => rows.iter().flatten().flatten().map(Block::pictures).sum(),
            Kind::Title | Kind::Heading(_) | Kind::Para | Kind::Item(..) | Kind::Caption => 0,
        }
    }

    /// Makes it the words of a picture, in no dress of their own.
    pub fn caption(&mut self) {
        self.kind = Kind::Caption;
        for r in &mut self.runs {
            (r.bold, r.italic) = (false, false);
        }
    }

    /// A paragraph.
    pub fn words(text: &str) -> Self {
        let runs = vec![Run { text: text.to_owned(), ..Run::default() }];
        Self { runs, ..Self::of(Kind::Para, text.to_owned()) }
    }
}

/// What the fonts of a document's letters are like.
#[derive(Debug, Default)]
pub struct Fonts {
    /// Text in a font of an old encoding, by whether it really is of that encoding.
    pub old: usize,
    /// The same, in Unicode.
    pub unicode: usize,
    /// Letters that could not be converted.
    pub lost: usize,
    /// Text in such a font that may be either, and how often.
    pub doubtful: (usize, Vec<String>),
}

/// Reads the body.
pub struct Body<'a> {
    /// Blocks so far.
    pub blocks: Vec<Block>,
    /// What was left out, how often.
    pub left: BTreeMap<Left, usize>,
    /// Its fonts.
    pub fonts: Fonts,
    /// Footnotes in the order in which they were referred to: in `endnotes`, id.
    pub notes: Vec<(bool, String)>,
    counters: Counters,
    /// Which place a note has in `notes`.
    pub(super) known: BTreeMap<(bool, String), usize>,
    /// Bytes of what was taken so far: a little file can refer to much, many times.
    pub(super) taken: usize,
    /// Words stand before this place of the paragraph.
    pub(super) worded: bool,
    /// Which notes are being read: their relations are their own.
    pub within: Option<bool>,
    /// Fields that are open.
    pub(super) fields: Fields,
    pub(super) in_cell: bool,
    /// The style of the table hides what it holds.
    pub(super) veiled: bool,
    /// A line was drawn as a shape since the paragraph began.
    pub(super) lined: bool,
    pub(super) style: Option<&'a str>,
    /// The beginning of the next paragraph: a large first letter, or a paragraph whose end was deleted.
    begun: Option<(Vec<Run>, Seen)>,
    pub(super) parts: &'a Parts,
    /// Turn old encodings into Unicode.
    pub(super) convert: bool,
}

/// Pictures of a paragraph, and whether words stand before them.
pub(super) type Seen = Vec<(Shot, bool)>;

impl<'a> Body<'a> {
    /// Nothing read yet.
    pub fn new(parts: &'a Parts, convert: bool) -> Self {
        Self {
            parts,
            convert,
            blocks: vec![],
            left: BTreeMap::new(),
            fonts: Fonts::default(),
            notes: vec![],
            known: BTreeMap::new(),
            taken: 0,
            worded: false,
            within: None,
            counters: Counters::default(),
            fields: Fields::default(),
            in_cell: false,
            veiled: false,
            lined: false,
            style: None,
            begun: None,
        }
    }

    /// Counts something that is left out.
    pub fn leave(&mut self, what: Left) {
        *self.left.entry(what).or_insert(0) += 1;
    }

    /// True if it is longer than any text may be; nothing more is taken then.
    pub fn is_full(&self) -> bool {
        self.taken > MOST
    }

    /// What an id stands for in the part that is being read.
    pub(super) fn target(&self, id: &str) -> Option<&'a (String, bool)> {
        match self.within {
            None => self.parts.relations.get(id),
            Some(end) => self.parts.notes[usize::from(end)].get(id),
        }
    }

    /// Blocks of a body, a cell or a text box.
    pub fn read(&mut self, node: &'a Node) {
        let outer = self.begun.take();
        self.each(node);
        // Nothing followed: what was begun is a paragraph of its own.
        if let Some((runs, seen)) = std::mem::replace(&mut self.begun, outer) {
            self.put(runs, seen, |body, runs| body.words(runs, "", None, None, None));
        }
    }

    fn each(&mut self, node: &'a Node) {
        for n in &node.children {
            if self.is_full() {
                return;
            }
            match n.name.as_str() {
                "p" => self.paragraph(n),
                "tbl" => self.table(n),
                "sdt" if self.is_placeholder(n) => {}
                "sdt" if n.child("sdtPr").is_some_and(|p| p.holds("docPartGallery") && contents(p)) => {
                    self.leave(Left::Contents);
                }
                "ins" | "moveTo" => {
                    self.leave(Left::Changes);
                    self.each(n);
                }
                // Content controls, old markup.
                "sdt" | "sdtContent" | "customXml" | "smartTag" => self.each(n),
                "AlternateContent" => {
                    if let Some(c) = chosen(n) {
                        self.each(c);
                    }
                }
                "del" | "moveFrom" => self.leave(Left::Changes),
                "altChunk" => self.leave(Left::Parts),
                _ => {}
            }
        }
    }

    /// True for a content control that nobody filled in: it shows what to type, which is no text.
    pub(super) fn is_placeholder(&mut self, sdt: &Node) -> bool {
        let empty = sdt.child("sdtPr").and_then(|p| p.switch("showingPlcHdr")).unwrap_or(false);
        if empty {
            self.leave(Left::Placeholders);
        }
        empty
    }

    fn paragraph(&mut self, p: &'a Node) {
        let outer = (self.style, std::mem::take(&mut self.worded));
        self.lined = false;
        self.style = self.parts.paragraph(p);
        let (mut runs, mut seen) = self.begun.take().unwrap_or_default();
        self.worded = !plain(&runs).is_empty();
        self.inline(p, None, &mut runs, &mut seen);
        self.fields.end_paragraph();
        let own = p.child("pPr");
        let mark = own.and_then(|x| x.child("rPr"));
        let deleted = mark.is_some_and(|m| m.child("del").is_some() || m.child("moveFrom").is_some());
        let dropped = own.and_then(|x| x.child("framePr")?.attribute("dropCap")).is_some_and(|d| d != "none");
        if deleted {
            self.leave(Left::Changes);
        }
        if deleted || dropped && plain(&runs).chars().count() <= LARGE {
            if !runs.is_empty() || !seen.is_empty() {
                self.begun = Some((runs, seen));
            }
            (self.style, self.worded) = outer;
            return;
        }
        let name = self.parts.name(self.style).to_owned();
        let level = self.parts.level(p, self.style);
        let list = self.parts.list(p, self.style);
        let has_words = !plain(&runs).is_empty();
        let mark =
            list.as_ref().filter(|_| has_words).map(|(id, l)| self.counters.next(self.parts, (id, *l)));
        self.put(runs, seen, |body, runs| {
            if name.starts_with("toc ") {
                body.leave(Left::Contents);
            } else {
                body.words(runs, &name, level, list.map(|l| l.1), mark);
            }
        });
        // A shape beside words may hang anywhere; alone it stands where it is.
        let border =
            own.and_then(|x| x.child("pBdr")?.value("bottom")).is_some_and(|b| !matches!(b, "none" | "nil"));
        if border || std::mem::take(&mut self.lined) && !has_words {
            self.rule();
        }
        (self.style, self.worded) = outer;
    }

    /// Pictures before the words, words, pictures behind them.
    fn put(&mut self, runs: Vec<Run>, seen: Seen, words: impl FnOnce(&mut Self, Vec<Run>)) {
        let (before, after): (Seen, Seen) = seen.into_iter().partition(|s| !s.1);
        let pictures = |seen: Seen| seen.into_iter().map(|s| Block::of(Kind::Picture(s.0), String::new()));
        self.blocks.extend(pictures(before));
        if !plain(&runs).is_empty() {
            self.taken += END;
            words(self, runs);
        }
        self.blocks.extend(pictures(after));
    }

    /// Another paragraph of the item above, if that is of this depth.
    fn goes_on(&mut self, depth: usize, runs: &mut Vec<Run>) -> bool {
        let same = |b: &&mut Block| matches!(b.kind, Kind::Item(d, _) if d == depth);
        let Some(item) = self.blocks.last_mut().filter(same) else { return false };
        item.runs.push(Run { text: "\n".into(), ..Run::default() });
        item.runs.append(runs);
        item.plain = plain(&item.runs);
        true
    }

    /// A line is drawn here: whatever stands above ends.
    pub(super) fn rule(&mut self) {
        if let Some(b) = self.blocks.last_mut() {
            b.ruled = true;
        }
    }

    /// Puts a paragraph of words where it belongs.
    fn words(
        &mut self,
        mut runs: Vec<Run>,
        name: &str,
        level: Option<usize>,
        depth: Option<usize>,
        mark: Option<Mark>,
    ) {
        let text = plain(&runs);
        // A line drawn with signs.
        if text.chars().all(|c| matches!(c, '-' | '_' | '*' | '=' | '—' | '–' | '.' | '…' | '~' | ' '))
        {
            self.rule();
            return;
        }
        let own: Vec<Vec<Run>> = lines(&runs);
        if level.is_none()
            && mark.is_none()
            && own.len() > 1
            && own.iter().skip(1).any(|l| is_item(&plain(l)))
        {
            // A list within one paragraph, by Shift+Enter; each line is looked at by itself.
            for l in own {
                self.words(l, name, None, None, None);
            }
            return;
        }
        (0..unresolved(&text)).for_each(|_| self.leave(Left::Broken));
        let bold = runs.iter().filter(|r| !r.text.trim().is_empty() && !r.raw).all(|r| r.bold);
        let written = match &mark {
            Some(Mark::Written(w)) => Some(w.clone()),
            Some(Mark::Number(n, sign)) if level.is_some() => Some(format!("{n}{sign}")),
            Some(Mark::Number(..) | Mark::Bullet | Mark::Bare) | None => None,
        };
        if let Some(w) = &written {
            self.taken += w.len();
            runs.insert(0, Run { text: format!("{w} "), bold, ..Run::default() });
        }
        let text = plain(&runs);
        let short = text.chars().count() <= 120 && !text.contains('\n');
        // Offices set a heading in bold and give it no style.
        let like_heading = bold
            && short
            && !self.in_cell
            && text.chars().any(char::is_alphabetic)
            && typed(&text).is_none()
            && (!text.ends_with(['.', ':', ';', ',', '!', '?']) || numbered(&text) && text.ends_with(':'));
        if let (Some(Mark::Bare), Some(depth), None) = (&mark, depth, level)
            && !like_heading
            && typed(&text).is_none()
            && self.goes_on(depth, &mut runs)
        {
            return;
        }
        let captioned = name.ends_with("caption");
        let label = text.chars().count() <= 200
            && (captioned || mark.is_none() && level.is_none() && labelled(&text));
        let titled = matches!(name, "title" | "subtitle") && !self.in_cell;
        let kind = if titled {
            Kind::Title
        } else if let Some(l) = level.filter(|_| !self.in_cell) {
            Kind::Heading((l + 2).min(4))
        } else {
            match mark {
                Some(Mark::Bullet) => Kind::Item(depth.unwrap_or(0), None),
                Some(Mark::Number(n, sign)) if !like_heading => {
                    Kind::Item(depth.unwrap_or(0), Some((n, sign)))
                }
                Some(Mark::Number(n, sign)) => {
                    runs.insert(0, Run { text: format!("{n}{sign} "), bold, ..Run::default() });
                    Kind::Heading(3)
                }
                Some(Mark::Written(_) | Mark::Bare) | None if like_heading => {
                    Kind::Heading(heading_level(&text))
                }
                Some(Mark::Written(_) | Mark::Bare) | None => match typed(&text) {
                    Some(depth) => {
                        cut(&mut runs, 1);
                        Kind::Item(depth, None)
                    }
                    None => Kind::Para,
                },
            }
        };
        if matches!(kind, Kind::Title | Kind::Heading(_)) {
            for r in &mut runs {
                (r.bold, r.italic) = (false, false);
            }
        }
        if matches!(kind, Kind::Heading(_))
            && let Some(r) = runs.iter_mut().rev().find(|r| !r.text.trim().is_empty())
        {
            r.text = r.text.trim_end().trim_end_matches(':').to_owned();
        }
        let plain = plain(&runs);
        let label = label && !matches!(kind, Kind::Title | Kind::Item(..));
        self.blocks.push(Block { kind, runs, plain, bold, styled: level.is_some(), label, ruled: false });
    }
}
