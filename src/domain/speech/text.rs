//! A line as its rules look at it: by place, with what stands before.

use super::lexicon::Lexicon;

/// The line, and the dictionary.
#[derive(Clone, Copy)]
pub struct Line<'a> {
    pub c: &'a [char],
    pub lexicon: &'a Lexicon,
}

/// A dash of a range, of whatever length.
pub fn dash(c: char) -> bool {
    matches!(c, '-' | '\u{2010}'..='\u{2015}' | '÷')
}

/// A space in one line, the non-breaking one among them.
pub fn space(c: char) -> bool {
    matches!(c, ' ' | '\u{A0}' | '\u{202F}' | '\u{2009}')
}

/// A character of another width (`％`, `：`, `５`), or a stroke of another make, as it is written elsewhere.
pub fn plain(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        '\u{2044}' | '\u{2215}' => '/',
        '\u{301C}' | '\u{223C}' => '~',
        '\u{FFE0}' => '¢',
        '\u{FFE1}' => '£',
        '\u{FFE5}' => '¥',
        c => c,
    }
}

/// A letter that Vietnamese or its loan words may be written with.
pub fn latin(c: char) -> bool {
    let near = |c: char| c.is_ascii() || matches!(c, '\u{C0}'..='\u{24F}' | '\u{1E00}'..='\u{1EFF}');
    c.is_alphabetic() && near(c) && c.to_lowercase().all(near)
}

impl Line<'_> {
    /// The character at a place; nothing beyond the end.
    pub fn at(self, i: usize) -> char {
        self.c.get(i).copied().unwrap_or('\0')
    }

    /// True if a word may begin here.
    pub fn starts(self, i: usize) -> bool {
        i == 0 || !self.c[i - 1].is_alphanumeric()
    }

    /// True if a word may end before this place.
    pub fn ends(self, i: usize) -> bool {
        !self.at(i).is_alphanumeric()
    }

    /// How many characters from here on are as asked.
    pub fn run(self, i: usize, f: impl Fn(char) -> bool) -> usize {
        self.c.iter().skip(i).take_while(|c| f(**c)).count()
    }

    /// As [`Line::run`], of at most so many.
    pub fn run_within(self, i: usize, most: usize, f: impl Fn(char) -> bool) -> usize {
        self.c.iter().skip(i).take(most).take_while(|c| f(**c)).count()
    }

    /// Digits from here on: their number.
    pub fn digits(self, i: usize) -> usize {
        self.run(i, |c| c.is_ascii_digit())
    }

    /// The text of a stretch.
    pub fn text(self, i: usize, len: usize) -> String {
        self.c.iter().skip(i).take(len).collect()
    }

    /// True if the text stands here.
    pub fn has(self, i: usize, s: &str) -> bool {
        let mut n = 0;
        s.chars().all(|c| {
            n += 1;
            self.at(i + n - 1) == c
        })
    }

    /// A value of one or two digits, and how many characters it takes.
    pub fn small(self, i: usize) -> Option<(u64, usize)> {
        let n = self.digits(i);
        (1..=2).contains(&n).then(|| self.text(i, n).parse().ok()).flatten().map(|v| (v, n))
    }

    /// A year of four digits.
    pub fn year(self, i: usize) -> Option<u64> {
        (self.digits(i) == 4)
            .then(|| self.text(i, 4).parse().ok())
            .flatten()
            .filter(|y| (1000..3000).contains(y))
    }

    /// Length of a dash of a range with the spaces around it.
    pub fn to(self, i: usize) -> Option<usize> {
        let before = self.run(i, space);
        let n = self.run(i + before, dash);
        let after = self.run(i + before + n, space);
        // Spaces on one side only are a dash of a list or a minus.
        (n == 1 && before.min(1) == after.min(1)).then_some(before + n + after)
    }

    /// The word at this place: letters only.
    pub fn word(self, i: usize) -> String {
        self.text(i, self.run(i, char::is_alphabetic))
    }

    /// Up to `n` words before a place, the nearest first, in small letters; a sentence's end or a line's ends them.
    pub fn before(self, i: usize, n: usize) -> Vec<String> {
        let mut out = vec![];
        let mut at = i;
        while out.len() < n && at > 0 {
            let c = self.c[at - 1];
            if c.is_alphanumeric() {
                let len = self.c[..at].iter().rev().take_while(|c| c.is_alphanumeric()).count();
                out.push(self.text(at - len, len).to_lowercase());
                at -= len;
            } else if matches!(c, '.' | '!' | '?' | ';' | '\n') && self.at(at).is_whitespace() {
                break;
            } else {
                at -= 1;
            }
        }
        out
    }

    /// True if one of the words stands directly before.
    pub fn after(self, i: usize, words: &[&str]) -> bool {
        self.before(i, 1).first().is_some_and(|w| words.contains(&w.as_str()))
    }
}
