//! Reports of a period out of a ledger: what is counted, on which side of the window's edges, and how it is printed.

use loa::config::Settings;
use loa::domain::delivery::Event;
use loa::domain::people::Actor;
use loa::domain::period::{Period, Scheme};
use loa::domain::reach::{Grade, ReachFigure};
use loa::domain::text::Lang;
use loa::render::Templates;
use loa::report::{Airings, Counts, Links, Progress, Report};
use loa::store::{EvidenceRow, NewOccurrence, PlanWrite};

use crate::support::ledger::{Ledger, at, channel, list, ms, occurrence, post};

const TITLE: &str = "Hộ kinh doanh lên mạng với tên miền .vn";

fn settings() -> Settings {
    let mut s = Settings::defaults(std::path::Path::new("/nowhere"));
    s.addressed_to = Some("UBND thành phố (qua Sở Khoa học và Công nghệ)".into());
    s
}

async fn report(l: &Ledger, period: &str, now: &str) -> Report {
    let period = Period::parse(period).expect("a period");
    let name = "Sở Văn hóa, Thể thao và Du lịch thành phố Hải Phòng";
    loa::report::build(&l.store, &settings(), name, period, at(now)).await.expect("a report")
}

/// A month of a campaign: two wards, the office, three people.
async fn month() -> Ledger {
    let l = Ledger::new().await;
    let mut channels = vec![
        channel("so", "Sở VHTTDL Hải Phòng", "website", "web", "wordpress"),
        channel("so", "Sở VHTTDL Hải Phòng", "telegram", "tg", "telegram"),
    ];
    for (unit, name) in [("phuong-le-chan", "Phường Lê Chân"), ("phuong-an-bien", "Phường An Biên")]
    {
        channels.push(channel(unit, name, "website", "goi", "hand-over"));
        let mut station = channel(unit, name, "station", "phieu", "station");
        station.covered = Some(12_500);
        channels.push(station);
    }
    let wards = ["phuong-le-chan", "phuong-an-bien"];
    let monday = "2026-11-30T00:00:00+07:00";
    let plan = PlanWrite {
        channels: Some(channels),
        lists: Some(vec![list("ds", 3)]),
        posts: vec![post("ten-mien-vn/ho", TITLE), post("ten-mien-vn/sau", "Bài tháng sau")],
        occurrences: vec![
            occurrence("ten-mien-vn/ho", "telegram", "2026-11-30T08:00:00+07:00", &["so"]),
            occurrence("ten-mien-vn/ho", "website", "2026-11-30T08:00:00+07:00", &["so", wards[0], wards[1]]),
            NewOccurrence {
                lists: vec!["ds".into()],
                carrier: Some(("thu".into(), "email".into())),
                ..occurrence("ten-mien-vn/ho", "email", "2026-11-30T09:00:00+07:00", &[])
            },
            NewOccurrence {
                times: 5,
                slot: "2026-W49".into(),
                due_at: ms("2026-11-27T14:00:00+07:00"),
                expires_at: ms("2026-12-05T00:00:00+07:00"),
                ..occurrence("ten-mien-vn/ho", "station", monday, &wards)
            },
            occurrence("ten-mien-vn/sau", "website", "2026-12-12T08:00:00+07:00", &["so"]),
        ],
        ..PlanWrite::default()
    };
    let now = "2026-11-30T10:00:00+07:00";
    l.plan(&plan, now).await;
    for account in ["web", "tg", "goi"] {
        l.send(account, now, |_, _| Event::Accepted).await;
    }
    let mixed = [Event::Accepted, Event::Refused, Event::Lost];
    assert_eq!(l.send("thu", now, |i, _| mixed[i]).await, 3);
    l.sheet(wards[0], "482116", now).await;
    l.sheet(wards[1], "482117", now).await;
    let lan = Actor::attested("lan");
    // One ward returns a link and declares three of five airings; the other says nothing.
    let package = l.row("ten-mien-vn/ho", "phuong-le-chan/website").await;
    let seen = EvidenceRow {
        gone: false,
        url: "https://lechan.example/bai".into(),
        ok: true,
        title_found: true,
        image_found: true,
        http_status: 200,
        note: String::new(),
    };
    let friday = ms("2026-12-04T16:00:00+07:00");
    l.store.evidence_add(package.id(), package.planned_for, &seen, &lan, friday).await.expect("evidence");
    let rows = l.store.sheet_rows("482116").await.expect("rows");
    l.store.airing_add(&rows[0], 3, None, &lan, friday).await.expect("airings");
    assert_eq!(l.store.airing_close(ms("2026-12-06T00:00:00+07:00"), friday).await.expect("a count"), 1);
    let chat = l.row("ten-mien-vn/ho", "so/telegram").await;
    let members = |value, when: &str| ReachFigure {
        receipt: "77".into(),
        metric: "members".into(),
        value,
        grade: Grade::Platform,
        source: "telegram getChatMemberCount".into(),
        at: at(when),
    };
    l.store.reach_put(chat.id, chat.planned_for, &[members(510, now)]).await.expect("a figure");
    l.store
        .reach_put(chat.id, chat.planned_for, &[members(512, "2026-12-01T10:00:00+07:00")])
        .await
        .expect("a figure");
    l
}

