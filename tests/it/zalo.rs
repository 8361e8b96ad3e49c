//! Zalo bot: the fake is checked by python-zalo-bot, then the transport against the same fake, request by request.

use std::collections::BTreeMap;
use std::time::Duration;

use loa::domain::message::Role;
use loa::domain::outcome::{Fault as Refusal, Outcome, Scope};
use serde_json::json;

use crate::support::fakes::{Chat, FakeBot, Fault, Request, stranger};
use crate::support::outbound::{body, outbound, picture, transport};

const CHAT: &str = "6ede9afa66b88fe6d6a9";

fn quota() -> Fault {
    Fault::Answer(429, json!({"ok": false, "error_code": 429, "description": "Quota exceeded"}), None)
}

fn set_up() -> FakeBot {
    let fake = FakeBot::zalo();
    fake.chat("blocked", Chat::Refuses(403, "Forbidden".into()));
    fake.chat("gone", Chat::Refuses(404, "Not Found".into()));
    fake.chat("unknown", Chat::Refuses(400, "Bad Request: chat not found".into()));
    fake
}

fn bot(fake: &FakeBot) -> std::sync::Arc<dyn loa::transport::Transport> {
    transport("zalo-bot", json!({"token": fake.token(), "api_url": fake.url(), "timeout": 10}))
}

fn essence(r: &Request) -> (String, String, BTreeMap<String, String>) {
    (r.method.clone(), r.path.clone(), r.fields())
}

#[tokio::test]
async fn a_stranger_and_we_say_the_same_to_the_same_server() {
    let fake = set_up();
    fake.send_after(2, quota());
    let seen = stranger("zalo_check.py", &[&fake.url(), fake.token()]);
    assert_eq!(seen["me"], json!(["1459232241454765289", "bot.loa", "BASIC"]));
    assert_eq!(seen["text"], "82599fa32f56d00e1");
    assert_eq!(seen["photo"], "82599fa32f56d00e2");
    assert!(seen["quota"].as_str().unwrap().contains("Quota exceeded (429)"), "{seen:?}");
    assert!(seen["blocked"].as_str().unwrap().starts_with("Forbidden"), "{seen:?}");
    assert!(seen["long"].as_str().unwrap().starts_with("BadRequest"), "{seen:?}");
    assert!(seen["token"].as_str().unwrap().starts_with("InvalidToken"), "{seen:?}");
    assert_eq!(fake.accepted().len(), 2);
    let sends = |r: &&Request| r.path.contains("/send");
    let theirs: Vec<_> = fake.requests().iter().filter(sends).take(2).map(essence).collect();

    fake.clear();
    let t = bot(&fake);
    t.probe().await.unwrap();
    let mut m = outbound("a", CHAT);
    body(&mut m).parts = vec!["Tên miền .vn cho hộ kinh doanh".into()];
    assert!(matches!(t.send(&m).await, Outcome::Accepted(_)));
    let mut m = outbound("b", CHAT);
    body(&mut m).parts = vec!["Áp phích".into()];
    let mut photo = picture(Role::Featured, "p", 1);
    photo.meta.url = Some("https://kit.example.vn/ap-phich.png".into());
    m.blobs = vec![photo].into();
    let Outcome::Accepted(r) = t.send(&m).await else { panic!() };
    assert_eq!(r.id, "82599fa32f56d00e2");
    let ours: Vec<_> = fake.requests().iter().filter(sends).map(essence).collect();
    assert_eq!(ours, theirs);
}

#[tokio::test]
async fn refusals_are_told_apart() {
    let fake = set_up();
    let t = bot(&fake);
    for chat in ["blocked", "gone", "unknown"] {
        let o = t.send(&outbound("a", chat)).await;
        assert!(matches!(o, Outcome::Rejected { fault: Refusal::Recipient, .. }), "{chat}: {o:?}");
    }
    fake.next_send(quota());
    let Outcome::Throttled { after, scope: Scope::Account, .. } = t.send(&outbound("a", CHAT)).await else {
        panic!()
    };
    assert!(after.unwrap() >= Duration::from_secs(3600));
    fake.next_send(Fault::Answer(429, json!({"ok": false, "error_code": 429, "description": "x"}), Some(30)));
    let Outcome::Throttled { after, .. } = t.send(&outbound("a", CHAT)).await else { panic!() };
    assert_eq!(after, Some(Duration::from_secs(30)));
    fake.next_send(Fault::Answer(200, json!({"ok": false, "error_code": 400, "description": "x"}), None));
    assert!(matches!(t.send(&outbound("a", CHAT)).await, Outcome::Rejected { fault: Refusal::Content, .. }));
    let other = transport("zalo-bot", json!({"token": "1:wrong", "api_url": fake.url()}));
    assert!(matches!(other.send(&outbound("a", CHAT)).await, Outcome::Broken { .. }));
    assert_eq!(fake.accepted(), []);
}

#[tokio::test]
async fn a_dead_token_that_looks_like_a_dead_chat_costs_no_reader() {
    // A platform that says 404 (or 403) to a token it no longer knows.
    for status in [404, 403] {
        let fake = set_up();
        fake.reset_token(status);
        let o = bot(&fake).send(&outbound("a", CHAT)).await;
        assert!(matches!(o, Outcome::Broken { .. }), "{status}: {o:?}");
        assert_eq!(fake.requests().len(), 2, "the send, and the question about the token");
    }
}

#[tokio::test]
async fn a_lost_answer_is_unknown_and_not_sent_again() {
    let fake = set_up();
    let t = bot(&fake);
    let timeout =
        Fault::Answer(408, json!({"ok": false, "error_code": 408, "description": "Request timeout"}), None);
    for (fault, taken) in [(Fault::CutAfter, 1), (Fault::CutBefore, 0), (Fault::Page(504), 0), (timeout, 0)] {
        fake.clear();
        fake.next_send(fault.clone());
        let o = t.send(&outbound("a", CHAT)).await;
        assert!(matches!(o, Outcome::Unknown { .. }), "{fault:?}: {o:?}");
        assert_eq!((fake.accepted().len(), fake.requests().len()), (taken, 1), "{fault:?}");
    }
    // The second of two: what is out is said, and stays out once.
    fake.clear();
    fake.send_after(1, Fault::CutBefore);
    let mut m = outbound("a", CHAT);
    body(&mut m).parts = vec!["một".into(), "hai".into()];
    let Outcome::Unknown { cause } = t.send(&m).await else { panic!() };
    assert!(cause.detail.contains("82599fa32f56d00e1"), "{cause:?}");
    assert_eq!(fake.accepted().len(), 1);
}
