//! Numbers with what they count: thousands and decimals, percent, money, units, ranges, parts of a whole.

use super::phone::{counted as noun, named as name};
use super::strokes;
use super::text::{Line, space};
use super::units::{each, measured, priced, unit};
use super::{Hit, number};

/// What has its number behind it, and several with a comma between: `tổ 1,2`.
const LISTED: [&str; 18] = [
    "tổ", "thôn", "xóm", "ấp", "khu", "đội", "khối", "lớp", "điều", "điểm", "chương", "mục", "mũi", "nhóm",
    "tầng", "phòng", "tháng", "tdp",
];
/// `1 250 000`, `1,250,000`: thousands apart by spaces or commas; the digits, and how many characters they take. One group behind a
/// space is one only where it can be nothing else (`50 000`, `4 664 người`), one behind a comma are decimals.
pub fn apart(t: Line<'_>, i: usize) -> Option<(usize, String)> {
    let n = t.digits(i);
    let comma = t.at(i + n) == ',';
    let inside =
        i > 1 && (matches!(t.c[i - 1], ',' | '.') || space(t.c[i - 1])) && t.c[i - 2].is_ascii_digit();
    if !(1..=3).contains(&n) || t.at(i) == '0' || inside || !comma && !space(t.at(i + n)) {
        return None;
    }
    let (mut end, mut whole) = (i + n, t.text(i, n));
    while (comma && t.at(end) == ',' || !comma && space(t.at(end))) && t.digits(end + 1) == 3 {
        whole.push_str(&t.text(end + 1, 3));
        end += 4;
    }
    let groups = (end - i - n) / 4;
    let behind = measured(t, end) || noun(t, end);
    let more =
        matches!(t.at(end), ',' | '.') && t.at(end + 1).is_ascii_digit() && (comma || t.digits(end + 1) > 2)
            || space(t.at(end)) && t.at(end + 1).is_ascii_digit();
    let before = t.before(i, 1).pop().unwrap_or_default();
    if groups == 0 || more || !t.ends(end) && !behind || name(t, i) {
        return None;
    }
    let inside_list = t.c[..i].iter().rev().find(|c| !space(**c)).is_some_and(char::is_ascii_digit);
    let counts = LISTED.contains(&before.as_str()) || inside_list;
    let sure = match (comma, groups) {
        (true, 1) => false,
        (false, 1) => !counts && (whole.ends_with("000") || behind),
        // `101, 102, 103` is a list.
        _ => n < 3 || behind || whole.ends_with("000"),
    };
    sure.then_some((end - i, whole))
}

