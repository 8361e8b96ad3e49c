//! The media kit against the world outside (floor F2): fetched from its official addresses, looked over, compared, packed for an
//! office without Internet.
//!
//! Invariant: nothing here changes a pin but [`Kit::pin`] and `Kit::put_in` with `pin`, and both are a person's word. What was
//! found changed is kept beside what was pinned, and noted in `media-kit.lock`, by which `check` and `plan` hold the posts that use it.

mod carry;
mod compare;
mod draft;
mod links;
mod state;
mod sync;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::domain::id::is_slug;
use crate::kit::{AssetStore, Info, KitError, Lock, Pin, hash, inspect, read, write_whole};
use crate::manifest::{Declared, declared};
use crate::yaml::{self, Fault};

pub use carry::{Brought, CarryFault, Packed, bring, pack, unpack};
pub use compare::{Change, Pair, page};
pub use draft::{Draft, append, from_folder, from_page, yaml as draft_yaml};
pub use links::{Found, Left, Why, links};
pub use sync::{Fetched, Refused, STALL, TOTAL, sync};

/// Where the manifest lies.
const MANIFEST: &str = "campaigns/media-kit.yaml";
/// Where the pins lie.
const LOCK: &str = "campaigns/media-kit.lock";

/// The kit of a workspace, as it lies there.
#[derive(Clone, Debug)]
pub struct Kit {
    /// The workspace.
    root: PathBuf,
    /// `var`, or the sandbox's.
    var: PathBuf,
    /// The declared assets, in order.
    pub assets: Vec<Declared>,
    /// What is pinned.
    pub lock: Lock,
    /// Which posts use an asset (`campaign/post`), read from the files themselves: also posts that are held.
    pub uses: BTreeMap<String, Vec<String>>,
}

/// Why there is no kit to work with.
#[derive(Debug, thiserror::Error)]
pub enum NoKit {
    /// No `media-kit.yaml`.
    #[error("there is no {MANIFEST}")]
    NotThere,
    /// It cannot be read.
    #[error("{MANIFEST} cannot be read")]
    Faults(Vec<Fault>),
    /// No asset of that id.
    #[error("there is no asset {0:?}")]
    NoSuch(String),
    /// A file.
    #[error(transparent)]
    File(#[from] KitError),
}

/// How an asset is.
#[derive(Debug)]
pub enum Health {
    /// The file is what was pinned.
    Pinned,
    /// The original at its official address is another one now: its hash.
    Found(String),
    /// No file; true if it can be fetched.
    Missing(bool),
    /// The file is not what was pinned.
    Changed,
    /// The file is there and not pinned.
    NotPinned,
    /// The file is not what the issuer published.
    NotPublished,
    /// The file is of no known type, broken, or lies about its type.
    Bad(KitError),
}

impl Health {
    /// True if nobody has to do anything.
    pub fn is_good(&self) -> bool {
        matches!(self, Health::Pinned)
    }
    /// The word in JSON.
    pub fn word(&self) -> &'static str {
        match self {
            Health::Pinned => "pinned",
            Health::Found(_) => "original_changed",
            Health::Missing(_) => "missing",
            Health::Changed => "changed",
            Health::NotPinned => "not_pinned",
            Health::NotPublished => "not_as_published",
            Health::Bad(_) => "bad",
        }
    }
}

/// An asset as it was looked over.
#[derive(Debug)]
pub struct Looked {
    /// How it is.
    pub health: Health,
    /// Hash and size of the file, if it is there.
    pub file: Option<(String, u64)>,
    /// What the file is, if that could be seen.
    pub info: Option<Info>,
}

impl Kit {
    /// Reads the kit of a workspace.
    ///
    /// # Errors
    /// There is none, or it cannot be read.
    pub fn open(root: &Path, var: &Path) -> Result<Self, NoKit> {
        let assets = declared(root).map_err(NoKit::Faults)?.ok_or(NoKit::NotThere)?;
        let uses = uses(root, &assets);
        Ok(Self { root: root.to_owned(), var: var.to_owned(), assets, lock: read_lock(root)?, uses })
    }

    /// The store of files.
    pub fn store(&self) -> AssetStore {
        AssetStore::new(self.var.join("assets"))
    }

    /// The declared asset of an id.
    ///
    /// # Errors
    /// There is none.
    pub fn asset(&self, id: &str) -> Result<&Declared, NoKit> {
        self.assets.iter().find(|a| a.id == id).ok_or_else(|| NoKit::NoSuch(id.to_owned()))
    }

