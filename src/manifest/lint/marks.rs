//! Marks of Vietnamese: a text without them, and where a tone stands (`hòa`, `hoà`).

use unicode_normalization::UnicodeNormalization as _;

use super::piece::{Prose, Word};
use crate::domain::text::{fold, is_syllable, nfc};

/// Words in a row without a mark that no Vietnamese text has by chance: no line of the programme or of the Department's plan does.
pub const RUN: usize = 7;

/// A run of Vietnamese words without marks: where it begins, and its width. A title has at most `most` words to judge by.
pub fn bare(line: &Prose, whole: bool) -> Option<(usize, usize)> {
    let words = line.list();
    let mut best: &[Word] = &[];
    let (mut from, mut foreign, mut n, mut most) = (0, 0, 0, 0);
    let plain = |w: &Word| w.text.is_ascii();
    let is_native = |w: &Word| native(&fold(&w.text));
    for (i, w) in words.iter().enumerate() {
        let native = plain(w) && is_native(w) && !shouted(&w.text);
        if !plain(w) || stops(line, &words, i) {
            (from, foreign, n) = (i, 0, 0);
        }
        if !plain(w) {
            from = i + 1;
            continue;
        }
        if native {
            n += 1
        } else {
            foreign += 1
        }
        // Some foreign words may stand among them; a foreign sentence is none of ours.
        if foreign * 4 > n {
            (from, foreign, n) = (i + 1, 0, 0);
        } else if n > most {
            (best, most) = (&words[from..=i], n);
        }
    }
    let n = best.iter().filter(|w| is_native(w)).count();
    let all = whole && n >= 4 && words.iter().all(plain) && n * 5 >= words.len() * 4;
    if n < RUN && !all {
        return None;
    }
    let (first, last) = (best.first()?, best.last()?);
    Some((first.at, last.at + last.text.chars().count() - first.at))
}

/// True for an abbreviation in capitals.
fn shouted(word: &str) -> bool {
    word.chars().count() > 1 && !word.chars().any(char::is_lowercase)
}

/// True if letters without marks can be those of a Vietnamese syllable; `see` and `fee` cannot.
fn native(folded: &str) -> bool {
    const VOWELS: [&str; 34] = [
        "a", "e", "i", "o", "u", "y", "ai", "ao", "au", "ay", "eo", "eu", "ia", "ie", "iu", "oa", "oe", "oi",
        "ua", "ue", "ui", "uo", "uu", "uy", "ye", "ieu", "yeu", "oai", "oay", "uay", "uya", "uye", "uoi",
        "uou",
    ];
    let vowels = folded.trim_matches(|c: char| !"aeiouy".contains(c));
    is_syllable(folded) && VOWELS.contains(&vowels)
}

/// True if a sentence ends between a word and the one before it.
fn stops(line: &Prose, words: &[Word], i: usize) -> bool {
    let Some(before) = i.checked_sub(1).and_then(|p| words.get(p)) else { return false };
    let from = before.at + before.text.chars().count();
    line.words[from..words[i].at].iter().any(|c| matches!(c, '|' | '•'))
}

/// A word with letters of another alphabet that only look like those it should have: Icelandic `ð` for `đ`, Cyrillic among Latin,
/// letters of mathematics and of full width. Readers see no difference; a voice, a search and these rules do.
pub fn foreign(line: &Prose) -> Option<(usize, usize)> {
    const TWINS: &str = "асеорхуіѕјАВЕКМНОРСТХУІЅЈ";
    let cyrillic = |c: char| ('\u{400}'..='\u{4ff}').contains(&c);
    let greek = |c: char| ('\u{370}'..='\u{3ff}').contains(&c) && !matches!(c, 'μ' | 'Ω' | 'π');
    let dressed = |c: char| matches!(c, '\u{1d400}'..='\u{1d7ff}' | '\u{ff21}'..='\u{ff3a}' | '\u{ff41}'..='\u{ff5a}' | '\u{24b6}'..='\u{24e9}');
    let is = |w: &&Word| {
        let latin = |c: char| c.is_alphabetic() && !cyrillic(c) && !greek(c) && !dressed(c);
        let mixed = w.text.chars().any(|c| cyrillic(c) || greek(c)) && w.text.chars().any(latin);
        mixed
            || w.text.chars().any(|c| matches!(c, 'ð' | 'Ð') || dressed(c))
            || w.text.chars().all(|c| TWINS.contains(c))
    };
    line.list().iter().find(is).map(|w| (w.at, w.text.chars().count()))
}

/// Where the tone of an open `oa`, `oe`, `uy` stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// On the first vowel: `hòa`, `thủy`.
    First,
    /// On the second: `hoà`, `thuỷ`.
    Second,
}

const TONES: [char; 5] = ['\u{300}', '\u{301}', '\u{303}', '\u{309}', '\u{323}'];

