//! Drafts entries of `media-kit.yaml`: from the links of a page, or from a folder. A draft is a beginning: a person reads it over.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::MANIFEST;
use super::links::{Found, Left, Why};
use crate::domain::id::is_slug;
use crate::domain::kit::{FILES, file_name_in};
use crate::domain::text::{clean_line, fold, nfc, slugify};
use crate::kit::{KitError, inspect, read, type_named, write_whole};
use crate::yaml::{self, Kind, Node};

/// Most entries drafted at once.
pub(super) const MOST: usize = 500;
/// How many folders below a folder are looked into.
const DEEPEST: usize = 6;
/// Longest id, in bytes.
const LONGEST: usize = 60;

/// What a new `media-kit.yaml` begins with.
const HEAD: &str = "# yaml-language-server: $schema=../schema/media-kit.json
# Bộ tư liệu của cơ quan. Bài gọi bằng kit: <mã>. Tệp nằm trong campaigns/kit/, mã băm nằm ở media-kit.lock.
assets:
";

/// A drafted entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    /// Its id.
    pub id: String,
    /// What it seems to be.
    pub kind: String,
    /// In words.
    pub title: String,
    /// Its address.
    pub url: Option<String>,
    /// Path below `campaigns/`.
    pub file: String,
    /// The hash that its issuer published.
    pub sha256: Option<String>,
    /// What may be done with it, if that is known.
    pub license: Option<String>,
    /// What a picture shows, if that is known.
    pub alt: Option<String>,
    /// The picture that stands for it.
    pub preview: Option<String>,
    /// Where the file lies now, if it does.
    pub from: Option<PathBuf>,
}

/// Drafts from what [`links`](super::links()) found; ids in `taken` are not given again, addresses in `known` are left out.
pub fn from_page(
    found: &Found,
    taken: &BTreeSet<String>,
    known: &BTreeSet<String>,
) -> (Vec<Draft>, Vec<Left>) {
    let mut taken = taken.clone();
    let (mut out, mut left) = (vec![], found.left.clone());
    for (url, words) in &found.files {
        if known.contains(url) || out.len() >= MOST {
            left.push((url.clone(), if known.contains(url) { Why::Known } else { Why::TooMany }));
            continue;
        }
        let name = unescape(file_name_in(url).unwrap_or_default());
        let Some((stem, ext)) = name.rsplit_once('.') else { continue };
        let title = if says_something(words) { words.clone() } else { title_of(stem) };
        out.push(draft(stem, ext, &title, &mut taken, |d| d.url = Some(url.clone())));
    }
    (out, left)
}

/// Drafts from the files of a folder and of those in it, and what is left out. `known`: hashes of what is here already.
///
/// # Errors
/// The folder cannot be listed.
pub fn from_folder(
    folder: &Path,
    taken: &BTreeSet<String>,
    known: &BTreeSet<String>,
) -> Result<(Vec<Draft>, Vec<Left>), std::io::Error> {
    let (mut taken, mut known) = (taken.clone(), known.clone());
    let (mut out, mut left) = (vec![], vec![]);
    let mut files = vec![];
    below(folder, 0, &mut files, &mut left)?;
    for path in files {
        let name = path.file_name().map(|n| nfc(&n.to_string_lossy())).unwrap_or_default();
        let shown = nfc(&path.strip_prefix(folder).unwrap_or(&path).to_string_lossy());
        let named =
            name.rsplit_once('.').filter(|(s, e)| !s.is_empty() && FILES.contains(&&*e.to_ascii_lowercase()));
        let Some((stem, ext)) = named else {
            left.push((shown, Why::Type));
            continue;
        };
        let bytes = read(&path);
        let why = match &bytes {
            Err(_) => Some(Why::Broken),
            Ok(b) => match inspect(b, Some(&name)) {
                Err(KitError::UnknownType) => Some(Why::Type),
                Err(_) => Some(Why::Broken),
                Ok(_) if !known.insert(crate::kit::hash(b)) => Some(Why::Known),
                Ok(_) if out.len() >= MOST => Some(Why::TooMany),
                Ok(_) => None,
            },
        };
        match why {
            Some(why) => left.push((shown, why)),
            None => out.push(draft(stem, ext, &title_of(stem), &mut taken, |d| d.from = Some(path.clone()))),
        }
    }
    Ok((out, left))
}

