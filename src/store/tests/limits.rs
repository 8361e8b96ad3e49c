//! Allowances, counted where the messages arrive; steady time; far sides that ask for quiet.

use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, Utc};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use super::*;
use crate::domain::port::{Clock, Steady};

/// A clock whose wall time can be stepped beside its steady time.
#[derive(Debug)]
struct Tick {
    wall: AtomicI64,
    steady: AtomicI64,
    boot: Mutex<Option<&'static str>>,
}

impl Tick {
    fn at(ms: i64) -> Arc<Self> {
        Arc::new(Self { wall: ms.into(), steady: ms.into(), boot: Mutex::default() })
    }
    /// Lets time pass.
    fn pass(&self, ms: i64) {
        self.wall.fetch_add(ms, Ordering::SeqCst);
        self.steady.fetch_add(ms, Ordering::SeqCst);
    }
    /// Sets the wall clock alone.
    fn step(&self, ms: i64) {
        self.wall.fetch_add(ms, Ordering::SeqCst);
    }
    fn wall(&self) -> i64 {
        self.wall.load(Ordering::SeqCst)
    }
    fn true_time(&self) -> i64 {
        self.steady.load(Ordering::SeqCst)
    }
}

#[async_trait::async_trait]
impl Clock for Tick {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.wall()).unwrap()
    }
    fn steady(&self) -> Steady {
        Steady { boot: *self.boot.lock().unwrap(), ms: self.true_time() }
    }
    async fn sleep_until(&self, _: DateTime<Utc>) {}
}

fn allowance(count: u32, window_ms: i64) -> Allowance {
    Allowance { count, window_ms, shared_by: vec!["acc".into(), "other".into()] }
}

fn limited(node: NodeId, now: i64, limits: &[Allowance]) -> ClaimRequest {
    ClaimRequest { now, limits: limits.to_vec().into(), ..request(node, 10) }
}

fn counted(c: &Claimed, node: NodeId, now: i64) -> Intent {
    Intent { counted: true, now, ..intent(c, node) }
}

fn answer(c: &Claimed, node: NodeId, at: i64) -> Settle {
    Settle { counted: true, at, ..settle(c, node, c.opened + 1, Event::Accepted) }
}

fn go(v: &[Verdict]) -> usize {
    v.iter().filter(|v| matches!(v, Verdict::Go { .. })).count()
}

#[tokio::test]
async fn a_place_is_taken_from_the_intent_until_a_window_after_the_answer() {
    for s in stores().await {
        world(&s, &["a", "b", "c", "d", "e"]).await;
        let clock = Tick::at(1000);
        s.keep_time(clock.clone()).await.unwrap();
        let node = s.node_start("n", 1).await.unwrap();
        let (writer, h) = s.writer();
        serve(writer);
        let three = allowance(3, 60_000);
        let state = async |want: (i64, i64, Option<i64>)| {
            let spent = s.allowance_spent(&three, clock.wall()).await.unwrap();
            assert_eq!((spent.used, spent.left, spent.next), want);
        };
        state((0, 3, None)).await;
        let claim =
            async || h.claim(limited(node, clock.wall(), std::slice::from_ref(&three))).await.unwrap();
        let rows = claim().await;
        assert_eq!(rows.len(), 3, "three a minute, and of so few nothing is kept");
        assert_eq!(claim().await.len(), 0, "claimed ones count");
        h.intend(rows.iter().map(|c| counted(c, node, clock.wall())).collect()).await.unwrap();
        // A minute in flight, and an hour by a wall clock that was set forth: they may arrive at any instant yet.
        clock.pass(60_000);
        clock.step(3_600_000);
        assert_eq!(claim().await.len(), 0, "what is on its way counts however long it takes");
        state((3, 0, Some(clock.wall() + 60_000))).await;
        h.settle(rows.iter().map(|c| answer(c, node, clock.wall())).collect()).await.unwrap();
        clock.pass(59_999);
        clock.step(-7_200_000);
        state((3, 0, Some(clock.wall() + 1))).await;
        clock.step(7_200_000);
        assert_eq!(claim().await.len(), 0);
        clock.pass(1);
        assert_eq!(claim().await.len(), 2, "a minute after the answers the rest");
        clean(&s).await;
    }
}

