//! Small rules on text that every voice shares: one line, clean, cut, slug, sentences. No I/O, no markup.

use unicode_normalization::UnicodeNormalization;

/// Characters that change what a reader sees without being seen: bidirectional overrides, zero-width ones, BOM.
/// (The zero-width joiner stays: emoji need it.)
fn unseen(c: char) -> bool {
    matches!(c,
        '\u{200B}' | '\u{200C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}' | '\u{2066}'..='\u{2069}'
        | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

/// NFC, LF line ends, without control and unseen characters (line ends and tabs stay).
pub fn clean(s: &str) -> String {
    s.replace("\r\n", "\n")
        .chars()
        .map(|c| if matches!(c, '\r' | '\u{2028}' | '\u{2029}' | '\u{85}') { '\n' } else { c })
        .filter(|&c| c == '\n' || c == '\t' || !(c.is_control() || unseen(c)))
        .nfc()
        .collect()
}

/// [`clean`] in one line, each run of white space one space: titles, subjects, names.
pub fn one_line(s: &str) -> String {
    clean(s).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// For text and double-quoted attributes of HTML; also what Telegram decodes.
pub fn escape(s: &str) -> String {
    let mut out = String::with_capacity(s.len() + s.len() / 16);
    for c in s.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// The address of a link if readers may follow it: `http`, `https`, `mailto`, `tel`, nothing else, and no white space or
/// quotes inside.
pub fn safe_url(url: &str) -> Option<String> {
    let url = url.trim();
    let lower = url.to_ascii_lowercase();
    let scheme = ["https://", "http://", "mailto:", "tel:"].into_iter().find(|p| lower.starts_with(p))?;
    let rest = &url[scheme.len()..];
    let bad =
        |c: char| c.is_whitespace() || c.is_control() || unseen(c) || matches!(c, '"' | '<' | '>' | '\\');
    (!rest.is_empty() && !rest.contains(bad)).then(|| format!("{scheme}{rest}"))
}

/// Words of the title in ASCII, joined by hyphens, at most `max` bytes, cut between words.
pub fn slug(title: &str, max: usize) -> String {
    let ascii = deunicode::deunicode(&one_line(title)).to_ascii_lowercase();
    let mut out = String::new();
    for word in ascii.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty()) {
        if out.is_empty() {
            out.extend(word.chars().take(max));
        } else if out.len() + 1 + word.len() <= max {
            out.push('-');
            out.push_str(word);
        } else {
            break;
        }
    }
    out
}

/// True where a sentence ends after `chars[i]` (its mark, closing quotes included), and white space follows.
fn ends_sentence(chars: &[char], i: usize) -> bool {
    let closing = |c: char| matches!(c, '"' | '”' | '’' | ')' | '»');
    if chars.get(i + 1).is_some_and(|c| !c.is_whitespace()) {
        return false;
    }
    let mut j = i;
    while j > 0 && closing(chars[j]) {
        j -= 1;
    }
    match chars[j] {
        '!' | '?' | '…' => true,
        '.' => {
            let word: String = chars[..j].iter().rev().take_while(|c| !c.is_whitespace()).collect();
            let word: String = word.chars().rev().collect();
            // "TP. Hải Phòng", "ThS. Nam", "1. Chọn tên": no end of a sentence.
            let short = ["TP", "Tp", "ThS", "TS", "PGS", "GS", "BS", "Q", "P", "TX", "TT", "St", "Mr", "Ms"];
            let ordinal = word.chars().all(|c| c.is_ascii_digit())
                && (j == word.len() || chars[j - word.len() - 1] == '\n');
            // "X. An Lão", "số 5 đ. Lê Lợi".
            let place = word.chars().count() == 1 && crate::domain::speech::short_for_a_place(chars, j - 1);
            !short.contains(&word.as_str()) && !place && (!ordinal || word.is_empty())
        }
        _ => false,
    }
}

/// Index after the last sentence end at or before `max` (in `chars`), if there is one.
pub fn last_sentence_end(chars: &[char], max: usize) -> Option<usize> {
    (0..max.min(chars.len())).rev().find(|&i| ends_sentence(chars, i)).map(|i| i + 1)
}

/// The sentences of a text, trimmed; a line end also ends one.
pub fn sentences(text: &str) -> Vec<String> {
    let mut out = vec![];
    for line in text.lines() {
        let chars: Vec<char> = line.chars().collect();
        let mut from = 0;
        for i in 0..chars.len() {
            if ends_sentence(&chars, i) || i + 1 == chars.len() {
                let s: String = chars[from..=i].iter().collect();
                if !s.trim().is_empty() {
                    out.push(s.trim().to_owned());
                }
                from = i + 1;
            }
        }
    }
    out
}

/// At most `max` characters: whole sentences if that keeps at least half of them, else whole words and `…`.
pub fn shorten(text: &str, max: usize) -> String {
    let chars: Vec<char> = text.chars().collect();
    if chars.len() <= max {
        return text.to_owned();
    }
    if let Some(end) = last_sentence_end(&chars, max)
        && end * 2 >= max
    {
        return chars[..end].iter().collect::<String>().trim_end().to_owned();
    }
    let room = max.saturating_sub(1);
    let end = (0..=room).rev().find(|&i| chars[i].is_whitespace()).filter(|&i| i > 0).unwrap_or(room);
    let head: String = chars[..end].iter().collect();
    format!(
        "{}…",
        head.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | ':' | '–' | '-'))
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_title_is_one_clean_line() {
        assert_eq!(one_line("Tin\r\nBcc: a@b.example\u{202E}\u{0} x"), "Tin Bcc: a@b.example x");
        assert_eq!(one_line("Hải Phòng"), "Hải Phòng");
    }

    #[test]
    fn only_public_addresses_are_links() {
        for bad in [
            "javascript:alert(1)",
            " JaVaScRiPt:x",
            "data:text/html,x",
            "//x.example",
            "/a",
            "#a",
            "https://",
            "https://a b",
            "http://a\"onclick=x",
            "vbscript:x",
            "file:///etc/passwd",
            "java\nscript:x",
        ] {
            assert_eq!(safe_url(bad), None, "{bad}");
        }
        assert_eq!(safe_url("HTTPS://vnnic.vn/a?b=1&c"), Some("https://vnnic.vn/a?b=1&c".into()));
        assert_eq!(safe_url("tel:02253842124"), Some("tel:02253842124".into()));
    }

    #[test]
    fn slugs_are_cut_between_words() {
        assert_eq!(
            slug("Hộ kinh doanh lên mạng với tên miền .vn", 60),
            "ho-kinh-doanh-len-mang-voi-ten-mien-vn"
        );
        assert_eq!(slug("Đặc khu Bạch Long Vĩ", 12), "dac-khu-bach");
        assert_eq!(slug("…", 60), "");
    }

    #[test]
    fn sentences_know_abbreviations() {
        assert_eq!(
            sentences("UBND TP. Hải Phòng thông báo. Giá 12,5 triệu! Xem id.vn\nHết."),
            ["UBND TP. Hải Phòng thông báo.", "Giá 12,5 triệu!", "Xem id.vn", "Hết."]
        );
        assert_eq!(
            sentences("1. Chọn tên.\n2. Đăng ký năm 2026. Xong"),
            ["1. Chọn tên.", "2. Đăng ký năm 2026.", "Xong"]
        );
    }

    #[test]
    fn shortening_keeps_sentences_or_words() {
        assert_eq!(shorten("Một câu. Hai câu nữa đây.", 12), "Một câu.");
        assert_eq!(shorten("Một hai ba bốn năm", 9), "Một hai…");
    }

    proptest! {
        #[test]
        fn shortened_text_fits(s in "\\PC{0,60}", max in 2usize..40) {
            prop_assert!(shorten(&s, max).chars().count() <= max);
        }

        #[test]
        fn sentences_lose_nothing(s in "[a-zA-ZđĐ0-9 .!?…\n\"”)]{0,80}") {
            let squeeze = |t: &str| t.split_whitespace().collect::<String>();
            prop_assert_eq!(squeeze(&sentences(&s).join(" ")), squeeze(&s));
        }
    }
}