/// The files of a folder, in order, then those of the folders in it; nothing that is hidden, and no link.
fn below(
    folder: &Path,
    depth: usize,
    out: &mut Vec<PathBuf>,
    left: &mut Vec<Left>,
) -> Result<(), std::io::Error> {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder)?.map(|e| e.map(|e| e.path())).collect::<Result<_, _>>()?;
    paths.sort();
    let mut inner = vec![];
    for path in paths {
        let hidden = path.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.'));
        let kind = std::fs::symlink_metadata(&path)?.file_type();
        if hidden || !(kind.is_file() || kind.is_dir()) {
            continue;
        }
        if out.len() >= 10 * MOST || (kind.is_dir() && depth >= DEEPEST) {
            left.push((path.display().to_string(), Why::TooMany));
        } else if kind.is_dir() {
            inner.push(path);
        } else {
            out.push(path);
        }
    }
    inner.iter().try_for_each(|folder| below(folder, depth + 1, out, left))
}

fn draft(
    stem: &str,
    ext: &str,
    title: &str,
    taken: &mut BTreeSet<String>,
    more: impl FnOnce(&mut Draft),
) -> Draft {
    let ext = ext.to_ascii_lowercase();
    let mut id = slugify(stem);
    // A name that machines gave says nothing: the words say more.
    if !is_slug(&id) || id.chars().filter(char::is_ascii_alphabetic).count() < 3 {
        id = slugify(title);
    }
    if is_slug(&id) && !id.contains(|c: char| c.is_ascii_alphabetic()) {
        id.insert_str(0, "tu-lieu-");
    }
    id.truncate(LONGEST);
    let id = Some(id.trim_matches('-').to_owned()).filter(|i| is_slug(i)).unwrap_or_else(|| "tu-lieu".into());
    let id = std::iter::once(id.clone())
        .chain((2..).map(|n| format!("{id}-{n}")))
        .find(|i| !taken.contains(i))
        .unwrap_or(id);
    taken.insert(id.clone());
    let kind = kind_of(&format!("{title} {stem}"), &ext).to_owned();
    let mut d =
        Draft { file: format!("kit/{id}.{ext}"), id, kind, title: title.to_owned(), ..Draft::default() };
    more(&mut d);
    d
}

/// `Ap-phich_01` → `Ap phich 01`.
fn title_of(stem: &str) -> String {
    let words = stem.replace(['-', '_', '+'], " ");
    let line = clean_line(&words);
    let mut c = line.chars();
    c.next().map_or_else(|| "Tư liệu".into(), |first| first.to_uppercase().chain(c).collect())
}

/// True for words that name a thing, not for `Tải về`.
fn says_something(words: &str) -> bool {
    const EMPTY: [&str; 12] = [
        "tai ve",
        "tai xuong",
        "tai tep",
        "xem",
        "xem them",
        "tai day",
        "download",
        "click here",
        "here",
        "link",
        "pdf",
        "chi tiet",
    ];
    let folded = fold(words);
    folded.chars().count() > 3 && !EMPTY.contains(&folded.trim()) && !words.contains("://")
}

fn kind_of(words: &str, ext: &str) -> &'static str {
    const WORDS: [(&str, &str); 16] = [
        ("infographic", "infographic"),
        ("poster", "poster"),
        ("ap phich", "poster"),
        ("apphich", "poster"),
        ("standee", "standee"),
        ("backdrop", "banner"),
        ("banner", "banner"),
        ("bang ron", "banner"),
        ("to roi", "leaflet"),
        ("to gap", "leaflet"),
        ("leaflet", "leaflet"),
        ("brochure", "leaflet"),
        ("logo", "logo"),
        ("bieu trung", "logo"),
        ("kich ban", "script"),
        ("slide", "slide"),
    ];
    let folded = fold(words).replace(['-', '_'], " ");
    if let Some((_, kind)) = WORDS.iter().find(|(w, _)| folded.contains(w)) {
        return kind;
    }
    match type_named(&format!("x.{ext}")).and_then(|m| m.split('/').next()) {
        Some("image") => "picture",
        Some("audio") => "audio",
        Some("video") => "video",
        _ => "document",
    }
}

