//! `loa init`, `loa new`: commented files to start from. Nothing that exists is overwritten.

use std::io::{Error, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use chrono::{Datelike, Days, NaiveDate, Weekday};

use super::content::{assets_yaml, uncalled, undo};
use super::sample;
use super::unmade::error;
use crate::domain::id::is_slug;
use crate::domain::text::{date, truncate_sentence};
use crate::domain::words;
use crate::yaml::Say;

pub use super::content::{Content, OwnPicture};

/// Longest title, in characters: what a post may have.
const TITLE: usize = 200;

/// Writes a new file; folders are made as needed.
fn put(root: &Path, name: &str, bytes: impl AsRef<[u8]>, made: &mut Vec<PathBuf>) -> std::io::Result<()> {
    let path = root.join(name);
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)?;
    }
    let mut f = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&path)
        .map_err(|e| if e.kind() == ErrorKind::AlreadyExists { taken(name) } else { e })?;
    made.push(path);
    f.write_all(bytes.as_ref())
}

/// A file of that name is there.
fn taken(name: &str) -> Error {
    error(
        ErrorKind::AlreadyExists,
        format!("{name} đã có rồi, Loa không ghi đè; chọn mã khác"),
        format!("{name} exists already and is not overwritten; choose another id"),
    )
}

fn slug(id: &str) -> std::io::Result<()> {
    let sound = is_slug(id) && !id.ends_with('.') && !id.contains(".."); // Windows drops dots at the end.
    sound.then_some(()).ok_or_else(|| {
        let parts: Vec<&str> = id.split('.').filter(|p| !p.is_empty()).collect();
        let meant = crate::yaml::shape::as_id(&parts.join("."));
        let vi = format!("“{id}” không dùng làm mã được; có phải: {meant}");
        error(ErrorKind::InvalidInput, vi, format!("“{id}” is no id; did you mean: {meant}"))
    })
}

/// There is no campaign of that name; which there are, and which may be meant.
fn no_campaign(root: &Path, id: &str) -> Error {
    let folder = root.join("campaigns");
    let mut all: Vec<String> = std::fs::read_dir(&folder)
        .map(|d| d.flatten().map(|e| e.file_name().to_string_lossy().into_owned()).collect())
        .unwrap_or_default();
    all.retain(|name| folder.join(name).join("campaign.yaml").is_file());
    all.sort();
    let (vi, en) = match crate::yaml::closest(id, all.iter().map(String::as_str)) {
        Some(n) => (format!("có phải: {n}"), format!("did you mean: {n}")),
        None if all.is_empty() => (
            format!("tạo trước bằng:   loa new campaign {id}"),
            format!("make it first:   loa new campaign {id}"),
        ),
        None => (format!("đang có: {}", all.join(", ")), format!("there are: {}", all.join(", "))),
    };
    error(
        ErrorKind::NotFound,
        format!("không có chiến dịch “{id}”; {vi}"),
        format!("there is no campaign “{id}”; {en}"),
    )
}

/// A title as a YAML value: in double quotes if it needs them.
pub(super) fn quoted(title: &str) -> String {
    let line = crate::domain::text::clean_line(title);
    let plain = line.chars().next().is_some_and(char::is_alphabetic)
        && !line.contains(": ")
        && !line.contains(" #")
        && !line.ends_with(':')
        && line.contains(' ');
    if plain { line } else { format!("\"{}\"", line.replace('\\', "\\\\").replace('"', "\\\"")) }
}

/// What was made, and what its author should know about it.
#[derive(Debug, Default)]
pub struct Made {
    /// The files, in the order of their making.
    pub files: Vec<PathBuf>,
    /// What is not as it may be expected: a date that had to be chosen, or one outside of the campaign.
    pub notes: Vec<Say>,
}