    /// Where an asset's file lies.
    pub fn path(&self, a: &Declared) -> PathBuf {
        self.root.join("campaigns").join(&a.file)
    }

    /// That no link leads from here out of the workspace.
    ///
    /// # Errors
    /// One does.
    pub fn within(&self, a: &Declared) -> Result<(), KitError> {
        let real = |p: &Path| p.canonicalize().ok();
        let there = self.path(a).ancestors().find_map(real);
        if matches!((there, real(&self.root)), (Some(p), Some(root)) if p.starts_with(&root)) {
            return Ok(());
        }
        let why = std::io::Error::new(std::io::ErrorKind::InvalidInput, "it leads out of the workspace");
        Err(KitError::Io(a.file.clone(), why))
    }

    /// Posts that use an asset.
    pub fn users(&self, id: &str) -> &[String] {
        self.uses.get(id).map_or(&[], Vec::as_slice)
    }

    /// The hash of a changed original that was found elsewhere: noted in the lock, and its bytes are not here.
    pub fn found_elsewhere(&self, id: &str) -> Option<&str> {
        let found = self.lock.pins.get(id)?.found.as_deref()?;
        (!self.store().has(found)).then_some(found)
    }

    /// Looks an asset over. Its whole file is read, and opened if it is a picture.
    pub fn look(&self, a: &Declared) -> Looked {
        let path = self.path(a);
        let pin = self.lock.pins.get(&a.id);
        let fetchable = a.url.as_deref().is_some_and(crate::domain::kit::is_web_url);
        let none = |health| Looked { health, file: None, info: None };
        if let Err(e) = self.within(a) {
            return none(Health::Bad(e));
        }
        if !path.is_file() {
            return none(Health::Missing(fetchable));
        }
        let bytes = match read(&path) {
            Ok(b) => b,
            Err(e) => return none(Health::Bad(e)),
        };
        let sha256 = hash(&bytes);
        let file = Some((sha256.clone(), bytes.len() as u64));
        let info = match inspect(&bytes, path.file_name().and_then(|n| n.to_str())) {
            Ok(i) => i,
            Err(e) => return Looked { health: Health::Bad(e), file, info: None },
        };
        let health = if a.sha256.as_ref().is_some_and(|h| *h != sha256) {
            Health::NotPublished
        } else {
            match pin {
                None => Health::NotPinned,
                Some(p) if p.sha256 != sha256 => Health::Changed,
                Some(Pin { found: Some(f), .. }) if *f != sha256 => Health::Found(f.clone()),
                Some(_) => Health::Pinned,
            }
        };
        Looked { health, file, info: Some(info) }
    }

    /// Pins an asset: the changed original, if one was found and is here; else the file as it lies there. The pin of what was
    /// found puts it into the file's place; what lay there stays in the store.
    ///
    /// # Errors
    /// The file is missing, of no known type, lies, is not what was published; the disk.
    pub fn pin(&mut self, id: &str) -> Result<Pin, NoKit> {
        let a = self.asset(id)?.clone();
        self.within(&a)?;
        let path = self.path(&a);
        let name = path.file_name().and_then(|n| n.to_str()).map(str::to_owned);
        let found = self.lock.pins.get(id).and_then(|p| p.found.clone());
        let store = self.store();
        let waiting = match found {
            Some(found) => Some(store.get(&found)?),
            // Fetched before there was any pin, while another file lay there already.
            None => self.first_find(&a),
        };
        let bytes = match &waiting {
            Some(b) => b.to_vec(),
            None => read(&path)?,
        };
        let info = inspect(&bytes, name.as_deref())?;
        let sha256 = hash(&bytes);
        if let Some(published) = a.sha256.filter(|p| *p != sha256) {
            return Err(KitError::NotPublished { expected: published, found: sha256 }.into());
        }
        if waiting.is_some() {
            if self.assets.iter().any(|o| o.id != id && o.file == a.file) {
                return Err(KitError::Io(a.file, std::io::ErrorKind::AlreadyExists.into()).into());
            }
            if let Ok(old) = read(&path) {
                // Kept while it is of a known type: somebody may want it back.
                let _ = store.put(&old);
            }
            write_whole(&path, &bytes)?;
        }
        self.remember(&bytes, info.mime);
        let pin = Pin {
            sha256,
            bytes: bytes.len() as u64,
            mime: info.mime.to_owned(),
            found: None,
            kept: None,
            gone: None,
        };
        self.lock.pins.insert(id.to_owned(), pin.clone());
        self.write_lock()?;
        self.forget_find(id);
        Ok(pin)
    }

