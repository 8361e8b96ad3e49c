//! `loa blackout`: a time in which nothing goes but what is urgent; what it holds, and how that goes afterwards.

use clap::{Args, Subcommand};
use serde_json::json;

use super::decide::moment;
use super::pick;
use super::show::{DAY_MS, Show, form_word, post_word};
use crate::cli::{Ctx, Done, Exit, Stop};
use crate::config::Settings;
use crate::domain::unit::Family;
use crate::plan::{instant, ms};
use crate::store::{BlackoutPost, HoldRow, NewHold, Store};

/// Ended blackouts are told about for so long.
const TOLD_MS: i64 = 7 * DAY_MS;
/// Sendings named one by one; `--json` names all.
const NAMED: usize = 20;

/// `loa blackout …`
#[derive(Debug, Subcommand)]
pub enum BlackoutCommand {
    /// Bắt đầu, hoặc hẹn trước; in ra những gì sẽ bị giữ · begin one, or announce it; prints what it holds
    Start(StartArgs),
    /// Kết thúc trước hạn; in ra những gì đi trở lại và khi nào · end it; prints what goes again, and when
    End(EndArgs),
    /// Đang có, hẹn trước, vừa xong · in force, announced, lately ended
    List,
}

/// `loa blackout start`
#[derive(Debug, Args)]
pub struct StartArgs {
    /// Vì sao · why
    #[arg(long)]
    pub reason: String,
    /// Từ lúc nào, như 30/11/2026 08:00; mặc định: bây giờ · from when; default now
    #[arg(long, value_name = "TIME")]
    pub from: Option<String>,
    /// Đến lúc nào; mặc định: đến khi kết thúc bằng lệnh · until when; default until ended
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
    /// `all`, chiến dịch, chiến dịch/bài hoặc hình thức (email…) · `all`, CAMPAIGN, CAMPAIGN/POST or a family
    #[arg(long, default_value = "all")]
    pub scope: String,
    /// Ai quyết định · who decides
    #[arg(long, value_name = "NAME")]
    pub by: String,
}

/// `loa blackout end`
#[derive(Debug, Args)]
pub struct EndArgs {
    /// Như khi bắt đầu · as at its start
    #[arg(long, default_value = "all")]
    pub scope: String,
    /// Ai quyết định · who decides
    #[arg(long, value_name = "NAME")]
    pub by: String,
}

/// `loa blackout`
///
/// # Errors
/// A scope or time that means nothing; the database.
pub async fn blackout(ctx: &Ctx, what: BlackoutCommand) -> Done {
    let settings = ctx.settings(false)?;
    match what {
        BlackoutCommand::Start(a) => start(ctx, &settings, a).await,
        BlackoutCommand::End(a) => end(ctx, &settings, a).await,
        BlackoutCommand::List => list(ctx, &settings).await,
    }
}

async fn scope(ctx: &Ctx, store: &Store, typed: &str) -> Result<(&'static str, String), Stop> {
    if typed == "all" {
        return Ok(("all", "all".into()));
    }
    if let Some(family) = Family::parse(typed) {
        return Ok(("family", family.as_str().into()));
    }
    let r = pick::origin(ctx, store, typed).await?;
    Ok((if r.contains('/') { "post" } else { "campaign" }, r))
}

/// What a scope is called.
fn scope_word(ctx: &Ctx, scope: &str, r: &str) -> String {
    match scope {
        "all" => ctx.say("tất cả", "everything").to_owned(),
        "family" => form_word(r, "", "", ctx.lang).to_owned(),
        _ => post_word(r).to_owned(),
    }
}

/// People of lists that are not in the ledger yet.
async fn to_come(store: &Store, lists: &str, except: &str, family: &str) -> Result<i64, Stop> {
    if lists == "[]" {
        return Ok(0);
    }
    let ids = |t: &str| serde_json::from_str::<Vec<String>>(t).unwrap_or_default();
    Ok(store.list_reachable(&ids(lists), &ids(except), family).await?)
}

/// What a blackout holds until it ends, with how many of it will have lost their use by then.
struct Holds {
    posts: Vec<(BlackoutPost, i64)>,
    n: i64,
    lost: i64,
    until: Option<i64>,
}

impl Holds {
    async fn of(store: &Store, scope: &str, r: &str, until: Option<i64>, now: i64) -> Result<Holds, Stop> {
        let mut out = Holds { posts: vec![], n: 0, lost: 0, until };
        // Without an end: what its first month would hold is enough to decide by.
        let horizon = until.or(Some(now + 35 * DAY_MS));
        for p in store.blackout_holds(scope, r, horizon, now).await? {
            let n = p.n + to_come(store, &p.lists, &p.except_lists, &p.family).await?;
            out.n += n;
            if out.is_lost(&p) {
                out.lost += n;
            }
            out.posts.push((p, n));
        }
        Ok(out)
    }

