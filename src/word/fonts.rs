//! Letters of the time before Unicode: fonts of TCVN3 (`.VnTime`, by TCVN 5712:1993, VN3) and VNI (`VNI-Times`) show bytes of
//! Latin-1 as Vietnamese. They are turned into Unicode where that is beyond doubt; a text of them in another font, or mixed with
//! Unicode, is told by its looks and refused: nobody should have to find out in print.

use crate::domain::text::{fold, is_syllable, nfc};
use crate::yaml::Say;

/// An encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Old {
    /// `.Vn…`; true if the font has capitals only (`.VnTimeH`).
    Tcvn3(bool),
    /// `VNI-…`
    Vni,
    /// VPS, VISCII, Vietware: known to exist, not converted.
    Other,
}

/// The encoding of a font, by its name.
pub fn of(font: &str) -> Option<Old> {
    let f = font.trim().to_ascii_lowercase();
    if f.starts_with(".vn") {
        return Some(Old::Tcvn3(font.trim().ends_with('H')));
    }
    if f.starts_with("vni-") || f.starts_with("vni ") {
        return Some(Old::Vni);
    }
    let other = ["vps ", "vntimes", "vnarial", "vn-", "svn-vps", "visc", "vnhelvet"];
    other.iter().any(|p| f.starts_with(p)).then_some(Old::Other)
}

/// TCVN3: letters of Latin-1 and what they show.
const TCVN3: &str = "¡Ă¢Â£Ê¤Ô¥Ơ¦Ư§Đ¨ă©âªê«ô¬ơ\u{ad}ư®đµà¶ả·ã¸á¹ạ»ằ¼ẳ½ẵ¾ắÆặÇầÈẩÉẫÊấËậÌèÎẻÏẽÐéÑẹÒềÓểÔễÕếÖệ×ìØỉÜĩÝíÞị\
    ßòáỏâõãóäọåồæổçỗèốéộêờëởìỡíớîợïùñủòũóúôụõừöử÷ữøứùựúỳûỷüỹýýþỵ";

/// VNI: a letter that follows a vowel, and the marks it puts on it.
const VNI_MARKS: [(char, &str); 17] = [
    ('ù', "\u{301}"),
    ('ø', "\u{300}"),
    ('û', "\u{309}"),
    ('õ', "\u{303}"),
    ('ï', "\u{323}"),
    ('â', "\u{302}"),
    ('á', "\u{302}\u{301}"),
    ('à', "\u{302}\u{300}"),
    ('å', "\u{302}\u{309}"),
    ('ã', "\u{302}\u{303}"),
    ('ä', "\u{323}\u{302}"),
    ('ê', "\u{306}"),
    ('é', "\u{306}\u{301}"),
    ('è', "\u{306}\u{300}"),
    ('ú', "\u{306}\u{309}"),
    ('ü', "\u{306}\u{303}"),
    ('ë', "\u{323}\u{306}"),
];
/// VNI: letters that stand for themselves.
const VNI_LETTERS: [(char, char); 9] = [
    ('ô', 'ơ'),
    ('ö', 'ư'),
    ('ñ', 'đ'),
    ('î', 'ỵ'),
    ('æ', 'ỉ'),
    ('ó', 'ĩ'),
    ('ò', 'ị'),
    ('ì', 'ì'),
    ('í', 'í'),
];

/// True if the text has letters that Unicode alone has: it was converted already, whatever its font is called.
pub fn is_unicode(text: &str) -> bool {
    text.chars().any(|c| {
        matches!(c, '\u{102}'..='\u{103}' | '\u{110}'..='\u{111}' | '\u{128}'..='\u{129}' | '\u{168}'..='\u{169}'
            | '\u{1a0}'..='\u{1a1}' | '\u{1af}'..='\u{1b0}' | '\u{300}'..='\u{323}' | '\u{1ea0}'..='\u{1ef9}')
    })
}

/// True if it has letters that Vietnamese in Unicode never has, as an old encoding does.
pub fn is_old(text: &str) -> bool {
    text.chars().any(strange)
}

