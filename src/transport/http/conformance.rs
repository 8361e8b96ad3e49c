//! What every kind that speaks HTTP must keep, tried on each against a bare server that answers nothing, hangs up, or says 401.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::tests_support::{outbound, png};
use crate::domain::message::{Outbound, Role};
use crate::domain::outcome::Outcome;
use crate::transport::{Build, Transport, kind};

const TOKEN: &str = "987654:S3cretS3cret";
const CHAT: &str = "-100555666";

/// Kind, its settings, and the word for an answer that never came.
fn cases(url: &str) -> Vec<(&'static str, Value, &'static str)> {
    vec![
        ("telegram", json!({"token": TOKEN, "api_url": url}), "unknown"),
        ("zalo-bot", json!({"token": TOKEN, "api_url": url}), "unknown"),
        // The first request of a send only looks; nothing has happened yet.
        ("wordpress", json!({"url": url, "user": "admin", "password": "S3cr etS3 cret"}), "retry"),
        (
            "webhook",
            json!({"url": format!("{url}/S3cret?k=S3cret"), "secret": webhook_secret(), "allow_private": true}),
            "unknown",
        ),
    ]
}

fn webhook_secret() -> String {
    "whsec_UzNjcmV0UzNjcmV0UzNjcmV0UzNjcmV0".into()
}

fn make(name: &str, settings: Value) -> Result<Arc<dyn Transport>, crate::transport::BadSetting> {
    let kind = kind(name).unwrap();
    (kind.build)(Build { account: "a".into(), settings, vault: None, carrier: None })
}

fn message() -> Outbound {
    let mut m = outbound(CHAT);
    m.blobs = vec![png(Role::Featured)].into();
    m
}

fn nothing_secret(shown: &str) {
    for s in ["S3cret", "S3cr etS3", "987654", "100555666", "UzNjcmV0"] {
        assert!(!shown.contains(s), "{s} in {shown}");
    }
}

/// Reads one whole request.
async fn request(s: &mut TcpStream) -> Vec<u8> {
    let mut got = Vec::new();
    let mut buf = [0u8; 4096];
    loop {
        let n = s.read(&mut buf).await.unwrap();
        got.extend_from_slice(&buf[..n]);
        let text = String::from_utf8_lossy(&got).to_ascii_lowercase();
        if let Some(head) = text.find("\r\n\r\n") {
            let length = text[..head].lines().find_map(|l| l.strip_prefix("content-length:"));
            let length: usize = length.map_or(0, |v| v.trim().parse().unwrap());
            if n == 0 || got.len() >= head + 4 + length {
                return got;
            }
        }
        assert!(n > 0, "the client hung up");
    }
}

/// Answers every connection with `answer`, or hangs up on it after the whole request.
async fn serve(listener: &TcpListener, answer: Option<&str>) -> std::convert::Infallible {
    loop {
        let (mut s, _) = listener.accept().await.unwrap();
        let _ = request(&mut s).await;
        if let Some(answer) = answer {
            s.write_all(answer.as_bytes()).await.unwrap();
        }
    }
}

async fn against<T>(listener: &TcpListener, answer: Option<&str>, call: impl Future<Output = T>) -> T {
    tokio::select! { out = call => out, never = serve(listener, answer) => match never {} }
}

#[test]
fn keys_are_known_and_required() {
    for (name, settings, _) in cases("http://127.0.0.1:9") {
        assert!(make(name, settings.clone()).is_ok(), "{name}");
        let mut more = settings.clone();
        more["bogus"] = json!("S3cret");
        let bad = make(name, more).err().unwrap();
        assert_eq!(bad.key, "bogus", "{name}");
        nothing_secret(&bad.to_string());
        for (key, required, what) in kind(name).unwrap().keys {
            assert!(!what.is_empty());
            let mut less = settings.clone();
            less.as_object_mut().unwrap().remove(*key);
            if *key != "allow_private" {
                assert_eq!(make(name, less).is_err(), *required, "{name}.{key}");
            }
            if settings[*key].is_string() {
                let mut wrong = settings.clone();
                wrong[*key] = json!(["S3cret"]);
                let bad = make(name, wrong).err().unwrap();
                assert_eq!(&bad.key, key, "{name}");
                nothing_secret(&bad.to_string());
            }
        }
    }
}

