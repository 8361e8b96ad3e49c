//! What a rendered template would make its reader's program do, and what its reader sees of it. Looks at the output, as a
//! browser reads it, not at the template: comments, entities, escapes and variables hide nothing there.
//!
//! Everything is refused that is not known to be harmless: elements, attributes, schemes, CSS. What a mail program loads from
//! elsewhere tells its server who reads, and when.

mod css;
mod known;
mod outlook;
mod seen;
mod sheet;
mod style;
mod tree;

use std::cell::RefCell;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{
    BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};

use known::{FETCHES, FORM, HARMLESS, META, OFFICE, PICTURES, RUNS, SCHEMES, SHOWS, SPOKEN};
pub(super) use seen::{Seen, bare};

use super::words::shorten;
use crate::domain::message::{MARK, MARK_CODE, MARK_OPT_OUT_URL};

/// Stands for "printed by a variable" where templates are tested with samples: no variable may name what is loaded or styled.
pub(super) const PROBE: char = '\u{E000}';

/// Why a text may not go out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Bad {
    /// It runs something.
    Runs(String),
    /// It loads something from elsewhere, or says so to somebody else.
    Fetches(String),
    /// It has what is not known to be harmless.
    Unknown(String),
    /// It is nested too deeply.
    Deep,
}

/// Where a text is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// In a mail, on somebody's site, on paper.
    Text,
    /// On a page of Loa's own, which has a form.
    Page,
}

/// Looks at HTML: is there anything that may not go out? How deep it is nested is found by [`look`].
///
/// # Errors
/// The first thing that may not.
pub(super) fn judge(html: &str, place: Place) -> Result<(), Bad> {
    Pass::run(html, place, 0).map_or(Ok(()), Err)
}

/// What a reader sees of HTML in a browser.
///
/// # Errors
/// The first thing that may not go out.
pub(super) fn look(html: &str, place: Place) -> Result<Seen, Bad> {
    judge(html, place)?;
    seen::of(html).ok_or(Bad::Deep)
}

/// The same in each kind of program: in a browser and, where the text has comments for Outlook, there.
///
/// # Errors
/// The first thing that may not go out.
pub(super) fn programs(html: &str, place: Place) -> Result<Vec<Seen>, Bad> {
    let mut all = vec![look(html, place)?];
    for other in outlook::read(html) {
        all.push(seen::of(&other).ok_or(Bad::Deep)?);
    }
    Ok(all)
}

/// What a reader sees of HTML, line by line ([`Seen::lines`]), whatever else it has.
pub(super) fn lines(html: &str) -> Vec<String> {
    seen::of(html).map(|s| s.lines).unwrap_or_default()
}

struct Pass {
    place: Place,
    /// Comments inside Outlook's comments.
    depth: usize,
    /// `html` and `body` that began.
    begun: [bool; 2],
    style: Option<String>,
    bad: Option<Bad>,
}

struct Sink(RefCell<Pass>);

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _: u64) -> TokenSinkResult<()> {
        let mut pass = self.0.borrow_mut();
        match token {
            Token::TagToken(tag) => return pass.tag(&tag),
            Token::CharacterTokens(t) => pass.words(&t),
            Token::CommentToken(t) => pass.comment(&t),
            Token::NullCharacterToken => pass.words("\0"),
            Token::DoctypeToken(_) | Token::EOFToken | Token::ParseError(_) => {}
        }
        TokenSinkResult::Continue
    }
}

impl Pass {
    fn run(html: &str, place: Place, depth: usize) -> Option<Bad> {
        let input = BufferQueue::default();
        input.push_back(StrTendril::from_slice(html));
        let pass = Self { place, depth, begun: [false; 2], style: None, bad: None };
        let tokenizer = Tokenizer::new(Sink(RefCell::new(pass)), TokenizerOpts::default());
        while !matches!(tokenizer.feed(&input), html5ever::TokenizerResult::Done) {}
        tokenizer.end();
        let mut pass = tokenizer.sink.0.into_inner();
        // A style sheet that never ends is one to its end.
        pass.end_style();
        pass.bad
    }

    fn refuse(&mut self, bad: Bad) {
        self.bad.get_or_insert(bad);
    }

