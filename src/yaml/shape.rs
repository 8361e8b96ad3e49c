//! What a file may say, as a table: keys with their Vietnamese alias, types, documentation; and the check against it.
//!
//! One table drives unknown keys with "did you mean", types, missing keys, Vietnamese key words, the JSON Schema for
//! editors and the hover texts in them, so that they cannot disagree. The check also *normalises*: keys become their
//! canonical name, words of an enumeration their canonical value; the positions stay those of the file.

mod words;

pub use words::describe;
use words::{spoken_for, what};

use super::fault::{Fault, Say, Severity};
use super::source::Source;
use super::tree::{Kind, Node, Span, Style, duplicate};
use super::value::{self, Value};
use super::{closest, fold};

/// A mapping with known keys.
#[derive(Debug)]
pub struct Shape {
    /// What it is, in Vietnamese.
    pub vi: &'static str,
    /// What it is, in English.
    pub en: &'static str,
    /// Its keys, in the order they are best written.
    pub keys: &'static [Key],
    /// True if keys of its own beside these are passed through unchecked (settings of a transport's kind).
    pub open: bool,
}

/// A key of a [`Shape`].
#[derive(Debug)]
pub struct Key {
    /// Canonical English name.
    pub name: &'static str,
    /// The Vietnamese word, without marks; empty if it has none.
    pub alias: &'static str,
    /// True if it must stand.
    pub required: bool,
    /// What it holds.
    pub ty: Type,
    /// Meaning, in Vietnamese.
    pub vi: &'static str,
    /// Meaning, in English.
    pub en: &'static str,
}

