//! `loa status`: what needs a person first, with its cause, how many it concerns and what to type; then the day.
//!
//! It reads the ledger and the folder and changes nothing. It says that all is well only if nothing waits for anybody or
//! anything but its own time.

mod accounts;
mod advice;
mod day;
mod duty;
mod folder;
mod gather;
mod held;
mod keeping;
pub(super) mod probes;
mod trouble;

use clap::Args;
use serde::Serialize;

use super::show::{Show, post_word};
use crate::cli::{Ctx, Done, Exit};
use crate::domain::text::{self, Lang};

/// `loa status`
#[derive(Debug, Args)]
pub struct StatusArgs {}

/// Something a person must do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Need {
    /// A stable word: `account_paused`, `no_secret`, `no_account`, `question`, `package_overdue`, `failed`, `refused`, `content_refused`,
    /// `content_stopped`, `retrying`,
    /// `expired`, `urgent_late`, `stopped`, `faults`, `late_approval`, `held`, `unwritten`, `folder`, `nobody_runs`, `stuck`,
    /// `disk`, `not_durable`, `restored`, `backup_old`, `clock_wrong`, `nobody_on_duty`, `nobody_told`.
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
    /// What is due and waits for an allowance, or for a far side that wants less.
    pub waiting: Vec<String>,
    /// What is left of the allowances that `loa.yaml` gives to accounts, a line each.
    pub allowances: Vec<String>,
    /// What lies in the folder, is not in the ledger, and has time.
    pub unwritten: Vec<String>,
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
    /// Machines of a shared database, one a line: what each does, and those that died.
    pub nodes: Vec<String>,
}

impl Status {
    /// Whether something needs a person.
    pub fn exit(&self) -> Exit {
        Exit::attention_if(!self.needs.is_empty())
    }

    /// True if nothing waits but for its own time.
    pub fn well(&self) -> bool {
        self.needs.is_empty() && self.held.is_empty() && self.waiting.is_empty() && self.unwritten.is_empty()
    }

    /// What must be done, numbered, each with what to type.
    pub fn to_do(&self) -> String {
        let mut out = String::new();
        for (i, need) in self.needs.iter().enumerate() {
            out.push_str(&format!("{:>2} {}\n", i + 1, need.says));
            if !need.action.is_empty() {
                out.push_str(&format!("   → {}\n", need.action));
            }
        }
        out
    }

    /// What is held, and what waits: heads and lines.
    pub fn waits(&self, lang: Lang) -> Vec<(&'static str, String)> {
        let mut lines: Vec<(&str, String)> = Vec::new();
        for (head, block) in [
            (lang.pick("ĐANG GIỮ", "HELD"), &self.held),
            (lang.pick("CHỜ", "WAITING"), &self.waiting),
            (lang.pick("CHƯA GHI", "NOT APPLIED"), &self.unwritten),
        ] {
            lines.extend(block.iter().enumerate().map(|(i, b)| (if i == 0 { head } else { "" }, b.clone())));
        }
        lines
    }

    /// The screen.
    pub fn text(&self, lang: Lang) -> String {
        let mut out = format!("Loa · {} · {}", self.office, self.moment);
        if let Some(runs) = &self.runs {
            out.push_str(&say!(lang, " · chạy liên tục {runs}", " · running for {runs}"));
        }
        out.push('\n');
        if self.well() {
            out.push_str(
                lang.pick("MỌI VIỆC ĐỀU TỐT, không phải làm gì.\n", "ALL IS WELL, nothing to do.\n"),
            );
        } else if self.needs.is_empty() {
            out.push_str(lang.pick(
                "KHÔNG PHẢI LÀM GÌ NGAY; có việc đang giữ hoặc đang chờ, xem dưới.\n",
                "NOTHING TO DO NOW; something is held or waits, see below.\n",
            ));
        } else {
            out.push_str(lang.pick("CẦN LÀM NGAY\n", "TO DO NOW\n"));
            out.push_str(&self.to_do());
        }
        let mut lines = self.waits(lang);
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
        lines.extend(
            self.allowances
                .iter()
                .enumerate()
                .map(|(i, a)| (if i == 0 { lang.pick("HẠN MỨC", "ALLOWANCES") } else { "" }, a.clone())),
        );
        lines.push((lang.pick("MÁY", "MACHINE"), self.machine.join(" · ")));
        lines.extend(self.nodes.iter().map(|n| ("", n.clone())));
        out.push_str(&columns(&lines));
        out
    }
}

/// Headings stand in one column, as a telephone call is easier when both look at the same place.
pub fn columns(lines: &[(&str, String)]) -> String {
    let width = lines.iter().map(|(h, _)| unicode_width::UnicodeWidthStr::width(*h)).max().unwrap_or(0);
    let mut out = String::new();
    for (head, line) in lines {
        let pad = width - unicode_width::UnicodeWidthStr::width(*head) + 2;
        out.push_str(&format!("{head}{}{line}\n", " ".repeat(pad)));
    }
    out
}

/// `loa status`
///
/// # Errors
/// The workspace or the database cannot be read.
pub async fn status(ctx: &Ctx, _a: StatusArgs) -> Done {
    let settings = ctx.settings(false)?;
    let store = ctx.look(&settings).await?;
    let loaded = ctx.load(&settings);
    let status = gather::status(ctx, &settings, &store, Some(&loaded)).await?;
    if ctx.json {
        let mut json = serde_json::to_value(&status)?;
        json["good"] = status.needs.is_empty().into();
        json["well"] = status.well().into();
        println!("{json}");
    } else {
        print!("{}", status.text(ctx.lang));
    }
    Ok(status.exit())
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
