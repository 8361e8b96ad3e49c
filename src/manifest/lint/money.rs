//! Sums of money, and promises that something is free.

use super::law::{Spot, apart, spots, warned};
use super::piece::Prose;

/// What `đồng` begins beside money.
const OTHERS: [&str; 33] = [
    "chí",
    "bào",
    "hồ",
    "phục",
    "nghiệp",
    "đội",
    "hương",
    "thời",
    "ý",
    "minh",
    "loạt",
    "tác",
    "diễn",
    "quan",
    "ruộng",
    "chủ",
    "bằng",
    "đều",
    "dao",
    "nai",
    "phạm",
    "sáng",
    "hành",
    "lòng",
    "thuận",
    "tình",
    "môn",
    "quê",
    "giám",
    "trưởng",
    "khởi",
    "vị",
    "dạng",
];
/// What `đô` begins beside dollars.
const TOWNS: [&str; 5] = ["thị", "vật", "đốc", "hộ", "thành"];
/// What is counted in thousands and millions beside money.
const COUNTED: [&str; 30] = [
    "người", "lượt", "hộ", "doanh", "tên", "thuê", "bài", "tin", "dân", "khách", "tài", "trang", "cơ", "đơn",
    "học", "sinh", "cán", "hội", "thành", "lần", "năm", "tấn", "cây", "con", "cuốn", "bản", "giờ", "phút",
    "like", "view",
];
/// Before a number, these make money of it.
const PRICED: [&str; 14] =
    ["giá", "phí", "tiền", "thu", "nộp", "đóng", "trả", "tốn", "mất", "chỉ", "mức", "thưởng", "cước", "chi"];
const DIGITS: [&str; 23] = [
    "một", "hai", "ba", "bốn", "tư", "năm", "lăm", "sáu", "bảy", "bẩy", "tám", "chín", "mười", "mươi",
    "linh", "lẻ", "rưỡi", "trăm", "nghìn", "ngàn", "triệu", "tỷ", "tỉ",
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    Number,
    Word,
    Sign,
}

/// A number, a word or a sign.
#[derive(Clone, Debug)]
struct Token {
    sort: Sort,
    from: usize,
    to: usize,
    text: String,
    /// It follows the one before without a blank.
    glued: bool,
}

/// Where a number ends that begins at a place: `50.000`, `1,5`, `50 000`.
fn number(low: &[char], from: usize) -> usize {
    let digits =
        |from: usize| low.get(from..).map_or(0, |l| l.iter().take_while(|c| c.is_ascii_digit()).count());
    let mut last = digits(from);
    let mut to = from + last;
    loop {
        let more = digits(to + 1);
        let joint = match low.get(to) {
            Some('.' | ',') => more > 0,
            Some(' ') => more == 3 && last <= 3,
            Some(_) | None => false,
        };
        if !joint {
            return to;
        }
        last = more;
        to += 1 + more;
    }
}

fn tokens(low: &[char]) -> Vec<Token> {
    let mut out: Vec<Token> = vec![];
    let letter = |c: char| c.is_alphabetic() || c == '₫';
    let mut i = 0;
    while i < low.len() {
        let (c, from) = (low[i], i);
        let sort = if c.is_ascii_digit() {
            i = number(low, i);
            Sort::Number
        } else if letter(c) {
            i += low[i..].iter().take_while(|c| letter(**c)).count();
            Sort::Word
        } else {
            i += 1;
            if c.is_whitespace() {
                continue;
            }
            Sort::Sign
        };
        let glued = out.last().is_some_and(|t| t.to == from);
        out.push(Token { sort, from, to: i, text: low[from..i].iter().collect(), glued });
    }
    out
}

/// A sum of money.
struct Sum {
    spot: Spot,
    zero: bool,
}

fn text(t: &[Token], i: usize) -> &str {
    t.get(i).map_or("", |t| t.text.as_str())
}

