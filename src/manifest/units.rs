//! `units.yaml`: units, channels, stations, groups, closed units; tables are read by [`super::table`].

use std::collections::{BTreeMap, BTreeSet};

use chrono::Weekday;

use super::{Loader, names, shapes, table};
use crate::domain::id::{AccountId, GroupId, UnitId, is_slug};
use crate::domain::unit::{
    Channel, Closed, Contact, Family, Group, Mode, Session, Station, StationKind, Unit,
};
use crate::domain::words;
use crate::yaml::shape::Check;
use crate::yaml::{Kind, Node, Severity, Source, closest};

const FILE: &str = "campaigns/units.yaml";

/// Weekdays a station airs on unless it says otherwise: grassroots stations rest at the weekend.
pub const STATION_DAYS: [Weekday; 5] = [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri];
/// The office's share of a session unless the station says otherwise, in seconds.
pub const ALLOWANCE: u32 = 180;

/// Reads the units.
pub fn read(l: &mut Loader<'_>) {
    let Some((mut tree, source)) = l.register("units", FILE, &shapes::UNITS, true) else { return };
    groups_shape(l, &mut tree, &source);
    for u in tree.list("units") {
        unit(l, u, &source);
    }
    for t in tree.list("tables") {
        table::read(l, t, &source);
    }
    for c in tree.list("closed") {
        let date = c.str("closed_on").and_then(|d| words::parse_date(d).ok());
        if let (Some(id), Some(name), Some(closed_on)) = (c.str("id"), c.str("name"), date) {
            let successors = c.list("successors").iter().filter_map(Node::text).map(UnitId::new).collect();
            let c = Closed { id: UnitId::new(id), name: name.to_owned(), closed_on, successors };
            l.ws.closed.insert(c.id.clone(), c);
        }
    }
    for c in tree.list("closed") {
        if let Some((k, v)) = c.entries().iter().find(|(k, _)| k.name == "successors")
            && v.items().is_empty()
        {
            l.faults.push(
                source.error("K006", k.span, "chưa ghi đơn vị nào kế thừa", "no successor is named").fix(
                    "Ghi mã các đơn vị kế thừa; nếu không có đơn vị nào thì bỏ cả dòng successors.",
                    "Name the successors; if there are none, remove the line.",
                ),
            );
        }
        for s in c.list("successors") {
            if let Some(id) = s.text() {
                names::unit_ref(l, &source, id, s.span, ("đơn vị", "unit"));
            }
        }
    }
    groups(l, &tree, &source);
    ring(l, &tree, &source);
    earlier_ids(l, &tree, &source);
    for u in tree.list("units").iter().chain(tree.list("tables")) {
        for key in ["parent", "guided_by"] {
            if let Some(n) = u.get(key)
                && let Some(id) = n.text()
            {
                names::unit_ref(l, &source, id, n.span, ("đơn vị", "unit"));
            }
        }
    }
}

/// N048: units that stand above each other in a ring. Each ring is said once, at the unit of it that stands first.
fn ring(l: &mut Loader<'_>, tree: &Node, source: &Source) {
    let mut said: BTreeSet<UnitId> = BTreeSet::new();
    for u in tree.list("units") {
        let (Some(id), Some(n)) = (u.str("id").map(UnitId::new), u.get("parent")) else { continue };
        let mut path = vec![id.clone()];
        let mut at = l.ws.units.get(&id).and_then(|u| u.parent.clone());
        while let Some(p) = at.filter(|p| !path.contains(p)) {
            at = l.ws.units.get(&p).and_then(|u| u.parent.clone());
            path.push(p);
        }
        let last = path.last().and_then(|p| l.ws.units.get(p)).and_then(|u| u.parent.clone());
        if last.as_ref() != Some(&id) || !said.insert(id) {
            continue;
        }
        said.extend(path.iter().cloned());
        let round: Vec<&str> = path.iter().chain(path.first()).map(UnitId::as_str).collect();
        let round = round.join(" → ");
        l.faults.push(
            source
                .error(
                    "N048",
                    n.span,
                    format!("các đơn vị này là cấp trên của nhau: {round}"),
                    format!("these units stand above each other: {round}"),
                )
                .fix("Bỏ dòng parent của đơn vị cao nhất.", "Remove parent: of the one that stands highest.")
                .meanwhile(
                    "Trong lúc chờ: các đơn vị này vẫn nhận bài như thường.",
                    "Meanwhile these units receive what they are sent.",
                ),
        );
    }
}

