//! `loa fact verify`: a check of a fact, written into `facts.yaml` so that comments, order and everything else stay as they are.

use std::path::Path;

use chrono::NaiveDate;

use super::fix::write;
use crate::domain::text::date;
use crate::yaml::{Node, Say, Span};

/// Where facts stand.
const FILE: &str = "campaigns/facts.yaml";

/// A person looked at a fact and its source.
#[derive(Clone, Copy, Debug)]
pub struct Verify<'a> {
    /// The fact.
    pub id: &'a str,
    /// The day.
    pub on: NaiveDate,
    /// Id of the person.
    pub by: &'a str,
    /// A remark, put behind what stands there.
    pub note: Option<&'a str>,
}

/// Why nothing was written.
#[derive(Debug)]
pub enum Unwritten {
    /// The file cannot be read or written.
    Disk(std::io::Error),
    /// There is no such fact.
    Unknown,
    /// It is written in a way that cannot be changed safely; a person must.
    ByHand(Say),
}

/// Writes the check. The file is read again afterwards: what came out must say the new check, and nothing else may differ.
///
/// # Errors
/// See [`Unwritten`]; the file is then as it was.
pub fn verify(root: &Path, v: &Verify<'_>) -> Result<(), Unwritten> {
    let path = root.join(FILE);
    let bytes = std::fs::read(&path).map_err(Unwritten::Disk)?;
    let text = String::from_utf8(bytes)
        .map_err(|e| Unwritten::Disk(std::io::Error::new(std::io::ErrorKind::InvalidData, e)))?;
    let out = changed(&text, v)?;
    write(&path, &out).map_err(Unwritten::Disk)
}

fn by_hand(vi: &str, en: &str) -> Unwritten {
    Unwritten::ByHand(Say::new(vi, en))
}

/// The file with the check in it.
fn changed(text: &str, v: &Verify<'_>) -> Result<String, Unwritten> {
    let unreadable = || {
        by_hand(
            "tệp campaigns/facts.yaml đang có lỗi; sửa trước (loa check)",
            "campaigns/facts.yaml has faults; mend them first (loa check)",
        )
    };
    let tree = crate::yaml::parse(FILE, text).root.ok_or_else(unreadable)?;
    let facts = tree.get("facts").ok_or_else(unreadable)?;
    let (key, fact) = facts.entries().iter().find(|(k, _)| k.name == v.id).ok_or(Unwritten::Unknown)?;
    let first = fact.entries().first().ok_or_else(unreadable)?;
    if fact.flow || first.0.span.line == key.span.line {
        return Err(by_hand(
            "mục này viết gọn trên một dòng { … }; tách mỗi khóa một dòng rồi chạy lại",
            "the entry stands on one line { … }; give each key a line and run it again",
        ));
    }
    let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
    let mut wanted = vec![("checked", date(v.on)), ("checked_by", v.by.to_owned())];
    if let Some(note) = v.note {
        let note = crate::domain::text::clean_line(note);
        let was = fact.str("note").map(|n| format!("{} ", n.trim())).unwrap_or_default();
        wanted.push(("note", quoted(&format!("{was}({}: {note})", date(v.on)))));
    }
    let indent = " ".repeat(first.0.span.column - 1);
    // What is new goes behind the last key that stands on one line with its value; else before all of them.
    let plain = |(k, n): &&(crate::yaml::tree::KeyText, Node)| {
        k.span.line == n.span.line && n.span.line == n.span.end_line
    };
    let anchor = fact.entries().iter().filter(plain).map(|(k, _)| k.span.line).max().unwrap_or(key.span.line);
    let mut added = vec![];
    for (name, value) in &wanted {
        match fact.entries().iter().find(|(k, _)| k.name == *name) {
            Some((k, node)) if node.is_null() => {
                let old = &lines[k.span.line - 1];
                let comment = old.find(" #").map_or(String::new(), |i| format!("  {}", &old[i..]));
                lines[k.span.line - 1] = format!("{indent}{name}: {value}{comment}");
            }
            Some((_, node)) => {
                let Span { line, column, end_line, end_column } = node.span;
                if line != end_line {
                    return Err(by_hand(
                        "giá trị đang viết nhiều dòng; sửa tay trong campaigns/facts.yaml",
                        "the value goes over several lines; change it by hand in campaigns/facts.yaml",
                    ));
                }
                let c: Vec<char> = lines[line - 1].chars().collect();
                let end = (end_column - 1).min(c.len());
                let head: String = c[..column - 1].iter().collect();
                let old: String = c[column - 1..end].iter().collect();
                let tail: String = c[end..].iter().collect();
                // The span of a plain scalar may reach over the blanks before a comment.
                let blanks = old.len() - old.trim_end().len();
                lines[line - 1] = format!("{head}{value}{}{tail}", " ".repeat(blanks));
            }
            None => added.push(format!("{indent}{name}: {value}")),
        }
    }
    let end = if lines[anchor - 1].ends_with('\r') { "\r" } else { "" };
    for (i, line) in added.into_iter().enumerate() {
        lines.insert(anchor + i, format!("{line}{end}"));
    }
    let out = lines.join("\n");
    proven(&tree, &out, v).ok_or_else(|| {
        by_hand(
            "Loa không chắc sửa đúng chỗ; sửa tay trong campaigns/facts.yaml",
            "Loa is not sure of the place; change it by hand in campaigns/facts.yaml",
        )
    })?;
    Ok(out)
}

