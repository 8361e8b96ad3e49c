//! What is wrong with a file, as sentences for who must put it right.

use super::sniff::{KitError, MAX_PIXELS};
use crate::domain::text::{Lang, size};
use crate::yaml::Say;

impl KitError {
    /// What is wrong, and what to do where that is not plain. Vietnamese without a capital and a full stop: it stands behind a file's
    /// name; English as [`Display`](std::fmt::Display).
    pub fn say(&self) -> Say {
        Say::new(self.vi(), self.to_string())
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the system has many errors, and words for all of them"
    )]
    fn vi(&self) -> String {
        match self {
            Self::TooLarge(n, most) => format!("tệp {}, quá mức {}", size(*n, Lang::Vi), size(*most, Lang::Vi)),
            Self::Empty => "tệp rỗng".into(),
            Self::UnknownType => {
                "không phải loại tệp dùng được (ảnh PNG, JPEG, GIF, WebP; PDF; MP3, WAV; MP4; chữ thường)".into()
            }
            Self::Lies { named, found } => {
                format!("tên tệp nói là {named}, nhưng nội dung là {found}: sửa đuôi tệp ở dòng file")
            }
            Self::TooManyPixels { width, height } => {
                format!("ảnh {width} × {height} điểm, nhiều hơn {} triệu: thu nhỏ rồi lưu lại", MAX_PIXELS / 1_000_000)
            }
            Self::BadPicture(why) => format!("ảnh hỏng, không mở được: {why}"),
            Self::NotWhole("application/pdf") => {
                "tệp PDF không có phần kết, có lẽ tải dở: tải lại; nếu nó vẫn mở được thì mở rồi lưu lại (in ra PDF)".into()
            }
            Self::NotWhole(mime @ ("audio/mpeg" | "video/mp4" | "audio/wav")) => {
                format!("tệp đứt giữa chừng, hoặc chỉ phần đầu giống {mime}: tải lại, hoặc xuất lại từ phần mềm")
            }
            Self::NotWhole(mime) => {
                format!("ảnh ({mime}) đứt giữa chừng, thiếu phần cuối: tải lại; nếu nhìn vẫn đủ thì mở rồi lưu lại")
            }
            Self::WrongHash { expected, found } => {
                format!("tệp không phải bản đã ghim (mã băm phải là {}…, tệp này là {}…)", short(expected), short(found))
            }
            Self::NotPublished { expected, found } => format!(
                "tệp không phải bản đã công bố (sha256 trong media-kit.yaml là {}…, tệp này là {}…): hỏi nơi phát hành mã băm của bản mới \
                 rồi sửa dòng sha256",
                short(expected),
                short(found)
            ),
            Self::BadHash(h) => format!("“{h}” không phải mã băm SHA-256"),
            Self::Missing(h) => format!("không còn tệp {}… trong kho var/assets", short(h)),
            Self::Taken(name) => format!("{name}: có mã đã dùng rồi, không ghi gì"),
            Self::Io(name, e) => match e.kind() {
                std::io::ErrorKind::InvalidData => format!(
                    "{name}: tệp này viết theo cách Loa không thêm vào được ({e}). Chạy lại không có --append rồi tự chép vào."
                ),
                std::io::ErrorKind::NotFound => format!("{name}: không có tệp này"),
                std::io::ErrorKind::AlreadyExists => format!("{name}: đã có tệp khác ở đó, không ghi đè"),
                std::io::ErrorKind::InvalidInput => format!("{name}: dẫn ra ngoài nơi làm việc, nên không dùng"),
                std::io::ErrorKind::PermissionDenied => format!("{name}: không có quyền"),
                std::io::ErrorKind::StorageFull => format!("{name}: đĩa đầy"),
                _ => format!("{name}: {e}"),
            },
        }
    }
}

/// The beginning of a hash: enough to tell two by.
pub fn short(hash: &str) -> &str {
    hash.get(..8).unwrap_or(hash)
}
