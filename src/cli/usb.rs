//! `loa usb`: sheets and recordings for stations, into folders on a USB stick.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use clap::Args;

use super::{Ctx, Done, Exit, Stop};
use crate::domain::id::UnitId;
use crate::domain::text::Lang;
use crate::domain::unit::Family;
use crate::plan::desired::iso_week;
use crate::plan::sheets::week_start;
use crate::plan::usb::{self, Folder, UsbFault};

/// `loa usb`
#[derive(Debug, Args)]
pub struct UsbArgs {
    /// Thư mục, thường là trên USB · folder, usually on the stick
    dir: PathBuf,
    /// Chỉ tuần này: 2026-W50; mặc định tuần này và các tuần sau đã có phiếu · only this week
    #[arg(long, value_name = "WEEK")]
    week: Option<String>,
    /// Chỉ đài của đơn vị này · only the station of this unit
    #[arg(long, value_name = "UNIT")]
    unit: Option<String>,
}

/// `loa usb`
///
/// # Errors
/// There is no sheet; something else lies in the folder; a file is gone or cannot be written.
pub async fn usb(ctx: &Ctx, a: UsbArgs) -> Done {
    let settings = ctx.settings(false)?;
    let today = ctx.now().with_timezone(&settings.time_zone).date_naive();
    let weeks = match a.week.as_deref() {
        None => (iso_week(today), "9999-W53".to_owned()),
        Some(w) if week_start(w).is_some() => (w.to_owned(), w.to_owned()),
        Some(w) => {
            let like = iso_week(today);
            return Err(Stop::no_such(match ctx.lang {
                Lang::Vi => format!("{w}: không phải một tuần. Viết như {like}"),
                Lang::En => format!("{w} is no week. Write it like {like}"),
            }));
        }
    };
    if let Some(unit) = &a.unit {
        let loaded = ctx.load(&settings);
        let id: UnitId = super::preview::known_unit(ctx, &loaded.workspace, unit)?;
        let known = loaded.workspace.units.get(&id);
        if let Some(u) = known.filter(|u| u.station.is_none() && !u.channels.contains_key(&Family::Station)) {
            return Err(Stop::no_such(match ctx.lang {
                Lang::Vi => {
                    format!("{} ({id}) chưa khai đài truyền thanh: không có phiếu nào để chép.", u.name)
                }
                Lang::En => format!("{} ({id}) has no station: there is no sheet to copy.", u.name),
            }));
        }
    }
    let store = ctx.look(&settings).await?;
    let found = usb::gather(&store, (&weeks.0, &weeks.1), a.unit.as_deref()).await?;
    if found.folders.is_empty() && found.waiting.is_empty() {
        let status = ctx.hint(&["status"]);
        return Err(Stop::no_such(match ctx.lang {
            Lang::Vi => format!(
                "Chưa có phiếu nào. Loa làm phiếu lúc 14:00, ba ngày trước ngày đầu của tuần phát (thứ Sáu). Xem:   {status}"
            ),
            Lang::En => format!(
                "There is no sheet yet. They are made at 14:00, three days before the first day of the week (a Friday). See:   {status}"
            ),
        }));
    }
    there(ctx, &a.dir)?;
    let written = usb::write(&a.dir, &found.folders, &ctx.assets()).map_err(|f| stop(ctx, &f))?;
    say(ctx, &a.dir, &found.folders, &found.waiting, written);
    let windows = usb::left_by_windows(&a.dir, &found.folders);
    if !windows.is_empty() {
        let list: Vec<String> = windows.iter().map(|p| p.display().to_string()).collect();
        eprintln!(
            "{}: {}",
            ctx.say(
                "Bỏ qua tệp do Windows để lại, máy phát không phát",
                "Left alone: Windows' own files, which no player plays"
            ),
            list.join(", ")
        );
    }
    Ok(Exit::attention_if(!found.waiting.is_empty()))
}

