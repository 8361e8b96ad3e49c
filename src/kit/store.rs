//! The mirror: files under their SHA-256 in `var/assets/ab/cdef…`. A file there is whole or absent: it is written beside,
//! made durable, and renamed. What is read is tested against its name.

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest, Sha256};

use super::sniff::{Info, KitError, MAX_CLIP, inspect};
use crate::domain::kit::PUBLIC_PICTURE;

/// Files by hash, in a folder.
#[derive(Clone, Debug)]
pub struct AssetStore {
    root: PathBuf,
}

/// A file that was taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// 64 lower-case hexadecimal digits.
    pub sha256: String,
    /// Size in bytes.
    pub bytes: u64,
    /// What it is.
    pub info: Info,
}

/// A file of the store: its SHA-256 as named, and its bytes if they are what that says.
pub type Verified = (String, Result<u64, KitError>);

impl AssetStore {
    /// The store in `root` (`var/assets`); the folder is made when first needed.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Stores bytes and says under which hash. Storing the same again changes nothing.
    ///
    /// # Errors
    /// What [`inspect`] refuses; the file system.
    pub fn put(&self, bytes: &[u8]) -> Result<String, KitError> {
        inspect(bytes, None)?;
        self.store(bytes)
    }

    /// The bytes under a hash, tested against it.
    ///
    /// # Errors
    /// Missing; other bytes than the hash says; the file system.
    pub fn get(&self, sha256: &str) -> Result<Arc<[u8]>, KitError> {
        let path = self.path(sha256)?;
        let bytes = match read(&path) {
            Err(KitError::Io(_, e)) if e.kind() == io::ErrorKind::NotFound => {
                return Err(KitError::Missing(sha256.to_owned()));
            }
            other => other?,
        };
        verify(&bytes, sha256)?;
        Ok(bytes.into())
    }

    /// Lets a picture be given to whoever has its address: it was approved for a channel that fetches it.
    ///
    /// # Errors
    /// The hash is none; the file system.
    pub fn publish(&self, sha256: &str) -> Result<(), KitError> {
        self.path(sha256)?;
        let mark = self.root.join("public").join(sha256);
        if mark.exists() { Ok(()) } else { write_whole(&mark, b"") }
    }

    /// A picture that was [published](Self::publish), of at most [`PUBLIC_PICTURE`] bytes, with its media type by its first bytes.
    pub fn published(&self, sha256: &str) -> Option<(Arc<[u8]>, &'static str)> {
        let path = self.path(sha256).ok()?;
        let small = || fs::symlink_metadata(&path).is_ok_and(|m| m.is_file() && m.len() <= PUBLIC_PICTURE);
        if !self.root.join("public").join(sha256).exists() || !small() {
            return None;
        }
        let bytes = self.get(sha256).ok()?;
        let (mime, _) = super::sniff::magic(&bytes)?;
        Some((bytes, mime))
    }

    /// True if something lies under that hash (its bytes are tested by [`Self::get`]).
    pub fn has(&self, sha256: &str) -> bool {
        self.path(sha256).is_ok_and(|p| p.is_file())
    }

    /// Takes a file in, if it is what its name says and, where `expected` is given, has that hash.
    ///
    /// # Errors
    /// What [`inspect`] refuses; another hash; a link instead of a file; the file system.
    pub fn import(&self, path: &Path, expected: Option<&str>) -> Result<Imported, KitError> {
        let meta = fs::symlink_metadata(path).map_err(|e| io_error(path, e))?;
        if !meta.is_file() {
            return Err(io_error(path, io::Error::new(io::ErrorKind::InvalidInput, "not a regular file")));
        }
        let bytes = read(path)?;
        if let Some(expected) = expected {
            verify(&bytes, expected)?;
        }
        let info = inspect(&bytes, path.file_name().and_then(|n| n.to_str()))?;
        Ok(Imported { sha256: self.store(&bytes)?, bytes: bytes.len() as u64, info })
    }

    pub(super) fn store(&self, bytes: &[u8]) -> Result<String, KitError> {
        let sha256 = hash(bytes);
        let path = self.path(&sha256)?;
        // A file that is there but damaged is replaced.
        if read(&path).is_ok_and(|there| hash(&there) == sha256) {
            return Ok(sha256);
        }
        write_whole(&path, bytes)?;
        Ok(sha256)
    }

    /// Every file of the store with what is wrong with it, if its bytes are not what its name says.
    ///
    /// # Errors
    /// The folder cannot be listed.
    pub fn verify(&self) -> Result<Vec<Verified>, KitError> {
        let mut out = vec![];
        let list = |dir: &Path| match fs::read_dir(dir) {
            Ok(entries) => {
                let mut names: Vec<_> =
                    entries.flatten().map(|e| e.file_name().to_string_lossy().into_owned()).collect();
                names.sort();
                Ok(names)
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(vec![]),
            Err(e) => Err(io_error(dir, e)),
        };
        for first in list(&self.root)?.into_iter().filter(|n| n.len() == 2) {
            for rest in list(&self.root.join(&first))?.into_iter().filter(|n| n.len() == 62) {
                let sha256 = format!("{first}{rest}");
                let found = self.get(&sha256).map(|b| b.len() as u64);
                out.push((sha256, found));
            }
        }
        Ok(out)
    }

    /// The folder.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    fn path(&self, sha256: &str) -> Result<PathBuf, KitError> {
        let good =
            sha256.len() == 64 && sha256.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if !good {
            return Err(KitError::BadHash(sha256.chars().take(80).collect()));
        }
        Ok(self.root.join(&sha256[..2]).join(&sha256[2..]))
    }
}

