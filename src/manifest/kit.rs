//! The media kit: what `media-kit.yaml` declares, what `media-kit.lock` pinned, what lies on disk. All three must agree.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use chrono::NaiveDate;
use sha2::{Digest, Sha256};

use super::{Loader, shapes};
use crate::domain::id::AssetId;
use crate::domain::kit::{Asset, media_type};
use crate::domain::text::date;
use crate::yaml::shape::Check;
use crate::yaml::tree::KeyText;
use crate::yaml::{Fault, Kind, Node, Say, Severity, Source};

const FILE: &str = "campaigns/media-kit.yaml";
const LOCK: &str = "campaigns/media-kit.lock";
/// Largest asset, in bytes.
const MAX_ASSET: u64 = 256 << 20;

/// SHA-256 in 64 lower-case hexadecimal digits.
pub(super) fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut s, b| {
        let _ = write!(s, "{b:02x}");
        s
    })
}

struct Locked {
    sha256: String,
    mime: String,
    found: Option<String>,
    gone: Option<NaiveDate>,
}

fn lock(l: &mut Loader<'_>) -> BTreeMap<String, Locked> {
    if !l.files.exists(LOCK) {
        return BTreeMap::new();
    }
    let mut parsed = l.files.yaml(LOCK);
    let mut faults = std::mem::take(&mut parsed.faults);
    let mut out = BTreeMap::new();
    if let Some(Node { kind: Kind::Map(entries), .. }) = &mut parsed.root {
        let mut check = Check::new(&parsed.source, &mut faults, false);
        for (k, v) in entries {
            check.shape(v, &shapes::LOCK_ENTRY);
            // A hash that is none (A005) pins nothing.
            let is_hash = |h: &&str| h.len() == 64 && h.bytes().all(|b| b.is_ascii_hexdigit());
            let unsound =
                ["found", "kept"].iter().any(|k| v.get(k).is_some() && v.str(k).filter(is_hash).is_none());
            if let (false, Some(h), Some(m)) = (unsound, v.str("sha256").filter(is_hash), v.str("mime")) {
                let found = v.str("found").filter(is_hash).map(str::to_ascii_lowercase);
                let gone = v.str("gone").and_then(|d| d.parse().ok());
                let pin = Locked { sha256: h.to_ascii_lowercase(), mime: m.to_owned(), found, gone };
                out.insert(k.name.clone(), pin);
            }
        }
    }
    l.faults.append(&mut faults);
    out
}

/// Reads the kit.
pub fn read(l: &mut Loader<'_>) {
    if !l.files.exists(FILE) && (l.files.exists(LOCK) || l.files.exists("campaigns/kit")) {
        // The material is there and nothing declares it: one cause, said once.
        l.faults.push(super::files::missing(FILE, false));
        l.broken.insert("kit", "T039");
        return;
    }
    let Some((tree, source)) = l.register("kit", FILE, &shapes::KIT, false) else { return };
    let locked = lock(l);
    let declared = tree.get("assets").map_or(&[][..], Node::entries);
    for (k, a) in declared {
        let (Some(kind), Some(title), Some(file)) = (a.str("kind"), a.str("title"), a.str("file")) else {
            l.bad_assets.insert(AssetId::new(&k.name), "K003");
            continue;
        };
        match asset(l, &source, (&k.name, k.span), a, file, &locked) {
            Ok((bytes, sha256, mime)) => {
                let text = |key: &str| a.str(key).map(str::to_owned);
                let asset = Asset {
                    id: AssetId::new(&k.name),
                    kind: kind.to_owned(),
                    title: title.to_owned(),
                    url: text("url"),
                    file: file.to_owned(),
                    sha256,
                    mime,
                    bytes,
                    license: text("license"),
                    alt: text("alt"),
                    preview: preview(l, &source, a, declared),
                };
                l.ws.kit.insert(asset.id.clone(), asset);
            }
            Err(fault) => {
                l.bad_assets.insert(AssetId::new(&k.name), fault.code);
                l.faults.push(*fault);
            }
        }
    }
    for id in locked.keys() {
        if !declared.iter().any(|(k, _)| k.name == *id) {
            l.faults.push(
                Fault::file(
                    "A004",
                    Severity::Note,
                    LOCK,
                    format!("“{id}” có trong media-kit.lock nhưng không còn trong media-kit.yaml"),
                    format!("“{id}” is locked but no longer declared"),
                )
                .fix("Ghim lại cả bộ: loa kit lock", "Pin all again: loa kit lock"),
            );
        }
    }
}

