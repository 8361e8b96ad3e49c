//! The files below a workspace: bounded reading, and no way out of it through a symbolic link.

use std::path::{Path, PathBuf};

use crate::yaml::tree::MAX_BYTES;
use crate::yaml::{Fault, Parsed, Severity, Source, parse_bytes, tree};

/// The folder being read.
pub struct Files {
    root: PathBuf,
    real: PathBuf,
    /// How many files were opened.
    pub opened: usize,
}

impl Files {
    /// A workspace at `root`.
    pub fn new(root: &Path) -> Self {
        Self {
            root: root.to_path_buf(),
            real: root.canonicalize().unwrap_or_else(|_| root.to_path_buf()),
            opened: 0,
        }
    }

    /// The path of a name below the workspace.
    pub fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// True if something is there (a dangling link counts, so that it is reported rather than overlooked).
    pub fn exists(&self, name: &str) -> bool {
        self.path(name).symlink_metadata().is_ok()
    }

    /// Reads a file of at most `max` bytes.
    ///
    /// # Errors
    /// The fault to report: missing, no file, leads out of the workspace, too long, unreadable.
    pub fn bytes(&mut self, name: &str, max: u64) -> Result<Vec<u8>, Box<Fault>> {
        let path = self.path(name);
        self.opened += 1;
        let stop =
            |code, vi: String, en: String| Err(Box::new(Fault::file(code, Severity::Error, name, vi, en)));
        let real = match path.canonicalize() {
            Ok(p) => p,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                return stop("T039", "không có tệp này".into(), "there is no such file".into()).map_err(
                    |f| {
                        Box::new(f.fix(
                            "Chép lại tệp từ bản trước; muốn xem mẫu thì chạy loa init ở một thư mục khác.",
                            "Restore it; `loa init` in another folder makes one to look at.",
                        ))
                    },
                );
            }
            Err(e) => {
                return stop(
                    "T028",
                    format!("không mở được tệp: {e}"),
                    format!("the file cannot be opened: {e}"),
                );
            }
        };
        if !real.starts_with(&self.real) {
            return Err(Box::new(escape(name)));
        }
        let meta = match std::fs::metadata(&real) {
            Ok(m) => m,
            Err(e) => {
                return stop(
                    "T028",
                    format!("không mở được tệp: {e}"),
                    format!("the file cannot be opened: {e}"),
                );
            }
        };
        if !meta.is_file() {
            return stop("T028", "đây không phải một tệp".into(), "this is not a file".into()).map_err(|f| {
                Box::new(f.fix(
                    "Ở chỗ này Loa cần một tệp: đổi tên thư mục mang tên ấy.",
                    "A file is wanted here: rename the folder of that name.",
                ))
            });
        }
        if meta.len() > max {
            return Err(Box::new(tree::too_long(name, usize::try_from(meta.len()).unwrap_or(usize::MAX))));
        }
        std::fs::read(&real).or_else(|e| {
            stop("T028", format!("không đọc được tệp: {e}"), format!("the file cannot be read: {e}"))
        })
    }

    /// Reads and parses a YAML file.
    pub fn yaml(&mut self, name: &str) -> Parsed {
        match self.bytes(name, MAX_BYTES as u64) {
            Ok(bytes) => parse_bytes(name, &bytes),
            Err(fault) => Parsed { root: None, faults: vec![*fault], source: Source::new(name, "") },
        }
    }

    /// Reads a text file.
    ///
    /// # Errors
    /// As [`Files::bytes`]; also a file that is no UTF-8.
    pub fn text(&mut self, name: &str) -> Result<Source, Box<Fault>> {
        let bytes = self.bytes(name, MAX_BYTES as u64)?;
        match String::from_utf8(bytes) {
            Ok(t) => Ok(Source::new(name, &t)),
            Err(_) => Err(Box::new(tree::not_utf8(name))),
        }
    }

    /// Names in a folder, sorted, hidden and backup files left out; folders end in `/`. A link that leads out of the
    /// workspace is reported.
    pub fn list(&self, folder: &str, faults: &mut Vec<Fault>) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.path(folder)) else { return vec![] };
        let mut names = vec![];
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with(['.', '~', '#']) || name.ends_with(['~', '#']) || name.ends_with(".bak") {
                continue;
            }
            match entry.path().canonicalize() {
                Ok(real) if !real.starts_with(&self.real) => faults.push(escape(&format!("{folder}/{name}"))),
                Ok(real) if real.is_dir() => names.push(format!("{name}/")),
                Ok(_) => names.push(name),
                Err(_) => {}
            }
        }
        names.sort();
        names
    }
}

fn escape(name: &str) -> Fault {
    Fault::file(
        "T027",
        Severity::Error,
        name,
        "đường tắt này dẫn ra ngoài thư mục làm việc; Loa không đọc theo",
        "this link leads out of the workspace and is not followed",
    )
    .fix(
        "Chép hẳn tệp vào thư mục làm việc, bỏ đường tắt.",
        "Copy the file into the workspace instead of linking to it.",
    )
}
