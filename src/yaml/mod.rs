//! YAML as a tree that keeps positions, and the declarative shapes it is checked against (floor F0: text in, tree and faults out).
//!
//! Invariants: nothing here reads a file, knows a campaign or a setting, or panics on any input; a position is always
//! inside the file it names; what a person wrote is never silently changed: a slip that can be read through is read
//! through *and* reported. A YAML library that deserialises straight into structs was rejected: its errors speak of
//! `serde`, come one at a time, and the traps that matter here (`ux.md` §3.1) are no errors to it at all.

pub mod fault;
pub mod shape;
pub mod slip;
pub mod source;
pub mod trap;
pub mod tree;
pub mod value;

pub use fault::{Fault, Say, Severity, Suggestion};
pub use source::Source;
pub use tree::{Kind, Node, Parsed, Span, parse, parse_bytes};

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Letters without marks, lower case, `đ` as `d`, runs of space, `_` and `-` as one `_`: how keys and words of an
/// enumeration are compared, so that `Tiêu đề`, `tieu_de` and `TIEU-DE` are one word.
pub fn fold(s: &str) -> String {
    let mut out = String::with_capacity(s.len());
    for c in s.trim().nfd().filter(|c| !is_combining_mark(*c)) {
        match c {
            'đ' | 'Đ' => out.push('d'),
            ' ' | '_' | '-' | '\u{a0}' => {
                if !out.ends_with('_') {
                    out.push('_');
                }
            }
            c => out.extend(c.to_lowercase()),
        }
    }
    out
}

/// The best of `candidates` for a mistyped `word`: close in spelling after folding, or `None`.
pub fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let w = fold(word);
    if w.is_empty() || w.len() > 200 {
        return None;
    }
    candidates
        .into_iter()
        .filter_map(|c| {
            let f = fold(c);
            let d = strsim::damerau_levenshtein(&w, &f);
            let longest = w.chars().count().max(f.chars().count());
            let prefix = w.len() >= 3 && (f.starts_with(&w) || w.starts_with(&f) && f.len() >= 3);
            let near = d <= (longest / 4).max(1) && d < longest;
            (near || prefix).then_some((if near { d } else { d.min(4) + 4 }, c))
        })
        .min_by_key(|(d, c)| (*d, c.len()))
        .map(|(_, c)| c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_fold_and_neighbours_are_found() {
        assert_eq!(fold("Tiêu đề"), "tieu_de");
        assert_eq!(fold("ĐỐI-TƯỢNG"), "doi_tuong");
        assert_eq!(closest("ds-ho-kinh-danh", ["so", "ds-ho-kinh-doanh"]), Some("ds-ho-kinh-doanh"));
        assert_eq!(closest("autor", ["title", "author"]), Some("author"));
        assert_eq!(closest("xyz", ["title", "author"]), None);
        assert_eq!(closest("hongbang", ["phuong-hong-bang"]), None);
    }
}
