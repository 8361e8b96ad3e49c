//! What people write in files: dates, times, weekdays, lengths of time, rates, shares.
//!
//! Vietnamese and English alike, in any case, in NFC or NFD, with any number of spaces. A word is read in one way or
//! refused with a sentence ([`Why`]) that says what to write; nothing is guessed, least of all which number is the day.

use std::fmt;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, Weekday};

use super::text::{Lang, clean_line, fold};

/// Why something was not understood, and what to write instead: one sentence in each language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why {
    /// For the office.
    pub vi: String,
    /// For developers.
    pub en: String,
}

impl Why {
    pub(super) fn new(vi: impl Into<String>, en: impl Into<String>) -> Why {
        Why { vi: vi.into(), en: en.into() }
    }
    /// In the language of the screen.
    pub fn text(&self, lang: Lang) -> &str {
        lang.pick(&self.vi, &self.en)
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.en)
    }
}

impl std::error::Error for Why {}

/// First and last year that a date may name; outside of them it is a slip of the keyboard.
pub const YEARS: std::ops::RangeInclusive<i32> = 1900..=2199;

fn digits(s: &str, max_len: usize) -> Option<u32> {
    let ok = !s.is_empty() && s.len() <= max_len && s.bytes().all(|b| b.is_ascii_digit());
    if ok { s.parse().ok() } else { None }
}

/// `30/11/2026`, `1/2/2026` (day first) or `2026-11-30`.
///
/// # Errors
/// Not of these forms, two-digit years, dates that do not exist, years outside [`YEARS`].
pub fn parse_date(s: &str) -> Result<NaiveDate, Why> {
    let s = clean_line(s);
    let form = || {
        Why::new(
            format!("“{s}” không phải là ngày; hãy viết ngày/tháng/năm, ví dụ 30/11/2026"),
            format!("\"{s}\" is no date; write day/month/year, for example 30/11/2026"),
        )
    };
    let day_first: Vec<&str> = s.split('/').map(str::trim).collect();
    let (d, m, y) = if let [d, m, y] = day_first[..] {
        if y.len() == 2 && digits(y, 2).is_some() {
            return Err(Why::new(
                format!("năm trong “{s}” phải viết đủ bốn chữ số, ví dụ 20{y}"),
                format!("the year in \"{s}\" needs four digits, for example 20{y}"),
            ));
        }
        (digits(d, 2), digits(m, 2), digits(y, 4).filter(|_| y.len() == 4))
    } else if let [y, m, d] = s.split('-').map(str::trim).collect::<Vec<_>>()[..] {
        (
            digits(d, 2).filter(|_| d.len() == 2),
            digits(m, 2).filter(|_| m.len() == 2),
            digits(y, 4).filter(|_| y.len() == 4),
        )
    } else {
        return Err(form());
    };
    let (Some(d), Some(m), Some(y)) = (d, m, y) else { return Err(form()) };
    let year = i32::try_from(y).ok().filter(|y| YEARS.contains(y)).ok_or_else(|| {
        Why::new(
            format!("năm {y} nằm ngoài khoảng {}–{}", YEARS.start(), YEARS.end()),
            format!("the year {y} is outside {}–{}", YEARS.start(), YEARS.end()),
        )
    })?;
    NaiveDate::from_ymd_opt(year, m, d).ok_or_else(|| {
        if m > 12 && NaiveDate::from_ymd_opt(year, d, m).is_some() {
            Why::new(
                format!("không có tháng {m}; ngày viết trước, tháng viết sau: {m:02}/{d:02}/{year}"),
                format!("there is no month {m}; the day comes first: {m:02}/{d:02}/{year}"),
            )
        } else {
            Why::new(
                format!("không có ngày {d:02}/{m:02}/{year}"),
                format!("there is no {d:02}/{m:02}/{year}"),
            )
        }
    })
}

