//! Telephone numbers: a subscriber's, a service's, and the short ones of emergencies, digit by digit.

use super::text::{Line, dash, space};
use super::{Hit, Remedy, Unknown, number};

/// Words after which three or four digits are a telephone number.
const CALL: [&str; 14] = [
    "gọi",
    "bấm",
    "tổng đài",
    "dây nóng",
    "hotline",
    "thoại",
    "quay",
    "số máy",
    "sđt",
    "đt",
    "lẻ",
    "nhánh",
    "alo",
    "hỏi",
];
/// Those of them that only call, whatever stands behind the number, and some before the number of a subscriber.
const TELLS: [&str; 9] = ["đài", "nóng", "hotline", "thoại", "máy", "sđt", "đt", "lẻ", "nhánh"];
/// More words before the number of a subscriber without its area.
const ASK: [&str; 4] = ["hệ", "fax", "máy", "zalo"];
/// Whom one calls, behind the number: `gọi 114 đội cứu hộ`.
const WHOM: [&str; 15] = [
    "bảo vệ trẻ em",
    "đội cứu",
    "công an",
    "xe cứu",
    "xe chữa",
    "xe cấp cứu",
    "cảnh sát",
    "cứu hộ",
    "cứu hỏa",
    "cứu hoả",
    "cứu nạn",
    "cấp cứu",
    "lực lượng",
    "trung tâm",
    "chữa cháy",
];
/// What is counted, by its first word: `gọi 115 hộ dân`.
const COUNTED: [&str; 47] = [
    "hộ",
    "người",
    "em",
    "cháu",
    "công",
    "dân",
    "thanh",
    "học",
    "cán",
    "cuộc",
    "lượt",
    "lần",
    "trường",
    "nam",
    "nữ",
    "đại",
    "bà",
    "ông",
    "chiến",
    "tân",
    "đoàn",
    "hội",
    "đảng",
    "sinh",
    "bệnh",
    "nhân",
    "gia",
    "vụ",
    "ca",
    "tin",
    "thuê",
    "xã",
    "phường",
    "thôn",
    "đơn",
    "doanh",
    "khách",
    "giáo",
    "bác",
    "con",
    "cây",
    "suất",
    "lao",
    "trẻ",
    "cử",
    "khẩu",
    "xe",
];
/// Words that may stand between such a word and the number: `gọi ngay số 114`.
const BETWEEN: [&str; 14] =
    ["ngay", "số", "đến", "tới", "qua", "theo", "là", "vào", "cho", "điện", "về", "miễn", "phí", "khẩn"];
/// Words near which 111 to 115 are whom one calls: `báo cháy: 114`, `công an 113`.
const HELP: [&str; 13] = [
    "cháy",
    "cứu hỏa",
    "cứu hoả",
    "cấp cứu",
    "cứu nạn",
    "cứu hộ",
    "công an",
    "cảnh sát",
    "an ninh",
    "khẩn cấp",
    "bảo vệ trẻ em",
    "báo ngay",
    "báo tin",
];
/// Words that count: with one of them between, 114 is so many.
const COUNTS: [&str; 17] = [
    "vụ", "có", "được", "tăng", "giảm", "hơn", "gần", "khoảng", "còn", "thu", "xử", "trong", "với", "cả",
    "trên", "dưới", "hiện",
];
/// Words that may follow a number one calls; another word behind it is what is counted (`gọi 112 công dân nhập ngũ`).
const GOES_ON: [&str; 76] = [
    "tiếp", "hoạt", "sẽ", "đã", "luôn", "phục", "vừa", "đang", "không", "chỉ", "hoặc", "và", "hay", "để",
    "khi", "nếu", "của", "ngay", "thì", "miễn", "hỗ", "trình", "báo", "nhờ", "trước", "sau", "cho", "vào",
    "khẩn", "cấp", "cứu", "cùng", "trực", "tới", "đến", "là", "ở", "tại", "yêu", "mà", "rồi", "xin", "từ",
    "theo", "trong", "bất", "hằng", "hàng", "nhé", "giúp", "tư", "hotline", "máy", "nhánh", "gặp", "nói",
    "nêu", "kèm", "nhanh", "phản", "lập", "thông", "cung", "đề", "giải", "do", "với", "bằng", "qua", "phím",
    "như", "nhưng", "hỏi", "cần", "vì", "suốt",
];
/// Words after which digits are a name, not a quantity.
const NAMED: [&str; 14] =
    ["số", "mã", "khoản", "cước", "thẻ", "id", "mst", "cccd", "cmnd", "thuế", "otp", "pin", "bưu", "seri"];
