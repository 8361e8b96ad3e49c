//! `loa init`, `loa new`: commented files to start from. Nothing that exists is overwritten.

use std::io::{Error, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use chrono::{Datelike, Days, NaiveDate, Weekday};

use crate::domain::id::is_slug;
use crate::domain::text::date;

/// Writes a new file; folders are made as needed.
fn put(root: &Path, name: &str, text: &str, made: &mut Vec<PathBuf>) -> std::io::Result<()> {
    let path = root.join(name);
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)?;
    }
    let mut f = std::fs::OpenOptions::new().write(true).create_new(true).open(&path).map_err(|e| match e.kind() {
        ErrorKind::AlreadyExists => Error::new(
            ErrorKind::AlreadyExists,
            format!("{name} đã có rồi, Loa không ghi đè; chọn mã khác (exists already and is not overwritten; choose another id)"),
        ),
        _ => e,
    })?;
    f.write_all(text.as_bytes())?;
    made.push(path);
    Ok(())
}

fn slug(id: &str) -> std::io::Result<()> {
    if is_slug(id) {
        return Ok(());
    }
    let meant = crate::yaml::shape::as_id(id);
    Err(Error::new(
        ErrorKind::InvalidInput,
        format!("“{id}” không dùng làm mã được (not an id); có phải (did you mean): {meant}"),
    ))
}

/// There is no campaign of that name; which there are, and which may be meant.
fn no_campaign(root: &Path, id: &str) -> Error {
    let folder = root.join("campaigns");
    let mut all: Vec<String> = std::fs::read_dir(&folder)
        .map(|d| d.flatten().map(|e| e.file_name().to_string_lossy().into_owned()).collect())
        .unwrap_or_default();
    all.retain(|name| folder.join(name).join("campaign.yaml").is_file());
    all.sort();
    let near = crate::yaml::closest(id, all.iter().map(String::as_str));
    let help = match near {
        Some(n) => format!("có phải (did you mean): {n}"),
        None if all.is_empty() => format!("tạo trước bằng (make it first):   loa new campaign {id}"),
        None => format!("đang có (there are): {}", all.join(", ")),
    };
    Error::new(ErrorKind::NotFound, format!("không có chiến dịch “{id}” (there is no such campaign); {help}"))
}

/// A title as a YAML value: in double quotes if it needs them.
fn quoted(title: &str) -> String {
    let line = crate::domain::text::clean_line(title);
    let plain = line.chars().next().is_some_and(char::is_alphabetic)
        && !line.contains(": ")
        && !line.contains(" #")
        && !line.ends_with(':')
        && line.contains(' ');
    if plain { line } else { format!("\"{}\"", line.replace('\\', "\\\\").replace('"', "\\\"")) }
}

/// The next weekday after `today`.
fn next_day(today: NaiveDate, weekday: Weekday) -> NaiveDate {
    (1..=7)
        .filter_map(|n| today.checked_add_days(Days::new(n)))
        .find(|d| d.weekday() == weekday)
        .unwrap_or(today)
}

fn post_yaml(
    title: &str,
    (author, audience, message): (&str, &str, &str),
    to: &str,
    day: NaiveDate,
) -> String {
    format!(
        "# yaml-language-server: $schema=../../../../schema/post.json
# Mỗi dòng một ý: khóa, dấu hai chấm, dấu cách, giá trị. Chữ của bài viết trong noi-dung.md, không viết ở đây.
# Kiểm tra trước khi gửi duyệt:  loa check     Xem sẽ gửi gì, cho ai:  loa plan
title: {}
author: {author}            # mã của bạn trong campaigns/people.yaml
for: {audience}                # đối tượng: một mã trong audiences của campaign.yaml
message: {message}             # thông điệp: một mã trong messages của campaign.yaml

# Tư liệu của bộ tư liệu (bỏ dấu # đầu dòng để dùng):
# assets:
#   - kit: ma-tu-lieu
#     alt: Ảnh vẽ gì, cho người không nhìn thấy

send:
  - channel: website           # website, email, zalo, telegram, station, press
    to: {to}                     # một đơn vị, một nhóm hoặc một danh sách: loa unit list
    at: {} 08:00       # ngày/tháng/năm giờ:phút

# Gửi đều mỗi tuần:
#  - channel: zalo
#    to: {to}
#    every: thứ Hai 08:00
#    from: {}
#    until: {}
# Truyền thanh:
#  - channel: station
#    to: xa-phuong
#    from: {}
#    until: {}
#    sessions: [sang, chieu]
#    times: 5                  # mỗi đài 5 buổi, đài tự chọn
",
        quoted(title),
        date(day),
        date(day),
        date(day + Days::new(14)),
        date(day),
        date(day + Days::new(4)),
    )
}