/// `08:00`, `8:00`, `8h00`, `8h`, `8 giờ 30`: 24 hours, wall clock, whole minutes.
///
/// # Errors
/// Other forms, hours beyond 23, seconds other than `:00`, `am`/`pm`.
pub fn parse_time(s: &str) -> Result<NaiveTime, Why> {
    let shown = clean_line(s);
    let form = || {
        Why::new(
            format!("“{shown}” không phải là giờ; hãy viết theo 24 giờ, ví dụ 08:00 hoặc 17:30"),
            format!("\"{shown}\" is no time; write it by 24 hours, for example 08:00 or 17:30"),
        )
    };
    let f = fold(&shown).replace("gio", "h").replace("phut", "");
    let f: String = f.chars().filter(|c| !c.is_whitespace()).collect();
    let (h, m) = if let Some((h, rest)) = f.split_once(':') {
        (h, rest.strip_suffix(":00").unwrap_or(rest))
    } else if let Some((h, m)) = f.split_once(['h', 'g']) {
        (h, if m.is_empty() { "00" } else { m })
    } else {
        return Err(form());
    };
    let (Some(hour), Some(minute)) = (digits(h, 2), digits(m, 2).filter(|_| m.len() == 2)) else {
        return Err(form());
    };
    if hour == 24 && minute == 0 {
        return Err(Why::new(
            "24:00 chính là 00:00 của ngày hôm sau; hãy viết 00:00 và ngày hôm sau, hoặc 23:59",
            "24:00 is 00:00 of the next day; write 00:00 and the next day, or 23:59",
        ));
    }
    NaiveTime::from_hms_opt(hour, minute, 0).ok_or_else(form)
}

/// `30/11/2026 08:00`, `2026-11-30 08:00`, `2026-11-30T08:00`: wall clock of the workspace.
///
/// # Errors
/// A part that is missing or wrong; a zone or offset (times are wall-clock times).
pub fn parse_datetime(s: &str) -> Result<NaiveDateTime, Why> {
    let s = clean_line(s);
    let upper = s.to_ascii_uppercase();
    let iso_t = s.len() > 11 && s.is_char_boundary(10) && upper.as_bytes().get(10) == Some(&b'T');
    let (d, t) = if iso_t { (&s[..10], &s[11..]) } else { s.split_once([' ', ',']).unwrap_or((&s, "")) };
    let t = t.trim_start_matches([' ', ',']);
    let date = parse_date(d)?;
    if t.is_empty() {
        return Err(Why::new(
            format!(
                "thiếu giờ sau ngày {}; ví dụ: {} 08:00",
                super::text::date(date),
                super::text::date(date)
            ),
            format!("the time is missing; for example: {} 08:00", super::text::date(date)),
        ));
    }
    if iso_t && (upper.ends_with('Z') || t.contains(['+', '-'])) {
        return Err(Why::new(
            "không ghi múi giờ sau giờ; giờ viết trong tệp là giờ địa phương của cơ quan",
            "write no zone after the time; times in files are the office's own wall clock",
        ));
    }
    Ok(date.and_time(parse_time(t)?))
}

/// All seven days, Monday first.
pub const WEEK: [Weekday; 7] =
    [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri, Weekday::Sat, Weekday::Sun];

