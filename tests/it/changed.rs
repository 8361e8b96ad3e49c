//! What an approved post rests on changes before it goes: nothing goes that is no longer what was approved, and what is again goes on.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use loa::domain::delivery::State;

use crate::support::office::{Office, wall};

/// An office whose approved post shows a picture of the kit and states a fact, due by now.
fn approved() -> Office {
    approved_in("", None)
}

/// The same with further settings; its post may show the leaflet in this text instead.
fn approved_in(settings: &str, text: Option<&str>) -> Office {
    let settings = format!("default_accounts:\n  email: gia-lap\n{settings}");
    let o = Office::new("  gia-lap:\n    kind: scripted\n", &settings);
    o.units("  - id: so\n    name: Sở Thử\n    kind: department\n");
    o.list("ho", &["a@khach.example".to_owned(), "b@khach.example".to_owned()]);
    picture(&o, "ap-phich", 10);
    picture(&o, "bia", 11);
    o.write("campaigns/kit/to-roi.pdf", "%PDF-1.7\n1 0 obj\nendobj\nstartxref\n0\n%%EOF\n");
    o.write(
        "campaigns/media-kit.yaml",
        "assets:\n  ap-phich:\n    kind: poster\n    title: Áp phích\n    file: kit/ap-phich.png\n    alt: Một tấm áp phích\n  \
         bia:\n    kind: poster\n    title: Bìa\n    file: kit/bia.png\n    alt: Bìa tờ rơi\n  \
         to-roi:\n    kind: leaflet\n    title: Tờ rơi\n    url: https://kit.example/to-roi.pdf\n    file: kit/to-roi.pdf\n    preview: bia\n",
    );
    o.ok(&["kit", "lock"]);
    let at = wall(-5);
    o.post(
        "bai",
        "Áp phích mới",
        &format!(
            "  - channel: email\n    to: ho\n    at: {at}\nassets:\n  - kit: ap-phich\n{}",
            if text.is_none() { "  - kit: to-roi\n" } else { "" }
        ),
    );
    if let Some(text) = text {
        o.write("campaigns/chien-dich/posts/bai/noi-dung.md", text);
    }
    o.apply_and_approve();
    o
}

fn picture(o: &Office, id: &str, side: u32) {
    let mut png = std::io::Cursor::new(vec![]);
    image::DynamicImage::new_rgb8(side, side).write_to(&mut png, image::ImageFormat::Png).unwrap();
    o.write(&format!("campaigns/kit/{id}.png"), "");
    std::fs::write(o.at(&format!("campaigns/kit/{id}.png")), png.into_inner()).unwrap();
}

fn edit(o: &Office, name: &str, from: &str, to: &str) {
    let text = std::fs::read_to_string(o.at(name)).unwrap();
    assert!(text.contains(from), "{text}");
    o.write(name, &text.replacen(from, to, 1));
}

/// Runs, and says in which states the rows are, and why they are held.
async fn run(o: &Office) -> (Vec<State>, Option<String>) {
    o.idle(&[]);
    let gate = o.store().await.occurrence_all().await.unwrap()[0].gate.clone();
    (o.ledger().await.iter().map(|r| r.state()).collect(), gate)
}

const KIT: Option<&str> = Some("kit");

#[tokio::test]
async fn a_post_whose_kit_is_not_what_was_approved_stays() {
    for (what, change) in [
        (
            "its original changed",
            (|o| {
                let lock = std::fs::read_to_string(o.at("campaigns/media-kit.lock")).unwrap();
                let entry = lock.find("ap-phich:").unwrap();
                let mime = entry + lock[entry..].find("    mime:").or(lock[entry..].find("  mime:")).unwrap();
                let indent =
                    &lock[lock[..mime].rfind('\n').unwrap() + 1..mime + lock[mime..].find('m').unwrap()];
                let found = format!("{indent}found: {}\n", "ab".repeat(32));
                let line = lock[..mime].rfind('\n').unwrap() + 1;
                o.write("campaigns/media-kit.lock", &format!("{}{found}{}", &lock[..line], &lock[line..]));
            }) as fn(&Office),
        ),
        ("its file was altered", |o| picture(o, "ap-phich", 12)),
        ("its file is gone", |o| std::fs::remove_file(o.at("campaigns/kit/ap-phich.png")).unwrap()),
        ("what stands for its leaflet was altered", |o| picture(o, "bia", 12)),
        ("another file was pinned", |o| {
            picture(o, "ap-phich", 12);
            o.ok(&["kit", "pin", "ap-phich"]);
        }),
        ("it is no longer declared", |o| {
            edit(
                o,
                "campaigns/media-kit.yaml",
                "  ap-phich:\n    kind: poster\n    title: Áp phích\n    file: kit/ap-phich.png\n    alt: Một tấm áp phích\n",
                "",
            );
        }),
    ] {
        let o = approved();
        let before: Vec<_> = ["media-kit.yaml", "media-kit.lock", "kit/ap-phich.png", "kit/bia.png"]
            .into_iter()
            .map(|f| {
                (o.at(&format!("campaigns/{f}")), std::fs::read(o.at(&format!("campaigns/{f}"))).unwrap())
            })
            .collect();
        change(&o);
        let (states, gate) = run(&o).await;
        assert_eq!(
            (states.iter().filter(|s| **s == State::Sent).count(), gate.as_deref()),
            (0, KIT),
            "{what}"
        );
        let told = o.loa(&["status"]);
        let told = String::from_utf8_lossy(&told.stdout).into_owned();
        assert!(told.contains("tư liệu không còn như lúc duyệt"), "{what}: {told}");
        // What comes back as it was goes on, without another approval.
        before.iter().for_each(|(path, bytes)| std::fs::write(path, bytes).unwrap());
        let (states, gate) = run(&o).await;
        assert_eq!((states, gate), (vec![State::Sent; 2], None), "{what}");
    }
}

