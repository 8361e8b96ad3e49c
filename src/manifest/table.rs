//! Tables that people keep in a spreadsheet: the communes, the contacts of a list.
//!
//! A row with a slip loses what the slip touches (a station without readable sessions), never the whole table.

use std::collections::BTreeMap;

use super::Loader;
use super::grid::{Broken, Cell, Grid};
use super::units::{ALLOWANCE, STATION_DAYS};
use crate::domain::id::{GroupId, UnitId};
use crate::domain::text::slugify;
use crate::domain::unit::{Channel, Contact, Family, Group, Mode, Session, Station, StationKind, Unit};
use crate::domain::words;
use crate::yaml::value::{is_email, is_url};
use crate::yaml::{Fault, Node, Say, Severity, Source, Span, closest, fold};

/// A table read: its columns, rows of cells.
pub struct Table {
    /// The text.
    pub source: Source,
    columns: Columns,
    /// Rows without the header; each as long as the header or longer.
    pub rows: Vec<Vec<Cell>>,
}

impl Table {
    /// As [`Columns::cell`].
    pub fn cell<'r>(&self, row: &'r [Cell], column: &str) -> Option<&'r Cell> {
        self.columns.cell(row, column)
    }
}

/// What the header of a table says.
pub struct Columns {
    at: BTreeMap<&'static str, usize>,
    width: usize,
}

impl Columns {
    /// The cell of a column; none if it is empty or the table has no such column.
    pub fn cell<'r>(&self, row: &'r [Cell], column: &str) -> Option<&'r Cell> {
        self.at.get(column).and_then(|i| row.get(*i)).filter(|c| !c.text.is_empty())
    }
    /// The row with a cell for each column.
    ///
    /// # Errors
    /// B002 without its place: it has more than the header; and where the first too many stands.
    pub fn fit(&self, mut row: Vec<Cell>) -> Result<Vec<Cell>, (Span, Say)> {
        let width = self.width;
        if row.len() > width && row[width..].iter().any(|c| !c.text.is_empty()) {
            return Err((
                row[width].span,
                Say::new(
                    format!("dòng này có {} ô, dòng đầu chỉ có {width} cột", row.len()),
                    format!("this row has {} cells, the header has {width}", row.len()),
                ),
            ));
        }
        row.resize(width.max(row.len()), Cell::default());
        Ok(row)
    }
}

/// Where to point when a cell is missing.
pub fn place(row: &[Cell]) -> Span {
    row.first().map_or_else(Span::default, |c| Span {
        end_column: c.span.end_column.max(c.span.column + 1),
        ..c.span
    })
}

/// Says of B002 why, and what to do.
pub fn shifted(f: Fault) -> Fault {
    f.why("Một ô có dấu phẩy làm các ô sau lệch cột.", "A comma inside a cell shifts those after it.")
        .fix(
            "Đặt ô có dấu phẩy trong ngoặc kép, hoặc sửa bằng Excel rồi lưu lại CSV UTF-8.",
            "Put the cell with the comma in double quotes.",
        )
        .meanwhile("Trong lúc chờ: dòng này không được dùng.", "Meanwhile this row is not used.")
}

/// Reads a CSV file against its known columns; `required` must stand in the header.
pub fn table(l: &mut Loader<'_>, name: &str, known: &[&'static str], required: &[&str]) -> Option<Table> {
    let source = match l.files.text(name) {
        Ok(s) => s,
        Err(f) => {
            l.faults.push(*f);
            return None;
        }
    };
    let before = l.faults.len();
    let mut grid = Grid::new(source.text().as_bytes());
    let mut read = || {
        let Some(columns) = head(l, &source, &mut grid, known, required)? else { return Ok(None) };
        let mut rows = vec![];
        while let Some(row) = grid.row()? {
            match columns.fit(row) {
                Ok(row) => rows.push(row),
                Err((at, say)) => l.faults.push(shifted(source.error("B002", at, say.vi, say.en))),
            }
        }
        Ok(Some((columns, rows)))
    };
    match read() {
        Ok(all) => all.map(|(columns, rows)| Table { source, columns, rows }),
        Err(broken) => {
            // Nothing else is said of a file whose letters are not those that were written.
            l.faults.truncate(before);
            l.faults.push(Broken::fault(broken, name));
            None
        }
    }
}

