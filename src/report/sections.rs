//! A report as tables of words: one form for the terminal and for the page.

use chrono::DateTime;
use chrono_tz::Tz;

use super::model::{Counts, Line, Progress, Report};
use super::words;
use crate::domain::text::{self, Lang, number};
use crate::render::{ReportCell, ReportRow, ReportSection};

pub(super) fn text_cell(text: impl Into<String>) -> ReportCell {
    ReportCell { text: text.into(), number: false }
}

pub(super) fn number_cell(n: i64, lang: Lang) -> ReportCell {
    ReportCell { text: number(n, lang), number: true }
}

fn heads(lang: Lang, words: &[(&str, &str)], numbers_from: usize) -> Vec<ReportCell> {
    let cell = |(i, (vi, en)): (usize, &(&str, &str))| ReportCell {
        text: lang.pick(vi, en).to_owned(),
        number: i >= numbers_from,
    };
    words.iter().enumerate().map(cell).collect()
}

const COUNTS: [(&str, &str); 7] = [
    ("Kế hoạch", "Planned"),
    ("Nơi nhận đã nhận", "Accepted"),
    ("Đang chờ", "Pending"),
    ("Bị từ chối", "Rejected"),
    ("Không gửi được", "Failed"),
    ("Chưa rõ", "Unknown"),
    ("Không gửi", "Not sent"),
];

fn counts(c: &Counts, lang: Lang) -> [ReportCell; 7] {
    [c.planned, c.sent, c.pending, c.rejected, c.failed, c.unknown, c.not_sent].map(|n| number_cell(n, lang))
}

fn row(cells: Vec<ReportCell>, total: bool) -> ReportRow {
    ReportRow { cells, total }
}

/// What holds for all figures of a report, in sentences.
pub(super) fn notes(r: &Report, lang: Lang) -> Vec<String> {
    let mut out = vec![words::why_times(lang).to_owned()];
    let made = text::moment(r.made_at.with_timezone(&r.time_zone).naive_local(), lang);
    match (r.progress, lang) {
        (Progress::NotBegun, Lang::Vi) => {
            out.push("Kỳ báo cáo chưa bắt đầu: các số dưới đây là kế hoạch.".into())
        }
        (Progress::NotBegun, Lang::En) => {
            out.push("The period has not begun: what follows is the plan.".into())
        }
        (Progress::Running, Lang::Vi) => {
            out.push(format!("Kỳ báo cáo chưa kết thúc: số liệu mới tính đến {made}."));
        }
        (Progress::Running, Lang::En) => out.push(format!("The period is not over: figures as of {made}.")),
        (Progress::Over, _) => {}
    }
    if r.unplaced > 0 {
        let n = number(r.unplaced, lang);
        out.push(match lang {
            Lang::Vi => format!(
                "Chưa tính {n} lần gửi sắp tới của kỳ này: danh sách người nhận chỉ được mở ít phút trước giờ gửi."
            ),
            Lang::En => format!(
                "{} of this period are not counted yet: lists are opened minutes before they are due.",
                text::plural(r.unplaced, "sending", "sendings")
            ),
        });
    }
    if let Some(n) = unknown(&r.total.counts, lang) {
        out.push(n);
    }
    if r.total.counts.withdrawn > 0 {
        let n = number(r.total.counts.withdrawn, lang);
        out.push(match lang {
            Lang::Vi => format!("Không tính {n} lượt đã rút khỏi kế hoạch."),
            Lang::En => format!("{n} deliveries taken back from the plan are not counted."),
        });
    }
    out
}

/// How many are unknown, and what became of the questions about them.
fn unknown(c: &Counts, lang: Lang) -> Option<String> {
    let parts: Vec<String> = [
        (c.unknown - c.left - c.unanswered, "đang chờ trả lời", "waiting for an answer"),
        (c.left, "được khép lại là “không rõ”", "closed as “not known”"),
        (
            c.unanswered,
            "tự đóng là “không rõ” vì hết hạn không ai trả lời",
            "closed by themselves as “not known” since nobody answered in time",
        ),
    ]
    .into_iter()
    .filter(|(n, _, _)| *n > 0)
    .map(|(n, vi, en)| format!("{} {}", number(n, lang), lang.pick(vi, en)))
    .collect();
    let (all, parts) = (number(c.unknown, lang), parts.join(", "));
    (c.unknown > 0).then(|| match lang {
        Lang::Vi => format!("{all} lượt chưa rõ đã đến hay chưa, không tính là đã nhận: {parts}."),
        Lang::En => {
            format!("Of {all} it is unknown whether they arrived; they do not count as accepted: {parts}.")
        }
    })
}

