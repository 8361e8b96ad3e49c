//! Why the database did not do as asked, as an operator reads it: what is so, what to do, and the technical text for whoever is
//! called.

use crate::domain::text::Lang;
use crate::store::{StoreError, Trouble};

/// The sentence for a screen.
pub fn says(e: &StoreError, lang: Lang) -> String {
    let (vi, en) = words(e);
    let technical = e.to_string();
    if lang == Lang::En && en == technical {
        return technical;
    }
    format!("{}\n  {}: {technical}", lang.pick(&vi, &en), lang.pick("Chi tiết kỹ thuật", "Technical"))
}

fn words(e: &StoreError) -> (String, String) {
    let fixed = |vi: &str, en: &str| (vi.to_owned(), en.to_owned());
    match e {
        StoreError::Db(_) => match e.trouble() {
            Some(t) => {
                let (vi, en) = of(t);
                fixed(vi, en)
            }
            None => fixed(
                "Cơ sở dữ liệu báo lỗi lạ. Chạy lại lệnh; vẫn lỗi thì gửi dòng dưới cho người quản trị.",
                "The database reports an error. Run the command again; if it stays, send the line below to the administrator.",
            ),
        },
        StoreError::WrongKey(file) => (
            format!(
                "Khóa trong {file} không phải khóa của cơ sở dữ liệu này. Lấy đúng tệp khóa từ bản sao lưu, chép đè vào đó \
                 rồi chạy lại. Chưa ghi gì."
            ),
            format!(
                "The key in {file} is not this database's. Restore the right key file from the backup and run this again. \
                 Nothing was written."
            ),
        ),
        StoreError::KeyGone(file) => (
            format!(
                "Mất tệp khóa {file}. Lấy tệp ấy từ bản sao lưu, chép vào chỗ cũ rồi chạy lại; không có khóa thì không đọc \
                 được địa chỉ nào."
            ),
            format!(
                "The key file {file} is missing. Restore it from the backup and run this again; without it no address can be read."
            ),
        ),
        StoreError::LedgerGone(database, key) => (
            format!(
                "Cơ sở dữ liệu {database} không còn hoặc trống, trong khi khóa {key} vẫn còn đó. Cố ý bắt đầu sổ trống thì chuyển tệp \
                 khóa đi nơi khác; khi đó Loa không biết đã gửi gì, ai đã từ chối nhận. Còn không, khôi phục từ bản sao lưu \
                 bằng lệnh restore."
            ),
            format!(
                "The database {database} is missing or empty, though its key {key} lies there. To begin an empty ledger on purpose, \
                 move the key away: nothing that was sent, and no opt-out, is known then. Else restore it from the backup \
                 by the command restore."
            ),
        ),
        StoreError::Corrupt(_) => fixed(
            "Cơ sở dữ liệu có một giá trị không đọc được. Đừng sửa tay; gửi dòng dưới cho người quản trị, và giữ lại bản sao lưu \
             gần nhất.",
            "The database holds a value that cannot be read. Do not mend it by hand; send the line below to the administrator and \
             keep the last backup.",
        ),
        // Each says what it is about, and to whom it matters.
        StoreError::Conflict(why) => (
            "Sổ cái hiện không cho làm việc này; không có gì bị đổi. Xem lại bằng lệnh status rồi thử lần nữa."
                .to_owned(),
            why.clone(),
        ),
        StoreError::BadUrl(_) => fixed(
            "Địa chỉ cơ sở dữ liệu (mục database: trong loa.yaml, hoặc LOA_DATABASE_URL) không dùng được. Viết như   \
             sqlite:var/loa.db   hoặc   postgres://nguoi-dung@may-chu/ten",
            "The address of the database (database: in loa.yaml, or LOA_DATABASE_URL) cannot be used. Write it like   \
             sqlite:var/loa.db   or   postgres://user@host/name",
        ),
        StoreError::Stopped => fixed(
            "Loa đang dừng nên không ghi được nữa. Chạy lại lệnh sau khi Loa đã khởi động lại.",
            "Loa is stopping and writes no more. Run the command again once it is up.",
        ),
        StoreError::Io(file, e) => {
            let (vi, en) = disk(e.kind());
            (format!("{file}: {vi}"), format!("{file}: {en}"))
        }
    }
}

