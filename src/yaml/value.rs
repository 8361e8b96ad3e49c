//! What a scalar may be: dates, times, durations, addresses; with the sentence for each way to get it wrong.
//!
//! Whether a text *is* a date is decided by a function that the caller hands in (the rules live in another room of this
//! floor); what is wrong with a text that is none is said here.

use super::fault::Say;

/// A kind of scalar.
#[derive(Debug)]
pub struct Value {
    /// Code of the fault when it cannot be read.
    pub code: &'static str,
    /// What it is, in Vietnamese, with an example.
    pub vi: &'static str,
    /// What it is, in English.
    pub en: &'static str,
    /// Refuses what is none, with a sentence.
    pub read: fn(&str) -> Result<(), Say>,
    /// A better sentence for a known slip.
    pub slip: fn(&str) -> Option<Complaint>,
    /// Regular expression for editors (ECMA 262), if a useful one exists.
    pub pattern: Option<&'static str>,
    /// True if bare digits are fine (chat ids, counts).
    pub digits: bool,
}

/// What is wrong with a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// Code of the fault.
    pub code: &'static str,
    /// What, in Vietnamese.
    pub vi: String,
    /// What, in English.
    pub en: String,
    /// What to type, in Vietnamese.
    pub fix_vi: String,
    /// What to type, in English.
    pub fix_en: String,
}

fn complaint(
    code: &'static str,
    vi: String,
    en: String,
    fix_vi: impl Into<String>,
    fix_en: impl Into<String>,
) -> Option<Complaint> {
    Some(Complaint { code, vi, en, fix_vi: fix_vi.into(), fix_en: fix_en.into() })
}

/// No sentence of its own.
pub fn none(_: &str) -> Option<Complaint> {
    None
}

/// Days of a month.
fn month_length(year: u32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        _ => 31,
    }
}

/// The numbers of something that looks like a date: day, month, year.
fn numbers(text: &str) -> Option<(u32, u32, u32)> {
    let parts: Vec<&str> = text.split(['/', '-', '.']).map(str::trim).collect();
    let [a, b, c] = parts.as_slice() else { return None };
    let n = |s: &str| {
        (!s.is_empty() && s.len() <= 4 && s.bytes().all(|b| b.is_ascii_digit()))
            .then(|| s.parse::<u32>().ok())
            .flatten()
    };
    let (x, y, z) = (n(a)?, n(b)?, n(c)?);
    Some(if a.len() == 4 { (z, y, x) } else { (x, y, z) })
}

/// True for `17:00` and `17:00:30`.
pub fn is_clock(text: &str) -> bool {
    let parts: Vec<&str> = text.split(':').collect();
    (2..=3).contains(&parts.len())
        && parts.iter().all(|p| (1..=2).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_digit()))
}

/// What is wrong with a date.
pub fn date_slip(text: &str) -> Option<Complaint> {
    let text = text.trim();
    if is_clock(text) {
        return complaint(
            "T022",
            format!("“{text}” chỉ có giờ, thiếu ngày"),
            format!("“{text}” has a time but no date"),
            "Viết ngày trước: 30/11/2026",
            "Write a date: 30/11/2026",
        );
    }
    let Some((day, month, year)) = numbers(text) else {
        let two: Vec<&str> = text.split(['/', '-']).collect();
        if two.len() == 2
            && two.iter().all(|p| !p.is_empty() && p.len() <= 2 && p.bytes().all(|b| b.is_ascii_digit()))
        {
            return complaint(
                "D001",
                format!("“{text}” thiếu năm"),
                format!("“{text}” has no year"),
                format!("Viết đủ ngày/tháng/năm, ví dụ {text}/2026"),
                format!("Write day/month/year, such as {text}/2026"),
            );
        }
        return None;
    };
    if year < 100 {
        return complaint(
            "D001",
            format!("năm “{year:02}” viết tắt"),
            format!("the year “{year:02}” is cut short"),
            format!("Viết đủ bốn chữ số của năm: {day:02}/{month:02}/20{year:02}"),
            format!("Write all four digits: {day:02}/{month:02}/20{year:02}"),
        );
    }
    if month > 12 && day <= 12 {
        return complaint(
            "D002",
            format!("không có tháng {month}"),
            format!("there is no month {month}"),
            format!("Ngày viết trước, tháng viết sau. Có phải {month:02}/{day:02}/{year}?"),
            format!("The day comes first. Did you mean {month:02}/{day:02}/{year}?"),
        );
    }
    if !(1..=12).contains(&month) {
        return complaint(
            "D002",
            format!("không có tháng {month}"),
            format!("there is no month {month}"),
            "Xem lại lịch.",
            "Look at the calendar.",
        );
    }
    let length = month_length(year, month);
    if day == 0 || day > length {
        return complaint(
            "D002",
            format!("không có ngày {day}/{month}/{year}: tháng {month}/{year} chỉ có {length} ngày"),
            format!("there is no {day}/{month}/{year}: that month has {length} days"),
            format!("Xem lại lịch. Ngày cuối tháng là {length:02}/{month:02}/{year}."),
            format!("Look at the calendar. The last day is {length:02}/{month:02}/{year}."),
        );
    }
    if !(1900..=2200).contains(&year) {
        return complaint(
            "D001",
            format!("năm {year} không hợp lý"),
            format!("the year {year} makes no sense"),
            "Viết năm có bốn chữ số.",
            "Write the year with four digits.",
        );
    }
    complaint(
        "D001",
        format!("không đọc được ngày “{text}”"),
        format!("“{text}” cannot be read as a date"),
        format!("Viết {day:02}/{month:02}/{year}"),
        format!("Write {day:02}/{month:02}/{year}"),
    )
}