#[tokio::test]
async fn a_tenth_is_kept_for_urgent_rows_and_of_few_nothing() {
    assert_eq!([1, 4, 5, 19, 20, 300].map(|n| allowance(n, 1).kept()), [0, 0, 1, 1, 2, 30]);
    for s in stores().await {
        world(&s, &["a", "b", "c", "d", "e", "f"]).await;
        s.keep_time(Tick::at(1000)).await.unwrap();
        let node = s.node_start("n", 1).await.unwrap();
        let (writer, h) = s.writer();
        serve(writer);
        let five = [allowance(5, 60_000)];
        assert_eq!(h.claim(limited(node, 1000, &five)).await.unwrap().len(), 4);
        let spent = s.allowance_spent(&five[0], 1000).await.unwrap();
        assert_eq!((spent.used, spent.left, spent.urgent), (4, 0, 1));
        let tx = s.begin().await.unwrap();
        tx.exec("UPDATE delivery SET priority = 0", vec![]).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(h.claim(limited(node, 1000, &five)).await.unwrap().len(), 1, "the fifth is urgent");
        assert_eq!(h.claim(limited(node, 1000, &five)).await.unwrap().len(), 0, "there is no sixth");
    }
}

/// A text of several messages for the kind of the world's channels.
fn in_parts(messages: usize) -> crate::domain::message::Rendition {
    crate::domain::message::Rendition {
        voice: crate::domain::message::Voice::Chat,
        kind: "scripted".into(),
        title: "T".into(),
        lead: String::new(),
        text: "Một".into(),
        html: None,
        parts: vec!["Một".into(); messages],
        attachments: vec![],
        slug: String::new(),
        link: None,
        categories: vec![],
        tags: vec![],
        seconds: None,
        album: 0,
    }
}

