//! The faults that are put in on purpose, each over one run of a list: bounded in `tests/it`, at full length in `./bench chaos`.

use rand::Rng as _;

use super::chaos::{Setup, WINDOW, World, post, title};
use super::judge::{Verdict, judge};
use super::sink::Mood;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scenario {
    /// SIGKILL, one daemon on SQLite.
    KilledOnSqlite,
    /// SIGTERM, one daemon on SQLite.
    EndedOnSqlite,
    /// SIGKILL and SIGTERM, one daemon on PostgreSQL.
    KilledOnPostgres,
    /// Three daemons on PostgreSQL: one is killed, again and again, and at the end all.
    ThreeNodes,
    /// PostgreSQL is killed and started again under two daemons.
    PostgresKilled,
    /// Connections are cut in the middle of a mail, both ways.
    WireCut,
    /// The far side hangs up without an answer: after taking the mail, instead of taking it, half-way.
    HangsUp,
    /// 421, 450 and 451 at every step, with and without closing; a kill in the middle.
    Storm,
    /// The disk is full; the daemon lives through it, or is killed meanwhile.
    FullDisk,
    /// The clock steps by an hour, forth and back, while some mails are refused for now.
    ClockSteps,
    /// The post is edited in mid-run.
    Edited,
}

impl Scenario {
    /// What it is called in tables.
    pub fn name(self) -> &'static str {
        match self {
            Scenario::KilledOnSqlite => "SIGKILL, SQLite",
            Scenario::EndedOnSqlite => "SIGTERM, SQLite",
            Scenario::KilledOnPostgres => "SIGKILL and SIGTERM, PostgreSQL",
            Scenario::ThreeNodes => "three daemons, one killed, then all",
            Scenario::PostgresKilled => "PostgreSQL killed under two daemons",
            Scenario::WireCut => "connections cut in mid-mail",
            Scenario::HangsUp => "far side hangs up without an answer",
            Scenario::Storm => "storm of 421, 450, 451, and a kill",
            Scenario::FullDisk => "disk full",
            Scenario::ClockSteps => "clock steps an hour, both ways",
            Scenario::Edited => "post edited in mid-run",
        }
    }

    fn setup(self, mails: usize) -> Setup {
        use Scenario as S;
        let postgres = matches!(self, S::KilledOnPostgres | S::ThreeNodes | S::PostgresKilled);
        let nodes = 1 + usize::from(self == S::PostgresKilled) + 2 * usize::from(self == S::ThreeNodes);
        let disk = (self == S::FullDisk).then_some(40 + mails / 80);
        Setup { mails, postgres, nodes, wire: self == S::WireCut, disk }
    }

    /// Plays it over a list of so many people with about so many faults, and judges.
    pub async fn play(self, mails: usize, faults: usize, seed: u64) -> Verdict {
        let mut w = World::new(self.setup(mails), seed).await;
        w.start_all();
        match self {
            Scenario::KilledOnSqlite => kills(&mut w, faults, 1.0).await,
            Scenario::EndedOnSqlite => kills(&mut w, faults, 0.0).await,
            Scenario::KilledOnPostgres => kills(&mut w, faults, 0.7).await,
            Scenario::ThreeNodes => three(&mut w, faults).await,
            Scenario::PostgresKilled => database(&mut w, faults).await,
            Scenario::WireCut => wire(&mut w).await,
            Scenario::HangsUp => {
                let shares = Mood {
                    takes_and_hangs_up: 20,
                    drops_and_hangs_up: 20,
                    hangs_up_half_way: 20,
                    ..Mood::default()
                };
                w.sink.mood(shares);
            }
            Scenario::Storm => storm(&mut w).await,
            Scenario::FullDisk => disk(&mut w, faults.min(4)).await,
            Scenario::ClockSteps => clock(&mut w, faults).await,
            Scenario::Edited => edits(&mut w, faults.min(4)).await,
        }
        w.finish().await;
        let mut v = judge(&mut w).await;
        if !v.complaints.is_empty() {
            v.complaints.push(format!("the daemons' last words:\n{}", w.last_words()));
        }
        v
    }
}

/// Ends the daemon at instants of the run, by SIGKILL in so many of all cases, and starts it again; now and then while it is
/// still starting.
async fn kills(w: &mut World, faults: usize, share: f64) {
    for at in w.instants(faults) {
        if w.rng.random_bool(0.2) {
            w.a_moment(400_000).await;
        } else if !w.until_begun(at).await {
            return;
        }
        if w.rng.random_bool(share) {
            w.kill(0);
        } else {
            w.end(0);
        }
        w.start(0);
    }
}

async fn three(w: &mut World, faults: usize) {
    for at in w.instants(faults) {
        if !w.until_begun(at).await {
            return;
        }
        w.start_all(); // whoever was killed before comes back
        w.a_moment(400_000).await;
        let one = w.rng.random_range(0..3);
        w.kill(one);
    }
    for node in 0..3 {
        w.kill(node);
    }
}