/// A day for a new post, with what there is to say about it: the one its id begins with (`2026-12-07-…`), otherwise the
/// next working day of the calendar, within the campaign if that is still possible.
fn day_for(
    root: &Path,
    id: &str,
    period: Option<(NaiveDate, NaiveDate)>,
    today: NaiveDate,
) -> (NaiveDate, Vec<Say>) {
    let mut notes = vec![];
    let head = id.get(..10).filter(|_| id.len() == 10 || id.as_bytes().get(10) == Some(&b'-'));
    let shape = |h: &&str| {
        h.chars().enumerate().all(|(i, c)| if i == 4 || i == 7 { c == '-' } else { c.is_ascii_digit() })
    };
    let named = head.filter(shape);
    let day = named.and_then(|h| words::parse_date(h).ok());
    if let (Some(h), None) = (named, day) {
        notes.push(Say::new(
            format!("Không có ngày {h}: bài lấy ngày làm việc kế tiếp."),
            format!("There is no {h}: the post takes the next working day."),
        ));
    }
    let day = day.unwrap_or_else(|| {
        let before_start = period.and_then(|(start, _)| start.pred_opt());
        let after = before_start.map_or(today, |b| b.max(today));
        let calendars = super::calendars_of(root);
        calendars.next_working_day(after).unwrap_or_else(|missing| {
            notes.push(Say::new(
                format!(
                    "Chưa có campaigns/calendar/vn-{}.yaml, nên chỉ tránh thứ Bảy, Chủ nhật.",
                    missing.year
                ),
                format!(
                    "There is no campaigns/calendar/vn-{}.yaml: only weekends were avoided.",
                    missing.year
                ),
            ));
            (1..=3)
                .filter_map(|n| after.checked_add_days(Days::new(n)))
                .find(|d| !matches!(d.weekday(), Weekday::Sat | Weekday::Sun))
                .unwrap_or(after)
        })
    });
    if let Some((start, end)) = period
        && !(start..=end).contains(&day)
    {
        notes.push(Say::new(
            format!(
                "Ngày {} nằm ngoài chiến dịch ({} – {}): sửa dòng at, hoặc start, end trong campaign.yaml; loa check sẽ báo.",
                date(day),
                date(start),
                date(end)
            ),
            format!(
                "{} lies outside of the campaign ({} – {}): change at:, or start and end in campaign.yaml; `loa check` will say so.",
                date(day),
                date(start),
                date(end)
            ),
        ));
    }
    if day < today {
        notes.push(Say::new(
            format!("Ngày {} đã qua: Loa không gửi bù.", date(day)),
            format!("{} is over: what is over is not sent.", date(day)),
        ));
    }
    (day, notes)
}

fn post_yaml(
    title: &str,
    (author, audience, message): (&str, &str, &str),
    to: &str,
    day: NaiveDate,
    assets: &str,
) -> String {
    format!(
        "# yaml-language-server: $schema=../../../../schema/post.json
# Mỗi dòng một ý: khóa, dấu hai chấm, dấu cách, giá trị. Chữ của bài viết trong noi-dung.md, không viết ở đây.
# Kiểm tra trước khi gửi duyệt:  loa check     Xem sẽ gửi gì, cho ai:  loa plan
# Còn dòng {mark} nào, ở đây hay trong noi-dung.md, thì bài còn bị giữ.
title: {title}
author: {author}            # mã của bạn trong campaigns/people.yaml
for: {audience}                # đối tượng: một mã trong audiences của campaign.yaml
message: {message}             # thông điệp: một mã trong messages của campaign.yaml

{assets}
send:
  - channel: website           # website, email, zalo, telegram, station, press
    to: {to}                     # một đơn vị, một nhóm hoặc một danh sách: loa unit list
    at: {day} 08:00       # ngày/tháng/năm giờ:phút

# Gửi đều mỗi tuần:
#  - channel: zalo
#    to: {to}
#    every: thứ Hai 08:00
#    from: {day}
#    until: {two_weeks}
# Truyền thanh:
#  - channel: station
#    to: xa-phuong
#    from: {day}
#    until: {four_days}
#    sessions: [sang, chieu]
#    times: 5                  # mỗi đài 5 buổi, đài tự chọn
",
        mark = sample::MARK,
        title = quoted(title),
        day = date(day),
        two_weeks = date(day + Days::new(14)),
        four_days = date(day + Days::new(4)),
    )
}

