//! What the files below `campaigns/` may say, as tables; see [`crate::yaml::shape`].
//!
//! The Vietnamese key words are those of `ux.md` §4. They are accepted in campaign and post files only; in the others
//! they are recognised and the English key is told.

mod registers;

pub use registers::*;

use crate::domain::words::{self, Why};
use crate::yaml::Say;
use crate::yaml::shape::{Key, Shape, Type, Word};
use crate::yaml::value::{self, Complaint, Value};

fn say<T>(r: Result<T, Why>) -> Result<(), Say> {
    r.map(|_| ()).map_err(|w| Say::new(w.vi, w.en))
}

/// A date.
pub static DATE: Value = value::date(|s| say(words::parse_date(s)));
static TIME: Value = value::time(|s| say(words::parse_time(s)));
static INSTANT: Value = value::instant(|s| say(words::parse_datetime(s)));
static DURATION: Value = value::duration(|s| say(words::parse_duration(s)));
static EVERY: Value = Value {
    code: "D009",
    vi: "ngày trong tuần rồi giờ, như monday 08:00, thứ Hai 08:00, hằng ngày 17:00",
    en: "weekdays and a time such as monday 08:00, weekdays 17:00",
    read: |s| say(words::parse_every(s)),
    slip: value::none,
    pattern: None,
    digits: false,
};
static CRON: Value = Value {
    code: "D007",
    vi: "năm phần: phút giờ ngày tháng thứ, như 0 8 * * MON",
    en: "five fields: minute hour day month weekday, such as 0 8 * * MON",
    read: |s| match s.split_whitespace().count() {
        5 => match cron_slip(s) {
            Some(c) => Err(Say::new(c.vi, c.en)),
            None => Ok(()),
        },
        n => Err(Say::new(
            format!("lịch cron phải có năm phần, ở đây có {n}"),
            format!("a cron expression has five fields, this one has {n}"),
        )),
    },
    slip: cron_slip,
    pattern: None,
    digits: false,
};
static LUNAR: Value = Value {
    code: "D013",
    vi: "ngày âm lịch: 15/08 (mỗi năm) hoặc 15 (mỗi tháng)",
    en: "a lunar day: 15/08 (each year) or 15 (each month)",
    read: |s| {
        lunar(s).map(|_| ()).ok_or_else(|| {
            Say::new(
                format!("“{s}” không phải ngày âm lịch"),
                format!("“{s}” is no day of the lunar calendar"),
            )
        })
    },
    slip: value::none,
    pattern: Some("^([12]?\\d|30)(/(0?[1-9]|1[0-2]))?$"),
    digits: true,
};
static PERCENT: Value = Value {
    code: "K012",
    vi: "tỷ lệ phần trăm, như 50%",
    en: "a percentage such as 50%",
    read: |s| say(words::parse_percent(s)),
    slip: value::none,
    pattern: None,
    digits: true,
};
static SESSION: Value = Value {
    code: "D014",
    vi: "khoảng giờ, như 05:30-06:00",
    en: "a range of times such as 05:30-06:00",
    read: |s| say(words::parse_session_range(s)),
    slip: value::none,
    pattern: None,
    digits: false,
};
static DAYS: Value = Value {
    code: "D009",
    vi: "các thứ trong tuần, như thứ Hai, T2, weekdays, hằng ngày",
    en: "weekdays such as monday, weekdays, daily",
    read: |s| say(words::parse_days(s)),
    slip: value::none,
    pattern: None,
    digits: false,
};
static ZONE: Value = Value {
    code: "C012",
    vi: "múi giờ, như Asia/Ho_Chi_Minh",
    en: "a time zone such as Asia/Ho_Chi_Minh",
    read: |s| {
        s.parse::<chrono_tz::Tz>()
            .map(|_| ())
            .map_err(|_| Say::new(format!("không có múi giờ “{s}”"), format!("there is no time zone “{s}”")))
    },
    slip: value::none,
    pattern: None,
    digits: false,
};
static HASH: Value = Value {
    code: "A005",
    vi: "mã băm SHA-256: 64 chữ số thập lục phân",
    en: "a SHA-256: 64 hexadecimal digits",
    read: |s| {
        if s.len() == 64 && s.bytes().all(|b| b.is_ascii_hexdigit()) {
            Ok(())
        } else {
            Err(Say::new("không phải mã băm SHA-256", "not a SHA-256"))
        }
    },
    slip: value::none,
    pattern: Some("^[0-9a-f]{64}$"),
    digits: true,
};
/// A rule of the linter; `lint` says itself what is wrong with one.
static LINT: Value = Value {
    code: "L091",
    vi: "mã quy tắc soát chữ, như L021",
    en: "a rule of the linter such as L021",
    read: |_| Ok(()),
    slip: value::none,
    pattern: Some("^L[0-9]{3}$"),
    digits: false,
};
/// A year as a key or value.
static YEAR: Type = Type::Int(1900, 2199);

