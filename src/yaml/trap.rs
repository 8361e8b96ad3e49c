//! The traps of `ux.md` §3.1 that YAML accepts in silence: found in the text before it is parsed, and in the tree after.
//!
//! Each has its own code. What was lost (half a sentence after a comma, a hashtag) is put back into the tree where that
//! is certain, so that the later checks speak about what the author wrote.

use unicode_normalization::is_nfc;

use super::fault::{Fault, Say, Severity};
use super::source::Source;
use super::tree::{Kind, Node, Span, Style};

/// Looks at the raw lines: white space, composition, encodings. Returns lines that a parser can read.
pub fn before(source: &Source) -> (Vec<Fault>, Vec<String>) {
    let mut faults = vec![];
    let mut lines = vec![];
    let (mut decomposed, mut garbled, mut hidden, mut nbsp, mut tab) = (false, false, false, false, false);
    for (i, line) in source.lines().enumerate() {
        let n = i + 1;
        let indent: usize = line.chars().take_while(|c| c.is_whitespace()).count();
        let mut readable: Vec<char> = line.chars().collect();
        let blank = indent == readable.len();
        for c in readable.iter_mut().take(indent) {
            match *c {
                ' ' => {}
                '\t' => {
                    *c = ' ';
                    if !blank && !tab {
                        tab = true;
                        let width = line.chars().take(indent).filter(|c| *c == '\t').count();
                        faults.push(tab_fault(source, Span::on(n, 1, width)));
                    }
                }
                _ => {
                    *c = ' ';
                    if !blank && !nbsp {
                        nbsp = true;
                        faults.push(nbsp_fault(source, Span::on(n, 1, indent), n));
                    }
                }
            }
        }
        if !decomposed && !is_nfc(line) {
            decomposed = true;
            faults.push(decomposed_fault(source, line, n));
        }
        if !garbled && let Some((at, width)) = mojibake(line) {
            garbled = true;
            faults.push(mojibake_fault(source, Span::on(n, at + 1, width)));
        }
        if !hidden && let Some(at) = (0..readable.len()).find(|i| hides(&readable, *i)) {
            hidden = true;
            faults.push(invisible_fault(source, Span::on(n, at + 1, 1)));
        }
        if !nbsp
            && !blank
            && let Some(at) = nbsp_as_syntax(&readable[indent..])
        {
            nbsp = true;
            faults.push(nbsp_fault(source, Span::on(n, indent + at + 1, 1), n));
            readable[indent + at] = ' ';
        }
        for c in &mut readable {
            // The parser stops at a character it calls unprintable; `invisible` has spoken of it.
            if c.is_control() && *c != '\t' || matches!(*c, '\u{feff}' | '\u{fffe}' | '\u{ffff}') {
                *c = ' ';
            }
        }
        lines.push(readable.into_iter().collect());
    }
    (faults, lines)
}

/// A non-breaking space right after `-` or `key:`, where only a plain one separates.
fn nbsp_as_syntax(rest: &[char]) -> Option<usize> {
    const ODD: [char; 4] = ['\u{a0}', '\u{202f}', '\u{2007}', '\u{3000}'];
    match rest {
        ['-', c, ..] if ODD.contains(c) => Some(1),
        _ => {
            let colon = rest.iter().position(|c| *c == ':')?;
            let key = rest[..colon].iter().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | ' '));
            (key && rest.get(colon + 1).is_some_and(|c| ODD.contains(c))).then_some(colon + 1)
        }
    }
}

/// True for characters that nobody sees and that change words.
pub fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{ad}')
        || c.is_control() && !matches!(c, '\t' | '\r' | '\n')
}

/// True for an [invisible](is_invisible) character that does harm where it stands: the joiner of an emoji of several does none.
pub fn hides(line: &[char], at: usize) -> bool {
    let sign =
        |c: Option<&char>| c.is_some_and(|c| *c >= '\u{2190}' && !c.is_alphanumeric() && !is_invisible(*c));
    let joins = line[at] == '\u{200d}' && sign(line[..at].last()) && sign(line.get(at + 1));
    is_invisible(line[at]) && !joins
}

