//! Numbers with what they count: telephone numbers, thousands and decimals, percent, money, units, ranges, parts of a whole.

use super::text::{Line, space};
use super::{Hit, number};

/// Units behind a number, and what is said for them.
const UNITS: &[(&str, &str)] = &[
    ("%", "phần trăm"),
    ("‰", "phần nghìn"),
    ("đồng", "đồng"),
    ("đ", "đồng"),
    ("₫", "đồng"),
    ("VNĐ", "đồng"),
    ("VND", "đồng"),
    ("vnđ", "đồng"),
    ("US$", "đô la Mỹ"),
    ("USD", "đô la Mỹ"),
    ("$", "đô la Mỹ"),
    ("EUR", "ơ-rô"),
    ("€", "ơ-rô"),
    ("tr", "triệu"),
    ("k", "nghìn"),
    ("K", "nghìn"),
    ("km²", "ki-lô-mét vuông"),
    ("km2", "ki-lô-mét vuông"),
    ("km³", "ki-lô-mét khối"),
    ("km", "ki-lô-mét"),
    ("m²", "mét vuông"),
    ("m2", "mét vuông"),
    ("m³", "mét khối"),
    ("m3", "mét khối"),
    ("cm²", "xăng-ti-mét vuông"),
    ("cm2", "xăng-ti-mét vuông"),
    ("cm", "xăng-ti-mét"),
    ("mm", "mi-li-mét"),
    ("dm", "đề-xi-mét"),
    ("m", "mét"),
    ("ha", "héc-ta"),
    ("kg", "ki-lô-gam"),
    ("mg", "mi-li-gam"),
    ("g", "gam"),
    ("ml", "mi-li-lít"),
    ("lít", "lít"),
    ("l", "lít"),
    ("L", "lít"),
    ("KB", "ki-lô-bai"),
    ("MB", "mê-ga-bai"),
    ("GB", "gi-ga-bai"),
    ("TB", "tê-ra-bai"),
    ("Kbps", "ki-lô-bít một giây"),
    ("kbps", "ki-lô-bít một giây"),
    ("Mbps", "mê-ga-bít một giây"),
    ("Gbps", "gi-ga-bít một giây"),
    ("kHz", "ki-lô-héc"),
    ("MHz", "mê-ga-héc"),
    ("GHz", "gi-ga-héc"),
    ("Hz", "héc"),
    ("kWh", "ki-lô-oát giờ"),
    ("kW", "ki-lô-oát"),
    ("KW", "ki-lô-oát"),
    ("MW", "mê-ga-oát"),
    ("W", "oát"),
    ("kV", "ki-lô-vôn"),
    ("KV", "ki-lô-vôn"),
    ("V", "vôn"),
    ("dB", "đề-xi-ben"),
    ("px", "điểm ảnh"),
    ("°C", "độ xê"),
    ("ºC", "độ xê"),
    ("oC", "độ xê"),
    ("°F", "độ ép"),
    ("°", "độ"),
    ("giờ", "giờ"),
    ("h", "giờ"),
    ("phút", "phút"),
    ("ph", "phút"),
    ("p", "phút"),
    ("'", "phút"),
    ("’", "phút"),
    ("giây", "giây"),
    ("s", "giây"),
    ("tuổi", "tuổi"),
];

/// Words after which three or four digits are a telephone number.
const CALL: [&str; 7] = ["gọi", "đài", "nóng", "hotline", "thoại", "máy", "sđt"];
/// Words after which digits are a name, not a quantity.
const NAMED: [&str; 14] =
    ["số", "mã", "khoản", "cước", "thẻ", "id", "mst", "cccd", "cmnd", "thuế", "otp", "pin", "bưu", "seri"];

/// A number as it stands.
struct Num {
    len: usize,
    said: String,
    value: Option<u64>,
}

