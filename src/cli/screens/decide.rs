//! What people decide about deliveries: hold, release, retry. The answer to "did it arrive?" stands in `resolve`.
//!
//! Every decision states who makes it. A row that is not in a state that allows it is named and left as it is; the others go on.

use clap::Args;
use serde_json::json;

use super::pick;
use super::show::{Show, post_word};
use crate::cli::{Ctx, Done, Exit, Stop};
use crate::config::Settings;
use crate::domain::delivery::{self, Event, State};
use crate::plan::{instant, ms};
use crate::store::{DeliveryRow, LogFilter, NewHold, Store, StoreError};

/// Which deliveries: codes, or a filter.
#[derive(Debug, Args)]
pub struct Pick {
    /// Mã (T-4K7Q, G-81AC) · codes
    #[arg(required_unless_present_any = ["post", "account"])]
    pub codes: Vec<String>,
    /// Mọi lượt hỏng của một bài hoặc chiến dịch · everything that failed of a post or campaign
    #[arg(long, value_name = "CAMPAIGN[/POST]", conflicts_with = "codes")]
    pub post: Option<String>,
    /// Mọi lượt hỏng của một tài khoản · everything that failed on an account
    #[arg(long, conflicts_with = "codes")]
    pub account: Option<String>,
    /// Cả những lượt bị từ chối (với --post, --account) · the rejected ones, too
    #[arg(long)]
    pub rejected: bool,
    /// Ai quyết định · who decides
    #[arg(long, value_name = "NAME")]
    pub by: String,
}

/// `loa hold`
#[derive(Debug, Args)]
pub struct HoldArgs {
    /// Mã, chiến dịch, chiến dịch/bài hoặc `all` · a code, CAMPAIGN, CAMPAIGN/POST or `all`
    pub what: String,
    /// Vì sao · why
    #[arg(long, default_value = "")]
    pub reason: String,
    /// Đợt ngừng phát: tin khẩn vẫn đi · a blackout: urgent posts go all the same
    #[arg(long)]
    pub blackout: bool,
    /// Từ lúc nào, như 30/11/2026 08:00; mặc định: bây giờ · from when; default now
    #[arg(long, value_name = "TIME")]
    pub from: Option<String>,
    /// Đến lúc nào; mặc định: đến khi bỏ giữ · until when; default until released
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
    /// Ai quyết định · who decides
    #[arg(long, value_name = "NAME")]
    pub by: String,
}

/// `loa release`
#[derive(Debug, Args)]
pub struct ReleaseArgs {
    /// Mã, chiến dịch, chiến dịch/bài hoặc `all` · a code, CAMPAIGN, CAMPAIGN/POST or `all`
    pub what: String,
    /// Vì sao · why
    #[arg(long, default_value = "")]
    pub reason: String,
    /// Ai quyết định · who decides
    #[arg(long, value_name = "NAME")]
    pub by: String,
}

/// What became of a decision about many rows.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) done: Vec<String>,
    pub(super) not: Vec<(String, String)>,
    /// When the last of them goes, milliseconds, where that is not now.
    pub(super) goes: Option<i64>,
}

impl Tally {
    /// Says it. What was left as it is was refused by its state.
    pub(super) fn say(&self, ctx: &Ctx, show: &Show, vi: &str, en: &str) -> Done {
        let l = ctx.lang;
        if ctx.json {
            let not: Vec<_> = self.not.iter().map(|(c, w)| json!({ "code": c, "why": w })).collect();
            println!(
                "{}",
                json!({ "done": self.done, "not": not, "goes": self.goes.map(|t| instant(t).to_rfc3339()) })
            );
        } else {
            let (n, did) = (show.n(self.done.len() as i64), l.pick(vi, en));
            println!("{}", say!(l, "{did}: {n} lượt.", "{did}: {n} deliveries."));
            if let Some(at) = self.goes.map(|t| show.at(t)) {
                println!(
                    "{}",
                    say!(
                        l,
                        "  đi sớm nhất lúc {at}: lần gửi trước có thể còn dở đến lúc ấy",
                        "  goes not before {at}: the try before may be under way until then"
                    )
                );
            }
            for (code, why) in self.not.iter().take(20) {
                println!("  {code}: {why}");
            }
            if self.not.len() > 20 {
                let more = show.n((self.not.len() - 20) as i64);
                println!(
                    "{}",
                    say!(l, "  và {more} lượt nữa để nguyên", "  and {more} more left as they are")
                );
            }
        }
        Ok(if self.not.is_empty() { Exit::Good } else { Exit::Refused })
    }
}

/// It is so already: said, and good.
pub(super) fn nothing(ctx: &Ctx, says: &str) -> Done {
    if ctx.json {
        println!("{}", json!({ "done": [], "not": [], "says": says }));
    } else {
        println!("{says}");
    }
    Ok(Exit::Good)
}

