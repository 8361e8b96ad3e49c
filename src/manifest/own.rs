//! Pictures of a post's own: files beside `post.yaml`, named by `file:` in `assets`. They are no official material: nobody pins them,
//! and an approval binds their bytes as it binds the text.

use super::Loader;
use super::campaign::Frame;
use crate::domain::campaign::AssetUse;
use crate::domain::id::PostId;
use crate::domain::kit::{Asset, own_id};
use crate::yaml::{Fault, Node, Say, Severity, Source};

/// Largest picture, in bytes: as in the kit.
const MAX: u64 = 20 << 20;

/// True for a picture's name that names a file beside the post and nothing else.
fn is_name(name: &str) -> bool {
    let ending = name.rsplit_once('.').map(|(_, e)| e.to_ascii_lowercase());
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    plain
        && !name.starts_with('.')
        && ending.is_some_and(|e| ["png", "jpg", "jpeg", "gif", "webp"].contains(&e.as_str()))
}

/// Reads a picture; what is wrong with it becomes a fault, and then the post goes without it into no plan.
pub fn picture(l: &mut Loader<'_>, frame: &Frame, post: &str, source: &Source, a: &Node) -> Option<AssetUse> {
    let node = a.get("file")?;
    let name = node.text()?;
    let fault = |vi: &str, en: &str| {
        source
            .error("A013", node.span, vi, en)
            .why("Ảnh riêng của bài là một tệp ảnh nằm cạnh post.yaml.", "A picture of the post's own is a file beside post.yaml.")
            .fix(
                "Chép ảnh (png, jpg, gif, webp, dưới 20 MB) vào thư mục của bài, đặt tên không dấu, rồi viết   file: anh-1.png",
                "Copy the picture (png, jpg, gif, webp, below 20 MB) into the post's folder and write   file: anh-1.png",
            )
    };
    if a.get("kit").is_some() {
        l.faults.push(fault(
            "một mục chỉ có kit hoặc file, không có cả hai",
            "an entry has either kit or file, not both",
        ));
        return None;
    }
    if !is_name(name) {
        l.faults.push(fault(
            "đây không phải tên một tệp ảnh cạnh post.yaml",
            "this is no name of a picture beside post.yaml",
        ));
        return None;
    }
    let path = format!("{}/posts/{post}/{name}", frame.folder);
    let bytes = match l.files.bytes(&path, MAX) {
        Ok(b) => b,
        Err(f) if f.code == "T039" => {
            l.faults.push(fault("không có tệp này cạnh post.yaml", "there is no such file beside post.yaml"));
            return None;
        }
        Err(f) => {
            l.faults.push(Fault { severity: Severity::Error, ..*f });
            return None;
        }
    };
    let Some(mime) = crate::domain::kit::media_type(&bytes).filter(|m| m.starts_with("image/")) else {
        l.faults.push(fault("tệp này không phải ảnh", "this file is no picture"));
        return None;
    };
    let words = |key: &str| a.str(key).map(str::to_owned);
    if words("alt").is_none() {
        l.faults.push(no_words(source, node));
    }
    let id = own_id(&frame.campaign.id, &PostId::new(post), name);
    let asset = Asset {
        id: id.clone(),
        kind: "picture".into(),
        title: words("caption").or_else(|| words("alt")).unwrap_or_else(|| name.to_owned()),
        url: None,
        file: path.strip_prefix("campaigns/").unwrap_or(&path).to_owned(),
        sha256: super::kit::hash(&bytes),
        mime: mime.to_owned(),
        bytes: bytes.len() as u64,
        license: None,
        alt: None,
        preview: None,
    };
    l.ws.kit.insert(id.clone(), asset);
    Some(AssetUse { asset: id, alt: words("alt"), caption: words("caption") })
}

/// A007: nobody says what it shows.
pub fn no_words(source: &Source, at: &Node) -> Fault {
    source
        .fault(
            "A007",
            Severity::Warning,
            at.span,
            Say::new("ảnh này chưa có lời mô tả", "this picture has no description"),
        )
        .why("Người khiếm thị và hộp thư chặn ảnh chỉ có dòng này.", "It is all that some readers get.")
        .fix("Thêm dòng   alt: ảnh vẽ gì", "Add a line   alt: what it shows")
}

/// K003 of an entry that names neither an asset nor a file.
pub fn nothing(source: &Source, a: &Node) -> Fault {
    source
        .error(
            "K003",
            a.span,
            "mục này chưa ghi kit (mã trong bộ tư liệu) hay file (ảnh cạnh post.yaml)",
            "this entry has neither kit nor file",
        )
        .fix("Thêm dòng   kit: ma-tu-lieu", "Add a line   kit: id")
}

#[cfg(test)]
mod tests {
    use super::is_name;

    #[test]
    fn only_names_of_pictures_beside_the_post_are_names() {
        assert!(is_name("anh-1.png") && is_name("Anh_2.JPG"));
        for bad in ["../a.png", "a/b.png", ".png", "a", "a.pdf", "ảnh.png", "a b.png", "", "a\\b.png"] {
            assert!(!is_name(bad), "{bad}");
        }
    }
}
