//! What templates see: one struct per template, from which both real data and the samples of `check` are made, so that a
//! template that passes `check` cannot miss a variable later. `docs/templates.md` lists them.

use serde::Serialize;

/// Internal marks around what is left out of a mail whose target cannot opt out (a unit's own mailbox).
pub(super) const OPT_OUT_BEGIN: &str = "@@LOA-OPT-OUT-BEGIN@@";
/// End of it.
pub(super) const OPT_OUT_END: &str = "@@LOA-OPT-OUT-END@@";

/// Whom to ask.
#[derive(Clone, Debug, Serialize)]
pub struct ContactView {
    pub unit: String,
    pub name: Option<String>,
    pub phone: Option<String>,
    pub email: Option<String>,
}

/// `mail/layout`.
#[derive(Clone, Debug, Serialize)]
pub struct MailView {
    pub title: String,
    pub preheader: String,
    pub organisation: String,
    /// False where the author greets by themself.
    pub greeting: bool,
    pub name: &'static str,
    pub body_html: String,
    pub body_text: String,
    pub hero_html: Option<String>,
    pub hero_text: Option<String>,
    pub link: Option<String>,
    pub basis: Vec<String>,
    pub documents: Vec<String>,
    pub contact: Option<ContactView>,
    pub duty_phone: Option<String>,
    pub public_url: Option<String>,
    pub opt_out_url: &'static str,
    pub opt_out_begin: &'static str,
    pub opt_out_end: &'static str,
}

/// `web/article`.
#[derive(Clone, Debug, Serialize)]
pub struct ArticleView {
    pub title: String,
    pub organisation: String,
    pub body_html: String,
    pub body_text: String,
    pub link: Option<String>,
    pub contact: Option<ContactView>,
}

/// `chat/link`, `script/opening`, `script/closing`.
#[derive(Clone, Debug, Serialize)]
pub struct LineView {
    pub organisation: String,
    pub link: Option<String>,
}

/// A picture or document of a package.
#[derive(Clone, Debug, Serialize)]
pub struct FileView {
    pub number: usize,
    pub file: String,
    pub alt: String,
    pub caption: Option<String>,
    /// `1,2 MB`.
    pub size: String,
}

/// `press/package`.
#[derive(Clone, Debug, Serialize)]
pub struct PackageView {
    pub title: String,
    pub lead: String,
    pub body_html: String,
    pub body_text: String,
    pub organisation: String,
    pub unit: &'static str,
    pub code: &'static str,
    /// True for a site that is asked to publish and to return the link.
    pub hand_over: bool,
    pub done_by: Option<String>,
    /// Last day on which a site should show it.
    pub remove_after: Option<String>,
    pub pictures: Vec<FileView>,
    pub documents: Vec<FileView>,
    pub basis: Vec<String>,
    pub categories: Vec<String>,
    pub link: Option<String>,
    pub contact: Option<ContactView>,
    pub duty_phone: Option<String>,
}

/// A day of a sheet.
#[derive(Clone, Debug, Serialize)]
pub struct DayView {
    /// `T2 30/11`.
    pub label: String,
    /// Nothing airs.
    pub closed: bool,
    /// Why, if it is a holiday.
    pub holiday: Option<String>,
}

/// A session of a sheet.
#[derive(Clone, Debug, Serialize)]
pub struct SessionView {
    /// `Sáng`.
    pub label: String,
    /// `05:00–05:30`.
    pub hours: String,
    /// One for each day, in order.
    pub cells: Vec<CellView>,
}

/// A box of a sheet's grid.
#[derive(Clone, Debug, Serialize)]
pub struct CellView {
    /// The item may stand there.
    pub open: bool,
    /// It is proposed to stand there.
    pub proposed: bool,
}

/// An item of a sheet.
#[derive(Clone, Debug, Serialize)]
pub struct ItemView {
    pub number: usize,
    pub title: String,
    pub lines: Vec<String>,
    pub seconds: u32,
    pub airings: u32,
    /// Boxes of its grid that are open.
    pub open: usize,
    /// True if more boxes are open than airings are asked for: the station chooses.
    pub choice: bool,
    /// Airings the plan wanted, where that is more than found room.
    pub short: Option<u32>,
    pub approved: Option<String>,
    pub priority: &'static str,
    pub days: Vec<DayView>,
    pub sessions: Vec<SessionView>,
    /// The proposed boxes in words: `T2 30/11 sáng`.
    pub proposed: Vec<String>,
    /// What is played instead of being read; `seconds` are its own then.
    pub recording: Option<RecordingView>,
}

