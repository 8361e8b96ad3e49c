//! Campaign, calendar and units to occurrences and deliveries; diff; approval; sheets. Never sends (floor F2).
//!
//! A plan is a pure function of the workspace, the settings and the instant ([`desired`]); what is written is its difference
//! to the ledger ([`diff`]), in one transaction. Planning twice changes nothing.

pub mod airtime;
pub mod alerts;
pub mod approve;
mod deadline;
pub mod derive;
pub mod desired;
pub mod diff;
mod digest;
mod lint;
pub mod preview;
pub mod reminders;
pub mod sheets;
pub mod speak;
mod standing;
pub mod usb;
pub mod vet;

use chrono::{DateTime, Utc};

use crate::config::{AutoApply, Settings};
use crate::domain::people::{Actor, Proof};
use crate::domain::workspace::Workspace;
use crate::store::{NodeId, Store, StoreError};

pub use desired::Desired;
pub use diff::{Again, Change, Diff, Field, Register, RegisterChange, Scope, Verb};
pub use standing::{Fallen, Standing};
pub use vet::vet;

/// How long before its time a list is put into the ledger, milliseconds.
pub const EXPAND_LEAD_MS: i64 = 10 * 60 * 1000;

/// Milliseconds since 1970, as the ledger stores instants.
pub fn ms(t: DateTime<Utc>) -> i64 {
    t.timestamp_millis()
}

/// An instant out of the ledger.
pub fn instant(ms: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(ms).unwrap_or(DateTime::UNIX_EPOCH)
}

/// What one turn of the planner did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PlanTick {
    /// Channel rows that came within the horizon.
    pub placed: u64,
    /// People of lists that were put into the ledger.
    pub expanded: u64,
    /// More people wait to be put there.
    pub more: bool,
}

/// Places what came within the horizon and expands one chunk of each list that is due soon.
///
/// # Errors
/// The database's.
pub async fn tick(store: &Store, settings: &Settings, now: DateTime<Utc>) -> Result<PlanTick, StoreError> {
    let placed = store.plan_place(horizon(settings, now), ms(now)).await?;
    let (expanded, more) = store.expand_step(ms(now) + EXPAND_LEAD_MS, ms(now)).await?;
    Ok(PlanTick { placed, expanded, more })
}

/// Until when channel rows are placed, milliseconds.
pub fn horizon(settings: &Settings, now: DateTime<Utc>) -> i64 {
    ms(now) + settings.horizon_days * 86_400_000
}

/// Partitions for the months into which rows are placed. False: it was logged and is to be tried again; rows find a place meanwhile.
pub async fn months_ahead(store: &Store, settings: &Settings, now: DateTime<Utc>) -> bool {
    let (from, until) = months(settings, now);
    store.months_ahead(settings.time_zone, from, until).await
}

/// Between these instants (milliseconds) each month has a partition: the last one, of which some is late, until one beyond the horizon.
pub fn months(settings: &Settings, now: DateTime<Utc>) -> (i64, i64) {
    const MONTH: i64 = 31 * 86_400_000;
    (ms(now) - MONTH, horizon(settings, now) + MONTH)
}

/// What an `apply` wrote.
#[derive(Clone, Debug)]
pub struct Applied {
    /// What changed.
    pub diff: Diff,
    /// Ledger rows that were made.
    pub placed: u64,
    /// Changes that were left for `loa apply` (the watching daemon adds only).
    pub withheld: usize,
}

#[expect(clippy::too_many_arguments, reason = "each is a different thing that a plan depends on")]
/// Writes the plan of a workspace, so much of it as `take` says: where changes and removals are left for a person, and where nothing
/// is taken, facts and assets that no longer hold still hold what rests on them. What would be sent again to a place that has it is
/// left for a person in any case.
///
/// # Errors
/// The database's; nothing is written then.
pub async fn apply(
    store: &Store,
    settings: &Settings,
    workspace: &Workspace,
    stopped: &[(String, String, String)],
    fence: Option<(NodeId, i64)>,
    take: AutoApply,
    actor: &Actor,
    now: DateTime<Utc>,
) -> Result<Applied, StoreError> {
    let desired = Desired::of(workspace, settings, stopped, now);
    let diff = diff::of(&desired, store, now).await?;
    if let Some(office) = workspace.units.get(&settings.organisation) {
        store.office_name_keep(settings.organisation.as_str(), &office.name).await?;
    }
    let scope = match (take, actor.proof) {
        (AutoApply::Off, _) => Scope::Holds,
        (AutoApply::Additions, _) => Scope::Additions,
        (AutoApply::All, Proof::System) => Scope::AllButAgain,
        (AutoApply::All, Proof::Attested | Proof::Link) => Scope::All,
    };
    let (write, withheld) = diff.to_write(&desired, scope);
    months_ahead(store, settings, now).await;
    let placed = if write_is_empty(&write) {
        store.plan_place(horizon(settings, now), ms(now)).await?
    } else {
        store.plan_write(&write, fence, horizon(settings, now), actor, ms(now)).await?
    };
    if scope != Scope::Holds {
        store.meta_put(alerts::WITHHELD, &withheld.to_string()).await?;
    }
    Ok(Applied { diff, placed, withheld })
}

fn write_is_empty(w: &crate::store::PlanWrite) -> bool {
    w.channels.is_none()
        && w.facts.is_none()
        && w.kit.is_none()
        && w.lists.is_none()
        && w.carriers.is_empty()
        && w.posts.is_empty()
        && w.removed.is_empty()
        && w.occurrences.is_empty()
        && w.cancel.is_empty()
}
