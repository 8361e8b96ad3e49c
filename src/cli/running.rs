//! `loa run`: the daemon, or all that is due and then the end.

use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use clap::Args;
use tokio_util::sync::CancellationToken;

use super::{Ctx, Done, Stop};
use crate::config::Settings;
use crate::daemon::{self, Ended, Engine, Lock, Open, OpenError, RunOptions, SystemClock, Tasks, Turn};
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
    let settings = ctx.settings(!ctx.sandbox)?;
    let _lock = if settings.database.starts_with("sqlite:") {
        Some(Lock::take(&ctx.var()).map_err(|e| Stop::refused(e.to_string()))?)
    } else {
        None
    };
    if a.until_idle {
        return until_idle(ctx, settings, a.no_files).await;
    }
    let metrics = metrics_exporter_prometheus::PrometheusBuilder::new()
        .install_recorder()
        .map_err(|e| Stop::cannot(e.to_string()))?;
    daemon::describe();
    let mut settings = settings;
    loop {
        let tasks = Tasks::default();
        let engine = Arc::new(open(ctx, settings.clone(), &tasks).await?);
        if !a.no_files {
            read_folder(ctx, &engine).await?;
        }
        let pulse = Arc::new(AtomicI64::new(0));
        let listeners = listeners(&engine, &settings, pulse.clone(), metrics.clone()).await?;
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
        let options = RunOptions { watch: !a.no_watch && !a.no_files, listeners, pulse };
        let ended = daemon::serve(engine.clone(), options).await?;
        drop(engine);
        tasks.finish().await;
        match ended {
            Ended::Stopped => return Ok(0),
            Ended::CutOff | Ended::LeaseLost => return Ok(1),
            Ended::Reload => match ctx.settings(!ctx.sandbox) {
                Ok(fresh) => settings = fresh,
                Err(stop) => {
                    // A slip in loa.yaml must not stop what works.
                    tracing::error!(
                        faults = stop.text,
                        "loa.yaml has faults; the settings of before stay in force"
                    );
                    eprintln!("{}", stop.text);
                }
            },
        }
    }
}

async fn listeners(
    engine: &Arc<Engine>,
    settings: &Settings,
    pulse: Arc<AtomicI64>,
    metrics: metrics_exporter_prometheus::PrometheusHandle,
) -> Result<Vec<(tokio::net::TcpListener, axum::Router)>, Stop> {
    let bind = async |addr: std::net::SocketAddr| {
        tokio::net::TcpListener::bind(addr).await.map_err(|e| Stop::cannot(format!("{addr}: {e}")))
    };
    let health = Arc::new(daemon::NodeHealth { engine: engine.clone(), pulse });
    let mut out = vec![(bind(settings.listen).await?, crate::web::local(health, move || metrics.render()))];
    if let Some(addr) = settings.public_listen {
        let public = crate::web::public(
            engine.store.clone(),
            engine.clock.clone(),
            engine.settings.clone(),
            engine.templates.clone(),
        );
        out.push((bind(addr).await?, public));
    }
    Ok(out)
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

async fn until_idle(ctx: &Ctx, settings: Settings, no_files: bool) -> Done {
    let tasks = Tasks::default();
    let engine = open(ctx, settings, &tasks).await?;
    if !no_files {
        read_folder(ctx, &engine).await?;
    }
    let stop = CancellationToken::new();
    let watch = stop.clone();
    // The first Ctrl-C or SIGTERM lets what is under way end.
    let signals = async move {
        let mut term = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            r = tokio::signal::ctrl_c() => r,
            _ = term.recv() => Ok(()),
        }
    };
    let turns = {
        let work = daemon::idle(&engine, &stop);
        tokio::pin!(work);
        tokio::select! {
            turns = &mut work => turns?,
            _ = signals => {
                watch.cancel();
                work.await?
            }
        }
    };
    engine.close().await?;
    drop(engine);
    tasks.finish().await;
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
