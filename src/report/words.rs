//! The words of reports in both languages. No figure is made or changed here.

use crate::domain::reach::Grade;
use crate::domain::text::Lang;
use crate::domain::unit::Family;

/// Why a report counts times and not people.
pub(super) fn why_times(lang: Lang) -> &'static str {
    lang.pick(
        "Số liệu tiếp cận ghi theo “lượt”, không ghi theo “người”: một người có thể nhận qua nhiều kênh và nhiều lần, và hệ thống \
         không theo dõi từng người. Vì vậy số của các kênh khác nhau không được cộng với nhau.",
        "Reach is given in times, not in people: one person may be reached by several channels and more than once, and nobody is \
         followed. Figures of different channels are therefore never added.",
    )
}

/// Form of grassroots information (Decree 49/2024/NĐ-CP).
pub(super) fn form(number: Option<u8>, lang: Lang) -> &'static str {
    let Some(number) = number else {
        return lang.pick("ngoài 8 hình thức", "none of the eight");
    };
    match number {
        1 => lang.pick("1. Đài truyền thanh cấp xã", "1. Commune radio"),
        2 => lang.pick("2. Bảng tin công cộng", "2. Notice board"),
        3 => lang.pick("3. Bản tin thông tin cơ sở", "3. Bulletin"),
        4 => lang.pick("4. Tài liệu không kinh doanh", "4. Printed material"),
        5 => lang.pick("5. Tuyên truyền trực tiếp", "5. In person"),
        6 => lang.pick("6. Cổng, trang thông tin điện tử", "6. Portals and sites"),
        7 => lang.pick("7. Mạng xã hội, ứng dụng nhắn tin", "7. Social networks and messengers"),
        8 => lang.pick("8. Tin nhắn viễn thông", "8. Text messages"),
        _ => "–",
    }
}

/// A family's name.
pub(super) fn family(f: Family, lang: Lang) -> &'static str {
    lang.pick(f.vi(), f.as_str())
}

/// A grade's name.
pub fn grade(g: Grade, lang: Lang) -> &'static str {
    lang.pick(g.vi(), g.as_str())
}

/// What was counted.
pub fn metric(word: &str, lang: Lang) -> String {
    let (vi, en) = match word {
        "accepted" => ("nơi nhận đã nhận (chưa phải đã đọc)", "accepted (not: read)"),
        "members" => ("thành viên lúc hỏi", "members when asked"),
        "airings" => ("buổi đã phát", "airings"),
        "people_covered" => {
            ("lượt phủ sóng (buổi phát × số dân đơn vị khai)", "coverage (airings × people as declared)")
        }
        "link_ok" => ("link đã mở, đúng tiêu đề", "links opened, title found"),
        "views" => ("lượt xem", "views"),
        other => (other, other),
    };
    lang.pick(vi, en).to_owned()
}

/// Who says so.
pub fn source(word: &str, lang: Lang) -> String {
    match word {
        "loa" => lang.pick("sổ cái", "ledger").to_owned(),
        "loa done" => lang.pick("Loa mở link", "Loa opened the link").to_owned(),
        other => other.to_owned(),
    }
}
