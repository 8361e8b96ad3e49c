//! `loa demo`: a month of the workspace's programme in seconds, on a simulated clock, with nothing leaving the machine.
//!
//! The same code paths as `run`: the folder is read, applied, approved step by step, planned, gated, rendered, composed by the real
//! transports and recorded in a ledger; only the wire is the sandbox's outbox. Some things go wrong on purpose, because a tool that
//! shows only green teaches nothing. It ends by comparing the ledger with the outbox.

mod answers;
mod files;
mod stage;
mod summary;
mod verdict;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, NaiveTime, TimeDelta, TimeZone, Utc};
use clap::Args;
use tokio_util::sync::CancellationToken;

use super::{Ctx, Done, Exit, Stop};
use crate::config::AutoApply;
use crate::daemon::{self, Engine, Open, SimClock, Tasks};
use crate::domain::people::Actor;
use crate::domain::port::Clock as _;
use crate::domain::text::{self, Lang};
use crate::domain::workspace::Workspace;
use crate::plan;
use crate::plan::approve::{self, Desk};
use crate::store::{DeliveryRow, LogFilter, Store};
use crate::transport::sandbox::Mishaps;
use answers::{Webmasters, officers_answer};
use files::{write_files, write_report};
use stage::{beginning, set_stage};
use summary::Told;
use verdict::compare;

/// `loa demo`
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// How many days to rehearse.
    #[arg(long, default_value_t = 31)]
    pub days: i64,
    /// Where the results go.
    #[arg(long, default_value = "var/demo")]
    pub out: PathBuf,
}

/// What goes wrong on purpose.
const MISHAPS: Mishaps = Mishaps { dead_one_in: 60, lost_one_in: 180, busy_one_in: 40 };

/// `loa demo`
///
/// # Errors
/// There is no workspace, the folder cannot be written, or the ledger and the outbox differ.
pub async fn demo(ctx: &Ctx, a: DemoArgs) -> Done {
    let began = Instant::now();
    if !super::ctx::is_workspace(&ctx.root) {
        return Err(Stop::unusable(match ctx.lang {
            Lang::Vi => format!("{}: không phải nơi làm việc của Loa (thiếu loa.yaml)", ctx.root.display()),
            Lang::En => format!("{}: not a workspace (there is no loa.yaml)", ctx.root.display()),
        }));
    }
    let out = if a.out.is_absolute() { a.out.clone() } else { ctx.root.join(&a.out) };
    let stage = out.join("workspace");
    let drafts = set_stage(&ctx.root, &out, &stage, ctx.lang)?;

    let kinds: Vec<&str> = crate::transport::KINDS.iter().map(|k| k.name).collect();
    let (settings, faults) = crate::config::load(&stage, &BTreeMap::new(), false, &kinds);
    let Some(mut settings) = settings else {
        return Err(Stop::unusable(ctx.faults(&faults)));
    };
    settings.database = format!("sqlite:{}", out.join("loa.db").display());
    settings.auto_apply = crate::config::AutoApply::All;

    let start = beginning(ctx, &settings, &stage)?;
    let end = start + TimeDelta::days(a.days);
    let clock = Arc::new(SimClock::new(start));
    let tasks = Tasks::default();
    let open = Open {
        settings: settings.clone(),
        var: out.clone(),
        clock: clock.clone(),
        sandbox: Some(MISHAPS),
        node_name: "demo".into(),
        chance: || 0.5,
    };
    let engine = Engine::open(open, &tasks).await.map_err(Stop::open)?;
    let (loaded, _) = daemon::reload(&engine, AutoApply::All, &Actor::system()).await?;
    let unapproved = approve_all(&engine, &loaded.workspace).await?;

    let bar = progress(ctx, a.days);
    let stop = CancellationToken::new();
    let mut answered = BTreeSet::new();
    let mut webmasters = Webmasters::open(&engine).await?;
    let (mut turns, mut idle_at) = (0u64, clock.now());
    loop {
        let turn = engine.turn(&stop).await?;
        turns += 1;
        let now = clock.now();
        if chrono::Timelike::hour(&now.with_timezone(&settings.time_zone)) >= 19 {
            officers_answer(&engine, &mut answered).await?;
            webmasters.answer(&engine).await?;
        }
        bar.set_position((now - start).num_hours().max(0).unsigned_abs());
        bar.set_message(text::moment(now.with_timezone(&settings.time_zone).naive_local(), ctx.lang));
        if !turn.idle() {
            continue; // what is due at this very instant first
        }
        // Officers answer on Friday evenings even if nothing else is due: stop at each evening.
        let evening = next_evening(now, settings.time_zone);
        let next = turn.next_wake.filter(|n| *n > now).map_or(evening, |n| n.min(evening));
        if next >= end || next <= idle_at {
            break;
        }
        idle_at = now;
        clock.set(next);
    }
    clock.set(end);
    engine.turn(&stop).await?;
    bar.finish_and_clear();

    let rows = ledger(&engine.store).await?;
    let mut verdict = compare(&rows, &out.join("outbox"))?;
    verdict.tally = engine.store.tally_check().await?.len();
    let files = write_files(ctx, &engine, &rows, &out).await?;
    let report = write_report(ctx, &engine, &out).await?;
    let week = 7 * 86_400_000;
    let facts = engine.store.period_facts(plan::ms(start) - week, plan::ms(end) + week).await?;
    engine.close().await?;
    drop(engine);
    tasks.finish().await;

    let seconds = began.elapsed().as_secs_f64();
    let told = Told {
        start,
        end,
        seconds,
        turns,
        rows: &rows,
        facts: &facts,
        wrong_links: webmasters.wrong,
        unapproved,
        drafts,
        stopped: loaded.stopped.len(),
        stage: &stage,
    };
    print!("{}", summary::summary(ctx, &settings, &told, &verdict, &files, &report));
    Ok(Exit::attention_if(!verdict.good()))
}

