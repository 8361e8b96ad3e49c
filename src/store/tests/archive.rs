//! Pages of the log in pieces, sums of a period out of tallies, and months that move into an archive.

use super::*;

/// Three channels and people of a list, most of them sent, the rest left as they were; all of it over.
async fn finished(s: &Store, people: usize) -> i64 {
    let plan = PlanWrite {
        channels: Some(vec![channel("a", "website"), channel("b", "website"), channel("c", "website")]),
        lists: Some(vec![list(people)]),
        posts: vec![post("c/p", "h1")],
        occurrences: vec![NewOccurrence {
            family: "email".into(),
            lists: vec!["l".into()],
            carrier: Some(("acc".into(), "scripted".into())),
            ..occurrence("c/p", 1000, &["a/website", "b/website", "c/website"])
        }],
        ..PlanWrite::default()
    };
    s.plan_write(&plan, None, FAR, &Actor::system(), 1).await.unwrap();
    let id = s.occurrence_all().await.unwrap()[0].id;
    s.gate_turn(&[(id, None)], 3).await.unwrap();
    while s.expand_step(1000, 500).await.unwrap().0 > 0 {}
    s.gate_turn(&[], 1000).await.unwrap();
    let node = s.node_start("n", 1).await.unwrap();
    let (writer, h) = s.writer();
    serve(writer);
    let rows = h.claim(request(node, people)).await.unwrap();
    h.intend(rows.iter().map(|c| intent(c, node)).collect()).await.unwrap();
    let settled = rows.iter().enumerate().map(|(i, c)| Settle {
        at: 1001 + i as i64 / 3,
        ..settle(c, node, 1, if i % 7 == 0 { Event::Refused } else { Event::Accepted })
    });
    h.settle(settled.collect()).await.unwrap();
    id
}

/// Everything that a filter finds, page by page.
async fn paged(s: &Store, f: &LogFilter) -> Vec<(i64, i64)> {
    let mut f = LogFilter { limit: 4, ..f.clone() };
    let mut out = Vec::new();
    loop {
        let page = s.log_page(&f).await.unwrap();
        out.extend(page.rows.iter().map(|r| (r.updated_at, r.id)));
        match page.next {
            Some(next) => f.after = Some(next),
            None => return out,
        }
    }
}

#[tokio::test]
async fn pages_by_any_filter_are_the_ledger_in_the_order_of_time() {
    for s in stores().await {
        finished(&s, 30).await;
        #[derive(FromQueryResult)]
        struct Row {
            updated_at: i64,
            id: i64,
        }
        let by_hand = async |w: &str| -> Vec<(i64, i64)> {
            let sql = format!(
                "SELECT d.updated_at, d.id FROM delivery d JOIN occurrence o ON o.id = d.occurrence_id \
                 LEFT JOIN channel ch ON ch.target_id = d.target_id WHERE {w} ORDER BY d.updated_at DESC, d.id DESC"
            );
            s.rows::<Row>(&sql, vec![]).await.unwrap().into_iter().map(|r| (r.updated_at, r.id)).collect()
        };
        let all = LogFilter::default();
        for (f, w) in [
            (all.clone(), "1 = 1"),
            (LogFilter { account: Some("acc".into()), ..all.clone() }, "d.account = 'acc'"),
            (LogFilter { origin: Some("c".into()), ..all.clone() }, "1 = 1"),
            (LogFilter { list: Some("l".into()), ..all.clone() }, "ch.unit IS NULL"),
            (LogFilter { unit: Some("b".into()), ..all.clone() }, "ch.unit = 'b'"),
            (LogFilter { results: vec!["rejected"], ..all.clone() }, "d.state = 6"),
            (LogFilter { states: vec![State::Due, State::Rejected], ..all.clone() }, "d.state IN (1,6)"),
            (
                LogFilter { results: vec!["rejected", "sent"], from: Some(1003), ..all.clone() },
                "d.state IN (4,6) AND d.updated_at >= 1003",
            ),
            (
                LogFilter { until: Some(1003), origin: Some("c/p".into()), ..all.clone() },
                "d.updated_at < 1003",
            ),
        ] {
            let want = by_hand(w).await;
            assert!(!want.is_empty(), "{w}");
            assert_eq!(paged(&s, &f).await, want, "{w}");
            let folded: i64 = s.log_groups(&f, 0).await.unwrap().iter().map(|g| g.n).sum();
            assert_eq!(folded as usize, want.len(), "{w}");
        }
        // What is newer, oldest first.
        let f = LogFilter { newer_than: Some((1002, 0)), limit: 100, ..LogFilter::default() };
        let newer: Vec<i64> = s.log_page(&f).await.unwrap().rows.iter().map(|r| r.updated_at).collect();
        assert!(newer.is_sorted() && newer.first().is_some_and(|t| *t >= 1002), "{newer:?}");
    }
}