async fn put_in(s: &Store, messages: usize) {
    let revision = s.occurrence_all().await.unwrap()[0].revision_id;
    let tx = s.begin().await.unwrap();
    crate::store::approval::rendition_put(&tx, revision, &in_parts(messages), 1).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn what_is_longer_than_a_short_window_is_not_above_a_long_one() {
    for s in stores().await {
        world(&s, &["a", "b", "c", "d"]).await;
        let clock = Tick::at(1000);
        s.keep_time(clock.clone()).await.unwrap();
        put_in(&s, 3).await;
        let node = s.node_start("n", 1).await.unwrap();
        let (writer, h) = s.writer();
        serve(writer);
        // Two a second, and five a day of which one is kept: a second text would be the sixth message.
        let both = [allowance(2, 1000), allowance(5, 86_400_000)];
        let mut gone = vec![];
        for _ in 0..3 {
            let rows = h.claim(limited(node, clock.wall(), &both)).await.unwrap();
            let send = rows.iter().map(|c| Intent { messages: 3, ..counted(c, node, clock.wall()) });
            h.intend(send.collect()).await.unwrap();
            h.settle(rows.iter().map(|c| answer(c, node, clock.wall())).collect()).await.unwrap();
            gone.push(rows.len());
            clock.pass(2000);
        }
        assert_eq!(gone, [1, 0, 0]);
        clean(&s).await;
        // A text of all the five, where one is kept: it goes as well, alone.
        let five = [allowance(5, 60_000)];
        let tx = s.begin().await.unwrap();
        tx.exec("DELETE FROM rendition", vec![]).await.unwrap();
        tx.commit().await.unwrap();
        put_in(&s, 5).await;
        clock.pass(86_400_000);
        let mut claim = vec![];
        for _ in 0..2 {
            claim.push(h.claim(limited(node, clock.wall(), &five)).await.unwrap().len());
        }
        assert_eq!(claim, [1, 0]);
    }
}

#[tokio::test]
async fn attempts_before_there_was_an_allowance_count_with_all_their_messages() {
    for s in stores().await {
        world(&s, &["a", "b"]).await;
        let clock = Tick::at(1000);
        s.keep_time(clock.clone()).await.unwrap();
        put_in(&s, 3).await;
        let node = s.node_start("n", 1).await.unwrap();
        let (writer, h) = s.writer();
        serve(writer);
        let rows = h.claim(request(node, 2)).await.unwrap();
        h.intend(rows.iter().map(|c| intent(c, node)).collect()).await.unwrap();
        h.settle(rows.iter().map(|c| settle(c, node, 1, Event::Accepted)).collect()).await.unwrap();
        s.rate_begin("acc", Some(10_000), clock.wall()).await.unwrap();
        assert_eq!(s.allowance_spent(&allowance(9, 10_000), clock.wall()).await.unwrap().used, 6);
    }
}

#[tokio::test]
async fn a_text_of_several_messages_takes_as_many_places() {
    for s in stores().await {
        world(&s, &["a", "b", "c", "d"]).await;
        let clock = Tick::at(1000);
        s.keep_time(clock.clone()).await.unwrap();
        put_in(&s, 3).await;
        let node = s.node_start("n", 1).await.unwrap();
        let (writer, h) = s.writer();
        serve(writer);
        let claim = async |limit: &Allowance| {
            h.claim(limited(node, clock.wall(), std::slice::from_ref(limit))).await.unwrap()
        };
        let used = async |a: &Allowance| s.allowance_spent(a, clock.wall()).await.unwrap().used;
        let send = async |rows: &[Claimed]| {
            let wanted =
                rows.iter().map(|c| Intent { messages: 3, ..counted(c, node, clock.wall()) }).collect();
            assert_eq!(go(&h.intend(wanted).await.unwrap()), rows.len());
        };
        // Longer than its whole allowance: by itself, where nothing of it is used, and it counts as what it is.
        let two = allowance(2, 60_000);
        let first = claim(&two).await;
        assert_eq!((first.len(), claim(&two).await.len()), (1, 0));
        send(&first).await;
        assert_eq!(used(&two).await, 3);
        h.settle(first.iter().map(|c| answer(c, node, clock.wall())).collect()).await.unwrap();
        clock.pass(59_999);
        assert_eq!(claim(&two).await.len(), 0);
        clock.pass(1);
        // Of seven a minute one is kept for urgent rows: two of three messages each, and no third.
        let seven = allowance(7, 60_000);
        let rows = claim(&seven).await;
        assert_eq!((rows.len(), used(&seven).await), (2, 6), "claimed ones count with all their messages");
        assert_eq!(claim(&seven).await.len(), 0);
        send(&rows).await;
        assert_eq!(used(&seven).await, 6);
        h.settle(rows.iter().map(|c| answer(c, node, clock.wall())).collect()).await.unwrap();
        clock.pass(59_999);
        assert_eq!(claim(&seven).await.len(), 0);
        clock.pass(1);
        assert_eq!((claim(&seven).await.len(), used(&seven).await), (1, 3));
        clean(&s).await;
    }
}

#[tokio::test]
async fn a_chat_is_spared_whichever_account_and_target_it_goes_by() {
    for s in stores().await {
        world(&s, &["a", "b", "c"]).await;
        let clock = Tick::at(1000);
        s.keep_time(clock.clone()).await.unwrap();
        let node = s.node_start("n", 1).await.unwrap();
        let (writer, h) = s.writer();
        serve(writer);
        let rows = h.claim(request(node, 3)).await.unwrap();
        let in_chat = |c: &Claimed, account: &str, chat: &str| Intent {
            account: account.into(),
            chat: Some(ChatRates { chat: chat.into(), limits: [allowance(1, 1000)].into() }),
            ..counted(c, node, clock.wall())
        };
        // Two of one chat in one group, and one of another.
        let asked = vec![
            in_chat(&rows[0], "acc", "-7"),
            in_chat(&rows[1], "other", "-7"),
            in_chat(&rows[2], "acc", "8"),
        ];
        let verdicts = h.intend(asked).await.unwrap();
        assert_eq!(verdicts, [Verdict::Go { attempt: 1 }, Verdict::Rate(2000), Verdict::Go { attempt: 1 }]);
        clock.pass(900);
        let again = || vec![in_chat(&rows[1], "other", "-7")];
        assert_eq!(h.intend(again()).await.unwrap(), [Verdict::Rate(2900)], "the first is still on its way");
        h.settle(vec![answer(&rows[0], node, clock.wall())]).await.unwrap();
        clock.step(400_000);
        clock.pass(999);
        assert_eq!(h.intend(again()).await.unwrap(), [Verdict::Rate(clock.wall() + 1)]);
        clock.pass(1);
        let long = || again().into_iter().map(|i| Intent { messages: 3, ..i }).collect();
        assert_eq!(go(&h.intend(long()).await.unwrap()), 1, "longer than the chat's whole allowance");
        let places = "SELECT count(*) FROM spent WHERE account = 'other'";
        assert_eq!(s.int(places, vec![]).await.unwrap(), 3);
    }
}

#[tokio::test]
async fn quiet_that_a_far_side_asked_for_is_kept_by_all_of_the_sender_and_by_steady_time() {
    for s in stores().await {
        world(&s, &["a", "b"]).await;
        let clock = Tick::at(1000);
        s.keep_time(clock.clone()).await.unwrap();
        let node = s.node_start("n", 1).await.unwrap();
        let (writer, h) = s.writer();
        serve(writer);
        let whom: Arc<[String]> = ["acc".to_owned(), "other".to_owned()].into();
        let rows = h.claim(request(node, 2)).await.unwrap();
        assert_eq!(go(&h.intend(vec![counted(&rows[0], node, 1000)]).await.unwrap()), 1);
        // Of the chat: its row comes back for a minute, by whichever account.
        let told = |effect| Settle {
            effect,
            due_at: Some(1000),
            event: Event::Again,
            ..answer(&rows[0], node, clock.wall())
        };
        h.settle(vec![told(AccountEffect::QuietTarget { for_ms: 60_000, whom: whom.clone() })])
            .await
            .unwrap();
        let kept = s.int("SELECT count(*) FROM quiet WHERE until_at = 61000", vec![]).await.unwrap();
        assert_eq!(kept, 2);
        clock.step(400_000);
        clock.pass(59_000);
        let once_more = h.claim(ClaimRequest { now: clock.wall(), ..request(node, 2) }).await.unwrap();
        assert_eq!(once_more.len(), 1, "the other row is claimed already");
        let until = clock.wall() + 1000;
        let asked = || vec![counted(&once_more[0], node, clock.wall())];
        assert_eq!(h.intend(asked()).await.unwrap(), [Verdict::Rate(until)]);
        // Nobody else waits for it.
        assert_eq!(go(&h.intend(vec![counted(&rows[1], node, clock.wall())]).await.unwrap()), 1);
        clock.pass(1000);
        assert_eq!(h.intend(asked()).await.unwrap(), [Verdict::Go { attempt: 2 }]);
        // Of the account: whoever goes by the sender, also by a clock that was set, and not a moment longer.
        let quiet = AccountEffect::Quiet { for_ms: 60_000, whom };
        let told = Settle {
            effect: quiet,
            event: Event::Again,
            due_at: Some(1000),
            ..answer(&rows[1], node, clock.wall())
        };
        h.settle(vec![told]).await.unwrap();
        let left = [("acc".to_owned(), 60_000), ("other".to_owned(), 60_000)];
        assert_eq!(s.quiet_left().await.unwrap(), left);
        clock.step(400_000);
        clock.pass(59_000);
        let quiet = async || s.account_get("acc").await.unwrap().unwrap().quiet_left;
        assert_eq!(quiet().await, 1000, "whoever is told by it waits no shorter for a clock that was set");
        clock.step(-800_000);
        assert_eq!((quiet().await, s.account_all().await.unwrap()[1].quiet_left), (1000, 1000));
        clock.step(800_000);
        clock.pass(999);
        let claim =
            async || h.claim(ClaimRequest { now: clock.wall(), ..request(node, 2) }).await.unwrap().len();
        assert_eq!(claim().await, 0);
        clock.step(-400_000);
        clock.pass(1);
        assert_eq!((claim().await, s.quiet_left().await.unwrap()), (1, vec![]));
        assert_eq!(quiet().await, 0);
    }
}

#[tokio::test]
async fn steady_time_goes_on_over_restarts_and_never_goes_back() {
    let dir = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", dir.path().join("loa.db").display());
    let clock = Tick::at(5000);
    let open = async |boot: &'static str, uptime: i64, wall: i64| {
        *clock.boot.lock().unwrap() = Some(boot);
        clock.steady.store(uptime, Ordering::SeqCst);
        clock.wall.store(wall, Ordering::SeqCst);
        let s = Store::open(&url, &dir.path().join("key")).await.unwrap();
        s.keep_time(clock.clone()).await.unwrap();
        s
    };
    let s = open("one", 10, 100_000).await;
    assert_eq!(s.steady().await.unwrap(), 100_000);
    clock.pass(500);
    assert_eq!(s.steady().await.unwrap(), 100_500);
    drop(s);
    // The same start of the machine: whatever the wall clock shows.
    let s = open("one", 2010, 1).await;
    assert_eq!(s.steady().await.unwrap(), 102_000);
    let tx = s.begin().await.unwrap();
    tx.exec("INSERT INTO spent VALUES (1, 1, 1, 0, 'acc', NULL, 101900)", vec![]).await.unwrap();
    tx.commit().await.unwrap();
    drop(s);
    // Another one: the wall clock, unless it shows less than what was written.
    let s = open("two", 7, 50_000).await;
    assert_eq!(s.steady().await.unwrap(), 101_900);
    drop(s);
    assert_eq!(open("three", 7, 900_000).await.steady().await.unwrap(), 900_000);
}

