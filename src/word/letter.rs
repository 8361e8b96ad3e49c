//! What an administrative document has around its words (Decree 30/2020/NĐ-CP, Appendix I): national heading, office, number and
//! date, to whom, recipients and signature. A post needs none of it: it is recognised by its words, left out, and told.

use super::body::{Block, Kind};
use crate::domain::text::{fold, truncate_sentence};
use crate::yaml::Say;

/// How many blocks a heading takes, and an ending.
const HEAD: usize = 14;
/// How far down the national heading may stand: what comes before it is the office's name.
const ABOVE: usize = 5;

/// What was taken off.
#[derive(Debug, Default)]
pub struct Framed {
    /// The title that stood in the frame.
    pub title: Option<String>,
    /// What was left out, in words.
    pub notes: Vec<Say>,
    /// Whether an appendix stays.
    pub appendix: bool,
}

/// Takes the frame off.
pub fn unframe(blocks: &mut Vec<Block>) -> Framed {
    let mut out = Framed::default();
    let heading = |b: &Block| b.plain.split(['\n', '|']).any(is_national);
    if let Some(at) = blocks.iter().take(ABOVE).position(heading) {
        let mut end = at + 1;
        while end < blocks.len().min(at + HEAD) && is_heading_line(&blocks[end]) {
            end += 1;
        }
        let taken: Vec<Block> = blocks.drain(..end).collect();
        out.title = taken.iter().find_map(|b| abstract_of(&b.plain));
        out.notes.push(left(
            &taken,
            "Bỏ phần đầu văn bản (quốc hiệu, cơ quan, số, ngày, trích yếu)",
            "Left out: the document's head",
        ));
    }
    if let Some(title) = kind_and_abstract(blocks) {
        out.title = Some(title);
    }
    if let Some(at) = blocks
        .iter()
        .take(4)
        .position(|b| fold(&b.plain).trim_start_matches(['|', ' ']).starts_with("kinh gui"))
    {
        let mut end = at + 1;
        while end - at < HEAD && blocks.get(end).is_some_and(|b| matches!(b.kind, Kind::Item(..))) {
            end += 1;
        }
        let taken: Vec<Block> = blocks.drain(at..end).collect();
        out.notes.push(left(&taken, "Bỏ phần “Kính gửi”", "Left out: to whom it is addressed"));
    }
    ending(blocks, &mut out);
    // `./.` ends a document, not a post.
    for b in blocks.iter_mut().filter(|b| b.plain.ends_with("./.")) {
        b.plain.truncate(b.plain.len() - 2);
        let mut left = 2;
        for r in b.runs.iter_mut().rev() {
            r.text.truncate(r.text.trim_end().len());
            while left > 0 && r.text.pop().is_some() {
                left -= 1;
            }
            if left == 0 {
                break;
            }
        }
        b.runs.retain(|r| !r.text.is_empty());
    }
    out
}

/// Recipients and signature, up to an appendix.
fn ending(blocks: &mut Vec<Block>, out: &mut Framed) {
    let appendix = |b: &Block| {
        let f = fold(&b.plain);
        let begins = ["phu luc", "mau so", "bieu so"].iter().any(|p| f.starts_with(p));
        begins && f.chars().count() < 160 && !matches!(b.kind, Kind::Item(..))
    };
    let recipients = |b: &Block| b.plain.split(" | ").any(is_recipients);
    let by_recipients = blocks.iter().rposition(recipients);
    // Without a list of recipients, only the last lines before the end or an appendix may be a signature.
    let by_name = || {
        let end = blocks.iter().position(appendix).filter(|p| *p > 0).unwrap_or(blocks.len());
        (end.saturating_sub(HEAD)..end).find(|i| signed(&blocks[*i]))
    };
    let Some(mut at) = by_recipients.or_else(by_name) else { return };
    // The one who signs may stand above the recipients.
    let from = at.saturating_sub(HEAD);
    if let Some(i) = (from..at).find(|i| signed(&blocks[*i])) {
        at = i;
    }
    let end = blocks[at..].iter().position(appendix).map_or(blocks.len(), |m| at + m);
    let taken: Vec<Block> = blocks.drain(at..end).collect();
    out.appendix = at < blocks.len();
    out.notes.push(left(&taken, "Bỏ phần cuối văn bản (nơi nhận, chữ ký)", "Left out: the document's foot"));
}

