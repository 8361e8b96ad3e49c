//! No text is lost, added or moved without being told: what stands behind a signature, in wrapped rows, hidden, cut, numbered.

use super::*;

const FOOT: [&str; 2] = ["Nơi nhận:~- Như trên;~- Lưu: VT.", "KT. GIÁM ĐỐC~PHÓ GIÁM ĐỐC~Nguyễn Văn A"];

fn notice() -> String {
    p("SỞ VĂN HÓA")
        + &p("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM")
        + &bold("THÔNG BÁO")
        + &p("Sở thông báo như sau.")
}
fn foot() -> String {
    format!("<w:tbl>{}</w:tbl>", row(&FOOT))
}
fn read_with(body: &str, more: &[(&str, &[u8])]) -> Document {
    read(&docx(body, more)).expect("a document")
}
fn run(dress: &str, text: &str) -> String {
    format!("<w:r><w:rPr>{dress}</w:rPr><w:t xml:space=\"preserve\">{text}</w:t></w:r>")
}
fn field(kind: &str) -> String {
    format!("<w:r><w:fldChar w:fldCharType=\"{kind}\"/></w:r>")
}
fn instruction(text: &str) -> String {
    format!("<w:r><w:instrText>{text}</w:instrText></w:r>")
}

#[test]
fn what_stands_behind_a_signature_stays() {
    let list = format!("<w:tbl>{}{}</w:tbl>", row(&["TT", "Điểm"]), row(&["1", "Nhà văn hóa"]));
    let short: String = (0..40).map(|i| p(&format!("Phường số {i} lúc 8 giờ"))).collect();
    for (behind, last) in [
        (
            bold("DANH SÁCH ĐIỂM HỖ TRỢ") + &list + &p("Đường dây nóng: 1800 1091"),
            "Đường dây nóng: 1800 1091",
        ),
        (bold("LỊCH TUYÊN TRUYỀN") + &short, "Phường số 39 lúc 8 giờ"),
        (bold("QUY CHẾ") + &bold("Chương I") + &p("Điều 1. Phạm vi"), "Điều 1. Phạm vi"),
        (p("* Ghi chú: gọi 1800 1091."), "- Ghi chú: gọi 1800 1091."),
        (p("PHỤ LỤC I") + &p("Mẫu đơn"), "Mẫu đơn"),
    ] {
        let d = read_with(&(notice() + &foot() + &behind), &[]);
        let out = d.markdown(&[]);
        assert!(out.ends_with(&format!("{last}\n")) && out.starts_with("Sở thông báo như sau.\n"), "{out}");
        assert!(!out.contains("Nguyễn Văn A") && !out.contains("Lưu: VT"), "{out}");
        let said = english(&d).join("\n");
        assert!(said.contains("the document's foot, 6 paragraphs, 1 table: “Nơi nhận:"), "{said}");
        assert!(said.contains("more behind the signature"), "{said}");
    }
    // The same in lines; a seal and a name belong to whoever signs, the next line does not.
    let lines = ["Nơi nhận:", "- Như trên;", "- Lưu: VT."].map(p).concat()
        + &p("TM. ỦY BAN NHÂN DÂN")
        + &p("CHỦ TỊCH")
        + &p("(Đã ký)")
        + &p("NGUYỄN VĂN A");
    let d = read_with(&(notice() + &lines + &p("Hồ Sơ Cần Nộp gồm có") + &bold("LỊCH PHÁT")), &[]);
    assert_eq!(d.markdown(&[]), "Sở thông báo như sau.\n\nHồ Sơ Cần Nộp gồm có\n\n## LỊCH PHÁT\n");
    let d = read_with(&(notice() + &lines + &bold("LỊCH TUYÊN TRUYỀN") + &p("Hai.")), &[]);
    assert_eq!(d.markdown(&[]), "Sở thông báo như sau.\n\n## LỊCH TUYÊN TRUYỀN\n\nHai.\n");
}

