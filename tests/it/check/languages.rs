//! Two languages in the files: each word of the table of `ux.md` §4 says the same as its English key, values may be
//! Vietnamese anywhere, and one file holds one language.

use super::Edit::{Change, Write};
use super::{check, codes, workspace};
use loa::domain::workspace::Workspace;
use loa::yaml::Severity;

const CAMPAIGN: &str = "campaigns/ten-mien/campaign.yaml";
const POST: &str = "campaigns/ten-mien/posts/ho-kinh-doanh/post.yaml";
const TEXT: &str = "campaigns/ten-mien/posts/ho-kinh-doanh/noi-dung.md";

/// The table of `ux.md` §4, `fact` apart: that one stands in texts.
const TABLE: [(&str, &str); 41] = [
    ("campaign", "chien_dich"),
    ("title", "tieu_de"),
    ("owner", "chu_tri"),
    ("start", "bat_dau"),
    ("end", "ket_thuc"),
    ("legal_basis", "can_cu"),
    ("type", "loai"),
    ("number", "so_hieu"),
    ("date", "ngay"),
    ("issuer", "co_quan"),
    ("audiences", "cac_doi_tuong"),
    ("messages", "cac_thong_diep"),
    ("objectives", "muc_tieu"),
    ("at_least", "toi_thieu"),
    ("aim", "phan_dau"),
    ("author", "nguoi_soan"),
    ("for", "doi_tuong"),
    ("message", "thong_diep"),
    ("assets", "tu_lieu"),
    ("alt", "mo_ta_anh"),
    ("attach", "dinh_kem"),
    ("link", "lien_ket"),
    ("send", "gui"),
    ("class", "loai_tin"),
    ("contact", "lien_he"),
    ("channel", "kenh"),
    ("to", "noi_nhan"),
    ("except", "tru"),
    ("at", "luc"),
    ("every", "moi"),
    ("from", "tu"),
    ("until", "den"),
    ("sessions", "buoi"),
    ("times", "so_lan"),
    ("priority", "muc_uu_tien"),
    ("on_holiday", "gap_ngay_nghi"),
    ("late_ok", "con_gui_den"),
    ("done_by", "han"),
    // Keys beside the table that the two files below need.
    ("id", "ma"),
    ("unit", "don_vi"),
    ("kit", "bo_tu_lieu"),
];
/// Further keys of the same files.
const MORE: [(&str, &str); 8] = [
    ("file", "tep"),
    ("channels", "cac_kenh"),
    ("defaults", "mac_dinh"),
    ("counted_on", "tinh_tren"),
    ("kit_exemptions", "mien_tu_lieu"),
    ("post", "bai"),
    ("reason", "ly_do"),
    ("approved_by", "nguoi_cho_phep"),
];

const CAMPAIGN_EN: &str = "campaign: ten-mien
title: Hiện diện trực tuyến tin cậy, an toàn với tên miền .vn
owner: phong-ttbcxb
start: 22/10/2025
end: 31/12/2026
legal_basis:
  - type: Kế hoạch
    number: 276/KH-UBND
    date: 22/10/2025
    issuer: UBND thành phố Hải Phòng
    file: van-ban/276.pdf
audiences:
  ho-kinh-doanh:
    title: Hộ kinh doanh có giấy chứng nhận
    messages: [tin-cay]
    channels: [website, email, station]
  nhan-dan: Nhân dân toàn thành phố
messages:
  tin-cay: Tên miền .vn giúp khách nhận diện, tin cậy và an toàn hơn
  giu-dung: Giữ thông tin đăng ký luôn chính xác
objectives:
  - id: pho-bien
    title: Phổ biến đến mọi hộ kinh doanh
    unit: phong-ttbcxb
    for: [ho-kinh-doanh, nhan-dan]
    at_least: 50%
    aim: 60%
    counted_on: hộ có giấy chứng nhận
defaults:
  class: policy
  on_holiday: next_working_day
  contact: phong-ttbcxb
