//! The texts of a post: which file is which voice, and what `{{…}}` in them refers to.

use super::{Loader, sample};
use crate::domain::campaign::{Text, Texts};
use crate::domain::unit::Family;
use crate::yaml::{Fault, Say, Severity, Source, Span, closest, trap};

/// File of a text and the voice or kind it overrides.
pub const OVERRIDES: [(&str, &str); 7] = [
    ("web.md", "web"),
    ("thu.md", "mail"),
    ("tin-nhan.md", "chat"),
    ("loa.md", "script"),
    ("bao-chi.md", "press"),
    ("telegram.md", "telegram"),
    ("zalo.md", "zalo-bot"),
];

/// The main text.
pub const MAIN: &str = "noi-dung.md";

/// A `{{fact "…"}}` in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactRef {
    /// The id in it.
    pub id: String,
    /// Where the braces stand.
    pub span: Span,
}

/// Words that call a fact: the second is the Vietnamese one (`ux.md` §4).
const CALLS: [&str; 3] = ["fact", "thong_tin", "thông tin"];

/// What stands in double braces on a line: its bytes, and the id of the fact it calls.
pub(super) fn braces(line: &str) -> Vec<(std::ops::Range<usize>, Option<&str>)> {
    let mut out = vec![];
    let mut from = 0;
    while let Some(open) = line[from..].find("{{").map(|o| o + from) {
        let Some(close) = line[open..].find("}}").map(|c| c + open) else {
            out.push((open..line.trim_end().len().max(open + 2), None));
            break;
        };
        let end = close + 2 + line[close + 2..].bytes().take_while(|b| *b == b'}').count();
        let inner = line[open + 2..end - 2].trim();
        let id = CALLS
            .iter()
            .find_map(|word| inner.strip_prefix(word))
            .filter(|r| r.starts_with([' ', '"', '\'']))
            .map(str::trim)
            .and_then(|r| {
                let q = r.chars().next().filter(|c| matches!(c, '"' | '\''))?;
                r.strip_prefix(q)?.strip_suffix(q)
            })
            .filter(|id| !id.is_empty() && !id.contains(['"', '\'', '{', '}']));
        out.push((open..end, id));
        from = end;
    }
    out
}

/// Every reference of a text to the register of facts; what else stands in double braces comes back as the error: its
/// place and the words.
pub fn fact_refs(text: &str) -> Vec<Result<FactRef, (Span, String)>> {
    let mut out = vec![];
    for (i, line) in text.split('\n').enumerate() {
        for (at, id) in braces(line) {
            let whole = &line[at.clone()];
            let span = Span::on(i + 1, line[..at.start].chars().count() + 1, whole.chars().count());
            out.push(match id {
                Some(id) => Ok(FactRef { id: id.to_owned(), span }),
                None => Err((span, whole.to_owned())),
            });
        }
    }
    out
}

/// The text with every fact called in one way, `{{fact "id"}}`: whoever reads a text later knows that one only.
fn canonical(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (i, line) in text.split('\n').enumerate() {
        if i > 0 {
            out.push('\n');
        }
        let mut from = 0;
        for (at, id) in braces(line) {
            let Some(id) = id else { continue };
            out.push_str(&line[from..at.start]);
            out.push_str(&format!("{{{{fact \"{id}\"}}}}"));
            from = at.end;
        }
        out.push_str(&line[from..]);
    }
    out
}

/// Keys of overrides that a family may use: kinds, then its voice.
pub fn keys_of(family: Family) -> &'static [&'static str] {
    match family {
        Family::Website => &["wordpress", "webhook", "hand-over", "web"],
        Family::Email => &["email", "mail"],
        Family::Telegram => &["telegram", "chat"],
        Family::Zalo => &["zalo-bot", "chat"],
        Family::Social => &["chat"],
        Family::Station => &["script"],
        Family::Press => &["press"],
        Family::Offline => &["web"],
    }
}

