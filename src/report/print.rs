//! Prints: aligned text for terminals, JSON for machines, a page of A4 for people.

use chrono::DateTime;
use chrono_tz::Tz;
use unicode_width::UnicodeWidthStr as _;

use super::model::Report;
use super::sections::{day, notes, number_cell, sections, text_cell};
use super::words;
use crate::domain::reach::Grade;
use crate::domain::text::{self, Lang};
use crate::domain::unit::Family;
use crate::render::{RenderFault, ReportCell, ReportRow, ReportView, Templates};
use crate::store::ReachRow;

/// Width at which sentences are broken on a terminal.
const WIDTH: usize = 100;
/// Longest text of a cell on a terminal.
const CELL: usize = 48;

fn title(lang: Lang) -> &'static str {
    lang.pick("Báo cáo kết quả truyền thông", "Report on communication")
}

fn period(r: &Report, lang: Lang) -> (String, String) {
    match r.parsed_period() {
        Some(p) => (p.label(lang), p.window_text(r.parsed_scheme(), lang)),
        None => (r.period.clone(), r.window.clone()),
    }
}

/// The report as aligned text.
pub fn to_table(r: &Report, lang: Lang) -> String {
    let (label, window) = period(r, lang);
    let mut out = format!("{}\n{}\n{label} ({window})\n", r.organisation.to_uppercase(), title(lang));
    if let Some(to) = &r.addressed_to {
        out.push_str(&format!("{}: {to}\n", lang.pick("Kính gửi", "To")));
    }
    out.push_str(&format!("{} {}\n\n", lang.pick("Lập ngày", "Made on"), day(r.made_at, r.time_zone)));
    for n in notes(r, lang) {
        out.push_str(&wrap(&format!("- {n}"), "  "));
    }
    for s in sections(r, lang) {
        out.push_str(&format!("\n{}\n", s.title));
        if s.rows.is_empty() {
            out.push_str(&format!("  {}\n", s.empty));
        } else {
            out.push_str(&table(&s.columns, &s.rows));
        }
        if let Some(n) = s.note.filter(|_| !s.rows.is_empty()) {
            out.push_str(&wrap(&format!("  {n}"), "  "));
        }
    }
    out
}

/// The report as JSON, as it is frozen.
pub fn to_json(r: &Report) -> serde_json::Value {
    serde_json::to_value(r).unwrap_or_default()
}

/// The report as a page that prints on A4, in the template `report/period`.
///
/// # Errors
/// The office's own template fails.
pub fn to_html(r: &Report, templates: &Templates, lang: Lang) -> Result<String, RenderFault> {
    let (label, window) = period(r, lang);
    let view = ReportView {
        title: title(lang).to_owned(),
        organisation: r.organisation.clone(),
        period: label,
        en: lang == Lang::En,
        window,
        notes: notes(r, lang),
        addressed_to: r.addressed_to.clone(),
        made_on: day(r.made_at, r.time_zone),
        sections: sections(r, lang),
    };
    templates.render("report/period.html", &view)
}

/// Figures as `loa reach` prints them, each with grade, source and time.
pub fn reach_table(rows: &[ReachRow], zone: Tz, lang: Lang) -> String {
    if rows.is_empty() {
        return format!("{}\n", lang.pick("Chưa có số liệu.", "No figures yet."));
    }
    let head = |vi: &str, en: &str, number: bool| ReportCell { text: lang.pick(vi, en).to_owned(), number };
    let columns = [
        head("Bài", "Post", false),
        head("Kênh", "Channel", false),
        head("Đơn vị", "Unit", false),
        head("Đếm gì", "What", false),
        head("Số", "Value", true),
        head("Mức chắc chắn", "Grade", false),
        head("Nguồn", "Source", false),
        head("Lúc", "At", false),
    ];
    let lines: Vec<ReportRow> = rows
        .iter()
        .map(|r| {
            let at =
                DateTime::from_timestamp_millis(r.at).unwrap_or_default().with_timezone(&zone).naive_local();
            let family = Family::parse(&r.family).map_or(r.family.as_str(), |f| words::family(f, lang));
            let grade = Grade::parse(&r.grade).map_or(r.grade.as_str(), |g| words::grade(g, lang));
            let unit =
                if r.unit.is_empty() { lang.pick("theo danh sách", "lists") } else { r.unit.as_str() };
            let cells = vec![
                text_cell(r.origin.clone()),
                text_cell(family),
                text_cell(unit),
                text_cell(words::metric(&r.metric, lang)),
                number_cell(r.value, lang),
                text_cell(grade),
                text_cell(words::source(&r.source, lang)),
                text_cell(format!("{} {}", text::date(at.date()), text::time(at.time()))),
            ];
            ReportRow { cells, total: false }
        })
        .collect();
    format!("{}\n{}", table(&columns, &lines), wrap(words::why_times(lang), ""))
}

