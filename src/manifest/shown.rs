//! A006: what a post shows of the media kit and nobody may show now: named by it, standing in a text of it, or standing for what it names.

use super::Loader;
use crate::domain::id::AssetId;
use crate::domain::markdown;
use crate::yaml::{Fault, Say, Severity, Source, Span};

/// The fault of a place that shows an asset with a fault of its own; `instead` is the picture that stands for the asset, if that is
/// what is at fault.
pub fn held(source: &Source, span: Span, instead: Option<&str>, code: &str) -> Fault {
    let says = match instead {
        None => Say::new(
            format!("tư liệu này đang có lỗi {code} trong media-kit.yaml"),
            format!("this asset has the fault {code} in media-kit.yaml"),
        ),
        Some(id) => Say::new(
            format!("ảnh đứng thay cho tư liệu này (preview: {id}) đang có lỗi {code} trong media-kit.yaml"),
            format!(
                "the picture that stands for this asset (preview: {id}) has the fault {code} in media-kit.yaml"
            ),
        ),
    };
    source
        .fault("A006", Severity::Held, span, says)
        .fix(
            format!("Sửa lỗi {code} ở campaigns/media-kit.yaml trước; dòng này không phải sửa."),
            format!("Put the fault {code} of campaigns/media-kit.yaml right first; this line is fine."),
        )
        .meanwhile(
            "Bài này được giữ lại, chưa gửi đi đâu, cho đến khi tư liệu được sửa.",
            "The post is held until the asset is put right.",
        )
}

/// Pictures of the kit that stand in texts.
pub fn in_texts(l: &mut Loader<'_>, texts: &[Source]) {
    for source in texts {
        let text = source.text();
        for shown in markdown::pictures(text) {
            let Some(id) = shown.asset() else { continue };
            let asset = l.ws.kit.get(id);
            let instead = asset.filter(|a| !a.is_image()).and_then(|a| a.preview.clone());
            let (instead, code) = match (l.bad_assets.get(id), instead) {
                (Some(code), _) => (None, *code),
                (None, Some(p)) => match l.bad_assets.get(&p) {
                    Some(code) => (Some(p), *code),
                    None => continue,
                },
                (None, None) => continue,
            };
            let before = &text[..shown.at.start];
            let line_start = before.rfind('\n').map_or(0, |i| i + 1);
            let (line, column) = (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1);
            let width = text[shown.at].lines().next().map_or(1, |l| l.chars().count());
            let instead = instead.as_ref().map(AssetId::as_str);
            l.faults.push(held(source, Span::on(line, column, width), instead, code));
        }
    }
}
