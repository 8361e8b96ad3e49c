//! `campaign.yaml` and the posts of its folder.

use std::collections::BTreeSet;

use super::{Loader, cross, exempt, names, post, shapes};
use crate::domain::campaign::{Audience, Campaign, Class, LegalBasis, Objective};
use crate::domain::id::{AudienceId, CampaignId, MessageId, ObjectiveId, PostId, UnitId, is_slug};
use crate::domain::schedule::HolidayRule;
use crate::domain::unit::Family;
use crate::domain::words;
use crate::yaml::{Fault, Node, Say, Severity, Source};

/// What posts need to know of their campaign.
pub struct Frame {
    /// As read so far, without posts.
    pub campaign: Campaign,
    /// Rule of sendings that state none.
    pub on_holiday: HolidayRule,
    /// The campaign's folder.
    pub folder: String,
    /// True if its messages could not be read: then none is unknown.
    pub no_messages: bool,
    /// True if its audiences could not be read.
    pub no_audiences: bool,
}

/// Reads a class.
pub fn class(word: &str) -> Class {
    match word {
        "internal" => Class::Internal,
        "urgent" => Class::Urgent,
        "advertising" => Class::Advertising,
        _ => Class::Policy,
    }
}

/// Reads a holiday rule.
pub fn holiday(word: &str) -> HolidayRule {
    match word {
        "next_working_day" => HolidayRule::NextWorkingDay,
        "previous_working_day" => HolidayRule::PreviousWorkingDay,
        "skip" => HolidayRule::Skip,
        _ => HolidayRule::Keep,
    }
}

/// Reads a campaign and its posts.
pub fn read(l: &mut Loader<'_>, name: &str) {
    let folder = format!("campaigns/{name}");
    let file = format!("{folder}/campaign.yaml");
    let before = l.faults.len();
    // `system/…` is what Loa calls its own papers, which need no approval.
    let reserved = name == "system";
    if !is_slug(name) {
        l.faults.push(folder_name(&file, name));
    } else if reserved {
        l.faults.push(
            Fault::file(
                "N034",
                Severity::Error,
                &*file,
                "chiến dịch không được mang tên “system”: Loa dùng tên này cho giấy tờ của chính mình",
                "a campaign cannot be called “system”: Loa uses that name for its own papers",
            )
            .fix("Đổi tên thư mục của chiến dịch.", "Rename the campaign's folder."),
        );
    }
    let tree = l.shaped(&file, &shapes::CAMPAIGN, true);
    let frame = match &tree {
        Some((tree, source)) if is_slug(name) && !reserved => frame(l, tree, source, name, &folder),
        Some(_) | None => None,
    };
    let listed = l.faults.len();
    let posts = posts(l, &folder);
    let mut unclear = l.faults[listed..].iter().any(|f| f.severity == Severity::Error);
    let Some(mut frame) = frame else {
        let code = l.faults.get(before).map_or("K003", |f| f.code);
        for (p, _) in posts {
            l.stopped.push((CampaignId::new(name), PostId::new(p), code));
        }
        return;
    };
    if let Some((tree, source)) = &tree {
        frame.campaign.kit_exemptions = exempt::read(l, tree, source, &posts);
    }
    let mut declared = vec![];
    let mut good = vec![];
    for (id, path) in posts {
        let from = l.faults.len();
        let (post, said) = post::read(l, &frame, &id, &path);
        declared.extend(said);
        let own = format!("{path}/");
        let stop = l.faults[from..].iter().find(|f| f.severity.stops() && f.file.starts_with(&own));
        unclear |= l.faults[from..]
            .iter()
            .any(|f| f.file.starts_with(&own) && f.severity == Severity::Error && blurs(f.code));
        match (post, stop) {
            (Some(p), None) => good.push(p),
            (post, stop) => {
                let own = l.faults[from..].iter().filter(|f| f.severity.stops() && f.file.starts_with(&own));
                if let Some(post) = post.filter(|_| own.clone().all(|f| f.code == "A020")) {
                    l.unrecorded.push((frame.campaign.id.clone(), post));
                }
                let code =
                    stop.map_or_else(|| l.broken.values().next().copied().unwrap_or("K003"), |f| f.code);
                l.stopped.push((frame.campaign.id.clone(), PostId::new(id), code));
            }
        }
    }
    if let Some((tree, source)) = &tree {
        cross::matrix(l, &frame.campaign, (tree, source), &declared, unclear);
    }
    l.ws.campaigns.push(Campaign { posts: good, ..frame.campaign });
}