fn of(t: Trouble) -> (&'static str, &'static str) {
    match t {
        Trouble::Denied => (
            "Không được phép đọc hoặc ghi tệp cơ sở dữ liệu. Cho người chạy Loa quyền ghi vào thư mục var/ (cả thư mục, không chỉ \
             tệp) rồi chạy lại.",
            "The database's file may not be read or written. Let the user that runs Loa write to the folder var/ (the folder, not \
             the file alone) and run this again.",
        ),
        Trouble::Busy => (
            "Cơ sở dữ liệu đang bận: chương trình khác giữ nó quá lâu. Đợi một phút rồi chạy lại; vẫn bận thì xem ai đang mở tệp \
             (bản sao lưu, trình xem SQLite) và đóng lại.",
            "The database is busy: another program holds it too long. Wait a minute and run this again; if it stays, close whatever \
             has it open (a backup, a viewer).",
        ),
        Trouble::Full => (
            "Hết chỗ trên đĩa của cơ sở dữ liệu; không ghi được nữa. Dọn bớt đĩa hoặc mở rộng, rồi chạy lại. Những gì đã ghi vẫn \
             còn.",
            "The database's disk is full; nothing can be written. Make room and run this again. What was written is kept.",
        ),
        Trouble::Disk => (
            "Đĩa của cơ sở dữ liệu báo lỗi khi đọc hoặc ghi. Nhờ người quản trị kiểm tra đĩa; sao lưu ngay bằng lệnh backup.",
            "The database's disk fails while reading or writing. Have the disk looked at, and back up now by the command backup.",
        ),
        Trouble::Damaged => (
            "Tệp cơ sở dữ liệu bị hỏng, hoặc không phải cơ sở dữ liệu của Loa. Dừng Loa, giữ nguyên tệp ấy, rồi khôi phục từ bản sao \
             lưu gần nhất bằng lệnh restore.",
            "The database's file is damaged, or is no database. Stop Loa, keep the file, and restore the last backup by the command restore.",
        ),
        Trouble::NoAnswer => (
            "Không nối được với máy chủ cơ sở dữ liệu. Kiểm tra máy chủ có chạy không, tên máy và cổng trong mục database: có đúng \
             không, mạng có thông không; rồi chạy lại.",
            "The database's server cannot be reached. See that it runs, that host and port in database: are right, and that the \
             network is up; then run this again.",
        ),
        Trouble::Refused => (
            "Máy chủ cơ sở dữ liệu không nhận tên hoặc mật khẩu. Sửa trong mục database: (hoặc LOA_DATABASE_URL), hoặc nhờ người quản \
             trị cấp lại quyền.",
            "The database's server refuses user or password. Correct them in database: (or LOA_DATABASE_URL), or ask the \
             administrator for access.",
        ),
        Trouble::NoDatabase => (
            "Máy chủ không có cơ sở dữ liệu tên ấy. Nhờ người quản trị tạo (createdb), hoặc sửa tên trong mục database:.",
            "The server has no database of that name. Have it made (createdb), or correct the name in database:.",
        ),
        Trouble::Crowded => (
            "Máy chủ cơ sở dữ liệu đã hết lượt kết nối hoặc bộ nhớ. Đợi rồi chạy lại; hay gặp thì nhờ người quản trị tăng \
             max_connections hoặc dùng pgbouncer.",
            "The database's server has no connections or memory left. Wait and run this again; if it happens often, raise \
             max_connections or put pgbouncer before it.",
        ),
        Trouble::Restarting => (
            "Máy chủ cơ sở dữ liệu đang khởi động, đang dừng, hoặc chỉ cho đọc. Đợi một lát rồi chạy lại.",
            "The database's server is starting, stopping, or read-only. Wait a little and run this again.",
        ),
        Trouble::NoRight => (
            "Người dùng cơ sở dữ liệu thiếu quyền. Nhờ người quản trị cho làm chủ (owner) cơ sở dữ liệu của Loa.",
            "The database's user lacks a right. Have it made the owner of Loa's database.",
        ),
    }
}

/// A file beside the database.
fn disk(kind: std::io::ErrorKind) -> (&'static str, &'static str) {
    use std::io::ErrorKind as K;
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "of the standard library: what is new there is shown as it is"
    )]
    match kind {
        K::PermissionDenied => (
            "không có quyền đọc hoặc ghi. Cho người chạy Loa quyền ấy rồi chạy lại.",
            "permission denied. Let the user that runs Loa read and write it, then run this again.",
        ),
        K::NotFound => ("không có tệp hay thư mục này.", "there is no such file or folder."),
        K::StorageFull | K::QuotaExceeded => {
            ("hết chỗ trên đĩa. Dọn bớt rồi chạy lại.", "the disk is full. Make room and run this again.")
        }
        K::ReadOnlyFilesystem => ("đĩa chỉ cho đọc.", "the disk is read-only."),
        K::AlreadyExists => ("đã có tệp này.", "the file is there already."),
        _ => ("không đọc hoặc không ghi được.", "it cannot be read or written."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every error that a screen may show.
    fn all() -> Vec<StoreError> {
        let (f, io) = (|| "var/key".to_owned(), |k| std::io::Error::from(k));
        vec![
            StoreError::strange("x"),
            StoreError::WrongKey(f()),
            StoreError::KeyGone(f()),
            StoreError::LedgerGone("var/loa.db".into(), f()),
            StoreError::Corrupt("delivery.state 77".into()),
            StoreError::Conflict("another node reads the files now".into()),
            StoreError::BadUrl("database: write `sqlite:var/loa.db`".into()),
            StoreError::Stopped,
            StoreError::Io(f(), io(std::io::ErrorKind::PermissionDenied)),
            StoreError::Io(f(), io(std::io::ErrorKind::StorageFull)),
        ]
    }

    #[test]
    fn each_says_what_is_so_what_to_do_and_the_technical_text() {
        let said: String =
            all().iter().map(|e| format!("{}\n{}\n\n", says(e, Lang::Vi), says(e, Lang::En))).collect();
        insta::assert_snapshot!("errors_of_the_store", said);
    }

    #[test]
    fn each_trouble_says_what_to_do_in_both_languages() {
        use Trouble as T;
        let all = [
            T::Denied,
            T::Busy,
            T::Full,
            T::Disk,
            T::Damaged,
            T::NoAnswer,
            T::Refused,
            T::NoDatabase,
            T::Crowded,
            T::Restarting,
            T::NoRight,
        ];
        let said: String = all
            .into_iter()
            .map(|t| {
                let (vi, en) = of(t);
                format!("{t:?}\n{vi}\n{en}\n\n")
            })
            .collect();
        insta::assert_snapshot!("troubles_of_the_store", said);
    }

    #[test]
    fn the_technical_text_is_never_lost_and_never_alone_in_vietnamese() {
        for e in all() {
            let (vi, technical) = (says(&e, Lang::Vi), e.to_string());
            assert!(vi.ends_with(&technical) && vi.lines().count() == 2, "{vi}");
            assert!(says(&e, Lang::En).contains(&technical));
        }
    }
}
