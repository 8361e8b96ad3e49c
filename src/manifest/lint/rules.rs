//! Every rule with an example that it tells and one that it leaves alone; `docs/lint.md` is printed from this table, and
//! `tests/it/check/lint.rs` runs every example through `loa check`.

use std::fmt::Write as _;

use crate::manifest::codes;

/// Where an example is put into a workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spot {
    /// The text `noi-dung.md`.
    Text,
    /// The post's title.
    Title,
    /// The description of its picture.
    Alt,
    /// Lines of `post.yaml` below its title.
    Keys,
    /// `tin-nhan.md`: the example, so many times, a paragraph each.
    Chat(usize),
    /// `thu.md`: the example, so many times, a paragraph each.
    Mail(usize),
}

/// A rule.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Its code, a code of `check`.
    pub code: &'static str,
    /// Where the examples stand.
    pub spot: Spot,
    /// It is told.
    pub bad: &'static str,
    /// It is not.
    pub good: &'static str,
}

const fn rule(code: &'static str, spot: Spot, bad: &'static str, good: &'static str) -> Rule {
    Rule { code, spot, bad, good }
}

/// All rules, in the order of their codes.
pub const RULES: &[Rule] = &[
    rule(
        "L001",
        Spot::Text,
        "Ho kinh doanh nen dang ky ten mien quoc gia.",
        "Hộ kinh doanh nên đăng ký tên miền quốc gia.",
    ),
    rule("L002", Spot::Text, "Bà con phường Thuỷ Nguyên chú ý.", "Bà con phường Thủy Nguyên chú ý."),
    rule(
        "L003",
        Spot::Text,
        "Văn hoá đọc, văn hóa nghe, văn hóa nhìn.",
        "Văn hóa đọc, văn hóa nghe, văn hóa nhìn.",
    ),
    rule("L004", Spot::Text, "Tệp \u{202e}gpj.exe\u{202c} gửi kèm.", "Tệp exe.jpg gửi kèm."),
    rule("L005", Spot::Text, "Bà con ðăng ký ở Hải Рhòng.", "Bà con đăng ký ở Hải Phòng."),
    rule("L010", Spot::Text, "Khuyến mãi lớn, mua ngay hôm nay.", "Đừng tin lời khuyến mãi của người lạ."),
    rule("L011", Spot::Text, "[QC] Đăng ký tên miền quốc gia.", "Đăng ký tên miền quốc gia."),
    rule(
        "L012",
        Spot::Text,
        "Đăng ký tại nhà đăng ký Mắt Bão.",
        "Đăng ký tại nhà đăng ký được công nhận, xem vnnic.vn/nhadangky.",
    ),
    rule(
        "L013",
        Spot::Text,
        "Mức phí là 50.000 đồng một năm.",
        "{{fact \"noi-dang-ky\"}}, có 12 đồng chí hướng dẫn.",
    ),
    rule(
        "L014",
        Spot::Text,
        "Bà con được miễn phí hai năm đầu.",
        "Không hứa miễn phí. {{fact \"noi-dang-ky\"}}.",
    ),
    rule(
        "L020",
        Spot::Text,
        "Xem https://vnnic.vn.evil.com/nhadangky",
        "Xem [danh sách](https://vnnic.vn/nhadangky)",
    ),
    rule(
        "L021",
        Spot::Text,
        "Xem [bài báo](https://tin-la.com/bai)",
        "Xem [cổng thành phố](https://haiphong.gov.vn/tin)",
    ),
    rule(
        "L022",
        Spot::Text,
        "Xem [vnnic.vn](https://haiphong.gov.vn)",
        "Xem [vnnic.vn](https://vnnic.vn/nhadangky)",
    ),
    rule(
        "L023",
        Spot::Text,
        "Xem [danh sách](https://bit.ly/abc)",
        "Xem [danh sách](https://vnnic.vn/nhadangky)",
    ),
    rule(
        "L024",
        Spot::Text,
        "Xem [tại đây](https://vnnic.vn)",
        "Xem [danh sách nhà đăng ký](https://vnnic.vn)",
    ),
    rule("L025", Spot::Text, "Xem https://vnnic.vn/nhadangky", "Xem vnnic.vn/nhadangky"),
    rule("L030", Spot::Alt, "IMG_2034.jpg", "Áp phích vẽ một cửa hàng có mái che"),
    rule(
        "L040",
        Spot::Title,
        "Hộ kinh doanh cá thể và doanh nghiệp nhỏ cùng nhau lên mạng với tên miền quốc gia .vn",
        "Hộ kinh doanh lên mạng với tên miền .vn",
    ),
    rule("L041", Spot::Title, "HỘ KINH DOANH LÊN MẠNG", "Hộ kinh doanh lên mạng"),
    rule(
        "L042",
        Spot::Mail(700),
        "Chọn một tên ngắn, dễ nhớ, gắn với tên cơ sở của anh/chị.",
        "Chọn một tên ngắn.",
    ),
    rule(
        "L043",
        Spot::Chat(40),
        "Chọn một tên ngắn, dễ nhớ, gắn với tên cơ sở của anh/chị, rồi đến nhà đăng ký.",
        "Chọn một tên ngắn.",
    ),
    rule("L050", Spot::Text, "ĐĂNG KÝ NGAY HÔM NAY để khỏi lỡ.", "UBND, VHTTDL và TTTT cùng làm."),
    rule("L051", Spot::Text, "Nhanh tay lên!!!", "Xin mời bà con!"),
    rule("L052", Spot::Text, "Chúc mừng 🎉🎉🎉", "Chúc mừng 🎉"),
    rule("L090", Spot::Keys, "lint:\n  L021: \"\"\n", "lint:\n  L021: Báo điện tử đã đăng bài của Sở\n"),
    rule(
        "L091",
        Spot::Keys,
        "lint:\n  L999: Vì bài này khác\n",
        "bo_nhac:\n  L021: Báo điện tử đã đăng bài của Sở\n",
    ),
    rule("L092", Spot::Keys, "lint:\n  L024: Không còn dùng đến nữa\n", "tags:\n  - tên miền\n"),
];

