//! `loa preview CAMPAIGN/POST`: pages that show the post as each of its readers will see it, and one page for who approves.
//!
//! Rendered by the code that approval uses ([`render_all`]), with the pictures that approval would freeze; where approval froze
//! something for this very text, that is shown. Nothing is sent or frozen.

use std::collections::BTreeMap;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use chrono::DateTime;
use clap::Args;
use sha2::{Digest as _, Sha256};

use super::approving::{exemption, switched};
use super::{Ctx, Done, Exit, Stop, folder};
use crate::config::Settings;
use crate::domain::campaign::{Campaign, Class, Post, Priority};
use crate::domain::fact::Stale;
use crate::domain::id::{Origin, UnitId};
use crate::domain::message::{Attachment, Rendition};
use crate::domain::sound;
use crate::domain::text::{self, Lang};
use crate::domain::unit::Family;
use crate::domain::workspace::Workspace;
use crate::manifest::Loaded;
use crate::plan::approve::{self, render_all};
use crate::plan::derive::Derivatives;
use crate::plan::{Desired, preview as planned};
use crate::render::{self, AssetLine, FactLine, Look, Merge, Overview, Reader, Receiver, StepLine};
use crate::store::Store;
use crate::transport::is_package;

/// `loa preview`
#[derive(Debug, Args)]
pub struct PreviewArgs {
    /// Bài · CAMPAIGN/POST
    pub post: String,
    /// Chỉ kênh này: email, website, press, telegram, zalo, station · only this channel
    #[arg(long, value_name = "FAMILY")]
    pub channel: Option<String>,
    /// Như đơn vị này nhận · as this unit gets it
    #[arg(long, value_name = "UNIT")]
    pub unit: Option<String>,
    /// Thư mục để ghi; mặc định var/xem-truoc/CHIEN-DICH/BAI · folder for the pages
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// A picture as a page shows it.
struct Picture {
    url: String,
    pixels: Option<(u32, u32)>,
}

/// Widest picture on a page, pixels: enough for a mail at twice its width.
const WIDEST: u32 = 1200;
/// A picture of more bytes is made smaller for the page.
const HEAVY: usize = 400_000;

/// `loa preview`
///
/// # Errors
/// The post, the channel or the unit cannot be used; a page cannot be written.
pub async fn preview(ctx: &Ctx, a: PreviewArgs) -> Done {
    let settings = ctx.settings(false)?;
    let loaded = ctx.load(&settings);
    let templates = ctx.templates()?;
    let store = ctx.look(&settings).await?;
    let (c, p) = find(ctx, &loaded, &a.post)?;
    let ws = &loaded.workspace;
    let unit = a.unit.as_deref().map(|u| known_unit(ctx, ws, u)).transpose()?;
    let origin = Origin::post(&c.id, &p.id);
    // Also of a post whose time is over: what was is looked at, too.
    let desired = Desired::of(ws, &settings, &[], DateTime::UNIX_EPOCH);
    let kept = ctx.assets();
    let derivatives = Derivatives::new(&settings, &kept);
    let (made, faults) = render_all(&settings, ws, &templates, c, p, &desired, &derivatives);
    if !faults.is_empty() {
        let all: Vec<String> =
            faults.iter().map(|f| format!("{}: {}", f.file, f.message(ctx.lang))).collect();
        return Err(Stop::attention(all.join("\n")));
    }
    let here = desired.posts.iter().find(|d| d.origin == origin.as_str()).and_then(|d| d.revision.as_ref());
    let here = here.map(|r| r.hash.as_str());
    let steps_of = approve::steps(&settings, p.class).len();
    // What was frozen for this very text goes out, whatever templates and registers say since.
    let frozen = frozen(&store, &origin, here).await?;
    let now = planned::differences(&frozen, &made);
    let shown = planned::frozen_first(frozen, made);
    let made: Vec<Rendition> = shown.iter().map(|(r, _)| r.clone()).collect();
    let changes = planned::changes(&store, &origin, steps_of, here, &made).await?;
    let chosen = chosen(ctx, &settings, ws, p, &made, a.channel.as_deref(), unit.as_ref())?;
    let out = a.out.clone().unwrap_or_else(|| ctx.var().join("xem-truoc").join(origin.as_str()));
    std::fs::create_dir_all(&out).map_err(|e| Stop::file(&out, &e))?;

    let pictures = pictures(ctx, &settings, ws, &made);
    let image = |a: &Attachment| pictures.get(&a.sha256).map(|p| p.url.clone());
    let pixels = |a: &Attachment| pictures.get(&a.sha256).and_then(|p| p.pixels);
    let recording = recording(ctx, &settings, p)?;
    let organisation =
        ws.units.get(&settings.organisation).map_or(settings.organisation.as_str(), |u| u.name.as_str());
    let mut merged: Vec<(Rendition, Option<Rendition>, Reader)> = vec![];
    for r in &chosen {
        let sheet = if r.kind == "station" {
            planned::sheet(&settings, ws, p, r, unit.as_ref(), &templates).map_err(|f| {
                Stop::attention(f.iter().map(|f| f.message(ctx.lang)).collect::<Vec<_>>().join("\n"))
            })?
        } else {
            None
        };
        let to = match (&sheet, unit.as_ref().and_then(|u| ws.units.get(u))) {
            (Some((_, station)), _) => station.clone(),
            (None, Some(unit)) => unit.name.clone(),
            (None, None) => reader(ctx, &settings, ws, p, r),
        };
        let receiver = if r.kind == "email" && unit.is_none() && listed(ws, p) {
            Receiver::Person { name: None, opt_out_url: Some("https://…/tu-choi") }
        } else {
            Receiver::Unit(Some(&to))
        };
        let body = render::merge(r, &Merge::to(receiver, "T-0000"));
        let from = sender(&settings, organisation, r);
        merged.push((body, sheet.map(|s| s.0), Reader { from, to: to.clone() }));
    }
    let voices: Vec<Look<'_>> = merged
        .iter()
        .map(|(r, sheet, reader)| Look {
            rendition: r,
            form: crate::transport::form(&r.kind).unwrap_or(&crate::transport::MAIL),
            frozen: shown.iter().any(|(s, kept)| *kept && s.kind == r.kind),
            sheet: sheet.as_ref(),
            recording: recording.as_deref(),
            reader: reader.clone(),
            lang: ctx.lang,
            image: &image,
            pixels: &pixels,
        })
        .collect();
    let named = |kind: &str| {
        voices.iter().find(|v| v.rendition.kind == kind).map_or_else(|| kind.to_owned(), Look::name)
    };
    let overview = Overview {
        origin: origin.as_str(),
        title: &p.title,
        organisation,
        heads: heads(ctx, &loaded, c, p),
        steps: steps(ctx, &settings, &store, ws, p, &origin, here).await?,
        sendings: planned::sendings(&store, &settings, ws, &desired, &origin, p, ctx.lang).await?,
        facts: facts(ctx, &settings, ws, p, &planned::days(&settings, c, p, &desired, ctx.now())),
        assets: assets(ctx, &made, &image),
        changes: changes.map(|all| all.into_iter().map(|(kind, d)| (named(&kind), d)).collect()),
        now: now.map(|all| all.into_iter().map(|(kind, d)| (named(&kind), d)).collect()),
        voices,
        lang: ctx.lang,
    };
    let pages = overview.pages();
    let mut files = vec![(out.join("index.html"), overview.page())];
    files.extend(overview.voices.iter().map(|v| (out.join(v.file()), v.page(origin.as_str(), &pages))));
    for (path, html) in &files {
        std::fs::write(path, html).map_err(|e| Stop::file(path, &e))?;
    }
    say(ctx, &files, &pages);
    Ok(Exit::Good)
}

fn say(ctx: &Ctx, files: &[(PathBuf, String)], pages: &[(String, String)]) {
    if ctx.json {
        let all: Vec<_> = files
            .iter()
            .zip(pages)
            .map(|((path, html), (_, name))| {
                serde_json::json!({ "file": path, "name": name, "bytes": html.len() })
            })
            .collect();
        println!("{}", serde_json::json!({ "pages": all }));
        return;
    }
    for ((path, _), (_, name)) in files.iter().zip(pages) {
        println!("{}   {name}", path.display());
    }
    println!(
        "{}",
        ctx.say(
            "Mở tệp đầu bằng trình duyệt; không cần mạng. Chưa gửi gì, chưa ghi gì vào sổ cái.",
            "Open the first file in a browser; no network is needed. Nothing was sent or recorded.",
        )
    );
}

/// The post of the folder.
fn find<'a>(ctx: &Ctx, loaded: &'a Loaded, post: &str) -> Result<(&'a Campaign, &'a Post), Stop> {
    let found = post.split_once('/').and_then(|(c, p)| {
        let c = loaded.workspace.campaigns.iter().find(|x| x.id.as_str() == c)?;
        Some((c, c.posts.iter().find(|x| x.id.as_str() == p)?))
    });
    if let Some(found) = found {
        return Ok(found);
    }
    let check = ctx.hint(&["check"]);
    if folder::is_stopped(loaded, post) {
        return Err(Stop::attention(match ctx.lang {
            Lang::Vi => format!("{post}: bài đang có lỗi. Xem:   {check}"),
            Lang::En => format!("{post} has a fault. See:   {check}"),
        }));
    }
    let all: Vec<String> = loaded
        .workspace
        .campaigns
        .iter()
        .flat_map(|c| c.posts.iter().map(|p| Origin::post(&c.id, &p.id).as_str().to_owned()))
        .collect();
    let near = crate::yaml::closest(post, all.iter().map(String::as_str));
    Err(Stop::no_such(match (ctx.lang, near) {
        (Lang::Vi, Some(n)) => format!("{post}: thư mục không có bài này. Có phải {n}?"),
        (Lang::Vi, None) => format!("{post}: thư mục không có bài này. Viết CHIEN-DICH/BAI; xem:   {check}"),
        (Lang::En, Some(n)) => format!("{post} is no post of the folder. Did you mean {n}?"),
        (Lang::En, None) => format!("{post} is no post of the folder. Write CAMPAIGN/POST; see:   {check}"),
    }))
}

