//! What a person may open after a rehearsal: a mail, a sheet, the ledger, the quarter's report.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::TimeDelta;

use crate::cli::{Ctx, Stop, screens, words};
use crate::daemon::Engine;
use crate::domain::delivery::{State, code_letters};
use crate::domain::period::{Period, Span};
use crate::domain::text::Lang;
use crate::plan;
use crate::store::DeliveryRow;

/// Writes what a person may open: a mail, a sheet, the ledger.
pub(super) async fn write_files(
    ctx: &Ctx,
    engine: &Engine,
    rows: &[DeliveryRow],
    out: &Path,
) -> Result<Vec<(PathBuf, &'static str)>, Stop> {
    let mut files = Vec::new();
    let image = |a: &crate::domain::message::Attachment| {
        use base64::Engine as _;
        let bytes = engine.assets.get(&a.sha256).ok()?;
        Some(format!("data:{};base64,{}", a.mime, base64::engine::general_purpose::STANDARD.encode(&bytes)))
    };
    // A mail of the post that went to the most people.
    let to_people = |r: &&DeliveryRow| {
        r.kind == "email" && r.state() == State::Sent && r.target_ref.starts_with("contact/")
    };
    let mut by_post: BTreeMap<&str, usize> = BTreeMap::new();
    for r in rows.iter().filter(to_people) {
        *by_post.entry(&r.origin).or_default() += 1;
    }
    let most = by_post.into_iter().max_by_key(|(_, n)| *n).map(|(o, _)| o);
    let mail = rows.iter().filter(to_people).find(|r| Some(r.origin.as_str()) == most);
    if let Some(r) = mail
        && let Some(revision) = r.revision_id
        && let Some(rendition) = engine.store.rendition_get(revision, "email").await?
    {
        let merged = crate::render::merge(
            &rendition,
            &crate::render::Merge {
                name: Some("Nguyễn Văn Mẫu"),
                opt_out_url: engine.settings.public_url.as_deref(),
                ..crate::render::Merge::default()
            },
        );
        let post = r.origin.split('/').next_back().unwrap_or("bai");
        let path = out.join(format!("thu-{post}.html"));
        std::fs::write(&path, crate::render::page(&merged, &image))?;
        files.push((path, ctx.say("một lá thư", "a mail")));
    }
    let sheet = rows
        .iter()
        .filter(|r| r.origin == "system/sheet" && r.state() == State::Sent)
        .min_by_key(|r| r.due_at);
    if let Some(r) = sheet
        && let Some(revision) = r.revision_id
        && let Some(rendition) = engine.store.rendition_get(revision, "station").await?
        && let Some(html) = &rendition.html
    {
        let unit = r.target_ref.split('/').next().unwrap_or("dai");
        let path = out.join(format!("phieu-{unit}.html"));
        std::fs::write(&path, html)?;
        files.push((
            path,
            ctx.say("phiếu phát thanh của một đài xã, phường", "a commune station's script sheet"),
        ));
    }
    let path = out.join("so-cai.csv");
    let mut csv = csv::Writer::from_path(&path).map_err(|e| Stop::unusable(e.to_string()))?;
    let row = |w: &mut csv::Writer<std::fs::File>, r: &[&str]| {
        w.write_record(r).map_err(|e| Stop::unusable(e.to_string()))
    };
    row(
        &mut csv,
        &["ma", "bai", "kenh", "noi_nhan", "den_han", "ket_qua", "ly_do", "so_lan", "bien_nhan", "sau_do"],
    )?;
    for r in rows {
        let due = plan::instant(r.due_at)
            .with_timezone(&engine.settings.time_zone)
            .format("%d/%m/%Y %H:%M")
            .to_string();
        let why = r.cause_code.as_deref().or(r.held_by.as_deref());
        let why = why.map(|w| words::reason(w, Lang::Vi)).unwrap_or_default();
        let to = if r.target_ref.starts_with("contact/") { "(người nhận)" } else { &r.target_ref };
        row(
            &mut csv,
            &[
                &format!("T-{}", code_letters(r.code)),
                &r.origin,
                &r.family,
                to,
                &due,
                r.state().vi(),
                &why,
                &r.opened.to_string(),
                r.receipt.as_deref().unwrap_or(""),
                r.afterwards.as_deref().map_or("", |w| screens::state_word(w, Lang::Vi)),
            ],
        )?;
    }
    csv.flush()?;
    files.push((path, ctx.say("toàn bộ sổ cái", "the whole ledger")));
    Ok(files)
}

/// The report of the quarter the rehearsal ends in: HTML to print, JSON for machines.
pub(super) async fn write_report(
    ctx: &Ctx,
    engine: &Engine,
    out: &Path,
) -> Result<Vec<(PathBuf, &'static str)>, Stop> {
    let settings = &engine.settings;
    let now = engine.clock.now();
    // The quarter of the middle of the rehearsal: most of what was sent lies in it.
    let day = (now - TimeDelta::days(15)).with_timezone(&settings.time_zone).date_naive();
    let Some(period) = Period::containing(Span::Quarter, day, settings.periods) else { return Ok(vec![]) };
    let name = engine
        .store
        .unit_name(settings.organisation.as_str())
        .await?
        .unwrap_or_else(|| settings.organisation.to_string());
    let report = crate::report::build(&engine.store, settings, &name, period, now).await?;
    let html = crate::report::to_html(&report, &engine.templates(), ctx.lang)
        .map_err(|f| Stop::attention(f.message(ctx.lang).to_owned()))?;
    let json = serde_json::to_string_pretty(&crate::report::to_json(&report))
        .map_err(|e| Stop::unusable(e.to_string()))?;
    let paths = [out.join(format!("bao-cao-{period}.html")), out.join(format!("bao-cao-{period}.json"))];
    std::fs::write(&paths[0], html)?;
    std::fs::write(&paths[1], json)?;
    let [a, b] = paths;
    Ok(vec![
        (a, ctx.say("báo cáo quý, in được", "the quarter's report, printable")),
        (b, ctx.say("báo cáo quý cho máy đọc", "the quarter's report for machines")),
    ])
}
