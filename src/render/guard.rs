//! What a template may be, tested before it is ever run: the engine has no limit of its own and ends the process when
//! partials call each other in a ring. A template that passes cannot recurse, print unescaped text, or make a reader's program
//! fetch or run anything; and it counts its own steps, so that loops over loops end.

use std::collections::BTreeMap;

use handlebars::Template;
use handlebars::template::{BlockParam, DecoratorTemplate, HelperTemplate, Parameter, TemplateElement};

use super::fault::{TemplateFault, place};
use super::judge::odd;

/// Largest template, in bytes.
pub const MAX_BYTES: usize = 256 * 1024;
/// Deepest nesting of blocks and brackets.
pub const MAX_NESTING: usize = 30;
/// Most blocks and brackets, together, that one file may open: the parser bears 256 inside each other on a stack of 2 MiB
/// (unoptimised), but not 400.
pub const MAX_OPENINGS: usize = 200;
/// Longest chain of partials that call each other.
pub const MAX_CHAIN: usize = 8;
/// Most loops inside each other, partials counted.
pub const MAX_LOOPS: usize = 3;
/// Most elements a template may grow to when its partials are put in.
pub const MAX_ELEMENTS: usize = 50_000;

/// Helpers that templates may call, beside their blocks.
const HELPERS: &[&str] = &[
    "if", "unless", "each", "with", "lookup", "upper", "eq", "ne", "gt", "gte", "lt", "lte", "and", "or",
    "not", "len",
];

/// A template that may be registered.
#[derive(Debug)]
pub struct Guarded {
    /// Compiled.
    pub template: Template,
    partials: Vec<Use>,
    loops: usize,
    elements: usize,
}

#[derive(Debug)]
struct Use {
    name: String,
    place: (usize, usize),
    loops: usize,
}

/// Reads a template; `file` is its path for messages, `name` its name without `.hbs`.
///
/// # Errors
/// Everything that forbids it.
pub fn read(file: &str, name: &str, source: &str) -> Result<Guarded, Vec<TemplateFault>> {
    if source.len() > MAX_BYTES {
        return Err(vec![TemplateFault::new(
            "template_too_large",
            file,
            format!("Mẫu dài {} KiB, tối đa {} KiB.", source.len() / 1024, MAX_BYTES / 1024),
            format!("The template has {} KiB; at most {} KiB.", source.len() / 1024, MAX_BYTES / 1024),
        )]);
    }
    if let Some((offset, c)) = source.char_indices().find(|(_, c)| odd(*c)) {
        let (line, column) = place(source, offset);
        let c = c as u32;
        return Err(vec![TemplateFault::new(
            "template_character",
            file,
            format!("Ký tự ẩn U+{c:04X} làm chữ hiện khác với cái được gửi, hoặc không in được. Xóa nó đi."),
            format!("The unseen character U+{c:04X} makes the text read otherwise than it is, or is none that is printed. Remove it."),
        )
        .at(line, column)]);
    }
    if too_many_openings(source) {
        return Err(vec![TemplateFault::new(
            "template_too_deep",
            file,
            format!("Mẫu có quá {MAX_OPENINGS} khối và dấu ngoặc mở. Tách bớt thành mẫu con."),
            format!("More than {MAX_OPENINGS} blocks and brackets are opened. Split the template."),
        )]);
    }
    if let Some(offset) = source.find("{{{{") {
        let (line, column) = place(source, offset);
        return Err(vec![
            TemplateFault::new(
                "template_forbidden",
                file,
                "Không dùng bốn ngoặc `{{{{…}}}}` trong mẫu.",
                "Raw blocks (four braces) are not allowed.",
            )
            .at(line, column),
        ]);
    }
    let template = Template::compile_with_name(source, name.to_owned()).map_err(|e| {
        let f = TemplateFault::new(
            "template_syntax",
            file,
            format!("Mẫu viết sai cú pháp: {}", e.reason()),
            format!("The template cannot be read: {}", e.reason()),
        );
        vec![match e.pos() {
            Some((line, column)) => f.at(line, column),
            None => f,
        }]
    })?;
    let html = name.ends_with(".html");
    if html && let Some(fault) = reaches_out(file, source) {
        return Err(vec![fault]);
    }
    let mut template = template;
    let mut w = Walk { file, html, faults: vec![], partials: vec![], loops: 0, elements: 0 };
    w.template(&template, 0, 1);
    if !w.faults.is_empty() {
        return Err(w.faults);
    }
    count_steps(&mut template);
    Ok(Guarded { partials: w.partials, loops: w.loops, elements: w.elements, template })
}

/// Name of the helper that counts; no template may call it (it is none of [`HELPERS`]).
pub const STEP: &str = "loa_step";