/// How a syllable is written where both ways are in use; `None` for any other.
pub fn style(word: &str) -> Option<Style> {
    let letters: Vec<char> = word.nfd().flat_map(char::to_lowercase).collect();
    let at = letters.iter().position(|c| TONES.contains(c))?;
    let bare: Vec<char> = letters.iter().copied().filter(|c| !TONES.contains(c)).collect();
    let (&last, rest) = bare.split_last()?;
    let (&first, head) = rest.split_last()?;
    let pair = matches!((first, last), ('o', 'a') | ('o', 'e') | ('u', 'y'));
    // In “quý” and “goá”-like beginnings the u belongs to the consonant.
    if !pair || head.last() == Some(&'q') || head.iter().any(|c| "aeiouy".contains(*c)) {
        return None;
    }
    Some(if at == letters.len() - 1 { Style::Second } else { Style::First })
}

/// The syllable with its tone on the first vowel, lower case: what `hòa`, `hoà` and `Hoà` have in common.
pub fn placed(word: &str) -> String {
    let lower = nfc(&word.to_lowercase());
    if style(&lower) != Some(Style::Second) {
        return lower;
    }
    let mut c: Vec<char> = lower.nfd().collect();
    let Some(at) = c.iter().position(|x| TONES.contains(x)) else { return lower };
    let tone = c.remove(at);
    c.insert(at - 1, tone);
    c.into_iter().nfc().collect()
}

/// The official spelling of names that have a syllable with two ways to write it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// Words in order, as the register writes them.
    names: Vec<Vec<String>>,
}