/// What is so many though "số" is its last word: `dân số 4.664.124 người`.
const NUMBERS: [&str; 5] = ["dân", "tổng", "quân", "sĩ", "doanh"];
/// Those after which even a few digits are a name.
const CODE: [&str; 9] = ["mã", "otp", "pin", "mst", "cccd", "cmnd", "seri", "id", "bưu"];

/// True if the digits here are a name by the word before.
pub fn named(t: Line<'_>, i: usize) -> bool {
    let before = t.before(i, 2);
    let word = |n: usize| before.get(n).map(String::as_str).unwrap_or_default();
    NAMED.contains(&word(0)) && !(word(0) == "số" && NUMBERS.contains(&word(1)))
        || word(0) == "án" && word(1) == "đề"
}

/// `ĐT: 0225.3842.124`: what has several meanings has one before a number.
pub fn label(t: Line<'_>, i: usize) -> Option<Hit> {
    if !t.has(i, "ĐT") || !t.ends(i + 2) {
        return None;
    }
    let at = i + 2 + t.run(i + 2, |c| space(c) || matches!(c, ':' | '.'));
    let at = at + usize::from(t.at(at) == '(');
    let number = ["0", "+84", "1800", "1900"].iter().any(|n| t.has(at, n));
    let long = t.run(at, |c| c.is_ascii_digit() || separator(c) || c == ')' || c == '+') > 7;
    (number && long).then(|| Hit::both(2, "điện thoại"))?
}

/// True if what is counted follows, behind a space: people, houses, things.
pub fn counted(t: Line<'_>, i: usize) -> bool {
    let gap = t.run(i, space);
    gap == 1 && COUNTED.contains(&t.word(i + gap).as_str()) && !whom(t, i)
}

/// True if whom one calls follows.
fn whom(t: Line<'_>, i: usize) -> bool {
    let behind = t.text(i + t.run(i, space), 16).to_lowercase();
    WHOM.iter().any(|w| behind.starts_with(w)) && !behind.starts_with("công an viên")
}

/// The groups of a number as it is written, and where it ends.
struct Groups {
    all: Vec<String>,
    end: usize,
}

impl Groups {
    fn total(&self) -> usize {
        self.all.iter().map(String::len).sum()
    }
}

fn separator(c: char) -> bool {
    space(c) || matches!(c, '.' | '-' | '\u{2011}' | '\u{2013}')
}