/// True for faults that leave open what a post is for.
fn blurs(code: &str) -> bool {
    code.starts_with('T')
        || matches!(code, "N023" | "N024" | "K001" | "K003" | "K004" | "K005" | "K006" | "K008" | "W004")
}

fn folder_name(file: &str, name: &str) -> Fault {
    let f = Fault::file(
        "N034",
        Severity::Error,
        file,
        format!("tên thư mục “{name}” không dùng làm mã được"),
        format!("the folder's name “{name}” is no id"),
    );
    let meant = crate::yaml::shape::as_id(name);
    let f = if meant.is_empty() { f } else { f.maybe(meant, None) };
    f.fix(
        "Đổi tên thư mục: chữ thường không dấu, chữ số, gạch nối; không có dấu cách.",
        "Rename the folder: lower-case letters without marks, digits, hyphens.",
    )
}

/// The posts of a campaign: id and folder.
fn posts(l: &mut Loader<'_>, folder: &str) -> Vec<(String, String)> {
    let mut out = vec![];
    for name in l.files.list(&format!("{folder}/posts"), &mut l.faults) {
        let Some(id) = name.strip_suffix('/') else { continue };
        let path = format!("{folder}/posts/{id}");
        if l.files.exists(&format!("{path}/post.yaml")) {
            if is_slug(id) {
                out.push((id.to_owned(), path));
            } else {
                l.faults.push(folder_name(&format!("{path}/post.yaml"), id));
            }
            continue;
        }
        let inside = l.files.list(&path, &mut l.faults);
        let deeper: Vec<&str> = inside
            .iter()
            .filter_map(|f| f.strip_suffix('/'))
            .filter(|f| l.files.exists(&format!("{path}/{f}/post.yaml")))
            .collect();
        if !deeper.is_empty() {
            let list = deeper.join(", ");
            l.faults.push(
                Fault::file(
                    "W004",
                    Severity::Error,
                    format!("{path}/post.yaml"),
                    format!("thư mục “{id}” không phải một bài mà chứa bài khác: {list}"),
                    format!("the folder “{id}” is no post but holds others: {list}"),
                )
                .why(
                    "Mỗi bài là một thư mục nằm ngay dưới posts/; Loa không đọc sâu hơn.",
                    "A post is a folder right below posts/; nothing deeper is read.",
                )
                .fix(
                    format!("Chuyển {list} ra ngay dưới {folder}/posts/."),
                    format!("Move {list} right below {folder}/posts/."),
                )
                .meanwhile(
                    "Trong lúc chờ: các bài trong đó không được đọc, không gửi đi đâu.",
                    "Meanwhile the posts in it are not read and go nowhere.",
                ),
            );
            continue;
        }
        if inside
            .iter()
            .any(|f| f.ends_with(".md") || f.ends_with(".yaml") || f.ends_with(".yml") || f.ends_with(".txt"))
        {
            let near = inside.iter().find(|f| f.starts_with("post.") || f.starts_with("bai."));
            let mut f = Fault::file(
                "W004",
                Severity::Error,
                format!("{path}/post.yaml"),
                "thư mục bài này không có tệp post.yaml",
                "this folder of a post has no post.yaml",
            );
            f = match near {
                Some(n) => f.fix(format!("Đổi tên {n} thành post.yaml"), format!("Rename {n} to post.yaml")),
                None => f.fix(
                    "Chép post.yaml từ một bài khác rồi sửa, hoặc tạo bài mới bằng lệnh new post.",
                    "Copy post.yaml from another post, or make one with the command new post.",
                ),
            };
            l.faults.push(f);
        }
    }
    out
}

