//! The window holds under everything: faults at random instants of a run, and the ledger is judged against the far side.
//!
//! Each test is one [`Scenario`] over a short list; `./bench chaos` plays the same over 20,000. A seed that failed is a test of
//! its own here, with its number.

use loa::domain::delivery::State;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use crate::support::chaos::{ACCOUNT, Setup, WINDOW, World, drawn, post};
use crate::support::judge::{Verdict, judge, key};
use crate::support::office::{Office, until};
use crate::support::scenario::Scenario;
use crate::support::sink::Mood;
use crate::support::smtp::{PASSWORD, SmtpPeer, USER};

#[expect(clippy::print_stdout, reason = "whoever sees it fail needs the seed")]
/// The seed, told before anything can fail.
fn seed(what: &str) -> u64 {
    let seed = drawn();
    println!("{what}: LOA_CHAOS_SEED={seed}");
    seed
}

#[expect(clippy::print_stdout, reason = "what a run came to is worth reading")]
async fn holds(scenario: Scenario, mails: usize, faults: usize) {
    let seed = seed(scenario.name());
    let v = scenario.play(mails, faults, seed).await;
    println!("{}\n{}", Verdict::HEAD, v.row(scenario.name()));
    assert!(v.complaints.is_empty(), "LOA_CHAOS_SEED={seed}:\n{}", v.complaints.join("\n"));
    assert_eq!((v.lost, v.doubled), (0, 0));
    assert!(v.unknown() <= v.bound, "{v:?}");
    assert_eq!(v.sent + v.unknown() + v.failed, mails);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_random_instants_on_sqlite() {
    holds(Scenario::KilledOnSqlite, 1000, 10).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ended_at_random_instants_on_sqlite() {
    holds(Scenario::EndedOnSqlite, 800, 6).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_random_instants_on_postgres() {
    holds(Scenario::KilledOnPostgres, 800, 6).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_daemons_of_which_one_is_killed_and_then_all() {
    holds(Scenario::ThreeNodes, 1500, 4).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_killed_under_two_daemons() {
    holds(Scenario::PostgresKilled, 1000, 4).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_cut_in_mid_mail() {
    holds(Scenario::WireCut, 800, 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_far_side_that_hangs_up_without_an_answer() {
    let seed = seed(Scenario::HangsUp.name());
    let v = Scenario::HangsUp.play(800, 0, seed).await;
    assert!(v.complaints.is_empty(), "LOA_CHAOS_SEED={seed}:\n{}", v.complaints.join("\n"));
    assert_eq!((v.lost, v.doubled), (0, 0));
    // Every answer that was left out is a row that says unknown, no more and no fewer; both kinds are among them.
    assert_eq!(v.unknown(), v.ambiguous, "{v:?}");
    assert!(v.unknown_there > 0 && v.unknown_not_there > 0, "{v:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_of_refusals_and_a_kill() {
    holds(Scenario::Storm, 600, 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_is_full() {
    holds(Scenario::FullDisk, 800, 3).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_steps_an_hour_both_ways() {
    holds(Scenario::ClockSteps, 800, 6).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_post_edited_in_mid_run() {
    holds(Scenario::Edited, 800, 3).await;
}

/// A far side that never answers: the account pauses, and a list of any length costs no more than a window.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_far_side_that_always_hangs_up_pauses_the_account() {
    const MAILS: usize = 1000;
    for (takes, drops) in [(1000, 0), (0, 1000)] {
        let setup = Setup { mails: MAILS, postgres: false, nodes: 1, wire: false, disk: None };
        let mut w = World::new(setup, seed("always hangs up")).await;
        w.sink.mood(Mood { takes_and_hangs_up: takes, drops_and_hangs_up: drops, ..Mood::default() });
        w.start(0);
        let store = w.office.store().await;
        let paused = async || {
            let account = store.account_get(ACCOUNT).await.expect("an answer");
            account.is_some_and(|a| {
                a.paused_at.is_some() && a.cause_code.as_deref() == Some("ambiguous_answers")
            })
        };
        while !paused().await || w.states().await.is_none_or(|s| s.flying > 0) {
            w.a_moment(10_000).await;
        }
        w.end(0);
        let v = judge(&mut w).await;
        // Four answers in a row are borne, the fifth pauses; what had started by then is a window.
        let most = WINDOW + usize::try_from(loa::store::AMBIGUOUS_RUN).expect("a small number");
        assert!((5..=most).contains(&v.unknown()), "{v:?}");
        assert_eq!(v.unknown(), w.sink.ambiguous());
        assert_eq!(v.unknown_there, if takes > 0 { v.unknown() } else { 0 });
        assert_eq!((v.sent, v.doubled), (0, 0));
        let waiting = w.states().await.expect("an answer");
        assert_eq!(waiting.due as usize + v.unknown(), MAILS, "the others wait: {waiting:?}");
    }
}

/// The same against a mail server that others wrote, with TLS and login: what it took, each once, is what the ledger says.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_against_a_mail_server_that_others_wrote() {
    const MAILS: usize = 150;
    let mail = SmtpPeer::start();
    let ca: String = mail.ca().lines().map(|l| format!("      {l}\n")).collect();
    let o = Office::new(
        &format!(
            "  {ACCOUNT}:\n    kind: email\n    server: 127.0.0.1\n    port: {}\n    ca: |\n{ca}    user: {USER}\n    \
             password_file: bi-mat/thu.txt\n    hello_name: loa.example\n    from_address: so@loa.example\n",
            mail.starttls_port
        ),
        &format!("default_accounts:\n  email: {ACCOUNT}\n"),
    );
    o.write("bi-mat/thu.txt", PASSWORD);
    let only_me = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(o.at("bi-mat/thu.txt"), only_me).expect("rights");
    o.units("  - id: so\n    name: Sở Thử\n    kind: department\n");
    o.list("ds", &(0..MAILS).map(|i| format!("p{i}@khach.example")).collect::<Vec<_>>());
    post(&o, 0);
    o.apply_and_approve();
    let mut rng = StdRng::seed_from_u64(seed("aiosmtpd"));
    let mut at: Vec<usize> = (0..4).map(|_| rng.random_range(1..MAILS * 3 / 4)).collect();
    at.sort_unstable();
    for at in &at {
        let mut daemon = o.start(&["run", "--no-files"]);
        until("mails to arrive", || mail.count() >= *at);
        daemon.kill().expect("a signal");
        daemon.wait().expect("its end");
    }
    o.idle(&["--no-files"]);
    let mut taken = std::collections::BTreeMap::<String, usize>::new();
    for n in 1..=mail.count() {
        let raw = mail.raw(n);
        let id = raw.lines().find_map(|l| l.strip_prefix("Message-ID: <")).expect("a Message-ID");
        *taken.entry(id.split('@').next().unwrap_or_default().to_owned()).or_default() += 1;
    }
    assert!(taken.values().all(|n| *n == 1), "{taken:?}");
    let rows = o.ledger().await;
    assert_eq!(rows.len(), MAILS);
    let sent = rows.iter().filter(|r| r.state() == State::Sent);
    let unknown = rows.iter().filter(|r| r.state() == State::Unknown).count();
    assert!(sent.clone().all(|r| taken.contains_key(&key(r))), "what says sent arrived");
    assert_eq!(sent.count() + unknown, MAILS);
    assert!(unknown <= WINDOW * at.len(), "{unknown} unknown");
    let keys: Vec<String> = rows.iter().map(key).collect();
    assert!(taken.keys().all(|k| keys.contains(k)), "nothing arrived without a row");
}
