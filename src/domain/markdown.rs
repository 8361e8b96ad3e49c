//! Which Markdown a text is written in, and the pictures that one shows: asked by rules that know nothing of voices.

use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// What a text may hold beside CommonMark.
const OPTIONS: Options = Options::ENABLE_TABLES
    .union(Options::ENABLE_STRIKETHROUGH)
    .union(Options::ENABLE_TASKLISTS)
    .union(Options::ENABLE_FOOTNOTES);

/// What a text says, as CommonMark reads it, with where each event stands; but signs that are no marks stay signs: a star between digits
/// (`20*30 cm`, `*098*1#`) and a single tilde (`~50 hộ`), which would take the words between two of them away.
pub fn events(text: &str) -> Vec<(Event<'_>, Range<usize>)> {
    let mut out: Vec<(Event<'_>, Range<usize>)> = vec![];
    // Of each span that is open: its mark, if it is printed as typed.
    let mut typed: Vec<Option<usize>> = vec![];
    let mut was_sign = false;
    for (event, at) in Parser::new_ext(text, OPTIONS).into_offset_iter() {
        let span = matches!(
            event,
            Event::Start(Tag::Emphasis | Tag::Strong | Tag::Strikethrough)
                | Event::End(TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough)
        );
        #[expect(clippy::wildcard_enum_match_arm, reason = "events of another crate")]
        let sign = match &event {
            Event::Start(_) if span => {
                let mark = mark(&event, &text[at.clone()]);
                typed.push(as_typed(text, &at, mark).then_some(mark));
                typed.last().copied().flatten().map(|n| at.start..at.start + n)
            }
            Event::End(_) if span => typed.pop().flatten().map(|n| at.end - n..at.end),
            _ => None,
        };
        let is_sign = sign.is_some();
        let (event, at) = sign.map_or((event, at), |r| (Event::Text(text[r.clone()].into()), r));
        // Words stand together with the signs between them.
        if (is_sign || was_sign)
            && let (Event::Text(now), Some((Event::Text(last), before))) = (&event, out.last_mut())
            && before.end == at.start
            && text[before.clone()] == **last
            && text[at.clone()] == **now
        {
            *before = before.start..at.end;
            *last = text[before.clone()].into();
            was_sign = is_sign;
            continue;
        }
        was_sign = is_sign;
        out.push((event, at));
    }
    out
}

/// The bytes of a span's mark.
fn mark(start: &Event<'_>, span: &str) -> usize {
    #[expect(clippy::wildcard_enum_match_arm, reason = "events of another crate")]
    match start {
        Event::Start(Tag::Strong) => 2,
        Event::Start(Tag::Strikethrough) if span.starts_with("~~") => 2,
        _ => 1,
    }
}

/// True for a span whose marks are signs.
fn as_typed(text: &str, at: &Range<usize>, mark: usize) -> bool {
    let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit() || c == '#');
    let (before, first) = (text[..at.start].chars().next_back(), text[at.start + mark..].chars().next());
    let (last, after) = (text[..at.end - mark].chars().next_back(), text[at.end..].chars().next());
    text[at.clone()].starts_with('~') && mark == 1
        || digit(before) && digit(first)
        || digit(last) && digit(after)
}

/// A picture of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// What it is called: `kit:id`, or a file's name.
    pub source: String,
    /// Where it stands, in bytes.
    pub at: Range<usize>,
}

impl Shown {
    /// The asset of the media kit that it names, if it names one.
    pub fn asset(&self) -> Option<&str> {
        self.source.strip_prefix("kit:")
    }
}

/// The pictures of a text, however they are written; what stands in code or in a comment is none.
pub fn pictures(markdown: &str) -> Vec<Shown> {
    let pictures = events(markdown).into_iter().filter_map(|(event, at)| {
        let Event::Start(Tag::Image { dest_url, .. }) = event else { return None };
        Some(Shown { source: dest_url.to_string(), at })
    });
    pictures.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_that_are_no_marks_stay() {
        let said = |text: &str| -> String {
            #[expect(clippy::wildcard_enum_match_arm, reason = "events of another crate")]
            let all = events(text).into_iter().map(|(e, _)| match e {
                Event::Text(t) => t.to_string(),
                Event::Start(Tag::Emphasis | Tag::Strong | Tag::Strikethrough) => "<".into(),
                Event::End(TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough) => ">".into(),
                _ => String::new(),
            });
            all.collect()
        };
        for same in [
            "Khổ 3*4 m hoặc 2*3 m, hộp 20*30*40 cm.",
            "Bấm *098*1# rồi *101# để tra cứu.",
            "Khách sạn 4*, 5* và 3*.",
            "Từ 7h30~ 11h, ~13h30 đến 17h~.",
            "~50 hộ tại phường, ~70 hộ tại xã~ và ~một~",
            "2**3**4",
        ] {
            assert_eq!(said(same), same);
        }
        for (text, want) in [
            ("*Năm 2026*, **1.000 tỷ** và ~~cũ~~", "<Năm 2026>, <1.000 tỷ> và <cũ>"),
            ("**Khổ 3*4** và *2*", "<Khổ 3*4> và <2>"),
            ("số *2026* này", "số <2026> này"),
        ] {
            assert_eq!(said(text), want);
        }
    }

    #[test]
    fn pictures_are_found_however_they_are_written() {
        let text = "![a](kit:mot) ![b]( <kit:hai> \"chú\" ) ![c][ba]\n\n> ![d](bon.png)\n\n`![e](kit:ma)`\n\n\
                    <!-- ![f](kit:an) -->\n\n```\n![g](kit:an)\n```\n\n\\![h](kit:an)\n\n[ba]: kit:ba\n";
        let found = pictures(text);
        let sources: Vec<&str> = found.iter().map(|p| p.source.as_str()).collect();
        assert_eq!(sources, ["kit:mot", "kit:hai", "kit:ba", "bon.png"]);
        assert_eq!(found.iter().filter_map(Shown::asset).collect::<Vec<_>>(), ["mot", "hai", "ba"]);
        assert_eq!(&text[found[2].at.clone()], "![c][ba]");
    }
}
