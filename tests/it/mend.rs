//! What a person mends goes out as it was mended: refused texts, channels of another kind, officers reached another way.

use loa::domain::delivery::State;
use serde_json::Value;

use crate::support::office::{Office, wall};

/// An office whose mail account refuses the first text of everybody and takes the next.
fn office(script: &str) -> Office {
    let o = Office::new("  gia-lap:\n    kind: scripted\n", "default_accounts:\n  email: gia-lap\n");
    let yaml = std::fs::read_to_string(o.at("loa.yaml")).expect("loa.yaml");
    let (before, _) = yaml.split_once("accounts:\n  gia-lap").expect("the accounts");
    o.write(
        "loa.yaml",
        &format!(
            "{before}accounts:\n  gia-lap:\n    kind: scripted\n    sink: {}\n    script: [{script}]\n",
            o.at("sink.txt").display()
        ),
    );
    o.units("  - id: so\n    name: Sở Thử\n    kind: department\n");
    o.list("ds", &["p0@khach.example".to_owned()]);
    o.post(
        "bai",
        "Thông báo",
        &format!("  - channel: email\n    to: ds\n    at: {}\n    late_ok: 2 days\n", wall(-1)),
    );
    o
}

fn taken(o: &Office) -> usize {
    std::fs::read_to_string(o.at("sink.txt")).unwrap_or_default().lines().count()
}

async fn only_row(o: &Office) -> loa::store::DeliveryRow {
    let mut rows = o.ledger().await;
    assert_eq!(rows.len(), 1, "{rows:?}");
    rows.remove(0)
}

async fn code(o: &Office) -> String {
    let row = only_row(o).await;
    o.store().await.code_short(row.code).await.expect("a code")
}

#[tokio::test]
async fn a_refused_text_is_sent_again_as_it_was_mended_and_approved() {
    let o = office("content, accepted");
    o.apply_and_approve();
    o.loa(&["run", "--until-idle"]);
    let first = only_row(&o).await;
    assert_eq!(first.state(), State::Rejected);

    o.write("campaigns/chien-dich/posts/bai/noi-dung.md", "Kính gửi anh/chị: bản đã sửa.\n");
    o.ok(&["apply"]);
    o.ok(&["retry", &code(&o).await, "--by", "binh"]);
    // The mended text has nobody's approval yet: it waits, and the refused one does not go again.
    o.loa(&["run", "--until-idle"]);
    assert_eq!(only_row(&o).await.state(), State::Held);
    assert_eq!(taken(&o), 0);

    o.ok(&["approve", "chien-dich/bai", "--by", "binh"]);
    o.loa(&["run", "--until-idle"]);
    let last = only_row(&o).await;
    assert_eq!((last.state(), taken(&o)), (State::Sent, 1));
    assert_ne!(last.revision_id, first.revision_id, "what went is the text that was mended");
    assert!(o.store().await.tally_check().await.expect("the tallies").is_empty());
}

#[tokio::test]
async fn a_retry_of_what_nobody_edited_sends_the_same_approved_text() {
    let o = office("content, accepted");
    o.apply_and_approve();
    o.loa(&["run", "--until-idle"]);
    let first = only_row(&o).await;
    o.ok(&["retry", &code(&o).await, "--by", "binh"]);
    o.loa(&["run", "--until-idle"]);
    let last = only_row(&o).await;
    assert_eq!((last.state(), last.revision_id), (State::Sent, first.revision_id));
}

#[tokio::test]
async fn a_mailbox_said_dead_is_barred_as_dead_until_a_person_tries_it_again() {
    let o = office("recipient, accepted");
    o.apply_and_approve();
    o.loa(&["run", "--until-idle"]);
    assert_eq!(only_row(&o).await.state(), State::Rejected);
    assert_eq!(o.store().await.suppression_count("dead").await.expect("a count"), 1);
    // Nobody opted out, and whoever asks for another try gets one.
    o.ok(&["retry", &code(&o).await, "--by", "binh"]);
    o.loa(&["run", "--until-idle"]);
    let row = only_row(&o).await;
    assert_eq!((row.state(), row.cause_code.as_deref()), (State::Sent, None));
    assert_eq!(o.store().await.suppression_count("dead").await.expect("a count"), 0);
}

/// A sandbox office with a site of its own.
fn site(kind: &str) -> String {
    format!("  web-so:\n    kind: {kind}\n")
}

