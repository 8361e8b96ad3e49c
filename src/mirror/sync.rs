//! Fetches originals from their official addresses into the store, and says what became of each.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::NaiveDate;

use super::state::Seen;
use super::{Kit, NoKit};
use crate::domain::kit::{is_file_url, is_web_url};
use crate::kit::{KitError, MAX_CLIP, hash, inspect, most, read, type_named, write_whole};
use crate::manifest::Declared;
use crate::transport::{Ask, FileFault, Files, Got, Limits, Sink};

/// Longest silence of a server.
pub const STALL: Duration = Duration::from_secs(30);
/// Longest fetch of one file.
pub const TOTAL: Duration = Duration::from_secs(15 * 60);

/// What became of an asset.
#[derive(Debug)]
pub enum Fetched {
    /// Its address is a page, or it has none: nothing to fetch.
    NoFile,
    /// What is pinned. The word says whether the server had to send it.
    Same,
    /// What is pinned; the file was gone and is back.
    Restored,
    /// Taken in, and pinned as it was where it came from.
    Pinned,
    /// Fetched for the first time; nobody has pinned it.
    New,
    /// Another original than what is pinned, or than what lies in its place: its hash.
    Changed(String),
    /// Another original, of which a person said that it is not taken.
    Kept,
    /// Not taken.
    Refused(Refused),
}