/// What is wrong with a time of the day.
pub fn time_slip(text: &str) -> Option<Complaint> {
    let parts: Vec<Option<u32>> = text.split([':', 'h']).map(|p| p.trim().parse().ok()).collect();
    match parts.as_slice() {
        [Some(h), Some(m)] | [Some(h), Some(m), _] if *h > 23 || *m > 59 => complaint(
            "D011",
            format!("không có giờ “{text}”"),
            format!("there is no time “{text}”"),
            "Giờ từ 00:00 đến 23:59.",
            "Times run from 00:00 to 23:59.",
        ),
        [Some(h)] if *h <= 23 => complaint(
            "D011",
            format!("“{text}” thiếu phút"),
            format!("“{text}” has no minutes"),
            format!("Viết {h:02}:00"),
            format!("Write {h:02}:00"),
        ),
        _ => None,
    }
}

/// A time of the day as it should be written, for one that is only written otherwise: `9:00`, `9h30`, `09:00:00`.
fn clock(text: &str) -> Option<String> {
    let two = |s: &str, top: u32| {
        let s = s.trim();
        let digits = (1..=2).contains(&s.len()) && s.bytes().all(|b| b.is_ascii_digit());
        s.parse::<u32>().ok().filter(|n| digits && *n <= top)
    };
    let parts: Vec<&str> = text.trim().split([':', 'h', 'g']).collect();
    let (hour, minute) = match parts.as_slice() {
        [h, ""] => (two(h, 23)?, 0),
        [h, m] => (two(h, 23)?, two(m, 59)?),
        [h, m, s] => {
            two(s, 59)?;
            (two(h, 23)?, two(m, 59)?)
        }
        _ => return None,
    };
    Some(format!("{hour:02}:{minute:02}"))
}

/// A time without the zone behind it, and whether there was one.
fn without_zone(text: &str) -> (&str, bool) {
    let bare = text.trim_end_matches(['Z', 'z']);
    let bare = bare.split_once(['+', '-']).map_or(bare, |(t, _)| t).trim_end();
    (bare, bare.len() < text.len())
}

