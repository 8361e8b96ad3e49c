//! Drawings: pictures, boxes of words, and what can be neither.

use super::body::{Block, Body, Seen};
use super::left::Left;
use super::pictures::{Shot, View};
use super::signs::{LONGEST, description};
use super::xml::Node;

/// What is known of a drawing from the elements around it.
#[derive(Clone, Copy)]
struct Around<'s> {
    alt: &'s str,
    view: View,
    /// Words stand before it in its paragraph.
    worded: bool,
}

impl<'a> Body<'a> {
    /// A drawing of a paragraph. What cannot be taken is told.
    pub(super) fn drawn(&mut self, n: &'a Node, worded: bool, seen: &mut Seen) {
        if !self.drawing(n, Around { alt: "", view: View::default(), worded }, seen) {
            self.leave(Left::Shapes);
        }
    }

    /// Pictures and words of a drawing, whatever it is wrapped in; false if nothing came of it and nothing was said of it.
    fn drawing(&mut self, n: &'a Node, around: Around<'_>, seen: &mut Seen) -> bool {
        if self.is_full() {
            return true;
        }
        match n.name.as_str() {
            // The same drawing for new and for old programs: one is enough.
            "AlternateContent" => {
                let chosen = n.child("Choice").or_else(|| n.child("Fallback"));
                return chosen.is_some_and(|c| self.inside(c, around, seen));
            }
            "txbxContent" => {
                let before = self.blocks.len();
                self.read(n);
                if self.blocks.len() == before {
                    return false;
                }
                self.leave(Left::Boxes);
                return true;
            }
            // Words that are drawn.
            "textpath" => {
                let words = n.attribute("string").filter(|w| !w.trim().is_empty() && w.len() <= LONGEST);
                if let Some(w) = words {
                    self.taken += w.len();
                    self.blocks.push(Block::words(&super::marks::clean_line(w)));
                    self.leave(Left::Boxes);
                }
                return words.is_some();
            }
            "blip" | "imagedata" => {
                let known = n.attribute("embed").or_else(|| n.attribute("id")).and_then(|id| self.target(id));
                match known {
                    Some((target, false)) => {
                        self.taken += target.len() + around.alt.len();
                        let view = if n.name == "imagedata" { around.view.cut_old(n) } else { around.view };
                        let shot = Shot { part: target.clone(), alt: around.alt.to_owned(), view, at: 0 };
                        seen.push((shot, around.worded));
                    }
                    // What lies outside of the file is not fetched.
                    Some((_, true)) => self.leave(Left::Outside),
                    None if n.attribute("link").is_some() => self.leave(Left::Outside),
                    None => self.leave(Left::Missing),
                }
                if n.name == "blip" && changes(n) {
                    self.leave(Left::Effects);
                }
                return true;
            }
            "chart" | "relIds" => {
                self.leave(Left::Charts);
                return true;
            }
            "OLEObject" => {
                let formula = n.attribute("ProgID").is_some_and(|p| p.starts_with("Equation"));
                self.leave(if formula { Left::Formulas } else { Left::Parts });
                return true;
            }
            // What other shapes are made of; a line across the page.
            "shapetype" => return false,
            "rect" if matches!(n.attribute("hr"), Some("t" | "true")) => {
                self.lined = true;
                return true;
            }
            "line" => {
                self.lined = true;
                return true;
            }
            _ => {}
        }
        let about = n.child("docPr").or_else(|| n.child("nvPicPr").and_then(|p| p.child("cNvPr")));
        let about = about.and_then(|d| d.attribute("descr")).or_else(|| n.attribute("alt"));
        let own = about.map(description).filter(|a| !a.is_empty());
        let alt = own.as_deref().unwrap_or(around.alt);
        let mut view = around.view;
        let form = n.child("spPr").or_else(|| n.child("grpSpPr"));
        if let Some(x) = form.and_then(|p| p.child("xfrm")) {
            view = view.placed(x);
        }
        if let Some(style) = n.attribute("style") {
            view = view.placed_old(style);
        }
        if let Some(rect) = n.child("srcRect") {
            view = view.cut(rect);
        }
        let outline = form.and_then(|p| p.child("prstGeom")?.attribute("prst"));
        if n.name == "pic" && outline.is_some_and(|o| o != "rect") {
            self.leave(Left::Effects);
        }
        if matches!(outline, Some("line" | "straightConnector1")) {
            self.lined = true;
            return true;
        }
        let came = self.inside(n, Around { alt, view, ..around }, seen);
        // Whatever such a shape covers or points at, nobody sees it.
        let shape = matches!(
            n.name.as_str(),
            "wsp" | "shape" | "rect" | "roundrect" | "oval" | "polyline" | "curve" | "arc"
        );
        if shape && !came {
            self.leave(Left::Shapes);
        }
        came || shape
    }

    fn inside(&mut self, n: &'a Node, around: Around<'_>, seen: &mut Seen) -> bool {
        {
            // Each of them is drawn, whatever came of those before.
            let mut came = false;
            for c in &n.children {
                came |= self.drawing(c, around, seen);
            }
            came
        }
    }
}

/// True if a picture is shown in other colours, or blurred.
fn changes(blip: &Node) -> bool {
    const EFFECTS: [&str; 11] = [
        "biLevel",
        "blur",
        "clrChange",
        "clrRepl",
        "duotone",
        "fillOverlay",
        "grayscl",
        "hsl",
        "lum",
        "tint",
        "imgEffect",
    ];
    EFFECTS.iter().any(|e| blip.holds(e))
}
