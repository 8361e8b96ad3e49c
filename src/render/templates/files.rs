//! The files of a workspace's `templates/`. What lies there and would not be used is said: its name is a slip, and the mail would go
//! out in Loa's own frame.

use std::collections::BTreeMap;
use std::fs::{self, DirEntry};
use std::io::{self, Read};
use std::path::Path;

use super::{BUILTIN, FOLDERS};
use crate::render::fault::TemplateFault;
use crate::render::guard;
use crate::yaml::closest;

/// Ends of names that are nobody's template: what editors and version control leave, notes, and what a mail's frame is made of.
const BESIDE: &[&str] =
    &["bak", "old", "orig", "rej", "swp", "swo", "tmp", "diff", "patch", "md", "mjml", "css", "db", "ini"];

/// Reads what replaces or adds to the program's own templates.
pub(super) fn read(root: &Path, all: &mut BTreeMap<String, String>, faults: &mut Vec<TemplateFault>) {
    for (name, entry) in entries(&root.join("templates"), "templates", faults) {
        let at = format!("templates/{name}");
        match entry.metadata() {
            Err(e) => faults.push(unreadable(at, &e)),
            // A folder of ours that is a link or a file.
            Ok(m) if !m.is_dir() && FOLDERS.contains(&name.as_str()) => faults.push(not_a_file(at)),
            Ok(m) if !m.is_dir() => faults.push(unknown(&name)),
            Ok(_) => {
                let inside = entries(&entry.path(), &at, faults);
                if FOLDERS.contains(&name.as_str()) {
                    for (file, entry) in inside {
                        read_one(&name, &file, &entry, all, faults);
                    }
                } else if !inside.is_empty() {
                    faults.push(unknown_folder(&name));
                }
            }
        }
    }
}

/// What lies in a folder that may be missing, in order, without what is beside the point.
fn entries(dir: &Path, shown: &str, faults: &mut Vec<TemplateFault>) -> Vec<(String, DirEntry)> {
    match fs::symlink_metadata(dir) {
        Ok(m) if m.is_dir() => {}
        Ok(_) => {
            faults.push(not_a_file(shown.to_owned()));
            return vec![];
        }
        Err(e) if e.kind() == io::ErrorKind::NotFound => return vec![],
        Err(e) => {
            faults.push(unreadable(shown.to_owned(), &e));
            return vec![];
        }
    }
    let mut out: Vec<(String, DirEntry)> = match fs::read_dir(dir) {
        Ok(all) => all.flatten().map(|e| (e.file_name().to_string_lossy().into_owned(), e)).collect(),
        Err(e) => {
            faults.push(unreadable(shown.to_owned(), &e));
            return vec![];
        }
    };
    out.retain(|(name, _)| !beside(name));
    out.sort_by(|a, b| a.0.cmp(&b.0));
    out
}

fn beside(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let ends = lower.rsplit_once('.').map_or("", |(_, e)| e);
    lower.starts_with(['.', '#'])
        || lower.starts_with("~$")
        || lower.ends_with('~')
        || ["readme", "license"].iter().any(|w| lower == *w || lower.starts_with(&format!("{w}.")))
        || BESIDE.contains(&ends)
}

fn read_one(
    folder: &str,
    name: &str,
    entry: &DirEntry,
    all: &mut BTreeMap<String, String>,
    faults: &mut Vec<TemplateFault>,
) {
    let path = format!("{folder}/{name}");
    let shown = format!("templates/{path}");
    if !name.ends_with(".hbs") {
        return faults.push(unknown(&path));
    }
    if !(name.ends_with(".html.hbs") || name.ends_with(".txt.hbs")) {
        return faults.push(TemplateFault::new(
            "template_name",
            shown,
            "Tên mẫu phải kết thúc bằng `.html.hbs` hoặc `.txt.hbs`.",
            "A template's name ends with `.html.hbs` or `.txt.hbs`.",
        ));
    }
    match entry.metadata() {
        Ok(m) if !m.is_file() => faults.push(not_a_file(shown)),
        // One byte too many is enough to be refused with its true reason.
        Ok(_) => match read_bounded(&entry.path(), guard::MAX_BYTES + 1) {
            Ok(source) => {
                let source = source.replace("\r\n", "\n");
                all.insert(path, source.trim_start_matches('\u{FEFF}').to_owned());
            }
            Err(e) => faults.push(unreadable(shown, &e)),
        },
        Err(e) => faults.push(unreadable(shown, &e)),
    }
}