/// `15/08` or `15`: day and month of the lunar calendar.
pub fn lunar(s: &str) -> Option<(u32, Option<u32>)> {
    let number = |t: &str| {
        let t = t.trim();
        (!t.is_empty() && t.len() <= 2 && t.bytes().all(|b| b.is_ascii_digit()))
            .then(|| t.parse::<u32>().ok())
            .flatten()
    };
    let (day, month) = match s.trim().split_once('/') {
        Some((d, m)) => (number(d)?, Some(number(m)?)),
        None => (number(s)?, None),
    };
    ((1..=30).contains(&day) && month.is_none_or(|m| (1..=12).contains(&m))).then_some((day, month))
}

/// Numbers for weekdays mean different days to different programs: refused (D008). `MON#1` and the like are no numbers of
/// weekdays; the schedule's own check speaks of them.
fn cron_slip(s: &str) -> Option<Complaint> {
    const NAMES: [&str; 8] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"];
    let fields: Vec<&str> = s.split_whitespace().collect();
    let [.., day] = fields.as_slice() else { return None };
    if fields.len() != 5 || !day.bytes().any(|b| b.is_ascii_digit()) || day.contains(['/', '#']) {
        return None;
    }
    // Only what is a number, or Vietnamese “T2”, as a whole can be said by name.
    let name = |word: &str| match word.strip_prefix(['T', 't']).map(str::parse::<usize>) {
        Some(Ok(n @ 2..=7)) => NAMES.get(n - 1).copied(),
        Some(_) => None,
        None => word.parse::<usize>().ok().and_then(|n| NAMES.get(n)).copied(),
    };
    let mut named = String::new();
    let mut word = String::new();
    for c in day.chars().chain([',']) {
        if matches!(c, ',' | '-') {
            named.push_str(name(&word).unwrap_or(&word));
            named.push(c);
            word.clear();
        } else {
            word.push(c);
        }
    }
    named.pop();
    let named = if named.bytes().any(|b| b.is_ascii_digit()) { "MON" } else { &named };
    let head = fields[..4].join(" ");
    Some(Complaint {
        code: "D008",
        vi: "ngày trong tuần của cron không viết bằng số".into(),
        en: "cron weekdays cannot be numbers".into(),
        fix_vi: format!(
            "Số 2 có nơi hiểu là thứ Hai, có nơi là thứ Ba. Viết bằng chữ: SUN MON TUE WED THU FRI SAT, ví dụ {head} {named}\nDễ hơn: every: thứ Hai 08:00"
        ),
        fix_en: format!(
            "2 is Monday to some programs and Tuesday to others. Use names, such as {head} {named}"
        ),
    })
}

const fn key(name: &'static str, alias: &'static str, ty: Type, vi: &'static str, en: &'static str) -> Key {
    Key { name, alias, required: false, ty, vi, en }
}
const fn must(k: Key) -> Key {
    Key { required: true, ..k }
}

/// Families as `channel:` writes them.
pub static FAMILIES: &[Word] = &[
    Word { name: "website", vi: &["trang web", "cổng thông tin", "web"] },
    Word { name: "email", vi: &["thư", "thư điện tử"] },
    Word { name: "telegram", vi: &[] },
    Word { name: "zalo", vi: &[] },
    Word { name: "social", vi: &["mạng xã hội", "facebook"] },
    Word { name: "station", vi: &["truyền thanh", "đài", "loa"] },
    Word { name: "press", vi: &["báo chí", "báo"] },
    Word { name: "offline", vi: &["trực tiếp"] },
];
static CLASSES: &[Word] = &[
    Word { name: "policy", vi: &["chính sách"] },
    Word { name: "internal", vi: &["nội bộ"] },
    Word { name: "urgent", vi: &["khẩn", "khẩn cấp"] },
    Word { name: "advertising", vi: &["quảng cáo"] },
];
static PRIORITIES: &[Word] = &[
    Word { name: "ordinary", vi: &["thường", "thông thường"] },
    Word { name: "priority", vi: &["ưu tiên"] },
    Word { name: "urgent", vi: &["khẩn", "khẩn cấp"] },
    Word { name: "bulk", vi: &["hàng loạt"] },
];
static HOLIDAYS: &[Word] = &[
    Word { name: "keep", vi: &["vẫn gửi", "giữ nguyên"] },
    Word {
        name: "next_working_day", vi: &["ngày làm việc kế tiếp", "ngày làm việc tiếp theo"]
    },
    Word {
        name: "previous_working_day", vi: &["ngày làm việc trước", "ngày làm việc liền trước"]
    },
    Word { name: "skip", vi: &["bỏ", "không gửi"] },
];
static SESSIONS: &[Word] = &[
    Word { name: "sang", vi: &["sáng", "buổi sáng", "morning"] },
    Word { name: "trua", vi: &["trưa", "buổi trưa", "noon"] },
    Word { name: "chieu", vi: &["chiều", "buổi chiều", "afternoon"] },
    Word { name: "toi", vi: &["tối", "buổi tối", "evening"] },
];
static IDS: Type = Type::List(&Type::Id);

