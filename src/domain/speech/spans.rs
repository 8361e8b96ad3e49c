//! From one time to another: weekdays, and a dash between two times of any kind (`tháng 11 - tháng 12`).

use super::text::{Line, space};
use super::{Hit, number};

/// Weekdays in words, after `thứ`.
const NAMES: [&str; 6] = ["hai", "ba", "tư", "năm", "sáu", "bảy"];
/// What a time begins with; on both sides of a dash it makes a range.
const KINDS: [&str; 6] = ["thứ", "tháng", "ngày", "quý", "năm", "mùng"];
/// Parts of a day.
const PARTS: [&str; 5] = ["sáng", "trưa", "chiều", "tối", "đêm"];

/// A weekday at this place: what is said, and how long it is written.
fn weekday(t: Line<'_>, i: usize) -> Option<(String, usize)> {
    let name = |n: u64| format!("thứ {}", number::ordinal(n));
    if t.at(i) == 'T' && t.at(i + 1).is_ascii_digit() {
        let (n, a) = t.small(i + 1).filter(|(n, a)| (2..=7).contains(n) && *a == 1)?;
        return t.ends(i + 1 + a).then(|| (name(n), 1 + a));
    }
    if t.has(i, "CN") && t.ends(i + 2) {
        return Some(("chủ nhật".into(), 2));
    }
    let word = t.word(i);
    let len = word.chars().count();
    let gap = t.run(i + len, space);
    let next = t.word(i + len + gap).to_lowercase();
    match word.to_lowercase().as_str() {
        "chủ" if next == "nhật" => Some((format!("{word} {}", t.word(i + len + gap)), len + gap + 4)),
        "thứ" if gap > 0 => {
            if let Some((n, a)) = t.small(i + len + gap).filter(|(n, a)| (2..=7).contains(n) && *a == 1) {
                return t.ends(i + len + gap + a).then(|| (name(n), len + gap + a));
            }
            let written = t.word(i + len + gap);
            NAMES
                .contains(&next.as_str())
                .then(|| (format!("{word} {written}"), len + gap + written.chars().count()))
        }
        _ => None,
    }
}

/// `T2-T6`, `thứ 2 - thứ 6`, `Thứ Hai - Chủ nhật`, `thứ 2-6`: from one weekday to another; `T2` by itself.
pub fn weekdays(t: Line<'_>, i: usize) -> Option<Hit> {
    let (first, a) = weekday(t, i)?;
    let ranked = t.before(i, 1).first().is_some_and(|w| ["lần", "đứng", "xếp", "hạng"].contains(&w.as_str()));
    let second = t.to(i + a).and_then(|gap| {
        let at = i + a + gap;
        let bare = || {
            let (n, b) = t.small(at).filter(|(n, b)| (3..=7).contains(n) && *b == 1 && t.ends(at + 1))?;
            let digit = t.c[i + a - 1].is_ascii_digit()
                && !(matches!(t.at(at + 1), '/' | ',' | '.' | '%' | ':') && t.at(at + 2).is_ascii_digit())
                && !matches!(t.at(at + 1), '/' | '%');
            // `Thứ 2 - 4 giờ chiều`: a day and an hour.
            let next = t.word(at + 1 + t.run(at + 1, space));
            let digit = digit && (gap == 1 || next.is_empty() || ["hằng", "hàng"].contains(&next.as_str()));
            (digit && a > 2).then(|| (format!("thứ {}", number::ordinal(n)), b))
        };
        weekday(t, at).or_else(bare).map(|(said, b)| (said, gap + b))
    });
    match second.filter(|_| !ranked) {
        Some((last, more)) => {
            let from = if t.after(i, &["từ"]) { "" } else { "từ " };
            Hit::both(a + more, format!("{from}{} đến {}", lower(&first), lower(&last)))
        }
        None if a == 2 && t.at(i) == 'T' => Hit::both(a, first),
        // `CN 6/12`, `tối CN`: with a day or a part of one it is no industry.
        None if a == 2 && t.has(i, "CN") => {
            let at = i + a + t.run(i + a, |c| space(c) || c == ',');
            let at = if t.word(at) == "ngày" { at + 4 + t.run(at + 4, space) } else { at };
            let dated = t.small(at).is_some_and(|(_, n)| matches!(t.at(at + n), '/' | '-'));
            (dated || t.after(i, &PARTS)).then(|| Hit::both(a, first))?
        }
        None => None,
    }
}

/// In small letters; the digits of a weekday have been read.
fn lower(s: &str) -> String {
    s.to_lowercase()
}

/// True if a dash at this place stands between two times of one kind, so that it says "đến".
pub fn until(t: Line<'_>, i: usize) -> bool {
    let back = t.c[..i].iter().rev().take_while(|c| space(**c)).count();
    let next = i + 1 + t.run(i + 1, space);
    let before = t.before(i - back, 8);
    let Some(near) = before.first() else { return false };
    let has = |w: &str| before.iter().any(|b| b == w);
    let timed = before.iter().any(|w| super::clock::hour_word(w));
    // What stands left of it ends as a time does.
    let roman = |w: &str| number::roman(&w.to_uppercase()).is_some();
    let ended = near.chars().all(|c| c.is_ascii_digit())
        || super::clock::hour_word(near)
        || roman(near)
        || near == "giờ"
        || NAMES.contains(&near.as_str()) && before.get(1).is_some_and(|w| w == "thứ");
    if !ended {
        return false;
    }
    let word = t.word(next).to_lowercase();
    let after = next + word.chars().count();
    let after = after + t.run(after, space);
    let counted = t.at(after).is_ascii_digit() || roman(&t.word(after));
    if KINDS.contains(&word.as_str()) {
        let digits = t.c[..i - back].iter().rev().take_while(|c| c.is_ascii_digit()).count();
        let date = word == "ngày" && i > back + digits && t.c[i - back - digits - 1] == '/';
        let same = has(&word) || date;
        return same && (counted || weekday(t, next).is_some());
    }
    if PARTS.contains(&word.as_str()) || word == "hết" {
        return (has("thứ") || timed || has("ngày"))
            && (counted || weekday(t, after).is_some() || word == "hết");
    }
    // `20h00 ngày 31/12 - 01h00 ngày 1/1`: a time of the clock and a day on both sides.
    timed && super::clock::clock(t, next).is_some()
}
