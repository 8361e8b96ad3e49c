//! `loa init`, `new`, `check`, `schema`: what authors use.

use std::path::Path;

use clap::Subcommand;

use super::{Ctx, Done, Exit, Stop};
use crate::domain::text::Lang;
use crate::yaml::Fault;

/// What `loa new` writes.
#[derive(Debug, Subcommand)]
pub enum New {
    /// A post: a folder with post.yaml and noi-dung.md
    Post {
        /// The campaign's id.
        campaign: String,
        /// The post's id, e.g. 2026-11-30-ho-kinh-doanh
        id: String,
        /// Its title.
        #[arg(long)]
        title: Option<String>,
        /// Take text and pictures from a Word file (.docx)
        #[arg(long, value_name = "FILE")]
        from: Option<std::path::PathBuf>,
    },
    /// A campaign: a folder with campaign.yaml
    Campaign {
        /// Its id.
        id: String,
        /// Its title.
        #[arg(long)]
        title: Option<String>,
    },
    /// A unit, appended to campaigns/units.yaml
    Unit {
        /// Its id.
        id: String,
        /// Its name.
        #[arg(long)]
        name: Option<String>,
    },
}

/// `loa init`
///
/// # Errors
/// The folder is not empty, or cannot be written.
pub fn init(ctx: &Ctx, folder: &Path, name: Option<&str>) -> Done {
    let name = name.unwrap_or("Cơ quan của tôi");
    let today = ctx.now().with_timezone(&chrono_tz::Asia::Ho_Chi_Minh).date_naive();
    let made = crate::manifest::scaffold::init(folder, name, today).map_err(|e| unmade(ctx, folder, &e))?;
    say_made(ctx, &made);
    let (check, plan) = (ctx.hint_at(folder, &["check"]), ctx.hint_at(folder, &["plan"]));
    println!("{} {check} · {plan}", ctx.say("Tiếp theo:", "Next:"));
    Ok(Exit::Good)
}

/// Why nothing was written: the folder's name, and what the disk or the file says.
fn unmade(ctx: &Ctx, folder: &Path, e: &std::io::Error) -> Stop {
    let words = crate::manifest::unmade::words(e).map(|w| w.get(ctx.lang == Lang::Vi).to_owned());
    let words = words.unwrap_or_else(|| e.to_string());
    Stop::new(e.into(), format!("{}: {}", folder.display(), ctx.pasteable(&words)))
}

/// `loa new`
///
/// # Errors
/// A bad id, something is there already, or it cannot be written.
pub fn new(ctx: &Ctx, what: New) -> Done {
    let today = ctx.now().with_timezone(&chrono_tz::Asia::Ho_Chi_Minh).date_naive();
    let root = &ctx.root;
    let taken = match &what {
        New::Post { from: Some(file), .. } => Some(super::word::take(ctx, file)?),
        New::Post { from: None, .. } | New::Campaign { .. } | New::Unit { .. } => None,
    };
    let made = match &what {
        New::Post { campaign, id, title, .. } => {
            let content = taken.as_ref().map(|t| &t.content);
            crate::manifest::scaffold::new_post(root, campaign, id, title.as_deref(), content, today)
        }
        New::Campaign { id, title } => {
            crate::manifest::scaffold::new_campaign(root, id, title.as_deref(), today)
        }
        New::Unit { id, name } => crate::manifest::scaffold::new_unit(root, id, name.as_deref()),
    }
    .map_err(|e| unmade(ctx, root, &e))?;
    if ctx.json {
        let files: Vec<String> = made.files.iter().map(|f| f.display().to_string()).collect();
        let notes: Vec<&str> = made.notes.iter().map(|n| n.get(ctx.lang == Lang::Vi)).collect();
        let from = taken.as_ref().map(|t| super::word::json(ctx, t));
        println!("{}", serde_json::json!({ "files": files, "notes": notes, "from": from }));
        return Ok(Exit::Good);
    }
    say_made(ctx, &made);
    match (&taken, &what) {
        (Some(t), New::Post { campaign, id, title, .. }) => {
            super::word::say(ctx, t, title.as_deref());
            let (check, preview) =
                (ctx.hint(&["check"]), ctx.hint(&["preview", &format!("{campaign}/{id}")]));
            println!("{} {check} · {preview}", ctx.say("Tiếp theo:", "Next:"));
        }
        (Some(_) | None, _) => println!("{} {}", ctx.say("Tiếp theo:", "Next:"), ctx.hint(&["check"])),
    }
    Ok(Exit::Good)
}

fn say_made(ctx: &Ctx, made: &crate::manifest::scaffold::Made) {
    for path in &made.files {
        println!("{} {}", ctx.say("đã viết", "written"), path.display());
    }
    for note in &made.notes {
        println!("{} {}", ctx.say("Lưu ý:", "Note:"), note.get(ctx.lang == Lang::Vi));
    }
}

