//! CSS of a rendered template, read by its tokens, so that escapes and comments hide nothing: what would fetch or run, and what
//! hides an element.

use cssparser::{ParseError, Parser, Token};

/// Functions that only count or colour.
const FUNCTIONS: &[&str] = &[
    "rgb",
    "rgba",
    "hsl",
    "hsla",
    "calc",
    "min",
    "max",
    "clamp",
    "var",
    "linear-gradient",
    "radial-gradient",
    "rotate",
    "scale",
    "translate",
    "translatex",
    "translatey",
    "not",
    "is",
    "where",
    "nth-child",
    "nth-of-type",
    "nth-last-child",
    "lang",
    "counter",
];
/// Rules that only select.
const RULES: &[&str] = &["media", "supports", "page", "charset"];
/// Deepest nesting of blocks and brackets.
const MAX_DEPTH: usize = 24;

/// What CSS may not contain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Bad {
    /// It loads something: the token.
    Fetches(String),
    /// Nested too deeply to be read.
    Deep,
}

/// Everything in a style sheet or a style attribute that is not allowed: the first.
pub(super) fn judge(css: &str) -> Option<Bad> {
    tokens(&mut Parser::new(css), 0)
}

fn tokens(p: &mut Parser<'_>, depth: usize) -> Option<Bad> {
    if depth > MAX_DEPTH {
        return Some(Bad::Deep);
    }
    loop {
        let Ok(token) = p.next_including_whitespace_and_comments() else { return None };
        #[expect(clippy::wildcard_enum_match_arm, reason = "tokens of another crate; the rest opens nothing")]
        let opens = match token {
            Token::UnquotedUrl(_) | Token::BadUrl(_) => return Some(Bad::Fetches("url(…)".into())),
            Token::AtKeyword(name) if !known(RULES, name) => return Some(Bad::Fetches(format!("@{name}"))),
            Token::Function(name) if !known(FUNCTIONS, name) => {
                return Some(Bad::Fetches(format!("{name}(…)")));
            }
            // Old programs run what stands behind these.
            Token::Ident(name) if known(&["behavior", "-moz-binding"], name) => {
                return Some(Bad::Fetches(name.to_string()));
            }
            Token::Function(_)
            | Token::ParenthesisBlock
            | Token::SquareBracketBlock
            | Token::CurlyBracketBlock => true,
            _ => false,
        };
        if opens {
            let mut bad = None;
            // What is left unread in it after something bad makes an error, which says nothing new.
            let _ = p.parse_nested_block(|p| {
                bad = tokens(p, depth + 1);
                Ok::<_, ParseError<()>>(())
            });
            if bad.is_some() {
                return bad;
            }
        }
    }
}

fn known(all: &[&str], name: &str) -> bool {
    all.iter().any(|k| k.eq_ignore_ascii_case(name))
}

/// How declarations hide what they are for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Hides {
    /// It and all that is in it.
    pub whole: bool,
    /// Its own letters have no size (`Some(true)`), or have one again.
    pub no_size: Option<bool>,
}

/// What a list of declarations does to what it stands at.
pub(super) fn hides(declarations: &str) -> Hides {
    of_declarations(&mut Parser::new(declarations))
}

fn of_declarations(p: &mut Parser<'_>) -> Hides {
    let mut out = Hides::default();
    let (mut flat, mut clipped) = (false, false);
    let mut one: Vec<String> = vec![];
    loop {
        let word = match p.next() {
            Err(_) => None,
            Ok(Token::Semicolon) => {
                declared(&one, &mut out, &mut flat, &mut clipped);
                one.clear();
                continue;
            }
            Ok(Token::Ident(name)) => Some(name.to_ascii_lowercase()),
            Ok(Token::Number { value, .. }) => Some(value.to_string()),
            Ok(Token::Dimension { value, unit, .. }) => {
                // One pixel is no size to read.
                let nothing = *value == 0.0 || (*value <= 1.0 && unit.eq_ignore_ascii_case("px"));
                Some(if nothing { "0".into() } else { format!("{value}{unit}") })
            }
            Ok(Token::Percentage { unit_value, .. }) => Some(unit_value.to_string()),
            Ok(_) => Some(String::new()),
        };
        match word {
            Some(w) => one.push(w),
            None => break,
        }
    }
    declared(&one, &mut out, &mut flat, &mut clipped);
    out.whole |= flat && clipped;
    out
}

