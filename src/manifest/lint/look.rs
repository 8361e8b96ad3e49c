//! How a text looks: shouting, link words, descriptions of pictures, subjects.

use super::hosts::{host, mail_domains};
use super::law::{Spot, spots};
use super::piece::{Form, Link, Prose, Word};
use crate::domain::text::{fold, is_syllable};

/// Capital words in a row that shout; names of offices in capitals are shorter.
const CAPITALS: usize = 5;
/// In capitals, these shout in any company.
const URGING: [&str; 14] = [
    "đăng ký ngay",
    "mua ngay",
    "gọi ngay",
    "nhanh tay",
    "nhanh lên",
    "đừng bỏ lỡ",
    "cơ hội",
    "duy nhất",
    "miễn phí",
    "ưu đãi",
    "khuyến mãi",
    "khuyến mại",
    "giảm giá",
    "số lượng có hạn",
];
/// How lines begin that an office writes in capitals: letterheads, kinds of documents, who signs (Decree 30/2020/NĐ-CP).
const OFFICIAL: [&str; 33] = [
    "cộng hòa",
    "cộng hoà",
    "đảng cộng sản",
    "ủy ban",
    "uỷ ban",
    "ubnd",
    "hđnd",
    "hội đồng",
    "thành phố",
    "tỉnh",
    "sở",
    "bộ",
    "phòng",
    "trường",
    "trung tâm",
    "ban",
    "kế hoạch",
    "thông báo",
    "thông cáo",
    "hướng dẫn",
    "quyết định",
    "công văn",
    "báo cáo",
    "tờ trình",
    "chương trình",
    "đề án",
    "phụ lục",
    "giấy mời",
    "thư mời",
    "giám đốc",
    "kt",
    "tm",
    "nơi nhận",
];
/// Longest subject that readers see whole: a list of mails on a computer shows about so many characters, a telephone half.
pub const SUBJECT: usize = 70;

/// A row of words in capitals that shouts: long ones, and short ones that urge. Abbreviations (`UBND`) are none, nor is what
/// an office writes so: headings, letterheads.
pub fn capitals(prose: &Prose) -> Option<Spot> {
    let words = prose.list();
    let loud = |w: &Word| {
        let t = &w.text;
        t.chars().count() > 1 && t.chars().all(char::is_uppercase) && (!t.is_ascii() || is_syllable(&fold(t)))
    };
    let low = prose.lower();
    let mut from = 0;
    while from < words.len() {
        let n = words[from..].iter().take_while(|w| loud(w)).count();
        if n >= 2 {
            let (first, last) = (&words[from], &words[from + n - 1]);
            let to = last.at + last.text.chars().count();
            let urges = URGING.iter().any(|u| !spots(&low[first.at..to], u).is_empty())
                || low[to..].iter().find(|c| !c.is_whitespace()) == Some(&'!');
            if urges || n >= CAPITALS && !official(prose, &words, (from, from + n - 1)) {
                return Some((first.at, to - first.at));
            }
        }
        from += n.max(1);
    }
    None
}

/// True for a row of capitals that fills its lines and is a heading, numbered, or begins as an office's lines do.
fn official(prose: &Prose, words: &[Word], (from, to): (usize, usize)) -> bool {
    let line = |w: &Word| prose.at[w.at].0;
    let (top, end) = (line(&words[from]), line(&words[to]));
    let mut here = words.iter().filter(|w| (top..=end).contains(&line(w)));
    let whole = here.clone().all(|w| w.text.chars().all(char::is_uppercase));
    let begins: String = match here.next() {
        Some(w) => prose.lower()[w.at..].iter().collect(),
        None => return false,
    };
    // `II. NỘI DUNG`, `1. NỘI DUNG`, `A) NỘI DUNG`.
    let first = prose.at.iter().position(|p| p.0 == top).unwrap_or_default();
    let head: String = prose.shown[first..].iter().take_while(|c| c.is_ascii_alphanumeric()).collect();
    let mark = prose.shown.get(first + head.len());
    let numbered = (1..=5).contains(&head.len())
        && matches!(mark, Some('.' | ')'))
        && (head.bytes().all(|b| b.is_ascii_digit())
            || head.bytes().all(|b| b"IVXLC".contains(&b))
            || head.len() == 1);
    let named = OFFICIAL.iter().any(|o| {
        begins.strip_prefix(o).is_some_and(|r| r.chars().next().is_none_or(|c| !c.is_alphanumeric()))
    });
    whole && (prose.heading || numbered || named)
}

/// True for a title whose words are all capitals.
pub fn all_capitals(title: &str) -> bool {
    let letters: Vec<char> = title.chars().filter(|c| c.is_alphabetic()).collect();
    letters.len() >= 8 && title.split_whitespace().count() >= 2 && letters.iter().all(|c| c.is_uppercase())
}

/// `!!`, `?!`.
pub fn marks(prose: &Prose) -> Option<Spot> {
    run(prose, |c| matches!(c, '!' | '?'), 2).filter(|(at, n)| prose.words[*at..at + n].contains(&'!'))
}

