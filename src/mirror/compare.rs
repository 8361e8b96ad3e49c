//! What was pinned and what was found, side by side: one page, complete in itself, to be opened in a browser.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Kit;
use crate::domain::text::{Lang, number};
use crate::kit::{Recipe, derive, inspect, read};
use crate::manifest::Declared;

/// How large a picture is shown.
const SHOWN: Recipe =
    Recipe { name: "compare", width: 900, height: 1200, bytes: 400 << 10, quality: 85, gif: false, ratio: 0 };

/// Two versions of an asset.
#[derive(Debug)]
pub struct Pair<'a> {
    /// Which.
    pub asset: &'a Declared,
    /// What lies in the folder; `None` if nothing can be read there.
    pub old: Option<Vec<u8>>,
    /// What was found.
    pub new: Vec<u8>,
    /// Posts that use it.
    pub users: &'a [String],
}

impl Kit {
    /// Assets whose original changed, with both versions. What was found and cannot be read any more is left out.
    pub fn pairs(&self) -> Vec<Pair<'_>> {
        let store = self.store();
        let state = self.state();
        self.assets
            .iter()
            .filter_map(|asset| {
                let found = match self.lock.pins.get(&asset.id) {
                    Some(p) => p.found.clone(),
                    None => state.get(&asset.id).filter(|s| s.waits).map(|s| s.sha256.clone()),
                };
                let new = store.get(&found?).ok()?.to_vec();
                Some(Pair { asset, old: read(&self.path(asset)).ok(), new, users: self.users(&asset.id) })
            })
            .collect()
    }
}

/// The page, and the files that it leads to: what is no picture is opened from it. Names are for the page's own folder.
pub fn page(pairs: &[Pair<'_>], lang: Lang) -> (String, Vec<(String, Vec<u8>)>) {
    let mut files = vec![];
    let say = |vi: &'static str, en: &'static str| if lang == Lang::Vi { vi } else { en };
    let mut out = format!(
        "<!doctype html><html lang=\"{}\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">\
         <title>{}</title><style>{STYLE}</style><h1>{}</h1><p>{}</p>",
        say("vi", "en"),
        say("So bản gốc đã đổi", "Changed originals"),
        say("Bản gốc đã đổi", "Changed originals"),
        say(
            "Bên trái là bản đang ghim, bên phải là bản mới ở địa chỉ công bố. Bài dùng tư liệu này đang được giữ.",
            "On the left what is pinned, on the right what is published now. Posts that use it are held.",
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
        out.push_str("<div class=\"pair\">");
        for (heading, bytes, which) in [
            (say("Đang ghim", "Pinned"), p.old.as_deref(), "old"),
            (say("Bản mới", "New"), Some(&*p.new), "new"),
        ] {
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
            "</div><div class=\"users\">{users}</div><p class=\"ways\">{}: <code>loa kit pin {}</code><br>{}: <code>loa kit keep {}</code></p></section>",
            say("Dùng bản mới, rồi duyệt lại các bài", "Take the new one, then approve the posts again"),
            escape(&a.id),
            say("Giữ bản cũ", "Keep the old one"),
            escape(&a.id),
        );
    }
    out.push_str("</html>\n");
    (out, files)
}

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:1100px;margin:24px auto;padding:0 16px;color:#1b1f24}\
    h1{font-size:24px;margin:0 0 4px}h2{font-size:19px;margin:32px 0 4px}code{background:#eef1f4;padding:1px 5px;border-radius:4px;\
    overflow-wrap:anywhere}.url{color:#57606a;margin:0 0 12px;overflow-wrap:anywhere}.pair{display:grid;grid-template-columns:1fr 1fr;\
    gap:20px;align-items:start}figure{margin:0;border:1px solid #d0d7de;border-radius:8px;padding:12px;min-width:0}figcaption{\
    font-size:14px;color:#424a53;overflow-wrap:anywhere}figcaption b{display:block;color:#1b1f24;font-size:16px}img{max-width:100%;\
    height:auto;display:block;margin:0 0 8px;background:#fff}.nopic{background:#f6f8fa;padding:48px 12px;text-align:center;color:#57606a;\
    margin:0 0 8px}.users,.ways{margin:12px 0 0}ul{margin:4px 0}@media(max-width:640px){.pair{grid-template-columns:1fr}}";

/// The ending of what a browser opens by itself and runs nothing of.
fn ending(mime: &str) -> Option<&'static str> {
    Some(match mime {
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
            "<figure><p class=\"nopic\">{}</p><figcaption><b>{heading}</b></figcaption></figure>",
            say("không có tệp", "no file")
        );
        return;
    };
    let info = inspect(bytes, None).ok();
    let picture = derive(bytes, &SHOWN).ok();
    out.push_str("<figure>");
    match &picture {
        Some(m) => {
            let _ =
                write!(out, "<img alt=\"\" src=\"data:{};base64,{}\">", m.mime, STANDARD.encode(&m.bytes));
        }
        None => {
            let kind = info.map_or("?", |i| i.mime);
            let link = ending(kind).map_or_else(String::new, |end| {
                files.push((format!("{name}.{end}"), bytes.to_vec()));
                format!("<br><a href=\"{}.{end}\">{}</a>", escape(name), say("Mở tệp", "Open the file"))
            });
            let _ = write!(out, "<p class=\"nopic\">{kind}{link}</p>");
        }
    }
    let pixels = info.and_then(|i| i.pixels).map_or_else(String::new, |(w, h)| format!(" · {w} × {h} px"));
    let _ = write!(
        out,
        "<figcaption><b>{heading}</b>{} byte{pixels} · {}<br>SHA-256 <code>{}</code></figcaption></figure>",
        number(bytes.len() as i64, lang),
        info.map_or("?", |i| i.mime),
        crate::kit::hash(bytes),
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
        let pair = Pair { asset: &asset, old: None, new: crate::kit::a_pdf("x"), users: &users };
        for lang in [Lang::Vi, Lang::En] {
            let (html, files) = page(std::slice::from_ref(&pair), lang);
            assert_eq!(files, [("a-new.pdf".to_owned(), crate::kit::a_pdf("x"))]);
            assert!(html.contains("href=\"a-new.pdf\""), "{html}");
            assert!(
                !html.contains("<script") && !html.contains("<img src=x") && !html.contains("<b>\""),
                "{html}"
            );
            assert!(html.contains("application/pdf") && html.contains("loa kit pin a"));
        }
        assert!(page(&[], Lang::En).0.contains("Nothing has changed"));
    }
}
