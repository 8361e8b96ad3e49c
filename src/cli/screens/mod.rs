//! What people on duty, units and the office see and say: status, log, decisions, answers, figures.
//!
//! Each screen is built as data first and then said in words, so that `--json` and people are told the same. Only the
//! commands of `decide`, `account`, `alert`, `send` and `units` change anything, and each of them states who.

macro_rules! say {
    ($lang:expr, $vi:literal, $en:literal) => {
        match $lang {
            $crate::domain::text::Lang::Vi => format!($vi),
            $crate::domain::text::Lang::En => format!($en),
        }
    };
}

mod account;
mod alert;
mod blackout;
mod brakes;
mod decide;
mod facts;
mod figures;
mod log;
mod pick;
mod resolve;
mod send;
mod show;
mod status;
mod story;
mod units;

pub use account::{AccountCommand, account};
pub use alert::{AlertCommand, SeenArgs, alert, seen};
pub use blackout::{BlackoutCommand, blackout};
pub use brakes::{Brake, Brakes};
pub use decide::{HoldArgs, Pick, ReleaseArgs, hold, release, retry};
pub use figures::{ReachArgs, ReportArgs, reach, report};
pub use log::{LogArgs, log, told as log_told};
pub use resolve::{ResolveArgs, resolve};
pub use send::{SendArgs, send};
pub use show::state_word;
pub use status::{Need, Status, StatusArgs, columns, gathered, status};
pub use units::{AiredArgs, DoneArgs, aired, done};

use crate::config::Settings;
use crate::store::Store;

use super::{Ctx, Stop};

/// The gate at once, so that what was held or released says so without waiting for a daemon.
///
/// # Errors
/// The database's.
async fn gate(ctx: &Ctx, settings: &Settings, store: &Store) -> Result<(), Stop> {
    let steps = |class| crate::plan::approve::steps(settings, class).len();
    crate::dispatch::Gate::default().turn(store, settings, &steps, ctx.now()).await?;
    Ok(())
}
