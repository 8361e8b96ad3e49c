//! What is wrong with a text or a template, said to the person who writes it. Never carries a path outside the
//! workspace.

use crate::domain::text::Lang;

/// A fault of a text, found while it was made into a rendition.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RenderFault {
    /// Stable code, like `fact_unknown`.
    pub code: &'static str,
    /// File below the workspace.
    pub file: String,
    /// Line, from 1, where known.
    pub line: Option<usize>,
    /// Column in characters, from 1, where known.
    pub column: Option<u32>,
    /// Characters, where known.
    pub width: Option<u32>,
    /// What is wrong, then what to do, in Vietnamese.
    pub vi: String,
    /// The same in English.
    pub en: String,
}

/// A fault of a template: the same form.
pub type TemplateFault = RenderFault;

impl RenderFault {
    /// A fault of a whole file.
    pub(super) fn new(
        code: &'static str,
        file: impl Into<String>,
        vi: impl Into<String>,
        en: impl Into<String>,
    ) -> Self {
        Self { code, file: file.into(), line: None, column: None, width: None, vi: vi.into(), en: en.into() }
    }

    /// The same at a place of it.
    pub(super) fn at(mut self, line: usize, column: usize) -> Self {
        (self.line, self.column) = (Some(line), u32::try_from(column).ok());
        self
    }

    /// The same so wide.
    pub(super) fn wide(mut self, characters: usize) -> Self {
        self.width = u32::try_from(characters).ok();
        self
    }

    /// The same at the first place of a text where some words stand, if they do.
    pub(super) fn of_words(self, text: &str, words: &str) -> Self {
        match text.find(words).filter(|_| !words.is_empty()) {
            Some(offset) => {
                let (line, column) = place(text, offset);
                self.at(line, column)
            }
            None => self,
        }
    }

    /// The sentence in a language.
    pub fn message(&self, lang: Lang) -> &str {
        match lang {
            Lang::Vi => &self.vi,
            Lang::En => &self.en,
        }
    }
}

/// Line and column (in characters) of a byte offset, both from 1.
pub(super) fn place(text: &str, offset: usize) -> (usize, usize) {
    let before = &text[..offset];
    let line_start = before.rfind('\n').map_or(0, |i| i + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}