fn read_bounded(path: &Path, max: usize) -> io::Result<String> {
    let mut out = vec![];
    fs::File::open(path)?.take(max as u64).read_to_end(&mut out)?;
    String::from_utf8(out).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "not UTF-8"))
}

fn unreadable(file: String, e: &io::Error) -> TemplateFault {
    TemplateFault::new(
        "template_unreadable",
        file,
        format!("Không đọc được: {e}"),
        format!("Cannot read it: {e}"),
    )
}

fn not_a_file(file: String) -> TemplateFault {
    TemplateFault::new(
        "template_not_a_file",
        file,
        "Mẫu phải là tệp thường, không phải liên kết. Chép hẳn tệp vào đây.",
        "A template must be a regular file, no link. Copy the file here.",
    )
}

/// The program's own template that a path most likely means.
fn like(path: &str) -> Option<&'static str> {
    let all = || BUILTIN.iter().map(|(p, _)| *p);
    let file = |p: &str| p.rsplit('/').next().unwrap_or_default().to_lowercase();
    let same = |p: &&str| {
        let (own, said) = (file(p), file(path));
        // `.hbs`, or all behind the name, was left out.
        own == said || own.strip_suffix(".hbs") == Some(&said)
    };
    // Of those of the same name that in the folder most like it.
    let alike: Vec<&str> = all().filter(same).collect();
    let stem = path.trim_end_matches(|c| c != '.').split('.').next().unwrap_or_default();
    closest(path, alike.iter().copied())
        .or_else(|| closest(path, all()))
        .or_else(|| closest(&format!("{stem}.html.hbs"), all()))
        .or_else(|| alike.first().copied())
        .and_then(|found| all().find(|p| *p == found))
}

/// What a path most likely means, in words: Vietnamese and English.
pub(super) fn meant(path: &str) -> (String, String) {
    match like(path) {
        Some(p) => (format!("Có phải ý là `templates/{p}`?"), format!("Did you mean `templates/{p}`?")),
        None => ("Xem lại tên tệp.".into(), "Is the name right?".into()),
    }
}

fn unknown(path: &str) -> TemplateFault {
    let (vi, en) = meant(path);
    TemplateFault::new(
        "template_unused",
        format!("templates/{path}"),
        format!(
            "Loa không đọc tệp này: mẫu nằm ngay trong `templates/<thư mục>/`, tên kết thúc bằng `.html.hbs` hoặc `.txt.hbs`. {vi}"
        ),
        format!(
            "Loa does not read this: templates lie in `templates/<folder>/`, with names in `.html.hbs` or `.txt.hbs`. {en}"
        ),
    )
}

fn unknown_folder(name: &str) -> TemplateFault {
    let all = FOLDERS.join("`, `");
    let (vi, en) = match closest(name, FOLDERS.iter().copied()) {
        Some(f) => (format!(" Có phải ý là `templates/{f}`?"), format!(" Did you mean `templates/{f}`?")),
        None => (String::new(), String::new()),
    };
    TemplateFault::new(
        "template_unused",
        format!("templates/{name}"),
        format!("Loa không đọc thư mục này, nên mẫu trong đó không được dùng. Có: `{all}`.{vi}"),
        format!("Loa does not read this folder, and so uses no template in it. There are: `{all}`.{en}"),
    )
}
