//! Scripts as they sound: `loa speak` by real programs, and the estimate of seconds against real speech.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::Path;
use std::time::{Duration, Instant};

use chrono::NaiveDate;
use loa::config::Settings;
use loa::domain::sound;
use loa::plan::speak;
use loa::render::Templates;

use crate::support::office::{Office, today};

/// How far real speech may be from the estimate: espeak-ng at the default rate, all scripts of the programme.
const BAND: std::ops::RangeInclusive<f64> = 0.75..=1.25;

fn office(speech: &str) -> Office {
    let o =
        Office::new("  thu:\n    kind: scripted\n", &format!("default_accounts:\n  email: thu\n{speech}"));
    o.units("  - id: so\n    name: Sở Thử\n    kind: department\n");
    o.list("ds", &["a@khach.example".into()]);
    let at = format!("{} 08:00", today(3));
    o.post("bai", "Họp dân", &format!("  - channel: email\n    to: ds\n    at: {at}\n"));
    o.write(
        "campaigns/chien-dich/posts/bai/loa.md",
        "Sáng 30/11/2026, từ 8h30, mời bà con đến UBND phường.\n\nHỏi số 0225.3842.124.\n",
    );
    o
}

fn ended(o: &Office, args: &[&str]) -> (i32, String) {
    let out = o.loa(args);
    let text = format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    (out.status.code().unwrap(), text)
}

