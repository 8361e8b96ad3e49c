//! Every command that a screen shows can be pasted: it leads to the same folder, database and language, from wherever it is typed.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::{Command, Output};

use crate::support::office::{Office, wall};

/// The workspace under a name that a shell would take apart.
struct Place {
    office: Office,
    link: PathBuf,
    bin: PathBuf,
    home: tempfile::TempDir,
    flags: &'static [&'static str],
}

impl Place {
    fn new(office: Office, flags: &'static [&'static str]) -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let (link, bin) = (home.path().join("Văn phòng 'A' & B"), home.path().join("bin"));
        std::os::unix::fs::symlink(office.path(), &link).expect("a link");
        std::fs::create_dir(&bin).expect("a folder");
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_loa"), bin.join("loa")).expect("the program");
        Self { office, link, bin, home, flags }
    }

    fn clean(&self, mut c: Command) -> Output {
        c.env("LOA_LISTEN", format!("127.0.0.1:{}", self.office.port()))
            .env_remove("LOA_WORKSPACE")
            .env_remove("LOA_DATABASE_URL")
            .env("LANG", "vi_VN.UTF-8")
            .output()
            .expect("it runs")
    }

    /// Runs `loa` as a person would who stands elsewhere; everything it said.
    fn loa(&self, args: &[&str]) -> String {
        let mut c = Command::new(self.bin.join("loa"));
        c.arg("-w").arg(&self.link).args(self.flags).args(args);
        let out = self.clean(c);
        let said =
            format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
        assert!(out.status.code().is_some(), "{args:?}: {said}");
        said
    }

    /// Pastes a command into a shell.
    fn paste(&self, command: &str) -> Output {
        let path = format!("{}:/usr/bin:/bin", self.bin.display());
        let mut c = Command::new("sh");
        c.args(["-c", command]).env("PATH", path).current_dir(self.home.path());
        self.clean(c)
    }
}

/// The commands in a text: from `loa` to the end of the line, to three spaces, or to what closes the sentence.
fn commands(said: &str) -> Vec<String> {
    let mut out = Vec::new();
    // A line of the author's own file, shown with its number, is theirs.
    let own =
        |l: &&str| l.split_once(" | ").is_some_and(|(n, _)| n.trim().bytes().all(|b| b.is_ascii_digit()));
    for line in said.lines().filter(|l| !own(l)) {
        for (at, _) in line.match_indices("loa ") {
            let alone =
                line[..at].chars().next_back().is_none_or(|c| !c.is_alphanumeric() && !"-_/.'".contains(c));
            let rest = &line[at..];
            if !alone || !rest["loa ".len()..].starts_with(|c: char| c.is_ascii_lowercase() || c == '-') {
                continue;
            }
            let end = ["   ", " · ", "`", ")", ", ", ". "].iter().filter_map(|e| rest.find(e)).min();
            out.push(rest[..end.unwrap_or(rest.len())].trim_end().to_owned());
        }
    }
    out
}

/// What stands for something a person fills in.
fn filled(command: &str) -> String {
    command
        .replace("--by NAME", "--by binh")
        .replace("https://…", "https://x.example/bai")
        .replace("REASON", "reason")
}

#[test]
fn every_command_that_is_shown_can_be_pasted() {
    shown_and_pasted(&["--lang", "en"], &["resolve"]);
}

#[test]
fn every_command_that_is_shown_in_a_rehearsal_stays_in_it() {
    shown_and_pasted(&["--sandbox", "--lang", "en"], &[]);
}

