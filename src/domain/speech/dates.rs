//! Dates and times of the clock, and ranges of both.

use super::text::Line;
use super::{Hit, number};

/// Words after which two small numbers with a stroke are a day and a month.
const BEFORE_DAY: [&str; 42] = [
    "ngày", "mùng", "hôm", "từ", "đến", "tới", "sáng", "trưa", "chiều", "tối", "đêm", "trước", "sau", "hết",
    "hạn", "kể", "lễ", "dịp", "khánh", "lao", "động", "nhi", "nghỉ", "mừng", "tết", "nhật", "lúc", "vào",
    "nay", "mai", "nước", "nữ", "nhân", "giờ", "t2", "t3", "t4", "t5", "t6", "t7", "cn", "sinh",
];
/// Words after which a number with strokes or points is a place or a part of a paper.
const PLACES: [&str; 8] = ["ngõ", "ngách", "hẻm", "kiệt", "nhà", "số", "lô", "mục"];
/// Words of a part of a day, and others that go with a time of the clock.
const HOURS: [&str; 12] =
    ["lúc", "hồi", "vào", "sáng", "trưa", "chiều", "tối", "đêm", "buổi", "mạc", "đầu", "thúc"];
/// Words that may follow a time of the clock.
const AFTER_HOUR: [&str; 12] =
    ["sáng", "trưa", "chiều", "tối", "đêm", "ngày", "hằng", "hàng", "thứ", "các", "đến", "tới"];
/// Weekdays, after `thứ`.
const WEEKDAYS: [&str; 12] = ["hai", "ba", "tư", "năm", "sáu", "bảy", "2", "3", "4", "5", "6", "7"];

#[derive(Clone, Copy)]
struct Day {
    day: u64,
    month: Option<u64>,
    year: Option<u64>,
    len: usize,
}

/// Reads a date, a month with its year, a time, or a range of them.
pub fn read(t: Line<'_>, i: usize) -> Option<Hit> {
    time(t, i)
        .or_else(|| super::spans::weekdays(t, i))
        .or_else(|| day_range(t, i))
        .or_else(|| single(t, i))
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
    let dated = t.after(i, &["ngày", "hôm", "mùng", "sinh"]);
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
    let alone = (sep == '/' || sep == '.' && dated)
        && t.ends(i + len)
        && !(matches!(t.at(i + len), '/' | '.' | ',') && t.at(i + len + 1).is_ascii_digit())
        && t.at(i + len) != '%';
    alone.then_some(Day { day, month: Some(month), year: None, len })
}

/// True if `a/b` is a day and a month rather than a part of a whole or a number of a house.
fn is_day(t: Line<'_>, i: usize, d: &Day) -> bool {
    if d.year.is_some() {
        return true;
    }
    let month = d.month.unwrap_or(0);
    let before = t.before(i, 4);
    let near = before.first().map(String::as_str).unwrap_or_default();
    let second = before.get(1).map(String::as_str).unwrap_or_default();
    if ["ngõ", "ngách", "hẻm", "kiệt", "nhà", "lệ", "số", "tầng", "lô"].contains(&near)
        || t.text(i, d.len) == "24/7"
    {
        return false;
    }
    // `12/12 chỉ tiêu`, `tới 2/3 diện tích`, `lớp 12/3`: so many of so many, or a name.
    const COUNTED: [&str; 24] = [
        "chỉ",
        "tiêu",
        "số",
        "diện",
        "dân",
        "tổng",
        "hộ",
        "chi",
        "thời",
        "chặng",
        "quãng",
        "xã",
        "phường",
        "thôn",
        "tổ",
        "điểm",
        "đại",
        "phiếu",
        "nội",
        "mục",
        "trường",
        "sao",
        "lượng",
        "thành",
    ];
    let gap = t.run(i + d.len, super::text::space);
    let next = t.word(i + d.len + gap).to_lowercase();
    let dated = ["ngày", "mùng", "hôm", "dịp", "lễ", "khánh"].contains(&near);
    let all = d.day == month;
    if near == "lớp"
        || all && ["hóa", "hoá", "vấn", "đạt", "độ"].contains(&near)
        || !dated && COUNTED.contains(&next.as_str()) && (all || d.day < month && month <= 10)
    {
        return false;
    }
    let weekday = second == "thứ" && WEEKDAYS.contains(&near);
    let written_out = t.at(i) == '0' || t.text(i, d.len).contains("/0");
    // An earlier date in the sentence: before a comma or "và".
    let earlier = before.iter().take(2).all(|w| w.chars().all(|c| c.is_ascii_digit())) && before.len() >= 2
        || near == "và"
            && before.iter().skip(1).take(2).filter(|w| w.chars().all(|c| c.is_ascii_digit())).count() == 2;
    BEFORE_DAY.contains(&near) || hour_word(near) || weekday || written_out || earlier || d.day >= month
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
    const SURE: [&str; 13] =
        ["ngày", "mùng", "hôm", "lễ", "dịp", "khánh", "mừng", "nữ", "nhi", "sáng", "chiều", "tối", "đêm"];
    const COUNT: [&str; 14] =
        ["giờ", "h", "phút", "ngày", "tháng", "tuần", "lần", "lượt", "người", "buổi", "bữa", "hộ", "km", "m"];
    const NAMES: [&str; 7] = ["số", "nhà", "ngõ", "lô", "lớp", "tầng", "mã"];
    let (day, a) = t.small(i)?;
    let (month, b) = t.small(i + a + 1).filter(|_| t.at(i + a) == '-')?;
    let len = a + 1 + b;
    let after = t.at(i + len);
    let next = t.word(i + len + t.run(i + len, super::text::space)).to_lowercase();
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
        || day > 12 && !NAMES.contains(&word(0));
    sure.then_some(Day { day, month: Some(month), year: None, len })
}

