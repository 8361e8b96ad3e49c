//! How a text looks: shouting, link words, descriptions of pictures, subjects.

use super::piece::{Form, Line, Link};
use crate::domain::text::{fold, is_syllable};

/// Capital words in a row that shout; names of offices in capitals are shorter.
const CAPITALS: usize = 5;
/// Longest subject that readers see whole: a list of mails on a computer shows about so many characters, a telephone half.
pub const SUBJECT: usize = 70;

type Spot = (usize, usize);

/// A row of words in capitals; abbreviations (`UBND`) are none.
pub fn capitals(line: &Line) -> Option<Spot> {
    let words = line.list();
    let loud = |t: &str| {
        t.chars().count() > 1 && t.chars().all(char::is_uppercase) && (!t.is_ascii() || is_syllable(&fold(t)))
    };
    let (mut from, mut n) = (0, 0);
    for (i, w) in words.iter().enumerate() {
        if !loud(&w.text) {
            if n >= CAPITALS {
                break;
            }
            (from, n) = (i + 1, 0);
            continue;
        }
        n += 1;
    }
    let (first, last) = (words.get(from)?, words.get((from + n).checked_sub(1)?)?);
    (n >= CAPITALS).then(|| (first.at, last.at + last.text.chars().count() - first.at))
}

/// True for a title whose words are all capitals.
pub fn all_capitals(title: &str) -> bool {
    let letters: Vec<char> = title.chars().filter(|c| c.is_alphabetic()).collect();
    letters.len() >= 8 && title.split_whitespace().count() >= 2 && letters.iter().all(|c| c.is_uppercase())
}

/// `!!`, `?!`.
pub fn marks(line: &Line) -> Option<Spot> {
    run(line, |c| matches!(c, '!' | '?'), 2).filter(|(at, n)| line.words[*at..at + n].contains(&'!'))
}

/// Three emoji or more in a row.
pub fn emoji(line: &Line) -> Option<Spot> {
    let is = |c: char| matches!(c, '\u{1f300}'..='\u{1faff}' | '\u{2600}'..='\u{27bf}' | '\u{2b50}' | '\u{2b55}' | '\u{fe0f}' | '\u{200d}');
    let (at, n) = run(line, is, 3)?;
    let shown = line.words[at..at + n].iter().filter(|c| !matches!(c, '\u{fe0f}' | '\u{200d}')).count();
    (shown >= 3).then_some((at, n))
}

fn run(line: &Line, is: impl Fn(char) -> bool, least: usize) -> Option<Spot> {
    let (mut from, mut n) = (0, 0);
    for (i, c) in line.words.iter().enumerate() {
        if is(*c) {
            if n == 0 {
                from = i;
            }
            n += 1;
        } else if n >= least {
            break;
        } else {
            n = 0;
        }
    }
    (n >= least).then_some((from, n))
}

/// Words of a link that say nothing where only links are heard.
pub fn says_nothing(words: &str) -> bool {
    const EMPTY: [&str; 26] = [
        "tai day",
        "o day",
        "day",
        "bam vao day",
        "nhan vao day",
        "click vao day",
        "an vao day",
        "bam day",
        "nhan day",
        "xem tai day",
        "click here",
        "here",
        "link",
        "link nay",
        "duong link",
        "duong dan",
        "duong dan nay",
        "lien ket",
        "xem them",
        "xem ngay",
        "chi tiet",
        "xem chi tiet",
        "tim hieu them",
        "website",
        "trang web",
        "read more",
    ];
    let bare = fold(words);
    EMPTY.contains(&bare.trim_matches(|c: char| !c.is_alphanumeric()))
}

