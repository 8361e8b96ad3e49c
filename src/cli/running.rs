//! `loa run`: the daemon, or all that is due and then the end.

use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use chrono::{DateTime, Utc};
use clap::Args;
use tokio_util::sync::CancellationToken;

use super::briefing::StatusBriefing;
use super::{Ctx, Done, Exit, Stop, folder, screens};
use crate::config::{AutoApply, Settings};
use crate::daemon::{self, Ended, Engine, Lock, Open, RunOptions, Signals, SystemClock, Tasks, Turn};
use crate::domain::people::Actor;
use crate::domain::text::{self, Lang};
use crate::plan;
use crate::transport::sandbox::Mishaps;

/// `loa run`
#[derive(Debug, Args)]
pub struct RunArgs {
    /// Do all that is due now and exit.
    #[arg(long)]
    pub until_idle: bool,
    /// Once started, take nothing of the folder; only `loa apply` changes the plan. What is no longer true is held all the same.
    #[arg(long)]
    pub no_watch: bool,
    /// Do not read the folder at all (a node beside the one that does).
    #[arg(long)]
    pub no_files: bool,
}

/// Sets up logging to standard error: text for a terminal, JSON lines otherwise. Silent unless asked for, but for `run`.
pub fn logging(ctx: &Ctx, filter: Option<&str>) {
    use tracing_subscriber::EnvFilter;
    let Ok(filter) = EnvFilter::try_new(filter.unwrap_or("warn,loa=warn")) else { return };
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let terminal = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let set = if terminal || ctx.env.contains_key("LOA_LOG_TEXT") {
        builder.with_ansi(terminal).try_init()
    } else {
        builder.json().try_init()
    };
    drop(set); // a second call in one process (tests) changes nothing
}

/// Opens a node of this workspace.
///
/// # Errors
/// The database or a template cannot be used.
pub async fn open(ctx: &Ctx, settings: Settings, tasks: &Tasks) -> Result<Engine, Stop> {
    let node_name =
        format!("{}:{}", ctx.env.get("LOA_NODE").map_or("loa", String::as_str), std::process::id());
    let open = Open {
        settings,
        var: ctx.var(),
        clock: Arc::new(SystemClock),
        sandbox: ctx.sandbox.then(Mishaps::default),
        node_name,
        chance: rand::random::<f64>,
    };
    Engine::open(open, tasks).await.map_err(Stop::open)
}

/// `loa run`
///
/// # Errors
/// The workspace, the database or a port cannot be used; another daemon serves the folder.
pub async fn run(ctx: &Ctx, a: RunArgs) -> Done {
    // From here on no signal is lost, whatever is being read or opened.
    let mut signals = Signals::hear()?;
    let settings = ctx.settings(!ctx.sandbox)?;
    let _lock = if settings.database.starts_with("sqlite:") {
        Some(Lock::take(&settings.database, &ctx.var()).map_err(|e| Stop::lock(&e, ctx.lang))?)
    } else {
        None
    };
    if a.until_idle {
        return until_idle(ctx, settings, a.no_files, &mut signals).await;
    }
    let metrics = metrics_exporter_prometheus::PrometheusBuilder::new()
        .install_recorder()
        .map_err(|e| Stop::unusable(e.to_string()))?;
    daemon::describe();
    let mut ports = Ports::bind(&settings, None)?;
    let mut settings = settings;
    let mut first = true;
    loop {
        say_secrets(ctx, &settings);
        let tasks = Tasks::default();
        let opened = async {
            let engine = Arc::new(open(ctx, settings.clone(), &tasks).await?);
            engine.keep_settings_refused("").await?;
            if !a.no_files {
                read_folder(ctx, &engine).await?;
            }
            Ok::<_, Stop>(engine)
        };
        let engine = match opened.await {
            Ok(engine) => engine,
            Err(stop) if first => return Err(stop),
            // The life before this one has ended in order; this one begins as soon as it can.
            Err(stop) => {
                tracing::error!(reason = stop.text, "the daemon cannot go on yet; trying again");
                tokio::select! {
                    () = tokio::time::sleep(AGAIN) => continue,
                    () = signals.end() => return Ok(Exit::Good),
                }
            }
        };
        let pulse = Arc::new(AtomicI64::new(0));
        let listeners = ports.listeners(&engine, pulse.clone(), metrics.clone())?;
        if first {
            eprintln!(
                "{}",
                match ctx.lang {
                    Lang::Vi => format!(
                        "Loa đang chạy: {} · http://{}/healthz · dừng: Ctrl-C",
                        ctx.root.display(),
                        settings.listen
                    ),
                    Lang::En => format!(
                        "Loa runs: {} · http://{}/healthz · stop: Ctrl-C",
                        ctx.root.display(),
                        settings.listen
                    ),
                }
            );
        }
        first = false;
        let briefing = StatusBriefing::new(ctx, &settings, engine.store.clone(), !a.no_files);
        let briefing: Option<Arc<dyn plan::alerts::Briefing>> = Some(Arc::new(briefing));
        let take = if a.no_watch { AutoApply::Off } else { settings.auto_apply };
        let options = RunOptions { take: (!a.no_files).then_some(take), listeners, pulse, briefing };
        let mut next = None;
        let may_reload = async || {
            let refused = match fresh(ctx, &ports).await {
                Ok(both) => {
                    next = Some(both);
                    String::new()
                }
                Err(faults) => faults,
            };
            if let Err(e) = engine.keep_settings_refused(&refused).await {
                tracing::error!(error = %e, "that settings were refused cannot be kept");
            }
            refused.is_empty()
        };
        let ended = daemon::serve(engine.clone(), options, &mut signals, may_reload).await?;
        drop(engine);
        tasks.finish().await;
        match ended {
            Ended::Stopped => return Ok(Exit::Good),
            Ended::CutOff | Ended::LeaseLost => return Ok(Exit::Attention),
            Ended::LedgerGone => return Err(Stop::ledger_gone(ctx.lang)),
            Ended::Reload => {
                if let Some((s, p)) = next {
                    (settings, ports) = (s, p);
                    tracing::info!("the settings were read again");
                }
            }
        }
    }
}

