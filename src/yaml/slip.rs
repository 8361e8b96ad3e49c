//! A parser's syntax error in an author's words, and the line as it was most likely meant.
//!
//! The parser says "mapping values are not allowed in this context"; the author put a colon into a title. The line at the
//! error (or the one before it, where the parser only noticed later) is looked at again with the handful of slips that
//! people make.

use saphyr_parser::ScanError;

use super::fault::Fault;
use super::source::Source;
use super::trap;
use super::tree::Span;

/// A line taken apart: `  - key: value`.
struct Parts<'a> {
    /// Characters before the value.
    before: usize,
    /// The key, if there is one.
    key: Option<&'a str>,
    /// The value, without the line's end.
    value: &'a str,
}

fn parts(line: &str) -> Parts<'_> {
    let mut at = line.len() - line.trim_start().len();
    while let Some(rest) = line[at..].strip_prefix("- ") {
        at += 2 + (rest.len() - rest.trim_start().len());
    }
    let body = &line[at..];
    let key_end = body
        .char_indices()
        .find(|(i, c)| *c == ':' && body[i + 1..].chars().next().is_none_or(|n| n == ' '))
        .map(|(i, _)| i)
        .filter(|i| {
            !body.starts_with(['"', '\'', '[', '{', '#', '&', '*', '!', '@', '`', '%', '|', '>']) && *i > 0
        });
    match key_end {
        Some(end) => {
            let after = &body[end + 1..];
            let value_at = at + end + 1 + (after.len() - after.trim_start().len());
            Parts {
                before: line[..value_at].chars().count(),
                key: Some(&body[..end]),
                value: line[value_at..].trim_end(),
            }
        }
        None => Parts { before: line[..at].chars().count(), key: None, value: body.trim_end() },
    }
}

/// The fault, and the line (counted from 0) that may stand in its place to read on.
pub fn explain(source: &Source, lines: &[String], error: &ScanError) -> (Fault, Option<(usize, String)>) {
    let at = error.marker().line().clamp(1, lines.len().max(1)) - 1;
    if error.info().contains("recursion limit") {
        return (super::tree::too_deep(source, Span::on(at + 1, error.marker().col() + 1, 1)), None);
    }
    if error.info().contains("unexpected end of stream") || error.info().contains("document indicator") {
        for (i, line) in lines.iter().enumerate() {
            if let Some(found) = unclosed(source, i, line) {
                return found;
            }
        }
    }
    let before = lines[..at].iter().rposition(|l| !l.trim().is_empty() && !l.trim_start().starts_with('#'));
    for i in [Some(at), before].into_iter().flatten() {
        if let Some(line) = lines.get(i)
            && let Some(found) = known(source, i, line)
        {
            return found;
        }
        let lone = lines.get(i).filter(|l| {
            let p = parts(l);
            p.key.is_none()
                && !p.value.is_empty()
                && !l.trim_start().starts_with(['-', '"', '\'', '[', '{', ']', '}', '#'])
        });
        if let Some(line) = lone {
            return no_colon(source, i, line);
        }
    }
    // An opening bracket that never closes shows at the end of the file.
    if error.info().contains("flow") || error.info().contains("eof") || error.info().contains("bracket") {
        for (i, line) in lines.iter().enumerate().take(at + 1).rev() {
            if let Some(found) = open_bracket(source, i, line) {
                return found;
            }
        }
    }
    let marker = Span::on(at + 1, error.marker().col() + 1, 1);
    let indentation = [
        "block mapping",
        "block collection",
        "indentation",
        "mapping values",
        "block sequence",
        "simple key",
    ];
    if indentation.iter().any(|w| error.info().contains(w)) {
        let line = lines.get(at).map(String::as_str).unwrap_or_default();
        let p = parts(line);
        if p.key.is_none() && !line.trim().is_empty() && !line.trim_start().starts_with('-') {
            return no_colon(source, at, line);
        }
        let indent = line.chars().take_while(|c| *c == ' ').count();
        return (
            source
                .error(
                    "T025",
                    Span::on(at + 1, 1, indent.max(1)),
                    "dòng này thụt vào không thẳng hàng với các dòng cùng nhóm",
                    "this line is not indented like its neighbours",
                )
                .why(
                    "Các dòng cùng một nhóm phải bắt đầu ở cùng một cột; dòng con lùi vào thêm 2 dấu cách.",
                    "Lines of one group start in the same column; lines below them are indented by two more spaces.",
                )
                .fix(
                    format!("Xem lại số dấu cách ở đầu dòng {} và dòng ngay trên nó.", at + 1),
                    format!("Look at the spaces at the start of line {} and of the line above it.", at + 1),
                ),
            None,
        );
    }
    let fault = source
        .error("T009", marker, "chỗ này không đúng cách viết YAML", "this is not valid YAML")
        .why(
            format!("Bộ đọc báo: {}.", error.info()),
            format!("The parser says: {}.", error.info()),
        )
        .fix(
            "So dòng này và dòng trên với một bài đang chạy tốt; nếu có dấu lạ, đặt cả giá trị trong ngoặc kép \" \".",
            "Compare this line and the one above with a post that works; put odd values in double quotes.",
        );
    (fault, None)
}

