//! `loa db`, `loa backup`, `loa restore`: the ledger as a thing that is moved, kept and put back.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::json;

use super::{Ctx, Done, Exit, Stop};
use crate::config::Settings;
use crate::daemon::Lock;
use crate::domain::text::{self, Lang};
use crate::plan::{instant, ms};
use crate::store::{Partitions, Store, StoreError};

macro_rules! say {
    ($lang:expr, $vi:literal, $en:literal) => {
        match $lang {
            Lang::Vi => format!($vi),
            Lang::En => format!($en),
        }
    };
}

/// `loa db …`
#[derive(Debug, Subcommand)]
pub enum DbCommand {
    /// Các bước của lược đồ, dung lượng, số dòng · steps of the schema, size, rows
    Status,
    /// Đưa lược đồ lên mới nhất · apply the steps that are missing
    Up,
    /// Rút lại bước cuối cùng, mất những gì nó chứa · take back the last step, with all that it holds
    Down {
        /// Đã hiểu là mất · the loss is understood
        #[arg(long)]
        yes: bool,
    },
    /// Chép toàn bộ sang cơ sở dữ liệu mới, có đối chiếu · copy everything into a new database, compared
    Copy {
        /// `postgres://…` hoặc `sqlite:…` · where to
        #[arg(long, value_name = "URL")]
        to: String,
    },
    /// Chuyển các tháng đã xong ra var/archive; báo cáo không đổi · move finished months into var/archive; reports stay the same
    Archive {
        /// Trước tháng này; mặc định: 13 tháng trước · before this month; default: 13 months ago
        #[arg(long, value_name = "YYYY-MM")]
        before: Option<String>,
        /// Làm thật, không chỉ cho xem · do it, do not only show it
        #[arg(long)]
        yes: bool,
    },
}

/// `loa backup`
#[derive(Debug, Args)]
pub struct BackupArgs {
    /// Tệp sẽ ghi; mặc định: var/backup/loa-<giờ>.db · the file to write; default var/backup/loa-<time>.db
    pub file: Option<PathBuf>,
    /// Chép cả khóa mã hóa vào <tệp>.key · keep the encryption key beside it as <file>.key
    #[arg(long)]
    pub with_key: bool,
}

/// `loa restore`
#[derive(Debug, Args)]
pub struct RestoreArgs {
    /// Tệp do `loa backup` ghi · a file that `loa backup` wrote
    pub file: PathBuf,
    /// Ai quyết định · who decides
    #[arg(long, value_name = "NAME")]
    pub by: String,
}

/// Nobody serves the ledger, and nobody begins to while the value is held.
async fn alone(ctx: &Ctx, settings: &Settings, store: Option<&Store>) -> Result<Option<Lock>, Stop> {
    if settings.database.starts_with("sqlite:") {
        return Ok(Some(Lock::take(&settings.database, &ctx.var()).map_err(|e| Stop::lock(&e, ctx.lang))?));
    }
    if let Some(store) = store {
        let alive = store.nodes_alive().await?;
        if !alive.is_empty() {
            let names = alive.into_iter().map(|n| n.name).collect::<Vec<_>>().join(", ");
            return Err(Stop::refused(say!(
                ctx.lang,
                "Máy đang phục vụ cơ sở dữ liệu này: {names}. Dừng trước (máy bị tắt đột ngột: chờ hai phút).",
                "Daemons serve this database: {names}. Stop them first (one that was killed: wait two minutes)."
            )));
        }
    }
    Ok(None)
}

fn key(ctx: &Ctx) -> PathBuf {
    ctx.var().join("key")
}

fn at(ctx: &Ctx, settings: &Settings, moment: i64) -> String {
    text::moment(instant(moment).with_timezone(&settings.time_zone).naive_local(), ctx.lang)
}

