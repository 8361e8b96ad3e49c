//! Words for shapes: what a type is called in a message, and what people write for a key. No check is made here.

use super::{Kind, Node, Type};

/// What a type is, in both languages.
pub fn describe(ty: &Type) -> (String, String) {
    let both = |vi: &str, en: &str| (vi.to_owned(), en.to_owned());
    match ty {
        Type::Text => both("chữ", "text"),
        Type::Code => both("chữ hoặc mã", "text or a code"),
        Type::Id => {
            both("một mã: chữ thường không dấu, gạch nối", "an id: lower-case letters, digits, hyphens")
        }
        Type::Bool => both("true (có) hoặc false (không)", "true or false"),
        Type::Int(low, high) => (format!("số từ {low} đến {high}"), format!("a number from {low} to {high}")),
        Type::Value(v) => both(v.vi, v.en),
        Type::Enum(words) => {
            let all: Vec<&str> = words.iter().map(|w| w.name).collect();
            (format!("một trong: {}", all.join(", ")), format!("one of: {}", all.join(", ")))
        }
        Type::List(t) => {
            let (vi, en) = describe(t);
            (format!("danh sách, mỗi dòng “- ” là {vi}"), format!("a list, each line “- ” being {en}"))
        }
        Type::One(s) => both(s.vi, s.en),
        Type::Entries(_) => both("các dòng   mã: nội dung", "lines of   id: words"),
        Type::Keyed(v, _) => {
            (format!("các dòng bắt đầu bằng {}", v.vi), format!("lines that start with {}", v.en))
        }
        Type::Either(a, _) => describe(a),
        Type::Any => both("giá trị", "a value"),
    }
}

/// What stands there instead.
pub fn what(node: &Node) -> (&'static str, &'static str) {
    match &node.kind {
        Kind::Scalar { .. } => ("một giá trị", "a single value"),
        Kind::List(_) => ("một danh sách", "a list"),
        Kind::Map(_) => ("các dòng khóa: giá trị", "lines of key: value"),
    }
}

/// Words people reach for that are neither a key nor its alias.
pub fn spoken_for(word: &str) -> Option<&'static str> {
    Some(match word {
        "on" | "when" | "time" | "gio" | "thoi_gian" | "ngay_gio" | "vao_luc" => "at",
        "recipient" | "recipients" | "target" | "targets" | "gui_den" | "gui_cho" | "nguoi_nhan" => "to",
        "exclude" | "excluding" | "ngoai_tru" | "khong_gui" => "except",
        "audience" => "for",
        "tac_gia" | "writer" | "nguoi_viet" | "by" => "author",
        "ten" | "name" | "subject" | "ten_bai" => "title",
        "attachments" | "attachment" | "tep_dinh_kem" | "van_ban" => "attach",
        "images" | "pictures" | "hinh" | "anh" | "hinh_anh" => "assets",
        "audio" | "mp3" | "sound" | "ghi_am" | "thu_am" | "tep_am_thanh" | "ban_thu_am" => "recording",
        "url" | "duong_link" | "duong_dan" => "link",
        "channels" | "kenh_gui" => "channel",
        "sendings" | "sends" | "lich_gui" => "send",
        "repeat" | "count" | "lap_lai" => "times",
        "deadline" | "due" | "han_chot" => "done_by",
        "grace" | "gui_muon" => "late_ok",
        "begin" | "start_date" | "start" => "start",
        "finish" | "end_date" | "stop" => "end",
        "holiday" | "ngay_nghi" => "on_holiday",
        "telephone" | "dien_thoai" | "sdt" => "phone",
        "mail" | "thu" | "e_mail" => "email",
        "password" => "password_file",
        "token" => "token_file",
        "host" => "server",
        "timezone" => "time_zone",
        _ => return None,
    })
}