/// Reads a telephone number: from 0, +84, 1800, 1900, or a few digits after `gọi`; in its groups, digit by digit. Digits that look
/// like one and are none are named in `unknown`: their maker has to say what they are.
pub fn read(t: Line<'_>, i: usize, unknown: &mut Vec<Unknown>) -> Option<Hit> {
    let open = usize::from(t.at(i) == '(');
    let plus = usize::from(t.at(i + open) == '+');
    let g = groups(t, i, open, plus);
    let first = g.all.first()?.clone();
    let total = g.total();
    let near = |words: &[&str], n: usize| t.before(i, n).iter().any(|w| words.contains(&w.as_str()));
    let line = if plus == 1 {
        first.starts_with("84") && (10..=12).contains(&total)
    } else if first.starts_with("1800") || first.starts_with("1900") {
        (8..=10).contains(&total)
    } else {
        first.starts_with('0') && (9..=12).contains(&total) && (first.len() > 2 || g.all.len() > 1)
    };
    let one = open + plus == 0 && g.all.len() == 1 && t.ends(g.end);
    let local = !line && open + plus == 0 && local(t, i, &g);
    let line = line || local;
    let called = if !line && one && (3..=4).contains(&total) { called(t, i, g.end) } else { Call::No };
    if called == Call::Open {
        unknown.push(Unknown { word: first.clone(), at: i, remedy: Remedy::Call });
        return Hit::both(total, number::digits(&first));
    }
    let short = called == Call::Yes;
    let name = !line && one && !short && {
        total >= 7 && near(&NAMED, 2) && !first.starts_with('0') || total >= 4 && near(&CODE, 2)
    };
    // `số tài khoản 123 456 789`
    let name = name
        || !line
            && open + plus == 0
            && g.all.len() > 1
            && total >= 6
            && (near(&CODE, 2) || near(&["khoản", "cước", "thẻ", "thuế", "stk"], 1))
            && t.run(i, |c| c.is_ascii_digit() || space(c)) >= g.end - i
            && !counted(t, g.end)
            && !super::units::measured(t, g.end);
    // A date, a percentage or a decimal ends otherwise; a second number may stand behind a stroke.
    let next = t.at(g.end);
    let goes_on = next == '%'
        || next == ','
            && t.at(g.end + 1).is_ascii_digit()
            && !(short && emergency(t, g.end + 1) || line && second(t, g.end + 1))
        || next == '/' && t.at(g.end + 1).is_ascii_digit() && !line && !(short && emergency(t, g.end + 1))
        || next == '/' && name;
    let more = matches!(next, '.' | '-') && t.at(g.end + 1).is_ascii_digit();
    if !(line || short || name) || !t.ends(g.end) || goes_on || more && line && !second(t, g.end + 1) {
        return broken(t, i, open, unknown);
    }
    let mut parts = g.all;
    if let [one] = parts.as_slice() {
        parts = grouped(one);
    }
    let mut said: Vec<String> = parts.iter().map(|g| number::digits(g)).collect();
    let mut end = g.end;
    // `3842.124/125`, `3842124 - 3842125`: the last digits of a second one.
    while line && let Some((digits, to)) = other(t, end) {
        said.push(number::digits(&digits));
        end = to;
    }
    Hit::both(end - i, format!("{}{}", if plus == 1 { "cộng " } else { "" }, said.join(", ")))
}

fn groups(t: Line<'_>, i: usize, open: usize, plus: usize) -> Groups {
    let mut at = i + open + plus;
    let mut g = Groups { all: vec![], end: at };
    let paper = t.before(i, 3).iter().any(|w| ["cước", "danh", "cccd", "cmnd"].contains(&w.as_str()));
    let most = if paper || plus == 1 { 12 } else { 11 };
    loop {
        let n = t.digits(at);
        if n == 0 {
            break;
        }
        g.all.push(t.text(at, n));
        at += n;
        g.end = at;
        if open == 1 && g.all.len() == 1 {
            if t.at(at) != ')' {
                break;
            }
            at += 1;
            g.end = at;
        }
        // `0225/3842124`: the number of a place, then the subscriber's.
        let code = g.all.len() == 1 && g.all[0].starts_with('0') && (3..=5).contains(&n) && t.at(at) == '/';
        let behind = t.text(at + 1, t.run(at + 1, |c| c.is_ascii_digit() || separator(c)));
        let behind = behind.chars().filter(char::is_ascii_digit).count();
        let gap = if code && (7..=8).contains(&behind) { 1 } else { t.run(at, separator) };
        let next = t.digits(at + gap);
        let total = g.total();
        let spaced = gap == 3 && space(t.at(at));
        // `0225.3.842.124`: one digit, and its thousands behind it.
        let lone = next == 1
            && total < 9
            && separator(t.at(at + gap + 1))
            && t.digits(at + gap + 2) == 3
            && (plus == 1 || g.all[0].starts_with('0'));
        let service = ["1800", "1900"].iter().any(|n| g.all[0].starts_with(n));
        // `3842124 - 3842125`: two of a place.
        let two = spaced && total >= 7 && plus == 0 && !g.all[0].starts_with('0') && !service;
        let full =
            two || (total >= 9 || service && total >= 8) && spaced || total >= 9 && total + next > most;
        let joined = gap == 0 && !(open == 1 && g.all.len() == 1);
        if gap > 1 && !spaced || next < 2 && !lone || full || joined {
            break;
        }
        at += gap;
    }
    g
}

