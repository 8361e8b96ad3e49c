//! Templates: those of the program, replaced by files of the same path in the workspace's `templates/`. Two registries:
//! `.html.hbs` is escaped for HTML, `.txt.hbs` is not. A template reads no file, reaches no network, and its output is
//! bounded; everything else it may not do is tested by [`super::guard`] before it runs.

mod files;

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::path::Path;

use handlebars::{
    Context, Handlebars, Helper, HelperResult, Output, RenderContext, RenderErrorReason, handlebars_helper,
};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::fault::{RenderFault, TemplateFault};
use super::guard::{self, Guarded};
use super::samples;
use super::verify::verify;
use super::words::escape;
use crate::domain::message::Voice;

/// Largest output of a template, in bytes.
pub const MAX_OUTPUT: usize = 2 * 1024 * 1024;
/// Most elements that the loops of a template may go through in one run.
pub const MAX_STEPS: u64 = 3_000_000;

macro_rules! builtin {
    ($($path:literal),* $(,)?) => {
        const BUILTIN: &[(&str, &str)] = &[$(($path, include_str!(concat!("../../templates/", $path)))),*];
    };
}

builtin![
    "chat/link.txt.hbs",
    "mail/contact.html.hbs",
    "mail/contact.txt.hbs",
    "mail/layout.html.hbs",
    "mail/layout.txt.hbs",
    "notice/chat.txt.hbs",
    "notice/mail.html.hbs",
    "notice/mail.txt.hbs",
    "opt-out/ask.html.hbs",
    "opt-out/done.html.hbs",
    "opt-out/invalid.html.hbs",
    "opt-out/style.html.hbs",
    "press/package.html.hbs",
    "press/package.txt.hbs",
    "press/reminder.html.hbs",
    "press/reminder.txt.hbs",
    "report/period.html.hbs",
    "script/closing.txt.hbs",
    "script/opening.txt.hbs",
    "script/sheet.html.hbs",
    "script/sheet.txt.hbs",
    "web/article.html.hbs",
    "web/article.txt.hbs",
];

/// Folders of `templates/` that this room reads.
const FOLDERS: &[&str] = &["chat", "mail", "notice", "opt-out", "press", "report", "script", "web"];

/// What is printed around approved lines, and so is no part of a rendition.
const SHEET_FRAME: [&str; 2] = ["script/sheet.html.hbs", "script/sheet.txt.hbs"];

handlebars_helper!(upper: |s: str| s.to_uppercase());

thread_local! {
    /// Steps of the run under way on this thread: a run never leaves its thread.
    static STEPS: Cell<u64> = const { Cell::new(0) };
}

/// Counts a turn of a loop ([`guard::STEP`]).
fn step(
    h: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    _: &mut dyn Output,
) -> HelperResult {
    let weight = h.param(0).and_then(|p| p.value().as_u64()).unwrap_or(1);
    let all = STEPS.with(|s| {
        s.set(s.get().saturating_add(weight.max(1)));
        s.get()
    });
    if all > MAX_STEPS { Err(RenderErrorReason::Other("too many steps".into()).into()) } else { Ok(()) }
}

/// Every template, compiled.
pub struct Templates {
    html: Handlebars<'static>,
    txt: Handlebars<'static>,
    /// Path below `templates/` to the hash of its source.
    hashes: BTreeMap<String, String>,
    /// Path to the paths of the partials it calls.
    calls: BTreeMap<String, Vec<String>>,
}

impl std::fmt::Debug for Templates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Templates").field(&self.hashes.keys()).finish()
    }
}

impl Templates {
    /// The program's own.
    ///
    /// # Errors
    /// Never for a program that passes its tests.
    pub fn builtin() -> Result<Self, Vec<TemplateFault>> {
        let all = BUILTIN.iter().map(|(p, s)| ((*p).to_owned(), (*s).to_owned())).collect();
        Self::of(all, vec![])
    }

    /// The program's own, replaced by those of the workspace `root` (`root/templates`, which may be missing).
    /// Reads files: call it where blocking is allowed.
    ///
    /// # Errors
    /// Every fault of every template.
    pub fn load(root: &Path) -> Result<Self, Vec<TemplateFault>> {
        let mut all: BTreeMap<String, String> =
            BUILTIN.iter().map(|(p, s)| ((*p).to_owned(), (*s).to_owned())).collect();
        let mut faults = vec![];
        files::read(root, &mut all, &mut faults);
        Self::of(all, faults)
    }

