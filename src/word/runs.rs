//! The words of a paragraph: runs, links, fields as their results, notes, signs.

use super::body::{Body, Seen};
use super::fonts::{self, Old};
use super::left::Left;
use super::marks::Run;
use super::signs::{LONGEST, address, chosen, expand, field_target, shifted};
use super::styles::{Dress, Raised};
use super::symbols;
use super::xml::Node;

/// Deepest nesting of fields; Word's own is below 20.
const FIELDS: usize = 64;
/// Most stretches of doubtful text that are named.
const NAMED: usize = 5;

/// A field that is open.
#[derive(Debug, Default)]
struct Field {
    instruction: String,
    /// Its result has begun: that is text.
    shows: bool,
}

/// Fields that are open, from the outermost.
#[derive(Debug, Default)]
pub struct Fields {
    open: Vec<Field>,
    /// Those within that are nested too deep to be followed.
    deeper: usize,
}

impl Fields {
    fn mark(&mut self, kind: Option<&str>) {
        match kind {
            Some("begin") if self.open.len() >= FIELDS => self.deeper += 1,
            Some("begin") => self.open.push(Field::default()),
            Some("end") if self.deeper > 0 => self.deeper -= 1,
            Some("end") => drop(self.open.pop()),
            Some("separate") if self.deeper == 0 => {
                if let Some(f) = self.open.last_mut() {
                    f.shows = true;
                }
            }
            Some(_) | None => {}
        }
    }

    fn instruct(&mut self, text: &str) {
        let most = |f: &&mut Field| !f.shows && f.instruction.len() + text.len() <= LONGEST;
        if let Some(f) = self.open.last_mut().filter(most) {
            f.instruction.push_str(text);
        }
    }

    /// What a field still has to say of itself is no text, nor is the result of another one within that.
    fn shows(&self) -> bool {
        self.open.iter().all(|f| f.shows)
    }

    fn target(&self) -> Option<String> {
        self.open.iter().rev().find_map(|f| field_target(&f.instruction))
    }

    /// An instruction that nobody ended ends here, lest it swallow the rest; and a link, lest it lead all of the rest away.
    pub fn end_paragraph(&mut self) {
        self.open.retain(|f| f.shows);
        for f in self.open.iter_mut().filter(|f| field_target(&f.instruction).is_some()) {
            f.instruction.clear();
        }
        self.deeper = 0;
    }
}

/// Where the runs of a paragraph go.
struct Pen<'r> {
    dress: Dress,
    link: Option<&'r str>,
    text: String,
    runs: &'r mut Vec<Run>,
}

impl<'a> Body<'a> {
    /// Runs below a node, with the link they stand in.
    pub(super) fn inline(
        &mut self,
        node: &'a Node,
        link: Option<&str>,
        runs: &mut Vec<Run>,
        seen: &mut Seen,
    ) {
        for n in &node.children {
            if self.is_full() {
                return;
            }
            match n.name.as_str() {
                "r" => self.run(n, link, runs, seen),
                "hyperlink" => {
                    let target = n.attribute("id").and_then(|id| self.target(id)).filter(|t| t.1);
                    let target = target.and_then(|(t, _)| address(t, n.attribute("anchor")));
                    if target.is_none() && (n.attribute("anchor").is_none() || n.attribute("id").is_some()) {
                        self.leave(Left::Links);
                    }
                    self.inline(n, target.as_deref().or(link), runs, seen);
                }
                "fldSimple" => {
                    let target = field_target(n.attribute("instr").unwrap_or_default());
                    self.inline(n, target.as_deref().or(link), runs, seen);
                }
                "ins" | "moveTo" => {
                    self.leave(Left::Changes);
                    self.inline(n, link, runs, seen);
                }
                "del" | "moveFrom" => self.leave(Left::Changes),
                "oMath" | "oMathPara" => self.leave(Left::Formulas),
                "pPr" | "rPr" | "sdtPr" => {}
                "sdt" if self.is_placeholder(n) => {}
                "AlternateContent" => {
                    if let Some(c) = chosen(n) {
                        self.inline(c, link, runs, seen);
                    }
                }
                "drawing" | "pict" | "object" => self.drawn(n, self.worded, seen),
                _ => self.inline(n, link, runs, seen),
            }
        }
    }

