//! `status` and `run --until-idle` say what is so: nothing is well, and nothing done, while something is held, waits, lacks its
//! secret, cannot be read, or was never applied.

use std::process::Output;

use crate::support::office::{Office, wall};

const WELL: &str = "MỌI VIỆC ĐỀU TỐT";

fn office(account: &str) -> Office {
    let o =
        Office::new(&format!("  thu:\n    kind: scripted\n{account}"), "default_accounts:\n  email: thu\n");
    o.units(
        "  - id: so\n    name: Sở Thử\n    kind: department\n    channels:\n      email:\n        address: so@so.example\n        \
         account: thu\n",
    );
    o.list("ds", &(0..8).map(|i| format!("p{i}@khach.example")).collect::<Vec<_>>());
    o
}

fn post(o: &Office, id: &str, minutes: i64) {
    let at = wall(minutes);
    o.post(id, "Thông báo", &format!("  - channel: email\n    to: ds\n    at: {at}\n    late_ok: 2 days\n"));
}

fn text(out: &Output) -> String {
    String::from_utf8_lossy(&out.stdout).into_owned()
}

/// The screen, with the code it ended with.
fn status(o: &Office, code: i32) -> String {
    let out = o.loa(&["status"]);
    assert_eq!(out.status.code(), Some(code), "{}", text(&out));
    text(&out)
}

fn has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "“{part}” is missing in\n{text}");
    }
}

#[test]
fn what_is_held_past_its_time_is_neither_well_nor_done() {
    let o = office("");
    post(&o, "bai", -1);
    o.apply_and_approve();
    o.ok(&["hold", "all", "--reason", "quốc tang", "--by", "binh"]);
    // The people of the list are not in the ledger yet; they are counted all the same.
    let said = status(&o, 1);
    has(
        &said,
        &["TẤT CẢ: Lê Thị Bình cho giữ, lý do: quốc tang", "8 lượt đã đến giờ", "release all --by TÊN"],
    );
    assert!(!said.contains(WELL), "{said}");
    let out = o.loa(&["run", "--until-idle"]);
    assert_eq!(out.status.code(), Some(1));
    has(&text(&out), &["CHƯA XONG", "8 lượt đã đến giờ", "quốc tang", "release all --by TÊN"]);
    assert!(!text(&out).contains("Xong việc"), "{}", text(&out));
    o.ok(&["release", "all", "--by", "binh"]);
    has(&o.ok(&["run", "--until-idle"]), &["Xong việc đến hạn: 8 nơi nhận đã nhận"]);
    has(&status(&o, 0), &[WELL]);
    // A hold with nothing due under it asks nobody for anything, and is not called well either.
    o.ok(&["hold", "chien-dich", "--reason", "thử", "--by", "binh"]);
    let said = status(&o, 0);
    has(&said, &["KHÔNG PHẢI LÀM GÌ NGAY", "ĐANG GIỮ", "lý do: thử", "release chien-dich --by TÊN"]);
    assert!(!said.contains(WELL), "{said}");
}

#[tokio::test]
async fn a_blackout_with_an_end_is_told_and_needs_nobody_while_nothing_is_lost() {
    use loa::domain::people::Actor;
    use loa::domain::port::Clock as _;
    let o = office("");
    post(&o, "bai", -1);
    o.apply_and_approve();
    let now = loa::daemon::SystemClock.now().timestamp_millis();
    let hold = |hours: i64| loa::store::NewHold {
        scope: "all".into(),
        r: "all".into(),
        reason: "quốc tang".into(),
        blackout: true,
        from_at: now - 1000,
        until_at: Some(now + hours * 3_600_000),
    };
    let store = o.store().await;
    store.hold_add(&hold(3), &Actor::attested("binh"), now).await.expect("a hold");
    let said = status(&o, 0);
    has(&said, &["KHÔNG PHẢI LÀM GÌ NGAY", "TẤT CẢ: Lê Thị Bình cho ngừng phát đến"]);
    let out = o.loa(&["run", "--until-idle"]);
    assert_eq!(out.status.code(), Some(0), "{}", text(&out));
    has(&text(&out), &["CHƯA XONG", "cho ngừng phát đến", "Việc tiếp theo lúc"]);
    // One that outlasts the window loses the post: somebody must decide.
    store.hold_release("all", "all", &Actor::attested("binh"), now).await.expect("released");
    store.hold_add(&hold(90), &Actor::attested("binh"), now).await.expect("a hold");
    has(&status(&o, 1), &["8 lượt đã đến giờ", "quá hạn thì không gửi nữa"]);
}

