//! `post.yaml` with its texts; everything that stops a post is found here.

use std::collections::BTreeMap;

use super::campaign::{Frame, about_audiences, about_messages, class};
use super::{Loader, cross, exempt, lint, names, own, recording, registers, sending, shapes, shown, text};
use crate::domain::campaign::{AssetUse, Class, Post, Sending};
use crate::domain::id::{AssetId, AudienceId, MessageId, PersonId, PostId, SendingId, UnitId};
use crate::domain::unit::{Family, Ground};
use crate::yaml::{Node, Say, Severity, Source, Span};

/// All classes.
pub const CLASSES: [Class; 4] = [Class::Policy, Class::Internal, Class::Urgent, Class::Advertising];

/// What a post says it is for, whether or not it works: audience, message, channel.
pub type Said = (String, String, Family);

/// Reads a post. The post is `None` if it cannot be built at all; faults say whether it may be used.
pub fn read(l: &mut Loader<'_>, frame: &Frame, id: &str, folder: &str) -> (Option<Post>, Vec<Said>) {
    let file = format!("{folder}/post.yaml");
    let tree = l.shaped(&file, &shapes::POST, true);
    let before = l.faults.len();
    let (texts, sources) = text::read(l, folder);
    // A text that is there and cannot be read was spoken of; it is not missing as well.
    let lost = l.faults[before..].iter().any(|f| f.severity == Severity::Error && f.code != "F011");
    let Some((tree, source)) = tree else { return (None, vec![]) };
    let said = said(&tree);
    let known = |l: &Loader<'_>, register: &str| !l.broken.contains_key(register);
    if let Some(n) = tree.get("author")
        && let Some(a) = n.text()
        && known(l, "people")
    {
        if l.ws.people.contains_key(a) {
            let c = tree.str("class").map_or(frame.campaign.default_class, class);
            approvers(l, &source, &PersonId::new(a), n.span, c);
        } else {
            let f = registers::person_unknown(l, &source, a, n);
            l.faults.push(f);
        }
    }
    if let Some(n) = tree.get("for")
        && let Some(a) = n.text()
        && !frame.no_audiences
        && !frame.campaign.audiences.iter().any(|x| x.id.as_str() == a)
    {
        l.faults.push(names::unknown(
            &source,
            "N023",
            (a, n.span),
            ("đối tượng", "audience"),
            about_audiences(&frame.campaign.audiences),
        ));
    }
    if let Some(n) = tree.get("message")
        && let Some(m) = n.text()
    {
        plan_message(l, frame, &tree, &source, m, n.span);
    }
    if let Some(n) = tree.get("contact")
        && let Some(u) = n.text()
    {
        names::unit_ref(l, &source, u, n.span, ("đơn vị", "unit"));
    }
    let assets = assets(l, frame, id, &tree, &source);
    shown::in_texts(l, &sources);
    let attach = attach(l, frame, &tree, &source);
    let recording = recording::read(l, &tree, &source, folder);
    let mut sendings = vec![];
    let mut places = vec![];
    for s in tree.list("send") {
        if let Some(read) = sending::read(l, frame, &source, s) {
            places.push(s.get("channel").map_or(s.span, |n| n.span));
            sendings.push(read);
        }
    }
    duplicate_sendings(l, &source, &tree, &sendings, &places);
    for (s, at) in sendings.iter().zip(&places).filter(|_| !lost) {
        if text::used_by(&texts, s.family).is_empty() {
            let mut f = text::missing(&source, s.family, *at);
            if sendings.iter().zip(&places).any(|(o, p)| o.family == s.family && p.line < at.line) {
                continue;
            }
            f.severity = Severity::Error;
            l.faults.push(f);
        }
    }
    recording::unheard(l, &tree, &source, &sendings);
    cross::facts(l, frame, &texts, &sources, &sendings);
    let class_of = tree.str("class").map_or(frame.campaign.default_class, class);
    let off = lint::post(l, (&tree, &source), (&texts, &sources), &sendings, class_of);
    if !off.is_empty() {
        l.switched.insert((frame.campaign.id.clone(), PostId::new(id)), off);
    }
    let titled = tree.get("title").map_or(tree.span, |n| n.span);
    exempt::post(l, frame, id, (&source, titled), (&tree, &texts), (class_of, &sendings));
    if class_of == Class::Internal {
        let at = tree.get("class").map_or(titled, |n| n.span);
        outward(l, &source, at, &sendings);
    }
    let (Some(title), Some(author), Some(audience), Some(message)) =
        (tree.str("title"), tree.str("author"), tree.str("for"), tree.str("message"))
    else {
        return (None, said);
    };
    if ["units", "people", "lists", "facts", "kit"].iter().any(|r| !known(l, r)) {
        return (None, said); // nothing is sent on registers that could not be read
    }
    let words = |k: &str| tree.list(k).iter().filter_map(Node::text).map(str::to_owned).collect();
    let post = Post {
        id: PostId::new(id),
        title: title.to_owned(),
        author: PersonId::new(author),
        audience: AudienceId::new(audience),
        message: MessageId::new(message),
        class: class_of,
        assets,
        attach,
        recording,
        link: tree.str("link").map(str::to_owned),
        categories: words("categories"),
        tags: words("tags"),
        contact: tree.str("contact").map(UnitId::new).or_else(|| frame.campaign.contact.clone()),
        texts,
        sendings,
    };
    (Some(post), said)
}