#[tokio::test]
async fn a_quarter_is_counted_from_its_ledger() {
    let l = month().await;
    let r = report(&l, "2026-Q4", "2026-12-08T09:00:00+07:00").await;
    assert_eq!(r.progress, Progress::Running);
    assert_eq!(r.window, "số liệu tính từ 15/09/2026 đến 14/12/2026");
    let counts = Counts { planned: 10, sent: 7, pending: 1, rejected: 1, unknown: 1, ..Counts::default() };
    assert_eq!(r.total.counts, counts);
    let airings =
        Airings { wanted: 10, handed: 10, declared: 3, not_aired: 2, unconfirmed: 5, ..Airings::default() };
    assert_eq!(r.total.airings, airings);
    assert_eq!(r.total.links, Links { handed: 2, returned: 1 });
    // What each table says adds up to the whole.
    for lines in [
        r.families.iter().map(|f| f.line).collect::<Vec<_>>(),
        r.units.iter().map(|u| u.line).collect(),
        r.posts.iter().map(|p| p.line).collect(),
    ] {
        assert_eq!(lines.iter().map(|x| x.counts.planned).sum::<i64>(), counts.planned);
        assert_eq!(lines.iter().map(|x| x.counts.sent).sum::<i64>(), counts.sent);
        assert_eq!(lines.iter().map(|x| x.airings.declared).sum::<i64>(), 3);
        assert_eq!(lines.iter().map(|x| x.airings.not_aired).sum::<i64>(), 2);
        assert_eq!(lines.iter().map(|x| x.links.returned).sum::<i64>(), 1);
    }
    let names: Vec<&str> = r.units.iter().map(|u| u.name.as_str()).collect();
    assert_eq!(names, ["Phường An Biên", "Phường Lê Chân", "Sở VHTTDL Hải Phòng", ""]);
}

#[tokio::test]
async fn mail_and_press_are_none_of_the_eight_forms() {
    let l = month().await;
    let r = report(&l, "2026-Q4", "2026-12-08T09:00:00+07:00").await;
    let form = |word: &str| r.families.iter().find(|f| f.family.as_str() == word).expect(word).decree49;
    assert_eq!(
        (form("station"), form("website"), form("telegram"), form("email")),
        (Some(1), Some(6), Some(7), None)
    );
    let table = loa::report::to_table(&r, Lang::Vi);
    assert!(table.lines().any(|l| l.contains("thư") && l.contains("ngoài 8 hình thức")), "{table}");
}

