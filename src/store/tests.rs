//! The ledger's promises, on SQLite and, where `LOA_TEST_PG` names a server, on PostgreSQL too.

mod alerts;
mod approvals;
mod archive;
mod compare;
mod cost;
mod expand;
mod keeping;
mod limits;
mod papers;
mod parts;
mod questions;
mod trouble;
mod waits;

use super::*;
use crate::domain::delivery::{DeliveryId, Event, State};
use crate::domain::id::ListId;
use crate::domain::people::Actor;
use crate::domain::unit::{ContactList, ContactRow, Ground};

/// Fresh stores of every dialect at hand.
#[expect(clippy::disallowed_methods, reason = "tests learn of the server from the environment")]
async fn stores() -> Vec<Store> {
    let mut out = vec![Store::in_memory().await.unwrap(), in_a_file().await];
    if let Ok(url) = std::env::var("LOA_TEST_PG") {
        use std::sync::atomic::{AtomicU32, Ordering};
        static N: AtomicU32 = AtomicU32::new(0);
        let name = format!("loa_t_{}_{}", std::process::id(), N.fetch_add(1, Ordering::Relaxed));
        let admin = Database::connect(url.clone()).await.unwrap();
        admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await.unwrap();
        let (base, _) = url.rsplit_once('/').unwrap();
        let s = Store::connect(&format!("{base}/{name}"), Key::from_bytes(&[7; 32])).await.unwrap();
        s.migrate_up().await.unwrap();
        s.guard_edges().await.unwrap();
        out.push(s);
    }
    out
}

/// An embedded database as an office has it: the writer's own connection beside the pools.
async fn in_a_file() -> Store {
    let dir = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", dir.path().join("loa.db").display());
    let mut s = Store::connect(&url, Key::from_bytes(&[7; 32])).await.unwrap();
    s.migrate_up().await.unwrap();
    s.guard_edges().await.unwrap();
    s.folder = Some(Arc::new(dir));
    s
}

fn channel(unit: &str, family: &str) -> ChannelRow {
    ChannelRow {
        target_ref: format!("{unit}/{family}"),
        unit: unit.into(),
        unit_name: format!("Unit {unit}"),
        family: family.into(),
        account: "acc".into(),
        kind: "scripted".into(),
        mode: None,
        url: None,
        address: Some(format!("{unit}@x.example")),
        covered: None,
        officer: None,
        station: None,
    }
}

fn post(origin: &str, hash: &str) -> NewPost {
    NewPost {
        revision: Some(NewRevision {
            origin: origin.into(),
            hash: hash.into(),
            class: "policy".into(),
            title: "Title".into(),
            author: "an".into(),
            manifest: "{}".into(),
        }),
        origin: origin.into(),
        title: "Title".into(),
        stopped: None,
        sendings: vec![("s".into(), "website".into(), 2, "{}".into())],
    }
}

fn occurrence(origin: &str, due: i64, channels: &[&str]) -> NewOccurrence {
    NewOccurrence {
        origin: origin.into(),
        sending: "s".into(),
        slot: "once".into(),
        family: "website".into(),
        priority: 2,
        planned_for: due,
        due_at: due,
        expires_at: due + 1_000_000,
        times: 1,
        channels: channels.iter().map(|c| (*c).to_owned()).collect(),
        lists: vec![],
        except_lists: vec![],
        carrier: None,
    }
}

fn list(n: usize) -> ContactList {
    ContactList {
        id: ListId::new("l"),
        title: "L".into(),
        ground: Ground::Duty,
        source: "test".into(),
        contacts: (0..n)
            .map(|i| ContactRow {
                name: Some(format!("Name {i}")),
                email: Some(format!("p{i}@x.example")),
                zalo: None,
                telegram: None,
                ground: None,
            })
            .collect(),
    }
}

const FAR: i64 = i64::MAX / 4;

