//! `loa log`: what became of each delivery, newest first, equal results folded; `--csv`, `--follow`, one story by a code.
//!
//! Addresses are masked unless `--unmask --by NAME`, and then that is written down before anything is shown. A person's
//! name is never shown.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use chrono::{NaiveDate, TimeDelta};
use clap::Args;

use super::pick::{self, FOLD_FROM, Found, group_code, group_letters};
use super::show::{RESULTS, Result as Verdict, Show, form_word, post_word, table, who};
use super::story;
use crate::cli::{Ctx, Done, Stop};
use crate::config::Settings;
use crate::domain::delivery::{self, State};
use crate::domain::text;
use crate::domain::unit::Family;
use crate::plan::ms;
use crate::store::{DeliveryRow, GroupRow, LogFilter, Store};

/// Days shown when nobody says since when.
const DAYS: i64 = 7;

/// `loa log`
#[derive(Debug, Default, Args)]
pub struct LogArgs {
    /// Mã (T-4K7Q, G-81AC): một câu chuyện · a code: one story
    pub code: Option<String>,
    /// Từ 0 giờ hôm nay · since midnight
    #[arg(long, conflicts_with = "since")]
    pub today: bool,
    /// Từ ngày (dd/mm/yyyy) · since a day
    #[arg(long, value_name = "DATE")]
    pub since: Option<String>,
    /// Đến hết ngày · until the end of a day
    #[arg(long, value_name = "DATE")]
    pub until: Option<String>,
    /// Chỉ mục có vấn đề · only what went wrong or waits
    #[arg(long)]
    pub problems: bool,
    /// Một bài hoặc chiến dịch · a post or campaign
    #[arg(long, value_name = "CAMPAIGN[/POST]")]
    pub post: Option<String>,
    /// Một đơn vị · a unit
    #[arg(long)]
    pub unit: Option<String>,
    /// Một kênh: website, email, zalo… · a channel
    #[arg(long, value_name = "FAMILY")]
    pub channel: Option<String>,
    /// Một trạng thái, như màn hình ghi · a state, as screens say it
    #[arg(long, value_name = "WORD")]
    pub state: Option<String>,
    /// Một tài khoản · an account
    #[arg(long)]
    pub account: Option<String>,
    /// Không gộp · do not fold
    #[arg(long)]
    pub each: bool,
    /// Xem trực tiếp, Ctrl-C để dừng · go on as it happens
    #[arg(long, conflicts_with_all = ["code", "csv"])]
    pub follow: bool,
    /// Ghi ra bảng tính · write a spreadsheet
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,
    /// Số dòng · lines
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub limit: u32,
    /// Trang sau: mã của dòng cuối · next page: code of the last line
    #[arg(long, value_name = "CODE")]
    pub after: Option<String>,
    /// Hiện đủ địa chỉ; được ghi lại · addresses in clear; recorded
    #[arg(long, requires = "by")]
    pub unmask: bool,
    /// Ai xem · who looks
    #[arg(long)]
    pub by: Option<String>,
    /// Cả việc của Loa: phiếu, nhắc, thử · Loa's own, too
    #[arg(long)]
    pub system: bool,
}

/// `loa log`
///
/// # Errors
/// The workspace or the database cannot be read; a code or date means nothing.
pub async fn log(ctx: &Ctx, a: LogArgs) -> Done {
    let settings = ctx.settings(false)?;
    let store = super::open(ctx, &settings).await?;
    if a.follow {
        return follow(ctx, &settings, &store, &a).await;
    }
    let mut text = String::new();
    let code = told(ctx, &settings, &store, &a, &mut text).await?;
    print!("{text}");
    Ok(code)
}

/// All but `--follow`, into a text.
///
/// # Errors
/// As [`log`].
pub async fn told(ctx: &Ctx, settings: &Settings, store: &Store, a: &LogArgs, out: &mut String) -> Done {
    if let Some(code) = &a.code {
        return match pick::code(ctx, settings, store, code).await? {
            Found::One(row) => {
                story::one(ctx, settings, store, &row, a.unmask.then_some(a.by.as_deref()).flatten(), out)
                    .await
            }
            Found::Group(key) => {
                let f = LogFilter { group: Some(key), system: true, ..LogFilter::default() };
                each(ctx, settings, store, a, f, out).await
            }
        };
    }
    let filter = filter(ctx, settings, store, a).await?;
    if let Some(file) = &a.csv {
        return csv(ctx, settings, store, a, filter, file, out).await;
    }
    if a.each || a.unmask {
        return each(ctx, settings, store, a, filter, out).await;
    }
    folded(ctx, settings, store, a, filter, out).await
}

