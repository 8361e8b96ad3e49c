//! The log as a spreadsheet.

use std::io::Write;
use std::path::Path;

use super::super::brakes::Brakes;
use super::super::show::{Result as Verdict, Show, form_word, who};
use super::{LogArgs, described, record};
use crate::cli::{Ctx, Done, Exit, Stop};
use crate::config::Settings;
use crate::domain::delivery;
use crate::plan::ms;
use crate::store::{LogFilter, Store};

/// A cell that a spreadsheet cannot take for a formula.
fn harmless(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell.to_owned() }
}

pub(super) async fn csv(
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
    let piped = file == Path::new("-");
    let mut made: Box<dyn Write + Send> = if piped {
        Box::new(std::io::stdout())
    } else {
        Box::new(std::fs::File::create(file).map_err(|e| {
            let file = file.display();
            Stop::unusable(say!(l, "không ghi được {file}: {e}", "cannot write {file}: {e}"))
        })?)
    };
    made.write_all("\u{feff}".as_bytes())?; // spreadsheets read UTF-8 only when told
    let mut w = csv::Writer::from_writer(std::io::BufWriter::new(made));
    let wrong = |e: csv::Error| Stop::unusable(e.to_string());
    let head = ctx.say(
        "mã|đổi lúc|đến hạn|bài|lần gửi|kênh|hình thức|tài khoản|nơi nhận|trạng thái|lý do|trả lời nguyên văn|số lần thử|biên nhận|đường dẫn",
        "code|changed|due|post|sending|channel|form|account|to|state|cause|raw answer|attempts|receipt|link",
    );
    w.write_record(head.split('|')).map_err(wrong)?;
    let brakes = Brakes::read(store, settings, ms(ctx.now())).await?;
    f.limit = 5000;
    let mut n = 0i64;
    loop {
        let page = store.log_page(&f).await?;
        for r in &page.rows {
            let verdict = Verdict::of(r, settings, &brakes);
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
    if piped {
        return Ok(Exit::Good);
    }
    let (n, file) = (show.n(n), file.display());
    out.push_str(&say!(l, "Đã ghi {n} dòng vào {file}\n", "{n} rows written to {file}\n"));
    Ok(Exit::Good)
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
