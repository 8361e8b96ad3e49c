//! Sample data for every template, full and bare, so that `check` renders both branches of each `{{#if}}`.

use serde_json::Value;

use super::judge::PROBE;
use super::views::{
    ArticleView, CellView, ContactView, DayView, FileView, ItemView, LineView, MailView, OPT_OUT_BEGIN,
    OPT_OUT_END, OptOutView, PackageView, RecordingView, ReminderItem, ReminderView, ReportCell, ReportRow,
    ReportSection, ReportView, SessionView, SheetView,
};
use crate::domain::message::{MARK, MARK_CODE, MARK_NAME, MARK_OPT_OUT_URL, MARK_UNIT};

/// The samples of the template `name` (without `.hbs`); `None` for a partial.
pub fn of(name: &str) -> Option<[Value; 2]> {
    let stem = name.trim_end_matches(".html").trim_end_matches(".txt");
    [true, false]
        .map(|full| match stem {
            "mail/layout" => serde_json::to_value(mail(full)).ok(),
            "web/article" => serde_json::to_value(article(full)).ok(),
            "chat/link" | "script/opening" | "script/closing" => serde_json::to_value(LineView {
                organisation: ORGANISATION.into(),
                link: full.then(|| LINK.into()),
            })
            .ok(),
            "press/reminder" => serde_json::to_value(ReminderView {
                unit: "Trang TTĐT phường Mẫu".into(),
                organisation: ORGANISATION.into(),
                count: 1,
                packages: vec![ReminderItem {
                    title: "Tiêu đề mẫu".into(),
                    code: "T-4K7Q".into(),
                    done_by: "04/12/2026".into(),
                    late: full,
                }],
                phone: full.then(|| PHONE.into()),
            })
            .ok(),
            "notice/mail" | "notice/chat" => serde_json::to_value(super::notice::sample(full)).ok(),
            "press/package" => serde_json::to_value(package(full)).ok(),
            "script/sheet" => serde_json::to_value(sheet(full)).ok(),
            "opt-out/ask" | "opt-out/done" | "opt-out/invalid" => serde_json::to_value(OptOutView {
                organisation: ORGANISATION.into(),
                en: full,
                what: "thư".into(),
                list: full.then(|| "Tin dành cho hộ kinh doanh".into()),
                action: "?lang=vi".into(),
                switch: full.then(|| "?lang=en".into()),
                phone: full.then(|| PHONE.into()),
            })
            .ok(),
            "report/period" => serde_json::to_value(report(full)).ok(),
            _ => None,
        })
        .into_iter()
        .collect::<Option<Vec<_>>>()?
        .try_into()
        .ok()
}

/// The same data, each text of which says that a variable printed it. What is HTML already, and what is filled in later, stays.
pub fn probed(data: &Value) -> Value {
    match data {
        Value::String(s) if s.contains(MARK) => data.clone(),
        Value::String(s) => Value::String(format!("{s}{PROBE}")),
        Value::Array(all) => all.iter().map(probed).collect(),
        Value::Object(all) => all
            .iter()
            .map(|(k, v)| (k.clone(), if k.ends_with("_html") { v.clone() } else { probed(v) }))
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => data.clone(),
    }
}

const ORGANISATION: &str = "Sở Văn hóa, Thể thao và Du lịch thành phố Hải Phòng";
const LINK: &str = "https://tenmien.example/huong-dan";
const PHONE: &str = "0225 000 0001";

fn contact(full: bool) -> Option<ContactView> {
    full.then(|| ContactView {
        unit: ORGANISATION.into(),
        name: Some("Nguyễn Thị Mẫu".into()),
        phone: Some(PHONE.into()),
        email: Some("mau@so.example".into()),
    })
}

fn mail(full: bool) -> MailView {
    MailView {
        title: "Tiêu đề mẫu".into(),
        preheader: "Câu đầu của bài.".into(),
        organisation: ORGANISATION.into(),
        greeting: full,
        name: MARK_NAME,
        body_html: "<p>Đoạn mẫu.</p>".into(),
        body_text: "Đoạn mẫu.".into(),
        hero_html: full.then(|| "<img src=\"cid:mau@loa\" alt=\"Ảnh mẫu\">".into()),
        hero_text: full.then(|| "[Ảnh: Ảnh mẫu]".into()),
        link: full.then(|| LINK.into()),
        basis: if full { vec!["Kế hoạch số 1/KH-UBND ngày 01/01/2026".into()] } else { vec![] },
        documents: if full { vec!["Kế hoạch số 1/KH-UBND (PDF, 640 KB)".into()] } else { vec![] },
        contact: contact(full),
        duty_phone: full.then(|| PHONE.into()),
        public_url: full.then(|| "https://loa.example".into()),
        opt_out_url: MARK_OPT_OUT_URL,
        opt_out_begin: OPT_OUT_BEGIN,
        opt_out_end: OPT_OUT_END,
    }
}

