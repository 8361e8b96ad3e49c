//! The tree as chat messages and as plain text: paragraphs of styled runs, packed into parts within a limit counted in UTF-16
//! units after markup is parsed. That is how the platforms' own clients count; a server that counts code points counts fewer.

use std::collections::VecDeque;

use super::html::Gallery;
use super::markdown::{Block, Inline, words_of};
use super::words::{escape, last_sentence_end};
use crate::domain::form::Chat;

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
    /// A heading: stands with what follows it.
    pub heading: bool,
    /// A block of code: its spaces and lines are kept.
    pub block: bool,
}

impl Para {
    /// A paragraph of plain words.
    pub fn plain(text: &str) -> Self {
        Self { runs: vec![(text.to_owned(), Style::default())], ..Self::default() }
    }
    /// A paragraph in bold.
    pub fn bold(text: &str) -> Self {
        Self { runs: vec![(text.to_owned(), Style { bold: true, ..Style::default() })], ..Self::default() }
    }
    /// UTF-16 units.
    fn len(&self) -> usize {
        self.runs.iter().map(|(t, _)| units(t)).sum()
    }
    fn is_blank(&self) -> bool {
        self.runs.iter().all(|(t, _)| t.trim().is_empty())
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
    /// What only markup can show (Telegram): links to pages as runs of their own, and struck text. Else the address stands in
    /// brackets behind the words, and struck text is left out: in plain letters `~~50.000~~ 30.000` would say both.
    pub markup: bool,
    /// Pictures as a line `[Ảnh: …]`.
    pub pictures: bool,
    /// Marks of lists and addresses of links at all: not in what is spoken.
    pub marks: bool,
}

/// Flattens blocks into paragraphs.
pub fn flatten(blocks: &[Block], keep: Keep, gallery: &Gallery) -> Vec<Para> {
    let mut f = Flat { keep, gallery, out: vec![] };
    f.blocks(blocks, "", false);
    f.out.retain(|p| !p.is_blank());
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
                Block::Heading(_, x) => {
                    p.heading = true;
                    self.inlines(x, &Style { bold: true, ..Style::default() }, &mut p);
                }
                Block::Para(x) => {
                    p.push(indent, &Style::default());
                    self.inlines(x, &Style::default(), &mut p);
                }
                Block::Code(t) => {
                    p.block = true;
                    p.push(t, &Style { code: true, ..Style::default() });
                }
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
                Block::Table(_, rows) => {
                    for (i, row) in rows.iter().enumerate() {
                        let mut p = Para { tight: i > 0, quote, ..Para::default() };
                        let style = Style { bold: i == 0, ..Style::default() };
                        for (j, cell) in row.iter().enumerate() {
                            if j > 0 {
                                p.push(if self.keep.marks { " | " } else { ", " }, &style);
                            }
                            if let Some(head) = rows.first().filter(|_| i > 0 && !self.keep.marks) {
                                p.push(&called(head.get(j), cell), &style);
                            }
                            self.inlines(cell, &style, &mut p);
                        }
                        self.out.push(p);
                    }
                    continue;
                }
                Block::Figure(picture) => {
                    let shown = self.gallery.get(&picture.source);
                    if let Some(shown) = shown.filter(|_| self.keep.pictures) {
                        p.push(&shown.words(), &Style::default());
                    }
                    // Where the picture itself is no place to press on, its address stands by its words.
                    if let Some(url) = picture.link.as_ref().filter(|_| self.keep.marks) {
                        let words = if self.keep.pictures {
                            vec![Inline::Text(url.clone())]
                        } else {
                            vec![Inline::Text(shown.map_or(&picture.alt, |s| &s.alt).clone())]
                        };
                        if !p.is_blank() {
                            p.push(" ", &Style::default());
                        }
                        self.inlines(&[Inline::Link(url.clone(), words)], &Style::default(), &mut p);
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
                if j == from && self.keep.marks && !p.is_blank() {
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
                Inline::Text(t) if p.is_blank() => p.push(t.trim_start(), style),
                Inline::Text(t) => p.push(t, style),
                Inline::Strong(x) => self.inlines(x, &Style { bold: true, ..style.clone() }, p),
                Inline::Em(x) => self.inlines(x, &Style { italic: true, ..style.clone() }, p),
                Inline::Strike(_) if !self.keep.markup => {
                    // The spaces on its two sides become one where it stood.
                    if let Some((last, _)) = p.runs.last_mut().filter(|(t, _)| t.ends_with(' ')) {
                        last.pop();
                    }
                }
                Inline::Strike(x) => self.inlines(x, &Style { strike: true, ..style.clone() }, p),
                Inline::Code(t) => p.push(t, &Style { code: true, ..style.clone() }),
                Inline::Break => p.push("\n", style),
                // Telegram links to pages only; another address would be lost with its link.
                Inline::Link(url, x) if self.keep.markup && url.starts_with("http") => {
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
                    // Of a mail its subject is nobody's to read.
                    let mailto = |m: &'_ str| m.split('?').next().unwrap_or_default().to_owned();
                    let address = match url.split_once(':') {
                        Some(("mailto", m)) => mailto(m),
                        Some(("tel", number)) => number.to_owned(),
                        Some(_) | None => url.clone(),
                    };
                    let words = words_of(x);
                    let said = words.trim() == address
                        || url.starts_with("tel:") && subscriber(&words) == subscriber(&address);
                    if self.keep.marks && !said {
                        p.push(&format!(" ({address})"), style);
                    }
                }
            }
        }
    }
}

/// The digits of a telephone number, from abroad or from here.
fn subscriber(number: &str) -> String {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    match digits.strip_prefix("84").filter(|rest| rest.len() >= 8) {
        Some(rest) => format!("0{rest}"),
        None => digits,
    }
}

/// What is said before a cell of telephone numbers, in a table that is read aloud row by row: its column's name.
fn called(head: Option<&Vec<Inline>>, cell: &[Inline]) -> String {
    let name = head.map(|h| words_of(h).trim().to_lowercase()).unwrap_or_default();
    let calls = ["điện thoại", "đường dây nóng", "hotline", "sđt", "tổng đài", "số máy"];
    let digits =
        words_of(cell).trim_start().starts_with(|c: char| c.is_ascii_digit() || c == '(' || c == '+');
    match calls.iter().find(|c| name.contains(**c)) {
        Some(_) if digits && name.contains("sđt") => "số điện thoại ".to_owned(),
        Some(_) if digits => format!("{name} "),
        Some(_) | None => String::new(),
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

/// Escaped by the four named entities that Telegram's parser knows; an apostrophe stands for itself.
fn four(t: &str) -> String {
    escape(t).replace("&#39;", "'")
}

/// Only `b`, `i`, `s`, `code`, `pre`, `a`, `blockquote`; each run closes what it opened, in order.
fn telegram_para(p: &Para) -> String {
    if p.block {
        let text = four(&p.words());
        return if p.quote {
            format!("<blockquote><code>{text}</code></blockquote>")
        } else {
            format!("<pre>{text}</pre>")
        };
    }
    let mut out = String::new();
    for (t, s) in &p.runs {
        let mut tail: Vec<&str> = vec![];
        if let Some(url) = &s.link {
            out.push_str(&format!("<a href=\"{}\">", four(url)));
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
        out.push_str(&four(t));
        out.extend(tail.iter().rev().copied());
    }
    if p.quote { format!("<blockquote>{out}</blockquote>") } else { out }
}

/// UTF-16 units of a plain text.
fn units(t: &str) -> usize {
    t.chars().map(char::len_utf16).sum()
}

/// How many of these characters fit into so many units.
fn fit(chars: &[char], units: usize) -> usize {
    let mut left = units;
    chars
        .iter()
        .take_while(|c| match left.checked_sub(c.len_utf16()) {
            Some(rest) => {
                left = rest;
                true
            }
            None => false,
        })
        .count()
}

/// UTF-16 units of a part as its platform counts them: of HTML, tags count nothing and an entity is one character.
pub fn shown_units(part: &str, html: bool) -> usize {
    if !html {
        return units(part);
    }
    let (mut count, mut rest) = (0, part);
    while let Some(c) = rest.chars().next() {
        let skip = match c {
            '<' => rest.find('>').map(|i| (i + 1, 0)),
            '&' => rest.find(';').filter(|i| *i <= 10).map(|i| (i + 1, 1)),
            _ => None,
        };
        let (bytes, shown) = skip.unwrap_or((c.len_utf8(), c.len_utf16()));
        count += shown;
        rest = &rest[bytes..];
    }
    count
}

/// Packs paragraphs into parts: the first within `first` UTF-16 units, the others within `rest`. Cut between paragraphs,
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
            let chars: Vec<char> = p.words().chars().collect();
            let room = fit(&chars, room);
            last_line_end(&chars, room).or_else(|| last_sentence_end(&chars, room))
        } else {
            None
        };
        if let Some(cut) = cut {
            let (head, tail) = split(p, cut);
            current.extend(Some(head).filter(|h| !h.is_blank()));
            if !tail.is_blank() {
                queue.push_front(tail);
            }
        } else {
            queue.push_front(p);
            while current.len() > 1
                && let Some(heading) = current.pop_if(|last| last.heading)
            {
                queue.push_front(heading);
            }
        }
        if !current.is_empty() {
            parts.push(std::mem::take(&mut current));
        }
        filled = 0;
    }
    if !current.is_empty() {
        parts.push(current);
    }
    parts
}

/// A plain text as the messages of a chat; none where the text goes by another way.
pub fn messages(text: &str, chat: Option<&Chat>) -> Vec<String> {
    let Some(chat) = chat else { return vec![] };
    let paras = text.split("\n\n").map(str::trim).filter(|p| !p.is_empty()).map(Para::plain).collect();
    written(&pack(paras, chat.text, chat.text), chat)
}

/// Parts as a chat writes them.
pub fn written(parts: &[Vec<Para>], chat: &Chat) -> Vec<String> {
    parts.iter().map(|p| if chat.markup { telegram(p) } else { plain(p) }).collect()
}

/// The first `most` parts, of which the last ends with a sentence and `tail` (where to read on), all within `rest` units.
pub fn cut(mut parts: Vec<Vec<Para>>, most: usize, rest: usize, tail: Para) -> Vec<Vec<Para>> {
    parts.truncate(most);
    let Some(last) = parts.last_mut() else { return parts };
    let filled = |paras: &[Para]| -> usize { paras.iter().map(|p| p.len() + 2).sum() };
    while filled(last) + tail.len() > rest
        && let Some(p) = last.pop()
    {
        let chars: Vec<char> = p.words().chars().collect();
        let room = rest.saturating_sub(filled(last) + 2 + tail.len());
        if let Some(end) = last_sentence_end(&chars, fit(&chars, room)) {
            last.extend(Some(split(p, end).0).filter(|h| !h.is_blank()));
            break;
        }
    }
    // Neither a heading with nothing below it nor half a sentence stands before the way to the rest.
    while last.pop_if(|p| p.heading || !ends_well(p)).is_some() {}
    last.push(Para { tight: false, ..tail });
    parts
}

/// A paragraph that ends a sentence, or an item of a list.
fn ends_well(p: &Para) -> bool {
    let words = p.words();
    let text = words.trim_end();
    p.block
        || p.tight
        || text.starts_with('•')
        || text.ends_with(['.', '!', '?', '…', ':', ';', ')', '”', '"'])
}

/// Where to cut a paragraph that is too long for an empty part of so many units; in characters.
fn cut_at(p: &Para, room: usize) -> usize {
    let chars: Vec<char> = p.words().chars().collect();
    let room = fit(&chars, room);
    last_line_end(&chars, room)
        .or_else(|| last_sentence_end(&chars, room).filter(|&end| end * 3 >= room))
        .or_else(|| last_clause_end(&chars, room).filter(|&end| end * 2 >= room))
        .or_else(|| (1..=room.min(chars.len() - 1)).rev().find(|&i| chars[i].is_whitespace()))
        .unwrap_or_else(|| whole(&chars, room))
        .max(1)
}

/// Where the last whole line ends that fits: what was written in lines (addresses, code) is cut between them alone.
fn last_line_end(chars: &[char], room: usize) -> Option<usize> {
    (1..=room.min(chars.len() - 1)).rev().find(|&i| chars[i] == '\n')
}

/// Behind the last comma or semicolon that fits, of a list without an end.
fn last_clause_end(chars: &[char], room: usize) -> Option<usize> {
    let ends = |i: usize| matches!(chars[i - 1], ',' | ';') && chars[i].is_whitespace();
    (1..=room.min(chars.len() - 1)).rev().find(|&i| ends(i))
}

/// The last place up to `at` that is not inside of what is seen as one sign: an emoji of several, a letter with marks behind it.
fn whole(chars: &[char], at: usize) -> usize {
    let joins = |c: char| {
        matches!(c, '\u{200d}' | '\u{fe0e}' | '\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0020}'..='\u{e007f}')
            || unicode_normalization::char::is_combining_mark(c)
    };
    let inside = |i: usize| chars.get(i).is_some_and(|c| joins(*c)) || chars[i - 1] == '\u{200d}';
    (1..=at).rev().find(|&i| !inside(i)).unwrap_or(at)
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
    if let Some((t, _)) = tail.runs.first_mut().filter(|_| !tail.block) {
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

    const TELEGRAM: Keep = Keep { markup: true, pictures: false, marks: true };
    const PLAIN: Keep = Keep { markup: false, pictures: true, marks: true };

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
                    assert!(["b", "i", "s", "code", "pre", "a", "blockquote"].contains(&name), "{html}");
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
    fn an_emoji_of_several_is_not_cut_inside() {
        let family = "👨\u{200d}👩\u{200d}👧\u{200d}👦";
        for room in 1..40 {
            let parts = pack(vec![Para::plain(&family.repeat(30))], room, room);
            let whole: String = parts.iter().map(|p| plain(p)).collect();
            assert_eq!(whole, family.repeat(30));
            if room >= units(family) {
                assert!(parts.iter().all(|p| plain(p).starts_with('👨')), "{room}");
            }
        }
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

    #[test]
    fn what_is_too_long_ends_with_a_sentence_and_the_way_to_the_rest() {
        let text = "Câu một ở đây. Câu hai dài hơn một chút. ".repeat(40);
        let paras = flat(&format!("Mở đầu.\n\n{text}\n\n## Mục\n\nHết."), TELEGRAM);
        let whole = pack(paras, 60, 60);
        assert!(whole.len() > 5);
        let parts = cut(whole.clone(), 3, 60, Para::plain("Xem thêm: https://a.vn"));
        assert_eq!(parts.len(), 3);
        assert_eq!(parts[..2], whole[..2]);
        let last = plain(&parts[2]);
        assert!(last.ends_with(".\n\nXem thêm: https://a.vn"), "{last}");
        assert!(last.chars().count() <= 60);
        // What ends in the middle of a word's list or under a heading is taken back.
        let whole = pack(
            flat("Một.\n\n## Mục\n\nkhông có dấu chấm nào ở đây cả và cứ thế dài mãi dài mãi", TELEGRAM),
            20,
            60,
        );
        assert_eq!(plain(&cut(whole, 2, 60, Para::plain("Xem: a"))[1]), "Xem: a");
    }

    #[test]
    fn a_heading_stands_with_what_follows() {
        let parts =
            pack(flat("Đoạn đầu tiên ở đây.\n\n## Mục\n\nĐoạn sau dài hơn chỗ còn lại.", TELEGRAM), 40, 40);
        let texts: Vec<_> = parts.iter().map(|p| plain(p)).collect();
        assert_eq!(texts, ["Đoạn đầu tiên ở đây.", "Mục\n\nĐoạn sau dài hơn chỗ còn lại."]);
    }

    proptest! {
        #[test]
        fn parts_fit_join_to_the_whole_and_never_cut_a_word_or_a_tag(
            md in proptest::collection::vec("(\\*\\*|_|`|```\n|- |1\\. |> |# |\\[|\\]\\(https://a.vn\\)|[a-zđếỘ😀<>&\"']{1,9}|[ .!?\n]{1,3}){1,60}", 1..5),
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
                prop_assert!(shown.encode_utf16().count() <= limit && !shown.trim().is_empty());
                prop_assert_eq!(shown_units(&telegram(part), true), shown.encode_utf16().count());
                got.extend(words(&shown));
            }
            let expected = words(&plain(&whole));
            if expected.iter().all(|w| w.encode_utf16().count() < 20) {
                prop_assert_eq!(&got, &expected);
            }
            prop_assert_eq!(got.concat(), expected.concat());
        }
    }
}
