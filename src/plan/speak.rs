//! `loa speak`: a script voiced by a program of the office's, for rehearsal. The sound says so itself, first thing, and in its
//! tags; nothing here or elsewhere sends it anywhere.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::config::Settings;
use crate::domain::campaign::{Campaign, Post};
use crate::domain::sound;
use crate::domain::speech;
use crate::domain::workspace::Workspace;
use crate::render::{RenderContext, RenderFault, Templates};

/// What every rehearsal begins with.
pub const WARNING: &str = "Đây là bản đọc thử bằng máy, không phát trên loa.";
/// Largest file that is taken from a program, in bytes: a quarter of an hour of WAV, and more.
pub const MAX_BYTES: u64 = 128 * 1024 * 1024;

/// A rehearsal that was written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rehearsal {
    /// How long the sound is, the warning included, in seconds.
    pub seconds: f64,
    /// How long it should be by estimate, the warning included.
    pub estimate: u32,
}

/// Why there is no sound.
#[derive(Debug, thiserror::Error)]
pub enum Mute {
    /// The text cannot be made.
    #[error("{}", .0.first().map_or("", |f| f.en.as_str()))]
    Text(Vec<RenderFault>),
    /// The program is not there.
    #[error("{0} is not installed")]
    Missing(String),
    /// It ended with a complaint.
    #[error("{0}: {1}")]
    Failed(String, String),
    /// It did not end in time, seconds.
    #[error("{0} took longer than {1} seconds")]
    Slow(String, u64),
    /// It wrote more than [`MAX_BYTES`].
    #[error("{0} wrote too much")]
    Huge(String),
    /// What it wrote is no sound.
    #[error("{0} wrote no sound")]
    NoSound(String),
    /// A file.
    #[error("{0}: {1}")]
    File(PathBuf, std::io::Error),
}

/// The lines of a post's script as they are said.
///
/// # Errors
/// The faults of its text.
pub fn lines(
    settings: &Settings,
    ws: &Workspace,
    templates: &Templates,
    c: &Campaign,
    p: &Post,
) -> Result<Vec<String>, Vec<RenderFault>> {
    let organisation = ws
        .units
        .get(&settings.organisation)
        .map_or_else(|| settings.organisation.to_string(), |u| u.name.clone());
    let ctx = RenderContext {
        templates,
        organisation: &organisation,
        public_url: None,
        duty_phone: None,
        done_by: None,
        documents: &BTreeMap::new(),
        pace: settings.speech.pace(),
        pictures: &crate::render::AsTheyAre,
    };
    crate::render::said(p, c, ws, &crate::transport::SCRIPT, &ctx)
}

/// Voices lines into a file: MP3 by its name's end, else WAV. The file appears whole or not at all. `path` is where programs lie.
///
/// # Errors
/// Why there is none.
pub async fn voice(
    settings: &Settings,
    path: &str,
    title: &str,
    said: &[String],
    out: &Path,
) -> Result<Rehearsal, Mute> {
    let name = out.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let beside = |end: &str| out.with_file_name(format!(".{name}.{}.{end}", std::process::id()));
    let (wav, other) = (beside("wav"), beside("part"));
    let made = make((settings, path), title, said, out, (&wav, &other)).await;
    for left in [&wav, &other] {
        let _ = std::fs::remove_file(left); // most often it is gone already
    }
    made
}

