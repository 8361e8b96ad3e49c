//! What an administrative document has around its words (Decree 30/2020/NĐ-CP, Appendix I): national heading, office, number and
//! date, to whom, recipients and signature. A post needs none of it: it is recognised by its words, left out, and told.

use super::body::{Block, Kind};
use super::title::{abstract_of, is_kind, kind_and_abstract};
use crate::domain::text::{fold, plural, truncate_sentence};
use crate::yaml::Say;

/// Most feet that are told one by one.
const FEET: usize = 3;
/// How many blocks a heading takes, and an ending.
const HEAD: usize = 14;
/// Longest line of a head or a foot, in characters.
const LINE: usize = 160;
/// Most lines behind who signs: office, seal, name.
const BEHIND: usize = 4;
/// Most blocks that a list of recipients is looked for in.
const LISTED: usize = 40;
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

/// Who signs; folded.
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

/// Takes the frame off.
pub fn unframe(blocks: &mut Vec<Block>) -> Framed {
    let mut out = Framed::default();
    // A table with all of a document in it is no heading.
    let heading = |b: &Block| {
        b.plain.split(['\n', '|']).any(is_national) && (!is_table(b) || b.plain.chars().count() < 800)
    };
    let headed = |i: &usize| heading(&blocks[*i]) || letterhead(&blocks[*i..]).is_some();
    if let Some(at) = (0..blocks.len().min(ABOVE)).find(headed) {
        let mut end = at + letterhead(&blocks[at..]).unwrap_or(1);
        while end < blocks.len().min(at + HEAD) && is_heading_line(&blocks[end]) {
            end += 1;
        }
        // Above the national name only the office's stands: in capitals.
        let (taken, kept): (Vec<(usize, Block)>, _) = blocks
            .drain(..end)
            .enumerate()
            .partition(|(i, b)| *i >= at || is_loud(&b.plain) || is_heading_line(b));
        let taken: Vec<Block> = taken.into_iter().map(|t| t.1).collect();
        blocks.splice(..0, kept.into_iter().map(|t| t.1));
        out.title = taken.iter().find_map(|b| abstract_of(&b.plain));
        out.notes.push(left(
            &taken,
            "Bỏ phần đầu văn bản (quốc hiệu, cơ quan, số, ngày, trích yếu)",
            "Left out: the document's head",
        ));
    }
    if let Some((title, authority)) = kind_and_abstract(blocks) {
        if !authority.is_empty() {
            out.notes.push(left(&authority, "Bỏ dòng ghi ai ban hành", "Left out: who decides"));
        }
        // Two titles: the one of the head is said in the text, unless it says the same.
        let whole = fold(&title);
        if let Some(other) = out.title.replace(title).filter(|o| !whole.contains(&fold(o))) {
            blocks.insert(0, Block::words(&other));
        }
    }
    if let Some(at) = blocks.iter().take(4).position(is_addressed) {
        let end = at + addressees(&blocks[at..]);
        let taken: Vec<Block> = blocks.drain(at..end).collect();
        out.notes.push(left(&taken, "Bỏ phần “Kính gửi”", "Left out: to whom it is addressed"));
    }
    ending(blocks, &mut out);
    // `./.` ends a document, not a post.
    for b in blocks.iter_mut().filter(|b| b.plain.ends_with("./.")) {
        b.plain.truncate(b.plain.len() - 2);
        let mut left = 2;
        // A footnote's mark may stand behind it.
        for r in b.runs.iter_mut().rev().filter(|r| !r.raw) {
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

/// Recipients and signatures. Whatever stands behind who signs is no part of a foot: lists and rules are attached there.
fn ending(blocks: &mut Vec<Block>, out: &mut Framed) {
    let appendix = |b: &Block| {
        let f = fold(&b.plain);
        let begins = ["phu luc", "mau so", "bieu so"].iter().any(|p| f.starts_with(p));
        begins && f.chars().count() < 160 && !matches!(b.kind, Kind::Item(..))
    };
    let headed = !out.notes.is_empty();
    let first = blocks.iter().position(appendix).filter(|p| *p > 0).unwrap_or(blocks.len());
    let mut feet: Vec<(usize, usize)> = vec![];
    // Each block is looked at once: a foot begins where recipients are listed, or where somebody signs above them.
    let mut at = 0;
    while at < blocks.len() {
        let near = match &blocks[at] {
            b if is_table(b) => at + 1,
            b if is_recipients(&b.plain) => {
                let near = blocks.len().min(at + LISTED);
                blocks[at + 1..near].iter().position(appendix).map_or(near, |n| at + 1 + n)
            }
            _ => at,
        };
        let Some(end) = recipients_end(&blocks[at..near], headed).map(|n| at + n) else {
            at += 1;
            continue;
        };
        let earliest = at.saturating_sub(BEHIND + 1).max(feet.last().map_or(0, |f| f.1));
        let above = (earliest..at).find(|i| signature_end(&blocks[*i..at]) == Some(at - i));
        let end = end + signature_end(&blocks[end..]).unwrap_or(0);
        feet.push((above.unwrap_or(at), end));
        at = end;
    }
    // Without a list of recipients, only the last lines before the end or an appendix may be a signature.
    if feet.is_empty() {
        let by_name = (first.saturating_sub(BEHIND + 1)..first)
            .find(|i| signature_end(&blocks[*i..first]) == Some(first - i));
        feet.extend(by_name.map(|i| (i, first)));
    }
    let behind = feet.last().is_some_and(|f| f.1 < blocks.len());
    let mut taken: Vec<Vec<Block>> =
        feet.into_iter().rev().map(|(from, end)| blocks.drain(from..end).collect()).collect();
    taken.reverse();
    out.appendix = behind;
    let more = taken.split_off(taken.len().min(FEET));
    let say =
        |t: &Vec<Block>| left(t, "Bỏ phần cuối văn bản (nơi nhận, chữ ký)", "Left out: the document's foot");
    out.notes.extend(taken.iter().map(say));
    if !more.is_empty() {
        let (vi, en) = (
            format!("Bỏ thêm {} phần cuối văn bản", more.len()),
            format!("Left out: {}", plural(more.len() as i64, "more foot", "more feet")),
        );
        out.notes.push(left(&more.concat(), &vi, &en));
    }
}

/// How many blocks a list of recipients takes at the beginning of these; `None` if none begins there.
fn recipients_end(blocks: &[Block], headed: bool) -> Option<usize> {
    if !lists_recipients(blocks, headed) {
        return None;
    }
    if is_table(&blocks[0]) {
        return Some(1);
    }
    let mut end = 1;
    let last = |b: &Block| b.plain.lines().any(|l| is_filed(&fold(l)));
    while let Some(b) = blocks.get(end).filter(|b| matches!(b.kind, Kind::Item(..)) && is_foot(b)) {
        end += 1;
        // What the office keeps itself is the last line.
        if last(b) {
            break;
        }
    }
    Some(end)
}

/// How many blocks a signature takes at the beginning of these: offices, a seal, `(đã ký)`, and one name at last. A table, a line
/// in capitals that names no office, or a sentence is text.
fn signature_end(blocks: &[Block]) -> Option<usize> {
    blocks.first().filter(|b| signed(b))?;
    let mut end = 1;
    for b in blocks.iter().skip(1).take(BEHIND) {
        if is_name(&b.plain) && !is_table(b) {
            return Some(end + 1);
        }
        let f = fold(&b.plain);
        let done = f.trim_matches(['(', ')', ' ', '.']).starts_with("da ky") && f.chars().count() < 40;
        let office = is_loud(&b.plain) && !is_table(b) && b.plain.chars().count() < 80 && is_office(&f);
        if !(matches!(b.kind, Kind::Picture(..)) || done || office) {
            break;
        }
        end += 1;
    }
    Some(end)
}

/// `Nguyễn Văn A`, `TS. Trần B`: two to six words that each begin with a capital, and nothing else; all in capitals only with a
/// family name that is no other word.
fn is_name(line: &str) -> bool {
    const FAMILIES: [&str; 14] = [
        "nguyễn", "trần", "lê", "phạm", "hoàng", "huỳnh", "phan", "vũ", "võ", "đặng", "bùi", "đỗ", "ngô",
        "dương",
    ];
    let words: Vec<&str> = line.split_whitespace().filter(|w| !w.ends_with('.')).collect();
    let begins = |w: &&str| w.chars().next().is_some_and(char::is_uppercase);
    let alone =
        line.chars().all(|c| c.is_alphabetic() || c.is_whitespace() || c == '.') && !line.contains('\n');
    let family = words.first().is_some_and(|w| FAMILIES.contains(&w.to_lowercase().as_str()));
    (2..=6).contains(&words.len()) && words.iter().all(begins) && alone && (!is_loud(line) || family)
}

/// What was left out: how many paragraphs, tables and pictures, and its first words.
fn left(taken: &[Block], vi: &str, en: &str) -> Say {
    let lines =
        taken.iter().flat_map(|b| b.plain.split(['\n', '|'])).map(str::trim).filter(|l| !l.is_empty());
    let words = lines.collect::<Vec<_>>().join(" / ");
    let count = |n: usize, vi: &str, en: &str| match n {
        0 => (String::new(), String::new()),
        n => (format!(", {n} {vi}"), format!(", {}", plural(n as i64, en, &format!("{en}s")))),
    };
    let parts = [
        count(taken.iter().map(Block::paragraphs).sum(), "đoạn", "paragraph"),
        count(taken.iter().filter(|b| is_table(b)).count(), "bảng", "table"),
        count(taken.iter().map(Block::pictures).sum(), "ảnh", "picture"),
    ];
    let (pv, pe): (Vec<String>, Vec<String>) = parts.into_iter().unzip();
    let words = truncate_sentence(&words, 110);
    Say::new(format!("{vi}{}: “{words}”", pv.concat()), format!("{en}{}: “{words}”", pe.concat()))
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

/// What an office keeps for itself, `Lưu: VT`; folded. “Lưu động: xe tại chợ” is text.
fn is_filed(line: &str) -> bool {
    let f = line.trim_start_matches(['-', '+', ' ']);
    ["luu:", "luu :", "luu vt", "luu vp"].iter().any(|p| f.starts_with(p))
}

/// That, or `Như trên`: to whom the letter goes; folded.
fn is_kept(line: &str) -> bool {
    let f = line.trim_start_matches(['-', '+', ' ']);
    let ends = |rest: &str| !rest.trim_start().starts_with(char::is_alphanumeric);
    is_filed(f) || f.strip_prefix("nhu tren").is_some_and(ends)
}

/// True if these blocks begin with a list of recipients. “Nơi nhận” may also be the column of a schedule, or a heading: a list
/// says what is kept (`Lưu: VT`, `Như trên`), or somebody signs beside or behind it.
fn lists_recipients(blocks: &[Block], headed: bool) -> bool {
    let Some((first, rest)) = blocks.split_first() else { return false };
    let says = |text: &str| text.split(['\n', '|']).any(|l| is_kept(&fold(l)) || is_signature(l));
    if let Kind::Table(rows) = &first.kind {
        let words = |c: &Vec<Block>| c.iter().map(|b| b.plain.as_str()).collect::<Vec<_>>().join("\n");
        let top: Vec<String> = rows.first().into_iter().flatten().map(words).collect();
        let named = top.iter().any(|c| is_recipients(c));
        // Beside it somebody signs; below it stands the list.
        let below =
            rows.iter().filter_map(|r| r.first()).map(words).any(|c| c.lines().any(|l| is_kept(&fold(l))));
        let listed = headed && rows.len() <= 1 && rows.iter().flatten().any(|c| c.len() > 1 || says_more(c));
        let small = rows.len() <= 6 && first.plain.chars().count() < 2000;
        return small && named && (listed || below || top.iter().any(|c| says(c)));
    }
    if !is_recipients(&first.plain) {
        return false;
    }
    let items = rest.iter().take_while(|b| matches!(b.kind, Kind::Item(..)) && is_foot(b)).count();
    says_more(std::slice::from_ref(first))
        || rest[..items].iter().any(|b| says(&b.plain))
        || headed && signature_end(&rest[items..]).is_some()
}

/// `Nơi nhận: Như trên`, or a list in the same paragraph.
fn says_more(cell: &[Block]) -> bool {
    let f = cell.first().map(|b| fold(&b.plain)).unwrap_or_default();
    f.strip_prefix("noi nhan").is_some_and(|r| r.contains("nhu tren") || r.contains("- luu"))
}

fn is_table(b: &Block) -> bool {
    matches!(b.kind, Kind::Table(_))
}

/// Short enough for a line of a foot.
fn is_foot(b: &Block) -> bool {
    !is_table(b) && b.plain.lines().all(|l| l.chars().count() < LINE)
}

/// How many blocks say to whom a letter goes: the first of these, and what it lists, with dashes or without.
fn addressees(blocks: &[Block]) -> usize {
    const NAMES: [&str; 38] = [
        "ban ",
        "bi thu",
        "bo ",
        "ba ",
        "cac ",
        "can bo",
        "chi ",
        "chu tich",
        "cong an",
        "cong doan",
        "cong ty",
        "cuc ",
        "dang uy",
        "doan ",
        "doanh nghiep",
        "dong chi",
        "giam doc",
        "hiep hoi",
        "ho ",
        "hoi ",
        "lanh dao",
        "lien doan",
        "mat tran",
        "nhan dan",
        "ong ",
        "phong ",
        "quy ",
        "so ",
        "tap the",
        "tat ca",
        "thu truong",
        "to ",
        "toan the",
        "trung tam",
        "truong ",
        "ubnd",
        "uy ban",
        "van phong",
    ];
    let last = |b: &Block| b.plain.trim_end().chars().next_back();
    let goes_on = |b: &Block| matches!(last(b), Some(';' | ','));
    let short = |b: &Block| !is_table(b) && b.plain.chars().count() < LINE;
    let item = |b: &&Block| matches!(b.kind, Kind::Item(..)) && short(b);
    let mut end = 1;
    let opens = last(&blocks[0]) == Some(':');
    if opens {
        end += blocks[1..].iter().take(HEAD).take_while(item).count();
    }
    if end > 1 || !opens && !goes_on(&blocks[0]) {
        return end;
    }
    while let Some(b) = blocks.get(end).filter(|b| b.kind == Kind::Para && short(b) && end < HEAD) {
        let f = fold(&b.plain);
        let named = NAMES.iter().any(|n| f.starts_with(n)) && last(b) != Some(':') && !f.contains(". ");
        // Behind one that ends with a semicolon comes another; otherwise only what is named as somebody is.
        if !named && !goes_on(&blocks[end - 1]) {
            break;
        }
        end += 1;
        if last(b) == Some('.') {
            break;
        }
    }
    end
}

/// In capitals, as the names of offices in a head.
pub(super) fn is_loud(line: &str) -> bool {
    !line.chars().any(char::is_lowercase) && line.chars().count() < 120
}

/// To whom a telegram goes: `CHỦ TỊCH ỦY BAN NHÂN DÂN PHƯỜNG điện:`
fn is_wired(plain: &str) -> bool {
    let plain = plain.trim_start_matches(['|', ' ']);
    let sender = ["điện:", "điện :", "gửi:", "gửi :"].iter().find_map(|w| Some(plain.split_once(w)?.0));
    sender.is_some_and(|s| {
        let s = s.trim_end().trim_end_matches("kính").trim_end();
        is_loud(s) && s.split_whitespace().nth(1).is_some() && s.chars().any(char::is_alphabetic)
    })
}

/// To whom a letter goes: `Kính gửi:` and names, no sentence (“Kính gửi anh chị.”).
pub(super) fn is_addressed(b: &Block) -> bool {
    if is_wired(&b.plain) {
        return b.plain.chars().count() < LINE;
    }
    let f = fold(&b.plain);
    let Some(rest) = f.trim_start_matches(['|', ' ']).strip_prefix("kinh gui") else { return false };
    let rest = rest.trim();
    let short = rest.chars().count() < if is_table(b) { 2 * LINE } else { LINE };
    let sentence = b.plain.trim().contains(['!', '?']) || rest.contains(". ") && !rest.contains("tp. ");
    let opens = rest.starts_with(':') || rest.ends_with(':') && rest.chars().count() < 60;
    short && opens && !sentence
}

/// True if a block is one who signs, or a table of one row with one.
fn signed(b: &Block) -> bool {
    match &b.kind {
        Kind::Table(rows) => {
            let small = rows.len() <= 1 && b.plain.chars().count() < 800;
            small && b.plain.split(['|', '\n']).any(is_signature)
        }
        Kind::Title | Kind::Heading(_) | Kind::Para | Kind::Item(..) => {
            let f = fold(&b.plain);
            b.plain.lines().next().is_some_and(is_signature)
                && b.plain.lines().skip(1).all(|l| is_name(l) || is_signature(l) || fold(l).contains("da ky"))
                && f.chars().count() < LINE
        }
        Kind::Picture(..) | Kind::Caption => false,
    }
}

/// The national name, or the Party's, in a line of its own or behind the office's name: not a sentence that speaks of it.
fn is_national(line: &str) -> bool {
    let f = fold(line);
    let loud = is_loud(line);
    let names = ["cong hoa xa hoi chu nghia viet nam", "dang cong san viet nam"];
    names.iter().any(|n| f.trim() == *n || loud && f.contains(n))
}

/// How many blocks a head takes at the beginning of these that names an organisation and no country, as those of the Youth Union
/// do: a table with number and date, or the organisation's name in capitals
/// with either near it.
fn letterhead(blocks: &[Block]) -> Option<usize> {
    const NAMES: [&str; 20] = [
        "doan tncs",
        "doan thanh nien",
        "hoi lhtn",
        "hoi lien hiep thanh nien",
        "hoi lhpn",
        "hoi lien hiep phu nu",
        "hoi nong dan",
        "hoi cuu chien binh",
        "hoi ccb",
        "tong lien doan lao dong",
        "lien doan lao dong",
        "cong doan",
        "uy ban mat tran to quoc",
        "uy ban mttq",
        "mat tran to quoc",
        "hoi chu thap do",
        "hoi nguoi cao tuoi",
        "hoi sinh vien",
        "hoi dong doi",
        "hoi khuyen hoc",
    ];
    let first = blocks.first()?;
    let lines = |b: &Block| b.plain.split(['\n', '|']).map(|l| l.trim().to_owned()).collect::<Vec<_>>();
    let own = lines(first);
    let dated = |l: &String| is_date(&fold(l));
    let named = own.iter().any(|l| {
        let f = fold(l);
        is_loud(l) && f.chars().count() < 80 && NAMES.iter().any(|n| f.starts_with(n))
    });
    let (number, date) = (own.iter().any(|l| is_number(l)), own.iter().any(dated));
    if let Kind::Table(rows) = &first.kind {
        let small = rows.len() <= 4 && first.plain.chars().count() < 800;
        return (small && (number && date || named && (number || date))).then_some(1);
    }
    let near = blocks[1..].iter().take(ABOVE);
    let near =
        near.take_while(|b| is_heading_line(b) || is_loud(&b.plain) && !is_table(b) && !is_kind(&b.plain));
    let last = near.enumerate().filter(|(_, b)| lines(b).iter().any(|l| is_number(l) || dated(l))).last();
    if named && (number || date || last.is_some()) { Some(last.map_or(1, |l| l.0 + 2)) } else { None }
}

/// `Số: 5-KH/TĐTN-TG`, `Số 12-CV/ĐU`, also before the number is known.
fn is_number(line: &str) -> bool {
    let f = fold(line);
    let Some(rest) = f.strip_prefix("so").map(|r| r.trim_start_matches([':', ' '])) else { return false };
    let given = rest.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '/' | '-' | '.' | '…' | '_'));
    let loud = line.chars().skip(2).all(|c| !c.is_lowercase());
    given && loud && rest.contains('/') && rest.contains(char::is_alphabetic) && rest.chars().count() < 50
}

/// A line that belongs to the heading although the national name stands above it.
fn is_heading_line(b: &Block) -> bool {
    let f = fold(&b.plain);
    let f = f.trim();
    let short = f.chars().count() < 120;
    let parts = || b.plain.split(['\n', '|']).map(fold);
    let dated = if is_table(b) { parts().any(|l| is_date(&l)) } else { parts().all(|l| is_date(&l)) };
    let stamp = matches!(f, "khan" | "thuong khan" | "hoa toc" | "mat" | "toi mat" | "tuyet mat");
    let begins =
        ["so:", "so :", "v/v", "doc lap"].iter().any(|p| f.starts_with(p)) || f.contains("doc lap - tu do");
    matches!(b.kind, Kind::Picture(..))
        || short && (begins || dated || stamp || !is_table(b) && b.plain.lines().all(is_number))
        || is_table(b) && (dated || parts().any(|l| l.starts_with("so:"))) && f.chars().count() < 300
}

/// `Hải Phòng, ngày 22 tháng 11 năm 2026`, folded, and nothing else; the numbers may be missing.
fn is_date(line: &str) -> bool {
    let line = line.trim();
    let place = line.split_once(',').filter(|(p, _)| {
        p.chars().count() < 40
            && !p.contains("ngay ")
            && p.chars().all(|c| c.is_alphabetic() || matches!(c, ' ' | '.' | '-'))
    });
    let mut words = vec![];
    for w in place.map_or(line, |p| p.1).split_whitespace() {
        if !w.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | '…' | '_')) {
            words.push(w);
        }
    }
    words == ["ngay", "thang", "nam"]
}

/// Who signs, in capitals: `KT. GIÁM ĐỐC`, `TM. ỦY BAN NHÂN DÂN`.
fn is_signature(line: &str) -> bool {
    let line = line.trim();
    let f = fold(line);
    // `Q. GIÁM ĐỐC` signs, `Q. HẢI AN` is a district.
    let office = f.strip_prefix("q.").map_or(f.as_str(), str::trim_start);
    let loud = line.chars().any(char::is_alphabetic) && !line.chars().any(char::is_lowercase);
    loud && (is_by(&f) || OFFICES.contains(&office))
}

/// In whose place somebody signs; folded.
fn is_by(f: &str) -> bool {
    ["kt.", "tm.", "tl.", "tuq.", "t/m", "k/t"].iter().any(|p| f.starts_with(p)) && f.chars().count() < 80
}

/// A line that begins with an office, perhaps with whose it is; folded.
pub(super) fn is_office(f: &str) -> bool {
    is_by(f) || OFFICES.iter().any(|o| f.strip_prefix(o).is_some_and(|r| r.is_empty() || r.starts_with(' ')))
}