/// A whole number of its own begins here.
fn second(t: Line<'_>, i: usize) -> bool {
    t.at(i) == '0' && t.run(i, |c| c.is_ascii_digit() || separator(c)) >= 9 || other(t, i - 1).is_some()
}

/// The last digits of a second number, behind a stroke or a dash, and where they end.
fn other(t: Line<'_>, i: usize) -> Option<(String, usize)> {
    let before = t.run(i, space);
    let mark = t.at(i + before);
    let from = i + before + 1;
    let after = t.run(from, space);
    let listed = mark == ',' && before == 0 && after == 1;
    if mark != '/' && !dash(mark) && !listed
        || !listed && before.min(1) != after.min(1)
        || t.at(from + after) == '0'
    {
        return None;
    }
    let at = from + after;
    let len = t.run(at, |c| c.is_ascii_digit() || c == '.' || space(c));
    let written = t.text(at, len);
    let written = written.trim_end_matches(|c: char| !c.is_ascii_digit());
    let digits: String = written.chars().filter(char::is_ascii_digit).collect();
    let end = at + written.chars().count();
    let few = before == 0 && digits.len() == written.len() && (1..=4).contains(&digits.len());
    if listed && (digits.len() != written.len() || digits.len() < 7) {
        return None;
    }
    let clean = t.ends(end) && !(matches!(t.at(end), '/' | ',' | '%') && t.at(end + 1).is_ascii_digit());
    (clean && (few || (6..=8).contains(&digits.len()))).then_some((digits, end))
}

fn emergency(t: Line<'_>, i: usize) -> bool {
    t.digits(i) == 3 && t.has(i, "11") && ('1'..='5').contains(&t.at(i + 2))
}

/// True if seven or eight digits are a subscriber's number without its area (`Điện thoại: 3.842.124`), or eleven are one from abroad
/// without its plus: by the words before, or because a whole number stands before it.
fn local(t: Line<'_>, i: usize, g: &Groups) -> bool {
    let total = g.total();
    let abroad = total == 11 && g.all.len() == 1 && g.all[0].starts_with("84");
    let digits = (7..=8).contains(&total) && !g.all[0].starts_with('0');
    if !(digits || abroad) || counted(t, g.end) || super::units::measured(t, g.end) || !t.ends(g.end) {
        return false;
    }
    let before = t.before(i, 7);
    let near: Vec<&str> =
        before.iter().map(String::as_str).skip_while(|w| BETWEEN.contains(w)).take(2).collect();
    let first = near.first().copied().unwrap_or_default();
    let two = near.iter().rev().copied().collect::<Vec<_>>().join(" ");
    CALL.contains(&first)
        || CALL.contains(&two.as_str())
        || ASK.contains(&first)
        || carried(t, i) == Some(true)
}

/// Whether three or four digits are whom one calls.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Call {
    Yes,
    No,
    /// A word of calling stands before, and something behind that may be counted.
    Open,
}

