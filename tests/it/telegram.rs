//! Telegram: the fake is checked by python-telegram-bot, then the transport against the same fake, request by request.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;

use loa::domain::message::{Outbound, Role};
use loa::domain::outcome::{Fault as Refusal, Outcome, Receipt, Scope};
use loa::domain::reach::Grade;
use serde_json::json;

use crate::support::fakes::{Chat, FakeBot, Fault, Request, Upload, stranger};
use crate::support::outbound::{body, for_kind, outbound, picture, transport};

fn slow_down() -> Fault {
    let says = json!({"ok": false, "error_code": 429, "description": "Too Many Requests: retry after 7", "parameters": {"retry_after": 7}});
    Fault::Answer(429, says, None)
}

fn bot(fake: &FakeBot) -> std::sync::Arc<dyn loa::transport::Transport> {
    transport("telegram", json!({"token": fake.token(), "api_url": fake.url(), "timeout": 10}))
}

fn html(which: &str, to: &str, parts: &[&str]) -> Outbound {
    let mut m = outbound(which, to);
    body(&mut m).html = Some(parts.concat());
    body(&mut m).parts = parts.iter().map(|p| (*p).to_owned()).collect();
    m
}

/// What of a request must be alike whoever sent it: method, fields, files (media type, bytes).
type Essence = (String, BTreeMap<String, String>, Vec<(String, Vec<u8>)>);

fn essence(r: &Request) -> Essence {
    let mut fields = r.fields();
    // An upload may be named by the field itself or by an attach:// reference.
    fields.retain(|k, v| !(["photo", "document"].contains(&k.as_str()) && v.starts_with("attach://")));
    let uploads = r.uploads().into_iter().map(|u: Upload| (u.mime, u.bytes)).collect();
    (r.path.rsplit('/').next().unwrap().to_ascii_lowercase(), fields, uploads)
}

fn set_up() -> FakeBot {
    let fake = FakeBot::telegram();
    fake.chat("-1001", Chat::Members(4321));
    fake.chat("77", Chat::Refuses(403, "Forbidden: bot was blocked by the user".into()));
    fake.chat("-5", Chat::MovedTo(-1005));
    fake
}

#[tokio::test]
async fn a_stranger_and_we_say_the_same_to_the_same_server() {
    let fake = set_up();
    fake.send_after(4, slow_down());
    let seen = stranger("telegram_check.py", &[&fake.url(), fake.token()]);
    assert_eq!(seen["me"], "loa_bot");
    assert_eq!(seen["text"], json!([1, "Tên miền .vn", -1001]));
    assert_eq!(seen["photo"], json!([2, "Áp phích", 1]));
    assert_eq!(seen["album"], json!([[3, "Bộ ảnh", 1], [4, "", 1]]));
    assert_eq!(seen["document"], json!([5, "Tờ rơi", 9]));
    assert_eq!(seen["alone"], "Wrong number of messages in an album");
    assert_eq!(seen["retry_after"], 7);
    assert_eq!(seen["members"], 4321);
    assert_eq!(seen["moved"], -1005);
    assert_eq!(seen["blocked"], "Forbidden: bot was blocked by the user");
    assert_eq!(seen["unknown"], "Chat not found");
    assert_eq!(seen["long"], "Message is too long");
    assert_eq!(seen["caption"], "Message caption is too long");
    assert!(seen["markup"].as_str().unwrap().contains("nsupported start tag \"p\""), "{seen:?}");
    assert_eq!(fake.accepted().len(), 5);
    let sends: Vec<_> = fake.requests().iter().filter(|r| r.path.contains("/send")).map(essence).collect();
    let theirs = [&sends[0], &sends[1], &sends[3]].map(Clone::clone).to_vec();

    fake.clear();
    let t = bot(&fake);
    t.probe().await.unwrap();
    assert!(matches!(t.send(&html("a", "-1001", &["<b>Tên miền</b> .vn"])).await, Outcome::Accepted(_)));
    let mut m = html("b", "-1001", &["<i>Áp phích</i>"]);
    let mut photo = picture(Role::Featured, "ap-phich", 1);
    photo.bytes = std::sync::Arc::from(&b"\x89PNG\r\n\x1a\nnot really"[..]);
    m.blobs = vec![photo].into();
    assert!(matches!(t.send(&m).await, Outcome::Accepted(_)));
    let mut m = html("c", "-1001", &[]);
    for_kind(&mut m, "telegram");
    body(&mut m).html = Some(String::new());
    let mut file = picture(Role::File, "to-roi", 1);
    (file.meta.mime, file.meta.alt) = ("application/pdf".into(), "Tờ rơi".into());
    file.bytes = std::sync::Arc::from(&b"%PDF-1.7 x"[..]);
    m.blobs = vec![file].into();
    body(&mut m).text = String::new();
    assert!(matches!(t.send(&m).await, Outcome::Accepted(_)));
    let ours: Vec<_> = fake.requests().iter().filter(|r| r.path.contains("/Send")).map(essence).collect();
    assert_eq!(ours, theirs);
}

