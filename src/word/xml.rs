//! XML as a small tree of local names, bounded: no document type, no entities, no nesting without end.

use std::borrow::Cow;

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::Refused;

/// Deepest nesting; Word's own stays below 60.
pub const MAX_DEPTH: usize = 256;
/// Most elements of a part.
pub const MAX_NODES: usize = 1_000_000;

/// An element.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    /// `p`, `r`, `t`…
    pub name: String,
    /// Local name and value.
    pub attributes: Vec<(String, String)>,
    /// In order.
    pub children: Vec<Node>,
    /// Its own text.
    pub text: String,
}

impl Node {
    /// The first child of a name.
    pub fn child(&self, name: &str) -> Option<&Node> {
        self.children.iter().find(|c| c.name == name)
    }
    /// The children of a name.
    pub fn named<'a>(&'a self, name: &'static str) -> impl Iterator<Item = &'a Node> {
        self.children.iter().filter(move |c| c.name == name)
    }
    /// An attribute.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
    /// `val` of a child.
    pub fn value(&self, child: &str) -> Option<&str> {
        self.child(child)?.attribute("val")
    }
    /// Whether a switch such as `<w:b/>` is on; `None` if it is not there.
    pub fn switch(&self, child: &str) -> Option<bool> {
        self.child(child).map(|c| !matches!(c.attribute("val"), Some("0" | "false" | "off" | "none")))
    }
    /// True if an element of a name stands anywhere below.
    pub fn holds(&self, name: &str) -> bool {
        self.children.iter().any(|c| c.name == name || c.holds(name))
    }
}

/// Reads XML. A document type is refused: it is where entities come from, and Word writes none.
///
/// # Errors
/// Not well-formed, neither UTF-8 nor UTF-16; or hostile.
pub fn tree(bytes: &[u8]) -> Result<Node, Refused> {
    let text = decoded(bytes).ok_or(Refused::Damaged)?;
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
    let mut open: Vec<Node> = vec![Node::default()];
    let mut nodes = 0;
    loop {
        let event = reader.read_event().map_err(|_| Refused::Damaged)?;
        let top = open.last_mut().ok_or(Refused::Damaged)?;
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "events of another crate; the rest says nothing to us"
        )]
        match event {
            Event::Eof => break,
            Event::DocType(_) => return Err(Refused::Hostile),
            Event::Start(e) => {
                nodes += 1;
                if nodes > MAX_NODES || open.len() > MAX_DEPTH {
                    return Err(Refused::Hostile);
                }
                open.push(start(&e)?);
            }
            Event::Empty(e) => {
                nodes += 1;
                if nodes > MAX_NODES {
                    return Err(Refused::Hostile);
                }
                top.children.push(start(&e)?);
            }
            Event::End(_) => {
                let n = open.pop().ok_or(Refused::Damaged)?;
                open.last_mut().ok_or(Refused::Damaged)?.children.push(n);
            }
            Event::Text(t) => top.text.push_str(&t.xml_content(XmlVersion::Implicit1_0)),
            Event::CData(t) => top.text.push_str(&t.xml_content(XmlVersion::Implicit1_0)),
            Event::GeneralRef(r) => top.text.push(match &*r.xml_content(XmlVersion::Implicit1_0) {
                "lt" => '<',
                "gt" => '>',
                "amp" => '&',
                "quot" => '"',
                "apos" => '\'',
                _ => r.resolve_char_ref().ok().flatten().ok_or(Refused::Hostile)?,
            }),
            _ => {}
        }
    }
    match open.as_mut_slice() {
        [top] if top.children.len() == 1 => Ok(top.children.remove(0)),
        _ => Err(Refused::Damaged),
    }
}

/// UTF-8, or UTF-16 with its mark: the two that ECMA-376, part 2, allows.
fn decoded(bytes: &[u8]) -> Option<Cow<'_, str>> {
    let wide = |b: &[u8], unit: fn([u8; 2]) -> u16| {
        let (pairs, rest) = b.as_chunks::<2>();
        let units: Vec<u16> = pairs.iter().map(|p| unit(*p)).collect();
        rest.is_empty().then(|| String::from_utf16(&units).ok()).flatten().map(Cow::Owned)
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
        _ => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
    }
}

fn start(e: &BytesStart<'_>) -> Result<Node, Refused> {
    let mut n = Node { name: e.local_name().as_ref().to_owned(), ..Node::default() };
    for a in e.attributes() {
        let a = a.map_err(|_| Refused::Damaged)?;
        // An entity of one's own is an error here, as everywhere.
        let value = a.normalized_value(XmlVersion::Implicit1_0).map_err(|_| Refused::Hostile)?;
        n.attributes.push((a.key.local_name().as_ref().to_owned(), value.into_owned()));
    }
    Ok(n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_has_local_names_text_and_references() {
        let n = tree("\u{feff}<?xml version=\"1.0\"?><w:a xmlns:w=\"w\" w:val=\"1 &amp; 2\"><w:b w:val=\"0\"/><w:t>x &lt;&#233;<![CDATA[<y>]]></w:t></w:a>".as_bytes()).unwrap();
        assert_eq!(
            (n.name.as_str(), n.attribute("val"), n.switch("b"), n.switch("i")),
            ("a", Some("1 & 2"), Some(false), None)
        );
        assert_eq!(n.child("t").map(|t| t.text.as_str()), Some("x <é<y>"));
    }

    #[test]
    fn utf_16_is_read_too() {
        let xml = "<?xml version=\"1.0\" encoding=\"UTF-16\"?><a>Chữ</a>";
        let units = || xml.encode_utf16();
        let little: Vec<u8> = [0xff, 0xfe].into_iter().chain(units().flat_map(u16::to_le_bytes)).collect();
        let big: Vec<u8> = [0xfe, 0xff].into_iter().chain(units().flat_map(u16::to_be_bytes)).collect();
        for bytes in [&little, &big] {
            assert_eq!(tree(bytes).unwrap().text, "Chữ");
        }
        assert_eq!(tree(&little[..little.len() - 1]), Err(Refused::Damaged));
        assert_eq!(tree(&[0xff, 0xfe, 0, 0xd8]), Err(Refused::Damaged), "half a pair");
    }

    #[test]
    fn bombs_and_broken_files_are_refused() {
        let laughs = "<!DOCTYPE a [<!ENTITY b \"ha\"><!ENTITY c \"&b;&b;&b;\">]><a>&c;</a>";
        assert_eq!(tree(laughs.as_bytes()), Err(Refused::Hostile));
        assert_eq!(tree(b"<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>"), Err(Refused::Hostile));
        assert_eq!(tree(b"<a>&b;</a>"), Err(Refused::Hostile));
        assert_eq!(tree(b"<a x=\"&b;\"/>"), Err(Refused::Hostile));
        let deep = "<a>".repeat(100_000) + &"</a>".repeat(100_000);
        assert_eq!(tree(deep.as_bytes()), Err(Refused::Hostile));
        let wide = format!("<a>{}</a>", "<b/>".repeat(MAX_NODES));
        assert_eq!(tree(wide.as_bytes()), Err(Refused::Hostile));
        for broken in
            [&b"<a>"[..], b"<a></b>", b"", b"<a/><b/>", b"<a x=1/>", b"\xff\xfe<\0a\0", b"<a x='1' x='2'/>"]
        {
            assert_eq!(tree(broken), Err(Refused::Damaged), "{broken:?}");
        }
    }
}
