//! What a template may be, tested before it is ever run: the engine has no limit of its own and ends the process when
//! partials call each other in a ring. A template that passes cannot recurse, run without bound, or print unescaped text.

use std::collections::BTreeMap;

use handlebars::Template;
use handlebars::template::{DecoratorTemplate, HelperTemplate, Parameter, TemplateElement};

use super::fault::{TemplateFault, place};

/// Largest template, in bytes.
pub const MAX_BYTES: usize = 256 * 1024;
/// Deepest nesting of blocks and brackets.
pub const MAX_NESTING: usize = 30;
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
    if let Some(offset) = too_deep(source) {
        let (line, column) = place(source, offset);
        return Err(vec![
            TemplateFault::new(
                "template_too_deep",
                file,
                format!("Các khối lồng nhau quá {MAX_NESTING} tầng. Tách bớt thành mẫu con."),
                format!("Blocks are nested deeper than {MAX_NESTING}. Split the template."),
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
    let mut w =
        Walk { file, html: name.ends_with(".html"), faults: vec![], partials: vec![], loops: 0, elements: 0 };
    w.template(&template, 0);
    if !w.faults.is_empty() {
        return Err(w.faults);
    }
    Ok(Guarded { partials: w.partials, loops: w.loops, elements: w.elements, template })
}

/// Offset where blocks or brackets nest deeper than allowed (counted before parsing: the parser itself is slow on deep
/// nesting). An `else if` nests like a block, because the engine reads it so.
fn too_deep(source: &str) -> Option<usize> {
    let mut blocks: Vec<usize> = vec![];
    let mut at = 0;
    while let Some(start) = source[at..].find("{{").map(|i| i + at) {
        let inside_from = start + 2;
        let end = source[inside_from..].find("}}").map_or(source.len(), |i| i + inside_from);
        let inside = source[inside_from..end].trim_start_matches(['{', '~', ' ', '\t', '\n']);
        let mut brackets = 0usize;
        for c in inside.chars() {
            match c {
                '(' | '[' | '{' => brackets += 1,
                ')' | ']' | '}' => brackets = brackets.saturating_sub(1),
                _ => {}
            }
            if brackets > MAX_NESTING {
                return Some(start);
            }
        }
        if inside.starts_with(['#', '^']) && inside.len() > 1 {
            blocks.push(1);
        } else if inside.starts_with('/') {
            blocks.pop();
        } else if let Some(rest) = inside.strip_prefix("else")
            && !rest.trim_matches(['~', ' ', '\t', '\n']).is_empty()
        {
            match blocks.last_mut() {
                Some(top) => *top += 1,
                None => blocks.push(1),
            }
        }
        if blocks.iter().sum::<usize>() > MAX_NESTING {
            return Some(start);
        }
        at = inside_from;
    }
    None
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
    fn template(&mut self, t: &Template, loops: usize) {
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
                    if let Some(t) = &h.template {
                        self.template(t, inner);
                    }
                    if let Some(t) = &h.inverse {
                        self.template(t, loops);
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
            self.parameter(p, at);
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
        } else if matches!(name, "log" | "lookup" | "raw") && h.params.is_empty() {
            self.unknown(name, at);
        }
        if let Parameter::Subexpression(_) = h.name {
            self.parameter(&h.name, at);
        }
        for p in h.params.iter().chain(h.hash.values()) {
            self.parameter(p, at);
        }
    }

    fn parameter(&mut self, p: &Parameter, at: (usize, usize)) {
        if let Parameter::Subexpression(s) = p {
            if s.is_helper() && !HELPERS.contains(&s.name()) {
                self.unknown(s.name(), at);
            }
            for p in s.params().into_iter().flatten().chain(s.hash().into_iter().flat_map(|h| h.values())) {
                self.parameter(p, at);
            }
        }
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
    let mut done: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for name in all.keys() {
        visit(name, all, &mut vec![], &mut done, &mut faults, file);
    }
    faults
}

/// Elements and loops of a template with its partials put in.
fn visit<'a>(
    name: &'a str,
    all: &'a BTreeMap<String, Guarded>,
    path: &mut Vec<&'a str>,
    done: &mut BTreeMap<&'a str, (usize, usize)>,
    faults: &mut Vec<TemplateFault>,
    file: &dyn Fn(&str) -> String,
) -> (usize, usize) {
    if let Some(known) = done.get(name) {
        return *known;
    }
    let Some(t) = all.get(name) else { return (0, 0) };
    path.push(name);
    let (mut elements, mut loops) = (t.elements, t.loops);
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
        } else if let Some((key, _)) = all.get_key_value(&u.name) {
            let (e, l) = visit(key, all, path, done, faults, file);
            elements = elements.saturating_add(e);
            loops = loops.max(u.loops + l);
        } else {
            faults.push(fault(
                "template_partial",
                format!("Không có mẫu con `{}`.", u.name),
                format!("There is no partial `{}`.", u.name),
            ));
        }
    }
    path.pop();
    if elements > MAX_ELEMENTS || loops > MAX_LOOPS {
        faults.push(TemplateFault::new(
            "template_unbounded",
            file(name),
            format!("Mẫu quá nặng: lặp lồng nhau tối đa {MAX_LOOPS} tầng, tổng cộng tối đa {MAX_ELEMENTS} phần tử."),
            format!("Too heavy: at most {MAX_LOOPS} loops inside each other, {MAX_ELEMENTS} elements in all."),
        ));
        (elements, loops) = (0, 0); // said once, not again by each caller
    }
    done.insert(name, (elements, loops));
    (elements, loops)
}

impl Guarded {
    /// Names of the partials it calls.
    pub fn partials(&self) -> impl Iterator<Item = &str> {
        self.partials.iter().map(|u| u.name.as_str())
    }
}
