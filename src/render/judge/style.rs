//! What declarations of CSS do to what a reader sees.

#![expect(clippy::wildcard_enum_match_arm, reason = "tokens: those that are not named say nothing here")]

use cssparser::color::{parse_hash_color, parse_named_color};
use cssparser::{ParseError, Parser, Token};

/// Pixels below which letters are not read.
pub(super) const SMALLEST: f32 = 6.0;

/// A token of CSS, as far as it matters here. Lengths are in pixels of a letter of 16.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Tok {
    Ident(String),
    At(String),
    Hash(String),
    Number(f32),
    /// A fixed length.
    Px(f32),
    /// Times the size of the letters around it.
    Em(f32),
    /// As a fraction.
    Percent(f32),
    Function(String, Vec<Tok>),
    Square(Vec<Tok>),
    Delim(char),
    Colon,
    Comma,
    White,
    Other,
}

/// The next token that is neither `;` nor a block in braces, which belong to who reads rules.
pub(super) fn tok(p: &mut Parser<'_>, token: &Token<'_>) -> Tok {
    match token {
        Token::Ident(name) => Tok::Ident(name.to_string()),
        Token::AtKeyword(name) => Tok::At(name.to_ascii_lowercase()),
        Token::Hash(name) | Token::IDHash(name) => Tok::Hash(name.to_string()),
        Token::Number { value, .. } => Tok::Number(*value),
        Token::Percentage { unit_value, .. } => Tok::Percent(*unit_value),
        Token::Dimension { value, unit, .. } => length(*value, unit),
        Token::Function(name) => Tok::Function(name.to_ascii_lowercase(), all(p)),
        Token::SquareBracketBlock => Tok::Square(all(p)),
        Token::Delim(c) => Tok::Delim(*c),
        Token::Colon => Tok::Colon,
        Token::Comma => Tok::Comma,
        Token::WhiteSpace(_) => Tok::White,
        _ => Tok::Other,
    }
}

fn all(p: &mut Parser<'_>) -> Vec<Tok> {
    let mut out = vec![];
    let _ = p.parse_nested_block(|p| {
        while let Ok(token) = p.next_including_whitespace().cloned() {
            out.push(tok(p, &token));
        }
        Ok::<_, ParseError<()>>(())
    });
    out
}

fn length(value: f32, unit: &str) -> Tok {
    let px = match unit.to_ascii_lowercase().as_str() {
        "px" => 1.0,
        "pt" => 4.0 / 3.0,
        "pc" | "rem" => 16.0,
        "in" => 96.0,
        "cm" => 96.0 / 2.54,
        "mm" => 9.6 / 2.54,
        "q" => 2.4 / 2.54,
        "em" | "lh" => return Tok::Em(value),
        "ex" | "ch" | "cap" | "ic" => return Tok::Em(value / 2.0),
        // Of the narrowest telephone.
        u if u.ends_with("vw") || u.ends_with("vh") || u.ends_with("vmin") || u.ends_with("vmax") => 3.2,
        _ => return Tok::Other,
    };
    Tok::Px(value * px)
}

/// A colour.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Paint {
    Rgb(u8, u8, u8),
    /// Seen through.
    Clear,
    /// That of what is around it.
    Around,
    /// Not known.
    Some,
}

/// A size of letters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Size {
    Px(f32),
    /// Times that of what is around it.
    Em(f32),
}

impl Size {
    /// In pixels, where what is around it has so many.
    pub fn of(self, around: f32) -> f32 {
        match self {
            Self::Px(v) => v,
            Self::Em(v) => v * around,
        }
    }
}

/// What a declaration does.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Does {
    /// Hides it and all that is in it.
    Hide,
    /// Gives it no height or width; with [`Does::Clip`] or [`Does::Scroll`] nothing of it is seen.
    Flat,
    /// Gives it a height of its own or ends its line; with [`Does::Clip`] the rest is not seen.
    Cut,
    Clip,
    Scroll,
    /// Draws a line through its words.
    Strike,
    Size(Size),
    Colour(Paint),
    Ground(Paint),
    /// Moves it, or does what may not be done to a text: the declaration.
    Refused(String),
}