/// Where the unit of money at a token ends, if it is one; `small` for a number that may count heads.
fn unit(t: &[Token], i: usize, small: bool) -> Option<usize> {
    let next = text(t, i + 1);
    match text(t, i) {
        // `5 đ/c`: five comrades.
        "đ" if next == "/" && matches!(text(t, i + 2), "c" | "k") => None,
        "đ" | "₫" | "vnđ" | "vnd" | "usd" | "eur" | "euro" | "$" | "€" => Some(i + 1),
        "đồng" if OTHERS.contains(&next) || small && next == "tiền" => None,
        "đồng" => Some(i + 1),
        "đô" if TOWNS.contains(&next) => None,
        "đô" => Some(if next == "la" { i + 2 } else { i + 1 }),
        _ => None,
    }
}

fn scale(word: &str) -> bool {
    matches!(word, "nghìn" | "ngàn" | "triệu" | "tỷ" | "tỉ" | "trăm")
}

/// A sum in digits that begins at a token: where it ends.
fn in_digits(t: &[Token], i: usize) -> Option<usize> {
    let number = &t[i];
    let before = i.checked_sub(1).map(|p| &t[p]);
    // `A10` is no number.
    if number.glued && before.is_some_and(|b| b.sort == Sort::Word) {
        return None;
    }
    if matches!(before.map(|b| b.text.as_str()), Some("$" | "€")) {
        return Some(i + 1);
    }
    let plain = number.text.chars().all(|c| c.is_ascii_digit());
    let mut j = i + 1;
    let scaled = scale(text(t, j));
    while scale(text(t, j)) || j > i + 1 && text(t, j) == "rưỡi" {
        j += 1;
    }
    if let Some(end) = unit(t, j, plain && !scaled && number.text.len() <= 3) {
        return Some(end);
    }
    // `50k`, `1tr`, `1tr5`: as sellers write; `4K` is a screen.
    let glued = t.get(i + 1).is_some_and(|n| n.glued);
    if glued && text(t, i + 1) == "k" && plain && matches!(number.text.len(), 2 | 3) {
        return (!COUNTED.contains(&text(t, i + 2))).then_some(i + 2);
    }
    if glued && text(t, i + 1) == "tr" {
        let tail = t.get(i + 2).is_some_and(|n| n.glued && n.sort == Sort::Number);
        return Some(if tail { i + 3 } else { i + 2 });
    }
    let period = |j: usize| {
        matches!(text(t, j), "/" | "một" | "mỗi" | "1") && matches!(text(t, j + 1), "năm" | "tháng" | "lần")
    };
    if scaled && !COUNTED.contains(&text(t, j)) {
        let said = t[i.saturating_sub(5)..i].iter().any(|t| PRICED.contains(&t.text.as_str()));
        return (said || period(j) || alone(t, i, j)).then_some(j);
    }
    // `50.000 một năm`.
    (!plain && number.text.len() >= 5 && period(j)).then_some(j + 2)
}

/// True if nothing else is said: `50 ngàn!`
fn alone(t: &[Token], i: usize, j: usize) -> bool {
    let sign = |t: &Token| t.sort == Sort::Sign;
    i.checked_sub(1).and_then(|p| t.get(p)).is_none_or(sign) && t.get(j).is_none_or(sign)
}

fn sums(t: &[Token]) -> Vec<Sum> {
    let mut out = vec![];
    let mut i = 0;
    while i < t.len() {
        // `năm mươi nghìn đồng`.
        let spelt = t[i..].iter().take_while(|w| DIGITS.contains(&w.text.as_str())).count();
        let end = match t[i].sort {
            Sort::Number => in_digits(t, i),
            Sort::Word if spelt >= 2 || scale(&t[i].text) => unit(t, i + spelt, true),
            Sort::Word | Sort::Sign => None,
        };
        let Some(end) = end else {
            i += spelt.max(1);
            continue;
        };
        let from = if i > 0 && matches!(text(t, i - 1), "$" | "€") { i - 1 } else { i };
        let zero = t[i].sort == Sort::Number && t[i].text.chars().all(|c| matches!(c, '0' | '.' | ','));
        out.push(Sum { spot: (t[from].from, t[end - 1].to - t[from].from), zero });
        i = end;
    }
    out
}

