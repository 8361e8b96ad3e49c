//! Files that want to hurt: bombs, giants, depth, links out of the workspace, arbitrary bytes.

use std::path::Path;

use super::Edit::Change;
use super::{check, codes, workspace};
use loa::manifest::fix;
use loa::yaml::{Kind, Node, parse, parse_bytes};
use proptest::prelude::*;

const POST: &str = "campaigns/ten-mien/posts/ho-kinh-doanh/post.yaml";

#[test]
fn an_alias_bomb_is_refused() {
    let dir = workspace(&[]);
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for i in 1..30 {
        let again = vec![format!("*a{}", i - 1); 10].join(", ");
        bomb += &format!("a{i}: &a{i} [{again}]\n");
    }
    std::fs::write(dir.path().join(POST), bomb).unwrap();
    assert!(codes(dir.path()).contains(&"T004"));
}

#[test]
fn a_giant_is_refused_unread() {
    let dir = workspace(&[]);
    std::fs::write(dir.path().join(POST), "# ".repeat(600_000)).unwrap();
    let (_, loaded) = check(dir.path());
    assert!(loaded.faults.iter().any(|f| f.code == "T002" && f.file == POST));
    assert_eq!(loaded.posts(), 1, "the other post goes on");
}

#[test]
fn depth_is_bounded() {
    for deep in [
        "[".repeat(1000),
        "- ".repeat(1000),
        "{a: ".repeat(1000),
        (0..1000).map(|i| format!("{}a:\n", " ".repeat(i))).collect(),
    ] {
        let p = parse("t", &deep);
        assert!(p.root.is_none() && p.faults.iter().any(|f| f.code == "T003"), "{:?}", &p.faults);
    }
}

#[cfg(unix)]
#[test]
fn links_out_of_the_workspace_are_not_followed() {
    use std::os::unix::fs::symlink;
    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("post.yaml"), "title: bí mật của máy\n").unwrap();
    std::fs::write(outside.path().join("secret.md"), "bí mật của máy\n").unwrap();
    let dir = workspace(&[]);
    let posts = dir.path().join("campaigns/ten-mien/posts");
    symlink(outside.path(), posts.join("ngoai")).unwrap();
    symlink(outside.path().join("secret.md"), posts.join("nhan-dan/zalo.md")).unwrap();
    std::fs::remove_file(dir.path().join("campaigns/facts.yaml")).unwrap();
    symlink("/etc/hostname", dir.path().join("campaigns/facts.yaml")).unwrap();
    symlink("/nowhere/at/all", posts.join("dangling")).unwrap();
    let (_, loaded) = check(dir.path());
    let out: Vec<&str> = loaded.faults.iter().filter(|f| f.code == "T027").map(|f| f.file.as_str()).collect();
    assert_eq!(
        out,
        [
            "campaigns/facts.yaml",
            "campaigns/ten-mien/posts/nhan-dan/zalo.md",
            "campaigns/ten-mien/posts/ngoai"
        ]
        .iter()
        .copied()
        .collect::<std::collections::BTreeSet<_>>()
        .into_iter()
        .collect::<Vec<_>>()
    );
    assert!(!format!("{:?}", loaded.faults).contains("bí mật"));
    let nowhere: Vec<&str> =
        loaded.faults.iter().filter(|f| f.code == "T039").map(|f| f.file.as_str()).collect();
    assert_eq!(nowhere, ["campaigns/ten-mien/posts/dangling"]);
    // The repair does not write through them either.
    let before = std::fs::read(outside.path().join("secret.md")).unwrap();
    fix(dir.path(), false);
    assert_eq!(std::fs::read(outside.path().join("secret.md")).unwrap(), before);
}

#[cfg(unix)]
#[test]
fn a_text_that_links_to_nothing_stops_its_post() {
    let dir = workspace(&[]);
    let text = dir.path().join("campaigns/ten-mien/posts/nhan-dan/zalo.md");
    std::os::unix::fs::symlink("khong-co.md", text).unwrap();
    let (_, loaded) = check(dir.path());
    assert_eq!(loaded.faults.iter().map(|f| f.code).collect::<Vec<_>>(), ["T039"]);
    assert_eq!(loaded.stopped.len(), 1, "nothing else is sent in its place");
}

#[test]
fn a_path_in_a_file_cannot_leave_either() {
    for (file, from, to) in [
        ("campaigns/units.yaml", "file: xa-phuong.csv", "file: ../../../etc/passwd"),
        ("campaigns/media-kit.yaml", "file: kit/poster.png", "file: /etc/passwd"),
        ("campaigns/ten-mien/campaign.yaml", "file: van-ban/276.pdf", "file: ../../loa.yaml"),
    ] {
        let dir = workspace(&[Change(file, from, to)]);
        assert!(codes(dir.path()).contains(&"T027"), "{file}");
    }
}

