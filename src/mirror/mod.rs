//! The media kit against the world outside (floor F2): fetched from its official addresses, looked over, compared, packed for an
//! office without Internet.
//!
//! Invariant: nothing here changes a pin but [`Kit::pin`] and `Kit::put_in` with `pin`, and both are a person's word. What was
//! found changed is kept beside what was pinned, and noted in `media-kit.lock`, by which `check` and `plan` hold the posts that use it.

mod carry;
mod compare;
mod draft;
mod state;
mod sync;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::domain::id::is_slug;
use crate::kit::{AssetStore, Info, KitError, Lock, Pin, hash, inspect, read, write_whole};
use crate::manifest::{Declared, declared};
use crate::yaml::{self, Fault};

pub use carry::{Brought, CarryFault, bring, pack, unpack};
pub use compare::{Pair, page};
pub use draft::{Draft, append, from_folder, from_page, links, yaml as draft_yaml};
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
        Ok(Self {
            root: root.to_owned(),
            var: var.to_owned(),
            assets,
            lock: read_lock(root),
            uses: uses(root),
        })
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

    /// Posts that use an asset.
    pub fn users(&self, id: &str) -> &[String] {
        self.uses.get(id).map_or(&[], Vec::as_slice)
    }

    /// Looks an asset over. Its whole file is read, and opened if it is a picture.
    pub fn look(&self, a: &Declared) -> Looked {
        let path = self.path(a);
        let pin = self.lock.pins.get(&a.id);
        let fetchable = a.url.as_deref().is_some_and(crate::domain::kit::is_file_url);
        let none = |health| Looked { health, file: None, info: None };
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
            return Err(KitError::WrongHash { expected: published, found: sha256 }.into());
        }
        if waiting.is_some() {
            if let Ok(old) = read(&path) {
                // Kept while it is of a known type: somebody may want it back.
                let _ = store.put(&old);
            }
            write_whole(&path, &bytes)?;
        }
        let pin =
            Pin { sha256, bytes: bytes.len() as u64, mime: info.mime.to_owned(), found: None, kept: None };
        self.lock.pins.insert(id.to_owned(), pin.clone());
        self.write_lock()?;
        self.forget_find(id);
        Ok(pin)
    }

    /// Keeps the pinned file although the original changed: what was found is noted as looked at.
    ///
    /// # Errors
    /// No such asset; the disk. `false` if there was nothing to decide.
    pub fn keep(&mut self, id: &str) -> Result<bool, NoKit> {
        self.asset(id)?;
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
        let text = self.lock.text(self.assets.iter().map(|a| a.id.as_str()));
        write_whole(&self.root.join(LOCK), text.as_bytes())
    }
}

/// The pins of a workspace.
fn read_lock(root: &Path) -> Lock {
    let bytes = read(&root.join(LOCK)).unwrap_or_default();
    Lock::parse(&String::from_utf8_lossy(&bytes))
}

/// Which posts name which assets.
fn uses(root: &Path) -> BTreeMap<String, Vec<String>> {
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
                ids.extend(text.split("](kit:").skip(1).map(|t| {
                    t.chars()
                        .take_while(|c| c.is_ascii_alphanumeric() || "-._".contains(*c))
                        .collect::<String>()
                }));
            }
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

    #[test]
    fn posts_name_assets_in_two_ways() {
        let dir = tempfile::tempdir().unwrap();
        let put = |name: &str, text: &str| {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        put("campaigns/c/posts/a/post.yaml", "title: x\nassets:\n  - kit: mot\n    alt: y\n  - kit: hai\n");
        put("campaigns/c/posts/a/noi-dung.md", "Xem ![ảnh](kit:hai \"chú\") và ![](kit:ba)\n");
        put("campaigns/c/posts/b/post.yaml", "tieu_de: x\ntư liệu:\n  - kit: mot\n");
        let found = uses(dir.path());
        assert_eq!(found["mot"], ["c/a", "c/b"]);
        assert_eq!(found["hai"], ["c/a"]);
        assert_eq!(found["ba"], ["c/a"]);
    }
}
