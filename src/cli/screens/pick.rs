//! What people type for a post, a delivery, a sheet or a group of equal results, and what it means in the ledger.

use sha2::{Digest as _, Sha256};

use super::show::{Show, form_word, post_word, who};
use crate::cli::{Ctx, Stop};
use crate::config::Settings;
use crate::domain::delivery;
use crate::domain::text;
use crate::store::{DeliveryRow, GroupKey, GroupRow, LogFilter, Store};

/// How long a code of a group can be typed after its last change, days.
pub const GROUP_DAYS: i64 = 35;
/// So many equal results are folded into one line.
pub const FOLD_FROM: i64 = 4;
/// Letters of codes, as for deliveries.
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The eight letters of a group's code. They depend on nothing but the group: the same on every machine, in every window.
pub fn group_letters(key: &GroupKey) -> String {
    let mut h = Sha256::new();
    for part in [
        key.account.as_str(),
        &key.state.to_string(),
        &key.paused.to_string(),
        &key.retry.to_string(),
        &key.cause,
        &key.afterwards,
        &key.origin,
        &key.family,
        &key.kind,
        &key.day.to_string(),
    ] {
        h.update(part.as_bytes());
        h.update([0]);
    }
    h.finalize().iter().take(8).map(|b| char::from(LETTERS[usize::from(b & 31)])).collect()
}

/// The shortest code, at least four letters, that tells a group from the others.
pub fn group_code(letters: &str, others: &[String]) -> String {
    let n = (4..8).find(|&n| !others.iter().any(|o| o != letters && o[..n] == letters[..n])).unwrap_or(8);
    format!("G-{}", &letters[..n])
}

/// Reads a code as people say it: O is 0, I and L are 1.
fn spelled(typed: &str) -> String {
    typed
        .chars()
        .map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            c => c,
        })
        .collect()
}

/// What a code means.
#[derive(Clone, Debug)]
pub enum Found {
    /// One delivery; for the digits of a sheet the one that carries it.
    One(Box<DeliveryRow>),
    /// Equal results.
    Group(GroupKey),
}

/// Finds what a code means.
///
/// # Errors
/// It means nothing, or several things: they are listed.
pub async fn code(ctx: &Ctx, settings: &Settings, store: &Store, typed: &str) -> Result<Found, Stop> {
    let l = ctx.lang;
    let upper = typed.trim().to_ascii_uppercase();
    let show = Show::new(l, settings, ctx.now());
    if let Some(letters) = upper.strip_prefix("G-") {
        let letters = spelled(letters);
        let filter = LogFilter {
            from: Some(show.start_of(show.today()) - GROUP_DAYS * super::show::DAY_MS),
            system: true,
            ..LogFilter::default()
        };
        let groups = store.log_groups(&filter, show.offset()).await?;
        let mut hits: Vec<(GroupRow, GroupKey)> = groups
            .into_iter()
            .map(|g| {
                let k = g.key(show.offset());
                (g, k)
            })
            .filter(|(_, k)| letters.len() >= 4 && group_letters(k).starts_with(&letters))
            .collect();
        return match (hits.pop(), hits.len()) {
            (Some((_, k)), 0) => Ok(Found::Group(k)),
            (None, _) => Err(no_group(ctx, typed)),
            (Some(last), _) => {
                hits.push(last);
                let list: Vec<String> = hits
                    .iter()
                    .map(|(g, k)| {
                        format!("  G-{}  {}  {}", group_letters(k), post_word(&g.origin), show.n(g.n))
                    })
                    .collect();
                let list = list.join("\n");
                Err(Stop::no_such(say!(
                    l,
                    "{typed}: nhiều nhóm bắt đầu như vậy, gõ thêm chữ:\n{list}",
                    "{typed}: several groups begin so; type more letters:\n{list}"
                )))
            }
        };
    }
    if let Some(digits) = delivery::sheet_digits(typed)
        && let Some(sheet) = store.sheet_get(&digits).await?
        && let Some(row) = store.delivery_get(delivery::DeliveryId(sheet.delivery_id)).await?
    {
        return Ok(Found::One(Box::new(row)));
    }
    let log = ctx.hint(&["log"]);
    let Some(range) = delivery::code_range(&upper) else {
        return Err(Stop::no_such(say!(
            l,
            "{typed}: không phải mã. Mã có dạng T-4K7Q (một lượt), G-81AC (một nhóm) hoặc số của một phiếu. Xem:   {log}",
            "{typed} is no code. Codes look like T-4K7Q (one delivery), G-81AC (a group) or the digits of a sheet. See:   {log}"
        )));
    };
    let mut rows = store.delivery_by_code(range).await?;
    match (rows.pop(), rows.len()) {
        (Some(row), 0) => Ok(Found::One(Box::new(row))),
        (None, _) => Err(Stop::no_such(say!(
            l,
            "{typed}: không có lượt gửi nào mang mã này. Xem:   {log}",
            "{typed}: no delivery has this code. See:   {log}"
        ))),
        (Some(last), _) => {
            rows.push(last);
            let mut list = Vec::new();
            for r in &rows {
                let code = store.code_short(r.code).await?;
                let form = form_word(&r.family, &r.kind, &r.origin, l);
                list.push(format!(
                    "  {code}  {}  {form} · {}",
                    post_word(&r.origin),
                    who(r, store, false, l)
                ));
            }
            let list = list.join("\n");
            Err(Stop::no_such(say!(
                l,
                "{typed}: nhiều lượt bắt đầu như vậy, gõ thêm chữ:\n{list}",
                "{typed}: several deliveries begin so; type more letters:\n{list}"
            )))
        }
    }
}