#[test]
fn a_list_of_places_or_of_telephones_is_no_foot() {
    let places = p("Trả lời bạn đọc.")
        + &p("Nơi nhận:")
        + &p("- Phường A, lưu ý mang căn cước")
        + &p("- Lưu động: xe tại chợ Sắt")
        + &p("Bà con đến trước 17 giờ.");
    let out = markdown(&places);
    assert!(out.contains("Nơi nhận:\n\n- Phường A") && out.ends_with("Bà con đến trước 17 giờ.\n"), "{out}");
    let telephones = p("Gọi khi cần.")
        + &bold("CHỦ TỊCH")
        + &p("Ông A: 0900 111 222")
        + &bold("GIÁM ĐỐC")
        + &p("Ông B: 0900 333 444");
    assert!(markdown(&telephones).ends_with("## GIÁM ĐỐC\n\nÔng B: 0900 333 444\n"));
    let schedule = format!(
        "{}<w:tbl>{}{}</w:tbl>{}",
        p("Lịch."),
        row(&["Nơi nhận", "Người phát"]),
        row(&["Trạm y tế", "GIÁM ĐỐC"]),
        p("Hết.")
    );
    assert!(markdown(&schedule).contains("| Trạm y tế | GIÁM ĐỐC |"));
}

#[test]
fn who_decides_is_no_part_of_the_title() {
    let decision = p("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM")
        + &bold("QUYẾT ĐỊNH")
        + &bold("Về việc ban hành Quy chế")
        + &bold("GIÁM ĐỐC SỞ KHOA HỌC VÀ CÔNG NGHỆ")
        + &p("Căn cứ Luật;");
    let d = read_with(&decision, &[]);
    assert_eq!(d.title.as_deref(), Some("Quyết định về việc ban hành Quy chế"));
    assert_eq!(d.markdown(&[]), "Căn cứ Luật;\n");
    assert!(english(&d)[1].contains("who decides, 1 paragraph: “GIÁM ĐỐC SỞ"), "{:?}", english(&d));
    let plan = bold("KẾ HOẠCH") + &bold("HỘI ĐỒNG NHÂN DÂN TIẾP DÂN") + &p("Một.");
    assert_eq!(read_with(&plan, &[]).title.as_deref(), Some("Kế hoạch HỘI ĐỒNG NHÂN DÂN TIẾP DÂN"));
}

#[test]
fn many_paragraphs_take_no_more_than_their_number() {
    let many: String = (0..6000).map(|i| p(&format!("Ông {i}"))).collect();
    let began = std::time::Instant::now();
    assert_eq!(read_with(&many, &[]).counts.paragraphs, 6000);
    let recipients = p("Nơi nhận:").repeat(6000);
    assert_eq!(read_with(&recipients, &[]).counts.paragraphs, 6000);
    // Quadratic, either would take minutes.
    assert!(began.elapsed().as_secs() < 60, "{:?}", began.elapsed());
}

#[test]
fn rows_and_cells_are_found_wherever_they_are_wrapped() {
    let wrapped = |what: &str, inner: &str| format!("<w:{what}>{inner}</w:{what}>");
    let control = |inner: &str| format!("<w:sdt><w:sdtPr/><w:sdtContent>{inner}</w:sdtContent></w:sdt>");
    let table = format!(
        "{}<w:tbl>{}{}{}{}{}</w:tbl>",
        p("Lịch."),
        row(&["Phường", "Ngày"]),
        control(&(control(&row(&["A", "1/12"])) + &control(&row(&["B", "2/12"])))),
        wrapped("ins", &row(&["C", "3/12"])),
        wrapped("customXml", &row(&["D", "4/12"])),
        wrapped("del", &row(&["X", "9/12"])),
    );
    let d = read_with(&table, &[]);
    let rows = "| A | 1/12 |\n| B | 2/12 |\n| C | 3/12 |\n| D | 4/12 |\n";
    assert!(d.markdown(&[]).ends_with(rows), "{}", d.markdown(&[]));
    assert!(english(&d)[0].contains("2 open tracked changes"), "{:?}", english(&d));
}