async fn database(w: &mut World, faults: usize) {
    for at in w.instants(faults) {
        if !w.until_begun(at).await {
            return;
        }
        if let Some(pg) = &w.pg {
            pg.kill();
        }
        w.a_moment(300_000).await;
        if let Some(pg) = &w.pg {
            pg.up();
        }
    }
}

async fn wire(w: &mut World) {
    let (mails, cut) = (w.setup.mails, w.setup.mails as u64 * 30);
    let reach = |w: &World, bytes| {
        if let Some(wire) = &w.wire {
            wire.cut_within(bytes);
        }
    };
    reach(w, cut.clamp(20_000, 300_000));
    w.until_begun(mails * 7 / 10).await;
    reach(w, 0);
}

async fn storm(w: &mut World) {
    w.sink.mood(Mood { refuses: 400, ..Mood::default() });
    let mails = w.setup.mails;
    let at = w.rng.random_range(mails / 4..mails);
    w.until_begun(at).await;
    w.kill(0);
    w.start(0);
    w.until_begun(mails * 5 / 4).await;
    w.sink.mood(Mood::default());
    if w.sink.refused() < mails / 8 {
        w.complaints.push(format!("only {} refusals: no storm", w.sink.refused()));
    }
}

async fn disk(w: &mut World, faults: usize) {
    for at in w.instants(faults) {
        if !w.until_begun(at).await {
            return;
        }
        // A write that fails, a lane that has no answer under way and cannot claim or look, or a daemon that was just starting and
        // finds no room.
        let tries = |w: &World| {
            w.logged("could not be written") + w.logged("a lane stopped for a while") + w.restarts
        };
        let failed = tries(w);
        let Some(disk) = w.disk.take() else { return };
        disk.fill(w.daemon(0));
        let full = w.until("a write to fail", |w| tries(w) > failed).await;
        let first = w.sink.count();
        if full {
            w.until("writing to be tried again", |w| tries(w) > failed + 3).await;
            // What was durable may still go; nothing else can have become so.
            if w.sink.count() > first + WINDOW {
                let more = w.sink.count() - first;
                w.complaints.push(format!("{more} went while nothing could be written"));
            }
        }
        let dies = w.rng.random();
        if dies {
            w.kill(0);
            w.start(0); // it finds no room
            w.a_moment(400_000).await;
            w.kill(0);
            w.start(0);
        }
        disk.free(w.daemon(0));
        w.disk = Some(disk);
        if dies {
            // A daemon that found no room to open its ledger ends and says so; whoever watches over it starts it again.
            w.kill(0);
            w.start(0);
        }
    }
}

async fn clock(w: &mut World, faults: usize) {
    w.sink.mood(Mood { refuses: 60, ..Mood::default() });
    for at in w.instants(faults) {
        if !w.until_begun(at).await {
            return;
        }
        let forth = w.rng.random::<bool>();
        w.step(if forth { 3600 } else { -3600 });
        if w.rng.random_bool(0.3) {
            w.kill(0);
            w.start(0);
        }
    }
}

async fn edits(w: &mut World, faults: usize) {
    let pace = Mood { thinks_ms: 8, ..Mood::default() };
    w.sink.mood(pace);
    let mut edits = vec![];
    for (n, at) in (1..).zip(w.instants(faults)) {
        if !w.until_begun(at.min(w.setup.mails * 6 / 10)).await {
            break;
        }
        // Slow enough that mails are left when the edit is applied.
        w.sink.mood(Mood { thinks_ms: 150, ..Mood::default() });
        post(&w.office, n);
        w.office.ok(&["apply", "--by", "an"]);
        let applied = w.sink.count();
        if w.rng.random() {
            w.kill(0);
            w.start(0);
        }
        // What had started ends; all others are held.
        let mut quiet = false;
        while !quiet {
            w.a_moment(40_000).await;
            quiet = w.states().await.is_some_and(|s| s.flying == 0 && s.due == 0 && s.planned == 0);
        }
        w.sink.mood(pace);
        let approved = w.sink.count();
        if w.states().await.is_none_or(|s| s.held == 0) {
            break; // all had gone: nothing is left to approve
        }
        w.office.ok(&["approve", "chien-dich", "--by", "binh"]);
        edits.push((n, applied, approved));
    }
    if edits.is_empty() {
        w.complaints.push("no edit came in mid-run".into());
    }
    w.sink.mood(Mood::default());
    w.until("the end", |_| false).await;
    let taken = w.sink.taken();
    let wording = |i: usize| (0..=edits.len()).find(|n| taken[i].subject == title(*n));
    for (n, applied, approved) in edits.iter().copied() {
        let old = (applied..taken.len()).filter(|i| wording(*i) < Some(n)).count();
        if old > WINDOW {
            w.complaints.push(format!("{old} went with the old text after edit {n} was applied"));
        }
        let early = (0..approved).filter(|i| wording(*i) >= Some(n)).count();
        if early > 0 {
            w.complaints.push(format!("{early} went with text {n} before it was approved"));
        }
        let stale = (approved..taken.len()).filter(|i| wording(*i) < Some(n)).count();
        if stale > 0 {
            w.complaints.push(format!("{stale} went with the old text after text {n} was approved"));
        }
    }
}
