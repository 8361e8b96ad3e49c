//! Two small numbers with a stroke between them: a day (`Họp 5/12`), a part of a whole (`2/3 số hộ`), or part of a name (`Khu 9/2`,
//! `Phố 2/9`). What says which is around them; where nothing does, it is open, and somebody has to write it out.

use super::clock::hour_word;
use super::text::{Line, space};

/// What two numbers with a stroke mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meant {
    /// A day and a month.
    Day,
    /// A day by which something is called: `Phố 2/9` is "phố hai tháng chín".
    Called,
    /// So many of so many, or a number of a house, a ward's group, a class.
    Part,
    /// A day or a part: nothing says which.
    Open,
}

/// Words after which two small numbers with a stroke are a day and a month.
const BEFORE_DAY: [&str; 55] = [
    "ngày", "mùng", "mồng", "hôm", "từ", "đến", "tới", "sáng", "trưa", "chiều", "tối", "đêm", "trước", "sau",
    "hết", "hạn", "kể", "lễ", "dịp", "khánh", "lao", "động", "nhi", "nghỉ", "mừng", "tết", "nhật", "lúc",
    "vào", "nay", "mai", "nước", "nữ", "nhân", "giờ", "t2", "t3", "t4", "t5", "t6", "t7", "cn", "sinh",
    "nộp", "mạc", "giảng", "lịch", "tuần", "họp", "tiêm", "khám", "thi", "chót", "gian", "điện",
];
/// Those of them that may have a part as well: `nộp 1/2 học phí`.
const EITHER: [&str; 7] = ["nộp", "họp", "thi", "tiêm", "khám", "tuần", "hết"];
/// Words after which it is a part: `hơn 2/3`, `vòng 1/8`.
const BEFORE_PART: [&str; 28] = [
    "hơn", "gần", "khoảng", "chiếm", "đạt", "giảm", "tăng", "bằng", "nhất", "quá", "mất", "lấy", "cả",
    "vòng", "thành", "xong", "bớt", "chia", "dành", "lệ", "độ", "được", "còn", "thiếu", "có", "trên", "dưới",
    "thu",
];
/// Whose number has a stroke ("trên", never a day), and the words by which it is something else (`Hải Phòng 13/5`, `giỗ tổ 10/3`).
const PLACES: [(&str, &[&str]); 19] = [
    ("ngõ", &[]),
    ("ngách", &[]),
    ("hẻm", &[]),
    ("kiệt", &[]),
    ("nhà", &["nước"]),
    ("số", &["đổi", "dân"]),
    ("tầng", &[]),
    ("lô", &[]),
    ("khu", &[]),
    ("tổ", &["giỗ"]),
    ("lớp", &[]),
    ("xóm", &[]),
    ("đội", &["quân", "bộ", "liên"]),
    ("ấp", &[]),
    ("thửa", &[]),
    ("căn", &[]),
    ("phòng", &["hải", "quốc", "văn", "dự", "đề", "giải", "biên", "tiêm"]),
    ("tdp", &[]),
    ("block", &[]),
];
/// What is called by a day, and the words by which it is something else (`yêu cầu 2/3`, `thị trường`).
const CALLED: [(&str, &[&str]); 5] = [
    ("đường", &["chặng", "quãng", "nửa", "đoạn", "con", "trên"]),
    ("phố", &["khu", "thành"]),
    ("trường", &["thị", "môi", "hội", "lập", "hiện"]),
    ("viên", &["thành", "đảng", "đoàn", "hội", "nhân", "học", "sinh", "giáo", "chuyên"]),
    ("cầu", &["yêu", "nhu", "toàn", "địa", "sơ"]),
];
/// Days by which streets and schools are called.
const KNOWN: [(u64, u64); 17] = [
    (3, 2),
    (8, 3),
    (26, 3),
    (16, 4),
    (30, 4),
    (1, 5),
    (7, 5),
    (13, 5),
    (19, 5),
    (1, 6),
    (27, 7),
    (19, 8),
    (2, 9),
    (10, 10),
    (20, 10),
    (20, 11),
    (22, 12),
];
/// What is counted in parts: `12/12 chỉ tiêu`, `tới 2/3 diện tích`.
const COUNTED: [&str; 54] = [
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
    "người",
    "em",
    "cháu",
    "học",
    "đơn",
    "tháng",
    "tỉnh",
    "huyện",
    "cơ",
    "doanh",
    "đồng",
    "đảng",
    "ủy",
    "hạng",
    "công",
    "bài",
    "câu",
    "môn",
    "phần",
    "vốn",
    "sản",
    "đất",
    "ruộng",
    "lúa",
    "cán",
    "hội",
    "đoàn",
    "hồ",
    "trẻ",
    "suất",
];
/// Words behind a day, not of what has parts: `1/3 họp thôn`.
const GOES_ON: [&str; 44] = [
    "và", "hoặc", "đến", "tới", "họp", "khai", "bắt", "là", "thì", "sẽ", "được", "có", "do", "cho", "theo",
    "mời", "nghỉ", "cắt", "tiêm", "khám", "phát", "tại", "ở", "lúc", "từ", "vào", "trồng", "dọn", "ra", "về",
    "bế", "diễn", "hết", "âm", "dương", "hằng", "hàng", "này", "sáng", "chiều", "tối", "thứ", "buổi", "gặp",
];
/// Weekdays, after `thứ`.
const WEEKDAYS: [&str; 12] = ["hai", "ba", "tư", "năm", "sáu", "bảy", "2", "3", "4", "5", "6", "7"];