/// What a declaration does, and whether it is `!important`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Declared {
    pub does: Does,
    pub important: bool,
}

/// What the declarations of a `style` attribute do.
pub(super) fn inline(css: &str) -> Vec<Declared> {
    let mut p = Parser::new(css);
    let (mut one, mut out) = (vec![], vec![]);
    while let Ok(token) = p.next_including_whitespace().cloned() {
        if matches!(token, Token::Semicolon) {
            declared(&one, &mut out);
            one.clear();
        } else {
            one.push(tok(&mut p, &token));
        }
    }
    declared(&one, &mut out);
    out
}

/// Reads one declaration: `name : value`.
pub(super) fn declared(toks: &[Tok], out: &mut Vec<Declared>) {
    let mut toks: Vec<&Tok> = toks.iter().filter(|t| **t != Tok::White).collect();
    let important = toks.iter().position(|t| **t == Tok::Delim('!'));
    if let Some(at) = important {
        toks.truncate(at);
    }
    let [Tok::Ident(name), Tok::Colon, value @ ..] = toks.as_slice() else { return };
    let name = name.to_ascii_lowercase();
    for does in effects(&name, value) {
        out.push(Declared { does, important: important.is_some() });
    }
}

fn effects(name: &str, value: &[&Tok]) -> Vec<Does> {
    let words: Vec<String> = value
        .iter()
        .filter_map(|t| if let Tok::Ident(w) = t { Some(w.to_ascii_lowercase()) } else { None })
        .collect();
    let has = |all: &[&str]| words.iter().any(|w| all.contains(&w.as_str()));
    let only = |all: &[&str]| matches!(value, [_]) && has(all);
    let counted = value.iter().any(|t| matches!(t, Tok::Function(..)));
    let zero = value.iter().all(|t| matches!(t, Tok::Number(0.0) | Tok::Px(0.0) | Tok::Em(0.0)));
    let refused = || Does::Refused(said(name, value));
    // In pixels, of a letter of 16; a part of the width as of 320.
    let lengths = || {
        value.iter().filter_map(|t| match t {
            Tok::Px(v) => Some(*v),
            Tok::Em(v) => Some(v * 16.0),
            Tok::Percent(v) => Some(v * 320.0),
            _ => None,
        })
    };
    let if_so = |so: bool, does: Does| if so { vec![does] } else { vec![] };
    match name {
        "display" => if_so(counted || has(&["none", "table-column", "table-column-group"]), Does::Hide),
        "visibility" => if_so(counted || has(&["hidden", "collapse"]), Does::Hide),
        "content-visibility" => if_so(counted || !only(&["visible"]), Does::Hide),
        "mso-hide" => if_so(has(&["all"]), Does::Hide),
        "opacity" => {
            let faint = |t: &&&Tok| matches!(t, Tok::Number(v) | Tok::Percent(v) if *v < 0.3);
            if_so(counted || value.iter().any(|t| faint(&t)), Does::Hide)
        }
        "font-size" => match value {
            [one] => size(&[*one]).map(Does::Size).into_iter().collect(),
            // No value of it: what a browser makes of that is not known.
            _ => vec![Does::Size(Size::Px(0.0))],
        },
        "font" => {
            if only(&["inherit", "initial", "unset", "revert", "caption", "icon", "menu", "status-bar"]) {
                return vec![];
            }
            let is = |t: &Tok| matches!(t, Tok::Px(_) | Tok::Em(_) | Tok::Percent(_) | Tok::Function(..));
            let at = value.iter().position(|t| is(t) || matches!(t, Tok::Number(0.0)));
            at.and_then(|at| size(&value[at..=at])).map(Does::Size).into_iter().collect()
        }
        "height" | "max-height" | "width" | "max-width" | "block-size" | "max-block-size" | "inline-size"
        | "max-inline-size" => {
            let tall = name.contains("height") || name.contains("block");
            if counted {
                return if_so(tall, Does::Cut);
            }
            if lengths().any(|v| v < 10.0) || zero {
                return vec![Does::Flat];
            }
            let fixed = value.iter().any(|t| matches!(t, Tok::Px(_) | Tok::Em(_)));
            if_so(tall && fixed, Does::Cut)
        }
        "-webkit-line-clamp" | "line-clamp" => if_so(!only(&["none"]), Does::Cut),
        "text-overflow" => if_so(!only(&["clip"]), Does::Cut),
        "overflow" | "overflow-x" | "overflow-y" | "overflow-block" | "overflow-inline" => {
            let mut out = if_so(counted || has(&["hidden", "clip"]), Does::Clip);
            out.extend(if_so(has(&["auto", "scroll"]), Does::Scroll));
            out
        }
        "text-decoration" | "text-decoration-line" => if_so(counted || has(&["line-through"]), Does::Strike),
        "color" | "-webkit-text-fill-color" => match paint(value).filter(|_| value.len() == 1) {
            // A variable may say anything.
            Some(Paint::Some) if counted && !value.iter().any(|t| absolute(t)) => {
                vec![Does::Colour(Paint::Clear)]
            }
            Some(p) => vec![Does::Colour(p)],
            None => vec![],
        },
        "background" | "background-color" => paint(value).map(Does::Ground).into_iter().collect(),
        "text-indent" => if_so(counted || lengths().any(|v| v.abs() > 100.0), Does::Hide),
        "letter-spacing" => if_so(counted || lengths().any(|v| v < -3.0), Does::Hide),
        n if n.starts_with("margin") || n.starts_with("padding") => {
            if_so(lengths().any(|v| !(-100.0..=1000.0).contains(&v)), Does::Hide)
        }
        "position" => if_so(!only(&["static", "relative"]), refused()),
        "left" | "right" | "top" | "bottom" | "inset" | "inset-block" | "inset-inline"
        | "inset-block-start" | "inset-block-end" | "inset-inline-start" | "inset-inline-end" => {
            if_so(!(zero || only(&["auto"])), refused())
        }
        "transform"
        | "-webkit-transform"
        | "-ms-transform"
        | "-moz-transform"
        | "translate"
        | "scale"
        | "rotate"
        | "offset"
        | "offset-path"
        | "clip"
        | "clip-path"
        | "-webkit-clip-path"
        | "mask"
        | "mask-image"
        | "-webkit-mask"
        | "-webkit-mask-image"
        | "filter"
        | "-webkit-filter"
        | "backdrop-filter"
        | "-webkit-text-security"
        | "text-security"
        | "animation"
        | "animation-name" => if_so(!only(&["none", "auto"]), refused()),
        "mix-blend-mode" => if_so(!only(&["normal"]), refused()),
        "zoom" => {
            let whole = matches!(value, [Tok::Number(1.0) | Tok::Percent(1.0)]);
            if_so(!(whole || only(&["normal"])), refused())
        }
        "unicode-bidi" => if_so(counted || has(&["bidi-override", "isolate-override"]), refused()),
        // A way out that does not answer.
        "pointer-events" => if_so(!only(&["auto"]), refused()),
        _ => vec![],
    }
}