/// Writes a file whole or not at all: beside, made durable, renamed; folders are made.
///
/// # Errors
/// The file system.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), KitError> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(|e| io_error(folder, e))?;
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let beside = folder.join(format!(".loa-{}-{count}.new", std::process::id()));
    let written = write_durably(&beside, bytes)
        .and_then(|()| fs::rename(&beside, path))
        .and_then(|()| fs::File::open(folder)?.sync_all());
    if let Err(e) = written {
        let _ = fs::remove_file(&beside); // the first error is the one to tell
        return Err(io_error(path, e));
    }
    Ok(())
}

fn write_durably(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Reads a file: at most one byte more than is allowed, enough to be refused, never the whole of a file that has no end.
///
/// # Errors
/// The file system.
pub fn read(path: &Path) -> Result<Vec<u8>, KitError> {
    let mut out = vec![];
    fs::File::open(path)
        .and_then(|f| f.take(MAX_CLIP + 1).read_to_end(&mut out))
        .map_err(|e| io_error(path, e))?;
    Ok(out)
}

pub(super) fn verify(bytes: &[u8], expected: &str) -> Result<(), KitError> {
    let found = hash(bytes);
    if found == expected { Ok(()) } else { Err(KitError::WrongHash { expected: expected.to_owned(), found }) }
}

/// SHA-256 of bytes, 64 lower-case hexadecimal digits.
pub fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

/// Reads a file that was written a moment ago from its disk, where the system can be told to forget what it remembers of it.
///
/// # Errors
/// The file system.
pub fn read_again(path: &Path) -> Result<Vec<u8>, KitError> {
    #[cfg(target_os = "linux")]
    if let Ok(file) = fs::File::open(path) {
        let _ = rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed);
    }
    read(path)
}

fn io_error(path: &Path, e: io::Error) -> KitError {
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    KitError::Io(name, e)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(dir: &Path) -> Vec<PathBuf> {
        let mut out = vec![];
        for e in fs::read_dir(dir).unwrap().flatten() {
            if e.path().is_dir() { out.extend(files(&e.path())) } else { out.push(e.path()) }
        }
        out
    }

    #[test]
    fn what_is_put_is_got_and_leaves_no_scraps() {
        let dir = tempfile::tempdir().unwrap();
        let s = AssetStore::new(dir.path().join("assets"));
        let h = s.put(b"xin ch\xC3\xA0o").unwrap();
        assert_eq!(s.put(b"xin ch\xC3\xA0o").unwrap(), h);
        assert_eq!(&*s.get(&h).unwrap(), b"xin ch\xC3\xA0o");
        assert!(s.has(&h));
        assert_eq!(files(dir.path()).len(), 1);
    }

    #[test]
    fn damage_is_noticed_and_mended_by_putting_again() {
        let dir = tempfile::tempdir().unwrap();
        let s = AssetStore::new(dir.path());
        let h = s.put(b"abc").unwrap();
        fs::write(&files(dir.path())[0], b"abd").unwrap();
        assert!(matches!(s.get(&h), Err(KitError::WrongHash { .. })));
        s.put(b"abc").unwrap();
        assert_eq!(&*s.get(&h).unwrap(), b"abc");
    }

    #[test]
    fn a_hash_is_no_path() {
        let s = AssetStore::new("/nowhere");
        for bad in ["", "../../etc/passwd", &"A".repeat(64), &"é".repeat(32)] {
            assert!(matches!(s.get(bad), Err(KitError::BadHash(_))), "{bad}");
        }
        assert!(matches!(s.get(&"a".repeat(64)), Err(KitError::Missing(_))));
    }

    #[test]
    fn an_import_is_tested_against_its_pin_and_its_name() {
        let dir = tempfile::tempdir().unwrap();
        let s = AssetStore::new(dir.path().join("assets"));
        let file = dir.path().join("a.pdf");
        fs::write(&file, crate::kit::a_pdf("x")).unwrap();
        let got = s.import(&file, None).unwrap();
        assert_eq!((got.bytes, got.info.mime), (29, "application/pdf"));
        assert_eq!(s.import(&file, Some(&got.sha256)).unwrap(), got);
        assert!(matches!(s.import(&file, Some(&"0".repeat(64))), Err(KitError::WrongHash { .. })));
        let liar = dir.path().join("a.png");
        fs::copy(&file, &liar).unwrap();
        assert!(matches!(s.import(&liar, None), Err(KitError::Lies { .. })));
        let link = dir.path().join("l.pdf");
        std::os::unix::fs::symlink(&file, &link).unwrap();
        assert!(matches!(s.import(&link, None), Err(KitError::Io(..))));
        assert!(matches!(s.import(dir.path(), None), Err(KitError::Io(..))));
    }
}
