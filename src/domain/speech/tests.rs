//! What offices write and how it is said, case by case (`cases.txt`), and what holds of any text. Reads no workspace.

use proptest::prelude::*;

use super::*;

fn said(line: &str) -> String {
    read(line, &Lexicon::default()).said()
}

fn cases() -> Vec<(&'static str, &'static str)> {
    include_str!("cases.txt")
        .lines()
        .filter(|l| !l.is_empty() && !l.starts_with("# "))
        .map(|l| l.split_once(" => ").unwrap_or_else(|| panic!("a case without an arrow: {l}")))
        .collect()
}

#[test]
fn what_offices_write_is_said_as_they_say_it() {
    let cases = cases();
    assert!(cases.len() > 850, "{}", cases.len());
    let wrong: Vec<String> = cases
        .iter()
        .filter(|(written, want)| said(written) != *want)
        .map(|(written, want)| format!("{written}\n  should be {want}\n  is        {}", said(written)))
        .collect();
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn nothing_in_the_cases_is_unknown_and_all_are_said_in_words() {
    for (written, _) in cases() {
        let r = read(written, &Lexicon::default());
        assert!(r.unknown.is_empty(), "{written}: {:?}", r.unknown);
        spoken(written, &r.said());
    }
}

#[test]
fn a_script_shows_words_and_digits() {
    for (written, shown) in [
        ("Từ 18-23 tuổi.", "Từ mười tám đến hai mươi ba tuổi (18-23 tuổi)."),
        ("UBND phường & xã", "ủy ban nhân dân (UBND) phường và xã"),
        ("Giảm 50% (đợt 1).", "Giảm năm mươi phần trăm (50%), đợt một (1)."),
        ("Tên miền chấm vi-en (.vn) đã có.", "Tên miền chấm vi-en (.vn) đã có."),
        ("Sở / xin thông báo, bà con chú ý.", "Sở / xin thông báo, bà con chú ý."),
        ("tên miền “.vn”", "tên miền “chấm vi-en (.vn)”"),
        ("Thứ Hai, 30/11", "Thứ Hai, ngày ba mươi tháng mười một (30/11)"),
    ] {
        assert_eq!(read(written, &Lexicon::default()).shown(str::to_owned), shown);
    }
}

#[test]
fn what_no_dictionary_has_is_named_with_its_place() {
    for (line, want) in [
        ("Đề nghị BQLDA nộp", vec![("BQLDA", 8)]),
        ("ĐT, CN và TT", vec![("ĐT", 0), ("CN", 4), ("TT", 10)]),
        ("Công văn 12/XYZW-UBND", vec![("XYZW", 12)]),
        ("tphcm", vec![("tphcm", 0)]),
        ("Xin 你好", vec![("你好", 4)]),
        ("Bà con đăng ký tại nhà.", vec![]),
        ("ở H. An Dương, số 5 đ. Lê Lợi", vec![("H.", 2), ("đ.", 20)]),
        ("Đ. Lê Lợi, T. Hải Dương", vec![("Đ.", 0), ("T.", 11)]),
        ("Nội dung: I. Công tác chỉ đạo; V. Khó khăn; X. Kiến nghị", vec![]),
        ("Họp ở khu H. Bà con đến đông đủ.", vec![]),
        ("gọi 0912.345.678.123", vec![("0912.345.678.123", 4)]),
        ("Đường dây nóng: 0225.113", vec![("0225.113", 16)]),
        ("091234567890123", vec![("091234567890123", 0)]),
        ("Công văn 12/KH-CĐS", vec![("CĐS", 15)]),
        ("NaCl và ae", vec![("NaCl", 0), ("ae", 8)]),
    ] {
        let found = read(line, &Lexicon::default()).unknown;
        let found: Vec<(&str, usize)> = found.iter().map(|u| (u.word.as_str(), u.at)).collect();
        assert_eq!(found, want, "{line}");
    }
}

#[test]
fn what_may_be_read_in_two_ways_is_named() {
    use Remedy::{Call, Comma, Day, Number, Sign, Thousands, Words};
    for (line, word, remedy) in [
        ("Mức thu 15,000 đồng", "15,000", Thousands),
        ("Mức thu 1,250.50 đồng", "1,250", Thousands),
        ("Ở tổ 5 120 hộ", "5 120", Thousands),
        ("Trang 101 102 103", "101 102 103", Thousands),
        ("Giá 1.5 triệu", "1.5", Comma),
        ("Nước dâng 1.5-2.0m", "1.5", Comma),
        ("tăng 2.5 lần", "2.5", Comma),
        ("Tâm bão ở 20.5°N", "20.5", Comma),
        ("Xem bảng 3842124.", "3842124", Number),
        ("Gọi (84-225) 3842124", "(84-225) 3842124", Number),
        ("Gọi 113 thợ điện", "113", Call),
        ("Gọi 1500 thợ điện", "1500", Call),
        ("Đón mùng 2-9", "2-9", Day),
        ("5/12, họp thôn", "5/12", Day),
        ("Kết quả: 5/12", "5/12", Day),
        ("1/2 họp thôn", "1/2", Day),
        ("họp 2/3 bản vùng cao", "2/3", Day),
        ("Sáng 2.12", "2.12", Day),
        ("Họp 7.30", "7.30", Day),
        ("Điểm họp: 5/12 Trần Phú", "5/12", Day),
        ("Phố 12/9", "12/9", Day),
        ("Hội chợ 5/12", "5/12", Day),
        ("Nộp HS ở phường", "HS", Words),
        ("Họp ở KS Hữu Nghị", "KS", Words),
        ("KS. Nguyễn An", "KS.", Words),
        ("BCH họp", "BCH", Words),
        ("BTC ban hành", "BTC", Words),
        ("CV của Sở", "CV", Words),
        ("TS dự thi", "TS", Words),
        ("ĐH Đảng bộ", "ĐH", Words),
        ("QL nhà nước", "QL", Words),
        ("ở P.3", "P.", Words),
        ("Tàu VN1188", "VN", Words),
        ("theo 37-QĐ/TW", "QĐ", Words),
        ("NĐ 49", "NĐ", Words),
        ("từ 18,0N", "18,0N", Words),
        ("trong 9T/2026", "9T", Words),
        ("ở 21,5N", "21,5N", Words),
        ("£5", "£", Sign),
        ("x ≠ 4", "≠", Sign),
        ("10‱", "‱", Sign),
        ("§5", "§", Sign),
        ("5〜7", "~", Sign),
        ("5 -> 10 người", ">", Sign),
        ("10 → 15 người", "→", Sign),
    ] {
        let found = read(line, &Lexicon::default()).unknown;
        let found: Vec<(&str, Remedy)> = found.iter().map(|u| (u.word.as_str(), u.remedy)).collect();
        assert_eq!(found, [(word, remedy)], "{line}");
    }
    for line in ["☎ 0225.3842.124", "👉 5 hộ", "• 5 hộ", "“5 hộ”", "Họp → về"] {
        assert_eq!(read(line, &Lexicon::default()).unknown, [], "{line}");
    }
    // A workspace that says what it means by one is read so.
    let mut own = Lexicon::default();
    own.abbreviations.insert("HS".into(), "hồ sơ".into());
    assert_eq!(read("Nộp HS", &own).said(), "Nộp hồ sơ");
}

#[test]
fn a_workspace_says_it_otherwise() {
    let mut own = Lexicon::default();
    own.abbreviations.insert("BQLDA".into(), "ban quản lý dự án".into());
    own.addresses.insert("vn".into(), "vê nờ".into());
    let r = read("BQLDA dùng tên miền .vn", &own);
    assert_eq!(r.said(), "ban quản lý dự án dùng tên miền chấm vê nờ");
    assert!(r.unknown.is_empty());
}

#[test]
fn what_is_built_in_reads_to_itself() {
    let (words, parts) = built_in();
    for said_for in words.values().chain(parts.values()) {
        assert_eq!(said(said_for), *said_for);
    }
}

/// Panics unless it is made of words and marks of rest only, and no word is an abbreviation.
fn spoken(written: &str, said: &str) {
    for c in said.chars() {
        let fine = text::latin(c) || matches!(c, ' ' | '-' | ',' | '.' | ';' | ':' | '!' | '?' | '…');
        assert!(fine, "{c:?} is left of {written:?}: {said:?}");
    }
    for word in said.split(|c: char| !c.is_alphabetic()).filter(|w| !w.is_empty()) {
        assert!(words::sayable(word) && !words::capitals(word), "{word:?} is left of {written:?}: {said:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_text_is_read(line in ".{0,40}") {
        spoken(&line, &said(&line));
        let _ = read(&line, &Lexicon::default()).shown(str::to_owned);
    }

    #[test]
    fn what_looks_like_office_text_is_read(
        line in "([0-9]{1,4}|[0-9]{1,2}/[0-9]{1,2}|[.,:/h%đ–-]| |ngày|từ|quý|thứ|UBND|[A-ZĐ]{1,4}|số|[a-zđ]{1,3}|\\.vn|@|km2?){0,14}"
    ) {
        let once = said(&line);
        spoken(&line, &once);
        prop_assert_eq!(said(&once), once);
    }

    #[test]
    fn what_is_shown_is_said_alike(
        line in "(ngày [1-9]/1[0-2]|lúc [1-9]h30|giảm [1-9]0%|tại UBND phường|ở tenmien\\.vn|số 0912345678|bà con|\\(mới\\)|[,.;])( |, ){1}"
    ) {
        let r = read(&line, &Lexicon::default());
        prop_assert_eq!(said(&r.shown(str::to_owned)), r.said());
    }

    #[test]
    fn plain_words_stay(line in "((bà con|đăng ký|tên miền|nghiêng|Hải Phòng|vi-en|online|y tế|ở|à)[,.;]? ){1,10}") {
        let once = said(&line);
        prop_assert_eq!(said(&once), once);
        prop_assert!(read(&line, &Lexicon::default()).is_plain() || line.contains(".")|| line.contains(",") || line.contains(";"));
    }

    #[test]
    fn every_number_is_said_once(n in 0u64..2_000_000_000) {
        let words = number::cardinal(n);
        // With its points, so that none of them is a telephone number.
        let digits = n.to_string();
        let groups: Vec<&str> = digits.as_bytes().rchunks(3).rev().filter_map(|g| std::str::from_utf8(g).ok()).collect();
        prop_assert_eq!(&said(&groups.join(".")), &words);
        prop_assert_eq!(value(&words), Some(n));
    }
}

/// Reads the words of a number back.
fn value(words: &str) -> Option<u64> {
    let (mut all, mut group, mut last) = (0u64, 0u64, 0u64);
    for w in words.split(' ') {
        match w {
            "tỷ" => {
                all = (all + group + last) * 1_000_000_000;
                (group, last) = (0, 0);
            }
            "triệu" | "nghìn" => {
                let size = if w == "triệu" { 1_000_000 } else { 1000 };
                all += (group + last) * size;
                (group, last) = (0, 0);
            }
            "trăm" => {
                group += last * 100;
                last = 0;
            }
            "mươi" => {
                group += last * 10;
                last = 0;
            }
            "mười" => group += 10,
            "linh" => {}
            w => {
                last = match w {
                    "không" => 0,
                    "một" | "mốt" => 1,
                    "hai" => 2,
                    "ba" => 3,
                    "bốn" | "tư" => 4,
                    "năm" | "lăm" => 5,
                    "sáu" => 6,
                    "bảy" => 7,
                    "tám" => 8,
                    "chín" => 9,
                    _ => return None,
                }
            }
        }
    }
    Some(all + group + last)
}