fn digits(w: &str) -> bool {
    !w.is_empty() && w.chars().all(|c| c.is_ascii_digit())
}

/// True if the number here is one of a house, of a group of houses, a class.
pub fn place(t: Line<'_>, i: usize) -> bool {
    let before = t.before(i, 2);
    let word = |n: usize| before.get(n).map(String::as_str).unwrap_or_default();
    of(&PLACES, word(0), word(1)) || word(0) == "phố" && word(1) == "khu"
}

/// True if it stands behind what days give their names to: a street, a school, a park.
pub fn called(t: Line<'_>, i: usize, day: (u64, u64)) -> bool {
    KNOWN.contains(&day) && behind_a_street(t, i)
}

fn behind_a_street(t: Line<'_>, i: usize) -> bool {
    let before = t.before(i, 4);
    let word = |n: usize| before.get(n).map(String::as_str).unwrap_or_default();
    let school = ["học", "non", "sở", "thông", "thcs", "thpt"].contains(&word(0))
        && before.iter().skip(1).any(|w| w == "trường");
    school || of(&CALLED, word(0), word(1))
}

/// True for a word of the table, unless the one before it makes it something else.
fn of(table: &[(&str, &[&str])], near: &str, before: &str) -> bool {
    table.iter().any(|(what, not)| near == *what && !not.contains(&before))
}

/// The word behind, in small letters; empty where it begins with a capital, as a name does.
fn next(t: Line<'_>, end: usize) -> String {
    let gap = t.run(end, space);
    let w = t.word(end + gap);
    if gap == 0 || w.starts_with(char::is_uppercase) { String::new() } else { w }
}

/// A stroke's two numbers at this place, and where they end.
fn pair(t: Line<'_>, i: usize) -> Option<(u64, u64, usize)> {
    let (a, n) = t.small(i)?;
    let (b, m) = t.small(i + n + 1).filter(|_| t.at(i + n) == '/')?;
    t.ends(i + n + 1 + m).then_some((a, b, i + n + 1 + m))
}

/// True if what follows is what has parts, at once or behind a second pair (`1/3-1/2 diện tích`, `từ 1/3 lên 2/3 số hộ`).
pub fn counted(t: Line<'_>, end: usize) -> bool {
    let gap = t.run(end, space);
    let word = t.word(end + gap).to_lowercase();
    if gap > 0 && COUNTED.contains(&word.as_str()) {
        return true;
    }
    let to = ["đến", "tới", "lên", "xuống"].contains(&word.as_str()).then(|| {
        let at = gap + word.chars().count();
        at + t.run(end + at, space)
    });
    let second = t.to(end).or(to).and_then(|gap| pair(t, end + gap));
    second.is_some_and(|(a, b, end)| a <= b && b <= 10 && COUNTED.contains(&&*next(t, end)))
}