/// A store with one post to `n` channels, gate open, rows due at 1000.
async fn world(s: &Store, units: &[&str]) -> i64 {
    let channels: Vec<ChannelRow> = units.iter().map(|u| channel(u, "website")).collect();
    let refs: Vec<String> = channels.iter().map(|c| c.target_ref.clone()).collect();
    let refs: Vec<&str> = refs.iter().map(String::as_str).collect();
    let plan = PlanWrite {
        channels: Some(channels),
        posts: vec![post("c/p", "h1")],
        occurrences: vec![occurrence("c/p", 1000, &refs)],
        ..PlanWrite::default()
    };
    assert_eq!(s.plan_write(&plan, None, FAR, &Actor::system(), 1).await.unwrap(), units.len() as u64);
    let id = s.occurrence_all().await.unwrap()[0].id;
    // Unapproved: held, and says why.
    let t = s.gate_turn(&[], 2).await.unwrap();
    assert_eq!((t.held, t.due), (units.len() as u64, 0));
    let t = s.gate_turn(&[(id, None)], 3).await.unwrap();
    assert_eq!((t.released, t.due), (units.len() as u64, 0));
    let t = s.gate_turn(&[], 1000).await.unwrap();
    assert_eq!(t.due, units.len() as u64);
    id
}

fn request(node: NodeId, n: usize) -> ClaimRequest {
    ClaimRequest { account: "acc".into(), node, now: 1000, n, reserve: 0, only: None, limits: [].into() }
}

fn settle(c: &Claimed, node: NodeId, attempt: i16, event: Event) -> Settle {
    Settle {
        id: c.id,
        planned_for: c.planned_for,
        node,
        attempt,
        event,
        outcome: "x",
        spend: true,
        cause: None,
        receipt: matches!(event, Event::Accepted).then(|| "r".to_owned()),
        receipt_url: None,
        pending: false,
        due_at: matches!(event, Event::Again).then_some(5000),
        suppress: false,
        account: "acc".into(),
        counted: false,
        effect: if event == Event::Lost { AccountEffect::Ambiguous } else { AccountEffect::Fine },
        at: 1001,
    }
}

async fn states(s: &Store) -> Vec<State> {
    let page = s.log_page(&LogFilter { limit: 100, ..LogFilter::default() }).await.unwrap();
    let mut v: Vec<State> = page.rows.iter().map(DeliveryRow::state).collect();
    v.sort();
    v
}

async fn clean(s: &Store) {
    assert_eq!(s.tally_check().await.unwrap(), vec![], "tallies follow the rows");
}

/// Lets a writer serve, as the daemon does.
fn serve(writer: Writer) {
    #[expect(clippy::disallowed_methods, reason = "a test stands in for the daemon")]
    tokio::spawn(writer.run());
}

fn intent(c: &Claimed, node: NodeId) -> Intent {
    Intent {
        id: c.id,
        planned_for: c.planned_for,
        node,
        now: 1000,
        account: "acc".into(),
        attempt: c.opened + 1,
        revision_id: c.revision_id,
        counted: false,
        chat: None,
        messages: 1,
    }
}