fn log(o: &Office) -> Vec<Value> {
    let out = o.loa(&["--sandbox", "log", "--each", "--json"]);
    let v: Value = serde_json::from_slice(&out.stdout).expect("JSON");
    v["lines"].as_array().expect("lines").clone()
}

#[tokio::test]
async fn a_channel_of_another_kind_asks_for_approval_again_and_then_goes() {
    let wordpress =
        site("wordpress") + "    url: https://so.example\n    user: loa\n    password_file: bi-mat/x\n";
    let o = Office::new(&wordpress, "");
    o.units(
        "  - id: so\n    name: Sở Thử\n    kind: department\n    channels:\n      website:\n        account: web-so\n        \
         mode: publish\n        url: https://so.example\n",
    );
    o.post(
        "bai",
        "Thông báo",
        &format!("  - channel: website\n    to: so\n    at: {}\n    late_ok: 2 days\n", wall(-1)),
    );
    o.ok(&["--sandbox", "apply"]);
    o.ok(&["--sandbox", "approve", "chien-dich", "--by", "binh"]);

    let yaml = std::fs::read_to_string(o.at("loa.yaml")).expect("loa.yaml");
    let webhook = site("webhook") + "    url: https://so.example/hook\n    secret_file: bi-mat/x\n";
    o.write("loa.yaml", &yaml.replace(&wordpress, &webhook));
    o.ok(&["--sandbox", "apply"]);
    o.loa(&["--sandbox", "run", "--until-idle"]);
    let held = log(&o);
    assert_eq!((held.len(), held[0]["state"].as_str()), (1, Some("held")), "{held:?}");

    o.ok(&["--sandbox", "approve", "chien-dich", "--by", "binh"]);
    o.ok(&["--sandbox", "run", "--until-idle"]);
    let sent = log(&o);
    assert_eq!((sent.len(), sent[0]["state"].as_str()), (1, Some("sent")), "{sent:?}");
    // Approved is approved: there is nothing left to give.
    let again = o.loa(&["--sandbox", "approve", "chien-dich", "--by", "binh"]);
    assert_eq!(again.status.code(), Some(3));
}

#[tokio::test]
async fn a_test_sets_nothing_else_in_motion() {
    let o = Office::new(
        "  thu:\n    kind: email\n    server: mail.example\n    from_address: so@so.example\n    from_name: Sở Thử\n",
        "default_accounts:\n  email: thu\n",
    );
    o.units("  - id: so\n    name: Sở Thử\n    kind: department\n");
    o.list("ds", &(0..3).map(|i| format!("p{i}@khach.example")).collect::<Vec<_>>());
    o.post(
        "bai",
        "Thông báo",
        &format!("  - channel: email\n    to: ds\n    at: {}\n    late_ok: 2 days\n", wall(-1)),
    );
    o.ok(&["--sandbox", "apply"]);
    o.ok(&["--sandbox", "approve", "chien-dich", "--by", "binh"]);
    // Under a hold a test is dropped at once: it does not go by surprise later.
    o.ok(&["--sandbox", "hold", "all", "--reason", "thử", "--by", "binh"]);
    let out = o.loa(&["--sandbox", "send", "--test", "toi@so.example", "chien-dich/bai", "--by", "an"]);
    let said = String::from_utf8_lossy(&out.stdout).into_owned();
    assert!(out.status.code() == Some(1) && said.contains("Lần thử này bỏ"), "{out:?}");
    o.ok(&["--sandbox", "release", "all", "--by", "binh"]);
    // The list's rows are in the ledger, approved and overdue; nothing has sent them yet.
    o.ok(&["--sandbox", "account", "pause", "thu", "--reason", "thử", "--by", "binh"]);
    o.loa(&["--sandbox", "run", "--until-idle"]);
    assert_eq!(log(&o).len(), 3);
    o.ok(&["--sandbox", "account", "resume", "thu", "--by", "binh"]);
    o.ok(&["--sandbox", "send", "--test", "toi@so.example", "chien-dich/bai", "--by", "an"]);
    let sent: Vec<Value> = log(&o).into_iter().filter(|r| r["state"] == "sent").collect();
    let outbox = std::fs::read_dir(o.at("var/sandbox/outbox/thu")).expect("the outbox");
    let mails = outbox.filter(|f| f.as_ref().is_ok_and(|f| f.path().extension().is_some_and(|e| e == "eml")));
    assert_eq!(mails.count(), 1, "one test went, and nothing beside it: {sent:?}");
}

