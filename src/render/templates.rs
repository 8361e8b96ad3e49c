//! Templates: those of the program, replaced by files of the same path in the workspace's `templates/`. Two registries:
//! `.html.hbs` is escaped for HTML, `.txt.hbs` is not. A template reads no file, reaches no network, and its output is
//! bounded; everything else it may not do is tested by [`super::guard`] before it runs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Write};
use std::path::Path;

use handlebars::{Handlebars, RenderErrorReason, handlebars_helper};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::fault::{RenderFault, TemplateFault};
use super::guard::{self, Guarded};
use super::samples;
use super::words::escape;
use crate::domain::message::MARK_OPT_OUT_URL;

/// Largest output of a template, in bytes.
pub const MAX_OUTPUT: usize = 2 * 1024 * 1024;

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

handlebars_helper!(upper: |s: str| s.to_uppercase());

/// Every template, compiled.
pub struct Templates {
    html: Handlebars<'static>,
    txt: Handlebars<'static>,
    /// Path below `templates/` to the hash of its source.
    hashes: BTreeMap<String, String>,
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
        for folder in FOLDERS {
            read_folder(root, folder, &mut all, &mut faults);
        }
        Self::of(all, faults)
    }

    fn of(all: BTreeMap<String, String>, mut faults: Vec<TemplateFault>) -> Result<Self, Vec<TemplateFault>> {
        let hashes = all.iter().map(|(path, source)| (path.clone(), hex(&Sha256::digest(source)))).collect();
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
                registry.register_template(&name, g.template);
            }
        }
        if faults.is_empty() {
            Ok(Self { html, txt, hashes })
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

    /// Renders the template `name`: its path without `.hbs`, like `opt-out/ask.html`.
    ///
    /// # Errors
    /// An unknown variable or template, with its place; too much output.
    pub fn render(&self, name: &str, data: &impl Serialize) -> Result<String, RenderFault> {
        let (registry, stem) = match name.strip_suffix(".html") {
            Some(stem) => (&self.html, stem),
            None => (&self.txt, name.trim_end_matches(".txt")),
        };
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

    /// Renders every template with samples, full and bare.
    pub fn check(&self) -> Vec<TemplateFault> {
        let mut faults = vec![];
        for path in self.hashes.keys() {
            let name = path.trim_end_matches(".hbs");
            for data in samples::of(name).into_iter().flatten() {
                match self.render(name, &data) {
                    Ok(out) if name.starts_with("mail/layout") && !out.contains(MARK_OPT_OUT_URL) => {
                        faults.push(TemplateFault::new(
                            "template_no_opt_out",
                            format!("templates/{path}"),
                            "Thư phải có đường từ chối nhận: viết `{{opt_out_url}}` trong mẫu, không đặt trong `{{#if}}`.",
                            "A mail must carry its opt-out link: write `{{opt_out_url}}`, outside of any `{{#if}}`.",
                        ));
                    }
                    Ok(_) => {}
                    Err(f) => faults.push(f),
                }
            }
        }
        faults.sort();
        faults.dedup();
        faults
    }
}

fn registry() -> Handlebars<'static> {
    let mut h = Handlebars::new();
    h.set_strict_mode(true);
    h.register_helper("upper", Box::new(upper));
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
            TemplateFault::new(
                "template_unused",
                format!("templates/{n}{ext}.hbs"),
                "Mẫu này không thay mẫu nào của Loa và không mẫu nào gọi đến. Xem lại tên tệp.",
                "This template replaces none of Loa's and none calls it. Is the name right?",
            )
        })
        .collect()
}

fn read_folder(
    root: &Path,
    folder: &str,
    all: &mut BTreeMap<String, String>,
    faults: &mut Vec<TemplateFault>,
) {
    let shown = |name: &str| format!("templates/{folder}/{name}");
    let unreadable = |file: String, e: &io::Error| {
        TemplateFault::new(
            "template_unreadable",
            file,
            format!("Không đọc được: {e}"),
            format!("Cannot read it: {e}"),
        )
    };
    let not_a_file = |file: String| {
        TemplateFault::new(
            "template_not_a_file",
            file,
            "Mẫu phải là tệp thường, không phải liên kết. Chép hẳn tệp vào đây.",
            "A template must be a regular file, no link. Copy the file here.",
        )
    };
    for dir in [root.join("templates"), root.join("templates").join(folder)] {
        match fs::symlink_metadata(&dir) {
            Ok(m) if m.is_dir() => {}
            Ok(_) => return faults.push(not_a_file(format!("templates/{folder}"))),
            Err(e) if e.kind() == io::ErrorKind::NotFound => return,
            Err(e) => return faults.push(unreadable(format!("templates/{folder}"), &e)),
        }
    }
    let entries = match fs::read_dir(root.join("templates").join(folder)) {
        Ok(entries) => entries,
        Err(e) => return faults.push(unreadable(format!("templates/{folder}"), &e)),
    };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.ends_with(".hbs") {
            continue;
        }
        if !(name.ends_with(".html.hbs") || name.ends_with(".txt.hbs")) {
            faults.push(TemplateFault::new(
                "template_name",
                shown(&name),
                "Tên mẫu phải kết thúc bằng `.html.hbs` hoặc `.txt.hbs`.",
                "A template's name ends with `.html.hbs` or `.txt.hbs`.",
            ));
            continue;
        }
        match entry.metadata() {
            Ok(m) if !m.is_file() => faults.push(not_a_file(shown(&name))),
            // One byte too many is enough to be refused with its true reason.
            Ok(_) => match read_bounded(&entry.path(), guard::MAX_BYTES + 1) {
                Ok(source) => {
                    let source = source.replace("\r\n", "\n");
                    all.insert(format!("{folder}/{name}"), source.trim_start_matches('\u{FEFF}').to_owned());
                }
                Err(e) => faults.push(unreadable(shown(&name), &e)),
            },
            Err(e) => faults.push(unreadable(shown(&name), &e)),
        }
    }
}

