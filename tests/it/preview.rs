//! `loa preview` by the real program, its pages opened in a real browser: everything stands in them, nothing is reached from them,
//! and no text leaves its box, whatever the author wrote.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::programme::dated;
use crate::support::office::{Office, wall};

/// The repository's programme in a folder of its own, by how many days it was moved.
fn programme() -> (Office, i64) {
    let office = Office::bare();
    let days = dated(&office);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    fs::copy(root.join("loa.yaml"), office.at("loa.yaml")).unwrap();
    (office, days)
}

/// The pages of a post.
fn pages(office: &Office, post: &str, more: &[&str]) -> Vec<PathBuf> {
    let mut args = vec!["preview", post, "--json"];
    args.extend_from_slice(more);
    let said: Value = serde_json::from_str(&office.ok(&args)).unwrap();
    let all = said["pages"].as_array().unwrap();
    all.iter().map(|p| office.path().join(p["file"].as_str().unwrap())).collect()
}

/// Looks at every box of a page and of the frames in it, in a browser of two widths.
const LOOK: &str = r#"
const innerWidthOf = where => Number((where.match(/@(\d+)/) || [0, 1280])[1]);
function look(doc, where, out) {
  const all = doc.body.querySelectorAll('*');
  for (const e of all) {
    if (e.closest('.cut, .cut2, .thumb')) continue;
    if (e.tagName === 'IFRAME') { continue; }
    if (doc.defaultView.getComputedStyle(e).display === 'inline' || e.clientWidth === 0) continue;
    if (e.scrollWidth > e.clientWidth + 1)
      out.push(where + ' ' + e.tagName + '.' + e.className + ' ' + e.scrollWidth + '>' + e.clientWidth + ': ' + e.textContent.trim().slice(0, 50));
  }
  const page = doc.documentElement;
  if (page.scrollWidth > page.clientWidth + 1) out.push(where + ' page ' + page.scrollWidth + '>' + page.clientWidth);
  for (const f of doc.querySelectorAll('iframe')) {
    // Paper is as wide as paper is; on a narrow page it is scrolled.
    if (f.closest('.thumb') || (f.title.includes('A4') && innerWidthOf(where) < 1000)) continue;
    look(f.contentDocument, where + ' › ' + f.title, out);
    // A frame's height is an estimate: two lines more may be scrolled. On a narrow page a frame is narrower than it was made for; there it may be scrolled.
    if (f.title && innerWidthOf(where) > 1000 && f.contentDocument.documentElement.scrollHeight > f.clientHeight + 60)
      out.push(where + ' › ' + f.title + ' is cut below: ' + f.contentDocument.documentElement.scrollHeight + '>' + f.clientHeight);
  }
}
window.onload = () => {
  const out = [];
  for (const f of document.querySelectorAll('iframe')) look(f.contentDocument, f.dataset.page, out);
  document.body.textContent = 'LOOKED ' + document.querySelectorAll('*').length + ' ' + JSON.stringify(out) + ' END';
};
"#;

/// What leaves its box on these pages.
fn overflows(pages: &[PathBuf]) -> Vec<String> {
    let dir = tempfile::tempdir().unwrap();
    let mut frames = String::new();
    for p in pages {
        let name = p.file_name().unwrap().to_string_lossy().into_owned();
        // Only for the test: a frame that is closed to its own page is closed to the test, too.
        let open = fs::read_to_string(p).unwrap().replace("<iframe sandbox ", "<iframe ");
        fs::write(dir.path().join(&name), open).unwrap();
        for width in [1280, 380] {
            frames += &format!(
                "<iframe src=\"{name}\" data-page=\"{name}@{width}\" width=\"{width}\" height=\"900\"></iframe>"
            );
        }
    }
    let harness = dir.path().join("harness.html");
    fs::write(
        &harness,
        format!("<!DOCTYPE html><meta charset=utf-8><body>{frames}<script>{LOOK}</script></body>"),
    )
    .unwrap();
    let browser =
        ["chromium", "google-chrome"].into_iter().find(|b| Command::new(b).arg("--version").output().is_ok());
    let browser = browser.expect("Chromium is not installed: apt-get install chromium (./test does it)");
    let answer = Command::new(browser)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            "--allow-file-access-from-files",
        ])
        .arg(format!("--user-data-dir={}", dir.path().join("profile").display()))
        .args(["--virtual-time-budget=20000", "--window-size=1400,1000", "--dump-dom"])
        .arg(format!("file://{}", harness.display()))
        .output()
        .unwrap();
    let dom = String::from_utf8_lossy(&answer.stdout);
    let said = dom.split("LOOKED ").nth(1).and_then(|s| s.split(" END").next());
    let said = said.unwrap_or_else(|| {
        panic!("the browser did not look: {dom}\n{}", String::from_utf8_lossy(&answer.stderr))
    });
    let list =
        said.split_once(' ').unwrap().1.replace("&gt;", ">").replace("&lt;", "<").replace("&amp;", "&");
    serde_json::from_str(&list).unwrap()
}

