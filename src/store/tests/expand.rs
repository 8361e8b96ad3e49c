//! Lists into the ledger: chunk by chunk, by whichever index, and at once where their time has come.

use std::sync::atomic::Ordering;

use super::*;
use crate::domain::contact::Contacts;

/// An office whose post goes to these lists, its gate open, due at 1000 and useful for long.
async fn office(s: &Store, lists: Vec<ContactList>, priority: i16) -> i64 {
    let o = NewOccurrence {
        family: "email".into(),
        priority,
        lists: lists.iter().map(|l| l.id.as_str().to_owned()).collect(),
        carrier: Some(("acc".into(), "scripted".into())),
        ..occurrence("c/p", 1000, &[])
    };
    let plan = PlanWrite {
        channels: Some(vec![]),
        lists: Some(lists),
        posts: vec![post("c/p", "h1")],
        occurrences: vec![o],
        ..PlanWrite::default()
    };
    s.plan_write(&plan, None, FAR, &Actor::system(), 1).await.unwrap();
    let id = s.occurrence_all().await.unwrap()[0].id;
    s.gate_turn(&[(id, None)], 2).await.unwrap();
    id
}

async fn count(s: &Store, state: State) -> usize {
    states(s).await.into_iter().filter(|x| *x == state).count()
}

#[tokio::test]
async fn whose_time_has_come_is_due_at_once() {
    for s in stores().await {
        office(&s, vec![list(9)], 3).await;
        s.chunk.store(4, Ordering::Relaxed);
        assert_eq!(s.expand_step(2000, 999).await.unwrap(), (4, true));
        assert_eq!(count(&s, State::Planned).await, 4, "before its time");
        assert!(!s.gate_needed(999).await.unwrap());
        assert_eq!(s.expand_step(2000, 1000).await.unwrap(), (5, false));
        assert_eq!((count(&s, State::Planned).await, count(&s, State::Due).await), (4, 5));
        assert_eq!(s.gate_turn(&[], 1000).await.unwrap(), GateTick { due: 4, ..GateTick::default() });
        assert!(!s.gate_needed(1000).await.unwrap());
        clean(&s).await;
    }
}

#[tokio::test]
async fn what_the_gate_would_keep_is_planned() {
    let forever = i64::MAX / 4;
    let stop = "INSERT INTO content_stop (revision_id, account, stopped_at) SELECT revision_id, 'acc', 5 FROM occurrence";
    let spread = "UPDATE occurrence SET resumed_at = 1500, spread_ms = 1000, blackout = 'x'";
    let restored =
        "INSERT INTO meta (key, value) VALUES ('restored_from', '500'), ('restored_until', '1200')";
    for (why, change, kept) in [
        ("a stopped text", stop, State::Held),
        ("a blackout", spread, State::Planned),
        ("a backup", restored, State::Unknown),
    ] {
        for s in stores().await {
            office(&s, vec![list(3)], 3).await;
            let tx = s.begin().await.unwrap();
            tx.exec(change, vec![]).await.unwrap();
            tx.commit().await.unwrap();
            assert_eq!(s.expand_step(2000, 1300).await.unwrap(), (3, false));
            assert_eq!(states(&s).await, vec![State::Planned; 3], "{why}");
            s.gate_turn(&[], 1301).await.unwrap();
            assert_eq!(states(&s).await, vec![kept; 3], "{why}");
            clean(&s).await;
        }
    }
    // What is over never was due.
    for s in stores().await {
        office(&s, vec![list(3)], 3).await;
        let tx = s.begin().await.unwrap();
        tx.exec("UPDATE occurrence SET resumed_at = $1, spread_ms = 0", params![forever]).await.unwrap();
        tx.exec("UPDATE occurrence SET expires_at = 1200", vec![]).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(s.expand_step(2000, 1300).await.unwrap(), (3, false));
        s.gate_turn(&[], 1301).await.unwrap();
        assert_eq!(states(&s).await, vec![State::Expired; 3]);
        clean(&s).await;
    }
}

#[tokio::test]
async fn lists_that_share_people_give_each_one_row_however_they_are_walked() {
    for long in [false, true] {
        for s in stores().await {
            let (mut a, mut b, mut not) = (list(8), list(12), list(2));
            a.id = ListId::new("a");
            b.id = ListId::new("b");
            let mut rest = Contacts::default();
            b.contacts.iter().skip(3).for_each(|c| rest.push(&c.row()));
            b.contacts = rest;
            not.id = ListId::new("khac");
            office(&s, vec![a, b, not], 3).await;
            let tx = s.begin().await.unwrap();
            // As a change of the folder would: one of the lists is left out.
            tx.exec(r#"UPDATE occurrence SET lists = '["a","b"]', except_lists = '["khac"]'"#, vec![])
                .await
                .unwrap();
            if long {
                tx.exec("UPDATE list SET members = 9000", vec![]).await.unwrap();
            }
            tx.commit().await.unwrap();
            let lists = ["a".to_owned(), "b".to_owned()];
            assert_eq!(s.list_reachable(&lists, &["khac".into()], "email").await.unwrap(), 10);
            s.chunk.store(3, Ordering::Relaxed);
            let (first, more) = s.expand_step(2000, 1000).await.unwrap();
            assert!(more && first <= 3, "{first}");
            assert_eq!(s.expand_step(2000, 1001).await.unwrap(), (10 - first, false));
            assert_eq!(states(&s).await, vec![State::Due; 10]);
            clean(&s).await;
        }
    }
}

#[tokio::test]
async fn of_a_crowd_the_urgent_go_first_and_no_turn_takes_all() {
    for s in stores().await {
        let bulk = office(&s, vec![list(9)], 3).await;
        s.expand_step(2000, 999).await.unwrap();
        let urgent = NewOccurrence { priority: 0, ..occurrence("c/gap", 1500, &["u/website"]) };
        let plan = PlanWrite {
            channels: Some(vec![channel("u", "website")]),
            posts: vec![post("c/gap", "h2")],
            occurrences: vec![urgent],
            ..PlanWrite::default()
        };
        s.plan_write(&plan, None, FAR, &Actor::system(), 1000).await.unwrap();
        let other = s.occurrence_all().await.unwrap().iter().find(|o| o.id != bulk).unwrap().id;
        let tx = s.begin().await.unwrap();
        tx.exec("UPDATE occurrence SET gate = NULL WHERE id = $1", params![other]).await.unwrap();
        tx.commit().await.unwrap();
        let mut through = Vec::new();
        for turn in 0..4 {
            let tx = s.begin().await.unwrap();
            through.push(gate::fall_due(&tx, "due_at <= 1500", 4, 1500 + turn).await.unwrap());
            tx.commit().await.unwrap();
            let row = s
                .int("SELECT CAST(state AS bigint) FROM delivery WHERE occurrence_id = $1", params![other])
                .await
                .unwrap();
            assert_eq!(row, i64::from(code(State::Due)), "the urgent row goes in the first turn");
        }
        assert_eq!(through, [(5, true), (4, true), (1, false), (0, false)]);
        clean(&s).await;
    }
}
