//! The repository's whole programme at once, by the real program, to servers nobody here wrote: ledger and servers agree.
//!
//! The programme is copied and its dates are moved by whole weeks, so that about its first ten days are due on the day of
//! the test. Nothing else of it is changed but how late a sending is still useful.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};
use loa::domain::delivery::State;
use loa::domain::id::{Origin, WireKey};
use loa::store::{BY_SHEET, DeliveryRow, Store};
use serde_json::{Value, json};

use crate::support::fakes::{FakeBot, FakeReceiver};
use crate::support::office::Office;
use crate::support::smtp::{PASSWORD, SmtpPeer, USER};
use crate::support::wordpress::{WordPress, wordpress};

const CAMPAIGN: &str = "ten-mien-vn";

/// The moment of the test: the program under test uses the system's clock.
#[expect(clippy::disallowed_methods, reason = "the program under test uses the system's clock")]
fn now() -> DateTime<Utc> {
    Utc::now()
}

fn day(s: &str) -> Option<NaiveDate> {
    let b = s.as_bytes();
    let shaped = b.len() == 10
        && b.iter().enumerate().all(|(i, c)| if i == 2 || i == 5 { *c == b'/' } else { c.is_ascii_digit() });
    shaped.then(|| NaiveDate::parse_from_str(s, "%d/%m/%Y").ok()).flatten()
}

/// Moves every date written `dd/mm/yyyy`; the rest of the text stays as it is.
fn moved(text: &str, days: i64) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        if let Some(d) = text.get(at..at + 10).and_then(day) {
            out.push_str(&(d + TimeDelta::days(days)).format("%d/%m/%Y").to_string());
            at += 10;
        } else {
            let c = text[at..].chars().next().unwrap();
            out.push(c);
            at += c.len_utf8();
        }
    }
    out
}

/// Long enough for a backlog of ten days.
fn patient(text: &str) -> String {
    let line = |l: &str| {
        let key = l.trim_start().split(':').next().unwrap_or_default();
        match key {
            "late_ok" | "con_gui_den" => format!("{}{key}: 30 days", &l[..l.len() - l.trim_start().len()]),
            _ => l.to_owned(),
        }
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n") + "\n"
}

fn copy(from: &Path, to: &Path, days: i64) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (path, name) = (entry.as_ref().unwrap().path(), entry.as_ref().unwrap().file_name());
        if path.is_dir() {
            if name != "calendar" {
                copy(&path, &to.join(name), days);
            }
        } else if path.extension().is_some_and(|e| e == "yaml") {
            let text = fs::read_to_string(&path).unwrap();
            fs::write(to.join(name), patient(&moved(&text, days))).unwrap();
        } else {
            fs::copy(&path, to.join(name)).unwrap();
        }
    }
}

/// The repository's campaigns and templates in an office, moved by whole weeks: today stands for a day from 04/12 to 10/12/2026
/// with the same name. By how many days.
pub fn dated(office: &Office) -> i64 {
    // Today stands for a day from 04/12 to 10/12/2026 with the same name: the weeks of stations stay whole.
    let today = (now() + TimeDelta::hours(7)).date_naive();
    let first = NaiveDate::from_ymd_opt(2026, 12, 4).unwrap();
    let stands_for = first.iter_days().take(7).find(|d| d.weekday() == today.weekday()).unwrap();
    let days = (today - stands_for).num_days();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    copy(&root.join("campaigns"), &office.at("campaigns"), days);
    copy(&root.join("templates"), &office.at("templates"), 0);
    for year in today.year() - 2..=today.year() + 2 {
        office.write(
            &format!("campaigns/calendar/vn-{year}.yaml"),
            &format!(
                "year: {year}\nprovisional: false\nsource: Kiểm thử\nholidays:\n  - date: 01/01/{year}\n    name: Tết Dương lịch\n"
            ),
        );
    }
    days
}

