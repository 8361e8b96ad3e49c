//! Parses, calls, prints, exits (floor F5). Every command is a thin call.
//!
//! Exit codes: 0 good · 1 something needs attention (faults, a question, a refusal by rule) · 2 the command or the workspace
//! cannot be read · 3 refused (approval, conflict) · 4 the database.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this is the room that prints")]

mod args;
mod author;
mod ctx;
mod demo;
mod lists;
mod planning;
mod running;
pub mod screens;
mod words;

use std::process::ExitCode;

use clap::Parser as _;

pub use ctx::Ctx;

use crate::store::StoreError;

/// Why a command ends early: an exit code and a text for the person.
#[derive(Debug)]
pub struct Stop {
    /// The exit code.
    pub code: u8,
    /// What is printed to standard error.
    pub text: String,
}

impl Stop {
    /// 1: something needs attention.
    pub fn faults(text: impl Into<String>) -> Self {
        Self { code: 1, text: text.into() }
    }
    /// 2: cannot be read.
    pub fn cannot(text: impl Into<String>) -> Self {
        Self { code: 2, text: text.into() }
    }
    /// 3: refused.
    pub fn refused(text: impl Into<String>) -> Self {
        Self { code: 3, text: text.into() }
    }
    /// 4: the database.
    pub fn database(e: &StoreError) -> Self {
        match e {
            StoreError::Conflict(says) => Self::refused(says.clone()),
            StoreError::Db(_)
            | StoreError::WrongKey(_)
            | StoreError::KeyGone(_)
            | StoreError::LedgerGone(..)
            | StoreError::Corrupt(_)
            | StoreError::BadUrl(_)
            | StoreError::Stopped
            | StoreError::Io(..) => Self { code: 4, text: e.to_string() },
        }
    }
}

impl From<StoreError> for Stop {
    fn from(e: StoreError) -> Self {
        Self::database(&e)
    }
}

impl From<std::io::Error> for Stop {
    fn from(e: std::io::Error) -> Self {
        Self::cannot(e.to_string())
    }
}

/// Result of a command: the exit code.
pub type Done = Result<u8, Stop>;

/// Parses the command line and does what it says.
pub fn main() -> ExitCode {
    // `loa log | head`: the reader went away, which is no fault of ours.
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if info.to_string().contains("failed printing to std") {
            std::process::exit(0);
        }
        usual(info);
    }));
    let cli = match args::Cli::try_parse() {
        Ok(c) => c,
        Err(e) => {
            let code = if e.use_stderr() { 2 } else { 0 };
            drop(e.print());
            return ExitCode::from(code);
        }
    };
    let ctx = Ctx::new(cli.workspace.clone(), cli.lang.map(Into::into), cli.json, cli.sandbox);
    running::logging(&ctx, cli.log.as_deref());
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(r) => r,
        Err(e) => {
            eprintln!("{e}");
            return ExitCode::from(2);
        }
    };
    match runtime.block_on(args::run(&ctx, cli.command)) {
        Ok(code) => ExitCode::from(code),
        Err(stop) => {
            eprintln!("{}", stop.text.trim_end());
            ExitCode::from(stop.code)
        }
    }
}