#[tokio::test]
async fn a_period_is_counted_as_the_rows_say() {
    for s in stores().await {
        finished(&s, 30).await;
        // A word beside a person's row is not in the tally.
        let bounced = "UPDATE delivery SET afterwards = 'bounced' WHERE state = 4 AND target_id % 5 = 0 \
                       AND target_id NOT IN (SELECT target_id FROM channel)";
        s.write.execute_unprepared(bounced).await.unwrap();
        let facts = s.period_facts(0, 5000).await.unwrap();
        let count =
            |f: &dyn Fn(&PeriodFacts) -> bool| facts.iter().filter(|x| f(x)).map(|x| x.n).sum::<i64>();
        for (state, n) in s.counts_of("c").await.unwrap().iter().map(|c| (c.state, c.n)) {
            assert_eq!(count(&|x| x.state == state), n, "{state}");
        }
        let n = s.int("SELECT count(*) FROM delivery WHERE afterwards = 'bounced'", vec![]).await.unwrap();
        assert!(n > 0 && count(&|x| x.afterwards.as_deref() == Some("bounced")) == n, "{facts:?}");
        assert_eq!(count(&|x| !x.unit.is_empty()), 3);
        let accepted = s.reach_accepted(0, 5000, Some("c/p")).await.unwrap();
        let sent = s.int("SELECT count(*) FROM delivery WHERE state = 4", vec![]).await.unwrap();
        assert_eq!(accepted.iter().map(|r| r.value).sum::<i64>(), sent);
    }
}

#[tokio::test]
async fn a_month_moves_into_its_archive_and_no_report_changes() {
    for s in stores().await {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("archive/1970-01.db");
        let id = finished(&s, 30).await;
        let actor = Actor::attested("an");
        let end = 2_000_000;
        // Three rows are still due: refused, and nothing is touched.
        let refused = s.archive(&file, 0, end, &actor, end).await.unwrap_err();
        assert!(matches!(&refused, StoreError::Conflict(why) if why.contains("c/p")), "{refused}");
        s.gate_turn(&[], end).await.unwrap();
        assert_eq!(s.archive_look(0, end, end).await.unwrap().open, 0);
        let (facts, accepted) =
            (s.period_facts(0, 5000).await.unwrap(), s.reach_accepted(0, 5000, None).await.unwrap());
        let all = LogFilter { limit: 100, ..LogFilter::default() };
        let before = s.log_page(&all).await.unwrap().rows;
        let reached = s.reached(&[id]).await.unwrap();
        let story = s.attempts_of(before[0].id()).await.unwrap();

        // Killed after the copy: rows are in both places. Killed after some rows went: each is in one of them.
        let target =
            Store::connect_with(&format!("sqlite:{}", dir.path().join("half.db").display()), s.key.clone())
                .await
                .unwrap();
        target.migrate_up().await.unwrap();
        s.archive_copy(&target, id).await.unwrap();
        assert_eq!(s.log_page(&all).await.unwrap().rows, before);
        target.close().await.unwrap();
        let moved = s.archive(&file, 0, end, &actor, end).await.unwrap();
        assert_eq!((moved.occurrences, moved.rows as usize, moved.attempts), (1, before.len(), 30));
        assert_eq!(
            s.archive(&file, 0, end, &actor, end).await.unwrap(),
            Archived::default(),
            "again: nothing is left"
        );

        assert_eq!(s.log_page(&all).await.unwrap().rows, vec![]);
        assert_eq!(s.period_facts(0, 5000).await.unwrap(), facts);
        assert_eq!(s.reach_accepted(0, 5000, None).await.unwrap(), accepted);
        assert_eq!(s.reached(&[id]).await.unwrap(), reached);
        clean(&s).await;
        let archive = s.archive_open(&file).await.unwrap();
        let there = archive.log_page(&all).await.unwrap().rows;
        assert_eq!(
            there.iter().map(|r| (r.id, r.state, r.updated_at, r.receipt.clone())).collect::<Vec<_>>(),
            before.iter().map(|r| (r.id, r.state, r.updated_at, r.receipt.clone())).collect::<Vec<_>>()
        );
        assert!(there.iter().all(|r| r.address_enc.is_none()), "no address goes into an archive");
        let code = before[0].code;
        assert_eq!(archive.delivery_by_code(code..=code).await.unwrap().len(), 1);
        assert_eq!(archive.attempts_of(before[0].id()).await.unwrap(), story);

        // A post whose date is moved is not sent to those again who have it.
        let later = NewOccurrence {
            planned_for: 9_000_000,
            family: "email".into(),
            lists: vec!["l".into()],
            carrier: Some(("acc".into(), "scripted".into())),
            ..occurrence("c/p", 9_000_000, &["a/website", "b/website"])
        };
        let plan =
            PlanWrite { posts: vec![post("c/p", "h2")], occurrences: vec![later], ..PlanWrite::default() };
        assert_eq!(s.plan_write(&plan, None, FAR, &actor, end).await.unwrap(), 0);
        s.gate_turn(&[(id, None)], end).await.unwrap();
        while s.expand_step(FAR, end).await.unwrap().1 {}
        assert_eq!(s.log_page(&all).await.unwrap().rows, vec![]);
    }
}

