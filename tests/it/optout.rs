//! The opt-out page and the local port over a real listener, spoken to by clients that know nothing of Loa.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use loa::config::Settings;
use loa::domain::id::{ListId, UnitId};
use loa::domain::people::Actor;
use loa::domain::port::Clock;
use loa::domain::unit::{ContactList, ContactRow, Ground};
use loa::kit::AssetStore;
use loa::render::Templates;
use loa::store::{ChannelRow, LogFilter, NewOccurrence, NewPost, NewRevision, PlanWrite, Store};
use loa::web::{Health, HealthReport};

use crate::support::{Client, client, serve};

#[derive(Debug)]
struct Still(DateTime<Utc>);
#[async_trait]
impl Clock for Still {
    fn now(&self) -> DateTime<Utc> {
        self.0
    }
    async fn sleep_until(&self, _: DateTime<Utc>) {}
}

struct World {
    store: Store,
    base: String,
    http: Client,
    surrogates: Vec<String>,
}

const LISTS: [&str; 2] = ["l1", "l2"];

/// Three people in two lists, whose rows are in the ledger, and a listener.
async fn world() -> World {
    let store = Store::in_memory().await.expect("a database");
    let list = |id: &str, title: &str| ContactList {
        id: ListId::new(id),
        title: title.into(),
        ground: Ground::Consent,
        source: "test".into(),
        contacts: (0..3)
            .map(|i| ContactRow {
                name: Some(format!("Người {i}")),
                email: Some(format!("nguoi{i}@x.example")),
                zalo: None,
                telegram: None,
                ground: None,
            })
            .collect(),
    };
    let plan = PlanWrite {
        channels: Some(vec![ChannelRow {
            target_ref: "so/website".into(),
            unit: "so".into(),
            unit_name: "Sở Văn hóa & Thể thao <mẫu>".into(),
            family: "website".into(),
            account: "acc".into(),
            kind: "scripted".into(),
            mode: None,
            url: None,
            address: None,
            covered: None,
            officer: None,
            station: None,
        }]),
        lists: Some(vec![list("l1", "Tin dành cho hộ kinh doanh"), list("l2", "Danh sách hai")]),
        posts: vec![NewPost {
            revision: Some(NewRevision {
                origin: "c/p".into(),
                hash: "h".into(),
                class: "policy".into(),
                title: "Tiêu đề".into(),
                author: "an".into(),
                manifest: "{}".into(),
            }),
            origin: "c/p".into(),
            title: "Tiêu đề".into(),
            stopped: None,
            sendings: vec![],
        }],
        occurrences: vec![NewOccurrence {
            origin: "c/p".into(),
            sending: "s".into(),
            slot: "once".into(),
            family: "email".into(),
            priority: 2,
            planned_for: 1000,
            due_at: 1000,
            expires_at: 9_000_000,
            times: 1,
            channels: vec![],
            lists: vec!["l1".into()],
            except_lists: vec![],
            carrier: Some(("acc".into(), "scripted".into())),
        }],
        ..PlanWrite::default()
    };
    store.plan_write(&plan, None, i64::MAX / 4, &Actor::system(), 1).await.expect("a plan");
    let id = store.occurrence_all().await.expect("occurrences")[0].id;
    store.gate_turn(&[(id, None)], 2).await.expect("an open gate");
    assert_eq!(store.expand_step(2000, 4).await.expect("an expansion"), (3, false));
    let filter = LogFilter { limit: 10, ..LogFilter::default() };
    let rows = store.log_page(&filter).await.expect("a log").rows;
    let surrogates =
        rows.iter().map(|r| r.target_ref.trim_start_matches("contact/").to_owned()).collect::<Vec<_>>();
    assert_eq!(surrogates.len(), 3);

    let mut settings = Settings::defaults(std::path::Path::new("/nowhere"));
    settings.organisation = UnitId::new("so");
    settings.duty_phone = Some("0900 000 021".into());
    let router = loa::web::public(
        store.clone(),
        Arc::new(Still(DateTime::from_timestamp_millis(5_000).expect("a time"))),
        Arc::new(settings),
        Arc::new(Templates::builtin().expect("the program's own templates")),
        AssetStore::new(std::env::temp_dir().join("loa-no-assets")),
    );
    World { base: serve(router).await, store, http: client(), surrogates }
}

