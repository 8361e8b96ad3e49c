//! Sheets of stations: which airings find room in which sessions, what the paper says of them, and what becomes of the rest.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveTime, Weekday};
use loa::config::Settings;
use loa::domain::airtime::Opening;
use loa::domain::calendar::{Calendars, YearCalendar};
use loa::domain::delivery::State;
use loa::domain::message::{Rendition, Voice};
use loa::domain::unit::{Session, Station, StationKind};
use loa::plan::sheets::Press;
use loa::reach::{Airings, aired};
use loa::render::Templates;
use loa::store::{AiringRow, DeliveryRow, NewOccurrence, NewPost, PlanWrite};

use crate::check::Edit::Change;
use crate::support::ledger::{Ledger, at, channel, ms, occurrence, post, rendition};

const ORGANISATION: &str = "Sở Văn hóa, Thể thao và Du lịch thành phố Hải Phòng";
/// Friday before the week of 7–11 December 2026, when its sheets are made.
const FRIDAY: &str = "2026-12-04T14:00:00+07:00";
const WEEK: &str = "2026-W50";

fn day(d: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 12, d).expect("a day")
}

fn station(sessions: &[(&str, u32)], share: u32) -> Station {
    let time = |h, m| NaiveTime::from_hms_opt(h, m, 0).expect("a time");
    Station {
        kind: StationKind::Ip,
        sessions: sessions
            .iter()
            .map(|(name, h)| Session { name: (*name).into(), from: time(*h, 0), until: time(*h, 30) })
            .collect(),
        days: vec![Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri],
        allowance_seconds: share,
        time_zone: None,
    }
}

/// A post that is read in the week: how long, how often, in which sessions, from which to which day of December.
struct Item {
    origin: &'static str,
    seconds: u32,
    times: i64,
    sessions: &'static [&'static str],
    days: (u32, u32),
}

fn item(origin: &'static str, seconds: u32, times: i64) -> Item {
    Item { origin, seconds, times, sessions: &[], days: (7, 11) }
}

fn spec(i: &Item) -> NewPost {
    let mut p = post(i.origin, &format!("Bài {}", i.origin));
    let rule = serde_json::json!({
        "rule": { "rule": "station", "from": day(i.days.0), "until": day(i.days.1), "sessions": i.sessions, "times": i.times },
        "on_holiday": "keep",
    });
    let revision = p.revision.as_mut().expect("a revision");
    revision.manifest = serde_json::json!({ "send": [{ "id": "station", "schedule": rule }] }).to_string();
    p
}

fn wanted(i: &Item) -> NewOccurrence {
    NewOccurrence {
        times: i.times,
        slot: WEEK.into(),
        due_at: ms(FRIDAY),
        expires_at: ms(&format!("2026-12-{:02}T00:00:00+07:00", i.days.1 + 1)),
        ..occurrence(i.origin, "station", &format!("2026-12-{:02}T00:00:00+07:00", i.days.0), &["hong-bang"])
    }
}

fn script(i: &Item) -> Rendition {
    Rendition {
        seconds: Some(i.seconds),
        text: format!("Kính thưa toàn thể nhân dân.\n{ORGANISATION} / xin thông báo."),
        attachments: vec![],
        ..rendition("station", Voice::Script, &format!("Bài {}", i.origin))
    }
}

/// A ledger in which the items are approved and due.
async fn ledger(station: &Station, items: &[Item]) -> Ledger {
    let l = Ledger::new().await;
    let mut ward = channel("hong-bang", "Phường Hồng Bàng", "station", "phieu", "station");
    ward.station = serde_json::to_string(station).ok();
    let plan = PlanWrite {
        channels: Some(vec![ward]),
        posts: items.iter().map(spec).collect(),
        occurrences: items.iter().map(wanted).collect(),
        ..PlanWrite::default()
    };
    l.plan(&plan, FRIDAY).await;
    for i in items {
        l.freeze(i.origin, &script(i)).await;
    }
    l
}

fn holiday(d: u32) -> Calendars {
    Calendars(BTreeMap::from([(
        2026,
        YearCalendar {
            year: 2026,
            provisional: false,
            source: "test".into(),
            holidays: BTreeMap::from([(day(d), "Nghỉ lễ".to_owned())]),
            working: BTreeMap::new(),
        },
    )]))
}

