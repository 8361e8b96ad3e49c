//! A month that is long over is moved out of the ledger by `loa db archive`, and is still found.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use loa::domain::delivery::Event;
use loa::store::PlanWrite;
use serde_json::Value;

use crate::support::ledger::{Ledger, channel, occurrence, post};
use crate::support::office::Office;

/// An office that sent one post to two units in March 2020, and has another there of which a package is not answered.
async fn office() -> (Office, String) {
    let o = Office::new("  thu:\n    kind: scripted\n", "default_accounts:\n  email: thu\n");
    o.units("  - id: so\n    name: Sở Thử\n    kind: department\n");
    let ledger = Ledger::over(o.store().await).await;
    let channels = vec![
        channel("a", "Xã A", "email", "thu", "scripted"),
        channel("b", "Xã B", "email", "thu", "scripted"),
        channel("c", "Xã C", "website", "tay", "hand-over"),
    ];
    let sent = [
        ("cu/bai", "email", "2020-03-02T08:00:00+07:00", &["a", "b"][..], "thu"),
        ("cu/goi", "website", "2020-04-01T08:00:00+07:00", &["c"][..], "tay"),
    ];
    for (origin, family, time, to, account) in sent {
        let plan = PlanWrite {
            channels: Some(channels.clone()),
            posts: vec![post(origin, "Bài cũ")],
            occurrences: vec![occurrence(origin, family, time, to)],
            ..PlanWrite::default()
        };
        ledger.plan(&plan, time).await;
        assert_eq!(ledger.send(account, time, |_, _| Event::Accepted).await, to.len());
    }
    let code = ledger.code(ledger.row("cu/bai", "a/email").await.id()).await;
    ledger.store.node_stop(ledger.node, 3).await.unwrap();
    (o, code)
}

#[tokio::test]
async fn a_month_is_moved_out_and_still_found() {
    let (o, code) = office().await;
    let json = |args: &[&str]| -> Value {
        let out = o.loa(args);
        serde_json::from_slice(&out.stdout).unwrap_or_else(|e| panic!("{e}: {out:?}"))
    };
    let report = || -> Value {
        let mut all = json(&["--json", "reach", "cu/bai"]);
        if let Some(o) = all.as_object_mut() {
            o.remove("made_at");
        }
        all
    };
    let (told, before) = (o.ok(&["log", &code]), report());
    // It shows first, and changes nothing.
    let shown = json(&["--json", "db", "archive"]);
    assert_eq!(shown["moved"], false);
    assert_eq!(shown["months"][0]["month"], "2020-03");
    assert_eq!(
        (&shown["months"][0]["deliveries"], &shown["months"][1]["open"]),
        (&2.into(), &1.into()),
        "{shown}"
    );
    assert_eq!(o.ledger().await.len(), 3);

    // What is not finished stays, and is named.
    let out = o.loa(&["db", "archive", "--yes"]);
    let text = String::from_utf8_lossy(&out.stdout);
    assert_eq!(out.status.code(), Some(1), "{out:?}");
    assert!(text.contains("2020-03") && text.contains("cu/goi"), "{text}");
    assert!(o.at("var/archive/2020-03.db").exists() && !o.at("var/archive/2020-04.db").exists());
    assert_eq!(o.ledger().await.len(), 1);

    assert_eq!(o.ok(&["log", &code]), told, "the story is the same");
    assert_eq!(report(), before, "and so are the figures");
    let lines = json(&["--json", "log", "--archive", "2020-03", "--each"]);
    assert_eq!(lines["lines"].as_array().map(Vec::len), Some(2), "{lines}");
    let none = o.loa(&["log", "--archive", "2019-01"]);
    assert!(String::from_utf8_lossy(&none.stderr).contains("2020-03"), "{none:?}");
    let wrong = o.loa(&["db", "archive", "--before", "03/2020"]);
    assert!(!wrong.status.success());
}
