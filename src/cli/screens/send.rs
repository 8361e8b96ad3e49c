//! `loa send --test ADDRESS CAMPAIGN/POST`: one message, as the post lies in the folder now, marked as a test.
//!
//! It goes through the ledger like everything else, as a row of the system that no report counts, and needs no approval: it goes
//! to one address that somebody typed, never to a list.

use std::time::Duration;

use chrono::TimeDelta;
use clap::Args;
use sha2::{Digest as _, Sha256};
use tokio_util::sync::CancellationToken;

use super::brakes::Brakes;
use super::show::{Result as Verdict, Show, masked};
use crate::cli::{Ctx, Done, Exit, Stop, folder, running};
use crate::config::{Account, Settings};
use crate::daemon::{Engine, Lock, LockError};
use crate::domain::delivery::{DeliveryId, Event, State};
use crate::domain::message::Rendition;
use crate::domain::text;
use crate::domain::unit::Family;
use crate::plan::approve::{Desk, Refusal};
use crate::plan::{Desired, ms};
use crate::store::{DeliveryRow, NewRevision, Store, SystemDelivery};
use crate::transport::is_package;

/// How long the answer is waited for when another process sends.
const PATIENCE: TimeDelta = TimeDelta::seconds(150);
/// What stands before the title of a test.
const MARK: &str = "[THỬ]";

/// `loa send --test`
#[derive(Debug, Args)]
pub struct SendArgs {
    /// Địa chỉ nhận thử · where the test goes
    #[arg(long, value_name = "ADDRESS", required = true)]
    pub test: String,
    /// Bài · CAMPAIGN/POST
    pub post: String,
    /// Kênh: email, website (gói bài), press, telegram, zalo; mặc định email · channel; default email
    #[arg(long, value_name = "FAMILY")]
    pub channel: Option<String>,
    /// Ai thử · who tries
    #[arg(long, value_name = "NAME")]
    pub by: String,
}

/// `loa send --test`
///
/// # Errors
/// The post, the channel or the address cannot be used; the database.
pub async fn send(ctx: &Ctx, a: SendArgs) -> Done {
    let l = ctx.lang;
    let address = text::clean_line(&a.test);
    let settings = ctx.settings(!ctx.sandbox)?;
    let store = ctx.store(&settings).await?;
    let (family, kind, account) = account(ctx, &settings, &a, &address)?;
    let rendition = rendition(ctx, &settings, &store, &a.post, kind)?;
    let now = ms(ctx.now());
    let target_ref =
        store.test_channel_put(&address, family.as_str(), account.id.as_str(), kind, now).await?;
    let body = serde_json::to_string(&rendition).map_err(|e| Stop::unusable(e.to_string()))?;
    let hash: String = Sha256::digest(body.as_bytes()).iter().map(|b| format!("{b:02x}")).collect();
    let d = SystemDelivery {
        revision: NewRevision {
            origin: "system/test".into(),
            hash,
            class: "internal".into(),
            title: rendition.title.clone(),
            author: a.by.clone(),
            manifest: "{}".into(),
        },
        rendition: &rendition,
        slot: format!("{target_ref}/{now}"),
        target_ref,
        account: account.id.to_string(),
        kind: kind.to_owned(),
        family: family.as_str().into(),
        priority: 0,
        due_at: now,
        expires_at: now + 3_600_000,
    };
    let Some((id, planned_for)) = store.system_delivery(&d, now).await? else {
        return Err(Stop::refused(l.pick(
            "Đã có một lần thử cùng lúc này; thử lại.",
            "A test of this very instant exists; try again.",
        )));
    };
    store
        .audit_say(
            &ctx.actor(Some(&a.by)),
            "send.test",
            &crate::domain::delivery::code_letters(id.code()),
            serde_json::json!({ "post": a.post, "account": account.id.as_str(), "family": family.as_str() }),
            now,
        )
        .await?;
    drive(ctx, &settings, &store, account, id).await?;
    tell(ctx, &settings, &store, id, planned_for, &a.by, &a.post, family, &address).await
}

