//! Shapes of what is kept once for all campaigns: units, facts, staff, kit, calendars, lists. Never of a post.

use super::{DATE, DAYS, HASH, IDS, SESSION, YEAR, ZONE, key, must};
use crate::manifest::lexicon;
use crate::yaml::shape::{Shape, Type, Word};
use crate::yaml::value::{self, Value};

static CONTACT: Shape = Shape {
    vi: "người liên hệ",
    en: "a contact",
    open: false,
    keys: &[
        key("name", "ten", Type::Text, "Họ tên", "Full name"),
        key("phone", "dien_thoai", Type::Text, "Điện thoại, trong ngoặc kép", "Telephone, in quotes"),
        key("email", "thu", Type::Value(&value::EMAIL), "Thư điện tử", "Mail address"),
    ],
};
static CHANNEL: Shape = Shape {
    vi: "kênh",
    en: "a channel",
    open: false,
    keys: &[
        key(
            "account",
            "tai_khoan",
            Type::Id,
            "Tài khoản trong loa.yaml phục vụ kênh này",
            "The account that serves it",
        ),
        key(
            "mode",
            "cach_dang",
            Type::Enum(&[
                Word { name: "publish", vi: &["đăng thẳng"] },
                Word { name: "draft", vi: &["vào hàng chờ", "nháp"] },
                Word { name: "hand-over", vi: &["gửi gói bài", "bàn giao"] },
            ]),
            "publish: đăng thẳng; draft: vào hàng chờ; hand-over: gửi gói bài",
            "How a site wants its content",
        ),
        key("url", "trang", Type::Value(&value::URL), "Địa chỉ trang", "The site's address"),
        key(
            "address",
            "dia_chi",
            Type::Code,
            "Mã nhóm chat, hoặc địa chỉ thư",
            "A chat id or a mail address",
        ),
    ],
};
static CHANNELS: Shape = Shape {
    vi: "phần kênh",
    en: "the channels",
    open: false,
    keys: &[
        key("website", "trang_web", Type::One(&CHANNEL), "Trang, cổng thông tin điện tử", "A site"),
        key("email", "thu", Type::One(&CHANNEL), "Hộp thư", "A mailbox"),
        key("telegram", "", Type::One(&CHANNEL), "Telegram", "Telegram"),
        key("zalo", "", Type::One(&CHANNEL), "Zalo", "Zalo"),
        key("social", "mang_xa_hoi", Type::One(&CHANNEL), "Mạng xã hội", "Social page"),
        key(
            "station",
            "dai",
            Type::One(&CHANNEL),
            "Đài truyền thanh: nơi nhận phiếu",
            "Where a station's sheets go",
        ),
        key("press", "bao_chi", Type::One(&CHANNEL), "Tòa soạn", "A newsroom"),
        key("offline", "truc_tiep", Type::One(&CHANNEL), "Làm tay", "By hand"),
    ],
};
static STATION: Shape = Shape {
    vi: "đài truyền thanh",
    en: "a station",
    open: false,
    keys: &[
        must(key(
            "kind",
            "loai",
            Type::Enum(&[
                Word { name: "ip", vi: &["internet"] },
                Word { name: "fm", vi: &["vô tuyến"] },
                Word { name: "wired", vi: &["có dây", "co-day"] },
            ]),
            "ip, fm hoặc wired (có dây)",
            "How it makes its sound",
        )),
        must(key(
            "sessions",
            "buoi",
            Type::Entries(&Type::Value(&SESSION)),
            "Các buổi phát: sang: 05:30-06:00",
            "Its sessions",
        )),
        key(
            "days",
            "ngay",
            Type::List(&Type::Value(&DAYS)),
            "Phát những ngày nào (mặc định thứ Hai đến thứ Sáu)",
            "Weekdays it airs on",
        ),
        key(
            "allowance_minutes",
            "phut_cua_so",
            Type::Int(0, 120),
            "Phần của Sở trong mỗi buổi, tính bằng phút (mặc định 3)",
            "The office's share of a session",
        ),
        key("time_zone", "mui_gio", Type::Value(&ZONE), "Múi giờ, nếu khác", "Zone of its clock"),
    ],
};
static UNIT: Shape = Shape {
    vi: "đơn vị",
    en: "a unit",
    open: false,
    keys: &[
        must(key("id", "ma", Type::Id, "Mã đơn vị", "Its id")),
        key(
            "was",
            "ma_cu",
            IDS,
            "Mã cũ của đơn vị đã đổi mã: giữ nguyên sổ gửi, không gửi lại bài đã gửi",
            "Ids it had before: keeps its place in the ledger",
        ),
        must(key("name", "ten", Type::Text, "Tên chính thức", "Official name")),
        key(
            "kind",
            "loai",
            Type::Id,
            "department, office, school, press…",
            "Free word for filters and reports",
        ),
        key("code", "ma_hanh_chinh", Type::Code, "Mã hành chính", "Official code"),
        key("parent", "truc_thuoc", Type::Id, "Đơn vị quản lý", "Administrative owner"),
        key("guided_by", "huong_dan", Type::Id, "Đơn vị hướng dẫn chuyên môn", "Professional guide"),
        key("contact", "lien_he", Type::One(&CONTACT), "Người liên hệ", "Whom to call"),
        key("tasks", "nhiem_vu", IDS, "Nhiệm vụ được giao", "Obligations"),
        key("old_names", "ten_cu", Type::List(&Type::Text), "Tên cũ", "Earlier names"),
        key("channels", "kenh", Type::One(&CHANNELS), "Các kênh", "Its channels"),
        key("station", "dai_truyen_thanh", Type::One(&STATION), "Đài truyền thanh", "Its station"),
        key(
            "people_covered",
            "dan_so",
            Type::Int(0, 200_000_000),
            "Dân số đơn vị tự khai",
            "People its channels cover, as declared",
        ),
    ],
};
static TABLE: Shape = Shape {
    vi: "bảng đơn vị",
    en: "a table of units",
    open: false,
    keys: &[
        must(key("file", "tep", Type::Text, "Tệp CSV trong thư mục campaigns", "CSV file below campaigns/")),
        must(key("group", "nhom", Type::Id, "Nhóm gồm mọi đơn vị của bảng", "Group of all its units")),
        key("parent", "truc_thuoc", Type::Id, "Đơn vị quản lý", "Administrative owner"),
        key("guided_by", "huong_dan", Type::Id, "Đơn vị hướng dẫn chuyên môn", "Professional guide"),
        key("kind", "loai", Type::Id, "Loại đơn vị (mặc định commune)", "Kind of its units"),
    ],
};
static GROUP: Shape = Shape {
    vi: "nhóm",
    en: "a group",
    open: false,
    keys: &[
        key("title", "tieu_de", Type::Text, "Tên nhóm", "In words"),
        must(key("units", "don_vi", IDS, "Các đơn vị", "Its units")),
    ],
};
static CLOSED: Shape = Shape {
    vi: "đơn vị đã giải thể",
    en: "a closed unit",
    open: false,
    keys: &[
        must(key("id", "ma", Type::Id, "Mã", "Its id")),
        must(key("name", "ten", Type::Text, "Tên", "Its name")),
        must(key("closed_on", "ngay_giai_the", Type::Value(&DATE), "Ngày thôi hoạt động", "When it closed")),
        key("successors", "ke_thua", IDS, "Đơn vị thay thế", "Who took over"),
    ],
};

