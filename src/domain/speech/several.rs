//! Abbreviations that are short for several things: read where what stands around them says which, else named. A workspace's own
//! entry goes before.

use super::text::{Line, space};
use super::{Hit, Remedy, Unknown, number};

/// Those that are looked at here, longer ones first.
pub const KEYS: [&str; 21] = [
    "đ/c", "Đ/c", "Đ/C", "BCH", "BTC", "TUQ.", "BS.", "TS.", "KS.", "KT.", "TL.", "TM.", "ĐH", "BS", "TS",
    "KS", "HS", "CV", "QL", "Q.", "P.",
];

/// Offices one may act in or be the deputy of: `Q. Chủ tịch`.
const OFFICES: [&str; 12] = [
    "chủ tịch",
    "giám đốc",
    "trưởng",
    "bí thư",
    "hiệu trưởng",
    "bộ trưởng",
    "viện trưởng",
    "tổng",
    "chánh",
    "cục trưởng",
    "vụ trưởng",
    "chủ nhiệm",
];
/// What a department's room is called by: `P. Văn hóa`.
const ROOMS: [&str; 16] = [
    "văn hóa",
    "văn hoá",
    "kinh tế",
    "tài chính",
    "kế",
    "tổ chức",
    "nội vụ",
    "tư pháp",
    "hành chính",
    "đào tạo",
    "công tác",
    "giáo dục",
    "quản lý",
    "tiếp",
    "họp",
    "khám",
];
/// Whose committee leads (`ban chấp hành`) …
const LED: [&str; 12] = [
    "đảng",
    "đoàn",
    "hội",
    "công đoàn",
    "chi",
    "trung ương",
    "tw",
    "liên",
    "tổng",
    "lâm thời",
    "khóa",
    "khoá",
];
/// … and whose commands (`ban chỉ huy`).
const COMMANDED: [&str; 8] =
    ["quân sự", "pctt", "phòng", "qs", "bộ đội", "biên phòng", "chống", "công trường"];
/// What a committee organises.
const ORGANISED: [&str; 10] =
    ["giải", "cuộc", "hội", "lễ", "sự kiện", "chương trình", "đại hội", "trò", "chuyến", "đêm"];
/// What is said of pupils.
const PUPILS: [&str; 12] =
    ["lớp", "tiểu", "trung", "mầm", "thcs", "thpt", "khối", "nghèo", "giỏi", "trường", "tiên", "khuyết"];

/// Reads an abbreviation with several meanings.
pub fn read(t: Line<'_>, i: usize, unknown: &mut Vec<Unknown>) -> Option<Hit> {
    let key = *KEYS.iter().find(|k| {
        let end = i + k.chars().count();
        t.has(i, k) && (k.ends_with('.') || t.ends(end) || **k == "QL" && t.at(end).is_ascii_digit())
    })?;
    let dotted = t.lexicon.abbreviations.keys().any(|own| own.starts_with(key) && t.has(i, own));
    // `Q.IV/2026` is a quarter, `TM.` at the end of a line the end of a sentence.
    if dotted {
        return None;
    }
    let len = key.chars().count();
    let at = i + len + t.run(i + len, space);
    let next = t.text(at, 24);
    let low = next.to_lowercase();
    let begins = |words: &[&str]| {
        words.iter().any(|w| low.starts_with(w) && !low[w.len()..].starts_with(char::is_alphabetic))
            && next.starts_with(char::is_alphabetic)
    };
    let mut chars = next.chars();
    let (one, two) = (chars.next().unwrap_or(' '), chars.next().unwrap_or(' '));
    let name = one.is_uppercase() && two.is_lowercase() || one.is_uppercase() && two == ' ';
    let said = match key {
        "đ/c" | "Đ/c" | "Đ/C" => {
            let at = t.at(i + len) == ':' || begins(&["số", "nhà", "ngõ", "thôn", "tổ", "khu", "xóm"]);
            Some(if at { "địa chỉ" } else { "đồng chí" })
        }
        "BCH" if begins(&LED) => Some("ban chấp hành"),
        "BCH" if begins(&COMMANDED) => Some("ban chỉ huy"),
        "BTC" if begins(&ORGANISED) => Some("ban tổ chức"),
        "BS." | "BS" if name || !one.is_ascii_digit() && key == "BS" && one != ':' => Some("bác sĩ"),
        "TS." | "TS" if name || begins(&["bs", "gs", "pgs"]) => Some("tiến sĩ"),
        "KT." | "TL." | "TM." | "TUQ." if one.is_uppercase() && !one.is_ascii_digit() => Some(match key {
            "KT." => "ký thay",
            "TL." => "thừa lệnh",
            "TM." => "thay mặt",
            _ => "thừa ủy quyền",
        }),
        "ĐH" if begins(&["đảng", "đoàn", "chi", "đại biểu", "công đoàn", "hội", "lần"])
            || number::roman(&t.word(at)).is_some() =>
        {
            None
        }
        "ĐH" => Some("đại học"),
        "HS" if begins(&PUPILS)
            || [", SV", ", GV", "-SV", " - SV", ", sinh viên"].iter().any(|w| t.has(i + len, w)) =>
        {
            Some("học sinh")
        }
        "HS" if begins(&["dự thầu", "mời thầu", "thầu", "gốc", "đề nghị", "đất"]) => {
            Some("hồ sơ")
        }
        "QL" if one.is_ascii_digit() => Some("quốc lộ"),
        "Q." if begins(&OFFICES) => Some("quyền"),
        "Q." if name || one.is_ascii_digit() => Some("quận"),
        "P." if one.is_ascii_digit() && t.digits(at) >= 3 => Some("phòng"),
        "P." if one.is_ascii_digit() => None,
        "P." if begins(&OFFICES) => Some("phó"),
        "P." if begins(&ROOMS) => Some("phòng"),
        "P." if name => Some("phường"),
        // `Họp ở khu P. Bà con …`, `TM.`: no abbreviation where nothing is named behind it.
        "Q." | "P." => return None,
        _ => None,
    };
    match said {
        Some(said) => Hit::both(len, said),
        None => {
            unknown.push(Unknown { word: key.into(), at: i, remedy: Remedy::Words });
            Hit::both(len, number::spelled(key))
        }
    }
}
