//! What a program asked of the system, in order, as strace saw it; and the disk as a power cut at any instant leaves it.
//!
//! What was written is on disk only if a later `fsync` or `fdatasync` of the file began after the write had ended, and has
//! returned. Of all other writes a power cut may keep any, or none.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::HashMap;
use std::path::Path;
use std::process::Command;

/// A system call that matters.
#[derive(Clone, Debug)]
pub enum Act {
    /// Bytes into a file, at a place.
    Write { file: String, at: u64, bytes: Vec<u8> },
    /// A file gets another length.
    Truncate { file: String, len: u64 },
    /// A file, or a folder, is to be on disk.
    Sync { file: String },
    /// Bytes onto a socket, by its name in the trace.
    Send { onto: String, bytes: Vec<u8> },
}

/// When it began and when it returned: places in the trace, since the tracer sees all threads in one order; or microseconds,
/// where the trace has them, since two tracers of one machine share its clock.
#[derive(Clone, Debug)]
pub struct Call {
    pub begin: usize,
    pub end: usize,
    pub act: Act,
}

fn strace(calls: &str, trace: &Path) -> Command {
    let mut c = Command::new("strace");
    c.args(["-f", "-qq", "-y", "-xx", "-s", "1000000", "-e", "signal=none", "-e"])
        .arg(format!("trace={calls}"))
        .arg("-o")
        .arg(trace);
    c
}

/// A strace that writes down when running processes, and what they start, sync files, with times; it ends when it is told to.
pub fn watching(pids: &[String], trace: &Path) -> Command {
    let mut c = strace("fsync,fdatasync", trace);
    c.arg("-ttt").args(pids.iter().flat_map(|p| ["-p", p]));
    c
}

/// Whether a process is being traced.
pub fn is_watched(pid: &str) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    status.lines().any(|l| l.strip_prefix("TracerPid:").is_some_and(|t| t.trim() != "0"))
}

/// The same program under strace, which writes to `trace`; with times, if wanted.
pub fn traced(inner: &Command, trace: &Path, times: bool) -> Command {
    let calls = "write,writev,pwrite64,pwritev,lseek,ftruncate,fsync,fdatasync,sendto,sendmsg";
    let mut c = strace(calls, trace);
    if times {
        c.arg("-ttt");
    }
    c.arg("--seccomp-bpf").arg(inner.get_program()).args(inner.get_args());
    for (k, v) in inner.get_envs() {
        match v {
            Some(v) => c.env(k, v),
            None => c.env_remove(k),
        };
    }
    c
}

fn unhex(s: &str) -> Vec<u8> {
    let digits: Vec<u8> = s.bytes().filter(|b| b.is_ascii_hexdigit()).collect();
    digits.chunks(2).map(|d| u8::from_str_radix(std::str::from_utf8(d).unwrap(), 16).unwrap()).collect()
}

/// The first argument: a descriptor and what it is.
fn onto(args: &str) -> String {
    args.split(',').next().unwrap_or_default().to_owned()
}

/// `\x41\x42` between the n-th pair of quotes, as bytes; several parts of one call are one.
fn quoted(args: &str) -> Vec<u8> {
    args.split('"').skip(1).step_by(2).flat_map(unhex_escaped).collect()
}

fn unhex_escaped(s: &str) -> Vec<u8> {
    unhex(&s.replace("\\x", ""))
}

/// The descriptor and what it is: `9<\x2f…>`.
fn descriptor(args: &str) -> (i32, String) {
    let fd = args.split('<').next().unwrap().trim().parse().unwrap_or(-1);
    let name = args.split('<').nth(1).and_then(|r| r.split('>').next()).unwrap_or_default();
    let name = if name.starts_with("\\x") {
        String::from_utf8(unhex_escaped(name)).unwrap()
    } else {
        name.to_owned()
    };
    (fd, name)
}

