//! Per-person marks into a frozen rendition. The text is cut at its marks once ([`Prepared::new`]); a recipient then costs
//! a few copies. One pass: what is put in is never searched for marks again.

use std::borrow::Cow;
use std::sync::Arc;

use super::views::{OPT_OUT_BEGIN, OPT_OUT_END};
use super::words::{escape, one_line};
use crate::domain::message::{MARK, MARK_CODE, MARK_NAME, MARK_OPT_OUT_URL, MARK_UNIT, Rendition};

/// How a person without a known name is addressed.
pub const NO_NAME: &str = "Anh/Chị";

/// What one target adds.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Merge<'a> {
    /// The recipient's name, a unit's for its own mailbox; `None`: `Anh/Chị`.
    pub name: Option<&'a str>,
    /// The person's opt-out page; `None` (a unit's own mailbox): the sentence about it is left out.
    pub opt_out_url: Option<&'a str>,
    /// The delivery's short code.
    pub code: Option<&'a str>,
    /// Name of the receiving unit.
    pub unit: Option<&'a str>,
}

/// Whom a message goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receiver<'a> {
    /// A person of a list.
    Person {
        /// The name, where it is known.
        name: Option<&'a str>,
        /// The person's opt-out page.
        opt_out_url: Option<&'a str>,
    },
    /// A unit's own mailbox, chat or site: the unit is addressed by its name and has nothing to opt out of.
    Unit(Option<&'a str>),
}

impl<'a> Merge<'a> {
    /// What is filled in for a receiver. `code`: of papers that somebody answers to.
    pub fn to(receiver: Receiver<'a>, code: &'a str) -> Self {
        match receiver {
            Receiver::Person { name, opt_out_url } => {
                Self { name, opt_out_url, code: Some(code), unit: None }
            }
            Receiver::Unit(unit) => Self { name: unit, opt_out_url: None, code: Some(code), unit },
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Literal(String),
    Name,
    OptOutUrl,
    Code,
    Unit,
}

/// A text cut at its marks; each piece with whether it stands between the opt-out marks.
#[derive(Debug)]
struct Cut(Vec<(Piece, bool)>);

impl Cut {
    fn new(text: &str) -> Self {
        let marks = [
            (MARK_NAME, Some(Piece::Name)),
            (MARK_OPT_OUT_URL, Some(Piece::OptOutUrl)),
            (MARK_CODE, Some(Piece::Code)),
            (MARK_UNIT, Some(Piece::Unit)),
            (OPT_OUT_BEGIN, None),
            (OPT_OUT_END, None),
        ];
        let mut out = vec![];
        let (mut from, mut at, mut optional) = (0, 0, false);
        while let Some(i) = text[at..].find(MARK).map(|i| i + at) {
            let Some((mark, piece)) = marks.iter().find(|(m, _)| text[i..].starts_with(m)) else {
                at = i + MARK.len();
                continue;
            };
            if i > from {
                out.push((Piece::Literal(text[from..i].to_owned()), optional));
            }
            match piece {
                Some(p) => out.push((p.clone(), optional)),
                None => optional = *mark == OPT_OUT_BEGIN,
            }
            (from, at) = (i + mark.len(), i + mark.len());
        }
        if from < text.len() {
            out.push((Piece::Literal(text[from..].to_owned()), optional));
        }
        Self(out)
    }

    fn fill(&self, v: &Values<'_>) -> String {
        let value = |p: &Piece| -> usize {
            match p {
                Piece::Literal(t) => t.len(),
                Piece::Name => v.name.len(),
                Piece::OptOutUrl => v.opt_out_url.len(),
                Piece::Code => v.code.len(),
                Piece::Unit => v.unit.len(),
            }
        };
        let mut out = String::with_capacity(self.0.iter().map(|(p, _)| value(p)).sum());
        for (piece, _) in self.0.iter().filter(|(_, optional)| v.opt_out || !optional) {
            out.push_str(match piece {
                Piece::Literal(t) => t,
                Piece::Name => &v.name,
                Piece::OptOutUrl => &v.opt_out_url,
                Piece::Code => &v.code,
                Piece::Unit => &v.unit,
            });
        }
        out
    }
}

struct Values<'a> {
    name: Cow<'a, str>,
    opt_out_url: Cow<'a, str>,
    code: Cow<'a, str>,
    unit: Cow<'a, str>,
    opt_out: bool,
}

impl Values<'_> {
    fn new(m: &Merge<'_>) -> Values<'static> {
        // One line without what could pass for a mark.
        let tidy = |s: &str| Cow::<'static, str>::Owned(one_line(s).replace("@@", ""));
        Values {
            name: m.name.map(tidy).filter(|n| !n.is_empty()).unwrap_or(Cow::Borrowed(NO_NAME)),
            opt_out_url: m.opt_out_url.map(tidy).unwrap_or_default(),
            code: m.code.map(tidy).unwrap_or_default(),
            unit: m.unit.map(tidy).unwrap_or_default(),
            opt_out: m.opt_out_url.is_some(),
        }
    }

    fn escaped(&self) -> Values<'static> {
        Values {
            name: escape(&self.name).into(),
            opt_out_url: escape(&self.opt_out_url).into(),
            code: escape(&self.code).into(),
            unit: escape(&self.unit).into(),
            opt_out: self.opt_out,
        }
    }
}

