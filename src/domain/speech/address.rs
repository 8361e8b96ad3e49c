//! Addresses of sites and of mail, and hashtags: part by part, by the dictionary or letter by letter.

use super::text::Line;
use super::{Hit, number};

/// Last parts by which a name with dots is known to be an address.
const ENDS: [&str; 26] = [
    "vn", "com", "net", "org", "info", "gov", "edu", "biz", "io", "asia", "app", "me", "eu", "uk", "us",
    "jp", "kr", "cn", "sg", "dev", "ai", "int", "health", "pro", "name", "example",
];

/// Reads an address, `.vn`, a mail address or a hashtag.
pub fn read(t: Line<'_>, i: usize) -> Option<Hit> {
    if t.at(i) == '#' {
        return hashtag(t, i);
    }
    if t.at(i) == '.' {
        let alone = i == 0 || t.c[i - 1].is_whitespace() || matches!(t.c[i - 1], '(' | '"' | '“' | '‘' | '«');
        // `TÊN MIỀN .VN`: in a line of capitals.
        let loud = t.run_within(i + 1, 20, |c| c.is_ascii_uppercase() || c == '.');
        let name = t.text(i + 1, loud).to_lowercase();
        let name = name.trim_end_matches('.');
        if alone && t.ends(i + 1 + name.len()) && ENDS.contains(&name.rsplit('.').next().unwrap_or_default())
        {
            let said: Vec<String> = name.split('.').map(|p| part(t, p)).collect();
            return Hit::both(name.len() + 1, format!("chấm {}", said.join(" chấm ")));
        }
        let len = host(t, i + 1)?;
        return (alone && !t.at(i + 1).is_ascii_uppercase())
            .then(|| Hit::both(len + 1, format!("chấm {}", host_said(t, i + 1, len))))?;
    }
    let scheme = ["https://", "http://", "mailto:"].into_iter().find(|s| t.has(i, s)).map_or(0, str::len);
    let at = i + scheme;
    let local = t.run_within(at, 254, |c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '+'));
    if local > 0 && t.at(at + local) == '@' {
        let len = host(t, at + local + 1)?;
        let who = parts_said(t, &t.text(at, local));
        let said = format!("{who} a còng {}", host_said(t, at + local + 1, len));
        return Hit::both(scheme + local + 1 + len, said);
    }
    let len = host(t, at)?;
    let known = t.text(at, len).contains('.');
    if !known {
        return None;
    }
    let path = path(t, at + len);
    let mut said = host_said(t, at, len);
    let rest = t.text(at + len, path);
    for c in rest.split_inclusive(['/', '?', '&', '=', '#', '%']) {
        let name = c.trim_end_matches(['/', '?', '&', '=', '#', '%']);
        if !name.is_empty() {
            said = format!("{said} {}", parts_said(t, name));
        }
        let sign = match c.chars().last() {
            Some('/') => "gạch chéo",
            Some('?') => "dấu hỏi",
            Some('&') => "dấu và",
            Some('=') => "bằng",
            Some('#') => "dấu thăng",
            Some('%') => "phần trăm",
            _ => continue,
        };
        said = format!("{said} {sign}");
    }
    let said = said.trim_end_matches(" gạch chéo").to_owned();
    Hit::both(scheme + len + path, said)
}

/// Length of the name of a host at this place: parts between dots, the last one known.
fn host(t: Line<'_>, i: usize) -> Option<usize> {
    // A host's name has 253 characters at most (RFC 1035).
    let mut len = t.run_within(i, 254, |c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'));
    if len > 253 {
        return None;
    }
    loop {
        let name = t.text(i, len);
        let whole = name.trim_end_matches(['.', '-']);
        let last = whole.rsplit('.').next()?;
        let parts = whole.split('.').all(|p| !p.is_empty() && !p.starts_with('-') && !p.ends_with('-'));
        // `TP.HCM` and `Q.1` are no addresses.
        let small =
            !whole.chars().next()?.is_ascii_uppercase() || whole.chars().any(|c| c.is_ascii_lowercase());
        if parts && small && ENDS.contains(&last.to_ascii_lowercase().as_str()) && t.ends(i + whole.len()) {
            return Some(whole.len());
        }
        if whole.len() == len || whole.is_empty() {
            return None;
        }
        len = whole.len();
    }
}

/// Length of what follows a host: from `/` or `?` to the end of the address, without a sentence's mark.
fn path(t: Line<'_>, i: usize) -> usize {
    if !matches!(t.at(i), '/' | '?' | '#') {
        return 0;
    }
    let len = t.run(i, |c| {
        c.is_ascii_alphanumeric()
            || matches!(c, '/' | '?' | '&' | '=' | '#' | '%' | '.' | '-' | '_' | '~' | '+')
    });
    t.text(i, len).trim_end_matches(['.', '?', '-']).len()
}

fn host_said(t: Line<'_>, i: usize, len: usize) -> String {
    let labels: Vec<String> = t.text(i, len).split('.').map(|p| part(t, p)).collect();
    labels.join(" chấm ")
}

/// A name with dots, hyphens and the like in it.
fn parts_said(t: Line<'_>, s: &str) -> String {
    let mut out: Vec<String> = vec![];
    let mut rest = s;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        if end > 0 {
            out.push(part(t, &rest[..end]));
            rest = &rest[end..];
        } else {
            out.push(number::spelled(&rest[..1]));
            rest = &rest[1..];
        }
    }
    out.join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// One part: by the dictionary, else by its letters.
fn part(t: Line<'_>, s: &str) -> String {
    match t.lexicon.address(s) {
        Some(said) => said.to_owned(),
        None if s.contains('-') => parts_said(t, s),
        None => number::spelled(s),
    }
}

/// `#TenMien`: "thẻ", then its words; a word that the dictionary has not is said as it is written.
fn hashtag(t: Line<'_>, i: usize) -> Option<Hit> {
    let len = t.run(i + 1, |c| c.is_alphanumeric() || c == '_');
    if len == 0 || !t.at(i + 1).is_alphabetic() {
        return None;
    }
    let whole = t.text(i + 1, len);
    if let Some(said) = t.lexicon.address(&whole) {
        return Hit::both(len + 1, format!("thẻ {said}"));
    }
    let mut words: Vec<String> = vec![];
    let mut last = '_';
    for c in whole.chars() {
        let small_then_big = c.is_uppercase() && !last.is_uppercase();
        let digit = c.is_ascii_digit() != last.is_ascii_digit();
        if words.is_empty() || small_then_big || digit || last == '_' {
            words.push(String::new());
        }
        if let Some(w) = words.last_mut().filter(|_| c != '_') {
            w.push(c);
        }
        last = c;
    }
    let said: Vec<String> = words
        .iter()
        .filter(|w| !w.is_empty())
        .map(|w| match t.lexicon.address(w) {
            Some(said) => said.to_owned(),
            None if w.chars().any(|c| !super::text::latin(c)) => number::spelled(w),
            None if super::words::sayable(w) && !super::words::capitals(w) => w.clone(),
            None => number::spelled(w),
        })
        .collect();
    Hit::both(len + 1, format!("thẻ {}", said.join(" ")))
}
