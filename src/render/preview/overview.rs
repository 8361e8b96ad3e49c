//! The page an approver signs by: all voices small, to whom and when, what is stated and until when it holds, what is shown and
//! which file it is, and what differs from what was approved before.

use super::super::compare::Piece;
use super::super::words::escape;
use super::{Look, shell};
use crate::domain::text::{self, Lang};

/// A sending: to whom, how many as of now, when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendingLine {
    /// What its channel is called.
    pub channel: String,
    /// Ids of whom it goes to, as written.
    pub to: String,
    /// Places it goes to now.
    pub places: usize,
    /// People it goes to now, of lists.
    pub people: i64,
    /// When, in words, in order.
    pub times: Vec<String>,
}

/// A fact that the post states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactLine {
    /// Its words.
    pub text: String,
    /// Legal basis and source.
    pub basis: String,
    /// Until when it holds, in words.
    pub holds: String,
    /// Who checked it last, and when.
    pub checked: String,
    /// It may be stated on every day the post goes out.
    pub good: bool,
}

/// A picture or document of the post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssetLine {
    /// Its id, or a document's number.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What it shows, for who cannot see it.
    pub alt: String,
    /// Its whole hash.
    pub sha256: String,
    /// `PNG, 21 KB`.
    pub form: String,
    /// `data:` address of a picture.
    pub image: Option<String>,
}

/// A step of approval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepLine {
    /// The step.
    pub name: String,
    /// Who gave it and when; empty: open.
    pub given: String,
}

/// All of a post on one page.
pub struct Overview<'a> {
    /// `campaign/post`.
    pub origin: &'a str,
    /// Its title.
    pub title: &'a str,
    /// Name of the organisation.
    pub organisation: &'a str,
    /// Author, class, audience, as label and value.
    pub heads: Vec<(String, String)>,
    /// Its steps of approval.
    pub steps: Vec<StepLine>,
    /// Its sendings.
    pub sendings: Vec<SendingLine>,
    /// Its facts.
    pub facts: Vec<FactLine>,
    /// Its pictures and documents.
    pub assets: Vec<AssetLine>,
    /// What differs from the renditions approved last, by voice. `None`: nothing of it was approved before.
    pub changes: Option<Vec<(String, Vec<Piece>)>>,
    /// What another approval now would freeze otherwise than what is frozen and shown, by voice. `None`: nothing is frozen for
    /// this text yet.
    pub now: Option<Vec<(String, Vec<Piece>)>>,
    /// Its voices.
    pub voices: Vec<Look<'a>>,
    /// Language of what stands around them.
    pub lang: Lang,
}

