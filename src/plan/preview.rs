//! What an approver looks at beside the voices themselves: to whom and when, how a station's sheet would look, what differs from
//! the renditions that were approved before. Reads only.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::{Desired, instant};
use crate::config::Settings;
use crate::domain::airtime;
use crate::domain::campaign::{Campaign, Post, Sending};
use crate::domain::id::{Origin, UnitId};
use crate::domain::message::Rendition;
use crate::domain::schedule::Rule;
use crate::domain::text::{self, Lang};
use crate::domain::unit::{Family, Unit};
use crate::domain::workspace::Workspace;
use crate::render::{Piece, RenderFault, SendingLine, SheetData, SheetDay, SheetItem, Templates};
use crate::store::{Result, Store};

/// Times of a sending that are named one by one; of more, the first and the last.
const TIMES: usize = 6;

/// To whom each sending goes, how many as of now, and when. People of lists are counted in the ledger where the post was applied,
/// without those who opted out; otherwise in the folder's lists.
///
/// # Errors
/// The database's.
pub async fn sendings(
    store: &Store,
    settings: &Settings,
    ws: &Workspace,
    desired: &Desired,
    origin: &Origin,
    post: &Post,
    lang: Lang,
) -> Result<Vec<SendingLine>> {
    let applied = store.post_get(origin.as_str()).await?.is_some_and(|p| p.revision_id.is_some());
    let mut out = vec![];
    for s in &post.sendings {
        let lists: Vec<_> = ws.lists_of(&s.to).collect();
        let people = if lists.is_empty() {
            0
        } else if applied {
            let ids = |of: &[_]| -> Vec<String> { ws.lists_of(of).map(|l| l.id.to_string()).collect() };
            store.list_reachable(&ids(&s.to), &ids(&s.except), s.family.as_str()).await?
        } else {
            lists.iter().map(|l| l.contacts.reached_by(s.family) as i64).sum()
        };
        out.push(SendingLine {
            channel: lang.pick(s.family.vi(), s.family.as_str()).to_owned(),
            to: s.to.iter().map(|t| t.as_str()).collect::<Vec<_>>().join(", "),
            places: ws.channels_of(s.family, &s.to, &s.except).len(),
            people,
            times: times(settings, desired, origin, s, lang),
        });
    }
    Ok(out)
}

fn times(settings: &Settings, desired: &Desired, origin: &Origin, s: &Sending, lang: Lang) -> Vec<String> {
    if let Rule::Station { from, until, times, .. } = &s.schedule.rule {
        let (from, until) = (text::date(*from), text::date(*until));
        return vec![match lang {
            Lang::Vi => format!("{from} – {until}, mỗi đài {times} buổi"),
            Lang::En => format!("{from} – {until}, {times} airings a station"),
        }];
    }
    let mut due: Vec<i64> = desired
        .occurrences
        .values()
        .filter(|o| o.origin == origin.as_str() && o.sending == s.id.as_str())
        .map(|o| o.due_at)
        .collect();
    due.sort_unstable();
    let say = |ms: &i64| text::moment(instant(*ms).with_timezone(&settings.time_zone).naive_local(), lang);
    match due.as_slice() {
        [] => vec![lang.pick("không còn lần nào", "no time left").to_owned()],
        [first, .., last] if due.len() > TIMES => {
            vec![say(first), format!("⋯ {} {}", due.len() - 2, lang.pick("lần nữa", "more")), say(last)]
        }
        all => all.iter().map(say).collect(),
    }
}

