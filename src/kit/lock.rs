//! `media-kit.lock`: which bytes each asset is, and which others were seen at its official address since. Read and written
//! here for whoever changes it; `manifest` reads it by its own shape, with faults.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::yaml;

/// What the file says of itself, to whoever opens it.
const HEAD: &str =
    "# Do các lệnh `loa kit` ghi, đừng sửa tay. Mỗi tư liệu: mã băm SHA-256, dung lượng (byte), loại tệp.\n";

/// The pin of an asset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    /// SHA-256, 64 lower-case hexadecimal digits.
    pub sha256: String,
    /// Size in bytes.
    pub bytes: u64,
    /// Media type, from its bytes.
    pub mime: String,
    /// Another original that stands at the official address now. Until a person decides, posts with this asset are held.
    pub found: Option<String>,
    /// The other original of which a person said: not this one.
    pub kept: Option<String>,
    /// Since when the official address has no file any more (`2026-11-27`).
    pub gone: Option<String>,
}

/// All pins, by id of the asset.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lock {
    /// The pins.
    pub pins: BTreeMap<String, Pin>,
}

impl Lock {
    /// Reads the file's text. What is no pin is left out, as `check` does, which names it.
    pub fn parse(text: &str) -> Self {
        let parsed = yaml::parse("campaigns/media-kit.lock", text);
        let mut pins = BTreeMap::new();
        for (key, node) in parsed.root.as_ref().map(|r| r.entries()).unwrap_or_default() {
            let hash = |k: &str| node.str(k).filter(|h| is_hash(h)).map(str::to_ascii_lowercase);
            let (Some(sha256), Some(mime)) = (hash("sha256"), node.str("mime")) else { continue };
            // What cannot be read may be what holds it.
            if ["found", "kept"].iter().any(|k| node.get(k).is_some() && hash(k).is_none()) {
                continue;
            }
            let bytes = node.str("bytes").and_then(|b| b.parse().ok()).unwrap_or(0);
            let pin = Pin {
                sha256,
                bytes,
                mime: mime.to_owned(),
                found: hash("found"),
                kept: hash("kept"),
                gone: node.str("gone").map(str::to_owned),
            };
            pins.insert(key.name.clone(), pin);
        }
        Self { pins }
    }

    /// The file's text, with pins in the order of `ids`; those of other ids are left out.
    pub fn text<'a>(&self, ids: impl IntoIterator<Item = &'a str>) -> String {
        let mut out = HEAD.to_owned();
        for id in ids {
            let Some(p) = self.pins.get(id) else { continue };
            let _ = write!(out, "{id}:\n  sha256: {}\n  bytes: {}\n  mime: {}\n", p.sha256, p.bytes, p.mime);
            if let Some(h) = &p.found {
                let _ = writeln!(out, "  found: {h}");
            }
            if let Some(h) = &p.kept {
                let _ = writeln!(out, "  kept: {h}");
            }
            if let Some(day) = &p.gone {
                let _ = writeln!(out, "  gone: {day}");
            }
        }
        out
    }
}

/// 64 hexadecimal digits.
fn is_hash(s: &str) -> bool {
    s.len() == 64 && s.bytes().all(|b| b.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let pin = |found: Option<&str>, kept: Option<&str>| Pin {
            sha256: "a".repeat(64),
            bytes: 12,
            mime: "image/png".into(),
            found: found.map(|c| c.repeat(64)),
            kept: kept.map(|c| c.repeat(64)),
            gone: None,
        };
        let mut lock = Lock::default();
        lock.pins.insert("b".into(), pin(Some("1"), None));
        lock.pins.insert("a".into(), pin(None, Some("2")));
        lock.pins.insert("c".into(), pin(None, None));
        let text = lock.text(["c", "b", "a", "not-pinned"]);
        assert_eq!(Lock::parse(&text), lock);
        assert!(text.find("c:\n") < text.find("\nb:\n"), "{text}");
        assert_eq!(Lock::parse(&lock.text(["b"])).pins.len(), 1);
        assert!(Lock::parse("x:\n  sha256: 12\n  mime: a\n: [").pins.is_empty());
    }
}
