//! A text as rules see it: what readers will read, block by block, with the place of every letter; its links; and its words
//! without what is no prose. Markdown is read by the reader that the voices are made with ([`super::reading`]), so that an escape,
//! an entity, a line break or a mark of emphasis hides nothing.

use super::reading;
use super::scan;

/// Stands in [`Prose::words`] for what is no prose. No blank: words on its two sides are no phrase.
pub const GAP: char = '\u{fffc}';

/// Where something stands in the source, from 0: line, column, width; code points.
pub type Place = (usize, usize, usize);

/// The text of one block: a paragraph, a heading, a cell, a description.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prose {
    /// As readers see it: line breaks and runs of blanks are one space, marks of Markdown are gone.
    pub shown: Vec<char>,
    /// The same length: addresses, facts, code and hashtags are [`GAP`]s.
    pub words: Vec<char>,
    /// The same length: line and column of each, from 0.
    pub at: Vec<(usize, usize)>,
    /// True for a heading.
    pub heading: bool,
}

/// How a link is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `[words](address)`, `[words][1]`.
    Words,
    /// `![alt](address)`.
    Picture,
    /// An address with its scheme, alone.
    Bare,
    /// A domain alone, which readers and chats take for an address.
    Domain,
    /// The address of a mail box.
    Mail,
    /// An address in code.
    Code,
}

/// A link or a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// How it is written.
    pub form: Form,
    /// All of it; on its first line.
    pub at: Place,
    /// The words or the alternative text, as readers see them.
    pub text: String,
    /// The address that the reader of Markdown gives.
    pub target: String,
    /// True if all of it is the words of a fact.
    pub fact: bool,
}

/// A text, read for rules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Piece {
    /// Its blocks, in order.
    pub blocks: Vec<Prose>,
    /// Its links, in order.
    pub links: Vec<Link>,
    /// Hidden characters that turn the text around: line and column, the first of each line.
    pub turned: Vec<(usize, usize)>,
}

/// A word: where it begins, and its letters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// From 0, code points.
    pub at: usize,
    /// Letters only.
    pub text: String,
}

impl Piece {
    /// Reads Markdown (NFC); `fact` gives the words of a fact, which stand where it is called.
    pub fn of(text: &str, fact: &dyn Fn(&str) -> Option<String>) -> Self {
        reading::markdown(text, fact)
    }

    /// Reads Markdown that calls no facts.
    pub fn alone(text: &str) -> Self {
        Self::of(text, &|_| None)
    }

    /// Reads words that are no Markdown (NFC): a title, a description, a fact.
    pub fn plain(text: &str) -> Self {
        reading::plain(text)
    }
}

impl Prose {
    /// Its words, in order.
    pub fn list(&self) -> Vec<Word> {
        let mut out: Vec<Word> = vec![];
        let mut open = false;
        for (i, c) in self.words.iter().enumerate() {
            if c.is_alphabetic() {
                match out.last_mut().filter(|_| open) {
                    Some(w) => w.text.push(*c),
                    None => out.push(Word { at: i, text: c.to_string() }),
                }
            }
            open = c.is_alphabetic();
        }
        out
    }

    /// Its prose, in lower case; as many code points as it has.
    pub fn lower(&self) -> Vec<char> {
        self.words.iter().map(|c| c.to_lowercase().next().unwrap_or(*c)).collect()
    }

    /// Where so many letters stand in the source; what goes on over a line's end is shown to that end.
    pub fn place(&self, at: usize, width: usize) -> Place {
        let Some(&(line, column)) = self.at.get(at) else { return (0, 0, 1) };
        let here = self.at[at..self.at.len().min(at + width.max(1))].iter().filter(|p| p.0 == line);
        let last = here.map(|p| p.1).max().unwrap_or(column);
        (line, column, last + 1 - column.min(last))
    }

    /// The letters of a place, as they are shown.
    pub fn cut(&self, at: usize, width: usize) -> String {
        self.shown[at..at + width].iter().collect()
    }
}

pub use scan::host_like;

