//! What people on duty read: `status` and `log` of a Monday morning on which several things went wrong, told with a fixed clock; and
//! what they decide with the real program.

use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

use loa::cli::screens::{self, LogArgs, Status};
use loa::cli::{Ctx, Exit};
use loa::config::{Account, OnUnknown, Settings};
use loa::daemon::SimClock;
use loa::domain::campaign::Class;
use loa::domain::delivery::{DeliveryId, Event, State, code_letters};
use loa::domain::id::{AccountId, UnitId};
use loa::domain::people::Actor;
use loa::domain::text::Lang;
use loa::store::{AccountEffect, ClaimRequest, Intent, NewOccurrence, PlanWrite, Settle, Store};

use crate::support::ledger::{Ledger, at, channel, list, ms, occurrence, post};

const NOW: &str = "2026-11-30T09:05:00+07:00";
const POST: &str = "ten-mien-vn/2026-11-30-ho-kinh-doanh";
const LAST_WEEK: &str = "ten-mien-vn/2026-11-23-cong-trang";

fn settings() -> Settings {
    let mut s = Settings::defaults(Path::new("/nowhere"));
    s.organisation = UnitId::new("so");
    for (id, kind, carrier) in [
        ("thu-cong-vu", "email", None),
        ("goi-bai", "hand-over", Some("thu-cong-vu")),
        ("phieu-dai", "station", Some("thu-cong-vu")),
        ("web-so", "wordpress", None),
        ("zalo-so", "zalo-bot", None),
    ] {
        let account = Account {
            id: AccountId::new(id),
            kind: kind.into(),
            limits: [].into(),
            on_unknown: OnUnknown::Ask,
            attempts: None,
            connections: None,
            window: None,
            carrier: carrier.map(AccountId::new),
            settings: serde_json::json!({}),
            secrets: vec![],
        };
        s.accounts.insert(account.id.clone(), account);
    }
    s.approval.insert(Class::Policy, ["truong-phong", "van-phong", "lanh-dao"].map(str::to_owned).to_vec());
    s
}

fn ctx(lang: Lang, now: &str) -> Ctx {
    let mut c = Ctx::new("/nowhere".into(), Some(lang), false, false);
    c.flags = String::new(); // as if it were typed in the folder itself
    c.clock = Arc::new(SimClock::new(at(now)));
    c
}

/// One answer of a far side.
#[derive(Clone, Copy)]
struct Answer {
    event: Event,
    outcome: &'static str,
    cause: Option<(&'static str, &'static str)>,
    due: Option<&'static str>,
}

const TAKEN: Answer = Answer { event: Event::Accepted, outcome: "accepted", cause: None, due: None };
const DEAD: Answer = Answer {
    event: Event::Refused,
    outcome: "rejected_recipient",
    cause: Some(("mailbox_unknown", "550 5.1.1 no such user")),
    due: None,
};
const LOST: Answer = Answer {
    event: Event::Lost,
    outcome: "unknown",
    cause: Some(("lost_after_data", "connection reset")),
    due: None,
};
const BUSY: Answer = Answer {
    event: Event::Again,
    outcome: "retry",
    cause: Some(("too_many_requests", "429 Too Many Requests")),
    due: Some("2026-11-30T09:30:00+07:00"),
};
const BAD_PASSWORD: Answer = Answer {
    event: Event::Again,
    outcome: "broken",
    cause: Some(("login_refused", "535 5.7.8 authentication failed")),
    due: None,
};
const GIVEN_UP: Answer = Answer {
    event: Event::GiveUp,
    outcome: "retry",
    cause: Some(("server_error", "500 Internal Server Error")),
    due: None,
};