fn said(name: &str, value: &[&Tok]) -> String {
    let first = value.iter().find_map(|t| match t {
        Tok::Ident(w) => Some(w.clone()),
        Tok::Function(f, _) => Some(format!("{f}(…)")),
        _ => None,
    });
    format!("{name}:{}", first.unwrap_or_else(|| "…".into()))
}

/// The size that a value says; `None` where it is that of what is around it.
fn size(value: &[&Tok]) -> Option<Size> {
    Some(match value.first()? {
        Tok::Px(v) => Size::Px(*v),
        Tok::Em(v) | Tok::Percent(v) => Size::Em(*v),
        Tok::Ident(word) => match word.to_ascii_lowercase().as_str() {
            "smaller" => Size::Em(0.83),
            "larger" => Size::Em(1.2),
            "xx-small" | "x-small" => Size::Px(9.0),
            "small" | "medium" | "initial" | "large" | "x-large" | "xx-large" | "xxx-large" => Size::Px(16.0),
            _ => return None,
        },
        // The least of them counts.
        Tok::Function(f, of) if matches!(f.as_str(), "clamp" | "max") => {
            match of.iter().find(|t| **t != Tok::White) {
                Some(Tok::Px(v)) => Size::Px(*v),
                _ => Size::Px(0.0),
            }
        }
        // What is not known may be nothing. A number without a unit is no size, but zero is.
        Tok::Number(v) if *v != 0.0 => return None,
        _ => Size::Px(0.0),
    })
}

