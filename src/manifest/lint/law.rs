//! What the law on advertising looks at (Decree 91/2020/NĐ-CP, `domain.md` §5.1): words, labels, names of sellers, prices.

use super::piece::{Line, Link, Piece};

/// Words that make an advertisement of a text.
const SELLING: [&str; 18] = [
    "khuyến mãi",
    "khuyến mại",
    "giảm giá",
    "siêu ưu đãi",
    "ưu đãi sốc",
    "ưu đãi khủng",
    "ưu đãi hấp dẫn",
    "mua ngay",
    "đặt mua ngay",
    "mã giảm",
    "voucher",
    "trúng thưởng",
    "số lượng có hạn",
    "giá rẻ",
    "giá sốc",
    "giá tốt nhất",
    "hoàn tiền",
    "quà tặng hấp dẫn",
];
/// Before them, in the same sentence, these warn of the thing or forbid it.
const AGAINST: [&str; 16] = [
    "không hứa",
    "không được",
    "không ghi",
    "không tự",
    "không nêu",
    "không quảng",
    "không có",
    "không phải",
    "không tin",
    "đừng",
    "tránh",
    "chớ",
    "cảnh giác",
    "coi chừng",
    "lừa",
    "giả mạo",
];
const FREE: [&str; 9] = [
    "miễn phí",
    "miễn hoàn toàn phí",
    "miễn lệ phí",
    "không mất phí",
    "không thu phí",
    "không tốn phí",
    "0 đồng",
    "0đ",
    "free",
];
const LABELS: [&str; 4] = ["[qc]", "[ad]", "(qc)", "[quảng cáo]"];
/// What `đồng` begins beside money.
const OTHERS: [&str; 20] = [
    "chí", "bào", "hồ", "phục", "nghiệp", "đội", "hương", "thời", "ý", "minh", "loạt", "tác", "diễn", "quan",
    "ruộng", "chủ", "bằng", "đều", "dao", "nai",
];
/// Before a name that is a place and no company.
const PLACES: [&str; 10] =
    ["xã", "phường", "thôn", "thị trấn", "đường", "phố", "làng", "huyện", "tổ dân phố", "khu"];

/// A place in a line: column and width, code points.
pub type Spot = (usize, usize);

fn is_word(c: Option<&char>) -> bool {
    c.is_some_and(|c| c.is_alphanumeric())
}

/// Where whole words stand in a line.
fn spots(line: &[char], what: &str) -> Vec<Spot> {
    let w: Vec<char> = what.chars().collect();
    let n = w.len();
    let ends = |i: usize| {
        let (a, b) = (w[0].is_alphanumeric(), w[n - 1].is_alphanumeric());
        let before = a && is_word(i.checked_sub(1).and_then(|p| line.get(p)));
        let after = b && is_word(line.get(i + n));
        !(before || after)
    };
    (0..(line.len() + 1).saturating_sub(n))
        .filter(|&i| line[i..i + n] == w[..] && ends(i))
        .map(|i| (i, n))
        .collect()
}

/// These begin like a warning and urge.
const URGING: [&str; 7] = [
    "đừng bỏ lỡ",
    "đừng bỏ qua",
    "đừng chần chừ",
    "đừng ngần ngại",
    "chớ bỏ lỡ",
    "không phải lo",
    "tránh mất",
];
/// Anywhere in the sentence, these say that it is about a swindle.
const FRAUD: [&str; 5] = ["lừa đảo", "chiếm đoạt", "giả mạo", "mạo danh", "thủ đoạn"];

/// True if the sentence warns of what stands at a place.
fn warned(line: &[char], at: usize) -> bool {
    let stop = |p: usize| {
        matches!(line[p], '!' | '?' | ';')
            || line[p] == '.' && line.get(p + 1).is_none_or(|c| c.is_whitespace())
    };
    let least = at.saturating_sub(400);
    let from = (least..at).rev().find(|p| stop(*p)).map_or(least, |p| p + 1);
    let most = line.len().min(at + 400);
    let to = (at..most).find(|p| stop(*p)).unwrap_or(most);
    let urging: Vec<Spot> = URGING.iter().flat_map(|u| spots(&line[from..at], u)).collect();
    AGAINST
        .iter()
        .flat_map(|a| spots(&line[from..at], a))
        .any(|(p, _)| !urging.iter().any(|(f, n)| (*f..f + n).contains(&p)))
        || FRAUD.iter().any(|w| !spots(&line[from..to], w).is_empty())
}

