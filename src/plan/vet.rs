//! Posts that can be read and cannot be made into what would be sent: found before they are planned, not at approval.
//!
//! A post that cannot be rendered in a voice its sendings use is taken out of the workspace and counted as stopped, like one
//! whose files have a fault; the others go on.

use chrono::DateTime;

use super::Desired;
use super::approve::render_all;
use crate::config::Settings;
use crate::domain::campaign::{Campaign, Post, Text};
use crate::domain::message::{Rendition, Role};
use crate::domain::speech;
use crate::domain::workspace::Workspace;
use crate::manifest::Loaded;
use crate::render::{AsTheyAre, LostLink, RenderFault, Slip, Templates, lost_links, slips};
use crate::yaml::{Fault, Say, Severity};

/// Renders every post of what was read. Without usable templates nothing is said: they have faults of their own.
pub fn vet(loaded: &mut Loaded, settings: &Settings) {
    let Ok(templates) = Templates::load(&settings.root) else { return };
    let desired = Desired::of(&loaded.workspace, settings, &[], DateTime::UNIX_EPOCH);
    let mut found = vec![];
    let mut stopped = vec![];
    let mut bare = 0;
    for c in &loaded.workspace.campaigns {
        for p in &c.posts {
            // Pictures were opened when they were pinned: here, on every turn of a daemon, none is opened or made.
            let (made, faults) =
                render_all(settings, &loaded.workspace, &templates, c, p, &desired, &AsTheyAre);
            if let Some(seconds) = made.iter().find(|r| r.kind == "station").and_then(|r| r.seconds) {
                found.extend(long_scripts(&loaded.workspace, c, p, seconds));
                found.extend(long_addresses(&loaded.workspace, settings, p));
            }
            let other = other_text(&loaded.workspace, settings, &templates, c, p);
            if other.as_ref().is_some_and(|f| f.severity.stops()) {
                stopped.push((c.id.clone(), p.id.clone(), "A024"));
            }
            found.extend(other);
            let off = loaded.switched.get(&(c.id.clone(), p.id.clone()));
            let told = super::lint::made(p, &format!("campaigns/{}/posts/{}", c.id, p.id), &made);
            found.extend(told.into_iter().filter(|f| off.is_none_or(|o| !o.contains_key(f.code))));
            bare += usize::from(without_picture(settings, &made));
            if !faults.is_empty() {
                stopped.push((c.id.clone(), p.id.clone(), "R001"));
            }
            found.extend(faults.into_iter().map(|f| unrendered(f, p, settings)));
            for text in texts(p) {
                found.extend(lost_links(&text.body).into_iter().map(|l| lost(&l, text)));
                found.extend(slips(&text.body).into_iter().map(|s| slipped(s, text)));
            }
        }
    }
    found.extend((bare > 0).then(|| no_picture(bare)));
    if found.is_empty() {
        return;
    }
    for c in &mut loaded.workspace.campaigns {
        c.posts.retain(|p| !stopped.iter().any(|(sc, sp, _)| *sc == c.id && *sp == p.id));
    }
    loaded.stopped.extend(stopped);
    loaded.faults.append(&mut found);
    loaded
        .faults
        .sort_by(|a, b| (&a.file, a.line, a.column, a.code).cmp(&(&b.file, b.line, b.column, b.code)));
    loaded.faults.dedup();
}

fn texts(p: &Post) -> impl Iterator<Item = &Text> {
    p.texts.main.iter().chain(p.texts.overrides.values())
}

/// R001.
fn unrendered(f: RenderFault, p: &Post, settings: &Settings) -> Fault {
    let code = if f.code == "abbreviation_unknown" { "R010" } else { "R001" };
    let at = stands(&f);
    let mut fault = sentences(code, f, settings).meanwhile(
        "Trong lúc chờ: bài này chưa dùng bản đang sửa; bản tốt đã ghi lịch trước đó, nếu có, vẫn giữ nguyên.",
        "Meanwhile the post is not used as it stands; a good version planned before, if any, stays.",
    );
    if let Some((line, column, width)) = at {
        let text = texts(p).find(|t| t.file == fault.file);
        place(&mut fault, text.map(|t| &*t.body), line, column, width);
    }
    fault
}