fn weekday(folded: &str, after_thu: bool) -> Option<Weekday> {
    let f = folded.trim();
    // "thứ 2, 4, 6": after one "thứ" a bare number or word belongs to it.
    let bare =
        ["thw ", "thu ", "ngay thw "].iter().find_map(|p| f.strip_prefix(p)).or(after_thu.then_some(f));
    let vi = match bare.map(str::trim) {
        Some("hai" | "2") => Some(Weekday::Mon),
        Some("ba" | "3") => Some(Weekday::Tue),
        Some("tu" | "4") => Some(Weekday::Wed),
        Some("nam" | "5") => Some(Weekday::Thu),
        Some("sau" | "6") => Some(Weekday::Fri),
        Some("bay" | "7") => Some(Weekday::Sat),
        Some(_) | None => None,
    };
    vi.or(match f {
        "mon" | "monday" | "mondays" | "t2" => Some(Weekday::Mon),
        "tue" | "tues" | "tuesday" | "tuesdays" | "t3" => Some(Weekday::Tue),
        "wed" | "wednesday" | "wednesdays" | "t4" => Some(Weekday::Wed),
        "thu" | "thur" | "thurs" | "thursday" | "thursdays" | "t5" => Some(Weekday::Thu),
        "fri" | "friday" | "fridays" | "t6" => Some(Weekday::Fri),
        "sat" | "saturday" | "saturdays" | "t7" => Some(Weekday::Sat),
        "sun" | "sunday" | "sundays" | "cn" | "chu nhat" | "chua nhat" => Some(Weekday::Sun),
        _ => None,
    })
}

/// Names of weekdays: `monday`, `thứ Hai, thứ Tư`, `T2-T6`, `thứ 2, 4, 6`, `CN`, `weekdays`/`ngày làm việc`,
/// `weekend`/`cuối tuần`, `daily`/`hằng ngày`. Each day once, Monday first.
///
/// # Errors
/// A word that is no weekday; a bare number, because numbers of weekdays mean different days to different people.
pub fn parse_days(s: &str) -> Result<Vec<Weekday>, Why> {
    let shown = clean_line(s);
    // "thứ" must not fold to the English "thu": alone it is an unfinished word, not Thursday.
    let f = fold(&shown.to_lowercase().replace("thứ", "thw")).replace(['–', '—'], "-");
    let f = f.replace(" va ", ",").replace(" and ", ",").replace([';', '&'], ",");
    let mut chosen = [false; 7];
    let mut after_thu = false;
    for item in f.split(',').map(str::trim) {
        match item {
            "weekdays" | "weekday" | "working days" | "ngay lam viec" | "ngay thuong"
            | "cac ngay lam viec" => {
                chosen[..5].fill(true);
                continue;
            }
            "weekend" | "weekends" | "cuoi tuan" => {
                chosen[5..].fill(true);
                continue;
            }
            "daily" | "every day" | "everyday" | "all days" | "hang ngay" | "moi ngay" | "ngay nao cung" => {
                chosen.fill(true);
                continue;
            }
            _ => {}
        }
        let item = item.strip_prefix("tu ").filter(|r| r.contains(" den ")).unwrap_or(item);
        let ends =
            item.split_once(" den ").or_else(|| item.split_once(" to ")).or_else(|| item.split_once('-'));
        let (first, last) = ends.unwrap_or((item, item));
        after_thu = after_thu && !item.is_empty() || first.starts_with("thw ") || first.starts_with("thu ");
        let (Some(a), Some(b)) = (weekday(first, after_thu), weekday(last, after_thu)) else {
            let numeric =
                !item.is_empty() && item.chars().all(|c| c.is_ascii_digit() || c == '-' || c == ' ');
            // The author's own letters where folding changed none; otherwise all that was written.
            let own = !item.is_empty() && shown.to_lowercase().contains(item);
            let word = if own { item } else { shown.as_str() };
            return Err(if numeric {
                Why::new(
                    format!("số “{word}” không rõ là thứ mấy; hãy viết tên thứ: thứ Hai, T2 hoặc monday"),
                    format!(
                        "the number \"{word}\" does not say which weekday; write its name: monday or thứ Hai"
                    ),
                )
            } else {
                Why::new(
                    format!(
                        "“{word}” không phải là thứ trong tuần; hãy viết thứ Hai, T2, CN, ngày làm việc hoặc hằng ngày"
                    ),
                    format!("\"{word}\" is no weekday; write monday, T2, weekdays or daily"),
                )
            });
        };
        let (a, b) = (a.num_days_from_monday() as usize, b.num_days_from_monday() as usize);
        let length = (b + 7 - a) % 7;
        for i in a..=a + length {
            chosen[i % 7] = true;
        }
    }
    Ok(WEEK.into_iter().zip(chosen).filter_map(|(d, yes)| yes.then_some(d)).collect())
}

