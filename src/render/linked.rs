//! Files that are no pictures (documents, recordings, clips): which channel carries them as they are, and what stands in a text where
//! it does not: the picture that stands for them, and a way to them.

use super::assets::extension;
use super::fault::RenderFault;
use super::html::{Dress, Shown};
use super::words::{escape, one_line, safe_url};
use crate::domain::form::Form;
use crate::domain::kit::Asset;
use crate::domain::message::Attachment;
use crate::domain::text::{Lang, size};

/// What is left of a kind's room for files that are no pictures, while a message is put together.
#[derive(Debug)]
pub(super) struct Room {
    each: u64,
    left: u64,
}

impl Room {
    pub(super) fn of(form: &Form) -> Self {
        Self { each: form.files.each, left: form.files.all }
    }
    /// Takes files of that size together, whatever each of them is, if they go in.
    pub(super) fn takes_all(&mut self, bytes: u64) -> bool {
        let fits = bytes <= self.left;
        self.left = self.left.saturating_sub(bytes);
        fits
    }
    /// How much one of them, and with mails and packages all of them, may have, bytes.
    pub(super) fn all(&self) -> u64 {
        self.each
    }
    /// Takes a file of that size, if it goes in.
    pub(super) fn takes(&mut self, bytes: u64) -> bool {
        let fits = bytes <= self.each && bytes <= self.left;
        if fits {
            self.left -= bytes;
        }
        fits
    }
}

/// A way to a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Linked {
    /// What it is called.
    title: String,
    /// `PDF, 640 KB`.
    form: String,
    /// An address, or `cid:` of the attachment itself.
    pub(super) href: String,
    /// The picture that stands for it.
    pub(super) shown: Option<Shown>,
}

impl Linked {
    /// A link to an asset that its channel does not carry.
    ///
    /// # Errors
    /// There is no address to link to.
    pub(super) fn to(asset: &Asset, kind: &str, post_file: &str) -> Result<Self, RenderFault> {
        let form = type_and_size(&asset.mime, asset.bytes);
        match asset.url.as_deref().and_then(safe_url) {
            Some(href) => Ok(Self { title: one_line(&asset.title), form, href, shown: None }),
            None => Err(RenderFault::new(
                "file_not_carried",
                post_file,
                format!(
                    "Kênh {kind} không mang được tệp \"{}\" ({form}) mà tư liệu này chưa có địa chỉ để dẫn tới. Thêm `url:` công khai của \
                     tệp trong campaigns/media-kit.yaml, hoặc bỏ tư liệu này khỏi bài.",
                    asset.id
                ),
                format!(
                    "{kind} does not carry the file \"{}\" ({form}), and the asset has no address to link to. Add its public `url:` in \
                     campaigns/media-kit.yaml, or take the asset off the post.",
                    asset.id
                ),
            )),
        }
    }

    /// A link to the attachment that goes along.
    pub(super) fn within(asset: &Asset, cid: &str) -> Self {
        let form = type_and_size(&asset.mime, asset.bytes);
        Self { title: one_line(&asset.title), form, href: format!("cid:{cid}"), shown: None }
    }

    /// In plain text.
    pub(super) fn words(&self) -> String {
        if self.href.starts_with("cid:") {
            format!("[Tệp: {} ({})]", self.title, self.form)
        } else {
            format!("{} ({}): {}", self.title, self.form, self.href)
        }
    }

    /// In HTML: its picture, if it has one, leads there, too.
    pub(super) fn html(&self, dress: Dress) -> String {
        let open = format!("<a href=\"{}\"{}>", escape(&self.href), dress.of("a"));
        let (title, form) = (escape(&self.title), escape(&self.form));
        match &self.shown {
            Some(shown) => format!(
                "<figure{}>{open}{}</a><figcaption{}>{open}{title}</a> ({form})</figcaption></figure>\n",
                dress.of("figure"),
                shown.img(dress),
                dress.of("figcaption")
            ),
            None => format!("<p{}>{open}{title}</a> ({form})</p>\n", dress.of("p")),
        }
    }
}

/// `PDF, 640 KB`.
pub(super) fn kind_and_size(a: &Attachment) -> String {
    type_and_size(&a.mime, a.bytes)
}

