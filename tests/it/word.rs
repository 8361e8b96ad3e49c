//! `loa new post --from` by the real program, with files that other programs wrote: a letter by LibreOffice Writer (7.4, out of one by
//! python-docx), a text by pandoc (2.17). What comes out is a post that `check` reads and `preview` shows.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::office::{Office, today};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/word").join(name)
}

/// An office with a site, and the post that a file became: its folder, and what the command said.
fn taken(name: &str, more: &[&str]) -> (Office, PathBuf, String) {
    let office = Office::bare();
    let root = office.path().display().to_string();
    office.ok(&["init", &root, "--name", "Sở Thử"]);
    let from = fixture(name).display().to_string();
    let said = office.ok(&[&["new", "post", "lam-quen-voi-loa", "bai-moi", "--from", &from], more].concat());
    let folder = office.at("campaigns/lam-quen-voi-loa/posts/bai-moi");
    (office, folder, said)
}

fn read(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).expect(name)
}

#[test]
fn a_letter_becomes_a_post_with_its_pictures() {
    let (office, folder, said) = taken("cong-van-libreoffice.docx", &[]);
    for part in [
        "9 đoạn, 2 đề mục, 1 bảng, 2 ảnh",
        "Bỏ phần đầu văn bản",
        "Bỏ phần “Kính gửi”",
        "Bỏ phần cuối văn bản (nơi nhận, chữ ký), ",
        "“Nơi nhận:",
        "viết alt, ảnh vẽ gì, trong post.yaml (bài bị giữ đến lúc đó): anh-2.png",
        "author, for, message, send",
    ] {
        assert!(said.contains(part), "{part}\n{said}");
    }
    let text = read(&folder, "noi-dung.md");
    assert!(text.starts_with("Thực hiện Kế hoạch số **276/KH-UBND** ngày 22/10/2025"), "{text}");
    for part in [
        "\n### 1. Ai nên đăng ký\n",
        "\n![](anh-1.png)\n",
        "\n1. Chọn tên dễ nhớ, không dấu\n2. Chọn nhà đăng ký trong danh sách chính thức\n3. Nộp hồ sơ\n- Căn cước\n",
        "\n| 2 | Tuyên truyền trên loa \\| bảng tin | 15/12/2026 |\n\n![](anh-2.png)\n",
        "[trang của VNNIC](https://tenmien.vn/)",
        "phối hợp thực hiện.\n",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    for frame in ["CỘNG HÒA", "Kính gửi", "1234/SVHTTDL", "Nơi nhận", "Trần Văn Minh", "./.", "Hình 1"]
    {
        assert!(!text.contains(frame), "{frame}\n{text}");
    }
    let yaml = read(&folder, "post.yaml");
    for part in [
        "title: Tuyên truyền tên miền quốc gia “.vn” tới hộ kinh doanh\n",
        "  - file: anh-1.png\n    alt: Cửa hàng có biển tên miền .vn\n    caption: \"Hình 1: Cửa hàng dùng tên miền .vn\"\n",
        "  - file: anh-2.png\n    alt: \"[CHỮ MẪU] ",
    ] {
        assert!(yaml.contains(part), "{part}\n{yaml}");
    }
    for (name, from) in [("anh-1.png", &b"\x89PNG"[..]), ("anh-2.png", b"\x89PNG")] {
        assert!(fs::read(folder.join(name)).expect(name).starts_with(from));
    }
    // Held until somebody says what the second picture shows; then it is like any other post.
    let check = office.loa(&["check"]);
    let said = String::from_utf8_lossy(&check.stdout).into_owned();
    assert!(
        check.status.code() == Some(1) && said.contains("W005") && said.matches("Lỗi").count() == 0,
        "{said}"
    );
    let told = yaml
        .replace("\"[CHỮ MẪU] Ảnh vẽ gì, cho người không nhìn thấy\"", "Ba bước đăng ký xếp theo hàng ngang");
    let told = told.replace(
        told.lines().find(|l| l.trim_start().starts_with("at:")).expect("at:"),
        &format!("    at: {} 23:59", today(1)),
    );
    fs::write(folder.join("post.yaml"), told).expect("written");
    let check = String::from_utf8_lossy(&office.loa(&["check"]).stdout).into_owned();
    assert!(!check.contains("bai-moi/post.yaml") || !check.contains("Lỗi"), "{check}");
    let post = "lam-quen-voi-loa/bai-moi";
    let json: serde_json::Value =
        serde_json::from_str(&office.ok(&["preview", post, "--json"])).expect("JSON");
    let pages = json["pages"].as_array().expect("pages");
    let all: String = pages
        .iter()
        .map(|p| fs::read_to_string(office.at(p["file"].as_str().expect("a file"))).expect("a page"))
        .collect();
    for part in [
        "Cửa hàng có biển tên miền .vn",
        "Ba bước đăng ký xếp theo hàng ngang",
        "Hình 1: Cửa hàng dùng tên miền .vn",
        "Rà soát hộ kinh doanh",
    ] {
        assert!(all.contains(part), "{part}");
    }
    // Another picture in its place is another revision.
    office.ok(&["apply"]);
    let plan = office.ok(&["plan"]);
    assert!(plan.contains("Không có gì thay đổi"), "{plan}");
    fs::copy(folder.join("anh-2.png"), folder.join("anh-1.png")).expect("a copy");
    assert!(!office.ok(&["plan"]).contains("Không có gì thay đổi"), "an altered picture is a change");
    // Nothing that is there is written over, and nothing is written beside it.
    let again = office.loa(&[
        "new",
        "post",
        "lam-quen-voi-loa",
        "bai-moi",
        "--from",
        &fixture("bai-pandoc.docx").display().to_string(),
    ]);
    assert_eq!(again.status.code(), Some(3));
    assert_eq!(read(&folder, "noi-dung.md"), text);
}

#[test]
fn a_text_of_pandoc_keeps_its_form() {
    let (office, folder, said) = taken("bai-pandoc.docx", &["--title", "Tên khác"]);
    assert!(said.contains("1 chú thích cuối trang") && !said.contains("tiêu đề trong"), "{said}");
    let text = read(&folder, "noi-dung.md");
    let wanted = "## Vì sao nên có tên miền riêng\n\nKhách tìm cửa hàng **trên mạng** trước khi đến[^1]. *Tên miền .vn* do [VNNIC](https://vnnic.vn) quản lý.\n\n\
        1. Chọn tên\n2. Chọn nhà đăng ký\n    - Căn cước\n    - Giấy đăng ký\n\na) điểm a\n\n![](anh-1.png)\n\n| Việc | Hạn |\n|---|---|\n| Rà soát | 30/11 |\n\n\
        Một dòng trích\n\nDòng một\\\ndòng hai {\\{fact \"x\"}}\n\n[^1]: Theo báo cáo năm 2025.\n";
    assert_eq!(text, wanted);
    let yaml = read(&folder, "post.yaml");
    assert!(
        yaml.contains("title: Tên khác\n") && yaml.contains("    caption: Cửa hàng có mái che\n"),
        "{yaml}"
    );
    let check = String::from_utf8_lossy(&office.loa(&["check"]).stdout).into_owned();
    assert!(!check.contains("Lỗi"), "{check}");
}

#[test]
fn what_cannot_be_read_leaves_no_post_behind() {
    let office = Office::bare();
    let root = office.path().display().to_string();
    office.ok(&["init", &root, "--name", "Sở Thử"]);
    fs::write(office.at("a.docx"), b"%PDF-1.7 ...").expect("written");
    let good = fs::read(fixture("bai-pandoc.docx")).expect("read");
    fs::write(office.at("b.docx"), &good[..good.len() / 2]).expect("written");
    for (file, lang, wanted) in [
        ("a.docx", "vi", "đây là tệp PDF"),
        ("a.docx", "en", "this is a PDF"),
        ("b.docx", "vi", "bị cụt hoặc hỏng"),
        ("khong-co.docx", "vi", "không có tệp này"),
        ("campaigns", "vi", "không phải một tệp"),
    ] {
        let path = office.at(file).display().to_string();
        let out = std::process::Command::new(env!("CARGO_BIN_EXE_loa"))
            .arg("-w")
            .arg(office.path())
            .args(["--lang", lang, "new", "post", "lam-quen-voi-loa", "bai-moi", "--from", &path])
            .output()
            .expect("loa runs");
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!(out.status.code() == Some(2) && said.contains(wanted), "{file}: {:?} {said}", out.status);
        assert!(!office.at("campaigns/lam-quen-voi-loa/posts/bai-moi").exists());
    }
}
