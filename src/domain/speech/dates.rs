//! Dates, and ranges of them.

use super::strokes::{self, Meant};
use super::text::{Line, space};
use super::{Hit, Remedy, Unknown, number};

/// Words after which a number with strokes or points is a place or a part of a paper.
const PLACES: [&str; 8] = ["ngõ", "ngách", "hẻm", "kiệt", "nhà", "số", "lô", "mục"];
/// Words after which two numbers with a point are a day and a month: `dịp 30.4`, `trước 15.12`.
const BEFORE_POINT: [&str; 15] = [
    "ngày", "hôm", "mùng", "mồng", "sinh", "dịp", "lễ", "trước", "hạn", "chót", "hết", "nghỉ", "mạc",
    "giảng", "khánh",
];

#[derive(Clone, Copy)]
struct Day {
    day: u64,
    month: Option<u64>,
    year: Option<u64>,
    len: usize,
}

/// Reads a date, a month with its year, a time, or a range of them.
pub fn read(t: Line<'_>, i: usize, unknown: &mut Vec<Unknown>) -> Option<Hit> {
    super::clock::time(t, i)
        .or_else(|| super::spans::weekdays(t, i))
        .or_else(|| first_days(t, i, unknown))
        .or_else(|| day_range(t, i, unknown))
        .or_else(|| single(t, i, unknown))
        .or_else(|| month(t, i))
        .or_else(|| numbered(t, i))
}

/// `22/10/2025`, `22-10-2025`, `22.10.2025`; `30/11`.
fn day(t: Line<'_>, i: usize) -> Option<Day> {
    let (day, a) = t.small(i)?;
    let sep = t.at(i + a);
    if !matches!(sep, '/' | '-' | '.') {
        return None;
    }
    let (month, b) = t.small(i + a + 1)?;
    let len = a + 1 + b;
    if !(1..=31).contains(&day) || !(1..=12).contains(&month) {
        return None;
    }
    if t.at(i + len) == sep
        && let Some(year) = t.year(i + len + 1)
        && t.ends(i + len + 5)
    {
        return Some(Day { day, month: Some(month), year: Some(year), len: len + 5 });
    }
    let dated = t.after(i, &["ngày", "hôm", "mùng", "mồng", "sinh"]);
    // `30/11/26`: the year of this century, or of the last where it says of whom.
    if t.at(i + len) == sep
        && let Some((yy, 2)) = t.small(i + len + 1)
        && t.ends(i + len + 3)
        && !(matches!(t.at(i + len + 3), '/' | '.' | '-' | ',') && t.at(i + len + 4).is_ascii_digit())
        && (dated || sep == '/' && (20..50).contains(&yy) && !t.after(i, &PLACES))
    {
        let year = if yy < 50 { 2000 + yy } else { 1900 + yy };
        return Some(Day { day, month: Some(month), year: Some(year), len: len + 3 });
    }
    // `ngày 31.12`: a point only where a word says that it is a day.
    let alone = (sep == '/' || sep == '.' && pointed(t, i, i + len))
        && t.ends(i + len)
        && !(matches!(t.at(i + len), '/' | '.' | ',') && t.at(i + len + 1).is_ascii_digit())
        && t.at(i + len) != '%';
    alone.then_some(Day { day, month: Some(month), year: None, len })
}

/// True if words say that two numbers with a point are a day: `dịp 30.4 và 1.5`; not `trước 1.5 triệu`.
fn pointed(t: Line<'_>, i: usize, end: usize) -> bool {
    let before = t.before(i, 4);
    let word = |n: usize| before.get(n).map(String::as_str).unwrap_or_default();
    let digits = |s: &str| !s.is_empty() && s.chars().all(|c| c.is_ascii_digit());
    let second = ["và", "hoặc", "đến"].contains(&word(0)) && digits(word(1)) && digits(word(2));
    (BEFORE_POINT.contains(&word(0)) || second && BEFORE_POINT.contains(&word(3)))
        && !super::units::measured(t, end)
}

/// True if `a/b` is a day and a month rather than a part of a whole or a number of a house.
fn is_day(t: Line<'_>, i: usize, d: &Day) -> bool {
    meant(t, i, d) == Meant::Day
}

