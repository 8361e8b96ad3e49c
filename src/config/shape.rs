//! What `loa.yaml` may say, as a table; see [`crate::yaml::shape`].

use crate::domain::rate;
use crate::domain::words::{self, Why};
use crate::yaml::Say;
use crate::yaml::shape::{Key, Shape, Type, Word};
use crate::yaml::value::{self, Value};

fn say<T>(r: Result<T, Why>) -> Result<(), Say> {
    r.map(|_| ()).map_err(|w| Say::new(w.vi, w.en))
}

static DATE: Value = value::date(|s| say(words::parse_date(s)));
static TIME: Value = value::time(|s| say(words::parse_time(s)));
static DURATION: Value = value::duration(|s| say(words::parse_duration(s)));
static RATE: Value = Value {
    code: "C010",
    vi: "số tin trong một khoảng thời gian, như 300 per hour, 300 mỗi giờ",
    en: "a rate such as 300 per hour",
    read: |s| say(rate::parse_limit(s)),
    slip: value::none,
    pattern: None,
    digits: false,
};
static QUIET: Value = Value {
    code: "C011",
    vi: "khoảng giờ, như 21:00 - 07:00",
    en: "a range of times such as 21:00 - 07:00",
    read: |s| if matches!(s, "none" | "không") { Ok(()) } else { say(words::parse_time_range(s)) },
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
static LISTEN: Value = Value {
    code: "C013",
    vi: "địa chỉ IP và cổng, như 127.0.0.1:8787",
    en: "an address and a port such as 127.0.0.1:8787",
    read: |s| {
        s.parse::<std::net::SocketAddr>().map(|_| ()).map_err(|_| {
            Say::new(format!("“{s}” không phải địa chỉ IP và cổng"), format!("“{s}” is no address and port"))
        })
    },
    slip: value::none,
    pattern: None,
    digits: false,
};
static DATABASE: Value = Value {
    code: "C014",
    vi: "sqlite:var/loa.db hoặc postgres://…",
    en: "sqlite:var/loa.db or postgres://…",
    read: |s| {
        if s.starts_with("sqlite:") || s.starts_with("postgres:") || s.starts_with("postgresql:") {
            Ok(())
        } else {
            Err(Say::new("chỉ dùng được SQLite hoặc PostgreSQL", "only SQLite and PostgreSQL are served"))
        }
    },
    slip: value::none,
    pattern: Some("^(sqlite|postgres(ql)?):"),
    digits: false,
};
static PERCENT: Value = Value {
    code: "K012",
    vi: "tỷ lệ phần trăm, như 10%",
    en: "a percentage such as 10%",
    read: |s| say(words::parse_percent(s)),
    slip: value::none,
    pattern: None,
    digits: true,
};

const fn key(name: &'static str, alias: &'static str, ty: Type, vi: &'static str, en: &'static str) -> Key {
    Key { name, alias, required: false, ty, vi, en }
}
const fn must(k: Key) -> Key {
    Key { required: true, ..k }
}

static STEPS: Type = Type::List(&Type::Id);

static SUBSTITUTE: Shape = Shape {
    vi: "người duyệt thay",
    en: "a substitute",
    open: false,
    keys: &[
        must(key(
            "for",
            "doi_tuong",
            Type::Id,
            "Bước hoặc người được duyệt thay",
            "The step or person replaced",
        )),
        must(key(
            "person",
            "nguoi",
            Type::Id,
            "Mã người duyệt thay, trong people.yaml",
            "Who approves instead",
        )),
        must(key("from", "tu", Type::Value(&DATE), "Ngày đầu", "First day")),
        must(key("until", "den", Type::Value(&DATE), "Ngày cuối, kể cả ngày đó", "Last day, inclusive")),
        key("document", "van_ban", Type::Text, "Số giấy ủy quyền", "The document that says so"),
    ],
};

static APPROVAL: Shape = Shape {
    vi: "phần duyệt",
    en: "the approval steps",
    open: false,
    keys: &[
        key("policy", "chinh_sach", STEPS, "Các bước duyệt tin chính sách", "Steps for policy information"),
        key("internal", "noi_bo", STEPS, "Các bước duyệt tin nội bộ", "Steps for internal posts"),
        key("urgent", "khan", STEPS, "Các bước duyệt tin khẩn", "Steps for urgent posts"),
        key("advertising", "quang_cao", STEPS, "Các bước duyệt tin quảng cáo", "Steps for advertising"),
        key(
            "remind_before",
            "nhac_truoc",
            Type::Text,
            "Nhắc người duyệt trước hạn bao lâu",
            "How long before its time an approver is reminded",
        ),
        key(
            "substitutes",
            "duyet_thay",
            Type::List(&Type::One(&SUBSTITUTE)),
            "Ai duyệt thay ai, từ ngày nào đến ngày nào",
            "Who stands in for whom",
        ),
        key(
            "approved_growth",
            "",
            Type::Value(&PERCENT),
            "Danh sách tăng quá mức này sau khi duyệt thì phải duyệt lại (mặc định 10%)",
            "A list that grew by more must be approved again",
        ),
    ],
};

static SPEECH: Shape = Shape {
    vi: "phần đọc loa",
    en: "the spoken part",
    open: false,
    keys: &[
        key(
            "syllables_per_minute",
            "tieng_moi_phut",
            Type::Int(80, 400),
            "Đọc bao nhiêu tiếng một phút, để ước thời lượng (mặc định 190)",
            "Syllables a minute, for estimates (190)",
        ),
        key(
            "sentence_pause_ms",
            "",
            Type::Int(0, 5000),
            "Nghỉ sau mỗi câu, tính bằng phần nghìn giây (mặc định 400)",
            "Rest after a sentence in milliseconds (400)",
        ),
        key(
            "command",
            "",
            Type::List(&Type::Code),
            "Chương trình đọc thử và tham số, mỗi ý một dòng; {out} là tệp WAV, chữ vào từ đầu vào chuẩn (mặc định espeak-ng)",
            "What voices a rehearsal: program and arguments; {out} is the WAV file, the text comes on standard input",
        ),
        key(
            "mp3_command",
            "",
            Type::List(&Type::Code),
            "Chương trình đổi WAV sang MP3: {in}, {out} (mặc định lame)",
            "What makes MP3 of WAV: {in}, {out}",
        ),
        key(
            "time_limit",
            "",
            Type::Value(&DURATION),
            "Chương trình ấy chạy nhiều nhất bao lâu (mặc định 2 phút)",
            "Longest time of such a program (2 minutes)",
        ),
    ],
};

static MEDIA_KIT: Shape = Shape {
    vi: "phần bộ tư liệu",
    en: "the media kit's part",
    open: false,
    keys: &[key(
        "allow_private",
        "",
        Type::List(&Type::Text),
        "Máy chủ trong mạng nội bộ được phép tải tư liệu về, như kho.noi-bo.vn hay 10.1.2.3:8080",
        "Hosts of the office's own network that originals may be fetched from",
    )],
};

static DUTY: Shape = Shape {
    vi: "người trực",
    en: "somebody on duty",
    open: false,
    keys: &[
        must(key("person", "nguoi", Type::Id, "Mã người trực, trong people.yaml", "Who is on duty")),
        key("from", "tu", Type::Value(&DATE), "Ngày đầu", "First day"),
        key("until", "den", Type::Value(&DATE), "Ngày cuối, kể cả ngày đó", "Last day, inclusive"),
    ],
};

static ALERTS: Shape = Shape {
    vi: "phần báo động",
    en: "the alerts",
    open: false,
    keys: &[
        key(
            "on_duty",
            "truc_ban",
            Type::List(&Type::Either(&Type::Id, &Type::One(&DUTY))),
            "Người trực, theo thứ tự gọi; ai trực theo ngày thì ghi person, from, until",
            "People on duty, first to last; with person, from, until where it is for some days",
        ),
        key(
            "by",
            "bang",
            Type::List(&Type::Enum(&[
                Word { name: "zalo", vi: &[] },
                Word { name: "telegram", vi: &[] },
                Word { name: "email", vi: &["thư", "thư điện tử", "mail"] },
            ])),
            "Báo bằng kênh nào, theo thứ tự; kênh trước hỏng thì sang kênh sau (mặc định zalo, telegram, email)",
            "Channels alerts go by, in order; the next one where the one before fails",
        ),
        key(
            "digest",
            "ban_tin_sang",
            Type::Value(&TIME),
            "Giờ gửi bản tin sáng, gửi cả khi mọi việc đều tốt",
            "Time of the morning digest, sent also when all is well",
        ),
        key(
            "at_once",
            "bao_ngay",
            Type::List(&Type::Enum(&[
                Word { name: "account_paused", vi: &["tài khoản dừng"] },
                Word { name: "urgent_failed", vi: &["tin khẩn hỏng"] },
                Word { name: "edit_refused", vi: &["bản sửa có lỗi"] },
                Word { name: "disk_low", vi: &["đĩa sắp đầy"] },
                Word { name: "backup_old", vi: &["bản sao lưu cũ"] },
                Word { name: "clock_wrong", vi: &["đồng hồ sai"] },
            ])),
            "Việc phải báo ngay (mặc định: tất cả)",
            "What does not wait (default: all)",
        ),
        key(
            "backup_max_age",
            "",
            Type::Value(&DURATION),
            "Bản sao lưu cũ hơn mức này thì báo (mặc định 2 ngày)",
            "A backup older than this is told (default 2 days)",
        ),
        key(
            "heartbeat",
            "nhip_tim",
            Type::Value(&value::URL),
            "Địa chỉ giám sát bên ngoài",
            "Address that an outside watcher listens on",
        ),
        key(
            "heartbeat_every",
            "",
            Type::Value(&DURATION),
            "Bao lâu gọi địa chỉ ấy một lần (mặc định 1 phút)",
            "How often that address is called (default 1 minute)",
        ),
    ],
};

/// Keys of an account that Loa itself reads; the rest belongs to the kind.
static ACCOUNT: Shape = Shape {
    vi: "tài khoản",
    en: "an account",
    open: true,
    keys: &[
        must(key(
            "kind",
            "loai",
            Type::Id,
            "Loại: email, wordpress, zalo-bot, telegram, webhook, hand-over, station…",
            "The kind of its transport",
        )),
        key(
            "limit",
            "gioi_han",
            Type::List(&Type::Value(&RATE)),
            "Gửi nhiều nhất bao nhiêu trong một khoảng thời gian",
            "Most messages in a time",
        ),
        key(
            "on_unknown",
            "khi_chua_ro",
            Type::Enum(&[Word { name: "ask", vi: &["hỏi"] }, Word { name: "resend", vi: &["gửi lại"] }]),
            "Không rõ đã gửi hay chưa thì: ask (hỏi người trực) hoặc resend (gửi lại)",
            "What happens when the truth cannot be known",
        ),
        key(
            "attempts",
            "so_lan_thu",
            Type::Int(1, 100),
            "Thử nhiều nhất mấy lần",
            "Most attempts at one delivery",
        ),
        key("connections", "so_ket_noi", Type::Int(1, 256), "Số kết nối song song", "Parallel connections"),
        key(
            "window",
            "cua_so",
            Type::Int(1, 64),
            "Mỗi kết nối mở nhiều nhất bao nhiêu tin một lúc: mất điện thì nhiều nhất ngần ấy tin chưa rõ (4)",
            "Sends open at once per connection: so many may be unknown after a power cut (4)",
        ),
        key(
            "carrier",
            "gui_qua",
            Type::Id,
            "Mượn tài khoản thư hoặc bot nào để gửi",
            "The mail or bot account it borrows",
        ),
    ],
};

/// Keys that kinds read, for "did you mean" in accounts.
pub static KIND_KEYS: &[&str] = &[
    "kind",
    "limit",
    "on_unknown",
    "attempts",
    "connections",
    "window",
    "carrier",
    "server",
    "port",
    "user",
    "password_file",
    "token_file",
    "secret_file",
    "from_name",
    "from_address",
    "reply_to",
    "url",
    "api_url",
    "tls",
    "ca_file",
    "hello",
    "app_id",
    "secret_key_file",
    "refresh_token_file",
    "idempotent",
    "headers",
    "category",
    "status",
    "timeout",
];

static QUIET_HOURS: Shape = Shape {
    vi: "giờ yên tĩnh",
    en: "the quiet hours",
    open: false,
    keys: &[key(
        "people",
        "nguoi_nhan",
        Type::Value(&QUIET),
        "Không gửi thư, Zalo, Telegram trong khoảng này (mặc định 21:00 - 07:00); none: không có",
        "No mail, Zalo or Telegram in this range",
    )],
};

static LATE_OK: Shape = Shape {
    vi: "phần gửi muộn",
    en: "late_ok",
    open: false,
    keys: &[
        key("website", "trang_web", Type::Value(&DURATION), "Website", "Websites"),
        key("email", "thu", Type::Value(&DURATION), "Thư", "Mail"),
        key("telegram", "", Type::Value(&DURATION), "Telegram", "Telegram"),
        key("zalo", "", Type::Value(&DURATION), "Zalo", "Zalo"),
        key("social", "mang_xa_hoi", Type::Value(&DURATION), "Mạng xã hội", "Social pages"),
        key("station", "truyen_thanh", Type::Value(&DURATION), "Truyền thanh", "Stations"),
        key("press", "bao_chi", Type::Value(&DURATION), "Báo chí", "Press"),
        key("offline", "truc_tiep", Type::Value(&DURATION), "Trực tiếp", "By hand"),
    ],
};

static REPORTS: Shape = Shape {
    vi: "phần báo cáo",
    en: "the reports",
    open: false,
    keys: &[
        key(
            "periods",
            "ky",
            Type::Enum(&[
                Word { name: "nd09", vi: &["nghị định 09"] },
                Word { name: "calendar", vi: &["theo lịch"] },
            ]),
            "nd09: kỳ từ ngày 15 đến ngày 14 (Nghị định 09/2019/NĐ-CP); calendar: theo tháng, quý",
            "How periods are cut",
        ),
        key("addressed_to", "kinh_gui", Type::Text, "Nơi nhận báo cáo", "Who gets the reports"),
        key(
            "close_questions_after",
            "dong_cau_hoi_sau",
            Type::Value(&DURATION),
            "Câu hỏi “chưa rõ” không ai trả lời thì tự đóng sau bao lâu",
            "Open questions close after this time",
        ),
    ],
};

static DEFAULT_ACCOUNTS: Shape = Shape {
    vi: "tài khoản mặc định",
    en: "the default accounts",
    open: false,
    keys: &[
        key("website", "", Type::Id, "Cho website", "For websites"),
        key("email", "", Type::Id, "Cho thư", "For mail"),
        key("telegram", "", Type::Id, "Cho Telegram", "For Telegram"),
        key("zalo", "", Type::Id, "Cho Zalo", "For Zalo"),
        key("social", "", Type::Id, "Cho mạng xã hội", "For social pages"),
        key("station", "", Type::Id, "Cho phiếu truyền thanh", "For sheets of stations"),
        key("press", "", Type::Id, "Cho báo chí", "For the press"),
        key("offline", "", Type::Id, "Cho việc làm tay", "For what is done by hand"),
        key("hand-over", "", Type::Id, "Cho gói bài gửi ban biên tập các trang", "For hand-over packages"),
    ],
};

/// `loa.yaml`.
pub static LOA: Shape = Shape {
    vi: "tệp loa.yaml",
    en: "loa.yaml",
    open: false,
    keys: &[
        must(key(
            "organisation",
            "co_quan",
            Type::Id,
            "Mã đơn vị của cơ quan dùng Loa, trong units.yaml",
            "The unit that runs the workspace",
        )),
        key(
            "time_zone",
            "mui_gio",
            Type::Value(&ZONE),
            "Múi giờ (mặc định Asia/Ho_Chi_Minh)",
            "Zone of wall-clock times",
        ),
        key(
            "language",
            "ngon_ngu",
            Type::Enum(&[Word { name: "vi", vi: &["tiếng Việt"] }, Word { name: "en", vi: &["tiếng Anh"] }]),
            "Ngôn ngữ của màn hình, lỗi, báo cáo",
            "Language of screens, errors, reports",
        ),
        key(
            "public_url",
            "dia_chi_cong_khai",
            Type::Value(&value::URL),
            "Nơi người nhận bấm từ chối nhận thư",
            "Where the public reaches the opt-out page",
        ),
        key(
            "document_code",
            "ky_hieu_van_ban",
            Type::Text,
            "Phần chữ trong số, ký hiệu văn bản",
            "Code in document numbers",
        ),
        key(
            "database",
            "co_so_du_lieu",
            Type::Value(&DATABASE),
            "Cơ sở dữ liệu (mặc định sqlite:var/loa.db)",
            "Database URL",
        ),
        key(
            "listen",
            "",
            Type::Value(&LISTEN),
            "Cổng nội bộ cho /healthz, /readyz, /metrics (mặc định 127.0.0.1:8787)",
            "Local port for health and metrics",
        ),
        key(
            "public_listen",
            "",
            Type::Value(&LISTEN),
            "Cổng công khai cho trang từ chối nhận thư và ảnh cho Zalo",
            "Public listener for opt-out and for pictures that Zalo fetches",
        ),
        key(
            "approval",
            "duyet",
            Type::One(&APPROVAL),
            "Duyệt theo loại bài, lần lượt từng bước",
            "Approval steps by class",
        ),
        key(
            "alerts",
            "bao_dong",
            Type::One(&ALERTS),
            "Báo cho ai khi có việc",
            "Who is told when something needs a person",
        ),
        key("accounts", "tai_khoan", Type::Entries(&Type::One(&ACCOUNT)), "Các tài khoản gửi", "The senders"),
        key(
            "default_accounts",
            "tai_khoan_mac_dinh",
            Type::One(&DEFAULT_ACCOUNTS),
            "Kênh không ghi tài khoản thì dùng tài khoản này",
            "Which account serves where a channel names none",
        ),
        key(
            "quiet_hours",
            "gio_yen_tinh",
            Type::One(&QUIET_HOURS),
            "Khi nào không làm phiền người nhận",
            "When people are left in peace",
        ),
        key(
            "late_ok",
            "con_gui_den",
            Type::One(&LATE_OK),
            "Muộn đến mức nào thì vẫn gửi, theo kênh",
            "How late is still useful, by channel",
        ),
        key(
            "fact_max_age",
            "",
            Type::Value(&DURATION),
            "Thông tin kiểm tra quá lâu thì không dùng (mặc định 60 ngày)",
            "Facts checked longer ago do not count",
        ),
        key(
            "auto_apply",
            "tu_ap_dung",
            Type::Enum(&[
                Word { name: "additions", vi: &["phần thêm"] },
                Word { name: "all", vi: &["tất cả"] },
                Word { name: "off", vi: &["không"] },
            ]),
            "Loa đang chạy tự áp dụng gì khi tệp thay đổi",
            "What the watching daemon applies by itself",
        ),
        key(
            "horizon",
            "",
            Type::Value(&DURATION),
            "Đặt lịch trước bao lâu (mặc định 35 ngày)",
            "How far ahead deliveries are placed",
        ),
        key(
            "drain",
            "",
            Type::Value(&DURATION),
            "Khi dừng, chờ việc đang gửi nhiều nhất bao lâu (mặc định 30 giây)",
            "Longest wait for sends under way when stopping",
        ),
        key(
            "duty_phone",
            "dien_thoai_truc",
            Type::Text,
            "Điện thoại trực, in trên phiếu và màn hình",
            "Telephone of the person on duty",
        ),
        key(
            "speech",
            "doc_loa",
            Type::One(&SPEECH),
            "Tốc độ đọc, chương trình đọc thử",
            "How scripts are read",
        ),
        key("kit", "bo_tu_lieu", Type::One(&MEDIA_KIT), "Tải bộ tư liệu", "Fetching the media kit"),
        key("reports", "bao_cao", Type::One(&REPORTS), "Kỳ báo cáo, nơi nhận", "Reporting periods"),
    ],
};