/// True for a description of a picture that describes nothing.
pub fn is_no_description(alt: &str) -> bool {
    const EMPTY: [&str; 22] = [
        "",
        "anh",
        "hinh",
        "hinh anh",
        "anh minh hoa",
        "hinh minh hoa",
        "buc anh",
        "tam hinh",
        "image",
        "picture",
        "photo",
        "img",
        "pic",
        "logo",
        "poster",
        "banner",
        "ap phich",
        "infographic",
        "screenshot",
        "khong co",
        "n a",
        "mo ta anh",
    ];
    let bare: String = fold(alt)
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    let ends = [".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg", ".pdf", ".heic"];
    let file = ends.iter().any(|e| alt.trim().to_lowercase().ends_with(e)) && !alt.trim().contains(' ');
    // `IMG_2034`, `DSC 0012`, `ảnh 1`: a word and a number.
    let words: Vec<&str> = bare.split(' ').collect();
    let numbered = words.len() <= 3
        && words.last().is_some_and(|w| w.bytes().all(|b| b.is_ascii_digit()))
        && words
            .first()
            .is_some_and(|w| EMPTY[1..].contains(w) || matches!(*w, "dsc" | "wp" | "pxl" | "file"));
    EMPTY.contains(&bare.as_str()) || file || numbered
}

/// True for a link whose words are another address than the one it leads to.
pub fn deceives(l: &Link) -> bool {
    let signs =
        |c: char| c.is_whitespace() || matches!(c, '*' | '_' | '~' | '`' | '“' | '”' | '"' | '.' | ',');
    let shown = l.text.trim_matches(signs);
    let (Form::Words, Some((shown, _)), Some((target, _))) =
        (l.form, super::hosts::host(shown).filter(|_| !shown.contains(' ')), super::hosts::host(&l.target))
    else {
        return false;
    };
    shown != target && !target.ends_with(&format!(".{shown}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::lint::piece::Piece;

    fn line(t: &str) -> Line {
        Piece::of(t).lines.remove(0)
    }

    #[test]
    fn shouting_is_told_from_abbreviations() {
        assert_eq!(capitals(&line("Xin ĐĂNG KÝ NGAY HÔM NAY nhé")), Some((4, 20)));
        for t in [
            "UBND TP VHTTDL BTTTT KHCN SVHTTDL",
            "SỞ VĂN HÓA",
            "Kế hoạch 276/KH-UBND",
            "CỘNG HÒA `XÃ HỘI CHỦ NGHĨA`",
        ] {
            assert_eq!(capitals(&line(t)), None, "{t}");
        }
        assert!(
            all_capitals("ĐĂNG KÝ TÊN MIỀN .VN") && !all_capitals("UBND") && !all_capitals("Đăng ký UBND")
        );
        assert_eq!(marks(&line("Nhanh lên!!! ok")), Some((9, 3)));
        assert_eq!(marks(&line("Sao?! Vâng! Thật?")), Some((3, 2)));
        assert_eq!(marks(&line("Thật?? Vâng!")), None);
        assert_eq!(emoji(&line("Vui 🎉🎉🎉 quá")), Some((4, 3)));
        assert_eq!(emoji(&line("Vui 🎉 quá 🎉 ❤️")), None);
    }

    #[test]
    fn words_of_links_and_pictures() {
        assert!(says_nothing("tại đây") && says_nothing("Bấm vào đây!") && says_nothing(" HERE "));
        assert!(!says_nothing("danh sách nhà đăng ký") && !says_nothing("đây là danh sách"));
        for alt in ["", "ảnh", "Hình ảnh", "IMG_2034.jpg", "poster-biz.png", "ảnh 1", "Image", "DSC_0012"]
        {
            assert!(is_no_description(alt), "{alt}");
        }
        for alt in ["Áp phích vẽ một cửa hàng", "Hình tròn xanh có chữ .vn", "Ảnh 3 đại biểu", "Năm 2026"]
        {
            assert!(!is_no_description(alt), "{alt}");
        }
    }

    #[test]
    fn a_link_leads_where_its_words_say() {
        let one = |t: &str| deceives(&Piece::of(t).links[0]);
        assert!(
            one("[vnnic.vn](https://evil.com)")
                && one("[**vnnic.vn**](https://evil.com)")
                && one("[https://vnnic.vn/a](https://vnnic.vn.evil.com/a)")
        );
        assert!(!one("[vnnic.vn/a](https://vnnic.vn/a)") && !one("[tenmien.vn](https://www.tenmien.vn)"));
        assert!(
            !one("[danh sách ở vnnic.vn](https://evil.com)")
                && !one("[tenmien.vn](https://hiendienonline.tenmien.vn)")
        );
    }
}
