//! Two posts in every voice, as snapshots; and properties that hold for any text.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use chrono::{NaiveDate, NaiveTime};
use proptest::prelude::*;

use super::forms::form;
use super::*;
use crate::domain::airtime::Opening;
use crate::domain::campaign::{AssetUse, Campaign, Class, LegalBasis, Post, Priority, Text, Texts};
use crate::domain::fact::Fact;
use crate::domain::kit::Asset;
use crate::domain::message::{MARK_OPT_OUT_URL, Rendition, Role};
use crate::domain::text::Lang;
use crate::domain::unit::{Contact, Session, Unit};
use crate::domain::workspace::Workspace;

mod kept;

const ORGANISATION: &str = "Sở Văn hóa, Thể thao và Du lịch thành phố Hải Phòng";

fn date(y: i32, m: u32, d: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(y, m, d).unwrap()
}

pub(super) fn workspace() -> Workspace {
    let mut ws = Workspace::default();
    let unit = Unit {
        id: "so".into(),
        name: ORGANISATION.into(),
        kind: "department".into(),
        code: None,
        parent: None,
        guided_by: None,
        contact: Contact {
            name: Some("Nguyễn Thị Mẫu".into()),
            phone: Some("0225 000 0001".into()),
            email: Some("truyenthong@so.example".into()),
        },
        tasks: vec![],
        old_names: vec![],
        channels: BTreeMap::new(),
        station: None,
        was: vec![],
        people_covered: None,
    };
    ws.units.insert(unit.id.clone(), unit);
    for (id, text) in [
        (
            "noi-dang-ky",
            "Đăng ký tại nhà đăng ký tên miền được công nhận, danh sách tại https://vnnic.vn/nhadangky",
        ),
        ("giu-thong-tin-dung", "Chủ thể giữ thông tin đăng ký tên miền luôn chính xác"),
    ] {
        let fact = Fact {
            id: id.into(),
            text: text.into(),
            basis: None,
            source: None,
            valid_from: None,
            valid_to: None,
            checked: Some(date(2026, 11, 20)),
            checked_by: None,
            note: None,
        };
        ws.facts.insert(fact.id.clone(), fact);
    }
    for (id, mime, alt, url) in [
        (
            "poster-biz-vn",
            "image/png",
            Some("Áp phích tên miền biz.vn"),
            Some("https://kit.example/tai/poster-biz-vn.png"),
        ),
        ("infographic-buoc", "image/jpeg", None, Some("https://kit.example/trang/buoc")),
        ("to-roi", "application/pdf", None, Some("https://kit.example/to-roi")),
    ] {
        let asset = Asset {
            id: id.into(),
            kind: "poster".into(),
            title: format!("Tư liệu {id}"),
            url: url.map(Into::into),
            file: format!("kit/{id}"),
            sha256: "ab".repeat(32),
            mime: mime.into(),
            bytes: 640_000,
            license: None,
            alt: alt.map(Into::into),
            preview: None,
        };
        ws.kit.insert(asset.id.clone(), asset);
    }
    ws
}

pub(super) fn campaign() -> Campaign {
    Campaign {
        id: "ten-mien-vn".into(),
        title: "Tên miền .vn".into(),
        owner: "so".into(),
        start: date(2025, 10, 22),
        end: date(2026, 12, 31),
        legal_basis: vec![LegalBasis {
            kind: "Kế hoạch".into(),
            number: "276/KH-UBND".into(),
            date: date(2025, 10, 22),
            issuer: "UBND thành phố Hải Phòng".into(),
            title: None,
            file: Some("can-cu/276.pdf".into()),
            sha256: None,
        }],
        audiences: vec![],
        messages: vec![],
        objectives: vec![],
        default_class: Class::Policy,
        kit_exemptions: vec![],
        contact: Some("so".into()),
        posts: vec![],
    }
}

pub(super) fn text(file: &str, body: &str) -> Text {
    Text { file: format!("campaigns/ten-mien-vn/posts/p/{file}"), body: body.into() }
}

