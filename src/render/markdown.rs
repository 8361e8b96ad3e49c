//! Markdown read into a small tree that every voice is written from. Raw HTML is text here, but for its comments, which are an
//! author's and no reader's; a link that is not public (`http`, `https`, `mailto`, `tel`) loses its address; pictures come from the
//! media kit (`![alt](kit:id "caption")`). Footnotes stand at the end, numbered as they are referred to.

pub use pulldown_cmark::Alignment;
use pulldown_cmark::{Event, LinkType, Tag, TagEnd};

use super::words::{clean, safe_url};
use crate::domain::markdown::events;

/// Deepest nesting of lists, quotes and emphasis accepted.
pub const MAX_DEPTH: usize = 24;
/// Largest text accepted, in bytes.
pub const MAX_BYTES: usize = 256 * 1024;

/// A block.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// Level 1 to 6.
    Heading(u8, Vec<Inline>),
    Para(Vec<Inline>),
    /// First number if ordered; items.
    List(Option<u64>, Vec<Vec<Block>>),
    Quote(Vec<Block>),
    Code(String),
    /// Where the text of each column stands; rows of cells, the first is the head.
    Table(Vec<Alignment>, Vec<Vec<Vec<Inline>>>),
    Rule,
    Figure(Picture),
}

/// Text inside a block.
#[derive(Clone, Debug, PartialEq)]
pub enum Inline {
    Text(String),
    Strong(Vec<Inline>),
    Em(Vec<Inline>),
    Strike(Vec<Inline>),
    Code(String),
    /// A public address and its words.
    Link(String, Vec<Inline>),
    Break,
}

/// A picture as the text names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// `kit:id`, or whatever was written.
    pub source: String,
    /// Its alternative text.
    pub alt: String,
    /// Words under it.
    pub caption: String,
    /// Where it leads, if it is a link itself.
    pub link: Option<String>,
}

/// Why a text cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// More than [`MAX_BYTES`].
    TooLarge,
    /// Deeper than [`MAX_DEPTH`].
    TooDeep,
}

/// Reads Markdown.
///
/// # Errors
/// Too large or nested too deeply.
pub fn read(markdown: &str) -> Result<Vec<Block>, Unreadable> {
    read_for(markdown, false)
}

/// Reads Markdown for somebody who reads it aloud: without what is for the eye only (footnotes, boxes of task lists).
///
/// # Errors
/// As [`read`].
pub fn read_aloud(markdown: &str) -> Result<Vec<Block>, Unreadable> {
    read_for(markdown, true)
}

fn read_for(markdown: &str, aloud: bool) -> Result<Vec<Block>, Unreadable> {
    if markdown.len() > MAX_BYTES {
        return Err(Unreadable::TooLarge);
    }
    let text = clean(markdown);
    let mut depth = 0usize;
    for (e, _) in events(&text) {
        if matches!(e, Event::Start(_)) {
            depth += 1;
            if depth > MAX_DEPTH {
                return Err(Unreadable::TooDeep);
            }
        } else if matches!(e, Event::End(_)) {
            depth -= 1;
        }
    }
    let mut reader = Reader {
        events: events(&text).into_iter().map(|(e, _)| e).collect::<Vec<_>>().into_iter(),
        pictures: vec![],
        aloud,
        code: false,
        named: vec![],
        notes: vec![],
    };
    let mut blocks = reader.blocks();
    let Reader { named, mut notes, .. } = reader;
    // Those nobody refers to come last, in the order they were written.
    let number = |name: &String| named.iter().position(|n| n == name).map_or(usize::MAX, |i| i + 1);
    notes.sort_by_key(|(name, _)| number(name));
    for (i, (_, mut note)) in notes.into_iter().enumerate() {
        let mark = format!("[{}] ", i + 1);
        match note.first_mut() {
            Some(Block::Para(x)) => match x.first_mut() {
                Some(Inline::Text(t)) => t.insert_str(0, &mark),
                Some(_) | None => x.insert(0, Inline::Text(mark)),
            },
            Some(_) | None => note.insert(0, Block::Para(vec![Inline::Text(mark)])),
        }
        blocks.extend(note);
    }
    blocks.iter_mut().for_each(tidy);
    Ok(blocks)
}

