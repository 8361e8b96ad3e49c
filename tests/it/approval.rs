//! Approval: who may give it, what voids it, what asks for it again; and that a slip in the folder cancels nothing.

use crate::support::office::{Office, today, wall};

fn office(people: usize) -> Office {
    let o = Office::new("  gia-lap:\n    kind: scripted\n", "default_accounts:\n  email: gia-lap\n");
    o.units("  - id: so\n    name: Sở Thử\n    kind: department\n");
    list(&o, people);
    o.post(
        "bai",
        "Thông báo",
        &format!("  - channel: email\n    to: ds\n    at: {}\n    late_ok: 2 days\n", wall(300)),
    );
    o
}

fn list(o: &Office, people: usize) {
    o.list("ds", &(0..people).map(|i| format!("p{i}@khach.example")).collect::<Vec<_>>());
}

async fn gate(o: &Office) -> Option<String> {
    o.store().await.occurrence_all().await.expect("the database")[0].gate.clone()
}

fn refused(o: &Office, by: &str) -> String {
    let out = o.loa(&["approve", "chien-dich/bai", "--by", by]);
    // Somebody who does not exist is a slip of the command line, not a refusal.
    assert_eq!(out.status.code(), Some(if by == "ai-do" { 2 } else { 3 }), "{out:?}");
    String::from_utf8_lossy(&out.stderr).into_owned()
}

#[tokio::test]
async fn only_who_holds_the_step_approves_what_was_applied() {
    let o = office(3);
    o.ok(&["apply"]);
    assert_eq!(gate(&o).await.as_deref(), Some("unapproved"));
    assert!(refused(&o, "an").contains("người soạn"));
    assert!(refused(&o, "ai-do").contains("people.yaml"));
    // Edited and not applied: what would be approved is not what lies in the ledger.
    o.write("campaigns/chien-dich/posts/bai/noi-dung.md", "Nội dung khác hẳn.\n");
    assert!(refused(&o, "binh").contains(" apply"));
    o.ok(&["apply"]);
    o.ok(&["approve", "chien-dich/bai", "--by", "binh"]);
    assert_eq!(gate(&o).await, None);
    assert!(refused(&o, "binh").contains("đủ các bước"));
    // Editing voids it.
    o.write("campaigns/chien-dich/posts/bai/noi-dung.md", "Nội dung lại khác.\n");
    o.ok(&["apply"]);
    assert_eq!(gate(&o).await.as_deref(), Some("unapproved"));
    assert!(o.ok(&["plan"]).contains("Không có gì thay đổi"));
}

#[tokio::test]
async fn a_refusal_says_what_is_really_wrong() {
    let o = office(3);
    // Never applied is not edited since.
    let said = refused(&o, "binh");
    assert!(said.contains("chưa được ghi vào lịch") && said.trim_end().ends_with(" apply"), "{said}");
    o.ok(&["apply"]);
    // Who may have been meant, by id and by name.
    let out = o.loa(&["approve", "chien-dich/bai", "--by", "binhh"]);
    assert_eq!(out.status.code(), Some(2));
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(said.contains("Có phải binh ("), "{said}");
    // A campaign that does not exist is not one without posts.
    let out = o.loa(&["approve", "chien-dic", "--by", "binh"]);
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(said.contains("không có chiến dịch nào tên này") && said.contains("chien-dich?"), "{said}");
}

#[tokio::test]
async fn a_post_that_cannot_be_rendered_is_neither_planned_nor_approved() {
    let o = office(3);
    o.write("campaigns/chien-dich/posts/bai/noi-dung.md", "Chữ.\n\n![ảnh](khong-co.png)\n");
    let check = o.loa(&["check"]);
    let said = String::from_utf8_lossy(&check.stdout).into_owned();
    assert!(said.contains("R001") && said.contains("noi-dung.md:3:8"), "{said}");
    let said = String::from_utf8_lossy(&o.loa(&["apply"]).stdout).into_owned();
    assert!(said.contains("R001"), "{said}");
    assert!(o.store().await.occurrence_all().await.expect("the database").is_empty());
    o.write("campaigns/chien-dich/posts/bai/noi-dung.md", "Chữ.\n");
    o.ok(&["apply"]);
    o.ok(&["approve", "chien-dich/bai", "--by", "binh"]);
    assert_eq!(gate(&o).await, None);
}