/// Line, column and width of a fault, where it has a place.
fn stands(f: &RenderFault) -> Option<(usize, usize, usize)> {
    f.line.map(|line| (line, f.column.unwrap_or(1) as usize, f.width.unwrap_or(0) as usize))
}

/// A fault found in rendering as one of a file: what is wrong first, then what to do.
fn sentences(code: &'static str, f: RenderFault, settings: &Settings) -> Fault {
    // A file outside of the post's texts may come with the workspace's own path before it.
    let root = settings.root.display().to_string();
    let file = f.file.strip_prefix(&root).map_or(&*f.file, |r| r.trim_start_matches('/')).to_owned();
    let cut = |s: &str| match s.split_once(". ") {
        Some((what, todo)) => (what.to_owned(), Some(todo.to_owned())),
        None => (s.trim_end_matches('.').to_owned(), None),
    };
    let ((vi, todo_vi), (en, todo_en)) = (cut(&f.vi), cut(&f.en));
    Fault::file(code, Severity::Error, file, vi, en).fix(
        todo_vi.unwrap_or_else(|| "Sửa chỗ này rồi chạy lại   loa check".into()),
        todo_en.unwrap_or_else(|| "Change it, then run   loa check".into()),
    )
}

/// R002: templates that cannot be used, where they are wrong.
pub fn templates(settings: &Settings) -> Vec<Fault> {
    let found = match Templates::load(&settings.root) {
        Ok(t) => t.check(),
        Err(found) => found,
    };
    let fault = |f: RenderFault| {
        let at = stands(&f);
        let mut fault = sentences("R002", f, settings).meanwhile(
            "Trong lúc chờ: không bài nào được dựng, duyệt; bài đã duyệt vẫn đi đúng bản đã duyệt.",
            "Meanwhile nothing is rendered or approved; what was approved goes out as it was.",
        );
        if let Some((line, column, width)) = at {
            let text = std::fs::read_to_string(settings.root.join(&fault.file)).ok();
            place(&mut fault, text.as_deref(), line, column, width);
        }
        fault
    };
    found.into_iter().map(fault).collect()
}

/// A013 of pictures of posts' own that do not open to their end. Each is opened whole: for `loa check`, not for each turn of a daemon.
pub fn pictures(loaded: &Loaded, settings: &Settings) -> Vec<Fault> {
    let own = loaded.workspace.kit.values().filter(|a| !a.is_official());
    own.filter_map(|a| {
        let path = settings.root.join("campaigns").join(&a.file);
        let e = crate::kit::read(&path).and_then(|b| crate::kit::inspect(&b, Some(&a.file))).err()?.say();
        let file = format!("campaigns/{}", a.file);
        Some(
            Fault::file("A013", Severity::Error, file, e.vi, e.en)
                .fix("Thay tệp ảnh rồi chạy lại   loa check", "Replace the picture, then run   loa check")
                .meanwhile("Trong lúc chờ: bài không duyệt được.", "Meanwhile the post cannot be approved."),
        )
    })
    .collect()
}

/// Zalo shows a picture only where the office shows it.
fn without_picture(settings: &Settings, made: &[Rendition]) -> bool {
    let pictured = |r: &Rendition| {
        crate::transport::form(&r.kind).is_some_and(|f| f.fetches)
            && r.attachments.iter().any(|a| a.role == Role::Featured)
    };
    (settings.public_url.is_none() || settings.public_listen.is_none()) && made.iter().any(pictured)
}

