//! Parses, calls, prints, exits (floor F5). Every command is a thin call; how it ends is said in [`exit`] alone.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this is the room that prints")]

mod accounts;
mod approving;
mod archive;
mod args;
mod author;
mod briefing;
mod ctx;
mod database;
mod demo;
pub mod exit;
mod facts;
mod folder;
pub mod hint;
mod kit;
mod lists;
mod planning;
mod preview;
mod running;
pub mod screens;
mod speak;
mod trouble;
mod usb;
mod word;
mod words;

use std::process::ExitCode;

use clap::Parser as _;

pub use ctx::Ctx;
pub use exit::{Done, Exit, Stop};

/// Parses the command line and does what it says.
pub fn main() -> ExitCode {
    // `loa log | head`: the reader went away, which is no fault of ours.
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if info.to_string().contains("failed printing to std") {
            std::process::exit(Exit::Good.code().into());
        }
        usual(info);
    }));
    let cli = match args::Cli::try_parse() {
        Ok(c) => c,
        Err(e) => {
            let exit = if e.use_stderr() { Exit::Unusable } else { Exit::Good };
            drop(e.print());
            return exit.code().into();
        }
    };
    let ctx = Ctx::new(cli.workspace.clone(), cli.lang.map(Into::into), cli.json, cli.sandbox);
    running::logging(&ctx, cli.log.as_deref());
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(r) => r,
        Err(e) => {
            eprintln!("{e}");
            return Exit::Unusable.code().into();
        }
    };
    match runtime.block_on(args::run(&ctx, cli.command)) {
        Ok(exit) => exit.code().into(),
        Err(stop) => {
            let says = stop.says(ctx.lang);
            let says = if stop.store.is_some() { ctx.pasteable(&says) } else { says };
            eprintln!("{}", says.trim_end());
            stop.exit.code().into()
        }
    }
}
