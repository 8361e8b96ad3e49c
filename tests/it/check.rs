//! `loa check` as its readers meet it: workspaces that go wrong, each with the message it gets.
//!
//! Every case is the small workspace of `tests/fixtures/base`, which is free of faults, with one or two edits. The
//! snapshots are the contract of what an author reads; change one only after reading it as she would.

#![expect(clippy::unwrap_used, reason = "helpers of tests: a panic is the failure")]

#[path = "check/cases.rs"]
mod cases;
#[path = "check/facts.rs"]
mod facts;
#[path = "check/hostile.rs"]
mod hostile;
#[path = "check/languages.rs"]
mod languages;
#[path = "check/lint.rs"]
mod lint;
#[path = "check/table.rs"]
mod table;
#[path = "check/whole.rs"]
mod whole;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use loa::config::{self, Settings};
use loa::domain::text::Lang;
use loa::manifest::{self, Loaded, render_report};
use loa::yaml::Fault;

/// The kinds that the tests know.
pub const KINDS: [&str; 7] =
    ["email", "wordpress", "zalo-bot", "telegram", "webhook", "hand-over", "station"];

/// The day of the tests: Monday 23/11/2026.
pub fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 23).unwrap()
}

/// The root of the repository.
pub fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A change to the base workspace.
#[derive(Clone, Copy)]
pub enum Edit {
    /// Replaces the first occurrence; it must exist.
    Change(&'static str, &'static str, &'static str),
    /// Writes a file.
    Write(&'static str, &'static str),
    /// Writes a file of bytes.
    Bytes(&'static str, fn() -> Vec<u8>),
    /// Removes a file or folder.
    Remove(&'static str),
}

/// A copy of the base workspace with edits.
pub fn workspace(edits: &[Edit]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    copy(&repository().join("tests/fixtures/base"), dir.path());
    for edit in edits {
        match edit {
            Edit::Change(file, from, to) => {
                let path = dir.path().join(file);
                let text = std::fs::read_to_string(&path).unwrap();
                assert!(text.contains(from), "{file} does not contain {from:?}");
                std::fs::write(path, text.replacen(from, to, 1)).unwrap();
            }
            Edit::Write(file, text) => {
                let path = dir.path().join(file);
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, text).unwrap();
            }
            Edit::Bytes(file, bytes) => {
                std::fs::write(dir.path().join(file), bytes()).unwrap();
            }
            Edit::Remove(file) => {
                let path = dir.path().join(file);
                if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) }
                    .unwrap();
            }
        }
    }
    dir
}

/// Copies a folder.
pub fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            std::fs::create_dir_all(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Reads a workspace: faults of `loa.yaml`, and the rest.
pub fn check(root: &Path) -> (Vec<Fault>, Loaded) {
    let (settings, faults) = config::load(root, &BTreeMap::new(), false, &KINDS);
    let settings = settings.unwrap_or_else(|| Settings::defaults(root));
    let mut loaded = manifest::load(root, &settings, today());
    loa::plan::vet(&mut loaded, &settings);
    (faults, loaded)
}

/// The whole report.
pub fn report(root: &Path, lang: Lang) -> String {
    let (mut faults, loaded) = check(root);
    let mut summary = loaded.summary();
    summary.add(&faults);
    faults.extend(loaded.faults);
    render_report(&faults, &summary, lang, false)
}

/// Every code of a report.
pub fn codes(root: &Path) -> Vec<&'static str> {
    let (faults, loaded) = check(root);
    faults.iter().chain(&loaded.faults).map(|f| f.code).collect()
}