/// A post of text and pictures, with a text of its own for Zalo.
pub(super) fn household() -> Post {
    Post {
        id: "2026-11-30-ho-kinh-doanh".into(),
        title: "Hộ kinh doanh lên mạng với tên miền .vn".into(),
        author: "nguyen-thi-lan".into(),
        audience: "ho-kinh-doanh".into(),
        message: "tin-cay".into(),
        class: Class::Policy,
        assets: vec![
            AssetUse {
                asset: "poster-biz-vn".into(),
                alt: Some("Áp phích tên miền biz.vn dành cho hộ kinh doanh".into()),
                caption: None,
            },
            AssetUse {
                asset: "infographic-buoc".into(),
                alt: Some("Ba bước đăng ký tên miền".into()),
                caption: Some("Ba bước đăng ký tên miền .vn".into()),
            },
            AssetUse { asset: "to-roi".into(), alt: None, caption: None },
        ],
        attach: vec!["276/KH-UBND".into()],
        recording: None,
        link: Some("https://hiendienonline.example/ho-kinh-doanh".into()),
        categories: vec!["Chuyển đổi số".into()],
        tags: vec!["tên miền".into()],
        contact: None,
        texts: Texts {
            main: Some(text(
                "noi-dung.md",
                "Khách tìm homestay, quán ăn, cửa hàng trên mạng trước khi đến. Một địa chỉ mang\n\
                 tên miền quốc gia **.vn** giúp khách nhận ra đúng cơ sở của anh/chị.\n\n\
                 ## Anh/chị cần làm gì\n\n\
                 1. Chọn tên dễ nhớ, gắn với tên cơ sở.\n\
                 2. {{fact \"noi-dang-ky\"}}.\n\
                 3. {{fact \"giu-thong-tin-dung\"}}.\n\n\
                 > Nhận diện – tin cậy – an toàn.\n",
            )),
            overrides: [(
                "zalo-bot".to_owned(),
                text(
                    "zalo.md",
                    "Cơ sở của anh/chị đã có địa chỉ .vn chưa? Nhận diện – tin cậy – an toàn. #tenmienvn",
                ),
            )]
            .into(),
        },
        sendings: vec![],
    }
}

/// A post that tries everything Markdown has and much that it should not.
fn hostile() -> Post {
    Post {
        id: "thu".into(),
        title: "Tin \u{202E}xấu\r\nBcc: a@b.example".into(),
        assets: vec![],
        attach: vec![],
        link: None,
        categories: vec![],
        tags: vec![],
        texts: Texts {
            main: Some(text(
                "noi-dung.md",
                "# Tiêu đề *riêng* & <b>đậm</b>\n\nKính gửi bà con. Đoạn có <script>alert(1)</script>, `mã <i>`, \
                 [xấu](javascript:alert(1)), [tốt](https://a.example/?x=1&y=2 \"t\") và https://b.example.\n\n\
                 | Việc | Hạn |\n|---|---|\n| Đăng ký | 31/12 |\n\n- một\n  - hai\n- ba\n\n---\n\n\
                 ![](kit:infographic-buoc \"Chú thích\")\n\n```\nx < y\n```\n",
            )),
            overrides: BTreeMap::new(),
        },
        ..household()
    }
}

fn documents() -> BTreeMap<String, Document> {
    let d = Document { mime: "application/pdf".into(), sha256: "cd".repeat(32), bytes: 1_234_567 };
    [("276/KH-UBND".to_owned(), d)].into()
}

fn try_with(post: &Post, kind: &str) -> Result<Rendition, Vec<RenderFault>> {
    let mut ws = workspace();
    ws.kit.get_mut("infographic-buoc").unwrap().alt = Some("Ba bước đăng ký".into());
    try_in(&ws, post, kind)
}

