//! What is left out of a Word file, in words.

use crate::domain::text::plural;
use crate::yaml::Say;

/// Something that is no part of the text, or cannot be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Left {
    /// Tracked changes: insertions are in the text, deletions are not.
    Changes,
    /// Comments.
    Comments,
    /// Hidden text.
    Hidden,
    /// Text of boxes: kept, but where it stands is a guess.
    Boxes,
    /// A table of contents.
    Contents,
    /// Formulas.
    Formulas,
    /// Charts and SmartArt.
    Charts,
    /// Signs of special fonts.
    Symbols,
    /// Pictures that lie outside of the file.
    Outside,
    /// Drawn objects of which the file holds no picture: formulas and charts as LibreOffice saves them.
    Missing,
    /// References that Word could not resolve: its message stays in the text.
    Broken,
    /// Links that lead nowhere public.
    Links,
    /// Documents within the document.
    Parts,
    /// Tables whose cells hold more than Markdown's can.
    Tables,
    /// Letters of an old encoding: converted.
    OldFonts,
    /// Letters set high or low.
    Scripts,
    /// Pictures in notes.
    NotePictures,
    /// Notes without a word.
    EmptyNotes,
    /// Drawn shapes.
    Shapes,
    /// Pictures that are shown in other colours, blurred, or in a shape.
    Effects,
    /// Readings above words.
    Ruby,
    /// Content controls that nobody filled in.
    Placeholders,
    /// Cells of several rows: their words are repeated.
    Merged,
    /// Notes whose mark stands where none can be: kept as paragraphs.
    Unmarked,
    /// An appendix behind the signature: kept.
    Appendix,
}

