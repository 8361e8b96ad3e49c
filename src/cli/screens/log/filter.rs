//! What the options of `loa log` mean to the ledger.

use chrono::{NaiveDate, TimeDelta};

use super::super::pick;
use super::super::show::{DAY_MS, RESULTS, Show};
use super::LogArgs;
use crate::cli::{Ctx, Stop};
use crate::config::Settings;
use crate::domain::delivery::State;
use crate::domain::text;
use crate::domain::unit::Family;
use crate::plan::ms;
use crate::store::{LogFilter, Store};

/// Days shown when nobody says since when.
const DAYS: i64 = 7;

/// `30/11/2026`, `30/11`, `2026-11-30`, `hôm qua`, `yesterday`.
fn day(ctx: &Ctx, show: &Show, typed: &str) -> Result<NaiveDate, Stop> {
    let today = show.today();
    match text::fold(typed).as_str() {
        "hom nay" | "today" => return Ok(today),
        "hom qua" | "yesterday" => return Ok(today - TimeDelta::days(1)),
        _ => {}
    }
    let iso = typed.parse::<NaiveDate>().ok();
    let full = || NaiveDate::parse_from_str(typed, "%d/%m/%Y").ok();
    let short = || {
        use chrono::Datelike as _;
        NaiveDate::parse_from_str(&format!("{typed}/{}", today.year()), "%d/%m/%Y").ok()
    };
    iso.or_else(full).or_else(short).ok_or_else(|| {
        Stop::cannot(say!(
            ctx.lang,
            "{typed}: ngày viết như 30/11/2026",
            "{typed}: write a day like 30/11/2026"
        ))
    })
}

/// The filter that the options state.
pub(super) async fn filter(
    ctx: &Ctx,
    settings: &Settings,
    store: &Store,
    a: &LogArgs,
) -> Result<LogFilter, Stop> {
    let l = ctx.lang;
    let show = Show::new(l, settings, ctx.now());
    let mut f = LogFilter {
        problems: a.problems.then_some(ms(ctx.now()) + 2 * DAY_MS),
        system: a.system,
        unit: a.unit.clone(),
        ..LogFilter::default()
    };
    if a.today {
        f.from = Some(show.start_of(show.today()));
    }
    if let Some(d) = &a.since {
        f.from = Some(show.start_of(day(ctx, &show, d)?));
    }
    if let Some(d) = &a.until {
        f.until = Some(show.start_of(day(ctx, &show, d)? + TimeDelta::days(1)));
    }
    if let Some(p) = &a.post {
        f.origin = Some(pick::origin(ctx, store, p).await?);
    }
    if let Some(c) = &a.channel {
        let folded = text::fold(c);
        let family =
            Family::parse(c).or_else(|| Family::ALL.into_iter().find(|x| text::fold(x.vi()) == folded));
        let Some(family) = family else {
            let all: Vec<&str> = Family::ALL.into_iter().map(Family::as_str).collect();
            let all = all.join(", ");
            return Err(Stop::cannot(say!(
                l,
                "{c}: không có kênh này. Có: {all}",
                "{c} is no channel. There are: {all}"
            )));
        };
        f.family = Some(family.as_str().to_owned());
    }
    if let Some(account) = &a.account {
        f.account = Some(account.clone());
    }
    if let Some(word) = &a.state {
        state(ctx, word, &mut f)?;
    } else if f.origin.is_none() && f.unit.is_none() {
        // What is only planned is `loa plan`'s to show, unless one post or unit is asked about.
        f.states = State::ALL.into_iter().filter(|s| *s != State::Planned).collect();
    }
    if f.from.is_none() && f.origin.is_none() && f.unit.is_none() && a.csv.is_none() {
        f.from = Some(show.start_of(show.today() - TimeDelta::days(DAYS - 1)));
    }
    Ok(f)
}

/// Reads a state as screens, files or machines say it.
fn state(ctx: &Ctx, typed: &str, f: &mut LogFilter) -> Result<(), Stop> {
    let folded = text::fold(typed).replace(['-', '_'], " ");
    let hit = RESULTS
        .iter()
        .find(|(w, vi, en)| [w.replace('_', " "), text::fold(vi), text::fold(en)].contains(&folded))
        .map(|(w, _, _)| *w);
    match (hit, folded.as_str()) {
        (Some("waiting"), _) | (None, "due") => f.states = vec![State::Due],
        (Some("retry"), _) => f.results = vec!["retry"],
        (Some("pending"), _) | (None, "cho dang" | "cho phat") => f.results = vec!["pending"],
        (Some("sending"), _) => f.states = vec![State::Due, State::Leased, State::Sending],
        (Some("sent" | "published" | "aired" | "skipped" | "unconfirmed" | "bounced"), _)
        | (None, "da nhan" | "da gui") => {
            f.states = vec![State::Sent];
        }
        (Some("not_known"), _) => f.states = vec![State::Unknown],
        (None, "khong gui") => f.states = vec![State::Cancelled, State::Expired],
        (None, "tu choi") => f.states = vec![State::Rejected],
        (hit, _) => match hit.and_then(State::parse) {
            Some(s) => f.states = vec![s],
            None => {
                let all: Vec<&str> = RESULTS.iter().map(|(w, vi, _)| ctx.say(vi, w)).collect();
                let all = all.join(", ");
                return Err(Stop::cannot(say!(
                    ctx.lang,
                    "{typed}: không có trạng thái này. Có: {all}",
                    "{typed} is no state. There are: {all}"
                )));
            }
        },
    }
    Ok(())
}
