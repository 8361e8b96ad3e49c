//! Every rule of the linter by the examples of its own table; switches; the repository's programme.

use std::path::Path;

use super::{Edit, check, report, repository, workspace};
use loa::domain::text::Lang;
use loa::manifest::lint::rules::{self, RULES, Rule, Spot};
use loa::yaml::Severity;

const FOLDER: &str = "campaigns/ten-mien/posts/ho-kinh-doanh";
const TITLE: &str = "title: Hộ kinh doanh lên mạng với tên miền .vn";

/// The base workspace with an example of a rule.
pub fn example(rule: &Rule, text: &str) -> tempfile::TempDir {
    // The base has a ward of its own in its table; one with two ways to write it is added for L002.
    let dir = workspace(&[]);
    let path = |name: &str| dir.path().join(FOLDER).join(name);
    let post = std::fs::read_to_string(path("post.yaml")).unwrap();
    let write = |name: &str, text: &str| std::fs::write(path(name), text).unwrap();
    let units = dir.path().join("campaigns/units.yaml");
    let named = std::fs::read_to_string(&units).unwrap();
    let ward = "units:\n  - id: phuong-thuy-nguyen\n    name: Phường Thủy Nguyên\n";
    std::fs::write(units, named.replacen("units:\n", ward, 1)).unwrap();
    match rule.spot {
        Spot::Text => write("noi-dung.md", &format!("{text}\n")),
        Spot::Title => write("post.yaml", &post.replacen(TITLE, &format!("title: {text}"), 1)),
        Spot::Alt => write(
            "post.yaml",
            &post.replacen(
                "  - kit: poster-biz-vn\n",
                &format!("  - kit: poster-biz-vn\n    alt: {text}\n"),
                1,
            ),
        ),
        Spot::Keys => {
            write("noi-dung.md", "Xem [bài báo](https://tin-la.com/bai) của hộ kinh doanh.\n");
            write("post.yaml", &post.replacen(TITLE, &format!("{TITLE}\n{}", text.trim_end()), 1));
        }
        Spot::Mail(n) => write("thu.md", &vec![text; n].join("\n\n")),
        Spot::Chat(n) => {
            write("tin-nhan.md", &vec![text; n].join("\n\n"));
            let chat = "send:\n  - channel: zalo\n    to: so\n    at: 30/11/2026 15:00\n";
            write("post.yaml", &post.replacen("send:\n", chat, 1));
        }
    }
    dir
}

fn told(rule: &Rule, text: &str) -> Vec<(&'static str, Severity)> {
    let dir = example(rule, text);
    let (faults, loaded) = check(dir.path());
    faults.iter().chain(&loaded.faults).map(|f| (f.code, f.severity)).collect()
}

#[test]
fn every_rule_tells_its_bad_example_and_leaves_the_good_one() {
    for r in RULES {
        let bad = told(r, r.bad);
        assert!(bad.iter().any(|(c, _)| *c == r.code), "{}: {bad:?}", r.code);
        let good = told(r, r.good);
        assert!(!good.iter().any(|(c, _)| *c == r.code), "{}: {good:?}", r.code);
        // An example shows its own rule and stops for nothing else.
        let other: Vec<_> = good.iter().filter(|(_, s)| s.stops()).collect();
        assert!(other.is_empty(), "{}: {other:?}", r.code);
    }
}

#[test]
fn a_switch_needs_a_reason_and_takes_the_rule_off() {
    for r in RULES.iter().filter(|r| rules::can_be_switched(r.code)) {
        let dir = example(r, r.bad);
        let path = dir.path().join(FOLDER).join("post.yaml");
        let post = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, format!("bo_nhac:\n  {}: Lý do của bài này\n{post}", r.code)).unwrap();
        let (_, loaded) = check(dir.path());
        let left: Vec<_> = loaded.faults.iter().filter(|f| [r.code, "L092"].contains(&f.code)).collect();
        assert!(left.is_empty(), "{}: {left:?}", r.code);
    }
}

#[test]
fn warnings_and_notes_are_shown_and_counted_and_stop_nothing() {
    let text = "Ho kinh doanh nen dang ky ten mien quoc gia!!!\n";
    let dir = workspace(&[Edit::Write("campaigns/ten-mien/posts/ho-kinh-doanh/noi-dung.md", text)]);
    let (_, loaded) = check(dir.path());
    assert_eq!((loaded.summary().errors, loaded.summary().warnings), (0, 1));
    assert!(loaded.stopped.is_empty());
    let said = report(dir.path(), Lang::Vi);
    assert!(said.contains("Nhắc L001  campaigns/ten-mien/posts/ho-kinh-doanh/noi-dung.md:1:1"), "{said}");
    assert!(said.contains("Ghi chú L051") && said.contains("1 lời nhắc"), "{said}");
    assert!(said.contains("một dòng   L001: lý do"), "{said}");
}

