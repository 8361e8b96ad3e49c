//! Kind `email`, and `hand-over` and `station` carried by it, against aiosmtpd: real TLS, real logins, and a server
//! that refuses, hangs up and falls silent on request.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::sync::Arc;
use std::time::Duration;

use chrono::{TimeZone, Utc};
use futures_util::future::join_all;
use loa::domain::id::{Origin, WireKey};
use loa::domain::message::{Address, Attachment, Blob, OptOut, Outbound, Rendition, Role, Voice};
use loa::domain::outcome::{Fault, Found, Outcome, Receipt, Scope};
use loa::transport::{self, BadSetting, Build, Push, Repeat, Transport};
use serde_json::{Value, json};

use crate::support::smtp::{PASSWORD, SmtpPeer, USER};

const FROM_NAME: &str = "Sở Văn hóa, Thể thao và Du lịch";

fn settings(peer: &SmtpPeer, extra: Value) -> Value {
    let mut base = json!({
        "server": "127.0.0.1", "port": peer.starttls_port, "ca": peer.ca(), "user": USER, "password": PASSWORD,
        "from_name": FROM_NAME, "from_address": "truyenthong@sovhttdl.example", "hello_name": "loa.example",
        "envelope_from": "bounce+{key}@sovhttdl.example",
    });
    for (key, value) in extra.as_object().unwrap() {
        base[key] = value.clone();
    }
    base
}

fn built(
    kind: &str,
    settings: Value,
    carrier: Option<Arc<dyn Transport>>,
) -> Result<Arc<dyn Transport>, BadSetting> {
    let build = Build { account: "thu".into(), settings, vault: None, carrier };
    (transport::kind(kind).unwrap().build)(build)
}

fn email(peer: &SmtpPeer, extra: Value) -> Arc<dyn Transport> {
    built("email", settings(peer, extra), None).unwrap()
}

fn rendition() -> Rendition {
    Rendition {
        voice: Voice::Mail,
        kind: "email".into(),
        title: "Mời hộ kinh doanh nhận tên miền .vn: hỗ trợ đăng ký, hướng dẫn từng bước tại phường".into(),
        lead: String::new(),
        text: "Kính gửi Anh/Chị,\n.dòng bắt đầu bằng dấu chấm\n.\nTrân trọng".into(),
        html: Some("<!doctype html><p>Kính gửi Anh/Chị</p><img src=\"cid:bia@loa\" alt=\"Bìa\">".into()),
        parts: vec![],
        attachments: vec![],
        slug: "moi".into(),
        link: None,
        categories: vec![],
        tags: vec![],
        seconds: None,
        album: 0,
    }
}

