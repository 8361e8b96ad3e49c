//! `loa fact list | uses | verify` by the program itself.

use std::process::{Command, Output};

use super::workspace;

fn loa(root: &std::path::Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_loa"))
        .arg("-w")
        .arg(root)
        .args(["--lang", "vi"])
        .args(args)
        .env_remove("LOA_DATABASE_URL")
        .output()
        .unwrap()
}

fn out(o: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&o.stdout), String::from_utf8_lossy(&o.stderr))
}

#[test]
fn a_check_is_written_and_everything_else_stays() {
    let dir = workspace(&[]);
    let path = dir.path().join("campaigns/facts.yaml");
    let before = std::fs::read_to_string(&path).unwrap();
    let o = loa(
        dir.path(),
        &["fact", "verify", "noi-dang-ky", "--by", "tran-van-minh", "--note", "Đã gọi VNNIC"],
    );
    assert!(o.status.success(), "{}", out(&o));
    let after = std::fs::read_to_string(&path).unwrap();
    let same = |s: &str| {
        let keep =
            |l: &&str| !["checked:", "checked_by:", "note:"].iter().any(|k| l.trim_start().starts_with(k));
        s.lines().filter(keep).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(same(&before), same(&after), "comments, order and every other key");
    assert!(after.contains("Đã gọi VNNIC") && after.contains("checked_by: tran-van-minh"), "{after}");
    let list = loa(dir.path(), &["fact", "list", "--json"]);
    let list: serde_json::Value = serde_json::from_slice(&list.stdout).unwrap();
    let f = list.as_array().unwrap().iter().find(|f| f["id"] == "noi-dang-ky").unwrap();
    assert_eq!((f["age_days"].as_i64(), f["usable"].as_bool()), (Some(0), Some(true)));
    assert_eq!(f["checked_by"], "tran-van-minh");
    assert!(f["uses"].as_i64().unwrap() > 0);
}

#[test]
fn nobody_unknown_checks_and_nothing_was_checked_tomorrow() {
    let dir = workspace(&[]);
    let path = dir.path().join("campaigns/facts.yaml");
    let before = std::fs::read(&path).unwrap();
    for (args, code, says) in [
        (&["noi-dang-ky", "--by", "ai-do"][..], 2, "Không có ai mã “ai-do”"),
        (&["noi-dang-ky", "--by", "tran-van-minh", "--on", "01/01/2099"], 2, "nằm ở tương lai"),
        (&["noi-dang-ky", "--by", "tran-van-minh", "--on", "01/01/2020"], 2, "mới hơn"),
        (&["noi-dang-ki", "--by", "tran-van-minh"], 2, "Có phải noi-dang-ky?"),
    ] {
        let o = loa(dir.path(), &[&["fact", "verify"], args].concat());
        assert_eq!(o.status.code(), Some(code), "{}", out(&o));
        assert!(out(&o).contains(says), "{}", out(&o));
    }
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn uses_name_posts_lines_and_days_also_of_held_posts() {
    let dir = workspace(&[]);
    let o = loa(dir.path(), &["fact", "uses", "noi-dang-ky", "--json"]);
    let uses: serde_json::Value = serde_json::from_slice(&o.stdout).unwrap();
    let u = &uses.as_array().unwrap()[0];
    assert_eq!(u["post"], "ten-mien/ho-kinh-doanh");
    assert_eq!((u["line"].as_u64(), u["column"].as_u64()), (Some(3), Some(1)));
    assert!(u["days"].as_array().unwrap().iter().any(|d| d == "2026-11-30"), "{u}");
    // An expired fact holds its post, and is found there all the same.
    let facts = dir.path().join("campaigns/facts.yaml");
    let text = std::fs::read_to_string(&facts).unwrap();
    std::fs::write(
        &facts,
        text.replacen("  noi-dang-ky:\n", "  noi-dang-ky:\n    valid_to: 01/11/2026\n", 1),
    )
    .unwrap();
    let o = loa(dir.path(), &["fact", "uses", "noi-dang-ky"]);
    assert!(out(&o).contains("ten-mien/ho-kinh-doanh   (đang bị giữ: loa "), "{}", out(&o));
    assert!(out(&loa(dir.path(), &["fact", "list"])).contains("HẾT HIỆU LỰC"));
    assert_eq!(loa(dir.path(), &["fact", "uses", "khong-co"]).status.code(), Some(2));
}