/// Letters and signs of Latin-1 that Vietnamese has none of, within words.
fn strange(c: char) -> bool {
    matches!(c, '\u{a1}'..='\u{ae}' | '\u{b5}'..='\u{b9}' | '\u{bb}'..='\u{bf}' | 'Ä'..='Ç' | 'Ë' | 'Î'..='Ï' | 'Ñ' | 'Ö'..='Ø'
        | 'Û'..='Ü' | 'Þ'..='ß' | 'ä'..='ç' | 'ë' | 'î'..='ï' | 'ñ' | 'ö'..='ø' | 'û'..='ü' | 'þ')
}

/// A text in Unicode; `None` if a letter of it stands for nothing.
pub fn convert(text: &str, old: Old) -> Option<String> {
    // Word moves bytes of such fonts to U+F0xx at times.
    let plain: String = text
        .chars()
        .map(|c| match c {
            '\u{f020}'..='\u{f0ff}' => char::from_u32(c as u32 - 0xf000).unwrap_or(c),
            c => c,
        })
        .collect();
    match old {
        Old::Tcvn3(capitals) => {
            let mut out = String::with_capacity(plain.len());
            for c in plain.chars() {
                match TCVN3.chars().step_by(2).zip(TCVN3.chars().skip(1).step_by(2)).find(|(b, _)| *b == c) {
                    Some((_, u)) => out.push(u),
                    None if c == '\u{a0}' => out.push(' '),
                    None if !('\u{80}'..='\u{ff}').contains(&c) => out.push(c),
                    None => return None,
                }
            }
            Some(nfc(&if capitals { out.to_uppercase() } else { loud(&out) }))
        }
        Old::Vni => vni(&plain),
        Old::Other => plain.is_ascii().then_some(plain),
    }
}

/// TCVN3 has no capitals with tones: in a word of capitals the small ones are capitals, too (`GIáM ĐốC`).
fn loud(text: &str) -> String {
    let word = |w: &str| {
        let small = w.chars().any(|c| c.is_ascii_lowercase());
        let capitals = w.chars().filter(|c| c.is_uppercase()).count();
        if capitals > 1 && !small { w.to_uppercase() } else { w.to_owned() }
    };
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

fn vni(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut base = false;
    for c in text.chars() {
        let small = c.to_lowercase().next().unwrap_or(c);
        let marks = VNI_MARKS.iter().find(|(m, _)| *m == small).filter(|_| base);
        if let Some((_, marks)) = marks {
            out.push_str(marks);
            base = false;
            continue;
        }
        let letter = VNI_LETTERS.iter().find(|(b, _)| *b == small).map(|(_, u)| *u);
        match letter {
            Some(u) if c == small => out.push(u),
            Some(u) => out.extend(u.to_uppercase()),
            None if c == '\u{a0}' => out.push(' '),
            None if !('\u{80}'..='\u{ff}').contains(&c) => out.push(c),
            None => return None,
        }
        base = matches!(letter.unwrap_or(small), 'a' | 'e' | 'i' | 'o' | 'u' | 'y' | 'ơ' | 'ư');
    }
    Some(nfc(&out))
}

/// True if most words have the build of Vietnamese syllables: what a conversion must show.
pub fn reads_well(text: &str) -> bool {
    let words: Vec<&str> = text
        .split(|c: char| !c.is_alphabetic())
        .filter(|w| w.chars().count() > 1 && w.chars().any(char::is_lowercase))
        .collect();
    let good = words.iter().filter(|w| is_syllable(&fold(w))).count();
    words.len() < 10 || good * 10 >= words.len() * 7
}

/// Words of a text that are of an old encoding in a font of today, or UTF-8 read as something else.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Garbled {
    /// So many that there is no draft of it: at least three, and one in ten; or half of a short text.
    pub refused: bool,
    /// How many.
    pub count: usize,
    /// The first of them.
    pub words: Vec<String>,
}

impl Garbled {
    /// What to look at; nothing if there is none.
    pub fn says(&self) -> Option<Say> {
        let words = self.words.join(", ");
        (self.count > 0).then(|| {
            Say::new(
                format!("{} chữ giống bảng mã cũ (TCVN3, VNI) còn sót: {words}. Gõ lại hoặc chuyển sang Unicode.", self.count),
                format!("{} words look like an old encoding (TCVN3, VNI): {words}. Type them again, or convert them.", self.count),
            )
        })
    }
}