pub(super) fn short(row: &DeliveryRow) -> String {
    format!("T-{}", delivery::code_letters(row.code))
}

/// Why a row cannot be decided so, in its words.
pub(super) fn left(ctx: &Ctx, row: &DeliveryRow, zone: chrono_tz::Tz) -> String {
    let s = row.state();
    // A row that waits for its next try is not being sent.
    if s == State::Due && row.due_at > ms(ctx.now()) {
        let at = instant(row.due_at).with_timezone(&zone).naive_local();
        let at = crate::domain::text::moment(at, ctx.lang);
        return say!(
            ctx.lang,
            "tự gửi lại lúc {at}, để nguyên",
            "goes again by itself at {at}, left as it is"
        );
    }
    let state = ctx.say(s.vi(), s.en());
    say!(ctx.lang, "đang là “{state}”, để nguyên", "is “{state}”, left as it is")
}

/// `loa retry`
///
/// # Errors
/// A code means nothing; the database.
pub async fn retry(ctx: &Ctx, a: Pick) -> Done {
    let settings = ctx.settings(false)?;
    let store = ctx.store(&settings).await?;
    let rows = if a.codes.is_empty() {
        let mut f =
            LogFilter { states: vec![State::Failed], account: a.account.clone(), ..LogFilter::default() };
        if a.rejected {
            f.states.push(State::Rejected);
        }
        if let Some(account) = &a.account {
            pick::account(ctx, &settings, &store, account).await?;
        }
        if let Some(p) = &a.post {
            f.origin = Some(pick::origin(ctx, &store, p).await?);
        }
        pick::all(&store, f).await?
    } else {
        pick::rows(ctx, &settings, &store, &a.codes).await?
    };
    if rows.is_empty() {
        return nothing(
            ctx,
            ctx.say("Không có lượt nào hỏng: không phải làm gì.", "Nothing has failed: nothing to do."),
        );
    }
    let actor = ctx.actor(Some(&a.by));
    let mut tally = Tally::default();
    let stops = stopped(&store).await?;
    for r in &rows {
        // What everybody refused is not tried one by one: it is mended, or let go as a whole.
        if stops.contains(&(r.origin.clone(), r.account.clone())) {
            let release = ctx.hint(&["release", &r.origin, "--by", ctx.say("TÊN", "NAME")]);
            tally.not.push((
                short(r),
                say!(
                    ctx.lang,
                    "nơi nhận từ chối nội dung bài này nhiều lần liền; sửa bài, hoặc cho cả bài đi như cũ trước:   {release}",
                    "this text was refused several times in a row; mend the post, or first let it go as it is:   {release}"
                ),
            ));
            continue;
        }
        let done = store
            .delivery_apply(
                r.id(),
                r.planned_for,
                Event::RetryByPerson,
                "retry_by_person",
                None,
                &actor,
                ms(ctx.now()),
            )
            .await;
        count(ctx, &mut tally, r, settings.time_zone, done.map(|_| ()))?;
    }
    let show = Show::new(ctx.lang, &settings, ctx.now());
    tally.say(ctx, &show, "Cho gửi lại", "To be sent again")
}

/// Posts whose text in force is stopped on an account.
async fn stopped(store: &Store) -> Result<std::collections::BTreeSet<(String, String)>, Stop> {
    let mut out = std::collections::BTreeSet::new();
    for s in store.content_stops().await? {
        if store.post_get(&s.origin).await?.is_some_and(|p| p.revision_id == Some(s.revision_id)) {
            out.insert((s.origin, s.account));
        }
    }
    Ok(out)
}

pub(super) fn count(
    ctx: &Ctx,
    tally: &mut Tally,
    row: &DeliveryRow,
    zone: chrono_tz::Tz,
    done: Result<(), StoreError>,
) -> Result<(), Stop> {
    match done {
        Ok(()) => tally.done.push(short(row)),
        Err(StoreError::Conflict(_)) => tally.not.push((short(row), left(ctx, row, zone))),
        Err(e) => return Err(e.into()),
    }
    Ok(())
}

