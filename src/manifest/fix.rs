//! `check --fix`: repairs of white space and composition that cannot change a meaning, written atomically.

use std::io::Write as _;
use std::path::Path;

use unicode_normalization::{UnicodeNormalization, is_nfc};

use super::files::Files;
use crate::yaml::trap::hides;

/// One file repaired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fixed {
    /// Path below the workspace.
    pub file: String,
    /// What was repaired: Vietnamese, English, how often.
    pub repairs: Vec<(&'static str, &'static str, usize)>,
    /// Why it could not be written.
    pub failed: Option<String>,
}

/// Repairs every text file below the workspace that Loa reads; with `dry_run` only says what it would do.
pub fn fix(root: &Path, dry_run: bool) -> Vec<Fixed> {
    let mut files = Files::new(root);
    let mut names = vec!["loa.yaml".to_owned()];
    walk(&files, "campaigns", 0, &mut names);
    let mut out = vec![];
    for name in names {
        let Ok(bytes) = files.bytes(&name, crate::yaml::tree::MAX_BYTES as u64) else { continue };
        let Ok(text) = String::from_utf8(bytes) else { continue };
        let (fixed, repairs) = repair(&text, Form::of(&name));
        if fixed == text {
            continue;
        }
        let failed =
            if dry_run { None } else { write(&files.path(&name), &fixed).err().map(|e| e.to_string()) };
        out.push(Fixed { file: name, repairs, failed });
    }
    out
}

fn walk(files: &Files, folder: &str, depth: usize, names: &mut Vec<String>) {
    if depth > 8 {
        return;
    }
    for name in files.list(folder, &mut vec![]) {
        let path = format!("{folder}/{name}");
        match name.strip_suffix('/') {
            Some(_) => walk(files, path.trim_end_matches('/'), depth + 1, names),
            None if [".yaml", ".yml", ".md", ".csv"].iter().any(|e| name.ends_with(e)) => names.push(path),
            None => {}
        }
    }
}

/// What a file holds: it decides what may be repaired without a change of meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// Tabs and odd spaces are slips.
    Yaml,
    /// A tab may separate columns; odd spaces are slips.
    Table,
    /// Both may be meant.
    Prose,
}

impl Form {
    fn of(name: &str) -> Self {
        if name.ends_with(".yaml") || name.ends_with(".yml") {
            Form::Yaml
        } else if name.ends_with(".csv") {
            Form::Table
        } else {
            Form::Prose
        }
    }
}

/// How many characters of a line of YAML are its indentation, its dashes and its `key:` with the white space behind:
/// there a tab separates and says nothing.
fn syntax(line: &[char]) -> usize {
    let blank = |from: usize| line[from..].iter().take_while(|c| c.is_whitespace()).count();
    let mut at = blank(0);
    while line.get(at) == Some(&'-') && line.get(at + 1).is_some_and(|c| c.is_whitespace()) {
        at += 1 + blank(at + 1);
    }
    let word = line[at..].iter().take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | ' ')).count();
    let colon = at + word;
    if word > 0 && line.get(colon) == Some(&':') { colon + 1 + blank(colon + 1) } else { at }
}

/// True if the lines below, as far as they are indented deeper, are text and not YAML.
fn opens_block(line: &str) -> bool {
    let bare = line.split(" #").next().unwrap_or_default().trim_end();
    let head = bare.trim_end_matches(|c: char| matches!(c, '-' | '+') || c.is_ascii_digit());
    head.ends_with(": |") || head.ends_with(": >") || head.ends_with("- |") || head.ends_with("- >")
}

