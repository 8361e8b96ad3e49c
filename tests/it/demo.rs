//! The rehearsal of the repository's own programme: exits 0 only if ledger and outbox agree.

use std::path::Path;
use std::process::Command;

#[test]
fn the_programme_is_rehearsed_and_the_ledger_equals_the_outbox() {
    let out = tempfile::tempdir().expect("a folder");
    let run = Command::new(env!("CARGO_BIN_EXE_loa"))
        .args(["-w", env!("CARGO_MANIFEST_DIR"), "--lang", "vi", "demo", "--days", "12", "--out"])
        .arg(out.path().join("demo"))
        .output()
        .expect("loa runs");
    let text = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(run.status.success(), "{text}\n{}", String::from_utf8_lossy(&run.stderr));
    assert!(text.contains("sổ cái = hộp thử"), "{text}");
    // What goes wrong on purpose is said: the post with the expired offer, and the one that was not approved.
    assert!(text.contains("hết hiệu lực"), "{text}");
    // Airings add up: handed over = aired + not aired + missing + nobody said anything.
    let numbers = |label: &str| -> Vec<i64> {
        let line = text.lines().find(|l| l.trim_start().starts_with(label)).expect(label);
        let line = line.split(" (").next().unwrap_or(line);
        let digits = line.split_whitespace().map(|w| w.replace('.', ""));
        digits.filter_map(|w| w.parse().ok()).collect()
    };
    let aired = numbers("đã phát");
    assert_eq!(aired.len(), 5, "{text}");
    assert_eq!(aired[1], aired[0] + aired[2] + aired[3] + aired[4], "{text}");
    // Webmasters return links, good ones and wrong ones.
    let published = numbers("đã đăng");
    assert!(published.len() == 2 && published.iter().all(|n| *n > 0), "{text}");
    // What it tells to type leads to the same folder.
    let here = format!("loa -w {} --lang vi plan   ", env!("CARGO_MANIFEST_DIR"));
    assert!(text.contains(&here) && text.contains("/demo/workspace --lang vi check"), "{text}");
    let opened: Vec<String> = text
        .lines()
        .filter_map(|l| l.split_whitespace().next())
        .filter(|w| {
            w.contains("/demo/") && (w.ends_with(".html") || w.ends_with(".csv") || w.ends_with(".json"))
        })
        .map(str::to_owned)
        .collect();
    assert!(opened.len() >= 3, "{text}");
    assert!(opened.iter().all(|f| Path::new(f).is_file()), "every file it names exists: {opened:?}");
}
