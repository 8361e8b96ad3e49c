//! `loa status`: what needs a person first, with its cause, how many it concerns and what to type; then the day.
//!
//! It reads the ledger, looks whether the folder says something else, and changes nothing.

mod day;
mod gather;

use clap::Args;
use serde::Serialize;

use super::show::{Show, post_word};
use crate::cli::{Ctx, Done, Stop};
use crate::config::Settings;
use crate::domain::text::{self, Lang};
use crate::plan::Verb;
use crate::store::Store;

/// `loa status`
#[derive(Debug, Args)]
pub struct StatusArgs {}

/// Something a person must do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Need {
    /// A stable word: `account_paused`, `question`, `package_overdue`, `failed`, `urgent_late`, `stopped`, `late_approval`,
    /// `held`, `nobody_runs`, `disk`.
    pub kind: &'static str,
    /// How many deliveries it concerns.
    pub n: i64,
    /// The sentence.
    pub says: String,
    /// What to type, or whom to call.
    pub action: String,
}

/// Everything the screen says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Status {
    /// The office.
    pub office: String,
    /// Weekday, date, time.
    pub moment: String,
    /// How long the oldest machine has been at work.
    pub runs: Option<String>,
    /// What a person must do.
    pub needs: Vec<Need>,
    /// What is held, and why.
    pub held: Vec<String>,
    /// Accounts the far side asked to slow down.
    pub slow: Vec<String>,
    /// How many posts wait for approval.
    pub pending: usize,
    /// The first of them: post, next step, due.
    pub approvals: Vec<String>,
    /// Today's counts by form.
    pub today: Vec<String>,
    /// Stations, a line per week.
    pub stations: Vec<String>,
    /// What comes next.
    pub next: Vec<String>,
    /// About the machine.
    pub machine: Vec<String>,
}

impl Status {
    /// 0: good; 1: something needs a person.
    pub fn code(&self) -> u8 {
        u8::from(!self.needs.is_empty())
    }

    /// The screen.
    pub fn text(&self, lang: Lang) -> String {
        let mut out = format!("Loa · {} · {}", self.office, self.moment);
        if let Some(runs) = &self.runs {
            out.push_str(&say!(lang, " · chạy liên tục {runs}", " · running for {runs}"));
        }
        out.push('\n');
        if self.needs.is_empty() {
            out.push_str(
                lang.pick("MỌI VIỆC ĐỀU TỐT, không phải làm gì.\n", "ALL IS WELL, nothing to do.\n"),
            );
        } else {
            out.push_str(lang.pick("CẦN LÀM NGAY\n", "TO DO NOW\n"));
            for (i, need) in self.needs.iter().enumerate() {
                out.push_str(&format!("{:>2} {}\n", i + 1, need.says));
                if !need.action.is_empty() {
                    out.push_str(&format!("   → {}\n", need.action));
                }
            }
        }
        // Headings stand in one column, as a telephone call is easier when both look at the same place.
        let mut lines: Vec<(&str, String)> = Vec::new();
        for (i, h) in self.held.iter().enumerate() {
            lines.push((if i == 0 { lang.pick("ĐANG GIỮ", "HELD") } else { "" }, h.clone()));
        }
        for s in &self.slow {
            lines.push((lang.pick("CHẬM LẠI", "SLOWED"), s.clone()));
        }
        if self.pending > 0 {
            let n = self.pending;
            let more = n.saturating_sub(self.approvals.len());
            let mut list = self.approvals.join(" · ");
            if more > 0 {
                list.push_str(&say!(lang, " · và {more} bài nữa", " · and {more} more"));
            }
            let posts = match lang {
                Lang::Vi => format!("{n} bài"),
                Lang::En => text::plural(n as i64, "post", "posts"),
            };
            lines.push((lang.pick("CHỜ DUYỆT", "TO APPROVE"), format!("{posts}: {list}")));
        }
        let nothing = lang.pick("không có gì", "nothing").to_owned();
        let today = if self.today.is_empty() { nothing.clone() } else { self.today.join(" · ") };
        lines.push((lang.pick("HÔM NAY", "TODAY"), today));
        for (i, s) in self.stations.iter().enumerate() {
            lines.push((if i == 0 { lang.pick("TRUYỀN THANH", "STATIONS") } else { "" }, s.clone()));
        }
        let next = if self.next.is_empty() { nothing } else { self.next.join(" · ") };
        lines.push((lang.pick("SẮP TỚI", "NEXT"), next));
        lines.push((lang.pick("MÁY", "MACHINE"), self.machine.join(" · ")));
        let width = lines.iter().map(|(h, _)| unicode_width::UnicodeWidthStr::width(*h)).max().unwrap_or(0);
        for (head, line) in lines {
            let pad = width - unicode_width::UnicodeWidthStr::width(head) + 2;
            out.push_str(&format!("{head}{}{line}\n", " ".repeat(pad)));
        }
        out
    }
}

/// `loa status`
///
/// # Errors
/// The workspace or the database cannot be read.
pub async fn status(ctx: &Ctx, _a: StatusArgs) -> Done {
    let settings = ctx.settings(false)?;
    let store = super::open(ctx, &settings).await?;
    let mut status = gather::status(ctx, &settings, &store).await?;
    if let Some(need) = unwritten(ctx, &settings, &store).await? {
        status.needs.push(need);
    }
    if ctx.json {
        let mut json = serde_json::to_value(&status).map_err(|e| Stop::cannot(e.to_string()))?;
        json["good"] = status.needs.is_empty().into();
        println!("{json}");
    } else {
        print!("{}", status.text(ctx.lang));
    }
    Ok(status.code())
}

/// Edits of the folder that would change what is planned: they wait for a person, and what was applied stays in force.
async fn unwritten(ctx: &Ctx, settings: &Settings, store: &Store) -> Result<Option<Need>, Stop> {
    let loaded = ctx.load(settings);
    let stopped = crate::daemon::stopped(&loaded, ctx.lang);
    let desired = crate::plan::Desired::of(&loaded.workspace, settings, &stopped, ctx.now());
    let diff = crate::plan::diff::of(&desired, store, ctx.now()).await?;
    let n = diff.count(Verb::Change) + diff.count(Verb::Cancel) + diff.removed.len();
    let n = n.max(diff.edited.len()) + diff.registers_waiting();
    if n == 0 {
        return Ok(None);
    }
    let l = ctx.lang;
    Ok(Some(Need {
        kind: "folder",
        n: n as i64,
        says: say!(
            l,
            "Thư mục có {n} thay đổi chưa ghi; bản đã ghi vẫn đang dùng.",
            "{n} changes of the folder are not written; what was applied stays in force."
        ),
        action: format!("{}   {}   {}", ctx.hint("plan"), l.pick("rồi:", "then:"), ctx.hint("apply")),
    }))
}

/// `16:00 website: Hộ kinh doanh lên mạng…`
fn coming(show: &Show, due_at: i64, form: &str, origin: &str) -> String {
    format!("{} {form}: {}", show.at(due_at), post_word(origin))
}

/// Weekday, date and time of the screen.
fn moment(show: &Show) -> String {
    text::moment(show.now.with_timezone(&show.zone).naive_local(), show.lang)
}

pub use gather::status as gathered;
