//! What the options of `loa log` mean to the ledger.

use chrono::{NaiveDate, TimeDelta};

use super::super::brakes::Brakes;
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
        Stop::unusable(say!(
            ctx.lang,
            "{typed}: ngày viết như 30/11/2026",
            "{typed}: write a day like 30/11/2026"
        ))
    })
}

/// The filter that the options state.
pub(in crate::cli::screens) async fn filter(
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
            return Err(Stop::no_such(say!(
                l,
                "{c}: không có kênh này. Có: {all}",
                "{c} is no channel. There are: {all}"
            )));
        };
        f.family = Some(family.as_str().to_owned());
    }
    if let Some(account) = &a.account {
        pick::account(ctx, settings, store, account).await?;
        f.account = Some(account.clone());
    }
    if let Some(unit) = &a.unit {
        pick::unit(ctx, store, unit).await?;
    }
    if let Some(list) = &a.list {
        pick::list(ctx, store, list).await?;
        f.list = Some(list.clone());
    }
    if let Some(word) = &a.state {
        f.results = results(ctx, word)?;
        f.limited = Brakes::read(store, settings, ms(ctx.now())).await?.limited();
    } else if f.origin.is_none() && f.unit.is_none() {
        // What is only planned is the plan's to show, unless one post or unit is asked about.
        f.states = State::ALL.into_iter().filter(|s| *s != State::Planned).collect();
    }
    if f.from.is_none() && f.origin.is_none() && f.unit.is_none() && a.csv.is_none() && a.archive.is_none() {
        f.from = Some(show.start_of(show.today() - TimeDelta::days(DAYS - 1)));
    }
    Ok(f)
}

/// The results that a state means, as screens, files or machines say it. Where two stand for one word, both.
fn results(ctx: &Ctx, typed: &str) -> Result<Vec<&'static str>, Stop> {
    let plain = |s: &str| text::fold(s).replace(['-', '_', ','], " ").replace("  ", " ");
    let folded = plain(typed);
    let hits: Vec<&str> = RESULTS
        .iter()
        .filter(|(w, vi, en)| [plain(w), plain(vi), plain(en)].contains(&folded))
        .map(|(w, _, _)| *w)
        .collect();
    let also: &[&str] = match folded.as_str() {
        "due" => &["waiting", "limited", "retry", "sending"],
        "cho dang" | "cho phat" => &["pending"],
        "da nhan" | "da gui" => &["sent"],
        "tu choi" => &["rejected", "bounced"],
        "bi tra lai" => &["bounced"],
        "qua gio" => &["expired"],
        _ => &[],
    };
    let all = [hits.as_slice(), also].concat();
    if all.is_empty() {
        let mut words: Vec<&str> = RESULTS.iter().map(|(w, vi, _)| ctx.say(vi, w)).collect();
        words.dedup();
        let words = words.join(" · ");
        return Err(Stop::no_such(say!(
            ctx.lang,
            "{typed}: không có trạng thái này. Có: {words}",
            "{typed} is no state. There are: {words}"
        )));
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_read_as_people_or_machines_say_it() {
        let ctx = Ctx::new(".".into(), None, false, false);
        for (typed, want) in [
            ("chờ hạn mức", &["limited"][..]),
            ("bị từ chối", &["rejected", "bounced"]),
            ("KHÔNG GỬI", &["expired", "cancelled"]),
            ("nơi nhận đã nhận", &["pending", "sent"]),
            ("not_known", &["not_known"]),
            ("không rõ, đã khép", &["not_known"]),
            ("Đã phát", &["aired"]),
            ("held", &["held"]),
        ] {
            assert_eq!(results(&ctx, typed).unwrap(), want, "{typed}");
        }
        assert_eq!(results(&ctx, "vui").unwrap_err().exit, crate::cli::Exit::NoSuch);
    }
}