/// `units.yaml`.
pub static UNITS: Shape = Shape {
    vi: "tệp đơn vị",
    en: "the file of units",
    open: false,
    keys: &[
        must(key("units", "don_vi", Type::List(&Type::One(&UNIT)), "Các đơn vị", "Units")),
        key("tables", "bang", Type::List(&Type::One(&TABLE)), "Các bảng đơn vị (CSV)", "Tables of units"),
        key(
            "groups",
            "nhom",
            Type::Entries(&Type::Either(&Type::Id, &Type::Any)),
            "Các nhóm đơn vị",
            "Groups",
        ),
        key(
            "closed",
            "da_giai_the",
            Type::List(&Type::One(&CLOSED)),
            "Đơn vị đã giải thể và nơi kế thừa",
            "Closed units with successors",
        ),
    ],
};
/// A group written as a mapping.
pub static GROUP_SHAPE: &Shape = &GROUP;
/// A group written as a list.
pub static GROUP_LIST: Type = Type::List(&Type::Id);

static FACT: Shape = Shape {
    vi: "thông tin",
    en: "a fact",
    open: false,
    keys: &[
        must(key("text", "noi_dung", Type::Text, "Câu được in ra", "What is printed")),
        key("basis", "can_cu", Type::Text, "Căn cứ pháp lý", "Legal basis"),
        key("source", "nguon", Type::Value(&value::URL), "Nguồn trên mạng", "Source on the web"),
        key("valid_from", "hieu_luc_tu", Type::Value(&DATE), "Ngày đầu có hiệu lực", "First day it is true"),
        key("valid_to", "hieu_luc_den", Type::Value(&DATE), "Ngày cuối có hiệu lực", "Last day it is true"),
        key("checked", "ngay_kiem_tra", Type::Value(&DATE), "Lần kiểm tra gần nhất", "Last check"),
        key("checked_by", "nguoi_kiem_tra", Type::Id, "Ai kiểm tra", "Who checked"),
        key("note", "ghi_chu", Type::Text, "Ghi chú", "Remark"),
    ],
};
/// `facts.yaml`.
pub static FACTS: Shape = Shape {
    vi: "sổ thông tin",
    en: "the register of facts",
    open: false,
    keys: &[must(key(
        "facts",
        "thong_tin",
        Type::Entries(&Type::One(&FACT)),
        "Các thông tin theo mã",
        "Facts by id",
    ))],
};

