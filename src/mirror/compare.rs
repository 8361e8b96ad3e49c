//! What was pinned and what was found, side by side: one page, complete in itself, to be opened in a browser.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Kit;
use crate::domain::kit::Recipe;
use crate::domain::text::{Lang, number};
use crate::kit::{derive, hash, inspect, read, shown_size};
use crate::manifest::Declared;

/// How large a picture is shown.
const SHOWN: Recipe =
    Recipe { name: "compare", width: 900, height: 1200, bytes: 400 << 10, quality: 85, gif: false, ratio: 0 };

/// What became of an asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Its original, since it was pinned.
    Original,
    /// Its original is another file than what lies in the folder, and nothing is pinned.
    Unpinned,
    /// The file in the folder, since it was pinned.
    File,
}

/// Two versions of an asset.
#[derive(Debug)]
pub struct Pair<'a> {
    /// Which.
    pub asset: &'a Declared,
    /// What happened.
    pub change: Change,
    /// What was pinned, or lies in the folder; `None` if its bytes are not here.
    pub old: Option<Vec<u8>>,
    /// What was found, or lies in the folder now; `None` if its bytes are not here: another computer found it.
    pub new: Option<Vec<u8>>,
    /// Posts that use it.
    pub users: &'a [String],
}

impl Kit {
    /// Assets whose original, or whose file, is another one than what was pinned, with both versions.
    pub fn pairs(&self) -> Vec<Pair<'_>> {
        let store = self.store();
        let state = self.state();
        self.assets
            .iter()
            .filter_map(|asset| {
                let in_folder = self.within(asset).ok().and_then(|()| read(&self.path(asset)).ok());
                let stored = |sha256: &str| store.get(sha256).ok().map(|b| b.to_vec());
                let (change, old, new) = match self.lock.pins.get(&asset.id) {
                    Some(p) => {
                        let (same, other): (Option<_>, Option<_>) = match in_folder {
                            Some(b) if hash(&b) == p.sha256 => (Some(b), None),
                            other => (None, other),
                        };
                        let old = same.or_else(|| stored(&p.sha256));
                        match &p.found {
                            Some(found) => (Change::Original, old, stored(found)),
                            None => (Change::File, old, Some(other?)),
                        }
                    }
                    None => {
                        let seen = state.get(&asset.id).filter(|s| s.waits)?;
                        (Change::Unpinned, in_folder, Some(stored(&seen.sha256)?))
                    }
                };
                Some(Pair { asset, change, old, new, users: self.users(&asset.id) })
            })
            .collect()
    }
}