    fn tag(&mut self, tag: &Tag) -> TokenSinkResult<()> {
        let name = &*tag.name;
        if tag.kind == TagKind::EndTag {
            if name == "style" {
                self.end_style();
            }
            return TokenSinkResult::Continue;
        }
        if !self.known(name) {
            self.refuse(if RUNS.contains(&name) {
                Bad::Runs(format!("<{name}>"))
            } else if FETCHES.contains(&name) {
                Bad::Fetches(format!("<{name}>"))
            } else {
                Bad::Unknown(format!("<{}>", shorten(name, 40)))
            });
        }
        // A second one adds its attributes to the first.
        if let Some(i) = ["html", "body"].iter().position(|n| *n == name)
            && std::mem::replace(&mut self.begun[i], true)
        {
            self.refuse(Bad::Unknown(format!("<{name}> … <{name}>")));
        }
        for a in &tag.attrs {
            let qualified = match &a.name.prefix {
                Some(p) => format!("{p}:{}", a.name.local),
                None => a.name.local.to_string(),
            };
            self.attribute(name, &qualified, &a.value);
            self.odd(&a.value);
        }
        if name == "meta" {
            self.meta(tag);
        }
        match name {
            "title" => TokenSinkResult::RawData(RawKind::Rcdata),
            "style" => {
                self.style = Some(String::new());
                TokenSinkResult::RawData(RawKind::Rawtext)
            }
            _ => TokenSinkResult::Continue,
        }
    }

    fn known(&self, name: &str) -> bool {
        let office = || OFFICE.contains(&name) || ["o:", "v:", "w:"].iter().any(|p| name.starts_with(p));
        SHOWS.contains(&name)
            || (self.depth > 0 && office())
            || (self.place == Place::Page && FORM.contains(&name))
    }

    fn attribute(&mut self, tag: &str, name: &str, value: &str) {
        let said = || format!("<{tag} {}=\"{}\">", shorten(name, 40), shorten(value, 60));
        if value.contains(MARK) {
            let way_out = name == "href" && value == MARK_OPT_OUT_URL;
            let answer = name == "href" && value.starts_with("mailto:") && value.contains(MARK_CODE);
            if !(way_out || answer || SPOKEN.contains(&name)) {
                return self.refuse(Bad::Fetches(said()));
            }
            if way_out {
                return;
            }
        }
        let probed = value.contains(PROBE);
        match name {
            "src" if tag == "img" => {
                let lower = value.trim_start().to_ascii_lowercase();
                let inside = lower.starts_with("cid:") || PICTURES.iter().any(|p| lower.starts_with(p));
                if probed || !inside {
                    self.refuse(Bad::Fetches(said()));
                }
            }
            "href" if matches!(tag, "a" | "v:roundrect" | "v:rect") => match scheme(value) {
                Some(s) if !SCHEMES.contains(&s.as_str()) => self.refuse(Bad::Runs(said())),
                None if elsewhere(value) => self.refuse(Bad::Unknown(said())),
                Some(_) | None => {}
            },
            "action" if tag == "form" => {
                if scheme(value).is_some() || as_read(value).starts_with(['/', '\\']) {
                    self.refuse(Bad::Fetches(said()));
                }
            }
            "method" if tag == "form" => {}
            "style" => match css::judge(value) {
                Some(css::Bad::Odd(c)) => self.odd(&c.to_string()),
                Some(css::Bad::Fetches(what)) => self.refuse(Bad::Fetches(format!("style=\"…{what}…\""))),
                Some(css::Bad::Deep) => self.refuse(Bad::Deep),
                None if probed => self.refuse(Bad::Fetches(said())),
                None => self.moved(style::inline(value)),
            },
            "http-equiv" | "charset" if tag == "meta" => {}
            n if n.starts_with("aria-") || n.starts_with("data-") || n.starts_with("xmlns") => {}
            n if HARMLESS.contains(&n) => {}
            n if n.starts_with("on") => self.refuse(Bad::Runs(said())),
            "src" | "srcset" | "background" | "poster" | "ping" | "lowsrc" | "dynsrc" | "longdesc"
            | "href" | "xlink:href" | "formaction" | "action" | "manifest" | "usemap" | "cite" | "data" => {
                self.refuse(Bad::Fetches(said()));
            }
            _ => self.refuse(Bad::Unknown(said())),
        }
    }

