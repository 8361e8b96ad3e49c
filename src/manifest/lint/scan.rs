//! Addresses that stand in running text as it is shown.

use super::piece::{Form, GAP, Link, Prose};

/// Last labels of domains that people write without `https://`; `md` and the like are files.
const ENDINGS: [&str; 32] = [
    "vn", "com", "net", "org", "info", "biz", "xyz", "top", "online", "site", "shop", "store", "club", "io",
    "gov", "edu", "asia", "cc", "ly", "link", "click", "live", "vip", "icu", "app", "dev", "me", "co", "cn",
    "ru", "tk", "example",
];

/// What a letter belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Words of the author.
    Text,
    /// Words of a link, whose address is judged with the link.
    Linked,
    /// Words of a fact.
    Fact,
    /// Code.
    Code,
}

fn starts(c: &[char], at: usize, what: &str) -> bool {
    what.chars().enumerate().all(|(i, w)| c.get(at + i).is_some_and(|x| x.to_ascii_lowercase() == w))
}

/// True where an address with its scheme begins; also within a word: so it becomes a link.
fn is_web(c: &[char], at: usize) -> bool {
    starts(c, at, "http://") || starts(c, at, "https://")
}

/// Finds the addresses of a block and blanks in its words what is no prose.
pub fn scan(prose: &mut Prose, marks: &[Mark], links: &mut Vec<Link>) {
    let c = prose.shown.clone();
    let mut i = 0;
    let fill = |words: &mut [char], from: usize, to: usize| words[from..to].fill(GAP);
    let mut found: Vec<(usize, usize, Form)> = vec![];
    while i < c.len() {
        let before = i.checked_sub(1).and_then(|p| c.get(p));
        let fresh = before.is_none_or(|p| !p.is_alphanumeric() && !matches!(p, '@' | '/' | '.' | '-' | '_'));
        if starts(&c, i, "{{")
            && let Some(end) = (i + 2..c.len().min(i + 400)).find(|e| starts(&c, *e, "}}"))
        {
            fill(&mut prose.words, i, end + 2);
            i = end + 2;
        } else if is_web(&c, i) || fresh && starts(&c, i, "www.") {
            let mut end = i;
            while end < c.len() && !c[end].is_whitespace() && !matches!(c[end], '<' | '>' | '"' | '”' | '“')
            {
                end += 1;
            }
            let last = |e: usize| {
                matches!(
                    c[e],
                    '.' | ',' | ';' | ':' | '!' | '?' | '…' | ')' | ']' | '*' | '_' | '\'' | '’' | '`'
                )
            };
            while end > i && last(end - 1) {
                end -= 1;
            }
            found.push((i, end, if starts(&c, i, "www.") { Form::Domain } else { Form::Bare }));
            fill(&mut prose.words, i, end);
            i = end.max(i + 1);
        } else if fresh && (c[i].is_alphanumeric() || c[i] == '#') {
            let mut end = i + 1;
            while end < c.len()
                && !is_web(&c, end)
                && (c[end].is_alphanumeric()
                    || matches!(c[end], '.' | '-' | '_' | '@' | '/' | '%' | '=' | '。' | '．' | '｡'))
            {
                end += 1;
            }
            while end > i + 1 && matches!(c[end - 1], '.' | '-' | '_' | '/' | '=' | '%') {
                end -= 1;
            }
            let token: String = c[i..end].iter().collect();
            let form = if c[i] == '#' {
                None
            } else if let Some((_, domain)) = token.rsplit_once('@') {
                host_like(domain.split('/').next().unwrap_or_default()).then_some(Form::Mail)
            } else {
                host_like(token.split('/').next().unwrap_or_default()).then_some(Form::Domain)
            };
            if c[i] == '#' || token.contains('@') || form.is_some() {
                fill(&mut prose.words, i, end);
            }
            found.extend(form.map(|f| (i, end, f)));
            i = end;
        } else {
            i += 1;
        }
    }
    for (w, m) in prose.words.iter_mut().zip(marks) {
        if matches!(m, Mark::Fact | Mark::Code) {
            *w = GAP;
        }
    }
    for (from, to, form) in found {
        let within = &marks[from..to];
        if within.iter().all(|m| *m == Mark::Linked) {
            continue;
        }
        let text = prose.cut(from, to - from);
        links.push(Link {
            form: if within.contains(&Mark::Code) { Form::Code } else { form },
            at: prose.place(from, to - from),
            target: if form == Form::Mail { format!("mailto:{text}") } else { text.clone() },
            text,
            fact: within.iter().all(|m| *m == Mark::Fact),
        });
    }
}

/// True for a domain as people write it; not for `12.500`, `TP.HCM` or a file's name.
pub fn host_like(s: &str) -> bool {
    let labels: Vec<&str> = s.split(['.', '。', '．', '｡']).collect();
    let known = labels.last().is_some_and(|l| ENDINGS.contains(&l.to_lowercase().as_str()));
    labels.len() >= 2
        && known
        && labels
            .iter()
            .all(|l| !l.is_empty() && l.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_'))
}
