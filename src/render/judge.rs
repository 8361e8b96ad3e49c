//! What a rendered template would make its reader's program do, and what its reader sees of it. Looks at the output, as a
//! browser reads it, not at the template: comments, entities, escapes and variables hide nothing there.
//!
//! Everything is refused that is not known to be harmless: elements, attributes, schemes, CSS. What a mail program loads from
//! elsewhere tells its server who reads, and when.

mod css;
mod known;

use std::cell::RefCell;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{
    BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};

use known::{BLOCKS, FETCHES, FORM, HARMLESS, OFFICE, PICTURES, RUNS, SCHEMES, SHOWS, SPOKEN, VOID};

use super::words::{one_line, shorten};
use crate::domain::message::{MARK, MARK_CODE, MARK_OPT_OUT_URL};

/// Stands for "printed by a variable" where templates are tested with samples: no variable may name what is loaded or styled.
pub(super) const PROBE: char = '\u{E000}';

/// Most elements open inside each other.
const MAX_OPEN: usize = 400;

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

/// What a reader sees.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// All visible words, without white space, lower case.
    pub words: String,
    /// Visible links with words: where to.
    pub links: Vec<String>,
    /// Visible words line by line, a picture as its alternative text, a link with its address where that is no part of its words.
    pub lines: Vec<String>,
    /// Visible buttons of a form that posts: where to, and the button's name.
    pub buttons: Vec<(String, String)>,
}

/// Words as [`Seen::words`] has them.
pub(super) fn bare(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

/// Looks at HTML.
///
/// # Errors
/// The first thing that may not go out.
pub(super) fn look(html: &str, place: Place) -> Result<Seen, Bad> {
    let first = Pass::run(html, place, vec![], 0);
    if let Some(bad) = first.bad {
        return Err(bad);
    }
    // What a style sheet hides is known when all of it was read.
    let seen =
        if first.hidden.is_empty() { first.seen } else { Pass::run(html, place, first.hidden, 0).seen };
    Ok(seen)
}

/// What a reader sees of HTML, line by line ([`Seen::lines`]), whatever else it has.
pub(super) fn lines(html: &str) -> Vec<String> {
    let first = Pass::run(html, Place::Text, vec![], 0);
    let pass = if first.hidden.is_empty() { first } else { Pass::run(html, Place::Text, first.hidden, 0) };
    pass.seen.lines
}

/// An element that is open.
#[derive(Default)]
struct Open {
    tag: String,
    hidden: bool,
    no_size: bool,
    /// Of a link: where to, and whether words were seen in it.
    link: Option<(String, bool)>,
    /// Of a form that posts: where to.
    form: Option<String>,
}

struct Pass {
    place: Place,
    /// Comments inside Outlook's comments.
    depth: usize,
    hides: Vec<css::Simple>,
    open: Vec<Open>,
    style: Option<String>,
    hidden: Vec<css::Simple>,
    seen: Seen,
    /// The line under way.
    line: String,
    bad: Option<Bad>,
}

struct Sink(RefCell<Pass>);

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _: u64) -> TokenSinkResult<()> {
        let mut pass = self.0.borrow_mut();
        match token {
            Token::TagToken(tag) => pass.tag(&tag),
            Token::CharacterTokens(t) => {
                pass.words(&t);
                TokenSinkResult::Continue
            }
            Token::CommentToken(t) => {
                pass.comment(&t);
                TokenSinkResult::Continue
            }
            Token::DoctypeToken(_) | Token::NullCharacterToken | Token::EOFToken | Token::ParseError(_) => {
                TokenSinkResult::Continue
            }
        }
    }
}

impl Pass {
    fn run(html: &str, place: Place, hides: Vec<css::Simple>, depth: usize) -> Self {
        let input = BufferQueue::default();
        input.push_back(StrTendril::from_slice(html));
        let pass = Self {
            place,
            depth,
            hides,
            open: vec![],
            style: None,
            hidden: vec![],
            seen: Seen::default(),
            line: String::new(),
            bad: None,
        };
        let tokenizer = Tokenizer::new(Sink(RefCell::new(pass)), TokenizerOpts::default());
        while !matches!(tokenizer.feed(&input), html5ever::TokenizerResult::Done) {}
        tokenizer.end();
        let mut pass = tokenizer.sink.0.into_inner();
        // A style sheet that never ends is one to its end.
        pass.end_style();
        pass.end_line();
        pass
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
            self.close(name);
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
        for a in &tag.attrs {
            let qualified = match &a.name.prefix {
                Some(p) => format!("{p}:{}", a.name.local),
                None => a.name.local.to_string(),
            };
            self.attribute(name, &qualified, &a.value);
        }
        self.enter(tag);
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
                Some(_) | None => {}
            },
            "action" if tag == "form" => {
                if scheme(value).is_some() || value.trim_start().starts_with(['/', '\\']) {
                    self.refuse(Bad::Fetches(said()));
                }
            }
            "method" if tag == "form" => {}
            "style" => match css::judge(value) {
                Some(css::Bad::Fetches(what)) => self.refuse(Bad::Fetches(format!("style=\"…{what}…\""))),
                Some(css::Bad::Deep) => self.refuse(Bad::Deep),
                None if probed => self.refuse(Bad::Fetches(said())),
                None => {}
            },
            "http-equiv" if tag == "meta" => {
                let known =
                    ["x-ua-compatible", "content-type", "content-language", "content-security-policy"];
                if !known.contains(&value.trim().to_ascii_lowercase().as_str()) {
                    self.refuse(Bad::Fetches(said()));
                }
            }
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

