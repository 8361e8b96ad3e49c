//! What every kind of transport must keep, whichever it is: settings, capabilities, its page, what it composes.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::sync::Arc;
use std::time::Duration;

use loa::domain::message::{Rendition, Role, Voice};
use loa::store::LEASE_MS;
use loa::transport::{BadSetting, Build, KINDS, Kind, Per, Push, Repeat, Transport};
use serde_json::{Map, Value, json};

use crate::support::outbound::{body, for_kind, outbound};

/// What no kind may ever show.
const PASSWORD: &str = "Mat-Khau-Rieng-9f31";
/// The same for a bot; its second half alone must not be seen either.
const TOKEN: &str = "110201543:AAMatKhauRieng9f31GWJxfSeofSAs0K5PA";
const SECRET: &str = "whsec_TWF0LUtoYXUtUmllbmctOWYzMS1NYXQtS2hhdQ==";

/// Good settings of a kind: each required key, and a login.
fn settings(kind: &Kind) -> Map<String, Value> {
    let mut out = Map::new();
    for (key, required, _) in kind.keys {
        let value = match *key {
            "server" => json!("127.0.0.1"),
            "from_address" => json!("truyenthong@so.example"),
            "url" if kind.name != "scripted" => json!("https://so.example"),
            "user" => json!("loa"),
            "password" => json!(PASSWORD),
            "token" => json!(TOKEN),
            "secret" => json!(SECRET),
            other => {
                assert!(!required, "{}: the test knows no good value of {other}", kind.name);
                continue;
            }
        };
        out.insert((*key).to_owned(), value);
    }
    out
}

fn borrows(kind: &Kind) -> bool {
    matches!(kind.name, "hand-over" | "press" | "station")
}

fn build(kind: &Kind, settings: Map<String, Value>) -> Result<Arc<dyn Transport>, BadSetting> {
    let carrier = borrows(kind).then(|| {
        let mail = loa::transport::kind("email").unwrap();
        build(mail, self::settings(mail)).unwrap()
    });
    (kind.build)(Build { account: "tk".into(), settings: Value::Object(settings), vault: None, carrier })
}

fn said(kind: &Kind, r: Result<Arc<dyn Transport>, BadSetting>) -> String {
    match r {
        Ok(_) => panic!("{}: was accepted", kind.name),
        Err(e) => e.to_string(),
    }
}

fn shows_no_secret(kind: &Kind, shown: &str) {
    for s in [PASSWORD, TOKEN, &TOKEN[10..], SECRET, &SECRET[6..]] {
        assert!(!shown.contains(s), "{}: {s} in {shown}", kind.name);
    }
}

#[test]
fn good_settings_build_and_unknown_ones_are_refused() {
    for kind in KINDS {
        build(kind, settings(kind)).unwrap_or_else(|e| panic!("{}: {e}", kind.name));
        let mut slip = settings(kind);
        slip.insert("khoa_la".into(), json!(PASSWORD));
        let says = said(kind, build(kind, slip));
        assert!(says.contains("khoa_la"), "{}: {says}", kind.name);
        shows_no_secret(kind, &says);
    }
}

#[test]
fn what_is_missing_is_named() {
    for kind in KINDS {
        for (key, _, _) in kind.keys.iter().filter(|(_, required, _)| *required) {
            let mut less = settings(kind);
            less.remove(*key);
            let says = said(kind, build(kind, less));
            assert!(says.contains(key), "{}: {key} is missing, and it says {says}", kind.name);
            shows_no_secret(kind, &says);
        }
        if borrows(kind) {
            let alone = Build { account: "tk".into(), settings: json!({}), vault: None, carrier: None };
            assert!(said(kind, (kind.build)(alone)).contains("carrier"));
        }
    }
}

#[test]
fn a_value_of_another_type_is_refused_and_not_shown() {
    for kind in KINDS {
        for (key, _, _) in kind.keys {
            // Wrong for every key there is: a list of tables.
            let mut wrong = settings(kind);
            wrong.insert((*key).to_owned(), json!([{"x": PASSWORD}]));
            let says = said(kind, build(kind, wrong));
            shows_no_secret(kind, &says);
        }
    }
}

