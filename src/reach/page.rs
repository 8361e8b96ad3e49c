//! Reads a page of HTML as far as evidence needs it: where its titles, headings and pictures stand.
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
    /// `<title>` and `og:title`.
    titles: Vec<String>,
    /// Headings with their place in the text.
    headings: Vec<(usize, String)>,
    /// Places of pictures, and whether they stand within `<article>` or `<main>`; those of menus and footers are left out.
    images: Vec<(usize, bool)>,
    /// True if the page has an `<article>` or `<main>`.
    has_main: bool,
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

    /// Whether the title stands in the page's title or in a heading: without regard to case, tone marks, punctuation and spaces.
    pub(super) fn has_title(&self, title: &str) -> bool {
        let wanted = words(title);
        !wanted.is_empty()
            && (self.titles.iter().any(|t| holds(t, &wanted))
                || self.headings.iter().any(|h| holds(&h.1, &wanted)))
    }

    /// Whether a picture stands near the heading that carries the title; where only the page's title carries it, in the page's
    /// main part.
    pub(super) fn has_image(&self, title: &str) -> bool {
        let wanted = words(title);
        let places: Vec<usize> = self.headings.iter().filter(|h| holds(&h.1, &wanted)).map(|h| h.0).collect();
        if places.is_empty() {
            return self.images.iter().any(|(_, main)| *main || !self.has_main);
        }
        let near = |at: usize| places.iter().any(|p| at + BEFORE >= *p && at <= p + AFTER);
        self.images.iter().any(|(at, _)| near(*at))
    }
}

/// Folded words with one space around each.
fn words(text: &str) -> String {
    let folded = fold(text);
    let words: Vec<&str> = folded.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
    if words.is_empty() { String::new() } else { format!(" {} ", words.join(" ")) }
}

fn holds(text: &str, wanted: &str) -> bool {
    words(text).contains(wanted)
}

#[derive(Default)]
struct Sink(RefCell<State>);

#[derive(Default)]
struct State {
    seen: Seen,
    /// Characters of text so far.
    at: usize,
    /// Open `<title>` or heading: its name, where it began, its text.
    open: Option<(String, usize, String)>,
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
                if let Some((_, _, words)) = &mut s.open {
                    words.push_str(&text);
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
        match name {
            "script" => return TokenSinkResult::RawData(RawKind::ScriptData),
            "style" | "xmp" | "iframe" | "noembed" | "noframes" => {
                return TokenSinkResult::RawData(RawKind::Rawtext);
            }
            "textarea" => return TokenSinkResult::RawData(RawKind::Rcdata),
            "title" => {
                self.begin(name);
                return TokenSinkResult::RawData(RawKind::Rcdata);
            }
            "h1" | "h2" | "h3" | "h4" => self.begin(name),
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
                self.seen.titles.extend(attribute(tag, "content").map(str::to_owned));
            }
            "img" | "amp-img" if self.chrome == 0 => {
                let shown = ["src", "data-src", "srcset", "data-srcset", "data-original", "data-lazy-src"]
                    .iter()
                    .any(|a| attribute(tag, a).is_some_and(|v| !v.trim().is_empty()));
                if shown {
                    self.seen.images.push((self.at, self.main > 0));
                }
            }
            // What a browser shows apart is apart; `<span>` and `<b>` are not.
            "br" | "p" | "div" | "li" | "td" => {
                self.open.iter_mut().for_each(|(_, _, words)| words.push(' '));
            }
            _ => {}
        }
        TokenSinkResult::Continue
    }

    fn begin(&mut self, name: &str) {
        self.finish();
        self.open = Some((name.to_owned(), self.at, String::new()));
    }

    fn close(&mut self, name: &str) {
        match name {
            "article" | "main" => self.main = self.main.saturating_sub(1),
            "nav" | "footer" | "aside" => self.chrome = self.chrome.saturating_sub(1),
            "header" => {
                let counted = self.headers.pop() == Some(true);
                self.chrome = self.chrome.saturating_sub(usize::from(counted));
            }
            _ if self.open.as_ref().is_some_and(|o| o.0 == name) => self.finish(),
            _ => {}
        }
    }

    fn finish(&mut self) {
        if let Some((name, at, words)) = self.open.take() {
            if name == "title" {
                self.seen.titles.push(words);
            } else {
                self.seen.headings.push((at, words));
            }
        }
    }
}

