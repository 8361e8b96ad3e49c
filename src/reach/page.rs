//! Reads a page of HTML as far as evidence needs it: where its titles, headings and pictures stand, and whether a title is the
//! page's own or one of a list.
//!
//! It uses html5ever's tokenizer, so that entities, comments, scripts and broken markup mean what they mean in a browser. It
//! builds no tree, runs nothing and fetches nothing.

use std::cell::RefCell;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{
    BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};

use crate::domain::text::fold;

/// Pictures so far before a heading (a featured image above it), in characters of text…
const BEFORE: usize = 1_000;
/// …and so far after it, belong to its article.
const AFTER: usize = 8_000;

/// What a page shows.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// `<title>`.
    title: String,
    /// `og:title`.
    og: Vec<String>,
    /// Headings in order.
    headings: Vec<Heading>,
    /// Pictures in order; those of menus and footers, hidden ones and those of one pixel are left out.
    pictures: Vec<Image>,
    /// True if the page has an `<article>` or `<main>`.
    has_main: bool,
    /// The address the page gives itself (`<link rel="canonical">`).
    pub canonical: Option<String>,
    /// What its addresses are relative to (`<base href>`), if it says so.
    pub base: Option<String>,
}

#[derive(Debug)]
struct Heading {
    /// Its place in the text.
    at: usize,
    /// 1 to 4.
    level: u8,
    /// True in menus, footers and the site's own head.
    chrome: bool,
    text: String,
    /// Where it leads, if it is a link from its first word on.
    link: Option<String>,
}

#[derive(Debug)]
struct Image {
    /// Its place in the text.
    at: usize,
    /// True within `<article>` or `<main>`.
    main: bool,
    /// Its address as written.
    source: String,
}

/// Where a page has a title.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// It is the page's own.
    Own,
    /// The page names it among others, or as what was searched for: a list, a search, a site's front.
    Listed,
    /// Nowhere.
    Nowhere,
}

impl Seen {
    /// Reads a page.
    pub(super) fn of(html: &str) -> Self {
        let input = BufferQueue::default();
        input.push_back(StrTendril::from_slice(html));
        let tokenizer = Tokenizer::new(Sink::default(), TokenizerOpts::default());
        while !matches!(tokenizer.feed(&input), html5ever::TokenizerResult::Done) {}
        tokenizer.end();
        tokenizer.sink.0.into_inner().seen
    }

    /// Where the title stands, without regard to case, tone marks, punctuation and spaces. A page is the article's if its `<h1>`
    /// begins with the title, or what it calls itself (`og:title`, `<title>`) does and no other `<h1>` contradicts. `same`: does an
    /// address as written lead to this very page? A heading that leads elsewhere is an entry of a list.
    pub(super) fn place(&self, title: &str, same: impl Fn(&str) -> bool) -> Place {
        let wanted = words(title);
        if wanted.is_empty() {
            return Place::Nowhere;
        }
        let begins = |text: &str| words(text).starts_with(&wanted);
        let leads_away = |h: &Heading| h.link.as_deref().is_some_and(|l| !same(l));
        let own =
            |level: u8| self.headings.iter().any(|h| h.level == level && begins(&h.text) && !leads_away(h));
        if own(1) {
            return Place::Own;
        }
        let heads = self.headings.iter().filter(|h| !h.chrome && !words(&h.text).is_empty());
        let first = heads.clone().next();
        let other_h1 = heads.clone().any(|h| h.level == 1);
        let entry = heads.clone().any(|h| begins(&h.text) && leads_away(h));
        let og = self.og.iter().any(|t| begins(t));
        // Some sites keep `<h1>` for their own name and put the article's title one step lower.
        let lower = own(2) || own(3);
        let only_h2 = first.is_some_and(|h| h.level == 2 && begins(&h.text) && !leads_away(h));
        let called_so = (og || begins(&self.title)) && (lower || !entry);
        if (og && lower) || (!other_h1 && (called_so || only_h2)) {
            return Place::Own;
        }
        let named = std::iter::once(&self.title).chain(&self.og).chain(self.headings.iter().map(|h| &h.text));
        if named.into_iter().any(|t| words(t).contains(&wanted)) { Place::Listed } else { Place::Nowhere }
    }