/// [`clean`] once more: a character reference (`&#x202E;`) is only now the character it stands for.
fn tidy(block: &mut Block) {
    match block {
        Block::Heading(_, x) | Block::Para(x) => tidy_words(x),
        Block::List(_, items) => items.iter_mut().flatten().for_each(tidy),
        Block::Quote(inner) => inner.iter_mut().for_each(tidy),
        Block::Code(t) => *t = clean(t),
        Block::Table(_, rows) => rows.iter_mut().flatten().for_each(|cell| tidy_words(cell)),
        Block::Figure(p) => (p.alt, p.caption) = (clean(&p.alt), clean(&p.caption)),
        Block::Rule => {}
    }
}

fn tidy_words(inlines: &mut [Inline]) {
    for i in inlines {
        match i {
            Inline::Text(t) | Inline::Code(t) => *t = clean(t),
            Inline::Strong(x) | Inline::Em(x) | Inline::Strike(x) | Inline::Link(_, x) => tidy_words(x),
            Inline::Break => {}
        }
    }
}

struct Reader<'a> {
    events: std::vec::IntoIter<Event<'a>>,
    /// Pictures of the paragraph being read; they follow it as figures.
    pictures: Vec<Picture>,
    /// Nothing that is for the eye only.
    aloud: bool,
    /// Inside of a script or a style sheet, which are not read aloud.
    code: bool,
    /// Names of footnotes in the order in which they were first referred to.
    named: Vec<String>,
    /// Footnotes as they were written.
    notes: Vec<(String, Vec<Block>)>,
}

impl<'a> Reader<'a> {
    /// Blocks up to the end of the enclosing one.
    fn blocks(&mut self) -> Vec<Block> {
        let mut out = vec![];
        let mut loose = vec![];
        while let Some(e) = self.events.next() {
            #[expect(clippy::wildcard_enum_match_arm, reason = "events of another crate; the rest is inline")]
            match e {
                Event::End(_) => break,
                Event::Rule => {
                    self.flush(&mut out, &mut loose);
                    out.push(Block::Rule);
                }
                Event::Start(tag) => {
                    if let Some(tag) = self.inline_tag(tag, &mut loose) {
                        self.flush(&mut out, &mut loose);
                        self.block(tag, &mut out);
                    }
                }
                other => self.leaf(other, &mut loose),
            }
        }
        self.flush(&mut out, &mut loose);
        out
    }

    /// Ends a paragraph: its text, then its pictures.
    fn flush(&mut self, out: &mut Vec<Block>, inlines: &mut Vec<Inline>) {
        let inlines = linkify(std::mem::take(inlines));
        if inlines.iter().any(|i| !matches!(i, Inline::Text(t) if t.trim().is_empty()) && *i != Inline::Break)
        {
            out.push(Block::Para(inlines));
        }
        out.extend(self.pictures.drain(..).map(Block::Figure));
    }

    fn block(&mut self, tag: Tag<'a>, out: &mut Vec<Block>) {
        #[expect(clippy::wildcard_enum_match_arm, reason = "tags of another crate; the rest is not enabled")]
        match tag {
            Tag::Paragraph => {
                let mut inlines = self.inlines();
                self.flush(out, &mut inlines);
            }
            Tag::Heading { level, .. } => {
                let inlines = linkify(self.inlines());
                out.push(Block::Heading(level as u8, inlines));
                out.extend(self.pictures.drain(..).map(Block::Figure));
            }
            Tag::BlockQuote(_) => {
                let inner = self.blocks();
                out.push(Block::Quote(inner));
            }
            Tag::CodeBlock(_) => {
                let text = self.raw();
                out.push(Block::Code(text.trim_end().to_owned()));
            }
            Tag::HtmlBlock => {
                let raw = self.raw();
                let text = if self.aloud { without_tags(&raw) } else { without_comments(&raw) };
                if !text.trim().is_empty() {
                    out.push(Block::Para(vec![Inline::Text(text.trim().to_owned())]));
                }
            }
            Tag::FootnoteDefinition(name) => {
                let note = self.blocks();
                if !self.aloud && !note.is_empty() {
                    self.notes.push((name.to_string(), note));
                }
            }
            Tag::List(start) => {
                let mut items = vec![];
                while let Some(e) = self.events.next() {
                    if matches!(e, Event::Start(Tag::Item)) {
                        items.push(self.blocks());
                    } else if matches!(e, Event::End(TagEnd::List(_))) {
                        break;
                    }
                }
                out.push(Block::List(start, items));
            }
            Tag::Table(columns) => {
                let mut rows = vec![];
                while let Some(e) = self.events.next() {
                    if matches!(e, Event::Start(Tag::TableHead | Tag::TableRow)) {
                        rows.push(self.row());
                    } else if matches!(e, Event::End(TagEnd::Table)) {
                        break;
                    }
                }
                out.push(Block::Table(columns, rows));
                out.extend(self.pictures.drain(..).map(Block::Figure));
            }
            _ => out.extend(self.blocks()),
        }
    }

