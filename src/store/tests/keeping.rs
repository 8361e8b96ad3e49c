//! The ledger copied, backed up and put back; what a blackout leaves behind.

use super::*;

const ZONE: chrono_tz::Tz = chrono_tz::Asia::Ho_Chi_Minh;
use crate::domain::message::{Rendition, Voice};

fn temp() -> (tempfile::TempDir, std::path::PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let key = dir.path().join("key");
    let (_, text) = Key::make().unwrap();
    assert!(Key::keep(&text, &key).unwrap());
    (dir, key)
}

fn key_of(file: &Path) -> Key {
    Key::load(file).unwrap().unwrap()
}

/// Fresh databases of every dialect at hand, each with the key of the file.
async fn targets(key: &Path, dir: &Path) -> Vec<Store> {
    let mut out = Vec::new();
    for s in stores().await {
        if s.is_embedded() {
            let url = format!("sqlite:{}", dir.join(format!("to-{}.db", uniq())).display());
            out.push(Store::open_target(&url, key).await.unwrap());
        } else {
            out.push(Store { key: Arc::new(key_of(key)), ..s });
        }
    }
    out
}

fn uniq() -> u32 {
    use std::sync::atomic::{AtomicU32, Ordering};
    static N: AtomicU32 = AtomicU32::new(0);
    N.fetch_add(1, Ordering::Relaxed)
}

/// A store of a file with the key, and something of everything in it.
async fn filled(dir: &Path, key: &Path) -> Store {
    let url = format!("sqlite:{}", dir.join(format!("from-{}.db", uniq())).display());
    let s = Store::connect(&url, key_of(key)).await.unwrap();
    s.migrate_up().await.unwrap();
    s.guard_edges().await.unwrap();
    s.check_key("key").await.unwrap();
    world(&s, &["a", "b", "c", "d"]).await;
    let lists = PlanWrite { lists: Some(vec![list(2500)]), ..PlanWrite::default() };
    s.plan_write(&lists, None, FAR, &Actor::system(), 5).await.unwrap();
    let node = s.node_start("n", 1).await.unwrap();
    let (writer, handle) = s.writer();
    serve(writer);
    let rows = handle.claim(request(node, 2)).await.unwrap();
    handle.intend(rows.iter().map(|c| intent(c, node)).collect()).await.unwrap();
    handle.settle(vec![settle(&rows[0], node, 1, Event::Accepted)]).await.unwrap();
    let big = Rendition {
        voice: Voice::Web,
        kind: "scripted".into(),
        title: "Tiêu đề “có” dấu".into(),
        lead: String::new(),
        text: "Nội dung\n\"nháy\" \\ và tab\t".repeat(100_000),
        html: None,
        parts: vec![],
        attachments: vec![],
        slug: "bai".into(),
        link: None,
        categories: vec![],
        tags: vec![],
        seconds: None,
        album: 0,
    };
    let tx = s.begin().await.unwrap();
    crate::store::approval::rendition_put(&tx, 1, &big, 3).await.unwrap();
    // A life whose row is gone: its number is not given out again.
    tx.exec("INSERT INTO node (id, name, started_at, lease_until) VALUES (4000, 'x', 1, 1)", vec![])
        .await
        .unwrap();
    tx.exec("DELETE FROM node WHERE id = 4000", vec![]).await.unwrap();
    tx.commit().await.unwrap();
    s
}

#[tokio::test]
async fn a_copy_has_everything_and_goes_on_where_the_other_stopped() {
    let (dir, key) = temp();
    let from = filled(dir.path(), &key).await;
    for to in targets(&key, dir.path()).await {
        let copied = from.copy_to(&to).await.unwrap();
        let rows = |t: &str| copied.iter().find(|c| c.table == t).unwrap().rows;
        assert_eq!((rows("delivery"), rows("contact"), rows("rendition"), rows("attempt")), (4, 2500, 1, 2));
        assert!(!copied.iter().any(|c| c.table == "seaql_migrations"));
        assert_eq!(from.table_counts().await.unwrap(), to.table_counts().await.unwrap());
        assert_eq!(to.tally_check().await.unwrap(), vec![]);
        // Encrypted columns and their indexes came as they were.
        to.check_key("key").await.unwrap();
        #[derive(FromQueryResult, PartialEq, Debug)]
        struct Sealed {
            email_enc: Vec<u8>,
            email_bidx: Vec<u8>,
        }
        let sql = "SELECT email_enc, email_bidx FROM contact ORDER BY surrogate LIMIT 5";
        assert_eq!(
            from.rows::<Sealed>(sql, vec![]).await.unwrap(),
            to.rows::<Sealed>(sql, vec![]).await.unwrap()
        );
        let body = "SELECT body AS body FROM rendition";
        #[derive(FromQueryResult, PartialEq, Debug)]
        struct Body {
            body: String,
        }
        assert_eq!(
            from.rows::<Body>(body, vec![]).await.unwrap(),
            to.rows::<Body>(body, vec![]).await.unwrap()
        );
        // Numbers go on after the last one given out.
        assert!(to.node_start("m", 9).await.unwrap().0 > 4000);
        // There is something in it now.
        assert!(matches!(from.copy_to(&to).await, Err(StoreError::Conflict(_))));
        // And back again, from whatever it is.
        let url = format!("sqlite:{}", dir.path().join(format!("back-{}.db", uniq())).display());
        let back = Store::open_target(&url, &key).await.unwrap();
        to.copy_to(&back).await.unwrap();
        assert_eq!(to.table_counts().await.unwrap(), back.table_counts().await.unwrap());
        clean(&to).await;
    }
}

