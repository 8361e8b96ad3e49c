//! Emoji, exponents, lists, and files that refer to little many times.

use super::*;

#[test]
fn alternatives_are_taken_once_and_emoji_stay() {
    let either = |choice: &str, fallback: &str| {
        format!(
            "<mc:AlternateContent><mc:Choice Requires=\"x\">{choice}</mc:Choice><mc:Fallback>{fallback}</mc:Fallback></mc:AlternateContent>"
        )
    };
    let emoji = either("<s:symEx char=\"1F600\"/>", "<w:t>😀</w:t>");
    assert_eq!(
        markdown(&format!("<w:p><w:r><w:t xml:space=\"preserve\">Vui </w:t></w:r><w:r>{emoji}</w:r></w:p>")),
        "Vui 😀\n"
    );
    assert_eq!(markdown("<w:p><w:r><w:t>a</w:t><s:symEx char=\"1F600\"/></w:r></w:p>"), "a😀\n");
    let run = "<w:r><w:t>Một</w:t></w:r>";
    assert_eq!(markdown(&format!("<w:p>{}</w:p>", either(run, run))), "Một\n");
    assert_eq!(markdown(&either(&p("Đoạn"), &p("Đoạn"))), "Đoạn\n");
    // A family is one sign; a joiner within a word is nothing.
    assert_eq!(
        markdown(&p("Nhà 👨\u{200d}👩\u{200d}👧 vi\u{200d}ệt 🏳\u{fe0f}\u{200d}🌈")),
        "Nhà 👨\u{200d}👩\u{200d}👧 việt 🏳\u{fe0f}\u{200d}🌈\n"
    );
}

#[test]
fn exponents_stay_exponents() {
    let set = |how: &str, text: &str| {
        format!("<w:r><w:rPr><w:vertAlign w:val=\"{how}\"/></w:rPr><w:t>{text}</w:t></w:r>")
    };
    let of = |inner: &str| read(&docx(&format!("<w:p><w:r><w:t>m</w:t></w:r>{inner}</w:p>"), &[])).unwrap();
    assert_eq!(of(&set("superscript", "2")).markdown(&[]), "m²\n");
    assert_eq!(of(&set("subscript", "10")).markdown(&[]), "m₁₀\n");
    assert_eq!(of(&set("baseline", "2")).markdown(&[]), "m2\n");
    let d = of(&set("superscript", "th"));
    assert_eq!(d.markdown(&[]), "mth\n");
    assert!(english(&d)[0].contains("1 superscript or subscript"));
}

#[test]
fn lists_of_their_own_stay_apart() {
    let body = "<w:p><w:r><w:t>Hồ sơ gồm:</w:t></w:r><w:r><w:br/><w:t>1. Đơn</w:t><w:br/><w:t>2. Ảnh</w:t></w:r></w:p>";
    assert_eq!(markdown(body), "Hồ sơ gồm:\n\n1. Đơn\n\n2. Ảnh\n");
    let numbering = NUMBERING.replace(
        "</w:numbering>",
        "<w:abstractNum w:abstractNumId=\"8\"><w:lvl w:ilvl=\"0\"><w:numFmt w:val=\"decimal\"/><w:lvlText w:val=\"%1.\"/></w:lvl></w:abstractNum><w:num w:numId=\"4\"><w:abstractNumId w:val=\"8\"/></w:num></w:numbering>",
    );
    let item = |list: u8, text: &str| {
        format!(
            "<w:p><w:pPr><w:numPr><w:ilvl w:val=\"0\"/><w:numId w:val=\"{list}\"/></w:numPr></w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"
        )
    };
    let body = item(3, "a") + &item(3, "b") + &item(4, "c") + &item(4, "d") + &p("Hết") + &item(4, "e");
    let d = read(&docx(&body, &[("word/numbering.xml", numbering.as_bytes())])).unwrap();
    assert_eq!(d.markdown(&[]), "1. a\n2. b\n1) c\n2) d\n\nHết\n\n3. e\n");
}

