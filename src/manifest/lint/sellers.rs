//! Registrars by name or address. Policy information names none (`domain.md` §5.1).

use super::hosts::host;
use super::law::{sentence, spots};
use super::marks::placed;
use super::piece::{Piece, Place, Prose};
use crate::domain::text::fold;

/// What a name is beside a registrar's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Else {
    Nothing,
    /// Words of every day: `mắt bão` is weather.
    Words,
    /// A commune's name.
    Land,
    /// A company of many trades.
    Trades,
}

/// A registrar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seller {
    name: String,
    /// Its words in lower case, tones on the first vowel.
    words: Vec<String>,
    also: Else,
}

/// Reads a list of registrars, one a line; `registrars.txt` says what its signs mean.
pub fn list(text: &str) -> Vec<Seller> {
    let lines = text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#'));
    let seller = |line: &str| {
        let (also, name) = match line.split_once(' ') {
            Some(("?", n)) => (Else::Words, n.trim()),
            Some(("@", n)) => (Else::Land, n.trim()),
            Some(("~", n)) => (Else::Trades, n.trim()),
            Some(_) | None => (Else::Nothing, line),
        };
        let words = tokens(&name.chars().collect::<Vec<_>>()).into_iter().map(|t| placed(&t.text)).collect();
        Seller { name: name.to_owned(), words, also }
    };
    lines.map(seller).filter(|s| !s.words.is_empty()).collect()
}

/// The registrars that the program knows.
pub fn known() -> Vec<Seller> {
    list(include_str!("registrars.txt"))
}

/// Before a name, these send people there to register.
const AT: [&str; 18] = [
    "nhà đăng ký",
    "nhà đăng ký tên miền",
    "đăng ký tại",
    "đăng ký ở",
    "đăng ký qua",
    "đăng ký với",
    "đăng ký bên",
    "đăng ký của",
    "mua tại",
    "mua ở",
    "mua qua",
    "mua của",
    "tên miền tại",
    "tên miền ở",
    "tên miền qua",
    "tên miền của",
    "hosting của",
    "hosting tại",
];
/// Before a name, these say that it is a company.
const COMPANY: [&str; 3] = ["công ty", "nhà cung cấp", "công ty cổ phần"];
/// In the sentence of a name, these say that it is about registering.
const ABOUT: [&str; 9] =
    ["nhà đăng ký", "đăng ký", "tên miền", "hosting", "liên hệ", "mua", "gọi", "dịch vụ", "website"];
/// In the sentence of `Mắt Bão`, these say that it is about the weather.
const WEATHER: [&str; 9] =
    ["bão số", "cơn bão", "tâm bão", "siêu bão", "áp thấp", "gió", "đổ bộ", "vịnh", "biển đông"];
/// Before a name that is a place and no company.
const PLACES: [&str; 11] =
    ["xã", "phường", "thôn", "thị trấn", "đường", "phố", "làng", "huyện", "tổ dân phố", "khu", "đặc khu"];

/// A registrar that a text names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Where.
    pub at: Place,
    /// Its name as the list has it.
    pub name: String,
    /// False where the name may be another thing's: a matter to look at, and no error.
    pub sure: bool,
}

struct Token {
    from: usize,
    to: usize,
    text: String,
}

fn tokens(text: &[char]) -> Vec<Token> {
    let mut out: Vec<Token> = vec![];
    for (i, c) in text.iter().enumerate().filter(|(_, c)| c.is_alphanumeric()) {
        match out.last_mut().filter(|t| t.to == i) {
            Some(t) => {
                t.text.push(*c);
                t.to += 1;
            }
            None => out.push(Token { from: i, to: i + 1, text: c.to_string() }),
        }
    }
    for t in &mut out {
        t.text = t.text.to_lowercase();
    }
    out
}

/// True if words of a text are a name: letters of any case, with all marks or without any.
fn is_name(text: &[char], tokens: &[Token], name: &[String]) -> bool {
    let same = |t: &Token, w: &String| placed(&t.text) == *w || t.text.is_ascii() && t.text == fold(w);
    let joined = |w: &[Token]| {
        let gap = &text[w[0].to..w[1].from];
        gap.len() <= 2
            && gap.iter().all(|c| matches!(c, ' ' | '.' | '-' | '–' | '\u{2011}' | '\''))
            && gap != ['.', ' ']
    };
    name.len() <= tokens.len()
        && tokens.iter().zip(name).all(|(t, w)| same(t, w))
        && tokens[..name.len()].windows(2).all(joined)
}

/// What is said of a name at a place, given the end of the registrar named before it: `None` for no registrar.
fn judge(
    text: &[char],
    low: &[char],
    (from, to): (usize, usize),
    also: Else,
    last: Option<usize>,
) -> Option<bool> {
    let quotes = |c: char| c.is_whitespace() || matches!(c, '“' | '"' | ':' | '(' | '‘' | '\'');
    let before: String = low[from.saturating_sub(40)..from].iter().collect();
    let before = before.trim_end_matches(quotes);
    let ends = |list: &[&str]| {
        list.iter().any(|s| {
            before.strip_suffix(s).is_some_and(|b| b.chars().next_back().is_none_or(|c| !c.is_alphanumeric()))
        })
    };
    // “… tại iNET, Nhân Hòa hoặc Long Vân”.
    let listed = last.is_some_and(|l| {
        let between: String = low[l..from].iter().collect();
        between.split([',', ' ', '/', '(', ')']).all(|w| matches!(w, "" | "và" | "hoặc" | "hay" | "&"))
    });
    let at = ends(&AT) || listed;
    let (a, b) = sentence(low, from);
    let said = |list: &[&str]| list.iter().any(|w| !spots(&low[a..b], w).is_empty());
    let capital = |i: usize| i == 0 || !text[i - 1].is_alphanumeric();
    let written =
        (from..to).filter(|i| text[*i].is_alphabetic() && capital(*i)).all(|i| text[i].is_uppercase());
    match also {
        Else::Nothing => Some(true),
        Else::Land => (at || ends(&COMPANY)).then_some(true).filter(|_| listed || !ends(&PLACES)),
        Else::Words if at || ends(&COMPANY) => Some(true),
        Else::Words if !written || said(&WEATHER) => None,
        Else::Words => Some(said(&ABOUT)),
        Else::Trades if at => Some(true),
        Else::Trades => written.then_some(false),
    }
}