/// The repository's programme in a folder of its own, so many days later, with accounts that lead to the servers.
fn programme(
    mail: &SmtpPeer,
    wp: &WordPress,
    zalo: &FakeBot,
    telegram: &FakeBot,
    portal: &FakeReceiver,
) -> Office {
    let office = Office::bare();
    dated(&office);
    for (name, secret) in [
        ("thu", PASSWORD.to_owned()),
        ("web-so", wp.password("editor").to_owned()),
        ("web-truong", wp.password("author").to_owned()),
        ("zalo", zalo.token().to_owned()),
        ("telegram", telegram.token().to_owned()),
        ("cong", format!("whsec_{}", STANDARD.encode([9u8; 32]))),
    ] {
        office.write(&format!("bi-mat/{name}.txt"), &secret);
        use std::os::unix::fs::PermissionsExt as _;
        let only_me = fs::Permissions::from_mode(0o600);
        fs::set_permissions(office.at(&format!("bi-mat/{name}.txt")), only_me).unwrap();
    }
    let prefix = prefix();
    let ca: String = mail.ca().lines().map(|l| format!("      {l}\n")).collect();
    office.write(
        "loa.yaml",
        &format!(
            "organisation: so\ntime_zone: Asia/Ho_Chi_Minh\nlanguage: vi\npublic_url: https://loa.sovhttdl.example\n\
             duty_phone: \"0900 000 021\"\n\
             approval:\n  policy:\n    - truong-phong-ttbcxb\n    - van-phong\n    - lanh-dao\n  internal:\n    \
             - truong-phong-ttbcxb\n\
             accounts:\n  thu-cong-vu:\n    kind: email\n    server: 127.0.0.1\n    port: {port}\n    ca: |\n{ca}    \
             user: {USER}\n    password_file: bi-mat/thu.txt\n    from_name: Sở Văn hóa, Thể thao và Du lịch\n    \
             from_address: truyenthong@sovhttdl.example\n  web-so:\n    kind: wordpress\n    url: {wp}\n    user: editor\n    \
             password_file: bi-mat/web-so.txt\n    slug_prefix: {prefix}\n  web-truong:\n    kind: wordpress\n    url: {wp}\n    \
             user: author\n    password_file: bi-mat/web-truong.txt\n    slug_prefix: {prefix}\n  zalo-so:\n    kind: zalo-bot\n    \
             api_url: {zalo}\n    token_file: bi-mat/zalo.txt\n  telegram-so:\n    kind: telegram\n    api_url: {telegram}\n    \
             token_file: bi-mat/telegram.txt\n  cong-thanh-pho:\n    kind: webhook\n    url: {portal}\n    \
             secret_file: bi-mat/cong.txt\n    allow_private: true\n  goi-bai:\n    kind: hand-over\n    \
             carrier: thu-cong-vu\n  phieu-dai:\n    kind: station\n    carrier: thu-cong-vu\n\
             default_accounts:\n  email: thu-cong-vu\n  press: goi-bai\n  hand-over: goi-bai\n  station: phieu-dai\n\
             quiet_hours:\n  people: none\n\
             late_ok:\n  website: 30 days\n  email: 30 days\n  zalo: 30 days\n  telegram: 30 days\n  press: 30 days\n",
            port = mail.starttls_port,
            wp = wp.url,
            zalo = zalo.url(),
            telegram = telegram.url(),
            portal = portal.url(),
        ),
    );
    office
}

/// Before every slug of this run: the site is kept between runs and shared with other tests.
fn prefix() -> String {
    static ONE: std::sync::OnceLock<u32> = std::sync::OnceLock::new();
    format!("ct{:08x}-", ONE.get_or_init(rand::random))
}

fn key(r: &DeliveryRow) -> WireKey {
    WireKey::new(&Origin::stored(r.origin.clone()), &r.sending, &r.slot, &r.target_ref)
}

