//! Text of Vietnamese: NFC, folding, slugs, sorting, numbers and dates, masks, cutting.
//!
//! All of it is pure. Nothing here decides what a text means; [`super::words`] does. Display always keeps the spelling
//! that was written: folding is for comparing only.

use std::cmp::Ordering;
use std::sync::LazyLock;

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike, Weekday};
use icu_collator::options::CollatorOptions;
use icu_collator::{Collator, CollatorBorrowed};
use icu_locale_core::locale;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::id::SLUG_MAX;

/// Language of what people read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Lang {
    /// Vietnamese.
    #[default]
    Vi,
    /// English.
    En,
}

impl Lang {
    /// One of two wordings.
    pub fn pick<'a>(self, vi: &'a str, en: &'a str) -> &'a str {
        match self {
            Lang::Vi => vi,
            Lang::En => en,
        }
    }
}

/// The text in NFC, the form every door of Loa lets in.
pub fn nfc(s: &str) -> String {
    s.nfc().collect()
}

/// True if the text already is NFC.
pub fn is_nfc(s: &str) -> bool {
    unicode_normalization::is_nfc(s)
}

/// Base letters in lower case, spaces single, nothing invisible: `Thuỷ  Nguyên`, `Thủy Nguyên` and its NFD all fold to
/// `thuy nguyen`. For comparing and searching, never for showing.
pub fn fold(s: &str) -> String {
    let mut out = String::with_capacity(s.len());
    let mut gap = false;
    for c in s.chars().flat_map(char::to_lowercase).nfd() {
        if is_combining_mark(c) || is_invisible(c) {
            continue;
        }
        if c.is_whitespace() || c.is_control() {
            gap = !out.is_empty();
            continue;
        }
        if std::mem::take(&mut gap) {
            out.push(' ');
        }
        out.push(if c == 'đ' { 'd' } else { c });
    }
    out
}

/// An id made of a title: ASCII lower-case letters and digits joined by `-`, at most [`SLUG_MAX`] bytes, cut between
/// words. Empty if the text has no letter or digit at all.
pub fn slugify(s: &str) -> String {
    let ascii = deunicode::deunicode(&nfc(s)).to_ascii_lowercase();
    let mut out = String::with_capacity(ascii.len().min(SLUG_MAX));
    for word in ascii.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty()) {
        let room = SLUG_MAX - out.len();
        if out.is_empty() {
            out.push_str(&word[..word.len().min(room)]);
        } else if word.len() < room {
            out.push('-');
            out.push_str(word);
        } else {
            break;
        }
    }
    out
}

static COLLATOR: LazyLock<Option<CollatorBorrowed<'static>>> =
    LazyLock::new(|| Collator::try_new(locale!("vi").into(), CollatorOptions::default()).ok());

/// The order of a Vietnamese dictionary: `a ă â … d đ e ê`, tones `ma mà mả mã má mạ`. Texts that sort alike but differ
/// (NFC and NFD) are ordered by their bytes, so that the order is total.
pub fn compare_vi(a: &str, b: &str) -> Ordering {
    let order = match COLLATOR.as_ref() {
        Some(c) => c.compare(a, b),
        None => fold(a).cmp(&fold(b)), // the rules are compiled in, so this is never reached
    };
    order.then_with(|| a.cmp(b))
}

/// Sorts by [`compare_vi`].
pub fn sort_vi<S: AsRef<str>>(items: &mut [S]) {
    items.sort_by(|a, b| compare_vi(a.as_ref(), b.as_ref()));
}

/// The given name: the last word of a person's name.
pub fn given_name(name: &str) -> &str {
    name.split_whitespace().next_back().unwrap_or("")
}

/// The order of people in an office: by given name, then by the whole name.
pub fn compare_names_vi(a: &str, b: &str) -> Ordering {
    compare_vi(given_name(a), given_name(b)).then_with(|| compare_vi(a, b))
}

/// Sorts people by [`compare_names_vi`].
pub fn sort_names_vi<S: AsRef<str>>(names: &mut [S]) {
    names.sort_by(|a, b| compare_names_vi(a.as_ref(), b.as_ref()));
}

/// True for characters that show nothing and can hide or turn what stands around them: zero-width ones, direction
/// marks and overrides, soft hyphens, fillers, tags.
pub fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
        | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FEFF}'
        | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}' | '\u{E0000}'..='\u{E0FFF}')
}

