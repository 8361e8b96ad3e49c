//! The tree as a text that is read aloud: sentences one per line, no marks, no addresses, and how long it takes.
//!
//! How numbers, dates and abbreviations are said is [`crate::domain::speech`]'s; here lines are cut and their seconds estimated.

use super::chat::{Keep, flatten};
use super::fault::{RenderFault, place};
use super::html::Gallery;
use super::markdown::Block;
use super::spoken::written_beside;
use super::words::sentences;
use crate::domain::speech::{self, Lexicon, Remedy};

/// The sentences of a text, in order; each ends with a mark.
pub fn lines(blocks: &[Block]) -> Vec<String> {
    let keep = Keep { markup: false, pictures: false, marks: false };
    flatten(blocks, keep, &Gallery::new())
        .iter()
        .flat_map(|p| sentences(&p.words()))
        .map(|s| {
            let s = s.split_whitespace().collect::<Vec<_>>().join(" ");
            match s.chars().last() {
                Some('.' | '!' | '?' | '…' | ':' | ';' | '"' | '”' | ')') | None => s,
                Some(',') => format!("{}.", s.trim_end_matches(',')),
                Some(_) => format!("{s}."),
            }
        })
        .collect()
}

/// An abbreviation that no dictionary has, or what may be read in two ways, in the line in which it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    word: String,
    /// Its first character, in `line`.
    at: usize,
    line: String,
    remedy: Remedy,
}

/// What is said of the lines, and what a reader sees: what is written beside what is said is for the eye. `hosts`: as for
/// [`written_beside`].
///
/// # Errors
/// What nobody can say how to read. An abbreviation that one entry of the dictionary mends is told where it stands first, what has to
/// be written otherwise at each of its places.
pub fn spoken(
    lines: &[String],
    lexicon: &Lexicon,
    hosts: &[String],
) -> Result<(Vec<String>, Vec<String>), Vec<Unreadable>> {
    let (mut said, mut shown, mut unknown) = (vec![], vec![], Vec::<Unreadable>::new());
    for line in lines {
        let r = speech::read(line, lexicon);
        said.push(r.said());
        shown.push(r.shown(|plain| written_beside(plain, hosts)));
        for u in r.unknown {
            if u.remedy != Remedy::Entry || !unknown.iter().any(|known| known.word == u.word) {
                unknown.push(Unreadable { word: u.word, at: u.at, line: line.clone(), remedy: u.remedy });
            }
        }
    }
    if unknown.is_empty() { Ok((said, shown)) } else { Err(unknown) }
}

/// The fault of an abbreviation that no dictionary has, at its place in the text that was written.
pub fn unreadable(file: &str, body: &str, u: &Unreadable) -> RenderFault {
    let word = &u.word;
    let (vi, en) = help(word, u.remedy);
    let fault = RenderFault::new(
        "abbreviation_unknown",
        file,
        format!("Không rõ “{word}” đọc thế nào. {vi}"),
        format!("No dictionary says how “{word}” is read. {en}"),
    );
    match written(body, u) {
        Some(at) => {
            let (line, column) = place(body, at);
            fault.at(line, column).wide(word.chars().count())
        }
        None => fault.of_words(body, word),
    }
}

