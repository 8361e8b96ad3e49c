//! What posts share, as the ledger has it: read back as it was written, with the rows that stand on it.

use super::*;
use crate::domain::fact::Fact;

fn fact(id: &str, text: &str) -> Fact {
    Fact {
        id: id.into(),
        text: text.into(),
        basis: None,
        source: None,
        valid_from: None,
        valid_to: chrono::NaiveDate::from_ymd_opt(2026, 12, 31),
        checked: chrono::NaiveDate::from_ymd_opt(2026, 11, 20),
        checked_by: None,
        note: None,
    }
}

async fn write(s: &Store, plan: PlanWrite, now: i64) {
    s.plan_write(&plan, None, FAR, &Actor::system(), now).await.unwrap();
}

#[tokio::test]
async fn channels_are_read_back_with_their_rows() {
    for s in stores().await {
        let o = world(&s, &["a", "b"]).await;
        let all = s.channel_all().await.unwrap();
        let rows: Vec<ChannelRow> = all.iter().map(|c| c.row.clone()).collect();
        assert_eq!(rows, [channel("a", "website"), channel("b", "website")], "addresses too");
        let targets: Vec<i64> = all.iter().map(|c| c.target).collect();
        let load = s.channel_load(&targets).await.unwrap();
        assert_eq!(load[&targets[0]], ChannelLoad { waiting: 1, pending: 0, ever: 1 });
        assert!(s.reached(&[o]).await.unwrap().is_empty());
        let node = s.node_start("n", 1).await.unwrap();
        let (writer, handle) = s.writer();
        serve(writer);
        let claimed = handle.claim(request(node, 1)).await.unwrap();
        handle.intend(claimed.iter().map(|c| intent(c, node)).collect()).await.unwrap();
        let pending = Settle { pending: true, ..settle(&claimed[0], node, 1, Event::Accepted) };
        handle.settle(vec![pending]).await.unwrap();
        let reached = s.reached(&[o]).await.unwrap();
        assert_eq!((reached.len(), reached[0].n, reached[0].at), (1, 1, 1001));
        let at = all.iter().find(|c| c.row.target_ref == reached[0].target_ref).unwrap().target;
        assert_eq!(
            s.channel_load(&[at]).await.unwrap()[&at],
            ChannelLoad { waiting: 0, pending: 1, ever: 1 }
        );
        // One that is gone is known as gone.
        let plan = PlanWrite { channels: Some(vec![channel("a", "website")]), ..PlanWrite::default() };
        write(&s, plan, 5).await;
        let removed: Vec<bool> = s.channel_all().await.unwrap().iter().map(|c| c.removed).collect();
        assert_eq!(removed, [false, true]);
    }
}

#[tokio::test]
async fn facts_are_compared_by_their_words_and_kept_where_a_slip_hides_them() {
    for s in stores().await {
        let facts = |f: Vec<Fact>| PlanWrite { facts: Some(f), ..PlanWrite::default() };
        write(&s, facts(vec![fact("a", "x"), fact("b", "y")]), 1).await;
        let wanted = [fact("a", "x"), fact("b", "khác")];
        let stored = s.fact_stored(&wanted).await.unwrap();
        assert!(stored["a"].same_text && !stored["b"].same_text);
        assert_eq!(stored["a"].valid_to, wanted[0].valid_to);
        let hidden = PlanWrite { facts_kept: vec!["b".into()], ..facts(vec![fact("a", "mới")]) };
        write(&s, hidden, 2).await;
        let stored = s.fact_stored(&[fact("a", "mới"), fact("b", "y")]).await.unwrap();
        assert!(stored["a"].same_text && stored["b"].same_text, "one is new, the other as it was");
        write(&s, facts(vec![fact("a", "mới")]), 3).await;
        assert_eq!(s.fact_stored(&[]).await.unwrap().len(), 1);
        write(&s, facts(vec![]), 4).await;
        assert!(s.fact_stored(&[]).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn lists_are_compared_person_by_person() {
    for s in stores().await {
        let mut l = list(4);
        assert_eq!(s.list_states(std::slice::from_ref(&l)).await.unwrap(), [ListState::New]);
        write(&s, PlanWrite { lists: Some(vec![l.clone()]), ..PlanWrite::default() }, 1).await;
        assert_eq!(s.list_states(std::slice::from_ref(&l)).await.unwrap(), [ListState::Same]);
        let mut people: Vec<ContactRow> = l.contacts.into();
        people.remove(0);
        people[0].name = Some("Another Name".into());
        people.push(ContactRow { email: Some("new@x.example".into()), ..people[1].clone() });
        l.contacts = people.into();
        assert_eq!(
            s.list_states(std::slice::from_ref(&l)).await.unwrap(),
            [ListState::Changed { members: 4, added: 1, left: 1, edited: 1 }]
        );
        l = ContactList { title: "Other title".into(), ..list(4) };
        let about = ListState::Changed { members: 4, added: 0, left: 0, edited: 0 };
        assert_eq!(s.list_states(&[l]).await.unwrap(), [about]);
    }
}
