//! What a workspace wants: revisions, occurrences, channels. Pure: the same workspace, settings and instant give the same plan.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, NaiveTime, TimeDelta, TimeZone, Utc};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::ms;
use crate::config::Settings;
use crate::domain::campaign::{Campaign, Post, Selector, Sending};
use crate::domain::fact;
use crate::domain::id::{AccountId, Origin};
use crate::domain::kit::Asset;
use crate::domain::port::Office as _;
use crate::domain::schedule::Rule;
use crate::domain::unit::{Channel, ContactList, Family, Mode, Unit};
use crate::domain::workspace::{Incomplete, Workspace};
use crate::store::{ChannelRow, NewOccurrence, NewPost, NewRevision};

/// Everything the workspace wants.
#[derive(Clone, Debug, Default)]
pub struct Desired {
    /// All channels of all units that an account can serve.
    pub channels: Vec<ChannelRow>,
    /// Names they may have in the ledger, because their unit had another id: `unit/family` → earlier ones.
    pub formerly: BTreeMap<String, Vec<String>>,
    /// Registers of which a part could not be read.
    pub incomplete: Incomplete,
    /// Its facts.
    pub facts: Vec<fact::Fact>,
    /// The assets of its media kit that are as they were pinned: id, SHA-256.
    pub kit: BTreeMap<String, String>,
    /// Its lists.
    pub lists: Vec<ContactList>,
    /// Which account and kind serve the contacts of a family: (family, account, kind).
    pub carriers: Vec<(String, String, String)>,
    /// Its posts.
    pub posts: Vec<NewPost>,
    /// Campaign id → title, for screens.
    pub campaigns: BTreeMap<String, String>,
    /// Campaign id → the first instant after it, milliseconds.
    pub ends: BTreeMap<String, i64>,
    /// Occurrences, by (origin, sending, slot).
    pub occurrences: BTreeMap<(String, String, String), NewOccurrence>,
    /// Sendings that cannot be served: origin, sending, why (an account is missing).
    pub unserved: Vec<(String, String, String)>,
}

impl Desired {
    /// The plan of a workspace. `stopped`: posts whose files have a fault: origin, code, sentence.
    pub fn of(
        ws: &Workspace,
        settings: &Settings,
        stopped: &[(String, String, String)],
        now: DateTime<Utc>,
    ) -> Self {
        let mut out = Desired {
            channels: ws.units.values().flat_map(|u| channel_rows(settings, u)).collect(),
            formerly: ws
                .units
                .values()
                .filter(|u| !u.was.is_empty())
                .flat_map(|u| {
                    u.channels.values().map(|c| {
                        let old = u.was.iter().map(|w| format!("{w}/{}", c.family.as_str())).collect();
                        (c.target_ref(), old)
                    })
                })
                .collect(),
            incomplete: ws.incomplete,
            facts: ws.facts.values().cloned().collect(),
            kit: (ws.kit.values().filter(|a| a.is_official()))
                .map(|a| (a.id.to_string(), a.sha256.clone()))
                .collect(),
            lists: ws.lists.values().cloned().collect(),
            carriers: Family::ALL
                .into_iter()
                .filter_map(|f| {
                    family_account(settings, ws, f).map(|(a, k)| (f.as_str().to_owned(), a.to_string(), k))
                })
                .collect(),
            ..Desired::default()
        };
        for c in &ws.campaigns {
            out.campaigns.insert(c.id.to_string(), c.title.clone());
            out.ends.insert(c.id.to_string(), ms(end_of(c, settings.time_zone)));
            for p in &c.posts {
                let origin = Origin::post(&c.id, &p.id);
                out.posts.push(new_post(ws, settings, c, p, &origin));
                for s in &p.sendings {
                    out.sending(ws, settings, c, &origin, s, now);
                }
            }
        }
        for (origin, code, says) in stopped {
            out.posts.push(NewPost {
                revision: None,
                origin: origin.clone(),
                title: origin.split('/').nth(1).unwrap_or_default().to_owned(),
                stopped: Some((code.clone(), says.clone())),
                sendings: vec![],
            });
        }
        out
    }

