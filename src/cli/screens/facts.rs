//! Which facts and assets keep a post back, said the same way by every screen.

use super::show::Show;
use crate::cli::{Ctx, Stop};
use crate::config::Settings;
use crate::domain::fact::Stale;
use crate::domain::stated::Stated;
use crate::domain::text;
use crate::store::{Store, said};

/// A fact that keeps a post back: what is wrong with it, and what may help.
pub type StaleFact = (String, Way);

/// What may help, beside dropping the sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// It is checked again: the command.
    Verify(String),
    /// Its dates are put right, if a new document says so: a check makes nothing valid for longer.
    Mend,
    /// Its new words are applied and approved.
    Apply,
}

async fn stated(store: &Store, revision: i64) -> Result<Stated, Stop> {
    Ok(Stated::of(&store.revision_get(revision).await?.map(|r| r.manifest).unwrap_or_default()))
}

/// The assets of a revision that are not, in the kit as last read, what was approved.
///
/// # Errors
/// The database's.
pub async fn changed_assets(store: &Store, revision: i64) -> Result<Vec<String>, Stop> {
    let kit = store.asset_rows().await?;
    let shown = stated(store, revision).await?.assets;
    Ok(shown.into_iter().filter(|(id, hash)| kit.get(id) != Some(hash)).map(|(id, _)| id).collect())
}

/// The facts of a revision that are not true on the day it is due (today, if that has passed), or that the register puts into
/// other words by now: each with its basis and who checked it, and what may help (a new check by `by`, …). `person`
/// gives the name of an id.
///
/// # Errors
/// The database's.
pub async fn stale_facts(
    ctx: &Ctx,
    (settings, store): (&Settings, &Store),
    show: &Show,
    person: &(dyn Fn(&str) -> String + Sync),
    (revision, due): (i64, i64),
    by: &str,
) -> Result<Vec<StaleFact>, Stop> {
    let l = ctx.lang;
    let rows = store.fact_rows().await?;
    let day = show.day_of(due.max(crate::plan::ms(show.now)));
    let mut out = Vec::new();
    for (id, words) in stated(store, revision).await?.facts {
        let mut way = Way::Verify(ctx.hint(&["fact", "verify", &id, "--by", by]));
        let why = match rows.iter().find(|r| r.id == id) {
            None => {
                way = Way::Mend;
                l.pick("không còn trong sổ", "gone from the register").to_owned()
            }
            Some(r) => {
                let fact = r.fact();
                match fact.valid_on(day, settings.fact_max_age_days) {
                    Ok(()) if r.says == said(&words) => continue,
                    Ok(()) => {
                        way = Way::Apply;
                        l.pick(
                            "lời văn đã sửa sau khi duyệt: ghi lịch, duyệt lại",
                            "its words were changed since the approval: apply, approve again",
                        )
                        .to_owned()
                    }
                    Err(Stale::Expired(d)) => {
                        let d = text::date(d);
                        way = Way::Mend;
                        say!(l, "hết hiệu lực {d}", "ended {d}")
                    }
                    Err(Stale::NotYet(d)) => {
                        let d = text::date(d);
                        way = Way::Mend;
                        say!(l, "từ {d} mới có", "begins {d}")
                    }
                    Err(Stale::CheckTooOld(d)) => {
                        let d = text::date(d);
                        say!(l, "kiểm tra lần cuối {d}", "last checked {d}")
                    }
                    Err(Stale::NeverChecked) => l.pick("chưa ai kiểm tra", "never checked").to_owned(),
                }
            }
        };
        let row = rows.iter().find(|r| r.id == id);
        let basis = row.and_then(|r| r.basis.as_deref()).map(|b| say!(l, "; căn cứ: {b}", "; basis: {b}"));
        let who = row.and_then(|r| Some((person(r.checked_by.as_deref()?), r.fact().checked?)));
        let who = who.map(|(p, d)| {
            let d = text::date(d);
            say!(l, "; {p} kiểm tra {d}", "; checked by {p} on {d}")
        });
        out.push((format!("{id} ({why}{}{})", basis.unwrap_or_default(), who.unwrap_or_default()), way));
    }
    Ok(out)
}