/// That the folder is there, and a word if it seems to lie on no stick. A folder that is not there is never made: it would lie on the
/// computer's own disk, and the stick that was not in would stay empty.
fn there(ctx: &Ctx, dir: &Path) -> Result<(), Stop> {
    let at = dir.display();
    if !dir.is_dir() {
        return Err(Stop::no_such(match ctx.lang {
            Lang::Vi => format!(
                "Chưa ghi gì: không có thư mục {at}. Cắm USB, mở nó một lần trong trình quản lý tệp (hoặc gõ lsblk để xem nó nằm ở đâu), rồi \
                 gõ lại với đúng thư mục ấy. Muốn chép vào một thư mục trên máy thì tạo thư mục trước."
            ),
            Lang::En => format!(
                "Nothing was written: there is no folder {at}. Put the stick in, open it once in the file manager (or type lsblk to see where \
                 it is), and type this again with that folder. To copy into a folder of this computer, make it first."
            ),
        }));
    }
    let disk = |p: &Path| std::fs::metadata(p).ok().map(|m| m.dev());
    if [Path::new("/"), &ctx.root].iter().any(|own| disk(own).is_some_and(|d| Some(d) == disk(dir))) {
        eprintln!(
            "{}",
            match ctx.lang {
                Lang::Vi => format!(
                    "Chú ý: {at} nằm trên đĩa của máy này, không phải trên USB. Nếu định chép vào USB thì xem lại thư mục."
                ),
                Lang::En => format!(
                    "Note: {at} lies on this computer's own disk, not on a stick. If it should be one, look at the folder again."
                ),
            }
        );
    }
    Ok(())
}

fn say(ctx: &Ctx, dir: &std::path::Path, folders: &[Folder], waiting: &[String], written: usize) {
    if ctx.json {
        let all: Vec<_> = folders
            .iter()
            .map(|f| {
                let sounds: Vec<_> =
                    f.sounds.iter().map(|(n, a)| serde_json::json!({ "name": n, "sha256": a.sha256 })).collect();
                serde_json::json!({ "folder": f.name, "unit": f.unit, "code": f.code, "sounds": sounds, "read": f.read })
            })
            .collect();
        println!("{}", serde_json::json!({ "folders": all, "waiting": waiting, "written": written }));
        return;
    }
    for f in folders {
        let (at, unit, code, n, read) =
            (dir.join(&f.name).display().to_string(), &f.unit, &f.code, f.sounds.len(), f.read);
        println!(
            "{}",
            match ctx.lang {
                Lang::Vi => format!("{at}   {unit}, mã tờ {code}: {n} bản thu âm, {read} bài đọc theo phiếu"),
                Lang::En =>
                    format!("{at}   {unit}, sheet {code}: {n} recordings, {read} read from the sheet"),
            }
        );
    }
    if !folders.is_empty() {
        let n = folders.len();
        println!(
            "{}",
            match ctx.lang {
                Lang::Vi => format!(
                    "{n} thư mục, ghi {written} tệp, đã đối chiếu SHA-256. In 00-phieu.html để ký; tháo USB bằng lệnh của máy rồi mới rút."
                ),
                Lang::En => format!(
                    "{n} folders, {written} files written and compared by SHA-256. Print 00-phieu.html; eject the stick before pulling it."
                ),
            }
        );
    }
    if !waiting.is_empty() {
        let list = waiting.join(", ");
        let status = ctx.hint(&["status"]);
        println!(
            "{}",
            match ctx.lang {
                Lang::Vi =>
                    format!("Chưa chép, vì phiếu đang bị giữ hoặc sắp làm lại: {list}. Xem:   {status}"),
                Lang::En => format!("Not copied, held or about to be made anew: {list}. See:   {status}"),
            }
        );
    }
}

fn stop(ctx: &Ctx, f: &UsbFault) -> Stop {
    let vi = ctx.lang == Lang::Vi;
    match f {
        UsbFault::There(paths) => {
            let list: Vec<String> = paths.iter().take(3).map(|p| p.display().to_string()).collect();
            let list = format!("{}{}", list.join(", "), if paths.len() > 3 { ", …" } else { "" });
            Stop::refused(if vi {
                format!(
                    "Chưa ghi gì: đã có tệp khác ở đây, máy phát sẽ phát cả tệp ấy: {list}. Xóa các tệp ấy, hoặc chọn thư mục khác."
                )
            } else {
                format!(
                    "Nothing was written: other files lie there, and a player would play them: {list}. Delete them, or choose another folder."
                )
            })
        }
        UsbFault::File(path, e) => Stop::unusable(if vi {
            format!("{}: không chép được, các tệp trước đó đã chép: {e}", path.display())
        } else {
            format!("{}: it could not be copied; what came before it was: {e}", path.display())
        }),
        UsbFault::Broken(path) => Stop::attention(if vi {
            format!("{}: đọc lại khác bản đã ghi, USB có thể hỏng. Dùng USB khác.", path.display())
        } else {
            format!(
                "{}: it reads other than it was written; the stick may be broken. Use another.",
                path.display()
            )
        }),
    }
}