/// Where a line looks like text that went through a wrong encoding: code point and width.
pub fn mojibake(line: &str) -> Option<(usize, usize)> {
    let c: Vec<char> = line.chars().collect();
    let word = |i: usize| {
        let start = c[..i].iter().rposition(|x| x.is_whitespace()).map_or(0, |p| p + 1);
        let end = c[i..].iter().position(|x| x.is_whitespace()).map_or(c.len(), |p| i + p);
        (start, end - start)
    };
    for i in 0..c.len() {
        let next = c.get(i + 1).copied().unwrap_or(' ');
        // UTF-8 read as Windows-1252: “Há»™”, “Ä‘”, “Æ°”, “Ã¡”.
        let utf8_as_1252 = match c[i] {
            'á' => matches!(next, 'º' | '»'),
            'Ä' => matches!(next, '‘' | '\u{90}' | '\u{91}' | 'ƒ' | '©'),
            'Æ' => matches!(next, '°' | '¡'),
            'Ã' => matches!(next, '\u{a0}'..='¿' | '\u{80}'..='\u{9f}'),
            '\u{fffd}' => true,
            _ => false,
        };
        if utf8_as_1252 {
            return Some(word(i));
        }
    }
    // TCVN3 (.VnTime): signs inside words, more than once on a line.
    let tcvn: Vec<usize> = (0..c.len())
        .filter(|&i| {
            matches!(
                c[i],
                '¸' | '¹' | '¶' | 'µ' | '¨' | '©' | 'ª' | '¬' | '®' | '»' | '¼' | '½' | '¾' | 'ß' | '§'
            )
        })
        .filter(|&i| {
            c.get(i + 1).is_some_and(|n| n.is_ascii_lowercase()) || i > 0 && c[i - 1].is_ascii_alphabetic()
        })
        .collect();
    if tcvn.len() >= 3 || tcvn.len() == 2 && tcvn[1] - tcvn[0] < 12 {
        return Some(word(tcvn[0]));
    }
    // VNI: a vowel followed by a letter that Vietnamese never writes.
    let vni: Vec<usize> = (1..c.len())
        .filter(|&i| matches!(c[i], 'ø' | 'ù' | 'û' | 'õ' | 'ï' | 'ä' | 'ë' | 'ü' | 'å' | 'ñ' | 'ö'))
        .filter(|&i| {
            matches!(c[i], 'ø' | 'û' | 'ï' | 'ä' | 'ë' | 'ü' | 'å' | 'ö')
                && matches!(c[i - 1], 'a' | 'e' | 'i' | 'o' | 'u' | 'y' | 'ô' | 'ö')
        })
        .collect();
    if vni.len() >= 2 { Some(word(vni[0])) } else { None }
}

/// The fault of a tab in the indentation, or where one plain space belongs.
pub fn tab_fault(source: &Source, span: Span) -> Fault {
    let line = source.line(span.line).unwrap_or_default();
    let indents = line.chars().take(span.column.saturating_sub(1)).all(char::is_whitespace);
    let fault = if indents {
        source
            .error(
                "T010",
                span,
                format!("dòng {} thụt vào bằng phím Tab", span.line),
                format!("line {} is indented with a tab", span.line),
            )
            .why("Thụt dòng chỉ được dùng dấu cách.", "Only spaces may indent.")
    } else {
        source
            .error(
                "T010",
                span,
                "chỗ này là phím Tab, phải là một dấu cách",
                "a tab stands where a space belongs",
            )
            .why(
                "Sau dấu hai chấm và sau gạch đầu dòng chỉ được dùng dấu cách.",
                "Only spaces may follow a colon or a dash.",
            )
    };
    fault.fix("Sửa cả tệp một lần: loa check --fix", "Repair the whole file at once: loa check --fix")
}

fn nbsp_fault(source: &Source, span: Span, n: usize) -> Fault {
    source
        .error(
            "T011",
            span,
            format!("dòng {n} có dấu cách lạ dán từ Word (U+00A0)"),
            format!("line {n} has a non-breaking space pasted from Word (U+00A0)"),
        )
        .why(
            "Trên màn hình nó giống dấu cách thường, nhưng không được tính là dấu cách.",
            "It looks like a space on the screen but does not count as one.",
        )
        .fix("Sửa cả tệp một lần: loa check --fix", "Repair the whole file at once: loa check --fix")
}

