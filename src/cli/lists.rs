//! `loa unit list`: the registers an author looks into.

use clap::Subcommand;

use super::{Ctx, Done, Exit, folder};
use crate::domain::text::{self, Lang};

/// `loa unit …`
#[derive(Debug, Subcommand)]
pub enum UnitCommand {
    /// Every name that `to:` may use: units, groups, lists.
    List,
}

/// `loa unit list`
///
/// # Errors
/// The workspace cannot be read.
pub fn units(ctx: &Ctx, _what: UnitCommand) -> Done {
    let settings = ctx.settings(false)?;
    let loaded = ctx.load(&settings);
    let ws = &loaded.workspace;
    let mut rows: Vec<(String, String, String)> = Vec::new();
    for u in ws.units.values() {
        let channels: Vec<&str> = u.channels.keys().map(|f| f.as_str()).collect();
        rows.push((
            u.id.to_string(),
            ctx.say("đơn vị", "unit").into(),
            format!("{} · {}", u.name, channels.join(", ")),
        ));
    }
    for g in ws.groups.values() {
        let n = text::number(g.units.len() as i64, ctx.lang);
        let what = match ctx.lang {
            Lang::Vi => format!("{n} đơn vị"),
            Lang::En => format!("{n} units"),
        };
        rows.push((g.id.to_string(), ctx.say("nhóm", "group").into(), what));
    }
    for l in ws.lists.values() {
        let n = text::number(l.contacts.len() as i64, ctx.lang);
        let what = match ctx.lang {
            Lang::Vi => format!("{} · {n} người", l.title),
            Lang::En => format!("{} · {n} people", l.title),
        };
        rows.push((l.id.to_string(), ctx.say("danh sách", "list").into(), what));
    }
    print(ctx, &rows);
    // A name that is missing here may stand in a file that cannot be read.
    let faults: Vec<_> = folder::shared_faults(&loaded).collect();
    if !faults.is_empty() {
        eprintln!("{}", folder::sentence(ctx, &faults));
    }
    Ok(Exit::of_faults(faults))
}

fn print(ctx: &Ctx, rows: &[(String, String, String)]) {
    if ctx.json {
        let json: Vec<_> = rows
            .iter()
            .map(|(id, kind, what)| serde_json::json!({ "id": id, "kind": kind, "what": what }))
            .collect();
        println!("{}", serde_json::Value::from(json));
        return;
    }
    let a = rows.iter().map(|r| r.0.chars().count()).max().unwrap_or(0);
    let b = rows.iter().map(|r| r.1.chars().count()).max().unwrap_or(0);
    for (id, kind, what) in rows {
        println!("{id:a$}  {kind:b$}  {what}");
    }
}