/// Reads a trace of one program.
///
/// # Panics
/// If it is no trace, or nothing was traced: where the system refuses ptrace, this cannot be tested, and that is said.
pub fn read(trace: &Path) -> Vec<Call> {
    let text = std::fs::read_to_string(trace).unwrap_or_default();
    assert!(
        text.contains("write") || text.contains("sync("),
        "nothing was traced: strace must be installed and ptrace allowed (in a container: --cap-add SYS_PTRACE)"
    );
    let mut open: HashMap<&str, (usize, &str)> = HashMap::new();
    let mut places: HashMap<(i32, String), u64> = HashMap::new();
    let mut calls = vec![];
    for (n, line) in text.lines().enumerate() {
        let Some((pid, rest)) = line.split_once(' ') else { continue };
        let rest = rest.trim_start();
        let (n, rest) = match rest.split_once(' ') {
            Some((at, call)) if at.starts_with(|c: char| c.is_ascii_digit()) => {
                (at.replace('.', "").parse().unwrap(), call)
            }
            _ => (n, rest),
        };
        if let Some(began) = rest.strip_suffix(" <unfinished ...>") {
            open.insert(pid, (n, began));
            continue;
        }
        let (begin, whole) = match rest.strip_prefix("<... ") {
            Some(resumed) => {
                let Some((begin, began)) = open.remove(pid) else { continue };
                let after = resumed.split_once(" resumed>").map_or("", |r| r.1);
                (begin, format!("{began}{after}"))
            }
            None => (n, rest.to_owned()),
        };
        let (Some((name, args)), Some((_, answer))) = (whole.split_once('('), whole.rsplit_once(" = "))
        else {
            continue;
        };
        let answer: i64 = answer.split([' ', '<']).next().and_then(|a| a.parse().ok()).unwrap_or(-1);
        if answer < 0 {
            continue;
        }
        let (fd, file) = descriptor(args);
        let numbers = args.rsplit_once(" = ").map_or("", |a| a.0.trim_end().trim_end_matches(')'));
        let last = || numbers.rsplit(", ").next().and_then(|n| n.trim().parse::<u64>().ok()).unwrap();
        let place = places.entry((fd, file.clone())).or_default();
        let act = match name {
            "lseek" => {
                *place = answer.unsigned_abs();
                continue;
            }
            "fsync" | "fdatasync" => Act::Sync { file },
            "ftruncate" => Act::Truncate { file, len: last() },
            "sendto" | "sendmsg" => Act::Send { onto: onto(args), bytes: quoted(args) },
            "write" | "writev" if file.starts_with("socket:") || file.starts_with("TCP") => {
                Act::Send { onto: onto(args), bytes: quoted(args) }
            }
            _ if !file.starts_with('/') => continue,
            _ => {
                let mut bytes = quoted(args);
                bytes.truncate(usize::try_from(answer).unwrap());
                let at = if name.starts_with('p') { last() } else { *place };
                *place = at + bytes.len() as u64;
                Act::Write { file, at, bytes }
            }
        };
        calls.push(Call { begin, end: n, act });
    }
    calls.sort_by_key(|c| c.end);
    calls
}

/// Whether a file was synced in a call that returned before this place of the trace.
pub fn synced(calls: &[Call], file: &str, before: usize) -> bool {
    calls.iter().any(|c| c.end < before && matches!(&c.act, Act::Sync { file: f } if f == file))
}

/// The bytes of a file after a power cut at a place of the trace, from what it held at the start. `keeps` says of each write
/// that was not synced whether the disk has it all the same.
pub fn after_power_cut(
    calls: &[Call],
    file: &str,
    start: &[u8],
    cut: usize,
    mut keeps: impl FnMut() -> bool,
) -> Vec<u8> {
    let of_it = |c: &&Call| match &c.act {
        Act::Write { file: f, .. } | Act::Truncate { file: f, .. } => f == file,
        Act::Sync { .. } | Act::Send { .. } => false,
    };
    // The latest beginning of a sync that has returned: what had ended by then is safe.
    let safe = calls
        .iter()
        .filter(|c| c.end < cut && matches!(&c.act, Act::Sync { file: f } if f == file))
        .map(|c| c.begin)
        .max()
        .unwrap_or(0);
    let mut out = start.to_vec();
    for c in calls.iter().filter(of_it).filter(|c| c.begin < cut) {
        if c.end >= safe && !keeps() {
            continue;
        }
        match &c.act {
            Act::Write { at, bytes, .. } => {
                let at = usize::try_from(*at).unwrap();
                if out.len() < at + bytes.len() {
                    out.resize(at + bytes.len(), 0);
                }
                out[at..at + bytes.len()].copy_from_slice(bytes);
            }
            Act::Truncate { len, .. } => out.resize(usize::try_from(*len).unwrap(), 0),
            Act::Sync { .. } | Act::Send { .. } => {}
        }
    }
    out
}