/// The text as it should be, and what was done to it.
fn repair(text: &str, form: Form) -> (String, Vec<(&'static str, &'static str, usize)>) {
    let mut done = vec![];
    let mut count = |vi, en, n: usize| {
        if n > 0 {
            done.push((vi, en, n));
        }
    };
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    count("bỏ dấu BOM đầu tệp", "byte order mark removed", usize::from(body.len() != text.len()));
    let crlf = body.matches("\r\n").count();
    count("đổi xuống dòng kiểu Windows", "CRLF to LF", crlf);
    let body = body.replace("\r\n", "\n");
    let (mut tabs, mut nbsp, mut hidden) = (0, 0, 0);
    let mut lines = vec![];
    let mut block: Option<usize> = None;
    for line in body.split('\n') {
        let chars: Vec<char> = line.chars().collect();
        let indent = chars.iter().take_while(|c| c.is_whitespace()).count();
        if block.is_some_and(|deep| indent <= deep && indent < chars.len()) {
            block = None;
        }
        let separating = match form {
            Form::Yaml if block.is_some() => indent,
            Form::Yaml => syntax(&chars),
            Form::Table | Form::Prose => 0,
        };
        let mut fresh = String::with_capacity(line.len());
        for (i, c) in chars.iter().enumerate() {
            match *c {
                '\t' if i < separating => {
                    tabs += 1;
                    fresh.push_str(if i < indent { "  " } else { " " });
                }
                '\u{a0}' | '\u{202f}' | '\u{2007}' | '\u{3000}' if form != Form::Prose => {
                    nbsp += 1;
                    fresh.push(' ');
                }
                c if hides(&chars, i) && c != '\r' => hidden += 1,
                c => fresh.push(c),
            }
        }
        if form == Form::Yaml && block.is_none() && opens_block(&fresh) {
            block = Some(indent);
        }
        lines.push(fresh);
    }
    count("đổi phím Tab thành dấu cách", "tabs to spaces", tabs);
    count("đổi dấu cách lạ (U+00A0) thành dấu cách", "non-breaking spaces to spaces", nbsp);
    count("bỏ ký tự ẩn", "invisible characters removed", hidden);
    let joined = lines.join("\n");
    let composed = if is_nfc(&joined) { joined } else { joined.nfc().collect() };
    count("ghép dấu rời thành chữ dựng sẵn (NFC)", "composed to NFC", usize::from(!is_nfc(&body)));
    (composed, done)
}

/// Writes beside the file and renames, so that a crash leaves the old or the new one.
pub fn write(path: &Path, text: &str) -> std::io::Result<()> {
    // A link inside the workspace is followed, not replaced by a file.
    let path = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let temp = path.with_file_name(format!(".{name}.{}.tmp", std::process::id()));
    let result = (|| {
        let mut f = std::fs::File::create(&temp)?;
        f.write_all(text.as_bytes())?;
        f.sync_all()?;
        if let Ok(meta) = std::fs::metadata(&path) {
            std::fs::set_permissions(&temp, meta.permissions())?;
        }
        std::fs::rename(&temp, &path)
    })();
    if result.is_err() {
        let _ = std::fs::remove_file(&temp);
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repairs_are_counted_and_idempotent() {
        let (text, done) =
            repair("\u{feff}a:\r\n\t- b\u{a0}c\r\ne: tie\u{302}\u{301}ng\u{200b}\n", Form::Yaml);
        assert_eq!(text, "a:\n  - b c\ne: tiếng\n");
        assert_eq!(done.len(), 6);
        assert_eq!(repair(&text, Form::Yaml), (text.clone(), vec![]));
        // In prose a non-breaking space is a choice (“50 %”), a tab is content.
        assert_eq!(repair("50\u{a0}%\n\tx\n", Form::Prose).0, "50\u{a0}%\n\tx\n");
    }

    #[test]
    fn a_tab_is_replaced_where_it_only_separates() {
        let (text, _) = repair("a:\tb\n-\tc: d\n  - \te:\t\tf\tg\nh: \"x:\ty\"\n", Form::Yaml);
        assert_eq!(text, "a: b\n- c: d\n  -  e:  f\tg\nh: \"x:\ty\"\n");
        // Text in a block is content, up to the next line that is not deeper.
        let (text, _) = repair("a: |  # chữ\n  b:\tc\n\n  d:\te\nf:\tg\n", Form::Yaml);
        assert_eq!(text, "a: |  # chữ\n  b:\tc\n\n  d:\te\nf: g\n");
    }

    #[test]
    fn a_table_keeps_its_tabs_and_loses_odd_spaces() {
        let (text, done) = repair("ma\tten\n11311\tPhường\u{a0}Hồng Bàng\n", Form::Table);
        assert_eq!((text.as_str(), done.len()), ("ma\tten\n11311\tPhường Hồng Bàng\n", 1));
    }
}
