//! The tree as chat messages and as plain text: paragraphs of styled runs, packed into parts within a limit counted in
//! Unicode code points after markup is parsed (how Telegram's server counts; Zalo states characters).

use std::collections::VecDeque;

use super::html::Gallery;
use super::markdown::{Block, Inline, words_of};
use super::words::{escape, last_sentence_end};

/// Cut limits: the platforms allow 4,096 / 1,024 (Telegram) and 2,000 (Zalo bot); the first two are met with a margin,
/// because Telegram's own server may count emoji otherwise than its library.
pub const TELEGRAM_TEXT: usize = 4_000;
/// Caption of a photo on Telegram.
pub const TELEGRAM_CAPTION: usize = 1_000;
/// One text of a Zalo bot.
pub const ZALO_TEXT: usize = 2_000;

/// How a run is set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Style {
    bold: bool,
    italic: bool,
    strike: bool,
    code: bool,
    link: Option<String>,
}

/// A paragraph of runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Para {
    /// Text with its style.
    pub runs: Vec<(String, Style)>,
    /// Follows the one before without an empty line (list items, rows).
    pub tight: bool,
    /// A quotation.
    pub quote: bool,
}

impl Para {
    /// A paragraph of plain words.
    pub fn plain(text: &str) -> Self {
        Self { runs: vec![(text.to_owned(), Style::default())], tight: false, quote: false }
    }
    /// A paragraph in bold.
    pub fn bold(text: &str) -> Self {
        Self { runs: vec![(text.to_owned(), Style { bold: true, ..Style::default() })], ..Self::default() }
    }
    fn len(&self) -> usize {
        self.runs.iter().map(|(t, _)| t.chars().count()).sum()
    }
    /// Its words without markup.
    pub fn words(&self) -> String {
        self.runs.iter().map(|(t, _)| t.as_str()).collect()
    }
    fn push(&mut self, t: &str, style: &Style) {
        if let Some((last, s)) = self.runs.last_mut()
            && s == style
        {
            last.push_str(t);
        } else if !t.is_empty() {
            self.runs.push((t.to_owned(), style.clone()));
        }
    }
}

/// What plain text keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keep {
    /// Links as runs of their own (Telegram); else the address stands in brackets behind the words.
    pub links: bool,
    /// Pictures as a line `[Ảnh: …]`.
    pub pictures: bool,
    /// Marks of lists and addresses of links at all: not in what is spoken.
    pub marks: bool,
}

/// Flattens blocks into paragraphs.
pub fn flatten(blocks: &[Block], keep: Keep, gallery: &Gallery) -> Vec<Para> {
    let mut f = Flat { keep, gallery, out: vec![] };
    f.blocks(blocks, "", false);
    f.out.retain(|p| p.runs.iter().any(|(t, _)| !t.trim().is_empty()));
    f.out
}

struct Flat<'a> {
    keep: Keep,
    gallery: &'a Gallery,
    out: Vec<Para>,
}