/// The page, and the files that it leads to: each version is opened from it as it is. Names are for the page's own folder. `typed`
/// says how a command is typed here.
pub fn page(
    pairs: &[Pair<'_>],
    lang: Lang,
    typed: &dyn Fn(&[&str]) -> String,
) -> (String, Vec<(String, Vec<u8>)>) {
    let mut files = vec![];
    let say = |vi: &'static str, en: &'static str| if lang == Lang::Vi { vi } else { en };
    let mut out = format!(
        "<!doctype html><html lang=\"{}\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">\
         <title>{}</title><style>{STYLE}</style><h1>{}</h1><p>{}</p>",
        say("vi", "en"),
        say("So hai bản của tư liệu", "Two versions of assets"),
        say("Tư liệu đã đổi", "Changed assets"),
        say(
            "Bên trái là bản cũ, bên phải là bản mới; bấm vào ảnh để mở cả tệp. Bài dùng những tư liệu này đang được giữ.",
            "On the left the old version, on the right the new one; a picture opens its whole file. Posts that use these are held.",
        ),
    );
    if pairs.is_empty() {
        let _ =
            write!(out, "<p class=\"none\">{}</p>", say("Không có tư liệu nào đổi.", "Nothing has changed."));
    }
    for p in pairs {
        let a = p.asset;
        let _ = write!(out, "<section><h2>{} <code>{}</code></h2>", escape(&a.title), escape(&a.id));
        if let Some(url) = &a.url {
            let _ = write!(out, "<p class=\"url\">{}</p>", escape(url));
        }
        let (before, after) = match p.change {
            Change::Original => {
                (say("Đang ghim", "Pinned"), say("Bản mới ở địa chỉ công bố", "Published now"))
            }
            Change::Unpinned => {
                (say("Trong thư mục", "In the folder"), say("Ở địa chỉ công bố", "Published"))
            }
            Change::File => {
                (say("Đã ghim", "Pinned"), say("Tệp trong thư mục, đã bị đổi", "The file, altered"))
            }
        };
        out.push_str("<div class=\"pair\">");
        for (heading, bytes, which) in [(before, p.old.as_deref(), "old"), (after, p.new.as_deref(), "new")] {
            version(&mut out, heading, bytes, (&format!("{}-{which}", a.id), &mut files), lang);
        }
        let users = if p.users.is_empty() {
            say("Chưa bài nào dùng.", "No post uses it.").to_owned()
        } else {
            let list: Vec<String> =
                p.users.iter().map(|u| format!("<li><code>{}</code>", escape(u))).collect();
            format!("{}<ul>{}</ul>", say("Bài dùng tư liệu này:", "Posts that use it:"), list.concat())
        };
        let _ = write!(
            out,
            "</div><div class=\"users\">{users}</div><p class=\"ways\">{}</p></section>",
            ways(p, lang, typed)
        );
    }
    out.push_str("</html>\n");
    (out, files)
}

/// What a person may do about it.
fn ways(p: &Pair<'_>, lang: Lang, typed: &dyn Fn(&[&str]) -> String) -> String {
    let say = |vi: &'static str, en: &'static str| if lang == Lang::Vi { vi } else { en };
    let command = |what: &str| format!("<code>{}</code>", escape(&typed(&["kit", what, &p.asset.id])));
    let take = say("Dùng bản mới, rồi duyệt lại các bài", "Take the new one, then approve the posts again");
    match p.change {
        _ if p.new.is_none() => format!(
            "{}: {}",
            say(
                "Bản mới do máy khác tải, chưa có ở máy này. Tải về để xem",
                "Another computer fetched the new one; it is not here. Fetch it to see it"
            ),
            command("sync")
        ),
        Change::Original | Change::Unpinned => format!(
            "{take}: {}<br>{}: {}",
            command("pin"),
            say("Giữ bản cũ", "Keep the old one"),
            command("keep")
        ),
        Change::File => format!(
            "{}<br>{take}: {}",
            say(
                "Không ai cố ý đổi: chép bản đã ghim đè lên tệp trong campaigns/ (không có ở đây thì lấy từ bản sao lưu).",
                "Nobody meant to change it: copy the pinned version over the file in campaigns/ (if it is not here, take it from a backup).",
            ),
            command("pin")
        ),
    }
}

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:1100px;margin:24px auto;padding:0 16px;color:#1b1f24}\
    h1{font-size:24px;margin:0 0 4px}h2{font-size:19px;margin:32px 0 4px}code{background:#eef1f4;padding:1px 5px;border-radius:4px;\
    overflow-wrap:anywhere}.url{color:#57606a;margin:0 0 12px;overflow-wrap:anywhere}.pair{display:grid;grid-template-columns:1fr 1fr;\
    gap:20px;align-items:start}figure{margin:0;border:1px solid #d0d7de;border-radius:8px;padding:12px;min-width:0}figcaption{\
    font-size:14px;color:#424a53;overflow-wrap:anywhere}figcaption b{display:block;color:#1b1f24;font-size:16px}img{max-width:100%;\
    height:auto;display:block;margin:0 0 8px;background:#fff}.nopic{display:block;background:#f6f8fa;padding:48px 12px;text-align:center;color:#57606a;\
    margin:0 0 8px}.users,.ways{margin:12px 0 0}ul{margin:4px 0}@media(max-width:640px){.pair{grid-template-columns:1fr}}";

/// The ending of what a browser opens by itself and runs nothing of.
fn ending(mime: &str) -> Option<&'static str> {
    Some(match mime {
        "image/png" => "png",
        "image/jpeg" => "jpg",
        "image/gif" => "gif",
        "image/webp" => "webp",
        "application/pdf" => "pdf",
        "video/mp4" => "mp4",
        "audio/mpeg" => "mp3",
        "audio/wav" => "wav",
        _ => return None,
    })
}

