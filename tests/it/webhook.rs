//! Webhook: signed notices to a receiver that checks them as the specification says.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use loa::domain::outcome::{Outcome, Scope};
use ring::hmac;
use serde_json::{Value, json};

use crate::support::fakes::{FakeReceiver, Fault, Request};
use crate::support::outbound::{outbound, transport};

const SECRET: [u8; 32] = [9; 32];

fn hook(url: &str, deduplicates: bool) -> std::sync::Arc<dyn loa::transport::Transport> {
    let secret = format!("whsec_{}", STANDARD.encode(SECRET));
    transport(
        "webhook",
        json!({"url": url, "secret": secret, "allow_private": true, "deduplicates": deduplicates}),
    )
}

/// A receiver's check of a signature.
fn verified(r: &Request) -> bool {
    let get = |n: &str| r.header(n).unwrap_or_default().to_owned();
    let signed =
        [format!("{}.{}.", get("webhook-id"), get("webhook-timestamp")).as_bytes(), &r.body[..]].concat();
    let given = get("webhook-signature");
    let mac = given.strip_prefix("v1,").and_then(|m| STANDARD.decode(m).ok()).unwrap_or_default();
    hmac::verify(&hmac::Key::new(hmac::HMAC_SHA256, &SECRET), &signed, &mac).is_ok()
}

#[tokio::test]
async fn a_notice_is_signed_and_says_what_was_published() {
    let there = FakeReceiver::start();
    let m = outbound("a", "");
    let Outcome::Accepted(r) = hook(&there.url(), false).send(&m).await else { panic!() };
    assert_eq!(r.id, m.key.hex());
    let got = there.accepted();
    assert_eq!(got.len(), 1);
    assert!(verified(&got[0]));
    let mut forged = got[0].clone();
    forged.body.push(b' ');
    assert!(!verified(&forged));
    assert_eq!(got[0].header("webhook-id"), Some(m.key.hex().as_str()));
    assert_eq!(got[0].header("webhook-timestamp"), Some("1795000000"));
    let v: Value = serde_json::from_slice(&got[0].body).unwrap();
    assert_eq!(v["type"], "post.published");
    assert_eq!(v["data"]["title"], "Hộ kinh doanh & tên miền .vn");
    assert_eq!(v["data"]["origin"], "ten-mien-vn/ho-kinh-doanh");
}

#[tokio::test]
async fn a_lost_answer_is_tried_again_only_where_ids_are_kept() {
    let there = FakeReceiver::start();
    there.next_send(Fault::CutAfter);
    assert!(matches!(hook(&there.url(), false).send(&outbound("a", "")).await, Outcome::Unknown { .. }));
    let keeps = hook(&there.url(), true);
    there.next_send(Fault::CutAfter);
    let m = outbound("b", "");
    assert!(matches!(keeps.send(&m).await, Outcome::Retry { .. }));
    let mut again = m.clone();
    again.attempt = 2;
    again.now += chrono::TimeDelta::seconds(60);
    assert!(matches!(keeps.send(&again).await, Outcome::Accepted(_)));
    let ids: Vec<_> = there.accepted().iter().map(|r| r.header("webhook-id").unwrap().to_owned()).collect();
    assert_eq!(ids[1], ids[2]);
    assert!(there.accepted().iter().all(verified));
    let times: Vec<_> =
        there.accepted().iter().map(|r| r.header("webhook-timestamp").unwrap().to_owned()).collect();
    assert_eq!(times[1..], ["1795000000", "1795000060"], "the timestamp is the attempt's");
}

#[tokio::test]
async fn answers_are_obeyed() {
    let there = FakeReceiver::start();
    let t = hook(&there.url(), false);
    there.next_send(Fault::Answer(429, json!({}), Some(90)));
    let Outcome::Throttled { after, scope: Scope::Account, .. } = t.send(&outbound("a", "")).await else {
        panic!()
    };
    assert_eq!(after, Some(std::time::Duration::from_secs(90)));
    for (status, word) in
        [(410, "broken"), (302, "broken"), (401, "broken"), (400, "rejected_content"), (500, "retry")]
    {
        there.next_send(Fault::Answer(status, json!({}), None));
        assert_eq!(t.send(&outbound("a", "")).await.word(), word, "{status}");
    }
    assert!(there.accepted().is_empty());
}

#[tokio::test]
async fn a_name_that_leads_home_is_refused() {
    let there = FakeReceiver::start();
    let url = there.url().replace("127.0.0.1", "localhost");
    let secret = format!("whsec_{}", STANDARD.encode(SECRET));
    let t = transport("webhook", json!({"url": url, "secret": secret}));
    let Outcome::Broken { cause } = t.send(&outbound("a", "")).await else { panic!() };
    assert_eq!(cause.code, "private_address");
    assert!(there.accepted().is_empty());
}
