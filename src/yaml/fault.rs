//! A fault as its author reads it: where; the line; what is wrong, in their words; what to type; what happens meanwhile.
//!
//! The pattern is a contract (`ux.md` §5). A fault carries both languages, so that a report can be printed in either
//! and stored in both. It never carries a secret: the caller masks a line that may hold one.

use std::fmt::Write as _;

use serde_json::{Value, json};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// How bad a fault is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// What it concerns stops.
    Error,
    /// The post is held back, its files are right.
    Held,
    /// Works, but hardly as meant.
    Warning,
    /// For information.
    Note,
}

impl Severity {
    /// The word in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Held => "held",
            Severity::Warning => "warning",
            Severity::Note => "note",
        }
    }
    /// True if the post or setting it concerns does not take effect.
    pub fn stops(self) -> bool {
        match self {
            Severity::Error | Severity::Held => true,
            Severity::Warning | Severity::Note => false,
        }
    }
    /// The words on screens, Vietnamese and English.
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Severity::Error => ("Lỗi", "Error"),
            Severity::Held => ("Giữ", "Held"),
            Severity::Warning => ("Nhắc", "Warning"),
            Severity::Note => ("Ghi chú", "Note"),
        }
    }
    fn word(self, vi: bool) -> &'static str {
        if vi { self.words().0 } else { self.words().1 }
    }
}

/// One sentence in both languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Say {
    /// Vietnamese.
    pub vi: String,
    /// English.
    pub en: String,
}

impl Say {
    /// Both languages.
    pub fn new(vi: impl Into<String>, en: impl Into<String>) -> Self {
        Self { vi: vi.into(), en: en.into() }
    }
    /// One of them.
    pub fn get(&self, vi: bool) -> &str {
        if vi { &self.vi } else { &self.en }
    }
}

/// What may have been meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// What to type.
    pub value: String,
    /// What it is: `danh sách, 1.284 địa chỉ`.
    pub about: Option<Say>,
}

/// One fault at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Stable code: what people search for and say over the telephone.
    pub code: &'static str,
    /// How bad.
    pub severity: Severity,
    /// Path below the workspace, with `/`.
    pub file: String,
    /// From 1; 0 if the whole file is meant.
    pub line: usize,
    /// From 1, in code points.
    pub column: usize,
    /// Code points from there.
    pub width: usize,
    /// The line as written; `None` if the file has none (missing, not text).
    pub source: Option<String>,
    /// What is wrong, short: it stands beside the caret.
    pub message: Say,
    /// Why it is wrong.
    pub why: Option<Say>,
    /// What may have been meant.
    pub did_you_mean: Vec<Suggestion>,
    /// What to type.
    pub fix: Option<Say>,
    /// What happens until then.
    pub meanwhile: Option<Say>,
}

impl Fault {
    /// A fault of a whole file (missing, unreadable).
    pub fn file(
        code: &'static str,
        severity: Severity,
        file: impl Into<String>,
        vi: impl Into<String>,
        en: impl Into<String>,
    ) -> Self {
        Self {
            code,
            severity,
            file: file.into(),
            line: 0,
            column: 0,
            width: 0,
            source: None,
            message: Say::new(vi, en),
            why: None,
            did_you_mean: vec![],
            fix: None,
            meanwhile: None,
        }
    }
    /// Adds the reason.
    #[must_use]
    pub fn why(mut self, vi: impl Into<String>, en: impl Into<String>) -> Self {
        self.why = Some(Say::new(vi, en));
        self
    }
    /// Adds what to type.
    #[must_use]
    pub fn fix(mut self, vi: impl Into<String>, en: impl Into<String>) -> Self {
        self.fix = Some(Say::new(vi, en));
        self
    }
    /// Adds what happens until then.
    #[must_use]
    pub fn meanwhile(mut self, vi: impl Into<String>, en: impl Into<String>) -> Self {
        self.meanwhile = Some(Say::new(vi, en));
        self
    }
    /// Adds what may have been meant.
    #[must_use]
    pub fn maybe(mut self, value: impl Into<String>, about: Option<Say>) -> Self {
        self.did_you_mean.push(Suggestion { value: value.into(), about });
        self
    }
    /// Changes how bad it is.
    #[must_use]
    pub fn as_severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// The fault as people read it, ending in a line feed; with ANSI colours if asked.
    pub fn render(&self, vi: bool, color: bool) -> String {
        let paint = |code: &str, s: &str| {
            if color { format!("\u{1b}[{code}m{s}\u{1b}[0m") } else { s.to_owned() }
        };
        let hue = match self.severity {
            Severity::Error => "1;31",
            Severity::Held => "1;35",
            Severity::Warning => "1;33",
            Severity::Note => "1;36",
        };
        let mut out = paint(hue, &format!("{} {}", self.severity.word(vi), self.code));
        out.push_str("  ");
        out.push_str(&paint("1", &self.file));
        if self.line > 0 {
            let _ = write!(out, ":{}:{}", self.line, self.column);
        }
        out.push('\n');
        match &self.source {
            Some(text) if self.line > 0 => {
                let (shown, pad, width) = window(text, self.column, self.width);
                let number = self.line.to_string();
                let _ = writeln!(out, "  {number} | {shown}");
                let _ = writeln!(
                    out,
                    "  {} | {}{} {}",
                    " ".repeat(number.len()),
                    " ".repeat(pad),
                    paint(hue, &"^".repeat(width)),
                    self.message.get(vi)
                );
            }
            Some(_) | None => {
                let _ = writeln!(out, "  {}", self.message.get(vi));
            }
        }
        if let Some(w) = &self.why {
            paragraph(&mut out, w.get(vi));
        }
        if !self.did_you_mean.is_empty() {
            let list: Vec<String> = self
                .did_you_mean
                .iter()
                .map(|s| match &s.about {
                    Some(a) => format!("{} ({})", s.value, a.get(vi)),
                    None => s.value.clone(),
                })
                .collect();
            let _ = writeln!(
                out,
                "  {} {}?",
                if vi { "Có phải:" } else { "Did you mean:" },
                list.join(if vi { " hay " } else { " or " })
            );
        }
        if let Some(f) = &self.fix {
            paragraph(&mut out, f.get(vi));
        }
        if let Some(m) = &self.meanwhile {
            paragraph(&mut out, m.get(vi));
        }
        out
    }

