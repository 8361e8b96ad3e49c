//! Words: abbreviations by the dictionary, Roman numerals, single letters, capitals, signs.

use super::text::{Line, latin, space};
use super::{Hit, Unknown, number};

/// Words after which `I`, `V`, `X` are numbers.
const NUMBERED: [&str; 26] = [
    "quý", "khóa", "khoá", "kỳ", "hội", "chương", "phần", "mục", "kỷ", "lần", "thứ", "hạng", "cấp", "loại",
    "tập", "quyển", "đợt", "đoạn", "vùng", "khu", "nhóm", "bảng", "lục", "bậc", "lớp", "bước",
];

/// An entry of the dictionary at this place, the longest.
pub fn entry(t: Line<'_>, i: usize) -> Option<Hit> {
    if !t.at(i).is_alphabetic() {
        return None;
    }
    // Only something that could be a key is looked up: it goes to the next space or mark that keys do not have.
    let most = t.run_within(i, t.lexicon.longest(), |c| {
        c.is_alphanumeric() || space(c) || matches!(c, '.' | '&' | '/' | '-' | '…')
    });
    (1..=most).rev().find_map(|n| {
        let key = t.text(i, n);
        let said = t.lexicon.abbreviation(&key)?;
        // `QL5`, `CT01`: the number behind it is read by itself.
        let numbered = t.at(i + n).is_ascii_digit() && key != "VN";
        let whole = !key.chars().last().is_some_and(char::is_alphanumeric) || t.ends(i + n) || numbered;
        // `KH-XYZ`, `TT&X`: a part of something else. `UBND-HĐND` is two.
        whole.then(|| Hit::both(n, said))?
    })
}

/// Reads a word, or a sign that is no word.
pub fn read(t: Line<'_>, i: usize, unknown: &mut Vec<Unknown>) -> Option<Hit> {
    let c = t.at(i);
    if c.is_alphabetic() {
        return word(t, i, unknown);
    }
    super::signs::read(t, i, unknown)
}

/// True if it has a vowel: it can be said as a word.
pub fn sayable(word: &str) -> bool {
    word.chars().any(|c| {
        deunicode::deunicode_char(c)
            .and_then(|a| a.chars().next())
            .is_some_and(|a| "aeiouy".contains(a.to_ascii_lowercase()))
    })
}

/// True if it is written in capitals: two or more of them in a row.
pub fn capitals(word: &str) -> bool {
    word.chars().zip(word.chars().skip(1)).any(|(a, b)| a.is_uppercase() && b.is_uppercase())
}

/// True if a word in capitals is a Vietnamese word all the same: it has a vowel with a mark (`KÍNH`), or is a syllable with one of
/// the horned vowels, which stand in abbreviations, too (`TƯ`, `NSƯT`; but `DƯƠNG`).
fn marked(word: &str) -> bool {
    let horned = |c: char| c == 'Ư' || c == 'Ơ';
    word.chars().any(|c| !c.is_ascii() && c != 'Đ' && !horned(c) && sayable(&c.to_string()))
        || word.chars().count() > 2 && word.chars().any(horned) && syllable(word)
}

fn word(t: Line<'_>, i: usize, unknown: &mut Vec<Unknown>) -> Option<Hit> {
    let len = t.run(i, char::is_alphabetic);
    let w = t.text(i, len);
    if !w.chars().all(latin) {
        unknown.push(Unknown::new(w, i));
        return Hit::mark(len, " ");
    }
    if len == 1 && initial(t, i) {
        if w == "X" {
            return Hit::both(2, "xã");
        }
        unknown.push(Unknown::new(format!("{w}."), i));
        return Hit::both(2, number::spelled(&w));
    }
    if let Some(h) = roman(t, i, &w, len) {
        return Some(h);
    }
    if len == 1 {
        return match number::letter(t.at(i)) {
            Some(name) if !sayable(&w) => Hit::both(1, name),
            None if !sayable(&w) => {
                unknown.push(Unknown::new(w, i));
                Hit::mark(1, " ")
            }
            Some(_) | None => Hit::mark(1, w),
        };
    }
    // Glued to a digit before it an entry is none.
    let entry = !t.starts(i) && t.lexicon.abbreviation(&w).is_some();
    if !capitals(&w) && sayable(&w) && !clipped(&w) && !entry {
        return Hit::mark(len, w);
    }
    if capitals(&w) && shouted(t, i, len, &w) {
        return Hit::mark(len, w.to_lowercase());
    }
    unknown.push(Unknown::new(w.clone(), i));
    Hit::both(len, number::spelled(&w))
}