#[test]
fn cells_stand_in_the_columns_of_word() {
    let cell = |about: &str, text: &str| format!("<w:tc><w:tcPr>{about}</w:tcPr>{}</w:tc>", p(text));
    let goes_on = "<w:tc><w:tcPr><w:vMerge/></w:tcPr><w:p/></w:tc>";
    let table = format!(
        "{}<w:tbl>{}<w:tr>{}{}</w:tr><w:tr>{goes_on}{}</w:tr><w:tr><w:trPr><w:gridBefore w:val=\"1\"/></w:trPr>{}</w:tr><w:tr>{}{}</w:tr></w:tbl>",
        p("Lịch."),
        row(&["Phường", "Ngày"]),
        cell("<w:vMerge w:val=\"restart\"/>", "A"),
        cell("", "1/12"),
        cell("", "2/12"),
        cell("", "3/12"),
        cell("<w:cellDel/>", "X"),
        cell("", "B"),
    );
    let d = read_with(&table, &[]);
    let rows = "| A | 1/12 |\n| A | 2/12 |\n|  | 3/12 |\n| B |  |\n";
    assert!(d.markdown(&[]).ends_with(rows), "{}", d.markdown(&[]));
    let said = english(&d).join("\n");
    assert!(said.contains("1 open tracked") && said.contains("each row of 1 cell that"), "{said}");
}

#[test]
fn lines_of_cells_and_items_stay_lines() {
    let lines = "<w:p><w:r><w:t>08:00</w:t><w:br/><w:t>09:30</w:t></w:r></w:p>";
    let table = format!(
        "{}<w:tbl>{}<w:tr><w:tc>{lines}</w:tc><w:tc>{}</w:tc></w:tr></w:tbl>",
        p("a"),
        row(&["Giờ", "Việc"]),
        p("Đón")
    );
    let d = read_with(&table, &[]);
    assert!(d.markdown(&[]).contains("| 08:00; 09:30 | Đón |"));
    assert!(english(&d)[0].contains("look at 1 table."), "{:?}", english(&d));
    let item = "<w:p><w:pPr><w:numPr><w:ilvl w:val=\"0\"/><w:numId w:val=\"3\"/></w:numPr></w:pPr><w:r><w:t>một</w:t><w:br/><w:t>2. hai</w:t></w:r></w:p>";
    let d = read_with(item, &[("word/numbering.xml", NUMBERING.as_bytes())]);
    assert_eq!(d.markdown(&[]), "1. một\\\n   2\\. hai\n");
    let broken = "<w:p><w:r><w:t>Hết.</w:t></w:r><w:r><w:br w:type=\"page\"/></w:r><w:r><w:t>Hai</w:t><w:br w:type=\"column\"/><w:t>Ba</w:t></w:r></w:p>";
    assert_eq!(markdown(broken), "Hết.\\\nHai\\\nBa\n");
}