    fn run(&mut self, r: &'a Node, link: Option<&str>, runs: &mut Vec<Run>, seen: &mut Seen) {
        let dress = self.parts.dress(r, self.style);
        let own = r.child("rPr").and_then(|d| d.switch("vanish"));
        let hidden = dress.hidden || self.veiled && own != Some(false);
        let mut pieces = vec![];
        expand(r, &mut pieces);
        if hidden {
            let shows = ["t", "sym", "symEx", "drawing", "pict", "object", "ruby"];
            if pieces.iter().any(|n| shows.contains(&n.name.as_str())) {
                self.leave(Left::Hidden);
            }
            // What it marks is there all the same.
            pieces.retain(|n| matches!(n.name.as_str(), "fldChar" | "instrText"));
        }
        let mut pen = Pen { dress, link, text: String::new(), runs };
        for n in pieces {
            match n.name.as_str() {
                "fldChar" => {
                    self.flush(&mut pen);
                    self.fields.mark(n.attribute("fldCharType"));
                    let form = n.child("ffData").filter(|_| !hidden);
                    if let Some(shown) = form.and_then(form_field) {
                        self.take(&mut pen, shown);
                    }
                }
                "instrText" => self.fields.instruct(&n.text),
                _ if !self.fields.shows() => {}
                "t" => pen.text.push_str(&n.text),
                "tab" | "ptab" => pen.text.push(' '),
                // A page or a column that ends is a line that ends.
                "br" | "cr" => pen.text.push('\n'),
                "noBreakHyphen" => pen.text.push('-'),
                // A byte of TCVN3 that Word takes for something else.
                "softHyphen" => pen.text.push('\u{ad}'),
                "footnoteReference" | "endnoteReference" => {
                    if let Some(id) = n.attribute("id") {
                        let note = (n.name == "endnoteReference", id.to_owned());
                        let next = self.notes.len();
                        let at = *self.known.entry(note.clone()).or_insert(next);
                        if at == next {
                            self.notes.push(note);
                        }
                        self.taken += 8;
                        self.flush(&mut pen);
                        pen.runs.push(Run { text: format!("[^{}]", at + 1), raw: true, ..Run::default() });
                    }
                }
                "commentReference" => self.leave(Left::Comments),
                "sym" => {
                    let font = n.attribute("font").or(pen.dress.font.as_deref()).unwrap_or("Wingdings");
                    let code = n.attribute("char").and_then(|c| u32::from_str_radix(c, 16).ok());
                    match code.and_then(char::from_u32).and_then(|c| symbols::shown(font, c)) {
                        Some(c) => {
                            // Its font is its own.
                            self.flush(&mut pen);
                            self.take(&mut pen, c.to_string());
                        }
                        None => self.leave(Left::Symbols),
                    }
                }
                "symEx" => {
                    let code = n.attribute("char").and_then(|c| u32::from_str_radix(c, 16).ok());
                    match code.and_then(char::from_u32).filter(|c| !c.is_control()) {
                        Some(c) => pen.text.push(c),
                        None => self.leave(Left::Symbols),
                    }
                }
                "ruby" => {
                    self.flush(&mut pen);
                    self.leave(Left::Ruby);
                    if let Some(base) = n.child("rubyBase") {
                        self.inline(base, link, pen.runs, seen);
                    }
                }
                "drawing" | "pict" | "object" | "contentPart" => {
                    let worded = self.worded || !pen.text.trim().is_empty();
                    self.drawn(n, worded, seen);
                }
                _ => {}
            }
        }
        self.flush(&mut pen);
    }

    /// Takes what was written so far in the dress of its run.
    fn flush(&mut self, pen: &mut Pen<'_>) {
        let mut text = std::mem::take(&mut pen.text);
        if text.is_empty() {
            return;
        }
        let font = pen.dress.font.as_deref().unwrap_or_default();
        match fonts::of(font) {
            Some(old) => text = self.unfont(text, old),
            None => {
                let (shown, lost) = symbols::in_font(font, &text);
                (0..lost).for_each(|_| self.leave(Left::Symbols));
                text = shown;
            }
        }
        if let Some(how) = pen.dress.raised.filter(|_| !text.trim().is_empty()) {
            match shifted(&text, how == Raised::High) {
                Some(t) => text = t,
                None => self.leave(Left::Scripts),
            }
        }
        self.take(pen, text);
    }

    fn take(&mut self, pen: &mut Pen<'_>, text: String) {
        let link = pen.link.map(str::to_owned).or_else(|| self.fields.target());
        self.worded |= !text.trim().is_empty();
        self.taken += text.len() + link.as_ref().map_or(0, String::len);
        let Dress { bold, italic, struck, .. } = pen.dress;
        pen.runs.push(Run { text, bold, italic, struck, link, raw: false });
    }

    /// Counts, and converts if that was decided.
    fn unfont(&mut self, text: String, old: Old) -> String {
        let (unicode, strange) = (fonts::is_unicode(&text), fonts::is_old(&text));
        self.fonts.unicode += usize::from(unicode);
        self.fonts.old += usize::from(strange && !unicode);
        if !unicode && !strange && text.chars().any(|c| matches!(c, '\u{c0}'..='\u{ff}')) {
            self.fonts.doubtful.0 += 1;
            if self.fonts.doubtful.1.len() < NAMED {
                self.fonts.doubtful.1.push(crate::domain::text::truncate_sentence(text.trim(), 40));
            }
        }
        if !self.convert {
            return text;
        }
        fonts::convert(&text, old).unwrap_or_else(|| {
            self.fonts.lost += 1;
            text
        })
    }
}

/// What a field of a form shows by itself: a box with or without its cross, the chosen entry of a list.
fn form_field(form: &Node) -> Option<String> {
    if let Some(b) = form.child("checkBox") {
        let on = b.switch("checked").or_else(|| b.switch("default")).unwrap_or(false);
        return Some(if on { "☒" } else { "☐" }.to_owned());
    }
    let list = form.child("ddList")?;
    let at = list.value("result").or_else(|| list.value("default")).and_then(|n| n.parse().ok()).unwrap_or(0);
    let entry = list.named("listEntry").nth(at)?.attribute("val")?;
    (entry.len() <= LONGEST).then(|| entry.to_owned())
}
