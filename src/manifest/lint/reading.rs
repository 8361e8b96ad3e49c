//! Markdown, by the reader that the voices are made with, as blocks of shown text that know where they came from.

use std::ops::Range;

use pulldown_cmark::{Event, LinkType, Tag, TagEnd};

use super::piece::{Form, Link, Piece, Place, Prose};
use super::scan::{Mark, scan};
use crate::domain::markdown::events;
use crate::domain::text::{clean_line, is_invisible};
use crate::manifest::text::braces;

/// A text as it is given to the reader of Markdown, and where each of its bytes came from.
#[derive(Default)]
struct Body {
    text: String,
    /// Line, column, and whether it is a fact's.
    from: Vec<(usize, usize, bool)>,
}

impl Body {
    fn push(&mut self, c: char, from: (usize, usize, bool)) {
        self.text.push(c);
        self.from.resize(self.text.len(), from);
    }

    /// Prints facts as `render::facts` does, and drops what no reader sees.
    fn of(text: &str, fact: &dyn Fn(&str) -> Option<String>) -> Self {
        let mut out = Body::default();
        for (n, line) in text.split('\n').enumerate() {
            if n > 0 {
                let (l, c, _) = out.from.last().copied().unwrap_or_default();
                out.push('\n', (l, c, false));
            }
            let called: Vec<(Range<usize>, String)> =
                braces(line).into_iter().filter_map(|(at, id)| Some((at, fact(id?)?))).collect();
            let mut skip = 0;
            for (column, (byte, c)) in line.char_indices().enumerate() {
                if let Some((at, words)) = called.iter().find(|(at, _)| at.start == byte) {
                    let width = line[at.clone()].chars().count();
                    for (i, c) in clean_line(words).chars().enumerate() {
                        let from = (n, column + i.min(width - 1), true);
                        if c.is_ascii_punctuation() {
                            out.push('\\', from);
                        }
                        out.push(c, from);
                    }
                    skip = at.end;
                }
                if byte < skip || is_invisible(c) {
                    continue;
                }
                match c {
                    '\r' if byte + 1 == line.len() => {}
                    '\r' | '\u{2028}' | '\u{2029}' | '\u{85}' => out.push('\n', (n, column, false)),
                    c if c.is_control() && c != '\t' => {}
                    c => out.push(c, (n, column, false)),
                }
            }
        }
        out
    }

    fn place(&self, range: &Range<usize>) -> Place {
        let Some(&(line, column, _)) = self.from.get(range.start) else { return (0, 0, 1) };
        let here = self.from[range.start..range.end.min(self.from.len())].iter().filter(|f| f.0 == line);
        let last = here.map(|f| f.1).max().unwrap_or(column);
        (line, column, last + 1 - column.min(last))
    }
}

/// A block that is being read.
#[derive(Default)]
struct Block {
    prose: Prose,
    marks: Vec<Mark>,
}

impl Block {
    fn push(&mut self, c: char, mark: Mark, at: (usize, usize)) {
        // One space for a run of them; a break of lines may stand anywhere.
        let c = if c.is_whitespace() { ' ' } else { c };
        if c == ' ' && self.prose.shown.last().is_none_or(|l| *l == ' ') {
            return;
        }
        self.prose.shown.push(c);
        self.prose.words.push(c);
        self.prose.at.push(at);
        self.marks.push(mark);
    }

    fn end(mut self, out: &mut Piece) {
        if self.prose.shown.last() == Some(&' ') {
            self.prose.shown.pop();
            self.prose.words.pop();
            self.prose.at.pop();
            self.marks.pop();
        }
        if !self.prose.shown.is_empty() {
            scan(&mut self.prose, &self.marks, &mut out.links);
            out.blocks.push(self.prose);
        }
    }
}

/// A link or a picture that is being read.
struct Open {
    picture: bool,
    range: Range<usize>,
    target: String,
    caption: String,
    /// Where its words begin in the block.
    begin: usize,
    /// The block around a picture.
    around: Option<Block>,
}

struct Reader<'a> {
    body: &'a Body,
    out: Piece,
    block: Block,
    open: Vec<Open>,
}