/// Words that sell.
pub fn selling(line: &Line) -> Vec<Spot> {
    let low = line.lower();
    let mut out: Vec<Spot> =
        SELLING.iter().flat_map(|w| spots(&low, w)).filter(|(at, _)| !warned(&low, *at)).collect();
    out.sort_unstable();
    // "đặt mua ngay" is said once.
    out.dedup_by(|b, a| b.0 < a.0 + a.1);
    out
}

/// Labels of advertisements.
pub fn labels(line: &Line) -> Vec<Spot> {
    let low: Vec<char> = line.raw.iter().map(|c| c.to_lowercase().next().unwrap_or(*c)).collect();
    LABELS.iter().flat_map(|w| spots(&low, w)).collect()
}

/// "Free", in any of its wordings.
pub fn free(line: &Line) -> Vec<Spot> {
    let low = line.lower();
    // Letters of a domain's ending do not make "free" of a name: `words` has no domains.
    let mut out: Vec<Spot> =
        FREE.iter().flat_map(|w| spots(&low, w)).filter(|(at, _)| !warned(&low, *at)).collect();
    out.retain(|(at, _)| at.checked_sub(1).and_then(|p| low.get(p)).is_none_or(|c| !matches!(c, '.' | ',')));
    out.sort_unstable();
    out
}

/// Sums of money: a number, then `đ`, `đồng`, `VNĐ`, `nghìn đồng`…
pub fn prices(line: &Line) -> Vec<Spot> {
    let low = line.lower();
    let mut out = vec![];
    let mut i = 0;
    while i < low.len() {
        if !low[i].is_ascii_digit() || is_word(i.checked_sub(1).and_then(|p| low.get(p))) {
            i += 1;
            continue;
        }
        let from = i;
        while i < low.len()
            && (low[i].is_ascii_digit()
                || matches!(low[i], '.' | ',') && low.get(i + 1).is_some_and(char::is_ascii_digit))
        {
            i += 1;
        }
        let zero = low[from..i].iter().all(|c| matches!(c, '0' | '.' | ','));
        if let Some(end) = money(&low, i)
            && !zero
            && !warned(&low, from)
        {
            out.push((from, end - from));
            i = end;
        }
    }
    out
}

/// Where the unit of money after a number ends.
fn money(low: &[char], at: usize) -> Option<usize> {
    let blank =
        |i: usize| i + low[i.min(low.len())..].iter().take_while(|c| matches!(c, ' ' | '\u{a0}')).count();
    let word = |i: usize| {
        let n = low[i.min(low.len())..].iter().take_while(|c| c.is_alphabetic() || **c == '₫').count();
        (low[i.min(low.len())..(i + n).min(low.len())].iter().collect::<String>(), i + n)
    };
    let mut from = blank(at);
    let (mut unit, mut end) = word(from);
    if matches!(unit.as_str(), "nghìn" | "ngàn" | "triệu" | "tỷ" | "tỉ" | "trăm") {
        from = blank(end);
        (unit, end) = word(from);
    }
    match unit.as_str() {
        // `5 đ/c`: five comrades.
        "đ" if low.get(end) == Some(&'/')
            && matches!(low.get(end + 1), Some('c' | 'k'))
            && !is_word(low.get(end + 2)) =>
        {
            None
        }
        "đ" | "₫" | "vnđ" | "vnd" => Some(end),
        "đồng" => {
            let (next, _) = word(blank(end));
            (!OTHERS.contains(&next.as_str())).then_some(end)
        }
        _ => None,
    }
}

/// The registrars that the program knows.
pub fn registrars() -> impl Iterator<Item = &'static str> {
    include_str!("registrars.txt").lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#'))
}

/// Also names of communes: a company only where something says so.
const ALSO_PLACES: [&str; 3] = ["Nhân Hòa", "Nhân Hoà", "Long Vân"];
const SELLER: [&str; 7] =
    ["công ty", "nhà đăng ký", "đăng ký tại", "đăng ký ở", "đăng ký qua", "mua tại", "nhà cung cấp"];

