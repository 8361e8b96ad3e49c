//! `loa account list|pause|resume|probe`: the health of the senders, and what people decide about them.

use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::json;

use super::brakes::{self, Brake, Brakes};
use super::pick;
use super::show::{Show, table};
use crate::cli::{Ctx, Done, Exit, Stop, words};
use crate::config::Settings;
use crate::plan::{instant, ms};
use crate::transport::sandbox::Mishaps;

/// `loa account …`
#[derive(Debug, Subcommand)]
pub enum AccountCommand {
    /// Mọi tài khoản và tình trạng · all accounts and their health
    List,
    /// Dừng · pause
    Pause(AccountArgs),
    /// Chạy tiếp · let it go on
    Resume(AccountArgs),
    /// Thử đăng nhập, không gửi gì · try the credentials, send nothing
    Probe(AccountArgs),
}

/// One account.
#[derive(Debug, Args)]
pub struct AccountArgs {
    /// Tài khoản trong loa.yaml · an account of loa.yaml
    pub account: String,
    /// Vì sao · why
    #[arg(long, default_value = "")]
    pub reason: String,
    /// Ai quyết định · who decides
    #[arg(long, value_name = "NAME")]
    pub by: String,
}

/// Longest time a probe may take.
const PROBE: Duration = Duration::from_secs(60);

/// `loa account …`
///
/// # Errors
/// The account is not known; the workspace or the database cannot be used.
pub async fn account(ctx: &Ctx, what: AccountCommand) -> Done {
    match what {
        AccountCommand::List => list(ctx).await,
        AccountCommand::Pause(a) => pause(ctx, a).await,
        AccountCommand::Resume(a) => resume(ctx, a).await,
        AccountCommand::Probe(a) => probe(ctx, a).await,
    }
}

fn known(ctx: &Ctx, settings: &Settings, account: &str) -> Result<(), Stop> {
    if settings.accounts.keys().any(|a| a.as_str() == account) {
        return Ok(());
    }
    let named: Vec<&str> = settings.accounts.keys().map(|a| a.as_str()).collect();
    Err(pick::no_account(ctx, &named, account))
}

/// Accounts that borrow one.
fn borrowers(settings: &Settings, account: &str) -> Vec<String> {
    settings
        .accounts
        .values()
        .filter(|a| a.carrier.as_ref().is_some_and(|c| c.as_str() == account))
        .map(|a| a.id.to_string())
        .collect()
}

