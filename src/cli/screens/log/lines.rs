//! Lines of the log: equal results folded into one, or one by one.

use super::super::brakes::Brakes;
use super::super::pick::{self, FOLD_FROM, Found, group_code, group_letters};
use super::super::show::{
    RESULTS, Result as Verdict, Show, carried, form_word, post_word, table, totals, who,
};
use super::{LogArgs, described, record};
use crate::cli::{Ctx, Done, Exit, Stop};
use crate::config::Settings;
use crate::domain::text;
use crate::plan::ms;
use crate::store::{DeliveryRow, GroupRow, LogFilter, Store};

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

/// How many rows of a result the groups hold.
fn count<'a>(groups: &'a [GroupRow], brakes: &'a Brakes) -> impl Fn(&str) -> i64 + 'a {
    move |word| groups.iter().filter(|g| Verdict::of_group(g, brakes).word() == word).map(|g| g.n).sum()
}

/// One line of the folded log: how it sorts, its cells, how many rows.
pub(super) struct Line {
    at: i64,
    pub(super) cells: Vec<String>,
    n: i64,
    pub(super) json: serde_json::Value,
}

pub(super) async fn folded(
    ctx: &Ctx,
    settings: &Settings,
    store: &Store,
    a: &LogArgs,
    f: LogFilter,
    out: &mut String,
) -> Done {
    let l = ctx.lang;
    let show = Show::new(l, settings, ctx.now());
    let brakes = Brakes::read(store, settings, ms(ctx.now())).await?;
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
            let at = letters.iter().position(|x| x.starts_with(&wanted));
            at.ok_or_else(|| pick::no_group(ctx, code))? + 1
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
                lines.push(line_of(&show, settings, &brakes, store, r, false).await?);
            }
            continue;
        }
        let verdict = Verdict::of_group(g, &brakes);
        let (word, why) = verdict.say(&show);
        let form = carried(form_word(&g.family, &g.kind, &g.origin, l), &g.account, settings, l);
        let n = show.n(g.n);
        let whom = if g.people == g.n {
            let many = if g.n == 1 { "person" } else { "people" };
            say!(l, "{form} · {n} người", "{form} · {n} {many}")
        } else {
            let many = if g.n == 1 { "place" } else { "places" };
            say!(l, "{form} · {n} nơi", "{form} · {n} {many}")
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
        let count = count(&groups, &brakes);
        let by_state: serde_json::Map<String, serde_json::Value> = RESULTS
            .iter()
            .map(|(w, _, _)| (*w, count(w)))
            .filter(|(_, n)| *n > 0)
            .map(|(w, n)| (w.to_owned(), n.into()))
            .collect();
        let lines: Vec<_> = lines.into_iter().map(|l| l.json).collect();
        let json = serde_json::json!({ "lines": lines, "totals": by_state, "rows": all, "next": next });
        out.push_str(&format!("{json}\n"));
        return Ok(Exit::Good);
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
    let totals = totals(count(&groups, &brakes), l);
    out.push_str(&say!(l, "Tổng: {totals}.", "Total: {totals}."));
    if let Some(code) = example {
        let one = ctx.hint(&["log", &code]);
        out.push_str(&say!(l, " Chi tiết một dòng:   {one}", " One line in full:   {one}"));
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
    let rest = l.pick(
        "Không gộp: --each · Trực tiếp: --follow · Bảng tính: --csv so-gui.csv",
        "Unfolded: --each · Live: --follow · Spreadsheet: --csv log.csv",
    );
    if a.problems {
        let today = ctx.hint(&["log", "--today"]);
        out.push_str(&say!(
            l,
            "{rest} · Mọi lượt hôm nay:   {today}\n",
            "{rest} · All of today:   {today}\n"
        ));
    } else {
        let problems = ctx.hint(&["log", "--problems"]);
        out.push_str(&say!(
            l,
            "{rest} · Chỉ mục có vấn đề:   {problems}\n",
            "{rest} · Problems only:   {problems}\n"
        ));
    }
    Ok(Exit::Good)
}

/// A row as a line.
pub(super) async fn line_of(
    show: &Show,
    settings: &Settings,
    brakes: &Brakes,
    store: &Store,
    r: &DeliveryRow,
    clear: bool,
) -> Result<Line, Stop> {
    let code = store.code_short(r.code).await?;
    let verdict = Verdict::of(r, settings, brakes);
    let (word, why) = verdict.say(show);
    let form = carried(form_word(&r.family, &r.kind, &r.origin, show.lang), &r.account, settings, show.lang);
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

pub(super) async fn each(
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
    let brakes = Brakes::read(store, settings, ms(ctx.now())).await?;
    let mut lines = Vec::new();
    for r in &page.rows {
        lines.push(line_of(&show, settings, &brakes, store, r, clear).await?);
    }
    let next = page.next.and_then(|_| lines.last().map(|l| l.cells[1].clone()));
    if ctx.json {
        let lines: Vec<_> = lines.into_iter().map(|l| l.json).collect();
        let json = serde_json::json!({ "lines": lines, "next": next });
        out.push_str(&format!("{json}\n"));
        return Ok(Exit::Good);
    }
    let n = show.n(lines.len() as i64);
    out.push_str(&heading(ctx, &show, a, &f, &say!(l, "{n} lượt", "{n} deliveries")));
    let mut cells = vec![columns(ctx)];
    cells.extend(lines.into_iter().map(|l| l.cells));
    out.push_str(&table(&cells));
    out.push_str("—\n");
    let groups = store.log_groups(&LogFilter { after: None, ..f }, show.offset()).await?;
    let totals = totals(count(&groups, &brakes), l);
    out.push_str(&say!(l, "Tổng: {totals}.\n", "Total: {totals}.\n"));
    if let Some(next) = next {
        out.push_str(&say!(
            l,
            "Còn nữa, cũ hơn: thêm --each --after {next}\n",
            "There are older ones: add --each --after {next}\n"
        ));
    }
    Ok(Exit::Good)
}
