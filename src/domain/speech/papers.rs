//! Numbers of documents: `276/KH-UBND`, `48/2025/TT-BKHCN`. The kind is said unless it stands before, then who issued it.

use super::lexicon::paper;
use super::text::{Line, space};
use super::{Hit, Remedy, Unknown, number};

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
    let parts: Vec<&str> = sign.split(['-', '/']).collect();
    let told_kind = kind_before(t, i, party) || same_kind(t, i, parts[0]);
    // The Party's `37-QĐ/TW` may be of a rule (quy định) or a decision.
    if party && parts[0] == "QĐ" && !told_kind {
        unknown.push(Unknown { word: parts[0].into(), at, remedy: Remedy::Words });
    }
    let before: Vec<String> = t.before(i, 6).into_iter().rev().collect();
    let before = format!(" {} ", before.join(" "));
    let mut issuers = 0;
    let mut from = at;
    // Who issued it is said once: not here where the sentence goes on with it.
    let told = issuer_follows(t, letters);
    for (k, part) in parts.iter().copied().enumerate() {
        let here = from;
        from += part.chars().count() + 1;
        if silent(&parts, k) {
            // Whoever it is, its unit behind it is for the files.
            if k == 0 {
                break;
            }
            continue;
        }
        let known = paper(part).or_else(|| t.lexicon.abbreviation(part)).map(str::to_owned);
        let known = known.or_else(|| parliament(part));
        // `12/2025/L-CTN`: an order of the President, not a law.
        let known =
            if k == 0 && part == "L" && parts.get(1) == Some(&"CTN") { Some("lệnh".into()) } else { known };
        let Some(word) = known.filter(|w| k == 0 || issuer(w)) else {
            // The third part is the unit that wrote it, for the files.
            if k < 2 && !part.is_empty() {
                unknown.push(Unknown::new(part.to_owned(), here));
                said = format!("{said} {}", number::spelled(part));
            }
            continue;
        };
        if issuer(&word) {
            if !told {
                said = format!("{said} {} {word}", if issuers > 0 { "và" } else { "của" });
                issuers += 1;
            }
            // `2345/SVHTTDL-TTBCXB`: a letter, of the office; its unit is for the files.
            // So is the third part, but of what several issued together.
            if k == 0 || k > 0 && parts[0] != "TTLT" {
                break;
            }
        } else if !told_kind && !before.contains(&format!(" {} ", word.to_lowercase())) {
            said = format!("{said} {word}");
        }
    }
    Hit::both(letters - i, said)
}

/// True for who issued it where the letters are short for several: `TB-BTC` (Ministry of Finance, or whoever organises), `BCH`.
fn silent(parts: &[&str], k: usize) -> bool {
    match parts[k] {
        "BCH" | "BQL" | "BTG" | "BCS" => true,
        "BTC" | "BCT" => {
            k > 0 && !matches!(parts[0], "TT" | "TTLT" | "NĐ" | "QĐ") || k == 0 && parts.len() < 2
        }
        _ => false,
    }
}

/// True if a word right before the number says what it is: `Quy định số 37-QĐ/TW`. It wins over the letters.
fn kind_before(t: Line<'_>, i: usize, party: bool) -> bool {
    const KINDS: [&str; 27] = [
        "nghị quyết",
        "quyết định",
        "quy định",
        "chỉ thị",
        "quy chế",
        "thông báo",
        "hướng dẫn",
        "chương trình",
        "kế hoạch",
        "phương án",
        "đề án",
        "dự án",
        "báo cáo",
        "biên bản",
        "tờ trình",
        "hợp đồng",
        "công văn",
        "công điện",
        "giấy mời",
        "nghị định",
        "thông tư",
        "pháp lệnh",
        "kết luận",
        "sắc lệnh",
        "văn bản",
        "quy ước",
        "điều lệ",
    ];
    let before = t.before(i, 3);
    let near: Vec<&str> = before.iter().map(String::as_str).skip_while(|w| *w == "số").take(2).collect();
    let two = near.iter().rev().copied().collect::<Vec<_>>().join(" ");
    KINDS.contains(&two.as_str()) || !party && matches!(near.first(), Some(&("lệnh" | "luật")))
}

/// `NĐ 49/2024/NĐ-CP và 13/2023/NĐ-CP`: true for the second, whose letters are those of the one before it.
fn same_kind(t: Line<'_>, i: usize, kind: &str) -> bool {
    let back = |at: usize| at - t.c[..at].iter().rev().take_while(|c| space(**c)).count();
    let mut at = back(i);
    let comma = at > 0 && t.c[at - 1] == ',';
    let and = at > 1 && t.text(at - 2, 2) == "và";
    if !comma && !and {
        // `NĐ 49/2024/NĐ-CP`: said for the letters before it.
        let n = kind.chars().count();
        return i > at && at >= n && t.text(at - n, n) == kind && t.starts(at - n);
    }
    at = back(at - if comma { 1 } else { 2 });
    let n =
        t.c[..at].iter().rev().take_while(|c| c.is_alphanumeric() || matches!(c, '/' | '-' | '&')).count();
    let whole = t.text(at - n, n);
    whole.starts_with(|c: char| c.is_ascii_digit()) && whole.contains(&format!("/{kind}-"))
}

/// `NĐ` before a number of the same kind.
pub fn kind(t: Line<'_>, i: usize) -> Option<Hit> {
    let n = t.run(i, char::is_alphabetic);
    let letters = t.text(i, n);
    let gap = t.run(i + n, space);
    let number =
        t.text(i + n + gap, t.run(i + n + gap, |c| c.is_alphanumeric() || matches!(c, '/' | '-' | '&')));
    let own = number.starts_with(|c: char| c.is_ascii_digit()) && number.contains(&format!("/{letters}-"));
    let word = paper(&letters).filter(|w| n > 1 && gap == 1 && own && !issuer(w))?;
    Hit::both(n, word)
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
        at += t.run(at, |c| space(c) || c == ',');
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