/// Puts a counter into every loop: it is told how many elements one turn has.
fn count_steps(t: &mut Template) {
    for e in &mut t.elements {
        let TemplateElement::HelperBlock(h) = e else { continue };
        if let Some(body) = &mut h.template {
            count_steps(body);
            if h.name.as_name() == Some("each")
                && let Ok(step) = Template::compile(&format!("{{{{{STEP} {}}}}}", body.elements.len()))
                && let (Some(step), Some(at)) = (step.elements.first(), step.mapping.first())
            {
                body.elements.insert(0, step.clone());
                body.mapping.insert(0, at.clone());
            }
        }
        if let Some(rest) = &mut h.inverse {
            count_steps(rest);
        }
    }
}

/// What makes the program of a reader fetch or run something. What is shown comes with the message; a picture from elsewhere would
/// tell its server who reads, and when.
fn reaches_out(file: &str, source: &str) -> Option<TemplateFault> {
    let lower = source.to_ascii_lowercase();
    let squeezed: String = lower.chars().filter(|c| !c.is_whitespace()).collect();
    let said = |code, what: &str, vi: &str, en: &str| {
        let (line, column) = place(source, lower.find(what).unwrap_or_default());
        Some(TemplateFault::new(code, file, vi, en).at(line, column))
    };
    if squeezed.contains("={{") {
        return said(
            "template_unquoted",
            "={{",
            "Thuộc tính phải đặt trong ngoặc kép: viết href=\"{{…}}\", không viết href={{…}}.",
            "Attributes stand in double quotes: href=\"{{…}}\", not href={{…}}.",
        );
    }
    const RUNS: &[&str] =
        &["<script", "<iframe", "<object", "<embed", "<applet", "<base", "javascript:", "vbscript:"];
    const FETCHES: &[&str] = &[
        "<link",
        "@import",
        "url(",
        "srcset=",
        "src=http",
        "src=//",
        "src=\"http",
        "src=\"//",
        "src='http",
        "src='//",
        "background=\"http",
        "background=\"//",
        "background='http",
        "http-equiv=\"refresh",
        "http-equiv=refresh",
        "http-equiv='refresh",
    ];
    if let Some(what) = RUNS.iter().find(|w| squeezed.contains(**w)) {
        return said(
            "template_runs",
            what,
            "Mẫu không được có mã chạy (<script>, <iframe>, javascript:…).",
            "A template has nothing that runs (<script>, <iframe>, javascript:…).",
        );
    }
    if let Some(on) = handler(&lower) {
        return said(
            "template_runs",
            on,
            "Mẫu không được có thuộc tính chạy mã (onclick=, onload=…).",
            "A template has no attribute that runs (onclick=, onload=…).",
        );
    }
    let what = FETCHES.iter().find(|w| squeezed.contains(**w))?;
    said(
        "template_fetches",
        what,
        "Mẫu không được tải gì từ nơi khác (ảnh http…, <link>, @import, url(…)): máy người đọc sẽ báo cho nơi ấy biết ai đọc, lúc nào.",
        "A template fetches nothing (pictures by http…, <link>, @import, url(…)): the far side would learn who reads, and when.",
    )
}

/// The first `on…=` attribute, lower case.
fn handler(lower: &str) -> Option<&str> {
    lower.match_indices("on").find_map(|(i, _)| {
        let before = lower[..i].chars().next_back();
        let word = lower[i..].split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
        let after = lower[i + word.len()..].trim_start();
        let opens = before.is_some_and(|c| c.is_whitespace() || matches!(c, '"' | '\'' | '/'));
        let in_tag = lower[..i].rfind('<').is_some_and(|o| !lower[o..i].contains('>'));
        (opens && in_tag && word.len() > 3 && after.starts_with('=')).then_some(word)
    })
}

/// True if a template could nest deeper than the parser bears. It is slow on deep nesting and recurses, so this is counted
/// before it runs, and without reading the syntax, which a hostile file could hide from: everything that could open
/// something counts, wherever it stands, and nothing closes it.
fn too_many_openings(source: &str) -> bool {
    let mut blocks = 0;
    let mut at = 0;
    while let Some(start) = source[at..].find("{{").map(|i| i + at) {
        let inside =
            source[start + 2..].trim_start_matches(|c: char| c == '{' || c == '~' || c.is_whitespace());
        blocks += usize::from(inside.starts_with(['#', '^']) || inside.starts_with("else"));
        at = start + 1;
    }
    let objects = source
        .match_indices('{')
        .filter(|(i, _)| source[i + 1..].trim_start().starts_with(['"', '\'', '}']))
        .count();
    blocks + objects + source.matches(['(', '[']).count() > MAX_OPENINGS
}

