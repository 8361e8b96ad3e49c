//! Ids: one namespace for units, groups and lists; what leads nowhere; what may have been meant.

use std::collections::BTreeMap;

use super::Loader;
use crate::domain::campaign::Selector;
use crate::domain::id::{GroupId, ListId, UnitId};
use crate::domain::text::{Lang, number};
use crate::domain::workspace::Workspace;
use crate::yaml::{Fault, Node, Say, Severity, Source, Span, closest};

fn count(n: usize, lang: Lang) -> String {
    number(i64::try_from(n).unwrap_or(i64::MAX), lang)
}

/// What an id of the shared namespace is, with its size.
pub fn about(ws: &Workspace, id: &str) -> Option<Say> {
    if let Some(u) = ws.units.get(id) {
        return Some(Say::new(format!("đơn vị, {}", u.name), format!("unit, {}", u.name)));
    }
    if let Some(g) = ws.groups.get(id) {
        let n = g.units.len();
        return Some(Say::new(
            format!("nhóm, {} đơn vị", count(n, Lang::Vi)),
            format!("group, {} units", count(n, Lang::En)),
        ));
    }
    if let Some(l) = ws.lists.get(id) {
        let n = l.contacts.len();
        return Some(Say::new(
            format!("danh sách, {} địa chỉ", count(n, Lang::Vi)),
            format!("list, {} addresses", count(n, Lang::En)),
        ));
    }
    ws.closed.get(id).map(|c| Say::new(format!("đã giải thể, {}", c.name), format!("closed, {}", c.name)))
}

/// What a selector id means, or `None`.
pub fn selector(ws: &Workspace, id: &str) -> Option<Selector> {
    if id == "all" || id == "tat-ca" {
        Some(Selector::All)
    } else if ws.units.contains_key(id) || ws.closed.contains_key(id) {
        Some(Selector::Unit(UnitId::new(id)))
    } else if ws.groups.contains_key(id) {
        Some(Selector::Group(GroupId::new(id)))
    } else if ws.lists.contains_key(id) {
        Some(Selector::List(ListId::new(id)))
    } else {
        None
    }
}

/// N021: nothing of that name can receive anything; N044: what has that name is at fault itself.
pub fn unknown_target(l: &Loader<'_>, source: &Source, id: &str, span: Span) -> Fault {
    let ws = &l.ws;
    if let Some(file) = l.bad_targets.get(id) {
        return source
            .error(
                "N044",
                span,
                format!("“{id}” đang có lỗi trong {file}"),
                format!("“{id}” is at fault in {file}"),
            )
            .fix(
                format!("Sửa lỗi ở {file} trước; dòng này không phải sửa."),
                format!("Put {file} right first; this line is fine."),
            );
    }
    let all = ws
        .lists
        .keys()
        .map(ListId::as_str)
        .chain(ws.groups.keys().map(GroupId::as_str))
        .chain(ws.units.keys().map(UnitId::as_str))
        .chain(ws.closed.keys().map(UnitId::as_str));
    let found = near(id, all);
    // It may stand in a table, or in a row of one, that could not be read.
    let lost = l.lost_tables.iter().find(|(_, whole)| *whole || found.is_none());
    if let Some((table, _)) = lost {
        return source
            .error(
                "N044",
                span,
                format!("không biết “{id}” là gì: {table} đang có lỗi"),
                format!("nobody knows what “{id}” is: {table} is at fault"),
            )
            .fix(
                format!("Sửa lỗi ở {table} trước; dòng này không phải sửa nếu “{id}” nằm trong bảng đó."),
                format!("Put {table} right first; this line is fine if “{id}” stands in that table."),
            );
    }
    let fault = source.error(
        "N021",
        span,
        "không có đơn vị, nhóm hay danh sách nào tên này",
        "there is no unit, group or list of that name",
    );
    let renamed = ws.units.values().find(|u| u.was.iter().any(|w| w.as_str() == id)).map(|u| u.id.as_str());
    let fault = match renamed.or(found) {
        Some(n) => fault.maybe(n, about(ws, n)),
        None => fault,
    };
    fault.fix(
        format!("Sửa dòng {} rồi lưu lại. Xem mọi tên dùng được: loa unit list", span.line),
        format!("Change line {}. All names: loa unit list", span.line),
    )
}

/// The closest id; also one that ends in what was typed (`hong-bang` for `phuong-hong-bang`).
pub fn near<'a>(id: &str, all: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let all: Vec<&str> = all.collect();
    closest(id, all.iter().copied()).or_else(|| {
        let mut tails = all.iter().filter(|c| id.len() >= 3 && c.ends_with(&format!("-{id}")));
        tails.next().copied()
    })
}

