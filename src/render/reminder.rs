//! The reminder a webmaster gets about packages whose link was not returned.

use super::chat::{Para, pack, plain, telegram};
use super::fault::RenderFault;
use super::templates::Templates;
use super::views::ReminderView;
use crate::domain::message::{Rendition, Voice};

/// Makes a reminder. `carrier` is the kind of the account that brings it: for chats the text is also cut into parts.
///
/// # Errors
/// A template that fails.
pub fn reminder(view: &ReminderView, carrier: &str, templates: &Templates) -> Result<Rendition, RenderFault> {
    let html = templates.render("press/reminder.html", view)?;
    let text = templates.render("press/reminder.txt", view)?.trim_end().to_owned();
    let paras: Vec<Para> =
        text.split("\n\n").map(str::trim).filter(|p| !p.is_empty()).map(Para::plain).collect();
    let parts = match carrier {
        "telegram" => pack(paras, 4000, 4000).iter().map(|p| telegram(p)).collect(),
        "email" => vec![],
        _ => pack(paras, 2000, 2000).iter().map(|p| plain(p)).collect(),
    };
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
    })
}