/// The unit of that id.
///
/// # Errors
/// There is none; which may be meant.
pub(super) fn known_unit(ctx: &Ctx, ws: &Workspace, typed: &str) -> Result<UnitId, Stop> {
    if let Some(u) = ws.units.get(&UnitId::from(typed)) {
        return Ok(u.id.clone());
    }
    let near = crate::yaml::closest(typed, ws.units.keys().map(UnitId::as_str));
    Err(Stop::no_such(match (ctx.lang, near) {
        (Lang::Vi, Some(n)) => format!("{typed}: không có đơn vị này. Có phải {n}?"),
        (Lang::Vi, None) => format!("{typed}: không có đơn vị này. Xem:   {}", ctx.hint(&["unit", "list"])),
        (Lang::En, Some(n)) => format!("{typed} is no unit. Did you mean {n}?"),
        (Lang::En, None) => format!("{typed} is no unit. See:   {}", ctx.hint(&["unit", "list"])),
    }))
}

/// The renditions of a channel, and those that a unit gets.
fn chosen<'a>(
    ctx: &Ctx,
    settings: &Settings,
    ws: &Workspace,
    p: &Post,
    made: &'a [Rendition],
    channel: Option<&str>,
    unit: Option<&UnitId>,
) -> Result<Vec<&'a Rendition>, Stop> {
    let family = match channel {
        None => None,
        Some(typed) => {
            let folded = text::fold(typed);
            let known = Family::ALL.into_iter();
            let found = Family::parse(typed).or_else(|| known.clone().find(|f| text::fold(f.vi()) == folded));
            Some(found.ok_or_else(|| {
                let all = known.map(|f| f.as_str()).collect::<Vec<_>>().join(", ");
                Stop::no_such(match ctx.lang {
                    Lang::Vi => format!("{typed}: không có kênh này. Có: {all}"),
                    Lang::En => format!("{typed} is no channel. There are: {all}"),
                })
            })?)
        }
    };
    let kinds: Vec<String> = p
        .sendings
        .iter()
        .filter(|s| family.is_none_or(|f| f == s.family))
        .flat_map(|s| {
            let places = ws.channels_of(s.family, &s.to, &s.except);
            let mut kinds: Vec<String> = places
                .into_iter()
                .filter(|c| unit.is_none_or(|u| *u == c.unit))
                .filter_map(|c| crate::plan::desired::channel_account(settings, c).map(|(_, kind)| kind))
                .collect();
            if unit.is_none() && ws.lists_of(&s.to).next().is_some() {
                kinds.extend(
                    crate::plan::desired::family_account(settings, ws, s.family).map(|(_, kind)| kind),
                );
            }
            kinds
        })
        .collect();
    let chosen: Vec<&Rendition> = made.iter().filter(|r| kinds.contains(&r.kind)).collect();
    if chosen.is_empty() {
        let has: Vec<&str> = approve::families_of(p).iter().map(|f| f.as_str()).collect();
        let has = has.join(", ");
        return Err(Stop::no_such(match ctx.lang {
            Lang::Vi => format!("Bài không đi kênh này hoặc không tới đơn vị này. Bài có: {has}"),
            Lang::En => format!("The post does not go that way, or not to that unit. It has: {has}"),
        }));
    }
    Ok(chosen)
}

