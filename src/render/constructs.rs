//! Every construct of Markdown in every voice, as one table that a person reads: `docs/voices.md` is this, and a change of any cell
//! is seen there.
//!
//! `LOA_WRITE=1 cargo test --lib what_comes_out_of_each_construct` writes it anew.

use std::collections::BTreeMap;
use std::path::Path;

use super::forms::form;
use super::tests::{campaign, household, text, workspace};
use super::*;
use crate::domain::campaign::{Post, Texts};
use crate::domain::message::Voice;
use crate::domain::workspace::Workspace;

/// Name, source.
const CONSTRUCTS: &[(&str, &str)] = &[
    ("Own title", "# Tiêu đề riêng\n\nĐoạn văn."),
    ("Headings", "## Mục lớn\n\nĐoạn.\n\n### Mục nhỏ\n\n###### Mục rất nhỏ\n\nĐoạn."),
    ("Headings that begin low", "#### Mục\n\n##### Mục dưới"),
    ("Bold, italic, both", "Chữ **đậm**, *nghiêng*, ***cả hai***."),
    ("Struck", "Giá ~~cũ~~ mới."),
    ("Code in a line", "Gõ `ten.vn` rồi bấm."),
    ("Block of code", "```\nten.vn  A  < 5\n  thụt\n```"),
    ("Quotation", "> Nhận diện – tin cậy – an toàn.\n>\n> Câu hai."),
    ("List", "- một\n- hai"),
    ("Numbered list", "3. ba\n4. bốn"),
    ("List in a list", "1. Chọn tên\n   - ngắn\n   - dễ nhớ\n2. Đăng ký"),
    ("List with paragraphs", "- Đoạn một.\n\n  Đoạn hai.\n- Mục hai."),
    ("Task list", "- [ ] chưa làm\n- [x] đã làm"),
    ("Table", "| Việc | Hạn |\n|---|--:|\n| Đăng ký | **31/12** |\n| Gửi | |"),
    ("Link", "Xem [hướng dẫn](https://a.example/?x=1&y=2)."),
    ("Link with a title", "Xem [hướng dẫn](https://a.example \"Nhấn vào\")."),
    ("Mail and telephone", "Hỏi [a@b.example](mailto:a@b.example), [gọi](tel:+842250000001)."),
    ("Address as text", "Xem https://a.example/huong-dan."),
    ("Address in angle brackets", "Xem <https://a.example> hoặc <a@b.example>."),
    ("Link that is not public", "Xem [đây](javascript:alert(1))."),
    ("Picture with caption", "Đoạn.\n\n![Áp phích](kit:poster-biz-vn \"Chú thích\")"),
    ("Picture in a paragraph", "Trước ![Áp phích](kit:poster-biz-vn) sau."),
    ("Footnote", "Phí theo quy định[^1].\n\n[^1]: Thông tư 20.\n\nĐoạn sau."),
    ("Rule", "Trên.\n\n---\n\nDưới."),
    ("Line break", "Dòng một  \ndòng hai\nvẫn dòng hai."),
    ("HTML in a line", "Chữ <b onclick=\"x()\">đậm</b> và <script>alert(1)</script>."),
    ("HTML as a block", "<div style=\"x\">\nkhối\n</div>"),
    ("Comment", "Trước <!-- hỏi lại --> sau.\n\n<!-- nháp -->"),
    ("Signs", "1 < 2 & 3 > 2, \"ngoặc\", 'nháy', \\*sao\\*, &copy; &amp;"),
    ("Emoji", "Chúc mừng 🎉 🇻🇳"),
    ("Fact", "{{fact \"noi-dang-ky\"}}."),
];

/// Files that are no pictures: name, media type, bytes, whether a picture of the kit stands for it.
const FILES: &[(&str, &str, u64, bool)] = &[
    ("Document", "application/pdf", 640_000, false),
    ("Document with a picture that stands for it", "application/pdf", 640_000, true),
    ("Clip larger than any channel carries, with a picture", "video/mp4", 90_000_000, true),
    ("Recording larger than any channel carries", "audio/mpeg", 30_000_000, false),
];

/// Where the text ends and what a frame must show begins.
const FRAME: &str = "§§§§§";

