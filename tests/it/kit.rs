//! The media kit against a server that changes, lies, stalls, never ends, cuts off, and leads astray; and in a pack, without one.

use std::time::Duration;

use loa::mirror::{Fetched, Kit, Refused, sync};
use loa::transport::{FileFault, Limits};

use crate::support::files::pdf;
use crate::support::office::{Office, wall};
use crate::support::shelf::{Shelf, Way, png, tag};

/// An office whose kit has one poster at an address, used by a mail that two people approve between them.
fn office(shelf: &Shelf) -> Office {
    let o = Office::new(
        "  thu:\n    kind: scripted\n",
        &format!("default_accounts:\n  email: thu\nkit:\n  allow_private:\n    - {}\n", shelf.host()),
    );
    o.units("  - id: so\n    name: Sở Thử\n    kind: department\n");
    o.list("ds", &["p@khach.example".to_owned()]);
    o.post("bai", "Thông báo", &format!("  - channel: email\n    to: ds\n    at: {}\n", wall(3 * 24 * 60)));
    let post = "campaigns/chien-dich/posts/bai/post.yaml";
    let text = std::fs::read_to_string(o.at(post)).expect("it is there");
    o.write(post, &text.replace("send:", "assets:\n  - kit: poster\n    alt: Áp phích\nsend:"));
    o.write(
        "campaigns/media-kit.yaml",
        &format!("assets:\n  poster:\n    kind: poster\n    title: Áp phích\n    url: {}\n    file: kit/poster.png\n", shelf.url("a.png")),
    );
    o
}

/// The same, with the poster fetched and pinned.
fn pinned() -> (Shelf, Office) {
    let shelf = Shelf::start();
    let o = office(&shelf);
    shelf.set("a.png", Way::File("image/png", png(10, 20)));
    run(&o, &["kit", "sync"], 1);
    run(&o, &["kit", "pin", "poster"], 0);
    (shelf, o)
}

fn run(o: &Office, args: &[&str], want: i32) -> String {
    let out = o.loa(args);
    let text = format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    assert_eq!(out.status.code(), Some(want), "{args:?}: {text}");
    text
}

const LIMITS: Limits =
    Limits { bytes: 200_000, stall: Duration::from_millis(400), total: Duration::from_secs(30) };

async fn fetch(o: &Office, shelf: &Shelf) -> Fetched {
    let mut kit = Kit::open(o.path(), &o.at("var")).expect("it is there");
    let today = chrono::NaiveDate::from_ymd_opt(2026, 11, 27).expect("a day");
    sync(&mut kit, "poster", &[shelf.host()], Some(LIMITS), today).await.expect("it is there")
}

/// Nothing but what is named lies in the kit's folder.
fn folder(o: &Office) -> Vec<String> {
    let list = std::fs::read_dir(o.at("campaigns/kit")).into_iter().flatten().flatten();
    list.map(|e| e.file_name().to_string_lossy().into_owned()).collect()
}