/// Whom a voice is made out to where no unit was named: a person without a name, or the first place of its kind.
fn reader(ctx: &Ctx, settings: &Settings, ws: &Workspace, p: &Post, r: &Rendition) -> String {
    let first = p
        .sendings
        .iter()
        .flat_map(|s| ws.channels_of(s.family, &s.to, &s.except))
        .find(|c| crate::plan::desired::channel_account(settings, c).is_some_and(|(_, k)| k == r.kind))
        .and_then(|c| ws.units.get(&c.unit));
    match first {
        _ if r.kind == "email" && listed(ws, p) => ctx.say("Anh/Chị", "Anh/Chị").to_owned(),
        Some(u) => u.name.clone(),
        None => ctx.say("Anh/Chị", "Anh/Chị").to_owned(),
    }
}

/// True if mails of the post go to people of lists.
fn listed(ws: &Workspace, p: &Post) -> bool {
    p.sendings.iter().any(|s| s.family == Family::Email && ws.lists_of(&s.to).next().is_some())
}

/// What was frozen for what lies in the folder: from its first step of approval on.
async fn frozen(store: &Store, origin: &Origin, here: Option<&str>) -> Result<Vec<Rendition>, Stop> {
    let row = store.post_get(origin.as_str()).await?;
    let row = row.filter(|row| here.is_some() && row.revision_hash.as_deref() == here);
    Ok(match row.and_then(|row| row.revision_id) {
        Some(revision) => store.renditions_of(revision).await?,
        None => vec![],
    })
}