    fn is_lost(&self, p: &BlackoutPost) -> bool {
        self.until.is_some_and(|u| p.expires_at <= u)
    }

    fn json(&self) -> serde_json::Value {
        let posts: Vec<_> = self
            .posts
            .iter()
            .map(|(p, n)| {
                json!({ "post": p.origin, "sending": p.sending, "title": p.title, "family": p.family, "n": n,
                        "due": instant(p.due_at).to_rfc3339(), "useful_until": instant(p.expires_at).to_rfc3339(),
                        "lost": self.is_lost(p) })
            })
            .collect();
        json!({ "n": self.n, "lost": self.lost, "posts": posts })
    }

    fn say(&self, ctx: &Ctx, show: &Show) {
        let l = ctx.lang;
        let (posts, n) = (show.n(self.posts.len() as i64), show.n(self.n));
        println!(
            "{}",
            say!(l, "Giữ lại {posts} lượt phát, {n} lượt gửi:", "It holds {posts} sendings, {n} deliveries:")
        );
        for (p, n) in self.posts.iter().take(NAMED) {
            let (post, n, due, last) =
                (post_word(&p.origin), show.n(*n), show.at(p.due_at), show.at(p.expires_at));
            let form = form_word(&p.family, "", &p.origin, l);
            let lost = if self.is_lost(p) {
                l.pick(
                    "   SẼ LỠ: hết hạn trước khi đợt ngừng phát kết thúc",
                    "   WILL BE MISSED: of no use when it ends",
                )
            } else {
                ""
            };
            println!(
                "{}",
                say!(
                    l,
                    "  {due}  {post} · {form} · {n} lượt, còn ích đến {last}{lost}",
                    "  {due}  {post} · {form} · {n}, of use until {last}{lost}"
                )
            );
        }
        let more = self.posts.len().saturating_sub(NAMED);
        if more > 0 {
            println!("{}", say!(l, "  và {more} lượt phát nữa", "  and {more} more"));
        }
    }
}

async fn start(ctx: &Ctx, settings: &Settings, a: StartArgs) -> Done {
    let l = ctx.lang;
    let store = ctx.store(settings).await?;
    let now = ms(ctx.now());
    let show = Show::new(l, settings, ctx.now());
    let from = moment(ctx, settings, a.from.as_deref())?.unwrap_or(now);
    let until = moment(ctx, settings, a.until.as_deref())?;
    if until.is_some_and(|u| u <= from.max(now)) {
        return Err(Stop::unusable(
            l.pick("--until phải sau --from và sau lúc này", "--until must lie after --from and after now"),
        ));
    }
    if a.reason.trim().is_empty() {
        return Err(Stop::unusable(l.pick("Thiếu lý do: --reason", "The reason is missing: --reason")));
    }
    let (scope, r) = scope(ctx, &store, &a.scope).await?;
    let actor = ctx.actor(Some(&a.by));
    let hold = NewHold {
        scope: scope.into(),
        r: r.clone(),
        reason: a.reason.trim().to_owned(),
        blackout: true,
        from_at: from,
        until_at: until,
    };
    let id = store.hold_add(&hold, &actor, now).await?;
    super::gate(ctx, settings, &store).await?;
    let holds = Holds::of(&store, scope, &r, until, now).await?;
    if ctx.json {
        let until = until.map(|u| instant(u).to_rfc3339());
        println!(
            "{}",
            json!({ "blackout": id, "scope": scope, "ref": r, "from": instant(from).to_rfc3339(), "until": until,
                    "holds": holds.json() })
        );
        return Ok(Exit::Good);
    }
    let what = scope_word(ctx, scope, &r);
    let since = if from <= now { l.pick("lúc này", "now").to_owned() } else { show.at(from) };
    let to = until.map_or_else(|| l.pick("khi có lệnh kết thúc", "it is ended").to_owned(), |u| show.at(u));
    println!(
        "{}",
        say!(
            l,
            "Ngừng phát {what} từ {since} đến {to}; tin khẩn vẫn đi.",
            "Blackout of {what} from {since} until {to}; urgent posts go all the same."
        )
    );
    holds.say(ctx, &show);
    let end = ctx.hint(&["blackout", "end", "--scope", &a.scope, "--by", l.pick("TÊN", "NAME")]);
    println!("{}", say!(l, "Kết thúc sớm:   {end}", "To end it earlier:   {end}"));
    Ok(Exit::Good)
}