/// A number as it stands.
struct Num {
    len: usize,
    said: String,
    value: Option<u64>,
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
    if let Some((n, digits)) = apart(t, i) {
        (len, whole) = (n, digits);
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
    let bracket = i > 0 && t.c[i - 1] == '(';
    let listed = t.before(i, 1).first().is_some_and(|w| LISTED.contains(&w.as_str()));
    // `A12-05`, `S1.02`: names.
    let code = i > 1
        && matches!(t.c[i - 1], '-' | '.')
        && t.c[..i - 1]
            .iter()
            .rev()
            .take_while(|c| c.is_alphanumeric() || matches!(c, '.' | '-'))
            .any(|c| c.is_ascii_uppercase());
    let named = !bracket && name(t, i) || code;
    let mut said = if head.len() > 1 && head.starts_with('0') && !grouped {
        // `05 hồ sơ` is a quantity, `số 05` and `007` are names.
        match value {
            Some(v) if head.len() == 2 && !named => number::cardinal(v),
            _ => number::digits(&head),
        }
    } else {
        match value {
            Some(v) if !code || n < 4 => number::cardinal(v),
            _ => number::digits(&whole),
        }
    };
    let mut out_value = value;
    if t.at(i + len) == ',' {
        let d = t.digits(i + len + 1);
        let list = matches!(t.at(i + len + 1 + d), ',' | '.') && t.at(i + len + 2 + d).is_ascii_digit()
            || i > 1 && t.at(i - 1) == ',' && t.at(i - 2).is_ascii_digit()
            // `tổ 1,2`: two of them.
            || listed && n <= 2 && d <= 2 && !measured(t, i + len + 1 + d);
        if d > 0 && !list {
            said = format!("{said} phẩy {}", number::decimals(&t.text(i + len + 1, d)));
            len += d + 1;
            out_value = None;
        }
    }
    Some(Num { len, said, value: out_value })
}

pub fn read_whole(s: &str) -> String {
    match s.parse::<u64>() {
        Ok(v) if s.len() <= 15 && !(s.len() > 1 && s.starts_with('0')) => number::cardinal(v),
        _ => number::digits(s),
    }
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
        let (n, each) = each(t, at + 3).map_or((0, String::new()), |(n, e)| (n, format!(" {e}")));
        return Hit::both(at + 3 + n - i, format!("{} triệu {more}{each}", a.said));
    }
    if let Some(h) = part(t, i, &a) {
        return Some(h);
    }
    if t.at(at) == ':'
        && let Some(b) = num(t, at + 1).filter(|b| t.ends(at + 1 + b.len))
    {
        let before = t.before(i, 2);
        // `tỷ số 2:1`
        if before.iter().map(String::as_str).eq(["số", "tỷ"])
            || before.iter().map(String::as_str).eq(["số", "tỉ"])
        {
            return Hit::both(at + 1 + b.len - i, format!("{} {}", a.said, b.said));
        }
        if before.iter().any(|w| w == "lệ" || w == "đồ") {
            return Hit::both(at + 1 + b.len - i, format!("{} trên {}", a.said, b.said));
        }
    }
    if let Some(h) = by(t, i, &a) {
        return Some(h);
    }
    let own = special(t, i, &a).or_else(|| counted(t, at));
    if let Some((n, _)) = &own {
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
        let other = counted(t, end);
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
            said = format!("{said} {}", priced(&u, &e));
            end += n;
        }
    }
    if !t.ends(end) {
        // `5B`, `4G`, `10A1`: the number is said, and the letters by themselves.
        return Hit::both(i + a.len - i, a.said);
    }
    Hit::both(end - i, said)
}

/// `3x4`, `20m x 40m`, `500mg x 3 lần/ngày`: by.
fn by(t: Line<'_>, i: usize, a: &Num) -> Option<Hit> {
    let (mut end, mut said, mut all) = (i + a.len, a.said.clone(), 1);
    loop {
        if let Some((n, u)) = unit(t, end).filter(|_| all > 1 || times(t, end).is_none()) {
            let (m, e) = each(t, end + n).map_or((0, String::new()), |(m, e)| (m, format!(" {e}")));
            said = format!("{said} {u}{e}");
            end += n + m;
        }
        let Some((gap, b)) = times(t, end).and_then(|gap| Some((gap, num(t, end + gap)?))) else { break };
        said = format!("{said} nhân {}", b.said);
        end += gap + b.len;
        all += 1;
    }
    (all > 1 && t.ends(end)).then(|| Hit::both(end - i, said))?
}

/// Length of a sign of multiplying at this place with the spaces around it.
fn times(t: Line<'_>, i: usize) -> Option<usize> {
    let gap = t.run(i, space);
    let after = t.run(i + gap + 1, space);
    (matches!(t.at(i + gap), 'x' | '×' | '*') && t.at(i + gap + 1 + after).is_ascii_digit())
        .then_some(gap + 1 + after)
}

type Unit = Option<(usize, String)>;

