//! What people on duty get: an alert, the morning digest, a test. One view, in mail and in chat.

use serde::{Deserialize, Serialize};

use super::chat::messages;
use super::fault::RenderFault;
use super::templates::Templates;
use crate::domain::form::Form;
use crate::domain::message::{Rendition, Voice};

/// Lines that a chat message shows before it only counts.
const IN_CHAT: usize = 4;

/// Something that needs a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeItem {
    /// The sentence.
    pub says: String,
    /// What to type, one command or way a line.
    pub actions: Vec<String>,
}

/// A block of a digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeSection {
    /// Its heading.
    pub head: String,
    /// Its lines.
    pub lines: Vec<String>,
}

/// Everything a message says, in the office's language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeView {
    /// Subject of the mail, first line of the chat: the verdict comes first.
    pub title: String,
    /// The verdict alone.
    pub verdict: String,
    /// True if nothing needs a person.
    pub calm: bool,
    /// One sentence.
    pub lead: String,
    /// What needs a person.
    pub needs: Vec<NoticeItem>,
    /// What follows the number of those a chat leaves out: `việc nữa, xem: loa status`.
    pub see: String,
    /// Blocks, in mail alone.
    pub sections: Vec<NoticeSection>,
    /// The last line.
    pub foot: String,
    /// Who runs Loa.
    pub organisation: String,
}

/// As the templates see it: with what a chat shows.
#[derive(Serialize)]
pub(super) struct Shown<'a> {
    #[serde(flatten)]
    view: &'a NoticeView,
    brief: &'a [NoticeItem],
    more: String,
}

impl<'a> Shown<'a> {
    fn of(view: &'a NoticeView) -> Self {
        let brief = view.needs.get(..IN_CHAT).unwrap_or(&view.needs);
        let left = view.needs.len() - brief.len();
        let more = if left == 0 { String::new() } else { format!("+ {left} {}", view.see) };
        Self { view, brief, more }
    }
}

/// Makes a message for an account of a kind.
///
/// # Errors
/// A template that fails.
pub fn notice(view: &NoticeView, form: &Form, templates: &Templates) -> Result<Rendition, RenderFault> {
    let shown = Shown::of(view);
    let mail = form.chat.is_none();
    let name = if mail { "notice/mail.txt" } else { "notice/chat.txt" };
    let text = templates.render(name, &shown)?.trim_end().to_owned();
    let html = if mail { Some(templates.render("notice/mail.html", &shown)?) } else { None };
    let parts = messages(&text, form.chat.as_ref());
    Ok(Rendition {
        voice: if mail { Voice::Mail } else { Voice::Chat },
        kind: form.kind.to_owned(),
        title: view.title.clone(),
        lead: String::new(),
        text,
        html,
        parts,
        attachments: vec![],
        slug: String::new(),
        link: None,
        categories: vec![],
        tags: vec![],
        seconds: None,
        album: form.album(),
    })
}

/// For the check of templates.
pub(super) fn sample(full: bool) -> serde_json::Value {
    let item = |n: usize| NoticeItem {
        says: format!("thu-so đã dừng từ 06:0{n}: máy chủ thư không nhận mật khẩu. 872 thư chờ"),
        actions: if n.is_multiple_of(2) { vec!["loa account probe thu-so --by TÊN".into()] } else { vec![] },
    };
    let view = NoticeView {
        title: "CẦN LÀM 1 VIỆC · Loa 30/11".into(),
        verdict: "CẦN LÀM 1 VIỆC".into(),
        calm: !full,
        lead: "Hôm qua 214/214 xong.".into(),
        needs: if full { (0..6).map(item).collect() } else { vec![] },
        see: "việc nữa, xem: loa status".into(),
        sections: if full {
            vec![NoticeSection { head: "Hôm qua".into(), lines: vec!["email: 214 xong".into()] }]
        } else {
            vec![]
        },
        foot: "Không nhận được tin này trước 06:45: gọi 0225 000 0001.".into(),
        organisation: "Sở Mẫu".into(),
    };
    serde_json::to_value(Shown::of(&view)).unwrap_or_default()
}