#[tokio::test]
async fn an_office_without_a_channel_reports_under_its_name() {
    let l = Ledger::new().await;
    let mut ws = loa::domain::workspace::Workspace::default();
    let so = loa::manifest::load(&crate::check::repository(), &settings(), crate::check::today());
    let mut so = so.workspace.units["so"].clone();
    so.channels.clear();
    let name = so.name.clone();
    ws.units.insert(so.id.clone(), so);
    let mut s = settings();
    s.organisation = loa::domain::id::UnitId::new("so");
    let now = at("2026-11-30T10:00:00+07:00");
    assert_eq!(l.store.unit_name("so").await.expect("an answer"), None);
    let by = Actor::system();
    let apply = loa::plan::apply(&l.store, &s, &ws, &[], None, loa::config::AutoApply::All, &by, now);
    apply.await.expect("a plan");
    assert_eq!(l.store.unit_name("so").await.expect("an answer"), Some(name));
}

/// Two stations with five airings each in the week of 14–18 December, which begins in one period and ends in the next.
async fn over_the_edge() -> Ledger {
    let l = Ledger::new().await;
    let wards = ["phuong-le-chan", "phuong-an-bien"];
    let plan = PlanWrite {
        channels: Some(wards.map(|u| channel(u, u, "station", "phieu", "station")).to_vec()),
        posts: vec![post("c/p", "Bài")],
        occurrences: vec![NewOccurrence {
            times: 5,
            slot: "2026-W51".into(),
            due_at: ms("2026-12-11T14:00:00+07:00"),
            expires_at: ms("2026-12-19T00:00:00+07:00"),
            ..occurrence("c/p", "station", "2026-12-14T00:00:00+07:00", &wards)
        }],
        ..PlanWrite::default()
    };
    let now = "2026-12-11T15:00:00+07:00";
    l.plan(&plan, now).await;
    l.sheet(wards[0], "111111", now).await;
    l.sheet(wards[1], "222222", now).await;
    l
}

#[tokio::test]
async fn a_stations_week_belongs_to_the_period_of_its_last_day() {
    let l = over_the_edge().await;
    let now = "2027-01-05T09:00:00+07:00";
    let wanted = |r: &Report| (r.total.airings.wanted, r.total.counts.planned);
    assert_eq!(wanted(&report(&l, "2026-Q4", now).await), (0, 0), "its figures close on the 14th");
    assert_eq!(wanted(&report(&l, "2027-Q1", now).await), (10, 2));
    let rows = l.store.sheet_rows("111111").await.expect("rows");
    let friday = ms("2026-12-18T16:00:00+07:00");
    l.store.airing_add(&rows[0], 5, None, &Actor::attested("lan"), friday).await.expect("airings");
    let q4 = report(&l, "2026-Q4", now).await;
    assert!(q4.reach.is_empty() && q4.total.airings == Airings::default(), "{:?}", q4.reach);
    let q1 = report(&l, "2027-Q1", now).await;
    assert_eq!(q1.total.airings.declared, 5);
    assert!(loa::report::to_table(&q1, Lang::Vi).contains("kỳ có ngày phát cuối"));
}

#[tokio::test]
async fn a_station_that_airs_more_makes_up_for_no_other() {
    let l = over_the_edge().await;
    let friday = ms("2026-12-18T16:00:00+07:00");
    for (code, n) in [("111111", 7), ("222222", 3)] {
        let rows = l.store.sheet_rows(code).await.expect("rows");
        l.store.airing_add(&rows[0], n, None, &Actor::attested("lan"), friday).await.expect("airings");
    }
    let r = report(&l, "2027-Q1", "2027-01-05T09:00:00+07:00").await;
    let want = Airings { wanted: 10, handed: 10, declared: 8, extra: 2, not_aired: 2, ..Airings::default() };
    assert_eq!(r.total.airings, want);
    let a = r.total.airings;
    assert_eq!(a.handed, a.declared + a.not_aired + a.unconfirmed + a.waiting);
    assert_eq!((r.units.len(), r.posts[0].line.airings), (2, want));
}

