//! Everything of one node wired together, and one turn of it.
//!
//! `run`, `run --until-idle`, the demo and the tests all go through [`Engine::turn`] or the same parts in loops.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::future::join_all;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::World;
use crate::config::{Account, Settings};
use crate::dispatch::{Dispatcher, Gate, Lane, LaneReport, UnknownReport};
use crate::domain::id::AccountId;
use crate::domain::people::Actor;
use crate::domain::port::{Clock, TokenVault};
use crate::kit::AssetStore;
use crate::plan::{self, PlanTick, approve, ms, sheets};
use crate::render::Templates;
use crate::store::{GateTick, NodeId, Rescued, Store, StoreError, Vault};
use crate::transport::sandbox::{Mishaps, Sandbox};
use crate::transport::{BadSetting, Build, Transport};

/// A named lease as last asked for: when, and the fence if this node holds it.
type Held = Option<(tokio::time::Instant, Option<i64>)>;

/// What a plan is written under: the lease's holder and number, where several nodes share a database.
pub type Fence = Option<(NodeId, i64)>;

/// How often the holder of a named lease renews it; a lease outlives several tries.
const LEASE_RENEWAL: Duration = Duration::from_secs(20);
/// How often another node asks for it.
const LEASE_ASKING: Duration = Duration::from_secs(2);

/// How long after a week's window a station may answer before its silence is `unconfirmed`, milliseconds: until noon.
const ANSWER_TIME_MS: i64 = 12 * 3_600_000;

/// The background tasks of a node: its writer, and messages under way.
#[derive(Debug, Default)]
pub struct Tasks(TaskTracker);

impl Tasks {
    /// Waits for them; they end when the engine is dropped.
    pub async fn finish(self) {
        self.0.close();
        self.0.wait().await;
    }
}

/// What a node is opened with.
pub struct Open {
    /// The settings; the database's URL is absolute.
    pub settings: Settings,
    /// Where the key, the assets and the outbox live.
    pub var: PathBuf,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Answer every account in this process; what goes wrong on purpose.
    pub sandbox: Option<Mishaps>,
    /// A name for screens.
    pub node_name: String,
    /// Numbers in `0.0..1.0`.
    pub chance: fn() -> f64,
}

/// One node.
pub struct Engine {
    /// The database.
    pub store: Store,
    /// The settings.
    pub settings: Arc<Settings>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Who sends.
    pub dispatcher: Dispatcher,
    templates: RwLock<Arc<Templates>>,
    /// Where frozen files are kept.
    pub assets: AssetStore,
    /// Every account answers in this process; nothing leaves it.
    pub sandbox: bool,
    gate: Gate,
    node: NodeId,
    world: RwLock<World>,
    reminded: AtomicI64,
    /// The day on which the months ahead were last seen to be there.
    months: AtomicI64,
    planner: Mutex<Held>,
    files: Mutex<Held>,
    /// When a far side is to be asked for figures next, milliseconds.
    asked: AtomicI64,
}

/// What one turn did.
#[derive(Clone, Debug, Default)]
pub struct Turn {
    /// What dead nodes had left.
    pub rescued: Rescued,
    /// This node plans; another one does otherwise.
    pub plans: bool,
    /// Rows made.
    pub plan: PlanTick,
    /// Rows let through or held.
    pub gate: GateTick,
    /// Sheets made.
    pub sheets: sheets::SheetTick,
    /// Reminders made.
    pub reminders: u64,
    /// Station rows that went with their sheets.
    pub stations: u64,
    /// Rows sent.
    pub lanes: LaneReport,
    /// Questions settled.
    pub unknown: UnknownReport,
    /// Station rows closed as unconfirmed.
    pub closed: u64,
    /// Questions closed because nobody answered in the stated time.
    pub unanswered: u64,
    /// When something is to be done next.
    pub next_wake: Option<DateTime<Utc>>,
}

impl Turn {
    /// True if the turn moved nothing.
    pub fn idle(&self) -> bool {
        self.plan.placed == 0
            && self.plan.expanded == 0
            && self.gate == GateTick::default()
            && self.sheets.sheets == 0
            && self.reminders == 0
            && self.stations == 0
            && self.lanes.answers() == 0
            && !self.lanes.shut
            && self.unknown.sent + self.unknown.again == 0
    }
}