/// What a reader sees as the sender: the account's own name where it has one.
fn sender(settings: &Settings, organisation: &str, r: &Rendition) -> String {
    let of_kind = settings
        .accounts
        .values()
        .filter(|a| a.kind == r.kind || (is_package(&r.kind) && a.kind == "hand-over"));
    let carriers =
        of_kind.filter_map(|a| a.carrier.as_ref().and_then(|id| settings.accounts.get(id)).or(Some(a)));
    carriers
        .filter_map(|a| a.settings.get("from_name").and_then(|v| v.as_str()))
        .next()
        .unwrap_or(organisation)
        .to_owned()
}

fn heads(ctx: &Ctx, loaded: &Loaded, c: &Campaign, p: &Post) -> Vec<(String, String)> {
    let ws = &loaded.workspace;
    let author = ws.people.get(&p.author).map_or_else(|| p.author.to_string(), |x| x.name.clone());
    let audience = c.audiences.iter().find(|a| a.id == p.audience).map_or(p.audience.as_str(), |a| &a.title);
    let message = c.messages.iter().find(|m| m.0 == p.message).map_or(p.message.as_str(), |m| &m.1);
    let class = match p.class {
        Class::Policy => ctx.say("tin chính sách", "policy"),
        Class::Internal => ctx.say("tin nội bộ", "internal"),
        Class::Urgent => ctx.say("tin khẩn", "urgent"),
        Class::Advertising => ctx.say("quảng cáo", "advertising"),
    };
    let mut out = vec![
        (ctx.say("Chiến dịch", "Campaign").to_owned(), c.title.clone()),
        (ctx.say("Người soạn", "Author").to_owned(), author),
        (ctx.say("Loại", "Class").to_owned(), class.to_owned()),
        (ctx.say("Đối tượng", "Audience").to_owned(), audience.to_owned()),
        (ctx.say("Thông điệp", "Message").to_owned(), message.to_owned()),
    ];
    if p.sendings.iter().any(|s| s.priority == Priority::Urgent) {
        let words = super::planning::urgent_words(ctx.lang).trim_matches(['[', ']']).to_owned();
        out.push((ctx.say("Mức gửi", "Priority").to_owned(), words));
    }
    if let Some(link) = &p.link {
        out.push((ctx.say("Xem thêm ở", "Read more at").to_owned(), link.clone()));
    }
    let origin = format!("{}/{}", c.id, p.id);
    if let Some(e) = exemption(loaded, &origin) {
        let by = ws.people.get(&e.approved_by).map_or(e.approved_by.as_str(), |x| &x.name);
        out.push((ctx.say("Miễn bộ tư liệu", "Without the kit").to_owned(), format!("{} ({by})", e.reason)));
    }
    for (code, why) in switched(loaded, &origin) {
        out.push((format!("{} {code}", ctx.say("Tắt quy tắc", "Switched off")), why.to_owned()));
    }
    out
}