#[tokio::test]
async fn a_row_goes_its_way_once() {
    for s in stores().await {
        world(&s, &["a", "b", "c"]).await;
        let node = s.node_start("n", 1).await.unwrap();
        let (writer, h) = s.writer();
        #[expect(clippy::disallowed_methods, reason = "a test stands in for the daemon")]
        tokio::spawn(writer.run());
        let first = h.claim(request(node, 2)).await.unwrap();
        assert_eq!(first.len(), 2);
        assert_eq!(first[0].address.value, "a@x.example");
        let second = h.claim(request(node, 10)).await.unwrap();
        assert_eq!(second.len(), 1, "a claimed row is not claimed again");
        let v = h.intend(first.iter().chain(&second).map(|c| intent(c, node)).collect()).await.unwrap();
        assert_eq!(v, vec![Verdict::Go { attempt: 1 }; 3]);
        let again = h.intend(vec![intent(&first[0], node)]).await.unwrap();
        assert_eq!(again, vec![Verdict::Shut], "one intent per claim");
        h.settle(vec![settle(&first[0], node, 1, Event::Accepted), settle(&first[1], node, 1, Event::Again)])
            .await
            .unwrap();
        h.settle(vec![settle(&second[0], node, 1, Event::Lost)]).await.unwrap();
        assert_eq!(states(&s).await, vec![State::Due, State::Sent, State::Unknown]);
        assert_eq!(s.attempts_of(first[0].id).await.unwrap()[0].outcome.as_deref(), Some("x"));
        // The late answer of the very attempt turns unknown into the truth; another attempt's does not.
        h.settle(vec![settle(&second[0], node, 2, Event::Accepted)]).await.unwrap();
        assert!(states(&s).await.contains(&State::Unknown));
        h.settle(vec![settle(&second[0], node, 1, Event::Accepted)]).await.unwrap();
        assert_eq!(states(&s).await, vec![State::Due, State::Sent, State::Sent]);
        clean(&s).await;
    }
}

#[tokio::test]
async fn a_dead_node_loses_its_words_and_nothing_else() {
    for s in stores().await {
        world(&s, &["a", "b", "c"]).await;
        let dead = s.node_start("dead", 1).await.unwrap();
        let (writer, h) = s.writer();
        #[expect(clippy::disallowed_methods, reason = "a test stands in for the daemon")]
        tokio::spawn(writer.run());
        let rows = h.claim(request(dead, 2)).await.unwrap();
        h.intend(vec![intent(&rows[0], dead)]).await.unwrap();
        s.node_stop(dead, 5).await.unwrap();
        let live = s.node_start("live", 6).await.unwrap();
        let r = s.node_rescue(7).await.unwrap();
        assert_eq!(r, Rescued { freed: 1, unknown: 1 });
        assert_eq!(states(&s).await, vec![State::Due, State::Due, State::Unknown]);
        // The dead node can write no intent and settle nothing that was freed.
        assert_eq!(h.intend(vec![intent(&rows[1], dead)]).await.unwrap(), vec![Verdict::Shut]);
        h.settle(vec![settle(&rows[1], dead, 1, Event::Accepted)]).await.unwrap();
        assert_eq!(states(&s).await, vec![State::Due, State::Due, State::Unknown]);
        assert_eq!(h.claim(request(live, 10)).await.unwrap().len(), 2);
        // … but its late answer about the very attempt is believed.
        h.settle(vec![settle(&rows[0], dead, 1, Event::Accepted)]).await.unwrap();
        assert!(states(&s).await.contains(&State::Sent));
        clean(&s).await;
    }
}

#[tokio::test]
async fn the_gate_shuts_between_claim_and_intent() {
    for s in stores().await {
        world(&s, &["a", "b"]).await;
        let node = s.node_start("n", 1).await.unwrap();
        let (writer, h) = s.writer();
        #[expect(clippy::disallowed_methods, reason = "a test stands in for the daemon")]
        tokio::spawn(writer.run());
        let rows = h.claim(request(node, 1)).await.unwrap();
        let hold = NewHold {
            scope: "post".into(),
            r: "c/p".into(),
            reason: "x".into(),
            blackout: false,
            from_at: 0,
            until_at: None,
        };
        s.hold_add(&hold, &Actor::attested("an"), 1000).await.unwrap();
        assert_eq!(h.intend(vec![intent(&rows[0], node)]).await.unwrap(), vec![Verdict::Shut]);
        h.hand_back(vec![Handed {
            id: rows[0].id,
            planned_for: rows[0].planned_for,
            node,
            event: Event::Return,
            why: String::new(),
            due_at: None,
            now: 1000,
        }])
        .await
        .unwrap();
        assert_eq!(s.gate_turn(&[], 1000).await.unwrap().held, 2);
        s.hold_release("post", "c/p", &Actor::attested("an"), 1001).await.unwrap();
        let id = s.occurrence_all().await.unwrap()[0].id;
        assert_eq!(s.gate_turn(&[(id, None)], 1001).await.unwrap().released, 2);
        // A paused account lets no intent through either.
        let rows = h.claim(request(node, 1)).await.unwrap();
        s.account_pause("acc", "x", "", &Actor::attested("an"), 1).await.unwrap();
        assert_eq!(h.intend(vec![intent(&rows[0], node)]).await.unwrap(), vec![Verdict::Shut]);
        clean(&s).await;
    }
}

