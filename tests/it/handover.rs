//! What webmasters and stations answer, and what chats are asked: links opened on a real listener, declarations in the ledger,
//! Telegram's own transport against a server that speaks its Bot API.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse as _, Redirect};
use axum::routing::{get, post as on_post};
use loa::domain::delivery::Event;
use loa::domain::message::Voice;
use loa::domain::text::Lang;
use loa::reach::{Airings, AnswerFault, LinkCheck, LinkVerdict, aired, check_link, done, tick};
use loa::store::{EvidenceEffect, LogFilter, NewHold, NewOccurrence, PlanWrite};
use loa::transport::{Build, PageFault, Pages, Transport};

use crate::support::ledger::{Ledger, at, channel, ms, occurrence, post, rendition};
use crate::support::serve;

const TITLE: &str = "Hộ kinh doanh lên mạng với tên miền .vn";
const NOW: &str = "2026-11-30T10:00:00+07:00";

/// A picture of so many pixels.
fn png(width: u32, height: u32) -> Vec<u8> {
    let mut out = std::io::Cursor::new(Vec::new());
    image::RgbImage::new(width, height).write_to(&mut out, image::ImageFormat::Png).expect("a picture");
    out.into_inner()
}

/// An article as a site shows it.
fn article(picture: &str) -> String {
    format!(
        "<!DOCTYPE html><html><head><title>{TITLE} - Cổng TTĐT phường</title></head><body><header><img src=/poster.png></header>\
         <main><h1>{TITLE}</h1>{picture}<p>…</p></main></body></html>"
    )
}

/// A ward's site with whatever a webmaster may return.
async fn site() -> String {
    let good = format!(
        "<!DOCTYPE html><html><head><title>Tin tức - Cổng TTĐT phường</title></head><body><header><img src=logo.png></header>\
         <main><h1>{TITLE}</h1><img src=poster.png><p>…</p></main></body></html>"
    );
    let bare = format!(
        "<html><body><header><img src=logo.png></header><h2>{}</h2></body></html>",
        TITLE.to_uppercase()
    );
    let entry = format!("<h3><a href=/tin/bai>{TITLE}</a></h3><img src=/poster.png>");
    let late = format!("<html><body>{}<h1>{TITLE}</h1></body></html>", " ".repeat(loa::transport::MAX_PAGE));
    let pages = [
        ("/tin/bai", good.clone()),
        ("/tin/khong-anh", bare),
        ("/tin/khac", "<h1>Tin khác</h1>".into()),
        ("/tin/dai", late),
        ("/tin/anh-hong", article("<img src=/khong-co.png>")),
        ("/tin/anh-la-trang", article("<img src=/tin/bai>")),
        ("/tin/bieu-tuong", article("<img src=/bieu-tuong.png>")),
        ("/tin/cham-diem", article("<img src='data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA='>")),
        ("/tin/an", article("<div style='display:none'><img src=/poster.png></div>")),
        ("/tin/anh-sau", article("<img src=/khong-co.png><img src=/chuyen.png>")),
        ("/tin", format!("<title>Tin tức</title><h1>Tin tức</h1>{entry}")),
        (
            "/tim",
            format!(
                "<title>Kết quả tìm kiếm cho: {TITLE}</title><h1>Kết quả tìm kiếm cho: {TITLE}</h1>{entry}"
            ),
        ),
        ("/tim-2", format!("<title>{TITLE} - Tìm kiếm</title><h1>Tìm kiếm</h1>{entry}")),
    ];
    let (front, by_query) = (good.clone(), good);
    let mut router = Router::new();
    for (path, html) in pages {
        router = router.route(path, get(move || async move { Html(html) }));
    }
    let picture = |w, h| get(move || async move { ([("content-type", "image/png")], png(w, h)) });
    let router = router
        .route(
            "/",
            get(|uri: axum::http::Uri| async move {
                if uri.query() == Some("p=12") { Html(by_query) } else { Html(front) }
            }),
        )
        .route("/tin/da-go", get(|| async { (StatusCode::OK, page_gone()).into_response() }))
        .route("/tin/rieng", get(|| async { StatusCode::FORBIDDEN }))
        // What is cut off by time or a lost line: the head, half a page, and the end of the connection.
        .route("/tin/dut", get(|| async { broken("<html><head><title>Tin") }))
        .route("/tin/dut-sau", get(|| async { broken(&format!("<main><h1>{TITLE}</h1><p>Khách tìm")) }))
        .route("/tin/poster.png", picture(640, 480))
        .route("/poster.png", picture(640, 480))
        .route("/bieu-tuong.png", picture(16, 16))
        .route("/chuyen.png", get(|| async { Redirect::temporary("/poster.png") }))
        .route("/cu", get(|| async { Redirect::permanent("/tin/bai") }))
        .route("/vong", get(|| async { Redirect::temporary("/vong") }))
        .route("/tep", get(|| async { Redirect::temporary("file:///etc/passwd") }))
        .route("/bai.pdf", get(|| async { ([("content-type", "application/pdf")], "%PDF-1.4") }));
    serve(router).await
}