/// An id of one kind that leads nowhere.
pub fn unknown<'a>(
    source: &Source,
    code: &'static str,
    (id, span): (&str, Span),
    (vi, en): (&str, &str),
    all: impl Iterator<Item = (&'a str, Option<Say>)>,
) -> Fault {
    let all: Vec<(&str, Option<Say>)> = all.collect();
    let fault = source.error(code, span, format!("không có {vi} “{id}”"), format!("there is no {en} “{id}”"));
    match near(id, all.iter().map(|(i, _)| *i)) {
        Some(n) => {
            let words = all.iter().find(|(i, _)| *i == n).and_then(|(_, a)| a.clone());
            fault.maybe(n, words)
        }
        None if !all.is_empty() && all.len() <= 15 => {
            let list = all.iter().map(|(i, _)| *i).collect::<Vec<_>>().join(", ");
            fault.fix(format!("Dùng được: {list}."), format!("These exist: {list}."))
        }
        None => {
            let (vi, en) = match code {
                "N023" => ("audiences của campaign.yaml", "audiences of campaign.yaml"),
                "N024" => ("messages của campaign.yaml", "messages of campaign.yaml"),
                "N025" => ("campaigns/media-kit.yaml", "campaigns/media-kit.yaml"),
                "N026" => ("legal_basis của campaign.yaml", "legal_basis of campaign.yaml"),
                "N029" => (
                    "campaigns/units.yaml, xem bằng   loa unit list",
                    "campaigns/units.yaml, shown by   loa unit list",
                ),
                _ => ("tệp của nó", "its file"),
            };
            fault.fix(
                format!("Dùng một mã có trong {vi}; mã mới thì khai ở đó trước."),
                format!("Use an id of {en}; declare a new one there first."),
            )
        }
    }
}

/// A reference to a unit; says what took over if it is closed.
pub fn unit_ref(l: &mut Loader<'_>, source: &Source, id: &str, span: Span, what: (&str, &str)) -> bool {
    if l.ws.units.contains_key(id) || l.bad_targets.contains_key(id) || l.broken.contains_key("units") {
        return true;
    }
    if l.broken.contains_key("tables") && !l.ws.closed.contains_key(id) {
        return true; // it may stand in the table that could not be read
    }
    let fault = match l.ws.closed.get(id) {
        Some(c) => closed(c, source, span, Severity::Error),
        None => unknown(
            source,
            "N029",
            (id, span),
            what,
            l.ws.units.values().map(|u| (u.id.as_str(), Some(Say::new(u.name.clone(), u.name.clone())))),
        )
        .as_severity(Severity::Error),
    };
    l.faults.push(fault);
    false
}

/// N030: a closed unit, and who took over.
pub fn closed(c: &crate::domain::unit::Closed, source: &Source, span: Span, severity: Severity) -> Fault {
    let day = crate::domain::text::date(c.closed_on);
    let names: Vec<&str> = c.successors.iter().map(UnitId::as_str).collect();
    let fault = source.fault(
        "N030",
        severity,
        span,
        Say::new(format!("{} không còn từ ngày {day}", c.name), format!("{} was closed on {day}", c.name)),
    );
    if names.is_empty() {
        fault.as_severity(Severity::Error).fix(
            "Không có đơn vị kế thừa: chọn nơi nhận khác.",
            "Nobody took over: choose another recipient.",
        )
    } else {
        let list = names.join(", ");
        let fault = fault.fix(
            format!("Thay bằng đơn vị kế thừa: {list}"),
            format!("Write its successors instead: {list}"),
        );
        if severity == Severity::Warning {
            fault.meanwhile(
                "Trong lúc chờ: Loa gửi đến các đơn vị kế thừa.".to_owned(),
                "Meanwhile it goes to the successors.".to_owned(),
            )
        } else {
            fault
        }
    }
}