/// What to write instead.
fn help(word: &str, remedy: Remedy) -> (String, String) {
    match remedy {
        Remedy::Entry => (
            format!(
                "Viết đủ chữ, hoặc thêm vào campaigns/doc-la.yaml, dưới abbreviations:   {word}: cách đọc đầy đủ"
            ),
            format!(
                "Write it out, or add to campaigns/doc-la.yaml, below abbreviations:   {word}: the words"
            ),
        ),
        Remedy::Words => (
            "Chữ này có nhiều nghĩa: viết đủ chữ trong bản đọc.".to_owned(),
            "It has several meanings: write it out in the script.".to_owned(),
        ),
        Remedy::Number => (
            "Xem lại số; số điện thoại viết theo nhóm, như 0225.3842.124 hoặc 0912 345 678.".to_owned(),
            "Look at the number; a telephone number is written in groups, like 0225.3842.124.".to_owned(),
        ),
        Remedy::Day => {
            let (a, b) = word.split_once(['/', '-', '.']).unwrap_or((word, ""));
            if word.contains('.') {
                return (
                    format!("Viết rõ ý: “ngày {a}/{b}” nếu là ngày, “{a}h{b}” nếu là giờ."),
                    format!("Say which: “ngày {a}/{b}” for a day, “{a}h{b}” for an hour."),
                );
            }
            if word.contains('-') && !word.contains('/') {
                (
                    format!("Viết rõ ý: “mùng {a} đến mùng {b}”, hoặc “mùng {a} tháng {b}”."),
                    format!("Say which: “mùng {a} đến mùng {b}”, or “mùng {a} tháng {b}”."),
                )
            } else {
                (
                    format!(
                        "Viết rõ ý: “ngày {word}” nếu là ngày; “{a} phần {b}” hoặc “{a} trên {b}” nếu là phần."
                    ),
                    format!(
                        "Say which: “ngày {word}” for a day; “{a} phần {b}” or “{a} trên {b}” for a part."
                    ),
                )
            }
        }
        Remedy::Thousands => {
            let digits: Vec<u8> = word.bytes().filter(u8::is_ascii_digit).collect();
            let groups: Vec<&str> =
                digits.rchunks(3).rev().filter_map(|g| std::str::from_utf8(g).ok()).collect();
            let whole = groups.join(".");
            (
                format!(
                    "Viết hàng nghìn bằng dấu chấm: “{whole}”; nếu là nhiều số thì thêm “và” giữa các số."
                ),
                format!("Write thousands with points: “{whole}”; several numbers with “và” between them."),
            )
        }
        Remedy::Comma => {
            let comma = word.replace('.', ",");
            (
                format!("Số lẻ viết bằng dấu phẩy: “{comma}”."),
                format!("Decimals are written with a comma: “{comma}”."),
            )
        }
        Remedy::Sign => (
            "Viết ký hiệu này bằng chữ, như “5 bảng Anh”, “từ 5 đến 10”.".to_owned(),
            "Write this sign in words, like “5 bảng Anh”, “từ 5 đến 10”.".to_owned(),
        ),
        Remedy::Call => (
            format!(
                "Nếu là số để gọi, viết “số {word}”; nếu là số lượng, viết rõ đếm gì, như “{word} người”."
            ),
            format!("For a number to call write “số {word}”; for so many, what is counted: “{word} người”."),
        ),
    }
}

