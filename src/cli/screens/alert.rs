//! `loa alert list|test` and `loa seen`: what was told to whom, whether the ways work, and who has what in hand.

use chrono::TimeDelta;
use clap::{Args, Subcommand};
use tokio_util::sync::CancellationToken;

use super::pick::{self, Found};
use super::show::{DAY_MS, Show};
use crate::cli::{Ctx, Done, Exit, Stop, running};
use crate::config::Settings;
use crate::daemon::{Engine, Lock, LockError};
use crate::domain::alert::Cause;
use crate::domain::delivery::{DeliveryId, code_letters};
use crate::plan::alerts::{Alarm, AlarmTick};
use crate::plan::ms;
use crate::store::{NoticeRow, SeenRow, Store};

/// How long a test is waited for when another process sends.
const PATIENCE: TimeDelta = TimeDelta::seconds(150);
/// Alerts and messages that `list` shows go back so many days.
const LISTED_DAYS: i64 = 14;
/// Alerts that `list` shows.
const LISTED: i64 = 30;

/// `loa alert`
#[derive(Debug, Subcommand)]
pub enum AlertCommand {
    /// Báo động và bản tin gần đây: gì, cho ai, bằng đường nào, ai đang xử lý · recent alerts and digests
    List,
    /// Gửi thử tới người trực hôm nay · send a test to who is on duty today
    Test {
        /// Ai thử · who tries
        #[arg(long, value_name = "NAME")]
        by: String,
    },
}

/// `loa seen`
#[derive(Debug, Args)]
pub struct SeenArgs {
    /// Tài khoản, mã (T-…, G-…), bài, hoặc việc: disk_low, backup_old, clock_wrong · account, code, post or cause
    pub what: String,
    /// Ai đang xử lý · who has it in hand
    #[arg(long, value_name = "NAME")]
    pub by: String,
    /// Ghi thêm · a note
    #[arg(long, default_value = "")]
    pub note: String,
}

/// `loa alert`
///
/// # Errors
/// The settings or the database cannot be used.
pub async fn alert(ctx: &Ctx, what: AlertCommand) -> Done {
    match what {
        AlertCommand::List => list(ctx).await,
        AlertCommand::Test { by } => test(ctx, &by).await,
    }
}

/// `loa seen`
///
/// # Errors
/// Nothing is called so; the database.
pub async fn seen(ctx: &Ctx, a: SeenArgs) -> Done {
    let l = ctx.lang;
    let settings = ctx.settings(false)?;
    let store = ctx.store(&settings).await?;
    let subject = subject(ctx, &settings, &store, a.what.trim()).await?;
    let before = store.seen_since(ms(ctx.now()) - DAY_MS).await?.into_iter().find(|s| s.subject == subject);
    store.seen_add(&subject, a.note.trim(), &ctx.actor(Some(&a.by)), ms(ctx.now())).await?;
    if ctx.json {
        let before = before.as_ref().map(|b| b.by_name.as_str());
        println!("{}", serde_json::json!({ "subject": subject, "by": a.by, "before": before }));
        return Ok(Exit::Good);
    }
    let by = &a.by;
    println!("{}", say!(l, "Đã ghi: {by} đang xử lý {subject}.", "Noted: {by} has {subject} in hand."));
    if let Some(b) = before.filter(|b| b.by_name != *by) {
        let (who, at) = (&b.by_name, Show::new(l, &settings, ctx.now()).at(b.at));
        println!(
            "{}",
            say!(
                l,
                "Trước đó {who} đã nhận việc này từ {at}; gọi nhau kẻo làm hai lần.",
                "Before that {who} took it up at {at}; call each other, lest it is done twice."
            )
        );
    }
    Ok(Exit::Good)
}

/// What is meant, by the name under which `status` finds it again.
async fn subject(ctx: &Ctx, settings: &Settings, store: &Store, typed: &str) -> Result<String, Stop> {
    if Cause::parse(typed).is_some() || typed == "apply" || typed == "loa.yaml" {
        return Ok(typed.to_owned());
    }
    if settings.accounts.values().any(|a| a.id.as_str() == typed) {
        return Ok(typed.to_owned());
    }
    if store.alert_list(LISTED).await?.iter().any(|a| a.subject == typed && a.ended_at.is_none()) {
        return Ok(typed.to_owned());
    }
    if typed.contains('-') && matches!(typed.get(..2), Some("T-" | "t-" | "G-" | "g-")) {
        return Ok(match pick::code(ctx, settings, store, typed).await? {
            Found::One(row) => format!("T-{}", code_letters(row.code)),
            Found::Group(key) => format!("G-{}", pick::group_letters(&key)),
        });
    }
    if let Ok(origin) = pick::origin(ctx, store, typed).await {
        return Ok(origin);
    }
    let status = ctx.hint(&["status"]);
    Err(Stop::no_such(say!(
        ctx.lang,
        "{typed}: không có tài khoản, mã, bài hay việc nào tên này. Xem:   {status}",
        "{typed}: no account, code, post or cause is called so. See:   {status}"
    )))
}

