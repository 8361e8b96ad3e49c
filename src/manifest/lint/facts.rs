//! The words of `facts.yaml`: they are said in posts as they stand there, and are read like a post's.

use super::{Look, Piece, composed, nfc};
use crate::domain::campaign::Class;
use crate::manifest::Loader;
use crate::yaml::{Node, Severity};

const FILE: &str = "campaigns/facts.yaml";

/// Asks the rules about each fact's text. What a fact is for, sums of money and what is free, is fine in it; and nothing here stops
/// a post: it would not be the post's fault.
pub(in crate::manifest) fn facts(l: &mut Loader<'_>) {
    let Some((tree, source)) = l.facts.take() else { return };
    let source = composed(&source);
    let wrong: Vec<usize> =
        l.faults.iter().filter(|f| f.file == FILE && f.severity == Severity::Error).map(|f| f.line).collect();
    for (_, fact) in tree.get("facts").map_or(&[][..], Node::entries) {
        let Some((node, text)) = fact.get("text").and_then(|n| Some((n, n.text()?))) else { continue };
        if wrong.contains(&node.span.line) {
            continue;
        }
        let mut look =
            Look { scene: &l.scene, class: Class::Internal, piece: Piece::of(&nfc(text)), out: vec![] };
        look.words(false);
        look.links(false);
        let mut told = std::collections::BTreeSet::new();
        for f in look.out {
            if told.insert(f.code) {
                let severity = crate::manifest::codes::find(f.code).map_or(Severity::Warning, |c| c.severity);
                let severity = if severity.stops() { Severity::Warning } else { severity };
                l.faults.push(source.fault(f.code, severity, node.span, f.say).fix(f.fix.vi, f.fix.en));
            }
        }
    }
}
