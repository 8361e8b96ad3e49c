//! The title of an administrative document: its kind and its abstract (Decree 30/2020/NĐ-CP, Appendix I, part II, 5).

use super::body::{Block, Kind};
use super::letter::{is_addressed, is_loud, is_office};
use super::marks::{self, Run};
use crate::domain::text::fold;

/// Kinds of documents; folded.
const KINDS: [&str; 22] = [
    "ke hoach",
    "thong bao",
    "bao cao",
    "quyet dinh",
    "huong dan",
    "chuong trinh",
    "to trinh",
    "giay moi",
    "thong cao bao chi",
    "cong dien",
    "phuong an",
    "de an",
    "quy che",
    "thong cao",
    "chi thi",
    "nghi quyet",
    "ket luan",
    "quy dinh",
    "cong van",
    "thu moi",
    "thu ngo",
    "loi keu goi",
];

/// True for a line that is the name of a kind, and nothing else.
pub fn is_kind(line: &str) -> bool {
    KINDS.contains(&fold(line).trim())
}

/// `V/v …` in a line or a cell, also over several lines of it.
pub fn abstract_of(plain: &str) -> Option<String> {
    let at = plain.find("V/v").or_else(|| plain.find("v/v")).or_else(|| plain.find("V/V"))?;
    let rest: Vec<&str> = plain[at + 3..].split(" | ").next()?.lines().map(str::trim).collect();
    let rest = rest.join(" ");
    let rest = rest.trim().trim_start_matches(':').trim();
    (!rest.is_empty()).then(|| capital(rest))
}

/// `KẾ HOẠCH` and the lines of its abstract: they are the title of the document. Behind those of a decision stands who decides
/// (Decree 30/2020, Appendix III, form 1.2): the other part.
pub fn kind_and_abstract(blocks: &mut Vec<Block>) -> Option<(String, Vec<Block>)> {
    let whole = |b: &Block| !matches!(b.kind, Kind::Table(_) | Kind::Picture(..) | Kind::Item(..));
    let first = |b: &Block| fold(b.plain.lines().next().unwrap_or_default());
    // Nothing but a picture may stand above it: further down it is a part of the text.
    let at = blocks.iter().position(|b| !matches!(b.kind, Kind::Picture(..)))?;
    if !whole(&blocks[at]) || !KINDS.contains(&first(&blocks[at]).trim()) {
        return None;
    }
    part_lines(blocks, at);
    // An abstract is short, no sentence, and no heading of the text.
    let belongs = |b: &Block, first: bool| {
        whole(b)
            && (b.bold || first && is_about(&b.plain))
            && !b.styled
            && !numbered(&b.plain)
            && b.plain.chars().count() < 300
            && !b.plain.trim_end().ends_with(['.', '!', '?', ':'])
            && !is_addressed(b)
            && !is_day(&b.plain)
            && !is_labelled(&b.plain, first)
    };
    let mut own = blocks[at].plain.lines();
    let kind = own.next().unwrap_or_default().to_lowercase();
    let mut words: Vec<String> = own.map(str::to_owned).collect();
    let mut end = at + 1;
    let decides = matches!(first(&blocks[at]).trim(), "quyet dinh" | "nghi quyet");
    let authority = |b: &Block| {
        let f = fold(&b.plain);
        let body = ["uy ban", "hoi dong", "bo truong", "thu tuong", "ban thuong vu"]
            .iter()
            .any(|p| f.starts_with(p));
        decides && is_loud(&b.plain) && (body || is_office(&f))
    };
    let (from, mut who) = (end, end);
    let mut over = blocks[at].ruled;
    while let Some(b) = blocks.get(end).filter(|b| end - at <= 4 && belongs(b, end == from)) {
        let here = authority(b);
        // Below the line that ends it only who decides belongs to it.
        if !here && (who > from || over && !(end == from && is_about(&b.plain))) {
            break;
        }
        over |= b.ruled;
        end += 1;
        if here {
            who = end;
        } else {
            words.extend(b.plain.lines().map(str::to_owned));
        }
    }
    let mut taken: Vec<Block> = blocks.drain(at..end).collect();
    taken.retain(authority);
    let words = words.join(" ");
    // Capitals are lowered only where they are no name's: that of the kind, and the first letter of what follows it.
    let title = if words.is_empty() { kind } else { format!("{kind} {}", lowered(&words)) };
    Some((capital(title.trim()), taken))
}

