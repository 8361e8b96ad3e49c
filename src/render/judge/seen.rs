//! What a reader sees of HTML: the tree that a browser makes of it, with what its style sheets and attributes hide.

use std::rc::Rc;

use super::known::{BLOCKS, VOID};
use super::sheet::{self, Fit, Named, Rule, Weight};
use super::style::{self, Does, Paint, SMALLEST, Size, stands_out};
use super::tree::{self, Node};
use crate::render::words::one_line;

/// Letters of a browser that was told nothing.
const LETTERS: f32 = 16.0;
/// Most rules times elements: beyond that, looking would take too long.
const MAX_LOOKS: usize = 50_000_000;
/// Stands after each letter that is struck through, so that words struck by a template are not those of the text.
const STRUCK: char = '\u{0336}';

/// What a reader sees.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::render) struct Seen {
    /// All visible words, without white space, lower case; a line through them stands after each letter.
    pub words: String,
    /// Visible links with words: where to.
    pub links: Vec<String>,
    /// Visible words line by line, a picture as its alternative text, a link with its address where that is no part of its words.
    pub lines: Vec<String>,
    /// Visible buttons of a form that posts: where to, and the button's name.
    pub buttons: Vec<(String, String)>,
}

/// Words as [`Seen::words`] has them.
pub(in crate::render) fn bare(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

/// What a reader sees; `None` where it is too much to look at.
pub(super) fn of(html: &str) -> Option<Seen> {
    let doc = tree::parse(html)?;
    let css = doc.iter().filter(|n| n.tag == "style").flat_map(|n| &n.kids);
    // One after another they are as one; that a sheet is for print or for some width only makes it less sure.
    let mut rules = vec![];
    for (i, kid) in css.enumerate() {
        let media = doc[*kid].parent.and_then(|p| doc[p].attr("media")).unwrap_or("all");
        let text = &doc[*kid].text;
        let read = match media.trim().to_ascii_lowercase().as_str() {
            "" | "all" | "screen" => sheet::read(text),
            _ => sheet::read(&format!("@media (x) {{{text}}}")),
        };
        rules.extend(read.into_iter().enumerate().map(|(j, r)| ((i, j), r)));
    }
    if rules.len().saturating_mul(doc.len()) > MAX_LOOKS {
        return None;
    }
    let named = Named::of(&doc);
    let mut walk = Walk {
        doc: &doc,
        rules: &rules,
        named: &named,
        seen: Seen::default(),
        line: String::new(),
        links: vec![],
    };
    walk.all();
    Some(walk.seen)
}

/// How an element shows its words.
#[derive(Clone, Debug)]
struct State {
    hidden: bool,
    struck: bool,
    size: f32,
    colour: Paint,
    ground: Paint,
    /// The link it stands in, of [`Walk::links`].
    link: Option<usize>,
    /// Of a form that posts: where to.
    form: Option<Rc<str>>,
}

impl State {
    fn shows(&self) -> bool {
        !self.hidden && self.size >= SMALLEST && stands_out(self.colour, self.ground)
    }
}

enum Step {
    Enter(usize, Rc<State>),
    Leave(usize, Rc<State>),
}

struct Walk<'a> {
    doc: &'a [Node],
    rules: &'a [((usize, usize), Rule)],
    named: &'a Named,
    seen: Seen,
    /// The line under way.
    line: String,
    /// Links: where to, and whether something was seen in it.
    links: Vec<(String, bool)>,
}

/// What decides between declarations: `!important`, the attribute before the sheets, the selector's weight, the order.
type Rank = (bool, bool, Weight, (usize, usize), usize);

/// The declaration that holds, of those that surely fit, and those that would hold before it if they fit.
struct Cascade<T> {
    sure: Option<(Rank, T)>,
    maybe: Vec<(Rank, T)>,
}

impl<T: Copy> Cascade<T> {
    fn new() -> Self {
        Self { sure: None, maybe: vec![] }
    }

    fn add(&mut self, rank: Rank, fit: Fit, value: T) {
        if fit < Fit::Sure {
            self.maybe.push((rank, value));
        } else if self.sure.as_ref().is_none_or(|(r, _)| *r <= rank) {
            self.sure = Some((rank, value));
        }
    }

    fn holds(&self) -> Option<T> {
        self.sure.map(|(_, v)| v)
    }

    fn might(&self) -> impl Iterator<Item = T> {
        let least = self.sure.map(|(r, _)| r);
        self.maybe.iter().filter(move |(r, _)| least.is_none_or(|l| *r > l)).map(|(_, v)| *v)
    }
}

