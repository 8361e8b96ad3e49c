//! The repository's own programme in every voice: what its readers get is kept as snapshots, one a post and voice, and what must
//! hold for every mail of it is tested.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use chrono::{DateTime, NaiveDate};
use loa::domain::message::{Rendition, Role, Voice};
use loa::manifest::Loaded;
use loa::plan::Desired;
use loa::plan::approve::render_all;
use loa::plan::derive::Derivatives;
use loa::render::Templates;

/// Gmail shows only so many bytes of a mail's HTML.
const CLIPPED_AT: usize = 102_400;

/// Every rendition of every post, with the post's id; the same on any day.
fn programme() -> Vec<(String, Rendition)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let kinds: Vec<&str> = loa::transport::KINDS.iter().map(|k| k.name).collect();
    let (settings, _) = loa::config::load(root, &BTreeMap::new(), false, &kinds);
    let settings = settings.expect("loa.yaml of the repository");
    let today = NaiveDate::from_ymd_opt(2026, 11, 26).expect("a day");
    let Loaded { workspace, .. } = loa::manifest::load(root, &settings, today);
    let templates = Templates::load(root).expect("templates");
    let desired = Desired::of(&workspace, &settings, &[], DateTime::UNIX_EPOCH);
    let kept = tempfile::tempdir().expect("a folder");
    let assets = loa::kit::AssetStore::new(kept.path());
    let pictures = Derivatives::new(&settings, &assets);
    let mut out = vec![];
    for c in &workspace.campaigns {
        for p in &c.posts {
            let (made, faults) = render_all(&settings, &workspace, &templates, c, p, &desired, &pictures);
            assert_eq!(faults, [], "{}", p.id);
            assert!(!made.is_empty(), "{} goes somewhere", p.id);
            out.extend(made.into_iter().map(|r| (p.id.to_string(), r)));
        }
    }
    assert!(out.len() > 30, "{}", out.len());
    out
}

/// What a reader gets, for a person to read. The frames of mails and packages are the same for all and kept elsewhere.
fn readable(r: &Rendition) -> String {
    let mut out = format!("title: {}\nlead: {}\n", r.title, r.lead);
    if r.voice == Voice::Web {
        out += &format!("slug: {}\ncategories: {:?}\ntags: {:?}\n", r.slug, r.categories, r.tags);
    }
    if let Some(s) = r.seconds {
        out += &format!("seconds: {s}\n");
    }
    for a in &r.attachments {
        let role = match a.role {
            Role::Featured => "featured",
            Role::Inline => "inline",
            Role::File => "file",
        };
        out += &format!("{role}: {} · {}\n", a.name, a.alt);
        if let Some(c) = &a.caption {
            out += &format!("  caption: {c}\n");
        }
    }
    let parts: Vec<String> = match (r.voice, &r.html) {
        (Voice::Chat, _) => r.parts.clone(),
        (Voice::Web, Some(html)) => vec![html.clone()],
        _ => vec![r.text.clone()],
    };
    for p in parts {
        out += &format!("--------\n{}\n", p.trim_end());
    }
    out
}

#[test]
fn each_voice_of_each_post_of_the_programme() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("snapshots/voices");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        let all = programme();
        let mut names = BTreeSet::new();
        for (post, r) in &all {
            let name = format!("{post}--{}", r.kind);
            insta::assert_snapshot!(name.clone(), readable(r));
            names.insert(format!("{name}.snap"));
        }
        // A snapshot of nothing would be kept for ever.
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/snapshots/voices");
        for entry in std::fs::read_dir(folder).expect("snapshots").flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            assert!(names.contains(&name) || name.ends_with(".snap.new"), "{name} belongs to no post");
        }
    });
}