/// R005: said once, for it is the office's and no post's.
fn no_picture(posts: usize) -> Fault {
    Fault::file(
        "R005",
        Severity::Note,
        "loa.yaml",
        format!("tin Zalo của {posts} bài đi không kèm ảnh"),
        format!("the Zalo messages of {posts} posts go without their pictures"),
    )
    .why(
        "Zalo tự tải ảnh theo địa chỉ; chỉ địa chỉ của chính cơ quan mới chắc chắn là bản đã duyệt.",
        "Zalo fetches a picture by its address, and only the office's own shows what was approved.",
    )
    .fix(
        "Muốn kèm ảnh: đặt public_url và public_listen trong loa.yaml (docs/channels/zalo-bot.md). Không thì để vậy.",
        "To send them: set public_url and public_listen in loa.yaml (docs/channels/zalo-bot.md). Else leave it.",
    )
    .meanwhile("Trong lúc chờ: bài vẫn gửi, đủ chữ.", "Meanwhile the posts go out, all their words.")
}

/// Longest that an address may take to say, in seconds: nobody keeps more in mind, or writes along.
const ADDRESS_SECONDS: u32 = 15;

/// The text that is read on air.
fn read_on_air(p: &Post) -> Option<&Text> {
    let own = p.texts.overrides.get("station").or_else(|| p.texts.overrides.get("script"));
    own.or(p.texts.main.as_ref())
}

/// R014: an address that takes too long to say.
fn long_addresses(ws: &Workspace, settings: &Settings, p: &Post) -> Vec<Fault> {
    let Some(text) = read_on_air(p) else { return vec![] };
    let mut out = vec![];
    for (i, line) in text.body.lines().enumerate() {
        for (written, said) in speech::addresses(line, &ws.lexicon) {
            let seconds = speech::seconds(&[&said], settings.speech.pace());
            if seconds <= ADDRESS_SECONDS {
                continue;
            }
            let column = line.find(&written).map_or(1, |at| line[..at].chars().count() + 1);
            let mut f = Fault::file(
                "R014",
                Severity::Warning,
                &text.file,
                format!("đọc địa chỉ này mất {seconds} giây, người nghe không nhớ được"),
                format!("saying this address takes {seconds} seconds: nobody remembers it"),
            )
            .fix(
                "Trong loa.md dùng tên ngắn (trang chủ, hoặc “xem ở nhà văn hóa thôn”); địa chỉ đầy đủ để ở bài trên trang.",
                "In loa.md name something short (the site, a place to ask); the whole address belongs on the page.",
            )
            .meanwhile("Trong lúc chờ: bài vẫn đọc cả địa chỉ.", "Meanwhile the whole address is read.");
            place(&mut f, Some(&text.body), i + 1, column, written.chars().count());
            out.push(f);
        }
    }
    out
}

/// R003: a script that is longer than what stations give the office of a session.
fn long_scripts(ws: &Workspace, c: &Campaign, p: &Post, seconds: u32) -> Vec<Fault> {
    let file = read_on_air(p)
        .map_or_else(|| format!("campaigns/{}/posts/{}/post.yaml", c.id, p.id), |t| t.file.clone());
    super::airtime::too_long(ws, p, seconds)
        .into_iter()
        .map(|x| {
            let list: Vec<String> = x.short.iter().take(3).map(|(u, s)| format!("{u} ({s})")).collect();
            let list = format!("{}{}", list.join(", "), if x.short.len() > 3 { ", …" } else { "" });
            let n = x.short.len();
            let recorded = p.recording.is_some();
            let severity = if x.everywhere() { Severity::Error } else { Severity::Warning };
            Fault::file(
                "R003",
                severity,
                file.clone(),
                format!(
                    "{} {seconds} giây, quá phần mỗi buổi của {n} đài: {list}",
                    if recorded { "bản thu âm dài" } else { "đọc bài này mất" }
                ),
                format!(
                    "{} takes {seconds} seconds, more than the share of a session at {n} stations: {list}",
                    if recorded { "the recording" } else { "reading this" }
                ),
            )
            .fix(
                if recorded {
                    "Thu bản ngắn hơn, hoặc xin thêm thời lượng rồi sửa phut_cua_so."
                } else {
                    "Rút gọn bản đọc (loa.md), hoặc xin thêm thời lượng rồi sửa phut_cua_so."
                },
                if recorded {
                    "Record a shorter one, or ask for more time and change phut_cua_so."
                } else {
                    "Shorten the script (loa.md), or ask for more time and change phut_cua_so."
                },
            )
            .meanwhile(
                "Các đài ấy không có bài này trong phiếu; lượt của họ được giữ lại và ghi lý do.",
                "These stations have no such item on their sheets; their rows are held and say why.",
            )
        })
        .collect()
}

