//! The plan beyond posts: channels, facts and lists that change, units and sendings that get another name. Rehearsed in the
//! sandbox by the real program.

use std::path::Path;

use loa::store::Store;
use serde_json::Value;

use crate::support::office::{Office, today, wall};

const ACCOUNTS: &str = "  thu:\n    kind: email\n    server: mail.example\n    port: 587\n    user: loa\n    \
    password_file: bi-mat/thu.txt\n    from_address: loa@so.example\n  goi-bai:\n    kind: hand-over\n    carrier: thu\n  \
    web-so:\n    kind: wordpress\n    url: https://so.example\n    user: loa\n    password_file: bi-mat/web.txt\n";
const DEFAULTS: &str = "default_accounts:\n  email: thu\n  hand-over: goi-bai\n";

/// A ward with a site it edits itself and a mailbox; `more` are further lines of it.
fn ward(id: &str, mode: &str, url: &str, address: &str, more: &str) -> String {
    format!(
        "  - id: {id}\n{more}    name: Phường {id}\n    contact:\n      name: Phạm Thị Hoa\n      phone: \"0900 000 311\"\n      \
         email: {address}\n    channels:\n      website:\n        mode: {mode}\n        url: {url}\n      email:\n        \
         address: {address}\n"
    )
}

fn units(o: &Office, wards: &str) {
    o.units(&format!(
        "  - id: so\n    name: Sở Thử\n    kind: department\n    channels:\n      website:\n        account: web-so\n        \
         mode: publish\n        url: https://so.example\n      email:\n        address: van-thu@so.example\n{wards}"
    ));
}

fn office(wards: &str) -> Office {
    let o = Office::new(ACCOUNTS, DEFAULTS);
    units(&o, wards);
    o
}

fn a() -> String {
    ward("phuong-a", "hand-over", "https://a.example", "hoa@a.example", "")
}

fn send(o: &Office, channel: &str, to: &str, minutes: i64) {
    o.post(
        "bai",
        "Thông báo",
        &format!("  - channel: {channel}\n    to: {to}\n    at: {}\n    late_ok: 2 days\n", wall(minutes)),
    );
}

/// Runs in the sandbox.
fn ok(o: &Office, args: &[&str]) -> String {
    let out = o.loa(&[&["--sandbox"], args].concat());
    // 1 says that something waits for a person, which is what these tests make it do; `exits` holds the codes.
    assert!(matches!(out.status.code(), Some(0 | 1)), "loa {args:?}: {out:?}");
    String::from_utf8_lossy(&out.stdout).into_owned()
}

fn json(o: &Office, args: &[&str]) -> Value {
    let said = ok(o, &[args, &["--json"]].concat());
    serde_json::from_str(&said).expect("JSON")
}

fn approve(o: &Office) {
    ok(o, &["approve", "chien-dich", "--by", "binh"]);
}

fn sent(o: &Office) {
    ok(o, &["apply", "--by", "binh"]);
    approve(o);
    ok(o, &["run", "--until-idle"]);
}

/// The rows of the ledger, newest last: target, kind, state, code.
fn rows(o: &Office) -> Vec<(String, String, String, String)> {
    let log = json(o, &["log", "--each"]);
    let word = |r: &Value, k: &str| r[k].as_str().unwrap_or_default().to_owned();
    let mut rows: Vec<_> = log["lines"]
        .as_array()
        .expect("lines")
        .iter()
        .map(|r| (word(r, "target"), word(r, "kind"), word(r, "state"), word(r, "code")))
        .collect();
    rows.sort();
    rows
}

async fn store(o: &Office) -> Store {
    let var = o.at("var/sandbox");
    Store::open(&format!("sqlite:{}", var.join("loa.db").display()), &var.join("key"))
        .await
        .expect("the database")
}

fn edit(path: &Path, from: &str, to: &str) {
    let text = std::fs::read_to_string(path).expect("a file");
    assert!(text.contains(from), "{from} is not in {}", path.display());
    std::fs::write(path, text.replacen(from, to, 1)).expect("a file");
}

const NOTHING: &str = "Không có gì thay đổi";