#[tokio::test]
async fn planning_twice_changes_nothing_and_an_edit_voids_approval() {
    for s in stores().await {
        let id = world(&s, &["a", "b"]).await;
        let plan = PlanWrite {
            posts: vec![post("c/p", "h1")],
            occurrences: vec![occurrence("c/p", 1000, &["a/website", "b/website"])],
            ..PlanWrite::default()
        };
        assert_eq!(s.plan_write(&plan, None, FAR, &Actor::system(), 1001).await.unwrap(), 0);
        assert_eq!(states(&s).await, vec![State::Due, State::Due]);
        assert_eq!(s.occurrence_all().await.unwrap()[0].gate, None);
        // New text: the gate shuts. One channel less: its row is taken back. And back again: planned again.
        let mut edit = plan.clone();
        edit.posts = vec![post("c/p", "h2")];
        edit.occurrences = vec![occurrence("c/p", 1000, &["a/website"])];
        s.plan_write(&edit, None, FAR, &Actor::system(), 1002).await.unwrap();
        assert_eq!(s.occurrence_all().await.unwrap()[0].gate.as_deref(), Some("unapproved"));
        s.gate_turn(&[], 1002).await.unwrap();
        assert_eq!(states(&s).await, vec![State::Held, State::Cancelled]);
        s.plan_write(&plan, None, FAR, &Actor::system(), 1003).await.unwrap();
        s.gate_turn(&[(id, None)], 1003).await.unwrap();
        assert_eq!(states(&s).await, vec![State::Due, State::Due]);
        clean(&s).await;
    }
}

#[tokio::test]
async fn a_list_is_expanded_once_each_and_who_left_is_left_out() {
    for s in stores().await {
        let mut l = list(7);
        let first = l.contacts.iter().next().unwrap().row();
        l.contacts.push(&first);
        let mut o = occurrence("c/p", 1000, &[]);
        o.family = "email".into();
        o.lists = vec!["l".into()];
        o.carrier = Some(("acc".into(), "scripted".into()));
        let plan = PlanWrite {
            channels: Some(vec![]),
            lists: Some(vec![l.clone()]),
            posts: vec![post("c/p", "h1")],
            occurrences: vec![o],
            ..PlanWrite::default()
        };
        s.plan_write(&plan, None, FAR, &Actor::system(), 1).await.unwrap();
        assert_eq!(s.list_all().await.unwrap()[0].members, 7);
        assert_eq!(s.list_reachable(&["l".into()], &[], "email").await.unwrap(), 7);
        assert_eq!(s.expand_step(2000, 1).await.unwrap(), (0, false), "nothing before the gate is open");
        let id = s.occurrence_all().await.unwrap()[0].id;
        s.gate_turn(&[(id, None)], 2).await.unwrap();
        // One leaves before the expansion.
        #[derive(FromQueryResult)]
        struct R {
            r: String,
        }
        let refs: Vec<R> =
            s.rows("SELECT ref AS r FROM target WHERE kind = 'contact' ORDER BY id", vec![]).await.unwrap();
        let link = Actor { name: "link".into(), proof: crate::domain::people::Proof::Link };
        assert_eq!(s.opt_out(&refs[0].r, "email", "", &link, 3).await.unwrap(), Some(true));
        assert_eq!(s.opt_out(&refs[0].r, "email", "", &link, 3).await.unwrap(), Some(false));
        assert_eq!(s.expand_step(2000, 4).await.unwrap(), (6, false));
        assert_eq!(s.expand_step(2000, 5).await.unwrap(), (0, false));
        s.gate_turn(&[], 1000).await.unwrap();
        let node = s.node_start("n", 1).await.unwrap();
        let (writer, h) = s.writer();
        #[expect(clippy::disallowed_methods, reason = "a test stands in for the daemon")]
        tokio::spawn(writer.run());
        // Another leaves after the expansion: the intent is refused and says why.
        s.opt_out(&refs[1].r, "email", "l", &link, 6).await.unwrap();
        let rows = h.claim(request(node, 10)).await.unwrap();
        assert_eq!(rows.len(), 6);
        let v = h.intend(rows.iter().map(|c| intent(c, node)).collect()).await.unwrap();
        assert_eq!(v.iter().filter(|v| **v == Verdict::Barred("opted_out".into())).count(), 1);
        assert!(rows.iter().all(|r| r.address.value.ends_with("@x.example") && r.address.name.is_some()));
        // A dead address is suppressed for good.
        let go = rows.iter().zip(&v).find(|(_, v)| matches!(v, Verdict::Go { .. })).unwrap().0;
        let mut dead = settle(go, node, 1, Event::Refused);
        dead.suppress = true;
        h.settle(vec![dead]).await.unwrap();
        assert_eq!(s.suppression_count("dead").await.unwrap(), 1);
        assert_eq!(s.list_reachable(&["l".into()], &[], "email").await.unwrap(), 4);
        clean(&s).await;
    }
}