async fn list(ctx: &Ctx) -> Done {
    let l = ctx.lang;
    let settings = ctx.settings(false)?;
    let store = ctx.look(&settings).await?;
    let show = Show::new(l, &settings, ctx.now());
    let now = ms(ctx.now());
    let (states, probes) = (store.account_all().await?, store.probe_all().await?);
    let brakes = Brakes::read(&store, &settings, now).await?;
    let mut cells: Vec<Vec<String>> = vec![
        l.pick(
            "TÀI KHOẢN|LOẠI|TÌNH TRẠNG|CHỜ|ĐÃ GỬI 24 GIỜ|HẠN MỨC",
            "ACCOUNT|KIND|STATE|WAITING|SENT IN 24 H|ALLOWANCE",
        )
        .split('|')
        .map(str::to_owned)
        .collect(),
    ];
    let mut out = Vec::new();
    let mut paused = 0;
    for a in settings.accounts.values() {
        let state = states.iter().find(|s| s.account == a.id.as_str());
        let (waits, sent) = store.account_waiting(a.id.as_str(), now).await?;
        let (word, says) = match state {
            Some(s) if s.paused_at.is_some() => {
                paused += 1;
                let since = show.at(s.paused_at.unwrap_or_default());
                let why = words::cause_with(
                    s.cause_code.as_deref().unwrap_or(""),
                    s.cause_detail.as_deref().unwrap_or(""),
                    l,
                );
                let asked = a.carrier.as_ref().and_then(|c| settings.accounts.values().find(|x| &x.id == c));
                let kind = asked.map_or(a.kind.as_str(), |x| x.kind.as_str());
                let probe = super::status::probes::say(&show, kind, s, super::status::probes::of(&probes, s));
                let dot = if probe.is_empty() { "" } else { "." };
                (
                    "paused",
                    say!(l, "DỪNG từ {since}: {why}{dot}{probe}", "PAUSED since {since}: {why}{dot}{probe}"),
                )
            }
            Some(_) | None => match (a.lacking(&settings.root), brakes.of(a.id.as_str())) {
                (Some((secret, _)), _) if !ctx.sandbox => {
                    paused += 1;
                    ("no_secret", words::cause_with("no_secret", &secret.file, l))
                }
                (_, Some(brake)) => {
                    let word = match brake {
                        Brake::Limit { .. } => "limited",
                        Brake::Slow(_) => "quiet",
                    };
                    (word, brake.say(&show))
                }
                (_, None) => ("good", l.pick("tốt", "good").to_owned()),
            },
        };
        let kind = match &a.carrier {
            Some(c) => format!("{} ({} {c})", a.kind, l.pick("mượn", "borrows")),
            None => a.kind.clone(),
        };
        let standing = brakes::standing(&store, &settings, a, now).await?;
        let allowances: Vec<_> = standing
            .iter()
            .map(|(a, s)| {
                json!({
                    "count": a.count, "window_ms": a.window_ms, "shared_by": a.shared_by, "used": s.used,
                    "left": s.left, "left_urgent": s.left + s.urgent, "next": s.next.map(|t| instant(t).to_rfc3339()),
                })
            })
            .collect();
        let left: Vec<String> = standing.iter().map(|s| brakes::say_standing(s, &show)).collect();
        out.push(json!({
            "allowances": allowances,
            "account": a.id.as_str(), "kind": a.kind, "borrows": a.carrier.as_ref().map(|c| c.as_str()), "state": word,
            "cause": state.and_then(|s| s.cause_code.clone()), "detail": state.and_then(|s| s.cause_detail.clone()),
            "waiting": waits, "sent_24h": sent, "paused_by": state.and_then(|s| s.paused_by.clone()),
            "probe": state.and_then(|s| super::status::probes::of(&probes, s)).map(|p| json!({
                "tries": p.tries, "next": instant(p.next_at).to_rfc3339(),
                "last": p.asked_at.map(|t| instant(t).to_rfc3339()), "found": p.found, "detail": p.detail,
            })),
        }));
        cells.push(vec![a.id.to_string(), kind, says, show.n(waits), show.n(sent), left.join("; ")]);
    }
    if ctx.json {
        println!("{}", json!(out));
    } else {
        print!("{}", table(&cells));
    }
    Ok(Exit::attention_if(paused > 0))
}

async fn pause(ctx: &Ctx, a: AccountArgs) -> Done {
    let l = ctx.lang;
    let settings = ctx.settings(false)?;
    known(ctx, &settings, &a.account)?;
    let store = ctx.store(&settings).await?;
    let (account, now) = (&a.account, ms(ctx.now()));
    store.account_pause(account, "paused_by_person", &a.reason, &ctx.actor(Some(&a.by)), now).await?;
    let (waits, _) = store.account_waiting(account, now).await?;
    let waits = Show::new(l, &settings, ctx.now()).n(waits);
    let resume = ctx.hint(&["account", "resume", account, "--by", l.pick("TÊN", "NAME")]);
    println!(
        "{}",
        say!(
            l,
            "{account} đã dừng; {waits} lượt chờ, không mất gì. Cho chạy tiếp:   {resume}",
            "{account} is paused; {waits} deliveries wait, nothing is lost. Let it go on:   {resume}"
        )
    );
    let others = borrowers(&settings, account);
    if !others.is_empty() {
        let others = others.join(", ");
        println!(
            "{}",
            say!(
                l,
                "Mượn tài khoản này và vẫn chạy: {others}. Muốn dừng cả, dừng từng cái.",
                "These borrow it and go on: {others}. Pause each of them to stop them, too."
            )
        );
    }
    Ok(Exit::Good)
}