fn frame(l: &mut Loader<'_>, tree: &Node, source: &Source, name: &str, folder: &str) -> Option<Frame> {
    if let Some(id) = tree.get("campaign")
        && let Some(text) = id.text()
        && text != name
    {
        l.faults.push(
            source
                .error(
                    "N034",
                    id.span,
                    format!("mã “{text}” khác tên thư mục “{name}”"),
                    format!("the id “{text}” differs from the folder “{name}”"),
                )
                .fix(format!("Sửa: campaign: {name}"), format!("Write campaign: {name}")),
        );
    }
    let day = |k: &str| tree.str(k).and_then(|d| words::parse_date(d).ok());
    let (start, end) = (day("start")?, day("end")?);
    let title = tree.str("title")?.to_owned();
    let owner = tree.get("owner")?;
    let owner_id = owner.text()?.to_owned();
    if end < start {
        let span = tree.get("end").map_or(tree.span, |n| n.span);
        l.faults.push(
            source
                .error("D003", span, "ngày kết thúc trước ngày bắt đầu", "the end comes before the beginning")
                .fix("Xem lại hai dòng start và end.", "Look at start and end."),
        );
        return None;
    }
    names::unit_ref(l, source, &owner_id, owner.span, ("đơn vị", "unit"));
    let defaults = tree.get("defaults");
    let contact = defaults.and_then(|d| d.get("contact"));
    if let Some(n) = contact
        && let Some(id) = n.text()
    {
        names::unit_ref(l, source, id, n.span, ("đơn vị", "unit"));
    }
    let messages: Vec<(MessageId, String)> = tree
        .get("messages")
        .map_or(&[][..], Node::entries)
        .iter()
        .map(|(k, v)| (MessageId::new(&k.name), v.text().unwrap_or_default().to_owned()))
        .collect();
    let audiences = audiences(l, tree, source, &messages);
    let objectives = objectives(l, tree, source, &audiences);
    let campaign = Campaign {
        id: CampaignId::new(name),
        title,
        owner: UnitId::new(owner_id),
        start,
        end,
        legal_basis: legal(l, tree, source, folder),
        audiences,
        messages,
        objectives,
        default_class: defaults.and_then(|d| d.str("class")).map_or(Class::Policy, class),
        contact: contact.and_then(Node::text).map(UnitId::new),
        kit_exemptions: vec![],
        posts: vec![],
    };
    let on_holiday = defaults.and_then(|d| d.str("on_holiday")).map_or(HolidayRule::Keep, holiday);
    let unreadable = |k: &str| tree.get(k).is_some_and(|n| n.entries().is_empty());
    Some(Frame {
        campaign,
        on_holiday,
        folder: folder.to_owned(),
        no_messages: unreadable("messages"),
        no_audiences: unreadable("audiences"),
    })
}

fn legal(l: &mut Loader<'_>, tree: &Node, source: &Source, folder: &str) -> Vec<LegalBasis> {
    let mut out: Vec<LegalBasis> = vec![];
    for b in tree.list("legal_basis") {
        let date = b.str("date").and_then(|d| words::parse_date(d).ok());
        let (Some(kind), Some(number), Some(date), Some(issuer)) =
            (b.str("type"), b.str("number"), date, b.str("issuer"))
        else {
            continue;
        };
        let (mut file, mut sha256) = (None, None);
        if let Some(n) = b.get("file")
            && let Some(path) = n.text()
        {
            if path.contains("..") || path.starts_with('/') {
                l.faults.push(
                    source
                        .error(
                            "T027",
                            n.span,
                            "tệp phải nằm trong thư mục chiến dịch",
                            "the file must lie below the campaign's folder",
                        )
                        .fix(
                            "Chép tệp vào van-ban/ của chiến dịch rồi viết   file: van-ban/ten-tep",
                            "Copy it to van-ban/ and write   file: van-ban/name",
                        ),
                );
            } else if !l.files.exists(&format!("{folder}/{path}")) {
                l.faults.push(
                    source
                        .error(
                            "A003",
                            n.span,
                            format!("không có tệp {folder}/{path}"),
                            format!("there is no file {folder}/{path}"),
                        )
                        .fix(
                            "Chép bản sao văn bản vào đúng chỗ, hoặc bỏ dòng file.",
                            "Copy the document there, or remove the line.",
                        ),
                );
            } else {
                match l.files.bytes(&format!("{folder}/{path}"), 64 << 20) {
                    Ok(bytes) => {
                        file = Some(path.to_owned());
                        sha256 = Some(super::kit::hash(&bytes));
                    }
                    Err(f) => l.faults.push(*f),
                }
            }
        }
        if out.iter().any(|x| x.number == number) {
            let span = b.get("number").map_or(b.span, |n| n.span);
            l.faults.push(
                source
                    .error(
                        "N031",
                        span,
                        format!("văn bản {number} đã có ở trên"),
                        format!("{number} stands above already"),
                    )
                    .fix("Xóa một trong hai mục.", "Delete one of the two."),
            );
        }
        out.push(LegalBasis {
            kind: kind.to_owned(),
            number: number.to_owned(),
            date,
            issuer: issuer.to_owned(),
            title: b.str("title").map(str::to_owned),
            file,
            sha256,
        });
    }
    out
}

