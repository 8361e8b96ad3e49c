//! The cells of a CSV file, read a row at a time: a list of a million is never in memory as text.

use std::io::{BufRead, Read as _};

use super::files::unreadable;
use crate::domain::text::clean_line;
use crate::yaml::tree::not_utf8;
use crate::yaml::{Fault, Severity, Source, Span, trap};

/// Longest line, in bytes.
const MAX_LINE: usize = 1 << 20;
/// Longest cell in quotes, in characters: a stray quote is looked for its fellow no further than this.
const MAX_QUOTED: usize = 1 << 16;

/// A cell with its place.
#[derive(Clone, Debug, Default)]
pub struct Cell {
    /// Trimmed text, NFC.
    pub text: String,
    /// Where.
    pub span: Span,
}

/// What ends the reading of a file: none of it is used then.
#[derive(Debug)]
pub enum Broken {
    /// The disk.
    Io(std::io::Error),
    /// No UTF-8.
    NotUtf8,
    /// Letters of another code page: line, its text, column, width.
    Garbled(usize, String, usize, usize),
    /// A line longer than any table has.
    Long(usize),
}

impl Broken {
    /// The fault to report.
    pub fn fault(self, file: &str) -> Fault {
        match self {
            Broken::Io(e) => unreadable(file, &e),
            Broken::NotUtf8 => not_utf8(file),
            Broken::Garbled(line, text, at, width) => {
                let source = Source::new(file, &text);
                Fault { line, ..trap::mojibake_fault(&source, Span::on(1, at, width)) }
            }
            Broken::Long(line) => Fault {
                line,
                column: 1,
                width: 1,
                ..Fault::file(
                    "T002",
                    Severity::Error,
                    file,
                    "dòng này dài quá 1.024 KB; Loa không đọc tiếp",
                    "this line has more than 1,024 KB; reading stopped",
                )
            }
            .fix(
                "Mở tệp bằng Excel: mỗi người hay mỗi nơi một dòng. Lưu lại kiểu CSV UTF-8.",
                "One row for each person or place: open it in a spreadsheet and save it as CSV in UTF-8.",
            ),
        }
    }
}

/// RFC 4180 with any delimiter, keeping places. Quotes may hold line breaks; a stray quote never swallows the rest of the
/// file: it is kept as text.
pub struct Grid<R> {
    from: R,
    /// What was read and is not used up: seldom more than a line.
    window: Vec<char>,
    next: usize,
    /// Lines read.
    lines: usize,
    ended: bool,
    line: usize,
    column: usize,
    delimiter: char,
    header: String,
}

impl<R: BufRead> Grid<R> {
    /// A file from its start.
    pub fn new(from: R) -> Self {
        Self {
            from,
            window: vec![],
            next: 0,
            lines: 0,
            ended: false,
            line: 1,
            column: 1,
            delimiter: ',',
            header: String::new(),
        }
    }

    /// The first line.
    ///
    /// # Errors
    /// What ends the reading.
    pub fn header(&mut self) -> Result<&str, Broken> {
        self.peek(0)?;
        Ok(&self.header)
    }

    fn fill(&mut self) -> Result<(), Broken> {
        let mut bytes = vec![];
        let most = MAX_LINE as u64 + 1;
        (&mut self.from).take(most).read_until(b'\n', &mut bytes).map_err(Broken::Io)?;
        if bytes.is_empty() {
            self.ended = true;
            return Ok(());
        }
        self.lines += 1;
        if bytes.len() > MAX_LINE {
            return Err(Broken::Long(self.lines));
        }
        let text = String::from_utf8(bytes).map_err(|_| Broken::NotUtf8)?;
        let text = if self.lines == 1 { text.strip_prefix('\u{feff}').unwrap_or(&text) } else { &text };
        let bare = text.trim_end_matches(['\n', '\r']);
        if let Some((at, width)) = trap::mojibake(bare) {
            return Err(Broken::Garbled(self.lines, bare.to_owned(), at + 1, width));
        }
        if self.lines == 1 {
            // Excel with Vietnamese settings separates by semicolons.
            let most = [',', ';', '\t'].into_iter().max_by_key(|d| bare.matches(*d).count());
            self.delimiter = most.unwrap_or(',');
            bare.clone_into(&mut self.header);
        }
        self.window.extend(text.chars());
        Ok(())
    }

    /// The character so many places on.
    fn peek(&mut self, ahead: usize) -> Result<Option<char>, Broken> {
        while self.next + ahead >= self.window.len() && !self.ended {
            self.fill()?;
        }
        Ok(self.window.get(self.next + ahead).copied())
    }

    fn step(&mut self) {
        self.next += 1;
        self.column += 1;
    }

    /// True if a quoted cell begins here: its closing quote stands before a delimiter or a line's end, within reason.
    fn quoted(&mut self) -> Result<bool, Broken> {
        if self.peek(0)? != Some('"') {
            return Ok(false);
        }
        let mut j = 1;
        while j < MAX_QUOTED {
            match self.peek(j)? {
                None => return Ok(false),
                Some('"') if self.peek(j + 1)? == Some('"') => j += 2,
                Some('"') => {
                    let delimiter = self.delimiter;
                    return Ok(self.peek(j + 1)?.is_none_or(|n| n == delimiter || matches!(n, '\n' | '\r')));
                }
                Some(_) => j += 1,
            }
        }
        Ok(false)
    }