/// Whether three or four digits are whom one calls: by the words before, or because the number before them in a list is.
fn called(t: Line<'_>, i: usize, end: usize) -> Call {
    let gap = t.run(end, space);
    let next = t.word(end + gap).to_lowercase();
    let what = t.at(end + gap);
    let help = emergency(t, i) && whom(t, end);
    let fits = if what.is_alphabetic() { GOES_ON.contains(&next.as_str()) || help } else { what != '%' };
    // `gọi 113 150 hộ`, `113 (một trăm…)`: a figure of something else.
    let other = gap > 0 && what.is_ascii_digit() || matches!(what, '₫' | '$' | '€' | '°');
    if other || counted(t, end) || super::units::measured(t, end) {
        return Call::No;
    }
    let before = t.before(i, 7);
    let near: Vec<&str> =
        before.iter().map(String::as_str).skip_while(|w| BETWEEN.contains(w)).take(2).collect();
    let first = near.first().copied().unwrap_or_default();
    let two = near.iter().rev().copied().collect::<Vec<_>>().join(" ");
    // `kêu gọi 250 nhà hảo tâm`: nobody is rung.
    let summons = ["kêu gọi", "mời gọi", "tên gọi"].contains(&two.as_str());
    let direct = (CALL.contains(&first) || CALL.contains(&two.as_str()) || rings(&before)) && !summons;
    if !fits {
        let numbered = TELLS.contains(&first) || before.first().is_some_and(|w| w == "số") && direct;
        return match (direct && !what.is_uppercase(), numbered) {
            (true, true) => Call::Yes,
            (true, false) => Call::Open,
            (false, _) => Call::No,
        };
    }
    let text = ["gửi", "tin", "nhắn"].contains(&first)
        && before.iter().any(|w| ["tin", "soạn", "nhắn"].contains(&w.as_str()));
    // `cấp cứu 115`: whoever it is, right before it.
    let whom = first == "báo" || HELP.contains(&first) || HELP.contains(&two.as_str());
    if direct || text || emergency(t, i) && (whom || listed(t, i, end, &before)) {
        return Call::Yes;
    }
    let close: Vec<&str> = before.iter().take(6).rev().map(String::as_str).collect();
    let close = format!(" {} ", close.join(" "));
    let near = HELP.iter().chain(&CALL[..6]).any(|w| close.contains(&format!(" {w} ")));
    let so_many = before.iter().any(|w| COUNTS.contains(&w.as_str()));
    // `113 (công an)`
    let whose = what == '(' && {
        let inside = t.text(end + gap + 1, 24).to_lowercase();
        HELP.iter().any(|w| inside.starts_with(w))
    };
    let carries =
        carried(t, i).is_some_and(|long| !long || emergency(t, i) || t.at(i) == '1' && t.at(i + 1) == '0');
    if emergency(t, i) && (near && !so_many || whose) || carries { Call::Yes } else { Call::No }
}

/// `Điện tới 115`: to ring somebody, not the electricity that a house gets.
fn rings(before: &[String]) -> bool {
    let at = before.iter().position(|w| w == "điện");
    let Some(at) = at.filter(|n| (1..=2).contains(n)) else { return false };
    let to = before[..at].iter().all(|w| ["tới", "đến", "cho", "ngay", "số"].contains(&w.as_str()));
    let who = before.get(at + 1).map(String::as_str);
    to && matches!(who, None | Some("hãy" | "lòng" | "thì" | "cần" | "con"))
}

/// `các số 113, 114 và 115`: numbers of emergencies, named as such.
fn listed(t: Line<'_>, i: usize, end: usize, before: &[String]) -> bool {
    let word = |n: usize| before.get(n).map(String::as_str).unwrap_or_default();
    let named = word(0) == "số" && ["các", "đầu", "ba", "những", "hai"].contains(&word(1));
    let more = |at: usize| {
        let at = at + t.run(at, |c| space(c) || matches!(c, ',' | '/'));
        let w = t.word(at);
        let at = at + if ["và", "hoặc"].contains(&w.as_str()) { w.chars().count() } else { 0 };
        emergency(t, at + t.run(at, space))
    };
    named && emergency(t, i) && (more(end) || word(1) == "đầu")
}