/// One clean line in NFC: line breaks and runs of spaces (also non-breaking ones) become one space, controls and
/// invisible characters go. For subjects, names, titles and whatever becomes a header or a log field.
pub fn clean_line(s: &str) -> String {
    let mut out = String::with_capacity(s.len());
    let mut gap = false;
    for c in s.nfc() {
        if c.is_whitespace() {
            gap = !out.is_empty();
        } else if !c.is_control() && !is_invisible(c) {
            if std::mem::take(&mut gap) {
                out.push(' ');
            }
            out.push(c);
        }
    }
    // Dropping a character may have brought two together that compose.
    nfc(&out)
}

fn grouped(digits: &str, mark: char) -> String {
    let mut out = String::with_capacity(digits.len() * 4 / 3 + 1);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(mark);
        }
        out.push(c);
    }
    out
}

/// A whole number: `12.500`, in English `12,500`.
pub fn number(n: i64, lang: Lang) -> String {
    let sign = if n < 0 { "-" } else { "" };
    let mark = if lang == Lang::Vi { '.' } else { ',' };
    format!("{sign}{}", grouped(&n.unsigned_abs().to_string(), mark))
}

/// A number with at most `places` decimals, trailing zeros left out: `3.194,7`, in English `3,194.7`. What is no number is
/// `–`.
pub fn decimal(x: f64, places: usize, lang: Lang) -> String {
    if !x.is_finite() {
        return "–".to_owned();
    }
    let (group, point) = if lang == Lang::Vi { ('.', ',') } else { (',', '.') };
    let plain = format!("{:.*}", places, x.abs());
    let (whole, part) = plain.split_once('.').unwrap_or((&plain, ""));
    let part = part.trim_end_matches('0');
    let mut out = String::new();
    if x < 0.0 && (!part.is_empty() || whole.bytes().any(|b| b != b'0')) {
        out.push('-');
    }
    out.push_str(&grouped(whole, group));
    if !part.is_empty() {
        out.push(point);
        out.push_str(part);
    }
    out
}

/// A percentage with at most one decimal and no space: `50%`, `12,5%`.
pub fn percent(x: f64, lang: Lang) -> String {
    format!("{}%", decimal(x, 1, lang))
}

/// `1 site`, `12,500 sites`: English only, Vietnamese nouns do not change.
pub fn plural(n: i64, one: &str, many: &str) -> String {
    format!("{} {}", number(n, Lang::En), if n == 1 { one } else { many })
}

/// How large a file is, everywhere in the program: `12 byte`, `26 KB` (of 1,000 bytes, begun ones included), `1,2 MB`.
pub fn size(bytes: u64, lang: Lang) -> String {
    match bytes {
        0..1_000 => format!("{bytes} byte"),
        1_000..1_000_000 => format!("{} KB", number(bytes.div_ceil(1_000) as i64, lang)),
        _ => format!("{} MB", decimal(bytes as f64 / 1e6, 1, lang)),
    }
}

/// `30/11/2026`, day first in both languages.
pub fn date(d: NaiveDate) -> String {
    format!("{:02}/{:02}/{:04}", d.day(), d.month(), d.year())
}

/// `09:05`.
pub fn time(t: NaiveTime) -> String {
    format!("{:02}:{:02}", t.hour(), t.minute())
}

/// `thứ Hai`, `Chủ nhật`; `Monday`.
pub fn weekday(w: Weekday, lang: Lang) -> &'static str {
    let (vi, en) = match w {
        Weekday::Mon => ("thứ Hai", "Monday"),
        Weekday::Tue => ("thứ Ba", "Tuesday"),
        Weekday::Wed => ("thứ Tư", "Wednesday"),
        Weekday::Thu => ("thứ Năm", "Thursday"),
        Weekday::Fri => ("thứ Sáu", "Friday"),
        Weekday::Sat => ("thứ Bảy", "Saturday"),
        Weekday::Sun => ("Chủ nhật", "Sunday"),
    };
    lang.pick(vi, en)
}

/// `thứ Hai 30/11/2026`.
pub fn day(d: NaiveDate, lang: Lang) -> String {
    format!("{} {}", weekday(d.weekday(), lang), date(d))
}

/// `thứ Hai 30/11/2026 09:05`.
pub fn moment(t: NaiveDateTime, lang: Lang) -> String {
    format!("{} {}", day(t.date(), lang), time(t.time()))
}