#[tokio::test]
async fn another_file_goes_once_it_is_pinned_written_and_approved() {
    let o = approved();
    picture(&o, "ap-phich", 12);
    o.ok(&["kit", "pin", "ap-phich"]);
    assert_eq!(run(&o).await.1.as_deref(), KIT);
    let plan = o.ok(&["plan"]);
    assert!(plan.contains("duyệt lại"), "{plan}");
    o.apply_and_approve();
    assert_eq!(run(&o).await, (vec![State::Sent; 2], None));
}

const LEAFLET: Option<&str> = Some("Bà con xem ![Một tờ rơi](kit:to-roi) nhé.\n");

#[tokio::test]
async fn what_stands_for_a_leaflet_of_the_text_is_asked_too() {
    let o = approved_in("", LEAFLET);
    picture(&o, "bia", 12);
    let (states, gate) = run(&o).await;
    assert_eq!((states.contains(&State::Sent), gate.as_deref()), (false, KIT));
    // Pinned anew it is another post, which nobody has approved.
    o.ok(&["kit", "pin", "bia"]);
    assert!(o.ok(&["plan"]).contains("duyệt lại"));
    o.ok(&["apply"]);
    let (states, gate) = run(&o).await;
    assert_eq!((states.contains(&State::Sent), gate.as_deref()), (false, Some("unapproved")));
    o.apply_and_approve();
    assert_eq!(run(&o).await, (vec![State::Sent; 2], None));
}

#[tokio::test]
async fn an_office_that_applies_by_hand_is_held_all_the_same() {
    let o = approved_in("auto_apply: off\n", LEAFLET);
    picture(&o, "bia", 12);
    edit(&o, "campaigns/chien-dich/posts/bai/post.yaml", "Áp phích mới", "Áp phích khác");
    let (states, gate) = run(&o).await;
    assert_eq!((states.contains(&State::Sent), gate.as_deref()), (false, KIT));
    picture(&o, "bia", 11);
    // Nothing else of the folder was taken: the post goes as it was approved.
    assert_eq!(run(&o).await, (vec![State::Sent; 2], None));
}

#[tokio::test]
async fn a_lock_that_cannot_be_read_holds() {
    let o = approved();
    edit(&o, "campaigns/media-kit.lock", "  mime: image/png", "  mime: image/png\n  found: x1");
    let (states, gate) = run(&o).await;
    assert_eq!((states.contains(&State::Sent), gate.as_deref()), (false, KIT));
}

#[tokio::test]
async fn a_fact_that_is_put_right_is_not_told_in_its_old_words() {
    let o = approved();
    edit(&o, "campaigns/facts.yaml", "từ 8 giờ", "từ 7 giờ 30");
    let (states, gate) = run(&o).await;
    assert_eq!((states.iter().filter(|s| **s == State::Sent).count(), gate.as_deref()), (0, Some("facts")));
    let told = String::from_utf8_lossy(&o.loa(&["status"]).stdout).into_owned();
    assert!(told.contains("lời văn đã sửa sau khi duyệt"), "{told}");
    o.apply_and_approve();
    assert_eq!(run(&o).await, (vec![State::Sent; 2], None));
}

#[tokio::test]
async fn a_kit_that_cannot_be_read_changes_nothing() {
    let o = approved();
    o.write("campaigns/media-kit.yaml", "assets: [\n");
    assert_eq!(run(&o).await, (vec![State::Sent; 2], None));
}
