//! A message to hand to a transport, and a transport by its kind's name.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::sync::Arc;

use loa::domain::id::{Origin, WireKey};
use loa::domain::message::{Address, Attachment, Blob, Outbound, Rendition, Role, Voice};
use loa::transport::{Build, Transport, kind};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// The transport of `name` with these settings.
pub fn transport(name: &str, settings: Value) -> Arc<dyn Transport> {
    let build = Build { account: "thu".into(), settings, vault: None, carrier: None };
    (kind(name).expect("a kind").build)(build).expect("good settings")
}

/// A message of its own identity (`which`) to `to`: Vietnamese title, lead, text; nothing attached.
pub fn outbound(which: &str, to: &str) -> Outbound {
    let origin = Origin::stored("ten-mien-vn/ho-kinh-doanh");
    Outbound {
        key: WireKey::new(&origin, "website-so", "at", which),
        attempt: 1,
        to: Address { value: to.into(), name: None },
        body: Arc::new(Rendition {
            voice: Voice::Web,
            kind: String::new(),
            title: "Hộ kinh doanh & tên miền .vn".into(),
            lead: "Đăng ký nhanh, dùng lâu.".into(),
            text: "Hộ kinh doanh lên mạng với tên miền .vn.".into(),
            html: None,
            parts: vec![],
            attachments: vec![],
            slug: "ho-kinh-doanh-len-mang".into(),
            link: Some("https://so.example.vn/ten-mien".into()),
            categories: vec![],
            tags: vec![],
            seconds: None,
            album: 0,
        }),
        blobs: Arc::new([]),
        opt_out: None,
        as_draft: false,
        origin: origin.as_str().into(),
        now: chrono::DateTime::from_timestamp(1_795_000_000, 0).unwrap(),
    }
}

/// The same as it is made for a kind.
pub fn for_kind(m: &mut Outbound, kind: &str) {
    let form = loa::transport::form(kind).expect("a kind");
    let r = body(m);
    (r.kind, r.voice, r.album) = (kind.to_owned(), form.voice, form.album());
}

/// The message's body, to change.
pub fn body(m: &mut Outbound) -> &mut Rendition {
    Arc::make_mut(&mut m.body)
}

/// A real picture of eight by eight pixels; `shade` makes its bytes, and so its hash, another.
pub fn picture(role: Role, cid: &str, shade: u32) -> Blob {
    let mut out = std::io::Cursor::new(Vec::new());
    let [_, r, g, b] = shade.to_be_bytes();
    image::RgbImage::from_pixel(8, 8, image::Rgb([r, g, b]))
        .write_to(&mut out, image::ImageFormat::Png)
        .expect("a picture");
    file(role, cid, &format!("{cid}.png"), "image/png", out.into_inner())
}

/// A file of these bytes.
pub fn file(role: Role, cid: &str, name: &str, mime: &str, bytes: Vec<u8>) -> Blob {
    let bytes: Arc<[u8]> = bytes.into();
    let meta = Attachment {
        role,
        name: name.into(),
        mime: mime.into(),
        sha256: Sha256::digest(&bytes).iter().map(|b| format!("{b:02x}")).collect(),
        bytes: bytes.len() as u64,
        cid: cid.into(),
        alt: "Áp phích tên miền".into(),
        caption: Some("Ảnh: Sở".into()),
        url: None,
    };
    Blob { meta, bytes }
}
