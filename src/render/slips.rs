//! What of a text will not be read as it was meant: links that are lost, and slips of Markdown.

use pulldown_cmark::{Event, Tag, TagEnd};

use super::markdown::{address, is_break, without_comments};
use super::words::safe_url;
use crate::domain::markdown::events;

/// A link whose address is not public: its words stay, the address does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LostLink {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// Characters.
    pub width: usize,
    /// As written.
    pub address: String,
}

/// Every link of a text that would lose its address.
pub fn lost_links(markdown: &str) -> Vec<LostLink> {
    events(markdown)
        .into_iter()
        .filter_map(|(event, range)| {
            let Event::Start(Tag::Link { link_type, dest_url, .. }) = event else { return None };
            if safe_url(&address(link_type, &dest_url)).is_some() {
                return None;
            }
            let (line, column) = super::fault::place(markdown, range.start);
            let shown = markdown[range].lines().next().unwrap_or_default();
            Some(LostLink { line, column, width: shown.chars().count(), address: dest_url.to_string() })
        })
        .collect()
}

/// What is hardly meant as it will be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slip {
    /// A fact inside of code, whose words are printed as they are, signs and all.
    FactInCode,
    /// Brackets of a link, a reference or a footnote that lead nowhere and are printed.
    BrokenLink,
    /// A tag of HTML, which is printed as it was typed.
    Tag,
    /// A table with more columns than a telephone shows.
    WideTable,
    /// A row of a table with more cells than its head: those are not printed.
    LostCells,
}

/// Most columns that can be read on a telephone: five of them are some 65 px wide each.
const MOST_COLUMNS: usize = 5;

/// Every [`Slip`] of a text, with its line and column from 1.
pub fn slips(markdown: &str) -> Vec<(Slip, usize, usize)> {
    let mut out = vec![];
    let mut heads = 0;
    let (mut code, mut tagged) = (false, false);
    for (event, range) in events(markdown) {
        let mut found = |slip, at: usize| {
            let (line, column) = super::fault::place(markdown, range.start + at);
            out.push((slip, line, column));
        };
        let source = &markdown[range.clone()];
        #[expect(clippy::wildcard_enum_match_arm, reason = "events of another crate")]
        match event {
            Event::Start(Tag::CodeBlock(_)) => code = true,
            Event::End(TagEnd::CodeBlock) => code = false,
            Event::Code(_) | Event::Html(_) | Event::InlineHtml(_) => {
                if let Some(at) = source.find("{{").filter(|_| without_comments(source).contains("{{")) {
                    found(Slip::FactInCode, at);
                } else if !matches!(event, Event::Code(_))
                    && !tagged
                    && let Some(at) = first_tag(source)
                {
                    // Once a text: one paste brings hundreds.
                    tagged = true;
                    found(Slip::Tag, at);
                }
            }
            Event::Text(_) if code => {
                if let Some(at) = source.find("{{") {
                    found(Slip::FactInCode, at);
                }
            }
            Event::Start(Tag::TableHead) => {
                heads = cells(source);
                if heads > MOST_COLUMNS {
                    found(Slip::WideTable, 0);
                }
            }
            Event::Start(Tag::TableRow) if cells(source) > heads => found(Slip::LostCells, 0),
            // Brackets that led somewhere are no text; what is escaped is meant so.
            Event::Text(t) if (*t == *"]" || *t == *"[") && !markdown[..range.start].ends_with('\\') => {
                let rest = &markdown[range.end..];
                if *t == *"]" && rest.starts_with(['(', '[']) || *t == *"[" && rest.starts_with('^') {
                    found(Slip::BrokenLink, 0);
                }
            }
            _ => {}
        }
    }
    out
}

/// Where the first tag of HTML stands that is printed: comments are not, and `<br>` ends a line.
fn first_tag(html: &str) -> Option<usize> {
    let mut at = 0;
    loop {
        at += html[at..].find('<')?;
        let rest = &html[at..];
        if rest.starts_with("<!--") {
            at += rest.find("-->")?;
            continue;
        }
        let tag = rest[1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
        if tag && !is_break(&rest[..=rest.find('>')?]) {
            return Some(at);
        }
        at += 1;
    }
}

/// Cells of a row of a table, by its bars; one behind a backslash is none.
fn cells(row: &str) -> usize {
    let row = row.trim().trim_start_matches('|');
    let row = row.strip_suffix('|').filter(|r| !r.ends_with('\\')).unwrap_or(row);
    1 + row.match_indices('|').filter(|(i, _)| !row[..*i].ends_with('\\')).count()
}