kit_exemptions:
  - post: all
    reason: Bộ tư liệu chưa có hình nào hợp
    approved_by: tran-van-minh
";

const POST_EN: &str = "title: Hộ kinh doanh lên mạng với tên miền .vn
author: nguyen-thi-lan
for: ho-kinh-doanh
message: tin-cay
class: urgent
assets:
  - kit: poster-biz-vn
    alt: Áp phích vẽ một cửa hàng
attach:
  - 276/KH-UBND
link: https://hiendienonline.tenmien.vn
contact: phong-ttbcxb
send:
  - channel: website
    to: [so, xa-phuong]
    except: [phuong-le-chan]
    at: 30/11/2026 08:00
    done_by: 04/12/2026
    on_holiday: next_working_day
  - channel: email
    to: ds-ho-kinh-doanh
    every: monday 08:00
    from: 30/11/2026
    until: 14/12/2026
    late_ok: 2 days
    priority: urgent
  - id: loa-phuong
    channel: station
    to: xa-phuong
    from: 30/11/2026
    until: 11/12/2026
    sessions: [sang, chieu]
    times: 10
    priority: ordinary
";

/// The file with its keys renamed; what was renamed is counted.
fn renamed(text: &str, write: impl Fn(&str) -> String, used: &mut Vec<&'static str>) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let at = line.len() - line.trim_start_matches([' ', '-']).len();
        let key = line[at..].split(':').next().unwrap_or_default();
        match TABLE.iter().chain(&MORE).find(|(en, _)| *en == key) {
            Some((en, vi)) => {
                used.push(en);
                out += &format!("{}{}{}\n", &line[..at], write(vi), &line[at + en.len()..]);
            }
            None => out += &format!("{line}\n"),
        }
    }
    out
}

fn values(text: &str) -> String {
    text.replace("monday 08:00", "thứ Hai 08:00")
        .replace("2 days", "2 ngày")
        .replace("next_working_day", "ngày làm việc kế tiếp")
        .replace("[sang, chieu]", "[sáng, chiều]")
        .replace("ordinary", "thường")
        .replace(": urgent", ": khẩn")
        .replace(": policy", ": chính sách")
        .replace(": station", ": truyền thanh")
        .replace(": email", ": thư")
}

/// How somebody may write a key.
type Form = fn(&str) -> String;

#[test]
fn every_word_of_the_table_is_the_same_file() {
    let english = workspace(&[Write(CAMPAIGN, CAMPAIGN_EN), Write(POST, POST_EN)]);
    let (_, a) = check(english.path());
    assert_eq!(a.faults, []);
    let forms: [(&str, Form); 3] = [
        ("with underscores", |vi| vi.to_owned()),
        ("with spaces", |vi| vi.replace('_', " ")),
        ("in capitals", |vi| vi.to_uppercase()),
    ];
    for (form, write) in forms {
        let mut used = vec![];
        let campaign = values(&renamed(CAMPAIGN_EN, write, &mut used));
        let post = values(&renamed(POST_EN, write, &mut used));
        for (en, _) in TABLE {
            assert!(used.contains(&en), "the files below do not use {en}");
        }
        let dir = workspace(&[]);
        std::fs::write(dir.path().join(CAMPAIGN), campaign).unwrap();
        std::fs::write(dir.path().join(POST), post).unwrap();
        let (_, b) = check(dir.path());
        assert_eq!(b.faults, [], "{form}");
        assert_eq!(a.workspace, b.workspace, "{form}");
    }
}

#[test]
fn a_text_calls_a_fact_in_either_language() {
    let english = workspace(&[]);
    let dir = workspace(&[Change(TEXT, "{{fact \"noi-dang-ky\"}}", "{{thong_tin \"noi-dang-ky\"}}")]);
    let (_, a) = check(english.path());
    let (_, b) = check(dir.path());
    assert_eq!(b.faults, []);
    assert_eq!(a.workspace, b.workspace, "it is the same text to whoever prints or holds it");
    let unknown = workspace(&[Change(TEXT, "{{fact \"noi-dang-ky\"}}", "{{thông tin \"noi-dang-ki\"}}")]);
    assert_eq!(codes(unknown.path()), ["N027"]);
}

