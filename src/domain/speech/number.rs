//! Numbers in words, as they are said in the north: `linh`, `mốt`, `tư`, `lăm`, `nghìn`.

const DIGITS: [&str; 10] = ["không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"];

/// `2026` is `hai nghìn không trăm hai mươi sáu`.
pub fn cardinal(n: u64) -> String {
    let mut words = vec![];
    whole(n, false, &mut words);
    words.join(" ")
}

/// Each digit by itself: `225` is `hai hai năm`.
pub fn digits(s: &str) -> String {
    let said: Vec<&str> = s.chars().filter_map(|c| DIGITS.get(c.to_digit(10)? as usize)).copied().collect();
    said.join(" ")
}

/// A place in an order, after `thứ`: `nhất`, `hai`, `tư`.
pub fn ordinal(n: u64) -> String {
    match n {
        1 => "nhất".into(),
        4 => "tư".into(),
        n => cardinal(n),
    }
}

/// A month after `tháng`.
pub fn month(n: u64) -> String {
    if n == 4 { "tư".into() } else { cardinal(n) }
}

/// A day after `ngày`: the first ten take `mùng`.
pub fn day(n: u64) -> String {
    if n <= 10 { format!("mùng {}", cardinal(n)) } else { cardinal(n) }
}

/// What stands behind the comma: two digits as a number (`12,25`), others one by one (`0,05`, `3,141`).
pub fn decimals(s: &str) -> String {
    match s.parse::<u64>() {
        Ok(n) if s.len() <= 2 && !s.starts_with('0') => cardinal(n),
        _ => digits(s),
    }
}

/// `full`: something stands before, so that empty hundreds are said.
fn whole(n: u64, full: bool, out: &mut Vec<&'static str>) {
    for (size, name) in [(1_000_000_000, "tỷ"), (1_000_000, "triệu"), (1000, "nghìn")] {
        if n >= size {
            whole(n / size, full, out);
            out.push(name);
            if !n.is_multiple_of(size) {
                whole(n % size, true, out);
            }
            return;
        }
    }
    let (hundreds, tens, ones) = (n as usize / 100, n as usize / 10 % 10, n as usize % 10);
    let with_hundreds = full || hundreds > 0;
    if with_hundreds {
        out.extend([DIGITS[hundreds], "trăm"]);
    }
    match tens {
        0 if ones > 0 && with_hundreds => out.push("linh"),
        0 => {}
        1 => out.push("mười"),
        t => out.extend([DIGITS[t], "mươi"]),
    }
    match (tens, ones) {
        (0, 0) if with_hundreds => {}
        (1.., 0) => {}
        (2.., 1) => out.push("mốt"),
        (2.., 4) => out.push("tư"),
        (1.., 5) => out.push("lăm"),
        (_, o) => out.push(DIGITS[o]),
    }
}

/// The value of a Roman numeral, if it is written as one should be; at most 39 (`XXXIX`).
pub fn roman(s: &str) -> Option<u64> {
    (1..40).find(|&n| written_roman(n) == s)
}

fn written_roman(n: u64) -> String {
    const ONES: [&str; 10] = ["", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX"];
    "X".repeat(n as usize / 10) + ONES[n as usize % 10]
}

/// The name of a letter, as northern schools teach it for spelling: `bê`, `xê`. Vowels are their own names.
pub fn letter(c: char) -> Option<&'static str> {
    Some(match c.to_lowercase().next()? {
        'b' => "bê",
        'c' => "xê",
        'd' => "dê",
        'đ' => "đê",
        'f' => "ép",
        'g' => "giê",
        'h' => "hát",
        'j' => "gi",
        'k' => "ca",
        'l' => "e-lờ",
        'm' => "em-mờ",
        'n' => "en-nờ",
        'p' => "pê",
        'q' => "quy",
        'r' => "e-rờ",
        's' => "ét-xì",
        't' => "tê",
        'v' => "vê",
        'w' => "vê kép",
        'x' => "ích-xì",
        'z' => "dét",
        'a' => "a",
        'e' => "e",
        'i' => "i",
        'o' => "o",
        'u' => "u",
        'y' => "y dài",
        'ă' => "á",
        'â' => "ớ",
        'ê' => "ê",
        'ô' => "ô",
        'ơ' => "ơ",
        'ư' => "ư",
        _ => return None,
    })
}

/// Letters and digits one by one, hyphens and dots by name.
pub fn spelled(s: &str) -> String {
    let mut out: Vec<&str> = vec![];
    for c in s.chars() {
        match c {
            '-' => out.push("gạch ngang"),
            '_' => out.push("gạch dưới"),
            '.' => out.push("chấm"),
            '+' => out.push("cộng"),
            c => out.extend(
                letter(c)
                    .or_else(|| c.to_digit(10).and_then(|d| DIGITS.get(d as usize)).copied())
                    .or_else(|| plain_letter(c)),
            ),
        }
    }
    out.join(" ")
}

/// The name of a marked letter's base: `Ế` is spelled as `ê`.
fn plain_letter(c: char) -> Option<&'static str> {
    let base = deunicode::deunicode_char(c)?.chars().next()?;
    if base.is_alphabetic() { letter(base) } else { None }
}