/// What is wrong with an instant.
pub fn instant_slip(text: &str) -> Option<Complaint> {
    let text = text.trim();
    let (first, rest) = text.split_once([' ', 'T']).unwrap_or((text, ""));
    if is_clock(text) {
        return complaint(
            "T022",
            format!("“{text}” chỉ có giờ, thiếu ngày"),
            format!("“{text}” has a time but no date"),
            format!("Viết ngày rồi giờ: 30/11/2026 {text}. Muốn gửi đều đặn thì dùng   every: monday {text}"),
            format!(
                "Write the date, then the time: 30/11/2026 {text}. For a habit use   every: monday {text}"
            ),
        );
    }
    if is_clock(first)
        && let Some((d, m, y)) = numbers(rest.trim())
    {
        return complaint(
            "D011",
            "ngày phải viết trước giờ".into(),
            "the date comes before the time".into(),
            format!("Viết {d:02}/{m:02}/{y} {first}"),
            format!("Write {d:02}/{m:02}/{y} {first}"),
        );
    }
    if let Some((d, m, y)) = numbers(first)
        && (1..=12).contains(&m)
        && (1..=month_length(y, m)).contains(&d)
        && y >= 100
    {
        let rest = rest.trim();
        let day = format!("{d:02}/{m:02}/{y}");
        if rest.is_empty() {
            return complaint(
                "D011",
                format!("“{text}” thiếu giờ"),
                format!("“{text}” has no time"),
                format!("Viết thêm giờ sau ngày, ví dụ {day} 08:00"),
                format!("Add the time, for example {day} 08:00"),
            );
        }
        let (bare, zone) = without_zone(rest);
        return match (clock(bare), zone) {
            (Some(time), true) => complaint(
                "D011",
                format!("“{rest}” ghi cả múi giờ"),
                format!("“{rest}” names a zone"),
                format!(
                    "Giờ trong tệp là giờ địa phương của cơ quan. Nếu {time} đã là giờ địa phương, viết {day} {time}"
                ),
                format!(
                    "Times in files are the office's own wall clock. If {time} is local time, write {day} {time}"
                ),
            ),
            (Some(time), false) => complaint(
                "D001",
                format!("không đọc được ngày giờ “{text}”"),
                format!("“{text}” cannot be read as a date and a time"),
                format!("Viết {day} {time}"),
                format!("Write {day} {time}"),
            ),
            (None, _) => time_slip(rest).or_else(|| {
                complaint(
                    "D011",
                    format!("không đọc được giờ “{rest}”"),
                    format!("“{rest}” cannot be read as a time"),
                    format!("Viết giờ theo 24 giờ sau ngày, ví dụ {day} 08:00 hoặc {day} 17:30"),
                    format!("Write the time by 24 hours, for example {day} 08:00 or {day} 17:30"),
                )
            }),
        };
    }
    date_slip(first)
}

/// What is wrong with a duration.
pub fn duration_slip(text: &str) -> Option<Complaint> {
    text.trim().parse::<u64>().ok().and_then(|n| {
        complaint(
            "D010",
            format!("{n} gì? Thiếu đơn vị"),
            format!("{n} what? The unit is missing"),
            format!("Viết {n} ngày, hoặc {n} giờ ({n} days, {n} hours)"),
            format!("Write {n} days or {n} hours"),
        )
    })
}

/// What is wrong with a web address.
pub fn url_slip(text: &str) -> Option<Complaint> {
    let looks = text.contains('.') && !text.contains("://") && !text.contains(char::is_whitespace);
    looks
        .then(|| {
            complaint(
                "K013",
                "địa chỉ trang thiếu phần đầu https://".to_owned(),
                "the address lacks https://".to_owned(),
                format!("Viết https://{text}"),
                format!("Write https://{text}"),
            )
        })
        .flatten()
}

/// True for an `http` or `https` address with a host and without spaces.
pub fn is_url(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|r| {
        let host = r.split(['/', '?', '#']).next().unwrap_or_default();
        !host.is_empty()
            && !host.starts_with('.')
            && !text.contains(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"'))
    })
}

/// True for something that can stand in `To:` (RFC 5321's common subset: no quotes, no literals).
pub fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let plain = |s: &str| !s.is_empty() && s.split('.').all(|p| !p.is_empty());
    text.len() <= 254
        && plain(local)
        && plain(domain)
        && domain.contains('.')
        && !domain.starts_with('-')
        && !local.contains('@')
        && !text.contains(|c: char| c.is_whitespace() || c.is_control() || "()<>[]:;,\\\"".contains(c))
}

/// A web address.
pub const URL: Value = Value {
    code: "K013",
    vi: "địa chỉ trang web, như https://hiendienonline.tenmien.vn",
    en: "a web address such as https://hiendienonline.tenmien.vn",
    read: |s| {
        if is_url(s) {
            Ok(())
        } else {
            Err(Say::new("không phải địa chỉ trang web", "not a web address"))
        }
    },
    slip: url_slip,
    pattern: Some("^https?://[^\\s]+$"),
    digits: false,
};