/// What was left out, with its first words and its pictures.
fn left(taken: &[Block], vi: &str, en: &str) -> Say {
    fn pictures(b: &Block) -> usize {
        match &b.kind {
            Kind::Picture(..) => 1,
            Kind::Table(rows) => rows.iter().flatten().flatten().map(pictures).sum(),
            Kind::Title | Kind::Heading(_) | Kind::Para | Kind::Item(..) | Kind::Caption => 0,
        }
    }
    let lines =
        taken.iter().flat_map(|b| b.plain.split(['\n', '|'])).map(str::trim).filter(|l| !l.is_empty());
    let words = lines.collect::<Vec<_>>().join(" / ");
    let n: usize = taken.iter().map(pictures).sum();
    let (pv, pe) = match n {
        0 => (String::new(), String::new()),
        n => (format!(", {n} ảnh"), format!(", {n} pictures")),
    };
    let words = truncate_sentence(&words, 110);
    Say::new(format!("{vi}{pv}: “{words}”"), format!("{en}{pe}: “{words}”"))
}

/// `Nơi nhận:` with nothing but a list behind it. `Nơi nhận hồ sơ: …` is a sentence.
fn is_recipients(part: &str) -> bool {
    let mut lines = part.trim().lines();
    let first = fold(lines.next().unwrap_or_default());
    let rest = first
        .strip_prefix("noi nhan")
        .map(|r| r.trim_start().trim_start_matches(':').trim_start().to_owned());
    rest.is_some_and(|r| r.is_empty() || r.starts_with('-') || r.starts_with("nhu tren"))
}

/// True if a block is one who signs, or a table with one.
fn signed(b: &Block) -> bool {
    match &b.kind {
        Kind::Table(rows) => {
            let small = rows.len() <= 6 && b.plain.chars().count() < 800;
            small && b.plain.split(['|', '\n']).any(is_signature)
        }
        Kind::Title | Kind::Heading(_) | Kind::Para | Kind::Item(..) => {
            b.plain.lines().next().is_some_and(is_signature)
        }
        Kind::Picture(..) | Kind::Caption => false,
    }
}

/// The national name, or the Party's, in a line of its own or behind the office's name: not a sentence that speaks of it.
fn is_national(line: &str) -> bool {
    let f = fold(line);
    let loud = !line.chars().any(char::is_lowercase) && f.chars().count() < 120;
    let names = ["cong hoa xa hoi chu nghia viet nam", "dang cong san viet nam"];
    names.iter().any(|n| f.trim() == *n || loud && f.contains(n))
}

/// A line that belongs to the heading although the national name stands above it.
fn is_heading_line(b: &Block) -> bool {
    let f = fold(&b.plain);
    let f = f.trim();
    let short = f.chars().count() < 120;
    let dated = ["ngay", "thang", "nam"].iter().all(|w| f.contains(w))
        && (f.ends_with("nam") || f.ends_with(|c: char| c.is_ascii_digit()));
    let stamp = matches!(f, "khan" | "thuong khan" | "hoa toc" | "mat" | "toi mat" | "tuyet mat");
    let begins =
        ["so:", "so :", "v/v", "doc lap"].iter().any(|p| f.starts_with(p)) || f.contains("doc lap - tu do");
    matches!(b.kind, Kind::Picture(..))
        || short && (begins || dated || stamp)
        || matches!(b.kind, Kind::Table(_)) && (f.contains("so:") || dated) && f.chars().count() < 300
}

/// `V/v …` in a line or a cell, also over several lines of it.
fn abstract_of(plain: &str) -> Option<String> {
    let at = plain.find("V/v").or_else(|| plain.find("v/v")).or_else(|| plain.find("V/V"))?;
    let rest: Vec<&str> = plain[at + 3..].split(" | ").next()?.lines().map(str::trim).collect();
    let rest = rest.join(" ");
    let rest = rest.trim().trim_start_matches(':').trim();
    (!rest.is_empty()).then(|| capital(rest))
}