static LEGAL: Shape = Shape {
    vi: "văn bản căn cứ",
    en: "a legal document",
    open: false,
    keys: &[
        must(key("type", "loai", Type::Text, "Kế hoạch, Quyết định, Thông tư…", "Kind of document")),
        must(key("number", "so_hieu", Type::Text, "Số, ký hiệu: 276/KH-UBND", "Its number")),
        must(key("date", "ngay", Type::Value(&DATE), "Ngày ban hành", "Its date")),
        must(key("issuer", "co_quan", Type::Text, "Cơ quan ban hành", "Who issued it")),
        key("title", "trich_yeu", Type::Text, "Trích yếu", "What it says, in a line"),
        key(
            "file",
            "tep",
            Type::Text,
            "Bản sao trong thư mục chiến dịch, để đính kèm",
            "A copy below the campaign's folder",
        ),
    ],
};
static AUDIENCE: Shape = Shape {
    vi: "đối tượng",
    en: "an audience",
    open: false,
    keys: &[
        must(key("title", "tieu_de", Type::Text, "Tên đối tượng", "In words")),
        key(
            "messages",
            "cac_thong_diep",
            IDS,
            "Các thông điệp dành cho đối tượng này",
            "Messages the plan has for it",
        ),
        key(
            "channels",
            "cac_kenh",
            Type::List(&Type::Enum(FAMILIES)),
            "Các kênh dùng cho đối tượng này",
            "Channels the plan uses for it",
        ),
    ],
};
static OBJECTIVE: Shape = Shape {
    vi: "mục tiêu",
    en: "an objective",
    open: false,
    keys: &[
        must(key("id", "ma", Type::Id, "Mã mục tiêu", "Its id")),
        must(key("title", "tieu_de", Type::Text, "Nội dung mục tiêu", "In words")),
        key("unit", "don_vi", Type::Id, "Đơn vị chịu trách nhiệm", "Who answers for it"),
        key("for", "doi_tuong", IDS, "Các đối tượng mà mục tiêu này hướng đến", "The audiences it concerns"),
        key("at_least", "toi_thieu", Type::Value(&PERCENT), "Mức tối thiểu", "Lower bound"),
        key("aim", "phan_dau", Type::Value(&PERCENT), "Mức phấn đấu", "Aim"),
        key("counted_on", "tinh_tren", Type::Text, "Tính trên cơ sở nào", "What is counted"),
    ],
};
static DEFAULTS: Shape = Shape {
    vi: "phần mặc định",
    en: "the defaults",
    open: false,
    keys: &[
        key(
            "class",
            "loai_tin",
            Type::Enum(CLASSES),
            "Loại tin của bài không ghi loại",
            "Class of a post that states none",
        ),
        key(
            "on_holiday",
            "gap_ngay_nghi",
            Type::Enum(HOLIDAYS),
            "Gặp ngày nghỉ thì làm gì",
            "What happens on a day off",
        ),
        key("contact", "lien_he", Type::Id, "Đơn vị liên hệ", "Unit to contact"),
    ],
};

static KIT_EXEMPTION: Shape = Shape {
    vi: "mục miễn tư liệu",
    en: "an exemption from the kit",
    open: false,
    keys: &[
        must(key(
            "post",
            "bai",
            Type::Id,
            "Mã bài; all là cả chiến dịch",
            "A post; all is the whole campaign",
        )),
        must(key(
            "reason",
            "ly_do",
            Type::Text,
            "Vì sao không dùng được tư liệu nào",
            "Why nothing can be used",
        )),
        must(key(
            "approved_by",
            "nguoi_cho_phep",
            Type::Id,
            "Ai cho phép, mã trong people.yaml",
            "Who allowed it",
        )),
    ],
};