fn audiences(
    l: &mut Loader<'_>,
    tree: &Node,
    source: &Source,
    messages: &[(MessageId, String)],
) -> Vec<Audience> {
    let mut out = vec![];
    for (k, v) in tree.get("audiences").map_or(&[][..], Node::entries) {
        let mut own = vec![];
        for m in v.list("messages").iter().filter(|_| !v.entries().is_empty()) {
            let Some(id) = m.text() else { continue };
            if messages.is_empty() {
                continue;
            }
            if messages.iter().any(|(known, _)| known.as_str() == id) {
                own.push(MessageId::new(id));
            } else {
                let f = names::unknown(
                    source,
                    "N024",
                    (id, m.span),
                    ("thông điệp", "message"),
                    about_messages(messages),
                );
                l.faults.push(f);
            }
        }
        let channels = if v.entries().is_empty() {
            vec![]
        } else {
            v.list("channels").iter().filter_map(Node::text).filter_map(Family::parse).collect()
        };
        out.push(Audience {
            id: AudienceId::new(&k.name),
            title: v.text().or_else(|| v.str("title")).unwrap_or_default().to_owned(),
            messages: own,
            channels,
        });
    }
    out
}

/// Messages with their sentences, for "did you mean".
pub fn about_messages(messages: &[(MessageId, String)]) -> impl Iterator<Item = (&str, Option<Say>)> {
    messages.iter().map(|(id, t)| (id.as_str(), Some(Say::new(t.clone(), t.clone()))))
}

/// Audiences with their titles, for "did you mean".
pub fn about_audiences(audiences: &[Audience]) -> impl Iterator<Item = (&str, Option<Say>)> {
    audiences.iter().map(|a| (a.id.as_str(), Some(Say::new(a.title.clone(), a.title.clone()))))
}

fn objectives(l: &mut Loader<'_>, tree: &Node, source: &Source, audiences: &[Audience]) -> Vec<Objective> {
    let mut out = vec![];
    let mut seen = BTreeSet::new();
    for o in tree.list("objectives") {
        let (Some(id), Some(title)) = (o.str("id"), o.str("title")) else { continue };
        if !seen.insert(id.to_owned()) {
            let span = o.get("id").map_or(o.span, |n| n.span);
            l.faults.push(
                source
                    .error(
                        "N031",
                        span,
                        format!("mục tiêu “{id}” đã có ở trên"),
                        format!("the objective “{id}” stands above already"),
                    )
                    .fix("Đặt mã khác, hoặc gộp hai mục tiêu.", "Choose another id, or join the two."),
            );
        }
        let unit = o.get("unit");
        if let Some(n) = unit
            && let Some(u) = n.text()
        {
            names::unit_ref(l, source, u, n.span, ("đơn vị", "unit"));
        }
        let mut own = vec![];
        for a in o.list("for") {
            let Some(aid) = a.text() else { continue };
            if audiences.is_empty() || audiences.iter().any(|x| x.id.as_str() == aid) {
                own.push(AudienceId::new(aid));
            } else {
                let f = names::unknown(
                    source,
                    "N023",
                    (aid, a.span),
                    ("đối tượng", "audience"),
                    about_audiences(audiences),
                );
                l.faults.push(f);
            }
        }
        let percent = |k: &str| o.str(k).and_then(|p| words::parse_percent(p).ok());
        let (low, aim) = (percent("at_least"), percent("aim"));
        if let (Some(low), Some(aim)) = (low, aim)
            && aim < low
        {
            let span = o.get("aim").map_or(o.span, |n| n.span);
            l.faults.push(
                source
                    .error(
                        "K015",
                        span,
                        "mức phấn đấu thấp hơn mức tối thiểu",
                        "the aim is below the lower bound",
                    )
                    .fix("Xem lại at_least và aim.", "Look at at_least and aim."),
            );
        }
        out.push(Objective {
            id: ObjectiveId::new(id),
            title: title.to_owned(),
            unit: unit.and_then(Node::text).map(UnitId::new),
            audiences: own,
            at_least: low,
            aim,
            counted_on: o.str("counted_on").map(str::to_owned),
        });
    }
    out
}