/// Who has a thing in hand, as `status` says it; `from`: since when the thing has been so.
pub(super) fn in_hand(show: &Show, s: &SeenRow, name: &str) -> String {
    let at = show.at(s.at);
    let note = if s.note.is_empty() { String::new() } else { format!(" ({})", s.note) };
    say!(show.lang, "đã xem, {name} đang xử lý từ {at}{note}", "seen, {name} has it in hand since {at}{note}")
}

async fn list(ctx: &Ctx) -> Done {
    let l = ctx.lang;
    let settings = ctx.settings(false)?;
    let store = ctx.look(&settings).await?;
    let show = Show::new(l, &settings, ctx.now());
    let since = ms(ctx.now()) - LISTED_DAYS * DAY_MS;
    let alerts = store.alert_list(LISTED).await?;
    let notices = store.notice_since(since).await?;
    let seen = store.seen_since(since).await?;
    let open = alerts.iter().filter(|a| a.ended_at.is_none()).count();
    let taken = |a: &crate::store::AlertRow| {
        seen.iter().find(|s| (s.subject == a.subject || s.subject == a.cause) && s.at >= a.since)
    };
    if ctx.json {
        let alerts: Vec<_> = alerts
            .iter()
            .map(|a| {
                let s = taken(a);
                serde_json::json!({ "id": a.id, "cause": a.cause, "subject": a.subject, "says": a.says, "since": a.since,
                    "told_at": a.told_at, "ended_at": a.ended_at, "seen_by": s.map(|s| &s.by_name), "note": s.map(|s| &s.note) })
            })
            .collect();
        let notices: Vec<_> = notices
            .iter()
            .map(|n| {
                serde_json::json!({ "purpose": n.purpose, "slot": n.slot, "person": n.person, "account": n.account,
                    "outcome": n.outcome, "tried": n.tried(), "at": n.created_at })
            })
            .collect();
        println!("{}", serde_json::json!({ "alerts": alerts, "notices": notices }));
        return Ok(Exit::attention_if(open > 0));
    }
    if alerts.is_empty() && notices.is_empty() {
        println!("{}", l.pick("Chưa có báo động nào.", "No alert yet."));
        return Ok(Exit::Good);
    }
    for a in &alerts {
        let word = Cause::parse(&a.cause).map_or(a.cause.as_str(), |c| c.say(l));
        let (from, says) = (show.at(a.since), &a.says);
        let state = match (a.ended_at, a.told_at) {
            (Some(end), _) => format!("{} {}", l.pick("đã hết", "ended"), show.at(end)),
            (None, Some(_)) => l.pick("CÒN", "OPEN").to_owned(),
            (None, None) => l.pick("còn, chưa báo", "open, not told yet").to_owned(),
        };
        println!("{from}  {word}  {state}: {says}");
        match taken(a) {
            Some(s) => println!("    {}", in_hand(&show, s, &s.by_name)),
            None if a.ended_at.is_none() => {
                let subject = if a.subject.is_empty() { &a.cause } else { &a.subject };
                println!("    → {}", ctx.hint(&["seen", subject, "--by", l.pick("TÊN", "NAME")]));
            }
            None => {}
        }
    }
    if !notices.is_empty() {
        println!("{}", l.pick("ĐÃ BÁO", "TOLD"));
    }
    for n in notices.iter().take(usize::try_from(LISTED).unwrap_or(30)) {
        println!("{}", line(&show, n));
    }
    Ok(Exit::attention_if(open > 0))
}

/// `30/11 06:30  bản tin sáng  dang-van-truc: đã nhận bằng zalo-so`.
fn line(show: &Show, n: &NoticeRow) -> String {
    let l = show.lang;
    let what = match n.purpose.as_str() {
        "digest" => l.pick("bản tin sáng", "digest"),
        "test" => l.pick("báo thử", "test"),
        _ => l.pick("báo động", "alert"),
    };
    let account = n.account.as_deref().unwrap_or("–");
    let how = match n.outcome.as_deref() {
        Some("told") => say!(l, "đã nhận bằng {account}", "taken by {account}"),
        Some("no_way") => l.pick("KHÔNG CÒN ĐƯỜNG NÀO", "NO WAY IS LEFT").to_owned(),
        Some(_) => l.pick("KHÔNG TỚI KỊP", "NOT IN TIME").to_owned(),
        None => say!(l, "đang gửi bằng {account}", "on its way by {account}"),
    };
    let mut tried = n.tried();
    tried.pop();
    let after = if tried.is_empty() {
        String::new()
    } else {
        let tried = tried.join(", ");
        say!(l, ", sau khi {tried} không được", ", after {tried} failed")
    };
    format!("{}  {what}  {}: {how}{after}", show.at(n.created_at), n.person)
}

