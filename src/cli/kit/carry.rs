//! `loa kit pack|unpack|import`: material that comes and goes as a whole.

use std::collections::BTreeSet;
use std::path::Path;

use super::words::refused;
use super::{Ctx, Done, Exit, Stop, became, compare, compare_file, none, open, var, words};
use crate::domain::text::{Lang, number};
use crate::mirror::{self, CarryFault, Fetched, Kit, NoKit, Refused};
use crate::transport::{FileFault, PageFault, Pages};

fn carried(ctx: &Ctx, file: &Path, e: CarryFault) -> Stop {
    use crate::kit::PackFault;
    let name = file.display();
    match e {
        CarryFault::Kit(e) => none(ctx, e),
        CarryFault::Pack(PackFault::Io(e)) => Stop::new(Exit::from(&e), format!("{name}: {e}")),
        CarryFault::Pack(e) => Stop::new(
            Exit::Refused,
            match ctx.lang {
                Lang::Vi => format!(
                    "{name}: không nhận, vì đây không phải gói do lệnh kit pack làm, hoặc gói đã bị sửa ({e})."
                ),
                Lang::En => format!("{name}: not taken: {e}."),
            },
        ),
        CarryFault::File(what, e) => Stop::new(
            Exit::Refused,
            match ctx.lang {
                Lang::Vi => format!("{name}: không nhận, {what}: {}.", words(ctx, &e)),
                Lang::En => format!("{name}: not taken, {what}: {e}."),
            },
        ),
        CarryFault::Stranger(what) => Stop::new(
            Exit::Refused,
            match ctx.lang {
                Lang::Vi => format!("{name}: không nhận, trong gói có tệp lạ “{what}”."),
                Lang::En => format!("{name}: not taken: “{what}” belongs to no kit."),
            },
        ),
    }
}

pub(super) fn pack(ctx: &Ctx, file: &Path) -> Done {
    let kit = open(ctx)?;
    let mirror::Packed { files: n, left, changed } = mirror::pack(&kit, file).map_err(|e| match e {
        CarryFault::Pack(crate::kit::PackFault::TooLarge(_) | crate::kit::PackFault::TooMany) => Stop::new(
            Exit::Refused,
            ctx.say(
                "Bộ tư liệu quá lớn cho một gói (4 GB, 5.000 tệp): chép thư mục campaigns/kit và media-kit.* bằng tay.",
                "The kit is too large for one pack (4 GB, 5,000 files): copy campaigns/kit and media-kit.* by hand.",
            ),
        ),
        e @ (CarryFault::Pack(_) | CarryFault::File(..) | CarryFault::Stranger(_) | CarryFault::Kit(_)) => {
            carried(ctx, file, e)
        }
    })?;
    let path = file.display().to_string();
    let unpack = ctx.hint(&["kit", "unpack", &path]);
    println!(
        "{}",
        match ctx.lang {
            Lang::Vi => format!("Đã gói {n} tệp vào {path}. Ở nơi nhận gõ:   {unpack}"),
            Lang::En => format!("Packed {n} files into {path}. Where it arrives, type:   {unpack}"),
        }
    );
    if !changed.is_empty() {
        println!(
            "{}: {}   {}",
            ctx.say(
                "Bản gốc đã đổi, trong gói vẫn là bản đang ghim; xem và chọn trước khi mang đi",
                "Their originals have changed, and the pack holds what is pinned; look and choose before it travels"
            ),
            changed.join(", "),
            ctx.hint(&["kit", "compare"])
        );
    }
    if !left.is_empty() {
        println!(
            "{}: {}",
            ctx.say("Không gói, vì chưa ghim hoặc tệp đã đổi", "Left out, since not pinned or changed"),
            left.join(", ")
        );
    }
    Ok(Exit::attention_if(!left.is_empty() || !changed.is_empty()))
}

pub(super) fn unpack(ctx: &Ctx, file: &Path, pin: bool) -> Done {
    let brought = mirror::unpack(&ctx.root, &var(ctx), file, pin).map_err(|e| carried(ctx, file, e))?;
    for (id, f) in &brought {
        println!("{id}: {}", became(ctx, id, f));
    }
    if brought.iter().any(|(_, f)| matches!(f, Fetched::Changed(_))) {
        let page = compare_file(ctx);
        compare(ctx, &open(ctx)?, &page)?;
        println!("{} {}", ctx.say("So hai bản:", "Both versions:"), page.display());
    }
    Ok(Exit::attention_if(brought.iter().any(|(_, f)| f.needs_person())))
}

