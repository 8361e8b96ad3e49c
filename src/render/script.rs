//! The tree as a text that is read aloud: sentences one per line, no marks, no addresses, and how long it takes.
//!
//! How numbers, dates and abbreviations are said is [`crate::domain::speech`]'s; here lines are cut and their seconds estimated.

use std::collections::BTreeSet;

use super::chat::{Keep, flatten};
use super::fault::{RenderFault, place};
use super::html::Gallery;
use super::markdown::Block;
use super::spoken::written_beside;
use super::words::sentences;
use crate::domain::speech::{self, Lexicon};

/// The sentences of a text, in order; each ends with a mark.
pub fn lines(blocks: &[Block]) -> Vec<String> {
    let keep = Keep { links: false, pictures: false, marks: false };
    flatten(blocks, keep, &Gallery::new())
        .iter()
        .flat_map(|p| sentences(&p.words()))
        .map(|s| {
            let s = s.split_whitespace().collect::<Vec<_>>().join(" ");
            match s.chars().last() {
                Some('.' | '!' | '?' | '…' | ':' | ';' | '"' | '”' | ')') | None => s,
                Some(',') => format!("{}.", s.trim_end_matches(',')),
                Some(_) => format!("{s}."),
            }
        })
        .collect()
}

/// What is said of the lines, and what a reader sees: what is written beside what is said is for the eye. `hosts`: as for
/// [`written_beside`].
///
/// # Errors
/// The abbreviations that no dictionary has.
pub fn spoken(
    lines: &[String],
    lexicon: &Lexicon,
    hosts: &[String],
) -> Result<(Vec<String>, Vec<String>), BTreeSet<String>> {
    let (mut said, mut shown, mut unknown) = (vec![], vec![], BTreeSet::new());
    for line in lines {
        let r = speech::read(line, lexicon);
        said.push(r.said());
        shown.push(r.shown(|plain| written_beside(plain, hosts)));
        unknown.extend(r.unknown.into_iter().map(|u| u.word));
    }
    if unknown.is_empty() { Ok((said, shown)) } else { Err(unknown) }
}

/// An abbreviation that no dictionary has; the word, not a part of another one, is looked for.
pub fn unreadable(file: &str, body: &str, word: &str) -> RenderFault {
    let alone = |at: usize| {
        let edge = |c: Option<char>| !c.is_some_and(char::is_alphanumeric);
        edge(body[..at].chars().next_back()) && edge(body[at + word.len()..].chars().next())
    };
    let fault = RenderFault::new(
        "abbreviation_unknown",
        file,
        format!(
            "Không rõ “{word}” đọc thế nào. Viết đủ chữ, hoặc thêm vào campaigns/doc-la.yaml, dưới abbreviations:   {word}: cách đọc đầy đủ"
        ),
        format!(
            "No dictionary says how “{word}” is read. Write it out, or add to campaigns/doc-la.yaml, below abbreviations:   {word}: the words"
        ),
    );
    match body.match_indices(word).map(|(at, _)| at).find(|at| alone(*at)) {
        Some(at) => {
            let (line, column) = place(body, at);
            fault.at(line, column)
        }
        None => fault.of_words(body, word),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::markdown::read;

    #[test]
    fn what_is_spoken_has_no_marks() {
        let doc = read("## Việc cần làm\n\n1. Chọn *tên* dễ nhớ\n2. Xem [trang](https://e.vn) và https://f.vn/a/. Đăng ký ngay!\n\n![a](kit:b)").unwrap();
        assert_eq!(
            lines(&doc),
            ["Việc cần làm.", "Chọn tên dễ nhớ.", "Xem trang và f.vn/a.", "Đăng ký ngay!"]
        );
    }
}