/// Three emoji or more in a row.
pub fn emoji(prose: &Prose) -> Option<Spot> {
    let is = |c: char| matches!(c, '\u{1f300}'..='\u{1faff}' | '\u{2600}'..='\u{27bf}' | '\u{2b50}' | '\u{2b55}' | '\u{fe0f}' | '\u{200d}');
    let (at, n) = run(prose, is, 3)?;
    let shown = prose.words[at..at + n].iter().filter(|c| !matches!(c, '\u{fe0f}' | '\u{200d}')).count();
    (shown >= 3).then_some((at, n))
}

fn run(prose: &Prose, is: impl Fn(char) -> bool, least: usize) -> Option<Spot> {
    let (mut from, mut n) = (0, 0);
    for (i, c) in prose.words.iter().enumerate() {
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

/// True if each word is one of these, written with all marks or without any.
fn only(words: &str, of: &[&str]) -> bool {
    let known = |w: &str| {
        let low = w.to_lowercase();
        of.iter().any(|o| *o == low || low.is_ascii() && fold(o) == low)
            || low.bytes().all(|b| b.is_ascii_digit())
    };
    words.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).all(known)
}

/// Words of a link that say nothing where only links are heard.
pub fn says_nothing(words: &str) -> bool {
    const EMPTY: [&str; 56] = [
        "tại",
        "đây",
        "ở",
        "vào",
        "bấm",
        "nhấn",
        "nhấp",
        "click",
        "ấn",
        "chuột",
        "xem",
        "link",
        "này",
        "kia",
        "đó",
        "đường",
        "dẫn",
        "liên",
        "kết",
        "thêm",
        "ngay",
        "chi",
        "tiết",
        "tìm",
        "hiểu",
        "website",
        "trang",
        "web",
        "read",
        "more",
        "here",
        "sau",
        "nhé",
        "ạ",
        "đọc",
        "tiếp",
        "truy",
        "cập",
        "mở",
        "nguồn",
        "url",
        "theo",
        "qua",
        "để",
        "biết",
        "bài",
        "viết",
        "the",
        "this",
        "see",
        "go",
        "learn",
        "details",
        "nha",
        "mời",
        "tới",
    ];
    only(words, &EMPTY)
}

/// True for a description of a picture that describes nothing: words of every picture, a file's name, one word.
pub fn is_no_description(alt: &str) -> bool {
    const EMPTY: [&str; 62] = [
        "ảnh",
        "hình",
        "minh",
        "họa",
        "hoạ",
        "bức",
        "tấm",
        "bài",
        "viết",
        "image",
        "picture",
        "photo",
        "img",
        "pic",
        "logo",
        "poster",
        "banner",
        "áp",
        "phích",
        "infographic",
        "screenshot",
        "không",
        "có",
        "n",
        "a",
        "mô",
        "tả",
        "của",
        "cho",
        "chèn",
        "vào",
        "đây",
        "ở",
        "tại",
        "này",
        "alt",
        "text",
        "chú",
        "thích",
        "nhập",
        "điền",
        "sau",
        "đại",
        "diện",
        "bìa",
        "cover",
        "thumbnail",
        "chụp",
        "màn",
        "dsc",
        "wp",
        "pxl",
        "file",
        "here",
        "the",
        "of",
        "tên",
        "trên",
        "dưới",
        "lời",
        "sự",
        "kiện",
    ];
    let alt = alt.trim();
    let ends = [".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg", ".pdf", ".heic"];
    let one = !alt.contains(char::is_whitespace);
    let file = one && ends.iter().any(|e| alt.to_lowercase().ends_with(e));
    let words = alt.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).count();
    file || one && (words < 2 || alt.bytes().filter(u8::is_ascii_digit).count() >= 4) || only(alt, &EMPTY)
}

/// What people put around an address.
fn bare(words: &str) -> &str {
    words.trim_matches(|c: char| {
        c.is_whitespace()
            || matches!(c, '*' | '_' | '~' | '`' | '“' | '”' | '"' | '.' | ',' | '(' | ')' | '<' | '>')
    })
}

/// The host that an address leads to; of a mail box its domain.
fn leads(address: &str) -> Option<String> {
    match mail_domains(address) {
        Some(d) => d.into_iter().next(),
        None => host(address).map(|h| h.0),
    }
}

fn apart(shown: &str, target: &str) -> bool {
    shown != target && !target.ends_with(&format!(".{shown}"))
}

/// True for a link whose words are another address, mail box or telephone number than the one it leads to.
pub fn deceives(l: &Link) -> bool {
    let shown = bare(&l.text);
    let target = l.target.to_lowercase();
    if l.form != Form::Words {
        return false;
    }
    if let Some(number) = target.strip_prefix("tel:") {
        let digits = |s: &str| -> String {
            let d: String = s.chars().filter(char::is_ascii_digit).collect();
            d.strip_prefix("84").map_or(d.clone(), |r| format!("0{r}"))
        };
        let number_like =
            shown.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '.' | '-' | '(' | ')' | '+'));
        let said = digits(shown);
        return number_like && said.len() >= 4 && !digits(number).ends_with(&said);
    }
    if shown.contains(char::is_whitespace) {
        return false;
    }
    if target.starts_with("mailto:") && shown.contains('@') {
        return !target.replace("%40", "@").contains(&shown.to_lowercase());
    }
    matches!((leads(shown), leads(&l.target)), (Some(s), Some(t)) if apart(&s, &t))
}

