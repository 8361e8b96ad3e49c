//! The tree that a browser makes of HTML: it opens again what a paragraph closed over, adds the attributes of a second `<body>` to
//! the first, and moves what may not stand in a table before it.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use html5ever::interface::{ElementFlags, NodeOrText, QuirksMode, TreeSink};
use html5ever::tendril::{StrTendril, TendrilSink};
use html5ever::{Attribute, ExpandedName, LocalName, ParseOpts, QualName, parse_document};

/// Most elements open inside each other.
const MAX_OPEN: usize = 400;
/// Most nodes: what is opened again and again grows faster than the text.
const MAX_NODES: usize = 600_000;
/// Bytes read between two looks at what they became.
const PIECE: usize = 4096;

/// An element or a text; comments have neither.
#[derive(Debug, Default)]
pub(super) struct Node {
    /// Lower case; empty for a text.
    pub tag: String,
    pub attrs: Vec<(String, String)>,
    pub text: String,
    pub kids: Vec<usize>,
    pub parent: Option<usize>,
    depth: usize,
}

impl Node {
    /// The value of an attribute.
    pub fn attr(&self, name: &str) -> Option<&str> {
        self.attrs.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

/// The nodes of a document; the first is the document itself.
pub(super) fn parse(html: &str) -> Option<Vec<Node>> {
    let too_much = Rc::new(Cell::new(false));
    let builder = Builder { nodes: RefCell::new(vec![Node::default()]), too_much: Rc::clone(&too_much) };
    let mut parser = parse_document(builder, ParseOpts::default());
    let mut rest = html;
    while !rest.is_empty() && !too_much.get() {
        let (piece, more) = rest.split_at(rest.floor_char_boundary(PIECE));
        parser.process(StrTendril::from_slice(piece));
        rest = more;
    }
    let nodes = parser.finish();
    (!too_much.get()).then_some(nodes)
}

/// A node while the tree grows.
struct Item {
    at: usize,
    name: QualName,
}

struct Builder {
    nodes: RefCell<Vec<Node>>,
    too_much: Rc<Cell<bool>>,
}

impl Builder {
    fn add(&self, node: Node, name: QualName) -> Rc<Item> {
        let mut nodes = self.nodes.borrow_mut();
        nodes.push(node);
        if nodes.len() > MAX_NODES {
            self.too_much.set(true);
        }
        Rc::new(Item { at: nodes.len() - 1, name })
    }

    /// Puts something among the children of `parent`, before the one at `index`.
    fn insert(&self, parent: usize, index: usize, child: NodeOrText<Rc<Item>>) {
        let at = match child {
            NodeOrText::AppendNode(item) => item.at,
            NodeOrText::AppendText(text) => {
                let mut nodes = self.nodes.borrow_mut();
                let before = index.checked_sub(1).map(|i| nodes[parent].kids[i]);
                if let Some(before) = before
                    && nodes[before].tag.is_empty()
                    && !nodes[before].text.is_empty()
                {
                    nodes[before].text.push_str(&text);
                    return;
                }
                drop(nodes);
                self.add(Node { text: text.to_string(), ..Node::default() }, nameless()).at
            }
        };
        let mut nodes = self.nodes.borrow_mut();
        nodes[parent].kids.insert(index, at);
        let depth = nodes[parent].depth + 1;
        (nodes[at].parent, nodes[at].depth) = (Some(parent), depth);
        if depth > MAX_OPEN {
            self.too_much.set(true);
        }
    }

    fn index(&self, of: usize) -> Option<(usize, usize)> {
        let nodes = self.nodes.borrow();
        let parent = nodes[of].parent?;
        nodes[parent].kids.iter().rposition(|k| *k == of).map(|i| (parent, i))
    }
}

fn nameless() -> QualName {
    QualName::new(None, html5ever::ns!(html), LocalName::from(""))
}

fn plain(attrs: Vec<Attribute>) -> impl Iterator<Item = (String, String)> {
    attrs.into_iter().map(|a| (a.name.local.to_string(), a.value.to_string()))
}

impl TreeSink for Builder {
    type Handle = Rc<Item>;
    type Output = Vec<Node>;
    type ElemName<'a> = ExpandedName<'a>;

    fn finish(self) -> Vec<Node> {
        self.nodes.into_inner()
    }

    fn parse_error(&self, _: Cow<'static, str>) {}

    fn get_document(&self) -> Rc<Item> {
        Rc::new(Item { at: 0, name: nameless() })
    }

    fn elem_name<'a>(&'a self, target: &'a Rc<Item>) -> ExpandedName<'a> {
        target.name.expanded()
    }

    fn create_element(&self, name: QualName, attrs: Vec<Attribute>, _: ElementFlags) -> Rc<Item> {
        let node = Node {
            tag: name.local.to_ascii_lowercase().to_string(),
            attrs: plain(attrs).collect(),
            ..Node::default()
        };
        self.add(node, name)
    }

    fn create_comment(&self, _: StrTendril) -> Rc<Item> {
        self.add(Node::default(), nameless())
    }

    fn create_pi(&self, _: StrTendril, _: StrTendril) -> Rc<Item> {
        self.add(Node::default(), nameless())
    }

    fn append(&self, parent: &Rc<Item>, child: NodeOrText<Rc<Item>>) {
        let end = self.nodes.borrow()[parent.at].kids.len();
        self.insert(parent.at, end, child);
    }

    fn append_based_on_parent_node(
        &self,
        element: &Rc<Item>,
        prev_element: &Rc<Item>,
        child: NodeOrText<Rc<Item>>,
    ) {
        if self.index(element.at).is_some() {
            self.append_before_sibling(element, child);
        } else {
            self.append(prev_element, child);
        }
    }

    fn append_doctype_to_document(&self, _: StrTendril, _: StrTendril, _: StrTendril) {}

    /// Templates are refused before; what is in one is looked at like the rest.
    fn get_template_contents(&self, target: &Rc<Item>) -> Rc<Item> {
        Rc::clone(target)
    }

    fn same_node(&self, x: &Rc<Item>, y: &Rc<Item>) -> bool {
        x.at == y.at
    }

    fn set_quirks_mode(&self, _: QuirksMode) {}

    fn append_before_sibling(&self, sibling: &Rc<Item>, new_node: NodeOrText<Rc<Item>>) {
        if let NodeOrText::AppendNode(item) = &new_node {
            self.remove_from_parent(item);
        }
        if let Some((parent, index)) = self.index(sibling.at) {
            self.insert(parent, index, new_node);
        }
    }

    fn add_attrs_if_missing(&self, target: &Rc<Item>, attrs: Vec<Attribute>) {
        let has = &mut self.nodes.borrow_mut()[target.at].attrs;
        for (name, value) in plain(attrs) {
            if !has.iter().any(|(n, _)| *n == name) {
                has.push((name, value));
            }
        }
    }

    fn remove_from_parent(&self, target: &Rc<Item>) {
        if let Some((parent, index)) = self.index(target.at) {
            let mut nodes = self.nodes.borrow_mut();
            nodes[parent].kids.remove(index);
            nodes[target.at].parent = None;
        }
    }

    fn reparent_children(&self, node: &Rc<Item>, new_parent: &Rc<Item>) {
        let mut nodes = self.nodes.borrow_mut();
        let kids = std::mem::take(&mut nodes[node.at].kids);
        for kid in &kids {
            nodes[*kid].parent = Some(new_parent.at);
        }
        nodes[new_parent.at].kids.extend(kids);
    }
}