impl Walk<'_> {
    fn all(&mut self) {
        let first = State {
            hidden: false,
            struck: false,
            size: LETTERS,
            colour: Paint::Rgb(0, 0, 0),
            ground: Paint::Rgb(255, 255, 255),
            link: None,
            form: None,
        };
        let mut todo = vec![Step::Enter(0, Rc::new(first))];
        while let Some(step) = todo.pop() {
            match step {
                Step::Leave(at, state) => self.leave(at, &state),
                Step::Enter(at, around) => {
                    let node = &self.doc[at];
                    if node.tag.is_empty() {
                        self.words(&node.text, &around);
                    }
                    let state = if node.tag.is_empty() { around } else { Rc::new(self.enter(at, &around)) };
                    todo.push(Step::Leave(at, Rc::clone(&state)));
                    todo.extend(node.kids.iter().rev().map(|k| Step::Enter(*k, Rc::clone(&state))));
                }
            }
        }
        self.end_line();
    }

    fn enter(&mut self, at: usize, around: &State) -> State {
        let node = &self.doc[at];
        let name = node.tag.as_str();
        let mut now = self.styled(at, around);
        if name == "a" || name == "v:roundrect" || name == "v:rect" {
            self.links.push((node.attr("href").unwrap_or_default().to_owned(), false));
            now.link = Some(self.links.len() - 1);
        }
        if name == "form" {
            let posts = node.attr("method").is_some_and(|m| m.eq_ignore_ascii_case("post"));
            now.form = posts.then(|| node.attr("action").unwrap_or_default().into());
        }
        if name == "button"
            && now.shows()
            && node.attr("type").is_none_or(|t| t.eq_ignore_ascii_case("submit"))
            && let Some(to) = &now.form
        {
            self.seen.buttons.push((to.to_string(), node.attr("name").unwrap_or_default().to_owned()));
        }
        if breaks(name) || name == "br" {
            self.end_line();
        }
        if name == "img" && !now.hidden {
            let alt = node.attr("alt").unwrap_or_default();
            let source = node.attr("src").filter(|s| s.starts_with("cid:")).unwrap_or_default();
            self.line.push_str(&format!(" [{source} {alt}]"));
            if !alt.trim().is_empty() {
                self.in_link(&now);
            }
        }
        now
    }

    /// What the attributes and the sheets do to it.
    fn styled(&self, at: usize, around: &State) -> State {
        let node = &self.doc[at];
        let mut now = around.clone();
        let (mut size, mut colour, mut ground) = (Cascade::new(), Cascade::new(), Cascade::new());
        let (mut flat, mut cut, mut clip, mut scroll) = (false, false, false, false);
        let mut apply = |d: &style::Declared, rank: Rank, fit: Fit| match &d.does {
            Does::Hide => now.hidden = true,
            Does::Strike => now.struck = true,
            Does::Flat => flat = true,
            Does::Cut => cut = true,
            Does::Clip => clip = true,
            Does::Scroll => scroll = true,
            Does::Size(v) => size.add(rank, fit, *v),
            Does::Colour(v) => colour.add(rank, fit, *v),
            Does::Ground(v) => ground.add(rank, fit, *v),
            // Goes out nowhere.
            Does::Refused(_) => now.hidden = true,
        };
        for (order, rule) in self.rules {
            let (fit, weight) = rule.fits(self.doc, self.named, at);
            if fit != Fit::No {
                for (i, d) in rule.does.iter().enumerate() {
                    apply(d, (d.important, false, weight, *order, i), fit);
                }
            }
        }
        for (i, d) in node.attr("style").map(style::inline).unwrap_or_default().iter().enumerate() {
            apply(d, (d.important, true, (0, 0, 0), (0, 0), i), Fit::Sure);
        }
        now.hidden |= node.attr("hidden").is_some()
            || (flat && (clip || scroll))
            || (cut && clip)
            || matches!(node.tag.as_str(), "head" | "title" | "style" | "noscript" | "xml");
        now.struck |= matches!(node.tag.as_str(), "s" | "del" | "strike");
        now.size = size.holds().map_or(around.size, |s: Size| s.of(around.size));
        // What might hold is believed where it would hide.
        now.size = size
            .might()
            .map(|s| s.of(around.size))
            .fold(now.size, |a, b| if b < SMALLEST { a.min(b) } else { a });
        let plain = |name: &str| node.attr(name).map(style::attribute);
        let link = || (node.tag == "a" && node.attr("href").is_some()).then_some(Paint::Some);
        now.ground = match ground.holds().or_else(|| plain("bgcolor")) {
            None | Some(Paint::Clear | Paint::Around) => around.ground,
            Some(p) => p,
        };
        now.colour = match colour.holds().or_else(|| plain("color")).or_else(link) {
            None | Some(Paint::Around) => around.colour,
            Some(p) => p,
        };
        if colour.might().any(|p| p == Paint::Clear) {
            now.colour = Paint::Clear;
        }
        now
    }

    fn leave(&mut self, at: usize, state: &State) {
        let name = self.doc[at].tag.as_str();
        if VOID.contains(&name) {
            return;
        }
        if name == "a"
            && let Some((to, true)) = state.link.and_then(|l| self.links.get(l))
            && !self.line.contains(to.as_str())
        {
            self.line.push_str(&format!(" <{to}>"));
        }
        if breaks(name) {
            self.end_line();
        }
    }

    fn end_line(&mut self) {
        let line = one_line(&std::mem::take(&mut self.line));
        if !line.is_empty() {
            self.seen.lines.push(line);
        }
    }

    fn words(&mut self, text: &str, state: &State) {
        if !state.shows() {
            return;
        }
        self.line.push_str(text);
        let text = bare(text);
        if text.is_empty() {
            return;
        }
        if state.struck {
            self.seen.words.extend(text.chars().flat_map(|c| [c, STRUCK]));
        } else {
            self.seen.words.push_str(&text);
        }
        self.in_link(state);
    }

    /// Something is seen: the link around it leads somewhere.
    fn in_link(&mut self, state: &State) {
        if let Some((to, seen)) = state.link.and_then(|l| self.links.get_mut(l))
            && !std::mem::replace(seen, true)
        {
            self.seen.links.push(to.clone());
        }
    }
}

fn breaks(name: &str) -> bool {
    BLOCKS.contains(&name) || matches!(name, "li" | "tr" | "td" | "th" | "dt" | "dd" | "figcaption")
}
