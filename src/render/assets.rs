//! Pictures and documents of a post: found in the kit, described for people who cannot see them, named for the wire.

use std::collections::{BTreeMap, BTreeSet};

use super::fault::RenderFault;
use super::html::{Gallery, Shown};
use super::linked::{Linked, Room};
use super::markdown::Picture;
use super::pictures::{Pictures, official};
use super::voices::RenderContext;
use super::words::{one_line, slug};
use crate::domain::campaign::{AssetUse, Campaign, LegalBasis, Post, Text};
use crate::domain::form::Form;
use crate::domain::id::AssetId;
use crate::domain::kit::{Asset, own_id};
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
    /// Files that a link leads to, with the pictures of the kit that stand for them.
    pub linked: Vec<(Linked, Option<AssetId>)>,
}

/// Content id of an asset.
fn cid(id: &AssetId) -> String {
    format!("{}@loa", id.as_str().replace('/', "."))
}

/// ASCII name of an asset's file.
fn file_name(id: &AssetId, mime: &str) -> String {
    let name = match id.as_str().rsplit('/').collect::<Vec<_>>()[..] {
        // A picture of a post's own is called by its post, too: many posts have an `anh-1.png`.
        [file, post, ..] => format!("{post}-{}", file.rsplit_once('.').map_or(file, |(stem, _)| stem)),
        _ => id.as_str().to_owned(),
    };
    format!("{}.{}", name.replace('.', "-"), extension(mime))
}

/// What a text calls a picture.
fn called(id: &AssetId) -> String {
    id.as_str().rsplit_once('/').map_or_else(|| format!("kit:{id}"), |(_, file)| file.to_owned())
}

