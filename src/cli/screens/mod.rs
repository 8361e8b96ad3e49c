//! What people on duty, units and the office see and say: status, log, decisions, answers, figures.

use clap::{Args, Subcommand};

use super::{Ctx, Done, Stop};

/// `loa status`
#[derive(Debug, Args)]
pub struct StatusArgs {}

/// `loa log`
#[derive(Debug, Args)]
pub struct LogArgs {
    /// A code (T-4K7Q, G-81AC): one story.
    pub code: Option<String>,
}

/// Which deliveries: codes, or a filter.
#[derive(Debug, Args)]
pub struct Pick {
    /// Codes (T-4K7Q, G-81AC).
    pub codes: Vec<String>,
    /// Who decides.
    #[arg(long)]
    pub by: String,
}

/// `loa hold`, `loa release`
#[derive(Debug, Args)]
pub struct HoldArgs {
    /// A code, CAMPAIGN, CAMPAIGN/POST or `all`.
    pub what: String,
    /// Why.
    #[arg(long, default_value = "")]
    pub reason: String,
    /// Who decides.
    #[arg(long)]
    pub by: String,
}

/// `loa resolve`
#[derive(Debug, Args)]
pub struct ResolveArgs {
    /// Codes.
    pub codes: Vec<String>,
}

/// `loa account …`
#[derive(Debug, Subcommand)]
pub enum AccountCommand {
    /// All accounts and their health.
    List,
}

/// `loa send --test`
#[derive(Debug, Args)]
pub struct SendArgs {}

/// `loa done`
#[derive(Debug, Args)]
pub struct DoneArgs {}

/// `loa aired`
#[derive(Debug, Args)]
pub struct AiredArgs {}

/// `loa reach`
#[derive(Debug, Args)]
pub struct ReachArgs {}

/// `loa report`
#[derive(Debug, Args)]
pub struct ReportArgs {}

macro_rules! todo_screens { ($($f:ident($a:ty)),*) => {$(
    /// Placeholder during construction.
    ///
    /// # Errors
    /// Always.
    pub async fn $f(_ctx: &Ctx, _a: $a) -> Done { Err(Stop::cannot("not built yet")) }
)*} }
todo_screens!(
    status(StatusArgs),
    log(LogArgs),
    retry(Pick),
    hold(HoldArgs),
    release(HoldArgs),
    resolve(ResolveArgs),
    account(AccountCommand),
    send(SendArgs),
    done(DoneArgs),
    aired(AiredArgs),
    reach(ReachArgs),
    report(ReportArgs)
);

/// The report files of the rehearsal.
///
/// # Errors
/// They cannot be made.
pub async fn demo_report(
    _ctx: &Ctx,
    _engine: &crate::daemon::Engine,
    _out: &std::path::Path,
) -> Result<Vec<(std::path::PathBuf, &'static str)>, Stop> {
    Ok(vec![])
}
