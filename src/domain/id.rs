//! Ids that people write (slugs), and the wire key that machines compute from them.
//!
//! A slug is what a folder, a unit or a list is called: lower-case ASCII letters, digits and
//! `-`, `_`, `.`; at most 100 bytes. Two slugs of different meaning are different Rust types, so that a
//! unit can never be passed where a list is wanted.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Longest slug accepted, in bytes.
pub const SLUG_MAX: usize = 100;

/// True if `s` may be used as an id (see the module text for the rule).
pub fn is_slug(s: &str) -> bool {
    !s.is_empty()
        && s.len() <= SLUG_MAX
        && s.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_' | b'.'))
        && s.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric())
}

macro_rules! slug {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes a slug that was already checked with [`is_slug`] (the manifest does, with a position).
            pub fn new(s: impl Into<String>) -> Self { Self(s.into()) }
            /// The id as people write it.
            pub fn as_str(&self) -> &str { &self.0 }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(&self.0) }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { write!(f, "{:?}", self.0) }
        }
        impl From<&str> for $name { fn from(s: &str) -> Self { Self(s.to_owned()) } }
        impl std::borrow::Borrow<str> for $name { fn borrow(&self) -> &str { &self.0 } }
    )*};
}

slug! {
    /// An organisation: office, school, commune, newspaper.
    UnitId;
    /// A named set of units that `to:` may name.
    GroupId;
    /// A named list of contacts that `to:` may name.
    ListId;
    /// A member of the office's staff (`campaigns/people.yaml`).
    PersonId;
    /// An account of `loa.yaml`.
    AccountId;
    /// A campaign: the name of its folder.
    CampaignId;
    /// A post: the name of its folder.
    PostId;
    /// A sending of a post: `id:` or, where unique in the post, `<channel>-<to>`.
    SendingId;
    /// An audience of a campaign's plan (`for:`); never a recipient.
    AudienceId;
    /// A policy message of a campaign's plan (`message:`).
    MessageId;
    /// An objective of a campaign's plan.
    ObjectiveId;
    /// An asset of the media kit (`kit:`).
    AssetId;
    /// A statement of the register of facts.
    FactId;
}

/// Where an occurrence comes from: `campaign/post`, or `system/<purpose>` for sheets, reminders and alerts.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Origin(String);

impl Origin {
    /// The origin of a post's sendings.
    pub fn post(campaign: &CampaignId, post: &PostId) -> Self {
        Self(format!("{campaign}/{post}"))
    }
    /// The origin of what Loa itself sends: `sheet`, `reminder`, `alert`, `test`.
    pub fn system(purpose: &str) -> Self {
        Self(format!("system/{purpose}"))
    }
    /// Reads an origin back from where it was stored.
    pub fn stored(s: impl Into<String>) -> Self {
        Self(s.into())
    }
    /// `campaign/post` or `system/<purpose>`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// True for what Loa itself sends.
    pub fn is_system(&self) -> bool {
        self.0.starts_with("system/")
    }
    /// The campaign part (`system` for what Loa itself sends).
    pub fn campaign(&self) -> &str {
        self.0.split('/').next().unwrap_or_default()
    }
    /// The post part (the purpose for what Loa itself sends).
    pub fn post_part(&self) -> &str {
        self.0.split_once('/').map_or("", |(_, p)| p)
    }
}
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

/// What a delivery is to one target, computed from its identity alone (origin, sending, slot, target), so that a
/// retry, a restart or a restored database says the same name to the far side: Message-ID, webhook-id, UUID,
/// slug suffix.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WireKey([u8; 16]);

impl WireKey {
    /// `target` is the target's own reference: `unit/family` for a channel, `contact/<surrogate>` for a person.
    pub fn new(origin: &Origin, sending: &str, slot: &str, target: &str) -> Self {
        let mut h = Sha256::new();
        for part in ["loa-delivery-1", origin.as_str(), sending, slot, target] {
            h.update((part.len() as u64).to_be_bytes());
            h.update(part.as_bytes());
        }
        let digest = h.finalize();
        let mut key = [0u8; 16];
        key.copy_from_slice(&digest[..16]);
        Self(key)
    }
    /// 32 lower-case hexadecimal digits: webhook-id, slug suffix, Message-ID's left part.
    pub fn hex(&self) -> String {
        self.0.iter().map(|b| format!("{b:02x}")).collect()
    }
    /// The first `n` hexadecimal digits (at most 32): a slug suffix that a person may read.
    pub fn short(&self, n: usize) -> String {
        self.hex().chars().take(n).collect()
    }
    /// The key as a version 8 UUID (RFC 9562 §5.8: custom, deterministic).
    pub fn uuid(&self) -> String {
        let mut b = self.0;
        b[6] = (b[6] & 0x0f) | 0x80;
        b[8] = (b[8] & 0x3f) | 0x80;
        let h: String = b.iter().map(|x| format!("{x:02x}")).collect();
        format!("{}-{}-{}-{}-{}", &h[..8], &h[8..12], &h[12..16], &h[16..20], &h[20..])
    }
    /// `<hex@domain>`: the Message-ID of RFC 5322 §3.6.4.
    pub fn message_id(&self, domain: &str) -> String {
        format!("<{}@{domain}>", self.hex())
    }
}
impl fmt::Debug for WireKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.hex())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_plain() {
        assert!(is_slug("2026-11-30-ho-kinh-doanh") && is_slug("so") && is_slug("a.b_c"));
        for bad in ["", "-a", "Hà", "a b", "A", "a/b", &"x".repeat(101)] {
            assert!(!is_slug(bad), "{bad:?}");
        }
    }

    #[test]
    fn the_wire_key_separates_its_parts() {
        let o = Origin::stored("c/p");
        let a = WireKey::new(&o, "ab", "c", "t");
        let b = WireKey::new(&o, "a", "bc", "t");
        assert_ne!(a, b);
        assert_eq!(a, WireKey::new(&o, "ab", "c", "t"));
        assert_eq!(a.hex().len(), 32);
        assert_eq!(a.uuid().len(), 36);
        assert_eq!(&a.uuid()[14..15], "8");
    }
}
