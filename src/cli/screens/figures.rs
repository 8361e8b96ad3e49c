//! `loa reach` and `loa report`: figures with their source and certainty, and the report of a period. Read only.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::pick;
use super::show::Show;
use crate::cli::{Ctx, Done, Exit, Stop};
use crate::domain::period::{Period, Span};
use crate::plan::instant;
use crate::report;

/// `loa reach`
#[derive(Debug, Args)]
pub struct ReachArgs {
    /// Bài hoặc chiến dịch · a post or campaign
    pub what: Option<String>,
    /// Chỉ một kỳ: 2026-Q4, 2026-11, 2026 · only a period
    #[arg(long)]
    pub period: Option<String>,
}

/// `loa report`
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// Kỳ: 2026-Q4, 2026-11, 2026-H1, 2026; mặc định là quý này · the period; default this quarter
    #[arg(long)]
    pub period: Option<String>,
    /// Ghi ra trang HTML để in · write a page that prints
    #[arg(long, value_name = "FILE.html")]
    pub out: Option<PathBuf>,
}

fn period(ctx: &Ctx, typed: &str) -> Result<Period, Stop> {
    Period::parse(typed).ok_or_else(|| {
        Stop::unusable(say!(
            ctx.lang,
            "{typed}: kỳ viết như 2026-Q4 (quý), 2026-11 (tháng), 2026-H1 (nửa năm), 2026 (năm)",
            "{typed}: write a period like 2026-Q4, 2026-11, 2026-H1 or 2026"
        ))
    })
}

/// `loa reach`
///
/// # Errors
/// The post or the period is not known; the database.
pub async fn reach(ctx: &Ctx, a: ReachArgs) -> Done {
    let settings = ctx.settings(false)?;
    let store = ctx.look(&settings).await?;
    let show = Show::new(ctx.lang, &settings, ctx.now());
    let origin = match &a.what {
        Some(w) => Some(pick::origin(ctx, &store, w).await?),
        None => None,
    };
    let (from, until) = match &a.period {
        Some(p) => {
            let (first, last) = period(ctx, p)?.window(settings.periods);
            (show.start_of(first), show.start_of(last + chrono::TimeDelta::days(1)))
        }
        None => (0, i64::MAX),
    };
    let rows = report::figures(&store, from, until, origin.as_deref()).await?;
    if ctx.json {
        let rows: Vec<_> = rows
            .iter()
            .map(|r| {
                json!({
                    "post": r.origin, "title": r.title, "channel": r.family, "unit": r.unit, "metric": r.metric,
                    "value": r.value, "grade": r.grade, "source": r.source, "at": instant(r.at).to_rfc3339(),
                })
            })
            .collect();
        println!("{}", json!(rows));
    } else {
        print!("{}", report::reach_table(&rows, settings.time_zone, ctx.lang));
    }
    Ok(Exit::Good)
}

/// `loa report`
///
/// # Errors
/// The period is not known; a template or a file cannot be used; the database.
pub async fn report(ctx: &Ctx, a: ReportArgs) -> Done {
    let l = ctx.lang;
    let settings = ctx.settings(false)?;
    let store = ctx.look(&settings).await?;
    let show = Show::new(l, &settings, ctx.now());
    let period = match &a.period {
        Some(p) => period(ctx, p)?,
        None => Period::containing(Span::Quarter, show.today(), settings.periods)
            .ok_or_else(|| Stop::unusable(l.pick("Ghi rõ --period 2026-Q4", "State --period 2026-Q4")))?,
    };
    let organisation = settings.organisation.as_str();
    let organisation = store.unit_name(organisation).await?.unwrap_or_else(|| organisation.to_owned());
    let report = report::build(&store, &settings, &organisation, period, ctx.now()).await?;
    if let Some(file) = &a.out {
        let templates = ctx.templates()?;
        let html =
            report::to_html(&report, &templates, l).map_err(|f| Stop::attention(f.message(l).to_owned()))?;
        std::fs::write(file, html).map_err(|e| {
            let file = file.display();
            Stop::unusable(say!(l, "không ghi được {file}: {e}", "cannot write {file}: {e}"))
        })?;
    }
    if ctx.json {
        println!("{}", report::to_json(&report));
    } else if let Some(file) = &a.out {
        let (label, file) = (period.label(l), file.display());
        println!("{}", say!(l, "{label}: đã ghi {file}", "{label}: written to {file}"));
    } else {
        print!("{}", report::to_table(&report, l));
    }
    Ok(Exit::Good)
}