/// The sheet on which a post's script would stand alone, for a station it goes to (the first, or that of `unit`): all of its
/// sessions open, in the first week of its window. `None`: the post goes to no station, or not to that one.
///
/// # Errors
/// A template that fails.
pub fn sheet(
    settings: &Settings,
    ws: &Workspace,
    post: &Post,
    script: &Rendition,
    unit: Option<&UnitId>,
    templates: &Templates,
) -> std::result::Result<Option<(Rendition, String)>, Vec<RenderFault>> {
    let found = post.sendings.iter().filter(|s| s.family == Family::Station).find_map(|s| {
        let channels = ws.channels_of(s.family, &s.to, &s.except);
        let of = |id: &UnitId| ws.units.get(id).filter(|u| u.station.is_some());
        let mut all =
            channels.iter().filter(|c| unit.is_none_or(|u| *u == c.unit)).filter_map(|c| of(&c.unit));
        all.next().map(|u| (s, u))
    });
    let Some((sending, unit)) = found else { return Ok(None) };
    let Some(data) = sheet_data(settings, ws, sending, script, unit) else { return Ok(None) };
    let account = settings.default_accounts.get("station").and_then(|id| settings.accounts.get(id));
    let carrier = account.and_then(|a| a.carrier.as_ref()).and_then(|id| settings.accounts.get(id));
    let form = carrier.and_then(|a| crate::transport::form(&a.kind)).unwrap_or(&crate::transport::MAIL);
    crate::render::sheet(&data, form, templates).map(|r| Some((r, unit.name.clone())))
}

fn sheet_data(
    settings: &Settings,
    ws: &Workspace,
    sending: &Sending,
    script: &Rendition,
    unit: &Unit,
) -> Option<SheetData> {
    let station = unit.station.as_ref()?;
    let Rule::Station { from, until, sessions: wanted, times } = &sending.schedule.rule else { return None };
    let holiday = |d: NaiveDate| ws.calendars.holiday(d).ok().flatten().map(str::to_owned);
    // The first week in which anything can air.
    let monday =
        from.week(chrono::Weekday::Mon).first_day().iter_weeks().take_while(|m| m <= until).find(|m| {
            let week = ((*m).max(*from), (*m + TimeDelta::days(6)).min(*until));
            !airtime::openings(station, week, wanted, |d| holiday(d).is_some(), None).is_empty()
        })?;
    let (first, last) = (monday.max(*from), (monday + TimeDelta::days(6)).min(*until));
    let openings = airtime::openings(station, (first, last), wanted, |d| holiday(d).is_some(), None);
    let seconds = script.seconds.unwrap_or_default();
    let wishes =
        [airtime::Wish { seconds, times: *times, priority: sending.priority, openings: openings.clone() }];
    let places =
        airtime::place(&wishes, station.allowance_seconds, &BTreeMap::new()).pop().unwrap_or_default();
    let days: Vec<SheetDay> = first
        .iter_days()
        .take_while(|d| *d <= last)
        .filter(|d| station.days.contains(&chrono::Datelike::weekday(d)))
        .map(|date| SheetDay { date, holiday: holiday(date) })
        .collect();
    let organisation = ws
        .units
        .get(&settings.organisation)
        .map_or_else(|| settings.organisation.to_string(), |u| u.name.clone());
    Some(SheetData {
        organisation,
        unit: unit.name.clone(),
        week: format!(
            "{} – {}",
            days.first().map_or(first, |d| d.date).format("%d/%m"),
            days.last().map_or(last, |d| d.date).format("%d/%m/%Y")
        ),
        code: "000000".into(),
        items: vec![SheetItem {
            title: script.title.clone(),
            lines: script.text.lines().map(str::trim).filter(|l| !l.is_empty()).map(str::to_owned).collect(),
            seconds,
            airings: u32::try_from(places.len()).unwrap_or(u32::MAX),
            wanted: *times,
            approved_by: None,
            approved_on: None,
            priority: sending.priority,
            days,
            sessions: station
                .sessions
                .iter()
                .filter(|s| wanted.is_empty() || wanted.contains(&s.name))
                .cloned()
                .collect(),
            openings: openings.clone(),
            places,
            recording: crate::render::recording_of(script).cloned(),
        }],
        left_out: vec![],
        allowance_seconds: station.allowance_seconds,
        report_by: openings.last().map(|o| text::day(o.day, Lang::Vi)),
        phone: settings.duty_phone.clone(),
        zalo: false,
    })
}

