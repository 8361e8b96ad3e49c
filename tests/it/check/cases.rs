//! The table of bad workspaces.

use super::Edit::{self, Bytes, Change, Remove, Write};
use super::{codes, report, workspace};
use crate::support::sound;
use loa::domain::text::Lang;

const POST: &str = "campaigns/ten-mien/posts/ho-kinh-doanh/post.yaml";
const TEXT: &str = "campaigns/ten-mien/posts/ho-kinh-doanh/noi-dung.md";
const RECORDING: &str = "campaigns/ten-mien/posts/ho-kinh-doanh/loa.mp3";
const OTHER: &str = "campaigns/ten-mien/posts/nhan-dan/post.yaml";
const EXEMPT: &str = "kit_exemptions:\n  - post: nhan-dan\n    reason: Bộ tư liệu chưa có hình nào về kiểm tra địa chỉ trang web\n    approved_by: tran-van-minh\n";
const CAMPAIGN: &str = "campaigns/ten-mien/campaign.yaml";
const UNITS: &str = "campaigns/units.yaml";
const TABLE: &str = "campaigns/xa-phuong.csv";
const FACTS: &str = "campaigns/facts.yaml";
const PEOPLE: &str = "campaigns/people.yaml";
const KIT: &str = "campaigns/media-kit.yaml";
const LOCK: &str = "campaigns/media-kit.lock";
const YEAR: &str = "campaigns/calendar/vn-2026.yaml";
const LISTS: &str = "campaigns/audiences/lists.yaml";
const LIST: &str = "campaigns/audiences/ds-ho-kinh-doanh.csv";
const LOA: &str = "loa.yaml";
const TITLE: &str = "title: Hộ kinh doanh lên mạng với tên miền .vn";

