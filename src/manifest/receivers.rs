//! Whether anybody receives a sending: channels and addresses, sessions of stations, accounts that serve them.

use super::Loader;
use crate::domain::campaign::Selector;
use crate::domain::unit::{Family, Mode};
use crate::yaml::{Node, Say, Severity, Source, Span};

/// N033 and its relatives: somebody must receive it, and an account must serve them.
pub fn reaches(
    l: &mut Loader<'_>,
    source: &Source,
    node: &Node,
    family: Family,
    to: &[Selector],
    except: &[Selector],
) {
    let channels = l.ws.channels_of(family, to, except);
    let people: usize = l.ws.lists_of(to).map(|x| x.contacts.reached_by(family)).sum();
    let span = node.get("to").map_or(node.span, |n| n.span);
    let span = node.list("to").first().map_or(span, |n| n.span);
    if channels.is_empty() && people == 0 {
        let (why, fix) = nobody(l, family, to, !except.is_empty());
        l.faults.push(
            source
                .error(
                    "N033",
                    span,
                    format!("không ai nhận được lần gửi này qua kênh {}", family.vi()),
                    format!("nobody receives this by {}", family.as_str()),
                )
                .why(why.vi, why.en)
                .fix(fix.vi, fix.en),
        );
        return;
    }
    if let Some(s) = node.get("sessions")
        && family == Family::Station
    {
        let wanted: Vec<&str> = s.items().iter().filter_map(Node::text).collect();
        let deaf: Vec<&str> = channels
            .iter()
            .filter_map(|c| l.ws.units.get(&c.unit))
            .filter(|u| {
                u.station
                    .as_ref()
                    .is_some_and(|st| !st.sessions.iter().any(|x| wanted.contains(&x.name.as_str())))
            })
            .map(|u| u.id.as_str())
            .collect();
        if !deaf.is_empty() {
            let severity = if deaf.len() == channels.len() { Severity::Error } else { Severity::Warning };
            l.faults.push(
                source
                    .fault(
                        "N038",
                        severity,
                        s.span,
                        Say::new(
                            format!(
                                "{} đài không có buổi nào trong số này: {}",
                                deaf.len(),
                                first_few(&deaf)
                            ),
                            format!(
                                "{} stations have none of these sessions: {}",
                                deaf.len(),
                                first_few(&deaf)
                            ),
                        ),
                    )
                    .fix(
                        "Thêm buổi khác vào sessions, hoặc bỏ dòng sessions (buổi nào cũng được).",
                        "Add sessions, or remove the line (any session).",
                    ),
            );
        }
    }
    for (n, s) in node.list("to").iter().zip(to) {
        if let Selector::Unit(u) = s
            && l.ws.units.contains_key(u)
            && l.ws.channels_of(family, std::slice::from_ref(s), &[]).is_empty()
        {
            l.faults.push(
                source
                    .fault(
                        "N036",
                        Severity::Warning,
                        n.span,
                        Say::new(
                            format!("“{u}” không có kênh {}", family.vi()),
                            format!("“{u}” has no channel {}", family.as_str()),
                        ),
                    )
                    .fix(
                        format!("Bỏ “{u}” khỏi dòng này, hoặc khai kênh {} của đơn vị ấy.", family.vi()),
                        format!("Leave “{u}” out, or give that unit a channel {}.", family.as_str()),
                    )
                    .meanwhile("Những nơi nhận khác vẫn nhận.", "The others still receive it."),
            );
        }
    }
    served(l, source, family, to, except, span, people);
}

/// N037: places that no account serves.
fn served(
    l: &mut Loader<'_>,
    source: &Source,
    family: Family,
    to: &[Selector],
    except: &[Selector],
    span: Span,
    people: usize,
) {
    if !l.office.known() {
        return;
    }
    let role = |mode: Option<Mode>| if mode == Some(Mode::HandOver) { "hand-over" } else { family.as_str() };
    let channels = l.ws.channels_of(family, to, except);
    let mut lost: Vec<(&str, &str)> = channels
        .iter()
        .filter(|c| c.account.is_none() && l.office.default_account(role(c.mode)).is_none())
        .map(|c| (c.unit.as_str(), role(c.mode)))
        .collect();
    let own =
        l.ws.units
            .get(l.office.organisation())
            .and_then(|u| u.channels.get(&family))
            .and_then(|c| c.account.as_ref());
    if people > 0 && own.is_none() && l.office.default_account(family.as_str()).is_none() {
        lost.push(("danh sách", family.as_str()));
    }
    if let Some((_, role)) = lost.first() {
        let names: Vec<&str> = lost.iter().map(|(u, _)| *u).collect();
        l.faults.push(
            source
                .error(
                    "N037",
                    span,
                    format!("chưa có tài khoản gửi cho {} nơi nhận: {}", names.len(), first_few(&names)),
                    format!("no account serves {} recipients: {}", names.len(), first_few(&names)),
                )
                .fix(
                    format!("Khai trong loa.yaml, dưới default_accounts:   {role}: tên-tài-khoản"),
                    format!("Add to loa.yaml below default_accounts:   {role}: account"),
                ),
        );
    }
}

