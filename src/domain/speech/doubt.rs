//! Numbers that may be read in two ways: named, so that their writer says which, instead of guessed.

use super::amount::apart;
use super::phone::{counted, named};
use super::text::{Line, dash, space};
use super::units::{measure_len, measured};
use super::{Hit, Remedy, Unknown, number};

/// Names the number at this place if its writing is open.
pub fn read(t: Line<'_>, i: usize, unknown: &mut Vec<Unknown>) -> Option<Hit> {
    if !t.at(i).is_ascii_digit() {
        return None;
    }
    let (len, remedy) = point(t, i)
        .map(|n| (n, Remedy::Comma))
        .or_else(|| dotted(t, i).map(|n| (n, Remedy::Day)))
        .or_else(|| thousands(t, i).map(|n| (n, Remedy::Thousands)))
        .or_else(|| long(t, i).map(|n| (n, Remedy::Number)))
        .or_else(|| lettered(t, i).map(|n| (n, Remedy::Words)))?;
    let word = t.text(i, len);
    let said = number::spelled(&word);
    unknown.push(Unknown { word, at: i, remedy });
    // With its unit, which is not in doubt.
    Hit::both(len + measure_len(t, i + len).unwrap_or(0), said)
}

/// `1.5 triệu`, `1.5-2.0m`: a point before decimals. A point is of thousands, versions, sections.
fn point(t: Line<'_>, i: usize) -> Option<usize> {
    let one = |at: usize| {
        let n = t.digits(at);
        let m = t.digits(at + n + 1);
        let end = at + n + 1 + m;
        let alone = n > 0 && m > 0 && m != 3 && t.at(at + n) == '.';
        (alone && !(matches!(t.at(end), '.' | ',') && t.at(end + 1).is_ascii_digit())).then_some(end)
    };
    let inside = i > 0 && matches!(t.c[i - 1], '.' | ',' | '-');
    let end = one(i).filter(|_| !inside)?;
    if measured(t, end) {
        return Some(end - i);
    }
    let second = t.to(end).and_then(|gap| one(end + gap))?;
    measured(t, second).then_some(end - i)
}

/// `Sáng 2.12`, `Họp 7.30`: a day or an hour.
fn dotted(t: Line<'_>, i: usize) -> Option<usize> {
    const NEAR: [&str; 9] = ["sáng", "trưa", "chiều", "tối", "đêm", "họp", "niệm", "nộp", "từ"];
    let (a, n) = t.small(i).filter(|_| t.after(i, &NEAR))?;
    let (b, m) = t.small(i + n + 1).filter(|_| t.at(i + n) == '.')?;
    let end = i + n + 1 + m;
    let more = matches!(t.at(end), '.' | ',' | '/' | '%') && t.at(end + 1).is_ascii_digit();
    let either = (1..=31).contains(&a) && (1..=12).contains(&b) || a <= 24 && m == 2 && b % 5 == 0 && b < 60;
    (either && t.ends(end) && !more).then_some(end - i)
}

/// `1 250`, `15,000 đồng`: one group behind a space or a comma, or several that may be a list.
fn thousands(t: Line<'_>, i: usize) -> Option<usize> {
    let n = t.digits(i);
    if !(1..=3).contains(&n) || t.at(i) == '0' || apart(t, i).is_some() {
        return None;
    }
    let comma = t.at(i + n) == ',';
    let inside = i > 1 && matches!(t.c[i - 1], ',' | '.') && t.c[i - 2].is_ascii_digit();
    if named(t, i) || inside || !(comma || space(t.at(i + n))) {
        return None;
    }
    let mut end = i + n;
    while (comma && t.at(end) == ',' || !comma && space(t.at(end))) && t.digits(end + 1) == 3 {
        end += 4;
    }
    let groups = (end - i - n) / 4;
    let behind = measured(t, end) || counted(t, end);
    // `1,250.5`
    let foreign = comma && t.at(end) == '.' && t.at(end + 1).is_ascii_digit();
    if groups == 0 || !t.ends(end) && !behind {
        return None;
    }
    let zeros = t.text(end - 3, 3) == "000";
    let open = if comma { groups > 1 || foreign || zeros || money(t, end) || counted(t, end) } else { true };
    open.then_some(end - i)
}

/// True if money follows, with no word like `tỷ` before it, of which there are parts.
fn money(t: Line<'_>, i: usize) -> bool {
    let at = i + t.run(i, space);
    ["đồng", "đ", "VNĐ", "VND", "₫"].iter().any(|u| t.has(at, u) && t.ends(at + u.chars().count()))
}

/// Seven or more digits in one, of nothing: a telephone number without its area, an account, or millions.
fn long(t: Line<'_>, i: usize) -> Option<usize> {
    let n = t.digits(i);
    let alone =
        n >= 7 && t.ends(i + n) && !(i > 0 && (dash(t.c[i - 1]) || matches!(t.c[i - 1], '.' | ',' | '/')));
    let gap = t.run(i + n, space);
    let word = t.word(i + n + gap);
    let of = gap > 0 && word.starts_with(char::is_lowercase) || measured(t, i + n);
    (alone && !of && !matches!(t.at(i + n), '/' | ',' | '.' | '-' if t.at(i + n + 1).is_ascii_digit()))
        .then_some(n)
}

/// `21,5N`, `3,5T`, `9T/2026`: a letter behind a number that is no unit of it.
fn lettered(t: Line<'_>, i: usize) -> Option<usize> {
    let n = t.digits(i);
    let m = if t.at(i + n) == ',' { t.digits(i + n + 1) } else { 0 };
    let end = i + n + if m > 0 { m + 1 } else { 0 };
    let capital = t.at(end).is_uppercase() && t.ends(end + 1);
    let months = t.has(end, "T/") && t.year(end + 2).is_some();
    (capital && (m > 0 && !measured(t, end) || months)).then_some(end + 1 - i)
}
