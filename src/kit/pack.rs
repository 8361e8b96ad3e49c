//! One file that carries a kit: a plain `tar` (ustar), which any program opens, of which only the narrowest part is read back.
//!
//! What is read is hostile until shown otherwise: only regular files below `loa-kit/`, by plain relative names, each once,
//! within limits of number and bytes, with sound checksums. Links, devices, folders, extensions (long names, sparse files) and
//! whatever else a tar may hold are refused, not skipped. Nothing is written here: whoever asked gets the entries, one at a time.

use std::io::{self, Read, Write};

use super::sniff::MAX_CLIP;

/// Most files of a pack.
pub const MAX_ENTRIES: usize = 5_000;
/// Most bytes of all files of a pack together.
pub const MAX_PACK: u64 = 4 << 30;
/// The folder that all names stand in.
const FOLDER: &str = "loa-kit/";

/// A file of a pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name below `loa-kit/`, with `/`.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Why a pack is refused.
#[derive(Debug, thiserror::Error)]
pub enum PackFault {
    /// No pack of this program, or cut short.
    #[error("this is no pack of `loa kit pack`: {0}")]
    NotAPack(&'static str),
    /// A name that leads elsewhere, is too long or stands there twice.
    #[error("the name {0:?} is not allowed in a pack")]
    BadName(String),
    /// Something else than a file: a link, a folder, a device.
    #[error("{0:?} is no regular file")]
    NotAFile(String),
    /// More than [`MAX_ENTRIES`].
    #[error("more than {MAX_ENTRIES} files")]
    TooMany,
    /// More bytes than are allowed, in one file or in all.
    #[error("{0:?} makes the pack larger than is allowed")]
    TooLarge(String),
    /// The disk.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// True for a name that leads nowhere else: parts of letters, digits and `. _ -`, none of them hidden or `..`.
fn good_name(name: &str) -> bool {
    name.len() + FOLDER.len() <= 100
        && name.split('/').all(|part| {
            !part.is_empty()
                && !part.starts_with('.')
                && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
        })
}

/// Writes a pack.
///
/// # Errors
/// A name that could not be read back; a file too large; the disk.
pub fn pack<'a>(
    out: &mut impl Write,
    entries: impl IntoIterator<Item = (&'a str, &'a [u8])>,
) -> Result<(), PackFault> {
    let mut tar = tar::Builder::new(out);
    for (name, bytes) in entries {
        if !good_name(name) {
            return Err(PackFault::BadName(name.to_owned()));
        }
        if bytes.len() as u64 > MAX_CLIP {
            return Err(PackFault::TooLarge(name.to_owned()));
        }
        let mut head = tar::Header::new_ustar();
        head.set_path(format!("{FOLDER}{name}"))?;
        head.set_mode(0o644);
        head.set_uid(0);
        head.set_gid(0);
        head.set_mtime(0); // the same kit makes the same pack
        head.set_size(bytes.len() as u64);
        head.set_cksum();
        tar.append(&head, bytes)?;
    }
    Ok(tar.finish()?)
}

/// Counts what is read, to tell a pack's end from a cut.
struct Counted<'a, R> {
    inner: &'a mut R,
    read: u64,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buf)?;
        self.read += n as u64;
        Ok(n)
    }
}

/// A fault of the disk, or what the reader of tars says no to.
fn fault(e: io::Error) -> PackFault {
    if e.raw_os_error().is_some() { e.into() } else { PackFault::NotAPack("it is damaged or cut short") }
}

/// Reads a pack; `each` gets its files in order.
///
/// # Errors
/// Why it is refused: `each` may have had files that came before. What `each` says no to.
pub fn unpack<E: From<PackFault>>(
    input: &mut impl Read,
    mut each: impl FnMut(Entry) -> Result<(), E>,
) -> Result<usize, E> {
    let mut seen = std::collections::BTreeSet::new();
    let mut total = 0u64;
    let mut end = 0;
    let mut tar = tar::Archive::new(Counted { inner: input, read: 0 });
    // Raw: an extension is an entry of its own kind, and refused as such.
    for file in tar.entries().map_err(fault)?.raw(true) {
        let mut file = file.map_err(fault)?;
        let name = name(&file)?;
        let size = file.size();
        if !seen.insert(name.clone()) {
            return Err(PackFault::BadName(name).into());
        }
        total = total.saturating_add(size);
        if size > MAX_CLIP || total > MAX_PACK {
            return Err(PackFault::TooLarge(name).into());
        }
        if seen.len() > MAX_ENTRIES {
            return Err(PackFault::TooMany.into());
        }
        // Read as it comes: a header that promises much and brings little takes no memory.
        let mut bytes = vec![];
        if file.read_to_end(&mut bytes).map_err(fault)? as u64 != size {
            return Err(PackFault::NotAPack("it is cut short").into());
        }
        end = file.raw_file_position() + size;
        each(Entry { name, bytes })?;
    }
    // A whole one ends with a block of zeros; a cut between two files would else go unseen.
    match tar.into_inner().read {
        _ if seen.is_empty() => Err(PackFault::NotAPack("it is empty").into()),
        read if read < end.next_multiple_of(512) + 512 => Err(PackFault::NotAPack("it is cut short").into()),
        _ => Ok(seen.len()),
    }
}

