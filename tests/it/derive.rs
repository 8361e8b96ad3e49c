//! One original, each channel its own: what servers get of a photograph, a leaflet and a clip is what their readers can open, as it
//! was approved, and says nothing about who took it where.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::Cursor;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use loa::domain::delivery::State;
use loa::domain::message::Voice;
use serde_json::Value;

use crate::support::fakes::FakeBot;
use crate::support::files::{clip, pdf};
use crate::support::office::{Office, wall};
use crate::support::smtp::{PASSWORD, SmtpPeer, USER};
use crate::support::wordpress::{WordPress, wordpress};

/// What a camera writes into a picture that is held upright: turn it to the right; where it was taken.
const EXIF: &[u8] =
    b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0GPS 20.86N 106.68E";

fn encode(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut out = Cursor::new(vec![]);
    picture.write_to(&mut out, format).unwrap();
    out.into_inner()
}

/// Broad in the file, high for the eye: red above, blue below.
fn photograph(width: u32, height: u32) -> Vec<u8> {
    let picture = RgbImage::from_fn(width, height, |x, y| {
        let grain = ((x * 7 + y * 13) % 24) as u8;
        if x < width / 2 { Rgb([230, grain, grain]) } else { Rgb([grain, grain, 230]) }
    });
    let jpeg = encode(&DynamicImage::ImageRgb8(picture), ImageFormat::Jpeg);
    let mut out = jpeg[..2].to_vec();
    out.extend([0xFF, 0xE1]);
    out.extend((EXIF.len() as u16 + 2).to_be_bytes());
    out.extend(EXIF);
    out.extend(&jpeg[2..]);
    out
}

fn has(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|w| w == word)
}

/// The picture is upright, of that many pixels, at most so many bytes, and has no notes.
fn is_clean(what: &str, bytes: &[u8], pixels: (u32, u32), most: usize) {
    assert!(!has(bytes, b"GPS") && !has(bytes, b"Exif"), "{what}");
    assert!(bytes.len() <= most, "{what}: {} bytes", bytes.len());
    let seen = image::load_from_memory(bytes).unwrap().to_rgb8();
    assert_eq!(seen.dimensions(), pixels, "{what}");
    let (top, bottom) = (seen.get_pixel(pixels.0 / 2, 5), seen.get_pixel(pixels.0 / 2, pixels.1 - 5));
    assert!(top.0[0] > 180 && bottom.0[2] > 180, "{what}: {top:?} above {bottom:?}");
}

struct Servers {
    mail: SmtpPeer,
    telegram: FakeBot,
    zalo: FakeBot,
    wp: &'static WordPress,
}

impl Servers {
    fn start() -> Self {
        Self {
            mail: SmtpPeer::start(),
            telegram: FakeBot::telegram(),
            zalo: FakeBot::zalo(),
            wp: wordpress(),
        }
    }
}

fn office(s: &Servers) -> Office {
    let ca: String = s.mail.ca().lines().map(|l| format!("      {l}\n")).collect();
    let o = Office::new(
        &format!(
            "  thu:\n    kind: email\n    server: 127.0.0.1\n    port: {}\n    ca: |\n{ca}    user: {USER}\n    \
             password_file: bi-mat/thu.txt\n    from_address: loa@so.example\n  web:\n    kind: wordpress\n    url: {}\n    user: editor\n    \
             password_file: bi-mat/web.txt\n  tele:\n    kind: telegram\n    api_url: {}\n    token_file: bi-mat/tele.txt\n  zalo:\n    \
             kind: zalo-bot\n    api_url: {}\n    token_file: bi-mat/zalo.txt\n  goi:\n    kind: hand-over\n    carrier: thu\n",
            s.mail.starttls_port,
            s.wp.url,
            s.telegram.url(),
            s.zalo.url()
        ),
        "default_accounts:\n  email: thu\n  hand-over: goi\n  press: goi\n",
    );
    for (name, secret) in [
        ("thu", PASSWORD),
        ("web", s.wp.password("editor")),
        ("tele", s.telegram.token()),
        ("zalo", s.zalo.token()),
    ] {
        o.write(&format!("bi-mat/{name}.txt"), secret);
        use std::os::unix::fs::PermissionsExt as _;
        let only_me = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(o.at(&format!("bi-mat/{name}.txt")), only_me).unwrap();
    }
    o.units(
        "  - id: so\n    name: Sở Thử\n    kind: department\n    channels:\n      website:\n        account: web\n        mode: publish\n        \
         url: https://so.example\n      telegram:\n        account: tele\n        address: \"-100123\"\n      zalo:\n        account: zalo\n        \
         address: abc\n  - id: xa\n    name: Xã Thử\n    kind: commune\n    channels:\n      website:\n        mode: hand-over\n        \
         url: https://xa.example\n        address: web@xa.example\n",
    );
    o.list("ho", &["a@khach.example".to_owned()]);
    o
}