#[test]
fn a_changed_original_holds_its_posts_until_a_person_chooses() {
    let shelf = Shelf::start();
    let o = office(&shelf);
    let (old, new) = (png(10, 20), png(200, 24));
    shelf.set("a.png", Way::File("image/png", old.clone()));
    // Imported and not fetched: nothing is wrong, and the post waits.
    assert!(run(&o, &["check"], 1).contains("A008"));
    assert!(run(&o, &["kit", "status"], 1).contains("kit sync poster"));
    let says = run(&o, &["kit", "sync"], 1);
    assert!(says.contains("chưa ghim") && says.contains("kit pin poster"), "{says}");
    assert_eq!(std::fs::read(o.at("campaigns/kit/poster.png")).expect("it is there"), old);
    assert!(run(&o, &["check"], 1).contains("A001"));
    assert!(!o.at("campaigns/media-kit.lock").exists(), "nothing is pinned by itself");
    run(&o, &["kit", "pin", "poster"], 0);
    run(&o, &["check"], 0);
    run(&o, &["kit", "status"], 0);
    run(&o, &["apply"], 0);
    assert!(run(&o, &["approve", "chien-dich", "--by", "binh"], 0).contains("Đủ bước"));
    // The same again: the server need not send it.
    shelf.asked();
    run(&o, &["kit", "sync"], 0);
    assert_eq!(shelf.asked(), ["/a.png etag"]);

    // It changes there: what is here stays, the post is held, both are shown.
    shelf.set("a.png", Way::File("image/png", new.clone()));
    let says = run(&o, &["kit", "sync"], 1);
    assert!(says.contains("BẢN GỐC ĐÃ ĐỔI") && says.contains("compare.html"), "{says}");
    assert_eq!(std::fs::read(o.at("campaigns/kit/poster.png")).expect("it is there"), old);
    let page = std::fs::read_to_string(o.at("var/kit/compare.html")).expect("it is there");
    assert!(
        page.contains("20 × 20 px") && page.contains("24 × 24 px") && page.contains("chien-dich/bai"),
        "{page}"
    );
    let check = run(&o, &["check"], 1);
    assert!(check.contains("A009") && check.contains("A006"), "{check}");
    run(&o, &["apply"], 1);
    assert!(run(&o, &["status"], 1).contains("A006"));
    assert!(run(&o, &["kit", "status"], 1).contains("chien-dich/bai"));
    // Somebody looks and keeps the old one: the approval stands, and it is not asked about again.
    run(&o, &["kit", "keep", "poster"], 0);
    run(&o, &["check"], 0);
    assert!(run(&o, &["kit", "sync"], 0).contains("giữ bản đang ghim"));
    run(&o, &["apply"], 0);
    assert!(run(&o, &["approve", "chien-dich", "--by", "binh"], 3).contains("không có bài nào chờ duyệt"));
    // And another one: taken this time, which asks for a new approval.
    let third = png(90, 30);
    shelf.set("a.png", Way::File("image/png", third.clone()));
    run(&o, &["kit", "sync"], 1);
    assert!(run(&o, &["kit", "pin", "poster"], 0).contains("chien-dich/bai"));
    assert_eq!(std::fs::read(o.at("campaigns/kit/poster.png")).expect("it is there"), third);
    run(&o, &["check"], 0);
    run(&o, &["apply"], 0);
    assert!(
        run(&o, &["approve", "chien-dich", "--by", "binh"], 0).contains("Đủ bước"),
        "what was approved was another picture"
    );
    run(&o, &["kit", "verify"], 0);
    // A file that was altered by hand is told, and so is one of the store.
    o.write("campaigns/kit/poster.png", "khác");
    assert!(run(&o, &["kit", "verify"], 1).contains("poster"));
    // A file that is lost comes back as it was pinned.
    std::fs::remove_file(o.at("campaigns/kit/poster.png")).expect("it is there");
    run(&o, &["kit", "sync"], 0);
    assert_eq!(std::fs::read(o.at("campaigns/kit/poster.png")).expect("it is there"), third);
}

#[tokio::test]
async fn a_fetch_that_breaks_off_is_gone_on_with() {
    let shelf = Shelf::start();
    let o = office(&shelf);
    let (a, b) = (png(10, 60), png(20, 60));
    shelf.set("a.png", Way::Cut(500, a.clone()));
    assert!(matches!(fetch(&o, &shelf).await, Fetched::Refused(Refused::Fetch(FileFault::Broke(500)))));
    assert!(folder(&o).is_empty(), "half a file is no file");
    assert!(matches!(fetch(&o, &shelf).await, Fetched::New));
    assert_eq!(shelf.asked(), ["/a.png", "/a.png bytes=500-"]);
    assert_eq!(std::fs::read(o.at("campaigns/kit/poster.png")).expect("it is there"), a);
    // Another file in the meantime: the part is void, by `If-Range`.
    let o = office(&shelf);
    shelf.set("a.png", Way::CutThenOther(500, a, b.clone()));
    assert!(matches!(fetch(&o, &shelf).await, Fetched::Refused(Refused::Fetch(FileFault::Broke(500)))));
    assert!(matches!(fetch(&o, &shelf).await, Fetched::New));
    assert_eq!(std::fs::read(o.at("campaigns/kit/poster.png")).expect("it is there"), b);
}