/// Makes the sheets that are due; the text of the last one.
async fn press(l: &Ledger, calendars: &Calendars, now: &str) -> (u64, String) {
    press_with(l, calendars, now, &Templates::builtin().expect("templates")).await
}

async fn press_with(l: &Ledger, calendars: &Calendars, now: &str, templates: &Templates) -> (u64, String) {
    let settings = Settings::defaults(std::path::Path::new("/nowhere"));
    let people = BTreeMap::new();
    let press = Press {
        store: &l.store,
        settings: &settings,
        templates,
        calendars,
        organisation: ORGANISATION,
        people: &people,
    };
    let made = press.tick(at(now)).await.expect("sheets");
    let mut text = String::new();
    if let Some(r) = l.rows().await.iter().filter(|r| r.origin == "system/sheet").max_by_key(|r| r.id) {
        let sheet = l.store.handed_get(r.id()).await.expect("an answer").expect("a sheet");
        text =
            l.store.rendition_get(sheet.revision_id, "station").await.expect("a row").expect("a sheet").text;
    }
    (made.sheets, text)
}

/// The lines of the newest sheet.
async fn lines(l: &Ledger, text: &str) -> Vec<AiringRow> {
    let code = text.split("Mã tờ: ").nth(1).expect("a code").split('\n').next().expect("a line");
    l.store.sheet_rows(code.trim()).await.expect("rows")
}

fn places(r: &AiringRow) -> Vec<Opening> {
    serde_json::from_str(&r.slots).expect("places")
}

async fn rows(l: &Ledger) -> Vec<DeliveryRow> {
    l.rows().await.into_iter().filter(|r| !r.origin.starts_with("system/")).collect()
}

#[tokio::test]
async fn no_session_takes_more_than_the_wards_allowance() {
    // As a sum 44 × 5 + 42 × 3 + 42 × 4 fits 5 × 120 seconds; session by session it does not.
    let items = [item("c/a", 44, 5), item("c/b", 42, 3), item("c/d", 42, 4)];
    let l = ledger(&station(&[("sang", 5)], 120), &items).await;
    let (made, text) = press(&l, &Calendars::default(), FRIDAY).await;
    assert_eq!(made, 1);
    let listed = lines(&l, &text).await;
    let mut used = BTreeMap::<NaiveDate, u32>::new();
    for (r, i) in listed.iter().zip(&items) {
        assert_eq!(i64::try_from(places(r).len()).expect("few"), r.times);
        for o in places(r) {
            *used.entry(o.day).or_default() += i.seconds;
        }
    }
    assert!(used.values().all(|s| *s <= 120), "{used:?}");
    assert_eq!(listed.iter().map(|r| r.times).sum::<i64>(), 10, "two in each of five sessions");
    assert!(text.contains("Phần thời lượng của cơ quan gửi phiếu: 2 phút mỗi buổi, cộng mọi bài"), "{text}");
    assert!(text.contains("Kế hoạch đề nghị 5 buổi; tuần này chỉ xếp được 3 buổi."), "{text}");
    assert!(text.contains("--all --by TÊN") && text.contains("--sessions 3,3,4 --by TÊN"), "{text}");
    assert!(text.contains(&format!("{ORGANISATION}\u{a0}/ xin thông báo.\u{a0}//")), "{text}");
    let week = l.store.station_week(WEEK).await.expect("a week");
    assert_eq!((week.wanted, week.no_room, week.waiting), (12, 2, 10));
}

#[tokio::test]
async fn a_sheet_asks_for_the_sessions_and_days_of_each_item() {
    let both = station(&[("sang", 5), ("chieu", 17)], 300);
    let items = [
        Item { sessions: &["chieu"], days: (8, 9), ..item("c/a", 40, 2) },
        Item { sessions: &["trua"], ..item("c/b", 40, 2) },
        item("c/d", 40, 3),
    ];
    let l = ledger(&both, &items).await;
    let (_, text) = press(&l, &Calendars::default(), FRIDAY).await;
    let listed = lines(&l, &text).await;
    assert_eq!(listed.len(), 2, "no row for a session that the station does not have");
    assert_eq!(
        places(&listed[0]).iter().map(|o| (o.day, o.session.as_str())).collect::<Vec<_>>(),
        [(day(8), "chieu"), (day(9), "chieu")]
    );
    let first = text.split("----------").nth(1).expect("an item");
    assert!(first.contains("Ngày phát: T3 08/12; T4 09/12;\nBuổi: Chiều 17:00–17:30\n"), "{first}");
    let held: Vec<_> = rows(&l).await.into_iter().filter(|r| r.state() == State::Held).collect();
    assert_eq!(held.len(), 1);
    assert_eq!((held[0].origin.as_str(), held[0].held_by.as_deref()), ("c/b", Some("no_open_session")));
}

