//! The texts of a post: which file is which voice, and what `{{…}}` in them refers to.

use super::Loader;
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

/// Every reference of a text to the register of facts; what else stands in double braces comes back as the error: its
/// place and the words.
pub fn fact_refs(text: &str) -> Vec<Result<FactRef, (Span, String)>> {
    let mut out = vec![];
    for (i, line) in text.split('\n').enumerate() {
        let mut from = 0;
        while let Some(open) = line[from..].find("{{").map(|o| o + from) {
            let column = line[..open].chars().count() + 1;
            let Some(close) = line[open..].find("}}").map(|c| c + open) else {
                let rest = line[open..].trim_end();
                out.push(Err((Span::on(i + 1, column, rest.chars().count()), rest.to_owned())));
                break;
            };
            let end = close + 2 + line[close + 2..].bytes().take_while(|b| *b == b'}').count();
            let whole = &line[open..end];
            let span = Span::on(i + 1, column, whole.chars().count());
            let inner = whole[2..whole.len() - 2].trim();
            let id = inner
                .strip_prefix("fact")
                .filter(|r| r.starts_with([' ', '"', '\'']))
                .map(str::trim)
                .and_then(|r| {
                    let q = r.chars().next().filter(|c| matches!(c, '"' | '\''))?;
                    r.strip_prefix(q)?.strip_suffix(q)
                });
            out.push(match id {
                Some(id) if !id.is_empty() && !id.contains(['"', '\'', '{', '}']) => {
                    Ok(FactRef { id: id.to_owned(), span })
                }
                Some(_) | None => Err((span, whole.to_owned())),
            });
            from = end;
        }
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
        let body = crate::domain::text::nfc(&source.text().replace("\r\n", "\n"));
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
    let mut hidden = false;
    for (i, line) in source.lines().enumerate() {
        if let Some((at, width)) = trap::mojibake(line) {
            l.faults.push(trap::mojibake_fault(source, Span::on(i + 1, at + 1, width)));
            break;
        }
        if !hidden && let Some(at) = line.chars().position(trap::is_invisible) {
            hidden = true;
            l.faults.push(trap::invisible_fault(source, Span::on(i + 1, at + 1, 1)));
        }
    }
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
}