/// Why a fetch was not taken.
#[derive(Debug)]
pub enum Refused {
    /// There is no file.
    Fetch(FileFault),
    /// It is no file of a kit, is broken, or is not what its name says.
    File(KitError),
    /// The server says another type than the bytes: said, found.
    Type(String, &'static str),
    /// A page came where a file should be.
    Page,
}

impl Fetched {
    /// True if a person must look.
    pub fn needs_person(&self) -> bool {
        matches!(self, Fetched::New | Fetched::Changed(_) | Fetched::Refused(_))
    }
}

/// Fetches one asset. Notes in the lock that an original changed, or is gone since `today`; never changes a pin.
///
/// # Errors
/// The disk: of whatever the server does, the answer speaks.
pub async fn sync(
    kit: &mut Kit,
    id: &str,
    allowed: &[String],
    limits: Option<Limits>,
    today: NaiveDate,
) -> Result<Fetched, NoKit> {
    let end = fetch(kit, id, allowed, limits).await?;
    let gone = matches!(end, Fetched::Refused(Refused::Fetch(FileFault::Status(404 | 410))));
    let there = !matches!(end, Fetched::NoFile | Fetched::Refused(_));
    kit.lock = super::read_lock(&kit.root)?;
    if let Some(pin) = kit.lock.pins.get_mut(id)
        && (gone && pin.gone.is_none() || there && pin.gone.is_some())
    {
        pin.gone = gone.then(|| today.to_string());
        kit.write_lock()?;
    }
    Ok(end)
}

async fn fetch(
    kit: &mut Kit,
    id: &str,
    allowed: &[String],
    limits: Option<Limits>,
) -> Result<Fetched, NoKit> {
    let a = kit.asset(id)?.clone();
    // The bytes say whether it is a file: not every server writes `.pdf` at the end of an address.
    let Some(url) = a.url.clone().filter(|u| is_web_url(u)) else { return Ok(Fetched::NoFile) };
    let bytes = type_named(&a.file).map_or(MAX_CLIP, most);
    let limits = limits.unwrap_or(Limits { bytes, stall: STALL, total: TOTAL });
    let files = match Files::new(allowed, Limits { bytes: limits.bytes.min(bytes), ..limits }) {
        Ok(f) => f,
        Err(says) => return Ok(Fetched::Refused(Refused::Fetch(FileFault::NoAnswer(says)))),
    };
    let store = kit.store();
    let mut state = kit.state();
    let known = state.get(id).filter(|s| s.url == url && store.get(&s.sha256).is_ok()).cloned();
    let mut part = Part::of(&kit.var.join("kit/part"), &url).map_err(NoKit::File)?;
    let begun = part.begun();
    let ask = Ask {
        url: &url,
        etag: known.as_ref().and_then(|s| s.etag.as_deref()),
        modified: known.as_ref().and_then(|s| s.modified.as_deref()),
        resume: begun.as_ref().map(|(n, v)| (*n, v.as_str())),
    };
    let got = match files.fetch(&ask, &mut part).await {
        Ok(g) => g,
        Err(FileFault::Disk(e)) => return Err(KitError::Io("var/kit".into(), e).into()),
        Err(e) => {
            // What broke off is gone on with next time; what has no end, or no sense, is not.
            if !matches!(
                e,
                FileFault::Broke(_)
                    | FileFault::Stalled(_)
                    | FileFault::TooSlow(_)
                    | FileFault::NoAnswer(_)
                    | FileFault::Status(429 | 500..=599)
            ) {
                part.forget();
            }
            return Ok(Fetched::Refused(Refused::Fetch(e)));
        }
    };
    let sha256 = match (got, known) {
        (Got::Unchanged, Some(s)) => s.sha256,
        (Got::Unchanged, None) => return Ok(Fetched::Refused(Refused::Fetch(FileFault::Confused))),
        (Got::Whole { etag, modified, media, .. }, _) => {
            let bytes = part.take().map_err(NoKit::File)?;
            let refused = acceptable(&a, &bytes, &media).err().filter(|r| !is_another(kit, id, &bytes, r));
            if let Some(r) = refused {
                // The address of a page about it is no fault, unless it was a file the last time.
                let fetched = state.get(id).is_some_and(|s| s.url == url);
                let a_page = matches!(r, Refused::Page) && !fetched && !is_file_url(&url);
                return Ok(if a_page { Fetched::NoFile } else { Fetched::Refused(r) });
            }
            let sha256 = store.put(&bytes)?;
            state.insert(id.to_owned(), Seen { url, etag, modified, sha256: sha256.clone(), waits: false });
            sha256
        }
    };
    let end = settle(kit, &a, &sha256)?;
    if let Some(seen) = state.get_mut(id) {
        seen.waits = matches!(end, Fetched::Changed(_)) && !kit.lock.pins.contains_key(id);
    }
    kit.write_state(&state)?;
    Ok(end)
}

/// What a fetched file means for its asset.
pub(super) fn settle(kit: &mut Kit, a: &Declared, sha256: &str) -> Result<Fetched, NoKit> {
    // A fetch takes long: somebody may have decided meanwhile.
    kit.lock = super::read_lock(&kit.root)?;
    kit.within(a)?;
    let path = kit.path(a);
    let there = path.is_file().then(|| read(&path).map(|b| hash(&b))).transpose()?;
    let store = kit.store();
    let Some(pin) = kit.lock.pins.get_mut(&a.id) else {
        return match there {
            None => {
                write_whole(&path, &store.get(sha256)?)?;
                Ok(Fetched::New)
            }
            Some(h) if h == sha256 => Ok(Fetched::New),
            Some(_) => Ok(Fetched::Changed(sha256.to_owned())),
        };
    };
    if pin.sha256 == sha256 {
        let noted = pin.found.take().is_some() | pin.kept.take().is_some();
        if noted {
            kit.write_lock()?;
        }
        if there.is_none() {
            write_whole(&path, &store.get(sha256)?)?;
            return Ok(Fetched::Restored);
        }
        return Ok(Fetched::Same);
    }
    if pin.kept.as_deref() == Some(sha256) {
        if pin.found.take().is_some() {
            kit.write_lock()?;
        }
        return Ok(Fetched::Kept);
    }
    if pin.found.as_deref() != Some(sha256) {
        pin.found = Some(sha256.to_owned());
        kit.write_lock()?;
    }
    Ok(Fetched::Changed(sha256.to_owned()))
}

/// Whether what came is what should have come: by its bytes, its name, what the server says, what the issuer published.
fn acceptable(a: &Declared, bytes: &[u8], media: &str) -> Result<(), Refused> {
    let name = Path::new(&a.file).file_name().and_then(|n| n.to_str());
    let info = match inspect(bytes, name) {
        Ok(i) => i,
        Err(_) if is_page(bytes) => return Err(Refused::Page),
        Err(e) => return Err(Refused::File(e)),
    };
    let said = match media {
        "image/jpg" | "image/pjpeg" => "image/jpeg",
        "audio/mp3" | "audio/x-mp3" => "audio/mpeg",
        "audio/x-wav" | "audio/wave" | "audio/vnd.wave" => "audio/wav",
        "application/x-pdf" => "application/pdf",
        other => other,
    };
    // What says nothing is no lie.
    let silent =
        matches!(said, "" | "application/octet-stream" | "binary/octet-stream" | "application/download");
    if !silent && said != info.mime {
        return Err(Refused::Type(said.chars().take(60).collect(), info.mime));
    }
    if let Some(published) = &a.sha256 {
        let found = hash(bytes);
        if *published != found {
            return Err(Refused::File(KitError::NotPublished { expected: published.clone(), found }));
        }
    }
    Ok(())
}

/// True for what is not what should have come, and is a whole file of a kit all the same: whoever put it in the place of what is pinned
/// changed the original, and posts with it wait until a person has looked.
fn is_another(kit: &Kit, id: &str, bytes: &[u8], refused: &Refused) -> bool {
    let other = matches!(
        refused,
        Refused::Type(..) | Refused::File(KitError::Lies { .. } | KitError::NotPublished { .. })
    );
    let pinned = kit.lock.pins.get(id).is_some_and(|p| p.sha256 != hash(bytes));
    other && pinned && inspect(bytes, None).is_ok()
}

fn is_page(bytes: &[u8]) -> bool {
    let start = bytes.get(..1024).unwrap_or(bytes).trim_ascii_start();
    let start = String::from_utf8_lossy(start).trim_start_matches('\u{feff}').to_ascii_lowercase();
    start.starts_with("<!doctype html") || start.starts_with("<html") || start.starts_with("<head")
}

/// A fetch that is under way, or broke off: the bytes so far, and beside them what says of which file they are.
struct Part {
    path: PathBuf,
    note: PathBuf,
    file: Option<File>,
}

impl Part {
    fn of(folder: &Path, url: &str) -> Result<Self, KitError> {
        std::fs::create_dir_all(folder).map_err(|e| KitError::Io("var/kit".into(), e))?;
        let name = &hash(url.as_bytes())[..32];
        Ok(Self { path: folder.join(name), note: folder.join(format!("{name}.of")), file: None })
    }