/// How long is waited before a life that could not begin is tried again.
const AGAIN: std::time::Duration = std::time::Duration::from_secs(2);

/// The settings, secrets and templates as they lie there now, with their ports; or why something in them cannot be used: it is
/// said, and what works goes on.
async fn fresh(ctx: &Ctx, ports: &Ports) -> Result<(Settings, Ports), String> {
    let read = async {
        let settings = ctx.settings(!ctx.sandbox)?;
        ctx.templates()?;
        ctx.store(&settings).await?;
        let ports = Ports::bind(&settings, Some(ports))?;
        Ok::<_, Stop>((settings, ports))
    };
    match read.await {
        Ok(both) => Ok(both),
        Err(stop) => {
            tracing::error!(
                faults = stop.text,
                "what was to be read again has faults; what was in force stays"
            );
            let says = stop.says(ctx.lang);
            eprintln!("{says}");
            Err(says)
        }
    }
}

/// The sockets of a process. They outlive a reading of the settings, so that nobody finds the door shut meanwhile.
struct Ports {
    local: std::net::TcpListener,
    public: Option<std::net::TcpListener>,
}

impl Ports {
    /// The sockets that the settings ask for; those of `before` where the address is the same.
    fn bind(settings: &Settings, before: Option<&Ports>) -> Result<Ports, Stop> {
        let held: Vec<&std::net::TcpListener> =
            before.map_or_else(Vec::new, |p| std::iter::once(&p.local).chain(&p.public).collect());
        let bind = |addr: std::net::SocketAddr| {
            let same = held.iter().find(|l| l.local_addr().is_ok_and(|a| a == addr));
            let socket = match same {
                Some(l) => l.try_clone(),
                None => std::net::TcpListener::bind(addr),
            };
            socket
                .and_then(|s| s.set_nonblocking(true).map(|()| s))
                .map_err(|e| Stop::unusable(format!("{addr}: {e}")))
        };
        Ok(Ports { local: bind(settings.listen)?, public: settings.public_listen.map(bind).transpose()? })
    }

    /// Each socket with what is served on it, for one life of the daemon.
    fn listeners(
        &self,
        engine: &Arc<Engine>,
        pulse: Arc<AtomicI64>,
        metrics: metrics_exporter_prometheus::PrometheusHandle,
    ) -> Result<Vec<(tokio::net::TcpListener, axum::Router)>, Stop> {
        let share = |l: &std::net::TcpListener| -> std::io::Result<tokio::net::TcpListener> {
            tokio::net::TcpListener::from_std(l.try_clone()?)
        };
        let health = Arc::new(daemon::NodeHealth { engine: engine.clone(), pulse });
        let mut out = vec![(share(&self.local)?, crate::web::local(health, move || metrics.render()))];
        if let Some(l) = &self.public {
            let public = crate::web::public(
                engine.store.clone(),
                engine.clock.clone(),
                engine.settings.clone(),
                engine.templates(),
                engine.assets.clone(),
            );
            out.push((share(l)?, public));
        }
        Ok(out)
    }
}

