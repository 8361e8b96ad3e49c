//! What is left out of a Word file, in words.

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
        match self {
            Left::Changes => Say::new(
                format!(
                    "Tệp còn {n} chỗ sửa đổi đang theo dõi (Track Changes): Loa lấy bản đã chấp nhận hết. Hỏi lại người gửi đã chốt chưa."
                ),
                format!(
                    "The file has {n} open tracked changes: they were taken as accepted. Ask whether the text is final."
                ),
            ),
            Left::Comments => {
                Say::new(format!("Bỏ {n} nhận xét (Comment)."), format!("{n} comments were left out."))
            }
            Left::Hidden => Say::new(
                format!("Bỏ {n} đoạn chữ ẩn, ảnh ẩn."),
                format!("{n} stretches of hidden text or pictures were left out."),
            ),
            Left::Boxes => Say::new(
                format!("{n} hộp chữ (Text Box) đưa vào giữa bài: xem lại thứ tự."),
                format!("The text of {n} boxes was put between the paragraphs: look at the order."),
            ),
            Left::Contents => Say::new("Bỏ mục lục.", "The table of contents was left out."),
            Left::Formulas => Say::new(
                format!("Bỏ {n} công thức: gõ lại thành chữ, hoặc chụp thành ảnh."),
                format!("{n} formulas were left out: write them as words, or make pictures of them."),
            ),
            Left::Charts => Say::new(
                format!(
                    "Bỏ {n} biểu đồ hoặc SmartArt: trong Word, chép rồi dán lại thành ảnh (Paste Special, PNG)."
                ),
                format!("{n} charts or SmartArt were left out: in Word, paste them again as PNG."),
            ),
            Left::Symbols => Say::new(
                format!("Bỏ {n} ký hiệu vẽ bằng phông riêng (Wingdings…)."),
                format!("{n} signs of special fonts were left out."),
            ),
            Left::Outside => Say::new(
                format!("Bỏ {n} ảnh chỉ liên kết ra ngoài, không nằm trong tệp."),
                format!("{n} pictures lie outside of the file and were left out."),
            ),
            Left::Links => Say::new(
                format!("{n} liên kết dẫn đến tệp hoặc địa chỉ lạ: giữ chữ, bỏ địa chỉ."),
                format!("{n} links lead to files or odd addresses: the words stay, the addresses do not."),
            ),
            Left::Parts => Say::new(
                format!("Bỏ {n} tệp nhúng trong tệp."),
                format!("{n} documents within the document were left out."),
            ),
            Left::Tables => Say::new(
                format!("{n} bảng có ô gồm nhiều đoạn hoặc nhiều dòng: mỗi ô gộp thành một dòng, xem lại."),
                format!(
                    "{n} tables have cells of several paragraphs or lines: each cell became one line, look at them."
                ),
            ),
            Left::OldFonts => Say::new(
                "Chữ trong tệp dùng bảng mã cũ (.VnTime, VNI): đã chuyển sang Unicode, đọc lại cả bài.",
                "The letters used an old encoding (.VnTime, VNI): they were turned into Unicode; read all of it over.",
            ),
            Left::Scripts => Say::new(
                format!("{n} chỗ chữ nâng lên hoặc hạ xuống (số mũ, chỉ số) thành chữ thường: xem lại."),
                format!("{n} superscripts or subscripts became plain letters: look at them."),
            ),
            Left::NotePictures => Say::new(
                format!("Bỏ {n} ảnh trong chú thích cuối trang."),
                format!("{n} pictures in footnotes were left out."),
            ),
            Left::EmptyNotes => Say::new(
                format!("{n} chú thích cuối trang không có chữ nào: viết thêm, hoặc xóa dấu chú thích."),
                format!("{n} footnotes have no words: write them, or delete their marks."),
            ),
            Left::Shapes => Say::new(
                format!(
                    "Bỏ {n} hình vẽ không có chữ (mũi tên, khung, hình che): xem bản gốc, hình che gì thì che lại."
                ),
                format!(
                    "{n} drawn shapes without words were left out: see in the original what they point at or cover."
                ),
            ),
            Left::Effects => Say::new(
                format!(
                    "{n} ảnh trong Word có hiệu ứng (đổi màu, làm mờ, cắt theo hình): Loa lấy ảnh gốc, xem có lộ gì không."
                ),
                format!(
                    "{n} pictures have effects in Word (colours, blur, a shape): they were taken without, see what shows."
                ),
            ),
            Left::Ruby => Say::new(
                format!("Bỏ {n} chú âm trên đầu chữ."),
                format!("{n} readings above words were left out."),
            ),
            Left::Placeholders => Say::new(
                format!("Bỏ {n} ô mẫu chưa ai điền (“Bấm vào đây để nhập…”)."),
                format!("{n} fields that nobody filled in (“Click here to enter…”) were left out."),
            ),
            Left::Merged => Say::new(
                format!("{n} ô bảng gộp nhiều hàng: chữ lặp lại ở mỗi hàng."),
                format!("{n} cells reached over several rows: their words are repeated in each."),
            ),
            Left::Unmarked => Say::new(
                format!(
                    "{n} chú thích của tiêu đề, chú thích ảnh hoặc phần đã bỏ: thành đoạn “Chú thích: …” ở cuối bài."
                ),
                format!(
                    "{n} footnotes of a title, a caption or what was left out became paragraphs “Chú thích: …” at the end."
                ),
            ),
            Left::Appendix => Say::new(
                "Sau chữ ký còn nội dung (phụ lục, danh sách…): giữ ở cuối bài, xem có cần không.",
                "There is more behind the signature (an appendix, a list…): it stays at the end, see whether it is needed.",
            ),
        }
    }
}
