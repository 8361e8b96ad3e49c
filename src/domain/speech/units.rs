//! Units behind a number, and what they are for: `km/h`, `đồng một người`, `triệu`.

use super::amount::read_whole;
use super::text::{Line, space};

/// Units behind a number, and what is said for them.
const UNITS: &[(&str, &str)] = &[
    ("%", "phần trăm"),
    ("‰", "phần nghìn"),
    ("đồng", "đồng"),
    ("đ", "đồng"),
    ("₫", "đồng"),
    ("VNĐ", "đồng"),
    ("VND", "đồng"),
    ("vnđ", "đồng"),
    ("US$", "đô la Mỹ"),
    ("USD", "đô la Mỹ"),
    ("$", "đô la Mỹ"),
    ("EUR", "ơ-rô"),
    ("€", "ơ-rô"),
    ("trđ", "triệu đồng"),
    ("tỷđ", "tỷ đồng"),
    ("tr", "triệu"),
    ("k", "nghìn"),
    ("K", "nghìn"),
    ("km²", "ki-lô-mét vuông"),
    ("km2", "ki-lô-mét vuông"),
    ("km³", "ki-lô-mét khối"),
    ("km", "ki-lô-mét"),
    ("m²", "mét vuông"),
    ("m2", "mét vuông"),
    ("m³", "mét khối"),
    ("m3", "mét khối"),
    ("cm²", "xăng-ti-mét vuông"),
    ("cm2", "xăng-ti-mét vuông"),
    ("cm", "xăng-ti-mét"),
    ("cc", "phân khối"),
    ("mmHg", "mi-li-mét thủy ngân"),
    ("mm", "mi-li-mét"),
    ("dm", "đề-xi-mét"),
    ("m", "mét"),
    ("ha", "héc-ta"),
    ("kg", "ki-lô-gam"),
    ("mg", "mi-li-gam"),
    ("g", "gam"),
    ("ml", "mi-li-lít"),
    ("T", "tấn"),
    ("lít", "lít"),
    ("l", "lít"),
    ("L", "lít"),
    ("KB", "ki-lô-bai"),
    ("MB", "mê-ga-bai"),
    ("GB", "gi-ga-bai"),
    ("TB", "tê-ra-bai"),
    ("Kbps", "ki-lô-bít một giây"),
    ("kbps", "ki-lô-bít một giây"),
    ("Mbps", "mê-ga-bít một giây"),
    ("Gbps", "gi-ga-bít một giây"),
    ("kHz", "ki-lô-héc"),
    ("MHz", "mê-ga-héc"),
    ("GHz", "gi-ga-héc"),
    ("Hz", "héc"),
    ("kWh", "ki-lô-oát giờ"),
    ("kW", "ki-lô-oát"),
    ("KW", "ki-lô-oát"),
    ("MW", "mê-ga-oát"),
    ("W", "oát"),
    ("kV", "ki-lô-vôn"),
    ("KV", "ki-lô-vôn"),
    ("kVA", "ki-lô-vôn ampe"),
    ("MVA", "mê-ga-vôn ampe"),
    ("V", "vôn"),
    ("mAh", "mi-li-ampe giờ"),
    ("hPa", "héc-tô-pát-can"),
    ("dB", "đề-xi-ben"),
    ("px", "điểm ảnh"),
    ("°C", "độ xê"),
    ("ºC", "độ xê"),
    ("oC", "độ xê"),
    ("℃", "độ xê"),
    ("℉", "độ ép"),
    ("°F", "độ ép"),
    ("°", "độ"),
    ("giờ", "giờ"),
    ("h", "giờ"),
    ("phút", "phút"),
    ("ph", "phút"),
    ("p", "phút"),
    ("'", "phút"),
    ("’", "phút"),
    ("giây", "giây"),
    ("s", "giây"),
    ("tuổi", "tuổi"),
];

/// What a number may be so many of, besides [`UNITS`]: of it there are decimals.
const SIZES: [&str; 17] = [
    "trăm", "nghìn", "ngàn", "vạn", "triệu", "tỷ", "tỉ", "lần", "điểm", "tấn", "tạ", "yến", "mét", "cân",
    "sào", "mẫu", "độ",
];

