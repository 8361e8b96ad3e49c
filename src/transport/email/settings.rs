//! The account table of kind `email`: read once, checked completely, no default that could leak a password.
//!
//! Never opens a connection and never reads a file: `ca_file` and `password_file` arrive here as text.

use std::net::IpAddr;
use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::extension::ClientId;
use serde_json::{Map, Value};

use crate::domain::id::{Origin, WireKey};
use crate::transport::BadSetting;

/// Keys of the account table.
pub(super) const KEYS: &[(&str, bool, &str)] = &[
    ("server", true, "host name or IP address of the mail server (submission)"),
    ("port", false, "port; 587 for starttls, 465 for tls, 25 for none"),
    ("security", false, "starttls (default), tls, or none (loopback only)"),
    ("allow_plaintext", false, "true: `security: none` may leave this machine; never with a password"),
    ("user", false, "login; together with password"),
    ("password", false, "password of the login; written as password_file"),
    ("ca", false, "certificate of an authority to trust besides the system's, PEM; written as ca_file"),
    ("hello_name", false, "name said in EHLO; this machine's name if absent"),
    ("from_name", false, "sender's name as people see it"),
    ("from_address", true, "sender's address"),
    ("reply_to", false, "address that answers go to"),
    ("envelope_from", false, "return path; `{key}` becomes the delivery's own key (bounce+{key}@host)"),
    ("message_id_domain", false, "right side of Message-ID; the domain of from_address if absent"),
    ("unsubscribe_mailto", false, "address that takes refusals by mail"),
    ("connections", false, "parallel connections, 1 to 100 (4)"),
    ("mails_per_connection", false, "mails before a connection is closed, 1 to 10000 (100)"),
    ("idle_seconds", false, "seconds an unused connection is kept, 1 to 240 (30)"),
    (
        "step_seconds",
        false,
        "seconds for one answer of the server before the mail is handed over, up to 20 (10)",
    ),
    ("answer_seconds", false, "seconds for handing over a mail and its final answer, up to 60 (40)"),
];

/// How the connection is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Security {
    /// Plain first, upgraded by STARTTLS before anything else is said (RFC 3207).
    StartTls,
    /// TLS from the first byte (RFC 8314 §3.3).
    Tls,
    /// No protection.
    None,
}

/// A checked account table.
pub(super) struct Settings {
    pub(super) server: String,
    pub(super) port: u16,
    pub(super) security: Security,
    /// True if a plain connection may leave this machine.
    pub(super) plaintext_may_leave: bool,
    pub(super) login: Option<Credentials>,
    /// Texts that must never be shown, should a server repeat them.
    pub(super) secrets: Vec<secrecy::SecretString>,
    pub(super) ca: Option<String>,
    pub(super) hello: ClientId,
    pub(super) from_name: Option<String>,
    pub(super) from: Address,
    pub(super) reply_to: Option<Address>,
    /// Return path, perhaps with `{key}`.
    pub(super) envelope_from: String,
    pub(super) message_id_domain: String,
    pub(super) unsubscribe_mailto: Option<Address>,
    pub(super) connections: usize,
    pub(super) mails_per_connection: u32,
    pub(super) idle: Duration,
    pub(super) step: Duration,
    pub(super) answer: Duration,
}

fn bad(key: &str, says: impl Into<String>) -> BadSetting {
    BadSetting { key: key.to_owned(), says: says.into() }
}

/// Reads values by key, with one sentence for each slip.
struct Table<'a>(&'a Map<String, Value>);

impl Table<'_> {
    fn text(&self, key: &str) -> Result<Option<String>, BadSetting> {
        match self.0.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(s)) if !s.trim().is_empty() => Ok(Some(s.trim().to_owned())),
            Some(_) => Err(bad(key, "must be text and not empty")),
        }
    }
    fn need(&self, key: &str) -> Result<String, BadSetting> {
        self.text(key)?.ok_or_else(|| bad(key, "is missing; an account of kind email needs it"))
    }
    fn flag(&self, key: &str) -> Result<bool, BadSetting> {
        match self.0.get(key) {
            None | Some(Value::Null) => Ok(false),
            Some(Value::Bool(b)) => Ok(*b),
            Some(_) => Err(bad(key, "must be true or false")),
        }
    }
    fn whole(&self, key: &str, default: u64, from: u64, to: u64) -> Result<u64, BadSetting> {
        match self.0.get(key) {
            None | Some(Value::Null) => Ok(default),
            Some(v) => v
                .as_u64()
                .filter(|n| (from..=to).contains(n))
                .ok_or_else(|| bad(key, format!("must be a whole number from {from} to {to}"))),
        }
    }
    fn seconds(&self, key: &str, default: f64, to: f64) -> Result<Duration, BadSetting> {
        let secs = match self.0.get(key) {
            None | Some(Value::Null) => default,
            Some(v) => v
                .as_f64()
                .filter(|s| *s >= 0.1 && *s <= to)
                .ok_or_else(|| bad(key, format!("must be a number of seconds from 0.1 to {to}")))?,
        };
        Ok(Duration::from_secs_f64(secs))
    }
    fn address(&self, key: &str) -> Result<Option<Address>, BadSetting> {
        self.text(key)?
            .map(|s| {
                super::compose::address(&s).map_err(|why| bad(key, format!("is not a mail address: {why}")))
            })
            .transpose()
    }
}