/// Steps of approval with those given for what lies in the folder; an edit voids them.
async fn steps(
    ctx: &Ctx,
    settings: &Settings,
    store: &Store,
    ws: &Workspace,
    p: &Post,
    origin: &Origin,
    here: Option<&str>,
) -> Result<Vec<StepLine>, Stop> {
    let stored = store.post_get(origin.as_str()).await?;
    let revision = stored.filter(|row| row.revision_hash.as_deref() == here).and_then(|row| row.revision_id);
    let given = match revision {
        Some(r) => store.approval_of(r).await?,
        None => vec![],
    };
    let people: BTreeMap<&str, &str> = ws.people.values().map(|x| (x.id.as_str(), x.name.as_str())).collect();
    let say = |i: usize| {
        given.get(i).map_or_else(String::new, |g| {
            let who = people.get(g.by_name.as_str()).copied().unwrap_or(&g.by_name);
            let day = crate::plan::instant(g.at).with_timezone(&settings.time_zone).date_naive();
            format!("{who}, {}", text::date(day))
        })
    };
    let all = approve::steps(settings, p.class);
    Ok(all
        .into_iter()
        .enumerate()
        .map(|(i, name)| StepLine {
            name: if name == approve::ANYBODY {
                ctx.say("người khác người soạn", "anybody but the author").to_owned()
            } else {
                name
            },
            given: say(i),
        })
        .collect())
}

fn facts(
    ctx: &Ctx,
    settings: &Settings,
    ws: &Workspace,
    p: &Post,
    days: &[chrono::NaiveDate],
) -> Vec<FactLine> {
    render::facts_of(p)
        .iter()
        .filter_map(|id| ws.facts.get(id))
        .map(|f| {
            let first_bad =
                days.iter().find_map(|d| f.valid_on(*d, settings.fact_max_age_days).err().map(|e| (*d, e)));
            let holds = match (f.valid_from, f.valid_to) {
                (None, None) => ctx.say("không thời hạn", "without end").to_owned(),
                (Some(a), None) => format!("{} {}", ctx.say("từ", "from"), text::date(a)),
                (None, Some(b)) => format!("{} {}", ctx.say("đến hết", "until"), text::date(b)),
                (Some(a), Some(b)) => format!("{} – {}", text::date(a), text::date(b)),
            };
            let holds = match &first_bad {
                Some((d, Stale::Expired(_) | Stale::NotYet(_))) => {
                    format!("{holds} · {} {}", ctx.say("không đúng ngày", "not true on"), text::date(*d))
                }
                Some((_, Stale::NeverChecked | Stale::CheckTooOld(_))) | None => holds,
            };
            let who = f.checked_by.as_ref().and_then(|id| ws.people.get(id)).map(|x| x.name.clone());
            let checked = match f.checked {
                Some(d) => [Some(text::date(d)), who].into_iter().flatten().collect::<Vec<_>>().join(", "),
                None => ctx.say("chưa ai kiểm tra", "never checked").to_owned(),
            };
            let checked = match &first_bad {
                Some((d, Stale::CheckTooOld(_))) => {
                    format!("{checked} · {} {}", ctx.say("quá cũ vào ngày", "too old on"), text::date(*d))
                }
                Some((_, Stale::NeverChecked | Stale::Expired(_) | Stale::NotYet(_))) | None => checked,
            };
            FactLine {
                text: f.text.clone(),
                basis: [f.basis.clone(), f.source.clone()]
                    .into_iter()
                    .flatten()
                    .collect::<Vec<_>>()
                    .join(" · "),
                holds,
                checked,
                good: first_bad.is_none(),
            }
        })
        .collect()
}