/// The fault of letters whose marks stand apart.
pub fn decomposed_fault(source: &Source, line: &str, n: usize) -> Fault {
    let at = line.chars().position(unicode_normalization::char::is_combining_mark).unwrap_or(0);
    source
        .fault(
            "T020",
            Severity::Warning,
            Span::on(n, at.max(1), 2),
            Say::new(
                "chữ có dấu ở đây là chữ tổ hợp (dấu rời khỏi chữ)",
                "letters here are decomposed (NFD)",
            ),
        )
        .why(
            "Máy Mac và một số bộ gõ tạo ra kiểu chữ này: nhìn giống hệt nhưng tìm kiếm và so sánh không ra.",
            "Some systems write marks apart from letters: it looks the same but does not compare equal.",
        )
        .fix("Sửa cả tệp một lần: loa check --fix", "Repair the whole file at once: loa check --fix")
        .meanwhile("Loa vẫn đọc đúng nội dung này.", "Loa reads it correctly all the same.")
}

/// The fault of text in a wrong encoding.
pub fn mojibake_fault(source: &Source, span: Span) -> Fault {
    source
        .error("T021", span, "chữ ở đây bị vỡ, không phải tiếng Việt đọc được", "this text is garbled")
        .why(
            "Chữ đã qua một bảng mã khác (TCVN3, VNI, hoặc mở nhầm bảng mã rồi lưu lại).",
            "It went through another encoding (TCVN3, VNI, or was saved with a wrong one).",
        )
        .fix(
            "Chép lại từ văn bản gốc, hoặc chuyển sang Unicode bằng Unikey (Ctrl+Shift+F6), rồi lưu bằng UTF-8.",
            "Copy it again from the original, or convert it to Unicode, and save as UTF-8.",
        )
}

/// What Word writes where YAML wants its own sign, at the start of a line or behind its first word: column (from 0),
/// the sign, and the line as it was meant.
pub fn word_sign(line: &str) -> Option<(usize, char, String)> {
    const DASHES: [char; 6] = ['–', '—', '‒', '−', '•', '‐'];
    let chars: Vec<char> = line.chars().collect();
    let indent = chars.iter().take_while(|c| c.is_whitespace()).count();
    let first = *chars.get(indent)?;
    if DASHES.contains(&first) && chars.get(indent + 1).is_some_and(|c| c.is_whitespace()) {
        let meant = chars.iter().enumerate().map(|(i, c)| if i == indent { '-' } else { *c }).collect();
        return Some((indent, first, meant));
    }
    let dash = usize::from(first == '-');
    let word = chars[indent + dash..]
        .iter()
        .take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | ' '))
        .count();
    let at = indent + dash + word;
    if word > 0 && chars.get(at) == Some(&'：') {
        let head: String = chars[..at].iter().collect();
        let rest: String = chars[at + 1..].iter().collect();
        return Some((at, '：', format!("{head}: {}", rest.trim_start())));
    }
    None
}

/// A value without the curly quotes that Word put around it.
pub fn uncurled(text: &str) -> Option<&str> {
    let inner = text.trim().strip_prefix(['“', '”', '„', '‘', '’', '«', '＂'])?;
    Some(inner.trim_end_matches(['“', '”', '‘', '’', '»', '＂']).trim())
}

/// The fault of a sign that Word changed by itself; `meant` is what should stand there.
pub fn word_fault(source: &Source, span: Span, sign: char, meant: &str) -> Fault {
    let meant = meant.trim();
    let (vi, en) = match sign {
        '：' => ("dấu hai chấm này là dấu toàn khổ", "this colon is a full-width one"),
        '–' | '—' | '‒' | '−' | '•' | '‐' => {
            ("dấu đầu dòng này không phải dấu gạch nối", "this is not the dash that starts an item")
        }
        _ => ("giá trị này nằm trong ngoặc kép cong", "this value stands in curly quotes"),
    };
    source
        .error("T040", span, format!("{vi} ({sign})"), format!("{en} ({sign})"))
        .why(
            "Word và bàn phím điện thoại tự đổi dấu: nhìn gần giống nhưng YAML không nhận.",
            "Word and telephones change signs by themselves: they look alike and mean nothing to YAML.",
        )
        .fix(format!("Gõ lại bằng bàn phím:   {meant}"), format!("Type it again:   {meant}"))
}