/// Why a node cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Templates.
    #[error("templates: {0}")]
    Templates(String),
}

impl Engine {
    /// Opens the database, starts a life of this node, frees what dead ones left, builds the transports. The writer runs on
    /// `tasks` until the engine is dropped.
    ///
    /// # Errors
    /// A database or a template that cannot be used. An account that cannot be built is paused with the reason instead.
    pub async fn open(o: Open, tasks: &Tasks) -> Result<Engine, OpenError> {
        let store = Store::open(&o.settings.database, &o.var.join("key")).await?;
        let templates = Templates::load(&o.settings.root).map_err(|faults| {
            OpenError::Templates(
                faults
                    .iter()
                    .map(|f| f.message(crate::domain::text::Lang::En).to_owned())
                    .collect::<Vec<_>>()
                    .join("; "),
            )
        })?;
        let off = store.not_durable().await?;
        if !off.is_empty() {
            tracing::warn!(
                off = off.join(", "),
                "the database server does not sync to disk: a power cut may lose what was sent, or send it twice"
            );
        }
        store.keep_time(o.clock.clone()).await?;
        let now = ms(o.clock.now());
        let node = store.node_start(&o.node_name, now).await?;
        let sandbox = o.sandbox.is_some();
        let (writer, handle) = store.writer();
        tasks.0.spawn(writer.run());
        let settings = Arc::new(o.settings);
        let assets = AssetStore::new(o.var.join("assets"));
        let mut lanes = Vec::new();
        let vault: Arc<dyn TokenVault> = Arc::new(Vault::new(store.clone(), o.clock.clone()));
        for (account, built) in transports_with(&settings, o.sandbox, &o.var.join("outbox"), Some(vault)) {
            match built {
                Ok(transport) => {
                    if let Some(state) = store.account_get(account.id.as_str()).await?
                        && is_unusable(state.cause_code.as_deref())
                    {
                        store.account_resume(account.id.as_str(), &Actor::system(), now).await?;
                    }
                    lanes.push(Lane::of(&settings, account, transport));
                }
                Err(bad) => {
                    tracing::error!(account = %account.id, fault = %bad, "an account cannot be used; it is paused");
                    let (cause, detail) = unusable(&settings, account, &bad);
                    // A pause that a person ordered stays theirs, and one that says the same its own.
                    let said = |s: &crate::store::AccountState| {
                        let same = s.cause_code.as_deref() == Some(cause)
                            && s.cause_detail.as_ref() == Some(&detail);
                        same || !is_unusable(s.cause_code.as_deref())
                    };
                    let before = store.account_get(account.id.as_str()).await?;
                    if before.is_some_and(|s| s.paused_at.is_some() && said(&s)) {
                        continue;
                    }
                    store.account_pause(account.id.as_str(), cause, &detail, &Actor::system(), now).await?;
                }
            }
        }
        let dispatcher = Dispatcher::new(
            store.clone(),
            handle,
            o.clock.clone(),
            node,
            settings.clone(),
            assets.clone(),
            lanes,
            tasks.0.clone(),
            o.chance,
        );
        dispatcher.begin().await?;
        Ok(Engine {
            store,
            settings,
            clock: o.clock,
            dispatcher,
            templates: RwLock::new(Arc::new(templates)),
            assets,
            sandbox,
            gate: Gate::default(),
            node,
            world: RwLock::new(World::default()),
            reminded: AtomicI64::new(i64::MIN),
            months: AtomicI64::new(i64::MIN),
            planner: Mutex::new(None),
            files: Mutex::new(None),
            asked: AtomicI64::new(i64::MIN),
        })
    }

    /// The node's life.
    pub fn node(&self) -> NodeId {
        self.node
    }

    /// Keeps what the papers need to know of a workspace that was read.
    pub fn set_world(&self, world: World) {
        *self.world.write().unwrap_or_else(std::sync::PoisonError::into_inner) = world;
    }