/// `30/11/2026`, `30/11`, `2026-11-30`, `hôm qua`, `yesterday`.
fn day(ctx: &Ctx, show: &Show, typed: &str) -> Result<NaiveDate, Stop> {
    let today = show.today();
    match text::fold(typed).as_str() {
        "hom nay" | "today" => return Ok(today),
        "hom qua" | "yesterday" => return Ok(today - TimeDelta::days(1)),
        _ => {}
    }
    let iso = typed.parse::<NaiveDate>().ok();
    let full = || NaiveDate::parse_from_str(typed, "%d/%m/%Y").ok();
    let short = || {
        use chrono::Datelike as _;
        NaiveDate::parse_from_str(&format!("{typed}/{}", today.year()), "%d/%m/%Y").ok()
    };
    iso.or_else(full).or_else(short).ok_or_else(|| {
        Stop::cannot(say!(
            ctx.lang,
            "{typed}: ngày viết như 30/11/2026",
            "{typed}: write a day like 30/11/2026"
        ))
    })
}

/// The filter that the options state.
async fn filter(ctx: &Ctx, settings: &Settings, store: &Store, a: &LogArgs) -> Result<LogFilter, Stop> {
    let l = ctx.lang;
    let show = Show::new(l, settings, ctx.now());
    let mut f = LogFilter {
        problems: a.problems.then_some(ms(ctx.now()) + 2 * super::show::DAY_MS),
        system: a.system,
        unit: a.unit.clone(),
        ..LogFilter::default()
    };
    if a.today {
        f.from = Some(show.start_of(show.today()));
    }
    if let Some(d) = &a.since {
        f.from = Some(show.start_of(day(ctx, &show, d)?));
    }
    if let Some(d) = &a.until {
        f.until = Some(show.start_of(day(ctx, &show, d)? + TimeDelta::days(1)));
    }
    if let Some(p) = &a.post {
        f.origin = Some(pick::origin(ctx, store, p).await?);
    }
    if let Some(c) = &a.channel {
        let folded = text::fold(c);
        let family =
            Family::parse(c).or_else(|| Family::ALL.into_iter().find(|x| text::fold(x.vi()) == folded));
        let Some(family) = family else {
            let all: Vec<&str> = Family::ALL.into_iter().map(Family::as_str).collect();
            let all = all.join(", ");
            return Err(Stop::cannot(say!(
                l,
                "{c}: không có kênh này. Có: {all}",
                "{c} is no channel. There are: {all}"
            )));
        };
        f.family = Some(family.as_str().to_owned());
    }
    if let Some(account) = &a.account {
        f.account = Some(account.clone());
    }
    if let Some(word) = &a.state {
        state(ctx, word, &mut f)?;
    } else if f.origin.is_none() && f.unit.is_none() {
        // What is only planned is `loa plan`'s to show, unless one post or unit is asked about.
        f.states = State::ALL.into_iter().filter(|s| *s != State::Planned).collect();
    }
    if f.from.is_none() && f.origin.is_none() && f.unit.is_none() && a.csv.is_none() {
        f.from = Some(show.start_of(show.today() - TimeDelta::days(DAYS - 1)));
    }
    Ok(f)
}

/// Reads a state as screens, files or machines say it.
fn state(ctx: &Ctx, typed: &str, f: &mut LogFilter) -> Result<(), Stop> {
    let folded = text::fold(typed).replace(['-', '_'], " ");
    let hit = RESULTS
        .iter()
        .find(|(w, vi, en)| [w.replace('_', " "), text::fold(vi), text::fold(en)].contains(&folded))
        .map(|(w, _, _)| *w);
    match (hit, folded.as_str()) {
        (Some("waiting"), _) | (None, "due") => f.states = vec![State::Due],
        (Some("retry"), _) => f.retrying = true,
        (Some("pending"), _) | (None, "cho dang" | "cho phat") => f.pending = true,
        (Some("sending"), _) => f.states = vec![State::Due, State::Leased, State::Sending],
        (Some("sent" | "published" | "aired" | "skipped" | "unconfirmed" | "bounced" | "withdrawn"), _)
        | (None, "da nhan" | "da gui") => {
            f.states = vec![State::Sent];
        }
        (Some("not_known"), _) => f.states = vec![State::Unknown],
        (None, "khong gui") => f.states = vec![State::Cancelled, State::Expired],
        (None, "tu choi") => f.states = vec![State::Rejected],
        (hit, _) => match hit.and_then(State::parse) {
            Some(s) => f.states = vec![s],
            None => {
                let all: Vec<&str> = RESULTS.iter().map(|(w, vi, _)| ctx.say(vi, w)).collect();
                let all = all.join(", ");
                return Err(Stop::cannot(say!(
                    ctx.lang,
                    "{typed}: không có trạng thái này. Có: {all}",
                    "{typed} is no state. There are: {all}"
                )));
            }
        },
    }
    Ok(())
}

