//! WordPress: Debian's own, with answers lost on demand between it and us.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use chrono::TimeDelta;
use loa::domain::message::{Outbound, Role};
use loa::domain::outcome::{Fault as Refusal, Found, Outcome, Receipt};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::fakes::{Fault, FaultProxy, Matches, Request};
use crate::support::outbound::{body, file, outbound, picture, transport};
use crate::support::wordpress::{WordPress, wordpress};

type Site = std::sync::Arc<dyn loa::transport::Transport>;

fn site(wp: &WordPress, user: &str) -> Site {
    transport("wordpress", wp.settings(user, &wp.url))
}

fn slug(m: &Outbound) -> String {
    format!("ho-kinh-doanh-len-mang-{}", m.key.short(8))
}

fn accepted(o: Outcome) -> Receipt {
    let Outcome::Accepted(r) = o else { panic!("{o:?}") };
    r
}

/// A message of an identity no earlier run of the tests used: the site is kept between runs.
fn fresh(name: &str) -> Outbound {
    outbound(&format!("{name}-{}-{}", std::process::id(), rand::random::<u64>()), "")
}

/// The posts of a delivery, by what visitors and editors see.
async fn states(wp: &WordPress, m: &Outbound) -> Vec<String> {
    wp.posts(&slug(m)).await.iter().map(|p| p["status"].as_str().unwrap().to_owned()).collect()
}

fn creates(r: &Request) -> bool {
    r.method == "POST" && r.path.ends_with("/wp/v2/posts")
}
fn publishes(r: &Request) -> bool {
    r.method == "POST" && String::from_utf8_lossy(&r.body) == r#"{"status":"publish"}"#
}
fn uploads(r: &Request) -> bool {
    r.method == "POST" && r.path.ends_with("/wp/v2/media")
}
fn looks(r: &Request) -> bool {
    r.method == "GET" && r.path.ends_with("/wp/v2/posts")
}
fn reads_post(r: &Request) -> bool {
    r.method == "GET" && r.path.contains("/wp/v2/posts/")
}

#[tokio::test]
async fn a_post_with_pictures_file_and_terms() {
    let wp = wordpress();
    let t = site(wp, "editor");
    t.probe().await.unwrap();
    let mut m = fresh("whole");
    let shade: u32 = rand::random();
    body(&mut m).html =
        Some("<p>Đăng ký <strong>tên miền</strong>.</p><img src=\"cid:trong\" alt=\"Ảnh\">".into());
    body(&mut m).categories = vec!["Chuyển đổi số".into(), "Tin & bài".into()];
    body(&mut m).tags = vec![".vn".into(), "hộ kinh doanh".into()];
    m.blobs = vec![
        picture(Role::Featured, "dai-dien", shade),
        picture(Role::Inline, "trong", shade.wrapping_add(1)),
        file(Role::File, "ke-hoach", "276-KH-UBND.pdf", "application/pdf", b"%PDF-1.4\n%%EOF\n".to_vec()),
    ]
    .into();
    let r = accepted(t.send(&m).await);
    assert!(!r.pending);
    let posts = wp.posts(&slug(&m)).await;
    assert_eq!(posts.len(), 1);
    let p = &posts[0];
    assert_eq!((p["status"].as_str(), p["id"].to_string()), (Some("publish"), r.id.clone()));
    assert_eq!(p["slug"], slug(&m));
    assert_eq!(p["excerpt"]["raw"], "Đăng ký nhanh, dùng lâu.");
    let featured = wp.rest(Method::GET, &format!("media/{}", p["featured_media"])).await;
    assert_eq!(featured["slug"], format!("loa-{}", &m.blobs[0].meta.sha256[..12]));
    assert_eq!(featured["alt_text"], "Áp phích tên miền");
    let content = p["content"]["raw"].as_str().unwrap();
    assert!(!content.contains("cid:") && content.contains("276-KH-UBND.pdf\">Ảnh: Sở</a>"), "{content}");
    for (taxonomy, names) in
        [("categories", vec!["Chuyển đổi số", "Tin & bài"]), ("tags", vec![".vn", "hộ kinh doanh"])]
    {
        let ids: Vec<String> = p[taxonomy].as_array().unwrap().iter().map(Value::to_string).collect();
        let found = wp.rest(Method::GET, &format!("{taxonomy}?include={}", ids.join(","))).await;
        let mut got: Vec<String> = found
            .as_array()
            .unwrap()
            .iter()
            .map(|t| t["name"].as_str().unwrap().replace("&amp;", "&"))
            .collect();
        got.sort();
        let mut names: Vec<String> = names.into_iter().map(str::to_owned).collect();
        names.sort();
        assert_eq!(got, names);
    }
    // What a visitor sees.
    let (status, page) = wp.visit(r.url.as_deref().unwrap()).await;
    assert_eq!(status, 200);
    assert!(
        page.contains("Hộ kinh doanh &#038; tên miền .vn")
            || page.contains("Hộ kinh doanh &amp; tên miền .vn"),
        "{page}"
    );
    let image = content.split("src=\"").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(wp.visit(image).await.0, 200);

    // The same files in another post are not uploaded again.
    let proxy = FaultProxy::start(&wp.url);
    let again = transport("wordpress", wp.settings("editor", &proxy.url()));
    let mut other = fresh("same-files");
    other.blobs = m.blobs.clone();
    accepted(again.send(&other).await);
    assert_eq!(proxy.requests().iter().filter(|r| uploads(r)).count(), 0);
}