/// N025: the picture that stands for an asset must be one of the kit.
fn preview(l: &mut Loader<'_>, source: &Source, a: &Node, declared: &[(KeyText, Node)]) -> Option<AssetId> {
    let node = a.get("preview")?;
    let id = node.text()?;
    if declared.iter().any(|(k, _)| k.name == id) {
        return Some(AssetId::new(id));
    }
    let all = declared.iter().map(|(k, v)| (k.name.as_str(), v.str("title").map(|t| Say::new(t, t))));
    l.faults.push(super::names::unknown(source, "N025", (id, node.span), ("tư liệu", "asset"), all));
    None
}

/// An asset as `media-kit.yaml` declares it, whether or not it can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// Its id.
    pub id: String,
    /// What it is: `poster`, `video`…
    pub kind: String,
    /// In words.
    pub title: String,
    /// Its official address.
    pub url: Option<String>,
    /// Path below `campaigns/`; never one that leads out of it.
    pub file: String,
    /// The hash that its issuer published.
    pub sha256: Option<String>,
    /// What may be done with it.
    pub license: Option<String>,
    /// What a picture shows.
    pub alt: Option<String>,
    /// The picture that stands for it.
    pub preview: Option<String>,
}

/// What `media-kit.yaml` declares; entries without a kind, a title or a file within `campaigns/` are left out, as `check` says.
/// `None` if there is no such file.
///
/// # Errors
/// The faults of a file that is no list of assets.
pub fn declared(root: &std::path::Path) -> Result<Option<Vec<Declared>>, Vec<Fault>> {
    let mut files = super::files::Files::new(root);
    if !files.exists(FILE) {
        return Ok(None);
    }
    entries_of(files.yaml(FILE)).map(Some)
}

/// The same of a file's bytes, wherever they come from.
///
/// # Errors
/// As [`declared`].
pub fn declared_in(bytes: &[u8]) -> Result<Vec<Declared>, Vec<Fault>> {
    entries_of(crate::yaml::parse_bytes(FILE, bytes))
}

fn entries_of(mut parsed: crate::yaml::Parsed) -> Result<Vec<Declared>, Vec<Fault>> {
    let Some(tree) = &mut parsed.root else { return Err(parsed.faults) };
    let mut faults = vec![];
    Check::new(&parsed.source, &mut faults, false).file(tree, &shapes::KIT);
    let entries = tree.get("assets").map_or(&[][..], Node::entries);
    let out = entries.iter().filter_map(|(k, a)| {
        let text = |key: &str| a.str(key).map(str::to_owned);
        let file = text("file").filter(|f| inside(f))?;
        Some(Declared {
            id: k.name.clone(),
            kind: text("kind")?,
            title: text("title")?,
            url: text("url"),
            file,
            sha256: text("sha256").map(|h| h.to_ascii_lowercase()),
            license: text("license"),
            alt: text("alt"),
            preview: text("preview"),
        })
    });
    let out: Vec<Declared> = out.collect();
    if out.is_empty() && !entries.is_empty() { Err(faults) } else { Ok(out) }
}

/// True for a path that stays below `campaigns/`.
fn inside(file: &str) -> bool {
    !file.contains("..") && !file.starts_with('/')
}