fn first_few(names: &[&str]) -> String {
    let shown = names.iter().take(3).copied().collect::<Vec<_>>().join(", ");
    if names.len() > 3 { format!("{shown}, …") } else { shown }
}

/// Why nobody receives it, and what to do about that.
fn nobody(l: &Loader<'_>, family: Family, to: &[Selector], excepted: bool) -> (Say, Say) {
    let units: usize = to.iter().map(|s| l.ws.units_of(s).len()).sum();
    let people: usize = l.ws.lists_of(to).map(|x| x.contacts.len()).sum();
    let (vi, en) = (family.vi(), family.as_str());
    let declare = || {
        Say::new(
            "Chọn nơi nhận khác, đổi kênh, hoặc khai kênh cho đơn vị trong campaigns/units.yaml.",
            "Choose other recipients or another channel, or declare the channel in campaigns/units.yaml.",
        )
    };
    match (units, people) {
        (0, 0) => {
            let list = l.ws.lists_of(to).next().map(|x| format!("campaigns/audiences/{}.csv", x.id));
            let fix = match list {
                Some(file) => Say::new(
                    format!("Thêm người vào {file}, hoặc chọn nơi nhận khác."),
                    format!("Add people to {file}, or choose other recipients."),
                ),
                None => Say::new(
                    "Thêm đơn vị vào nhóm này trong campaigns/units.yaml, hoặc chọn nơi nhận khác.",
                    "Add units to the group in campaigns/units.yaml, or choose other recipients.",
                ),
            };
            (Say::new("Nơi nhận này trống.", "It is empty."), fix)
        }
        (0, n) => {
            let column = if family == Family::Email { "email" } else { en };
            (
                Say::new(
                    format!("Danh sách có {n} người nhưng không ai có địa chỉ {vi}."),
                    format!("The list has {n} people but none with an address for {en}."),
                ),
                Say::new(
                    format!("Điền cột {column} trong tệp của danh sách, hoặc đổi kênh."),
                    format!("Fill in the column {column} of the list, or change the channel."),
                ),
            )
        }
        (1, _) if !excepted => {
            let u =
                to.iter().flat_map(|s| l.ws.units_of(s)).next().map(|u| u.to_string()).unwrap_or_default();
            if l.bad_channels.contains(&(u.clone(), family)) {
                (
                    Say::new(
                        format!("Kênh {vi} của “{u}” đang có lỗi trong campaigns/units.yaml."),
                        format!("The channel {en} of “{u}” is at fault in campaigns/units.yaml."),
                    ),
                    Say::new(
                        "Sửa lỗi ở campaigns/units.yaml trước; dòng này không phải sửa.",
                        "Put campaigns/units.yaml right first; this line is fine.",
                    ),
                )
            } else {
                (
                    Say::new(format!("“{u}” không có kênh {vi}."), format!("“{u}” has no channel {en}.")),
                    declare(),
                )
            }
        }
        (n, _) if !excepted => (
            Say::new(
                format!("Không đơn vị nào trong {n} đơn vị được chọn có kênh {vi}."),
                format!("None of the {n} units chosen has the channel {en}."),
            ),
            declare(),
        ),
        (n, _) => (
            Say::new(
                format!("Có {n} đơn vị được chọn, sau khi trừ except không đơn vị nào còn kênh {vi}."),
                format!("{n} units are chosen; after except none has the channel {en}."),
            ),
            Say::new(
                "Bớt dòng except, hoặc chọn thêm nơi nhận.",
                "Take something off except, or choose more recipients.",
            ),
        ),
    }
}
