//! `check --fix`: repairs of white space and composition that cannot change a meaning, written atomically.

use std::io::Write as _;
use std::path::Path;

use unicode_normalization::{UnicodeNormalization, is_nfc};

use super::files::Files;
use crate::yaml::trap::is_invisible;

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
        let (fixed, repairs) = repair(&text, name.ends_with(".yaml") || name.ends_with(".yml"));
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

/// The text as it should be, and what was done to it.
fn repair(text: &str, yaml: bool) -> (String, Vec<(&'static str, &'static str, usize)>) {
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
    for line in body.split('\n') {
        let mut fresh = String::with_capacity(line.len());
        let mut indent = true;
        for c in line.chars() {
            match c {
                '\t' if indent && yaml => {
                    tabs += 1;
                    fresh.push_str("  ");
                }
                '\u{a0}' | '\u{202f}' | '\u{2007}' | '\u{3000}' if yaml => {
                    nbsp += 1;
                    fresh.push(' ');
                }
                c if is_invisible(c) && c != '\r' => hidden += 1,
                c => fresh.push(c),
            }
            indent = indent && (c.is_whitespace());
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
        let (text, done) = repair("\u{feff}a:\r\n\t- b\u{a0}c\r\ne: tie\u{302}\u{301}ng\u{200b}\n", true);
        assert_eq!(text, "a:\n  - b c\ne: tiếng\n");
        assert_eq!(done.len(), 6);
        assert_eq!(repair(&text, true), (text.clone(), vec![]));
        // In prose a non-breaking space is a choice (“50 %”), a tab is content.
        assert_eq!(repair("50\u{a0}%\n\tx\n", false).0, "50\u{a0}%\n\tx\n");
    }
}
