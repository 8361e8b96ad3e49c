//! `loa kit …`: official material, looked over, fetched, compared, pinned, carried, drafted.

mod carry;
mod words;

use std::path::{Path, PathBuf};

use clap::Subcommand;

use super::{Ctx, Done, Exit, Stop};
use crate::domain::text::{Lang, size};
use crate::kit::{KitError, short};
use crate::mirror::{self, Fetched, Health, Kit, Looked, NoKit};
use carry::{import, pack, unpack};
use words::{refused, words};

/// `loa kit …`
#[derive(Debug, Subcommand)]
pub enum KitCommand {
    /// Mỗi tư liệu: đã ghim, thiếu, đã đổi; bài nào dùng · how each asset is, and which posts use it.
    Status,
    /// Kiểm tra từng tệp của bộ tư liệu và của kho var/assets · test every file.
    Verify,
    /// Tải bản gốc từ địa chỉ công bố; không tự ghim · fetch originals; pins nothing.
    Sync {
        /// Only these assets.
        ids: Vec<String>,
    },
    /// Trang so bản đang ghim với bản gốc đã đổi · a page that shows both versions.
    Compare {
        /// Where to write it (default var/kit/compare.html).
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// Ghim: bản gốc đã đổi, hoặc tệp đang nằm trong thư mục · pin what was found, or the file as it lies there.
    Pin {
        /// Which assets.
        #[arg(required = true)]
        ids: Vec<String>,
    },
    /// Giữ bản đang ghim dù bản gốc đã đổi · keep the pinned file though its original changed.
    Keep {
        /// Which assets.
        #[arg(required = true)]
        ids: Vec<String>,
    },
    /// Ghim mọi tệp như đang nằm trong thư mục · pin all files as they lie there now.
    Lock,
    /// Gói cả bộ vào một tệp, mang đến nơi không có Internet · one file that carries the kit.
    Pack {
        /// The file to make (a tar).
        file: PathBuf,
    },
    /// Nhận bộ tư liệu từ một tệp đã gói · take a pack in.
    Unpack {
        /// The pack.
        file: PathBuf,
        /// Pin what is new here as it was pinned there.
        #[arg(long)]
        pin: bool,
    },
    /// Soạn nháp media-kit.yaml từ một trang hoặc một thư mục · draft entries from a page or a folder.
    Import {
        /// An address, or a folder.
        source: String,
        /// Add them to media-kit.yaml instead of printing.
        #[arg(long)]
        append: bool,
    },
}

/// `loa kit …`
///
/// # Errors
/// There is no kit, it cannot be read, a file cannot be used, or the disk refuses.
pub async fn kit(ctx: &Ctx, what: KitCommand) -> Done {
    // The kit is the office's own: pins that a rehearsal changed would hold, or let go, real posts.
    let reads = matches!(
        what,
        KitCommand::Status
            | KitCommand::Verify
            | KitCommand::Compare { .. }
            | KitCommand::Pack { .. }
            | KitCommand::Import { append: false, .. }
    );
    if ctx.sandbox && !reads {
        return Err(Stop::refused(ctx.say(
            "Bộ tư liệu là của cả cơ quan, không có bản chạy thử: gõ lại lệnh này không có --sandbox.",
            "The kit is the office's own; there is none for rehearsals. Type this command without --sandbox.",
        )));
    }
    match what {
        KitCommand::Status => status(ctx),
        KitCommand::Verify => verify(ctx),
        KitCommand::Sync { ids } => sync(ctx, ids).await,
        KitCommand::Compare { out } => {
            let kit = open(ctx)?;
            let file = out.unwrap_or_else(|| compare_file(ctx));
            let changed = compare(ctx, &kit, &file)?;
            println!("{}", file.display());
            Ok(Exit::attention_if(changed > 0))
        }
        KitCommand::Pin { ids } => pin(ctx, &ids),
        KitCommand::Keep { ids } => keep(ctx, &ids),
        KitCommand::Lock => lock(ctx),
        KitCommand::Pack { file } => pack(ctx, &file),
        KitCommand::Unpack { file, pin } => unpack(ctx, &file, pin),
        KitCommand::Import { source, append } => import(ctx, &source, append).await,
    }
}

fn open(ctx: &Ctx) -> Result<Kit, Stop> {
    Kit::open(&ctx.root, &var(ctx)).map_err(|e| none(ctx, e))
}

/// Where the kit keeps what was fetched: rehearsals have none of their own.
fn var(ctx: &Ctx) -> PathBuf {
    ctx.root.join("var")
}

/// Why there is no kit, in words.
fn none(ctx: &Ctx, e: NoKit) -> Stop {
    let ids = ctx.hint(&["kit", "status"]);
    match e {
        NoKit::NotThere => Stop::attention(format!(
            "{}   {}",
            ctx.say(
                "Chưa có campaigns/media-kit.yaml. Soạn nháp từ một trang hoặc một thư mục:",
                "There is no campaigns/media-kit.yaml. Draft one from a page or a folder:"
            ),
            ctx.hint(&["kit", "import", ctx.say("ĐỊA-CHỈ", "ADDRESS"), "--append"])
        )),
        NoKit::Faults(faults) => Stop::attention(ctx.faults(&faults)),
        NoKit::NoSuch(id) => Stop::new(
            Exit::NoSuch,
            match ctx.lang {
                Lang::Vi => format!("Bộ tư liệu không có mã “{id}”. Xem các mã:   {ids}"),
                Lang::En => format!("The kit has no “{id}”. See all ids:   {ids}"),
            },
        ),
        NoKit::File(e) => Stop::new(ending(&e), words(ctx, &e)),
    }
}

fn ending(e: &KitError) -> Exit {
    match e {
        KitError::Io(_, io) => io.into(),
        KitError::Taken(_) => Exit::Refused,
        KitError::TooLarge(..)
        | KitError::Empty
        | KitError::UnknownType
        | KitError::Lies { .. }
        | KitError::TooManyPixels { .. }
        | KitError::BadPicture(_)
        | KitError::NotWhole(_)
        | KitError::WrongHash { .. }
        | KitError::NotPublished { .. }
        | KitError::BadHash(_)
        | KitError::Missing(_) => Exit::Attention,
    }
}

/// How an asset is, in words; and what to type.
fn health(ctx: &Ctx, kit: &Kit, id: &str, h: &Health) -> (String, Option<String>) {
    let (vi, en, hint) = match h {
        Health::Found(_) if kit.found_elsewhere(id).is_some() => (
            "BẢN GỐC ĐÃ ĐỔI (bản mới chưa có ở máy này)",
            "ORIGINAL CHANGED (the new one is not on this computer)",
            Some(ctx.hint(&["kit", "sync", id])),
        ),
        Health::Pinned => ("đã ghim", "pinned", None),
        Health::Found(_) => ("BẢN GỐC ĐÃ ĐỔI", "ORIGINAL CHANGED", Some(ctx.hint(&["kit", "compare"]))),
        Health::Missing(true) => ("CHƯA CÓ TỆP", "NO FILE", Some(ctx.hint(&["kit", "sync", id]))),
        Health::Missing(false) => ("CHƯA CÓ TỆP", "NO FILE", None),
        Health::Changed => ("TỆP KHÁC BẢN GHIM", "FILE DIFFERS", Some(ctx.hint(&["kit", "compare"]))),
        Health::NotPinned => ("CHƯA GHIM", "NOT PINNED", Some(ctx.hint(&["kit", "pin", id]))),
        Health::NotPublished => ("KHÁC MÃ BĂM CÔNG BỐ", "NOT AS PUBLISHED", None),
        Health::Bad(e) => {
            return (format!("{}: {}", ctx.say("TỆP KHÔNG DÙNG ĐƯỢC", "UNUSABLE FILE"), words(ctx, e)), None);
        }
    };
    (ctx.say(vi, en).to_owned(), hint)
}

fn status(ctx: &Ctx) -> Done {
    let kit = open(ctx)?;
    let looked: Vec<Looked> = kit.assets.iter().map(|a| kit.look(a)).collect();
    let bad = looked.iter().filter(|l| !l.health.is_good()).count();
    if ctx.json {
        let rows: Vec<_> = kit
            .assets
            .iter()
            .zip(&looked)
            .map(|(a, l)| {
                serde_json::json!({
                    "id": a.id, "kind": a.kind, "title": a.title, "state": l.health.word(),
                    "sha256": l.file.as_ref().map(|f| &f.0), "bytes": l.file.as_ref().map(|f| f.1),
                    "mime": l.info.map(|i| i.mime), "pixels": l.info.and_then(|i| i.pixels), "used_by": kit.users(&a.id),
                })
            })
            .collect();
        println!("{}", serde_json::Value::from(rows));
        return Ok(Exit::attention_if(bad > 0));
    }
    let width = kit.assets.iter().map(|a| a.id.chars().count()).max().unwrap_or(0);
    for (a, l) in kit.assets.iter().zip(&looked) {
        let (state, hint) = health(ctx, &kit, &a.id, &l.health);
        let kind = l.info.map_or("–", |i| i.mime);
        let pixels = l.info.and_then(|i| i.pixels).map_or_else(String::new, |(w, h)| format!(" {w} × {h}"));
        let bytes = l.file.as_ref().map_or_else(|| "–".into(), |f| size(f.1, ctx.lang));
        println!("{:width$}  {state}  · {kind}{pixels} · {bytes} · {}", a.id, a.title);
        let users = kit.users(&a.id);
        let pad = " ".repeat(width + 2);
        if users.is_empty() {
            println!("{pad}{}", ctx.say("chưa bài nào dùng", "used by no post"));
        } else {
            println!("{pad}{}: {}", ctx.say("dùng trong", "used by"), users.join(", "));
        }
        if let Some(hint) = hint {
            println!("{pad}{}   {}", ctx.say("Gõ:", "Type:"), hint);
        }
    }
    let n = kit.assets.len();
    println!(
        "{}",
        match (ctx.lang, bad) {
            (Lang::Vi, 0) => format!("{n} tư liệu, tất cả đúng bản đã ghim."),
            (Lang::En, 0) => format!("{n} assets, all as they were pinned."),
            (Lang::Vi, b) =>
                format!("{n} tư liệu, {b} cần người xem. Bài dùng những tư liệu ấy đang được giữ."),
            (Lang::En, b) => format!("{n} assets, {b} need a person. Posts that use those are held."),
        }
    );
    Ok(Exit::attention_if(bad > 0))
}

fn verify(ctx: &Ctx) -> Done {
    let kit = open(ctx)?;
    let mut bad = 0;
    for a in &kit.assets {
        let looked = kit.look(a);
        if !looked.health.is_good() {
            bad += 1;
            println!("{}: {}", a.id, health(ctx, &kit, &a.id, &looked.health).0);
        }
    }
    let stored = kit.store().verify().map_err(|e| none(ctx, e.into()))?;
    let broken: Vec<_> = stored.iter().filter_map(|(h, r)| r.as_ref().err().map(|e| (h, e))).collect();
    for (hash, e) in &broken {
        println!("var/assets {}…: {}", short(hash), words(ctx, e));
    }
    let (n, s, b) = (kit.assets.len(), stored.len(), bad + broken.len());
    println!(
        "{}",
        match ctx.lang {
            Lang::Vi => format!("Đã kiểm tra {n} tư liệu, {s} tệp trong kho var/assets: {b} chỗ sai."),
            Lang::En => format!("Tested {n} assets and {s} stored files: {b} wrong."),
        }
    );
    Ok(Exit::attention_if(b > 0))
}

async fn sync(ctx: &Ctx, ids: Vec<String>) -> Done {
    let settings = ctx.settings(false)?;
    let mut kit = open(ctx)?;
    let all = ids.is_empty();
    let ids = if all { kit.assets.iter().map(|a| a.id.clone()).collect() } else { ids };
    for id in &ids {
        kit.asset(id).map_err(|e| none(ctx, e))?;
    }
    let today = ctx.now().with_timezone(&settings.time_zone).date_naive();
    let (mut person, mut pages, mut changed) = (false, vec![], false);
    let mut rows = vec![];
    for id in &ids {
        let got =
            mirror::sync(&mut kit, id, &settings.kit_hosts, None, today).await.map_err(|e| none(ctx, e))?;
        person |= got.needs_person();
        changed |= matches!(got, Fetched::Changed(_));
        if matches!(got, Fetched::NoFile) && all {
            pages.push(id.clone());
            continue;
        }
        if ctx.json {
            rows.push(serde_json::json!({ "id": id, "became": word(&got), "says": became(ctx, id, &got) }));
        } else {
            println!("{id}: {}", became(ctx, id, &got));
        }
    }
    if ctx.json {
        println!("{}", serde_json::Value::from(rows));
    } else if !pages.is_empty() {
        let list = pages.join(", ");
        let import = ctx.hint(&["kit", "import", ctx.say("ĐỊA-CHỈ", "ADDRESS")]);
        println!(
            "{}",
            match ctx.lang {
                Lang::Vi => format!(
                    "Không có địa chỉ của chính tệp, nên không tải: {list}. Tìm tệp trên một trang:   {import}"
                ),
                Lang::En => format!(
                    "No address of the file itself, so not fetched: {list}. Find files on a page:   {import}"
                ),
            }
        );
    }
    if changed {
        let file = compare_file(ctx);
        compare(ctx, &kit, &file)?;
        if !ctx.json {
            println!("{} {}", ctx.say("So hai bản:", "Both versions:"), file.display());
        }
    }
    Ok(Exit::attention_if(person))
}

fn word(f: &Fetched) -> &'static str {
    match f {
        Fetched::NoFile => "no_file_address",
        Fetched::Pinned => "pinned",
        Fetched::Same => "same",
        Fetched::Restored => "restored",
        Fetched::New => "new",
        Fetched::Changed(_) => "changed",
        Fetched::Kept => "kept",
        Fetched::Refused(_) => "refused",
    }
}