    /// Keeps what is pinned beside the folder, to show it if somebody changes the file. Clips are too large to lie there twice.
    pub fn remember(&self, bytes: &[u8], mime: &str) {
        if crate::kit::most(mime) <= crate::kit::MAX_BYTES {
            let _ = self.store().put(bytes); // a convenience
        }
    }

    /// Keeps the pinned file although the original changed: what was found is noted as looked at.
    ///
    /// # Errors
    /// No such asset; the disk. `false` if there was nothing to decide.
    pub fn keep(&mut self, id: &str) -> Result<bool, NoKit> {
        self.asset(id)?;
        if !self.lock.pins.contains_key(id) {
            // Never pinned: what lies in the folder is pinned, and what was found is noted as looked at.
            let mut state = self.state();
            let Some(seen) = state.get_mut(id).filter(|s| s.waits) else { return Ok(false) };
            seen.waits = false;
            let found = seen.sha256.clone();
            self.write_state(&state)?;
            self.pin(id)?;
            if let Some(pin) = self.lock.pins.get_mut(id) {
                pin.kept = Some(found);
            }
            self.write_lock()?;
            return Ok(true);
        }
        let Some(pin) = self.lock.pins.get_mut(id) else { return Ok(false) };
        let Some(found) = pin.found.take() else { return Ok(false) };
        pin.kept = Some(found);
        self.write_lock()?;
        Ok(true)
    }

    /// Writes the lock, in the order of the manifest.
    ///
    /// # Errors
    /// The disk.
    pub fn write_lock(&self) -> Result<(), KitError> {
        // Pins of entries that cannot be read just now stay; `kit lock` drops what is no longer declared.
        let others = self.lock.pins.keys().map(String::as_str).filter(|id| self.asset(id).is_err());
        let text = self.lock.text(self.assets.iter().map(|a| a.id.as_str()).chain(others));
        write_whole(&self.root.join(LOCK), text.as_bytes())
    }
}

/// The pins of a workspace; none if there is no lock. One that cannot be read is not taken for an empty one: it is written again.
fn read_lock(root: &Path) -> Result<Lock, NoKit> {
    let bytes = match read(&root.join(LOCK)) {
        Err(KitError::Io(_, e)) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Lock::default()),
        other => other?,
    };
    let faults: Vec<Fault> =
        yaml::parse_bytes(LOCK, &bytes).faults.into_iter().filter(|f| f.severity.stops()).collect();
    if !faults.is_empty() {
        return Err(NoKit::Faults(faults));
    }
    Ok(Lock::parse(&String::from_utf8_lossy(&bytes)))
}

/// Which posts show which assets: listed, in a text, or standing for one that is.
fn uses(root: &Path, assets: &[Declared]) -> BTreeMap<String, Vec<String>> {
    let mut out: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for campaign in folders(&root.join("campaigns")) {
        for post in folders(&root.join("campaigns").join(&campaign).join("posts")) {
            let folder = root.join("campaigns").join(&campaign).join("posts").join(&post);
            let mut ids = std::collections::BTreeSet::new();
            for file in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
                let name = file.file_name().to_string_lossy().into_owned();
                if name != "post.yaml" && !name.ends_with(".md") {
                    continue;
                }
                let bytes = read(&file.path()).unwrap_or_default();
                let text = String::from_utf8_lossy(&bytes);
                if name == "post.yaml" {
                    ids.extend(listed(&text));
                }
                let pictures = crate::domain::markdown::pictures(&text);
                ids.extend(pictures.iter().filter_map(|p| p.asset().map(str::to_owned)));
            }
            let instead = |a: &Declared| a.preview.clone().filter(|_| ids.contains(&a.id));
            ids.extend(assets.iter().filter_map(instead).collect::<Vec<_>>());
            for id in ids {
                out.entry(id).or_default().push(format!("{campaign}/{post}"));
            }
        }
    }
    out
}

/// Assets that a `post.yaml` lists, by either name of the keys.
fn listed(text: &str) -> Vec<String> {
    let Some(tree) = yaml::parse("post.yaml", text).root else { return vec![] };
    let named = |n: &yaml::Node, names: &[&str]| {
        n.entries()
            .iter()
            .find(|(k, _)| names.contains(&yaml::fold(&k.written).as_str()))
            .map(|(_, v)| v.clone())
    };
    let Some(assets) = named(&tree, &["assets", "tu_lieu"]) else { return vec![] };
    assets
        .items()
        .iter()
        .filter_map(|a| named(a, &["kit", "bo_tu_lieu"])?.text().map(str::to_owned))
        .collect()
}

