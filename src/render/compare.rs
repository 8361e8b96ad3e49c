//! What differs between two renditions of a post in one voice, in the words their readers get: what an approver is shown, so that a
//! second look need not read everything again.

use super::judge::bare;
use super::merge::in_words;
use crate::domain::message::Rendition;

/// A piece of a comparison, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// So many lines that are as before.
    Same(usize),
    /// A line that is gone.
    Gone(String),
    /// A line that is new.
    New(String),
}

/// Lines compared at most; of longer texts the middle counts as one change.
const MAX_LINES: usize = 2_000;

/// What differs; empty if a reader gets the same words, links, pictures and files, in the HTML and in the text. A frame that only
/// looks otherwise is no difference to a reader, and is none here.
pub fn compare(old: &Rendition, new: &Rendition) -> Vec<Piece> {
    let (old, new) = (lines(old), lines(new));
    if old == new {
        return vec![];
    }
    let (a, b): (Vec<&str>, Vec<&str>) =
        (old.iter().map(String::as_str).collect(), new.iter().map(String::as_str).collect());
    let head = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let tail = a[head..].iter().rev().zip(b[head..].iter().rev()).take_while(|(x, y)| x == y).count();
    let mut out = vec![];
    same(&mut out, head);
    middle(&mut out, &a[head..a.len() - tail], &b[head..b.len() - tail]);
    same(&mut out, tail);
    out
}

fn same(out: &mut Vec<Piece>, n: usize) {
    match out.last_mut() {
        _ if n == 0 => {}
        Some(Piece::Same(before)) => *before += n,
        Some(Piece::Gone(_) | Piece::New(_)) | None => out.push(Piece::Same(n)),
    }
}