#[tokio::test]
async fn the_same_delivery_again_is_the_same_post() {
    let wp = wordpress();
    let t = site(wp, "author");
    let m = fresh("twice");
    let one = accepted(t.send(&m).await);
    let two = accepted(t.send(&m).await);
    assert_eq!(one, two);
    assert_eq!(states(wp, &m).await, ["publish"]);
}

#[tokio::test]
async fn two_at_once_end_in_one_post() {
    let wp = wordpress();
    let (a, b) = (site(wp, "editor"), site(wp, "editor"));
    for _ in 0..8 {
        let m = fresh("race");
        let (one, two) = tokio::join!(a.send(&m), b.send(&m));
        assert_eq!(accepted(one).id, accepted(two).id);
        let states = states(wp, &m).await;
        assert_eq!(states.iter().filter(|s| *s == "publish").count(), 1, "{states:?}");
        assert!(states.iter().all(|s| s == "publish" || s == "trash"), "{states:?}");
    }
}

/// A site numbers posts before it shows them: whoever saw one draft alone may be publishing it at this moment.
#[tokio::test]
async fn of_two_drafts_none_is_published_before_one_is_gone() {
    let wp = wordpress();
    let proxy = FaultProxy::start(&wp.url);
    let mut settings = wp.settings("editor", &proxy.url());
    settings["timeout"] = json!(10);
    let t = transport("wordpress", settings);
    let m = fresh("two-drafts");
    let draft = json!({"title": "x", "slug": slug(&m), "status": "draft"});
    let id = wp.write("posts", &draft).await["id"].as_u64().unwrap();
    // What a look shows while another try's draft is there, too.
    let draft =
        |id: u64| json!({"id": id, "status": "draft", "slug": slug(&m), "link": "https://x.example/"});
    let both = Fault::Answer(200, json!([draft(id), draft(id + 1_000_000)]), None);
    for _ in 0..20 {
        proxy.next(looks, both.clone());
    }
    let Outcome::Retry { after: Some(_), cause } = t.send(&m).await else { panic!() };
    assert_eq!(cause.code, "two_drafts");
    assert_eq!(states(wp, &m).await, ["draft"]);
    // The other try gives its own up while we wait: the one that is left is ours to publish.
    proxy.clear();
    proxy.next(looks, both.clone());
    proxy.next(looks, both);
    let r = accepted(t.send(&m).await);
    assert_eq!((r.id, r.pending), (id.to_string(), false));
    assert_eq!(states(wp, &m).await, ["publish"]);
}