#[test]
fn plan_says_that_quiet_hours_move_a_message() {
    let o = office(3);
    let settings = std::fs::read_to_string(o.at("loa.yaml")).expect("the settings");
    o.write("loa.yaml", &settings.replace("people: none", "people: 21:00 - 07:00"));
    let late = format!(
        "  - channel: email\n    to: ds\n    every: hằng ngày 23:30\n    from: {}\n    until: {}\n",
        today(2),
        today(3)
    );
    o.post("bai", "Thông báo", &late);
    let plan = o.ok(&["plan"]);
    assert_eq!(plan.matches("07:00 (giờ yên tĩnh)").count(), 2, "{plan}");
    assert!(o.ok(&["check"]).contains("D018"));
    o.post("bai", "Thông báo", &late.replace("23:30", "09:00"));
    assert!(!o.ok(&["plan"]).contains("giờ yên tĩnh"));
}

#[tokio::test]
async fn a_list_that_grew_is_asked_about_again_and_can_be_approved_again() {
    let o = office(10);
    o.ok(&["apply"]);
    o.ok(&["approve", "chien-dich/bai", "--by", "binh"]);
    list(&o, 11);
    o.ok(&["apply"]);
    assert_eq!(gate(&o).await, None, "one in ten is within what was approved");
    list(&o, 30);
    o.ok(&["apply"]);
    assert_eq!(gate(&o).await.as_deref(), Some("grown"));
    let said = o.ok(&["approve", "chien-dich/bai", "--by", "binh"]);
    assert!(said.contains("30 người"), "{said}");
    assert_eq!(gate(&o).await, None);
}

#[tokio::test]
async fn a_campaign_whose_file_went_missing_keeps_its_plan() {
    let o = office(3);
    o.ok(&["apply"]);
    o.ok(&["approve", "chien-dich/bai", "--by", "binh"]);
    std::fs::remove_file(o.at("campaigns/chien-dich/campaign.yaml")).expect("the file");
    let check = o.loa(&["check"]);
    assert_eq!(check.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&check.stdout).contains("campaign.yaml"), "{check:?}");
    assert_eq!(o.loa(&["apply"]).status.code(), Some(1), "what is good is applied, and the fault is said");
    let rows = o.store().await.occurrence_all().await.expect("the database");
    assert!(rows[0].cancelled_at.is_none() && rows[0].gate.is_none(), "the last good state stays in force");
}

#[tokio::test]
async fn everything_can_be_held_and_released() {
    let o = office(3);
    o.ok(&["apply"]);
    o.ok(&["approve", "chien-dich/bai", "--by", "binh"]);
    o.ok(&["hold", "all", "--reason", "thử", "--by", "binh"]);
    assert_eq!(gate(&o).await.as_deref(), Some("hold"));
    o.ok(&["release", "all", "--by", "binh"]);
    assert_eq!(gate(&o).await, None);
}

#[tokio::test]
async fn status_says_that_the_folder_holds_an_edit_nobody_wrote() {
    let o = office(3);
    o.ok(&["apply"]);
    o.ok(&["approve", "chien-dich/bai", "--by", "binh"]);
    assert_eq!(o.loa(&["status"]).status.code(), Some(0));
    o.write("campaigns/chien-dich/posts/bai/noi-dung.md", "Nội dung khác hẳn.\n");
    let out = o.loa(&["status"]);
    assert_eq!(out.status.code(), Some(1));
    let said = String::from_utf8_lossy(&out.stdout).into_owned();
    assert!(said.contains("thay đổi chưa ghi") && said.contains("apply"), "{said}");
}

/// An office that posts to a Telegram channel, with a link that a template prints.
fn telegram_office() -> Office {
    let o = Office::new("  tele:\n    kind: telegram\n    token_file: bi-mat/tele.txt\n", "");
    o.units(
        "  - id: so\n    name: Sở Thử\n    kind: department\n    channels:\n      telegram:\n        account: tele\n        \
         address: \"-1001234\"\n",
    );
    o.write(
        "campaigns/chien-dich/posts/bai/post.yaml",
        &format!(
            "title: Thông báo\nauthor: an\nfor: nguoi-dan\nmessage: chinh\nlink: https://so.example/bai\nsend:\n  \
             - channel: telegram\n    to: so\n    at: {}\n    late_ok: 2 days\n",
            wall(-5)
        ),
    );
    o.write("campaigns/chien-dich/posts/bai/noi-dung.md", "Câu thứ nhất.\n\nCâu thứ hai.\n");
    o
}

/// What left, in the sandbox.
fn outbox(o: &Office) -> String {
    let folder = o.at("var/sandbox/outbox/tele");
    let mut files: Vec<_> =
        std::fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path()).collect();
    files.sort();
    // Pictures among them.
    let text = |f| String::from_utf8_lossy(&std::fs::read(f).expect("a message")).into_owned();
    files.iter().map(text).collect()
}

