//! DOCX files built by hand: what Word, LibreOffice and hostile people write.

use std::io::Write as _;

use super::*;

mod frame;
mod grids;
mod kept;
mod signs;
mod titles;

/// A zip as any program writes it; what an entry says of its size may be a lie.
struct Zip {
    out: Vec<u8>,
    directory: Vec<u8>,
    count: u16,
}

impl Zip {
    fn new() -> Self {
        Self { out: vec![], directory: vec![], count: 0 }
    }
    fn put(&mut self, name: &str, bytes: &[u8]) {
        self.claim(name, bytes, bytes.len() as u32, 0);
    }
    fn claim(&mut self, name: &str, bytes: &[u8], size: u32, flags: u16) {
        let mut deflated = flate2::write::DeflateEncoder::new(vec![], flate2::Compression::fast());
        deflated.write_all(bytes).unwrap();
        let packed = deflated.finish().unwrap();
        let mut crc = flate2::Crc::new();
        crc.update(bytes);
        let at = self.out.len() as u32;
        let mut common = vec![20, 0];
        common.extend(flags.to_le_bytes());
        common.extend([8, 0, 0, 0, 0, 0]);
        common.extend(crc.sum().to_le_bytes());
        common.extend((packed.len() as u32).to_le_bytes());
        common.extend(size.to_le_bytes());
        common.extend((name.len() as u16).to_le_bytes());
        common.extend([0, 0]);
        self.out.extend(b"PK\x03\x04");
        self.out.extend(&common);
        self.out.extend(name.as_bytes());
        self.out.extend(packed);
        self.entry(&common, name, at);
    }
    fn entry(&mut self, common: &[u8], name: &str, at: u32) {
        self.directory.extend(b"PK\x01\x02\x14\0");
        self.directory.extend(common);
        self.directory.extend([0; 10]);
        self.directory.extend(at.to_le_bytes());
        self.directory.extend(name.as_bytes());
        self.count += 1;
    }
    fn end(mut self) -> Vec<u8> {
        let at = self.out.len() as u32;
        self.out.extend(&self.directory);
        self.out.extend(b"PK\x05\x06\0\0\0\0");
        self.out.extend(self.count.to_le_bytes());
        self.out.extend(self.count.to_le_bytes());
        self.out.extend((self.directory.len() as u32).to_le_bytes());
        self.out.extend(at.to_le_bytes());
        self.out.extend([0, 0]);
        self.out
    }
}

fn pack(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = Zip::new();
    parts.iter().for_each(|(name, bytes)| zip.put(name, bytes));
    zip.end()
}

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><w:document xmlns:w=\"w\" xmlns:r=\"r\" xmlns:a=\"a\" xmlns:wp=\"wp\" xmlns:mc=\"mc\"><w:body>";

fn docx(body: &str, more: &[(&str, &[u8])]) -> Vec<u8> {
    let document = format!("{HEAD}{body}<w:sectPr/></w:body></w:document>");
    let mut parts: Vec<(&str, &[u8])> =
        vec![("[Content_Types].xml", b"<Types/>"), ("word/document.xml", document.as_bytes())];
    parts.extend_from_slice(more);
    pack(&parts)
}

fn p(text: &str) -> String {
    format!("<w:p><w:r><w:t xml:space=\"preserve\">{text}</w:t></w:r></w:p>")
}
fn bold(text: &str) -> String {
    format!("<w:p><w:r><w:rPr><w:b/></w:rPr><w:t>{text}</w:t></w:r></w:p>")
}
/// Cells; `~` begins a paragraph.
fn row(cells: &[&str]) -> String {
    let cells: String =
        cells.iter().map(|c| format!("<w:tc>{}</w:tc>", c.split('~').map(p).collect::<String>())).collect();
    format!("<w:tr>{cells}</w:tr>")
}
fn font(name: &str, text: &str) -> String {
    format!(
        "<w:p><w:r><w:rPr><w:rFonts w:ascii=\"{name}\" w:hAnsi=\"{name}\"/></w:rPr><w:t xml:space=\"preserve\">{text}</w:t></w:r></w:p>"
    )
}
fn picture(id: &str, alt: &str) -> String {
    format!(
        "<w:p><w:r><w:drawing><wp:inline><wp:docPr descr=\"{alt}\"/><a:blip r:embed=\"{id}\"/></wp:inline></w:drawing></w:r></w:p>"
    )
}
fn markdown(body: &str) -> String {
    read(&docx(body, &[])).expect("a document").markdown(&[])
}
fn english(d: &Document) -> Vec<&str> {
    d.notes.iter().map(|n| n.en.as_str()).collect()
}

