//! Pictures in rows with their words, pictures shown again, letterheads of organisations, hidden tables, lists that share numbers.

use super::*;

const RELS: &str = "<R><R Id=\"i\" Target=\"media/1.png\"/><R Id=\"j\" Target=\"media/2.png\"/></R>";

fn with(body: &str, more: &[(&str, &[u8])]) -> Document {
    let own: [(&str, &[u8]); 3] = [
        ("word/_rels/document.xml.rels", RELS.as_bytes()),
        ("word/media/1.png", b"x"),
        ("word/media/2.png", b"y"),
    ];
    read(&docx(body, &[&own[..], more].concat())).unwrap()
}
fn shown(d: &Document) -> String {
    let names: Vec<_> = (1..=d.pictures.len()).map(|i| Some(i.to_string())).collect();
    d.markdown(&names)
}
fn captions(d: &Document) -> Vec<&str> {
    d.pictures.iter().map(|p| p.caption.as_deref().unwrap_or("")).collect()
}
/// Cells; `@i` is a picture.
fn cells(cells: &[&str]) -> String {
    let one = |c: &&str| {
        let inner = c.strip_prefix('@').map_or_else(|| p(c), |id| picture(id, ""));
        format!("<w:tc>{inner}</w:tc>")
    };
    format!("<w:tr>{}</w:tr>", cells.iter().map(one).collect::<String>())
}
fn grid(rows: &[&[&str]]) -> Document {
    let rows: String = rows.iter().map(|r| cells(r)).collect();
    with(&format!("{}<w:tbl>{rows}</w:tbl>{}", p("M."), p("H.")), &[])
}

#[test]
fn rows_of_pictures_keep_their_words() {
    let (pics, words): (&[&str], &[&str]) = (&["@i", "@j"], &["Hình 1. Lễ", "Hình 2. Phát"]);
    for rows in [&[pics, words][..], &[words, pics], &[pics, words, pics, words]] {
        let d = grid(rows);
        assert_eq!((captions(&d), d.pictures.len()), (vec!["Hình 1. Lễ", "Hình 2. Phát"], 2), "{rows:?}");
        let text = shown(&d);
        assert!(text.starts_with("M.\n\n![](1)\n\n![](2)\n\n") && text.ends_with("H.\n"), "{text}");
        assert!(!text.contains('|') && !text.contains("Lễ"), "{text}");
    }
    // Words that do not say what they are, where nothing else is in the table; one of two pictures without any.
    assert_eq!(captions(&grid(&[pics, &["Trước", "Sau"]])), ["Trước", "Sau"]);
    assert_eq!(captions(&grid(&[&["Trước", "Sau"], pics])), ["Trước", "Sau"]);
    assert_eq!(captions(&grid(&[pics, &["Hình 1. Lễ", ""]])), ["Hình 1. Lễ", ""]);
    // A table of facts stays one, without a row of nothing.
    let d = grid(&[&["Tổ", "Giờ"], pics, &["Tổ 1", "8 giờ"]]);
    assert_eq!(captions(&d), ["", ""]);
    assert!(shown(&d).contains("| Tổ | Giờ |\n|---|---|\n| Tổ 1 | 8 giờ |\n\n![](1)"), "{}", shown(&d));
    // No picture stands above the second words.
    let d = grid(&[&["@i", ""], &["Hình 1. Lễ", "Hình 2. Phát"]]);
    assert!(shown(&d).contains("| Hình 1. Lễ | Hình 2. Phát |"), "{}", shown(&d));
}

