//! The script sheet of a station for a week: what is read, how often, where to tick, how to report. Printable on A4.

use chrono::{Datelike, NaiveDate, Weekday};

use super::chat::{Para, TELEGRAM_TEXT, ZALO_TEXT, pack as pack_paras, plain, telegram};
use super::fault::RenderFault;
use super::templates::Templates;
use super::views::{DayView, ItemView, SessionView, SheetView};
use super::words::one_line;
use crate::domain::campaign::Priority;
use crate::domain::message::{Rendition, Voice};
use crate::domain::unit::Session;

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
    /// Titles of what did not fit the allowance.
    pub left_out: Vec<String>,
    /// Days of the grid, in order.
    pub days: Vec<SheetDay>,
    /// The station's sessions that the sendings use.
    pub sessions: Vec<Session>,
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
    /// Who approved it, with title.
    pub approved_by: Option<String>,
    /// When.
    pub approved_on: Option<NaiveDate>,
    /// How urgent.
    pub priority: Priority,
}

/// A day of a sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SheetDay {
    /// Which.
    pub date: NaiveDate,
    /// False if the station does not air, or no item of the sheet runs.
    pub airs: bool,
    /// The holiday's name.
    pub holiday: Option<String>,
}

/// What fits a session and what does not; indices into what was given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Packed {
    /// In the order of reading.
    pub fits: Vec<usize>,
    /// In the order given.
    pub left: Vec<usize>,
    /// Seconds used.
    pub seconds: u32,
}

/// Chooses what fits the office's share of a session: urgent first, then priority, then ordinary, bulk last, each in the
/// order given. What does not fit is left; something shorter behind it may still fit. The share is never exceeded.
pub fn pack(items: &[(u32, Priority)], allowance_seconds: u32) -> Packed {
    let mut order: Vec<usize> = (0..items.len()).collect();
    order.sort_by_key(|&i| items[i].1.rank());
    let mut out = Packed::default();
    for i in order {
        match out.seconds.checked_add(items[i].0).filter(|s| *s <= allowance_seconds) {
            Some(s) => {
                out.seconds = s;
                out.fits.push(i);
            }
            None => out.left.push(i),
        }
    }
    out.left.sort_unstable();
    out
}

/// Makes the sheet. `carrier` is the kind of the account that brings it (`email`, `telegram`, `zalo-bot`): for chats the
/// text is also cut into parts.
///
/// # Errors
/// A sheet without items; a template that fails.
pub fn sheet(data: &SheetData, carrier: &str, templates: &Templates) -> Result<Rendition, Vec<RenderFault>> {
    if data.items.is_empty() {
        return Err(vec![RenderFault::new(
            "sheet_empty",
            "",
            format!("Phiếu phát thanh của {} tuần {} không có bài nào.", data.unit, data.week),
            format!("The sheet of {} for week {} has no item.", data.unit, data.week),
        )]);
    }
    let view = view(data);
    let html = templates.render("script/sheet.html", &view).map_err(|f| vec![f])?;
    let text = templates.render("script/sheet.txt", &view).map_err(|f| vec![f])?.trim_end().to_owned();
    let paras: Vec<Para> =
        text.split("\n\n").filter(|p| !p.trim().is_empty()).map(|p| Para::plain(p.trim())).collect();
    let parts = match carrier {
        "telegram" => pack_paras(paras, TELEGRAM_TEXT, TELEGRAM_TEXT).iter().map(|p| telegram(p)).collect(),
        "email" => vec![],
        _ => pack_paras(paras, ZALO_TEXT, ZALO_TEXT).iter().map(|p| plain(p)).collect(),
    };
    Ok(Rendition {
        voice: Voice::Script,
        kind: "station".into(),
        title: format!("Phiếu phát thanh tuần {}: {} (mã tờ {})", view.week, view.unit, view.code),
        lead: String::new(),
        text,
        html: Some(html),
        parts,
        attachments: vec![],
        slug: String::new(),
        link: None,
        categories: vec![],
        tags: vec![],
        seconds: Some(data.items.iter().map(|i| i.seconds).sum()),
    })
}