/// A page that breaks off after `half`.
fn broken(half: &str) -> axum::response::Response {
    let half: Result<String, std::io::Error> = Ok(half.to_owned());
    let pause = async {
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        Err(std::io::Error::other("the line is dead"))
    };
    let body = futures_util::stream::once(async { half });
    let body = futures_util::StreamExt::chain(body, futures_util::stream::once(pause));
    ([("content-type", "text/html")], axum::body::Body::from_stream(body)).into_response()
}

/// What many sites show for an article that was taken down: a page with status 200.
fn page_gone() -> Html<String> {
    Html("<title>404</title><h1>Không tìm thấy trang</h1>".into())
}

async fn check(url: &str, site: Option<&str>) -> LinkCheck {
    check_link(&Pages::new(true).expect("a client"), url, TITLE, true, site).await
}

#[tokio::test]
async fn a_link_is_what_is_behind_it() {
    let base = site().await;
    for (path, verdict, ok) in [
        ("/tin/bai", LinkVerdict::Good, true),
        ("/?p=12", LinkVerdict::Good, true),
        ("/cu", LinkVerdict::Good, true),
        ("/tin/anh-sau", LinkVerdict::Good, true),
        ("/tin/khong-anh", LinkVerdict::NoImage, true),
        ("/tin/cham-diem", LinkVerdict::NoImage, true),
        ("/tin/an", LinkVerdict::NoImage, true),
        ("/tin/dut-sau", LinkVerdict::NoImage, true),
        ("/tin/anh-hong", LinkVerdict::BrokenImage, true),
        ("/tin/anh-la-trang", LinkVerdict::BrokenImage, true),
        ("/tin/bieu-tuong", LinkVerdict::BrokenImage, true),
        ("/tin/khac", LinkVerdict::NoTitle, false),
        ("/tin/dai", LinkVerdict::Incomplete, false),
        ("/tin/dut", LinkVerdict::Incomplete, false),
        ("/tin", LinkVerdict::Listing, false),
        ("/tim", LinkVerdict::Listing, false),
        ("/tim-2", LinkVerdict::Listing, false),
        ("/tin/da-go", LinkVerdict::NoTitle, false),
        ("/", LinkVerdict::FrontPage, false),
        ("/tin/rieng", LinkVerdict::Status(403), false),
        ("/khong-co", LinkVerdict::Status(404), false),
        ("/bai.pdf", LinkVerdict::NotAPage("application/pdf".into()), false),
        ("/vong", LinkVerdict::NotOpened(PageFault::TooManyRedirects), false),
        ("/tep", LinkVerdict::NotOpened(PageFault::BadUrl), false),
    ] {
        let c = check(&format!("{base}{path}"), Some(&base)).await;
        assert_eq!((&c.verdict, c.ok()), (&verdict, ok), "{path}");
        assert!(c.sentence(Lang::Vi).ends_with('.') && c.sentence(Lang::En).ends_with('.'));
        let e = c.evidence(Lang::Vi);
        assert_eq!((e.ok, e.image_found), (ok, verdict == LinkVerdict::Good), "{path}");
    }
    // Not the webmaster is blamed where the line was slow.
    let slow = check(&format!("{base}/tin/dut"), None).await;
    assert!(slow.sentence(Lang::Vi).starts_with("Trang tải quá chậm"), "{}", slow.sentence(Lang::Vi));
    let half = check(&format!("{base}/tin/dut-sau"), None).await;
    assert!(half.sentence(Lang::Vi).contains("Trang tải chưa hết"), "{}", half.sentence(Lang::Vi));
    // Where no picture was handed over, none is spoken of.
    let c = check_link(&Pages::new(true).expect("a client"), &format!("{base}/tin/bai"), TITLE, false, None)
        .await;
    assert!(c.ok() && !c.evidence(Lang::Vi).image_found && !c.sentence(Lang::Vi).contains("ảnh"));
    // A login in a link is refused, and not kept.
    let with_login = base.replace("http://", "http://mai:mat-khau@");
    let c = check(&format!("{with_login}/tin/bai"), None).await;
    assert_eq!((&c.verdict, c.url), (&LinkVerdict::NotOpened(PageFault::BadUrl), format!("{base}/tin/bai")));
    // The same page on somebody else's site is no evidence of this unit's.
    let elsewhere = check(&format!("{base}/tin/bai"), Some("https://lechan.example")).await;
    assert_eq!(elsewhere.verdict, LinkVerdict::OtherSite { site: "lechan.example".into() });
    // Loopback is a private address: refused unless the office says so.
    let outside = Pages::new(false).expect("a client");
    let c = check_link(&outside, &format!("{base}/tin/bai"), TITLE, true, None).await;
    assert!(matches!(c.verdict, LinkVerdict::NotOpened(PageFault::Private(_))));
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    let c = check(&format!("http://{free}/tin/bai?mat-khau=x"), None).await;
    assert!(
        matches!(&c.verdict, LinkVerdict::NotOpened(PageFault::NoAnswer(why)) if !why.contains("mat-khau")),
        "{c:?}"
    );
}