impl Names {
    /// Of full names of units; what kind of unit it is may be left out (`Phường Thủy Nguyên`, `Thủy Nguyên`).
    pub fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut out: Vec<Vec<String>> = vec![];
        for name in names {
            let words: Vec<String> =
                name.split(|c: char| !c.is_alphabetic()).filter(|w| !w.is_empty()).map(nfc).collect();
            let kind = match words.first().map(|w| fold(w)).as_deref() {
                Some("phuong" | "xa") => 1,
                Some("dac") if words.get(1).is_some_and(|w| fold(w) == "khu") => 2,
                Some(_) | None => 0,
            };
            for form in [&words[..], &words[kind..]] {
                if form.len() >= 2
                    && form.iter().any(|w| style(w).is_some())
                    && !out.iter().any(|o| o == form)
                {
                    out.push(form.to_vec());
                }
            }
        }
        Self { names: out }
    }

    /// The names of a line: where each begins, its width in words, and whether it is spelt as the register does.
    fn found<'a>(&'a self, words: &[Word]) -> Vec<(usize, &'a [String], bool)> {
        let mut out = vec![];
        for (i, w) in words.iter().enumerate() {
            if !w.text.starts_with(char::is_uppercase) {
                continue;
            }
            // After “phường” it is the name, whatever its letters' case.
            let kind = i.checked_sub(1).map(|p| fold(&words[p].text));
            let kind = matches!(kind.as_deref(), Some("phuong" | "xa" | "khu"));
            let here = |n: &&Vec<String>| {
                let rest = &words[i..];
                let capital = |a: &str, b: &str| {
                    kind || !b.starts_with(char::is_uppercase) || a.starts_with(char::is_uppercase)
                };
                n.len() <= rest.len()
                    && n.iter().zip(rest).all(|(a, b)| capital(&b.text, a) && placed(a) == placed(&b.text))
            };
            if let Some(n) = self.names.iter().filter(here).max_by_key(|n| n.len()) {
                let loud = |t: &str| t.chars().all(char::is_uppercase);
                let same = n.iter().zip(&words[i..]).all(|(a, b)| {
                    a.to_lowercase() == b.text.to_lowercase() && (!kind || *a == b.text || loud(&b.text))
                });
                out.push((i, n.as_slice(), same));
            }
        }
        out
    }

    /// Names spelt otherwise than the register: column, width, as written, as it should be.
    pub fn misspelt(&self, line: &Prose) -> Vec<(usize, usize, String, String)> {
        let words = line.list();
        let mut end = 0;
        let mut out = vec![];
        for (i, name, same) in self.found(&words) {
            if same || i < end {
                continue;
            }
            end = i + name.len();
            let last = &words[end - 1];
            let width = last.at + last.text.chars().count() - words[i].at;
            let written = line.cut(words[i].at, width);
            out.push((words[i].at, width, written, name.join(" ")));
        }
        out
    }

    /// Syllables with two ways to write them, outside of names: column, word, style.
    pub fn styles(&self, line: &Prose) -> Vec<(usize, String, Style)> {
        let words = line.list();
        let named = self.found(&words);
        let within = |i: usize| named.iter().any(|(from, n, _)| (*from..from + n.len()).contains(&i));
        words
            .iter()
            .enumerate()
            .filter(|(i, _)| !within(*i))
            .filter_map(|(_, w)| Some((w.at, w.text.clone(), style(&w.text)?)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::lint::piece::Piece;

    fn first(text: &str) -> Prose {
        Piece::alone(text).blocks.remove(0)
    }

    #[test]
    fn a_text_without_marks_is_told_from_a_foreign_one() {
        for (text, whole, is) in [
            ("Ho kinh doanh nen dang ky ten mien quoc gia", false, true),
            ("Xin chào, Ho kinh doanh nen dang ky ten mien quoc gia website", false, true),
            ("Dang ky ten mien .vn", true, true),
            ("Dang ky ten mien .vn", false, false),
            ("Hộ kinh doanh lên mạng", true, false),
            ("The plan has no fee and the man can see it in the end", false, false),
            ("Domain name registration", true, false),
            ("UBND TP HCM BTTTT", true, false),
            ("Trang web", true, false),
            ("Xem trang tin, tham gia giao thông an toàn, theo quy trình", false, false),
        ] {
            assert_eq!(bare(&first(text), whole).is_some(), is, "{text}");
        }
        assert_eq!(bare(&first("À: Ho kinh doanh nen dang ky ten."), false), Some((3, 29)));
    }

    /// Every Vietnamese text at hand: none may be called bare, and how near the nearest comes is known.
    #[test]
    fn no_text_of_the_programme_comes_near_the_limit() {
        fn walk(folder: &std::path::Path, out: &mut Vec<String>) {
            for e in std::fs::read_dir(folder).expect("a folder").flatten() {
                let p = e.path();
                if p.is_dir() {
                    walk(&p, out);
                } else if p.extension().is_some_and(|x| x == "md") {
                    out.push(std::fs::read_to_string(p).expect("a text"));
                }
            }
        }
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut texts = vec![];
        walk(&root.join("campaigns"), &mut texts);
        texts.push(std::fs::read_to_string(root.join("docs/guide.md")).expect("the guide"));
        assert!(texts.len() > 20);
        for t in &texts {
            for l in &Piece::alone(t).blocks {
                assert_eq!(bare(l, false), None, "{}", l.shown.iter().collect::<String>());
            }
        }
    }

    #[test]
    fn letters_of_other_alphabets_are_told() {
        for (t, told) in [
            ("Hải Рhòng", Some((4, 5))),
            ("xin ðăng ký", Some((4, 4))),
            ("Ðại hội", Some((0, 3))),
            ("𝐌𝐢ễn phí", Some((0, 4))),
            ("ｍｉễn", Some((0, 4))),
            ("а b", Some((0, 1))),
            ("Đại hội ở Москва, tia β, 5 μm, góc α", None),
        ] {
            assert_eq!(foreign(&first(t)), told, "{t}");
        }
    }

    #[test]
    fn tones_stand_on_the_first_or_the_second_vowel() {
        for (w, s) in [
            ("hòa", Some(Style::First)),
            ("Hoà", Some(Style::Second)),
            ("khoẻ", Some(Style::Second)),
            ("thủy", Some(Style::First)),
            ("uỷ", Some(Style::Second)),
            ("THUỴ", Some(Style::Second)),
            ("quý", None),
            ("hoàn", None),
            ("thuyền", None),
            ("hoa", None),
            ("ngoài", None),
            ("khuỷu", None),
        ] {
            assert_eq!(style(w), s, "{w}");
        }
        assert_eq!([placed("Hoà"), placed("thuỷ"), placed("quý")], ["hòa", "thủy", "quý"]);
    }

    #[test]
    fn the_register_decides_how_a_name_is_spelt() {
        let n = Names::new([
            "Phường Thủy Nguyên",
            "Xã Vĩnh Hoà",
            "Sở Văn hóa, Thể thao và Du lịch",
            "Phường Hải An",
        ]);
        let wrong = |t: &str| n.misspelt(&first(t)).into_iter().map(|x| (x.0, x.2, x.3)).collect::<Vec<_>>();
        assert_eq!(wrong("ở Thuỷ Nguyên và"), [(2, "Thuỷ Nguyên".into(), "Thủy Nguyên".into())]);
        assert_eq!(wrong("Xã Vĩnh Hòa"), [(0, "Xã Vĩnh Hòa".into(), "Xã Vĩnh Hoà".into())]);
        assert_eq!(wrong("Sở Văn hoá, Thể thao và Du lịch").len(), 1);
        assert_eq!(wrong("ở **Thuỷ**\nNguyên và"), [(2, "Thuỷ Nguyên".into(), "Thủy Nguyên".into())]);
        assert_eq!(wrong("phường Thuỷ nguyên").len(), 1);
        assert_eq!(wrong("phường Thủy nguyên").len(), 1);
        assert!(wrong("PHƯỜNG THỦY NGUYÊN; nước Thủy nguyên").is_empty());
        assert!(wrong("Thủy Nguyên, Vĩnh Hoà, Sở Văn hóa, Thể thao và Du lịch, nước thuỷ nguyên").is_empty());
        // The register's own way does not count as mixing.
        let s: Vec<_> =
            n.styles(&first("xã Vĩnh Hoà giữ hòa bình, khoẻ mạnh")).into_iter().map(|x| (x.1, x.2)).collect();
        assert_eq!(s, [("hòa".into(), Style::First), ("khoẻ".into(), Style::Second)]);
    }
}