fn text_md(title: &str) -> String {
    format!(
        "Viết nội dung bài “{}” ở đây. Dán từ Word được, không cần dấu ngoặc kép.

Mỗi đoạn cách nhau một dòng trống. **Chữ đậm** đặt giữa hai dấu sao đôi.
",
        crate::domain::text::clean_line(title)
    )
}

/// Makes a post: its folder, `post.yaml`, `noi-dung.md`. Author, audience and message are those the campaign has first.
///
/// # Errors
/// The id is no id, the campaign does not exist, the post exists, or the disk refuses.
pub fn new_post(
    root: &Path,
    campaign: &str,
    id: &str,
    title: &str,
    today: NaiveDate,
) -> std::io::Result<Vec<PathBuf>> {
    slug(campaign)?;
    slug(id)?;
    let folder = format!("campaigns/{campaign}");
    let text =
        std::fs::read_to_string(root.join(&folder).join("campaign.yaml")).map_err(|e| match e.kind() {
            ErrorKind::NotFound => no_campaign(root, campaign),
            _ => e,
        })?;
    let tree = crate::yaml::parse("campaign.yaml", &text).root;
    let first = |key: &str, alias: &str| {
        let t = tree.as_ref()?;
        let n = t.get(key).or_else(|| {
            t.entries().iter().find(|(k, _)| crate::yaml::fold(&k.name) == alias).map(|(_, v)| v)
        })?;
        n.entries().first().map(|(k, _)| k.name.clone())
    };
    let people = std::fs::read_to_string(root.join("campaigns/people.yaml")).unwrap_or_default();
    let author = crate::yaml::parse("people.yaml", &people)
        .root
        .and_then(|t| t.list("people").first().and_then(|p| p.str("id").map(str::to_owned)));
    let loa = std::fs::read_to_string(root.join("loa.yaml")).unwrap_or_default();
    let office =
        crate::yaml::parse("loa.yaml", &loa).root.and_then(|t| t.str("organisation").map(str::to_owned));
    let author = author.unwrap_or_else(|| "nguoi-soan".into());
    let audience = first("audiences", "cac_doi_tuong").unwrap_or_else(|| "doi-tuong".into());
    let message = first("messages", "cac_thong_diep").unwrap_or_else(|| "thong-diep".into());
    let mut made = vec![];
    let yaml = post_yaml(
        title,
        (&author, &audience, &message),
        office.as_deref().unwrap_or("so"),
        next_day(today, Weekday::Mon),
    );
    put(root, &format!("{folder}/posts/{id}/post.yaml"), &yaml, &mut made)?;
    put(root, &format!("{folder}/posts/{id}/noi-dung.md"), &text_md(title), &mut made)?;
    Ok(made)
}

fn campaign_yaml(id: &str, title: &str, owner: &str, start: NaiveDate, end: NaiveDate) -> String {
    format!(
        "# yaml-language-server: $schema=../../schema/campaign.json
campaign: {id}
title: {}
owner: {owner}                      # đơn vị chủ trì, mã trong campaigns/units.yaml
start: {}              # trước ngày này không gửi gì
end: {}                # sau ngày này không gửi gì

# Văn bản căn cứ (bỏ dấu # đầu dòng để dùng). Có file thì bài đính kèm được bằng  attach: số hiệu
# legal_basis:
#   - type: Kế hoạch
#     number: 01/KH-UBND
#     date: {}
#     issuer: UBND thành phố
#     file: van-ban/01-KH-UBND.pdf

audiences:                         # đối tượng hướng đến
  nhan-dan: Nhân dân trên địa bàn

messages:                          # thông điệp chính sách
  thong-diep-chinh: Điều quan trọng nhất muốn người dân nhớ

objectives:                        # mục tiêu cụ thể
  - id: muc-tieu-1
    title: Nhân dân biết và làm theo
    for: [nhan-dan]

defaults:
  class: policy                    # policy, internal, urgent, advertising: quyết định ai duyệt
  on_holiday: next_working_day     # gặp ngày nghỉ thì gửi ngày làm việc kế tiếp
",
        quoted(title),
        date(start),
        date(end),
        date(start)
    )
}