fn sent(rows: &[DeliveryRow]) -> impl Iterator<Item = &DeliveryRow> {
    rows.iter().filter(|r| r.state() == State::Sent)
}

/// Header fields of a mail, unfolded.
fn header(raw: &str, name: &str) -> String {
    let head = raw.split("\r\n\r\n").next().unwrap().replace("\r\n ", " ").replace("\r\n\t", " ");
    let start = format!("{}:", name.to_ascii_lowercase());
    let line = head.lines().find(|l| l.to_ascii_lowercase().starts_with(&start)).unwrap_or_default();
    line.get(start.len()..).unwrap_or_default().trim().to_owned()
}

/// Posts of this run on the site, in any state.
async fn posts(wp: &WordPress, after: u64) -> Vec<Value> {
    let mut out = vec![];
    for page in 1.. {
        let path =
            format!("posts?status=any,trash&context=edit&orderby=id&order=desc&per_page=50&page={page}");
        let got = wp.rest(reqwest::Method::GET, &path).await;
        let got = got.as_array().unwrap();
        out.extend(got.iter().filter(|p| p["slug"].as_str().unwrap().starts_with(&prefix())).cloned());
        if got.len() < 50 || got.last().unwrap()["id"].as_u64().unwrap() <= after {
            break;
        }
    }
    out
}

async fn newest(wp: &WordPress) -> u64 {
    let got =
        wp.rest(reqwest::Method::GET, "posts?status=any,trash&context=edit&orderby=id&per_page=1").await;
    got[0]["id"].as_u64().unwrap_or(0)
}

/// Every message of a server belongs to the one row, and every sent row has its message.
fn one_to_one(what: &str, at_server: &BTreeMap<String, usize>, rows: &[&DeliveryRow]) {
    let wanted: BTreeSet<String> = rows.iter().map(|r| key(r).hex()).collect();
    assert_eq!(wanted.len(), rows.len(), "{what}: each row has its own key");
    for (key, n) in at_server {
        assert!(wanted.contains(key), "{what}: {key} has no row that says it was sent");
        assert_eq!(*n, 1, "{what}: {key} came {n} times");
    }
    for r in rows {
        assert!(at_server.contains_key(&key(r).hex()), "{what}: {} {} never came", r.origin, r.target_ref);
    }
}

/// What a site's own people do before a guest writes there: an author may not make categories.
async fn prepare_site(wp: &WordPress) {
    let there = wp.rest(reqwest::Method::GET, "categories?per_page=100").await;
    let there: Vec<&str> = there.as_array().unwrap().iter().map(|c| c["name"].as_str().unwrap()).collect();
    for name in ["Học sinh, sinh viên", "Giảng viên"] {
        if !there.contains(&name) {
            wp.rest(reqwest::Method::POST, &format!("categories?name={}", name.replace(' ', "%20"))).await;
        }
    }
}

struct Servers<'a> {
    mail: &'a SmtpPeer,
    wp: &'a WordPress,
    zalo: &'a FakeBot,
    telegram: &'a FakeBot,
    portal: &'a FakeReceiver,
    newest_post: u64,
}