/// Name, the code that must be among the faults, edits.
pub type Case = (&'static str, &'static str, &'static [Edit]);

pub const CASES: &[Case] = &[
    // The traps of ux.md §3.1, each by name.
    (
        "comma_in_flow",
        "T014",
        &[Change(
            CAMPAIGN,
            "  - type: Kế hoạch\n    number: 276/KH-UBND\n    date: 22/10/2025\n    issuer: UBND thành phố Hải Phòng\n    file: van-ban/276.pdf",
            "  - {type: Kế hoạch, number: 276/KH-UBND, date: 22/10/2025, issuer: Sở Văn hóa, Thể thao và Du lịch, file: van-ban/276.pdf}",
        )],
    ),
    ("hashtag_swallowed", "T015", &[Change(POST, TITLE, "title: Có tên miền, có thương hiệu #tenmienvn")]),
    ("hashtag_alone", "T015", &[Change(POST, TITLE, "title: #tenmienvn")]),
    ("hash_in_flow_list", "T015", &[Change(POST, "link:", "tags: [tên miền, #tenmienvn]\nlink:")]),
    ("comment_after_id", "T015", &[Change(POST, "    to: so\n", "    to: so #trang của Sở\n")]),
    (
        "text_after_quotes",
        "T018",
        &[Change(POST, TITLE, "title: \"Chương trình hiện diện trực tuyến\" giai đoạn 2025 - 2026")],
    ),
    ("quote_not_closed", "T019", &[Change(POST, TITLE, "title: \"Hộ kinh doanh lên mạng")]),
    ("colon_in_title", "T016", &[Change(POST, TITLE, "title: Hộ kinh doanh: hiện diện trực tuyến")]),
    ("bold_in_yaml", "T012", &[Change(POST, TITLE, "title: **Miễn phí** tên miền")]),
    ("at_sign", "T013", &[Change(UNITS, "address: nhom-so", "address: @so_vhttdl")]),
    ("exclamation", "T017", &[Change(POST, TITLE, "title: !Khẩn họp dân")]),
    ("nbsp_indentation", "T011", &[Change(POST, "    to: so\n", "\u{a0}\u{a0}\u{a0}\u{a0}to: so\n")]),
    ("nbsp_after_dash", "T011", &[Change(POST, "  - channel: website", "  -\u{a0}channel: website")]),
    ("tab_indentation", "T010", &[Change(POST, "    to: so\n", "\tto: so\n")]),
    ("tab_after_colon", "T010", &[Change(POST, "    to: so\n", "    to:\tso\n")]),
    ("octal_telephone", "T023", &[Change(UNITS, "\"0900 000 001\"", "0312345670")]),
    ("number_as_text", "T023", &[Change(CAMPAIGN, "number: 276/KH-UBND", "number: 276")]),
    ("no_as_text", "T024", &[Change(UNITS, "name: Trần Văn Minh", "name: No")]),
    ("sexagesimal_time", "T022", &[Change(POST, "at: 30/11/2026 08:00", "at: 17:00")]),
    ("time_as_text", "T022", &[Change(POST, TITLE, "title: 17:30")]),
    (
        "decomposed",
        "T020",
        &[Change(POST, TITLE, "title: Ho\u{323}\u{302} kinh doanh le\u{302}n ma\u{323}ng")],
    ),
    ("garbled", "T021", &[Change(POST, TITLE, "title: Há»™ kinh doanh lÃªn máº¡ng")]),
    ("garbled_text_file", "T021", &[Write(TEXT, "Së V¨n hãa, ThÓ thao vµ Du lÞch Hµi Phßng\n")]),
    ("word_dash", "T040", &[Change(POST, "  - channel: website", "  – channel: website")]),
    (
        "word_dashes_everywhere",
        "T040",
        &[Write(
            OTHER,
            "title: Xem kỹ địa chỉ\nauthor: nguyen-thi-lan\nfor: nhan-dan\nmessage: giu-dung\nsend:\n  – channel: zalo\n    to: so\n    at: 30/11/2026 08:00\n  – channel: website\n    to: so\n    at: 30/11/2026 08:00\n",
        )],
    ),
    ("word_colon", "T040", &[Change(POST, "author: nguyen-thi-lan", "author：nguyen-thi-lan")]),
    ("word_quotes", "T040", &[Change(POST, "at: 30/11/2026 08:00", "at: “30/11/2026 08:00”")]),
    ("invisible", "T029", &[Change(POST, TITLE, "title: Hộ kinh\u{200b} doanh lên mạng")]),
    ("braces_in_yaml", "T026", &[Change(POST, TITLE, "title: {{fact \"noi-dang-ky\"}}")]),
    ("no_space_after_colon", "T034", &[Change(POST, "author: nguyen-thi-lan", "author:nguyen-thi-lan")]),
    ("stray_line", "T038", &[Change(POST, "author:", "với hộ kinh doanh\nauthor:")]),
    ("wrong_indentation", "T025", &[Change(POST, "    to: so\n", "   to: so\n")]),
    ("bracket_not_closed", "T033", &[Change(POST, "sessions: [sang, chieu]", "sessions: [sang, chieu")]),
    ("two_documents", "T005", &[Change(POST, "send:", "---\nsend:")]),
    ("empty_file", "T008", &[Write(POST, "# chỉ có ghi chú\n")]),
    ("units_empty", "T008", &[Write(UNITS, "\n")]),
    ("settings_empty", "T008", &[Write(LOA, "# trống\n")]),
    ("utf16", "T001", &[Write(POST, "\u{0}")]),
    (
        "several_slips_at_once",
        "T016",
        &[
            Change(POST, TITLE, "title: Hộ kinh doanh: lên mạng"),
            Change(POST, "author: nguyen-thi-lan", "author: @lan"),
            Change(POST, "to: ds-ho-kinh-doanh", "to: ds-ho-kinh-danh"),
            Change(POST, "until: 11/12/2026", "until: 31/11/2026"),
        ],
    ),
    (
        "half_a_sentence_in_flow",
        "T014",
        &[Change(
            POST,
            "  - kit: poster-biz-vn",
            "  - {kit: poster-biz-vn, alt: Đăng ký tại nhà đăng ký, xem vnnic.vn}",
        )],
    ),
    ("on_as_text", "T024", &[Change(UNITS, "name: Trần Văn Minh", "name: On")]),
    ("text_after_a_sign", "T036", &[Change(POST, TITLE, "title: > Hộ kinh doanh")]),
    (
        "item_on_the_line_of_its_key",
        "T037",
        &[Change(POST, "attach:\n  - 276/KH-UBND", "attach: - 276/KH-UBND")],
    ),
    ("key_that_is_a_list", "T035", &[Change(POST, "link:", "? [a, b]\n: c\nlink:")]),
    ("bracket_too_many", "T009", &[Change(POST, "link:", "tags: [a, b]]\nlink:")]),
    ("a_bomb", "T004", &[]),
    ("a_giant", "T002", &[]),
    ("too_deep", "T003", &[]),
    (
        "path_out_of_the_workspace",
        "T027",
        &[Change(UNITS, "file: xa-phuong.csv", "file: ../../xa-phuong.csv")],
    ),
    ("folder_in_place_of_a_file", "T028", &[Remove(FACTS), Write("campaigns/facts.yaml/x.md", "x\n")]),
    ("register_missing", "T039", &[Remove(PEOPLE)]),
    // What `loa new` wrote and nobody replaced.
    ("sample_text_left", "W005", &[Write(TEXT, "[CHỮ MẪU] Thay cả dòng này bằng nội dung của bài.\n")]),
    ("sample_title_left", "W005", &[Change(POST, TITLE, "title: \"[CHỮ MẪU] Tiêu đề của bài\"")]),
    (
        "sample_name_left",
        "W005",
        &[Change(UNITS, "name: Phòng Thông tin Báo chí Xuất bản", "name: \"[CHỮ MẪU] Tên\"")],
    ),
    // Keys and types.
    ("unknown_key", "K001", &[Change(POST, "author:", "autor:")]),
    ("unknown_key_nothing_near", "K001", &[Change(POST, "link:", "mau_sac: xanh\nlink:")]),
    ("word_for_key", "K001", &[Change(POST, "    at: 30/11/2026 08:00", "    on: 30/11/2026 08:00")]),
    ("vietnamese_keys_mixed", "T031", &[Change(POST, "author:", "người soạn:")]),
    ("vietnamese_key_elsewhere", "K002", &[Change(UNITS, "    name: Phòng", "    tên: Phòng")]),
    ("duplicate_key", "T007", &[Change(POST, "author:", "title: Khác\nauthor:")]),
    (
        "duplicate_key_by_alias",
        "T007",
        &[Write(
            OTHER,
            "tieu_de: Một\ntiêu đề: Hai\nnguoi_soan: nguyen-thi-lan\ndoi_tuong: nhan-dan\nthong_diep: giu-dung\ngui:\n  - kenh: zalo\n    noi_nhan: so\n    moi: thứ Hai 08:00\n    tu: 30/11/2026\n    den: 14/12/2026\n",
        )],
    ),
    ("missing_key", "K003", &[Change(POST, "author: nguyen-thi-lan\n", "")]),
    ("empty_value", "K006", &[Change(POST, "author: nguyen-thi-lan", "author:")]),
    (
        "list_expected",
        "K004",
        &[Change(
            CAMPAIGN,
            "  tin-cay: Tên miền .vn giúp khách nhận diện, tin cậy và an toàn hơn\n  giu-dung: Giữ thông tin đăng ký luôn chính xác",
            "  - Tên miền .vn\n  - Giữ thông tin",
        )],
    ),
    ("mapping_instead_of_text", "K004", &[Change(POST, "author: nguyen-thi-lan", "author:\n  name: Lan")]),
    ("unknown_channel", "K005", &[Change(POST, "channel: email", "channel: emial")]),
    ("name_instead_of_id", "K008", &[Change(POST, "author: nguyen-thi-lan", "author: Nguyễn Thị Lan")]),
    ("times_not_a_number", "K007", &[Change(POST, "times: 10", "times: mười")]),
    ("times_in_quotes", "K007", &[Change(POST, "times: 10", "times: \"mười\"   # mỗi đài")]),
    (
        "link_without_scheme",
        "K013",
        &[Change(POST, "https://hiendienonline.tenmien.vn", "hiendienonline.tenmien.vn")],
    ),
    ("recipients_empty", "K006", &[Change(POST, "    to: so\n", "    to: []\n")]),
    (
        "sendings_empty",
        "K006",
        &[Write(
            OTHER,
            "title: Xem kỹ địa chỉ\nauthor: nguyen-thi-lan\nfor: nhan-dan\nmessage: giu-dung\nsend: []\n",
        )],
    ),
    (
        "successors_empty",
        "K006",
        &[Change(UNITS, "    successors: [phuong-hong-bang]\n", "    successors: []\n")],
    ),
    ("several_ids_on_a_line", "K008", &[Change(POST, "    to: xa-phuong", "    to: so, xa-phuong")]),
    ("not_a_share", "K012", &[Change(CAMPAIGN, "at_least: 50%", "at_least: một nửa")]),
    ("aim_below_the_bound", "K015", &[Change(CAMPAIGN, "aim: 60%", "aim: 40%")]),
    // Dates and schedules.
    ("impossible_date", "D002", &[Change(POST, "until: 11/12/2026", "until: 31/11/2026")]),
    ("american_date", "D002", &[Change(POST, "at: 30/11/2026 08:00", "at: 11/30/2026 08:00")]),
    ("year_cut_short", "D001", &[Change(POST, "from: 30/11/2026", "from: 30/11/26")]),
    ("time_missing", "D011", &[Change(POST, "at: 30/11/2026 08:00", "at: 30/11/2026")]),
    ("end_before_start", "D003", &[Change(POST, "until: 11/12/2026", "until: 11/11/2026")]),
    ("campaign_ends_before_it_starts", "D003", &[Change(CAMPAIGN, "end: 31/12/2026", "end: 31/12/2024")]),
    ("outside_the_campaign", "D004", &[Change(POST, "at: 30/11/2026 08:00", "at: 30/01/2027 08:00")]),
    ("no_calendar", "D005", &[Remove(YEAR)]),
    ("over_and_not_sent_late", "D017", &[Change(POST, "at: 30/11/2026 09:00", "at: 16/11/2026 09:00")]),
    (
        "over_and_still_sent",
        "D017",
        &[
            Change(POST, "at: 30/11/2026 09:00", "at: 20/11/2026 09:00"),
            Change(POST, "late_ok: 2 days", "late_ok: 4 days"),
        ],
    ),
    ("in_quiet_hours", "D018", &[Change(POST, "at: 30/11/2026 09:00", "at: 30/11/2026 23:30")]),
    ("quiet_past_the_end", "D018", &[Change(POST, "at: 30/11/2026 09:00", "at: 31/12/2026 23:30")]),
    (
        "never_fires",
        "D006",
        &[
            Change(OTHER, "until: 14/12/2026", "until: 30/11/2026"),
            Change(OTHER, "every: monday 08:00", "every: sunday 08:00"),
        ],
    ),
    ("cron_numbers", "D008", &[Change(OTHER, "every: monday 08:00", "cron: 0 8 * * 2")]),
    ("cron_six_fields", "D007", &[Change(OTHER, "every: monday 08:00", "cron: 0 0 8 * * MON")]),
    ("cron_first_monday", "D007", &[Change(OTHER, "every: monday 08:00", "cron: \"0 8 * * MON#1\"")]),
    ("cron_sunday_in_vietnamese", "D007", &[Change(OTHER, "every: monday 08:00", "cron: 0 8 * * CN")]),
    ("cron_last_day", "D007", &[Change(OTHER, "every: monday 08:00", "cron: 0 8 L * *")]),
    ("cron_backwards", "D007", &[Change(OTHER, "every: monday 08:00", "cron: 0 8 * * FRI-MON")]),
    ("cron_too_often", "D015", &[Change(OTHER, "every: monday 08:00", "cron: \"* * * * *\"")]),
    ("dashes_in_a_date", "D001", &[Change(POST, "at: 30/11/2026 08:00", "at: 30-11-2026 9:00")]),
    ("zone_after_the_time", "D011", &[Change(POST, "at: 30/11/2026 08:00", "at: 2026-11-30T09:00:00Z")]),
    ("times_zero", "K007", &[Change(POST, "times: 10", "times: 0")]),
    ("weekday_unknown", "D009", &[Change(OTHER, "every: monday 08:00", "every: thứ Tám 08:00")]),
    ("duration_without_unit", "D010", &[Change(POST, "late_ok: 2 days", "late_ok: 2")]),
    ("no_time_at_all", "D012", &[Change(POST, "    at: 30/11/2026 08:00\n", "")]),
    ("every_without_end", "D012", &[Change(OTHER, "    until: 14/12/2026\n", "")]),
    (
        "two_ways_of_timing",
        "K010",
        &[Change(POST, "    at: 30/11/2026 08:00\n", "    at: 30/11/2026 08:00\n    every: monday 08:00\n")],
    ),
    (
        "station_with_a_time",
        "K010",
        &[Change(
            POST,
            "    from: 30/11/2026\n    until: 11/12/2026\n    sessions",
            "    at: 30/11/2026 05:30\n    sessions",
        )],
    ),
    ("too_many_times", "D015", &[Change(OTHER, "every: monday 08:00", "cron: \"* * * * *\"")]),
    (
        "all_of_it_is_over",
        "D017",
        &[
            Change(OTHER, "from: 30/11/2026", "from: 02/11/2026"),
            Change(OTHER, "until: 14/12/2026", "until: 16/11/2026"),
        ],
    ),
    ("lunar_day_31", "D013", &[Change(OTHER, "every: monday 08:00", "lunar: 31/08\n    time: \"08:00\"")]),
    (
        "deadline_before_sending",
        "D003",
        &[Change(POST, "    at: 30/11/2026 08:00\n", "    at: 30/11/2026 08:00\n    done_by: 20/11/2026\n")],
    ),
    // Names.
    ("unknown_list", "N021", &[Change(POST, "to: ds-ho-kinh-doanh", "to: ds-ho-kinh-danh")]),
    (
        "unit_that_was_renamed",
        "N021",
        &[
            Change(UNITS, "  - id: phong-ttbcxb\n", "  - id: phong-ttbcxb\n    was: [phong-bao-chi]\n"),
            Change(POST, "to: ds-ho-kinh-doanh", "to: phong-bao-chi"),
        ],
    ),
    ("unknown_unit_by_its_end", "N021", &[Change(POST, "to: so", "to: hong-bang")]),
    ("closed_unit", "N030", &[Change(POST, "    to: xa-phuong", "    to: dai-huyen-thuy-nguyen")]),
    (
        "closed_without_successor",
        "N030",
        &[Change(POST, "    to: xa-phuong", "    to: [xa-phuong, dai-huyen-cu]")],
    ),
    (
        "nobody_receives",
        "N033",
        &[Change(POST, "  - channel: website\n    to: so", "  - channel: telegram\n    to: so")],
    ),
    ("nobody_in_the_list", "N033", &[Write(LIST, "ten,email,zalo,telegram,can_cu\n")]),
    ("nobody_with_an_address", "N033", &[Change(POST, "channel: email", "channel: zalo")]),
    (
        "nobody_after_except",
        "N033",
        &[Change(
            POST,
            "    to: xa-phuong\n",
            "    to: xa-phuong\n    except: [phuong-hong-bang, phuong-le-chan]\n",
        )],
    ),
    ("list_for_a_station", "N041", &[Change(POST, "    to: xa-phuong\n", "    to: ds-ho-kinh-doanh\n")]),
    ("times_beyond_the_sessions", "N046", &[Change(POST, "times: 10", "times: 15")]),
    (
        "window_without_a_session",
        "N046",
        &[Change(
            POST,
            "    from: 30/11/2026\n    until: 11/12/2026",
            "    from: 05/12/2026\n    until: 06/12/2026",
        )],
    ),
    ("sessions_nobody_has", "N038", &[Change(POST, "sessions: [sang, chieu]", "sessions: [chieu]")]),
    ("unknown_author", "N022", &[Change(POST, "nguyen-thi-lan", "nguyen-thi-lam")]),
    ("author_is_the_only_approver", "N035", &[Change(POST, "nguyen-thi-lan", "tran-van-minh")]),
    ("unknown_audience", "N023", &[Change(POST, "for: ho-kinh-doanh", "for: ho-kinh-danh")]),
    ("unknown_message", "N024", &[Change(POST, "message: tin-cay", "message: tin-cai")]),
    ("unknown_asset", "N025", &[Change(POST, "kit: poster-biz-vn", "kit: poster-id-vn")]),
    ("unknown_asset_nothing_near", "N025", &[Change(POST, "kit: poster-biz-vn", "kit: anh-khac-han")]),
    ("kit_not_declared", "T039", &[Remove(KIT)]),
    ("lists_not_declared", "T039", &[Remove(LISTS)]),
    (
        "table_is_a_folder",
        "T028",
        &[
            Remove(TABLE),
            Write("campaigns/xa-phuong.csv/ghi-chu.txt", "x\n"),
            Change(POST, "    to: ds-ho-kinh-doanh\n", "    to: phuong-hong-bang\n"),
        ],
    ),
    ("units_missing", "T039", &[Remove(UNITS)]),
    ("unknown_attachment", "N026", &[Change(POST, "  - 276/KH-UBND", "  - 267/KH-UBND")]),
    ("attachment_without_copy", "N026", &[Change(CAMPAIGN, "    file: van-ban/276.pdf\n", "")]),
    ("unknown_fact", "N027", &[Change(TEXT, "noi-dang-ky", "noi-dang-ki")]),
    ("unknown_account", "N028", &[Change(UNITS, "account: web-so", "account: web-xo")]),
    (
        "unknown_parent",
        "N029",
        &[Change(UNITS, "    parent: so\n    contact", "    parent: soo\n    contact")],
    ),
    (
        "units_in_a_ring",
        "N048",
        &[Change(UNITS, "    kind: department\n", "    kind: department\n    parent: phong-ttbcxb\n")],
    ),
    (
        "one_name_for_two",
        "N031",
        &[Change(UNITS, "  noi-bo: [so, phong-ttbcxb]", "  ds-ho-kinh-doanh: [so]")],
    ),
    (
        "two_sendings_alike",
        "N032",
        &[Change(
            POST,
            "  - channel: email",
            "  - channel: website\n    to: so\n    at: 02/12/2026 08:00\n\n  - channel: email",
        )],
    ),
    ("folder_differs", "N034", &[Change(CAMPAIGN, "campaign: ten-mien", "campaign: ten-mien-vn")]),
    ("no_account_for_a_list", "N037", &[Change(LOA, "  email: thu-cong-vu\n", "")]),
    ("organisation_unknown", "N029", &[Change(LOA, "organisation: so", "organisation: soo")]),
    (
        "people_of_the_settings_unknown",
        "N039",
        &[
            Change(LOA, "kind: wordpress", "kind: wordpres"),
            Change(
                LOA,
                "accounts:\n",
                "  substitutes:\n    - for: lanh-daoo\n      person: hoang-van-gian\n      from: 01/12/2026\n      until: 05/12/2026\nalerts:\n  on_duty: [tran-van-min]\naccounts:\n",
            ),
        ],
    ),
    (
        "on_duty_and_out_of_reach",
        "N049",
        &[Change(
            LOA,
            "accounts:\n",
            "alerts:\n  on_duty:\n    - tran-van-minh\n  by: [zalo, thư]\naccounts:\n",
        )],
    ),
    (
        "alerts_by_a_way_without_account",
        "N050",
        &[
            Change(PEOPLE, "    phone: \"0900 000 001\"\n", "    phone: \"0900 000 001\"\n    zalo: z1\n"),
            Change(
                LOA,
                "accounts:\n",
                "alerts:\n  on_duty:\n    - person: tran-van-minh\n      from: 01/12/2026\n  by: [telegram, zalo]\naccounts:\n",
            ),
        ],
    ),
    (
        "alert_words_mistyped",
        "K005",
        &[Change(
            LOA,
            "accounts:\n",
            "alerts:\n  at_once: [acount_paused]\n  digest: \"6h70\"\n  heartbeat: giam-sat\n  on_duty:\n    - person: tran-van-minh\n      from: 02/12/2026\n      until: 01/12/2026\naccounts:\n",
        )],
    ),
    ("role_nobody_has", "N039", &[Change(PEOPLE, "roles: [lanh-dao]", "roles: [lanh-daao]")]),
    (
        "class_without_approval",
        "N040",
        &[Change(POST, "message: tin-cay", "message: tin-cay\nclass: quảng cáo")],
    ),
    (
        "script_longer_than_the_share",
        "R003",
        &[
            Change(
                "loa.yaml",
                "default_accounts:",
                "  phieu:\n    kind: station\n    carrier: thu-cong-vu\ndefault_accounts:",
            ),
            Change("loa.yaml", "  station: thu-cong-vu", "  station: phieu"),
            Write("campaigns/ten-mien/posts/ho-kinh-doanh/loa.md", include_str!("long_script.txt")),
        ],
    ),
    (
        "abbreviation_nobody_knows",
        "R010",
        &[
            Change(
                "loa.yaml",
                "default_accounts:",
                "  phieu:\n    kind: station\n    carrier: thu-cong-vu\ndefault_accounts:",
            ),
            Change("loa.yaml", "  station: thu-cong-vu", "  station: phieu"),
            Write(
                "campaigns/ten-mien/posts/ho-kinh-doanh/loa.md",
                "Bà con chú ý.\n\nSáng 30/11, BQLDA mời bà con đến họp tại UBND phường.\n",
            ),
        ],
    ),
    (
        "address_nobody_remembers",
        "R014",
        &[
            Change(
                "loa.yaml",
                "default_accounts:",
                "  phieu:\n    kind: station\n    carrier: thu-cong-vu\ndefault_accounts:",
            ),
            Change("loa.yaml", "  station: thu-cong-vu", "  station: phieu"),
            Write(
                "campaigns/ten-mien/posts/ho-kinh-doanh/loa.md",
                "Bà con chú ý.\n\nXem https://vi-du.vn/tin-tuc/2026/11/30/huong-dan-dang-ky-cho-ho-kinh-doanh.html nhé.\n",
            ),
        ],
    ),
    (
        "dictionary_key_with_a_point",
        "R011",
        &[Write("campaigns/doc-la.yaml", "addresses:\n  ten.mien: tên miền\n")],
    ),
    (
        "dictionary_says_an_abbreviation",
        "R012",
        &[Write("campaigns/doc-la.yaml", "abbreviations:\n  BQLDA: ban QLDA số 2\n")],
    ),
    (
        "dictionary_changes_a_word",
        "R013",
        &[Write("campaigns/doc-la.yaml", "abbreviations:\n  bà: ông\n  UBND: ủy ban\n")],
    ),
    ("internal_goes_outside", "N047", &[Change(POST, "message: tin-cay", "message: tin-cay\nclass: nội bộ")]),
    (
        "recipient_without_the_channel",
        "N036",
        &[Change(POST, "    to: so\n", "    to: [so, phong-ttbcxb]\n")],
    ),
    ("recipient_twice", "N043", &[Change(POST, "    to: so\n", "    to: [so, so]\n")]),
    (
        "channel_without_address",
        "N042",
        &[Change(UNITS, "      zalo:\n", "      telegram:\n        account: zalo-so\n      zalo:\n")],
    ),
    (
        "earlier_id_of_another",
        "N045",
        &[Change(UNITS, "  - id: phong-ttbcxb\n", "  - id: phong-ttbcxb\n    was: [so]\n")],
    ),
    // Facts, kit, texts, matrix.
    ("fact_without_basis", "F003", &[Change(FACTS, "    source: https://vnnic.vn/nhadangky\n", "")]),
    ("fact_checked_tomorrow", "F005", &[Change(FACTS, "checked: 20/11/2026", "checked: 24/11/2026")]),
    (
        "asset_locked_and_gone",
        "A004",
        &[Change(
            LOCK,
            "poster-biz-vn:",
            "poster-cu:\n  sha256: c6c1c03ddd4ed213df712af6449e62ed0422cdc1631f289ff77ba1920b25595a\n  bytes: 1\n  mime: image/png\nposter-biz-vn:",
        )],
    ),
    (
        "hash_that_is_none",
        "A005",
        &[Change(LOCK, "c6c1c03ddd4ed213df712af6449e62ed0422cdc1631f289ff77ba1920b25595a", "1234")],
    ),
    ("own_picture_missing", "A013", &[Change(POST, "  - kit: poster-biz-vn", "  - file: anh-1.png")]),
    ("own_picture_outside", "A013", &[Change(POST, "  - kit: poster-biz-vn", "  - file: ../anh-1.png")]),
    (
        "own_picture_and_kit",
        "A013",
        &[Change(POST, "  - kit: poster-biz-vn", "  - kit: poster-biz-vn\n    file: anh-1.png")],
    ),
    (
        "own_picture_is_text",
        "A013",
        &[
            Change(POST, "  - kit: poster-biz-vn", "  - file: anh-1.png"),
            Write("campaigns/ten-mien/posts/ho-kinh-doanh/anh-1.png", "chữ"),
        ],
    ),
    ("asset_of_nothing", "K003", &[Change(POST, "  - kit: poster-biz-vn", "  - alt: Áp phích")]),
    ("picture_without_words", "A007", &[Change(KIT, "\n    alt: Áp phích vẽ một cửa hàng", "")]),
    ("post_without_the_kit", "A010", &[Change(POST, "assets:\n  - kit: poster-biz-vn\n", "")]),
    ("post_without_its_exemption", "A010", &[Change(CAMPAIGN, EXEMPT, "")]),
    ("exemption_by_nobody", "N022", &[Change(CAMPAIGN, "approved_by: tran-van-minh", "approved_by: ai-do")]),
    (
        "exemption_of_no_post",
        "A011",
        &[Change(
            CAMPAIGN,
            "kit_exemptions:\n",
            "kit_exemptions:\n  - post: ho-kinh-doan\n    reason: Chưa có tư liệu\n    approved_by: tran-van-minh\n",
        )],
    ),
    (
        "exemption_without_a_reason",
        "A012",
        &[Change(CAMPAIGN, "reason: Bộ tư liệu chưa có hình nào về kiểm tra địa chỉ trang web", "reason: x")],
    ),
    ("message_of_another_audience", "M005", &[Change(POST, "message: tin-cay", "message: giu-dung")]),
    ("expired_fact", "F007", &[Change(TEXT, "noi-dang-ky", "mien-phi-2-nam")]),
    (
        "fact_not_yet_valid",
        "F008",
        &[Change(
            FACTS,
            "    source: https://vnnic.vn/nhadangky",
            "    source: https://vnnic.vn/nhadangky\n    valid_from: 01/01/2027",
        )],
    ),
    (
        "fact_never_checked",
        "F009",
        &[Change(FACTS, "    checked: 20/11/2026\n    checked_by: tran-van-minh\n", "")],
    ),
    ("fact_checked_long_ago", "F010", &[Change(FACTS, "checked: 20/11/2026", "checked: 20/05/2026")]),
    (
        "fact_to_be_checked_again",
        "F012",
        &[
            Change(FACTS, "checked: 20/11/2026", "checked: 05/10/2026"),
            Change(POST, "at: 30/11/2026 08:00", "at: 20/12/2026 08:00"),
        ],
    ),
    ("picture_not_from_the_kit", "R001", &[Write(TEXT, "Một địa chỉ riêng.\n\n![ảnh](khong-co.png)\n")]),
    (
        "link_that_is_dropped",
        "R004",
        &[Write(TEXT, "Một địa chỉ riêng, [xem](javascript:alert(1)) và [đây](www.a.vn).\n")],
    ),
    (
        "link_that_is_none",
        "R006",
        &[Write(
            TEXT,
            "Một địa chỉ riêng, xem [hướng dẫn](https://vnnic.vn/huong dan.pdf).\n\n| A |\n|---|\n| b | c |\n",
        )],
    ),
    (
        "fact_within_a_fact",
        "F011",
        &[Write(
            FACTS,
            "facts:\n  noi-dang-ky:\n    text: 'Đăng ký ở {{fact \"noi-dang-ky\"}}'\n    source: https://vnnic.vn/nhadangky\n    checked: 20/11/2026\n    checked_by: tran-van-minh\n",
        )],
    ),
    ("braces_that_mean_nothing", "F011", &[Change(TEXT, "{{fact \"noi-dang-ky\"}}", "{{ten_nguoi_nhan}}")]),
    ("asset_altered", "A002", &[Write("campaigns/kit/poster.png", "khác")]),
    ("asset_not_locked", "A001", &[Remove(LOCK)]),
    (
        "asset_not_fetched",
        "A008",
        &[
            Remove(LOCK),
            Change(
                KIT,
                "file: kit/poster.png",
                "url: https://kit.example/poster.jpg\n    file: kit/poster.jpg",
            ),
        ],
    ),
    (
        "original_changed",
        "A009",
        &[Change(
            LOCK,
            "  mime: image/png",
            "  mime: image/png\n  found: 1111111111111111111111111111111111111111111111111111111111111111",
        )],
    ),
    ("original_gone", "A027", &[Change(LOCK, "  mime: image/png", "  mime: image/png\n  gone: 2026-11-27")]),
    ("asset_missing", "A003", &[Change(KIT, "kit/poster.png", "kit/poster.jpg")]),
    ("recording_missing", "A020", &[Change(POST, "link:", "recording: loa.mp3\nlink:")]),
    (
        "recording_that_lies",
        "A021",
        &[
            Change(POST, "link:", "recording: loa.mp3\nlink:"),
            Bytes(RECORDING, || b"RIFF\0\0\0\0WAVEfmt ".to_vec()),
        ],
    ),
    (
        "recording_by_a_machine",
        "A022",
        &[
            Change(POST, "link:", "recording: loa.mp3\nlink:"),
            Bytes(RECORDING, || loa::domain::sound::mp3_rehearsal("Bài", &sound::mp3(60, true))),
        ],
    ),
    (
        "recording_in_stereo",
        "A023",
        &[Change(POST, "link:", "recording: loa.mp3\nlink:"), Bytes(RECORDING, || sound::mp3(30, false))],
    ),
    (
        "recording_of_another_text",
        "A024",
        &[Change(POST, "link:", "recording: loa.mp3\nlink:"), Bytes(RECORDING, || sound::mp3(300, true))],
    ),
    (
        "recording_for_no_station",
        "A025",
        &[
            Change(OTHER, "message: giu-dung", "message: giu-dung\nrecording: loa.mp3"),
            Bytes("campaigns/ten-mien/posts/nhan-dan/loa.mp3", || sound::mp3(30, true)),
        ],
    ),
    ("recording_not_named", "A026", &[Bytes(RECORDING, || sound::mp3(30, true))]),
    ("recording_elsewhere", "T027", &[Change(POST, "link:", "recording: ../nhan-dan/loa.mp3\nlink:")]),
    ("text_missing", "W001", &[Remove(TEXT)]),
    ("text_misnamed", "W002", &[Write("campaigns/ten-mien/posts/nhan-dan/zalô.md", "Nội dung Zalo.\n")]),
    ("text_empty", "W003", &[Write(TEXT, "\n")]),
    ("post_file_missing", "W004", &[Write("campaigns/ten-mien/posts/moi/post.yml", "title: x\n")]),
    (
        "post_one_folder_deeper",
        "W004",
        &[
            Remove("campaigns/ten-mien/posts/nhan-dan"),
            Write(
                "campaigns/ten-mien/posts/thang-11/nhan-dan/post.yaml",
                "title: Xem kỹ địa chỉ\nauthor: nguyen-thi-lan\nfor: nhan-dan\nmessage: giu-dung\nsend:\n  - channel: zalo\n    to: so\n    at: 30/11/2026 08:00\n",
            ),
        ],
    ),
    (
        "text_is_a_folder",
        "T028",
        &[Remove(TEXT), Write("campaigns/ten-mien/posts/ho-kinh-doanh/noi-dung.md/x.md", "x\n")],
    ),
    ("objective_without_audience", "M001", &[Change(CAMPAIGN, "    for: [ho-kinh-doanh, nhan-dan]\n", "")]),
    (
        "objective_for_nobody",
        "M001",
        &[Change(CAMPAIGN, "    for: [ho-kinh-doanh, nhan-dan]\n", "    for: []\n")],
    ),
    (
        "objectives_missing",
        "K003",
        &[Change(
            CAMPAIGN,
            "objectives:\n  - id: pho-bien\n    title: Phổ biến đến mọi hộ kinh doanh\n    unit: phong-ttbcxb\n    for: [ho-kinh-doanh, nhan-dan]\n    at_least: 50%\n    aim: 60%\n",
            "",
        )],
    ),
    (
        "audiences_empty",
        "K006",
        &[Change(
            CAMPAIGN,
            "audiences:\n  ho-kinh-doanh:\n    title: Hộ kinh doanh có giấy chứng nhận\n    messages: [tin-cay]\n    channels: [website, email, station]\n  nhan-dan: Nhân dân toàn thành phố\n",
            "audiences: {}\n",
        )],
    ),
    (
        "objectives_empty",
        "K006",
        &[Change(
            CAMPAIGN,
            "objectives:\n  - id: pho-bien\n    title: Phổ biến đến mọi hộ kinh doanh\n    unit: phong-ttbcxb\n    for: [ho-kinh-doanh, nhan-dan]\n    at_least: 50%\n    aim: 60%\n",
            "objectives: []\n",
        )],
    ),
    (
        "audience_with_no_messages",
        "M002",
        &[Change(CAMPAIGN, "    messages: [tin-cay]\n", "    messages: []\n")],
    ),
    (
        "audience_with_no_channels",
        "M003",
        &[Change(CAMPAIGN, "    channels: [website, email, station]\n", "    channels: []\n")],
    ),
    ("audience_without_message", "M002", &[Change(CAMPAIGN, "    messages: [tin-cay]\n", "")]),
    (
        "audience_without_channel",
        "M003",
        &[Change(CAMPAIGN, "    channels: [website, email, station]\n", "")],
    ),
    (
        "triple_without_post",
        "M004",
        &[Change(CAMPAIGN, "    messages: [tin-cay]", "    messages: [tin-cay, giu-dung]")],
    ),
    ("audience_without_post", "M004", &[Remove("campaigns/ten-mien/posts/nhan-dan")]),
    // Tables, lists, calendars, settings.
    ("table_row_shifted", "B002", &[Change(TABLE, "Phạm Thị Hoa", "Phạm Thị Hoa, Trần Văn An")]),
    ("table_without_column", "B001", &[Change(TABLE, "ma,ten,", "mã số,tên gọi,")]),
    ("commune_code_with_a_letter", "B009", &[Change(TABLE, "11311,", "1I311,")]),
    ("commune_code_as_a_power", "B009", &[Change(TABLE, "11311,", "1.1311E+04,")]),
    ("commune_code_is_no_code", "B009", &[Change(TABLE, "11311,", "ABC,")]),
    ("table_bad_session", "D014", &[Change(TABLE, "05:30-06:00,17:00-17:30", "5h30-6h,17:30-17:00")]),
    ("table_bad_kind", "K005", &[Change(TABLE, "hand-over,ip", "hand-over,internt")]),
    ("table_telephone_lost_its_zero", "T023", &[Change(TABLE, "0900 000 311", "900000311")]),
    ("table_bad_mode", "K005", &[Change(TABLE, "hand-over,ip", "publish,ip")]),
    ("list_without_header", "B001", &[Change(LIST, "ten,email,zalo,telegram,can_cu\n", "")]),
    ("table_row_without_code", "B003", &[Change(TABLE, "11383,Phường Lê Chân", ",Phường Lê Chân")]),
    ("table_station_without_session", "B004", &[Change(TABLE, "fm,05:30-06:00,", "fm,,")]),
    ("table_bad_mail_address", "K014", &[Change(TABLE, "hoa@hongbang.example", "hoa hongbang.example")]),
    ("list_address_twice", "B008", &[Change(LIST, "hkd-2@homestay.example", "hkd-1@quan-an.example")]),
    ("list_bad_address", "B007", &[Change(LIST, "hkd-2@homestay.example", "hkd-2 homestay.example")]),
    ("list_file_missing", "B005", &[Remove(LIST)]),
    ("list_not_declared", "B006", &[Write("campaigns/audiences/ds-moi.csv", "email\na@b.example\n")]),
    ("list_without_ground", "K003", &[Change(LISTS, "    ground: consent\n", "")]),
    ("calendar_of_another_year", "D016", &[Change(YEAR, "02/09/2026", "02/09/2025")]),
    ("units_unreadable", "T033", &[Change(UNITS, "noi-bo: [so, phong-ttbcxb]", "noi-bo: [so, phong-ttbcxb")]),
    ("settings_missing", "C001", &[Remove(LOA)]),
    ("quiet_hours_cut_short", "C011", &[Change(LOA, "21:00 - 07:00", "21 - 7")]),
    ("zone_unknown", "C012", &[Change(LOA, "Asia/Ho_Chi_Minh", "GMT+7")]),
    ("listener_without_port", "C013", &[Change(LOA, "language: vi", "language: vi\nlisten: chín nghìn")]),
    (
        "database_of_another_make",
        "C014",
        &[Change(LOA, "language: vi", "language: vi\ndatabase: mysql://db/loa")],
    ),
    (
        "password_in_settings",
        "C003",
        &[Change(LOA, "password_file: bi-mat/thu-cong-vu.txt", "password: Bi-mat-123")],
    ),
    ("unknown_kind", "C002", &[Change(LOA, "kind: wordpress", "kind: wordpres")]),
    ("bad_rate", "C010", &[Change(LOA, "300 per hour", "300")]),
    (
        "account_key_mistyped",
        "K001",
        &[Change(LOA, "password_file: bi-mat/web-so.txt", "pasword_file: bi-mat/web-so.txt")],
    ),
    ("carrier_unknown", "N028", &[Change(LOA, "hand-over: thu-cong-vu", "hand-over: thu-cong-vuu")]),
];

/// The workspace of a case; what does not fit into a line of the table is made here.
pub fn of_case(name: &str, edits: &[Edit]) -> tempfile::TempDir {
    let dir = workspace(edits);
    let post = match name {
        "utf16" => Some("\u{feff}title: x\n".encode_utf16().flat_map(u16::to_le_bytes).collect()),
        "a_bomb" => {
            let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
            for i in 1..30 {
                let again = vec![format!("*a{}", i - 1); 10].join(", ");
                bomb += &format!("a{i}: &a{i} [{again}]\n");
            }
            Some(bomb.into_bytes())
        }
        "a_giant" => Some("# ".repeat(600_000).into_bytes()),
        "too_deep" => Some(format!("tags: {}", "[".repeat(100)).into_bytes()),
        _ => None,
    };
    if let Some(bytes) = post {
        std::fs::write(dir.path().join(POST), bytes).unwrap();
    }
    dir
}

#[test]
fn every_bad_workspace_gets_its_message() {
    assert!(CASES.len() >= 50);
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    // Every fault says what to type and what happens meanwhile.
    let mut short = vec![];
    for (name, code, edits) in CASES {
        let dir = of_case(name, edits);
        let found = codes(dir.path());
        let vi = report(dir.path(), Lang::Vi);
        if !found.contains(code) {
            short.push(format!("{name}: {code} is not among {found:?}\n{vi}"));
        }
        let (settings_faults, loaded) = super::check(dir.path());
        for f in settings_faults.iter().chain(&loaded.faults) {
            let held = f.fix.as_ref().is_some_and(|x| x.vi.contains("giữ lại"));
            if f.fix.is_none() && f.did_you_mean.is_empty() || f.meanwhile.is_none() && !held {
                short.push(format!("{name}:\n{}", f.render(true, false)));
            }
        }
        settings.bind(|| insta::assert_snapshot!(format!("check_{name}"), vi));
    }
    assert!(short.is_empty(), "{}", short.join("\n"));
}

#[test]
fn english_readers_get_the_same() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for name in [
        "comma_in_flow",
        "several_slips_at_once",
        "unknown_list",
        "expired_fact",
        "triple_without_post",
        "cron_numbers",
        "octal_telephone",
    ] {
        let (_, _, edits) = CASES.iter().find(|(n, _, _)| *n == name).unwrap();
        let en = report(workspace(edits).path(), Lang::En);
        settings.bind(|| insta::assert_snapshot!(format!("check_en_{name}"), en));
    }
}

