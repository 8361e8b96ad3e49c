//! What waits, for what and until when; and that every question of a screen is understood by every dialect.

use super::*;
use crate::domain::reach::{Grade, ReachFigure};

#[tokio::test]
async fn what_waits_is_told_by_account_and_what_is_held_by_post() {
    for s in stores().await {
        let id = world(&s, &["a", "b", "c"]).await;
        let node = s.node_start("n", 1).await.unwrap();
        let (writer, handle) = s.writer();
        serve(writer);
        let waiting = s.waiting(1000).await.unwrap();
        assert_eq!(waiting.len(), 1);
        assert_eq!((waiting[0].account.as_str(), waiting[0].now, waiting[0].since), ("acc", 3, Some(1000)));
        assert_eq!((waiting[0].later, waiting[0].next, waiting[0].tried), (0, None, None));
        assert_eq!(s.account_soon(2000).await.unwrap(), [("acc".to_owned(), 3)]);
        assert_eq!(s.overdue(2000).await.unwrap(), [("acc".to_owned(), 3)]);
        // One is to be tried again at 5000.
        let rows = handle.claim(request(node, 1)).await.unwrap();
        handle.intend(vec![intent(&rows[0], node)]).await.unwrap();
        handle.settle(vec![settle(&rows[0], node, 1, Event::Again)]).await.unwrap();
        let waiting = s.waiting(1500).await.unwrap();
        assert_eq!((waiting[0].now, waiting[0].later, waiting[0].next), (2, 1, Some(5000)));
        assert_eq!(waiting[0].tried, Some(1000));
        // Held: it waits for nobody's account.
        assert!(s.held_due(1500).await.unwrap().is_empty());
        s.gate_turn(&[(id, Some("hold".into()))], 1500).await.unwrap();
        assert!(s.waiting(1500).await.unwrap().is_empty());
        let held = s.held_due(1500).await.unwrap();
        assert_eq!(
            (held.len(), held[0].gate.as_str(), held[0].n, held[0].lists.as_str()),
            (1, "hold", 3, "[]")
        );
        assert!(s.held_due(999).await.unwrap().is_empty(), "its time has not come");
        assert!(s.account_known("acc").await.unwrap() && !s.account_known("nobody").await.unwrap());
        clean(&s).await;
    }
}

#[tokio::test]
async fn each_result_is_found_by_its_word() {
    for s in stores().await {
        world(&s, &["a", "b", "c", "d"]).await;
        let node = s.node_start("n", 1).await.unwrap();
        let (writer, handle) = s.writer();
        serve(writer);
        let rows = handle.claim(request(node, 3)).await.unwrap();
        handle.intend(rows.iter().map(|c| intent(c, node)).collect()).await.unwrap();
        let events = [Event::Accepted, Event::Refused, Event::Lost];
        let answers = rows.iter().zip(events).map(|(c, e)| settle(c, node, 1, e)).collect();
        handle.settle(answers).await.unwrap();
        s.delivery_afterwards(rows[0].id, rows[0].planned_for, "bounced", false, 1002).await.unwrap();
        let count = async |results: &[&'static str], limited: &[&str]| {
            let f = LogFilter {
                results: results.to_vec(),
                limited: limited.iter().map(|a| (*a).to_owned()).collect(),
                limit: 100,
                ..LogFilter::default()
            };
            let rows = s.log_page(&f).await.unwrap().rows.len() as i64;
            // Folded or not, it is the same rows.
            assert_eq!(
                s.log_groups(&f, 0).await.unwrap().iter().map(|g| g.n).sum::<i64>(),
                rows,
                "{results:?}"
            );
            rows
        };
        for (results, limited, want) in [
            (&["sent"][..], &[][..], 1),
            (&["bounced"], &[], 1),
            (&["rejected", "bounced"], &[], 2),
            (&["unknown"], &[], 1),
            (&["not_known"], &[], 0),
            (&["sending"], &[], 1),
            (&["sending"], &["acc"], 0),
            (&["limited"], &["acc"], 1),
            (&["limited"], &[], 0),
            (&["waiting"], &[], 0),
            (&["retry", "planned", "held", "failed", "aired"], &[], 0),
        ] {
            assert_eq!(count(results, limited).await, want, "{results:?} {limited:?}");
        }
        s.account_pause("acc", "x", "", &Actor::attested("an"), 1003).await.unwrap();
        assert_eq!(count(&["waiting"], &[]).await, 1);
        assert_eq!(count(&["sending", "limited"], &["acc"]).await, 0);
    }
}