/// `%C3%A1` → `á`.
fn unescape(name: &str) -> String {
    let mut out = vec![];
    let mut bytes = name.as_bytes().iter();
    while let Some(&b) = bytes.next() {
        let rest = bytes.as_slice();
        let hex = rest
            .get(..2)
            .and_then(|h| std::str::from_utf8(h).ok())
            .and_then(|h| u8::from_str_radix(h, 16).ok());
        match hex.filter(|_| b == b'%') {
            Some(c) => {
                out.push(c);
                bytes.nth(1);
            }
            None => out.push(b),
        }
    }
    nfc(&String::from_utf8_lossy(&out)).replace(['/', '\\'], "-")
}

/// The entries as they stand below `assets:`, with what is left to a person as comments.
pub fn yaml(drafts: &[Draft], from: &str) -> String {
    use std::fmt::Write as _;
    let quoted = |s: &str| serde_json::to_string(&clean_line(s)).unwrap_or_default();
    let mut out =
        format!("  # Nháp từ {}: xem lại loại, tên, quyền sử dụng của từng mục.\n", clean_line(from));
    for d in drafts {
        let _ = write!(out, "  {}:\n    kind: {}\n    title: {}\n", d.id, d.kind, quoted(&d.title));
        if let Some(url) = &d.url {
            let _ = writeln!(out, "    url: {}", quoted(url));
        }
        let _ = writeln!(out, "    file: {}", d.file);
        if let Some(h) = &d.sha256 {
            let _ = writeln!(out, "    sha256: {h}");
        }
        let _ = match &d.license {
            Some(l) => writeln!(out, "    license: {}", quoted(l)),
            None => writeln!(out, "    # license: được dùng thế nào, theo văn bản nào"),
        };
        let picture = type_named(&d.file).is_some_and(|m| m.starts_with("image/"));
        let _ = match &d.alt {
            Some(a) => writeln!(out, "    alt: {}", quoted(a)),
            None if picture => {
                writeln!(out, "    # alt: ảnh vẽ gì, cho người không nhìn thấy (ảnh nào cũng cần)")
            }
            None => Ok(()),
        };
        if let Some(p) = &d.preview {
            let _ = writeln!(out, "    preview: {p}");
        }
    }
    out
}

/// Puts entries at the end of `media-kit.yaml`, which is made if there is none; every line that is there stays as it is.
///
/// # Errors
/// The file is written in a way that cannot be added to, an id is taken, or the disk refuses: nothing is written then.
pub fn append(root: &Path, entries: &str) -> Result<(), KitError> {
    let path = root.join(MANIFEST);
    let refuse =
        |why: &str| KitError::Io(MANIFEST.into(), std::io::Error::new(std::io::ErrorKind::InvalidData, why));
    let old = match read(&path) {
        Ok(bytes) => String::from_utf8(bytes).map_err(|_| refuse("no UTF-8"))?,
        Err(KitError::Io(_, e)) if e.kind() == std::io::ErrorKind::NotFound => HEAD.to_owned(),
        Err(e) => return Err(e),
    };
    let count = |text: &str| {
        let parsed = yaml::parse(MANIFEST, text);
        let sound = !parsed.faults.iter().any(|f| f.severity.stops());
        let assets = parsed.root.as_ref().filter(|_| sound).and_then(assets_of);
        assets.ok_or_else(|| refuse("not a list of assets, one below the other"))
    };
    let (before, indent) = count(&old)?;
    let mut text = old;
    if !text.ends_with('\n') {
        text.push('\n');
    }
    let (mut added, pad) = (0, " ".repeat(indent.saturating_sub(2)));
    for line in entries.lines() {
        added += usize::from(
            line.starts_with("  ") && !line.starts_with("   ") && !line.trim_start().starts_with('#'),
        );
        text.push_str(&pad);
        text.push_str(line);
        text.push('\n');
    }
    let (after, _) = count(&text)?;
    if after != before + added {
        return Err(KitError::Taken(MANIFEST.into()));
    }
    write_whole(&path, text.as_bytes())
}

