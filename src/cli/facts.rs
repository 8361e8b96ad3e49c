//! `loa fact list | uses | verify`: the register of facts, for whoever keeps it.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use clap::Subcommand;
use serde_json::{Value, json};

use super::{Ctx, Done, Exit, Stop, folder};
use crate::config::Settings;
use crate::domain::fact::{Fact, Stale};
use crate::domain::id::FactId;
use crate::domain::text::{self, Lang};
use crate::domain::words;
use crate::manifest::{FactUse, Loaded, Unwritten, Verify};

/// What ends within so many days is told.
const SOON: i64 = 30;

/// `loa fact …`
#[derive(Debug, Subcommand)]
pub enum FactCommand {
    /// Every fact with its basis, validity, last check and its age; what ends soon is told.
    List,
    /// Where a fact is stated, and on which days it would be told.
    Uses {
        /// The fact's id.
        id: String,
    },
    /// Write down that somebody looked at a fact and its source (campaigns/facts.yaml).
    Verify {
        /// The fact's id.
        id: String,
        /// Who looked: an id of campaigns/people.yaml.
        #[arg(long)]
        by: String,
        /// The day, if not today: 26/11/2026.
        #[arg(long)]
        on: Option<String>,
        /// A remark, put behind the fact's note.
        #[arg(long)]
        note: Option<String>,
    },
}

/// `loa fact …`
///
/// # Errors
/// The workspace cannot be read; there is no such fact or person; the register cannot be written.
pub fn facts(ctx: &Ctx, what: FactCommand) -> Done {
    let settings = ctx.settings(false)?;
    let loaded = ctx.load(&settings);
    let today = ctx.now().with_timezone(&settings.time_zone).date_naive();
    match what {
        FactCommand::List => list(ctx, &settings, &loaded, today),
        FactCommand::Uses { id } => uses(ctx, &loaded, &id, today),
        FactCommand::Verify { id, by, on, note } => {
            let on = match on {
                None => today,
                Some(d) => words::parse_date(&d).map_err(|w| Stop::unusable(w.text(ctx.lang).to_owned()))?,
            };
            verify(ctx, &settings, &loaded, &Verify { id: &id, on, by: &by, note: note.as_deref() }, today)
        }
    }
}

/// What is to be known of a fact today: words, and whether somebody should do something.
fn state(ctx: &Ctx, f: &Fact, today: NaiveDate, max: i64) -> (String, Vec<String>) {
    let l = ctx.lang;
    let days = |n: i64| match l {
        Lang::Vi => format!("{} ngày", text::number(n, l)),
        Lang::En => text::plural(n, "day", "days"),
    };
    let valid = f.valid_on(today, max);
    let mut more = vec![];
    let left = f.valid_to.map(|to| (to - today).num_days());
    if let Some(to) = f.valid_to {
        let ends = match (left, l) {
            (Some(n), Lang::Vi) if (0..=SOON).contains(&n) => format!(" (CÒN {})", days(n)),
            (Some(n), Lang::En) if (0..=SOON).contains(&n) => format!(" ({} LEFT)", days(n)),
            (Some(_) | None, _) => String::new(),
        };
        more.push(format!("{} {}{ends}", ctx.say("đến hết", "valid to"), text::date(to)));
    }
    if let Some(c) = f.checked {
        let age = (today - c).num_days();
        let again = max - age;
        let when = match (age, l) {
            (0, Lang::Vi) => "hôm nay".to_owned(),
            (0, Lang::En) => "today".to_owned(),
            (n, Lang::Vi) => format!("{} trước", days(n)),
            (n, Lang::En) => format!("{} ago", days(n)),
        };
        let mut said = format!("{} {} ({when}", ctx.say("kiểm tra", "checked"), text::date(c));
        if (0..=SOON).contains(&again) {
            said.push_str(&match l {
                Lang::Vi => format!(", PHẢI KIỂM TRA LẠI trong {}", days(again)),
                Lang::En => format!(", CHECK AGAIN within {}", days(again)),
            });
        }
        more.push(format!("{said})"));
    }
    let word = match valid {
        Ok(()) => ctx.say("dùng được", "usable").to_owned(),
        Err(Stale::Expired(_)) => ctx.say("HẾT HIỆU LỰC", "EXPIRED").to_owned(),
        Err(Stale::NotYet(from)) => match l {
            Lang::Vi => format!("TỪ {}", text::date(from)),
            Lang::En => format!("FROM {}", text::date(from)),
        },
        Err(Stale::NeverChecked) => ctx.say("CHƯA KIỂM TRA", "NEVER CHECKED").to_owned(),
        Err(Stale::CheckTooOld(_)) => ctx.say("LÂU CHƯA KIỂM TRA", "CHECK TOO OLD").to_owned(),
    };
    (word, more)
}