/// A registrar by name or address: line, place, name. Names are as they write themselves: `mắt bão` is weather.
pub fn named<'a>(piece: &Piece, names: &[&'a str]) -> Vec<(usize, Spot, &'a str)> {
    let mut out: Vec<(usize, Spot, &'a str)> = vec![];
    for (n, line) in piece.lines.iter().enumerate() {
        for name in names {
            for (at, width) in spots(&line.words, name) {
                let before: String = line.words[at.saturating_sub(24)..at]
                    .iter()
                    .collect::<String>()
                    .trim_end()
                    .to_lowercase();
                let company = !ALSO_PLACES.contains(name) || SELLER.iter().any(|s| before.ends_with(s));
                if company && !PLACES.iter().any(|p| before.ends_with(p)) {
                    out.push((n, (at, width), name));
                }
            }
        }
    }
    let leads = |l: &Link, name: &str| {
        super::hosts::host(&l.target).is_some_and(|(h, _)| h == name || h.ends_with(&format!(".{name}")))
    };
    for l in &piece.links {
        if let Some(name) = names.iter().find(|n| n.contains('.') && leads(l, n)) {
            out.push((l.line, (l.column, l.width), name));
        }
    }
    out.sort_unstable();
    out.dedup_by(|b, a| a.0 == b.0 && b.1.0 < a.1.0 + a.1.1);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(t: &str) -> Line {
        Piece::of(t).lines.remove(0)
    }
    fn cut(t: &str, s: &[Spot]) -> Vec<String> {
        let c: Vec<char> = t.chars().collect();
        s.iter().map(|(at, n)| c[*at..at + n].iter().collect()).collect()
    }

    #[test]
    fn money_is_told_from_other_words() {
        for (t, want) in [
            ("Phí 50.000 đồng một năm, hoặc 1,2 triệu đồng.", vec!["50.000 đồng", "1,2 triệu đồng"]),
            ("chỉ 99.000đ! hay 50.000 VNĐ, 10 nghìn đồng", vec!["99.000đ", "50.000 VNĐ", "10 nghìn đồng"]),
            ("có 12 đồng chí, 5 đồng hồ, 3 đồng nghiệp, 100 đồng bào", vec![]),
            ("ngày 22/10/2025, 50% của 2026, A10 đồng, 0 đồng", vec![]),
            ("Không ghi mức 50.000 đồng.", vec![]),
            ("Không được thu 50.000 đồng hay 100.000 đồng.", vec![]),
            ("có 5 đ/c tham dự", vec![]),
        ] {
            assert_eq!(cut(t, &prices(&line(t))), want, "{t}");
        }
    }

    #[test]
    fn selling_words_are_told_from_warnings() {
        for (t, want) in [
            ("Khuyến mãi lớn, mua ngay!", vec!["Khuyến mãi", "mua ngay"]),
            ("Đặt mua ngay hôm nay", vec!["Đặt mua ngay"]),
            ("Không hứa khuyến mãi. Đừng tin lời giảm giá", vec![]),
            ("Đừng vội. Giảm giá hôm nay", vec!["Giảm giá"]),
            ("Đừng bỏ lỡ khuyến mãi lớn cuối năm!", vec!["khuyến mãi"]),
            ("Tin báo giảm giá qua tin nhắn là lừa đảo.", vec![]),
            ("{{fact \"khuyến mãi\"}} `giảm giá`", vec![]),
        ] {
            assert_eq!(cut(t, &selling(&line(t))), want, "{t}");
        }
        for (t, want) in [
            ("được miễn phí 2 năm", vec!["miễn phí"]),
            ("chỉ 0 đồng, hoặc 0đ; free wifi", vec!["0 đồng", "0đ", "free"]),
            ("50.000 đồng, freedom", vec![]),
            ("không được hứa miễn phí", vec![]),
        ] {
            assert_eq!(cut(t, &free(&line(t))), want, "{t}");
        }
        assert_eq!(labels(&line("[QC] Tên miền")), [(0, 4)]);
    }

    #[test]
    fn registrars_are_told_from_places_and_weather() {
        let all: Vec<&str> = registrars().collect();
        let n = |t: &str| named(&Piece::of(t), &all).into_iter().map(|x| x.2).collect::<Vec<_>>();
        assert_eq!(n("Đăng ký tại Mắt Bão hoặc iNET"), ["Mắt Bão", "iNET"]);
        assert_eq!(n("[xem](https://www.pavietnam.vn/x)"), ["pavietnam.vn"]);
        assert_eq!(n("P.A Việt Nam"), ["P.A Việt Nam"]);
        assert!(n("nhà văn hóa Nhân Hòa; các xã Vĩnh Bảo, Nhân Hòa").is_empty());
        assert_eq!(n("đăng ký tại Nhân Hòa"), ["Nhân Hòa"]);
        assert!(n("vùng mắt bão; xã Nhân Hòa; thôn Long Vân; https://vnnic.vn/nhadangky").is_empty());
    }
}
