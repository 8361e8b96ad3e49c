//! Events of `saphyr-parser` to a tree with positions; bounded in size, depth and expansion.
//!
//! A syntax slip that has an obvious reading (a value that needed quotes) is reported, read through in memory, and the
//! parse goes on, so that one slip does not hide the rest of the file.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle};
use unicode_normalization::UnicodeNormalization;

use super::fault::{Fault, Severity};
use super::source::Source;
use super::{slip, trap};

/// Largest file, in bytes.
pub const MAX_BYTES: usize = 1 << 20;
/// Deepest nesting.
pub const MAX_DEPTH: usize = 64;
/// Most nodes in a file, aliases expanded.
const MAX_NODES: usize = 200_000;
/// Most bytes of text that aliases may repeat.
const MAX_REPEATED: usize = 1 << 20;
/// Most anchors in a file.
const MAX_ANCHORS: usize = 100;
/// Most syntax slips read through in one file.
const MAX_SLIPS: usize = 30;

/// Where something stands: lines and columns from 1, in code points; the end is exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Span {
    /// First line.
    pub line: usize,
    /// First column.
    pub column: usize,
    /// Last line.
    pub end_line: usize,
    /// Column after the last.
    pub end_column: usize,
}

impl Span {
    /// A place on one line.
    pub fn on(line: usize, column: usize, width: usize) -> Self {
        Self { line, column, end_line: line, end_column: column + width }
    }
    fn of(span: saphyr_parser::Span) -> Self {
        Self {
            line: span.start.line(),
            column: span.start.col() + 1,
            end_line: span.end.line(),
            end_column: span.end.col() + 1,
        }
    }
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Without quotes.
    Plain,
    /// In quotes.
    Quoted,
    /// `|` or `>`.
    Block,
}

/// A key as written, and the name it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyText {
    /// The name, canonical once a shape was applied.
    pub name: String,
    /// As written.
    pub written: String,
    /// Where.
    pub span: Span,
    /// How.
    pub style: Style,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text (NFC).
    Scalar {
        /// The value.
        text: String,
        /// How it is written.
        style: Style,
    },
    /// A list.
    List(Vec<Node>),
    /// A mapping, in order; keys may repeat (that is reported).
    Map(Vec<(KeyText, Node)>),
}

/// A value with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// Where it stands.
    pub span: Span,
    /// True inside `{}` or `[]`.
    pub flow: bool,
}

impl Node {
    /// True for an empty value, `~` and `null`.
    pub fn is_null(&self) -> bool {
        matches!(&self.kind, Kind::Scalar { text, style: Style::Plain } if matches!(text.as_str(), "" | "~" | "null"))
    }
    /// The text of a scalar that is not empty.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar { text, .. } if !self.is_null() => Some(text),
            Kind::Scalar { .. } | Kind::List(_) | Kind::Map(_) => None,
        }
    }
    /// How a scalar is written.
    pub fn style(&self) -> Option<Style> {
        match &self.kind {
            Kind::Scalar { style, .. } => Some(*style),
            Kind::List(_) | Kind::Map(_) => None,
        }
    }
    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries().iter().find(|(k, _)| k.name == key).map(|(_, v)| v).filter(|v| !v.is_null())
    }
    /// The text of a key.
    pub fn str(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Node::text)
    }
    /// The entries of a mapping; none for anything else.
    pub fn entries(&self) -> &[(KeyText, Node)] {
        match &self.kind {
            Kind::Map(m) => m,
            Kind::Scalar { .. } | Kind::List(_) => &[],
        }
    }
    /// The items of a list; a scalar or mapping is a list of itself, nothing is an empty list.
    pub fn items(&self) -> &[Node] {
        match &self.kind {
            Kind::List(l) => l,
            Kind::Scalar { .. } if self.is_null() => &[],
            Kind::Scalar { .. } | Kind::Map(_) => std::slice::from_ref(self),
        }
    }
    /// The items under a key.
    pub fn list(&self, key: &str) -> &[Node] {
        self.get(key).map_or(&[], Node::items)
    }
    /// Nodes and bytes of text in it.
    fn weight(&self) -> (usize, usize) {
        match &self.kind {
            Kind::Scalar { text, .. } => (1, text.len()),
            Kind::List(l) => l.iter().map(Node::weight).fold((1, 0), |a, b| (a.0 + b.0, a.1 + b.1)),
            Kind::Map(m) => m.iter().fold((1, 0), |a, (k, v)| {
                let w = v.weight();
                (a.0 + w.0 + 1, a.1 + w.1 + k.name.len())
            }),
        }
    }
}

/// A file read: its tree as far as it could be read, and every fault of its text.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// `None`: nothing in it, or not readable.
    pub root: Option<Node>,
    /// Faults found so far; whoever checks shapes adds its own.
    pub faults: Vec<Fault>,
    /// The text.
    pub source: Source,
}