#[tokio::test]
async fn a_run_of_ambiguous_answers_pauses_the_account() {
    for s in stores().await {
        world(&s, &["a", "b", "c", "d", "e", "f"]).await;
        let node = s.node_start("n", 1).await.unwrap();
        let (writer, h) = s.writer();
        #[expect(clippy::disallowed_methods, reason = "a test stands in for the daemon")]
        tokio::spawn(writer.run());
        let rows = h.claim(request(node, 10)).await.unwrap();
        h.intend(rows.iter().map(|c| intent(c, node)).collect()).await.unwrap();
        for (i, r) in rows.iter().take(5).enumerate() {
            assert!(s.account_get("acc").await.unwrap().is_none_or(|a| a.paused_at.is_none()), "{i}");
            h.settle(vec![settle(r, node, 1, Event::Lost)]).await.unwrap();
        }
        let a = s.account_get("acc").await.unwrap().unwrap();
        assert_eq!(a.cause_code.as_deref(), Some("ambiguous_answers"));
        assert!(s.account_resume("acc", &Actor::attested("an"), 9).await.unwrap());
        assert_eq!(s.questions().await.unwrap()[0].n, 5);
    }
}

#[tokio::test]
async fn people_decide_only_along_the_table() {
    for s in stores().await {
        world(&s, &["a"]).await;
        let page = s.log_page(&LogFilter { limit: 1, ..LogFilter::default() }).await.unwrap();
        let (id, p) = (page.rows[0].id(), page.rows[0].planned_for);
        let an = Actor::attested("an");
        assert!(s.delivery_apply(id, p, Event::TurnsOutSent, "resolved_sent", None, &an, 1).await.is_err());
        assert!(s.delivery_apply(id, p, Event::RetryByPerson, "x", None, &an, 1).await.is_err());
        assert_eq!(s.delivery_apply(id, p, Event::Hold, "person", None, &an, 1).await.unwrap(), State::Held);
        assert_eq!(
            s.gate_turn(&[], 1000).await.unwrap().released,
            0,
            "the gate does not lift a person's hold"
        );
        assert_eq!(
            s.delivery_apply(id, p, Event::ReleaseDue, "person", None, &an, 1).await.unwrap(),
            State::Due
        );
        let code = s.code_short(page.rows[0].code).await.unwrap();
        let range = crate::domain::delivery::code_range(&code).unwrap();
        assert_eq!(s.delivery_by_code(range).await.unwrap()[0].id, id.0);
        assert!(s.delivery_get(DeliveryId(1)).await.unwrap().is_none());
        clean(&s).await;
    }
}