/// A kit of a photograph, a leaflet with a cover and a clip too large for anything.
fn kit(o: &Office, (width, height): (u32, u32)) {
    let cover = encode(&DynamicImage::new_rgb8(700, 990), ImageFormat::Png);
    let put = |name: &str, bytes: &[u8]| {
        o.write(&format!("campaigns/kit/{name}"), "");
        std::fs::write(o.at(&format!("campaigns/kit/{name}")), bytes).unwrap();
    };
    put("anh.jpg", &photograph(width, height));
    put("bia.png", &cover);
    put("to-roi.pdf", pdf("to roi").as_bytes());
    put("clip.mp4", &clip(21_000_000));
    o.write(
        "campaigns/media-kit.yaml",
        "assets:\n  anh:\n    kind: poster\n    title: Ảnh cửa hàng\n    file: kit/anh.jpg\n    alt: Một cửa hàng nhìn từ ngoài đường\n  \
         bia:\n    kind: poster\n    title: Bìa tờ rơi\n    url: https://kit.example/bia.png\n    file: kit/bia.png\n    alt: Bìa tờ rơi màu đen\n  \
         to-roi:\n    kind: leaflet\n    title: Tờ rơi cho hộ kinh doanh\n    url: https://kit.example/to-roi.pdf\n    \
         file: kit/to-roi.pdf\n    preview: bia\n  clip:\n    kind: video\n    title: Clip ba mươi giây\n    \
         url: https://kit.example/clip.mp4\n    file: kit/clip.mp4\n    preview: bia\n",
    );
    o.ok(&["kit", "lock"]);
}

fn post(o: &Office, id: &str, assets: &str) {
    let at = wall(-5);
    o.post(
        id,
        "Cửa hàng lên mạng",
        &format!(
            "  - channel: website\n    to: so\n    at: {at}\n  - id: goi\n    channel: website\n    to: xa\n    at: {at}\n    done_by: {}\n  \
             - channel: email\n    to: ho\n    at: {at}\n  - channel: telegram\n    to: so\n    at: {at}\n  - channel: zalo\n    to: so\n    at: {at}\n\
             assets:\n{assets}",
            crate::support::office::today(9)
        ),
    );
}

/// The files of the mail to an address: name, media type, bytes.
fn mailed(mail: &SmtpPeer, to: &str) -> (String, Vec<(String, Vec<u8>)>) {
    let n = mail.envelopes().iter().position(|e| e["to"][0] == to).unwrap() + 1;
    let raw = mail.raw(n);
    let files = raw
        .split("\r\n--")
        .filter_map(|part| {
            let (head, body) = part.split_once("\r\n\r\n")?;
            let mime = head.split_once("Content-Type: ")?.1.split(['\r', ';']).next()?.to_owned();
            let text: String = body.split("\r\n--").next()?.split_whitespace().collect();
            let kind = mime.starts_with("image/") || mime == "application/pdf" || mime.starts_with("video/");
            kind.then(|| (mime, STANDARD.decode(text).unwrap()))
        })
        .collect();
    (mail.taken(n).mail.to_string(), files)
}