    fn of(all: BTreeMap<String, String>, mut faults: Vec<TemplateFault>) -> Result<Self, Vec<TemplateFault>> {
        let hashes = all.iter().map(|(path, source)| (path.clone(), hex(&Sha256::digest(source)))).collect();
        let mut calls = BTreeMap::new();
        let mut html = registry();
        html.register_escape_fn(escape);
        let mut txt = registry();
        txt.register_escape_fn(handlebars::no_escape);
        for (registry, ext) in [(&mut html, ".html"), (&mut txt, ".txt")] {
            let mut guarded: BTreeMap<String, Guarded> = BTreeMap::new();
            for (path, source) in &all {
                let Some(name) = path.strip_suffix(".hbs").filter(|n| n.ends_with(ext)) else { continue };
                match guard::read(&format!("templates/{path}"), name, source) {
                    Ok(g) => {
                        guarded.insert(name.trim_end_matches(ext).to_owned(), g);
                    }
                    Err(f) => faults.extend(f),
                }
            }
            faults.extend(guard::graph(&guarded, &|name| format!("templates/{name}{ext}.hbs")));
            faults.extend(unused(&guarded, ext));
            for (name, g) in guarded {
                let called = g.partials().map(|p| format!("{p}{ext}.hbs")).collect();
                calls.insert(format!("{name}{ext}.hbs"), called);
                registry.register_template(&name, g.template);
            }
        }
        if faults.is_empty() {
            Ok(Self { html, txt, hashes, calls })
        } else {
            faults.sort();
            faults.dedup();
            Err(faults)
        }
    }

    /// SHA-256 of each template's source by its path below `templates/`: recorded with a revision, never compared.
    pub fn hashes(&self) -> &BTreeMap<String, String> {
        &self.hashes
    }

    /// The same of those only that a voice is made with, their partials included.
    pub fn hashes_of(&self, voices: &[Voice]) -> BTreeMap<String, String> {
        let roots = voices
            .iter()
            .flat_map(|v| -> &[&'static str] {
                match v {
                    Voice::Web => &["web/article.html.hbs", "web/article.txt.hbs"],
                    Voice::Mail => &["mail/layout.html.hbs", "mail/layout.txt.hbs"],
                    Voice::Chat => &["chat/link.txt.hbs"],
                    Voice::Script => {
                        &["script/opening.txt.hbs", "script/closing.txt.hbs", SHEET_FRAME[0], SHEET_FRAME[1]]
                    }
                    Voice::Press => &["press/package.html.hbs", "press/package.txt.hbs"],
                }
            })
            .copied();
        self.with_partials(roots)
    }

    /// True if a template makes the sheets of stations: those are printed when they are due, around lines that were approved.
    pub fn frames_sheets(&self, path: &str) -> bool {
        self.with_partials(SHEET_FRAME.into_iter()).contains_key(path)
    }

    fn with_partials(&self, roots: impl Iterator<Item = &'static str>) -> BTreeMap<String, String> {
        let mut todo: Vec<String> = roots.map(str::to_owned).collect();
        let mut out = BTreeMap::new();
        while let Some(path) = todo.pop() {
            let Some(hash) = self.hashes.get(&path) else { continue };
            if out.insert(path.clone(), hash.clone()).is_none() {
                todo.extend(self.calls.get(&path).into_iter().flatten().cloned());
            }
        }
        out
    }

    /// Renders the template `name`: its path without `.hbs`, like `opt-out/ask.html`, and tests what came out ([`verify`]).
    ///
    /// # Errors
    /// An unknown variable or template, with its place; too much output; output that may not go out or does not show its data.
    pub fn render(&self, name: &str, data: &impl Serialize) -> Result<String, RenderFault> {
        let data = serde_json::to_value(data).unwrap_or_default();
        let out = self.run(name, &data)?;
        verify(name, &data, &out)?;
        Ok(out)
    }

