//! Single words, signs and elements of a body: what they are.

use super::marks::clean_line;
use super::title::numbered;
use super::xml::Node;
use crate::domain::text::{fold, is_invisible};

/// Longest address, description or instruction, in bytes.
pub const LONGEST: usize = 2048;

/// Which of two ways to say the same is taken: the first if it draws, else the one for everybody, which is in plain text
/// (emoji). Only one.
pub fn chosen(n: &Node) -> Option<&Node> {
    let draws = |c: &&Node| ["drawing", "pict", "object"].iter().any(|d| c.holds(d));
    n.child("Choice").filter(draws).or_else(|| n.child("Fallback")).or_else(|| n.child("Choice"))
}

/// What a run holds, with the chosen one of alternatives.
pub fn expand<'a>(node: &'a Node, out: &mut Vec<&'a Node>) {
    for n in &node.children {
        match (n.name.as_str(), chosen(n)) {
            ("AlternateContent", Some(c)) => expand(c, out),
            _ => out.push(n),
        }
    }
}

/// Digits and their signs, set high or low; `None` if there is more in the text.
pub fn shifted(text: &str, high: bool) -> Option<String> {
    let signs = if high {
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾"
    } else {
        "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎"
    };
    let one = |c: char| match "0123456789+-=()".find(c) {
        Some(at) => signs.chars().nth(at),
        None => c.is_whitespace().then_some(c),
    };
    text.chars().map(one).collect()
}

/// `Hình 1. …`, `Ảnh: …`. With its marks: “Hình thức tham gia”, “Anh Nguyễn” and “Ảnh hưởng” are text.
pub fn labelled(text: &str) -> bool {
    let text = text.to_lowercase();
    let names = ["hình ảnh", "hình", "ảnh", "sơ đồ", "biểu đồ", "bản đồ", "nguồn", "figure"];
    let rest = names.iter().find_map(|n| text.strip_prefix(n));
    rest.is_some_and(|r| {
        let digit = |c: char| c.is_ascii_digit();
        let counted = r.strip_prefix(' ').filter(|r| r.starts_with(digit));
        counted.map_or(r, |r| r.trim_start_matches(digit)).starts_with(['.', ':'])
    })
}

/// True for the properties of a table of contents.
pub fn contents(p: &Node) -> bool {
    p.name == "docPartGallery" && p.attribute("val").is_some_and(|v| v.contains("Contents"))
        || p.children.iter().any(contents)
}

/// How often Word, or LibreOffice, says in a text that it did not find what is referred to.
pub fn unresolved(text: &str) -> usize {
    const SAYS: [&str; 7] = [
        "error! reference source not found",
        "error! bookmark not defined",
        "error! no text of specified style",
        "error: reference source not found",
        "loi! khong tim thay nguon tham chieu",
        "loi! the danh dau khong duoc xac dinh",
        "loi: khong tim thay nguon tham chieu",
    ];
    let f = fold(text);
    SAYS.iter().map(|s| f.matches(s).count()).sum()
}

/// How deep a list item is that was typed by hand: `- …`, `+ …`.
pub fn typed(text: &str) -> Option<usize> {
    let mut c = text.chars();
    let depth = match c.next()? {
        '-' | '–' | '—' | '•' | '*' | '·' | '▪' | '■' | '➢' | '✓' => 0,
        '+' | '◦' | '○' => 1,
        _ => return None,
    };
    c.next().filter(|x| x.is_whitespace() || x.is_uppercase())?;
    Some(depth)
}

/// `- …` or `1. …`, `1) …` with words behind it.
pub fn is_item(text: &str) -> bool {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let counted = (1..=3).contains(&(text.len() - rest.len()));
    typed(text).is_some() || counted && rest.strip_prefix(['.', ')']).is_some_and(|r| r.starts_with(' '))
}

/// `I. …` and unnumbered lines are parts, `1. …` parts of parts.
pub fn heading_level(text: &str) -> usize {
    let roman = text
        .split(['.', ' '])
        .next()
        .is_some_and(|w| !w.is_empty() && w.chars().all(|c| matches!(c, 'I' | 'V' | 'X')));
    if roman || !numbered(text) { 2 } else { 3 }
}