/// Nothing on a page runs, and nothing is fetched.
fn assert_stands_alone(page: &Path) {
    let html = fs::read_to_string(page).unwrap();
    let name = page.display();
    assert!(html.contains("http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';"), "{name}");
    // Frames carry their documents escaped; each is looked into as the browser reads it.
    let mut inside = vec![html.clone()];
    inside.extend(html.split("srcdoc=\"").skip(1).map(|s| {
        let document = s.split('"').next().unwrap_or_default();
        let document = document.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
        document.replace("&#39;", "'").replace("&amp;", "&")
    }));
    for bad in ["<script", "<link", "<object", "<embed", "src=\"http", "src=\"//", "<img src=x", "@import"] {
        assert!(inside.iter().all(|d| !d.contains(bad)), "{name} has {bad}");
    }
    let frames = html.matches("<iframe").count();
    assert_eq!(html.matches("<iframe sandbox ").count(), frames, "{name}");
}

#[test]
fn every_post_of_the_programme_is_shown_within_its_boxes() {
    let (office, _) = programme();
    let campaign = office.at("campaigns/ten-mien-vn/posts");
    let mut posts: Vec<String> = fs::read_dir(campaign)
        .unwrap()
        .flatten()
        .map(|e| e.file_name().to_string_lossy().into_owned())
        .collect();
    posts.sort();
    assert!(posts.len() >= 10);
    let mut kinds = std::collections::BTreeSet::new();
    for post in posts {
        let all = pages(&office, &format!("ten-mien-vn/{post}"), &[]);
        all.iter().for_each(|p| assert_stands_alone(p));
        kinds.extend(all.iter().map(|p| p.file_stem().unwrap().to_string_lossy().into_owned()));
        assert_eq!(overflows(&all), Vec::<String>::new(), "{post}");
    }
    let all =
        ["email", "hand-over", "index", "press", "station", "telegram", "webhook", "wordpress", "zalo-bot"];
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), all);
    assert!(!office.at("var/loa.db").exists(), "looking makes no ledger");
}

const ACCOUNTS: &str = "  thu:\n    kind: email\n    server: mail.example\n    port: 587\n    user: loa\n    \
    password_file: bi-mat/thu.txt\n    from_address: loa@so.example\n  web:\n    kind: wordpress\n    url: https://so.example\n    \
    user: loa\n    password_file: bi-mat/thu.txt\n  tele:\n    kind: telegram\n    token_file: bi-mat/thu.txt\n  zalo:\n    \
    kind: zalo-bot\n    token_file: bi-mat/thu.txt\n  goi:\n    kind: hand-over\n    carrier: thu\n";

/// A post whose title and text try to break every box.
fn hostile() -> Office {
    let o = Office::new(ACCOUNTS, "default_accounts:\n  email: thu\n  hand-over: goi\n  press: goi\n");
    let long = "Đườngdẫnkhôngcódấucáchnàodàinhưmộtconsôngchảymãikhôngthôi".repeat(6);
    o.units(&format!(
        "  - id: so\n    name: Sở Thử {long}\n    kind: department\n    channels:\n      website:\n        account: web\n        mode: publish\n        url: https://so.example\n      \
         telegram:\n        account: tele\n        address: \"-100123\"\n      zalo:\n        account: zalo\n        address: abc\n  \
         - id: xa\n    name: Xã Thử\n    kind: commune\n    channels:\n      website:\n        mode: hand-over\n        \
         url: https://xa.example\n        address: web@xa.example\n"
    ));
    o.list("ho", &["a@khach.example".to_owned()]);
    let at = wall(600);
    o.post(
        "bai",
        &format!("<b>Tiêu đề</b> {} \\\"hết\\\"", "rất dài ".repeat(20)).replace("\\\"", "”"),
        &format!(
            "  - channel: website\n    to: so\n    at: {at}\n  - id: goi\n    channel: website\n    to: xa\n    at: {at}\n    done_by: {}\n  \
             - channel: email\n    to: ho\n    at: {at}\n  - channel: telegram\n    to: so\n    at: {at}\n  - channel: zalo\n    to: so\n    at: {at}\n",
            crate::support::office::today(9)
        ),
    );
    o.write(
        "campaigns/chien-dich/posts/bai/noi-dung.md",
        &format!(
            "Đoạn đầu <script>alert(1)</script> <img src=x onerror=alert(1)> {long}\n\n## {long}\n\n\
             | {long} | B |\n|---|---|\n| a | {long} |\n\n```\n{long}\n```\n\n> {long}\n\n- {long}\n  1. {long}\n\n\
             [{long}](https://a.example/{}) và https://b.example/{}\n",
            "x".repeat(300),
            "y".repeat(300)
        ),
    );
    o
}