fn said(tree: &Node) -> Vec<Said> {
    let (Some(a), Some(m)) = (tree.str("for"), tree.str("message")) else { return vec![] };
    tree.list("send")
        .iter()
        .filter_map(|s| s.str("channel").and_then(Family::parse))
        .map(|f| (a.to_owned(), m.to_owned(), f))
        .collect()
}

/// The post's message must be one the plan has for its audience.
fn plan_message(l: &mut Loader<'_>, frame: &Frame, tree: &Node, source: &Source, m: &str, span: Span) {
    if frame.no_messages {
        return;
    }
    if !frame.campaign.messages.iter().any(|(id, _)| id.as_str() == m) {
        let f = names::unknown(
            source,
            "N024",
            (m, span),
            ("thông điệp", "message"),
            about_messages(&frame.campaign.messages),
        );
        l.faults.push(f);
        return;
    }
    let audience = tree.str("for").and_then(|a| frame.campaign.audiences.iter().find(|x| x.id.as_str() == a));
    if let Some(a) = audience
        && !a.messages.is_empty()
        && !a.messages.iter().any(|x| x.as_str() == m)
    {
        let list: Vec<&str> = a.messages.iter().map(MessageId::as_str).collect();
        l.faults.push(
            source
                .fault(
                    "M005",
                    Severity::Warning,
                    span,
                    Say::new(
                        format!("kế hoạch không dành thông điệp này cho đối tượng “{}”", a.id),
                        format!("the plan does not have this message for “{}”", a.id),
                    ),
                )
                .fix(
                    format!(
                        "Chọn một trong: {}; hoặc thêm vào messages của đối tượng trong campaign.yaml.",
                        list.join(", ")
                    ),
                    format!("One of: {}; or add it to the audience in campaign.yaml.", list.join(", ")),
                ),
        );
    }
}