#[test]
fn styles_hide_strike_and_raise() {
    let styles = "<w:styles xmlns:w=\"w\"><w:style w:type=\"paragraph\" w:styleId=\"S\"><w:name w:val=\"Mat\"/><w:rPr><w:vanish/></w:rPr></w:style>\
        <w:style w:type=\"character\" w:styleId=\"C\"><w:name w:val=\"An\"/><w:basedOn w:val=\"S\"/></w:style>\
        <w:style w:type=\"character\" w:styleId=\"X\"><w:name w:val=\"Mu\"/><w:rPr><w:vertAlign w:val=\"superscript\"/></w:rPr></w:style>\
        <w:style w:type=\"character\" w:styleId=\"Y\"><w:name w:val=\"Bo\"/><w:rPr><w:dstrike/></w:rPr></w:style></w:styles>";
    let of = |id: &str, text: &str| run(&format!("<w:rStyle w:val=\"{id}\"/>"), text);
    let body = format!(
        "<w:p><w:pPr><w:pStyle w:val=\"S\"/></w:pPr>{}{}</w:p><w:p>{}{}{}{}</w:p>",
        run("", "nội bộ"),
        run("<w:vanish w:val=\"0\"/>", "Hiện lại."),
        run("", "10"),
        of("X", "6"),
        of("C", " ẩn"),
        of("Y", " bỏ"),
    );
    let d = read_with(&body, &[("word/styles.xml", styles.as_bytes())]);
    assert_eq!(d.markdown(&[]), "Hiện lại.\n\n10⁶ ~~bỏ~~\n");
    assert!(english(&d)[0].contains("2 stretches of hidden"), "{:?}", english(&d));
    let all = "<w:styles xmlns:w=\"w\"><w:docDefaults><w:rPrDefault><w:rPr><w:vanish/></w:rPr></w:rPrDefault></w:docDefaults></w:styles>";
    let shown = format!("<w:p>{}</w:p>", run("<w:vanish w:val=\"0\"/>", "Một"));
    assert_eq!(read_with(&(p("ẩn") + &shown), &[("word/styles.xml", all.as_bytes())]).markdown(&[]), "Một\n");
}

#[test]
fn fields_show_what_word_shows() {
    let nested = |outer: &str| {
        [
            field("begin"),
            instruction(outer),
            field("begin"),
            instruction(" MERGEFIELD X "),
            field("separate"),
            run("", "Nam"),
            field("end"),
            instruction(" = \"Nam\" \"ông\" \"bà\" "),
            field("separate"),
            run("", "ông"),
            field("end"),
        ]
        .concat()
    };
    assert_eq!(
        markdown(&format!("<w:p>{}{}{}</w:p>", run("", "Mời "), nested(" IF "), run("", " A."))),
        "Mời ông A.\n"
    );
    let same = "<w:p><w:r><w:t>Trước </w:t><w:fldChar w:fldCharType=\"begin\"/></w:r><w:r><w:instrText> DATE </w:instrText></w:r>\
        <w:r><w:fldChar w:fldCharType=\"separate\"/><w:t>3/12</w:t><w:fldChar w:fldCharType=\"end\"/><w:t> nộp</w:t></w:r></w:p>";
    assert_eq!(markdown(same), "Trước3/12 nộp\n".replace("Trước", "Trước "));
    // Its beginning is hidden, its result is not; boxes and lists of forms.
    let hidden = format!(
        "<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:fldChar w:fldCharType=\"begin\"/></w:r>{}{}{}{}{}</w:p>",
        instruction(" MERGEFIELD Ten "),
        field("separate"),
        run("", "An"),
        field("end"),
        run("", " đến")
    );
    assert_eq!(markdown(&hidden), "An đến\n");
    let form = |data: &str| {
        format!(
            "<w:r><w:fldChar w:fldCharType=\"begin\"><w:ffData>{data}</w:ffData></w:fldChar></w:r>{}{}",
            instruction(" FORM "),
            field("end")
        )
    };
    let body = format!(
        "<w:p>{}{}{}{}</w:p>",
        form("<w:checkBox><w:default w:val=\"0\"/><w:checked/></w:checkBox>"),
        form("<w:checkBox><w:default w:val=\"0\"/></w:checkBox>"),
        run("", " Nam "),
        form(
            "<w:ddList><w:result w:val=\"1\"/><w:listEntry w:val=\"A\"/><w:listEntry w:val=\"B\"/></w:ddList>"
        ),
    );
    assert_eq!(markdown(&body), "☒☐ Nam B\n");
    // Many that nobody ends.
    let open = format!("<w:p>{}{}</w:p>", field("begin"), field("separate")).repeat(20_000);
    assert_eq!(markdown(&(p("Một") + &open)), "Một\n");
}

