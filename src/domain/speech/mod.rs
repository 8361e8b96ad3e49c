//! Written Vietnamese as it is said: numbers, dates, times, amounts, telephone and document numbers, addresses, abbreviations.
//!
//! What is read is a line of plain text; what comes out keeps, piece by piece, what was written beside what is said, so that a
//! script shows both. Nothing is guessed: an abbreviation that no dictionary has is spelled and named in [`Reading::unknown`], and so
//! is what may be read in two ways (`5/12` with nothing that says whether it is a day).
//! The said text holds words and marks of rest only, and reads to itself.

mod address;
mod amount;
mod clock;
mod codes;
mod dates;
mod doubt;
mod lexicon;
mod number;
mod pace;
mod papers;
mod phone;
mod several;
mod signs;
mod spans;
mod strokes;
mod text;
mod units;
mod words;

use unicode_normalization::UnicodeNormalization;

pub use lexicon::{Lexicon, built_in};
pub use pace::{Pace, seconds};

use text::Line;

/// What is shown of a piece to somebody who reads the script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Show {
    /// What was written: it is said as it stands, or is a mark.
    Written,
    /// What is said.
    Said,
    /// What is said, and what was written in brackets behind it.
    Both,
}

/// A stretch of the text and what is said for it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Piece {
    written: String,
    said: String,
    show: Show,
}

/// A word that no dictionary says how to read, or that may be read in two ways.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// The word.
    pub word: String,
    /// Its first character, counted from 0 in the line that was read.
    pub at: usize,
    /// What helps.
    pub remedy: Remedy,
}

impl Unknown {
    fn new(word: impl Into<String>, at: usize) -> Self {
        let word = word.into();
        Self { remedy: remedy(&word), word, at }
    }
}

/// A line as it is said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    pieces: Vec<Piece>,
    /// What was spelled for want of a dictionary's word.
    pub unknown: Vec<Unknown>,
}

/// What a rule found at a place: how many characters it takes, what is said for them.
#[derive(Debug)]
struct Hit {
    len: usize,
    said: String,
    show: Show,
}

impl Hit {
    fn both(len: usize, said: impl Into<String>) -> Option<Self> {
        Some(Self { len, said: said.into(), show: Show::Both })
    }
    fn said(len: usize, said: impl Into<String>) -> Option<Self> {
        Some(Self { len, said: said.into(), show: Show::Said })
    }
    fn mark(len: usize, said: impl Into<String>) -> Option<Self> {
        Some(Self { len, said: said.into(), show: Show::Written })
    }
}

/// Reads a line.
pub fn read(line: &str, lexicon: &Lexicon) -> Reading {
    let chars: Vec<char> = line.nfc().map(text::plain).collect();
    let t = Line { c: &chars, lexicon };
    let mut out = Reading::default();
    let mut i = 0;
    while i < chars.len() {
        if let Some(len) = repeated(t, i, &out) {
            let written = chars[i..i + len].iter().collect();
            out.pieces.push(Piece { written, said: " ".into(), show: Show::Written });
            i += len;
            continue;
        }
        let hit = t
            .starts(i)
            .then(|| {
                address::read(t, i)
                    .or_else(|| dates::quarter(t, i))
                    .or_else(|| phone::label(t, i))
                    .or_else(|| codes::read(t, i))
                    .or_else(|| several::read(t, i, &mut out.unknown))
                    .or_else(|| papers::kind(t, i))
                    .or_else(|| words::entry(t, i))
                    .or_else(|| papers::read(t, i, &mut out.unknown))
                    .or_else(|| dates::read(t, i, &mut out.unknown))
                    .or_else(|| phone::read(t, i, &mut out.unknown))
                    .or_else(|| doubt::read(t, i, &mut out.unknown))
                    .or_else(|| amount::read(t, i))
                    .or_else(|| amount::measure(t, i))
            })
            .flatten()
            .or_else(|| words::read(t, i, &mut out.unknown));
        let (len, piece) = match hit {
            Some(h) => {
                let len = h.len.clamp(1, chars.len() - i);
                let written = chars[i..i + len].iter().collect();
                (len, Piece { written, said: h.said, show: h.show })
            }
            None => {
                (1, Piece { written: chars[i].to_string(), said: chars[i].to_string(), show: Show::Written })
            }
        };
        out.pieces.push(piece);
        i += len;
    }
    out
}

/// What helps where nothing says how something is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// An entry of the dictionary, or all its words.
    Entry,
    /// Only its words: it is short for several things (`CP`: Government, joint-stock), and an entry would read all of them alike.
    Words,
    /// Another way of writing a number.
    Number,
    /// That it is a day, or a part of a whole.
    Day,
    /// Thousands apart by points.
    Thousands,
    /// A comma before decimals.
    Comma,
    /// A sign's name.
    Sign,
    /// Whether it is a number one calls, or how many.
    Call,
}

fn remedy(word: &str) -> Remedy {
    const SEVERAL: [&str; 15] =
        ["CN", "ĐT", "GĐ", "PT", "KT", "XD", "TM", "DL", "CS", "NV", "PC", "TP", "VP", "VN", "DA"];
    if word.starts_with(|c: char| c.is_ascii_digit()) {
        Remedy::Number
    } else if lexicon::paper(word).is_some_and(|_| word.chars().count() < 3)
        || SEVERAL.contains(&word)
        || several::KEYS.contains(&word)
        || word.trim_end_matches('.').chars().count() == 1
    {
        Remedy::Words
    } else {
        Remedy::Entry
    }
}