const STYLES: &str = "<w:styles xmlns:w=\"w\"><w:style w:styleId=\"D1\"><w:name w:val=\"heading 1\"/><w:pPr><w:outlineLvl w:val=\"0\"/></w:pPr></w:style>\
    <w:style w:styleId=\"D2\"><w:name w:val=\"heading 2\"/><w:basedOn w:val=\"D1\"/><w:pPr><w:outlineLvl w:val=\"1\"/></w:pPr></w:style>\
    <w:style w:styleId=\"Strong\"><w:name w:val=\"Strong\"/><w:rPr><w:b/></w:rPr></w:style></w:styles>";
const NUMBERING: &str = "<w:numbering xmlns:w=\"w\"><w:abstractNum w:abstractNumId=\"7\"><w:lvl w:ilvl=\"0\"><w:numFmt w:val=\"decimal\"/><w:lvlText w:val=\"%1.\"/></w:lvl>\
    <w:lvl w:ilvl=\"1\"><w:numFmt w:val=\"bullet\"/></w:lvl><w:lvl w:ilvl=\"2\"><w:numFmt w:val=\"lowerLetter\"/><w:lvlText w:val=\"%3)\"/></w:lvl></w:abstractNum>\
    <w:num w:numId=\"3\"><w:abstractNumId w:val=\"7\"/></w:num></w:numbering>";

