//! Gate, claim, render, send, settle; rescue; the only caller of `Transport::send` (floor F2).
//!
//! The guarantee: an intent is durable before the first byte leaves, an outcome is durable before its permit is given back. There are
//! W permits per account and node, so that after a crash at most W rows of an account can be `unknown`, whatever the list, batch
//! or speed. No transaction is open during a send.

mod content;
pub mod gate;
mod heal;
mod lane;
mod settle;
mod unknown;

use std::collections::BTreeMap;
use std::sync::atomic::AtomicI64;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, Utc};
use tokio_util::task::TaskTracker;

use crate::config::{OnUnknown, Settings};
use crate::domain::message::Outbound;
use crate::domain::port::Clock;
use crate::domain::retry::Policy;
use crate::kit::AssetStore;
use crate::store::{Allowance, ChatRates, NodeId, Store, StoreError, WriterHandle};
use crate::transport::{Limit, Per, Transport};

pub use content::{Content, Unsendable};
pub use gate::Gate;
pub use heal::{Healed, probe_proves};
pub use lane::LaneReport;
pub use unknown::UnknownReport;

/// Permits per connection, where the account does not say.
const PERMITS_PER_CONNECTION: usize = 4;

/// An account ready to send.
#[derive(Clone)]
pub struct Lane {
    /// The account.
    pub account: String,
    /// Its transport.
    pub transport: Arc<dyn Transport>,
    /// W: intents that may be open at once.
    pub permits: usize,
    /// When to try again.
    pub policy: Policy,
    /// What happens when the truth cannot be known.
    pub on_unknown: OnUnknown,
    /// Rates never to be exceeded.
    pub limits: Arc<[Allowance]>,
    /// Rates never to be exceeded in one chat, and in which chats.
    chat_limits: Vec<(Per, Allowance)>,
    /// The accounts that go by the same sender: what its far side asks for, all of them keep to.
    shared_by: Arc<[String]>,
}

impl Lane {
    /// A lane for an account of the settings.
    pub fn of(settings: &Settings, account: &crate::config::Account, transport: Arc<dyn Transport>) -> Lane {
        let caps = transport.capabilities();
        let connections = account.connections.unwrap_or(caps.connections).max(1);
        let mut policy = Policy::default();
        if let Some(n) = account.attempts {
            policy.max_attempts = n.max(1);
        }
        Lane {
            account: account.id.to_string(),
            permits: connections * account.window.unwrap_or(PERMITS_PER_CONNECTION).max(1),
            policy,
            on_unknown: account.on_unknown,
            limits: allowances(settings, account, &caps.limits).into(),
            chat_limits: caps
                .limits
                .iter()
                .filter(|l| l.of != Per::Account)
                .map(|l| (l.of, of_kind(l, &sharers(settings, account))))
                .collect(),
            shared_by: sharers(settings, account).into(),
            transport,
        }
    }

    /// True if its attempts take places in an allowance.
    fn counted(&self) -> bool {
        !self.limits.is_empty() || !self.chat_limits.is_empty()
    }

    /// Of how many messages one is where they are counted.
    fn messages(&self, msg: &Outbound) -> u16 {
        u16::try_from(self.transport.messages(msg)).unwrap_or(u16::MAX)
    }

    /// The longest window that its attempts are counted over, milliseconds.
    fn longest(&self) -> Option<i64> {
        self.limits.iter().chain(self.chat_limits.iter().map(|(_, a)| a)).map(|a| a.window_ms).max()
    }

    /// The rates of the chat of that address.
    fn chat(&self, address: &str) -> Option<ChatRates> {
        let limits: Vec<Allowance> =
            self.chat_limits.iter().filter(|(of, _)| of.covers(address)).map(|(_, a)| a.clone()).collect();
        (!limits.is_empty()).then(|| ChatRates { chat: address.to_owned(), limits: limits.into() })
    }
}

/// The accounts that go by the same sender: it, and those that borrow it.
fn sharers(settings: &Settings, account: &crate::config::Account) -> Vec<String> {
    let sender = account.carrier.as_ref().unwrap_or(&account.id);
    let all = settings.accounts.values();
    all.filter(|a| &a.id == sender || a.carrier.as_ref() == Some(sender)).map(|a| a.id.to_string()).collect()
}