/// Columns of equal width, numbers at the right, two spaces between.
fn table(columns: &[ReportCell], rows: &[ReportRow]) -> String {
    let shown = |c: &ReportCell| cut(&c.text);
    let widths: Vec<usize> = columns
        .iter()
        .enumerate()
        .map(|(i, head)| {
            let cells = rows.iter().filter_map(|r| r.cells.get(i)).map(|c| shown(c).width());
            cells.fold(shown(head).width(), usize::max)
        })
        .collect();
    let line = |cells: &[ReportCell]| {
        let mut out = String::from(" ");
        for (i, (cell, width)) in cells.iter().zip(&widths).enumerate() {
            let words = shown(cell);
            let space = " ".repeat(width.saturating_sub(words.width()));
            let number = columns.get(i).is_some_and(|c| c.number);
            out.push(' ');
            out.push_str(&if number { format!("{space}{words}") } else { format!("{words}{space}") });
            out.push(' ');
        }
        format!("{}\n", out.trim_end())
    };
    let mut out = line(columns);
    for r in rows {
        if r.total {
            let dashes: Vec<ReportCell> = widths.iter().map(|w| text_cell("─".repeat(*w))).collect();
            out.push_str(&line(&dashes));
        }
        out.push_str(&line(&r.cells));
    }
    out
}

/// A text cut to a cell's width.
fn cut(text: &str) -> String {
    if text.width() <= CELL {
        return text.to_owned();
    }
    let mut out = String::new();
    for c in text.chars() {
        if format!("{out}{c}").width() >= CELL {
            break;
        }
        out.push(c);
    }
    format!("{}…", out.trim_end())
}

/// A sentence in lines of at most [`WIDTH`], the later ones indented.
fn wrap(sentence: &str, indent: &str) -> String {
    let mut out = String::new();
    let mut line: String = sentence.chars().take_while(|c| *c == ' ').collect();
    for word in sentence.split_whitespace() {
        let fits = line.trim().is_empty() || line.width() + 1 + word.width() <= WIDTH;
        if !fits {
            out.push_str(line.trim_end());
            out.push('\n');
            line = indent.to_owned();
        }
        if !line.trim().is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    format!("{out}{}\n", line.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_under_each_other_whatever_the_marks() {
        let columns = [text_cell("Đơn vị"), number_cell(0, Lang::Vi)];
        let rows: Vec<ReportRow> = ["Phường Lê Chân", "Đặc khu Bạch Long Vĩ", &"Ư".repeat(80)]
            .iter()
            .map(|n| ReportRow { cells: vec![text_cell(*n), number_cell(12_500, Lang::Vi)], total: false })
            .collect();
        let out = table(&columns, &rows);
        let widths: Vec<usize> = out.lines().map(|l| l.width()).collect();
        assert!(widths.iter().all(|w| *w == widths[0]), "{out}");
        assert!(out.contains("12.500") && out.contains('…'));
    }

    proptest::proptest! {
        #[test]
        fn wrapping_loses_no_word(text in "( ?[a-zđộ“]{1,120} ?){0,40}") {
            let wrapped = wrap(&text, "  ");
            let words = |s: &str| s.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            proptest::prop_assert_eq!(words(&wrapped), words(&text));
            for l in wrapped.lines() {
                proptest::prop_assert!(l.width() <= WIDTH || l.split_whitespace().count() == 1, "{}", l);
            }
        }
    }
}
