//! A text as rules see it: lines with positions, its links, and its words without what is no prose.

/// One line of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// As written (NFC), code points.
    pub raw: Vec<char>,
    /// The same length: addresses, facts, code and hashtags are blanks, so that rules about words do not see them.
    pub words: Vec<char>,
}

/// How a link is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `[words](address)`.
    Words,
    /// `![alt](address)`.
    Picture,
    /// An address with its scheme, alone.
    Bare,
    /// A domain alone, which readers and chats take for an address.
    Domain,
}

/// A link or a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// How it is written.
    pub form: Form,
    /// From 0.
    pub line: usize,
    /// From 0, code points.
    pub column: usize,
    /// Code points, all of it.
    pub width: usize,
    /// The words or the alternative text.
    pub text: String,
    /// The address.
    pub target: String,
}

/// A text, read for rules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Piece {
    /// Its lines.
    pub lines: Vec<Line>,
    /// Its links, in order.
    pub links: Vec<Link>,
}

/// A word of a line: where it begins, and its letters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// From 0, code points.
    pub at: usize,
    /// Letters only.
    pub text: String,
}

/// Last labels of domains that people write without `https://`; `md` and the like are files.
const ENDINGS: [&str; 32] = [
    "vn", "com", "net", "org", "info", "biz", "xyz", "top", "online", "site", "shop", "store", "club", "io",
    "gov", "edu", "asia", "cc", "ly", "link", "click", "live", "vip", "icu", "app", "dev", "me", "co", "cn",
    "ru", "tk", "example",
];

impl Piece {
    /// Reads Markdown, or a plain line.
    pub fn of(text: &str) -> Self {
        let mut out = Piece::default();
        let mut fenced = false;
        for line in text.split('\n') {
            let raw: Vec<char> = line.strip_suffix('\r').unwrap_or(line).chars().collect();
            let mut words = raw.clone();
            let fence = line.trim_start().starts_with("```");
            if fence || fenced {
                words.fill(' ');
                fenced ^= fence;
            } else {
                scan(&raw, &mut words, out.lines.len(), &mut out.links);
            }
            out.lines.push(Line { raw, words });
        }
        out
    }
}

impl Line {
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
    /// Its prose, in lower case; as many code points as the line has.
    pub fn lower(&self) -> Vec<char> {
        self.words.iter().map(|c| c.to_lowercase().next().unwrap_or(*c)).collect()
    }
}

fn find(c: &[char], from: usize, what: &str) -> Option<usize> {
    let w: Vec<char> = what.chars().collect();
    (from..(c.len() + 1).saturating_sub(w.len())).find(|i| c[*i..*i + w.len()] == w[..])
}

fn starts(c: &[char], at: usize, what: &str) -> bool {
    what.chars().enumerate().all(|(i, w)| c.get(at + i).is_some_and(|x| x.to_ascii_lowercase() == w))
}

fn text(c: &[char]) -> String {
    c.iter().collect()
}