/// Two wards with a package and a station row of two posts each.
async fn world(site: &str) -> Ledger {
    let l = Ledger::new().await;
    let mut channels = vec![channel("so", "Sở", "website", "web", "wordpress")];
    for (unit, name) in [("phuong-le-chan", "Phường Lê Chân"), ("phuong-an-bien", "Phường An Biên")]
    {
        let mut own = channel(unit, name, "website", "goi", "hand-over");
        own.url = Some(site.to_owned());
        let mut station = channel(unit, name, "station", "phieu", "station");
        station.covered = Some(12_500);
        channels.extend([own, station]);
    }
    let wards = ["phuong-le-chan", "phuong-an-bien"];
    let week = |origin: &str| NewOccurrence {
        times: 5,
        slot: "2026-W49".into(),
        due_at: ms("2026-11-27T14:00:00+07:00"),
        expires_at: ms("2026-12-05T00:00:00+07:00"),
        ..occurrence(origin, "station", "2026-11-30T05:00:00+07:00", &wards)
    };
    let plan = PlanWrite {
        channels: Some(channels),
        posts: vec![post("c/a", "Tiêu đề của bài"), post("c/b", "Bài hai")],
        occurrences: vec![
            occurrence("c/a", "website", "2026-11-30T08:00:00+07:00", &["so", wards[0], wards[1]]),
            week("c/a"),
            week("c/b"),
        ],
        ..PlanWrite::default()
    };
    l.plan(&plan, NOW).await;
    // The package's own title, which is what was handed over, and not the post's.
    l.freeze("c/a", &rendition("hand-over", Voice::Press, TITLE)).await;
    l
}

#[tokio::test]
async fn a_returned_link_settles_its_package_and_no_other() {
    let base = site().await;
    let l = world(&base).await;
    let pages = Pages::new(true).expect("a client");
    let s = &l.store;
    let code = l.code(l.row("c/a", "phuong-le-chan/website").await.id()).await;
    let early =
        done(s, &pages, &code, &base, "mai", at(NOW), Lang::Vi).await.expect_err("not handed over yet");
    assert!(matches!(early, AnswerFault::NotHandedOver(_)), "{early}");
    l.send("goi", NOW, |_, _| Event::Accepted).await;
    l.send("web", NOW, |_, _| Event::Accepted).await;
    assert_eq!(s.handover_open().await.expect("rows").len(), 2);

    // A link without the article is kept as seen; the package stays open.
    let bad = done(s, &pages, &code, &format!("{base}/tin/khac"), "mai", at(NOW), Lang::Vi)
        .await
        .expect("recorded");
    assert!(!bad.check.ok());
    assert_eq!(bad.effect, EvidenceEffect::Open);
    assert_eq!(s.handover_open().await.expect("rows").len(), 2);
    // Small letters, no prefix, spaces: as people type codes.
    let typed = format!(" {} ", code.trim_start_matches("T-").to_lowercase());
    let link = format!("{base}/tin/bai");
    let good = done(s, &pages, &typed, &link, " Vũ Thị Mai ", at(NOW), Lang::Vi).await.expect("recorded");
    assert_eq!(
        (good.check.ok(), good.title.as_str(), good.unit_name.as_str()),
        (true, TITLE, "Phường Lê Chân")
    );
    assert_eq!(good.code, code);
    let open = s.handover_open().await.expect("rows");
    assert_eq!(open.iter().map(|r| r.unit.as_str()).collect::<Vec<_>>(), ["phuong-an-bien"]);
    let row = l.row("c/a", "phuong-le-chan/website").await;
    assert_eq!(
        (row.afterwards.as_deref(), row.receipt_url.as_deref()),
        (Some("published"), Some(link.as_str()))
    );
    let audit = s.audit_of(&loa::domain::delivery::code_letters(row.code)).await.expect("an audit");
    assert_eq!(audit.len(), 2);
    assert!(good.check.want_image && good.check.verdict == LinkVerdict::Good, "its picture was looked for");
    assert_eq!((audit[0].actor.as_str(), audit[0].proof.as_str()), ("Vũ Thị Mai", "attested"));

    // What no link answers to.
    let own = l.code(l.row("c/a", "so/website").await.id()).await;
    let station = l.code(l.row("c/a", "phuong-le-chan/station").await.id()).await;
    l.sheet("phuong-an-bien", "482117", "2026-11-27T14:00:00+07:00").await;
    for (code, by, want) in [
        (own.as_str(), "mai", "no package"),
        (station.as_str(), "mai", "is a sheet"),
        ("482117", "mai", "482117 is a sheet"),
        ("482 117", "mai", "482117 is a sheet"),
        ("T-ZZZZZZZZ", "mai", "no delivery"),
        ("xin chào", "mai", "no delivery"),
        ("", "mai", "no delivery"),
        (code.as_str(), " \u{200b} ", "needs the name"),
    ] {
        let e = done(s, &pages, code, &link, by, at(NOW), Lang::Vi).await.expect_err(code);
        assert!(e.to_string().contains(want), "{code}: {e}");
    }
    let e = done(s, &pages, "482117", &link, "mai", at(NOW), Lang::Vi).await.expect_err("a sheet");
    assert!(
        e.message(Lang::Vi).contains("là phiếu phát thanh")
            && e.message(Lang::Vi).contains("loa aired 482117")
    );
}

