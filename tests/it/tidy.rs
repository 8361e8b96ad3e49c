//! The house rules that a machine can see: floors, who may spawn, send and speak SQL, what each file must have, licences,
//! one TLS and one HTTP stack.
//!
//! It reads sources as tokens, not as text, so that a comment or a string is no import. Each rule is a function from
//! content to complaints, tried below on planted bad input: a rule that cannot fail keeps nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Rooms and their floors. Imports go down only; rooms of one floor never import each other.
const FLOORS: &[(&str, u8)] = &[
    ("domain", 0),
    ("yaml", 0),
    ("config", 1),
    ("manifest", 1),
    ("kit", 1),
    ("render", 1),
    ("store", 1),
    ("transport", 1),
    ("word", 1),
    ("plan", 2),
    ("dispatch", 2),
    ("mirror", 2),
    ("reach", 2),
    ("people", 2),
    ("report", 2),
    ("web", 3),
    ("daemon", 4),
    ("cli", 5),
];

/// Longest source file, in lines.
const MAX_LINES: usize = 700;

/// Crates that speak SQL: `store` and `migrations` only.
const SQL: &[&str] = &["sea_orm", "sqlx", "sea_query", "loa_migrations", "sea_orm_migration"];

/// Crates that must not come in: a second TLS or HTTP stack.
const FORBIDDEN: &[&str] = &[
    "aws-lc-rs",
    "aws-lc-sys",
    "native-tls",
    "openssl",
    "openssl-sys",
    "curl",
    "curl-sys",
    "ureq",
    "isahc",
    "webpki-roots",
    "s2n-tls",
    "boring",
];
/// Crates of which there must be exactly one version, with its beginning.
const SINGLE: &[(&str, &str)] =
    &[("rustls", "0.23."), ("reqwest", "0.12."), ("hyper", "1."), ("ring", "0.17.")];

/// Licences that ask for no more than a notice.
const PERMISSIVE: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];
/// Crates under MPL-2.0 that are linked as they are published: that licence binds changes to its own files only.
const MPL_UNCHANGED: &[&str] = &["colored", "cssparser", "cssparser-macros", "dtoa-short", "selectors"];

// ---- reading sources ------------------------------------------------------------------------------------------------

/// An identifier, a `::`, or one other character; strings, numbers and comments are not among them.
#[derive(Clone, Debug, PartialEq)]
struct Token {
    text: String,
    line: usize,
}

fn tokens(source: &str) -> Vec<Token> {
    let c: Vec<char> = source.chars().collect();
    let (mut out, mut i, mut line) = (vec![], 0, 1);
    let at = |i: usize| c.get(i).copied().unwrap_or('\0');
    while i < c.len() {
        let start = i;
        match c[i] {
            '/' if at(i + 1) == '/' => {
                while i < c.len() && c[i] != '\n' {
                    i += 1;
                }
            }
            '/' if at(i + 1) == '*' => {
                let mut depth = 0;
                while i < c.len() {
                    match (at(i), at(i + 1)) {
                        ('/', '*') => (depth, i) = (depth + 1, i + 2),
                        ('*', '/') => (depth, i) = (depth - 1, i + 2),
                        _ => i += 1,
                    }
                    if depth == 0 {
                        break;
                    }
                }
            }
            '"' => i = string_end(&c, i),
            '\'' => {
                // A character, or a lifetime.
                if at(i + 1) == '\\' {
                    i += 3;
                    while i < c.len() && c[i] != '\'' {
                        i += 1;
                    }
                    i += 1;
                } else if at(i + 2) == '\'' {
                    i += 3;
                } else {
                    i += 1;
                }
            }
            x if x.is_alphabetic() || x == '_' => {
                while i < c.len() && (c[i].is_alphanumeric() || c[i] == '_') {
                    i += 1;
                }
                let word: String = c[start..i].iter().collect();
                if matches!(word.as_str(), "r" | "br" | "cr") && matches!(at(i), '"' | '#') {
                    let hashes = c[i..].iter().take_while(|x| **x == '#').count();
                    if at(i + hashes) == '"' {
                        let end: Vec<char> =
                            std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
                        i += hashes + 1;
                        while i < c.len() && !c[i..].starts_with(&end) {
                            i += 1;
                        }
                        i += end.len();
                    }
                } else if !(matches!(word.as_str(), "b" | "c") && at(i) == '"') {
                    out.push(Token { text: word, line });
                }
            }
            x if x.is_ascii_digit() => {
                while i < c.len() && (c[i].is_alphanumeric() || c[i] == '_') {
                    i += 1;
                }
            }
            ':' if at(i + 1) == ':' => {
                out.push(Token { text: "::".into(), line });
                i += 2;
            }
            x => {
                if !x.is_whitespace() {
                    out.push(Token { text: x.to_string(), line });
                }
                i += 1;
            }
        }
        let end = i.min(c.len());
        line += c[start..end].iter().filter(|x| **x == '\n').count();
    }
    out
}

