//! CSS of a rendered template, read by its tokens, so that escapes and comments hide nothing: what would fetch or run.

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
    /// It prints what turns or hides words.
    Odd(char),
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
            // It may be printed before a text, and turn it.
            Token::QuotedString(text) if text.chars().any(super::odd) => {
                return text.chars().find(|c| super::odd(*c)).map(Bad::Odd);
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
}