#[tokio::test]
async fn what_came_afterwards_is_kept_in_the_order_of_time() {
    for s in stores().await {
        world(&s, &["a"]).await;
        let node = s.node_start("n", 1).await.unwrap();
        let (writer, handle) = s.writer();
        serve(writer);
        let rows = handle.claim(request(node, 1)).await.unwrap();
        handle.intend(vec![intent(&rows[0], node)]).await.unwrap();
        handle.settle(vec![settle(&rows[0], node, 1, Event::Accepted)]).await.unwrap();
        let (id, planned_for) = (rows[0].id, rows[0].planned_for);
        assert_eq!(s.afterwards_of(id).await.unwrap(), Afterwards::default());
        for (ok, at) in [(false, 2000), (true, 3000)] {
            let seen = EvidenceRow {
                gone: false,
                url: format!("https://a.example/{at}"),
                ok,
                title_found: ok,
                image_found: ok,
                http_status: 200,
                note: String::new(),
            };
            s.evidence_add(id, planned_for, &seen, &Actor::attested("an"), at).await.unwrap();
        }
        let figure = ReachFigure {
            receipt: String::new(),
            metric: "views".into(),
            value: 7,
            grade: Grade::Platform,
            source: "x".into(),
            at: chrono::DateTime::from_timestamp_millis(4000).unwrap(),
        };
        s.reach_put(id.0, planned_for, &[figure]).await.unwrap();
        let after = s.afterwards_of(id).await.unwrap();
        assert_eq!(after.links.iter().map(|l| (l.at, l.ok)).collect::<Vec<_>>(), [(2000, 0), (3000, 1)]);
        let figures: Vec<_> = after.figures.iter().map(|f| (f.at, f.metric.as_str(), f.value)).collect();
        assert_eq!(figures, [(3000, "link_ok", 1), (4000, "views", 7)]);
        assert!(after.declared.is_empty() && after.sheets.is_empty() && after.reminders.is_empty());
    }
}

#[tokio::test]
async fn every_question_of_a_screen_is_understood() {
    for s in stores().await {
        let plan = PlanWrite {
            channels: Some(vec![channel("a", "station")]),
            lists: Some(vec![list(3)]),
            posts: vec![post("c/p", "h1")],
            occurrences: vec![NewOccurrence {
                lists: vec!["l".into()],
                carrier: Some(("acc".into(), "scripted".into())),
                family: "email".into(),
                ..occurrence("c/p", 1000, &[])
            }],
            ..PlanWrite::default()
        };
        s.plan_write(&plan, None, FAR, &Actor::system(), 1).await.unwrap();
        let id = s.occurrence_all().await.unwrap()[0].id;
        let held = s.held_due(1500).await.unwrap();
        assert_eq!((held[0].gate.as_str(), held[0].n, held[0].lists.as_str()), ("unapproved", 0, "[\"l\"]"));
        assert!(s.lists_overdue(1500, 1500).await.unwrap().is_empty(), "it is held");
        s.gate_turn(&[(id, None)], 2).await.unwrap();
        assert_eq!(s.lists_overdue(1500, 1500).await.unwrap().len(), 1);
        assert!(s.lists_overdue(1500, 2_000_000).await.unwrap().is_empty(), "too late to be useful");
        while s.expand_step(1500, 1500).await.unwrap().0 > 0 {}
        assert!(s.lists_overdue(1500, 1500).await.unwrap().is_empty());
        assert!(s.station_silent("2026-W49").await.unwrap().is_empty());
        // A person who leaves.
        let page = s.log_page(&LogFilter { limit: 1, ..LogFilter::default() }).await.unwrap();
        let row = &page.rows[0];
        s.opt_out(&row.target_ref, "email", "l", &Actor::system(), 1600).await.unwrap();
        let gone = s.afterwards_of(row.id()).await.unwrap().suppressed;
        assert_eq!(gone.len(), 1);
        assert_eq!((gone[0].at, gone[0].reason.as_str(), gone[0].list.as_str()), (1600, "opted_out", "l"));
    }
}