#[tokio::test]
async fn a_copy_that_does_not_arrive_whole_does_not_arrive() {
    let (dir, key) = temp();
    let from = filled(dir.path(), &key).await;
    for to in targets(&key, dir.path()).await {
        let tx = to.begin().await.unwrap();
        tx.exec("ALTER TABLE token ADD COLUMN more TEXT", vec![]).await.unwrap();
        tx.commit().await.unwrap();
        assert!(matches!(from.copy_to(&to).await, Err(StoreError::Conflict(w)) if w.contains("token")));
        assert!(to.is_empty().await.unwrap(), "nothing of it stays");
        clean(&to).await;
    }
}

#[tokio::test]
async fn what_was_due_since_a_backup_is_unknown_and_stays_where_it_is() {
    let (dir, key) = temp();
    let from = filled(dir.path(), &key).await;
    // One more post, due later than everything here.
    let plan = PlanWrite {
        posts: vec![post("c/later", "h2")],
        occurrences: vec![occurrence("c/later", 900_000, &["a/website", "b/website"])],
        ..PlanWrite::default()
    };
    from.plan_write(&plan, None, FAR, &Actor::system(), 1).await.unwrap();
    for via in targets(&key, dir.path()).await {
        // A backup of either dialect is one SQLite file.
        from.copy_to(&via).await.unwrap();
        let file = dir.path().join(format!("backup-{}.db", uniq()));
        let made = via.backup(&file, 2000).await.unwrap();
        assert_eq!((made.taken_at, made.deliveries), (2000, 6));
        assert_eq!(via.backup_at().await.unwrap(), Some(2000));
        assert!(
            matches!(via.backup(&file, 3000).await, Err(StoreError::Conflict(_))),
            "nothing is overwritten"
        );
        let place = dir.path().join(format!("office-{}.db", uniq()));
        let url = format!("sqlite:{}", place.display());
        let actor = Actor::attested("an");
        // Another key, and a file that is none.
        let (_other_dir, other) = temp();
        let wrong = Store::restore(&url, &other, &file, ZONE, &actor, 5000).await;
        assert!(matches!(wrong, Err(StoreError::WrongKey(_))), "{wrong:?}");
        let text = dir.path().join("text");
        std::fs::write(&text, "no database").unwrap();
        assert!(Store::restore(&url, &key, &text, ZONE, &actor, 5000).await.is_err());
        assert!(!place.exists(), "nothing was put there");
        std::fs::write(&place, "the old one").unwrap();
        let (put, aside) = Store::restore(&url, &key, &file, ZONE, &actor, 5000).await.unwrap();
        // Sent stays sent; due, due and sending are unknown; what comes later goes on.
        assert_eq!((put.taken_at, put.unknown, put.later), (2000, 3, 2));
        assert_eq!(std::fs::read_to_string(aside.unwrap()).unwrap(), "the old one");
        let s = Store::connect(&url, key_of(&key)).await.unwrap();
        s.guard_edges().await.unwrap();
        assert_eq!(s.restored().await.unwrap(), Some((2000, 5000, 3)));
        assert_eq!(s.tally_check().await.unwrap(), vec![]);
        let questions = s.questions().await.unwrap();
        assert_eq!((questions.len(), questions[0].cause_code.as_str(), questions[0].n), (1, RESTORED, 3));
        // The folder still wants what was written and sent after the backup, and a list that was due then.
        let plan = PlanWrite {
            posts: vec![post("c/new", "h3")],
            occurrences: vec![
                occurrence("c/new", 4000, &["a/website"]),
                NewOccurrence {
                    sending: "mail".into(),
                    family: "email".into(),
                    channels: vec![],
                    lists: vec!["l".into()],
                    carrier: Some(("acc".into(), "scripted".into())),
                    ..occurrence("c/new", 4500, &[])
                },
            ],
            ..PlanWrite::default()
        };
        s.plan_write(&plan, None, FAR, &Actor::system(), 5001).await.unwrap();
        let open: Vec<(i64, Option<String>)> =
            s.occurrence_all().await.unwrap().iter().map(|o| (o.id, None)).collect();
        s.gate_turn(&open, 5002).await.unwrap();
        s.expand_step(FAR, 5003).await.unwrap();
        s.gate_turn(&[], 5004).await.unwrap();
        assert_eq!(s.restored().await.unwrap().unwrap().2, 3 + 1 + 2500);
        let node = s.node_start("n", 5005).await.unwrap();
        let (writer, handle) = s.writer();
        serve(writer);
        let at = |now| ClaimRequest { now, ..request(node, 9000) };
        assert!(handle.claim(at(6000)).await.unwrap().is_empty(), "nothing goes by itself");
        // What a person sends again goes; what was to come later, too.
        let row = s
            .log_page(&LogFilter { states: vec![State::Unknown], limit: 1, ..LogFilter::default() })
            .await
            .unwrap();
        let row = &row.rows[0];
        s.unknown_answer(&[(row.id(), row.planned_for)], Resolution::Resend, &actor, 6001).await.unwrap();
        s.gate_turn(&[], 900_001).await.unwrap();
        assert_eq!(handle.claim(at(900_001)).await.unwrap().len(), 3);
        assert_eq!(s.tally_check().await.unwrap(), vec![]);
        clean(&via).await;
    }
}

