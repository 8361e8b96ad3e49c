//! The part of `loa plan` that no post shows: channels, facts, lists, accounts of lists; and what would be sent again.

use std::fmt::Write as _;

use crate::cli::Ctx;
use crate::domain::text::{self, Lang};
use crate::domain::unit::Family;
use crate::plan::{self, Again, Diff, Field, Register, RegisterChange, Verb};

/// Changes alike that are printed one by one; of more, the first few and how many there are.
const SHOWN: usize = 6;

/// Everything that posts share and that an apply would change; empty if there is nothing.
pub(super) fn registers(ctx: &Ctx, diff: &Diff) -> String {
    let mut out = String::new();
    if diff.registers.is_empty() {
        return out;
    }
    let _ = writeln!(out, "\n{}", ctx.say("Dùng chung cho nhiều bài", "Shared by many posts"));
    let new: Vec<String> = [Register::Channel, Register::Fact, Register::List]
        .into_iter()
        .filter_map(|r| {
            let n = diff.registers.iter().filter(|c| c.verb == Verb::Add && c.register == r).count();
            (n > 0).then(|| counted(ctx, r, n))
        })
        .collect();
    if !new.is_empty() {
        let _ = writeln!(out, "  + {}", new.join(", "));
    }
    let rest: Vec<&RegisterChange> = diff.registers.iter().filter(|c| c.verb != Verb::Add).collect();
    let mut from = 0;
    while let Some(first) = rest.get(from) {
        let alike = rest[from..].iter().take_while(|c| kin(c) == kin(first)).count();
        let shown = if alike > SHOWN { SHOWN / 2 } else { alike };
        for c in &rest[from..from + shown] {
            let _ = writeln!(out, "  {} {}", super::sign(c.verb), one(ctx, c));
        }
        if shown < alike {
            let left = &rest[from + shown..from + alike];
            let rows: i64 = left.iter().map(|c| c.rows).sum();
            let pending: i64 = left.iter().map(|c| c.pending).sum();
            let _ = writeln!(
                out,
                "    {}{}",
                match ctx.lang {
                    Lang::Vi =>
                        format!("… và {} nữa (--json có đủ)", counted(ctx, first.register, left.len())),
                    Lang::En => format!(
                        "… and {} more (all of them: --json)",
                        counted(ctx, first.register, left.len())
                    ),
                },
                touched(ctx, rows, pending)
            );
        }
        from += alike;
    }
    out
}

/// What makes two changes alike.
fn kin(c: &RegisterChange) -> (Register, Verb, Vec<&'static str>) {
    (c.register, c.verb, c.fields.iter().map(|f| f.key).collect())
}

fn counted(ctx: &Ctx, register: Register, n: usize) -> String {
    let (vi, one, many) = match register {
        Register::Channel => ("kênh", "channel", "channels"),
        Register::Fact => ("thông tin", "fact", "facts"),
        Register::Asset => ("tư liệu", "asset", "assets"),
        Register::List => ("danh sách", "list", "lists"),
        Register::Account => ("tài khoản", "account", "accounts"),
    };
    match ctx.lang {
        Lang::Vi => format!("{} {vi}", text::number(n as i64, Lang::Vi)),
        Lang::En => text::plural(n as i64, one, many),
    }
}

/// `kênh so/website (Sở): trang https://a.example → https://b.example · đụng 3 lượt chưa gửi`
fn one(ctx: &Ctx, c: &RegisterChange) -> String {
    let what = match c.register {
        Register::Channel => ctx.say("kênh", "channel"),
        Register::Fact => ctx.say("thông tin", "fact"),
        Register::Asset => ctx.say("tư liệu", "asset"),
        Register::List => ctx.say("danh sách", "list"),
        Register::Account => ctx.say("tài khoản cho danh sách", "account of lists"),
    };
    let name = match c.register {
        Register::Channel | Register::List if !c.name.is_empty() => format!(" ({})", c.name),
        Register::Channel | Register::List | Register::Fact | Register::Asset | Register::Account => {
            String::new()
        }
    };
    let says = match c.verb {
        Verb::Cancel if c.register == Register::Asset => ctx
            .say(
                "không còn như bản đã ghim, bài dùng nó bị giữ",
                "no longer as it was pinned: its posts are held",
            )
            .to_owned(),
        Verb::Cancel => ctx.say("không còn trong thư mục", "gone from the folder").to_owned(),
        Verb::Add | Verb::Change | Verb::Leave => {
            c.fields.iter().map(|f| field(ctx, f)).collect::<Vec<_>>().join("; ")
        }
    };
    format!("{what} {}{name}: {says}{}", c.id, touched(ctx, c.rows, c.pending))
}

fn touched(ctx: &Ctx, rows: i64, pending: i64) -> String {
    let mut parts = vec![];
    if rows > 0 {
        parts.push(match ctx.lang {
            Lang::Vi => format!("đụng {} lượt chưa gửi", text::number(rows, Lang::Vi)),
            Lang::En => format!("touches {} not sent yet", text::plural(rows, "delivery", "deliveries")),
        });
    }
    if pending > 0 {
        parts.push(match ctx.lang {
            Lang::Vi => format!("{} gói bài chờ đường dẫn", text::number(pending, Lang::Vi)),
            Lang::En => format!("{} waiting for a link", text::plural(pending, "package", "packages")),
        });
    }
    if parts.is_empty() { String::new() } else { format!(" · {}", parts.join(", ")) }
}