#[test]
fn a_template_that_changed_after_approval_changes_nothing_that_is_sent() {
    let o = telegram_office();
    let loa = |args: &[&str]| o.ok(&[&["--sandbox"], args].concat());
    loa(&["apply"]);
    assert!(!loa(&["plan"]).contains("Mẫu"), "nothing was approved yet");
    loa(&["approve", "chien-dich/bai", "--by", "binh"]);
    assert!(!loa(&["plan"]).contains("Mẫu chat/link.txt.hbs"), "it was made with this one");
    // An upgrade of the program or an office that changes its frame.
    o.write("templates/chat/link.txt.hbs", "KHUNG MỚI: {{link}}");
    let said = loa(&["plan"]);
    assert!(
        said.contains("Mẫu chat/link.txt.hbs đã đổi: 1 bài đã duyệt vẫn gửi đúng như bản đã duyệt"),
        "{said}"
    );
    assert!(said.contains("Không có gì thay đổi"), "a template edits no post: {said}");
    let json: serde_json::Value = serde_json::from_str(&loa(&["plan", "--json"])).expect("JSON");
    assert_eq!(json["templates"]["chat/link.txt.hbs"], serde_json::json!(["chien-dich/bai"]));
    o.idle(&["--sandbox"]);
    let sent = outbox(&o);
    assert!(sent.contains("Câu thứ nhất.") && sent.contains("Xem thêm: https://so.example/bai"), "{sent}");
    assert!(!sent.contains("KHUNG MỚI"), "{sent}");
}

#[test]
fn an_approver_sees_what_differs_from_what_was_approved() {
    let o = telegram_office();
    let said = o.ok(&["apply"]);
    assert!(said.contains("chờ duyệt"), "{said}");
    let first = o.ok(&["approve", "chien-dich/bai", "--by", "binh"]);
    assert!(!first.contains("Khác bản duyệt trước"), "{first}");
    o.write("campaigns/chien-dich/posts/bai/noi-dung.md", "Câu thứ nhất.\n\nCâu thứ hai, nay đã đổi.\n");
    o.write("templates/chat/link.txt.hbs", "Đọc tiếp: {{link}}");
    let plan = o.ok(&["plan", "chien-dich/bai"]);
    for line in [
        "telegram +2 −2",
        "− Câu thứ hai.",
        "+ Câu thứ hai, nay đã đổi.",
        "− Xem thêm: https://so.example/bai",
        "+ Đọc tiếp: https://so.example/bai",
    ] {
        assert!(plan.contains(line), "{line} in {plan}");
    }
    assert!(!plan.contains("Câu thứ nhất."), "what is as before is not repeated: {plan}");
    // The same on the page an approver opens.
    let pages: serde_json::Value =
        serde_json::from_str(&o.ok(&["preview", "chien-dich/bai", "--json"])).expect("JSON");
    let page = o.path().join(pages["pages"][0]["file"].as_str().expect("a page"));
    let page = std::fs::read_to_string(page).expect("a page");
    assert!(
        page.contains("<del>− Câu thứ hai.</del>") && page.contains("<ins>+ Câu thứ hai, nay đã đổi.</ins>"),
        "{page}"
    );
    o.ok(&["apply"]);
    let again = o.ok(&["approve", "chien-dich/bai", "--by", "binh"]);
    assert!(again.contains("Khác bản duyệt trước, chien-dich/bai: telegram +2 −2"), "{again}");
    // Approved as it lies there: nothing differs any more.
    let json: serde_json::Value = serde_json::from_str(&o.ok(&["plan", "--json"])).expect("JSON");
    assert_eq!(json["renditions"], serde_json::json!({}));
}

#[test]
fn a_picture_that_stands_in_the_text_alone_goes_with_it() {
    let o = telegram_office();
    let poster = "campaigns/kit/poster-biz-vn.png";
    std::fs::create_dir_all(o.at("campaigns/kit")).expect("a folder");
    let own = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(poster);
    std::fs::copy(own, o.at(poster)).expect("a picture");
    o.write(
        "campaigns/media-kit.yaml",
        "assets:\n  ap-phich:\n    kind: poster\n    title: Áp phích\n    file: kit/poster-biz-vn.png\n    alt: Áp phích vẽ một cửa hàng\n",
    );
    o.write(
        "campaigns/chien-dich/posts/bai/noi-dung.md",
        "Câu thứ nhất.\n\n![Áp phích vẽ một cửa hàng](kit:ap-phich)\n\nCâu thứ hai.\n",
    );
    o.ok(&["kit", "lock"]);
    o.ok(&["--sandbox", "apply"]);
    o.ok(&["--sandbox", "approve", "chien-dich/bai", "--by", "binh"]);
    o.idle(&["--sandbox"]);
    let sent = outbox(&o);
    assert!(sent.contains("Câu thứ nhất."), "{sent}");
    assert!(sent.contains("\u{fffd}PNG"), "the picture itself, not its name alone");
}