#[tokio::test]
async fn a_backup_goes_back_into_an_empty_database_of_any_kind() {
    let (dir, key) = temp();
    let from = filled(dir.path(), &key).await;
    let file = dir.path().join("backup.db");
    from.backup(&file, 2000).await.unwrap();
    for s in stores().await.into_iter().filter(|s| !s.is_embedded()) {
        #[derive(FromQueryResult)]
        struct Name {
            name: String,
        }
        let name: Name =
            s.row("SELECT CAST(current_database() AS text) AS name", vec![]).await.unwrap().unwrap();
        #[expect(clippy::disallowed_methods, reason = "tests learn of the server from the environment")]
        let url = std::env::var("LOA_TEST_PG").unwrap();
        let url = format!("{}/{}", url.rsplit_once('/').unwrap().0, name.name);
        let actor = Actor::attested("an");
        let (put, aside) = Store::restore(&url, &key, &file, ZONE, &actor, 5000).await.unwrap();
        assert_eq!((put.unknown, aside), (3, None));
        assert_eq!(s.restored().await.unwrap(), Some((2000, 5000, 3)));
        // A second time there is something in it.
        let again = Store::restore(&url, &key, &file, ZONE, &actor, 5000).await;
        assert!(matches!(again, Err(StoreError::Conflict(_))), "{again:?}");
        clean(&s).await;
    }
}

/// The moments at which rows of the occurrence are due, sorted.
async fn moments(s: &Store) -> Vec<i64> {
    let f = LogFilter { limit: 5000, ..LogFilter::default() };
    let mut all: Vec<i64> = s.log_page(&f).await.unwrap().rows.iter().map(|r| r.due_at).collect();
    all.sort_unstable();
    all
}

#[tokio::test]
async fn what_a_blackout_held_is_spread_and_what_it_made_useless_says_so() {
    for s in stores().await {
        let units: Vec<String> = (0..40).map(|i| format!("u{i}")).collect();
        let units: Vec<&str> = units.iter().map(String::as_str).collect();
        let id = world(&s, &units).await;
        let hold = NewHold {
            scope: "all".into(),
            r: "all".into(),
            reason: "quốc tang".into(),
            blackout: true,
            from_at: 1000,
            until_at: Some(500_000),
        };
        s.hold_add(&hold, &Actor::attested("an"), 1000).await.unwrap();
        assert_eq!(s.gate_turn(&[], 1001).await.unwrap().held, 40);
        let row = s.gate_rows().await.unwrap().remove(0);
        assert_eq!(row.gate.as_deref(), Some("blackout"));
        let open = |at, spread| GateChange {
            id,
            revision_id: row.revision_id,
            was: Some("blackout".into()),
            gate: None,
            resume: Some(Resume { at, spread, reason: "quốc tang".into() }),
        };
        let ended = s.blackouts_ended(500_000).await.unwrap();
        assert_eq!((ended.len(), ended[0].from_at, ended[0].ended_at), (1, 1000, 500_000));
        let newest = s.hold_newest().await.unwrap();
        s.gate_write(&[open(500_000, 100_000)], newest).await.unwrap();
        let t = s.gate_turn(&[], 500_000).await.unwrap();
        assert_eq!((t.released + t.due, t.expired), (40, 0));
        let at = moments(&s).await;
        assert!(at[0] >= 500_000 && at[39] < 600_000, "{at:?}");
        // Evenly: no tenth of the time has more than a few of the forty.
        for tenth in 0..10 {
            let from = 500_000 + tenth * 10_000;
            assert!(at.iter().filter(|t| (from..from + 10_000).contains(*t)).count() <= 6, "{at:?}");
        }
        // Held again, and of no use any more before it ends: expired, and for whose sake.
        s.gate_turn(&[(id, Some("blackout".into()))], 500_001).await.unwrap();
        let t = s.gate_turn(&[], 1_001_000).await.unwrap();
        assert_eq!(t.expired, 40);
        assert_eq!(s.blackout_missed(0).await.unwrap(), [("c/p".to_owned(), "quốc tang".to_owned(), 40)]);
        clean(&s).await;
    }
}