impl World {
    fn link(&self, person: usize, list: &str) -> String {
        let token = self.store.key().link_token(&format!("email~{}~{list}", self.surrogates[person]));
        format!("{}/o/{token}", self.base)
    }
    async fn post(&self, url: &str, body: &str) -> (u16, String) {
        let r = self
            .http
            .post(url)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body.to_owned())
            .send()
            .await
            .expect("an answer");
        (r.status().as_u16(), r.text().await.expect("a body"))
    }
    async fn get(&self, url: &str) -> (u16, String) {
        let r = self.http.get(url).send().await.expect("an answer");
        (r.status().as_u16(), r.text().await.expect("a body"))
    }
    /// Who still gets mails of each list.
    async fn reached(&self) -> [i64; 2] {
        let mut out = [0; 2];
        for (n, l) in out.iter_mut().zip(LISTS) {
            *n = self.store.list_reachable(&[l.to_owned()], &[], "email").await.expect("a count");
        }
        out
    }
}

#[tokio::test]
async fn the_pages_are_left_for_people_to_look_at() {
    let w = world().await;
    let url = w.link(0, "l1");
    for (name, (_, page)) in [
        ("tu-choi-hoi.html", w.get(&url).await),
        ("tu-choi-hoi-en.html", w.get(&format!("{url}?lang=en")).await),
        ("tu-choi-xong.html", w.post(&url, "leave=list").await),
        ("tu-choi-het-en.html", w.post(&format!("{url}?lang=en"), "all=1").await),
        ("tu-choi-sai.html", w.get(&format!("{}/o/x", w.base)).await),
    ] {
        assert!(page.ends_with("</html>\n") && !page.contains("{{"), "{page}");
        std::fs::write(std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(name), page).expect("a file");
    }
}

#[tokio::test]
async fn looking_changes_nothing() {
    let w = world().await;
    let url = w.link(0, "l1");
    for _ in 0..2 {
        let (status, page) = w.get(&url).await;
        assert_eq!(status, 200);
        assert!(page.contains("<html lang=\"vi\">") && page.contains("Tin dành cho hộ kinh doanh"), "{page}");
        assert!(page.contains("Sở Văn hóa &amp; Thể thao &lt;mẫu&gt;"), "{page}");
        assert!(page.contains("name=\"all\"") && page.contains("0900 000 021"), "{page}");
    }
    let (_, page) = w.get(&format!("{url}?lang=en")).await;
    assert!(page.contains("<html lang=\"en\">") && page.contains("Stop this list"), "{page}");
    assert_eq!(w.http.head(&url).send().await.expect("an answer").status().as_u16(), 200);
    // A scanner that adds what the button would say to the address still only looks.
    w.get(&format!("{url}?List-Unsubscribe=One-Click&all=1")).await;
    assert_eq!(w.reached().await, [3, 3]);
}

#[tokio::test]
async fn one_click_leaves_the_list_once_and_everything_when_asked() {
    let w = world().await;
    let url = w.link(0, "l1");
    let (status, first) = w.post(&url, "List-Unsubscribe=One-Click").await;
    assert_eq!(status, 200);
    assert_eq!(w.reached().await, [2, 3]);
    let (status, again) = w.post(&url, "List-Unsubscribe=One-Click").await;
    assert_eq!((status, &again), (200, &first), "the same answer");
    assert_eq!(w.store.suppression_count("opted_out").await.expect("a count"), 1);
    let (status, page) = w.post(&format!("{url}?lang=en"), "all=1").await;
    assert!(status == 200 && page.contains("You will receive no more mails from us."), "{page}");
    assert_eq!(w.reached().await, [2, 2]);
    // Only what the person did is on record, by link, once each.
    let audit = w.store.audit_of(&format!("contact/{}", w.surrogates[0])).await.expect("an audit");
    assert_eq!(audit.len(), 2);
    assert!(audit.iter().all(|a| a.action == "person.opt_out" && a.proof == "link" && a.at == 5_000));
}

#[tokio::test]
async fn a_list_that_is_none_means_everything() {
    let w = world().await;
    let url = w.link(1, "");
    let (_, page) = w.get(&url).await;
    assert!(!page.contains("name=\"leave\"") && page.contains("name=\"all\""), "{page}");
    assert_eq!(w.post(&url, "List-Unsubscribe=One-Click").await.0, 200);
    assert_eq!(w.reached().await, [2, 2]);
}

