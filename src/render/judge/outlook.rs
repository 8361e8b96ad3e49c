//! HTML as Outlook for Windows reads it: what stands in its own comments, and not what is for all others.

/// Conditions that hold in every Outlook for Windows.
const ALWAYS: &[&str] = &["mso", "mso|ie", "gte mso 9", "(gte mso 9)|(ie)", "gte mso 12"];

/// The texts that Outlook may read, where the text has comments for it: with all of them, and with those only that hold in each.
pub(super) fn read(html: &str) -> Vec<String> {
    if !html.contains("[if") {
        return vec![];
    }
    let mut all = vec![resolved(html, false), resolved(html, true)];
    all.dedup();
    all
}

fn resolved(html: &str, always: bool) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, comment)) = rest.split_once("<!--") {
        out.push_str(before);
        let Some((inside, after)) = comment.split_once("-->") else { return out };
        rest = after;
        let Some((condition, text)) =
            inside.trim_start().strip_prefix("[if").and_then(|c| c.split_once("]>"))
        else {
            continue;
        };
        if matches!(text.trim(), "" | "<!" | "<!--") {
            // For all others, to the comment that ends it.
            let end = rest.split_once("<!--<![endif]").or_else(|| rest.split_once("<![endif]"));
            rest = end.map_or("", |(_, more)| more.split_once('>').map_or("", |(_, r)| r));
        } else if !always || ALWAYS.contains(&squeezed(condition).as_str()) {
            out.push_str(text.trim_end().trim_end_matches("<![endif]"));
        }
    }
    out.push_str(rest);
    out
}

fn squeezed(condition: &str) -> String {
    let words = condition.split_ascii_whitespace().collect::<Vec<_>>().join(" ").to_ascii_lowercase();
    words.replace(" |", "|").replace("| ", "|")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_own_comments_are_text_there() {
        for (html, all, always) in [
            ("a<!--[if mso]>b<![endif]-->c<!-- d -->e", "abce", "abce"),
            ("a<!--[if MSO | IE ]>b<![endif]-->c", "abc", "abc"),
            ("a<!--[if lte mso 11]>b<![endif]-->c", "abc", "ac"),
            ("a<!--[if !mso]><!-->b<!--<![endif]-->c", "ac", "ac"),
            ("a<!--[if !mso]><!-- -->b<!-- <![endif]-->c", "ac", "ac"),
            ("a<!--[if gte mso 16]>-->b<!--<![endif]-->c", "ac", "ac"),
            ("a<!--[if !mso]><!-->b", "a", "a"),
            ("a<!--[if mso]>b", "a", "a"),
        ] {
            assert_eq!(
                (resolved(html, false).as_str(), resolved(html, true).as_str()),
                (all, always),
                "{html}"
            );
        }
        assert!(read("a<!-- b -->").is_empty());
    }
}
