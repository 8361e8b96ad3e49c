//! A report of faults for people and for machines.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{Halt, Summary};
use crate::domain::text::{Lang, number};
use crate::yaml::Fault;

/// Every fault, then one line that sums up (`ux.md` §5).
pub fn render_report(faults: &[Fault], summary: &Summary, lang: Lang, color: bool) -> String {
    let vi = lang == Lang::Vi;
    let mut out = String::new();
    for f in faults {
        out.push_str(&f.render(vi, color));
        out.push('\n');
    }
    let n = |x: usize| number(i64::try_from(x).unwrap_or(i64::MAX), lang);
    let mut parts = vec![];
    let plural = |x: usize| if x == 1 { "" } else { "s" };
    if vi {
        if summary.errors > 0 {
            parts.push(format!("{} lỗi", n(summary.errors)));
        }
        if summary.held > 0 {
            parts.push(format!("{} bài bị giữ", n(summary.held)));
        }
        if parts.is_empty() {
            parts.push("không có lỗi".into());
        } else {
            parts.push(format!("trong {} tệp", n(summary.files)));
        }
    } else {
        if summary.errors > 0 {
            parts.push(format!("{} error{}", n(summary.errors), plural(summary.errors)));
        }
        if summary.held > 0 {
            parts.push(format!("{} post{} held", n(summary.held), plural(summary.held)));
        }
        if parts.is_empty() {
            parts.push("no errors".into());
        } else {
            parts.push(format!("in {} file{}", n(summary.files), plural(summary.files)));
        }
    }
    let stopped = summary.errors > 0 || summary.held > 0;
    let mut line = parts.join(", ");
    if summary.warnings > 0 {
        let _ = if vi {
            write!(line, " · {} lời nhắc", n(summary.warnings))
        } else {
            write!(line, " · {} warning{}", n(summary.warnings), plural(summary.warnings))
        };
    }
    let halted = summary.halted.map(|h| match (h, vi) {
        (Halt::Settings, true) => "chưa lệnh nào chạy được: sửa loa.yaml trước",
        (Halt::Settings, false) => "no command runs: put loa.yaml right first",
        (Halt::Templates, true) => "chưa duyệt, chưa gửi được: sửa templates/ trước",
        (Halt::Templates, false) => "nothing can be approved or sent: put templates/ right first",
    });
    let _ = match (vi, stopped) {
        (true, _) if halted.is_some() => {
            write!(line, " · {} bài khác tốt, nhưng {}", n(summary.good), halted.unwrap_or_default())
        }
        (false, _) if halted.is_some() => write!(
            line,
            " · {} other post{} good, but {}",
            n(summary.good),
            plural(summary.good),
            halted.unwrap_or_default()
        ),
        (true, true) => write!(line, " · {} bài khác tốt và vẫn chạy", n(summary.good)),
        (true, false) => write!(line, " · {} bài tốt, đã đọc {} tệp", n(summary.good), n(summary.read)),
        (false, true) => {
            write!(line, " · {} other post{} good and running", n(summary.good), plural(summary.good))
        }
        (false, false) => write!(
            line,
            " · {} post{} good, {} files read",
            n(summary.good),
            plural(summary.good),
            n(summary.read)
        ),
    };
    out.push_str(&line);
    out.push('\n');
    out
}

/// The same for machines.
pub fn to_json(faults: &[Fault], summary: &Summary) -> Value {
    json!({
        "faults": faults.iter().map(Fault::to_json).collect::<Vec<_>>(),
        "summary": {
            "errors": summary.errors,
            "held_posts": summary.held,
            "warnings": summary.warnings,
            "files_with_faults": summary.files,
            "files_read": summary.read,
            "good_posts": summary.good,
        },
    })
}
