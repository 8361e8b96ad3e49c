//! Months as partitions of PostgreSQL: made, filled, closed and dropped. SQLite has none, and is looked at where that matters.

use super::*;
use crate::domain::month::Month;

const ZONE: chrono_tz::Tz = chrono_tz::Asia::Ho_Chi_Minh;
const DAY: i64 = 86_400_000;

fn begins(month: &str) -> i64 {
    Month::parse(month).unwrap().begins(ZONE)
}

/// One post in each month, an hour after it begins: to two channels and the people of a list.
async fn planned(s: &Store, months: &[&str], people: usize) {
    let plan = PlanWrite {
        channels: Some(vec![channel("a", "website"), channel("b", "website")]),
        lists: Some(vec![list(people)]),
        posts: vec![post("c/p", "h1")],
        occurrences: months
            .iter()
            .map(|m| NewOccurrence {
                slot: (*m).to_owned(),
                family: "email".into(),
                lists: vec!["l".into()],
                carrier: Some(("acc".into(), "scripted".into())),
                ..occurrence("c/p", begins(m) + 3_600_000, &["a/website", "b/website"])
            })
            .collect(),
        ..PlanWrite::default()
    };
    s.plan_write(&plan, None, FAR, &Actor::system(), 1).await.unwrap();
}

/// The same, all sent to everybody in its time.
async fn sent(s: &Store, months: &[&str], people: usize) -> i64 {
    planned(s, months, people).await;
    let now = begins(months.last().unwrap()) + DAY;
    let open: Vec<_> = s.occurrence_all().await.unwrap().iter().map(|o| (o.id, None)).collect();
    s.gate_turn(&open, 3).await.unwrap();
    for m in months {
        while s.expand_step(begins(m) + DAY, begins(m)).await.unwrap().0 > 0 {}
        let at = begins(m) + 3_600_000;
        s.gate_turn(&[], at).await.unwrap();
        let node = s.node_start("n", at).await.unwrap();
        let (writer, h) = s.writer();
        serve(writer);
        let rows = h.claim(ClaimRequest { now: at, ..request(node, 1000) }).await.unwrap();
        assert_eq!(rows.len(), people + 2, "{m}");
        let intents = rows.iter().map(|c| Intent { now: at, ..intent(c, node) });
        h.intend(intents.collect()).await.unwrap();
        let answers = rows.iter().map(|c| Settle { at: at + 1, ..settle(c, node, 1, Event::Accepted) });
        h.settle(answers.collect()).await.unwrap();
    }
    now
}

async fn on_postgres() -> Option<Store> {
    stores().await.into_iter().find(|s| !s.is_embedded())
}

/// How many rows lie in a partition.
async fn rows_in(s: &Store, name: &str) -> i64 {
    s.int(&format!("SELECT count(*) FROM {name}"), vec![]).await.unwrap()
}

async fn months(s: &Store) -> Vec<String> {
    s.partitions().await.unwrap().unwrap().months
}