fn field(ctx: &Ctx, f: &Field) -> String {
    let word = match f.key {
        "unit" => ctx.say("mã đơn vị", "unit"),
        "name" => ctx.say("tên đơn vị", "name"),
        "account" => ctx.say("tài khoản", "account"),
        "kind" => ctx.say("loại tài khoản", "kind"),
        "mode" => ctx.say("cách đăng", "mode"),
        "url" => ctx.say("trang", "site"),
        "address" => ctx.say("địa chỉ nhận", "address"),
        "station" => ctx.say("buổi phát, thời lượng", "sessions and allowance"),
        "officer" => ctx.say("người liên hệ", "contact"),
        "covered" => ctx.say("số dân", "people covered"),
        "valid_from" => ctx.say("có hiệu lực từ", "valid from"),
        "valid_to" => ctx.say("hiệu lực đến", "valid to"),
        "checked" => ctx.say("kiểm tra", "checked"),
        "text" => ctx.say("lời văn", "words"),
        "sha256" => {
            ctx.say("bản khác, bài dùng bản cũ bị giữ", "another file, posts with the old one are held")
        }
        "people" => ctx.say("người", "people"),
        "joined" => ctx.say("thêm", "joined"),
        "left" => ctx.say("bớt", "left"),
        "edited" => ctx.say("đổi địa chỉ, tên", "changed address or name"),
        "about" => ctx.say("tên, căn cứ, nguồn", "title, ground, source"),
        other => other,
    };
    let number = |s: &str| s.parse::<i64>().map_or_else(|_| s.to_owned(), |n| text::number(n, ctx.lang));
    match (&f.before, &f.after) {
        (None, None) => word.to_owned(),
        (_, Some(_)) if f.key == "sha256" => {
            format!("{word} ({} → {})", f.before.as_deref().unwrap_or("–"), f.after.as_deref().unwrap_or("–"))
        }
        (None, Some(a)) if matches!(f.key, "text" | "joined" | "left" | "edited") => {
            format!("{word} {}", number(a))
        }
        (b, a) => {
            let shown = |v: &Option<String>| {
                v.as_deref().map_or_else(|| ctx.say("không có", "none").to_owned(), number)
            };
            format!("{word} {} → {}", shown(b), shown(a))
        }
    }
}

/// What would be sent to a place that has it, and what keeps it from that.
pub(super) fn again(ctx: &Ctx, zone: chrono_tz::Tz, again: &[Again]) -> String {
    let mut out = String::new();
    if again.is_empty() {
        return out;
    }
    let _ = writeln!(
        out,
        "\n{}",
        match ctx.lang {
            Lang::Vi =>
                format!("SẼ GỬI LẠI vào nơi đã nhận (chỉ khi có người ghi:   {}   )", ctx.hint(&["apply"])),
            Lang::En => format!(
                "WOULD BE SENT AGAIN to where it has gone (only if a person writes it:   {}   )",
                ctx.hint(&["apply"])
            ),
        }
    );
    let shown = if again.len() > SHOWN { SHOWN / 2 } else { again.len() };
    for a in &again[..shown] {
        let at = text::moment(plan::instant(a.at).with_timezone(&zone).naive_local(), ctx.lang);
        let family = Family::parse(&a.family);
        let family =
            family.map_or(a.family.as_str(), |f| if ctx.lang == Lang::Vi { f.vi() } else { f.as_str() });
        let unit = |r: &str| r.split('/').next().unwrap_or(r).to_owned();
        let (says, remedy) = match (a.remedy, ctx.lang) {
            ("was", Lang::Vi) => (
                format!("cùng địa chỉ với {}, đã nhận {at}", a.was),
                format!(
                    "Chỉ đổi mã đơn vị thì thêm vào đơn vị {}:   was: [{}]   (trong bảng: điền tên cũ vào ten_cu)",
                    unit(&a.target),
                    unit(&a.was)
                ),
            ),
            ("was", Lang::En) => (
                format!("the same address as {}, which got it {at}", a.was),
                format!(
                    "If only the unit's id changed, add to {}:   was: [{}]   (in a table: its old name in ten_cu)",
                    unit(&a.target),
                    unit(&a.was)
                ),
            ),
            (_, Lang::Vi) => (
                format!("đã nhận {at} theo lần gửi {}", a.was_sending),
                format!("Vẫn là lần gửi cũ thì thêm vào lần gửi ấy một dòng:   id: {}", a.was_sending),
            ),
            (_, Lang::En) => (
                format!("got it {at} by the sending {}", a.was_sending),
                format!("If it is the same sending, add a line to it:   id: {}", a.was_sending),
            ),
        };
        let n = if a.n > 1 {
            match ctx.lang {
                Lang::Vi => format!(" ({} người)", text::number(a.n, Lang::Vi)),
                Lang::En => format!(" ({} people)", a.n),
            }
        } else {
            String::new()
        };
        let _ = writeln!(out, "  ! {} · {family} → {}{n}: {says}\n    {remedy}", a.origin, a.target);
    }
    if shown < again.len() {
        let left = again.len() - shown;
        let _ = writeln!(
            out,
            "    {}",
            match ctx.lang {
                Lang::Vi => format!("… và {left} nơi nữa (--json có đủ)"),
                Lang::En => format!("… and {left} more (all of them: --json)"),
            }
        );
    }
    out
}
