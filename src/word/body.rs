//! The body of a document, block by block: changes accepted, comments dropped, lists counted, fields as their results.

use std::collections::BTreeMap;

use super::fonts::{self, Old};
use super::left::Left;
use super::letter::numbered;
use super::marks::{Run, cut, lines, plain};
use super::signs::{
    LONGEST, chosen, contents, description, expand, field_target, flat, heading_level, is_item, labelled,
    public, shifted, symbol, typed,
};
use super::styles::{Counters, Mark, Parts};
use super::xml::Node;

/// Most bytes that are taken from a body: several times what a text may have, since a frame and blanks go.
const MOST: usize = 8 * super::MAX_TEXT;
/// Most columns of a table.
const WIDEST: usize = 64;

/// What a block is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The document's own title.
    Title,
    /// Level 2 to 4.
    Heading(usize),
    /// Words.
    Para,
    /// Depth from 0, and its number.
    Item(usize, Option<u32>),
    /// Rows of cells of blocks.
    Table(Vec<Vec<Vec<Block>>>),
    /// A picture: where in the package, alternative text.
    Picture(String, String),
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
}

impl Block {
    fn of(kind: Kind, plain: String) -> Self {
        Self { kind, runs: vec![], plain, bold: false, styled: false }
    }

    /// How many pictures it has.
    pub fn pictures(&self) -> usize {
        match &self.kind {
            Kind::Picture(..) => 1,
            Kind::Table(rows) => rows.iter().flatten().flatten().map(Block::pictures).sum(),
            Kind::Title | Kind::Heading(_) | Kind::Para | Kind::Item(..) | Kind::Caption => 0,
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
}

/// Reads the body.
pub struct Body<'a> {
    parts: &'a Parts,
    /// Turn old encodings into Unicode.
    convert: bool,
    /// Blocks so far.
    pub blocks: Vec<Block>,
    /// What was left out, how often.
    pub left: BTreeMap<Left, usize>,
    /// Its fonts.
    pub fonts: Fonts,
    /// Footnotes in the order in which they were referred to: in `endnotes`, id.
    pub notes: Vec<(bool, String)>,
    counters: Counters,
    known: BTreeMap<(bool, String), usize>,
    /// Bytes of what was taken so far: a little file can refer to much, many times.
    taken: usize,
    /// Words stand before this place of the paragraph.
    worded: bool,
    /// Which notes are being read: their relations are their own.
    pub within: Option<bool>,
    /// Fields that are open: the instruction, and whether its result began.
    fields: Vec<(String, bool)>,
    in_cell: bool,
    style: Option<&'a str>,
}

type Seen = Vec<(String, String, bool)>;

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
            fields: vec![],
            in_cell: false,
            style: None,
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
    fn target(&self, id: &str) -> Option<&'a (String, bool)> {
        match self.within {
            None => self.parts.relations.get(id),
            Some(end) => self.parts.notes[usize::from(end)].get(id),
        }
    }

    /// Blocks of a body, a cell or a text box.
    pub fn read(&mut self, node: &'a Node) {
        for n in &node.children {
            if self.is_full() {
                return;
            }
            match n.name.as_str() {
                "p" => self.paragraph(n),
                "tbl" => self.table(n),
                "sdt" if n.child("sdtPr").is_some_and(|p| p.holds("docPartGallery") && contents(p)) => {
                    self.leave(Left::Contents);
                }
                "ins" | "moveTo" => {
                    self.leave(Left::Changes);
                    self.read(n);
                }
                // Content controls, old markup.
                "sdt" | "sdtContent" | "customXml" | "smartTag" => self.read(n),
                "AlternateContent" => {
                    if let Some(c) = chosen(n) {
                        self.read(c);
                    }
                }
                "del" | "moveFrom" => self.leave(Left::Changes),
                "altChunk" => self.leave(Left::Parts),
                _ => {}
            }
        }
    }

    fn paragraph(&mut self, p: &'a Node) {
        let outer = (self.style, std::mem::take(&mut self.worded));
        self.style = self.parts.paragraph(p);
        let (mut runs, mut seen) = (vec![], vec![]);
        self.inline(p, None, &mut runs, &mut seen);
        // An instruction that nobody ended ends here, lest it swallow the rest.
        self.fields.retain(|f| f.1);
        let name = self.parts.name(self.style).to_owned();
        let level = self.parts.level(p, self.style);
        let list = self.parts.list(p, self.style);
        let has_words = !plain(&runs).is_empty();
        let mark =
            list.as_ref().filter(|_| has_words).map(|(id, l)| self.counters.next(self.parts, (id, *l)));
        let (before, after): (Seen, Seen) = seen.into_iter().partition(|s| !s.2);
        self.pictures(before);
        if name.starts_with("toc ") {
            if has_words {
                self.leave(Left::Contents);
            }
        } else if has_words {
            self.words(runs, &name, level, list.map(|l| l.1), mark);
        }
        self.pictures(after);
        (self.style, self.worded) = outer;
    }

    fn pictures(&mut self, seen: Seen) {
        for (target, alt, _) in seen {
            self.blocks.push(Block::of(Kind::Picture(target, alt), String::new()));
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
            return;
        }
        let own: Vec<Vec<Run>> = lines(&runs);
        if level.is_none()
            && mark.is_none()
            && own.len() > 1
            && own.iter().skip(1).any(|l| is_item(&plain(l)))
        {
            // A list within one paragraph, by Shift+Enter.
            for l in own {
                self.words(l, name, None, None, None);
            }
            return;
        }
        let bold = runs.iter().filter(|r| !r.text.trim().is_empty() && !r.raw).all(|r| r.bold);
        let written = match &mark {
            Some(Mark::Written(w)) => Some(w.clone()),
            Some(Mark::Number(n)) if level.is_some() => Some(format!("{n}.")),
            Some(Mark::Number(_) | Mark::Bullet | Mark::Bare) | None => None,
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
        let style_of_caption = name.ends_with("caption");
        let kind = if matches!(name, "title" | "subtitle") && !self.in_cell {
            Kind::Title
        } else if (style_of_caption || mark.is_none() && level.is_none()) && self.is_caption(&text, name) {
            Kind::Caption
        } else if let Some(l) = level.filter(|_| !self.in_cell) {
            Kind::Heading((l + 2).min(4))
        } else {
            match mark {
                Some(Mark::Bullet) => Kind::Item(depth.unwrap_or(0), None),
                Some(Mark::Number(n)) if !like_heading => Kind::Item(depth.unwrap_or(0), Some(n)),
                Some(Mark::Number(n)) => {
                    runs.insert(0, Run { text: format!("{n}. "), bold, ..Run::default() });
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
        if matches!(kind, Kind::Title | Kind::Heading(_) | Kind::Caption) {
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
        self.blocks.push(Block { kind, runs, plain, bold, styled: level.is_some() });
    }

    /// `Hình 1. …`, `Ảnh: …` right after a picture.
    fn is_caption(&self, text: &str, style: &str) -> bool {
        let after = self.blocks.last().is_some_and(|b| matches!(b.kind, Kind::Picture(..)));
        after && text.chars().count() <= 200 && (style.ends_with("caption") || labelled(text))
    }

    /// Runs below a node, with the link they stand in.
    fn inline(&mut self, node: &'a Node, link: Option<&str>, runs: &mut Vec<Run>, seen: &mut Seen) {
        for n in &node.children {
            if self.is_full() {
                return;
            }
            match n.name.as_str() {
                "r" => self.run(n, link, runs, seen),
                "hyperlink" => {
                    let target = n.attribute("id").and_then(|id| self.target(id));
                    let target = target.filter(|(t, outside)| *outside && public(t)).map(|(t, _)| t.clone());
                    if target.is_none() && n.attribute("anchor").is_none() {
                        self.leave(Left::Links);
                    }
                    self.inline(n, target.as_deref().or(link), runs, seen);
                }
                "fldSimple" => {
                    let target = field_target(n.attribute("instr").unwrap_or_default());
                    self.inline(n, target.as_deref().or(link), runs, seen);
                }
                "ins" | "moveTo" => {
                    self.leave(Left::Changes);
                    self.inline(n, link, runs, seen);
                }
                "del" | "moveFrom" => self.leave(Left::Changes),
                "oMath" | "oMathPara" => self.leave(Left::Formulas),
                "pPr" | "rPr" | "sdtPr" => {}
                "AlternateContent" => {
                    if let Some(c) = chosen(n) {
                        self.inline(c, link, runs, seen);
                    }
                }
                "drawing" | "pict" | "object" => self.drawing(n, "", self.worded, seen),
                _ => self.inline(n, link, runs, seen),
            }
        }
    }

    fn run(&mut self, r: &'a Node, link: Option<&str>, runs: &mut Vec<Run>, seen: &mut Seen) {
        let own = r.child("rPr");
        let on = |what: &str| own.and_then(|d| d.switch(what)).unwrap_or(false);
        if on("vanish") {
            if r.children.iter().any(|n| n.name == "t") {
                self.leave(Left::Hidden);
            }
            return;
        }
        let (bold, italic, font) = self.parts.dress(r, self.style);
        let mut text = String::new();
        let mut pieces = vec![];
        expand(r, &mut pieces);
        for n in pieces {
            match n.name.as_str() {
                "t" => text.push_str(&n.text),
                "tab" | "ptab" => text.push(' '),
                "br" | "cr" if n.attribute("type").is_none_or(|t| t == "textWrapping") => text.push('\n'),
                "noBreakHyphen" => text.push('-'),
                // A byte of TCVN3 that Word takes for something else.
                "softHyphen" => text.push('\u{ad}'),
                "fldChar" => match n.attribute("fldCharType") {
                    Some("begin") => self.fields.push((String::new(), false)),
                    Some("separate") => {
                        if let Some(f) = self.fields.last_mut() {
                            f.1 = true;
                        }
                    }
                    Some("end") => drop(self.fields.pop()),
                    Some(_) | None => {}
                },
                "instrText" => {
                    let most = |f: &&mut (String, bool)| !f.1 && f.0.len() + n.text.len() <= LONGEST;
                    if let Some(f) = self.fields.last_mut().filter(most) {
                        f.0.push_str(&n.text);
                    }
                }
                "footnoteReference" | "endnoteReference" => {
                    if let Some(id) = n.attribute("id") {
                        let note = (n.name == "endnoteReference", id.to_owned());
                        let next = self.notes.len();
                        let at = *self.known.entry(note.clone()).or_insert(next);
                        if at == next {
                            self.notes.push(note);
                        }
                        self.taken += 8;
                        self.worded |= !text.trim().is_empty();
                        let before = std::mem::take(&mut text);
                        runs.push(Run { text: before, bold, italic, ..Run::default() });
                        runs.push(Run { text: format!("[^{}]", at + 1), raw: true, ..Run::default() });
                    }
                }
                "commentReference" => self.leave(Left::Comments),
                "sym" => match symbol(n.attribute("char").unwrap_or_default()) {
                    Some(c) => text.push(c),
                    None => self.leave(Left::Symbols),
                },
                "symEx" => {
                    let code = n.attribute("char").and_then(|c| u32::from_str_radix(c, 16).ok());
                    match code.and_then(char::from_u32).filter(|c| !c.is_control()) {
                        Some(c) => text.push(c),
                        None => self.leave(Left::Symbols),
                    }
                }
                "drawing" | "pict" | "object" => {
                    let worded = self.worded || !text.trim().is_empty();
                    self.drawing(n, "", worded, seen);
                }
                _ => {}
            }
        }
        let field = self.fields.iter().rev().take(16).find_map(|(i, _)| field_target(i));
        // What a field still has to say of itself is no text.
        if text.is_empty() || self.fields.last().is_some_and(|f| !f.1) {
            return;
        }
        if let Some(old) = font.as_deref().and_then(fonts::of) {
            text = self.unfont(text, old);
        }
        match own.and_then(|d| d.value("vertAlign")) {
            Some(how @ ("superscript" | "subscript")) if !text.trim().is_empty() => {
                match shifted(&text, how == "superscript") {
                    Some(t) => text = t,
                    None => self.leave(Left::Scripts),
                }
            }
            Some(_) | None => {}
        }
        let link = link.map(str::to_owned).or(field);
        self.worded |= !text.trim().is_empty();
        self.taken += text.len() + link.as_ref().map_or(0, String::len);
        runs.push(Run { text, bold, italic, struck: on("strike") || on("dstrike"), link, raw: false });
    }

    /// Counts, and converts if that was decided.
    fn unfont(&mut self, text: String, old: Old) -> String {
        self.fonts.unicode += usize::from(fonts::is_unicode(&text));
        self.fonts.old += usize::from(fonts::is_old(&text) && !fonts::is_unicode(&text));
        if !self.convert {
            return text;
        }
        fonts::convert(&text, old).unwrap_or_else(|| {
            self.fonts.lost += 1;
            text
        })
    }

    /// Pictures and words of a drawing, whatever it is wrapped in.
    fn drawing(&mut self, n: &'a Node, alt: &str, worded: bool, seen: &mut Seen) {
        match n.name.as_str() {
            // The same drawing for new and for old programs: one is enough.
            "AlternateContent" => {
                if let Some(c) = n.child("Choice").or_else(|| n.child("Fallback")) {
                    c.children.iter().for_each(|inner| self.drawing(inner, alt, worded, seen));
                }
                return;
            }
            "txbxContent" => {
                self.leave(Left::Boxes);
                self.read(n);
                return;
            }
            "blip" | "imagedata" => {
                match n.attribute("embed").or_else(|| n.attribute("id")).and_then(|id| self.target(id)) {
                    Some((target, false)) => {
                        self.taken += target.len() + alt.len();
                        seen.push((target.clone(), alt.to_owned(), worded));
                    }
                    // What lies outside of the file is not fetched.
                    Some((_, true)) | None => self.leave(Left::Outside),
                }
                return;
            }
            "chart" | "relIds" => self.leave(Left::Charts),
            _ => {}
        }
        let about = n.child("docPr").or_else(|| n.child("nvPicPr").and_then(|p| p.child("cNvPr")));
        let about = about.and_then(|d| d.attribute("descr")).or_else(|| n.attribute("alt"));
        let own = about.map(description).filter(|a| !a.is_empty());
        let alt = own.as_deref().unwrap_or(alt);
        for c in n.children.iter() {
            if !self.is_full() {
                self.drawing(c, alt, worded, seen);
            }
        }
    }

    fn table(&mut self, t: &'a Node) {
        let (mut rows, mut plain) = (vec![], vec![]);
        for tr in t.named("tr") {
            // A row costs a line, a cell its bars.
            self.taken += 4;
            if self.is_full() {
                return;
            }
            if tr.child("trPr").is_some_and(|p| p.child("del").is_some()) {
                self.leave(Left::Changes);
                continue;
            }
            let mut row: Vec<Vec<Block>> = vec![];
            let mut cells = vec![];
            flat(tr, &mut cells);
            for tc in cells {
                let outer = std::mem::take(&mut self.blocks);
                let was = std::mem::replace(&mut self.in_cell, true);
                self.read(tc);
                self.in_cell = was;
                let own = std::mem::replace(&mut self.blocks, outer);
                plain.push(own.iter().map(|b| b.plain.as_str()).collect::<Vec<_>>().join("\n"));
                row.push(own);
                let span: usize =
                    tc.child("tcPr").and_then(|p| p.value("gridSpan")?.parse().ok()).unwrap_or(1);
                let more = span.clamp(1, WIDEST).min(WIDEST.saturating_sub(row.len()) + 1) - 1;
                row.extend(std::iter::repeat_n(vec![], more));
                self.taken += 3 * (1 + more);
            }
            rows.push(row);
        }
        if rows.iter().flatten().any(|c| !c.is_empty()) {
            self.blocks.push(Block::of(Kind::Table(rows), plain.join(" | ")));
        }
    }
}