/// `n***@khach-san.example`: the domain stays, so that a fault of a provider can be seen; the person does not.
pub fn mask_email(address: &str) -> String {
    match address.rsplit_once('@') {
        Some((local, domain)) if !local.is_empty() && !domain.is_empty() => {
            format!("{}***@{domain}", local.chars().take(1).collect::<String>())
        }
        Some(_) | None => "***".to_owned(),
    }
}

/// `***789` for a chat id long enough that three characters do not tell whose it is, otherwise `***`.
pub fn mask_chat(id: &str) -> String {
    let n = id.chars().count();
    let tail: String = if n >= 8 { id.chars().skip(n - 3).collect() } else { String::new() };
    format!("***{tail}")
}

fn is_vowel(c: char) -> bool {
    matches!(c, 'a' | 'e' | 'i' | 'o' | 'u' | 'y')
}

/// True if a folded word has the build of one Vietnamese syllable: first consonant, vowels, last consonant.
pub fn is_syllable(folded: &str) -> bool {
    const FIRST: [&str; 26] = [
        "", "b", "c", "ch", "d", "g", "gh", "h", "k", "kh", "l", "m", "n", "ng", "ngh", "nh", "p", "ph", "q",
        "r", "s", "t", "th", "tr", "v", "x",
    ];
    const LAST: [&str; 9] = ["", "c", "ch", "m", "n", "ng", "nh", "p", "t"];
    let Some(start) = folded.find(is_vowel) else { return false };
    let rest = &folded[start..];
    let end = rest.find(|c| !is_vowel(c)).unwrap_or(rest.len());
    end <= 3 && FIRST.contains(&&folded[..start]) && LAST.contains(&&rest[end..])
}

/// How many syllables a voice needs for a text, rather too many than too few, so that air time is never overfilled: a
/// Vietnamese word is one, a foreign word as many as it has groups of vowels, an abbreviation one per letter, a number of
/// *d* digits 2*d*−1 (the longest reading a number of that length has), `%` two.
pub fn syllables(text: &str) -> usize {
    let text = nfc(text);
    let mut total = text.chars().filter(|c| *c == '%').count() * 2;
    for token in text.split(|c: char| !c.is_alphanumeric()).filter(|t| !t.is_empty()) {
        // `20h30` is a number, a letter, a number.
        let mut rest = token;
        while let Some(first) = rest.chars().next() {
            let digits = first.is_numeric();
            let end = rest.find(|c: char| c.is_numeric() != digits).unwrap_or(rest.len());
            let part = &rest[..end];
            rest = &rest[end..];
            total += if digits { part.chars().count() * 2 - 1 } else { word_syllables(part) };
        }
    }
    total
}

fn word_syllables(word: &str) -> usize {
    let folded = fold(word);
    if is_syllable(&folded) {
        return 1;
    }
    let groups = folded.split(|c| !is_vowel(c)).filter(|g| !g.is_empty()).count();
    if groups == 0 || word.chars().all(char::is_uppercase) { word.chars().count() } else { groups }
}

/// Words before a full stop that end no sentence.
const ABBREVIATIONS: [&str; 18] = [
    "tp", "tx", "tt", "ts", "ths", "pgs", "gs", "bs", "ks", "cn", "nxb", "mr", "mrs", "ms", "dr", "no", "st",
    "vv",
];

fn ends_sentence(before: &str) -> bool {
    let bare = before.trim_end_matches(['"', '”', '’', '»', ')', ']']);
    if bare.ends_with(['!', '?', '…']) {
        return true;
    }
    let Some(head) = bare.strip_suffix('.') else { return false };
    let word = head.rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or("");
    let folded = fold(word);
    // "12. Hồ sơ" is a list number, "P. Hồng Bàng" and "TP. Hải Phòng" are abbreviations.
    word.chars().count() > 1
        && !word.chars().all(|c| c.is_ascii_digit() && head == word)
        && !ABBREVIATIONS.contains(&folded.as_str())
}

