//! `loa demo`: a month of the workspace's programme in seconds, on a simulated clock, with nothing leaving the machine.
//!
//! The same code paths as `run`: the folder is read, applied, approved step by step, planned, gated, rendered, composed by the real
//! transports and recorded in a ledger; only the wire is the sandbox's outbox. Some things go wrong on purpose, because a tool that
//! shows only green teaches nothing. It ends by comparing the ledger with the outbox.

mod answers;
mod stage;
mod verdict;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, NaiveTime, TimeDelta, TimeZone, Utc};
use clap::Args;
use tokio_util::sync::CancellationToken;

use super::{Ctx, Done, Stop};
use crate::config::Settings;
use crate::daemon::{self, Engine, Open, OpenError, SimClock, Tasks};
use crate::domain::delivery::{State, code_letters};
use crate::domain::people::Actor;
use crate::domain::period::{Period, Span};
use crate::domain::port::Clock as _;
use crate::domain::text::{self, Lang};
use crate::domain::unit::Family;
use crate::domain::workspace::Workspace;
use crate::plan;
use crate::plan::approve::{self, Desk};
use crate::store::{DeliveryRow, LogFilter, PeriodFacts, Store};
use crate::transport::sandbox::Mishaps;
use answers::{Webmasters, officers_answer};
use stage::{beginning, set_stage};
use verdict::{Verdict, compare};

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
        return Err(Stop::cannot(match ctx.lang {
            Lang::Vi => format!("{}: không phải nơi làm việc của Loa (thiếu loa.yaml)", ctx.root.display()),
            Lang::En => format!("{}: not a workspace (there is no loa.yaml)", ctx.root.display()),
        }));
    }
    let out = if a.out.is_absolute() { a.out.clone() } else { ctx.root.join(&a.out) };
    let stage = out.join("workspace");
    let drafts = set_stage(&ctx.root, &out, &stage)?;

    let kinds: Vec<&str> = crate::transport::KINDS.iter().map(|k| k.name).collect();
    let (settings, faults) = crate::config::load(&stage, &BTreeMap::new(), false, &kinds);
    let Some(mut settings) = settings else {
        let text: Vec<String> = faults.iter().map(|f| f.render(ctx.lang == Lang::Vi, false)).collect();
        return Err(Stop::cannot(text.join("\n")));
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
    let engine = Engine::open(open, &tasks).await.map_err(|e| match e {
        OpenError::Store(e) => Stop::database(&e),
        OpenError::Templates(says) => Stop::faults(says),
    })?;
    let (loaded, _) = daemon::reload(&engine, false, &Actor::system()).await?;
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
    };
    print!("{}", summary(ctx, &settings, &told, &verdict, &files, &report));
    Ok(u8::from(!verdict.good()))
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
                        .map_err(|e| Stop::faults(e.to_string()))?;
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

