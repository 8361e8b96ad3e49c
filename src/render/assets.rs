//! Pictures and documents of a post: found in the kit, described for people who cannot see them, named for the wire.

use std::collections::{BTreeMap, BTreeSet};

use super::fault::RenderFault;
use super::html::{Gallery, Shown};
use super::markdown::Picture;
use super::words::{one_line, slug};
use crate::domain::campaign::{AssetUse, Campaign, LegalBasis, Post, Text};
use crate::domain::id::AssetId;
use crate::domain::kit::{Asset, is_file_url, own_id};
use crate::domain::message::{Attachment, Role, Voice};
use crate::domain::workspace::Workspace;

/// A copy of a legal document, already in the asset store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Media type, from its bytes.
    pub mime: String,
    /// SHA-256, 64 hexadecimal digits.
    pub sha256: String,
    /// Size in bytes.
    pub bytes: u64,
}

/// What a rendition shows and attaches.
#[derive(Debug, Default)]
pub(super) struct Material {
    pub gallery: Gallery,
    pub attachments: Vec<Attachment>,
    /// Pictures no text refers to, besides the featured one: shown after the text.
    pub loose: Vec<Shown>,
    /// True if the text itself shows the featured picture.
    pub featured_in_text: bool,
}

/// Content id of an asset.
fn cid(id: &AssetId) -> String {
    format!("{}@loa", id.as_str().replace('/', "."))
}

/// Finds everything a post shows in a voice.
pub(super) fn gather(
    post: &Post,
    campaign: &Campaign,
    ws: &Workspace,
    voice: Voice,
    documents: &BTreeMap<String, Document>,
    text: &Text,
    pictures: &[&Picture],
) -> Result<Material, Vec<RenderFault>> {
    let text_file = text.file.as_str();
    let post_file = format!("campaigns/{}/posts/{}/post.yaml", campaign.id, post.id);
    let mut faults = vec![];
    let mut m = Material::default();
    if voice == Voice::Script {
        return Ok(m);
    }
    let mut uses: Vec<(AssetUse, &Asset, &str)> = vec![];
    for u in &post.assets {
        match ws.kit.get(&u.asset) {
            Some(a) => uses.push((u.clone(), a, &post_file)),
            None => faults.push(not_in_kit(&post_file, u.asset.as_str())),
        }
    }
    let mut in_text = BTreeSet::new();
    for p in pictures {
        // A picture of the post's own is named in `assets`, and by its file's name in the text.
        let own = own_id(&campaign.id, &post.id, &p.source);
        if let Some((u, ..)) = uses.iter_mut().find(|(u, ..)| u.asset == own) {
            let written = |s: &str| (!s.is_empty()).then(|| s.to_owned());
            u.alt = u.alt.take().or(written(&p.alt));
            u.caption = u.caption.take().or(written(&p.caption));
            in_text.insert(own);
            continue;
        }
        let Some(id) = p.source.strip_prefix("kit:").filter(|id| crate::domain::id::is_slug(id)) else {
            faults.push(
                RenderFault::new(
                    "image_not_from_kit",
                    text_file,
                    format!(
                        "Ảnh \"{}\" không có trong bộ tư liệu hay ở assets của bài. Viết ![mô tả](kit:mã-tư-liệu), hoặc thêm file: vào assets.",
                        one_line(&p.source)
                    ),
                    format!(
                        "Picture \"{}\" is neither of the kit nor of the post's assets. Write ![words](kit:id), or add file: to assets.",
                        one_line(&p.source)
                    ),
                )
                .of_words(&text.body, &p.source),
            );
            continue;
        };
        in_text.insert(AssetId::from(id));
        let written = |s: &str| (!s.is_empty()).then(|| s.to_owned());
        if let Some((u, ..)) = uses.iter_mut().find(|(u, ..)| u.asset.as_str() == id) {
            u.alt = u.alt.take().or(written(&p.alt));
            u.caption = u.caption.take().or(written(&p.caption));
        } else if let Some(a) = ws.kit.get(id) {
            uses.push((
                AssetUse { asset: a.id.clone(), alt: written(&p.alt), caption: written(&p.caption) },
                a,
                text_file,
            ));
        } else {
            faults.push(not_in_kit(text_file, id).of_words(&text.body, &p.source));
        }
    }
    let featured = uses.iter().find(|(_, a, _)| a.is_image()).map(|(u, ..)| u.asset.clone());
    for (u, asset, file) in &uses {
        let alt = one_line(u.alt.as_deref().or(asset.alt.as_deref()).unwrap_or_default());
        let caption = u.caption.as_deref().map(one_line).filter(|c| !c.is_empty());
        let is_featured = featured.as_ref() == Some(&u.asset);
        if asset.is_image() && alt.is_empty() {
            faults.push(RenderFault::new(
                "alt_missing",
                *file,
                format!("Ảnh \"{}\" chưa có mô tả cho người không nhìn thấy. Thêm `alt:` một câu.", u.asset),
                format!("Picture \"{}\" has no alternative text. Add `alt:`.", u.asset),
            ));
        }
        let shown = Shown { cid: cid(&u.asset), alt: alt.clone(), caption: caption.clone() };
        let role = match (voice, in_text.contains(&u.asset)) {
            (Voice::Press, false) => Role::File, // editors take pictures as files
            (_, true) if is_featured => {
                m.featured_in_text = true;
                Role::Featured
            }
            (_, false) if is_featured => Role::Featured,
            (Voice::Chat, _) => Role::File,
            (_, true) => Role::Inline,
            (Voice::Web | Voice::Mail | Voice::Script, false) if asset.is_image() => {
                m.loose.push(shown.clone());
                Role::Inline
            }
            (Voice::Web | Voice::Mail | Voice::Script, false) => Role::File,
        };
        // What the text calls it, and what it is called where it is sent to.
        let (called, name) = match u.asset.as_str().rsplit_once('/') {
            Some((_, file)) => {
                let stem = file.rsplit_once('.').map_or(file, |(s, _)| s);
                (file.to_owned(), format!("{}-{stem}", post.id))
            }
            None => (format!("kit:{}", u.asset), u.asset.as_str().to_owned()),
        };
        if asset.is_image() {
            m.gallery.insert(called, shown);
        }
        m.attachments.push(Attachment {
            role,
            name: format!("{}.{}", name.replace('.', "-"), extension(&asset.mime)),
            mime: asset.mime.clone(),
            sha256: asset.sha256.clone(),
            bytes: asset.bytes,
            cid: cid(&u.asset),
            alt: if alt.is_empty() { one_line(&asset.title) } else { alt },
            caption,
            url: asset.url.clone().filter(|u| is_file_url(u) && super::words::safe_url(u).is_some()),
        });
    }
    legal_documents(post, campaign, documents, &post_file, &mut m, &mut faults);
    if faults.is_empty() { Ok(m) } else { Err(faults) }
}