    /// The templates in force.
    pub fn templates(&self) -> Arc<Templates> {
        self.templates.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// Reads the templates again; with a fault in any, those of before stay. Reads files: call it where blocking is allowed.
    pub fn reload_templates(&self) {
        match Templates::load(&self.settings.root) {
            Ok(fresh) => {
                *self.templates.write().unwrap_or_else(std::sync::PoisonError::into_inner) = Arc::new(fresh);
            }
            Err(faults) => {
                for f in faults {
                    tracing::error!(fault = %f.message(crate::domain::text::Lang::En), "templates stay as they were");
                }
            }
        }
    }

    pub(super) fn world(&self) -> World {
        self.world.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// Whether this node plans: always on an embedded database, elsewhere while it holds the planner's lease.
    ///
    /// # Errors
    /// The database's.
    pub async fn plans(&self) -> Result<bool, StoreError> {
        Ok(self.store.is_embedded() || self.hold(&self.planner, "planner").await?.is_some())
    }

    /// The fence under which this node may write what it read in the folder. `None`: another node does that.
    ///
    /// # Errors
    /// The database's.
    pub async fn reads_files(&self) -> Result<Option<Fence>, StoreError> {
        if self.store.is_embedded() {
            return Ok(Some(None));
        }
        Ok(self.hold(&self.files, "files").await?.map(|fence| Some((self.node, fence))))
    }

    async fn hold(&self, known: &Mutex<Held>, name: &str) -> Result<Option<i64>, StoreError> {
        let lock = || known.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match *lock() {
            Some((at, Some(fence))) if at.elapsed() < LEASE_RENEWAL => return Ok(Some(fence)),
            Some((at, None)) if at.elapsed() < LEASE_ASKING => return Ok(None),
            _ => {}
        }
        let fence = self.store.lease_take(name, self.node).await?;
        *lock() = Some((tokio::time::Instant::now(), fence));
        Ok(fence)
    }

    /// Plan, gate and sheets: what comes before sending. On a database of several nodes the planner alone does it.
    ///
    /// # Errors
    /// The database's.
    pub async fn prepare(&self, turn: &mut Turn) -> Result<(), StoreError> {
        let now = self.clock.now();
        turn.rescued = self.store.node_rescue(ms(now)).await?;
        turn.plans = self.plans().await?;
        if !turn.plans {
            return Ok(());
        }
        let today = i64::from(now.with_timezone(&self.settings.time_zone).date_naive().to_epoch_days());
        // Once a day; after a failure again with the next turn, before anything is expanded.
        if self.months.load(Ordering::Relaxed) < today
            && plan::months_ahead(&self.store, &self.settings, now).await
        {
            self.months.store(today, Ordering::Relaxed);
        }
        turn.gate = add(turn.gate, self.turn_gate(now).await?);
        let planned = plan::tick(&self.store, &self.settings, now).await?;
        turn.plan.placed += planned.placed;
        turn.plan.expanded += planned.expanded;
        turn.plan.more = planned.more;
        if planned.placed + planned.expanded > 0 {
            turn.gate = add(turn.gate, self.turn_gate(now).await?);
        }
        let (world, templates) = (self.world(), self.templates());
        let press = sheets::Press {
            store: &self.store,
            settings: &self.settings,
            templates: &templates,
            calendars: &world.calendars,
            organisation: &world.organisation,
            people: &world.people,
        };
        self.store.sheet_void(ms(now)).await?;
        let made = press.tick(now).await?;
        turn.sheets.sheets += made.sheets;
        turn.sheets.left = made.left;
        // Once a day is enough, and keeps an idle daemon from looking through open packages.
        if self.reminded.load(Ordering::Relaxed) < today && self.hour(now) >= plan::reminders::HOUR {
            turn.reminders += press.reminders(now).await?;
            self.reminded.store(today, Ordering::Relaxed);
        }
        if made.sheets + turn.reminders > 0 {
            turn.gate = add(turn.gate, self.turn_gate(now).await?);
        }
        Ok(())
    }

    fn hour(&self, now: DateTime<Utc>) -> u32 {
        chrono::Timelike::hour(&now.with_timezone(&self.settings.time_zone))
    }

    async fn turn_gate(&self, now: DateTime<Utc>) -> Result<GateTick, StoreError> {
        let steps = |class| approve::steps(&self.settings, class).len();
        self.gate.turn(&self.store, &self.settings, &steps, now).await
    }

    /// What comes after sending: stations follow their sheets, weeks are closed.
    ///
    /// # Errors
    /// The database's.
    pub async fn follow_up(&self, turn: &mut Turn) -> Result<(), StoreError> {
        let now = self.clock.now();
        turn.stations += self.store.station_accept(self.node, ms(now)).await?;
        if !turn.plans {
            return Ok(());
        }
        // A station has until noon of the day after its last day to answer; after that silence is `unconfirmed`.
        turn.closed += self.store.airing_close(ms(now) - ANSWER_TIME_MS, ms(now)).await?;
        turn.unanswered += self.dispatcher.close_unanswered().await?;
        Ok(())
    }

    /// Asks the accounts that can tell about what is unknown. It may take as long as they do.
    ///
    /// # Errors
    /// The database's.
    pub async fn ask_unknown(&self) -> Result<UnknownReport, StoreError> {
        self.dispatcher.settle_unknown().await
    }

    /// Asks the accounts that can tell for figures. When to ask next.
    ///
    /// # Errors
    /// The database's; an account that does not answer is logged and asked later.
    pub async fn ask_reach(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        let asks: Vec<_> = self
            .dispatcher
            .lanes()
            .filter(|l| l.transport.capabilities().reach)
            .map(|l| (l.account.clone(), l.transport.clone()))
            .collect();
        let tick = crate::reach::tick(&self.store, &asks, self.clock.now()).await?;
        for (account, cause) in &tick.failures {
            tracing::warn!(account, cause = cause.code, "figures could not be asked for");
        }
        // Looking whether there is something to ask is worth no turn of its own.
        let wake = tick.next_wake.filter(|_| tick.more);
        self.asked.store(wake.map_or(i64::MIN, ms), Ordering::Relaxed);
        Ok(tick.next_wake)
    }

    /// One whole turn: everything that is due now, on every account.
    ///
    /// # Errors
    /// The database's.
    pub async fn turn(&self, stop: &CancellationToken) -> Result<Turn, StoreError> {
        let mut turn = Turn::default();
        loop {
            self.prepare(&mut turn).await?;
            let now = ms(self.clock.now());
            let lanes = self.dispatcher.lanes().map(|l| l.account.as_str());
            let due = self.store.account_due(lanes, now).await?;
            let reports = join_all(due.iter().map(|a| self.dispatcher.drain(a, stop))).await;
            for r in reports {
                turn.lanes.add(&r?);
            }
            self.follow_up(&mut turn).await?;
            let settled = self.ask_unknown().await?;
            turn.unknown.sent += settled.sent;
            turn.unknown.again += settled.again;
            turn.unknown.open = settled.open;
            self.ask_reach().await?;
            if !(turn.plan.more || turn.gate.more) || stop.is_cancelled() {
                break;
            }
        }
        turn.next_wake = self.next_wake().await?;
        Ok(turn)
    }

    /// When something is to be done next without anybody's help.
    ///
    /// # Errors
    /// The database's.
    pub async fn next_wake(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        let now = self.clock.now();
        let ledger = self.store.next_wake(ms(now), plan::EXPAND_LEAD_MS, ANSWER_TIME_MS).await?;
        let asked = Some(self.asked.load(Ordering::Relaxed)).filter(|at| *at > ms(now));
        let recalled = self.next_reminders(now).await?;
        Ok([ledger, asked, recalled].into_iter().flatten().min().map(plan::instant))
    }

    /// When webmasters are next looked after: at nine, while a package waits for its link.
    async fn next_reminders(&self, now: DateTime<Utc>) -> Result<Option<i64>, StoreError> {
        if self.store.handover_open().await?.is_empty() {
            return Ok(None);
        }
        let local = now.with_timezone(&self.settings.time_zone);
        let early = self.hour(now) < plan::reminders::HOUR;
        let day = if early { local.date_naive() } else { local.date_naive() + chrono::TimeDelta::days(1) };
        let at = day
            .and_hms_opt(plan::reminders::HOUR, 0, 0)
            .and_then(|wall| wall.and_local_timezone(self.settings.time_zone).earliest());
        Ok(at.map(|t| t.timestamp_millis()))
    }

    /// Ends this life in order. Call it when no lane runs any more.
    ///
    /// # Errors
    /// The database's.
    pub async fn close(&self) -> Result<(), StoreError> {
        self.store.node_stop(self.node, ms(self.clock.now())).await
    }
}

fn add(a: GateTick, b: GateTick) -> GateTick {
    GateTick {
        due: a.due + b.due,
        held: a.held + b.held,
        released: a.released + b.released,
        expired: a.expired + b.expired,
        more: b.more,
    }
}

/// Causes of accounts that could not be built; they end when the account can be.
const UNUSABLE: [&str; 3] = ["bad_setting", "no_secret", "carrier_unusable"];

/// True if the cause of a pause is that the account could not be built: it ends by itself once it can be.
pub fn is_unusable(cause: Option<&str>) -> bool {
    cause.is_some_and(|c| UNUSABLE.contains(&c))
}

/// Why an account cannot be built, as screens say it, and what about: a secret that is not there is no wrong setting.
pub fn unusable(settings: &Settings, account: &Account, bad: &BadSetting) -> (&'static str, String) {
    if let Some((secret, why)) = account.lacking(&settings.root) {
        let why = why.map(|e| format!(": {e}")).unwrap_or_default();
        return ("no_secret", format!("{}{why}", secret.file));
    }
    match &account.carrier {
        Some(carrier) if bad.key == "carrier" => ("carrier_unusable", carrier.to_string()),
        _ => ("bad_setting", bad.to_string()),
    }
}

/// An account with its transport, or why it has none.
pub type Built<'a> = (&'a Account, Result<Arc<dyn Transport>, BadSetting>);

/// Builds the transport of every account; those that borrow another come after it.
pub fn transports<'a>(settings: &'a Settings, sandbox: Option<Mishaps>, outbox: &Path) -> Vec<Built<'a>> {
    transports_with(settings, sandbox, outbox, None)
}