#[tokio::test]
async fn each_channel_gets_what_its_readers_can_open() {
    let servers = Servers::start();
    let o = office(&servers);
    kit(&o, (4000, 3000));
    post(&o, "bai", "  - kit: anh\n  - kit: to-roi\n  - kit: clip\n");
    o.apply_and_approve();
    // What is in the folder now counts no longer.
    let frozen = o.store().await;
    let revision = frozen.post_get("chien-dich/bai").await.unwrap().unwrap().revision_id.unwrap();
    let renditions = frozen.renditions_of(revision).await.unwrap();
    assert_eq!(renditions.len(), 5, "{:?}", renditions.iter().map(|r| &r.kind).collect::<Vec<_>>());
    drop(frozen);
    std::fs::remove_dir_all(o.at("campaigns/kit")).unwrap();
    o.idle(&["--no-files"]);
    let rows = o.ledger().await;
    assert!(rows.iter().all(|r| r.state() == State::Sent), "{rows:?}");

    // A letter: the photograph twice as wide as it is shown, the leaflet itself, the clip as its cover and a link.
    let (mail, files) = mailed(&servers.mail, "a@khach.example");
    let mimes: Vec<&str> = files.iter().map(|(m, _)| m.as_str()).collect();
    assert_eq!(mimes, ["image/jpeg", "image/png", "application/pdf"]);
    is_clean("mail", &files[0].1, (1200, 1600), 400_000);
    assert_eq!(files[2].1, pdf("to roi").as_bytes());
    for word in [
        "width=\\\"536\\\"",
        "https://kit.example/clip.mp4",
        "cid:bia@loa",
        "cid:anh@loa",
        "Clip ba mươi giây (MP4, 21 MB)",
    ] {
        assert!(mail.contains(word), "{word}: {mail}");
    }
    // A package: for print.
    let (package, files) = mailed(&servers.mail, "web@xa.example");
    is_clean("package", &files[0].1, (2631, 3508), 2_500_000);
    assert_eq!((files.len(), files[1].1.as_slice()), (2, pdf("to roi").as_bytes()));
    assert!(package.contains("https://kit.example/clip.mp4") && package.contains("anh.jpg"), "{package}");

    // Telegram: an album of the photograph and the clip's cover, the leaflet as a document.
    let uploads: Vec<_> = servers.telegram.requests().iter().flat_map(|r| r.uploads()).collect();
    let names: Vec<&str> = uploads.iter().map(|u| u.file_name.as_str()).collect();
    assert_eq!(names, ["anh.jpg", "bia.png", "to-roi.pdf"]);
    is_clean("telegram", &uploads[0].bytes, (1920, 2560), 5_000_000);
    assert_eq!(uploads[2].bytes, pdf("to roi").as_bytes());
    let texts: String = servers.telegram.accepted().into_iter().map(|a| a.text + "\n").collect();
    assert!(texts.contains("Clip ba mươi giây (MP4, 21 MB): https://kit.example/clip.mp4"), "{texts}");
    let methods: Vec<String> = servers.telegram.accepted().into_iter().map(|a| a.method).collect();
    assert_eq!(methods.last().map(String::as_str), Some("senddocument"), "{methods:?}");

    // Zalo: links to both; nobody can fetch the photograph.
    let zalo = servers.zalo.accepted();
    assert_eq!((zalo.len(), zalo[0].photo), (1, false), "{zalo:?}");
    assert!(
        zalo[0].text.contains("Tờ rơi cho hộ kinh doanh (PDF, 34 byte): https://kit.example/to-roi.pdf"),
        "{zalo:?}"
    );
    assert!(zalo[0].text.contains("https://kit.example/clip.mp4"));

    // The site: a featured picture for the page's head, the leaflet on the site itself behind its cover.
    let row = rows.iter().find(|r| r.target_ref.ends_with("/website") && r.account == "web").unwrap();
    let article = servers
        .wp
        .rest(reqwest::Method::GET, &format!("posts/{}?context=edit", row.receipt.as_deref().unwrap()))
        .await;
    let media = servers.wp.rest(reqwest::Method::GET, &format!("media/{}", article["featured_media"])).await;
    let bytes = reqwest::get(media["source_url"].as_str().unwrap()).await.unwrap().bytes().await.unwrap();
    is_clean("site", &bytes, (1600, 2133), 1_000_000);
    let html = article["content"]["raw"].as_str().unwrap();
    assert!(html.contains(".pdf\"><img src=\"") && html.contains("https://kit.example/clip.mp4"), "{html}");
    assert!(!html.contains("cid:"), "{html}");

    // What each server has is what was approved, by its hash.
    let of =
        |kind: &str, voice: Voice| renditions.iter().find(|r| r.kind == kind && r.voice == voice).unwrap();
    assert_eq!(loa::kit::hash(&uploads[0].bytes), of("telegram", Voice::Chat).attachments[0].sha256);
    assert_eq!(loa::kit::hash(&bytes), of("wordpress", Voice::Web).attachments[0].sha256);
}