fn of_kind(l: &Limit, shared_by: &[String]) -> Allowance {
    let window_ms = i64::try_from(l.per.as_millis()).unwrap_or(i64::MAX).max(1);
    Allowance { count: l.count, window_ms, shared_by: shared_by.to_vec() }
}

/// The rates that an account keeps: those of `loa.yaml`, its own and those of the account it borrows, and its kind's.
pub fn allowances(settings: &Settings, account: &crate::config::Account, own: &[Limit]) -> Vec<Allowance> {
    // An account that borrows another shares that one's allowance with everybody who borrows it.
    let sender = account.carrier.as_ref().unwrap_or(&account.id);
    let shared_by = sharers(settings, account);
    let written = |of: &crate::config::Account, shared_by: &[String]| -> Vec<Allowance> {
        let windows = of.limits.iter().flat_map(|r| r.windows());
        windows
            .map(|(count, window_ms)| Allowance { count, window_ms, shared_by: shared_by.to_vec() })
            .collect()
    };
    let mut limits: Vec<Allowance> = Vec::new();
    if let Some(owner) = settings.accounts.get(sender) {
        limits.extend(written(owner, &shared_by));
    }
    if account.carrier.is_some() {
        limits.extend(written(account, &[account.id.to_string()]));
    }
    limits.extend(own.iter().filter(|l| l.of == Per::Account).map(|l| of_kind(l, &shared_by)));
    limits
}

/// Everything that sends on this node.
pub struct Dispatcher {
    store: Store,
    writer: WriterHandle,
    clock: Arc<dyn Clock>,
    node: NodeId,
    settings: Arc<Settings>,
    content: Content,
    lanes: BTreeMap<String, Lane>,
    /// The tasks that send: one for each message under way.
    flights: TaskTracker,
    /// Accounts whose last drain did not end well; true: a message may have left without its answer on record.
    adrift: Mutex<BTreeMap<String, bool>>,
    /// When open questions were last looked at for their age, milliseconds.
    aged: AtomicI64,
    chance: Box<dyn Fn() -> f64 + Send + Sync>,
}

impl Dispatcher {
    #[expect(clippy::too_many_arguments, reason = "called once, where a node is wired")]
    /// A dispatcher for a node. `chance` answers numbers in `0.0..1.0` (jitter).
    pub fn new(
        store: Store,
        writer: WriterHandle,
        clock: Arc<dyn Clock>,
        node: NodeId,
        settings: Arc<Settings>,
        assets: AssetStore,
        lanes: Vec<Lane>,
        flights: TaskTracker,
        chance: impl Fn() -> f64 + Send + Sync + 'static,
    ) -> Self {
        Self {
            content: Content::new(store.clone(), assets),
            store,
            writer,
            clock,
            node,
            settings,
            lanes: lanes.into_iter().map(|l| (l.account.clone(), l)).collect(),
            flights,
            adrift: Mutex::default(),
            aged: AtomicI64::new(i64::MIN),
            chance: Box::new(chance),
        }
    }

    /// The accounts that can send here.
    pub fn lanes(&self) -> impl Iterator<Item = &Lane> {
        self.lanes.values()
    }

    /// The lane of an account.
    pub fn lane(&self, account: &str) -> Option<&Lane> {
        self.lanes.get(account)
    }

    /// The node.
    pub fn node(&self) -> NodeId {
        self.node
    }

    /// Makes known to the allowances what their accounts sent before this node began.
    ///
    /// # Errors
    /// The database's.
    pub async fn begin(&self) -> Result<(), StoreError> {
        for lane in self.lanes() {
            self.store.rate_begin(&lane.account, lane.longest(), ms(self.now())).await?;
        }
        Ok(())
    }

    /// Whether the ledger can be written: a small row through the group commit, durable like every other.
    ///
    /// # Errors
    /// Why not.
    pub async fn writer_answers(&self) -> Result<(), StoreError> {
        self.writer.touch(ms(self.now())).await
    }

    fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }
}

/// Milliseconds since 1970.
fn ms(t: DateTime<Utc>) -> i64 {
    t.timestamp_millis()
}
