//! `lint:` of a post: rules that it switches off, each with a reason.

use std::collections::{BTreeMap, BTreeSet};

use super::{rules, say};
use crate::manifest::{Loader, codes};
use crate::yaml::{Node, Say, Severity, Source, closest};

/// Rules that a post switches off, each with its reason.
pub type Switches = BTreeMap<&'static str, String>;

/// Reads `lint:`; says what is wrong with it.
pub(super) fn switches(l: &mut Loader<'_>, tree: &Node, source: &Source, found: &BTreeSet<&str>) -> Switches {
    let mut off = Switches::new();
    for (key, value) in tree.get("lint").map_or(&[][..], Node::entries) {
        let Some(rule) = rules::RULES.iter().find(|r| r.code.eq_ignore_ascii_case(&key.written)) else {
            let f = source.error(
                "L091",
                key.span,
                format!("không có quy tắc soát chữ “{}”", key.written),
                format!("there is no rule “{}”", key.written),
            );
            let near = closest(&key.written, rules::RULES.iter().map(|r| r.code));
            let f = match near {
                Some(n) => f.maybe(n, None),
                None => f,
            };
            l.faults.push(f.fix(
                "Các quy tắc tắt được: docs/lint.md",
                "The rules that can be switched off: docs/lint.md",
            ));
            continue;
        };
        if !rules::can_be_switched(rule.code) {
            l.faults.push(
                source
                    .error("L091", key.span, "quy tắc này không tắt được", "this rule cannot be switched off")
                    .fix("Xóa dòng này.", "Remove the line."),
            );
            continue;
        }
        let severe = codes::find(rule.code).is_some_and(|c| c.severity.stops());
        let reason = value.text().filter(|t| says_something(t, if severe { 5 } else { 3 }));
        let Some(reason) = reason else {
            l.faults.push(
                source
                    .error(
                        "L090",
                        key.span,
                        "tắt quy tắc mà chưa ghi lý do",
                        "a rule is switched off without a reason",
                    )
                    .why(
                        if severe {
                            "Quy tắc này chặn bài: lý do phải thành câu, ít nhất năm từ."
                        } else {
                            "Người duyệt đọc lý do này: ít nhất ba từ."
                        },
                        if severe {
                            "This rule stops a post: the reason takes five words at least."
                        } else {
                            "Whoever approves reads it: three words at least."
                        },
                    )
                    .fix(
                        format!(
                            "Viết lý do sau dấu hai chấm:   {}: Trang của ban tổ chức, Sở đã kiểm tra",
                            rule.code
                        ),
                        format!(
                            "Write the reason after the colon:   {}: the organiser's site, checked",
                            rule.code
                        ),
                    ),
            );
            continue;
        };
        if !found.contains(rule.code) && !rules::RENDERED.contains(&rule.code) {
            l.faults.push(
                source
                    .fault(
                        "L092",
                        Severity::Note,
                        key.span,
                        say("không còn chỗ nào cần tắt quy tắc này", "nothing here needs this switch"),
                    )
                    .fix("Xóa dòng này.", "Remove the line."),
            );
        }
        off.insert(rule.code, reason.to_owned());
    }
    off
}

/// True if a reason says something: so many different words of two letters or more. `x x` and dots are none.
pub fn says_something(reason: &str, words: usize) -> bool {
    let said: BTreeSet<String> = reason
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| w.chars().filter(|c| c.is_alphabetic()).count() >= 2)
        .map(str::to_lowercase)
        .collect();
    said.len() >= words
}

/// How a rule is switched off in a post, in words.
pub fn switch(code: &str) -> Say {
    say(
        format!("Cố ý viết vậy thì ghi trong post.yaml, dưới dòng   lint:   một dòng   {code}: lý do"),
        format!("If it is meant so, write in post.yaml, below   lint:   a line   {code}: the reason"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_says_something() {
        for t in ["", "x x", "... ...", "abc", "aa aa aa aa", "a b c d e", "12 34 56"] {
            assert!(!says_something(t, 3), "{t}");
        }
        assert!(says_something("Trang của ban tổ chức", 5));
        assert!(!says_something("Sở đã kiểm tra", 5) && says_something("Sở đã kiểm tra", 3));
    }
}
