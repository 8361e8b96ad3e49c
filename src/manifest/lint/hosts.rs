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
const GUARDED: [&str; 5] =
    ["vnnic.vn", "tenmien.vn", "hiendienonline.tenmien.vn", "chinhphu.vn", "haiphong.gov.vn"];
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
    /// `vnnic-vn.com`, `vnnic.com`.
    Ending,
    /// Letters of other scripts.
    Letters,
}

/// The official addresses of a workspace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Official {
    allowed: BTreeSet<String>,
    guarded: BTreeSet<String>,
}

/// The host of an address, lower case; `None` if it has none. The second is true if a name stands before an `@`.
pub fn host(address: &str) -> Option<(String, bool)> {
    let rest = match address.split_once("://") {
        Some((s, r)) if s.eq_ignore_ascii_case("http") || s.eq_ignore_ascii_case("https") => {
            r.trim_start_matches(['/', '\\']) // as browsers read it
        }
        Some(_) => return None,
        None if super::piece::host_like(address.split(['/', '?', '#']).next()?) => address,
        None => return None,
    };
    let authority = rest.split(['/', '?', '#', '\\']).next()?;
    let (user, host) = authority.rsplit_once('@').map_or((false, authority), |(_, h)| (true, h));
    let host = host.split(':').next()?.trim_end_matches('.').to_lowercase();
    let host = host.strip_prefix("www.").unwrap_or(&host).to_owned();
    (!host.is_empty()).then_some((host, user))
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

impl Official {
    /// The built-in addresses and those of the workspace: `guarded` ones also have their look-alikes refused.
    pub fn new<'a>(
        allowed: impl IntoIterator<Item = &'a str>,
        guarded: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let hosts = |list: Vec<&str>| -> BTreeSet<String> {
            list.into_iter()
                .filter_map(|a| {
                    host(if a.contains("://") { a } else { a.rsplit_once('@').map_or(a, |(_, d)| d) })
                })
                .map(|h| h.0)
                .collect()
        };
        let own = hosts(guarded.into_iter().collect());
        let mut out = Official {
            allowed: OFFICIAL.iter().map(|s| (*s).to_owned()).collect(),
            guarded: GUARDED.iter().map(|s| (*s).to_owned()).chain(own.iter().cloned()).collect(),
        };
        out.allowed.extend(hosts(allowed.into_iter().collect()));
        out.allowed.extend(own);
        out
    }

    fn knows(&self, host: &str) -> bool {
        self.allowed
            .iter()
            .any(|a| host == a || host.strip_suffix(a.as_str()).is_some_and(|h| h.ends_with('.')))
    }

    /// What an address is.
    pub fn kind(&self, address: &str) -> Kind {
        let Some((host, user)) = host(address) else { return Kind::Fine };
        let plain: String = host.split('.').map(readable).collect::<Vec<_>>().join(".");
        let imitated = |p: &&String| {
            let before = address.split_once("://").map_or(address, |(_, r)| r);
            before.starts_with(p.as_str())
        };
        if user && !self.knows(&host) {
            return match self.guarded.iter().chain(&self.allowed).find(imitated) {
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
        for p in self.guarded.iter().chain(&self.allowed) {
            let within = format!(".{host}.");
            if p.contains('.') && p != "gov.vn" && within.contains(&format!(".{p}.")) {
                return Kind::LooksLike(p.clone(), Trick::Subdomain);
            }
        }
        if let Some(p) = plain.split('.').find_map(mixed) {
            return Kind::LooksLike(p, Trick::Letters);
        }
        let Some((name, end)) = registered(&plain) else { return Kind::Unknown };
        // Only institutions may register there; what is not listed is unknown, and no imitation.
        if end == "edu.vn" {
            return Kind::Unknown;
        }
        // The shortest: `tenmien.vn` rather than a site below it.
        let mut guarded: Vec<&String> = self.guarded.iter().collect();
        guarded.sort_by_key(|g| g.len());
        for p in guarded {
            let Some((own, _)) = registered(p) else { continue };
            if let Some(trick) = resembles(name, own) {
                let trick = if plain != host { Trick::Letters } else { trick };
                return Kind::LooksLike(p.clone(), trick);
            }
        }
        Kind::Unknown
    }
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
    let folded = shape(name);
    let far = if n >= 10 { 2 } else { 1 };
    let near = strsim::damerau_levenshtein(&folded, &shape(own)) <= far;
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
        Official::new(
            ["https://baolaocai.vn/bai", "minh@thuvien.example"],
            ["https://loa.sovhttdl.example", "https://sovhttdl.example"],
        )
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
            ("tenmein.vn", "tenmien.vn", Trick::Spelling),
            ("tenrnien.vn", "tenmien.vn", Trick::Spelling),
            ("https://tenmien-vn.com", "tenmien.vn", Trick::Ending),
            ("https://vnnic.com", "vnnic.vn", Trick::Ending),
            ("https://vnnic-uudai.com.vn", "vnnic.vn", Trick::Ending),
            ("https://sovhtdl.example", "sovhttdl.example", Trick::Spelling),
            // "vnnіc" with the Ukrainian і, as it is and in punycode.
            ("https://vnnіc.vn", "vnnіc", Trick::Letters),
            ("https://xn--vnnc-n9d.vn", "vnnіc", Trick::Letters),
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