fn string_end(c: &[char], open: usize) -> usize {
    let mut i = open + 1;
    while i < c.len() && c[i] != '"' {
        i += if c[i] == '\\' { 2 } else { 1 };
    }
    i + 1
}

fn is_ident(t: &Token) -> bool {
    t.text.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_')
}

/// For each token: how many inline `mod` blocks are around it, and whether one of them is under `#[cfg(test)]`.
fn surroundings(t: &[Token]) -> Vec<(usize, bool)> {
    let is = |i: usize, s: &str| t.get(i).is_some_and(|x| x.text == s);
    let mut level = 0usize;
    let mut mods: Vec<(usize, bool)> = vec![];
    let mut out = vec![];
    let mut cfg_test = false;
    for (i, token) in t.iter().enumerate() {
        match token.text.as_str() {
            "cfg" if is(i + 1, "(") && is(i + 2, "test") && is(i + 3, ")") => cfg_test = true,
            "{" => {
                level += 1;
                if i >= 2 && is(i - 2, "mod") {
                    mods.push((level, std::mem::take(&mut cfg_test)));
                }
            }
            "}" => {
                if mods.last().is_some_and(|m| m.0 == level) {
                    mods.pop();
                }
                level = level.saturating_sub(1);
            }
            "fn" | "struct" | "use" | ";" => cfg_test = false,
            _ => {}
        }
        out.push((mods.len(), mods.iter().any(|m| m.1)));
    }
    out
}

/// What is named below the crate's root: by `crate::x`, `crate::{x, y::z}`, `super::…::x` and, in binaries, `loa::x`.
fn names_below_root(file: &str, t: &[Token]) -> Vec<(String, usize)> {
    let inside: Vec<&str> =
        file.strip_prefix("src/").unwrap_or(file).trim_end_matches(".rs").split('/').collect();
    let depth = match inside[..] {
        ["lib" | "main"] => 0,
        [.., "mod"] => inside.len() - 1,
        _ => inside.len(),
    };
    let around = surroundings(t);
    let mut out = vec![];
    let mut i = 0;
    while i < t.len() {
        let mut at = i + 1;
        let root = match t[i].text.as_str() {
            "crate" => true,
            "loa" => t.get(at).is_some_and(|x| x.text == "::"),
            "super" => {
                let mut supers = 1;
                while t.get(at).is_some_and(|x| x.text == "::")
                    && t.get(at + 1).is_some_and(|x| x.text == "super")
                {
                    supers += 1;
                    at += 2;
                }
                supers >= depth + around[i].0
            }
            _ => false,
        };
        if root {
            out.extend(first_names(t, at));
            if t.get(at).is_some_and(|x| x.text == "as") {
                out.push(("*".into(), t[i].line));
            }
        }
        i = at;
    }
    out
}

/// The names right after `::` at a position: one, or those of a group.
fn first_names(t: &[Token], at: usize) -> Vec<(String, usize)> {
    if t.get(at).is_none_or(|x| x.text != "::") {
        return vec![];
    }
    let Some(next) = t.get(at + 1) else { return vec![] };
    if next.text != "{" {
        return vec![(next.text.clone(), next.line)];
    }
    let (mut level, mut first, mut out) = (0, true, vec![]);
    for x in &t[at + 1..] {
        match x.text.as_str() {
            "{" => level += 1,
            "}" => level -= 1,
            "," if level == 1 => {
                first = true;
                continue;
            }
            _ if level == 1 && first && (is_ident(x) || x.text == "*") => {
                out.push((x.text.clone(), x.line));
                first = false;
            }
            _ => {}
        }
        if level == 0 {
            break;
        }
    }
    out
}