/// Templates that print the text, and behind it what none may leave out.
fn bare() -> Templates {
    let dir = tempfile::tempdir().unwrap();
    let (html, txt) = (format!("{{{{{{body_html}}}}}}{FRAME}"), format!("{{{{body_text}}}}{FRAME}"));
    let mail_html = format!("{html} {{{{title}}}} <a href=\"{{{{opt_out_url}}}}\">x</a>");
    let mail_txt = format!("{txt} {{{{title}}}} {{{{opt_out_url}}}}");
    let press_html = format!("{html} {{{{title}}}} {{{{lead}}}} {{{{code}}}}");
    let press_txt = format!("{txt} {{{{title}}}} {{{{lead}}}} {{{{code}}}}");
    for (path, source) in [
        ("web/article.html.hbs", "{{{body_html}}}"),
        ("web/article.txt.hbs", "{{body_text}}"),
        ("mail/layout.html.hbs", mail_html.as_str()),
        ("mail/layout.txt.hbs", mail_txt.as_str()),
        ("press/package.html.hbs", press_html.as_str()),
        ("press/package.txt.hbs", press_txt.as_str()),
        ("script/opening.txt.hbs", ""),
        ("script/closing.txt.hbs", ""),
    ] {
        let file = dir.path().join("templates").join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, source).unwrap();
    }
    Templates::load(dir.path()).unwrap()
}

fn rendered(templates: &Templates, source: &str, kind: &str) -> crate::domain::message::Rendition {
    let mut post = household();
    post.assets.clear();
    post.attach.clear();
    post.link = None;
    // As a text of the channel's own: such a one shows no title but its own.
    post.texts = Texts { main: None, overrides: [(kind.to_owned(), text("a.md", source))].into() };
    made(templates, &post, &workspace(), kind)
}

fn made(templates: &Templates, post: &Post, ws: &Workspace, kind: &str) -> crate::domain::message::Rendition {
    let documents = BTreeMap::new();
    let ctx = RenderContext {
        templates,
        organisation: "Sở",
        public_url: None,
        duty_phone: None,
        done_by: None,
        documents: &documents,
        pace: crate::domain::speech::Pace::default(),
        pictures: &AsTheyAre,
    };
    let mut r =
        render(post, &campaign(), ws, form(kind), &ctx).unwrap_or_else(|f| panic!("{:?}: {f:?}", post.texts));
    let text = |all: &str| all.split(FRAME).next().unwrap_or_default().trim_end().to_owned();
    (r.text, r.html) = (text(&r.text), r.html.as_deref().map(text));
    r
}

/// A post with one file beside a sentence, in every voice, and what goes along with each.
fn with_file(t: &Templates, (name, mime, bytes, pictured): (&str, &str, u64, bool)) -> String {
    let mut ws = workspace();
    let asset = ws.kit.get_mut("to-roi").unwrap();
    (asset.mime, asset.bytes) = (mime.into(), bytes);
    asset.preview = pictured.then(|| "poster-biz-vn".into());
    let mut post = household();
    post.assets.retain(|a| a.asset.as_str() == "to-roi");
    post.attach.clear();
    post.link = None;
    let all = ["web", "mail", "chat", "press"].map(|v| (v.to_owned(), text("a.md", "Đoạn.")));
    post.texts = Texts { main: None, overrides: all.into() };
    let preview = if pictured { "\n  preview: poster-biz-vn" } else { "" };
    let mut out = format!(
        "\n## {name}\n\n````yaml\nto-roi:                     # {mime}, {bytes} bytes\n  title: Tư liệu to-roi\n  \
         url: https://kit.example/to-roi{preview}\n````\n\n| voice | comes out | goes along |\n|---|---|---|\n"
    );
    for (voice, kind) in [
        ("site", "wordpress"),
        ("mail", "email"),
        ("package", "hand-over"),
        ("Telegram", "telegram"),
        ("Zalo", "zalo-bot"),
    ] {
        let r = made(t, &post, &ws, kind);
        let files: Vec<&str> = r.attachments.iter().map(|a| a.name.as_str()).collect();
        let shown = if r.voice == Voice::Chat {
            r.parts.join("⏎⏎")
        } else {
            unstyled(&r.html.unwrap_or_default())
        };
        out += &format!("| {voice} | {} | {} |\n", cell(&shown), files.join(", "));
    }
    out
}

/// Styles are the same for each element and stand in `html.rs`; here they would hide the rest.
fn unstyled(html: &str) -> String {
    let mut out = String::new();
    let mut rest = html;
    while let Some((before, after)) = rest.split_once(" style=\"") {
        out.push_str(before);
        rest = after.split_once('"').map_or("", |x| x.1);
    }
    out + rest
}

