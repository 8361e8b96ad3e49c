//! Drafts entries of `media-kit.yaml`: from the links of a page, or from a folder. A draft is a beginning: a person reads it over.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{
    BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};

use super::MANIFEST;
use crate::domain::id::is_slug;
use crate::domain::kit::{FILES, is_file_url};
use crate::domain::text::{clean_line, fold, nfc, slugify};
use crate::kit::{KitError, inspect, read, type_named, write_whole};
use crate::transport::{Pages, Url};
use crate::yaml::{self, Kind, Node};

/// Most entries drafted at once.
const MOST: usize = 500;
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

/// Addresses of files on a page, with the words that lead to them: links first; pictures shown by it only if it links to none.
pub fn links(html: &str, base: &Url) -> Vec<(String, String)> {
    let input = BufferQueue::default();
    input.push_back(StrTendril::from_slice(html));
    let tokenizer = Tokenizer::new(Sink(RefCell::default()), TokenizerOpts::default());
    while !matches!(tokenizer.feed(&input), html5ever::TokenizerResult::Done) {}
    tokenizer.end();
    let seen = tokenizer.sink.0.into_inner();
    let base = seen.base.as_deref().and_then(|b| base.join(b).ok()).unwrap_or_else(|| base.clone());
    let mut known = BTreeSet::new();
    let mut files = |found: Vec<(String, String)>| {
        let mut out = vec![];
        for (address, words) in found {
            let Some(mut url) = base.join(address.trim()).ok().and_then(|u| Pages::url(u.as_str())) else {
                continue;
            };
            url.set_fragment(None);
            if is_file_url(url.as_str()) && known.insert(url.to_string()) {
                out.push((url.to_string(), clean_line(&words)));
            }
        }
        out
    };
    let linked = files(seen.links);
    if linked.is_empty() { files(seen.pictures) } else { linked }
}

#[derive(Default)]
struct Seen {
    base: Option<String>,
    links: Vec<(String, String)>,
    pictures: Vec<(String, String)>,
    open: bool,
    silent: bool,
}

struct Sink(RefCell<Seen>);

impl TokenSink for Sink {
    type Handle = ();
    fn process_token(&self, token: Token, _: u64) -> TokenSinkResult<()> {
        let mut s = self.0.borrow_mut();
        match token {
            Token::TagToken(tag) => {
                tag_seen(&mut s, &tag);
                // What stands in them is no HTML, and ends only where they end.
                match (&*tag.name, tag.kind) {
                    ("script", TagKind::StartTag) => return TokenSinkResult::RawData(RawKind::ScriptData),
                    ("style", TagKind::StartTag) => return TokenSinkResult::RawData(RawKind::Rawtext),
                    _ => {}
                }
            }
            Token::CharacterTokens(text) if s.open && !s.silent => {
                if let Some((_, words)) = s.links.last_mut().filter(|(_, w)| w.len() < 1000) {
                    words.push_str(&text);
                }
            }
            Token::CharacterTokens(_)
            | Token::DoctypeToken(_)
            | Token::CommentToken(_)
            | Token::NullCharacterToken
            | Token::EOFToken
            | Token::ParseError(_) => {}
        }
        TokenSinkResult::Continue
    }
}

fn tag_seen(s: &mut Seen, tag: &Tag) {
    let get = |name: &str| tag.attrs.iter().find(|a| &*a.name.local == name).map(|a| a.value.to_string());
    let begins = tag.kind == TagKind::StartTag;
    match &*tag.name {
        "script" | "style" => s.silent = begins,
        // What looks like a tag in a script is none.
        _ if s.silent => {}
        "base" if begins && s.base.is_none() => s.base = get("href"),
        "a" if begins => {
            s.open = false;
            if let Some(href) = get("href").filter(|_| s.links.len() < 10 * MOST) {
                s.links.push((
                    href,
                    get("title").filter(|t| !t.trim().is_empty()).map_or_else(String::new, |t| t + " "),
                ));
                s.open = true;
            }
        }
        "a" => s.open = false,
        "img" if begins => {
            let alt = get("alt").unwrap_or_default();
            if s.open
                && let Some((_, words)) = s.links.last_mut()
            {
                words.push_str(&alt);
            }
            if let Some(src) = get("src").filter(|_| s.pictures.len() < 10 * MOST) {
                s.pictures.push((src, alt));
            }
        }
        "source" | "video" | "audio" if begins => {
            if let Some(src) = get("src") {
                s.links.push((src, String::new()));
            }
        }
        _ => {}
    }
}