    /// What a `<meta>` may say; the rest could break a page or tell somebody of its address.
    fn meta(&mut self, tag: &Tag) {
        let value = |of: &str| {
            let found = tag.attrs.iter().find(|a| &*a.name.local == of);
            found.map(|a| a.value.trim().to_ascii_lowercase()).unwrap_or_default()
        };
        let (name, equiv, content, charset) =
            (value("name"), value("http-equiv"), value("content"), value("charset"));
        let utf8 = |c: &str| matches!(c, "utf-8" | "utf8");
        let encoded =
            content.split_once("charset=").is_none_or(|(_, c)| utf8(c.trim_matches(['"', '\'', ' '])));
        let good = META.contains(&name.as_str())
            || (name == "referrer" && content == "no-referrer")
            || (name.is_empty() && (!equiv.is_empty() || !charset.is_empty()));
        let known = ["", "x-ua-compatible", "content-type", "content-language"];
        let good = good && known.contains(&equiv.as_str());
        if !(good && (charset.is_empty() || utf8(&charset)) && (equiv != "content-type" || encoded)) {
            let said = [name, equiv, charset].into_iter().find(|s| !s.is_empty()).unwrap_or_default();
            let what = format!("<meta {}>", shorten(&format!("{said} {content}"), 60));
            self.refuse(if said == "refresh" { Bad::Fetches(what) } else { Bad::Unknown(what) });
        }
    }

    fn words(&mut self, text: &str) {
        if let Some(style) = &mut self.style {
            return style.push_str(text);
        }
        self.odd(text);
    }

    /// Refuses what turns or hides words without being seen itself.
    fn odd(&mut self, text: &str) {
        if let Some(c) = text.chars().find(|c| odd(*c)) {
            self.refuse(Bad::Unknown(format!("U+{:04X}", c as u32)));
        }
    }

    fn end_style(&mut self) {
        let Some(style) = self.style.take() else { return };
        if style.contains(MARK) || style.contains(PROBE) {
            self.refuse(Bad::Fetches("<style>…{{…}}…</style>".into()));
        }
        match css::judge(&style) {
            Some(css::Bad::Fetches(what)) => self.refuse(Bad::Fetches(format!("<style>…{what}…</style>"))),
            Some(css::Bad::Odd(c)) => self.odd(&c.to_string()),
            Some(css::Bad::Deep) => self.refuse(Bad::Deep),
            None => {
                let rules = sheet::read(&style);
                self.moved(rules.into_iter().flat_map(|r| r.does));
            }
        }
    }

    /// Refuses what moves a text away, turns it, or lays something over it.
    fn moved(&mut self, all: impl IntoIterator<Item = style::Declared>) {
        let what = all
            .into_iter()
            .find_map(|d| if let style::Does::Refused(what) = d.does { Some(what) } else { None });
        if let Some(what) = what {
            self.refuse(Bad::Unknown(format!("`{}`", shorten(&what, 60))));
        }
    }

    /// Outlook reads what stands in comments of its own form; `<?…>` is one to the reader, and an instruction to others.
    fn comment(&mut self, text: &str) {
        if text.starts_with('?') {
            return self.refuse(Bad::Unknown(format!("<{}>", shorten(text, 40))));
        }
        let Some(rest) = text.trim_start().strip_prefix('[') else {
            if self.depth > 0 && !text.trim().is_empty() {
                self.refuse(Bad::Unknown("<!-- [if] <!-- … -->".into()));
            }
            return;
        };
        if self.depth > 0 && rest.starts_with("if") {
            return self.refuse(Bad::Unknown("<!-- [if] <!-- [if] … -->".into()));
        }
        let Some((_, inside)) = rest.split_once("]>") else {
            // `<![if mso]>…<![endif]>`: a text for all but Outlook, or for it alone.
            if rest.starts_with("if") {
                self.refuse(Bad::Unknown(format!("<![{}>", shorten(rest, 40))));
            }
            return;
        };
        if let Some(bad) = Self::run(inside, self.place, self.depth + 1) {
            self.refuse(bad);
        }
    }
}

/// An address as a browser reads it: white space and controls in it count for nothing.
fn as_read(url: &str) -> String {
    url.trim_start_matches(|c: char| c.is_whitespace() || c.is_control())
        .chars()
        .filter(|c| !c.is_control())
        .collect()
}

/// The scheme of an address.
fn scheme(url: &str) -> Option<String> {
    let url = as_read(url);
    let (before, _) = url.split_once(':')?;
    // A colon later on is part of a path.
    (!before.contains(['/', '?', '#', '\\'])).then(|| before.to_ascii_lowercase())
}

/// True if an address leads elsewhere without saying how: `//a.example`, in which a browser takes `\` for `/`.
fn elsewhere(url: &str) -> bool {
    let url = as_read(url);
    let mut first = url.chars();
    [first.next(), first.next()].iter().all(|c| matches!(c, Some('/' | '\\')))
}

/// True if a character turns what stands after it, or is none that is printed.
pub(super) fn odd(c: char) -> bool {
    matches!(c, '\u{061C}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
        || (c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{0C}'))
}

#[cfg(test)]
mod tests;
