//! Questions that close, texts that stop, paused accounts that are tried again: on every dialect.

use super::*;
use crate::domain::delivery;

const DAY: i64 = 86_400_000;

/// Sends `n` rows of the account; `answers` are outcome words by the order of claims.
async fn answered(h: &WriterHandle, node: NodeId, now: i64, answers: &[&'static str]) -> Vec<Claimed> {
    let rows = h.claim(ClaimRequest { now, ..request(node, answers.len()) }).await.unwrap();
    let intents = rows.iter().map(|c| Intent { now, ..intent(c, node) }).collect();
    h.intend(intents).await.unwrap();
    let settled = rows
        .iter()
        .zip(answers)
        .map(|(c, &outcome)| {
            let event = match outcome {
                "accepted" => Event::Accepted,
                "unknown" => Event::Lost,
                _ => Event::Refused,
            };
            let cause = (outcome != "accepted").then(|| ("content_refused".to_owned(), "554 no".to_owned()));
            Settle { outcome, cause, at: now + 1, ..settle(c, node, c.opened + 1, event) }
        })
        .collect();
    h.settle(settled).await.unwrap();
    rows
}

async fn held(s: &Store) -> i64 {
    s.content_stops().await.unwrap().iter().map(|c| c.n).sum()
}

#[tokio::test]
async fn questions_close_by_age_once_and_a_late_answer_still_counts() {
    for s in stores().await {
        world(&s, &["a", "b", "c"]).await;
        let node = s.node_start("n", 1).await.unwrap();
        let (writer, h) = s.writer();
        serve(writer);
        let rows = answered(&h, node, 2000, &["unknown", "unknown"]).await;
        assert_eq!(s.questions().await.unwrap()[0].n, 2);
        assert!(
            s.question_leave(rows[0].id, rows[0].planned_for, &Actor::attested("an"), 2500).await.unwrap()
        );
        assert_eq!(s.delivery_unknown("acc", FAR).await.unwrap().len(), 1, "no rule looks at what was left");
        assert_eq!(s.questions_close(2001, 3000).await.unwrap(), 0, "not old enough");
        assert_eq!(s.questions_close(2002, DAY).await.unwrap(), 1);
        assert_eq!(s.questions_close(FAR, DAY).await.unwrap(), 0, "each once");
        assert!(s.questions().await.unwrap().is_empty());
        let f = |word| LogFilter { results: vec![word], limit: 10, ..LogFilter::default() };
        assert_eq!(s.log_page(&f("not_known")).await.unwrap().rows.len(), 2);
        assert!(s.log_page(&f("unknown")).await.unwrap().rows.is_empty());
        let story = s.audit_of(&delivery::code_letters(rows[1].id.code())).await.unwrap();
        assert!(story[0].actor == "loa" && story[0].detail.contains("unanswered"), "{story:?}");
        // Its own late answer is still the truth.
        h.settle(vec![settle(&rows[1], node, 1, Event::Accepted)]).await.unwrap();
        let row = s.delivery_get(rows[1].id).await.unwrap().unwrap();
        assert_eq!((row.state(), row.afterwards), (State::Sent, None));
        clean(&s).await;
    }
}

#[tokio::test]
async fn three_refusals_in_a_row_stop_a_text_on_its_account_alone() {
    for s in stores().await {
        let id = world(&s, &["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"]).await;
        let node = s.node_start("n", 1).await.unwrap();
        let (writer, h) = s.writer();
        serve(writer);
        // A filter of single mailboxes: one is taken in between.
        answered(&h, node, 2000, &["rejected_content", "rejected_content"]).await;
        answered(&h, node, 2010, &["accepted"]).await;
        answered(&h, node, 2020, &["rejected_content", "rejected_content"]).await;
        assert_eq!((s.content_stops().await.unwrap().len(), held(&s).await), (0, 0));
        // The third: what is left is held at once, not at the gate's next turn.
        answered(&h, node, 2030, &["rejected_content"]).await;
        assert_eq!(held(&s).await, 4);
        assert!(h.claim(request(node, 10)).await.unwrap().is_empty());
        s.gate_turn(&[], 2040).await.unwrap();
        assert_eq!(held(&s).await, 4, "the gate does not let go what is stopped");
        assert!(!s.gate_needed(2040).await.unwrap(), "an idle daemon writes nothing");
        clean(&s).await;
        // Released by a person: it goes on, and three more in a row stop it again.
        assert_eq!(s.content_release("c/p", &Actor::attested("an"), 3000).await.unwrap(), 1);
        assert_eq!(s.content_release("c/p", &Actor::attested("an"), 3000).await.unwrap(), 0);
        assert!(s.gate_needed(3000).await.unwrap());
        assert_eq!(s.gate_turn(&[], 3000).await.unwrap().released, 4);
        answered(&h, node, 3010, &["rejected_content"]).await;
        answered(&h, node, 3020, &["rejected_content"]).await;
        assert_eq!(held(&s).await, 0);
        answered(&h, node, 3030, &["rejected_content"]).await;
        assert_eq!(held(&s).await, 1);
        // Another text is another matter; until it is approved the gate holds the row, and says so.
        let plan = PlanWrite {
            channels: Some(
                ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"]
                    .iter()
                    .map(|u| channel(u, "website"))
                    .collect(),
            ),
            posts: vec![post("c/p", "h2")],
            occurrences: vec![occurrence(
                "c/p",
                1000,
                &["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"]
                    .map(|u| format!("{u}/website"))
                    .each_ref()
                    .map(String::as_str),
            )],
            ..PlanWrite::default()
        };
        s.plan_write(&plan, None, FAR, &Actor::attested("an"), 4000).await.unwrap();
        s.gate_turn(&[], 4000).await.unwrap();
        let page =
            s.log_page(&LogFilter { states: vec![State::Held], limit: 10, ..LogFilter::default() }).await;
        let page = page.unwrap().rows;
        assert_eq!(page.iter().map(|r| r.held_by.as_deref()).collect::<Vec<_>>(), [Some("unapproved")]);
        s.gate_turn(&[(id, None)], 4001).await.unwrap();
        answered(&h, node, 5000, &["accepted"]).await;
        clean(&s).await;
    }
}

#[tokio::test]
async fn what_was_claimed_before_a_text_stopped_does_not_go() {
    for s in stores().await {
        world(&s, &["a", "b", "c", "d", "e"]).await;
        let node = s.node_start("n", 1).await.unwrap();
        let (writer, h) = s.writer();
        serve(writer);
        let ahead = h.claim(ClaimRequest { now: 2000, ..request(node, 2) }).await.unwrap();
        answered(&h, node, 2000, &["rejected_content"; 3]).await;
        let verdicts = h.intend(ahead.iter().map(|c| intent(c, node)).collect()).await.unwrap();
        assert_eq!(verdicts, [Verdict::Shut, Verdict::Shut]);
        clean(&s).await;
    }
}

/// Rows of a state.
async fn in_state(s: &Store, state: State) -> i64 {
    s.int("SELECT count(*) FROM delivery WHERE state = $1", params![code(state)]).await.unwrap()
}

#[tokio::test]
async fn a_long_list_is_held_and_let_go_turn_by_turn_and_nothing_of_it_goes_meanwhile() {
    for s in stores().await {
        let mut o = occurrence("c/p", 1000, &[]);
        o.family = "email".into();
        o.lists = vec!["l".into()];
        o.carrier = Some(("acc".into(), "scripted".into()));
        let plan = PlanWrite {
            lists: Some(vec![list(10_010)]),
            posts: vec![post("c/p", "h1")],
            occurrences: vec![o],
            ..PlanWrite::default()
        };
        s.plan_write(&plan, None, FAR, &Actor::system(), 1).await.unwrap();
        let id = s.occurrence_all().await.unwrap()[0].id;
        s.gate_turn(&[(id, None)], 2).await.unwrap();
        while s.expand_step(2000, 3).await.unwrap().0 > 0 {}
        while s.gate_turn(&[], 1000).await.unwrap().due > 0 {}
        assert_eq!(in_state(&s, State::Due).await, 10_010);
        let node = s.node_start("n", 1).await.unwrap();
        let (writer, h) = s.writer();
        serve(writer);
        answered(&h, node, 2000, &["rejected_content"; 3]).await;
        assert_eq!(held(&s).await, 5000, "the third refusal does not wait for the whole list");
        let still = h.claim(ClaimRequest { now: 2001, ..request(node, 2) }).await.unwrap();
        let verdicts = h.intend(still.iter().map(|c| intent(c, node)).collect()).await.unwrap();
        assert_eq!(verdicts, [Verdict::Shut, Verdict::Shut]);
        let back = still.iter().map(|c| Handed {
            id: c.id,
            planned_for: c.planned_for,
            node,
            event: Event::Return,
            why: String::new(),
            due_at: None,
            now: 2002,
        });
        h.hand_back(back.collect()).await.unwrap();
        assert!(s.gate_needed(2003).await.unwrap());
        assert_eq!(s.gate_turn(&[], 2003).await.unwrap().held, 5000);
        assert!(s.gate_needed(2004).await.unwrap());
        assert_eq!(s.gate_turn(&[], 2004).await.unwrap().held, 7);
        assert!(!s.gate_needed(2005).await.unwrap(), "an idle daemon writes nothing");
        assert_eq!((held(&s).await, in_state(&s, State::Due).await), (10_007, 0));
        assert_eq!(s.content_release("c/p", &Actor::attested("an"), 3000).await.unwrap(), 1);
        for n in [5000, 5000, 7] {
            assert!(s.gate_needed(3001).await.unwrap());
            assert_eq!(s.gate_turn(&[], 3001).await.unwrap().released, n);
        }
        assert!(!s.gate_needed(3001).await.unwrap());
        assert_eq!((in_state(&s, State::Held).await, in_state(&s, State::Due).await), (0, 10_007));
        clean(&s).await;
    }
}

#[tokio::test]
async fn another_account_goes_on_with_a_text_that_one_refuses() {
    for s in stores().await {
        let mut channels: Vec<ChannelRow> =
            ["a", "b", "c", "d", "e"].iter().map(|u| channel(u, "website")).collect();
        channels[4].account = "other".into();
        let plan = PlanWrite {
            channels: Some(channels),
            posts: vec![post("c/p", "h1")],
            occurrences: vec![occurrence(
                "c/p",
                1000,
                &["a/website", "b/website", "c/website", "d/website", "e/website"],
            )],
            ..PlanWrite::default()
        };
        s.plan_write(&plan, None, FAR, &Actor::system(), 1).await.unwrap();
        let id = s.occurrence_all().await.unwrap()[0].id;
        s.gate_turn(&[(id, None)], 3).await.unwrap();
        s.gate_turn(&[], 1000).await.unwrap();
        let node = s.node_start("n", 1).await.unwrap();
        let (writer, h) = s.writer();
        serve(writer);
        answered(&h, node, 2000, &["rejected_content", "rejected_content", "rejected_content"]).await;
        s.gate_turn(&[], 2040).await.unwrap();
        assert_eq!(held(&s).await, 1);
        let other = ClaimRequest { account: "other".into(), ..request(node, 10) };
        assert_eq!(h.claim(other).await.unwrap().len(), 1);
        clean(&s).await;
    }
}

#[tokio::test]
async fn a_probe_is_one_nodes_and_waits_in_the_database() {
    for s in stores().await {
        s.account_pause("acc", "login_refused", "535", &Actor::system(), 1000).await.unwrap();
        assert_eq!(s.probe_take("acc", 1000, 61_000, 2000).await.unwrap(), None, "not yet");
        // Several nodes see it due at the same time: one of them tries.
        let take = || s.probe_take("acc", 1000, 61_000, 61_000);
        let (a, b, c) = tokio::join!(take(), take(), take());
        let got: Vec<i64> = [a, b, c].into_iter().filter_map(Result::unwrap).collect();
        assert_eq!(got, [1]);
        // Whoever tries has the time that a try may take; then its wait counts.
        assert_eq!(s.probe_take("acc", 1000, 61_000, 61_000 + PROBE_MS - 1).await.unwrap(), None);
        s.probe_tell("acc", 1000, ("login_refused", "535"), 300_000, 62_000).await.unwrap();
        let row = s.probe_all().await.unwrap().remove(0);
        assert_eq!((row.tries, row.next_at, row.found.as_deref()), (1, 300_000, Some("login_refused")));
        assert_eq!(s.probe_take("acc", 1000, 61_000, 299_999).await.unwrap(), None);
        assert_eq!(s.probe_take("acc", 1000, 61_000, 300_000).await.unwrap(), Some(2));
        // A clock that stepped back a day does not put the next try off for a day.
        assert_eq!(s.probe_take("acc", 1000, 61_000, 300_000 - DAY).await.unwrap(), Some(3));
        // Healed once, in that very pause; a pause that a person ordered is theirs.
        assert!(!s.account_healed("acc", 999, 3, 400_000).await.unwrap());
        assert!(s.account_healed("acc", 1000, 3, 400_000).await.unwrap());
        assert!(!s.account_healed("acc", 1000, 3, 400_000).await.unwrap());
        s.account_pause("acc", "paused_by_person", "", &Actor::attested("an"), 500_000).await.unwrap();
        assert!(!s.account_healed("acc", 500_000, 1, 600_000).await.unwrap());
        // Another pause begins anew.
        assert_eq!(s.probe_take("acc", 500_000, 560_000, 560_000).await.unwrap(), Some(1));
    }
}

#[tokio::test]
async fn people_of_a_list_are_found_by_it() {
    for s in stores().await {
        let plan = PlanWrite {
            lists: Some(vec![list(2)]),
            posts: vec![post("c/p", "h1")],
            occurrences: vec![NewOccurrence {
                family: "email".into(),
                lists: vec!["l".into()],
                carrier: Some(("acc".into(), "scripted".into())),
                ..occurrence("c/p", 1000, &[])
            }],
            ..PlanWrite::default()
        };
        s.plan_write(&plan, None, FAR, &Actor::system(), 1).await.unwrap();
        let id = s.occurrence_all().await.unwrap()[0].id;
        s.gate_turn(&[(id, None)], 3).await.unwrap();
        while s.expand_step(1000, 500).await.unwrap().0 > 0 {}
        let found = async |list: &str| {
            let f = LogFilter { list: Some(list.into()), limit: 10, ..LogFilter::default() };
            assert_eq!(
                s.log_groups(&f, 0).await.unwrap().iter().map(|g| g.n).sum::<i64>() as usize,
                s.log_page(&f).await.unwrap().rows.len()
            );
            s.log_page(&f).await.unwrap().rows.len()
        };
        assert_eq!((found("l").await, found("m").await), (2, 0));
        clean(&s).await;
    }
}

#[tokio::test]
async fn an_answer_about_many_is_written_as_one_and_each_is_on_record() {
    for s in stores().await {
        world(&s, &["a", "b", "c", "d"]).await;
        let node = s.node_start("n", 1).await.unwrap();
        let (writer, h) = s.writer();
        serve(writer);
        let rows = answered(&h, node, 2000, &["unknown", "accepted", "unknown", "unknown"]).await;
        let ids: Vec<(DeliveryId, i64)> = rows.iter().map(|r| (r.id, r.planned_for)).collect();
        let an = Actor::attested("an");
        let open = async || s.questions().await.unwrap().iter().map(|q| q.n).sum::<i64>();
        // The database gives up at the last one: none of them is decided, all still ask.
        let last = ids[3].0.0;
        let sqlite = s.begin().await.unwrap().is_sqlite();
        let break_it = if sqlite {
            format!(
                "CREATE TRIGGER broken BEFORE UPDATE ON delivery WHEN NEW.id = {last} \
                 BEGIN SELECT RAISE(ABORT, 'the disk'); END"
            )
        } else {
            format!(
                "CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS \
                 $$ BEGIN IF NEW.id = {last} THEN RAISE 'the disk'; END IF; RETURN NEW; END $$"
            )
        };
        let tx = s.begin().await.unwrap();
        tx.exec(&break_it, vec![]).await.unwrap();
        if !sqlite {
            let on = "CREATE TRIGGER broken BEFORE UPDATE ON delivery FOR EACH ROW EXECUTE FUNCTION broken()";
            tx.exec(on, vec![]).await.unwrap();
        }
        tx.commit().await.unwrap();
        assert!(s.unknown_answer(&ids, Resolution::NotSent, &an, 3000).await.is_err());
        assert_eq!(open().await, 3);
        assert!(s.audit_of(&delivery::code_letters(ids[0].0.code())).await.unwrap().is_empty());
        // An earlier answer stands, and the same words again go on with the rest.
        let done = Answered::Done(None);
        assert_eq!(s.unknown_answer(&ids[..1], Resolution::NotSent, &an, 3000).await.unwrap(), [done]);
        let tx = s.begin().await.unwrap();
        let on = if sqlite { "DROP TRIGGER broken" } else { "DROP TRIGGER broken ON delivery" };
        tx.exec(on, vec![]).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(
            s.unknown_answer(&ids, Resolution::NotSent, &an, 3001).await.unwrap(),
            [Answered::Left, Answered::Left, done, done],
            "what was decided, or sent, is left"
        );
        assert_eq!(open().await, 0);
        for (i, (id, _)) in ids.iter().enumerate() {
            let story = s.audit_of(&delivery::code_letters(id.code())).await.unwrap();
            assert_eq!(story.len(), usize::from(i != 1), "{story:?}");
            assert!(
                story.iter().all(|l| l.actor == "an" && l.detail.contains("resolved_not_sent")),
                "{story:?}"
            );
        }
        assert_eq!(s.tally_check().await.unwrap(), vec![]);
        clean(&s).await;
    }
}

#[tokio::test]
async fn what_is_sent_again_says_when_and_what_is_left_asks_no_more() {
    for s in stores().await {
        world(&s, &["a", "b"]).await;
        let node = s.node_start("n", 1).await.unwrap();
        let (writer, h) = s.writer();
        serve(writer);
        let rows = answered(&h, node, 2000, &["unknown", "unknown"]).await;
        let ids: Vec<(DeliveryId, i64)> = rows.iter().map(|r| (r.id, r.planned_for)).collect();
        let an = Actor::attested("an + binh");
        let again = s.unknown_answer(&ids[..1], Resolution::Resend, &an, 3000).await.unwrap();
        assert_eq!(
            again,
            [Answered::Done(Some(2000 + LEASE_MS))],
            "not while the first try may be under way"
        );
        let left = s.unknown_answer(&ids, Resolution::Leave, &an, 3000).await.unwrap();
        assert_eq!(left, [Answered::Left, Answered::Done(None)]);
        assert!(s.questions().await.unwrap().is_empty());
        clean(&s).await;
    }
}