#[tokio::test]
async fn nobody_there_is_a_retry() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for (name, settings, _) in cases(&format!("http://{free}")) {
        let t = make(name, settings).unwrap();
        let o = t.send(&message()).await;
        assert!(matches!(o, Outcome::Retry { .. }), "{name}: {o:?}");
        nothing_secret(&format!("{o:?}"));
        let e = t.probe().await.unwrap_err();
        nothing_secret(&format!("{e:?}"));
    }
}

#[tokio::test]
async fn an_answer_that_never_comes_is_what_the_kind_says() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    for (name, settings, want) in cases(&format!("http://{}", listener.local_addr().unwrap())) {
        let t = make(name, settings.clone()).unwrap();
        let o = against(&listener, None, t.send(&message())).await;
        assert_eq!(o.word(), want, "{name}: {o:?}");
        nothing_secret(&format!("{o:?}"));
        if name == "webhook" {
            let mut keeps_ids = settings;
            keeps_ids["deduplicates"] = json!(true);
            let t = make(name, keeps_ids).unwrap();
            let o = against(&listener, None, t.send(&message())).await;
            assert_eq!(o.word(), "retry", "{o:?}");
        }
    }
}

#[tokio::test]
async fn refused_credentials_break_the_account_and_are_not_repeated() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let basic = "YWRtaW46UzNjcmV0UzNjcmV0"; // admin:S3cretS3cret
    for (name, settings, _) in cases(&url) {
        // A far side that repeats what it was given.
        let said = match name {
            "wordpress" => format!("no S3cr etS3 cret, S3cretS3cret or {basic}"),
            "webhook" => format!("no {url}/S3cret?k=S3cret, /S3cret, k=S3cret"),
            _ => format!("no {TOKEN} of {CHAT} at {url}/bot{TOKEN}/x"),
        };
        let body = json!({"ok": false, "error_code": 401, "code": "x", "description": said, "message": said});
        let body = body.to_string();
        let head = format!(
            "HTTP/1.1 401 Unauthorized\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            body.len()
        );
        let answer = head + &body;
        let t = make(name, settings).unwrap();
        let o = against(&listener, Some(&answer), t.send(&message())).await;
        assert!(matches!(o, Outcome::Broken { .. }), "{name}: {o:?}");
        nothing_secret(&format!("{o:?}"));
        let e = against(&listener, Some(&answer), t.probe()).await.unwrap_err();
        // A probe is about no chat, so that none can be known to it.
        nothing_secret(&format!("{e:?}").replace(CHAT, ""));
    }
}

#[test]
fn what_would_leave_can_be_opened_and_holds_no_credential() {
    for (name, settings, _) in cases("http://127.0.0.1:9") {
        let t = make(name, settings).unwrap();
        let files = t.compose(&message()).unwrap();
        assert!(!files.is_empty(), "{name}");
        let all: String = files.iter().map(|f| String::from_utf8_lossy(&f.bytes).into_owned()).collect();
        assert!(all.contains("Hộ kinh doanh"), "{name}: {all}");
        assert!(!all.contains("S3cret"), "{name}");
    }
}

#[test]
fn a_send_ends_before_its_lease() {
    for (name, mut settings, _) in cases("http://127.0.0.1:9") {
        settings["timeout"] = json!(super::LONGEST_SEND);
        let t = make(name, settings.clone()).unwrap();
        assert!(t.capabilities().send_timeout < Duration::from_secs(110), "{name}");
        settings["timeout"] = json!(super::LONGEST_SEND + 1);
        assert_eq!(make(name, settings).err().unwrap().key, "timeout", "{name}");
    }
}
