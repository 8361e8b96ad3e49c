//! Lists of contacts: `audiences/lists.yaml` and a CSV file for each.
//!
//! A line of a contact is never repeated in a message: faults carry its place and what is wrong, not who it is.

use std::collections::BTreeSet;

use super::table::{Cell, Table, table};
use super::{Loader, shapes};
use crate::domain::id::{ListId, is_slug};
use crate::domain::unit::{ContactList, ContactRow, Ground};
use crate::yaml::value::is_email;
use crate::yaml::{Fault, Node, Say, Severity, fold};

const FILE: &str = "campaigns/audiences/lists.yaml";
const COLUMNS: [&str; 5] = ["ten", "email", "zalo", "telegram", "can_cu"];
/// Faults of one kind reported one by one in a list; more are counted.
const SHOWN: usize = 5;

fn ground(word: &str) -> Option<Ground> {
    match fold(word).as_str() {
        "consent" | "dong_y" => Some(Ground::Consent),
        "duty" | "nhiem_vu" | "cong_vu" => Some(Ground::Duty),
        _ => None,
    }
}

/// Reads the lists.
pub fn read(l: &mut Loader<'_>) {
    let files = l.files.list("campaigns/audiences", &mut vec![]);
    let tree = if !l.files.exists(FILE) && files.iter().any(|f| f.ends_with(".csv")) {
        // The lists are there and nothing declares them: one cause, said once.
        l.faults.push(super::files::missing(FILE, false));
        l.broken.insert("lists", "T039");
        None
    } else {
        l.register("lists", FILE, &shapes::LISTS, false)
    };
    let mut declared = BTreeSet::new();
    if let Some((tree, source)) = &tree {
        for (k, list) in tree.get("lists").map_or(&[][..], Node::entries) {
            declared.insert(format!("{}.csv", k.name));
            if !is_slug(&k.name) {
                continue;
            }
            let (Some(title), Some(g), Some(origin)) =
                (list.str("title"), list.str("ground").and_then(ground), list.str("source"))
            else {
                l.bad_targets.insert(k.name.clone(), FILE.to_owned());
                continue;
            };
            let file = format!("campaigns/audiences/{}.csv", k.name);
            if !l.files.exists(&file) {
                l.bad_targets.insert(k.name.clone(), FILE.to_owned());
                l.faults.push(
                    source
                        .error("B005", k.span, format!("không có tệp {}.csv của danh sách này", k.name), format!("the file {}.csv of this list is missing", k.name))
                        .fix(
                            format!("Lưu danh sách thành campaigns/audiences/{}.csv, dòng đầu: ten,email,zalo,telegram,can_cu", k.name),
                            format!("Save it as campaigns/audiences/{}.csv with the header ten,email,zalo,telegram,can_cu", k.name),
                        ),
                );
                continue;
            }
            // A file that cannot be read is not an empty list: what the ledger has of it stays.
            let Some(contacts) = contacts(l, &file) else {
                l.bad_targets.insert(k.name.clone(), file);
                continue;
            };
            let id = ListId::new(&k.name);
            l.ws.lists.insert(
                id.clone(),
                ContactList { id, title: title.to_owned(), ground: g, source: origin.to_owned(), contacts },
            );
        }
    }
    if l.broken.contains_key("lists") {
        return;
    }
    for name in l.files.list("campaigns/audiences", &mut l.faults) {
        if name.ends_with(".csv") && !declared.contains(&name) {
            let stem = name.trim_end_matches(".csv");
            l.faults.push(
                Fault::file(
                    "B006",
                    Severity::Warning,
                    format!("campaigns/audiences/{name}"),
                    "danh sách này chưa khai trong lists.yaml nên không gửi được cho ai",
                    "this list is not declared in lists.yaml, so that nothing can be sent to it",
                )
                .fix(
                    format!("Thêm vào campaigns/audiences/lists.yaml:\n  {stem}:\n    title: …\n    ground: consent\n    source: …"),
                    format!("Add to campaigns/audiences/lists.yaml:\n  {stem}:\n    title: …\n    ground: consent\n    source: …"),
                ),
            );
        }
    }
}