fn attribute<'a>(tag: &'a Tag, name: &str) -> Option<&'a str> {
    tag.attrs.iter().find(|a| &*a.name.local == name).map(|a| &*a.value)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TITLE: &str = "Hộ kinh doanh lên mạng với tên miền .vn";

    fn see(html: &str) -> (bool, bool) {
        let s = Seen::of(html);
        (s.has_title(TITLE), s.has_image(TITLE))
    }

    #[test]
    fn titles_are_found_as_people_see_them() {
        for html in [
            "<title>Hộ kinh doanh lên mạng với tên miền .vn - Cổng TTĐT phường Lê Chân</title>",
            "<TITLE>HỘ KINH DOANH LÊN MẠNG VỚI TÊN MIỀN .VN</TITLE>",
            "<h1>H&#7897; kinh doanh l&ecirc;n mạng\n với t&ecirc;n miền &quot;.vn&quot;</h1>",
            "<h2 class=x><a href=/b>Hộ kinh doanh <b>lên mạng</b><br>với tên miền .vn</a></h2>",
            "<meta property='og:title' content='Hộ kinh doanh lên mạng với tên miền .vn'>",
            "<script>if (a<b) document.write('<h1>')</script><h1>“Hộ kinh doanh lên mạng với tên miền .vn”",
        ] {
            let html = format!("{html}</h1>");
            assert!(see(&html).0, "{html}");
        }
        // The same in NFD, and with the tone mark on the other vowel.
        let nfd: String = unicode_normalization::UnicodeNormalization::nfd(TITLE).collect();
        assert!(see(&format!("<h1>{nfd}</h1>")).0);
        assert!(Seen::of("<h1>Huyện Thủy Nguyên</h1>").has_title("Huyện Thuỷ Nguyên"));
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
            "<h1>Hộ kinh doanh lên mạng với tên miền .vnn</h1>",
        ] {
            assert!(!see(html).0, "{html}");
        }
        assert!(!Seen::of("<h1>…</h1>").has_title("…"), "a title without words is nowhere");
    }

    #[test]
    fn pictures_count_near_the_title() {
        let h = "<h1>Hộ kinh doanh lên mạng với tên miền .vn</h1>";
        for (html, want) in [
            (format!("{h}<p>…</p><img src=a.png>"), true),
            (format!("<figure><img data-src=a.png></figure>{h}"), true),
            (format!("<article><header>{h}<img src=a.png></header></article>"), true),
            (format!("<header><img src=logo.png></header><main>{h}</main>"), false),
            (format!("{h}<footer><img src=logo.png></footer>"), false),
            (format!("{h}<img src=''>"), false),
            (format!("{h}<!-- <img src=a.png> -->"), false),
            (format!("{h}{}<img src=late.png>", "x".repeat(AFTER + 10)), false),
            (format!("<img src=early.png>{}{h}", "x".repeat(BEFORE + 10)), false),
        ] {
            assert_eq!(see(&html), (true, want), "{}", &html[..html.len().min(200)]);
        }
        let t = "<title>Hộ kinh doanh lên mạng với tên miền .vn</title>";
        assert_eq!(see(&format!("{t}<img src=logo.png><main>x</main>")), (true, false));
        assert_eq!(see(&format!("{t}<main><img src=a.png></main>")), (true, true));
        assert_eq!(see(&format!("{t}<div><img src=a.png></div>")), (true, true));
    }

    proptest::proptest! {
        #[test]
        fn no_page_breaks_it(html in "(<(/?)(h1|title|article|header|nav|img src=a|script|meta|!--|textarea)>?| |a|ộ|&amp;|\u{0}){0,40}") {
            let _ = see(&html);
        }
    }
}