/// `monday 08:00`, `thứ Hai 08:00`, `thứ Hai, thứ Tư lúc 8h30`: which days, at what time.
///
/// # Errors
/// Days or time missing or wrong.
pub fn parse_every(s: &str) -> Result<(Vec<Weekday>, NaiveTime), Why> {
    let line = clean_line(s);
    // The shortest tail that reads as a time is the time: "8 giờ 30" has three words.
    let words: Vec<&str> = line.split(' ').collect();
    let cut = (1..=words.len().min(4)).rev().find_map(|n| {
        let (head, tail) = words.split_at(words.len() - n);
        parse_time(&tail.join(" ")).ok().map(|t| (head.to_vec(), t))
    });
    let Some((mut head, time)) = cut else {
        // Whatever the last word is, it was meant as a time if it has a digit and a mark of a time.
        if let Some(last) = words.last().filter(|w| w.contains(':')) {
            parse_time(last)?;
        }
        return Err(Why::new(
            format!("“{line}” thiếu giờ; hãy viết ví dụ: thứ Hai 08:00"),
            format!("\"{line}\" has no time; write for example: monday 08:00"),
        ));
    };
    if head.last().is_some_and(|w| matches!(fold(w).as_str(), "luc" | "at" | "vao")) {
        head.pop();
    }
    if head.is_empty() {
        return Err(Why::new(
            format!("“{line}” thiếu thứ trong tuần; hãy viết ví dụ: thứ Hai {}", super::text::time(time)),
            format!("\"{line}\" has no weekday; write for example: monday {}", super::text::time(time)),
        ));
    }
    Ok((parse_days(head.join(" ").trim_end_matches(','))?, time))
}

/// A whole number as people write it: `300`, `3.000`.
fn count(s: &str) -> Option<u32> {
    let s = s.trim();
    if let Some((first, rest)) = s.split_once('.') {
        digits(first, 3)?;
        if rest.split('.').any(|g| g.len() != 3 || digits(g, 3).is_none()) {
            return None;
        }
    }
    digits(&s.replace('.', ""), 9)
}

/// Splits `12 hours` and `12h` into number and word.
pub(super) fn number_and_word(folded: &str) -> Option<(u32, &str)> {
    let at = folded.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    Some((count(&folded[..at])?, folded[at..].trim()))
}

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
pub(super) const DAY: u64 = 24 * HOUR;

pub(super) fn unit_seconds(word: &str) -> Option<u64> {
    Some(match word {
        "s" | "sec" | "secs" | "second" | "seconds" | "giay" => 1,
        "m" | "min" | "mins" | "minute" | "minutes" | "phut" => MINUTE,
        "h" | "hr" | "hrs" | "hour" | "hours" | "gio" | "tieng" => HOUR,
        "d" | "day" | "days" | "ngay" => DAY,
        "w" | "week" | "weeks" | "tuan" => 7 * DAY,
        _ => return None,
    })
}

/// A length of time in seconds: `2 days`, `2 ngày`, `12 hours`, `12h`, `90 phút`, `1 tuần`.
///
/// # Errors
/// A number without a unit, a unit without a fixed length (months, working days), anything else.
pub fn parse_duration(s: &str) -> Result<i64, Why> {
    let shown = clean_line(s);
    let f = fold(&shown);
    if matches!(number_and_word(&f), Some((_, "working day" | "working days" | "ngay lam viec"))) {
        return Err(Why::new(
            "ngày làm việc dài ngắn tùy lịch nghỉ nên không dùng được ở đây; hãy viết theo ngày, ví dụ 2 ngày",
            "working days have no fixed length and cannot stand here; write days, for example 2 days",
        ));
    }
    number_and_word(&f)
        .and_then(|(n, word)| i64::try_from(u64::from(n).checked_mul(unit_seconds(word)?)?).ok())
        .ok_or_else(|| {
            Why::new(
                format!(
                    "“{shown}” không phải là khoảng thời gian; hãy viết ví dụ 2 ngày, 12 giờ hoặc 90 phút"
                ),
                format!("\"{shown}\" is no length of time; write for example 2 days, 12 hours or 90 minutes"),
            )
        })
}

