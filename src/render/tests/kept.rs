//! What an author wrote reaches the reader: addresses, links of pictures, the text that is meant for them; and nothing unseen.

use super::*;

/// A post of this text alone.
fn of(body: &str) -> Post {
    let texts = Texts { main: Some(text("noi-dung.md", body)), overrides: BTreeMap::new() };
    Post { texts, assets: vec![], attach: vec![], link: None, ..household() }
}

fn made(post: &Post, kind: &str) -> Rendition {
    try_with(post, kind).unwrap()
}

#[test]
fn newsrooms_and_sites_get_their_own_texts() {
    let mut post = of("Chữ chung.");
    for (key, body) in [("web", "Chữ cho trang."), ("press", "Chữ cho báo.")] {
        post.texts.overrides.insert(key.into(), text(&format!("{key}.md"), body));
    }
    let (site, press) = (made(&post, "hand-over"), made(&post, "press"));
    assert!(site.text.contains("Chữ cho trang.") && !site.text.contains("cho báo"), "{}", site.text);
    assert!(press.text.contains("Chữ cho báo.") && !press.text.contains("cho trang"), "{}", press.text);
    // A newspaper is asked to report; nobody tells it what to publish, or what to take down.
    for (r, asks, gone) in [(&site, true, "đưa tin"), (&press, false, "Gỡ sau")] {
        let html = r.html.as_ref().unwrap();
        for part in [&r.text, html] {
            assert_eq!(part.contains("đăng bài"), asks, "{part}");
            assert_eq!(part.contains("SAU KHI ĐĂNG") || part.contains("Sau khi đăng"), asks, "{part}");
            assert!(!part.contains(gone), "{part}");
        }
    }
    assert!(press.text.contains("trân trọng gửi quý cơ quan"));
}

#[test]
fn a_first_paragraph_with_addresses_is_more_than_a_lead() {
    let post = of("Xem [hướng dẫn](https://vnnic.vn/huong-dan), gọi [tổng đài](tel:18001234).\n\nĐoạn hai.");
    for kind in ["hand-over", "press"] {
        let r = made(&post, kind);
        for address in ["https://vnnic.vn/huong-dan", "18001234"] {
            assert!(r.text.contains(address), "{}", r.text);
            assert!(r.html.as_ref().unwrap().contains(address));
        }
    }
}

#[test]
fn the_way_on_is_left_out_only_where_the_text_names_it() {
    let with = |link: &str, body: &str| {
        let mut post = of(body);
        post.link = Some(link.into());
        made(&post, "zalo-bot").text.matches(link).count()
    };
    for (body, n) in [
        ("Gửi về hoi-dap@vnnic.vn nhé.", 1),
        ("Đừng vào https://tenmien.vnnic.vn.example nhé.", 1),
        ("Xem https://vnnic.vn/nhadangky trước.", 2),
        ("Xem (https://vnnic.vn/).", 1),
        ("Xem [trang này](https://vnnic.vn).", 1),
    ] {
        assert_eq!(with("https://vnnic.vn", body), n, "{body}");
    }
    assert_eq!(with("https://vnnic.vn", "Xem vnnic.vn."), 0, "named without its scheme");
}

#[test]
fn a_picture_that_is_a_link_stays_one() {
    let post = of("Trước.\n\n[![Áp phích](kit:poster-biz-vn)](https://vnnic.vn/nhadangky)\n\nSau.");
    let url = "https://vnnic.vn/nhadangky";
    let site = made(&post, "wordpress").html.unwrap();
    assert!(site.contains(&format!("<figure><a href=\"{url}\"")) && site.contains("\"></a>"), "{site}");
    assert!(!site.contains("></a></p>"), "no link of nothing: {site}");
    let mail = made(&post, "email");
    assert!(mail.html.unwrap().contains(&format!("<a href=\"{url}\"")));
    assert!(mail.text.contains(&format!("[Ảnh: Áp phích] {url}")), "{}", mail.text);
    let telegram = made(&post, "telegram").parts.join("\n");
    assert!(telegram.contains(&format!("<a href=\"{url}\">Áp phích</a>")), "{telegram}");
    let zalo = made(&post, "zalo-bot").text;
    assert!(zalo.contains(&format!("Áp phích ({url})")), "{zalo}");
}