async fn resume(ctx: &Ctx, a: AccountArgs) -> Done {
    let l = ctx.lang;
    let settings = ctx.settings(false)?;
    known(ctx, &settings, &a.account)?;
    let store = ctx.store(&settings).await?;
    let (account, now) = (&a.account, ms(ctx.now()));
    if let Some(s) = store.account_get(account).await?
        && s.paused_at.is_some()
        && crate::daemon::is_unusable(s.cause_code.as_deref())
    {
        let why = words::cause_with(
            s.cause_code.as_deref().unwrap_or(""),
            s.cause_detail.as_deref().unwrap_or(""),
            l,
        );
        return Err(Stop::refused(say!(
            l,
            "{account}: {why}. Sửa xong thì nạp lại (systemctl reload loa) hoặc khởi động lại; nó tự chạy tiếp.",
            "{account}: {why}. Once mended, reload (systemctl reload loa) or start again; it goes on by itself."
        )));
    }
    if !store.account_resume(account, &ctx.actor(Some(&a.by)), now).await? {
        println!(
            "{}",
            say!(l, "{account} không dừng: không phải làm gì.", "{account} is not paused: nothing to do.")
        );
        return Ok(Exit::Good);
    }
    let (waits, _) = store.account_waiting(account, now).await?;
    let waits = Show::new(l, &settings, ctx.now()).n(waits);
    println!(
        "{}",
        say!(
            l,
            "{account} chạy tiếp; {waits} lượt đang chờ sẽ đi.",
            "{account} goes on; {waits} waiting deliveries will go."
        )
    );
    Ok(Exit::Good)
}

async fn probe(ctx: &Ctx, a: AccountArgs) -> Done {
    let l = ctx.lang;
    let settings = ctx.settings(!ctx.sandbox)?;
    known(ctx, &settings, &a.account)?;
    let store = ctx.store(&settings).await?;
    let account = &a.account;
    let built =
        crate::daemon::transports(&settings, ctx.sandbox.then(Mishaps::default), &ctx.var().join("outbox"))
            .into_iter()
            .find(|(x, _)| x.id.as_str() == account);
    let found: Result<(), (String, String)> = match built {
        None => Err(("bad_setting".into(), String::new())),
        Some((x, Err(bad))) => {
            let (code, detail) = crate::daemon::unusable(&settings, x, &bad);
            Err((code.into(), detail))
        }
        Some((_, Ok(t))) => match tokio::time::timeout(PROBE, t.probe()).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(cause)) => Err((cause.code, cause.detail)),
            Err(_) => Err(("no_answer".into(), String::new())),
        },
    };
    let word = found.as_ref().err().map_or("good", |(c, _)| c.as_str());
    store
        .audit_say(&ctx.actor(Some(&a.by)), "account.probe", account, json!({ "found": word }), ms(ctx.now()))
        .await?;
    if ctx.json {
        println!(
            "{}",
            json!({ "account": account, "good": found.is_ok(), "cause": found.as_ref().err().map(|e| &e.0),
                    "detail": found.as_ref().err().map(|e| &e.1) })
        );
        return Ok(Exit::attention_if(found.is_err()));
    }
    match found {
        Ok(()) => {
            let resume = ctx.hint(&["account", "resume", account, "--by", l.pick("TÊN", "NAME")]);
            let then = match store.account_get(account).await? {
                // What could not be built is taken up by itself once it can be.
                Some(s) if s.paused_at.is_some() && crate::daemon::is_unusable(s.cause_code.as_deref()) => {
                    say!(
                        l,
                        " Nạp lại để chạy tiếp: systemctl reload loa, hoặc khởi động lại.",
                        " Reload to let it go on: systemctl reload loa, or start again."
                    )
                }
                Some(s) if s.paused_at.is_some() => {
                    say!(l, " Cho chạy tiếp:   {resume}", " Let it go on:   {resume}")
                }
                Some(_) | None => String::new(),
            };
            let sandbox = if ctx.sandbox {
                l.pick(" (hộp thử: không hỏi ai)", " (sandbox: nobody was asked)")
            } else {
                ""
            };
            println!("{}", say!(l, "{account}: tốt{sandbox}.{then}", "{account}: good{sandbox}.{then}"));
            Ok(Exit::Good)
        }
        Err((code, detail)) => {
            let why = words::cause_with(&code, &detail, l);
            println!("{account}: {why}");
            if !detail.is_empty() && !why.contains(&detail) {
                println!("{}", say!(l, "  nguyên văn: {detail}", "  raw answer: {detail}"));
            }
            Ok(Exit::Attention)
        }
    }
}
