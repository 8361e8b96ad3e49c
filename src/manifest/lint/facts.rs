//! The words of `facts.yaml`: they are said in posts as they stand there, and are read like a post's.

use super::{Kind, Look, Piece, composed, nfc};
use crate::domain::campaign::Class;
use crate::manifest::Loader;
use crate::yaml::{Node, Severity};

const FILE: &str = "campaigns/facts.yaml";

/// Asks the rules about each fact's text and source. What a fact is for, sums of money and what is free, is fine in it. Nothing
/// here stops by itself: a post that says a deceiving address by a fact is stopped where it calls it.
pub(in crate::manifest) fn facts(l: &mut Loader<'_>) {
    let Some((tree, source)) = l.facts.take() else { return };
    let source = composed(&source);
    let wrong: Vec<usize> =
        l.faults.iter().filter(|f| f.file == FILE && f.severity == Severity::Error).map(|f| f.line).collect();
    for (_, fact) in tree.get("facts").map_or(&[][..], Node::entries) {
        if let Some((node, text)) = fact.get("source").and_then(|n| Some((n, n.text()?)))
            && !wrong.contains(&node.span.line)
            && let Kind::LooksLike(..) = l.scene.official.kind(&nfc(text.trim()))
        {
            let mut look =
                Look { scene: &l.scene, class: Class::Internal, piece: Piece::default(), out: vec![] };
            look.address(&nfc(text.trim()), (0, 0, 1));
            for f in look.out {
                let why = (
                    "Nguồn giả không làm cho địa chỉ ấy thành chính thức.",
                    "As a source it makes no address official.",
                );
                let f = source
                    .fault(f.code, Severity::Warning, node.span, f.say)
                    .why(why.0, why.1)
                    .fix(f.fix.vi, f.fix.en);
                l.faults.push(f);
            }
        }
        let Some((node, text)) = fact.get("text").and_then(|n| Some((n, n.text()?))) else { continue };
        if wrong.contains(&node.span.line) {
            continue;
        }
        let mut look =
            Look { scene: &l.scene, class: Class::Internal, piece: Piece::plain(&nfc(text)), out: vec![] };
        look.words(false);
        look.links(false);
        let mut told = std::collections::BTreeSet::new();
        for f in look.out {
            if told.insert(f.code) {
                let severity = crate::manifest::codes::find(f.code).map_or(Severity::Warning, |c| c.severity);
                let severity = if severity.stops() { Severity::Warning } else { severity };
                let stops = matches!(f.code, "L020" | "L022");
                let mut fault = source.fault(f.code, severity, node.span, f.say).fix(f.fix.vi, f.fix.en);
                if stops {
                    fault = fault.meanwhile(
                        "Bài nào gọi thông tin này cũng bị dừng.",
                        "Every post that calls this fact is stopped.",
                    );
                }
                l.faults.push(fault);
            }
        }
    }
}
