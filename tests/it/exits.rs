//! How the real program ends: the table of the README, situation by situation.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use crate::support::office::{Office, until, wall};

/// What a run printed, and how it ended.
fn ended(o: &Output) -> (i32, String) {
    let text = format!("{}{}", String::from_utf8_lossy(&o.stdout), String::from_utf8_lossy(&o.stderr));
    (o.status.code().expect("an exit code"), text)
}

/// Command lines with the code each ends with and a part of what it says. All that differ are told.
fn table(o: &Office, rows: &[(&[&str], i32, &str)]) {
    let mut wrong = Vec::new();
    for (args, want, part) in rows {
        let (got, text) = ended(&o.loa(args));
        if got != *want || !text.contains(part) {
            wrong.push(format!("{args:?}: {got}, not {want} with “{part}”:\n{text}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// An office with one post to a list, due in minutes from now, on a scripted account.
fn office(script: &str, minutes: i64) -> Office {
    let o = Office::new(
        &format!("  thu:\n    kind: scripted\n{script}  khac:\n    kind: scripted\n"),
        "drain: 1 seconds\ndefault_accounts:\n  email: thu\n",
    );
    o.units("  - id: so\n    name: Sở Thử\n    kind: department\n");
    o.list("ds", &(0..4).map(|i| format!("p{i}@khach.example")).collect::<Vec<_>>());
    let at = wall(minutes);
    o.post(
        "bai",
        "Thông báo",
        &format!("  - channel: email\n    to: ds\n    at: {at}\n    late_ok: 2 days\n"),
    );
    o
}

#[test]
fn good_is_0_also_where_it_was_so_already() {
    let o = office("", 300);
    let word = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/word/cong-van-libreoffice.docx");
    table(
        &o,
        &[
            (&["--help"], 0, "Mã thoát"),
            (&["--version"], 0, "loa"),
            (&["check"], 0, "không có lỗi"),
            (&["check", "--fix"], 0, "Không có gì phải sửa"),
            (&["check", "--settings"], 0, "organisation"),
            (&["schema", "post"], 0, "\"title\""),
            (&["unit", "list"], 0, "ds"),
            (&["fact", "list"], 0, "gio-lam"),
            (&["log"], 0, "Tổng: không có gì"),
            (&["plan"], 0, "Thêm 1"),
            (&["apply"], 0, "chờ duyệt"),
            (&["apply"], 0, "thêm 0"),
            (&["approve", "chien-dich", "--by", "binh"], 0, "Đủ bước"),
            (&["status"], 0, "MỌI VIỆC ĐỀU TỐT"),
            (&["run", "--until-idle"], 0, "Xong việc đến hạn"),
            (&["account", "list"], 0, "tốt"),
            (&["account", "pause", "thu", "--reason", "thử", "--by", "truc"], 0, "đã dừng"),
            (&["account", "resume", "thu", "--by", "truc"], 0, "chạy tiếp"),
            (&["account", "resume", "thu", "--by", "truc"], 0, "không phải làm gì"),
            (&["hold", "all", "--reason", "quốc tang", "--by", "truc"], 0, "Đã giữ tất cả"),
            (&["status"], 0, "lý do: quốc tang"),
            (&["release", "all", "--by", "truc"], 0, "Đã bỏ giữ"),
            (&["release", "all", "--by", "truc"], 0, "không có ai đang giữ"),
            (&["blackout", "list"], 0, "Không có đợt ngừng phát"),
            (&["blackout", "start", "--reason", "quốc tang", "--by", "truc"], 0, "Ngừng phát tất cả"),
            (&["blackout", "list"], 0, "ĐANG NGỪNG"),
            (&["blackout", "end", "--by", "truc"], 0, "Đã kết thúc"),
            (&["blackout", "end", "--by", "truc"], 0, "không có đợt ngừng phát nào"),
            (&["db", "status"], 0, "SQLite"),
            (&["db", "up"], 0, "mới nhất"),
            (&["retry", "--account", "thu", "--by", "truc"], 0, "không phải làm gì"),
            (&["resolve", "--account", "thu", "leave", "--by", "truc"], 0, "không có câu hỏi nào"),
            (&["seen", "thu", "--by", "truc"], 0, "truc đang xử lý thu"),
            (&["seen", "chien-dich/bai", "--by", "truc"], 0, "đang xử lý"),
            (&["alert", "list"], 0, "Chưa có báo động"),
            (&["reach"], 0, "Chưa có số liệu"),
            (&["report"], 0, "Quý"),
            (&["new", "post", "chien-dich", "bai-moi"], 0, "đã viết"),
            (&["new", "post", "chien-dich", "tu-word", "--from", word], 0, "9 đoạn, 2 đề mục"),
        ],
    );
    let made = o.at("van-phong").display().to_string();
    table(&o, &[(&["init", &made], 0, "Tiếp theo")]);
    let file = o.at("sao-luu.db").display().to_string();
    table(
        &o,
        &[
            (&["backup", &file], 0, "Đã sao lưu"),
            (&["backup", &file], 3, "không ghi đè"),
            (&["restore", &file, "--by", "truc"], 0, "Sổ cái trở lại"),
            (&["restore", "khong-co.db", "--by", "truc"], 2, "khong-co.db"),
            (&["restore", &format!("{}/loa.yaml", o.path().display()), "--by", "truc"], 3, "no backup"),
            (&["db", "down"], 3, "sẽ mất"),
            (&["db", "copy", "--to", "mysql://x"], 2, "postgres://"),
        ],
    );
    assert!(!o.at("var/sandbox").exists(), "nobody asked for a sandbox");
}

#[test]
fn looking_makes_no_database() {
    let o = office("", 5 * 24 * 60);
    table(&o, &[(&["--sandbox", "status"], 0, "CHƯA GHI"), (&["--sandbox", "log"], 0, "không có gì")]);
    assert!(!o.at("var/sandbox/loa.db").exists());
}

#[test]
fn what_needs_a_person_is_1() {
    // A question is open after a run, and for as long as nobody answers.
    let o = office("    script: [unknown]\n", -1);
    o.apply_and_approve();
    table(
        &o,
        &[
            (&["run", "--until-idle"], 1, "CHƯA RÕ"),
            (&["run", "--until-idle"], 1, "CHƯA RÕ"),
            (&["status"], 1, "CHƯA RÕ"),
            (&["resolve", "--account", "thu", "leave", "--by", "truc"], 0, "Khép lại"),
            (&["run", "--until-idle"], 0, "Xong việc đến hạn"),
            (&["account", "pause", "thu", "--by", "truc"], 0, "đã dừng"),
            (&["account", "list"], 1, "DỪNG từ"),
            (&["status"], 1, "DỪNG từ"),
            (&["alert", "test", "--by", "truc"], 1, "không ai trực"),
        ],
    );
    // A fault in a file: what is good is done all the same.
    let o = office("", 300);
    let twice = "title: Hai\ntitle: Hai\n";
    o.write("campaigns/chien-dich/posts/hai/post.yaml", twice);
    table(
        &o,
        &[
            (&["check"], 1, "posts/hai/post.yaml"),
            (&["plan"], 1, "Thêm 1"),
            (&["plan", "chien-dich/bai"], 0, "Thêm 1"),
            (&["plan", "chien-dich/hai"], 1, "DỪNG"),
            (&["apply"], 1, "thêm 1"),
            (&["approve", "chien-dich/hai", "--by", "binh"], 1, "đang có lỗi"),
            (&["approve", "chien-dich/bai", "--by", "binh"], 0, "Đủ bước"),
            (&["run", "--until-idle"], 1, "lỗi trong thư mục"),
            (&["run", "--until-idle", "--no-files"], 1, "Bài hai có lỗi"),
            (&["status"], 1, "Bài hai có lỗi"),
            (
                &["send", "--test", "a@b.example", "chien-dich/hai", "--by", "truc"],
                2,
                "chưa có tài khoản loại email",
            ),
        ],
    );
    o.write("campaigns/units.yaml", "units: [\n");
    table(
        &o,
        &[(&["unit", "list"], 1, "campaigns/units.yaml"), (&["fact", "list"], 1, "campaigns/units.yaml")],
    );
}

#[test]
fn what_is_named_and_does_not_exist_is_2() {
    let o = office("", 300);
    o.ok(&["apply"]);
    table(
        &o,
        &[
            (&["log", "T-4K7Q"], 2, "không có lượt gửi nào"),
            (&["log", "G-4K7Q"], 2, "không còn nhóm này"),
            (&["log", "482116"], 2, "không có lượt gửi nào"),
            (&["log", "xin-chao"], 2, "không phải mã"),
            (&["log", "--after", "G-4K7Q"], 2, "không còn nhóm này"),
            (&["log", "--state", "vui"], 2, "không có trạng thái này"),
            (&["log", "--channel", "vui"], 2, "không có kênh này"),
            (&["log", "--unit", "khong-co"], 2, "không có đơn vị nào"),
            (&["log", "--account", "thuu"], 2, "Có phải: thu?"),
            (&["log", "--post", "khong-co"], 2, "không có bài hay chiến dịch nào"),
            (&["plan", "khong-co"], 2, "không có chiến dịch hay bài nào"),
            (&["approve", "khong-co", "--by", "binh"], 2, "không có chiến dịch nào"),
            (&["approve", "chien-dich/khong-co", "--by", "binh"], 2, "không có bài này"),
            (&["approve", "chien-dich/bai", "--by", "ai-do"], 2, "people.yaml"),
            (&["hold", "khong-co", "--by", "truc"], 2, "không có bài hay chiến dịch nào"),
            (&["hold", "T-4K7Q", "--by", "truc"], 2, "không có lượt gửi nào"),
            (&["retry", "T-4K7Q", "--by", "truc"], 2, "không có lượt gửi nào"),
            (&["retry", "--account", "thuu", "--by", "truc"], 2, "không có tài khoản này"),
            (&["resolve", "T-4K7Q", "leave", "--by", "truc"], 2, "không có lượt gửi nào"),
            (&["resolve", "--account", "thuu", "leave", "--by", "truc"], 2, "không có tài khoản này"),
            (
                &["account", "pause", "thuu", "--by", "truc"],
                2,
                "không có tài khoản này. Có phải: thu? Có: khac, thu",
            ),
            (&["usb", "usb"], 2, "Chưa có phiếu nào"),
            (&["done", "T-4K7Q", "--link", "https://x.example", "--by", "mai"], 2, "T-4K7Q"),
            (&["aired", "482116", "--sessions", "5", "--by", "mai"], 2, "482116"),
            (&["seen", "khong-co", "--by", "truc"], 2, "không có tài khoản, mã, bài hay việc nào"),
            (&["seen", "T-4K7Q", "--by", "truc"], 2, "không có lượt gửi nào"),
            (&["reach", "khong-co"], 2, "không có bài hay chiến dịch nào"),
            (&["schema", "khong-co"], 2, "Không có lược đồ"),
            (&["new", "post", "khong-co", "bai"], 2, "không có chiến dịch"),
        ],
    );
}

#[test]
fn what_cannot_be_used_is_2() {
    let o = office("", 300);
    let nowhere = o.at("khong/co").display().to_string();
    table(
        &o,
        &[
            (&["lam-gi"], 2, "unrecognized"),
            (&["log", "--unmask"], 2, "--by"),
            (&["retry", "--by", "truc"], 2, "required"),
            (&["log", "--since", "32/13/2026"], 2, "ngày viết như"),
            (&["report", "--period", "2026-Q9"], 2, "kỳ viết như"),
            (&["resolve", "T-4K7Q", "--by", "truc"], 2, "Thiếu câu trả lời"),
            (&["new", "post", "chien-dich", "Bài Mới"], 2, "bai-moi"),
            (&["new", "post", "chien-dich", "bai-word", "--from", "khong-co.docx"], 2, "không có tệp này"),
            (&["log", "--csv", &nowhere], 2, "không ghi được"),
            (&["report", "--out", &nowhere], 2, "không ghi được"),
            (&["init", "/proc/loa-khong-duoc"], 2, "/proc/loa-khong-duoc"),
        ],
    );
    // A port that somebody else has.
    let taken = std::net::TcpListener::bind(("127.0.0.1", o.port())).expect("the port");
    table(&o, &[(&["run"], 2, "127.0.0.1:")]);
    drop(taken);
    // No workspace, and one whose settings cannot be used.
    let empty = Office::bare();
    table(
        &empty,
        &[
            (&["check"], 2, "loa.yaml"),
            (&["status"], 2, "loa.yaml"),
            (&["run", "--until-idle"], 2, "loa.yaml"),
            (&["demo"], 2, "loa.yaml"),
        ],
    );
    empty.write("loa.yaml", "organisation: [\n");
    table(
        &empty,
        &[(&["check"], 1, "loa.yaml:1"), (&["status"], 2, "loa.yaml:1"), (&["apply"], 2, "loa.yaml:1")],
    );
    // A folder that is no folder.
    std::fs::remove_dir_all(o.at("var")).expect("var");
    o.write("var", "");
    table(
        &o,
        &[
            (&["apply"], 2, "var"),
            (&["status"], 2, "var"),
            (&["plan"], 2, "var"),
            (&["run", "--until-idle"], 2, "var"),
            (&["hold", "all", "--by", "truc"], 2, "var"),
        ],
    );
}

/// The program, run by somebody who may read and write only what everybody may.
fn stranger(o: &Office, args: &[&str]) -> (i32, String) {
    let program = o.at("loa");
    if !program.exists() {
        let built = Path::new(env!("CARGO_BIN_EXE_loa"));
        std::fs::hard_link(built, &program)
            .or_else(|_| std::fs::copy(built, &program).map(|_| ()))
            .expect("the program");
    }
    let mut c = Command::new(program);
    c.arg("-w").arg(o.path()).args(["--lang", "vi"]).args(args);
    // Root may do anything; everybody else is stopped by the modes below.
    if std::fs::metadata(o.path()).expect("the folder").uid() == 0 {
        c.uid(65_534).gid(65_534);
    }
    ended(&c.output().expect("loa runs"))
}

#[test]
fn without_rights_on_the_folder_or_its_files_it_is_2() {
    let o = office("", 300);
    o.ok(&["apply"]);
    let mode = |name: &str, mode: u32| {
        std::fs::set_permissions(o.at(name), std::fs::Permissions::from_mode(mode)).expect(name);
    };
    mode("", 0o755);
    // The folder may be read; its database and key may not.
    for args in
        [&["status"][..], &["apply"], &["run", "--until-idle"], &["approve", "chien-dich", "--by", "binh"]]
    {
        let (code, text) = stranger(&o, args);
        assert_eq!(code, 2, "{args:?}: {text}");
        assert!(text.contains("Permission denied") || text.contains("os error 13"), "{text}");
    }
    // The files may be used and nothing be made beside them: SQLite needs its log there.
    mode("var/loa.db", 0o666);
    mode("var/key", 0o644);
    mode("var", 0o555);
    for name in ["var/loa.db-wal", "var/loa.db-shm"] {
        drop(std::fs::remove_file(o.at(name)));
    }
    let (code, text) = stranger(&o, &["hold", "all", "--by", "truc"]);
    assert_eq!(code, 2, "{text}");
    // Nobody may look into `var`: an empty ledger would be a lie.
    mode("var", 0o600);
    let (code, text) = stranger(&o, &["status"]);
    assert_eq!(code, 2, "{text}");
    mode("var", 0o755);
    // A file of the campaign.
    mode("campaigns/units.yaml", 0o000);
    let (code, text) = stranger(&o, &["check"]);
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("campaigns/units.yaml"), "{text}");
    mode("campaigns/units.yaml", 0o644);
    mode("loa.yaml", 0o000);
    let (code, text) = stranger(&o, &["status"]);
    assert_eq!(code, 2, "{text}");
}

#[tokio::test]
async fn what_is_refused_is_3() {
    let o = office("", 300);
    let here = o.path().display().to_string();
    let full = o.at("day").display().to_string();
    o.write("day/gi-do.txt", "x");
    table(
        &o,
        &[
            (&["approve", "chien-dich", "--by", "binh"], 3, "Đã ghi lịch chưa"),
            (&["apply"], 0, "thêm 1"),
            (&["approve", "chien-dich/bai", "--by", "an"], 3, "người soạn"),
            (&["init", &here], 3, "loa.yaml đã có"),
            (&["new", "post", "chien-dich", "bai"], 3, "đã có rồi"),
            (&["demo", "--out", &full], 3, "không phải kết quả một lần diễn tập trước"),
        ],
    );
    o.write("campaigns/chien-dich/posts/bai/noi-dung.md", "Nội dung khác hẳn.\n");
    table(
        &o,
        &[
            (&["approve", "chien-dich/bai", "--by", "binh"], 3, "Ghi lại rồi hãy duyệt"),
            (&["apply"], 0, "đổi 1"),
            (&["approve", "chien-dich/bai", "--by", "binh"], 0, "Đủ bước"),
            (&["approve", "chien-dich/bai", "--by", "binh"], 3, "đủ các bước"),
        ],
    );
    // A state that does not allow what is asked for.
    let o = office("    script: [unknown]\n", -1);
    o.apply_and_approve();
    o.loa(&["run", "--until-idle"]);
    let code = format!("T-{}", loa::domain::delivery::code_letters(o.ledger().await[0].code));
    table(
        &o,
        &[
            (&["resolve", "--account", "thu", "resend", "--by", "truc"], 3, "cần người thứ hai"),
            (&["hold", &code, "--by", "truc"], 3, "để nguyên"),
            (&["resolve", &code, "sent", "--by", "truc"], 0, "1 lượt"),
            (&["resolve", &code, "sent", "--by", "truc"], 3, "để nguyên"),
            (&["retry", &code, "--by", "truc"], 3, "để nguyên"),
        ],
    );
    // Another daemon serves the folder.
    let daemon = Running(o.start(&["run", "--no-files"]));
    until("the daemon", || std::net::TcpStream::connect(("127.0.0.1", o.port())).is_ok());
    table(&o, &[(&["run"], 3, "tiến trình Loa khác"), (&["run", "--until-idle"], 3, "tiến trình Loa khác")]);
    drop(daemon);
}

/// A child that does not outlive its test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[test]
fn sends_cut_off_at_shutdown_end_with_1() {
    let o = office("    delay_ms: 8000\n", -1);
    o.apply_and_approve();
    let mut child = o.command(&["run", "--no-files"]);
    let mut child = Running(child.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("loa starts"));
    until("a send to be under way", || {
        let rows = o.ok(&["--json", "log", "--each", "--since", "hôm qua"]);
        let code = rows.split("\"code\":\"").nth(1).and_then(|r| r.split('"').next());
        code.is_some_and(|c| o.ok(&["log", c]).contains("đang chờ trả lời"))
    });
    let pid = child.0.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().expect("kill").success());
    assert_eq!(child.0.wait().expect("an end").code(), Some(1));
}

#[test]
fn the_database_and_its_key_are_4() {
    let o = office("", 300);
    o.ok(&["apply"]);
    let key = std::fs::read_to_string(o.at("var/key")).expect("the key");
    o.write("var/key", &"0".repeat(64));
    table(&o, &[(&["status"], 4, "key"), (&["apply"], 4, "key"), (&["run", "--until-idle"], 4, "key")]);
    o.write("var/key", "không phải khóa");
    table(&o, &[(&["log"], 4, "not a key")]);
    o.write("var/key", &key);
    table(&o, &[(&["status"], 0, "CHỜ DUYỆT")]);
    for name in ["var/loa.db", "var/loa.db-wal", "var/loa.db-shm"] {
        drop(std::fs::remove_file(o.at(name)));
    }
    o.write("var/loa.db", &"không phải một cơ sở dữ liệu ".repeat(100));
    table(&o, &[(&["status"], 4, "database"), (&["hold", "all", "--by", "truc"], 4, "database")]);
}