fn read_bounded(path: &Path, max: usize) -> io::Result<String> {
    use io::Read;
    let mut out = vec![];
    fs::File::open(path)?.take(max as u64).read_to_end(&mut out)?;
    String::from_utf8(out).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "not UTF-8"))
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
mod tests {
    use super::*;

    fn with(files: &[(&str, &str)]) -> Result<Templates, Vec<TemplateFault>> {
        let dir = tempfile::tempdir().unwrap();
        for (path, source) in files {
            let p = dir.path().join("templates").join(path);
            fs::create_dir_all(p.parent().unwrap()).unwrap();
            fs::write(p, source).unwrap();
        }
        Templates::load(dir.path())
    }

    fn codes(r: Result<Templates, Vec<TemplateFault>>) -> Vec<&'static str> {
        r.unwrap_err().iter().map(|f| f.code).collect()
    }

    #[test]
    fn the_programs_own_pass() {
        let t = Templates::builtin().unwrap();
        assert_eq!(t.check(), []);
        assert_eq!(t.hashes().len(), BUILTIN.len());
        for (path, _) in BUILTIN {
            let dir = path.split('/').next().unwrap();
            assert!(FOLDERS.contains(&dir), "{path}");
        }
    }

    #[test]
    fn a_workspace_replaces_and_adds_partials() {
        let t = with(&[
            ("chat/link.txt.hbs", "\u{FEFF}Đọc tiếp <{{upper organisation}}>{{> chat/them}}"),
            ("chat/them.txt.hbs", " {{link}}"),
        ])
        .unwrap();
        let out = t
            .render("chat/link.txt", &serde_json::json!({"organisation": "sở", "link": "https://x"}))
            .unwrap();
        assert_eq!(out, "Đọc tiếp <SỞ> https://x");
        assert_eq!(t.check(), []);
    }

    #[test]
    fn a_ring_is_refused_before_it_runs() {
        let f = with(&[("mail/a.html.hbs", "{{> mail/b}}"), ("mail/b.html.hbs", "x\n {{> mail/a}}")])
            .unwrap_err();
        assert_eq!(f.len(), 1);
        assert_eq!(
            (f[0].code, f[0].file.as_str(), f[0].line),
            ("template_cycle", "templates/mail/b.html.hbs", Some(2))
        );
        assert_eq!(codes(with(&[("mail/contact.html.hbs", "{{> mail/contact}}")])), ["template_cycle"]);
    }

    #[test]
    fn what_a_template_may_not_do() {
        let deep = "{{#if a}}".repeat(31) + &"{{/if}}".repeat(31);
        let chain = format!("{{{{#if a}}}}{}{{{{/if}}}}", "{{else if a}}".repeat(5_000));
        let each = "{{#each a}}".repeat(4) + &"{{/each}}".repeat(4);
        let hidden = |unit: &str| -> &'static str {
            Box::leak(format!("{}{}", unit.repeat(5_000), "{{/if}}".repeat(5_000)).into_boxed_str())
        };
        let brackets = format!("{{{{upper {}a{}}}}}", "(".repeat(5_000), ")".repeat(5_000));
        for (source, code) in [
            (deep.as_str(), "template_too_deep"),
            (chain.as_str(), "template_too_deep"),
            (brackets.as_str(), "template_too_deep"),
            (each.as_str(), "template_unbounded"),
            (&"x".repeat(guard::MAX_BYTES + 1), "template_too_large"),
            (hidden("{{#if a}}{{!-- {{/if}} --}}"), "template_too_deep"),
            (hidden("{{#if a}}{{!-- }}"), "template_too_deep"),
            (hidden("{{['] }}{{#if a}}"), "template_too_deep"),
            (hidden("{{#if a}}{{! {{/if }}"), "template_too_deep"),
            (hidden("{{#if a}}\\{{/if}}"), "template_too_deep"),
            (hidden("{{#if a}}{{upper \"}}{{/if}}\"}}"), "template_too_deep"),
            (hidden("{{#if a}}{{upper \"\\\"}}{{/if}}\"}}"), "template_too_deep"),
            ("{{{{raw}}}}x{{{{/raw}}}}", "template_forbidden"),
            ("{{#*inline \"a\"}}{{> a}}{{/inline}}{{> a}}", "template_forbidden"),
            ("{{> (lookup a \"x\")}}", "template_forbidden"),
            ("{{#> mail/contact}}x{{/mail/contact}}", "template_forbidden"),
            ("{{> mail/none}}", "template_partial"),
            ("{{{title}}}", "template_unescaped"),
            ("{{&title}}", "template_unescaped"),
            ("{{log title}}", "template_helper"),
            ("{{#if (rm title)}}{{/if}}", "template_helper"),
            ("{{#if a}}", "template_syntax"),
        ] {
            let got = with(&[("web/article.html.hbs", source)]).unwrap_err();
            assert_eq!(got[0].code, code, "{}", &source[..source.len().min(60)]);
        }
    }

    #[test]
    fn the_parser_bears_what_the_count_lets_through() {
        let n = guard::MAX_OPENINGS;
        for source in [
            format!("{}{}", "{{#if a}}".repeat(n), "{{/if}}".repeat(n)),
            format!("{{{{#if a}}}}{}{{{{/if}}}}", "{{else if a}}".repeat(n - 1)),
            format!("{{{{upper {}a{}}}}}", "(upper ".repeat(n), ")".repeat(n)),
            format!("{{{{upper {}{}}}}}", "[".repeat(n), "]".repeat(n)),
            format!("{{{{upper {}1{}}}}}", "{\"a\":".repeat(n), "}".repeat(n)),
        ] {
            // Read to the end, whatever it says: no abort, no standstill.
            let _ = with(&[("web/article.html.hbs", &source)]);
        }
        let nested = |n| format!("{{{{upper {}a{}}}}}", "(upper ".repeat(n), ")".repeat(n));
        assert_eq!(codes(with(&[("web/article.html.hbs", &nested(31))])), ["template_too_deep"]);
        assert!(with(&[("web/article.html.hbs", &nested(30))]).is_ok());
    }

    #[test]
    fn partials_that_multiply_or_chain_are_refused() {
        let calling = |times: usize, chain: usize| {
            let mut files = vec![("web/article.html.hbs".to_owned(), "{{> web/p0}}".to_owned())];
            for i in 0..chain {
                files.push((format!("web/p{i}.html.hbs"), format!("{{{{> web/p{}}}}}", i + 1).repeat(times)));
            }
            files.push((format!("web/p{chain}.html.hbs"), "x".into()));
            let files: Vec<(&str, &str)> = files.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
            with(&files)
        };
        assert!(calling(2, guard::MAX_CHAIN - 2).is_ok());
        assert!(codes(calling(10, guard::MAX_CHAIN - 2)).contains(&"template_unbounded"));
        assert!(codes(calling(1, 2_000)).contains(&"template_too_deep"));
        // The other way round: each file's partial is known before the file itself is looked at.
        let mut files = vec![("web/a10.html.hbs".to_owned(), "x".to_owned())];
        files.extend((11..60).map(|i| (format!("web/a{i}.html.hbs"), format!("{{{{> web/a{}}}}}", i - 1))));
        files.push(("web/article.html.hbs".into(), "{{> web/a59}}".into()));
        let files: Vec<(&str, &str)> = files.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        assert!(codes(with(&files)).contains(&"template_unbounded"));
    }

    #[test]
    fn names_and_links_are_tested() {
        assert_eq!(codes(with(&[("mail/layot.html.hbs", "x")])), ["template_unused"]);
        assert_eq!(codes(with(&[("mail/layout.hbs", "x")])), ["template_name"]);
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("templates/mail")).unwrap();
        std::os::unix::fs::symlink("/etc/passwd", dir.path().join("templates/mail/layout.txt.hbs")).unwrap();
        assert_eq!(codes(Templates::load(dir.path())), ["template_not_a_file"]);
    }

    #[test]
    fn check_renders_with_samples() {
        let t = with(&[("mail/layout.txt.hbs", "{{title}}\n\n{{organisatoin}} {{opt_out_url}}")]).unwrap();
        let f = t.check();
        assert_eq!(f.len(), 1, "{f:?}");
        assert_eq!((f[0].code, f[0].line), ("template_variable", Some(3)));
        assert!(f[0].vi.contains("organisatoin"));
        let t = with(&[("mail/layout.html.hbs", "{{title}}")]).unwrap();
        assert_eq!(t.check()[0].code, "template_no_opt_out");
    }

    #[test]
    fn output_is_bounded() {
        let t = with(&[(
            "report/period.html.hbs",
            "{{#each sections}}{{#each rows}}{{../title}}{{/each}}{{/each}}",
        )])
        .unwrap();
        let rows = vec!["x"; 3000];
        let data = serde_json::json!({"sections": [{"title": "x".repeat(1000), "rows": rows}]});
        assert_eq!(t.render("report/period.html", &data).unwrap_err().code, "template_output");
    }
}