    fn sending(
        &mut self,
        ws: &Workspace,
        settings: &Settings,
        c: &Campaign,
        origin: &Origin,
        s: &Sending,
        now: DateTime<Utc>,
    ) {
        let zone = settings.time_zone;
        // The manifest has refused schedules with faults; one that slips through plans nothing rather than something else.
        let Ok(slots) = s.schedule.occurrences(zone, (c.start, c.end), &ws.calendars) else { return };
        let mut channels: Vec<String> = ws
            .channels_of(s.family, &s.to, &s.except)
            .into_iter()
            .map(Channel::target_ref)
            .filter(|r| self.channels.iter().any(|c| &c.target_ref == r))
            .collect();
        channels.dedup();
        let lists: Vec<String> = ws.lists_of(&s.to).map(|l| l.id.to_string()).collect();
        let except_lists: Vec<String> = ws.lists_of(&s.except).map(|l| l.id.to_string()).collect();
        let carrier = if lists.is_empty() { None } else { family_account(settings, ws, s.family) };
        if !lists.is_empty() && carrier.is_none() {
            self.unserved.push((
                origin.to_string(),
                s.id.to_string(),
                format!("no account of loa.yaml serves {}", s.family.as_str()),
            ));
        }
        let late = s
            .late_ok
            .or_else(|| settings.late_ok.get(&s.family).copied())
            .unwrap_or_else(|| s.family.default_late_ok());
        let end = end_of(c, zone);
        for slot in slots {
            let (due, expires) = match (&s.schedule.rule, slot.until) {
                (Rule::Station { .. }, Some(until)) => (sheet_time(slot.nominal.date(), zone), until),
                _ => {
                    let due = s.due(slot.at, settings.quiet_people(), zone);
                    (due, due + TimeDelta::seconds(late))
                }
            };
            // Nothing of a campaign goes out after it: neither what quiet hours would move past its end, nor what is late.
            if due >= end {
                self.unserved.push((
                    origin.to_string(),
                    s.id.to_string(),
                    "quiet hours move it past the end of the campaign".to_owned(),
                ));
                continue;
            }
            let expires = expires.min(end);
            // What was over before Loa saw it is history, not a plan; diff keeps what the ledger already has.
            if expires <= now {
                continue;
            }
            self.occurrences.insert(
                (origin.to_string(), s.id.to_string(), slot.slot.clone()),
                NewOccurrence {
                    origin: origin.to_string(),
                    sending: s.id.to_string(),
                    slot: slot.slot,
                    family: s.family.as_str().to_owned(),
                    priority: s.priority.rank(),
                    planned_for: ms(slot.at),
                    due_at: ms(due),
                    expires_at: ms(expires),
                    times: i64::from(slot.times),
                    channels: channels.clone(),
                    lists: if carrier.is_some() { lists.clone() } else { vec![] },
                    except_lists: except_lists.clone(),
                    carrier: carrier.as_ref().map(|(a, k)| (a.to_string(), k.clone())),
                },
            );
        }
    }
}

/// The first instant after a campaign: midnight that ends its last day.
pub fn end_of(c: &Campaign, zone: chrono_tz::Tz) -> DateTime<Utc> {
    let wall = (c.end + TimeDelta::days(1)).and_time(NaiveTime::MIN);
    zone.from_local_datetime(&wall)
        .earliest()
        .map_or_else(|| Utc.from_utc_datetime(&wall), |t| t.with_timezone(&Utc))
}

/// When a station's sheet of a week goes out: 14:00 of the third day before the week's first day (a Friday for a Monday), so
/// that the ward can agree and the officer prepare.
fn sheet_time(first: chrono::NaiveDate, zone: chrono_tz::Tz) -> DateTime<Utc> {
    let day = first - TimeDelta::days(3);
    let wall = day.and_time(NaiveTime::from_hms_opt(14, 0, 0).unwrap_or_default());
    zone.from_local_datetime(&wall)
        .earliest()
        .map_or_else(|| Utc.from_utc_datetime(&wall), |t| t.with_timezone(&Utc))
}

/// The account that serves a channel, and the kind of what it gets: an account for packages carries press releases, too.
pub fn channel_account(settings: &Settings, c: &Channel) -> Option<(AccountId, String)> {
    let (account, kind) = served_by(settings, c)?;
    let release = c.family == Family::Press && kind == "hand-over";
    Some((account, if release { "press".to_owned() } else { kind }))
}

fn served_by(settings: &Settings, c: &Channel) -> Option<(AccountId, String)> {
    let named = |id: &AccountId| settings.accounts.get(id).map(|a| (id.clone(), a.kind.clone()));
    if let Some(id) = &c.account {
        return named(id);
    }
    let role = match (c.family, c.mode) {
        (Family::Website, Some(Mode::HandOver)) => "hand-over",
        (Family::Station, _) => "station",
        (f, _) => f.as_str(),
    };
    if let Some(id) = settings.default_accounts.get(role) {
        return named(id);
    }
    match role {
        "website" => only_of_kind(settings, "wordpress"),
        "press" => only_of_kind(settings, "press").or_else(|| only_of_kind(settings, "hand-over")),
        "zalo" => only_of_kind(settings, "zalo-bot"),
        other => only_of_kind(settings, other),
    }
}

