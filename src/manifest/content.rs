//! What `loa new post` fills a post with, where its author brought something: text, title, pictures.

use std::io::Error;
use std::path::{Path, PathBuf};

use super::sample;
use super::scaffold::quoted;

/// What a new post is filled with instead of a sample.
#[derive(Clone, Debug, Default)]
pub struct Content {
    /// The name of the file it comes from.
    pub from: String,
    /// The title it gives itself.
    pub title: Option<String>,
    /// Its text, which names the pictures by their files.
    pub text: String,
    /// Its pictures, in order.
    pub pictures: Vec<OwnPicture>,
}

/// A picture that is put beside a new post.
#[derive(Clone, Debug, Default)]
pub struct OwnPicture {
    /// Its file's name.
    pub file: String,
    /// The file.
    pub bytes: Vec<u8>,
    /// What it shows; `None`: its author is asked, and the post is held until it is said.
    pub alt: Option<String>,
    /// Words under it.
    pub caption: Option<String>,
}

/// Two braces in a row call a fact; words that come from a file call none.
pub(super) fn uncalled(words: &str) -> String {
    let mut out = String::with_capacity(words.len());
    for c in words.chars() {
        if c == '{' && out.ends_with('{') {
            out.push(' ');
        }
        out.push(c);
    }
    out
}

/// Removes what was made of a post before `name` failed, since half a post is in the way of the next try; the error, with
/// the file's name.
pub(super) fn undo(made: &[PathBuf], folder: &Path, name: &str, why: &Error) -> Error {
    for path in made {
        let _ = std::fs::remove_file(path);
    }
    // Only if nothing else is in it.
    let _ = std::fs::remove_dir(folder);
    // What says its name already, says it once.
    let said = why.to_string();
    Error::new(why.kind(), if said.starts_with(name) { said } else { format!("{name}: {said}") })
}

/// The entries of `assets:`; a commented example if there are none.
pub(super) fn assets_yaml(content: Option<&Content>) -> String {
    let Some(content) = content.filter(|c| !c.pictures.is_empty()) else {
        return "# Tư liệu của bộ tư liệu (bỏ dấu # đầu dòng để dùng):
# assets:
#   - kit: ma-tu-lieu
#     alt: Ảnh vẽ gì, cho người không nhìn thấy
"
        .into();
    };
    let mut out = String::from(
        "# Ảnh riêng của bài, nằm cạnh tệp này; noi-dung.md gọi bằng ![](tên-tệp). Ảnh đầu là ảnh đại diện.
assets:
",
    );
    for p in &content.pictures {
        let asked = format!("{} Ảnh vẽ gì, cho người không nhìn thấy", sample::MARK);
        out.push_str(&format!(
            "  - file: {}\n    alt: {}\n",
            p.file,
            quoted(&p.alt.as_deref().map_or(asked, uncalled))
        ));
        if let Some(c) = &p.caption {
            out.push_str(&format!("    caption: {}\n", quoted(&uncalled(c))));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::scaffold::{new_campaign, new_post};
    use super::*;

    #[test]
    fn half_a_post_is_removed_and_braces_call_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let today = chrono::NaiveDate::from_ymd_opt(2026, 11, 26).unwrap();
        new_campaign(dir.path(), "thu", Some("Thử một lần"), today).unwrap();
        let picture = |file: &str| OwnPicture {
            file: file.into(),
            alt: Some("Ảnh {{{a}}".into()),
            ..OwnPicture::default()
        };
        let mut content = Content {
            title: Some("Bài {{fact \"x\"}} mới".into()),
            text: "Chữ.\n".into(),
            // A name that no disk takes fails as a full disk does: after the first files.
            pictures: vec![picture("anh-1.png"), picture(&format!("{}.png", "a".repeat(300)))],
            ..Content::default()
        };
        let folder = dir.path().join("campaigns/thu/posts/bai");
        let e = new_post(dir.path(), "thu", "bai", None, Some(&content), today).unwrap_err();
        assert!(e.to_string().starts_with("campaigns/thu/posts/bai/aaa"), "{e}");
        assert!(!folder.exists());
        content.pictures.pop();
        new_post(dir.path(), "thu", "bai", None, Some(&content), today).unwrap();
        let yaml = std::fs::read_to_string(folder.join("post.yaml")).unwrap();
        assert!(
            yaml.contains("title: Bài { {fact \"x\"}} mới\n") && yaml.contains("alt: Ảnh { { {a}}\n"),
            "{yaml}"
        );
    }
}
