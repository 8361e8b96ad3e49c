//! Addresses: which are official, and which only look so.

use std::collections::BTreeSet;

/// Official addresses of the programme and of the State (`domain.md` §1.3); below `gov.vn` only agencies may register.
const OFFICIAL: [&str; 9] = [
    "vnnic.vn",
    "tenmien.vn",
    "hiendienonline.tenmien.vn",
    "academy.vnnic.vn",
    "gov.vn",
    "haiphong.gov.vn",
    "chinhphu.vn",
    "thanhphohaiphong.gov.vn",
    "vhntdlhaiphong.edu.vn",
];
/// Names that a swindler would imitate.
const GUARDED: [&str; 7] = [
    "vnnic.vn",
    "tenmien.vn",
    "hiendienonline.tenmien.vn",
    "chinhphu.vn",
    "haiphong.gov.vn",
    "dichvucong.gov.vn",
    STATE,
];
/// Only agencies of the State may register below it.
const STATE: &str = "gov.vn";
/// Second levels under `.vn` that anybody may register below.
const SECOND: [&str; 18] = [
    "com", "net", "org", "edu", "gov", "biz", "id", "io", "ai", "name", "info", "pro", "health", "ac", "int",
    "co", "web", "mil",
];
/// Services that hide where a link leads.
const SHORT: [&str; 12] = [
    "bit.ly",
    "tinyurl.com",
    "goo.gl",
    "t.co",
    "is.gd",
    "cutt.ly",
    "s.id",
    "shorturl.at",
    "rb.gy",
    "ow.ly",
    "by.com.vn",
    "l.ead.me",
];

/// What an address is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Official, or none that leads anywhere (`mailto:`, `kit:`).
    Fine,
    /// Known to nobody here.
    Unknown,
    /// Hides where it leads.
    Short,
    /// Made to look like an official one; which, and how.
    LooksLike(String, Trick),
}

/// How an address deceives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trick {
    /// `vnnic.vn.evil.com`.
    Subdomain,
    /// `https://vnnic.vn@evil.com`.
    User,
    /// `vnmic.vn`, `vnn1c.vn`.
    Spelling,
    /// `vnnic-uudai.com`, `vnnic.com`.
    Ending,
    /// `vnnic-vn.com`, `haiphonggov.vn`: its dots left out or others put in.
    Joined,
    /// Letters of other scripts.
    Letters,
}

/// The official addresses of a workspace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Official {
    /// Beyond doubt: the program's own and the office's.
    trusted: BTreeSet<String>,
    /// Named by a register, and no imitation of another.
    allowed: BTreeSet<String>,
    guarded: BTreeSet<String>,
}

/// Addresses that a workspace names.
#[derive(Clone, Copy, Debug, Default)]
pub struct Named<'a> {
    /// The office's own.
    pub own: &'a [String],
    /// Of the units in the register.
    pub units: &'a [String],
    /// Where the media kit's files are published: guarded like the office's own, unless they imitate.
    pub kit: &'a [String],
    /// Sources of facts.
    pub sources: &'a [String],
}

/// The host of an address as browsers read it (WHATWG: escapes decoded, `\` is `/`, other dots are dots, `xn--…` for other
/// alphabets), without `www.`; `None` if it has none. The second is true if a name stands before an `@`.
pub fn host(address: &str) -> Option<(String, bool)> {
    let address = address.trim();
    let whole = match address.split_once("://") {
        Some((s, _)) if s.eq_ignore_ascii_case("http") || s.eq_ignore_ascii_case("https") => {
            address.to_owned()
        }
        Some(_) => return None,
        None if super::piece::host_like(address.split(['/', '?', '#', ':']).next()?) => {
            format!("https://{address}")
        }
        None => return None,
    };
    let (host, user) = match url::Url::parse(&whole) {
        Ok(u) => (u.host_str()?.to_owned(), !u.username().is_empty() || u.password().is_some()),
        // No browser opens it; a reader may still read it.
        Err(_) => {
            let rest = whole.split_once("://")?.1.trim_start_matches(['/', '\\']);
            let authority = rest.split(['/', '?', '#', '\\']).next()?;
            let (user, host) = authority.rsplit_once('@').map_or((false, authority), |(_, h)| (true, h));
            (host.split(':').next()?.to_lowercase(), user)
        }
    };
    let host = host.trim_end_matches('.');
    let host = host.strip_prefix("www.").unwrap_or(host).to_owned();
    (!host.is_empty()).then_some((host, user))
}