#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_moved_is_a_change_until_it_is_applied_and_its_link_is_taken_then() {
    let page = axum::Router::new().route(
        "/tin/bai",
        axum::routing::get(|| async {
            axum::response::Html(
                "<html><head><title>Thông báo</title></head><body><h1>Thông báo</h1></body></html>",
            )
        }),
    );
    let site = crate::support::serve(page).await;
    let o = office(&a());
    send(&o, "website", "phuong-a", -5);
    sent(&o);
    let [row] = &rows(&o)[..] else { panic!("one package: {:?}", rows(&o)) };
    let link = format!("{site}/tin/bai");
    let done =
        ["--sandbox", "done", &row.3, "--link", &link, "--by", "hoa", "--allow-private"].map(str::to_owned);
    let done = || o.loa(&done.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(done().status.code(), Some(1), "the link is not on the unit's site");
    units(&o, &ward("phuong-a", "hand-over", &site, "hoa@a.example", ""));
    let plan = ok(&o, &["plan"]);
    let line = format!(
        "~ kênh phuong-a/website (Phường phuong-a): trang https://a.example → {site} · 1 gói bài chờ đường dẫn"
    );
    assert!(plan.contains(&line) && plan.contains("1 mục dùng chung"), "{plan}");
    let plan = json(&o, &["plan"]);
    let [change] = &plan["registers"].as_array().expect("registers")[..] else { panic!("{plan}") };
    assert_eq!((change["pending"].as_i64(), change["by_itself"].as_bool()), (Some(1), Some(false)));
    assert_eq!(change["fields"][0]["key"], "url");
    // It alters what was handed over, so that the daemon leaves it to a person, and the status says so.
    assert_eq!(json(&o, &["apply", "--additions"])["withheld"], 1);
    assert_eq!(done().status.code(), Some(1));
    assert!(String::from_utf8_lossy(&o.loa(&["--sandbox", "status"]).stdout).contains("thay đổi chưa ghi"));
    ok(&o, &["apply"]);
    assert!(ok(&o, &["plan"]).contains(NOTHING));
    let out = done();
    assert!(out.status.success(), "{out:?}");
}

#[tokio::test]
async fn channels_facts_and_lists_are_changes_with_the_rows_they_touch() {
    let o = office(&a());
    let people = |n: std::ops::Range<usize>| n.map(|i| format!("p{i}@khach.example")).collect::<Vec<_>>();
    o.list("ds", &people(0..10));
    o.post(
        "bai",
        "Thông báo",
        &format!("  - channel: email\n    to: [phuong-a, ds]\n    at: {}\n    late_ok: 2 days\n", wall(300)),
    );
    let first = ok(&o, &["plan"]);
    assert!(first.contains("+ 4 kênh, 1 thông tin, 1 danh sách"), "{first}");
    ok(&o, &["apply"]);
    approve(&o);
    assert!(ok(&o, &["plan"]).contains(NOTHING));
    // A mailbox, and whom to call; a fact that holds longer; people who join and leave.
    units(&o, &a().replace("hoa@a.example", "van-thu@a.example"));
    let facts = o.at("campaigns/facts.yaml");
    edit(
        &facts,
        "basis: Quyết định 01/QĐ\n",
        &format!("basis: Quyết định 01/QĐ\n    valid_to: {}\n", today(40)),
    );
    o.list("ds", &people(2..11));
    let plan = ok(&o, &["plan"]);
    for line in [
        "~ kênh phuong-a/email (Phường phuong-a): địa chỉ nhận · đụng 1 lượt chưa gửi",
        "~ kênh phuong-a/website (Phường phuong-a): địa chỉ nhận\n",
        "~ thông tin gio-lam: hiệu lực đến không có → ",
        "· đụng 10 lượt chưa gửi",
        "~ danh sách ds (Danh sách thử): người 10 → 9; thêm 1; bớt 2; đổi địa chỉ, tên 8 · đụng 9 lượt chưa gửi",
    ] {
        assert!(plan.contains(line), "{line}\n{plan}");
    }
    assert!(
        !plan.contains("van-thu@a.example") && !plan.contains("hoa@a.example"),
        "addresses are people's, too"
    );
    let english = std::process::Command::new(env!("CARGO_BIN_EXE_loa"))
        .arg("-w")
        .arg(o.path())
        .args(["--sandbox", "--lang", "en", "plan"])
        .output()
        .expect("loa runs");
    let english = String::from_utf8_lossy(&english.stdout).into_owned();
    assert!(
        english.contains("phuong-a/email (Phường phuong-a): address · touches 1 delivery not sent yet"),
        "{english}"
    );
    // By itself the daemon writes the list, the fact that became narrower, and the channel on which nothing stands.
    assert_eq!(json(&o, &["apply", "--additions"])["withheld"], 1);
    let left = json(&o, &["plan"]);
    let ids: Vec<_> = left["registers"].as_array().expect("registers").iter().map(|c| &c["id"]).collect();
    assert_eq!(ids, ["phuong-a/email"]);
    // A fact that holds longer again would release rows: that waits; so do two people from the list no more.
    edit(&facts, &format!("    valid_to: {}\n", today(40)), "");
    assert_eq!(json(&o, &["apply", "--additions"])["withheld"], 2);
    let stored = store(&o).await.fact_rows().await.expect("facts");
    assert!(stored[0].valid_to.is_some());
    let applied = ok(&o, &["apply"]);
    assert!(applied.contains("Đã đổi 2 mục dùng chung"), "{applied}");
    assert!(ok(&o, &["plan"]).contains(NOTHING));
    assert!(store(&o).await.fact_rows().await.expect("facts")[0].valid_to.is_none());
    // A fact that is gone, and one that is false from yesterday on, hold at once.
    edit(&facts, "    basis:", &format!("    valid_to: {}\n    basis:", today(-1)));
    assert_eq!(json(&o, &["apply", "--additions"])["withheld"], 0);
    assert!(store(&o).await.fact_rows().await.expect("facts")[0].valid_to.is_some());
    let gate = store(&o).await.occurrence_all().await.expect("occurrences")[0].gate.clone();
    assert_eq!(gate.as_deref(), Some("facts"));
    // Who is on duty reads which fact, what it rests on, who looked last, and both ways out.
    let said = ok(&o, &["status"]);
    for part in [
        "thông tin không dùng được nữa: gio-lam (hết hiệu lực ",
        "căn cứ: Quyết định 01/QĐ",
        " kiểm tra ",
        "bỏ câu ấy",
        "người giữ sổ sửa ngày hiệu lực theo văn bản mới",
    ] {
        assert!(said.contains(part), "{part}\n{said}");
    }
}