    fn enter(&mut self, tag: &Tag) {
        let name = &*tag.name;
        let value = |of: &str| tag.attrs.iter().find(|a| &*a.name.local == of).map(|a| &*a.value);
        if BLOCKS.contains(&name) && self.open.last().is_some_and(|o| o.tag == "p") {
            self.open.pop();
        }
        if matches!(name, "li" | "tr" | "td" | "th" | "dt" | "dd")
            && self.open.last().is_some_and(|o| o.tag == name)
        {
            self.open.pop();
        }
        let own = value("style").map(css::hides).unwrap_or_default();
        let by_sheet = self.hides.iter().any(|s| {
            s.tag.as_deref().is_none_or(|t| t == name)
                && s.id.as_deref().is_none_or(|id| value("id") == Some(id))
                && s.classes.iter().all(|c| {
                    value("class").is_some_and(|all| all.split_ascii_whitespace().any(|one| one == c))
                })
        });
        let (outer_hidden, outer_small) = self.open.last().map_or((false, false), |o| (o.hidden, o.no_size));
        let no_text = matches!(name, "head" | "title" | "style" | "noscript" | "xml");
        let open = Open {
            tag: name.to_owned(),
            hidden: outer_hidden || own.whole || by_sheet || no_text || value("hidden").is_some(),
            no_size: own.no_size.unwrap_or(outer_small),
            link: (name == "a").then(|| (value("href").unwrap_or_default().to_owned(), false)),
            form: (name == "form" && value("method").is_some_and(|m| m.eq_ignore_ascii_case("post")))
                .then(|| value("action").unwrap_or_default().to_owned()),
        };
        if name == "button"
            && !open.hidden
            && value("type").is_none_or(|t| t.eq_ignore_ascii_case("submit"))
            && let Some(to) = self.open.iter().rev().find_map(|o| o.form.clone())
        {
            self.seen.buttons.push((to, value("name").unwrap_or_default().to_owned()));
        }
        if BLOCKS.contains(&name)
            || matches!(name, "br" | "li" | "tr" | "td" | "th" | "dt" | "dd" | "figcaption")
        {
            self.end_line();
        }
        if name == "img" && !open.hidden {
            let alt = value("alt").unwrap_or_default();
            let source = value("src").filter(|s| s.starts_with("cid:")).unwrap_or_default();
            self.line.push_str(&format!(" [{source} {alt}]"));
            if !alt.trim().is_empty() {
                self.in_link();
            }
        }
        if VOID.contains(&name) {
            return;
        }
        self.open.push(open);
        if self.open.len() > MAX_OPEN {
            self.refuse(Bad::Deep);
            self.open.clear(); // nothing more is of interest, and it must not cost time
        }
    }

    fn close(&mut self, name: &str) {
        let Some(at) = self.open.iter().rposition(|o| o.tag == name) else { return };
        if let Some((to, true)) = &self.open[at].link
            && !self.line.contains(to.as_str())
        {
            self.line.push_str(&format!(" <{to}>"));
        }
        if BLOCKS.contains(&name) || matches!(name, "li" | "tr" | "td" | "th" | "dt" | "dd") {
            self.end_line();
        }
        self.open.truncate(at);
    }

    fn end_line(&mut self) {
        let line = one_line(&std::mem::take(&mut self.line));
        if !line.is_empty() {
            self.seen.lines.push(line);
        }
    }

    fn words(&mut self, text: &str) {
        if let Some(style) = &mut self.style {
            style.push_str(text);
            return;
        }
        if self.open.last().is_some_and(|o| o.hidden || o.no_size) {
            return;
        }
        self.line.push_str(text);
        let text = bare(text);
        if !text.is_empty() {
            self.seen.words.push_str(&text);
            self.in_link();
        }
    }

    /// Something is seen: the link around it leads somewhere.
    fn in_link(&mut self) {
        if let Some((to, seen)) = self.open.iter_mut().rev().find_map(|o| o.link.as_mut())
            && !std::mem::replace(seen, true)
        {
            self.seen.links.push(to.clone());
        }
    }

    fn end_style(&mut self) {
        let Some(style) = self.style.take() else { return };
        if style.contains(MARK) || style.contains(PROBE) {
            self.refuse(Bad::Fetches("<style>…{{…}}…</style>".into()));
        }
        match css::judge(&style) {
            Some(css::Bad::Fetches(what)) => self.refuse(Bad::Fetches(format!("<style>…{what}…</style>"))),
            Some(css::Bad::Deep) => self.refuse(Bad::Deep),
            None => self.hidden.extend(css::hidden_by(&style)),
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
        let Some((_, inside)) = rest.split_once("]>") else { return };
        let inner = Self::run(inside, self.place, vec![], self.depth + 1);
        if let Some(bad) = inner.bad {
            self.refuse(bad);
        }
    }
}

/// The scheme of an address as a browser finds it: white space and controls in it count for nothing.
fn scheme(url: &str) -> Option<String> {
    let url: String = url
        .trim_start_matches(|c: char| c.is_whitespace() || c.is_control())
        .chars()
        .filter(|c| !c.is_control())
        .collect();
    let (before, _) = url.split_once(':')?;
    // A colon later on is part of a path.
    (!before.contains(['/', '?', '#', '\\'])).then(|| before.to_ascii_lowercase())
}

#[cfg(test)]
mod tests;