/// The domains of the mail boxes that a `mailto:` or a mail address names.
pub fn mail_domains(address: &str) -> Option<Vec<String>> {
    let address = address.trim();
    let list = match address.get(..7) {
        Some(s) if s.eq_ignore_ascii_case("mailto:") => &address[7..],
        Some(_) | None if !address.contains("://") && address.contains('@') => address,
        Some(_) | None => return None,
    };
    let list = list.replace("%40", "@").replace("%2C", ",").replace("%2c", ",");
    let boxes = list.split([',', ';', '?', '&', '=', ' ']);
    Some(boxes.filter_map(|b| host(&format!("https://{}", b.rsplit_once('@')?.1))).map(|h| h.0).collect())
}

/// Label and ending of what somebody registered: `vnnic` + `vn`, `a` + `com.vn`. `None` for a bare ending.
fn registered(host: &str) -> Option<(&str, &str)> {
    let mut labels = host.rsplit('.');
    let (last, second) = (labels.next()?, labels.next()?);
    let two = last == "vn" && SECOND.contains(&second);
    let name = if two { labels.next()? } else { second };
    let at = host.len() - last.len() - 1 - if two { second.len() + 1 } else { 0 };
    Some((name, &host[at + 1..]))
}

/// True if a host is one of these or stands below it.
fn below(host: &str, of: &str) -> bool {
    host == of || host.strip_suffix(of).is_some_and(|h| h.ends_with('.'))
}

impl Official {
    /// The built-in addresses and those of the workspace. No register makes an imitation official: each address is judged before
    /// it is let in. The names of units are many and alike, so that only deceits of form count among them.
    pub fn new(named: Named<'_>) -> Self {
        let hosts = |list: &[String]| -> Vec<String> {
            let one = |a: &String| match mail_domains(a) {
                Some(domains) => domains,
                None => host(a).into_iter().map(|h| h.0).collect(),
            };
            list.iter().flat_map(one).collect()
        };
        let own = hosts(named.own);
        let mut out = Official {
            trusted: OFFICIAL.iter().map(|s| (*s).to_owned()).chain(own.iter().cloned()).collect(),
            guarded: GUARDED.iter().map(|s| (*s).to_owned()).chain(own).collect(),
            allowed: BTreeSet::new(),
        };
        for h in hosts(named.kit) {
            if out.trusts(&h) || out.imitates(&h).is_none() {
                out.guarded.insert(h.clone());
                out.allowed.insert(h);
            }
        }
        for h in hosts(named.units) {
            if !matches!(out.imitates(&h), Some((_, t)) if !matches!(t, Trick::Spelling | Trick::Ending)) {
                out.allowed.insert(h);
            }
        }
        for h in hosts(named.sources) {
            if out.knows(&h) || out.imitates(&h).is_none() {
                out.allowed.insert(h);
            }
        }
        out
    }

    fn trusts(&self, host: &str) -> bool {
        // Letters of other alphabets are judged wherever they stand: agencies of the State use none.
        let plain = !host.split('.').any(|label| label.starts_with("xn--") || !label.is_ascii());
        self.trusted.iter().any(|a| host == a || plain && below(host, a))
    }

    /// True for a host of the State, of the programme, or of a register.
    pub fn knows(&self, host: &str) -> bool {
        self.trusts(host) || self.allowed.iter().any(|a| below(host, a))
    }