fn legal_documents(
    post: &Post,
    campaign: &Campaign,
    documents: &BTreeMap<String, Document>,
    post_file: &str,
    m: &mut Material,
    faults: &mut Vec<RenderFault>,
) {
    for number in &post.attach {
        let Some(basis) = campaign.legal_basis.iter().find(|b| b.number == *number) else {
            faults.push(RenderFault::new(
                "document_unknown",
                post_file,
                format!("Văn bản \"{number}\" không có trong căn cứ của chiến dịch."),
                format!("The campaign's legal basis has no document \"{number}\"."),
            ));
            continue;
        };
        let Some(path) = &basis.file else { continue }; // cited, not attached
        let Some(d) = documents.get(number) else {
            faults.push(RenderFault::new(
                "document_missing",
                post_file,
                format!("Chưa có tệp \"{path}\" của văn bản {number}."),
                format!("The file \"{path}\" of document {number} is not there."),
            ));
            continue;
        };
        let name = slug(&format!("{} {}", basis.kind, basis.number), 60);
        m.attachments.push(Attachment {
            role: Role::File,
            name: format!("{name}.{}", extension(&d.mime)),
            mime: d.mime.clone(),
            sha256: d.sha256.clone(),
            bytes: d.bytes,
            cid: format!("{name}@loa"),
            alt: basis_line(basis),
            caption: None,
            url: None,
        });
    }
}

fn not_in_kit(file: &str, id: &str) -> RenderFault {
    RenderFault::new(
        "asset_unknown",
        file,
        format!("Kho tư liệu không có \"{id}\"."),
        format!("The media kit has no \"{id}\"."),
    )
}

/// `Kế hoạch số 276/KH-UBND ngày 22/10/2025 của UBND thành phố Hải Phòng`.
pub(super) fn basis_line(b: &LegalBasis) -> String {
    one_line(&format!("{} số {} ngày {} của {}", b.kind, b.number, b.date.format("%d/%m/%Y"), b.issuer))
}

fn extension(mime: &str) -> &'static str {
    match mime {
        "image/png" => "png",
        "image/jpeg" => "jpg",
        "image/gif" => "gif",
        "image/webp" => "webp",
        "application/pdf" => "pdf",
        "audio/mpeg" => "mp3",
        "audio/wav" => "wav",
        "video/mp4" => "mp4",
        "text/plain" => "txt",
        _ => "bin",
    }
}