/// What a day and a month at this place mean, that end at `end` and have no year.
pub fn meant(t: Line<'_>, i: usize, end: usize, (day, month): (u64, u64)) -> Meant {
    let before = t.before(i, 4);
    let word = |n: usize| before.get(n).map(String::as_str).unwrap_or_default();
    let near = word(0);
    if place(t, i) || near == "lệ" || t.text(i, end - i) == "24/7" {
        return Meant::Part;
    }
    let dated = ["ngày", "mùng", "mồng", "hôm", "dịp", "lễ", "khánh"].contains(&near);
    let all = day == month;
    if all && ["hóa", "hoá", "vấn", "đạt", "độ"].contains(&near)
        || !dated && counted(t, end) && (all || day < month && month <= 10 || day < month && !dated_by(near))
    {
        return Meant::Part;
    }
    if behind_a_street(t, i) {
        return if called(t, i, (day, month)) { Meant::Called } else { Meant::Open };
    }
    let behind = next(t, end);
    let weekday = word(1) == "thứ" && WEEKDAYS.contains(&near);
    let written_out = t.at(i) == '0' || t.text(i, end - i).contains("/0");
    // An earlier date in the sentence: before a comma or "và".
    let earlier = before.iter().take(2).all(|w| digits(w)) && before.len() >= 2
        || near == "và" && before.iter().skip(1).take(2).filter(|w| digits(w)).count() == 2;
    // `Ngày 5/12: trồng cây; 6/12: dọn`: what stands at the beginning with a colon behind it, heads what is done that day.
    let back = t.c[..i].iter().rev().find(|c| !space(**c)).copied();
    let heads = t.at(end) == ':' && back.is_none_or(|c| !c.is_alphanumeric() && c != ':');
    // Halves, thirds and quarters of something: `1/2 kinh phí`.
    let common = matches!((day, month), (1, 2..=4) | (2 | 3, 3..=4)) && !all;
    let something = common && !behind.is_empty() && !GOES_ON.contains(&behind.as_str());
    // `Ngày Pháp luật 9/11`, `Lịch cúp điện 6/12`
    let told = !common
        && !BEFORE_PART.contains(&near)
        && before.iter().skip(1).any(|w| w == "ngày" || w == "lịch")
        && before.iter().all(|w| !w.starts_with(|c: char| c.is_ascii_digit()));
    let said_so = BEFORE_DAY.contains(&near) || told || hour_word(near);
    // `Điểm họp: 5/12 Trần Phú`: where, or when.
    let spot = EITHER.contains(&near) && ["điểm", "nơi", "chỗ"].contains(&word(1));
    if something && EITHER.contains(&near) || spot {
        return Meant::Open;
    }
    let lunar = ["âm", "dương"].contains(&behind.as_str());
    // `5/12 (thứ Bảy)`
    let open = t.run(end, |c| space(c) || matches!(c, '(' | ','));
    let named = ["thứ", "chủ"].contains(&&*t.word(end + open).to_lowercase());
    if said_so || weekday || named || written_out || earlier || heads || lunar || day >= month {
        return Meant::Day;
    }
    if something || BEFORE_PART.contains(&near) { Meant::Part } else { Meant::Open }
}

/// True for words that say "a day" so strongly that twelve of something behind it are not meant.
fn dated_by(near: &str) -> bool {
    BEFORE_DAY.contains(&near) && !EITHER.contains(&near)
}

/// Two pairs with a dash between them and no year: days, unless both can be parts.
pub fn meant_both(t: Line<'_>, i: usize, end: usize, first: (u64, u64), last: (u64, u64)) -> Meant {
    let part = |(a, b): (u64, u64)| a < b && b <= 10;
    if !part(first) || !part(last) {
        return Meant::Day;
    }
    let near = t.before(i, 1).pop().unwrap_or_default();
    let backwards = (last.1, last.0) < (first.1, first.0);
    if backwards || counted(t, end) || BEFORE_PART.contains(&near.as_str()) {
        return Meant::Part;
    }
    let common = [first, last].iter().all(|(_, b)| *b <= 4);
    if common && !BEFORE_DAY.contains(&near.as_str()) { Meant::Open } else { Meant::Day }
}