/// What stays of a package when a second link is wrong, and when the article is gone from the link it was seen under.
#[tokio::test]
async fn a_second_look_says_what_is_true() {
    use std::sync::atomic::{AtomicU16, Ordering::Relaxed};
    // What the site does: 0 shows the article, 1 shows another page, or a status.
    let does = Arc::new(AtomicU16::new(0));
    let answer = does.clone();
    let router = Router::new()
        .route(
            "/tin/bai",
            get(move || async move {
                match answer.load(Relaxed) {
                    0 => Html(article("<img src=/poster.png>")).into_response(),
                    1 => page_gone().into_response(),
                    status => StatusCode::from_u16(status).expect("a status").into_response(),
                }
            }),
        )
        .route("/poster.png", get(|| async { ([("content-type", "image/png")], png(640, 480)) }))
        .route("/tin/khac", get(|| async { Html("<h1>Tin khác</h1>") }));
    let base = serve(router).await;
    let l = world(&base).await;
    let pages = Pages::new(true).expect("a client");
    let (s, link) = (&l.store, format!("{base}/tin/bai"));
    l.send("goi", NOW, |_, _| Event::Accepted).await;
    let code = l.code(l.row("c/a", "phuong-le-chan/website").await.id()).await;
    let look =
        async |link: &str| done(s, &pages, &code, link, "mai", at(NOW), Lang::Vi).await.expect("recorded");
    let row = async || {
        let r = l.row("c/a", "phuong-le-chan/website").await;
        (r.afterwards.unwrap_or_default(), r.pending, r.receipt_url.unwrap_or_default())
    };
    let found = async || {
        let (from, until) = (ms("2026-11-30T00:00:00+07:00"), ms("2026-12-01T00:00:00+07:00"));
        let rows = s.reach_rows(from, until, None).await.expect("figures");
        rows.iter().filter(|r| r.metric == "link_ok").map(|r| r.value).collect::<Vec<_>>()
    };
    let published = ("published".to_owned(), 0, link.clone());
    assert_eq!(look(&link).await.effect, EvidenceEffect::Settled);
    assert_eq!((row().await, found().await), (published.clone(), vec![1]));

    let wrong = look(&format!("{base}/tin/khac")).await;
    assert_eq!(wrong.effect, EvidenceEffect::Stays(link.clone()));
    assert!(wrong.sentence(Lang::Vi).contains("vẫn ghi là đã đăng"), "{}", wrong.sentence(Lang::Vi));
    // A site that does not serve now, or asks for a login, does not show that the article is gone.
    for status in [503, 403] {
        does.store(status, Relaxed);
        assert_eq!(look(&link).await.effect, EvidenceEffect::Stays(link.clone()), "{status}");
    }
    assert_eq!((row().await, found().await), (published.clone(), vec![1]));

    for gone in [1, 404] {
        does.store(gone, Relaxed);
        let seen = look(&link).await;
        assert_eq!(seen.effect, EvidenceEffect::Gone, "{gone}");
        assert!(seen.sentence(Lang::Vi).contains("bị gỡ"), "{}", seen.sentence(Lang::Vi));
        assert_eq!((row().await, found().await), (("withdrawn".to_owned(), 1, link.clone()), vec![0]));
        assert_eq!(s.handover_open().await.expect("rows").len(), 2, "it waits for a link again");
        assert_eq!(look(&link).await.effect, EvidenceEffect::Open, "said once");
        let problems = LogFilter { problems: Some(ms(NOW)), limit: 10, ..LogFilter::default() };
        let shown = s.log_page(&problems).await.expect("a log").rows;
        assert_eq!(shown.iter().filter(|r| r.target_ref == "phuong-le-chan/website").count(), 1);
        does.store(0, Relaxed);
        assert_eq!(look(&link).await.effect, EvidenceEffect::Settled);
        assert_eq!((row().await, found().await), (published.clone(), vec![1]));
    }
    // A login in the link is neither in the row, nor in what is on record.
    let with_login = link.replace("http://", "http://mai:mat-khau@");
    assert_eq!(look(&with_login).await.effect, EvidenceEffect::Stays(link.clone()));
    let letters = loa::domain::delivery::code_letters(l.row("c/a", "phuong-le-chan/website").await.code);
    let audit = s.audit_of(&letters).await.expect("an audit");
    assert!(audit.len() > 5 && !format!("{audit:?}").contains("mat-khau"), "{audit:?}");
}