impl Left {
    /// In words; `n` says how often.
    pub fn says(self, n: usize) -> Say {
        let some = |one: &str, many: &str| plural(n as i64, one, many);
        match self {
            Left::Changes => Say::new(
                format!(
                    "Tệp còn {n} chỗ sửa đổi đang theo dõi (Track Changes): Loa lấy bản đã chấp nhận hết. Hỏi lại người gửi đã chốt chưa."
                ),
                format!(
                    "The file has {}, taken as accepted. Ask whether the text is final.",
                    some("open tracked change", "open tracked changes")
                ),
            ),
            Left::Comments => Say::new(
                format!("Bỏ {n} nhận xét (Comment)."),
                format!("Left out: {}.", some("comment", "comments")),
            ),
            Left::Hidden => Say::new(
                format!("Bỏ {n} đoạn chữ ẩn, ảnh ẩn."),
                format!("Left out: {} of hidden text or pictures.", some("stretch", "stretches")),
            ),
            Left::Boxes => Say::new(
                format!("{n} hộp chữ (Text Box) đưa vào giữa bài: xem lại thứ tự."),
                format!(
                    "The text of {} was put between the paragraphs: look at the order.",
                    some("box", "boxes")
                ),
            ),
            Left::Contents => Say::new("Bỏ mục lục.", "The table of contents was left out."),
            Left::Formulas => Say::new(
                format!("Bỏ {n} công thức: gõ lại thành chữ, hoặc chụp thành ảnh."),
                format!("Left out: {}. Write it as words, or as a picture.", some("formula", "formulas")),
            ),
            Left::Charts => Say::new(
                format!(
                    "Bỏ {n} biểu đồ hoặc SmartArt: trong Word, chép rồi dán lại thành ảnh (Paste Special, PNG)."
                ),
                format!("Left out: {} or SmartArt. In Word, paste it again as PNG.", some("chart", "charts")),
            ),
            Left::Symbols => Say::new(
                format!("Bỏ {n} ký hiệu vẽ bằng phông riêng (Wingdings…)."),
                format!("Left out: {} of special fonts.", some("sign", "signs")),
            ),
            Left::Outside => Say::new(
                format!("Bỏ {n} ảnh chỉ liên kết ra ngoài, không nằm trong tệp."),
                format!("Left out: {} outside of the file.", some("picture", "pictures")),
            ),
            Left::Missing => Say::new(
                format!(
                    "Bỏ {n} công thức hoặc hình mà tệp không giữ ảnh (LibreOffice lưu): chụp thành ảnh rồi chèn lại."
                ),
                format!(
                    "Left out: {} of which the file holds no picture (LibreOffice): insert it again as one.",
                    some("formula or drawing", "formulas or drawings")
                ),
            ),
            Left::Broken => Say::new(
                format!(
                    "{n} chỗ Word báo “Lỗi! Không tìm thấy nguồn tham chiếu”: còn nguyên trong bài, tìm “Lỗi!” (Error!) rồi viết lại."
                ),
                format!(
                    "Still in the text: {} of Word (“Error! Reference source not found.”). Look for “Error!” (Lỗi!) and write it anew.",
                    some("message", "messages")
                ),
            ),
            Left::Links => Say::new(
                format!("{n} liên kết dẫn đến tệp hoặc địa chỉ lạ: giữ chữ, bỏ địa chỉ."),
                format!("Kept without its address: {} to a file or to an odd place.", some("link", "links")),
            ),
            Left::Parts => Say::new(
                format!("Bỏ {n} tệp nhúng trong tệp."),
                format!("Left out: {} within the document.", some("document", "documents")),
            ),
            Left::Tables => Say::new(
                format!("{n} bảng có ô gồm nhiều đoạn hoặc nhiều dòng: mỗi ô gộp thành một dòng, xem lại."),
                format!(
                    "Cells of several paragraphs or lines became one line each: look at {}.",
                    some("table", "tables")
                ),
            ),
            Left::OldFonts => Say::new(
                "Chữ trong tệp dùng bảng mã cũ (.VnTime, VNI): đã chuyển sang Unicode, đọc lại cả bài.",
                "The letters used an old encoding (.VnTime, VNI): they were turned into Unicode; read all of it over.",
            ),
            Left::Scripts => Say::new(
                format!("{n} chỗ chữ nâng lên hoặc hạ xuống (số mũ, chỉ số) thành chữ thường: xem lại."),
                format!(
                    "Now plain letters: {} or subscript. Look at the place.",
                    some("superscript", "superscripts")
                ),
            ),
            Left::NotePictures => Say::new(
                format!("Bỏ {n} ảnh trong chú thích cuối trang."),
                format!("Left out: {} in footnotes.", some("picture", "pictures")),
            ),
            Left::EmptyNotes => Say::new(
                format!("{n} chú thích cuối trang không có chữ nào: viết thêm, hoặc xóa dấu chú thích."),
                format!("Without a word: {}. Write it, or delete its mark.", some("footnote", "footnotes")),
            ),
            Left::Shapes => Say::new(
                format!(
                    "Bỏ {n} hình vẽ không có chữ (mũi tên, khung, hình che): xem bản gốc, hình che gì thì che lại."
                ),
                format!(
                    "Left out: {} without words. See in the original what it points at or covers.",
                    some("drawn shape", "drawn shapes")
                ),
            ),
            Left::Effects => Say::new(
                format!(
                    "{n} ảnh trong Word có hiệu ứng (đổi màu, làm mờ, cắt theo hình): Loa lấy ảnh gốc, xem có lộ gì không."
                ),
                format!(
                    "Taken without its effects in Word (colours, blur, a shape): {}. See what shows.",
                    some("picture", "pictures")
                ),
            ),
            Left::Ruby => Say::new(
                format!("Bỏ {n} chú âm trên đầu chữ."),
                format!("Left out: {} above words.", some("reading", "readings")),
            ),
            Left::Placeholders => Say::new(
                format!("Bỏ {n} ô mẫu chưa ai điền (“Bấm vào đây để nhập…”)."),
                format!(
                    "Left out: {} that nobody filled in (“Click here to enter…”).",
                    some("field", "fields")
                ),
            ),
            Left::Merged => Say::new(
                format!("{n} ô bảng gộp nhiều hàng: chữ lặp lại ở mỗi hàng."),
                format!(
                    "Words are repeated in each row of {} that reached over several.",
                    some("cell", "cells")
                ),
            ),
            Left::Unmarked => Say::new(
                format!(
                    "{n} chú thích của tiêu đề, chú thích ảnh hoặc phần đã bỏ: thành đoạn “Chú thích: …” ở cuối bài."
                ),
                format!(
                    "Now “Chú thích: …” at the end: {} of a title, a caption or what was left out.",
                    some("footnote", "footnotes")
                ),
            ),
            Left::Appendix => Say::new(
                "Sau chữ ký còn nội dung (phụ lục, danh sách…): giữ ở cuối bài, xem có cần không.",
                "There is more behind the signature (an appendix, a list…): it stays at the end, see whether it is needed.",
            ),
        }
    }
}