/// Words of HTML: what stands between tags, and what a picture says.
fn words_of(html: &str) -> String {
    // A mail begins with its preview line, which is the beginning of the text once more.
    let body = html.split_once("<body").and_then(|x| x.1.split_once("</div>")).map_or(html, |x| x.1);
    let (mut out, mut rest) = (String::new(), body);
    while let Some((text, after)) = rest.split_once('<') {
        out += text;
        let (tag, next) = after.split_once('>').unwrap_or((after, ""));
        for attribute in ["alt=\"", "href=\""] {
            if let Some(value) = tag.split_once(attribute).and_then(|x| x.1.split('"').next()) {
                out += &format!(" {value} ");
            }
        }
        // A tag of a line does not part a word; one of a block does.
        let inline = ["strong", "em", "s", "code", "a", "/strong", "/em", "/s", "/code"];
        if !inline.contains(&tag.split(' ').next().unwrap_or_default()) {
            out.push(' ');
        }
        rest = next;
    }
    let out = out + rest;
    out.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}

/// Words as a person counts them: without the signs around them.
fn set_of(text: &str) -> BTreeSet<String> {
    // Marks are filled in for each reader.
    text.replace("@@", " ")
        .split_whitespace()
        .map(|w| {
            w.trim_matches(|c: char| !c.is_alphanumeric())
                .trim_start_matches("mailto:")
                .trim_end_matches('/')
                .to_lowercase()
        })
        .filter(|w| !w.is_empty() && !w.starts_with("cid:"))
        .collect()
}

#[test]
fn both_parts_of_every_mail_say_the_same() {
    let mut mails = 0;
    for (post, r) in programme() {
        if !matches!(r.voice, Voice::Mail | Voice::Press) {
            continue;
        }
        mails += 1;
        let html = words_of(r.html.as_deref().expect("HTML"));
        let (in_html, in_text) = (set_of(&html), set_of(&r.text));
        let only = |a: &BTreeSet<String>, b: &BTreeSet<String>| -> Vec<String> {
            a.difference(b).cloned().collect()
        };
        // The preview line of the HTML is the beginning of the text; numbers of list items are the browser's; "Ảnh" stands for a
        // picture where there is none.
        let number = |w: &String| w.chars().all(|c| c.is_ascii_digit());
        let frame = ["ảnh", "từ", "chối", "mời", "bấm", "chú", "thích", "lại"];
        let lost: Vec<String> =
            only(&in_html, &in_text).into_iter().filter(|w| !frame.contains(&w.as_str())).collect();
        let extra: Vec<String> = only(&in_text, &in_html)
            .into_iter()
            .filter(|w| !number(w) && !frame.contains(&w.as_str()))
            .collect();
        assert_eq!((lost, extra), (vec![], vec![]), "{post} {}", r.kind);
        for a in r.attachments.iter().filter(|a| a.mime.starts_with("image/")) {
            assert!(
                html.contains(&a.alt) && r.text.contains(a.alt.trim_end_matches('.')),
                "{post}: {}",
                a.alt
            );
        }
    }
    assert!(mails > 12, "{mails}");
}

#[test]
fn every_mail_is_whole_in_an_inbox() {
    let mut mails = 0;
    for (post, r) in programme().into_iter().filter(|(_, r)| r.voice == Voice::Mail) {
        mails += 1;
        let html = r.html.expect("HTML");
        // A name, an address and a code take the place of marks; these are long ones.
        assert!(html.len() + 2_000 < CLIPPED_AT, "{post}: {} bytes", html.len());
        let body = html.split_once("<body").expect("a body").1;
        let shown = body.split_once("<div").expect("the preview line stands first").1;
        let preview = shown.split_once('>').expect("a tag").1.split('<').next().unwrap_or_default();
        assert!(
            shown.starts_with(" style=\"display:none"),
            "{post}: what an inbox shows is hidden in the mail"
        );
        let preview = preview.split("&#847;").next().unwrap_or_default().trim();
        assert!(preview.chars().count() >= 20, "{post}: {preview}");
        assert!(preview.chars().count() <= 120, "{post}: {preview}");
        assert!(!preview.contains(r.title.as_str()) && !r.title.contains(preview), "{post}: {preview}");
    }
    assert!(mails > 6, "{mails}");
}