/// Not every server that knows ranges knows `If-Range`, and what is passed on may be shorter than it says.
#[tokio::test]
async fn what_goes_on_is_of_the_same_file_and_comes_to_its_end() {
    let shelf = Shelf::start();
    let (a, b) = (png(10, 60), png(20, 60));
    let range = |whole: usize| format!("content-range: bytes 200-{}/{whole}\r\n", whole - 1);
    let of = |bytes: &[u8]| format!("etag: {}\r\n{}", tag(bytes), range(bytes.len()));
    let star = format!("etag: {}\r\ncontent-range: bytes 200-{}/*\r\n", tag(&a), a.len() - 1);
    let rows = [
        ("another file", b.clone(), of(&b), b[200..].to_vec()),
        ("nothing says of which", b.clone(), range(b.len()), b[200..].to_vec()),
        ("nobody says how much", a.clone(), star, a[200..300].to_vec()),
    ];
    for (what, now, more, bytes) in rows {
        let o = office(&shelf);
        shelf.set("a.png", Way::Cut(200, a.clone()));
        assert!(matches!(fetch(&o, &shelf).await, Fetched::Refused(Refused::Fetch(FileFault::Broke(200)))));
        shelf.set("a.png", Way::Part(now.clone(), more, bytes));
        shelf.asked();
        assert!(matches!(fetch(&o, &shelf).await, Fetched::New), "{what}");
        assert_eq!(shelf.asked(), ["/a.png bytes=200-", "/a.png"], "{what}: from the start");
        assert!(std::fs::read(o.at("campaigns/kit/poster.png")).expect("it is there") == now, "{what}");
    }
    // Less than its range says is not the end: the next fetch goes on.
    let o = office(&shelf);
    shelf.set("a.png", Way::Cut(200, a.clone()));
    assert!(matches!(fetch(&o, &shelf).await, Fetched::Refused(Refused::Fetch(FileFault::Broke(200)))));
    shelf.set("a.png", Way::Part(a.clone(), of(&a), a[200..300].to_vec()));
    assert!(matches!(fetch(&o, &shelf).await, Fetched::Refused(Refused::Fetch(FileFault::Broke(300)))));
    shelf.set("a.png", Way::Cut(200, a.clone()));
    assert!(matches!(fetch(&o, &shelf).await, Fetched::New));
    assert!(std::fs::read(o.at("campaigns/kit/poster.png")).expect("it is there") == a);
    // More than it says belongs to nothing.
    let o = office(&shelf);
    assert!(matches!(fetch(&o, &shelf).await, Fetched::Refused(Refused::Fetch(FileFault::Broke(200)))));
    shelf.set("a.png", Way::Part(a.clone(), of(&a), [&a[200..], &[0; 9]].concat()));
    assert!(matches!(fetch(&o, &shelf).await, Fetched::Refused(Refused::Fetch(FileFault::Confused))));
    assert!(folder(&o).is_empty());
}

#[tokio::test]
async fn half_a_photograph_is_not_taken_pinned_or_approved() {
    let shelf = Shelf::start();
    let o = office(&shelf);
    let kit = o.at("campaigns/media-kit.yaml");
    let yaml = std::fs::read_to_string(&kit).expect("it is there");
    std::fs::write(&kit, yaml.replace("poster.png", "poster.jpg")).expect("it is there");
    let mut jpeg = std::io::Cursor::new(vec![]);
    let picture =
        image::RgbImage::from_fn(200, 150, |x, y| image::Rgb([(x * y) as u8, (x ^ y) as u8, y as u8]));
    image::DynamicImage::ImageRgb8(picture).write_to(&mut jpeg, image::ImageFormat::Jpeg).expect("a picture");
    let jpeg = jpeg.into_inner();
    shelf.set("a.png", Way::HangsUp("image/jpeg", jpeg.len() / 2, jpeg.clone()));
    let got = fetch(&o, &shelf).await;
    assert!(
        matches!(got, Fetched::Refused(Refused::File(loa::kit::KitError::NotWhole("image/jpeg")))),
        "{got:?}"
    );
    assert!(folder(&o).is_empty());
    std::fs::create_dir_all(o.at("campaigns/kit")).expect("a folder");
    std::fs::write(o.at("campaigns/kit/poster.jpg"), &jpeg[..jpeg.len() / 2]).expect("a file");
    for command in [&["kit", "pin", "poster"][..], &["kit", "lock"], &["kit", "verify"], &["kit", "status"]] {
        let says = run(&o, command, 1);
        assert!(says.contains("đứt giữa chừng"), "{command:?}: {says}");
    }
    shelf.set("a.png", Way::HangsUp("image/jpeg", jpeg.len(), jpeg.clone()));
    std::fs::remove_file(o.at("campaigns/kit/poster.jpg")).expect("it is there");
    assert!(
        matches!(fetch(&o, &shelf).await, Fetched::New),
        "a server that counts nothing, and a whole file"
    );
    run(&o, &["kit", "pin", "poster"], 0);
    // A picture of the post's own is looked at when it is approved.
    let post = "campaigns/chien-dich/posts/bai/post.yaml";
    let text = std::fs::read_to_string(o.at(post)).expect("it is there");
    std::fs::write(o.at("campaigns/chien-dich/posts/bai/anh.jpg"), &jpeg[..jpeg.len() / 2]).expect("a file");
    o.write(post, &text.replace("assets:\n", "assets:\n  - file: anh.jpg\n    alt: Ảnh chụp\n"));
    run(&o, &["apply"], 0);
    let says = run(&o, &["approve", "chien-dich", "--by", "binh"], 1);
    assert!(says.contains("anh.jpg: ảnh (image/jpeg) đứt giữa chừng"), "{says}");
}

