//! What a frame is and what only looks like one; titles, notes, captions.

use super::*;

fn head() -> String {
    p("SỞ VĂN HÓA") + &p("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM") + &p("Độc lập - Tự do - Hạnh phúc")
}

#[test]
fn notes_have_their_own_relations_and_names() {
    let rels = "<R><R Id=\"r1\" Target=\"https://sai.example\" TargetMode=\"External\"/>\
        <R Id=\"n\" Type=\"http://x/footnotes\" Target=\"footnotes2.xml\"/></R>";
    let own = "<R><R Id=\"r1\" Target=\"https://dung.example\" TargetMode=\"External\"/><R Id=\"i\" Target=\"media/a.png\"/></R>";
    let notes = format!(
        "<w:footnotes xmlns:w=\"w\" xmlns:r=\"r\" xmlns:a=\"a\" xmlns:wp=\"wp\"><w:footnote w:id=\"1\"><w:p><w:hyperlink r:id=\"r1\"><w:r><w:t>Luật</w:t></w:r></w:hyperlink></w:p>{}</w:footnote><w:footnote w:id=\"2\"><w:p/></w:footnote></w:footnotes>",
        picture("i", "")
    );
    let mark = |n: u8| {
        format!("<w:p><w:r><w:t>Chữ{n}</w:t></w:r><w:r><w:footnoteReference w:id=\"{n}\"/></w:r></w:p>")
    };
    let d = read(&docx(
        &(mark(1) + &mark(2)),
        &[
            ("word/_rels/document.xml.rels", rels.as_bytes()),
            ("word/footnotes2.xml", notes.as_bytes()),
            ("word/_rels/footnotes2.xml.rels", own.as_bytes()),
            ("word/media/a.png", b"x"),
        ],
    ))
    .unwrap();
    assert_eq!(d.markdown(&[]), "Chữ1[^1]\n\nChữ2[^2]\n\n[^1]: [Luật](https://dung.example)\n\n[^2]: \n");
    assert!(d.pictures.is_empty());
    assert_eq!(english(&d).len(), 2, "{:?}", english(&d));
    // An old encoding that stands in the notes only is seen, too.
    let old = "<w:footnotes xmlns:w=\"w\"><w:footnote w:id=\"1\"><w:p><w:r><w:t>Céng hoµ x· héi chñ nghÜa ViÖt Nam</w:t></w:r></w:p></w:footnote></w:footnotes>";
    assert_eq!(read(&docx(&mark(1), &[("word/footnotes.xml", old.as_bytes())])), Err(Refused::OldFonts));
}

#[test]
fn a_column_called_recipients_is_a_schedule() {
    let schedule = format!(
        "{}<w:tbl>{}{}{}</w:tbl>{}",
        p("Lịch phát quà."),
        row(&["Ngày", "Nơi nhận"]),
        row(&["1/12", "Nhà văn hóa"]),
        row(&["2/12", "Chợ"]),
        p("Xin mời đến.")
    );
    assert_eq!(
        markdown(&schedule),
        "Lịch phát quà.\n\n| Ngày | Nơi nhận |\n|---|---|\n| 1/12 | Nhà văn hóa |\n| 2/12 | Chợ |\n\nXin mời đến.\n"
    );
    let list = p("Một.") + &bold("Nơi nhận") + &p("- Trạm y tế.") + &p("Hai.");
    assert_eq!(markdown(&list), "Một.\n\n## Nơi nhận\n\n- Trạm y tế.\n\nHai.\n");
    let foot = p("Một.") + &p("Nơi nhận:") + &p("- Như trên;") + &p("- Lưu: VT.");
    assert_eq!(markdown(&foot), "Một.\n");
    // In a table of two rows, signed.
    let foot = format!(
        "{}<w:tbl>{}{}</w:tbl>",
        p("Một."),
        row(&["Nơi nhận:~- UBND TP.", "GIÁM ĐỐC"]),
        row(&["", "Nguyễn A"])
    );
    assert_eq!(markdown(&foot), "Một.\n");
}

#[test]
fn an_office_in_the_text_signs_nothing() {
    let district = bold("Q. HẢI AN") + &p("Phường A phát quà.") + &bold("Q. LÊ CHÂN") + &p("Phường B.");
    assert_eq!(markdown(&district), "Phường A phát quà.\n\n## Q. LÊ CHÂN\n\nPhường B.\n");
    let contacts = format!(
        "{}<w:tbl>{}{}</w:tbl>{}",
        p("Ai giúp:"),
        row(&["GIÁM ĐỐC", "0900"]),
        row(&["CHỦ TỊCH", "0901"]),
        p("Gọi giờ làm việc.")
    );
    let out = markdown(&contacts);
    assert!(out.contains("| CHỦ TỊCH | 0901 |") && out.ends_with("Gọi giờ làm việc.\n"), "{out}");
    let long = "Người dân gọi số này để được giúp tại nhà, không mất phí. ".repeat(4);
    let inside = p("Một.") + &bold("GIÁM ĐỐC") + &p(&long) + &p("Ba.");
    assert!(markdown(&inside).contains("GIÁM ĐỐC"));
    assert_eq!(markdown(&(p("Một.") + &bold("Q. GIÁM ĐỐC") + &p("Nguyễn A"))), "Một.\n");
}

