//! `loa plan` and `apply`: what will happen, before it happens.

mod renditions;
mod shared;

use std::collections::{BTreeMap, BTreeSet};

use super::{Ctx, Done, Exit, Stop, folder};
use crate::config::{AutoApply, Settings};
use crate::daemon;
use crate::domain::campaign::{Priority, Selector};
use crate::domain::port::Office as _;
use crate::domain::text::{self, Lang};
use crate::domain::unit::Family;
use crate::manifest::Loaded;
use crate::plan::approve;
use crate::plan::{self, Change, Desired, Diff, Verb};

pub(super) use renditions::summary;

/// `loa plan`
///
/// # Errors
/// The workspace or the database cannot be read.
pub async fn plan(ctx: &Ctx, only: Option<&str>) -> Done {
    let settings = ctx.settings(false)?;
    let loaded = ctx.load(&settings);
    let diff = diff_of(ctx, &settings, &loaded).await?;
    let diff = narrowed(diff, only);
    if let Some(only) = only
        && diff.changes.is_empty()
        && diff.stopped.is_empty()
        && !loaded.workspace.campaigns.iter().any(|c| only.split('/').next() == Some(c.id.as_str()))
    {
        return Err(Stop::no_such(match ctx.lang {
            Lang::Vi => format!("không có chiến dịch hay bài nào tên {only}"),
            Lang::En => format!("there is no campaign or post called {only}"),
        }));
    }
    let exit = Exit::of_faults(folder::faults_of(&loaded, only));
    let voices = renditions::Voices::of(ctx, &settings, &loaded, &diff).await?;
    if ctx.json {
        let mut json = serde_json::to_value(&diff)?;
        voices.json(&mut json);
        println!("{json}");
    } else {
        print!("{}", show(ctx, &settings, &diff, &loaded));
        print!("{}", voices.show(ctx, only));
        folder::say_faults(ctx, &loaded, only);
    }
    Ok(exit)
}

/// The difference to a database that may not exist yet: `plan` writes nothing, so it makes none.
async fn diff_of(ctx: &Ctx, settings: &Settings, loaded: &Loaded) -> Result<Diff, Stop> {
    let stopped = daemon::stopped(loaded, ctx.lang);
    let desired = Desired::of(&loaded.workspace, settings, &stopped, ctx.now());
    let store = ctx.look(settings).await?;
    Ok(plan::diff::of(&desired, &store, ctx.now()).await?)
}

fn narrowed(mut diff: Diff, only: Option<&str>) -> Diff {
    if let Some(only) = only {
        let under = |o: &str| o == only || o.strip_prefix(only).is_some_and(|r| r.starts_with('/'));
        diff.changes.retain(|c| under(&c.origin));
        diff.edited.retain(|o| under(o));
        diff.removed.retain(|o| under(o));
        diff.stopped.retain(|(o, _, _)| under(o));
        diff.unserved.retain(|(o, _, _)| under(o));
        diff.again.retain(|a| under(&a.origin));
        diff.registers.clear(); // they belong to no post
    }
    diff
}

