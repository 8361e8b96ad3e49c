//! `loa log CODE` tells everything about a row, in the order of time: what a station declared and corrected, what a webmaster
//! returned and what was seen there, reminders, opt-outs, dead addresses, figures.

use std::path::Path;
use std::sync::Arc;

use loa::cli::Ctx;
use loa::cli::screens::{self, LogArgs};
use loa::config::Settings;
use loa::daemon::SimClock;
use loa::domain::delivery::{Event, code_letters};
use loa::domain::message::Voice;
use loa::domain::people::Actor;
use loa::domain::reach::{Grade, ReachFigure};
use loa::domain::text::Lang;
use loa::store::{DeliveryRow, EvidenceRow, NewOccurrence, NewRevision, PlanWrite, SystemDelivery};

use crate::support::ledger::{Ledger, at, channel, list, ms, occurrence, post, rendition};

const POST: &str = "ten-mien-vn/2026-11-30-ho-kinh-doanh";
const MONDAY: &str = "2026-11-30T08:00:00+07:00";

async fn ledger() -> Ledger {
    let l = Ledger::new().await;
    let plan = PlanWrite {
        channels: Some(vec![
            channel("le-chan", "Phường Lê Chân", "website", "goi-bai", "hand-over"),
            channel("le-chan", "Phường Lê Chân", "station", "phieu-dai", "station"),
        ]),
        lists: Some(vec![list("ds", 2)]),
        posts: vec![post(POST, "Hộ kinh doanh")],
        occurrences: vec![
            occurrence(POST, "website", MONDAY, &["le-chan"]),
            NewOccurrence {
                times: 5,
                slot: "2026-W49".into(),
                due_at: ms("2026-11-27T14:00:00+07:00"),
                expires_at: ms("2026-12-05T00:00:00+07:00"),
                ..occurrence(POST, "station", "2026-11-30T00:00:00+07:00", &["le-chan"])
            },
            NewOccurrence {
                lists: vec!["ds".into()],
                carrier: Some(("thu".into(), "email".into())),
                ..occurrence(POST, "email", MONDAY, &[])
            },
        ],
        ..PlanWrite::default()
    };
    l.plan(&plan, MONDAY).await;
    l
}

async fn told(l: &Ledger, code: &str, json: bool) -> String {
    let mut ctx = Ctx::new("/nowhere".into(), Some(Lang::Vi), json, false);
    ctx.flags = String::new();
    ctx.clock = Arc::new(SimClock::new(at("2026-12-08T09:00:00+07:00")));
    let a = LogArgs { code: Some(code.to_owned()), limit: 50, ..LogArgs::default() };
    let mut out = String::new();
    let settings = Settings::defaults(Path::new("/nowhere"));
    screens::log_told(&ctx, &settings, &l.store, &a, &mut out).await.expect("a story");
    out
}

async fn story(l: &Ledger, row: &DeliveryRow) -> String {
    told(l, &format!("T-{}", code_letters(row.code)), false).await
}

/// The parts stand in the story, in this order.
fn in_order(story: &str, parts: &[&str]) {
    let mut rest = story;
    for part in parts {
        let Some((_, after)) = rest.split_once(part) else {
            panic!("“{part}” is missing, or not after what happened before, in\n{story}")
        };
        rest = after;
    }
}

#[tokio::test]
async fn a_stations_row_tells_its_sheet_what_was_declared_and_what_was_corrected() {
    let l = ledger().await;
    l.sheet("le-chan", "482116", MONDAY).await;
    let rows = l.store.sheet_rows("482116").await.expect("rows");
    let mai = Actor::attested("Vũ Thị Mai");
    let declare = async |sessions, why, when| {
        l.store.airing_add(&rows[0], sessions, why, &mai, ms(when)).await.expect("a declaration");
    };
    declare(0, Some("mất điện cả tuần"), "2026-12-04T16:00:00+07:00").await;
    declare(4, None, "2026-12-05T09:00:00+07:00").await;
    let row = l.row(POST, "le-chan/station").await;
    in_order(
        &story(&l, &row).await,
        &[
            "ĐÃ PHÁT",
            "30/11/2026 08:00:00  lên phiếu 482116, tuần 49",
            "30/11/2026 08:00:00  phiếu 482116: nơi nhận đã nhận",
            "04/12/2026 16:00:00  đài báo, Vũ Thị Mai (khai báo): không phát: mất điện cả tuần",
            "05/12/2026 09:00:00  đài báo, sửa lại, Vũ Thị Mai (khai báo): đã phát 4/5 buổi",
            "05/12/2026 09:00:00  số liệu: buổi đã phát 4 (đơn vị khai, le-chan)",
            "loa aired 482116 --sessions 5 --by TÊN   khai lại nếu ghi nhầm",
        ],
    );
    // The sheet, by its digits: its own attempts, and what was declared about each item.
    in_order(&told(&l, "482116", false).await, &["lần 1", "đã phát 4/5 buổi “Hộ kinh doanh”"]);
    let json: serde_json::Value =
        serde_json::from_str(&told(&l, &format!("T-{}", code_letters(row.code)), true).await).expect("json");
    assert_eq!(json["airings"].as_array().map(Vec::len), Some(2));
    assert_eq!((&json["airings"][1]["sessions"], &json["airings"][1]["of"]), (&4.into(), &5.into()));
    assert_eq!(json["sheets"][0], "482116");
    assert_eq!(json["reach"][0]["metric"], "airings");
}