/// Reads the folder and applies what a daemon may apply by itself. What is left for a person is said.
async fn read_folder(ctx: &Ctx, engine: &Engine) -> Result<Exit, Stop> {
    let mode = engine.settings.auto_apply;
    if mode == AutoApply::Off {
        let (loaded, _) = daemon::reload(engine, AutoApply::Off, &Actor::system()).await?;
        folder::say_faults(ctx, &loaded, None);
        return Ok(Exit::of_faults(folder::faults_of(&loaded, None)));
    }
    let (loaded, applied) = daemon::reload(engine, mode, &Actor::system()).await?;
    let Some(applied) = applied else {
        eprintln!(
            "{}",
            ctx.say(
                "Máy khác đang đọc thư mục và ghi lịch; máy này chỉ gửi.",
                "Another node reads the folder and applies it; this one sends.",
            )
        );
        return Ok(Exit::Good);
    };
    folder::say_faults(ctx, &loaded, None);
    if applied.withheld > 0 {
        let (plan, apply) = (ctx.hint(&["plan"]), ctx.hint(&["apply"]));
        eprintln!(
            "{}",
            match ctx.lang {
                Lang::Vi => format!("{} thay đổi chờ người ghi:   {plan}   rồi:   {apply}", applied.withheld),
                Lang::En =>
                    format!("{} changes wait for a person:   {plan}   then:   {apply}", applied.withheld),
            }
        );
    }
    let withheld = Exit::attention_if(applied.withheld > 0);
    Ok(Exit::of_faults(folder::faults_of(&loaded, None)).max(withheld))
}

/// Says which secret files are not there: those accounts will be paused.
fn say_secrets(ctx: &Ctx, settings: &Settings) {
    if ctx.sandbox {
        return;
    }
    for a in settings.accounts.values() {
        if let Some((secret, why)) = a.lacking(&settings.root) {
            let why = why.map(|e| format!(" ({e})")).unwrap_or_default();
            eprintln!(
                "{}",
                match ctx.lang {
                    Lang::Vi => format!(
                        "{}: thiếu tệp mật khẩu hoặc mã truy cập {}{why}; tài khoản này chưa gửi được gì",
                        a.id, secret.file
                    ),
                    Lang::En => format!(
                        "{}: its password or token file {} is missing{why}; this account cannot send",
                        a.id, secret.file
                    ),
                }
            );
        }
    }
}

async fn until_idle(ctx: &Ctx, settings: Settings, no_files: bool, signals: &mut Signals) -> Done {
    let tasks = Tasks::default();
    let drain = std::time::Duration::from_secs(settings.drain_seconds);
    say_secrets(ctx, &settings);
    let engine = open(ctx, settings, &tasks).await?;
    let read = if no_files { Exit::Good } else { read_folder(ctx, &engine).await? };
    let stop = CancellationToken::new();
    let turns = {
        let work = daemon::idle(&engine, &stop);
        tokio::pin!(work);
        tokio::select! {
            turns = &mut work => Some(turns?),
            // The first Ctrl-C or SIGTERM lets what is under way end, for the stated time.
            () = signals.end() => {
                stop.cancel();
                tokio::time::timeout(drain, work).await.ok().transpose()?
            }
        }
    };
    let Some(turns) = turns else {
        eprintln!(
            "{}",
            ctx.say(
                "Hết thời gian chờ: lượt đang gửi dở bị cắt, lần chạy sau sẽ ghi là chưa rõ và hỏi lại.",
                "The stated time is over: sends under way were cut off; the next run finds them as unknown and asks.",
            )
        );
        drop(engine);
        tasks.finish().await;
        return Ok(Exit::Attention);
    };
    let left = Left::read(ctx, &engine, turns.last().and_then(|t| t.next_wake)).await?;
    engine.close().await?;
    let zone = engine.settings.time_zone;
    drop(engine);
    tasks.finish().await;
    if stop.is_cancelled() {
        eprintln!(
            "{}",
            ctx.say(
                "Dừng theo tín hiệu; phần còn lại chờ lần chạy sau.",
                "Stopped by a signal; the rest waits for the next run."
            )
        );
    }
    tell(ctx, &turns, &left, zone);
    Ok(read.max(left.status.exit()))
}

