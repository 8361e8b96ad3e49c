//! The tree as HTML: for sites (plain) and for mails (inlined styles). The writer escapes all text; ammonia goes over the
//! result again, so that two independent mistakes are needed for a live tag.

use std::collections::{BTreeMap, HashSet};
use std::sync::LazyLock;

use super::markdown::{Alignment, Block, Inline};
use super::words::escape;

/// A picture as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Content id.
    pub cid: String,
    /// Alternative text, never empty.
    pub alt: String,
    /// Words under it.
    pub caption: Option<String>,
    /// Pixels across, where known.
    pub width: Option<u32>,
}

/// Where a picture stands in a mail, pixels across: the frame's 600 without its margins. Files have twice as many, for fine screens.
const MAIL_COLUMN: u32 = 536;

impl Shown {
    /// Its element. In a mail it says how wide it is shown: some programs know no `max-width`.
    pub(super) fn img(&self, dress: Dress) -> String {
        let width = match (dress, self.width) {
            (Dress::Mail, Some(w)) => format!(" width=\"{}\"", w.min(MAIL_COLUMN)),
            (Dress::Mail | Dress::Site, _) => String::new(),
        };
        format!(
            "<img src=\"cid:{}\" alt=\"{}\"{width}{}>",
            escape(&self.cid),
            escape(&self.alt),
            dress.of("img")
        )
    }

    /// How a picture stands in plain text.
    pub fn words(&self) -> String {
        match &self.caption {
            Some(c) => format!("[Ảnh: {}. {c}]", self.alt.trim_end_matches('.')),
            None => format!("[Ảnh: {}]", self.alt),
        }
    }
}

/// Pictures by the source the text names them by (`kit:id`).
pub type Gallery = BTreeMap<String, Shown>;

/// Where the HTML goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dress {
    /// A site: its own style sheet applies.
    Site,
    /// A mail or a package sent by mail: styles are inlined.
    Mail,
}

impl Dress {
    /// The style attribute of an element. Colours are left to the layout, which knows about dark mode.
    pub(super) fn of(self, tag: &str) -> &'static str {
        if self == Dress::Site {
            return "";
        }
        match tag {
            "p" => " style=\"margin:0 0 16px 0;\"",
            "h2" => " style=\"margin:28px 0 10px 0;font-size:20px;line-height:1.4;font-weight:bold;\"",
            "h3" | "h4" | "h5" | "h6" => {
                " style=\"margin:22px 0 8px 0;font-size:17px;line-height:1.4;font-weight:bold;\""
            }
            "ul" | "ol" => " style=\"margin:0 0 16px 0;padding:0 0 0 26px;\"",
            "li" => " style=\"margin:0 0 8px 0;\"",
            "blockquote" => {
                " style=\"margin:0 0 16px 0;padding:4px 0 4px 16px;border-left:4px solid #b9c4d0;\""
            }
            "pre" => {
                " style=\"margin:0 0 16px 0;padding:12px;border:1px solid #b9c4d0;white-space:pre-wrap;font-size:14px;\""
            }
            "figure" => " style=\"margin:0 0 20px 0;\"",
            "figcaption" => " style=\"margin:8px 0 0 0;font-size:14px;line-height:1.5;font-style:italic;\"",
            "img" => " style=\"display:block;max-width:100%;height:auto;border:0;\"",
            // What is too wide is scrolled.
            "div" => " style=\"overflow-x:auto;\"",
            "table" => " style=\"margin:0 0 16px 0;border-collapse:collapse;width:100%;\"",
            "td" => {
                " style=\"border:1px solid #b9c4d0;padding:8px 10px;text-align:left;vertical-align:top;\""
            }
            "th" => " style=\"border:1px solid #b9c4d0;padding:8px 10px;text-align:left;font-weight:bold;\"",
            "hr" => " style=\"margin:24px 0;border:0;border-top:1px solid #b9c4d0;\"",
            "a" => " style=\"color:#12437a;text-decoration:underline;\"",
            _ => "",
        }
    }
}

/// Writes blocks as a sanitised fragment. Headings start at `h2`. A picture that is not in the gallery is left out.
pub fn fragment(blocks: &[Block], gallery: &Gallery, dress: Dress) -> String {
    let top = blocks
        .iter()
        .filter_map(|b| if let Block::Heading(level, _) = b { Some(*level) } else { None })
        .min()
        .unwrap_or(2);
    let mut w = Writer { out: String::new(), gallery, dress, top };
    w.blocks(blocks, false);
    let cleaner = match dress {
        Dress::Site => &*SITE,
        Dress::Mail => &*MAIL,
    };
    cleaner.clean(&w.out).to_string()
}