/// Makes a campaign with one post to start from.
///
/// # Errors
/// The id is no id, the campaign exists, or the disk refuses.
pub fn new_campaign(root: &Path, id: &str, title: &str, today: NaiveDate) -> std::io::Result<Vec<PathBuf>> {
    slug(id)?;
    let loa = std::fs::read_to_string(root.join("loa.yaml")).unwrap_or_default();
    let owner =
        crate::yaml::parse("loa.yaml", &loa).root.and_then(|t| t.str("organisation").map(str::to_owned));
    let owner = owner.unwrap_or_else(|| "so".into());
    let end = NaiveDate::from_ymd_opt(today.year(), 12, 31).filter(|e| (*e - today).num_days() > 30);
    let end = end.or_else(|| NaiveDate::from_ymd_opt(today.year() + 1, 12, 31)).unwrap_or(today);
    let mut made = vec![];
    put(
        root,
        &format!("campaigns/{id}/campaign.yaml"),
        &campaign_yaml(id, title, &owner, today, end),
        &mut made,
    )?;
    made.extend(new_post(root, id, "bai-dau-tien", "Bài đầu tiên", today)?);
    Ok(made)
}

/// Adds a unit at the end of the list in `units.yaml`, keeping every other line as it is.
///
/// # Errors
/// The id is no id or taken, `units.yaml` has no readable list of units, or the disk refuses.
pub fn new_unit(root: &Path, id: &str, name: &str) -> std::io::Result<PathBuf> {
    slug(id)?;
    let path = root.join("campaigns/units.yaml");
    let text = std::fs::read_to_string(&path)?;
    let parsed = crate::yaml::parse("campaigns/units.yaml", &text);
    let tree = parsed.root.ok_or_else(|| Error::new(ErrorKind::InvalidData, "units.yaml: loa check"))?;
    let units = tree.list("units");
    if units.iter().any(|u| u.str("id") == Some(id)) {
        return Err(Error::new(ErrorKind::AlreadyExists, format!("đơn vị “{id}” đã có (the unit exists)")));
    }
    let last = units.last().filter(|u| !u.flow);
    let Some(last) = last else {
        return Err(Error::new(
            ErrorKind::InvalidData,
            "units.yaml: units: phải là danh sách có gạch đầu dòng (a block list)",
        ));
    };
    let deepest = deepest_line(last);
    let indent = " ".repeat(last.span.column.saturating_sub(3));
    let block = format!(
        "{indent}- id: {id}\n{indent}  name: {}\n{indent}  kind: office\n{indent}  # contact:\n{indent}  #   name: Họ và tên\n{indent}  #   phone: \"0900 000 000\"\n{indent}  #   email: ten@don-vi.example\n{indent}  # channels:\n{indent}  #   email:\n{indent}  #     address: ten@don-vi.example\n",
        quoted(name)
    );
    let mut out = String::new();
    for (i, line) in text.split_inclusive('\n').enumerate() {
        out.push_str(line);
        if i + 1 == deepest {
            if !line.ends_with('\n') {
                out.push('\n');
            }
            out.push_str(&block);
        }
    }
    super::fix::write(&path, &out)?;
    Ok(path)
}

fn deepest_line(node: &crate::yaml::Node) -> usize {
    use crate::yaml::Kind;
    match &node.kind {
        Kind::Scalar { .. } => node.span.end_line,
        Kind::List(items) => items.iter().map(deepest_line).max().unwrap_or(node.span.line),
        Kind::Map(entries) => {
            entries.iter().map(|(k, v)| deepest_line(v).max(k.span.end_line)).max().unwrap_or(node.span.line)
        }
    }
}

/// Makes a workspace for an office called `name`: what it needs to pass `check`, and comments that say what comes next.
///
/// # Errors
/// A file of it exists already, or the disk refuses.
pub fn init(dir: &Path, name: &str, today: NaiveDate) -> std::io::Result<Vec<PathBuf>> {
    if dir.join("loa.yaml").exists() {
        return Err(Error::new(ErrorKind::AlreadyExists, "loa.yaml đã có ở đây (exists here)"));
    }
    let mut made = vec![];
    put(dir, "loa.yaml", LOA, &mut made)?;
    put(dir, ".gitignore", "/bi-mat/\n/var/\n", &mut made)?;
    put(dir, "campaigns/units.yaml", &UNITS.replace("TÊN", &quoted(name)), &mut made)?;
    put(dir, "campaigns/people.yaml", PEOPLE, &mut made)?;
    put(dir, "campaigns/facts.yaml", FACTS, &mut made)?;
    for year in [today.year(), today.year() + 1] {
        put(
            dir,
            &format!("campaigns/calendar/vn-{year}.yaml"),
            &CALENDAR.replace("NĂM", &year.to_string()),
            &mut made,
        )?;
    }
    made.extend(new_campaign(dir, "chien-dich-dau-tien", "Chiến dịch đầu tiên", today)?);
    Ok(made)
}