fn version(
    out: &mut String,
    heading: &str,
    bytes: Option<&[u8]>,
    (name, files): (&str, &mut Vec<(String, Vec<u8>)>),
    lang: Lang,
) {
    let say = |vi: &'static str, en: &'static str| if lang == Lang::Vi { vi } else { en };
    let Some(bytes) = bytes else {
        let _ = write!(
            out,
            "<figure><span class=\"nopic\">{}</span><figcaption><b>{heading}</b></figcaption></figure>",
            say("không có ở máy này", "not on this computer")
        );
        return;
    };
    let info = inspect(bytes, None).ok();
    let picture = derive(bytes, &SHOWN).ok();
    let kind = info.map_or("?", |i| i.mime);
    let file = ending(kind).map(|end| {
        files.push((format!("{name}.{end}"), bytes.to_vec()));
        escape(&format!("{name}.{end}"))
    });
    out.push_str("<figure>");
    let shown = match &picture {
        Some(m) => {
            format!(
                "<img alt=\"{}\" src=\"data:{};base64,{}\">",
                escape(heading),
                m.mime,
                STANDARD.encode(&m.bytes)
            )
        }
        None if file.is_some() => {
            format!("<span class=\"nopic\">{kind}<br>{}</span>", say("Mở tệp", "Open the file"))
        }
        None => format!("<span class=\"nopic\">{kind}</span>"),
    };
    let _ = match file {
        Some(href) => write!(out, "<a href=\"{href}\">{shown}</a>"),
        None => write!(out, "{shown}"),
    };
    let pixels = shown_size(bytes).map_or_else(String::new, |(w, h)| format!(" · {w} × {h} px"));
    let _ = write!(
        out,
        "<figcaption><b>{heading}</b>{} byte{pixels} · {}<br>SHA-256 <code>{}</code></figcaption></figure>",
        number(bytes.len() as i64, lang),
        info.map_or("?", |i| i.mime),
        hash(bytes),
    );
}

fn escape(s: &str) -> String {
    s.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_author_wrote_is_no_markup() {
        let asset = Declared {
            id: "a".into(),
            kind: "poster".into(),
            title: "<script>alert(1)</script>".into(),
            url: Some("https://x.example/\"><img src=x>".into()),
            file: "kit/a.pdf".into(),
            sha256: None,
            license: None,
            alt: None,
            preview: None,
        };
        let users = ["c/<b>".to_owned()];
        let typed = |words: &[&str]| format!("loa -w 'a b' {}", words.join(" "));
        let new = Some(crate::kit::a_pdf("x"));
        let pair = Pair { asset: &asset, change: Change::Original, old: None, new, users: &users };
        for lang in [Lang::Vi, Lang::En] {
            let (html, files) = page(std::slice::from_ref(&pair), lang, &typed);
            assert_eq!(files, [("a-new.pdf".to_owned(), crate::kit::a_pdf("x"))]);
            assert!(html.contains("href=\"a-new.pdf\""), "{html}");
            assert!(
                !html.contains("<script") && !html.contains("<img src=x") && !html.contains("<b>\""),
                "{html}"
            );
            assert!(html.contains("application/pdf") && html.contains("loa -w 'a b' kit pin a"), "{html}");
        }
        assert!(page(&[], Lang::En, &typed).0.contains("Nothing has changed"));
        // Found by another computer: it is to be fetched, and nothing is to be decided before.
        let (html, _) = page(&[Pair { new: None, ..pair }], Lang::En, &typed);
        assert!(html.contains("kit sync a") && !html.contains("kit pin a"), "{html}");
    }
}