#[tokio::test]
async fn whatever_a_server_does_ends_in_a_word() {
    let shelf = Shelf::start();
    let other = Shelf::start();
    other.set("a.png", Way::File("image/png", png(1, 9)));
    let o = office(&shelf);
    let gif = b"GIF89a\x01\0\x01\0\0\0\0;".to_vec();
    let mut broken = png(1, 50);
    broken.truncate(300);
    type Is = fn(&Refused) -> bool;
    let rows: Vec<(&str, Way, Is)> = vec![
        ("silent", Way::Silent, |r| matches!(r, Refused::Fetch(FileFault::Stalled(_)))),
        ("endless", Way::Endless, |r| matches!(r, Refused::Fetch(FileFault::TooLarge(_)))),
        ("boasts", Way::Boasts, |r| matches!(r, Refused::Fetch(FileFault::TooLarge(_)))),
        ("a page", Way::File("text/html", b"<!DOCTYPE html><p>Not here".to_vec()), |r| {
            matches!(r, Refused::Page)
        }),
        ("a page that says it is a picture", Way::File("image/png", b"<html>".to_vec()), |r| {
            matches!(r, Refused::Page)
        }),
        ("a type that lies", Way::File("image/jpeg", png(1, 9)), |r| matches!(r, Refused::Type(..))),
        ("a name that lies", Way::File("image/gif", gif), |r| matches!(r, Refused::File(_))),
        ("a program", Way::File("image/png", b"MZ\x90\0".to_vec()), |r| matches!(r, Refused::File(_))),
        ("a picture cut short, by its length", Way::File("image/png", broken), |r| {
            matches!(r, Refused::File(_))
        }),
        ("nothing", Way::File("image/png", vec![]), |r| matches!(r, Refused::File(_))),
        ("gone", Way::Status(404), |r| matches!(r, Refused::Fetch(FileFault::Status(404)))),
        ("a part that nobody asked for", Way::Status(206), |r| {
            matches!(r, Refused::Fetch(FileFault::Confused))
        }),
        ("unasked 304", Way::Status(304), |r| matches!(r, Refused::Fetch(FileFault::Confused))),
        ("round", Way::To(shelf.url("a.png")), |r| matches!(r, Refused::Fetch(FileFault::TooManyRedirects))),
        ("inside", Way::To(other.url("a.png")), |r| matches!(r, Refused::Fetch(FileFault::Private(_)))),
        ("inside by name", Way::To(format!("http://localhost:{}/a.png", other.addr.port())), |r| {
            matches!(r, Refused::Fetch(FileFault::Private(_)))
        }),
        ("metadata", Way::To("http://169.254.169.254/latest".into()), |r| {
            matches!(r, Refused::Fetch(FileFault::Private(_)))
        }),
        ("a file of ours", Way::To("file:///etc/passwd".into()), |r| {
            matches!(r, Refused::Fetch(FileFault::BadUrl))
        }),
    ];
    for (name, way, is) in rows {
        shelf.set("a.png", way);
        let got = fetch(&o, &shelf).await;
        let Fetched::Refused(r) = &got else { panic!("{name}: {got:?}") };
        assert!(is(r), "{name}: {r:?}");
        assert!(folder(&o).is_empty(), "{name}");
    }
    assert!(other.asked().is_empty(), "a private place was not even asked");
    // And none of it stands in the way of the real file.
    shelf.set("a.png", Way::File("application/octet-stream", png(1, 9)));
    assert!(matches!(fetch(&o, &shelf).await, Fetched::New));
}