/// What a value may be.
#[derive(Clone, Copy, Debug)]
pub enum Type {
    /// Prose or a name; bare numbers, times and `no` are refused.
    Text,
    /// Text in which bare digits are fine (chat ids).
    Code,
    /// An id: a slug.
    Id,
    /// `true`/`false`, `có`/`không`.
    Bool,
    /// A whole number between two bounds.
    Int(i64, i64),
    /// A scalar of its own kind.
    Value(&'static Value),
    /// One of some words.
    Enum(&'static [Word]),
    /// A list; one item may stand without a dash.
    List(&'static Type),
    /// A mapping.
    One(&'static Shape),
    /// A mapping from ids to values.
    Entries(&'static Type),
    /// A mapping from some scalar to values.
    Keyed(&'static Value, &'static Type),
    /// The first if a scalar stands there, otherwise the second.
    Either(&'static Type, &'static Type),
    /// Anything; whoever reads it checks.
    Any,
}

/// A word of an enumeration.
#[derive(Debug)]
pub struct Word {
    /// Canonical.
    pub name: &'static str,
    /// As people write it in Vietnamese; the first is shown.
    pub vi: &'static [&'static str],
}

/// What a check needs beside the shape.
pub struct Check<'a> {
    /// The file.
    pub source: &'a Source,
    /// Where faults go.
    pub faults: &'a mut Vec<Fault>,
    /// True if Vietnamese key words are allowed in this file.
    pub aliases: bool,
    english: Option<(String, Span)>,
    vietnamese: Option<(String, Span)>,
}

impl<'a> Check<'a> {
    /// A check of one file.
    pub fn new(source: &'a Source, faults: &'a mut Vec<Fault>, aliases: bool) -> Self {
        Self { source, faults, aliases, english: None, vietnamese: None }
    }

    /// Checks a whole file and normalises it.
    pub fn file(mut self, root: &mut Node, shape: &Shape) {
        self.shape(root, shape);
        if let (Some((en, _)), Some((vi, span))) = (&self.english, &self.vietnamese) {
            self.faults.push(
                self.source
                    .fault(
                        "T031",
                        Severity::Warning,
                        *span,
                        Say::new(
                            "tệp này trộn khóa tiếng Việt với khóa tiếng Anh",
                            "this file mixes Vietnamese and English keys",
                        ),
                    )
                    .why(format!("Có cả “{vi}” và “{en}”."), format!("Both “{vi}” and “{en}” stand in it."))
                    .fix("Chọn một thứ tiếng cho cả tệp.", "Choose one language for the whole file.")
                    .meanwhile("Loa vẫn đọc đúng.", "Loa reads it all the same."),
            );
        }
    }

    /// Checks a mapping.
    pub fn shape(&mut self, node: &mut Node, shape: &Shape) {
        let span = node.span;
        if !matches!(node.kind, Kind::Map(_)) {
            self.not_a_mapping(node, shape);
            return;
        }
        let Kind::Map(entries) = &mut node.kind else { return };
        let mut seen: Vec<(&'static str, usize)> = vec![];
        for (key, value) in entries.iter_mut() {
            let Some(known) = self.key(key, shape) else { continue };
            if key.name != known.name {
                key.name = known.name.to_owned();
            }
            if let Some((_, first)) = seen.iter().find(|(n, _)| *n == known.name) {
                // The parser already spoke of a key that stands twice in the same spelling.
                if !self.faults.iter().any(|f| f.code == "T007" && f.line == key.span.line) {
                    self.faults.push(duplicate(self.source, key, *first));
                }
                continue;
            }
            seen.push((known.name, key.span.line));
            if value.is_null() || known.required && hollow(value) {
                if known.required {
                    let spoken = self.faults.iter().any(|f| f.line == key.span.line);
                    if !spoken {
                        let (vi, en) = describe(&known.ty);
                        let fault = self
                            .source
                            .error(
                                "K006",
                                key.span,
                                format!("“{}” còn trống", key.written),
                                format!("“{}” is empty", key.written),
                            )
                            .why(known.vi, known.en)
                            .fix(
                                format!("Viết sau dấu hai chấm: {vi}."),
                                format!("Write after the colon: {en}."),
                            );
                        self.faults.push(fault);
                    }
                }
                continue;
            }
            self.value(value, &known.ty, &key.written);
        }
        for key in shape.keys.iter().filter(|k| k.required) {
            if !seen.iter().any(|(n, _)| *n == key.name) {
                let shown = self.shown(key);
                let (vi, en) = describe(&key.ty);
                let place = Span { end_line: span.line, end_column: span.column + 1, ..span };
                let fault = self
                    .source
                    .error(
                        "K003",
                        place,
                        format!("{} thiếu dòng “{shown}”", shape.vi),
                        format!("{} lacks “{shown}”", shape.en),
                    )
                    .why(key.vi, key.en)
                    .fix(
                        format!("Thêm dòng   {shown}: …   ({vi})"),
                        format!("Add a line   {shown}: …   ({en})"),
                    );
                self.faults.push(fault);
            }
        }
    }

    /// A key's name in the language the file is written in.
    fn shown<'k>(&self, key: &'k Key) -> &'k str {
        if self.aliases && self.vietnamese.is_some() && self.english.is_none() && !key.alias.is_empty() {
            key.alias
        } else {
            key.name
        }
    }

    fn not_a_mapping(&mut self, node: &Node, shape: &Shape) {
        let (found_vi, found_en) = what(node);
        let first = shape.keys.first().map_or("title", |k| self.shown(k)).to_owned();
        let fault = self
            .source
            .error(
                "K004",
                node.span,
                format!("chỗ này phải là {}, đang là {found_vi}", shape.vi),
                format!("{} belongs here, not {found_en}", shape.en),
            )
            .fix(
                format!("Viết mỗi ý một dòng theo mẫu   {first}: …"),
                format!("Write one line each, such as   {first}: …"),
            );
        self.faults.push(fault);
    }

    /// The key of the shape that was meant, after speaking about it if need be.
    fn key<'k>(&mut self, key: &super::tree::KeyText, shape: &'k Shape) -> Option<&'k Key> {
        if key.name == "?" {
            return None; // the parser has spoken of a key that is no word
        }
        if let Some((at, sign, meant)) = super::trap::word_sign(&key.written) {
            let place = Span::on(key.span.line, key.span.column + at, 1);
            self.faults.push(super::trap::word_fault(self.source, place, sign, &format!("{meant}: …")));
            return None;
        }
        let word = fold(&key.written);
        if let Some(k) = shape.keys.iter().find(|k| k.name == key.name) {
            // A key without a Vietnamese word (`cron`) belongs to both languages.
            if !k.alias.is_empty() && k.alias != k.name {
                self.english.get_or_insert((key.written.clone(), key.span));
            }
            return Some(k);
        }
        if let Some(k) = shape.keys.iter().find(|k| !k.alias.is_empty() && k.alias == word) {
            if self.aliases {
                self.vietnamese.get_or_insert((key.written.clone(), key.span));
            } else {
                let fault = self
                    .source
                    .error(
                        "K002",
                        key.span,
                        format!("trong tệp này khóa “{}” viết là “{}”", key.written, k.name),
                        format!("the key “{}” is “{}” here", key.written, k.name),
                    )
                    .fix(
                        format!(
                            "Sửa: {}: …   (khóa tiếng Việt chỉ dùng trong campaign.yaml và post.yaml)",
                            k.name
                        ),
                        format!(
                            "Write {}: …   (Vietnamese keys are for campaign.yaml and post.yaml only)",
                            k.name
                        ),
                    );
                self.faults.push(fault);
            }
            return Some(k);
        }
        if shape.open {
            return None;
        }
        let prose = key.written.split_whitespace().count() > 3 && key.style == Style::Plain;
        let candidates = shape.keys.iter().flat_map(|k| {
            [k.name, if self.aliases { k.alias } else { "" }].into_iter().filter(|s| !s.is_empty())
        });
        let near = spoken_for(&word)
            .filter(|n| shape.keys.iter().any(|k| k.name == *n))
            .or_else(|| closest(&key.written, candidates));
        let near = near.filter(|_| !prose);
        let mut fault = self.source.error(
            "K001",
            key.span,
            format!("{} không có khóa “{}”", shape.vi, key.written),
            format!("{} has no key “{}”", shape.en, key.written),
        );
        let meant = near.and_then(|n| shape.keys.iter().find(|k| k.name == n || k.alias == n));
        if let Some(k) = meant {
            let shown = near.filter(|n| *n == k.alias).unwrap_or(k.name);
            fault = fault.maybe(shown, Some(Say::new(k.vi, k.en)));
        } else {
            let all: Vec<&str> = shape.keys.iter().map(|k| self.shown(k)).collect();
            fault = fault.fix(
                format!("Các khóa dùng được ở đây: {}.", all.join(", ")),
                format!("Keys that may stand here: {}.", all.join(", ")),
            );
        }
        self.faults.push(fault);
        meant
    }