type Found = (Fault, Option<(usize, String)>);

/// The slips that can be told from one line.
fn known(source: &Source, i: usize, line: &str) -> Option<Found> {
    let p = parts(line);
    let n = i + 1;
    if let Some((at, sign, meant)) = trap::word_sign(line) {
        let fault = trap::word_fault(source, Span::on(n, at + 1, 1), sign, &meant);
        return Some((fault, Some((i, meant))));
    }
    let width = p.value.chars().count();
    let place = Span::on(n, p.before + 1, width.max(1));
    let key = p.key.unwrap_or("…");
    let quoted = || {
        let head: String = line.chars().take(p.before).collect();
        let body = p.value.replace('\\', "\\\\").replace('"', "\\\"");
        Some((i, format!("{head}\"{body}\"")))
    };
    let in_quotes = |f: Fault| {
        let value = p.value.replace('"', "'");
        f.fix(
            format!("Sửa: đặt cả giá trị trong ngoặc kép, viết   {key}: \"{value}\""),
            format!("Put the whole value in double quotes:   {key}: \"{value}\""),
        )
    };
    let first = p.value.chars().next()?;
    let second = p.value.chars().nth(1);
    match first {
        '*' | '&' => Some((
            in_quotes(
                source
                    .error(
                        "T012",
                        Span::on(n, p.before + 1, 1),
                        format!("giá trị không được bắt đầu bằng dấu {first}"),
                        format!("a value cannot start with {first}"),
                    )
                    .why(
                        "Ở đầu giá trị, dấu này là một lệnh của YAML (gọi lại đoạn khác), không phải chữ.",
                        "At the start of a value this sign is an instruction of YAML, not text.",
                    ),
            ),
            quoted(),
        )),
        '@' | '`' | '%' => Some((
            in_quotes(
                source
                    .error(
                        "T013",
                        Span::on(n, p.before + 1, 1),
                        format!("giá trị không được bắt đầu bằng dấu {first}"),
                        format!("a value cannot start with {first}"),
                    )
                    .why(
                        "Dấu này được YAML giữ riêng khi đứng đầu giá trị.",
                        "YAML reserves this sign at the start of a value.",
                    ),
            ),
            quoted(),
        )),
        '!' => Some((exclamation(source, place), quoted())),
        '{' if second == Some('{') => Some((braces(source, place), quoted())),
        '"' | '\'' => {
            let close = closing(p.value, first);
            match close {
                None => unclosed(source, i, line),
                Some(end) => {
                    let rest = p.value[end..].trim();
                    if rest.is_empty() || rest.starts_with('#') {
                        return None;
                    }
                    let at = p.before + p.value[..end].chars().count();
                    let inner = p.value.replace(['"', '\''], "");
                    let fault = source
                        .error(
                            "T018",
                            Span::on(n, at + 1, p.value[end..].trim_end().chars().count()),
                            "còn chữ đứng sau dấu ngoặc kép đóng",
                            "text follows the closing quote",
                        )
                        .why(
                            "Giá trị mở bằng ngoặc kép thì phải kết thúc ở ngoặc kép đóng.",
                            "A value that opens with a quote ends at the closing quote.",
                        )
                        .fix(
                            format!(
                                "Sửa: bao cả dòng bằng nháy đơn, viết   {key}: '{}'",
                                p.value.replace('\'', "’")
                            ),
                            format!("Put single quotes around all of it:   {key}: '{inner}'"),
                        );
                    Some((fault, quoted()))
                }
            }
        }
        '[' | '{' => open_bracket(source, i, line),
        '|' | '>'
            if second.is_some_and(|c| {
                let note = c == ' ' && p.value[2..].trim_start().starts_with('#');
                !note && !matches!(c, '-' | '+' | '0'..='9')
            }) =>
        {
            Some((
                in_quotes(source.error(
                    "T036",
                    Span::on(n, p.before + 1, 1),
                    format!("giá trị không được bắt đầu bằng dấu {first}"),
                    format!("a value cannot start with {first}"),
                )),
                quoted(),
            ))
        }
        '-' if p.key.is_some() && matches!(second, Some(' ') | None) => Some((
            source
                .error(
                    "T037",
                    Span::on(n, p.before + 1, 1),
                    "dấu gạch đầu mục phải nằm ở dòng riêng",
                    "the dash of a list item needs a line of its own",
                )
                .fix(
                    format!("Sửa: sau “{key}:” xuống dòng, lùi vào 2 dấu cách rồi mới viết   {}", p.value),
                    format!("After “{key}:” start a new line, indented by two spaces:   {}", p.value),
                ),
            quoted(),
        )),
        _ => {
            if let Some(colon) = p.value.char_indices().find(|(j, c)| {
                *c == ':' && p.key.is_some() && p.value[j + 1..].chars().next().is_none_or(|x| x == ' ')
            }) {
                let column = p.before + p.value[..colon.0].chars().count() + 1;
                return Some((
                    in_quotes(
                        source
                            .error(
                                "T016",
                                Span::on(n, column, 1),
                                "dấu hai chấm này làm YAML tưởng có một khóa nữa trên dòng",
                                "this colon makes YAML see a second key on the line",
                            )
                            .why(
                                "Trong giá trị không có ngoặc kép không được có dấu hai chấm rồi dấu cách.",
                                "A value without quotes cannot hold a colon followed by a space.",
                            ),
                    ),
                    quoted(),
                ));
            }
            if line.contains('\t') {
                let at = line.chars().position(|c| c == '\t').unwrap_or(0);
                return Some((
                    trap::tab_fault(source, Span::on(n, at + 1, 1)),
                    Some((i, line.replace('\t', " "))),
                ));
            }
            None
        }
    }
}

