//! The daemon's loops: a pulse (plan, gate, sheets), questions about what is unknown, probes of paused accounts, figures, a lane per account, a watcher of the folder, the lease.
//!
//! SIGTERM and SIGINT: nothing new is claimed, what is under way ends, at most `drain_seconds`; what is cut off then is found as
//! `unknown` at the next start. SIGHUP: the settings are read again. A loop that panics is restarted and counted.

use std::collections::BTreeMap;
use std::fs::File;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicI64;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt as _;
use notify::Watcher as _;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{Engine, Turn, World, alarm};
use crate::config::AutoApply;
use crate::domain::people::Actor;
use crate::domain::text::Lang;
use crate::manifest::Loaded;
use crate::plan::{self, Applied};
use crate::store::StoreError;

/// How often a node renews its lease; a lease outlives several tries.
const RENEWAL: Duration = Duration::from_secs(20);

/// Proof that no other daemon serves this ledger.
pub struct Lock {
    _file: File,
}

/// Why the folder cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another daemon does.
    #[error("another daemon serves this workspace (it holds {0}); stop it first")]
    Held(PathBuf),
    /// The lock file.
    #[error("{0}: {1}")]
    Io(PathBuf, std::io::Error),
}

impl Lock {
    /// Takes the lock of an embedded ledger; it is let go when the process ends, however it ends. The lock lies beside the
    /// database, so that two folders that name one database do not serve it twice.
    ///
    /// # Errors
    /// See [`LockError`].
    pub fn take(database: &str, var: &Path) -> Result<Lock, LockError> {
        let path = match database.strip_prefix("sqlite:").map(|p| Path::new(p.trim_start_matches("//"))) {
            Some(file) if file != var.join("loa.db") => {
                // By its real name: a link to a folder is no other folder.
                let file = file.canonicalize().unwrap_or_else(|_| file.to_owned());
                file.with_added_extension("lock")
            }
            _ => var.join("loa.lock"),
        };
        let io = |e| LockError::Io(path.clone(), e);
        if let Some(dir) = path.parent() {
            std::fs::create_dir_all(dir).map_err(io)?;
        }
        let file = File::options().create(true).append(true).open(&path).map_err(io)?;
        match file.try_lock() {
            Ok(()) => Ok(Lock { _file: file }),
            Err(std::fs::TryLockError::WouldBlock) => Err(LockError::Held(path)),
            Err(std::fs::TryLockError::Error(e)) => Err(LockError::Io(path, e)),
        }
    }
}

/// Reads the folder and applies so much of it as `take` says ([`plan::apply`]). Nothing is applied (`None`) where
/// another node of the same database does it.
///
/// # Errors
/// The database's; faults of the files are in [`Loaded`].
pub async fn reload(
    engine: &Engine,
    take: AutoApply,
    actor: &Actor,
) -> Result<(Loaded, Option<Applied>), StoreError> {
    let settings = engine.settings.clone();
    let now = engine.clock.now();
    let today = now.with_timezone(&settings.time_zone).date_naive();
    let loaded = tokio::task::spawn_blocking(move || {
        let mut loaded = crate::manifest::load(&settings.root, &*settings, today);
        plan::vet(&mut loaded, &settings);
        loaded
    })
    .await
    .map_err(|e| StoreError::Conflict(format!("the workspace could not be read: {e}")))?;
    engine.set_world(World::of(&loaded.workspace, &engine.settings));
    // Where several nodes share a database, one of them applies what it reads, under a fence; two with different folders would
    // fight.
    let Some(fence) = engine.reads_files().await? else {
        return Ok((loaded, None));
    };
    let stopped = stopped(&loaded, engine.settings.language);
    let applied =
        plan::apply(&engine.store, &engine.settings, &loaded.workspace, &stopped, fence, take, actor, now)
            .await?;
    engine.keep_faults(&loaded).await?;
    Ok((loaded, Some(applied)))
}

