//! `{{fact "id"}}` in texts: replaced from the register before Markdown is read, so that a statement with legal weight is
//! written once. Whether a fact is valid on a day is the plan's question, not asked here.

use std::collections::{BTreeMap, BTreeSet};

use super::fault::{RenderFault, place};
use crate::domain::campaign::{Post, Text};
use crate::domain::fact::Fact;
use crate::domain::id::FactId;

/// A text with its facts printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expanded {
    /// Markdown; the facts' words are escaped, so that they are text and nothing else.
    pub body: String,
    /// The facts it states.
    pub used: BTreeSet<FactId>,
}

/// Replaces each `{{fact "id"}}` of `text` by the register's words.
///
/// # Errors
/// Every unknown fact and every other `{{…}}`, with its place.
pub fn expand(text: &Text, register: &BTreeMap<FactId, Fact>) -> Result<Expanded, Vec<RenderFault>> {
    let mut out = Expanded { body: String::with_capacity(text.body.len()), used: BTreeSet::new() };
    let mut faults = vec![];
    let mut rest = 0;
    for found in expressions(&text.body) {
        out.body.push_str(&text.body[rest..found.from]);
        rest = found.to;
        let (line, column) = place(&text.body, found.from);
        match found.fact {
            Some(id) => match register.get(id) {
                Some(fact) => {
                    out.body.push_str(&escape_markdown(&fact.text));
                    out.used.insert(fact.id.clone());
                }
                None => faults.push(unknown(text, register, id).at(line, column)),
            },
            None => faults.push(
                RenderFault::new(
                    "expression_unknown",
                    &text.file,
                    format!(
                        "Không hiểu `{}`. Trong bài chỉ dùng được {{{{fact \"mã-thông-tin\"}}}}.",
                        &text.body[found.from..found.to.min(found.from + 60).max(found.from + 2)]
                            .lines()
                            .next()
                            .unwrap_or_default()
                    ),
                    "Only {{fact \"id\"}} may be written in a text.",
                )
                .at(line, column),
            ),
        }
    }
    out.body.push_str(&text.body[rest..]);
    if faults.is_empty() { Ok(out) } else { Err(faults) }
}

/// The facts that a post states in any of its texts (whether the register knows them or not).
pub fn of_post(post: &Post) -> BTreeSet<FactId> {
    post.texts
        .main
        .iter()
        .chain(post.texts.overrides.values())
        .flat_map(|t| expressions(&t.body))
        .filter_map(|f| f.fact.map(FactId::from))
        .collect()
}

fn unknown(text: &Text, register: &BTreeMap<FactId, Fact>, id: &str) -> RenderFault {
    let near = register
        .keys()
        .map(FactId::as_str)
        .max_by(|a, b| strsim::jaro_winkler(a, id).total_cmp(&strsim::jaro_winkler(b, id)));
    let near = near.filter(|n| strsim::jaro_winkler(n, id) > 0.8);
    RenderFault::new(
        "fact_unknown",
        &text.file,
        format!(
            "Không có thông tin \"{id}\" trong facts.yaml.{}",
            near.map(|n| format!(" Có phải \"{n}\"?")).unwrap_or_default()
        ),
        format!(
            "facts.yaml has no fact \"{id}\".{}",
            near.map(|n| format!(" Did you mean \"{n}\"?")).unwrap_or_default()
        ),
    )
}

struct Found<'a> {
    from: usize,
    to: usize,
    /// The id of a well-formed `{{fact "id"}}`.
    fact: Option<&'a str>,
}

fn expressions(body: &str) -> Vec<Found<'_>> {
    let mut out = vec![];
    let mut from = 0;
    while let Some(start) = body[from..].find("{{").map(|i| i + from) {
        let end = body[start..].find("}}").map(|i| i + start + 2);
        let inside = end.map(|e| body[start + 2..e - 2].trim());
        let fact = inside
            .and_then(|s| s.strip_prefix("fact"))
            .map(str::trim)
            .and_then(|s| {
                let quote = s.chars().next().filter(|c| matches!(c, '"' | '\'' | '“' | '”'))?;
                let s = s.strip_prefix(quote)?;
                s.strip_suffix(['"', '\'', '”', '“'])
            })
            .filter(|id| crate::domain::id::is_slug(id));
        // What is no fact is a fault as a whole if it is closed on its line, else the two braces are.
        let to = match end {
            Some(e) if fact.is_some() || !body[start..e].contains('\n') => e,
            _ => start + 2,
        };
        out.push(Found { from: start, to, fact });
        from = to;
    }
    out
}

/// Text as Markdown that reads as exactly this text, in one line.
pub fn escape_markdown(s: &str) -> String {
    let mut out = String::with_capacity(s.len() + 8);
    for (i, word) in super::words::one_line(s).split(' ').enumerate() {
        if i > 0 {
            out.push(' ');
        }
        for c in word.chars() {
            if c.is_ascii_punctuation() {
                out.push('\\');
            }
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn register() -> BTreeMap<FactId, Fact> {
        let f = Fact {
            id: "gia".into(),
            text: "1. <b>50_000_</b> đồng".into(),
            basis: None,
            source: None,
            valid_from: None,
            valid_to: None,
            checked: None,
            checked_by: None,
            note: None,
        };
        [(f.id.clone(), f)].into()
    }

    fn text(body: &str) -> Text {
        Text { file: "a.md".into(), body: body.into() }
    }

    #[test]
    fn a_fact_is_text_and_is_counted() {
        let e = expand(&text("Phí: {{fact \"gia\"}}.\n{{ fact “gia” }}"), &register()).unwrap();
        assert_eq!(
            e.body,
            "Phí: 1\\. \\<b\\>50\\_000\\_\\<\\/b\\> đồng.\n1\\. \\<b\\>50\\_000\\_\\<\\/b\\> đồng"
        );
        assert_eq!(e.used.len(), 1);
    }

    #[test]
    fn what_is_no_fact_is_a_fault_with_its_place() {
        let f =
            expand(&text("a\nđể {{fact \"gía\"}} {{fact \"gja\"}} {{name}} {{"), &register()).unwrap_err();
        let got: Vec<_> = f.iter().map(|f| (f.code, f.line, f.column)).collect();
        assert_eq!(
            got,
            [
                ("expression_unknown", Some(2), Some(4)), // no slug
                ("fact_unknown", Some(2), Some(19)),
                ("expression_unknown", Some(2), Some(34)),
                ("expression_unknown", Some(2), Some(43)),
            ]
        );
        assert!(f[1].vi.contains("Có phải \"gia\"?") || f[1].vi.contains("gja"));
    }
}