/// N031: units, groups and lists share one namespace.
pub fn unique(l: &mut Loader<'_>) {
    let mut seen: BTreeMap<String, &'static str> = BTreeMap::new();
    let mut faults = vec![];
    let rows = (l.ws.units.keys().map(|k| (k.as_str(), "đơn vị", "campaigns/units.yaml")))
        .chain(l.ws.closed.keys().map(|k| (k.as_str(), "đơn vị đã giải thể", "campaigns/units.yaml")))
        .chain(l.ws.groups.keys().map(|k| (k.as_str(), "nhóm", "campaigns/units.yaml")))
        .chain(l.ws.lists.keys().map(|k| (k.as_str(), "danh sách", "campaigns/audiences/lists.yaml")));
    for (id, kind, file) in rows {
        if let Some(first) = seen.insert(id.to_owned(), kind) {
            faults.push((id.to_owned(), first, kind, file));
        }
    }
    for (id, first, kind, file) in faults {
        let source = l.files.text(file).unwrap_or_else(|_| Source::new(file, ""));
        let at = source.lines().enumerate().filter_map(|(i, line)| {
            let t = line.trim_start();
            let body = t.trim_start_matches("- ").trim_start_matches("id:").trim_start();
            let rest = body.strip_prefix(id.as_str())?;
            let ends = rest.is_empty() || rest.starts_with([':', ' ']);
            let column = line.chars().count() - body.chars().count();
            ends.then(|| Span::on(i + 1, column + 1, id.chars().count()))
        });
        let span = at.last().unwrap_or_default();
        l.faults.push(
            source
                .error(
                    "N031",
                    span,
                    format!("mã “{id}” đã dùng cho {first}, không dùng lại cho {kind}"),
                    format!("the id “{id}” is taken"),
                )
                .why(
                    "Đơn vị, nhóm và danh sách dùng chung một kho tên, để to: không bao giờ hiểu nhầm.",
                    "Units, groups and lists share one set of names, so that to: is never ambiguous.",
                )
                .fix("Đổi một trong hai mã.", "Rename one of the two."),
        );
    }
}

/// References of `loa.yaml` into the registers: the organisation, steps of approval and who takes them, people on duty.
/// Read from the file itself, so that one slip in it does not hide the rest.
pub fn references(l: &mut Loader<'_>) {
    let Ok(source) = l.files.text("loa.yaml") else { return };
    let Some(tree) = crate::yaml::parse("loa.yaml", source.text()).root else { return };
    if let Some(n) = tree.get("organisation")
        && let Some(id) = n.text()
    {
        unit_ref(l, &source, id, n.span, ("đơn vị", "unit"));
    }
    if l.broken.contains_key("people") {
        return;
    }
    let approval = tree.get("approval");
    let mut steps: Vec<(&str, Span)> = vec![];
    for class in super::post::CLASSES {
        for n in approval.map_or(&[][..], |a| a.list(class.as_str())) {
            if let Some(s) = n.text().filter(|s| !steps.iter().any(|(known, _)| known == s)) {
                steps.push((s, n.span));
            }
        }
    }
    for (step, span) in &steps {
        if l.ws.people.values().any(|p| p.id.as_str() == *step || p.roles.iter().any(|r| r == step)) {
            continue;
        }
        let all: Vec<String> =
            l.ws.people
                .values()
                .flat_map(|p| p.roles.iter().cloned().chain([p.id.as_str().to_owned()]))
                .collect();
        let mut f = source
            .error(
                "N039",
                *span,
                format!("không ai giữ vai trò “{step}”"),
                format!("nobody has the role “{step}”"),
            )
            .why(
                "Bước duyệt này không ai làm được, nên bài sẽ bị giữ mãi.",
                "Nobody could take this step of approval, so that posts would be held for ever.",
            )
            .fix(
                format!(
                    "Thêm “{step}” vào roles của một người trong campaigns/people.yaml, hoặc đổi tên bước."
                ),
                format!("Add “{step}” to somebody's roles in campaigns/people.yaml, or rename the step."),
            );
        if let Some(n) = near(step, all.iter().map(String::as_str)) {
            f = f.maybe(n, None);
        }
        l.faults.push(f);
    }
    for s in approval.map_or(&[][..], |a| a.list("substitutes")) {
        if let Some(n) = s.get("for")
            && let Some(step) = n.text()
            && !steps.iter().any(|(known, _)| *known == step)
        {
            let f = unknown(
                &source,
                "N039",
                (step, n.span),
                ("bước duyệt nào tên", "step of approval"),
                steps.iter().map(|(s, _)| (*s, None)),
            );
            l.faults.push(f.fix(
                "Viết đúng tên một bước của phần approval phía trên.",
                "Write the name of a step of approval above.",
            ));
        }
        person_ref(l, &source, s.get("person"));
    }
    super::duty::references(l, &source, &tree);
}

/// N022 where a person is named who is not in the register.
pub(super) fn person_ref(l: &mut Loader<'_>, source: &Source, node: Option<&Node>) {
    if let Some(n) = node
        && let Some(id) = n.text()
        && !l.ws.people.contains_key(id)
    {
        let f = super::registers::person_unknown(l, source, id, n);
        l.faults.push(f);
    }
}