    /// Checks a value.
    pub fn value(&mut self, node: &mut Node, ty: &Type, key: &str) {
        match ty {
            Type::Any => {}
            Type::One(shape) => self.shape(node, shape),
            Type::Either(scalar, other) => {
                if matches!(node.kind, Kind::Scalar { .. }) {
                    self.value(node, scalar, key);
                } else {
                    self.value(node, other, key);
                }
            }
            Type::List(item) => match &mut node.kind {
                Kind::List(items) => {
                    for i in items {
                        if i.is_null() {
                            let f = self
                                .source
                                .error(
                                    "K006",
                                    i.span,
                                    "gạch đầu dòng này không có gì phía sau",
                                    "nothing follows this dash",
                                )
                                .fix("Viết thêm, hoặc xóa dòng này.", "Complete the line or delete it.");
                            self.faults.push(f);
                        } else {
                            self.value(i, item, key);
                        }
                    }
                }
                Kind::Map(_) if !matches!(item, Type::One(_) | Type::Either(..)) => self.wrong(node, ty, key),
                Kind::Map(_) | Kind::Scalar { .. } => self.value(node, item, key),
            },
            Type::Entries(item) => {
                let Kind::Map(entries) = &mut node.kind else { return self.wrong(node, ty, key) };
                for (k, v) in entries {
                    if !is_id(&k.name) {
                        let f = id_fault(self.source, &k.written, k.span);
                        self.faults.push(f);
                    }
                    if v.is_null() {
                        let (vi, en) = describe(item);
                        let f = self
                            .source
                            .error(
                                "K006",
                                k.span,
                                format!("“{}” còn trống", k.written),
                                format!("“{}” is empty", k.written),
                            )
                            .fix(
                                format!("Viết sau dấu hai chấm: {vi}."),
                                format!("Write after the colon: {en}."),
                            );
                        self.faults.push(f);
                    } else {
                        self.value(v, item, &k.written.clone());
                    }
                }
            }
            Type::Keyed(of, item) => {
                let Kind::Map(entries) = &mut node.kind else { return self.wrong(node, ty, key) };
                for (k, v) in entries {
                    if let Err(say) = (of.read)(&k.name) {
                        let f = read_fault(self.source, of, &k.written, k.span, say);
                        self.faults.push(f);
                    }
                    if !v.is_null() {
                        self.value(v, item, &k.written.clone());
                    }
                }
            }
            Type::Text
            | Type::Code
            | Type::Id
            | Type::Bool
            | Type::Int(..)
            | Type::Value(_)
            | Type::Enum(_) => {
                self.scalar(node, ty, key);
            }
        }
    }