#[tokio::test]
async fn leases_have_one_holder() {
    for s in stores().await {
        let a = s.node_start("a", 1).await.unwrap();
        assert_eq!(s.lease_take("planner", a).await.unwrap(), Some(1));
        assert_eq!(s.lease_take("planner", a).await.unwrap(), Some(1));
        if !s.is_embedded() {
            let b = s.node_start("b", 1).await.unwrap();
            assert_eq!(s.lease_take("planner", b).await.unwrap(), None);
            s.node_stop(a, 2).await.unwrap();
            assert_eq!(s.lease_take("planner", b).await.unwrap(), Some(2));
            assert!(!s.node_renew(a).await.unwrap());
            assert!(s.node_renew(b).await.unwrap());
        }
    }
}

#[tokio::test]
async fn an_edit_between_claim_and_intent_shuts_the_gate_even_if_it_was_approved() {
    for s in stores().await {
        let id = world(&s, &["a"]).await;
        let node = s.node_start("n", 1).await.unwrap();
        let (writer, h) = s.writer();
        #[expect(clippy::disallowed_methods, reason = "a test stands in for the daemon")]
        tokio::spawn(writer.run());
        let rows = h.claim(request(node, 1)).await.unwrap();
        let edit = PlanWrite {
            posts: vec![post("c/p", "h2")],
            occurrences: vec![occurrence("c/p", 1000, &["a/website"])],
            ..PlanWrite::default()
        };
        s.plan_write(&edit, None, FAR, &Actor::system(), 1001).await.unwrap();
        s.gate_turn(&[(id, None)], 1001).await.unwrap();
        assert_eq!(
            h.intend(vec![intent(&rows[0], node)]).await.unwrap(),
            vec![Verdict::Shut],
            "the old text stays here"
        );
        clean(&s).await;
    }
}

#[tokio::test]
async fn an_underscore_in_an_id_means_itself() {
    for s in stores().await {
        world(&s, &["a"]).await;
        let hold = |r: &str| NewHold {
            scope: "campaign".into(),
            r: r.into(),
            reason: "x".into(),
            blackout: false,
            from_at: 0,
            until_at: None,
        };
        // `_` is a wildcard of LIKE: it must not reach another campaign, or another list.
        s.hold_add(&hold("_"), &Actor::attested("an"), 1).await.unwrap();
        assert_eq!(s.occurrence_all().await.unwrap()[0].gate, None);
        let mut l = list(2);
        l.id = ListId::new("l_x");
        let mut other = list(5);
        other.id = ListId::new("l-x");
        let plan = PlanWrite { lists: Some(vec![l, other]), ..PlanWrite::default() };
        s.plan_write(&plan, None, FAR, &Actor::system(), 2).await.unwrap();
        assert_eq!(s.list_reachable(&["l_x".into()], &[], "email").await.unwrap(), 2);
        assert_eq!(s.list_reachable(&["l-x".into()], &[], "email").await.unwrap(), 5);
        s.hold_add(&hold("c"), &Actor::attested("an"), 3).await.unwrap();
        assert_eq!(s.occurrence_all().await.unwrap()[0].gate.as_deref(), Some("hold"));
    }
}

#[tokio::test]
async fn rows_follow_an_account_that_was_renamed() {
    for s in stores().await {
        world(&s, &["a"]).await;
        let mut moved = channel("a", "website");
        moved.account = "new".into();
        s.plan_write(
            &PlanWrite { channels: Some(vec![moved]), ..PlanWrite::default() },
            None,
            FAR,
            &Actor::system(),
            5,
        )
        .await
        .unwrap();
        assert_eq!(
            s.account_due(["acc", "new"].into_iter(), 1000).await.unwrap(),
            vec!["new"],
            "nothing waits for an account that is gone"
        );
        clean(&s).await;
    }
}