fn asset(
    l: &mut Loader<'_>,
    source: &Source,
    (id, at): (&str, crate::yaml::Span),
    node: &Node,
    file: &str,
    locked: &BTreeMap<String, Locked>,
) -> Result<(u64, String, String), Box<Fault>> {
    let span = node.get("file").map_or(at, |n| n.span);
    let held = |f: Fault| {
        Box::new(f.meanwhile(
            "Trong lúc chờ: bài nào dùng tư liệu này đều bị giữ.",
            "Meanwhile posts that use it are held.",
        ))
    };
    if !inside(file) {
        return Err(held(
            source
                .error(
                    "T027",
                    span,
                    "tệp phải nằm trong thư mục campaigns",
                    "the file must lie below campaigns/",
                )
                .fix(
                    "Chép tệp vào campaigns/kit/ rồi viết   file: kit/ten-tep",
                    "Copy it to campaigns/kit/ and write   file: kit/name",
                ),
        ));
    }
    let bytes = match l.files.bytes(&format!("campaigns/{file}"), MAX_ASSET) {
        Ok(b) => b,
        // Imported and not fetched yet: nothing is wrong with it.
        Err(f)
            if f.code == "T039"
                && !locked.contains_key(id)
                && node.str("url").is_some_and(crate::domain::kit::is_web_url) =>
        {
            return Err(held(
                source
                    .fault(
                        "A008",
                        Severity::Warning,
                        at,
                        Say::new("tư liệu này chưa tải về", "this asset has not been fetched yet"),
                    )
                    .fix(
                        format!(
                            "Tải về:  loa kit sync {id}   (địa chỉ là một trang thì tự chép tệp vào campaigns/{file}), rồi xem tệp và \
                             ghim:  loa kit pin {id}"
                        ),
                        format!(
                            "Fetch it:  loa kit sync {id}   (if the address is a page, copy the file to campaigns/{file}), then look \
                             at it and pin it:  loa kit pin {id}"
                        ),
                    ),
            ));
        }
        Err(f) if f.code == "T039" => {
            return Err(held(
                source
                    .error(
                        "A003",
                        span,
                        format!("không có tệp campaigns/{file}"),
                        format!("there is no file campaigns/{file}"),
                    )
                    .fix(
                        format!("Chép tệp vào đúng chỗ, rồi ghim:  loa kit pin {id}"),
                        format!("Copy the file there, then pin it:  loa kit pin {id}"),
                    ),
            ));
        }
        Err(f) => return Err(held(Fault { severity: Severity::Error, ..*f })),
    };
    let sha256 = hash(&bytes);
    let Some(pin) = locked.get(id) else {
        return Err(held(
            source
                .fault(
                    "A001",
                    Severity::Warning,
                    at,
                    Say::new(
                        "tư liệu này chưa có trong media-kit.lock",
                        "this asset is not in media-kit.lock",
                    ),
                )
                .why(
                    "Chưa khóa mã băm thì không biết tệp có bị thay hay không.",
                    "Without a pinned hash a change would go unnoticed.",
                )
                .fix(
                    format!("Xem lại tệp rồi ghim:  loa kit pin {id}"),
                    format!("Look at the file, then pin it:  loa kit pin {id}"),
                ),
        ));
    };
    let published = node.str("sha256").map(str::to_ascii_lowercase);
    if pin.sha256 != sha256 || published.as_ref().is_some_and(|p| *p != sha256) {
        return Err(held(
            source
                .error(
                    "A002",
                    span,
                    "tệp này khác bản đã khóa",
                    "this file differs from the one that was pinned",
                )
                .why(
                    format!(
                        "Mã băm lúc khóa bắt đầu bằng {}, của tệp hiện nay là {}.",
                        &pin.sha256.get(..8).unwrap_or_default(),
                        &sha256[..8]
                    ),
                    format!(
                        "Pinned was {}…, found {}….",
                        &pin.sha256.get(..8).unwrap_or_default(),
                        &sha256[..8]
                    ),
                )
                .fix(
                    format!("Nếu cố ý thay bản mới: xem kỹ rồi ghim:  loa kit pin {id}   Nếu không: lấy lại tệp cũ."),
                    format!("If it was replaced on purpose:  loa kit pin {id}   If not: restore the old file."),
                ),
        ));
    }
    if let Some(found) = pin.found.as_ref().filter(|f| **f != sha256) {
        return Err(held(
            source
                .fault(
                    "A009",
                    Severity::Held,
                    at,
                    Say::new(
                        "bản gốc ở địa chỉ công bố đã đổi, chưa ai quyết định dùng bản nào",
                        "the original at its official address has changed, and nobody has decided yet",
                    ),
                )
                .why(
                    format!("Đã ghim {}…, ở địa chỉ công bố nay là {}….", &sha256[..8], &found[..8]),
                    format!("Pinned is {}…, published is {}… now.", &sha256[..8], &found[..8]),
                )
                .fix(
                    format!("So hai bản:  loa kit compare\n 1. dùng bản mới:  loa kit pin {id}\n 2. giữ bản cũ:  loa kit keep {id}"),
                    format!("Compare them:  loa kit compare\n 1. take the new one:  loa kit pin {id}\n 2. keep the old one:  loa kit keep {id}"),
                ),
        ));
    }
    if let Some(day) = pin.gone.map(date) {
        l.faults.push(
            source
                .fault(
                    "A027",
                    Severity::Warning,
                    at,
                    Say::new(
                        format!("địa chỉ công bố không còn tệp này, từ {day}"),
                        format!("its official address has had no such file since {day}"),
                    ),
                )
                .why(
                    "Nơi phát hành có thể đã rút tư liệu, hoặc đổi địa chỉ.",
                    "Its issuer may have withdrawn it, or moved it.",
                )
                .fix(
                    format!("Hỏi nơi phát hành. Đổi địa chỉ thì sửa url rồi:  loa kit sync {id}   Đã rút thì bỏ tư liệu khỏi bài."),
                    format!("Ask the issuer. If it moved, put the url right, then:  loa kit sync {id}   If it was withdrawn, take it off the posts."),
                )
                .meanwhile(
                    "Trong lúc chờ: bài vẫn đi với bản đã ghim.",
                    "Meanwhile posts go out with what is pinned.",
                ),
        );
    }
    let mime = media_type(&bytes).map_or_else(|| pin.mime.clone(), str::to_owned);
    Ok((bytes.len() as u64, sha256, mime))
}