/// Makes a post: its folder, `post.yaml`, `noi-dung.md`, its pictures. Author, audience and message are those the campaign has
/// first; title (unless given) and text are those of `content`, else a sample's, which holds the post until they are replaced.
///
/// # Errors
/// The id is no id, the campaign does not exist, a file of the post exists (then none is written), or the disk refuses.
pub fn new_post(
    root: &Path,
    campaign: &str,
    id: &str,
    title: Option<&str>,
    content: Option<&Content>,
    today: NaiveDate,
) -> std::io::Result<Made> {
    slug(campaign)?;
    slug(id)?;
    let folder = format!("campaigns/{campaign}");
    let text = std::fs::read_to_string(root.join(&folder).join("campaign.yaml"))
        .map_err(|e| if e.kind() == ErrorKind::NotFound { no_campaign(root, campaign) } else { e })?;
    let tree = crate::yaml::parse("campaign.yaml", &text).root;
    let of = |key: &str, alias: &str| {
        let t = tree.as_ref()?;
        t.get(key)
            .or_else(|| t.entries().iter().find(|(k, _)| crate::yaml::fold(&k.name) == alias).map(|(_, v)| v))
    };
    let first = |key: &str, alias: &str| of(key, alias)?.entries().first().map(|(k, _)| k.name.clone());
    let day = |key: &str, alias: &str| words::parse_date(of(key, alias)?.text()?).ok();
    let period = day("start", "bat_dau").zip(day("end", "ket_thuc"));
    let people = std::fs::read_to_string(root.join("campaigns/people.yaml")).unwrap_or_default();
    let author = crate::yaml::parse("people.yaml", &people)
        .root
        .and_then(|t| t.list("people").first().and_then(|p| p.str("id").map(str::to_owned)));
    let author = author.unwrap_or_else(|| "nguoi-soan".into());
    let audience = first("audiences", "cac_doi_tuong").unwrap_or_else(|| "doi-tuong".into());
    let message = first("messages", "cac_thong_diep").unwrap_or_else(|| "thong-diep".into());
    let (day, notes) = day_for(root, id, period, today);
    let found = content.and_then(|c| c.title.as_deref()).map(uncalled);
    let own = title.or(found.as_deref());
    let title =
        own.map_or_else(|| format!("{} Tiêu đề của bài", sample::MARK), |t| truncate_sentence(t, TITLE));
    let mut made = Made { files: vec![], notes };
    let assets = assets_yaml(content);
    let yaml = post_yaml(&title, (&author, &audience, &message), &organisation(root), day, &assets);
    let text = content.map_or(sample::TEXT, |c| &c.text);
    let pictures = content.map_or(&[][..], |c| &c.pictures);
    let mut files = vec![("post.yaml", yaml.as_bytes()), ("noi-dung.md", text.as_bytes())];
    files.extend(pictures.iter().map(|p| (p.file.as_str(), p.bytes.as_slice())));
    let named = |name: &str| format!("{folder}/posts/{id}/{name}");
    if let Some((name, _)) = files.iter().find(|(name, _)| root.join(named(name)).symlink_metadata().is_ok())
    {
        return Err(taken(&named(name)));
    }
    for (name, bytes) in files {
        let done = put(root, &named(name), bytes, &mut made.files);
        done.map_err(|e| undo(&made.files, &root.join(named("")), &named(name), &e))?;
    }
    Ok(made)
}

/// The office's own unit as `loa.yaml` names it.
fn organisation(root: &Path) -> String {
    let loa = std::fs::read_to_string(root.join("loa.yaml")).unwrap_or_default();
    crate::yaml::parse("loa.yaml", &loa)
        .root
        .and_then(|t| t.str("organisation").map(str::to_owned))
        .unwrap_or_else(|| "so".into())
}

/// What a campaign says of itself: title, class, and one audience, message and objective with their ids.
struct Says<'a> {
    title: &'a str,
    class: &'a str,
    audience: (&'a str, &'a str),
    message: (&'a str, &'a str),
    objective: (&'a str, &'a str),
}

fn campaign_yaml(id: &str, says: &Says<'_>, owner: &str, (start, end): (NaiveDate, NaiveDate)) -> String {
    format!(
        "# yaml-language-server: $schema=../../schema/campaign.json
campaign: {id}
title: {title}
owner: {owner}                      # đơn vị chủ trì, mã trong campaigns/units.yaml
start: {start}              # trước ngày này không gửi gì
end: {end}                # sau ngày này không gửi gì

# Văn bản căn cứ (bỏ dấu # đầu dòng để dùng). Có file thì bài đính kèm được bằng  attach: số hiệu
# legal_basis:
#   - type: Kế hoạch
#     number: 01/KH-UBND
#     date: {start}
#     issuer: UBND thành phố
#     file: van-ban/01-KH-UBND.pdf

audiences:                         # đối tượng hướng đến
  {audience_id}: {audience}

messages:                          # thông điệp chính sách
  {message_id}: {message}

objectives:                        # mục tiêu cụ thể
  - id: {objective_id}
    title: {objective}
    for: [{audience_id}]

defaults:
  class: {class}                    # policy, internal, urgent, advertising: quyết định ai duyệt
  on_holiday: next_working_day     # gặp ngày nghỉ thì gửi ngày làm việc kế tiếp
",
        title = quoted(says.title),
        start = date(start),
        end = date(end),
        audience_id = says.audience.0,
        audience = quoted(says.audience.1),
        message_id = says.message.0,
        message = quoted(says.message.1),
        objective_id = says.objective.0,
        objective = quoted(says.objective.1),
        class = says.class,
    )
}