/// `loa db`
///
/// # Errors
/// The database; a daemon that serves it; a target that is not empty.
pub async fn db(ctx: &Ctx, what: DbCommand) -> Done {
    let settings = ctx.settings(false)?;
    match what {
        DbCommand::Status => status(ctx, &settings).await,
        DbCommand::Up => {
            let store = ctx.store(&settings).await?;
            let (from, until) = crate::plan::months(&settings, ctx.now());
            let made = store.months_all(settings.time_zone, from, until).await?;
            let n = store.db_status().await?.steps.len();
            if ctx.json {
                println!("{}", json!({ "applied": n, "partitions_made": made }));
            } else {
                println!(
                    "{}",
                    say!(ctx.lang, "Lược đồ đủ {n} bước, mới nhất.", "The schema has all {n} steps.")
                );
            }
            Ok(Exit::Good)
        }
        DbCommand::Down { yes } => down(ctx, &settings, yes).await,
        DbCommand::Copy { to } => copy(ctx, &settings, &to).await,
        DbCommand::Archive { before, yes } => super::archive::archive(ctx, &settings, before, yes).await,
    }
}

async fn status(ctx: &Ctx, settings: &Settings) -> Done {
    let l = ctx.lang;
    if Store::not_begun(&settings.database, &key(ctx)) {
        if ctx.json {
            println!("{}", json!({ "database": "sqlite", "begun": false }));
        } else {
            let up = ctx.hint(&["db", "up"]);
            println!(
                "{}   {up}",
                say!(
                    l,
                    "Chưa có cơ sở dữ liệu; lệnh ghi đầu tiên sẽ lập, hoặc:",
                    "There is no database yet; the first command that writes makes it, or:"
                )
            );
        }
        return Ok(Exit::Good);
    }
    let store = Store::open_as_it_is(&settings.database, &key(ctx)).await?;
    let s = store.db_status().await?;
    let parts = store.partitions().await?;
    let last = store.backup_at_if_any().await?;
    if ctx.json {
        let steps: Vec<_> = s.steps.iter().map(|x| json!({ "name": x.name, "applied": x.applied })).collect();
        let tables: serde_json::Map<_, _> = s.tables.iter().map(|(t, n)| (t.clone(), json!(n))).collect();
        println!(
            "{}",
            json!({ "database": if store.is_embedded() { "sqlite" } else { "postgresql" }, "bytes": s.bytes, "steps": steps,
                    "unknown_steps": s.unknown_steps, "tables": tables,
                    "partitions": parts.as_ref().map(|p| json!({ "months": p.months, "in_default": p.in_default, "closed": p.closed })),
                    "backup": last.map(|t| instant(t).to_rfc3339()) })
        );
    } else {
        let (kind, bytes) = (
            if store.is_embedded() { "SQLite" } else { "PostgreSQL" },
            text::size(u64::try_from(s.bytes).unwrap_or_default(), l),
        );
        println!("{kind} · {bytes}");
        for x in &s.steps {
            let word = if x.applied {
                l.pick("đã áp dụng", "applied")
            } else {
                l.pick("CHƯA áp dụng", "PENDING")
            };
            println!("  {} {word}", x.name);
        }
        for x in &s.unknown_steps {
            println!("  {x} {}", l.pick("của bản Loa mới hơn", "of a newer Loa"));
        }
        for (table, n) in s.tables.iter().filter(|t| t.1 > 0) {
            println!("  {table}: {}", text::number(*n, l));
        }
        if let Some(p) = parts {
            partitions(ctx, &p);
        }
        let last = last.map_or_else(|| l.pick("chưa có", "none").to_owned(), |t| at(ctx, settings, t));
        println!("{}", say!(l, "Sao lưu gần nhất: {last}", "Last backup: {last}"));
    }
    let pending = s.steps.iter().any(|x| !x.applied);
    Ok(Exit::attention_if(pending || !s.unknown_steps.is_empty()))
}

/// Months of the ledger on PostgreSQL, and what is not as it should be.
fn partitions(ctx: &Ctx, p: &Partitions) {
    let l = ctx.lang;
    let (n, rest) = (p.months.len(), text::number(p.in_default, l));
    let span = match (p.months.first(), p.months.last()) {
        (Some(first), Some(last)) => format!(" ({first} … {last})"),
        _ => String::new(),
    };
    println!(
        "{}",
        say!(
            l,
            "Phân vùng theo tháng: {n}{span}; ngoài các tháng ấy: {rest} dòng",
            "Partitions by month: {n}{span}; rows of no month: {rest}"
        )
    );
    if p.in_default > 0 {
        let up = ctx.hint(&["db", "up"]);
        println!("  {}   {up}", l.pick("Lập tháng cho các dòng ấy:", "Make months for those rows:"));
    }
    for month in &p.closed {
        let go = ctx.hint(&["db", "archive", "--yes"]);
        println!(
            "  {}   {go}",
            say!(
                l,
                "{month}: chuyển ra dở dang, chưa sửa được dòng nào của tháng ấy; chạy lại:",
                "{month}: half archived, none of its rows can be changed; run it again:"
            )
        );
    }
}