/// A mail address.
pub const EMAIL: Value = Value {
    code: "K014",
    vi: "địa chỉ thư, như ten@don-vi.example",
    en: "a mail address such as name@office.example",
    read: |s| {
        if is_email(s) {
            Ok(())
        } else {
            Err(Say::new("không phải địa chỉ thư", "not a mail address"))
        }
    },
    slip: none,
    pattern: Some("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$"),
    digits: false,
};

/// A date, read by `read`.
pub const fn date(read: fn(&str) -> Result<(), Say>) -> Value {
    Value {
        code: "D001",
        vi: "ngày/tháng/năm, như 30/11/2026",
        en: "a date such as 30/11/2026",
        read,
        slip: date_slip,
        pattern: Some("^(\\d{1,2}/\\d{1,2}/\\d{4}|\\d{4}-\\d{2}-\\d{2})$"),
        digits: false,
    }
}

/// A time of the day, read by `read`.
pub const fn time(read: fn(&str) -> Result<(), Say>) -> Value {
    Value {
        code: "D011",
        vi: "giờ:phút, như 08:00",
        en: "a time such as 08:00",
        read,
        slip: time_slip,
        pattern: None,
        digits: true,
    }
}

/// An instant, read by `read`.
pub const fn instant(read: fn(&str) -> Result<(), Say>) -> Value {
    Value {
        code: "D001",
        vi: "ngày và giờ, như 30/11/2026 08:00",
        en: "a date and a time such as 30/11/2026 08:00",
        read,
        slip: instant_slip,
        pattern: Some("^(\\d{1,2}/\\d{1,2}/\\d{4}|\\d{4}-\\d{2}-\\d{2})[ T].+$"),
        digits: false,
    }
}

/// A duration, read by `read`.
pub const fn duration(read: fn(&str) -> Result<(), Say>) -> Value {
    Value {
        code: "D010",
        vi: "khoảng thời gian, như 2 ngày, 12 giờ",
        en: "a duration such as 2 days, 12 hours",
        read,
        slip: duration_slip,
        pattern: None,
        digits: true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_dates_are_named() {
        assert_eq!(date_slip("31/11/2026").unwrap().code, "D002");
        assert_eq!(
            date_slip("29/02/2026").unwrap().vi,
            "không có ngày 29/2/2026: tháng 2/2026 chỉ có 28 ngày"
        );
        assert!(date_slip("11/30/2026").unwrap().fix_vi.contains("30/11/2026"));
        assert!(date_slip("30/11/26").unwrap().fix_vi.contains("30/11/2026"));
        assert!(date_slip("30/11").unwrap().vi.contains("thiếu năm"));
        assert_eq!(instant_slip("17:00").unwrap().code, "T022");
        assert!(instant_slip("08:00 30/11/2026").unwrap().fix_vi.contains("30/11/2026 08:00"));
        assert!(instant_slip("30/11/2026").unwrap().vi.contains("thiếu giờ"));
        assert!(instant_slip("30/11/2026 25:00").unwrap().vi.contains("không có giờ"));
        // The hour that was written is never changed.
        for (text, fix) in [
            ("30-11-2026 9:00", "Viết 30/11/2026 09:00"),
            ("30.11.2026 9h30", "Viết 30/11/2026 09:30"),
            ("2026-11-30T09:00:00Z", "viết 30/11/2026 09:00"),
            ("2026-11-30 14:15 +09:00", "viết 30/11/2026 14:15"),
            ("2026-11-30T14:15+07:00", "viết 30/11/2026 14:15"),
        ] {
            assert!(instant_slip(text).unwrap().fix_vi.contains(fix), "{text}: {:?}", instant_slip(text));
        }
        assert!(instant_slip("30/11/2026 chín giờ").unwrap().fix_vi.contains("ví dụ"));
        assert!(duration_slip("2").is_some() && duration_slip("2 ngày").is_none());
    }

    #[test]
    fn addresses() {
        assert!(is_email("a.b@c.example") && is_url("https://a.example/x?y#z"));
        for bad in ["a@b", "@b.c", "a b@c.d", "a@b..c", "a@@b.c", "a@b.c,d@e.f", "<a@b.c>", "a@-b.c"] {
            assert!(!is_email(bad), "{bad}");
        }
        for bad in ["a.example", "https://", "https:///x", "ftp://a.b", "https://a b", "https://a\"b"] {
            assert!(!is_url(bad), "{bad}");
        }
    }
}
