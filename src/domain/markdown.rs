//! Which Markdown a text is written in, and the pictures that one shows: asked by rules that know nothing of voices.

use pulldown_cmark::{Event, Options, Parser, Tag};

/// What a text may hold beside CommonMark.
pub const OPTIONS: Options = Options::ENABLE_TABLES
    .union(Options::ENABLE_STRIKETHROUGH)
    .union(Options::ENABLE_TASKLISTS)
    .union(Options::ENABLE_FOOTNOTES);

/// A picture of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// What it is called: `kit:id`, or a file's name.
    pub source: String,
    /// Where it stands, in bytes.
    pub at: std::ops::Range<usize>,
}

impl Shown {
    /// The asset of the media kit that it names, if it names one.
    pub fn asset(&self) -> Option<&str> {
        self.source.strip_prefix("kit:")
    }
}

/// The pictures of a text, however they are written; what stands in code or in a comment is none.
pub fn pictures(markdown: &str) -> Vec<Shown> {
    let pictures = Parser::new_ext(markdown, OPTIONS).into_offset_iter().filter_map(|(event, at)| {
        let Event::Start(Tag::Image { dest_url, .. }) = event else { return None };
        Some(Shown { source: dest_url.to_string(), at })
    });
    pictures.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

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