/// What became of an asset, in words.
fn became(ctx: &Ctx, id: &str, f: &Fetched) -> String {
    let say = |vi: &str, en: &str| if ctx.lang == Lang::Vi { vi.to_owned() } else { en.to_owned() };
    let (pin, keep) = (ctx.hint(&["kit", "pin", id]), ctx.hint(&["kit", "keep", id]));
    match f {
        Fetched::NoFile => say("địa chỉ là một trang, không phải tệp", "its address is a page, not a file"),
        Fetched::Pinned => say("đã nhận và ghim", "taken in and pinned"),
        Fetched::Same => say("vẫn là bản đã ghim", "still what is pinned"),
        Fetched::Restored => {
            say("đã lấy lại tệp bị mất, đúng bản đã ghim", "the lost file is back, as it was pinned")
        }
        Fetched::New => say(
            &format!("đã có tệp, chưa ghim. Xem tệp rồi gõ:   {pin}"),
            &format!("the file is here, not pinned. Look at it, then type:   {pin}"),
        ),
        Fetched::Changed(h) => say(
            &format!(
                "BẢN GỐC ĐÃ ĐỔI ({}…). Bản đang dùng không bị thay; bài dùng tư liệu này được giữ cho đến khi chọn:   {pin}   hoặc   {keep}",
                short(h)
            ),
            &format!(
                "THE ORIGINAL HAS CHANGED ({}…). What is in use was not replaced; posts that use it are held until somebody chooses:   {pin}   or   {keep}",
                short(h)
            ),
        ),
        Fetched::Kept => say(
            "bản gốc khác bản đang ghim, đã có người xem và giữ bản đang ghim",
            "the original differs; somebody looked and kept what is pinned",
        ),
        Fetched::Refused(r) => {
            format!("{}: {}", ctx.say("KHÔNG NHẬN", "NOT TAKEN"), refused(ctx, r))
        }
    }
}
fn compare_file(ctx: &Ctx) -> PathBuf {
    var(ctx).join("kit/compare.html")
}