/// Name of an entry below `loa-kit/`, if it is a plain file.
fn name(file: &tar::Entry<'_, impl Read>) -> Result<String, PackFault> {
    let head = file.header();
    let name = String::from_utf8_lossy(&file.path_bytes()).into_owned();
    if head.as_ustar().is_none() {
        return Err(PackFault::NotAPack("a header is of another kind"));
    }
    if !head.entry_type().is_file() || head.link_name_bytes().is_some() {
        return Err(PackFault::NotAFile(name));
    }
    match name.strip_prefix(FOLDER).filter(|n| good_name(n)) {
        Some(inner) => Ok(inner.to_owned()),
        None => Err(PackFault::BadName(name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCK: usize = 512;

    fn made(entries: &[(&str, &[u8])]) -> Vec<u8> {
        let mut out = vec![];
        pack(&mut out, entries.iter().copied()).unwrap();
        out
    }

    fn read(bytes: &[u8]) -> Result<Vec<Entry>, PackFault> {
        let mut out = vec![];
        unpack(&mut &bytes[..], |e| {
            out.push(e);
            Ok::<_, PackFault>(())
        })?;
        Ok(out)
    }

    /// Another header, with its checksum put right.
    fn with(bytes: &[u8], change: impl Fn(&mut [u8])) -> Vec<u8> {
        let mut out = bytes.to_vec();
        change(&mut out[..BLOCK]);
        out[148..156].copy_from_slice(b"        ");
        let sum: u32 = out[..BLOCK].iter().map(|b| u32::from(*b)).sum();
        out[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        out
    }

    #[test]
    fn what_is_packed_is_unpacked() {
        let files: [(&str, &[u8]); 3] =
            [("media-kit.yaml", b"assets: {}\n"), ("files/kit/a.png", &[7; 1025]), ("empty", b"")];
        let bytes = made(&files);
        let got = read(&bytes).unwrap();
        assert_eq!(got.iter().map(|e| (e.name.as_str(), &e.bytes[..])).collect::<Vec<_>>(), files);
        assert_eq!(bytes, made(&files), "the same each time");
    }

    #[test]
    fn any_tar_program_opens_it() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("kit.tar");
        std::fs::write(&file, made(&[("media-kit.yaml", b"x\n"), ("files/kit/a.png", b"y")])).unwrap();
        let out = std::process::Command::new("tar").arg("-tf").arg(&file).output().unwrap();
        assert!(out.status.success(), "{out:?}");
        assert_eq!(String::from_utf8_lossy(&out.stdout), "loa-kit/media-kit.yaml\nloa-kit/files/kit/a.png\n");
    }

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        let good = made(&[("a", b"x")]);
        for bad in [
            "loa-kit/../../etc/passwd",
            "/etc/passwd",
            "loa-kit//a",
            "loa-kit/.git/config",
            "loa-kit/a/../b",
            "loa-kit/a\\..\\b",
            "loa-kit/a\u{202e}gnp.exe",
            "elsewhere/a",
            "loa-kit/",
        ] {
            let evil = with(&good, |h| {
                h[..100].fill(0);
                h[..bad.len()].copy_from_slice(bad.as_bytes());
            });
            assert!(matches!(read(&evil), Err(PackFault::BadName(_))), "{bad}");
        }
        assert!(matches!(pack(&mut vec![], [("../a", &b""[..])]), Err(PackFault::BadName(_))));
        let prefixed = with(&good, |h| h[345..350].copy_from_slice(b"/etc/"));
        assert!(matches!(read(&prefixed), Err(PackFault::BadName(_))));
        let mut twice = made(&[("a", b"x")]);
        twice.truncate(2 * BLOCK);
        twice.extend(made(&[("a", b"y")]));
        assert!(matches!(read(&twice), Err(PackFault::BadName(_))));
    }

    #[test]
    fn only_files_come_out() {
        let good = made(&[("a", b"x")]);
        for kind in b"123456789gxLKSV" {
            let evil = with(&good, |h| h[156] = *kind);
            assert!(matches!(read(&evil), Err(PackFault::NotAFile(_))), "{kind}");
        }
        let link = with(&good, |h| h[157..168].copy_from_slice(b"/etc/passwd"));
        assert!(matches!(read(&link), Err(PackFault::NotAFile(_))));
    }

    #[test]
    fn bombs_cuts_and_damage_are_refused() {
        let good = made(&[("a", b"x")]);
        let huge = with(&good, |h| h[124..136].copy_from_slice(b"77777777777\0"));
        assert!(matches!(read(&huge), Err(PackFault::TooLarge(_))));
        let promises =
            with(&good, |h| h[124..136].copy_from_slice(format!("{:011o}\0", MAX_CLIP).as_bytes()));
        assert!(matches!(read(&promises), Err(PackFault::NotAPack(_))), "promised and not brought");
        for cut in [0, 1, 511, 512, 600, 1023, 1024] {
            assert!(matches!(read(&good[..cut]), Err(PackFault::NotAPack(_))), "{cut}");
        }
        let mut damaged = good.clone();
        damaged[3] ^= 1;
        assert!(matches!(read(&damaged), Err(PackFault::NotAPack(_))));
        assert!(matches!(read(&[0; 2048]), Err(PackFault::NotAPack(_))));
        assert!(matches!(read(b"PK\x03\x04 a zip"), Err(PackFault::NotAPack(_))));
        let names: Vec<String> = (0..=MAX_ENTRIES).map(|i| format!("f{i}")).collect();
        let many: Vec<(&str, &[u8])> = names.iter().map(|n| (n.as_str(), &b""[..])).collect();
        assert!(matches!(read(&made(&many)), Err(PackFault::TooMany)));
    }
}