fn view(data: &SheetData) -> SheetView {
    let code = one_line(&data.code);
    let most = data.items.iter().map(|i| i.airings).max().unwrap_or(1);
    SheetView {
        organisation: one_line(&data.organisation),
        unit: one_line(&data.unit),
        week: one_line(&data.week),
        count: data.items.len(),
        items: data.items.iter().enumerate().map(|(i, item)| item_view(i + 1, item)).collect(),
        left_out: data.left_out.iter().map(|t| one_line(t)).collect(),
        days: data.days.iter().map(day_view).collect(),
        sessions: data
            .sessions
            .iter()
            .map(|s| SessionView {
                label: session_name(&s.name),
                hours: format!("{}–{}", s.from.format("%H:%M"), s.until.format("%H:%M")),
            })
            .collect(),
        report_by: data.report_by.as_deref().map(one_line),
        phone: data.phone.as_deref().map(one_line),
        zalo: data.zalo.then(|| format!("PHAT {code} {most}")),
        command: format!("loa aired {code} --sessions {most} --by TÊN"),
        code,
    }
}

fn item_view(number: usize, item: &SheetItem) -> ItemView {
    let approved = match (&item.approved_by, item.approved_on) {
        (Some(who), Some(on)) => Some(format!("{}, {}", one_line(who), on.format("%d/%m/%Y"))),
        (Some(who), None) => Some(one_line(who)),
        (None, Some(on)) => Some(on.format("%d/%m/%Y").to_string()),
        (None, None) => None,
    };
    ItemView {
        number,
        title: one_line(&item.title),
        lines: item.lines.iter().map(|l| paced(l)).filter(|l| !l.is_empty()).collect(),
        seconds: item.seconds,
        airings: item.airings,
        approved,
        priority: match item.priority {
            Priority::Urgent => "KHẨN CẤP",
            Priority::Priority => "ƯU TIÊN",
            Priority::Ordinary | Priority::Bulk => "THÔNG THƯỜNG",
        },
    }
}

/// Marks where the reader rests: `/` after commas and semicolons, `//` at the end.
fn paced(line: &str) -> String {
    let line = one_line(line);
    if line.is_empty() {
        return line;
    }
    format!("{} //", line.replace(", ", ", / ").replace("; ", "; / "))
}

fn day_view(d: &SheetDay) -> DayView {
    let name = match d.date.weekday() {
        Weekday::Mon => "T2",
        Weekday::Tue => "T3",
        Weekday::Wed => "T4",
        Weekday::Thu => "T5",
        Weekday::Fri => "T6",
        Weekday::Sat => "T7",
        Weekday::Sun => "CN",
    };
    DayView {
        label: format!("{name} {}", d.date.format("%d/%m")),
        closed: !d.airs || d.holiday.is_some(),
        holiday: d.holiday.as_deref().map(one_line),
    }
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
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn urgent_goes_first_and_what_is_left_is_said() {
        use Priority::{Bulk, Ordinary, Priority as First, Urgent};
        let items = [(60, Ordinary), (200, Ordinary), (90, First), (30, Urgent), (50, Ordinary), (10, Bulk)];
        assert_eq!(pack(&items, 240), Packed { fits: vec![3, 2, 0, 4, 5], left: vec![1], seconds: 240 });
        assert_eq!(pack(&[(301, Urgent)], 300), Packed { fits: vec![], left: vec![0], seconds: 0 });
    }

    #[test]
    fn rests_are_marked() {
        assert_eq!(paced("Giá 12,5 triệu, nhanh; gọn."), "Giá 12,5 triệu, / nhanh; / gọn. //");
        assert_eq!(paced("  "), "");
    }

    proptest! {
        #[test]
        fn the_share_is_never_exceeded_and_nothing_is_lost(
            items in proptest::collection::vec((0u32..400, 0usize..4), 0..20), allowance in 0u32..900,
        ) {
            let all = [Priority::Urgent, Priority::Priority, Priority::Ordinary, Priority::Bulk];
            let items: Vec<_> = items.into_iter().map(|(s, p)| (s, all[p])).collect();
            let p = pack(&items, allowance);
            prop_assert!(p.seconds <= allowance);
            prop_assert_eq!(p.fits.iter().map(|&i| items[i].0).sum::<u32>(), p.seconds);
            let mut seen: Vec<_> = p.fits.iter().chain(&p.left).copied().collect();
            seen.sort_unstable();
            prop_assert_eq!(seen, (0..items.len()).collect::<Vec<_>>());
            // Nothing that was left would still fit.
            prop_assert!(p.left.iter().all(|&i| p.seconds + items[i].0 > allowance || items[i].0 > allowance - p.seconds));
            prop_assert!(p.fits.windows(2).all(|w| items[w[0]].1.rank() <= items[w[1]].1.rank()));
        }
    }
}