/// `tin/giờ`, `mails/hour`: what is counted may be named.
pub(super) fn is_noun(folded: &str) -> bool {
    matches!(
        folded.trim(),
        "" | "tin" | "thu" | "email" | "emails" | "mail" | "mails" | "message" | "messages"
    )
}

/// `21:00 - 07:00`: two times of day; the range may cross midnight.
///
/// # Errors
/// Not two times; twice the same time.
pub fn parse_time_range(s: &str) -> Result<(NaiveTime, NaiveTime), Why> {
    let line = clean_line(s);
    let folded = fold(&line).replace(['–', '—'], "-").replace(" den ", "-").replace(" to ", "-");
    let Some((a, b)) = folded.split_once('-') else {
        return Err(Why::new(
            format!("“{line}” không phải là khoảng giờ; hãy viết ví dụ 05:30-06:00"),
            format!("\"{line}\" is no range of times; write for example 05:30-06:00"),
        ));
    };
    let (from, until) = (parse_time(a.trim().trim_start_matches("tu "))?, parse_time(b)?);
    if from == until {
        return Err(Why::new(
            format!("khoảng giờ “{line}” rỗng: bắt đầu và kết thúc trùng nhau"),
            format!("the range \"{line}\" is empty: it begins and ends at the same time"),
        ));
    }
    Ok((from, until))
}

/// `05:30-06:00`: a session within one day.
///
/// # Errors
/// As [`parse_time_range`]; an end before the beginning.
pub fn parse_session_range(s: &str) -> Result<(NaiveTime, NaiveTime), Why> {
    let (from, until) = parse_time_range(s)?;
    if until < from {
        let (a, b) = (super::text::time(from), super::text::time(until));
        return Err(Why::new(
            format!("buổi phát kết thúc ({b}) trước khi bắt đầu ({a}); buổi phát phải nằm trong một ngày"),
            format!("the session ends ({b}) before it begins ({a}); a session lies within one day"),
        ));
    }
    Ok((from, until))
}