#[test]
fn numbers_that_were_typed_are_read_as_typed() {
    for (typed, wanted) in [
        (&["1. Một", "2. Hai"][..], "1. Một\n\n2. Hai\n"),
        (&["1. Một", "3. Ba", "3. Nữa"], "1. Một\n\n3\\. Ba\n\n3. Nữa\n"),
        (&["15. A", "17. B"], "15. A\n\n17\\. B\n"),
        (&["5) A", "4) B"], "5) A\n\n4\\) B\n"),
        (&["1. A", "1) B"], "1. A\n\n1) B\n"),
        (&["1. A", "Chen.", "1. B"], "1. A\n\nChen.\n\n1. B\n"),
        (&["1.5 lít", "1.5 kg"], "1.5 lít\n\n1.5 kg\n"),
    ] {
        assert_eq!(markdown(&typed.iter().map(|t| p(t)).collect::<String>()), wanted);
    }
    // Behind a list of Word's, and before one.
    let item = |text: &str| {
        format!(
            "<w:p><w:pPr><w:numPr><w:ilvl w:val=\"0\"/><w:numId w:val=\"3\"/></w:numPr></w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"
        )
    };
    let of = |body: &str| read_with(body, &[("word/numbering.xml", NUMBERING.as_bytes())]).markdown(&[]);
    assert_eq!(of(&(item("a") + &p("5. b"))), "1. a\n\n5\\. b\n");
    assert_eq!(of(&(p("4. a") + &item("b"))), "4. a\n\n1) b\n");
}

#[test]
fn beginnings_are_joined_to_what_they_begin() {
    let large =
        "<w:p><w:pPr><w:framePr w:dropCap=\"drop\" w:lines=\"3\"/></w:pPr><w:r><w:t>V</w:t></w:r></w:p>";
    assert_eq!(markdown(&(large.to_owned() + &p("iệt Nam.") + &p("Hai."))), "Việt Nam.\n\nHai.\n");
    assert_eq!(markdown(&(p("Một.") + large)), "Một.\n\nV\n");
    let deleted =
        format!("<w:p><w:pPr><w:rPr><w:del w:id=\"1\"/></w:rPr></w:pPr>{}</w:p>", run("", "Nửa đầu "));
    let d = read_with(&(deleted + &p("nửa sau")), &[]);
    assert_eq!(d.markdown(&[]), "Nửa đầu nửa sau\n");
    assert!(english(&d)[0].contains("1 open tracked"));
}

#[test]
fn what_is_drawn_is_taken_or_told() {
    for (inner, text, said) in [
        (
            "<w:pict><v:shape><v:textpath string=\"KHẨU HIỆU\"/></v:shape></w:pict>",
            "a\n\nKHẨU HIỆU\n",
            "text of 1 box",
        ),
        ("<w:drawing><wp:anchor><wps:wsp/></wp:anchor></w:drawing>", "a\n", "1 drawn shape"),
        ("<w:drawing><c:chart/></w:drawing>", "a\n", "1 chart "),
        ("<w:object><o:OLEObject ProgID=\"Excel.Sheet.12\"/></w:object>", "a\n", "1 document within"),
        ("<w:object><o:OLEObject ProgID=\"Equation.3\"/></w:object>", "a\n", "1 formula."),
        (
            "<w:ruby><w:rt><w:r><w:t>chú</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>GỐC</w:t></w:r></w:rubyBase></w:ruby>",
            "a\n\nGỐC\n",
            "1 reading above",
        ),
        ("<w:rPr><w:vanish/></w:rPr><w:drawing/>", "a\n", "1 stretch of hidden text or pictures"),
        ("<w:sym w:font=\"Wingdings 3\" w:char=\"F061\"/>", "a\n", "1 sign of special fonts"),
    ] {
        let d = read_with(&format!("{}<w:p><w:r>{inner}</w:r></w:p>", p("a")), &[]);
        assert_eq!(d.markdown(&[]), text, "{inner}");
        assert!(english(&d).join("\n").contains(said), "{inner}: {:?}", english(&d));
    }
    // A line across the page says nothing.
    let line = "<w:drawing><wps:wsp><wps:spPr><a:prstGeom prst=\"line\"/></wps:spPr></wps:wsp></w:drawing>";
    assert_eq!(read_with(&format!("{}<w:p><w:r>{line}</w:r></w:p>", p("a")), &[]).notes, []);
    let empty = format!(
        "{}<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>{}</w:sdtContent></w:sdt>",
        p("a"),
        p("Bấm vào đây")
    );
    let d = read_with(&empty, &[]);
    assert_eq!((d.markdown(&[]).as_str(), english(&d).len()), ("a\n", 1));
}