static PERSON: Shape = Shape {
    vi: "người",
    en: "a person",
    open: false,
    keys: &[
        must(key("id", "ma", Type::Id, "Mã", "Id")),
        must(key("name", "ten", Type::Text, "Họ tên", "Full name")),
        key("title", "chuc_vu", Type::Text, "Chức vụ", "Title"),
        must(key("unit", "don_vi", Type::Id, "Đơn vị", "Where they work")),
        key("roles", "vai_tro", IDS, "Vai trò trong các bước duyệt", "Roles that approval steps name"),
        key("email", "thu", Type::Value(&value::EMAIL), "Thư điện tử", "Mail address"),
        key("phone", "dien_thoai", Type::Text, "Điện thoại, trong ngoặc kép", "Telephone, in quotes"),
        key("zalo", "", Type::Code, "Mã chat Zalo", "Zalo chat id"),
        key("telegram", "", Type::Code, "Mã chat Telegram", "Telegram chat id"),
    ],
};
/// `people.yaml`.
pub static PEOPLE: Shape = Shape {
    vi: "tệp cán bộ",
    en: "the file of staff",
    open: false,
    keys: &[must(key("people", "can_bo", Type::List(&Type::One(&PERSON)), "Cán bộ của cơ quan", "Staff"))],
};

static ASSET: Shape = Shape {
    vi: "tư liệu",
    en: "an asset",
    open: false,
    keys: &[
        must(key(
            "kind",
            "loai",
            Type::Id,
            "poster, banner, infographic, leaflet, video, audio, logo…",
            "Kind",
        )),
        must(key("title", "tieu_de", Type::Text, "Tên tư liệu", "In words")),
        key("url", "trang", Type::Value(&value::URL), "Địa chỉ chính thức", "Official address"),
        must(key("file", "tep", Type::Text, "Tệp trong thư mục campaigns", "Path below campaigns/")),
        key(
            "sha256",
            "ma_bam",
            Type::Value(&HASH),
            "Mã băm, nếu nơi phát hành công bố",
            "Hash, if the issuer publishes it",
        ),
        key("license", "ban_quyen", Type::Text, "Được dùng thế nào", "What may be done with it"),
        key("alt", "mo_ta_anh", Type::Text, "Ảnh vẽ gì", "What the picture shows"),
        key(
            "preview",
            "anh_thay",
            Type::Id,
            "Mã một ảnh trong bộ tư liệu, hiện thay ở kênh chỉ gửi được đường dẫn (clip, PDF)",
            "A picture of the kit that stands for it where it can only be linked to",
        ),
    ],
};
/// `media-kit.yaml`.
pub static KIT: Shape = Shape {
    vi: "bộ tư liệu",
    en: "the media kit",
    open: false,
    keys: &[must(key(
        "assets",
        "tu_lieu",
        Type::Entries(&Type::One(&ASSET)),
        "Các tư liệu theo mã",
        "Assets by id",
    ))],
};
/// An entry of `media-kit.lock`.
pub static LOCK_ENTRY: Shape = Shape {
    vi: "dòng của media-kit.lock",
    en: "an entry of media-kit.lock",
    open: false,
    keys: &[
        must(key("sha256", "", Type::Value(&HASH), "Mã băm", "Hash")),
        must(key("bytes", "", Type::Int(0, i64::MAX), "Dung lượng", "Size")),
        must(key("mime", "", Type::Text, "Loại tệp", "Media type")),
        key(
            "found",
            "",
            Type::Value(&HASH),
            "Bản gốc ở địa chỉ công bố đã thành bản này",
            "The original is this one now",
        ),
        key("kept", "", Type::Value(&HASH), "Bản đã xem và không dùng", "Looked at, and not taken"),
        key(
            "gone",
            "",
            Type::Value(&DATE),
            "Từ ngày này địa chỉ công bố không còn tệp",
            "Gone from its address since",
        ),
    ],
};

