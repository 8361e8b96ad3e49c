//! Counts a period out of the ledger. A row belongs to the period in which its nominal time lies, whatever the day it left; a
//! station's week to the period of its last day: nothing is counted before it can have been aired.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, NaiveTime, TimeZone as _, Utc};

use super::model::{
    Airings, FamilyLine, Line, Links, PostLine, Progress, ReachLine, Report, UnitLine, VERSION,
};
use crate::config::Settings;
use crate::domain::delivery::State;
use crate::domain::period::{Period, Scheme};
use crate::domain::reach::Grade;
use crate::domain::text::{Lang, compare_vi};
use crate::domain::unit::Family;
use crate::store::{PeriodFacts, ReachRow, Store, StoreError};
use crate::transport::is_package;

/// Makes the report of a period as of `now`. `organisation`: the name of who reports.
///
/// # Errors
/// The database's.
pub async fn build(
    store: &Store,
    settings: &Settings,
    organisation: &str,
    period: Period,
    now: DateTime<Utc>,
) -> Result<Report, StoreError> {
    let scheme = settings.periods;
    let (first, last) = period.window(scheme);
    let (from, until) = (midnight(settings, first), midnight(settings, last.succ_opt().unwrap_or(last)));
    let facts = store.period_facts(from, until).await?;
    let reach = figures(store, from, until, None).await?;
    let today = now.with_timezone(&settings.time_zone).date_naive();
    let progress = if today < first {
        Progress::NotBegun
    } else if today <= last {
        Progress::Running
    } else {
        Progress::Over
    };

    let mut total = Line::default();
    let mut families: BTreeMap<Family, Line> = BTreeMap::new();
    let mut units: BTreeMap<String, (String, Line)> = BTreeMap::new();
    let mut posts: BTreeMap<String, (String, Line)> = BTreeMap::new();
    let mut each = |key: &Key<'_>, add: &dyn Fn(&mut Line)| {
        let unit = units.entry(key.unit.to_owned()).or_default();
        let post = posts.entry(key.origin.to_owned()).or_default();
        if !key.unit_name.is_empty() {
            unit.0 = key.unit_name.to_owned();
        }
        if !key.title.is_empty() {
            post.0 = key.title.to_owned();
        }
        for line in [&mut total, families.entry(key.family).or_default(), &mut unit.1, &mut post.1] {
            add(line);
        }
    };
    for f in &facts {
        let (family, state) = (family(&f.family)?, state(f)?);
        let key = Key { family, unit: &f.unit, unit_name: &f.unit_name, origin: &f.origin, title: &f.title };
        each(&key, &|line| count(line, f, family, state));
    }
    let mut units: Vec<UnitLine> = units
        .into_iter()
        .map(|(unit, (name, line))| UnitLine {
            name: if name.is_empty() { unit.clone() } else { name },
            unit,
            line,
        })
        .collect();
    // The people of lists, who belong to no unit, come last.
    units
        .sort_by(|a, b| a.unit.is_empty().cmp(&b.unit.is_empty()).then_with(|| compare_vi(&a.name, &b.name)));
    Ok(Report {
        version: VERSION,
        period: period.to_string(),
        scheme: match scheme {
            Scheme::Nd09 => "nd09",
            Scheme::Calendar => "calendar",
        }
        .to_owned(),
        from: first,
        until: last,
        window: period.window_text(scheme, Lang::Vi),
        progress,
        organisation: organisation.to_owned(),
        addressed_to: settings.addressed_to.clone(),
        made_at: now,
        time_zone: settings.time_zone,
        unplaced: store.period_unplaced(from, until).await?,
        total,
        families: families
            .into_iter()
            .map(|(family, line)| FamilyLine { family, decree49: family.decree49(), line })
            .collect(),
        units,
        posts: posts.into_iter().map(|(origin, (title, line))| PostLine { origin, title, line }).collect(),
        reach: reach_lines(&reach)?,
    })
}

/// Figures of a time (milliseconds), of everything, a campaign or a post: those that were collected, and what the ledger itself
/// measured. For `loa reach`.
///
/// # Errors
/// The database's.
pub async fn figures(
    store: &Store,
    from: i64,
    until: i64,
    origin: Option<&str>,
) -> Result<Vec<ReachRow>, StoreError> {
    let mut rows = store.reach_accepted(from, until, origin).await?;
    rows.extend(store.reach_rows(from, until, origin).await?);
    rows.sort_by(|a, b| {
        (&a.origin, &a.family, &a.unit, &a.metric, a.at)
            .cmp(&(&b.origin, &b.family, &b.unit, &b.metric, b.at))
    });
    Ok(rows)
}