/// A site in mode `publish` whose plugin holds posts for somebody to look at.
#[tokio::test]
async fn a_post_that_its_site_kept_back_is_answered_by_a_link_too() {
    let base = site().await;
    let l = Ledger::new().await;
    let plan = PlanWrite {
        channels: Some(vec![channel("so", "Sở", "website", "web", "wordpress")]),
        posts: vec![post("c/a", TITLE)],
        occurrences: vec![occurrence("c/a", "website", "2026-11-30T08:00:00+07:00", &["so"])],
        ..PlanWrite::default()
    };
    l.plan(&plan, NOW).await;
    let (s, link) = (&l.store, format!("{base}/tin/bai"));
    let pages = Pages::new(true).expect("a client");
    l.send_with("web", NOW, |_| true, |_, _| Event::Accepted).await;
    let row = l.row("c/a", "so/website").await;
    let code = l.code(row.id()).await;
    let open = s.handover_open().await.expect("rows");
    assert_eq!(
        open.iter().map(|r| (r.unit.as_str(), r.kind.as_str(), r.mode.as_deref())).collect::<Vec<_>>(),
        [("so", "wordpress", None)]
    );
    let d = done(s, &pages, &code, &link, "mai", at(NOW), Lang::Vi).await.expect("recorded");
    assert_eq!(d.effect, EvidenceEffect::Settled);
    assert_eq!(l.row("c/a", "so/website").await.afterwards.as_deref(), Some("published"));
    assert_eq!(s.handover_open().await.expect("rows"), []);
}

