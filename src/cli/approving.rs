//! `loa approve`: steps given by name, and why one was not given.

use super::{Ctx, Done, Exit, Stop, folder};
use crate::config::Settings;
use crate::domain::campaign::{KitExemption, Priority};
use crate::domain::people::Person;
use crate::domain::text::{self, Lang};
use crate::manifest::Loaded;
use crate::plan::approve::{self, Desk};

/// `loa approve`
///
/// # Errors
/// Why a step was not given; nothing is written for that post.
pub async fn approve(ctx: &Ctx, what: &str, by: &str) -> Done {
    let settings = ctx.settings(false)?;
    let loaded = ctx.load(&settings);
    let store = ctx.store(&settings).await?;
    let templates = ctx.templates()?;
    let assets = ctx.assets();
    let desk = Desk {
        store: &store,
        settings: &settings,
        workspace: &loaded.workspace,
        templates: &templates,
        assets: &assets,
    };
    let (campaign, post) = what.split_once('/').map_or((what, None), |(c, p)| (c, Some(p)));
    let posts: Vec<String> = match post {
        Some(p) => vec![p.to_owned()],
        None => store
            .pending_posts()
            .await?
            .into_iter()
            .filter_map(|p| {
                p.origin.split_once('/').filter(|(c, _)| *c == campaign).map(|(_, p)| p.to_owned())
            })
            .collect(),
    };
    if posts.is_empty() {
        let known = loaded.workspace.campaigns.iter().any(|c| c.id.as_str() == campaign)
            || store.post_all().await?.iter().any(|p| p.origin.split('/').next() == Some(campaign));
        if !known {
            let near =
                crate::yaml::closest(campaign, loaded.workspace.campaigns.iter().map(|c| c.id.as_str()));
            let near = near.map_or_else(String::new, |n| match ctx.lang {
                Lang::Vi => format!(". Có phải {n}?"),
                Lang::En => format!(". Did you mean {n}?"),
            });
            return Err(Stop::no_such(match ctx.lang {
                Lang::Vi => format!("{campaign}: không có chiến dịch nào tên này{near}"),
                Lang::En => format!("{campaign}: there is no campaign of that name{near}"),
            }));
        }
        let apply = ctx.hint(&["apply"]);
        return Err(Stop::refused(match ctx.lang {
            Lang::Vi => format!("{campaign}: không có bài nào chờ duyệt. Đã ghi lịch chưa?   {apply}"),
            Lang::En => format!("{campaign}: no post waits for approval. Was the plan applied?   {apply}"),
        }));
    }
    let mut given = Vec::new();
    let mut refused = Vec::new();
    for p in posts {
        match desk.approve(campaign, &p, by, ctx.now()).await {
            Ok(g) => given.push(g),
            Err(e) => refused.push((format!("{campaign}/{p}"), e)),
        }
    }
    if !given.is_empty() {
        let steps = |class| approve::steps(&settings, class).len();
        crate::dispatch::Gate::default().turn(&store, &settings, &steps, ctx.now()).await?;
    }
    if ctx.json {
        let json = serde_json::json!({
            "given": given.iter().map(|g| serde_json::json!({
                "post": g.origin, "step": g.step, "number": g.number, "of": g.of, "counts": g.counts,
                "kit_exemption": exemption(&loaded, &g.origin),
                "differs": g.changes.as_ref().map(|all| all.iter().map(|(kind, _)| kind).collect::<Vec<_>>()),
            })).collect::<Vec<_>>(),
            "refused": refused.iter().map(|(o, e)| serde_json::json!({ "post": o, "why": e.to_string() })).collect::<Vec<_>>(),
        });
        println!("{json}");
    } else {
        let rows = store.occurrence_all().await?;
        for g in &given {
            let channels: usize = g.counts.values().map(|c| c.0).sum();
            let people: i64 = g.counts.values().map(|c| c.1).sum();
            let left = g.of - g.number;
            let of_it = || rows.iter().filter(|o| o.origin == g.origin.as_str() && o.cancelled_at.is_none());
            let gone: i64 = of_it().map(|o| o.started).sum();
            let open = of_it().any(|o| {
                let to_come = o.placed_at.is_none() || (o.expanded_at.is_none() && o.lists != "[]");
                o.waiting > 0 || (to_come && o.expires_at > crate::plan::ms(ctx.now()))
            });
            println!(
                "{}",
                match ctx.lang {
                    Lang::Vi => format!(
                        "Đã duyệt bước {}/{} ({}) {}: {} nơi, {} người tính đến lúc này. {}",
                        g.number,
                        g.of,
                        step_name(&g.step, ctx.lang),
                        g.origin,
                        text::number(channels as i64, ctx.lang),
                        text::number(people, ctx.lang),
                        if left == 0 && !open {
                            "Đủ bước, nhưng không còn lượt nào chưa gửi: bản này không đi đâu nữa.".to_owned()
                        } else if left == 0 && gone > 0 {
                            format!(
                                "Đủ bước; {} lượt đã gửi theo bản trước, phần còn lại gửi theo bản này, đúng giờ.",
                                text::number(gone, ctx.lang)
                            )
                        } else if left == 0 {
                            "Đủ bước, sẽ gửi đúng giờ.".to_owned()
                        } else {
                            format!("Còn {left} bước.")
                        }
                    ),
                    Lang::En => format!(
                        "Approved step {}/{} ({}) of {}: {}, {} as of now. {}",
                        g.number,
                        g.of,
                        step_name(&g.step, ctx.lang),
                        g.origin,
                        text::plural(channels as i64, "place", "places"),
                        text::plural(people, "person", "people"),
                        if left == 0 && !open {
                            "Complete, but nothing is left to send: this version goes nowhere.".to_owned()
                        } else if left == 0 && gone > 0 {
                            format!(
                                "Complete; {gone} went as it was before, the rest goes like this at its time."
                            )
                        } else if left == 0 {
                            "Complete; it goes at its time.".to_owned()
                        } else {
                            format!("{left} to go.")
                        }
                    ),
                }
            );
        }
        for g in given.iter().filter(|g| urgent(&loaded, g.origin.as_str())) {
            println!("{}: {}", g.origin, super::planning::urgent_words(ctx.lang));
        }
        for (origin, changes) in given.iter().filter_map(|g| Some((&g.origin, g.changes.as_ref()?))) {
            let words = super::planning::summary(changes, ctx.lang);
            println!(
                "{} {origin}: {words}",
                ctx.say("Khác bản duyệt trước,", "Against what was approved before,")
            );
        }
        for (g, e) in given.iter().filter_map(|g| Some((g, exemption(&loaded, &g.origin)?))) {
            let by = loaded.workspace.people.get(&e.approved_by).map_or(e.approved_by.as_str(), |p| &p.name);
            println!(
                "{}",
                match ctx.lang {
                    Lang::Vi =>
                        format!("{}: không dùng bộ tư liệu. Lý do: {} ({by} cho phép)", g.origin, e.reason),
                    Lang::En => format!(
                        "{}: shows nothing of the media kit. Why: {} (allowed by {by})",
                        g.origin, e.reason
                    ),
                }
            );
        }
        for (g, code, why) in
            given.iter().flat_map(|g| switched(&loaded, &g.origin).map(move |(c, w)| (g, c, w)))
        {
            println!(
                "{}",
                match ctx.lang {
                    Lang::Vi => format!("{}: tắt quy tắc soát chữ {code}. Lý do: {why}", g.origin),
                    Lang::En => format!("{}: switches off {code} of the linter. Why: {why}", g.origin),
                }
            );
        }
        for (origin, e) in &refused {
            eprintln!("{}", refusal(ctx, e, origin, &settings, &loaded));
        }
        if !given.is_empty() {
            println!("{}", ctx.say(
                "Duyệt này là khai báo (chưa có đăng nhập): số phiếu duyệt hoặc bản ký lưu ở cơ quan.",
                "This approval is attested (there is no sign-in yet): keep the signed slip at the office.",
            ));
        }
    }
    let of = |(origin, e): &(String, approve::Refusal)| {
        // It is there, and its files have faults.
        let stopped = matches!(e, approve::Refusal::NoPost(_)) && folder::is_stopped(&loaded, origin);
        if stopped { Exit::Attention } else { e.into() }
    };
    Ok(refused.iter().map(of).max().unwrap_or(Exit::Good))
}