/// What a figure belongs to.
struct Key<'a> {
    family: Family,
    unit: &'a str,
    unit_name: &'a str,
    origin: &'a str,
    title: &'a str,
}

fn count(line: &mut Line, f: &PeriodFacts, family: Family, state: State) {
    let c = &mut line.counts;
    let place = match state {
        State::Sent => &mut c.sent,
        State::Planned | State::Due | State::Leased | State::Sending | State::Held => &mut c.pending,
        State::Rejected => &mut c.rejected,
        State::Failed => &mut c.failed,
        State::Unknown => &mut c.unknown,
        State::Expired => &mut c.not_sent,
        State::Cancelled => {
            c.withdrawn += f.n;
            return;
        }
    };
    *place += f.n;
    c.planned += f.n;
    match (state, f.afterwards.as_deref()) {
        (State::Unknown, Some("not_known")) => c.left += f.n,
        (State::Unknown, Some("unanswered")) => c.unanswered += f.n,
        (_, _) => {}
    }
    if family == Family::Station {
        let a: &mut Airings = &mut line.airings;
        a.wanted += f.times;
        a.no_room += f.times - f.asked;
        if state == State::Sent {
            a.handed += f.asked;
            a.declared += f.declared - f.extra;
            a.not_aired += f.not_aired;
            a.extra += f.extra;
            match f.afterwards.as_deref() {
                None => a.waiting += f.asked,
                Some("unconfirmed") => a.unconfirmed += f.asked,
                Some(_) => {}
            }
        }
    }
    if is_package(&f.kind) && state == State::Sent {
        let l: &mut Links = &mut line.links;
        l.handed += f.n;
        if f.afterwards.as_deref() == Some("published") {
            l.returned += f.n;
        }
    }
}

/// Figures that may be added within a family: events. The rest (members of a chat) is a state, of which the latest counts, unit by
/// unit.
fn adds_up(metric: &str) -> bool {
    matches!(metric, "accepted" | "airings" | "people_covered" | "link_ok" | "views")
}

fn reach_lines(rows: &[ReachRow]) -> Result<Vec<ReachLine>, StoreError> {
    let mut lines: BTreeMap<(Family, String, Option<String>, Grade), ReachLine> = BTreeMap::new();
    for r in rows {
        let family = family(&r.family)?;
        let grade = Grade::parse(&r.grade)
            .ok_or_else(|| StoreError::Corrupt(format!("reach.grade {:?}", r.grade)))?;
        let at = DateTime::from_timestamp_millis(r.at).unwrap_or_default();
        let unit = (!adds_up(&r.metric)).then(|| r.unit.clone());
        let line =
            lines.entry((family, r.metric.clone(), unit.clone(), grade)).or_insert_with(|| ReachLine {
                family,
                unit,
                metric: r.metric.clone(),
                value: 0,
                grade,
                sources: BTreeSet::new(),
                first_at: at,
                last_at: at,
            });
        if adds_up(&r.metric) {
            line.value += r.value;
            line.first_at = line.first_at.min(at);
        } else if at >= line.last_at {
            (line.value, line.first_at) = (r.value, at);
        }
        line.last_at = line.last_at.max(at);
        line.sources.insert(r.source.clone());
    }
    Ok(lines.into_values().collect())
}

fn family(word: &str) -> Result<Family, StoreError> {
    Family::parse(word).ok_or_else(|| StoreError::Corrupt(format!("delivery.family {word:?}")))
}

fn state(f: &PeriodFacts) -> Result<State, StoreError> {
    f.state().ok_or_else(|| StoreError::Corrupt(format!("delivery.state {}", f.state)))
}

/// The first instant of a day on the office's clock, milliseconds.
fn midnight(settings: &Settings, day: NaiveDate) -> i64 {
    let wall = day.and_time(NaiveTime::MIN);
    settings
        .time_zone
        .from_local_datetime(&wall)
        .earliest()
        .map_or_else(|| Utc.from_utc_datetime(&wall), |t| t.with_timezone(&Utc))
        .timestamp_millis()
}