#[tokio::test]
async fn photo_and_texts_are_one_delivery() {
    let fake = set_up();
    let t = bot(&fake);
    let mut m = html("a", "-1001", &["<b>một</b> &amp; hai", "ba"]);
    m.blobs = vec![picture(Role::Featured, "p", 1), picture(Role::Inline, "q", 2)].into();
    let Outcome::Accepted(r) = t.send(&m).await else { panic!() };
    assert_eq!(r, Receipt::new("1,2"));
    let got = fake.accepted();
    assert_eq!(
        got.iter().map(|a| (a.method.as_str(), a.text.as_str())).collect::<Vec<_>>(),
        [("sendphoto", "<b>một</b> &amp; hai"), ("sendmessage", "ba")]
    );
}

#[tokio::test]
async fn several_pictures_are_an_album() {
    let fake = set_up();
    let t = bot(&fake);
    let mut m = html("a", "-1001", &["<b>một</b>", "hai"]);
    let pictures =
        vec![picture(Role::Featured, "p", 1), picture(Role::File, "q", 2), picture(Role::File, "r", 3)];
    for_kind(&mut m, "telegram");
    body(&mut m).attachments = pictures.iter().map(|b| b.meta.clone()).collect();
    m.blobs = pictures.clone().into();
    let Outcome::Accepted(r) = t.send(&m).await else { panic!() };
    assert_eq!(r, Receipt::new("1,2,3,4"));
    let got = fake.accepted();
    assert_eq!(
        got.iter().map(|a| (a.method.as_str(), a.text.as_str())).collect::<Vec<_>>(),
        [
            ("sendmediagroup", "<b>một</b>"),
            ("sendmediagroup", ""),
            ("sendmediagroup", ""),
            ("sendmessage", "hai")
        ]
    );
    let sent: Vec<_> = fake.requests()[0].uploads().into_iter().map(|u| u.bytes).collect();
    assert_eq!(sent, pictures.iter().map(|b| b.bytes.to_vec()).collect::<Vec<_>>());
    // Each photo counts as a message; the rendition expects no fewer.
    assert_eq!(t.messages(&m), 4);
    assert!(usize::from(m.body.messages()) >= 4, "{}", m.body.messages());
    assert_eq!(t.compose(&m).unwrap().len(), 4, "the calls and three pictures");
    // A caption that does not fit stands below.
    fake.clear();
    body(&mut m).parts = vec!["x".repeat(1500)];
    assert!(matches!(t.send(&m).await, Outcome::Accepted(_)));
    let methods: Vec<_> = fake.accepted().iter().map(|a| (a.method.clone(), a.text.len())).collect();
    assert_eq!(methods[3], ("sendmessage".to_owned(), 1500));
    assert!(usize::from(m.body.messages()) >= t.messages(&m));
}

#[tokio::test]
async fn refusals_are_told_apart() {
    let fake = set_up();
    let t = bot(&fake);
    let Outcome::Rejected { fault: Refusal::Recipient, cause } = t.send(&html("a", "77", &["x"])).await
    else {
        panic!()
    };
    assert_eq!(cause.code, "blocked");
    assert!(matches!(
        t.send(&html("a", "không-có", &["x"])).await,
        Outcome::Rejected { fault: Refusal::Unreachable, .. }
    ));
    assert!(matches!(
        t.send(&html("a", "-1001", &["<p>x</p>"])).await,
        Outcome::Rejected { fault: Refusal::Content, .. }
    ));
    fake.next_send(slow_down());
    let Outcome::Throttled { after, scope, .. } = t.send(&html("a", "-1001", &["x"])).await else { panic!() };
    assert_eq!((after, scope), (Some(std::time::Duration::from_secs(7)), Scope::Target));
    let other = transport("telegram", json!({"token": "1:wrong", "api_url": fake.url()}));
    assert!(matches!(other.send(&html("a", "-1001", &["x"])).await, Outcome::Broken { .. }));
    assert!(other.probe().await.is_err());
    assert_eq!(fake.accepted(), []);
}

