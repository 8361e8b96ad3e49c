//! The script sheet of a station for a week: what is read, how often, where to tick, how to report. Printable on A4.

use chrono::{Datelike, NaiveDate, Weekday};

use super::chat::messages;
use super::fault::RenderFault;
use super::spoken::{names_of, paced};
use super::templates::Templates;
use super::views::{CellView, DayView, ItemView, RecordingView, SessionView, SheetView};
use super::words::{one_line, slug};
use crate::domain::airtime::Opening;
use crate::domain::campaign::{Priority, Recording};
use crate::domain::form::Form;
use crate::domain::message::{Attachment, Rendition, Role, Voice};
use crate::domain::unit::Session;

/// Most bytes of recordings that go along with a sheet by mail: a third larger in the mail, and below the ten megabytes that
/// offices' mail servers commonly take.
const MAX_MAILED: u64 = 7 * 1024 * 1024;
/// Longest name of a recording without its number and its end: a player shows one line.
const MAX_NAME: usize = 24;

/// A station's week.
#[derive(Clone, Debug, PartialEq)]
pub struct SheetData {
    /// Name of the organisation that asks.
    pub organisation: String,
    /// Name of the unit that airs.
    pub unit: String,
    /// `30/11 – 04/12/2026`.
    pub week: String,
    /// The digits an officer answers to.
    pub code: String,
    /// What is read, in order.
    pub items: Vec<SheetItem>,
    /// Titles of what found no room.
    pub left_out: Vec<String>,
    /// The office's share of each session.
    pub allowance_seconds: u32,
    /// When the answer is due, in words: `chiều thứ Sáu 04/12`.
    pub report_by: Option<String>,
    /// Telephone of the person on duty.
    pub phone: Option<String>,
    /// True if officers may answer by Zalo.
    pub zalo: bool,
}

/// An item of a sheet.
#[derive(Clone, Debug, PartialEq)]
pub struct SheetItem {
    /// Title.
    pub title: String,
    /// What is read: the lines of the script rendition's text.
    pub lines: Vec<String>,
    /// Estimated seconds of one reading.
    pub seconds: u32,
    /// Airings asked for this week.
    pub airings: u32,
    /// Airings the plan wants this week; more than are asked for if there is no room.
    pub wanted: u32,
    /// Who approved it, with title.
    pub approved_by: Option<String>,
    /// When.
    pub approved_on: Option<NaiveDate>,
    /// How urgent.
    pub priority: Priority,
    /// Days of its window on which the station airs at all, in order.
    pub days: Vec<SheetDay>,
    /// The station's sessions that it may use.
    pub sessions: Vec<Session>,
    /// Sessions in which it may stand.
    pub openings: Vec<Opening>,
    /// Those of them that are proposed.
    pub places: Vec<Opening>,
    /// Its recording, as its script has it.
    pub recording: Option<Attachment>,
}

/// A recording as a script carries it. Its name is of plain letters and has no number yet: see [`in_order`].
pub fn recording(title: &str, of: &Recording) -> Attachment {
    let name = Some(slug(title, MAX_NAME)).filter(|n| !n.is_empty());
    Attachment {
        role: Role::File,
        name: format!("{}.mp3", name.as_deref().unwrap_or("bai")),
        mime: "audio/mpeg".into(),
        sha256: of.sha256.clone(),
        bytes: of.bytes,
        cid: "ban-thu@loa".into(),
        alt: format!("Bản thu âm, {} giây", of.seconds),
        caption: None,
        url: None,
    }
}

/// The recording among what a rendition carries.
pub fn recording_of(r: &Rendition) -> Option<&Attachment> {
    r.attachments.iter().find(|a| r.voice == Voice::Script && a.mime == "audio/mpeg")
}

/// The name of an item's recording on a sheet: players of stations play by name.
pub fn in_order(number: usize, name: &str) -> String {
    format!("{number:02}-{name}")
}