#[tokio::test]
async fn a_held_delivery_names_its_fact_basis_who_checked_and_both_ways_out() {
    let o = office(&a());
    send(&o, "email", "phuong-a", -5);
    ok(&o, &["apply"]);
    approve(&o);
    edit(&o.at("campaigns/facts.yaml"), "    basis:", &format!("    valid_to: {}\n    basis:", today(-1)));
    ok(&o, &["apply"]);
    o.loa(&["--sandbox", "run", "--until-idle"]);
    let [(_, _, state, code)] = &rows(&o)[..] else { panic!("{:?}", rows(&o)) };
    assert_eq!(state, "held");
    let told = ok(&o, &["log", code]);
    let says = format!(
        "gio-lam (hết hiệu lực {}; căn cứ: Quyết định 01/QĐ; Lê Thị Bình kiểm tra {})",
        today(-1),
        today(0)
    );
    for part in [says.as_str(), "check   bỏ câu ấy khỏi bài", "sửa ngày hiệu lực trong campaigns/facts.yaml"]
    {
        assert!(told.contains(part), "{part}\n{told}");
    }
    // A new check helps where the last one is too old, and only there.
    assert!(!told.contains("fact verify"), "{told}");
    edit(&o.at("campaigns/facts.yaml"), &format!("    valid_to: {}\n", today(-1)), "");
    edit(
        &o.at("campaigns/facts.yaml"),
        &format!("checked: {}", today(0)),
        &format!("checked: {}", today(-90)),
    );
    ok(&o, &["apply"]);
    let told = ok(&o, &["log", code]);
    for part in [format!("kiểm tra lần cuối {}", today(-90)), "fact verify gio-lam --by TÊN".to_owned()]
    {
        assert!(told.contains(&part), "{part}\n{told}");
    }
}

