//! Dates and times of the clock, and ranges of both.

use super::text::Line;
use super::{Hit, number};

/// Words after which two small numbers with a stroke are a day and a month.
const BEFORE_DAY: [&str; 34] = [
    "ngày", "mùng", "hôm", "từ", "đến", "tới", "sáng", "trưa", "chiều", "tối", "đêm", "trước", "sau", "hết",
    "hạn", "kể", "lễ", "dịp", "khánh", "lao", "động", "nhi", "nghỉ", "mừng", "tết", "nhật", "lúc", "vào",
    "nay", "mai", "nước", "nữ", "nhân", "giờ",
];
/// Weekdays, after `thứ`.
const WEEKDAYS: [&str; 11] = ["hai", "ba", "tư", "năm", "sáu", "bảy", "2", "3", "4", "5", "6"];

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
    let alone =
        sep == '/' && t.ends(i + len) && !(t.at(i + len) == '/' && t.at(i + len + 1).is_ascii_digit());
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
    BEFORE_DAY.contains(&near) || weekday || written_out || earlier || d.day >= month
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
    Hit::both(d.len, said(&d, t.after(i, &["ngày", "mùng", "hôm"])))
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
    let y = t.year(i + lead + a + 1).filter(|_| t.at(i + lead + a) == '/' && t.ends(i + lead + a + 5))?;
    if !(1..=12).contains(&m) || t.at(i + lead + a + 5) == '/' {
        return None;
    }
    if lead == 0 && t.after(i, &["quý", "kỳ", "đợt", "tuần", "số", "khóa", "lần"]) {
        return Hit::both(a + 5, format!("{} năm {}", number::cardinal(m), number::cardinal(y)));
    }
    let said = format!("{} năm {}", number::month(m), number::cardinal(y));
    let said = if known && lead == 0 { said } else { format!("tháng {said}") };
    Hit::both(lead + a + 5, said)
}

/// `T2` to `T7`, `thứ 2`, `tháng 4`, `ngày 5 tháng 12`, `hạng 1`: numbers that are names of places in an order.
fn numbered(t: Line<'_>, i: usize) -> Option<Hit> {
    if t.at(i) == 'T' {
        let (n, a) = t.small(i + 1).filter(|(n, a)| (2..=7).contains(n) && *a == 1)?;
        return if t.ends(i + 1 + a) {
            Hit::both(1 + a, format!("thứ {}", number::ordinal(n)))
        } else {
            None
        };
    }
    let (n, a) = t.small(i).filter(|_| i > 0)?;
    if t.at(i + a).is_alphanumeric()
        || matches!(t.at(i + a), '/' | '%')
        || t.at(i + a) == ',' && t.at(i + a + 1).is_ascii_digit()
        || t.at(i + a) == '.' && t.at(i + a + 1).is_ascii_digit()
        || t.to(i + a).is_some_and(|g| t.at(i + a + g).is_ascii_digit() && !chained(t, i))
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

fn clock(t: Line<'_>, i: usize) -> Option<(String, usize)> {
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
