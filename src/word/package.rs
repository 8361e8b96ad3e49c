//! The zip of a DOCX file, of which only the narrowest part is read: one disk, no encryption, stored or deflated entries, each
//! name once. No number in the file is believed, nothing is written to the disk, and only what is asked for is unpacked.

use std::collections::BTreeMap;
use std::io::Read as _;

use super::xml::{self, Node};
use super::{Foreign, Refused};

/// Largest file, in bytes.
pub const MAX_FILE: usize = 64 << 20;
/// Most entries of the zip.
pub const MAX_ENTRIES: usize = 4000;
/// Largest part of XML, unpacked, in bytes; a book of a thousand pages has less.
pub const MAX_XML: u64 = 32 << 20;
/// Largest picture, unpacked, in bytes: the media kit takes no larger one.
pub const MAX_PICTURE: u64 = 20 << 20;
/// Most bytes that are unpacked together.
pub const MAX_TOTAL: u64 = 192 << 20;

/// Length of the end of the directory, without its comment.
const END: usize = 22;

#[derive(Debug)]
struct Entry {
    method: u16,
    crc: u32,
    size: u64,
    data: std::ops::Range<usize>,
}

/// Part id → target, and whether it lies outside of the file.
pub type Relations = BTreeMap<String, (String, bool)>;

/// The file, opened.
#[derive(Debug)]
pub struct Package<'a> {
    bytes: &'a [u8],
    entries: BTreeMap<String, Entry>,
    left: u64,
}

fn u16_at(b: &[u8], at: usize) -> Option<usize> {
    b.get(at..at + 2).map(|x| usize::from(u16::from_le_bytes([x[0], x[1]])))
}

fn u32_at(b: &[u8], at: usize) -> Option<u32> {
    b.get(at..at + 4).map(|x| u32::from_le_bytes([x[0], x[1], x[2], x[3]]))
}

impl<'a> Package<'a> {
    /// Opens it: reads the directory, unpacks nothing.
    ///
    /// # Errors
    /// It is something else, damaged, or built to do harm.
    pub fn open(bytes: &'a [u8]) -> Result<Self, Refused> {
        if bytes.len() > MAX_FILE {
            return Err(Refused::TooLarge);
        }
        if let Some(other) = foreign(bytes) {
            return Err(other);
        }
        let entries = directory(bytes)?;
        let has = |name: &str| entries.contains_key(name);
        if has("xl/workbook.xml") {
            return Err(Refused::Foreign(Foreign::Excel));
        }
        if has("ppt/presentation.xml") {
            return Err(Refused::Foreign(Foreign::Slides));
        }
        let mut package = Self { bytes, entries, left: MAX_TOTAL };
        if package
            .part("mimetype", 200)
            .ok()
            .flatten()
            .is_some_and(|m| m.starts_with(b"application/vnd.oasis"))
        {
            return Err(Refused::Foreign(Foreign::OpenDocument));
        }
        Ok(package)
    }

    /// An entry's bytes; `None` if there is none. What comes out is counted and its checksum taken.
    fn part(&mut self, name: &str, most: u64) -> Result<Option<Vec<u8>>, Refused> {
        let Some(e) = self.entries.get(name) else { return Ok(None) };
        if e.size > most.min(self.left) {
            return Err(Refused::Hostile);
        }
        let packed = &self.bytes[e.data.clone()];
        let mut out = vec![];
        let read = match e.method {
            0 => packed.take(e.size + 1).read_to_end(&mut out),
            8 => flate2::read::DeflateDecoder::new(packed).take(e.size + 1).read_to_end(&mut out),
            _ => return Err(Refused::Damaged),
        };
        let n = out.len() as u64;
        self.left = self.left.saturating_sub(n);
        if n > e.size {
            return Err(Refused::Hostile); // more comes out than it says: a bomb
        }
        let mut crc = flate2::Crc::new();
        crc.update(&out);
        if read.is_err() || n < e.size || crc.sum() != e.crc {
            return Err(Refused::Damaged);
        }
        Ok(Some(out))
    }