fn try_in(ws: &Workspace, post: &Post, kind: &str) -> Result<Rendition, Vec<RenderFault>> {
    static TEMPLATES: LazyLock<Templates> = LazyLock::new(|| Templates::builtin().unwrap());
    let documents = documents();
    let ctx = RenderContext {
        templates: &TEMPLATES,
        organisation: ORGANISATION,
        public_url: Some("https://loa.example"),
        duty_phone: Some("0900 000 001"),
        done_by: Some(date(2026, 12, 4)),
        documents: &documents,
        pace: crate::domain::speech::Pace::default(),
        pictures: &AsTheyAre,
    };
    render(post, &campaign(), ws, form(kind), &ctx)
}

fn dump(r: &Rendition) -> String {
    let files: String = r
        .attachments
        .iter()
        .map(|a| {
            format!(
                "{:?} {} {} {} url={:?} caption={:?} alt={}\n",
                a.role, a.name, a.mime, a.cid, a.url, a.caption, a.alt
            )
        })
        .collect();
    let parts: String = r.parts.iter().map(|p| format!("--- part\n{p}\n")).collect();
    format!(
        "{}/{}\ntitle: {}\nlead: {}\nslug: {}\nlink: {:?}\nseconds: {:?}\n{files}--- text\n{}\n{parts}--- html\n{}\n",
        r.voice.as_str(),
        r.kind,
        r.title,
        r.lead,
        r.slug,
        r.link,
        r.seconds,
        r.text,
        r.html.as_deref().unwrap_or("none")
    )
}

const KINDS: [&str; 7] = ["wordpress", "email", "telegram", "zalo-bot", "station", "hand-over", "press"];

#[test]
fn each_voice_of_a_post() {
    for kind in KINDS {
        let r = try_with(&household(), kind).unwrap();
        insta::assert_snapshot!(format!("household-{}-{kind}", r.voice.as_str()), dump(&r));
    }
}

#[test]
fn each_voice_of_a_hostile_post() {
    for kind in KINDS {
        let r = try_with(&hostile(), kind).unwrap();
        insta::assert_snapshot!(format!("hostile-{}-{kind}", r.voice.as_str()), dump(&r));
    }
}

pub(super) fn week() -> SheetData {
    let script = try_with(&household(), "station").unwrap();
    let time = |h, m| NaiveTime::from_hms_opt(h, m, 0).unwrap();
    let days: Vec<SheetDay> = (0..5)
        .map(|d| {
            let date = date(2026, 11, 30) + chrono::Duration::days(d);
            SheetDay { date, holiday: (d == 1).then(|| "Nghỉ lễ".to_owned()) }
        })
        .collect();
    let sessions = vec![
        Session { name: "sang".into(), from: time(5, 0), until: time(5, 30) },
        Session { name: "chieu".into(), from: time(17, 0), until: time(17, 30) },
    ];
    let openings: Vec<Opening> = days
        .iter()
        .filter(|d| d.holiday.is_none())
        .flat_map(|d| {
            sessions.iter().enumerate().map(|(no, s)| Opening { day: d.date, no, session: s.name.clone() })
        })
        .collect();
    let item = SheetItem {
        title: script.title.clone(),
        lines: script.text.lines().map(str::to_owned).collect(),
        seconds: script.seconds.unwrap(),
        airings: 5,
        wanted: 5,
        approved_by: Some("Lê Văn Bình, Phó Giám đốc".into()),
        approved_on: Some(date(2026, 11, 27)),
        priority: Priority::Ordinary,
        days,
        sessions,
        places: openings[..5].to_vec(),
        openings,
        recording: None,
    };
    let morning = SheetItem {
        priority: Priority::Priority,
        title: "Bài <ưu tiên>".into(),
        airings: 2,
        wanted: 6,
        sessions: item.sessions[..1].to_vec(),
        openings: item.openings.iter().filter(|o| o.session == "sang").cloned().collect(),
        places: item.openings.iter().filter(|o| o.session == "sang").take(2).cloned().collect(),
        ..item.clone()
    };
    SheetData {
        organisation: ORGANISATION.into(),
        unit: "Phường Hồng Bàng".into(),
        week: "30/11 – 04/12/2026".into(),
        code: "482116".into(),
        items: vec![morning, item],
        left_out: vec!["Bài chưa xếp".into()],
        allowance_seconds: 150,
        report_by: Some("chiều thứ Sáu 04/12".into()),
        phone: Some("0900 000 001".into()),
        zalo: true,
    }
}