    fn run(&self, name: &str, data: &serde_json::Value) -> Result<String, RenderFault> {
        let (registry, stem) = match name.strip_suffix(".html") {
            Some(stem) => (&self.html, stem),
            None => (&self.txt, name.trim_end_matches(".txt")),
        };
        STEPS.with(|s| s.set(0));
        let mut out = Bounded { bytes: Vec::with_capacity(16 * 1024) };
        registry.render_to_write(stem, data, &mut out).map_err(|e| {
            let ext = &name[stem.len()..];
            let file = format!(
                "templates/{}{ext}.hbs",
                e.template_name.as_deref().unwrap_or(stem).trim_end_matches(ext)
            );
            #[expect(
                clippy::wildcard_enum_match_arm,
                reason = "of another crate: the rest is said in its words"
            )]
            let (code, vi, en) = match e.reason() {
                RenderErrorReason::MissingVariable(v) => {
                    let v = v.clone().unwrap_or_default();
                    (
                        "template_variable",
                        format!("Không có biến `{v}` cho mẫu này."),
                        format!("No variable `{v}` here."),
                    )
                }
                RenderErrorReason::Other(_) if STEPS.with(Cell::get) > MAX_STEPS => (
                    "template_steps",
                    "Mẫu lặp quá nhiều lần: các vòng `{{#each}}` lồng nhau trên danh sách dài.".to_owned(),
                    "The template loops too often: `{{#each}}` inside each other over long lists.".to_owned(),
                ),
                RenderErrorReason::IOError(_) => (
                    "template_output",
                    format!("Mẫu in ra quá {} MiB.", MAX_OUTPUT >> 20),
                    format!("The template prints more than {} MiB.", MAX_OUTPUT >> 20),
                ),
                other => (
                    "template_render",
                    format!("Mẫu không chạy được: {other}"),
                    format!("The template fails: {other}"),
                ),
            };
            let f = RenderFault::new(code, file, vi, en);
            match (e.line_no, e.column_no) {
                (Some(line), Some(column)) => f.at(line, column),
                (Some(_), None) | (None, _) => f,
            }
        })?;
        Ok(String::from_utf8(out.bytes).unwrap_or_default())
    }

    /// Renders every template with samples, full and bare, and once more with each variable marked: none may name what is loaded
    /// or styled.
    pub fn check(&self) -> Vec<TemplateFault> {
        let mut faults: Vec<TemplateFault> =
            self.hashes.keys().flat_map(|path| self.check_one(path)).collect();
        faults.sort();
        faults.dedup();
        faults
    }

    fn check_one(&self, path: &str) -> Vec<TemplateFault> {
        let name = path.trim_end_matches(".hbs");
        let Some([full, bare]) = samples::of(name) else { return vec![] };
        let probed = samples::probed(&full);
        [full, bare, probed].iter().filter_map(|data| self.render(name, data).err()).collect()
    }
}

fn registry() -> Handlebars<'static> {
    let mut h = Handlebars::new();
    h.set_strict_mode(true);
    h.register_helper("upper", Box::new(upper));
    h.register_helper(guard::STEP, Box::new(step));
    h
}

/// A file that replaces nothing and is called by nothing is a slip in its name.
fn unused(all: &BTreeMap<String, Guarded>, ext: &str) -> Vec<TemplateFault> {
    let called: BTreeSet<&str> = all.values().flat_map(Guarded::partials).collect();
    all.keys()
        .filter(|n| {
            let path = format!("{n}{ext}.hbs");
            !called.contains(n.as_str()) && !BUILTIN.iter().any(|(p, _)| *p == path)
        })
        .map(|n| {
            let path = format!("{n}{ext}.hbs");
            let (vi, en) = files::meant(&path);
            TemplateFault::new(
                "template_unused",
                format!("templates/{path}"),
                format!("Mẫu này không thay mẫu nào của Loa và không mẫu nào gọi đến. {vi}"),
                format!("This template replaces none of Loa's and none calls it. {en}"),
            )
        })
        .collect()
}

struct Bounded {
    bytes: Vec<u8>,
}

impl Write for Bounded {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + buf.len() > MAX_OUTPUT {
            return Err(io::Error::other("too much output"));
        }
        self.bytes.extend_from_slice(buf);
        Ok(buf.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests;