fn declared(one: &[String], out: &mut Hides, flat: &mut bool, clipped: &mut bool) {
    // Name, colon (an empty word), value.
    let (Some(name), Some(value)) = (one.first(), one.get(2)) else { return };
    match (name.as_str(), value.as_str()) {
        ("display", "none") | ("visibility", "hidden" | "collapse") | ("mso-hide", "all") => out.whole = true,
        ("opacity", v) if v.parse::<f32>().is_ok_and(|v| v < 0.1) => out.whole = true,
        ("font-size", v) => out.no_size = Some(v == "0"),
        ("height" | "max-height" | "width" | "max-width", "0") => *flat = true,
        ("overflow", "hidden" | "clip") => *clipped = true,
        _ => {}
    }
}

/// A selector of one element (`td.foot`, `#x`): its type, its classes and its id, all of which must fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Simple {
    pub tag: Option<String>,
    pub classes: Vec<String>,
    pub id: Option<String>,
}

/// Simple selectors that a style sheet hides everywhere but on paper or at some width. One that depends on other elements
/// (`.a .b`, `:hover`) is not looked at.
pub(super) fn hidden_by(sheet: &str) -> Vec<Simple> {
    let mut out = vec![];
    rules(&mut Parser::new(sheet), 0, &mut out);
    out
}

fn rules(p: &mut Parser<'_>, depth: usize, out: &mut Vec<Simple>) {
    let mut head: Vec<Option<String>> = vec![];
    let mut media: Option<bool> = None; // within `@…`: does it hold on any screen?
    loop {
        let word = match p.next_including_whitespace() {
            Err(_) => return,
            Ok(Token::CurlyBracketBlock) => {
                let selectors = std::mem::take(&mut head);
                let of = media.take();
                let _ = p.parse_nested_block(|p| {
                    match of {
                        Some(true) if depth < 4 => rules(p, depth + 1, out),
                        Some(_) => {}
                        None if of_declarations(p).whole => out.extend(simple(&selectors)),
                        None => {}
                    }
                    Ok::<_, ParseError<()>>(())
                });
                continue;
            }
            Ok(Token::AtKeyword(name)) => {
                media = Some(name.eq_ignore_ascii_case("media"));
                continue;
            }
            Ok(Token::Semicolon) => {
                head.clear();
                media = None;
                continue;
            }
            Ok(Token::Ident(name)) => {
                if name.eq_ignore_ascii_case("print") {
                    media = media.map(|_| false);
                }
                Some(name.to_string())
            }
            Ok(Token::IDHash(name)) => Some(format!("#{name}")),
            Ok(Token::Delim('.')) => Some(".".into()),
            Ok(Token::Comma) => Some(",".into()),
            Ok(Token::WhiteSpace(_)) => Some(" ".into()),
            Ok(Token::ParenthesisBlock) => {
                media = media.map(|_| false); // at some width, in some colours
                None
            }
            Ok(_) => None,
        };
        head.push(word);
    }
}