/// What the first line of a list says about itself.
fn heading(ctx: &Ctx, show: &Show, a: &LogArgs, f: &LogFilter, rest: &str) -> String {
    let l = ctx.lang;
    let from = f.from.map(|t| text::date(show.day_of(t)));
    let until = f.until.map(|t| text::date(show.day_of(t - 1)));
    let mut parts = vec![match (from, until) {
        (Some(f), Some(u)) if f == u => f,
        (Some(f), None) if f == text::date(show.today()) => f,
        (Some(f), None) => say!(l, "từ {f}", "since {f}"),
        (Some(f), Some(u)) => format!("{f} – {u}"),
        (None, Some(u)) => say!(l, "đến {u}", "until {u}"),
        (None, None) => l.pick("từ đầu", "from the beginning").to_owned(),
    }];
    if a.problems {
        parts.push(l.pick("chỉ mục có vấn đề", "problems only").into());
    }
    parts.push(rest.to_owned());
    parts.push(if a.unmask {
        l.pick("địa chỉ hiện đủ: đã ghi vào nhật ký truy cập", "addresses in clear: recorded").to_owned()
    } else {
        l.pick(
            "địa chỉ che bớt (--unmask: ghi vào nhật ký truy cập)",
            "addresses masked (--unmask: is recorded)",
        )
        .to_owned()
    });
    parts.join(" · ") + "\n"
}

fn columns(ctx: &Ctx) -> Vec<String> {
    let c = ctx.say("GIỜ|MÃ|BÀI|KÊNH · NƠI NHẬN|KẾT QUẢ", "TIME|CODE|POST|CHANNEL · TO|RESULT");
    c.split('|').map(str::to_owned).collect()
}

/// Totals by result, out of the groups.
fn totals(ctx: &Ctx, groups: &[GroupRow]) -> String {
    let list: Vec<String> = RESULTS
        .iter()
        .filter_map(|(word, vi, en)| {
            let n: i64 = groups.iter().filter(|g| Verdict::of_group(g).word() == *word).map(|g| g.n).sum();
            (n > 0).then(|| format!("{} {}", text::number(n, ctx.lang), ctx.say(vi, en)))
        })
        .collect();
    if list.is_empty() { ctx.say("không có gì", "nothing").to_owned() } else { list.join(" · ") }
}

/// One line of the folded log: how it sorts, its cells, how many rows.
struct Line {
    at: i64,
    cells: Vec<String>,
    n: i64,
    json: serde_json::Value,
}

