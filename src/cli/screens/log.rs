//! `loa log`: what became of each delivery, newest first, equal results folded; `--csv`, `--follow`, one story by a code.
//!
//! Addresses are masked unless `--unmask --by NAME`, and then that is written down before anything is shown. A person's
//! name is never shown.

mod filter;
mod lines;
mod spreadsheet;

use std::io::Write as _;
use std::path::PathBuf;

use chrono::TimeDelta;
use clap::Args;

use super::brakes::Brakes;
use super::pick::{self, Found, group_letters};
use super::show::Show;
use super::story;
use crate::cli::{Ctx, Done, Exit, Stop};
use crate::config::Settings;
use crate::plan::ms;
use crate::store::{LogFilter, Store};
pub(super) use filter::filter as chosen;

/// `loa log`
#[derive(Debug, Default, Args)]
pub struct LogArgs {
    /// Mã (T-4K7Q, G-81AC): một câu chuyện · a code: one story
    pub code: Option<String>,
    /// Từ 0 giờ hôm nay · since midnight
    #[arg(long, conflicts_with = "since")]
    pub today: bool,
    /// Từ ngày (dd/mm/yyyy) · since a day
    #[arg(long, value_name = "DATE")]
    pub since: Option<String>,
    /// Đến hết ngày · until the end of a day
    #[arg(long, value_name = "DATE")]
    pub until: Option<String>,
    /// Chỉ mục có vấn đề · only what went wrong or waits
    #[arg(long)]
    pub problems: bool,
    /// Một bài hoặc chiến dịch · a post or campaign
    #[arg(long, value_name = "CAMPAIGN[/POST]")]
    pub post: Option<String>,
    /// Một đơn vị · a unit
    #[arg(long)]
    pub unit: Option<String>,
    /// Một kênh: website, email, zalo… · a channel
    #[arg(long, value_name = "FAMILY")]
    pub channel: Option<String>,
    /// Một trạng thái, như màn hình ghi · a state, as screens say it
    #[arg(long, value_name = "WORD")]
    pub state: Option<String>,
    /// Một tài khoản · an account
    #[arg(long)]
    pub account: Option<String>,
    /// Người của một danh sách · people of a list
    #[arg(long)]
    pub list: Option<String>,
    /// Không gộp · do not fold
    #[arg(long)]
    pub each: bool,
    /// Xem trực tiếp, Ctrl-C để dừng · go on as it happens
    #[arg(long, conflicts_with_all = ["code", "csv"])]
    pub follow: bool,
    /// Ghi ra bảng tính; `-`: ra màn hình · write a spreadsheet; `-`: standard output
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,
    /// Số dòng · lines
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub limit: u32,
    /// Trang sau: mã của dòng cuối · next page: code of the last line
    #[arg(long, value_name = "CODE")]
    pub after: Option<String>,
    /// Hiện đủ địa chỉ; được ghi lại · addresses in clear; recorded
    #[arg(long, requires = "by")]
    pub unmask: bool,
    /// Ai xem · who looks
    #[arg(long)]
    pub by: Option<String>,
    /// Kho lưu của một tháng (loa db archive) · the archive of a month
    #[arg(long, value_name = "YYYY-MM", conflicts_with_all = ["follow", "unmask", "today"])]
    pub archive: Option<String>,
    /// Cả việc của Loa: phiếu, nhắc, thử · Loa's own, too
    #[arg(long)]
    pub system: bool,
}

/// `loa log`
///
/// # Errors
/// The workspace or the database cannot be read; a code or date means nothing.
pub async fn log(ctx: &Ctx, a: LogArgs) -> Done {
    let settings = ctx.settings(false)?;
    let store = ctx.look(&settings).await?;
    if a.follow {
        return follow(ctx, &settings, &store, &a).await;
    }
    let mut text = String::new();
    let store = match &a.archive {
        Some(month) => crate::cli::archive::open(ctx, &store, month).await?,
        None => store,
    };
    let code = told(ctx, &settings, &store, &a, &mut text).await?;
    print!("{text}");
    Ok(code)
}