/// A rendition ready to be merged many times.
#[derive(Debug)]
pub struct Prepared {
    base: Arc<Rendition>,
    /// `None`: nothing in it is per person.
    cuts: Option<Cuts>,
}

#[derive(Debug)]
struct Cuts {
    title: Cut,
    lead: Cut,
    text: Cut,
    html: Option<Cut>,
    parts: Vec<Cut>,
}

impl Prepared {
    /// Cuts a rendition at its marks.
    pub fn new(base: Arc<Rendition>) -> Self {
        let r = &*base;
        let marked =
            [&r.title, &r.lead, &r.text].into_iter().chain(&r.html).chain(&r.parts).any(|t| t.contains(MARK));
        let cuts = marked.then(|| Cuts {
            title: Cut::new(&r.title),
            lead: Cut::new(&r.lead),
            text: Cut::new(&r.text),
            html: r.html.as_deref().map(Cut::new),
            parts: r.parts.iter().map(|p| Cut::new(p)).collect(),
        });
        Self { base, cuts }
    }

    /// The rendition with a target's own fields. Without marks it is the same one, not a copy.
    pub fn merge(&self, m: &Merge<'_>) -> Arc<Rendition> {
        let Some(cuts) = &self.cuts else { return self.base.clone() };
        let plain = Values::new(m);
        let escaped = plain.escaped();
        // Parts are HTML where the kind takes HTML (Telegram).
        let for_parts = if self.base.html.is_some() { &escaped } else { &plain };
        Arc::new(Rendition {
            voice: self.base.voice,
            kind: self.base.kind.clone(),
            title: cuts.title.fill(&plain),
            lead: cuts.lead.fill(&plain),
            text: cuts.text.fill(&plain),
            html: cuts.html.as_ref().map(|c| c.fill(&escaped)),
            parts: cuts.parts.iter().map(|c| c.fill(for_parts)).collect(),
            attachments: self.base.attachments.clone(),
            slug: self.base.slug.clone(),
            link: self.base.link.clone(),
            categories: self.base.categories.clone(),
            tags: self.base.tags.clone(),
            seconds: self.base.seconds,
            album: 0,
        })
    }
}

/// HTML with a target's own fields.
pub(super) fn merged_html(html: &str, m: &Merge<'_>) -> String {
    Cut::new(html).fill(&Values::new(m).escaped())
}

/// A text without the marks around what only targets get that can opt out; with it, or (`keep` false) without it. The other
/// marks stay.
pub(super) fn optional(text: &str, keep: bool) -> String {
    let marks = Values {
        name: MARK_NAME.into(),
        opt_out_url: MARK_OPT_OUT_URL.into(),
        code: MARK_CODE.into(),
        unit: MARK_UNIT.into(),
        opt_out: keep,
    };
    Cut::new(text).fill(&marks)
}

/// A text for people who look at it before it is made out to anybody: what stands for a mark.
pub(super) fn in_words(text: &str) -> String {
    let words = Values {
        name: "(tên người nhận)".into(),
        opt_out_url: "(đường từ chối nhận)".into(),
        code: "(mã bài)".into(),
        unit: "(tên đơn vị nhận)".into(),
        opt_out: true,
    };
    Cut::new(text).fill(&words)
}

