//! What webmasters and stations answer: `loa done CODE --link URL` and `loa aired CODE --sessions N`.
//!
//! An answer is taken for what it is: a link is opened before it counts, a number of airings is a declaration and never more
//! than was asked for unless the person insists. Nothing is recorded unless all of it can be.

use chrono::{DateTime, Utc};

use super::link::{LinkCheck, check_link};
use crate::domain::delivery::{DeliveryId, State, code_range, sheet_digits};
use crate::domain::people::Actor;
use crate::domain::text::{Lang, number};
use crate::store::{AiringRow, EvidenceEffect, HandedRow, Store, StoreError};
use crate::transport::Pages;

/// Why an answer was not taken; nothing was recorded.
#[derive(Debug, thiserror::Error)]
pub enum AnswerFault {
    /// No row and no sheet has this code.
    #[error("no delivery or sheet has the code {0}")]
    NoSuchCode(String),
    /// More letters are needed.
    #[error("the code {0} may mean several deliveries: {1:?}")]
    ManyCodes(String, Vec<String>),
    /// Nobody answers to this row with a link.
    #[error("{0} is no package that a link answers to")]
    NotAPackage(String),
    /// A sheet is answered with airings, not with a link.
    #[error("{0} is a sheet, which a link does not answer to")]
    IsASheet(String),
    /// Nobody answers to this row with airings.
    #[error("{0} is no sheet and no station's row")]
    NotAStation(String),
    /// It has not left yet.
    #[error("{0} was not handed over yet")]
    NotHandedOver(String),
    /// The week has not begun.
    #[error("the airing window of {0} has not begun")]
    TooEarly(String),
    /// More airings than were asked for.
    #[error("{declared} airings declared, {wanted} asked for")]
    TooMany {
        /// Declared.
        declared: u32,
        /// Asked for.
        wanted: u32,
    },
    /// Neither airings nor a reason, or both.
    #[error("say either how many airings, or none and why")]
    Unclear,
    /// Who says so?
    #[error("an answer needs the name of who gives it")]
    Nobody,
    /// The database's.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AnswerFault {
    /// What is wrong and what to type, for screens.
    pub fn message(&self, lang: Lang) -> String {
        use AnswerFault as F;
        let (vi, en) = match self {
            F::NoSuchCode(c) => (
                format!("Không có lượt gửi hay phiếu nào mang mã {c}. Xem lại mã in trên gói bài hoặc trên phiếu."),
                format!("No delivery or sheet has the code {c}. See the code printed on the package or sheet."),
            ),
            F::ManyCodes(c, all) => (
                format!("Mã {c} còn ngắn, có thể là: {}. Gõ thêm một, hai chữ.", all.join(", ")),
                format!("The code {c} is too short, it may be: {}. Type one or two letters more.", all.join(", ")),
            ),
            F::NotAPackage(c) => (
                format!("{c} không phải gói bài hay bài chờ đăng, nên không có gì cần trả link. Xem: loa log {c}"),
                format!("{c} is no package and no article that waits to be published; no link answers to it. See: loa log {c}"),
            ),
            F::IsASheet(c) => (
                format!("{c} là phiếu phát thanh, không trả bằng link. Báo đã phát: loa aired {c} --sessions SỐ --by TÊN"),
                format!("{c} is a sheet of a station; no link answers to it. Say what was aired: loa aired {c} --sessions N --by NAME"),
            ),
            F::NotAStation(c) => (
                format!("{c} không phải phiếu phát thanh. Gói bài thì dùng: loa done {c} --link ĐỊA-CHỈ --by TÊN"),
                format!("{c} is no sheet of a station. For a package: loa done {c} --link URL --by NAME"),
            ),
            F::NotHandedOver(c) => (
                format!("{c} chưa đến nơi nhận, nên chưa có gì để xác nhận. Xem: loa log {c}"),
                format!("{c} has not reached its receiver yet, so there is nothing to confirm. See: loa log {c}"),
            ),
            F::TooEarly(c) => (
                format!("Tuần phát của {c} chưa bắt đầu, chưa thể báo đã phát. Nếu đài không phát: loa aired {c} --none --why LÝ-DO --by TÊN"),
                format!("The week of {c} has not begun; nothing can have been aired. If it will not be: loa aired {c} --none --why REASON --by NAME"),
            ),
            F::TooMany { declared, wanted } => (
                format!(
                    "Khai {} buổi, nhưng phiếu chỉ đề nghị {} buổi. Gõ lại số buổi; nếu đài phát thêm thật, thêm --more.",
                    number(i64::from(*declared), lang),
                    number(i64::from(*wanted), lang)
                ),
                format!(
                    "{} airings declared, but the sheet asks for {}. Type the number again; if more were aired indeed, add --more.",
                    number(i64::from(*declared), lang),
                    number(i64::from(*wanted), lang)
                ),
            ),
            F::Unclear => (
                "Ghi một trong hai: --sessions SỐ (đã phát mấy buổi) hoặc --none --why LÝ-DO (không phát, vì sao).".to_owned(),
                "Say one of the two: --sessions N (how many were aired) or --none --why REASON (not aired, and why).".to_owned(),
            ),
            F::Nobody => (
                "Cần tên người trả lời: thêm --by TÊN.".to_owned(),
                "Who says so? Add --by NAME.".to_owned(),
            ),
            F::Store(e) => {
                (format!("Sổ cái không ghi được: {e}. Chưa có gì được ghi."), format!("The ledger said: {e}. Nothing was recorded."))
            }
        };
        match lang {
            Lang::Vi => vi,
            Lang::En => en,
        }
    }
}