#[tokio::test]
async fn a_day_off_takes_airings_and_the_answer_is_asked_for_on_the_last_open_day() {
    let l = ledger(&station(&[("sang", 5)], 120), &[item("c/a", 44, 5)]).await;
    let (_, text) = press(&l, &holiday(11), FRIDAY).await;
    let listed = lines(&l, &text).await;
    assert_eq!(listed[0].times, 4, "four open sessions, four airings");
    assert!(
        text.contains("tuần này chỉ xếp được 4 buổi") && text.contains("Không phát T6 11/12: Nghỉ lễ"),
        "{text}"
    );
    assert!(text.contains("BÁO LẠI MỘT LẦN, thứ Năm 10/12"), "{text}");
    assert!(text.contains("--sessions 4 --by TÊN"), "{text}");
}

#[tokio::test]
async fn what_finds_no_room_is_held_and_says_why_until_there_is_room() {
    let items = [
        item("c/dai", 400, 2),
        Item { days: (12, 13), ..item("c/cuoi-tuan", 40, 2) },
        item("c/nghin", 100, 1000),
        item("c/them", 30, 2),
    ];
    let l = ledger(&station(&[("sang", 5)], 120), &items).await;
    let (made, text) = press(&l, &Calendars::default(), FRIDAY).await;
    assert_eq!(made, 1);
    let of = |rows: &[DeliveryRow], origin: &str| {
        let r = rows.iter().find(|r| r.origin == origin).expect("a row");
        (r.state(), r.held_by.clone())
    };
    let now = rows(&l).await;
    assert_eq!(of(&now, "c/dai"), (State::Held, Some("script_too_long".into())));
    assert_eq!(of(&now, "c/cuoi-tuan"), (State::Held, Some("no_open_session".into())));
    // A thousand airings take turns with two, and as many as fit are asked for.
    let listed = lines(&l, &text).await;
    assert_eq!(listed.iter().map(|r| r.times).collect::<Vec<_>>(), [3, 2], "{text}");
    assert_eq!(press(&l, &Calendars::default(), FRIDAY).await.0, 0, "nothing changes by looking again");
    // The ward gives the office more time: the long one finds room on a second sheet.
    let mut ward = channel("hong-bang", "Phường Hồng Bàng", "station", "phieu", "station");
    ward.station = serde_json::to_string(&station(&[("sang", 5)], 600)).ok();
    l.plan(&PlanWrite { channels: Some(vec![ward]), ..PlanWrite::default() }, FRIDAY).await;
    let (made, text) = press(&l, &Calendars::default(), FRIDAY).await;
    assert_eq!((made, lines(&l, &text).await[0].times), (1, 2));
    assert_eq!(of(&rows(&l).await, "c/dai"), (State::Due, None));
}

#[tokio::test]
async fn a_frame_that_leaves_a_line_out_makes_no_sheet() {
    let l = ledger(&station(&[("sang", 5)], 120), &[item("c/a", 44, 2), item("c/dai", 400, 2)]).await;
    let dir = tempfile::tempdir().expect("a folder");
    std::fs::create_dir_all(dir.path().join("templates/script")).expect("a folder");
    let frame =
        "{{code}}{{#each items}}{{title}}{{#each lines}}{{#if @first}}{{this}}{{/if}}{{/each}}{{/each}}";
    std::fs::write(dir.path().join("templates/script/sheet.txt.hbs"), frame).expect("a file");
    let bad = Templates::load(dir.path()).expect("templates");
    let held = |rows: &[DeliveryRow]| {
        rows.iter().map(|r| (r.origin.clone(), r.state(), r.held_by.clone())).collect::<Vec<_>>()
    };
    assert_eq!(press_with(&l, &Calendars::default(), FRIDAY, &bad).await, (0, String::new()));
    let first = held(&rows(&l).await);
    assert!(first.contains(&("c/a".into(), State::Held, Some("sheet_frame".into()))), "{first:?}");
    assert!(first.contains(&("c/dai".into(), State::Held, Some("script_too_long".into()))), "{first:?}");
    let before = rows(&l).await;
    assert_eq!(press_with(&l, &Calendars::default(), FRIDAY, &bad).await.0, 0);
    assert_eq!(rows(&l).await, before, "looking again writes nothing");
    // With a frame that shows everything the sheet is made.
    let (made, text) = press(&l, &Calendars::default(), FRIDAY).await;
    assert_eq!((made, lines(&l, &text).await.len()), (1, 1));
    assert!(held(&rows(&l).await).contains(&("c/a".into(), State::Due, None)));
}