/// `loa apply`
///
/// # Errors
/// The workspace or the database cannot be used.
pub async fn apply(ctx: &Ctx, by: Option<&str>, additions: bool) -> Done {
    let settings = ctx.settings(false)?;
    let loaded = ctx.load(&settings);
    let store = ctx.store(&settings).await?;
    let stopped = daemon::stopped(&loaded, ctx.lang);
    let applied = plan::apply(
        &store,
        &settings,
        &loaded.workspace,
        &stopped,
        None,
        if additions { AutoApply::Additions } else { AutoApply::All },
        &ctx.actor(by),
        ctx.now(),
    )
    .await?;
    // The gate at once, so that what is held says so without waiting for a daemon.
    let steps = |class| approve::steps(&settings, class).len();
    crate::dispatch::Gate::default().turn(&store, &settings, &steps, ctx.now()).await?;
    let d = &applied.diff;
    if ctx.json {
        println!(
            "{}",
            serde_json::json!({
                "added": d.count(Verb::Add), "changed": d.count(Verb::Change), "cancelled": d.count(Verb::Cancel),
                "left": d.count(Verb::Leave), "rows": applied.placed, "withheld": applied.withheld,
                "stopped": d.stopped, "registers": d.registers, "again": d.again,
                "faults": folder::faults_of(&loaded, None).count(),
            })
        );
    } else {
        println!(
            "{}",
            match ctx.lang {
                Lang::Vi => format!(
                    "Đã ghi: thêm {}, đổi {}, hủy {}, giữ nguyên {} lần gửi · {} dòng sổ cái mới",
                    n(d.count(Verb::Add)),
                    n(d.count(Verb::Change)),
                    n(d.count(Verb::Cancel)),
                    n(d.count(Verb::Leave)),
                    n(applied.placed as usize)
                ),
                Lang::En => format!(
                    "Written: {} added, {} changed, {} cancelled, {} left · {} new ledger rows",
                    d.count(Verb::Add),
                    d.count(Verb::Change),
                    d.count(Verb::Cancel),
                    d.count(Verb::Leave),
                    applied.placed
                ),
            }
        );
        let shared =
            d.registers.iter().filter(|c| c.verb != Verb::Add && (c.by_itself || !additions)).count();
        if shared > 0 {
            println!(
                "{}",
                match ctx.lang {
                    Lang::Vi => format!("Đã đổi {} mục dùng chung (kênh, thông tin, danh sách)", n(shared)),
                    Lang::En => format!("{shared} shared things changed (channels, facts, lists)"),
                }
            );
        }
        if !additions && !d.again.is_empty() {
            println!(
                "{}",
                match ctx.lang {
                    Lang::Vi => format!(
                        "Bài đã gửi sẽ đi lại vào {} nơi đã nhận, như kế hoạch đã nêu",
                        n(d.again.len())
                    ),
                    Lang::En => format!(
                        "Sent again to {}, as the plan said",
                        text::plural(d.again.len() as i64, "place that has it", "places that have it")
                    ),
                }
            );
        }
        if applied.withheld > 0 {
            let (n, apply) = (n(applied.withheld), ctx.hint(&["apply"]));
            println!(
                "{n} {}   {apply}",
                ctx.say("thay đổi còn chờ người ghi:", "changes wait for a person:")
            );
        }
        for (origin, code, says) in &d.stopped {
            println!("  {} {origin}: {code} {says}", ctx.say("DỪNG", "STOPPED"));
        }
        folder::say_faults(ctx, &loaded, None);
        let waiting: Vec<String> = store.pending_posts().await?.into_iter().map(|p| p.origin).collect();
        if !waiting.is_empty() {
            say_waiting(ctx, &waiting);
        }
    }
    Ok(Exit::of_faults(folder::faults_of(&loaded, None)).max(Exit::attention_if(applied.withheld > 0)))
}

/// What waits for approval, with the command for the campaign or post.
fn say_waiting(ctx: &Ctx, origins: &[String]) {
    let mut campaigns: Vec<&str> = origins.iter().filter_map(|o| o.split('/').next()).collect();
    campaigns.dedup();
    let what = match (origins, campaigns.as_slice()) {
        ([one], _) => one.as_str(),
        (_, [campaign, ..]) => campaign,
        (_, []) => return,
    };
    let approve = ctx.hint(&["approve", what, "--by", ctx.say("TÊN", "NAME")]);
    let n = text::number(origins.len() as i64, ctx.lang);
    println!(
        "{}",
        match ctx.lang {
            Lang::Vi => format!("{n} bài chờ duyệt, phần chưa gửi được giữ lại:   {approve}"),
            Lang::En => format!("{n} waiting for approval, what has not gone is held:   {approve}"),
        }
    );
}

fn n(v: usize) -> String {
    text::number(v as i64, Lang::Vi)
}