fn simple(head: &[Option<String>]) -> Vec<Simple> {
    head.split(|w| w.as_deref() == Some(","))
        .filter_map(|one| {
            let words: Option<Vec<&str>> = one.iter().map(Option::as_deref).collect();
            let text = words?.concat();
            let text = text.trim();
            if text.is_empty() || text.contains(' ') {
                return None;
            }
            let mut out = Simple::default();
            let mut rest = text;
            while !rest.is_empty() {
                let end = rest[1..].find(['.', '#']).map_or(rest.len(), |i| i + 1);
                match rest.split_at(1) {
                    (".", _) => out.classes.push(rest[1..end].to_owned()),
                    ("#", _) => out.id = Some(rest[1..end].to_owned()),
                    _ => out.tag = Some(rest[..end].to_ascii_lowercase()),
                }
                rest = &rest[end..];
            }
            Some(out)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_css_may_not() {
        for (css, what) in [
            ("background:url(https://a)", "url(…)"),
            ("background:u\\72l(https://a)", "url(…)"),
            ("background:\\75\\72\\6c('https://a')", "url(…)"),
            ("a{b:URL( \"https://a\" )}", "url(…)"),
            ("background:image-set('https://a' 1x)", "image-set(…)"),
            ("background:-webkit-image-set('https://a' 1x)", "-webkit-image-set(…)"),
            ("background:src('https://a')", "src(…)"),
            ("@im\\70ort 'https://a'", "@import"),
            ("a{} @font-face{src:local(x)}", "@font-face"),
            ("@media screen{a{b:url(x)}}", "url(…)"),
            ("width:exp/**/ression(1)", "ression(…)"),
            ("width:expression(alert(1))", "expression(…)"),
            ("behavior: x", "behavior"),
            ("a[b=url(x)]{}", "url(…)"),
        ] {
            assert_eq!(
                judge(css).map(|b| matches!(b, Bad::Fetches(w) if w.eq_ignore_ascii_case(what))),
                Some(true),
                "{css}"
            );
        }
        assert_eq!(judge(&"(".repeat(100_000)), Some(Bad::Deep));
        for good in [
            "color:rgb(1,2,3);margin:calc(1px + 2px)",
            "font-family:'Helvetica Neue', \"url(x)\"",
            "/* url(x) */ @media (max-width:619px){.a>b:not(.c){display:none!important}}",
            ":root{--x:1} @page{size:A4}",
        ] {
            assert_eq!(judge(good), None, "{good}");
        }
    }

    #[test]
    fn what_hides() {
        for css in [
            "display:none",
            "DISPLAY : none !important",
            "color:red;visibility:hidden",
            "opacity:0",
            "opacity:.05",
            "max-height:0px;overflow:hidden",
            "d\\69splay:none",
        ] {
            assert!(hides(css).whole, "{css}");
        }
        for css in ["display:block", "max-height:0", "overflow:hidden", "opacity:1", "content:'display:none'"]
        {
            assert!(!hides(css).whole, "{css}");
        }
        assert_eq!(hides("font-size:0px").no_size, Some(true));
        assert_eq!(hides("font-size:1px").no_size, Some(true));
        assert_eq!(hides("font-size:16px").no_size, Some(false));
        assert_eq!(hides("color:red").no_size, None);
    }

    #[test]
    fn selectors_that_hide() {
        let foot = Simple { classes: vec!["foot".into()], ..Simple::default() };
        for sheet in [
            ".foot{display:none}",
            "@media screen{.foot{display:none}}",
            "x{} .a .b{display:none} .foot { color:red; visibility : hidden }",
        ] {
            assert_eq!(hidden_by(sheet), std::slice::from_ref(&foot), "{sheet}");
        }
        let td =
            Simple { tag: Some("td".into()), classes: vec!["a".into(), "b".into()], id: Some("c".into()) };
        assert_eq!(hidden_by("TD.a.b#c, .foot {display:none}"), [td, foot]);
        for sheet in [
            "@media print{.foot{display:none}}",
            "@media (max-width:600px){.foot{display:none}}",
            ".foot:hover{display:none}",
            ".a > .foot{display:none}",
            "@import 'x'; .foot{color:red}",
        ] {
            assert_eq!(hidden_by(sheet), [], "{sheet}");
        }
    }
}