#[tokio::test]
async fn another_file_in_its_place_is_a_changed_original_whatever_it_is() {
    // Its type is another, what the server says of it lies, or the issuer published another hash.
    for (way, published, why) in [
        (Way::File("application/pdf", pdf("một").into()), false, Some("nội dung là application/pdf")),
        (Way::File("image/jpeg", png(3, 9)), false, None),
        (Way::File("image/png", png(3, 9)), true, Some("không phải bản đã công bố")),
    ] {
        let (shelf, o) = pinned();
        if published {
            let old = loa::kit::hash(&png(10, 20));
            let kit = std::fs::read_to_string(o.at("campaigns/media-kit.yaml")).expect("it is there");
            o.write("campaigns/media-kit.yaml", &format!("{kit}    sha256: {old}\n"));
        }
        run(&o, &["check"], 0);
        shelf.set("a.png", way);
        let got = fetch(&o, &shelf).await;
        assert!(matches!(got, Fetched::Changed(_)), "{got:?}");
        assert!(run(&o, &["check"], 1).contains("A009"));
        // It becomes nothing that it is not.
        let Some(why) = why else { continue };
        assert!(run(&o, &["kit", "pin", "poster"], 1).contains(why));
        run(&o, &["kit", "keep", "poster"], 0);
        run(&o, &["check"], 0);
    }
}

#[tokio::test]
async fn an_original_that_is_gone_is_told_until_it_is_back() {
    let (shelf, o) = pinned();
    shelf.set("a.png", Way::Status(404));
    let got = fetch(&o, &shelf).await;
    assert!(matches!(got, Fetched::Refused(Refused::Fetch(FileFault::Status(404)))), "{got:?}");
    let check = run(&o, &["check"], 0);
    assert!(check.contains("A027") && check.contains("27/11/2026"), "{check}");
    shelf.set("a.png", Way::File("image/png", png(10, 20)));
    assert!(matches!(fetch(&o, &shelf).await, Fetched::Same));
    assert!(!run(&o, &["check"], 0).contains("A027"));
}

#[test]
fn a_pack_carries_a_kit_into_an_office_without_internet() {
    let shelf = Shelf::start();
    let o = office(&shelf);
    let old = png(10, 20);
    o.write("campaigns/kit/.giu", "");
    std::fs::write(o.at("campaigns/kit/poster.png"), &old).expect("it is there");
    run(&o, &["kit", "pin", "poster"], 0);
    let file = o.at("bo.tar").display().to_string();
    run(&o, &["kit", "pack", &file], 0);
    run(&o, &["kit", "pack", &file], 3);
    // An office that has no kit at all.
    let there = Office::new("  thu:\n    kind: scripted\n", "");
    there.units("  - id: so\n    name: Sở Thử\n    kind: department\n");
    assert!(run(&there, &["kit", "unpack", &file], 1).contains("kit pin poster"));
    assert_eq!(std::fs::read(there.at("campaigns/kit/poster.png")).expect("it is there"), old);
    run(&there, &["kit", "pin", "poster"], 0);
    run(&there, &["kit", "status"], 0);
    run(&there, &["kit", "unpack", &file], 0);
    // A newer pack does not replace what is pinned.
    std::fs::write(o.at("campaigns/kit/poster.png"), png(99, 22)).expect("it is there");
    run(&o, &["kit", "pin", "poster"], 0);
    let newer = o.at("moi.tar").display().to_string();
    run(&o, &["kit", "pack", &newer], 0);
    assert!(run(&there, &["kit", "unpack", &newer], 1).contains("BẢN GỐC ĐÃ ĐỔI"));
    assert_eq!(std::fs::read(there.at("campaigns/kit/poster.png")).expect("it is there"), old);
    run(&there, &["kit", "pin", "poster"], 0);
    assert_eq!(std::fs::read(there.at("campaigns/kit/poster.png")).expect("it is there"), png(99, 22));
    // Every byte counts, and nothing half comes in.
    let sound = std::fs::read(&newer).expect("it is there");
    let fresh = Office::new("  thu:\n    kind: scripted\n", "");
    let find = |what: &[u8]| sound.windows(what.len()).position(|w| w == what).expect("it is there");
    for at in [3, 600, find(b"sha256: ") + 9, find(b"\x89PNG") + 60] {
        let mut bytes = sound.clone();
        bytes[at] ^= 1;
        std::fs::write(fresh.at("hong.tar"), &bytes).expect("it is there");
        let out = fresh.loa(&["kit", "unpack", &fresh.at("hong.tar").display().to_string()]);
        let manifest = fresh.at("campaigns/media-kit.yaml");
        // A changed letter of a title is no damage that could be seen; a changed picture, pin or header is.
        if out.status.code() != Some(3) {
            let text = std::fs::read_to_string(&manifest).expect("it is there");
            assert!(at == 600 && text.contains("poster"), "{at}: {out:?}");
            std::fs::remove_file(&manifest).expect("it is there");
            std::fs::remove_dir_all(fresh.at("campaigns/kit")).expect("it is there");
        }
        assert!(!manifest.exists(), "{at}");
    }
    std::fs::write(fresh.at("cut.tar"), &sound[..sound.len() - 1500]).expect("it is there");
    run(&fresh, &["kit", "unpack", &fresh.at("cut.tar").display().to_string()], 3);
    assert!(!fresh.at("campaigns/media-kit.yaml").exists());
}