#[tokio::test]
async fn what_was_sent_before_there_was_an_allowance_counts_in_it() {
    for s in stores().await {
        world(&s, &["a", "b", "c", "d"]).await;
        let clock = Tick::at(1000);
        s.keep_time(clock.clone()).await.unwrap();
        let node = s.node_start("n", 1).await.unwrap();
        let (writer, h) = s.writer();
        serve(writer);
        let rows = h.claim(request(node, 2)).await.unwrap();
        h.intend(rows.iter().map(|c| intent(c, node)).collect()).await.unwrap();
        h.settle(rows.iter().map(|c| settle(c, node, 1, Event::Accepted)).collect()).await.unwrap();
        assert_eq!(
            s.int("SELECT count(*) FROM spent", vec![]).await.unwrap(),
            0,
            "without an allowance nothing is written"
        );
        clock.pass(5_001);
        let three = [allowance(3, 10_000)];
        for _ in 0..2 {
            s.rate_begin("acc", Some(10_000), clock.wall()).await.unwrap();
            let spent = s.allowance_spent(&three[0], clock.wall()).await.unwrap();
            assert_eq!((spent.used, spent.left), (2, 1));
        }
        let third = h.claim(limited(node, clock.wall(), &three)).await.unwrap();
        assert_eq!(third.len(), 1);
        // On its way in a backup that is put back: nobody will say what became of it, and its place is not lost for ever.
        h.intend(vec![counted(&third[0], node, clock.wall())]).await.unwrap();
        let open = async || s.int("SELECT count(*) FROM spent WHERE at > 1000000", vec![]).await.unwrap();
        s.rate_begin("acc", Some(10_000), clock.wall()).await.unwrap();
        assert_eq!(open().await, 1, "a living node has it in hand");
        let tx = s.begin().await.unwrap();
        tx.exec("UPDATE delivery SET state = 8 WHERE state = 3", vec![]).await.unwrap();
        tx.commit().await.unwrap();
        s.rate_begin("acc", Some(10_000), clock.wall()).await.unwrap();
        assert_eq!(open().await, 0);
        clock.pass(5_000);
        assert_eq!(
            h.claim(limited(node, clock.wall(), &three)).await.unwrap().len(),
            1,
            "what left the window is free"
        );
    }
}