/// A telephone number: from 0, +84, 1800, 1900, or a few digits after `gọi`; in its groups, digit by digit.
pub fn phone(t: Line<'_>, i: usize) -> Option<Hit> {
    let sep = |c: char| space(c) || matches!(c, '.' | '-' | '\u{2011}' | '\u{2013}');
    let open = usize::from(t.at(i) == '(');
    let plus = usize::from(t.at(i + open) == '+');
    let mut at = i + open + plus;
    let mut groups: Vec<String> = vec![];
    let mut end = at;
    loop {
        let n = t.digits(at);
        if n == 0 {
            break;
        }
        groups.push(t.text(at, n));
        at += n;
        end = at;
        if open == 1 && groups.len() == 1 {
            if t.at(at) != ')' {
                return None;
            }
            at += 1;
            end = at;
        }
        let gap = t.run(at, sep);
        if gap > 1 && !(gap == 3 && space(t.at(at))) || t.digits(at + gap) < 2 {
            break;
        }
        at += gap;
        if gap == 0 && open == 0 {
            break;
        }
    }
    let total: usize = groups.iter().map(String::len).sum();
    let first = groups.first()?.clone();
    let like = if plus == 1 {
        first.starts_with("84") && (10..=12).contains(&total)
    } else if first.starts_with("1800") || first.starts_with("1900") {
        (8..=10).contains(&total)
    } else if first.starts_with('0') {
        (9..=12).contains(&total) && (first.len() > 2 || groups.len() > 1)
    } else if groups.len() == 1 && (3..=4).contains(&total) {
        let before = t.before(i, 3);
        let near = |n: usize| before.get(n).map(String::as_str).unwrap_or_default();
        CALL.contains(&near(0)) || near(0) == "số" && CALL.contains(&near(1))
    } else {
        groups.len() == 1 && total >= 7 && t.before(i, 2).iter().any(|w| NAMED.contains(&w.as_str()))
    };
    // A number of a document, a date or an amount of money ends otherwise.
    if !like
        || !t.ends(end)
        || matches!(t.at(end), '/' | '%')
        || t.at(end) == ',' && t.at(end + 1).is_ascii_digit()
    {
        return None;
    }
    if let [one] = groups.as_slice() {
        groups = grouped(one);
    }
    let said: Vec<String> = groups.iter().map(|g| number::digits(g)).collect();
    Hit::both(end - i, format!("{}{}", if plus == 1 { "cộng " } else { "" }, said.join(", ")))
}

/// Digits without groups, as they are told over the telephone: four, then threes; identity numbers in threes.
fn grouped(s: &str) -> Vec<String> {
    let first = match s.len() {
        0..=4 => s.len(),
        8 => 4,
        12 => 3,
        _ => 4,
    };
    let mut out = vec![s[..first].to_owned()];
    let step = if s.len() == 8 { 4 } else { 3 };
    let mut rest = &s[first..];
    while !rest.is_empty() {
        // The last group has two to four digits.
        let n = if rest.len() == step + 1 { rest.len() } else { step.min(rest.len()) };
        out.push(rest[..n].to_owned());
        rest = &rest[n..];
    }
    out
}

/// A number at this place: `12.500`, `12,5`, `4.0`, `05`.
fn num(t: Line<'_>, i: usize) -> Option<Num> {
    let n = t.digits(i);
    if n == 0 {
        return None;
    }
    let head = t.text(i, n);
    let mut whole = head.clone();
    let mut len = n;
    if n <= 3 && !head.starts_with('0') {
        while t.at(i + len) == '.' && t.digits(i + len + 1) == 3 {
            whole.push_str(&t.text(i + len + 1, 3));
            len += 4;
        }
    }
    let grouped = len > n;
    // `1.2.3`, `4.0`, an address of four numbers: each by itself.
    if !grouped && t.at(i + len) == '.' && t.digits(i + len + 1) > 0
        || grouped && t.at(i + len) == '.' && t.digits(i + len + 1) > 0
    {
        let mut said = read_whole(&head);
        let mut at = i + n;
        while t.at(at) == '.' && t.digits(at + 1) > 0 {
            let m = t.digits(at + 1);
            said = format!("{said} chấm {}", read_whole(&t.text(at + 1, m)));
            at += m + 1;
        }
        return Some(Num { len: at - i, said, value: None });
    }
    let value = whole.parse::<u64>().ok().filter(|_| whole.len() <= 15);
    let named = t.before(i, 1).first().is_some_and(|w| NAMED.contains(&w.as_str()));
    let mut said = if head.len() > 1 && head.starts_with('0') && !grouped {
        // `05 hồ sơ` is a quantity, `số 05` and `007` are names.
        match value {
            Some(v) if head.len() == 2 && !named => number::cardinal(v),
            _ => number::digits(&head),
        }
    } else {
        match value {
            Some(v) => number::cardinal(v),
            None => number::digits(&whole),
        }
    };
    let mut out_value = value;
    if t.at(i + len) == ',' {
        let d = t.digits(i + len + 1);
        let list = matches!(t.at(i + len + 1 + d), ',' | '.') && t.at(i + len + 2 + d).is_ascii_digit()
            || i > 1 && t.at(i - 1) == ',' && t.at(i - 2).is_ascii_digit();
        if d > 0 && !list {
            said = format!("{said} phẩy {}", number::decimals(&t.text(i + len + 1, d)));
            len += d + 1;
            out_value = None;
        }
    }
    Some(Num { len, said, value: out_value })
}