/// A day of a sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SheetDay {
    /// Which.
    pub date: NaiveDate,
    /// The holiday's name.
    pub holiday: Option<String>,
}

/// Makes the sheet. `carrier` is what the account takes that brings it: for chats the text is also cut into parts.
///
/// # Errors
/// A sheet without items; a template that fails.
pub fn sheet(data: &SheetData, carrier: &Form, templates: &Templates) -> Result<Rendition, Vec<RenderFault>> {
    if data.items.is_empty() {
        return Err(vec![RenderFault::new(
            "sheet_empty",
            "",
            format!("Phiếu phát thanh của {} tuần {} không có bài nào.", data.unit, data.week),
            format!("The sheet of {} for week {} has no item.", data.unit, data.week),
        )]);
    }
    let mailed = if carrier.voice == Voice::Mail { mailed(data) } else { vec![] };
    let view = view(data, &mailed);
    let html = templates.render("script/sheet.html", &view).map_err(|f| vec![f])?;
    let text = templates.render("script/sheet.txt", &view).map_err(|f| vec![f])?.trim_end().to_owned();
    let parts = messages(&text, carrier.chat.as_ref());
    Ok(Rendition {
        voice: Voice::Script,
        kind: "station".into(),
        title: format!("Phiếu phát thanh tuần {}: {} (mã tờ {})", view.week, view.unit, view.code),
        lead: String::new(),
        text,
        html: Some(html),
        parts,
        attachments: mailed,
        slug: String::new(),
        link: None,
        categories: vec![],
        tags: vec![],
        seconds: Some(data.items.iter().map(|i| i.seconds).sum()),
        album: 0,
    })
}

/// The recordings that go along, in order: as many as a mail takes.
fn mailed(data: &SheetData) -> Vec<Attachment> {
    let mut room = MAX_MAILED;
    let all = data.items.iter().enumerate().filter_map(|(i, item)| {
        let a = item.recording.as_ref()?;
        room = room.checked_sub(a.bytes)?;
        let name = in_order(i + 1, &a.name);
        Some(Attachment { cid: format!("{name}@loa"), alt: one_line(&item.title), name, ..a.clone() })
    });
    all.collect()
}

fn view(data: &SheetData, mailed: &[Attachment]) -> SheetView {
    let code = one_line(&data.code);
    let names = names_of(&data.organisation);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    // One item is answered with a number; several with one number each, or with "all of it".
    let each: Vec<String> = data.items.iter().map(|i| i.airings.to_string()).collect();
    let each = each.join(",");
    SheetView {
        organisation: one_line(&data.organisation),
        unit: one_line(&data.unit),
        week: one_line(&data.week),
        count: data.items.len(),
        items: data
            .items
            .iter()
            .enumerate()
            .map(|(i, item)| item_view(i + 1, item, &names, mailed))
            .collect(),
        recorded: data.items.iter().any(|i| i.recording.is_some()),
        several: data.items.len() > 1,
        left_out: data.left_out.iter().map(|t| one_line(t)).collect(),
        allowance: duration(data.allowance_seconds),
        report_by: data.report_by.as_deref().map(one_line),
        phone: data.phone.as_deref().map(one_line),
        zalo: data.zalo.then(|| format!("PHAT {code} {each}")),
        command: match data.items.len() {
            0 | 1 => format!("loa aired {code} --sessions {each} --by TÊN"),
            _ => format!("loa aired {code} --all --by TÊN"),
        },
        command_each: (data.items.len() > 1).then(|| format!("loa aired {code} --sessions {each} --by TÊN")),
        code,
    }
}

/// `2 phút`, `1 phút 30 giây`, `45 giây`.
fn duration(seconds: u32) -> String {
    match (seconds / 60, seconds % 60) {
        (0, s) => format!("{s} giây"),
        (m, 0) => format!("{m} phút"),
        (m, s) => format!("{m} phút {s} giây"),
    }
}