    fn row(&mut self) -> Vec<Vec<Inline>> {
        let mut cells = vec![];
        while let Some(e) = self.events.next() {
            if matches!(e, Event::Start(Tag::TableCell)) {
                cells.push(linkify(self.inlines()));
            } else if matches!(e, Event::End(TagEnd::TableHead | TagEnd::TableRow)) {
                break;
            }
        }
        cells
    }

    /// The raw text of a code or HTML block.
    fn raw(&mut self) -> String {
        let mut out = String::new();
        for e in self.events.by_ref() {
            if let Event::Text(t) | Event::Html(t) = e {
                out.push_str(&t);
            } else if matches!(e, Event::End(_)) {
                break;
            }
        }
        out
    }

    /// Inline content up to the end of its block or span.
    fn inlines(&mut self) -> Vec<Inline> {
        let mut out = vec![];
        while let Some(e) = self.events.next() {
            #[expect(clippy::wildcard_enum_match_arm, reason = "events of another crate")]
            match e {
                Event::End(_) => break,
                Event::Start(tag) => {
                    if self.inline_tag(tag, &mut out).is_some() {
                        out.extend(self.inlines());
                    }
                }
                other => self.leaf(other, &mut out),
            }
        }
        out
    }

    /// Reads a span; gives the tag back if it is none.
    fn inline_tag(&mut self, tag: Tag<'a>, out: &mut Vec<Inline>) -> Option<Tag<'a>> {
        #[expect(clippy::wildcard_enum_match_arm, reason = "tags of another crate; the rest are blocks")]
        match tag {
            Tag::Strong => out.push(Inline::Strong(self.inlines())),
            Tag::Emphasis => out.push(Inline::Em(self.inlines())),
            Tag::Strikethrough => out.push(Inline::Strike(self.inlines())),
            Tag::Link { link_type, dest_url, .. } => {
                let before = self.pictures.len();
                let words = self.inlines();
                let url = safe_url(&address(link_type, &dest_url));
                // A picture stands after its paragraph, and takes the link along.
                self.pictures.iter_mut().skip(before).for_each(|p| p.link.clone_from(&url));
                let only_pictures = self.pictures.len() > before && words_of(&words).trim().is_empty();
                match url.filter(|_| !only_pictures) {
                    Some(url) => out.push(Inline::Link(url, words)),
                    None => out.extend(words),
                }
            }
            Tag::Image { dest_url, title, .. } => {
                let alt = words_of(&self.inlines());
                // The spaces on its two sides become one where it stood.
                if let Some(Inline::Text(t)) = out.last_mut()
                    && t.ends_with(' ')
                {
                    t.pop();
                }
                self.pictures.push(Picture {
                    source: dest_url.to_string(),
                    alt: alt.trim().to_owned(),
                    caption: title.trim().to_owned(),
                    link: None,
                });
            }
            other => return Some(other),
        }
        None
    }

    fn leaf(&mut self, e: Event<'a>, out: &mut Vec<Inline>) {
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "events of another crate; the rest is not enabled"
        )]
        match e {
            Event::Text(_) | Event::Code(_) if self.code => {}
            Event::Text(t) => push_text(out, &t),
            // Nobody reads a tag aloud, nor what a script or a style sheet holds.
            Event::Html(t) | Event::InlineHtml(t) if self.aloud => {
                let tag = t.to_ascii_lowercase();
                let code = ["script", "style"].iter().any(|n| tag.starts_with(&format!("<{n}")));
                self.code = code || self.code && !tag.starts_with("</script") && !tag.starts_with("</style");
                if tag.starts_with("<br") {
                    push_text(out, " ");
                }
            }
            Event::InlineHtml(t) if is_break(&t) => out.push(Inline::Break),
            Event::Html(t) | Event::InlineHtml(t) => push_text(out, &without_comments(&t)),
            Event::TaskListMarker(done) if !self.aloud => push_text(out, if done { "☑ " } else { "☐ " }),
            Event::FootnoteReference(name) if !self.aloud => {
                let known = self.named.iter().position(|n| **n == *name);
                let at = known.unwrap_or_else(|| {
                    self.named.push(name.to_string());
                    self.named.len() - 1
                });
                push_text(out, &format!("[{}]", at + 1));
            }
            Event::SoftBreak => push_text(out, " "),
            Event::HardBreak => out.push(Inline::Break),
            Event::Code(t) => out.push(Inline::Code(t.to_string())),
            _ => {}
        }
    }
}