#[tokio::test]
async fn an_archive_that_was_cut_off_goes_on_and_one_that_differs_deletes_nothing() {
    for s in stores().await {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("1970-01.db");
        let id = finished(&s, 10).await;
        let end = 2_000_000;
        s.gate_turn(&[], end).await.unwrap();
        let n = s.int("SELECT count(*) FROM delivery", vec![]).await.unwrap();
        let facts = s.period_facts(0, 5000).await.unwrap();
        let target = Store::connect_with(&format!("sqlite:{}", file.display()), s.key.clone()).await.unwrap();
        target.migrate_up().await.unwrap();
        s.archive_copy(&target, id).await.unwrap();
        // A row that is not there as it is here is not deleted here.
        target
            .write
            .execute_unprepared("UPDATE delivery SET receipt = 'other one' WHERE state = 4")
            .await
            .unwrap();
        assert!(matches!(s.archive_delete(&target, id, end).await, Err(StoreError::Conflict(_))));
        assert_eq!(s.int("SELECT count(*) FROM delivery", vec![]).await.unwrap(), n);
        // A call that was cut off between two parts.
        s.archive_copy(&target, id).await.unwrap();
        let tx = s.begin().await.unwrap();
        s.archive_totals(&tx, id, end).await.unwrap();
        let half = "DELETE FROM delivery WHERE id IN (SELECT id FROM delivery ORDER BY id LIMIT 4)";
        tx.exec(half, vec![]).await.unwrap();
        tx.exec("DELETE FROM attempt WHERE delivery_id NOT IN (SELECT id FROM delivery)", vec![])
            .await
            .unwrap();
        tx.commit().await.unwrap();
        target.close().await.unwrap();
        assert_eq!(s.period_facts(0, 5000).await.unwrap(), facts, "the report is the same in between");
        clean(&s).await;
        let rest = s.archive(&file, 0, end, &Actor::system(), end).await.unwrap();
        assert_eq!(rest.rows as i64, n - 4);
        let archive = s.archive_open(&file).await.unwrap();
        assert_eq!(archive.int("SELECT count(*) FROM delivery", vec![]).await.unwrap(), n);
        assert_eq!(archive.int("SELECT count(*) FROM attempt", vec![]).await.unwrap(), 10);
        assert_eq!(s.period_facts(0, 5000).await.unwrap(), facts);
        clean(&s).await;
    }
}
