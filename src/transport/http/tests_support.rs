//! A message and a picture for the unit tests of the kinds that speak HTTP. Never part of the program.

use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use crate::domain::id::{Origin, WireKey};
use crate::domain::message::{Address, Attachment, Blob, Outbound, Rendition, Role, Voice};

/// A short chat message to `to`.
pub(crate) fn outbound(to: &str) -> Outbound {
    let origin = Origin::stored("ten-mien-vn/bai");
    Outbound {
        key: WireKey::new(&origin, "s", "at", "so/x"),
        attempt: 1,
        to: Address { value: to.into(), name: None },
        body: Arc::new(Rendition {
            voice: Voice::Chat,
            kind: String::new(),
            title: "Tên miền .vn".into(),
            lead: "Sa-pô".into(),
            text: "Hộ kinh doanh lên mạng".into(),
            html: None,
            parts: vec![],
            attachments: vec![],
            slug: "ten-mien-vn".into(),
            link: None,
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

/// A "picture": a few bytes under a PNG's name.
pub(crate) fn png(role: Role) -> Blob {
    let bytes: Arc<[u8]> = Arc::from(&b"\x89PNG\r\n\x1a\nnot really"[..]);
    let sha256 = Sha256::digest(&bytes).iter().map(|b| format!("{b:02x}")).collect();
    let meta = Attachment {
        role,
        name: "ap-phich.png".into(),
        mime: "image/png".into(),
        sha256,
        bytes: bytes.len() as u64,
        cid: "ap-phich".into(),
        alt: "Áp phích".into(),
        caption: None,
        url: None,
    };
    Blob { meta, bytes }
}
