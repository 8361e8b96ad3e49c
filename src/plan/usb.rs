//! `loa usb`: the sheets of stations with their recordings, as folders for a USB stick. What lies there is what was frozen at approval:
//! the sheet out of the ledger, the sound out of the asset store under its SHA-256, and each file is read again after it was written.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::{Path, PathBuf};

use crate::domain::delivery::State;
use crate::domain::message::Attachment;
use crate::kit::{AssetStore, KitError};
use crate::render::Merge;
use crate::store::{Result, SheetOut, Store};

/// The sheet's own file: the first by name, and no player plays it.
const SHEET: &str = "00-phieu.html";

/// What may be taken to stations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stick {
    /// A folder for each sheet, in order of weeks and units.
    pub folders: Vec<Folder>,
    /// Sheets that are held or no longer true, by the names of their units: they are not handed over by any way.
    pub waiting: Vec<String>,
}

/// The folder of a sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    /// `2026-W50/phuong-hong-bang`, with `+2` for a second sheet of the week.
    pub name: String,
    /// The unit's name.
    pub unit: String,
    /// The sheet's digits.
    pub code: String,
    /// The sheet for print.
    pub sheet: String,
    /// Recordings with their names in airing order.
    pub sounds: Vec<(String, Attachment)>,
    /// Items without one: they are read from the sheet.
    pub read: usize,
}

impl Folder {
    /// The files of the folder, in order.
    fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(SHEET).chain(self.sounds.iter().map(|(name, _)| name.as_str()))
    }
}

/// Why nothing, or not everything, was written.
#[derive(Debug, thiserror::Error)]
pub enum UsbFault {
    /// Something else lies there already; nothing was written.
    #[error("{} is there already and is something else", .0.first().map_or_else(String::new, |p| p.display().to_string()))]
    There(Vec<PathBuf>),
    /// A frozen recording is missing or damaged, or a file cannot be written.
    #[error("{0}: {1}")]
    File(PathBuf, KitError),
    /// What was written is not what was to be written: the stick is broken.
    #[error("{0} does not hold what was written to it")]
    Broken(PathBuf),
}

/// The sheets of the weeks from `from` to `to` (`2026-W50`; both included), of all stations or of one.
///
/// # Errors
/// The database's.
pub async fn gather(store: &Store, (from, to): (&str, &str), unit: Option<&str>) -> Result<Stick> {
    let mut out = Stick::default();
    let mut scripts = BTreeMap::new();
    for s in store.sheets_out(from, to, unit).await? {
        if !may_go(&s) {
            if !matches!(s.state(), State::Cancelled | State::Expired) {
                out.waiting.push(s.unit_name);
            }
            continue;
        }
        let Some(sheet) = store.rendition_get(s.revision_id, "station").await? else { continue };
        let sheet = crate::render::merge(
            &sheet,
            &Merge { name: None, opt_out_url: None, code: Some(&s.code), unit: Some(&s.unit_name) },
        );
        // A sheet that has left, with an item that was held, withdrawn or edited since: nobody carries it a second time.
        let items = store.sheet_items(&s.code).await?;
        if items.iter().any(|(_, may)| !may) {
            out.waiting.push(s.unit_name);
            continue;
        }
        let (mut sounds, mut read) = (vec![], 0);
        for (i, (revision, _)) in items.into_iter().enumerate() {
            if let Entry::Vacant(e) = scripts.entry(revision) {
                let script = store.rendition_get(revision, "station").await?;
                e.insert(script.as_ref().and_then(|r| crate::render::recording_of(r).cloned()));
            }
            match scripts.get(&revision) {
                Some(Some(a)) => sounds.push((crate::render::in_order(i + 1, &a.name), a.clone())),
                Some(None) | None => read += 1,
            }
        }
        // No unit's id has a plus: no other station's folder is called like a second sheet's.
        let second = if s.no > 1 { format!("+{}", s.no) } else { String::new() };
        out.folders.push(Folder {
            name: format!("{}/{}{second}", s.week, s.unit),
            unit: s.unit_name,
            code: s.code,
            sheet: sheet.html.unwrap_or(sheet.text),
            sounds,
            read,
        });
    }
    Ok(out)
}

/// A sheet on its way or there may also be carried by hand; also one that its mail did not bring. One that is held may not.
fn may_go(s: &SheetOut) -> bool {
    match s.state() {
        State::Due | State::Leased | State::Sending => s.stale == 0,
        State::Sent | State::Failed | State::Rejected | State::Unknown => true,
        State::Planned | State::Held | State::Cancelled | State::Expired => false,
    }
}

/// What Windows leaves on every stick; no player plays it.
const LEFT_BY_WINDOWS: [&str; 5] =
    ["thumbs.db", "ehthumbs.db", "desktop.ini", "system volume information", "$recycle.bin"];