/// The fault of a character nobody sees.
pub fn invisible_fault(source: &Source, span: Span) -> Fault {
    source
        .fault(
            "T029",
            Severity::Warning,
            span,
            Say::new("có ký tự ẩn không nhìn thấy được ở chỗ này", "an invisible character stands here"),
        )
        .fix("Xóa ký tự này: loa check --fix", "Remove it: loa check --fix")
}

/// Looks at the tree: hashtags that became comments, names cut by a comma.
pub fn after(root: &mut Node, source: &Source, faults: &mut Vec<Fault>) {
    let lines: Vec<&str> = source.lines().collect();
    walk(root, source, &lines, faults);
}

fn walk(node: &mut Node, source: &Source, lines: &[&str], faults: &mut Vec<Fault>) {
    let flow = node.flow;
    match &mut node.kind {
        Kind::Scalar { .. } => hash(node, lines, source, faults),
        Kind::List(items) => {
            for item in items {
                walk(item, source, lines, faults);
            }
        }
        Kind::Map(entries) => {
            if flow {
                commas(entries, source, lines, faults);
            }
            for (key, value) in entries {
                if value.is_null() {
                    // An empty value may be a value that began with `#`.
                    value.span = Span::on(key.span.end_line, key.span.end_column, 0);
                    hash(value, lines, source, faults);
                    value.span = Span::on(key.span.end_line, key.span.column, key.written.chars().count());
                } else {
                    walk(value, source, lines, faults);
                }
            }
        }
    }
}

/// T015: `#` directly before a letter, after a plain value.
fn hash(node: &Node, lines: &[&str], source: &Source, faults: &mut Vec<Fault>) {
    let Kind::Scalar { text, style: Style::Plain } = &node.kind else { return };
    let Some(line) = node.span.end_line.checked_sub(1).and_then(|i| lines.get(i)) else { return };
    let chars: Vec<char> = line.chars().collect();
    let from = node.span.end_column.saturating_sub(1).min(chars.len());
    let Some(at) = (from.max(1)..chars.len()).find(|&i| chars[i] == '#' && chars[i - 1].is_whitespace())
    else {
        return;
    };
    let between = chars[from..at].iter().all(|c| c.is_whitespace() || *c == ':');
    let tagged = chars.get(at + 1).is_some_and(|c| c.is_alphanumeric());
    if !between || !tagged {
        return;
    }
    let lost: String = chars[at..].iter().collect::<String>().trim_end().to_owned();
    let prose = text.is_empty() || text.contains(char::is_whitespace);
    let severity = if prose { Severity::Error } else { Severity::Warning };
    let mut fault = source
        .fault(
            "T015",
            severity,
            Span::on(node.span.end_line, at + 1, lost.chars().count()),
            Say::new(
                format!("phần sau dấu # bị hiểu là ghi chú: “{lost}” sẽ không được gửi"),
                format!("what follows # is read as a comment: “{lost}” would not be sent"),
            ),
        )
        .fix(
            "Nếu là nội dung: đặt cả dòng chữ trong ngoặc kép \" \". Nếu là ghi chú: thêm dấu cách sau dấu #.",
            "If it is content, put the whole value in double quotes. If it is a note, put a space after the #.",
        );
    if !prose {
        fault = fault.meanwhile(
            format!("Trong lúc chờ: Loa hiểu giá trị là “{text}”."),
            format!("Meanwhile the value is read as “{text}”."),
        );
    }
    faults.push(fault);
}