/// A link that was taken down as evidence (good or not: [`LinkCheck::ok`]).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    /// The package.
    pub id: DeliveryId,
    /// Its shortest code.
    pub code: String,
    /// Title of what was handed over.
    pub title: String,
    /// The unit's name.
    pub unit_name: String,
    /// What was seen.
    pub check: LinkCheck,
    /// What follows for the package.
    pub effect: EvidenceEffect,
}

impl Done {
    /// What follows for the package, in words.
    pub fn sentence(&self, lang: Lang) -> String {
        let (vi, en) = match &self.effect {
            EvidenceEffect::Settled => ("Đã ghi minh chứng.".to_owned(), "Recorded as evidence.".to_owned()),
            EvidenceEffect::Open => (
                "Đường dẫn đã ghi lại nhưng gói bài vẫn mở, chờ đường dẫn đúng.".to_owned(),
                "The link is kept as seen; the package stays open until a good one comes.".to_owned(),
            ),
            EvidenceEffect::Stays(url) => (
                format!("Gói bài vẫn ghi là đã đăng, vì trước đây Loa đã thấy bài ở {url}. Lần xem này chỉ ghi lại."),
                format!("The package stays published: the article was seen before at {url}. This look is kept beside it."),
            ),
            EvidenceEffect::Gone => (
                "Trước đây Loa đã thấy bài ở đường dẫn này, nay không còn: đã ghi là bị gỡ, gói bài mở lại, chờ đường dẫn mới."
                    .to_owned(),
                "The article was seen under this link before and is gone: recorded as taken down; the package is open again and waits for a link."
                    .to_owned(),
            ),
        };
        match lang {
            Lang::Vi => vi,
            Lang::En => en,
        }
    }
}

/// A webmaster returned a link: it is opened, compared and recorded. If the article is there, the package is settled; if not, the
/// link is kept as seen and the package stays what it was, open or published; but where the article was seen under the same link
/// before and the site shows that it is gone, the package is open again.
///
/// It answers to packages, to drafts in the hands of a site's people, and to posts that a site kept back instead of publishing.
///
/// `lang`: the office's language, in which the note is kept.
///
/// # Errors
/// [`AnswerFault`]; nothing is recorded then.
pub async fn done(
    store: &Store,
    pages: &Pages,
    code: &str,
    link: &str,
    by: &str,
    now: DateTime<Utc>,
    lang: Lang,
) -> Result<Done, AnswerFault> {
    let actor = actor(by)?;
    if let Some(digits) = sheet_digits(code)
        && store.sheet_get(&digits).await?.is_some()
    {
        return Err(AnswerFault::IsASheet(digits));
    }
    let row = by_code(store, code).await?;
    let short = store.code_short(row.code).await?;
    if row.family == "station" {
        return Err(AnswerFault::IsASheet(row.sheet.unwrap_or(short)));
    }
    // A site that publishes by itself is asked for no link, unless it kept the post back.
    let at_site = row.family == "website"
        && (row.mode.as_deref() == Some("draft") || row.pending == 1 || row.afterwards.is_some());
    if !(row.kind == "hand-over" || at_site) || row.origin.starts_with("system/") {
        return Err(AnswerFault::NotAPackage(short));
    }
    if row.state() != State::Sent {
        return Err(AnswerFault::NotHandedOver(short));
    }
    // What was handed over is the frozen rendition: its title (an override may have its own) and its pictures, in whatever place:
    // editors get them as files.
    let rendition = store.rendition_get(row.revision_id, &row.kind).await?;
    let title = rendition.as_ref().map_or_else(|| row.title.clone(), |r| r.title.clone());
    let want_image = rendition.iter().flat_map(|r| &r.attachments).any(|a| a.mime.starts_with("image/"));
    let check = check_link(pages, link, &title, want_image, row.site.as_deref()).await;
    let id = DeliveryId(row.id);
    let seen = check.evidence(lang);
    let effect = store.evidence_add(id, row.planned_for, &seen, &actor, now.timestamp_millis()).await?;
    Ok(Done { id, code: short, title, unit_name: row.unit_name, check, effect })
}

