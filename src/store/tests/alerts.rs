//! Alerts and messages in the ledger: told and marked as told in one transaction; one row per way; nothing holds them.

use super::*;
use crate::domain::alert::{Cause, Moves, Raised};
use crate::domain::message::{Rendition, Voice};

fn raised(says: &str, mark: i64) -> Raised {
    Raised {
        cause: Cause::UrgentFailed,
        subject: "thu".into(),
        says: says.into(),
        mark,
        grace: 0,
        avoid: vec!["thu".into()],
    }
}

fn staff() -> Vec<StaffAddress> {
    ["email", "zalo"]
        .map(|family| StaffAddress {
            person: "an".into(),
            name: "Nguyễn Văn An".into(),
            family: family.into(),
            address: format!("an-{family}"),
        })
        .to_vec()
}

fn notice(slot: &str) -> NewNotice {
    NewNotice {
        purpose: "alert",
        slot: slot.into(),
        person: "an".into(),
        body: "{}".into(),
        avoid: vec!["thu".into()],
        expires_at: 900_000,
    }
}

fn rendition() -> Rendition {
    Rendition {
        voice: Voice::Chat,
        kind: "zalo-bot".into(),
        title: "T".into(),
        lead: String::new(),
        text: "x".into(),
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

fn row<'a>(rendition: &'a Rendition, n: &NoticeRow, account: &str) -> SystemDelivery<'a> {
    SystemDelivery {
        revision: NewRevision {
            origin: "system/alert".into(),
            hash: "h".into(),
            class: "internal".into(),
            title: "T".into(),
            author: "loa".into(),
            manifest: "{}".into(),
        },
        rendition,
        slot: format!("{}/{}", n.id, n.step),
        target_ref: staff_ref("an", "zalo"),
        account: account.into(),
        kind: "zalo-bot".into(),
        family: "zalo".into(),
        priority: 0,
        due_at: 100,
        expires_at: 900_000,
    }
}

#[tokio::test]
async fn an_alert_begins_is_told_and_ends() {
    for s in stores().await {
        let begin = Moves { begin: vec![0], ..Moves::default() };
        s.alert_write(&begin, &[raised("một", 1)], &[], 10).await.unwrap();
        s.alert_write(&begin, &[raised("một", 1)], &[], 11).await.unwrap();
        let known = s.alert_known(0).await.unwrap();
        assert_eq!((known.len(), known[0].since, known[0].told_at), (1, 10, None), "one is open at a time");
        let id = known[0].id;
        let tell = Moves { keep: vec![(id, 0)], tell: vec![(id, 0)], ..Moves::default() };
        s.alert_write(&tell, &[raised("hai", 2)], &[notice("1@20")], 20).await.unwrap();
        s.notice_add(&[notice("1@20")], 21).await.unwrap();
        assert_eq!(s.notice_open().await.unwrap().len(), 1, "made once");
        let k = &s.alert_known(0).await.unwrap()[0];
        assert_eq!((k.told_at, k.told_mark, k.says.as_str(), k.seen), (Some(20), 2, "hai", false));
        // Seen before it began says nothing of it.
        s.seen_add("thu", "", &Actor::attested("cu"), 5).await.unwrap();
        assert!(!s.alert_known(0).await.unwrap()[0].seen);
        s.seen_add("thu", "chờ", &Actor::attested("an"), 30).await.unwrap();
        assert!(s.alert_known(0).await.unwrap()[0].seen);
        let seen = s.seen_since(0).await.unwrap();
        assert_eq!((seen.len(), seen[0].by_name.as_str(), seen[0].note.as_str()), (1, "an", "chờ"));
        s.alert_write(&Moves { end: vec![id], ..Moves::default() }, &[], &[], 40).await.unwrap();
        assert_eq!(s.alert_known(40).await.unwrap(), []);
        assert_eq!(s.alert_known(39).await.unwrap()[0].ended_at, Some(40));
        s.alert_write(&begin, &[raised("ba", 3)], &[], 50).await.unwrap();
        let list = s.alert_list(10).await.unwrap();
        assert_eq!((list.len(), list[0].says.as_str(), list[0].ended_at), (2, "ba", None), "open ones first");
    }
}

