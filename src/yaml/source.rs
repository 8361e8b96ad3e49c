//! The text of one file as its author sees it: lines for messages, never changed by repairs made for reading on.

use super::fault::{Fault, Say, Severity};
use super::tree::Span;

/// A file's label and text.
#[derive(Clone, Debug)]
pub struct Source {
    /// Path below the workspace, with `/`.
    pub file: String,
    /// The text without a byte order mark.
    text: String,
}

impl Source {
    /// A byte order mark at the start is dropped: Notepad writes one.
    pub fn new(file: impl Into<String>, text: &str) -> Self {
        Self { file: file.into(), text: text.strip_prefix('\u{feff}').unwrap_or(text).to_owned() }
    }
    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }
    /// Lines without their ends.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        self.text.split('\n').map(|l| l.strip_suffix('\r').unwrap_or(l))
    }
    /// A line, counted from 1.
    pub fn line(&self, n: usize) -> Option<&str> {
        n.checked_sub(1).and_then(|i| self.lines().nth(i))
    }
    /// A fault at a place; the place is moved inside the file if it lies outside.
    pub fn fault(&self, code: &'static str, severity: Severity, span: Span, message: Say) -> Fault {
        let lines = self.lines().count().max(1);
        let line = span.line.clamp(1, lines);
        let text = self.line(line).unwrap_or_default();
        let length = text.chars().count();
        let column = if span.line == line { span.column.clamp(1, length + 1) } else { length.max(1) };
        let end = if span.end_line == span.line { span.end_column } else { length + 1 };
        let shown: Vec<char> = text.chars().skip(column - 1).take(end.saturating_sub(column)).collect();
        let trailing = shown.iter().rev().take_while(|c| c.is_whitespace()).count();
        Fault {
            code,
            severity,
            file: self.file.clone(),
            line,
            column,
            width: if trailing == shown.len() { shown.len() } else { shown.len() - trailing }.max(1),
            source: Some(text.to_owned()),
            message,
            why: None,
            did_you_mean: vec![],
            fix: None,
            meanwhile: None,
        }
    }
    /// An error at a place.
    pub fn error(
        &self,
        code: &'static str,
        span: Span,
        vi: impl Into<String>,
        en: impl Into<String>,
    ) -> Fault {
        self.fault(code, Severity::Error, span, Say::new(vi, en))
    }
}