/// Looks for such words.
pub fn garbled(text: &str) -> Garbled {
    let (mut all, mut out) = (0usize, Garbled::default());
    for word in text.split_whitespace().filter(|w| w.chars().any(char::is_alphabetic)) {
        all += 1;
        if is_garbled(word) {
            out.count += 1;
            let word = word.trim_matches(|c: char| c.is_ascii_punctuation()).to_owned();
            if out.words.len() < 5 && word.len() < 40 && !out.words.contains(&word) {
                out.words.push(word);
            }
        }
    }
    let n = out.count;
    out.refused = n >= 3 && n * 10 >= all || n >= 2 && n * 2 >= all;
    out
}

/// True if a word has letters that Vietnamese has none of, and is a Vietnamese syllable once they are read as an old encoding
/// has them, or without their marks. “Müller”, “Søren”, “façade” are none.
fn is_garbled(word: &str) -> bool {
    if ["áº", "á»", "Æ°", "Ä‘", "Ã¡", "Ã "].iter().any(|m| word.contains(m)) {
        return true;
    }
    let inside = word.trim_matches(|c: char| !c.is_alphabetic() && !matches!(c, '\u{a1}'..='\u{ff}'));
    // Quotes, units and marks of the trade stand around words of today.
    let inside = inside.trim_start_matches(['«', '©']).trim_end_matches(['»', '®', '©', '¹', '²', '³']);
    let unit = inside.strip_prefix('µ').is_some_and(|u| u.chars().count() <= 2 && u.is_ascii());
    if unit
        || !inside.chars().any(strange)
        || !inside.chars().any(|c| c.is_ascii_alphabetic())
        || is_unicode(inside)
    {
        return false;
    }
    let syllable = |w: String| {
        let letters = w.chars().all(char::is_alphabetic);
        letters && !w.chars().any(strange) && w.chars().count() > 1 && is_word(&fold(&w))
    };
    let old = [Old::Tcvn3(false), Old::Vni].into_iter().filter_map(|o| convert(inside, o));
    let bare = || inside.chars().all(char::is_alphabetic) && is_word(&fold(inside));
    old.into_iter().any(syllable) || inside.chars().count() > 2 && bare()
}

/// A syllable whose vowels, where there are three, stand together in Vietnamese: “Peña” read as TCVN3 is none.
fn is_word(folded: &str) -> bool {
    const THREE: [&str; 13] =
        ["ieu", "yeu", "oai", "oay", "uay", "uoi", "uou", "uya", "uye", "oeo", "ueo", "uao", "uyu"];
    let vowels: String = folded.chars().filter(|c| matches!(c, 'a' | 'e' | 'i' | 'o' | 'u' | 'y')).collect();
    let first = folded.strip_prefix("qu").or(folded.strip_prefix("gi")).is_some();
    is_syllable(folded) && (vowels.len() < 3 || first || THREE.contains(&vowels.as_str()))
}