#[tokio::test]
async fn a_group_that_moved_is_followed_once() {
    let fake = set_up();
    let Outcome::Accepted(r) = bot(&fake).send(&html("a", "-5", &["một", "hai"])).await else { panic!() };
    assert_eq!(r.note.as_deref(), Some("migrate_to_chat_id=-1005"));
    assert_eq!(fake.accepted().iter().map(|a| a.chat.as_str()).collect::<Vec<_>>(), ["-1005", "-1005"]);
    assert_eq!(fake.requests().len(), 3);
}

#[tokio::test]
async fn a_lost_answer_is_unknown_and_not_sent_again() {
    let fake = set_up();
    let t = bot(&fake);
    for (fault, taken) in [(Fault::CutAfter, 1), (Fault::CutBefore, 0), (Fault::Page(502), 0)] {
        fake.clear();
        fake.next_send(fault.clone());
        let o = t.send(&html("a", "-1001", &["một", "hai"])).await;
        assert!(matches!(o, Outcome::Unknown { .. }), "{fault:?}: {o:?}");
        assert_eq!((fake.accepted().len(), fake.requests().len()), (taken, 1), "{fault:?}");
    }
}

#[tokio::test]
async fn a_failure_after_the_first_message_never_repeats_it() {
    let fake = set_up();
    let t = bot(&fake);
    fake.send_after(1, Fault::CutAfter);
    let Outcome::Unknown { cause } = t.send(&html("a", "-1001", &["một", "hai"])).await else { panic!() };
    assert_eq!(cause.code, "partly_sent");
    // Slower than the send may take: a person decides.
    fake.clear();
    let says = json!({"ok": false, "error_code": 429, "description": "x", "parameters": {"retry_after": 60}});
    fake.send_after(1, Fault::Answer(429, says, None));
    assert!(matches!(t.send(&html("a", "-1001", &["một", "hai"])).await, Outcome::Unknown { .. }));
    assert_eq!(fake.accepted().iter().filter(|a| a.text == "một").count(), 1);
    // Short enough: waited for.
    fake.clear();
    let says = json!({"ok": false, "error_code": 429, "description": "x", "parameters": {"retry_after": 1}});
    fake.send_after(1, Fault::Answer(429, says, None));
    let Outcome::Accepted(r) = t.send(&html("a", "-1001", &["một", "hai"])).await else { panic!() };
    assert_eq!(r.id, "1,2");
}

#[tokio::test]
async fn a_server_error_costs_no_ten_seconds() {
    let fake = set_up();
    let t = bot(&fake);
    fake.next_send(Fault::Answer(
        500,
        json!({"ok": false, "error_code": 500, "description": "Internal Server Error"}),
        None,
    ));
    let begun = std::time::Instant::now();
    assert!(matches!(t.send(&html("a", "-1001", &["x"])).await, Outcome::Retry { .. }));
    assert!(begun.elapsed() < std::time::Duration::from_secs(10), "teloxide's own caller would have slept");
}

#[tokio::test]
async fn members_are_counted_once_a_chat() {
    let fake = set_up();
    let receipts = [Receipt::new("1"), Receipt::new("2"), Receipt::new("3"), Receipt::new("4")];
    let targets = ["-1001".to_owned(), "-1001".into(), "42".into(), "-9".into()];
    let now = outbound("a", "").now;
    let got = bot(&fake).reach(&receipts, &targets, now).await.unwrap();
    assert_eq!(got.len(), 2);
    assert!(
        got.iter()
            .all(|f| f.value == 4321 && f.grade == Grade::Platform && f.metric == "members" && f.at == now)
    );
    // -1001 once, -9 (unknown to the bot) once; a person is not asked about.
    assert_eq!(fake.requests().len(), 2);
}
