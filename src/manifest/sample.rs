//! Words that `loa new` writes for an author to replace, and how they are told from what an author wrote (W005).
//!
//! A sample that looks like a post would be approved and sent by somebody in a hurry. So each line of a sample carries a
//! mark that nobody types by chance, and a text in which one is left holds its post. The sentences of the sample are known,
//! too: who deletes the mark alone has not written anything yet. `loa init` is the other way round: its one post carries no
//! mark, because it must work at once; it is a real short message of the office to itself, true for whoever sends it.

use unicode_normalization::UnicodeNormalization;

use crate::yaml::{Fault, Kind, Node, Say, Severity, Source, Span};

/// Stands at the start of each line of a sample.
pub const MARK: &str = "[CHỮ MẪU]";

/// Parts of the sample's sentences, also of those of earlier versions.
const SENTENCES: [&str; 3] = [
    "Thay cả dòng này bằng nội dung của bài",
    "Dán từ Word được, không cần dấu ngoặc kép",
    "**Chữ đậm** đặt giữa hai dấu sao đôi",
];

/// The text of a new post.
pub const TEXT: &str =
    "[CHỮ MẪU] Thay cả dòng này bằng nội dung của bài. Dán từ Word được, không cần dấu ngoặc kép.

[CHỮ MẪU] Mỗi đoạn cách nhau một dòng trống. **Chữ đậm** đặt giữa hai dấu sao đôi. Viết xong thì xóa dòng này.
";

/// Where a line is a sample's: first code point and how many.
fn found(line: &str) -> Option<(usize, usize)> {
    let composed: String = line.nfc().collect();
    if let Some(at) = composed.find(MARK) {
        return Some((composed[..at].chars().count(), MARK.chars().count()));
    }
    let sentence = SENTENCES.iter().find(|s| composed.contains(**s))?;
    let at = composed.find(sentence)?;
    Some((composed[..at].chars().count(), sentence.chars().count()))
}

fn fault(source: &Source, severity: Severity, span: Span) -> Fault {
    let f = match severity {
        Severity::Held | Severity::Error => source
            .fault(
                "W005",
                severity,
                span,
                Say::new("bài còn nguyên chữ mẫu", "this is still the sample's text"),
            )
            .meanwhile(
                "Bài này được giữ lại, chưa gửi đi đâu; các bài khác vẫn chạy.",
                "The post is held and goes nowhere; the others go on.",
            ),
        Severity::Warning | Severity::Note => source.fault(
            "W005",
            severity,
            span,
            Say::new("chỗ này còn nguyên chữ mẫu", "this is still the sample's text"),
        ),
    };
    f.why(
        "Dòng này là chữ mẫu, chờ bạn thay; gửi đi thì người nhận đọc phải chữ mẫu.",
        "This line is the sample's, for you to replace.",
    )
    .fix(
        format!("Viết nội dung thật thay cho dòng này, xóa cả dấu {MARK}."),
        format!("Write your own words instead, and delete {MARK}."),
    )
}

/// The first line of a text that is still a sample's.
pub fn in_text(source: &Source) -> Option<Fault> {
    source
        .lines()
        .enumerate()
        .find_map(|(i, line)| found(line).map(|(at, width)| Span::on(i + 1, at + 1, width)))
        .map(|span| fault(source, Severity::Held, span))
}

/// Values of a file that are still a sample's.
pub fn in_tree(node: &Node, source: &Source, severity: Severity, faults: &mut Vec<Fault>) {
    match &node.kind {
        Kind::Scalar { text, .. } if found(text).is_some() => {
            faults.push(fault(source, severity, node.span));
        }
        Kind::Scalar { .. } => {}
        Kind::List(items) => items.iter().for_each(|i| in_tree(i, source, severity, faults)),
        Kind::Map(entries) => entries.iter().for_each(|(_, v)| in_tree(v, source, severity, faults)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_told_by_its_mark_and_by_its_sentences() {
        let decomposed: String = MARK.nfd().collect();
        for line in TEXT.lines().filter(|l| !l.is_empty()) {
            assert!(found(line).is_some(), "{line}");
            let unmarked = line.trim_start_matches(MARK);
            assert!(found(unmarked).is_some(), "the mark alone was deleted: {unmarked}");
        }
        assert_eq!(found(&format!("Kính gửi {decomposed}")), Some((9, 9)));
        assert_eq!(found("Khách tìm homestay, quán ăn trên mạng trước khi đến."), None);
        assert_eq!(found("Mẫu đơn số 1 [mẫu]"), None);
    }
}
