//! Everything that is neither a letter nor read as a number: marks of rest, signs with a name, and those without one.

use super::text::{Line, dash, latin, space};
use super::{Hit, Remedy, Unknown, number};

/// Reads one of them.
pub fn read(t: Line<'_>, i: usize, unknown: &mut Vec<Unknown>) -> Option<Hit> {
    let c = t.at(i);
    let before = if i == 0 { '\0' } else { t.c[i - 1] };
    let after = t.at(i + 1);
    match c {
        _ if c.is_whitespace() => Hit::mark(1, " "),
        // `B3.1`, `II.3`: within a name.
        '.' if before.is_alphanumeric() && after.is_ascii_digit() => Hit::said(1, " chấm "),
        '.' | '…' => {
            let n = t.run(i, |c| matches!(c, '.' | '…'));
            // `a.b` without a space: two words.
            Hit::mark(n, if n > 1 || c == '…' { "… " } else { ". " })
        }
        ',' | ';' | ':' | '!' | '?' => Hit::mark(1, format!("{c} ")),
        // What stands in brackets is said, between rests; in a script brackets are for the eye.
        '(' | '[' | '{' | ')' | ']' | '}' => Hit::said(1, ", "),
        // Within a word (`vi-en`) it stays; between two words it is a space, between clauses a rest.
        c if dash(c) || c == '\u{2212}' => {
            if c == '-' && latin(before) && latin(after) && after.is_lowercase() {
                Hit::mark(1, "-")
            } else if space(before) == space(after) && super::spans::until(t, i) {
                Hit::said(1, " đến ")
            } else if after == '0' && t.run(i + 1, |c| c.is_ascii_digit() || matches!(c, '.' | '-')) > 8 {
                // One telephone number behind another.
                Hit::mark(1, ", ")
            } else if before.is_alphanumeric() && after.is_alphanumeric() {
                Hit::mark(1, " ")
            } else {
                Hit::mark(1, ", ")
            }
        }
        '/' => {
            let n = t.run(i, |c| c == '/');
            if n == 1
                && let Some(h) = per(t, i)
            {
                return Some(h);
            }
            Hit::mark(n, ", ")
        }
        '%' => Hit::both(1, " phần trăm "),
        '‰' => Hit::both(1, " phần nghìn "),
        '&' => Hit::said(1, " và "),
        '+' => Hit::said(1, " cộng "),
        '=' => Hit::said(usize::from(after == '>') + 1, if after == '>' { ", " } else { " bằng " }),
        '×' => Hit::said(1, " nhân "),
        '@' => Hit::said(1, " a còng "),
        '$' => Hit::said(1, " đô la Mỹ "),
        '€' => Hit::said(1, " ơ-rô "),
        '₫' => Hit::said(1, " đồng "),
        '°' | 'º' => Hit::said(1, " độ "),
        '²' => Hit::said(1, " bình phương "),
        '³' => Hit::said(1, " lập phương "),
        '½' => Hit::both(1, " một phần hai "),
        '¼' => Hit::both(1, " một phần tư "),
        '¾' => Hit::both(1, " ba phần tư "),
        '≥' => Hit::said(1, " lớn hơn hoặc bằng "),
        '≤' => Hit::said(1, " nhỏ hơn hoặc bằng "),
        '→' if !beside(t, i) => Hit::mark(1, ", "),
        // A digit that no rule took stands inside a word (`QH15`).
        c if c.is_ascii_digit() => {
            let n = t.digits(i);
            let s = t.text(i, n);
            let said = match s.parse::<u64>() {
                Ok(v) if n <= 15 && !(n > 1 && s.starts_with('0')) => number::cardinal(v),
                _ => number::digits(&s),
            };
            Hit::both(n, said)
        }
        c if c.is_numeric() => {
            unknown.push(Unknown::new(c.to_string(), i));
            Hit::mark(1, " ")
        }
        // `£5`, `x ≠ 4`, `5 -> 10`: what it says of the number would be lost.
        c if doubtful(c) && beside(t, i) => {
            unknown.push(Unknown { word: c.to_string(), at: i, remedy: Remedy::Sign });
            Hit::mark(1, " ")
        }
        _ => Hit::mark(1, " "),
    }
}

/// A sign that says something of the number beside it: of money, of reckoning, of sections; not a bullet, a quotation mark, a picture.
fn doubtful(c: char) -> bool {
    matches!(c, '<' | '>' | '~' | '^' | '|' | '\\' | '#' | '¬' | '±' | '§' | '¶' | '¢'..='¥' | '÷')
        || matches!(c, '\u{2030}'..='\u{2037}' | '\u{2070}'..='\u{209C}' | '\u{20A0}'..='\u{20CF}')
        || matches!(c, '\u{2100}'..='\u{214F}' | '\u{2190}'..='\u{22FF}' | '\u{27C0}'..='\u{27EF}' | '\u{2980}'..='\u{2AFF}')
}

/// True if a digit stands next to it, a space between allowed.
fn beside(t: Line<'_>, i: usize) -> bool {
    let back = t.c[..i].iter().rev().take(2).find(|c| !space(**c));
    t.at(i + 1 + t.run_within(i + 1, 1, space)).is_ascii_digit() || back.is_some_and(char::is_ascii_digit)
}

/// `2 lần/ngày`, `200 người/km2`: a stroke after a counted word.
fn per(t: Line<'_>, i: usize) -> Option<Hit> {
    let n = t.c[..i].iter().rev().take_while(|c| c.is_alphabetic()).count();
    let gap = t.c[..i - n].iter().rev().take_while(|c| space(**c)).count();
    let counted = n > 0 && gap == 1 && i > n + gap && t.c[i - n - gap - 1].is_ascii_digit();
    let word = t.word(i + 1);
    if !counted || word.is_empty() {
        return None;
    }
    let area = ["km2", "km²", "m2", "m²", "m3", "m³"].iter().any(|u| t.has(i + 1, u));
    if area {
        let unit = if word == "km" { "ki-lô-mét" } else { "mét" };
        let of = if t.at(i + 1 + word.len()) == '3' || t.at(i + 1 + word.len()) == '³' {
            "khối"
        } else {
            "vuông"
        };
        return Hit::both(2 + word.len(), format!(" trên một {unit} {of}"));
    }
    (word.chars().all(char::is_lowercase) && super::words::sayable(&word)).then(|| Hit::said(1, " một "))?
}