#[tokio::test]
async fn rows_lie_in_their_months_and_those_of_no_month_in_the_default_until_it_is_made() {
    let embedded = Store::in_memory().await.unwrap();
    assert_eq!(embedded.months_all(ZONE, 0, FAR).await.unwrap(), 0);
    assert_eq!(embedded.partitions().await.unwrap(), None);
    let Some(s) = on_postgres().await else { return };
    assert!(s.months_ahead(ZONE, begins("2026-09"), begins("2026-10")).await);
    assert_eq!(months(&s).await, ["2026-09", "2026-10"]);
    sent(&s, &["2026-08", "2026-09", "2026-10"], 5).await;
    for (part, rows) in [("delivery_2026_09", 7), ("delivery_2026_10", 7), ("delivery_default", 7)] {
        assert_eq!(rows_in(&s, part).await, rows, "{part}");
    }
    assert_eq!((rows_in(&s, "attempt_2026_10").await, rows_in(&s, "attempt_default").await), (7, 7));
    assert_eq!(s.partitions().await.unwrap().unwrap().in_default, 14);
    let all = LogFilter { limit: 100, ..LogFilter::default() };
    let before = s.log_page(&all).await.unwrap().rows;

    // Too many to be moved beside the senders: they stay where they are, and nothing fails.
    assert_eq!(s.months_make(ZONE, None, Some(6)).await.unwrap(), 0);
    assert_eq!(rows_in(&s, "delivery_default").await, 7);
    // Two nodes at once make each month once.
    let (a, b) = tokio::join!(
        s.months_make(ZONE, None, Some(7)),
        s.months_all(ZONE, begins("2026-09"), begins("2026-12"))
    );
    assert_eq!(a.unwrap() + b.unwrap(), 2 + 2 * 5, "delivery and attempt of August; November and December");
    assert_eq!(months(&s).await, ["2026-08", "2026-09", "2026-10", "2026-11", "2026-12"]);
    assert_eq!((rows_in(&s, "delivery_2026_08").await, rows_in(&s, "attempt_2026_08").await), (7, 7));
    assert_eq!(s.partitions().await.unwrap().unwrap().in_default, 0);
    assert_eq!(s.months_all(ZONE, begins("2026-09"), begins("2026-12")).await.unwrap(), 0, "again: nothing");
    assert_eq!(s.log_page(&all).await.unwrap().rows, before);

    // A row is what it was: its key holds, its states are guarded, its number goes on.
    let twice = "INSERT INTO delivery SELECT * FROM delivery WHERE planned_for = $1";
    let tx = s.begin().await.unwrap();
    assert!(tx.exec(twice, params![begins("2026-08") + 3_600_000]).await.is_err());
    drop(tx);
    let edge = "UPDATE delivery SET state = 0 WHERE state = 4";
    assert!(s.write.execute_unprepared(edge).await.unwrap_err().to_string().contains("no such edge"));
    clean(&s).await;
}

#[tokio::test]
async fn an_office_that_moves_to_another_zone_has_no_hour_without_a_month() {
    let Some(s) = on_postgres().await else { return };
    s.months_all(ZONE, begins("2026-09"), begins("2026-09")).await.unwrap();
    // October begins five hours later there; what is left of August, September and the hours in between have a month.
    let paris = chrono_tz::Europe::Paris;
    s.months_all(paris, begins("2026-09"), begins("2026-12")).await.unwrap();
    assert_eq!(months(&s).await, ["2026-08", "2026-09", "2026-10", "2026-11"]);
    planned(&s, &["2026-09", "2026-10", "2026-11"], 0).await;
    assert_eq!(rows_in(&s, "delivery_2026_10").await, 4, "also the first hour of October, and of November");
    assert_eq!(rows_in(&s, "delivery_2026_09").await, 2);
    assert_eq!(s.partitions().await.unwrap().unwrap().in_default, 0);
}