/// The plan for people: per campaign, post, sending and day, with counts.
fn show(ctx: &Ctx, settings: &Settings, diff: &Diff, loaded: &Loaded) -> String {
    use std::fmt::Write as _;
    let vi = ctx.lang == Lang::Vi;
    let mut out = String::new();
    let at = text::moment(ctx.now().with_timezone(&settings.time_zone).naive_local(), ctx.lang);
    let _ = writeln!(out, "{} {at}", ctx.say("Kế hoạch tính đến", "Plan as of"));
    let mut posts: BTreeMap<&str, BTreeMap<&str, Vec<&Change>>> = BTreeMap::new();
    for c in &diff.changes {
        posts.entry(&c.origin).or_default().entry(&c.sending).or_default().push(c);
    }
    let mut campaign = "";
    for (origin, sendings) in &posts {
        let (c, p) = origin.split_once('/').unwrap_or((origin, ""));
        if c != campaign {
            campaign = c;
            let title = loaded
                .workspace
                .campaigns
                .iter()
                .find(|x| x.id.as_str() == c)
                .map_or("", |x| x.title.as_str());
            let _ = writeln!(out, "\n{c}  {title}");
        }
        let first = sendings.values().flatten().next();
        let title = first.map_or("", |c| c.title.as_str());
        let mut marks = String::new();
        // What is edited and not written yet changes nothing: what is in force goes on.
        let edited = diff.edited.iter().any(|o| o == origin);
        let gated = |gate: &str| {
            sendings.values().flatten().any(|c| c.gate.as_deref() == Some(gate) && c.verb != Verb::Cancel)
        };
        if edited {
            marks.push_str(ctx.say(
                "  [đã sửa: bản đã ghi vẫn có hiệu lực đến khi apply, rồi phải duyệt lại]",
                "  [edited: what was written stays in force until apply, then approve again]",
            ));
        } else if gated("unapproved") {
            marks.push_str(ctx.say("  [CHƯA DUYỆT: đang giữ]", "  [NOT APPROVED: held]"));
        }
        for (gate, vi, en) in [
            ("hold", "  [ĐANG GIỮ]", "  [ON HOLD]"),
            ("blackout", "  [NGỪNG PHÁT]", "  [BLACKED OUT]"),
            ("facts", "  [GIỮ: thông tin]", "  [HELD: a fact]"),
            ("kit", "  [GIỮ: tư liệu]", "  [HELD: the kit]"),
            ("grown", "  [GIỮ: danh sách tăng]", "  [HELD: the list grew]"),
        ] {
            if gated(gate) {
                marks.push_str(ctx.say(vi, en));
            }
        }
        let _ = writeln!(out, "  {p}  {title}{marks}");
        for (sending, changes) in sendings {
            for (verb, group) in by_verb(changes) {
                let _ = writeln!(
                    out,
                    "  {} {}",
                    sign(verb),
                    line(ctx, settings, loaded, origin, sending, verb, &group)
                );
            }
        }
    }
    for (origin, code, says) in &diff.stopped {
        let _ = writeln!(out, "\n{} {origin}: {code} {says}", ctx.say("DỪNG", "STOPPED"));
    }
    for (origin, sending, _) in &diff.unserved {
        let _ = writeln!(
            out,
            "\n{} {origin} {sending}: {}",
            ctx.say("KHÔNG GỬI ĐƯỢC", "CANNOT BE SENT"),
            ctx.say(
                "chưa có tài khoản nào trong loa.yaml phục vụ kênh này",
                "no account of loa.yaml serves this channel"
            )
        );
    }
    for origin in &diff.removed {
        let _ = writeln!(
            out,
            "\n- {origin}: {}",
            ctx.say("bài không còn trong thư mục", "the post is gone from the folder")
        );
    }
    out.push_str(&shared::registers(ctx, diff));
    out.push_str(&shared::again(ctx, settings.time_zone, &diff.again));
    let shared = diff.registers.len();
    let (a, ch, ca, le) =
        (diff.count(Verb::Add), diff.count(Verb::Change), diff.count(Verb::Cancel), diff.count(Verb::Leave));
    if diff.is_empty() {
        let _ = writeln!(
            out,
            "\n{}",
            if vi {
                format!("Không có gì thay đổi ({} lần gửi giữ nguyên).", n(le))
            } else {
                format!("No change ({le} occurrences left as they are).")
            }
        );
    } else {
        let _ = writeln!(
            out,
            "\n{}",
            if vi {
                format!(
                    "Thêm {} · đổi {} · hủy {} · giữ nguyên {} lần gửi{}. Chưa ghi gì; ghi bằng:   {}",
                    n(a),
                    n(ch),
                    n(ca),
                    n(le),
                    if shared > 0 { format!(" · {} mục dùng chung", n(shared)) } else { String::new() },
                    ctx.hint(&["apply"])
                )
            } else {
                format!(
                    "{a} to add · {ch} to change · {ca} to cancel · {le} left{}. Nothing is written; write it with:   {}",
                    if shared > 0 { format!(" · {shared} shared") } else { String::new() },
                    ctx.hint(&["apply"])
                )
            }
        );
    }
    out
}

fn sign(v: Verb) -> &'static str {
    match v {
        Verb::Add => "+",
        Verb::Change => "~",
        Verb::Cancel => "-",
        Verb::Leave => " ",
    }
}

fn by_verb<'a>(changes: &[&'a Change]) -> Vec<(Verb, Vec<&'a Change>)> {
    let mut groups: BTreeMap<Verb, Vec<&Change>> = BTreeMap::new();
    for c in changes {
        groups.entry(c.verb).or_default().push(c);
    }
    groups.into_iter().collect()
}

/// The slots of a sending that quiet hours move.
fn moved(settings: &Settings, loaded: &Loaded, origin: &str, sending: &str) -> BTreeSet<String> {
    let ws = &loaded.workspace;
    let found = origin.split_once('/').and_then(|(c, p)| {
        let c = ws.campaigns.iter().find(|x| x.id.as_str() == c)?;
        let p = c.posts.iter().find(|x| x.id.as_str() == p)?;
        p.sendings.iter().find(|s| s.id.as_str() == sending).map(|s| (c, s))
    });
    let Some((c, s)) = found else { return BTreeSet::new() };
    let zone = settings.time_zone;
    let slots = s.schedule.occurrences(zone, (c.start, c.end), &ws.calendars).unwrap_or_default();
    let quiet = settings.quiet_people();
    slots.into_iter().filter(|x| s.due(x.at, quiet, zone) != x.at).map(|x| x.slot).collect()
}