impl Overview<'_> {
    /// Files of the pages and what they are called, this page first.
    pub fn pages(&self) -> Vec<(String, String)> {
        let first = ("index.html".to_owned(), self.lang.pick("Tờ tổng hợp", "Contact sheet").to_owned());
        std::iter::once(first).chain(self.voices.iter().map(|v| (v.file(), v.name()))).collect()
    }

    /// The page.
    pub fn page(&self) -> String {
        let l = self.lang;
        let links: String = self
            .pages()
            .iter()
            .enumerate()
            .map(|(i, (file, name))| match i {
                0 => format!("<b>{}</b>", escape(name)),
                _ => format!("<a href=\"{}\">{}</a>", escape(file), escape(name)),
            })
            .collect();
        let cards: String = self
            .voices
            .iter()
            .map(|v| {
                format!(
                    "<div class=\"card\"><h3><a href=\"{}\">{}</a></h3>{}<div class=\"note\">{}</div></div>",
                    escape(&v.file()),
                    escape(&v.name()),
                    v.card(),
                    escape(&v.measure())
                )
            })
            .collect();
        let heads: String = self
            .heads
            .iter()
            .map(|(k, v)| format!("<tr><th>{}</th><td>{}</td></tr>", escape(k), escape(v)))
            .collect();
        let body = format!(
            "<header><h1>{}</h1><div>{} · {}</div></header><nav>{links}</nav><main>\
             {}<section class=\"wide\"><h2>{}</h2><div class=\"cards\">{cards}</div></section>\
             <section style=\"flex:1 1 320px\"><h2>{}</h2><table>{heads}</table></section>{}{}{}{}{}</main>",
            escape(self.title),
            escape(self.organisation),
            escape(self.origin),
            self.frozen(),
            l.pick("Bài này trên từng kênh", "The post on each channel"),
            l.pick("Bài", "Post"),
            self.approval(),
            self.sent(),
            self.stated(),
            self.shown(),
            self.changed(),
        );
        shell(&format!("{} ({})", self.title, self.origin), l, &body)
    }

    fn table(heads: &[&str], rows: &str) -> String {
        let heads: String = heads.iter().map(|h| format!("<th>{h}</th>")).collect();
        format!("<table class=\"stack\"><tr>{heads}</tr>{rows}</table>")
    }

    fn approval(&self) -> String {
        let l = self.lang;
        let rows: String = self
            .steps
            .iter()
            .enumerate()
            .map(|(i, s)| {
                let given = if s.given.is_empty() { l.pick("chưa", "open") } else { &s.given };
                format!("<tr><td>{}</td><td>{}</td><td>{}</td></tr>", i + 1, escape(&s.name), escape(given))
            })
            .collect();
        format!(
            "<section style=\"flex:1 1 320px\"><h2>{}</h2>{}</section>",
            l.pick("Duyệt", "Approval"),
            Self::table(&["", l.pick("Bước", "Step"), l.pick("Ai, ngày", "Who, when")], &rows)
        )
    }

    fn sent(&self) -> String {
        let l = self.lang;
        let rows: String = self
            .sendings
            .iter()
            .map(|s| {
                let mut whom = vec![];
                if s.places > 0 || s.people == 0 {
                    whom.push(match l {
                        Lang::Vi => format!("{} nơi", text::number(s.places as i64, l)),
                        Lang::En => text::plural(s.places as i64, "place", "places"),
                    });
                }
                if s.people > 0 {
                    whom.push(match l {
                        Lang::Vi => format!("{} người", text::number(s.people, l)),
                        Lang::En => text::plural(s.people, "person", "people"),
                    });
                }
                format!(
                    "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
                    escape(&s.channel),
                    escape(&s.to),
                    whom.join(", "),
                    s.times.iter().map(|t| escape(t)).collect::<Vec<_>>().join("<br>")
                )
            })
            .collect();
        format!(
            "<section class=\"wide\"><h2>{}</h2>{}</section>",
            l.pick("Gửi cho ai, bao nhiêu tính đến lúc này, khi nào", "To whom, how many as of now, when"),
            Self::table(
                &[
                    l.pick("Kênh", "Channel"),
                    l.pick("Nơi nhận", "To"),
                    l.pick("Số lượng", "How many"),
                    l.pick("Ngày, giờ", "When")
                ],
                &rows
            )
        )
    }

    fn stated(&self) -> String {
        let l = self.lang;
        if self.facts.is_empty() {
            return format!(
                "<section class=\"wide\"><h2>{}</h2><p class=\"note\">{}</p></section>",
                l.pick("Thông tin khẳng định", "Facts stated"),
                l.pick(
                    "Bài không dùng thông tin nào của sổ thông tin.",
                    "The post states none of the register."
                )
            );
        }
        let rows: String = self
            .facts
            .iter()
            .map(|f| {
                let class = if f.good { "" } else { " class=\"over\"" };
                format!(
                    "<tr><td>{}</td><td>{}</td><td{class}>{}</td><td{class}>{}</td></tr>",
                    escape(&f.text),
                    escape(&f.basis),
                    escape(&f.holds),
                    escape(&f.checked)
                )
            })
            .collect();
        format!(
            "<section class=\"wide\"><h2>{}</h2>{}</section>",
            l.pick("Thông tin khẳng định", "Facts stated"),
            Self::table(
                &[
                    l.pick("Nội dung", "Statement"),
                    l.pick("Căn cứ, nguồn", "Basis, source"),
                    l.pick("Hiệu lực", "Holds"),
                    l.pick("Kiểm tra gần nhất", "Last check")
                ],
                &rows
            )
        )
    }

    fn shown(&self) -> String {
        let l = self.lang;
        if self.assets.is_empty() {
            return String::new();
        }
        let rows: String = self
            .assets
            .iter()
            .map(|a| {
                let image = a.image.as_ref().map_or_else(String::new, |url| {
                    format!("<img class=\"pic\" src=\"{}\" alt=\"{}\">", escape(url), escape(&a.alt))
                });
                format!(
                    "<tr><td>{image}</td><td>{}<br>{}</td><td>{}</td><td>{}<br><code>{}</code></td></tr>",
                    escape(&a.id),
                    escape(&a.title),
                    escape(&a.alt),
                    escape(&a.form),
                    escape(&a.sha256)
                )
            })
            .collect();
        format!(
            "<section class=\"wide\"><h2>{}</h2>{}</section>",
            l.pick("Ảnh và tài liệu", "Pictures and documents"),
            Self::table(
                &[
                    "",
                    l.pick("Mã, tên", "Id, title"),
                    l.pick("Mô tả cho người khiếm thị", "Alternative text"),
                    l.pick("Dạng, cỡ, SHA-256", "Form, size, SHA-256")
                ],
                &rows
            )
        )
    }

    /// That what is shown was frozen, and what approving once more would make of it.
    fn frozen(&self) -> String {
        let l = self.lang;
        let Some(now) = &self.now else { return String::new() };
        let head = l.pick("Bản đã chốt khi duyệt", "Frozen at approval");
        let says = l.pick(
            "Các trang này cho xem đúng bản Loa đã chốt từ bước duyệt đầu và sẽ gửi.",
            "These pages show what was frozen at the first step of approval, and what is sent.",
        );
        let (again, all) = if now.is_empty() {
            (
                l.pick("Dựng lại lúc này cũng ra đúng như vậy.", "Made anew now, it would be the same."),
                String::new(),
            )
        } else {
            (
                l.pick(
                    "Dựng lại lúc này thì khác, vì mẫu, sổ đơn vị hoặc cài đặt đã đổi từ khi duyệt. Chỉ lần duyệt sau mới dùng những chữ mới này:",
                    "Made anew now, it would differ, since templates, registers or settings changed. Only the next approval uses these words:",
                ),
                self.pieces(now),
            )
        };
        format!("<section class=\"wide\"><h2>{head}</h2><p>{says}<br>{again}</p>{all}</section>")
    }

    fn changed(&self) -> String {
        let l = self.lang;
        let head = l.pick("Đổi so với bản đã duyệt trước", "What differs from what was approved before");
        let says = match &self.changes {
            None => l.pick("Chưa có bản nào được duyệt trước đó.", "Nothing of it was approved before."),
            Some(c) if c.is_empty() => {
                l.pick("Không khác bản đã duyệt, trên mọi kênh.", "No difference on any channel.")
            }
            Some(changes) => {
                return format!("<section class=\"wide\"><h2>{head}</h2>{}</section>", self.pieces(changes));
            }
        };
        format!("<section class=\"wide\"><h2>{head}</h2><p class=\"note\">{says}</p></section>")
    }

    fn pieces(&self, changes: &[(String, Vec<Piece>)]) -> String {
        let same = self.lang.pick("dòng như cũ", "lines as before");
        let line = |p: &Piece| match p {
            Piece::Same(n) => format!("<div class=\"dim\">⋯ {n} {same}</div>"),
            Piece::Gone(t) => format!("<del>− {}</del>", escape(t)),
            Piece::New(t) => format!("<ins>+ {}</ins>", escape(t)),
        };
        let voice = |(voice, pieces): &(String, Vec<Piece>)| {
            format!("<h3>{}</h3>{}", escape(voice), pieces.iter().map(line).collect::<String>())
        };
        changes.iter().map(voice).collect()
    }
}