// ---- the rules ------------------------------------------------------------------------------------------------------

fn room_of(file: &str) -> Option<&str> {
    let first = file.strip_prefix("src/")?.split('/').next()?;
    Some(first.strip_suffix(".rs").unwrap_or(first))
}

fn floor(room: &str) -> Option<u8> {
    FLOORS.iter().find(|f| f.0 == room).map(|f| f.1)
}

/// Imports go down.
fn floors(file: &str, source: &str) -> Vec<String> {
    let Some(room) = room_of(file).filter(|r| !matches!(*r, "lib" | "main")) else { return vec![] };
    let Some(own) = floor(room) else {
        return vec![format!(
            "{file}: the room `{room}` has no floor; add it to FLOORS and to ARCHITECTURE.md"
        )];
    };
    let mut out = vec![];
    for (name, line) in names_below_root(file, &tokens(source)) {
        if name == "*" {
            out.push(format!("{file}:{line}: takes the whole crate root; name the room"));
        } else if name != room && floor(&name).is_some_and(|f| f >= own) {
            out.push(format!("{file}:{line}: `{room}` (floor {own}) may not name `{name}`; imports go down"));
        }
    }
    out
}

/// SQL in `store`, spawning in `daemon`, sending in `dispatch` and `transport`.
fn privileges(file: &str, source: &str) -> Vec<String> {
    let room = room_of(file);
    let t = tokens(source);
    let around = surroundings(&t);
    let is = |i: usize, s: &str| t.get(i).is_some_and(|x| x.text == s);
    let mut out = vec![];
    for (i, token) in t.iter().enumerate() {
        let line = token.line;
        let word = token.text.as_str();
        if SQL.contains(&word) && room.is_some_and(|r| r != "store") {
            out.push(format!("{file}:{line}: `{word}` belongs to `store`"));
        }
        let test = around[i].1 || file.starts_with("tests/") || file.ends_with("/tests.rs");
        let spawns = match word {
            "tokio" => first_names(&t, i + 1).iter().any(|n| n.0 == "spawn"),
            "task" => first_names(&t, i + 1).iter().any(|n| matches!(n.0.as_str(), "spawn" | "spawn_local")),
            // Who sends may have the tracker of `daemon`, and makes none.
            "TaskTracker" if room == Some("dispatch") => is(i + 1, ":"),
            "TaskTracker" | "JoinSet" => true,
            _ => false,
        };
        if spawns && !test && room != Some("daemon") {
            out.push(format!("{file}:{line}: only `daemon` spawns"));
        }
        let sends = word == "send_batch" && i > 0 && is(i - 1, ".") && is(i + 1, "(")
            || word == "Transport"
                && first_names(&t, i + 1 + usize::from(is(i + 1, ">")))
                    .iter()
                    .any(|n| n.0.starts_with("send"))
            || word == "transport" && is(i + 1, ".") && is(i + 2, "send") && is(i + 3, "(");
        if sends && room.is_some_and(|r| !matches!(r, "dispatch" | "transport")) {
            out.push(format!("{file}:{line}: only `dispatch` calls Transport::send"));
        }
    }
    out
}

/// A file says why it exists, and is short.
fn shape(file: &str, source: &str) -> Vec<String> {
    let mut out = vec![];
    if !source.starts_with("//!") {
        out.push(format!("{file}: must begin with `//!`: why it exists and what it never does"));
    }
    let lines = source.lines().count();
    if file.starts_with("src/") && lines > MAX_LINES {
        out.push(format!("{file}: {lines} lines; split it by topic (at most {MAX_LINES})"));
    }
    out
}

/// Each kind has its page.
fn pages(kinds: &[&str], exists: impl Fn(&str) -> bool) -> Vec<String> {
    let page = |k: &&str| format!("docs/channels/{k}.md");
    kinds
        .iter()
        .map(page)
        .filter(|p| !exists(p))
        .map(|p| format!("{p} is missing: a kind has its page"))
        .collect()
}