/// The account that serves a family's contacts: the default one, else the organisation's own channel's, else the only one.
pub fn family_account(settings: &Settings, ws: &Workspace, family: Family) -> Option<(AccountId, String)> {
    if let Some(id) = settings.default_accounts.get(family.as_str()) {
        return settings.accounts.get(id).map(|a| (id.clone(), a.kind.clone()));
    }
    ws.units
        .get(&settings.organisation)
        .and_then(|u| u.channels.get(&family))
        .and_then(|c| c.account.as_ref())
        .and_then(|id| settings.accounts.get(id).map(|a| (id.clone(), a.kind.clone())))
        .or_else(|| only_of_kind(settings, if family == Family::Zalo { "zalo-bot" } else { family.as_str() }))
}

fn only_of_kind(settings: &Settings, kind: &str) -> Option<(AccountId, String)> {
    let mut of_kind = settings.accounts.values().filter(|a| a.kind == kind);
    let first = of_kind.next()?;
    of_kind.next().is_none().then(|| (first.id.clone(), first.kind.clone()))
}

fn channel_rows(settings: &Settings, u: &Unit) -> Vec<ChannelRow> {
    let officer = match (&u.contact.name, &u.contact.phone) {
        (Some(n), Some(p)) => Some(format!("{n} {p}")),
        (n, p) => n.clone().or_else(|| p.clone()),
    };
    u.channels
        .values()
        .filter_map(|c| {
            let (account, kind) = channel_account(settings, c)?;
            let mail = || u.contact.email.clone();
            let address = c.address.clone().or_else(|| match c.family {
                Family::Email | Family::Press | Family::Station => mail(),
                Family::Website if c.mode == Some(Mode::HandOver) => mail(),
                Family::Website | Family::Telegram | Family::Zalo | Family::Social | Family::Offline => None,
            });
            Some(ChannelRow {
                target_ref: c.target_ref(),
                unit: u.id.to_string(),
                unit_name: u.name.clone(),
                family: c.family.as_str().to_owned(),
                account: account.to_string(),
                kind,
                mode: c.mode.map(|m| m.as_str().to_owned()),
                url: c.url.clone(),
                address,
                covered: u.people_covered.map(|n| n as i64),
                officer: officer.clone(),
                station: u
                    .station
                    .as_ref()
                    .filter(|_| c.family == Family::Station)
                    .map(|s| json!(s).to_string()),
            })
        })
        .collect()
}

/// The kinds of transport that a post's sendings use: each has a rendition of its own.
fn kinds(ws: &Workspace, settings: &Settings, p: &Post) -> BTreeSet<String> {
    p.sendings
        .iter()
        .flat_map(|s| {
            let channels = ws.channels_of(s.family, &s.to, &s.except).into_iter();
            let lists = ws.lists_of(&s.to).next().and_then(|_| family_account(settings, ws, s.family));
            channels.filter_map(|c| channel_account(settings, c)).chain(lists).map(|(_, kind)| kind)
        })
        .collect()
}

