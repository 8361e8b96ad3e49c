//! Runs as Markdown: text that Markdown, templates and readers of links take as exactly this text.

use crate::domain::text;

/// One clean line in which emoji of several stay joined: a joiner shows nothing by itself, and is dropped elsewhere.
pub fn clean_line(s: &str) -> String {
    const JOINER: char = '\u{200d}';
    /// Stands for a joiner while the line is cleaned; private, so no text has it on purpose.
    const KEPT: char = '\u{f8fe}';
    if !s.contains(JOINER) {
        return text::clean_line(s);
    }
    let picture = |c: char| matches!(c, '\u{2190}'..='\u{2bff}' | '\u{fe0f}' | '\u{1f000}'..='\u{1faff}');
    let c: Vec<char> = s.chars().filter(|c| *c != KEPT).collect();
    let joins = |i: usize| i > 0 && picture(c[i - 1]) && c.get(i + 1).is_some_and(|n| picture(*n));
    let kept: String =
        c.iter().enumerate().map(|(i, x)| if *x == JOINER && joins(i) { KEPT } else { *x }).collect();
    text::clean_line(&kept).replace(KEPT, "\u{200d}")
}

/// A stretch of text in one dress.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Run {
    /// Its words; line breaks are `\n`.
    pub text: String,
    /// Bold.
    pub bold: bool,
    /// Italic.
    pub italic: bool,
    /// Struck through.
    pub struck: bool,
    /// Its public address.
    pub link: Option<String>,
    /// Markdown already: the mark of a footnote.
    pub raw: bool,
}

impl Run {
    fn alike(&self, other: &Run) -> bool {
        !self.raw
            && !other.raw
            && (self.bold, self.italic, self.struck, &self.link)
                == (other.bold, other.italic, other.struck, &other.link)
    }
}

/// The words of runs: single spaces, NFC, nothing hidden; line breaks stay.
pub fn plain(runs: &[Run]) -> String {
    let text: String = runs.iter().filter(|r| !r.raw).map(|r| r.text.as_str()).collect();
    text.split('\n').map(clean_line).filter(|l| !l.is_empty()).collect::<Vec<_>>().join("\n")
}

/// Runs line by line.
pub fn lines(runs: &[Run]) -> Vec<Vec<Run>> {
    let mut out: Vec<Vec<Run>> = vec![vec![]];
    for r in runs {
        for (i, part) in r.text.split('\n').enumerate() {
            if i > 0 {
                out.push(vec![]);
            }
            if let (Some(line), false) = (out.last_mut(), part.is_empty()) {
                line.push(Run { text: part.to_owned(), ..r.clone() });
            }
        }
    }
    out.retain(|l| !plain(l).is_empty());
    out
}

/// Takes the first `n` characters off, and blanks before and after them.
pub fn cut(runs: &mut Vec<Run>, n: usize) {
    let mut left = n;
    let blank = |c: char| c.is_whitespace() || crate::domain::text::is_invisible(c);
    for r in runs.iter_mut() {
        let mut text = r.text.as_str();
        loop {
            text = text.trim_start_matches(blank);
            let mut c = text.chars();
            if left == 0 || c.next().is_none() {
                break;
            }
            text = c.as_str();
            left -= 1;
        }
        r.text = text.to_owned();
        if left == 0 && !r.text.is_empty() {
            break;
        }
    }
    runs.retain(|r| !r.text.is_empty());
}

/// Runs as Markdown; lines that belong together end with a backslash.
pub fn dressed(runs: &[Run]) -> String {
    let lines: Vec<String> = lines(runs).iter().map(|l| line(l)).filter(|l| !l.is_empty()).collect();
    lines.join("\\\n")
}