/// From today to the end of the year, or of the next if this one is nearly over.
fn period_from(today: NaiveDate) -> (NaiveDate, NaiveDate) {
    let end = NaiveDate::from_ymd_opt(today.year(), 12, 31).filter(|e| (*e - today).num_days() > 30);
    let end = end.or_else(|| NaiveDate::from_ymd_opt(today.year() + 1, 12, 31)).unwrap_or(today);
    (today, end)
}

/// Makes a campaign with one post to start from. What its plan says is a sample's: `check` reminds of it, and holds the
/// post.
///
/// # Errors
/// The id is no id, the campaign exists, or the disk refuses.
pub fn new_campaign(root: &Path, id: &str, title: Option<&str>, today: NaiveDate) -> std::io::Result<Made> {
    slug(id)?;
    let sampled = |words: &str| format!("{} {words}", sample::MARK);
    let title = title.map_or_else(|| sampled("Tên đầy đủ của chiến dịch"), str::to_owned);
    let audience = sampled("Ai cần biết");
    let message = sampled("Điều quan trọng nhất muốn họ nhớ");
    let objective = sampled("Đạt được điều gì, đo bằng gì");
    let says = Says {
        title: &title,
        class: "policy",
        audience: ("doi-tuong-1", &audience),
        message: ("thong-diep-1", &message),
        objective: ("muc-tieu-1", &objective),
    };
    let yaml = campaign_yaml(id, &says, &organisation(root), period_from(today));
    let mut made = Made::default();
    put(root, &format!("campaigns/{id}/campaign.yaml"), &yaml, &mut made.files)?;
    let post = new_post(root, id, "bai-dau-tien", None, None, today)?;
    made.files.extend(post.files);
    made.notes.extend(post.notes);
    Ok(made)
}