#[tokio::test]
async fn two_writers_never_count_the_same_room() {
    for s in stores().await {
        let units: Vec<String> = (0..48).map(|i| format!("u{i:02}")).collect();
        world(&s, &units.iter().map(String::as_str).collect::<Vec<_>>()).await;
        let clock = Tick::at(1000);
        s.keep_time(clock.clone()).await.unwrap();
        let node = s.node_start("n", 1).await.unwrap();
        let ((one, g), (two, h)) = (s.writer(), s.writer());
        serve(one);
        serve(two);
        let three = [allowance(3, 60_000)];
        for round in 0..12 {
            let ask = || limited(node, 1000, &three);
            let (a, b) = tokio::join!(g.claim(ask()), h.claim(ask()));
            let (a, b) = (a.unwrap(), b.unwrap());
            assert_eq!(a.len() + b.len(), 3, "round {round}");
            // All of them for one chat, half of them by the other writer.
            let rows: Vec<Claimed> = a.into_iter().chain(b).collect();
            let chat = |c: &Claimed| {
                let rates = ChatRates { chat: "-7".into(), limits: [allowance(1, 1000)].into() };
                vec![Intent { chat: Some(rates), ..counted(c, node, 1000) }]
            };
            let (a, b) = tokio::join!(g.intend(chat(&rows[0])), h.intend(chat(&rows[1])));
            let verdicts = [a.unwrap(), b.unwrap()].concat();
            assert_eq!(go(&verdicts), 1, "round {round}: {verdicts:?}");
            let went = usize::from(!matches!(verdicts[0], Verdict::Go { .. }));
            g.settle(vec![answer(&rows[went], node, 1000)]).await.unwrap();
            let back = rows.iter().enumerate().filter(|(i, _)| *i != went).map(|(_, c)| Handed {
                id: c.id,
                planned_for: c.planned_for,
                node,
                event: Event::Return,
                why: "rate".into(),
                due_at: None,
                now: 1000,
            });
            g.hand_back(back.collect()).await.unwrap();
            clock.pass(60_000);
        }
        clean(&s).await;
    }
}