/// Each test file is a module of the one binary.
fn listed(main: &str, files: &[String]) -> Vec<String> {
    let t = tokens(main);
    let mods: BTreeSet<&str> =
        t.windows(2).filter(|w| w[0].text == "mod").map(|w| w[1].text.as_str()).collect();
    let lost = files.iter().filter(|f| *f != "main" && !mods.contains(f.as_str()));
    lost.map(|f| format!("tests/it/{f}.rs is never run: list it in tests/it/main.rs")).collect()
}

/// One TLS, one HTTP stack.
fn lock(content: &str) -> Vec<String> {
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut name = "";
    for l in content.lines() {
        let value = |key: &str| l.strip_prefix(key)?.strip_prefix(" = \"")?.strip_suffix('"');
        if let Some(n) = value("name") {
            name = n;
        } else if let Some(v) = value("version").filter(|_| !name.is_empty()) {
            versions.entry(std::mem::take(&mut name)).or_default().insert(v);
        }
    }
    let mut out: Vec<String> = FORBIDDEN
        .iter()
        .filter(|c| versions.contains_key(*c))
        .map(|c| format!("Cargo.lock: `{c}` came in; find out why with `cargo tree -i {c}`"))
        .collect();
    for (name, begins) in SINGLE {
        let found = versions.get(name).cloned().unwrap_or_default();
        if found.len() != 1 || !found.iter().all(|v| v.starts_with(begins)) {
            out.push(format!("Cargo.lock: `{name}` must be there once, as {begins}*; found {found:?}"));
        }
    }
    out
}

/// Whether an SPDX expression can be met with permissive licences only (`/` is an old `OR`).
fn permissive(expression: &str) -> bool {
    fn split<'a>(e: &'a str, word: &str) -> Vec<&'a str> {
        let (mut depth, mut from, mut parts) = (0, 0, vec![]);
        for (i, c) in e.char_indices() {
            match c {
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            }
            if depth == 0 && i >= from && e[i..].starts_with(word) {
                parts.push(&e[from..i]);
                from = i + word.len();
            }
        }
        parts.push(&e[from..]);
        parts
    }
    let e = expression.trim();
    let (any, all) = (split(e, " OR "), split(e, " AND "));
    if any.len() > 1 {
        any.into_iter().any(permissive)
    } else if all.len() > 1 {
        all.into_iter().all(permissive)
    } else if let Some(inner) = e.strip_prefix('(').and_then(|x| x.strip_suffix(')')) {
        permissive(inner)
    } else {
        PERMISSIVE.contains(&e)
    }
}

fn licences(metadata: &serde_json::Value) -> Vec<String> {
    let mut out = vec![];
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let name = package["name"].as_str().unwrap_or("?");
        let licence = package["license"].as_str().unwrap_or("").replace('/', " OR ").replace("  ", " ");
        let unchanged = licence == "MPL-2.0" && MPL_UNCHANGED.contains(&name) && !package["source"].is_null();
        if !permissive(&licence) && !unchanged {
            out.push(format!("{name}: licence {licence:?} is not on the list of tests/it/tidy.rs"));
        }
    }
    out
}

// ---- this repository ------------------------------------------------------------------------------------------------

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Sources below some folders: path from the root and content.
fn sources(folders: &[&str]) -> Vec<(String, String)> {
    let mut open: Vec<PathBuf> = folders.iter().map(|f| root().join(f)).collect();
    let mut out = vec![];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(&dir).expect("a folder of sources") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let name = path.strip_prefix(root()).expect("below the root").to_string_lossy().into_owned();
                out.push((name, fs::read_to_string(&path).expect("UTF-8")));
            }
        }
    }
    out.sort();
    out
}

fn assert_none(complaints: Vec<String>) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

#[test]
fn sources_keep_the_house_rules() {
    let all = sources(&["src", "migrations/src", "tests"]);
    assert!(all.len() > 20, "read only {} files", all.len());
    let rules = [floors, privileges, shape];
    assert_none(all.iter().flat_map(|(f, s)| rules.iter().flat_map(move |rule| rule(f, s))).collect());
}

