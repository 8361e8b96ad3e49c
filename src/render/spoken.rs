//! What the reader of a script sees beside what is said: how an address is written, and where to rest.
//!
//! Marks are for the eye: seconds are estimated before they are put in. How an address is said stays the author's
//! (`chấm vi-en`); nothing here invents a pronunciation.

use super::words::one_line;

/// Spoken forms that stand for a written one wherever they occur, longest first.
const SAID: &[(&str, &str)] = &[("i-đê chấm vi-en", "id.vn"), ("chấm vi-en", ".vn")];

/// Puts the written form in brackets behind each address that is said in words: `chấm vi-en (.vn)`. `hosts`: addresses that
/// the post knows (`hiendienonline.tenmien.vn`), found by their words whatever commas stand between.
pub fn written_beside(line: &str, hosts: &[String]) -> String {
    let words: Vec<&str> = line.split(' ').collect();
    let mut out: Vec<String> = Vec::with_capacity(words.len());
    let mut at = 0;
    while at < words.len() {
        let found = hosts
            .iter()
            .filter_map(|h| Some((host_at(&words[at..], h)?, h.as_str())))
            .chain(SAID.iter().filter_map(|(said, written)| Some((phrase_at(&words[at..], said)?, *written))))
            .max_by_key(|(n, _)| *n);
        let Some((n, written)) = found else {
            out.push(words[at].to_owned());
            at += 1;
            continue;
        };
        let end = at + n;
        out.extend(words[at..end - 1].iter().map(|w| (*w).to_owned()));
        let beside = format!("({written})");
        if words.get(end).is_some_and(|w| w.starts_with(&beside)) {
            out.push(words[end - 1].to_owned()); // the author wrote it
        } else {
            let last = words[end - 1];
            let bare = last.trim_end_matches(mark);
            out.push(bare.to_owned());
            out.push(format!("{beside}{}", &last[bare.len()..]));
        }
        at = end;
    }
    out.join(" ")
}

fn mark(c: char) -> bool {
    matches!(c, '.' | ',' | ';' | ':' | '!' | '?' | '…' | '"' | '”' | ')')
}

fn bare(word: &str) -> &str {
    word.trim_matches(|c: char| mark(c) || matches!(c, '“' | '('))
}

/// How many words of the beginning say `phrase`.
fn phrase_at(words: &[&str], phrase: &str) -> Option<usize> {
    let want: Vec<&str> = phrase.split(' ').collect();
    let all = words.len() >= want.len()
        && want.iter().zip(words).enumerate().all(|(i, (said, word))| {
            // Inside a phrase no mark; its first word may open a quotation, its last one end a sentence.
            let word = if i == 0 { word.trim_start_matches(['“', '"', '(']) } else { word };
            let word = if i + 1 == want.len() { word.trim_end_matches(mark) } else { word };
            word.to_lowercase() == *said
        });
    all.then_some(want.len())
}

/// How many words of the beginning say a host, label by label: `hiện diện online, chấm tên miền, chấm vi-en`.
fn host_at(words: &[&str], host: &str) -> Option<usize> {
    let mut at = 0;
    for (i, label) in host.split('.').enumerate() {
        if i > 0 {
            (bare(words.get(at)?).to_lowercase() == "chấm").then_some(())?;
            at += 1;
        }
        let mut rest = if label == "vn" { "vien" } else { label };
        while !rest.is_empty() {
            let said = deunicode::deunicode(bare(words.get(at)?)).to_lowercase().replace('-', "");
            rest = rest.strip_prefix(said.as_str()).filter(|_| !said.is_empty())?;
            at += 1;
        }
    }
    (at > 1).then_some(at)
}

/// Marks where the reader rests: `/` after commas and semicolons, `//` at the end; what the author marked stays. A mark never
/// begins a line, a hyphen (`vi-en`) never ends one, and no rest falls inside one of the `names` (`Sở Văn hóa, Thể thao và Du
/// lịch`).
pub fn paced(line: &str, names: &[&str]) -> String {
    const INSIDE: &str = "\u{E000}";
    let mut line = one_line(line);
    if line.is_empty() {
        return line;
    }
    for name in names.iter().filter(|n| n.contains(", ")) {
        line = line.replace(*name, &name.replace(", ", INSIDE));
    }
    let line = line
        .trim_end_matches(['/', ' '])
        .replace('-', "\u{2011}")
        .replace(" / ", "\u{A0}/ ")
        .replace(", ", ",\u{A0}/ ")
        .replace("; ", ";\u{A0}/ ")
        .replace("/\u{A0}/ ", "/ ")
        .replace(INSIDE, ", ");
    format!("{line}\u{A0}//")
}

/// The forms of an office's name in which no rest may fall: the whole, and without its place at the end.
pub fn names_of(organisation: &str) -> Vec<String> {
    let whole = one_line(organisation);
    let short = [" thành phố ", " tỉnh ", " phường ", " xã "]
        .iter()
        .filter_map(|place| whole.split_once(place).map(|(name, _)| name.to_owned()))
        .min_by_key(String::len);
    std::iter::once(whole).chain(short).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_address_stands_beside_its_words() {
        let hosts = ["hiendienonline.tenmien.vn".to_owned()];
        for (said, shown) in [
            (
                "Trang hướng dẫn là: hiện diện online, chấm tên miền, chấm vi-en.",
                "Trang hướng dẫn là: hiện diện online, chấm tên miền, chấm vi-en (hiendienonline.tenmien.vn).",
            ),
            ("Phần cuối là chấm vi-en thì đó là", "Phần cuối là chấm vi-en (.vn) thì đó là"),
            ("tên miền “chấm vi-en”.", "tên miền “chấm vi-en (.vn)”."),
            ("Tên i-đê chấm vi-en, miễn là", "Tên i-đê chấm vi-en (id.vn), miễn là"),
            ("chấm vi-en (.vn) đã có", "chấm vi-en (.vn) đã có"),
            ("Chấm điểm cho bà con.", "Chấm điểm cho bà con."),
        ] {
            assert_eq!(written_beside(said, &hosts), shown);
        }
    }

    #[test]
    fn rests_are_marked() {
        assert_eq!(
            paced("Giá 12,5 triệu, chấm vi-en.", &[]),
            "Giá 12,5 triệu,\u{A0}/ chấm vi\u{2011}en.\u{A0}//"
        );
        assert_eq!(paced("  ", &[]), "");
    }

    #[test]
    fn an_office_is_said_in_one_breath() {
        let names = names_of("Sở Văn hóa, Thể thao và Du lịch thành phố Hải Phòng");
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        assert_eq!(
            paced("Sở Văn hóa, Thể thao và Du lịch thành phố Hải Phòng / xin thông báo.", &names),
            "Sở Văn hóa, Thể thao và Du lịch thành phố Hải Phòng\u{A0}/ xin thông báo.\u{A0}//"
        );
        assert_eq!(
            paced("Hỏi Sở Văn hóa, Thể thao và Du lịch, hoặc phường.", &names),
            "Hỏi Sở Văn hóa, Thể thao và Du lịch,\u{A0}/ hoặc phường.\u{A0}//"
        );
    }

    proptest! {
        #[test]
        fn no_word_is_lost(line in "([a-zđ]{1,6}|chấm|vi-en|vi-en,|id|/){0,12}( [a-zđ]{1,6}| chấm| vi-en\\.){0,12}") {
            let squeeze = |s: &str| s.replace("(.vn)", "").replace("(id.vn)", "").split_whitespace().collect::<String>();
            prop_assert_eq!(squeeze(&written_beside(&line, &[])), squeeze(&line));
        }
    }
}