/// What a rule finds in a text, as it stands there.
#[cfg(test)]
pub(super) fn told(t: &str, rule: fn(&Prose) -> Vec<(usize, usize)>) -> Vec<String> {
    let p = Piece::alone(t);
    p.blocks.iter().flat_map(|b| rule(b).into_iter().map(|(at, n)| b.cut(at, n))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(t: &str) -> Piece {
        Piece::of(t, &|id| (id == "x").then(|| "Sự thật ở vnnic.vn.evil.com".to_owned()))
    }
    fn shown(p: &Piece) -> Vec<String> {
        p.blocks.iter().map(|b| b.shown.iter().collect()).collect()
    }
    fn words(p: &Prose) -> String {
        p.list().into_iter().map(|w| w.text).collect::<Vec<_>>().join(" ")
    }
    fn links(t: &str) -> Vec<(Form, Place, String, String)> {
        read(t).links.into_iter().map(|l| (l.form, l.at, l.text, l.target)).collect()
    }

    #[test]
    fn links_are_found_where_they_stand_and_leave_the_words() {
        let p = Piece::alone(
            "Xem [trang vnnic.vn](https://vnnic.vn/a \"chú\") và ![ảnh](kit:x).\n\
             Gọi https://a.vn/b, hoặc tenmien.vn/c. {{fact \"y\"}} `mã.vn` #thẻ a@b.vn noi-dung.md 12.500 TP.HCM id.vn",
        );
        let got: Vec<_> = p.links.iter().map(|l| (l.form, l.at.0, l.at.1, l.target.as_str())).collect();
        assert_eq!(
            got,
            [
                (Form::Words, 0, 4, "https://vnnic.vn/a"),
                (Form::Picture, 0, 50, "kit:x"),
                (Form::Bare, 1, 4, "https://a.vn/b"),
                (Form::Domain, 1, 25, "tenmien.vn/c"),
                (Form::Code, 1, 53, "mã.vn"),
                (Form::Mail, 1, 65, "mailto:a@b.vn"),
                (Form::Domain, 1, 98, "id.vn"),
            ]
        );
        // The words of a picture stand on their own.
        assert_eq!(shown(&p)[0], "ảnh");
        assert_eq!(words(&p.blocks[1]), "Xem trang và Gọi hoặc noi dung md TP HCM");
    }

    #[test]
    fn an_escape_or_an_entity_hides_no_address() {
        for (t, target) in [
            (r"[vnnic.vn](https://vnnic.vn\.evil.com/nhadangky)", "https://vnnic.vn.evil.com/nhadangky"),
            (r"[xem](https://tenmien.vn\-uudai.com/)", "https://tenmien.vn-uudai.com/"),
            ("[xem](https://vnnic.vn&period;evil.com)", "https://vnnic.vn.evil.com"),
            ("[xem](https://vnnic.vn&#46;evil.com)", "https://vnnic.vn.evil.com"),
            ("[xem](<https://vnnic.vn\\.evil.com>)", "https://vnnic.vn.evil.com"),
            ("[xem][1]\n\n[1]: https://vnnic.vn\\.evil.com", "https://vnnic.vn.evil.com"),
            ("[1]\n\n[1]: https://vnnic.vn&#46;evil.com", "https://vnnic.vn.evil.com"),
            ("<https://vnnic.vn.evil.com>", "https://vnnic.vn.evil.com"),
            (r"Xem vnnic.vn\.evil.com nhé", "vnnic.vn.evil.com"),
            (r"Xem https\://vnnic.vn\.evil.com nhé", "https://vnnic.vn.evil.com"),
            ("**vnnic.vn**.evil.com", "vnnic.vn.evil.com"),
            ("vnnic.vn<!-- x -->.evil.com", "vnnic.vn.evil.com"),
            ("vnnic.vn\u{200b}.evil.com", "vnnic.vn.evil.com"),
            ("a xhttps://vnnic.vn.evil.com", "https://vnnic.vn.evil.com"),
            ("Gửi \\<a@vnnic.vn\\.evil.com>", "mailto:a@vnnic.vn.evil.com"),
            ("<a@vnnic.vn.evil.com>", "mailto:a@vnnic.vn.evil.com"),
            ("    https://vnnic.vn.evil.com", "https://vnnic.vn.evil.com"),
            ("<p>\nhttps://vnnic.vn.evil.com</p>", "https://vnnic.vn.evil.com"),
            ("A <b id=https://vnnic.vn.evil.com>", "https://vnnic.vn.evil.com"),
            ("{{fact \"x\"}}", "vnnic.vn.evil.com"),
        ] {
            let got = read(t).links;
            assert!(got.iter().any(|l| l.target == target), "{t}: {got:?}");
        }
        let p = read("Xem [trang\nnày]({{fact \"x\"}}) và {{fact \"x\"}}.");
        assert!(p.links.iter().all(|l| l.fact || l.form == Form::Words), "{:?}", p.links);
        assert_eq!(links("a\n\nXem [trang\nnày](https://a.vn)")[0].1, (2, 4, 6));
        assert_eq!(links("Xem [*vnnic*.vn](https://a.vn)")[0].2, "vnnic.vn");
        // A comment is an author's, and no reader's.
        assert_eq!(links("<!-- https://a.vn -->\n\nA <!-- b.vn -->"), []);
    }

    #[test]
    fn a_phrase_stands_together_whatever_stands_between() {
        for t in [
            "miễn\nphí",
            "miễn  phí",
            "miễn&nbsp;phí",
            "miễn\u{a0}phí",
            "**Miễn** phí",
            "miễn\\\nphí",
            "*miễn*\r\nphí",
            "> miễn\n> phí",
            "- miễn\n  phí",
            "# miễn phí",
            "| miễn phí |\n|---|",
            "m<!-- -->iễn ![](kit:x) phí",
            "[miễn](https://vnnic.vn) phí",
            "miễn\u{200b} phí",
        ] {
            let p = read(t);
            let low: Vec<String> = p.blocks.iter().map(|b| b.lower().into_iter().collect()).collect();
            assert!(low.iter().any(|b| b == "miễn phí"), "{t:?}: {low:?}");
        }
        let p = read("Một câu\nvề **miễn\nphí** ở đây");
        let b = &p.blocks[0];
        let at = b
            .shown
            .iter()
            .collect::<String>()
            .find("miễn")
            .map(|i| b.shown.iter().collect::<String>()[..i].chars().count());
        assert_eq!(b.place(at.unwrap(), 8), (1, 5, 4), "shown to the end of its first line");
        // Words on two sides of what is none are no phrase; nor are those of two blocks.
        for t in [
            "miễn `a` phí",
            "miễn {{fact \"x\"}} phí",
            "miễn {{fact \"z\"}} phí",
            "miễn\n\nphí",
            "- miễn\n- phí",
        ] {
            let low: Vec<String> = read(t).blocks.iter().map(|b| b.lower().into_iter().collect()).collect();
            assert!(!low.iter().any(|b| b.contains("miễn phí")), "{t:?}: {low:?}");
        }
        assert_eq!(shown(&Piece::plain("# Hai  *chữ*\nhai dòng")), ["# Hai *chữ* hai dòng"]);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(t in "([\\[\\]()!`{}<>#@./*_&;|\\\\ a-ă\n]|https?://|www\\.|\\{\\{fact \"x\"\\}\\}|\\PC){0,60}") {
            for p in [read(&t), Piece::plain(&t)] {
                for b in p.blocks {
                    proptest::prop_assert_eq!(b.shown.len(), b.words.len());
                    proptest::prop_assert_eq!(b.shown.len(), b.at.len());
                    for i in 0..b.shown.len() {
                        let (line, column, width) = b.place(i, 3);
                        let long = t.split('\n').nth(line).map_or(0, |l| l.chars().count());
                        proptest::prop_assert!(column + width <= long, "{line} {column} {width}");
                    }
                }
            }
        }
    }
}