impl Servers<'_> {
    /// How many messages each server has.
    async fn counts(&self) -> Value {
        json!({
            "mail": self.mail.count(), "posts": posts(self.wp, self.newest_post).await.len(),
            "zalo": self.zalo.accepted().len(), "telegram": self.telegram.accepted().len(),
            "portal": self.portal.accepted().len(),
        })
    }

    /// Compares the ledger with every server, row by row and message by message.
    async fn agree_with(&self, store: &Store, rows: &[DeliveryRow]) {
        // Mail: letters, packages and sheets, by Message-ID; the envelope names the row's address.
        let mailed: Vec<&DeliveryRow> = sent(rows)
            .filter(|r| ["thu-cong-vu", "goi-bai", "phieu-dai"].contains(&r.account.as_str()))
            .collect();
        let mut came = BTreeMap::new();
        let envelopes = self.mail.envelopes();
        let address: BTreeMap<String, Option<String>> =
            mailed.iter().map(|r| (key(r).hex(), store.address_of(r))).collect();
        for (i, envelope) in envelopes.iter().enumerate() {
            let raw = self.mail.raw(i + 1);
            let id = header(&raw, "message-id");
            let id = id.trim_start_matches('<').split('@').next().unwrap().to_owned();
            let to = envelope["to"][0].as_str().unwrap();
            assert_eq!(address.get(&id).and_then(|a| a.as_deref()), Some(to), "mail {id}");
            assert_eq!(envelope["tls"], true);
            *came.entry(id).or_default() += 1;
        }
        one_to_one("mail", &came, &mailed);
        // Websites, by the end of the slug.
        let published: Vec<&DeliveryRow> =
            sent(rows).filter(|r| ["web-so", "web-truong"].contains(&r.account.as_str())).collect();
        let short: BTreeMap<String, &&DeliveryRow> = published.iter().map(|r| (key(r).short(8), r)).collect();
        let mut came = BTreeMap::new();
        for p in posts(self.wp, self.newest_post).await {
            let slug = p["slug"].as_str().unwrap();
            let row = short.get(slug.rsplit('-').next().unwrap());
            let row = row.unwrap_or_else(|| panic!("{slug} is on the site and in no row"));
            // The school's own people publish what waits for them.
            let want = if row.account == "web-truong" { "pending" } else { "publish" };
            assert_eq!((p["status"].as_str(), row.pending == 1), (Some(want), want == "pending"), "{slug}");
            assert_eq!(row.receipt, Some(p["id"].to_string()), "{slug}");
            *came.entry(key(row).hex()).or_default() += 1;
        }
        one_to_one("websites", &came, &published);
        // Bots, by the receipt, which names every message of a delivery; each in the chat of its row.
        for (account, bot) in [("zalo-so", self.zalo), ("telegram-so", self.telegram)] {
            let rows: Vec<&DeliveryRow> = sent(rows).filter(|r| r.account == account).collect();
            let mut left: BTreeMap<String, String> =
                bot.accepted().into_iter().map(|a| (a.id, a.chat)).collect();
            assert_eq!(left.len(), bot.accepted().len());
            for r in rows {
                for id in r.receipt.as_deref().unwrap().split(',') {
                    let chat = left.remove(id).unwrap_or_else(|| panic!("{account}: {id} of {}", r.origin));
                    assert_eq!(store.address_of(r), Some(chat), "{account}: {id}");
                }
            }
            assert_eq!(left, BTreeMap::new(), "{account}: messages without a row");
        }
        // The portal, by the id of the notice.
        let told: Vec<&DeliveryRow> = sent(rows).filter(|r| r.account == "cong-thanh-pho").collect();
        let mut came = BTreeMap::new();
        for r in self.portal.accepted() {
            *came.entry(r.header("webhook-id").unwrap().to_owned()).or_default() += 1;
        }
        one_to_one("portal", &came, &told);
        // Stations go by their sheets: each row that was handed over stands on a sheet that was.
        let sheets: BTreeSet<String> =
            sent(rows).filter(|r| r.origin == "system/sheet").map(|r| r.id.to_string()).collect();
        for r in sent(rows).filter(|r| r.account == BY_SHEET) {
            let sheet = store.sheet_get(r.receipt.as_deref().unwrap()).await.unwrap().expect("a sheet");
            assert!(sheets.contains(&sheet.delivery_id.to_string()), "{}: its sheet is not out", r.origin);
            let listed = store.sheet_rows(&sheet.code).await.unwrap();
            assert_eq!(listed.iter().filter(|l| l.delivery_id == r.id).count(), 1);
        }
        let known = [
            "thu-cong-vu",
            "goi-bai",
            "phieu-dai",
            "web-so",
            "web-truong",
            "zalo-so",
            "telegram-so",
            "cong-thanh-pho",
            BY_SHEET,
        ];
        for r in rows {
            assert!(known.contains(&r.account.as_str()), "{} goes by {}", r.origin, r.account);
        }
    }
}