#[tokio::test]
async fn a_site_with_another_mode_is_approved_again_and_goes_the_new_way() {
    let o = office(&a());
    send(&o, "website", "phuong-a", -5);
    ok(&o, &["apply"]);
    approve(&o);
    units(
        &o,
        &ward("phuong-a", "publish", "https://a.example", "hoa@a.example", "")
            .replace("mode: publish", "account: web-so\n        mode: publish"),
    );
    let plan = ok(&o, &["plan"]);
    for part in [
        "cách đăng hand-over → publish",
        "loại tài khoản hand-over → wordpress",
        "[đã sửa: bản đã ghi vẫn có hiệu lực đến khi apply, rồi phải duyệt lại]",
    ] {
        assert!(plan.contains(part), "{part}\n{plan}");
    }
    ok(&o, &["apply"]);
    assert!(ok(&o, &["plan"]).contains(NOTHING));
    ok(&o, &["run", "--until-idle"]);
    assert_ne!(rows(&o)[0].2, "sent", "nobody has approved how it looks there");
    approve(&o);
    ok(&o, &["run", "--until-idle"]);
    let [row] = &rows(&o)[..] else { panic!("{:?}", rows(&o)) };
    assert_eq!((row.1.as_str(), row.2.as_str()), ("wordpress", "sent"));
    // What is over stays on record as it was sent: an edit of it is no change.
    edit(&o.at("campaigns/chien-dich/posts/bai/post.yaml"), "late_ok: 2 days", "late_ok: 1 minutes");
    edit(&o.at("campaigns/chien-dich/posts/bai/noi-dung.md"), "Đọc thông báo.", "Đọc kỹ.");
    assert!(ok(&o, &["plan"]).contains(NOTHING), "{}", ok(&o, &["plan"]));
}

#[tokio::test]
async fn a_unit_under_another_id_gets_nothing_twice_unless_a_person_says_so() {
    let o = office(&a());
    o.units(&format!(
        "{}groups:\n  xa: [phuong-a]\n",
        std::fs::read_to_string(o.at("campaigns/units.yaml")).expect("units").trim_start_matches("units:\n")
    ));
    send(&o, "email", "xa", -5);
    sent(&o);
    assert_eq!(rows(&o).len(), 1);
    let file = o.at("campaigns/units.yaml");
    let before = std::fs::read_to_string(&file).expect("units");
    let rename = |was: &str| {
        let renamed = before.replace("  - id: phuong-a\n", &format!("  - id: phuong-moi\n{was}"));
        std::fs::write(&file, renamed.replace("xa: [phuong-a]", "xa: [phuong-moi]")).expect("units");
    };
    rename("");
    let plan = ok(&o, &["plan"]);
    for part in [
        "SẼ GỬI LẠI",
        "! chien-dich/bai · thư → phuong-moi/email: cùng địa chỉ với phuong-a/email, đã nhận",
        "was: [phuong-a]",
    ] {
        assert!(plan.contains(part), "{part}\n{plan}");
    }
    let again = &json(&o, &["plan"])["again"][0];
    assert_eq!(
        (again["target"].as_str(), again["was"].as_str()),
        (Some("phuong-moi/email"), Some("phuong-a/email"))
    );
    // No daemon sends it again, not even one that applies everything.
    assert!(json(&o, &["apply", "--additions"])["withheld"].as_u64() >= Some(1));
    edit(&o.at("loa.yaml"), "language: vi", "language: vi\nauto_apply: all");
    let run = o.loa(&["--sandbox", "run", "--until-idle"]);
    assert!(String::from_utf8_lossy(&run.stderr).contains("thay đổi chờ người ghi"), "{run:?}");
    assert_eq!(rows(&o).len(), 1);
    // Who says which id it was keeps it, also after the fact: nothing is sent, and its row is found under the new name.
    rename("    was: [phuong-a]\n");
    let plan = ok(&o, &["plan"]);
    assert!(!plan.contains("GỬI LẠI"), "{plan}");
    ok(&o, &["apply"]);
    assert!(ok(&o, &["plan"]).contains(NOTHING));
    ok(&o, &["run", "--until-idle"]);
    assert_eq!(rows(&o).len(), 1, "the same target");
    let now = store(&o).await.channel_all().await.expect("channels").into_iter().filter(|c| !c.removed);
    let now: Vec<_> =
        now.filter(|c| c.row.family == "email").map(|c| (c.row.target_ref, c.row.unit)).collect();
    let names = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    assert_eq!(now, [names("phuong-a/email", "phuong-moi"), names("so/email", "so")]);
    // And renamed once more, said at once.
    let again =
        before.replace("  - id: phuong-a\n", "  - id: phuong-khac\n    was: [phuong-a, phuong-moi]\n");
    std::fs::write(&file, again.replace("xa: [phuong-a]", "xa: [phuong-khac]")).expect("units");
    let plan = ok(&o, &["plan"]);
    let line = "kênh phuong-khac/email (Phường phuong-a): mã đơn vị phuong-moi → phuong-khac";
    assert!(plan.contains(line), "{plan}");
    ok(&o, &["apply"]);
    ok(&o, &["run", "--until-idle"]);
    assert_eq!(rows(&o).len(), 1);
    assert!(ok(&o, &["plan"]).contains(NOTHING));
}