/// The addresses of a line, as they are written and as they are said.
pub fn addresses(line: &str, lexicon: &Lexicon) -> Vec<(String, String)> {
    let chars: Vec<char> = line.nfc().collect();
    let t = Line { c: &chars, lexicon };
    let (mut out, mut i) = (vec![], 0);
    while i < chars.len() {
        match t.starts(i).then(|| address::read(t, i)).flatten() {
            Some(h) => {
                out.push((t.text(i, h.len), h.said));
                i += h.len.max(1);
            }
            None => i += 1,
        }
    }
    out
}

/// True if a single letter at this place, and the point behind it, are short for the kind of place whose name follows (`X. An Lão`): no
/// sentence ends there.
pub fn short_for_a_place(chars: &[char], at: usize) -> bool {
    words::initial(Line { c: chars, lexicon: &Lexicon::default() }, at)
}

/// Length of brackets that repeat what was just said: `chấm vi-en (.vn)`, `năm (05)`. They are for the eye.
fn repeated(t: Line<'_>, i: usize, so_far: &Reading) -> Option<usize> {
    if t.at(i) != '(' {
        return None;
    }
    let len = t.run(i + 1, |c| c != ')' && c != '(');
    if t.at(i + 1 + len) != ')' {
        return None;
    }
    let bare = |s: &str| s.to_lowercase().replace([',', '.', ';', ':', '!', '?', '…'], "").trim().to_owned();
    // They repeat what stands just before them.
    let from = so_far.pieces.len().saturating_sub(24 * len + 16);
    let before = bare(&Reading { pieces: so_far.pieces[from..].to_vec(), unknown: vec![] }.said());
    // `(1/10)` behind the words of a day is that day.
    let same = |inside: String| {
        let inside = bare(&read(&inside, t.lexicon).said());
        let rest = before.strip_suffix(&inside).filter(|_| !inside.is_empty());
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with(' '))
    };
    let inside = t.text(i + 1, len);
    (same(format!("ngày {inside}")) || same(inside)).then_some(len + 2)
}

impl Reading {
    /// What is said: words, and marks of rest.
    pub fn said(&self) -> String {
        let mut all = String::new();
        for p in &self.pieces {
            // Two pieces that touched each other are two words once they are said.
            let glued = all.chars().last().is_some_and(char::is_alphanumeric)
                && p.said.chars().next().is_some_and(char::is_alphanumeric);
            if glued {
                all.push(' ');
            }
            all.push_str(&p.said);
        }
        tidy(&all)
    }

    /// What a reader of the script sees: what is said, with what was written in brackets behind it where that is something else.
    /// `plain` may add to what is said as it was written.
    pub fn shown(&self, plain: impl Fn(&str) -> String) -> String {
        let (mut out, mut run) = (String::new(), String::new());
        for p in &self.pieces {
            let same = p.written.trim().to_lowercase() == p.said.trim().to_lowercase();
            if p.show == Show::Written || p.show == Show::Both && same {
                run.push_str(&p.written);
                continue;
            }
            out.push_str(&plain(&std::mem::take(&mut run)));
            let glued = out.chars().last().is_some_and(|c| c.is_alphanumeric() || c == ')');
            if glued && p.said.chars().next().is_some_and(char::is_alphanumeric) {
                out.push(' ');
            }
            out.push_str(&p.said);
            if p.show == Show::Both {
                out.truncate(out.trim_end().len());
                out.push_str(&format!(" ({})", p.written.trim()));
            }
        }
        out.push_str(&plain(&run));
        let mut out = out.split_whitespace().collect::<Vec<_>>().join(" ");
        for (double, one) in [
            (" ,", ","),
            (", .", "."),
            (", ;", ";"),
            (",,", ","),
            (",.", "."),
            (",;", ";"),
            (",:", ":"),
            (",!", "!"),
            (",?", "?"),
        ] {
            out = out.replace(double, one);
        }
        out.trim_start_matches([',', ' ']).to_owned()
    }

    /// True if it is said as it is written.
    pub fn is_plain(&self) -> bool {
        self.unknown.is_empty() && self.pieces.iter().all(|p| p.show == Show::Written && p.written == p.said)
    }
}

/// One space between words, none before a mark, and of marks that follow each other the strongest.
fn tidy(s: &str) -> String {
    let strength = |c: char| [',', ':', ';', '.', '…', '?', '!'].iter().position(|m| *m == c);
    let mut out = String::with_capacity(s.len());
    let mut rest: Option<char> = None;
    let mut space = false;
    for c in s.chars() {
        if c.is_whitespace() {
            space = true;
        } else if strength(c).is_some() {
            rest = rest.max_by_strength(c, strength);
        } else {
            if let Some(r) = rest.take().filter(|_| !out.is_empty()) {
                out.push(r);
                space = true;
            }
            if space && !out.is_empty() {
                out.push(' ');
            }
            space = false;
            out.push(c);
        }
    }
    if let Some(r) = rest.filter(|_| !out.is_empty()) {
        out.push(r);
    }
    out
}

trait Strongest {
    fn max_by_strength(self, c: char, of: impl Fn(char) -> Option<usize>) -> Option<char>;
}

impl Strongest for Option<char> {
    fn max_by_strength(self, c: char, of: impl Fn(char) -> Option<usize>) -> Option<char> {
        match self {
            Some(r) if of(r) >= of(c) => Some(r),
            Some(_) | None => Some(c),
        }
    }
}

#[cfg(test)]
mod tests;
