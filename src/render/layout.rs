//! The mail's frame is written in MJML and kept as the HTML it makes: this makes it, and fails where the two differ.
//!
//! `LOA_WRITE=1 cargo test --lib the_mails_frame_is_what_its_mjml_makes` writes it anew. See docs/decisions/0029.

use std::path::{Path, PathBuf};

/// Behind the preview line, so that an inbox does not fill it up with the beginning of the text.
const PADDING: &str = "&#847;&zwnj;&nbsp;";

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/mail").join(name)
}

/// MJML with a style sheet as a Handlebars template: rendered, its styles put into the elements.
///
/// Blocks (`{{#if}}`) stand in comments where HTML allows no text, as between the rows of a table.
fn compiled(mjml: &str, css: &str) -> String {
    let options = mrml::prelude::render::RenderOptions { fonts: Default::default(), ..Default::default() };
    let root = mrml::parse(mjml).expect("MJML that can be read");
    let html = root.element.render(&options).expect("MJML that can be rendered");
    let inliner = css_inline::CSSInliner::options()
        .inline_style_tags(false)
        .keep_style_tags(true)
        .load_remote_stylesheets(false)
        .extra_css(Some(css.into()))
        .build();
    let mut html = inliner.inline(&html).expect("a style sheet that can be inlined");
    for (from, to) in [("{{&gt; ", "{{> "), ("<!--{{", "\n{{"), ("}}-->", "}}\n")] {
        html = html.replace(from, to);
    }
    html = html.replace("@padding@", &PADDING.repeat(30));
    // One element a line is enough for a person to find a place, and a mail carries no indentation.
    let lines: Vec<&str> = html.lines().map(str::trim).filter(|l| !l.is_empty()).collect();
    lines
        .join("\n")
        .replace("><div", ">\n<div")
        .replace("><table", ">\n<table")
        .replace("></table>", ">\n</table>")
        + "\n"
}

#[test]
fn the_mails_frame_is_what_its_mjml_makes() {
    let read = |name: &str| std::fs::read_to_string(file(name)).unwrap();
    let made = compiled(&read("layout.mjml"), &read("layout.css"));
    if std::env::var_os("LOA_WRITE").is_some() {
        std::fs::write(file("layout.html.hbs"), &made).unwrap();
    }
    assert_eq!(
        made,
        read("layout.html.hbs"),
        "templates/mail/layout.html.hbs is not what layout.mjml makes; write it anew with LOA_WRITE=1"
    );
}