    /// The fault for machines.
    pub fn to_json(&self) -> Value {
        let say = |s: &Option<Say>| s.as_ref().map(|s| json!({"vi": s.vi, "en": s.en}));
        json!({
            "code": self.code,
            "severity": self.severity.as_str(),
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "width": self.width,
            "source": self.source,
            "message": {"vi": self.message.vi, "en": self.message.en},
            "why": say(&self.why),
            "did_you_mean": self.did_you_mean.iter().map(|s| &s.value).collect::<Vec<_>>(),
            "fix": say(&self.fix),
            "meanwhile": say(&self.meanwhile),
        })
    }
}

/// Writes text, each of its lines indented by two.
fn paragraph(out: &mut String, text: &str) {
    for line in text.lines() {
        let _ = writeln!(out, "  {line}");
    }
}

/// The part of a line around a place, with what cannot be seen made visible: the text, the columns before the caret
/// and the width of the caret as a terminal shows them.
fn window(text: &str, column: usize, width: usize) -> (String, usize, usize) {
    const BEFORE: usize = 60;
    const SHOWN: usize = 110;
    let chars: Vec<char> = text.chars().collect();
    let at = column.saturating_sub(1).min(chars.len());
    let start = if at > BEFORE && chars.len() > SHOWN { at - BEFORE } else { 0 };
    let end = (start + SHOWN).min(chars.len());
    let visible = |c: &char| match *c {
        '\t' => '→',
        '\u{a0}' | '\u{202f}' | '\u{2007}' | '\u{3000}' => '␠',
        '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}' => '·',
        c if c.is_control() => '?',
        c => c,
    };
    let mut shown: String = chars[start..end].iter().map(visible).collect();
    let before: String = chars[start..at].iter().map(visible).collect();
    let under: String = chars[at..(at + width).min(end).max(at)].iter().map(visible).collect();
    let mut pad = before.width();
    if start > 0 {
        shown.insert(0, '…');
        pad += 1;
    }
    if end < chars.len() {
        shown.push('…');
    }
    let last = under.chars().next_back().and_then(UnicodeWidthChar::width).unwrap_or(0);
    (shown, pad, under.width().max(usize::from(last == 0)).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pattern_is_the_contract() {
        let f = Fault {
            line: 24,
            column: 9,
            width: 15,
            source: Some("    to: ds-ho-kinh-danh".into()),
            ..Fault::file("N021", Severity::Error, "p/post.yaml", "không có tên này", "no such name")
        }
        .maybe("ds-ho-kinh-doanh", Some(Say::new("danh sách, 1.284 địa chỉ", "list, 1,284 addresses")))
        .fix("Sửa dòng 24.", "Change line 24.");
        assert_eq!(
            f.render(true, false),
            "Lỗi N021  p/post.yaml:24:9\n  24 |     to: ds-ho-kinh-danh\n     |         ^^^^^^^^^^^^^^^ không có tên này\n  \
             Có phải: ds-ho-kinh-doanh (danh sách, 1.284 địa chỉ)?\n  Sửa dòng 24.\n"
        );
        assert!(f.render(false, false).starts_with("Error N021  p/post.yaml:24:9\n"));
        assert!(f.render(true, true).contains("\u{1b}[1;31m"));
        assert_eq!(f.to_json()["did_you_mean"][0], "ds-ho-kinh-doanh");
    }

    #[test]
    fn the_caret_stands_under_decomposed_letters_and_long_lines_are_cut() {
        let (_, pad, width) = window("tiê\u{300}u: x", 7, 1);
        assert_eq!((pad, width), (5, 1));
        let long = format!("{}X{}", "a".repeat(500), "b".repeat(500));
        let (shown, pad, _) = window(&long, 501, 1);
        assert!(shown.chars().count() < 120 && shown.chars().nth(pad) == Some('X'));
    }
}