/// `Về việc …`
fn is_about(line: &str) -> bool {
    let f = fold(line);
    ["ve viec", "v/v"].iter().any(|p| f.starts_with(p))
}

/// Tears blocks of several lines apart before the first line that is no title.
fn part_lines(blocks: &mut Vec<Block>, at: usize) {
    for i in at..blocks.len().min(at + 5) {
        if matches!(blocks[i].kind, Kind::Table(_)) {
            return;
        }
        let Some(k) = blocks[i].plain.lines().skip(1).position(tells) else { continue };
        let lines = marks::lines(&blocks[i].runs);
        let part = |lines: &[Vec<Run>], ruled| {
            let end = Run { text: "\n".into(), ..Run::default() };
            let runs: Vec<Run> = lines.join(&end);
            Block { plain: marks::plain(&runs), runs, ruled, ..blocks[i].clone() }
        };
        let Some((above, below)) = lines.split_at_checked(k + 1) else { return };
        let parts = [part(above, true), part(below, blocks[i].ruled)];
        blocks.splice(i..=i, parts);
        return;
    }
}

/// True for a line that tells something, and only names nothing: a day, `Thời gian: 8 giờ`, to whom it goes.
pub fn tells(line: &str) -> bool {
    is_day(line) || is_labelled(line, false) || is_addressed(&Block::words(line))
}

/// `Ngày 20 tháng 11 năm 2026`, `Từ 8 giờ ngày 10/11: …`, `Sáng thứ Hai, 20/11`: a line that begins with a day or an hour. A
/// month or a year is a part of a title, and so is a line that goes on in small letters.
fn is_day(line: &str) -> bool {
    const BEFORE: [&str; 26] = [
        "tu", "den", "vao", "sang", "trua", "chieu", "toi", "dem", "buoi", "hoi", "luc", "khoang", "thu",
        "hai", "ba", "tu", "nam", "sau", "bay", "chu", "nhat", "cn", "ngay", "truoc", "dung", "cac",
    ];
    if !line.trim_start().starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit()) {
        return false;
    }
    let f = fold(line);
    let mut words =
        f.split(|c: char| c.is_whitespace() || matches!(c, ',' | '(' | ')')).filter(|w| !w.is_empty());
    let mut day = false;
    while let Some(w) = words.next() {
        if w.starts_with(|c: char| c.is_ascii_digit()) {
            let digits = w.trim_end_matches([':', '.', ';']);
            let behind = digits.trim_start_matches(|c: char| c.is_ascii_digit());
            let figures = behind
                .chars()
                .all(|c| c.is_ascii_digit() || matches!(c, '/' | '-' | '–' | '.' | 'h' | 'g' | ':'));
            let date =
                figures && behind.chars().any(|c| matches!(c, '/' | 'h' | 'g' | ':') || day && c != '.');
            return date || day || matches!(words.next(), Some("gio" | "thang"));
        }
        if !BEFORE.contains(&w.trim_end_matches(':')) {
            return false;
        }
        day |= w == "ngay";
    }
    false
}