#[test]
fn a_rehearsal_says_that_it_is_one() {
    let o = office("");
    let text = o.ok(&["speak", "chien-dich/bai", "--text"]);
    assert!(text.contains("từ tám giờ ba mươi phút, mời bà con đến ủy ban nhân dân phường."), "{text}");
    for name in ["nghe.wav", "nghe.mp3"] {
        let file = o.at(name);
        let said = o.ok(&["speak", "chien-dich/bai", "--out", file.to_str().unwrap()]);
        assert!(said.contains("Không phát trên loa"), "{said}");
        let bytes = std::fs::read(&file).unwrap();
        assert!(bytes.windows(11).any(|w| w == sound::REHEARSAL.as_bytes()), "{name} has no mark");
        let sound = if name.ends_with("mp3") { sound::mp3(&bytes) } else { sound::wav(&bytes) }.unwrap();
        assert!(sound.mono && sound.seconds > 10.0, "{name}: {sound:?}");
        // What lies there is not written over.
        let (code, said) = ended(&o, &["speak", "chien-dich/bai", "--out", file.to_str().unwrap()]);
        assert_eq!(code, 3, "{said}");
    }
    let left: Vec<_> = std::fs::read_dir(o.path())
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .filter(|n| n.starts_with(".nghe"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_program_that_is_not_there_or_never_ends_or_says_nothing_is_named() {
    for (speech, code, part) in [
        ("speech:\n  command: [khong-co-may-doc]\n", 2, "khong-co-may-doc"),
        ("speech:\n  command: [sleep, 600]\n  time_limit: 1 seconds\n", 1, "quá 1 giây"),
        ("speech:\n  command: [cp, /etc/hostname, \"{out}\"]\n", 1, "không ghi ra tiếng"),
        ("speech:\n  command: [ls, /khong-co]\n", 1, "dừng giữa chừng"),
        // No shell reads it.
        ("speech:\n  command: [echo, \"$(touch dau-vet)\", \";touch dau-vet\"]\n", 1, "không ghi ra tiếng"),
    ] {
        let o = office(speech);
        let out = o.at("nghe.wav");
        let start = Instant::now();
        let (got, text) = ended(&o, &["speak", "chien-dich/bai", "--out", out.to_str().unwrap()]);
        assert_eq!(got, code, "{text}");
        assert!(text.contains(part), "{text}");
        assert!(!out.exists() && !o.at("dau-vet").exists());
        assert!(start.elapsed() < Duration::from_secs(120));
    }
    let o = office("");
    assert_eq!(ended(&o, &["speak", "chien-dich/khong-co"]).0, 2);
    assert_eq!(ended(&o, &["speak", "chien-dich/bai", "--out", "nghe.ogg"]).0, 2);
}

#[tokio::test]
async fn seconds_are_what_real_speech_takes() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let settings = Settings::defaults(root);
    let templates = Templates::builtin().unwrap();
    let loaded = loa::manifest::load(root, &settings, NaiveDate::from_ymd_opt(2026, 11, 23).unwrap());
    let folder = tempfile::tempdir().unwrap();
    let mut heard = vec![];
    for c in &loaded.workspace.campaigns {
        for p in c.posts.iter().filter(|p| p.texts.overrides.contains_key("script")) {
            let said = speak::lines(&settings, &loaded.workspace, &templates, c, p).unwrap();
            let out = folder.path().join(format!("{}.wav", p.id));
            let path = "/usr/local/bin:/usr/bin:/bin";
            let r = speak::voice(&settings, path, &p.title, &said, &out).await.unwrap();
            heard.push((p.id.to_string(), r.seconds / f64::from(r.estimate)));
        }
    }
    assert!(heard.len() >= 5, "{heard:?}");
    let all: f64 = heard.iter().map(|(_, r)| r).sum::<f64>() / heard.len() as f64;
    assert!((0.85..=1.15).contains(&all), "on the whole {all:.2}: {heard:?}");
    for (post, ratio) in &heard {
        assert!(BAND.contains(ratio), "{post}: speech takes {ratio:.2} of the estimate; all: {heard:?}");
    }
}

#[test]
fn what_a_program_started_ends_with_it() {
    let o = office("");
    let file = o.at("pid");
    let script = format!("sleep 611 & echo $! > {}; sleep 612", file.display());
    o.write(
        "loa.yaml",
        &format!(
            "{}speech:\n  command: [sh, -c, \"{script}\"]\n  time_limit: 1 seconds\n",
            std::fs::read_to_string(o.at("loa.yaml")).unwrap()
        ),
    );
    let (code, said) = ended(&o, &["speak", "chien-dich/bai", "--out", o.at("a.wav").to_str().unwrap()]);
    assert!(code == 1 && said.contains("quá 1 giây"), "{said}");
    let pid = std::fs::read_to_string(file).unwrap();
    let runs = || {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
        stat.rsplit(')').next().is_some_and(|rest| !rest.trim().is_empty() && !rest.trim().starts_with('Z'))
    };
    let until = Instant::now() + Duration::from_secs(10);
    while runs() {
        assert!(Instant::now() < until, "{} lives on", pid.trim());
        std::thread::yield_now();
    }
}

#[test]
fn a_script_is_voiced_before_it_is_recorded() {
    let o = office("");
    let post = "campaigns/chien-dich/posts/bai/post.yaml";
    let text = std::fs::read_to_string(o.at(post)).unwrap();
    o.write(post, &format!("{text}recording: chua-thu.mp3\n"));
    let (code, said) = ended(&o, &["check"]);
    assert!(code != 0 && said.contains("A020"), "{said}");
    assert!(o.ok(&["speak", "chien-dich/bai", "--text"]).contains("tám giờ ba mươi phút"));
    // Anything else that stops it, stops this, too.
    o.write(post, &format!("{text}recording: chua-thu.mp3\nmesage: x\n"));
    assert_ne!(ended(&o, &["speak", "chien-dich/bai", "--text"]).0, 0);
}

#[test]
fn what_may_be_read_in_two_ways_is_told_with_what_to_write() {
    let o = Office::new(
        "  thu:\n    kind: scripted\n  phieu:\n    kind: station\n    carrier: thu\n",
        "default_accounts:\n  email: thu\n  station: phieu\n",
    );
    o.units(
        "  - id: so\n    name: Sở Thử\n    kind: department\n  - id: phuong-mot\n    name: Phường Một\n    kind: ward\n    \
         channels:\n      station:\n        address: loa@phuong.example\n    station:\n      kind: ip\n      sessions:\n        \
         sang: 05:30-06:00\n      days:\n        - hằng ngày\n      allowance_minutes: 3\n",
    );
    let sending = format!(
        "  - channel: station\n    to: phuong-mot\n    from: {}\n    until: {}\n    times: 2\n",
        today(1),
        today(12)
    );
    o.post("bai", "Họp dân", &sending);
    let script = "campaigns/chien-dich/posts/bai/loa.md";
    o.write(script, "Họp ngày 5/12, lúc 7h30.\n\nKết quả: 5/12.\n\nCó 15,000 người, đi đường ĐT359C.\n");
    let (code, said) = ended(&o, &["check"]);
    assert_ne!(code, 0, "{said}");
    for part in ["R010", "loa.md:3:10", "“ngày 5/12” nếu là ngày", "loa.md:5:4", "“15.000”", "loa.md:5:27"]
    {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(!said.contains("loa.md:1:"), "{said}");
    o.write(script, "Họp ngày 5/12, lúc 7h30. Có 15 000 người.\n");
    assert!(o.ok(&["speak", "chien-dich/bai", "--text"]).contains("Có mười lăm nghìn người"));
}
