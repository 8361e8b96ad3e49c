//! The tree as a text that is read aloud: sentences one per line, no marks, no addresses, and how long it takes.
//!
//! How numbers, dates and abbreviations are said is not decided here: they stay as written, and their syllables are
//! estimated (a little high: a script that is too short for its slot is better than one that is cut).

use super::chat::{Keep, flatten};
use super::html::Gallery;
use super::markdown::Block;
use super::words::sentences;

/// Syllables a minute over outdoor loudspeakers (broadcast practice: 180–200).
pub const SYLLABLES_PER_MINUTE: f64 = 190.0;
/// Pause after a sentence, in seconds.
pub const SENTENCE_PAUSE: f64 = 0.4;

/// The sentences of a text, in order; each ends with a mark.
pub fn lines(blocks: &[Block]) -> Vec<String> {
    let keep = Keep { links: false, pictures: false, marks: false };
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

/// Estimated seconds of reading lines aloud, rounded up.
pub fn seconds<S: AsRef<str>>(lines: &[S]) -> u32 {
    let count: usize = lines.iter().flat_map(|l| l.as_ref().split_whitespace()).map(syllables).sum();
    let pauses = lines.iter().filter(|l| !l.as_ref().trim().is_empty()).count();
    (count as f64 * 60.0 / SYLLABLES_PER_MINUTE + pauses as f64 * SENTENCE_PAUSE).ceil() as u32
}

/// Syllables of one word between spaces: a written Vietnamese syllable is one; digits, capitals spelled out, addresses and
/// signs are counted as they would be said.
fn syllables(word: &str) -> usize {
    let chars: Vec<char> = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '%').chars().collect();
    let mut total = 0;
    let mut i = 0;
    while i < chars.len() {
        let run = |f: fn(&char) -> bool| chars[i..].iter().take_while(|c| f(c)).count();
        let digits = run(char::is_ascii_digit);
        if digits > 0 {
            // 5 năm; 25 hai mươi lăm; 2026 hai nghìn không trăm hai mươi sáu.
            total += 2 * digits - 1;
            i += digits;
            continue;
        }
        let letters = run(|c| c.is_alphabetic());
        if letters > 0 {
            let w = &chars[i..i + letters];
            let spelled = w.len() > 1 && w.iter().all(|c| c.is_ascii_uppercase());
            total += if spelled { w.len() } else { vowel_groups(w).max(1) };
            i += letters;
            continue;
        }
        total += match chars[i] {
            '%' => 2,
            '.' | '/' | '@' | '-' | '–' | '+' | ',' if i + 1 < chars.len() => 1,
            _ => 0,
        };
        i += 1;
    }
    total
}

fn vowel_groups(letters: &[char]) -> usize {
    let vowel = |c: &char| {
        deunicode::deunicode_char(*c)
            .and_then(|a| a.chars().next())
            .is_some_and(|a| "aeiouy".contains(a.to_ascii_lowercase()))
    };
    letters.iter().enumerate().filter(|(i, c)| vowel(c) && (*i == 0 || !vowel(&letters[i - 1]))).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::markdown::read;

    #[test]
    fn what_is_spoken_has_no_marks() {
        let doc = read("## Việc cần làm\n\n1. Chọn *tên* dễ nhớ\n2. Xem [trang](https://e.vn) và https://f.vn/a/. Đăng ký ngay!\n\n![a](kit:b)").unwrap();
        assert_eq!(
            lines(&doc),
            ["Việc cần làm.", "Chọn tên dễ nhớ.", "Xem trang và f.vn/a.", "Đăng ký ngay!"]
        );
    }

    #[test]
    fn syllables_follow_speech() {
        for (word, n) in [
            ("người", 1),
            ("nghiêng,", 1),
            ("(Quý", 1),
            ("2026", 7),
            ("25", 3),
            ("5", 1),
            ("50%", 5),
            ("UBND", 4),
            ("id.vn", 3),
            ("22/10/2025", 15),
            ("–", 0),
            ("", 0),
        ] {
            assert_eq!(syllables(word), n, "{word}");
        }
    }

    #[test]
    fn seconds_count_syllables_and_pauses() {
        let line = "một ".repeat(19);
        assert_eq!(seconds(&[line.as_str()]), 7); // 6 s and a pause
        assert_eq!(seconds::<&str>(&[]), 0);
    }
}