#[tokio::test]
async fn a_campaign_that_ends_earlier_takes_back_what_lies_behind_its_end() {
    let o = office("accepted");
    o.post(
        "bai",
        "Thông báo",
        &format!("  - channel: email\n    to: ds\n    at: {}\n    late_ok: 20 days\n", wall(3 * 24 * 60)),
    );
    o.apply_and_approve();
    // What is late is not sent after the end either.
    let end = chrono_end(&o);
    let first = o.store().await.occurrence_all().await.expect("the database").remove(0);
    assert!(first.expires_at <= end, "{} after {end}", first.expires_at);
    let path = "campaigns/chien-dich/campaign.yaml";
    let text = std::fs::read_to_string(o.at(path)).expect("the campaign");
    let line = text.lines().find(|l| l.starts_with("end:")).expect("its end").to_owned();
    let today = crate::support::office::today(1);
    o.write(path, &text.replace(&line, &format!("end: {today}")));
    o.loa(&["apply"]);
    let row = o.store().await.occurrence_all().await.expect("the database").remove(0);
    assert!(row.cancelled_at.is_some(), "{row:?}");
}

/// Midnight that ends the campaign's last day, milliseconds, on the office's wall clock.
fn chrono_end(o: &Office) -> i64 {
    let text = std::fs::read_to_string(o.at("campaigns/chien-dich/campaign.yaml")).expect("the campaign");
    let day = text.lines().find_map(|l| l.strip_prefix("end: ")).expect("its end");
    let day = chrono::NaiveDate::parse_from_str(day, "%d/%m/%Y").expect("a day") + chrono::TimeDelta::days(1);
    day.and_hms_opt(0, 0, 0).expect("midnight").and_utc().timestamp_millis() - 7 * 3_600_000
}

#[tokio::test]
async fn a_blackout_holds_all_but_what_is_urgent_and_ends_by_itself() {
    let o = office("accepted");
    let sending = |more: &str| {
        format!("  - channel: email\n    to: ds\n    at: {}\n    late_ok: 2 days\n{more}", wall(-1))
    };
    o.post("bai", "Thông báo", &sending(""));
    o.post("khan", "Tin khẩn", &sending("    priority: urgent\n"));
    o.apply_and_approve();
    let hold = |until: &str, more: &[&str]| {
        let args = ["hold", "all", "--reason", "quốc tang", "--by", "binh", "--until", until];
        o.loa(&[&args[..], more].concat())
    };
    assert_eq!(hold("hôm kia", &[]).status.code(), Some(2), "a time that is none");
    assert_eq!(hold(&wall(-60), &[]).status.code(), Some(2), "a time that is over");
    let said = hold(&wall(600), &["--blackout"]);
    assert!(said.status.success(), "{said:?}");
    o.loa(&["run", "--until-idle"]);
    assert_eq!(taken(&o), 1, "the urgent one, and no other");
    let status = String::from_utf8_lossy(&o.loa(&["status"]).stdout).into_owned();
    assert!(status.contains("ngừng phát") && status.contains("quốc tang"), "{status}");
    // One that has not begun holds nothing yet.
    o.ok(&["release", "all", "--by", "binh"]);
    assert!(hold(&wall(600), &["--blackout", "--from", &wall(300)]).status.success());
    o.loa(&["run", "--until-idle"]);
    assert_eq!(taken(&o), 2);
}

#[tokio::test]
async fn a_plan_says_how_many_a_cancellation_takes_back() {
    let o = office("accepted");
    o.list("ds", &(0..7).map(|i| format!("p{i}@khach.example")).collect::<Vec<_>>());
    let at =
        |minutes| format!("  - channel: email\n    to: ds\n    at: {}\n    late_ok: 2 days\n", wall(minutes));
    o.post("sau", "Để sau", &at(3 * 24 * 60));
    o.apply_and_approve();
    // One post is in the ledger, its account paused; the other's list is not expanded yet.
    o.ok(&["account", "pause", "gia-lap", "--by", "binh"]);
    o.loa(&["run", "--until-idle"]);
    for post in ["bai", "sau"] {
        std::fs::remove_dir_all(o.at(&format!("campaigns/chien-dich/posts/{post}"))).expect("the post");
    }
    let out = o.loa(&["plan", "--json"]);
    let plan: Value = serde_json::from_slice(&out.stdout).expect("JSON");
    let people: Vec<i64> = plan["changes"]
        .as_array()
        .expect("changes")
        .iter()
        .filter(|c| c["verb"] == "cancel")
        .map(|c| c["people"].as_i64().expect("a number"))
        .collect();
    assert_eq!(people, [7, 7], "{plan}");
}