#[test]
fn a_shared_register_that_cannot_be_read_is_said_first() {
    for (file, broken) in [
        ("campaigns/units.yaml", "units: [\n"),
        ("campaigns/facts.yaml", "facts: {\n"),
        ("campaigns/people.yaml", "people: {\n"),
        ("campaigns/audiences/lists.yaml", "lists: {\n"),
    ] {
        let o = office("");
        post(&o, "bai", 300);
        o.apply_and_approve();
        has(&status(&o, 0), &[WELL]);
        o.write(file, broken);
        let said = status(&o, 1);
        has(&said, &["Tệp dùng chung có", file, "check"]);
        // What such a folder seems to want is nobody's plan.
        assert!(!said.contains(WELL) && !said.contains("thay đổi chưa ghi"), "{said}");
        let out = o.loa(&["run", "--until-idle"]);
        assert_eq!(out.status.code(), Some(1));
        has(&String::from_utf8_lossy(&out.stderr), &[file, "check"]);
        // A post that the register stops does not repeat it, least of all without a sentence.
        let said = status(&o, 1);
        has(&said, &[&format!("{file}:1")]);
        assert!(!["lỗi T033:  ", "lỗi T033: ."].iter().any(|s| said.contains(s)), "{said}");
    }
}

#[test]
fn a_post_that_nobody_applied_is_said_before_its_time_and_after_it() {
    let o = office("");
    post(&o, "xa", 6 * 24 * 60);
    let said = status(&o, 0);
    has(&said, &["CHƯA GHI  1 bài: xa (", "--lang vi apply"]);
    assert!(!said.contains(WELL), "{said}");
    post(&o, "gan", 300);
    post(&o, "muon", -5);
    let said = status(&o, 1);
    has(
        &said,
        &[
            "Bài gan sắp đến giờ",
            "sẽ không ai gửi",
            "Bài muon đã đến giờ",
            "chưa ai gửi",
            "CHƯA GHI  1 bài: xa (",
        ],
    );
    o.ok(&["apply"]);
    o.ok(&["approve", "chien-dich", "--by", "binh"]);
    o.ok(&["run", "--until-idle"]);
    has(&status(&o, 0), &[WELL]);
    // One whose window closed before anybody wrote it down.
    let at = wall(-120);
    o.post(
        "lo",
        "Thông báo",
        &format!("  - channel: email\n    to: ds\n    at: {at}\n    late_ok: 1 hour\n"),
    );
    let said = status(&o, 1);
    has(&said, &["1 bài chưa từng ghi vào sổ mà giờ gửi đã qua", "lo (", "đổi giờ trong post.yaml"]);
    o.ok(&["apply"]);
    has(&status(&o, 0), &[WELL]);
}

#[test]
fn rows_behind_an_allowance_wait_and_are_not_being_sent() {
    let o = office("    limit: 3 per hour\n");
    post(&o, "bai", -1);
    o.apply_and_approve();
    let said = o.ok(&["run", "--until-idle"]);
    has(
        &said,
        &[
            "CHƯA XONG. Lần chạy này: 3 nơi nhận đã nhận",
            "thu: 5 tin chờ hạn mức, đi tiếp lúc",
            "(3 mỗi giờ)",
        ],
    );
    has(&said, &["Việc tiếp theo lúc", "run --until-idle"]);
    assert!(!said.contains("Xong việc"), "{said}");
    let said = status(&o, 0);
    has(&said, &["KHÔNG PHẢI LÀM GÌ NGAY", "CHỜ", "thu: 5 tin chờ hạn mức, đi tiếp lúc"]);
    assert!(!said.contains(WELL), "{said}");
    let log = o.ok(&["log", "--today"]);
    has(&log, &["CHỜ HẠN MỨC  đi tiếp lúc", "Tổng: 5 chờ hạn mức · 3 nơi nhận đã nhận"]);
    assert!(!log.contains("ĐANG GỬI"), "{log}");
    has(&o.ok(&["account", "list"]), &["đi tiếp lúc", "(3 mỗi giờ)"]);
    let waits = o.ok(&["log", "--state", "chờ hạn mức", "--each"]);
    assert_eq!(waits.lines().filter(|l| l.contains("CHỜ HẠN MỨC")).count(), 5, "{waits}");
    has(&o.ok(&["log", "--state", "đang gửi"]), &["Tổng: không có gì"]);
    let json: serde_json::Value = serde_json::from_str(&o.ok(&["--json", "status"])).expect("json");
    assert_eq!((json["good"].as_bool(), json["well"].as_bool()), (Some(true), Some(false)));
}