/// What differs between the renditions that were approved last and these, by kind, of the voices that differ. `None`: nothing of the
/// post was approved before. `steps`: how many steps make an approval.
///
/// # Errors
/// The database's.
pub async fn changes(
    store: &Store,
    origin: &Origin,
    steps: usize,
    here: Option<&str>,
    now: &[Rendition],
) -> Result<Changes> {
    // While what lies in the folder collects its steps, it is no earlier approval of itself.
    let row = store.post_get(origin.as_str()).await?.filter(|p| p.revision_hash.as_deref() == here);
    let revision = row.and_then(|p| p.revision_id);
    let open = match revision {
        Some(r) if store.approval_of(r).await?.len() < steps => Some(r),
        Some(_) | None => None,
    };
    Ok(differences(&store.renditions_approved(origin.as_str(), steps, open).await?, now))
}

/// What a post's readers get of what is frozen and of what was made now: the frozen rendition of each kind (`true`), and of kinds
/// for which nothing is frozen the new one.
pub fn frozen_first(frozen: Vec<Rendition>, made: Vec<Rendition>) -> Vec<(Rendition, bool)> {
    let new: Vec<Rendition> =
        made.into_iter().filter(|r| !frozen.iter().any(|f| f.kind == r.kind && f.voice == r.voice)).collect();
    frozen.into_iter().map(|r| (r, true)).chain(new.into_iter().map(|r| (r, false))).collect()
}

/// By kind, the pieces of its comparison.
pub type Changes = Option<Vec<(String, Vec<Piece>)>>;

/// What differs between two sets of renditions.
pub fn differences(before: &[Rendition], now: &[Rendition]) -> Changes {
    if before.is_empty() {
        return None;
    }
    let same = |a: &Rendition, b: &Rendition| a.kind == b.kind && a.voice == b.voice;
    let mut out = vec![];
    for r in now {
        let none = empty(r);
        let old = before.iter().find(|b| same(b, r)).unwrap_or(&none);
        let pieces = crate::render::compare(old, r);
        if !pieces.is_empty() {
            out.push((r.kind.clone(), pieces));
        }
    }
    for b in before.iter().filter(|b| !now.iter().any(|r| same(b, r))) {
        out.push((b.kind.clone(), crate::render::compare(b, &empty(b))));
    }
    Some(out)
}

/// Templates that are not what approved posts were made with: path, and the posts that keep the earlier frame.
///
/// # Errors
/// The database's.
pub async fn changed_templates(
    store: &Store,
    templates: &Templates,
    now: DateTime<Utc>,
) -> Result<BTreeMap<String, Vec<String>>> {
    let mut out: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (origin, made) in store.approval_templates(super::ms(now)).await? {
        let made: BTreeMap<String, String> = serde_json::from_str(&made).unwrap_or_default();
        for (path, hash) in made {
            if templates.hashes().get(&path) != Some(&hash) {
                let posts = out.entry(path).or_default();
                if posts.last() != Some(&origin) {
                    posts.push(origin.clone());
                }
            }
        }
    }
    Ok(out)
}

/// The same voice with nothing in it.
fn empty(r: &Rendition) -> Rendition {
    Rendition {
        voice: r.voice,
        kind: r.kind.clone(),
        title: String::new(),
        lead: String::new(),
        text: String::new(),
        html: None,
        parts: vec![],
        attachments: vec![],
        slug: String::new(),
        link: None,
        categories: vec![],
        tags: vec![],
        seconds: None,
        album: 0,
    }
}

/// The days on which a post goes out: those of its occurrences, and the days of a station's window.
pub fn days(
    settings: &Settings,
    c: &Campaign,
    post: &Post,
    desired: &Desired,
    now: DateTime<Utc>,
) -> Vec<NaiveDate> {
    let origin = Origin::post(&c.id, &post.id);
    let day = |ms: i64| instant(ms).with_timezone(&settings.time_zone).date_naive();
    let mut out: Vec<NaiveDate> = desired
        .occurrences
        .values()
        .filter(|o| o.origin == origin.as_str())
        .flat_map(|o| {
            if o.family == "station" {
                vec![day(o.due_at), day(o.expires_at - 1)]
            } else {
                vec![day(o.due_at)]
            }
        })
        .collect();
    if out.is_empty() {
        out.push(now.with_timezone(&settings.time_zone).date_naive());
    }
    out.sort_unstable();
    out.dedup();
    out
}