fn assets(l: &mut Loader<'_>, frame: &Frame, id: &str, tree: &Node, source: &Source) -> Vec<AssetUse> {
    let mut out = vec![];
    for a in tree.list("assets") {
        if a.get("file").is_some() {
            out.extend(own::picture(l, frame, id, source, a));
            continue;
        }
        let Some(n) = a.get("kit") else {
            l.faults.push(own::nothing(source, a));
            continue;
        };
        let Some(id) = n.text() else { continue };
        match l.ws.kit.get(id) {
            Some(asset) => {
                if asset.is_image() && a.str("alt").is_none() && asset.alt.is_none() {
                    l.faults.push(own::no_words(source, n));
                }
                let instead = asset.preview.clone().filter(|_| !asset.is_image());
                if let Some((id, code)) = instead.and_then(|p| Some((p.clone(), *l.bad_assets.get(&p)?))) {
                    l.faults.push(shown::held(source, n.span, Some(id.as_str()), code));
                }
                out.push(AssetUse {
                    asset: AssetId::new(id),
                    alt: a.str("alt").map(str::to_owned),
                    caption: a.str("caption").map(str::to_owned),
                });
            }
            None if l.broken.contains_key("kit") => {}
            None => match l.bad_assets.get(id) {
                Some(code) => {
                    let f = shown::held(source, n.span, None, code);
                    l.faults.push(f);
                }
                None => {
                    let all =
                        l.ws.kit
                            .values()
                            .map(|x| (x.id.as_str(), Some(Say::new(x.title.clone(), x.title.clone()))));
                    let f = names::unknown(source, "N025", (id, n.span), ("tư liệu", "asset"), all);
                    l.faults.push(f);
                }
            },
        }
    }
    out
}

fn attach(l: &mut Loader<'_>, frame: &Frame, tree: &Node, source: &Source) -> Vec<String> {
    let mut out = vec![];
    for n in tree.list("attach") {
        let Some(number) = n.text() else { continue };
        match frame.campaign.legal_basis.iter().find(|b| b.number == number) {
            Some(b) if b.file.is_some() => out.push(number.to_owned()),
            Some(_) => l.faults.push(
                source
                    .error("N026", n.span, format!("văn bản {number} chưa có bản sao để đính kèm"), format!("there is no copy of {number} to attach"))
                    .fix(
                        format!("Chép bản sao vào {}/van-ban/ và thêm dòng file vào mục {number} trong campaign.yaml.", frame.folder),
                        format!("Put a copy into {}/van-ban/ and add file: to {number} in campaign.yaml.", frame.folder),
                    ),
            ),
            None => {
                let all = frame.campaign.legal_basis.iter().map(|b| {
                    (b.number.as_str(), Some(Say::new(format!("{} của {}", b.kind, b.issuer), format!("{} of {}", b.kind, b.issuer))))
                });
                let f = names::unknown(source, "N026", (number, n.span), ("văn bản căn cứ nào mang số", "document in legal_basis"), all);
                l.faults.push(f);
            }
        }
    }
    out
}

/// N047: what is called internal and goes to the public has a shorter chain of approval than the public deserves.
fn outward(l: &mut Loader<'_>, source: &Source, at: Span, sendings: &[Sending]) {
    let out: Vec<&str> = sendings
        .iter()
        .filter(|s| match s.family {
            Family::Website | Family::Social | Family::Station | Family::Press => true,
            Family::Email | Family::Telegram | Family::Zalo => {
                l.ws.lists_of(&s.to).any(|list| list.ground == Ground::Consent)
            }
            Family::Offline => false,
        })
        .map(|s| s.id.as_str())
        .collect();
    if out.is_empty() {
        return;
    }
    let list = out.join(", ");
    l.faults.push(
        source
            .fault(
                "N047",
                Severity::Warning,
                at,
                Say::new(
                    format!("bài ghi là nội bộ nhưng gửi ra ngoài cơ quan: {list}"),
                    format!("the post is called internal and goes outside: {list}"),
                ),
            )
            .why(
                "Loại tin quyết định ai duyệt: tin nội bộ duyệt ít bước hơn tin gửi cho dân.",
                "The class decides who approves: internal posts take fewer steps than public ones.",
            )
            .fix(
                "Bỏ dòng class (hoặc viết class: policy), hay tách phần gửi ra ngoài thành bài khác.",
                "Remove class (or write class: policy), or make another post of what goes outside.",
            )
            .meanwhile(
                "Trong lúc chờ: bài chỉ cần các bước duyệt của tin nội bộ. Người duyệt xem kỹ nơi nhận.",
                "Meanwhile the steps of internal posts suffice. Whoever approves looks at the recipients.",
            ),
    );
}