#[tokio::test]
async fn a_draft_is_handed_in_not_published() {
    let wp = wordpress();
    for (user, want) in [("editor", "pending"), ("author", "pending"), ("contributor", "draft")] {
        let t = site(wp, user);
        let mut m = fresh("draft");
        m.as_draft = true;
        let r = accepted(t.send(&m).await);
        assert!(r.pending, "{user}");
        assert_eq!(states(wp, &m).await, [want], "{user}");
        assert_eq!(accepted(t.send(&m).await).id, r.id, "{user}: sent again");
        assert!(matches!(t.find(&m).await, Found::Yes(f) if f.id == r.id && f.pending), "{user}");
        assert_eq!(wp.visit(r.url.as_deref().unwrap()).await.0, 404, "{user}: nobody sees it");
    }
}

#[tokio::test]
async fn credentials_and_rights() {
    let wp = wordpress();
    for (user, password) in [("editor", "wrong pass word"), ("nobody", wp.password("editor"))] {
        let t = transport("wordpress", json!({"url": wp.url, "user": user, "password": password}));
        let m = fresh("refused");
        let Outcome::Broken { cause } = t.send(&m).await else { panic!("{user}") };
        assert_eq!(cause.code, "login_refused");
        assert_eq!(t.probe().await.unwrap_err().code, "login_refused");
        assert_eq!(t.find(&m).await, Found::CannotTell);
        assert_eq!(states(wp, &m).await, Vec::<String>::new());
    }
    // A contributor may write drafts; publishing is refused, nothing becomes public, and the editor's try then uses the draft.
    let t = site(wp, "contributor");
    t.probe().await.unwrap();
    let m = fresh("contributor");
    let Outcome::Broken { cause } = t.send(&m).await else { panic!() };
    assert_eq!(cause.code, "no_rights");
    assert_eq!(states(wp, &m).await, ["draft"]);
    accepted(site(wp, "editor").send(&m).await);
    assert_eq!(states(wp, &m).await, ["publish"]);
    // Uploads too.
    let mut m = fresh("contributor-upload");
    m.blobs = vec![picture(Role::Featured, "p", rand::random())].into();
    assert!(matches!(t.send(&m).await, Outcome::Broken { .. } | Outcome::Accepted(_)));
    assert!(!states(wp, &m).await.contains(&"publish".to_owned()));
}

#[tokio::test]
async fn content_the_site_refuses() {
    let wp = wordpress();
    let t = site(wp, "editor");
    let mut m = fresh("php");
    m.blobs = vec![file(Role::File, "x", "x.php", "text/x-php", b"<?php".to_vec())].into();
    let Outcome::Rejected { fault: Refusal::Content, cause } = t.send(&m).await else { panic!() };
    assert_eq!(cause.code, "file_refused");
    // An author may not make categories; nor may an account that is told not to.
    let mut m = fresh("category");
    body(&mut m).categories = vec![format!("Mục {}", rand::random::<u64>())];
    let Outcome::Rejected { fault: Refusal::Content, cause } = site(wp, "author").send(&m).await else {
        panic!()
    };
    assert_eq!(cause.code, "term_missing");
    let mut settings = wp.settings("editor", &wp.url);
    settings["categories_create"] = json!(false);
    let t = transport("wordpress", settings);
    assert!(matches!(t.send(&m).await, Outcome::Rejected { fault: Refusal::Content, .. }));
    assert_eq!(states(wp, &m).await, Vec::<String>::new());
}