/// True if a word with a vowel is none all the same: with a capital inside that no name of a thing has (`NaCl`, `KHoa`), or one of the
/// few in small letters (`ae`).
fn clipped(w: &str) -> bool {
    const NAMES: [&str; 40] = [
        "iPhone",
        "iPad",
        "iMac",
        "YouTube",
        "TikTok",
        "MobiFone",
        "VinaPhone",
        "VietinBank",
        "WordPress",
        "LinkedIn",
        "PowerPoint",
        "JavaScript",
        "GitHub",
        "OneDrive",
        "WhatsApp",
        "ChatGPT",
        "OpenAI",
        "MoMo",
        "ZaloPay",
        "ViettelPay",
        "VnExpress",
        "VietNamNet",
        "VietnamPlus",
        "VietJet",
        "VinFast",
        "VinMart",
        "WinMart",
        "VinUni",
        "FaceTime",
        "AirPods",
        "eBay",
        "eKYC",
        "AstraZeneca",
        "PayPal",
        "AutoCAD",
        "MacBook",
        "AppStore",
        "BigC",
        "SeABank",
        "HDBank",
    ];
    let inner = w.chars().zip(w.chars().skip(1)).any(|(a, b)| a.is_lowercase() && b.is_uppercase());
    inner && !NAMES.contains(&w) || ["ae", "ace", "đc", "ac"].contains(&w)
}

/// True if a single letter with a point is short for the kind of place whose name follows (`X. An Lão`, `đ. Lê Lợi`), not the name of
/// something that has letters (`khu B. Bà con …`), a person's initial, or a heading (`A. Mục đích`).
pub fn initial(t: Line<'_>, i: usize) -> bool {
    const LETTERED: [&str; 45] = [
        "khu", "lớp", "nhà", "điểm", "loại", "hạng", "nhóm", "vitamin", "khối", "tổ", "tòa", "toà", "lô",
        "cấp", "gan", "phần", "mục", "bảng", "đội", "án", "hình", "cửa", "cổng", "dãy", "phòng", "tầng",
        "gói", "mẫu", "mã", "tuyến", "bến", "cúm", "máu", "hoạch", "đoạn", "nhánh", "trạm", "tên", "chữ",
        "ô", "câu", "ý", "chương", "quý", "block",
    ];
    let c = t.at(i);
    // `I.` and `V.` count.
    if !c.is_alphabetic() || matches!(c, 'I' | 'V') || !t.starts(i) || t.at(i + 1) != '.' {
        return false;
    }
    let gap = t.run(i + 2, space);
    let name = |at: usize| t.at(at).is_uppercase() && t.at(at + 1).is_lowercase();
    let next = i + 2 + gap;
    if !name(next) || gap > 1 {
        return false;
    }
    let back = t.c[..i].iter().rev().take_while(|c| space(**c)).count();
    let n = t.c[..i - back].iter().rev().take_while(|c| c.is_alphanumeric()).count();
    let before = t.text(i - back - n, n);
    if n == 0 {
        // At the beginning of a line a heading has a letter, too; a place has a name of two words.
        let first = t.run(next, char::is_alphabetic);
        let named = name(next + first + t.run(next + first, space));
        let begins = t.c[..i - back].iter().all(|c| !c.is_alphanumeric());
        return named && !matches!(c, 'A' | 'B' | 'C' | 'a' | 'b' | 'c') || !begins && c != 'X';
    }
    // `nhóm A và B. Nhóm A …`
    if ["và", "hoặc", "hay"].contains(&before.as_str()) {
        let letter = t.before(i, 2).pop().unwrap_or_default();
        return letter.chars().count() > 1;
    }
    let person = before.starts_with(char::is_uppercase) && before.chars().skip(1).all(char::is_lowercase);
    let titled = ["ông", "bà", "anh", "chị", "em", "cháu"].contains(&before.as_str());
    let street = before.ends_with(|c: char| c.is_ascii_digit()) && c.is_lowercase();
    let known_before = ["Tại", "Ở", "Trụ", "Xã"].contains(&before.as_str());
    if before.ends_with(|c: char| c.is_ascii_digit()) {
        let number = t.before(i - back - n, 1).pop().unwrap_or_default();
        return street && ["số", "nhà", "ngõ", "ngách", "hẻm", "kiệt"].contains(&number.as_str());
    }
    (!person || known_before) && !titled && !LETTERED.contains(&before.to_lowercase().as_str())
}