/// The longest common lines stay; the rest is gone or new.
fn middle(out: &mut Vec<Piece>, a: &[&str], b: &[&str]) {
    if a.len().max(b.len()) > MAX_LINES {
        out.extend(a.iter().map(|t| Piece::Gone((*t).to_owned())));
        out.extend(b.iter().map(|t| Piece::New((*t).to_owned())));
        return;
    }
    let mut longest = vec![vec![0u16; b.len() + 1]; a.len() + 1];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            longest[i][j] = if a[i] == b[j] {
                longest[i + 1][j + 1] + 1
            } else {
                longest[i + 1][j].max(longest[i][j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            same(out, 1);
            (i, j) = (i + 1, j + 1);
        } else if j == b.len() || (i < a.len() && longest[i + 1][j] >= longest[i][j + 1]) {
            out.push(Piece::Gone(a[i].to_owned()));
            i += 1;
        } else {
            out.push(Piece::New(b[j].to_owned()));
            j += 1;
        }
    }
}

/// What a reader gets, line by line.
fn lines(r: &Rendition) -> Vec<String> {
    let mut out = vec![r.title.clone()];
    // The words of a chat are what its messages say, and a message more is a difference.
    let text = if r.parts.is_empty() { r.text.clone() } else { r.parts.join("\n―――\n") };
    out.extend(in_words(&text).lines().map(str::trim_end).filter(|l| !l.is_empty()).map(str::to_owned));
    // What only the HTML says, or says otherwise; the same words again are no news.
    if let Some(html) = r.html.as_deref().filter(|_| r.parts.is_empty()) {
        let said = bare(&out.join(" "));
        let own = super::judge::lines(&in_words(html));
        out.extend(own.into_iter().filter(|l| !said.contains(&bare(l))).map(|l| format!("[HTML] {l}")));
    }
    // Where an address stands in the HTML only, it is no word of the text.
    out.extend(r.link.iter().cloned());
    // A site files the article under these.
    if matches!(r.voice, crate::domain::message::Voice::Web) {
        let kept = [("chuyên mục", &r.categories), ("thẻ", &r.tags)];
        let kept = kept.into_iter().filter(|(_, v)| !v.is_empty());
        out.extend(kept.map(|(k, v)| format!("[{k}: {}]", v.join(", "))));
    }
    out.extend(
        r.attachments
            .iter()
            .map(|a| format!("[{}: {} {}]", a.name, a.alt, a.sha256.get(..12).unwrap_or_default())),
    );
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::message::Voice;

    fn r(text: &str) -> Rendition {
        Rendition {
            voice: Voice::Mail,
            kind: "email".into(),
            title: "T".into(),
            lead: String::new(),
            text: text.into(),
            html: Some(format!("<p>{text}</p>")),
            parts: vec![],
            attachments: vec![],
            slug: String::new(),
            link: None,
            categories: vec![],
            tags: vec![],
            seconds: None,
            album: 0,
        }
    }

    #[test]
    fn a_line_that_changed_is_gone_and_new() {
        let got = compare(&r("một\nhai\nba\nbốn"), &r("một\nhai đổi\nba\nbốn\nnăm"));
        assert_eq!(
            got,
            [
                Piece::Same(2),
                Piece::Gone("hai".into()),
                Piece::New("hai đổi".into()),
                Piece::Same(2),
                Piece::New("năm".into())
            ]
        );
    }

    #[test]
    fn what_only_the_html_says_is_compared() {
        let of = |html: &str| Rendition { html: Some(html.into()), ..r("một") };
        let old = of("<p>một <a href=\"https://a.example\">xem</a></p>");
        for (new, said) in [
            ("<p>một <a href=\"https://b.example\">xem</a></p>", "[HTML] một xem <https://b.example>"),
            ("<p>một <a href=\"https://a.example\">xem</a></p><p>hai</p>", "[HTML] hai"),
            (
                "<p>một <a href=\"https://a.example\">xem</a><img src=\"cid:x\" alt=\"Ảnh\"></p>",
                "[HTML] một xem <https://a.example> [cid:x Ảnh]",
            ),
        ] {
            assert!(
                compare(&old, &of(new)).contains(&Piece::New(said.into())),
                "{new}: {:?}",
                compare(&old, &of(new))
            );
        }
        assert_eq!(
            compare(&old, &of("<div class=\"x\"><p>một <a href=\"https://a.example\">xem</a></p></div>")),
            []
        );
    }

    #[test]
    fn marks_are_said_in_words() {
        let old =
            r("Kính gửi @@LOA-NAME@@,@@LOA-OPT-OUT-BEGIN@@ thôi: @@LOA-OPT-OUT-URL@@@@LOA-OPT-OUT-END@@");
        let gone = Piece::Gone("Kính gửi (tên người nhận), thôi: (đường từ chối nhận)".into());
        let got = compare(&old, &r("hai"));
        assert!(got.contains(&gone) && !format!("{got:?}").contains("@@"), "{got:?}");
    }

    #[test]
    fn another_frame_around_the_same_words_is_none() {
        let old = r("một");
        assert_eq!(
            compare(&old, &Rendition { html: Some("<div><p>một</p></div>".into()), ..old.clone() }),
            []
        );
        assert_eq!(compare(&old, &Rendition { parts: vec!["một".into()], ..old.clone() }), []);
        assert_ne!(compare(&old, &Rendition { parts: vec!["một".into(), "hai".into()], ..old.clone() }), []);
    }

    proptest::proptest! {
        #[test]
        fn old_and_new_can_be_read_out_of_the_pieces(a in "[ab\n]{0,30}", b in "[abc\n]{0,30}") {
            let (old, new) = (lines(&r(&a)), lines(&r(&b)));
            let (mut i, mut j) = (0, 0);
            for p in compare(&r(&a), &r(&b)) {
                match p {
                    Piece::Same(n) => {
                        proptest::prop_assert_eq!(&old[i..i + n], &new[j..j + n]);
                        (i, j) = (i + n, j + n);
                    }
                    Piece::Gone(t) => {
                        proptest::prop_assert_eq!(&t, &old[i]);
                        i += 1;
                    }
                    Piece::New(t) => {
                        proptest::prop_assert_eq!(&t, &new[j]);
                        j += 1;
                    }
                }
            }
            if old != new {
                proptest::prop_assert_eq!((i, j), (old.len(), new.len()));
            }
        }
    }
}