struct Walk<'a> {
    file: &'a str,
    html: bool,
    faults: Vec<TemplateFault>,
    partials: Vec<Use>,
    loops: usize,
    elements: usize,
}

impl Walk<'_> {
    fn template(&mut self, t: &Template, loops: usize, depth: usize) {
        self.loops = self.loops.max(loops);
        for (i, e) in t.elements.iter().enumerate() {
            self.elements += 1;
            let at = t.mapping.get(i).map_or((1, 1), |m| (m.0, m.1));
            #[expect(clippy::wildcard_enum_match_arm, reason = "of another crate: what is new there is refused")]
            match e {
                TemplateElement::RawString(_) | TemplateElement::Comment(_) => {}
                TemplateElement::Expression(h) => self.helper(h, at),
                TemplateElement::HtmlExpression(h) => {
                    self.helper(h, at);
                    let name = h.name.as_name().unwrap_or_default();
                    if self.html && !(name.ends_with("_html") && h.params.is_empty()) {
                        self.fault(
                            at,
                            "template_unescaped",
                            format!("`{{{{{{{name}}}}}}}` in thẳng không mã hóa. Chỉ biến tên `…_html` được viết ba ngoặc."),
                            format!("`{{{{{{{name}}}}}}}` prints unescaped. Only variables named `…_html` may have three braces."),
                        );
                    }
                }
                TemplateElement::HelperBlock(h) => {
                    self.helper(h, at);
                    let looping = h.name.as_name() == Some("each");
                    let inner = loops + usize::from(looping);
                    if depth > MAX_NESTING {
                        self.too_deep(at);
                        return;
                    }
                    if let Some(t) = &h.template {
                        self.template(t, inner, depth + 1);
                    }
                    if let Some(t) = &h.inverse {
                        self.template(t, loops, depth + 1); // an `else if` nests like a block
                    }
                }
                TemplateElement::PartialExpression(d) => self.partial(d, at, loops),
                // Decorators, inline partials, partial blocks.
                _ => self.fault(
                    at,
                    "template_forbidden",
                    "Không dùng `{{*…}}`, `{{#*inline}}`, `{{#> …}}` trong mẫu. Viết thành tệp riêng và gọi `{{> tên}}`.",
                    "Decorators, inline partials and partial blocks are not allowed. Use a file and `{{> name}}`.",
                ),
            }
        }
    }

    fn partial(&mut self, d: &DecoratorTemplate, at: (usize, usize), loops: usize) {
        for p in d.params.iter().chain(d.hash.values()) {
            self.parameter(p, at, 1);
        }
        for name in d.hash.keys() {
            self.not_html(name, at);
        }
        match d.name.as_name().filter(|_| !matches!(d.name, Parameter::Subexpression(_))) {
            Some(name) if !name.starts_with('@') => {
                self.partials.push(Use { name: name.to_owned(), place: at, loops });
            }
            Some(_) | None => self.fault(
                at,
                "template_forbidden",
                "Tên mẫu con phải viết sẵn: `{{> thư-mục/tên}}`.",
                "The name of a partial must be written out: `{{> folder/name}}`.",
            ),
        }
    }

    fn helper(&mut self, h: &HelperTemplate, at: (usize, usize)) {
        let name = h.name.as_name().unwrap_or_default();
        if (h.block || !h.params.is_empty() || !h.hash.is_empty()) && !HELPERS.contains(&name) {
            self.unknown(name, at);
        }
        if let Parameter::Subexpression(_) = h.name {
            self.parameter(&h.name, at, 1);
        }
        for p in h.params.iter().chain(h.hash.values()) {
            self.parameter(p, at, 1);
        }
        let named: Vec<&Parameter> = match &h.block_param {
            Some(BlockParam::Single(a)) => vec![a],
            Some(BlockParam::Pair((a, b))) => vec![a, b],
            None => vec![],
            Some(_) => return self.too_deep(at), // a form of the engine's that is not known here
        };
        for name in named.iter().filter_map(|p| p.as_name()) {
            self.not_html(name, at);
        }
    }

    /// A name that a template gives itself: three braces would believe it.
    fn not_html(&mut self, name: &str, at: (usize, usize)) {
        if name.ends_with("_html") {
            self.fault(
                at,
                "template_unescaped",
                format!("Không đặt tên `{name}` trong mẫu: tên kết thúc bằng `_html` chỉ dành cho nội dung đã làm sạch."),
                format!("`{name}` may not be named in a template: names in `_html` are for what was sanitised."),
            );
        }
    }

    fn parameter(&mut self, p: &Parameter, at: (usize, usize), depth: usize) {
        if let Parameter::Subexpression(s) = p {
            if depth > MAX_NESTING {
                self.too_deep(at);
                return;
            }
            if s.is_helper() && !HELPERS.contains(&s.name()) {
                self.unknown(s.name(), at);
            }
            for p in s.params().into_iter().flatten().chain(s.hash().into_iter().flat_map(|h| h.values())) {
                self.parameter(p, at, depth + 1);
            }
        }
    }

    fn too_deep(&mut self, at: (usize, usize)) {
        self.fault(
            at,
            "template_too_deep",
            format!("Các khối lồng nhau quá {MAX_NESTING} tầng. Tách bớt thành mẫu con."),
            format!("Blocks are nested deeper than {MAX_NESTING}. Split the template."),
        );
    }

    fn unknown(&mut self, name: &str, at: (usize, usize)) {
        self.fault(
            at,
            "template_helper",
            format!("Không có lệnh `{name}`. Dùng được: {}.", HELPERS.join(", ")),
            format!("There is no helper `{name}`. Known: {}.", HELPERS.join(", ")),
        );
    }

    fn fault(
        &mut self,
        at: (usize, usize),
        code: &'static str,
        vi: impl Into<String>,
        en: impl Into<String>,
    ) {
        self.faults.push(TemplateFault::new(code, self.file, vi, en).at(at.0, at.1));
    }
}

