//! Loa's own papers in the ledger: holds reach them, and a sheet never says what is no longer so.

use super::*;

fn rendition() -> crate::domain::message::Rendition {
    crate::domain::message::Rendition {
        voice: crate::domain::message::Voice::Script,
        kind: "scripted".into(),
        title: "Sheet".into(),
        lead: String::new(),
        text: "text".into(),
        html: None,
        parts: vec![],
        attachments: vec![],
        slug: String::new(),
        link: None,
        categories: vec![],
        tags: vec![],
        seconds: None,
        album: 0,
    }
}

fn paper(rendition: &crate::domain::message::Rendition) -> SystemDelivery<'_> {
    SystemDelivery {
        revision: NewRevision {
            origin: "system/sheet".into(),
            hash: "h".into(),
            class: "internal".into(),
            title: "Sheet".into(),
            author: "loa".into(),
            manifest: "{}".into(),
        },
        rendition,
        slot: "a/2026-W49/1".into(),
        target_ref: "a/station".into(),
        account: "acc".into(),
        kind: "scripted".into(),
        family: "station".into(),
        priority: 2,
        due_at: 500,
        expires_at: 900_000,
    }
}

#[tokio::test]
async fn a_hold_of_everything_holds_loas_own_papers_too() {
    for s in stores().await {
        let rendition = rendition();
        let paper = paper(&rendition);
        assert!(s.system_delivery(&paper, 1).await.unwrap().is_some());
        assert!(s.system_delivery(&paper, 2).await.unwrap().is_none(), "made once");
        let hold = NewHold {
            scope: "all".into(),
            r: "all".into(),
            reason: "x".into(),
            blackout: false,
            from_at: 0,
            until_at: None,
        };
        s.hold_add(&hold, &Actor::attested("an"), 3).await.unwrap();
        let turn = s.gate_turn(&[], 1000).await.unwrap();
        assert_eq!((turn.held, turn.due), (1, 0));
        assert_eq!(
            s.gate_rows().await.unwrap().len(),
            1,
            "the gate looks at it again when the hold is lifted"
        );
        clean(&s).await;
    }
}

#[tokio::test]
async fn a_sheet_whose_script_changed_does_not_leave() {
    for s in stores().await {
        let mut airing = occurrence("c/p", 1000, &["a/station"]);
        airing.family = "station".into();
        airing.slot = "2026-W49".into();
        let plan = PlanWrite {
            channels: Some(vec![channel("a", "station")]),
            posts: vec![post("c/p", "h1")],
            occurrences: vec![airing.clone()],
            ..PlanWrite::default()
        };
        s.plan_write(&plan, None, FAR, &Actor::system(), 1).await.unwrap();
        let id = s.occurrence_all().await.unwrap()[0].id;
        s.gate_turn(&[(id, None)], 1000).await.unwrap();
        let due = s.station_due(1000).await.unwrap();
        let text = rendition();
        let sheet = |no: i64| SystemDelivery { slot: format!("a/2026-W49/{no}"), ..paper(&text) };
        let rows = [SheetLine {
            delivery_id: due[0].id,
            planned_for: due[0].planned_for,
            revision_id: due[0].revision_id,
            times: 1,
            slots: "[]".into(),
        }];
        s.sheet_make(&sheet(1), "111111", "a", "2026-W49", 1, &rows, 1000).await.unwrap().unwrap();
        assert_eq!(s.sheet_void(1000).await.unwrap(), 0, "a true sheet stays");
        assert_eq!(s.sheet_listed("a", "2026-W49").await.unwrap().len(), 1);
        let out = async |from: &str, to: &str, unit: Option<&str>| {
            let all = s.sheets_out(from, to, unit).await.unwrap();
            all.into_iter().map(|x| (x.code, x.unit, x.stale)).collect::<Vec<_>>()
        };
        let there = [("111111".to_owned(), "a".to_owned(), 0)];
        assert_eq!(out("2026-W49", "2026-W49", None).await, there);
        assert_eq!(out("2026-W01", "9999-W53", Some("a")).await, there);
        assert!(out("2026-W50", "9999-W53", None).await.is_empty());
        assert!(out("2026-W49", "2026-W49", Some("b")).await.is_empty());
        assert_eq!(s.sheet_items("111111").await.unwrap(), [(due[0].revision_id, true)]);
        // The script is edited and approved again before the sheet leaves.
        let edit =
            PlanWrite { posts: vec![post("c/p", "h2")], occurrences: vec![airing], ..PlanWrite::default() };
        s.plan_write(&edit, None, FAR, &Actor::system(), 1001).await.unwrap();
        assert_eq!(out("2026-W49", "2026-W49", None).await[0].2, 1, "by no other way either");
        s.gate_turn(&[(id, None)], 1001).await.unwrap();
        let node = s.node_start("n", 1).await.unwrap();
        let (writer, h) = s.writer();
        serve(writer);
        let claimed = h.claim(request(node, 10)).await.unwrap();
        assert_eq!(claimed.len(), 1, "the sheet; rows that follow it have no lane");
        assert_eq!(h.intend(vec![intent(&claimed[0], node)]).await.unwrap(), vec![Verdict::Shut]);
        h.hand_back(vec![Handed {
            id: claimed[0].id,
            planned_for: claimed[0].planned_for,
            node,
            event: Event::Return,
            why: String::new(),
            due_at: None,
            now: 1001,
        }])
        .await
        .unwrap();
        assert_eq!(s.sheet_void(1002).await.unwrap(), 1);
        assert!(
            s.station_due(1002).await.unwrap().iter().all(|r| r.sheet.is_none()),
            "a new sheet can be made"
        );
        clean(&s).await;
    }
}