fn scan(c: &[char], words: &mut [char], line: usize, links: &mut Vec<Link>) {
    let blank = |words: &mut [char], from: usize, to: usize| words[from..to].fill(' ');
    let mut i = 0;
    while i < c.len() {
        let before = i.checked_sub(1).and_then(|p| c.get(p));
        let fresh = before.is_none_or(|p| !p.is_alphanumeric() && !matches!(p, '@' | '/' | '.' | '-' | '_'));
        if c[i] == '`'
            && let Some(end) = find(c, i + 1, "`")
        {
            blank(words, i, end + 1);
            i = end + 1;
        } else if starts(c, i, "{{")
            && let Some(end) = find(&c[..c.len().min(i + 400)], i + 2, "}}")
        {
            blank(words, i, end + 2);
            i = end + 2;
        } else if c[i] == '['
            && let Some((close, end)) = bracket(c, i)
        {
            let picture = before == Some(&'!');
            let inside = text(&c[close + 2..end]);
            let target = inside.split_whitespace().next().unwrap_or_default();
            links.push(Link {
                form: if picture { Form::Picture } else { Form::Words },
                line,
                column: if picture { i - 1 } else { i },
                width: end + 1 - i + usize::from(picture),
                text: text(&c[i + 1..close]),
                target: target.trim_matches(['<', '>']).to_owned(),
            });
            // The words are prose, unless they are an address themselves.
            blank(words, close, end + 1);
            let shown = text(&c[i + 1..close]);
            if shown.contains("://") || host_like(shown.trim()) {
                blank(words, i, close);
            }
            words[i] = ' ';
            i = end + 1;
        } else if fresh && (starts(c, i, "http://") || starts(c, i, "https://") || starts(c, i, "www.")) {
            let mut end = i;
            while end < c.len() && !c[end].is_whitespace() && !matches!(c[end], '<' | '>' | '"' | '”') {
                end += 1;
            }
            while end > i && matches!(c[end - 1], '.' | ',' | ';' | ':' | '!' | '?' | ')' | ']' | '*' | '_') {
                end -= 1;
            }
            push(links, line, i, &c[i..end], if c[i] == 'w' { Form::Domain } else { Form::Bare });
            blank(words, i, end);
            i = end.max(i + 1);
        } else if fresh && (c[i].is_alphanumeric() || c[i] == '#') {
            let mut end = i + 1;
            while end < c.len()
                && (c[end].is_alphanumeric() || matches!(c[end], '.' | '-' | '_' | '@' | '/' | '%' | '='))
            {
                end += 1;
            }
            while end > i + 1 && matches!(c[end - 1], '.' | '-' | '_' | '/') {
                end -= 1;
            }
            let token = text(&c[i..end]);
            if c[i] == '#' || token.contains('@') {
                blank(words, i, end);
            } else if host_like(token.split('/').next().unwrap_or_default()) {
                push(links, line, i, &c[i..end], Form::Domain);
                blank(words, i, end);
            }
            i = end;
        } else {
            i += 1;
        }
    }
}

fn push(links: &mut Vec<Link>, line: usize, column: usize, target: &[char], form: Form) {
    links.push(Link { form, line, column, width: target.len(), text: text(target), target: text(target) });
}

/// Where the words of a link end and where its address ends, each within what a person would write.
fn bracket(c: &[char], open: usize) -> Option<(usize, usize)> {
    let mut deep = 0usize;
    let close = (open..c.len().min(open + 2_000)).find(|i| {
        match c[*i] {
            '[' => deep += 1,
            ']' => deep -= 1,
            _ => {}
        }
        deep == 0
    })?;
    (c.get(close + 1) == Some(&'(')).then_some(())?;
    Some((close, find(&c[..c.len().min(close + 4_000)], close + 2, ")")?))
}

/// True for a domain as people write it; not for `12.500`, `TP.HCM` or a file's name.
pub fn host_like(s: &str) -> bool {
    let labels: Vec<&str> = s.split('.').collect();
    let known = labels.last().is_some_and(|l| ENDINGS.contains(&l.to_lowercase().as_str()));
    labels.len() >= 2
        && known
        && labels.iter().all(|l| !l.is_empty() && l.chars().all(|c| c.is_alphanumeric() || c == '-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_where_they_stand_and_leave_the_words() {
        let p = Piece::of(
            "Xem [trang vnnic.vn](https://vnnic.vn/a \"chú\") và ![ảnh](kit:x).\n\
             Gọi https://a.vn/b, hoặc tenmien.vn/c. {{fact \"x\"}} `mã.vn` #thẻ a@b.vn noi-dung.md 12.500 TP.HCM id.vn",
        );
        let got: Vec<_> = p.links.iter().map(|l| (l.form, l.line, l.column, l.target.as_str())).collect();
        assert_eq!(
            got,
            [
                (Form::Words, 0, 4, "https://vnnic.vn/a"),
                (Form::Picture, 0, 50, "kit:x"),
                (Form::Bare, 1, 4, "https://a.vn/b"),
                (Form::Domain, 1, 25, "tenmien.vn/c"),
                (Form::Domain, 1, 98, "id.vn"),
            ]
        );
        let words: Vec<String> = p.lines[1].list().into_iter().map(|w| w.text).collect();
        assert_eq!(words.join(" "), "Gọi hoặc noi dung md TP HCM");
        assert_eq!(p.lines[0].raw.len(), p.lines[0].words.len());
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(t in "([\\[\\]()!`{}<>#@./ a-ă\n]|https?://|www\\.|\\PC){0,60}") {
            for l in Piece::of(&t).lines {
                proptest::prop_assert_eq!(l.raw.len(), l.words.len());
            }
        }
    }
}