    fn wrong(&mut self, node: &Node, ty: &Type, key: &str) {
        if node.span.line == 0 {
            return;
        }
        let line = self.source.line(node.span.line).unwrap_or_default();
        if line.contains("{{") {
            if self.faults.iter().any(|f| f.code == "T026" && f.line == node.span.line) {
                return;
            }
            let f = super::slip::braces(self.source, node.span);
            self.faults.push(f);
            return;
        }
        let (vi, en) = describe(ty);
        let (found_vi, found_en) = what(node);
        let f = self.source.error(
            "K004",
            node.span,
            format!("“{key}” phải là {vi}, đang là {found_vi}"),
            format!("“{key}” must be {en}, not {found_en}"),
        );
        let f = match ty {
            Type::Text | Type::Code | Type::Id | Type::Value(_) | Type::Enum(_) => f.fix(
                format!("Viết một giá trị ngay sau “{key}:”, không xuống dòng thành mục con."),
                format!("Write one value right after “{key}:”, no lines below it."),
            ),
            Type::Entries(_) | Type::Keyed(..) => {
                f.fix("Viết mỗi mục một dòng theo mẫu   mã: nội dung", "Write one line each:   id: words")
            }
            Type::List(_) => f.fix(
                "Viết mỗi mục một dòng, bắt đầu bằng “- ”.",
                "Write one item a line, each starting with “- ”.",
            ),
            Type::Bool | Type::Int(..) => f.fix(
                format!("Viết một giá trị ngay sau “{key}:”, không xuống dòng thành mục con."),
                format!("Write one value right after “{key}:”, no lines below it."),
            ),
            Type::One(_) | Type::Either(..) | Type::Any => f.fix(
                format!("Xuống dòng sau “{key}:”, lùi vào 2 dấu cách, viết mỗi ý một dòng theo mẫu   khóa: giá trị"),
                format!("Start a new line after “{key}:”, indented by two spaces, one   key: value   a line"),
            ),
        };
        self.faults.push(f);
    }

