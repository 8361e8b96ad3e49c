//! Why a file is not read, in words.

use super::{MAX_FILE, MAX_PICTURES, MAX_TEXT};
use crate::yaml::Say;

/// What a file is that is called `.docx` and is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Foreign {
    /// `.doc`
    OldWord,
    /// `.odt`
    OpenDocument,
    /// `.pdf`
    Pdf,
    /// `.rtf`
    RichText,
    /// A web page.
    Page,
    /// `.xlsx`
    Excel,
    /// `.pptx`
    Slides,
    /// Some other zip.
    Zip,
    /// Anything else.
    Unknown,
}

/// Why a file is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It is something else.
    Foreign(Foreign),
    /// A password is needed.
    Locked,
    /// Packed in a way that Word does not pack: bzip2, LZMA…
    Packed,
    /// Cut short or broken.
    Damaged,
    /// Larger than [`MAX_FILE`].
    TooLarge,
    /// Longer than [`MAX_TEXT`], or more than [`MAX_PICTURES`].
    TooLong,
    /// Built to do harm: a bomb, paths that lead out, entities.
    Hostile,
    /// Letters of an old encoding that cannot be converted beyond doubt.
    OldFonts,
    /// No words in it.
    Empty,
}

impl Refused {
    /// In words, with what to do.
    pub fn says(self) -> Say {
        let save = |what: &str, en: &str| {
            Say::new(
                format!(
                    "đây là {what}. Mở bằng Word (hoặc LibreOffice), chọn Lưu thành (Save As), kiểu Word Document (.docx)"
                ),
                format!(
                    "this is {en}. Open it in Word (or LibreOffice) and save it as Word Document (.docx)"
                ),
            )
        };
        match self {
            Refused::Foreign(Foreign::OldWord) => {
                save("tệp Word đời cũ (.doc)", "a file of an older Word (.doc)")
            }
            Refused::Foreign(Foreign::OpenDocument) => {
                save("tệp LibreOffice (.odt)", "a LibreOffice file (.odt)")
            }
            Refused::Foreign(Foreign::RichText) => save("tệp RTF", "an RTF file"),
            Refused::Foreign(Foreign::Page) => save("trang web (HTML)", "a web page"),
            Refused::Foreign(Foreign::Pdf) => Say::new(
                "đây là tệp PDF. Xin tệp Word gốc (.docx) của người soạn",
                "this is a PDF. Ask its author for the Word file (.docx)",
            ),
            Refused::Foreign(Foreign::Excel) => Say::new(
                "đây là tệp Excel, không phải Word (.docx)",
                "this is an Excel file, not Word (.docx)",
            ),
            Refused::Foreign(Foreign::Slides) => Say::new(
                "đây là tệp PowerPoint, không phải Word (.docx)",
                "this is a PowerPoint file, not Word (.docx)",
            ),
            Refused::Foreign(Foreign::Zip) => Say::new(
                "đây là tệp nén, bên trong không có văn bản Word",
                "this is a zip without a Word document in it",
            ),
            Refused::Foreign(Foreign::Unknown) => {
                Say::new("đây không phải tệp Word (.docx)", "this is no Word file (.docx)")
            }
            Refused::Locked => Say::new(
                "tệp có mật khẩu. Mở bằng Word, vào File, Info, Protect Document, xóa mật khẩu rồi lưu lại",
                "the file has a password. Open it in Word, remove it under File, Info, Protect Document, and save",
            ),
            Refused::Packed => Say::new(
                "tệp nén kiểu Word không dùng (bzip2, LZMA…). Mở bằng Word hoặc LibreOffice rồi lưu lại thành .docx",
                "the file is packed in a way that Word does not use (bzip2, LZMA…). Open it in Word or LibreOffice and save it as .docx again",
            ),
            Refused::Damaged => Say::new(
                "tệp bị cụt hoặc hỏng. Mở thử bằng Word rồi lưu lại, hoặc xin gửi lại",
                "the file is cut short or broken. Open it in Word and save it again, or ask for it again",
            ),
            Refused::TooLarge => Say::new(
                format!(
                    "tệp lớn hơn {} MB. Trong Word: Picture Format, Compress Pictures, rồi lưu lại",
                    MAX_FILE >> 20
                ),
                format!(
                    "the file is larger than {} MB. In Word: Picture Format, Compress Pictures, and save",
                    MAX_FILE >> 20
                ),
            ),
            Refused::TooLong => Say::new(
                format!(
                    "tệp dài hơn một bài (quá {} KB chữ hoặc {MAX_PICTURES} ảnh). Cắt riêng phần cần đăng",
                    MAX_TEXT >> 10
                ),
                format!(
                    "longer than a post may be ({} KB of text, {MAX_PICTURES} pictures). Cut out what is to be published",
                    MAX_TEXT >> 10
                ),
            ),
            Refused::Hostile => Say::new(
                "tệp có cấu tạo bất thường, giống tệp phá hoại: Loa không mở. Hỏi lại người gửi",
                "the file is built like an attack and was not opened. Ask who sent it",
            ),
            Refused::OldFonts => Say::new(
                "chữ trong tệp dùng bảng mã cũ (TCVN3, VNI…) mà Loa không chuyển chắc đúng được. Chuyển sang Unicode trước: bôi đen cả bài, UniKey Ctrl+Shift+F6, rồi làm lại",
                "the letters use an old encoding (TCVN3, VNI…) that cannot be converted beyond doubt. Convert them to Unicode first (UniKey: Ctrl+Shift+F6)",
            ),
            Refused::Empty => Say::new("tệp không có chữ nào", "there are no words in the file"),
        }
    }
}
