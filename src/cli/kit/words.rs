//! What is wrong with a file of the kit, or with an answer of a server, in the reader's language.

use super::Ctx;
use crate::domain::text::{Lang, size};
use crate::kit::KitError;
use crate::mirror::Refused;
use crate::transport::FileFault;

/// What is wrong with a file, in the reader's language.
#[expect(clippy::wildcard_enum_match_arm, reason = "the system has many errors, and words for all of them")]
pub(super) fn words(ctx: &Ctx, e: &KitError) -> String {
    if ctx.lang == Lang::En {
        return e.to_string();
    }
    match e {
        KitError::TooLarge(n, most) => {
            format!("tệp {}, quá mức {}", size(*n, Lang::Vi), size(*most, Lang::Vi))
        }
        KitError::Empty => "tệp rỗng".into(),
        KitError::UnknownType => {
            "không phải loại tệp dùng được (ảnh PNG, JPEG, GIF, WebP; PDF; MP3, WAV; MP4; chữ thường)".into()
        }
        KitError::Lies { named, found } => {
            format!("tên tệp nói là {named}, nhưng nội dung là {found}: sửa đuôi tệp ở dòng file")
        }
        KitError::TooManyPixels { width, height } => format!("ảnh {width} × {height} điểm, quá lớn"),
        KitError::BadPicture(why) => format!("ảnh hỏng, không mở được: {why}"),
        KitError::NotWhole("application/pdf") => {
            "tệp PDF không có phần kết, có lẽ tải dở: tải lại; nếu nó vẫn mở được thì mở rồi lưu lại (in ra PDF)".into()
        }
        KitError::NotWhole(mime @ ("audio/mpeg" | "video/mp4" | "audio/wav")) => {
            format!("tệp đứt giữa chừng, hoặc chỉ phần đầu giống {mime}: tải lại, hoặc xuất lại từ phần mềm")
        }
        KitError::NotWhole(mime) => {
            format!("ảnh ({mime}) đứt giữa chừng, thiếu phần cuối: tải lại; nếu nhìn vẫn đủ thì mở rồi lưu lại")
        }
        KitError::WrongHash { expected, found } => {
            format!("mã băm phải là {}…, tệp này là {}…", short(expected), short(found))
        }
        KitError::BadHash(h) => format!("“{h}” không phải mã băm SHA-256"),
        KitError::Missing(h) => format!("không còn tệp {}… trong kho var/assets", short(h)),
        KitError::Taken(name) => format!("{name}: có mã đã dùng rồi, không ghi gì"),
        KitError::Io(name, e) => match e.kind() {
            std::io::ErrorKind::InvalidData => {
                format!(
                    "{name}: tệp này viết theo cách Loa không thêm vào được ({e}). Chạy lại không có --append rồi tự chép vào."
                )
            }
            std::io::ErrorKind::NotFound => format!("{name}: không có tệp này"),
            std::io::ErrorKind::AlreadyExists => format!("{name}: đã có tệp khác ở đó, không ghi đè"),
            std::io::ErrorKind::InvalidInput => format!("{name}: dẫn ra ngoài nơi làm việc, nên không dùng"),
            std::io::ErrorKind::PermissionDenied => format!("{name}: không có quyền"),
            _ => format!("{name}: {e}"),
        },
    }
}

pub(super) fn short(hash: &str) -> &str {
    hash.get(..8).unwrap_or(hash)
}

pub(super) fn refused(ctx: &Ctx, r: &Refused) -> String {
    let say = |vi: String, en: String| if ctx.lang == Lang::Vi { vi } else { en };
    let got = |n: &u64| size(*n, ctx.lang);
    match r {
        Refused::File(e) => words(ctx, e),
        Refused::Type(said, found) => say(
            format!("máy chủ nói là {said}, nhưng tệp là {found}"),
            format!("the server says {said}, and the file is {found}"),
        ),
        Refused::Page => say(
            "máy chủ trả về một trang web, không phải tệp (địa chỉ đã đổi, hoặc phải đăng nhập)".into(),
            "the server sent a page, not a file (another address, or a login)".into(),
        ),
        Refused::Fetch(f) => match f {
            FileFault::BadUrl => say("địa chỉ không dùng được".into(), "the address cannot be used".into()),
            FileFault::Private(host) => say(
                format!(
                    "{host} là địa chỉ trong mạng nội bộ. Nếu đúng là kho của cơ quan, ghi vào loa.yaml:   kit: allow_private: [tên máy chủ]"
                ),
                format!(
                    "{host} is an address of a private network. If it is the office's own, write into loa.yaml:   kit: allow_private: [host]"
                ),
            ),
            FileFault::TooManyRedirects => {
                say("chuyển hướng quá nhiều lần".into(), "it redirects too many times".into())
            }
            FileFault::Unsafe => say(
                "địa chỉ https chuyển sang http không an toàn".into(),
                "it redirects from https to http".into(),
            ),
            FileFault::Status(404 | 410) => say(
                "không còn tệp này ở địa chỉ ấy (404)".into(),
                "there is no such file at that address (404)".into(),
            ),
            FileFault::Status(n) => say(format!("máy chủ trả lời {n}"), format!("the server answers {n}")),
            FileFault::NoAnswer(why) => {
                say(format!("không kết nối được: {why}"), format!("no connection: {why}"))
            }
            FileFault::Broke(n) => say(
                format!("đứt giữa chừng sau {}; lần sau tải tiếp từ đó", got(n)),
                format!("it broke off after {}; the next fetch goes on from there", got(n)),
            ),
            FileFault::Stalled(n) => say(
                format!("máy chủ im lặng quá lâu sau {}; thử lại sau", got(n)),
                format!("the server fell silent after {}; try again later", got(n)),
            ),
            FileFault::TooSlow(n) => say(
                format!("quá chậm: hết giờ sau {}; lần sau tải tiếp từ đó", got(n)),
                format!("too slow: out of time after {}; the next fetch goes on from there", got(n)),
            ),
            FileFault::TooLarge(n) => {
                say(format!("dài quá mức {}", got(n)), format!("longer than {}", got(n)))
            }
            FileFault::Confused => say(
                "máy chủ trả lời một phần khác với phần được hỏi".into(),
                "the server answers another part than was asked for".into(),
            ),
            FileFault::Disk(e) => e.to_string(),
        },
    }
}