static HOLIDAY: Shape = Shape {
    vi: "ngày nghỉ",
    en: "a holiday",
    open: false,
    keys: &[
        must(key("date", "ngay", Type::Value(&DATE), "Ngày", "Date")),
        must(key("name", "ten", Type::Text, "Tên", "Name")),
    ],
};
static WORKED: Shape = Shape {
    vi: "ngày làm bù",
    en: "a worked weekend day",
    open: false,
    keys: &[
        must(key("date", "ngay", Type::Value(&DATE), "Ngày", "Date")),
        must(key("for", "thay_cho", Type::Text, "Làm bù cho ngày nào", "What for")),
    ],
};
/// `calendar/vn-YYYY.yaml`.
pub static CALENDAR: Shape = Shape {
    vi: "lịch năm",
    en: "the calendar",
    open: false,
    keys: &[
        must(key("year", "nam", YEAR, "Năm", "Year")),
        key(
            "provisional",
            "tam_tinh",
            Type::Bool,
            "true khi chưa có thông báo chính thức",
            "True while the notice is not out",
        ),
        must(key("source", "nguon", Type::Text, "Văn bản làm căn cứ", "The document it is taken from")),
        must(key(
            "holidays",
            "ngay_nghi",
            Type::List(&Type::One(&HOLIDAY)),
            "Ngày nghỉ ngoài thứ Bảy, Chủ nhật",
            "Days off beside weekends",
        )),
        key(
            "working",
            "ngay_lam_bu",
            Type::List(&Type::One(&WORKED)),
            "Ngày cuối tuần phải làm bù",
            "Weekend days that are worked",
        ),
    ],
};

static LIST: Shape = Shape {
    vi: "danh sách người nhận",
    en: "a list of contacts",
    open: false,
    keys: &[
        must(key("title", "tieu_de", Type::Text, "Tên danh sách", "In words")),
        must(key(
            "ground",
            "can_cu",
            Type::Enum(GROUNDS),
            "consent (đã đồng ý) hoặc duty (nhiệm vụ của cơ quan nhà nước)",
            "Legal ground",
        )),
        must(key("source", "nguon", Type::Text, "Địa chỉ lấy từ đâu", "Where the addresses came from")),
    ],
};
/// Legal grounds.
pub static GROUNDS: &[Word] =
    &[Word { name: "consent", vi: &["đồng ý"] }, Word { name: "duty", vi: &["nhiệm vụ", "công vụ"] }];
/// `audiences/lists.yaml`.
pub static LISTS: Shape = Shape {
    vi: "tệp danh sách",
    en: "the file of lists",
    open: false,
    keys: &[must(key(
        "lists",
        "danh_sach",
        Type::Entries(&Type::One(&LIST)),
        "Các danh sách theo mã",
        "Lists by id",
    ))],
};

static ABBREVIATION: Value = Value {
    code: "R011",
    vi: "chữ viết tắt đúng như trong bài, như UBND, TP., KH&CN",
    en: "an abbreviation as it is written, such as UBND",
    read: |s| lexicon::key(s, |c| c.is_alphanumeric() || matches!(c, '.' | '&' | '/' | '-' | ' ')),
    slip: value::none,
    pattern: None,
    digits: false,
};
static PART: Value = Value {
    code: "R011",
    vi: "một phần của địa chỉ, không có dấu chấm, như tenmien, vn",
    en: "a part of an address between its dots, such as tenmien",
    read: |s| lexicon::key(s, |c| c.is_ascii_alphanumeric() || c == '-'),
    slip: value::none,
    pattern: None,
    digits: false,
};
static SAID: Value = Value {
    code: "R012",
    vi: "cách đọc, viết bằng chữ đọc được, như ủy ban nhân dân",
    en: "what is said, in words",
    read: lexicon::said,
    slip: value::none,
    pattern: None,
    digits: false,
};
/// `doc-la.yaml`.
pub static LEXICON: Shape = Shape {
    vi: "sổ cách đọc",
    en: "how things are said",
    open: false,
    keys: &[
        key(
            "abbreviations",
            "viet_tat",
            Type::Keyed(&ABBREVIATION, &Type::Value(&SAID)),
            "Chữ viết tắt và cách đọc trên loa",
            "Abbreviations and what is said for them",
        ),
        key(
            "addresses",
            "dia_chi",
            Type::Keyed(&PART, &Type::Value(&SAID)),
            "Từng phần của địa chỉ trang, thư và cách đọc",
            "Parts of addresses and what is said for them",
        ),
    ],
};
