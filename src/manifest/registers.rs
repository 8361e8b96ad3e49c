//! Registers kept once for all campaigns: staff, facts, calendars.

use chrono::{Datelike, NaiveDate};

use super::{Loader, names, shapes};
use crate::domain::calendar::YearCalendar;
use crate::domain::fact::Fact;
use crate::domain::id::{FactId, PersonId, UnitId, is_slug};
use crate::domain::people::Person;
use crate::domain::words;
use crate::yaml::{Fault, Node, Say, Severity, Source};

fn date(node: &Node, key: &str) -> Option<NaiveDate> {
    node.str(key).and_then(|d| words::parse_date(d).ok())
}

/// `people.yaml`.
pub fn people(l: &mut Loader<'_>) {
    let Some((tree, source)) = l.register("people", "campaigns/people.yaml", &shapes::PEOPLE, true) else {
        return;
    };
    for p in tree.list("people") {
        let (Some(id), Some(name), Some(unit)) = (p.str("id"), p.str("name"), p.get("unit")) else {
            continue;
        };
        if let Some(u) = unit.text() {
            names::unit_ref(l, &source, u, unit.span, ("đơn vị", "unit"));
        }
        let pid = PersonId::new(id);
        if l.ws.people.contains_key(&pid) {
            let span = p.get("id").map_or(p.span, |n| n.span);
            l.faults.push(
                source
                    .error(
                        "N031",
                        span,
                        format!("mã người “{id}” đã có ở trên"),
                        format!("the person “{id}” stands above already"),
                    )
                    .fix(
                        "Hai người trùng tên thì thêm số: nguyen-thi-lan-2",
                        "Add a number: nguyen-thi-lan-2",
                    ),
            );
            continue;
        }
        let text = |k: &str| p.str(k).map(str::to_owned);
        let person = Person {
            id: pid.clone(),
            name: name.to_owned(),
            title: text("title"),
            unit: UnitId::new(unit.text().unwrap_or_default()),
            roles: p.list("roles").iter().filter_map(Node::text).map(str::to_owned).collect(),
            email: text("email"),
            phone: text("phone"),
            zalo: text("zalo"),
            telegram: text("telegram"),
        };
        l.ws.people.insert(pid, person);
    }
}

/// `facts.yaml`.
pub fn facts(l: &mut Loader<'_>) {
    let Some((tree, source)) = l.register("facts", "campaigns/facts.yaml", &shapes::FACTS, false) else {
        return;
    };
    for (k, f) in tree.get("facts").map_or(&[][..], Node::entries).iter().filter(|(k, _)| is_slug(&k.name)) {
        let Some(text) = f.str("text") else { continue };
        let (from, to, checked) = (date(f, "valid_from"), date(f, "valid_to"), date(f, "checked"));
        let span = |key: &str| f.get(key).map_or(k.span, |n| n.span);
        if let (Some(a), Some(b)) = (from, to)
            && b < a
        {
            l.faults.push(
                source
                    .error(
                        "D003",
                        span("valid_to"),
                        "hết hiệu lực trước khi có hiệu lực",
                        "it ends before it begins",
                    )
                    .fix("Xem lại valid_from và valid_to.", "Look at valid_from and valid_to."),
            );
        }
        if let Some(c) = checked
            && c > l.today
        {
            l.faults.push(
                source
                    .error(
                        "F005",
                        span("checked"),
                        "ngày kiểm tra nằm ở tương lai",
                        "the check lies in the future",
                    )
                    .fix("Ghi ngày đã thật sự kiểm tra.", "Write the day it was really checked."),
            );
        }
        if checked.is_none() && f.get("checked").is_none() {
            l.faults.push(
                source
                    .fault(
                        "F004",
                        Severity::Warning,
                        k.span,
                        Say::new("chưa ai kiểm tra thông tin này", "nobody has checked this fact"),
                    )
                    .fix(
                        "Kiểm tra rồi thêm   checked: ngày   và   checked_by: người",
                        "Check it, then add   checked:   and   checked_by:",
                    )
                    .meanwhile(
                        "Trong lúc chờ: bài nào dùng nó sẽ bị giữ.",
                        "Meanwhile posts that use it are held.",
                    ),
            );
        }
        if f.get("basis").is_none() && f.get("source").is_none() {
            l.faults.push(
                source
                    .fault(
                        "F003",
                        Severity::Warning,
                        k.span,
                        Say::new(
                            "thông tin này không có căn cứ và không có nguồn",
                            "this fact has neither basis nor source",
                        ),
                    )
                    .fix("Thêm   basis: văn bản   hoặc   source: đường dẫn", "Add   basis:   or   source:"),
            );
        }
        if let Some(n) = f.get("checked_by")
            && let Some(id) = n.text()
            && !l.ws.people.contains_key(id)
            && !l.broken.contains_key("people")
        {
            let fault = person_unknown(l, &source, id, n);
            l.faults.push(fault);
        }
        if text.contains("{{") {
            l.faults.push(
                source
                    .error(
                        "F011",
                        span("text"),
                        "lời của thông tin không được chứa {{…}}",
                        "the words of a fact cannot hold {{…}}",
                    )
                    .fix(
                        "Viết đủ lời ở đây; muốn nêu hai thông tin thì ghi cả hai {{fact \"mã\"}} trong bài.",
                        "Write all its words here; to state two facts write both {{fact \"id\"}} in the text.",
                    ),
            );
        }
        let text_of = |key: &str| f.str(key).map(str::to_owned);
        let fact = Fact {
            id: FactId::new(&k.name),
            text: text.trim().to_owned(),
            basis: text_of("basis"),
            source: text_of("source"),
            valid_from: from,
            valid_to: to,
            // A date that cannot be read or lies in the future is no check.
            checked: checked.filter(|c| *c <= l.today),
            checked_by: f.str("checked_by").map(PersonId::new),
            note: text_of("note"),
        };
        l.ws.facts.insert(fact.id.clone(), fact);
    }
    l.facts = Some((tree, source));
}

