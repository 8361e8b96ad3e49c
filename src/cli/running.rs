//! `loa run`: the daemon, or all that is due and then the end.

use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use clap::Args;
use tokio_util::sync::CancellationToken;

use super::{Ctx, Done, Stop};
use crate::config::Settings;
use crate::daemon::{
    self, Ended, Engine, Lock, Open, OpenError, RunOptions, Signals, SystemClock, Tasks, Turn,
};
use crate::domain::people::Actor;
use crate::domain::text::{self, Lang};
use crate::transport::sandbox::Mishaps;

/// `loa run`
#[derive(Debug, Args)]
pub struct RunArgs {
    /// Do all that is due now and exit.
    #[arg(long)]
    pub until_idle: bool,
    /// Do not watch the folder; only `loa apply` changes the plan.
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
    Engine::open(open, tasks).await.map_err(|e| match e {
        OpenError::Store(e) => Stop::database(&e),
        OpenError::Templates(says) => Stop::faults(says),
    })
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
        Some(Lock::take(&settings.database, &ctx.var()).map_err(|e| Stop::refused(e.to_string()))?)
    } else {
        None
    };
    if a.until_idle {
        return until_idle(ctx, settings, a.no_files, &mut signals).await;
    }
    let metrics = metrics_exporter_prometheus::PrometheusBuilder::new()
        .install_recorder()
        .map_err(|e| Stop::cannot(e.to_string()))?;
    daemon::describe();
    let mut ports = Ports::bind(&settings, None)?;
    let mut settings = settings;
    let mut first = true;
    loop {
        let tasks = Tasks::default();
        let opened = async {
            let engine = Arc::new(open(ctx, settings.clone(), &tasks).await?);
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
                    () = signals.end() => return Ok(0),
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
        let options = RunOptions { watch: !a.no_watch && !a.no_files, listeners, pulse };
        let mut next = None;
        let may_reload = async || {
            next = fresh(ctx, &ports).await;
            next.is_some()
        };
        let ended = daemon::serve(engine.clone(), options, &mut signals, may_reload).await?;
        drop(engine);
        tasks.finish().await;
        match ended {
            Ended::Stopped => return Ok(0),
            Ended::CutOff | Ended::LeaseLost => return Ok(1),
            Ended::LedgerGone => {
                return Err(Stop {
                    code: 4,
                    text: ctx.say(
                    "Tệp cơ sở dữ liệu đã bị xóa hoặc thay khi Loa đang chạy. Loa dừng, không gửi thêm. Khôi phục tệp từ bản sao lưu rồi chạy lại.",
                    "The database's file was removed or replaced while Loa ran. Loa stopped and sends nothing more. Restore the file from the backup, then start again.",
                    ).into(),
                });
            }
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

/// The settings, secrets and templates as they lie there now, with their ports. `None`: something in them cannot be used; it is
/// said, and what works goes on.
async fn fresh(ctx: &Ctx, ports: &Ports) -> Option<(Settings, Ports)> {
    let read = async {
        let settings = ctx.settings(!ctx.sandbox)?;
        ctx.templates()?;
        ctx.store(&settings).await?;
        let ports = Ports::bind(&settings, Some(ports))?;
        Ok::<_, Stop>((settings, ports))
    };
    match read.await {
        Ok(both) => Some(both),
        Err(stop) => {
            tracing::error!(
                faults = stop.text,
                "what was to be read again has faults; what was in force stays"
            );
            eprintln!("{}", stop.text);
            None
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
                .map_err(|e| Stop::cannot(format!("{addr}: {e}")))
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
            );
            out.push((share(l)?, public));
        }
        Ok(out)
    }
}

/// Reads the folder and applies what a daemon may apply by itself.
async fn read_folder(ctx: &Ctx, engine: &Engine) -> Result<(), Stop> {
    let mode = engine.settings.auto_apply;
    if mode == crate::config::AutoApply::Off {
        engine.set_world(daemon::World::of(&ctx.load(&engine.settings).workspace, &engine.settings));
        return Ok(());
    }
    let additions = mode == crate::config::AutoApply::Additions;
    let (loaded, applied) = daemon::reload(engine, additions, &Actor::system()).await?;
    let Some(applied) = applied else {
        eprintln!(
            "{}",
            ctx.say(
                "Máy khác đang đọc thư mục và ghi lịch; máy này chỉ gửi.",
                "Another node reads the folder and applies it; this one sends.",
            )
        );
        return Ok(());
    };
    let faults = loaded.faults.iter().filter(|f| f.severity.stops()).count();
    if faults > 0 {
        eprintln!(
            "{}",
            match ctx.lang {
                Lang::Vi => format!("{faults} lỗi trong thư mục, phần còn lại vẫn chạy. Xem: loa check"),
                Lang::En => format!("{faults} faults in the folder, the rest goes on. See: loa check"),
            }
        );
    }
    if applied.withheld > 0 {
        eprintln!(
            "{}",
            match ctx.lang {
                Lang::Vi => format!("{} thay đổi chờ người ghi: loa plan · loa apply", applied.withheld),
                Lang::En => format!("{} changes wait for a person: loa plan · loa apply", applied.withheld),
            }
        );
    }
    Ok(())
}

async fn until_idle(ctx: &Ctx, settings: Settings, no_files: bool, signals: &mut Signals) -> Done {
    let tasks = Tasks::default();
    let drain = std::time::Duration::from_secs(settings.drain_seconds);
    let engine = open(ctx, settings, &tasks).await?;
    if !no_files {
        read_folder(ctx, &engine).await?;
    }
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
        return Ok(1);
    };
    engine.close().await?;
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
    print_turns(ctx, &turns);
    Ok(0)
}

/// What was done, in a line or as JSON.
fn print_turns(ctx: &Ctx, turns: &[Turn]) {
    let mut all = crate::dispatch::LaneReport::default();
    let (mut placed, mut expanded, mut held, mut expired) = (0, 0, 0, 0);
    for t in turns {
        all.add(&t.lanes);
        placed += t.plan.placed;
        expanded += t.plan.expanded;
        held += t.gate.held;
        expired += t.gate.expired;
    }
    let next = turns.last().and_then(|t| t.next_wake);
    if ctx.json {
        println!(
            "{}",
            serde_json::json!({
                "outcomes": all.outcomes, "placed": placed, "expanded": expanded, "held": held, "expired": expired,
                "next_wake": next.map(|n| n.to_rfc3339()),
            })
        );
        return;
    }
    let count = |w: &str| text::number(all.outcomes.get(w).copied().unwrap_or(0) as i64, ctx.lang);
    let rejected = all.outcomes.get("rejected_recipient").copied().unwrap_or(0)
        + all.outcomes.get("rejected_content").copied().unwrap_or(0);
    println!(
        "{}",
        match ctx.lang {
            Lang::Vi => format!(
                "Xong việc đến hạn: {} nơi nhận đã nhận · {} sẽ gửi lại · {} bị từ chối · {} chưa rõ · {} giữ · {} quá giờ",
                count("accepted"),
                count("retry"),
                text::number(rejected as i64, ctx.lang),
                count("unknown"),
                text::number(held as i64, ctx.lang),
                text::number(expired as i64, ctx.lang)
            ),
            Lang::En => format!(
                "All that was due is done: {} accepted · {} will be tried again · {rejected} rejected · {} unknown · {held} held · {expired} too late",
                count("accepted"),
                count("retry"),
                count("unknown")
            ),
        }
    );
    let zone = zone_of(ctx);
    match next {
        Some(n) => println!(
            "{} {}",
            ctx.say("Việc tiếp theo lúc", "Next thing to do:"),
            text::moment(n.with_timezone(&zone).naive_local(), ctx.lang)
        ),
        None => println!("{}", ctx.say("Không còn việc nào tự chạy.", "Nothing more happens by itself.")),
    }
}

/// The office's zone; the default one if `loa.yaml` cannot be read any more.
fn zone_of(ctx: &Ctx) -> chrono_tz::Tz {
    ctx.settings(false).map_or(chrono_tz::Asia::Ho_Chi_Minh, |s| s.time_zone)
}
