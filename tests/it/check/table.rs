//! The table of codes is true: what is emitted stands in it, what stands in it is emitted, its page is current.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Output};

use super::cases::{CASES, of_case};
use super::{KINDS, check, repository, workspace};
use loa::config;
use loa::manifest::codes;
use loa::yaml::Severity;

type Emitted = BTreeMap<String, BTreeSet<&'static str>>;

fn loa(root: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_loa"))
        .arg("-w")
        .arg(root)
        .args(["--lang", "vi"])
        .args(args)
        .env_remove("LOA_DATABASE_URL")
        .env_remove("LOA_LISTEN")
        .output()
        .unwrap()
}

/// Codes in quotes in the sources, where they stand.
fn in_sources(folder: &Path, out: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.display().to_string();
        if path.is_dir() {
            in_sources(&path, out);
            continue;
        }
        if name.contains("/manifest/codes") || !name.ends_with(".rs") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        for quoted in text.split('"') {
            let mut chars = quoted.chars();
            let letter = chars.next().is_some_and(|c| "TKDNFAWMBCRL".contains(c));
            if letter && quoted.len() == 4 && chars.all(|c| c.is_ascii_digit()) {
                out.entry(quoted.to_owned()).or_insert_with(|| name.clone());
            }
        }
    }
}

/// What the cases of this folder emit: the table of bad workspaces, and the few that need secrets or the program itself.
fn by_cases() -> Emitted {
    let mut out = Emitted::new();
    let mut put = |code: &str, severity: Severity| {
        out.entry(code.to_owned()).or_default().insert(severity.as_str());
    };
    for (name, _, edits) in CASES {
        let dir = of_case(name, edits);
        let (faults, loaded) = check(dir.path());
        faults.iter().chain(&loaded.faults).for_each(|f| put(f.code, f.severity));
    }
    for rule in loa::manifest::lint::rules::RULES {
        let (faults, loaded) = check(super::lint::example(rule, rule.bad).path());
        faults.iter().chain(&loaded.faults).for_each(|f| put(f.code, f.severity));
    }
    // Secrets are opened where something is to be sent.
    let dir = workspace(&[]);
    let secret = dir.path().join("bi-mat/web-so.txt");
    std::fs::create_dir_all(secret.parent().unwrap()).unwrap();
    std::fs::write(&secret, "m4t-khau").unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o644)).unwrap();
    }
    let (_, faults) = config::load(dir.path(), &BTreeMap::new(), true, &KINDS);
    faults.iter().for_each(|f| put(f.code, f.severity));
    // What is rendered, and the templates, are looked at by the command.
    let text = "campaigns/ten-mien/posts/ho-kinh-doanh/noi-dung.md";
    std::fs::write(dir.path().join(text), "Xem ảnh ![ảnh](https://noi-khac.example/anh.png).\n").unwrap();
    let first = loa(dir.path(), &["check", "--json"]);
    std::fs::create_dir_all(dir.path().join("templates/mail")).unwrap();
    std::fs::write(dir.path().join("templates/mail/layout.html.hbs"), "{{#if}}\n").unwrap();
    let second = loa(dir.path(), &["check", "--json"]);
    for printed in [first, second] {
        let report: serde_json::Value = serde_json::from_slice(&printed.stdout).unwrap();
        for f in report["faults"].as_array().unwrap() {
            let severity = match f["severity"].as_str().unwrap() {
                "error" => Severity::Error,
                "held" => Severity::Held,
                "warning" => Severity::Warning,
                _ => Severity::Note,
            };
            put(f["code"].as_str().unwrap(), severity);
        }
    }
    out
}

#[test]
fn every_code_of_the_sources_is_in_the_table_and_none_is_left_over() {
    let mut found = BTreeMap::new();
    in_sources(&repository().join("src"), &mut found);
    let missing: Vec<_> = found.iter().filter(|(c, _)| codes::find(c).is_none()).collect();
    assert!(missing.is_empty(), "give these a place in src/manifest/codes/: {missing:?}");
    let gone: Vec<_> = codes::all().filter(|c| !found.contains_key(c.code)).map(|c| c.code).collect();
    assert!(gone.is_empty(), "no source emits these any more: {gone:?}");
}

#[test]
fn every_code_of_the_table_is_emitted_by_a_case() {
    let emitted = by_cases();
    let never: Vec<_> = codes::all().filter(|c| !emitted.contains_key(c.code)).map(|c| c.code).collect();
    assert!(never.is_empty(), "add a case to tests/it/check/cases.rs for {never:?}");
    let wrong: Vec<_> = codes::all()
        .filter(|c| emitted.get(c.code).is_some_and(|s| !s.contains(c.severity.as_str())))
        .map(|c| (c.code, c.severity, &emitted[c.code]))
        .collect();
    assert!(wrong.is_empty(), "the table gives another severity: {wrong:?}");
}

#[test]
fn the_page_of_codes_is_current() {
    let update = Path::new(env!("CARGO_TARGET_TMPDIR")).join("codes.md");
    let page = codes::document();
    let current = std::fs::read_to_string(repository().join("docs/codes.md")).unwrap_or_default();
    if current != page {
        std::fs::write(&update, page).unwrap();
        panic!("docs/codes.md is out of date: copy it from {}", update.display());
    }
}

#[test]
fn a_code_is_explained_and_the_report_says_how() {
    let nowhere = tempfile::tempdir().unwrap();
    let out = loa(nowhere.path(), &["check", "--explain", "t014"]);
    let said = String::from_utf8(out.stdout).unwrap();
    assert!(out.status.success(), "it needs no workspace");
    assert!(said.starts_with("T014 · Lỗi · Dấu phẩy cắt đôi"), "{said}");
    for part in ["Ví dụ:\n    {issuer: Sở Văn hóa, Thể thao và Du lịch}", "Sửa: ", "English: "]
    {
        assert!(said.contains(part), "{said}");
    }
    let json = loa(nowhere.path(), &["check", "--explain", "T014", "--json"]);
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!((json["code"].as_str(), json["severity"].as_str()), (Some("T014"), Some("error")));
    let unknown = loa(nowhere.path(), &["check", "--explain", "T0144"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(String::from_utf8(unknown.stderr).unwrap().contains("Có phải T0"));
    // Once, at the end, and only where there is something to explain.
    let dir = of_case("unknown_list", CASES.iter().find(|(n, _, _)| *n == "unknown_list").unwrap().2);
    let said = String::from_utf8(loa(dir.path(), &["check"]).stdout).unwrap();
    assert_eq!(said.matches("--explain").count(), 1);
    assert!(
        said.contains("Một mã nghĩa là gì:   loa ") && said.ends_with(" check --explain N021\n"),
        "{said}"
    );
    let clean = loa(workspace(&[]).path(), &["check"]);
    assert!(!String::from_utf8(clean.stdout).unwrap().contains("--explain"));
}