#[test]
fn a_sheet_for_a_week() {
    let t = Templates::builtin().unwrap();
    let r = sheet(&week(), form("zalo-bot"), &t).unwrap();
    insta::assert_snapshot!("sheet", dump(&r));
    assert_eq!(
        sheet(&SheetData { items: vec![], ..week() }, form("email"), &t).unwrap_err()[0].code,
        "sheet_empty"
    );
}

#[test]
fn a_site_takes_down_what_is_no_longer_true() {
    let package = |ws: &Workspace| {
        let templates = Templates::builtin().unwrap();
        let none = BTreeMap::new();
        let ctx = RenderContext {
            templates: &templates,
            organisation: ORGANISATION,
            public_url: None,
            duty_phone: None,
            done_by: None,
            documents: &none,
            pace: crate::domain::speech::Pace::default(),
            pictures: &AsTheyAre,
        };
        let mut p = household();
        p.attach.clear();
        render(&p, &campaign(), ws, form("hand-over"), &ctx).unwrap().text
    };
    let mut ws = workspace();
    assert!(package(&ws).contains("Gỡ sau: 31/12/2026"), "the campaign's last day");
    ws.facts.values_mut().for_each(|f| f.valid_to = Some(date(2026, 12, 20)));
    assert!(package(&ws).contains("Gỡ sau: 20/12/2026"), "the last day of what it states");
}

#[test]
fn a_script_shows_how_an_address_is_written() {
    let mut p = household();
    p.link = Some("https://hiendienonline.tenmien.vn/".into());
    p.texts.overrides.insert(
        "script".into(),
        text("loa.md", "Tên miền chấm vi-en.\n\nXem hiện diện online, chấm tên miền, chấm vi-en."),
    );
    let r = try_with(&p, "station").unwrap();
    assert!(r.text.contains("Tên miền chấm vi-en (.vn).\n"), "{}", r.text);
    assert!(r.text.contains("chấm vi-en (hiendienonline.tenmien.vn)."), "{}", r.text);
    p.link = None;
    let plain = try_with(&p, "station").unwrap();
    assert_eq!(r.seconds, plain.seconds, "what is for the eye takes no time");
}

#[test]
fn a_text_is_chosen_by_kind_then_voice_then_main() {
    let mut p = household();
    p.texts.overrides.insert("chat".into(), text("tin-nhan.md", "# Riêng\n\nTin nhắn."));
    assert!(try_with(&p, "zalo-bot").unwrap().text.starts_with("Cơ sở"));
    let telegram = try_with(&p, "telegram").unwrap();
    assert!(telegram.text.starts_with("Riêng\n\nTin nhắn."), "{}", telegram.text);
    assert_eq!(telegram.title, "Riêng");
    assert!(try_with(&p, "wordpress").unwrap().text.contains("homestay"));
}

#[test]
fn every_fault_is_said_at_once() {
    let mut p = household();
    p.assets.push(AssetUse { asset: "khong-co".into(), alt: None, caption: None });
    p.attach.push("9/KH".into());
    p.texts.main =
        Some(text("noi-dung.md", "![](kit:infographic-buoc)\n\n![x](https://a.example/x.png) @@LOA-NAME@@"));
    p.assets[1].alt = None;
    let templates = Templates::builtin().unwrap();
    let none = BTreeMap::new();
    let ctx = RenderContext {
        templates: &templates,
        organisation: ORGANISATION,
        public_url: None,
        duty_phone: None,
        done_by: None,
        documents: &none,
        pace: crate::domain::speech::Pace::default(),
        pictures: &AsTheyAre,
    };
    let f = render(&p, &campaign(), &workspace(), form("email"), &ctx).unwrap_err();
    let got: Vec<_> = f.iter().map(|f| f.code).collect();
    assert_eq!(
        got,
        [
            "alt_missing",
            "asset_unknown",
            "document_missing",
            "document_unknown",
            "image_not_from_kit",
            "mark_in_text"
        ]
    );
    assert!(f.iter().all(|f| f.message(Lang::Vi) != f.message(Lang::En) && f.file.starts_with("campaigns/")));
}