    /// What an address is.
    pub fn kind(&self, address: &str) -> Kind {
        if let Some(domains) = mail_domains(address) {
            let like = domains.iter().filter(|d| !self.knows(d)).find_map(|d| self.imitates(d));
            return like.map_or(Kind::Fine, |(p, trick)| Kind::LooksLike(p, trick));
        }
        let Some((host, user)) = host(address) else { return Kind::Fine };
        let imitated = |p: &&String| {
            let before = address.split_once("://").map_or(address, |(_, r)| r);
            before.trim_start_matches(['/', '\\']).starts_with(p.as_str())
        };
        if user && !self.knows(&host) {
            return match self.guarded.iter().chain(&self.trusted).chain(&self.allowed).find(imitated) {
                Some(p) => Kind::LooksLike(p.clone(), Trick::User),
                None => Kind::LooksLike(host, Trick::User),
            };
        }
        if self.knows(&host) || registered(&host).is_none() && !address.contains("://") {
            return Kind::Fine;
        }
        if SHORT.contains(&host.as_str()) {
            return Kind::Short;
        }
        self.imitates(&host).map_or(Kind::Unknown, |(p, trick)| Kind::LooksLike(p, trick))
    }

    /// Which official address a host is made to look like, and how; for one that is not official itself.
    fn imitates(&self, host: &str) -> Option<(String, Trick)> {
        let plain: String = host.split('.').map(readable).collect::<Vec<_>>().join(".");
        let within = format!(".{host}.");
        let stands_in =
            |p: &&String| p.contains('.') && !below(host, p) && within.contains(&format!(".{p}."));
        // The longest says most.
        let whole = self.guarded.iter().chain(&self.trusted).chain(&self.allowed).filter(stands_in);
        if let Some(p) = whole.max_by_key(|p| p.len()) {
            return Some((p.clone(), Trick::Subdomain));
        }
        if let Some(p) = plain.split('.').find_map(mixed) {
            return Some((p, Trick::Letters));
        }
        if let Some(p) = self.guarded.iter().find(|p| other_country(&plain, p)) {
            return Some((p.clone(), Trick::Ending));
        }
        let (name, end) = registered(&plain)?;
        // Only institutions may register there; what is not listed is unknown, and no imitation.
        if end == "edu.vn" {
            return None;
        }
        if let Some(p) =
            self.guarded.iter().filter(|p| joined(&plain, p) && !below(&plain, p)).max_by_key(|p| p.len())
        {
            return Some((p.clone(), Trick::Joined));
        }
        if !below(&plain, STATE) && like_the_state(&plain, name, end) {
            return Some((STATE.to_owned(), Trick::Joined));
        }
        // The shortest: `tenmien.vn` rather than a site below it.
        let mut guarded: Vec<&String> = self.guarded.iter().collect();
        guarded.sort_by_key(|g| g.len());
        for p in guarded {
            for own in own_names(p) {
                if let Some(trick) = resembles(name, own) {
                    return Some((p.clone(), if plain != host { Trick::Letters } else { trick }));
                }
            }
        }
        None
    }
}

/// `haiphong.gov.vm`: the name of an agency in another country, or in one that there is not.
fn other_country(host: &str, p: &str) -> bool {
    let swapped =
        host.rsplit_once('.').filter(|(_, end)| end.len() == 2).map(|(rest, _)| format!("{rest}.vn"));
    p != STATE && below(p, STATE) && swapped.is_some_and(|s| !below(host, p) && below(&s, p))
}

/// What is a guarded address's own: the label that somebody registered, and a long one below it (`hiendienonline.tenmien.vn`).
fn own_names(p: &str) -> impl Iterator<Item = &str> {
    let own = registered(p).map(|(name, _)| name);
    let first = p.split('.').next().filter(|f| f.len() >= 8 && own.is_some_and(|o| o != *f));
    own.into_iter().chain(first)
}

/// True if a host has an official address in it with other signs between its parts, or none: `vnnic-vn.example.com`,
/// `haiphonggov.vn`, `haiphong.gov-vn.com`. It must begin where a part begins, and end where one ends or within the same part:
/// `vnnic.vnexpress.net` is none.
fn joined(host: &str, p: &str) -> bool {
    let parts: Vec<&str> = host.split(['.', '-', '_']).collect();
    let p: String = p.chars().filter(|c| !matches!(c, '.' | '-' | '_')).collect();
    (0..parts.len()).any(|from| {
        let mut so_far = String::new();
        parts[from].starts_with(&p)
            || parts[from..].iter().any(|part| {
                so_far.push_str(part);
                so_far == p
            })
    })
}