/// Runs of one line. What is alike is joined first, since Word cuts anywhere.
fn line(runs: &[Run]) -> String {
    let mut joined: Vec<Run> = vec![];
    for r in runs {
        match joined.last_mut() {
            Some(l) if l.alike(r) => l.text.push_str(&r.text),
            // A blank wears whatever stands before it.
            Some(l) if !l.raw && !r.raw && r.text.trim().is_empty() => l.text.push_str(&r.text),
            Some(_) | None => joined.push(r.clone()),
        }
    }
    let mut out = String::new();
    for (i, r) in joined.iter().enumerate() {
        if r.raw {
            out.truncate(out.trim_end().len());
            out.push_str(&r.text);
            continue;
        }
        let text = spaced(&r.text);
        let words = text.trim();
        if words.is_empty() {
            out.push(' ');
            continue;
        }
        let before = if text.starts_with(' ') { None } else { out.chars().next_back() };
        let after =
            if text.ends_with(' ') { None } else { joined.get(i + 1).and_then(|n| n.text.chars().next()) };
        if text.starts_with(' ') {
            out.push(' ');
        }
        let begins = out.trim().is_empty();
        out.push_str(&worn(r, words, before, after.filter(|c| !c.is_whitespace()), begins));
        if text.ends_with(' ') {
            out.push(' ');
        }
    }
    apart(out.split_whitespace().collect::<Vec<_>>().join(" ").as_str())
}

/// Single spaces and NFC, but for the blanks at the ends; nothing hidden.
fn spaced(s: &str) -> String {
    let blank = |c: Option<char>| c.is_some_and(char::is_whitespace);
    let (lead, tail) = (blank(s.chars().next()), blank(s.chars().next_back()));
    let words = clean_line(s);
    if words.is_empty() {
        return if lead || tail { " ".into() } else { String::new() };
    }
    format!("{}{words}{}", if lead { " " } else { "" }, if tail { " " } else { "" })
}

/// Words in their dress. A mark counts only where it touches its words from outside: signs at the ends stay outside of it next
/// to a letter, and a dress that begins where another ends is left out.
fn worn(r: &Run, words: &str, before: Option<char>, after: Option<char>, begins: bool) -> String {
    let marks: String =
        [(r.struck, "~~"), (r.bold, "**"), (r.italic, "*")].iter().filter(|m| m.0).map(|m| m.1).collect();
    let sign = |c: char| !c.is_alphanumeric();
    let (mut head, mut tail) = (0, words.len());
    if before.is_some_and(char::is_alphanumeric) {
        head = words.len() - words.trim_start_matches(sign).len();
    }
    if after.is_some_and(char::is_alphanumeric) {
        tail = words.trim_end_matches(sign).len();
    }
    let touches = |c: Option<char>| c.is_some_and(|c| matches!(c, '*' | '~'));
    let link = r.link.as_deref();
    let bare = |s: &str| match link {
        // An address that is its own words is found without brackets.
        // Next to other letters it would swallow them.
        Some(target) if s != target || before.is_some_and(char::is_alphanumeric) || after.is_some() => {
            format!("[{}]({target})", escaped(s, false))
        }
        Some(target) => target.to_owned(),
        None => escaped(s, begins),
    };
    if marks.is_empty() || head >= tail || touches(before) || touches(after) {
        return bare(words);
    }
    let closing: String =
        [(r.italic, "*"), (r.bold, "**"), (r.struck, "~~")].iter().filter(|m| m.0).map(|m| m.1).collect();
    let outer = |s: &str| if s.is_empty() { String::new() } else { escaped(s, false) };
    format!("{}{marks}{}{closing}{}", outer(&words[..head]), bare(&words[head..tail]), outer(&words[tail..]))
}

