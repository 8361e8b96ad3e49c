//! What a rendition becomes in WordPress: slug, title, content with the site's own picture addresses. Pure.
//!
//! It never lets a reference to a picture that is not there reach a page.

use crate::domain::message::{Blob, Outbound, Role};
use crate::domain::outcome::Cause;

/// A rendition as a WordPress post.
pub(super) struct Article<'a> {
    msg: &'a Outbound,
    html: String,
}

/// The name of the post in the site: the words wished for and the first eight digits of the key. 32 bits keep apart the few
/// posts of one site that share the same words.
pub(super) fn slug(prefix: &str, msg: &Outbound) -> String {
    let mut words = String::new();
    for c in msg.body.slug.chars().take(100) {
        if c.is_ascii_alphanumeric() {
            words.push(c.to_ascii_lowercase());
        } else if !words.is_empty() && !words.ends_with('-') {
            words.push('-');
        }
    }
    let words = words.trim_matches('-');
    let words = if words.is_empty() { "bai" } else { words };
    format!("{prefix}{words}-{}", msg.key.short(8))
}

/// An ASCII file name for `Content-Disposition`: WordPress reads `filename=` alone.
pub(super) fn file_name(name: &str) -> String {
    let ok = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '-' };
    let name: String = name.chars().map(ok).take(120).collect();
    let name = name.trim_matches(['.', '-']);
    if name.is_empty() { "tep".into() } else { name.to_owned() }
}

/// Plain text as HTML text.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The name of a term as the API shows it, read back: WordPress keeps `&` as an entity.
pub(super) fn unescape(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#039;", "'")
        .replace("&#8217;", "’")
        .replace("&#038;", "&")
        .replace("&amp;", "&")
}

impl<'a> Article<'a> {
    /// Checks that every picture the text refers to is at hand.
    pub(super) fn new(msg: &'a Outbound) -> Result<Self, Cause> {
        let html = match &msg.body.html {
            Some(html) => html.clone(),
            None => paragraphs(&msg.body.text),
        };
        if msg.body.title.trim().is_empty() || html.trim().is_empty() {
            return Err(Cause::new("empty", "a post on a site needs a title and a text"));
        }
        let article = Self { msg, html };
        let names: Vec<(String, String)> =
            msg.blobs.iter().map(|b| (b.meta.cid.clone(), String::new())).collect();
        article.content(&names)?;
        Ok(article)
    }
    /// The title; WordPress takes titles as HTML.
    pub(super) fn title(&self) -> String {
        escape(&self.msg.body.title)
    }
    /// The lead, likewise.
    pub(super) fn excerpt(&self) -> String {
        escape(&self.msg.body.lead)
    }
    /// True for the picture that stands for the post.
    pub(super) fn is_featured(&self, blob: &Blob) -> bool {
        blob.meta.role == Role::Featured && blob.meta.mime.starts_with("image/")
    }
    /// The text with `cid:` references replaced by `sources` (cid, address); files it does not mention are linked below
    /// it by their titles.
    pub(super) fn content(&self, sources: &[(String, String)]) -> Result<String, Cause> {
        let mut out = String::with_capacity(self.html.len() + 200);
        let mut used: Vec<&str> = Vec::new();
        let mut rest = self.html.as_str();
        while let Some(at) = rest.find("cid:") {
            let (before, from) = rest.split_at(at);
            out.push_str(before);
            let value = &from[4..];
            // Only as (the beginning of) the value of an attribute or of url(): a text may say "cid:" too.
            if !before.ends_with(['"', '\'', '(', '=']) {
                out.push_str("cid:");
                rest = value;
                continue;
            }
            let end = value.find(['"', '\'', ')', '>', ' ', '&']).unwrap_or(value.len());
            let cid = &value[..end];
            let Some((cid, source)) = sources.iter().find(|s| s.0 == cid) else {
                return Err(Cause::new(
                    "picture_missing",
                    format!("the text shows {cid}, which is not attached"),
                ));
            };
            used.push(cid);
            out.push_str(&escape(source));
            rest = &value[end..];
        }
        out.push_str(rest);
        for blob in self.msg.blobs.iter().filter(|b| b.meta.role == Role::File) {
            let meta = &blob.meta;
            let Some((_, source)) =
                sources.iter().find(|s| s.0 == meta.cid).filter(|_| !used.contains(&meta.cid.as_str()))
            else {
                continue;
            };
            // What people read is its caption or title; the file's name is for who has neither.
            let words = [meta.caption.as_deref().unwrap_or_default(), &meta.alt, &meta.name];
            let words = words.into_iter().find(|w| !w.trim().is_empty()).unwrap_or_default();
            out.push_str(&format!("\n<p><a href=\"{}\">{}</a></p>", escape(source), escape(words)));
        }
        Ok(out)
    }
}