#[test]
fn every_kind_has_its_page() {
    let names: Vec<&str> = loa::transport::KINDS.iter().map(|k| k.name).collect();
    assert_none(pages(&names, |p| root().join(p).is_file()));
}

#[test]
fn every_test_file_is_run() {
    let it: Vec<String> = fs::read_dir(root().join("tests/it"))
        .expect("the folder")
        .map(|e| e.expect("an entry").path())
        .filter(|p| p.extension().is_some_and(|e| e == "rs") || p.join("mod.rs").is_file())
        .map(|p| p.file_stem().expect("a name").to_string_lossy().into_owned())
        .collect();
    assert!(it.iter().any(|f| f == "tidy"));
    assert_none(listed(&fs::read_to_string(root().join("tests/it/main.rs")).expect("main.rs"), &it));
}

#[test]
fn one_tls_and_one_http_stack() {
    assert_none(lock(&fs::read_to_string(root().join("Cargo.lock")).expect("Cargo.lock")));
}

#[test]
fn licences_are_permissive() {
    let host = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let out = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--offline", "--locked", "--filter-platform", &host])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&out.stdout).expect("JSON");
    assert!(metadata["packages"].as_array().is_some_and(|p| p.len() > 100));
    assert_none(licences(&metadata));
}

// ---- the rules can fail ---------------------------------------------------------------------------------------------

#[test]
fn planted_imports_are_found() {
    for (file, source) in [
        ("src/store/mod.rs", "use crate::dispatch::Gate;"),
        ("src/store/mod.rs", "use crate::{domain::id, dispatch::{self, Gate}};"),
        ("src/store/mod.rs", "use crate::{\n    domain::{id, text},\n    render::Page,\n};"),
        ("src/store/ledger.rs", "fn f() { crate::transport::kind(\"x\"); }"),
        ("src/domain/unit.rs", "use super::super::store::Store;"),
        ("src/domain/unit.rs", "mod tests { use super::super::super::plan; }"),
        ("src/plan/mod.rs", "use super::{domain, web::Console};"),
        ("src/plan/mod.rs", "use super::*;"),
        ("src/plan/mod.rs", "use crate as root;"),
        ("src/yaml/mod.rs", "pub use crate::domain::id;"),
        ("src/store/a.rs", "// it's fine\nconst A: char = '\"'; use crate::plan; const B: &str = \"\";"),
        ("src/store/a.rs", "const A: &str = r#\"a\"b\"#; use crate::plan;"),
        ("src/attic/mod.rs", ""),
    ] {
        assert_eq!(floors(file, source).len(), 1, "{file}: {source}");
    }
    for (file, source) in [
        ("src/store/mod.rs", "use crate::domain::id; // crate::dispatch"),
        ("src/store/mod.rs", "/* crate::dispatch /* x */ crate::plan */ use crate::store::ledger;"),
        ("src/store/mod.rs", "const A: &str = \"crate::dispatch \\\" crate::plan\";"),
        ("src/domain/workspace.rs", "use super::kit::Asset; mod tests { use super::super::kit; }"),
        ("src/cli/mod.rs", "use crate::{daemon, web::{self, x}, domain};"),
        ("src/main.rs", "fn main() { loa::cli::main() }"),
        (
            "src/dispatch/mod.rs",
            "use crate::transport::{Transport, kind}; pub(crate) fn f<'a>(x: &'a str) {}",
        ),
    ] {
        assert_eq!(floors(file, source), [""; 0], "{file}: {source}");
    }
    assert_eq!(
        floors("src/store/a.rs", "/* a\n */\n\"\n\";\nuse crate::plan;")[0].split(':').nth(1),
        Some("5")
    );
}