/// The recording of an item.
#[derive(Clone, Debug, Serialize)]
pub struct RecordingView {
    /// `01-ho-kinh-doanh.mp3`.
    pub file: String,
    /// It goes along with the sheet; if not, it comes on a USB stick.
    pub mailed: bool,
}

/// `script/sheet`.
#[derive(Clone, Debug, Serialize)]
pub struct SheetView {
    pub organisation: String,
    pub unit: String,
    pub week: String,
    pub code: String,
    pub count: usize,
    pub items: Vec<ItemView>,
    /// True for more than one item.
    pub several: bool,
    /// True if any of them has a recording.
    pub recorded: bool,
    pub left_out: Vec<String>,
    /// The office's share of a session: `2 phút`.
    pub allowance: String,
    pub report_by: Option<String>,
    pub phone: Option<String>,
    pub zalo: Option<String>,
    /// What the person on duty types if all was aired.
    pub command: String,
    /// The same with a number for each item, where there are several.
    pub command_each: Option<String>,
}

/// `press/reminder`: what a webmaster is reminded of.
#[derive(Clone, Debug, Serialize)]
pub struct ReminderView {
    /// Name of the unit.
    pub unit: String,
    /// Name of the organisation.
    pub organisation: String,
    /// How many packages.
    pub count: usize,
    /// The packages.
    pub packages: Vec<ReminderItem>,
    /// Telephone for questions.
    pub phone: Option<String>,
}

/// A package in a reminder.
#[derive(Clone, Debug, Serialize)]
pub struct ReminderItem {
    /// The post's title.
    pub title: String,
    /// The package's code.
    pub code: String,
    /// Last day, `04/12/2026`.
    pub done_by: String,
    /// True if that day has passed.
    pub late: bool,
}

/// `opt-out/ask`, `opt-out/done`, `opt-out/invalid`: the pages behind the link in each mail.
#[derive(Clone, Debug, Serialize)]
pub struct OptOutView {
    /// Name of the organisation.
    pub organisation: String,
    /// True for the English page.
    pub en: bool,
    /// What comes: `thư`, `tin nhắn Zalo`; `mail`, `Zalo messages`.
    pub what: String,
    /// What the person leaves, in words. `None`: everything.
    pub list: Option<String>,
    /// Where the form posts to (same page).
    pub action: String,
    /// The same page in the other language; `None` after an answer.
    pub switch: Option<String>,
    /// Telephone for questions.
    pub phone: Option<String>,
}

/// A cell of a report.
#[derive(Clone, Debug, Serialize)]
pub struct ReportCell {
    /// What it says.
    pub text: String,
    /// True for numbers: they stand at the right.
    pub number: bool,
}

/// A row of a report.
#[derive(Clone, Debug, Serialize)]
pub struct ReportRow {
    /// Its cells, as many as columns.
    pub cells: Vec<ReportCell>,
    /// True for the line of sums.
    pub total: bool,
}

/// A table of a report.
#[derive(Clone, Debug, Serialize)]
pub struct ReportSection {
    /// Heading.
    pub title: String,
    /// Heads of columns.
    pub columns: Vec<ReportCell>,
    /// Its rows.
    pub rows: Vec<ReportRow>,
    /// What stands instead of a table without rows.
    pub empty: String,
    /// Remark under it.
    pub note: Option<String>,
}

/// `report/period`.
#[derive(Clone, Debug, Serialize)]
pub struct ReportView {
    /// Title.
    pub title: String,
    /// Name of the organisation.
    pub organisation: String,
    /// `Quý IV/2026`.
    pub period: String,
    /// True for the English page.
    pub en: bool,
    /// `số liệu tính từ 15/09/2026 đến 14/12/2026`.
    pub window: String,
    /// What holds for all figures.
    pub notes: Vec<String>,
    /// Who gets it.
    pub addressed_to: Option<String>,
    /// Day it was made, as printed.
    pub made_on: String,
    /// Tables.
    pub sections: Vec<ReportSection>,
}