#[test]
fn a_page_and_a_folder_become_drafts_that_pass_the_check() {
    let shelf = Shelf::start();
    let o = office(&shelf);
    let page = "<h1>Tài liệu</h1><a href='/p/Ap%20phich.png'>Áp phích mới</a> <a href='/p/to-roi.pdf'>Tờ rơi</a> <a href='/x'>Trang</a>";
    shelf.set("tai-lieu", Way::File("text/html", page.as_bytes().to_vec()));
    shelf.set("a.png", Way::File("image/png", png(5, 12)));
    run(&o, &["kit", "sync"], 1);
    run(&o, &["kit", "pin", "poster"], 0);
    let url = shelf.url("tai-lieu");
    let printed = run(&o, &["kit", "import", &url], 0);
    assert!(printed.contains("  ap-phich:\n    kind: poster\n    title: \"Áp phích mới\"\n"), "{printed}");
    assert!(run(&o, &["kit", "import", &url, "--append"], 0).contains("2"));
    assert!(run(&o, &["check"], 0).contains("A008"));
    assert!(run(&o, &["kit", "import", &url, "--append"], 0).contains("Không có tệp nào mới"));
    // What breaks off is not taken for the whole.
    let long = [page.as_bytes(), &b" ".repeat(5000), b"<a href='/p/sau.pdf'>Sau</a>"].concat();
    shelf.set("tai-lieu", Way::Cut(page.len() + 100, long));
    let says = run(&o, &["kit", "import", &url], 1);
    assert!(says.contains("Chỉ đọc được phần đầu của trang"), "{says}");
    let folder = o.at("nguon");
    std::fs::create_dir_all(&folder).expect("it is there");
    std::fs::write(folder.join("Poster.png"), png(77, 14)).expect("it is there");
    std::fs::write(folder.join("Băng rôn đỏ.png"), png(78, 14)).expect("it is there");
    std::fs::write(folder.join("virus.exe"), b"MZ\x90\0").expect("it is there");
    let says = run(&o, &["kit", "import", &folder.display().to_string(), "--append"], 0);
    assert!(says.contains("virus.exe"), "{says}");
    run(&o, &["check"], 0);
    let yaml = std::fs::read_to_string(o.at("campaigns/media-kit.yaml")).expect("it is there");
    assert!(yaml.contains("  poster-2:\n") && yaml.contains("  bang-ron-do:\n    kind: banner\n"), "{yaml}");
    assert_eq!(
        std::fs::read(o.at("campaigns/kit/poster.png")).expect("it is there"),
        png(5, 12),
        "no file is written over"
    );
    run(&o, &["kit", "pin", "poster-2", "bang-ron-do"], 0);
}