#[tokio::test]
async fn other_lists_mean_other_people_even_after_the_expansion() {
    for s in stores().await {
        let mut a = list(3);
        a.id = ListId::new("a");
        let mut b = list(5);
        b.id = ListId::new("b");
        b.contacts = b.contacts.iter().skip(2).map(|c| c.row()).collect(); // p2, p3, p4: one of them is in both
        let to = |l: &str| NewOccurrence {
            family: "email".into(),
            lists: vec![l.into()],
            carrier: Some(("acc".into(), "scripted".into())),
            ..occurrence("c/p", 1000, &[])
        };
        let plan = PlanWrite {
            channels: Some(vec![]),
            lists: Some(vec![a, b]),
            posts: vec![post("c/p", "h1")],
            occurrences: vec![to("a")],
            ..PlanWrite::default()
        };
        s.plan_write(&plan, None, FAR, &Actor::system(), 1).await.unwrap();
        let id = s.occurrence_all().await.unwrap()[0].id;
        s.gate_turn(&[(id, None)], 2).await.unwrap();
        assert_eq!(s.expand_step(2000, 3).await.unwrap().0, 3);
        let edit =
            PlanWrite { posts: vec![post("c/p", "h2")], occurrences: vec![to("b")], ..PlanWrite::default() };
        s.plan_write(&edit, None, FAR, &Actor::system(), 4).await.unwrap();
        assert_eq!(s.expand_step(2000, 5).await.unwrap().0, 0, "not before it is approved again");
        s.gate_turn(&[(id, None)], 6).await.unwrap();
        s.expand_step(2000, 7).await.unwrap();
        s.gate_turn(&[], 1000).await.unwrap();
        assert_eq!(
            states(&s).await,
            vec![State::Due, State::Due, State::Due, State::Cancelled, State::Cancelled],
            "the three of the new list, and not the two who are on the old one alone"
        );
        // A row that waits in an occurrence that was taken back does not wait for ever.
        s.plan_write(&PlanWrite { cancel: vec![id], ..PlanWrite::default() }, None, FAR, &Actor::system(), 8)
            .await
            .unwrap();
        assert!(states(&s).await.iter().all(|x| *x == State::Cancelled));
        clean(&s).await;
    }
}

#[tokio::test]
async fn what_the_gate_read_before_a_hold_does_not_open_it() {
    for s in stores().await {
        let id = world(&s, &["a"]).await;
        let row = s.gate_rows().await.unwrap().remove(0);
        let newest = s.hold_newest().await.unwrap();
        let hold = NewHold {
            scope: "all".into(),
            r: "all".into(),
            reason: "x".into(),
            blackout: false,
            from_at: 0,
            until_at: None,
        };
        s.hold_add(&hold, &Actor::attested("an"), 1000).await.unwrap();
        let stale = GateChange { id, revision_id: row.revision_id, was: row.gate, gate: None, resume: None };
        s.gate_write(&[stale], newest).await.unwrap();
        assert_eq!(s.occurrence_all().await.unwrap()[0].gate.as_deref(), Some("hold"));
    }
}

#[tokio::test]
async fn no_statement_can_write_an_edge_that_is_not_in_the_table() {
    for s in stores().await {
        world(&s, &["a"]).await;
        for to in State::ALL {
            let sql = format!("UPDATE delivery SET state = {} WHERE state = 1", code(to));
            let tx = s.begin().await.unwrap();
            let written = tx.exec(&sql, vec![]).await;
            let allowed = to == State::Due || crate::domain::delivery::edge_exists(State::Due, to);
            assert_eq!(written.is_ok(), allowed, "due to {to:?}");
        }
        clean(&s).await;
    }
}
