//! Lists of a hundred thousand, by the real program: read line by line, written, their slips told at their lines.

use serde_json::Value;

use crate::support::office::{Office, wall};

const ACCOUNTS: &str = "  thu:\n    kind: email\n    server: mail.example\n    port: 587\n    user: loa\n    \
    password_file: bi-mat/thu.txt\n    from_address: loa@so.example\n";
const LIST: &str = "campaigns/audiences/ho.csv";

/// An office with one post to a list of this text.
fn office(list: &str) -> Office {
    let o = Office::new(ACCOUNTS, "default_accounts:\n  email: thu\n");
    o.units("  - id: so\n    name: Sở Thử\n    kind: department\n");
    o.list("ho", &[]);
    o.write(LIST, list);
    o.post("bai", "Thông báo", &format!("  - channel: email\n    to: ho\n    at: {}\n", wall(600)));
    o
}

/// The faults of a code: line and Vietnamese sentence, by line.
fn said(report: &Value, code: &str) -> Vec<(u64, String)> {
    let all = report["faults"].as_array().expect("faults").iter().filter(|f| f["code"] == code);
    all.map(|f| {
        assert_eq!(f["source"], Value::Null, "a person reached a report: {f}");
        (f["line"].as_u64().expect("a line"), f["message"]["vi"].as_str().unwrap_or_default().to_owned())
    })
    .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_thousand_are_read_and_written_and_slips_are_told_at_their_lines() {
    let mut list = String::from("ten,email,zalo,telegram,can_cu\r\n");
    for i in 2..=100_001 {
        list += &match i {
            // The first five of each kind are told one by one, the rest together.
            _ if i % 10_000 == 7 => format!("Người Mẫu {i},nguoi-{i} khach.example,,,\r\n"),
            _ if i % 20_000 == 9 => format!("Mẫu, Người {i},nguoi{i}@khach.example,,,duty\r\n"),
            _ if i % 50_000 == 11 && i > 11 => format!("Người Mẫu,Nguoi{}@Khach.Example,,,\r\n", i - 1),
            50_000 => "\"Hộ ông\nNgười Mẫu\",nguoi50000@khach.example,,,\r\n".to_owned(),
            _ => format!("Người Mẫu {i},nguoi{i}@khach.example,,,\r\n"),
        };
    }
    assert!(list.len() > 3 << 20, "more than any other file may have");
    let o = office(&list);
    let out = o.loa(&["check", "--json"]);
    let report: Value = serde_json::from_slice(&out.stdout).expect("JSON");
    let bad = said(&report, "B007");
    let lines: Vec<u64> = bad.iter().map(|f| f.0).collect();
    assert_eq!(lines, [7, 10_007, 20_007, 30_007, 40_007, 50_008], "a cell of two lines moves what follows");
    assert!(bad[5].1.contains("còn 5 dòng nữa"), "{bad:?}");
    let wide: Vec<u64> = said(&report, "B002").iter().map(|f| f.0).collect();
    assert_eq!(wide, [9, 20_009, 40_009, 60_010, 80_010]);
    let twice = said(&report, "B008");
    assert_eq!(twice.len(), 1, "{twice:?}");
    assert!(twice[0].0 == 50_012 && twice[0].1.contains("dòng 50011"), "{twice:?}");
    let out = o.loa(&["apply"]);
    assert_eq!(out.status.code(), Some(1), "rows are wrong: {out:?}");
    let lists = o.store().await.list_all().await.expect("the lists");
    // Ten rows without an address, five with a cell too many, one repeated.
    assert_eq!(lists.iter().map(|l| (l.id.as_str(), l.members)).collect::<Vec<_>>(), [("ho", 100_000 - 16)]);
}

#[test]
fn a_list_that_is_too_long_is_left_closed_and_says_what_to_do() {
    let o = office("ten,email,zalo,telegram,can_cu\n");
    let file = std::fs::File::create(o.at(LIST)).expect("the file");
    file.set_len((64 << 20) + 1).expect("a long file");
    let out = o.loa(&["check"]);
    let text = String::from_utf8_lossy(&out.stdout);
    assert_eq!(out.status.code(), Some(1));
    for part in ["T002", "65 MB", "64 MB", "to: [ds-mot, ds-hai]"] {
        assert!(text.contains(part), "{part} in {text}");
    }
    // Only lists may be as long.
    o.write(LIST, "ten,email,zalo,telegram,can_cu\nMẫu,mau@khach.example,,,\n");
    o.write("campaigns/chien-dich/posts/bai/noi-dung.md", &"Chữ. ".repeat(1 << 18));
    let text = String::from_utf8_lossy(&o.loa(&["check"]).stdout).into_owned();
    assert!(text.contains("1.024 KB"), "{text}");
}