/// Hosts that the words of a link name beside others, and that it does not lead to.
pub fn names_others(l: &Link) -> Vec<String> {
    let Some(target) = leads(&l.target).filter(|_| l.form == Form::Words) else { return vec![] };
    l.text.split_whitespace().filter_map(|w| leads(bare(w))).filter(|s| apart(s, &target)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::lint::piece::Piece;

    fn line(t: &str) -> Prose {
        Piece::alone(t).blocks.remove(0)
    }

    #[test]
    fn shouting_is_told_from_abbreviations() {
        assert_eq!(capitals(&line("Xin ĐĂNG KÝ NGAY HÔM NAY nhé")), Some((4, 20)));
        for t in [
            "UBND TP VHTTDL BTTTT KHCN SVHTTDL",
            "SỞ VĂN HÓA",
            "Kế hoạch 276/KH-UBND",
            "CỘNG HÒA `XÃ HỘI CHỦ NGHĨA`",
            "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc",
            "**SỞ VĂN HÓA, THỂ THAO VÀ DU LỊCH HẢI PHÒNG**",
            "KẾ HOẠCH TRUYỀN THÔNG VỀ TÊN MIỀN QUỐC GIA",
            "II. NỘI DUNG THỰC HIỆN NHIỆM VỤ",
            "## NỘI DUNG THỰC HIỆN NHIỆM VỤ",
            "II. NỘI DUNG THỰC HIỆN",
        ] {
            assert_eq!(capitals(&line(t)), None, "{t}");
        }
        for t in [
            "ĐĂNG KÝ NGAY",
            "NHANH TAY LÊN!",
            "## ĐĂNG KÝ NGAY",
            "Bà con ơi, NHANH LÊN",
            "BÀ CON HÃY GIỮ LẤY TÊN CỦA MÌNH",
            "Xin bà con HÃY GIỮ LẤY TÊN MÌNH nhé",
            "KẾ HOẠCH LỚN DÀNH CHO BÀ CON, ƯU ĐÃI",
            "BÀ CON HÃY\nGIỮ LẤY **TÊN** MÌNH",
        ] {
            assert!(capitals(&line(t)).is_some(), "{t}");
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
        for t in
            ["vào đây", "link sau", "ở đây nhé", "này", ">>", "bấm vào link này", "đọc tiếp", "", "Tai day"]
        {
            assert!(says_nothing(t), "{t}");
        }
        for t in ["danh sách nhà đăng ký", "đây là danh sách", "Trang dân", "Tài liệu", "trang vnnic.vn"]
        {
            assert!(!says_nothing(t), "{t}");
        }
        for alt in [
            "",
            "ảnh",
            "Hình ảnh",
            "IMG_2034.jpg",
            "poster-biz.png",
            "ảnh 1",
            "Image",
            "DSC_0012",
            "Ảnh minh họa bài viết",
            "z6041234567890_abcdef",
            "abc",
            "chèn mô tả vào đây",
            "Anh minh hoa",
        ] {
            assert!(is_no_description(alt), "{alt}");
        }
        for alt in ["Áp phích vẽ một cửa hàng", "Hình tròn xanh có chữ .vn", "Ảnh 3 đại biểu", "Năm 2026"]
        {
            assert!(!is_no_description(alt), "{alt}");
        }
    }

    #[test]
    fn a_link_leads_where_its_words_say() {
        let one = |t: &str| deceives(&Piece::alone(t).links[0]);
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
        for t in [
            r"[vnnic.vn](https://vnnic.vn\.evil.com/nhadangky)",
            "[vnnic.vn][1]\n\n[1]: https://evil.com",
            "[vnnic.vn]\n\n[vnnic.vn]: https://evil.com",
            "[vnnic&#46;vn](https://evil.com)",
            "[so@haiphong.gov.vn](mailto:so@evil.com)",
            "[so@haiphong.gov.vn](mailto:khac@haiphong.gov.vn)",
            "[vnnic.vn](mailto:a@evil.com)",
            "[so@haiphong.gov.vn](https://evil.com)",
            "[0225 3842 157](tel:19001234)",
        ] {
            assert!(one(t), "{t}");
        }
        for t in [
            "[so@haiphong.gov.vn](mailto:SO@haiphong.gov.vn?subject=a)",
            "<so@haiphong.gov.vn>",
            "[0225 3842 157](tel:+842253842157)",
            "[Gọi 1900](tel:19001234)",
            "[haiphong.gov.vn](mailto:so@haiphong.gov.vn)",
        ] {
            assert!(!one(t), "{t}");
        }
        let others = |t: &str| names_others(&Piece::alone(t).links[0]);
        assert_eq!(others("[danh sách ở vnnic.vn](https://evil.com)"), ["vnnic.vn"]);
        assert!(others("[danh sách ở vnnic.vn](https://vnnic.vn/a)").is_empty());
    }
}