/// How far a recording may be from the estimate of its script, tenths: people read faster and slower than the pace of `loa.yaml`.
const OFF: u32 = 3;
/// One shorter than this part of the estimate is no recording of the script, whoever reads it: a click, a cut file, noise.
const FRAGMENT: u32 = 3;
/// Seconds by which it may be off in any case.
const OFF_SECONDS: u32 = 5;

/// A024: a recording much longer or shorter than the script takes was made of another text.
fn other_text(
    ws: &Workspace,
    settings: &Settings,
    templates: &Templates,
    c: &Campaign,
    p: &Post,
) -> Option<Fault> {
    let r = p.recording.as_ref()?;
    let said = super::speak::lines(settings, ws, templates, c, p).ok()?;
    let estimate = speech::seconds(&said, settings.speech.pace());
    let off = r.seconds.abs_diff(estimate);
    if off <= OFF_SECONDS || off * 10 <= estimate * OFF {
        return None;
    }
    let (took, file) = (r.seconds, &r.file);
    let post = format!("{}/{}", c.id, p.id);
    if took * FRAGMENT < estimate {
        let f = Fault::file(
            "A024",
            Severity::Error,
            file,
            format!("bản thu âm chỉ dài {took} giây, bản đọc cần chừng {estimate} giây"),
            format!("the recording takes only {took} seconds, the script about {estimate}"),
        );
        return Some(
            f.why(
                "Chưa bằng một phần ba: tệp bị cắt, hỏng, hoặc của bài khác.",
                "Less than a third: it was cut, is broken, or another's.",
            )
            .fix(
                "Nghe lại tệp; thu lại cả bài, hoặc bỏ dòng bản thu: đài sẽ đọc theo phiếu.",
                "Listen to it; record the whole script, or remove the line: stations read the sheet then.",
            )
            .meanwhile("Trong lúc chờ: bài này không gửi đi đâu.", "Meanwhile the post goes nowhere."),
        );
    }
    let f = Fault::file(
        "A024",
        Severity::Warning,
        file,
        format!("bản thu âm dài {took} giây, bản đọc ước tính {estimate} giây"),
        format!("the recording takes {took} seconds, the script about {estimate}"),
    );
    Some(
        f.why("Có lẽ bản thu được làm theo bản chữ cũ.", "It was probably made of an earlier text.")
            .fix(
                format!("Nghe lại và so với bản đọc:   loa speak {post} --text   Chữ đã sửa thì thu lại."),
                format!("Listen, and compare with the script:   loa speak {post} --text   Record it again if the text has changed."),
            )
            .meanwhile(
                "Trong lúc chờ: bản này vẫn được dùng; người duyệt nghe trước khi duyệt (loa preview).",
                "Meanwhile it is used; whoever approves listens first (loa preview).",
            ),
    )
}

/// R004: words that were to be a link and are sent without one.
fn lost(l: &LostLink, text: &Text) -> Fault {
    let shown: String = l.address.chars().take(60).collect();
    let mut fault = Fault {
        message: Say::new(
            format!("“{shown}” không phải địa chỉ công khai, Loa bỏ đường dẫn và chỉ giữ chữ"),
            format!("“{shown}” is no public address: the link is dropped, its words stay"),
        ),
        ..Fault::file("R004", Severity::Warning, &text.file, "", "")
    }
    .fix(
        "Viết địa chỉ đầy đủ, bắt đầu bằng https:// , http:// , mailto: hoặc tel:",
        "Write the whole address, starting with https:// , http:// , mailto: or tel:",
    )
    .meanwhile(
        "Trong lúc chờ: bài vẫn gửi, không có đường dẫn này.",
        "Meanwhile the post goes out without this link.",
    );
    place(&mut fault, Some(&text.body), l.line, l.column, l.width);
    fault
}