#[tokio::test]
async fn each_figure_keeps_its_source_grade_and_time_and_channels_are_never_added() {
    let l = month().await;
    let r = report(&l, "2026-Q4", "2026-12-20T09:00:00+07:00").await;
    let find = |family: &str, metric: &str| {
        r.reach.iter().find(|x| x.family.as_str() == family && x.metric == metric).expect(metric)
    };
    let covered = find("station", "people_covered");
    assert_eq!((covered.value, covered.grade), (37_500, Grade::Estimated));
    assert_eq!((find("station", "airings").value, find("station", "airings").grade), (3, Grade::Declared));
    assert_eq!((find("website", "link_ok").value, find("website", "link_ok").grade), (1, Grade::Measured));
    assert_eq!((find("email", "accepted").value, find("email", "accepted").grade), (1, Grade::Measured));
    let members = find("telegram", "members");
    assert_eq!((members.value, members.grade), (512, Grade::Platform), "the latest, not the sum");
    assert!(members.sources.contains("telegram getChatMemberCount"));
    assert_eq!(members.last_at, at("2026-12-01T10:00:00+07:00"));
    // There is no line, in any form, that holds a sum over two channels.
    assert!(r.reach.iter().all(|x| {
        r.reach.iter().filter(|y| (y.family, &y.metric, &y.unit) == (x.family, &x.metric, &x.unit)).count()
            == 1
    }));
    let accepted: i64 = r.reach.iter().filter(|x| x.metric == "accepted").map(|x| x.value).sum();
    assert_eq!(accepted, r.total.counts.sent);
    for lang in [Lang::Vi, Lang::En] {
        let table = loa::report::to_table(&r, lang);
        let reach = table.split("\n6. ").nth(1).expect("the section of reach");
        assert!(!reach.contains("Cộng") && !reach.contains("Sum"), "{reach}");
        assert!(table.contains(lang.pick("không ghi theo “người”", "not in people")), "{table}");
    }
}

#[tokio::test]
async fn rows_fall_on_the_right_side_of_the_edges() {
    let l = Ledger::new().await;
    let times = [
        "2026-09-14T23:59:59.999+07:00",
        "2026-09-15T00:00:00+07:00",
        "2026-09-30T23:59:59+07:00",
        "2026-10-01T00:00:00+07:00",
        "2026-12-14T23:59:59.999+07:00",
        "2026-12-15T00:00:00+07:00",
        "2026-12-31T23:59:59+07:00",
        "2027-01-01T00:00:00+07:00",
    ];
    let plan = PlanWrite {
        channels: Some(vec![channel("so", "Sở", "website", "web", "wordpress")]),
        posts: vec![post("c/p", "Bài")],
        occurrences: times.iter().map(|t| occurrence("c/p", "website", t, &["so"])).collect(),
        ..PlanWrite::default()
    };
    l.plan(&plan, times[0]).await;
    for (period, scheme, want) in [
        ("2026-Q3", Scheme::Nd09, 1),
        ("2026-Q4", Scheme::Nd09, 4),
        ("2027-Q1", Scheme::Nd09, 3),
        ("2026-10", Scheme::Nd09, 3),
        ("2026", Scheme::Nd09, 5),
        ("2026-Q3", Scheme::Calendar, 3),
        ("2026-Q4", Scheme::Calendar, 4),
        ("2027-Q1", Scheme::Calendar, 1),
    ] {
        let mut s = settings();
        s.periods = scheme;
        let p = Period::parse(period).expect("a period");
        let r = loa::report::build(&l.store, &s, "Sở", p, at(times[0])).await.expect("a report");
        assert_eq!(r.total.counts.planned, want, "{period} {scheme:?}");
    }
}