/// Plain text as paragraphs.
fn paragraphs(text: &str) -> String {
    text.split("\n\n")
        .map(str::trim)
        .filter(|p| !p.is_empty())
        .map(|p| format!("<p>{}</p>", escape(p).replace('\n', "<br>")))
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::http::tests_support::{outbound, png};
    use std::sync::Arc;

    fn with_html(html: &str, roles: &[Role]) -> Outbound {
        let mut m = outbound("");
        Arc::make_mut(&mut m.body).html = Some(html.into());
        let blobs: Vec<Blob> = roles
            .iter()
            .enumerate()
            .map(|(i, r)| {
                let mut b = png(*r);
                b.meta.cid = "a".repeat(i + 1);
                b
            })
            .collect();
        m.blobs = blobs.into();
        m
    }

    #[test]
    fn references_become_addresses() {
        let m =
            with_html("<p>cid:x <img src=\"cid:aa\"><img src='cid:a'></p>", &[Role::Inline, Role::Inline]);
        let sources =
            vec![("a".to_owned(), "http://s/1?x&y".to_owned()), ("aa".to_owned(), "http://s/2".to_owned())];
        let got = Article::new(&m).unwrap().content(&sources).unwrap();
        assert_eq!(got, "<p>cid:x <img src=\"http://s/2\"><img src='http://s/1?x&amp;y'></p>");
    }

    #[test]
    fn a_missing_picture_stops_the_post() {
        let m = with_html("<img src=\"cid:b\">", &[Role::Inline]);
        assert_eq!(Article::new(&m).err().unwrap().code, "picture_missing");
    }

    #[test]
    fn a_file_nobody_mentions_is_linked() {
        let m = with_html("<p>x</p>", &[Role::File]);
        let got = Article::new(&m).unwrap().content(&[("a".into(), "http://s/kh.pdf".into())]).unwrap();
        assert_eq!(got, "<p>x</p>\n<p><a href=\"http://s/kh.pdf\">Áp phích</a></p>");
        // A caption is said as it is; a file without any words has only its name.
        let mut m = with_html("<p>x</p>", &[Role::File]);
        let mut blobs = m.blobs.to_vec();
        blobs[0].meta.alt = String::new();
        m.blobs = blobs.into();
        let got = Article::new(&m).unwrap().content(&[("a".into(), "http://s/kh.pdf".into())]).unwrap();
        assert_eq!(got, "<p>x</p>\n<p><a href=\"http://s/kh.pdf\">ap-phich.png</a></p>");
    }

    #[test]
    fn slugs_and_names_are_plain() {
        let mut m = outbound("");
        Arc::make_mut(&mut m.body).slug = "  Hộ--kinh_doanh/../x ".into();
        let s = slug("so-", &m);
        assert_eq!(s, format!("so-h-kinh-doanh-x-{}", m.key.short(8)));
        Arc::make_mut(&mut m.body).slug = String::new();
        assert_eq!(slug("", &m), format!("bai-{}", m.key.short(8)));
        assert_eq!(file_name("áp phích\"\r\n.png"), "p-ph-ch---.png");
    }

    #[test]
    fn plain_text_becomes_paragraphs() {
        assert_eq!(paragraphs("a < b\nc\n\n\n d"), "<p>a &lt; b<br>c</p>\n<p>d</p>");
    }

    #[test]
    fn escaping_is_undone() {
        assert_eq!(unescape(&escape("A & B <\"x\"> &amp;")), "A & B <\"x\"> &amp;");
    }
}
