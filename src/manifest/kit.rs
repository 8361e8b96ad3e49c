//! The media kit: what `media-kit.yaml` declares, what `media-kit.lock` pinned, what lies on disk. All three must agree.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::{Loader, shapes};
use crate::domain::id::AssetId;
use crate::domain::kit::Asset;
use crate::yaml::shape::Check;
use crate::yaml::{Fault, Kind, Node, Severity, Source};

const FILE: &str = "campaigns/media-kit.yaml";
const LOCK: &str = "campaigns/media-kit.lock";
/// Largest asset, in bytes.
const MAX_ASSET: u64 = 256 << 20;

/// Media type by the file's own first bytes.
fn sniff(bytes: &[u8]) -> Option<&'static str> {
    let starts = |p: &[u8]| bytes.starts_with(p);
    Some(match () {
        () if starts(b"\x89PNG\r\n\x1a\n") => "image/png",
        () if starts(b"\xff\xd8\xff") => "image/jpeg",
        () if starts(b"GIF87a") || starts(b"GIF89a") => "image/gif",
        () if starts(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") => "image/webp",
        () if starts(b"RIFF") && bytes.get(8..12) == Some(b"WAVE") => "audio/wav",
        () if starts(b"%PDF-") => "application/pdf",
        () if starts(b"ID3") || starts(&[0xff, 0xfb]) || starts(&[0xff, 0xf3]) => "audio/mpeg",
        () if bytes.get(4..8) == Some(b"ftyp") => "video/mp4",
        () => return None,
    })
}

struct Locked {
    sha256: String,
    mime: String,
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
            if let (Some(h), Some(m)) = (v.str("sha256").filter(|h| h.len() == 64), v.str("mime")) {
                out.insert(k.name.clone(), Locked { sha256: h.to_ascii_lowercase(), mime: m.to_owned() });
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
                .fix("Ghim lại: loa kit lock", "Pin again: loa kit lock"),
            );
        }
    }
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
    if file.contains("..") || file.starts_with('/') {
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
                        "Chép tệp vào đúng chỗ, rồi chạy: loa kit lock",
                        "Copy the file there, then run: loa kit lock",
                    ),
            ));
        }
        Err(f) => return Err(held(Fault { severity: Severity::Error, ..*f })),
    };
    let sha256 = Sha256::digest(&bytes).iter().fold(String::with_capacity(64), |mut s, b| {
        let _ = write!(s, "{b:02x}");
        s
    });
    let Some(pin) = locked.get(id) else {
        return Err(held(
            source
                .error(
                    "A001",
                    at,
                    "tư liệu này chưa có trong media-kit.lock",
                    "this asset is not in media-kit.lock",
                )
                .why(
                    "Chưa khóa mã băm thì không biết tệp có bị thay hay không.",
                    "Without a pinned hash a change would go unnoticed.",
                )
                .fix("Xem lại tệp rồi chạy: loa kit lock", "Look at the file, then run: loa kit lock"),
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
                    "Nếu cố ý thay bản mới: kiểm tra rồi chạy loa kit lock. Nếu không: lấy lại tệp cũ.",
                    "If it was replaced on purpose: loa kit lock. If not: restore the old file.",
                ),
        ));
    }
    let mime = sniff(&bytes).map_or_else(|| pin.mime.clone(), str::to_owned);
    Ok((bytes.len() as u64, sha256, mime))
}