/// Posts that a fault stops, for the ledger's screens: origin, code, one sentence.
pub fn stopped(loaded: &Loaded, lang: Lang) -> Vec<(String, String, String)> {
    loaded
        .stopped
        .iter()
        .map(|(c, p, code)| {
            let place = format!("campaigns/{c}/posts/{p}/");
            let says = loaded
                .faults
                .iter()
                .filter(|f| f.severity.stops() && f.code == *code)
                .min_by_key(|f| !f.file.starts_with(&place))
                .map(|f| f.message.get(lang == Lang::Vi).to_owned())
                .unwrap_or_default();
            (format!("{c}/{p}"), (*code).to_owned(), says)
        })
        .collect()
}

/// Does all that is due and returns what was done, turn by turn. A row that waits for a later time is left. The node's lease is
/// renewed meanwhile.
///
/// # Errors
/// The database's; this node was declared dead.
pub async fn idle(engine: &Engine, stop: &CancellationToken) -> Result<Vec<Turn>, StoreError> {
    let renewing = async {
        loop {
            match engine.store.node_renew(engine.node()).await {
                Ok(true) => {}
                Ok(false) => {
                    return StoreError::Conflict("this node was declared dead; start it again".into());
                }
                Err(e) => tracing::error!(error = %e, "the lease could not be renewed"),
            }
            tokio::time::sleep(RENEWAL).await;
        }
    };
    tokio::select! {
        turns = until_idle(engine, stop) => turns,
        lost = renewing => Err(lost),
    }
}

async fn until_idle(engine: &Engine, stop: &CancellationToken) -> Result<Vec<Turn>, StoreError> {
    let mut turns = Vec::new();
    loop {
        let turn = engine.turn(stop).await?;
        let done = turn.idle();
        turns.push(turn);
        if done || stop.is_cancelled() {
            return Ok(turns);
        }
    }
}

/// What `serve` is told.
pub struct RunOptions {
    /// Watch the folder, and take so much of it; `None`: it is not read.
    pub take: Option<AutoApply>,
    /// Listeners to serve beside: bound sockets with their routers.
    pub listeners: Vec<(tokio::net::TcpListener, axum::Router)>,
    /// When the last pulse ended, milliseconds; `/readyz` reads it.
    pub pulse: Arc<AtomicI64>,
    /// Who knows what `loa status` says, for alerts and the digest.
    pub briefing: Option<Arc<dyn plan::alerts::Briefing>>,
}

/// Why `serve` returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// SIGTERM or SIGINT; everything under way ended.
    Stopped,
    /// SIGTERM or SIGINT; some sends were cut off after the stated time.
    CutOff,
    /// SIGHUP: read the settings and serve again.
    Reload,
    /// This node was declared dead.
    LeaseLost,
    /// The database's file was moved or removed: what would be written is in no ledger.
    LedgerGone,
}

/// The signals of a process, heard from the moment of [`Signals::hear`] until it ends: what comes while one life of the daemon
/// follows another is not lost.
#[derive(Debug)]
pub struct Signals {
    term: Signal,
    int: Signal,
    hup: Signal,
}

impl Signals {
    /// Begins to hear them.
    ///
    /// # Errors
    /// The system's.
    pub fn hear() -> std::io::Result<Signals> {
        Ok(Signals {
            term: signal(SignalKind::terminate())?,
            int: signal(SignalKind::interrupt())?,
            hup: signal(SignalKind::hangup())?,
        })
    }

    /// Waits until the process is told to end. SIGHUP is not such a word.
    pub async fn end(&mut self) {
        tokio::select! {
            _ = self.term.recv() => {}
            _ = self.int.recv() => {}
        }
    }
}