/// Two braces in a row call a fact; here nobody called one.
fn apart(s: &str) -> String {
    let mut out = String::with_capacity(s.len());
    for c in s.chars() {
        if c == '{' && out.ends_with('{') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// Text that Markdown reads as exactly this text; `begins` at the start of a line. `1.` stays: a list is what was meant.
pub fn escaped(s: &str, begins: bool) -> String {
    let c: Vec<char> = s.chars().collect();
    let mut out = String::with_capacity(s.len() + 8);
    let digits = c.iter().take_while(|x| x.is_ascii_digit()).count();
    for (i, x) in c.iter().enumerate() {
        let next = c.get(i + 1);
        let inside = i > 0 && c[i - 1].is_alphanumeric() && next.is_some_and(|n| n.is_alphanumeric());
        let always = matches!(x, '\\' | '*' | '`' | '[' | ']' | '<' | '~' | '|');
        let entity = *x == '&' && next.is_some_and(|n| *n == '#' || n.is_ascii_alphabetic());
        let first = begins && i == 0 && matches!(x, '#' | '>' | '+' | '-' | '=');
        // `2026. …` is a year, and no list has a thousand items.
        let year = begins && digits > 3 && i == digits && matches!(x, '.' | ')');
        if always || entity || first || year || *x == '_' && !inside {
            out.push('\\');
        }
        out.push(*x);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(text: &str, dress: &str) -> Run {
        let on = |c| dress.contains(c);
        Run { text: text.into(), bold: on('b'), italic: on('i'), struck: on('s'), ..Run::default() }
    }

    #[test]
    fn marks_stand_where_they_count() {
        let cases: [(&[(&str, &str)], &str); 11] = [
            (&[("Chữ ", ""), ("đậ", "b"), ("m", "b"), (" ", ""), ("rồi", "")], "Chữ **đậm** rồi"),
            (&[("Lưu ý:", "b"), ("bạn", "")], "**Lưu ý**:bạn"),
            (&[("a", ""), ("(b)", "b"), ("c", "")], "a(**b**)c"),
            (&[("đậm", "b"), ("nghiêng", "i")], "**đậm**nghiêng"),
            (&[("cả ", "bi"), ("hai", "bi")], "***cả hai***"),
            (&[(" ", "b"), ("trống", "")], "trống"),
            (&[("bỏ", "s"), (" còn", "")], "~~bỏ~~ còn"),
            (&[("một", "b"), ("\n", ""), ("hai", "b")], "**một**\\\n**hai**"),
            (&[("{", ""), ("{", "b"), ("fact \"x\"}}", "")], "{\\{fact \"x\"}}"),
            (&[("{{{", "")], "{\\{\\{"),
            (&[("a\u{202e}b\u{200b}\u{a0}\t c\u{ad}d", "")], "ab cd"),
        ];
        for (runs, wanted) in cases {
            let runs: Vec<Run> = runs.iter().map(|(t, d)| run(t, d)).collect();
            assert_eq!(dressed(&runs), wanted);
        }
    }

    #[test]
    fn signs_are_text() {
        for (text, wanted) in [
            ("# không là mục", "\\# không là mục"),
            ("> trích", "\\> trích"),
            ("a * b_c _d_ `e` ~f~ g|h", "a \\* b_c \\_d\\_ \\`e\\` \\~f\\~ g\\|h"),
            ("[x](y) ![z](w)", "\\[x\\](y) !\\[z\\](w)"),
            ("<script>alert(1)</script>", "\\<script>alert(1)\\</script>"),
            ("&copy; &#60; R&D & co", "\\&copy; \\&#60; R\\&D & co"),
            ("1. Một", "1. Một"),
            ("2026. Năm", "2026\\. Năm"),
            ("C:\\tệp", "C:\\\\tệp"),
        ] {
            assert_eq!(escaped(text, true), wanted);
        }
    }

    #[test]
    fn a_link_keeps_its_words_or_is_its_own() {
        let link =
            |text: &str, target: &str| Run { text: text.into(), link: Some(target.into()), ..Run::default() };
        assert_eq!(
            dressed(&[link("Danh [sách]", "https://vnnic.vn/a_b")]),
            "[Danh \\[sách\\]](https://vnnic.vn/a_b)"
        );
        assert_eq!(dressed(&[link("https://vnnic.vn/a_b", "https://vnnic.vn/a_b")]), "https://vnnic.vn/a_b");
    }

    #[test]
    fn a_typed_sign_is_cut_across_runs() {
        let mut runs = vec![run(" \u{a0}", ""), run("-", "b"), run("\t", ""), run("Một", "b")];
        cut(&mut runs, 1);
        assert_eq!(plain(&runs), "Một");
    }
}