#[test]
fn capabilities_are_sane() {
    for kind in KINDS {
        let t = build(kind, settings(kind)).unwrap();
        let c = t.capabilities();
        let name = kind.name;
        assert_eq!(c.voice, kind.form.voice, "{name}");
        assert!(c.send_timeout > Duration::ZERO, "{name}");
        // A send, and the moment dispatch adds, end before the lease on the row does.
        let lease = Duration::from_millis(u64::try_from(LEASE_MS).unwrap());
        assert!(c.send_timeout + Duration::from_secs(5) < lease, "{name}: {:?}", c.send_timeout);
        assert!(c.connections >= 1 && c.max_batch >= 1, "{name}");
        assert!(c.limits.iter().all(|l| l.count >= 1 && l.per > Duration::ZERO), "{name}");
        if c.voice == Voice::Chat {
            assert!(c.limits.iter().any(|l| l.of == Per::Target), "{name}: a limit for one chat");
            assert!(c.limits.iter().any(|l| l.of == Per::Account), "{name}: a limit for the bot");
            assert!(c.max_text.is_some_and(|n| (500..=10_000).contains(&n)), "{name}");
        }
        assert_eq!(c.push == Push::HandOver, borrows(kind), "{name}");
    }
}

#[test]
fn names_are_plain_and_pages_exist() {
    let mut names: Vec<&str> = KINDS.iter().map(|k| k.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), KINDS.len());
    for kind in KINDS {
        assert!(kind.name.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{}", kind.name);
        assert_eq!(loa::transport::kind(kind.name).map(|k| k.name), Some(kind.name));
        // The kind of the tests is nobody's channel.
        if kind.name == "scripted" {
            continue;
        }
        let page = format!("{}/docs/channels/{}.md", env!("CARGO_MANIFEST_DIR"), kind.name);
        let page = std::fs::read_to_string(&page).unwrap_or_else(|e| panic!("{page}: {e}"));
        for (key, required, says) in kind.keys {
            assert!(!says.is_empty(), "{}: {key}", kind.name);
            assert!(!required || page.contains(key), "docs/channels/{}.md does not name {key}", kind.name);
        }
    }
}

#[test]
fn a_plain_rendition_composes_the_same_twice_and_shows_no_secret() {
    for kind in KINDS {
        let t = build(kind, settings(kind)).unwrap();
        let to = match t.capabilities().voice {
            Voice::Chat => "-1001",
            Voice::Web | Voice::Mail | Voice::Script | Voice::Press => "nguoi-nhan@khach.example",
        };
        let mut m = outbound("hứa", to);
        for_kind(&mut m, kind.name);
        let r: &mut Rendition = body(&mut m);
        r.parts = vec![r.text.clone()];
        let files = t.compose(&m).unwrap_or_else(|e| panic!("{}: {e:?}", kind.name));
        assert!(!files.is_empty(), "{}", kind.name);
        for f in &files {
            assert!(!f.bytes.is_empty() && !f.ext.is_empty() && !f.ext.contains('.'), "{}", kind.name);
            shows_no_secret(kind, &String::from_utf8_lossy(&f.bytes));
        }
        assert_eq!(t.compose(&m).unwrap(), files, "{}: the same message gives the same bytes", kind.name);
    }
}

#[test]
fn what_the_far_side_counts_is_what_is_composed() {
    for kind in KINDS {
        let t = build(kind, settings(kind)).unwrap();
        let mut m = outbound("ubnd", "-1001234567890");
        crate::support::outbound::body(&mut m).kind = kind.name.into();
        assert_eq!(t.messages(&m), 1, "{}", kind.name);
        let chat = matches!(kind.name, "telegram" | "zalo-bot");
        crate::support::outbound::body(&mut m).parts = vec!["Một".into(), "Hai".into(), "Ba".into()];
        assert_eq!(t.messages(&m), if chat { 3 } else { 1 }, "{}", kind.name);
        if chat {
            // As the outbox shows them: one call for each.
            let shown = t.compose(&m).unwrap();
            let calls: Vec<serde_json::Value> = serde_json::from_slice(&shown[0].bytes).unwrap();
            assert_eq!(calls.len(), t.messages(&m), "{}", kind.name);
            crate::support::outbound::body(&mut m).parts = vec!["x".repeat(5000)];
            assert!(t.compose(&m).is_err());
            assert_eq!(t.messages(&m), 1, "what cannot be composed is refused as one");
        }
    }
}