/// A cell: one line, as code.
fn cell(s: &str) -> String {
    let s = s.trim_end().replace('\n', "⏎").replace('|', "\\|");
    if s.is_empty() { "nothing".to_owned() } else { format!("`` {s} ``") }
}

fn table() -> String {
    let t = bare();
    let mut out = String::from(
        "# What comes out\n\n\
         One text, each construct of Markdown, each voice: exactly what readers get, without the frame of the templates. Printed from the\n\
         program by a test (`src/render/constructs.rs`) that fails where this page is not what the program does. `⏎` is a line end;\n\
         styles of mails are left out. A text of a channel's own (`zalo.md`, `thu.md`, `loa.md` …) goes through the same, in that channel only.\n\n\
         - **site**: sanitised twice, headings from `h2` on, pictures as `figure`.\n\
         - **mail**: the HTML part; packages for webmasters and newspapers have the same body.\n\
         - **plain**: the text part of mails and packages, complete in itself.\n\
         - **Telegram**: only `b i s code pre a blockquote`, escaped with `&amp; &lt; &gt; &quot;`; the first picture is the message's photo, further ones make an album.\n\
         - **Zalo**, other chats: plain text; the first picture is the message's photo.\n\
         - **script**: sentences, one a line; what is for the eye only is not read, nor are tags of HTML.\n\n\
         Limits, counted in UTF-16 units after markup: Telegram 1,024 under a picture and 4,096 in a text, Zalo 2,000. A longer text is split\n\
         between paragraphs, else between sentences, else between words, into at most five messages; what is longer still ends with a\n\
         sentence and the post's link. A mail stays below 102,400 bytes of HTML, where Gmail clips.\n",
    );
    for (name, source) in CONSTRUCTS {
        let web = rendered(&t, source, "wordpress");
        let mail = rendered(&t, source, "email");
        let package = rendered(&t, source, "hand-over");
        let telegram = rendered(&t, source, "telegram");
        let zalo = rendered(&t, source, "zalo-bot");
        let script = rendered_script(&t, source);
        // One text part, whoever gets it; but a package gives the first paragraph as its lead.
        if package.lead.is_empty() || !mail.text.starts_with(&package.lead) {
            assert_eq!(mail.text, package.text, "{name}");
        }
        out += &format!("\n## {name}\n\n````markdown\n{source}\n````\n\n| voice | comes out |\n|---|---|\n");
        for (voice, s) in [
            ("site", web.html.unwrap_or_default()),
            ("mail", unstyled(&mail.html.unwrap_or_default())),
            ("plain", mail.text),
            ("Telegram", telegram.parts.join("⏎⏎")),
            ("Zalo", zalo.parts.join("⏎⏎")),
            ("script", script),
        ] {
            out += &format!("| {voice} | {} |\n", cell(&s));
        }
    }
    out += &format!(
        "\n# Files that are no pictures\n\n\
         A channel that carries such a file gets the file itself: a site up to {} MB, a mail up to {} MB of them together, a package for\n\
         editors up to {} MB together, Telegram up to {} MB each. Zalo and webhooks carry none. What is larger becomes a link to the\n\
         asset's `url`, shown by its `preview`; without a `url` the post is stopped by `loa check` (R001). On a site the preview leads to\n\
         the file even where the site has it.\n",
        form("wordpress").files.each / 1_000_000,
        form("email").files.each / 1_000_000,
        form("hand-over").files.each / 1_000_000,
        form("telegram").files.each / 1_000_000,
    );
    for file in FILES {
        out += &with_file(&t, *file);
    }
    out
}

/// A script of nothing but pictures and code has nothing to read; here it says so.
fn rendered_script(t: &Templates, source: &str) -> String {
    let r = rendered(t, &format!("{source}\n\nHết."), "station");
    r.text.strip_suffix("Hết.").unwrap_or(&r.text).trim_end().to_owned()
}

#[test]
fn what_comes_out_of_each_construct() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/voices.md");
    let now = table();
    if std::env::var_os("LOA_WRITE").is_some() {
        std::fs::write(&file, &now).unwrap();
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(now, kept, "docs/voices.md is not what the program does; write it anew with LOA_WRITE=1");
}