    /// A part of XML as a tree; `None` if there is none.
    ///
    /// # Errors
    /// Too large, broken, or hostile.
    pub fn xml(&mut self, name: &str) -> Result<Option<Node>, Refused> {
        self.part(name, MAX_XML)?.map(|b| xml::tree(&b)).transpose()
    }

    /// A picture's bytes; `None` if it is not there or larger than [`MAX_PICTURE`].
    ///
    /// # Errors
    /// Its entry lies or is broken.
    pub fn picture(&mut self, name: &str) -> Result<Option<Vec<u8>>, Refused> {
        if self.entries.get(name).is_some_and(|e| e.size > MAX_PICTURE.min(self.left)) {
            return Ok(None);
        }
        self.part(name, MAX_PICTURE)
    }

    /// The relations of a part, by id, and the first part of each kind (`styles`, `footnotes`…): what they are called is up to
    /// the program that wrote them. Targets are names within the package.
    ///
    /// # Errors
    /// Broken or hostile.
    pub fn relations(&mut self, of: &str) -> Result<(Relations, BTreeMap<String, String>), Refused> {
        let (folder, name) = of.rsplit_once('/').unwrap_or(("", of));
        let rels = format!("{folder}{}_rels/{name}.rels", if folder.is_empty() { "" } else { "/" });
        let Some(root) = self.xml(&rels)? else { return Ok(Default::default()) };
        let mut kinds = BTreeMap::new();
        let mut read = |r: &Node| {
            let outside = r.attribute("TargetMode") == Some("External");
            let target = r.attribute("Target")?;
            let target = if outside { target.to_owned() } else { resolved(folder, target)? };
            if let Some((_, kind)) = r.attribute("Type").filter(|_| !outside).and_then(|t| t.rsplit_once('/'))
            {
                kinds.entry(kind.to_owned()).or_insert_with(|| target.clone());
            }
            Some((r.attribute("Id")?.to_owned(), (target, outside)))
        };
        let relations = root.children.iter().filter_map(&mut read).collect();
        Ok((relations, kinds))
    }

    /// The name of the document's own part.
    ///
    /// # Errors
    /// Broken or hostile; or there is none, and then it is no Word file.
    pub fn document(&mut self) -> Result<String, Refused> {
        let named = self.xml("_rels/.rels")?.and_then(|root| {
            let own = |r: &&Node| r.attribute("Type").is_some_and(|t| t.ends_with("/officeDocument"));
            root.children.iter().find(own).and_then(|r| resolved("", r.attribute("Target")?))
        });
        let name = named.unwrap_or_else(|| "word/document.xml".to_owned());
        if self.entries.contains_key(&name) { Ok(name) } else { Err(Refused::Foreign(Foreign::Zip)) }
    }
}

/// A target, seen from a folder of the package; `None` if it leads out.
fn resolved(folder: &str, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = if target.starts_with('/') { vec![] } else { folder.split('/').collect() };
    for p in target.split('/') {
        match p {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            p => parts.push(p),
        }
    }
    parts.retain(|p| !p.is_empty());
    Some(parts.join("/"))
}

/// What else a file may be that somebody calls `.docx`.
fn foreign(b: &[u8]) -> Option<Refused> {
    let holds = |s: &str| {
        let wide: Vec<u8> = s.encode_utf16().flat_map(u16::to_le_bytes).collect();
        b.windows(wide.len()).any(|w| w == wide)
    };
    let text = String::from_utf8_lossy(&b[..b.len().min(1000)])
        .trim_start_matches('\u{feff}')
        .trim_start()
        .to_lowercase();
    Some(Refused::Foreign(match () {
        () if b.is_empty() => return Some(Refused::Empty),
        // A compound file: an older Word's, or what a password hides.
        () if b.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) => {
            if holds("EncryptedPackage") {
                return Some(Refused::Locked);
            }
            Foreign::OldWord
        }
        () if b.starts_with(b"PK\x03\x04") || b.starts_with(b"PK\x05\x06") => return None,
        () if b.starts_with(b"%PDF-") => Foreign::Pdf,
        () if text.starts_with("{\\rtf") => Foreign::RichText,
        () if text.starts_with("<!doctype html") || text.starts_with("<html") => Foreign::Page,
        () => Foreign::Unknown,
    }))
}