#[test]
fn hostile_text_stays_within_its_boxes_and_is_text() {
    let o = hostile();
    let check = o.loa(&["check"]);
    let said = String::from_utf8_lossy(&check.stdout).into_owned();
    assert_eq!(check.status.code(), Some(0), "{said}");
    let all = pages(&o, "chien-dich/bai", &[]);
    assert!(all.len() >= 6, "{all:?}");
    all.iter().for_each(|p| assert_stands_alone(p));
    assert_eq!(overflows(&all), Vec::<String>::new());
}

#[test]
fn a_browser_that_sees_an_overflow_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let page = dir.path().join("x.html");
    fs::write(
        &page,
        "<!DOCTYPE html><body><div style='width:50px'>Khôngcódấucách</div>\
         <iframe title='t' width='60' height='20' srcdoc='<p>một hai ba bốn năm sáu bảy tám chín mười</p>'></iframe></body>",
    )
    .unwrap();
    let said = overflows(&[page]);
    assert!(said.iter().any(|s| s.contains("Khôngcódấucách")), "{said:?}");
    assert!(said.iter().any(|s| s.contains("cut below")), "{said:?}");
}

#[test]
fn a_channel_or_a_unit_may_be_chosen() {
    let (office, _) = programme();
    let names = |all: &[PathBuf]| -> Vec<String> {
        all.iter().map(|p| p.file_name().unwrap().to_string_lossy().into_owned()).collect()
    };
    let post = "ten-mien-vn/2026-11-30-ho-kinh-doanh";
    let out = office.at("trang");
    let out = out.to_str().unwrap();
    let zalo = pages(&office, post, &["--channel", "zalo", "--out", out]);
    assert_eq!(names(&zalo), ["index.html", "zalo-bot.html"]);
    assert!(zalo[0].starts_with(out));
    let unit = pages(&office, post, &["--unit", "phuong-hong-bang"]);
    assert_eq!(names(&unit), ["index.html", "hand-over.html", "station.html"]);
    let package = fs::read_to_string(&unit[1]).unwrap();
    assert!(
        package.contains("Kính gửi: &lt;strong&gt;") && package.contains("Hồng Bàng"),
        "made out to the unit"
    );
    for (args, says) in [
        (
            vec!["preview", "ten-mien-vn/2026-11-30-ho-kinh-doan"],
            "Có phải ten-mien-vn/2026-11-30-ho-kinh-doanh?",
        ),
        (vec!["preview", post, "--channel", "zalu"], "không có kênh này"),
        (vec!["preview", post, "--unit", "khong-co"], "không có đơn vị này"),
        (vec!["preview", post, "--channel", "telegram"], "Bài không đi kênh này"),
    ] {
        let answer = office.loa(&args);
        let text = String::from_utf8_lossy(&answer.stderr).into_owned();
        assert_eq!(answer.status.code(), Some(2), "{text}");
        assert!(text.contains(says), "{text}");
    }
}

#[test]
fn the_contact_sheet_says_to_whom_when_what_holds_and_which_file() {
    let (office, days) = programme();
    let moved = |d: u32, m: u32| {
        let date = chrono::NaiveDate::from_ymd_opt(2026, m, d).unwrap() + chrono::TimeDelta::days(days);
        date.format("%d/%m/%Y").to_string()
    };
    let all = pages(&office, "ten-mien-vn/2026-11-30-ho-kinh-doanh", &[]);
    let sheet = fs::read_to_string(&all[0]).unwrap();
    let (from, until) = (moved(30, 11), moved(11, 12));
    for part in
        ["113 nơi", "120 người", &from, &until, "truong-phong-ttbcxb", "Chưa có bản nào được duyệt trước đó"]
    {
        assert!(sheet.contains(part), "{part}");
    }
    let kit =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("campaigns/media-kit.lock")).unwrap();
    let pinned = kit.split_whitespace().find(|w| w.len() == 64 && sheet.contains(*w));
    assert!(pinned.is_some(), "the whole hash of a picture");
    assert!(sheet.contains("data:image/png;base64,"), "its picture");
}
