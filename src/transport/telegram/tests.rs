//! The platform's own error list as a table, and what a delivery becomes on the wire.

use super::*;
use crate::transport::http::tests_support::{outbound, png};

fn word(v: &Verdict) -> String {
    match v {
        Verdict::Sent(id) => format!("sent {id}"),
        Verdict::Moved(to) => format!("moved {to}"),
        Verdict::Ended(o) => {
            format!("{} {}", o.word(), o.cause().map(|c| c.code.clone()).unwrap_or_default())
        }
    }
}

fn refusal(code: u16, text: &str) -> String {
    serde_json::json!({"ok": false, "error_code": code, "description": text}).to_string()
}

#[test]
fn the_error_list() {
    let gone = "rejected_recipient chat_refuses";
    for (code, text, want) in [
        (403, "Forbidden: bot was blocked by the user", "rejected_recipient blocked"),
        (403, "Forbidden: user is deactivated", "rejected_recipient chat_gone"),
        (403, "Forbidden: bot can't initiate conversation with a user", gone),
        (403, "Forbidden: bot was kicked from the group chat", gone),
        (403, "Forbidden: bot was kicked from the supergroup chat", gone),
        (403, "Forbidden: bot was kicked from the channel chat", gone),
        (403, "Forbidden: bot is not a member of the channel chat", gone),
        (403, "Forbidden: bot is not a member of the group chat", gone),
        (403, "Forbidden: bot is not a member of the supergroup chat", gone),
        (403, "Forbidden: the group chat was deleted", gone),
        (403, "Forbidden: something new", gone),
        (400, "Bad Request: chat not found", "rejected_recipient chat_gone"),
        (
            400,
            "Bad Request: not enough rights to send text messages to the chat",
            "rejected_recipient no_rights_in_chat",
        ),
        (
            400,
            "Bad Request: need administrator rights in the channel chat",
            "rejected_recipient no_rights_in_chat",
        ),
        (400, "Bad Request: PEER_ID_INVALID", "rejected_recipient no_rights_in_chat"),
        (400, "Bad Request: message is too long", "rejected_content content_refused"),
        (400, "Bad Request: message caption is too long", "rejected_content content_refused"),
        (
            400,
            "Bad Request: can't parse entities: Unsupported start tag \"div\"",
            "rejected_content content_refused",
        ),
        (400, "Bad Request: IMAGE_PROCESS_FAILED", "rejected_content content_refused"),
        (413, "Request Entity Too Large", "rejected_content content_refused"),
        (401, "Unauthorized", "broken token_refused"),
        (404, "Not Found", "broken token_refused"),
        (500, "Internal Server Error", "retry server_error"),
        (502, "Bad Gateway", "unknown server_error"),
        (504, "Gateway Timeout", "unknown server_error"),
    ] {
        assert_eq!(
            word(&classify(code, refusal(code, text).as_bytes(), "42", None, &[])),
            want,
            "{code} {text}"
        );
    }
    for (status, body, want) in [
        (200, r#"{"ok":true,"result":{"message_id":7,"new_field":{}}}"#, "sent 7"),
        (200, r#"{"ok":true,"result":true}"#, "sent ?"),
        (200, "<html>login</html>", "unknown unreadable_answer"),
        (200, r#"{"ok":true,"resu"#, "unknown unreadable_answer"),
        (502, "<html>", "unknown server_error"),
        (500, "", "unknown server_error"),
        (503, "<html>", "retry server_error"),
        (429, "", "throttled too_many_requests"),
        (302, "", "broken not_the_bot_api"),
        (301, "<html>moved</html>", "broken not_the_bot_api"),
        (403, "<html>", "broken not_the_bot_api"),
        (404, "<html>nginx</html>", "broken not_the_bot_api"),
    ] {
        assert_eq!(word(&classify(status, body.as_bytes(), "42", None, &[])), want, "{status} {body}");
    }
}

#[test]
fn parameters_are_obeyed() {
    let slow = r#"{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 7","parameters":{"retry_after":7}}"#;
    for (chat, scope) in [("42", Scope::Account), ("-1001", Scope::Target), ("@kenh", Scope::Target)] {
        let Verdict::Ended(Outcome::Throttled { after, scope: s, .. }) =
            classify(429, slow.as_bytes(), chat, None, &[])
        else {
            panic!("{chat}")
        };
        assert_eq!((after, s), (Some(Duration::from_secs(7)), scope));
    }
    let moved = r#"{"ok":false,"error_code":400,"description":"Bad Request: group chat was upgraded to a supergroup chat","parameters":{"migrate_to_chat_id":-100987654321}}"#;
    assert_eq!(classify(400, moved.as_bytes(), "-5", None, &[]), Verdict::Moved(-100_987_654_321));
}

#[test]
fn what_is_kept_names_nobody() {
    let body = refusal(400, "Bad Request: chat -100777 of 12345:abcdef not found");
    let Verdict::Ended(o) = classify(400, body.as_bytes(), "-100777", None, &["12345:abcdef", "-100777"])
    else {
        panic!()
    };
    let kept = format!("{o:?}");
    assert!(!kept.contains("100777") && !kept.contains("abcdef"), "{kept}");
}

#[test]
fn length_is_counted_after_parsing() {
    assert_eq!(
        shown_len("<b>Đà &amp; Nẵng</b> &#128512; & <a href=\"x\">y</a>"),
        "Đà & Nẵng 😀 & y".chars().count()
    );
    assert_eq!(shown_len("a < b"), 5);
}

#[test]
fn html_of_another_kind_is_not_telegrams() {
    let mut m = outbound("-100");
    Arc::make_mut(&mut m.body).html = Some("<html><p>Gói</p>".into());
    (Arc::make_mut(&mut m.body).kind, Arc::make_mut(&mut m.body).album) = ("hand-over".into(), 0);
    let f = messages(&m).unwrap()[0].fields().unwrap();
    assert_eq!((f["text"].as_str(), f.get("parse_mode")), (Some("Hộ kinh doanh lên mạng"), None));
    (Arc::make_mut(&mut m.body).kind, Arc::make_mut(&mut m.body).album) = ("telegram".into(), MAX_ALBUM);
    let f = messages(&m).unwrap()[0].fields().unwrap();
    assert_eq!((f["text"].as_str(), f["parse_mode"].as_str()), (Some("<html><p>Gói</p>"), Some("HTML")));
}

#[test]
fn a_photo_takes_the_first_text_that_fits() {
    let mut m = outbound("-100");
    Arc::make_mut(&mut m.body).html = Some(String::new());
    Arc::make_mut(&mut m.body).parts = vec!["<b>Một</b>".into(), "Hai".into()];
    m.blobs = vec![png(Role::Featured)].into();
    let out = messages(&m).unwrap();
    assert_eq!(out.iter().map(Message::method).collect::<Vec<_>>(), ["SendPhoto", "SendMessage"]);
    assert_eq!(out[0].fields().unwrap()["caption"], "<b>Một</b>");
    assert_eq!(out[0].fields().unwrap()["parse_mode"], "HTML");

    Arc::make_mut(&mut m.body).parts = vec!["x".repeat(1025)];
    let out = messages(&m).unwrap();
    assert_eq!(out.iter().map(Message::method).collect::<Vec<_>>(), ["SendPhoto", "SendMessage"]);
    assert!(!out[0].fields().unwrap().contains_key("caption"));

    Arc::make_mut(&mut m.body).parts = vec!["x".repeat(4097)];
    assert_eq!(messages(&m).unwrap_err().code, "text_too_long");
    m.to.value = "Nguyễn".into();
    assert_eq!(messages(&m).unwrap_err().code, "bad_chat_id");
}

#[test]
fn a_file_follows_the_words_as_a_message_of_its_own() {
    let mut m = outbound("-100");
    let pdf = |name: &str| {
        let mut b = png(Role::File);
        (b.meta.name, b.meta.mime, b.meta.alt) = (name.into(), "application/pdf".into(), "Tờ rơi".into());
        b
    };
    let body = Arc::make_mut(&mut m.body);
    (body.kind, body.album) = ("telegram".into(), MAX_ALBUM);
    body.html = Some(String::new());
    body.parts = vec!["<b>Một</b>".into()];
    m.blobs = vec![png(Role::Featured), pdf("a.pdf"), pdf("b.pdf")].into();
    body.attachments = m.blobs.iter().map(|b| b.meta.clone()).collect();
    let out = messages(&m).unwrap();
    let methods: Vec<_> = out.iter().map(Message::method).collect();
    assert_eq!(methods, ["SendPhoto", "SendDocument", "SendDocument"]);
    assert_eq!(
        Value::Object(out[1].fields().unwrap()),
        serde_json::json!({"chat_id": -100, "caption": "Tờ rơi"})
    );
    assert_eq!(out[1].files()[0].0, "document");
    let counted: usize = out.iter().map(Message::weight).sum();
    assert_eq!((counted, m.body.messages()), (3, 3), "the ledger counts what is sent");
    // What is only carried names its files in its text.
    (Arc::make_mut(&mut m.body).kind, Arc::make_mut(&mut m.body).album) = ("hand-over".into(), 0);
    assert!(messages(&m).unwrap().iter().all(|m| m.method() != "SendDocument"));
    (Arc::make_mut(&mut m.body).kind, Arc::make_mut(&mut m.body).album) = ("telegram".into(), MAX_ALBUM);
    let mut large = pdf("c.pdf");
    large.bytes = vec![0; MAX_DOCUMENT as usize + 1].into();
    m.blobs = vec![large].into();
    assert_eq!(messages(&m).unwrap_err().code, "document_too_large");
}