fn meant(t: Line<'_>, i: usize, d: &Day) -> Meant {
    match d.month {
        Some(month) if d.year.is_none() => strokes::meant(t, i, i + d.len, (d.day, month)),
        _ => Meant::Day,
    }
}

/// A stroke that may be a day or a part: named, with both ways of writing it.
fn open(t: Line<'_>, i: usize, len: usize, unknown: &mut Vec<Unknown>) -> Option<Hit> {
    let word = t.text(i, len);
    let said = number::digits(&word);
    unknown.push(Unknown { word, at: i, remedy: Remedy::Day });
    Hit::both(len, said)
}

fn said(d: &Day, bare: bool) -> String {
    let mut out = if bare { String::new() } else { "ngày ".to_owned() };
    out.push_str(&number::day(d.day));
    if let Some(m) = d.month {
        out = format!("{out} tháng {}", number::month(m));
    }
    match d.year {
        Some(y) => format!("{out} năm {}", number::cardinal(y)),
        None => out,
    }
}

/// `2-9`, `30-4`: a day as newspapers write it, where words say so or it can be nothing else.
fn hyphened(t: Line<'_>, i: usize) -> Option<Day> {
    const SURE: [&str; 14] = [
        "ngày", "mùng", "mồng", "hôm", "lễ", "dịp", "khánh", "mừng", "nữ", "nhi", "sáng", "chiều", "tối",
        "đêm",
    ];
    const COUNT: [&str; 14] =
        ["giờ", "h", "phút", "ngày", "tháng", "tuần", "lần", "lượt", "người", "buổi", "bữa", "hộ", "km", "m"];
    const NAMES: [&str; 7] = ["số", "nhà", "ngõ", "lô", "lớp", "tầng", "mã"];
    let (day, a) = t.small(i)?;
    let (month, b) = t.small(i + a + 1).filter(|_| t.at(i + a) == '-')?;
    let len = a + 1 + b;
    let after = t.at(i + len);
    let next = t.word(i + len + t.run(i + len, space)).to_lowercase();
    let more = matches!(after, ',' | '.') && t.at(i + len + 1).is_ascii_digit();
    if !(1..=31).contains(&day)
        || !(1..=12).contains(&month)
        || !t.ends(i + len)
        || more
        || matches!(after, '/' | '-' | '%' | '°')
        || i > 0 && t.c[i - 1] == '-'
        || COUNT.contains(&next.as_str())
    {
        return None;
    }
    let before = t.before(i, 4);
    let word = |n: usize| before.get(n).map(String::as_str).unwrap_or_default();
    let digits = |s: &str| !s.is_empty() && s.chars().all(|c| c.is_ascii_digit());
    let sure = SURE.contains(&word(0))
        || word(0) == "động" && word(1) == "lao"
        || word(0) == "và" && digits(word(1)) && digits(word(2)) && SURE.contains(&word(3))
        || strokes::called(t, i, (day, month))
        || day > 12 && !NAMES.contains(&word(0));
    sure.then_some(Day { day, month: Some(month), year: None, len })
}

fn single(t: Line<'_>, i: usize, unknown: &mut Vec<Unknown>) -> Option<Hit> {
    if let Some(year) = t.year(i)
        && t.at(i + 4) == '-'
        && t.at(i + 7) == '-'
        && let (Some((m, 2)), Some((d, 2))) = (t.small(i + 5), t.small(i + 8))
        && (1..=12).contains(&m)
        && (1..=31).contains(&d)
        && t.ends(i + 10)
    {
        let d = Day { day: d, month: Some(m), year: Some(year), len: 10 };
        return Hit::both(10, said(&d, t.after(i, &["ngày"])));
    }
    let d = day(t, i);
    match d.as_ref().map(|d| meant(t, i, d)) {
        Some(Meant::Open) => return open(t, i, d?.len, unknown),
        Some(Meant::Called) => return Hit::both(d?.len, name(&d?)),
        Some(Meant::Part) | None => {
            let d = hyphened(t, i)?;
            let named = strokes::called(t, i, (d.day, d.month.unwrap_or(0)));
            return Hit::both(d.len, if named { name(&d) } else { told(t, i, &d) });
        }
        Some(Meant::Day) => {}
    }
    Hit::both(d?.len, told(t, i, &d?))
}

