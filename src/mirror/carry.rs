//! Carries a kit in one file into an office without Internet, and takes it in there by the rules of a fetch: what is new comes in,
//! what is pinned otherwise is kept beside and waits for a person. Nothing in a pack can name a place outside `campaigns/kit/`.

use std::collections::BTreeMap;
use std::io::{BufReader, BufWriter, Write as _};
use std::path::Path;

use super::draft::{self, Draft};
use super::sync::settle;
use super::{Fetched, Health, Kit, MANIFEST, NoKit, Refused};
use crate::domain::id::is_slug;
use crate::kit::{
    self, AssetStore, Entry, KitError, Lock, MAX_ENTRIES, MAX_PACK, PackFault, hash, inspect, read,
    write_whole,
};
use crate::manifest::{Declared, declared_in};

/// Why a pack was not made or not taken in.
#[derive(Debug, thiserror::Error)]
pub enum CarryFault {
    /// The pack itself.
    #[error(transparent)]
    Pack(#[from] PackFault),
    /// A file of it is not what its name or its lock says.
    #[error("{0}: {1}")]
    File(String, KitError),
    /// Something that belongs to no kit.
    #[error("{0:?} does not belong into a pack")]
    Stranger(String),
    /// The kit here.
    #[error(transparent)]
    Kit(#[from] NoKit),
}

impl From<KitError> for CarryFault {
    fn from(e: KitError) -> Self {
        CarryFault::Kit(NoKit::File(e))
    }
}

/// What a pack brought: id and what became of it.
pub type Brought = Vec<(String, Fetched)>;

/// Kept for the manifest and the lock in a pack, bytes.
const HEADS: u64 = 8 << 20;

/// A pack that was made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Packed {
    /// Files in it.
    pub files: usize,
    /// Assets that were left out: not pinned, or not as they were.
    pub left: Vec<String>,
    /// Assets whose original has changed: what is in it is what is pinned here.
    pub changed: Vec<String>,
}

/// Writes a pack of all assets that are as they were pinned.
///
/// # Errors
/// The disk. A file that is there already is not overwritten.
pub fn pack(kit: &Kit, to: &Path) -> Result<Packed, CarryFault> {
    let io = |e| CarryFault::Pack(PackFault::Io(e));
    let out = std::fs::OpenOptions::new().write(true).create_new(true).open(to).map_err(io)?;
    let mut out = BufWriter::new(out);
    let made = (|| {
        let (mut left, mut changed) = (vec![], vec![]);
        let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        let mut total = 0;
        for a in &kit.assets {
            let health = kit.look(a).health;
            match &health {
                Health::Pinned | Health::Found(_) => {
                    let bytes = read(&kit.path(a))?;
                    let sha256 = hash(&bytes);
                    if kit.lock.pins.get(&a.id).is_none_or(|p| p.sha256 != sha256) {
                        left.push(a.id.clone()); // it changed just now
                        continue;
                    }
                    if matches!(health, Health::Found(_)) {
                        changed.push(a.id.clone());
                    }
                    // What another office could not take in is not made.
                    total += bytes.len() as u64;
                    if total > MAX_PACK - HEADS {
                        return Err(CarryFault::Pack(PackFault::TooLarge(a.id.clone())));
                    }
                    files.insert(format!("files/{sha256}"), bytes);
                    if files.len() + 2 > MAX_ENTRIES {
                        return Err(CarryFault::Pack(PackFault::TooMany));
                    }
                }
                Health::Missing(_)
                | Health::Changed
                | Health::NotPinned
                | Health::NotPublished
                | Health::Bad(_) => {
                    left.push(a.id.clone());
                }
            }
        }
        let mut lock = kit.lock.clone();
        lock.pins.retain(|id, _| !left.contains(id));
        for pin in lock.pins.values_mut() {
            (pin.found, pin.kept) = (None, None); // that is this office's business
        }
        let manifest = read(&kit.root.join(MANIFEST))?;
        let lock = lock.text(kit.assets.iter().map(|a| a.id.as_str()));
        let count = files.len();
        let head = [("media-kit.yaml", &manifest[..]), ("media-kit.lock", lock.as_bytes())];
        let files = files.iter().map(|(n, b)| (n.as_str(), &b[..]));
        kit::pack(&mut out, head.into_iter().chain(files))?;
        out.flush().map_err(io)?;
        out.get_ref().sync_all().map_err(io)?;
        Ok(Packed { files: count, left, changed })
    })();
    if made.is_err() {
        let _ = std::fs::remove_file(to); // the first error is the one to tell
    }
    made
}

/// Takes a pack in. `pin`: what is new here is pinned as it was there; else a person pins it.
///
/// # Errors
/// Why it is refused: then nothing of it stands in `campaigns/`.
pub fn unpack(root: &Path, var: &Path, file: &Path, pin: bool) -> Result<Brought, CarryFault> {
    let input = std::fs::File::open(file).map_err(|e| CarryFault::Pack(PackFault::Io(e)))?;
    let store = AssetStore::new(var.join("assets"));
    let (assets, lock) = contents(&mut BufReader::new(input), &store)?;
    let mut kit = match Kit::open(root, var) {
        Err(NoKit::NotThere) => None,
        other => Some(other?),
    };
    let here = |k: &Option<Kit>, id: &str| k.as_ref().is_some_and(|k| k.asset(id).is_ok());
    let mut drafts = vec![];
    for a in assets.iter().filter(|a| !here(&kit, &a.id)) {
        let Some(p) = lock.pins.get(&a.id) else { continue };
        published(a, &p.sha256).map_err(|e| CarryFault::File(a.id.clone(), e))?;
        let ext = a.file.rsplit_once('.').map_or("", |(_, e)| e).to_ascii_lowercase();
        let name = format!("{}.{ext}", a.id);
        // By the name it gets here, not by the one it had.
        inspect(&store.get(&p.sha256)?, Some(&name)).map_err(|e| CarryFault::File(a.id.clone(), e))?;
        drafts.push(Draft {
            id: a.id.clone(),
            kind: a.kind.clone(),
            title: a.title.clone(),
            url: a.url.clone(),
            file: format!("kit/{name}"),
            sha256: a.sha256.clone(),
            license: a.license.clone(),
            alt: a.alt.clone(),
            preview: a.preview.clone(),
            from: None,
        });
    }
    if !drafts.is_empty() {
        let from = file.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        draft::append(root, &draft::yaml(&drafts, &from))?;
        kit = Some(Kit::open(root, var)?);
    }
    let Some(mut kit) = kit else { return Ok(vec![]) };
    let mut out = vec![];
    for (id, p) in &lock.pins {
        let Ok(own) = kit.asset(id).cloned() else { continue };
        let name = Path::new(&own.file).file_name().and_then(|n| n.to_str());
        let good = published(&own, &p.sha256).and_then(|()| inspect(&store.get(&p.sha256)?, name));
        if let Err(e) = good {
            out.push((id.clone(), Fetched::Refused(Refused::File(e))));
            continue;
        }
        let mut became = settle(&mut kit, &own, &p.sha256)?;
        if matches!(became, Fetched::Changed(_)) && !kit.lock.pins.contains_key(id) {
            kit.waits(id, own.url.as_deref().unwrap_or_default(), &p.sha256)?;
        }
        if pin && matches!(became, Fetched::New) {
            kit.pin(id)?;
            became = Fetched::Pinned;
        }
        out.push((id.clone(), became));
    }
    Ok(out)
}

/// That a file is the one its issuer published, where that is known.
fn published(a: &Declared, found: &str) -> Result<(), KitError> {
    match a.sha256.clone().filter(|p| p != found) {
        Some(expected) => Err(KitError::WrongHash { expected, found: found.to_owned() }),
        None => Ok(()),
    }
}

/// Reads a pack whole: its files into the store, each tested against its name and its pin.
fn contents(input: &mut impl std::io::Read, store: &AssetStore) -> Result<(Vec<Declared>, Lock), CarryFault> {
    let (mut manifest, mut lock): (Option<Vec<Declared>>, Option<Lock>) = (None, None);
    let mut came = std::collections::BTreeSet::new();
    kit::unpack(input, |Entry { name, bytes }| {
        match (name.as_str(), name.strip_prefix("files/")) {
            ("media-kit.yaml", _) if bytes.len() < 4 << 20 => {
                let found = declared_in(&bytes).unwrap_or_default();
                manifest = Some(found.into_iter().filter(plain).collect());
            }
            ("media-kit.lock", _) if bytes.len() < 4 << 20 => {
                lock = Some(Lock::parse(&String::from_utf8_lossy(&bytes)));
            }
            (_, Some(sha256)) => {
                let found = hash(&bytes);
                if found != sha256 {
                    let wrong = KitError::WrongHash { expected: sha256.to_owned(), found };
                    return Err(CarryFault::File(name.clone(), wrong));
                }
                let pinned = lock.as_ref().is_some_and(|l| l.pins.values().any(|p| p.sha256 == sha256));
                if !pinned {
                    return Err(CarryFault::Stranger(name.clone()));
                }
                store.put(&bytes).map_err(|e| CarryFault::File(name.clone(), e))?;
                came.insert(found);
            }
            _ => return Err(CarryFault::Stranger(name.clone())),
        }
        Ok(())
    })?;
    let (Some(manifest), Some(lock)) = (manifest, lock) else {
        return Err(PackFault::NotAPack("it has no media-kit.yaml or no media-kit.lock").into());
    };
    if let Some((id, p)) = lock.pins.iter().find(|(_, p)| !came.contains(&p.sha256)) {
        return Err(CarryFault::File(id.clone(), KitError::Missing(p.sha256.clone())));
    }
    if let Some(id) = lock.pins.keys().find(|id| !manifest.iter().any(|a| a.id == **id)) {
        return Err(CarryFault::Stranger(id.clone()));
    }
    Ok((manifest, lock))
}

/// True if what is written into the manifest without quotes is one plain word.
fn plain(a: &Declared) -> bool {
    let is_hash = |h: &String| h.len() == 64 && h.bytes().all(|b| b.is_ascii_hexdigit());
    is_slug(&a.id)
        && is_slug(&a.kind)
        && a.preview.as_deref().is_none_or(is_slug)
        && a.sha256.as_ref().is_none_or(is_hash)
}

/// Copies the files of drafts that lie in a folder to where the drafts say.
///
/// # Errors
/// The disk; another file lies there already, and stays.
pub fn bring(root: &Path, drafts: &[Draft]) -> Result<(), KitError> {
    for d in drafts {
        let Some(from) = &d.from else { continue };
        let (to, bytes) = (root.join("campaigns").join(&d.file), read(from)?);
        match read(&to) {
            Ok(there) if there == bytes => {}
            Ok(_) => return Err(KitError::Io(d.file.clone(), std::io::ErrorKind::AlreadyExists.into())),
            Err(_) => write_whole(&to, &bytes)?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pack_writes_nothing_but_its_words_into_the_manifest() {
        let (dir, file) = (tempfile::tempdir().unwrap(), crate::kit::a_pdf("x"));
        let sha256 = hash(&file);
        let lock = format!("x:\n  sha256: {sha256}\n  bytes: 10\n  mime: application/pdf\n");
        for (wild, good) in [
            ("preview: \"x\\n  evil:\\n    kind: poster\\n    title: t\\n    file: posts/loa.md\"", false),
            // What the issuer published is another file: nothing of it is written.
            (&*format!("sha256: {}", "a".repeat(64)), false),
            (&*format!("sha256: {sha256}"), true),
            ("preview: y", true),
        ] {
            let manifest =
                format!("assets:\n  x:\n    kind: leaflet\n    title: T\n    file: kit/x.pdf\n    {wild}\n");
            let path = dir.path().join("a.tar");
            let mut out = vec![];
            let name = format!("files/{sha256}");
            let entries = [
                ("media-kit.yaml", manifest.as_bytes()),
                ("media-kit.lock", lock.as_bytes()),
                (name.as_str(), &file[..]),
            ];
            kit::pack(&mut out, entries).unwrap();
            std::fs::write(&path, out).unwrap();
            let root = tempfile::tempdir().unwrap();
            let root = root.path();
            std::fs::create_dir_all(root.join("campaigns")).unwrap();
            let came = unpack(root, &root.join("var"), &path, true);
            assert!(came.is_err() || matches!(came.as_deref(), Ok([(_, Fetched::Pinned)])), "{came:?}");
            assert_eq!(root.join("campaigns/kit").exists(), good);
            assert_eq!(came.is_ok(), good, "{wild}: {came:?}");
            assert_eq!(root.join(MANIFEST).exists(), good);
        }
    }
}