/// A share in percent, 0 to 100: `50%`, `50 %`, `12,5%`, `50`.
///
/// # Errors
/// Anything else; more than 100.
pub fn parse_percent(s: &str) -> Result<f64, Why> {
    let line = clean_line(s);
    let bare = line.strip_suffix('%').unwrap_or(&line).trim();
    let (whole, part) = bare.split_once([',', '.']).unwrap_or((bare, "0"));
    match (digits(whole, 3), digits(part, 4)) {
        (Some(_), Some(_)) => format!("{whole}.{part}").parse::<f64>().ok().filter(|p| *p <= 100.0),
        _ => None,
    }
    .ok_or_else(|| {
        Why::new(
            format!("“{line}” không phải là tỷ lệ từ 0 đến 100%; hãy viết ví dụ 50% hoặc 12,5%"),
            format!("\"{line}\" is no share from 0 to 100%; write for example 50% or 12.5%"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use Weekday::*;
    use proptest::prelude::*;
    use unicode_normalization::UnicodeNormalization;

    fn d(y: i32, m: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(y, m, day).expect("a date")
    }
    fn t(h: u32, m: u32) -> NaiveTime {
        NaiveTime::from_hms_opt(h, m, 0).expect("a time")
    }
    fn nfd(s: &str) -> String {
        s.nfd().collect()
    }

    #[test]
    fn dates() {
        for s in ["30/11/2026", " 30/11/2026 ", "2026-11-30", "30 / 11 / 2026"] {
            assert_eq!(parse_date(s), Ok(d(2026, 11, 30)), "{s}");
        }
        assert_eq!(parse_date("1/2/2026"), Ok(d(2026, 2, 1)));
        assert_eq!(parse_date("29/02/2028"), Ok(d(2028, 2, 29)));
        for s in [
            "31/11/2026",
            "29/02/2026",
            "00/01/2026",
            "1/13/2026",
            "30/11",
            "30/11/26",
            "2026/11/30",
            "30-11-2026",
            "",
            "x",
            "1/1/0001",
            "1/1/9999",
            "+1/1/2026",
            "1/1/2026/1",
            "2026-1-3",
            "٣٠/11/2026",
            "30/11/2026 08:00",
        ] {
            assert!(parse_date(s).is_err(), "{s}");
        }
        assert!(parse_date("11/30/2026").unwrap_err().vi.contains("30/11/2026"));
        assert!(parse_date("30/11/26").unwrap_err().vi.contains("2026"));
    }

    #[test]
    fn times() {
        for s in ["08:00", "8:00", "8h00", "8h", "8 giờ", "8 GIỜ 00 phút", "8g00", "08:00:00", " 8 : 00"]
        {
            assert_eq!(parse_time(s), Ok(t(8, 0)), "{s}");
            assert_eq!(parse_time(&nfd(s)), Ok(t(8, 0)), "{s}");
        }
        for s in
            ["", "8", "24:00", "25:00", "08:60", "8:0", "8am", "08:00 pm", "08:00:30", "-8:00", "8h5", "1020"]
        {
            assert!(parse_time(s).is_err(), "{s}");
        }
    }

    #[test]
    fn instants() {
        let want = d(2026, 11, 30).and_time(t(8, 0));
        for s in [
            "30/11/2026 08:00",
            "30/11/2026  8h00",
            "2026-11-30 08:00",
            "2026-11-30T08:00",
            "2026-11-30t08:00:00",
        ] {
            assert_eq!(parse_datetime(s), Ok(want), "{s}");
        }
        for s in [
            "30/11/2026",
            "08:00",
            "2026-11-30T08:00Z",
            "2026-11-30T08:00+07:00",
            "30/11/2026 25:00",
            "31/11/2026 8:00",
        ] {
            assert!(parse_datetime(s).is_err(), "{s}");
        }
    }

    #[test]
    fn weekdays() {
        let all = WEEK.to_vec();
        let work = WEEK[..5].to_vec();
        for (s, want) in [
            ("monday", vec![Mon]),
            ("Thứ Hai", vec![Mon]),
            ("thứ ba", vec![Tue]),
            ("thứ Tư", vec![Wed]),
            ("thứ năm", vec![Thu]),
            ("thứ Sáu", vec![Fri]),
            ("THỨ BẢY", vec![Sat]),
            ("Chủ nhật", vec![Sun]),
            ("chủ  nhật", vec![Sun]),
            ("T2", vec![Mon]),
            ("T7, CN", vec![Sat, Sun]),
            ("thứ 2, 4, 6", vec![Mon, Wed, Fri]),
            ("thứ Hai, Tư và thứ Sáu", vec![Mon, Wed, Fri]),
            ("fri,mon, Monday", vec![Mon, Fri]),
            ("thu", vec![Thu]),
            ("T2-T6", work.clone()),
            ("từ thứ Hai đến thứ Sáu", work.clone()),
            ("sat-mon", vec![Mon, Sat, Sun]),
            ("weekdays", work.clone()),
            ("ngày làm việc", work),
            ("hằng ngày", all.clone()),
            ("hàng ngày", all.clone()),
            ("daily", all),
            ("cuối tuần", vec![Sat, Sun]),
        ] {
            assert_eq!(parse_days(s), Ok(want.clone()), "{s}");
            assert_eq!(parse_days(&nfd(s)), Ok(want), "{s} in NFD");
        }
        for s in ["", ",", "2", "1-5", "thứ 8", "thứ 1", "moonday", "thứ", "T8", "monday,", "2, thứ 4"]
        {
            assert!(parse_days(s).is_err(), "{s}");
        }
        assert!(parse_days("2").unwrap_err().vi.contains("hãy viết tên thứ"));
    }

    #[test]
    fn every() {
        for s in ["thứ Hai 08:00", "monday 8:00", "Monday at 08:00", "thứ Hai lúc 8 giờ 00", "T2, 8h"]
        {
            assert_eq!(parse_every(s), Ok((vec![Mon], t(8, 0))), "{s}");
        }
        assert_eq!(parse_every("thứ 2, 4 08:30"), Ok((vec![Mon, Wed], t(8, 30))));
        assert_eq!(parse_every("thứ Hai 8 giờ 30 phút"), Ok((vec![Mon], t(8, 30))));
        for s in ["monday", "08:00", "monday 25:00", "2 08:00", "", "08:00 monday"] {
            assert!(parse_every(s).is_err(), "{s}");
        }
        assert!(parse_every("monday 25:00").unwrap_err().en.contains("25:00"));
    }

    #[test]
    fn lengths_of_time() {
        for (s, want) in [
            ("2 days", 172_800),
            ("2 ngày", 172_800),
            ("12 hours", 43_200),
            ("12h", 43_200),
            ("90 phút", 5_400),
            ("1 tuần", 604_800),
            ("0 ngày", 0),
            ("1.000 giây", 1_000),
            ("1 giờ", 3_600),
        ] {
            assert_eq!(parse_duration(s), Ok(want), "{s}");
        }
        for s in [
            "2",
            "",
            "days",
            "-2 days",
            "1 month",
            "1,5 ngày",
            "1.5 days",
            "9999999999 days",
            "2 ngày làm việc",
        ] {
            assert!(parse_duration(s).is_err(), "{s}");
        }
    }

    #[test]
    fn ranges_and_shares() {
        for s in ["05:30-06:00", "5h30 – 6h", "từ 05:30 đến 06:00"] {
            assert_eq!(parse_session_range(s), Ok((t(5, 30), t(6, 0))), "{s}");
        }
        assert_eq!(parse_time_range("21:00 - 07:00"), Ok((t(21, 0), t(7, 0))));
        for s in ["21:00-07:00", "06:00-06:00", "06:00", "", "6-7", "05:30-06:00-07:00"] {
            assert!(parse_session_range(s).is_err(), "{s}");
        }
        for (s, want) in
            [("50%", 50.0), ("50 %", 50.0), ("12,5%", 12.5), ("12.5", 12.5), ("0", 0.0), ("100%", 100.0)]
        {
            assert_eq!(parse_percent(s), Ok(want), "{s}");
        }
        for s in ["", "%", "101%", "-1%", "nan", "1e1", "50%%", "50-60%", "100,01"] {
            assert!(parse_percent(s).is_err(), "{s}");
        }
    }

    proptest! {
        #[test]
        fn every_date_is_read_back(days in 0i64..80_000) {
            let day = d(1900, 1, 1) + chrono::TimeDelta::days(days);
            prop_assert_eq!(parse_date(&super::super::text::date(day)), Ok(day));
            prop_assert_eq!(parse_date(&day.to_string()), Ok(day));
            prop_assert_eq!(parse_datetime(&format!("{day}T09:05")), Ok(day.and_time(t(9, 5))));
        }

        #[test]
        fn nothing_panics(s in "\\PC{0,24}|[0-9/:.,%Tthứngày \\-]{0,16}") {
            let _ = (parse_date(&s), parse_time(&s), parse_datetime(&s), parse_days(&s), parse_every(&s), parse_duration(&s));
            let _ = (crate::domain::rate::parse_rate(&s), parse_session_range(&s), parse_percent(&s));
        }
    }
}