fn article(full: bool) -> ArticleView {
    ArticleView {
        title: "Tiêu đề mẫu".into(),
        organisation: ORGANISATION.into(),
        body_html: "<p>Đoạn mẫu.</p>".into(),
        body_text: "Đoạn mẫu.".into(),
        link: full.then(|| LINK.into()),
        contact: contact(full),
    }
}

fn file(full: bool) -> Vec<FileView> {
    let one = FileView {
        number: 1,
        file: "mau.png".into(),
        alt: "Ảnh mẫu".into(),
        caption: Some("Chú thích".into()),
        size: "1,2 MB".into(),
    };
    if full { vec![FileView { caption: None, ..one.clone() }, one] } else { vec![] }
}

fn package(full: bool) -> PackageView {
    PackageView {
        title: "Tiêu đề mẫu".into(),
        lead: "Sa-pô mẫu.".into(),
        body_html: "<p>Đoạn mẫu.</p>".into(),
        body_text: "Đoạn mẫu.".into(),
        organisation: ORGANISATION.into(),
        unit: MARK_UNIT,
        code: MARK_CODE,
        hand_over: full,
        done_by: full.then(|| "04/12/2026".into()),
        remove_after: full.then(|| "31/12/2026".into()),
        pictures: file(full),
        documents: file(full),
        basis: if full { vec!["Kế hoạch số 1/KH-UBND ngày 01/01/2026".into()] } else { vec![] },
        categories: if full { vec!["Chuyển đổi số".into()] } else { vec![] },
        link: full.then(|| LINK.into()),
        contact: contact(full),
        duty_phone: full.then(|| PHONE.into()),
    }
}

fn sheet(full: bool) -> SheetView {
    let day = |label: &str, holiday: Option<&str>| DayView {
        label: label.into(),
        closed: holiday.is_some(),
        holiday: holiday.map(Into::into),
    };
    let cell = |open, proposed| CellView { open, proposed };
    let item = ItemView {
        number: 1,
        title: "Tiêu đề mẫu".into(),
        lines: vec!["Kính thưa toàn thể nhân dân. //".into(), "Câu mẫu, / có chỗ nghỉ. //".into()],
        seconds: 45,
        airings: 5,
        open: 6,
        choice: full,
        short: full.then_some(8),
        approved: full.then(|| "Lê Văn Mẫu, 27/11/2026".into()),
        priority: "THÔNG THƯỜNG",
        days: vec![day("T2 30/11", None), day("T3 01/12", full.then_some("Nghỉ lễ"))],
        sessions: vec![SessionView {
            label: "Sáng".into(),
            hours: "05:00–05:30".into(),
            cells: vec![cell(true, full), cell(!full, false)],
        }],
        proposed: if full { vec!["T2 30/11 sáng".into()] } else { vec![] },
        recording: full.then(|| RecordingView { file: "01-tieu-de-mau.mp3".into(), mailed: true }),
    };
    SheetView {
        organisation: ORGANISATION.into(),
        unit: "Phường Mẫu".into(),
        week: "30/11 – 04/12/2026".into(),
        code: "482116".into(),
        count: if full { 2 } else { 1 },
        items: if full { vec![item.clone(), ItemView { recording: None, ..item }] } else { vec![item] },
        several: full,
        recorded: full,
        left_out: if full { vec!["Bài chưa xếp được".into()] } else { vec![] },
        allowance: "2 phút".into(),
        report_by: full.then(|| "chiều thứ Sáu 04/12".into()),
        phone: full.then(|| PHONE.into()),
        zalo: full.then(|| "PHAT 482116 5,3".into()),
        command: "loa aired 482116 --sessions 5 --by TÊN".into(),
        command_each: full.then(|| "loa aired 482116 --sessions 5,3 --by TÊN".into()),
    }
}

fn cell(text: &str, number: bool) -> ReportCell {
    ReportCell { text: text.into(), number }
}

fn report(full: bool) -> ReportView {
    ReportView {
        title: "Báo cáo kết quả truyền thông".into(),
        organisation: ORGANISATION.into(),
        period: "Quý IV/2026".into(),
        en: full,
        window: "số liệu tính từ 15/09/2026 đến 14/12/2026".into(),
        notes: if full { vec!["Số liệu ghi theo lượt.".into()] } else { vec![] },
        addressed_to: full.then(|| "UBND thành phố".into()),
        made_on: "05/01/2027".into(),
        sections: if full {
            vec![ReportSection {
                title: "Theo kênh".into(),
                columns: vec![cell("Kênh", false), cell("Lượt", true)],
                rows: [false, true]
                    .map(|total| ReportRow {
                        cells: vec![cell("truyền thanh", false), cell("1.130", true)],
                        total,
                    })
                    .into(),
                empty: "Không có.".into(),
                note: Some("Số liệu do đơn vị khai báo.".into()),
            }]
        } else {
            vec![]
        },
    }
}