/// True if what has decimals follows: a unit, or a word like `triệu`.
pub fn measured(t: Line<'_>, i: usize) -> bool {
    measure_len(t, i).is_some()
}

/// How long that is.
pub fn measure_len(t: Line<'_>, i: usize) -> Option<usize> {
    let gap = t.run(i, space);
    let word = t.word(i + gap);
    let size = (gap == 1 && SIZES.contains(&word.as_str())).then(|| gap + word.chars().count());
    size.or_else(|| unit(t, i).map(|(n, _)| n))
}

/// A unit at this place, a space before it allowed: characters it takes, and what is said.
pub fn unit(t: Line<'_>, i: usize) -> Option<(usize, &'static str)> {
    let gap = t.run(i, space);
    if gap > 1 {
        return None;
    }
    // Behind a space a single letter may be a word of its own (`lớp 5 k`), not so the common ones.
    let (written, said) = UNITS
        .iter()
        .filter(|(u, _)| t.has(i + gap, u))
        // `số 5 đ. Lê Lợi`: a street. `5 đ/c`: five comrades.
        .filter(|(u, _)| *u != "đ" || gap == 0 || !super::words::initial(t, i + gap))
        .filter(|(u, _)| {
            *u != "đ" || !(["/c", "/k"].iter().any(|s| t.has(i + gap + 1, s)) && t.ends(i + gap + 3))
        })
        .filter(|(u, _)| {
            let end = i + gap + u.chars().count();
            !u.chars().last().is_some_and(char::is_alphanumeric) || t.ends(end)
        })
        // `trên 3,5T`, `xe 10T`; `lớp 5T` is a name.
        .filter(|(u, _)| *u != "T" || gap == 0 && weighs(t, i))
        .filter(|(u, _)| {
            let watts = matches!(*u, "V" | "W") && i > 1 && t.c[i - 2].is_ascii_digit();
            gap == 0
                || watts
                || !matches!(*u, "k" | "K" | "p" | "s" | "'" | "’" | "tr" | "V" | "W" | "L" | "oC")
        })
        .max_by_key(|(u, _)| u.chars().count())?;
    Some((gap + written.chars().count(), said))
}

/// True if the number that ends here is of a lorry's weight.
fn weighs(t: Line<'_>, end: usize) -> bool {
    let n = t.c[..end].iter().rev().take_while(|c| c.is_ascii_digit() || **c == ',').count();
    t.before(end - n, 2).iter().any(|w| ["xe", "tải", "trọng", "trên", "dưới"].contains(&w.as_str()))
}

/// `/năm`, `/người/ngày` behind an amount: "một năm", "một người một ngày".
pub fn each(t: Line<'_>, i: usize) -> Option<(usize, String)> {
    let (mut len, mut said) = each_one(t, i)?;
    while let Some((n, more)) = each_one(t, i + len) {
        len += n;
        said = format!("{said} {more}");
    }
    Some((len, said))
}

fn each_one(t: Line<'_>, i: usize) -> Option<(usize, String)> {
    if t.at(i) != '/' {
        return None;
    }
    // `300 mm/24h`
    if let Some((_, n)) = t.small(i + 1).filter(|(_, n)| t.at(i + 1 + n) == 'h' && t.ends(i + 2 + n)) {
        return Some((n + 2, format!("trong {} giờ", read_whole(&t.text(i + 1, n)))));
    }
    if let Some((n, said)) = unit(t, i + 1).filter(|_| !space(t.at(i + 1))) {
        let area = said.ends_with("vuông") || said.ends_with("khối");
        return Some((n + 1, format!("{} {said}", if area { "trên một" } else { "một" })));
    }
    let word = t.word(i + 1);
    let plain = !word.is_empty() && word.chars().all(char::is_lowercase) && super::words::sayable(&word);
    plain.then(|| (1 + word.chars().count(), format!("một {word}")))
}

/// A price is so much "một mét khối", what lives there is so many "trên một mét vuông".
pub fn priced(unit: &str, each: &str) -> String {
    let money = unit.ends_with("đồng") || unit.ends_with("đô la Mỹ");
    if money { each.replace("trên một ", "một ") } else { each.to_owned() }
}