#[test]
fn a_contact_never_stands_in_a_report() {
    let dir = workspace(&[Change(
        "campaigns/audiences/ds-ho-kinh-doanh.csv",
        "hkd-2@homestay.example",
        "Nguyễn Bí Mật 0912",
    )]);
    let (_, loaded) = check(dir.path());
    assert!(loaded.faults.iter().any(|f| f.code == "B007"));
    let all = format!("{:?}{}", loaded.faults, super::report(dir.path(), loa::domain::text::Lang::Vi));
    assert!(!all.contains("Bí Mật") && !all.contains("0912") && !all.contains("Hoàng Văn Mẫu"));
}

#[test]
fn nor_does_one_whose_list_has_no_header() {
    let list = "campaigns/audiences/ds-ho-kinh-doanh.csv";
    for header in ["", "ho va ten,thu\n"] {
        let dir = workspace(&[Change(list, "ten,email,zalo,telegram,can_cu\n", header)]);
        let (_, loaded) = check(dir.path());
        assert!(loaded.faults.iter().any(|f| f.code == "B001"));
        let all = format!("{:?}{}", loaded.faults, super::report(dir.path(), loa::domain::text::Lang::Vi));
        assert!(!all.contains("Bùi Thị Mẫu") && !all.contains("hkd-1"), "{all}");
    }
}

fn inside(node: &Node, lines: usize) -> bool {
    let own = node.span.line >= 1 && node.span.line <= lines + 1;
    own && match &node.kind {
        Kind::Scalar { .. } => true,
        Kind::List(l) => l.iter().all(|n| inside(n, lines)),
        Kind::Map(m) => {
            m.iter().all(|(k, v)| k.span.line >= 1 && k.span.line <= lines + 1 && inside(v, lines))
        }
    }
}

fn holds(text: &str) -> Result<(), TestCaseError> {
    let p = parse("t.yaml", text);
    let lines: Vec<&str> = p.source.lines().collect();
    for f in &p.faults {
        if f.line > 0 {
            prop_assert!(f.line <= lines.len(), "{f:?}");
            prop_assert!(f.column >= 1 && f.column <= lines[f.line - 1].chars().count() + 1, "{f:?}");
            prop_assert_eq!(f.source.as_deref(), Some(lines[f.line - 1]));
        }
        prop_assert!(!f.render(true, true).is_empty() && !f.render(false, false).is_empty());
    }
    if let Some(r) = &p.root {
        prop_assert!(inside(r, lines.len()));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_text_is_read_without_panic(text in "\\PC{0,200}") {
        holds(&text)?;
    }

    #[test]
    fn text_made_of_yaml_is_read_without_panic(parts in proptest::collection::vec(
        prop_oneof![
            Just("\n"), Just("  "), Just("- "), Just(": "), Just(":"), Just("\""), Just("'"), Just("["), Just("]"), Just("{"),
            Just("}"), Just("#"), Just(" #"), Just(","), Just("&a "), Just("*a"), Just("!t "), Just("|"), Just(">"), Just("---\n"),
            Just("...\n"), Just("\t"), Just("\u{a0}"), Just("\u{feff}"), Just("\r\n"), Just("\r"), Just("?"), Just("@"), Just("%"),
            Just("tiêu đề"), Just("e\u{301}"), Just("17:00"), Just("\u{0}"), Just("\u{2028}"), Just("{{"), Just("~"),
        ], 0..60)) {
        holds(&parts.concat())?;
    }

    #[test]
    fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        parse_bytes("t.yaml", &bytes);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn a_post_with_one_line_broken_never_panics(line in 0usize..30, junk in "\\PC{0,40}") {
        let base = std::fs::read_to_string(super::repository().join("tests/fixtures/base").join(POST)).unwrap();
        let mut lines: Vec<&str> = base.lines().collect();
        let at = line % lines.len();
        lines[at] = &junk;
        let dir = workspace(&[]);
        std::fs::write(dir.path().join(POST), lines.join("\n")).unwrap();
        let (_, loaded) = check(Path::new(dir.path()));
        prop_assert!(loaded.posts() >= 1, "the other post goes on");
        let (read, stopped) = (loaded.posts(), loaded.stopped.len());
        prop_assert_eq!(read + stopped, 2);
    }
}