#[tokio::test]
async fn a_message_has_one_row_per_way_and_no_hold_keeps_it() {
    for s in stores().await {
        s.staff_put(&staff(), 1).await.unwrap();
        assert_eq!(s.staff_all().await.unwrap(), staff());
        assert!(s.channel_all().await.unwrap().iter().all(|c| c.removed), "no plan sees them");
        for blackout in [true, false] {
            let hold = NewHold {
                scope: "all".into(),
                r: "all".into(),
                reason: "x".into(),
                blackout,
                from_at: 0,
                until_at: None,
            };
            s.notice_add(&[notice(&format!("{blackout}"))], 100).await.unwrap();
            let n = s.notice_open().await.unwrap().pop().unwrap();
            let r = rendition();
            assert!(s.notice_hand(&n, &row(&r, &n, "zalo-so"), 100).await.unwrap());
            assert!(
                !s.notice_hand(&n, &row(&r, &n, "zalo-so"), 100).await.unwrap(),
                "another one was quicker"
            );
            s.hold_add(&hold, &Actor::attested("an"), 101).await.unwrap();
            s.gate_turn(&[], 200).await.unwrap();
            let n = s.notice_open().await.unwrap().pop().unwrap();
            assert_eq!((n.row_state(), n.step), (Some(State::Due), 1), "blackout {blackout}");
            assert_eq!((n.tried(), n.avoided()), (vec!["zalo-so".to_owned()], vec!["thu".to_owned()]));
            assert!(s.notice_stranded(n.id).await.unwrap());
            assert!(!s.notice_stranded(n.id).await.unwrap(), "said once");
            s.notice_close(n.id, "told", 300).await.unwrap();
        }
        assert_eq!(s.notice_open().await.unwrap(), []);
        // What is gone from the file is gone from the ledger.
        s.staff_put(&staff()[..1], 2).await.unwrap();
        assert_eq!(s.staff_all().await.unwrap(), staff()[..1]);
        clean(&s).await;
    }
}

#[tokio::test]
async fn what_loa_tells_who_is_on_duty_makes_no_question_urgent() {
    for s in stores().await {
        let mut urgent = occurrence("c/p", 1000, &["a/email"]);
        urgent.priority = 0;
        let plan = PlanWrite {
            channels: Some(vec![channel("a", "email")]),
            posts: vec![post("c/p", "h1")],
            occurrences: vec![urgent],
            ..PlanWrite::default()
        };
        s.plan_write(&plan, None, FAR, &Actor::system(), 1).await.unwrap();
        s.staff_put(&staff(), 1).await.unwrap();
        s.notice_add(&[notice("x")], 100).await.unwrap();
        let n = s.notice_open().await.unwrap().pop().unwrap();
        let r = rendition();
        assert!(s.notice_hand(&n, &row(&r, &n, "zalo-so"), 100).await.unwrap());
        let all = LogFilter { system: true, limit: 10, ..LogFilter::default() };
        for d in s.log_page(&all).await.unwrap().rows {
            let lost = Event::Restored;
            s.delivery_apply(d.id(), d.planned_for, lost, "interrupted", None, &Actor::system(), 200)
                .await
                .unwrap();
        }
        let asked: Vec<_> = s.questions().await.unwrap();
        let asked: Vec<_> = asked.iter().map(|q| (q.account.as_str(), q.n, q.urgent, q.told)).collect();
        assert_eq!(asked, [("acc", 1, 1, 0), ("zalo-so", 1, 0, 1)]);
        clean(&s).await;
    }
}

#[tokio::test]
async fn urgent_failures_count_by_account_and_never_loas_own() {
    for s in stores().await {
        let mut urgent = occurrence("c/p", 1000, &["a/email", "b/email"]);
        urgent.priority = 0;
        let plan = PlanWrite {
            channels: Some(vec![channel("a", "email"), channel("b", "email")]),
            posts: vec![post("c/p", "h1")],
            occurrences: vec![urgent],
            ..PlanWrite::default()
        };
        s.plan_write(&plan, None, FAR, &Actor::system(), 1).await.unwrap();
        assert_eq!(s.urgent_failed(0).await.unwrap(), []);
        s.gate_turn(&[], 900_000_000_000).await.unwrap();
        let all = s.urgent_failed(0).await.unwrap();
        assert_eq!(
            (all.len(), all[0].n, all[0].account.as_str(), all[0].post.as_str()),
            (1, 2, "acc", "c/p")
        );
        assert_eq!(s.urgent_failed(1001).await.unwrap(), [], "long ago");
        // A message of Loa's own that fails is no such failure.
        s.staff_put(&staff(), 1).await.unwrap();
        s.notice_add(&[notice("x")], 100).await.unwrap();
        let n = s.notice_open().await.unwrap().pop().unwrap();
        let r = rendition();
        assert!(s.notice_hand(&n, &row(&r, &n, "zalo-so"), 100).await.unwrap());
        s.gate_turn(&[], 1_000_000).await.unwrap();
        assert_eq!(s.notice_open().await.unwrap()[0].row_state(), Some(State::Expired));
        assert_eq!(s.urgent_failed(0).await.unwrap().len(), 1);
        assert!(s.meta_get("withheld").await.unwrap().is_none());
        s.meta_put("withheld", "3").await.unwrap();
        s.meta_put("withheld", "4").await.unwrap();
        assert_eq!(s.meta_get("withheld").await.unwrap().as_deref(), Some("4"));
        assert_eq!(s.db_clock().await.unwrap().is_none(), s.is_embedded());
        s.node_start("n", 77).await.unwrap();
        assert_eq!(s.first_served().await.unwrap(), Some(77));
        clean(&s).await;
    }
}
