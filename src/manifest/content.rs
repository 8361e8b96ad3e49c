//! What `loa new post` fills a post with, where its author brought something: text, title, pictures.

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
            quoted(p.alt.as_deref().unwrap_or(&asked))
        ));
        if let Some(c) = &p.caption {
            out.push_str(&format!("    caption: {}\n", quoted(c)));
        }
    }
    out
}