fn single(t: Line<'_>, i: usize) -> Option<Hit> {
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
    let d = day(t, i).filter(|d| is_day(t, i, d)).or_else(|| hyphened(t, i))?;
    Hit::both(d.len, said(&d, t.after(i, &["ngày", "mùng", "hôm"]) || of_days(t, i)))
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
            .all(|c| c.is_alphanumeric() || super::text::space(*c) || *c == ',')
}

/// True if `đến` and a day with its month follow: `từ 15 đến 20/12`.
fn until_a_day(t: Line<'_>, i: usize) -> bool {
    let mut at = i + t.run(i, super::text::space);
    if at == i || !["đến", "tới"].contains(&&*t.word(at)) {
        return false;
    }
    for word in ["đến", "tới", "hết", "ngày"] {
        if t.word(at) == word {
            at += word.chars().count();
            at += t.run(at, super::text::space);
        }
    }
    let date = day(t, at).filter(|d| d.month.is_some());
    let written_out = || {
        let (n, a) = t.small(at)?;
        let gap = t.run(at + a, super::text::space);
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
        next += t.run(next, super::text::space);
        if t.at(next) == ',' {
            next += 1 + t.run(next + 1, super::text::space);
        }
        if t.word(next).to_lowercase() == "và" {
            next += 2;
            next += t.run(next, super::text::space);
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
    at += t.run(at, super::text::space).min(usize::from(at > i + 1));
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
fn day_range(t: Line<'_>, i: usize) -> Option<Hit> {
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
    if backwards || !sure || t.at(i + first.len + t.run(i + first.len, super::text::space)) == '.' {
        return None;
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
    let counted = ["chỉ", "hộ", "phiếu"].contains(&&*t.word(next + t.run(next, super::text::space)));
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
    let gap = t.run(i, super::text::space);
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

/// `8h30`, `8h`, `08:30`, `8:30:15`, `17g30`, and ranges of them.
fn time(t: Line<'_>, i: usize) -> Option<Hit> {
    let (first, a) = clock(t, i)?;
    if let Some(gap) = t.to(i + a)
        && let Some((second, b)) = clock(t, i + a + gap)
    {
        let from = if t.after(i, &["từ", "khoảng"]) { "" } else { "từ " };
        return Hit::both(a + gap + b, format!("{from}{first} đến {second}"));
    }
    Hit::both(a, first)
}

/// True for `19h30`, `8h`, `8g` as one word.
pub fn hour_word(w: &str) -> bool {
    let Some((hour, minute)) = w.split_once(['h', 'g']) else { return false };
    let digits = |s: &str| s.len() <= 2 && s.chars().all(|c| c.is_ascii_digit());
    !hour.is_empty() && digits(hour) && digits(minute) && minute.len() != 1
}

/// True if what follows is the end, a mark, or what follows an hour: nothing that is counted or weighed.
fn hour_may_end(t: Line<'_>, i: usize) -> bool {
    let gap = t.run(i, super::text::space);
    let next = t.word(i + gap).to_lowercase();
    (next.is_empty() && !matches!(t.at(i + gap), '%' | '°' | '/') && !t.at(i + gap).is_ascii_digit())
        || AFTER_HOUR.contains(&next.as_str())
}

/// True if `8g` says an hour: by the word before or behind, or by a second one.
fn by_g(t: Line<'_>, i: usize, end: usize) -> bool {
    let before = t.before(i, 2);
    let word = |n: usize| before.get(n).map(String::as_str).unwrap_or_default();
    let gap = t.run(end, super::text::space);
    let next = t.word(end + gap).to_lowercase();
    let spoken = ["đến", "tới"].contains(&&*next).then(|| {
        let word = end + gap + next.chars().count();
        word - end + t.run(word, super::text::space)
    });
    let second = t.to(end).or(spoken).and_then(|gap| {
        let (_, b) = t.small(end + gap)?;
        let at = end + gap + b;
        let minutes = if t.at(at + 1).is_ascii_digit() { t.digits(at + 1) } else { 0 };
        (matches!(t.at(at), 'g' | 'h') && hour_may_end(t, at + 1 + minutes)).then_some(())
    });
    let span = ["đến", "tới"].contains(&word(0)) && hour_word(word(1));
    let dashed =
        t.c[..i].iter().rev().find(|c| !super::text::space(**c)).is_some_and(|c| super::text::dash(*c));
    HOURS.contains(&word(0))
        || AFTER_HOUR[..8].contains(&next.as_str())
        || second.is_some()
        || (span || dashed && hour_word(word(0))) && hour_may_end(t, end)
}

/// True if `7.30` says an hour: after `lúc`, or with a second one.
fn by_point(t: Line<'_>, i: usize, end: usize) -> bool {
    let before = t.before(i, 4);
    let word = |n: usize| before.get(n).map(String::as_str).unwrap_or_default();
    let five = |at: usize| t.small(at).filter(|(m, n)| *n == 2 && *m < 60 && m % 5 == 0).map(|(m, _)| m);
    let Some(minute) = five(end - 2) else { return false };
    if ["lúc", "hồi"].contains(&word(0)) {
        return hour_may_end(t, end);
    }
    let gap = t.run(end, super::text::space);
    let spoken = ["đến", "tới"].contains(&&*t.word(end + gap)).then_some(gap + 3);
    let gap = t.to(end).or_else(|| spoken.map(|n| n + t.run(end + n, super::text::space)));
    let second = gap.and_then(|gap| {
        let (_, b) = t.small(end + gap).filter(|(h, _)| *h <= 24)?;
        let at = end + gap + b;
        let m = five(at + 1).filter(|_| t.at(at) == '.')?;
        // Both could be days and months only if neither minute is beyond twelve or none.
        (hour_may_end(t, at + 3) && [minute, m].iter().any(|m| *m == 0 || *m > 12)).then_some(())
    });
    let digits = |s: &str| !s.is_empty() && s.chars().all(|c| c.is_ascii_digit());
    let last = ["đến", "tới"].contains(&word(0)) && digits(word(1)) && digits(word(2)) && word(3) == "từ";
    let dash =
        t.c[..i].iter().rev().find(|c| !super::text::space(**c)).is_some_and(|c| super::text::dash(*c));
    let paper = ["mục", "bảng", "bản", "điều", "khoản", "hình", "điểm", "chương"].contains(&word(0));
    !paper
        && (second.is_some() || (last || dash && digits(word(0)) && digits(word(1))) && hour_may_end(t, end))
}

/// A time of the clock at this place.
pub fn clock(t: Line<'_>, i: usize) -> Option<(String, usize)> {
    let (hour, a) = t.small(i).filter(|(h, _)| *h <= 24)?;
    let mark = t.at(i + a);
    let said = |m: u64| match m {
        0 => format!("{} giờ", number::cardinal(hour)),
        m => format!("{} giờ {} phút", number::cardinal(hour), number::cardinal(m)),
    };
    let minute = |at: usize| t.small(at).filter(|(m, n)| *m < 60 && *n == 2);
    match mark {
        'h' | 'H' | 'g' if let Some((m, n)) = minute(i + a + 1) => {
            let end = i + a + 1 + n;
            let tail = if matches!(t.at(end), '\'' | '’' | '′' | 'p') && t.ends(end + 1) {
                1
            } else if t.has(end, "ph") && t.ends(end + 2) {
                2
            } else {
                0
            };
            t.ends(end + tail).then(|| (said(m), a + 1 + n + tail))
        }
        'h' | 'H' if t.ends(i + a + 1) => Some((said(0), a + 1)),
        'g' if t.ends(i + a + 1) && by_g(t, i, i + a + 1) => Some((said(0), a + 1)),
        '.' if let Some((m, n)) = minute(i + a + 1) => {
            let end = i + a + 1 + n;
            let more = matches!(t.at(end), '.' | ',' | '/') && t.at(end + 1).is_ascii_digit();
            (t.ends(end) && !more && by_point(t, i, end)).then(|| (said(m), a + 1 + n))
        }
        ':' => {
            let (m, n) = minute(i + a + 1)?;
            if t.after(i, &["lệ"]) {
                return None;
            }
            let end = i + a + 1 + n;
            if t.at(end) == ':'
                && let Some((s, k)) = minute(end + 1)
            {
                return t.ends(end + 1 + k).then(|| {
                    (
                        format!(
                            "{} giờ {} phút {} giây",
                            number::cardinal(hour),
                            number::cardinal(m),
                            number::cardinal(s)
                        ),
                        a + 2 + n + k,
                    )
                });
            }
            t.ends(end).then(|| (said(m), a + 1 + n))
        }
        _ => None,
    }
}