/// Rules about what is made of a post: whether a switch for them is used is not known where the file is read.
pub const RENDERED: [&str; 2] = ["L042", "L043"];

/// True for a rule that a post may switch off.
pub fn can_be_switched(code: &str) -> bool {
    code < "L09" && RULES.iter().any(|r| r.code == code)
}

/// The whole of `docs/lint.md`.
pub fn document() -> String {
    let mut out = String::from(
        "# Các quy tắc soát chữ · Rules of the linter\n\n\
         `loa check` đọc chữ của từng bài như một biên tập viên khó tính. Bảng này in từ chương trình; mỗi ví dụ được chạy thử.\n\
         Chỉ mức **Lỗi** làm lệnh trả mã thoát 1 và dừng bài; **Nhắc** và **Ghi chú** được hiện, được đếm, không dừng gì.\n\n\
         Printed from the program; a test runs every example. Only errors stop a post and make the command end with 1.\n\n\
         | mã | mức | quy tắc | sai | đúng |\n|---|---|---|---|---|\n",
    );
    for r in RULES {
        let Some(c) = codes::find(r.code) else { continue };
        let (vi, _) = c.severity.words();
        let _ = writeln!(
            out,
            "| [{0}](codes.md#{1}) | {vi} | {2} | {3} | {4} |",
            r.code,
            r.code.to_lowercase(),
            c.title,
            shown(r, r.bad),
            shown(r, r.good)
        );
    }
    out.push_str(
        "\n## Tắt một quy tắc trong một bài · Switching a rule off\n\n\
         Viết vào `post.yaml`, mỗi quy tắc một dòng, kèm lý do; người duyệt đọc được lý do ấy:\n\n\
         ```yaml\nlint:                # hoặc bo_nhac:\n  L021: Trang của ban tổ chức hội thi, Sở đã kiểm tra ngày 20/11\n```\n\n\
         Thiếu lý do là lỗi (L090): ít nhất ba từ khác nhau, năm từ nếu quy tắc ấy chặn bài; mã không có là lỗi (L091); tắt mà không còn gì để tắt thì có ghi chú (L092). Mã của các nhóm\n\
         khác (T, K, N…) không tắt được.\n\n\
         In `post.yaml`: the rule's code and the reason. No reason is an error, an unknown code too; a switch that does nothing is\n\
         a note. Codes of other groups cannot be switched off.\n\n\
         ## Điều cần biết · What the rules know\n\n\
         - **Tên riêng**: cách viết trong `units.yaml` và bảng xã, phường là đúng. Từ thường thì chỉ nhắc khi một tệp viết cả hai\n\
         cách (L003).\n\
         - **Chữ trong `facts.yaml`** cũng được soát, trừ số tiền và chữ miễn phí: chỗ của chúng ở đó. Địa chỉ giả trong đó\n\
         dừng các bài gọi thông tin ấy; ghi làm nguồn cũng không thành chính thức.\n\
         - **Chữ được soát như người đọc thấy**: Loa đọc Markdown rồi mới soát, nên xuống dòng, hai dấu cách, chữ đậm, `\\.`,\n\
         `&nbsp;` ở giữa không giấu được gì.\n\
         - **Địa chỉ chính thức**: miền của các đơn vị, nguồn trong `facts.yaml`, trang công bố tư liệu, `public_url`, mọi `.gov.vn`,\n\
         `vnnic.vn`, `tenmien.vn`, `chinhphu.vn`. Địa chỉ giống (sai một chữ, chữ của bảng chữ cái khác, kể cả viết `xn--`,\n\
         `vnnic.vn.evil.com`, `vnnic.vn@evil.com`, `vnnic-vn.com`, `haiphonggov.vn`) là lỗi, cả trong địa chỉ thư.\n\
         - **Nhà đăng ký**: danh sách trong `src/manifest/lint/registrars.txt`, thêm tên bằng tệp `campaigns/nha-dang-ky.txt`.\n\
         Chữ hoa, chữ thường, không dấu đều nhận ra; doanh nghiệp còn nghề khác (Viettel, VNPT, FPT) chỉ là lỗi khi câu chỉ người ta\n\
         tới đó đăng ký, ngoài ra thì nhắc.\n\
         - **Tin nội bộ** (`class: internal`) không bị soát L010 đến L014; tin quảng cáo không bị soát L010 đến L012.\n\
         - **Dòng tiêu đề thư** được 70 ký tự: máy tính hiện chừng ấy, điện thoại chừng một nửa. Thư bị nhắc từ 80 KB (L042), vì\n\
         Gmail cắt ở 102 KB; quá mức ấy là lỗi R001.\n\
         - Mỗi quy tắc nêu tối đa ba chỗ trong một tệp.\n\n\
         Soát chữ còn có: A007 (ảnh của bộ tư liệu chưa có lời mô tả), T020 (chữ tổ hợp NFD), T029 (ký tự ẩn), R003 (bản đọc dài\n\
         hơn phần của đài).\n",
    );
    out
}

fn shown(r: &Rule, example: &str) -> String {
    let one: String = example
        .trim()
        .chars()
        .map(|c| match c {
            '\n' => "␤".to_owned(),
            '|' => "\\|".to_owned(),
            '\u{202a}'..='\u{202e}' => format!("⟨U+{:04X}⟩", c as u32),
            c => c.to_string(),
        })
        .collect();
    match r.spot {
        Spot::Chat(n) | Spot::Mail(n) => format!("`{one}` × {n}"),
        Spot::Text | Spot::Title | Spot::Alt | Spot::Keys if one.contains('`') => one,
        Spot::Text | Spot::Title | Spot::Alt | Spot::Keys => format!("`{one}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_every_code_once_and_in_order() {
        let rules: Vec<&str> = RULES.iter().map(|r| r.code).collect();
        let mut listed: Vec<&str> = codes::all().map(|c| c.code).filter(|c| c.starts_with('L')).collect();
        assert_eq!(rules, listed);
        listed.sort_unstable();
        assert_eq!(rules, listed);
        assert!(can_be_switched("L021") && !can_be_switched("L090") && !can_be_switched("T020"));
    }
}