#[test]
fn the_base_is_free_of_faults() {
    let dir = workspace(&[]);
    assert_eq!(report(dir.path(), Lang::Vi), "không có lỗi · 2 bài tốt, đã đọc 18 tệp\n");
}

#[test]
fn a_bad_post_stops_itself_and_nothing_else() {
    let dir = workspace(&[Change(POST, TITLE, "title: Hộ kinh doanh: hiện diện")]);
    let (_, loaded) = super::check(dir.path());
    assert_eq!(loaded.workspace.campaigns[0].posts.len(), 1);
    assert_eq!(loaded.stopped.len(), 1);
    assert_eq!((loaded.stopped[0].1.as_str(), loaded.stopped[0].2), ("ho-kinh-doanh", "T016"));
    assert_eq!(loaded.held, 0);
    let unrendered = workspace(&[Write(TEXT, "Chữ.\n\n![ảnh](khong-co.png)\n")]);
    let (_, loaded) = super::check(unrendered.path());
    assert_eq!((loaded.posts(), loaded.summary().good), (1, 1));
    assert_eq!((loaded.stopped[0].1.as_str(), loaded.stopped[0].2), ("ho-kinh-doanh", "R001"));
    let f = loaded.faults.iter().find(|f| f.code == "R001").unwrap();
    assert_eq!((f.line, f.column), (3, 8));
    let held = workspace(&[Change(TEXT, "noi-dang-ky", "mien-phi-2-nam")]);
    let (_, loaded) = super::check(held.path());
    assert_eq!((loaded.held, loaded.summary().errors, loaded.posts()), (1, 0, 1));
}

#[test]
fn what_vietnamese_keys_say_is_the_same_post() {
    let english = workspace(&[]);
    let vietnamese = workspace(&[Write(
        OTHER,
        "Tiêu đề: Xem kỹ địa chỉ trang trước khi trả tiền\nngười soạn: nguyen-thi-lan\nđối tượng: nhan-dan\nthông điệp: giu-dung\ngửi:\n  - kênh: zalo\n    nơi nhận: so\n    mỗi: thứ Hai 08:00\n    từ: 30/11/2026\n    đến: 14/12/2026\n    mức ưu tiên: thường\n    gặp ngày nghỉ: ngày làm việc kế tiếp\n",
    )]);
    let (_, a) = super::check(english.path());
    let (_, b) = super::check(vietnamese.path());
    assert_eq!(b.faults, []);
    assert_eq!(a.workspace, b.workspace);
}