/// The zip's directory: where the entries lie, tested against each other.
fn directory(b: &[u8]) -> Result<BTreeMap<String, Entry>, Refused> {
    let last = b.len().checked_sub(END).ok_or(Refused::Damaged)?;
    let ends = |at: &usize| {
        b[*at..].starts_with(b"PK\x05\x06") && u16_at(b, at + 20).is_some_and(|n| at + END + n == b.len())
    };
    let end = (last.saturating_sub(0xffff)..=last).rev().find(ends).ok_or(Refused::Damaged)?;
    let field = |at: usize| u16_at(b, end + at).ok_or(Refused::Damaged);
    let (disk, count) = (field(4)? + field(6)?, field(10)?);
    if count > MAX_ENTRIES {
        return Err(Refused::Hostile);
    }
    if disk != 0 || field(8)? != count {
        return Err(Refused::Damaged);
    }
    let mut at = u32_at(b, end + 16).ok_or(Refused::Damaged)? as usize;
    let mut out = BTreeMap::new();
    let mut taken = vec![];
    for _ in 0..count {
        let head = b
            .get(at..end)
            .filter(|h| h.len() >= 46 && h.starts_with(b"PK\x01\x02"))
            .ok_or(Refused::Damaged)?;
        let short = |i: usize| u16_at(head, i).ok_or(Refused::Damaged);
        let long = |i: usize| u32_at(head, i).ok_or(Refused::Damaged);
        let name = head.get(46..46 + short(28)?).ok_or(Refused::Damaged)?;
        let name = String::from_utf8_lossy(name).replace('\\', "/");
        if name.starts_with('/') || name.split('/').any(|p| p == "..") || name.contains('\0') {
            return Err(Refused::Hostile);
        }
        if short(8)? & 1 == 1 {
            return Err(Refused::Locked);
        }
        let local = long(42)? as usize;
        let own = b
            .get(local..end)
            .filter(|l| l.len() >= 30 && l.starts_with(b"PK\x03\x04"))
            .ok_or(Refused::Damaged)?;
        let gap = u16_at(own, 26).zip(u16_at(own, 28)).ok_or(Refused::Damaged)?;
        let start = local + 30 + gap.0 + gap.1;
        let data = start..start + long(20)? as usize;
        if data.end > end {
            return Err(Refused::Damaged);
        }
        taken.push(local..data.end);
        let entry = Entry { method: short(10)? as u16, crc: long(16)?, size: u64::from(long(24)?), data };
        // One name twice would be two files, to two readers.
        if out.insert(name, entry).is_some() {
            return Err(Refused::Hostile);
        }
        at += 46 + short(28)? + short(30)? + short(32)?;
    }
    // Entries that lie upon each other make much of little.
    taken.sort_by_key(|r| r.start);
    if taken.windows(2).any(|w| w[0].end > w[1].start) {
        return Err(Refused::Hostile);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_stay_within_the_package() {
        for (folder, target, wanted) in [
            ("word", "media/a.png", Some("word/media/a.png")),
            ("word", "/word/media/a.png", Some("word/media/a.png")),
            ("word", "../media/a.png", Some("media/a.png")),
            ("", "word/document.xml", Some("word/document.xml")),
            ("word", "../../etc/passwd", None),
        ] {
            assert_eq!(resolved(folder, target).as_deref(), wanted, "{folder} {target}");
        }
    }
}
