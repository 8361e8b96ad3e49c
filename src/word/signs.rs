//! Single words, signs and elements of a body: what they are.

use super::letter::numbered;
use super::marks::clean_line;
use super::xml::Node;
use crate::domain::text::fold;

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

/// The cells of a row, also those in content controls.
pub fn flat<'a>(node: &'a Node, out: &mut Vec<&'a Node>) {
    for n in &node.children {
        match n.name.as_str() {
            "tc" => out.push(n),
            "sdt" | "sdtContent" | "customXml" | "ins" => flat(n, out),
            _ => {}
        }
    }
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

/// Signs of Wingdings that people use.
pub fn symbol(code: &str) -> Option<char> {
    Some(match code.to_ascii_uppercase().trim_start_matches("F0") {
        "A8" | "6F" | "71" => '☐',
        "FE" | "53" | "52" => '☑',
        "FC" => '✓',
        "E0" | "E8" | "F0" => '→',
        "B7" | "A7" => '•',
        "28" | "29" => '☎',
        "2A" => '✉',
        _ => return None,
    })
}

/// True for an address that anybody may open.
pub fn public(target: &str) -> bool {
    if target.len() > LONGEST {
        return false;
    }
    let t = target.to_lowercase();
    let plain =
        !t.chars().any(|c| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '(' | ')' | '\\'));
    ["http://", "https://", "mailto:", "tel:"].iter().any(|s| t.starts_with(s)) && plain
}

/// The address of ` HYPERLINK "https://…" `.
pub fn field_target(instruction: &str) -> Option<String> {
    let rest = instruction.trim().strip_prefix("HYPERLINK")?;
    let target = rest.split('"').nth(1).unwrap_or_else(|| rest.trim()).to_owned();
    public(&target).then_some(target)
}
