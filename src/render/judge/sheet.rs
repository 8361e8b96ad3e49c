//! Style sheets: which of their rules stand at an element. What is not understood (a pseudo-class, a condition, what a mail program
//! puts around the whole) is taken to fit, so that it hides nothing unseen; only what surely fits makes something readable again.

#![expect(clippy::wildcard_enum_match_arm, reason = "tokens: those that are not named say nothing here")]

use std::collections::HashSet;

use cssparser::{ParseError, Parser, Token};

use super::style::{Declared, Tok, declared, tok};
use super::tree::Node;

/// Classes and attributes that mail programs put around a mail themselves.
const CLIENTS: &[&str] =
    &["moz-text-html", "externalclass", "outlook", "data-ogsc", "data-ogsb", "data-outlook-cycle"];
/// Deepest nesting of rules.
const MAX_DEPTH: usize = 24;

/// How well a rule fits an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    No,
    /// Perhaps: sometimes, or somewhere.
    Maybe,
    Sure,
}

/// Ids, classes and the like, types: what a selector weighs.
pub(super) type Weight = (usize, usize, usize);

/// A rule that does something to what is seen.
#[derive(Debug)]
pub(super) struct Rule {
    selectors: Vec<Selector>,
    /// It stands in no condition.
    sure: bool,
    pub does: Vec<Declared>,
}

#[derive(Clone, Debug)]
struct Selector {
    subject: Compound,
    /// What it stands in or beside, the nearest last.
    around: Vec<(Link, Compound)>,
    weight: Weight,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Link {
    Inside,
    Child,
    Beside,
}

#[derive(Clone, Debug, Default)]
struct Compound {
    tag: Option<String>,
    id: Option<String>,
    classes: Vec<String>,
    attrs: Vec<String>,
    /// It has more, which is not looked at.
    more: bool,
    /// It means no words of the text.
    never: bool,
}

/// The rules of a style sheet, as far as they change what is seen.
pub(super) fn read(css: &str) -> Vec<Rule> {
    let mut out = vec![];
    rules(&mut Parser::new(css), &Around { selectors: &[], sure: true, depth: 0 }, &mut out);
    out
}

struct Around<'a> {
    selectors: &'a [Selector],
    sure: bool,
    depth: usize,
}

fn rules(p: &mut Parser<'_>, around: &Around<'_>, out: &mut Vec<Rule>) {
    let mut head: Vec<Tok> = vec![];
    let mut does = vec![];
    while let Ok(token) = p.next_including_whitespace().cloned() {
        match token {
            // Outside of rules only `@…` ends so; anything else undoes the rule that follows.
            Token::Semicolon if around.selectors.is_empty() && !at_rule(&head) => head.push(Tok::Other),
            Token::Semicolon => {
                declared(&head, &mut does);
                head.clear();
            }
            Token::CurlyBracketBlock => {
                let head = std::mem::take(&mut head);
                let _ = p.parse_nested_block(|p| {
                    nested(p, &head, around, out);
                    Ok::<_, ParseError<()>>(())
                });
            }
            // `<!--` and `-->` mean nothing in a style sheet.
            Token::CDO | Token::CDC => {}
            _ => head.push(tok(p, &token)),
        }
    }
    declared(&head, &mut does);
    if !does.is_empty() && !around.selectors.is_empty() {
        out.push(Rule { selectors: around.selectors.to_vec(), sure: around.sure, does });
    }
}

fn at_rule(head: &[Tok]) -> bool {
    matches!(head.iter().find(|t| **t != Tok::White), Some(Tok::At(_)))
}

fn nested(p: &mut Parser<'_>, head: &[Tok], around: &Around<'_>, out: &mut Vec<Rule>) {
    if around.depth > MAX_DEPTH {
        return; // refused for it elsewhere
    }
    let depth = around.depth + 1;
    match head.iter().find(|t| **t != Tok::White) {
        // The sheet of paper itself.
        Some(Tok::At(name)) if name == "page" => {}
        Some(Tok::At(name)) => {
            let always = name == "media"
                && head.iter().all(|t| match t {
                    Tok::At(_) | Tok::White => true,
                    Tok::Ident(w) => ["only", "screen", "all"].iter().any(|k| w.eq_ignore_ascii_case(k)),
                    _ => false,
                });
            rules(p, &Around { selectors: around.selectors, sure: around.sure && always, depth }, out);
        }
        _ => {
            let selectors: Vec<Selector> = head.split(|t| *t == Tok::Comma).filter_map(selector).collect();
            // Inside another rule it fits less often than it says; and one selector that is no selector undoes the whole rule.
            let odd = |s: &Selector| s.subject.more || s.around.iter().any(|(_, c)| c.more);
            let sure = around.sure && around.selectors.is_empty() && !selectors.iter().any(odd);
            rules(p, &Around { selectors: &selectors, sure, depth }, out);
        }
    }
}