/// Drafts from what [`links`] found; ids in `taken` are not given again, addresses in `known` are left out.
pub fn from_page(
    found: &[(String, String)],
    taken: &BTreeSet<String>,
    known: &BTreeSet<String>,
) -> Vec<Draft> {
    let mut taken = taken.clone();
    let mut out = vec![];
    for (url, words) in found.iter().filter(|(u, _)| !known.contains(u)).take(MOST) {
        let path = url.split(['?', '#']).next().unwrap_or_default();
        let name = unescape(path.rsplit('/').next().unwrap_or_default());
        let Some((stem, ext)) = name.rsplit_once('.') else { continue };
        let title = if says_something(words) { words.clone() } else { title_of(stem) };
        out.push(draft(stem, ext, &title, &mut taken, |d| d.url = Some(url.clone())));
    }
    out
}

/// Drafts from a folder's files, and the names of those that are no file of a kit.
///
/// # Errors
/// The folder cannot be listed.
pub fn from_folder(
    folder: &Path,
    taken: &BTreeSet<String>,
    known: &BTreeSet<String>,
) -> Result<(Vec<Draft>, Vec<String>), std::io::Error> {
    let mut taken = taken.clone();
    let (mut out, mut left) = (vec![], vec![]);
    let mut names: Vec<PathBuf> =
        std::fs::read_dir(folder)?.map(|e| e.map(|e| e.path())).collect::<Result<_, _>>()?;
    names.sort();
    for path in names {
        let name = path.file_name().map(|n| nfc(&n.to_string_lossy())).unwrap_or_default();
        let file = std::fs::symlink_metadata(&path)?.is_file();
        if name.starts_with('.') || !file {
            continue;
        }
        let good = read(&path).is_ok_and(|b| {
            inspect(&b, Some(&name)).is_ok_and(|i| i.mime != "text/plain")
                && !known.contains(&crate::kit::hash(&b))
        });
        match name.rsplit_once('.').filter(|(s, e)| {
            good && !s.is_empty() && FILES.contains(&e.to_ascii_lowercase().as_str()) && out.len() < MOST
        }) {
            Some((stem, ext)) => {
                out.push(draft(stem, ext, &title_of(stem), &mut taken, |d| d.from = Some(path.clone())));
            }
            None => left.push(name),
        }
    }
    Ok((out, left))
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

    const PAGE: &str = "<!doctype html><base href='/tai-lieu/'><script>var x = \"<a href='no.png'>\"</script>\
        <script>for(var i=0;i<n;i++){f(i)}</script><style>a<b{}</style>\
        <a href='anh/Ap-phich%20biz.png#xem'>Áp phích <b>tên miền</b> biz.vn</a> <a href='/trang'>Trang</a>\
        <a href='anh/Ap-phich%20biz.png'>lần nữa</a><a href='https://kho.example/1.PDF?v=2'>Tải về</a>\
        <a href='javascript:alert(1).png'>x</a><a href='anh/logo.svg'>Logo</a>\
        <a href='anh/b.jpg'><img src='nho.jpg' alt='Băng rôn &quot;.vn&quot;'></a><video src='clip.mp4'></video>";

    #[test]
    fn a_page_becomes_drafts() {
        let found = links(PAGE, &Url::parse("https://kit.example/x").unwrap());
        let drafts = from_page(&found, &BTreeSet::from(["clip".to_owned()]), &BTreeSet::new());
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
            ]
        );
        assert_eq!(drafts[0].url.as_deref(), Some("https://kit.example/tai-lieu/anh/Ap-phich%20biz.png"));
        let known = BTreeSet::from([drafts[0].url.clone().unwrap()]);
        assert_eq!(from_page(&found, &BTreeSet::new(), &known).len(), 3);
        let shown = links("<img src='a.png' alt='Ảnh một'>", &Url::parse("https://kit.example/").unwrap());
        assert_eq!(shown, [("https://kit.example/a.png".to_owned(), "Ảnh một".to_owned())]);
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