/// At most `max` Unicode code points of a text: whole sentences if they fill at least half of the room, otherwise whole
/// words and `…`. Never within a word: if not even the first word has room, only `…` is left. A text that fits comes
/// back as it is.
pub fn truncate_sentence(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    let (mut sentence, mut word) = ((0, 0), 0);
    for (count, (at, c)) in text.char_indices().enumerate() {
        if count > max {
            break;
        }
        let head = &text[..at];
        if c.is_whitespace() && !head.ends_with(char::is_whitespace) {
            if c == '\n' || ends_sentence(head) {
                sentence = (at, count);
            }
            if count < max {
                word = at; // room for the ellipsis
            }
        }
    }
    if sentence.1 * 2 >= max && sentence.0 > 0 {
        return text[..sentence.0].to_owned();
    }
    if max == 0 {
        return String::new();
    }
    format!("{}…", text[..word].trim_end_matches([',', ';', ':', '–', '-', ' ', '.', '(']))
}

#[cfg(test)]
mod tests {
    #[test]
    fn sizes_are_said_one_way() {
        for (n, vi, en) in [
            (12, "12 byte", "12 byte"),
            (1_000, "1 KB", "1 KB"),
            (25_001, "26 KB", "26 KB"),
            (999_999, "1.000 KB", "1,000 KB"),
            (1_240_000, "1,2 MB", "1.2 MB"),
        ] {
            assert_eq!((size(n, Lang::Vi).as_str(), size(n, Lang::En).as_str()), (vi, en));
        }
    }

    use super::*;
    use proptest::prelude::*;

    fn nfd(s: &str) -> String {
        s.nfd().collect()
    }

    #[test]
    fn folding_ignores_marks_form_and_tone_placement() {
        for (a, b) in
            [("hoà", "hòa"), ("Thuỷ", "thủy"), ("THUỴ", "thụy"), ("Đại lý", "đại  lý"), ("ưỡn", "ươn")]
        {
            assert_eq!(fold(a), fold(b));
            assert_eq!(fold(&nfd(a)), fold(b));
        }
        assert_eq!(fold("  Đặc khu\u{a0}Bạch\nLong\u{200b} Vĩ "), "dac khu bach long vi");
        assert_ne!(fold("hai"), fold("ha i"));
        assert!(!is_nfc(&nfd("Hải")) && is_nfc("Hải") && nfc(&nfd("Hải Phòng")) == "Hải Phòng");
    }

    #[test]
    fn slugs() {
        let want = "dac-khu-bach-long-vi-ten-mien-vn";
        assert_eq!(slugify("Đặc khu Bạch Long Vĩ – tên miền .vn"), want);
        assert_eq!(slugify(&nfd("Đặc khu Bạch Long Vĩ – tên miền .vn")), want);
        assert_eq!(slugify("  --  "), "");
        assert_eq!(slugify("../../etc/passwd"), "etc-passwd");
        let long = slugify(&"hai phong ".repeat(40));
        assert!(long.len() <= SLUG_MAX && long.ends_with("hai") || long.ends_with("phong"), "{long}");
        assert_eq!(slugify(&"x".repeat(400)).len(), SLUG_MAX);
    }

    #[test]
    fn sorting_follows_the_vietnamese_dictionary() {
        let want = [
            "Ái Quốc",
            "An Biên",
            "An Dương",
            "Ăn",
            "Âu Lạc",
            "Dương Kinh",
            "Đồ Sơn",
            "Đông Hải",
            "Gia Viên",
            "Hải An",
        ];
        let mut got = want;
        got.reverse();
        sort_vi(&mut got);
        assert_eq!(got, want);
        let mut tones = ["mạ", "má", "mã", "mả", "mà", "ma"];
        sort_vi(&mut tones);
        assert_eq!(tones, ["ma", "mà", "mả", "mã", "má", "mạ"]);
        assert_ne!(compare_vi("Hải", &nfd("Hải")), Ordering::Equal);
        let mut names = ["Vũ Thị An", "Đỗ Văn Bình", "Bùi Thị Ánh", "Bùi Văn An"];
        sort_names_vi(&mut names);
        assert_eq!(names, ["Bùi Văn An", "Vũ Thị An", "Bùi Thị Ánh", "Đỗ Văn Bình"]);
    }

    #[test]
    fn a_clean_line_hides_nothing() {
        assert_eq!(clean_line("  Sở\r\nBcc: x@y\t VH\u{a0}TT\u{202e}\u{200b}\u{0} "), "Sở Bcc: x@y VH TT");
        assert_eq!(clean_line("a\u{2028}b\u{feff}c"), "a bc");
        assert_eq!(clean_line("Ha\u{200b}\u{309}i"), "Hải");
        assert_eq!(clean_line("\n\u{200b}"), "");
    }