/// A claim reckons with the rendition's count, before anything is composed: what goes out is never more.
#[test]
fn a_rendition_never_says_fewer_messages_than_are_sent() {
    let mut photo = crate::support::outbound::picture(Role::Featured, "anh", 7);
    photo.meta.url = Some("https://so.example/anh.png".into());
    let mut most = 0;
    for kind in KINDS {
        for carrier in [None, Some("telegram"), Some("zalo-bot"), Some("email")] {
            let t = match carrier.map(|c| KINDS.iter().find(|k| k.name == c).unwrap()) {
                Some(c) if kind.borrows => {
                    let (carrier, settings) = (build(c, settings(c)).unwrap(), json!({}));
                    let of = Build { account: "tk".into(), settings, vault: None, carrier: Some(carrier) };
                    (kind.build)(of).unwrap()
                }
                Some(_) => continue,
                None => build(kind, settings(kind)).unwrap(),
            };
            for first in [5, 990, 1020, 1030, 1900] {
                for parts in 0..4 {
                    for pictured in [false, true] {
                        for html in [false, true] {
                            let mut m = outbound("hứa", "-1001");
                            for_kind(&mut m, kind.name);
                            let r = body(&mut m);
                            r.text = "x".repeat(first);
                            r.html = html.then(|| format!("<b>{}</b>", r.text));
                            r.parts = (0..parts)
                                .map(|i| if i == 0 { r.text.clone() } else { "y".into() })
                                .collect();
                            if pictured {
                                r.attachments = vec![photo.meta.clone()];
                                m.blobs = Arc::new([photo.clone()]);
                            }
                            let n = t.messages(&m);
                            assert!(
                                n <= usize::from(m.body.messages()),
                                "{} {carrier:?} {:?}",
                                kind.name,
                                m.body
                            );
                            most = most.max(n);
                        }
                    }
                }
            }
        }
    }
    assert_eq!(most, 4, "three texts and a picture by itself");
}

fn repository(file: &str) -> String {
    std::fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap_or_default()
}

/// Whether a source has a test of this name.
fn has_test(source: &str, name: &str) -> bool {
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    let heads = [format!("fn {name}("), format!("async fn {name}(")];
    lines.iter().enumerate().any(|(i, line)| {
        heads.iter().any(|h| line.starts_with(h.as_str()))
            && lines[..i].iter().rev().take_while(|l| l.starts_with('#')).any(|l| l.contains("test"))
    })
}

/// Names of tests in a page that are none: `module::test`, `room::module::test`.
fn no_tests(page: &str, source: impl Fn(&str) -> String) -> Vec<String> {
    let words = page.split('`').skip(1).step_by(2).filter(|w| !w.contains(' '));
    words
        .filter_map(|w| Some((w, w.rsplit_once("::")?)))
        .filter(|(_, (module, test))| {
            // A test of one room is told with the room.
            let file = module.replace("::", "/");
            let folder = if file.contains('/') { "src" } else { "tests/it" };
            !has_test(&source(&format!("{folder}/{file}.rs")), test)
        })
        .map(|(w, _)| w.to_owned())
        .collect()
}

#[test]
fn reliability_names_tests_that_exist() {
    let page = repository("docs/reliability.md");
    assert!(page.matches("::").count() > 30, "the page names its tests");
    assert_eq!(no_tests(&page, repository), [""; 0], "no such tests");
    // Every promise has one, and every kind its row, with what a repeat does.
    for row in page.lines().filter(|l| l.starts_with("| **") || l.starts_with("| `")) {
        assert!(row.contains("::"), "no test: {row}");
    }
    for kind in KINDS.iter().filter(|k| k.name != "scripted") {
        let transport = build(kind, settings(kind)).unwrap();
        let word = match transport.capabilities().repeat {
            Repeat::Doubles => "doubles",
            Repeat::Findable => "findable",
            Repeat::Idempotent => "idempotent",
        };
        assert!(page.contains(&format!("| `{}` | {word}", kind.name)), "{}: {word}", kind.name);
    }
    // The rule can fail.
    let source = |f: &str| match f {
        "tests/it/a.rs" => "#[test]\nfn is() {}\nfn is_none() {}".to_owned(),
        "tests/it/b.rs" => "    #[tokio::test]\n    async fn is() {}".to_owned(),
        _ => String::new(),
    };
    assert_eq!(no_tests("`a::is` `b::is` `a::is_none` `a::gone` `x`", source), ["a::is_none", "a::gone"]);
}
