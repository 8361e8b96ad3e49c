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
    // Who issued it is said once: not here where the sentence goes on with it.
    let told = issuer_follows(t, letters);
    for (k, part) in sign.split(['-', '/']).enumerate() {
        let here = from;
        from += part.chars().count() + 1;
        let known = paper(part).or_else(|| t.lexicon.abbreviation(part)).map(str::to_owned);
        let known = known.or_else(|| parliament(part));
        let Some(word) = known.filter(|w| k == 0 || issuer(w)) else {
            // The third part is the unit that wrote it, for the files.
            if k < 2 && !part.is_empty() {
                unknown.push(Unknown { word: part.to_owned(), at: here });
                said = format!("{said} {}", number::spelled(part));
            }
            continue;
        };
        if issuer(&word) {
            if !told {
                said = format!("{said} của {word}");
            }
            // `2345/SVHTTDL-TTBCXB`: a letter, of the office; its unit is for the files.
            if k == 0 {
                break;
            }
        } else if !before.contains(&format!(" {} ", word.to_lowercase())) {
            said = format!("{said} {word}");
        }
    }
    Hit::both(letters - i, said)
}

/// True if a word of a document's number names who issued it, rather than what kind of document it is.
fn issuer(word: &str) -> bool {
    const OFFICES: [&str; 10] = [
        "ủy ban",
        "hội đồng",
        "ban",
        "mặt trận",
        "văn phòng",
        "trung tâm",
        "bảo hiểm",
        "công an",
        "cảnh sát",
        "trường",
    ];
    word.starts_with(char::is_uppercase) || OFFICES.iter().any(|o| word.starts_with(&format!("{o} ")))
}

/// True if `của …` follows, behind the document's day or at once.
fn issuer_follows(t: Line<'_>, i: usize) -> bool {
    let mut at = i;
    for _ in 0..8 {
        at += t.run(at, |c| super::text::space(c) || c == ',');
        let word = t.word(at);
        if word == "của" {
            return true;
        }
        let digits = t.run(at, |c| c.is_ascii_digit() || matches!(c, '/' | '-' | '.'));
        at += match word.as_str() {
            "ngày" | "tháng" | "năm" => word.chars().count(),
            "" if digits > 0 && t.at(at).is_ascii_digit() => digits,
            _ => return false,
        };
    }
    false
}

/// `QH15`: the National Assembly of the fifteenth term.
fn parliament(part: &str) -> Option<String> {
    let at = part.find(|c: char| c.is_ascii_digit())?;
    let (who, term) = part.split_at(at);
    let term: u64 = term.parse().ok().filter(|n| *n < 100)?;
    (who == "QH" || who == "UBTVQH")
        .then(|| format!("{} khóa {}", paper(who).unwrap_or_default(), number::cardinal(term)))
}