/// What was declared about one item of a sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AiredRow {
    /// Its post's title.
    pub title: String,
    /// Airings asked for.
    pub wanted: u32,
    /// Airings declared.
    pub declared: u32,
}

/// A declaration that was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aired {
    /// The sheet's digits.
    pub code: String,
    /// The station's unit.
    pub unit: String,
    /// Its items in the sheet's order.
    pub rows: Vec<AiredRow>,
    /// Why nothing was aired, where that was said.
    pub why: Option<String>,
}

impl Aired {
    /// Airings asked for and declared.
    pub fn sums(&self) -> (u32, u32) {
        (self.rows.iter().map(|r| r.wanted).sum(), self.rows.iter().map(|r| r.declared).sum())
    }

    /// The answer to who declared.
    pub fn sentence(&self, lang: Lang) -> String {
        let (wanted, declared) = self.sums();
        let n = |n: u32| number(i64::from(n), lang);
        match (lang, declared) {
            (Lang::Vi, 0) => format!("Đã ghi: phiếu {} không phát. Có thể khai lại nếu ghi nhầm.", self.code),
            (Lang::En, 0) => {
                format!("Recorded: nothing of sheet {} was aired. Declare again to correct it.", self.code)
            }
            (Lang::Vi, _) => format!(
                "Đã nhận: {}/{} buổi của phiếu {}. Có thể khai lại nếu ghi nhầm.",
                n(declared),
                n(wanted),
                self.code
            ),
            (Lang::En, _) => {
                format!(
                    "Recorded: {}/{} airings of sheet {}. Declare again to correct it.",
                    n(declared),
                    n(wanted),
                    self.code
                )
            }
        }
    }
}

/// A station says what it aired of a sheet (its digits), or of one item (the code of its row). `sessions` are shared over the items in
/// the sheet's order, each up to what was asked for; what is over that goes to the first item, and only if `more` insists.
/// `none_why`: nothing was aired, and why. A later answer replaces an earlier one in reports; both stay on record.
///
/// # Errors
/// [`AnswerFault`]; nothing is recorded then.
pub async fn aired(
    store: &Store,
    code: &str,
    sessions: Option<u32>,
    none_why: Option<&str>,
    more: bool,
    by: &str,
    now: DateTime<Utc>,
) -> Result<Aired, AnswerFault> {
    let actor = actor(by)?;
    let why = none_why.map(str::trim).filter(|w| !w.is_empty());
    let declared = match (sessions, why) {
        (Some(n), None) if n > 0 => n,
        (None | Some(0), Some(_)) => 0,
        (Some(_), Some(_)) | (Some(_) | None, None) => return Err(AnswerFault::Unclear),
    };
    let (sheet, only) = sheet_of(store, code).await?;
    let mut rows = store.sheet_rows(&sheet).await?;
    if let Some(id) = only {
        rows.retain(|r| r.delivery_id == id.0);
    }
    rows.retain(|r| r.state == SENT);
    let Some(first) = rows.first() else { return Err(AnswerFault::NotHandedOver(code.trim().to_owned())) };
    let unit = first.unit.clone();
    let begins = rows.iter().map(|r| r.planned_for).min().unwrap_or_default();
    if declared > 0 && now.timestamp_millis() < begins {
        return Err(AnswerFault::TooEarly(code.trim().to_owned()));
    }
    let wanted: Vec<u32> = rows.iter().map(|r| u32::try_from(r.times).unwrap_or(0)).collect();
    let parts = share(declared, &wanted, more)
        .ok_or_else(|| AnswerFault::TooMany { declared, wanted: wanted.iter().sum() })?;
    let answers: Vec<(&AiringRow, i64)> = rows.iter().zip(&parts).map(|(r, n)| (r, i64::from(*n))).collect();
    store.airings_add(&answers, why, &actor, now.timestamp_millis()).await?;
    let rows = rows
        .iter()
        .zip(wanted.iter().zip(&parts))
        .map(|(r, (wanted, declared))| AiredRow {
            title: r.title.clone(),
            wanted: *wanted,
            declared: *declared,
        })
        .collect();
    Ok(Aired { code: sheet, unit, rows, why: why.map(str::to_owned) })
}