impl Reader<'_> {
    fn text(&mut self, t: &str, range: &Range<usize>, mark: Mark) {
        let source = self.body.text.get(range.clone()).unwrap_or_default();
        // What the reader of Markdown changed (an entity) stands where it began.
        let offset = source.find(t);
        let linked = self.open.iter().any(|o| !o.picture);
        for (i, c) in t.char_indices() {
            let byte = offset.map_or(range.start, |o| range.start + o + i);
            let Some(&(line, column, fact)) = self.body.from.get(byte) else { continue };
            let mark = match mark {
                _ if fact => Mark::Fact,
                Mark::Text if linked => Mark::Linked,
                m @ (Mark::Text | Mark::Linked | Mark::Fact | Mark::Code) => m,
            };
            self.block.push(c, mark, (line, column));
        }
    }

    fn blank(&mut self, range: &Range<usize>) {
        self.text(" ", range, Mark::Text);
    }

    fn flush(&mut self) {
        std::mem::take(&mut self.block).end(&mut self.out);
    }

    fn start(&mut self, tag: Tag<'_>, range: Range<usize>) {
        #[expect(clippy::wildcard_enum_match_arm, reason = "tags of another crate; the rest are blocks")]
        match tag {
            Tag::Strong | Tag::Emphasis | Tag::Strikethrough => {}
            Tag::Link { link_type, dest_url, .. } => {
                let mail = if link_type == LinkType::Email { "mailto:" } else { "" };
                self.open.push(Open {
                    picture: false,
                    range,
                    target: format!("{mail}{dest_url}"),
                    caption: String::new(),
                    begin: self.block.prose.shown.len(),
                    around: None,
                });
            }
            Tag::Image { dest_url, title, .. } => {
                // A picture stands below its paragraph; so do its words.
                let around = std::mem::take(&mut self.block);
                let (target, caption) = (dest_url.to_string(), title.to_string());
                self.open.push(Open {
                    picture: true,
                    range,
                    target,
                    caption,
                    begin: 0,
                    around: Some(around),
                });
            }
            Tag::Heading { .. } => {
                self.flush();
                self.block.prose.heading = true;
            }
            _ => self.flush(),
        }
    }

    fn end(&mut self, tag: TagEnd) {
        #[expect(clippy::wildcard_enum_match_arm, reason = "tags of another crate; the rest are blocks")]
        match tag {
            TagEnd::Strong | TagEnd::Emphasis | TagEnd::Strikethrough => {}
            TagEnd::Link | TagEnd::Image => {
                let Some(o) = self.open.pop() else { return };
                let shown: String =
                    self.block.prose.shown.get(o.begin..).unwrap_or_default().iter().collect();
                let at = self.body.place(&o.range);
                let form = if o.picture { Form::Picture } else { Form::Words };
                self.out.links.push(Link {
                    form,
                    at,
                    text: shown.trim().to_owned(),
                    target: o.target,
                    fact: false,
                });
                if let Some(around) = o.around {
                    let caption = std::mem::take(&mut self.block);
                    caption.end(&mut self.out);
                    for c in o.caption.chars() {
                        self.block.push(c, Mark::Text, (at.0, at.1));
                    }
                    self.flush();
                    self.block = around;
                }
            }
            _ => self.flush(),
        }
    }
}

/// HTML is shown as it was typed, but for comments; where its parts stand in it.
fn without_comments(html: &str) -> Vec<Range<usize>> {
    let (mut out, mut from) = (vec![], 0);
    while let Some(open) = html[from..].find("<!--").map(|i| from + i) {
        out.push(from..open);
        from = html[open..].find("-->").map_or(html.len(), |i| open + i + 3);
    }
    out.push(from..html.len());
    out
}

fn turned(text: &str) -> Vec<(usize, usize)> {
    let turns = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.split('\n').enumerate().filter_map(|(n, l)| Some((n, l.chars().position(turns)?))).collect()
}

/// Reads Markdown.
pub fn markdown(text: &str, fact: &dyn Fn(&str) -> Option<String>) -> Piece {
    let body = Body::of(text, fact);
    let out = Piece { turned: turned(text), ..Piece::default() };
    let mut r = Reader { body: &body, out, block: Block::default(), open: vec![] };
    let mut code = false;
    // A block of HTML comes line by line; a comment in it may go over several.
    let mut html: Option<Range<usize>> = None;
    for (event, range) in events(&body.text) {
        match event {
            Event::Start(Tag::HtmlBlock) => {
                r.flush();
                html = Some(range);
            }
            Event::End(TagEnd::HtmlBlock) => {
                if let Some(range) = html.take() {
                    html_text(&mut r, &body, &range);
                }
                r.flush();
            }
            Event::Html(_) if html.is_some() => {}
            Event::Text(t) => r.text(&t, &range, if code { Mark::Code } else { Mark::Text }),
            Event::Code(t) => r.text(&t, &range, Mark::Code),
            Event::Html(_) | Event::InlineHtml(_) => html_text(&mut r, &body, &range),
            Event::SoftBreak | Event::HardBreak => r.blank(&range),
            Event::Rule => r.flush(),
            Event::Start(tag) => {
                code |= matches!(tag, Tag::CodeBlock(_));
                r.start(tag, range);
            }
            Event::End(tag) => {
                code &= tag != TagEnd::CodeBlock;
                r.end(tag);
            }
            Event::FootnoteReference(_)
            | Event::TaskListMarker(_)
            | Event::InlineMath(_)
            | Event::DisplayMath(_) => {}
        }
    }
    r.flush();
    // In the order of the text, not in that of their ends.
    r.out.links.sort_by_key(|l| l.at);
    r.out
}

fn html_text(r: &mut Reader<'_>, body: &Body, range: &Range<usize>) {
    let html = body.text.get(range.clone()).unwrap_or_default();
    for part in without_comments(html) {
        r.text(&html[part.clone()], &(range.start + part.start..range.start + part.end), Mark::Text);
    }
}

/// Reads words that are no Markdown.
pub fn plain(text: &str) -> Piece {
    let mut out = Piece { turned: turned(text), ..Piece::default() };
    let mut block = Block::default();
    for (n, line) in text.split('\n').enumerate() {
        if n > 0 {
            let at = block.prose.at.last().copied().unwrap_or_default();
            block.push(' ', Mark::Text, at);
        }
        for (column, c) in line.chars().enumerate().filter(|(_, c)| !is_invisible(*c)) {
            block.push(c, Mark::Text, (n, column));
        }
    }
    block.end(&mut out);
    out
}