impl Flat<'_> {
    fn blocks(&mut self, blocks: &[Block], indent: &str, quote: bool) {
        for b in blocks {
            let mut p = Para { quote, ..Para::default() };
            match b {
                Block::Heading(_, x) => self.inlines(x, &Style { bold: true, ..Style::default() }, &mut p),
                Block::Para(x) => {
                    p.push(indent, &Style::default());
                    self.inlines(x, &Style::default(), &mut p);
                }
                Block::Code(t) => p.push(t, &Style { code: true, ..Style::default() }),
                Block::Rule if self.keep.marks => p.push("———", &Style::default()),
                Block::Rule => {}
                Block::Quote(inner) => {
                    self.blocks(inner, indent, true);
                    continue;
                }
                Block::List(start, items) => {
                    self.list(*start, items, indent, quote);
                    continue;
                }
                Block::Table(rows) => {
                    for (i, row) in rows.iter().enumerate() {
                        let mut p = Para { tight: i > 0, quote, ..Para::default() };
                        let style = Style { bold: i == 0, ..Style::default() };
                        for (j, cell) in row.iter().enumerate() {
                            if j > 0 {
                                p.push(if self.keep.marks { " | " } else { ", " }, &style);
                            }
                            self.inlines(cell, &style, &mut p);
                        }
                        self.out.push(p);
                    }
                    continue;
                }
                Block::Figure(picture) => {
                    if let Some(shown) = self.gallery.get(&picture.source).filter(|_| self.keep.pictures) {
                        p.push(&shown.words(), &Style::default());
                    }
                }
            }
            self.out.push(p);
        }
    }

    fn list(&mut self, start: Option<u64>, items: &[Vec<Block>], indent: &str, quote: bool) {
        for (i, item) in items.iter().enumerate() {
            let from = self.out.len();
            let deeper = if self.keep.marks { format!("{indent}   ") } else { String::new() };
            self.blocks(item, &deeper, quote);
            let mark = match start {
                Some(n) => format!("{indent}{}. ", n.saturating_add(i as u64)),
                None => format!("{indent}• "),
            };
            for (j, p) in self.out.iter_mut().enumerate().skip(from) {
                p.tight = i > 0 || !indent.is_empty() || j > from;
                if j == from && self.keep.marks {
                    if let Some((first, _)) = p.runs.first_mut()
                        && let Some(rest) = first.strip_prefix(deeper.as_str())
                    {
                        *first = rest.to_owned();
                    }
                    p.runs.insert(0, (mark.clone(), Style::default()));
                }
            }
        }
    }

    fn inlines(&self, inlines: &[Inline], style: &Style, p: &mut Para) {
        for i in inlines {
            match i {
                Inline::Text(t) => p.push(t, style),
                Inline::Strong(x) => self.inlines(x, &Style { bold: true, ..style.clone() }, p),
                Inline::Em(x) => self.inlines(x, &Style { italic: true, ..style.clone() }, p),
                Inline::Strike(x) => self.inlines(x, &Style { strike: true, ..style.clone() }, p),
                Inline::Code(t) => p.push(t, &Style { code: true, ..style.clone() }),
                Inline::Break => p.push("\n", style),
                Inline::Link(url, x) if self.keep.links => {
                    self.inlines(x, &Style { link: Some(url.clone()), ..style.clone() }, p);
                }
                Inline::Link(url, x) if !self.keep.marks && words_of(x) == *url => {
                    // Nobody reads "https" aloud.
                    p.push(
                        url.split_once("://").map_or(url.as_str(), |(_, rest)| rest).trim_end_matches('/'),
                        style,
                    );
                }
                Inline::Link(url, x) => {
                    self.inlines(x, style, p);
                    let address = url.strip_prefix("mailto:").or(url.strip_prefix("tel:")).unwrap_or(url);
                    if self.keep.marks && words_of(x).trim() != address {
                        p.push(&format!(" ({address})"), style);
                    }
                }
            }
        }
    }
}

/// Paragraphs as one plain text.
pub fn plain(paras: &[Para]) -> String {
    joined(paras, &|p| p.words())
}

/// Paragraphs in Telegram's subset of HTML.
pub fn telegram(paras: &[Para]) -> String {
    joined(paras, &telegram_para)
}

fn joined(paras: &[Para], write: &dyn Fn(&Para) -> String) -> String {
    let mut out = String::new();
    for (i, p) in paras.iter().enumerate() {
        if i > 0 {
            out.push_str(if p.tight { "\n" } else { "\n\n" });
        }
        out.push_str(&write(p));
    }
    out
}

/// Only `b`, `i`, `s`, `code`, `a`, `blockquote`; each run closes what it opened, in order.
fn telegram_para(p: &Para) -> String {
    let mut out = String::new();
    for (t, s) in &p.runs {
        let mut tail: Vec<&str> = vec![];
        if let Some(url) = &s.link {
            out.push_str(&format!("<a href=\"{}\">", escape(url)));
            tail.push("</a>");
        }
        // Code takes no other style on Telegram.
        for (on, open, close) in [
            (s.code, "<code>", "</code>"),
            (s.bold && !s.code, "<b>", "</b>"),
            (s.italic && !s.code, "<i>", "</i>"),
            (s.strike && !s.code, "<s>", "</s>"),
        ] {
            if on {
                out.push_str(open);
                tail.push(close);
            }
        }
        out.push_str(&escape(t));
        out.extend(tail.iter().rev().copied());
    }
    if p.quote { format!("<blockquote>{out}</blockquote>") } else { out }
}