/// Serves until a signal. `may_reload` is asked at SIGHUP: false means that what lies there cannot be used, and that this life
/// goes on.
///
/// # Errors
/// The watcher cannot be set up.
pub async fn serve(
    engine: Arc<Engine>,
    options: RunOptions,
    signals: &mut Signals,
    mut may_reload: impl AsyncFnMut() -> bool,
) -> std::io::Result<Ended> {
    let tasks = TaskTracker::new();
    let soft = CancellationToken::new();
    let hard = CancellationToken::new();
    let lost = CancellationToken::new();
    let gone = CancellationToken::new();
    let changed = Arc::new(Notify::new());
    let wakes: Arc<BTreeMap<String, Arc<Notify>>> =
        Arc::new(engine.dispatcher.lanes().map(|l| (l.account.clone(), Arc::new(Notify::new()))).collect());

    for (account, wake) in wakes.iter() {
        let (engine, account, wake, soft) = (engine.clone(), account.clone(), wake.clone(), soft.clone());
        supervise(&tasks, &hard, "lane", move || {
            lane(engine.clone(), account.clone(), wake.clone(), soft.clone())
        });
    }
    {
        let (engine, wakes, soft, gone, pulse) =
            (engine.clone(), wakes.clone(), soft.clone(), gone.clone(), options.pulse.clone());
        supervise(&tasks, &hard, "pulse", move || {
            super::pulse::beat(engine.clone(), wakes.clone(), soft.clone(), gone.clone(), pulse.clone())
        });
    }
    {
        let (engine, soft, lost) = (engine.clone(), soft.clone(), lost.clone());
        supervise(&tasks, &hard, "lease", move || renew(engine.clone(), soft.clone(), lost.clone()));
    }
    {
        let (engine, soft) = (engine.clone(), soft.clone());
        supervise(&tasks, &hard, "questions", move || question(engine.clone(), soft.clone()));
    }
    {
        let (engine, soft) = (engine.clone(), soft.clone());
        supervise(&tasks, &hard, "reach", move || collect(engine.clone(), soft.clone()));
    }
    {
        let (engine, soft) = (engine.clone(), soft.clone());
        supervise(&tasks, &hard, "probes", move || heal(engine.clone(), soft.clone()));
    }
    {
        let (engine, soft, briefing) = (engine.clone(), soft.clone(), options.briefing.clone());
        supervise(&tasks, &hard, "alarm", move || {
            alarm::watch(engine.clone(), briefing.clone(), soft.clone())
        });
    }
    if let Some(url) = engine.settings.alerts.heartbeat.clone().filter(|_| !engine.sandbox) {
        let (engine, soft, pulse) = (engine.clone(), soft.clone(), options.pulse.clone());
        supervise(&tasks, &hard, "heartbeat", move || {
            alarm::heartbeat(engine.clone(), url.clone(), pulse.clone(), soft.clone())
        });
    }
    if let Some(take) = options.take {
        let watcher = Arc::new(Mutex::new(watch(&engine.settings.root, changed.clone())?));
        let (engine, soft, changed) = (engine.clone(), soft.clone(), changed.clone());
        supervise(&tasks, &hard, "watcher", move || {
            apply_changes(engine.clone(), watcher.clone(), changed.clone(), take, soft.clone())
        });
    }
    for (listener, router) in options.listeners {
        tasks.spawn(super::listen::listen(listener, router, soft.clone()));
    }

    let mut ended = loop {
        tokio::select! {
            _ = signals.term.recv() => break Ended::Stopped,
            _ = signals.int.recv() => break Ended::Stopped,
            _ = signals.hup.recv() => if may_reload().await { break Ended::Reload },
            () = lost.cancelled() => break Ended::LeaseLost,
            () = gone.cancelled() => break Ended::LedgerGone,
        }
    };
    let drain = Duration::from_secs(engine.settings.drain_seconds);
    tracing::info!(?ended, drain_seconds = drain.as_secs(), "stopping: nothing new is claimed");
    soft.cancel();
    tasks.close();
    let drained = if ended == Ended::Reload {
        // Nobody is in a hurry: whatever is under way gets its answer, unless the process is told to end meanwhile.
        let longest = engine.dispatcher.lanes().map(|l| l.transport.capabilities().send_timeout).max();
        let patience = longest.unwrap_or_default().max(drain) + Duration::from_secs(10);
        tokio::select! {
            waited = tokio::time::timeout(patience, tasks.wait()) => waited,
            () = signals.end() => {
                ended = Ended::Stopped;
                tokio::time::timeout(drain, tasks.wait()).await
            }
        }
    } else {
        tokio::time::timeout(drain, tasks.wait()).await
    };
    if drained.is_err() {
        tracing::warn!(
            "the stated time is over; sends under way are cut off and will be asked about at the next start"
        );
        hard.cancel();
        tasks.wait().await;
        return Ok(if ended == Ended::Stopped { Ended::CutOff } else { ended });
    }
    if let Err(e) = engine.close().await {
        tracing::error!(error = %e, "the end of this life could not be written");
    }
    Ok(ended)
}