#[test]
fn a_greeting_is_no_address() {
    let letter = p("Kính gửi anh chị. Sở mời đến dự:") + &p("- Buổi sáng;") + &p("- Buổi chiều.");
    assert_eq!(markdown(&letter), "Kính gửi anh chị. Sở mời đến dự:\n\n- Buổi sáng;\n- Buổi chiều.\n");
    let named = p("Kính gửi: Các phòng, ban.") + &p("- Việc một.");
    assert_eq!(markdown(&named), "- Việc một.\n");
}

#[test]
fn a_head_takes_no_text() {
    let dated = head() + &p("Hội nghị họp ngày 5 tháng 12 năm 2026") + &p("Hết.");
    assert_eq!(markdown(&dated), "Hội nghị họp ngày 5 tháng 12 năm 2026\n\nHết.\n");
    let dated = head() + &p("TP. Hải Phòng, ngày … tháng 12 năm 2026") + &p("Hết.");
    assert_eq!(markdown(&dated), "Hết.\n");
    let above = p("Lời dẫn của ban biên tập.") + &head() + &p("Hết.");
    assert_eq!(markdown(&above), "Lời dẫn của ban biên tập.\n\nHết.\n");
    let files = head() + &format!("<w:tbl>{}{}</w:tbl>", row(&["Hồ sơ: đơn", "1"]), row(&["Ảnh", "2"]));
    assert!(markdown(&files).contains("Hồ sơ: đơn"));
}

#[test]
fn nothing_is_lost_to_a_title() {
    let styled = |text: &str| {
        format!(
            "<w:p><w:pPr><w:pStyle w:val=\"D1\"/></w:pPr><w:r><w:rPr><w:b/></w:rPr><w:t>{text}</w:t></w:r></w:p>"
        )
    };
    let of = |body: &str| read(&docx(body, &[("word/styles.xml", STYLES.as_bytes())])).unwrap();
    let d = of(&(styled("Bài một") + &p("Mở.") + &styled("Thông báo") + &p("Hai.")));
    assert_eq!(d.title.as_deref(), Some("Bài một"));
    assert_eq!(d.markdown(&[]), "Mở.\n\n## Thông báo\n\nHai.\n");
    let d = of(&(bold("THÔNG BÁO") + &bold("Sở mời dân đến dự.") + &styled("Thời gian") + &p("Sáng.")));
    assert_eq!(d.title.as_deref(), Some("Thông báo"));
    assert_eq!(d.markdown(&[]), "**Sở mời dân đến dự.**\n\n## Thời gian\n\nSáng.\n");
    // The abstract of a letter stays its title though the text begins in bold.
    let d = of(&(head() + &p("V/v phổ biến tên miền") + &bold("Việc cần làm") + &p("Sáng.")));
    assert_eq!(d.title.as_deref(), Some("Phổ biến tên miền"));
    assert_eq!(d.markdown(&[]), "## Việc cần làm\n\nSáng.\n");
    // Two titles: the other one is said.
    let d = of(&(head() + &p("V/v phổ biến tên miền") + &bold("KẾ HOẠCH") + &bold("Năm mới") + &p("Sáng.")));
    assert_eq!(d.title.as_deref(), Some("Kế hoạch năm mới"));
    assert_eq!(d.markdown(&[]), "Phổ biến tên miền\n\nSáng.\n");
    // Too long for a post: all of it stands in the text.
    let long = format!("Tên {}", "dài ".repeat(60).trim());
    let d = of(&(styled(&long) + &p("Sáng.")));
    assert_eq!(d.markdown(&[]), format!("{long}\n\nSáng.\n"));
    assert!(english(&d)[0].contains("200 characters"));
}

#[test]
fn only_a_label_makes_a_caption() {
    let rels = "<R><R Id=\"i\" Target=\"media/a.png\"/></R>";
    let of = |text: &str| {
        let file = docx(
            &(p("Mở.") + &picture("i", "") + &p(text)),
            &[("word/_rels/document.xml.rels", rels.as_bytes()), ("word/media/a.png", b"x")],
        );
        read(&file).unwrap().pictures[0].caption.clone()
    };
    for text in [
        "Hình thức tham gia: trực tiếp",
        "Ảnh hưởng của bão.",
        "Anh Nguyễn: rất vui",
        "Hình ế 1.",
        "- Ảnh: một",
    ] {
        assert_eq!(of(text), None, "{text}");
    }
    for text in ["Hình 2.1. Cửa hàng", "Ảnh: Minh Anh", "Hình ảnh 3: chợ", "Sơ đồ. Đường đi"]
    {
        assert_eq!(of(text).as_deref(), Some(text));
    }
}

#[test]
fn the_end_sign_goes_though_a_note_stands_behind_it() {
    let notes = "<w:footnotes xmlns:w=\"w\"><w:footnote w:id=\"1\"><w:p><w:r><w:t>Luật</w:t></w:r></w:p></w:footnote></w:footnotes>";
    let body = "<w:p><w:r><w:t>Hết./.</w:t></w:r><w:r><w:footnoteReference w:id=\"1\"/></w:r></w:p>";
    let d = read(&docx(body, &[("word/footnotes.xml", notes.as_bytes())])).unwrap();
    assert_eq!(d.markdown(&[]), "Hết.[^1]\n\n[^1]: Luật\n");
}