/// The number of [`State::Sent`] in [`AiringRow::state`].
const SENT: i16 = 4;

/// Shares a number over items in order, each up to its own; `None` if it is more than all of them together and `more` does not
/// say that it is meant.
fn share(total: u32, wanted: &[u32], more: bool) -> Option<Vec<u32>> {
    let mut left = total;
    let mut out: Vec<u32> = wanted
        .iter()
        .map(|w| {
            let part = left.min(*w);
            left -= part;
            part
        })
        .collect();
    if left > 0 {
        *out.first_mut().filter(|_| more)? += left;
    }
    Some(out)
}

fn actor(by: &str) -> Result<Actor, AnswerFault> {
    let by = crate::domain::text::clean_line(by);
    if by.is_empty() { Err(AnswerFault::Nobody) } else { Ok(Actor::attested(by)) }
}

/// The sheet of a code and, if the code is of one row of it, that row.
async fn sheet_of(store: &Store, code: &str) -> Result<(String, Option<DeliveryId>), AnswerFault> {
    let typed = code.trim();
    if let Some(digits) = sheet_digits(typed)
        && store.sheet_get(&digits).await?.is_some()
    {
        return Ok((digits, None));
    }
    let row = by_code(store, typed).await?;
    let short = store.code_short(row.code).await?;
    if row.family != "station" {
        return Err(AnswerFault::NotAStation(short));
    }
    let Some(sheet) = row.sheet else { return Err(AnswerFault::NotHandedOver(short)) };
    Ok((sheet, (!row.origin.starts_with("system/")).then_some(DeliveryId(row.id))))
}

/// The one row that a code, or the beginning of one, means.
async fn by_code(store: &Store, code: &str) -> Result<HandedRow, AnswerFault> {
    let typed = code.trim().to_owned();
    let Some(range) = code_range(&typed) else { return Err(AnswerFault::NoSuchCode(typed)) };
    let rows = store.delivery_by_code(range).await?;
    match rows.as_slice() {
        [] => Err(AnswerFault::NoSuchCode(typed)),
        [one] => {
            // A person's row has no channel, and nobody answers to it.
            store.handed_get(one.id()).await?.ok_or(AnswerFault::NotAPackage(typed))
        }
        many => {
            let mut codes = Vec::with_capacity(many.len());
            for r in many {
                codes.push(store.code_short(r.code).await?);
            }
            Err(AnswerFault::ManyCodes(typed, codes))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn airings_are_shared_in_order() {
        assert_eq!(share(7, &[5, 5], false), Some(vec![5, 2]));
        assert_eq!(share(10, &[5, 5], false), Some(vec![5, 5]));
        assert_eq!(share(0, &[5, 5], false), Some(vec![0, 0]));
        assert_eq!(share(11, &[5, 5], false), None);
        assert_eq!(share(12, &[5, 5], true), Some(vec![7, 5]));
        assert_eq!(share(1, &[], true), None);
    }

    proptest! {
        #[test]
        fn nothing_is_lost_or_made_up(total in 0u32..200, wanted in prop::collection::vec(0u32..20, 0..8), more: bool) {
            let sum: u32 = wanted.iter().sum();
            match share(total, &wanted, more) {
                Some(parts) => {
                    prop_assert_eq!(parts.iter().sum::<u32>(), total);
                    prop_assert!(more || parts.iter().zip(&wanted).all(|(p, w)| p <= w));
                }
                None => prop_assert!(total > sum && (!more || wanted.is_empty())),
            }
        }

        #[test]
        fn faults_say_what_to_do(n: u32, code in "[A-Z0-9-]{1,8}") {
            for f in [
                AnswerFault::NoSuchCode(code.clone()),
                AnswerFault::TooMany { declared: n, wanted: 1 },
                AnswerFault::Unclear,
                AnswerFault::Nobody,
            ] {
                prop_assert!(f.message(Lang::Vi).ends_with('.') && f.message(Lang::En).ends_with('.'));
            }
        }
    }
}