/// What a picture is said to show; nothing if a program guessed it, or if it is a path.
pub fn description(alt: &str) -> String {
    let guessed = ["ai-generated", "automatically generated", "duoc tao tu dong", "do ai tao"];
    if alt.len() > LONGEST {
        return String::new();
    }
    let f = fold(alt);
    let path =
        alt.contains('\\') || alt.contains("://") || [".png", ".jpg", ".jpeg"].iter().any(|e| f.ends_with(e));
    if path || guessed.iter().any(|g| f.contains(g)) { String::new() } else { clean_line(alt) }
}

/// An address that anybody may open, with the part of the page that is meant; `None` for any other. Signs that Markdown or a
/// template would take for its own are written as RFC 3986 has them.
pub fn address(target: &str, part: Option<&str>) -> Option<String> {
    if target.len() > LONGEST || part.is_some_and(|p| p.len() > LONGEST) {
        return None;
    }
    let target = target.trim();
    let low = target.to_lowercase();
    if !["http://", "https://", "mailto:", "tel:"].iter().any(|s| low.starts_with(s)) {
        return None;
    }
    let mut whole = target.to_owned();
    if let Some(p) = part.filter(|p| !p.is_empty() && low.starts_with("http") && !target.contains('#')) {
        whole = format!("{target}#{p}");
    }
    let mut out = String::with_capacity(whole.len());
    for c in whole.chars() {
        match c {
            ' ' | '(' | ')' | '<' | '>' | '|' | '\\' | '"' | '`' | '{' | '}' | '^' => {
                out.push_str(&format!("%{:02X}", c as u32));
            }
            c if c.is_whitespace() || c.is_control() || is_invisible(c) => return None,
            c => out.push(c),
        }
    }
    (out.len() <= LONGEST).then_some(out)
}

/// The address of ` HYPERLINK "https://…" \l "part" `.
pub fn field_target(instruction: &str) -> Option<String> {
    let rest = instruction.trim().strip_prefix("HYPERLINK")?.trim();
    let Some(quoted) = rest.strip_prefix('"') else {
        return address(rest.split_whitespace().next()?, None);
    };
    let (target, rest) = quoted.split_once('"').unwrap_or((quoted, ""));
    let part = rest.split_once("\\l").and_then(|(_, p)| p.split('"').nth(1));
    address(target, part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_public_and_nothing_to_markdown() {
        for (target, part, wanted) in [
            ("https://a.vn/x_y", None, Some("https://a.vn/x_y")),
            (
                "https://vi.wikipedia.org/wiki/Ho_(HN)",
                None,
                Some("https://vi.wikipedia.org/wiki/Ho_%28HN%29"),
            ),
            ("https://a.vn/?a|b", None, Some("https://a.vn/?a%7Cb")),
            ("https://a.vn/{{fact}}", None, Some("https://a.vn/%7B%7Bfact%7D%7D")),
            ("https://a.vn/t", Some("muc 2"), Some("https://a.vn/t#muc%202")),
            ("https://a.vn/t#1", Some("2"), Some("https://a.vn/t#1")),
            ("mailto:a@b.vn?subject=Hỏi đáp", None, Some("mailto:a@b.vn?subject=Hỏi%20đáp")),
            (" tel:18001091 ", None, Some("tel:18001091")),
            ("javascript:alert(1)", None, None),
            ("file:///C:/x", None, None),
            ("https://a.vn/\u{202e}gpj", None, None),
            ("https://a.vn/a\nb", None, None),
        ] {
            assert_eq!(address(target, part).as_deref(), wanted, "{target}");
        }
        for (field, wanted) in [
            (" HYPERLINK \"https://a.vn/x\" \\l \"muc2\" \\o \"Gợi ý\" ", Some("https://a.vn/x#muc2")),
            ("HYPERLINK https://a.vn", Some("https://a.vn")),
            (" HYPERLINK \\l \"_Toc1\" ", None),
            ("PAGE", None),
        ] {
            assert_eq!(field_target(field).as_deref(), wanted, "{field}");
        }
    }
}