/// Writes what a person may open: a mail, a sheet, the ledger.
async fn write_files(
    ctx: &Ctx,
    engine: &Engine,
    rows: &[DeliveryRow],
    out: &Path,
) -> Result<Vec<(PathBuf, &'static str)>, Stop> {
    let mut files = Vec::new();
    let image = |a: &crate::domain::message::Attachment| {
        use base64::Engine as _;
        let bytes = engine.assets.get(&a.sha256).ok()?;
        Some(format!("data:{};base64,{}", a.mime, base64::engine::general_purpose::STANDARD.encode(&bytes)))
    };
    // A mail of the post that went to the most people.
    let to_people = |r: &&DeliveryRow| {
        r.kind == "email" && r.state() == State::Sent && r.target_ref.starts_with("contact/")
    };
    let mut by_post: BTreeMap<&str, usize> = BTreeMap::new();
    for r in rows.iter().filter(to_people) {
        *by_post.entry(&r.origin).or_default() += 1;
    }
    let most = by_post.into_iter().max_by_key(|(_, n)| *n).map(|(o, _)| o);
    let mail = rows.iter().filter(to_people).find(|r| Some(r.origin.as_str()) == most);
    if let Some(r) = mail
        && let Some(revision) = r.revision_id
        && let Some(rendition) = engine.store.rendition_get(revision, "email").await?
    {
        let merged = crate::render::merge(
            &rendition,
            &crate::render::Merge {
                name: Some("Nguyễn Văn Mẫu"),
                opt_out_url: engine.settings.public_url.as_deref(),
                ..crate::render::Merge::default()
            },
        );
        let post = r.origin.split('/').next_back().unwrap_or("bai");
        let path = out.join(format!("thu-{post}.html"));
        std::fs::write(&path, crate::render::page(&merged, &image))?;
        files.push((path, ctx.say("một lá thư", "a mail")));
    }
    let sheet = rows
        .iter()
        .filter(|r| r.origin == "system/sheet" && r.state() == State::Sent)
        .min_by_key(|r| r.due_at);
    if let Some(r) = sheet
        && let Some(revision) = r.revision_id
        && let Some(rendition) = engine.store.rendition_get(revision, "station").await?
        && let Some(html) = &rendition.html
    {
        let unit = r.target_ref.split('/').next().unwrap_or("dai");
        let path = out.join(format!("phieu-{unit}.html"));
        std::fs::write(&path, html)?;
        files.push((
            path,
            ctx.say("phiếu phát thanh của một đài xã, phường", "a commune station's script sheet"),
        ));
    }
    let path = out.join("so-cai.csv");
    let mut csv = csv::Writer::from_path(&path).map_err(|e| Stop::cannot(e.to_string()))?;
    let row = |w: &mut csv::Writer<std::fs::File>, r: &[&str]| {
        w.write_record(r).map_err(|e| Stop::cannot(e.to_string()))
    };
    row(
        &mut csv,
        &["ma", "bai", "kenh", "noi_nhan", "den_han", "ket_qua", "ly_do", "so_lan", "bien_nhan", "sau_do"],
    )?;
    for r in rows {
        let due = plan::instant(r.due_at)
            .with_timezone(&engine.settings.time_zone)
            .format("%d/%m/%Y %H:%M")
            .to_string();
        let to = if r.target_ref.starts_with("contact/") { "(người nhận)" } else { &r.target_ref };
        row(
            &mut csv,
            &[
                &format!("T-{}", code_letters(r.code)),
                &r.origin,
                &r.family,
                to,
                &due,
                r.state().vi(),
                r.cause_code.as_deref().or(r.held_by.as_deref()).unwrap_or(""),
                &r.opened.to_string(),
                r.receipt.as_deref().unwrap_or(""),
                r.afterwards.as_deref().unwrap_or(""),
            ],
        )?;
    }
    csv.flush()?;
    files.push((path, ctx.say("toàn bộ sổ cái", "the whole ledger")));
    Ok(files)
}

/// The report of the quarter the rehearsal ends in: HTML to print, JSON for machines.
async fn write_report(ctx: &Ctx, engine: &Engine, out: &Path) -> Result<Vec<(PathBuf, &'static str)>, Stop> {
    let settings = &engine.settings;
    let now = engine.clock.now();
    // The quarter of the middle of the rehearsal: most of what was sent lies in it.
    let day = (now - TimeDelta::days(15)).with_timezone(&settings.time_zone).date_naive();
    let Some(period) = Period::containing(Span::Quarter, day, settings.periods) else { return Ok(vec![]) };
    let name = engine
        .store
        .unit_name(settings.organisation.as_str())
        .await?
        .unwrap_or_else(|| settings.organisation.to_string());
    let report = crate::report::build(&engine.store, settings, &name, period, now).await?;
    let html = crate::report::to_html(&report, &engine.templates(), ctx.lang)
        .map_err(|f| Stop::faults(f.message(ctx.lang).to_owned()))?;
    let json = serde_json::to_string_pretty(&crate::report::to_json(&report))
        .map_err(|e| Stop::cannot(e.to_string()))?;
    let paths = [out.join(format!("bao-cao-{period}.html")), out.join(format!("bao-cao-{period}.json"))];
    std::fs::write(&paths[0], html)?;
    std::fs::write(&paths[1], json)?;
    let [a, b] = paths;
    Ok(vec![
        (a, ctx.say("báo cáo quý, in được", "the quarter's report, printable")),
        (b, ctx.say("báo cáo quý cho máy đọc", "the quarter's report for machines")),
    ])
}

/// What the end has to tell.
struct Told<'a> {
    start: DateTime<Utc>,
    end: DateTime<Utc>,
    seconds: f64,
    turns: u64,
    rows: &'a [DeliveryRow],
    /// The same, counted; for airings.
    facts: &'a [PeriodFacts],
    /// Links of webmasters that did not lead to the article.
    wrong_links: usize,
    unapproved: Option<String>,
    drafts: usize,
    stopped: usize,
}