/// Every file that any voice shows or attaches, once.
fn assets(ctx: &Ctx, made: &[Rendition], image: &dyn Fn(&Attachment) -> Option<String>) -> Vec<AssetLine> {
    let mut seen = BTreeMap::new();
    for a in made.iter().flat_map(|r| &r.attachments) {
        seen.entry(a.sha256.clone()).or_insert(a);
    }
    seen.into_values()
        .map(|a| AssetLine {
            id: a.name.clone(),
            title: a.caption.clone().unwrap_or_default(),
            alt: a.alt.clone(),
            sha256: a.sha256.clone(),
            form: format!(
                "{}, {} KB",
                a.name.rsplit('.').next().unwrap_or_default().to_uppercase(),
                text::number(a.bytes.div_ceil(1024) as i64, ctx.lang)
            ),
            image: image(a),
        })
        .collect()
}

/// The pictures of all voices by hash, as they may stand in a page: from the mirror, else from the folder, and only if they are
/// what their hash says.
fn pictures(ctx: &Ctx, settings: &Settings, ws: &Workspace, made: &[Rendition]) -> BTreeMap<String, Picture> {
    let mirror = ctx.assets();
    let files: BTreeMap<&str, &str> = ws.kit.values().map(|a| (a.sha256.as_str(), a.file.as_str())).collect();
    let mut out = BTreeMap::new();
    for a in made.iter().flat_map(|r| &r.attachments).filter(|a| a.mime.starts_with("image/")) {
        if out.contains_key(&a.sha256) {
            continue;
        }
        let bytes = mirror.get(&a.sha256).map(|b| b.to_vec()).ok().or_else(|| {
            let file = settings.root.join("campaigns").join(files.get(a.sha256.as_str())?);
            let bytes = std::fs::read(file).ok()?;
            let hash: String = Sha256::digest(&bytes).iter().map(|b| format!("{b:02x}")).collect();
            (hash == a.sha256).then_some(bytes)
        });
        if let Some(picture) = bytes.and_then(|b| picture(&b, &a.mime)) {
            out.insert(a.sha256.clone(), picture);
        }
    }
    out
}

/// A picture inside a page; a heavy one no larger than it is shown. What cannot be opened is not shown.
fn picture(bytes: &[u8], mime: &str) -> Option<Picture> {
    let info = crate::kit::inspect(bytes, None).ok().filter(|i| i.mime == mime)?;
    let pixels = info.pixels;
    if bytes.len() <= HEAVY {
        return Some(Picture { url: format!("data:{};base64,{}", info.mime, BASE64.encode(bytes)), pixels });
    }
    let small = image::load_from_memory(bytes).ok()?.thumbnail(WIDEST, WIDEST).to_rgb8();
    let mut out = std::io::Cursor::new(vec![]);
    small.write_to(&mut out, image::ImageFormat::Jpeg).ok()?;
    Some(Picture { url: format!("data:image/jpeg;base64,{}", BASE64.encode(out.into_inner())), pixels })
}

/// The recording as stations get it, to be played on the page. It is the one the folder was read with: a file that changed since
/// is not shown in its place.
fn recording(ctx: &Ctx, settings: &Settings, p: &Post) -> Result<Option<String>, Stop> {
    let Some(r) = &p.recording else { return Ok(None) };
    let path = settings.root.join(&r.file);
    let bytes = std::fs::read(&path).map_err(|e| Stop::file(&path, &e))?;
    match sound::mp3_bare(&bytes).filter(|(_, bare)| crate::kit::hash(bare) == r.sha256) {
        Some((_, bare)) => Ok(Some(format!("data:audio/mpeg;base64,{}", BASE64.encode(bare)))),
        None => Err(Stop::attention(match ctx.lang {
            Lang::Vi => format!("{}: tệp vừa bị thay trong lúc xem. Chạy lại lệnh.", r.file),
            Lang::En => format!("{}: the file was replaced meanwhile. Run the command again.", r.file),
        })),
    }
}