/// Tests how templates of one registry call each other. `file` gives the path of a name, for messages.
pub fn graph(all: &BTreeMap<String, Guarded>, file: &dyn Fn(&str) -> String) -> Vec<TemplateFault> {
    let mut faults = vec![];
    let mut done: BTreeMap<&str, Weight> = BTreeMap::new();
    for name in all.keys() {
        visit(name, all, &mut vec![], &mut done, &mut faults, file);
    }
    faults
}

/// A template with its partials put in.
#[derive(Clone, Copy, Default)]
struct Weight {
    elements: usize,
    loops: usize,
    /// Longest chain of partials below it, itself counted.
    chain: usize,
}

fn visit<'a>(
    name: &'a str,
    all: &'a BTreeMap<String, Guarded>,
    path: &mut Vec<&'a str>,
    done: &mut BTreeMap<&'a str, Weight>,
    faults: &mut Vec<TemplateFault>,
    file: &dyn Fn(&str) -> String,
) -> Weight {
    if let Some(known) = done.get(name) {
        return *known;
    }
    let Some(t) = all.get(name) else { return Weight::default() };
    path.push(name);
    let mut w = Weight { elements: t.elements, loops: t.loops, chain: 1 };
    for u in &t.partials {
        let fault = |code, vi: String, en: String| {
            TemplateFault::new(code, file(name), vi, en).at(u.place.0, u.place.1)
        };
        if path.contains(&u.name.as_str()) {
            let ring = path.join(" → ");
            faults.push(fault(
                "template_cycle",
                format!("Mẫu gọi vòng tròn: {ring} → {}.", u.name),
                format!("Templates call each other in a ring: {ring} → {}.", u.name),
            ));
        } else if path.len() == MAX_CHAIN {
            faults.push(fault(
                "template_too_deep",
                format!("Mẫu con gọi nhau quá {MAX_CHAIN} tầng."),
                format!("Partials call each other deeper than {MAX_CHAIN}."),
            ));
        } else if let Some((key, _)) = all.get_key_value(&u.name) {
            let inner = visit(key, all, path, done, faults, file);
            w.elements = w.elements.saturating_add(inner.elements);
            w.loops = w.loops.max(u.loops + inner.loops);
            w.chain = w.chain.max(inner.chain + 1);
        } else {
            faults.push(fault(
                "template_partial",
                format!("Không có mẫu con `{}`.", u.name),
                format!("There is no partial `{}`.", u.name),
            ));
        }
    }
    path.pop();
    if w.elements > MAX_ELEMENTS || w.loops > MAX_LOOPS || w.chain > MAX_CHAIN {
        faults.push(TemplateFault::new(
            "template_unbounded",
            file(name),
            format!("Mẫu quá nặng: lặp lồng nhau tối đa {MAX_LOOPS} tầng, mẫu con gọi nhau tối đa {MAX_CHAIN} tầng, tổng cộng tối đa {MAX_ELEMENTS} phần tử."),
            format!("Too heavy: at most {MAX_LOOPS} loops inside each other, partials {MAX_CHAIN} deep, {MAX_ELEMENTS} elements in all."),
        ));
        w = Weight::default(); // said once, not again by each caller
    }
    done.insert(name, w);
    w
}

impl Guarded {
    /// Names of the partials it calls.
    pub fn partials(&self) -> impl Iterator<Item = &str> {
        self.partials.iter().map(|u| u.name.as_str())
    }
}