/// Where a link leads; `<a@b.vn>` comes without its scheme.
pub(super) fn address(link_type: LinkType, dest: &str) -> String {
    if link_type == LinkType::Email { format!("mailto:{dest}") } else { dest.to_owned() }
}

/// `<br>`, which is how a line ends inside of a cell.
pub(super) fn is_break(html: &str) -> bool {
    let tag = html.trim().to_ascii_lowercase();
    matches!(tag.trim_start_matches('<').trim_end_matches('>').trim_end_matches('/').trim(), "br")
        && tag.starts_with('<')
}

/// HTML as it was typed, without its comments; one that never ends goes to the end.
pub(super) fn without_comments(html: &str) -> String {
    let (mut out, mut rest) = (String::new(), html);
    while let Some((before, after)) = rest.split_once("<!--") {
        out.push_str(before);
        rest = after.split_once("-->").map_or("", |x| x.1);
    }
    out + rest
}

/// The words between the tags of HTML.
fn without_tags(html: &str) -> String {
    let html = without_comments(html);
    let (mut out, mut rest) = (String::new(), html.as_str());
    while let Some(at) = rest.find('<') {
        let tag = &rest[at..];
        let Some(end) =
            tag.find('>').filter(|_| tag[1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '/'))
        else {
            out.push_str(&rest[..=at]);
            rest = &rest[at + 1..];
            continue;
        };
        out.push_str(&rest[..at]);
        let name = tag[1..end].to_ascii_lowercase();
        let code = ["script", "style"].into_iter().find(|n| name.starts_with(n));
        let after = code.and_then(|n| tag.to_ascii_lowercase().find(&format!("</{n}")));
        rest = &tag[after.unwrap_or(end + 1)..];
    }
    out + rest
}

fn push_text(out: &mut Vec<Inline>, t: &str) {
    if let Some(Inline::Text(last)) = out.last_mut() {
        last.push_str(t);
    } else {
        out.push(Inline::Text(t.to_owned()));
    }
}

/// The plain words of inlines.
pub fn words_of(inlines: &[Inline]) -> String {
    inlines
        .iter()
        .map(|i| match i {
            Inline::Text(t) | Inline::Code(t) => t.clone(),
            Inline::Strong(x) | Inline::Em(x) | Inline::Link(_, x) => words_of(x),
            // Plain words cannot strike: what is struck out is not said.
            Inline::Strike(_) => String::new(),
            Inline::Break => " ".to_owned(),
        })
        .collect()
}

/// Turns addresses written as text (`https://…`) into links.
fn linkify(inlines: Vec<Inline>) -> Vec<Inline> {
    let mut out = vec![];
    for i in inlines {
        match i {
            Inline::Text(t) => link_text(&t, &mut out),
            Inline::Strong(x) => out.push(Inline::Strong(linkify(x))),
            Inline::Em(x) => out.push(Inline::Em(linkify(x))),
            Inline::Strike(x) => out.push(Inline::Strike(linkify(x))),
            Inline::Code(_) | Inline::Link(..) | Inline::Break => out.push(i),
        }
    }
    out
}

fn link_text(t: &str, out: &mut Vec<Inline>) {
    let mut rest = t;
    let begins = |t: &str| t.starts_with("https://") || t.starts_with("http://");
    while let Some(at) = rest.match_indices("http").map(|(i, _)| i).find(|i| begins(&rest[*i..])) {
        let tail = &rest[at..];
        let end = tail
            .find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '”' | '“'))
            .unwrap_or(tail.len());
        let mut url = tail[..end].trim_end_matches(['.', ',', ';', ':', '!', '?', '…', '*', '_', '\'']);
        if !url.contains('(') {
            url = url.trim_end_matches(')');
        }
        let Some(safe) = safe_url(url) else {
            push_text(out, &rest[..at + end]);
            rest = &rest[at + end..];
            continue;
        };
        if at > 0 {
            push_text(out, &rest[..at]);
        }
        out.push(Inline::Link(safe, vec![Inline::Text(url.to_owned())]));
        rest = &rest[at + url.len()..];
    }
    if !rest.is_empty() {
        push_text(out, rest);
    }
}