/// R006: Markdown that is hardly meant as it will be read.
fn slipped((slip, line, column): (Slip, usize, usize), text: &Text) -> Fault {
    let (vi, en, fix_vi, fix_en) = match slip {
        Slip::FactInCode => (
            "thông tin nằm trong mã (giữa hai dấu `) hoặc thẻ HTML: in ra sẽ thừa dấu \\",
            "a fact inside of code or of an HTML tag is printed with stray signs",
            "Bỏ dấu ` (hoặc thẻ) quanh {{fact …}}.",
            "Take the ` or the tag around {{fact …}} away.",
        ),
        Slip::BrokenLink => (
            "đường dẫn hoặc chú thích viết chưa đúng: người đọc sẽ thấy nguyên các dấu ngoặc",
            "a link or footnote is not written as one: readers see its brackets",
            "Viết [chữ](https://dia-chi), địa chỉ không có dấu cách; chú thích: [^1] và một dòng   [^1]: lời chú thích",
            "Write [words](https://address), without blanks; a footnote: [^1], and a line   [^1]: its words",
        ),
        Slip::Tag => (
            "thẻ HTML in ra như chữ: người đọc thấy nguyên thẻ",
            "a tag of HTML is printed as it is typed: readers see the tag",
            "Viết bằng Markdown: xuống dòng là hai dấu cách cuối dòng (trong ô bảng: <br>), đậm **…**, nghiêng *…*; m² H₂O gõ thẳng.",
            "Use Markdown: two blanks at the end of a line (in a cell: <br>), bold **…**, italics *…*; type m² and H₂O as they are.",
        ),
        Slip::WideTable => (
            "bảng nhiều cột quá: trên điện thoại và trong thư mỗi cột chỉ còn vài chữ",
            "the table has too many columns: on a telephone and in a mail each is a few letters wide",
            "Giữ tối đa 5 cột, hoặc đổi thành danh sách: mỗi dòng một nơi, ghi giờ, số điện thoại liền nhau.",
            "Keep at most 5 columns, or make it a list: one line a place, with its time and telephone.",
        ),
        Slip::LostCells => (
            "hàng này nhiều ô hơn dòng đầu bảng: ô thừa không được in",
            "this row has more cells than the table's head: they are not printed",
            "Thêm cột ở dòng đầu, hoặc bỏ ô thừa; dấu | trong ô viết là \\|",
            "Add a column to the head, or take the cells away; a bar inside of a cell is written \\|",
        ),
    };
    let mut fault = Fault::file("R006", Severity::Warning, &text.file, vi, en).fix(fix_vi, fix_en).meanwhile(
        "Trong lúc chờ: bài vẫn gửi, như đang viết.",
        "Meanwhile the post goes out as it is written.",
    );
    place(&mut fault, Some(&text.body), line, column, 0);
    fault
}

/// Points at a place of a text; without a width, to the end of the address or expression that stands there.
fn place(fault: &mut Fault, text: Option<&str>, line: usize, column: usize, width: usize) {
    let source = text.and_then(|t| t.split('\n').nth(line.saturating_sub(1)));
    let rest: String = source.unwrap_or_default().chars().skip(column.saturating_sub(1)).collect();
    let run = match rest.find("}}").filter(|_| rest.starts_with("{{")) {
        Some(end) => rest[..end + 2].chars().count(),
        None => rest.chars().take_while(|c| !c.is_whitespace() && *c != ')').count(),
    };
    fault.line = line;
    fault.column = column;
    fault.width = if width == 0 { run.max(1) } else { width };
    fault.source = source.map(str::to_owned);
}
