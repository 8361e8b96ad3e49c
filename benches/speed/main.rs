//! What Loa costs, beside the same work by others: `./bench` runs it and keeps the tables in `docs/performance.md`.
//!
//! Every figure is of a process of its own, so that its CPU time and its memory are its own. Runs of those that are compared
//! alternate; medians and ratios are of one call of the program.

#![expect(dead_code, reason = "the tests' office does more than is needed here")]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "its tables are what it is for")]

mod blast;
mod child;
mod hand;
mod ledger;
#[path = "../../tests/it/support/office.rs"]
mod office;
mod peers;
mod table;
mod urgent;

fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["child", rest @ ..] => child::run(rest),
        ["blast", rest @ ..] => blast::run(rest),
        ["punctual", rest @ ..] => blast::punctual(rest),
        ["million", rest @ ..] => blast::million(rest),
        ["nodes", rest @ ..] => blast::nodes(rest),
        ["urgent", rest @ ..] => urgent::run(rest),
        ["hand", rest @ ..] => hand::run(rest),
        ["ledger", rest @ ..] => ledger::run(rest),
        // `cargo test --all-targets` starts benches, too: nothing is measured then.
        _ => Ok(()),
    }
}