/// Where in the body the word was written: of all its places the one whose neighbourhood is the line's. Lines are sentences without
/// marks, so letters and digits alone are compared.
fn written(body: &str, u: &Unreadable) -> Option<usize> {
    fn alike(a: impl Iterator<Item = char>, b: impl Iterator<Item = char>) -> usize {
        let letters = |c: &char| c.is_alphanumeric();
        a.filter(letters).zip(b.filter(letters)).take(40).take_while(|(a, b)| a == b).count()
    }
    let word = u.word.as_str();
    let line: Vec<char> = u.line.chars().collect();
    let before = line.get(..u.at).unwrap_or_default();
    let behind = line.get(u.at + word.chars().count()..).unwrap_or_default();
    // What touches it touches it in the line, too: `ĐT` in `ĐT359C` is no word by itself.
    let glued = |c: Option<char>| c.filter(|c| c.is_alphanumeric());
    let (left_of, right_of) = (glued(before.last().copied()), glued(behind.first().copied()));
    let mut best = None;
    for (at, _) in body.match_indices(word) {
        let (left, right) = (&body[..at], &body[at + word.len()..]);
        if glued(left.chars().next_back()) != left_of || glued(right.chars().next()) != right_of {
            continue;
        }
        let near = alike(left.chars().rev(), before.iter().rev().copied())
            + alike(right.chars(), behind.iter().copied());
        // Of equals the first.
        if best.is_none_or(|(most, _)| near > most) {
            best = Some((near, at));
        }
    }
    best.map(|(_, at)| at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::markdown::{read, read_aloud};

    #[test]
    fn an_unknown_word_is_named_where_it_stands() {
        for (body, word, want) in [
            ("Nghị định số 147/2024/NĐ-CP.\n\nCông ty **CP** An Phát.", "CP", Some((3, 11))),
            ("Họp BQLX.\n\nMời BQLX.", "BQLX", Some((1, 5))),
            ("Đọc ABQLX. BQLX họp.", "BQLX", Some((1, 12))),
            ("- UBND xã\n- ở H. An Dương, xã H", "H.", Some((2, 5))),
            ("Gọi 0912.345.678.123 ngay.", "0912.345.678.123", Some((1, 5))),
            ("Gọi ĐT 0904.123.456.\n\nĐi theo đường ĐT359C.", "ĐT", Some((3, 15))),
            ("Chỉ thị 05-CT/TW.\n\nNộp mẫu CT01.", "CT", Some((3, 9))),
            ("Giá £5 một vé.", "£", Some((1, 5))),
            ("Ngày 5/12.\n\nKết quả: 5/12.", "5/12", Some((3, 10))),
        ] {
            let said = lines(&read_aloud(body).unwrap());
            let all = spoken(&said, &Lexicon::default(), &[]).unwrap_err();
            let one = all.iter().find(|u| u.word == word).unwrap();
            let f = unreadable("loa.md", body, one);
            assert_eq!(f.line.zip(f.column), want, "{body}");
            assert_eq!(f.width, u32::try_from(word.chars().count()).ok());
        }
    }

    #[test]
    fn what_has_several_meanings_is_written_out() {
        for (word, want) in [
            ("CP", "nhiều nghĩa"),
            ("H.", "nhiều nghĩa"),
            ("BQLX", "BQLX: cách đọc"),
            ("0912.345.678.123", "Xem lại số"),
            ("5/12", "“ngày 5/12” nếu là ngày"),
            ("mùng 2-9", "“mùng 2 tháng 9”"),
            ("họp 7.30", "“7h30” nếu là giờ"),
            ("15,000 đồng", "“15.000”"),
            ("1.5 triệu", "“1,5”"),
            ("£5", "bằng chữ"),
            ("Gọi 113 thợ", "“số 113”"),
        ] {
            let all = spoken(&[format!("ở {word} Hà")], &Lexicon::default(), &[]).unwrap_err();
            let u = all.into_iter().next().unwrap();
            assert!(unreadable("loa.md", word, &u).vi.contains(want), "{word}");
        }
    }

    #[test]
    fn what_is_written_otherwise_is_told_at_each_place() {
        let said = lines(&read_aloud("Nộp HS.\n\nNhận HS.\n\nBQLX họp, BQLX mời.").unwrap());
        let all = spoken(&said, &Lexicon::default(), &[]).unwrap_err();
        let words: Vec<(&str, &str)> = all.iter().map(|u| (u.word.as_str(), u.line.as_str())).collect();
        assert_eq!(words, [("HS", "Nộp HS."), ("HS", "Nhận HS."), ("BQLX", "BQLX họp, BQLX mời.")]);
    }

    #[test]
    fn tags_and_struck_words_are_not_spoken() {
        let said = |text: &str| lines(&read_aloud(text).unwrap()).join(" ");
        assert_eq!(said("Rộng 5 m<sup>2</sup>, <b>thẻ</b>."), "Rộng 5 m2, thẻ.");
        assert_eq!(said("Gọi<br>ngay."), "Gọi ngay.");
        assert_eq!(said("A<script>alert(1)</script> là <style>p{}</style>một."), "A là một.");
        assert_eq!(
            said("<div class=\"x\">\nkhối <i>một</i> < hai\n<script>\nx()\n</script></div>"),
            "khối một < hai."
        );
        assert_eq!(said("Giá ~~50.000~~ 30.000 đồng."), "Giá 30.000 đồng.");
        assert_eq!(said("~~Hoãn~~ Họp lúc 8 giờ."), "Họp lúc 8 giờ.");
        assert_eq!(
            said("| Đơn vị | Điện thoại |\n|---|---|\n| Công an | 113 |\n| Trạm | nhà bà Hà |"),
            "Đơn vị, Điện thoại. Công an, điện thoại 113. Trạm, nhà bà Hà."
        );
    }

    #[test]
    fn what_is_spoken_has_no_marks() {
        let doc = read("## Việc cần làm\n\n1. Chọn *tên* dễ nhớ\n2. Xem [trang](https://e.vn) và https://f.vn/a/. Đăng ký ngay!\n\n![a](kit:b)").unwrap();
        assert_eq!(
            lines(&doc),
            ["Việc cần làm.", "Chọn tên dễ nhớ.", "Xem trang và f.vn/a.", "Đăng ký ngay!"]
        );
    }
}
