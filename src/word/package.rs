//! The zip of a DOCX file, of which only the narrowest part is taken: stored or deflated entries without a password, each name
//! once, none upon another. No size in the file is believed, nothing is written to the disk, and only what is asked for is
//! unpacked.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};

use zip::CompressionMethod;
use zip::result::ZipError;

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

/// Part id → target, and whether it lies outside of the file.
pub type Relations = BTreeMap<String, (String, bool)>;

/// The file, opened.
#[derive(Debug)]
pub struct Package<'a> {
    zip: Zip<'a>,
    entries: Directory,
    left: u64,
}

type Zip<'a> = zip::ZipArchive<Cursor<&'a [u8]>>;
/// Name, as [`equal`] has it → number and unpacked size, as the zip says.
type Directory = BTreeMap<String, (usize, u64)>;

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
        let (zip, entries) = directory(bytes)?;
        let has = |name: &str| entries.contains_key(name);
        if has("xl/workbook.xml") {
            return Err(Refused::Foreign(Foreign::Excel));
        }
        if has("ppt/presentation.xml") {
            return Err(Refused::Foreign(Foreign::Slides));
        }
        let mut package = Self { zip, entries, left: MAX_TOTAL };
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
        let Some(&(at, size)) = self.entries.get(&equal(name)) else { return Ok(None) };
        if size > most.min(self.left) {
            return Err(Refused::Hostile);
        }
        let entry = self.zip.by_index(at).map_err(|e| {
            let packed =
                matches!(e, ZipError::UnsupportedArchive(_) | ZipError::CompressionMethodNotSupported(_));
            if packed { Refused::Packed } else { Refused::Damaged }
        })?;
        if !matches!(entry.compression(), CompressionMethod::Stored | CompressionMethod::Deflated) {
            return Err(Refused::Packed);
        }
        let mut out = vec![];
        let read = entry.take(size + 1).read_to_end(&mut out);
        let n = out.len() as u64;
        self.left = self.left.saturating_sub(n);
        if read.is_err() || n != size {
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
        if self.entries.get(&equal(name)).is_some_and(|(_, size)| *size > MAX_PICTURE.min(self.left)) {
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
        if self.entries.contains_key(&equal(&name)) { Ok(name) } else { Err(Refused::Foreign(Foreign::Zip)) }
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

/// A name as names are compared: no matter whether in capitals, whether written out or with `%20` (ECMA-376, part 2, 6.2 and 7.3).
fn equal(name: &str) -> String {
    let b = name.as_bytes();
    let hex = |at: usize| u8::from_str_radix(name.get(at..at + 2)?, 16).ok();
    let (mut out, mut i) = (vec![], 0);
    while i < b.len() {
        match hex(i + 1).filter(|_| b[i] == b'%') {
            Some(c) => {
                out.push(c);
                i += 3;
            }
            None => {
                out.push(b[i]);
                i += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).to_ascii_lowercase()
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

/// The zip, and its directory by name.
fn directory(bytes: &[u8]) -> Result<(Zip<'_>, Directory), Refused> {
    // Counted before a directory of millions takes memory.
    if bytes.windows(4).filter(|w| *w == b"PK\x01\x02").count() > MAX_ENTRIES {
        return Err(Refused::Hostile);
    }
    let mut zip = Zip::new(Cursor::new(bytes)).map_err(|_| Refused::Damaged)?;
    // One name twice would be two files, to two readers; entries that lie upon each other make much of little.
    if zip.has_duplicate_names() || zip.has_overlapping_entries().map_err(|_| Refused::Damaged)? {
        return Err(Refused::Hostile);
    }
    let mut out = Directory::new();
    for at in 0..zip.len() {
        let entry = zip.by_index_data(at).map_err(|_| Refused::Damaged)?;
        let name = String::from_utf8_lossy(entry.name_raw()).replace('\\', "/");
        if name.starts_with('/') || name.split('/').any(|p| p == "..") || name.contains('\0') {
            return Err(Refused::Hostile);
        }
        if entry.encrypted() {
            return Err(Refused::Locked);
        }
        // Names that are equal are one, and that would be two files.
        if out.insert(equal(&name), (at, entry.size())).is_some() {
            return Err(Refused::Hostile);
        }
    }
    Ok((zip, out))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_equal_whatever_their_letters() {
        for name in ["word/media/anh 1.png", "Word/Media/Anh%201.PNG", "word/media/%61nh%201.png"] {
            assert_eq!(equal(name), "word/media/anh 1.png");
        }
        assert_eq!(equal("a%2"), "a%2");
        assert_eq!(equal("%ế%"), "%ế%");
    }

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