fn is_left_by_windows(name: &str) -> bool {
    LEFT_BY_WINDOWS.contains(&name.to_lowercase().as_str())
}

/// Names that Windows left in these folders, which stay as they are.
pub fn left_by_windows(dir: &Path, folders: &[Folder]) -> Vec<PathBuf> {
    let within = |f: &Folder| std::fs::read_dir(dir.join(&f.name)).into_iter().flatten().flatten();
    let mut out: Vec<PathBuf> = folders
        .iter()
        .flat_map(within)
        .filter(|e| is_left_by_windows(&e.file_name().to_string_lossy()))
        .map(|e| e.path())
        .collect();
    out.sort();
    out
}

/// Writes the folders below `dir`, which is there: all of them, or none if anything else lies in one. A file that is there as it
/// should be stays. How many files were written.
///
/// # Errors
/// What lies there; a recording that is gone; the disk's.
pub fn write(dir: &Path, folders: &[Folder], assets: &AssetStore) -> std::result::Result<usize, UsbFault> {
    let mut there = vec![];
    for f in folders {
        there.extend(astray(dir, &f.name).map_or_else(|| strange(&dir.join(&f.name), f), |link| vec![link]));
    }
    if !there.is_empty() {
        return Err(UsbFault::There(there));
    }
    let mut written = 0;
    for f in folders {
        let at = dir.join(&f.name);
        // In the order of the names: simple players play in the order in which files were written.
        written += usize::from(put(&at.join(SHEET), f.sheet.as_bytes())?);
        for (name, a) in &f.sounds {
            let path = at.join(name);
            let bytes = assets.get(&a.sha256).map_err(|e| UsbFault::File(path.clone(), e))?;
            written += usize::from(put(&path, &bytes)?);
        }
    }
    Ok(written)
}

/// The first link on the way from the stick to a folder of it: it leads off the stick.
fn astray(dir: &Path, name: &str) -> Option<PathBuf> {
    let mut at = dir.to_owned();
    name.split('/').find_map(|part| {
        at.push(part);
        std::fs::symlink_metadata(&at).is_ok_and(|m| m.file_type().is_symlink()).then(|| at.clone())
    })
}

/// What lies in a folder and is not as this sheet wants it. A player would play whatever it finds.
fn strange(at: &Path, f: &Folder) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(at) else {
        return if at.exists() { vec![at.to_owned()] } else { vec![] };
    };
    let as_it_should_be = |path: &Path, name: &str| {
        // What a link leads to does not lie on the stick.
        if !std::fs::symlink_metadata(path).is_ok_and(|m| m.is_file()) {
            return false;
        }
        let found = || std::fs::read(path).map(|b| crate::kit::hash(&b)).unwrap_or_default();
        if name == SHEET {
            return found() == crate::kit::hash(f.sheet.as_bytes());
        }
        f.sounds.iter().any(|(n, a)| n == name && found() == a.sha256)
    };
    let mut out: Vec<PathBuf> = entries
        .flatten()
        .map(|e| e.path())
        .filter(|p| {
            let name = p.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            // What systems leave, and half files of a copy that was broken off: no player plays them.
            if name.starts_with('.') || is_left_by_windows(&name) {
                return false;
            }
            !f.names().any(|n| n == name) || !as_it_should_be(p, &name)
        })
        .collect();
    out.sort();
    out
}