fn absolute(t: &Tok) -> bool {
    matches!(t, Tok::Function(f, _) if matches!(f.as_str(), "rgb" | "rgba" | "hsl" | "hsla"))
}

/// The colour in a value, if it says one.
fn paint(value: &[&Tok]) -> Option<Paint> {
    value.iter().find_map(|t| match t {
        Tok::Hash(hex) => parse_hash_color(hex.as_bytes()).ok().map(|(r, g, b, a)| seen(r, g, b, a)),
        Tok::Ident(word) => match word.to_ascii_lowercase().as_str() {
            "transparent" => Some(Paint::Clear),
            "inherit" | "currentcolor" | "unset" | "initial" | "revert" => Some(Paint::Around),
            w => parse_named_color(w).ok().map(|(r, g, b)| Paint::Rgb(r, g, b)),
        },
        Tok::Function(f, of) if absolute(t) => {
            let all: Vec<f32> = of
                .iter()
                .filter_map(|t| match t {
                    Tok::Number(v) => Some(*v),
                    Tok::Percent(v) => Some(v * if f.starts_with("rgb") { 255.0 } else { 1.0 }),
                    _ => None,
                })
                .collect();
            let alpha = match (all.get(3), of.iter().rev().find(|t| **t != Tok::White)) {
                (Some(_), Some(Tok::Percent(v))) => *v,
                (Some(v), _) => *v,
                (None, _) => 1.0,
            };
            let [r, g, b] =
                [0, 1, 2].map(|i| all.get(i).map_or(0, |v| cssparser::color::clamp_floor_256_f32(*v)));
            Some(match seen(r, g, b, alpha) {
                Paint::Rgb(..) if !f.starts_with("rgb") => Paint::Some,
                p => p,
            })
        }
        Tok::Function(..) => Some(Paint::Some),
        _ => None,
    })
}

fn seen(r: u8, g: u8, b: u8, alpha: f32) -> Paint {
    if alpha < 0.3 { Paint::Clear } else { Paint::Rgb(r, g, b) }
}

/// The colour of an attribute (`bgcolor`, `color`), where the `#` may be left out.
pub(super) fn attribute(value: &str) -> Paint {
    let value = value.trim();
    match parse_hash_color(value.trim_start_matches('#').as_bytes()) {
        Ok((r, g, b, _)) => Paint::Rgb(r, g, b),
        Err(()) => parse_named_color(&value.to_ascii_lowercase())
            .map_or(Paint::Some, |(r, g, b)| Paint::Rgb(r, g, b)),
    }
}

/// True if letters of a colour can be told from their ground.
pub(super) fn stands_out(letters: Paint, ground: Paint) -> bool {
    let (Paint::Rgb(a, b, c), Paint::Rgb(x, y, z)) = (letters, ground) else {
        return letters != Paint::Clear;
    };
    let (one, two) = (light([a, b, c]), light([x, y, z]));
    // Of WCAG 2.2, where 4.5 is good; here only what cannot be read at all.
    (one.max(two) + 0.05) / (one.min(two) + 0.05) >= 1.3
}

fn light(rgb: [u8; 3]) -> f32 {
    let [r, g, b] = rgb.map(|v| {
        let v = f32::from(v) / 255.0;
        if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * r + 0.7152 * g + 0.0722 * b
}