/// True if a word in capitals is a word (a heading), not an abbreviation: it has a vowel with a mark, or is a syllable that stands
/// beside another one in capitals.
fn shouted(t: Line<'_>, i: usize, len: usize, w: &str) -> bool {
    if !sayable(w) || !w.chars().all(char::is_uppercase) {
        return false;
    }
    if marked(w) && !short_name(w) {
        return true;
    }
    let loud = |w: &str| {
        w.chars().count() > 1
            && w.chars().all(char::is_uppercase)
            && (marked(w) || w.len() > 2 && syllable(w))
    };
    let before: String = {
        let gap = t.c[..i].iter().rev().take_while(|c| space(**c)).count();
        let n = t.c[..i - gap].iter().rev().take_while(|c| c.is_alphabetic()).count();
        t.text(i - gap - n, n)
    };
    let gap = t.run(i + len, space);
    (marked(w) || syllable(w)) && (loud(&before) || loud(&t.word(i + len + gap)))
}

/// True if a word without marks is a Vietnamese syllable; one that ends in p, t or c would have a mark.
fn syllable(w: &str) -> bool {
    const FIRST: [&str; 26] = [
        "ngh", "ch", "gh", "gi", "kh", "ng", "nh", "ph", "qu", "th", "tr", "b", "c", "d", "g", "h", "k", "l",
        "m", "n", "r", "s", "t", "v", "x", "p",
    ];
    const REST: [&str; 52] = [
        "a", "ai", "ao", "au", "am", "an", "ang", "anh", "ay", "e", "em", "en", "eng", "eo", "i", "ia", "im",
        "in", "inh", "iu", "o", "oa", "oai", "oan", "oang", "oanh", "oay", "oe", "oen", "oeo", "oi", "om",
        "on", "ong", "oong", "u", "ua", "ui", "um", "un", "ung", "uy", "uya", "uyu", "uynh", "y", "uoi",
        "uom", "uon", "uong", "uou", "uu",
    ];
    let w = deunicode::deunicode(&w.to_lowercase());
    FIRST.iter().filter_map(|f| w.strip_prefix(f)).chain([w.as_str()]).any(|rest| REST.contains(&rest))
}

/// `GĐ`, `ĐƯ`: too short to be a word even with a mark.
fn short_name(w: &str) -> bool {
    w.chars().count() < 3 && !w.chars().any(|c| !c.is_ascii() && !"ĐƯƠÔÊĂÂ".contains(c))
}

fn roman(t: Line<'_>, i: usize, w: &str, len: usize) -> Option<Hit> {
    if !t.ends(i + len) {
        return None;
    }
    let n = number::roman(w)?;
    let before = t.before(i, 3);
    let near = before.first().map(String::as_str).unwrap_or_default();
    let chain = before.iter().take(2).any(|b| number::roman(&b.to_uppercase()).is_some())
        && before.iter().any(|b| NUMBERED.contains(&b.as_str()));
    // `VI PHẠM`, `XI MĂNG`: words of a line in capitals.
    let next = t.word(i + len + t.run(i + len, space));
    let loud = next.chars().count() > 1 && next.chars().all(char::is_uppercase) && marked(&next);
    if matches!(w, "VI" | "XI") && loud && !chain && !NUMBERED.contains(&near) {
        return None;
    }
    let heading = i == 0 && t.at(len) == '.';
    if !(NUMBERED.contains(&near) || chain || heading || len > 1) {
        return None;
    }
    let said = if near == "thứ" { number::ordinal(n) } else { number::cardinal(n) };
    // `quý IV/2026`: of the year.
    if matches!(t.at(i + len), '/' | '-')
        && let Some(y) = t.year(i + len + 1).filter(|_| t.ends(i + len + 5))
    {
        return Hit::both(len + 5, format!("{said} năm {}", number::cardinal(y)));
    }
    let to = t.to(i + len).and_then(|gap| {
        let at = i + len + gap;
        let m = t.run(at, char::is_alphabetic);
        number::roman(&t.text(at, m)).filter(|v| *v > n).map(|v| (gap + m, v))
    });
    if let Some((more, m)) = to {
        let end = i + len + more;
        if t.at(end) == '/'
            && let Some(y) = t.year(end + 1).filter(|_| t.ends(end + 5))
        {
            let said = format!("{said} đến {} năm {}", number::cardinal(m), number::cardinal(y));
            return Hit::both(len + more + 5, said);
        }
        return Hit::both(len + more, format!("{said} đến {}", number::cardinal(m)));
    }
    Hit::both(len, said)
}