/// What a hold is about.
enum Scope {
    Rows(Vec<DeliveryRow>),
    Hold { scope: &'static str, r: String },
}

async fn scope(ctx: &Ctx, settings: &Settings, store: &Store, what: &str) -> Result<Scope, Stop> {
    if what == "all" {
        return Ok(Scope::Hold { scope: "all", r: "all".into() });
    }
    let upper = what.to_ascii_uppercase();
    if upper.starts_with("T-") || upper.starts_with("G-") {
        return Ok(Scope::Rows(pick::rows(ctx, settings, store, &[what.to_owned()]).await?));
    }
    let r = pick::origin(ctx, store, what).await?;
    Ok(Scope::Hold { scope: if r.contains('/') { "post" } else { "campaign" }, r })
}

/// An instant as people write it, on the office's wall clock, milliseconds.
pub(super) fn moment(ctx: &Ctx, settings: &Settings, typed: Option<&str>) -> Result<Option<i64>, Stop> {
    let Some(typed) = typed else { return Ok(None) };
    let wall = crate::domain::words::parse_datetime(typed).ok();
    let at = wall.and_then(|w| w.and_local_timezone(settings.time_zone).earliest());
    at.map(|t| Some(t.timestamp_millis())).ok_or_else(|| {
        Stop::unusable(say!(
            ctx.lang,
            "{typed}: viết ngày giờ như 30/11/2026 08:00",
            "{typed}: write a time like 30/11/2026 08:00"
        ))
    })
}

/// `loa hold`
///
/// # Errors
/// What is to be held is not known; the database.
pub async fn hold(ctx: &Ctx, a: HoldArgs) -> Done {
    let l = ctx.lang;
    let settings = ctx.settings(false)?;
    let store = ctx.store(&settings).await?;
    let actor = ctx.actor(Some(&a.by));
    let now = ms(ctx.now());
    let show = Show::new(l, &settings, ctx.now());
    let from = moment(ctx, &settings, a.from.as_deref())?;
    let until = moment(ctx, &settings, a.until.as_deref())?;
    if until.is_some_and(|u| u <= from.unwrap_or(now)) {
        return Err(Stop::unusable(
            l.pick("--until phải sau --from và sau lúc này", "--until must lie after --from and after now"),
        ));
    }
    match scope(ctx, &settings, &store, &a.what).await? {
        Scope::Rows(_) if a.blackout || from.is_some() || until.is_some() => Err(Stop::unusable(l.pick(
            "--blackout, --from, --until dùng cho cả bài, chiến dịch hoặc all, không dùng cho một mã",
            "--blackout, --from, --until are for a post, a campaign or all, not for a code",
        ))),
        Scope::Rows(rows) => {
            let mut tally = Tally::default();
            for r in &rows {
                let letters = delivery::code_letters(r.code);
                if !matches!(r.state(), State::Planned | State::Due) {
                    tally.not.push((short(r), left(ctx, r, settings.time_zone)));
                    continue;
                }
                store
                    .audit_say(&actor, "delivery.hold", &letters, json!({ "reason": a.reason }), now)
                    .await?;
                let done = store
                    .delivery_apply(r.id(), r.planned_for, Event::Hold, "person", None, &actor, now)
                    .await;
                count(ctx, &mut tally, r, settings.time_zone, done.map(|_| ()))?;
            }
            tally.say(ctx, &show, "Đã giữ", "Held")
        }
        Scope::Hold { scope, r } => {
            let hold = NewHold {
                scope: scope.into(),
                r: r.clone(),
                reason: a.reason.clone(),
                blackout: a.blackout,
                from_at: from.unwrap_or(now),
                until_at: until,
            };
            let id = store.hold_add(&hold, &actor, now).await?;
            super::gate(ctx, &settings, &store).await?;
            let held = waiting(&store, scope, &r, &[State::Held]).await?;
            if ctx.json {
                println!("{}", json!({ "hold": id, "scope": scope, "ref": r, "held": held }));
            } else {
                let (n, what) = (
                    show.n(held),
                    if scope == "all" { l.pick("tất cả", "everything") } else { post_word(&r) },
                );
                let arg = if scope == "all" { "all" } else { &r };
                let release = ctx.hint(&["release", arg, "--by", l.pick("TÊN", "NAME")]);
                println!(
                    "{}",
                    match (until, from) {
                        (None, None) => say!(
                            l,
                            "Đã giữ {what}: {n} lượt không đi cho đến khi bỏ giữ:   {release}",
                            "Held {what}: {n} deliveries do not go until released:   {release}"
                        ),
                        (until, from) => {
                            let from =
                                from.map_or_else(|| l.pick("lúc này", "now").to_owned(), |t| show.at(t));
                            let until = until.map_or_else(
                                || l.pick("khi bỏ giữ", "it is released").to_owned(),
                                |t| show.at(t),
                            );
                            say!(
                                l,
                                "Đã giữ {what} từ {from} đến {until} (đang giữ {n} lượt). Bỏ sớm:   {release}",
                                "Held {what} from {from} until {until} ({n} deliveries now). Earlier:   {release}"
                            )
                        }
                    }
                );
                if a.blackout {
                    println!(
                        "{}",
                        l.pick("Ngừng phát: tin khẩn vẫn đi.", "A blackout: urgent posts go all the same.")
                    );
                }
            }
            Ok(Exit::Good)
        }
    }
}

/// Rows of a scope in some states, out of the tallies.
async fn waiting(store: &Store, scope: &str, r: &str, states: &[State]) -> Result<i64, Stop> {
    let numbers: Vec<i64> = states.iter().map(|s| super::show::number(*s)).collect();
    let mut n = 0;
    let origins: Vec<String> = if scope == "all" {
        store.post_all().await?.into_iter().map(|p| p.origin).collect()
    } else {
        vec![r.to_owned()]
    };
    for o in origins {
        n += store
            .counts_of(&o)
            .await?
            .iter()
            .filter(|c| numbers.contains(&i64::from(c.state)))
            .map(|c| c.n)
            .sum::<i64>();
    }
    Ok(n)
}

/// `loa release`
///
/// # Errors
/// What is to be released is not known, or not held by a person; the database.
pub async fn release(ctx: &Ctx, a: ReleaseArgs) -> Done {
    let l = ctx.lang;
    let settings = ctx.settings(false)?;
    let store = ctx.store(&settings).await?;
    let actor = ctx.actor(Some(&a.by));
    let now = ms(ctx.now());
    let show = Show::new(l, &settings, ctx.now());
    match scope(ctx, &settings, &store, &a.what).await? {
        Scope::Rows(rows) => {
            let mut tally = Tally::default();
            for r in &rows {
                let letters = delivery::code_letters(r.code);
                let held_by = r.held_by.as_deref().unwrap_or_default();
                let stopped = held_by == crate::store::CONTENT_STOP;
                let gate = stopped || crate::store::GATE_REASONS.contains(&held_by);
                if r.state() != State::Held || gate {
                    let why = if gate {
                        let (reason, post) = (crate::cli::words::reason(held_by, l), &r.origin);
                        let name = l.pick("TÊN", "NAME");
                        match held_by {
                            "unapproved" | "grown" => {
                                let approve = ctx.hint(&["approve", post, "--by", name]);
                                say!(l, "giữ vì {reason}:   {approve}", "held: {reason}   {approve}")
                            }
                            "hold" | "blackout" => {
                                let status = ctx.hint(&["status"]);
                                say!(
                                    l,
                                    "không giữ riêng lượt này ({reason}); xem ai giữ gì:   {status}",
                                    "not held by itself ({reason}); see who holds what:   {status}"
                                )
                            }
                            _ if stopped => {
                                let release = ctx.hint(&["release", post, "--by", name]);
                                say!(
                                    l,
                                    "giữ vì {reason}; sửa bài, hoặc cho cả bài đi như cũ:   {release}",
                                    "held: {reason}; mend the post, or let all of it go as it is:   {release}"
                                )
                            }
                            _ => say!(
                                l,
                                "giữ vì {reason}; gỡ lý do ấy trước",
                                "held: {reason}; mend that first"
                            ),
                        }
                    } else {
                        left(ctx, r, settings.time_zone)
                    };
                    tally.not.push((short(r), why));
                    continue;
                }
                store
                    .audit_say(&actor, "delivery.release", &letters, json!({ "reason": a.reason }), now)
                    .await?;
                let event = if r.due_at > now { Event::ReleaseEarly } else { Event::ReleaseDue };
                let done =
                    store.delivery_apply(r.id(), r.planned_for, event, "released", None, &actor, now).await;
                count(ctx, &mut tally, r, settings.time_zone, done.map(|_| ()))?;
            }
            tally.say(ctx, &show, "Đã bỏ giữ", "Released")
        }
        Scope::Hold { scope, r } => {
            let n = store.hold_release(scope, &r, &actor, now).await?
                + store.content_release(&r, &actor, now).await?
                + store.unsendable_release(&r, &actor, now).await?;
            if n == 0 {
                let what = &a.what;
                let see = ctx.hint(&["status"]);
                return nothing(
                    ctx,
                    &say!(
                        l,
                        "{what}: không có ai đang giữ. Xem:   {see}",
                        "{what}: nobody holds it. See:   {see}"
                    ),
                );
            }
            super::gate(ctx, &settings, &store).await?;
            let held = waiting(&store, scope, &r, &[State::Held]).await?;
            if ctx.json {
                println!("{}", json!({ "released": n, "scope": scope, "ref": r, "still_held": held }));
            } else {
                let what = &a.what;
                let still = if held > 0 {
                    let (held, status) = (show.n(held), ctx.hint(&["status"]));
                    say!(
                        l,
                        " {held} lượt vẫn bị giữ vì lý do khác:   {status}",
                        " {held} are still held for other reasons:   {status}"
                    )
                } else {
                    String::new()
                };
                println!("{}", say!(l, "Đã bỏ giữ {what}.{still}", "Released {what}.{still}"));
            }
            Ok(Exit::Good)
        }
    }
}