#[tokio::test]
async fn airings_are_counted_row_by_row_and_rows_without_room_apart() {
    for s in stores().await {
        let mut airing = occurrence("c/p", 1000, &["a/station", "b/station"]);
        airing.family = "station".into();
        airing.slot = "2026-W49".into();
        airing.times = 5;
        let plan = PlanWrite {
            channels: Some(vec![channel("a", "station"), channel("b", "station")]),
            posts: vec![post("c/p", "h1")],
            occurrences: vec![airing],
            ..PlanWrite::default()
        };
        s.plan_write(&plan, None, FAR, &Actor::system(), 1).await.unwrap();
        let id = s.occurrence_all().await.unwrap()[0].id;
        s.gate_turn(&[(id, None)], 1000).await.unwrap();
        let due = s.station_due(1000).await.unwrap();
        assert_eq!(due.iter().map(|r| r.unit.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        // One finds no room; it stays in sight, and a row that moved meanwhile is left alone.
        let aside = [(due[1].id, due[1].planned_for, Some(NO_ROOM[2]))];
        assert_eq!(s.station_room(&aside, 1000).await.unwrap(), 1);
        assert_eq!(s.station_room(&aside, 1000).await.unwrap(), 0);
        s.gate_turn(&[], 1000).await.unwrap();
        let held = &s.station_due(1000).await.unwrap()[1];
        assert_eq!((held.state, held.held_by.as_deref()), (5, Some("station_full")));
        // The other goes by a sheet that asks for three of five.
        let rows = [SheetLine {
            delivery_id: due[0].id,
            planned_for: due[0].planned_for,
            revision_id: due[0].revision_id,
            times: 3,
            slots: "[]".into(),
        }];
        let text = rendition();
        s.sheet_make(&paper(&text), "111111", "a", "2026-W49", 1, &rows, 1000).await.unwrap().unwrap();
        s.gate_turn(&[], 1000).await.unwrap();
        let node = s.node_start("n", 1).await.unwrap();
        let (writer, h) = s.writer();
        serve(writer);
        let claimed = h.claim(request(node, 10)).await.unwrap();
        assert_eq!(
            h.intend(vec![intent(&claimed[0], node)]).await.unwrap(),
            vec![Verdict::Go { attempt: 1 }]
        );
        h.settle(vec![settle(&claimed[0], node, 1, Event::Accepted)]).await.unwrap();
        assert_eq!(s.station_accept(node, 1002).await.unwrap(), 1);
        let listed = s.sheet_rows("111111").await.unwrap();
        assert_eq!(listed[0].times, 3);
        s.airing_add(&listed[0], 4, None, &Actor::attested("hoa"), 1003).await.unwrap();
        let last = due[0].expires_at;
        let facts = s.period_facts(last - 1, last).await.unwrap();
        let sums = facts.iter().map(|f| (f.times, f.asked, f.declared, f.not_aired, f.extra));
        assert_eq!(sums.collect::<Vec<_>>(), [(5, 3, 4, 0, 1), (5, 0, 0, 0, 0)]);
        assert!(s.period_facts(0, last - 1).await.unwrap().is_empty(), "counted by the week's last instant");
        assert_eq!(s.reach_rows(last - 1, last, None).await.unwrap().len(), 1);
        assert_eq!(s.reach_accepted(last - 1, last, None).await.unwrap()[0].value, 1);
        assert_eq!(s.period_unplaced(last - 1, last).await.unwrap(), 0);
        let w = s.station_week("2026-W49").await.unwrap();
        assert_eq!((w.wanted, w.no_room, w.declared, w.skipped, w.silent, w.waiting), (10, 7, 4, 0, 0, 0));
        // Room again: it waits for a sheet.
        let again = [(due[1].id, due[1].planned_for, None)];
        assert_eq!(s.station_room(&again, 1004).await.unwrap(), 1);
        assert_eq!(s.station_due(1004).await.unwrap()[0].state, 1);
        s.office_name_keep("so", "Sở A").await.unwrap();
        s.office_name_keep("so", "Sở B").await.unwrap();
        assert_eq!(s.unit_name("so").await.unwrap().as_deref(), Some("Sở B"));
        clean(&s).await;
    }
}
