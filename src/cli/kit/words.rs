//! What is wrong with a file of the kit, or with an answer of a server, in the reader's language.

use super::Ctx;
use crate::domain::text::{Lang, size};
use crate::kit::KitError;
use crate::mirror::Refused;
use crate::transport::FileFault;

/// What is wrong with a file, in the reader's language.
pub(super) fn words(ctx: &Ctx, e: &KitError) -> String {
    e.say().get(ctx.lang == Lang::Vi).to_owned()
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
