//! Carries a kit in one file into an office without Internet, and takes it in there by the rules of a fetch: what is new comes in,
//! what is pinned otherwise is kept beside and waits for a person. Nothing in a pack can name a place outside `campaigns/kit/`.

use std::collections::BTreeMap;
use std::io::{BufReader, BufWriter, Write as _};
use std::path::Path;

use super::draft::{self, Draft};
use super::sync::settle;
use super::{Fetched, Health, Kit, MANIFEST, NoKit, Refused};
use crate::domain::id::is_slug;
use crate::kit::{self, AssetStore, Entry, KitError, Lock, PackFault, hash, inspect, read, write_whole};
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

/// Writes a pack of all assets that are as they were pinned; says which were left out.
///
/// # Errors
/// The disk. A file that is there already is not overwritten.
pub fn pack(kit: &Kit, to: &Path) -> Result<(usize, Vec<String>), CarryFault> {
    let io = |e| CarryFault::Pack(PackFault::Io(e));
    let out = std::fs::OpenOptions::new().write(true).create_new(true).open(to).map_err(io)?;
    let mut out = BufWriter::new(out);
    let made = (|| {
        let mut left = vec![];
        let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        for a in &kit.assets {
            match kit.look(a).health {
                Health::Pinned | Health::Found(_) => {
                    let bytes = read(&kit.path(a))?;
                    files.insert(format!("files/{}", hash(&bytes)), bytes);
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
        Ok((count, left))
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
        if let Err(e) = inspect(&store.get(&p.sha256)?, name) {
            out.push((id.clone(), Fetched::Refused(Refused::File(e))));
            continue;
        }
        let mut became = settle(&mut kit, &own, &p.sha256)?;
        if matches!(became, Fetched::Changed(_)) && !kit.lock.pins.contains_key(id) {
            kit.waits(id, own.url.as_deref().unwrap_or_default(), &p.sha256)?;
        }
        if pin && matches!(became, Fetched::New) {
            kit.pin(id)?;
            became = Fetched::Same;
        }
        out.push((id.clone(), became));
    }
    Ok(out)
}

/// Reads a pack whole: its files into the store, each tested against its name and its pin.
fn contents(input: &mut impl std::io::Read, store: &AssetStore) -> Result<(Vec<Declared>, Lock), CarryFault> {
    let (mut manifest, mut lock): (Option<Vec<Declared>>, Option<Lock>) = (None, None);
    let mut came = std::collections::BTreeSet::new();
    kit::unpack(input, |Entry { name, bytes }| {
        match (name.as_str(), name.strip_prefix("files/")) {
            ("media-kit.yaml", _) if bytes.len() < 4 << 20 => {
                let found = declared_in(&bytes).unwrap_or_default();
                manifest = Some(found.into_iter().filter(|a| is_slug(&a.id)).collect());
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

/// Copies the files of drafts that lie in a folder to where the drafts say. Files that are there already stay.
///
/// # Errors
/// The disk.
pub fn bring(root: &Path, drafts: &[Draft]) -> Result<(), KitError> {
    for d in drafts {
        let to = root.join("campaigns").join(&d.file);
        if let Some(from) = d.from.as_ref().filter(|_| !to.exists()) {
            write_whole(&to, &read(from)?)?;
        }
    }
    Ok(())
}