/// Reads bytes: refuses what is no UTF-8 and what is too long.
pub fn parse_bytes(file: &str, bytes: &[u8]) -> Parsed {
    let refuse = |fault: Fault| Parsed { root: None, faults: vec![fault], source: Source::new(file, "") };
    if bytes.len() > MAX_BYTES {
        return refuse(too_long(file, bytes.len()));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => parse(file, text),
        Err(_) => refuse(not_utf8(file)),
    }
}

/// The fault of a file that is no UTF-8.
pub fn not_utf8(file: &str) -> Fault {
    Fault::file(
        "T001",
        Severity::Error,
        file,
        "tệp này không phải chữ Unicode UTF-8 nên không đọc được",
        "this file is not UTF-8 text and cannot be read",
    )
    .fix(
        "Mở tệp bằng Notepad, chọn Lưu thành (Save As), ở ô Mã hóa (Encoding) chọn UTF-8, rồi lưu lại.",
        "Open it in an editor and save it with the encoding UTF-8.",
    )
}

/// The fault of a file that nests too deep.
pub fn too_deep(source: &Source, span: Span) -> Fault {
    source
        .error(
            "T003",
            span,
            "lồng nhau quá 64 tầng, Loa không đọc tiếp",
            "nested deeper than 64 levels; reading stopped",
        )
        .fix(
            "Thường là do một ngoặc không đóng: xóa các ngoặc hoặc các dòng thụt thừa.",
            "Usually a bracket was never closed: delete what is too much.",
        )
}

/// The fault of a file that is too long.
pub fn too_long(file: &str, bytes: usize) -> Fault {
    Fault::file(
        "T002",
        Severity::Error,
        file,
        format!("tệp dài {} KB, quá mức 1.024 KB; Loa không mở", bytes / 1024),
        format!("the file has {} KB, more than the 1,024 KB allowed; it was not opened", bytes / 1024),
    )
    .fix(
        "Chữ của bài để ở tệp .md; hình, âm thanh và văn bản để trong bộ tư liệu, không dán vào tệp này.",
        "Keep texts in .md files, and pictures, sound and documents in the media kit, not in this file.",
    )
}

/// Reads text into a tree.
pub fn parse(file: &str, text: &str) -> Parsed {
    if text.len() > MAX_BYTES {
        return Parsed {
            root: None,
            faults: vec![too_long(file, text.len())],
            source: Source::new(file, ""),
        };
    }
    let source = Source::new(file, text);
    let (mut faults, mut lines) = trap::before(&source);
    let whitespace = faults.iter().any(|f| f.severity == Severity::Error);
    let mut slips = 0;
    loop {
        let readable = lines.join("\n");
        match build(&readable, &source) {
            Ok((root, found)) => {
                faults.extend(found);
                let mut root = root;
                if let Some(r) = &mut root {
                    trap::after(r, &source, &mut faults);
                }
                faults.sort_by_key(|f| (f.line, f.column));
                return Parsed { root, faults, source };
            }
            Err(Stop::Bound(fault)) => {
                faults.push(*fault);
                return Parsed { root: None, faults, source };
            }
            Err(Stop::Document(line)) => {
                let marker =
                    lines.iter().take(line).rposition(|l| l.starts_with("---") || l.starts_with("..."));
                let at = marker.unwrap_or(line.saturating_sub(1)).min(lines.len().saturating_sub(1));
                faults.push(second_document(&source, at + 1));
                slips += 1;
                if slips >= MAX_SLIPS || marker.is_none() {
                    return Parsed { root: None, faults, source };
                }
                lines[at] = String::new();
            }
            Err(Stop::Syntax(e)) => {
                let (fault, repaired) = slip::explain(&source, &lines, &e);
                let known = faults.iter().any(|f| f.line == fault.line && f.code == fault.code);
                // After a fault of white space a syntax error is most likely its echo.
                let echo = whitespace && matches!(fault.code, "T009" | "T025");
                if !known && !echo {
                    faults.push(fault);
                }
                slips += 1;
                match repaired {
                    Some((at, line)) if slips < MAX_SLIPS && lines.get(at).is_some_and(|l| *l != line) => {
                        lines[at] = line;
                    }
                    Some(_) | None => {
                        faults.sort_by_key(|f| (f.line, f.column));
                        return Parsed { root: None, faults, source };
                    }
                }
            }
        }
    }
}

enum Stop {
    Syntax(saphyr_parser::ScanError),
    /// A second document begins on this line.
    Document(usize),
    Bound(Box<Fault>),
}

enum Open {
    List { items: Vec<Node>, span: Span, anchor: usize, flow: bool },
    Map { entries: Vec<(KeyText, Node)>, key: Option<KeyText>, span: Span, anchor: usize, flow: bool },
}