/// A group's code that leads nowhere.
pub fn no_group(ctx: &Ctx, typed: &str) -> Stop {
    let log = ctx.hint(&["log", "--problems"]);
    Stop::no_such(say!(
        ctx.lang,
        "{typed}: không còn nhóm này (kết quả đã đổi, hoặc quá {GROUP_DAYS} ngày). Xem lại:   {log}",
        "{typed}: there is no such group any more (its results changed, or {GROUP_DAYS} days passed). See:   {log}"
    ))
}

/// An account of `loa.yaml`, or one that the ledger remembers.
///
/// # Errors
/// There is none of that name.
pub async fn account(ctx: &Ctx, settings: &Settings, store: &Store, typed: &str) -> Result<(), Stop> {
    let named: Vec<&str> = settings.accounts.keys().map(|a| a.as_str()).collect();
    if named.contains(&typed) || store.account_known(typed).await? {
        return Ok(());
    }
    Err(no_account(ctx, &named, typed))
}

/// An account's name that leads nowhere.
pub fn no_account(ctx: &Ctx, named: &[&str], typed: &str) -> Stop {
    let near = crate::yaml::closest(typed, named.iter().copied())
        .map(|n| say!(ctx.lang, " Có phải: {n}?", " Did you mean {n}?"))
        .unwrap_or_default();
    let all = named.join(", ");
    Stop::no_such(say!(
        ctx.lang,
        "{typed}: loa.yaml không có tài khoản này.{near} Có: {all}",
        "{typed} is no account of loa.yaml.{near} There are: {all}"
    ))
}

/// A unit that the ledger knows.
///
/// # Errors
/// There is none of that name.
pub async fn unit(ctx: &Ctx, store: &Store, typed: &str) -> Result<(), Stop> {
    if store.unit_name(typed).await?.is_some() {
        return Ok(());
    }
    let list = ctx.hint(&["unit", "list"]);
    Err(Stop::no_such(say!(
        ctx.lang,
        "{typed}: sổ cái không có đơn vị nào mã này. Xem các mã:   {list}",
        "{typed}: the ledger knows no unit of that id. See the ids:   {list}"
    )))
}

/// A list that the ledger knows.
///
/// # Errors
/// There is none of that name.
pub async fn list(ctx: &Ctx, store: &Store, typed: &str) -> Result<(), Stop> {
    if store.list_title(typed).await?.is_some() {
        return Ok(());
    }
    let all: Vec<String> = store.list_all().await?.into_iter().map(|l| l.id).collect();
    let near = crate::yaml::closest(typed, all.iter().map(String::as_str))
        .map(|n| say!(ctx.lang, " Có phải: {n}?", " Did you mean {n}?"))
        .unwrap_or_default();
    Err(Stop::no_such(say!(
        ctx.lang,
        "{typed}: sổ cái không có danh sách nào tên này.{near}",
        "{typed}: the ledger knows no list of that name.{near}"
    )))
}