/// Sends what an account has due, with these answers in the order of claims.
async fn send(l: &Ledger, account: &str, now: &str, answers: &[Answer]) {
    let (writer, handle) = l.store.writer();
    #[expect(clippy::disallowed_methods, reason = "a test stands in for the daemon")]
    tokio::spawn(writer.run());
    let request = ClaimRequest {
        account: account.into(),
        node: l.node,
        now: ms(now),
        n: answers.len() as _,
        reserve: 0,
        only: None,
        limits: [].into(),
    };
    let rows = handle.claim(request).await.expect("a claim");
    assert_eq!(rows.len(), answers.len(), "rows due on {account}");
    let intents = rows
        .iter()
        .map(|c| Intent {
            id: c.id,
            planned_for: c.planned_for,
            node: l.node,
            now: ms(now),
            account: account.into(),
            attempt: c.opened + 1,
            revision_id: c.revision_id,
            counted: false,
            chat: None,
            messages: 1,
        })
        .collect();
    handle.intend(intents).await.expect("intents");
    let settled = rows
        .iter()
        .zip(answers)
        .map(|(c, a)| Settle {
            id: c.id,
            planned_for: c.planned_for,
            node: l.node,
            attempt: c.opened + 1,
            event: a.event,
            outcome: a.outcome,
            spend: a.outcome != "broken",
            cause: a.cause.map(|(c, d)| (c.to_owned(), d.to_owned())),
            receipt: (a.event == Event::Accepted).then(|| "77".to_owned()),
            receipt_url: None,
            pending: a.event == Event::Accepted && c.kind == "hand-over",
            due_at: a.due.map(ms),
            suppress: false,
            account: account.into(),
            counted: false,
            effect: match (a.outcome, a.cause) {
                ("broken", Some((code, detail))) => {
                    AccountEffect::Broken { code: code.into(), detail: detail.into() }
                }
                _ => AccountEffect::Fine,
            },
            at: ms(now),
        })
        .collect();
    handle.settle(settled).await.expect("answers");
}

/// A Monday, 09:05: a password expired in the middle of a list, three answers were lost, nine addresses are dead, two wards are
/// late with last week's link, Zalo is busy, one site failed, two posts wait for approval.
async fn monday() -> Ledger {
    monday_over(Ledger::new().await).await
}