/// Sums of money: a number, then `đ`, `đồng`, `VNĐ`, `nghìn đồng`, `k`, `USD`…
pub fn prices(prose: &Prose) -> Vec<Spot> {
    let low = prose.lower();
    let all = sums(&tokens(&low)).into_iter().filter(|s| !s.zero).map(|s| s.spot);
    apart(all.filter(|(at, _)| !warned(&low, *at)).collect())
}

/// "Free", in any of its wordings, and what is given or taken off.
pub fn free(prose: &Prose) -> Vec<Spot> {
    let low = prose.lower();
    let t = tokens(&low);
    let mut out = spots(&low, "free");
    out.extend(sums(&t).into_iter().filter(|s| s.zero).map(|s| s.spot));
    for i in 0..t.len() {
        let end = match t[i].text.as_str() {
            "miễn" => waived(&t, i),
            "không" => not_charged(&t, i),
            "tặng" => given(&t, i),
            "giảm" => taken_off(&t, i),
            "hỗ" | "tài" if text(&t, i + 1) == "trợ" => paid(&t, i),
            _ => None,
        };
        if let Some(end) = end {
            out.push((t[i].from, t[end].to - t[i].from));
        }
    }
    apart(out.into_iter().filter(|(at, _)| !warned(&low, *at)).collect())
}

/// The next token that is one of these, at most so many away, before the sentence or its part ends.
fn within(t: &[Token], from: usize, most: usize, what: &[&str]) -> Option<usize> {
    let on = |t: &&Token| t.sort != Sort::Sign || matches!(t.text.as_str(), "," | "%");
    let near = t.get(from..t.len().min(from + most))?.iter().take_while(on);
    near.enumerate().find(|(_, t)| what.contains(&t.text.as_str())).map(|(i, _)| from + i)
}

/// `miễn phí`, `miễn 100% lệ phí`, `miễn hoàn toàn phí`.
fn waived(t: &[Token], i: usize) -> Option<usize> {
    const ELSE: [&str; 7] = ["là", "dịch", "trừ", "cưỡng", "nhiệm", "sao", "thứ"];
    within(t, i + 1, 5, &["phí", "cước"]).filter(|_| !ELSE.contains(&text(t, i + 1)))
}

/// `không mất phí`, `không tốn đồng nào`, `không phải trả tiền`. What people should not pay (`không nộp tiền`) is none.
fn not_charged(t: &[Token], i: usize) -> Option<usize> {
    const FILL: [&str; 13] =
        ["một", "bất", "kỳ", "kì", "thêm", "khoản", "lệ", "chi", "học", "các", "loại", "nào", "cả"];
    let verb = match text(t, i + 1) {
        "mất" | "thu" | "tốn" | "tính" | "lấy" => i + 1,
        "phải" | "cần" if matches!(text(t, i + 2), "trả" | "nộp" | "đóng" | "mất" | "tốn") => {
            i + 2
        }
        _ => return None,
    };
    let fill = t.get(verb + 1..)?.iter().take(4).take_while(|t| FILL.contains(&t.text.as_str())).count();
    let end = verb + 1 + fill;
    let what = matches!(text(t, end), "phí" | "tiền" | "xu" | "cước")
        || text(t, end) == "đồng" && !OTHERS.contains(&text(t, end + 1));
    what.then_some(if text(t, end + 1) == "nào" { end + 1 } else { end })
}

/// `tặng 2 năm`.
fn given(t: &[Token], i: usize) -> Option<usize> {
    let number = |n: &usize| t[*n].sort == Sort::Number || DIGITS.contains(&t[*n].text.as_str());
    let n = (i + 1..t.len().min(i + 4)).find(number)?;
    within(t, n + 1, 1, &["năm", "tháng", "tên", "gói", "hosting"])
}

/// `giảm 50% phí`; the costs of an office are not a reader's.
fn taken_off(t: &[Token], i: usize) -> Option<usize> {
    let percent = within(t, i + 1, 5, &["%"])?;
    let what = within(t, percent + 1, 4, &["phí", "giá", "cước"])?;
    let cost = matches!(text(t, what - 1), "chi" | "kinh") || text(t, what + 1) == "thành";
    (!cost).then_some(what)
}