/// All rows of a filter, page by page.
///
/// # Errors
/// The database's.
pub async fn all(store: &Store, filter: LogFilter) -> Result<Vec<DeliveryRow>, Stop> {
    let mut filter = LogFilter { limit: 1000, after: None, newer_than: None, ..filter };
    let mut out = Vec::new();
    loop {
        let page = store.log_page(&filter).await?;
        out.extend(page.rows);
        match page.next {
            Some(next) => filter.after = Some(next),
            None => return Ok(out),
        }
    }
}

/// The rows that codes mean, each once, in the order typed.
///
/// # Errors
/// As [`code`].
pub async fn rows(
    ctx: &Ctx,
    settings: &Settings,
    store: &Store,
    codes: &[String],
) -> Result<Vec<DeliveryRow>, Stop> {
    let mut out: Vec<DeliveryRow> = Vec::new();
    for c in codes {
        let found = match code(ctx, settings, store, c).await? {
            Found::One(row) => vec![*row],
            Found::Group(key) => {
                all(store, LogFilter { group: Some(key), system: true, ..LogFilter::default() }).await?
            }
        };
        for r in found {
            if !out.iter().any(|x| x.id == r.id) {
                out.push(r);
            }
        }
    }
    Ok(out)
}

/// The post or campaign that somebody means: `ten-mien-vn`, `ten-mien-vn/2026-11-30-ho-kinh-doanh`, its folder's name alone,
/// or that without its date.
///
/// # Errors
/// Nothing is called so, or several posts are.
pub async fn origin(ctx: &Ctx, store: &Store, typed: &str) -> Result<String, Stop> {
    let l = ctx.lang;
    let posts: Vec<String> = store.post_all().await?.into_iter().map(|p| p.origin).collect();
    let campaign = |o: &str| o.split('/').next().unwrap_or_default().to_owned();
    if posts.iter().any(|o| o == typed || campaign(o) == typed) {
        return Ok(typed.to_owned());
    }
    let mut hits: Vec<&String> = posts
        .iter()
        .filter(|o| {
            let post = o.rsplit('/').next().unwrap_or_default();
            let typed_post = typed.rsplit('/').next().unwrap_or_default();
            (!typed.contains('/') || campaign(o) == campaign(typed))
                && (post == typed_post || post_word(o) == typed_post)
        })
        .collect();
    match (hits.pop(), hits.len()) {
        (Some(one), 0) => Ok(one.clone()),
        (Some(last), _) => {
            hits.push(last);
            let list: Vec<String> = hits.iter().map(|o| format!("  {o}")).collect();
            let list = list.join("\n");
            Err(Stop::no_such(say!(
                l,
                "{typed}: nhiều bài mang tên này, ghi đủ:\n{list}",
                "{typed}: several posts are called so; write it in full:\n{list}"
            )))
        }
        (None, _) => {
            let folded = text::fold(typed);
            let near = posts
                .iter()
                .map(|o| {
                    (strsim::jaro_winkler(&folded, post_word(o)).max(strsim::jaro_winkler(&folded, o)), o)
                })
                .max_by(|a, b| a.0.total_cmp(&b.0))
                .filter(|(score, _)| *score > 0.8)
                .map(|(_, o)| say!(l, " Có phải: {o}?", " Did you mean {o}?"))
                .unwrap_or_default();
            let plan = ctx.hint(&["plan"]);
            Err(Stop::no_such(say!(
                l,
                "{typed}: sổ cái không có bài hay chiến dịch nào tên này.{near} Xem:   {plan}",
                "{typed}: the ledger knows no post or campaign of that name.{near} See:   {plan}"
            )))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(cause: &str) -> GroupKey {
        GroupKey {
            account: "a".into(),
            state: 8,
            paused: 0,
            retry: 0,
            cause: cause.into(),
            afterwards: String::new(),
            origin: "c/p".into(),
            family: "email".into(),
            kind: "email".into(),
            day: 20_000,
            offset: 0,
        }
    }

    #[test]
    fn a_groups_code_is_its_own_and_grows_until_it_is_unique() {
        let a = group_letters(&key("x"));
        assert_eq!(a, group_letters(&key("x")));
        assert_ne!(a, group_letters(&key("y")));
        assert_eq!(group_code("ABCDEFGH", &["ABCDEFGH".into()]), "G-ABCD");
        assert_eq!(group_code("ABCDEFGH", &["ABCDEXXX".into(), "ABCDEFGH".into()]), "G-ABCDEF");
        assert_eq!(spelled("g-oil4"), "G-0114");
    }
}