/// The tables of a report.
pub(super) fn sections(r: &Report, lang: Lang) -> Vec<ReportSection> {
    let nothing = lang.pick("Không có.", "None.").to_owned();
    let section = |title: (&str, &str), columns, rows, note: Option<&str>| ReportSection {
        title: lang.pick(title.0, title.1).to_owned(),
        columns,
        rows,
        empty: nothing.clone(),
        note: note.map(str::to_owned),
    };
    let unit_name = |unit: &str, name: &str| {
        if unit.is_empty() {
            lang.pick("Người nhận theo danh sách", "People of lists").to_owned()
        } else {
            name.to_owned()
        }
    };
    let sum = lang.pick("Cộng (lượt gửi)", "Sum (deliveries)");
    let mut out = vec![];

    let mut rows: Vec<ReportRow> = r
        .families
        .iter()
        .map(|f| {
            let mut cells =
                vec![text_cell(words::family(f.family, lang)), text_cell(words::form(f.decree49, lang))];
            cells.extend(counts(&f.line.counts, lang));
            row(cells, false)
        })
        .collect();
    if rows.len() > 1 {
        let mut cells = vec![text_cell(sum), text_cell("")];
        cells.extend(counts(&r.total.counts, lang));
        rows.push(row(cells, true));
    }
    let mut columns = vec![("Kênh", "Channel"), ("Hình thức (NĐ 49/2024)", "Form (Decree 49/2024)")];
    columns.extend(COUNTS);
    out.push(section(
        ("1. Kết quả gửi theo kênh", "1. Deliveries by channel"),
        heads(lang, &columns, 2),
        rows,
        Some(lang.pick(
            "“Nơi nhận đã nhận”: máy chủ hoặc nơi nhận đã nhận, chưa phải đã đọc, đã nghe.",
            "“Accepted”: by the server or place it went to; not: read or heard.",
        )),
    ));

    let mut columns = vec![("Đơn vị", "Unit")];
    columns.extend(COUNTS);
    let rows = r
        .units
        .iter()
        .map(|u| {
            let mut cells = vec![text_cell(unit_name(&u.unit, &u.name))];
            cells.extend(counts(&u.line.counts, lang));
            row(cells, false)
        })
        .collect();
    out.push(section(("2. Theo đơn vị", "2. By unit"), heads(lang, &columns, 1), rows, None));

    let mut columns = vec![("Bài", "Post")];
    columns.extend(COUNTS);
    let rows = r
        .posts
        .iter()
        .map(|p| {
            let mut cells = vec![text_cell(p.title.clone())];
            cells.extend(counts(&p.line.counts, lang));
            row(cells, false)
        })
        .collect();
    out.push(section(("3. Theo bài", "3. By post"), heads(lang, &columns, 1), rows, None));

    let aired = |name: String, l: &Line, total: bool| {
        let a = &l.airings;
        let mut cells = vec![text_cell(name)];
        cells.extend(
            [a.wanted, a.no_room, a.handed, a.declared, a.not_aired, a.unconfirmed, a.waiting, a.extra]
                .map(|n| number_cell(n, lang)),
        );
        row(cells, total)
    };
    let stations: Vec<_> = r.units.iter().filter(|u| u.line.airings.wanted > 0).collect();
    let mut rows: Vec<ReportRow> = stations.iter().map(|u| aired(u.name.clone(), &u.line, false)).collect();
    if rows.len() > 1 {
        rows.push(aired(lang.pick("Cộng (buổi)", "Sum (airings)").to_owned(), &r.total, true));
    }
    let columns = [
        ("Đài", "Station"),
        ("Kế hoạch", "Wanted"),
        ("Không còn chỗ", "No room"),
        ("Đã giao phiếu", "On sheets"),
        ("Khai đã phát", "Declared"),
        ("Khai không phát", "Not aired"),
        ("Không báo lại", "Unconfirmed"),
        ("Chờ báo", "Waiting"),
        ("Phát thêm", "Extra"),
    ];
    out.push(section(
        ("4. Truyền thanh (buổi)", "4. Radio (airings)"),
        heads(lang, &columns, 1),
        rows,
        Some(lang.pick(
            "Số buổi do đài khai. Mỗi tuần phát tính vào kỳ có ngày phát cuối của tuần ấy. “Không còn chỗ”: ngày nghỉ, hoặc hết phần thời \
             lượng mỗi buổi. “Không báo lại”: đã hết tuần mà đài không báo; không tính là đã phát. “Phát thêm”: ngoài số buổi đề nghị, \
             không bù cho đài khác.",
            "As stations declare. A week belongs to the period of its last airing day. “No room”: days off, or the share of a session is \
             used up. “Unconfirmed”: the week is over and nobody said anything; not counted as aired. “Extra”: beyond what was asked \
             for; makes up for no other station.",
        )),
    ));

    let packages = |name: String, l: &Line, total: bool| {
        let k = &l.links;
        let mut cells = vec![text_cell(name)];
        cells.extend([k.handed, k.returned, k.handed - k.returned].map(|n| number_cell(n, lang)));
        row(cells, total)
    };
    let mut rows: Vec<ReportRow> = r
        .units
        .iter()
        .filter(|u| u.line.links.handed > 0)
        .map(|u| packages(unit_name(&u.unit, &u.name), &u.line, false))
        .collect();
    if rows.len() > 1 {
        rows.push(packages(lang.pick("Cộng (gói bài)", "Sum (packages)").to_owned(), &r.total, true));
    }
    let columns = [
        ("Đơn vị", "Unit"),
        ("Gói bài đã gửi", "Packages"),
        ("Đã có link, đã kiểm tra", "Link checked"),
        ("Chưa có link", "No link yet"),
    ];
    out.push(section(
        ("5. Gói bài gửi ban biên tập", "5. Packages for editors"),
        heads(lang, &columns, 1),
        rows,
        None,
    ));

    out.push(reach(r, lang, nothing.clone()));
    out
}