/// `campaign.yaml`.
pub static CAMPAIGN: Shape = Shape {
    vi: "tệp chiến dịch",
    en: "the campaign file",
    open: false,
    keys: &[
        must(key(
            "campaign",
            "chien_dich",
            Type::Id,
            "Mã chiến dịch, trùng tên thư mục",
            "Its id: the folder's name",
        )),
        must(key("title", "tieu_de", Type::Text, "Tên đầy đủ", "Full title")),
        must(key("owner", "chu_tri", Type::Id, "Đơn vị chủ trì", "The unit that leads it")),
        must(key(
            "start",
            "bat_dau",
            Type::Value(&DATE),
            "Ngày đầu: trước ngày này không gửi gì",
            "First day",
        )),
        must(key("end", "ket_thuc", Type::Value(&DATE), "Ngày cuối: sau ngày này không gửi gì", "Last day")),
        key(
            "legal_basis",
            "can_cu",
            Type::List(&Type::One(&LEGAL)),
            "Các văn bản căn cứ",
            "The documents it rests on",
        ),
        must(key(
            "audiences",
            "cac_doi_tuong",
            Type::Entries(&Type::Either(&Type::Text, &Type::One(&AUDIENCE))),
            "Đối tượng hướng đến",
            "Whom the plan wants to reach",
        )),
        must(key(
            "messages",
            "cac_thong_diep",
            Type::Entries(&Type::Text),
            "Thông điệp chính sách",
            "What it wants to say",
        )),
        must(key(
            "objectives",
            "muc_tieu",
            Type::List(&Type::One(&OBJECTIVE)),
            "Mục tiêu cụ thể; mỗi mục tiêu có đối tượng của nó",
            "What it wants to achieve, each with its audiences",
        )),
        key(
            "defaults",
            "mac_dinh",
            Type::One(&DEFAULTS),
            "Mọi bài dùng, trừ khi bài ghi khác",
            "For every post that says nothing else",
        ),
        key(
            "kit_exemptions",
            "mien_tu_lieu",
            Type::List(&Type::One(&KIT_EXEMPTION)),
            "Bài gửi cho dân mà không dùng tư liệu của bộ: vì sao, ai cho phép",
            "Public posts that show nothing of the media kit: why, and who allowed it",
        ),
    ],
};