/// True for a host that poses as one of `gov.vn`: a part `gov`, a name that ends so, or one that looks so (`qov.vn`).
/// Other governments have theirs (`gov.uk`, `usa.gov`).
fn like_the_state(host: &str, name: &str, end: &str) -> bool {
    let labels: Vec<&str> = host.split('.').collect();
    let foreign = labels.last() == Some(&"gov")
        || labels.len() >= 2
            && labels[labels.len() - 2] == "gov"
            && labels.last().is_some_and(|l| l.len() == 2 && *l != "vn");
    let looks: String = shape(name)
        .chars()
        .map(|c| match c {
            'q' | '9' => 'g',
            'u' | 'w' => 'v',
            c => c,
        })
        .collect();
    let near = labels.len() > 2 && name.len() == 3 && strsim::damerau_levenshtein(name, "gov") <= 1;
    let known = GUARDED.iter().any(|g| labels.first() == g.split('.').next().as_ref());
    !foreign
        && (labels.iter().any(|l| l.split(['-', '_']).any(|part| part == "gov"))
            || end.ends_with("vn") && (name.ends_with("gov") || looks == "gov" || near && known))
}

/// How a name resembles another.
fn resembles(name: &str, own: &str) -> Option<Trick> {
    let n = own.chars().count();
    if n < 5 {
        return None; // short names resemble everything
    }
    if name == own || name.split('-').any(|part| part == own) {
        return Some(Trick::Ending);
    }
    let far = if n >= 10 { 2 } else { 1 };
    let distance = strsim::damerau_levenshtein;
    // As it is written, and as it looks.
    let near = distance(name, own).min(distance(&shape(name), &shape(own))) <= far;
    near.then_some(Trick::Spelling)
}

/// Signs that look alike, as one.
fn shape(s: &str) -> String {
    let folded = crate::domain::text::fold(s).replace("rn", "m").replace("vv", "w");
    folded
        .chars()
        .map(|c| match c {
            '0' | 'о' | 'ο' => 'o',
            '1' | 'і' | 'ı' | 'ι' => 'i',
            '3' | 'е' | 'ё' => 'e',
            'а' | 'α' => 'a',
            'с' => 'c',
            'р' | 'ρ' => 'p',
            'ѕ' => 's',
            'ν' | 'ѵ' => 'v',
            'п' => 'n',
            c => c,
        })
        .collect()
}

/// The label itself if it mixes scripts.
fn mixed(label: &str) -> Option<String> {
    let latin = |c: char| {
        c.is_ascii_alphabetic()
            || ('\u{c0}'..='\u{24f}').contains(&c)
            || ('\u{1e00}'..='\u{1eff}').contains(&c)
    };
    let letters: Vec<char> = label.chars().filter(|c| c.is_alphabetic()).collect();
    (letters.iter().any(|c| latin(*c)) && letters.iter().any(|c| !latin(*c))).then(|| label.to_owned())
}

/// A label as a reader sees it: `xn--…` decoded (RFC 3492), anything else as it is.
fn readable(label: &str) -> String {
    label.strip_prefix("xn--").and_then(decode).unwrap_or_else(|| label.to_owned())
}

