//! Numbers of documents: `276/KH-UBND`, `48/2025/TT-BKHCN`. The kind is said unless it stands before, then who issued it.

use super::lexicon::paper;
use super::text::Line;
use super::{Hit, Unknown, number};

/// Reads a document's number.
pub fn read(t: Line<'_>, i: usize, unknown: &mut Vec<Unknown>) -> Option<Hit> {
    let n = t.digits(i);
    // The Party writes `57-NQ/TW`, everybody else `57/NQ-CP`.
    let party = t.at(i + n) == '-' && t.at(i + n + 1).is_uppercase();
    if n == 0 || n > 6 || t.at(i + n) != '/' && !party {
        return None;
    }
    let mut at = i + n + 1;
    let year = t.year(at).filter(|_| t.at(at + 4) == '/');
    if year.is_some() {
        at += 5;
    }
    let letters = t.run(at, |c| c.is_alphanumeric() || matches!(c, '-' | '&' | '.') || party && c == '/');
    let letters = at + t.text(at, letters).trim_end_matches(['.', '-', '&']).chars().count();
    let sign = t.text(at, letters - at);
    if party && !sign.contains('/') {
        return None;
    }
    let first = sign.chars().next()?;
    if !first.is_uppercase() || sign.chars().filter(|c| c.is_uppercase()).count() < 2 {
        return None;
    }
    let written = t.text(i, n);
    let mut said = match written.parse::<u64>() {
        Ok(v) if !written.starts_with('0') => number::cardinal(v),
        _ => number::digits(&written),
    };
    if let Some(y) = year {
        said = format!("{said} năm {}", number::cardinal(y));
    }
    let before: Vec<String> = t.before(i, 6).into_iter().rev().collect();
    let before = format!(" {} ", before.join(" "));
    let mut from = at;
    for (k, part) in sign.split(['-', '/']).enumerate() {
        let here = from;
        from += part.chars().count() + 1;
        let word = match (paper(part), t.lexicon.abbreviation(part)) {
            (Some(w), _) => w.to_owned(),
            (None, Some(w)) => w.to_owned(),
            (None, None) => parliament(part).unwrap_or_else(|| {
                if !part.is_empty() {
                    unknown.push(Unknown { word: part.to_owned(), at: here });
                }
                number::spelled(part)
            }),
        };
        match k {
            0 if before.contains(&format!(" {} ", word.to_lowercase())) => {}
            0 if word.starts_with("Quốc hội") => said = format!("{said} của {word}"),
            0 => said = format!("{said} {word}"),
            _ => said = format!("{said} của {word}"),
        }
    }
    Hit::both(letters - i, said)
}

/// `QH15`: the National Assembly of the fifteenth term.
fn parliament(part: &str) -> Option<String> {
    let at = part.find(|c: char| c.is_ascii_digit())?;
    let (who, term) = part.split_at(at);
    let term: u64 = term.parse().ok().filter(|n| *n < 100)?;
    (who == "QH" || who == "UBTVQH")
        .then(|| format!("{} khóa {}", paper(who).unwrap_or_default(), number::cardinal(term)))
}