async fn make(
    (settings, path): (&Settings, &str),
    title: &str,
    said: &[String],
    out: &Path,
    (wav, other): (&Path, &Path),
) -> Result<Rehearsal, Mute> {
    let s = &settings.speech;
    let mut all = vec![WARNING.to_owned()];
    all.extend(said.iter().cloned());
    let title = format!("BẢN ĐỌC THỬ, KHÔNG PHÁT: {title}");
    run((&s.command, path), &[("{out}", wav)], Some(&all.join("\n")), s.time_limit).await?;
    let program = |argv: &[String]| argv.first().cloned().unwrap_or_default();
    let read = |path: &Path, argv: &[String]| match std::fs::metadata(path) {
        Ok(m) if m.len() > MAX_BYTES => Err(Mute::Huge(program(argv))),
        Ok(_) => std::fs::read(path).map_err(|e| Mute::File(path.to_owned(), e)),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Err(Mute::NoSound(program(argv))),
        Err(e) => Err(Mute::File(path.to_owned(), e)),
    };
    let bytes = read(wav, &s.command)?;
    let (sound, marked) =
        sound::wav_rehearsal(&title, &bytes).ok_or_else(|| Mute::NoSound(program(&s.command)))?;
    let whole = if is_mp3(out) {
        run((&s.mp3_command, path), &[("{in}", wav), ("{out}", other)], None, s.time_limit).await?;
        let bytes = read(other, &s.mp3_command)?;
        sound::mp3(&bytes).ok_or_else(|| Mute::NoSound(program(&s.mp3_command)))?;
        sound::mp3_rehearsal(&title, &bytes)
    } else {
        marked
    };
    std::fs::write(other, whole).map_err(|e| Mute::File(out.to_owned(), e))?;
    std::fs::rename(other, out).map_err(|e| Mute::File(out.to_owned(), e))?;
    Ok(Rehearsal { seconds: sound.seconds, estimate: speech::seconds(&all, s.pace()) })
}

/// True if a file's name says that it is an MP3.
pub fn is_mp3(out: &Path) -> bool {
    out.extension().is_some_and(|e| e.eq_ignore_ascii_case("mp3"))
}

/// The processes of a program: its own group, killed when this is dropped.
struct Group(Option<u32>);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(pid) =
            self.0.and_then(|id| i32::try_from(id).ok()).and_then(rustix::process::Pid::from_raw)
        {
            // Nothing of it is left most often.
            let _ = rustix::process::kill_process_group(pid, rustix::process::Signal::KILL);
        }
    }
}

/// Runs a program with its arguments: nothing of the environment but where programs lie, no shell, no longer than allowed.
async fn run(
    (argv, path): (&[String], &str),
    names: &[(&str, &Path)],
    text: Option<&str>,
    limit: u64,
) -> Result<(), Mute> {
    let Some((program, args)) = argv.split_first() else { return Err(Mute::Missing(String::new())) };
    let args = args.iter().map(|a| match names.iter().find(|(n, _)| *n == a) {
        Some((_, path)) => path.as_os_str().to_owned(),
        None => a.into(),
    });
    let spawned = tokio::process::Command::new(program)
        .args(args)
        .env_clear()
        .env("PATH", path)
        .env("LANG", "C.UTF-8")
        .stdin(if text.is_some() { Stdio::piped() } else { Stdio::null() })
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .process_group(0)
        .spawn();
    let mut child = match spawned {
        Ok(c) => c,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Err(Mute::Missing(program.clone())),
        Err(e) => return Err(Mute::Failed(program.clone(), e.to_string())),
    };
    // What it started itself ends with it, however it ends.
    let _group = Group(child.id());
    let (stdin, stderr) = (child.stdin.take(), child.stderr.take());
    let feed = async {
        if let (Some(mut pipe), Some(text)) = (stdin, text) {
            // Who does not read to the end says so by its exit code.
            let _ = pipe.write_all(text.as_bytes()).await;
        }
    };
    let listen = async {
        let mut said = Vec::new();
        if let Some(pipe) = stderr {
            let mut first = pipe.take(4096);
            let _ = first.read_to_end(&mut said).await;
            let _ = tokio::io::copy(&mut first.into_inner(), &mut tokio::io::sink()).await;
        }
        String::from_utf8_lossy(&said).trim().to_owned()
    };
    let all = async { tokio::join!(feed, listen, child.wait()) };
    let ended = tokio::time::timeout(Duration::from_secs(limit), all).await;
    match ended {
        Err(_) => Err(Mute::Slow(program.clone(), limit)),
        Ok(((), _, Ok(status))) if status.success() => Ok(()),
        Ok(((), said, Ok(status))) => {
            Err(Mute::Failed(program.clone(), if said.is_empty() { status.to_string() } else { said }))
        }
        Ok(((), _, Err(e))) => Err(Mute::Failed(program.clone(), e.to_string())),
    }
}