fn in_prose(prose: &Prose, sellers: &[Seller], out: &mut Vec<Told>) {
    let (text, low) = (&prose.words, prose.lower());
    let tokens = tokens(text);
    let (mut i, mut last) = (0, None);
    while i < tokens.len() {
        let here = |s: &&Seller| is_name(text, &tokens[i..], &s.words);
        let Some(s) = sellers.iter().filter(here).max_by_key(|s| s.words.len()) else {
            i += 1;
            continue;
        };
        let (from, to) = (tokens[i].from, tokens[i + s.words.len() - 1].to);
        if let Some(sure) = judge(text, &low, (from, to), s.also, last) {
            // Those in a row with one that people are sent to are as good as named with it.
            last = sure.then_some(to);
            out.push(Told { at: prose.place(from, to - from), name: s.name.clone(), sure });
        }
        i += s.words.len();
    }
}

/// Every registrar that a text names or leads to, in order.
pub fn named(piece: &Piece, sellers: &[Seller]) -> Vec<Told> {
    let mut out = vec![];
    for prose in &piece.blocks {
        in_prose(prose, sellers, &mut out);
    }
    for l in piece.links.iter().filter(|l| !l.fact) {
        let Some((h, _)) = host(&l.target) else { continue };
        let leads = |s: &&Seller| {
            let name = s.name.to_lowercase();
            name.contains('.') && h.strip_suffix(&name).is_some_and(|r| r.is_empty() || r.ends_with('.'))
        };
        if let Some(s) = sellers.iter().find(leads) {
            out.push(Told { at: l.at, name: s.name.clone(), sure: true });
        }
    }
    out.sort_by_key(|t| t.at);
    out.dedup_by(|b, a| a.at.0 == b.at.0 && b.at.1 < a.at.1 + a.at.2 && a.sure >= b.sure);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(t: &str, sure: bool) -> Vec<String> {
        let all = named(&Piece::alone(t), &known());
        all.into_iter().filter(|x| x.sure == sure).map(|x| x.name).collect()
    }

    #[test]
    fn a_registrar_is_known_however_it_is_written() {
        for (t, want) in [
            ("Đăng ký tại Mắt Bão hoặc iNET", vec!["Mắt Bão", "iNET"]),
            ("[xem](https://www.pavietnam.vn/x)", vec!["pavietnam.vn"]),
            ("P.A Việt Nam; PA VIETNAM", vec!["P.A Việt Nam", "PA Vietnam"]),
            ("Đăng ký tại INET, iNet", vec!["iNET", "iNET"]),
            ("Đăng ký tại MẮT BÃO", vec!["Mắt Bão"]),
            ("TENTEN, PAVIETNAM, matbao", vec!["Tenten", "Pavietnam", "Matbao"]),
            ("Mua ở Mat Bao; đăng ký qua mat bao", vec!["Mắt Bão", "Mắt Bão"]),
            ("Liên hệ Mắt *Bão* để mua", vec!["Mắt Bão"]),
            ("Nhà đăng ký Mắt\nBão", vec!["Mắt Bão"]),
            ("Đăng ký tại Viettel", vec!["Viettel"]),
            ("Mua tên miền của VNPT hoặc FPT", vec!["VNPT", "FPT"]),
            ("Xem `matbao.net`, https://matbao\\.vn", vec!["matbao.net", "matbao.vn"]),
            ("đăng ký tại Nhân Hòa, Long Vân", vec!["Nhân Hòa", "Long Vân"]),
            ("đăng ký tại nhà đăng ký Nhân Hoà", vec!["Nhân Hòa"]),
            ("công ty Long Vân", vec!["Long Vân"]),
            ("Viettel IDC", vec!["Viettel IDC"]),
        ] {
            assert_eq!(told(t, true), want, "{t}");
        }
    }

    #[test]
    fn registrars_are_told_from_places_weather_and_other_trades() {
        for t in [
            "nhà văn hóa Nhân Hòa; các xã Vĩnh Bảo, Nhân Hòa",
            "Đăng ký tên miền tại nhà văn hóa xã Nhân Hòa",
            "vùng mắt bão; xã Nhân Hòa; thôn Long Vân; https://vnnic.vn/nhadangky",
            "Mắt Bão số 3 đi vào vịnh",
            "Mất bao nhiêu tiền, đăng ký mất bao lâu",
            "mật báo, mat bao nhieu",
            "P. A. Việt Nam có 34 tỉnh",
        ] {
            assert_eq!(told(t, true), [""; 0], "{t}");
        }
        assert_eq!(told("Tổng đài VNPT, Viettel; FPT", false), ["VNPT", "Viettel", "FPT"]);
        assert_eq!(told("Mắt Bão số 3 đi vào vịnh", false), [""; 0]);
        assert_eq!(told("Mắt Bão, nơi bà con tin cậy", false), ["Mắt Bão"]);
    }
}