#[test]
fn the_programme_of_this_repository_is_clean() {
    let (_, loaded) = check(&repository());
    let found: Vec<_> =
        loaded.faults.iter().filter(|f| f.code.starts_with('L')).map(|f| f.render(true, false)).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn an_office_names_further_registrars() {
    let dir = workspace(&[
        Edit::Write("campaigns/nha-dang-ky.txt", "# thêm\nSao Biển\n"),
        Edit::Write("campaigns/ten-mien/posts/ho-kinh-doanh/noi-dung.md", "Hãy đến Sao Biển đăng ký.\n"),
    ]);
    let (_, loaded) = check(dir.path());
    assert!(loaded.faults.iter().any(|f| f.code == "L012" && f.message.vi.contains("Sao Biển")));
    assert_eq!(loaded.stopped.len(), 1, "an error of the linter stops its post");
}

#[test]
fn the_page_of_rules_is_current() {
    let update = Path::new(env!("CARGO_TARGET_TMPDIR")).join("lint.md");
    let page = rules::document();
    if std::fs::read_to_string(repository().join("docs/lint.md")).unwrap_or_default() != page {
        std::fs::write(&update, page).unwrap();
        panic!("docs/lint.md is out of date: copy it from {}", update.display());
    }
}

#[test]
fn words_of_facts_are_read_too_and_a_deceit_stops_who_calls_it() {
    let dir = workspace(&[]);
    let path = dir.path().join("campaigns/facts.yaml");
    let facts = std::fs::read_to_string(&path).unwrap();
    let at = facts.lines().position(|l| l.trim_start().starts_with("text:")).unwrap();
    let with = |text: &str| {
        let lines: Vec<String> = facts
            .lines()
            .enumerate()
            .map(|(i, l)| if i == at { format!("    text: {text}") } else { l.to_owned() })
            .collect();
        std::fs::write(&path, lines.join("\n") + "\n").unwrap();
        let (_, loaded) = check(dir.path());
        let here = loaded.faults.iter().filter(|f| f.file == "campaigns/facts.yaml");
        assert!(here.clone().all(|f| !f.severity.stops()), "{:?}", loaded.faults);
        let told: Vec<_> = here.map(|f| (f.code, f.line)).collect();
        let deceived: Vec<_> = loaded
            .faults
            .iter()
            .filter(|f| f.code == "L020" && f.severity.stops())
            .map(|f| (f.file.rsplit('/').next().unwrap().to_owned(), f.line, f.column))
            .collect();
        assert_eq!(loaded.stopped.len(), deceived.len(), "{:?}", loaded.faults);
        (told, deceived)
    };
    assert_eq!(with("Ho kinh doanh nen dang ky ten mien quoc gia"), (vec![("L001", at + 1)], vec![]));
    let called = [("noi-dung.md".to_owned(), 3, 1)];
    for text in ["Xem vnnic.vn.evil.com", "Xem https://vnnic.vn.evil.com/x", "Hỏi a@haiphong-gov.vn"] {
        let (told, deceived) = with(text);
        assert!(told.contains(&("L020", at + 1)), "{text}: {told:?}");
        assert_eq!(deceived.iter().map(|d| (&d.0, d.1)).collect::<Vec<_>>(), [(&called[0].0, 3)], "{text}");
    }
    assert_eq!(with("Lệ phí 50.000 đồng, hộ nghèo được miễn phí"), (vec![], vec![]), "what facts are for");
}

#[test]
fn a_source_makes_no_imitation_official() {
    let facts = "campaigns/facts.yaml";
    let text = "campaigns/ten-mien/posts/ho-kinh-doanh/noi-dung.md";
    let told = |source: &'static str, words: &'static str| {
        let edits = [Edit::Change(facts, "https://vnnic.vn/nhadangky", source), Edit::Write(text, words)];
        let (_, loaded) = check(workspace(&edits).path());
        loaded
            .faults
            .iter()
            .filter(|f| f.code.starts_with("L02"))
            .map(|f| (f.code, f.severity.stops(), f.file == facts))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        told(
            "https://tenmien.vn.lua-dao.com/a",
            "Xem [bài về tên miền](https://tenmien.vn.lua-dao.com/a).\n"
        ),
        [("L020", false, true), ("L020", true, false)]
    );
    assert_eq!(
        told("https://baolaocai.vn/bai", "Xem [bài viết về hộ kinh doanh](https://baolaocai.vn/bai).\n"),
        []
    );
}