/// The file that a family's text comes from, in words for messages.
pub fn files_of(family: Family) -> String {
    let keys = keys_of(family);
    let own: Vec<&str> = OVERRIDES.iter().filter(|(_, k)| keys.contains(k)).map(|(f, _)| *f).collect();
    std::iter::once(MAIN).chain(own).collect::<Vec<_>>().join(" / ")
}

/// The texts that a family's channels may show.
pub fn used_by(texts: &Texts, family: Family) -> Vec<&Text> {
    let mut out: Vec<&Text> = vec![];
    for key in keys_of(family) {
        if let Some(t) = texts.overrides.get(*key) {
            out.push(t);
        }
    }
    // An override of the voice covers every kind; one of a kind covers only that kind.
    let covered = match family {
        Family::Zalo => texts.overrides.contains_key("zalo-bot") || texts.overrides.contains_key("chat"),
        Family::Telegram => texts.overrides.contains_key("telegram") || texts.overrides.contains_key("chat"),
        Family::Website
        | Family::Email
        | Family::Social
        | Family::Station
        | Family::Press
        | Family::Offline => keys_of(family).last().is_some_and(|v| texts.overrides.contains_key(*v)),
    };
    if !covered && let Some(m) = &texts.main {
        out.push(m);
    }
    out
}

/// Reads the texts beside `post.yaml`.
pub fn read(l: &mut Loader<'_>, folder: &str) -> (Texts, Vec<Source>) {
    let mut texts = Texts::default();
    let mut sources = vec![];
    for name in l.files.list(folder, &mut l.faults) {
        let file = format!("{folder}/{name}");
        let key = OVERRIDES.iter().find(|(f, _)| *f == name).map(|(_, k)| *k);
        if name == "post.yaml" || name == "post.yml" {
            continue;
        }
        if name != MAIN && key.is_none() {
            match name.strip_suffix('/') {
                Some(n) if n == MAIN || OVERRIDES.iter().any(|(f, _)| *f == n) => {
                    l.faults.push(super::files::not_a_file(&format!("{folder}/{n}")));
                }
                Some(_) => {}
                None => unknown_file(l, &file, &name),
            }
            continue;
        }
        let source = match l.files.text(&file) {
            Ok(s) => s,
            Err(f) => {
                l.faults.push(*f);
                continue;
            }
        };
        whole(l, &source);
        let body = canonical(&crate::domain::text::nfc(&source.text().replace("\r\n", "\n")));
        if body.trim().is_empty() {
            l.faults.push(
                Fault::file("W003", Severity::Error, &file, "tệp chữ này còn trống", "this text is empty")
                    .fix("Viết nội dung, hoặc xóa tệp.", "Write something, or delete the file."),
            );
            continue;
        }
        let text = Text { file: file.clone(), body };
        match key {
            Some(k) => {
                texts.overrides.insert(k.to_owned(), text);
            }
            None => texts.main = Some(text),
        }
        sources.push(source);
    }
    (texts, sources)
}

/// Faults of a whole text: encodings, invisible characters, braces that are no fact.
fn whole(l: &mut Loader<'_>, source: &Source) {
    let (mut hidden, mut decomposed) = (false, false);
    for (i, line) in source.lines().enumerate() {
        if let Some((at, width)) = trap::mojibake(line) {
            l.faults.push(trap::mojibake_fault(source, Span::on(i + 1, at + 1, width)));
            break;
        }
        if !decomposed && !crate::domain::text::is_nfc(line) {
            decomposed = true;
            l.faults.push(trap::decomposed_fault(source, line, i + 1));
        }
        let chars: Vec<char> = line.chars().collect();
        if !hidden && let Some(at) = (0..chars.len()).find(|at| trap::hides(&chars, *at)) {
            hidden = true;
            l.faults.push(trap::invisible_fault(source, Span::on(i + 1, at + 1, 1)));
        }
    }
    l.faults.extend(sample::in_text(source));
    for (span, words) in fact_refs(source.text()).into_iter().filter_map(Result::err) {
        let f = source.error(
            "F011",
            span,
            format!("Loa không hiểu {words}"),
            format!("{words} means nothing here"),
        );
        l.faults.push(f.fix(
            "Trong bài chỉ dùng {{fact \"mã\"}} để in một thông tin đã kiểm tra. Xem các mã: loa fact list",
            "A text may only hold {{fact \"id\"}}. See: loa fact list",
        ));
    }
}