async fn end(ctx: &Ctx, settings: &Settings, a: EndArgs) -> Done {
    let l = ctx.lang;
    let store = ctx.store(settings).await?;
    let now = ms(ctx.now());
    let show = Show::new(l, settings, ctx.now());
    let (scope, r) = scope(ctx, &store, &a.scope).await?;
    let n = store.blackout_end(scope, &r, &ctx.actor(Some(&a.by)), now).await?;
    let what = scope_word(ctx, scope, &r);
    if n == 0 {
        let see = ctx.hint(&["blackout", "list"]);
        if ctx.json {
            println!("{}", json!({ "ended": 0, "scope": scope, "ref": r }));
        } else {
            println!(
                "{}",
                say!(
                    l,
                    "{what}: không có đợt ngừng phát nào. Xem:   {see}",
                    "{what}: there is no blackout. See:   {see}"
                )
            );
        }
        return Ok(Exit::Good);
    }
    super::gate(ctx, settings, &store).await?;
    let after = After::of(&store, now).await?;
    if ctx.json {
        println!("{}", json!({ "ended": n, "scope": scope, "ref": r, "after": after.json() }));
    } else {
        println!("{}", say!(l, "Đã kết thúc đợt ngừng phát {what}.", "The blackout of {what} has ended."));
        after.say(ctx, &show);
    }
    Ok(Exit::Good)
}

/// What goes again, and what was missed.
struct After(Vec<(crate::store::ResumedPost, i64)>);

impl After {
    async fn of(store: &Store, since: i64) -> Result<After, Stop> {
        let mut out = Vec::new();
        for p in store.blackout_resumed(since).await? {
            let n = p.n + to_come(store, &p.lists, &p.except_lists, &p.family).await?;
            out.push((p, n));
        }
        Ok(After(out))
    }

    fn json(&self) -> serde_json::Value {
        self.0
            .iter()
            .map(|(p, n)| {
                json!({ "post": p.origin, "sending": p.sending, "family": p.family, "reason": p.reason, "waiting": n,
                        "missed": p.missed, "from": instant(p.resumed_at).to_rfc3339(),
                        "until": instant(p.resumed_at + p.spread_ms).to_rfc3339() })
            })
            .collect()
    }

    fn say(&self, ctx: &Ctx, show: &Show) {
        let l = ctx.lang;
        for (p, n) in self.0.iter().take(NAMED) {
            let (post, form, reason) =
                (post_word(&p.origin), form_word(&p.family, "", &p.origin, l), &p.reason);
            let (from, to) = (show.at(p.resumed_at), show.at(p.resumed_at + p.spread_ms));
            let (n, missed) = (show.n(*n), show.n(p.missed));
            println!(
                "{}",
                say!(
                    l,
                    "  {post} · {form}: {n} lượt đi dần từ {from} đến {to}, {missed} lượt lỡ vì ngừng phát ({reason})",
                    "  {post} · {form}: {n} go between {from} and {to}, {missed} missed because of the blackout ({reason})"
                )
            );
        }
        let more = self.0.len().saturating_sub(NAMED);
        if more > 0 {
            println!("{}", say!(l, "  và {more} lượt phát nữa", "  and {more} more"));
        }
    }
}

async fn list(ctx: &Ctx, settings: &Settings) -> Done {
    let l = ctx.lang;
    let store = ctx.look(settings).await?;
    let now = ms(ctx.now());
    let show = Show::new(l, settings, ctx.now());
    let open: Vec<HoldRow> = store.hold_all(now).await?.into_iter().filter(|h| h.blackout == 1).collect();
    let after = After::of(&store, now - TOLD_MS).await?;
    let mut told = Vec::new();
    for h in &open {
        let holds = Holds::of(&store, &h.scope, &h.r, h.until_at, now).await?;
        if ctx.json {
            told.push(
                json!({ "blackout": h.id, "scope": h.scope, "ref": h.r, "reason": h.reason, "by": h.by_name,
                "from": instant(h.from_at).to_rfc3339(), "until": h.until_at.map(|u| instant(u).to_rfc3339()),
                "in_force": h.from_at <= now, "holds": holds.json() }),
            );
            continue;
        }
        let (what, by, reason) = (scope_word(ctx, &h.scope, &h.r), &h.by_name, &h.reason);
        let from = show.at(h.from_at);
        let to = h
            .until_at
            .map_or_else(|| l.pick("khi có lệnh kết thúc", "it is ended").to_owned(), |u| show.at(u));
        let state = if h.from_at <= now {
            l.pick("ĐANG NGỪNG", "IN FORCE")
        } else {
            l.pick("HẸN TRƯỚC", "ANNOUNCED")
        };
        println!(
            "{}",
            say!(
                l,
                "{state} {what}: từ {from} đến {to}, lý do: {reason} ({by})",
                "{state} {what}: from {from} until {to}, because: {reason} ({by})"
            )
        );
        holds.say(ctx, &show);
    }
    if ctx.json {
        println!("{}", json!({ "blackouts": told, "after": after.json() }));
        return Ok(Exit::Good);
    }
    if open.is_empty() {
        println!("{}", l.pick("Không có đợt ngừng phát nào.", "There is no blackout."));
    }
    if !after.0.is_empty() {
        println!("{}", l.pick("Sau đợt ngừng phát (7 ngày qua):", "After blackouts (the last 7 days):"));
        after.say(ctx, &show);
    }
    Ok(Exit::Good)
}
