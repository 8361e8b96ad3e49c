//! Encrypted columns and their keyed blind indexes.
//!
//! AES-256-GCM with a random nonce for what must be read back; HMAC-SHA256 under a second key for what must only be found
//! again. Both keys are derived from one file of 32 random bytes that lives beside the database, not in it.

use std::fmt;
use std::io::Write as _;
use std::path::Path;

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom, SystemRandom};
use ring::{hkdf, hmac};

use super::{Result, Store, StoreError, params};

/// The installation's key.
pub struct Key {
    aead: LessSafeKey,
    index: hmac::Key,
    link: hmac::Key,
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(***)")
    }
}

struct Len(usize);
impl hkdf::KeyType for Len {
    fn len(&self) -> usize {
        self.0
    }
}

impl Key {
    /// Reads the key file. `None`: there is none.
    ///
    /// # Errors
    /// A file that cannot be read, or is not 64 hexadecimal digits.
    pub fn load(path: &Path) -> Result<Option<Key>> {
        match std::fs::read(path) {
            Ok(text) => {
                let bytes = std::str::from_utf8(&text)
                    .ok()
                    .and_then(|t| unhex(t.trim()))
                    .filter(|b| b.len() == 32)
                    .ok_or_else(|| {
                        StoreError::Corrupt(format!("{}: not a key (64 hexadecimal digits)", path.display()))
                    })?;
                #[cfg(unix)]
                if let Ok(m) = std::fs::metadata(path)
                    && std::os::unix::fs::PermissionsExt::mode(&m.permissions()) & 0o077 != 0
                {
                    tracing::warn!(file = %path.display(), "the key can be read by others; run chmod 600 on it");
                }
                Ok(Some(Self::from_bytes(&bytes)))
            }
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(StoreError::Io(path.display().to_string(), e)),
        }
    }

    /// A new key, and the text to be kept of it.
    ///
    /// # Errors
    /// The system gave no random bytes.
    pub fn make() -> Result<(Key, String)> {
        let mut bytes = [0u8; 32];
        SystemRandom::new()
            .fill(&mut bytes)
            .map_err(|_| StoreError::Corrupt("the system gave no random bytes".into()))?;
        Ok((Self::from_bytes(&bytes), hex(&bytes)))
    }

    /// Keeps the text of a new key (mode 0600). False: another process kept one a moment ago.
    ///
    /// # Errors
    /// A file that cannot be made.
    pub fn keep(text: &str, path: &Path) -> Result<bool> {
        let io = |e| StoreError::Io(path.display().to_string(), e);
        if let Some(dir) = path.parent() {
            std::fs::create_dir_all(dir).map_err(io)?;
        }
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        match options.open(path) {
            Ok(mut f) => f.write_all(text.as_bytes()).and_then(|()| f.sync_all()).map(|()| true).map_err(io),
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => Ok(false),
            Err(e) => Err(io(e)),
        }
    }