#[test]
fn a_picture_that_is_shown_again_is_shown_again() {
    let again = [p("M."), picture("i", ""), p("Giữa."), picture("i", "Cờ"), p("H.")].concat();
    let d = with(&again, &[]);
    assert_eq!((d.pictures.len(), d.pictures[0].alt.as_deref()), (1, Some("Cờ")));
    assert_eq!(shown(&d), "M.\n\n![](1)\n\nGiữa.\n\n![](1)\n\nH.\n");
    // Each use has its own words.
    let two = [p("M."), picture("i", ""), p("Hình 1. Một"), picture("i", ""), p("Hình 2. Hai")].concat();
    let d = with(&two, &[]);
    assert_eq!(
        (captions(&d), shown(&d).as_str()),
        (vec!["Hình 1. Một", "Hình 2. Hai"], "M.\n\n![](1)\n\n![](2)\n")
    );
    let none_first = [p("M."), picture("i", ""), p("Giữa."), picture("i", ""), p("Hình 2. Hai")].concat();
    assert_eq!(captions(&with(&none_first, &[])), ["", "Hình 2. Hai"]);
    // Left out, its words stay each time.
    assert_eq!(d.markdown(&[None, None]), "M.\n\nHình 1. Một\n\nHình 2. Hai\n");
    // Shown more often than a post has pictures, it is one file.
    let often = p("M.") + &picture("i", "").repeat(2 * MAX_PICTURES);
    assert_eq!(with(&often, &[]).pictures.len(), 1);
}

#[test]
fn organisations_have_heads_of_their_own() {
    let plan = |head: String| {
        let d = with(&(head + &bold("KẾ HOẠCH") + &bold("Tổ chức ngày hội") + &p("Một.")), &[]);
        (d.title.clone().unwrap_or_default(), d.markdown(&[]))
    };
    let table = |left: &str, right: &str| format!("<w:tbl>{}</w:tbl>", row(&[left, right]));
    let date = "Hải Phòng, ngày 05 tháng 11 năm 2026";
    let lines = |l: &[&str]| l.iter().map(|l| p(l)).collect::<String>();
    for head in [
        table("BCH THÀNH PHỐ HẢI PHÒNG~***~Số: 5-KH/TĐTN-TG", &format!("ĐOÀN TNCS HỒ CHÍ MINH~{date}")),
        table("ĐOÀN TNCS HỒ CHÍ MINH~BCH THÀNH PHỐ", date),
        table("ỦY BAN MẶT TRẬN TỔ QUỐC VIỆT NAM~BAN THƯỜNG TRỰC~Số:     /KH-MTTQ-BTT", date),
        table("HỘI LIÊN HIỆP PHỤ NỮ~Số 12/KH-BTV", ""),
        // Whoever it is: number and date say that it is a head.
        table("TRƯỜNG THPT NGÔ QUYỀN~Số: 9/KH-NQ", date),
        lines(&["HỘI NÔNG DÂN VIỆT NAM", "BCH THÀNH PHỐ HẢI PHÒNG", "***", "Số: 7-KH/HNDT", date]),
        lines(&["LIÊN ĐOÀN LAO ĐỘNG THÀNH PHỐ", "Số: 7/KH-LĐLĐ"]),
    ] {
        assert_eq!(plan(head.clone()), ("Kế hoạch tổ chức ngày hội".into(), "Một.\n".into()), "{head}");
    }
    // A title that names an organisation, a table with a day or a house number, are no heads.
    for (head, kept) in [
        (p("HỘI NÔNG DÂN PHÁT ĐỘNG THI ĐUA"), "HỘI NÔNG DÂN PHÁT ĐỘNG"),
        (table("HỘI NÔNG DÂN~Chủ tịch: Bà A", "0900"), "Chủ tịch: Bà A"),
        (table("Số: 12 Lê Lợi", date), "12 Lê Lợi"),
        (p("ĐOÀN THANH NIÊN") + &p("Mời đến dự.") + &p(date), "ĐOÀN THANH NIÊN"),
    ] {
        assert!(plan(head).1.contains(kept), "{kept}");
    }
}