    #[test]
    fn numbers_and_dates() {
        let n = |n| number(n, Lang::Vi);
        assert_eq!([n(0), n(999), n(12_500), n(-1_234_567)], ["0", "999", "12.500", "-1.234.567"]);
        assert_eq!(n(i64::MIN), "-9.223.372.036.854.775.808");
        assert_eq!(number(12_500, Lang::En), "12,500");
        assert_eq!(decimal(3194.7, 2, Lang::Vi), "3.194,7");
        assert_eq!(decimal(3194.7, 1, Lang::En), "3,194.7");
        assert_eq!(decimal(-0.04, 1, Lang::Vi), "0");
        assert_eq!(decimal(f64::NAN, 1, Lang::Vi), "–");
        assert_eq!([percent(50.0, Lang::Vi), percent(12.5, Lang::Vi)], ["50%", "12,5%"]);
        assert_eq!([plural(1, "site", "sites"), plural(1200, "site", "sites")], ["1 site", "1,200 sites"]);
        let t = NaiveDate::from_ymd_opt(2026, 11, 30).and_then(|d| d.and_hms_opt(9, 5, 0)).expect("a date");
        assert_eq!(moment(t, Lang::Vi), "thứ Hai 30/11/2026 09:05");
        assert_eq!(moment(t, Lang::En), "Monday 30/11/2026 09:05");
    }

    #[test]
    fn masks_keep_no_person() {
        assert_eq!(mask_email("nguyen.lan@khach-san.example"), "n***@khach-san.example");
        assert_eq!(mask_email("\"a@b\"@c.example"), "\"***@c.example");
        for bad in ["", "@x", "lan", "lan@"] {
            assert_eq!(mask_email(bad), "***");
        }
        assert_eq!(mask_chat("6172839405"), "***405");
        assert_eq!(mask_chat("1234567"), "***");
    }

    #[test]
    fn counting_syllables() {
        for (text, n) in [
            ("Kính thưa toàn thể nhân dân!", 6),
            ("nghiêng khuỷu quyết giếng", 4),
            ("UBND", 4),
            ("website", 3),
            ("50%", 5),
            ("20h30", 7),
            ("2026", 7),
            ("", 0),
            ("BẠCH LONG VĨ", 3),
        ] {
            assert_eq!(syllables(text), n, "{text}");
            assert_eq!(syllables(&nfd(text)), n, "{text} in NFD");
        }
    }

    #[test]
    fn cutting_ends_at_a_sentence_or_a_word() {
        let t = "Tên miền .vn an toàn. Đăng ký ngay tại TP. Hải Phòng hôm nay.";
        assert_eq!(truncate_sentence(t, 200), t);
        assert_eq!(truncate_sentence(t, 30), "Tên miền .vn an toàn.");
        assert_eq!(truncate_sentence(t, 21), "Tên miền .vn an toàn.");
        assert_eq!(truncate_sentence(t, 20), "Tên miền .vn an…");
        assert_eq!(truncate_sentence(t, 42), "Tên miền .vn an toàn."); // never ends at "TP."
        assert_eq!(truncate_sentence(t, 50), "Tên miền .vn an toàn. Đăng ký ngay tại TP. Hải…");
        assert_eq!(truncate_sentence("https://example.vn/rat-dai", 8), "…");
        assert_eq!(truncate_sentence("abc", 0), "");
    }

    proptest! {
        #[test]
        fn a_cut_fits_and_breaks_no_word(t in "[a-zà-ỹ .,!\n]{0,80}", max in 0usize..90) {
            let cut = truncate_sentence(&t, max);
            prop_assert!(cut.chars().count() <= max);
            if cut != t {
                let words: Vec<&str> = t.split_whitespace().collect();
                for w in cut.trim_end_matches('…').split_whitespace() {
                    prop_assert!(words.iter().any(|x| *x == w || x.trim_end_matches([',', '.']) == w), "{w:?} of {t:?}");
                }
            }
        }

        #[test]
        fn cleaning_and_folding_are_idempotent(s in "\\PC{0,40}|[\\s\\u{200b}-\\u{202e}a\\u{309}Đ]{0,20}") {
            prop_assert_eq!(clean_line(&clean_line(&s)), clean_line(&s));
            prop_assert!(is_nfc(&clean_line(&s)));
            prop_assert_eq!(fold(&fold(&s)), fold(&s));
            prop_assert!(slugify(&s).is_empty() || super::super::id::is_slug(&slugify(&s)));
        }
    }
}