fn step_name(step: &str, lang: Lang) -> String {
    match (step, lang) {
        (approve::ANYBODY, Lang::Vi) => "người khác người soạn".into(),
        (approve::ANYBODY, Lang::En) => "anybody but the author".into(),
        (s, _) => s.to_owned(),
    }
}

/// Rules of the linter that a post switches off, with its reasons.
pub(super) fn switched<'a>(
    loaded: &'a Loaded,
    origin: &'a str,
) -> impl Iterator<Item = (&'static str, &'a str)> {
    let of = loaded
        .switched
        .iter()
        .filter(move |((c, p), _)| origin.split_once('/') == Some((c.as_str(), p.as_str())));
    of.flat_map(|(_, off)| off.iter().map(|(code, why)| (*code, why.as_str())))
}

/// Why a post shows nothing of the media kit, where it needed a reason.
pub(super) fn exemption<'a>(loaded: &'a Loaded, origin: &str) -> Option<&'a KitExemption> {
    let (campaign, post) = origin.split_once('/')?;
    let campaign = loaded.workspace.campaigns.iter().find(|c| c.id.as_str() == campaign)?;
    let read = campaign.posts.iter().find(|p| p.id.as_str() == post)?;
    loaded.workspace.without_kit(campaign, read)
}

fn refusal(ctx: &Ctx, e: &approve::Refusal, origin: &str, settings: &Settings, loaded: &Loaded) -> String {
    use approve::Refusal as R;
    let meant =
        if let R::NobodyKnown(name) = e { approve::near_person(&loaded.workspace, name) } else { None };
    if ctx.lang == Lang::En {
        let says = ctx.pasteable(&e.to_string());
        return match meant {
            Some(p) => format!("{says}. Did you mean {} ({})?", p.id, p.name),
            None => says,
        };
    }
    match e {
        R::NobodyKnown(name) => match meant {
            Some(p) => format!(
                "{origin}: không có ai mã “{name}” trong campaigns/people.yaml. Có phải {} ({})?",
                p.id, p.name
            ),
            None => {
                let known: Vec<&str> = loaded.workspace.people.keys().map(|p| p.as_str()).collect();
                format!(
                    "{origin}: không có ai mã “{name}” trong campaigns/people.yaml. Có: {}",
                    known.join(", ")
                )
            }
        },
        R::NeverApplied(_) => format!(
            "{origin}: bài chưa được ghi vào lịch. Ghi trước rồi hãy duyệt:   {}",
            ctx.hint(&["apply"])
        ),
        R::NoPost(_) => {
            format!("{origin}: không có bài này, hoặc bài đang có lỗi. Xem:   {}", ctx.hint(&["check"]))
        }
        R::NotApplied(_) => format!(
            "{origin}: bài đã sửa từ lần ghi lịch trước. Ghi lại rồi hãy duyệt:   {}",
            ctx.hint(&["apply"])
        ),
        R::Author { person, .. } => format!("{origin}: {person} là người soạn, phải để người khác duyệt."),
        R::NotTheirStep { step, person, .. } => {
            let who: Vec<String> = holders(settings, loaded.workspace.people.values(), step);
            format!(
                "{origin}: đang chờ bước “{step}”, {person} không giữ bước này (và hôm nay không được ủy quyền). Người giữ bước: {}",
                who.join(", ")
            )
        }
        R::Done(_) => format!("{origin}: đã duyệt đủ các bước."),
        R::Twice { person, .. } => {
            format!("{origin}: {person} đã duyệt một bước trước; mỗi bước phải là một người khác.")
        }
        R::Render { faults, .. } => format!("{origin}: chưa dựng được bài:\n  {}", faults.join("\n  ")),
        R::Asset { file, why } => format!("{origin}: {}: {}", file.display(), why.vi),
        R::Store(e) => super::trouble::says(e, ctx.lang),
    }
}

/// Who has a step by role or by name: `id (name)`.
fn holders<'a>(settings: &Settings, people: impl Iterator<Item = &'a Person>, step: &str) -> Vec<String> {
    people
        .filter(|p| approve::may(settings, p, step, chrono::NaiveDate::MIN).is_some())
        .map(|p| format!("{} ({})", p.id, p.name))
        .collect()
}

/// True if a sending of the post is urgent.
fn urgent(loaded: &crate::manifest::Loaded, origin: &str) -> bool {
    let found = origin.split_once('/').and_then(|(c, p)| {
        let c = loaded.workspace.campaigns.iter().find(|x| x.id.as_str() == c)?;
        c.posts.iter().find(|x| x.id.as_str() == p)
    });
    found.is_some_and(|p| p.sendings.iter().any(|s| s.priority == Priority::Urgent))
}