/// Finds everything a post shows in a voice.
pub(super) fn gather(
    post: &Post,
    campaign: &Campaign,
    ws: &Workspace,
    form: &Form,
    ctx: &RenderContext<'_>,
    text: &Text,
    pictures: &[&Picture],
) -> Result<Material, Vec<RenderFault>> {
    let text_file = text.file.as_str();
    let post_file = format!("campaigns/{}/posts/{}/post.yaml", campaign.id, post.id);
    let mut faults = vec![];
    let mut m = Material::default();
    if form.voice == Voice::Script {
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
    let mut room = Room::of(form);
    // Copies of documents go along in any case: what is left is for the kit's files.
    let copies: u64 = post.attach.iter().filter_map(|n| ctx.documents.get(n)).map(|d| d.bytes).sum();
    if matches!(form.voice, Voice::Mail | Voice::Press) && !room.takes_all(copies) {
        let (mb, most) = (copies.div_ceil(1_000_000), room.all() / 1_000_000);
        faults.push(RenderFault::new(
            "documents_too_large",
            post_file.as_str(),
            format!("Văn bản đính kèm (`attach`) nặng {mb} MB, kênh {} chỉ mang được {most} MB: nhiều máy chủ thư sẽ trả lại. Dùng bản nén nhỏ hơn, hoặc bỏ bớt.", form.kind),
            format!("The documents in `attach` have {mb} MB, and {} carries {most} MB: many servers would send the mail back. Use a smaller scan, or leave some out.", form.kind),
        ));
    }
    for (u, asset, file) in &uses {
        let caption = u.caption.as_deref().map(one_line).filter(|c| !c.is_empty());
        if !asset.is_image() {
            match file_of(asset, form, caption, &mut room, &post_file) {
                Ok((attached, linked)) => {
                    m.attachments.extend(attached);
                    m.linked.extend(linked.map(|l| (l, asset.preview.clone())));
                }
                Err(f) => faults.push(f),
            }
            continue;
        }
        let alt = one_line(u.alt.as_deref().or(asset.alt.as_deref()).unwrap_or_default());
        let is_featured = featured.as_ref() == Some(&u.asset);
        if alt.is_empty() {
            faults.push(RenderFault::new(
                "alt_missing",
                *file,
                format!("Ảnh \"{}\" chưa có mô tả cho người không nhìn thấy. Thêm `alt:` một câu.", u.asset),
                format!("Picture \"{}\" has no alternative text. Add `alt:`.", u.asset),
            ));
        }
        let stands_in_text = in_text.contains(&u.asset);
        let role = match (form.voice, stands_in_text) {
            (Voice::Press, false) => Role::File, // editors take pictures as files
            (_, true) if is_featured => {
                m.featured_in_text = true;
                Role::Featured
            }
            (_, false) if is_featured => Role::Featured,
            (Voice::Chat, _) => Role::File,
            (Voice::Web | Voice::Mail | Voice::Script | Voice::Press, _) => Role::Inline,
        };
        match picture(asset, form, ctx.pictures, (role, alt, caption), &post_file) {
            Ok((attachment, shown)) => {
                if role == Role::Inline && !stands_in_text {
                    m.loose.push(shown.clone());
                }
                m.gallery.insert(called(&u.asset), shown);
                m.attachments.push(attachment);
            }
            Err(f) => faults.push(f),
        }
    }
    previews(&mut m, ws, form, ctx.pictures, &post_file, &mut faults);
    legal_documents(post, campaign, form.voice, ctx.documents, &post_file, &mut m, &mut faults);
    if faults.is_empty() { Ok(m) } else { Err(faults) }
}

/// A picture as the kind takes it.
fn picture(
    asset: &Asset,
    form: &Form,
    from: &dyn Pictures,
    (role, alt, caption): (Role, String, Option<String>),
    post_file: &str,
) -> Result<(Attachment, Shown), RenderFault> {
    let kind = form.kind;
    let made = from.made(asset, form).map_err(|why| {
        RenderFault::new(
            "picture_unmade",
            post_file,
            format!(
                "Không làm được ảnh \"{}\" cho kênh {kind}: {}. Mở thử tệp, lưu lại thành JPEG hoặc PNG, rồi ghim lại.",
                asset.id, why.vi
            ),
            format!(
                "Picture \"{}\" cannot be made for {kind}: {}. Open the file, save it as JPEG or PNG, and pin it again.",
                asset.id, why.en
            ),
        )
    })?;
    let shown = Shown { cid: cid(&asset.id), alt: alt.clone(), caption: caption.clone(), width: made.width };
    let attachment = Attachment {
        role,
        name: file_name(&asset.id, &made.mime),
        mime: made.mime,
        sha256: made.sha256,
        bytes: made.bytes,
        cid: cid(&asset.id),
        alt,
        caption,
        url: made.url,
    };
    Ok((attachment, shown))
}

/// A file that is no picture: itself where the kind carries it, a link where not, and both where a site shows its preview.
fn file_of(
    asset: &Asset,
    form: &Form,
    caption: Option<String>,
    room: &mut Room,
    post_file: &str,
) -> Result<(Option<Attachment>, Option<Linked>), RenderFault> {
    if !room.takes(asset.bytes) {
        return Linked::to(asset, form.kind, post_file).map(|l| (None, Some(l)));
    }
    let linked =
        (form.voice == Voice::Web && asset.preview.is_some()).then(|| Linked::within(asset, &cid(&asset.id)));
    let attachment = Attachment {
        role: Role::File,
        name: file_name(&asset.id, &asset.mime),
        mime: asset.mime.clone(),
        sha256: asset.sha256.clone(),
        bytes: asset.bytes,
        cid: cid(&asset.id),
        alt: one_line(&asset.title),
        caption,
        url: official(asset),
    };
    Ok((Some(attachment), linked))
}

/// The pictures that stand for what is linked to, unless the post shows them anyway. A package has none: editors take files and
/// addresses. A chat on Zalo shows one picture, so that a picture of the post goes first.
fn previews(
    m: &mut Material,
    ws: &Workspace,
    form: &Form,
    from: &dyn Pictures,
    post_file: &str,
    faults: &mut Vec<RenderFault>,
) {
    if form.voice == Voice::Press {
        return;
    }
    let mut linked = std::mem::take(&mut m.linked);
    for (link, preview) in &mut linked {
        let Some(asset) = preview.as_ref().and_then(|p| ws.kit.get(p)).filter(|a| a.is_image()) else {
            continue;
        };
        let pictured = m.attachments.iter().any(|a| a.role == Role::Featured);
        let cid = cid(&asset.id);
        if m.attachments.iter().any(|a| a.cid == cid) || (form.album() == 1 && pictured) {
            continue;
        }
        let role = match form.voice {
            Voice::Chat if !pictured => Role::Featured,
            Voice::Chat => Role::File,
            Voice::Web | Voice::Mail | Voice::Script | Voice::Press => Role::Inline,
        };
        let alt = one_line(asset.alt.as_deref().unwrap_or(&asset.title));
        match picture(asset, form, from, (role, alt, None), post_file) {
            Ok((attachment, shown)) => {
                link.shown = Some(shown);
                m.attachments.push(attachment);
            }
            Err(f) => faults.push(f),
        }
    }
    m.linked = linked;
}

fn legal_documents(
    post: &Post,
    campaign: &Campaign,
    voice: Voice,
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
        // Letters, sites and packages have them; a chat names the document in its text, if at all.
        if voice == Voice::Chat {
            continue;
        }
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

pub(super) fn extension(mime: &str) -> &'static str {
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