/// T014: in `{a: Sở Văn hóa, Thể thao và Du lịch}` the comma cuts the name in two.
fn commas(
    entries: &mut Vec<(super::tree::KeyText, Node)>,
    source: &Source,
    lines: &[&str],
    faults: &mut Vec<Fault>,
) {
    let mut i = 1;
    while i < entries.len() {
        let (key, value) = &entries[i];
        let lone = value.is_null() && key.style == Style::Plain && !followed_by_colon(key.span, lines);
        let joined = match &entries[i - 1].1.kind {
            Kind::Scalar { text, style: Style::Plain } if lone && !text.is_empty() => {
                Some((text.clone(), format!("{text}, {}", key.written)))
            }
            Kind::Scalar { .. } | Kind::List(_) | Kind::Map(_) => None,
        };
        let Some((kept, whole)) = joined else {
            i += 1;
            continue;
        };
        let comma = lines.get(key.span.line - 1).and_then(|l| {
            let chars: Vec<char> = l.chars().collect();
            chars[..(key.span.column - 1).min(chars.len())].iter().rposition(|c| *c == ',')
        });
        let place = comma.map_or(key.span, |c| Span::on(key.span.line, c + 1, 1));
        let name = entries[i - 1].0.written.clone();
        faults.push(
            source
                .error("T014", place, "dấu phẩy này cắt đôi nội dung", "this comma cuts the value in two")
                .why(
                    format!("Trong ngoặc {{ }} dấu phẩy là dấu ngăn cách, nên Loa chỉ nhận được “{kept}”."),
                    format!("Inside {{ }} a comma separates, so that only “{kept}” is received."),
                )
                .fix(
                    format!("Sửa: xuống dòng, viết   {name}: {whole}\n(hoặc đặt cả cụm trong ngoặc kép: \"{whole}\")."),
                    format!("Write on a line of its own   {name}: {whole}\n(or put all of it in double quotes: \"{whole}\")."),
                ),
        );
        entries.remove(i);
        entries[i - 1].1.kind = Kind::Scalar { text: whole, style: Style::Quoted };
    }
}

fn followed_by_colon(span: Span, lines: &[&str]) -> bool {
    lines
        .get(span.end_line.saturating_sub(1))
        .is_some_and(|l| l.chars().skip(span.end_column - 1).find(|c| !c.is_whitespace()) == Some(':'))
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    #[test]
    fn an_emoji_of_several_hides_nothing() {
        for (line, at) in [
            ("👨\u{200d}👩\u{200d}👧", None),
            ("❤\u{fe0f}\u{200d}🔥", None),
            ("a\u{200d}b", Some(1)),
            ("👨\u{200d}", Some(1)),
            ("👨\u{200d}vợ", Some(1)),
            ("👨\u{200d}👩 x\u{200b}y", Some(5)),
        ] {
            let chars: Vec<char> = line.chars().collect();
            assert_eq!((0..chars.len()).find(|i| hides(&chars, *i)), at, "{line:?}");
        }
    }

    #[test]
    fn legacy_encodings_are_told_from_vietnamese() {
        for bad in [
            "Háº£i PhÃ²ng",
            "H¶i Phßng",
            "Së V¨n hãa, ThÓ thao vµ Du lÞch: Qu¶n lý",
            "Haûi Phoøng",
            "Hải Ph\u{fffd}ng",
            "Ä‘Äƒng kÃ½",
        ] {
            assert!(mojibake(bad).is_some(), "{bad}");
        }
        for good in [
            "Hải Phòng",
            "Đặc khu Bạch Long Vĩ – tên miền .vn",
            "50 % ± 2 µm",
            "ÁO DÀI",
            "Citroën",
            "§ 12",
            "© 2026 Sở VHTTDL",
            "“Chương trình” «hỗ trợ»",
            "QUÁ TRÌNH, KHÁ",
            "Công ty Äiên",
            "www.a.vn/á",
        ] {
            assert_eq!(mojibake(good), None, "{good}");
        }
    }

    #[test]
    fn what_the_comma_cut_is_put_together_again() {
        let p = parse("t", "a: {issuer: Sở Văn hóa, Thể thao và Du lịch, type: KH}\n");
        assert_eq!(p.faults.len(), 1);
        assert_eq!((p.faults[0].code, p.faults[0].column), ("T014", 23));
        let root = p.root.unwrap();
        assert_eq!(root.get("a").unwrap().str("issuer"), Some("Sở Văn hóa, Thể thao và Du lịch"));
    }

    #[test]
    fn a_hashtag_is_not_a_comment() {
        let codes = |t: &str| parse("t", t).faults.iter().map(|f| (f.code, f.severity)).collect::<Vec<_>>();
        assert_eq!(codes("text: Có tên miền #tenmienvn\n"), [("T015", Severity::Error)]);
        assert_eq!(codes("text: #tenmienvn\n"), [("T015", Severity::Error)]);
        assert_eq!(codes("to: so #trang\n"), [("T015", Severity::Warning)]);
        assert_eq!(codes("to: so   # trang của Sở\nsend: # đây\n  - a\n"), []);
        assert_eq!(codes("text: \"Có #tenmienvn\"\n"), []);
    }
}
