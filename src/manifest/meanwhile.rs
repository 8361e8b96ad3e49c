//! What happens until a fault is mended, where the fault itself does not say: it follows from how bad the fault is and from
//! the file it stands in.

use crate::domain::workspace::Workspace;
use crate::yaml::{Fault, Say, Severity};

/// Completes faults that do not say what happens meanwhile. `broken` are the registers that could not be read at all.
pub fn complete(faults: &mut [Fault], ws: &Workspace, broken: &[&str]) {
    for f in faults {
        // A held post says so in the choices it gives.
        let said = f.meanwhile.is_some()
            || f.severity == Severity::Held && f.fix.as_ref().is_some_and(|x| x.vi.contains("giữ lại"));
        if !said {
            f.meanwhile = Some(meanwhile(f, ws, broken));
        }
    }
}

fn meanwhile(f: &Fault, ws: &Workspace, broken: &[&str]) -> Say {
    match f.severity {
        Severity::Warning | Severity::Note => {
            return Say::new(
                "Trong lúc chờ: không có gì bị dừng vì chỗ này.",
                "Meanwhile nothing is stopped by this.",
            );
        }
        Severity::Held => {
            return Say::new(
                "Trong lúc chờ: bài này được giữ lại, chưa gửi đi đâu.",
                "Meanwhile the post is held and goes nowhere.",
            );
        }
        Severity::Error => {}
    }
    let everything = || {
        Say::new(
            "Trong lúc chờ: chưa bài nào dùng bản mới; những gì đã ghi lịch vẫn giữ nguyên.",
            "Meanwhile no post is read anew; what was planned stays as it is.",
        )
    };
    let part = || {
        Say::new(
            "Trong lúc chờ: mục này chưa được dùng, các mục khác vẫn dùng.",
            "Meanwhile this item is not used, the others are.",
        )
    };
    let Some(path) = f.file.strip_prefix("campaigns/") else {
        return Say::new(
            "Trong lúc chờ: các bài vẫn như cũ; chỗ này chưa có tác dụng.",
            "Meanwhile posts stay as they are; this has no effect.",
        );
    };
    let register = match path {
        "units.yaml" => Some("units"),
        "people.yaml" => Some("people"),
        "facts.yaml" => Some("facts"),
        "media-kit.yaml" | "media-kit.lock" => Some("kit"),
        "audiences/lists.yaml" => Some("lists"),
        _ => None,
    };
    if let Some(r) = register {
        return if broken.contains(&r) { everything() } else { part() };
    }
    match path.split('/').collect::<Vec<_>>().as_slice() {
        [_, "posts", ..] => Say::new(
            "Trong lúc chờ: bài này chưa dùng bản đang sửa; bản tốt đã ghi lịch trước đó, nếu có, vẫn giữ nguyên.",
            "Meanwhile the post is not used as it stands; a good version planned before, if any, stays.",
        ),
        [campaign, "campaign.yaml"] if !ws.campaigns.iter().any(|c| c.id.as_str() == *campaign) => Say::new(
            "Trong lúc chờ: chưa bài nào của chiến dịch này dùng bản mới; những gì đã ghi lịch vẫn giữ nguyên.",
            "Meanwhile no post of this campaign is read anew; what was planned stays as it is.",
        ),
        [_, "campaign.yaml"] => Say::new(
            "Trong lúc chờ: chỗ này chưa được dùng; các bài không có lỗi vẫn chạy.",
            "Meanwhile this part is not used; posts without faults go on.",
        ),
        ["calendar", _] => Say::new(
            "Trong lúc chờ: ngày này chưa được tính vào lịch nghỉ.",
            "Meanwhile this day does not count in the calendar.",
        ),
        ["audiences", _] => Say::new(
            "Trong lúc chờ: danh sách này chưa được dùng; bài gửi đến nó bị dừng.",
            "Meanwhile the list is not used; posts that go to it are stopped.",
        ),
        [table] if table.ends_with(".csv") && (f.line == 0 || matches!(f.code, "B001" | "T021")) => Say::new(
            "Trong lúc chờ: bảng này chưa được dùng; bài gửi đến các nơi trong bảng bị dừng.",
            "Meanwhile the table is not used; posts that go to its places are stopped.",
        ),
        [table] if table.ends_with(".csv") => Say::new(
            "Trong lúc chờ: phần sai của dòng này chưa được dùng, các dòng khác vẫn dùng.",
            "Meanwhile the wrong part of this row is not used, the other rows are.",
        ),
        _ => part(),
    }
}