fn reach(r: &Report, lang: Lang, empty: String) -> ReportSection {
    let name_of = |id: &str| {
        r.units
            .iter()
            .find(|u| u.unit == id && !id.is_empty())
            .map_or_else(|| words::source(id, lang), |u| u.name.clone())
    };
    let rows = r
        .reach
        .iter()
        .map(|f| {
            let channel = match &f.unit {
                Some(u) if !u.is_empty() => format!("{} · {}", words::family(f.family, lang), name_of(u)),
                Some(_) | None => words::family(f.family, lang).to_owned(),
            };
            let source = if f.sources.len() > 3 {
                format!("{} {}", number(f.sources.len() as i64, lang), lang.pick("nguồn", "sources"))
            } else {
                f.sources.iter().map(|s| name_of(s)).collect::<Vec<_>>().join(", ")
            };
            let (first, last) = (day(f.first_at, r.time_zone), day(f.last_at, r.time_zone));
            let when = if first == last { last } else { format!("{first} – {last}") };
            row(
                vec![
                    text_cell(channel),
                    text_cell(words::metric(&f.metric, lang)),
                    number_cell(f.value, lang),
                    text_cell(words::grade(f.grade, lang)),
                    text_cell(source),
                    text_cell(when),
                ],
                false,
            )
        })
        .collect();
    let mut columns = heads(
        lang,
        &[
            ("Kênh", "Channel"),
            ("Đếm gì", "What"),
            ("Số", "Value"),
            ("Mức chắc chắn", "Grade"),
            ("Nguồn", "Source"),
            ("Ngày lấy số", "Taken on"),
        ],
        usize::MAX,
    );
    if let Some(c) = columns.get_mut(2) {
        c.number = true;
    }
    ReportSection {
        title: lang.pick("6. Tiếp cận, theo từng kênh", "6. Reach, channel by channel").to_owned(),
        columns,
        rows,
        empty,
        note: Some(lang.pick("Không cộng các dòng với nhau.", "These lines are not to be added.").to_owned()),
    }
}

pub(super) fn day(at: DateTime<chrono::Utc>, zone: Tz) -> String {
    text::date(at.with_timezone(&zone).date_naive())
}