/// Text in a font of an old encoding that may be of that encoding or not: how often, and the first of it.
pub fn doubtful((n, texts): &(usize, Vec<String>)) -> Option<Say> {
    let texts = texts.iter().map(|t| format!("“{t}”")).collect::<Vec<_>>().join(", ");
    (*n > 0).then(|| {
        Say::new(
            format!("{n} chỗ ở phông bảng mã cũ (.VnTime, VNI) không rõ là bảng mã nào, giữ nguyên: {texts}. Đọc lại, sai thì gõ lại."),
            format!("{n} stretches in a font of an old encoding may be either, and stay as they are: {texts}. Read them over."),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tcvn3_becomes_unicode() {
        for (old, wanted) in [
            ("Céng hoµ x· héi chñ nghÜa ViÖt Nam", "Cộng hoà xã hội chủ nghĩa Việt Nam"),
            ("§éc lËp - Tù do - H¹nh phóc", "Độc lập - Tự do - Hạnh phúc"),
            ("th\u{ad} viÖn, ng\u{ad}êi, \u{f0ad}u tiªn", "thư viện, người, ưu tiên"),
            ("Hµ Néi, GI¸M §èC", "Hà Nội, GIÁM ĐỐC"),
            ("kh«ng “\u{201d} – 2026", "không “” – 2026"),
        ] {
            assert_eq!(convert(old, Old::Tcvn3(false)).as_deref(), Some(wanted));
        }
        assert_eq!(convert("së v¨n ho¸", Old::Tcvn3(true)).as_deref(), Some("SỞ VĂN HOÁ"));
        assert_eq!(convert("\u{85}", Old::Tcvn3(false)), None);
        // 134 letters of Vietnamese less those of ASCII and the capitals with tones, which VN3 has none of.
        assert_eq!(TCVN3.chars().count(), 2 * (67 + 7));
    }

    #[test]
    fn vni_becomes_unicode() {
        for (old, wanted) in [
            ("Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam", "Cộng hòa xã hội chủ nghĩa Việt Nam"),
            ("Ñoäc laäp - Töï do - Haïnh phuùc", "Độc lập - Tự do - Hạnh phúc"),
            ("ngöôøi, thö vieän, bò, nghæ, kyõ, lyù, Myî", "người, thư viện, bị, nghỉ, kỹ, lý, Myỵ"),
            ("SÔÛ VAÊN HOÙA TRAÀN", "SỞ VĂN HÓA TRẦN"),
        ] {
            assert_eq!(convert(old, Old::Vni).as_deref(), Some(wanted));
        }
        assert_eq!(convert("ßx", Old::Vni), None);
    }

    fn is_refused(text: &str) -> bool {
        garbled(text).refused
    }

    #[test]
    fn one_old_word_is_named_and_foreign_names_are_none() {
        let long =
            "Bài viết về tên miền quốc gia cho người dân thành phố, hướng dẫn cách đăng ký từng bước. "
                .repeat(20);
        for (text, wanted) in [
            ("Th«ng b¸o", &["Th«ng", "b¸o"][..]),
            ("Sè tµi kho¶n", &["tµi", "kho¶n"]),
            ("§iÒu 5", &["§iÒu"]),
            ("Thoâng baùo veà vieäc", &["vieäc"]),
            ("Bá»™ Y táº¿", &["Bá»™", "táº¿"]),
        ] {
            let found = garbled(&format!("{long}{text}"));
            assert!(!found.refused && found.count == wanted.len(), "{text}: {found:?}");
            assert_eq!(found.words, wanted);
            assert!(found.says().unwrap().vi.contains(wanted[0]));
        }
        for text in [
            "Müller, Jörg, Björn, Åse, Søren, Łukasz, Zoë, naïve, façade, Curaçao, Ñandú, Köln, Zürich, Besançon",
            "Ông François Müller đến Düsseldorf, Øresund, Señor Núñez; giá 5 £, © 2026, ½ ngày, 30 °C ± 2, µm, 20 µg, 100 m²",
            "Thomas Müller, Özil, Jörg Böhme, Lukas Köpke, Señor Peña; «trích» Sony® 5·6 ©Sở",
        ] {
            assert_eq!(garbled(text), Garbled::default(), "{text}");
        }
    }

    #[test]
    fn what_is_old_is_told_from_what_is_not() {
        assert_eq!(of(".VnTime"), Some(Old::Tcvn3(false)));
        assert_eq!(of(".VnArialH"), Some(Old::Tcvn3(true)));
        assert_eq!(of("VNI-Times"), Some(Old::Vni));
        assert_eq!(of("VPS Times"), Some(Old::Other));
        assert_eq!(of("Times New Roman"), None);
        assert!(is_refused("Céng hoµ x· héi chñ nghÜa ViÖt Nam"));
        assert!(is_refused("Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam"));
        assert!(is_refused("Cá»™ng hÃ²a xÃ£ há»™i chá»§ nghÄ©a"));
        let good = "Cộng hòa xã hội: 20 µm, 100 m², 25 °C, café, naïve, «trích», ½ ngày, mục § 2, Đà Nẵng ý kiến hỗ trợ về thủ tục";
        assert!(garbled(good) == Garbled::default() && is_unicode(good));
        assert!(reads_well("Sở Văn hóa, Thể thao và Du lịch mời các hộ kinh doanh đến dự buổi tập huấn"));
        assert!(!reads_well("Shn Vqt hta Thp thxx vr Dk lzch mvi cqq hq kxnh dxxnh đxx dx bxxi txp hxxn"));
    }
}