fn type_and_size(mime: &str, bytes: u64) -> String {
    format!("{}, {}", extension(mime).to_uppercase(), size(bytes, Lang::Vi))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::campaign::Post;
    use crate::domain::message::Role;
    use crate::domain::workspace::Workspace;
    use crate::render::forms::form;
    use crate::render::tests::{campaign, household, text, workspace};
    use crate::render::{AsTheyAre, RenderContext, Templates, render};

    fn made(ws: &Workspace, kind: &str) -> Result<crate::domain::message::Rendition, Vec<RenderFault>> {
        made_of(&leaflet(), ws, kind)
    }

    fn made_of(
        post: &Post,
        ws: &Workspace,
        kind: &str,
    ) -> Result<crate::domain::message::Rendition, Vec<RenderFault>> {
        let (templates, documents) = (Templates::builtin().unwrap(), [].into());
        let ctx = RenderContext {
            templates: &templates,
            organisation: "Sở",
            public_url: None,
            duty_phone: None,
            done_by: None,
            documents: &documents,
            pace: crate::domain::speech::Pace::default(),
            pictures: &AsTheyAre,
        };
        render(post, &campaign(), ws, form(kind), &ctx)
    }

    /// A post that shows the leaflet alone.
    fn leaflet() -> Post {
        let mut post = household();
        post.attach.clear();
        post.assets.retain(|a| a.asset.as_str() == "to-roi");
        post
    }

    #[test]
    fn without_an_address_it_is_a_fault_that_says_what_to_do() {
        let mut ws = workspace();
        ws.kit.get_mut("to-roi").unwrap().url = None;
        for kind in ["email", "wordpress", ("hand-over")] {
            assert!(made(&ws, kind).is_ok(), "{kind} carries it");
        }
        for kind in ["zalo-bot", ("webhook")] {
            let f = made(&ws, kind).unwrap_err();
            assert_eq!((f.len(), f[0].code), (1, "file_not_carried"));
            for word in [kind, "to-roi", "PDF, 640 KB", "`url:`", "media-kit.yaml"] {
                assert!(f[0].vi.contains(word) && f[0].en.contains(word), "{word}: {}", f[0].vi);
            }
        }
        // An address that nobody can follow is none.
        ws.kit.get_mut("to-roi").unwrap().url = Some("javascript:alert(1)".into());
        assert!(made(&ws, "zalo-bot").is_err());
    }

    #[test]
    fn what_is_larger_than_a_kind_carries_becomes_a_link() {
        for kind in ["wordpress", "email", "hand-over", "telegram"] {
            let most = form(kind).files.each;
            let mut ws = workspace();
            ws.kit.get_mut("to-roi").unwrap().bytes = most;
            let r = made(&ws, kind).unwrap();
            assert_eq!(r.attachments.iter().filter(|a| a.role == Role::File).count(), 1, "{kind}");
            assert!(!r.text.contains("https://kit.example/to-roi"), "{kind}");
            ws.kit.get_mut("to-roi").unwrap().bytes = most + 1;
            let r = made(&ws, kind).unwrap();
            assert!(r.attachments.is_empty(), "{kind}");
            assert_eq!(r.text.matches("Tư liệu to-roi (PDF").count(), 1, "{kind}");
            assert!(r.text.contains("https://kit.example/to-roi"), "{kind}");
        }
        let mut room = Room::of(form("email"));
        let all = form("email").files.all;
        assert!(room.takes(all - 10) && !room.takes(11) && room.takes(10), "all of a mail together");
    }

    #[test]
    fn hostile_titles_and_addresses_stay_words() {
        let mut ws = workspace();
        let asset = ws.kit.get_mut("to-roi").unwrap();
        asset.title = "<script>\"x\"\nBcc: a".into();
        asset.url = Some("https://kit.example/\"onclick=x".into());
        asset.bytes = form("wordpress").files.each + 1;
        if let Ok(r) = made(&ws, "wordpress") {
            let html = r.html.unwrap();
            assert!(!html.contains("<script>") && !html.contains("\"onclick"), "{html}");
        }
    }

    #[test]
    fn a_preview_that_the_post_shows_anyway_is_shown_once() {
        let mut ws = workspace();
        let asset = ws.kit.get_mut("to-roi").unwrap();
        (asset.preview, asset.bytes) = (Some("poster-biz-vn".into()), form("email").files.all + 1);
        let r = made(&ws, "email").unwrap();
        assert_eq!(r.attachments.len(), 1);
        assert_eq!(r.html.unwrap().matches("cid:poster-biz-vn@loa").count(), 1);
        // Zalo and Telegram: it becomes the message's picture where there is none.
        for kind in ["zalo-bot", "telegram"] {
            ws.kit.get_mut("to-roi").unwrap().bytes = form("telegram").files.each + 1;
            let r = made(&ws, kind).unwrap();
            assert_eq!((r.attachments.len(), r.attachments[0].role), (1, Role::Featured), "{kind}");
        }
        let mut post = household();
        post.texts.overrides.clear();
        post.texts.main = Some(text("noi-dung.md", "Chữ.\n\n![Áp phích](kit:poster-biz-vn)"));
        post.attach.clear();
        let r = made_of(&post, &ws, "email").unwrap();
        assert_eq!(r.html.unwrap().matches("cid:poster-biz-vn@loa").count(), 1);
    }
}
