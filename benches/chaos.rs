//! Faults put in on purpose, at full length: the scenarios of `tests/it/chaos.rs` over a long list and with a release of the
//! program. `./bench chaos` builds and runs it. Prints a table; ends with 1 if a promise was not kept.

use std::io::Write as _;

#[path = "../tests/it/support/chaos.rs"]
mod chaos;
#[path = "../tests/it/support/disk.rs"]
mod disk;
#[path = "../tests/it/support/judge.rs"]
mod judge;
#[expect(dead_code, reason = "shared with the tests, which use more of it")]
#[path = "../tests/it/support/office.rs"]
mod office;
#[expect(dead_code, reason = "shared with the tests, which use more of it")]
#[path = "../tests/it/support/postgres.rs"]
mod postgres;
#[path = "../tests/it/support/proxy.rs"]
mod proxy;
#[path = "../tests/it/support/scenario.rs"]
mod scenario;
#[path = "../tests/it/support/sink.rs"]
mod sink;

use judge::Verdict;
use scenario::Scenario;

const ALL: [Scenario; 11] = [
    Scenario::KilledOnSqlite,
    Scenario::EndedOnSqlite,
    Scenario::KilledOnPostgres,
    Scenario::ThreeNodes,
    Scenario::PostgresKilled,
    Scenario::WireCut,
    Scenario::HangsUp,
    Scenario::Storm,
    Scenario::FullDisk,
    Scenario::ClockSteps,
    Scenario::Edited,
];

/// The number after a word of the command line.
fn number(args: &[String], word: &str, default: usize) -> usize {
    match args.iter().position(|a| a == word) {
        Some(i) => args.get(i + 1).and_then(|n| n.parse().ok()).filter(|n| *n > 0).unwrap_or_else(|| {
            let _ = writeln!(std::io::stderr(), "{word}: a number is missing");
            std::process::exit(2)
        }),
        None => default,
    }
}

#[tokio::main]
async fn main() {
    let args: Vec<String> = std::env::args().collect();
    let (mails, faults) = (number(&args, "--mails", 20_000), number(&args, "--faults", 20));
    let rounds = number(&args, "--rounds", 1);
    let only = args.iter().position(|a| a == "--only").and_then(|i| args.get(i + 1));
    let mut out = std::io::stdout();
    let _ = writeln!(out, "{}", Verdict::HEAD);
    let mut broken = vec![];
    for scenario in (0..rounds).flat_map(|_| ALL) {
        if only.is_some_and(|o| !format!("{scenario:?}").eq_ignore_ascii_case(o)) {
            continue;
        }
        let seed = chaos::drawn();
        let v = scenario.play(mails, faults, seed).await;
        let _ = writeln!(out, "{}", v.row(scenario.name()));
        let kept = v.complaints.is_empty() && v.lost + v.doubled == 0 && v.unknown() <= v.bound;
        if !kept {
            broken.push(format!("{scenario:?} LOA_CHAOS_SEED={seed}:\n  {}", v.complaints.join("\n  ")));
        }
    }
    if !broken.is_empty() {
        let _ = writeln!(std::io::stderr(), "not kept:\n{}", broken.join("\n"));
        std::process::exit(1);
    }
}