#[tokio::test]
async fn a_station_that_was_silent_is_told_as_silent() {
    let l = ledger().await;
    l.sheet("le-chan", "482116", MONDAY).await;
    let after = ms("2026-12-06T12:00:00+07:00");
    assert_eq!(l.store.airing_close(after, after).await.expect("closed"), 1);
    let row = l.row(POST, "le-chan/station").await;
    in_order(
        &story(&l, &row).await,
        &["CHƯA XÁC NHẬN", "06/12/2026 12:00:00  hết tuần chưa ai báo: chưa xác nhận", "loa aired 482116"],
    );
}

#[tokio::test]
async fn a_package_tells_its_reminders_each_link_and_what_was_seen_there() {
    let l = ledger().await;
    assert_eq!(l.send("goi-bai", MONDAY, |_, _| Event::Accepted).await, 1);
    let row = l.row(POST, "le-chan/website").await;
    let code = l.code(row.id()).await;
    // A reminder that names this package, and one to the same ward that names another.
    for (slot, named, when) in [
        ("le-chan/2026-12-03", code.as_str(), "2026-12-03T09:00:00+07:00"),
        ("le-chan/2026-12-04", "T-ZZZZ", "2026-12-04T09:00:00+07:00"),
    ] {
        let mut r = rendition("hand-over", Voice::Press, "Nhắc đăng bài");
        r.text = format!("Mã gói: {named}");
        let d = SystemDelivery {
            revision: NewRevision {
                origin: "system/reminder".into(),
                hash: slot.into(),
                class: "internal".into(),
                title: r.title.clone(),
                author: "loa".into(),
                manifest: "{}".into(),
            },
            rendition: &r,
            slot: slot.into(),
            target_ref: "le-chan/website".into(),
            account: "goi-bai".into(),
            kind: "hand-over".into(),
            family: "website".into(),
            priority: 2,
            due_at: ms(when),
            expires_at: ms(when) + 3_600_000,
        };
        l.store.system_delivery(&d, ms(when)).await.expect("a reminder").expect("a new one");
        l.store.gate_turn(&[], ms(when)).await.expect("a gate");
        assert_eq!(l.send("goi-bai", when, |_, _| Event::Accepted).await, 1);
    }
    let mai = Actor::attested("mai");
    for (ok, url, note, when) in [
        (false, "https://lechan.example/a", "không thấy tiêu đề", "2026-12-04T14:00:00+07:00"),
        (true, "https://lechan.example/b", "", "2026-12-04T15:00:00+07:00"),
    ] {
        let seen = EvidenceRow {
            gone: false,
            url: url.into(),
            ok,
            title_found: ok,
            image_found: ok,
            http_status: 200,
            note: note.into(),
        };
        l.store.evidence_add(row.id(), row.planned_for, &seen, &mai, ms(when)).await.expect("evidence");
    }
    let row = l.row(POST, "le-chan/website").await;
    let story = story(&l, &row).await;
    in_order(
        &story,
        &[
            "ĐÃ ĐĂNG",
            "30/11/2026 08:00:00  lần 1: ",
            "03/12/2026 09:00:00  Loa nhắc đơn vị (T-",
            "04/12/2026 14:00:00  trang báo đường dẫn, mai (khai báo): https://lechan.example/a",
            "chưa thấy bài; gói bài vẫn chờ (không thấy tiêu đề)",
            "04/12/2026 15:00:00  trang báo đường dẫn, mai (khai báo): https://lechan.example/b",
            "đã mở, đúng bài: đã đăng",
            "số liệu: link đã mở, đúng tiêu đề 1 (đo được, Loa mở link)",
        ],
    );
    assert_eq!(story.matches("Loa nhắc").count(), 1, "only the reminder that names it:\n{story}");
    assert_eq!(story.matches("lechan.example/a").count(), 1, "told once:\n{story}");
}

#[tokio::test]
async fn a_persons_row_tells_the_opt_out_and_a_chats_its_figures() {
    let l = ledger().await;
    assert_eq!(l.send("thu", MONDAY, |_, _| Event::Accepted).await, 2);
    let row = l.rows().await.into_iter().find(|r| r.account == "thu").expect("a mail");
    let when = ms("2026-12-01T10:00:00+07:00");
    let reader = Actor { name: row.target_ref.clone(), proof: loa::domain::people::Proof::Link };
    l.store.opt_out(&row.target_ref, "email", "ds", &reader, when).await.expect("an opt-out");
    let figure = ReachFigure {
        receipt: String::new(),
        metric: "views".into(),
        value: 1234,
        grade: Grade::Platform,
        source: "thử".into(),
        at: at("2026-12-02T10:00:00+07:00"),
    };
    l.store.reach_put(row.id, row.planned_for, &[figure]).await.expect("a figure");
    let gone =
        l.store.delivery_afterwards(row.id(), row.planned_for, "bounced", false, when + 86_400_000 * 2).await;
    assert!(gone.expect("an answer"));
    let row = l.store.delivery_get(row.id()).await.expect("a row").expect("it");
    let story = story(&l, &row).await;
    in_order(
        &story,
        &[
            "BỊ TỪ CHỐI",
            "lần 1: ",
            "01/12/2026 10:00:00  người nhận từ chối nhận: danh sách ds",
            "02/12/2026 10:00:00  số liệu: lượt xem 1.234 (nền tảng báo, thử)",
            "03/12/2026 10:00:00  thư bị trả lại: bị từ chối",
        ],
    );
    assert!(!story.contains("nguoi"), "an address in clear:\n{story}");
}