#[tokio::test]
async fn lost_answers_end_in_exactly_one_post() {
    let wp = wordpress();
    // What is told, which requests end how, what the first try says.
    type Plan<'a> = (&'a str, &'a [(Matches, Fault)], &'a str);
    let plans: &[Plan<'_>] = &[
        ("lookup", &[(looks, Fault::CutBefore)], "retry"),
        ("create lost on the way", &[(creates, Fault::CutBefore)], "retry"),
        ("create done, answer lost", &[(creates, Fault::CutAfter)], "accepted"),
        ("create done, gateway speaks", &[(creates, Fault::CutAfter), (looks, Fault::Page(502))], "retry"),
        ("publish done, answer lost", &[(publishes, Fault::CutAfter)], "accepted"),
        ("publish lost on the way", &[(publishes, Fault::CutBefore)], "accepted"),
        ("publish lost twice", &[(publishes, Fault::CutBefore), (publishes, Fault::CutBefore)], "unknown"),
        (
            "publish done, then nobody answers",
            &[
                (publishes, Fault::CutAfter),
                (reads_post, Fault::Page(504)),
                (publishes, Fault::CutBefore),
                (reads_post, Fault::Page(504)),
            ],
            "unknown",
        ),
        (
            "publish done, then the site is closed",
            &[(publishes, Fault::CutAfter), (reads_post, Fault::Page(504)), (publishes, Fault::Page(503))],
            "unknown",
        ),
        (
            "publish done, then a firewall stands before it",
            &[(publishes, Fault::CutAfter), (reads_post, Fault::Page(403)), (publishes, Fault::Page(403))],
            "unknown",
        ),
        ("maintenance", &[(publishes, Fault::Page(503))], "retry"),
        (
            "slow down",
            &[(creates, Fault::Answer(429, json!({"code": "x", "message": "x"}), Some(5)))],
            "throttled",
        ),
        ("upload done, answer lost", &[(uploads, Fault::CutAfter)], "accepted"),
        ("upload lost on the way", &[(uploads, Fault::CutBefore)], "retry"),
    ];
    for (name, faults, first) in plans {
        let proxy = FaultProxy::start(&wp.url);
        let t = transport("wordpress", wp.settings("editor", &proxy.url()));
        let mut m = fresh("lost");
        m.blobs = vec![picture(Role::Featured, "p", rand::random())].into();
        for (matches, fault) in *faults {
            proxy.next(*matches, fault.clone());
        }
        let o = t.send(&m).await;
        assert!(proxy.spent(), "{name}: a fault met nothing");
        assert_eq!(o.word(), *first, "{name}: {o:?}");
        if *name == "publish done, answer lost" {
            assert_eq!(
                proxy.requests().iter().filter(|r| publishes(r)).count(),
                1,
                "{name}: it was asked about"
            );
        }
        let r = accepted(t.send(&m).await);
        let posts = wp.posts(&slug(&m)).await;
        assert_eq!(posts.len(), 1, "{name}: {posts:?}");
        assert_eq!(
            (posts[0]["status"].as_str(), posts[0]["id"].to_string()),
            (Some("publish"), r.id),
            "{name}"
        );
        assert_ne!(posts[0]["featured_media"], 0, "{name}");
    }
}

#[tokio::test]
async fn a_publish_that_takes_the_whole_time_is_not_called_a_plain_retry() {
    let wp = wordpress();
    let proxy = FaultProxy::start(&wp.url);
    let mut settings = wp.settings("editor", &proxy.url());
    settings["timeout"] = json!(10);
    let t = transport("wordpress", settings);
    let m = fresh("slow");
    proxy.next(publishes, Fault::Hang(std::time::Duration::from_secs(15)));
    let Outcome::Unknown { cause } = t.send(&m).await else { panic!("the post is public already") };
    assert_eq!(cause.code, "publish_unconfirmed");
    assert_eq!(states(wp, &m).await, ["publish"]);
    assert!(matches!(t.find(&m).await, Found::Yes(_)), "and asked later, the site says so");
}