fn item_view(number: usize, item: &SheetItem, names: &[&str], mailed: &[Attachment]) -> ItemView {
    let recording = item.recording.as_ref().map(|a| {
        let file = in_order(number, &a.name);
        RecordingView { mailed: mailed.iter().any(|m| m.name == file), file }
    });
    let approved = match (&item.approved_by, item.approved_on) {
        (Some(who), Some(on)) => Some(format!("{}, {}", one_line(who), on.format("%d/%m/%Y"))),
        (Some(who), None) => Some(one_line(who)),
        (None, Some(on)) => Some(on.format("%d/%m/%Y").to_string()),
        (None, None) => None,
    };
    let sessions = item.sessions.iter().map(|s| SessionView {
        label: session_name(&s.name),
        hours: format!("{}–{}", s.from.format("%H:%M"), s.until.format("%H:%M")),
        cells: item
            .days
            .iter()
            .map(|d| {
                let here = |o: &&Opening| o.day == d.date && o.session == s.name;
                CellView {
                    open: item.openings.iter().any(|o| here(&o)),
                    proposed: item.places.iter().any(|o| here(&o)),
                }
            })
            .collect(),
    });
    let proposed = item
        .places
        .iter()
        .map(|o| format!("{} {}", day_label(o.day), session_name(&o.session).to_lowercase()));
    ItemView {
        number,
        title: one_line(&item.title),
        lines: item.lines.iter().map(|l| paced(l, names)).filter(|l| !l.is_empty()).collect(),
        seconds: item.seconds,
        airings: item.airings,
        open: item.openings.len(),
        choice: item.openings.len() > item.places.len(),
        short: (item.wanted > item.airings).then_some(item.wanted),
        approved,
        priority: match item.priority {
            Priority::Urgent => "KHẨN CẤP",
            Priority::Priority => "ƯU TIÊN",
            Priority::Ordinary | Priority::Bulk => "THÔNG THƯỜNG",
        },
        days: item
            .days
            .iter()
            .map(|d| DayView {
                label: day_label(d.date),
                closed: !item.openings.iter().any(|o| o.day == d.date),
                holiday: d.holiday.as_deref().map(one_line),
            })
            .collect(),
        sessions: sessions.collect(),
        proposed: proposed.collect(),
        recording,
    }
}

/// `T2 30/11`.
fn day_label(date: NaiveDate) -> String {
    let name = match date.weekday() {
        Weekday::Mon => "T2",
        Weekday::Tue => "T3",
        Weekday::Wed => "T4",
        Weekday::Thu => "T5",
        Weekday::Fri => "T6",
        Weekday::Sat => "T7",
        Weekday::Sun => "CN",
    };
    format!("{name} {}", date.format("%d/%m"))
}

fn session_name(name: &str) -> String {
    match name {
        "sang" => "Sáng".into(),
        "trua" => "Trưa".into(),
        "chieu" => "Chiều".into(),
        "toi" => "Tối".into(),
        other => one_line(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_said_in_minutes() {
        for (seconds, said) in [(120, "2 phút"), (90, "1 phút 30 giây"), (45, "45 giây")] {
            assert_eq!(duration(seconds), said);
        }
    }

    #[test]
    fn a_recording_is_named_so_that_any_player_finds_it() {
        let of = Recording { file: "x".into(), sha256: "ab".repeat(32), bytes: 1, seconds: 47 };
        for (title, name) in [
            ("Hộ kinh doanh lên mạng với tên miền .vn", "02-ho-kinh-doanh-len-mang.mp3"),
            ("Đ/c: “Xã” số 2026?", "02-d-c-xa-so-2026.mp3"),
            ("…", "02-bai.mp3"),
        ] {
            let a = recording(title, &of);
            assert_eq!(in_order(2, &a.name), name);
            assert!(
                name.len() <= 32 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.".contains(&b))
            );
        }
    }
}