#[test]
fn what_nobody_sees_does_not_come_in_by_a_reference() {
    let post = of(
        "Bà&#x202E; con&#x202C; đi&#8203; chợ &#x2066;về&#7; me&#x301; xem `bài`\n\n- &#xFEFF;nhà\n\n| làng&#x202E; |\n|---|\n| xóm |",
    );
    for kind in KINDS {
        let r = made(&post, kind);
        for part in [&r.text, r.html.as_ref().unwrap_or(&r.text)].into_iter().chain(&r.parts) {
            let seen =
                |c: char| c == '\n' || c == '\t' || !(c.is_control() || crate::domain::text::is_invisible(c));
            assert!(part.chars().all(seen), "{kind}: {part:?}");
            assert!(crate::domain::text::is_nfc(part), "{kind}: {part:?}");
        }
    }
}

#[test]
fn an_album_of_more_than_telegram_takes_is_refused() {
    let mut ws = workspace();
    let mut post = of("Chữ.");
    for i in 0..=form("telegram").album() {
        let mut asset = ws.kit["poster-biz-vn"].clone();
        asset.id = format!("anh-{i}").as_str().into();
        post.assets
            .push(AssetUse { asset: asset.id.clone(), alt: Some(format!("Ảnh {i}")), caption: None });
        ws.kit.insert(asset.id.clone(), asset);
    }
    let with = |post: &Post| try_in(&ws, post, "telegram");
    let why = with(&post).unwrap_err();
    assert_eq!(why[0].code, "too_many_pictures");
    assert!(why[0].vi.contains("tối đa 10 ảnh") && why[0].vi.contains("có 11"), "{}", why[0].vi);
    post.assets.pop();
    assert!(with(&post).is_ok());
}

#[test]
fn what_is_hardly_meant_so_is_told() {
    for (body, wanted) in [
        ("Một `{{fact \"a\"}}` hai.", vec![(Slip::FactInCode, 1, 6)]),
        ("```\n{{fact \"a\"}}\n```", vec![(Slip::FactInCode, 2, 1)]),
        ("<div>{{fact \"a\"}}</div>", vec![(Slip::FactInCode, 1, 6)]),
        ("<!-- {{fact \"a\"}} --> Chữ.", vec![]),
        ("Xem [hướng dẫn](https://vnnic.vn/huong dan.pdf).", vec![(Slip::BrokenLink, 1, 15)]),
        ("Xem [a][zz].", vec![(Slip::BrokenLink, 1, 7)]),
        ("Phí[^khong].", vec![(Slip::BrokenLink, 1, 4)]),
        ("Rộng 5 m<sup>2</sup>, <b>thẻ</b>.\n\n<div>khối</div>", vec![(Slip::Tag, 1, 9)]),
        ("<!-- ghi <b> chú -->\n\nx < 5, dòng<br>mới, `<b>`", vec![]),
        ("<!-- ghi <b> chú --> <p>", vec![(Slip::Tag, 1, 22)]),
        ("| 1 | 2 | 3 | 4 | 5 |\n|---|---|---|---|---|\n| a | b | c | d | e |", vec![]),
        ("| 1 | 2 | 3 | 4 | 5 | 6 |\n|---|---|---|---|---|---|\n", vec![(Slip::WideTable, 1, 1)]),
        ("Phí[^a], xem [a](https://a.vn) và [b][b], [c].\n\n[^a]: Chú.\n\n[b]: https://b.vn", vec![]),
        ("Viết \\[a\\](b) như vậy; mảng a[1] và [2].", vec![]),
        ("| A | B |\n|---|---|\n| 1 | 2 | thừa |\n| x\\|y | 3 |", vec![(Slip::LostCells, 3, 1)]),
    ] {
        assert_eq!(slips(body), wanted, "{body}");
    }
}