static ASSET_USE: Shape = Shape {
    vi: "tư liệu của bài",
    en: "an asset of the post",
    open: false,
    keys: &[
        key("kit", "bo_tu_lieu", Type::Id, "Mã trong bộ tư liệu media-kit.yaml", "Id in the media kit"),
        key(
            "file",
            "tep",
            Type::Text,
            "Ảnh riêng của bài: tên tệp cạnh post.yaml, thay cho kit",
            "A picture of the post's own, beside post.yaml, instead of kit",
        ),
        key("alt", "mo_ta_anh", Type::Text, "Ảnh vẽ gì, cho người không nhìn thấy", "What the picture shows"),
        key("caption", "chu_thich", Type::Text, "Chữ dưới ảnh", "Words under the picture"),
    ],
};
static SENDING: Shape = Shape {
    vi: "lần gửi",
    en: "a sending",
    open: false,
    keys: &[
        key(
            "id",
            "ma",
            Type::Id,
            "Mã lần gửi; chỉ cần khi có hai lần cùng kênh và nơi nhận",
            "Needed where two have the same channel and recipient",
        ),
        must(key("channel", "kenh", Type::Enum(FAMILIES), "Kênh", "Where it speaks")),
        must(key(
            "to",
            "noi_nhan",
            IDS,
            "Nơi nhận: đơn vị, nhóm hoặc danh sách; all là tất cả đơn vị có kênh này",
            "A unit, a group or a list; all must be written",
        )),
        key("except", "tru", IDS, "Trừ những nơi này", "Whom not"),
        key("at", "luc", Type::Value(&INSTANT), "Gửi một lần lúc: 30/11/2026 08:00", "Once, at this time"),
        key(
            "every",
            "moi",
            Type::Value(&EVERY),
            "Gửi đều: monday 08:00, thứ Hai 08:00; cần from và until",
            "On weekdays at a time; needs from and until",
        ),
        key(
            "cron",
            "",
            Type::Value(&CRON),
            "Lịch cron năm phần, cho người thạo; cần from và until",
            "Five-field cron, for experts",
        ),
        key(
            "lunar",
            "am_lich",
            Type::Value(&LUNAR),
            "Ngày âm lịch: \"15/08\"; cần time, from và until",
            "A lunar day; needs time, from and until",
        ),
        key("time", "gio", Type::Value(&TIME), "Giờ gửi của ngày âm lịch", "Time of the day of a lunar day"),
        key("from", "tu", Type::Value(&DATE), "Ngày đầu", "First day"),
        key("until", "den", Type::Value(&DATE), "Ngày cuối, kể cả ngày đó", "Last day, inclusive"),
        key(
            "sessions",
            "buoi",
            Type::List(&Type::Enum(SESSIONS)),
            "Buổi phát: sang, chieu; để trống là buổi nào cũng được",
            "Sessions a station may choose",
        ),
        key(
            "times",
            "so_lan",
            Type::Int(1, 1000),
            "Mỗi đài phát mấy lần trong cả thời gian",
            "Airings per station in the window",
        ),
        key(
            "priority",
            "muc_uu_tien",
            Type::Enum(PRIORITIES),
            "ordinary (thường), priority (ưu tiên), urgent (khẩn), bulk (hàng loạt)",
            "How urgent",
        ),
        key(
            "on_holiday",
            "gap_ngay_nghi",
            Type::Enum(HOLIDAYS),
            "Gặp ngày nghỉ thì làm gì",
            "What happens on a day off",
        ),
        key(
            "late_ok",
            "con_gui_den",
            Type::Value(&DURATION),
            "Muộn bao lâu thì vẫn gửi: 2 days, 12 giờ",
            "How late is still useful",
        ),
        key("done_by", "han", Type::Value(&DATE), "Hạn cho nơi đăng lại", "Last day for the webmaster"),
    ],
};

/// `post.yaml`.
pub static POST: Shape = Shape {
    vi: "tệp bài",
    en: "the post file",
    open: false,
    keys: &[
        must(key("title", "tieu_de", Type::Text, "Tiêu đề", "Title")),
        must(key("author", "nguoi_soan", Type::Id, "Người soạn: mã trong people.yaml", "Who wrote it")),
        must(key(
            "for",
            "doi_tuong",
            Type::Id,
            "Đối tượng hướng đến: mã trong campaign.yaml",
            "Audience of the plan",
        )),
        must(key(
            "message",
            "thong_diep",
            Type::Id,
            "Thông điệp: mã trong campaign.yaml",
            "Policy message of the plan",
        )),
        key(
            "class",
            "loai_tin",
            Type::Enum(CLASSES),
            "Loại tin, quyết định ai duyệt",
            "Which approval it needs",
        ),
        key(
            "assets",
            "tu_lieu",
            Type::List(&Type::One(&ASSET_USE)),
            "Ảnh, tờ rơi… trong bộ tư liệu; ảnh đầu là ảnh đại diện",
            "Pictures and documents of the media kit",
        ),
        key(
            "attach",
            "dinh_kem",
            Type::List(&Type::Text),
            "Số hiệu văn bản căn cứ để đính kèm",
            "Legal documents to attach",
        ),
        key(
            "recording",
            "ban_thu",
            Type::Text,
            "Bản thu âm của bản đọc: tệp MP3 trong thư mục bài, giọng người đọc",
            "The script as a person read it: an MP3 in the post's folder",
        ),
        key("link", "lien_ket", Type::Value(&value::URL), "Xem thêm ở đâu", "Where to read more"),
        key(
            "categories",
            "chuyen_muc",
            Type::List(&Type::Text),
            "Chuyên mục trên website",
            "Categories on websites",
        ),
        key("tags", "the", Type::List(&Type::Text), "Thẻ trên website", "Tags on websites"),
        key("contact", "lien_he", Type::Id, "Đơn vị liên hệ", "Unit to contact"),
        key(
            "lint",
            "bo_nhac",
            Type::Keyed(&LINT, &Type::Text),
            "Quy tắc soát chữ không áp dụng cho bài này, mỗi quy tắc kèm lý do",
            "Rules of the linter that this post breaks on purpose, each with the reason",
        ),
        must(key("send", "gui", Type::List(&Type::One(&SENDING)), "Gửi đi đâu, khi nào", "Where and when")),
    ],
};