#[tokio::test]
async fn an_archived_month_is_dropped_and_its_totals_stay() {
    let Some(s) = on_postgres().await else { return };
    s.months_all(ZONE, begins("2026-08"), begins("2026-11")).await.unwrap();
    let now = sent(&s, &["2026-08", "2026-09", "2026-10"], 5).await;
    let (dir, actor) = (tempfile::tempdir().unwrap(), Actor::attested("an"));
    let file = |m: &str| dir.path().join(format!("{m}.db"));
    let all = LogFilter { limit: 100, ..LogFilter::default() };
    let facts = s.period_facts(0, now).await.unwrap();
    let before = s.log_page(&all).await.unwrap().rows;
    let later = now + 2_000_000;

    let moved =
        s.archive(&file("2026-08"), begins("2026-08"), begins("2026-09"), &actor, later).await.unwrap();
    assert_eq!((moved.occurrences, moved.rows, moved.attempts), (1, 7, 7));
    // All five tables: figures had none of August.
    assert_eq!(months(&s).await, ["2026-09", "2026-10", "2026-11"]);
    let left = "SELECT count(*) FROM pg_class WHERE relname LIKE '%2026_08%' AND relkind = 'r'";
    assert_eq!(s.int(left, vec![]).await.unwrap(), 0);

    // Killed after what stays was written, and once more after the attempts were dropped.
    let target =
        Store::connect_with(&format!("sqlite:{}", file("2026-09").display()), s.key.clone()).await.unwrap();
    target.migrate_up().await.unwrap();
    let whole = s.months_whole(begins("2026-09"), begins("2026-10")).await.unwrap();
    let id = s.occurrence_all().await.unwrap().iter().find(|o| o.slot == "2026-09").unwrap().id;
    s.month_close(&whole[0]).await.unwrap();
    s.archive_copy(&target, id).await.unwrap();
    assert_eq!(s.archive_leave(&target, id, later).await.unwrap(), [7, 0, 0, 7]);
    assert_eq!(s.period_facts(0, now).await.unwrap(), facts, "the report is the same in between");
    assert_eq!(s.log_page(&all).await.unwrap().rows.len(), 14, "its rows are read");
    assert_eq!(s.partitions().await.unwrap().unwrap().closed, ["2026-09"]);
    let word = format!("UPDATE delivery SET afterwards = 'bounced' WHERE occurrence_id = {id}");
    assert!(s.write.execute_unprepared(&word).await.unwrap_err().to_string().contains("being archived"));
    s.month_drop(&whole[0], "attempt").await.unwrap();
    target.close().await.unwrap();
    let rest =
        s.archive(&file("2026-09"), begins("2026-09"), begins("2026-10"), &actor, later).await.unwrap();
    assert_eq!((rest.occurrences, rest.rows, rest.attempts), (1, 7, 0));

    assert_eq!(months(&s).await, ["2026-10", "2026-11"]);
    assert_eq!(s.partitions().await.unwrap().unwrap().closed, Vec::<String>::new());
    assert_eq!(s.period_facts(0, now).await.unwrap(), facts);
    clean(&s).await;
    let mut there = Vec::new();
    for m in ["2026-09", "2026-08"] {
        let archive = s.archive_open(&file(m)).await.unwrap();
        assert_eq!(archive.int("SELECT count(*) FROM attempt", vec![]).await.unwrap(), 7, "{m}");
        there.extend(archive.log_page(&all).await.unwrap().rows);
    }
    let ids = |rows: &[DeliveryRow]| rows.iter().map(|r| (r.id, r.state)).collect::<Vec<_>>();
    assert_eq!(ids(&there), ids(&before[7..]), "the log of the archives is the log of before");
    assert_eq!(ids(&s.log_page(&all).await.unwrap().rows), ids(&before[..7]));
    // A row of a dropped month that comes late has its place.
    planned(&s, &["2026-10"], 0).await;
    let late = "INSERT INTO reach (delivery_id, planned_for, occurrence_id, metric, value, grade, source, at) \
                VALUES (0, $1, 1, 'm', 1, 'measured', 's', 1)";
    let tx = s.begin().await.unwrap();
    tx.exec(late, params![begins("2026-08")]).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(rows_in(&s, "reach_default").await, 1);
}

