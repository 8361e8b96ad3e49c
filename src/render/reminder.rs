//! The reminder a webmaster gets about packages whose link was not returned.

use super::chat::messages;
use super::fault::RenderFault;
use super::templates::Templates;
use super::views::ReminderView;
use crate::domain::form::Form;
use crate::domain::message::{Rendition, Voice};

/// Makes a reminder. `carrier` is what the account takes that brings it: for chats the text is also cut into parts.
///
/// # Errors
/// A template that fails.
pub fn reminder(
    view: &ReminderView,
    carrier: &Form,
    templates: &Templates,
) -> Result<Rendition, RenderFault> {
    let html = templates.render("press/reminder.html", view)?;
    let text = templates.render("press/reminder.txt", view)?.trim_end().to_owned();
    let parts = messages(&text, carrier.chat.as_ref());
    Ok(Rendition {
        voice: Voice::Press,
        kind: "hand-over".into(),
        title: format!("Nhắc gửi đường dẫn: {} gói bài", view.count),
        lead: String::new(),
        text,
        html: Some(html),
        parts,
        attachments: vec![],
        slug: String::new(),
        link: None,
        categories: vec![],
        tags: vec![],
        seconds: None,
        album: 0,
    })
}