/// `Thời gian: 8 giờ`; the `first` line below the kind may have a colon of its own (“Cuộc thi viết: Tôi và tên miền”).
fn is_labelled(line: &str, first: bool) -> bool {
    const LABELS: [&str; 21] = [
        "thoi gian",
        "dia diem",
        "noi dung",
        "doi tuong",
        "thanh phan",
        "chu tri",
        "lien he",
        "dien thoai",
        "duong day nong",
        "luu y",
        "chu y",
        "han ",
        "gio ",
        "dia chi",
        "noi ",
        "le phi",
        "phi ",
        "gia ",
        "khu vuc",
        "pham vi",
        "lich ",
    ];
    let Some((label, value)) = line.split_once(':') else { return false };
    let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    let hour = digit(label.chars().next_back()) && digit(value.chars().next());
    let quoted =
        label.matches('“').count() > label.matches('”').count() || label.matches('"').count() % 2 == 1;
    let f = format!("{} ", fold(label).trim());
    !hour
        && !quoted
        && !is_about(label)
        && (!first || value.is_empty() || LABELS.iter().any(|l| f.starts_with(l)))
}

/// `I. …`, `1. …`: a part of the text.
pub fn numbered(plain: &str) -> bool {
    let word = plain.split_whitespace().next().unwrap_or_default();
    let body = word.trim_end_matches(['.', ')']);
    let named = fold(plain);
    body.len() < word.len()
        && !body.is_empty()
        && (body.chars().all(|c| matches!(c, 'I' | 'V' | 'X'))
            || body.chars().all(|c| c.is_ascii_digit() || c == '.'))
        || named.starts_with("dieu ") && named[5..].starts_with(|c: char| c.is_ascii_digit())
}

fn capital(s: &str) -> String {
    let mut c = s.chars();
    c.next().map_or_else(String::new, |f| f.to_uppercase().chain(c).collect())
}

/// The first letter in lower case, unless the word is an abbreviation or all of it is in capitals.
fn lowered(s: &str) -> String {
    let first = s.split_whitespace().next().unwrap_or_default();
    let mut c = s.chars();
    match c.next() {
        Some(f) if first.chars().skip(1).any(char::is_lowercase) => f.to_lowercase().chain(c).collect(),
        Some(_) | None => s.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_no_name() {
        for line in [
            "Ngày 20 tháng 11 năm 2026",
            "Từ ngày 10/11 đến 12/11: Nhà văn hóa tổ 3",
            "Từ ngày 10 đến ngày 12/11",
            "Sáng thứ Hai, 20/11",
            "Chủ nhật, ngày 22-11-2026",
            "8 giờ 30 tại chợ Sắt",
            "Từ 8h đến 17h",
            "08:00 – 09:30 Đón khách",
            "20/11: Tổ 1",
            "20 tháng 11",
            "Các ngày 10, 11/12",
            "NGÀY 20/11",
        ] {
            assert!(is_day(line) && tells(line), "{line}");
        }
        for line in [
            "Tháng 12 năm 2026",
            "Năm 2026",
            "năm 2026",
            "ngày 20 tháng 11 năm 2026",
            "(Từ ngày 10/11 đến 16/11)",
            "Ngày hội tên miền .vn",
            "Tổ chức Ngày 20/11",
            "Từ điển tên miền",
            "Đến 2030 mọi hộ có tên miền",
            "1.000 tên miền miễn phí",
            "02 năm thực hiện Nghị quyết",
            "0225.3842124",
            "Sau 2 năm",
            "Thứ trưởng",
        ] {
            assert!(!is_day(line), "{line}");
        }
    }

    #[test]
    fn a_label_tells_something() {
        for line in [
            "Thời gian: 8 giờ",
            "Địa điểm:",
            "Kính gửi: Nhân dân",
            "Tổ 3: Nhà văn hóa",
            "UBND PHƯỜNG A điện:",
        ] {
            assert!(tells(line), "{line}");
        }
        for line in
            ["Về việc: tiêm phòng", "Cuộc thi “Tên miền: của tôi”", "Từ lúc này", "Phát sóng giờ 5:30"]
        {
            assert!(!tells(line), "{line}");
        }
        assert!(
            !is_labelled("Cuộc thi viết: Tôi và tên miền", true) && is_labelled("Thời gian: 8 giờ", true)
        );
    }
}
