//! What the law on advertising looks at (Decree 91/2020/NĐ-CP, `domain.md` §5.1): words that sell, and labels. Prices:
//! [`super::money`]; names of sellers: [`super::sellers`].

use super::piece::Prose;

/// Words that make an advertisement of a text.
const SELLING: [&str; 28] = [
    "khuyến mãi",
    "khuyến mại",
    "giảm giá",
    "giảm sốc",
    "siêu ưu đãi",
    "ưu đãi sốc",
    "ưu đãi khủng",
    "ưu đãi hấp dẫn",
    "ưu đãi lớn",
    "ưu đãi có hạn",
    "nhận ưu đãi",
    "nhận ngay ưu đãi",
    "săn ưu đãi",
    "mua ngay",
    "đặt mua ngay",
    "đặt hàng ngay",
    "chốt đơn",
    "flash sale",
    "mã giảm",
    "voucher",
    "trúng thưởng",
    "số lượng có hạn",
    "giá rẻ",
    "giá sốc",
    "giá tốt nhất",
    "hoàn tiền",
    "quà tặng hấp dẫn",
    "nhận quà ngay",
];
/// These make another thing of the words in them: what a law or a programme of the State is called, a cost, a right.
const OTHERWISE: [&str; 10] = [
    "giảm giá thành",
    "giảm giá trị",
    "giảm giá vốn",
    "khuyến mại tập trung",
    "khuyến mãi tập trung",
    "hoạt động khuyến mại",
    "pháp luật về khuyến mại",
    "quy định về khuyến mại",
    "quản lý khuyến mại",
    "nhận ưu đãi xã hội",
];
/// Before them, in the same sentence, these warn of the thing or forbid it.
const AGAINST: [&str; 18] = [
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
    "cảnh báo",
    "coi chừng",
    "chiêu",
    "lừa",
    "giả mạo",
];
const LABELS: [&str; 8] = ["[qc]", "[ad]", "(qc)", "(ad)", "[quảng cáo]", "(quảng cáo)", "qc:", "quảng cáo:"];

/// A place in a block: where it begins, and its width, code points.
pub type Spot = (usize, usize);

fn is_word(c: Option<&char>) -> bool {
    c.is_some_and(|c| c.is_alphanumeric())
}

/// Where whole words stand.
pub fn spots(text: &[char], what: &str) -> Vec<Spot> {
    let w: Vec<char> = what.chars().collect();
    let n = w.len();
    let ends = |i: usize| {
        let (a, b) = (w[0].is_alphanumeric(), w[n - 1].is_alphanumeric());
        let before = a && is_word(i.checked_sub(1).and_then(|p| text.get(p)));
        let after = b && is_word(text.get(i + n));
        !(before || after)
    };
    (0..(text.len() + 1).saturating_sub(n))
        .filter(|&i| text[i..i + n] == w[..] && ends(i))
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
const FRAUD: [&str; 6] = ["lừa đảo", "chiếm đoạt", "giả mạo", "mạo danh", "thủ đoạn", "chiêu trò"];

/// The sentence around a place: from, to.
pub fn sentence(text: &[char], at: usize) -> (usize, usize) {
    let stop = |p: usize| {
        matches!(text[p], '!' | '?' | ';')
            || text[p] == '.' && text.get(p + 1).is_none_or(|c| c.is_whitespace())
    };
    let least = at.saturating_sub(400);
    let from = (least..at).rev().find(|p| stop(*p)).map_or(least, |p| p + 1);
    let most = text.len().min(at + 400);
    (from, (at..most).find(|p| stop(*p)).unwrap_or(most))
}

/// True if the sentence warns of what stands at a place.
pub fn warned(text: &[char], at: usize) -> bool {
    let (from, to) = sentence(text, at);
    let urging: Vec<Spot> = URGING.iter().flat_map(|u| spots(&text[from..at], u)).collect();
    AGAINST
        .iter()
        .flat_map(|a| spots(&text[from..at], a))
        .any(|(p, _)| !urging.iter().any(|(f, n)| (*f..f + n).contains(&p)))
        || FRAUD.iter().any(|w| !spots(&text[from..to], w).is_empty())
}

/// Places in order, each said once where they overlap.
pub fn apart(mut spots: Vec<Spot>) -> Vec<Spot> {
    spots.sort_unstable();
    spots.dedup_by(|b, a| {
        let over = b.0 < a.0 + a.1;
        if over {
            a.1 = a.1.max(b.0 + b.1 - a.0);
        }
        over
    });
    spots
}

/// Words that sell.
pub fn selling(prose: &Prose) -> Vec<Spot> {
    let low = prose.lower();
    let otherwise: Vec<Spot> = OTHERWISE.iter().flat_map(|w| spots(&low, w)).collect();
    let within = |at: usize| otherwise.iter().any(|(f, n)| (*f..f + n).contains(&at));
    let all = SELLING.iter().flat_map(|w| spots(&low, w));
    apart(all.filter(|(at, _)| !within(*at) && !warned(&low, *at)).collect())
}

/// Labels of advertisements; one with a colon is a label where a sentence begins.
pub fn labels(prose: &Prose) -> Vec<Spot> {
    let low = prose.lower();
    let begins = |at: usize| {
        let before = low[..at].iter().rev().find(|c| !c.is_whitespace());
        before.is_none_or(|c| matches!(c, '.' | '!' | '?' | '•' | '-'))
    };
    let all = LABELS.iter().flat_map(|w| spots(&low, w).into_iter().map(move |s| (s, w.ends_with(':'))));
    apart(all.filter(|((at, _), colon)| !colon || begins(*at)).map(|x| x.0).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::lint::piece::told;

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
            ("Có khuyến\nmãi, hãy **mua**  ngay", vec!["khuyến mãi", "mua ngay"]),
            ("Đăng ký ngay hôm nay để nhận ưu đãi!", vec!["nhận ưu đãi"]),
            ("Tháng khuyến mại tập trung quốc gia; quy định về khuyến mại", vec![]),
            ("Giảm giá thành sản phẩm, giảm giá bán", vec!["giảm giá"]),
            ("Công an cảnh báo chiêu trúng thưởng", vec![]),
            ("Người nhận ưu đãi xã hội", vec![]),
        ] {
            assert_eq!(told(t, selling), want, "{t}");
        }
    }

    #[test]
    fn labels_are_told_from_words() {
        for (t, want) in [
            ("[QC] Tên miền", vec!["[QC]"]),
            ("(Quảng cáo) Tên miền", vec!["(Quảng cáo)"]),
            ("QC: Tên miền", vec!["QC:"]),
            ("Hết. Quảng cáo: tên miền", vec!["Quảng cáo:"]),
            ("Luật Quảng cáo; các loại quảng cáo: trên báo, trên đài", vec![]),
        ] {
            assert_eq!(told(t, labels), want, "{t}");
        }
    }
}