#[test]
fn a_forged_mark_is_refused_however_it_is_written() {
    for body in [
        "a @@LOA-NAME@@",
        "\\@@LOA-NAME@@",
        "&#64;@LOA-NAME@@",
        "@@LOA-**NAME**@@",
        "[x](https://a.example/@@LOA-CODE@@)",
        "# @@LOA-UNIT@@\n\na",
        "`@@LOA-NAME@@`",
        "{{fact \"xau\"}}",
    ] {
        let mut p = household();
        p.texts = Texts { main: Some(text("noi-dung.md", body)), ..Texts::default() };
        let mut ws = workspace();
        let mut fact = ws.facts["noi-dang-ky"].clone();
        (fact.id, fact.text) = ("xau".into(), "@@LOA-NAME@@".into());
        ws.facts.insert(fact.id.clone(), fact);
        let templates = Templates::builtin().unwrap();
        let documents = documents();
        let ctx = RenderContext {
            templates: &templates,
            organisation: ORGANISATION,
            public_url: None,
            duty_phone: None,
            done_by: None,
            documents: &documents,
            pace: crate::domain::speech::Pace::default(),
            pictures: &AsTheyAre,
        };
        let f = render(&p, &campaign(), &ws, form("email"), &ctx).unwrap_err();
        assert_eq!(f[0].code, "mark_in_text", "{body}");
    }
}

#[test]
fn empty_and_too_long_texts_are_faults() {
    let code = |body: &str, kind: &str| {
        let mut p = household();
        p.texts = Texts { main: Some(text("noi-dung.md", body)), overrides: BTreeMap::new() };
        try_with(&p, kind).map(|_| ()).map_err(|f| f[0].code)
    };
    assert_eq!(code(" \n\n", "email"), Err("text_empty"));
    assert_eq!(code("# Chỉ tiêu đề", "email"), Err("text_empty"));
    let mut p = household();
    p.texts =
        Texts { main: Some(text("noi-dung.md", &"Câu dài. ".repeat(1_300))), overrides: BTreeMap::new() };
    let parts = try_with(&p, "zalo-bot").unwrap().parts;
    assert!(
        parts.len() == 5
            && parts[4].ends_with("dài.\n\nXem thêm: https://hiendienonline.example/ho-kinh-doanh")
    );
    assert!(parts.iter().all(|p| p.encode_utf16().count() <= 2_000));
    p.link = None; // nowhere to read the rest
    assert_eq!(try_with(&p, "zalo-bot").unwrap_err()[0].code, "text_too_long");
    assert_eq!(code(&"Câu dài. ".repeat(1_000), "zalo-bot"), Ok(()));
    assert_eq!(code(&"Câu dài. ".repeat(1_000), "station"), Err("text_too_long"));
    assert_eq!(code(&"Câu dài. ".repeat(20_000), "email"), Err("text_too_long"));
    let mut p = household();
    p.texts = Texts::default();
    assert_eq!(try_with(&p, "email").unwrap_err()[0].code, "text_empty");
}

#[test]
fn advertising_is_labelled_first() {
    let mut p = household();
    p.class = Class::Advertising;
    assert!(try_with(&p, "email").unwrap().title.starts_with("[QC] "));
    assert!(try_with(&p, "zalo-bot").unwrap().parts[0].starts_with("[QC]"));
    assert!(try_with(&p, "telegram").unwrap().parts[0].starts_with("[QC]"));
}