/// What a number counts: `triệu`, a unit, or `triệu đ`.
fn counted(t: Line<'_>, i: usize) -> Unit {
    let (mut len, mut said) = (0, String::new());
    for _ in 0..2 {
        let gap = t.run(i + len, space);
        let word = t.word(i + len + gap);
        if gap != 1 || !["trăm", "nghìn", "ngàn", "triệu", "tỷ", "tỉ"].contains(&word.as_str()) {
            break;
        }
        said = format!("{said} {word}");
        len += gap + word.chars().count();
    }
    // `12,5 tr đồng`, `50k đ`, `10 triệu đ`: what is counted stands behind.
    if let Some((n, u)) = unit(t, i + len) {
        said = format!("{said} {u}");
        len += n;
        if matches!(u, "triệu" | "nghìn")
            && let Some((n, more)) =
                unit(t, i + len).filter(|(_, m)| m.starts_with("đồng") || m.starts_with("đô"))
        {
            said = format!("{said} {more}");
            len += n;
        }
    }
    (len > 0).then(|| (len, said.trim().to_owned()))
}

fn range(t: Line<'_>, i: usize, a: (&Num, Unit), b: (&Num, Unit), end: usize) -> Option<Hit> {
    let mut end = end;
    let mut last = b.0.said.clone();
    if let Some((n, u)) = &b.1 {
        last = format!("{last} {u}");
        end += n;
        if let Some((n, e)) = each(t, end) {
            last = format!("{last} {}", priced(u, &e));
            end += n;
        }
    }
    let first = match &a.1 {
        Some((_, u)) => format!("{} {u}", a.0.said),
        None => a.0.said.clone(),
    };
    let near = t.before(i, 1).pop().unwrap_or_default();
    let near = near.as_str();
    let said = match (a.0.value, b.0.value) {
        (Some(x), Some(y)) if a.1.is_none() && b.1.is_none() && score(t, i, end, (x, y)) => {
            format!("{first} {last}")
        }
        // Falling numbers are no range: parts of a name.
        (Some(x), Some(y)) if x > y && a.1.is_none() && near != "giờ" => {
            format!("{first} gạch ngang {last}")
        }
        _ => {
            let said_already = [
                "từ", "khoảng", "đoạn", "kỳ", "học", "khóa", "khoá", "tuần", "tháng", "cỡ", "trang", "lớp",
                "năm", "giờ", "cấp", "mức", "khối", "tổ", "thôn", "phòng", "tầng", "điều", "khoản", "số",
                "trong", "sau", "ngày",
            ]
            .contains(&near);
            format!("{}{first} đến {last}", if said_already { "" } else { "từ " })
        }
    };
    Hit::both(end - i, said)
}

/// True if two numbers with a dash are a result: `thắng 3-1`, `kết quả 2-2`, `2-1`.
fn score(t: Line<'_>, i: usize, end: usize, (x, y): (u64, u64)) -> bool {
    const WON: [&str; 9] = ["thắng", "thua", "hòa", "hoà", "số", "dẫn", "quả", "gỡ", "bại"];
    let before = t.before(i, 6);
    let near = before.first().map(String::as_str).unwrap_or_default();
    let ratio = near == "số" && matches!(before.get(1).map(String::as_str), Some("tỷ" | "tỉ"));
    let next = t.word(end + t.run(end, space)).to_lowercase();
    let alone =
        next.is_empty() || ["trước", "sau", "ở", "trong", "tại", "cho", "và", "ngay"].contains(&&*next);
    let told = before.iter().any(|w| w != "số" && WON.contains(&w.as_str())) && x.max(y) < 30;
    ratio || told && alone || x > y && x < 10 && near != "giờ" && near != "số" || x == y && x < 30
}