/// One sending: to whom, how many, when.
fn line(
    ctx: &Ctx,
    settings: &Settings,
    loaded: &Loaded,
    origin: &str,
    sending: &str,
    verb: Verb,
    group: &[&Change],
) -> String {
    let vi = ctx.lang == Lang::Vi;
    let Some(first) = group.first() else { return String::new() };
    let family = Family::parse(&first.family);
    let spec = origin.split_once('/').and_then(|(c, p)| {
        let c = loaded.workspace.campaigns.iter().find(|x| x.id.as_str() == c)?;
        c.posts.iter().find(|x| x.id.as_str() == p)?.sendings.iter().find(|s| s.id.as_str() == sending)
    });
    let to = spec.map_or_else(
        || sending.to_owned(),
        |s| s.to.iter().map(Selector::as_str).collect::<Vec<_>>().join(", "),
    );
    let zone = settings.time_zone;
    let wall = |ms: i64| plan::instant(ms).with_timezone(&zone).naive_local();
    let mut parts = Vec::new();
    if first.people > 0 {
        parts.push(if vi {
            format!("{} người", n(first.people as usize))
        } else {
            text::plural(first.people, "person", "people")
        });
    }
    if first.channels > 0 {
        parts.push(if vi {
            format!("{} nơi", n(first.channels))
        } else {
            text::plural(first.channels as i64, "place", "places")
        });
    }
    if parts.is_empty() {
        parts.push(ctx.say("không có ai", "nobody").to_owned());
    }
    let when = if family == Some(Family::Station) {
        let airings: i64 = group.iter().map(|c| c.times).sum();
        let weeks: Vec<&str> = group.iter().map(|c| c.slot.as_str()).collect();
        let per = first.channels as i64 * airings;
        if vi {
            format!(
                "{} đài × {airings} buổi = {} lượt phát · tuần {} · phiếu gửi {}",
                n(first.channels),
                text::number(per, Lang::Vi),
                weeks.join(", "),
                group.iter().map(|c| text::moment(wall(c.due_at), ctx.lang)).collect::<Vec<_>>().join("; ")
            )
        } else {
            format!("{} stations × {airings} airings = {per} · weeks {}", first.channels, weeks.join(", "))
        }
    } else {
        let moved = moved(settings, loaded, origin, sending);
        let moment = |c: &&Change| {
            let quiet =
                if moved.contains(&c.slot) { ctx.say(" (giờ yên tĩnh)", " (quiet hours)") } else { "" };
            format!("{}{quiet}", text::moment(wall(c.due_at), ctx.lang))
        };
        let mut days: Vec<String> = group.iter().take(6).map(moment).collect();
        if group.len() > 6 {
            days.push("…".into());
        }
        let count = if group.len() > 1 {
            if vi { format!("{} lần: ", n(group.len())) } else { format!("{} times: ", group.len()) }
        } else {
            String::new()
        };
        format!("{} · {count}{}", parts.join(" + "), days.join("; "))
    };
    let what = if verb == Verb::Change {
        let mut words: Vec<&str> = group.iter().flat_map(|c| c.what.iter().copied()).collect();
        words.sort_unstable();
        words.dedup();
        let words: Vec<&str> = words
            .into_iter()
            .map(|w| match (w, vi) {
                ("time", true) => "giờ",
                ("text", true) => "nội dung",
                ("channels", true) => "nơi nhận",
                ("lists", true) => "danh sách",
                (w, _) => w,
            })
            .collect();
        format!("  ({}: {})", ctx.say("đổi", "changes"), words.join(", "))
    } else {
        String::new()
    };
    let name =
        family.map_or(first.family.clone(), |f| if vi { f.vi().to_owned() } else { f.as_str().to_owned() });
    let urgent = if spec.is_some_and(|s| s.priority == Priority::Urgent) {
        format!("  {}", urgent_words(ctx.lang))
    } else {
        String::new()
    };
    format!("{name} → {to}: {when}{what}{urgent}")
}

/// What whoever approves must know of an urgent sending.
pub(super) fn urgent_words(l: Lang) -> &'static str {
    l.pick(
        "[KHẨN: đi cả trong giờ yên tĩnh và đợt ngừng phát]",
        "[URGENT: goes in quiet hours and blackouts, too]",
    )
}