#[test]
fn hidden_rows_and_tables_are_hidden() {
    let styles = "<w:styles xmlns:w=\"w\"><w:style w:type=\"table\" w:styleId=\"T\"><w:name w:val=\"an\"/><w:rPr><w:vanish/></w:rPr></w:style>\
        <w:style w:type=\"table\" w:styleId=\"U\"><w:name w:val=\"an2\"/><w:basedOn w:val=\"T\"/></w:style></w:styles>";
    let hidden = row(&["kín", "kín"]).replace("<w:tr>", "<w:tr><w:trPr><w:hidden/></w:trPr>");
    let shown = hidden.replace("<w:hidden/>", "<w:hidden w:val=\"0\"/>").replace("kín", "mở");
    let table = |style: &str, rows: &str| {
        format!("<w:tbl><w:tblPr><w:tblStyle w:val=\"{style}\"/></w:tblPr>{rows}</w:tbl>")
    };
    let visible = "<w:tr><w:tc><w:p><w:r><w:rPr><w:vanish w:val=\"0\"/></w:rPr><w:t>hiện</w:t></w:r></w:p></w:tc></w:tr>";
    let body = [
        p("M."),
        table("", &(row(&["a", "b"]) + &hidden + &shown)),
        table("U", &(row(&["kín", "kín"]) + visible)),
        p("H."),
    ]
    .concat();
    let d = with(&body, &[("word/styles.xml", styles.as_bytes())]);
    assert_eq!(d.markdown(&[]), "M.\n\n| a | b |\n|---|---|\n| mở | mở |\n\nhiện\n\nH.\n");
    assert!(english(&d)[0].contains("3 stretches of hidden"), "{:?}", english(&d));
}

#[test]
fn lists_that_share_numbers_go_on() {
    let lvl = |text: &str, format: &str| {
        format!(
            "<w:lvl w:ilvl=\"0\"><w:start w:val=\"1\"/><w:numFmt w:val=\"{format}\"/><w:lvlText w:val=\"{text}\"/></w:lvl>"
        )
    };
    let over = |inner: &str| format!("<w:lvlOverride w:ilvl=\"0\">{inner}</w:lvlOverride>");
    let num = |id: u8, of: u8, over: &str| {
        format!("<w:num w:numId=\"{id}\"><w:abstractNumId w:val=\"{of}\"/>{over}</w:num>")
    };
    let numbering = format!(
        "<w:numbering xmlns:w=\"w\"><w:abstractNum w:abstractNumId=\"1\">{}</w:abstractNum><w:abstractNum w:abstractNumId=\"2\">{}</w:abstractNum>{}{}{}{}{}</w:numbering>",
        lvl("%1.", "decimal"),
        lvl(" ", "bullet"),
        num(1, 1, ""),
        num(2, 1, &over(&lvl("o", "bullet"))),
        num(3, 1, &over(&lvl("%1.", "decimal"))),
        num(4, 1, &over("<w:startOverride w:val=\"1\"/>")),
        num(5, 2, ""),
    );
    let item = |list: u8, text: &str| {
        format!(
            "<w:p><w:pPr><w:numPr><w:ilvl w:val=\"0\"/><w:numId w:val=\"{list}\"/></w:numPr></w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"
        )
    };
    let of = |items: &[(u8, &str)]| {
        let body: String = items.iter().map(|(l, t)| item(*l, t)).collect();
        with(&body, &[("word/numbering.xml", numbering.as_bytes())]).markdown(&[])
    };
    // A bullet takes no number, an equal level begins nothing, only a start does.
    assert_eq!(of(&[(1, "a"), (1, "b"), (2, "con"), (1, "c")]), "1. a\n2. b\n- con\n3. c\n");
    assert_eq!(of(&[(1, "a"), (3, "b"), (1, "c")]), "1. a\n2. b\n3. c\n");
    assert_eq!(of(&[(1, "a"), (1, "b"), (4, "c")]), "1. a\n2. b\n1) c\n");
    // A blank for a bullet is another paragraph of the item; with no item above, a paragraph.
    assert_eq!(of(&[(1, "a"), (5, "thêm"), (1, "b")]), "1. a\\\n   thêm\n2. b\n");
    assert_eq!(of(&[(5, "thêm"), (1, "b")]), "thêm\n\n1. b\n");
}