/// Where a quoted value closes: byte after the quote.
fn closing(value: &str, quote: char) -> Option<usize> {
    let mut chars = value.char_indices().skip(1).peekable();
    while let Some((i, c)) = chars.next() {
        if quote == '"' && c == '\\' {
            chars.next();
        } else if c == quote {
            if quote == '\'' && chars.peek().is_some_and(|(_, n)| *n == '\'') {
                chars.next();
            } else {
                return Some(i + quote.len_utf8());
            }
        }
    }
    None
}

/// T019: a quote that never closes.
fn unclosed(source: &Source, i: usize, line: &str) -> Option<Found> {
    let p = parts(line);
    let quote = p.value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    if closing(p.value, quote).is_some() {
        return None;
    }
    let fault = source
        .error(
            "T019",
            Span::on(i + 1, p.before + 1, 1),
            "dấu ngoặc kép mở ở đây không có dấu đóng",
            "the quote that opens here never closes",
        )
        .fix(
            format!("Thêm dấu {quote} ở cuối dòng {}, sau chữ cuối cùng.", i + 1),
            format!("Add {quote} at the end of line {}.", i + 1),
        );
    Some((fault, Some((i, format!("{}{quote}", line.trim_end())))))
}

/// T033, or T015 where a `#` swallowed the closing bracket.
fn open_bracket(source: &Source, i: usize, line: &str) -> Option<Found> {
    let p = parts(line);
    let open = p.value.chars().next().filter(|c| matches!(c, '[' | '{'))?;
    let close = if open == '[' { ']' } else { '}' };
    let visible = p.value.split(" #").next().unwrap_or_default();
    if visible.matches(open).count() <= visible.matches(close).count() {
        return None;
    }
    let n = i + 1;
    if visible.len() < p.value.len() {
        let at = p.before + visible.chars().count() + 1;
        let lost = p.value[visible.len() + 1..].trim_end();
        let fault = source
            .error(
                "T015",
                Span::on(n, at + 1, lost.chars().count()),
                format!("phần sau dấu # bị hiểu là ghi chú: “{lost}” bị mất, cả dấu {close}"),
                format!("what follows # is read as a comment: “{lost}” is lost, with the {close}"),
            )
            .fix(
                "Đặt từng mục có dấu # trong ngoặc kép, hoặc viết mỗi mục một dòng có gạch đầu dòng.",
                "Put items with # in double quotes, or write one item a line with a dash.",
            );
        let head: String = line.chars().take(at - 1).collect();
        return Some((fault, Some((i, format!("{head}{close}")))));
    }
    let fault = source
        .error(
            "T033",
            Span::on(n, p.before + 1, 1),
            format!("ngoặc {open} mở ở đây không có ngoặc {close} đóng"),
            format!("the {open} that opens here has no {close}"),
        )
        .fix(
            format!("Thêm {close} vào cuối, hoặc viết mỗi mục một dòng, bắt đầu bằng gạch đầu dòng “- ”."),
            format!("Add {close}, or write one item a line, each starting with “- ”."),
        );
    Some((fault, None))
}