fn selector(toks: &[Tok]) -> Option<Selector> {
    let mut around = vec![];
    let mut weight = (0, 0, 0);
    let mut now = Compound::default();
    let (mut any, mut link) = (false, None);
    let mut i = 0;
    while let Some(t) = toks.get(i) {
        i += 1;
        match t {
            Tok::White => {
                link = link.or(Some(Link::Inside));
                continue;
            }
            Tok::Delim('>') => {
                link = Some(Link::Child);
                continue;
            }
            Tok::Delim('+' | '~') => {
                link = Some(Link::Beside);
                continue;
            }
            _ => {}
        }
        if let Some(link) = link.take()
            && any
        {
            around.push((link, std::mem::take(&mut now)));
        }
        any = true;
        match t {
            Tok::Ident(tag) => {
                now.tag = Some(tag.to_ascii_lowercase());
                weight.2 += 1;
            }
            Tok::Delim('*') => {}
            Tok::Delim('.') => {
                if let Some(Tok::Ident(class)) = toks.get(i) {
                    now.classes.push(class.clone());
                    i += 1;
                } else {
                    now.more = true;
                }
                weight.1 += 1;
            }
            Tok::Hash(id) => {
                now.id = Some(id.clone());
                weight.0 += 1;
            }
            Tok::Square(of) => {
                let name = of.iter().find_map(|t| if let Tok::Ident(n) = t { Some(n) } else { None });
                now.attrs.extend(name.map(|n| n.to_ascii_lowercase()));
                now.more |= of.iter().filter(|t| **t != Tok::White).count() != 1;
                weight.1 += 1;
            }
            Tok::Colon => {
                weight.1 += 1;
                let element = toks.get(i) == Some(&Tok::Colon);
                i += usize::from(element);
                if let Some(Tok::Ident(name)) = toks.get(i) {
                    let name = name.to_ascii_lowercase();
                    i += 1;
                    match name.as_str() {
                        "before" | "after" | "empty" | "marker" | "selection" | "placeholder"
                        | "backdrop" => {
                            now.never = true;
                        }
                        "root" if !element && now.tag.is_none() => now.tag = Some("html".into()),
                        _ => now.more = true,
                    }
                } else {
                    i += usize::from(matches!(toks.get(i), Some(Tok::Function(..))));
                    now.more = true;
                }
            }
            _ => now.more = true,
        }
    }
    now.more |= !matches!(link, None | Some(Link::Inside));
    any.then_some(Selector { subject: now, around, weight })
}

impl Rule {
    /// How well it fits, and what the heaviest of its selectors that do weighs.
    pub fn fits(&self, doc: &[Node], named: &Named, at: usize) -> (Fit, Weight) {
        let mut best = (Fit::No, (0, 0, 0));
        for s in &self.selectors {
            let fit = s.fits(doc, named, at).min(if self.sure { Fit::Sure } else { Fit::Maybe });
            if fit != Fit::No {
                best = (best.0.max(fit), best.1.max(s.weight));
            }
        }
        best
    }
}

impl Selector {
    fn fits(&self, doc: &[Node], named: &Named, at: usize) -> Fit {
        let mut fit = self.subject.fits(&doc[at]);
        if fit == Fit::No || self.around.is_empty() {
            return fit;
        }
        let mut above = vec![];
        let mut up = doc[at].parent;
        while let Some(one) = up {
            if !doc[one].tag.is_empty() {
                above.push(one);
            }
            up = doc[one].parent;
        }
        // Places (0 is the element itself, 1 what it stands in) where the part to the right may stand.
        let mut places = vec![0];
        for (link, compound) in self.around.iter().rev() {
            let lowest = places.iter().min().copied().unwrap_or_default();
            let next: Vec<(usize, Fit)> = above
                .iter()
                .enumerate()
                .map(|(i, one)| (i + 1, compound.fits(&doc[*one])))
                .filter(|(i, f)| {
                    *f != Fit::No
                        && match link {
                            Link::Inside => *i > lowest,
                            Link::Child => places.contains(&(i - 1)),
                            Link::Beside => false,
                        }
                })
                .collect();
            if *link == Link::Beside {
                return Fit::Maybe;
            }
            if next.is_empty() {
                return if compound.may_be_around(named) { Fit::Maybe } else { Fit::No };
            }
            fit = fit.min(next.iter().map(|(_, f)| *f).max().unwrap_or(Fit::No));
            places = next.into_iter().map(|(i, _)| i).collect();
        }
        fit
    }
}

impl Compound {
    fn fits(&self, node: &Node) -> Fit {
        let fits = !self.never
            && self.tag.as_deref().is_none_or(|t| t == node.tag)
            && self.id.as_deref().is_none_or(|id| node.attr("id") == Some(id))
            && self.classes.iter().all(|c| {
                node.attr("class").is_some_and(|all| {
                    // In old documents their case counts for nothing.
                    all.split_ascii_whitespace().any(|one| one.eq_ignore_ascii_case(c))
                })
            })
            && self.attrs.iter().all(|a| node.attr(a).is_some());
        match (fits, self.more) {
            (false, _) => Fit::No,
            (true, true) => Fit::Maybe,
            (true, false) => Fit::Sure,
        }
    }

    /// True if a mail program, or the site it stands on, may put this around the document.
    fn may_be_around(&self, named: &Named) -> bool {
        let mut names = self.classes.iter().chain(&self.id).chain(&self.attrs).peekable();
        names.peek().is_some()
            && names.any(|n| {
                let n = n.to_ascii_lowercase();
                CLIENTS.contains(&n.as_str()) || !named.0.contains(&n)
            })
    }
}

/// Every class, id and attribute of a document, lower case.
pub(super) struct Named(HashSet<String>);

impl Named {
    pub fn of(doc: &[Node]) -> Self {
        let of = |n: &Node| -> Vec<String> {
            let classes =
                n.attr("class").unwrap_or_default().split_ascii_whitespace().map(str::to_ascii_lowercase);
            let names = n.attrs.iter().map(|(n, _)| n.to_ascii_lowercase());
            classes.chain(names).chain(n.attr("id").map(str::to_ascii_lowercase)).collect()
        };
        Self(doc.iter().flat_map(of).collect())
    }
}