/// Merges once. For many recipients keep a [`Prepared`].
pub fn merge(r: &Rendition, m: &Merge<'_>) -> Rendition {
    let merged = Prepared::new(Arc::new(r.clone())).merge(m);
    Arc::try_unwrap(merged).unwrap_or_else(|shared| (*shared).clone())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::message::Voice;

    fn rendition(text: &str, html: Option<&str>, parts: &[&str]) -> Rendition {
        Rendition {
            voice: Voice::Mail,
            kind: "email".into(),
            title: "T".into(),
            lead: String::new(),
            text: text.into(),
            html: html.map(Into::into),
            parts: parts.iter().map(|p| (*p).to_owned()).collect(),
            attachments: vec![],
            slug: String::new(),
            link: None,
            categories: vec![],
            tags: vec![],
            seconds: None,
            album: 0,
        }
    }

    #[test]
    fn marks_are_replaced_and_escaped_where_html_is() {
        let t = format!("{MARK_NAME}|{MARK_OPT_OUT_URL}|{MARK_CODE}|{MARK_UNIT}|@@LOA-other");
        let r = rendition(&t, Some(&t), &[&t]);
        let m = Merge {
            name: Some("Lê <b>\r\nBcc: x"),
            opt_out_url: Some("https://l.example/u/a?b&c"),
            code: Some("T-4K7Q"),
            unit: Some("A & B"),
        };
        let got = merge(&r, &m);
        assert_eq!(got.text, "Lê <b> Bcc: x|https://l.example/u/a?b&c|T-4K7Q|A & B|@@LOA-other");
        let html = "Lê &lt;b&gt; Bcc: x|https://l.example/u/a?b&amp;c|T-4K7Q|A &amp; B|@@LOA-other";
        assert_eq!((got.html.as_deref(), got.parts[0].as_str()), (Some(html), html));
        assert_eq!(merge(&rendition("", None, &[&t]), &m).parts[0], got.text);
    }

    #[test]
    fn without_an_opt_out_page_its_sentence_goes() {
        let t = format!("a{OPT_OUT_BEGIN} link {MARK_OPT_OUT_URL}{OPT_OUT_END}b {MARK_NAME}");
        let r = rendition(&t, Some(&t), &[]);
        assert_eq!(merge(&r, &Merge::default()).text, "ab Anh/Chị");
        let with = merge(&r, &Merge { opt_out_url: Some("https://x"), ..Merge::default() });
        assert_eq!(with.html.as_deref(), Some("a link https://xb Anh/Chị"));
    }

    #[test]
    fn a_unit_is_greeted_by_its_name_and_has_no_way_out() {
        let t = format!(
            "Kính gửi {MARK_NAME} ({MARK_UNIT}, {MARK_CODE}){OPT_OUT_BEGIN} {MARK_OPT_OUT_URL}{OPT_OUT_END}"
        );
        let to = |receiver| merge(&rendition(&t, None, &[]), &Merge::to(receiver, "T-4K7Q")).text;
        assert_eq!(to(Receiver::Unit(Some("Sở Mẫu"))), "Kính gửi Sở Mẫu (Sở Mẫu, T-4K7Q)");
        assert_eq!(to(Receiver::Unit(None)), "Kính gửi Anh/Chị (, T-4K7Q)");
        let person = |name| Receiver::Person { name, opt_out_url: Some("https://x") };
        assert_eq!(to(person(Some("Lê Mẫu"))), "Kính gửi Lê Mẫu (, T-4K7Q) https://x");
        assert_eq!(to(person(None)), "Kính gửi Anh/Chị (, T-4K7Q) https://x");
    }

    #[test]
    fn a_text_may_be_read_with_its_marks_and_without() {
        let t = format!("a{OPT_OUT_BEGIN} b {MARK_OPT_OUT_URL}{OPT_OUT_END} {MARK_NAME} @@LOA-x");
        assert_eq!(optional(&t, true), format!("a b {MARK_OPT_OUT_URL} {MARK_NAME} @@LOA-x"));
        assert_eq!(optional(&t, false), format!("a {MARK_NAME} @@LOA-x"));
        assert_eq!(in_words(&t), "a b (đường từ chối nhận) (tên người nhận) @@LOA-x");
    }

    #[test]
    fn nothing_to_merge_is_not_copied() {
        let r = Arc::new(rendition("a", None, &[]));
        let p = Prepared::new(r.clone());
        assert!(Arc::ptr_eq(&r, &p.merge(&Merge::default())));
    }

    proptest! {
        #[test]
        fn no_mark_survives_and_nothing_else_changes(
            pieces in proptest::collection::vec(("[a-zđ<>&]{0,6}", 0usize..6), 0..12),
            name in "\\PC{0,12}",
        ) {
            let marks = [MARK_NAME, MARK_OPT_OUT_URL, MARK_CODE, MARK_UNIT, OPT_OUT_BEGIN, OPT_OUT_END];
            let text: String = pieces.iter().map(|(t, m)| format!("{t}{}", marks[*m])).collect();
            let m = Merge { name: Some(&name), opt_out_url: Some("U"), code: Some("C"), unit: Some("N") };
            let shown = one_line(&name).replace("@@", "");
            let shown = if shown.is_empty() { NO_NAME.to_owned() } else { shown };
            let values = [shown.as_str(), "U", "C", "N", "", ""];
            let expected: String = pieces.iter().map(|(t, m)| format!("{t}{}", values[*m])).collect();
            let got = merge(&rendition(&text, Some(&text), &[&text]), &m);
            prop_assert_eq!(&got.text, &expected);
            for all in [&got.text, got.html.as_ref().unwrap(), &got.parts[0]] {
                prop_assert!(marks.iter().all(|m| !all.contains(m)));
            }
        }
    }
}