    /// A key out of 32 bytes (or any number: they are stretched by HKDF, RFC 5869).
    pub fn from_bytes(bytes: &[u8]) -> Key {
        let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, b"loa-1").extract(bytes);
        let derive = |info: &[u8]| {
            let mut out = [0u8; 32];
            let info = [info];
            let okm = prk.expand(&info, Len(32));
            #[expect(clippy::expect_used, reason = "32 bytes are within HKDF-SHA256's bound, always")]
            okm.and_then(|okm| okm.fill(&mut out)).expect("32 bytes");
            out
        };
        #[expect(clippy::expect_used, reason = "the key is 32 bytes by construction")]
        let aead = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &derive(b"columns")).expect("32 bytes"));
        Key {
            aead,
            index: hmac::Key::new(hmac::HMAC_SHA256, &derive(b"blind index")),
            link: hmac::Key::new(hmac::HMAC_SHA256, &derive(b"links")),
        }
    }

    /// Encrypts a text.
    pub(crate) fn seal(&self, text: &str) -> Vec<u8> {
        let mut nonce = [0u8; NONCE_LEN];
        #[expect(clippy::expect_used, reason = "a machine without random bytes must not store addresses")]
        SystemRandom::new().fill(&mut nonce).expect("random bytes");
        let mut out = nonce.to_vec();
        let mut body = text.as_bytes().to_vec();
        #[expect(clippy::expect_used, reason = "fails only above 64 GiB")]
        self.aead
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut body)
            .expect("a short text");
        out.append(&mut body);
        out
    }

    /// Decrypts what [`Self::seal`] made.
    pub(crate) fn open(&self, sealed: &[u8]) -> Result<String> {
        let bad = || StoreError::Corrupt("an encrypted column (wrong key, or damaged)".into());
        let (nonce, body) = sealed.split_at_checked(NONCE_LEN).ok_or_else(bad)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| bad())?;
        let mut body = body.to_vec();
        let plain = self.aead.open_in_place(nonce, Aad::empty(), &mut body).map_err(|_| bad())?;
        String::from_utf8(plain.to_vec()).map_err(|_| bad())
    }

    /// The keyed hash under which an address is found: same address and kind, same bytes.
    pub(crate) fn blind(&self, kind: &str, address: &str) -> Vec<u8> {
        let mut c = hmac::Context::with_key(&self.index);
        c.update(kind.as_bytes());
        c.update(&[0]);
        c.update(address.trim().to_lowercase().as_bytes());
        c.sign().as_ref()[..16].to_vec()
    }

    /// The keyed hash of a text that is told piece by piece: it tells whether anything of it changed.
    pub(crate) fn digest<'a>(&self, kind: &str, parts: impl IntoIterator<Item = &'a str>) -> Vec<u8> {
        let mut c = hmac::Context::with_key(&self.index);
        c.update(kind.as_bytes());
        c.update(&[0]);
        for part in parts {
            c.update(part.as_bytes());
            c.update(&[1]);
        }
        c.sign().as_ref()[..16].to_vec()
    }

    /// A token that proves a link was made here: `<payload>.<mac>`, URL-safe. The payload holds no address.
    pub fn link_token(&self, payload: &str) -> String {
        let tag = hmac::sign(&self.link, payload.as_bytes());
        format!("{payload}.{}", hex(&tag.as_ref()[..10]))
    }

    /// The payload of a token, if it was made here.
    pub fn link_open<'a>(&self, token: &'a str) -> Option<&'a str> {
        let (payload, mac) = token.rsplit_once('.')?;
        let want = hmac::sign(&self.link, payload.as_bytes());
        let got = unhex(mac)?;
        // 80 bits are plenty for a link that can only opt somebody out; constant-time all the same.
        (got.len() == 10 && got.iter().zip(&want.as_ref()[..10]).fold(0u8, |acc, (a, b)| acc | (a ^ b)) == 0)
            .then_some(payload)
    }
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn unhex(s: &str) -> Option<Vec<u8>> {
    if !s.len().is_multiple_of(2) || !s.is_ascii() {
        return None;
    }
    (0..s.len()).step_by(2).map(|i| u8::from_str_radix(&s[i..i + 2], 16).ok()).collect()
}

impl Store {
    /// Whether a key was ever used with this database.
    pub(super) async fn has_key(&self) -> Result<bool> {
        Ok(self.int("SELECT count(*) FROM meta WHERE key = 'key_check'", vec![]).await? > 0)
    }

    /// Refuses to go on with a key that cannot read what is stored.
    pub(super) async fn check_key(&self, file: &str) -> Result<()> {
        #[derive(sea_orm::FromQueryResult)]
        struct Row {
            value: String,
        }
        let tx = self.begin().await?;
        let known: Option<Row> = tx.row("SELECT value FROM meta WHERE key = 'key_check'", vec![]).await?;
        let mine = hex(&self.key.blind("key", "check"));
        match known {
            Some(r) if r.value == mine => Ok(()),
            Some(_) => Err(StoreError::WrongKey(file.to_owned())),
            None => {
                tx.exec("INSERT INTO meta (key, value) VALUES ('key_check', $1)", params![mine]).await?;
                tx.commit().await
            }
        }
    }

    /// The installation's key, for links.
    pub fn key(&self) -> &Key {
        &self.key
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_only_with_its_key() {
        let k = Key::from_bytes(&[1; 32]);
        let s = k.seal("an@nhà.example");
        assert_ne!(s, k.seal("an@nhà.example"));
        assert_eq!(k.open(&s).unwrap(), "an@nhà.example");
        assert!(Key::from_bytes(&[2; 32]).open(&s).is_err());
        let mut damaged = s.clone();
        *damaged.last_mut().unwrap() ^= 1;
        assert!(k.open(&damaged).is_err());
        assert!(k.open(&s[..5]).is_err());
    }

    #[test]
    fn a_blind_index_finds_the_same_address_only() {
        let k = Key::from_bytes(&[1; 32]);
        assert_eq!(k.blind("email", "A@x.example "), k.blind("email", "a@X.example"));
        assert_ne!(k.blind("email", "a@x.example"), k.blind("zalo", "a@x.example"));
        assert_ne!(k.blind("email", "a@x.example"), Key::from_bytes(&[2; 32]).blind("email", "a@x.example"));
    }

    #[test]
    fn a_link_cannot_be_forged() {
        let k = Key::from_bytes(&[1; 32]);
        let t = k.link_token("o.abc.l");
        assert_eq!(k.link_open(&t), Some("o.abc.l"));
        assert_eq!(k.link_open(&t.replace("abc", "abd")), None);
        assert_eq!(k.link_open("o.abc.l."), None);
        assert_eq!(k.link_open("x"), None);
        assert_eq!(Key::from_bytes(&[2; 32]).link_open(&t), None);
    }
}