/// What follows some numbers only: `1m70`, `5'30"`, `1.080p`, `4K`.
fn special(t: Line<'_>, i: usize, a: &Num) -> Unit {
    let at = i + a.len;
    let two = |at: usize| t.small(at).filter(|(_, n)| t.ends(at + n));
    let near = t.before(i, 1).pop().unwrap_or_default();
    let second = |c: char| matches!(c, '"' | '”' | '″');
    match t.at(at) {
        'm' if let Some((n, len)) = two(at + 1).filter(|(n, len)| *n > 3 || *len == 2) => {
            Some((1 + len, format!("mét {}", number::cardinal(n))))
        }
        '\'' | '’' | '′'
            if let Some((s, len)) = t.small(at + 1).filter(|(_, n)| second(t.at(at + 1 + n))) =>
        {
            Some((len + 2, format!("phút {} giây", number::cardinal(s))))
        }
        'p' if t.ends(at + 1) && a.value.is_some_and(|v| v >= 144) => Some((1, "pê".into())),
        'K' if t.ends(at + 1)
            && t.word(at + 1 + t.run(at + 1, space)) != "đồng"
            && matches!(a.value, Some(4 | 8))
            && !["giá", "phí", "chỉ", "còn", "bán", "từ"].contains(&near.as_str()) =>
        {
            Some((1, "ca".into()))
        }
        _ => None,
    }
}

/// `m2/người` with no number before it.
pub fn measure(t: Line<'_>, i: usize) -> Option<Hit> {
    let (n, said) = unit(t, i)
        .filter(|(n, u)| *n > 1 && (u.ends_with("vuông") || u.ends_with("khối") || *u == "ki-lô-mét"))?;
    if !t.at(i).is_alphabetic() {
        return None;
    }
    match each(t, i + n) {
        Some((m, e)) => Hit::both(n + m, format!("{said} {e}")),
        None => Hit::both(n, said),
    }
}

/// `1/4`: a part of a whole. `24/7`, `5/3` of an alley: one on the other.
fn part(t: Line<'_>, i: usize, a: &Num) -> Option<Hit> {
    let at = i + a.len;
    if t.at(at) != '/' {
        return None;
    }
    let b = num(t, at + 1)?;
    let end = at + 1 + b.len;
    // `24/24h`
    if t.at(end) == 'h' && t.ends(end + 1) {
        return Hit::both(end + 1 - i, format!("{} trên {} giờ", a.said, b.said));
    }
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
    // `hư hại 1/3-1/2 diện tích`: from one part to another.
    if let Some(gap) = t.to(end).filter(|_| !strokes::place(t, i) && i > 0)
        && let Some(c) = num(t, end + gap)
        && !super::text::dash(t.c[i - 1])
        && let Some(h) = part(t, end + gap, &c).filter(|h| t.ends(end + gap + h.len))
    {
        let from = if t.after(i, &["từ", "khoảng"]) { "" } else { "từ " };
        return Hit::both(end + gap + h.len - i, format!("{from}{} đến {}", one_part(t, i, a, &b), h.said));
    }
    let said = one_part(t, i, a, &b);
    match unit(t, end) {
        Some((n, u)) => Hit::both(end + n - i, format!("{said} {u}")),
        None => Hit::both(end - i, said),
    }
}

fn one_part(t: Line<'_>, i: usize, a: &Num, b: &Num) -> String {
    let year = |v: u64| (1900..2200).contains(&v);
    match (a.value, b.value) {
        // `năm 2026/2027`
        (Some(x), Some(y)) if year(x) && y == x + 1 => format!("{} đến {}", a.said, b.said),
        _ if strokes::place(t, i) => format!("{} trên {}", a.said, b.said),
        (Some(50), Some(50)) => "năm mươi năm mươi".to_owned(),
        (Some(x), Some(y)) if x < y && y <= 10 => {
            format!("{} phần {}", a.said, if y == 4 { "tư".to_owned() } else { number::cardinal(y) })
        }
        _ => format!("{} trên {}", a.said, b.said),
    }
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
        // `≥ 28 ngày`: what is counted stands behind it.
        "từ" if noun(t, i + n + gap + rest.len) || t.word(i + n + gap + rest.len + 1) == "ngày" => {
            format!("ít nhất {}", rest.said)
        }
        "từ" => format!("từ {} trở lên", rest.said),
        w => format!("{w} {}", rest.said),
    };
    Hit::both(n + gap + rest.len, said)
}
