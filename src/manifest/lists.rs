//! Lists of contacts: `audiences/lists.yaml` and a CSV file for each.
//!
//! A line of a contact is never repeated in a message: faults carry its place and what is wrong, not who it is.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};

use sha2::{Digest as _, Sha256};

use super::grid::{Broken, Cell, Grid};
use super::table::{Columns, head, place, shifted};
use super::{Loader, shapes};
use crate::domain::contact::{ContactRow, Contacts};
use crate::domain::id::{ListId, is_slug};
use crate::domain::text::{Lang, number};
use crate::domain::unit::{ContactList, Ground};
use crate::yaml::value::is_email;
use crate::yaml::{Fault, Node, Severity, Source, Span, fold};

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

/// The first faults of a kind, and how many more there are.
struct Few {
    shown: Vec<Fault>,
    more: usize,
    /// Where the first of those stands.
    next: usize,
}

impl Few {
    fn new() -> Self {
        Self { shown: vec![], more: 0, next: 0 }
    }

    fn add(&mut self, f: Fault) {
        if self.shown.len() < SHOWN {
            self.shown.push(f);
            return;
        }
        if self.more == 0 {
            self.next = f.line;
        }
        self.more += 1;
    }

    /// All of them; `vi`, `en` end a sentence about the rest.
    fn say(self, l: &mut Loader<'_>, vi: &str, en: &str) {
        let rest = self.shown.last().filter(|_| self.more > 0).map(|like| Fault {
            meanwhile: like.meanwhile.clone(),
            ..fault(
                &like.file,
                like.code,
                like.severity,
                Span::on(self.next, 1, 1),
                format!("từ đây còn {} dòng nữa {vi}", number(self.more as i64, Lang::Vi)),
                format!("from here on {} more rows {en}", number(self.more as i64, Lang::En)),
            )
        });
        l.faults.extend(self.shown.into_iter().chain(rest));
    }
}

/// A fault of a row, without the row: a person never reaches a log.
fn fault(
    file: &str,
    code: &'static str,
    severity: Severity,
    at: Span,
    vi: impl Into<String>,
    en: impl Into<String>,
) -> Fault {
    Fault {
        line: at.line,
        column: at.column,
        width: at.end_column.saturating_sub(at.column).max(1),
        ..Fault::file(code, severity, file, vi, en)
    }
}

/// The contacts of a file; `None` if it could not be read at all.
fn contacts(l: &mut Loader<'_>, file: &str) -> Option<Contacts> {
    let before = l.faults.len();
    let read = match l.files.list_of_people(file) {
        Ok(from) => stream(l, file, Grid::new(from)),
        Err(f) => {
            l.faults.push(*f);
            return None;
        }
    };
    let contacts = read.unwrap_or_else(|broken| {
        l.faults.truncate(before);
        l.faults.push(broken.fault(file));
        None
    });
    for f in &mut l.faults[before..] {
        f.source = None; // without its header the first line is a person, too
    }
    contacts
}

fn stream<R: std::io::BufRead>(
    l: &mut Loader<'_>,
    file: &str,
    mut grid: Grid<R>,
) -> Result<Option<Contacts>, Broken> {
    let source = Source::new(file, grid.header()?);
    let Some(columns) = head(l, &source, &mut grid, &COLUMNS, &["email"])? else { return Ok(None) };
    let mut contacts = Contacts::default();
    // Addresses by a digest, for they may be a million.
    let mut seen = HashMap::<[u8; 16], u32>::new();
    let (mut wide, mut bad, mut twice) = (Few::new(), Few::new(), Few::new());
    while let Some(row) = grid.row()? {
        let row = match columns.fit(row) {
            Ok(row) => row,
            Err((at, say)) => {
                wide.add(shifted(fault(file, "B002", Severity::Error, at, say.vi, say.en)));
                continue;
            }
        };
        let Some(c) = contact(file, &columns, &row, &mut bad) else { continue };
        let at = place(&row);
        match seen.entry(digest(&c)) {
            Entry::Vacant(new) => {
                new.insert(u32::try_from(at.line).unwrap_or(u32::MAX));
                contacts.push(&c);
            }
            Entry::Occupied(first) => {
                let first = first.get();
                let (vi, en) = (
                    format!("dòng này trùng địa chỉ với dòng {first}"),
                    format!("this row repeats the address of line {first}"),
                );
                twice.add(
                    fault(file, "B008", Severity::Note, at, vi, en)
                        .fix(
                            "Không bắt buộc: xóa các dòng trùng cho gọn.",
                            "Not needed: delete what repeats.",
                        )
                        .meanwhile("Mỗi địa chỉ chỉ nhận một lần.", "Each address gets one message."),
                );
            }
        }
    }
    wide.say(l, "cũng lệch cột", "have too many cells");
    bad.say(l, "cũng sai như trên", "have faults like these");
    twice.say(l, "cũng trùng địa chỉ", "repeat an address");
    contacts.trim();
    Ok(Some(contacts))
}

/// What makes two rows one person.
fn digest(c: &ContactRow) -> [u8; 16] {
    let mut all = Sha256::new();
    for part in [c.email.as_ref().map(|e| e.to_lowercase()).as_ref(), c.zalo.as_ref(), c.telegram.as_ref()] {
        all.update(part.map_or("", String::as_str));
        all.update([0]);
    }
    let mut out = [0; 16];
    out.copy_from_slice(&all.finalize()[..16]);
    out
}

fn contact(file: &str, t: &Columns, row: &[Cell], bad: &mut Few) -> Option<ContactRow> {
    let text = |c: &str| t.cell(row, c).map(|c| c.text.clone());
    let mut warn =
        |span, vi: &str, en: &str| {
            let fix = (
                "Sửa ô này bằng Excel rồi lưu lại kiểu CSV UTF-8.",
                "Change the cell and save the file as CSV in UTF-8.",
            );
            bad.add(fault(file, "B007", Severity::Warning, span, vi, en).fix(fix.0, fix.1).meanwhile(
                "Trong lúc chờ: người này không nhận được.",
                "Meanwhile this person gets nothing.",
            ));
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
            warn(place(row), "dòng này không có địa chỉ nào", "this row has no address");
        }
        return None;
    }
    Some(contact)
}