/// The base workspace with one line of its post changed; free of faults.
fn with(from: &str, to: &str) -> Workspace {
    let dir = workspace(&[]);
    let path = dir.path().join(POST);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{from}");
    std::fs::write(path, text.replacen(from, to, 1)).unwrap();
    let (_, loaded) = check(dir.path());
    // That an internal post goes outside is another matter than how its class is written.
    let faults: Vec<_> = loaded.faults.iter().filter(|f| f.code != "N047").collect();
    assert!(faults.is_empty(), "{to}: {faults:?}");
    loaded.workspace
}

#[test]
fn vietnamese_values_parse_by_name() {
    let english = check(workspace(&[]).path()).1.workspace;
    let at = "    at: 30/11/2026 08:00\n";
    let every = |day: &str| {
        with(at, &format!("    every: {day} 08:00\n    from: 30/11/2026\n    until: 14/12/2026\n"))
    };
    for day in ["thứ Hai", "thứ hai", "Thứ 2", "T2", "THỨ HAI"] {
        assert_eq!(every(day), every("monday"), "{day}");
    }
    for late in ["2 ngày", "48 giờ", "2 days"] {
        assert_eq!(with("late_ok: 2 days", &format!("late_ok: {late}")), english, "{late}");
    }
    let holiday = |word: &str| with(at, &format!("{at}    on_holiday: {word}\n"));
    assert_eq!(holiday("ngày làm việc kế tiếp"), holiday("next_working_day"));
    assert_eq!(holiday("Ngày làm việc trước"), holiday("previous_working_day"));
    for sessions in ["[sáng, chiều]", "[Buổi sáng, chiều]"] {
        assert_eq!(with("[sang, chieu]", sessions), english, "{sessions}");
    }
    let priority = |word: &str| with("    times: 10\n", &format!("    times: 10\n    priority: {word}\n"));
    assert_eq!(priority("thường"), english);
    assert_eq!(priority("khẩn"), priority("urgent"));
    assert_eq!(priority("ưu tiên"), priority("priority"));
    let class = |word: &str| with("message: tin-cay", &format!("message: tin-cay\nclass: {word}"));
    assert_eq!(class("khẩn"), class("urgent"));
    assert_eq!(class("nội bộ"), class("internal"));
}

#[test]
fn one_file_holds_one_language_and_a_mixture_is_a_warning() {
    let mixed = workspace(&[Change(POST, "author:", "nguoi_soan:")]);
    let (_, loaded) = check(mixed.path());
    let found: Vec<_> = loaded.faults.iter().map(|f| (f.code, f.severity)).collect();
    assert_eq!(found, [("T031", Severity::Warning)], "once for the file");
    assert_eq!(loaded.posts(), 2, "and the post goes on");
    // Deep inside it is a mixture, too; another file of the same campaign may hold the other language.
    let deep = workspace(&[Change(POST, "    at:", "    luc:")]);
    assert_eq!(codes(deep.path()), ["T031"]);
    let mut used = vec![];
    let other = workspace(&[]);
    std::fs::write(other.path().join(POST), renamed(POST_EN, |vi| vi.to_owned(), &mut used)).unwrap();
    assert_eq!(codes(other.path()), [""; 0]);
    // `cron` has no Vietnamese word and mixes with neither.
    let cron =
        renamed(POST_EN, |vi| vi.to_owned(), &mut used).replace("moi: monday 08:00", "cron: 0 8 * * MON");
    std::fs::write(other.path().join(POST), cron).unwrap();
    assert_eq!(codes(other.path()), [""; 0]);
    // In the other files a Vietnamese key is told, not taken.
    let units = workspace(&[Change("campaigns/units.yaml", "    name: Phòng", "    tên: Phòng")]);
    assert_eq!(codes(units.path()), ["K002"]);
}
