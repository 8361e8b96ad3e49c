//! What stands for an asset, what is found by another computer, what comes out of folders and goes into packs: each told to whoever
//! works with the kit.

use std::path::Path;

use crate::support::files::{clip, pdf};
use crate::support::office::{Office, wall};
use crate::support::shelf::{Shelf, Way, png};

fn run(o: &Office, args: &[&str], want: i32) -> String {
    let out = o.loa(args);
    let text = format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    assert_eq!(out.status.code(), Some(want), "{args:?}: {text}");
    text
}

fn put(o: &Office, name: &str, bytes: &[u8]) {
    o.write(name, "");
    std::fs::write(o.at(name), bytes).expect("a file");
}

/// An office with a clip and its cover, and a poster, all fetched from a shelf; two posts of it: one lists the clip, the other shows the
/// poster in its text.
fn office(shelf: &Shelf) -> Office {
    let o = Office::new(
        "  thu:\n    kind: scripted\n",
        &format!("default_accounts:\n  email: thu\nkit:\n  allow_private:\n    - {}\n", shelf.host()),
    );
    // The clip is led to where it lies, which is within the office: so is who reads of it.
    let settings = std::fs::read_to_string(o.at("loa.yaml")).expect("it is there");
    o.write("loa.yaml", &settings.replace("approval:\n", "approval:\n  internal:\n    - lanh-dao\n"));
    o.units("  - id: so\n    name: Sở Thử\n    kind: department\n");
    o.list("ds", &["p@khach.example".to_owned()]);
    let send = format!("  - channel: email\n    to: ds\n    at: {}\n", wall(3 * 24 * 60));
    o.post("mot", "Thông báo", &format!("{send}assets:\n  - kit: clip\nclass: internal\n"));
    o.post("hai", "Thông báo khác", &send);
    let text = "campaigns/chien-dich/posts/hai/noi-dung.md";
    let words = std::fs::read_to_string(o.at(text)).expect("it is there");
    o.write(text, &format!("{words}\n![Áp phích một cửa hàng][ap]\n\n[ap]: kit:poster\n"));
    o.write(
        "campaigns/media-kit.yaml",
        &format!(
            "assets:\n  clip:\n    kind: video\n    title: Clip\n    url: {}\n    file: kit/clip.mp4\n    preview: bia\n  bia:\n    \
             kind: poster\n    title: Bìa\n    alt: Bìa của clip\n    url: {}\n    file: kit/bia.png\n  poster:\n    kind: poster\n    \
             title: Áp phích\n    alt: Một cửa hàng\n    url: {}\n    file: kit/poster.png\n",
            shelf.url("clip.mp4"),
            shelf.url("bia"),
            shelf.url("poster.png")
        ),
    );
    shelf.set("clip.mp4", Way::File("video/mp4", clip(2000)));
    // Not every address ends in what it is.
    shelf.set("bia", Way::File("image/png", png(1, 20)));
    shelf.set("poster.png", Way::File("image/png", png(2, 20)));
    run(&o, &["kit", "sync"], 1);
    run(&o, &["kit", "pin", "clip", "bia", "poster"], 0);
    run(&o, &["check"], 0);
    o
}

#[test]
fn what_stands_for_an_asset_or_in_a_text_holds_its_posts_when_it_changes() {
    let shelf = Shelf::start();
    let o = office(&shelf);
    let status = run(&o, &["kit", "status"], 0);
    let of = |id: &str| {
        status
            .split(&format!("{id:6}  "))
            .nth(1)
            .and_then(|s| s.lines().nth(1))
            .unwrap_or_default()
            .to_owned()
    };
    assert!(of("bia").contains("chien-dich/mot") && of("poster").contains("chien-dich/hai"), "{status}");
    let held = |post: &str, other: &str| {
        let says = run(&o, &["check"], 1);
        let a006: String = says.lines().filter(|l| l.contains("A006")).collect();
        assert!(
            a006.contains(&format!("posts/{post}/")) && !a006.contains(&format!("posts/{other}/")),
            "{says}"
        );
    };
    shelf.set("bia", Way::File("image/png", png(9, 20)));
    let says = run(&o, &["kit", "sync"], 1);
    assert!(says.contains("bia: BẢN GỐC ĐÃ ĐỔI"), "{says}");
    held("mot", "hai");
    run(&o, &["kit", "keep", "bia"], 0);
    put(&o, "campaigns/kit/poster.png", &png(77, 20));
    held("hai", "mot");
    // A file that was altered is shown beside what was pinned.
    let page = o.at("var/kit/compare.html");
    assert!(run(&o, &["kit", "compare"], 1).contains("compare.html"));
    let html = std::fs::read_to_string(&page).expect("a page");
    assert!(html.contains("đã bị đổi") && html.contains("href=\"poster-old.png\""), "{html}");
    assert!(
        html.contains(&format!("loa -w {}", o.path().display())),
        "commands as they are typed here: {html}"
    );
    let old = std::fs::read(page.with_file_name("poster-old.png")).expect("the pinned one");
    assert!(old == png(2, 20));
}

#[test]
fn what_another_computer_found_is_fetched_before_anybody_decides() {
    let shelf = Shelf::start();
    let o = office(&shelf);
    shelf.set("poster.png", Way::File("image/png", png(9, 20)));
    run(&o, &["kit", "sync"], 1);
    // The lock came by git; what was fetched did not.
    std::fs::remove_dir_all(o.at("var")).expect("it is there");
    for (command, says) in [
        (&["kit", "status"][..], "kit sync poster"),
        (&["kit", "pin", "poster"], "kit sync poster"),
        (&["kit", "compare"], "compare.html"),
    ] {
        let said = run(&o, command, 1);
        assert!(said.contains(says), "{command:?}: {said}");
    }
    let page = std::fs::read_to_string(o.at("var/kit/compare.html")).expect("a page");
    assert!(page.contains("chưa có ở máy này") && page.contains("kit sync poster"), "{page}");
    run(&o, &["kit", "sync", "poster"], 1);
    run(&o, &["kit", "pin", "poster"], 0);
}