#[test]
fn a_public_post_shows_the_kit_or_says_who_allowed_it_not_to() {
    let (_shelf, o) = pinned();
    let post = o.at("campaigns/chien-dich/posts/bai/post.yaml");
    let shown = std::fs::read_to_string(&post).expect("it is there");
    let bare = shown.replace("assets:\n  - kit: poster\n    alt: Áp phích\n", "");
    assert_ne!(bare, shown);
    std::fs::write(&post, &bare).expect("it is there");
    let check = run(&o, &["check"], 1);
    assert!(check.contains("A010") && check.contains("assets: [{ kit: poster }]"), "{check}");
    run(&o, &["apply"], 1);
    run(&o, &["approve", "chien-dich/bai", "--by", "binh"], 1);
    // A picture of the post's own is none of the kit's; a picture of the kit in the text alone will do.
    std::fs::write(o.at("campaigns/chien-dich/posts/bai/anh.png"), png(9, 9)).expect("it is there");
    let own = "assets:\n  - file: anh.png\n    alt: Bộ phận một cửa\nsend:";
    std::fs::write(&post, bare.replace("send:", own)).expect("it is there");
    assert!(run(&o, &["check"], 1).contains("A010"));
    std::fs::write(&post, &bare).expect("it is there");
    let text = o.at("campaigns/chien-dich/posts/bai/noi-dung.md");
    let words = std::fs::read_to_string(&text).expect("it is there");
    std::fs::write(&text, format!("{words}\n![Áp phích](kit:poster)\n")).expect("it is there");
    run(&o, &["check"], 0);
    std::fs::write(&text, &words).expect("it is there");
    // Somebody allows it, and whoever approves reads why.
    let campaign = o.at("campaigns/chien-dich/campaign.yaml");
    let plan = std::fs::read_to_string(&campaign).expect("it is there");
    let exempt = "kit_exemptions:\n  - post: bai\n    reason: Chưa có hình nào về giờ làm việc\n    approved_by: binh\n";
    // The author cannot; nor does a mention of the picture in code show it.
    std::fs::write(&campaign, format!("{plan}{}", exempt.replace("binh", "an"))).expect("it is there");
    assert!(run(&o, &["check"], 1).contains("không tự miễn"));
    std::fs::write(&text, format!("{words}\n`![x](kit:poster)`\n")).expect("it is there");
    assert!(run(&o, &["check"], 1).contains("A010"));
    std::fs::write(&campaign, format!("{plan}{exempt}")).expect("it is there");
    // So it is with a rule of the linter that the post switches off.
    std::fs::write(&text, format!("{words}\nLệ phí 50.000 đồng.\n")).expect("it is there");
    let off = "lint:\n  L013: Lệ phí do Hội đồng nhân dân quy định\n";
    std::fs::write(&post, format!("{off}{bare}")).expect("it is there");
    run(&o, &["check"], 0);
    run(&o, &["apply"], 0);
    run(&o, &["preview", "chien-dich/bai", "--out", &o.at("xem").display().to_string()], 0);
    let sheet = std::fs::read_to_string(o.at("xem/index.html")).expect("it is there");
    for part in ["Chưa có hình nào về giờ làm việc (Lê Thị Bình)", "Tắt quy tắc L013"] {
        assert!(sheet.contains(part), "{part}");
    }
    let told = run(&o, &["approve", "chien-dich", "--by", "binh"], 0);
    assert!(told.contains("Lý do: Chưa có hình nào về giờ làm việc (Lê Thị Bình cho phép)"), "{told}");
    assert!(
        told.contains("tắt quy tắc soát chữ L013. Lý do: Lệ phí do Hội đồng nhân dân quy định"),
        "{told}"
    );
    // Taken back, the post is held, approved or not.
    std::fs::write(&campaign, &plan).expect("it is there");
    assert!(run(&o, &["check"], 1).contains("A010"));
    run(&o, &["apply"], 1);
    assert!(run(&o, &["status"], 1).contains("A010"));
}

#[test]
fn a_page_that_leads_to_another_private_host_is_not_read_there() {
    let (named, other) = (Shelf::start(), Shelf::start());
    let o = office(&named);
    named.set("trang", Way::To(other.url("trang")));
    other.set("trang", Way::File("text/html", b"<a href='/bi-mat.pdf'>x</a>".to_vec()));
    let says = run(&o, &["kit", "import", &named.url("trang")], 1);
    assert!(!says.contains("bi-mat"), "{says}");
    assert!(other.asked().is_empty(), "a host that the office did not name was asked");
    // On the host that was named it may lead on.
    named.set("trang", Way::To(named.url("moi")));
    named.set("moi", Way::File("text/html", b"<a href='/to-roi.pdf'>x</a>".to_vec()));
    assert!(run(&o, &["kit", "import", &named.url("trang")], 0).contains("to-roi.pdf"));
}

#[test]
fn what_was_never_pinned_can_be_kept_and_a_file_of_two_is_not_replaced_for_one() {
    let shelf = Shelf::start();
    let o = office(&shelf);
    let (own, published) = (png(1, 16), png(2, 16));
    let file = o.at("campaigns/kit/poster.png");
    std::fs::create_dir_all(file.parent().expect("it is there")).expect("it is there");
    std::fs::write(&file, &own).expect("it is there");
    shelf.set("a.png", Way::File("image/png", published.clone()));
    run(&o, &["kit", "sync"], 1);
    assert_eq!(std::fs::read(&file).expect("it is there"), own, "what lies there is not written over");
    run(&o, &["kit", "keep", "poster"], 0);
    run(&o, &["check"], 0);
    assert!(run(&o, &["kit", "sync"], 0).contains("giữ bản đang ghim"));
    assert_eq!(std::fs::read(&file).expect("it is there"), own);
    // A second entry for the same file: a new original of one would change the other, which nobody looked at.
    let kit = o.at("campaigns/media-kit.yaml");
    let yaml = std::fs::read_to_string(&kit).expect("it is there");
    let second = "  poster-nho:\n    kind: poster\n    title: Cùng tệp\n    file: kit/poster.png\n";
    std::fs::write(&kit, format!("{yaml}{second}")).expect("it is there");
    run(&o, &["kit", "pin", "poster-nho"], 0);
    shelf.set("a.png", Way::File("image/png", png(3, 16)));
    run(&o, &["kit", "sync", "poster"], 1);
    assert!(run(&o, &["kit", "pin", "poster"], 3).contains("không ghi đè"));
    assert_eq!(std::fs::read(&file).expect("it is there"), own);
    assert!(run(&o, &["check"], 1).contains("A009"));
}