/// Writes a file whole and reads it again. `false`: it was there.
fn put(path: &Path, bytes: &[u8]) -> std::result::Result<bool, UsbFault> {
    if path.exists() {
        return Ok(false); // looked at before
    }
    let fault = |e| UsbFault::File(path.to_owned(), e);
    crate::kit::write_whole(path, bytes).map_err(fault)?;
    if crate::kit::read_again(path).map_err(fault)? != bytes {
        return Err(UsbFault::Broken(path.to_owned()));
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::campaign::Recording;

    fn folder(assets: &AssetStore) -> Folder {
        let sound = [0xff, 0xe3, 0x18, 0xc0].into_iter().chain([0; 68]).collect::<Vec<u8>>().repeat(20);
        let sha256 = assets.put(&sound).unwrap();
        let a =
            crate::render::recording("Bài", &Recording { file: "x".into(), sha256, bytes: 1440, seconds: 2 });
        Folder {
            name: "2026-W50/hong-bang".into(),
            unit: "Phường Hồng Bàng".into(),
            code: "482116".into(),
            sheet: "<p>Phiếu</p>".into(),
            sounds: vec![("01-bai.mp3".into(), a)],
            read: 1,
        }
    }

    #[test]
    fn files_lie_in_order_and_nothing_is_written_over() {
        let dir = tempfile::tempdir().unwrap();
        let assets = AssetStore::new(dir.path().join("assets"));
        let f = folder(&assets);
        let usb = dir.path().join("usb");
        assert_eq!(write(&usb, std::slice::from_ref(&f), &assets).unwrap(), 2);
        let at = usb.join("2026-W50/hong-bang");
        assert_eq!(std::fs::read(at.join("00-phieu.html")).unwrap(), f.sheet.as_bytes());
        assert_eq!(crate::kit::hash(&std::fs::read(at.join("01-bai.mp3")).unwrap()), f.sounds[0].1.sha256);
        assert_eq!(write(&usb, std::slice::from_ref(&f), &assets).unwrap(), 0, "it is there as it should be");
        for (name, bytes) in [("00-phieu.html", "khác"), ("01-bai.mp3", "khác"), ("02-cu.mp3", "x")] {
            let before = std::fs::read(at.join(name)).ok();
            std::fs::write(at.join(name), bytes).unwrap();
            let Err(UsbFault::There(what)) = write(&usb, std::slice::from_ref(&f), &assets) else {
                panic!("{name} was taken for its own");
            };
            assert_eq!(what, [at.join(name)]);
            assert_eq!(std::fs::read(at.join(name)).unwrap(), bytes.as_bytes(), "left as it was");
            match before {
                Some(b) => std::fs::write(at.join(name), b).unwrap(),
                None => std::fs::remove_file(at.join(name)).unwrap(),
            }
        }
    }

    #[test]
    fn what_windows_leaves_stays_and_no_link_leads_off_the_stick() {
        let dir = tempfile::tempdir().unwrap();
        let assets = AssetStore::new(dir.path().join("assets"));
        let f = folder(&assets);
        let all = std::slice::from_ref(&f);
        let usb = dir.path().join("usb");
        let at = usb.join("2026-W50/hong-bang");
        std::fs::create_dir_all(at.join("System Volume Information")).unwrap();
        std::fs::write(at.join("Thumbs.db"), "x").unwrap();
        assert_eq!(write(&usb, all, &assets).unwrap(), 2);
        let names = [at.join("System Volume Information"), at.join("Thumbs.db")];
        assert_eq!(left_by_windows(&usb, all), names);
        let elsewhere = dir.path().join("khac");
        std::fs::create_dir_all(&elsewhere).unwrap();
        let link = |to: &Path, from: &Path| std::os::unix::fs::symlink(to, from).unwrap();
        // The week's folder, the unit's, and a file of it.
        for (n, led) in
            ["2026-W50", "2026-W50/hong-bang", "2026-W50/hong-bang/01-bai.mp3"].into_iter().enumerate()
        {
            let usb = dir.path().join(format!("usb-{n}"));
            let led = usb.join(led);
            std::fs::create_dir_all(led.parent().unwrap()).unwrap();
            let to = if n == 2 { at.join("01-bai.mp3") } else { elsewhere.clone() };
            link(&to, &led);
            let fault = write(&usb, all, &assets);
            assert!(matches!(&fault, Err(UsbFault::There(p)) if *p == [led.clone()]), "{led:?}: {fault:?}");
        }
        assert_eq!(std::fs::read_dir(&elsewhere).unwrap().count(), 0, "nothing was written off the stick");
    }

    #[test]
    fn what_is_held_or_no_longer_true_is_carried_by_nobody() {
        let sheet = |state: State, stale: i64| SheetOut {
            code: "482116".into(),
            unit: "a".into(),
            unit_name: "A".into(),
            week: "2026-W50".into(),
            no: 1,
            revision_id: 1,
            state: crate::store::code(state),
            stale,
        };
        use State as S;
        for s in [S::Due, S::Leased, S::Sending, S::Sent, S::Failed, S::Rejected, S::Unknown] {
            assert!(may_go(&sheet(s, 0)), "{s:?}");
        }
        for s in [S::Planned, S::Held, S::Cancelled, S::Expired] {
            assert!(!may_go(&sheet(s, 0)), "{s:?}");
        }
        assert!(
            !may_go(&sheet(S::Due, 1)) && may_go(&sheet(S::Sent, 1)),
            "what has left is with the station"
        );
    }

    #[test]
    fn a_recording_that_is_damaged_is_not_handed_over() {
        let dir = tempfile::tempdir().unwrap();
        let assets = AssetStore::new(dir.path().join("assets"));
        let f = folder(&assets);
        let (first, rest) = f.sounds[0].1.sha256.split_at(2);
        std::fs::write(dir.path().join("assets").join(first).join(rest), b"ID3 something else").unwrap();
        let usb = dir.path().join("usb");
        let fault = write(&usb, std::slice::from_ref(&f), &assets);
        assert!(matches!(fault, Err(UsbFault::File(_, KitError::WrongHash { .. }))), "{fault:?}");
        assert!(!usb.join("2026-W50/hong-bang/01-bai.mp3").exists());
    }
}