#[tokio::test]
async fn a_spread_ends_before_what_it_spreads_is_useless() {
    for s in stores().await {
        let id = world(&s, &["a", "b", "c", "d", "e"]).await;
        s.gate_turn(&[(id, Some("blackout".into()))], 1001).await.unwrap();
        let row = s.gate_rows().await.unwrap().remove(0);
        // Useful until 1 001 000; the spread alone would last far longer.
        let change = GateChange {
            id,
            revision_id: row.revision_id,
            was: Some("blackout".into()),
            gate: None,
            resume: Some(Resume { at: 1_000_000, spread: MOST_SPREAD_MS, reason: "x".into() }),
        };
        s.gate_write(&[change], 0).await.unwrap();
        s.gate_turn(&[], 1_000_000).await.unwrap();
        assert!(moments(&s).await.iter().all(|t| (1_000_000..=1_000_500).contains(t)));
        clean(&s).await;
    }
}

#[tokio::test]
async fn the_last_step_of_the_schema_goes_and_comes() {
    for s in stores().await {
        let all = s.db_status().await.unwrap();
        assert!(all.steps.len() > 1 && all.steps.iter().all(|x| x.applied) && all.bytes > 0);
        s.migrate_down_one().await.unwrap();
        let less = s.db_status().await.unwrap();
        assert_eq!(less.steps.iter().filter(|x| x.applied).count(), all.steps.len() - 1);
        s.migrate_up().await.unwrap();
        assert_eq!(
            s.db_status().await.unwrap(),
            DbStatus { bytes: s.db_status().await.unwrap().bytes, ..all }
        );
        clean(&s).await;
    }
}

#[tokio::test]
async fn what_is_committed_is_on_disk_whatever_the_servers_own_setting_is() {
    #[derive(FromQueryResult)]
    struct Said {
        said: String,
    }
    for s in stores().await.into_iter().filter(|s| !s.is_embedded()) {
        let one = async |s: &Store, sql: &str| {
            let tx = s.begin().await.unwrap();
            tx.row::<Said>(sql, vec![]).await.unwrap().unwrap().said
        };
        let name = one(&s, "SELECT CAST(current_database() AS text) AS said").await;
        let tx = s.begin().await.unwrap();
        tx.inner_unprepared(&format!("ALTER DATABASE {name} SET synchronous_commit = off")).await.unwrap();
        tx.commit().await.unwrap();
        #[expect(clippy::disallowed_methods, reason = "tests learn of the server from the environment")]
        let url = std::env::var("LOA_TEST_PG").unwrap();
        let url = format!("{}/{name}", url.rsplit_once('/').unwrap().0);
        for url in [url.clone(), format!("{url}?pooler=transaction")] {
            let s = Store::connect(&url, Key::from_bytes(&[7; 32])).await.unwrap();
            assert_eq!(one(&s, "SELECT current_setting('synchronous_commit') AS said").await, "on", "{url}");
            // The rest of the ledger's work goes the same way with a pooler.
            assert_eq!(s.pooled, url.contains("pooler"));
            assert!(s.is_empty().await.unwrap());
            world(&s, &["a", "b"]).await;
            clean(&s).await;
            let tx = s.begin().await.unwrap();
            tx.inner_unprepared(
                "TRUNCATE delivery, occurrence, tally, post, sending, revision, audit, target, channel",
            )
            .await
            .unwrap();
            tx.commit().await.unwrap();
        }
    }
}