/// How many assets a block list has, and how far they are indented.
fn assets_of(root: &Node) -> Option<(usize, usize)> {
    let [(key, node)] = root.entries() else { return None };
    if !matches!(yaml::fold(&key.written).as_str(), "assets" | "tu_lieu") || root.flow || node.flow {
        return None;
    }
    match &node.kind {
        Kind::Map(entries) => Some((entries.len(), entries.first().map_or(2, |(k, _)| k.span.column - 1))),
        Kind::Scalar { .. } if node.is_null() => Some((0, 2)),
        Kind::Scalar { .. } | Kind::List(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mirror::links;
    use crate::transport::Url;

    const PAGE: &str = "<!doctype html><base href='/tai-lieu/'><script>var x = \"<a href='no.png'>\"</script>\
        <script>for(var i=0;i<n;i++){f(i)}</script><style>a<b{}</style>\
        <a href='anh/Ap-phich%20biz.png#xem'>Áp phích <b>tên miền</b> biz.vn</a> <a href='/trang'>Trang</a>\
        <a href='anh/Ap-phich%20biz.png'>lần nữa</a><a href='https://kho.example/1.PDF?v=2'>Tải về</a>\
        <a href='javascript:alert(1).png'>x</a><a href='anh/logo.svg'>Logo</a>\
        <a href='anh/b.jpg'><img src='nho.jpg' alt='Băng rôn &quot;.vn&quot;'></a><video src='clip.mp4'></video>\
        <a href='/documents/1/2/to-roi.pdf/0a1b-2c?t=16'>Tờ rơi</a><a href='/download?id=3'>Bộ ảnh</a><a href='bo.zip'>Cả bộ</a>\
        <a href='/x/17' download>Slide</a><a href='b.html'>Tin</a>";

    #[test]
    fn a_page_becomes_drafts() {
        let found = links(PAGE, &Url::parse("https://kit.example/x").unwrap());
        let (drafts, left) = from_page(&found, &BTreeSet::from(["clip".to_owned()]), &BTreeSet::new());
        let short: Vec<_> = drafts
            .iter()
            .map(|d| (d.id.as_str(), d.kind.as_str(), d.title.as_str(), d.file.as_str()))
            .collect();
        assert_eq!(
            short,
            [
                ("ap-phich-biz", "poster", "Áp phích tên miền biz.vn", "kit/ap-phich-biz.png"),
                ("tu-lieu-1", "document", "1", "kit/tu-lieu-1.pdf"),
                ("bang-ron-vn", "banner", "Băng rôn \".vn\"", "kit/bang-ron-vn.jpg"),
                ("clip-2", "video", "Clip", "kit/clip-2.mp4"),
                ("to-roi", "leaflet", "Tờ rơi", "kit/to-roi.pdf"),
            ]
        );
        assert_eq!(drafts[0].url.as_deref(), Some("https://kit.example/tai-lieu/anh/Ap-phich%20biz.png"));
        let at = |path: &str| format!("https://kit.example{path}");
        let said = [
            (at("/tai-lieu/anh/logo.svg"), Why::Type),
            (at("/download?id=3"), Why::Unclear),
            (at("/tai-lieu/bo.zip"), Why::Type),
            (at("/x/17"), Why::Unclear),
            (at("/tai-lieu/nho.jpg"), Why::Shown),
        ];
        assert_eq!(left, said, "nothing is left out without a word");
        let known = BTreeSet::from([drafts[0].url.clone().unwrap()]);
        let (again, left) = from_page(&found, &BTreeSet::new(), &known);
        assert_eq!((again.len(), left.len(), left[5].1), (4, 6, Why::Known));
        let shown = links("<img src='a.png' alt='Ảnh một'>", &Url::parse("https://kit.example/").unwrap());
        assert_eq!(shown.files, [("https://kit.example/a.png".to_owned(), "Ảnh một".to_owned())]);
        let late = "<img src='data:image/gif;base64,R0lG' data-src='muon.jpg' alt='Tải sau'>";
        let late = links(late, &Url::parse("https://kit.example/").unwrap());
        assert_eq!(late.files, [("https://kit.example/muon.jpg".to_owned(), "Tải sau".to_owned())]);
    }

    #[test]
    fn a_folder_is_looked_through_with_those_in_it() {
        let dir = tempfile::tempdir().unwrap();
        let put = |name: &str, bytes: &[u8]| write_whole(&dir.path().join(name), bytes).unwrap();
        let pdf = crate::kit::a_pdf;
        put("Tờ rơi.pdf", &pdf("một"));
        put("a/b/ap phich.pdf", &pdf("hai"));
        put("a/cung-mot.pdf", &pdf("một"));
        put("a/nua.pdf", &pdf("ba")[..20]);
        put("slide.pptx", b"PK\x03\x04");
        put("trang.pdf", b"<html>");
        put(".an/x.pdf", &pdf("bốn"));
        put("1/2/3/4/5/6/7/sau.pdf", &pdf("năm"));
        let known = BTreeSet::from([crate::kit::hash(&pdf("sáu"))]);
        put("da-co.pdf", &pdf("sáu"));
        let (drafts, mut left) = from_folder(dir.path(), &BTreeSet::new(), &known).unwrap();
        let ids: Vec<&str> = drafts.iter().map(|d| d.id.as_str()).collect();
        assert_eq!(ids, ["to-roi", "ap-phich"]);
        left.sort();
        let short: Vec<(&str, Why)> = left.iter().map(|(w, y)| (w.rsplit('/').next().unwrap(), *y)).collect();
        let said = [
            ("7", Why::TooMany),
            ("cung-mot.pdf", Why::Known),
            ("nua.pdf", Why::Broken),
            ("da-co.pdf", Why::Known),
            ("slide.pptx", Why::Type),
            ("trang.pdf", Why::Type),
        ];
        assert_eq!(short, said);
    }

    #[test]
    fn entries_are_added_and_nothing_else_changes() {
        let dir = tempfile::tempdir().unwrap();
        let drafts = [Draft {
            id: "a".into(),
            kind: "poster".into(),
            title: "Tên: \"có\" dấu #1".into(),
            file: "kit/a.png".into(),
            ..Draft::default()
        }];
        let text = yaml(&drafts, "https://kit.example/");
        append(dir.path(), &text).unwrap();
        let first = std::fs::read_to_string(dir.path().join(MANIFEST)).unwrap();
        assert!(append(dir.path(), &text).is_err(), "the id is taken");
        assert_eq!(std::fs::read_to_string(dir.path().join(MANIFEST)).unwrap(), first);
        let declared = crate::manifest::declared(dir.path()).unwrap().unwrap();
        assert_eq!(declared[0].title, "Tên: \"có\" dấu #1");
        // Other indentation, a last line without its end.
        let own = "assets:\n    x:\n        kind: logo\n        title: X # chú\n        file: kit/x.png";
        std::fs::write(dir.path().join(MANIFEST), own).unwrap();
        append(dir.path(), &text).unwrap();
        let both = std::fs::read_to_string(dir.path().join(MANIFEST)).unwrap();
        assert!(both.starts_with(own), "{both}");
        assert_eq!(crate::manifest::declared(dir.path()).unwrap().unwrap().len(), 2);
        for bad in ["assets: {x: {kind: logo, title: X, file: kit/x.png}}\n", "assets: [\n", "khac: 1\n"] {
            std::fs::write(dir.path().join(MANIFEST), bad).unwrap();
            assert!(append(dir.path(), &text).is_err(), "{bad}");
            assert_eq!(std::fs::read_to_string(dir.path().join(MANIFEST)).unwrap(), bad);
        }
    }
}
