//! What is a name though it has digits: plates of vehicles, flights, places on the map.

use super::text::{Line, space};
use super::{Hit, number};

/// Reads one of them.
pub fn read(t: Line<'_>, i: usize) -> Option<Hit> {
    plate(t, i).or_else(|| flight(t, i)).or_else(|| degrees(t, i)).or_else(|| diameter(t, i))
}

/// `15A-123.45`, `15B1-234.56`: the province, the series, digit by digit what follows.
fn plate(t: Line<'_>, i: usize) -> Option<Hit> {
    let region = t.digits(i);
    let letters = t.run(i + 2, |c| c.is_ascii_uppercase() || c == 'Đ');
    let series = i + 2 + letters;
    let digit = usize::from(t.at(series).is_ascii_digit());
    let at = series + digit + 1;
    if region != 2 || !(1..=2).contains(&letters) || t.at(at - 1) != '-' {
        return None;
    }
    let n = t.digits(at);
    let (len, said) = match n {
        3 if t.at(at + 3) == '.' && t.digits(at + 4) == 2 => {
            (6, format!("{}, {}", number::digits(&t.text(at, 3)), number::digits(&t.text(at + 4, 2))))
        }
        4..=5 => (n, number::digits(&t.text(at, n))),
        _ => return None,
    };
    let name = number::spelled(&t.text(i + 2, letters + digit));
    let first = number::cardinal(t.text(i, 2).parse().ok()?);
    t.ends(at + len).then(|| Hit::both(at + len - i, format!("{first} {name}, {said}")))?
}

/// `chuyến bay VN1188`: letters and digits one by one.
fn flight(t: Line<'_>, i: usize) -> Option<Hit> {
    let n = t.digits(i + 2);
    let letters = t.run(i, |c| c.is_ascii_uppercase());
    let flown = t.before(i, 2).iter().any(|w| w == "bay");
    (letters == 2 && (3..=4).contains(&n) && t.ends(i + 2 + n) && flown).then(|| {
        let said = format!("{}, {}", number::spelled(&t.text(i, 2)), number::digits(&t.text(i + 2, n)));
        Hit::both(2 + n, said)
    })?
}

/// `20°51'54″B`, `106,7°E`: degrees of the map, with minutes, seconds, and which side of it.
fn degrees(t: Line<'_>, i: usize) -> Option<Hit> {
    let n = t.digits(i);
    let m = if t.at(i + n) == ',' { t.digits(i + n + 1) } else { 0 };
    let mut at = i + n + if m > 0 { m + 1 } else { 0 };
    if !(1..=3).contains(&n) || !matches!(t.at(at), '°' | 'º') {
        return None;
    }
    let mut said = number::cardinal(t.text(i, n).parse().ok()?);
    if m > 0 {
        said = format!("{said} phẩy {}", number::decimals(&t.text(i + n + 1, m)));
    }
    said.push_str(" độ");
    at += 1;
    for (marks, name) in [(&['\'', '’', '′'][..], "phút"), (&['"', '”', '″'][..], "giây")] {
        if let Some((v, k)) = t.small(at).filter(|(v, k)| *v < 60 && marks.contains(&t.at(at + k))) {
            said = format!("{said} {} {name}", number::cardinal(v));
            at += k + 1;
        }
    }
    at += t.run_within(at, 1, space);
    // By its Vietnamese letter N is the south; with B or Đ in the line it is.
    let ours =
        t.c.windows(2).any(|w| matches!(w[0], '°' | '\'' | '′' | '″' | '"') && matches!(w[1], 'B' | 'Đ'));
    let side = match t.at(at) {
        'N' if ours => "Nam",
        'N' | 'B' => "Bắc",
        'E' | 'Đ' => "Đông",
        'W' | 'T' => "Tây",
        'S' => "Nam",
        _ => return None,
    };
    if !t.ends(at + 1) {
        return None;
    }
    let mut end = at + 1;
    // `20°51'N - 106°41'E`: one place, not from one to another.
    if let Some(gap) = t.to(end).filter(|gap| degrees(t, end + gap).is_some()) {
        end += gap;
        return degrees(t, end)
            .and_then(|h| Hit::both(end + h.len - i, format!("{said} {side}, {}", h.said)));
    }
    Hit::both(end - i, format!("{said} {side}"))
}

/// `Ø12`: the width of a bar or a pipe.
fn diameter(t: Line<'_>, i: usize) -> Option<Hit> {
    let n = t.run_within(i + 1, 1, space);
    (matches!(t.at(i), 'Ø' | 'ø' | 'Φ' | 'φ') && t.at(i + 1 + n).is_ascii_digit())
        .then(|| Hit::both(1, "phi"))?
}