/// One message under way in the simulation.
struct Flight {
    row: Claimed,
    node: NodeId,
    arrives: i64,
    answered: i64,
}

/// A far side, random delays, restarts, several lives and a wall clock that is set at random: no window of the stated length at
/// the far side ever holds more than the allowance.
#[tokio::test]
async fn no_window_at_the_far_side_holds_more() {
    for seed in 0..6 {
        for s in stores().await {
            let mut rng = StdRng::seed_from_u64(seed);
            let units: Vec<String> = (0..60).map(|i| format!("u{i}")).collect();
            world(&s, &units.iter().map(String::as_str).collect::<Vec<_>>()).await;
            let clock = Tick::at(10_000_000);
            s.keep_time(clock.clone()).await.unwrap();
            // In the world's window, whatever the wall clock shows.
            let tx = s.begin().await.unwrap();
            tx.exec("UPDATE delivery SET expires_at = 999999999", vec![]).await.unwrap();
            tx.exec("UPDATE occurrence SET expires_at = 999999999", vec![]).await.unwrap();
            tx.commit().await.unwrap();
            // Every other time texts of three messages.
            let messages = if seed % 2 == 0 { 1 } else { 3 };
            if messages == 3 {
                put_in(&s, 3).await;
            }
            let rate = crate::domain::rate::Rate { count: 12, seconds: 10, burst: Some(4) };
            let limits: Vec<Allowance> = rate.windows().into_iter().map(|(n, ms)| allowance(n, ms)).collect();
            let (writer, h) = s.writer();
            serve(writer);
            let lives = if s.is_embedded() { 1 } else { 2 };
            let mut nodes = vec![];
            for _ in 0..lives {
                nodes.push(s.node_start("n", 1).await.unwrap());
            }
            let (mut flying, mut arrivals): (Vec<Flight>, Vec<i64>) = (vec![], vec![]);
            let mut gone = 0;
            let rows = 60 / usize::from(messages);
            while gone < rows || !flying.is_empty() {
                clock.pass(rng.random_range(0..400));
                if rng.random_range(0..20) == 0 {
                    clock.step(rng.random_range(-3_600_000..3_600_000));
                }
                let now = clock.true_time();
                let (done, still): (Vec<_>, Vec<_>) = flying.into_iter().partition(|f| f.answered <= now);
                flying = still;
                let all = |f: &Flight| std::iter::repeat_n(f.arrives, usize::from(messages));
                arrivals.extend(done.iter().flat_map(all));
                let answers: Vec<_> = done.iter().map(|f| answer(&f.row, f.node, clock.wall())).collect();
                h.settle(answers).await.unwrap();
                let life = rng.random_range(0..lives);
                if rng.random_range(0..30) == 0 {
                    // Killed: what it had under way has arrived, or never will.
                    let dead = nodes[life];
                    s.node_stop(dead, 1).await.unwrap();
                    arrivals
                        .extend(flying.iter().filter(|f| f.node == dead && f.arrives <= now).flat_map(all));
                    flying.retain(|f| f.node != dead);
                    clock.pass(rng.random_range(0..3000));
                    nodes[life] = s.node_start("n", 1).await.unwrap();
                    s.node_rescue(clock.wall()).await.unwrap();
                }
                let node = nodes[life];
                let ask = ClaimRequest { n: rng.random_range(1..6), ..limited(node, 900_000_000, &limits) };
                let rows = h.claim(ask).await.unwrap();
                clock.pass(rng.random_range(0..50));
                let intents = rows.iter().map(|c| Intent { messages, ..counted(c, node, 2000) });
                let verdicts = h.intend(intents.collect()).await.unwrap();
                for (row, verdict) in rows.into_iter().zip(verdicts) {
                    assert!(matches!(verdict, Verdict::Go { .. }), "{verdict:?}");
                    let takes = rng.random_range(0..2500);
                    let now = clock.true_time();
                    flying.push(Flight {
                        row,
                        node,
                        arrives: now + rng.random_range(0..=takes),
                        answered: now + takes,
                    });
                    gone += 1;
                }
            }
            arrivals.sort_unstable();
            for a in &limits {
                let n = a.count as usize;
                let closest = arrivals.windows(n + 1).map(|w| w[n] - w[0]).min().unwrap_or(i64::MAX);
                assert!(closest >= a.window_ms, "seed {seed}: {} in {closest} ms at the far side", n + 1);
            }
            clean(&s).await;
        }
    }
}