async fn folded(
    ctx: &Ctx,
    settings: &Settings,
    store: &Store,
    a: &LogArgs,
    f: LogFilter,
    out: &mut String,
) -> Done {
    let l = ctx.lang;
    let show = Show::new(l, settings, ctx.now());
    let offset = show.offset();
    let groups = store.log_groups(&f, offset).await?;
    let letters: Vec<String> = groups.iter().map(|g| group_letters(&g.key(offset))).collect();
    let limit = a.limit as usize;
    let mut lines: Vec<Line> = Vec::new();
    // Newest groups first; each makes at least one line, so `limit` groups are enough.
    let start = match &a.after {
        Some(code) => {
            let wanted = code.to_ascii_uppercase();
            let wanted = wanted.strip_prefix("G-").unwrap_or(&wanted).to_owned();
            letters.iter().position(|x| x.starts_with(&wanted)).map_or(0, |i| i + 1)
        }
        None => 0,
    };
    let mut shown = start;
    for (g, mine) in groups.iter().zip(&letters).skip(start) {
        if lines.len() >= limit {
            break;
        }
        shown += 1;
        if g.n < FOLD_FROM {
            let rows = store
                .log_page(&LogFilter {
                    group: Some(g.key(offset)),
                    system: true,
                    limit: FOLD_FROM,
                    ..LogFilter::default()
                })
                .await?
                .rows;
            for r in &rows {
                lines.push(line_of(&show, settings, store, r, false).await?);
            }
            continue;
        }
        let verdict = Verdict::of_group(g);
        let (word, why) = verdict.say(&show);
        let form = form_word(&g.family, &g.kind, &g.origin, l);
        let n = show.n(g.n);
        let whom = if g.people == g.n {
            say!(l, "{form} · {n} người", "{form} · {n} people")
        } else {
            say!(l, "{form} · {n} nơi", "{form} · {n} places")
        };
        let code = group_code(mine, &letters);
        lines.push(Line {
            at: g.last_at,
            json: serde_json::json!({
                "code": code, "at": crate::plan::instant(g.last_at).to_rfc3339(), "origin": g.origin, "family": g.family,
                "kind": g.kind, "account": g.account, "n": g.n, "state": verdict.word(), "cause": g.cause,
                "detail": g.detail,
            }),
            cells: vec![show.at(g.last_at), code, post_word(&g.origin).to_owned(), whom, format!("{word}  {why}").trim_end().to_owned()],
            n: g.n,
        });
    }
    lines.sort_by_key(|l| std::cmp::Reverse(l.at));
    let all: i64 = groups.iter().map(|g| g.n).sum();
    let next = (shown < groups.len() && shown > 0).then(|| group_code(&letters[shown - 1], &letters));
    if ctx.json {
        let by_state: serde_json::Map<String, serde_json::Value> = RESULTS
            .iter()
            .filter_map(|(w, _, _)| {
                let n: i64 = groups.iter().filter(|g| Verdict::of_group(g).word() == *w).map(|g| g.n).sum();
                (n > 0).then(|| ((*w).to_owned(), n.into()))
            })
            .collect();
        let lines: Vec<_> = lines.into_iter().map(|l| l.json).collect();
        let json = serde_json::json!({ "lines": lines, "totals": by_state, "rows": all, "next": next });
        out.push_str(&format!("{json}\n"));
        return Ok(0);
    }
    let (g, n) = (show.n(groups.len() as i64), show.n(all));
    out.push_str(&heading(ctx, &show, a, &f, &say!(l, "{g} nhóm, {n} lượt", "{g} groups, {n} deliveries")));
    let example = lines.iter().find(|l| l.n == 1).or(lines.first()).map(|l| l.cells[1].clone());
    if !lines.is_empty() {
        let mut cells = vec![columns(ctx)];
        cells.extend(lines.into_iter().map(|l| l.cells));
        out.push_str(&table(&cells));
    }
    out.push_str("—\n");
    let totals = totals(ctx, &groups);
    out.push_str(&say!(l, "Tổng: {totals}.", "Total: {totals}."));
    if let Some(code) = example {
        out.push_str(&say!(l, " Chi tiết một dòng: loa log {code}", " One line in full: loa log {code}"));
    }
    out.push('\n');
    if let Some(next) = next {
        let more = show.n((groups.len() - shown) as i64);
        out.push_str(&say!(
            l,
            "Còn {more} nhóm cũ hơn: thêm --after {next}\n",
            "{more} older groups: add --after {next}\n"
        ));
    }
    out.push_str(if a.problems {
        l.pick(
            "Mọi lượt hôm nay: loa log --today · Không gộp: --each · Trực tiếp: --follow · Bảng tính: --csv hom-nay.csv\n",
            "All of today: loa log --today · Unfolded: --each · Live: --follow · Spreadsheet: --csv today.csv\n",
        )
    } else {
        l.pick(
            "Chỉ mục có vấn đề: --problems · Không gộp: --each · Trực tiếp: --follow · Bảng tính: --csv so-gui.csv\n",
            "Problems only: --problems · Unfolded: --each · Live: --follow · Spreadsheet: --csv log.csv\n",
        )
    });
    Ok(0)
}