#[tokio::test]
async fn a_period_says_how_far_it_has_come() {
    let l = Ledger::new().await;
    for (now, progress, says) in [
        ("2026-09-14T23:59:59+07:00", Progress::NotBegun, "chưa bắt đầu"),
        (
            "2026-09-15T00:00:00+07:00",
            Progress::Running,
            "chưa kết thúc: số liệu mới tính đến thứ Ba 15/09/2026 00:00",
        ),
        ("2026-12-14T23:59:59+07:00", Progress::Running, "chưa kết thúc"),
        ("2026-12-15T00:00:00+07:00", Progress::Over, "Không có."),
    ] {
        let r = report(&l, "2026-Q4", now).await;
        assert_eq!(r.progress, progress, "{now}");
        let table = loa::report::to_table(&r, Lang::Vi);
        assert!(table.contains(says), "{table}");
        assert_eq!(table.contains("chưa kết thúc"), progress == Progress::Running);
    }
}

#[tokio::test]
async fn what_is_not_in_the_ledger_yet_is_told() {
    let l = Ledger::new().await;
    let plan = PlanWrite {
        channels: Some(vec![channel("so", "Sở", "website", "web", "wordpress")]),
        lists: Some(vec![list("ds", 3)]),
        posts: vec![post("c/p", "Bài")],
        occurrences: vec![NewOccurrence {
            lists: vec!["ds".into()],
            carrier: Some(("thu".into(), "email".into())),
            ..occurrence("c/p", "email", "2026-12-01T09:00:00+07:00", &[])
        }],
        ..PlanWrite::default()
    };
    l.plan(&plan, "2026-11-20T09:00:00+07:00").await;
    let r = report(&l, "2026-Q4", "2026-11-20T09:00:00+07:00").await;
    assert_eq!((r.unplaced, r.total.counts.planned), (1, 0));
    assert!(loa::report::to_table(&r, Lang::Vi).contains("Chưa tính 1 lần gửi"));
    // Taken back: neither missing nor planned.
    let ids: Vec<i64> = l.store.occurrence_all().await.expect("occurrences").iter().map(|o| o.id).collect();
    let cancel = PlanWrite { cancel: ids, ..PlanWrite::default() };
    l.store.plan_write(&cancel, None, i64::MAX / 4, &Actor::system(), 3).await.expect("a plan");
    let r = report(&l, "2026-Q4", "2026-11-20T09:00:00+07:00").await;
    assert_eq!((r.unplaced, r.total.counts.planned), (0, 0));
}

#[tokio::test]
async fn a_report_prints_and_reads_back() {
    let l = month().await;
    let r = report(&l, "2026-Q4", "2026-12-08T09:00:00+07:00").await;
    insta::assert_snapshot!("report-vi", loa::report::to_table(&r, Lang::Vi));
    insta::assert_snapshot!("report-en", loa::report::to_table(&r, Lang::En));
    let json = loa::report::to_json(&r);
    assert_eq!(json["from"], "2026-09-15");
    assert_eq!(json["units"][1]["airings"]["declared"], 3);
    let back: Report = serde_json::from_value(json).expect("the frozen report");
    assert_eq!(back, r);
    let templates = Templates::builtin().expect("the program's own templates");
    for (lang, name) in [(Lang::Vi, "bao-cao.html"), (Lang::En, "report.html")] {
        let html = loa::report::to_html(&r, &templates, lang).expect("a page");
        assert!(html.contains("15/09/2026") && html.contains("37"), "{html}");
        // Left for people to look at.
        std::fs::write(std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(name), html).expect("a file");
    }
    let (from, until) = (ms("2026-09-15T00:00:00+07:00"), ms("2026-12-15T00:00:00+07:00"));
    let rows = loa::report::figures(&l.store, from, until, Some("ten-mien-vn/ho")).await.expect("figures");
    insta::assert_snapshot!("reach-vi", loa::report::reach_table(&rows, settings().time_zone, Lang::Vi));
    assert_eq!(
        loa::report::figures(&l.store, from, until, Some("ten-mien-vn")).await.expect("figures"),
        rows
    );
    assert_eq!(loa::report::figures(&l.store, from, until, Some("ten-mien")).await.expect("figures"), []);
    assert_eq!(loa::report::reach_table(&[], settings().time_zone, Lang::Vi), "Chưa có số liệu.\n");
}