/// Every picture of a text, in order.
pub fn pictures(blocks: &[Block]) -> Vec<&Picture> {
    let mut out = vec![];
    for b in blocks {
        match b {
            Block::Figure(p) => out.push(p),
            Block::Quote(inner) => out.extend(pictures(inner)),
            Block::List(_, items) => out.extend(items.iter().flat_map(|i| pictures(i))),
            Block::Heading(..) | Block::Para(_) | Block::Code(_) | Block::Table(..) | Block::Rule => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_html_is_text() {
        let b = read("a <b onclick=x>b</b>\n\n<script>alert(1)</script>\n").unwrap();
        assert_eq!(
            b,
            [
                Block::Para(vec![Inline::Text("a <b onclick=x>b</b>".into())]),
                Block::Para(vec![Inline::Text("<script>alert(1)</script>".into())]),
            ]
        );
    }

    #[test]
    fn a_comment_is_no_text() {
        let p = |s: &str| Block::Para(vec![Inline::Text(s.into())]);
        assert_eq!(
            read("a <!-- còn hỏi lại --> b\n\n<!-- nháp\n\nhai -->\n\nc").unwrap(),
            [p("a  b"), p("c")]
        );
        assert_eq!(read("<!-- không đóng").unwrap(), []);
    }

    #[test]
    fn footnotes_and_boxes_are_for_the_eye() {
        let p = |s: &str| Block::Para(vec![Inline::Text(s.into())]);
        let text =
            "Phí[^b] và hạn[^a].\n\n[^a]: Thông tư.\n[^b]: Nghị định.\n[^c]: Thừa.\n\n- [ ] một\n- [x] hai";
        assert_eq!(
            read(text).unwrap(),
            [
                p("Phí[1] và hạn[2]."),
                Block::List(None, vec![vec![p("☐ một")], vec![p("☑ hai")]]),
                p("[1] Nghị định."),
                p("[2] Thông tư."),
                p("[3] Thừa."),
            ]
        );
        assert_eq!(
            read_aloud(text).unwrap(),
            [p("Phí và hạn."), Block::List(None, vec![vec![p("một")], vec![p("hai")]])]
        );
    }

    #[test]
    fn addresses_in_text_become_links_and_bad_ones_words() {
        let b = read("Xem https://vnnic.vn/a?b=1. [x](javascript:alert(1)) (http://a.example)").unwrap();
        let link = |u: &str| Inline::Link(u.into(), vec![Inline::Text(u.into())]);
        assert_eq!(
            b,
            [Block::Para(vec![
                Inline::Text("Xem ".into()),
                link("https://vnnic.vn/a?b=1"),
                Inline::Text(". x (".into()),
                link("http://a.example"),
                Inline::Text(")".into()),
            ])]
        );
    }

    #[test]
    fn pictures_stand_after_their_paragraph() {
        let b = read("Chữ ![áp phích](kit:poster \"Chú thích\") tiếp").unwrap();
        assert_eq!(b.len(), 2);
        assert_eq!(
            b[1],
            Block::Figure(Picture {
                source: "kit:poster".into(),
                alt: "áp phích".into(),
                caption: "Chú thích".into(),
                link: None,
            })
        );
        assert_eq!(pictures(&b).len(), 1);
    }

    #[test]
    fn tight_lists_nest() {
        let b = read("- một\n  1. hai\n- ba").unwrap();
        let p = |s: &str| Block::Para(vec![Inline::Text(s.into())]);
        assert_eq!(
            b,
            [Block::List(
                None,
                vec![vec![p("một"), Block::List(Some(1), vec![vec![p("hai")]])], vec![p("ba")]]
            )]
        );
    }

    #[test]
    fn hostile_depth_and_size_are_refused() {
        assert_eq!(read(&">".repeat(20_000)), Err(Unreadable::TooDeep));
        assert_eq!(read(&"*a ".repeat(20_000)).map(|_| ()), Ok(()));
        assert_eq!(read(&"a".repeat(MAX_BYTES + 1)), Err(Unreadable::TooLarge));
    }
}