/// Writes the page; how many changed.
fn compare(ctx: &Ctx, kit: &Kit, file: &Path) -> Result<usize, Stop> {
    let pairs = kit.pairs();
    let typed = |words: &[&str]| ctx.hint_at(&ctx.root, words);
    let (html, files) = mirror::page(&pairs, ctx.lang, &typed);
    let beside =
        |(name, bytes): &(String, Vec<u8>)| crate::kit::write_whole(&file.with_file_name(name), bytes);
    let written = files.iter().try_for_each(beside);
    written.and_then(|()| crate::kit::write_whole(file, html.as_bytes())).map_err(|e| none(ctx, e.into()))?;
    Ok(pairs.len())
}

fn pin(ctx: &Ctx, ids: &[String]) -> Done {
    let mut kit = open(ctx)?;
    for id in ids {
        kit.asset(id).map_err(|e| none(ctx, e))?;
    }
    for id in ids {
        if kit.found_elsewhere(id).is_some() {
            return Err(not_here(ctx, id));
        }
        let pin = kit.pin(id).map_err(|e| match e {
            NoKit::File(e) => Stop::new(ending(&e), format!("{id}: {}", words(ctx, &e))),
            other @ (NoKit::NotThere | NoKit::Faults(_) | NoKit::NoSuch(_)) => none(ctx, other),
        })?;
        println!(
            "{id}: {} {}… · {} · {}",
            ctx.say("đã ghim", "pinned"),
            short(&pin.sha256),
            pin.mime,
            size(pin.bytes, ctx.lang)
        );
        for user in kit.users(id) {
            println!("    {} {user}", ctx.say("phải duyệt lại:", "must be approved again:"));
        }
    }
    Ok(Exit::Good)
}

