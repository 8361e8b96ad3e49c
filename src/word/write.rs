//! A document as Markdown.

use super::Document;
use super::body::{Block, Kind};
use super::marks;

impl Document {
    /// The text. `names` are those of the pictures' files, in the order of [`Document::pictures`]; a picture without one is left
    /// out, and its caption becomes a paragraph.
    pub fn markdown(&self, names: &[Option<String>]) -> String {
        let mut out = String::new();
        let mut last: Option<usize> = None;
        let mut captioned = false;
        // By depth: the last number of the list and the sign behind it.
        let mut lists: Vec<Option<(u32, char)>> = vec![];
        for b in &self.blocks {
            // The number of a list that somebody typed.
            let mut counts = None;
            let text = match &b.kind {
                Kind::Title | Kind::Heading(_) => {
                    let level = if let Kind::Heading(l) = b.kind { l } else { 2 };
                    format!("{} {}", "#".repeat(level), flat(b))
                }
                Kind::Caption if captioned => String::new(),
                Kind::Para | Kind::Caption => {
                    let text = marks::dressed(&b.runs);
                    let before = lists.first().copied().flatten().filter(|_| last.is_none_or(|d| d == 0));
                    match typed_number(&text) {
                        // Markdown counts by itself: what is no next number is no item of a list.
                        Some((n, sign, _))
                            if before.is_none_or(|(b, s)| s != sign || b.checked_add(1) == Some(n)) =>
                        {
                            counts = Some((n, sign));
                            text
                        }
                        Some((_, _, at)) => format!("{}\\{}", &text[..at], &text[at..]),
                        None => text,
                    }
                }
                Kind::Item(depth, number) => {
                    // Deeper than the item above by more than one would be a block of code.
                    let depth = last.map_or(0, |l| (*depth).min(l + 1).min(3));
                    lists.truncate(depth + 1);
                    lists.resize(depth + 1, None);
                    // Another list, or one that jumps: the other sign makes Markdown begin anew.
                    let counted = number.map(|(n, own)| match lists[depth] {
                        Some((before, sign)) if before.checked_add(1) == Some(n) => (n, sign),
                        Some((_, '.')) => (n, ')'),
                        Some(_) => (n, '.'),
                        None => (n, own),
                    });
                    lists[depth] = counted;
                    let sign = counted.map_or_else(|| "-".to_owned(), |(n, sign)| format!("{n}{sign}"));
                    let indent = "    ".repeat(depth);
                    let behind = format!("\\\n{indent}{}", " ".repeat(sign.len() + 1));
                    let lines = marks::dressed(&b.runs);
                    let lines = lines.split("\\\n").enumerate().map(|(i, l)| {
                        match typed_number(l).filter(|_| i > 0) {
                            Some((_, _, at)) => format!("{}\\{}", &l[..at], &l[at..]),
                            None => l.to_owned(),
                        }
                    });
                    format!("{indent}{sign} {}", lines.collect::<Vec<_>>().join(&behind))
                }
                Kind::Table(rows) => table(rows),
                Kind::Picture(shot) => match names.get(shot.at) {
                    Some(Some(name)) => format!("![]({name})"),
                    Some(None) | None => String::new(),
                },
            };
            captioned = matches!(b.kind, Kind::Picture(..)) && !text.is_empty();
            if text.trim().is_empty() {
                continue;
            }
            let depth = matches!(b.kind, Kind::Item(..))
                .then(|| (text.len() - text.trim_start_matches(' ').len()) / 4);
            if depth.is_none() {
                lists.clear();
                lists.extend(counts.map(Some));
            }
            out.push_str(match (out.is_empty(), depth.is_some() && last.is_some()) {
                (true, _) => "",
                (false, true) => "\n",
                (false, false) => "\n\n",
            });
            out.push_str(&text);
            last = depth;
        }
        let marks = self.marked(&out);
        for note in self.footnotes.iter().zip(&marks).filter(|(n, m)| !**m && !n.is_empty()).map(|(n, _)| n) {
            out.push_str(&format!("\n\nChú thích: {note}"));
        }
        for (i, note) in self.footnotes.iter().enumerate().filter(|(i, _)| marks[*i]) {
            out.push_str(&format!("\n\n[^{}]: {note}", i + 1));
        }
        out.push('\n');
        out
    }

    /// Which footnotes a text refers to, or another one of them does.
    fn marked(&self, text: &str) -> Vec<bool> {
        let mark = |i: usize| format!("[^{}]", i + 1);
        let within = |i: usize| self.footnotes.iter().any(|n| n.contains(&mark(i)));
        (0..self.footnotes.len()).map(|i| text.contains(&mark(i)) || within(i)).collect()
    }

    /// How many footnotes have their mark where a post can have none.
    pub(super) fn unmarked(&self) -> usize {
        if self.footnotes.is_empty() {
            return 0;
        }
        let names: Vec<_> = (0..self.pictures.len()).map(|i| Some(format!("{i}"))).collect();
        let text = self.markdown(&names);
        self.marked(&text).iter().filter(|m| !**m).count()
    }
}

/// The number with which a line begins that Markdown would take for an item of a list, its sign, and where the sign stands.
fn typed_number(line: &str) -> Option<(u32, char, usize)> {
    let at = line.find(|c: char| !c.is_ascii_digit()).filter(|n| (1..=9).contains(n))?;
    let sign = line[at..].chars().next().filter(|c| matches!(c, '.' | ')'))?;
    let item = line[at + 1..].is_empty() || line[at + 1..].starts_with([' ', '\\']);
    item.then_some((line[..at].parse().ok()?, sign, at))
}

/// A block in one line.
pub(super) fn flat(b: &Block) -> String {
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
            Kind::Item(_, Some((n, sign))) => {
                format!("{n}{sign} {}", joined(marks::dressed(&b.runs).split("\\\n")))
            }
            Kind::Para | Kind::Item(_, None) => joined(marks::dressed(&b.runs).split("\\\n")),
            Kind::Title | Kind::Heading(_) | Kind::Table(_) | Kind::Picture(..) | Kind::Caption => flat(b),
        };
        if text.is_empty() {
            continue;
        }
        append(&mut out, &text);
    }
    out
}

/// One line of several, as of paragraphs.
fn joined<'l>(lines: impl Iterator<Item = &'l str>) -> String {
    let mut out = String::new();
    lines.for_each(|l| append(&mut out, l));
    out
}

fn append(out: &mut String, text: &str) {
    if !out.is_empty() {
        out.push_str(if out.ends_with(['.', ';', ':', ',', '!', '?']) { " " } else { "; " });
    }
    out.push_str(text);
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