/// `KẾ HOẠCH` and the lines of its abstract: they are the title of the document.
fn kind_and_abstract(blocks: &mut Vec<Block>) -> Option<String> {
    const KINDS: [&str; 22] = [
        "ke hoach",
        "thong bao",
        "bao cao",
        "quyet dinh",
        "huong dan",
        "chuong trinh",
        "to trinh",
        "giay moi",
        "thong cao bao chi",
        "cong dien",
        "phuong an",
        "de an",
        "quy che",
        "thong cao",
        "chi thi",
        "nghi quyet",
        "ket luan",
        "quy dinh",
        "cong van",
        "thu moi",
        "thu ngo",
        "loi keu goi",
    ];
    let whole = |b: &Block| !matches!(b.kind, Kind::Table(_) | Kind::Picture(..) | Kind::Item(..));
    let first = |b: &Block| fold(b.plain.lines().next().unwrap_or_default());
    let at = blocks.iter().take(3).position(|b| whole(b) && KINDS.contains(&first(b).trim()))?;
    let mut own = blocks[at].plain.lines();
    let kind = own.next().unwrap_or_default().to_lowercase();
    let mut words: Vec<String> = own.map(str::to_owned).collect();
    let mut end = at + 1;
    while let Some(b) = blocks.get(end).filter(|b| whole(b) && b.bold && end - at <= 4 && !numbered(&b.plain))
    {
        words.extend(b.plain.lines().map(str::to_owned));
        end += 1;
    }
    blocks.drain(at..end);
    let words = words.join(" ");
    // Capitals are lowered only where they are no name's: that of the kind, and the first letter of what follows it.
    let title = if words.is_empty() { kind } else { format!("{kind} {}", lowered(&words)) };
    Some(capital(title.trim()))
}

/// `I. …`, `1. …`: a part of the text.
pub fn numbered(plain: &str) -> bool {
    let word = plain.split_whitespace().next().unwrap_or_default();
    let body = word.trim_end_matches(['.', ')']);
    let named = fold(plain);
    body.len() < word.len()
        && !body.is_empty()
        && (body.chars().all(|c| matches!(c, 'I' | 'V' | 'X'))
            || body.chars().all(|c| c.is_ascii_digit() || c == '.'))
        || named.starts_with("dieu ") && named[5..].starts_with(|c: char| c.is_ascii_digit())
}

/// Who signs, in capitals: `KT. GIÁM ĐỐC`, `TM. ỦY BAN NHÂN DÂN`.
fn is_signature(line: &str) -> bool {
    const OFFICES: [&str; 15] = [
        "giam doc",
        "pho giam doc",
        "chu tich",
        "pho chu tich",
        "chanh van phong",
        "pho chanh van phong",
        "hieu truong",
        "truong phong",
        "pho truong phong",
        "bi thu",
        "pho bi thu",
        "cuc truong",
        "tong giam doc",
        "truong ban",
        "thu truong",
    ];
    let line = line.trim();
    let f = fold(line);
    let by = ["kt.", "tm.", "tl.", "tuq.", "q.", "t/m", "k/t"].iter().any(|p| f.starts_with(p))
        && f.chars().count() < 80;
    let loud = line.chars().any(char::is_alphabetic) && !line.chars().any(char::is_lowercase);
    loud && (by || OFFICES.iter().any(|o| f == *o))
}

fn capital(s: &str) -> String {
    let mut c = s.chars();
    c.next().map_or_else(String::new, |f| f.to_uppercase().chain(c).collect())
}

/// The first letter in lower case, unless the word is an abbreviation or all of it is in capitals.
fn lowered(s: &str) -> String {
    let first = s.split_whitespace().next().unwrap_or_default();
    let mut c = s.chars();
    match c.next() {
        Some(f) if first.chars().skip(1).any(char::is_lowercase) => f.to_lowercase().chain(c).collect(),
        Some(_) | None => s.to_owned(),
    }
}