#[tokio::test]
async fn zalo_fetches_a_picture_where_the_office_is_now() {
    let servers = Servers::start();
    let o = office(&servers);
    kit(&o, (400, 300));
    let config =
        format!("public_listen: 127.0.0.1:9\n{}", std::fs::read_to_string(o.at("loa.yaml")).unwrap());
    o.write("loa.yaml", &config);
    for id in ["bai", "sau"] {
        let at = wall(-5);
        o.post(id, "Ảnh", &format!("  - channel: zalo\n    to: so\n    at: {at}\nassets:\n  - kit: anh\n"));
    }
    o.apply_and_approve();
    // The office got another name since.
    o.write("loa.yaml", &config.replace("https://loa.co-quan.example", "https://loa.moi.example"));
    o.ok(&["hold", "chien-dich/sau", "--by", "binh", "--reason", "đợi tên miền"]);
    o.idle(&[]);
    let got = servers.zalo.accepted();
    let address = got[0].address.clone().unwrap();
    assert_eq!(got.len(), 1, "{got:?}");
    assert!(address.starts_with("https://loa.moi.example/p/") && address.ends_with(".jpg"), "{address}");
    // Without a name there is no picture: the post is kept back, not sent without it.
    o.write("loa.yaml", &config.replace("public_url: https://loa.co-quan.example\n", ""));
    o.ok(&["release", "chien-dich/sau", "--by", "binh"]);
    o.idle(&[]);
    assert_eq!(servers.zalo.accepted().len(), 1);
    let rows = o.ledger().await;
    let row = rows.iter().find(|r| r.origin.contains("sau")).unwrap();
    assert_eq!((row.state(), row.held_by.as_deref()), (State::Held, Some("no_public_url")));
    // Once there is one again, the whole post is let go by its name.
    o.write("loa.yaml", &config);
    let said = o.ok(&["release", "chien-dich/sau", "--by", "binh"]);
    assert!(said.contains("Đã bỏ giữ chien-dich/sau") && !said.contains("vẫn bị giữ"), "{said}");
    o.idle(&[]);
    assert_eq!(servers.zalo.accepted().len(), 2);
}

#[test]
fn what_no_channel_can_show_is_said_before_it_is_planned() {
    let servers = Servers::start();
    let o = office(&servers);
    kit(&o, (40, 30));
    post(&o, "bai", "  - kit: to-roi\n");
    let yaml = std::fs::read_to_string(o.at("campaigns/media-kit.yaml")).unwrap();
    o.write("campaigns/media-kit.yaml", &yaml.replace("    url: https://kit.example/to-roi.pdf\n", ""));
    let out = o.loa(&["check"]);
    let said = String::from_utf8_lossy(&out.stdout).into_owned();
    assert_eq!(out.status.code(), Some(1), "{said}");
    for word in ["R001", "zalo-bot", "to-roi", "PDF", "`url:`", "media-kit.yaml"] {
        assert!(said.contains(word), "{word}: {said}");
    }
}

#[test]
fn a_preview_is_of_what_would_be_frozen() {
    let servers = Servers::start();
    let o = office(&servers);
    kit(&o, (1400, 1000));
    post(&o, "bai", "  - kit: anh\n  - kit: to-roi\n  - kit: clip\n");
    let out = o.at("xem");
    o.ok(&["preview", "chien-dich/bai", "--out", out.to_str().unwrap()]);
    let seen = std::fs::read_to_string(out.join("email.html")).unwrap();
    o.apply_and_approve();
    let plan: Value = serde_json::from_str(&o.ok(&["plan", "--json"])).unwrap();
    assert_eq!(plan["renditions"], serde_json::json!({}), "looking and approving make the same");
    o.ok(&["preview", "chien-dich/bai", "--out", out.to_str().unwrap()]);
    let again = std::fs::read_to_string(out.join("email.html")).unwrap();
    let hashes = |html: &str| -> Vec<String> {
        html.split("<code>").skip(1).filter_map(|s| s.split('<').next().map(str::to_owned)).collect()
    };
    assert_eq!(hashes(&seen), hashes(&again));
    assert!(hashes(&seen).len() >= 3, "{seen}");
}
