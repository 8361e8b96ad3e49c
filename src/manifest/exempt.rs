//! Policy information to the public shows the programme's own material (`campaigns/media-kit.yaml`), or the campaign says why it
//! does not, and who allowed it.

use super::campaign::Frame;
use super::text::used_by;
use super::{Loader, names};
use crate::domain::campaign::{Class, KitExemption, Sending, Texts};
use crate::domain::id::{PersonId, PostId};
use crate::domain::markdown;
use crate::domain::unit::Family;
use crate::yaml::{Fault, Node, Say, Severity, Source, Span};

/// The words that stand for every post of a campaign.
const ALL: [&str; 2] = ["all", "tat-ca"];

/// Reads `kit_exemptions` of a campaign whose posts have these folders.
pub fn read(
    l: &mut Loader<'_>,
    tree: &Node,
    source: &Source,
    posts: &[(String, String)],
) -> Vec<KitExemption> {
    let mut out: Vec<KitExemption> = vec![];
    for e in tree.list("kit_exemptions") {
        let (Some(post), Some(reason), Some(by)) = (e.get("post"), e.get("reason"), e.get("approved_by"))
        else {
            continue; // a key is missing: said
        };
        let (Some(id), Some(why), Some(person)) = (post.text(), reason.text(), by.text()) else { continue };
        if !ALL.contains(&id) && !posts.iter().any(|(p, _)| p == id) {
            let all = posts.iter().map(|(p, _)| (p.as_str(), None));
            let f = names::unknown(source, "A011", (id, post.span), ("bài", "post"), all);
            l.faults.push(f.as_severity(Severity::Warning));
            continue;
        }
        let known = l.ws.people.contains_key(person);
        if !known && !l.broken.contains_key("people") {
            names::person_ref(l, source, Some(by));
            continue;
        }
        // "x" says as little as nothing.
        if !super::lint::says_something(why, 3) {
            let f = source
                .error("A012", reason.span, "lý do miễn chưa nói được gì", "the reason says nothing")
                .why("Người duyệt đọc lý do này trước khi duyệt.", "Whoever approves reads it.")
                .fix(
                    "Viết một câu: vì sao bài không dùng được tư liệu nào của bộ.",
                    "Write a sentence: why no asset of the kit can be used.",
                );
            l.faults.push(f);
            continue;
        }
        out.push(KitExemption {
            post: (!ALL.contains(&id)).then(|| PostId::new(id)),
            reason: why.to_owned(),
            approved_by: PersonId::new(person),
        });
    }
    out
}

/// A010: a post of class `policy` that the public gets, without an asset of the kit and without an exemption, is held. An office
/// that keeps no kit is reminded only: there is nothing that it could take.
pub fn post(
    l: &mut Loader<'_>,
    frame: &Frame,
    id: &str,
    (source, at): (&Source, Span),
    (tree, texts): (&Node, &Texts),
    (class, sendings): (Class, &[Sending]),
) {
    if class != Class::Policy || l.broken.contains_key("kit") || !sendings.iter().any(|s| is_public(l, s)) {
        return;
    }
    // What is named and at fault is said where it is named. A picture of the post's own is no official material.
    if tree.list("assets").iter().any(|a| a.get("kit").is_some()) || shows_kit(l, texts, sendings) {
        return;
    }
    let has_kit = official(l).next().is_some() || !l.bad_assets.is_empty();
    // Nobody allows their own post what the plan does not.
    let exempt = frame.campaign.kit_exemption(id);
    if exempt.is_some_and(|e| tree.str("author") != Some(e.approved_by.as_str())) {
        return;
    }
    let own = exempt.is_some();
    if !has_kit {
        // Said once: it is the office that has none.
        if !l.faults.iter().any(|f| f.code == "A010") {
            l.faults.push(no_kit());
        }
        return;
    }
    let example = official(l).next().unwrap_or("ma-tu-lieu").to_owned();
    // What stands in the file already is added to, and is called as the file calls it.
    let listed = tree.entries().iter().find(|(k, _)| k.name == "assets").map(|(k, _)| k.written.as_str());
    let (vi, en) = match listed {
        Some(key) => (
            format!("Thêm dưới   {key}:   một dòng   - kit: {example}"),
            format!("Add below   {key}:   a line   - kit: {example}"),
        ),
        None => (
            format!("Thêm vào bài   assets: [{{ kit: {example} }}]"),
            format!("Add to the post   assets: [{{ kit: {example} }}]"),
        ),
    };
    l.faults.push(
        source
            .fault(
                "A010",
                Severity::Held,
                at,
                Say::new(
                    "bài gửi cho dân mà không dùng tư liệu nào của bộ tư liệu thống nhất",
                    "the post goes to the public and shows nothing of the media kit",
                ),
            )
            .why(
                if own {
                    "Người soạn không tự miễn cho bài của mình: approved_by phải là người khác."
                } else {
                    "Kế hoạch yêu cầu dùng bộ tư liệu truyền thông thống nhất của Chương trình."
                },
                if own {
                    "An author cannot exempt their own post: approved_by must be somebody else."
                } else {
                    "The plan asks for the programme's own material."
                },
            )
            .fix(
                format!(
                    "{vi}   hoặc ghi lý do miễn vào kit_exemptions của campaign.yaml, mẫu ở   loa \
                     check --explain A010"
                ),
                format!(
                    "{en}   or say why not in kit_exemptions of campaign.yaml; see   loa check \
                     --explain A010"
                ),
            ),
    );
}

/// A010 of an office that keeps no kit: a note.
fn no_kit() -> Fault {
    Fault::file(
        "A010",
        Severity::Note,
        "campaigns/media-kit.yaml",
        "cơ quan chưa có bộ tư liệu; bài gửi cho dân nên dùng tư liệu thống nhất của Chương trình",
        "there is no media kit; public posts should show the programme's own material",
    )
    .fix(
        "Có bộ tư liệu thì lấy về; cách làm:   loa kit --help",
        "If there is a kit, fetch it; how:   loa kit --help",
    )
    .meanwhile(
        "Chưa có bộ tư liệu nào nên không bài nào bị giữ vì chỗ này.",
        "No post is held by this: there is no kit to take from.",
    )
}

/// True if anybody but the office's own units gets it: chats and sites of units are read by the public, their mail boxes are not.
fn is_public(l: &Loader<'_>, s: &Sending) -> bool {
    match s.family {
        Family::Website
        | Family::Social
        | Family::Station
        | Family::Press
        | Family::Telegram
        | Family::Zalo => true,
        Family::Email => l.ws.lists_of(&s.to).next().is_some(),
        Family::Offline => false,
    }
}

/// Ids of the media kit.
fn official<'a>(l: &'a Loader<'_>) -> impl Iterator<Item = &'a str> {
    l.ws.kit.values().filter(|a| a.is_official()).map(|a| a.id.as_str())
}

/// True if a text that the public gets shows a picture of the kit itself.
fn shows_kit(l: &Loader<'_>, texts: &Texts, sendings: &[Sending]) -> bool {
    let public = sendings.iter().filter(|s| is_public(l, s));
    let mut read = public.flat_map(|s| used_by(texts, s.family));
    read.any(|t| {
        let pictures = markdown::pictures(&t.body);
        let mut ids = pictures.iter().filter_map(markdown::Shown::asset);
        ids.any(|id| l.ws.kit.contains_key(id) || l.bad_assets.contains_key(id))
    })
}