/// One pass over the events.
fn build(text: &str, source: &Source) -> Result<(Option<Node>, Vec<Fault>), Stop> {
    let mut stack: Vec<Open> = vec![];
    let mut root = None;
    let mut faults: Vec<Fault> = vec![];
    let mut anchors: HashMap<usize, Node> = HashMap::new();
    let (mut nodes, mut repeated, mut documents) = (0usize, 0usize, 0usize);
    let chars: Vec<char> = text.chars().collect();
    let mut parser = Parser::new_from_str(text);
    let bound = |code, span, vi: &str, en: &str| Stop::Bound(Box::new(source.error(code, span, vi, en)));
    while let Some(event) = parser.next_event() {
        let (event, raw) = event.map_err(Stop::Syntax)?;
        let span = Span::of(raw);
        let starts_flow = matches!(chars.get(raw.start.index()), Some('{' | '['));
        nodes += 1;
        if nodes > MAX_NODES {
            return Err(bound(
                "T004",
                span,
                "tệp có quá nhiều mục, Loa dừng đọc ở đây",
                "too many items; reading stopped here",
            ));
        }
        let done = match event {
            Event::StreamStart | Event::Nothing | Event::DocumentEnd => None,
            Event::StreamEnd => break,
            Event::DocumentStart(_) => {
                documents += 1;
                if documents > 1 {
                    return Err(Stop::Document(span.line));
                }
                None
            }
            Event::SequenceStart(anchor, tag) | Event::MappingStart(anchor, tag)
                if stack.len() >= MAX_DEPTH =>
            {
                let _ = (anchor, tag);
                return Err(Stop::Bound(Box::new(too_deep(source, span))));
            }
            Event::SequenceStart(anchor, tag) => {
                refuse_tag(tag.is_some(), source, span, &mut faults);
                stack.push(Open::List { items: vec![], span, anchor, flow: starts_flow });
                None
            }
            Event::MappingStart(anchor, tag) => {
                refuse_tag(tag.is_some(), source, span, &mut faults);
                stack.push(Open::Map { entries: vec![], key: None, span, anchor, flow: starts_flow });
                None
            }
            Event::SequenceEnd | Event::MappingEnd => stack.pop().map(|open| match open {
                Open::List { items, span: start, anchor, flow } => {
                    (Node { kind: Kind::List(items), span: join(start, span), flow }, anchor)
                }
                Open::Map { entries, span: start, anchor, flow, .. } => {
                    (Node { kind: Kind::Map(entries), span: join(start, span), flow }, anchor)
                }
            }),
            Event::Scalar(value, style, anchor, tag) => {
                refuse_tag(tag.is_some(), source, span, &mut faults);
                let style = match style {
                    ScalarStyle::Plain => Style::Plain,
                    ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Style::Quoted,
                    ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
                };
                let flow = stack.last().is_some_and(is_flow);
                Some((Node { kind: Kind::Scalar { text: value.nfc().collect(), style }, span, flow }, anchor))
            }
            Event::Alias(id) => {
                let node = anchors.get(&id).cloned();
                let (n, bytes) = node.as_ref().map_or((0, 0), Node::weight);
                nodes += n;
                repeated += bytes;
                if nodes > MAX_NODES || repeated > MAX_REPEATED {
                    return Err(bound(
                        "T004",
                        span,
                        "chỗ này chép lại (*) quá nhiều lần, tệp phình ra quá lớn; Loa không đọc tiếp",
                        "this alias repeats too much; the file would grow without bound and was not read",
                    ));
                }
                let null = Node {
                    kind: Kind::Scalar { text: String::new(), style: Style::Plain },
                    span,
                    flow: true,
                };
                Some((node.map_or(null, |n| Node { span, ..n }), 0))
            }
        };
        let Some((node, anchor)) = done else { continue };
        if anchor > 0 {
            let (_, bytes) = node.weight();
            repeated += bytes / 8;
            if anchors.len() >= MAX_ANCHORS || repeated > MAX_REPEATED {
                return Err(bound(
                    "T004",
                    node.span,
                    "quá nhiều điểm neo (&) trong một tệp",
                    "too many anchors (&) in one file",
                ));
            }
            anchors.insert(anchor, node.clone());
        }
        match stack.last_mut() {
            None => root = root.or(Some(node)),
            Some(Open::List { items, .. }) => items.push(node),
            Some(Open::Map { entries, key, .. }) => match key.take() {
                None => *key = Some(as_key(node, source, &mut faults)),
                Some(k) => {
                    if let Some((first, _)) = entries.iter().find(|(e, _)| e.name == k.name) {
                        faults.push(duplicate(source, &k, first.span.line));
                    }
                    entries.push((k, node));
                }
            },
        }
    }
    Ok((root.filter(|r| !r.is_null()), faults))
}