#[tokio::test]
async fn a_second_sheet_of_a_week_keeps_within_what_the_first_left() {
    let ward = station(&[("sang", 5)], 120);
    let l = ledger(&ward, &[item("c/a", 90, 3)]).await;
    let (_, text) = press(&l, &Calendars::default(), FRIDAY).await;
    let taken: Vec<Opening> = places(&lines(&l, &text).await[0]);
    let late = item("c/b", 60, 5);
    let plan =
        PlanWrite { posts: vec![spec(&late)], occurrences: vec![wanted(&late)], ..PlanWrite::default() };
    l.plan(&plan, FRIDAY).await;
    l.freeze("c/b", &script(&late)).await;
    let (made, text) = press(&l, &Calendars::default(), FRIDAY).await;
    let second = lines(&l, &text).await;
    assert_eq!((made, second[0].times), (1, 2));
    assert!(places(&second[0]).iter().all(|o| !taken.contains(o)));
}

#[tokio::test]
async fn all_sessions_of_the_grid_are_all_of_it_and_nothing_else_is_guessed() {
    // Five sessions for five and three airings: the officer counts five.
    let l = ledger(&station(&[("sang", 5)], 120), &[item("c/a", 44, 5), item("c/b", 42, 3)]).await;
    let (_, text) = press(&l, &Calendars::default(), FRIDAY).await;
    let code =
        text.split("Mã tờ: ").nth(1).expect("a code").split('\n').next().expect("a line").trim().to_owned();
    l.store.gate_turn(&[], ms(FRIDAY)).await.expect("a gate");
    assert_eq!(l.send("phieu", FRIDAY, |_, _| loa::domain::delivery::Event::Accepted).await, 1);
    l.store.station_accept(l.node, ms(FRIDAY)).await.expect("rows follow");
    let friday = at("2026-12-11T16:00:00+07:00");
    let one = |n| Airings::Each(vec![n]);
    aired(&l.store, &code, &one(4), None, false, "hoa", friday).await.expect_err("of which item?");
    assert!(rows(&l).await.iter().all(|r| r.afterwards.is_none()), "nothing was written");
    let a = aired(&l.store, &code, &one(5), None, false, "hoa", friday).await.expect("all of it");
    assert_eq!(a.sums(), (8, 8));
    assert!(rows(&l).await.iter().all(|r| r.afterwards.as_deref() == Some("aired")));
}

#[test]
fn a_script_that_no_session_can_take_is_a_fault_of_its_text() {
    let long: String = "Bà con nhớ đọc hết địa chỉ đến chữ cuối cùng rồi hãy trả tiền. ".repeat(60);
    let loa = "campaigns/ten-mien/posts/ho-kinh-doanh/loa.md";
    let dir = crate::check::workspace(&[
        Change(
            "loa.yaml",
            "default_accounts:",
            "  phieu:\n    kind: station\n    carrier: thu-cong-vu\ndefault_accounts:",
        ),
        Change("loa.yaml", "  station: thu-cong-vu", "  station: phieu"),
    ]);
    let check = || {
        let bin = env!("CARGO_BIN_EXE_loa");
        let o =
            std::process::Command::new(bin).args(["check", "--lang", "vi"]).current_dir(dir.path()).output();
        let o = o.expect("loa runs");
        (o.status.code(), String::from_utf8_lossy(&o.stdout).into_owned())
    };
    let (_, good) = check();
    assert!(!good.contains("R003"), "{good}");
    std::fs::write(dir.path().join(loa), &long).expect("a file");
    let (code, said) = check();
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains(&format!("R003  {loa}")) && said.contains("2 đài: Phường Hồng Bàng (180)"),
        "{said}"
    );
}