fn read_whole(s: &str) -> String {
    match s.parse::<u64>() {
        Ok(v) if s.len() <= 15 && !(s.len() > 1 && s.starts_with('0')) => number::cardinal(v),
        _ => number::digits(s),
    }
}

/// A unit at this place, a space before it allowed: characters it takes, and what is said.
fn unit(t: Line<'_>, i: usize) -> Option<(usize, &'static str)> {
    let gap = t.run(i, space);
    if gap > 1 {
        return None;
    }
    // Behind a space a single letter may be a word of its own (`lớp 5 k`), not so the common ones.
    let (written, said) = UNITS
        .iter()
        .filter(|(u, _)| t.has(i + gap, u))
        // `5 đ/c`: five comrades.
        .filter(|(u, _)| {
            *u != "đ" || !(["/c", "/k"].iter().any(|s| t.has(i + gap + 1, s)) && t.ends(i + gap + 3))
        })
        .filter(|(u, _)| {
            let end = i + gap + u.chars().count();
            !u.chars().last().is_some_and(char::is_alphanumeric) || t.ends(end)
        })
        .filter(|(u, _)| {
            gap == 0 || !matches!(*u, "k" | "K" | "p" | "s" | "'" | "’" | "tr" | "V" | "W" | "L" | "oC")
        })
        .max_by_key(|(u, _)| u.chars().count())?;
    Some((gap + written.chars().count(), said))
}

/// `/năm` behind an amount: "một năm".
fn each(t: Line<'_>, i: usize) -> Option<(usize, String)> {
    if t.at(i) != '/' {
        return None;
    }
    if let Some((n, said)) = unit(t, i + 1).filter(|_| !space(t.at(i + 1))) {
        let area = said.ends_with("vuông") || said.ends_with("khối");
        return Some((n + 1, format!("{} {said}", if area { "trên một" } else { "một" })));
    }
    let word = t.word(i + 1);
    let plain = !word.is_empty() && word.chars().all(char::is_lowercase) && super::words::sayable(&word);
    plain.then(|| (1 + word.chars().count(), format!("một {word}")))
}

/// Reads a number with its unit, a range, or a part of a whole.
pub fn read(t: Line<'_>, i: usize) -> Option<Hit> {
    if let Some(h) = signed(t, i) {
        return Some(h);
    }
    let a = num(t, i)?;
    let mut at = i + a.len;
    // `1tr5`: a million and a half.
    if t.has(at, "tr") && t.digits(at + 2) == 1 && t.ends(at + 3) {
        let d = t.text(at + 2, 1);
        let more = if d == "5" { "rưỡi".to_owned() } else { number::digits(&d) };
        return Hit::both(at + 3 - i, format!("{} triệu {more}", a.said));
    }
    if let Some(h) = part(t, i, &a) {
        return Some(h);
    }
    // `3x4`, `3 x 4`: by.
    let gap = t.run(at, space);
    if matches!(t.at(at + gap), 'x' | '×' | '*') {
        let g2 = t.run(at + gap + 1, space);
        if let Some(b) = num(t, at + gap + 1 + g2) {
            let mut end = at + gap + 1 + g2 + b.len;
            let mut said = format!("{} nhân {}", a.said, b.said);
            if let Some((n, u)) = unit(t, end) {
                said = format!("{said} {u}");
                end += n;
            }
            return t.ends(end).then(|| Hit::both(end - i, said))?;
        }
    }
    let own = unit(t, at);
    if let Some((n, _)) = own {
        at += n;
    }
    if let Some(gap) = t.to(at)
        && !(t.at(at) == '-'
            && own.is_none()
            && t.before(i, 1).first().is_some_and(|w| w.chars().all(|c| c.is_ascii_digit()))
            && gap == 1
            && i > 0
            && t.c[i - 1] == '-')
        && let Some(b) = num(t, at + gap)
    {
        let end = at + gap + b.len;
        let other = unit(t, end);
        let clean = t.ends(end) || other.is_some();
        let more = t.at(end) == '-' && t.at(end + 1).is_ascii_digit();
        if clean && !more {
            return range(t, i, (&a, own), (&b, other), end);
        }
    }
    let mut said = a.said.clone();
    let mut end = i + a.len;
    if let Some((n, u)) = own {
        said = format!("{said} {u}");
        end += n;
        if let Some((n, e)) = each(t, end) {
            said = format!("{said} {e}");
            end += n;
        }
        // `12,5 tr đồng`, `50k đ`: what is counted stands behind.
        if matches!(u, "triệu" | "nghìn")
            && let Some((n, more)) =
                unit(t, end).filter(|(_, m)| m.starts_with("đồng") || m.starts_with("đô"))
        {
            said = format!("{said} {more}");
            end += n;
        }
    }
    if !t.ends(end) {
        // `5B`, `4G`, `10A1`: the number is said, and the letters by themselves.
        return Hit::both(i + a.len - i, a.said);
    }
    Hit::both(end - i, said)
}