/// Gives every step of every post by somebody who may, but for the last step of the last post. That post's origin.
async fn approve_all(engine: &Engine, ws: &Workspace) -> Result<Option<String>, Stop> {
    let desk = Desk {
        store: &engine.store,
        settings: &engine.settings,
        workspace: ws,
        templates: &engine.templates(),
        assets: &engine.assets,
    };
    let now = engine.clock.now();
    let day = now.with_timezone(&engine.settings.time_zone).date_naive();
    let mut left = None;
    for c in &ws.campaigns {
        let last =
            c.posts.iter().rev().find(|p| approve::steps(&engine.settings, p.class).len() > 1).map(|p| &p.id);
        for p in &c.posts {
            let steps = approve::steps(&engine.settings, p.class);
            let mut given: BTreeSet<&str> = BTreeSet::new();
            for (i, step) in steps.iter().enumerate() {
                if last == Some(&p.id) && i + 1 == steps.len() {
                    left = Some(format!("{}/{}", c.id, p.id));
                    continue;
                }
                let person = ws.people.values().find(|x| {
                    x.id != p.author
                        && !given.contains(x.id.as_str())
                        && approve::may(&engine.settings, x, step, day).is_some()
                });
                if let Some(person) = person {
                    given.insert(person.id.as_str());
                    desk.approve(c.id.as_str(), p.id.as_str(), person.id.as_str(), now)
                        .await
                        .map_err(|e| Stop::attention(e.to_string()))?;
                }
            }
        }
    }
    Ok(left)
}

fn next_evening(now: DateTime<Utc>, zone: chrono_tz::Tz) -> DateTime<Utc> {
    let local = now.with_timezone(&zone);
    let seven = NaiveTime::from_hms_opt(19, 0, 0).unwrap_or_default();
    let day = if local.time() < seven { local.date_naive() } else { local.date_naive() + TimeDelta::days(1) };
    zone.from_local_datetime(&day.and_time(seven)).earliest().map_or(now + TimeDelta::days(1), |t| t.to_utc())
}

fn progress(ctx: &Ctx, days: i64) -> indicatif::ProgressBar {
    let bar = indicatif::ProgressBar::new((days * 24).unsigned_abs());
    let words = ctx.say("Diễn tập", "Rehearsing");
    if let Ok(style) =
        indicatif::ProgressStyle::with_template(&format!("{words} {{bar:40}} {{percent:>3}}% {{msg}}"))
    {
        bar.set_style(style);
    }
    bar
}

/// The whole ledger, Loa's own papers included.
async fn ledger(store: &Store) -> Result<Vec<DeliveryRow>, Stop> {
    let mut out = Vec::new();
    let mut after = None;
    loop {
        let page =
            store.log_page(&LogFilter { after, limit: 2000, system: true, ..LogFilter::default() }).await?;
        out.extend(page.rows);
        match page.next {
            Some(n) => after = Some(n),
            None => return Ok(out),
        }
    }
}
