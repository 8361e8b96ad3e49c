//! What the kinds take, for this room's tests: it may not name the kinds themselves. That these are theirs is tested where both are
//! seen, in `plan`.

use crate::domain::form::{Chat, Files, Form, Package};
use crate::domain::message::Voice;

const MB: u64 = 1_000_000;

/// Every kind, without what its pictures are made into: no picture is made here.
pub(crate) const FORMS: [Form; 8] = [
    Form { files: Files { each: 7 * MB, all: 7 * MB }, ..Form::new("email", Voice::Mail) },
    Form { files: Files { each: 8 * MB, all: u64::MAX }, ..Form::new("wordpress", Voice::Web) },
    Form::new("webhook", Voice::Web),
    Form {
        chat: Some(Chat { markup: true, text: 4096, caption: 1024, album: 10 }),
        files: Files { each: 20 * MB, all: 30 * MB },
        ..Form::new("telegram", Voice::Chat)
    },
    Form {
        chat: Some(Chat { markup: false, text: 2000, caption: 2000, album: 1 }),
        fetches: true,
        ..Form::new("zalo-bot", Voice::Chat)
    },
    Form::new("station", Voice::Script),
    Form { text: "web", package: Some(Package::Site), ..packed("hand-over") },
    Form { package: Some(Package::Newsroom), ..packed("press") },
];

const fn packed(kind: &'static str) -> Form {
    Form { files: Files { each: 8 * MB, all: 8 * MB }, ..Form::new(kind, Voice::Press) }
}

/// What a kind takes.
pub(crate) fn form(kind: &str) -> &'static Form {
    FORMS.iter().find(|f| f.kind == kind).unwrap_or_else(|| panic!("no kind {kind}"))
}
