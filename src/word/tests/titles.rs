//! What belongs to a document's title, and what stands below it.

use super::*;

fn head() -> String {
    p("UBND PHƯỜNG LÊ CHÂN") + &p("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM") + &p("Độc lập - Tự do - Hạnh phúc")
}

/// Title and text of a notice with these lines, bold, below its kind.
fn notice(lines: &[String]) -> (String, String) {
    let d = read(&docx(&(head() + &bold("THÔNG BÁO") + &lines.concat() + &p("Hết.")), &[])).unwrap();
    (d.title.clone().unwrap_or_default(), d.markdown(&[]))
}

#[test]
fn what_tells_something_stays_in_the_text() {
    let about = || bold("Về việc tiêm phòng dại");
    let plain = "Thông báo về việc tiêm phòng dại";
    for (below, text) in [
        (
            "Từ ngày 10/11 đến 12/11: Nhà văn hóa tổ 3",
            "## Từ ngày 10/11 đến 12/11: Nhà văn hóa tổ 3\n\nHết.\n",
        ),
        ("Ngày 20 tháng 11 năm 2026", "## Ngày 20 tháng 11 năm 2026\n\nHết.\n"),
        ("Địa điểm: Nhà văn hóa tổ 3", "## Địa điểm: Nhà văn hóa tổ 3\n\nHết.\n"),
        ("Lưu ý:", "**Lưu ý:**\n\nHết.\n"),
        ("Kính gửi: Toàn thể nhân dân phường", "Hết.\n"),
        ("CHỦ TỊCH ỦY BAN NHÂN DÂN PHƯỜNG điện:", "Hết.\n"),
    ] {
        assert_eq!(notice(&[about(), bold(below)]), (plain.to_owned(), text.to_owned()), "{below}");
    }
    // What goes on in small letters, a month, what stands in brackets.
    for below in ["ngày 20 tháng 11 năm 2026", "Tháng 11 năm 2026", "(Đợt 2)"] {
        assert_eq!(notice(&[about(), bold(below)]), (format!("{plain} {below}"), "Hết.\n".into()));
    }
    // One paragraph of several lines; one without bold letters.
    let lines = "<w:p><w:r><w:rPr><w:b/></w:rPr><w:t>Lịch cắt nước</w:t><w:br/><w:t>Ngày 20/11</w:t><w:br/><w:t>Phố A</w:t></w:r></w:p>";
    assert_eq!(
        notice(&[lines.to_owned()]),
        ("Thông báo lịch cắt nước".into(), "**Ngày 20/11**\\\n**Phố A**\n\nHết.\n".into())
    );
    assert_eq!(notice(&[p("Về việc tiêm phòng dại")]), (plain.into(), "Hết.\n".into()));
    // Without a frame, a first line that tells something is no title.
    let bare = bold("Ngày 20 tháng 11 năm 2026") + &p("Cắt nước phố A.");
    let d = read(&docx(&bare, &[])).unwrap();
    assert_eq!((d.title.as_deref(), d.markdown(&[]).contains("20 tháng 11")), (None, true));
}

#[test]
fn a_line_ends_the_title() {
    let shape = |inner: &str| format!("<w:p><w:r>{inner}</w:r></w:p>");
    let bordered = "<w:p><w:pPr><w:pBdr><w:bottom w:val=\"single\"/></w:pBdr></w:pPr><w:r><w:rPr><w:b/></w:rPr><w:t>Về việc A</w:t></w:r></w:p>";
    for above in [
        bold("Về việc A") + &p("-------"),
        bold("Về việc A") + &p("_____"),
        bold("Về việc A") + &shape("<w:pict><v:line from=\"0,0\" to=\"9,0\"/></w:pict>"),
        bold("Về việc A")
            + &shape(
                "<w:drawing><wps:wsp><wps:spPr><a:prstGeom prst=\"line\"/></wps:spPr></wps:wsp></w:drawing>",
            ),
        bordered.to_owned(),
    ] {
        assert_eq!(
            notice(&[above.clone(), bold("Nhà văn hóa tổ 3")]),
            ("Thông báo về việc A".into(), "## Nhà văn hóa tổ 3\n\nHết.\n".into()),
            "{above}"
        );
    }
    assert_eq!(notice(&[bold("Về việc A"), bold("tại tổ 3")]).0, "Thông báo về việc A tại tổ 3");
    // Who decides stands below it.
    let decision = head()
        + &bold("QUYẾT ĐỊNH")
        + &bold("Về việc A")
        + &p("-----")
        + &bold("CHỦ TỊCH ỦY BAN NHÂN DÂN")
        + &p("Hết.");
    let d = read(&docx(&decision, &[])).unwrap();
    assert_eq!((d.title.as_deref(), d.markdown(&[]).as_str()), (Some("Quyết định về việc A"), "Hết.\n"));
}

#[test]
fn one_abstract_is_said_once() {
    let twice = head()
        + &p("V/v khắc phục bão số 3")
        + &bold("CÔNG ĐIỆN")
        + &bold("Về việc khắc phục bão số 3")
        + &p("Hết.");
    let d = read(&docx(&twice, &[])).unwrap();
    assert_eq!(
        (d.title.as_deref(), d.markdown(&[]).as_str()),
        (Some("Công điện về việc khắc phục bão số 3"), "Hết.\n")
    );
}

#[test]
fn addressees_need_no_dashes() {
    let of =
        |lines: &[&str]| markdown(&(head() + &lines.iter().map(|l| p(l)).collect::<String>() + &p("Hết.")));
    let body = "Thực hiện Kế hoạch số 276, phường triển khai như sau.";
    for lines in [
        &["Kính gửi:", "Các tổ dân phố;", "Các trường học trên địa bàn."][..],
        &["Kính gửi:", "Các tổ dân phố", "Công an phường"],
        &["Kính gửi:", "Ủy ban nhân dân các phường."],
        &["Kính gửi: Các tổ dân phố;", "Trường Tiểu học Lê Lợi;", "Bệnh viện Kiến An."],
        &["Kính gửi: Các tổ dân phố."],
    ] {
        assert_eq!(of(&[lines, &[body]].concat()), format!("{body}\n\nHết.\n"), "{lines:?}");
    }
    // What names nobody is text, and so is what stands behind a list that ended.
    assert_eq!(of(&["Kính gửi:", body]), format!("{body}\n\nHết.\n"));
    assert_eq!(of(&["Kính gửi: Các phường.", "Các phường treo cờ."]), "Các phường treo cờ.\n\nHết.\n");
    assert_eq!(of(&["Kính gửi:", "Các tổ.", "Các tổ treo cờ."]), "Các tổ treo cờ.\n\nHết.\n");
    assert_eq!(of(&["Sở điện lực gửi: hóa đơn."]), "Sở điện lực gửi: hóa đơn.\n\nHết.\n");
}