#[test]
fn a_rehearsal_pins_nothing() {
    let shelf = Shelf::start();
    let o = office(&shelf);
    let lock = || std::fs::read(o.at("campaigns/media-kit.lock")).expect("a lock");
    let before = lock();
    shelf.set("poster.png", Way::File("image/png", png(9, 20)));
    for command in
        [&["kit", "sync"][..], &["kit", "pin", "poster"], &["kit", "lock"], &["kit", "keep", "poster"]]
    {
        let says = run(&o, &[&["--sandbox"][..], command].concat(), 3);
        assert!(says.contains("--sandbox"), "{says}");
    }
    assert!(lock() == before && !o.at("var/sandbox/kit").exists());
    run(&o, &["--sandbox", "kit", "status"], 0);
}

#[test]
fn a_page_about_an_asset_is_no_fault_and_what_is_no_file_of_it_is() {
    let shelf = Shelf::start();
    let o = office(&shelf);
    shelf.set(
        "bia",
        Way::File("text/html; charset=utf-8", b"<!doctype html><p>Gi\xe1\xbb\x9bi thi\xe1\xbb\x87u".to_vec()),
    );
    assert!(run(&o, &["kit", "sync"], 1).contains("bia: KHÔNG NHẬN"), "a file lay there the last time");
    std::fs::remove_dir_all(o.at("var")).expect("it is there");
    let says = run(&o, &["kit", "sync"], 0);
    assert!(says.contains("Không có địa chỉ của chính tệp") && says.contains("bia"), "{says}");
    shelf.set("poster.png", Way::File("text/html", b"<!doctype html><p>M\xe1\xbb\x9di".to_vec()));
    assert!(run(&o, &["kit", "sync"], 1).contains("poster: KHÔNG NHẬN"));
}

#[test]
fn a_folder_is_imported_once() {
    let o = Office::new("  thu:\n    kind: scripted\n", "default_accounts:\n  email: thu\n");
    put(&o, "goi/Áp phích.png", &png(1, 20));
    put(&o, "goi/con/Tờ rơi.pdf", pdf("một").as_bytes());
    put(&o, "goi/Trình chiếu.pptx", b"PK\x03\x04");
    let folder = o.at("goi").display().to_string();
    let import = ["kit", "import", folder.as_str(), "--append"];
    let says = run(&o, &import, 0);
    assert!(says.contains("Đã thêm 2 mục") && says.contains("Trình chiếu.pptx"), "{says}");
    let manifest = || std::fs::read_to_string(o.at("campaigns/media-kit.yaml")).expect("it is there");
    let first = manifest();
    let says = run(&o, &import, 0);
    assert!(says.contains("Không có tệp nào mới") && says.contains("Đã có trong bộ"), "{says}");
    assert_eq!(manifest(), first, "nothing twice, also before anything is pinned");
}

#[test]
fn a_pack_says_what_it_holds_and_what_became_of_it() {
    let shelf = Shelf::start();
    let o = office(&shelf);
    shelf.set("poster.png", Way::File("image/png", png(9, 20)));
    run(&o, &["kit", "sync"], 1);
    let file = o.at("bo.tar").display().to_string();
    let says = run(&o, &["kit", "pack", &file], 1);
    assert!(says.contains("Bản gốc đã đổi") && says.contains("poster"), "{says}");
    let empty = || Office::new("  thu:\n    kind: scripted\n", "default_accounts:\n  email: thu\n");
    let there = empty();
    let says = run(&there, &["kit", "unpack", &file, "--pin"], 0);
    assert!(says.matches("đã nhận và ghim").count() == 3, "{says}");
    run(&there, &["kit", "status"], 0);
    assert!(run(&there, &["kit", "unpack", &file, "--pin"], 0).contains("vẫn là bản đã ghim"));
    // Refused half-way is refused before anything is written.
    let manifest = o.at("campaigns/media-kit.yaml");
    let text = std::fs::read_to_string(&manifest).expect("it is there");
    let other = format!("    file: kit/bia.png\n    sha256: {}\n", "a".repeat(64));
    std::fs::write(&manifest, text.replace("    file: kit/bia.png\n", &other)).expect("a file");
    let whole = std::fs::read(&file).expect("a pack");
    let bad = o.at("hong.tar");
    std::fs::write(&bad, repacked(&whole, &std::fs::read(&manifest).expect("it is there"))).expect("a file");
    let there = empty();
    run(&there, &["kit", "unpack", &bad.display().to_string(), "--pin"], 3);
    assert!(nothing_below(&there.at("campaigns/kit")) && !there.at("campaigns/media-kit.yaml").exists());
}

fn nothing_below(folder: &Path) -> bool {
    std::fs::read_dir(folder).map_or(true, |mut list| list.next().is_none())
}

/// The same pack with another manifest, as somebody might make one.
fn repacked(tar: &[u8], manifest: &[u8]) -> Vec<u8> {
    let mut files = vec![];
    loa::kit::unpack(&mut &tar[..], |e| {
        files.push(e);
        Ok::<_, loa::kit::PackFault>(())
    })
    .expect("a pack");
    let mut out = vec![];
    let entries = files
        .iter()
        .map(|e| (e.name.as_str(), if e.name == "media-kit.yaml" { manifest } else { e.bytes.as_slice() }));
    loa::kit::pack(&mut out, entries).expect("a pack");
    out
}