    /// How much is here, and the validator it came with.
    fn begun(&self) -> Option<(u64, String)> {
        let length = std::fs::metadata(&self.path).ok().filter(std::fs::Metadata::is_file)?.len();
        let validator = String::from_utf8(read(&self.note).ok()?).ok()?;
        (length > 0 && length <= MAX_CLIP && !validator.is_empty()).then_some((length, validator))
    }

    fn forget(&mut self) {
        self.file = None;
        for p in [&self.path, &self.note] {
            let _ = std::fs::remove_file(p); // gone already, or overwritten by the next fetch
        }
    }

    /// The whole of it, which is then forgotten here.
    fn take(&mut self) -> Result<Vec<u8>, KitError> {
        let bytes = read(&self.path)?;
        self.forget();
        Ok(bytes)
    }
}

impl Sink for Part {
    fn begin(&mut self, offset: u64, validator: Option<&str>) -> io::Result<()> {
        let mut file = OpenOptions::new().create(true).write(true).truncate(offset == 0).open(&self.path)?;
        file.set_len(offset)?;
        file.seek(SeekFrom::Start(offset))?;
        std::fs::write(&self.note, validator.unwrap_or_default())?;
        self.file = Some(file);
        Ok(())
    }
    fn more(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.file {
            Some(f) => f.write_all(bytes),
            None => Err(io::Error::other("bytes before their beginning")),
        }
    }
}