    fn scalar(&mut self, node: &mut Node, ty: &Type, key: &str) {
        let span = node.span;
        let Kind::Scalar { text, style } = &mut node.kind else {
            return self.wrong(node, ty, key);
        };
        let plain = *style == Style::Plain;
        // Prose may stand in curly quotes; anything else was to be quoted.
        if plain
            && !matches!(ty, Type::Text | Type::Code)
            && let Some(inner) = super::trap::uncurled(text)
        {
            let sign = text.trim().chars().next().unwrap_or('“');
            self.faults.push(super::trap::word_fault(self.source, span, sign, inner));
            *text = inner.to_owned();
        }
        match ty {
            Type::Text | Type::Code => {
                let written = text.clone();
                if text.trim().is_empty() {
                    let f = self
                        .source
                        .error("K006", span, format!("“{key}” còn trống"), format!("“{key}” is empty"))
                        .fix("Viết nội dung, hoặc bỏ cả dòng.", "Write something, or remove the line.");
                    self.faults.push(f);
                } else if plain && matches!(ty, Type::Text) {
                    self.text_traps(&written, span, key);
                }
            }
            Type::Id => {
                if !is_id(text) {
                    let f = id_fault(self.source, text, span);
                    self.faults.push(f);
                }
            }
            Type::Bool => match fold(text).as_str() {
                "true" | "yes" | "co" | "dung" | "on" | "bat" => *text = "true".into(),
                "false" | "no" | "khong" | "sai" | "off" | "tat" => *text = "false".into(),
                _ => {
                    let f = self
                        .source
                        .error(
                            "K005",
                            span,
                            format!("“{text}” không phải có hay không"),
                            format!("“{text}” is neither true nor false"),
                        )
                        .fix(
                            format!("Viết {key}: true (có) hoặc {key}: false (không)"),
                            format!("Write {key}: true or {key}: false"),
                        );
                    self.faults.push(f);
                }
            },
            Type::Int(low, high) => {
                let n = text.trim().parse::<i64>();
                if !n.is_ok_and(|n| (*low..=*high).contains(&n)) {
                    let f = self
                        .source
                        .error(
                            "K007",
                            span,
                            format!("“{text}” không phải số từ {low} đến {high}"),
                            format!("“{text}” is no whole number from {low} to {high}"),
                        )
                        .fix("Viết một số bằng chữ số, không kèm chữ.", "Write digits only.");
                    self.faults.push(f);
                }
            }
            Type::Value(of) => {
                if let Err(say) = (of.read)(text) {
                    let f = read_fault(self.source, of, text, span, say);
                    self.faults.push(f);
                }
            }
            Type::Enum(words) => {
                let w = fold(text);
                match words.iter().find(|x| fold(x.name) == w || x.vi.iter().any(|v| fold(v) == w)) {
                    Some(found) => *text = found.name.into(),
                    None => {
                        let all =
                            words.iter().flat_map(|x| std::iter::once(x.name).chain(x.vi.iter().copied()));
                        let near = closest(text, all);
                        let list = |vi: bool| {
                            words
                                .iter()
                                .map(|x| match x.vi.first() {
                                    Some(v) if vi => format!("{} ({v})", x.name),
                                    Some(_) | None => x.name.to_owned(),
                                })
                                .collect::<Vec<_>>()
                                .join(", ")
                        };
                        let mut f = self
                            .source
                            .error(
                                "K005",
                                span,
                                format!("“{key}” không nhận giá trị này"),
                                format!("“{key}” does not take this value"),
                            )
                            .fix(
                                format!("Chọn một trong: {}.", list(true)),
                                format!("One of: {}.", list(false)),
                            );
                        if let Some(n) = near {
                            f = f.maybe(n, None);
                        }
                        self.faults.push(f);
                    }
                }
            }
            Type::List(_)
            | Type::One(_)
            | Type::Entries(_)
            | Type::Keyed(..)
            | Type::Either(..)
            | Type::Any => {}
        }
    }