/// Packs paragraphs into parts: the first within `first` code points, the others within `rest`. Cut between paragraphs,
/// else between sentences, else between words; a word longer than a whole part is cut inside, because nothing else can be.
pub fn pack(paras: Vec<Para>, first: usize, rest: usize) -> Vec<Vec<Para>> {
    let mut parts: Vec<Vec<Para>> = vec![];
    let mut current: Vec<Para> = vec![];
    let mut filled = 0;
    let mut queue: VecDeque<Para> = paras.into();
    while let Some(p) = queue.pop_front() {
        let limit = if parts.is_empty() { first } else { rest };
        let gap = match (current.is_empty(), p.tight) {
            (true, _) => 0,
            (false, true) => 1,
            (false, false) => 2,
        };
        if filled + gap + p.len() <= limit {
            filled += gap + p.len();
            current.push(p);
            continue;
        }
        // Fill a part that is hardly begun with whole sentences; an empty one with whatever fits.
        let room = limit.saturating_sub(filled + gap);
        let cut = if current.is_empty() {
            Some(cut_at(&p, room))
        } else if filled * 2 < limit {
            last_sentence_end(&p.words().chars().collect::<Vec<_>>(), room)
        } else {
            None
        };
        if let Some(cut) = cut {
            let (head, tail) = split(p, cut);
            current.push(head);
            queue.push_front(tail);
        } else {
            queue.push_front(p);
        }
        parts.push(std::mem::take(&mut current));
        filled = 0;
    }
    if !current.is_empty() {
        parts.push(current);
    }
    parts
}

/// Where to cut a paragraph that is too long for an empty part, in code points.
fn cut_at(p: &Para, room: usize) -> usize {
    let chars: Vec<char> = p.words().chars().collect();
    last_sentence_end(&chars, room)
        .filter(|&end| end * 3 >= room)
        .or_else(|| (1..=room.min(chars.len() - 1)).rev().find(|&i| chars[i].is_whitespace()))
        .unwrap_or(room)
        .max(1)
}