    fn cell(&mut self) -> Result<Cell, Broken> {
        let start = (self.line, self.column);
        let mut value = String::new();
        if self.quoted()? {
            self.step();
            while let Some(c) = self.peek(0)? {
                self.step();
                if c == '"' {
                    if self.peek(0)? != Some('"') {
                        break;
                    }
                    self.step();
                }
                value.push(c);
                if c == '\n' {
                    self.line += 1;
                    self.column = 1;
                }
            }
            if self.peek(0)? == Some('\r') {
                self.step(); // of the line's end
            }
        } else {
            while let Some(c) = self.peek(0)?.filter(|c| *c != self.delimiter && *c != '\n') {
                value.push(c);
                self.step();
            }
        }
        let end = if self.line == start.0 { self.column } else { start.1 + 1 };
        Ok(Cell { text: clean_line(&value), span: Span::on(start.0, start.1, end.saturating_sub(start.1)) })
    }

    /// The next row in which anything stands.
    ///
    /// # Errors
    /// What ends the reading.
    pub fn row(&mut self) -> Result<Option<Vec<Cell>>, Broken> {
        loop {
            self.window.drain(..std::mem::take(&mut self.next));
            if self.peek(0)?.is_none() {
                return Ok(None);
            }
            let mut row = vec![];
            loop {
                row.push(self.cell()?);
                match self.peek(0)? {
                    Some(c) if c == self.delimiter => self.step(),
                    Some(_) => {
                        self.next += 1;
                        self.line += 1;
                        self.column = 1;
                        break;
                    }
                    None => break,
                }
            }
            if row.iter().any(|c| !c.text.is_empty()) {
                return Ok(Some(row));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<Vec<(String, usize, usize)>> {
        let mut grid = Grid::new(text.as_bytes());
        let mut out = vec![];
        while let Some(row) = grid.row().unwrap() {
            out.push(row.into_iter().map(|c| (c.text, c.span.line, c.span.column)).collect());
        }
        assert!(grid.window.len() < text.len().max(2), "the whole text was kept");
        out
    }

    fn texts(text: &str) -> Vec<Vec<String>> {
        all(text).into_iter().map(|r| r.into_iter().map(|c| c.0).collect()).collect()
    }

    #[test]
    fn rows_are_cut_as_spreadsheets_write_them() {
        for (text, want) in [
            ("a,b\n1,2\n", vec![vec!["a", "b"], vec!["1", "2"]]),
            ("a,b\r\n\r\n1,2", vec![vec!["a", "b"], vec!["1", "2"]]),
            ("\u{feff}a;b;c,d\nx;y\n;;\n", vec![vec!["a", "b", "c,d"], vec!["x", "y"]]),
            (
                "a,b\n\"x, \"\"y\"\"\nz\",2\n3,4\n",
                vec![vec!["a", "b"], vec!["x, \"y\" z", "2"], vec!["3", "4"]],
            ),
            ("a,b\n\"x,2\n3,4\n", vec![vec!["a", "b"], vec!["\"x", "2"], vec!["3", "4"]]),
            ("a,b\n\"\"\n,\n1,", vec![vec!["a", "b"], vec!["1", ""]]),
            ("", vec![]),
        ] {
            assert_eq!(texts(text), want, "{text:?}");
        }
    }

    #[test]
    fn places_count_lines_as_an_editor_does() {
        let rows = all("a,b\r\n1,\"x\"\r\n\"p\nq\",2\r\n3,4\r\n");
        let at: Vec<(usize, usize)> = rows.iter().map(|r| (r[0].1, r[1].2)).collect();
        assert_eq!(at, [(1, 3), (2, 3), (3, 4), (5, 3)]);
    }

    #[test]
    fn a_quote_is_looked_for_its_fellow_within_reason() {
        let far = format!("a,b\n\"{}\",2\n", "x\n".repeat(MAX_QUOTED));
        assert_eq!(texts(&far).len(), MAX_QUOTED + 2, "as text, line by line");
        let near = format!("a,b\n\"{}\",2\n", "x\n".repeat(1000));
        assert_eq!(texts(&near).len(), 2);
    }

    #[test]
    fn what_is_no_table_ends_the_reading_at_its_line() {
        let read = |bytes: &[u8]| {
            let mut grid = Grid::new(bytes);
            loop {
                match grid.row() {
                    Ok(Some(_)) => {}
                    Ok(None) => return None,
                    Err(b) => return Some(b.fault("f.csv")).map(|f| (f.code, f.line)),
                }
            }
        };
        assert_eq!(read(b"a,b\n1,2\n\xff,3\n"), Some(("T001", 0)));
        assert_eq!(read("a,b\n1,Há»™ kinh doanh lÃªn máº¡ng\n".as_bytes()), Some(("T021", 2)));
        let long = format!("a,b\n1,2\n{}\n", "x".repeat(MAX_LINE));
        assert_eq!(read(long.as_bytes()), Some(("T002", 3)));
        assert_eq!(read(b"a,b\n1,2\n"), None);
    }
}
