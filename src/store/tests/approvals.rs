//! What was approved before is found again, and with which templates it was made.

use super::*;
use crate::domain::message::{Rendition, Voice};

fn rendition(text: &str) -> Rendition {
    Rendition {
        voice: Voice::Web,
        kind: "scripted".into(),
        title: "Title".into(),
        lead: String::new(),
        text: text.into(),
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

/// Gives a step of the revision in force; the first freezes a rendition.
async fn give(s: &Store, step: i64, text: Option<&str>, at: i64) -> i64 {
    let revision = s.post_get("c/p").await.unwrap().unwrap().revision_id.unwrap();
    let row = ApprovalRow {
        revision_id: revision,
        step,
        step_name: "s".into(),
        by_name: format!("b{step}"),
        proof: "attested".into(),
        document: None,
        counts: "{}".into(),
        templates: text.map(|t| format!("{{\"web/article.html.hbs\":\"{t}\"}}")),
        at,
    };
    let frozen: Vec<Rendition> = text.into_iter().map(rendition).collect();
    s.approval_add(&row, "c/p", &frozen, &Actor::attested("b"), at).await.unwrap();
    revision
}

async fn edit(s: &Store, hash: &str, now: i64) {
    let plan = PlanWrite {
        posts: vec![post("c/p", hash)],
        occurrences: vec![occurrence("c/p", 1000, &["a/website"])],
        ..PlanWrite::default()
    };
    s.plan_write(&plan, None, FAR, &Actor::system(), now).await.unwrap();
}

#[tokio::test]
async fn the_last_whole_approval_of_another_revision_is_what_was_approved_before() {
    for s in stores().await {
        world(&s, &["a"]).await;
        let before = |steps, but| {
            let s = s.clone();
            async move {
                let all = s.renditions_approved("c/p", steps, but).await.unwrap();
                all.into_iter().map(|r| r.text).collect::<Vec<_>>()
            }
        };
        assert_eq!(before(1, None).await, Vec::<String>::new());
        let first = give(&s, 0, Some("một"), 1001).await;
        assert_eq!(before(2, None).await, Vec::<String>::new(), "one step of two is no approval");
        give(&s, 1, None, 1002).await;
        assert_eq!(before(2, None).await, ["một"]);
        assert_eq!(before(2, Some(first)).await, Vec::<String>::new());
        // A revision that got one step and was edited again was never approved.
        edit(&s, "h2", 1003).await;
        give(&s, 0, Some("hai"), 1004).await;
        edit(&s, "h3", 1005).await;
        let third = give(&s, 0, Some("ba"), 1006).await;
        assert_eq!(before(2, Some(third)).await, ["một"]);
        give(&s, 1, None, 1007).await;
        assert_eq!(before(2, None).await, ["ba"]);
        assert_eq!(s.renditions_of(first).await.unwrap()[0].text, "một", "what was frozen stays");
        // Templates: of the revision of which something may still go out, and only while it may.
        let made = s.approval_templates(2_000).await.unwrap();
        assert_eq!(made, [("c/p".to_owned(), "{\"web/article.html.hbs\":\"ba\"}".to_owned())]);
        assert_eq!(s.approval_templates(FAR).await.unwrap(), []);
        assert_eq!(s.approval_of(third).await.unwrap()[1].templates, None);
    }
}