#[test]
fn planted_privileges_are_found() {
    for (file, source) in [
        ("src/plan/mod.rs", "use sea_orm::EntityTrait;"),
        ("src/daemon/mod.rs", "loa_migrations::up().await;"),
        ("src/web/mod.rs", "sqlx::query(\"\");"),
        ("src/web/mod.rs", "tokio::spawn(async {});"),
        ("src/web/mod.rs", "use tokio::{net, spawn};"),
        ("src/web/mod.rs", "tokio::task::spawn(f());"),
        ("src/web/mod.rs", "let mut set = JoinSet::new();"),
        ("src/web/mod.rs", "#[cfg(test)] mod tests { fn f() {} } fn g() { tokio::spawn(x); }"),
        ("src/web/mod.rs", "#[cfg(test)] use a::b; mod real { fn g() { tokio::spawn(x); } }"),
        ("src/cli/send.rs", "t.send_batch(&all).await"),
        ("src/cli/send.rs", "Transport::send(&*t, &m).await"),
        ("src/cli/send.rs", "<dyn Transport>::send(&*t, &m).await"),
        ("src/cli/send.rs", "transport.send(&m).await"),
    ] {
        assert_eq!(privileges(file, source).len(), 1, "{file}: {source}");
    }
    for (file, source) in [
        ("src/store/mod.rs", "use sea_orm::EntityTrait; loa_migrations::x();"),
        ("migrations/src/lib.rs", "use sea_orm_migration::prelude::*;"),
        ("src/daemon/mod.rs", "tokio::spawn(f())"),
        ("src/web/mod.rs", "#[cfg(test)]\nmod tests { fn f() { tokio::spawn(x); } }"),
        ("src/web/mod.rs", "tokio::task::spawn_blocking(f)"),
        ("tests/it/run.rs", "tokio::spawn(x); t.send_batch(y)"),
        ("src/dispatch/mod.rs", "t.send_batch(&all).await; transport.send(&m)"),
        ("src/web/mod.rs", "tx.send(1).await"),
    ] {
        assert_eq!(privileges(file, source), [""; 0], "{file}: {source}");
    }
}

#[test]
fn planted_shapes_pages_lists_and_locks_are_found() {
    assert_eq!(shape("src/a.rs", "use b;").len(), 1);
    assert_eq!(shape("src/a.rs", &format!("//! a\n{}", "\n".repeat(MAX_LINES))).len(), 1);
    assert_eq!(shape("src/a.rs", "//! a\n"), [""; 0]);
    assert_eq!(pages(&["email", "pigeon"], |p| p == "docs/channels/email.md").len(), 1);
    assert_eq!(listed("//! mod c;\nmod a;", &["a".into(), "main".into(), "b".into(), "c".into()]).len(), 2);
    let package = |n: &str, v: &str| format!("[[package]]\nname = \"{n}\"\nversion = \"{v}\"\n\n");
    let good: String = [("rustls", "0.23.1"), ("reqwest", "0.12.28"), ("hyper", "1.0.0"), ("ring", "0.17.1")]
        .map(|(n, v)| package(n, v))
        .concat();
    assert_eq!(lock(&good), [""; 0]);
    for (n, v) in [
        ("native-tls", "0.2.0"),
        ("aws-lc-rs", "1.0.0"),
        ("openssl-sys", "0.9.0"),
        ("reqwest", "0.13.0"),
        ("rustls", "0.22.0"),
    ] {
        assert_eq!(lock(&format!("{good}{}", package(n, v))).len(), 1, "{n} {v}");
    }
    assert_eq!(lock("").len(), SINGLE.len());
}

#[test]
fn planted_licences_are_found() {
    for good in [
        "MIT",
        "MIT OR GPL-3.0",
        "(MIT OR Apache-2.0) AND Unicode-3.0",
        "Apache-2.0 WITH LLVM-exception OR MIT",
    ] {
        assert!(permissive(good), "{good}");
    }
    for bad in [
        "",
        "GPL-3.0",
        "MIT AND GPL-3.0",
        "(MIT OR Apache-2.0) AND AGPL-3.0",
        "MPL-2.0",
        "(GPL-2.0 OR LGPL-2.1)",
    ] {
        assert!(!permissive(bad), "{bad}");
    }
    let metadata = serde_json::json!({ "packages": [
        { "name": "a", "license": "MIT/Apache-2.0", "source": "registry" },
        { "name": "b", "license": null, "source": "registry" },
        { "name": "cssparser", "license": "MPL-2.0", "source": "registry" },
        { "name": "cssparser", "license": "MPL-2.0", "source": null },
        { "name": "c", "license": "MPL-2.0", "source": "registry" },
    ]});
    assert_eq!(licences(&metadata).len(), 3);
}
