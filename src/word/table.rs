//! Tables: rows and cells wherever they are wrapped, in the columns in which Word shows them.

use super::body::{Block, Body, Kind};
use super::left::Left;
use super::xml::Node;

/// Most columns of a table.
const WIDEST: usize = 64;

impl<'a> Body<'a> {
    pub(super) fn table(&mut self, t: &'a Node) {
        let (mut rows, mut plain, mut merged) = (vec![], vec![], vec![]);
        let mut trs = vec![];
        self.gather(t, "tr", &mut trs);
        let style = t.child("tblPr").and_then(|p| p.value("tblStyle"));
        let outer = self.veiled;
        self.veiled |= self.parts.hides(style);
        for tr in trs {
            // A row costs a line, a cell its bars.
            self.taken += 4;
            if self.is_full() {
                break;
            }
            let about = tr.child("trPr");
            if about.is_some_and(|p| p.child("del").is_some()) {
                self.leave(Left::Changes);
                continue;
            }
            if about.and_then(|p| p.switch("hidden")) == Some(true) {
                self.leave(Left::Hidden);
                continue;
            }
            if about.is_some_and(|p| p.child("ins").is_some()) {
                self.leave(Left::Changes);
            }
            let mut row: Vec<Vec<Block>> = vec![];
            let empty = |side| about.and_then(|p| p.value(side)?.parse::<usize>().ok()).unwrap_or(0);
            self.skip(&mut row, empty("gridBefore"));
            let mut cells = vec![];
            self.gather(tr, "tc", &mut cells);
            for tc in cells {
                let about = tc.child("tcPr");
                if about.is_some_and(|p| p.child("cellDel").is_some()) {
                    self.leave(Left::Changes);
                    continue;
                }
                if about.is_some_and(|p| p.child("cellIns").is_some()) {
                    self.leave(Left::Changes);
                }
                let outer = std::mem::take(&mut self.blocks);
                let was = std::mem::replace(&mut self.in_cell, true);
                self.read(tc);
                self.in_cell = was;
                let own = std::mem::replace(&mut self.blocks, outer);
                plain.push(own.iter().map(|b| b.plain.as_str()).collect::<Vec<_>>().join("\n"));
                let goes_on = about
                    .and_then(|p| p.child("vMerge"))
                    .is_some_and(|m| m.attribute("val").is_none_or(|v| v == "continue"));
                if goes_on && own.is_empty() {
                    merged.push((rows.len(), row.len()));
                }
                row.push(own);
                self.taken += 3;
                let span: usize = about.and_then(|p| p.value("gridSpan")?.parse().ok()).unwrap_or(1);
                self.skip(&mut row, span.max(1) - 1);
            }
            self.skip(&mut row, empty("gridAfter"));
            rows.push(row);
        }
        let veiled = std::mem::replace(&mut self.veiled, outer);
        if rows.iter().any(|r| r.len() > 1) {
            self.repeat(&mut rows, &merged);
        }
        if veiled {
            rows.retain(|r| r.iter().any(|c| !c.is_empty()));
        }
        if rows.iter().flatten().any(|c| !c.is_empty()) {
            self.blocks.push(Block::of(Kind::Table(rows), plain.join(" | ")));
        }
    }

    /// Columns without a cell.
    fn skip(&mut self, row: &mut Vec<Vec<Block>>, n: usize) {
        let n = n.min(WIDEST.saturating_sub(row.len()));
        row.extend(std::iter::repeat_n(vec![], n));
        self.taken += 3 * n;
    }

    /// Cells that reach over several rows say what they say in each of them: Markdown has no others.
    fn repeat(&mut self, rows: &mut [Vec<Vec<Block>>], merged: &[(usize, usize)]) {
        for (at, column) in merged {
            let above = at.checked_sub(1).and_then(|r| rows[r].get(*column)).cloned().unwrap_or_default();
            // Pictures and the marks of notes are there once.
            let words = |mut b: Block| {
                b.runs.retain(|r| !r.raw);
                (b.pictures() == 0 && !b.plain.is_empty()).then_some(b)
            };
            let again: Vec<Block> = above.into_iter().filter_map(words).collect();
            if again.is_empty() || self.is_full() {
                continue;
            }
            self.leave(Left::Merged);
            self.taken += again.iter().map(|b| b.plain.len()).sum::<usize>();
            rows[*at][*column] = again;
        }
    }

    /// The rows of a table, or the cells of a row, also those in content controls and tracked insertions.
    fn gather(&mut self, node: &'a Node, what: &str, out: &mut Vec<&'a Node>) {
        for n in &node.children {
            match n.name.as_str() {
                name if name == what => out.push(n),
                "sdt" if self.is_placeholder(n) => {}
                "sdt" | "sdtContent" | "customXml" | "smartTag" => self.gather(n, what, out),
                "ins" | "moveTo" => {
                    self.leave(Left::Changes);
                    self.gather(n, what, out);
                }
                "del" | "moveFrom" if n.holds(what) => self.leave(Left::Changes),
                "AlternateContent" => {
                    if let Some(c) = super::signs::chosen(n) {
                        self.gather(c, what, out);
                    }
                }
                _ => {}
            }
        }
    }
}
