//! The files below a workspace: bounded reading, and no way out of it through a symbolic link.

use std::path::{Path, PathBuf};

use crate::yaml::tree::MAX_BYTES;
use crate::yaml::{Fault, Parsed, Severity, Source, parse_bytes, tree};

/// Longest list of people, in bytes: about a million of them.
pub const MAX_LIST: u64 = 64 << 20;

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
        let (real, size) = self.found(name)?;
        if size > max {
            return Err(Box::new(tree::too_long(name, usize::try_from(size).unwrap_or(usize::MAX))));
        }
        std::fs::read(&real).map_err(|e| Box::new(unreadable(name, &e)))
    }

    /// Opens a list of people, of at most [`MAX_LIST`] bytes, to be read little by little.
    ///
    /// # Errors
    /// As [`Files::bytes`].
    pub fn list_of_people(&mut self, name: &str) -> Result<impl std::io::BufRead + use<>, Box<Fault>> {
        let (real, size) = self.found(name)?;
        if size > MAX_LIST {
            return Err(Box::new(list_too_long(name, size)));
        }
        let file = std::fs::File::open(&real).map_err(|e| Box::new(unreadable(name, &e)))?;
        // It may be growing.
        Ok(std::io::BufReader::with_capacity(1 << 16, std::io::Read::take(file, MAX_LIST)))
    }

    /// Where a file really is, and how long.
    fn found(&mut self, name: &str) -> Result<(PathBuf, u64), Box<Fault>> {
        let path = self.path(name);
        self.opened += 1;
        let real = match path.canonicalize() {
            Ok(p) => p,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                return Err(Box::new(missing(name, path.symlink_metadata().is_ok())));
            }
            Err(e) => {
                return Err(Box::new(unreadable(name, &e)));
            }
        };
        if !real.starts_with(&self.real) {
            return Err(Box::new(escape(name)));
        }
        let meta = match std::fs::metadata(&real) {
            Ok(m) => m,
            Err(e) => {
                return Err(Box::new(unreadable(name, &e)));
            }
        };
        if !meta.is_file() {
            return Err(Box::new(not_a_file(name)));
        }
        Ok((real, meta.len()))
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
                // A link that leads nowhere looks like a file to whoever put it there.
                Err(_) => faults.push(missing(&format!("{folder}/{name}"), true)),
            }
        }
        names.sort();
        names
    }
}

/// T039: nothing is there, or a link to nothing.
pub fn missing(name: &str, link: bool) -> Fault {
    let fault = if link {
        Fault::file(
            "T039",
            Severity::Error,
            name,
            "đường tắt này không dẫn đến tệp nào",
            "this link leads to no file",
        )
    } else {
        Fault::file("T039", Severity::Error, name, "không có tệp này", "there is no such file")
    };
    if link {
        fault.fix(
            "Chép hẳn tệp vào đây thay cho đường tắt, hoặc xóa đường tắt.",
            "Copy the file here instead of the link, or delete the link.",
        )
    } else {
        fault.fix(
            "Lấy lại tệp từ bản lưu. Chưa từng có: chép mẫu từ một nơi làm việc mới,   loa init thu-muc-tam",
            "Restore it from a backup. If there never was one, copy that of a new workspace:   loa init some-folder",
        )
    }
}

/// T028: a folder, a pipe or a device stands where a file belongs.
pub fn not_a_file(name: &str) -> Fault {
    Fault::file("T028", Severity::Error, name, "đây không phải một tệp", "this is not a file").fix(
        "Chỗ này phải là một tệp: chuyển thư mục đi nơi khác, rồi đặt tệp cùng tên vào.",
        "A file belongs here: move the folder away and put the file in its place.",
    )
}

/// T002 of a list, which may be longer than any other file.
fn list_too_long(name: &str, bytes: u64) -> Fault {
    let (size, most) = (bytes.div_ceil(1 << 20), MAX_LIST >> 20);
    Fault::file(
        "T002",
        Severity::Error,
        name,
        format!("danh sách dài {size} MB, quá mức {most} MB; Loa không mở"),
        format!("the list has {size} MB, more than the {most} MB allowed; it was not opened"),
    )
    .fix(
        "Bỏ các cột Loa không dùng (giữ ten, email, zalo, telegram, can_cu); vẫn còn dài thì chia làm hai danh sách, \
         khai cả hai trong lists.yaml, rồi gửi cho cả hai:   to: [ds-mot, ds-hai]",
        "Drop the columns that Loa does not use (keep ten, email, zalo, telegram, can_cu); if it is still too long, make \
         two lists of it, declare both in lists.yaml and send to both:   to: [list-one, list-two]",
    )
}

/// T028: the disk refuses.
pub fn unreadable(name: &str, e: &std::io::Error) -> Fault {
    use std::io::ErrorKind as K;
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "of the standard library: what is new there is shown as it is"
    )]
    let (vi, en) = match e.kind() {
        K::PermissionDenied => ("không có quyền đọc".to_owned(), "permission denied".to_owned()),
        K::NotADirectory => (
            "một phần của đường dẫn không phải thư mục".to_owned(),
            "a part of the path is no folder".to_owned(),
        ),
        _ => (e.to_string(), e.to_string()),
    };
    Fault::file(
        "T028",
        Severity::Error,
        name,
        format!("không đọc được tệp: {vi}"),
        format!("the file cannot be read: {en}"),
    )
    .fix(
        format!(
            "Cho người chạy Loa quyền đọc tệp:   chmod u+r {name}   ; nếu là đường tắt thì chép hẳn tệp vào."
        ),
        format!(
            "Let the user that runs Loa read it:   chmod u+r {name}   ; a link is better replaced by a copy."
        ),
    )
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
