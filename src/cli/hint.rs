//! Commands as a person may paste them: with the flags that lead to the same workspace and database, quoted for a shell.
//!
//! Every command that a screen or an error shows goes through [`Ctx::hint`]; what rooms below wrote, which know of no command
//! line, goes through [`Ctx::pasteable`]. A test looks that no file of this room writes one by hand.

use std::borrow::Cow;
use std::path::Path;

use clap::CommandFactory as _;

use super::Ctx;
use crate::domain::text::Lang;
use crate::yaml::{Fault, Say};

/// A word as a shell takes it for one word.
pub fn quoted(word: &str) -> Cow<'_, str> {
    let plain = |c: char| c.is_alphanumeric() || "-_./:@%+,=…".contains(c);
    if !word.is_empty() && !word.starts_with('=') && word.chars().all(plain) {
        return word.into();
    }
    format!("'{}'", word.replace('\'', r"'\''")).into()
}

/// The flags that were given, each with a space before it.
pub(super) fn flags(root: &Path, sandbox: bool, lang: Option<Lang>) -> String {
    let mut out = String::new();
    if root != Path::new(".") {
        out.push_str(&format!(" -w {}", quoted(&root.display().to_string())));
    }
    if sandbox {
        out.push_str(" --sandbox");
    }
    match lang {
        Some(Lang::Vi) => out.push_str(" --lang vi"),
        Some(Lang::En) => out.push_str(" --lang en"),
        None => {}
    }
    out
}

fn command(flags: &str, words: &[&str]) -> String {
    let mut out = format!("loa{flags}");
    for w in words {
        out.push(' ');
        out.push_str(&quoted(w));
    }
    out
}

impl Ctx {
    /// A command to type: `["hold", "all", "--by", "TÊN"]` → `loa -w ../van-phong --sandbox hold all --by TÊN`.
    pub fn hint(&self, words: &[&str]) -> String {
        command(&self.flags, words)
    }

    /// The same for another folder than the one this command works on.
    pub fn hint_at(&self, folder: &Path, words: &[&str]) -> String {
        command(&flags(folder, false, self.lang_given), words)
    }

    /// A text of a room below, its commands completed.
    pub fn pasteable(&self, text: &str) -> String {
        if self.flags.is_empty() {
            return text.to_owned();
        }
        let known: Vec<String> = super::args::Cli::command()
            .get_subcommands()
            .map(|c| c.get_name().to_owned())
            .filter(|c| c != "init") // names its folder itself
            .collect();
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find("loa ") {
            let (before, found) = rest.split_at(at);
            let after = &found["loa ".len()..];
            let word: String = after.chars().take_while(|c| c.is_ascii_lowercase()).collect();
            let joined = before.chars().next_back().or_else(|| out.chars().next_back());
            let alone = !joined.is_some_and(|c| c.is_alphanumeric() || "-_/.".contains(c));
            out.push_str(before);
            if alone && known.contains(&word) {
                out.push_str(&format!("loa{} ", self.flags));
            } else {
                out.push_str("loa ");
            }
            rest = after;
        }
        out.push_str(rest);
        out
    }

    /// A fault as people read it, its commands completed; the lines of the author's files are left as they are.
    pub fn fault(&self, f: &Fault, color: bool) -> String {
        self.completed(f).render(self.lang == Lang::Vi, color)
    }

    /// Faults as people read them.
    pub fn faults<'a>(&self, faults: impl IntoIterator<Item = &'a Fault>) -> String {
        faults.into_iter().map(|f| self.fault(f, false)).collect::<Vec<_>>().join("\n")
    }

    /// A fault with its commands completed.
    pub fn completed(&self, f: &Fault) -> Fault {
        let say =
            |s: &Option<Say>| s.as_ref().map(|s| Say::new(self.pasteable(&s.vi), self.pasteable(&s.en)));
        Fault { why: say(&f.why), fix: say(&f.fix), meanwhile: say(&f.meanwhile), ..f.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ctx(root: &str, sandbox: bool, lang: Option<Lang>) -> Ctx {
        Ctx::new(root.into(), lang, false, sandbox)
    }

    #[test]
    fn the_flags_that_were_given_are_repeated_and_quoted() {
        let c = ctx("../Văn phòng 'A'", true, Some(Lang::En));
        assert_eq!(
            c.hint(&["hold", "all", "--reason", "quốc tang", "--by", "TÊN"]),
            r"loa -w '../Văn phòng '\''A'\''' --sandbox --lang en hold all --reason 'quốc tang' --by TÊN"
        );
        assert_eq!(ctx(".", false, None).hint(&["status"]), "loa status");
        assert_eq!(quoted(""), "''");
        assert_eq!(quoted("$(rm x)"), "'$(rm x)'");
        assert_eq!(quoted("https://…"), "https://…");
    }

    #[test]
    fn commands_of_other_rooms_are_completed_and_nothing_else() {
        let c = ctx("/srv/loa", true, None);
        assert_eq!(
            c.pasteable("Sửa: loa check --fix, rồi `loa apply`; xem /x/loa check, loaloa check, loa phường, loa init X."),
            "Sửa: loa -w /srv/loa --sandbox check --fix, rồi `loa -w /srv/loa --sandbox apply`; xem /x/loa check, loaloa check, \
             loa phường, loa init X."
        );
        assert_eq!(ctx(".", false, None).pasteable("loa check"), "loa check");
        let done = c.pasteable("loa check");
        assert_eq!(c.pasteable(&done), done, "once is enough");
    }

    /// String literals of a source that hold `loa <command>`.
    fn by_hand(source: &str, commands: &[String]) -> Vec<String> {
        let source = source.split("#[cfg(test)]").next().unwrap_or("");
        let code = source.lines().filter(|l| !l.trim_start().starts_with("//"));
        code.filter(|l| {
            l.match_indices("loa ").any(|(at, _)| {
                let word: String = l[at + 4..].chars().take_while(char::is_ascii_lowercase).collect();
                commands.contains(&word)
            })
        })
        .map(str::to_owned)
        .collect()
    }

    #[test]
    fn no_screen_writes_a_command_by_hand() {
        fn walk(dir: &Path, out: &mut Vec<std::path::PathBuf>) {
            for e in std::fs::read_dir(dir).unwrap() {
                let path = e.unwrap().path();
                if path.is_dir() { walk(&path, out) } else { out.push(path) }
            }
        }
        let commands: Vec<String> =
            super::super::args::Cli::command().get_subcommands().map(|c| c.get_name().to_owned()).collect();
        assert_eq!(
            by_hand("x(\"Xem: loa status\")\n/// `loa log`\n", &commands).len(),
            1,
            "the search can fail"
        );
        let mut files = vec![];
        walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cli"), &mut files);
        let mut found = vec![];
        for f in files {
            for line in by_hand(&std::fs::read_to_string(&f).unwrap(), &commands) {
                found.push(format!("{}: {line}", f.display()));
            }
        }
        assert!(found.is_empty(), "use Ctx::hint:\n{}", found.join("\n"));
    }
}
