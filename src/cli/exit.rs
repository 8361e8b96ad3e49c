//! How a command ends, and the one place where that becomes a number.
//!
//! A command never chooses a number. It answers with an [`Exit`], or with a [`Stop`] that carries one; what the rooms below
//! answer is sorted here, once. README's table, `loa --help` and [`Exit::code`] say the same (`tests/it/exits.rs`).

use crate::daemon::{LockError, OpenError};
use crate::domain::text::Lang;
use crate::plan::approve::Refusal;
use crate::reach::AnswerFault;
use crate::store::StoreError;
use crate::yaml::Fault;

/// How a command ends. In the order of weight: of several endings the last one is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Done, and nobody has to do anything. Also: what was asked for is so already.
    Good,
    /// Something needs a person: faults in files, an open question, a link that does not show the article, sends cut off at
    /// shutdown.
    Attention,
    /// What was named does not exist, or the name may mean several things: a code, post, account, unit, person, schema.
    NoSuch,
    /// The command line, the folder, a file or a port cannot be used.
    Unusable,
    /// Understood, and not done: not their approval, an edit since the plan, a state that does not allow it, something is there
    /// already, another daemon serves the folder.
    Refused,
    /// The database, or its key.
    Database,
}

impl Exit {
    /// All endings.
    pub const ALL: [Exit; 6] =
        [Exit::Good, Exit::Attention, Exit::NoSuch, Exit::Unusable, Exit::Refused, Exit::Database];

    /// The number a shell sees.
    pub const fn code(self) -> u8 {
        match self {
            Exit::Good => 0,
            Exit::Attention => 1,
            Exit::NoSuch | Exit::Unusable => 2,
            Exit::Refused => 3,
            Exit::Database => 4,
        }
    }

    /// [`Exit::Attention`] if something needs a person.
    pub const fn attention_if(needed: bool) -> Exit {
        if needed { Exit::Attention } else { Exit::Good }
    }

    /// What faults of files mean: a file that cannot be opened is a folder that cannot be used.
    pub fn of_faults<'a>(faults: impl IntoIterator<Item = &'a Fault>) -> Exit {
        let of = |f: &Fault| match f.code {
            "T028" | "C001" if f.severity.stops() => Exit::Unusable,
            _ => Exit::attention_if(f.severity.stops()),
        };
        faults.into_iter().map(of).max().unwrap_or(Exit::Good)
    }
}

impl From<&StoreError> for Exit {
    fn from(e: &StoreError) -> Exit {
        match e {
            StoreError::Conflict(_) => Exit::Refused,
            StoreError::Io(..) | StoreError::BadUrl(_) => Exit::Unusable,
            StoreError::Db(_) if e.is_denied() => Exit::Unusable,
            StoreError::Db(_)
            | StoreError::WrongKey(_)
            | StoreError::KeyGone(_)
            | StoreError::LedgerGone(..)
            | StoreError::Corrupt(_)
            | StoreError::Stopped => Exit::Database,
        }
    }
}

impl From<&AnswerFault> for Exit {
    fn from(f: &AnswerFault) -> Exit {
        match f {
            AnswerFault::NoSuchCode(_)
            | AnswerFault::ManyCodes(..)
            | AnswerFault::NotAPackage(_)
            | AnswerFault::IsASheet(_)
            | AnswerFault::NotAStation(_) => Exit::NoSuch,
            AnswerFault::Unclear
            | AnswerFault::AskEach { .. }
            | AnswerFault::OtherCount { .. }
            | AnswerFault::NoReason
            | AnswerFault::Nobody => Exit::Unusable,
            AnswerFault::NotHandedOver(_) | AnswerFault::TooEarly(_) | AnswerFault::TooMany { .. } => {
                Exit::Refused
            }
            AnswerFault::Store(e) => e.into(),
        }
    }
}

impl From<&Refusal> for Exit {
    fn from(r: &Refusal) -> Exit {
        match r {
            Refusal::NobodyKnown(_) | Refusal::NoPost(_) => Exit::NoSuch,
            Refusal::Render { .. } | Refusal::Asset { .. } => Exit::Attention,
            Refusal::NeverApplied(_)
            | Refusal::NotApplied(_)
            | Refusal::Author { .. }
            | Refusal::NotTheirStep { .. }
            | Refusal::Done(_)
            | Refusal::Twice { .. } => Exit::Refused,
            Refusal::Store(e) => e.into(),
        }
    }
}

impl From<&std::io::Error> for Exit {
    fn from(e: &std::io::Error) -> Exit {
        use std::io::ErrorKind as Kind;
        if e.kind() == Kind::AlreadyExists {
            Exit::Refused
        } else {
            // Data that are not what they should be: a file of the workspace that a person must mend.
            if e.kind() == Kind::InvalidData { Exit::Attention } else { Exit::Unusable }
        }
    }
}

