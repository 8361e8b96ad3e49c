//! One content to each voice; templates; what is wrong with a text (floor F1).
//!
//! Pure but for [`Templates::load`]: nothing here sends, stores or asks the time, and the same post gives the same
//! rendition. What is per person stays a mark ([`crate::domain::message::MARK_NAME`] and the others) until [`merge`].

mod assets;
mod chat;
mod compare;
mod facts;
mod fault;
mod guard;
mod html;
mod judge;
mod linked;
mod markdown;
mod merge;
mod notice;
mod page;
mod pictures;
mod preview;
mod reminder;
mod samples;
mod script;
mod sheet;
mod slips;
mod spoken;
mod templates;
mod verify;
mod views;
mod voices;
mod words;

pub use assets::Document;
pub use chat::shown_units;
pub use compare::{Piece, compare};
pub use facts::{Expanded, expand as expand_facts, of_post as facts_of};
pub use fault::{RenderFault, TemplateFault};
pub use merge::{Merge, NO_NAME, Prepared, Receiver, merge};
pub use notice::{NoticeItem, NoticeSection, NoticeView, notice};
pub use page::page;
pub use pictures::{AsTheyAre, Picture, Pictures, official};
pub use preview::{AssetLine, FactLine, Look, Overview, Reader, SendingLine, StepLine};
pub use reminder::reminder;
pub use sheet::{SheetData, SheetDay, SheetItem, in_order, recording, recording_of, sheet};
pub use slips::{LostLink, Slip, lost_links, slips};
pub use templates::Templates;
pub use views::{OptOutView, ReminderItem, ReminderView, ReportCell, ReportRow, ReportSection, ReportView};
pub use voices::{RenderContext, render, said};

#[cfg(test)]
mod constructs;
#[cfg(test)]
pub(crate) mod forms;
#[cfg(test)]
mod layout;
#[cfg(test)]
mod tests;