#[test]
fn what_is_shown_of_a_picture_is_known() {
    let rels = "<R><R Id=\"i\" Target=\"media/anh%201.png\"/></R>";
    let pic = |crop: &str, place: &str| {
        format!(
            "<w:p><w:r><w:drawing><pic:pic><pic:blipFill><a:blip r:embed=\"i\"/>{crop}</pic:blipFill><pic:spPr>{place}</pic:spPr></pic:pic></w:drawing></w:r></w:p>"
        )
    };
    let of = |body: &str| {
        read_with(
            &(p("a") + body),
            &[("Word/_rels/Document.xml.rels", rels.as_bytes()), ("word/Media/Anh 1.png", b"x")],
        )
    };
    let whole = of(&pic("", "<a:xfrm/>"));
    assert!(whole.pictures[0].view.is_whole() && whole.pictures[0].bytes.is_some() && whole.notes.is_empty());
    for shown in [
        pic("<a:srcRect l=\"50000\"/>", ""),
        pic("", "<a:xfrm rot=\"5400000\"/>"),
        pic("", "<a:xfrm flipH=\"1\"/>"),
    ] {
        assert!(!of(&shown).pictures[0].view.is_whole(), "{shown}");
        // The same file, shown in two ways, is two pictures.
        assert_eq!(of(&(pic("", "") + &shown)).pictures.len(), 2);
    }
    let blurred =
        pic("", "").replace("<a:blip r:embed=\"i\"/>", "<a:blip r:embed=\"i\"><a:grayscl/></a:blip>");
    assert!(english(&of(&blurred))[0].contains("1 picture. See what shows"));
}

#[test]
fn captions_above_stay_with_their_picture() {
    let rels = "<R><R Id=\"i\" Target=\"media/1.png\"/><R Id=\"j\" Target=\"media/2.png\"/></R>";
    let of = |body: &str| {
        let more: [(&str, &[u8]); 3] = [
            ("word/_rels/document.xml.rels", rels.as_bytes()),
            ("word/media/1.png", b"x"),
            ("word/media/2.png", b"y"),
        ];
        let d = read_with(body, &more);
        let captions = d.pictures.iter().map(|p| p.caption.clone().unwrap_or_default()).collect::<Vec<_>>();
        (captions, d.markdown(&[Some("1".into()), Some("2".into())]))
    };
    let (one, two) = (p("Hình 1. Chợ"), p("Hình 2. Bến"));
    let (i, j) = (picture("i", ""), picture("j", ""));
    let (captions, text) = of(&[p("M."), one.clone(), i.clone(), two.clone(), j.clone(), p("H.")].concat());
    assert_eq!(
        (captions, text.as_str()),
        (vec!["Hình 1. Chợ".into(), "Hình 2. Bến".into()], "M.\n\n![](1)\n\n![](2)\n\nH.\n")
    );
    let (captions, _) = of(&[p("M."), i.clone(), one.clone(), j.clone(), two].concat());
    assert_eq!(captions, ["Hình 1. Chợ", "Hình 2. Bến"]);
    // Below is the rule where it might be either; a source is always below.
    let (captions, text) = of(&[p("M."), p("Nguồn: Sở."), i.clone(), p("H.")].concat());
    assert_eq!((captions[0].as_str(), text.as_str()), ("", "M.\n\nNguồn: Sở.\n\n![](1)\n\nH.\n"));
    let (captions, text) = of(&[p("M."), p("Ảnh: A"), i, one].concat());
    assert_eq!((captions[0].as_str(), text.as_str()), ("Hình 1. Chợ", "M.\n\nẢnh: A\n\n![](1)\n"));
}