/// Runs until nothing is due any more: a chat takes a message a second, and the rest waits its turn.
async fn run_to_the_end(o: &Office) -> Vec<DeliveryRow> {
    loop {
        o.idle(&[]);
        let rows = o.ledger().await;
        let soon = (now() + TimeDelta::seconds(90)).timestamp_millis();
        // A station's row that found no room on this week's sheet waits for the next.
        let waits = |r: &&DeliveryRow| r.state() == State::Due && r.due_at < soon && r.account != BY_SHEET;
        if rows.iter().find(waits).is_none() {
            return rows;
        }
    }
}

/// Any one mail whose row is of this account and says this.
fn letter(mail: &SmtpPeer, row: &DeliveryRow) -> (usize, Value) {
    let id = key(row).hex();
    let n = (1..=mail.count()).find(|n| header(&mail.raw(*n), "message-id").contains(&id)).unwrap();
    (n, mail.taken(n).mail)
}

fn text(mail: &Value) -> String {
    let parts = mail["parts"].as_array().unwrap();
    let plain = parts.iter().find(|p| p["type"] == "text/plain").unwrap();
    plain["text"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_whole_programme_reaches_each_target_once() {
    let (mail, wp) = (SmtpPeer::start(), wordpress());
    let (zalo, telegram, portal) = (FakeBot::zalo(), FakeBot::telegram(), FakeReceiver::start());
    prepare_site(wp).await;
    let newest_post = newest(wp).await;
    let servers = Servers { mail: &mail, wp, zalo: &zalo, telegram: &telegram, portal: &portal, newest_post };
    let o = programme(&mail, wp, &zalo, &telegram, &portal);

    o.ok(&["check"]);
    o.ok(&["apply", "--by", "tran-van-minh"]);
    o.idle(&[]);
    assert_eq!(
        servers.counts().await,
        json!({"mail": 0, "posts": 0, "zalo": 0, "telegram": 0, "portal": 0}),
        "nothing leaves before it is approved"
    );
    for by in ["tran-van-minh", "do-thi-hanh", "hoang-van-giang"] {
        // A post of one step is complete after the first; the others have nothing to say about it.
        o.ok(&["approve", CAMPAIGN, "--by", by]);
    }

    let rows = run_to_the_end(&o).await;
    let done = now().timestamp_millis();
    let store = o.store().await;
    servers.agree_with(&store, &rows).await;
    assert_eq!(store.tally_check().await.unwrap(), vec![]);

    // What was due went; a good part of the programme, by every kind.
    for r in rows.iter().filter(|r| r.due_at < done && r.account != BY_SHEET) {
        assert_eq!(
            r.state(),
            State::Sent,
            "{} {} {:?} {:?}",
            r.origin,
            r.target_ref,
            r.cause_code,
            r.cause_detail
        );
    }
    let by_account: BTreeMap<&str, usize> = sent(&rows).fold(BTreeMap::new(), |mut m, r| {
        *m.entry(r.account.as_str()).or_default() += 1;
        m
    });
    for (account, least) in [
        ("thu-cong-vu", 400),
        ("goi-bai", 115),
        ("phieu-dai", 100),
        ("web-so", 4),
        ("web-truong", 2),
        ("zalo-so", 5),
        ("telegram-so", 2),
        ("cong-thanh-pho", 1),
        (BY_SHEET, 100),
    ] {
        assert!(by_account.get(account).is_some_and(|n| *n >= least), "{account}: {by_account:?}");
    }
    // What screens count is what the rows say.
    let mut counted: BTreeMap<(String, i16), i64> = BTreeMap::new();
    for c in store.counts(0, i64::MAX / 2).await.unwrap() {
        *counted.entry((c.family, c.state)).or_default() += c.n;
    }
    counted.retain(|_, n| *n > 0);
    let mut held: BTreeMap<(String, i16), i64> = BTreeMap::new();
    for r in &rows {
        *held.entry((r.family.clone(), r.state)).or_default() += 1;
    }
    assert_eq!(counted, held);

    // Looked into: an article, a package, a sheet.
    let row = sent(&rows).find(|r| r.account == "web-so" && r.origin.ends_with("30-ho-kinh-doanh")).unwrap();
    let article = wp
        .rest(reqwest::Method::GET, &format!("posts/{}?context=edit", row.receipt.as_deref().unwrap()))
        .await;
    assert_eq!(article["title"]["raw"], row.title);
    let picture = wp.rest(reqwest::Method::GET, &format!("media/{}", article["featured_media"])).await;
    // A file is uploaded once; its words are those of the post that came first.
    let alt = picture["alt_text"].as_str().unwrap();
    assert!(alt.starts_with("Áp phích tên miền biz.vn"), "{alt}");
    assert_eq!(wp.visit(row.receipt_url.as_deref().unwrap()).await.0, 200);

    let row = sent(&rows).find(|r| r.account == "goi-bai" && r.origin.ends_with("30-ho-kinh-doanh")).unwrap();
    let (_, package) = letter(&mail, row);
    let code = store.code_short(row.code).await.unwrap();
    assert!(text(&package).contains(&code), "the package asks for its code {code}");
    let pictures = |m: &Value| {
        let all = m["parts"].as_array().unwrap().iter();
        all.filter(|p| p["type"].as_str().unwrap().starts_with("image/")).count()
    };
    assert!(pictures(&package) >= 1, "{package}");
    assert_eq!(package["defects"], json!([]));

    let station = sent(&rows).find(|r| r.account == BY_SHEET).unwrap();
    let sheet = store.sheet_get(station.receipt.as_deref().unwrap()).await.unwrap().unwrap();
    let row = rows.iter().find(|r| r.id == sheet.delivery_id).unwrap();
    let (_, paper) = letter(&mail, row);
    let said = text(&paper);
    assert!(said.contains(&sheet.code));
    for item in store.sheet_rows(&sheet.code).await.unwrap() {
        assert!(said.contains(&item.title), "the sheet leaves out {}", item.title);
    }

    // Once more: nothing goes again, and the folder asks for nothing.
    let counts = servers.counts().await;
    o.idle(&[]);
    let after = o.ledger().await;
    // Only what fell due since may have gone.
    let opened: BTreeMap<i64, i16> = rows.iter().map(|r| (r.id, r.opened)).collect();
    let fresh = after.iter().filter(|r| opened.get(&r.id) != Some(&r.opened)).collect::<Vec<_>>();
    assert!(fresh.iter().all(|r| r.due_at >= done && opened.get(&r.id).is_none_or(|n| *n == 0)), "{fresh:?}");
    if fresh.is_empty() {
        assert_eq!(servers.counts().await, counts);
    }
    servers.agree_with(&store, &after).await;
    let plan: Value = serde_json::from_str(&o.ok(&["--json", "plan"])).unwrap();
    let changes = plan["changes"].as_array().unwrap();
    assert!(!changes.is_empty() && changes.iter().all(|c| c["verb"] == "leave"), "{plan}");
}

#[test]
fn dates_move_and_nothing_else_does() {
    assert_eq!(moved("at: 30/11/2026 08:00 # 276/KH 5/2025", 35), "at: 04/01/2027 08:00 # 276/KH 5/2025");
    assert_eq!(moved("từ 25/11 đến 31/12/2026", -7), "từ 25/11 đến 24/12/2026");
    assert_eq!(patient("  - a\n    late_ok: 2 days   # x\n"), "  - a\n    late_ok: 30 days\n");
}