#[tokio::test]
async fn known_and_unknown_people_get_the_same_answer() {
    let w = world().await;
    let nobody = w.store.key().link_token("email~00000000000000000000~l1");
    let nobody = format!("{}/o/{nobody}", w.base);
    assert_eq!(w.get(&nobody).await, w.get(&w.link(0, "l1")).await);
    let unknown = w.post(&nobody, "List-Unsubscribe=One-Click").await;
    assert_eq!(unknown, w.post(&w.link(0, "l1"), "List-Unsubscribe=One-Click").await);
    assert_eq!(w.reached().await, [2, 3]);
}

#[tokio::test]
async fn forged_and_odd_requests_do_nothing() {
    let w = world().await;
    let good = w.link(0, "l1");
    let token = good.rsplit('/').next().expect("a token").to_owned();
    let sealed = w.store.key().link_token("website~x~l1");
    for bad in [
        token.replace("~l1.", "~l2."),
        token.replace("email~", "zalo~"),
        token[..token.len() - 2].to_owned(),
        format!("{token}00"),
        "x".into(),
        "..".into(),
        "%00".into(),
        "%F0%9F%98%80.zz".into(),
        sealed,
        w.store.key().link_token("email"),
        w.store.key().link_token("email~~l1"),
        w.store.key().link_token(&"x".repeat(500)),
    ] {
        let url = format!("{}/o/{bad}", w.base);
        for (status, body) in [w.get(&url).await, w.post(&url, "List-Unsubscribe=One-Click").await] {
            assert_eq!(status, 404, "{bad}: {body}");
        }
    }
    // A post that says neither is no answer; a body without end is not read.
    let (status, page) = w.post(&good, "hello=1").await;
    assert!(status == 400 && page.contains("<form"), "{status} {page}");
    assert_eq!(w.post(&good, &"a".repeat(40_000)).await.0, 413);
    assert_eq!(w.http.put(&good).body("all=1").send().await.expect("an answer").status().as_u16(), 405);
    assert_eq!(w.get(&format!("{}/", w.base)).await.0, 404);
    assert_eq!(w.get(&format!("{}/metrics", w.base)).await.0, 404);
    assert_eq!(w.reached().await, [3, 3]);
}

#[tokio::test]
async fn headers_protect_the_page() {
    let w = world().await;
    let url = w.link(0, "l1");
    let posted = w.http.post(&url).body("List-Unsubscribe=One-Click").send().await.expect("an answer");
    let missing = w.http.get(format!("{}/o/x", w.base)).send().await.expect("an answer");
    for r in [w.http.get(&url).send().await.expect("an answer"), posted, missing] {
        let h = r.headers();
        let has = |name: &str| h.get(name).map(|v| v.to_str().expect("text")).unwrap_or_default().to_owned();
        assert_eq!(has("cache-control"), "no-store");
        assert_eq!(has("referrer-policy"), "no-referrer");
        assert_eq!(has("x-content-type-options"), "nosniff");
        assert!(has("content-security-policy").contains("default-src 'none'"));
        assert!(h.get("set-cookie").is_none() && h.get("location").is_none());
    }
}

/// curl and its own multipart writer: the body as another program makes it.
#[tokio::test]
async fn curl_opts_out_with_either_body() {
    let w = world().await;
    for (person, flag) in [(0, "--data"), (1, "--form")] {
        let url = w.link(person, "l1");
        let out = tokio::process::Command::new("curl")
            .args(["--silent", "--show-error", "--noproxy", "*", "--max-time", "20"])
            .args(["--output", "/dev/null", "--write-out", "%{http_code} %{num_redirects}"])
            .args([flag, "List-Unsubscribe=One-Click", &url])
            .output()
            .await
            .expect("curl runs");
        assert_eq!(String::from_utf8_lossy(&out.stdout), "200 0", "{}", String::from_utf8_lossy(&out.stderr));
    }
    assert_eq!(w.reached().await, [1, 3]);
}

struct Fixed(HealthReport);
#[async_trait]
impl Health for Fixed {
    async fn report(&self) -> HealthReport {
        self.0.clone()
    }
}