/// N022: nobody of that id.
pub fn person_unknown(l: &Loader<'_>, source: &Source, id: &str, node: &Node) -> Fault {
    names::unknown(
        source,
        "N022",
        (id, node.span),
        ("người nào mã", "person"),
        l.ws.people.values().map(|p| (p.id.as_str(), Some(Say::new(p.name.clone(), p.name.clone())))),
    )
    .fix(
        "Dùng mã trong campaigns/people.yaml; người mới thì thêm vào tệp đó trước.",
        "Use an id of campaigns/people.yaml; add newcomers there first.",
    )
}

/// `calendar/vn-YYYY.yaml`.
pub fn calendars(l: &mut Loader<'_>) {
    let names = l.files.list("campaigns/calendar", &mut l.faults);
    for name in names {
        if !name.ends_with(".yaml") {
            continue;
        }
        let file = format!("campaigns/calendar/{name}");
        let Some((tree, source)) = l.shaped(&file, &shapes::CALENDAR, false) else { continue };
        let Some(year) = tree.str("year").and_then(|y| y.parse::<i32>().ok()) else { continue };
        let span = tree.get("year").map_or(tree.span, |n| n.span);
        let expected = format!("vn-{year}.yaml");
        if name != expected {
            l.faults.push(
                source
                    .error(
                        "D016",
                        span,
                        format!("tệp tên {name} nhưng ghi năm {year}"),
                        format!("the file is called {name} but says {year}"),
                    )
                    .fix(
                        format!("Sửa năm, hoặc đổi tên tệp thành {expected}"),
                        format!("Change the year, or rename the file to {expected}"),
                    ),
            );
            continue;
        }
        let mut calendar = YearCalendar {
            year,
            provisional: tree.str("provisional") == Some("true"),
            source: tree.str("source").unwrap_or_default().to_owned(),
            holidays: Default::default(),
            working: Default::default(),
        };
        for (key, name_key) in [("holidays", "name"), ("working", "for")] {
            for d in tree.list(key) {
                let (Some(day), Some(what)) = (date(d, "date"), d.str(name_key)) else { continue };
                let span = d.get("date").map_or(d.span, |n| n.span);
                if day.year() != year {
                    l.faults.push(
                        source
                            .error(
                                "D016",
                                span,
                                format!("ngày này không thuộc năm {year}"),
                                format!("this day is not in {year}"),
                            )
                            .fix(
                                format!("Chuyển sang tệp vn-{}.yaml", day.year()),
                                format!("Move it to vn-{}.yaml", day.year()),
                            ),
                    );
                    continue;
                }
                let into = if key == "holidays" { &mut calendar.holidays } else { &mut calendar.working };
                if into.insert(day, what.to_owned()).is_some() {
                    l.faults.push(
                        source
                            .fault(
                                "D016",
                                Severity::Warning,
                                span,
                                Say::new("ngày này ghi hai lần", "this day stands twice"),
                            )
                            .fix("Xóa một dòng.", "Delete one."),
                    );
                }
                if key == "working" && calendar.holidays.contains_key(&day) {
                    l.faults.push(
                        source
                            .error(
                                "D016",
                                span,
                                "ngày này vừa là ngày nghỉ vừa là ngày làm bù",
                                "this day is both off and worked",
                            )
                            .fix("Bỏ một trong hai.", "Remove one of the two."),
                    );
                }
            }
        }
        l.ws.calendars.0.insert(year, calendar);
    }
}