/// The family, and the account that serves it for a typed address.
fn account<'a>(
    ctx: &Ctx,
    settings: &'a Settings,
    a: &SendArgs,
    address: &str,
) -> Result<(Family, &'static str, &'a Account), Stop> {
    let l = ctx.lang;
    let typed = a.channel.as_deref().unwrap_or("email");
    let folded = text::fold(typed);
    let family =
        Family::parse(typed).or_else(|| Family::ALL.into_iter().find(|f| text::fold(f.vi()) == folded));
    let (family, kind) = match family {
        Some(f @ Family::Email) => (f, "email"),
        Some(f @ Family::Website) => (f, "hand-over"),
        Some(f @ Family::Press) => (f, "press"),
        Some(f @ Family::Telegram) => (f, "telegram"),
        Some(f @ Family::Zalo) => (f, "zalo-bot"),
        Some(Family::Social | Family::Station | Family::Offline) | None => {
            return Err(Stop::unusable(say!(
                l,
                "{typed}: không gửi thử được. Được: email, website (gói bài), press, telegram, zalo",
                "{typed} cannot be tested so. Can be: email, website (package), press, telegram, zalo"
            )));
        }
    };
    let mail = address.contains('@') && address.split('@').all(|p| !p.is_empty()) && !address.contains(' ');
    if (kind == "email" || is_package(kind)) && !mail {
        return Err(Stop::unusable(say!(
            l,
            "“{address}” không phải địa chỉ thư. Muốn thử bot: thêm --channel zalo hoặc --channel telegram",
            "“{address}” is no mail address. To try a bot: add --channel zalo or --channel telegram"
        )));
    }
    // What carries packages carries press releases.
    let serves = |x: &Account| x.kind == kind || (kind == "press" && x.kind == "hand-over");
    let role = if kind == "hand-over" { "hand-over" } else { family.as_str() };
    let by_default =
        settings.default_accounts.get(role).and_then(|id| settings.accounts.get(id)).filter(|x| serves(x));
    let account = by_default.or_else(|| settings.accounts.values().find(|x| serves(x))).ok_or_else(|| {
        Stop::unusable(say!(
            l,
            "loa.yaml chưa có tài khoản loại {kind}",
            "loa.yaml has no account of kind {kind}"
        ))
    })?;
    Ok((family, kind, account))
}

/// The post as it lies in the folder, for the account's kind, marked.
fn rendition(
    ctx: &Ctx,
    settings: &Settings,
    store: &Store,
    post: &str,
    kind: &str,
) -> Result<Rendition, Stop> {
    let l = ctx.lang;
    let loaded = ctx.load(settings);
    let templates = ctx.templates()?;
    let assets = ctx.assets();
    let found = post.split_once('/').and_then(|(c, p)| {
        let c = loaded.workspace.campaigns.iter().find(|x| x.id.as_str() == c)?;
        Some((c, c.posts.iter().find(|x| x.id.as_str() == p)?))
    });
    let Some((c, p)) = found else {
        let check = ctx.hint(&["check"]);
        if folder::is_stopped(&loaded, post) {
            return Err(Stop::attention(say!(
                l,
                "{post}: bài đang có lỗi. Xem:   {check}",
                "{post} has a fault. See:   {check}"
            )));
        }
        return Err(Stop::no_such(say!(
            l,
            "{post}: thư mục không có bài này. Viết CHIEN-DICH/BAI; xem:   {check}",
            "{post} is no post of the folder. Write CAMPAIGN/POST; see:   {check}"
        )));
    };
    let desired = Desired::of(&loaded.workspace, settings, &[], ctx.now());
    let desk = Desk { store, settings, workspace: &loaded.workspace, templates: &templates, assets: &assets };
    let mut all = desk.renditions(c, p, &desired).map_err(|e| {
        let text = if let Refusal::Render { faults, .. } = &e {
            faults.join("\n")
        } else if let Refusal::Store(e) = &e {
            crate::cli::trouble::says(e, ctx.lang)
        } else if let Refusal::Asset { file, why } = &e {
            format!("{}: {}", file.display(), why.get(ctx.lang == text::Lang::Vi))
        } else {
            ctx.pasteable(&e.to_string())
        };
        Stop::new((&e).into(), text)
    })?;
    let kinds: Vec<String> = all.iter().map(|r| r.kind.clone()).collect();
    let Some(at) = all.iter().position(|r| r.kind == kind) else {
        let kinds = kinds.join(", ");
        return Err(Stop::no_such(say!(
            l,
            "{post} không gửi bằng {kind}. Bài này có: {kinds}",
            "{post} does not go by {kind}. It has: {kinds}"
        )));
    };
    Ok(marked(all.swap_remove(at)))
}

/// Marks a rendition as a test where its reader sees it first.
fn marked(mut r: Rendition) -> Rendition {
    r.title = format!("{MARK} {}", r.title);
    match r.parts.first_mut() {
        // Chat has no title; the mark is a line of its own. A first part that is full gives its place to a short one.
        Some(first) if first.chars().count() + MARK.chars().count() < 900 => {
            *first = format!("{MARK}\n{first}")
        }
        Some(_) => r.parts.insert(0, MARK.to_owned()),
        None => {}
    }
    r
}

/// Sends it: by this process if nobody else serves the ledger, otherwise by whoever does.
async fn drive(
    ctx: &Ctx,
    settings: &Settings,
    store: &Store,
    account: &Account,
    id: DeliveryId,
) -> Result<(), Stop> {
    let lock = if store.is_embedded() {
        match Lock::take(&settings.database, &ctx.var()) {
            Ok(lock) => Some(lock),
            Err(LockError::Held(_)) => return wait(ctx, store, id).await,
            Err(e @ LockError::Io(..)) => return Err(Stop::lock(&e, ctx.lang)),
        }
    } else {
        None
    };
    let tasks = Default::default(); // the engine's own writer runs there; nothing else is spawned
    let engine: Engine = running::open(ctx, settings.clone(), &tasks).await?;
    super::gate(ctx, settings, store).await?;
    // This row alone: a test sets nothing else in motion.
    let stop = CancellationToken::new();
    while !settled(store, id).await? {
        let report = engine.dispatcher.drain_one(account.id.as_str(), id, &stop).await?;
        if report.claimed == 0 {
            break;
        }
    }
    engine.close().await?;
    drop(engine);

    tasks.finish().await;
    drop(lock);
    Ok(())
}