#[test]
fn a_little_file_that_refers_to_much_is_refused() {
    let long = "x".repeat(60_000);
    // Long descriptions and addresses are dropped.
    let rels = format!(
        "<R><R Id=\"i\" Target=\"media/a.png\"/><R Id=\"l\" Target=\"https://a.vn/{long}\" TargetMode=\"External\"/></R>"
    );
    let link = "<w:p><w:hyperlink r:id=\"l\"><w:r><w:t>trang</w:t></w:r></w:hyperlink></w:p>";
    let file = docx(
        &(picture("i", &long) + link),
        &[("word/_rels/document.xml.rels", rels.as_bytes()), ("word/media/a.png", b"x")],
    );
    let d = read(&file).unwrap();
    assert_eq!((d.markdown(&[]).as_str(), d.pictures[0].alt.as_deref()), ("trang\n", None));
    // Pictures again and again; cells without end; marks of lists; notes.
    let alt = "y".repeat(1500);
    assert_eq!(
        read(&docx(
            &(p("a") + &picture("i", &alt).repeat(5000)),
            &[("word/_rels/document.xml.rels", rels.as_bytes())]
        )),
        Err(Refused::TooLong)
    );
    let cell = "<w:tc><w:tcPr><w:gridSpan w:val=\"64\"/></w:tcPr><w:p/></w:tc>";
    let table = format!("<w:tbl>{}</w:tbl>", format!("<w:tr>{}</w:tr>", cell.repeat(3)).repeat(20_000));
    assert_eq!(read(&docx(&(p("a") + &table), &[])), Err(Refused::TooLong));
    let table = format!("<w:tbl><w:tr>{}</w:tr>{}</w:tbl>", cell.repeat(3), row(&["b"]));
    let out = markdown(&table);
    assert_eq!(out.matches("---|").count(), 66, "{out}");
    let note = |n: usize| {
        format!("<w:p><w:r><w:t>a</w:t></w:r><w:r><w:footnoteReference w:id=\"{n}\"/></w:r></w:p>")
    };
    let many: String = (0..=MAX_NOTES).map(note).collect();
    assert_eq!(read(&docx(&many, &[])), Err(Refused::TooLong));
}

#[test]
fn what_nobody_ended_or_found_is_told_and_leads_nowhere() {
    let field = |kind: &str| format!("<w:r><w:fldChar w:fldCharType=\"{kind}\"/></w:r>");
    let open = format!(
        "<w:p>{}<w:r><w:instrText> HYPERLINK \"https://a.vn\" </w:instrText></w:r>{}<w:r><w:t>trang</w:t></w:r></w:p>{}",
        field("begin"),
        field("separate"),
        p("Sau.")
    );
    assert_eq!(markdown(&open), "[trang](https://a.vn)\n\nSau.\n");
    for says in ["Lỗi! Không tìm thấy nguồn tham chiếu.", "Error! Bookmark not defined."] {
        let d = read(&docx(&p(&format!("Xem {says} và {says}")), &[])).unwrap();
        assert!(
            d.markdown(&[]).contains(says) && english(&d)[0].contains("2 messages of Word"),
            "{:?}",
            d.notes
        );
    }
    assert_eq!(read(&docx(&p("Lỗi! Máy chủ bận thì gọi lại."), &[])).unwrap().notes, []);
    // LibreOffice keeps no picture of a formula.
    let formula = "<w:p><w:r><w:drawing><pic:pic><pic:blipFill><a:blip></a:blip></pic:blipFill></pic:pic></w:drawing></w:r></w:p>";
    let d = read(&docx(&(p("a") + formula), &[])).unwrap();
    assert!(english(&d)[0].contains("1 formula or drawing of which"), "{:?}", d.notes);
}

#[test]
fn many_feet_are_told_together() {
    let foot = p("Một.") + &p("Nơi nhận:") + &p("- Như trên;") + &p("- Lưu: VT.");
    let d = read(&docx(&foot.repeat(1000), &[])).unwrap();
    assert_eq!(d.notes.len(), 4, "{:?}", d.notes);
    assert!(
        english(&d)[3].starts_with("Left out: 997 more feet, 2,991 paragraphs: “Nơi nhận:"),
        "{:?}",
        english(&d)[3]
    );
}

#[test]
fn a_list_keeps_its_sign() {
    let numbering = NUMBERING.replace("%1.", "%1)");
    let item = "<w:p><w:pPr><w:numPr><w:ilvl w:val=\"0\"/><w:numId w:val=\"3\"/></w:numPr></w:pPr><w:r><w:t>a</w:t></w:r></w:p>";
    let d = read(&docx(&item.repeat(2), &[("word/numbering.xml", numbering.as_bytes())])).unwrap();
    assert_eq!(d.markdown(&[]), "1) a\n2) a\n");
}

#[test]
fn other_ways_to_pack_are_named() {
    let mut zip = Zip::new();
    zip.put("word/document.xml", b"x");
    let mut file = zip.end();
    // Method 12, bzip2, in the entry and in the directory.
    file[8] = 12;
    let at = file.windows(4).position(|w| w == b"PK\x01\x02").unwrap();
    file[at + 10] = 12;
    assert_eq!(read(&file), Err(Refused::Packed));
}