    /// Plain scalars that other readers of YAML take for numbers, times or truth values (T022, T023, T024).
    fn text_traps(&mut self, text: &str, span: Span, key: &str) {
        let t = text.trim();
        let fixed = |f: Fault| {
            f.fix(
                format!("Đặt trong ngoặc kép:   {key}: \"{t}\""),
                format!("Put it in double quotes:   {key}: \"{t}\""),
            )
        };
        let number = !t.is_empty()
            && t.bytes().any(|b| b.is_ascii_digit())
            && (t.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'_' | b'.' | b'+' | b'-'))
                && t.parse::<f64>().is_ok()
                || t.strip_prefix("0x")
                    .or_else(|| t.strip_prefix("0o"))
                    .is_some_and(|r| !r.is_empty() && r.bytes().all(|b| b.is_ascii_hexdigit())));
        if number {
            let why = if t.starts_with('0') && t.len() > 1 {
                (
                    "Nhiều phần mềm đọc số bắt đầu bằng 0 theo cơ số 8 hoặc bỏ số 0 ở đầu: 0312345670 thành 53070776.",
                    "Many programs read a number with a leading 0 as octal or drop the 0: 0312345670 becomes 53070776.",
                )
            } else {
                (
                    "Chỗ này cần chữ; viết trần thì bị hiểu là số.",
                    "Text is wanted here; bare digits are read as a number.",
                )
            };
            let f = self
                .source
                .error(
                    "T023",
                    span,
                    format!("“{t}” viết trần bị hiểu là một con số"),
                    format!("“{t}” is read as a number"),
                )
                .why(why.0, why.1);
            self.faults.push(fixed(f));
        } else if value::is_clock(t) {
            let f = self
                .source
                .error(
                    "T022",
                    span,
                    format!("“{t}” viết trần có thể bị hiểu là số {}", sexagesimal(t)),
                    format!("“{t}” may be read as the number {}", sexagesimal(t)),
                )
                .why(
                    "Một số phần mềm đọc giờ:phút theo cơ số 60.",
                    "Some programs read hours:minutes in base 60.",
                );
            self.faults.push(fixed(f));
        } else if matches!(
            t.to_ascii_lowercase().as_str(),
            "yes" | "no" | "on" | "off" | "y" | "n" | "true" | "false"
        ) {
            let f = self.source.error(
                "T024",
                span,
                format!("“{t}” viết trần bị hiểu là có/không, không phải chữ"),
                format!("“{t}” is read as a truth value, not as text"),
            );
            self.faults.push(fixed(f));
        }
    }
}

/// True for `[]`: written, and saying nothing. A register may be an empty mapping.
fn hollow(node: &Node) -> bool {
    matches!(&node.kind, Kind::List(l) if l.is_empty())
}

fn sexagesimal(clock: &str) -> u64 {
    clock.split(':').fold(0, |n, p| n * 60 + p.parse::<u64>().unwrap_or(0))
}

fn is_id(s: &str) -> bool {
    !s.is_empty()
        && s.len() <= 100
        && s.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_' | b'.'))
        && s.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric())
}

/// What an id could be that was written as a name.
pub fn as_id(s: &str) -> String {
    let mut out = String::new();
    for c in fold(s).chars() {
        match c {
            c if c.is_ascii_lowercase() || c.is_ascii_digit() || c == '.' => out.push(c),
            _ if !out.ends_with('-') => out.push('-'),
            _ => {}
        }
    }
    out.trim_matches(['-', '.']).chars().take(100).collect()
}

/// The fault of an id that is none.
pub fn id_fault(source: &Source, text: &str, span: Span) -> Fault {
    // Several ids on one line, as people write them in prose.
    let several: Vec<&str> = text.split([',', ';']).map(str::trim).filter(|part| !part.is_empty()).collect();
    if several.len() > 1 && several.iter().all(|part| is_id(part)) {
        let list = several.join(", ");
        return source
            .error(
                "K008",
                span,
                "nhiều mã viết trên một dòng cần ngoặc vuông",
                "several ids on one line need brackets",
            )
            .fix(
                format!("Sửa: [{list}]\n(hoặc mỗi mã một dòng, bắt đầu bằng “- ”)."),
                format!("Write [{list}]\n(or one id a line, each starting with “- ”)."),
            );
    }
    let meant = as_id(text);
    let fault = source.error("K008", span, "mã không đúng cách viết", "this is not an id").why(
        "Mã chỉ gồm chữ thường không dấu, chữ số và gạch nối, ví dụ ho-kinh-doanh; không có dấu cách.",
        "An id has lower-case letters without marks, digits and hyphens, such as ho-kinh-doanh; no spaces.",
    );
    let fault = fault.fix("Viết lại mã theo cách trên.", "Write the id in that way.");
    if meant.is_empty() { fault } else { fault.maybe(meant, None) }
}

fn read_fault(source: &Source, of: &Value, text: &str, span: Span, say: Say) -> Fault {
    match (of.slip)(text) {
        Some(c) => source.error(c.code, span, c.vi, c.en).fix(c.fix_vi, c.fix_en),
        None => source
            .error(of.code, span, say.vi, say.en)
            .fix(format!("Viết {}.", of.vi), format!("Write {}.", of.en)),
    }
}