/// Punycode.
fn decode(s: &str) -> Option<String> {
    const BASE: u32 = 36;
    let (head, tail) = s.rsplit_once('-').unwrap_or(("", s));
    let mut out: Vec<char> = head.chars().collect();
    let (mut n, mut i, mut bias, mut first) = (128u32, 0u32, 72u32, true);
    let mut rest = tail.bytes();
    while rest.len() > 0 {
        let (old, mut weight, mut k) = (i, 1u32, BASE);
        loop {
            let digit = match rest.next()? {
                b @ b'a'..=b'z' => u32::from(b - b'a'),
                b @ b'0'..=b'9' => u32::from(b - b'0') + 26,
                _ => return None,
            };
            i = i.checked_add(digit.checked_mul(weight)?)?;
            let t = k.saturating_sub(bias).clamp(1, 26);
            if digit < t {
                break;
            }
            weight = weight.checked_mul(BASE - t)?;
            k += BASE;
        }
        let len = u32::try_from(out.len()).ok()? + 1;
        let mut delta = if std::mem::take(&mut first) { (i - old) / 700 } else { (i - old) / 2 };
        delta += delta / len;
        let mut k = 0;
        while delta > 455 {
            delta /= BASE - 1;
            k += BASE;
        }
        bias = k + 36 * delta / (delta + 38);
        n = n.checked_add(i / len)?;
        i %= len;
        out.insert(i as usize, char::from_u32(n)?);
        i += 1;
    }
    Some(out.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn office() -> Official {
        let list = |a: &[&str]| a.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
        Official::new(Named {
            own: &list(&["https://loa.sovhttdl.example", "https://sovhttdl.example"]),
            units: &list(&[
                "minh@thuvien.example",
                "https://dulich-haiphong.vn",
                "https://haiphong.gov.vn.xa.top",
            ]),
            kit: &list(&["https://tenmien.vn.kit.top/a.png", "https://anh.kit-chung.example/b.png"]),
            sources: &list(&[
                "https://baolaocai.vn/bai",
                "https://tenmien.vn.lua-dao.com/a",
                "https://vnnic.com",
                "https://xa.thuvien.example",
            ]),
        })
    }

    #[test]
    fn official_addresses_are_fine() {
        for a in [
            "https://hiendienonline.tenmien.vn/tai-lieu",
            "vnnic.vn/nhadangky",
            "https://www.haiphong.gov.vn",
            "https://abc.gov.vn:8443/x?y",
            "https://baolaocai.vn",
            "https://sub.thuvien.example",
            "https://dulich-haiphong.vn/tin",
            "https://anh.kit-chung.example",
            "mailto:a@haiphong.gov.vn",
            "a@thuvien.example",
            "HTTPS://VNNIC.VN/",
            "mailto:a@evil.com",
            "kit:poster",
            "id.vn",
            ".vn",
        ] {
            assert_eq!(office().kind(a), Kind::Fine, "{a}");
        }
    }

    #[test]
    fn what_looks_official_is_told() {
        for (a, like, trick) in [
            ("https://vnnic.vn.evil.com/x", "vnnic.vn", Trick::Subdomain),
            ("https://a.sovhttdl.example.xyz", "sovhttdl.example", Trick::Subdomain),
            ("https://vnnic.vn@evil.com", "vnnic.vn", Trick::User),
            ("http://vnmic.vn", "vnnic.vn", Trick::Spelling),
            ("vnn1c.vn", "vnnic.vn", Trick::Spelling),
            ("https://hiendienonlime.tenmien.vn.top", "tenmien.vn", Trick::Subdomain),
            // Whatever a register says of them.
            ("https://tenmien.vn.lua-dao.com/a", "tenmien.vn", Trick::Subdomain),
            ("https://haiphong.gov.vn.xa.top", "haiphong.gov.vn", Trick::Subdomain),
            ("https://tenmien.vn.kit.top", "tenmien.vn", Trick::Subdomain),
            // As browsers read them.
            ("https://vnnic.vn%2eevil.com", "vnnic.vn", Trick::Subdomain),
            ("https://vnnic.vn\u{3002}evil.com", "vnnic.vn", Trick::Subdomain),
            ("https://vnnic.vn\t.evil.com", "vnnic.vn", Trick::Subdomain),
            ("https://ｖｎｎｉｃ.vn.evil.com", "vnnic.vn", Trick::Subdomain),
            // Of the State, and of mail boxes.
            ("https://dichvucong.gov.vn.vn-dvc.com", "dichvucong.gov.vn", Trick::Subdomain),
            ("https://sotuphap.gov.vn.vn-dvc.com", "gov.vn", Trick::Subdomain),
            ("dichvucong-gov.vn", "dichvucong.gov.vn", Trick::Joined),
            ("sotuphap-gov.vn", "gov.vn", Trick::Joined),
            ("https://haiphong.gov-vn.com", "haiphong.gov.vn", Trick::Joined),
            ("https://haiphonggov.vn", "haiphong.gov.vn", Trick::Joined),
            ("https://sotuphapgov.vn", "gov.vn", Trick::Joined),
            ("https://dichvucong.qov.vn", "gov.vn", Trick::Joined),
            ("https://haiphong.gob.vn", "gov.vn", Trick::Joined),
            ("https://gov.tin-la.com", "gov.vn", Trick::Joined),
            ("https://dichvucong.me", "dichvucong.gov.vn", Trick::Ending),
            ("https://hiendienonline.com", "hiendienonline.tenmien.vn", Trick::Ending),
            ("https://vnnic-vn.example.com", "vnnic.vn", Trick::Joined),
            ("https://vnnic.vn-nhadangky.com", "vnnic.vn", Trick::Joined),
            ("https://tenmien.vn-uudai.com/", "tenmien.vn", Trick::Joined),
            ("https://tenmienvn.com", "tenmien.vn", Trick::Joined),
            ("truyenthong@haiphong.gov.vn.evil.com", "haiphong.gov.vn", Trick::Subdomain),
            ("a@haiphong-gov.vn", "haiphong.gov.vn", Trick::Joined),
            ("mailto:a@b.com,c@vnnic.vn.evil.com?subject=x", "vnnic.vn", Trick::Subdomain),
            ("MAILTO:a%40haiphong-gov.vn", "haiphong.gov.vn", Trick::Joined),
            ("tenmein.vn", "tenmien.vn", Trick::Spelling),
            ("tenrnien.vn", "tenmien.vn", Trick::Spelling),
            ("https://tenmien-vn.com", "tenmien.vn", Trick::Joined),
            ("https://vnnic.com", "vnnic.vn", Trick::Ending),
            ("https://vnnic-uudai.com.vn", "vnnic.vn", Trick::Ending),
            ("https://sovhtdl.example", "sovhttdl.example", Trick::Spelling),
            // "vnnіc" with the Ukrainian і, as it is and in punycode.
            ("https://vnnіc.vn", "vnnіc", Trick::Letters),
            ("https://xn--vnnc-n9d.vn", "vnnіc", Trick::Letters),
            ("https://hаiphong.gov.vn", "hаiphong", Trick::Letters),
            ("https://haıphong.gov.vn", "haiphong.gov.vn", Trick::Letters),
            ("https://hảiphong.gov.vn/x", "haiphong.gov.vn", Trick::Letters),
            ("lienhe@hаiphong.gov.vn", "hаiphong", Trick::Letters),
            ("https://vvnic.vn", "vnnic.vn", Trick::Spelling),
            ("https://haiphong.gov.vm", "haiphong.gov.vn", Trick::Ending),
            ("lienhe@so.haiphong.gov.vm", "haiphong.gov.vn", Trick::Ending),
        ] {
            assert_eq!(office().kind(a), Kind::LooksLike(like.into(), trick), "{a}");
        }
    }

    #[test]
    fn strangers_are_unknown_and_no_more() {
        for a in [
            "https://dantri.com.vn/a",
            "https://example.org",
            // As browsers read them.
            "https:///evil.com/x",
            "https://evil%2ecom/x",
            // Institutions alone may register there.
            "https://haiphong.edu.vn",
            "http://103.1.2.3/x",
            "https://xn--inbin-ksa2y768s.vn",
            "https://vnnic.vnexpress.net",
            "https://tenmien.vnu.example.org",
            "https://www.gov.uk/a",
            "https://usa.gov",
            "https://data.gov.sg",
            "https://muatenmien.vn",
            "https://gos.vn",
            "https://baohaiphong.vn",
            "https://gove.vn",
        ] {
            assert_eq!(office().kind(a), Kind::Unknown, "{a}");
        }
        assert_eq!(office().kind("https://bit.ly/abc"), Kind::Short);
    }

    #[test]
    fn punycode_is_read() {
        assert_eq!(decode("bcher-kva").as_deref(), Some("bücher"));
        assert_eq!(decode("mnchen-3ya").as_deref(), Some("münchen"));
        assert_eq!(decode("99999999999"), None);
    }

    proptest::proptest! {
        #[test]
        fn any_address_is_judged(a in "(https?://)?([a-zế0-9.@:/-]|xn--){0,40}") {
            let _ = office().kind(&a);
        }
    }
}