/// N045: an id that a unit had before must not be another's now, nor be claimed twice.
fn earlier_ids(l: &mut Loader<'_>, tree: &Node, source: &Source) {
    let mut claimed: BTreeMap<String, String> = BTreeMap::new();
    for u in tree.list("units") {
        let Some(own) = u.str("id") else { continue };
        for n in u.list("was") {
            let Some(old) = n.text() else { continue };
            let other = claimed.insert(old.to_owned(), own.to_owned());
            let (vi, en) = if l.ws.units.contains_key(old) {
                (format!("“{old}” đang là mã của một đơn vị"), format!("“{old}” is the id of a unit"))
            } else if let Some(first) = other.filter(|o| o != own) {
                (
                    format!("mã cũ “{old}” đã ghi ở đơn vị “{first}”"),
                    format!("the earlier id “{old}” stands at “{first}” already"),
                )
            } else {
                continue;
            };
            l.faults.push(
                source
                    .error("N045", n.span, vi, en)
                    .why(
                        "Mã cũ để Loa biết đơn vị đổi mã vẫn là nơi đã nhận bài; một mã chỉ của một đơn vị.",
                        "An earlier id tells who has received what; it belongs to one unit.",
                    )
                    .fix(
                        "Chỉ ghi was ở đúng đơn vị từng mang mã ấy, và chỉ khi không còn đơn vị nào mang mã ấy.",
                        "Keep it where it is true, and only if no unit has that id any more.",
                    ),
            );
        }
    }
}

/// A group is a list of units or a mapping with a title.
fn groups_shape(l: &mut Loader<'_>, tree: &mut Node, source: &Source) {
    let Kind::Map(entries) = &mut tree.kind else { return };
    let Some((_, groups)) = entries.iter_mut().find(|(k, _)| k.name == "groups") else { return };
    let Kind::Map(groups) = &mut groups.kind else { return };
    let mut check = Check::new(source, &mut l.faults, false);
    for (key, g) in groups {
        let name = key.written.clone();
        match g.kind {
            Kind::Map(_) => check.shape(g, shapes::GROUP_SHAPE),
            Kind::List(_) => check.value(g, &shapes::GROUP_LIST, &name),
            Kind::Scalar { .. } => {}
        }
    }
}

fn groups(l: &mut Loader<'_>, tree: &Node, source: &Source) {
    for (key, g) in tree.get("groups").map_or(&[][..], Node::entries).iter().filter(|(k, _)| is_slug(&k.name))
    {
        let (title, members) = match &g.kind {
            Kind::Map(_) => (g.str("title").map(str::to_owned), g.list("units")),
            Kind::List(_) | Kind::Scalar { .. } => (None, g.items()),
        };
        let mut units = vec![];
        for m in members {
            let Some(id) = m.text() else { continue };
            if let Some(c) = l.ws.closed.get(id) {
                units.extend(c.successors.iter().cloned());
                let f = names::closed(c, source, m.span, Severity::Warning);
                l.faults.push(f);
            } else if names::unit_ref(l, source, id, m.span, ("đơn vị", "unit")) {
                units.push(UnitId::new(id));
            }
        }
        if members.is_empty() {
            l.faults.push(
                source
                    .error("N033", key.span, "nhóm này không có đơn vị nào", "this group is empty")
                    .fix("Ghi mã các đơn vị của nhóm, hoặc bỏ nhóm.", "Name its units, or remove the group."),
            );
        }
        let group = Group { id: GroupId::new(&key.name), title, units };
        l.ws.groups.insert(group.id.clone(), group);
    }
}

fn unit(l: &mut Loader<'_>, node: &Node, source: &Source) {
    let (Some(id), Some(name)) = (node.str("id"), node.str("name")) else { return };
    if !is_slug(id) {
        return; // K008 has said so; such a name must not reach the ledger
    }
    let uid = UnitId::new(id);
    if l.ws.units.contains_key(&uid) {
        let span = node.get("id").map_or(node.span, |n| n.span);
        l.faults.push(
            source
                .error(
                    "N031",
                    span,
                    format!("mã đơn vị “{id}” đã có ở trên"),
                    format!("the unit “{id}” stands above already"),
                )
                .fix("Đổi mã, hoặc gộp hai mục làm một.", "Rename it, or join the two."),
        );
        return;
    }
    let text = |n: Option<&Node>, k: &str| n.and_then(|n| n.str(k)).map(str::to_owned);
    let contact = node.get("contact");
    let station = node.get("station").and_then(station);
    let mut channels = BTreeMap::new();
    for (k, c) in node.get("channels").map_or(&[][..], Node::entries) {
        if let Some(family) = Family::parse(&k.name) {
            match channel(l, source, &uid, family, c, contact) {
                Some(c) => {
                    channels.insert(family, c);
                }
                None => {
                    l.bad_channels.insert((id.to_owned(), family));
                }
            }
        }
    }
    if station.is_some() && !channels.contains_key(&Family::Station) {
        let address = text(contact, "email");
        let c = Channel {
            unit: uid.clone(),
            family: Family::Station,
            account: None,
            mode: None,
            url: None,
            address,
        };
        channels.insert(Family::Station, c);
    }
    let unit = Unit {
        id: uid.clone(),
        name: name.to_owned(),
        kind: node.str("kind").unwrap_or("office").to_owned(),
        code: node.str("code").map(str::to_owned),
        parent: node.str("parent").map(UnitId::new),
        guided_by: node.str("guided_by").map(UnitId::new),
        contact: Contact {
            name: text(contact, "name"),
            phone: text(contact, "phone"),
            email: text(contact, "email"),
        },
        tasks: node.list("tasks").iter().filter_map(Node::text).map(str::to_owned).collect(),
        old_names: node.list("old_names").iter().filter_map(Node::text).map(str::to_owned).collect(),
        was: node.list("was").iter().filter_map(Node::text).map(UnitId::new).collect(),
        channels,
        station,
        people_covered: node.str("people_covered").and_then(|n| n.parse().ok()),
    };
    l.ws.units.insert(uid, unit);
}

