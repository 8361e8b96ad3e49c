//! What a page leads to: files that a kit may hold, and what a person must look at.

use std::cell::RefCell;
use std::collections::BTreeSet;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{
    BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};

use super::draft::MOST;
use crate::domain::kit::file_name_in;
use crate::domain::text::clean_line;
use crate::transport::{Pages, Url};

/// Why something that was found became no draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// It is in the kit already, or twice in the folder.
    Known,
    /// Of a type that no kit holds, by its name or its bytes.
    Type,
    /// Of a type that a kit holds, and broken, too large, or with a name that lies.
    Broken,
    /// It seems to be fetched from there, and its address does not say of which type it is.
    Unclear,
    /// A picture that a page shows beside files that it links to: a logo, or one of the kit.
    Shown,
    /// More than are drafted at once, or too deep below the folder.
    TooMany,
}

/// What became no draft: its address, or its path below the folder.
pub type Left = (String, Why);

/// What a page leads to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Addresses of files, with the words that lead to them.
    pub files: Vec<(String, String)>,
    /// Addresses that are left to a person.
    pub left: Vec<Left>,
}

/// Endings of files that offices publish and that no kit holds.
const OTHERS: [&str; 26] = [
    "svg", "zip", "rar", "7z", "ai", "eps", "psd", "cdr", "indd", "ppt", "pptx", "doc", "docx", "xls",
    "xlsx", "odt", "mov", "avi", "mkv", "webm", "m4a", "ogg", "heic", "tif", "tiff", "bmp",
];

/// What an address that is no address of a file of a kit seems to be, if it seems to be one of a file at all.
fn other_file(url: &str, said: bool) -> Option<Why> {
    let url = url.to_ascii_lowercase();
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let name = path.rsplit('/').next().unwrap_or_default();
    if name.rsplit_once('.').is_some_and(|(_, ext)| OTHERS.contains(&ext)) {
        return Some(Why::Type);
    }
    const FETCHED: [&str; 6] = ["download", "tai-ve", "taive", "attachment", "getfile", "file="];
    (said || FETCHED.iter().any(|w| url.contains(w))).then_some(Why::Unclear)
}

/// Addresses of files on a page: what it links to, and the pictures it shows if it links to none; else those are left to a person.
pub fn links(html: &str, base: &Url) -> Found {
    let input = BufferQueue::default();
    input.push_back(StrTendril::from_slice(html));
    let tokenizer = Tokenizer::new(Sink(RefCell::default()), TokenizerOpts::default());
    while !matches!(tokenizer.feed(&input), html5ever::TokenizerResult::Done) {}
    tokenizer.end();
    let mut seen = tokenizer.sink.0.into_inner();
    let base = seen.base.as_deref().and_then(|b| base.join(b).ok()).unwrap_or_else(|| base.clone());
    let mut known = BTreeSet::new();
    let mut out = Found::default();
    for found in [std::mem::take(&mut seen.links), std::mem::take(&mut seen.pictures)] {
        let beside = !out.files.is_empty();
        for (address, words) in found {
            let Some(mut url) = base.join(address.trim()).ok().and_then(|u| Pages::url(u.as_str())) else {
                continue;
            };
            url.set_fragment(None);
            let url = url.to_string();
            if !known.insert(url.clone()) {
                continue;
            }
            if beside {
                out.left.push((url, Why::Shown));
            } else if file_name_in(&url).is_some() {
                out.files.push((url, clean_line(&words)));
            } else if let Some(why) = other_file(&url, seen.downloads.contains(&address)) {
                out.left.push((url, why));
            }
        }
    }
    out
}

#[derive(Default)]
struct Seen {
    base: Option<String>,
    links: Vec<(String, String)>,
    pictures: Vec<(String, String)>,
    /// Links that say themselves that a file is fetched (`download`).
    downloads: BTreeSet<String>,
    open: bool,
    silent: bool,
}

struct Sink(RefCell<Seen>);

impl TokenSink for Sink {
    type Handle = ();
    fn process_token(&self, token: Token, _: u64) -> TokenSinkResult<()> {
        let mut s = self.0.borrow_mut();
        match token {
            Token::TagToken(tag) => {
                tag_seen(&mut s, &tag);
                // What stands in them is no HTML, and ends only where they end.
                match (&*tag.name, tag.kind) {
                    ("script", TagKind::StartTag) => return TokenSinkResult::RawData(RawKind::ScriptData),
                    ("style", TagKind::StartTag) => return TokenSinkResult::RawData(RawKind::Rawtext),
                    _ => {}
                }
            }
            Token::CharacterTokens(text) if s.open && !s.silent => {
                if let Some((_, words)) = s.links.last_mut().filter(|(_, w)| w.len() < 1000) {
                    words.push_str(&text);
                }
            }
            Token::CharacterTokens(_)
            | Token::DoctypeToken(_)
            | Token::CommentToken(_)
            | Token::NullCharacterToken
            | Token::EOFToken
            | Token::ParseError(_) => {}
        }
        TokenSinkResult::Continue
    }
}

fn tag_seen(s: &mut Seen, tag: &Tag) {
    let get = |name: &str| tag.attrs.iter().find(|a| &*a.name.local == name).map(|a| a.value.to_string());
    let begins = tag.kind == TagKind::StartTag;
    match &*tag.name {
        "script" | "style" => s.silent = begins,
        // What looks like a tag in a script is none.
        _ if s.silent => {}
        "base" if begins && s.base.is_none() => s.base = get("href"),
        "a" if begins => {
            s.open = false;
            if let Some(href) = get("href").filter(|_| s.links.len() < 10 * MOST) {
                if get("download").is_some() {
                    s.downloads.insert(href.clone());
                }
                s.links.push((
                    href,
                    get("title").filter(|t| !t.trim().is_empty()).map_or_else(String::new, |t| t + " "),
                ));
                s.open = true;
            }
        }
        "a" => s.open = false,
        "img" if begins => {
            let alt = get("alt").unwrap_or_default();
            if s.open
                && let Some((_, words)) = s.links.last_mut()
            {
                words.push_str(&alt);
            }
            // Pages that load their pictures late name them elsewhere.
            let src = get("data-src").or_else(|| get("src")).filter(|s| !s.starts_with("data:"));
            if let Some(src) = src.filter(|_| s.pictures.len() < 10 * MOST) {
                s.pictures.push((src, alt));
            }
        }
        "source" | "video" | "audio" if begins => {
            if let Some(src) = get("src") {
                s.links.push((src, String::new()));
            }
        }
        _ => {}
    }
}