#[tokio::test]
async fn the_local_port_tells_the_truth() {
    let http = client();
    let says = |problems: &[&str]| problems.iter().map(|p| (*p).to_owned()).collect::<Vec<_>>();
    for (alive, ready, problem, healthz, readyz) in [
        (true, true, None, 200, 200),
        (true, false, Some("planner"), 200, 503),
        (false, true, Some("writer"), 503, 503),
    ] {
        let report = HealthReport { alive, ready, problems: says(problem.as_slice()) };
        let base =
            serve(loa::web::local(Arc::new(Fixed(report)), || "# TYPE x counter\nx 1\n".to_owned())).await;
        for (path, want) in [("healthz", healthz), ("readyz", readyz), ("metrics", 200), ("o/x", 404)] {
            let r = http.get(format!("{base}/{path}")).send().await.expect("an answer");
            assert_eq!(r.status().as_u16(), want, "{path}");
            let text = r.text().await.expect("a body");
            if want == 503 {
                assert!(text.contains(problem.expect("a problem")), "{text}");
            }
            if path == "metrics" {
                assert_eq!(text, "# TYPE x counter\nx 1\n");
            }
        }
    }
}

#[tokio::test]
async fn a_picture_approved_for_a_channel_that_fetches_is_given_and_nothing_else_is() {
    let dir = tempfile::tempdir().expect("a folder");
    let assets = AssetStore::new(dir.path().join("assets"));
    let mut png = std::io::Cursor::new(vec![]);
    image::DynamicImage::new_rgb8(20, 20).write_to(&mut png, image::ImageFormat::Png).expect("a picture");
    let png = png.into_inner();
    let shown = assets.put(&png).expect("stored");
    let document = assets.put(crate::support::files::pdf("noi bo").as_bytes()).expect("stored");
    let mut other = std::io::Cursor::new(vec![]);
    image::DynamicImage::new_rgb8(21, 20).write_to(&mut other, image::ImageFormat::Png).expect("a picture");
    let kept = assets.put(&other.into_inner()).expect("stored");
    // A picture above what channels take is an original: it is not given.
    let mut large = std::io::Cursor::new(vec![]);
    let noise = image::RgbImage::from_fn(700, 700, |x, y| {
        let n =
            x.wrapping_mul(2_654_435_761).wrapping_add(y.wrapping_mul(40_503)).wrapping_mul(2_246_822_519);
        image::Rgb([(n >> 8) as u8, (n >> 16) as u8, (n >> 24) as u8])
    });
    noise.write_to(&mut large, image::ImageFormat::Png).expect("a picture");
    let large = large.into_inner();
    assert!(large.len() as u64 > loa::domain::kit::PUBLIC_PICTURE, "{}", large.len());
    let large = assets.put(&large).expect("stored");
    for sha256 in [&shown, &document, &large] {
        assets.publish(sha256).expect("published");
    }
    assert!(assets.publish("../key").is_err());
    let store = Store::open("sqlite::memory:", &dir.path().join("key")).await.expect("a ledger");
    let base = serve(loa::web::public(
        store,
        Arc::new(Still(DateTime::from_timestamp_millis(5_000).expect("a time"))),
        Arc::new(Settings::defaults(std::path::Path::new("/nowhere"))),
        Arc::new(Templates::builtin().expect("the program's own templates")),
        assets,
    ))
    .await;
    let answer = client().get(format!("{base}/p/{shown}.png")).send().await.expect("an answer");
    let head = |name: &str| answer.headers()[name].to_str().expect("text").to_owned();
    assert_eq!((answer.status().as_u16(), head("content-type")), (200, "image/png".to_owned()));
    assert!(head("cache-control").contains("immutable") && head("x-content-type-options") == "nosniff");
    assert_eq!(answer.bytes().await.expect("bytes"), png);
    for name in [
        format!("{shown}.jpg"),
        shown.clone(),
        format!("{document}.png"),
        format!("{document}.pdf"),
        format!("{large}.png"),
        // In the store, and approved for no channel that fetches.
        format!("{kept}.png"),
        format!("{}.png", "0".repeat(64)),
        format!("{}.png", shown.to_uppercase()),
        "..%2f..%2fkey.png".to_owned(),
        "derived.png".to_owned(),
    ] {
        let got = client().get(format!("{base}/p/{name}")).send().await.expect("an answer");
        assert_eq!(got.status().as_u16(), 404, "{name}");
    }
}