/// The fault of a second document in a file.
fn second_document(source: &Source, line: usize) -> Fault {
    source
        .error(
            "T005",
            Span::on(line, 1, 3),
            "dấu --- này bắt đầu một tài liệu thứ hai trong cùng một tệp",
            "this --- starts a second document in the same file",
        )
        .fix(
            "Mỗi tệp chỉ chứa một tài liệu: bỏ dòng ---, hoặc chuyển phần sau sang tệp khác.",
            "One file holds one document: remove the line ---, or move what follows to another file.",
        )
}

/// The fault of a key written twice.
pub fn duplicate(source: &Source, key: &KeyText, first: usize) -> Fault {
    source
        .error(
            "T007",
            key.span,
            format!("khóa “{}” đã có ở dòng {first}", key.written),
            format!("the key “{}” already stands on line {first}", key.written),
        )
        .why(
            "Mỗi khóa chỉ viết một lần; Loa không đoán dòng nào đúng.",
            "A key stands once; Loa does not guess which line is right.",
        )
        .fix(
            format!("Giữ một trong hai dòng {first} và {}, xóa dòng kia.", key.span.line),
            format!("Keep one of the lines {first} and {}, delete the other.", key.span.line),
        )
}

fn is_flow(open: &Open) -> bool {
    match open {
        Open::List { flow, .. } | Open::Map { flow, .. } => *flow,
    }
}

fn join(a: Span, b: Span) -> Span {
    Span { end_line: b.end_line, end_column: b.end_column, ..a }
}

fn as_key(node: Node, source: &Source, faults: &mut Vec<Fault>) -> KeyText {
    match node.kind {
        Kind::Scalar { text, style } => {
            KeyText { name: text.trim().to_owned(), written: text, span: node.span, style }
        }
        Kind::List(_) | Kind::Map(_) => {
            let line = source.line(node.span.line).unwrap_or_default();
            let fault = if line.contains("{{") {
                slip::braces(source, node.span)
            } else {
                source
                    .error(
                        "T035",
                        node.span,
                        "khóa phải là một từ, không phải danh sách hay ngoặc",
                        "a key must be a word",
                    )
                    .fix(
                        "Nếu đây là nội dung chứ không phải khóa, đặt cả dòng trong ngoặc kép.",
                        "If this is content and not a key, put all of it in double quotes.",
                    )
            };
            faults.push(fault);
            KeyText { name: "?".into(), written: "?".into(), span: node.span, style: Style::Plain }
        }
    }
}

fn refuse_tag(tagged: bool, source: &Source, span: Span, faults: &mut Vec<Fault>) {
    if tagged {
        // The span is that of the value; the tag stands before it on the line, if it is on this line at all.
        let line = source.line(span.line).unwrap_or_default();
        let at = line.chars().position(|c| c == '!');
        let place = at.map_or(span, |i| {
            Span::on(span.line, i + 1, line.chars().skip(i).take_while(|c| !c.is_whitespace()).count())
        });
        faults.push(slip::exclamation(source, place));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(text: &str) -> Vec<&'static str> {
        parse("t.yaml", text).faults.iter().map(|f| f.code).collect()
    }

    #[test]
    fn places_are_those_of_the_file() {
        let p = parse("t", "\u{feff}tiêu_đề: Hộ kinh doanh\nsend:\n  - to: so\n");
        assert!(p.faults.is_empty(), "{:?}", p.faults);
        let root = p.root.unwrap();
        assert_eq!(root.entries()[0].1.span, Span::on(1, 10, 13));
        let to = root.list("send")[0].get("to").unwrap();
        assert_eq!((to.span.line, to.span.column, to.text()), (3, 9, Some("so")));
    }

    #[test]
    fn bombs_are_refused() {
        let mut bomb = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
        for i in 1..12 {
            let prev = format!("*a{}", i - 1);
            bomb += &format!("a{i}: &a{i} [{}]\n", vec![prev; 10].join(","));
        }
        assert!(codes(&bomb).contains(&"T004"), "{:?}", codes(&bomb));
        assert!(codes(&format!("a: {}", "[".repeat(100))).contains(&"T003"));
        assert!(codes(&"- ".repeat(100)).contains(&"T003"));
        assert_eq!(codes(&"a".repeat(MAX_BYTES + 1)), ["T002"]);
        assert_eq!(codes("a: 1\n---\nb: 2\n"), ["T005"]);
        assert_eq!(codes("a: &x 1\nb: *x\n"), [""; 0]);
    }

    #[test]
    fn a_file_that_is_not_text_is_refused() {
        assert_eq!(parse_bytes("t", &[0xff, 0xfe, b'a', 0]).faults[0].code, "T001");
    }
}
