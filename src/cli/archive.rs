//! `loa db archive`: finished months out of the ledger, and where a code that is not in it any more is found.

use std::path::PathBuf;

use serde_json::json;

use super::{Ctx, Done, Exit, Stop};
use crate::config::Settings;
use crate::domain::month::Month;
use crate::domain::text;
use crate::plan::ms;
use crate::store::{DeliveryRow, Store, StoreError};

macro_rules! say {
    ($lang:expr, $vi:literal, $en:literal) => {
        match $lang {
            crate::domain::text::Lang::Vi => format!($vi),
            crate::domain::text::Lang::En => format!($en),
        }
    };
}

/// Months that stay in the ledger: a year's report and the month after it.
const KEPT: u32 = 13;

/// A month's archive.
fn file(ctx: &Ctx, month: Month) -> PathBuf {
    ctx.var().join("archive").join(format!("{month}.db"))
}

/// `loa db archive`
///
/// # Errors
/// A month that is none, or that is not over; the database; the disk.
pub async fn archive(ctx: &Ctx, settings: &Settings, before: Option<String>, yes: bool) -> Done {
    let l = ctx.lang;
    let zone = settings.time_zone;
    let this = Month::at(ms(ctx.now()), zone);
    let until = match &before {
        None => this.back(KEPT),
        Some(typed) => Month::parse(typed).filter(|m| *m <= this).ok_or_else(|| {
            Stop::refused(say!(
                l,
                "{typed}: cần một tháng đã bắt đầu, viết như 2026-09.",
                "{typed}: a month that has begun, written like 2026-09."
            ))
        })?,
    };
    let store = ctx.store(settings).await?;
    let now = ms(ctx.now());
    let Some(oldest) = store.archive_oldest().await? else { return nothing(ctx, until) };
    let mut first = Month::at(oldest, zone);
    let (mut lines, mut json_months, mut open, mut todo) = (Vec::new(), Vec::new(), 0, false);
    while first < until {
        let next = first.next();
        let (from, end) = (first.begins(zone), next.begins(zone));
        let look = store.archive_look(from, end, now).await?;
        let name = first.to_string();
        if look.open > 0 {
            open += look.open;
            if yes {
                // Killed just after it was closed: what is not finished must be able to go on.
                store.months_open(from, end).await?;
            }
            let (n, of) = (text::number(look.open, l), look.open_origin.clone().unwrap_or_default());
            let see = ctx.hint(&["log", "--post", &of]);
            lines.push(say!(
                l,
                "  {name}  CHƯA chuyển được: còn {n} lượt chưa xong, như của {of}:   {see}",
                "  {name}  CANNOT be moved yet: {n} deliveries are not finished, such as of {of}:   {see}"
            ));
            json_months
                .push(json!({ "month": name, "deliveries": look.rows, "open": look.open, "open_post": of }));
        } else if look.occurrences > 0 {
            let file = file(ctx, first);
            let mut moved = look.rows;
            if yes {
                let actor = ctx.actor(None);
                moved = match store.archive(&file, from, end, &actor, now).await {
                    Err(StoreError::Conflict(why)) => {
                        return Err(Stop::refused(say!(
                            l,
                            "{name}: có thay đổi trong lúc chuyển ({why}). Không mất gì; chạy lại lệnh này.",
                            "{name}: something changed meanwhile ({why}). Nothing is lost; run this again."
                        )));
                    }
                    other => other?.rows as i64,
                };
            }
            todo = true;
            let (n, place) = (text::number(moved, l), file.display());
            lines.push(if yes {
                say!(
                    l,
                    "  {name}  đã chuyển {n} lượt gửi vào {place}",
                    "  {name}  moved {n} deliveries into {place}"
                )
            } else {
                say!(l, "  {name}  {n} lượt gửi", "  {name}  {n} deliveries")
            });
            json_months.push(json!({ "month": name, "deliveries": moved, "open": 0, "file": file }));
        }
        first = next;
    }
    if ctx.json {
        println!("{}", json!({ "before": until.to_string(), "moved": yes, "months": json_months }));
        return Ok(Exit::attention_if(open > 0));
    }
    if lines.is_empty() {
        return nothing(ctx, until);
    }
    println!("{}", lines.join("\n"));
    let before = until.to_string();
    if todo && yes {
        println!(
            "{}",
            l.pick(
                "Tổng số trong báo cáo không đổi. Sao lưu cả var/archive: các tháng ấy không còn trong sổ cái.",
                "Totals in reports stay as they were. Back up var/archive, too: those months are not in the ledger any more."
            )
        );
    } else if todo {
        let go = ctx.hint(&["db", "archive", "--before", &before, "--yes"]);
        println!("{}", say!(l, "Chuyển ra var/archive:   {go}", "Move them into var/archive:   {go}"));
    }
    Ok(Exit::attention_if(open > 0))
}

fn nothing(ctx: &Ctx, until: Month) -> Done {
    let before = until.to_string();
    if ctx.json {
        println!("{}", json!({ "before": before, "moved": false, "months": [] }));
    } else {
        println!(
            "{}",
            say!(
                ctx.lang,
                "Không còn gì trước {before} để chuyển ra.",
                "There is nothing before {before} to move out."
            )
        );
    }
    Ok(Exit::Good)
}

/// The archive of a month, to be read like the ledger.
///
/// # Errors
/// There is none of that month.
pub async fn open(ctx: &Ctx, live: &Store, typed: &str) -> Result<Store, Stop> {
    let file = Month::parse(typed).map(|m| file(ctx, m)).filter(|f| f.exists());
    let Some(file) = file else {
        let there = all(ctx)
            .iter()
            .filter_map(|f| Some(f.file_stem()?.to_string_lossy().into_owned()))
            .collect::<Vec<_>>()
            .join(" · ");
        let there = if there.is_empty() { "—".to_owned() } else { there };
        return Err(Stop::no_such(say!(
            ctx.lang,
            "{typed}: không có kho lưu của tháng này. Có: {there}",
            "{typed}: there is no archive of that month. There are: {there}"
        )));
    };
    Ok(live.archive_open(&file).await?)
}

/// Archives, the newest first.
fn all(ctx: &Ctx) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(ctx.var().join("archive"))
        .into_iter()
        .flatten()
        .filter_map(|e| e.ok().map(|e| e.path()))
        .filter(|p| p.extension().is_some_and(|e| e == "db"))
        .collect();
    files.sort();
    files.reverse();
    files
}

/// A row that is not in the ledger any more, with the archive that has it.
///
/// # Errors
/// An archive that cannot be read.
pub async fn find(ctx: &Ctx, live: &Store, code: &str) -> Result<Option<(Store, DeliveryRow)>, Stop> {
    let Some(range) = crate::domain::delivery::code_range(&code.trim().to_ascii_uppercase()) else {
        return Ok(None);
    };
    for file in all(ctx) {
        let archive = live.archive_open(&file).await?;
        let mut rows = archive.delivery_by_code(range.clone()).await?;
        if let (Some(row), 0) = (rows.pop(), rows.len()) {
            return Ok(Some((archive, row)));
        }
    }
    Ok(None)
}