#[test]
fn a_photo_shortens_the_first_part_on_telegram() {
    let mut p = household();
    p.texts = Texts {
        main: Some(text("noi-dung.md", &"Câu này dài vừa phải. ".repeat(300))),
        ..Texts::default()
    };
    let r = try_with(&p, "telegram").unwrap();
    assert!(super::chat::shown_units(&r.parts[0], true) <= 1_024 && r.parts[1].chars().count() > 3_000);
    assert_eq!(r.attachments[0].role, Role::Featured);
    p.assets.clear();
    assert!(try_with(&p, "telegram").unwrap().parts[0].chars().count() > 3_000);
}

#[test]
fn a_mail_keeps_its_opt_out_for_people_and_loses_it_for_units() {
    let r = try_with(&household(), "email").unwrap();
    assert!(r.text.contains(MARK_OPT_OUT_URL) && r.html.as_ref().unwrap().contains(MARK_OPT_OUT_URL));
    let person = merge(&r, &Merge { opt_out_url: Some("https://loa.example/u/1"), ..Merge::default() });
    assert!(person.html.as_ref().unwrap().contains("href=\"https://loa.example/u/1\""));
    let unit = merge(&r, &Merge::default());
    for t in [&unit.text, unit.html.as_ref().unwrap()] {
        assert!(!t.contains("@@LOA") && !t.contains("Từ chối nhận thư") && t.contains("Anh/Chị"));
    }
}

#[test]
fn a_page_shows_pictures_and_nothing_live() {
    let r = try_with(&hostile(), "telegram").unwrap();
    let html = page(&r, &|_| Some("data:image/png;base64,AA==".into()));
    assert!(html.contains("default-src 'none'") && !html.contains("<script"));
    let r = try_with(&household(), "email").unwrap();
    let html = page(&r, &|a| (a.role == Role::Featured).then(|| "file:///x.png".into()));
    assert!(html.contains("src=\"file:///x.png\"") && html.contains("src=\"cid:infographic-buoc@loa\""));
}

/// Tags of a document, lower case, with all they contain.
fn tags(html: &str) -> Vec<String> {
    html.split('<').skip(1).map(|t| t.split('>').next().unwrap_or_default().to_lowercase()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn no_text_yields_a_live_tag_or_breaks_a_line(
        title in "\\PC{0,20}(<script>|<img onerror=x>|\r\nBcc: x|\"onload=|')?\\PC{1,20}",
        body in proptest::collection::vec(
            "(\\PC{0,12}|<script>|</td>|<img src=x onerror=y>|\\]\\(javascript:x\\)|\\[a|!\\[|&lt;script&gt;|<!--|\"onx='|`|\\*\\*|\n\n|> |- |\\|)",
            1..20),
        name in "\\PC{0,10}<b onclick=x>\\PC{0,10}",
    ) {
        let mut p = household();
        p.title = format!("A{title}");
        p.assets.clear();
        p.texts = Texts { main: Some(text("noi-dung.md", &format!("Chữ. {}", body.concat()))), ..Texts::default() };
        for kind in KINDS {
            let Ok(r) = try_with(&p, kind) else { continue };
            prop_assert!(!r.title.contains(['\r', '\n']) && !r.title.chars().any(char::is_control));
            let m = Merge { name: Some(&name), unit: Some(&name), code: Some("T-1"), opt_out_url: Some("https://x.example") };
            let r = merge(&r, &m);
            let shown = r.html.iter().chain(if r.html.is_some() { r.parts.iter() } else { [].iter() });
            for html in shown {
                for tag in tags(html) {
                    prop_assert!(!tag.starts_with("script") && !tag.starts_with("iframe"), "{tag}");
                    // Only attributes that templates and the writer know; values are quoted, so quotes balance.
                    prop_assert_eq!(tag.matches('"').count() % 2, 0, "{}", tag);
                    let outside: String = tag.split('"').step_by(2).collect();
                    prop_assert!(!outside.contains(" on") && !outside.contains("javascript"), "{tag}");
                    prop_assert!(!tag.contains("=\"javascript:"), "{tag}");
                }
            }
        }
    }
}