async fn down(ctx: &Ctx, settings: &Settings, yes: bool) -> Done {
    let l = ctx.lang;
    let store = Store::open_as_it_is(&settings.database, &key(ctx)).await?;
    let _lock = alone(ctx, settings, Some(&store)).await?;
    let s = store.db_status().await?;
    if !s.unknown_steps.is_empty() {
        let steps = s.unknown_steps.join(", ");
        return Err(Stop::refused(say!(
            l,
            "Bước {steps} là của bản Loa mới hơn; rút lại bằng chính bản ấy.",
            "Steps {steps} are of a newer Loa; take them back with that one."
        )));
    }
    let applied: Vec<&str> = s.steps.iter().filter(|x| x.applied).map(|x| x.name.as_str()).collect();
    let Some(last) = applied.last() else {
        return Err(Stop::refused(l.pick("Không còn bước nào để rút.", "There is no step left.")));
    };
    let n = s.tables.iter().find(|t| t.0 == "delivery").map_or(0, |t| t.1);
    let n = text::number(n, l);
    let lost = if applied.len() == 1 {
        say!(
            l,
            "TOÀN BỘ SỔ CÁI: {n} lượt gửi, mọi danh sách và từ chối nhận",
            "THE WHOLE LEDGER: {n} deliveries, all lists and opt-outs"
        )
    } else {
        say!(
            l,
            "mọi cột và bảng mà bước này thêm vào ({n} lượt gửi còn lại)",
            "all columns and tables that it added ({n} deliveries stay)"
        )
    };
    if !yes {
        let (backup, go) = (ctx.hint(&["backup"]), ctx.hint(&["db", "down", "--yes"]));
        return Err(Stop::refused(say!(
            l,
            "Rút lại {last} sẽ mất: {lost}.\nSao lưu trước:   {backup}\nRồi, nếu chắc chắn:   {go}",
            "Taking back {last} loses: {lost}.\nBack up first:   {backup}\nThen, if you are sure:   {go}"
        )));
    }
    store.migrate_down_one().await?;
    if ctx.json {
        println!("{}", json!({ "taken_back": last }));
    } else {
        println!(
            "{}",
            say!(
                l,
                "Đã rút lại {last}; đã mất: {lost}. Lệnh Loa nào mở sổ cái này lần tới sẽ áp dụng lại.",
                "{last} was taken back; lost: {lost}. The next command of this Loa that opens the ledger applies it again."
            )
        );
    }
    Ok(Exit::Good)
}