/// Columns from which a table in a mail is set narrower, and scrolled where that is not enough.
const WIDE: usize = 4;

/// A figure by itself.
pub fn figure(shown: &Shown, dress: Dress) -> String {
    let mut w = Writer { out: String::new(), gallery: &Gallery::new(), dress, top: 2 };
    w.figure(shown, None);
    w.out
}

static SITE: LazyLock<ammonia::Builder<'static>> = LazyLock::new(|| cleaner(false));
static MAIL: LazyLock<ammonia::Builder<'static>> = LazyLock::new(|| cleaner(true));

fn cleaner(styles: bool) -> ammonia::Builder<'static> {
    let mut b = ammonia::Builder::new();
    let mut tags = HashSet::from([
        "p",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "ul",
        "ol",
        "li",
        "blockquote",
        "pre",
        "code",
        "strong",
        "em",
        "s",
        "a",
        "br",
        "hr",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "figure",
        "figcaption",
        "img",
    ]);
    if styles {
        tags.insert("div");
    }
    b.tags(tags)
        .url_schemes(HashSet::from(["http", "https", "mailto", "tel", "cid"]))
        .url_relative(ammonia::UrlRelative::Deny)
        .link_rel(None)
        .tag_attributes(
            [
                ("a", HashSet::from(["href"])),
                (
                    "img",
                    if styles {
                        HashSet::from(["src", "alt", "width"])
                    } else {
                        HashSet::from(["src", "alt"])
                    },
                ),
                ("ol", HashSet::from(["start"])),
                ("th", HashSet::from(["align"])),
                ("td", HashSet::from(["align"])),
            ]
            .into(),
        )
        .generic_attributes(if styles { HashSet::from(["style"]) } else { HashSet::new() });
    b
}

struct Writer<'a> {
    out: String,
    gallery: &'a Gallery,
    dress: Dress,
    /// Smallest heading level of the text: it becomes `h2`.
    top: u8,
}