/// Reads the header; `None` (and faults) if there is none to go on with. `source` needs no more than what the header stands in.
///
/// # Errors
/// What ends the reading of a file.
pub fn head<R: std::io::BufRead>(
    l: &mut Loader<'_>,
    source: &Source,
    grid: &mut Grid<R>,
    known: &[&'static str],
    required: &[&str],
) -> Result<Option<Columns>, Broken> {
    let Some(head) = grid.row()? else {
        l.faults.push(
            Fault::file("T008", Severity::Error, &*source.file, "bảng này còn trống", "this table is empty")
                .fix(
                    format!("Dòng đầu là tên các cột: {}; từ dòng hai mỗi nơi một dòng.", required.join(",")),
                    format!("The first line names the columns: {}; then one row each.", required.join(",")),
                ),
        );
        return Ok(None);
    };
    let mut columns = BTreeMap::new();
    // A first line without any known column is no header: its words are a row's and are not repeated.
    let headed = head.iter().any(|c| known.contains(&fold(&c.text).as_str()));
    for (i, cell) in head.iter().enumerate() {
        let word = fold(&cell.text);
        match known.iter().find(|k| **k == word) {
            Some(k) if columns.contains_key(k) => l.faults.push(
                source
                    .error(
                        "T007",
                        cell.span,
                        format!("cột “{}” có hai lần", cell.text),
                        format!("the column “{}” stands twice", cell.text),
                    )
                    .fix("Xóa một cột.", "Delete one of them."),
            ),
            Some(k) => {
                columns.insert(*k, i);
            }
            None if word.is_empty() || !headed => {}
            None => {
                let mut f = source
                    .fault(
                        "K001",
                        Severity::Warning,
                        cell.span,
                        Say::new(
                            format!("bảng không có cột “{}”", cell.text),
                            format!("the table has no column “{}”", cell.text),
                        ),
                    )
                    .meanwhile("Trong lúc chờ: Loa bỏ qua cột này.", "Meanwhile this column is ignored.");
                f = match closest(&cell.text, known.iter().copied()) {
                    Some(n) => f.maybe(n, None),
                    None => f.fix(
                        format!("Các cột dùng được: {}.", known.join(", ")),
                        format!("Known columns: {}.", known.join(", ")),
                    ),
                };
                l.faults.push(f);
            }
        }
    }
    let missing: Vec<&str> = required.iter().filter(|r| !columns.contains_key(**r)).copied().collect();
    if !missing.is_empty() {
        let list = missing.join(", ");
        l.faults.push(
            source
                .error(
                    "B001",
                    Span::on(1, 1, source.lines().next().unwrap_or_default().chars().count()),
                    format!("dòng đầu của bảng thiếu cột: {list}"),
                    format!("the header lacks: {list}"),
                )
                .fix(
                    "Dòng đầu phải là tên các cột, viết không dấu, không cách.",
                    "The first line names the columns.",
                ),
        );
        return Ok(None);
    }
    Ok(Some(Columns { at: columns, width: head.len() }))
}

const COMMUNE: [&str; 14] = [
    "ma",
    "ten",
    "ten_cu",
    "nguoi_phu_trach",
    "dien_thoai",
    "email",
    "nhan_qua",
    "website",
    "cach_dang",
    "loai_dai",
    "buoi_sang",
    "buoi_chieu",
    "phut_cua_so",
    "dan_so",
];

/// Reads a table of communes named in `units.yaml`.
pub fn read(l: &mut Loader<'_>, node: &Node, units: &Source) {
    let (Some(file), Some(group)) = (node.str("file"), node.str("group")) else { return };
    if file.contains("..") || file.starts_with('/') {
        let span = node.get("file").map_or(node.span, |n| n.span);
        l.faults.push(
            units
                .error(
                    "T027",
                    span,
                    "tệp phải nằm trong thư mục campaigns",
                    "the file must lie below campaigns/",
                )
                .fix(
                    "Chép bảng vào campaigns/ rồi viết   file: ten-bang.csv",
                    "Copy it to campaigns/ and write   file: name.csv",
                ),
        );
        l.broken.entry("tables").or_insert("T027");
        l.bad_targets.insert(group.to_owned(), units.file.clone());
        return;
    }
    let name = format!("campaigns/{file}");
    let before = l.faults.len();
    let read = table(l, &name, &COMMUNE, &["ma", "ten"]);
    if l.faults[before..].iter().any(|f| f.severity == Severity::Error) {
        l.broken.entry("tables").or_insert("B002");
    }
    let Some(t) = read else {
        l.lost_tables.push((name.clone(), true));
        l.bad_targets.insert(group.to_owned(), name);
        return;
    };
    let mut slugs: BTreeMap<String, usize> = BTreeMap::new();
    for row in &t.rows {
        if let Some(c) = t.cell(row, "ten") {
            *slugs.entry(slugify(&c.text)).or_default() += 1;
        }
    }
    let mut members = vec![];
    let mut codes: BTreeMap<String, usize> = BTreeMap::new();
    for row in &t.rows {
        let (Some(code), Some(ten)) = (t.cell(row, "ma"), t.cell(row, "ten")) else {
            l.faults.push(
                t.source
                    .error(
                        "B003",
                        place(row),
                        "dòng này thiếu mã (ma) hoặc tên (ten)",
                        "this row lacks its code (ma) or name (ten)",
                    )
                    .fix("Điền đủ hai ô ấy, hoặc xóa cả dòng.", "Fill both cells, or delete the row.")
                    .meanwhile("Trong lúc chờ: dòng này không được dùng.", "Meanwhile this row is not used."),
            );
            continue;
        };
        if code.text.len() != 5 || !code.text.bytes().all(|b| b.is_ascii_digit()) {
            l.faults.push(code_fault(&t.source, code));
            continue;
        }
        if let Some(first) = codes.insert(code.text.clone(), code.span.line) {
            l.faults.push(
                t.source
                    .error(
                        "N031",
                        code.span,
                        format!("mã {} đã có ở dòng {first}", code.text),
                        format!("the code {} stands on line {first} already", code.text),
                    )
                    .fix("Mỗi xã, phường một dòng: xóa dòng thừa.", "One row each: delete one."),
            );
            continue;
        }
        let slug = slugify(&ten.text);
        let taken = slugs.get(&slug).is_some_and(|n| *n > 1) || l.ws.units.contains_key(slug.as_str());
        let id = UnitId::new(if taken { format!("{slug}-{}", slugify(&code.text)) } else { slug });
        let unit = commune(l, &t, row, id.clone(), code, ten, node);
        members.push(id.clone());
        l.ws.units.insert(id, unit);
    }
    if l.faults[before..].iter().any(|f| f.severity == Severity::Error) {
        l.broken.entry("tables").or_insert("B002");
        l.lost_tables.push((name, false));
    }
    let gid = GroupId::new(group);
    if let Some(g) = l.ws.groups.get_mut(&gid) {
        g.units.extend(members);
    } else {
        l.ws.groups.insert(gid.clone(), Group { id: gid, title: None, units: members });
    }
}

/// B009: a code that is none, with what a spreadsheet or a typist most likely made it from.
fn code_fault(source: &Source, code: &Cell) -> Fault {
    let fault = source
        .error(
            "B009",
            code.span,
            "mã đơn vị hành chính phải gồm đúng năm chữ số",
            "the code of a commune has exactly five digits",
        )
        .why(
            "Loa nhận ra xã, phường theo mã này; chữ O, dấu chấm hay số bị Excel đổi kiểu làm mất dấu nơi nhận.",
            "A commune is recognised by it; a letter O, a dot or a spreadsheet's number would lose the recipient.",
        )
        .fix(
            "Đổi cột ma sang kiểu Văn bản (Text) rồi gõ lại mã theo danh mục đơn vị hành chính.",
            "Make the column ma text and type the code of the official list again.",
        )
        .meanwhile("Trong lúc chờ: dòng này không được dùng.", "Meanwhile this row is not used.");
    let typed: String = code
        .text
        .chars()
        .filter(|c| !matches!(c, ' ' | '.' | ',' | '\''))
        .map(|c| match c {
            'O' | 'o' => '0',
            'I' | 'l' => '1',
            c => c,
        })
        .collect();
    let power = code.text.to_ascii_uppercase().contains("E+");
    let meant = match code.text.replace(',', ".").parse::<f64>() {
        Ok(n) if power && (0.0..100_000.0).contains(&n) && n.fract() == 0.0 => format!("{n:05}"),
        _ if !typed.is_empty() && typed.len() <= 5 && typed.bytes().all(|b| b.is_ascii_digit()) => {
            format!("{typed:0>5}")
        }
        Ok(_) | Err(_) => return fault,
    };
    fault.maybe(meant, None)
}

fn commune(
    l: &mut Loader<'_>,
    t: &Table,
    row: &[Cell],
    id: UnitId,
    code: &Cell,
    ten: &Cell,
    node: &Node,
) -> Unit {
    let text = |c: &str| t.cell(row, c).map(|c| c.text.clone());
    let mut email = t.cell(row, "email").cloned();
    if let Some(e) = &email
        && !is_email(&e.text)
    {
        l.faults.push(
            t.source
                .error("K014", e.span, "đây không phải một địa chỉ thư", "this is not a mail address")
                .fix(
                    "Viết một địa chỉ, như vanhoa@xa.example",
                    "Write one address such as name@office.example",
                ),
        );
        email = None;
    }
    if let Some(p) = t.cell(row, "dien_thoai") {
        phone(l, &t.source, p);
    }
    if let Some(q) = t.cell(row, "nhan_qua") {
        for way in q.text.split([';', ',']).map(str::trim).filter(|w| !w.is_empty()) {
            if !matches!(fold(way).as_str(), "zalo" | "email" | "thu" | "telegram" | "dien_thoai") {
                l.faults.push(
                    t.source
                        .fault(
                            "K005",
                            Severity::Warning,
                            q.span,
                            Say::new(
                                format!("không có cách nhận “{way}”"),
                                format!("there is no way “{way}”"),
                            ),
                        )
                        .fix(
                            "Dùng: zalo, email, telegram, dien-thoai; cách nhau bằng dấu chấm phẩy.",
                            "Use zalo, email, telegram, dien-thoai, separated by semicolons.",
                        ),
                );
            }
        }
    }
    let station = station(l, t, row);
    let mut channels = BTreeMap::new();
    let mut put = |family, mode, url: Option<String>| {
        let address = email.as_ref().map(|e| e.text.clone());
        channels.insert(family, Channel { unit: id.clone(), family, account: None, mode, url, address });
    };
    if email.is_some() {
        put(Family::Email, None, None);
    }
    if let Some(site) = t.cell(row, "website") {
        if !is_url(&site.text) {
            let c = crate::yaml::value::url_slip(&site.text);
            let f = t.source.error(
                "K013",
                site.span,
                "đây không phải địa chỉ trang web",
                "this is not a web address",
            );
            l.faults.push(match c {
                Some(c) => f.fix(c.fix_vi, c.fix_en),
                None => f.fix("Viết như https://phuong.example", "Write it like https://ward.example"),
            });
        } else if let Some(mode) = site_mode(l, t, row) {
            if email.is_none() {
                l.faults.push(no_address(t, site.span, "gói bài", "package"));
            } else {
                put(Family::Website, Some(mode), Some(site.text.clone()));
            }
        }
    }
    if station.is_some() {
        if email.is_some() {
            put(Family::Station, None, None);
        } else {
            let span = t.cell(row, "loai_dai").map_or(code.span, |c| c.span);
            l.faults.push(no_address(t, span, "phiếu phát thanh", "sheet"));
        }
    }
    let people = t.cell(row, "dan_so").and_then(|c| {
        let digits: String = c.text.chars().filter(|x| !matches!(x, '.' | ' ')).collect();
        let n = digits.parse::<u64>().ok();
        if n.is_none() {
            l.faults.push(
                t.source
                    .fault(
                        "K007",
                        Severity::Warning,
                        c.span,
                        Say::new("dân số phải là một số", "the population must be a number"),
                    )
                    .fix("Viết chữ số, ví dụ 30000; chưa biết thì để trống.", "Write digits, or nothing."),
            );
        }
        n
    });
    let old_names: Vec<String> = text("ten_cu")
        .map(|o| o.split(';').map(|x| x.trim().to_owned()).filter(|x| !x.is_empty()).collect())
        .unwrap_or_default();
    // The id is made of the name: one that was corrected stands in `ten_cu`, and one that a second commune of the same name
    // made ambiguous was the bare name before.
    let plain = Some(slugify(&ten.text));
    Unit {
        name: ten.text.clone(),
        kind: node.str("kind").unwrap_or("commune").to_owned(),
        code: Some(code.text.clone()),
        parent: node.str("parent").map(UnitId::new),
        guided_by: node.str("guided_by").map(UnitId::new),
        contact: Contact {
            name: text("nguoi_phu_trach"),
            phone: text("dien_thoai"),
            email: email.map(|e| e.text),
        },
        tasks: vec![],
        was: old_names
            .iter()
            .map(|n| slugify(n))
            .chain(plain)
            .filter(|w| w != id.as_str())
            .map(UnitId::new)
            .collect(),
        old_names,
        channels,
        station,
        people_covered: people,
        id,
    }
}

fn no_address(t: &Table, span: Span, vi: &str, en: &str) -> Fault {
    t.source
        .fault(
            "N042",
            Severity::Warning,
            span,
            Say::new(
                format!("chưa có thư để gửi {vi} cho nơi này"),
                format!("there is no mail address for the {en}"),
            ),
        )
        .fix("Điền cột email.", "Fill in the column email.")
        .meanwhile(
            "Trong lúc chờ: nơi này không nhận được gì qua kênh đó.",
            "Meanwhile it gets nothing by that channel.",
        )
}

fn site_mode(l: &mut Loader<'_>, t: &Table, row: &[Cell]) -> Option<Mode> {
    let Some(c) = t.cell(row, "cach_dang") else { return Some(Mode::HandOver) };
    match fold(&c.text).as_str() {
        "hand_over" | "gui_goi_bai" | "ban_giao" => Some(Mode::HandOver),
        "khong" => None,
        _ => {
            l.faults.push(
                t.source
                    .error(
                        "K005",
                        c.span,
                        format!("không có cách đăng “{}”", c.text),
                        format!("there is no mode “{}”", c.text),
                    )
                    .why(
                        "Trang của xã, phường do nơi đó tự đăng: Loa gửi gói bài.",
                        "Sites in this table belong to others: they get a package.",
                    )
                    .fix(
                        "Viết hand-over; trang không nhận bài thì viết khong.",
                        "Write hand-over, or khong for none.",
                    ),
            );
            None
        }
    }
}

fn station(l: &mut Loader<'_>, t: &Table, row: &[Cell]) -> Option<Station> {
    let c = t.cell(row, "loai_dai")?;
    let kind = match fold(&c.text).as_str() {
        "ip" | "internet" => StationKind::Ip,
        "fm" | "vo_tuyen" => StationKind::Fm,
        "co_day" | "wired" => StationKind::Wired,
        "khong" | "none" => return None,
        _ => {
            let mut f = t
                .source
                .error(
                    "K005",
                    c.span,
                    format!("không có loại đài “{}”", c.text),
                    format!("there is no kind of station “{}”", c.text),
                )
                .fix("Viết một trong: ip, fm, co-day, khong.", "One of: ip, fm, co-day, khong.");
            if let Some(n) = closest(&c.text, ["ip", "fm", "co-day", "khong"]) {
                f = f.maybe(n, None);
            }
            l.faults.push(f);
            return None;
        }
    };
    let mut sessions = vec![];
    for (column, name) in [("buoi_sang", "sang"), ("buoi_chieu", "chieu")] {
        let Some(s) = t.cell(row, column) else { continue };
        match words::parse_session_range(&s.text) {
            Ok((from, until)) => sessions.push(Session { name: name.into(), from, until }),
            Err(w) => l.faults.push(
                t.source
                    .error("D014", s.span, w.vi, w.en)
                    .fix("Viết như 05:30-06:00", "Write it like 05:30-06:00"),
            ),
        }
    }
    if sessions.is_empty() {
        if t.cell(row, "buoi_sang").is_none() && t.cell(row, "buoi_chieu").is_none() {
            l.faults.push(
                t.source
                    .error("B004", c.span, "đài này không có buổi phát nào", "this station has no session")
                    .fix(
                        "Điền buoi_sang hoặc buoi_chieu; nơi không có đài thì ghi khong.",
                        "Fill in buoi_sang or buoi_chieu.",
                    ),
            );
        }
        return None;
    }
    let minutes = match t.cell(row, "phut_cua_so") {
        None => None,
        Some(m) => match m.text.parse::<u32>() {
            Ok(n) if n <= 120 => Some(n * 60),
            Ok(_) | Err(_) => {
                l.faults.push(
                    t.source
                        .error(
                            "K007",
                            m.span,
                            "số phút của Sở phải là số từ 0 đến 120",
                            "the allowance must be 0 to 120 minutes",
                        )
                        .fix(
                            "Viết số phút của mỗi buổi dành cho Sở, ví dụ 3",
                            "Write minutes per session, such as 3",
                        ),
                );
                None
            }
        },
    };
    Some(Station {
        kind,
        sessions,
        days: STATION_DAYS.to_vec(),
        allowance_seconds: minutes.unwrap_or(ALLOWANCE),
        time_zone: None,
    })
}

/// T023: spreadsheets drop the leading zero of a telephone number or make a power of ten of it.
fn phone(l: &mut Loader<'_>, source: &Source, c: &Cell) {
    let bare: String = c.text.chars().filter(|x| !matches!(x, ' ' | '.' | '-')).collect();
    let power = c.text.to_ascii_uppercase().contains("E+");
    let lost = bare.len() == 9 && bare.bytes().all(|b| b.is_ascii_digit()) && !bare.starts_with('0');
    if power || lost {
        l.faults.push(
            source
                .fault(
                    "T023",
                    Severity::Warning,
                    c.span,
                    Say::new(
                        "số điện thoại này bị Excel đổi thành con số",
                        "a spreadsheet made a number of this telephone number",
                    ),
                )
                .why("Excel bỏ số 0 ở đầu của ô kiểu số.", "Cells of type number lose a leading 0.")
                .fix(
                    if lost {
                        format!("Có phải 0{bare}? Đổi cột sang kiểu Văn bản (Text) rồi gõ lại.")
                    } else {
                        "Đổi cột sang kiểu Văn bản (Text) rồi gõ lại số.".to_owned()
                    },
                    "Make the column text and type the number again.",
                ),
        );
    }
}