/// The contacts of a file; `None` if it could not be read at all.
fn contacts(l: &mut Loader<'_>, file: &str) -> Option<Vec<ContactRow>> {
    let before = l.faults.len();
    let rows = table(l, file, &COLUMNS, &["email"]);
    let mut contacts = vec![];
    let mut seen = BTreeSet::new();
    let (mut bad, mut twice) = (vec![], 0usize);
    if let Some(t) = &rows {
        for row in &t.rows {
            if let Some(c) = contact(t, row, &mut bad) {
                let key = (c.email.as_ref().map(|e| e.to_lowercase()), c.zalo.clone(), c.telegram.clone());
                if seen.insert(key) {
                    contacts.push(c);
                } else {
                    twice += 1;
                }
            }
        }
    }
    let hidden = bad.len().saturating_sub(SHOWN);
    l.faults.extend(bad.into_iter().take(SHOWN));
    if hidden > 0 {
        l.faults.push(Fault::file(
            "B007",
            Severity::Warning,
            file,
            format!("còn {hidden} dòng khác cũng sai như trên"),
            format!("{hidden} more rows have the same faults"),
        ));
    }
    if twice > 0 {
        l.faults.push(
            Fault::file(
                "B008",
                Severity::Note,
                file,
                format!("{twice} dòng trùng địa chỉ với dòng trước"),
                format!("{twice} rows repeat an address"),
            )
            .fix("Không bắt buộc: xóa các dòng trùng cho gọn.", "Not needed: delete what repeats.")
            .meanwhile("Mỗi địa chỉ chỉ nhận một lần.", "Each address gets one message."),
        );
    }
    for f in &mut l.faults[before..] {
        if f.file == file {
            f.source = None; // a person never reaches a log; without its header the first line is one too
        }
    }
    rows.map(|_| contacts)
}

fn contact(t: &Table, row: &[Cell], bad: &mut Vec<Fault>) -> Option<ContactRow> {
    let text = |c: &str| t.cell(row, c).map(|c| c.text.clone());
    let mut warn = |span, vi: &str, en: &str| {
        let fix = (
            "Sửa ô này bằng Excel rồi lưu lại kiểu CSV UTF-8.",
            "Change the cell and save the file as CSV in UTF-8.",
        );
        bad.push(
            t.source.fault("B007", Severity::Warning, span, Say::new(vi, en)).fix(fix.0, fix.1).meanwhile(
                "Trong lúc chờ: người này không nhận được.",
                "Meanwhile this person gets nothing.",
            ),
        );
    };
    let email = match t.cell(row, "email") {
        Some(c) if is_email(&c.text) => {
            c.text.rsplit_once('@').map(|(a, d)| format!("{a}@{}", d.to_lowercase()))
        }
        Some(c) => {
            warn(c.span, "địa chỉ thư ở ô này không đúng", "the mail address in this cell is wrong");
            None
        }
        None => None,
    };
    let own = match t.cell(row, "can_cu") {
        Some(c) => match ground(&c.text) {
            Some(g) => Some(g),
            None => {
                warn(
                    c.span,
                    "căn cứ phải là consent (đồng ý) hoặc duty (nhiệm vụ)",
                    "the ground must be consent or duty",
                );
                return None;
            }
        },
        None => None,
    };
    let contact =
        ContactRow { name: text("ten"), email, zalo: text("zalo"), telegram: text("telegram"), ground: own };
    if contact.email.is_none() && contact.zalo.is_none() && contact.telegram.is_none() {
        if t.cell(row, "email").is_none() {
            warn(Table::place(row), "dòng này không có địa chỉ nào", "this row has no address");
        }
        return None;
    }
    Some(contact)
}