fn list(ctx: &Ctx, settings: &Settings, loaded: &Loaded, today: NaiveDate) -> Done {
    let max = settings.fact_max_age_days;
    let mut counts = BTreeMap::<&FactId, usize>::new();
    for u in &loaded.stated {
        *counts.entry(&u.fact).or_default() += 1;
    }
    let mut rows = vec![];
    let mut values = vec![];
    for f in loaded.workspace.facts.values() {
        let (word, more) = state(ctx, f, today, max);
        let n = counts.get(&f.id).copied().unwrap_or(0);
        let mut what = vec![f.text.clone()];
        what.extend(f.basis.clone());
        what.extend(more);
        what.push(match (n, ctx.lang) {
            (0, _) => ctx.say("chưa bài nào dùng", "used nowhere").to_owned(),
            (n, Lang::Vi) => format!("dùng {n} chỗ"),
            (n, Lang::En) => format!("used in {}", text::plural(n as i64, "place", "places")),
        });
        let day = |d: Option<NaiveDate>| d.map(|d| d.to_string());
        values.push(json!({
            "id": f.id.as_str(), "kind": word, "what": what.join(" · "), "text": f.text, "basis": f.basis, "source": f.source,
            "usable": f.valid_on(today, max).is_ok(), "valid_from": day(f.valid_from), "valid_to": day(f.valid_to),
            "checked": day(f.checked), "checked_by": f.checked_by.as_ref().map(|p| p.as_str()),
            "age_days": f.checked.map(|c| (today - c).num_days()),
            "days_left": f.valid_to.map(|to| (to - today).num_days()), "uses": n,
        }));
        rows.push((f.id.to_string(), word, what.join(" · ")));
    }
    if ctx.json {
        println!("{}", Value::from(values));
    } else {
        let a = rows.iter().map(|r| r.0.chars().count()).max().unwrap_or(0);
        let b = rows.iter().map(|r| r.1.chars().count()).max().unwrap_or(0);
        for (id, word, what) in rows {
            println!("{id:a$}  {word:b$}  {what}");
        }
    }
    // A fact that is missing here may stand in a file that cannot be read.
    let faults: Vec<_> = folder::shared_faults(loaded).collect();
    if !faults.is_empty() {
        eprintln!("{}", folder::sentence(ctx, &faults));
    }
    Ok(Exit::of_faults(faults))
}

fn no_such(ctx: &Ctx, loaded: &Loaded, id: &str) -> Stop {
    let near = crate::yaml::closest(id, loaded.workspace.facts.keys().map(FactId::as_str));
    let near = near.map_or_else(String::new, |n| match ctx.lang {
        Lang::Vi => format!(" Có phải {n}?"),
        Lang::En => format!(" Did you mean {n}?"),
    });
    let list = ctx.hint(&["fact", "list"]);
    Stop::no_such(match ctx.lang {
        Lang::Vi => format!("Không có thông tin mã “{id}” trong campaigns/facts.yaml.{near} Xem:   {list}"),
        Lang::En => format!("There is no fact “{id}” in campaigns/facts.yaml.{near} See:   {list}"),
    })
}

fn uses(ctx: &Ctx, loaded: &Loaded, id: &str, today: NaiveDate) -> Done {
    let found: Vec<&FactUse> = loaded.stated.iter().filter(|u| u.fact.as_str() == id).collect();
    if found.is_empty() && !loaded.workspace.facts.contains_key(id) {
        return Err(no_such(ctx, loaded, id));
    }
    if ctx.json {
        let all: Vec<Value> = found
            .iter()
            .map(|u| {
                let days: Vec<String> = u.days.iter().map(NaiveDate::to_string).collect();
                let post = folder::post_of(&u.file);
                let stopped = post.as_deref().is_some_and(|p| folder::is_stopped(loaded, p));
                json!({ "post": post, "file": u.file, "line": u.line, "column": u.column, "days": days, "stopped": stopped })
            })
            .collect();
        println!("{}", Value::from(all));
        return Ok(Exit::Good);
    }
    if found.is_empty() {
        println!("{}", ctx.say("Chưa bài nào dùng thông tin này.", "No post states this fact."));
        return Ok(Exit::Good);
    }
    let mut last = None;
    for u in found {
        let post = folder::post_of(&u.file).unwrap_or_default();
        if last.as_ref() != Some(&post) {
            let stopped = folder::is_stopped(loaded, &post);
            let held = format!("   ({}: {})", ctx.say("đang bị giữ", "held"), ctx.hint(&["check"]));
            println!("{post}{}", if stopped { held.as_str() } else { "" });
            last = Some(post);
        }
        let coming: Vec<NaiveDate> = u.days.iter().copied().filter(|d| *d >= today).collect();
        let mut days: Vec<String> = coming.iter().take(6).map(|d| text::date(*d)).collect();
        if coming.len() > days.len() {
            days.push("…".to_owned());
            days.extend(coming.last().map(|d| text::date(*d)));
        }
        let days = if days.is_empty() {
            ctx.say("không còn ngày nào sắp tới", "no day to come").to_owned()
        } else {
            days.join(", ")
        };
        println!("  {}:{}:{}   {days}", u.file, u.line, u.column);
    }
    Ok(Exit::Good)
}