async fn monday_over(l: Ledger) -> Ledger {
    let wards = ["phuong-le-chan", "phuong-an-bien", "xa-an-lao", "xa-kien-thuy"];
    let names = ["Phường Lê Chân", "Phường An Biên", "Xã An Lão", "Xã Kiến Thụy"];
    let mut channels = vec![
        channel("so", "Sở VHTTDL Hải Phòng", "website", "web-so", "wordpress"),
        channel("so", "Sở VHTTDL Hải Phòng", "zalo", "zalo-so", "zalo-bot"),
    ];
    for (unit, name) in wards.into_iter().zip(names) {
        let mut site = channel(unit, name, "website", "goi-bai", "hand-over");
        site.officer = Some(format!("Vũ Thị Mai 0900 000 38{}", name.len() % 10));
        channels.push(site);
        let mut station = channel(unit, name, "station", "phieu-dai", "station");
        station.officer = Some(format!("Phạm Thị Hoa 0900 000 31{}", name.len() % 10));
        channels.push(station);
    }
    let mut last_week = post(LAST_WEEK, "Cổng trang tuần trước");
    last_week.sendings = vec![("website".into(), "website".into(), 2, r#"{"done_by":"2026-11-27"}"#.into())];
    let station_week = |origin: &str, week: &str, from: &str, until: &str| NewOccurrence {
        times: 5,
        slot: week.into(),
        due_at: ms(from) - 3 * 86_400_000,
        expires_at: ms(until),
        ..occurrence(origin, "station", from, &["phuong-le-chan", "phuong-an-bien"])
    };
    let plan = PlanWrite {
        channels: Some(channels),
        lists: Some(vec![list("ds", 30)]),
        posts: vec![
            post(POST, "Hộ kinh doanh lên mạng với tên miền .vn"),
            last_week,
            post("ten-mien-vn/2026-12-01-bao-chi", "Thông cáo"),
            post("ten-mien-vn/2026-12-20-tet", "Tết"),
        ],
        occurrences: vec![
            occurrence(LAST_WEEK, "website", "2026-11-23T08:00:00+07:00", &wards),
            station_week(LAST_WEEK, "2026-W48", "2026-11-23T00:00:00+07:00", "2026-11-28T00:00:00+07:00"),
            occurrence(POST, "website", "2026-11-30T08:00:00+07:00", &["so", wards[0], wards[1], wards[2]]),
            occurrence(POST, "zalo", "2026-11-30T08:00:00+07:00", &["so"]),
            NewOccurrence {
                lists: vec!["ds".into()],
                carrier: Some(("thu-cong-vu".into(), "email".into())),
                ..occurrence(POST, "email", "2026-11-30T09:00:00+07:00", &[])
            },
            occurrence("ten-mien-vn/2026-12-01-bao-chi", "website", "2026-12-01T08:00:00+07:00", &["so"]),
            occurrence("ten-mien-vn/2026-12-20-tet", "website", "2026-12-20T08:00:00+07:00", &["so"]),
        ],
        ..PlanWrite::default()
    };
    // Last week as it went.
    let then = "2026-11-23T08:00:00+07:00";
    l.plan(&plan, then).await;
    send(&l, "goi-bai", then, &[TAKEN; 4]).await;
    l.sheet(wards[0], "482116", then).await;
    l.sheet(wards[1], "482117", then).await;
    let mai = Actor::attested("Vũ Thị Mai");
    let rows = l.store.sheet_rows("482116").await.expect("rows");
    l.store.airing_add(&rows[0], 4, None, &mai, ms("2026-11-27T16:00:00+07:00")).await.expect("airings");
    for ward in [2, 3] {
        let row = l.row(LAST_WEEK, &format!("{}/website", wards[ward])).await;
        let changed =
            l.store.delivery_afterwards(row.id(), row.planned_for, "published", false, ms(then)).await;
        assert!(changed.expect("an answer"));
    }
    // This morning.
    let shut: Vec<_> = l
        .store
        .occurrence_all()
        .await
        .expect("occurrences")
        .iter()
        .filter(|o| o.origin.contains("/2026-12-"))
        .map(|o| (o.id, Some("unapproved".to_owned())))
        .collect();
    let now = ms("2026-11-30T09:00:00+07:00");
    l.store.gate_turn(&shut, now).await.expect("a gate");
    while l.store.expand_step(now, 2).await.expect("an expansion").0 > 0 {}
    l.store.gate_turn(&[], now).await.expect("a gate");
    send(&l, "web-so", "2026-11-30T08:00:01+07:00", &[GIVEN_UP]).await;
    send(&l, "zalo-so", "2026-11-30T08:00:02+07:00", &[BUSY]).await;
    send(&l, "goi-bai", "2026-11-30T08:00:03+07:00", &[TAKEN; 3]).await;
    let mails = [&[TAKEN; 10][..], &[DEAD; 9], &[LOST; 3]].concat();
    send(&l, "thu-cong-vu", "2026-11-30T09:01:00+07:00", &mails).await;
    send(&l, "thu-cong-vu", "2026-11-30T09:02:00+07:00", &[BAD_PASSWORD]).await;
    l
}

async fn status(l: &Ledger, lang: Lang) -> Status {
    let mut s = screens::gathered(&ctx(lang, NOW), &settings(), &l.store, None).await.expect("a status");
    // The test's own life is on no clock, and no folder is served.
    s.runs = None;
    s.machine = vec!["–".into()];
    s
}

async fn log(l: &Ledger, lang: Lang, a: LogArgs) -> String {
    let mut out = String::new();
    let a = LogArgs { limit: 50, ..a };
    screens::log_told(&ctx(lang, NOW), &settings(), &l.store, &a, &mut out).await.expect("a log");
    out
}

#[tokio::test]
async fn a_monday_morning_is_told() {
    let l = monday().await;
    let s = status(&l, Lang::Vi).await;
    assert_eq!(s.exit(), Exit::Attention);
    insta::assert_snapshot!("status-vi", s.text(Lang::Vi));
    insta::assert_snapshot!("status-en", status(&l, Lang::En).await.text(Lang::En));
    insta::assert_snapshot!(
        "log-vi",
        log(&l, Lang::Vi, LogArgs { today: true, problems: true, ..LogArgs::default() }).await
    );
    insta::assert_snapshot!("log-en", log(&l, Lang::En, LogArgs { today: true, ..LogArgs::default() }).await);
    assert_eq!(l.store.tally_check().await.expect("a count"), []);
}

#[tokio::test]
async fn a_quiet_office_has_nothing_to_do() {
    let l = Ledger::new().await;
    let s = status(&l, Lang::Vi).await;
    assert_eq!(s.exit(), Exit::Good);
    assert!(s.text(Lang::Vi).contains("MỌI VIỆC ĐỀU TỐT, không phải làm gì."), "{}", s.text(Lang::Vi));
}

#[tokio::test]
async fn a_story_tells_each_attempt_and_what_can_be_typed() {
    let l = monday().await;
    let unknown = l.rows().await.into_iter().find(|r| r.state() == State::Unknown).expect("an unknown row");
    let code = format!("T-{}", code_letters(unknown.code));
    let story = log(&l, Lang::Vi, LogArgs { code: Some(code.clone()), ..LogArgs::default() }).await;
    for part in [
        "CHƯA RÕ: đứt mạng sau khi đã chuyển thư",
        "lần 1: chưa rõ đã đi hay chưa",
        "nguyên văn: connection reset",
        "n***@x.example",
        "loa resolve T-", // the folder itself: no flags
    ] {
        assert!(story.contains(part), "{part} is missing in\n{story}");
    }
    assert!(!story.contains("nguoi"), "an address in clear:\n{story}");
}

#[tokio::test]
async fn a_sheets_digits_are_accepted_where_a_code_is() {
    let l = monday().await;
    for typed in ["482116", "482 116"] {
        let story = log(&l, Lang::Vi, LogArgs { code: Some(typed.into()), ..LogArgs::default() }).await;
        for part in ["phiếu        482116", "Cổng trang tuần trước · 5 buổi, đã báo 4", "system/sheet"]
        {
            assert!(story.contains(part), "{part} is missing in\n{story}");
        }
    }
    // One that nobody answered, and a row that stands on it.
    let story = log(&l, Lang::Vi, LogArgs { code: Some("482117".into()), ..LogArgs::default() }).await;
    assert!(story.contains("5 buổi, chưa báo") && story.contains("loa aired 482117 --"), "{story}");
    let row = l.row(LAST_WEEK, "phuong-an-bien/station").await;
    let code = Some(format!("T-{}", code_letters(row.code)));
    let story = log(&l, Lang::Vi, LogArgs { code, ..LogArgs::default() }).await;
    assert!(story.contains("phiếu        482117") && story.contains("loa aired 482117"), "{story}");
}

#[tokio::test]
async fn a_post_that_its_site_keeps_back_needs_a_person() {
    let l = Ledger::new().await;
    let mut own = channel("so", "Sở VHTTDL", "website", "web-so", "wordpress");
    own.officer = Some("Vũ Thị Mai 0900 000 383".into());
    let plan = PlanWrite {
        channels: Some(vec![own]),
        posts: vec![post(POST, "Hộ kinh doanh")],
        occurrences: vec![occurrence(POST, "website", "2026-11-30T08:00:00+07:00", &["so"])],
        ..PlanWrite::default()
    };
    l.plan(&plan, NOW).await;
    l.send_with("web-so", "2026-11-30T08:00:01+07:00", |_| true, |_, _| Event::Accepted).await;
    let code = l.code(l.row(POST, "so/website").await.id()).await;
    let s = status(&l, Lang::Vi).await;
    assert_eq!(s.exit().code(), 1);
    let text = s.text(Lang::Vi);
    for part in [
        "Web Sở VHTTDL: trang đã nhận bài ho-kinh-doanh hôm 30/11 nhưng giữ lại, chưa đăng",
        "Gọi Vũ Thị Mai 0900 000 383.",
        &format!("loa done {code} --link"),
    ] {
        assert!(text.contains(part), "{part} is missing in\n{text}");
    }
    let story = log(&l, Lang::Vi, LogArgs { code: Some(code.clone()), ..LogArgs::default() }).await;
    assert!(story.contains("chờ đăng") && story.contains(&format!("loa done {code} --link")), "{story}");
}

#[tokio::test]
async fn what_a_unit_refused_needs_a_person_the_sheet_of_a_station_too() {
    let l = Ledger::new().await;
    let mut site = channel("phuong-le-chan", "Phường Lê Chân", "website", "goi-bai", "hand-over");
    site.officer = Some("Vũ Thị Mai 0900 000 383".into());
    let mut station = channel("phuong-le-chan", "Phường Lê Chân", "station", "phieu-dai", "station");
    station.officer = Some("Phạm Thị Hoa 0900 000 311".into());
    let week = NewOccurrence {
        slot: "2026-W49".into(),
        due_at: ms("2026-11-30T08:00:00+07:00"),
        expires_at: ms("2026-12-06T00:00:00+07:00"),
        ..occurrence(POST, "station", "2026-11-30T00:00:00+07:00", &["phuong-le-chan"])
    };
    let plan = PlanWrite {
        channels: Some(vec![site, station]),
        posts: vec![post(POST, "Hộ kinh doanh")],
        occurrences: vec![
            occurrence(POST, "website", "2026-11-30T08:00:00+07:00", &["phuong-le-chan"]),
            week,
        ],
        ..PlanWrite::default()
    };
    let then = "2026-11-30T08:00:01+07:00";
    l.plan(&plan, then).await;
    send(&l, "goi-bai", then, &[DEAD]).await;
    assert_eq!(l.sheet_with("phuong-le-chan", "482116", then, Event::Refused).await, (0, 1));
    let s = status(&l, Lang::Vi).await;
    let refused: Vec<_> = s.needs.iter().filter(|n| n.kind == "refused").collect();
    assert_eq!(refused.len(), 2, "{:?}", s.needs);
    for (paper, officer) in
        [("gói bài", "Vũ Thị Mai 0900 000 383"), ("phiếu đài", "Phạm Thị Hoa 0900 000 311")]
    {
        let told = refused.iter().find(|n| n.says.contains(paper)).expect(paper);
        assert!(told.says.contains(&format!("Phường Lê Chân ({officer})")), "{told:?}");
        assert!(told.action.contains("loa apply") && told.action.contains("loa retry G-"), "{told:?}");
    }
    assert_eq!(s.exit(), Exit::Attention);
}

#[tokio::test]
async fn addresses_are_masked_until_somebody_signs_for_them() {
    let l = monday().await;
    let all = log(&l, Lang::Vi, LogArgs { today: true, each: true, ..LogArgs::default() }).await;
    assert!(all.contains("n***@x.example") && !all.contains("nguoi") && !all.contains("Người"), "{all}");
    assert_eq!(l.store.audit_of("log account=thu-cong-vu").await.expect("audit"), []);
    let clear = LogArgs {
        account: Some("thu-cong-vu".into()),
        unmask: true,
        by: Some("dang-van-truc".into()),
        ..LogArgs::default()
    };
    let all = log(&l, Lang::Vi, clear).await;
    assert!(all.contains("nguoi0@x.example") && !all.contains("Người 0"), "{all}");
    let audit = l.store.audit_of("log account=thu-cong-vu").await.expect("audit");
    assert_eq!(
        (audit.len(), audit[0].actor.as_str(), audit[0].action.as_str()),
        (1, "dang-van-truc", "log.unmask")
    );
}

#[tokio::test]
async fn equal_results_fold_and_their_code_finds_them_again() {
    let l = monday().await;
    let text = log(&l, Lang::Vi, LogArgs { today: true, problems: true, ..LogArgs::default() }).await;
    let line = text.lines().find(|l| l.contains("9 người")).expect("nine dead addresses in one line");
    assert!(line.contains("TỪ CHỐI  hộp thư không tồn tại (550 5.1.1)"), "{line}");
    let code = line.split_whitespace().nth(1).expect("a code");
    let rows = log(&l, Lang::Vi, LogArgs { code: Some(code.into()), ..LogArgs::default() }).await;
    assert_eq!(rows.lines().filter(|l| l.contains("TỪ CHỐI")).count(), 9, "{rows}");
    // Three are told one by one.
    assert_eq!(text.lines().filter(|l| l.contains("CHƯA RÕ")).count(), 3, "{text}");
    // The same rows, unfolded.
    let each =
        log(&l, Lang::Vi, LogArgs { today: true, problems: true, each: true, ..LogArgs::default() }).await;
    assert_eq!(each.lines().filter(|l| l.contains("TỪ CHỐI")).count(), 9, "{each}");
}

#[tokio::test]
async fn a_question_that_is_left_is_asked_no_more() {
    let l = monday().await;
    let asked = |s: &Status| s.needs.iter().filter(|n| n.kind == "question").map(|n| n.n).sum::<i64>();
    assert_eq!(asked(&status(&l, Lang::Vi).await), 3);
    let actor = Actor::attested("truc");
    for r in l.rows().await.into_iter().filter(|r| r.state() == State::Unknown) {
        assert!(l.store.question_leave(r.id(), r.planned_for, &actor, ms(NOW)).await.expect("an answer"));
    }
    assert_eq!(asked(&status(&l, Lang::Vi).await), 0);
    let text = log(&l, Lang::Vi, LogArgs { today: true, ..LogArgs::default() }).await;
    assert!(text.contains("KHÔNG RÕ"), "{text}");
    // What is not unknown cannot be left.
    let sent = l.rows().await.into_iter().find(|r| r.state() == State::Sent).expect("a sent row");
    assert!(!l.store.question_leave(sent.id(), sent.planned_for, &actor, ms(NOW)).await.expect("an answer"));
}

#[tokio::test]
async fn a_code_that_means_several_lists_them() {
    // The code is arithmetic: find an occurrence and a target whose code begins like another's, then make just these rows.
    let mut seen = std::collections::HashMap::new();
    let (one, two) = (1..=150)
        .flat_map(|o| (1..=3000).map(move |t| (o, t)))
        .find_map(|(o, t)| {
            let letters = code_letters(DeliveryId::new(o, t).code())[..4].to_owned();
            match seen.insert(letters, (o, t)) {
                Some(before) if before.0 != o && before.1 != t => Some((before, (o, t))),
                Some(_) | None => None,
            }
        })
        .expect("two codes begin alike");
    let l = Ledger::new().await;
    let channels = (1..=3000)
        .map(|t| channel(&format!("don-vi-{t}"), &format!("Đơn vị {t}"), "email", "thu-cong-vu", "email"));
    let occurrences = (1..=150).map(|o| {
        let to: Vec<String> =
            [one, two].iter().filter(|x| x.0 == o).map(|x| format!("don-vi-{}", x.1)).collect();
        let to: Vec<&str> = to.iter().map(String::as_str).collect();
        NewOccurrence {
            sending: format!("s{o:03}"),
            ..occurrence(POST, "email", "2026-11-30T08:00:00+07:00", &to)
        }
    });
    let plan = PlanWrite {
        channels: Some(channels.collect()),
        posts: vec![post(POST, "Bài")],
        occurrences: occurrences.collect(),
        ..PlanWrite::default()
    };
    l.plan(&plan, "2026-11-30T09:00:00+07:00").await;
    let codes: Vec<String> = l.rows().await.iter().map(|r| code_letters(r.code)).collect();
    assert!(codes.len() == 2 && codes[0][..4] == codes[1][..4], "{codes:?}");
    let twin = &codes[0];
    let a =
        LogArgs { code: Some(format!("t-{}", twin[..4].to_lowercase())), limit: 50, ..LogArgs::default() };
    let stop = screens::log_told(&ctx(Lang::Vi, NOW), &settings(), &l.store, &a, &mut String::new()).await;
    let stop = stop.expect_err("several rows");
    assert_eq!(stop.exit, Exit::NoSuch);
    assert!(
        stop.text.contains("nhiều lượt bắt đầu như vậy") && stop.text.lines().count() >= 3,
        "{}",
        stop.text
    );
    // Its full code is one story.
    let one = log(&l, Lang::Vi, LogArgs { code: Some(format!("T-{twin}")), ..LogArgs::default() }).await;
    assert!(one.starts_with("T-") && one.contains(twin.as_str()), "{one}");
}

#[tokio::test]
async fn a_spreadsheet_has_a_line_per_delivery_and_pages_do_not_lose_any() {
    let l = monday().await;
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("so-gui.csv");
    log(&l, Lang::Vi, LogArgs { csv: Some(file.clone()), ..LogArgs::default() }).await;
    let text = std::fs::read_to_string(&file).expect("the file");
    let mut csv = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let lines = csv.records().collect::<Result<Vec<_>, _>>().expect("rows");
    let rows = l.rows().await;
    let own = rows.iter().filter(|r| !r.origin.starts_with("system/") && r.state() != State::Planned).count();
    assert_eq!(lines.len(), own);
    assert!(!text.contains("nguoi"), "addresses in clear");
    // Page by page, each row once.
    let (mut seen, mut after) = (std::collections::BTreeSet::new(), None);
    loop {
        let mut out = String::new();
        let a =
            LogArgs { each: true, since: Some("01/11/2026".into()), after, limit: 7, ..LogArgs::default() };
        screens::log_told(&ctx(Lang::Vi, NOW), &settings(), &l.store, &a, &mut out).await.expect("a page");
        for line in out.lines() {
            let mut words = line.split_whitespace();
            if let Some(code) = words.find(|w| w.starts_with("T-")).filter(|_| !line.contains("--after")) {
                assert!(seen.insert(code.to_owned()), "{code} twice");
            }
        }
        match out.split("--after ").nth(1) {
            Some(next) => after = Some(next.trim().to_owned()),
            None => break,
        }
    }
    assert_eq!(seen.len(), own);
}

fn loa(workspace: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_loa"))
        .args(["-w", workspace.to_str().expect("a path"), "--lang", "vi", "--sandbox"])
        .args(args)
        .output()
        .expect("the program runs")
}

#[tokio::test]
async fn people_decide_by_code_group_and_account() {
    let dir = tempfile::tempdir().expect("a folder");
    let root = dir.path().to_owned();
    std::fs::create_dir_all(root.join("campaigns")).expect("a folder");
    std::fs::write(
        root.join("loa.yaml"),
        "organisation: so\naccounts:\n  thu-cong-vu:\n    kind: email\n    server: mail.example\n    from_address: so@so.example\n",
    )
    .expect("a file");
    let var = root.join("var/sandbox");
    std::fs::create_dir_all(&var).expect("a folder");
    let url = format!("sqlite:{}", var.join("loa.db").display());
    let l =
        monday_over(Ledger::over(Store::open(&url, &var.join("key")).await.expect("a database")).await).await;
    let say = |args: &[&str]| {
        let o = loa(&root, args);
        let text = format!("{}{}", String::from_utf8_lossy(&o.stdout), String::from_utf8_lossy(&o.stderr));
        (o.status.code().expect("an exit code"), text)
    };
    let code_of = |r: &loa::store::DeliveryRow| format!("T-{}", code_letters(r.code));
    let unknown = l.rows().await.into_iter().find(|r| r.state() == State::Unknown).expect("an unknown row");
    // Several at once need two people; the second is somebody else.
    for second in [&[][..], &["--second", "truc"]] {
        let (code, text) =
            say(&[&["resolve", "--account", "thu-cong-vu", "resend", "--by", "truc"], second].concat());
        assert_eq!(code, 3, "{text}");
        assert!(text.contains("cần người thứ hai"), "{text}");
    }
    assert_eq!(l.rows().await.iter().filter(|r| r.state() == State::Unknown).count(), 3);
    let (code, text) = say(&["resolve", &code_of(&unknown), "sent", "--by", "truc"]);
    assert_eq!(code, 0, "{text}");
    assert_eq!(l.store.delivery_get(unknown.id()).await.expect("a row").expect("it").state(), State::Sent);
    // Twice is refused and changes nothing.
    let (code, text) = say(&["resolve", &code_of(&unknown), "not-sent", "--by", "truc"]);
    assert!(code == 3 && text.contains("để nguyên"), "{code} {text}");
    // What is sent again waits until the first try is surely over; the answer and the story say until when.
    let again = l.rows().await.into_iter().find(|r| r.state() == State::Unknown).expect("another");
    let (code, text) = say(&["resolve", &code_of(&again), "resend", "--by", "truc"]);
    assert!(code == 0 && text.contains("đi sớm nhất lúc 30/11 09:03"), "{code} {text}");
    let (_, text) = say(&["log", &code_of(&again)]);
    assert!(text.contains("(người trực cho gửi lại), đi sớm nhất lúc 30/11/2026 09:03:00"), "{text}");
    let (code, text) = say(&["resolve", "--account", "thu-cong-vu", "leave", "--by", "truc"]);
    assert!(code == 0 && text.contains("1 lượt"), "{code} {text}");
    // What waits for its next try is not being sent, and says when it goes.
    let busy = l.row(POST, "so/zalo").await;
    let (code, text) = say(&["retry", &code_of(&busy), "--by", "truc"]);
    assert!(code == 3 && text.contains("tự gửi lại lúc") && text.contains("09:30"), "{code} {text}");
    // A dash is standard output, not a file of that name.
    let (code, text) = say(&["log", "--csv", "-"]);
    assert!(code == 0 && text.contains("mã,đổi lúc") && !Path::new("-").exists(), "{code} {text}");
    // What failed goes again, by its code.
    let failed = l.rows().await.into_iter().find(|r| r.state() == State::Failed).expect("a failed row");
    let (code, text) = say(&["retry", &code_of(&failed), "--by", "truc"]);
    assert_eq!(code, 0, "{text}");
    let row = l.store.delivery_get(failed.id()).await.expect("a row").expect("it");
    assert_eq!((row.state(), row.attempts), (State::Due, 0));
    // One row is held and released; what waits for approval is not released so.
    let (code, text) = say(&["hold", &code_of(&failed), "--reason", "chờ", "--by", "truc"]);
    assert_eq!(code, 0, "{text}");
    assert_eq!(
        l.store.delivery_get(failed.id()).await.expect("a row").expect("it").held_by.as_deref(),
        Some("person")
    );
    let (code, text) = say(&["release", &code_of(&failed), "--by", "truc"]);
    assert_eq!(code, 0, "{text}");
    let unapproved = l.row("ten-mien-vn/2026-12-20-tet", "so/website").await;
    let (code, text) = say(&["release", &code_of(&unapproved), "--by", "truc"]);
    assert!(code == 3 && text.contains("approve"), "{code} {text}");
    assert_eq!(l.store.tally_check().await.expect("a count"), []);
    let audit = l.store.audit_of(&code_letters(failed.code)).await.expect("audit");
    assert!(audit.iter().all(|a| a.actor == "truc" && a.proof == "attested"), "{audit:?}");
}
