//! What is sent: a rendition (frozen at approval), and an outbound message made of it for one target.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::id::WireKey;

/// The form content takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Voice {
    /// An article on a site.
    Web,
    /// A mail.
    Mail,
    /// A chat message.
    Chat,
    /// A script read on air.
    Script,
    /// A package for editors: newspapers, webmasters.
    Press,
}

impl Voice {
    /// The word in files and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Voice::Web => "web",
            Voice::Mail => "mail",
            Voice::Chat => "chat",
            Voice::Script => "script",
            Voice::Press => "press",
        }
    }
    /// Reads the word.
    pub fn parse(s: &str) -> Option<Voice> {
        [Voice::Web, Voice::Mail, Voice::Chat, Voice::Script, Voice::Press]
            .into_iter()
            .find(|v| v.as_str() == s)
    }
}

/// What all marks below begin with. Texts of authors may not contain it.
pub const MARK: &str = "@@LOA-";
/// In mails: replaced by the person's own opt-out page at merge time (URL, ASCII). In [`Rendition::html`] and
/// [`Rendition::text`]. All that is per person in a message are such marks.
pub const MARK_OPT_OUT_URL: &str = "@@LOA-OPT-OUT-URL@@";
/// Replaced by the recipient's name, or by `Anh/Chị` where none is known; HTML-escaped inside [`Rendition::html`].
pub const MARK_NAME: &str = "@@LOA-NAME@@";
/// In hand-over packages and sheets: replaced by the delivery's short code (`T-4K7Q`).
pub const MARK_CODE: &str = "@@LOA-CODE@@";
/// In hand-over packages: replaced by the name of the receiving unit.
pub const MARK_UNIT: &str = "@@LOA-UNIT@@";

/// At the front of [`Attachment::url`]: replaced by where the public reaches this installation (`public_url`) when it is sent, which
/// may have moved since the approval.
pub const MARK_PUBLIC: &str = "loa-public:";

/// A revision in one voice for one kind, frozen at approval.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rendition {
    /// Its voice.
    pub voice: Voice,
    /// The kind of transport it is for.
    pub kind: String,
    /// Title; subject of a mail. One line, NFC, no control characters.
    pub title: String,
    /// Lead paragraph, plain text (excerpt on sites, sa-pô for editors). May be empty.
    pub lead: String,
    /// The text part, complete in itself: plain text of a mail, of a package, of a script.
    pub text: String,
    /// HTML: a whole document for mails, a fragment for sites and packages; Telegram's subset for Telegram; `None` where
    /// the kind takes plain text only.
    pub html: Option<String>,
    /// The same content cut to the kind's limits, each a message of its own, in order (chat). Empty elsewhere.
    pub parts: Vec<String>,
    /// Pictures and documents, in order.
    pub attachments: Vec<Attachment>,
    /// Slug wish of a site: ASCII words of the title, at most 60 characters, without any suffix.
    pub slug: String,
    /// Where to read more.
    pub link: Option<String>,
    /// Categories on sites.
    pub categories: Vec<String>,
    /// Tags on sites.
    pub tags: Vec<String>,
    /// Seconds of an airing (script): of its recording, where it has one, else estimated of reading aloud.
    pub seconds: Option<u32>,
    /// Most pictures that its far side shows together ([`Form::album`](super::form::Form::album)).
    #[serde(default)]
    pub album: u16,
}