impl Writer<'_> {
    fn open(&mut self, tag: &str) {
        self.out.push('<');
        self.out.push_str(tag);
        self.out.push_str(self.dress.of(tag));
        self.out.push('>');
    }

    /// Opens a cell of a column. Sites keep the attribute where they take styles away (WordPress's kses); mails have their style.
    fn cell(&mut self, tag: &str, narrow: bool, column: Alignment) {
        let side = match column {
            Alignment::None | Alignment::Left => "left",
            Alignment::Center => "center",
            Alignment::Right => "right",
        };
        let mut style = self.dress.of(tag).replace("text-align:left", &format!("text-align:{side}"));
        if narrow {
            style = style.replace("padding:8px 10px", "padding:6px;font-size:14px");
        }
        let plain = self.dress != Dress::Site || side == "left";
        let align = if plain { String::new() } else { format!(" align=\"{side}\"") };
        self.out.push_str(&format!("<{tag}{align}{style}>"));
    }

    fn close(&mut self, tag: &str) {
        self.out.push_str("</");
        self.out.push_str(tag);
        self.out.push('>');
    }

    fn line(&mut self, tag: &str, inlines: &[Inline]) {
        self.open(tag);
        self.inlines(inlines);
        self.close(tag);
        self.out.push('\n');
    }

    /// `tight`: a lone paragraph needs no element of its own (list items).
    fn blocks(&mut self, blocks: &[Block], tight: bool) {
        for b in blocks {
            match b {
                Block::Heading(level, x) => {
                    let level = (level.saturating_sub(self.top) + 2).min(6);
                    self.line(["h2", "h3", "h4", "h5", "h6"][usize::from(level) - 2], x);
                }
                Block::Para(x) if tight => self.inlines(x),
                Block::Para(x) => self.line("p", x),
                Block::List(start, items) => {
                    let tag = if start.is_some() { "ol" } else { "ul" };
                    match start {
                        Some(n) if *n != 1 => {
                            self.out.push_str(&format!("<ol start=\"{n}\"{}>", self.dress.of("ol")));
                        }
                        Some(_) | None => self.open(tag),
                    }
                    self.out.push('\n');
                    for item in items {
                        self.open("li");
                        let paras = item.iter().filter(|b| matches!(b, Block::Para(_))).count();
                        self.blocks(item, paras == 1);
                        self.close("li");
                        self.out.push('\n');
                    }
                    self.close(tag);
                    self.out.push('\n');
                }
                Block::Quote(inner) => {
                    self.open("blockquote");
                    // The last paragraph's margin would hang below a quotation in a mail.
                    self.blocks(inner, self.dress == Dress::Mail && inner.len() == 1);
                    self.close("blockquote");
                    self.out.push('\n');
                }
                Block::Code(t) => {
                    self.open("pre");
                    self.out.push_str("<code>");
                    self.out.push_str(&escape(t));
                    self.out.push_str("</code>");
                    self.close("pre");
                    self.out.push('\n');
                }
                Block::Table(columns, rows) => self.table(columns, rows),
                Block::Rule => {
                    self.open("hr");
                    self.out.push('\n');
                }
                Block::Figure(p) => {
                    if let Some(shown) = self.gallery.get(&p.source).cloned() {
                        self.figure(&shown, p.link.as_deref());
                    }
                }
            }
        }
    }

    fn table(&mut self, columns: &[Alignment], rows: &[Vec<Vec<Inline>>]) {
        let scrolled = self.dress == Dress::Mail && columns.len() >= WIDE;
        if scrolled {
            self.open("div");
            // Words stay whole in a narrow cell, whatever the frame says.
            let style = self.dress.of("table").trim_end_matches('"');
            self.out.push_str(&format!(
                "<table{style}table-layout:auto;overflow-wrap:break-word;word-break:normal;\">"
            ));
        } else {
            self.open("table");
        }
        for (i, row) in rows.iter().enumerate() {
            let (group, cell) = if i == 0 { ("thead", "th") } else { ("tbody", "td") };
            if i < 2 {
                self.open(group);
            }
            self.open("tr");
            for (j, x) in row.iter().enumerate() {
                self.cell(cell, scrolled, columns.get(j).copied().unwrap_or(Alignment::None));
                self.inlines(x);
                self.close(cell);
            }
            self.close("tr");
            if i == 0 || i + 1 == rows.len() {
                self.close(group);
            }
        }
        self.close("table");
        if scrolled {
            self.close("div");
        }
        self.out.push('\n');
    }

    fn figure(&mut self, shown: &Shown, link: Option<&str>) {
        self.open("figure");
        if let Some(url) = link {
            self.out.push_str(&format!("<a href=\"{}\"{}>", escape(url), self.dress.of("a")));
        }
        self.out.push_str(&shown.img(self.dress));
        if link.is_some() {
            self.close("a");
        }
        if let Some(c) = &shown.caption {
            self.open("figcaption");
            self.out.push_str(&escape(c));
            self.close("figcaption");
        }
        self.close("figure");
        self.out.push('\n');
    }

    fn inlines(&mut self, inlines: &[Inline]) {
        for i in inlines {
            match i {
                Inline::Text(t) => self.out.push_str(&escape(t)),
                Inline::Strong(x) => self.span("strong", x),
                Inline::Em(x) => self.span("em", x),
                Inline::Strike(x) => self.span("s", x),
                Inline::Code(t) => {
                    self.open("code");
                    self.out.push_str(&escape(t));
                    self.close("code");
                }
                Inline::Link(url, x) => {
                    self.out.push_str(&format!("<a href=\"{}\"{}>", escape(url), self.dress.of("a")));
                    self.inlines(x);
                    self.close("a");
                }
                Inline::Break => self.out.push_str("<br>"),
            }
        }
    }

    fn span(&mut self, tag: &str, x: &[Inline]) {
        self.open(tag);
        self.inlines(x);
        self.close(tag);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::markdown::read;

    #[test]
    fn a_site_gets_semantic_html() {
        let gallery = Gallery::from([(
            "kit:p".to_owned(),
            Shown {
                cid: "p@loa".into(),
                alt: "Áp \"phích\"".into(),
                caption: Some("Chú <thích>".into()),
                width: Some(1200),
            },
        )]);
        let doc = read(
            "### Đầu\n\n#### Dưới\n\n1. a **b**\n2. c\n\n![](kit:p)\n\n![](kit:none)\n\n|x|y|\n|-|-|\n|1|2|\n\n> q `<i>`\n\n---",
        )
        .unwrap();
        let html = fragment(&doc, &gallery, Dress::Site);
        assert_eq!(
            html,
            "<h2>Đầu</h2>\n<h3>Dưới</h3>\n<ol>\n<li>a <strong>b</strong></li>\n<li>c</li>\n</ol>\n\
             <figure><img src=\"cid:p@loa\" alt=\"Áp &quot;phích&quot;\"><figcaption>Chú &lt;thích&gt;</figcaption></figure>\n\
             <table><thead><tr><th>x</th><th>y</th></tr></thead><tbody><tr><td>1</td><td>2</td></tr></tbody></table>\n\
             <blockquote><p>q <code>&lt;i&gt;</code></p>\n</blockquote>\n<hr>\n"
        );
        let mail = fragment(&doc, &gallery, Dress::Mail);
        assert!(mail.contains("width=\"536\"") && !html.contains("width"), "{mail}");
    }
}