async fn copy(ctx: &Ctx, settings: &Settings, to: &str) -> Done {
    let l = ctx.lang;
    let url = match to.strip_prefix("sqlite:") {
        Some(path) if !path.starts_with('/') => format!("sqlite:{}", ctx.root.join(path).display()),
        _ => to.to_owned(),
    };
    if url == settings.database {
        return Err(Stop::refused(l.pick("Nguồn và đích là một.", "Source and target are the same.")));
    }
    let store = Store::open_as_it_is(&settings.database, &key(ctx)).await?;
    let _lock = alone(ctx, settings, Some(&store)).await?;
    let pending = store.db_status().await?.steps.iter().any(|s| !s.applied);
    if pending {
        let up = ctx.hint(&["db", "up"]);
        return Err(Stop::refused(say!(
            l,
            "Lược đồ của nguồn chưa mới nhất:   {up}",
            "The source's schema is not up to date:   {up}"
        )));
    }
    let target = Store::open_target(&url, &key(ctx)).await?;
    target.months_like(&store, settings.time_zone).await?;
    let copied = store.copy_to(&target).await?;
    target.close().await?;
    let rows: i64 = copied.iter().map(|c| c.rows).sum();
    let deliveries = copied.iter().find(|c| c.table == "delivery").map_or(0, |c| c.rows);
    if ctx.json {
        let tables: serde_json::Map<_, _> = copied.iter().map(|c| (c.table.clone(), json!(c.rows))).collect();
        println!("{}", json!({ "rows": rows, "tables": tables, "database": to }));
        return Ok(Exit::Good);
    }
    let (rows, deliveries, tables) = (text::number(rows, l), text::number(deliveries, l), copied.len());
    let old = super::hint::quoted(&settings.database).into_owned();
    let old = old.split('@').next_back().unwrap_or_default();
    println!(
        "{}",
        say!(
            l,
            "Đã chép {rows} dòng của {tables} bảng ({deliveries} lượt gửi); số dòng từng bảng và trạng thái sổ cái đã đối chiếu, khớp.\n\
             Ghi vào loa.yaml:\n\n  database: {to}\n\nKhóa var/key dùng tiếp. Cơ sở dữ liệu cũ ({old}) còn nguyên; đừng chạy máy nào trên nó nữa.",
            "Copied {rows} rows of {tables} tables ({deliveries} deliveries); counts per table and states of the ledger compared, equal.\n\
             Write into loa.yaml:\n\n  database: {to}\n\nThe key var/key stays in use. The old database ({old}) is untouched; let no daemon run on it any more."
        )
    );
    Ok(Exit::Good)
}

/// `loa backup`
///
/// # Errors
/// The file is there already; the disk; the database.
pub async fn backup(ctx: &Ctx, a: BackupArgs) -> Done {
    let l = ctx.lang;
    let settings = ctx.settings(false)?;
    let store = ctx.store(&settings).await?;
    let now = ctx.now();
    let file = match a.file {
        Some(f) => f,
        None => {
            let dir = ctx.var().join("backup");
            std::fs::create_dir_all(&dir).map_err(|e| Stop::file(&dir, &e))?;
            dir.join(now.with_timezone(&settings.time_zone).format("loa-%Y%m%d-%H%M%S.db").to_string())
        }
    };
    let key_copy = PathBuf::from(format!("{}.key", file.display()));
    let taken = [&file, &key_copy].into_iter().take(1 + usize::from(a.with_key));
    if let Some(there) = taken.into_iter().find(|f| f.symlink_metadata().is_ok()) {
        let there = there.display();
        return Err(Stop::refused(say!(
            l,
            "{there} đã có; không ghi đè. Chọn tên khác.",
            "{there} is there already and is not overwritten. Choose another name."
        )));
    }
    let made = store.backup(&file, ms(now)).await?;
    if a.with_key {
        let text = std::fs::read_to_string(key(ctx)).map_err(|e| Stop::file(&key(ctx), &e))?;
        crate::store::Key::keep(&text, &key_copy)?;
    }
    if ctx.json {
        println!(
            "{}",
            json!({ "file": file, "key": a.with_key.then_some(&key_copy), "bytes": made.bytes, "deliveries": made.deliveries,
                    "taken_at": instant(made.taken_at).to_rfc3339() })
        );
        return Ok(Exit::Good);
    }
    let (name, n) = (file.display(), text::number(made.deliveries, l));
    let bytes = text::size(made.bytes, l);
    println!(
        "{}",
        say!(
            l,
            "Đã sao lưu sổ cái vào {name} ({bytes}, {n} lượt gửi).",
            "The ledger is in {name} ({bytes}, {n} deliveries)."
        )
    );
    let (key_name, own) = (key_copy.display(), key(ctx));
    let own = own.display();
    println!(
        "{}",
        if a.with_key {
            say!(
                l,
                "Khóa mã hóa ở {key_name}: ai có cả hai tệp thì đọc được mọi địa chỉ; cất khóa riêng một nơi.",
                "The encryption key is in {key_name}: whoever has both files reads every address; keep them apart."
            )
        } else {
            say!(
                l,
                "CHƯA có khóa mã hóa: cất thêm {own} ở nơi khác (hoặc --with-key); mất khóa thì không địa chỉ nào đọc được.",
                "The encryption key is NOT in it: keep a copy of {own} elsewhere (or --with-key); without it no address can be read."
            )
        }
    );
    println!(
        "{}",
        l.pick(
            "Cũng không có trong đó: loa.yaml, campaigns/, templates/ (để trong git), bi-mat/, var/assets (tệp của bài đã duyệt) và var/archive (các tháng đã chuyển ra); chép bằng cp hoặc rsync.",
            "Not in it either: loa.yaml, campaigns/, templates/ (keep them in git), bi-mat/, var/assets (files of approved posts) and var/archive (months that were moved out); copy them with cp or rsync."
        )
    );
    Ok(Exit::Good)
}