/// A day as the words before it want it.
fn told(t: Line<'_>, i: usize, d: &Day) -> String {
    if t.after(i, &["mùng", "mồng"]) {
        return said(d, true).trim_start_matches("mùng ").to_owned();
    }
    said(d, t.after(i, &["ngày", "hôm"]) || of_days(t, i))
}

/// A day as a name: `Phố 2/9` is "phố hai tháng chín".
fn name(d: &Day) -> String {
    format!("{} tháng {}", number::cardinal(d.day), number::month(d.month.unwrap_or(0)))
}

/// `mùng 5-7 Tết`, `mùng 1-3/1 âm lịch`: from one of a month's first days to another. `mùng 2-9` may be the second of September.
fn first_days(t: Line<'_>, i: usize, unknown: &mut Vec<Unknown>) -> Option<Hit> {
    const KNOWN: [(u64, u64); 5] = [(2, 9), (1, 5), (1, 6), (5, 6), (5, 9)];
    let (a, n) = t.small(i).filter(|_| t.after(i, &["mùng", "mồng"]))?;
    let gap = t.to(i + n)?;
    let (b, m) = t.small(i + n + gap).filter(|(b, _)| (a + 1..=31).contains(b))?;
    let end = i + n + gap + m;
    let month = t.small(end + 1).filter(|(m, _)| t.at(end) == '/' && (1..=12).contains(m));
    let next = t.word(end + t.run(end, space)).to_lowercase();
    let lunar = ["tết", "âm", "tháng", "giêng", "chạp"].contains(&next.as_str());
    let from = t.before(i, 2).pop().is_some_and(|w| w == "từ");
    if month.is_none() && !t.ends(end) {
        return None;
    }
    if month.is_none() && !lunar && !from && KNOWN.contains(&(a, b)) {
        return open(t, i, end - i, unknown);
    }
    let said = format!("{} đến {}", number::cardinal(a), number::day(b));
    match month {
        Some((month, k)) => Hit::both(end + 1 + k - i, format!("{said} tháng {}", number::month(month))),
        None => Hit::both(end - i, said),
    }
}

/// True in `ngày 5, 6 và 7/12`, for those behind the first: numbers, commas and "và" back to `ngày`.
fn of_days(t: Line<'_>, i: usize) -> bool {
    let all = t.before(i, 12);
    let Some(n) = all.iter().position(|w| w == "ngày").filter(|n| *n > 0) else { return false };
    let number = |w: &String| w.len() <= 2 && w.chars().all(|c| c.is_ascii_digit());
    let text: usize = all[..n].iter().map(|w| w.chars().count()).sum();
    all[..n].iter().all(|w| number(w) || w == "và")
        && all[..n].iter().any(number)
        && t.c[..i]
            .iter()
            .rev()
            .scan(0, |seen, c| {
                *seen += usize::from(c.is_alphanumeric());
                (*seen <= text).then_some(c)
            })
            .all(|c| c.is_alphanumeric() || space(*c) || *c == ',')
}

/// True if `đến` and a day with its month follow: `từ 15 đến 20/12`.
fn until_a_day(t: Line<'_>, i: usize) -> bool {
    let mut at = i + t.run(i, space);
    if at == i || !["đến", "tới"].contains(&&*t.word(at)) {
        return false;
    }
    for word in ["đến", "tới", "hết", "ngày"] {
        if t.word(at) == word {
            at += word.chars().count();
            at += t.run(at, space);
        }
    }
    let date = day(t, at).filter(|d| d.month.is_some());
    let written_out = || {
        let (n, a) = t.small(at)?;
        let gap = t.run(at + a, space);
        let month = t.word(at + a + gap) == "tháng" && t.digits(at + a + gap + 6) > 0;
        ((1..=31).contains(&n) && month).then_some(())
    };
    date.is_some_and(|d| is_day(t, at, &d)) || written_out().is_some()
}