fn verify(ctx: &Ctx, settings: &Settings, loaded: &Loaded, v: &Verify<'_>, today: NaiveDate) -> Done {
    let ws = &loaded.workspace;
    if !ws.people.contains_key(v.by) {
        let near = crate::yaml::closest(v.by, ws.people.keys().map(|p| p.as_str()));
        let known: Vec<&str> =
            near.map_or_else(|| ws.people.keys().map(|p| p.as_str()).collect(), |n| vec![n]);
        let known = known.join(", ");
        return Err(Stop::no_such(match ctx.lang {
            Lang::Vi => format!("Không có ai mã “{}” trong campaigns/people.yaml. Có: {known}", v.by),
            Lang::En => format!("Nobody is called “{}” in campaigns/people.yaml. There is: {known}", v.by),
        }));
    }
    if v.on > today {
        let (on, now) = (text::date(v.on), text::date(today));
        return Err(Stop::unusable(match ctx.lang {
            Lang::Vi => {
                format!("Ngày kiểm tra {on} nằm ở tương lai (hôm nay {now}). Ghi ngày đã thật sự kiểm tra.")
            }
            Lang::En => format!("{on} lies in the future (today is {now}). Write the day of the check."),
        }));
    }
    let Some(fact) = ws.facts.get(v.id) else { return Err(no_such(ctx, loaded, v.id)) };
    if let Some(c) = fact.checked.filter(|c| *c > v.on) {
        let (on, last) = (text::date(v.on), text::date(c));
        return Err(Stop::unusable(match ctx.lang {
            Lang::Vi => format!("Sổ đã có lần kiểm tra mới hơn, {last}; không ghi lùi về {on}."),
            Lang::En => format!("The register has a newer check of {last}; {on} is not written over it."),
        }));
    }
    let path = ctx.root.join("campaigns/facts.yaml");
    crate::manifest::verify(&ctx.root, v).map_err(|e| match e {
        Unwritten::Disk(e) => Stop::file(&path, &e),
        Unwritten::Unknown => no_such(ctx, loaded, v.id),
        Unwritten::ByHand(say) => Stop::attention(say.get(ctx.lang == Lang::Vi).to_owned()),
    })?;
    let (on, apply) = (text::date(v.on), ctx.hint(&["apply"]));
    println!(
        "{}",
        match ctx.lang {
            Lang::Vi =>
                format!("Đã ghi vào campaigns/facts.yaml: {} kiểm tra {on}, người kiểm tra {}.", v.id, v.by),
            Lang::En => format!("Written to campaigns/facts.yaml: {} checked on {on} by {}.", v.id, v.by),
        }
    );
    println!("  {}{}", fact.text, fact.basis.as_ref().map(|b| format!(" · {b}")).unwrap_or_default());
    // A check says that somebody looked; it prolongs nothing.
    let checked = Fact { checked: Some(v.on), ..fact.clone() };
    if checked.valid_on(today, settings.fact_max_age_days).is_err() {
        let (word, _) = state(ctx, &checked, today, settings.fact_max_age_days);
        println!(
            "{}",
            match ctx.lang {
                Lang::Vi => format!(
                    "Vẫn chưa dùng được ({word}): kiểm tra không kéo dài hiệu lực; có văn bản mới thì sửa valid_to."
                ),
                Lang::En => format!(
                    "Still not usable ({word}): a check prolongs nothing; with a new document change valid_to."
                ),
            }
        );
    }
    println!("{} {apply}", ctx.say("Tiếp theo:", "Next:"));
    Ok(Exit::Good)
}