#[test]
fn notes_of_titles_and_captions_are_kept() {
    let notes = "<w:footnotes xmlns:w=\"w\"><w:footnote w:id=\"2\"><w:p><w:r><w:t>Chưa gồm thuế.</w:t></w:r></w:p></w:footnote></w:footnotes>";
    let styles =
        "<w:styles xmlns:w=\"w\"><w:style w:styleId=\"T\"><w:name w:val=\"Title\"/></w:style></w:styles>";
    let titled = "<w:p><w:pPr><w:pStyle w:val=\"T\"/></w:pPr><w:r><w:t>Bảng giá</w:t></w:r><w:r><w:footnoteReference w:id=\"2\"/></w:r></w:p>";
    let d = read_with(
        &(titled.to_owned() + &p("Một.")),
        &[("word/styles.xml", styles.as_bytes()), ("word/footnotes.xml", notes.as_bytes())],
    );
    assert_eq!(d.markdown(&[]), "Một.\n\nChú thích: Chưa gồm thuế.\n");
    assert!(english(&d)[0].contains("1 footnote of a title"), "{:?}", english(&d));
    let rels = "<R><R Id=\"i\" Target=\"media/1.png\"/></R>";
    let under = "<w:p><w:r><w:t>Hình 1. Giá</w:t></w:r><w:r><w:footnoteReference w:id=\"2\"/></w:r></w:p>";
    let more: [(&str, &[u8]); 3] = [
        ("word/_rels/document.xml.rels", rels.as_bytes()),
        ("word/media/1.png", b"x"),
        ("word/footnotes.xml", notes.as_bytes()),
    ];
    let d = read_with(&(p("M.") + &picture("i", "") + under), &more);
    assert_eq!(d.markdown(&[Some("1".into())]), "M.\n\n![](1)\n\nChú thích: Chưa gồm thuế.\n");
    assert_eq!(d.markdown(&[None]), "M.\n\nHình 1. Giá[^1]\n\n[^1]: Chưa gồm thuế.\n");
}