fn unknown_file(l: &mut Loader<'_>, file: &str, name: &str) {
    let known = OVERRIDES.iter().map(|(f, _)| *f).chain([MAIN]);
    let stem = |f: &str| f.trim_end_matches(".md").to_owned();
    let near =
        closest(&stem(name), known.clone().map(|f| f.trim_end_matches(".md"))).map(|n| format!("{n}.md"));
    let text =
        name.ends_with(".md") || name.ends_with(".txt") || name.ends_with(".docx") || name.ends_with(".doc");
    if !text {
        return;
    }
    let severity = if near.is_some() { Severity::Warning } else { Severity::Note };
    let mut f = Fault::file(
        "W002",
        severity,
        file,
        format!("Loa không dùng tệp “{name}”"),
        format!("the file “{name}” is not used"),
    );
    f = match near {
        Some(n) => f.maybe(n, None),
        None => f.fix(
            "Các tệp chữ của một bài: noi-dung.md, web.md, thu.md, tin-nhan.md, loa.md, bao-chi.md, telegram.md, zalo.md.",
            "Texts of a post: noi-dung.md, web.md, thu.md, tin-nhan.md, loa.md, bao-chi.md, telegram.md, zalo.md.",
        ),
    };
    l.faults.push(f.meanwhile("Nội dung trong tệp này sẽ không được gửi.", "What it says is not sent."));
}

/// W001: nothing to say on a channel.
pub fn missing(source: &Source, family: Family, span: Span) -> Fault {
    source
        .fault(
            "W001",
            Severity::Error,
            span,
            Say::new(
                format!("bài chưa có chữ để gửi qua kênh {}", family.vi()),
                format!("the post has no text for {}", family.as_str()),
            ),
        )
        .fix(
            format!("Viết nội dung vào tệp {} cạnh post.yaml.", files_of(family)),
            format!("Write the text into {} beside post.yaml.", files_of(family)),
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_found_with_their_place() {
        let r = fact_refs(
            "Được {{fact \"a-b\"}} và {{ fact 'c' }}.\n{{#if x}} {{fact}} {{{fact \"x\"}}} {{fact \"d",
        );
        let ok: Vec<_> = r
            .iter()
            .filter_map(|x| x.as_ref().ok())
            .map(|f| (f.id.as_str(), f.span.line, f.span.column))
            .collect();
        assert_eq!(ok, [("a-b", 1, 6), ("c", 1, 24)]);
        let bad: Vec<_> = r.iter().filter_map(|x| x.as_ref().err()).map(|(_, w)| w.as_str()).collect();
        assert_eq!(bad, ["{{#if x}}", "{{fact}}", "{{{fact \"x\"}}}", "{{fact \"d"]);
    }

    #[test]
    fn a_fact_may_be_called_in_vietnamese_and_is_called_one_way_afterwards() {
        let text = "A {{thong_tin \"x\"}}, {{ thông tin 'y' }}\nB {{fact 'z'}} {{thong_tin}} {{#if}}";
        let ids: Vec<_> = fact_refs(text).into_iter().flatten().map(|r| r.id).collect();
        assert_eq!(ids, ["x", "y", "z"]);
        let one = canonical(text);
        assert_eq!(one, "A {{fact \"x\"}}, {{fact \"y\"}}\nB {{fact \"z\"}} {{thong_tin}} {{#if}}");
        let stated = crate::domain::fact::stated_in(&one);
        assert_eq!(stated.iter().map(|f| f.as_str()).collect::<Vec<_>>(), ["x", "y", "z"]);
        assert_eq!(canonical(&one), one);
    }
}