fn channel(
    l: &mut Loader<'_>,
    source: &Source,
    unit: &UnitId,
    family: Family,
    node: &Node,
    contact: Option<&Node>,
) -> Option<Channel> {
    let account = node.get("account").and_then(|n| n.text().map(|t| (t.to_owned(), n.span)));
    if let Some((id, span)) = &account
        && l.office.known()
        && !l.office.accounts().iter().any(|(a, _)| a.as_str() == id)
    {
        let all = l.office.accounts();
        let mut f = source
            .error(
                "N028",
                *span,
                format!("không có tài khoản “{id}” trong loa.yaml"),
                format!("there is no account “{id}” in loa.yaml"),
            )
            .meanwhile("Trong lúc chờ: kênh này chưa dùng được.", "Meanwhile this channel is not used.");
        f = match closest(id, all.iter().map(|(a, _)| a.as_str())) {
            Some(n) => f.maybe(n, None),
            None => {
                let names: Vec<&str> = all.iter().map(|(a, _)| a.as_str()).collect();
                f.fix(
                    format!("Các tài khoản đã khai: {}.", names.join(", ")),
                    format!("Declared accounts: {}.", names.join(", ")),
                )
            }
        };
        l.faults.push(f);
        return None;
    }
    let mode = node.str("mode").map(|m| match m {
        "publish" => Mode::Publish,
        "draft" => Mode::Draft,
        _ => Mode::HandOver,
    });
    let mode = if family == Family::Website { mode.or(Some(Mode::HandOver)) } else { mode };
    let officer = || contact.and_then(|c| c.str("email")).map(str::to_owned);
    let address = node.str("address").map(str::to_owned).or_else(|| match family {
        Family::Website if mode == Some(Mode::HandOver) => officer(),
        Family::Email | Family::Station | Family::Press => officer(),
        Family::Website | Family::Telegram | Family::Zalo | Family::Social | Family::Offline => None,
    });
    let needs_address = matches!(family, Family::Email | Family::Press | Family::Telegram | Family::Station)
        || mode == Some(Mode::HandOver);
    if needs_address && address.is_none() {
        l.faults.push(
            source
                .error(
                    "N042",
                    node.span,
                    format!("kênh {} của “{unit}” không có nơi nhận", family.vi()),
                    format!("the channel {} of “{unit}” has no address", family.as_str()),
                )
                .fix(
                    "Thêm dòng   address: …   vào kênh, hoặc ghi email của người liên hệ.",
                    "Add   address: …   to the channel, or the contact's email.",
                )
                .meanwhile("Trong lúc chờ: kênh này chưa dùng được.", "Meanwhile this channel is not used."),
        );
        return None;
    }
    if matches!(mode, Some(Mode::Publish | Mode::Draft))
        && account.is_none()
        && l.office.default_account("website").is_none()
        && l.office.known()
    {
        l.faults.push(
            source
                .error("N042", node.span, format!("trang của “{unit}” cần tài khoản để đăng"), format!("the site of “{unit}” needs an account"))
                .fix(
                    "Thêm dòng   account: …   , hoặc đổi mode thành hand-over (gửi gói bài để nơi đó tự đăng).",
                    "Add   account: …   , or change mode to hand-over.",
                ),
        );
        return None;
    }
    Some(Channel {
        unit: unit.clone(),
        family,
        account: account.map(|(id, _)| AccountId::new(id)),
        mode,
        url: node.str("url").map(str::to_owned),
        address,
    })
}

fn station(node: &Node) -> Option<Station> {
    let kind = match node.str("kind")? {
        "ip" => StationKind::Ip,
        "fm" => StationKind::Fm,
        _ => StationKind::Wired,
    };
    let mut sessions: Vec<Session> = node
        .get("sessions")
        .map_or(&[][..], Node::entries)
        .iter()
        .filter_map(|(k, v)| {
            let (from, until) = words::parse_session_range(v.text()?).ok()?;
            Some(Session { name: k.name.clone(), from, until })
        })
        .collect();
    sessions.sort_by_key(|s| s.from);
    let days: Vec<Weekday> = node
        .list("days")
        .iter()
        .filter_map(Node::text)
        .filter_map(|d| words::parse_days(d).ok())
        .flatten()
        .collect();
    Some(Station {
        kind,
        sessions,
        days: if days.is_empty() { STATION_DAYS.to_vec() } else { days },
        allowance_seconds: node
            .str("allowance_minutes")
            .and_then(|m| m.parse::<u32>().ok())
            .map_or(ALLOWANCE, |m| m * 60),
        time_zone: node.str("time_zone").and_then(|z| z.parse().ok()),
    })
}