    /// Addresses, as written, of the pictures near the heading that carries the title, the nearest first; where only the page's
    /// title carries it, those in the page's main part.
    pub(super) fn pictures(&self, title: &str) -> Vec<&str> {
        let wanted = words(title);
        let places: Vec<usize> =
            self.headings.iter().filter(|h| words(&h.text).contains(&wanted)).map(|h| h.at).collect();
        if places.is_empty() {
            let shown = self.pictures.iter().filter(|i| i.main || !self.has_main);
            return shown.map(|i| i.source.as_str()).collect();
        }
        let distance = |at: usize| {
            let near = places.iter().filter(|p| at + BEFORE >= **p && at <= **p + AFTER);
            near.map(|p| at.abs_diff(*p)).min()
        };
        let mut near: Vec<(usize, &str)> =
            self.pictures.iter().filter_map(|i| Some((distance(i.at)?, i.source.as_str()))).collect();
        near.sort_by_key(|(d, _)| *d);
        near.into_iter().map(|(_, source)| source).collect()
    }
}

/// Folded words with one space around each.
fn words(text: &str) -> String {
    let folded = fold(text);
    let words: Vec<&str> = folded.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
    if words.is_empty() { String::new() } else { format!(" {} ", words.join(" ")) }
}

#[derive(Default)]
struct Sink(RefCell<State>);

#[derive(Default)]
struct State {
    seen: Seen,
    /// Characters of text so far.
    at: usize,
    /// Open `<title>`, its text so far.
    title: Option<String>,
    /// Open heading.
    heading: Option<Heading>,
    /// Where the open link leads.
    anchor: Option<String>,
    /// The open element that hides what is in it, and how many of its name are open.
    hidden: Option<(String, usize)>,
    /// How many `<article>` and `<main>` are open.
    main: usize,
    /// How many `<nav>`, `<footer>`, `<aside>`, and `<header>` outside of the main part are open.
    chrome: usize,
    /// Whether each open `<header>` counts as chrome.
    headers: Vec<bool>,
}

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut s = self.0.borrow_mut();
        match token {
            Token::TagToken(tag) => return s.tag(&tag),
            Token::CharacterTokens(text) => {
                s.at += text.chars().count();
                if let Some(words) = &mut s.title {
                    words.push_str(&text);
                } else if let Some(h) = &mut s.heading {
                    h.text.push_str(&text);
                }
            }
            Token::DoctypeToken(_)
            | Token::CommentToken(_)
            | Token::NullCharacterToken
            | Token::EOFToken
            | Token::ParseError(_) => {}
        }
        TokenSinkResult::Continue
    }
}

impl State {
    fn tag(&mut self, tag: &Tag) -> TokenSinkResult<()> {
        let name = &*tag.name;
        if tag.kind == TagKind::EndTag {
            self.close(name);
            return TokenSinkResult::Continue;
        }
        self.hide(tag);
        let shown = self.hidden.is_none();
        match name {
            "script" => return TokenSinkResult::RawData(RawKind::ScriptData),
            "style" | "xmp" | "iframe" | "noembed" | "noframes" => {
                return TokenSinkResult::RawData(RawKind::Rawtext);
            }
            "textarea" => return TokenSinkResult::RawData(RawKind::Rcdata),
            "title" => {
                self.title = Some(String::new());
                return TokenSinkResult::RawData(RawKind::Rcdata);
            }
            "h1" | "h2" | "h3" | "h4" => {
                self.finish();
                self.heading = shown.then(|| Heading {
                    at: self.at,
                    level: name.as_bytes()[1] - b'0',
                    chrome: self.chrome > 0,
                    text: String::new(),
                    link: self.anchor.clone(),
                });
            }
            "a" => {
                self.anchor = attribute(tag, "href").map(str::to_owned);
                if let Some(h) = self.heading.as_mut().filter(|h| h.text.trim().is_empty()) {
                    h.link.clone_from(&self.anchor);
                }
            }
            "article" | "main" => {
                self.main += 1;
                self.seen.has_main = true;
            }
            "nav" | "footer" | "aside" => self.chrome += 1,
            "header" => {
                let chrome = self.main == 0;
                self.chrome += usize::from(chrome);
                self.headers.push(chrome);
            }
            "meta" if attribute(tag, "property").is_some_and(|p| p.eq_ignore_ascii_case("og:title")) => {
                self.seen.og.extend(attribute(tag, "content").map(str::to_owned));
            }
            "link" if attribute(tag, "rel").is_some_and(|r| r.eq_ignore_ascii_case("canonical")) => {
                self.seen.canonical = attribute(tag, "href").map(str::to_owned);
            }
            "base" if self.seen.base.is_none() => {
                self.seen.base = attribute(tag, "href").map(str::to_owned);
            }
            "img" | "amp-img" if self.chrome == 0 && shown => {
                if let Some(source) = source(tag) {
                    self.seen.pictures.push(Image { at: self.at, main: self.main > 0, source });
                }
            }
            // What a browser shows apart is apart; `<span>` and `<b>` are not.
            "br" | "p" | "div" | "li" | "td" => {
                self.heading.iter_mut().for_each(|h| h.text.push(' '));
            }
            _ => {}
        }
        TokenSinkResult::Continue
    }