/// Packages are recalled, to sites and to the press; a post that lies at a site is not recalled by publishing a reminder there.
#[tokio::test]
async fn sites_and_newspapers_are_reminded_and_no_site_is_written_to() {
    let l = Ledger::new().await;
    let mut school = channel("truong", "Trường", "website", "web-truong", "wordpress");
    school.mode = Some("draft".into());
    let mut paper = channel("bao-mau", "Báo Mẫu", "press", "goi", "hand-over");
    paper.mode = None;
    let mut by_friday = post("c/a", TITLE);
    by_friday.sendings = ["website", "press"]
        .map(|f| (f.to_owned(), f.to_owned(), 2, r#"{"done_by":"2026-12-04"}"#.to_owned()))
        .to_vec();
    let plan = PlanWrite {
        channels: Some(vec![
            school,
            paper,
            channel("phuong-le-chan", "Phường Lê Chân", "website", "goi", "hand-over"),
        ]),
        posts: vec![by_friday],
        occurrences: vec![
            occurrence("c/a", "website", "2026-11-30T08:00:00+07:00", &["truong", "phuong-le-chan"]),
            occurrence("c/a", "press", "2026-11-30T08:00:00+07:00", &["bao-mau"]),
        ],
        ..PlanWrite::default()
    };
    l.plan(&plan, NOW).await;
    l.send("goi", NOW, |_, _| Event::Accepted).await;
    l.send_with("web-truong", NOW, |_| true, |_, _| Event::Accepted).await;
    assert_eq!(l.store.handover_open().await.expect("rows").len(), 3);

    let settings = loa::config::Settings::defaults(std::path::Path::new("/nowhere"));
    let press = loa::plan::sheets::Press {
        store: &l.store,
        settings: &settings,
        templates: &loa::render::Templates::builtin().expect("templates"),
        calendars: &loa::domain::calendar::Calendars::default(),
        organisation: "Sở",
        people: &std::collections::BTreeMap::new(),
    };
    assert_eq!(press.reminders(at("2026-12-03T08:59:00+07:00")).await.expect("a turn"), 0);
    assert_eq!(press.reminders(at("2026-12-03T09:00:00+07:00")).await.expect("a turn"), 2);
    let rows = l.rows().await;
    let mut sent: Vec<_> = rows
        .iter()
        .filter(|r| r.origin == "system/reminder")
        .map(|r| (r.target_ref.as_str(), r.kind.as_str(), r.account.as_str()))
        .collect();
    sent.sort_unstable();
    assert_eq!(sent, [("bao-mau/press", "hand-over", "goi"), ("phuong-le-chan/website", "hand-over", "goi")]);
    // Nobody is urged to publish what somebody has stopped since; when it goes on, they are.
    let hold = NewHold {
        scope: "post".into(),
        r: "c/a".into(),
        reason: String::new(),
        blackout: false,
        from_at: ms("2026-12-04T09:00:00+07:00"),
        until_at: None,
    };
    let monday = || at("2026-12-07T09:00:00+07:00");
    l.store.hold_add(&hold, &loa::domain::people::Actor::system(), hold.from_at).await.expect("a hold");
    assert_eq!(press.reminders(monday()).await.expect("a turn"), 0);
    l.store
        .hold_release("post", "c/a", &loa::domain::people::Actor::system(), hold.from_at + 1)
        .await
        .expect("a release");
    assert_eq!(press.reminders(monday()).await.expect("a turn"), 2);
}

/// The package as the office's own workspace makes it: its pictures are files, and are looked for.
#[tokio::test]
async fn a_real_package_has_a_picture_to_look_for() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let settings = loa::config::Settings::defaults(root);
    let today = chrono::NaiveDate::from_ymd_opt(2026, 11, 23).expect("a day");
    let loaded = loa::manifest::load(root, &settings, today);
    let campaign = loaded.workspace.campaigns.first().expect("a campaign");
    let post_with =
        |p: &&loa::domain::campaign::Post| p.assets.iter().any(|a| a.asset.as_str() == "poster-biz-vn");
    let article_post = campaign.posts.iter().find(post_with).expect("a post with a poster");
    let documents = campaign
        .legal_basis
        .iter()
        .map(|b| {
            let d =
                loa::render::Document { mime: "application/pdf".into(), sha256: "0".repeat(64), bytes: 9 };
            (b.number.clone(), d)
        })
        .collect();
    let context = loa::render::RenderContext {
        templates: &loa::render::Templates::builtin().expect("templates"),
        organisation: "Sở",
        public_url: None,
        duty_phone: None,
        done_by: None,
        documents: &documents,
        pace: loa::domain::speech::Pace::default(),
        pictures: &loa::render::AsTheyAre,
    };
    let ws = &loaded.workspace;
    let form = loa::transport::form("hand-over").unwrap();
    let mut package = loa::render::render(article_post, campaign, ws, form, &context).expect("a package");
    assert!(package.attachments.iter().any(|a| a.mime.starts_with("image/")));
    package.title = TITLE.into();

    let base = site().await;
    let l = world(&base).await;
    l.freeze("c/b", &package).await;
    l.plan(
        &PlanWrite {
            occurrences: vec![occurrence("c/b", "website", "2026-11-30T08:00:00+07:00", &["phuong-le-chan"])],
            ..PlanWrite::default()
        },
        NOW,
    )
    .await;
    l.send("goi", NOW, |_, _| Event::Accepted).await;
    let code = l.code(l.row("c/b", "phuong-le-chan/website").await.id()).await;
    let pages = Pages::new(true).expect("a client");
    for (path, verdict) in [("/tin/khong-anh", LinkVerdict::NoImage), ("/tin/bai", LinkVerdict::Good)] {
        let link = format!("{base}{path}");
        let d = done(&l.store, &pages, &code, &link, "mai", at(NOW), Lang::Vi).await.expect("recorded");
        assert_eq!(d.check.verdict, verdict, "{path}");
        assert!(d.check.sentence(Lang::Vi).contains("ảnh"));
    }
}

#[tokio::test]
async fn a_station_answers_to_its_sheet() {
    let l = world("").await;
    let s = &l.store;
    let friday = at("2026-12-04T16:00:00+07:00");
    let row = |unit: &'static str, origin: &'static str| l.row(origin, unit);
    let code = l.code(row("phuong-le-chan/station", "c/a").await.id()).await;
    let e = aired(s, &code, &n(&[1]), None, false, "hoa", friday).await.expect_err("no sheet yet");
    assert!(matches!(e, AnswerFault::NotHandedOver(_)), "{e}");
    // The sheet leaves on the Friday before; nothing can have been aired by then.
    l.sheet("phuong-le-chan", "482116", "2026-11-27T14:00:00+07:00").await;
    let before = at("2026-11-28T09:00:00+07:00");
    let e = aired(s, "482116", &Airings::All, None, false, "hoa", before).await.expect_err("too early");
    assert!(matches!(e, AnswerFault::TooEarly(_)), "{e}");

    let e = aired(s, "482116", &n(&[6, 5]), None, false, "hoa", friday).await.expect_err("too many");
    assert!(matches!(e, AnswerFault::TooMany { declared: 11, wanted: 10 }), "{e}");
    assert!(e.message(Lang::Vi).contains("Khai 11 buổi") && e.message(Lang::Vi).contains("--more"));
    for (said, why) in [(n(&[]), None), (n(&[5, 5]), Some("mất điện"))] {
        let e = aired(s, "482116", &said, why, false, "hoa", friday).await.expect_err("unclear");
        assert!(matches!(e, AnswerFault::Unclear), "{e}");
    }
    for (said, why) in [(n(&[0]), None), (n(&[5, 0]), None), (Airings::None, Some("  "))] {
        let e = aired(s, "482116", &said, why, false, "hoa", friday).await.expect_err("why not?");
        assert!(matches!(e, AnswerFault::NoReason), "{e}");
    }
    // Two items: one number says neither which was aired nor that the other was not.
    let e = aired(s, "482116", &n(&[7]), None, false, "hoa", friday).await.expect_err("of which item?");
    assert!(matches!(&e, AnswerFault::AskEach { asked, .. } if *asked == [5, 5]), "{e}");
    assert_eq!(declared(&l, "482116").await, [None, None], "nothing was recorded");

    let a = aired(s, "482116", &n(&[5, 2]), None, false, "hoa", friday).await.expect("recorded");
    assert_eq!((a.sums(), a.unit.as_str()), ((10, 7), "phuong-le-chan"));
    let spaced =
        aired(s, "482 116", &n(&[5, 2]), None, false, "hoa", friday).await.expect("as the sheet prints it");
    assert_eq!(spaced.code, "482116");
    assert_eq!(a.sentence(Lang::Vi), "Đã nhận: 7/10 buổi của phiếu 482116. Có thể khai lại nếu ghi nhầm.");
    assert_eq!(declared(&l, "482116").await, [Some(5), Some(2)]);
    assert_eq!(row("phuong-le-chan/station", "c/b").await.afterwards.as_deref(), Some("aired"));
    // A later word replaces the earlier; one item alone by its own code; more than asked for only on purpose.
    let code_b = l.code(row("phuong-le-chan/station", "c/b").await.id()).await;
    aired(s, &code_b, &Airings::None, Some("mất điện"), false, "hoa", friday).await.expect("recorded");
    assert_eq!(declared(&l, "482116").await, [Some(5), Some(0)]);
    assert_eq!(row("phuong-le-chan/station", "c/b").await.afterwards.as_deref(), Some("skipped"));
    aired(s, "482116", &n(&[7, 5]), None, true, "hoa", friday).await.expect("recorded");
    assert_eq!(declared(&l, "482116").await, [Some(7), Some(5)]);
    let (from, until) = (ms("2026-11-30T00:00:00+07:00"), ms("2026-12-07T00:00:00+07:00"));
    let figures = s.reach_rows(from, until, None).await.expect("figures");
    let covered: i64 = figures.iter().filter(|f| f.metric == "people_covered").map(|f| f.value).sum();
    assert_eq!(covered, 12 * 12_500, "the last word alone");

    // The sheet's own row means the sheet; a package means nothing here.
    let sheet = l.rows().await.into_iter().find(|r| r.origin == "system/sheet").expect("the sheet");
    let by_row =
        aired(s, &l.code(sheet.id()).await, &n(&[10]), None, false, "hoa", friday).await.expect("recorded");
    assert_eq!((by_row.code.as_str(), by_row.sums()), ("482116", (10, 10)), "all ten airings: all of it");
    assert_eq!(declared(&l, "482116").await, [Some(5), Some(5)]);
    let package = l.code(row("phuong-le-chan/website", "c/a").await.id()).await;
    let e = aired(s, &package, &n(&[1]), None, false, "hoa", friday).await.expect_err("a package");
    assert!(matches!(e, AnswerFault::NotAStation(_)), "{e}");
    let e = aired(s, "999999", &n(&[1]), None, false, "hoa", friday).await.expect_err("no sheet");
    assert!(matches!(e, AnswerFault::NoSuchCode(_)), "{e}");
}

/// Numbers as they are typed.
fn n(said: &[u32]) -> Airings {
    Airings::Each(said.to_vec())
}

async fn declared(l: &Ledger, sheet: &str) -> Vec<Option<i64>> {
    l.store.sheet_rows(sheet).await.expect("rows").iter().map(|r| r.sessions).collect()
}

/// Telegram's transport with the address of a Bot API.
fn telegram(api: &str) -> Arc<dyn Transport> {
    let build = Build {
        account: "tg".into(),
        settings: serde_json::json!({ "token": "123456:abc", "api_url": api }),
        vault: None,
        carrier: None,
    };
    (loa::transport::kind("telegram").expect("the kind").build)(build).expect("a transport")
}

#[tokio::test]
async fn chats_are_asked_once_and_one_that_fails_hides_no_other() {
    type Asked = Arc<std::sync::Mutex<Vec<String>>>;
    let asked: Asked = Asked::default();
    async fn members(State(asked): State<Asked>, body: String) -> impl axum::response::IntoResponse {
        asked.lock().expect("a list").push(body);
        ([("content-type", "application/json")], r#"{"ok":true,"result":512}"#)
    }
    let router =
        Router::new().route("/bot123456:abc/GetChatMemberCount", on_post(members)).with_state(asked.clone());
    let works = serve(router).await;
    let refuses = Router::new().fallback(|| async {
        (
            StatusCode::UNAUTHORIZED,
            [("content-type", "application/json")],
            r#"{"ok":false,"error_code":401,"description":"Unauthorized"}"#,
        )
    });
    let refuses = serve(refuses).await;

    let l = Ledger::new().await;
    let chat = |unit: &str, account: &str, id: &str| {
        let mut c = channel(unit, unit, "telegram", account, "telegram");
        c.address = Some(id.into());
        c
    };
    let plan = PlanWrite {
        channels: Some(vec![
            chat("a", "tg", "-1001"),
            chat("b", "tg", "-1002"),
            chat("nguoi", "tg", "42"),
            chat("hong", "tg-hong", "-1003"),
        ]),
        posts: vec![post("c/p", "Bài")],
        occurrences: vec![occurrence(
            "c/p",
            "telegram",
            "2026-11-30T08:00:00+07:00",
            &["a", "b", "nguoi", "hong"],
        )],
        ..PlanWrite::default()
    };
    l.plan(&plan, NOW).await;
    l.send("tg", NOW, |_, _| Event::Accepted).await;
    l.send("tg-hong", NOW, |_, _| Event::Accepted).await;
    let asks = [("tg-hong".to_owned(), telegram(&refuses)), ("tg".to_owned(), telegram(&works))];
    let now = at(NOW) + chrono::TimeDelta::minutes(1);
    let t = tick(&l.store, &asks, now).await.expect("a turn");
    assert_eq!((t.asked, t.figures), (4, 2));
    assert_eq!(t.failures.iter().map(|f| f.0.as_str()).collect::<Vec<_>>(), ["tg-hong"]);
    assert_eq!(t.next_wake, Some(now + chrono::TimeDelta::minutes(5)));
    let (from, until) = (ms("2026-11-30T00:00:00+07:00"), ms("2026-12-01T00:00:00+07:00"));
    let rows = l.store.reach_rows(from, until, None).await.expect("figures");
    let got: Vec<_> =
        rows.iter().map(|r| (r.unit.as_str(), r.metric.as_str(), r.value, r.grade.as_str())).collect();
    assert_eq!(got, [("a", "members", 512, "platform"), ("b", "members", 512, "platform")]);
    // Nobody is asked again at once; what failed is asked again later, what answered never.
    assert_eq!(tick(&l.store, &asks, now).await.expect("a turn").asked, 0);
    let later = now + chrono::TimeDelta::hours(7);
    assert_eq!(tick(&l.store, &asks, later).await.expect("a turn").asked, 2);
    assert_eq!(asked.lock().expect("a list").len(), 2, "a person's chat is not counted");
    let old = now + chrono::TimeDelta::days(4);
    assert_eq!(tick(&l.store, &asks, old).await.expect("a turn").asked, 0);
}
