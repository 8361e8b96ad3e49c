//! `loa unit list`, `loa kit lock`: the registers an author looks into.

use clap::Subcommand;
use sha2::{Digest as _, Sha256};

use super::{Ctx, Done, Exit, Stop, folder};
use crate::domain::text::{self, Lang};

/// `loa unit …`
#[derive(Debug, Subcommand)]
pub enum UnitCommand {
    /// Every name that `to:` may use: units, groups, lists.
    List,
}

/// `loa kit …`
#[derive(Debug, Subcommand)]
pub enum KitCommand {
    /// Pin the files of the media kit as they lie there now (campaigns/media-kit.lock).
    Lock,
}

/// `loa unit list`
///
/// # Errors
/// The workspace cannot be read.
pub fn units(ctx: &Ctx, _what: UnitCommand) -> Done {
    let settings = ctx.settings(false)?;
    let loaded = ctx.load(&settings);
    let ws = &loaded.workspace;
    let mut rows: Vec<(String, String, String)> = Vec::new();
    for u in ws.units.values() {
        let channels: Vec<&str> = u.channels.keys().map(|f| f.as_str()).collect();
        rows.push((
            u.id.to_string(),
            ctx.say("đơn vị", "unit").into(),
            format!("{} · {}", u.name, channels.join(", ")),
        ));
    }
    for g in ws.groups.values() {
        let n = text::number(g.units.len() as i64, ctx.lang);
        let what = match ctx.lang {
            Lang::Vi => format!("{n} đơn vị"),
            Lang::En => format!("{n} units"),
        };
        rows.push((g.id.to_string(), ctx.say("nhóm", "group").into(), what));
    }
    for l in ws.lists.values() {
        let n = text::number(l.contacts.len() as i64, ctx.lang);
        let what = match ctx.lang {
            Lang::Vi => format!("{} · {n} người", l.title),
            Lang::En => format!("{} · {n} people", l.title),
        };
        rows.push((l.id.to_string(), ctx.say("danh sách", "list").into(), what));
    }
    print(ctx, &rows);
    // A name that is missing here may stand in a file that cannot be read.
    let faults: Vec<_> = folder::shared_faults(&loaded).collect();
    if !faults.is_empty() {
        eprintln!("{}", folder::sentence(ctx, &faults));
    }
    Ok(Exit::of_faults(faults))
}

fn print(ctx: &Ctx, rows: &[(String, String, String)]) {
    if ctx.json {
        let json: Vec<_> = rows
            .iter()
            .map(|(id, kind, what)| serde_json::json!({ "id": id, "kind": kind, "what": what }))
            .collect();
        println!("{}", serde_json::Value::from(json));
        return;
    }
    let a = rows.iter().map(|r| r.0.chars().count()).max().unwrap_or(0);
    let b = rows.iter().map(|r| r.1.chars().count()).max().unwrap_or(0);
    for (id, kind, what) in rows {
        println!("{id:a$}  {kind:b$}  {what}");
    }
}

/// `loa kit lock`
///
/// # Errors
/// The register or a file of it cannot be read, or is not what it says; nothing is written then.
pub fn kit(ctx: &Ctx, _what: KitCommand) -> Done {
    let folder = ctx.root.join("campaigns");
    let (file, lock) = (folder.join("media-kit.yaml"), folder.join("media-kit.lock"));
    let bytes = std::fs::read(&file).map_err(|e| Stop::file(&file, &e))?;
    let parsed = crate::yaml::parse_bytes("campaigns/media-kit.yaml", &bytes);
    let Some(root) = parsed.root else {
        return Err(Stop::attention(ctx.faults(&parsed.faults)));
    };
    let mut out = String::from(
        "# Do lệnh `kit lock` của Loa ghi, đừng sửa tay. Mỗi tư liệu: mã băm SHA-256, dung lượng (byte), loại tệp.\n",
    );
    let mut n = 0;
    for (id, asset) in root.get("assets").map(|a| a.entries()).unwrap_or_default() {
        let Some(name) = asset.str("file") else { continue };
        let path = folder.join(name);
        let bytes = std::fs::read(&path).map_err(|e| {
            if e.kind() == std::io::ErrorKind::NotFound {
                // The register names a file that is not there.
                Stop::attention(format!("{}: {e}", path.display()))
            } else {
                Stop::file(&path, &e)
            }
        })?;
        let info = crate::kit::inspect(&bytes, path.file_name().and_then(|n| n.to_str()))
            .map_err(|e| Stop::attention(format!("{}: {e}", path.display())))?;
        let hash: String = Sha256::digest(&bytes).iter().map(|b| format!("{b:02x}")).collect();
        out.push_str(&format!(
            "{}:\n  sha256: {hash}\n  bytes: {}\n  mime: {}\n",
            id.written,
            bytes.len(),
            info.mime
        ));
        n += 1;
    }
    let temporary = folder.join(".media-kit.lock.new");
    std::fs::write(&temporary, out).map_err(|e| Stop::file(&temporary, &e))?;
    std::fs::rename(&temporary, &lock).map_err(|e| Stop::file(&lock, &e))?;
    println!(
        "{}",
        match ctx.lang {
            Lang::Vi =>
                format!("Đã ghim {n} tư liệu vào {}. Bài dùng tư liệu đổi phải duyệt lại.", lock.display()),
            Lang::En => format!(
                "Pinned {n} assets in {}. Posts whose assets changed must be approved again.",
                lock.display()
            ),
        }
    );
    Ok(Exit::Good)
}