/// Why a command ends early: how, and a text for the person.
#[derive(Debug)]
pub struct Stop {
    /// How it ends.
    pub exit: Exit,
    /// What is printed to standard error, and logged; see [`Stop::says`].
    pub text: String,
    /// What the database said, if that is why.
    pub store: Option<StoreError>,
}

impl Stop {
    /// An ending and its text.
    pub fn new(exit: Exit, text: impl Into<String>) -> Self {
        Self { exit, text: text.into(), store: None }
    }
    /// What a person reads.
    pub fn says(&self, lang: Lang) -> String {
        self.store.as_ref().map_or_else(|| self.text.clone(), |e| super::trouble::says(e, lang))
    }
    /// Something needs a person.
    pub fn attention(text: impl Into<String>) -> Self {
        Self::new(Exit::Attention, text)
    }
    /// What was named does not exist.
    pub fn no_such(text: impl Into<String>) -> Self {
        Self::new(Exit::NoSuch, text)
    }
    /// The command line, the folder, a file or a port cannot be used.
    pub fn unusable(text: impl Into<String>) -> Self {
        Self::new(Exit::Unusable, text)
    }
    /// Understood, and not done.
    pub fn refused(text: impl Into<String>) -> Self {
        Self::new(Exit::Refused, text)
    }
    /// A file or folder of that name.
    pub fn file(path: &std::path::Path, e: &std::io::Error) -> Self {
        Self::new(Exit::Unusable, format!("{}: {e}", path.display()))
    }
    /// A daemon's node that could not be opened.
    pub fn open(e: OpenError) -> Self {
        match e {
            OpenError::Store(e) => e.into(),
            OpenError::Templates(says) => Self::attention(says),
        }
    }
    /// The folder's lock.
    pub fn lock(e: &LockError, lang: Lang) -> Self {
        match e {
            LockError::Held(path) => {
                let path = path.display();
                Self::refused(match lang {
                    Lang::Vi => format!(
                        "Một tiến trình Loa khác đang phục vụ thư mục này (giữ {path}); dừng nó trước."
                    ),
                    Lang::En => e.to_string(),
                })
            }
            LockError::Io(path, e) => Self::file(path, e),
        }
    }
}

impl Stop {
    /// The embedded database went away under a daemon.
    pub fn ledger_gone(lang: Lang) -> Self {
        let text = match lang {
            Lang::Vi => {
                "Tệp cơ sở dữ liệu đã bị xóa hoặc thay khi Loa đang chạy. Loa dừng, không gửi thêm. Khôi phục tệp từ bản sao lưu rồi chạy lại."
            }
            Lang::En => {
                "The database's file was removed or replaced while Loa ran. Loa stopped and sends nothing more. Restore the file from the backup, then start again."
            }
        };
        Self::new(Exit::Database, text)
    }
}

impl From<StoreError> for Stop {
    fn from(e: StoreError) -> Self {
        let (exit, text) = ((&e).into(), e.to_string());
        Self { exit, text, store: Some(e) }
    }
}

impl From<std::io::Error> for Stop {
    fn from(e: std::io::Error) -> Self {
        Self::new((&e).into(), e.to_string())
    }
}

impl From<serde_json::Error> for Stop {
    fn from(e: serde_json::Error) -> Self {
        Self::unusable(e.to_string())
    }
}

/// Result of a command.
pub type Done = Result<Exit, Stop>;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::Severity;

    #[test]
    fn the_heavier_ending_is_told() {
        assert!(Exit::ALL.windows(2).all(|w| w[0] < w[1] && w[0].code() <= w[1].code()));
        let fault = |code, severity| Fault::file(code, severity, "x.yaml", "x", "x");
        assert_eq!(Exit::of_faults(&[]), Exit::Good);
        assert_eq!(Exit::of_faults(&[fault("T001", Severity::Warning)]), Exit::Good);
        assert_eq!(
            Exit::of_faults(&[fault("F007", Severity::Held), fault("T001", Severity::Note)]),
            Exit::Attention
        );
        assert_eq!(
            Exit::of_faults(&[fault("T028", Severity::Error), fault("T001", Severity::Error)]),
            Exit::Unusable
        );
    }

    #[test]
    fn what_the_help_says_is_what_is_done() {
        let help = crate::cli::args::HELP;
        for exit in Exit::ALL {
            assert!(help.contains(&format!("{} ", exit.code())), "{exit:?}");
        }
        let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
        let table = readme.split("## Exit codes").nth(1).unwrap().split("\n## ").next().unwrap();
        let rows: Vec<u8> =
            table.lines().filter_map(|l| l.strip_prefix("| ")?.split(' ').next()?.parse().ok()).collect();
        assert_eq!(rows, [0, 1, 2, 3, 4]);
    }
}