/// `113 hoặc 114`, `113, 114 và 115`, `113/114`, `0225.3747.747 hoặc số 113`: as the number before; true if that is a subscriber's.
fn carried(t: Line<'_>, i: usize) -> Option<bool> {
    let back = |at: usize| at - t.c[..at].iter().rev().take_while(|c| space(**c)).count();
    let word = |at: usize| {
        let n = t.c[..at].iter().rev().take_while(|c| c.is_alphabetic()).count();
        (t.text(at - n, n).to_lowercase(), at - n)
    };
    let mut at = back(i);
    let (last, from) = word(at);
    if last == "số" {
        at = back(from);
    }
    let (last, from) = word(at);
    let joined = ["hoặc", "và", "hay"].contains(&last.as_str());
    if joined {
        at = back(from);
    }
    let mark = at.checked_sub(1).map(|n| t.c[n])?;
    if matches!(mark, ',' | '/') || dash(mark) {
        at = back(at - 1);
    } else if !joined {
        return None;
    }
    let n = t.c[..at].iter().rev().take_while(|c| c.is_ascii_digit() || separator(**c) || **c == ')').count();
    let from = (at - n + t.run(at - n, |c| !c.is_ascii_digit())).min(at);
    let all = t.text(from, at - from);
    let count = all.chars().filter(char::is_ascii_digit).count();
    let whole = ["0", "1800", "1900"].iter().any(|w| all.starts_with(w)) && (8..=11).contains(&count);
    if whole {
        return Some(true);
    }
    let short = (3..=4).contains(&count) && all.chars().count() == count && t.starts(from);
    (short && called(t, from, at) == Call::Yes).then_some(false)
}

/// Digits from 0, nine or more of them in groups, that are no telephone number: one would be guessed.
fn broken(t: Line<'_>, i: usize, open: usize, unknown: &mut Vec<Unknown>) -> Option<Hit> {
    // `(84-225) 3842124`
    if open == 1 && t.has(i, "(84") && matches!(t.at(i + 3), '-' | '.' | ' ') {
        let len = t.run(i, |c| c.is_ascii_digit() || matches!(c, '.' | '-' | '(' | ')' | ' '));
        let word = t.text(i, len);
        let word = word.trim_end_matches([' ', '.', '-', '(']);
        unknown.push(Unknown { word: word.to_owned(), at: i, remedy: Remedy::Number });
        return Hit::both(word.chars().count(), number::digits(word));
    }
    let abroad = t.has(i + open, "+84");
    if !abroad && (t.at(i + open) != '0' || t.digits(i + open) < 2) {
        return None;
    }
    let len = t.run(i, |c| c.is_ascii_digit() || matches!(c, '.' | '-' | '(' | ')' | '+'));
    let word = t.text(i, len);
    let word = word.trim_end_matches(['.', '-', '(', ')']);
    let count = word.chars().filter(char::is_ascii_digit).count();
    let end = i + word.chars().count();
    let listed = t.before(i, 3).iter().any(|w| NAMED.contains(&w.as_str()) || w == "danh");
    let few = count < 6 || count < 9 && t.digits(i + open) < 3;
    if few || !t.ends(end) || t.at(end) == '/' && !t.at(end + 1).is_ascii_digit() {
        return None;
    }
    // `MST: 0200123456-001`, `số tài khoản 0031000123456`: a name, whatever its length.
    if listed {
        let parts = word.split(|c: char| !c.is_ascii_digit()).filter(|p| !p.is_empty());
        let said: Vec<String> = parts.flat_map(grouped).map(|p| number::digits(&p)).collect();
        return Hit::both(end - i, said.join(", "));
    }
    unknown.push(Unknown::new(word, i));
    Hit::both(end - i, number::digits(word))
}

/// Digits without groups, as they are told over the telephone: four, then threes; identity numbers in threes.
fn grouped(s: &str) -> Vec<String> {
    let first = match s.len() {
        0..=4 => s.len(),
        6 | 12 => 3,
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
