//! `loa speak`: hear a script before anybody reads it on air.

use std::path::{Path, PathBuf};

use clap::Args;

use super::{Ctx, Done, Exit, Stop};
use crate::domain::campaign::{Campaign, Post};
use crate::domain::text::Lang;
use crate::manifest::Loaded;
use crate::plan::speak::{self, Mute};

/// `loa speak`
#[derive(Debug, Args)]
pub struct SpeakArgs {
    /// CAMPAIGN/POST.
    post: String,
    /// The file to write: .wav or .mp3; by default ban-doc-thu-POST.wav here.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Only print what is said, line by line; no sound.
    #[arg(long, conflicts_with = "out")]
    text: bool,
}

/// `loa speak`
///
/// # Errors
/// There is no such post, its text has faults, or no sound could be made.
pub async fn speak(ctx: &Ctx, args: SpeakArgs) -> Done {
    let settings = ctx.settings(false)?;
    let loaded = ctx.load(&settings);
    let (c, p) = post(ctx, &loaded, &args.post)?;
    let templates = ctx.templates()?;
    let said = speak::lines(&settings, &loaded.workspace, &templates, c, p)
        .map_err(|f| silent(ctx, &Mute::Text(f)))?;
    if args.text {
        if ctx.json {
            println!("{}", serde_json::json!({ "post": args.post, "said": said }));
        } else {
            println!("{}", said.join("\n"));
        }
        return Ok(Exit::Good);
    }
    let out = args.out.unwrap_or_else(|| PathBuf::from(format!("ban-doc-thu-{}.wav", p.id)));
    writable(ctx, &out)?;
    let path = ctx.env.get("PATH").map_or("/usr/bin:/bin", String::as_str);
    let made = speak::voice(&settings, path, &p.title, &said, &out).await.map_err(|e| silent(ctx, &e))?;
    if ctx.json {
        let json = serde_json::json!({
            "post": args.post, "file": out.display().to_string(), "seconds": made.seconds, "estimate": made.estimate,
        });
        println!("{json}");
        return Ok(Exit::Good);
    }
    let (file, took, should) = (out.display(), made.seconds.round(), made.estimate);
    println!(
        "{}",
        match ctx.lang {
            Lang::Vi => format!(
                "Đã ghi {file}: {took} giây (ước tính {should} giây, kể cả câu báo ở đầu).\nBản đọc thử bằng máy, để nghe và sửa chữ. Không phát trên loa."
            ),
            Lang::En => format!(
                "Wrote {file}: {took} seconds (estimate {should}, with the warning at its start).\nA machine's rehearsal, to hear and mend the words. Not for the air."
            ),
        }
    );
    Ok(Exit::Good)
}

/// The file is one that may be made: .wav or .mp3, in a folder that is there, and nothing lies there.
fn writable(ctx: &Ctx, out: &Path) -> Result<(), Stop> {
    let wav = out.extension().is_some_and(|e| e.eq_ignore_ascii_case("wav"));
    if !wav && !speak::is_mp3(out) {
        return Err(Stop::unusable(match ctx.lang {
            Lang::Vi => format!("{}: tên tệp phải kết thúc bằng .wav hoặc .mp3", out.display()),
            Lang::En => format!("{}: the name must end in .wav or .mp3", out.display()),
        }));
    }
    if out.exists() {
        return Err(Stop::refused(match ctx.lang {
            Lang::Vi => format!("{}: đã có tệp này. Chọn tên khác, hoặc xóa tệp cũ.", out.display()),
            Lang::En => format!("{}: it is there already. Choose another name, or delete it.", out.display()),
        }));
    }
    Ok(())
}

fn post<'a>(ctx: &Ctx, loaded: &'a Loaded, name: &str) -> Result<(&'a Campaign, &'a Post), Stop> {
    let all = || loaded.workspace.campaigns.iter().flat_map(|c| c.posts.iter().map(move |p| (c, p)));
    if let Some(found) = all().find(|(c, p)| format!("{}/{}", c.id, p.id) == name) {
        return Ok(found);
    }
    // A rehearsal is what one records a script by.
    let waiting = loaded.unrecorded.iter().find(|(c, p)| format!("{c}/{}", p.id) == name);
    if let Some((id, p)) = waiting
        && let Some(c) = loaded.workspace.campaigns.iter().find(|c| c.id == *id)
    {
        return Ok((c, p));
    }
    let names: Vec<String> = all().map(|(c, p)| format!("{}/{}", c.id, p.id)).collect();
    let near = crate::yaml::closest(name, names.iter().map(String::as_str));
    let near = near.map_or_else(String::new, |n| match ctx.lang {
        Lang::Vi => format!(" Có phải {n}?"),
        Lang::En => format!(" Did you mean {n}?"),
    });
    let check = ctx.hint(&["check"]);
    Err(Stop::no_such(match ctx.lang {
        Lang::Vi => format!("{name}: không có bài nào tên này, hoặc bài đang có lỗi.{near}   {check}"),
        Lang::En => format!("{name}: there is no post of that name, or it has faults.{near}   {check}"),
    }))
}

/// Why nothing can be heard, and what to do.
fn silent(ctx: &Ctx, why: &Mute) -> Stop {
    let vi = ctx.lang == Lang::Vi;
    match why {
        Mute::Text(faults) => Stop::attention(
            faults
                .iter()
                .map(|f| format!("{}: {}", f.file, f.message(ctx.lang)))
                .collect::<Vec<_>>()
                .join("\n"),
        ),
        Mute::Missing(program) => Stop::unusable(if vi {
            format!(
                "Không có chương trình “{program}”. Cài đặt (Debian:   apt-get install espeak-ng lame  ), hoặc ghi chương trình khác vào loa.yaml, dưới speech:   command: […]"
            )
        } else {
            format!(
                "There is no program “{program}”. Install it (Debian:   apt-get install espeak-ng lame  ), or name another in loa.yaml below speech:   command: […]"
            )
        }),
        Mute::Failed(program, said) => Stop::attention(if vi {
            format!("“{program}” dừng giữa chừng: {said}")
        } else {
            format!("“{program}” failed: {said}")
        }),
        Mute::Slow(program, seconds) => Stop::attention(if vi {
            format!(
                "“{program}” chạy quá {seconds} giây, Loa đã dừng nó. Cần lâu hơn thì sửa time_limit dưới speech: trong loa.yaml."
            )
        } else {
            format!(
                "“{program}” took more than {seconds} seconds and was stopped; time_limit below speech: in loa.yaml allows more."
            )
        }),
        Mute::Huge(program) => Stop::attention(if vi {
            format!("“{program}” ghi tệp quá lớn (trên 128 MB); Loa không giữ tệp ấy.")
        } else {
            format!("“{program}” wrote more than 128 MB; it was not kept.")
        }),
        Mute::NoSound(program) => Stop::attention(if vi {
            format!(
                "“{program}” không ghi ra tiếng. Xem lại command và mp3_command dưới speech: trong loa.yaml."
            )
        } else {
            format!("“{program}” wrote no sound; look at command and mp3_command below speech: in loa.yaml.")
        }),
        Mute::File(path, e) => Stop::file(path, e),
    }
}