/// A day on which everything that shows a command shows it; each command is then typed as it was shown.
fn shown_and_pasted(given: &'static [&'static str], also: &[&str]) {
    let o = Office::new(
        "  thu:\n    kind: scripted\n    limit: 3 per hour\n  hong:\n    kind: scripted\n    script: [unknown]\n  goi:\n    \
         kind: hand-over\n    carrier: thu\n",
        "default_accounts:\n  email: thu\n  hand-over: goi\n",
    );
    o.units(
        "  - id: so\n    name: Sở Thử\n    kind: department\n    channels:\n      email:\n        address: so@so.example\n        \
         account: hong\n",
    );
    o.list("ds", &(0..8).map(|i| format!("p{i}@khach.example")).collect::<Vec<_>>());
    let email = |to: &str, minutes: i64| {
        format!("  - channel: email\n    to: {to}\n    at: {}\n    late_ok: 2 days\n", wall(minutes))
    };
    o.post("bai", "Thông báo", &email("ds", -1));
    o.post("hai", "Thông báo hai", &email("so", -1));
    o.post("ba", "Thông báo ba", &email("so", 600));
    let p = Place::new(o, given);
    let mut said = BTreeSet::new();
    let mut see = |args: &[&str]| {
        let text = p.loa(args);
        said.extend(commands(&text));
        text
    };
    for words in [
        &["plan"][..],
        &["status"],
        &["approve", "chien-dich", "--by", "binh"],
        &["apply"],
        &["status"],
        &["run", "--until-idle"],
        &["approve", "chien-dich/bai", "--by", "binh"],
        &["approve", "chien-dich/hai", "--by", "binh"],
        &["run", "--until-idle"],
        &["status"],
        &["log", "--problems"],
        &["usb", "usb"],
        &["log"],
    ] {
        see(words);
    }
    let log = see(&["log", "--each"]);
    let codes: Vec<&str> = log.split_whitespace().filter(|w| w.starts_with("T-")).collect();
    assert!(!codes.is_empty(), "{log}");
    for code in codes {
        see(&["log", code]);
    }
    for words in [
        &["hold", "all", "--by", "binh"][..],
        &["status"],
        &["release", "chien-dich", "--by", "binh"],
        &["release", "all", "--by", "binh"],
        &["blackout", "start", "--reason", "x", "--by", "binh"],
        &["status"],
        &["blackout", "end", "--by", "binh"],
        &["blackout", "end", "--by", "binh"],
        &["account", "pause", "thu", "--by", "binh"],
        &["account", "probe", "thu", "--by", "binh"],
        &["status"],
        &["log", "T-4K7Q"],
        &["log", "G-4K7Q"],
        &["log", "xin-chao"],
        &["log", "--unit", "khong-co"],
        &["hold", "khong-co", "--by", "binh"],
        &["resolve", "leave", "--by", "binh"],
        &["send", "--test", "a@b.example", "chien-dich/khong-co", "--by", "binh"],
        &["aired", "T-4K7Q", "--sessions", "1", "--by", "binh"],
        &["new", "post", "chien-dich", "bon"],
    ] {
        see(words);
    }
    // Edits, faults, a post of which nothing is known, a register that cannot be read.
    p.office.write("campaigns/chien-dich/posts/ba/noi-dung.md", "Khác. {{fact \"khong-co\"}}\n");
    p.office.write("campaigns/chien-dich/posts/hai/noi-dung.md", "Nội dung khác.\n");
    for words in [
        &["check"][..],
        &["plan"],
        &["status"],
        &["approve", "chien-dich/hai", "--by", "binh"],
        &["apply"],
        &["run", "--until-idle"],
    ] {
        see(words);
    }
    p.office.write("campaigns/facts.yaml", "facts: {\n");
    see(&["status"]);
    see(&["unit", "list"]);

    let given = given.join(" ");
    let of = |c: &String| c.split(&format!("{given} ")).nth(1)?.split(' ').next().map(str::to_owned);
    let shown: BTreeSet<String> = said.iter().filter_map(of).collect();
    let wanted = [
        "plan", "apply", "approve", "check", "run", "status", "log", "hold", "release", "account", "unit",
        "blackout",
    ];
    for wanted in wanted.iter().chain(also) {
        assert!(shown.contains(*wanted), "no screen showed `{wanted}`: {said:#?}");
    }
    let flags = format!("-w '{}' {given} ", p.link.display().to_string().replace('\'', r"'\''"));
    for command in &said {
        let flagged = command.strip_prefix("loa ").is_some_and(|c| c.starts_with(&flags));
        assert!(flagged, "flags are missing: {command}");
        // Nothing may start a daemon here that does not end.
        let typed = filled(command);
        let typed = if typed.ends_with(" run") { format!("{typed} --until-idle") } else { typed };
        let out = p.paste(&typed);
        let text =
            format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
        let code = out.status.code().expect("a code");
        // Whatever it answers, it was understood and found its folder, its database and what it names.
        assert!(code != 2 && code < 4, "{typed}: {code}\n{text}");
    }
}

#[test]
fn the_search_finds_commands_where_they_stand() {
    assert_eq!(
        commands(
            "→ sửa, thử:   loa -w x account probe a --by TÊN   tốt thì:   loa check\n(xem: loa log G-33EB) nơi loa phường"
        ),
        ["loa -w x account probe a --by TÊN", "loa check", "loa log G-33EB", "loa phường"]
    );
    assert_eq!(commands("Xem:   loa log · rồi `loa apply`; /x/loa check"), ["loa log", "loa apply"]);
}