/// What was found by another computer is looked at before anybody decides.
fn not_here(ctx: &Ctx, id: &str) -> Stop {
    let sync = ctx.hint(&["kit", "sync", id]);
    Stop::attention(match ctx.lang {
        Lang::Vi => format!("{id}: bản mới do máy khác tải, chưa có ở máy này. Tải về để xem đã:   {sync}"),
        Lang::En => {
            format!("{id}: another computer fetched the new one; it is not here. Fetch it first:   {sync}")
        }
    })
}

fn keep(ctx: &Ctx, ids: &[String]) -> Done {
    let mut kit = open(ctx)?;
    for id in ids {
        let kept = kit.keep(id).map_err(|e| none(ctx, e))?;
        let says = if kept {
            ctx.say("giữ bản đang ghim", "the pinned file is kept")
        } else {
            ctx.say("bản gốc không đổi, không phải làm gì", "the original has not changed; nothing to do")
        };
        println!("{id}: {says}");
    }
    Ok(Exit::Good)
}

#[expect(clippy::wildcard_enum_match_arm, reason = "one of them means something else here")]
fn lock(ctx: &Ctx) -> Done {
    let mut kit = open(ctx)?;
    let ids: Vec<String> = kit.assets.iter().map(|a| a.id.clone()).collect();
    let mut pins = crate::kit::Lock::default();
    for a in &kit.assets {
        kit.within(a).map_err(|e| Stop::attention(words(ctx, &e)))?;
        let path = kit.path(a);
        let named = |e: &KitError| format!("{}: {}", path.display(), words(ctx, e));
        let bytes = crate::kit::read(&path).map_err(|e| match &e {
            // The register names a file that is not there.
            KitError::Io(_, io) if io.kind() == std::io::ErrorKind::NotFound => Stop::attention(named(&e)),
            _ => Stop::new(ending(&e), named(&e)),
        })?;
        let name = path.file_name().and_then(|n| n.to_str());
        let info = crate::kit::inspect(&bytes, name).map_err(|e| Stop::attention(named(&e)))?;
        let sha256 = crate::kit::hash(&bytes);
        // What a sync found waits for a person all the same.
        let old = kit.lock.pins.get(&a.id);
        let gone = old.and_then(|p| p.gone.clone());
        let found = old.and_then(|p| p.found.clone()).filter(|f| *f != sha256);
        let kept = old.and_then(|p| p.kept.clone()).filter(|f| *f != sha256);
        kit.remember(&bytes, info.mime);
        let pin =
            crate::kit::Pin { sha256, bytes: bytes.len() as u64, mime: info.mime.into(), found, kept, gone };
        pins.pins.insert(a.id.clone(), pin);
    }
    kit.lock = pins;
    kit.write_lock().map_err(|e| none(ctx, e.into()))?;
    let (n, file) = (ids.len(), ctx.root.join("campaigns/media-kit.lock"));
    println!(
        "{}",
        match ctx.lang {
            Lang::Vi =>
                format!("Đã ghim {n} tư liệu vào {}. Bài dùng tư liệu đổi phải duyệt lại.", file.display()),
            Lang::En => format!(
                "Pinned {n} assets in {}. Posts whose assets changed must be approved again.",
                file.display()
            ),
        }
    );
    Ok(Exit::Good)
}