fn summary(
    ctx: &Ctx,
    settings: &Settings,
    t: &Told<'_>,
    verdict: &Verdict,
    files: &[(PathBuf, &'static str)],
    report: &[(PathBuf, &'static str)],
) -> String {
    use std::fmt::Write as _;
    let mut o = String::new();
    let n = |v: usize| text::number(v as i64, ctx.lang);
    let count = |f: &dyn Fn(&&DeliveryRow) -> bool| t.rows.iter().filter(|r| f(r)).count();
    let date = |d: DateTime<Utc>| text::date(d.with_timezone(&settings.time_zone).date_naive());
    let own = |r: &&DeliveryRow| r.origin.starts_with("system/");
    let sent = |r: &&DeliveryRow| r.state() == State::Sent && r.account != crate::store::BY_SHEET;
    let _ = writeln!(
        o,
        "{}",
        match ctx.lang {
            Lang::Vi => format!(
                "Đã diễn tập {} – {} trong {} giây, {} nhịp (đồng hồ giả lập, không có gì gửi ra ngoài).",
                date(t.start),
                date(t.end),
                text::decimal(t.seconds, 1, ctx.lang),
                n(t.turns as usize)
            ),
            Lang::En => format!(
                "Rehearsed {} – {} in {:.1} seconds, {} turns (simulated clock, nothing left this machine).",
                date(t.start),
                date(t.end),
                t.seconds,
                t.turns
            ),
        }
    );
    let mut by: BTreeMap<Family, usize> = BTreeMap::new();
    let packages = count(&|r| sent(r) && !own(r) && r.kind == "hand-over");
    let sheets = count(&|r| sent(r) && r.origin == "system/sheet");
    let reminders = count(&|r| sent(r) && r.origin == "system/reminder");
    for r in t.rows.iter().filter(|r| sent(r) && !own(r) && r.kind != "hand-over") {
        if let Some(f) = Family::parse(&r.family) {
            *by.entry(f).or_default() += 1;
        }
    }
    let list: Vec<String> = by
        .iter()
        .map(|(f, c)| format!("{} {}", if ctx.lang == Lang::Vi { f.vi() } else { f.as_str() }, n(*c)))
        .chain([
            format!("{} {}", ctx.say("gói bài", "packages"), n(packages)),
            format!("{} {}", ctx.say("phiếu đài", "station sheets"), n(sheets)),
            format!("{} {}", ctx.say("thư nhắc", "reminders"), n(reminders)),
        ])
        .collect();
    let mut line = |label: &str, v: usize, more: &str| {
        let _ = writeln!(o, "  {label:<12}{:>7}   {more}", n(v));
    };
    line(ctx.say("đã gửi", "accepted"), count(&|r| sent(r)), &list.join(" · "));
    // Handed over = aired + not aired with a reason + missing without one + nobody said anything.
    let sum = |of: fn(&PeriodFacts) -> i64, later: &[Option<&str>]| -> i64 {
        let sent = |f: &&PeriodFacts| f.family == "station" && f.state() == Some(State::Sent);
        t.facts.iter().filter(sent).filter(|f| later.contains(&f.afterwards.as_deref())).map(of).sum()
    };
    let (told, silent) = ([Some("aired"), Some("skipped")], [None, Some("unconfirmed")]);
    let i = |v: i64| text::number(v, ctx.lang);
    let declared = sum(|f| f.declared - f.extra, &told);
    let (skipped, fewer) = (sum(|f| f.not_aired, &[Some("skipped")]), sum(|f| f.not_aired, &[Some("aired")]));
    let silent = sum(|f| f.asked, &silent);
    let wanted = i(declared + skipped + fewer + silent);
    let (skipped, fewer, silent) = (i(skipped), i(fewer), i(silent));
    let mut more = match ctx.lang {
        Lang::Vi => format!(
            "trên {wanted} buổi truyền thanh đã giao · {skipped} không phát, có lý do · {fewer} khai thiếu, không nói lý do · {silent} chưa ai báo"
        ),
        Lang::En => format!(
            "of {wanted} airings asked for · {skipped} not aired, with a reason · {fewer} missing without a reason · {silent} nobody reported"
        ),
    };
    let no_room: i64 = t.facts.iter().filter(|f| f.family == "station").map(|f| f.times - f.asked).sum();
    if no_room > 0 {
        more.push_str(&match ctx.lang {
            Lang::Vi => format!(" (ngoài ra {} buổi không còn chỗ trong tuần)", i(no_room)),
            Lang::En => format!(" ({} more found no room in their week)", i(no_room)),
        });
    }
    line(ctx.say("đã phát", "aired"), usize::try_from(declared).unwrap_or(0), &more);
    let returned = count(&|r| r.kind == "hand-over" && r.afterwards.as_deref() == Some("published"));
    let wrong = n(t.wrong_links);
    line(
        ctx.say("đã đăng", "published"),
        returned,
        &match ctx.lang {
            Lang::Vi => {
                format!("gói bài có đường dẫn, Loa mở thấy bài · {wrong} đường dẫn sai bị trả lại (cố ý)")
            }
            Lang::En => format!(
                "packages whose link Loa opened and found the article · {wrong} wrong links turned down (on purpose)"
            ),
        },
    );
    line(
        ctx.say("bị từ chối", "rejected"),
        count(&|r| r.state() == State::Rejected),
        ctx.say("hộp thư không còn (cố ý)", "mailboxes that are gone (on purpose)"),
    );
    line(
        ctx.say("chưa rõ", "unknown"),
        count(&|r| r.state() == State::Unknown),
        ctx.say(
            "đứt mạng giả lập sau khi gửi: Loa không đoán, chờ người quyết định",
            "connection cut after the message: Loa does not guess, a person decides",
        ),
    );
    let retried = count(&|r| r.state() == State::Sent && r.opened > 1);
    line(
        ctx.say("gửi lại", "retried"),
        retried,
        ctx.say("lần đầu nơi nhận bận, lần sau đã nhận", "busy at first, accepted later"),
    );
    line(
        ctx.say("đang giữ", "held"),
        count(&|r| r.state() == State::Held),
        &match (&t.unapproved, ctx.lang) {
            (Some(p), Lang::Vi) => format!("{p}: chưa đủ bước duyệt"),
            (Some(p), Lang::En) => format!("{p}: not all steps of approval"),
            (None, _) => String::new(),
        },
    );
    line(
        ctx.say("không gửi", "not sent"),
        count(&|r| r.state() == State::Expired),
        ctx.say("quá giờ mà chưa được duyệt", "too late without approval"),
    );
    if t.stopped > 0 {
        let _ = writeln!(
            o,
            "{}",
            match ctx.lang {
                Lang::Vi => format!(
                    "  {} bài dừng ngay từ lúc đọc ({} bài nháp cố ý nhắc ưu đãi đã hết hiệu lực). Xem: loa -w {} check",
                    t.stopped,
                    t.drafts,
                    short(
                        &ctx.root,
                        files
                            .first()
                            .map_or(Path::new("."), |f| f.0.parent().unwrap_or(Path::new(".")))
                            .join("workspace")
                            .as_path()
                    )
                ),
                Lang::En => format!(
                    "  {} post stopped when it was read: it states an offer that has expired (on purpose)",
                    t.stopped
                ),
            }
        );
    }
    let _ = writeln!(
        o,
        "{}",
        if verdict.good() {
            match ctx.lang {
                Lang::Vi => format!(
                    "Kiểm tra: {} thư và tin trong hộp thử, mỗi nơi nhận đúng một lần, không thiếu, không trùng (sổ cái = hộp thử).",
                    n(verdict.compared)
                ),
                Lang::En => format!(
                    "Verified: {} messages in the outbox, each target exactly once, none missing, none doubled (ledger = outbox).",
                    verdict.compared
                ),
            }
        } else {
            format!(
                "{}: {} {:?} / {:?}",
                ctx.say("SAI LỆCH giữa sổ cái và hộp thử", "LEDGER AND OUTBOX DIFFER"),
                verdict.missing.len() + verdict.extra.len(),
                verdict.missing.iter().take(5).collect::<Vec<_>>(),
                verdict.extra.iter().take(5).collect::<Vec<_>>()
            )
        }
    );
    let _ = writeln!(o, "{}", ctx.say("Mở xem:", "To open:"));
    let all: Vec<_> = files.iter().chain(report).collect();
    let width = all.iter().map(|(p, _)| short(&ctx.root, p).chars().count()).max().unwrap_or(0);
    for (path, what) in all {
        let _ = writeln!(o, "  {:width$}   {what}", short(&ctx.root, path));
    }
    let _ = writeln!(
        o,
        "{}",
        ctx.say(
            "Tiếp theo: loa init van-phong-toi   tạo nơi làm việc của bạn · loa plan   xem kế hoạch thật của thư mục này",
            "Next: loa init my-office   makes a workspace of your own · loa plan   shows the real plan of this folder"
        )
    );
    o
}

fn short(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).display().to_string()
}