    /// Notes where something that is not shown begins.
    fn hide(&mut self, tag: &Tag) {
        let name = &*tag.name;
        // These end where the next of their kind begins.
        let ends_itself = matches!(name, "p" | "li" | "td" | "th" | "tr" | "dt" | "dd" | "option");
        match &mut self.hidden {
            Some((hidden, _)) if hidden == name && ends_itself => self.hidden = None,
            Some((hidden, depth)) if hidden == name => *depth += 1,
            Some(_) | None => {}
        }
        let alone = matches!(
            name,
            "img"
                | "amp-img"
                | "meta"
                | "link"
                | "base"
                | "br"
                | "hr"
                | "input"
                | "source"
                | "wbr"
                | "col"
                | "embed"
                | "area"
                | "track"
                | "param"
                | "title"
                | "script"
                | "style"
                | "html"
                | "body"
        );
        if self.hidden.is_none() && !alone && (name == "template" || is_hidden(tag)) {
            self.hidden = Some((name.to_owned(), 1));
        }
    }

    fn close(&mut self, name: &str) {
        if let Some((hidden, depth)) = &mut self.hidden
            && hidden == name
        {
            *depth -= 1;
            if *depth == 0 {
                self.hidden = None;
            }
        }
        match name {
            "article" | "main" => self.main = self.main.saturating_sub(1),
            "nav" | "footer" | "aside" => self.chrome = self.chrome.saturating_sub(1),
            "header" => {
                let counted = self.headers.pop() == Some(true);
                self.chrome = self.chrome.saturating_sub(usize::from(counted));
            }
            "a" => self.anchor = None,
            "title" => self.finish_title(),
            "h1" | "h2" | "h3" | "h4" => self.finish(),
            _ => {}
        }
    }

    fn finish_title(&mut self) {
        // Drawings (`<svg>`) have titles, too; the page's own comes first.
        if let Some(words) = self.title.take()
            && self.seen.title.is_empty()
        {
            self.seen.title = words;
        }
    }

    fn finish(&mut self) {
        self.seen.headings.extend(self.heading.take());
    }
}

/// The address of a picture that is shown and is more than a dot; where it is loaded late, that of the picture and not of what
/// stands there until then.
fn source(tag: &Tag) -> Option<String> {
    if is_hidden(tag) || ["width", "height"].iter().any(|a| attribute(tag, a).is_some_and(is_dot)) {
        return None;
    }
    ["data-src", "data-original", "data-lazy-src", "src", "data-srcset", "srcset"]
        .iter()
        .filter_map(|a| attribute(tag, a))
        .filter_map(|v| v.split_whitespace().next())
        .map(|v| v.trim_end_matches(','))
        .find(|v| !v.is_empty() && !v.to_ascii_lowercase().starts_with("data:"))
        .map(str::to_owned)
}

/// `0`, `1`, `1px`.
fn is_dot(length: &str) -> bool {
    matches!(length.trim().trim_end_matches("px").trim_end(), "0" | "1")
}