type Unit = Option<(usize, &'static str)>;

fn range(t: Line<'_>, i: usize, a: (&Num, Unit), b: (&Num, Unit), end: usize) -> Option<Hit> {
    let mut end = end;
    let mut last = b.0.said.clone();
    if let Some((n, u)) = b.1 {
        last = format!("{last} {u}");
        end += n;
        if let Some((n, e)) = each(t, end) {
            last = format!("{last} {e}");
            end += n;
        }
    }
    let first = match a.1 {
        Some((_, u)) => format!("{} {u}", a.0.said),
        None => a.0.said.clone(),
    };
    let before = t.before(i, 2);
    let near = before.first().map(String::as_str).unwrap_or_default();
    let score = near == "số" && matches!(before.get(1).map(String::as_str), Some("tỷ" | "tỉ"));
    let said = match (a.0.value, b.0.value) {
        _ if score => format!("{first} {last}"),
        // Falling numbers are no range: parts of a name.
        (Some(x), Some(y)) if x > y && a.1.is_none() && near != "giờ" => {
            format!("{first} gạch ngang {last}")
        }
        _ => {
            let said_already = [
                "từ", "khoảng", "đoạn", "kỳ", "học", "khóa", "khoá", "tuần", "tháng", "cỡ", "trang", "lớp",
                "năm", "giờ",
            ]
            .contains(&near);
            format!("{}{first} đến {last}", if said_already { "" } else { "từ " })
        }
    };
    Hit::both(end - i, said)
}

/// `1/4`: a part of a whole. `24/7`, `5/3` of an alley: one on the other.
fn part(t: Line<'_>, i: usize, a: &Num) -> Option<Hit> {
    let at = i + a.len;
    if t.at(at) != '/' {
        return None;
    }
    let b = num(t, at + 1)?;
    let end = at + 1 + b.len;
    if !t.ends(end) || t.at(end) == '/' && t.at(end + 1).is_ascii_digit() {
        // More strokes than two numbers have: each is named.
        let mut said = a.said.clone();
        let mut at = at;
        while t.at(at) == '/'
            && let Some(n) = num(t, at + 1)
        {
            said = format!("{said} gạch chéo {}", n.said);
            at += 1 + n.len;
        }
        return t.ends(at).then(|| Hit::both(at - i, said))?;
    }
    let said = match (a.value, b.value) {
        (Some(50), Some(50)) => "năm mươi năm mươi".to_owned(),
        (Some(x), Some(y)) if x < y && y <= 10 => {
            format!("{} phần {}", a.said, if y == 4 { "tư".to_owned() } else { number::cardinal(y) })
        }
        _ => format!("{} trên {}", a.said, b.said),
    };
    Hit::both(end - i, said)
}

/// `-5°C`, `+10%`, `>70%`, `~100`, `$100`: a sign before a number.
fn signed(t: Line<'_>, i: usize) -> Option<Hit> {
    const SIGNS: [(&str, &str); 17] = [
        ("US$", "$"),
        ("$", "$"),
        ("€", "€"),
        (">=", "từ"),
        ("≥", "từ"),
        ("<=", "nhiều nhất"),
        ("≤", "nhiều nhất"),
        (">", "hơn"),
        ("<", "dưới"),
        ("~", "khoảng"),
        ("≈", "khoảng"),
        ("±", "cộng trừ"),
        ("+", "cộng"),
        ("-", "âm"),
        ("−", "âm"),
        ("№", "số"),
        ("°", ""),
    ];
    let (sign, word) = SIGNS.iter().find(|(s, _)| t.has(i, s))?;
    let n = sign.chars().count();
    let gap = t.run(i + n, space);
    let tight = matches!(*sign, "+" | "-" | "−" | "US$" | "$" | "€");
    let begins = i == 0 || t.c[i - 1].is_whitespace() || t.c[i - 1] == '(';
    if !begins || tight && gap > 0 || !t.at(i + n + gap).is_ascii_digit() || word.is_empty() {
        return None;
    }
    let rest = read(t, i + n + gap)?;
    let said = match *word {
        "$" => format!("{} đô la Mỹ", rest.said),
        "€" => format!("{} ơ-rô", rest.said),
        "từ" => format!("từ {} trở lên", rest.said),
        w => format!("{w} {}", rest.said),
    };
    Hit::both(n + gap + rest.len, said)
}
