//! Reads an account's own table for the kinds that speak HTTP, and says which key is wrong.
//!
//! A key nobody knows is refused, since a misspelt limit would otherwise be no limit. It never repeats a value in what it
//! says: any value may be a secret in the wrong place.

use std::time::Duration;

use reqwest::Url;
use secrecy::SecretString;
use serde_json::{Map, Value};

use crate::transport::BadSetting;

/// The longest `timeout` an account may set, in seconds. A send must end before the lease on its row does (120 s), with room to
/// write down what came of it.
pub const LONGEST_SEND: u64 = 100;

/// The keys of a kind: name, required, what it is.
pub type Keys = &'static [(&'static str, bool, &'static str)];

/// An account's table, its key names already checked.
pub struct Reader<'a> {
    table: &'a Map<String, Value>,
}

fn bad(key: &str, says: impl Into<String>) -> BadSetting {
    BadSetting { key: key.to_owned(), says: says.into() }
}

impl<'a> Reader<'a> {
    /// Checks that every key is known and every required key there.
    ///
    /// # Errors
    /// The first key that is unknown or missing.
    pub fn new(settings: &'a Value, keys: Keys) -> Result<Self, BadSetting> {
        let table =
            settings.as_object().ok_or_else(|| bad("", "the account's settings are not a table of keys"))?;
        for key in table.keys() {
            if !keys.iter().any(|k| k.0 == key) {
                let known: Vec<&str> = keys.iter().map(|k| k.0).collect();
                let near = known.iter().copied().find(|k| strsim::damerau_levenshtein(k, key) <= 2);
                let hint = near.map(|k| format!(" (did you mean {k}?)")).unwrap_or_default();
                return Err(bad(key, format!("unknown key{hint}; this kind knows {}", known.join(", "))));
            }
        }
        for (key, required, what) in keys {
            if *required && table.get(*key).is_none_or(Value::is_null) {
                return Err(bad(key, format!("missing; it is {what}")));
            }
        }
        Ok(Self { table })
    }
    fn get(&self, key: &str) -> Option<&'a Value> {
        self.table.get(key).filter(|v| !v.is_null())
    }
    /// A text; `None` if absent.
    ///
    /// # Errors
    /// Not a text, empty, or with control characters.
    pub fn text(&self, key: &str) -> Result<Option<&'a str>, BadSetting> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let text =
            value.as_str().ok_or_else(|| bad(key, "must be a text; put it in quotation marks"))?.trim();
        if text.is_empty() || text.chars().any(char::is_control) {
            return Err(bad(key, "is empty or holds a control character"));
        }
        Ok(Some(text))
    }
    /// A text that must be there.
    ///
    /// # Errors
    /// Missing, or as [`Reader::text`].
    pub fn need(&self, key: &str) -> Result<&'a str, BadSetting> {
        self.text(key)?.ok_or_else(|| bad(key, "missing"))
    }
    /// A secret that must be there.
    ///
    /// # Errors
    /// As [`Reader::need`].
    pub fn secret(&self, key: &str) -> Result<SecretString, BadSetting> {
        Ok(SecretString::from(self.need(key)?))
    }
    /// A switch, `default` if absent.
    ///
    /// # Errors
    /// Neither true nor false.
    pub fn switch(&self, key: &str, default: bool) -> Result<bool, BadSetting> {
        match self.get(key) {
            None => Ok(default),
            Some(v) => v.as_bool().ok_or_else(|| bad(key, "must be true or false")),
        }
    }
    /// A number of seconds within `range`, `default` if absent.
    ///
    /// # Errors
    /// Not a whole number, or outside the range.
    pub fn seconds(
        &self,
        key: &str,
        default: u64,
        range: std::ops::RangeInclusive<u64>,
    ) -> Result<Duration, BadSetting> {
        let says = || bad(key, format!("must be whole seconds from {} to {}", range.start(), range.end()));
        let n = match self.get(key) {
            None => default,
            // From the environment it arrives as its text.
            Some(v) => v.as_u64().or_else(|| v.as_str()?.trim().parse().ok()).ok_or_else(says)?,
        };
        if range.contains(&n) { Ok(Duration::from_secs(n)) } else { Err(says()) }
    }
    /// A base URL without trailing slash, query or fragment; http or https, no user in it. `default` if absent.
    ///
    /// # Errors
    /// Missing without a default, or not such a URL.
    pub fn base_url(&self, key: &str, default: Option<&str>) -> Result<Url, BadSetting> {
        let url = self.url(key, default)?;
        if url.query().is_some() {
            return Err(bad(key, "must have no query (?…)"));
        }
        Ok(url)
    }
    /// A URL, http or https, without user and fragment. `default` if absent.
    ///
    /// # Errors
    /// As [`Reader::base_url`], but a query is allowed.
    pub fn url(&self, key: &str, default: Option<&str>) -> Result<Url, BadSetting> {
        let text = self.text(key)?.or(default).ok_or_else(|| bad(key, "missing"))?;
        let url = Url::parse(text).map_err(|e| bad(key, format!("is not a URL: {e}")))?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
            return Err(bad(key, "must begin with https:// or http:// and name a host"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(bad(key, "must not hold a user or a password; they have keys of their own"));
        }
        if url.fragment().is_some() {
            return Err(bad(key, "must have no fragment (#…)"));
        }
        Ok(url)
    }
}

/// `base` with path segments added; `base` may have a path of its own, with or without a trailing slash.
pub(crate) fn join(base: &Url, segments: &[&str]) -> Url {
    let mut url = base.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(segments);
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const KEYS: Keys =
        &[("url", true, "where"), ("timeout", false, "seconds"), ("token", false, "the token")];

    #[test]
    fn a_wrong_key_is_named() {
        let v = json!({"url": "https://a.vn", "timeuot": 3});
        let e = Reader::new(&v, KEYS).err().unwrap();
        assert_eq!(e.key, "timeuot");
        assert!(e.says.contains("did you mean timeout"), "{e}");
        let v = json!({"timeout": 3});
        assert_eq!(Reader::new(&v, KEYS).err().unwrap().key, "url");
        assert!(Reader::new(&json!([]), KEYS).is_err());
    }

    #[test]
    fn values_are_checked_and_never_repeated() {
        for (table, key) in [
            (json!({"url": "ftp://a.vn/s3cret"}), "url"),
            (json!({"url": "https://u:s3cret@a.vn"}), "url"),
            (json!({"url": "https://a.vn?s3cret"}), "url"),
            (json!({"url": "s3cret"}), "url"),
        ] {
            let e = Reader::new(&table, KEYS).unwrap().base_url("url", None).unwrap_err();
            assert_eq!(e.key, key);
            assert!(!e.to_string().contains("s3cret"), "{e}");
        }
        let v = json!({"url": "https://a.vn/sub/", "timeout": 0, "token": 12345});
        let r = Reader::new(&v, KEYS).unwrap();
        assert!(r.seconds("timeout", 5, 1..=9).is_err() && r.secret("token").is_err());
        let text = json!({"url": "https://a.vn", "timeout": "7"});
        assert_eq!(
            Reader::new(&text, KEYS).unwrap().seconds("timeout", 5, 1..=9).unwrap(),
            Duration::from_secs(7)
        );
        let base = r.base_url("url", None).unwrap();
        assert_eq!(join(&base, &["wp-json", "wp"]).as_str(), "https://a.vn/sub/wp-json/wp");
    }
}