/// Runs a loop until it returns or `hard` is cancelled; a panic is logged, counted, and the loop starts again.
fn supervise<F, Fut>(tasks: &TaskTracker, hard: &CancellationToken, name: &'static str, make: F)
where
    F: Fn() -> Fut + Send + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let hard = hard.clone();
    tasks.spawn(async move {
        loop {
            let run = std::panic::AssertUnwindSafe(make()).catch_unwind();
            tokio::select! {
                () = hard.cancelled() => return,
                ended = run => if ended.is_ok() { return },
            }
            metrics::counter!("loa_loop_panics_total", "loop" => name).increment(1);
            tracing::error!(r#loop = name, "a loop panicked and starts again");
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    });
}

async fn lane(engine: Arc<Engine>, account: String, wake: Arc<Notify>, soft: CancellationToken) {
    while !soft.is_cancelled() {
        if let Err(e) = engine.dispatcher.drain(&account, &soft).await {
            tracing::error!(account, error = %e, "a lane stopped for a while");
            rest(&soft, Duration::from_secs(2)).await;
            continue; // what was claimed and not sent waits for this lane, and nobody would wake it
        }
        tokio::select! {
            () = wake.notified() => {}
            () = soft.cancelled() => return,
        }
    }
}

/// Far sides are asked about what is unknown apart from the pulse: one that hangs keeps nothing else waiting.
async fn question(engine: Arc<Engine>, soft: CancellationToken) {
    while !soft.is_cancelled() {
        tokio::select! {
            asked = engine.ask_unknown() => if let Err(e) = asked {
                tracing::error!(error = %e, "what is unknown could not be asked about");
            },
            // Asking sends nothing: it may be cut off at any point.
            () = soft.cancelled() => return,
        }
        rest(&soft, Duration::from_secs(2)).await;
    }
}

/// Paused accounts are tried again apart from the pulse: one that hangs keeps nothing else waiting.
async fn heal(engine: Arc<Engine>, soft: CancellationToken) {
    while !soft.is_cancelled() {
        tokio::select! {
            tried = engine.dispatcher.heal() => if let Err(e) = tried {
                tracing::error!(error = %e, "paused accounts could not be tried");
            },
            // A probe sends nothing: it may be cut off at any point.
            () = soft.cancelled() => return,
        }
        rest(&soft, Duration::from_secs(5)).await;
    }
}

async fn collect(engine: Arc<Engine>, soft: CancellationToken) {
    while !soft.is_cancelled() {
        let asked = tokio::select! {
            asked = engine.ask_reach() => asked,
            () = soft.cancelled() => return,
        };
        let next = match asked {
            Ok(next) => next,
            Err(e) => {
                tracing::error!(error = %e, "figures could not be recorded");
                None
            }
        };
        let now = engine.clock.now();
        let wait = next.map_or(Duration::from_secs(300), |n| (n - now).to_std().unwrap_or_default());
        rest(&soft, wait.clamp(Duration::from_secs(1), Duration::from_secs(300))).await;
    }
}

async fn renew(engine: Arc<Engine>, soft: CancellationToken, lost: CancellationToken) {
    while !soft.is_cancelled() {
        match engine.store.node_renew(engine.node()).await {
            Ok(true) => {}
            Ok(false) => {
                tracing::error!("this node was declared dead; it stops");
                lost.cancel();
                return;
            }
            Err(e) => tracing::error!(error = %e, "the lease could not be renewed"),
        }
        rest(&soft, RENEWAL).await;
    }
}

pub(super) async fn rest(soft: &CancellationToken, d: Duration) {
    tokio::select! {
        () = tokio::time::sleep(d) => {}
        () = soft.cancelled() => {}
    }
}

/// How often the folder is read even if nobody said that it changed, seconds: a net below what the system may fail to tell.
const RESCAN: Duration = Duration::from_secs(60);

/// The folders below the workspace whose files are read.
const WATCHED: [&str; 2] = ["campaigns", "templates"];

/// Notifies when a file of the workspace changes. What happens in `var/` is not looked at.
fn watch(root: &Path, changed: Arc<Notify>) -> std::io::Result<notify::RecommendedWatcher> {
    let told = root.to_owned();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| match event {
        Ok(e) => {
            let ours = |p: &PathBuf| WATCHED.iter().any(|f| p.starts_with(told.join(f)));
            if !e.kind.is_access() && e.paths.iter().any(ours) {
                changed.notify_one();
            }
        }
        Err(e) => {
            tracing::warn!(error = %e, "changes of the folder may be missed; it is read every minute");
            changed.notify_one();
        }
    })
    .map_err(std::io::Error::other)?;
    // The root for folders that are replaced as a whole.
    watcher.watch(root, notify::RecursiveMode::NonRecursive).map_err(std::io::Error::other)?;
    arm(&mut watcher, root);
    Ok(watcher)
}

/// Watches the folders as they lie there now; one that was replaced is another one to the system.
fn arm(watcher: &mut notify::RecommendedWatcher, root: &Path) {
    for folder in WATCHED {
        let path = root.join(folder);
        let _gone = watcher.unwatch(&path);
        if path.is_dir()
            && let Err(e) = watcher.watch(&path, notify::RecursiveMode::Recursive)
        {
            tracing::warn!(folder, error = %e, "changes are not told; the folder is read every minute");
        }
    }
}

async fn apply_changes(
    engine: Arc<Engine>,
    watcher: Arc<Mutex<notify::RecommendedWatcher>>,
    changed: Arc<Notify>,
    take: AutoApply,
    soft: CancellationToken,
) {
    let mut failed = false;
    loop {
        let wait = if failed { Duration::from_secs(2) } else { RESCAN };
        tokio::select! {
            () = changed.notified() => {}
            () = tokio::time::sleep(wait) => {}
            () = soft.cancelled() => return,
        }
        // Editors write in several steps; wait until it has been quiet for a moment.
        while tokio::time::timeout(Duration::from_millis(400), changed.notified()).await.is_ok() {}
        arm(&mut watcher.lock().unwrap_or_else(std::sync::PoisonError::into_inner), &engine.settings.root);
        let reader = engine.clone();
        drop(tokio::task::spawn_blocking(move || reader.reload_templates()).await);
        match reload(&engine, take, &Actor::system()).await {
            Ok((_, None)) => failed = true, // its turn comes when the other one ends
            Ok((loaded, Some(applied))) => {
                failed = false;
                let faults = loaded.faults.iter().filter(|f| f.severity.stops()).count();
                tracing::info!(
                    placed = applied.placed,
                    withheld = applied.withheld,
                    faults,
                    "the folder was read; additions were applied"
                );
            }
            Err(e) => {
                // A database that does not answer now is asked again: a change must not wait for the next one.
                failed = true;
                tracing::error!(error = %e, "the folder could not be applied; trying again");
            }
        }
    }
}