#[tokio::test]
async fn a_person_may_send_again_knowingly() {
    let o = office(&a());
    send(&o, "email", "all", -5);
    sent(&o);
    assert_eq!(rows(&o).len(), 2);
    units(&o, &a().replace("phuong-a", "phuong-moi"));
    assert!(ok(&o, &["plan"]).contains("phuong-moi/email: cùng địa chỉ với phuong-a/email"));
    let said = ok(&o, &["apply", "--by", "binh"]);
    assert!(said.contains("đi lại vào 1 nơi đã nhận"), "{said}");
    approve_if_needed(&o);
    ok(&o, &["run", "--until-idle"]);
    assert_eq!(rows(&o).iter().filter(|r| r.2 == "sent").count(), 3);
    assert!(!ok(&o, &["plan"]).contains("GỬI LẠI"));
}

fn approve_if_needed(o: &Office) {
    let out = o.loa(&["--sandbox", "approve", "chien-dich", "--by", "binh"]);
    assert!(matches!(out.status.code(), Some(0 | 3)), "{out:?}");
}

#[tokio::test]
async fn a_commune_whose_name_is_corrected_in_the_table_keeps_its_place() {
    let o = office("tables:\n  - file: xa.csv\n    group: xa\n");
    let table = |name: &str, old: &str| {
        o.write(
            "campaigns/xa.csv",
            &format!(
                "ma,ten,ten_cu,email\n11311,{name},{old},hoa@a.example\n11383,Phường Lê Chân,,mai@b.example\n"
            ),
        );
    };
    table("Phường Hồng Bang", "");
    send(&o, "email", "xa", -5);
    sent(&o);
    table("Phường Hồng Bàng Mới", "");
    assert!(
        ok(&o, &["plan"]).contains("phuong-hong-bang-moi/email: cùng địa chỉ với phuong-hong-bang/email")
    );
    table("Phường Hồng Bàng Mới", "Phường Hồng Bang");
    assert!(!ok(&o, &["plan"]).contains("GỬI LẠI"));
    ok(&o, &["apply"]);
    ok(&o, &["run", "--until-idle"]);
    assert_eq!(rows(&o).len(), 2);
    // A second commune of the same name makes ids of both longer; the one whose address it is keeps its place.
    o.write(
        "campaigns/xa.csv",
        "ma,ten,ten_cu,email\n11311,Phường Hồng Bàng Mới,Phường Hồng Bang,hoa@a.example\n\
         11383,Phường Lê Chân,,mai@b.example\n11999,Phường Lê Chân,,khac@c.example\n",
    );
    let plan = ok(&o, &["plan"]);
    assert!(!plan.contains("GỬI LẠI"), "{plan}");
    ok(&o, &["apply"]);
    ok(&o, &["run", "--until-idle"]);
    assert_eq!(rows(&o).len(), 3, "only the new one: {:?}", rows(&o));
}

#[tokio::test]
async fn a_sending_whose_recipients_change_is_not_another_unless_it_is_called_so() {
    let o = office(&a());
    send(&o, "email", "so", -5);
    sent(&o);
    let post = o.at("campaigns/chien-dich/posts/bai/post.yaml");
    edit(&post, "to: so", "to: [so, phuong-a]");
    let plan = ok(&o, &["plan"]);
    assert!(plan.contains("so/email: đã nhận") && plan.contains("id: email-so"), "{plan}");
    assert!(!plan.contains("phuong-a/email: đã nhận"), "it is new there: {plan}");
    edit(&post, "  - channel: email", "  - id: email-so\n    channel: email");
    let plan = ok(&o, &["plan"]);
    assert!(!plan.contains("GỬI LẠI"), "{plan}");
    sent(&o);
    assert_eq!(rows(&o).len(), 2, "{:?}", rows(&o));
}