fn blob(role: Role, name: &str, mime: &str, cid: &str, bytes: &[u8]) -> Blob {
    let meta = Attachment {
        role,
        name: name.into(),
        mime: mime.into(),
        sha256: sha256(bytes),
        bytes: bytes.len() as u64,
        cid: cid.into(),
        alt: "Bìa".into(),
        caption: None,
        url: None,
    };
    Blob { meta, bytes: bytes.into() }
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

fn to(address: &str) -> Outbound {
    Outbound {
        key: WireKey::new(&Origin::stored("ten-mien-vn/moi"), "email-ds", "1", address),
        attempt: 1,
        to: Address { value: address.into(), name: Some("Bà Ngoại".into()) },
        body: Arc::new(rendition()),
        blobs: Arc::from([]),
        opt_out: None,
        as_draft: false,
        origin: "ten-mien-vn/moi".into(),
        now: Utc.with_ymd_and_hms(2026, 11, 30, 1, 2, 3).unwrap(),
    }
}

fn receipt(outcome: Outcome) -> Receipt {
    let Outcome::Accepted(receipt) = outcome else { panic!("{outcome:?}") };
    receipt
}

/// The outcome's word and its cause's code; nothing of what was said may show the address or the password.
fn word(outcome: &Outcome, address: &str) -> (&'static str, String) {
    let cause = outcome.cause().expect("a cause");
    let name = address.split('@').next().unwrap();
    for secret in [address, name, PASSWORD] {
        assert!(!cause.detail.contains(secret), "{cause:?}");
    }
    (outcome.word(), cause.code.clone())
}

#[tokio::test]
async fn a_mail_arrives_as_it_was_meant() {
    let peer = SmtpPeer::start();
    let account = email(&peer, json!({}));
    let picture = b"\x89PNG\r\n\x1a\n.\r\n..\r\nnot really".repeat(500);
    let mut msg = to("ba.ngoai@cho.example");
    msg.blobs = Arc::from([
        blob(Role::Featured, "bia.png", "image/png", "bia@loa", &picture),
        blob(Role::File, "to-roi.pdf", "application/pdf", "to-roi@loa", b"%PDF-1.7\n"),
    ]);
    msg.opt_out = Some(OptOut {
        url: "https://loa.example/u/AbC_123-x".into(),
        mailto: Some("huy@sovhttdl.example".into()),
        list_id: "ho-kinh-doanh.sovhttdl.example".into(),
    });
    let receipt = receipt(account.send(&msg).await);
    assert_eq!(receipt.id, "000001");
    assert!(!receipt.pending);
    assert_eq!(receipt.note.as_deref(), Some("2.0.0 Ok: queued as 000001"));

    let taken = peer.taken(1);
    let (envelope, mail) = (&taken.envelope, &taken.mail);
    assert_eq!(envelope["return_path"], format!("bounce+{}@sovhttdl.example", msg.key.hex()));
    assert_eq!(
        (&envelope["to"], &envelope["tls"], &envelope["login"]),
        (&json!(["ba.ngoai@cho.example"]), &json!(true), &json!(true))
    );
    assert_eq!(mail["from"], json!([FROM_NAME, "truyenthong@sovhttdl.example"]));
    assert_eq!(mail["to"], json!(["Bà Ngoại", "ba.ngoai@cho.example"]));
    assert_eq!(mail["counts"], json!([1, 1]));
    assert_eq!(mail["defects"], json!([]));
    let headers = &mail["headers"];
    assert_eq!(headers["Subject"], rendition().title);
    assert_eq!(headers["Message-ID"], msg.key.message_id("sovhttdl.example"));
    assert_eq!(headers["Date"], "Mon, 30 Nov 2026 01:02:03 +0000");
    assert_eq!(headers["Content-Language"], "vi");
    assert_eq!(
        headers["List-Unsubscribe"],
        "<https://loa.example/u/AbC_123-x>, <mailto:huy@sovhttdl.example>"
    );
    assert_eq!(headers["List-Unsubscribe-Post"], "List-Unsubscribe=One-Click");
    assert_eq!(headers["List-Id"], "<ho-kinh-doanh.sovhttdl.example>");
    assert_eq!(headers["Precedence"], "bulk");
    assert_eq!(headers["Auto-Submitted"], "auto-generated");
    assert_eq!(headers["X-Auto-Response-Suppress"], "All");

    let parts = mail["parts"].as_array().unwrap();
    let kinds: Vec<&str> = parts.iter().map(|p| p["type"].as_str().unwrap()).collect();
    assert_eq!(
        kinds,
        [
            "multipart/mixed",
            "multipart/related",
            "multipart/alternative",
            "text/plain",
            "text/html",
            "image/png",
            "application/pdf"
        ]
    );
    assert_eq!(parts[3]["charset"], "utf-8");
    assert_eq!(parts[3]["text"].as_str().unwrap().replace("\r\n", "\n").trim_end(), rendition().text);
    assert_eq!(parts[4]["text"].as_str().unwrap().trim_end(), rendition().html.unwrap());
    assert_eq!((&parts[5]["disposition"], &parts[5]["cid"]), (&json!("inline"), &json!("<bia@loa>")));
    assert_eq!(parts[5]["sha256"], sha256(&picture));
    assert_eq!((&parts[6]["disposition"], &parts[6]["file"]), (&json!("attachment"), &json!("to-roi.pdf")));

    // What the outbox shows is what was sent, to the byte.
    let files = account.compose(&msg).unwrap();
    assert_eq!((files.len(), files[0].ext.as_str()), (1, "eml"));
    assert_eq!(files[0].bytes, taken.raw);
}

#[tokio::test]
async fn tls_from_the_start_and_a_probe_that_sends_nothing() {
    let peer = SmtpPeer::start();
    let account = email(&peer, json!({"port": peer.tls_port, "security": "tls"}));
    account.probe().await.unwrap();
    assert_eq!((peer.count(), peer.times("quit"), peer.times("mail")), (0, 1, 0));
    receipt(account.send(&to("ong@cho.example")).await);
    assert_eq!(peer.taken(1).envelope["tls"], true);
    assert_eq!(account.find(&to("ong@cho.example")).await, Found::CannotTell);
    let c = account.capabilities();
    assert_eq!((c.push, c.voice, c.repeat, c.connections), (Push::People, Voice::Mail, Repeat::Doubles, 4));
    assert!(c.send_timeout >= Duration::from_secs(60) && c.send_timeout < Duration::from_secs(120));
}

#[tokio::test]
async fn what_a_person_must_mend_pauses_the_account() {
    let peer = SmtpPeer::start();
    let cases = [
        (json!({"password": "wr0ng-secret"}), "login_refused"),
        // The system's authorities do not know the server.
        (json!({"ca": null}), "certificate_untrusted"),
        // The certificate is for another name.
        (json!({"server": "localhost"}), "certificate_untrusted"),
        // No TLS on this port, as it were.
        (json!({"security": "tls"}), "tls_failed"),
        (json!({"envelope_from": "stranger@sovhttdl.example"}), "sender_refused"),
        (json!({"security": "none", "user": null, "password": null}), "tls_required"),
    ];
    for (extra, code) in cases {
        let account = email(&peer, extra.clone());
        let outcome = account.send(&to("ba@cho.example")).await;
        assert_eq!(word(&outcome, "ba@cho.example"), ("broken", code.to_owned()), "{extra} {outcome:?}");
        assert!(!format!("{outcome:?}").contains("wr0ng-secret"));
    }
    let cause = email(&peer, json!({"password": "wr0ng-secret"})).probe().await.unwrap_err();
    assert_eq!(cause.code, "login_refused");
    assert_eq!(peer.count(), 0);
}

#[tokio::test]
async fn a_refusal_is_decided_and_the_connection_goes_on() {
    let peer = SmtpPeer::start();
    let account = email(&peer, json!({}));
    for (address, outcome, code) in [
        ("nosuch@ok.test", "rejected_recipient", "mailbox_unknown"),
        ("tempfail@ok.test", "retry", "temporarily_refused"),
        ("fullbox@ok.test", "retry", "mailbox_full"),
        ("relayed@elsewhere.test", "broken", "relay_denied"),
        ("refuse-content@ok.test", "rejected_content", "content_refused"),
    ] {
        let answer = account.send(&to(address)).await;
        assert_eq!(word(&answer, address), (outcome, code.to_owned()), "{answer:?}");
    }
    receipt(account.send(&to("fine@ok.test")).await);
    assert_eq!((peer.times("connect"), peer.times("login"), peer.times("rset")), (1, 1, 5));
    assert_eq!((peer.count(), peer.times("noop")), (1, 0));
    let malformed = account.send(&to("không phải địa chỉ")).await;
    assert!(matches!(malformed, Outcome::Rejected { fault: Fault::Unreachable, .. }), "{malformed:?}");
    let flood = email(&peer, json!({"envelope_from": "flood@sovhttdl.example"}));
    let answer = flood.send(&to("fine@ok.test")).await;
    assert!(matches!(answer, Outcome::Throttled { scope: Scope::Account, .. }), "{answer:?}");
}

#[tokio::test]
async fn one_closed_mailbox_does_not_stop_the_account_and_a_policy_against_us_does() {
    let peer = SmtpPeer::start();
    let account = email(&peer, json!({}));
    let says = async |address: &str| account.send(&to(address)).await.word();
    assert_eq!(says("an@ok.test").await, "accepted");
    // Others are taken: this one is about a mailbox. It is tried later and spends an attempt.
    assert_eq!(says("closed@ok.test").await, "retry");
    assert_eq!(says("binh@ok.test").await, "accepted");
    assert_eq!(says("closed@ok.test").await, "retry");
    assert_eq!(says("closed@ok.test").await, "retry");
    // The third in a row, nobody taken since: this is about us.
    assert_eq!(says("closed@ok.test").await, "broken");
    assert_eq!(peer.count(), 2);
    // A process that has just begun knows nobody who was taken: the first refusal may be one mailbox's all the same…
    let fresh = email(&peer, json!({}));
    assert_eq!(fresh.send(&to("closed@ok.test")).await.word(), "retry");
    // …but not one that no mailbox would say of itself.
    assert_eq!(fresh.send(&to("relayed@elsewhere.test")).await.word(), "broken");
}

#[tokio::test]
async fn one_connection_carries_its_share_and_is_closed_politely() {
    let peer = SmtpPeer::start();
    let account = email(&peer, json!({"mails_per_connection": 3}));
    for n in 0..7 {
        receipt(account.send(&to(&format!("user{n}@ok.test"))).await);
    }
    let used: Vec<u64> = peer.envelopes().iter().map(|e| e["connection"].as_u64().unwrap()).collect();
    assert_eq!(used, [1, 1, 1, 2, 2, 2, 3]);
    assert_eq!(peer.times("quit"), 2);
}

#[tokio::test]
async fn which_side_of_354_decides() {
    let peer = SmtpPeer::start();
    let patient = email(&peer, json!({}));
    let hasty = email(&peer, json!({"step_seconds": 0.5, "answer_seconds": 0.5}));
    for (account, address, outcome, code, taken) in [
        (&patient, "drop-before-data@ok.test", "retry", "connection_lost", 0),
        (&patient, "hangup-after-data@ok.test", "unknown", "lost_after_data", 1),
        (&hasty, "silent-before-data@ok.test", "retry", "no_answer", 1),
    ] {
        let answer = account.send(&to(address)).await;
        assert_eq!(word(&answer, address), (outcome, code.to_owned()), "{answer:?}");
        assert_eq!(peer.count(), taken);
    }
    let impatient = email(&peer, json!({"answer_seconds": 1}));
    let answer = impatient.send(&to("silent-after-data@ok.test")).await;
    assert_eq!(word(&answer, "silent-after-data@ok.test"), ("unknown", "silent_after_data".to_owned()));
    // Unknown is honest: the server has it.
    peer.wait_until(|p| p.count() == 2);
    // No connection with an outstanding answer is used again.
    for account in [&patient, &impatient] {
        receipt(account.send(&to("fine@ok.test")).await);
    }
    assert_eq!((peer.count(), peer.times("connect")), (4, 6));
}

#[tokio::test]
async fn a_stale_connection_costs_no_attempt() {
    let peer = SmtpPeer::start();
    let account = email(&peer, json!({}));
    for (n, first) in ["hangup-later@ok.test", "busy-later@ok.test"].into_iter().enumerate() {
        receipt(account.send(&to(first)).await);
        receipt(account.send(&to("next@ok.test")).await);
        assert_eq!((peer.count(), peer.times("connect")), (2 * n + 2, n + 2));
    }
    let to_next = peer.envelopes().iter().filter(|e| e["to"] == json!(["next@ok.test"])).count();
    assert_eq!(to_next, 2);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_tried_again_later() {
    let peer = SmtpPeer::start();
    let account = email(&peer, json!({}));
    drop(peer);
    let outcome = account.send(&to("ba@cho.example")).await;
    assert_eq!(word(&outcome, "ba@cho.example"), ("retry", "server_unreachable".to_owned()));
}

#[tokio::test]
async fn many_sends_share_few_connections() {
    let peer = SmtpPeer::start();
    let account = email(&peer, json!({"connections": 4}));
    let msgs: Vec<Outbound> = (0..30).map(|n| to(&format!("user{n}@ok.test"))).collect();
    for outcome in join_all(msgs.iter().map(|m| account.send(m))).await {
        receipt(outcome);
    }
    let mut got: Vec<String> =
        peer.envelopes().iter().map(|e| e["to"][0].as_str().unwrap().to_owned()).collect();
    got.sort();
    got.dedup();
    assert_eq!((peer.count(), got.len()), (30, 30));
    assert_eq!(peer.times("connect"), 4);
}

#[tokio::test]
async fn a_send_that_is_given_up_leaves_no_connection_behind() {
    let peer = SmtpPeer::start();
    let account = email(&peer, json!({"connections": 1}));
    receipt(account.send(&to("user1@ok.test")).await);
    {
        let msg = to("silent-after-data@ok.test");
        let mut given_up = account.send(&msg);
        // Once the server has it on disk the answer is outstanding; then the caller lets go.
        while peer.count() < 2 {
            let step = tokio::time::timeout(Duration::from_millis(5), &mut given_up).await;
            assert!(step.is_err(), "{step:?}");
        }
    }
    let next = receipt(account.send(&to("user2@ok.test")).await);
    assert_eq!((next.id.as_str(), peer.times("connect")), ("000003", 2));
}

#[tokio::test]
async fn packages_and_sheets_travel_by_mail_and_stay_pending() {
    let peer = SmtpPeer::start();
    for (kind, voice) in [("hand-over", Voice::Press), ("station", Voice::Script)] {
        let carrier = email(&peer, json!({}));
        let account = built(kind, json!({}), Some(carrier.clone())).unwrap();
        let c = account.capabilities();
        assert_eq!((c.push, c.voice, c.reach), (Push::HandOver, voice, false));
        assert_eq!((c.connections, c.send_timeout), (4, carrier.capabilities().send_timeout));
        assert_eq!(transport::form(kind).unwrap().voice, voice);
        let msg = to("bien.tap@bao.example");
        assert!(receipt(account.send(&msg).await).pending);
        assert_eq!(account.compose(&msg).unwrap(), carrier.compose(&msg).unwrap());
        let refused = account.send(&to("nosuch@ok.test")).await;
        assert_eq!(word(&refused, "nosuch@ok.test").0, "rejected_recipient");
        let batch = account.send_batch(&[to("user1@ok.test"), to("nosuch@ok.test")]).await;
        assert!(
            matches!(&batch[..], [Outcome::Accepted(r), Outcome::Rejected { .. }] if r.pending),
            "{batch:?}"
        );
        account.probe().await.unwrap();

        let key = |r: Result<Arc<dyn Transport>, BadSetting>| r.err().expect("refused").key;
        assert_eq!(key(built(kind, json!({}), None)), "carrier");
        assert_eq!(key(built(kind, json!({}), Some(account.clone()))), "carrier");
        assert_eq!(key(built(kind, json!({"server": "x"}), Some(carrier))), "server");
    }
}