#[test]
fn a_list_whose_time_is_over_is_missed_though_no_machine_ever_opened_it() {
    let o = office("");
    post(&o, "bai", -20);
    o.apply_and_approve();
    let said = status(&o, 1);
    has(&said, &["KHÔNG CÓ MÁY NÀO CHẠY: 8 lượt đã quá giờ", "--lang vi run"]);
}

#[test]
fn a_secret_that_is_not_there_is_no_wrong_setting() {
    let o = Office::new(
        "  thu-cong-vu:\n    kind: email\n    server: 127.0.0.1\n    port: 9\n    user: loa\n    password_file: bi-mat/thu.txt\n    \
         from_address: so@so.example\n  goi:\n    kind: hand-over\n    carrier: thu-cong-vu\n",
        "default_accounts:\n  email: thu-cong-vu\n",
    );
    o.units("  - id: so\n    name: Sở Thử\n    kind: department\n    channels:\n      email:\n        address: so@so.example\n");
    let at = wall(-1);
    o.post(
        "bai",
        "Thông báo",
        &format!("  - channel: email\n    to: so\n    at: {at}\n    late_ok: 2 days\n"),
    );
    o.apply_and_approve();
    // Before any daemon met it.
    let said = status(&o, 1);
    has(
        &said,
        &[
            "thu-cong-vu chưa gửi được: thiếu tệp mật khẩu hoặc mã truy cập bi-mat/thu.txt",
            "tạo tệp bi-mat/thu.txt",
        ],
    );
    let list = o.loa(&["account", "list"]);
    assert_eq!(list.status.code(), Some(1));
    has(&text(&list), &["thiếu mật khẩu hoặc mã truy cập (bi-mat/thu.txt)"]);
    let out = o.loa(&["run", "--until-idle"]);
    assert_eq!(out.status.code(), Some(1));
    has(
        &String::from_utf8_lossy(&out.stderr),
        &["thu-cong-vu: thiếu tệp mật khẩu hoặc mã truy cập bi-mat/thu.txt"],
    );
    has(
        &text(&out),
        &[
            "CHƯA XONG",
            "thu-cong-vu DỪNG từ",
            "thiếu tệp mật khẩu hoặc mã truy cập bi-mat/thu.txt",
            "1 thư chờ",
        ],
    );
    let said = status(&o, 1);
    has(
        &said,
        &[
            "tạo tệp bi-mat/thu.txt (một dòng, chmod 600)",
            "goi DỪNG từ",
            "tài khoản nó mượn chưa dùng được (thu-cong-vu)",
        ],
    );
    assert!(!said.contains("cài đặt"), "{said}");
    has(&text(&o.loa(&["account", "list"])), &["thiếu mật khẩu hoặc mã truy cập (bi-mat/thu.txt)"]);
    let probe = o.loa(&["account", "probe", "thu-cong-vu", "--by", "truc"]);
    has(&text(&probe), &["thiếu mật khẩu hoặc mã truy cập (bi-mat/thu.txt)"]);
    let resume = o.loa(&["account", "resume", "thu-cong-vu", "--by", "truc"]);
    assert_eq!(resume.status.code(), Some(3), "nothing could send it");
    // Put there: what is left to do changes, and the next start takes it up by itself.
    o.write("bi-mat/thu.txt", "mat-khau\n");
    let said = status(&o, 1);
    has(&said, &["nay tệp đã có", "nạp lại (systemctl reload loa) hoặc khởi động lại:", "--lang vi run"]);
    let out = o.loa(&["run", "--until-idle"]);
    assert!(!text(&out).contains("DỪNG"), "{}", text(&out));
    let said = text(&o.loa(&["status"]));
    assert!(!said.contains("bi-mat/thu.txt") && !said.contains("goi DỪNG"), "{said}");
    // A setting that is wrong is still called so.
    let yaml = std::fs::read_to_string(o.at("loa.yaml")).expect("loa.yaml");
    o.write("loa.yaml", &yaml.replace("from_address: so@so.example", "from_address: \"không phải địa chỉ\""));
    o.loa(&["run", "--until-idle"]);
    has(&status(&o, 1), &["cài đặt tài khoản trong loa.yaml sai (from_address"]);
}