#[test]
fn whatever_a_post_shows_is_in_what_was_approved() {
    let (_shelf, o) = pinned();
    // The picture stands in the text alone, and a document goes along.
    let post = o.at("campaigns/chien-dich/posts/bai/post.yaml");
    let yaml = std::fs::read_to_string(&post).expect("it is there");
    let with = yaml.replace("assets:\n  - kit: poster\n    alt: Áp phích\n", "attach: [01/KH]\n");
    std::fs::write(&post, with).expect("it is there");
    let text = o.at("campaigns/chien-dich/posts/bai/noi-dung.md");
    let words = std::fs::read_to_string(&text).expect("it is there");
    std::fs::write(&text, format!("{words}\n![Áp phích](kit:poster)\n")).expect("it is there");
    let campaign = o.at("campaigns/chien-dich/campaign.yaml");
    let plan = std::fs::read_to_string(&campaign).expect("it is there");
    std::fs::write(
        &campaign,
        plan.replace("    number: 01/KH\n", "    number: 01/KH\n    file: van-ban/01.pdf\n"),
    )
    .expect("it is there");
    o.write("campaigns/chien-dich/van-ban/01.pdf", &pdf("một"));
    let approved = || run(&o, &["approve", "chien-dich", "--by", "binh"], 0);
    let stands = || run(&o, &["approve", "chien-dich", "--by", "binh"], 3);
    run(&o, &["apply"], 0);
    approved();
    stands();
    // Another document, and another picture under the same name: each is approved anew.
    o.write("campaigns/chien-dich/van-ban/01.pdf", &pdf("hai"));
    run(&o, &["apply"], 0);
    approved();
    std::fs::write(o.at("campaigns/kit/poster.png"), png(11, 20)).expect("it is there");
    run(&o, &["kit", "pin", "poster"], 0);
    run(&o, &["apply"], 0);
    approved();
    // So is what the kit says of an asset, where the post leaves it to the kit.
    std::fs::write(&post, &yaml).expect("it is there");
    run(&o, &["apply"], 0);
    approved();
    let kit = o.at("campaigns/media-kit.yaml");
    let declared = std::fs::read_to_string(&kit).expect("it is there");
    std::fs::write(&kit, declared.replace("title: Áp phích", "title: Áp phích khác")).expect("it is there");
    run(&o, &["apply"], 0);
    approved();
}

#[test]
fn readers_are_not_led_into_the_offices_own_network() {
    let (shelf, o) = pinned();
    o.write("campaigns/kit/to-roi.pdf", &pdf("một"));
    let kit = std::fs::read_to_string(o.at("campaigns/media-kit.yaml")).expect("it is there");
    let entry = |url: &str| {
        format!(
            "{kit}  to-roi:\n    kind: leaflet\n    title: Tờ rơi\n    url: {url}\n    file: kit/to-roi.pdf\n"
        )
    };
    o.write("campaigns/media-kit.yaml", &entry(&shelf.url("to-roi.pdf")));
    run(&o, &["kit", "pin", "to-roi"], 0);
    let post = "campaigns/chien-dich/posts/bai/post.yaml";
    let text = std::fs::read_to_string(o.at(post)).expect("it is there");
    // This kind carries no file: it leads to it.
    o.write(post, &text.replace("send:", "  - kit: to-roi\nsend:"));
    let check = run(&o, &["check"], 1);
    assert!(check.contains("R001") && check.contains("mạng nội bộ (kit.allow_private)"), "{check}");
    o.write("campaigns/media-kit.yaml", &entry("https://kit.example/to-roi.pdf"));
    run(&o, &["check"], 0);
}