async fn settled(store: &Store, id: DeliveryId) -> Result<bool, Stop> {
    Ok(store.delivery_get(id).await?.is_none_or(|r| r.state().is_settled() || r.opened > 0))
}

/// Waits until the daemon that serves the ledger has tried it.
async fn wait(ctx: &Ctx, store: &Store, id: DeliveryId) -> Result<(), Stop> {
    let until = ctx.now() + PATIENCE;
    while ctx.now() < until {
        let row = store.delivery_get(id).await?;
        let tried = row.as_ref().is_none_or(|r| {
            r.state().is_settled()
                || r.state() == State::Held
                || (r.opened > 0 && !matches!(r.state(), State::Leased | State::Sending))
        });
        let paused = row.is_some_and(|r| r.account_paused_at.is_some());
        if tried || paused {
            return Ok(());
        }
        ctx.clock
            .sleep_until(ctx.now() + TimeDelta::from_std(Duration::from_millis(200)).unwrap_or_default())
            .await;
    }
    Ok(())
}

#[expect(clippy::too_many_arguments, reason = "each is one part of the sentence")]
async fn tell(
    ctx: &Ctx,
    settings: &Settings,
    store: &Store,
    id: DeliveryId,
    planned_for: i64,
    by: &str,
    post: &str,
    family: Family,
    address: &str,
) -> Done {
    let l = ctx.lang;
    let row: DeliveryRow = store
        .delivery_get(id)
        .await?
        .ok_or_else(|| Stop::attention(l.pick("Lượt thử đã mất.", "The test is gone.")))?;
    let code = store.code_short(row.code).await?;
    let brakes = Brakes::read(store, settings, ms(ctx.now())).await?;
    let verdict = Verdict::of(&row, settings, &brakes);
    let good = row.state() == State::Sent;
    let held = row.state() == State::Held;
    if held {
        // A test is for now: it does not go by surprise once somebody releases what holds it.
        let (why, actor) = ("plan", ctx.actor(Some(by)));
        store.delivery_apply(id, planned_for, Event::Cancel, why, None, &actor, ms(ctx.now())).await?;
    }
    if ctx.json {
        println!(
            "{}",
            serde_json::json!({ "code": code, "post": post, "state": verdict.word(), "cause": verdict.cause,
                                "detail": verdict.detail, "receipt": row.receipt })
        );
        return Ok(Exit::attention_if(!good));
    }
    let (word, why) = verdict.say(&Show::new(l, settings, ctx.now()));
    let why = if why.is_empty() { String::new() } else { format!(": {why}") };
    let to = masked(family.as_str(), address);
    println!("{}", say!(l, "Gửi thử {post} tới {to}: {word}{why}", "Test of {post} to {to}: {word}{why}"));
    if held {
        let status = ctx.hint(&["status"]);
        println!(
            "{}",
            say!(
                l,
                "Lần thử này bỏ, không gửi nữa. Xem ai giữ, bỏ giữ rồi thử lại:   {status}",
                "This test is dropped. See who holds it, release it and try again:   {status}"
            )
        );
    } else if good && ctx.sandbox {
        let folder = ctx.var().join("outbox").join(&row.account);
        let folder = folder.display();
        println!(
            "{}",
            say!(
                l,
                "Hộp thử, không gửi ra ngoài; mở xem trong {folder}",
                "Sandbox, nothing left; see it in {folder}"
            )
        );
    } else {
        println!("{}   {}", l.pick("Xem:", "See:"), ctx.hint(&["log", &code]));
    }
    Ok(Exit::attention_if(!good))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::message::Voice;

    fn chat(parts: Vec<String>) -> Rendition {
        Rendition {
            voice: Voice::Chat,
            kind: "zalo-bot".into(),
            title: "Bài".into(),
            lead: String::new(),
            text: String::new(),
            html: None,
            parts,
            attachments: vec![],
            slug: String::new(),
            link: None,
            categories: vec![],
            tags: vec![],
            seconds: None,
            album: 0,
        }
    }

    #[test]
    fn a_test_says_so_where_it_is_read_first() {
        assert_eq!(marked(chat(vec!["xin chào".into()])).parts, ["[THỬ]\nxin chào"]);
        assert_eq!(marked(chat(vec![])).title, "[THỬ] Bài");
        let full = marked(chat(vec!["x".repeat(2000)]));
        assert_eq!((full.parts.len(), full.parts[0].as_str()), (2, "[THỬ]"));
    }
}
