//! What units answer, typed in by whoever took the call: `loa done CODE --link URL` and `loa aired CODE --sessions N`.

use clap::Args;
use serde_json::json;

use crate::cli::{Ctx, Done, Exit, Stop};
use crate::reach;
use crate::transport::Pages;

/// `loa done`
#[derive(Debug, Args)]
pub struct DoneArgs {
    /// Mã của gói bài · code of the package
    pub code: String,
    /// Đường dẫn tới bài đã đăng · the published article
    #[arg(long, value_name = "URL")]
    pub link: String,
    /// Ai báo; mặc định: người đang dùng máy · who says so; by default who is at the keyboard
    #[arg(long, value_name = "NAME")]
    pub by: Option<String>,
    /// Cho phép mở địa chỉ trong mạng nội bộ · may open a private address
    #[arg(long)]
    pub allow_private: bool,
}

/// `loa aired`
#[derive(Debug, Args)]
pub struct AiredArgs {
    /// Số trên phiếu, hoặc mã của một bài trong phiếu · digits of the sheet, or an item's code
    pub code: String,
    /// Số buổi đã phát; phiếu có nhiều bài thì mỗi bài một số: 5,3 · airings made, one number for each item
    #[arg(long, value_name = "N[,N…]", value_delimiter = ',', required_unless_present_any = ["none", "all"])]
    pub sessions: Vec<u32>,
    /// Đã phát đủ mọi bài như phiếu đề nghị · all of it, as the sheet asks
    #[arg(long, conflicts_with_all = ["sessions", "none"])]
    pub all: bool,
    /// Không phát · not aired
    #[arg(long, conflicts_with = "sessions", requires = "why")]
    pub none: bool,
    /// Vì sao không phát · why not
    #[arg(long, value_name = "TEXT")]
    pub why: Option<String>,
    /// Đài phát nhiều hơn đề nghị · more than was asked for, indeed
    #[arg(long)]
    pub more: bool,
    /// Ai báo · who says so
    #[arg(long, value_name = "NAME")]
    pub by: String,
}

fn fault(ctx: &Ctx, f: &reach::AnswerFault) -> Stop {
    let text = if let reach::AnswerFault::Store(e) = f {
        crate::cli::trouble::says(e, ctx.lang)
    } else {
        f.message(ctx.lang)
    };
    Stop::new(f.into(), ctx.pasteable(&text))
}

/// `loa done`
///
/// # Errors
/// The code is no package that was handed over; the database.
pub async fn done(ctx: &Ctx, a: DoneArgs) -> Done {
    let settings = ctx.settings(false)?;
    let store = ctx.store(&settings).await?;
    let pages = Pages::new(a.allow_private).map_err(|e| Stop::unusable(e.to_string()))?;
    let by = ctx.actor(a.by.as_deref()).name;
    let d = reach::done(&store, &pages, &a.code, &a.link, &by, ctx.now(), settings.language)
        .await
        .map_err(|f| fault(ctx, &f))?;
    let good = d.check.ok();
    if ctx.json {
        println!(
            "{}",
            json!({
                "code": d.code, "title": d.title, "unit": d.unit_name, "url": d.check.url, "ok": good,
                "status": d.check.http_status, "says": d.check.sentence(ctx.lang), "means": d.sentence(ctx.lang),
            })
        );
    } else {
        println!("{} · {} · {}", d.code, d.unit_name, d.title);
        println!("{}", d.check.sentence(ctx.lang));
        println!("{}", d.sentence(ctx.lang));
    }
    Ok(Exit::attention_if(!good))
}

/// `loa aired`
///
/// # Errors
/// The code is no sheet that was handed over; the database.
pub async fn aired(ctx: &Ctx, a: AiredArgs) -> Done {
    let settings = ctx.settings(false)?;
    let store = ctx.store(&settings).await?;
    let said = match (a.none, a.all) {
        (true, _) => reach::Airings::None,
        (_, true) => reach::Airings::All,
        (false, false) => reach::Airings::Each(a.sessions.clone()),
    };
    let r = reach::aired(&store, &a.code, &said, a.why.as_deref(), a.more, &a.by, ctx.now())
        .await
        .map_err(|f| fault(ctx, &f))?;
    let (wanted, declared) = r.sums();
    if ctx.json {
        let rows: Vec<_> = r
            .rows
            .iter()
            .map(|x| json!({ "title": x.title, "wanted": x.wanted, "declared": x.declared }))
            .collect();
        println!(
            "{}",
            json!({ "sheet": r.code, "unit": r.unit, "wanted": wanted, "declared": declared, "why": r.why, "rows": rows })
        );
    } else {
        println!("{}", r.sentence(ctx.lang));
        for x in &r.rows {
            println!("  {}/{}  {}", x.declared, x.wanted, x.title);
        }
    }
    Ok(Exit::Good)
}