/// Adds a unit at the end of the list in `units.yaml`, keeping every other line as it is.
///
/// # Errors
/// The id is no id or taken, `units.yaml` has no readable list of units, or the disk refuses.
pub fn new_unit(root: &Path, id: &str, name: Option<&str>) -> std::io::Result<Made> {
    slug(id)?;
    let name = name.map_or_else(|| format!("{} Tên chính thức của đơn vị", sample::MARK), str::to_owned);
    let path = root.join("campaigns/units.yaml");
    let text = std::fs::read_to_string(&path)?;
    let parsed = crate::yaml::parse("campaigns/units.yaml", &text);
    let bad = |vi: &str, en: &str| {
        error(ErrorKind::InvalidData, format!("units.yaml: {vi}"), format!("units.yaml: {en}"))
    };
    let tree =
        parsed.root.ok_or_else(|| bad("không đọc được; chạy   loa check", "unreadable; run   loa check"))?;
    let units = tree.list("units");
    if units.iter().any(|u| u.str("id") == Some(id)) {
        return Err(error(
            ErrorKind::AlreadyExists,
            format!("đơn vị “{id}” đã có trong units.yaml; chọn mã khác"),
            format!("the unit “{id}” stands in units.yaml already; choose another id"),
        ));
    }
    let last = units.last().filter(|u| !u.flow);
    let Some(last) = last else {
        return Err(bad("units: phải là danh sách có gạch đầu dòng", "units: must be a list with dashes"));
    };
    let deepest = deepest_line(last);
    let indent = " ".repeat(last.span.column.saturating_sub(3));
    let block = format!(
        "{indent}- id: {id}\n{indent}  name: {}\n{indent}  kind: office\n{indent}  # was: [ma-cu]            # đổi mã thì ghi mã cũ, để không gửi lại bài đã gửi\n{indent}  # contact:\n{indent}  #   name: Họ và tên\n{indent}  #   phone: \"0900 000 000\"\n{indent}  #   email: ten@don-vi.example\n{indent}  # channels:\n{indent}  #   email:\n{indent}  #     address: ten@don-vi.example\n",
        quoted(&name)
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
    Ok(Made { files: vec![path], notes: vec![] })
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
/// Its one post is no sample. Whoever has just made a workspace runs `check`, `plan`, `apply`, `approve`, `run` and wants to
/// see them work, so that the post must be good; and what is good can be approved and sent. Therefore it is a short message
/// of the office to its own mailbox, of the class for internal matters, true for everybody who sends it and harmless if it
/// arrives. Sentences to the public are what `loa new` asks for, and those are held until somebody has written them.
///
/// # Errors
/// A file of it exists already, or the disk refuses.
pub fn init(dir: &Path, name: &str, today: NaiveDate) -> std::io::Result<Made> {
    if dir.join("loa.yaml").exists() {
        return Err(error(ErrorKind::AlreadyExists, "loa.yaml đã có ở đây", "loa.yaml exists here"));
    }
    let mut made = Made::default();
    let files = &mut made.files;
    put(dir, "loa.yaml", LOA.replace("TÊN", &quoted(name)), files)?;
    put(dir, ".gitignore", "/bi-mat/\n/var/\n", files)?;
    put(dir, "campaigns/units.yaml", UNITS.replace("TÊN", &quoted(name)), files)?;
    put(dir, "campaigns/people.yaml", PEOPLE, files)?;
    put(dir, "campaigns/facts.yaml", FACTS, files)?;
    put(dir, super::lexicon::FILE, super::lexicon::TEMPLATE, files)?;
    for year in [today.year(), today.year() + 1] {
        let calendar = CALENDAR.replace("NĂM", &year.to_string());
        put(dir, &format!("campaigns/calendar/vn-{year}.yaml"), &calendar, files)?;
    }
    let folder = "campaigns/lam-quen-voi-loa";
    let says = Says {
        title: "Cơ quan làm quen với Loa",
        class: "internal",
        audience: ("can-bo", "Cán bộ của cơ quan"),
        message: ("loa-da-chay", "Loa gửi đúng bài, đúng nơi, đúng giờ và ghi lại từng lượt"),
        objective: ("gui-thu-duoc", "Thư đầu tiên đến hộp thư của cơ quan"),
    };
    put(
        dir,
        &format!("{folder}/campaign.yaml"),
        campaign_yaml("lam-quen-voi-loa", &says, "so", period_from(today)),
        files,
    )?;
    let post = format!("{folder}/posts/thu-dau-tien");
    let (day, notes) = day_for(dir, "thu-dau-tien", Some(period_from(today)), today);
    put(dir, &format!("{post}/post.yaml"), FIRST_POST.replace("NGÀY", &date(day)), files)?;
    put(dir, &format!("{post}/noi-dung.md"), FIRST_TEXT, files)?;
    made.notes = notes;
    Ok(made)
}

const FIRST_POST: &str = "# yaml-language-server: $schema=../../../../schema/post.json
# Bài này có thật: một thư ngắn cơ quan gửi vào hộp thư của chính mình, để thử trọn đường đi từ soạn đến gửi.
# Thử xong thì xóa thư mục này. Bài mới:  loa new post lam-quen-voi-loa 2026-12-07-ten-bai
title: Thư đầu tiên gửi bằng Loa
author: nguoi-soan            # mã trong campaigns/people.yaml
for: can-bo                   # đối tượng: một mã trong audiences của campaign.yaml
message: loa-da-chay          # thông điệp: một mã trong messages của campaign.yaml

send:
  - channel: email
    to: so                    # hộp thư của cơ quan, khai trong campaigns/units.yaml
    at: NGÀY 08:00      # ngày/tháng/năm giờ:phút
";

const FIRST_TEXT: &str = "Kính gửi anh chị.

Đây là thư đầu tiên cơ quan gửi bằng Loa. Thư đến được nơi này nghĩa là tài khoản thư, lịch gửi và bước duyệt của cơ quan
đã chạy.

Thư này chỉ để thử trong nội bộ, anh chị không cần trả lời.
";

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
  thu-cong-vu:
    kind: email
    server: mail.co-quan.example    # máy chủ, tên dùng và địa chỉ ở đây là mẫu: thay bằng của cơ quan
    port: 587
    user: truyenthong
    password_file: bi-mat/thu-cong-vu.txt
    from_name: TÊN
    from_address: truyenthong@co-quan.example
    limit: 300 per hour
  web-so:
    kind: wordpress
    url: https://co-quan.example
    user: loa
    password_file: bi-mat/web-so.txt

default_accounts:
  email: thu-cong-vu

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
      email:
        address: van-thu@co-quan.example   # hộp thư của cơ quan

# Đổi mã một đơn vị thì giữ mã cũ ở dòng  was: [ma-cu]  , để bài đã gửi không bị gửi lại.

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