/// True for a name that can only mean this machine.
fn is_loopback(server: &str) -> bool {
    server.eq_ignore_ascii_case("localhost") || server.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// True for a host name or the text of an IP address: what may stand in EHLO, in a Message-ID and in a connect call.
fn is_host(s: &str) -> bool {
    !s.is_empty()
        && s.len() <= 253
        && (s.parse::<IpAddr>().is_ok()
            || s.split('.').all(|l| {
                (1..=63).contains(&l.len())
                    && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
            }))
}

impl Settings {
    /// Reads the table.
    ///
    /// # Errors
    /// The first setting that is wrong.
    pub(super) fn read(settings: &Value) -> Result<Self, BadSetting> {
        let none = Map::new();
        let map = match settings {
            Value::Object(map) => map,
            Value::Null => &none,
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                return Err(bad("email", "the account must be a table of keys and values"));
            }
        };
        if let Some(unknown) = map.keys().find(|k| !KEYS.iter().any(|(known, ..)| known == k)) {
            let known: Vec<&str> = KEYS.iter().map(|(k, ..)| *k).collect();
            return Err(bad(
                unknown,
                format!("is not a setting of kind email; it knows {}", known.join(", ")),
            ));
        }
        let t = Table(map);
        let host = |key: &str, s: String| {
            if is_host(&s) { Ok(s) } else { Err(bad(key, "must be a host name like mail.example")) }
        };
        let server = host("server", t.need("server")?)?;
        let port_given = map.get("port").is_some_and(|v| !v.is_null());
        let port = t.whole("port", 587, 1, 65535)?;
        let security = match t.text("security")?.as_deref() {
            Some("starttls") => Security::StartTls,
            Some("tls") => Security::Tls,
            Some("none") => Security::None,
            Some(_) => return Err(bad("security", "must be starttls, tls or none")),
            None if port == 465 => Security::Tls,
            None => Security::StartTls,
        };
        let port = match security {
            Security::Tls if !port_given => 465,
            Security::None if !port_given => 25,
            Security::StartTls | Security::Tls | Security::None => u16::try_from(port).unwrap_or(587),
        };
        let allow_plaintext = t.flag("allow_plaintext")?;
        // A password may begin or end with a space: it is taken as it stands, without the line end of its file.
        let password = match map.get("password") {
            None | Some(Value::Null) => None,
            Some(Value::String(s)) if !s.trim_end_matches(['\r', '\n']).is_empty() => {
                Some(s.trim_end_matches(['\r', '\n']).to_owned())
            }
            Some(_) => return Err(bad("password", "must be text and not empty")),
        };
        let (login, secrets) = match (t.text("user")?, password) {
            (Some(user), Some(password)) => {
                use base64::Engine;
                let b64 = |s: &str| base64::engine::general_purpose::STANDARD.encode(s);
                let plain = b64(&format!("\0{user}\0{password}"));
                let secrets = [plain, b64(&password), password.clone()].map(secrecy::SecretString::from);
                (Some(Credentials::new(user, password)), secrets.to_vec())
            }
            (None, None) => (None, vec![]),
            (Some(_), None) => return Err(bad("password", "is missing although user is set")),
            (None, Some(_)) => return Err(bad("user", "is missing although a password is set")),
        };
        if security == Security::None && !is_loopback(&server) {
            if login.is_some() {
                return Err(bad(
                    "security",
                    "none would show the password to the network; use starttls or tls",
                ));
            }
            if !allow_plaintext {
                return Err(bad(
                    "security",
                    "none is for a server on this machine; use starttls or tls, or set allow_plaintext: true",
                ));
            }
        }
        let from = t.address("from_address")?.ok_or_else(|| bad("from_address", "is missing"))?;
        let envelope_from = t.text("envelope_from")?.unwrap_or_else(|| from.to_string());
        let sample = WireKey::new(&Origin::system("test"), "", "", "");
        let parsed = super::compose::address(&envelope_from.replace("{key}", &sample.hex()))
            .map_err(|why| bad("envelope_from", format!("is not a mail address: {why}")))?;
        if parsed.user().len() > 64 {
            return Err(bad("envelope_from", "is too long before the @ (64 characters with the key in it)"));
        }
        let hello = match t.text("hello_name")? {
            None => ClientId::default(),
            Some(name) => match host("hello_name", name)?.parse::<IpAddr>() {
                Ok(IpAddr::V4(v4)) => ClientId::Ipv4(v4),
                Ok(IpAddr::V6(v6)) => ClientId::Ipv6(v6),
                Err(_) => ClientId::Domain(t.need("hello_name")?),
            },
        };
        let message_id_domain = match t.text("message_id_domain")? {
            Some(d) => host("message_id_domain", d)?,
            None => from.domain().to_owned(),
        };
        Ok(Self {
            port,
            security,
            plaintext_may_leave: allow_plaintext && login.is_none(),
            login,
            secrets,
            ca: t.text("ca")?,
            hello,
            from_name: t.text("from_name")?,
            reply_to: t.address("reply_to")?,
            envelope_from,
            message_id_domain,
            unsubscribe_mailto: t.address("unsubscribe_mailto")?,
            connections: usize::try_from(t.whole("connections", 4, 1, 100)?).unwrap_or(4),
            mails_per_connection: u32::try_from(t.whole("mails_per_connection", 100, 1, 10_000)?)
                .unwrap_or(100),
            idle: Duration::from_secs(t.whole("idle_seconds", 30, 1, 240)?),
            step: t.seconds("step_seconds", 10.0, 20.0)?,
            answer: t.seconds("answer_seconds", 40.0, 60.0)?,
            server,
            from,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn with(extra: Value) -> Result<Settings, BadSetting> {
        let mut base = json!({"server": "mail.example", "from_address": "truyenthong@sovhttdl.example"});
        for (k, v) in extra.as_object().unwrap() {
            base[k] = v.clone();
        }
        Settings::read(&base)
    }
    fn refused(extra: Value) -> String {
        with(extra).err().expect("refused").key
    }

    #[test]
    fn defaults_are_safe() {
        let s = with(json!({})).unwrap();
        assert_eq!((s.port, s.security, s.connections), (587, Security::StartTls, 4));
        assert_eq!(s.message_id_domain, "sovhttdl.example");
        assert_eq!(with(json!({"security": "tls"})).unwrap().port, 465);
        assert_eq!(with(json!({"port": 465})).unwrap().security, Security::Tls);
        assert_eq!(with(json!({"port": 465, "security": "starttls"})).unwrap().security, Security::StartTls);
        let local = with(json!({"server": "127.0.0.1", "security": "none"})).unwrap();
        assert_eq!((local.port, local.plaintext_may_leave), (25, false));
    }

    #[test]
    fn a_password_never_leaves_in_the_clear() {
        let login = json!({"security": "none", "allow_plaintext": true, "user": "u", "password": "p"});
        assert_eq!(refused(login), "security");
        assert_eq!(refused(json!({"security": "none"})), "security");
        assert!(with(json!({"security": "none", "allow_plaintext": true})).unwrap().plaintext_may_leave);
        let local = json!({"server": "localhost", "security": "none", "user": "u", "password": "p"});
        assert!(!with(local).unwrap().plaintext_may_leave);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (extra, key) in [
            (json!({"serverr": "x"}), "serverr"),
            (json!({"server": "a b"}), "server"),
            (json!({"server": ""}), "server"),
            (json!({"server": null}), "server"),
            (json!({"port": 0}), "port"),
            (json!({"port": "587"}), "port"),
            (json!({"security": "ssl"}), "security"),
            (json!({"user": "u"}), "password"),
            (json!({"password": "p"}), "user"),
            (json!({"user": "u", "password": "\n"}), "password"),
            (json!({"from_address": "khong phai"}), "from_address"),
            (json!({"reply_to": "a@b\r\nBcc: x@y"}), "reply_to"),
            (json!({"envelope_from": "bounce+{key}"}), "envelope_from"),
            (json!({"envelope_from": format!("{}{{key}}@x.example", "b".repeat(40))}), "envelope_from"),
            (json!({"message_id_domain": "x>y"}), "message_id_domain"),
            (json!({"hello_name": "a\r\nQUIT"}), "hello_name"),
            (json!({"connections": 0}), "connections"),
            (json!({"answer_seconds": 600}), "answer_seconds"),
            (json!({"allow_plaintext": "yes"}), "allow_plaintext"),
        ] {
            assert_eq!(refused(extra.clone()), key, "{extra}");
        }
        let slip = with(json!({"user": "u", "password": 12345})).err().unwrap();
        assert!(!slip.to_string().contains("12345"));
    }
}
