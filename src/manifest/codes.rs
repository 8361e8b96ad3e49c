//! Every code of `check`: what it means, an example, what to type. `loa check --explain CODE` and `docs/codes.md` are
//! printed from this table, and tests keep it true: each code that the sources emit stands here, each code here is
//! emitted by a case of `tests/it/check`, with this severity.
//!
//! A code is a name for life: people search for it and say it over the telephone. One that is no longer emitted leaves
//! the table and is not given to anything else.

mod files;
mod keys;
mod lint;
mod names;
mod rest;

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::domain::text::Lang;
use crate::yaml::{Severity, closest};

/// A code of `check`.
#[derive(Debug)]
pub struct Code {
    /// What is printed with the fault.
    pub code: &'static str,
    /// How bad it usually is; `means` says where it is less or more.
    pub severity: Severity,
    /// In a few words, Vietnamese.
    pub title: &'static str,
    /// What is wrong and what follows from it, Vietnamese.
    pub means: &'static str,
    /// What leads to it; lines as written.
    pub example: &'static str,
    /// What to type, Vietnamese.
    pub fix: &'static str,
    /// All of it in one English line.
    pub en: &'static str,
}

const fn code(
    code: &'static str,
    severity: Severity,
    title: &'static str,
    means: &'static str,
    example: &'static str,
    fix: &'static str,
    en: &'static str,
) -> Code {
    Code { code, severity, title, means, example, fix, en }
}

/// The first letter of a code, and what such codes are about.
const GROUPS: [(char, &str, &str); 12] = [
    ('T', "Tệp và cách viết YAML", "Files and YAML"),
    ('K', "Khóa và giá trị", "Keys and values"),
    ('D', "Ngày giờ và lịch gửi", "Days, times, schedules"),
    ('N', "Tên: đơn vị, nhóm, danh sách, người, tài khoản", "Names"),
    ('F', "Sổ thông tin", "Facts"),
    ('A', "Bộ tư liệu", "The media kit"),
    ('W', "Chữ của bài", "Texts"),
    ('M', "Kế hoạch của chiến dịch", "The plan"),
    ('B', "Bảng và danh sách", "Tables and lists"),
    ('C', "loa.yaml", "Settings"),
    ('R', "Dựng bài, mẫu trình bày", "Renditions and templates"),
    ('L', "Soát chữ", "The linter"),
];

/// All codes, in the order of the page.
pub fn all() -> impl Iterator<Item = &'static Code> {
    [files::ALL, keys::ALL, names::ALL, rest::ALL, lint::ALL].into_iter().flatten()
}

/// One code; letters of any case.
pub fn find(word: &str) -> Option<&'static Code> {
    all().find(|c| c.code.eq_ignore_ascii_case(word.trim()))
}

/// A code that may have been meant.
pub fn near(word: &str) -> Option<&'static str> {
    closest(word, all().map(|c| c.code))
}

impl Code {
    /// The page of `--explain`, ending in a line feed.
    pub fn page(&self, lang: Lang) -> String {
        let (vi, en) = self.severity.words();
        let mut out = match lang {
            Lang::Vi => format!("{} · {vi} · {}\n\n{}\n\nVí dụ:\n", self.code, self.title, self.means),
            Lang::En => format!("{} · {en} · {}\n\nExample:\n", self.code, self.en),
        };
        for line in self.example.lines() {
            let _ = writeln!(out, "    {line}");
        }
        let _ = match lang {
            Lang::Vi => writeln!(out, "\nSửa: {}\n\nEnglish: {}", self.fix, self.en),
            Lang::En => writeln!(out, "\nTiếng Việt: {}. {} Sửa: {}", self.title, self.means, self.fix),
        };
        out
    }

    /// The same for machines.
    pub fn to_json(&self) -> Value {
        json!({
            "code": self.code, "severity": self.severity.as_str(), "title": self.title, "means": self.means,
            "example": self.example, "fix": self.fix, "en": self.en,
        })
    }
}

/// The whole of `docs/codes.md`.
pub fn document() -> String {
    let mut out = String::from(
        "# Các mã của `loa check`\n\n\
         Mỗi lỗi, lời nhắc có một mã không bao giờ đổi nghĩa: tìm được, đọc qua điện thoại được. Trang này in từ bảng trong\n\
         chương trình; xem một mã ngay trên máy:  `loa check --explain T014`\n\n\
         Codes of `loa check`, printed from the table in the program; each has an English line.\n\n\
         | mức | nghĩa | |\n|---|---|---|\n\
         | Lỗi | bài, kênh hoặc dòng ấy chưa dùng được; phần khác vẫn chạy | error: what it concerns stops |\n\
         | Giữ | tệp viết đúng nhưng bài được giữ lại, chưa gửi đi đâu | held: the post goes nowhere yet |\n\
         | Nhắc | vẫn chạy, nhưng có lẽ không như ý | warning: works, hardly as meant |\n\
         | Ghi chú | để biết | note: for information |\n",
    );
    for (letter, vi, en) in GROUPS {
        let _ = write!(out, "\n## {letter}: {vi} · {en}\n");
        for c in all().filter(|c| c.code.starts_with(letter)) {
            let (word, english) = c.severity.words();
            let _ = write!(
                out,
                "\n### {}\n\n**{}** ({word} · {english})\n\n{}\n\n```\n",
                c.code, c.title, c.means
            );
            for line in c.example.lines() {
                let _ = writeln!(out, "{line}");
            }
            let _ = write!(out, "```\n\nSửa: {}\n\n*{}*\n", c.fix, c.en);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_in_order_and_have_words() {
        let listed: Vec<&str> = all().map(|c| c.code).collect();
        let mut unique = listed.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(unique.len(), listed.len());
        for c in all() {
            assert!(GROUPS.iter().any(|(l, _, _)| c.code.starts_with(*l)), "{}", c.code);
            for words in [c.title, c.means, c.example, c.fix, c.en] {
                assert!(!words.trim().is_empty(), "{}", c.code);
            }
            assert!(c.en.ends_with('.') && c.means.ends_with('.'), "{}", c.code);
        }
        assert_eq!(find("t014").map(|c| c.code), Some("T014"));
        assert!(find("T999").is_none());
    }
}
