//! The stage of the rehearsal: a copy of the workspace, and when it begins.

use std::path::Path;

use chrono::{DateTime, NaiveTime, TimeDelta, TimeZone, Utc};

use crate::cli::{Ctx, Stop};
use crate::config::Settings;
use crate::domain::text::Lang;
use crate::plan::{self, Desired};

/// Copies the workspace to the stage and puts the drafts that must be held among the posts.
pub(super) fn set_stage(root: &Path, out: &Path, stage: &Path, lang: Lang) -> Result<usize, Stop> {
    if out.exists() {
        // Only what an earlier rehearsal made is removed.
        if !out.join("workspace").is_dir() && std::fs::read_dir(out)?.next().is_some() {
            return Err(Stop::refused(format!(
                "{}: {}",
                out.display(),
                lang.pick(
                    "không phải kết quả một lần diễn tập trước, Loa để nguyên; chọn thư mục khác bằng --out",
                    "not an earlier rehearsal, left alone; choose another folder with --out"
                )
            )));
        }
        std::fs::remove_dir_all(out)?;
    }
    std::fs::create_dir_all(stage)?;
    std::fs::copy(root.join("loa.yaml"), stage.join("loa.yaml"))?;
    for folder in ["campaigns", "templates"] {
        if root.join(folder).is_dir() {
            copy_tree(&root.join(folder), &stage.join(folder))?;
        }
    }
    let mut drafts = 0;
    for campaign in std::fs::read_dir(stage.join("campaigns"))? {
        let campaign = campaign?.path();
        let from = campaign.join("posts-nhap");
        if from.is_dir() {
            for draft in std::fs::read_dir(&from)? {
                let draft = draft?;
                copy_tree(&draft.path(), &campaign.join("posts").join(draft.file_name()))?;
                drafts += 1;
            }
        }
    }
    Ok(drafts)
}

fn copy_tree(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        match entry.file_type()? {
            t if t.is_dir() => copy_tree(&entry.path(), &target)?,
            t if t.is_file() => {
                std::fs::copy(entry.path(), target)?;
            }
            _ => {} // links stay behind
        }
    }
    Ok(())
}

/// Two days before the first sending of the programme that is not long past, 07:00.
pub(super) fn beginning(ctx: &Ctx, settings: &Settings, stage: &Path) -> Result<DateTime<Utc>, Stop> {
    let today = ctx.now().with_timezone(&settings.time_zone).date_naive();
    let loaded = crate::manifest::load(stage, settings, today);
    let all = Desired::of(&loaded.workspace, settings, &[], DateTime::UNIX_EPOCH);
    let first = all.occurrences.values().map(|o| o.due_at).min().ok_or_else(|| {
        let check = ctx.hint(&["check"]);
        Stop::attention(match ctx.lang {
            Lang::Vi => format!("Không có bài nào để diễn tập. Xem:   {check}"),
            Lang::En => format!("The workspace has no post to rehearse. See:   {check}"),
        })
    })?;
    let day = plan::instant(first).with_timezone(&settings.time_zone).date_naive() - TimeDelta::days(2);
    let wall = day.and_time(NaiveTime::from_hms_opt(7, 0, 0).unwrap_or_default());
    Ok(settings.time_zone.from_local_datetime(&wall).earliest().map_or(plan::instant(first), |t| t.to_utc()))
}
