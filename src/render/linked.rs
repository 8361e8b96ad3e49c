//! Files that are no pictures (documents, recordings, clips): which channel carries them as they are, and what stands in a text where
//! it does not: the picture that stands for them, and a way to them.

use super::assets::extension;
use super::fault::RenderFault;
use super::html::{Dress, Shown};
use super::words::{escape, one_line, safe_url};
use crate::domain::kit::Asset;
use crate::domain::message::{Attachment, Voice};
use crate::domain::text::{Lang, size};

/// Largest file of a post on a site, bytes: what a server takes in one request unless told otherwise (PHP's `post_max_size`).
pub const SITE_FILE: u64 = 8_000_000;
/// Files of a mail together, bytes: a third more on the way, and many offices' servers take 10 MB.
pub const MAIL_FILES: u64 = 7_000_000;
/// Files of a package together, bytes, beside its pictures for print: within the 25 MB that the large providers take.
pub const PRESS_FILES: u64 = 8_000_000;
/// Largest file of a message on Telegram, bytes. It takes 50 MB; more than this is hardly sent within a send's own time, and what
/// was cut off half-way is nobody's to repeat.
pub const TELEGRAM_FILE: u64 = 20_000_000;

/// Such files of a message on Telegram together, bytes: they share one send's time.
pub const TELEGRAM_FILES: u64 = 30_000_000;

/// What a kind carries of such files: each at most, and all of a message together at most, bytes.
fn room(kind: &str, voice: Voice) -> (u64, u64) {
    match (kind, voice) {
        // A notice has no room for files, and Zalo takes addresses only.
        ("zalo-bot" | "webhook", _) | (_, Voice::Script) => (0, 0),
        (_, Voice::Chat) => (TELEGRAM_FILE, TELEGRAM_FILES),
        (_, Voice::Web) => (SITE_FILE, u64::MAX),
        (_, Voice::Mail) => (MAIL_FILES, MAIL_FILES),
        (_, Voice::Press) => (PRESS_FILES, PRESS_FILES),
    }
}

/// What is left of it while a message is put together.
#[derive(Debug)]
pub(super) struct Room {
    each: u64,
    left: u64,
}

impl Room {
    pub(super) fn of(kind: &str, voice: Voice) -> Self {
        let (each, left) = room(kind, voice);
        Self { each, left }
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
        let form = form(&asset.mime, asset.bytes);
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
        let form = form(&asset.mime, asset.bytes);
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
    form(&a.mime, a.bytes)
}

fn form(mime: &str, bytes: u64) -> String {
    format!("{}, {}", extension(mime).to_uppercase(), size(bytes, Lang::Vi))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::campaign::Post;
    use crate::domain::message::Role;
    use crate::domain::workspace::Workspace;
    use crate::render::tests::{campaign, household, text, workspace};
    use crate::render::{AsTheyAre, RenderContext, Templates, render};

    fn made(
        ws: &Workspace,
        kind: &str,
        voice: Voice,
    ) -> Result<crate::domain::message::Rendition, Vec<RenderFault>> {
        made_of(&leaflet(), ws, kind, voice)
    }

    fn made_of(
        post: &Post,
        ws: &Workspace,
        kind: &str,
        voice: Voice,
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
        render(post, &campaign(), ws, kind, voice, &ctx)
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
        for (kind, voice) in [("email", Voice::Mail), ("wordpress", Voice::Web), ("hand-over", Voice::Press)]
        {
            assert!(made(&ws, kind, voice).is_ok(), "{kind} carries it");
        }
        for (kind, voice) in [("zalo-bot", Voice::Chat), ("webhook", Voice::Web)] {
            let f = made(&ws, kind, voice).unwrap_err();
            assert_eq!((f.len(), f[0].code), (1, "file_not_carried"));
            for word in [kind, "to-roi", "PDF, 640 KB", "`url:`", "media-kit.yaml"] {
                assert!(f[0].vi.contains(word) && f[0].en.contains(word), "{word}: {}", f[0].vi);
            }
        }
        // An address that nobody can follow is none.
        ws.kit.get_mut("to-roi").unwrap().url = Some("javascript:alert(1)".into());
        assert!(made(&ws, "zalo-bot", Voice::Chat).is_err());
    }

    #[test]
    fn what_is_larger_than_a_kind_carries_becomes_a_link() {
        for (kind, voice, most) in [
            ("wordpress", Voice::Web, SITE_FILE),
            ("email", Voice::Mail, MAIL_FILES),
            ("hand-over", Voice::Press, PRESS_FILES),
            ("telegram", Voice::Chat, TELEGRAM_FILE),
        ] {
            let mut ws = workspace();
            ws.kit.get_mut("to-roi").unwrap().bytes = most;
            let r = made(&ws, kind, voice).unwrap();
            assert_eq!(r.attachments.iter().filter(|a| a.role == Role::File).count(), 1, "{kind}");
            assert!(!r.text.contains("https://kit.example/to-roi"), "{kind}");
            ws.kit.get_mut("to-roi").unwrap().bytes = most + 1;
            let r = made(&ws, kind, voice).unwrap();
            assert!(r.attachments.is_empty(), "{kind}");
            assert_eq!(r.text.matches("Tư liệu to-roi (PDF").count(), 1, "{kind}");
            assert!(r.text.contains("https://kit.example/to-roi"), "{kind}");
        }
        let mut room = Room::of("email", Voice::Mail);
        assert!(room.takes(MAIL_FILES - 10) && !room.takes(11) && room.takes(10), "all of a mail together");
    }

    #[test]
    fn hostile_titles_and_addresses_stay_words() {
        let mut ws = workspace();
        let asset = ws.kit.get_mut("to-roi").unwrap();
        asset.title = "<script>\"x\"\nBcc: a".into();
        asset.url = Some("https://kit.example/\"onclick=x".into());
        asset.bytes = SITE_FILE + 1;
        if let Ok(r) = made(&ws, "wordpress", Voice::Web) {
            let html = r.html.unwrap();
            assert!(!html.contains("<script>") && !html.contains("\"onclick"), "{html}");
        }
    }

    #[test]
    fn a_preview_that_the_post_shows_anyway_is_shown_once() {
        let mut ws = workspace();
        let asset = ws.kit.get_mut("to-roi").unwrap();
        (asset.preview, asset.bytes) = (Some("poster-biz-vn".into()), MAIL_FILES + 1);
        let r = made(&ws, "email", Voice::Mail).unwrap();
        assert_eq!(r.attachments.len(), 1);
        assert_eq!(r.html.unwrap().matches("cid:poster-biz-vn@loa").count(), 1);
        // Zalo and Telegram: it becomes the message's picture where there is none.
        for kind in ["zalo-bot", "telegram"] {
            ws.kit.get_mut("to-roi").unwrap().bytes = TELEGRAM_FILE + 1;
            let r = made(&ws, kind, Voice::Chat).unwrap();
            assert_eq!((r.attachments.len(), r.attachments[0].role), (1, Role::Featured), "{kind}");
        }
        let mut post = household();
        post.texts.overrides.clear();
        post.texts.main = Some(text("noi-dung.md", "Chữ.\n\n![Áp phích](kit:poster-biz-vn)"));
        post.attach.clear();
        let r = made_of(&post, &ws, "email", Voice::Mail).unwrap();
        assert_eq!(r.html.unwrap().matches("cid:poster-biz-vn@loa").count(), 1);
    }
}