/// N032: a sending's id is its identity.
fn duplicate_sendings(
    l: &mut Loader<'_>,
    source: &Source,
    tree: &Node,
    sendings: &[Sending],
    places: &[Span],
) {
    let mut seen: BTreeMap<&SendingId, usize> = BTreeMap::new();
    let written = |i: usize| {
        tree.list("send")
            .iter()
            .filter_map(|s| s.get("channel").map(|c| (c.span, s)))
            .find(|(p, _)| *p == places[i])
    };
    for (i, s) in sendings.iter().enumerate() {
        let Some(first) = seen.insert(&s.id, i) else { continue };
        let own = written(i).and_then(|(_, n)| n.get("id"));
        let f = match own {
            Some(n) => source
                .error(
                    "N032",
                    n.span,
                    format!("mã lần gửi “{}” đã có ở dòng {}", s.id, places[first].line),
                    format!("the sending “{}” stands on line {} already", s.id, places[first].line),
                )
                .fix("Đặt mã khác.", "Choose another id."),
            None => source
                .error(
                    "N032",
                    places[i],
                    format!(
                        "hai lần gửi cùng kênh và nơi nhận (dòng {} và {}) cần mã để phân biệt",
                        places[first].line, places[i].line
                    ),
                    format!(
                        "two sendings have the same channel and recipient (lines {} and {})",
                        places[first].line, places[i].line
                    ),
                )
                .why(
                    "Loa nhớ từng lần gửi theo mã, để chèn thêm một dòng không làm gửi lại lần nữa.",
                    "A sending is remembered by its id, so that inserting a line sends nothing twice.",
                )
                .fix(
                    format!("Thêm vào lần thứ hai một dòng, ví dụ   id: {}-2", s.id),
                    format!("Add a line to the second, such as   id: {}-2", s.id),
                ),
        };
        l.faults.push(f);
    }
}

/// N035: the author cannot be the only one who could approve; N040: a class without steps.
fn approvers(l: &mut Loader<'_>, source: &Source, author: &PersonId, span: Span, class: Class) {
    if !l.office.known() {
        return;
    }
    let steps = l.office.approval(class);
    if steps.is_empty() {
        l.faults.push(
            source
                .error(
                    "N040",
                    span,
                    format!("loa.yaml chưa ghi ai duyệt bài loại “{}”", class.as_str()),
                    format!("loa.yaml names no approval for “{}”", class.as_str()),
                )
                .fix(
                    format!("Thêm vào loa.yaml, dưới approval:   {}: [tên-vai-trò]", class.as_str()),
                    format!("Add to loa.yaml below approval:   {}: [role]", class.as_str()),
                ),
        );
        return;
    }
    for step in steps {
        let mut able =
            l.ws.people.values().filter(|p| p.id.as_str() == step || p.roles.contains(step)).peekable();
        if able.peek().is_none() {
            continue; // said once, at loa.yaml
        }
        if able.all(|p| p.id == *author) {
            let name = l.ws.people.get(author).map_or(author.as_str(), |p| &p.name);
            l.faults.push(
                source
                    .error(
                        "N035",
                        span,
                        format!("{name} vừa soạn bài vừa là người duy nhất duyệt bước “{step}”"),
                        format!("{name} is the author and the only approver of “{step}”"),
                    )
                    .why("Không ai tự duyệt bài của mình.", "Nobody approves their own post.")
                    .fix(
                        "Đổi người soạn, hoặc giao thêm vai trò này cho người khác trong people.yaml.",
                        "Change the author, or give the role to somebody else too.",
                    ),
            );
            return;
        }
    }
}