fn is_hidden(tag: &Tag) -> bool {
    if attribute(tag, "hidden").is_some() {
        return true;
    }
    let style = attribute(tag, "style").unwrap_or_default().to_ascii_lowercase();
    style.split(';').filter_map(|rule| rule.split_once(':')).any(|(key, value)| {
        let value = value.trim().trim_end_matches("!important").trim_end();
        match key.trim() {
            "display" => value == "none",
            "visibility" => value == "hidden",
            "width" | "height" => is_dot(value),
            _ => false,
        }
    })
}

fn attribute<'a>(tag: &'a Tag, name: &str) -> Option<&'a str> {
    tag.attrs.iter().find(|a| &*a.name.local == name).map(|a| &*a.value)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TITLE: &str = "Hộ kinh doanh lên mạng với tên miền .vn";

    fn see(html: &str) -> (Place, bool) {
        let s = Seen::of(html);
        (s.place(TITLE, |link| link == "/bai"), !s.pictures(TITLE).is_empty())
    }

    #[test]
    fn titles_are_found_as_people_see_them() {
        for html in [
            "<title>Hộ kinh doanh lên mạng với tên miền .vn - Cổng TTĐT phường Lê Chân</title>",
            "<TITLE>HỘ KINH DOANH LÊN MẠNG VỚI TÊN MIỀN .VN</TITLE>",
            "<h1>H&#7897; kinh doanh l&ecirc;n mạng\n với t&ecirc;n miền &quot;.vn&quot;</h1>",
            "<h1 class=x><a href=/bai>Hộ kinh doanh <b>lên mạng</b><br>với tên miền .vn</a></h1>",
            "<meta property='og:title' content='Hộ kinh doanh lên mạng với tên miền .vn'>",
            "<script>if (a<b) document.write('<h1>')</script><h1>“Hộ kinh doanh lên mạng với tên miền .vn”",
            // The site's own name in its head is no other title.
            "<header><h1>Phường Lê Chân</h1></header><h2>Hộ kinh doanh lên mạng với tên miền .vn</h2>",
            "<meta property='og:title' content='Hộ kinh doanh lên mạng với tên miền .vn'>
             <div><h1>Phường Lê Chân</h1></div><h2>Hộ kinh doanh lên mạng với tên miền .vn</h2>",
            "<svg><title>Biểu trưng</title></svg><h1>Hộ kinh doanh lên mạng với tên miền .vn <a href=/in>In</a></h1>",
        ] {
            let html = format!("{html}</h1>");
            assert_eq!(see(&html).0, Place::Own, "{html}");
        }
        // The same in NFD, and with the tone mark on the other vowel.
        let nfd: String = unicode_normalization::UnicodeNormalization::nfd(TITLE).collect();
        assert_eq!(see(&format!("<h1>{nfd}</h1>")).0, Place::Own);
        let other = Seen::of("<h1>Huyện Thủy Nguyên</h1>");
        assert_eq!(other.place("Huyện Thuỷ Nguyên", |_| false), Place::Own);
    }

    #[test]
    fn a_list_or_a_search_is_not_the_article() {
        let entry = format!("<h3><a href=/tin/1>{TITLE}</a></h3>");
        for html in [
            format!("<title>Tin tức</title><h1>Tin tức</h1>{entry}"),
            format!("<title>Tin tức</title>{entry}"),
            format!("<title>Tin tức</title><h1>Tin tức</h1><h3>{TITLE}</h3>"),
            format!("<title>Tin tức</title><h3>{TITLE}</h3>"),
            format!(
                "<title>Tin tức</title><h2><a href=/tin/1>{TITLE}</a></h2><h2><a href=/tin/2>Tin khác</a></h2>"
            ),
            format!(
                "<title>Tin tức</title><a href=/tin/1><h1>{TITLE}</h1></a><a href=/tin/2><h1>Tin khác</h1></a>"
            ),
            format!(
                "<title>Kết quả tìm kiếm cho: {TITLE}</title><h1>Kết quả tìm kiếm cho: “{TITLE}”</h1>{entry}"
            ),
            format!("<title>{TITLE} - Tìm kiếm</title><h1>Kết quả tìm kiếm</h1>{entry}"),
            format!("<title>{TITLE} - Tìm kiếm</title>{entry}"),
            format!("<meta property=og:title content='{TITLE}'><h1>Tin tức</h1>{entry}"),
            format!("<title>{TITLE}</title><h1>Một bài khác</h1>"),
        ] {
            assert_eq!(see(&html).0, Place::Listed, "{html}");
        }
    }

    #[test]
    fn what_is_not_shown_does_not_count() {
        for html in [
            "",
            "<h1>Hộ kinh doanh</h1>",
            "<p>Hộ kinh doanh lên mạng với tên miền .vn</p>",
            "<!-- <h1>Hộ kinh doanh lên mạng với tên miền .vn</h1> -->",
            "<script>'<h1>Hộ kinh doanh lên mạng với tên miền .vn</h1>'</script>",
            "<textarea><h1>Hộ kinh doanh lên mạng với tên miền .vn</h1></textarea>",
            "<template><h1>Hộ kinh doanh lên mạng với tên miền .vn</h1></template>",
            "<div hidden><div></div><h1>Hộ kinh doanh lên mạng với tên miền .vn</h1></div>",
            "<h1 style='color:red; Display: none !important'>Hộ kinh doanh lên mạng với tên miền .vn</h1>",
            "<h1>Hộ kinh doanh lên mạng với tên miền .vnn</h1>",
        ] {
            assert_eq!(see(html).0, Place::Nowhere, "{html}");
        }
        assert_eq!(Seen::of("<h1>…</h1>").place("…", |_| true), Place::Nowhere, "no words are nowhere");
    }

    #[test]
    fn pictures_count_near_the_title() {
        let h = "<h1>Hộ kinh doanh lên mạng với tên miền .vn</h1>";
        for (html, want) in [
            (format!("{h}<p>…</p><img src=a.png>"), true),
            (format!("<figure><img data-src=a.png></figure>{h}"), true),
            (format!("<article><header>{h}<img src=a.png></header></article>"), true),
            (format!("<p hidden>x<p><div hidden><div>y</div></div>{h}<img src=a.png>"), true),
            (
                format!(
                    "{h}<img src='data:image/gif;base64,R0lG' data-src=a.png width=640 style='width: 100%'>"
                ),
                true,
            ),
            (format!("<header><img src=logo.png></header><main>{h}</main>"), false),
            (format!("{h}<footer><img src=logo.png></footer>"), false),
            (format!("{h}<img src=''>"), false),
            (format!("{h}<!-- <img src=a.png> -->"), false),
            (format!("{h}<img src='DATA:image/gif;base64,R0lG'>"), false),
            (format!("{h}<img src=a.png width=1 height=1>"), false),
            (format!("{h}<img src=a.png style='height:1px;border:0'>"), false),
            (format!("{h}<img hidden src=a.png>"), false),
            (format!("{h}<div style='display:none'><div></div><img src=a.png></div>"), false),
            (format!("{h}<template><img src=a.png></template>"), false),
            (format!("{h}{}<img src=late.png>", "x".repeat(AFTER + 10)), false),
            (format!("<img src=early.png>{}{h}", "x".repeat(BEFORE + 10)), false),
        ] {
            assert_eq!(see(&html), (Place::Own, want), "{}", &html[..html.len().min(200)]);
        }
        let t = "<title>Hộ kinh doanh lên mạng với tên miền .vn</title>";
        assert_eq!(see(&format!("{t}<img src=logo.png><main>x</main>")), (Place::Own, false));
        assert_eq!(see(&format!("{t}<main><img src=a.png></main>")), (Place::Own, true));
        assert_eq!(see(&format!("{t}<div><img src=a.png></div>")), (Place::Own, true));
        // The nearest first; of a set of sizes the first.
        let s = Seen::of(&format!("<img src=xa.png>{}{h}<img srcset='a.png 1x, b.png 2x'>", "x".repeat(500)));
        assert_eq!(s.pictures(TITLE), ["a.png", "xa.png"]);
    }

    proptest::proptest! {
        #[test]
        fn no_page_breaks_it(html in "(<(/?)(h1|title|article|header|nav|p hidden|a href=b|img src=a|script|meta|!--|textarea)>?| |a|ộ|&amp;|\u{0}){0,40}") {
            let _ = see(&html);
        }
    }
}