/// The manifest of a post's revision: all that an approval binds. Members of selectors are not in it, their counts stand in the
/// approval; the kinds that serve them are, since a rendition is made and approved for each.
pub fn manifest(ws: &Workspace, settings: &Settings, c: &Campaign, p: &Post) -> serde_json::Value {
    let texts: Vec<_> = p
        .texts
        .main
        .iter()
        .map(|t| ("main", t))
        .chain(p.texts.overrides.iter().map(|(k, t)| (k.as_str(), t)))
        .collect();
    let mut facts = BTreeMap::new();
    for (_, t) in &texts {
        for id in fact::stated_in(&t.body) {
            if let Some(f) = ws.facts.get(&id) {
                facts.insert(id.to_string(), f.text.clone());
            }
        }
    }
    let assets: Vec<_> = p
        .assets
        .iter()
        .map(|a| {
            let asset = ws.kit.get(&a.asset);
            let mut used = json!({
                "asset": a.asset.as_str(), "alt": a.alt, "caption": a.caption,
                "sha256": asset.map(|k| k.sha256.clone()),
                // What is printed of it where the post says nothing else.
                "kit": asset.map(|k| json!([k.title, k.alt, k.url])),
            });
            if let Some(preview) = asset.and_then(|k| stands_for(ws, k)) {
                used["preview"] = preview;
            }
            used
        })
        .collect();
    // By id: a sending's place in the file is no identity, and moving a line changes nothing that was approved.
    let mut sendings: Vec<&Sending> = p.sendings.iter().collect();
    sendings.sort_by(|a, b| a.id.cmp(&b.id));
    let sendings: Vec<_> = sendings.into_iter().map(sending_spec).collect();
    let mut all = json!({
        "campaign": c.id.as_str(), "post": p.id.as_str(), "title": p.title, "author": p.author.as_str(),
        "class": p.class.as_str(), "for": p.audience.as_str(), "message": p.message.as_str(), "link": p.link,
        "categories": p.categories, "tags": p.tags, "contact": p.contact.as_ref().map(|u| u.as_str()),
        "attach": p.attach, "assets": assets, "facts": facts,
        "texts": texts.iter().map(|(k, t)| (k.to_string(), json!(t.body))).collect::<serde_json::Map<_, _>>(),
        "send": sendings, "kinds": kinds(ws, settings, p),
    });
    // Pictures that stand in a text alone, and copies of documents, are shown like the others.
    let loose: BTreeMap<&str, serde_json::Value> = texts
        .iter()
        .flat_map(|(_, t)| crate::domain::markdown::pictures(&t.body))
        .filter_map(|shown| ws.kit.get(shown.asset()?))
        .filter(|k| !p.assets.iter().any(|a| a.asset == k.id))
        .map(|k| (k.id.as_str(), json!([k.sha256, k.title, k.alt, k.url, stands_for(ws, k)])))
        .collect();
    if !loose.is_empty() {
        all["pictures"] = json!(loose);
    }
    let copies: BTreeMap<&str, Option<&str>> = c
        .legal_basis
        .iter()
        .filter(|b| p.attach.contains(&b.number))
        .map(|b| (b.number.as_str(), b.sha256.as_deref()))
        .collect();
    if !copies.is_empty() {
        all["copies"] = json!(copies);
    }
    // Who approves, approves that nothing of the kit is shown, for this reason.
    if let Some(e) = ws.without_kit(c, p) {
        all["without_kit"] = json!([e.reason, e.approved_by.as_str()]);
    }
    if let Some(r) = &p.recording {
        all["recording"] = json!(r.sha256);
    }
    all
}

/// The picture that stands for an asset where it can only be linked to: it is shown, too.
fn stands_for(ws: &Workspace, asset: &Asset) -> Option<serde_json::Value> {
    let preview = ws.kit.get(asset.preview.as_ref().filter(|_| !asset.is_image())?)?;
    Some(json!([preview.id.as_str(), preview.sha256]))
}

fn sending_spec(s: &Sending) -> serde_json::Value {
    let names = |v: &[Selector]| v.iter().map(|s| s.as_str().to_owned()).collect::<Vec<_>>();
    json!({
        "id": s.id.as_str(), "channel": s.family.as_str(), "to": names(&s.to), "except": names(&s.except),
        "schedule": s.schedule, "late_ok": s.late_ok, "done_by": s.done_by.map(|d| d.to_string()),
        "priority": s.priority.as_str(),
    })
}

fn new_post(ws: &Workspace, settings: &Settings, c: &Campaign, p: &Post, origin: &Origin) -> NewPost {
    let manifest = manifest(ws, settings, c, p).to_string();
    let hash: String = Sha256::digest(manifest.as_bytes()).iter().map(|b| format!("{b:02x}")).collect();
    NewPost {
        revision: Some(NewRevision {
            origin: origin.to_string(),
            hash,
            class: p.class.as_str().to_owned(),
            title: p.title.clone(),
            author: p.author.to_string(),
            manifest,
        }),
        origin: origin.to_string(),
        title: p.title.clone(),
        stopped: None,
        sendings: p
            .sendings
            .iter()
            .map(|s| {
                (
                    s.id.to_string(),
                    s.family.as_str().to_owned(),
                    s.priority.rank(),
                    sending_spec(s).to_string(),
                )
            })
            .collect(),
    }
}

/// ISO week of a day, as slots of stations are named.
pub fn iso_week(day: chrono::NaiveDate) -> String {
    let w = day.iso_week();
    format!("{}-W{:02}", w.year(), w.week())
}