/// `loa restore`
///
/// # Errors
/// A daemon serves the office; a file that is no backup, damaged, or of another key; a PostgreSQL that is not empty.
pub async fn restore(ctx: &Ctx, a: RestoreArgs) -> Done {
    let l = ctx.lang;
    let settings = ctx.settings(false)?;
    let file = &a.file;
    std::fs::File::open(file).map_err(|e| Stop::file(file, &e))?;
    let _lock = alone(ctx, &settings, None).await?;
    let key_file = key(ctx);
    let brought = PathBuf::from(format!("{}.key", file.display()));
    let missing = !key_file.exists();
    if missing && !brought.exists() {
        return Err(StoreError::KeyGone(key_file.display().to_string()).into());
    }
    // A key that came with the backup becomes the office's only once everything else is right.
    let with: &Path = if missing { &brought } else { &key_file };
    let done = Store::restore(
        &settings.database,
        with,
        file,
        settings.time_zone,
        &ctx.actor(Some(&a.by)),
        ms(ctx.now()),
    )
    .await;
    let (put, aside) = match done {
        Err(StoreError::Conflict(why))
            if !settings.database.starts_with("sqlite:") && why.contains("not empty") =>
        {
            return Err(Stop::refused(l.pick(
                "Cơ sở dữ liệu PostgreSQL trong loa.yaml không trống. Tạo một cơ sở dữ liệu mới, ghi vào `database:`, rồi chạy lại; cái cũ còn nguyên.",
                "The PostgreSQL database of loa.yaml is not empty. Make a new one, write it into `database:`, and run this again; the old one stays as it is.",
            )));
        }
        other => other?,
    };
    if missing {
        let text = std::fs::read_to_string(&brought).map_err(|e| Stop::file(&brought, &e))?;
        crate::store::Key::keep(&text, &key_file)?;
    }
    if ctx.json {
        println!(
            "{}",
            json!({ "taken_at": instant(put.taken_at).to_rfc3339(), "restored_at": instant(put.restored_at).to_rfc3339(),
                    "unknown": put.unknown, "later": put.later, "aside": aside })
        );
        return Ok(Exit::Good);
    }
    let (taken, n, later) =
        (at(ctx, &settings, put.taken_at), text::number(put.unknown as i64, l), text::number(put.later, l));
    println!(
        "{}",
        say!(
            l,
            "Sổ cái trở lại như lúc {taken}. {n} lượt đến giờ từ đó đến nay: CHƯA RÕ đã đi hay chưa, không lượt nào tự gửi. {later} lượt còn lại đi đúng giờ của chúng.",
            "The ledger is back as of {taken}. {n} deliveries were due since: UNKNOWN whether they went, none of them goes by itself. {later} others go at their time."
        )
    );
    if let Some(old) = aside {
        let old = old.display();
        println!(
            "{}",
            say!(l, "Sổ cái trước khi khôi phục còn ở {old}.", "The ledger of before is kept as {old}.")
        );
    }
    let (status, apply) = (ctx.hint(&["status"]), ctx.hint(&["plan"]));
    println!(
        "{}",
        say!(
            l,
            "Không có trong bản sao lưu: duyệt, sửa, trả lời, và TỪ CHỐI NHẬN từ {taken} đến nay; ai đã xin thôi thì ghi lại.\nXem câu hỏi:   {status}\nXem việc phải ghi, duyệt lại:   {apply}",
            "Not in the backup: approvals, edits, answers and OPT-OUTS since {taken}; who asked to get nothing must be entered again.\nThe questions:   {status}\nWhat must be applied and approved again:   {apply}"
        )
    );
    Ok(Exit::Good)
}