#[tokio::test]
async fn what_a_slip_hides_is_not_gone() {
    let o = office(&a());
    o.list("ds", &["p0@khach.example".into(), "p1@khach.example".into()]);
    o.post(
        "bai",
        "Thông báo",
        &format!("  - channel: email\n    to: [so, ds]\n    at: {}\n    late_ok: 2 days\n", wall(300)),
    );
    ok(&o, &["apply"]);
    approve(&o);
    let live = async || {
        let s = store(&o).await;
        let channels = s.channel_all().await.expect("channels").iter().filter(|c| !c.removed).count();
        let facts = s.fact_rows().await.expect("facts").len();
        let people = s.list_all().await.expect("lists").iter().map(|l| l.members).sum::<i64>();
        (channels, facts, people)
    };
    let whole = live().await;
    assert_eq!(whole, (4, 1, 2));
    let units = o.at("campaigns/units.yaml");
    let good = std::fs::read_to_string(&units).expect("units");
    for (file, slip) in [
        ("campaigns/units.yaml", "units: [so\n".to_owned()),
        ("campaigns/units.yaml", good.replace("  - id: phuong-a", "  - id: Phường A")),
        ("campaigns/facts.yaml", "facts: [\n".to_owned()),
        ("campaigns/audiences/ds.csv", "tên,địa chỉ\nAn,p0@khach.example\n".to_owned()),
    ] {
        let before = std::fs::read_to_string(o.at(file)).expect("a file");
        o.write(file, &slip);
        ok(&o, &["apply"]);
        assert_eq!(live().await, whole, "{file}");
        let gate = store(&o).await.occurrence_all().await.expect("occurrences")[0].clone();
        assert!(gate.gate.is_none() && gate.cancelled_at.is_none(), "{file}: {:?}", gate.gate);
        o.write(file, &before);
    }
    ok(&o, &["apply"]);
    assert!(ok(&o, &["plan"]).contains(NOTHING));
    // Taken out on purpose, it is gone.
    o.units("  - id: so\n    name: Sở Thử\n    kind: department\n    channels:\n      email:\n        address: van-thu@so.example\n");
    assert!(ok(&o, &["plan"]).contains("- kênh phuong-a/email (Phường phuong-a): không còn trong thư mục"));
    ok(&o, &["apply"]);
    assert_eq!(live().await, (1, 1, 2));
    assert!(ok(&o, &["plan"]).contains(NOTHING));
}

#[tokio::test]
async fn what_new_wrote_is_neither_approved_nor_sent() {
    let o = office(&a());
    let said = ok(&o, &["new", "post", "chien-dich", "2199-01-01-bai-moi"]);
    assert!(said.contains("Lưu ý: Ngày 01/01/2199 nằm ngoài chiến dịch"), "{said}");
    edit(&o.at("campaigns/chien-dich/posts/2199-01-01-bai-moi/post.yaml"), "01/01/2199 08:00", &wall(-5));
    let check = o.loa(&["--sandbox", "check"]);
    assert_eq!(check.status.code(), Some(1));
    let said = String::from_utf8_lossy(&check.stdout).into_owned();
    assert!(said.contains("Giữ W005") && said.contains("bài còn nguyên chữ mẫu"), "{said}");
    assert!(ok(&o, &["plan"]).contains("W005 bài còn nguyên chữ mẫu"));
    ok(&o, &["apply"]);
    let out = o.loa(&["--sandbox", "approve", "chien-dich/2199-01-01-bai-moi", "--by", "binh"]);
    assert_eq!(out.status.code(), Some(1), "the post is there, and a person must write it: {out:?}");
    ok(&o, &["run", "--until-idle"]);
    assert!(rows(&o).is_empty());
}

/// All units of a kind get one package, and a newsroom another one: none of them reads a day that was meant for somebody else.
#[tokio::test]
async fn a_package_names_the_day_of_its_own_readers() {
    let o = office(&(a() + &ward("phuong-b", "hand-over", "https://b.example", "b@b.example", "")));
    let post = |days: [Option<i64>; 2]| {
        let each = ["phuong-a", "phuong-b"].into_iter().zip(days);
        let send = each.map(|(to, day)| {
            let done_by = day.map_or_else(String::new, |d| format!("    done_by: {}\n", today(d)));
            format!("  - channel: website\n    to: {to}\n    at: {}\n{done_by}", wall(60))
        });
        o.post("bai", "Thông báo", &send.collect::<String>());
    };
    for days in [[Some(5), Some(9)], [Some(5), None]] {
        post(days);
        let said = String::from_utf8_lossy(&o.loa(&["check"]).stdout).into_owned();
        assert!(said.contains("R001") && said.contains("hạn `done_by` khác nhau"), "{said}");
    }
    post([Some(5), Some(5)]);
    assert!(!ok(&o, &["check"]).contains("R001"));
    ok(&o, &["apply"]);
    approve(&o);
    let page = o.at("xem");
    ok(&o, &["preview", "chien-dich/bai", "--channel", "website", "--out", &page.display().to_string()]);
    let page = std::fs::read_to_string(page.join("hand-over.html")).expect("a page");
    assert!(page.contains(&format!("chậm nhất hết ngày {}", today(5))), "{page}");
}
