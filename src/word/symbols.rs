//! Signs of the fonts that show pictures for letters: Symbol, Wingdings, Webdings. By the tables of Unicode's L2/11-052 and
//! Adobe's encoding of Symbol.

/// Symbol, from 0x20 and from 0xA0; `?` is a part of a larger sign, which nothing shows.
const SYMBOL: [(u32, &str); 2] = [
    (0x20, " !∀#∃%&∋()∗+,−./0123456789:;<=>?≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_‾αβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}∼"),
    (0xa0, "€ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…⏐⎯↵ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊⟨®©™∑"),
];

const WINGDINGS: [(u32, &str); 18] = [
    (0x20, " ✏✂✁👓🔔📖🕯☎✆✉"),
    (0x36, "⌛⌨🖱🖲🖥"),
    (0x3f, "✍"),
    (0x41, "✌👌👍👎☜☞☝☟"),
    (0x4a, "☺"),
    (0x4c, "☹💣"),
    (0x51, "✈☼💧❄"),
    (0x6c, "●❍■☐☐☐❒"),
    (0x74, "⧫◆❖⬥☒"),
    (0x80, "⓪①②③④⑤⑥⑦⑧⑨⑩⓿❶❷❸❹❺❻❼❽❾❿"),
    (0x9e, "·•▪○"),
    (0xa4, "◉◎"),
    (0xa7, "▪☐"),
    (0xaa, "✦★✶✴"),
    (0xb7, "🕐🕑🕒🕓🕔🕕🕖🕗🕘🕙🕚🕛"),
    (0xd8, "➢"),
    (0xdf, "←→↑↓↖↗↙↘←→↑↓↖↗↙↘⇦⇨⇧⇩⬄⇳"),
    (0xfb, "✗✓☒☑"),
];

const WINGDINGS_2: [(u32, &str); 5] =
    [(0x4f, "✗✓☒☑☒☒"), (0x69, "⓪①②③④⑤⑥⑦⑧⑨⑩⓿❶❷❸❹❺❻❼❽❾❿"), (0x95, "•"), (0x97, "●"), (0xa2, "■☐")];

const WEBDINGS: [(u32, &str); 6] =
    [(0x33, "◀▶▲▼"), (0x61, "✔"), (0x63, "☐"), (0x67, "■"), (0x6e, "●"), (0x72, "✖")];

/// The signs of a font, if it is one of these.
fn table(font: &str) -> Option<&'static [(u32, &'static str)]> {
    match font.trim().to_ascii_lowercase().as_str() {
        "symbol" => Some(&SYMBOL),
        "wingdings" => Some(&WINGDINGS),
        "wingdings 2" => Some(&WINGDINGS_2),
        "webdings" => Some(&WEBDINGS),
        // Known to be such a font; none of its signs is.
        "wingdings 3" | "mt extra" | "marlett" | "zapfdingbats" | "monotype sorts" => Some(&[]),
        _ => None,
    }
}

/// What a sign of a font shows; `None` if nobody knows.
pub fn shown(font: &str, sign: char) -> Option<char> {
    let Some(table) = table(font) else {
        // A font of letters: its signs are what they are.
        return (!is_private(sign) && !sign.is_control()).then_some(sign);
    };
    let code = match sign as u32 {
        c @ 0xf020..=0xf0ff => c - 0xf000,
        c @ 0..=0xff => c,
        // Word writes the bytes from 0x80 to 0x9F as the signs of Windows-1252.
        _ => 0x80 + u32::try_from(CP1252.chars().position(|c| c == sign)?).ok()?,
    };
    table.iter().find_map(|(from, signs)| signs.chars().nth(code.checked_sub(*from)? as usize))
}

const CP1252: &str = "€\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8d}Ž\u{8f}\u{90}‘’“”•–—˜™š›œ\u{9d}žŸ";

fn is_private(c: char) -> bool {
    matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..)
}

/// Words in a font, as it shows them; how many signs nobody knows and so are left out.
pub fn in_font(font: &str, text: &str) -> (String, usize) {
    let mut lost = 0;
    let signs = table(font).is_some();
    let mut one = |c: char| match c {
        ' ' | '\n' | '\u{ad}' => Some(c),
        // The one bullet that programs leave in any font.
        '\u{f0b7}' if !signs => Some('•'),
        c if !signs && !is_private(c) => Some(c),
        // A letter that the font has none of is shown in another.
        c if signs && !is_private(c) && c as u32 > 0xff && !CP1252.contains(c) => Some(c),
        c => {
            let known = shown(font, c);
            lost += usize::from(known.is_none());
            known
        }
    };
    let out = text.chars().filter_map(&mut one).collect();
    (out, lost)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_are_those_of_their_font() {
        for (font, code, wanted) in [
            ("Symbol", 0xf0b3, Some('≥')),
            ("Symbol", 0xf028, Some('(')),
            ("Symbol", 0xf052, Some('Ρ')),
            ("Symbol", 0xf0b0, Some('°')),
            ("Symbol", 0xf07e, Some('∼')),
            ("Symbol", 0xf0e5, Some('∑')),
            ("Symbol", 0xf0b7, Some('•')),
            ("Wingdings", 0x28, Some('☎')),
            ("Wingdings", 0x2a, Some('✉')),
            ("wingdings", 0xf0fe, Some('☑')),
            ("Wingdings", 0xf0fd, Some('☒')),
            ("Wingdings", 0xf0a8, Some('☐')),
            ("Wingdings", 0xf06f, Some('☐')),
            ("Wingdings", 0xf0e0, Some('→')),
            ("Wingdings", 0x8c, Some('❶')),
            ("Wingdings", 0xf046, Some('☞')),
            ("Wingdings", 0xf0ff, None),
            ("Wingdings 2", 0xf052, Some('☑')),
            ("Wingdings 2", 0xf053, Some('☒')),
            ("Wingdings 2", 0xf0a3, Some('☐')),
            ("Webdings", 0xf061, Some('✔')),
            ("Wingdings 3", 0xf061, None),
            ("Times New Roman", 0x2265, Some('≥')),
            ("Times New Roman", 0xf0fe, None),
        ] {
            assert_eq!(shown(font, char::from_u32(code).unwrap()), wanted, "{font} {code:x}");
        }
    }

    #[test]
    fn words_in_such_a_font_are_signs_and_the_unknown_is_counted() {
        assert_eq!(in_font("Wingdings", "o þ\u{f0a8}"), ("☐ ☑☐".into(), 0));
        assert_eq!(in_font("Wingdings", "Œ\u{f0ff}"), ("❶".into(), 1));
        assert_eq!(in_font("Symbol", "ab đ"), ("αβ đ".into(), 0));
        assert_eq!(in_font("Arial", "a\u{f0b7}\u{f046}\u{e000}"), ("a•".into(), 2));
    }
}