/// True if numbers, commas and "và" from here on end with a day and its month.
fn to_a_day(t: Line<'_>, i: usize) -> bool {
    let mut at = i;
    for _ in 0..12 {
        if day(t, at).is_some_and(|d| d.month.is_some()) {
            return at > i;
        }
        let Some((n, a)) = t.small(at).filter(|(n, _)| (1..=31).contains(n)) else { return false };
        let mut next = at + a;
        if n > 0 && month_follows(t, next) {
            return at > i;
        }
        next += t.run(next, space);
        if t.at(next) == ',' {
            next += 1 + t.run(next + 1, space);
        }
        if t.word(next).to_lowercase() == "và" {
            next += 2;
            next += t.run(next, space);
        }
        if next == at + a || !t.at(next).is_ascii_digit() {
            return false;
        }
        at = next;
    }
    false
}

/// `Q.IV/2026`, `Q4/2026`, `QIV-2026`: a quarter.
pub fn quarter(t: Line<'_>, i: usize) -> Option<Hit> {
    if t.at(i) != 'Q' {
        return None;
    }
    let mut at = i + 1 + usize::from(t.at(i + 1) == '.');
    at += t.run(at, space).min(usize::from(at > i + 1));
    let letters = t.run(at, |c| matches!(c, 'I' | 'V'));
    let (n, len) = match t.small(at) {
        Some((n, 1)) if (1..=4).contains(&n) => (n, 1),
        Some(_) => return None,
        None => (number::roman(&t.text(at, letters)).filter(|n| *n <= 4)?, letters),
    };
    let end = at + len;
    let year = t.year(end + 1).filter(|_| matches!(t.at(end), '/' | '-') && t.ends(end + 5));
    let said = format!("quý {}", number::cardinal(n));
    match year {
        Some(y) => Hit::both(end + 5 - i, format!("{said} năm {}", number::cardinal(y))),
        // `Q.1` is a district, `Q.I` none.
        None if letters > 0 && t.at(i + 1) == '.' && t.ends(end) => Hit::both(end - i, said),
        None => None,
    }
}

/// `30/11–05/12/2026`, `01-05/12/2026`, `30/11/2026 - 04/12/2026`.
fn day_range(t: Line<'_>, i: usize, unknown: &mut Vec<Unknown>) -> Option<Hit> {
    let first = day(t, i).filter(|d| t.to(i + d.len).is_some()).or_else(|| {
        let (day, len) = t.small(i)?;
        (1..=31).contains(&day).then_some(Day { day, month: None, year: None, len })
    })?;
    let gap = t.to(i + first.len)?;
    let at = i + first.len + gap;
    let last = day(t, at).filter(|d| d.month.is_some())?;
    let backwards = first.month.is_none() && last.day <= first.day;
    // `1-1/2` is no range of days unless something says so.
    let sure = first.month.is_some() || last.year.is_some() || is_day(t, i, &last);
    if backwards || !sure || t.at(i + first.len + t.run(i + first.len, space)) == '.' {
        return None;
    }
    if let (Some(m), Some(n), None) = (first.month, last.month, first.year.or(last.year)) {
        let end = at + last.len;
        match strokes::meant_both(t, i, end, (first.day, m), (last.day, n)) {
            Meant::Open => return open(t, i, end - i, unknown),
            Meant::Part => return None,
            Meant::Day | Meant::Called => {}
        }
    }
    let after_day = t.after(i, &["ngày"]);
    let from = if after_day || t.after(i, &["từ"]) { "" } else { "từ " };
    let until = said(&last, false);
    Hit::both(first.len + gap + last.len, format!("{from}{} đến {until}", said(&first, after_day)))
}