#[test]
fn what_an_author_wrote_becomes_markdown() {
    let rels = "<Relationships><Relationship Id=\"r1\" Target=\"https://vnnic.vn/nhadangky\" TargetMode=\"External\"/><Relationship Id=\"r2\" Target=\"javascript:x\" TargetMode=\"External\"/>\
        <Relationship Id=\"i1\" Target=\"media/image1.png\"/><Relationship Id=\"i2\" Target=\"https://xa.example/a.png\" TargetMode=\"External\"/></Relationships>";
    let item = |level: u8, text: &str| {
        format!(
            "<w:p><w:pPr><w:numPr><w:ilvl w:val=\"{level}\"/><w:numId w:val=\"3\"/></w:numPr></w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"
        )
    };
    let styled = |style: &str, text: &str| {
        format!("<w:p><w:pPr><w:pStyle w:val=\"{style}\"/></w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>")
    };
    let field = |kind: &str| format!("<w:r><w:fldChar w:fldCharType=\"{kind}\"/></w:r>");
    let body = [
        styled("D1", "Vì sao cần tên miền .vn"),
        styled("D2", "Một lý do"),
        // Word cuts runs anywhere; a blank belongs to whatever stands before it. NFD comes out composed.
        "<w:p><w:r><w:t xml:space=\"preserve\">Một </w:t></w:r><w:r><w:rPr><w:rStyle w:val=\"Strong\"/></w:rPr><w:t>chữ</w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:t xml:space=\"preserve\"> \u{111}a\u{323}\u{302}m </w:t></w:r><w:r><w:t>* và </w:t></w:r><w:hyperlink r:id=\"r1\"><w:r><w:t>danh sách</w:t></w:r></w:hyperlink><w:hyperlink r:id=\"r2\"><w:r><w:t xml:space=\"preserve\"> xấu</w:t></w:r></w:hyperlink></w:p>".to_owned(),
        item(0, "Một"),
        item(1, "Con"),
        item(0, "Hai"),
        item(2, "Điểm"),
        p("- Gõ tay &amp; xong"),
        p("+ Con gõ tay"),
        p("a) Giữ nguyên"),
        format!("<w:p>{}<w:r><w:instrText> HYPERLINK \"https://tenmien.vn\" </w:instrText></w:r>{}<w:r><w:t>trang</w:t></w:r>{}</w:p>", field("begin"), field("separate"), field("end")),
        "<w:p><w:r><w:t>Gồm:</w:t></w:r><w:r><w:br/><w:t>- một</w:t><w:br/><w:t>- hai</w:t></w:r></w:p>".to_owned(),
        bold("II. TỔ CHỨC"),
        bold("1. Việc:"),
        format!("<w:tbl>{}{}</w:tbl>", row(&["Việc", "Hạn"]), row(&["In | dán", "Thứ Sáu~chiều"])),
        "<w:p><w:r><mc:AlternateContent><mc:Choice><w:drawing><wp:docPr descr=\"Cửa hàng có mái che\"/><a:blip r:embed=\"i1\"/></w:drawing></mc:Choice><mc:Fallback><w:pict><v:imagedata r:id=\"i1\"/></w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>".to_owned(),
        p("Hình 1. Cửa hàng mẫu"),
        picture("i2", ""),
        "<w:p><w:r><w:t>Còn</w:t></w:r><w:del><w:r><w:delText>bỏ</w:delText></w:r></w:del><w:ins><w:r><w:t xml:space=\"preserve\"> thêm</w:t></w:r></w:ins><w:r><w:rPr><w:vanish/></w:rPr><w:t>ẩn</w:t></w:r><w:r><w:commentReference w:id=\"1\"/></w:r><w:r><w:footnoteReference w:id=\"2\"/></w:r></w:p>".to_owned(),
    ]
    .concat();
    let notes = "<w:footnotes><w:footnote w:id=\"0\"><w:p/></w:footnote><w:footnote w:id=\"2\"><w:p><w:r><w:footnoteRef/></w:r><w:r><w:t xml:space=\"preserve\"> Điều 5, Luật *số*.</w:t></w:r></w:p></w:footnote></w:footnotes>";
    let png = b"\x89PNG...";
    let file = docx(
        &body,
        &[
            ("word/styles.xml", STYLES.as_bytes()),
            ("word/numbering.xml", NUMBERING.as_bytes()),
            ("word/footnotes.xml", notes.as_bytes()),
            ("word/_rels/document.xml.rels", rels.as_bytes()),
            ("word/media/image1.png", png),
        ],
    );
    let d = read(&file).expect("a document");
    assert_eq!(d.title.as_deref(), Some("Vì sao cần tên miền .vn"));
    let wanted = "### Một lý do\n\nMột **chữ đậm** \\* và [danh sách](https://vnnic.vn/nhadangky) xấu\n\n1. Một\n    - Con\n2. Hai\n\na) Điểm\n\n- Gõ tay & xong\n    - Con gõ tay\n\n\
         a) Giữ nguyên\n\n[trang](https://tenmien.vn)\n\nGồm:\n\n- một\n- hai\n\n## II. TỔ CHỨC\n\n### 1. Việc\n\n| Việc | Hạn |\n|---|---|\n| In \\| dán | Thứ Sáu; chiều |\n\n\
         PICTURECòn thêm[^1]\n\n[^1]: Điều 5, Luật \\*số\\*.\n";
    assert_eq!(d.markdown(&[Some("anh-1.png".into())]), wanted.replace("PICTURE", "![](anh-1.png)\n\n"));
    assert_eq!(
        d.markdown(&[None]),
        wanted.replace("PICTURE", "Hình 1. Cửa hàng mẫu\n\n"),
        "its caption stays as words"
    );
    let [pic] = d.pictures.as_slice() else { panic!("{:?}", d.pictures) };
    assert_eq!(pic.bytes.as_deref(), Some(&png[..]));
    assert_eq!(
        (pic.alt.as_deref(), pic.caption.as_deref()),
        (Some("Cửa hàng có mái che"), Some("Hình 1. Cửa hàng mẫu"))
    );
    assert_eq!(d.counts, Counts { paragraphs: 13, headings: 3, tables: 1, footnotes: 1 });
    let said = english(&d).join("\n");
    for part in [
        "2 open tracked changes",
        "1 stretch of hidden text or pictures",
        "Left out: 1 comment.",
        "1 picture outside of the file",
        "1 link to a file",
        "look at 1 table.",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
}

#[test]
fn the_frame_of_a_plan_is_left_out() {
    let rels = "<R><R Id=\"s\" Target=\"media/dau.png\"/></R>";
    let plan = [
        format!(
            "<w:tbl>{}{}</w:tbl>",
            row(&[
                "UBND THÀNH PHỐ HẢI PHÒNG~SỞ VĂN HÓA, THỂ THAO VÀ DU LỊCH",
                "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM~Độc lập - Tự do - Hạnh phúc"
            ]),
            row(&["Số: 12/KH-SVHTTDL", "Hải Phòng, ngày 22 tháng 11 năm 2026"])
        ),
        bold("KẾ HOẠCH"),
        bold("Truyền thông về tên miền quốc gia .vn"),
        p("___________"),
        bold("I. MỤC ĐÍCH"),
        p("Nơi nhận hồ sơ: Trung tâm Phục vụ hành chính công."),
        p("Để mọi người biết./."),
        format!(
            "<w:tbl><w:tr><w:tc>{}</w:tc><w:tc>{}{}</w:tc></w:tr></w:tbl>",
            ["Nơi nhận:", "- UBND TP;", "- Lưu: VT."].map(p).concat(),
            ["KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC"].map(p).concat(),
            picture("s", "") + &p("Nguyễn Văn A")
        ),
        bold("PHỤ LỤC"),
        p("Bảng phân công"),
    ]
    .concat();
    let d = read(&docx(
        &plan,
        &[("word/_rels/document.xml.rels", rels.as_bytes()), ("word/media/dau.png", b"x")],
    ))
    .expect("a plan");
    assert_eq!(d.title.as_deref(), Some("Kế hoạch truyền thông về tên miền quốc gia .vn"));
    assert_eq!(d.markdown(&[]), "## I. MỤC ĐÍCH\n\nNơi nhận hồ sơ: Trung tâm Phục vụ hành chính công.\n\nĐể mọi người biết./.\n\n## PHỤ LỤC\n\nBảng phân công\n".replace("./.", "."));
    assert!(d.pictures.is_empty(), "the seal is no picture of the post");
    let said = english(&d);
    assert!(
        said[0].starts_with("Left out: the document's head, 6 paragraphs, 1 table: “UBND THÀNH PHỐ"),
        "{said:?}"
    );
    assert!(
        said[1].starts_with(
            "Left out: the document's foot, 6 paragraphs, 1 table, 1 picture: “Nơi nhận: / UBND TP;"
        ),
        "{said:?}"
    );
    assert!(said[2].contains("appendix"), "{said:?}");
}

#[test]
fn the_frame_of_a_letter_may_stand_in_lines() {
    let letter = [
        p("UBND THÀNH PHỐ"),
        p("SỞ VĂN HÓA"),
        p("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"),
        p("Độc lập - Tự do - Hạnh phúc"),
        p("Số: 5/SVH-TTCĐS"),
        p("V/v phổ biến tên miền .vn"),
        p("Hải Phòng, ngày 22 tháng 11 năm 2026"),
        p("Kính gửi:"),
        p("- Các phòng;"),
        p("- Các xã, phường."),
        p("Ngày 22 tháng 11 năm 2026, Sở đề nghị các phòng phổ biến:"),
        p("- Một việc."),
        p("TL. GIÁM ĐỐC"),
        p("CHÁNH VĂN PHÒNG"),
        p("Trần Văn B"),
    ]
    .concat();
    let d = read(&docx(&letter, &[])).expect("a letter");
    assert_eq!(d.title.as_deref(), Some("Phổ biến tên miền .vn"));
    assert_eq!(d.markdown(&[]), "Ngày 22 tháng 11 năm 2026, Sở đề nghị các phòng phổ biến:\n\n- Một việc.\n");
    assert_eq!(d.notes.len(), 3);
    // A text that speaks of the country, or begins with a date, is no heading.
    let speech =
        [p("Nước Cộng hòa xã hội chủ nghĩa Việt Nam có tên miền .vn."), p("Đảng Cộng sản Việt Nam chỉ đạo.")]
            .concat();
    assert_eq!(read(&docx(&speech, &[])).unwrap().notes, []);
    let party = [
        p("ĐẢNG CỘNG SẢN VIỆT NAM"),
        p("Hải Phòng, ngày 1 tháng 12 năm 2026"),
        p("Ngày 5 tháng 12 năm 2026, mở lớp."),
        p("Mặt trận dự."),
    ]
    .concat();
    assert_eq!(markdown(&party), "Ngày 5 tháng 12 năm 2026, mở lớp.\n\nMặt trận dự.\n");
    // A text that has none keeps all of it; names that sign nothing stay.
    assert_eq!(
        markdown(&[p("Một"), p("Giám đốc Sở cho biết."), p("Ba")].concat()),
        "Một\n\nGiám đốc Sở cho biết.\n\nBa\n"
    );
    // A text that is only a frame has nothing for a post.
    assert_eq!(
        read(&docx(
            &[p("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"), p("Độc lập - Tự do - Hạnh phúc")].concat(),
            &[]
        )),
        Err(Refused::Empty)
    );
}

#[test]
fn what_looks_like_code_is_text() {
    let body = [
        p("&lt;script&gt;alert(1)&lt;/script&gt; {{fact \"x\"}} ${a} \u{202e}gnp.exe"),
        p("# không | phải *mục* [x](y)"),
        p("[CHỮ MẪU] &lt;!-- ẩn --&gt;"),
        "<w:p><w:r><w:t>{</w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:t>{opt_out}}</w:t></w:r></w:p>".to_owned(),
        p("2026. Năm nay"),
        p("---"),
    ]
    .concat();
    assert_eq!(
        markdown(&body),
        "\\<script>alert(1)\\</script> {\\{fact \"x\"}} ${a} gnp.exe\n\n\\# không \\| phải \\*mục\\* \\[x\\](y)\n\n\
         \\[CHỮ MẪU\\] \\<!-- ẩn -->\n\n{\\{**opt\\_out**}}\n\n2026\\. Năm nay\n".replace("{\\{**opt\\_out**}}", "{**{opt_out}}**")
    );
}

#[test]
fn old_fonts_become_unicode_or_are_refused() {
    let d = read(&docx(
        &[
            font(".VnTimeH", "th«ng b¸o"),
            font(".VnTime", "Së V¨n ho¸ mêi b¹n ®Õn dù buæi tËp huÊn vÒ tªn miÒn quèc gia .vn"),
        ]
        .concat(),
        &[],
    ))
    .unwrap();
    assert_eq!(d.title.as_deref(), Some("Thông báo"));
    assert_eq!(d.markdown(&[]), "Sở Văn hoá mời bạn đến dự buổi tập huấn về tên miền quốc gia .vn\n");
    assert!(english(&d).iter().any(|n| n.contains("old encoding")));
    // The font of the style counts, too; soft hyphens are letters there.
    let styles = "<w:styles xmlns:w=\"w\"><w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii=\"VNI-Times\"/></w:rPr></w:rPrDefault></w:docDefaults></w:styles>";
    let vni = docx(
        &p("Sôû Vaên hoùa môøi baïn ñeán döï buoåi taäp huaán"),
        &[("word/styles.xml", styles.as_bytes())],
    );
    assert_eq!(read(&vni).unwrap().markdown(&[]), "Sở Văn hóa mời bạn đến dự buổi tập huấn\n");
    let soft = "<w:p><w:r><w:rPr><w:rFonts w:ascii=\".VnTime\"/></w:rPr><w:t>Th</w:t><w:softHyphen/><w:t xml:space=\"preserve\"> viÖn</w:t></w:r></w:p>";
    assert_eq!(markdown(soft), "Thư viện\n");
    // Converted already, the font's name stayed: it is Unicode.
    assert_eq!(markdown(&font(".VnTime", "Sở Văn hóa và các xã")), "Sở Văn hóa và các xã\n");
    // Mixed, in a font of today, an encoding we do not convert, letters that are none: no draft at all.
    for body in [
        [font(".VnTime", "Së V¨n ho¸"), font(".VnTime", "Sở Văn hóa")].concat(),
        p("Céng hoµ x· héi chñ nghÜa ViÖt Nam"),
        font("VPS Times", "CÔng hòa xã hÖi chü nghïa ViŒt Nam"),
        font(".VnTime", "ViÖt \u{85} Nam"),
        font("VNI-Times", "Vieät ß Nam"),
    ] {
        assert_eq!(read(&docx(&body, &[])), Err(Refused::OldFonts), "{body}");
    }
}

#[test]
fn a_file_that_is_something_else_is_named() {
    use Foreign::*;
    let wide = |s: &str| s.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let ole =
        |inside: &str| [&[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, 0][..], &wide(inside)].concat();
    let good = docx(&p("Chữ của bài viết, đủ dài để nén."), &[]);
    for (bytes, wanted) in [
        (ole("WordDocument"), Refused::Foreign(OldWord)),
        (ole("EncryptedPackage"), Refused::Locked),
        (b"%PDF-1.7\n".to_vec(), Refused::Foreign(Pdf)),
        (b"{\\rtf1\\ansi}".to_vec(), Refused::Foreign(RichText)),
        (b"<!DOCTYPE html><html>".to_vec(), Refused::Foreign(Page)),
        (
            pack(&[("mimetype", b"application/vnd.oasis.opendocument.text"), ("content.xml", b"<a/>")]),
            Refused::Foreign(OpenDocument),
        ),
        (pack(&[("xl/workbook.xml", b"<a/>")]), Refused::Foreign(Excel)),
        (pack(&[("ppt/presentation.xml", b"<a/>")]), Refused::Foreign(Slides)),
        (pack(&[("a.txt", b"a")]), Refused::Foreign(Zip)),
        ("chữ thường".as_bytes().to_vec(), Refused::Foreign(Unknown)),
        (vec![], Refused::Empty),
        (docx("<w:p/>", &[]), Refused::Empty),
        (good[..good.len() - 30].to_vec(), Refused::Damaged),
        (good[..good.len() / 2].to_vec(), Refused::Damaged),
        (b"PK\x03\x04".to_vec(), Refused::Damaged),
        (pack(&[("word/document.xml", b"<w:document><w:body>")]), Refused::Damaged),
        (vec![0; MAX_FILE + 1], Refused::TooLarge),
    ] {
        assert_eq!(read(&bytes).map(|_| ()), Err(wanted));
        assert!(!wanted.says().vi.is_empty() && !wanted.says().en.is_empty());
    }
}

#[test]
fn what_would_do_harm_is_refused() {
    let bomb = vec![b' '; 33 << 20];
    let body = format!("{HEAD}{}</w:body></w:document>", p("a"));
    // Sizes that are too large, and sizes that lie.
    let mut zip = Zip::new();
    zip.put("word/document.xml", &bomb);
    assert_eq!(read(&zip.end()), Err(Refused::Hostile));
    let mut zip = Zip::new();
    zip.claim("word/document.xml", &bomb, 100, 0);
    assert_eq!(read(&zip.end()), Err(Refused::Damaged));
    let mut zip = Zip::new();
    zip.claim("word/document.xml", body.as_bytes(), body.len() as u32 + 1, 0);
    assert_eq!(read(&zip.end()), Err(Refused::Damaged));
    // What nobody asks for is not unpacked, however large.
    assert_eq!(read(&docx(&p("a"), &[("word/media/x.png", &bomb)])).unwrap().markdown(&[]), "a\n");
    let rels = b"<R><R Id=\"i\" Target=\"media/x.png\"/></R>";
    let large = docx(
        &(p("a") + &picture("i", "")),
        &[("word/media/x.png", &bomb), ("word/_rels/document.xml.rels", rels)],
    );
    assert_eq!(read(&large).unwrap().pictures[0].bytes, None);
    // A password of the zip itself; a path that leads out; one name twice; one entry's bytes used twice; thousands of entries.
    let mut zip = Zip::new();
    zip.claim("word/document.xml", body.as_bytes(), body.len() as u32, 1);
    assert_eq!(read(&zip.end()), Err(Refused::Locked));
    for name in ["../../etc/cron.d/x", "/etc/x", "word\\..\\..\\x", "word/document.xml"] {
        assert_eq!(read(&docx(&p("a"), &[(name, b"x")])), Err(Refused::Hostile), "{name}");
    }
    let mut zip = Zip::new();
    zip.put("word/document.xml", body.as_bytes());
    let common = zip.directory[6..32].to_vec();
    zip.entry(&common, "word/document.xm2", 0);
    assert_eq!(read(&zip.end()), Err(Refused::Hostile));
    let mut zip = Zip::new();
    (0..=MAX_ENTRIES).for_each(|i| zip.put(&format!("a{i}"), b""));
    assert_eq!(read(&zip.end()), Err(Refused::Hostile));
    // Relations that lead out of the package find nothing.
    let rels = b"<R><R Id=\"i\" Target=\"../../../etc/passwd\"/></R>";
    let d = read(&docx(&(p("a") + &picture("i", "")), &[("word/_rels/document.xml.rels", rels)])).unwrap();
    assert!(d.pictures.is_empty());
    // Entities, depth.
    let laughs = format!("<!DOCTYPE a [<!ENTITY b \"x\">]>{body}");
    assert_eq!(read(&pack(&[("word/document.xml", laughs.as_bytes())])), Err(Refused::Hostile));
    let deep = format!("{}{}", "<w:ins>".repeat(100_000), "</w:ins>".repeat(100_000));
    assert_eq!(read(&docx(&deep, &[])), Err(Refused::Hostile));
    let tables =
        format!("{}{}{}", "<w:tbl><w:tr><w:tc>".repeat(60), p("a"), "</w:tc></w:tr></w:tbl>".repeat(60));
    assert_eq!(markdown(&tables), "a\n");
    // A book; more pictures than a post can have.
    assert_eq!(read(&docx(&p(&"chữ ".repeat(60_000)), &[])), Err(Refused::TooLong));
    let many: String = (0..=MAX_PICTURES).map(|i| picture(&format!("i{i}"), "")).collect();
    let rels: String =
        (0..=MAX_PICTURES).map(|i| format!("<R Id=\"i{i}\" Target=\"media/{i}.png\"/>")).collect();
    let rels = format!("<R>{rels}</R>");
    assert_eq!(
        read(&docx(&(p("a") + &many), &[("word/_rels/document.xml.rels", rels.as_bytes())])),
        Err(Refused::TooLong)
    );
    // An instruction without an end swallows no text.
    let open =
        "<w:p><w:r><w:fldChar w:fldCharType=\"begin\"/></w:r><w:r><w:instrText>X</w:instrText></w:r></w:p>"
            .to_owned()
            + &p("Sau");
    assert_eq!(markdown(&open), "Sau\n");
}

proptest::proptest! {
    #[test]
    fn any_body_is_read_or_refused(body in "(<w:p>|</w:p>|<w:r>|</w:r>|<w:t>|</w:t>|<w:tbl>|</w:tbl>|<w:tr>|<w:tc>|<w:b/>|&amp;|ế|-| |a|1\\.|\\{|\\|){0,40}") {
        let _ = read(&docx(&body, &[]));
    }

    #[test]
    fn any_damage_is_survived(at in 0usize..600, with in proptest::prelude::any::<u8>()) {
        let mut file = docx(&(p("Chữ") + &bold("Mục")), &[("word/styles.xml", STYLES.as_bytes())]);
        let at = at % file.len();
        file[at] = with;
        let _ = read(&file);
        let _ = read(&file[..at]);
    }
}