async fn test(ctx: &Ctx, by: &str) -> Done {
    let l = ctx.lang;
    let settings = ctx.settings(!ctx.sandbox)?;
    let store = ctx.store(&settings).await?;
    let now = ctx.now();
    let today = now.with_timezone(&settings.time_zone).date_naive();
    if settings.alerts.on_duty(today).is_empty() {
        return Err(Stop::attention(l.pick(
            "Hôm nay không ai trực: khai alerts.on_duty trong loa.yaml.",
            "Nobody is on duty today: see alerts.on_duty in loa.yaml.",
        )));
    }
    let loaded = ctx.load(&settings);
    store.staff_put(&crate::daemon::staff(&loaded.workspace, &settings), ms(now)).await?;
    let slot = ms(now).to_string();
    let templates = ctx.templates()?;
    let organisation = store.unit_name(settings.organisation.as_str()).await?;
    let organisation = organisation.unwrap_or_else(|| settings.organisation.to_string());
    let alarm = Alarm {
        store: &store,
        settings: &settings,
        templates: &templates,
        organisation: &organisation,
        briefing: None,
    };
    alarm.test(&slot, now).await?;
    store.audit_say(&ctx.actor(Some(by)), "alert.test", "alert", serde_json::json!({}), ms(now)).await?;
    drive(ctx, &settings, &alarm, &slot).await?;
    let show = Show::new(l, &settings, ctx.now());
    let rows = of_slot(&store, &slot, ms(now)).await?;
    let good = !rows.is_empty() && rows.iter().all(|n| n.outcome.as_deref() == Some("told"));
    if ctx.json {
        let rows: Vec<_> = rows
            .iter()
            .map(|n| serde_json::json!({ "person": n.person, "account": n.account, "outcome": n.outcome, "tried": n.tried() }))
            .collect();
        println!("{}", serde_json::json!({ "good": good, "notices": rows }));
    } else {
        for n in &rows {
            println!("{}", line(&show, n));
        }
    }
    // A test is for now: it does not arrive by surprise tomorrow.
    for n in rows.iter().filter(|n| n.outcome.as_deref() != Some("told")) {
        store.notice_close(n.id, n.outcome.as_deref().unwrap_or("too_late"), ms(ctx.now())).await?;
    }
    Ok(Exit::attention_if(!good))
}

async fn of_slot(store: &Store, slot: &str, since: i64) -> Result<Vec<NoticeRow>, Stop> {
    let mut rows = store.notice_since(since).await?;
    rows.retain(|n| n.purpose == "test" && n.slot == slot);
    rows.sort_by_key(|n| n.id);
    Ok(rows)
}

/// Sends what was made: by this process if nobody else serves the ledger, otherwise by whoever does.
async fn drive(ctx: &Ctx, settings: &Settings, alarm: &Alarm<'_>, slot: &str) -> Result<(), Stop> {
    let (store, began) = (alarm.store, ms(ctx.now()));
    let open = |n: &NoticeRow| n.outcome.is_none();
    let lock = if store.is_embedded() {
        match Lock::take(&settings.database, &ctx.var()) {
            Ok(lock) => Some(lock),
            Err(LockError::Held(_)) => {
                let until = ctx.now() + PATIENCE;
                while ctx.now() < until && of_slot(store, slot, began - DAY_MS).await?.iter().any(open) {
                    ctx.clock.sleep_until(ctx.now() + TimeDelta::milliseconds(200)).await;
                }
                return Ok(());
            }
            Err(e @ LockError::Io(..)) => return Err(Stop::lock(&e, ctx.lang)),
        }
    } else {
        None
    };
    let tasks = Default::default(); // the engine's own writer runs there; nothing else is spawned
    let engine: Engine = running::open(ctx, settings.clone(), &tasks).await?;
    let stop = CancellationToken::new();
    // Each round brings every message one way further; there are no more ways than accounts.
    for _ in 0..=settings.accounts.len() {
        alarm.carry(ctx.now(), &mut AlarmTick::default()).await?;
        super::gate(ctx, settings, store).await?;
        for n in of_slot(store, slot, began - DAY_MS).await?.iter().filter(|n| open(n)) {
            if let (Some(account), Some(id)) = (&n.account, n.delivery_id) {
                engine.dispatcher.drain_one(account, DeliveryId(id), &stop).await?;
            }
        }
        alarm.carry(ctx.now(), &mut AlarmTick::default()).await?;
        if !of_slot(store, slot, began - DAY_MS).await?.iter().any(open) {
            break;
        }
    }
    engine.close().await?;
    drop(engine);
    tasks.finish().await;
    drop(lock);
    Ok(())
}
