//! What a kind of transport takes of a content: markup, lengths, pictures, files. Each kind says it in its own file (`transport/`), and
//! renditions are made by it. Names of kinds stand where one is meant itself: what a preview draws, which account a channel gets.

use super::kit::Recipe;
use super::message::Voice;

/// What a kind takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    /// Its name in `loa.yaml` and in the database.
    pub kind: &'static str,
    /// The voice it speaks in.
    pub voice: Voice,
    /// Whose override (`web.md`, `thu.md`…) it shows where it has none of its own: a voice's name.
    pub text: &'static str,
    /// How its messages are written, for a chat.
    pub chat: Option<Chat>,
    /// Who publishes it later, for a package.
    pub package: Option<Package>,
    /// Files that are no pictures.
    pub files: Files,
    /// What pictures are made into; `None`: they go as they are, or none goes.
    pub picture: Option<Recipe>,
    /// The far side fetches pictures by their address, which must be the office's own: another's may show something else by then than
    /// what was approved.
    pub fetches: bool,
}

/// How a chat's messages are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chat {
    /// Telegram's subset of HTML; else plain text.
    pub markup: bool,
    /// Longest message, UTF-16 units after markup is parsed: as the platforms' own clients count.
    pub text: usize,
    /// Longest text under a picture, likewise.
    pub caption: usize,
    /// Most pictures shown together; 1: only the one that stands for the post. Where several are, files go as messages of their own.
    pub album: u16,
}

/// Who publishes a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Package {
    /// A unit's webmaster: by a day, until a day.
    Site,
    /// A newsroom, as it sees fit.
    Newsroom,
}

/// Files of a message that are no pictures, bytes. What has no room is linked to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Files {
    /// Each at most.
    pub each: u64,
    /// All of them together at most; in mails and packages, with the copies of documents.
    pub all: u64,
}

impl Files {
    /// The kind carries none.
    pub const NONE: Files = Files { each: 0, all: 0 };
}

impl Form {
    /// A kind of that voice which carries words alone.
    pub const fn new(kind: &'static str, voice: Voice) -> Self {
        Self {
            kind,
            voice,
            text: voice.as_str(),
            chat: None,
            package: None,
            files: Files::NONE,
            picture: None,
            fetches: false,
        }
    }

    /// Most pictures shown together; 0 where that means nothing.
    pub fn album(&self) -> u16 {
        self.chat.map_or(0, |c| c.album)
    }
}