/// What is not done although its time has come, and what comes next.
struct Left {
    /// What a person would be told now.
    status: screens::Status,
    /// Due, and neither braked nor paused: account and how many. A run that was stopped, or a kind's own pace.
    due: Vec<(String, i64)>,
    /// Rows that are held although their time has come.
    held: bool,
    /// When something happens by itself.
    next: Option<DateTime<Utc>>,
}

impl Left {
    async fn read(ctx: &Ctx, engine: &Engine, wake: Option<DateTime<Utc>>) -> Result<Left, Stop> {
        let (store, settings) = (&engine.store, &engine.settings);
        let now = plan::ms(engine.clock.now());
        let status = screens::gathered(ctx, settings, store, None).await?;
        let brakes = screens::Brakes::read(store, settings, now).await?;
        let accounts = store.account_all().await?;
        let mut due = Vec::new();
        let mut next = wake;
        for w in store.waiting(now).await?.into_iter().filter(|w| w.now > 0) {
            let paused = accounts.iter().any(|a| a.account == w.account && a.paused_at.is_some());
            match brakes.of(&w.account) {
                _ if paused => {}
                Some(brake) => {
                    let until = plan::instant(brake.until());
                    next = Some(next.map_or(until, |n| n.min(until)));
                }
                None => due.push((w.account, w.now)),
            }
        }
        let held = !store.held_due(now).await?.is_empty();
        Ok(Left { status, due, held, next })
    }

    /// True if all that was due is done.
    fn nothing(&self) -> bool {
        self.status.needs.is_empty() && self.status.waiting.is_empty() && self.due.is_empty() && !self.held
    }
}

/// What was done, what still waits and why, and when something happens next; or as JSON.
fn tell(ctx: &Ctx, turns: &[Turn], left: &Left, zone: chrono_tz::Tz) {
    let l = ctx.lang;
    let mut all = crate::dispatch::LaneReport::default();
    let (mut placed, mut expanded, mut held, mut expired) = (0, 0, 0, 0);
    for t in turns {
        all.add(&t.lanes);
        placed += t.plan.placed;
        expanded += t.plan.expanded;
        held += t.gate.held;
        expired += t.gate.expired;
    }
    if ctx.json {
        println!(
            "{}",
            serde_json::json!({
                "outcomes": all.outcomes, "placed": placed, "expanded": expanded, "held": held, "expired": expired,
                "next_wake": left.next.map(|n| n.to_rfc3339()), "done": left.nothing(), "needs": left.status.needs,
                "waits": { "held": left.status.held, "waiting": left.status.waiting, "due": left.due },
            })
        );
        return;
    }
    let count = |w: &str| all.outcomes.get(w).copied().unwrap_or(0) as i64;
    let words: Vec<String> = [
        (count("accepted"), "nơi nhận đã nhận", "accepted"),
        (count("retry") + count("throttled"), "sẽ gửi lại", "to be tried again"),
        (count("rejected_recipient") + count("rejected_content"), "bị từ chối", "rejected"),
        (count("unknown"), "chưa rõ", "unknown"),
        (held as i64, "đang giữ", "held"),
        (expired as i64, "không gửi (quá giờ)", "not sent (too late)"),
    ]
    .into_iter()
    .map(|(n, vi, en)| format!("{} {}", text::number(n, l), l.pick(vi, en)))
    .collect();
    let head = if left.nothing() {
        l.pick("Xong việc đến hạn:", "All that was due is done:")
    } else {
        l.pick("CHƯA XONG. Lần chạy này:", "NOT DONE. This run:")
    };
    println!("{head} {}", words.join(" · "));
    let to_do = left.status.to_do();
    if !to_do.is_empty() {
        println!("{}", l.pick("CẦN LÀM NGAY", "TO DO NOW"));
        print!("{to_do}");
    }
    let mut waits = left.status.waits(l);
    for (account, n) in &left.due {
        let n = text::number(*n, l);
        waits.push((
            l.pick("CÒN LẠI", "LEFT"),
            match l {
                Lang::Vi => format!("{account}: {n} lượt đến giờ, chưa đi; chạy lại"),
                Lang::En => format!("{account}: {n} due and not gone; run again"),
            },
        ));
    }
    print!("{}", screens::columns(&waits));
    match left.next {
        Some(n) => {
            let at = text::moment(n.with_timezone(&zone).naive_local(), l);
            let run = ["run", "--until-idle"];
            println!("{} {at}   {}", l.pick("Việc tiếp theo lúc", "Next thing to do:"), ctx.hint(&run));
        }
        None => println!("{}", l.pick("Không còn việc nào tự chạy.", "Nothing more happens by itself.")),
    }
}