pub(super) async fn import(ctx: &Ctx, source: &str, append: bool) -> Done {
    let kit = match Kit::open(&ctx.root, &var(ctx)) {
        Ok(k) => Some(k),
        Err(NoKit::NotThere) => None,
        Err(e) => return Err(none(ctx, e)),
    };
    let assets = kit.as_ref().map_or(&[][..], |k| &k.assets);
    let taken: BTreeSet<String> = assets.iter().map(|a| a.id.clone()).collect();
    let mut whole = true;
    let (drafts, left) = if source.starts_with("http://") || source.starts_with("https://") {
        let known = assets.iter().filter_map(|a| a.url.clone()).collect();
        let (url, html, complete) = page(ctx, source).await?;
        whole = complete;
        mirror::from_page(&mirror::links(&html, &url), &taken, &known)
    } else {
        // What is pinned, and what lies in the folder and waits to be.
        let pinned = kit.iter().flat_map(|k| k.lock.pins.values().map(|p| p.sha256.clone()));
        let there = kit.iter().flat_map(|k| {
            let file = |a| k.within(a).ok().and_then(|()| crate::kit::read(&k.path(a)).ok());
            k.assets.iter().filter_map(file).map(|b| crate::kit::hash(&b)).collect::<Vec<_>>()
        });
        let known = pinned.chain(there).collect();
        let folder = Path::new(source);
        mirror::from_folder(folder, &taken, &known).map_err(|e| Stop::file(folder, &e))?
    };
    left_out(ctx, &left);
    if !whole {
        eprintln!(
            "{}",
            ctx.say(
                "Chỉ đọc được phần đầu của trang (đứt giữa chừng, hoặc dài quá 3 MB): tệp ở phần sau chưa có trong danh sách. Chạy lại, hoặc nhập \
                 từ một trang ngắn hơn.",
                "Only the beginning of the page was read (it broke off, or has more than 3 MB): files further down are not listed. Run it again, or \
                 import from a shorter page."
            )
        );
    }
    let end = Exit::attention_if(!whole);
    if drafts.is_empty() {
        println!("{}", ctx.say("Không có tệp nào mới.", "There is no new file."));
        return Ok(end);
    }
    let text = mirror::draft_yaml(&drafts, source);
    if !append {
        print!("{text}");
        return Ok(end);
    }
    mirror::bring(&ctx.root, &drafts).map_err(|e| none(ctx, e.into()))?;
    mirror::append(&ctx.root, &text).map_err(|e| none(ctx, e.into()))?;
    let n = number(drafts.len() as i64, ctx.lang);
    let next = if drafts.iter().any(|d| d.url.is_some()) { "sync" } else { "status" };
    println!(
        "{}   {}",
        match ctx.lang {
            Lang::Vi => format!("Đã thêm {n} mục vào campaigns/media-kit.yaml. Đọc lại từng mục, rồi gõ:"),
            Lang::En => format!("Added {n} entries to campaigns/media-kit.yaml. Read them over, then type:"),
        },
        ctx.hint(&["kit", next])
    );
    Ok(end)
}

/// What became no entry, by its reason.
fn left_out(ctx: &Ctx, left: &[mirror::Left]) {
    use mirror::Why;
    for (why, vi, en) in [
        (Why::Known, "Đã có trong bộ, hoặc trùng nhau", "Here already, or twice"),
        (
            Why::Type,
            "Không phải loại tệp của bộ (ảnh PNG, JPEG, GIF, WebP; PDF; MP3, WAV; MP4): xuất sang PDF hoặc ảnh rồi nhập",
            "No type that a kit holds (pictures, PDF, MP3, WAV, MP4): export them to PDF or a picture",
        ),
        (
            Why::Broken,
            "Tệp hỏng, quá lớn, hoặc tên nói một loại, ruột là loại khác",
            "Broken, too large, or of another type than the name says",
        ),
        (
            Why::Unclear,
            "Có vẻ là tệp, nhưng địa chỉ không nói loại gì; mở xem, rồi tự thêm mục với url và file (có đuôi)",
            "These seem to be files, and the address does not say of which type: look, and add an entry with url and file",
        ),
        (
            Why::Shown,
            "Ảnh trang này chỉ hiện, không dẫn tới: cần ảnh nào thì tự thêm mục với url và file",
            "Pictures that the page shows and does not link to: add an entry with url and file for those you need",
        ),
        (
            Why::TooMany,
            "Quá nhiều tệp, hoặc thư mục quá sâu: nhập từng thư mục",
            "Too many, or too deep: import one folder after another",
        ),
    ] {
        let list: Vec<&str> = left.iter().filter(|(_, w)| *w == why).map(|(what, _)| what.as_str()).collect();
        if !list.is_empty() {
            eprintln!("{} ({}):", ctx.say(vi, en), list.len());
            list.iter().take(20).for_each(|what| eprintln!("    {what}"));
            if list.len() > 20 {
                eprintln!("    …");
            }
        }
    }
}

/// A page's text and its address.
async fn page(ctx: &Ctx, source: &str) -> Result<(crate::transport::Url, String, bool), Stop> {
    let settings = ctx.settings(false)?;
    let allowed = Pages::url(source).is_some_and(|u| Pages::is_named(&settings.kit_hosts, &u));
    let mut pages = Pages::new(allowed).map_err(Stop::unusable)?;
    if allowed {
        pages = pages.only(&settings.kit_hosts);
    }
    let refuse = |f: FileFault| Stop::attention(format!("{source}: {}", refused(ctx, &Refused::Fetch(f))));
    let page = pages.open(source).await.map_err(|e| {
        refuse(match e {
            PageFault::BadUrl => FileFault::BadUrl,
            PageFault::Private(host) => FileFault::Private(host),
            PageFault::TooManyRedirects => FileFault::TooManyRedirects,
            PageFault::NoAnswer(why) => FileFault::NoAnswer(why),
        })
    })?;
    if page.status != 200 {
        return Err(refuse(FileFault::Status(page.status)));
    }
    Ok((page.url, page.text, page.complete))
}