/// A row as a line.
async fn line_of(
    show: &Show,
    settings: &Settings,
    store: &Store,
    r: &DeliveryRow,
    clear: bool,
) -> Result<Line, Stop> {
    let code = store.code_short(r.code).await?;
    let verdict = Verdict::of(r, settings);
    let (word, why) = verdict.say(show);
    let form = form_word(&r.family, &r.kind, &r.origin, show.lang);
    let whom = who(r, store, clear, show.lang);
    Ok(Line {
        at: r.updated_at,
        json: row_json(r, &code, &verdict, &whom),
        cells: vec![
            show.at(r.updated_at),
            code,
            post_word(&r.origin).to_owned(),
            format!("{form} · {whom}"),
            format!("{word}  {why}").trim_end().to_owned(),
        ],
        n: 1,
    })
}

fn row_json(r: &DeliveryRow, code: &str, verdict: &Verdict, whom: &str) -> serde_json::Value {
    serde_json::json!({
        "code": code, "id": r.id, "at": crate::plan::instant(r.updated_at).to_rfc3339(), "origin": r.origin, "sending": r.sending,
        "slot": r.slot, "family": r.family, "kind": r.kind, "account": r.account, "to": whom, "target": r.target_ref, "n": 1,
        "state": verdict.word(), "cause": verdict.cause, "detail": verdict.detail,
        "due": crate::plan::instant(r.due_at).to_rfc3339(), "attempts": r.attempts, "receipt": r.receipt, "url": r.receipt_url,
    })
}

/// Writes that addresses are about to be shown.
async fn record(ctx: &Ctx, store: &Store, a: &LogArgs, what: &str, n: usize) -> Result<bool, Stop> {
    if !a.unmask {
        return Ok(false);
    }
    store.audit_unmask(&ctx.actor(a.by.as_deref()), what, n, ms(ctx.now())).await?;
    Ok(true)
}

/// What a filter is called in the audit: no person in it.
fn described(f: &LogFilter) -> String {
    let mut parts = vec!["log".to_owned()];
    for (k, v) in [("post", &f.origin), ("unit", &f.unit), ("channel", &f.family), ("account", &f.account)] {
        if let Some(v) = v {
            parts.push(format!("{k}={v}"));
        }
    }
    if let Some(g) = &f.group {
        parts.push(format!("group=G-{}", group_letters(g)));
    }
    parts.join(" ")
}

async fn each(
    ctx: &Ctx,
    settings: &Settings,
    store: &Store,
    a: &LogArgs,
    mut f: LogFilter,
    out: &mut String,
) -> Done {
    let l = ctx.lang;
    let show = Show::new(l, settings, ctx.now());
    f.limit = i64::from(a.limit);
    if let Some(code) = &a.after
        && let Found::One(row) = pick::code(ctx, settings, store, code).await?
    {
        f.after = Some((row.updated_at, row.id));
    }
    let page = store.log_page(&f).await?;
    let clear = record(ctx, store, a, &described(&f), page.rows.len()).await?;
    let mut lines = Vec::new();
    for r in &page.rows {
        lines.push(line_of(&show, settings, store, r, clear).await?);
    }
    let next = page.next.and_then(|_| lines.last().map(|l| l.cells[1].clone()));
    if ctx.json {
        let lines: Vec<_> = lines.into_iter().map(|l| l.json).collect();
        let json = serde_json::json!({ "lines": lines, "next": next });
        out.push_str(&format!("{json}\n"));
        return Ok(0);
    }
    let n = show.n(lines.len() as i64);
    out.push_str(&heading(ctx, &show, a, &f, &say!(l, "{n} lượt", "{n} deliveries")));
    let mut cells = vec![columns(ctx)];
    cells.extend(lines.into_iter().map(|l| l.cells));
    out.push_str(&table(&cells));
    out.push_str("—\n");
    let groups = store.log_groups(&LogFilter { after: None, ..f }, show.offset()).await?;
    let totals = totals(ctx, &groups);
    out.push_str(&say!(l, "Tổng: {totals}.\n", "Total: {totals}.\n"));
    if let Some(next) = next {
        out.push_str(&say!(
            l,
            "Còn nữa, cũ hơn: thêm --each --after {next}\n",
            "There are older ones: add --each --after {next}\n"
        ));
    }
    Ok(0)
}

/// A cell that a spreadsheet cannot take for a formula.
pub fn harmless(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell.to_owned() }
}