fn folders(path: &Path) -> Vec<String> {
    let mut out: Vec<String> = std::fs::read_dir(path)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|e| e.path().is_dir())
        .map(|e| e.file_name().to_string_lossy().into_owned())
        .filter(|n| is_slug(n))
        .collect();
    out.sort();
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::a_pdf;

    #[test]
    fn posts_show_assets_in_three_ways() {
        let dir = tempfile::tempdir().unwrap();
        let put = |name: &str, text: &str| {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        put("campaigns/c/posts/a/post.yaml", "title: x\nassets:\n  - kit: mot\n    alt: y\n  - kit: hai\n");
        put(
            "campaigns/c/posts/a/noi-dung.md",
            "Xem ![ảnh](kit:hai \"chú\") và ![][x]\n\n<!-- ![](kit:khong) -->\n\n[x]: kit:ba\n",
        );
        put("campaigns/c/posts/b/post.yaml", "tieu_de: x\ntư liệu:\n  - kit: mot\n");
        put(
            MANIFEST,
            "assets:\n  hai:\n    kind: video\n    title: x\n    file: kit/x.mp4\n    preview: bia\n",
        );
        let found = uses(dir.path(), &declared(dir.path()).unwrap().unwrap());
        assert_eq!(found["mot"], ["c/a", "c/b"]);
        assert_eq!(found["hai"], ["c/a"]);
        assert_eq!(found["ba"], ["c/a"]);
        assert_eq!(found["bia"], ["c/a"], "it stands for a clip of the post");
        assert!(!found.contains_key("khong"), "a comment shows nothing");
    }

    /// A kit whose asset `a` has no title, and `b` is whole; both are pinned.
    fn kit(dir: &Path) -> String {
        let folder = dir.join("campaigns/kit");
        std::fs::create_dir_all(&folder).unwrap();
        for name in ["a.pdf", "b.pdf"] {
            std::fs::write(folder.join(name), a_pdf("x")).unwrap();
        }
        let manifest = "assets:\n  a:\n    kind: leaflet\n    file: kit/a.pdf\n  b:\n    kind: leaflet\n    title: B\n    \
                        file: kit/b.pdf\n";
        std::fs::write(dir.join(MANIFEST), manifest).unwrap();
        let pin = format!("  sha256: {}\n  bytes: 29\n  mime: application/pdf\n", hash(&a_pdf("x")));
        let lock = format!("a:\n{pin}b:\n{pin}");
        std::fs::write(dir.join(LOCK), &lock).unwrap();
        lock
    }

    #[test]
    fn a_pin_takes_no_other_away() {
        let dir = tempfile::tempdir().unwrap();
        let lock = kit(dir.path());
        let open = || Kit::open(dir.path(), &dir.path().join("var"));
        std::fs::write(dir.path().join("campaigns/kit/b.pdf"), a_pdf("y")).unwrap();
        open().unwrap().pin("b").unwrap();
        let pins = read_lock(dir.path()).unwrap().pins;
        assert_eq!(pins["a"].sha256, hash(&a_pdf("x")), "its entry has a fault, and its pin stays");
        assert_eq!(pins["b"].sha256, hash(&a_pdf("y")));
        // A lock that cannot be read is not an empty one.
        std::fs::write(dir.path().join(LOCK), format!("<<<<<<< HEAD\n{lock}=======\n{lock}>>>>>>> x\n"))
            .unwrap();
        assert!(matches!(open(), Err(NoKit::Faults(_))));
    }

    #[test]
    fn a_link_leads_nowhere() {
        let dir = tempfile::tempdir().unwrap();
        kit(dir.path());
        let (file, other) = (dir.path().join("campaigns/kit/b.pdf"), tempfile::NamedTempFile::new().unwrap());
        std::fs::write(other.path(), a_pdf("x")).unwrap();
        std::fs::remove_file(&file).unwrap();
        std::os::unix::fs::symlink(other.path(), &file).unwrap();
        let mut kit = Kit::open(dir.path(), &dir.path().join("var")).unwrap();
        let b = kit.asset("b").unwrap().clone();
        assert!(matches!(kit.look(&b).health, Health::Bad(_)));
        assert!(kit.pin("b").is_err());
    }
}
