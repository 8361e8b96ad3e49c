//! Times of the clock, and ranges of them.

use super::text::{Line, dash, space};
use super::{Hit, number};

/// Words of a part of a day, and others that go with a time of the clock.
const HOURS: [&str; 12] =
    ["lúc", "hồi", "vào", "sáng", "trưa", "chiều", "tối", "đêm", "buổi", "mạc", "đầu", "thúc"];
/// Words that may follow a time of the clock.
const AFTER_HOUR: [&str; 12] =
    ["sáng", "trưa", "chiều", "tối", "đêm", "ngày", "hằng", "hàng", "thứ", "các", "đến", "tới"];

/// `8h30`, `8h`, `08:30`, `8:30:15`, `17g30`, and ranges of them.
pub fn time(t: Line<'_>, i: usize) -> Option<Hit> {
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
    let gap = t.run(i, space);
    let next = t.word(i + gap).to_lowercase();
    (next.is_empty() && !matches!(t.at(i + gap), '%' | '°' | '/') && !t.at(i + gap).is_ascii_digit())
        || AFTER_HOUR.contains(&next.as_str())
}

/// True if `8g` says an hour: by the word before or behind, or by a second one.
fn by_g(t: Line<'_>, i: usize, end: usize) -> bool {
    let before = t.before(i, 2);
    let word = |n: usize| before.get(n).map(String::as_str).unwrap_or_default();
    let gap = t.run(end, space);
    let next = t.word(end + gap).to_lowercase();
    let spoken = ["đến", "tới"].contains(&&*next).then(|| {
        let word = end + gap + next.chars().count();
        word - end + t.run(word, space)
    });
    let second = t.to(end).or(spoken).and_then(|gap| {
        let (_, b) = t.small(end + gap)?;
        let at = end + gap + b;
        let minutes = if t.at(at + 1).is_ascii_digit() { t.digits(at + 1) } else { 0 };
        (matches!(t.at(at), 'g' | 'h') && hour_may_end(t, at + 1 + minutes)).then_some(())
    });
    let span = ["đến", "tới"].contains(&word(0)) && hour_word(word(1));
    let dashed = t.c[..i].iter().rev().find(|c| !space(**c)).is_some_and(|c| dash(*c));
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
    let gap = t.run(end, space);
    let spoken = ["đến", "tới"].contains(&&*t.word(end + gap)).then_some(gap + 3);
    let gap = t.to(end).or_else(|| spoken.map(|n| n + t.run(end + n, space)));
    let second = gap.and_then(|gap| {
        let (_, b) = t.small(end + gap).filter(|(h, _)| *h <= 24)?;
        let at = end + gap + b;
        let m = five(at + 1).filter(|_| t.at(at) == '.')?;
        // Both could be days and months only if neither minute is beyond twelve or none.
        (hour_may_end(t, at + 3) && [minute, m].iter().any(|m| *m == 0 || *m > 12)).then_some(())
    });
    let digits = |s: &str| !s.is_empty() && s.chars().all(|c| c.is_ascii_digit());
    let last = ["đến", "tới"].contains(&word(0)) && digits(word(1)) && digits(word(2)) && word(3) == "từ";
    let dashed = t.c[..i].iter().rev().find(|c| !space(**c)).is_some_and(|c| dash(*c));
    // `từ 14h đến 16.30`: an hour before it.
    let span = ["đến", "tới"].contains(&word(0)) && hour_word(word(1)) || dashed && hour_word(word(0));
    let paper = ["mục", "bảng", "bản", "điều", "khoản", "hình", "điểm", "chương"].contains(&word(0));
    !paper
        && (second.is_some()
            || (last || span || dashed && digits(word(0)) && digits(word(1))) && hour_may_end(t, end))
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
            if t.after(i, &["lệ"]) || t.before(i, 2).iter().any(|w| w == "tỷ" || w == "tỉ") {
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