fn split(p: Para, at: usize) -> (Para, Para) {
    let (mut head, mut tail) = (Para { runs: vec![], ..p.clone() }, Para { runs: vec![], ..p.clone() });
    let mut seen = 0;
    for (t, style) in p.runs {
        let n = t.chars().count();
        if seen + n <= at {
            head.runs.push((t, style));
        } else if seen >= at {
            tail.runs.push((t, style));
        } else {
            let byte = t.char_indices().nth(at - seen).map_or(t.len(), |(i, _)| i);
            head.runs.push((t[..byte].to_owned(), style.clone()));
            tail.runs.push((t[byte..].to_owned(), style));
        }
        seen += n;
    }
    if let Some((t, _)) = head.runs.last_mut() {
        *t = t.trim_end().to_owned();
    }
    if let Some((t, _)) = tail.runs.first_mut() {
        *t = t.trim_start().to_owned();
    }
    tail.tight = false;
    head.runs.retain(|(t, _)| !t.is_empty());
    tail.runs.retain(|(t, _)| !t.is_empty());
    (head, tail)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::render::markdown::read;

    const TELEGRAM: Keep = Keep { links: true, pictures: false, marks: true };
    const PLAIN: Keep = Keep { links: false, pictures: true, marks: true };

    fn flat(md: &str, keep: Keep) -> Vec<Para> {
        flatten(&read(md).unwrap(), keep, &Gallery::new())
    }

    /// What Telegram's parser would show: fails on any tag that is not allowed or not nested well.
    pub(crate) fn parsed(html: &str) -> String {
        let mut open: Vec<String> = vec![];
        let mut out = String::new();
        let mut rest = html;
        while let Some(c) = rest.chars().next() {
            if c == '<' {
                let end = rest.find('>').expect("a tag ends");
                let tag = &rest[1..end];
                if let Some(name) = tag.strip_prefix('/') {
                    assert_eq!(open.pop().as_deref(), Some(name), "{html}");
                } else {
                    let name = tag.split(' ').next().unwrap();
                    assert!(["b", "i", "s", "code", "a", "blockquote"].contains(&name), "{html}");
                    assert!((name == "a") == tag.starts_with("a href=\"http"), "{html}");
                    open.push(name.to_owned());
                }
                rest = &rest[end + 1..];
            } else if c == '&' {
                let end = rest.find(';').expect("an entity ends");
                out.push(match &rest[..=end] {
                    "&amp;" => '&',
                    "&lt;" => '<',
                    "&gt;" => '>',
                    "&quot;" => '"',
                    "&#39;" => '\'',
                    e => panic!("entity {e}"),
                });
                rest = &rest[end + 1..];
            } else {
                assert_ne!(c, '>', "{html}");
                out.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
        assert!(open.is_empty(), "{html}");
        out
    }

    #[test]
    fn telegram_takes_its_subset() {
        let p = flat(
            "## Đầu\n\na **b *c*** <x> [d](https://e.vn/?a=1&b=2)\n\n1. một\n   - hai\n2. `ba`\n\n> trích",
            TELEGRAM,
        );
        assert_eq!(
            telegram(&p),
            "<b>Đầu</b>\n\na <b>b </b><b><i>c</i></b> &lt;x&gt; <a href=\"https://e.vn/?a=1&amp;b=2\">d</a>\n\n\
             1. một\n   • hai\n2. <code>ba</code>\n\n<blockquote>trích</blockquote>"
        );
    }

    #[test]
    fn plain_text_keeps_addresses_and_lists() {
        let p = flat(
            "Xem [trang](https://e.vn), https://f.vn, [a@b.vn](mailto:a@b.vn)\n\n- một\n- hai\n\n|x|y|\n|-|-|\n|1|2|",
            PLAIN,
        );
        assert_eq!(
            plain(&p),
            "Xem trang (https://e.vn), https://f.vn, a@b.vn\n\n• một\n• hai\n\nx | y\n1 | 2"
        );
    }

    #[test]
    fn a_long_paragraph_is_cut_between_sentences() {
        let parts = pack(vec![Para::bold("Tên"), Para::plain("Câu một dài. Câu hai dài. Câu ba.")], 20, 30);
        let texts: Vec<_> = parts.iter().map(|p| plain(p)).collect();
        assert_eq!(texts, ["Tên\n\nCâu một dài.", "Câu hai dài. Câu ba."]);
    }

    proptest! {
        #[test]
        fn parts_fit_join_to_the_whole_and_never_cut_a_word_or_a_tag(
            md in proptest::collection::vec("(\\*\\*|_|`|- |1\\. |> |# |\\[|\\]\\(https://a.vn\\)|[a-zđếỘ<>&\"']{1,9}|[ .!?\n]{1,3}){1,60}", 1..5),
            first in 20usize..60,
            rest in 20usize..90,
        ) {
            let md = md.join("\n\n");
            let whole = flat(&md, TELEGRAM);
            let words = |s: &str| s.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            let parts = pack(whole.clone(), first, rest);
            let mut got = vec![];
            for (i, part) in parts.iter().enumerate() {
                let shown = parsed(&telegram(part));
                prop_assert_eq!(&shown, &plain(part));
                let limit = if i == 0 { first } else { rest };
                prop_assert!(shown.chars().count() <= limit);
                got.extend(words(&shown));
            }
            let expected = words(&plain(&whole));
            if expected.iter().all(|w| w.chars().count() < 20) {
                prop_assert_eq!(&got, &expected);
            }
            prop_assert_eq!(got.concat(), expected.concat());
        }
    }
}
