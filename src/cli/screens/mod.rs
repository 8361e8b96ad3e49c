//! What people on duty, units and the office see and say: status, log, decisions, answers, figures.
//!
//! Each screen is built as data first and then said in words, so that `--json` and people are told the same. Only the
//! commands of `decide`, `account`, `send` and `units` change anything, and each of them states who.

macro_rules! say {
    ($lang:expr, $vi:literal, $en:literal) => {
        match $lang {
            $crate::domain::text::Lang::Vi => format!($vi),
            $crate::domain::text::Lang::En => format!($en),
        }
    };
}

mod account;
mod decide;
mod figures;
mod log;
mod pick;
mod send;
mod show;
mod status;
mod story;
mod units;

pub use account::{AccountCommand, account};
pub use decide::{HoldArgs, Pick, ResolveArgs, hold, release, resolve, retry};
pub use figures::{ReachArgs, ReportArgs, reach, report};
pub use log::{LogArgs, log, told as log_told};
pub use send::{SendArgs, send};
pub use status::{Need, Status, StatusArgs, gathered, status};
pub use units::{AiredArgs, DoneArgs, aired, done};

use crate::config::Settings;
use crate::store::Store;

use super::{Ctx, Stop};

/// The database to look at. One that was never made is not made by looking: an empty one stands in.
///
/// # Errors
/// It cannot be opened.
async fn open(ctx: &Ctx, settings: &Settings) -> Result<Store, Stop> {
    let missing =
        settings.database.strip_prefix("sqlite:").is_some_and(|p| !std::path::Path::new(p).exists());
    if missing { Ok(Store::in_memory().await?) } else { ctx.store(settings).await }
}

/// The gate at once, so that what was held or released says so without waiting for a daemon.
///
/// # Errors
/// The database's.
async fn gate(ctx: &Ctx, settings: &Settings, store: &Store) -> Result<(), Stop> {
    let steps = |class| crate::plan::approve::steps(settings, class).len();
    crate::dispatch::Gate::default().turn(store, settings, &steps, ctx.now()).await?;
    Ok(())
}