/// `loa check`
///
/// # Errors
/// Nothing can be read there.
pub fn check(ctx: &Ctx, fix: bool, dry_run: bool, settings_wanted: bool) -> Done {
    if !super::ctx::is_workspace(&ctx.root) {
        let (_, faults) = crate::config::load(&ctx.root, &ctx.env, false, &kinds());
        return Err(Stop::unusable(ctx.faults(&faults)));
    }
    let mut exit = Exit::Good;
    if fix {
        let fixed = crate::manifest::fix(&ctx.root, dry_run);
        for f in &fixed {
            let what: Vec<String> =
                f.repairs.iter().map(|(vi, en, n)| format!("{} ({n})", ctx.say(vi, en))).collect();
            let done = match (&f.failed, dry_run) {
                (Some(e), _) => {
                    exit = Exit::Unusable;
                    format!("{}: {e}", ctx.say("KHÔNG sửa được", "NOT repaired"))
                }
                (None, true) => ctx.say("sẽ sửa", "would repair").to_owned(),
                (None, false) => ctx.say("đã sửa", "repaired").to_owned(),
            };
            println!("{}: {done} {}", f.file, what.join(", "));
        }
        if fixed.is_empty() {
            println!("{}", ctx.say("Không có gì phải sửa.", "Nothing to repair."));
        }
    }
    let (settings, config_faults) = crate::config::load(&ctx.root, &ctx.env, false, &kinds());
    let settings = match settings {
        Some(s) => s,
        // The rest is read with the defaults, so that one slip in loa.yaml does not hide the others.
        None => crate::config::Settings::defaults(&ctx.root),
    };
    if settings_wanted {
        print_settings(ctx, &settings);
        return Ok(exit);
    }
    let loaded = ctx.load(&settings);
    let faults_at: Vec<(usize, usize)> = config_faults.iter().map(|f| (f.line, f.column)).collect();
    let mut faults: Vec<Fault> = config_faults;
    if let Ok(text) = std::fs::read(ctx.root.join("loa.yaml")) {
        // A slip that was named already is not named twice.
        let more = super::accounts::faults(&text);
        faults.extend(more.into_iter().filter(|f| !faults_at.contains(&(f.line, f.column))));
    }
    let mut summary = loaded.summary();
    faults.extend(crate::plan::vet::templates(&settings));
    faults.extend(crate::plan::vet::pictures(&loaded, &settings));
    summary.add(&faults);
    faults.extend(loaded.faults.iter().cloned());
    let faults: Vec<Fault> = faults.iter().map(|f| ctx.completed(f)).collect();
    if ctx.json {
        println!("{}", crate::manifest::to_json(&faults, &summary));
    } else {
        let color = std::io::IsTerminal::is_terminal(&std::io::stdout()) && !ctx.env.contains_key("NO_COLOR");
        print!("{}", crate::manifest::render_report(&faults, &summary, ctx.lang, color));
        if let Some(first) = faults.first() {
            println!(
                "{}   {}",
                ctx.say("Một mã nghĩa là gì:", "What a code means:"),
                ctx.hint(&["check", "--explain", first.code])
            );
        }
    }
    Ok(exit.max(Exit::of_faults(&faults)))
}

/// `loa check --explain CODE`
///
/// # Errors
/// There is no such code.
pub fn explain(ctx: &Ctx, word: &str) -> Done {
    use crate::manifest::codes;
    let Some(code) = codes::find(word) else {
        let near = codes::near(word).map_or_else(String::new, |n| match ctx.lang {
            Lang::Vi => format!(" Có phải {n}?"),
            Lang::En => format!(" Did you mean {n}?"),
        });
        return Err(Stop::no_such(match ctx.lang {
            Lang::Vi => format!("Không có mã “{word}”.{near} Mọi mã: docs/codes.md"),
            Lang::En => format!("There is no code “{word}”.{near} All codes: docs/codes.md"),
        }));
    };
    if ctx.json {
        println!("{}", code.to_json());
    } else {
        print!("{}", code.page(ctx.lang));
    }
    Ok(Exit::Good)
}

fn kinds() -> Vec<&'static str> {
    crate::transport::KINDS.iter().map(|k| k.name).collect()
}

fn print_settings(ctx: &Ctx, settings: &crate::config::Settings) {
    let table = settings.settings_table();
    if ctx.json {
        let json: Vec<_> = table
            .iter()
            .map(|s| serde_json::json!({ "key": s.key, "value": s.value, "origin": s.origin }))
            .collect();
        println!("{}", serde_json::Value::from(json));
    } else {
        let width = table.iter().map(|s| s.key.chars().count()).max().unwrap_or(0);
        for s in table {
            println!(
                "{:width$}  {}  ({})",
                s.key,
                s.value,
                s.origin.as_deref().unwrap_or(ctx.say("mặc định", "default"))
            );
        }
    }
}

/// `loa schema`
///
/// # Errors
/// The folder cannot be written, or there is no schema of that name.
pub fn schema(ctx: &Ctx, out: Option<&Path>, name: Option<&str>) -> Done {
    let all = crate::manifest::schema(ctx.lang, &crate::config::LOA);
    let mut found = false;
    for (file, value) in all {
        let stem = file.trim_end_matches(".json");
        if name.is_some_and(|n| n != stem) {
            continue;
        }
        found = true;
        let text = serde_json::to_string_pretty(&value)?;
        match out {
            Some(folder) => {
                std::fs::create_dir_all(folder).map_err(|e| Stop::file(folder, &e))?;
                let path = folder.join(file);
                std::fs::write(&path, format!("{text}\n")).map_err(|e| Stop::file(&path, &e))?;
                println!("{} {}", ctx.say("đã viết", "written"), path.display());
            }
            None => println!("{text}"),
        }
    }
    if found {
        Ok(Exit::Good)
    } else {
        Err(Stop::no_such(ctx.say("Không có lược đồ nào tên ấy.", "There is no schema of that name.")))
    }
}
