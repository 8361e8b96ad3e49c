//! Who is on duty (`alerts` of `loa.yaml`) against the register of staff and the accounts: somebody who cannot be told is no
//! watch.

use super::Loader;
use super::names::person_ref;
use crate::domain::unit::Family;
use crate::yaml::{Node, Severity, Source};

/// Families that reach a person, with the kind of account that serves them.
const WAYS: [(Family, &str); 3] =
    [(Family::Zalo, "zalo-bot"), (Family::Telegram, "telegram"), (Family::Email, "email")];

/// N022, N049, N050.
pub fn references(l: &mut Loader<'_>, source: &Source, tree: &Node) {
    let Some(alerts) = tree.get("alerts") else { return };
    let on_duty = alerts.list("on_duty");
    // From the file itself, as the people are: a slip elsewhere in it hides nothing here.
    let kinds: Vec<&str> = tree
        .get("accounts")
        .map_or(&[][..], Node::entries)
        .iter()
        .filter_map(|(_, a)| a.str("kind"))
        .collect();
    let mut by: Vec<(Family, &str)> = vec![];
    for n in alerts.list("by") {
        let Some(way) = n.text().and_then(family) else { continue };
        by.push(way);
        if !kinds.contains(&way.1) {
            l.faults.push(
                source
                    .error(
                        "N050",
                        n.span,
                        format!("không tài khoản nào báo được bằng {} (loại {})", way.0.as_str(), way.1),
                        format!("no account can tell by {} (kind {})", way.0.as_str(), way.1),
                    )
                    .as_severity(Severity::Warning)
                    .fix(
                        format!("Khai một tài khoản loại {} trong accounts, hoặc bỏ dòng này.", way.1),
                        format!("Declare an account of kind {} in accounts, or drop this line.", way.1),
                    ),
            );
        }
    }
    if by.is_empty() {
        by.extend(WAYS);
    }
    by.retain(|(_, kind)| kinds.contains(kind));
    for n in on_duty {
        let node = if n.text().is_some() { Some(n) } else { n.get("person") };
        person_ref(l, source, node);
        let Some(person) = node.and_then(Node::text).and_then(|id| l.ws.people.get(id)) else { continue };
        if by.iter().any(|(f, _)| person.address(*f).is_some()) {
            continue;
        }
        let (name, span) = (person.name.clone(), node.map_or(n.span, |n| n.span));
        let ways: Vec<&str> = by.iter().map(|(f, _)| f.as_str()).collect();
        let (vi, en) = if ways.is_empty() {
            (
                format!("{name} trực mà loa.yaml không có tài khoản nào để báo"),
                format!("{name} is on duty and loa.yaml has no account to tell by"),
            )
        } else {
            (
                format!("{name} trực mà people.yaml không có địa chỉ nào trong: {}", ways.join(", ")),
                format!("{name} is on duty and people.yaml has none of: {}", ways.join(", ")),
            )
        };
        let key = ways.first().copied().unwrap_or("email");
        l.faults.push(
            source
                .error("N049", span, vi, en)
                .as_severity(Severity::Warning)
                .why(
                    "Có việc cần người mà không ai được báo.",
                    "Nobody would be told when something needs a person.",
                )
                .fix(
                    format!("Thêm dòng   {key}: …   vào người này trong campaigns/people.yaml, hoặc thêm một kênh vào by."),
                    format!("Add   {key}: …   to that person in campaigns/people.yaml, or a channel to by."),
                )
                .meanwhile(
                    "Trong lúc chờ: người này không nhận được báo động, bản tin sáng.",
                    "Meanwhile they get neither alerts nor the morning digest.",
                ),
        );
    }
}

fn family(word: &str) -> Option<(Family, &'static str)> {
    let known = Family::parse(word).or(match word {
        "thư" | "thư điện tử" | "mail" => Some(Family::Email),
        _ => None,
    });
    WAYS.into_iter().find(|(f, _)| Some(*f) == known)
}