/// T034: a line that is no `key: value`.
fn no_colon(source: &Source, i: usize, line: &str) -> Found {
    let indent = line.chars().take_while(|c| *c == ' ').count();
    let body = line.trim();
    let place = Span::on(i + 1, indent + 1, body.chars().count());
    if let Some((key, value)) =
        body.split_once(':').filter(|(k, _)| k.chars().all(|c| c.is_alphanumeric() || c == '_'))
    {
        let fault = source
            .error(
                "T034",
                Span::on(i + 1, indent + key.chars().count() + 1, 1),
                "sau dấu hai chấm phải có một dấu cách",
                "a space must follow the colon",
            )
            .fix(format!("Sửa: {key}: {value}"), format!("Write: {key}: {value}"));
        let head: String = line.chars().take(indent).collect();
        return (fault, Some((i, format!("{head}{key}: {value}"))));
    }
    let fault = source
        .error("T038", place, "dòng này không có khóa và dấu hai chấm", "this line has no key and colon")
        .why(
            "Mỗi dòng viết theo mẫu   khóa: giá trị. Nội dung dài của bài đặt trong tệp noi-dung.md, không đặt ở đây.",
            "Each line reads   key: value. The text of a post belongs into noi-dung.md, not here.",
        )
        .fix(
            "Nếu dòng này nối tiếp dòng trên, ghép vào cuối dòng trên; nếu là ghi chú, thêm “# ” ở đầu.",
            "If it continues the line above, join them; if it is a note, put “# ” before it.",
        );
    let head: String = line.chars().take(indent).collect();
    (fault, Some((i, format!("{head}# {body}"))))
}

/// T017: `!` at the start of a value is a tag.
pub fn exclamation(source: &Source, span: Span) -> Fault {
    let line = source.line(span.line).unwrap_or_default();
    let p = parts(line);
    let key = p.key.unwrap_or("…");
    source
        .error("T017", span, "dấu ! ở đầu giá trị là lệnh của YAML, Loa không dùng", "! at the start of a value is a YAML tag; Loa uses none")
        .fix(
            format!("Nếu là chữ: đặt trong ngoặc kép, viết   {key}: \"{}\". Nếu không: bỏ dấu ! và chữ dính liền.", p.value),
            format!("If it is text, put it in double quotes:   {key}: \"{}\". Else remove it.", p.value),
        )
}

/// T026: `{{fact …}}` in YAML.
pub fn braces(source: &Source, span: Span) -> Fault {
    source
        .error(
            "T026",
            span,
            "{{…}} chỉ dùng trong các tệp chữ (.md), không dùng ở đây",
            "{{…}} belongs into the texts (.md), not here",
        )
        .fix(
            "Chuyển câu này sang noi-dung.md, hoặc viết thẳng nội dung.",
            "Move the sentence to noi-dung.md, or write the words themselves.",
        )
}

#[cfg(test)]
mod tests {
    use super::super::parse;

    fn codes(text: &str) -> Vec<&'static str> {
        parse("t", text).faults.iter().map(|f| f.code).collect()
    }

    #[test]
    fn each_slip_has_its_name() {
        for (text, code) in [
            ("title: **Miễn phí** hai năm\n", "T012"),
            ("telegram: @so_vhttdl\n", "T013"),
            ("title: !Khẩn\n", "T017"),
            ("title: !khan abc\n", "T017"),
            ("title: \"Chương trình\" giai đoạn 2025\n", "T018"),
            ("title: 'Chương trình' giai đoạn 2025\n", "T018"),
            ("title: \"Chương trình\nauthor: x\n", "T019"),
            ("title: Hộ kinh doanh: hiện diện trực tuyến\n", "T016"),
            ("tags: [a, b #c]\n", "T015"),
            ("tags: [a, b\nauthor: x\n", "T033"),
            ("author: x\ntitle:Hộ\nb: c\n", "T034"),
            ("author: x\nmột dòng chữ\nb: c\n", "T038"),
            ("a: - b\n", "T037"),
            ("text: > abc\n", "T036"),
            ("a: {{fact \"x\"}}\n", "T026"),
            ("send:\n  - a: 1\n   b: 2\n", "T025"),
            ("title: x\n  author: y\n", "T025"),
            ("title: %a\n", "T013"),
            ("send:\n  – channel: email\n    to: so\n", "T040"),
            ("title: x\nauthor：lan\nfor: y\n", "T040"),
            ("title：x\nauthor: lan\n", "T040"),
        ] {
            assert!(codes(text).contains(&code), "{text:?}: {:?}", codes(text));
        }
    }

    #[test]
    fn one_slip_does_not_hide_the_next() {
        let p = parse("t", "title: A: b\ntelegram: @x\nlink: \"y\nowner: so\n");
        assert_eq!(
            p.faults.iter().map(|f| (f.code, f.line)).collect::<Vec<_>>(),
            [("T016", 1), ("T013", 2), ("T019", 3)]
        );
        let root = p.root.unwrap();
        assert_eq!(root.str("owner"), Some("so"));
        assert_eq!(root.str("title"), Some("A: b"));
    }
}