async fn csv(
    ctx: &Ctx,
    settings: &Settings,
    store: &Store,
    a: &LogArgs,
    mut f: LogFilter,
    file: &Path,
    out: &mut String,
) -> Done {
    let l = ctx.lang;
    let show = Show::new(l, settings, ctx.now());
    // How many addresses there will be is known only afterwards; that they are shown is written down before.
    let clear = record(ctx, store, a, &format!("{} csv", described(&f)), 0).await?;
    let mut made = std::fs::File::create(file).map_err(|e| {
        let file = file.display();
        Stop::cannot(say!(l, "không ghi được {file}: {e}", "cannot write {file}: {e}"))
    })?;
    made.write_all("\u{feff}".as_bytes())?; // spreadsheets read UTF-8 only when told
    let mut w = csv::Writer::from_writer(std::io::BufWriter::new(made));
    let wrong = |e: csv::Error| Stop::cannot(e.to_string());
    let head = ctx.say(
        "mã|đổi lúc|đến hạn|bài|lần gửi|kênh|hình thức|tài khoản|nơi nhận|trạng thái|lý do|trả lời nguyên văn|số lần thử|biên nhận|đường dẫn",
        "code|changed|due|post|sending|channel|form|account|to|state|cause|raw answer|attempts|receipt|link",
    );
    w.write_record(head.split('|')).map_err(wrong)?;
    f.limit = 5000;
    let mut n = 0i64;
    loop {
        let page = store.log_page(&f).await?;
        for r in &page.rows {
            let verdict = Verdict::of(r, settings);
            let (word, why) = verdict.say(&show);
            let form = form_word(&r.family, &r.kind, &r.origin, l);
            let cells = [
                format!("T-{}", delivery::code_letters(r.code)),
                show.exactly(r.updated_at),
                show.exactly(r.due_at),
                r.origin.clone(),
                format!("{} {}", r.sending, r.slot),
                r.family.clone(),
                form.to_owned(),
                r.account.clone(),
                who(r, store, clear, l),
                word,
                why,
                verdict.detail.clone(),
                r.attempts.to_string(),
                r.receipt.clone().unwrap_or_default(),
                r.receipt_url.clone().unwrap_or_default(),
            ];
            w.write_record(cells.iter().map(|c| harmless(c))).map_err(wrong)?;
            n += 1;
        }
        match page.next {
            Some(next) => f.after = Some(next),
            None => break,
        }
    }
    w.flush()?;
    let (n, file) = (show.n(n), file.display());
    out.push_str(&say!(l, "Đã ghi {n} dòng vào {file}\n", "{n} rows written to {file}\n"));
    Ok(0)
}

async fn follow(ctx: &Ctx, settings: &Settings, store: &Store, a: &LogArgs) -> Done {
    let l = ctx.lang;
    let mut f = filter(ctx, settings, store, a).await?;
    // Begin with the newest few, then whatever changes.
    f.limit = i64::from(a.limit.min(10));
    let mut first = store.log_page(&f).await?.rows;
    first.reverse();
    let clear = record(ctx, store, a, &format!("{} follow", described(&f)), first.len()).await?;
    let mut seen = first.last().map_or((ms(ctx.now()), 0), |r| (r.updated_at, r.id));
    if !ctx.json {
        eprintln!("{}", l.pick("Trực tiếp; dừng: Ctrl-C", "Live; stop: Ctrl-C"));
    }
    f.from = None;
    f.limit = 1000;
    let mut rows = first;
    loop {
        for r in &rows {
            let show = Show::new(l, settings, ctx.now());
            let line = line_of(&show, settings, store, r, clear).await?;
            let text =
                if ctx.json { format!("{}\n", line.json) } else { format!("{}\n", line.cells.join("  ")) };
            // A reader that went away (`| head`) ends the view.
            if std::io::stdout().write_all(text.as_bytes()).and_then(|()| std::io::stdout().flush()).is_err()
            {
                return Ok(0);
            }
            seen = (r.updated_at, r.id);
        }
        tokio::select! {
            r = tokio::signal::ctrl_c() => { r?; return Ok(0) }
            () = ctx.clock.sleep_until(ctx.now() + TimeDelta::seconds(1)) => {}
        }
        f.newer_than = Some(seen);
        rows = store.log_page(&f).await?.rows;
    }
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn no_cell_is_a_formula() {
        for bad in ["=1+1", "+84", "-5", "@SUM(A1)", "\t=1"] {
            assert!(harmless(bad).starts_with('\''), "{bad}");
        }
        assert_eq!(harmless("Phường Lê Chân"), "Phường Lê Chân");
    }
}