/// As [`transports`], with storage for credentials that rotate.
fn transports_with<'a>(
    settings: &'a Settings,
    sandbox: Option<Mishaps>,
    outbox: &Path,
    vault: Option<Arc<dyn TokenVault>>,
) -> Vec<Built<'a>> {
    let mut plain: BTreeMap<&AccountId, Arc<dyn Transport>> = BTreeMap::new();
    let mut out = Vec::new();
    let (first, second): (Vec<&Account>, Vec<&Account>) =
        settings.accounts.values().partition(|a| a.carrier.is_none());
    for account in first.into_iter().chain(second) {
        let built = build(account, &plain, sandbox.is_some(), vault.clone());
        if let Ok(t) = &built {
            plain.insert(&account.id, t.clone());
        }
        let built = built.map(|t| match sandbox {
            Some(mishaps) => Arc::new(Sandbox::new(t, account.id.as_str(), &account.kind, outbox, mishaps))
                as Arc<dyn Transport>,
            None => t,
        });
        out.push((account, built));
    }
    out
}

fn build(
    account: &Account,
    built: &BTreeMap<&AccountId, Arc<dyn Transport>>,
    sandbox: bool,
    vault: Option<Arc<dyn TokenVault>>,
) -> Result<Arc<dyn Transport>, BadSetting> {
    let kind = crate::transport::kind(&account.kind).ok_or_else(|| BadSetting {
        key: "kind".into(),
        says: format!("no transport is called {}", account.kind),
    })?;
    let mut values = account.settings.clone();
    if let Some(table) = values.as_object_mut() {
        if let Some(n) = account.connections
            && kind.keys.iter().any(|(k, _, _)| *k == "connections")
        {
            table.insert("connections".into(), n.into());
        }
        if sandbox {
            // The sandbox speaks to nobody: an office may try Loa before it has any password.
            for (key, required, _) in kind.keys {
                let secret = matches!(*key, "password" | "token" | "secret");
                if secret && (*required || table.contains_key("user")) && !table.contains_key(*key) {
                    let stand_in = match *key {
                        "secret" => "whsec_c2FuZGJveC1zYW5kYm94LXNhbmRib3gtMTIzNA==",
                        "token" => "12345:sandbox-sandbox-sandbox-sandbox",
                        _ => "sandbox",
                    };
                    table.insert((*key).to_owned(), stand_in.into());
                }
            }
        }
    }
    let carrier = match &account.carrier {
        Some(id) => Some(built.get(id).cloned().ok_or_else(|| BadSetting {
            key: "carrier".into(),
            says: format!("the account {id} cannot be used; mend it first"),
        })?),
        None => None,
    };
    (kind.build)(Build { account: account.id.to_string(), settings: values, vault, carrier })
}