#[test]
fn lists_may_be_linked_and_differ_in_a_level() {
    let numbering = "<w:numbering xmlns:w=\"w\"><w:abstractNum w:abstractNumId=\"1\"><w:numStyleLink w:val=\"K\"/></w:abstractNum>\
        <w:abstractNum w:abstractNumId=\"2\"><w:styleLink w:val=\"K\"/><w:lvl w:ilvl=\"0\"><w:numFmt w:val=\"decimal\"/><w:lvlText w:val=\"Bước %1:\"/></w:lvl></w:abstractNum>\
        <w:abstractNum w:abstractNumId=\"3\"><w:lvl w:ilvl=\"0\"><w:numFmt w:val=\"bullet\"/></w:lvl></w:abstractNum>\
        <w:num w:numId=\"1\"><w:abstractNumId w:val=\"1\"/></w:num><w:num w:numId=\"3\"><w:abstractNumId w:val=\"3\"/>\
        <w:lvlOverride w:ilvl=\"0\"><w:lvl w:ilvl=\"0\"><w:start w:val=\"4\"/><w:numFmt w:val=\"decimal\"/><w:lvlText w:val=\"%1.\"/></w:lvl></w:lvlOverride></w:num>\
        <w:num w:numId=\"4\"><w:abstractNumId w:val=\"3\"/></w:num></w:numbering>";
    let item = |list: u8, text: &str| {
        format!(
            "<w:p><w:pPr><w:numPr><w:ilvl w:val=\"0\"/><w:numId w:val=\"{list}\"/></w:numPr></w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"
        )
    };
    let body = item(1, "Vào") + &item(1, "Điền") + &item(3, "a") + &item(3, "b") + &item(4, "c");
    // The parts may have any name: the relations say which is which.
    let rels = "<R><R Id=\"n\" Type=\"http://x/numbering\" Target=\"numbering7.xml\"/><R Id=\"s\" Type=\"http://x/styles\" Target=\"styles2.xml\"/></R>";
    let body = format!(
        "{body}<w:p><w:pPr><w:pStyle w:val=\"D1\"/></w:pPr><w:r><w:t>Mục</w:t></w:r></w:p>{}",
        p("Hết.")
    );
    let more: [(&str, &[u8]); 3] = [
        ("word/_rels/document.xml.rels", rels.as_bytes()),
        ("word/numbering7.xml", numbering.as_bytes()),
        ("word/styles2.xml", STYLES.as_bytes()),
    ];
    assert_eq!(
        read_with(&body, &more).markdown(&[]),
        "Bước 1: Vào\n\nBước 2: Điền\n\n4. a\n5. b\n- c\n\n## Mục\n\nHết.\n"
    );
}

#[test]
fn links_lead_where_they_lead() {
    let rels = "<R><R Id=\"a\" Target=\"https://vi.wikipedia.org/wiki/Ho_(HN)\" TargetMode=\"External\"/><R Id=\"b\" Target=\"https://a.vn/b\" TargetMode=\"External\"/>\
        <R Id=\"c\" Target=\"https://a.vn/?a|b\" TargetMode=\"External\"/></R>";
    let link =
        |about: &str, text: &str| format!("<w:hyperlink {about}><w:r><w:t>{text}</w:t></w:r></w:hyperlink>");
    let of = |inner: &str| {
        read_with(&format!("<w:p>{inner}</w:p>"), &[("word/_rels/document.xml.rels", rels.as_bytes())])
            .markdown(&[])
    };
    assert_eq!(of(&link("r:id=\"a\"", "Hồ")), "[Hồ](https://vi.wikipedia.org/wiki/Ho_%28HN%29)\n");
    assert_eq!(of(&link("r:id=\"b\" w:anchor=\"muc2\"", "Mục")), "[Mục](https://a.vn/b#muc2)\n");
    assert_eq!(
        of(&(link("r:id=\"b\"", "https://a.vn/b") + &run("", "là"))),
        "[https://a.vn/b](https://a.vn/b)là\n"
    );
    assert_eq!(of(&(link("r:id=\"b\"", "https://a.vn/b") + &run("", " là"))), "https://a.vn/b là\n");
    assert_eq!(of(&link("r:id=\"c\"", "xem")), "[xem](https://a.vn/?a%7Cb)\n");
}

#[test]
fn old_letters_are_named_and_foreign_names_are_none() {
    let long = "Bài viết về tên miền quốc gia cho người dân thành phố, hướng dẫn từng bước. ".repeat(10);
    let d = read_with(&(p(&long) + &p("Sè tµi kho¶n")), &[]);
    assert!(
        english(&d)[0].contains("2 words look like an old encoding (TCVN3, VNI): tµi, kho¶n"),
        "{:?}",
        english(&d)
    );
    let d = read_with(&(p("Có Müller, Jörg, Søren, Björn dự.") + &p("Hết.")), &[]);
    assert_eq!(d.notes, []);
    let d = read_with(&(p("Bà con đến dự") + &font(".VnTime", "Sè 15, cã 3 tê")), &[]);
    assert!(english(&d)[0].contains("“Sè 15, cã 3 tê”"), "{:?}", english(&d));
}