/// `Some` if the new text says the check and differs in nothing else.
fn proven(before: &Node, text: &str, v: &Verify<'_>) -> Option<()> {
    let read = crate::yaml::parse(FILE, text);
    let after = read.root?;
    let fact = after.get("facts")?.get(v.id)?;
    (fact.str("checked") == Some(&*date(v.on)) && fact.str("checked_by") == Some(v.by)).then_some(())?;
    let rest = |tree: &Node| -> Vec<(String, Vec<(String, String)>)> {
        let mut out = vec![];
        for (k, f) in tree.get("facts").map_or(&[][..], Node::entries) {
            let own = f
                .entries()
                .iter()
                .filter(|(x, _)| {
                    k.name != v.id || !matches!(x.name.as_str(), "checked" | "checked_by" | "note")
                })
                .map(|(x, n)| (x.name.clone(), n.text().unwrap_or_default().to_owned()))
                .collect();
            out.push((k.name.clone(), own));
        }
        out
    };
    let mut keys = (before.entries().iter(), after.entries().iter());
    let same = keys.0.by_ref().map(|(k, _)| &k.name).eq(keys.1.by_ref().map(|(k, _)| &k.name));
    (same && rest(before) == rest(&after)).then_some(())
}

/// A text in double quotes.
fn quoted(s: &str) -> String {
    format!("\"{}\"", s.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    const REGISTER: &str = "# sổ\nfacts:\n  a:\n    text: Một\n    checked: 01/11/2026   # hôm ấy\n    checked_by: \"lan\"\n\n  # giữa\n  b:\n    text: >\n      Hai\n      dòng\n    valid_to: 31/12/2026\n  c: {text: Ba, checked: 01/11/2026}\n  d:\n    text: Bốn\n    note: Cũ: \"hay\"\n    checked:\n";

    fn done(id: &str, note: Option<&str>) -> Result<String, Unwritten> {
        let on = NaiveDate::from_ymd_opt(2026, 11, 26).expect("a day");
        changed(REGISTER, &Verify { id, on, by: "minh", note })
    }

    #[test]
    fn only_the_check_changes() {
        let a = done("a", None).expect("a");
        assert_eq!(
            a,
            REGISTER.replace(
                "01/11/2026   # hôm ấy\n    checked_by: \"lan\"",
                "26/11/2026   # hôm ấy\n    checked_by: minh"
            )
        );
        let b = done("b", Some("đã hỏi: \"đúng\"")).expect("b");
        assert!(b.contains("checked: 26/11/2026\n") && b.contains("checked_by: minh\n"), "{b}");
        assert!(b.contains("note: \"(26/11/2026: đã hỏi: \\\"đúng\\\")\"\n") && b.contains("# giữa"), "{b}");
    }

    #[test]
    fn an_entry_that_cannot_be_changed_safely_is_left_alone() {
        assert!(matches!(done("c", None), Err(Unwritten::ByHand(_))));
        assert!(matches!(done("x", None), Err(Unwritten::Unknown)));
        let d = done("d", None);
        assert!(
            d.is_err()
                || d.is_ok_and(|t| t.contains("checked: 26/11/2026") && t.contains("checked_by: minh"))
        );
    }
}