/// All but `--follow`, into a text.
///
/// # Errors
/// As [`log`].
pub async fn told(ctx: &Ctx, settings: &Settings, store: &Store, a: &LogArgs, out: &mut String) -> Done {
    if let Some(code) = &a.code {
        let found = match pick::code(ctx, settings, store, code).await {
            Err(stop) if stop.exit == Exit::NoSuch && a.archive.is_none() => {
                // What was archived has the code it always had.
                let Some((archive, row)) = crate::cli::archive::find(ctx, store, code).await? else {
                    return Err(stop);
                };
                return story::one(ctx, settings, &archive, &row, None, out).await;
            }
            found => found?,
        };
        return match found {
            Found::One(row) => {
                story::one(ctx, settings, store, &row, a.unmask.then_some(a.by.as_deref()).flatten(), out)
                    .await
            }
            Found::Group(key) => {
                let f = LogFilter { group: Some(key), system: true, ..LogFilter::default() };
                lines::each(ctx, settings, store, a, f, out).await
            }
        };
    }
    let filter = filter::filter(ctx, settings, store, a).await?;
    if let Some(file) = &a.csv {
        return spreadsheet::csv(ctx, settings, store, a, filter, file, out).await;
    }
    if a.each || a.unmask {
        return lines::each(ctx, settings, store, a, filter, out).await;
    }
    lines::folded(ctx, settings, store, a, filter, out).await
}

/// Writes that addresses are about to be shown.
async fn record(ctx: &Ctx, store: &Store, a: &LogArgs, what: &str, n: usize) -> Result<bool, Stop> {
    if !a.unmask {
        return Ok(false);
    }
    store.audit_unmask(&ctx.actor(a.by.as_deref()), what, n, ms(ctx.now())).await?;
    Ok(true)
}

/// What a filter is called in the audit: no person in it.
fn described(f: &LogFilter) -> String {
    let mut parts = vec!["log".to_owned()];
    for (k, v) in [
        ("post", &f.origin),
        ("unit", &f.unit),
        ("channel", &f.family),
        ("account", &f.account),
        ("list", &f.list),
    ] {
        if let Some(v) = v {
            parts.push(format!("{k}={v}"));
        }
    }
    if let Some(g) = &f.group {
        parts.push(format!("group=G-{}", group_letters(g)));
    }
    parts.join(" ")
}

async fn follow(ctx: &Ctx, settings: &Settings, store: &Store, a: &LogArgs) -> Done {
    let l = ctx.lang;
    let mut f = filter::filter(ctx, settings, store, a).await?;
    // Begin with the newest few, then whatever changes.
    f.limit = i64::from(a.limit.min(10));
    let mut first = store.log_page(&f).await?.rows;
    first.reverse();
    let clear = record(ctx, store, a, &format!("{} follow", described(&f)), first.len()).await?;
    let mut seen = first.last().map_or((ms(ctx.now()), 0), |r| (r.updated_at, r.id));
    if !ctx.json {
        eprintln!("{}", l.pick("Trực tiếp; dừng: Ctrl-C", "Live; stop: Ctrl-C"));
    }
    f.from = None;
    f.limit = 1000;
    let mut rows = first;
    loop {
        let brakes = Brakes::read(store, settings, ms(ctx.now())).await?;
        for r in &rows {
            let show = Show::new(l, settings, ctx.now());
            let line = lines::line_of(&show, settings, &brakes, store, r, clear).await?;
            let text =
                if ctx.json { format!("{}\n", line.json) } else { format!("{}\n", line.cells.join("  ")) };
            // A reader that went away (`| head`) ends the view.
            if std::io::stdout().write_all(text.as_bytes()).and_then(|()| std::io::stdout().flush()).is_err()
            {
                return Ok(Exit::Good);
            }
            seen = (r.updated_at, r.id);
        }
        tokio::select! {
            r = tokio::signal::ctrl_c() => { r?; return Ok(Exit::Good) }
            () = ctx.clock.sleep_until(ctx.now() + TimeDelta::seconds(1)) => {}
        }
        f.newer_than = Some(seen);
        rows = store.log_page(&f).await?.rows;
    }
}