const LOA: &str = "# Loa: những điều cơ quan phải tự quyết định. Điều không ghi ở đây đã có mặc định:
#   loa check --settings
organisation: so                    # mã đơn vị của cơ quan, trong campaigns/units.yaml
time_zone: Asia/Ho_Chi_Minh
language: vi

# Duyệt theo loại bài, lần lượt từng bước. Tên là vai trò (roles) trong campaigns/people.yaml.
# Người soạn không được tự duyệt bài của mình.
approval:
  policy: [truong-phong, lanh-dao]
  internal: [truong-phong]
  urgent: [lanh-dao]
  advertising: [truong-phong, lanh-dao]

# Tài khoản gửi. Mật khẩu chỉ nằm trong tệp ở bi-mat/ (không vào git).
accounts:
  web-so:
    kind: wordpress
    url: https://co-quan.example
    user: loa
    password_file: bi-mat/web-so.txt
#  thu-cong-vu:
#    kind: email
#    server: mail.co-quan.example
#    port: 587
#    user: truyenthong
#    password_file: bi-mat/thu-cong-vu.txt
#    from_name: Tên cơ quan
#    from_address: truyenthong@co-quan.example
#    limit: 300 per hour

# default_accounts:
#   email: thu-cong-vu

quiet_hours:
  people: 21:00 - 07:00             # không gửi thư, Zalo, Telegram trong giờ này
";

const UNITS: &str = "# Các đơn vị mang hoặc nhận nội dung.
units:
  - id: so
    name: TÊN
    kind: department
    channels:
      website:
        account: web-so
        mode: publish               # publish: đăng thẳng; draft: vào hàng chờ; hand-over: gửi gói bài
        url: https://co-quan.example

# Bảng xã, phường (sửa bằng Excel, lưu CSV UTF-8). Dòng đầu:
# ma,ten,ten_cu,nguoi_phu_trach,dien_thoai,email,nhan_qua,website,cach_dang,loai_dai,buoi_sang,buoi_chieu,phut_cua_so,dan_so
# tables:
#   - file: xa-phuong.csv
#     group: xa-phuong
#     parent: so
";

const PEOPLE: &str = "# Người soạn, người duyệt, người trực. Thay tên mẫu bằng tên thật.
people:
  - id: nguoi-soan
    name: Người Soạn Mẫu
    title: Chuyên viên
    unit: so
  - id: truong-phong-mau
    name: Trưởng Phòng Mẫu
    unit: so
    roles: [truong-phong]
  - id: lanh-dao-mau
    name: Lãnh Đạo Mẫu
    unit: so
    roles: [lanh-dao]
";

const FACTS: &str = "# Sổ thông tin: mỗi khẳng định về quyền lợi, nghĩa vụ, thủ tục ghi một lần ở đây, kèm căn cứ và ngày kiểm tra.
# Bài gọi bằng {{fact \"mã\"}}. Thông tin hết hạn thì bài dùng nó bị giữ lại.
facts: {}
#  noi-dang-ky:
#    text: Đăng ký tại bộ phận một cửa của xã, phường
#    basis: Quyết định 01/QĐ-UBND
#    valid_from: 01/01/2026
#    checked: 20/11/2026
#    checked_by: nguoi-soan
";

const CALENDAR: &str = "# Ngày nghỉ năm NĂM. Chỉ ghi sẵn các ngày dương lịch cố định: khi có thông báo chính thức, thêm Tết Nguyên đán,
# Giỗ Tổ, ngày nghỉ bù, ngày làm bù, ghi số văn bản vào source rồi đổi provisional thành false.
year: NĂM
provisional: true
source: Bộ luật Lao động 2019, Điều 112 (chưa có thông báo chính thức)
holidays:
  - date: 01/01/NĂM
    name: Tết Dương lịch
  - date: 30/04/NĂM
    name: Ngày Chiến thắng
  - date: 01/05/NĂM
    name: Ngày Quốc tế lao động
  - date: 02/09/NĂM
    name: Quốc khánh
";
