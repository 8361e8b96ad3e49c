//! What webmasters and stations answer: `loa done CODE --link URL` and `loa aired CODE --sessions N`.
//!
//! An answer is taken for what it is: a link is opened before it counts, a number of airings is a declaration and never more
//! than was asked for unless the person insists. Nothing is recorded unless all of it can be.

use chrono::{DateTime, Utc};

use super::link::{LinkCheck, check_link};
use crate::domain::airtime::Opening;
use crate::domain::delivery::{DeliveryId, State, code_range, sheet_digits};
use crate::domain::people::Actor;
use crate::domain::text::{Lang, number};
use crate::store::{AiringRow, EvidenceEffect, HandedRow, Store, StoreError};
use crate::transport::Pages;
use crate::transport::is_package;

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
    /// One number, and a sheet with several items of which it may mean any.
    #[error("the sheet has several items, asked for {asked:?}: say it of each")]
    AskEach {
        /// The sheet's digits.
        code: String,
        /// Airings asked for, item by item.
        asked: Vec<u32>,
    },
    /// As many numbers as the sheet has items are wanted.
    #[error("{given} numbers for {items} items")]
    OtherCount {
        /// Numbers given.
        given: usize,
        /// Items on the sheet.
        items: usize,
    },
    /// An item was not aired at all, and nobody said why.
    #[error("an item was not aired: say why")]
    NoReason,
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
            F::AskEach { code, asked } => {
                let list: Vec<String> = asked.iter().map(u32::to_string).collect();
                let each = list.join(",");
                (
                    format!(
                        "Phiếu {code} có {} bài (đề nghị {} buổi), một con số chưa rõ là của bài nào. Đã phát đủ: loa aired {code} --all --by TÊN. \
                         Thiếu thì ghi từng bài theo thứ tự trên phiếu: loa aired {code} --sessions {each} --by TÊN.",
                        asked.len(),
                        list.join(" và ")
                    ),
                    format!(
                        "Sheet {code} has {} items ({} airings asked for); one number may mean any of them. All aired: loa aired {code} --all --by NAME. \
                         Otherwise a number for each, in the sheet's order: loa aired {code} --sessions {each} --by NAME.",
                        asked.len(),
                        list.join(" and ")
                    ),
                )
            }
            F::OtherCount { given, items } => (
                format!("Có {given} con số, mà phiếu có {items} bài. Ghi đủ mỗi bài một số, theo thứ tự trên phiếu."),
                format!("{given} numbers for {items} items. Give one for each, in the sheet's order."),
            ),
            F::NoReason => (
                "Có bài không phát buổi nào: ghi vì sao, thêm --why LÝ-DO.".to_owned(),
                "An item was not aired at all: say why, add --why REASON.".to_owned(),
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
    if !(is_package(&row.kind) || at_site) || row.origin.starts_with("system/") {
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

/// What a station says of a sheet or of one of its items.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Airings {
    /// As many as were asked for, of every item.
    All,
    /// A number for each item in the sheet's order; one number for a sheet of one item, or for all of it.
    Each(Vec<u32>),
    /// Nothing at all.
    None,
}

/// A station says what it aired of a sheet (its digits), or of one item (the code of its row). Officers count sessions, the ledger
/// counts airings of items: one number for several items is taken only where it cannot mean anything but "all of it", and what
/// nobody spoke of is never written down. More than was asked for is taken only if `more` insists. `why`: why something was not
/// aired. A later answer replaces an earlier one in reports; both stay on record.
///
/// # Errors
/// [`AnswerFault`]; nothing is recorded then.
pub async fn aired(
    store: &Store,
    code: &str,
    said: &Airings,
    why: Option<&str>,
    more: bool,
    by: &str,
    now: DateTime<Utc>,
) -> Result<Aired, AnswerFault> {
    let actor = actor(by)?;
    let why = why.map(str::trim).filter(|w| !w.is_empty());
    let (sheet, only) = sheet_of(store, code).await?;
    let mut rows = store.sheet_rows(&sheet).await?;
    if let Some(id) = only {
        rows.retain(|r| r.delivery_id == id.0);
    }
    rows.retain(|r| r.state == SENT);
    let Some(first) = rows.first() else { return Err(AnswerFault::NotHandedOver(code.trim().to_owned())) };
    let unit = first.unit.clone();
    let begins = rows.iter().map(|r| r.planned_for).min().unwrap_or_default();
    let wanted: Vec<u32> = rows.iter().map(|r| u32::try_from(r.times).unwrap_or(0)).collect();
    let parts = parts(said, &wanted, sessions_of(&rows), &sheet)?;
    let declared: u32 = parts.iter().sum();
    // A reason belongs to what was not aired; what was not aired at all needs one.
    if parts.contains(&0) && why.is_none() {
        return Err(AnswerFault::NoReason);
    }
    if why.is_some() && parts.iter().zip(&wanted).all(|(p, w)| p >= w) {
        return Err(AnswerFault::Unclear);
    }
    if declared > 0 && now.timestamp_millis() < begins {
        return Err(AnswerFault::TooEarly(code.trim().to_owned()));
    }
    if !more && parts.iter().zip(&wanted).any(|(p, w)| p > w) {
        return Err(AnswerFault::TooMany { declared, wanted: wanted.iter().sum() });
    }
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

/// How many different sessions the sheet proposes, over all items; `None` where it is not known.
fn sessions_of(rows: &[AiringRow]) -> Option<u32> {
    let mut all = std::collections::BTreeSet::new();
    for r in rows {
        let places: Vec<Opening> = serde_json::from_str(&r.slots).ok()?;
        if places.is_empty() {
            return None;
        }
        all.extend(places.into_iter().map(|o| (o.day, o.session)));
    }
    u32::try_from(all.len()).ok()
}

/// Airings of each item. One number for several items is all of it, or it is asked again.
fn parts(said: &Airings, wanted: &[u32], sessions: Option<u32>, code: &str) -> Result<Vec<u32>, AnswerFault> {
    match said {
        Airings::None => Ok(vec![0; wanted.len()]),
        Airings::All => Ok(wanted.to_vec()),
        Airings::Each(n) if n.len() == wanted.len() => Ok(n.clone()),
        Airings::Each(n) => match n.as_slice() {
            [] => Err(AnswerFault::Unclear),
            [0] => Ok(vec![0; wanted.len()]),
            [one] if *one == wanted.iter().sum::<u32>() || Some(*one) == sessions => Ok(wanted.to_vec()),
            [_] => Err(AnswerFault::AskEach { code: code.to_owned(), asked: wanted.to_vec() }),
            more => Err(AnswerFault::OtherCount { given: more.len(), items: wanted.len() }),
        },
    }
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
    fn one_number_for_several_items_is_all_of_it_or_is_asked_again() {
        let of = |said: &[u32], wanted: &[u32], sessions| {
            parts(&Airings::Each(said.to_vec()), wanted, sessions, "887702")
        };
        assert_eq!(of(&[3], &[5], Some(5)).unwrap(), [3], "one item: its own number");
        assert_eq!(of(&[5], &[5, 3], Some(5)).unwrap(), [5, 3], "all five sessions of the grid");
        assert_eq!(of(&[8], &[5, 3], Some(5)).unwrap(), [5, 3], "all eight airings");
        assert!(matches!(of(&[5], &[5, 3], Some(8)), Err(AnswerFault::AskEach { .. })));
        assert!(matches!(of(&[4], &[5, 3], Some(5)), Err(AnswerFault::AskEach { .. })));
        assert_eq!(of(&[5, 2], &[5, 3], None).unwrap(), [5, 2]);
        assert!(matches!(of(&[5, 2, 1], &[5, 3], None), Err(AnswerFault::OtherCount { given: 3, items: 2 })));
        let f = of(&[4], &[5, 3], None).unwrap_err().message(Lang::Vi);
        assert!(f.contains("--sessions 5,3") && f.contains("--all"), "{f}");
    }

    proptest! {
        #[test]
        fn nothing_is_made_up(said in prop::collection::vec(0u32..9, 0..5), wanted in prop::collection::vec(1u32..9, 1..5)) {
            if let Ok(p) = parts(&Airings::Each(said.clone()), &wanted, None, "1") {
                prop_assert_eq!(p.len(), wanted.len());
                prop_assert!(p == said || p == wanted || said == [0]);
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