/// `hỗ trợ 100% lệ phí`.
fn paid(t: &[Token], i: usize) -> Option<usize> {
    let whole = matches!((text(t, i + 2), text(t, i + 3)), ("100", "%") | ("toàn", "bộ"));
    let what = within(t, i + 4, 3, &["phí", "cước"]).filter(|_| whole)?;
    (!matches!(text(t, what - 1), "kinh" | "chi")).then_some(what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::lint::piece::told;

    #[test]
    fn money_is_told_from_other_words() {
        for (t, want) in [
            ("Phí 50.000 đồng một năm, hoặc 1,2 triệu đồng.", vec!["50.000 đồng", "1,2 triệu đồng"]),
            ("chỉ 99.000đ! hay 50.000 VNĐ, 10 nghìn đồng", vec!["99.000đ", "50.000 VNĐ", "10 nghìn đồng"]),
            ("có 12 đồng chí, 5 đồng hồ, 3 đồng nghiệp, 100 đồng bào", vec![]),
            ("bắt 10 đồng phạm, nhặt 2 đồng tiền cổ, 3 đồng sáng lập, hai đồng phạm", vec![]),
            ("ngày 22/10/2025, 50% của 2026, A10 đồng, 0 đồng", vec![]),
            ("Không ghi mức 50.000 đồng.", vec![]),
            ("Không được thu 50.000 đồng hay 100.000 đồng.", vec![]),
            ("có 5 đ/c tham dự", vec![]),
            ("Phí 50.000\nđồng, 50.000&nbsp;đồng", vec!["50.000 đồng", "50.000 đồng"]),
            ("chỉ 50k, giá 1tr5 hay 2tr", vec!["50k", "1tr5", "2tr"]),
            ("Mức phí 1,5 triệu; chỉ 50 ngàn", vec!["1,5 triệu", "50 ngàn"]),
            ("50 ngàn!", vec!["50 ngàn"]),
            ("thu 50 000 đồng, năm mươi nghìn đồng", vec!["50 000 đồng", "năm mươi nghìn đồng"]),
            ("giá 20 USD, $20, 20$, 20 đô la", vec!["20 USD", "$20", "20$", "20 đô la"]),
            ("50.000 một năm, 12.000 lượt mỗi năm", vec!["50.000 một năm"]),
            ("hơn 2 triệu người, 50k lượt xem, màn hình 4K, 20 đô thị, 10 nghìn hộ", vec![]),
            ("Cả nước có hơn 2 triệu. Kế hoạch 276/KH-UBND, khoảng 5 nghìn và 30 tr. 5", vec![]),
            ("nộp 50.000 đồng tiền phí", vec!["50.000 đồng"]),
        ] {
            assert_eq!(told(t, prices), want, "{t}");
        }
    }

    #[test]
    fn free_has_many_wordings() {
        for (t, want) in [
            ("được miễn phí 2 năm", vec!["miễn phí"]),
            ("chỉ 0 đồng, hoặc 0đ; free wifi", vec!["0 đồng", "0đ", "free"]),
            ("50.000 đồng, freedom", vec![]),
            ("không được hứa miễn phí", vec![]),
            ("miễn\nphí, **Miễn** phí; miễn  lệ\u{a0}phí", vec!["miễn phí", "Miễn phí", "miễn lệ phí"]),
            ("chỉ 0 VNĐ, miễn 100% lệ phí", vec!["0 VNĐ", "miễn 100% lệ phí"]),
            ("không tốn đồng nào; không mất tiền", vec!["không tốn đồng nào", "không mất tiền"]),
            ("không thu tiền; không phải trả phí", vec!["không thu tiền", "không phải trả phí"]),
            ("tặng 2 năm; giảm 50% phí", vec!["tặng 2 năm", "giảm 50% phí"]),
            ("hỗ trợ 100% lệ phí", vec!["hỗ trợ 100% lệ phí"]),
            ("miễn là nộp phí; miễn dịch; không nộp tiền cho người lạ", vec![]),
            ("Cảnh giác để không mất tiền", vec![]),
            ("giảm 30% chi phí tuân thủ; hỗ trợ kinh phí; tặng 500 suất quà; tặng bằng khen", vec![]),
        ] {
            assert_eq!(told(t, free), want, "{t}");
        }
    }
}