#[tokio::test]
async fn a_month_that_differs_from_its_archive_is_opened_again() {
    let Some(s) = on_postgres().await else { return };
    s.months_all(ZONE, begins("2026-08"), begins("2026-09")).await.unwrap();
    let now = sent(&s, &["2026-08"], 3).await;
    let dir = tempfile::tempdir().unwrap();
    let target = Store::connect_with(&format!("sqlite:{}", dir.path().join("x.db").display()), s.key.clone())
        .await
        .unwrap();
    target.migrate_up().await.unwrap();
    let id = s.occurrence_all().await.unwrap()[0].id;
    s.archive_copy(&target, id).await.unwrap();
    target.write.execute_unprepared("UPDATE delivery SET receipt = 'other one'").await.unwrap();
    assert!(matches!(s.archive_leave(&target, id, now).await, Err(StoreError::Conflict(_))));
    // An archive that cannot be written: the month can be changed as before.
    let no_trigger = "CREATE TRIGGER full BEFORE INSERT ON attempt BEGIN SELECT RAISE(ABORT, 'full'); END";
    target.write.execute_unprepared(no_trigger).await.unwrap();
    target.close().await.unwrap();
    let (from, until) = (begins("2026-08"), begins("2026-09"));
    let stopped = s.archive(&dir.path().join("x.db"), from, until, &Actor::system(), now + 2_000_000).await;
    assert!(stopped.unwrap_err().to_string().contains("full"));
    assert_eq!(s.partitions().await.unwrap().unwrap().closed, Vec::<String>::new());
    s.write.execute_unprepared("UPDATE delivery SET afterwards = 'bounced'").await.unwrap();
    assert_eq!((rows_in(&s, "delivery_2026_08").await, rows_in(&s, "attempt_2026_08").await), (5, 5));
    // A row that nobody copied is not dropped with the others.
    let w = &s.months_whole(from, until).await.unwrap()[0];
    let refused = s.month_drop_all(w, &[("attempt", 5), ("delivery", 4)]).await.unwrap_err();
    assert!(
        matches!(&refused, StoreError::Conflict(why) if why.contains("4 are in the archive")),
        "{refused}"
    );
    assert_eq!((rows_in(&s, "delivery_2026_08").await, rows_in(&s, "attempt_2026_08").await), (5, 5));
    // Killed just after it was closed, and a row of it is not finished: it can go on.
    s.write
        .execute_unprepared("UPDATE delivery SET pending = 1, afterwards = NULL WHERE target_id < 3")
        .await
        .unwrap();
    s.month_close(&s.months_whole(from, until).await.unwrap()[0]).await.unwrap();
    let stopped = s.archive(&dir.path().join("x.db"), from, until, &Actor::system(), now + 2_000_000).await;
    assert!(stopped.unwrap_err().to_string().contains("not finished"));
    s.write.execute_unprepared("UPDATE delivery SET pending = 0").await.unwrap();
}

#[tokio::test]
async fn a_month_is_made_while_rows_are_written_and_waits_for_no_one_for_long() {
    let Some(s) = on_postgres().await else { return };
    planned(&s, &["2026-08"], 0).await;
    // Somebody is in the table for as long as it takes.
    let reader = s.begin().await.unwrap();
    assert_eq!(reader.int("SELECT count(*) FROM delivery", vec![]).await.unwrap(), Some(2));
    assert!(!s.months_ahead(ZONE, begins("2026-08"), begins("2026-08")).await, "not now, and no fault");
    reader.commit().await.unwrap();
    assert!(s.months_ahead(ZONE, begins("2026-08"), begins("2026-08")).await);
    assert_eq!((rows_in(&s, "delivery_2026_08").await, rows_in(&s, "delivery_default").await), (2, 0));
}

#[tokio::test]
async fn a_copy_makes_its_months_first() {
    let Some(to) = on_postgres().await else { return };
    let from = Store::in_memory().await.unwrap();
    sent(&from, &["2026-08", "2026-10"], 2).await;
    assert_eq!(to.months_like(&from, ZONE).await.unwrap(), 2 * 5);
    from.copy_to(&to).await.unwrap();
    assert_eq!(months(&to).await, ["2026-08", "2026-10"]);
    assert_eq!((rows_in(&to, "delivery_2026_08").await, rows_in(&to, "attempt_2026_10").await), (4, 4));
    assert_eq!(to.partitions().await.unwrap().unwrap().in_default, 0);
    clean(&to).await;
    // And back, by a ledger that has partitions.
    let back = Store::in_memory().await.unwrap();
    to.copy_to(&back).await.unwrap();
    assert_eq!(back.table_counts().await.unwrap(), from.table_counts().await.unwrap());
}