/// `11/2026`, `10-12/2026` after `tháng`; `T11/2026`.
fn month(t: Line<'_>, i: usize) -> Option<Hit> {
    let lead = usize::from(t.at(i) == 'T');
    let (m, a) = t.small(i + lead)?;
    let known = lead > 0 || t.after(i, &["tháng"]);
    if let Some(gap) = t.to(i + a)
        && t.after(i, &["tháng"])
        && let Some((n, b)) = t.small(i + a + gap)
        && (1..=12).contains(&m)
        && m < n
        && n <= 12
        && t.at(i + a + gap + b) == '/'
        && let Some(y) = t.year(i + a + gap + b + 1)
    {
        let said = format!("{} đến tháng {} năm {}", number::month(m), number::month(n), number::cardinal(y));
        return Hit::both(a + gap + b + 5, said);
    }
    let sep = t.at(i + lead + a);
    let y = t
        .year(i + lead + a + 1)
        .filter(|_| (sep == '/' || sep == '-' && known) && t.ends(i + lead + a + 5))?;
    // `tỷ lệ 1/2000`, `12/2026 chỉ tiêu`: so many of so many.
    let next = i + lead + a + 5;
    let counted = ["chỉ", "hộ", "phiếu"].contains(&&*t.word(next + t.run(next, space)));
    let scale = !known && (t.after(i, &["lệ", "đồ"]) || counted || !(1900..2200).contains(&y));
    if !(1..=12).contains(&m) || t.at(next) == '/' || scale {
        return None;
    }
    if lead == 0 && t.after(i, &["quý", "kỳ", "đợt", "tuần", "số", "khóa", "lần"]) {
        return Hit::both(a + 5, format!("{} năm {}", number::cardinal(m), number::cardinal(y)));
    }
    let said = format!("{} năm {}", number::month(m), number::cardinal(y));
    let said = if known && lead == 0 { said } else { format!("tháng {said}") };
    Hit::both(lead + a + 5, said)
}

/// `thứ 2`, `tháng 4`, `ngày 5 tháng 12`, `hạng 1`: numbers that are names of places in an order.
fn numbered(t: Line<'_>, i: usize) -> Option<Hit> {
    let (n, a) = t.small(i).filter(|_| i > 0)?;
    if (1..=31).contains(&n) && (t.after(i, &["ngày"]) || of_days(t, i)) && to_a_day(t, i)
        || (1..=31).contains(&n) && of_days(t, i) && month_follows(t, i + a)
    {
        return Hit::both(a, number::day(n));
    }
    if (1..=31).contains(&n) && t.after(i, &["ngày", "từ"]) && until_a_day(t, i + a) {
        let bare = t.after(i, &["ngày"]);
        return Hit::both(a, format!("{}{}", if bare { "" } else { "ngày " }, number::day(n)));
    }
    if t.at(i + a).is_alphanumeric()
        || matches!(t.at(i + a), '/' | '%')
        || t.at(i + a) == ',' && t.at(i + a + 1).is_ascii_digit()
        || t.at(i + a) == '.' && t.at(i + a + 1).is_ascii_digit()
        || t.to(i + a).is_some_and(|g| {
            let weekday = g > 1 && t.after(i, &["thứ"]);
            t.at(i + a + g).is_ascii_digit() && !chained(t, i) && !weekday
        })
    {
        return None;
    }
    match t.before(i, 1).first().map(String::as_str) {
        Some("thứ") => Hit::both(a, number::ordinal(n)),
        Some("hạng" | "giải") if n == 1 => Hit::both(a, "nhất"),
        Some("tháng") if (1..=12).contains(&n) => Hit::both(a, number::month(n)),
        Some("ngày") if (1..=10).contains(&n) && month_follows(t, i + a) => Hit::both(a, number::day(n)),
        Some("mùng" | "mồng") => Hit::both(a, number::cardinal(n)),
        _ if chained(t, i) => Hit::both(a, number::ordinal(n)),
        _ => None,
    }
}

fn month_follows(t: Line<'_>, i: usize) -> bool {
    let gap = t.run(i, space);
    gap > 0 && t.word(i + gap).to_lowercase() == "tháng"
}

/// True in `thứ 2, 4, 6`: numbers, commas, "và" and "đến" back to `thứ`.
fn chained(t: Line<'_>, i: usize) -> bool {
    let all = t.before(i, 8);
    let Some(n) = all.iter().position(|w| w == "thứ") else { return false };
    all[..n]
        .iter()
        .all(|w| (w.len() == 1 && w.chars().all(|c| ('2'..='7').contains(&c))) || w == "và" || w == "đến")
        && n > 0
        && t.c[..i]
            .iter()
            .rev()
            .take_while(|c| !c.is_alphanumeric())
            .all(|c| matches!(c, ' ' | ',' | '\u{A0}'))
}