impl Rendition {
    /// Of at most so many messages it is to a far side that counts them, before it is composed for anybody. How many it became is
    /// `Transport::messages`, which is never more.
    pub fn messages(&self) -> u16 {
        // What a chat shows under a picture, code points; Telegram's, Zalo's is longer.
        const CAPTION: usize = 1024;
        let Some(first) = self.parts.iter().find(|t| !t.trim().is_empty()) else {
            // A mail and an article are one whatever they show; a package or a script may be carried by a bot.
            let pictured = self.is_pictured() && !matches!(self.voice, Voice::Mail | Voice::Web);
            return u16::try_from(1 + usize::from(pictured) + self.documents()).unwrap_or(u16::MAX);
        };
        let texts = self.parts.iter().filter(|t| !t.trim().is_empty()).count();
        // Markup counts here, so it may be one too many; what stands for a mark may be longer than the mark.
        let alone = self.is_pictured() && (first.chars().count() > CAPTION || first.contains(MARK));
        // Each picture of an album is one; the first takes the place of the text that stands under it.
        let more = if self.shows_album() { self.pictures().clamp(1, usize::from(self.album)) - 1 } else { 0 };
        u16::try_from(texts + more + usize::from(alone) + self.documents()).unwrap_or(u16::MAX)
    }
    /// Files that go as messages of their own.
    fn documents(&self) -> usize {
        if self.album < 2 { 0 } else { self.attachments.len() - self.pictures() }
    }
    /// Several pictures are shown together.
    pub fn shows_album(&self) -> bool {
        self.album > 1 && self.is_pictured() && self.pictures() > 1
    }
    fn pictures(&self) -> usize {
        self.attachments.iter().filter(|a| a.mime.starts_with("image/")).count()
    }
    fn is_pictured(&self) -> bool {
        self.attachments.iter().any(|a| a.role == Role::Featured)
    }
}

/// How an attachment belongs to its message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The picture that stands for the post (featured image; inline in mails; the photo of a chat message).
    Featured,
    /// Shown inside the text; `html` refers to it as `cid:<cid>`.
    Inline,
    /// A file beside the text.
    File,
}

/// A picture or document, by its content's hash; bytes live in the asset store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// How it belongs to its message. In a mail a `Featured` picture is shown inline, by its `cid`.
    pub role: Role,
    /// ASCII file name with extension.
    pub name: String,
    /// Media type.
    pub mime: String,
    /// SHA-256, 64 hexadecimal digits.
    pub sha256: String,
    /// Size in bytes.
    pub bytes: u64,
    /// Content id without brackets: also how `html` refers to it in every voice (`cid:<cid>`).
    pub cid: String,
    /// What a picture shows.
    pub alt: String,
    /// Words under it.
    pub caption: Option<String>,
    /// A public address of the same file (the kit's), for kinds that take URLs only.
    pub url: Option<String>,
}

/// An address of a far side. Its `Debug` never shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    /// Mail address, chat id; empty where the account itself is the place (a site, a webhook).
    pub value: String,
    /// Name for display, if known.
    pub name: Option<String>,
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address(***)")
    }
}

/// How a person leaves, for mails (RFC 8058, RFC 2369).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptOut {
    /// The one-click address (`POST`) and page (`GET`).
    pub url: String,
    /// `mailto:` address, if there is one.
    pub mailto: Option<String>,
    /// List-Id, like `ds-ho-kinh-doanh.sovhttdl.example`.
    pub list_id: String,
}

/// The bytes of an attachment, read before the send began.
#[derive(Clone)]
pub struct Blob {
    /// What it is.
    pub meta: Attachment,
    /// Its bytes.
    pub bytes: Arc<[u8]>,
}

impl fmt::Debug for Blob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Blob({}, {} bytes)", self.meta.name, self.bytes.len())
    }
}

/// One message to one target: a rendition with the target's own fields merged in.
#[derive(Clone, Debug)]
pub struct Outbound {
    /// What the far side may recognise a repeat by.
    pub key: WireKey,
    /// Which try this is, from 1.
    pub attempt: u32,
    /// Where to.
    pub to: Address,
    /// The rendition, marks replaced ([`MARK_NAME`] and the others no longer occur).
    pub body: Arc<Rendition>,
    /// Attachments with their bytes, in the order of [`Rendition::attachments`].
    pub blobs: Arc<[Blob]>,
    /// How the person leaves; `None` for channels and units.
    pub opt_out: Option<OptOut>,
    /// For sites: arrive as pending instead of being published.
    pub as_draft: bool,
    /// What the ledger calls the origin: `campaign/post` (webhooks carry it).
    pub origin: String,
    /// The instant of this attempt (webhook timestamps, mail dates).
    pub now: chrono::DateTime<chrono::Utc>,
}