#[tokio::test]
async fn a_draft_that_comes_late_stays_unseen() {
    // A create that looked lost is done after the next try has published: what a slow server does.
    let wp = wordpress();
    let proxy = FaultProxy::start(&wp.url);
    let t = transport("wordpress", wp.settings("editor", &proxy.url()));
    let m = fresh("late");
    proxy.next(creates, Fault::CutBefore);
    assert!(matches!(t.send(&m).await, Outcome::Retry { .. }));
    let late = proxy.requests().into_iter().find(creates).unwrap();
    let r = accepted(t.send(&m).await);
    let answer = reqwest::Client::builder()
        .build()
        .unwrap()
        .post(format!("{}{}", wp.url, late.path))
        .header("authorization", late.header("authorization").unwrap())
        .header("content-type", "application/json")
        .body(late.body.clone())
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 201);
    let mut all = states(wp, &m).await;
    all.sort();
    assert_eq!(all, ["draft", "publish"]);
    assert_eq!(accepted(t.send(&m).await).id, r.id, "the public one counts");
    assert_eq!(states(wp, &m).await.iter().filter(|s| *s == "publish").count(), 1);
}

#[tokio::test]
async fn find_says_no_only_when_nothing_can_be_under_way() {
    let wp = wordpress();
    let t = site(wp, "editor");
    let mut m = fresh("find");
    let site_clock = reqwest::get(format!("{}/wp-json/", wp.url)).await.unwrap();
    let date = site_clock.headers()["date"].to_str().unwrap();
    let date = chrono::DateTime::parse_from_rfc2822(date).unwrap().to_utc();
    m.now = date;
    assert_eq!(t.find(&m).await, Found::CannotTell, "the attempt is young");
    m.now = date - TimeDelta::seconds(90 + 300 - 30);
    assert_eq!(t.find(&m).await, Found::CannotTell, "still within the limits");
    m.now = date - TimeDelta::seconds(90 + 300 + 30);
    assert_eq!(t.find(&m).await, Found::No);
    let r = accepted(t.send(&m).await);
    assert!(matches!(t.find(&m).await, Found::Yes(f) if f == r));
    // Nobody there: no answer.
    let mut settings = wp.settings("editor", &wp.url);
    settings["url"] = json!("http://127.0.0.1:9");
    assert_eq!(transport("wordpress", settings).find(&m).await, Found::CannotTell);
}

#[tokio::test]
async fn changing_and_taking_back() {
    let wp = wordpress();
    let t = site(wp, "editor");
    let mut m = fresh("change");
    let r = accepted(t.send(&m).await);
    body(&mut m).title = "Tên mới".into();
    assert_eq!(accepted(t.update(&r, &m).await).url, r.url, "the address stays");
    assert_eq!(wp.posts(&slug(&m)).await[0]["title"]["raw"], "Tên mới");
    accepted(t.withdraw(&r).await);
    accepted(t.withdraw(&r).await);
    assert_eq!(wp.visit(r.url.as_deref().unwrap()).await.0, 404);
    assert_eq!(states(wp, &m).await, ["trash"]);
    // Somebody took it away: it is not put back behind their back.
    let Outcome::Rejected { fault: Refusal::Content, cause } = t.send(&m).await else { panic!() };
    assert_eq!(cause.code, "trashed_at_site");
    assert_eq!(t.find(&m).await, Found::CannotTell);
    assert_eq!(states(wp, &m).await, ["trash"]);
}

#[tokio::test]
async fn what_is_not_the_api_is_for_a_person() {
    let wp = wordpress();
    for (fault, word) in [
        (Fault::Page(200), "broken"),
        (Fault::Page(403), "broken"),
        (Fault::Page(301), "broken"),
        (Fault::Page(404), "broken"),
    ] {
        let proxy = FaultProxy::start(&wp.url);
        let t = transport("wordpress", wp.settings("editor", &proxy.url()));
        proxy.next(looks, fault.clone());
        assert_eq!(t.send(&fresh("page")).await.word(), word, "{fault:?}");
        assert_eq!(proxy.requests().len(), 1, "{fault:?}");
    }
}
