//! The last day that a package names. All units of a kind get one package, so that it can name one day only.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::Desired;
use crate::domain::campaign::{Campaign, Post};
use crate::domain::id::Origin;
use crate::domain::text;
use crate::render::RenderFault;

/// The day for the packages of a kind.
///
/// # Errors
/// Sendings of that kind name several days, or one of them none.
pub(super) fn of(
    c: &Campaign,
    p: &Post,
    desired: &Desired,
    kind: &str,
) -> Result<Option<NaiveDate>, RenderFault> {
    let origin = Origin::post(&c.id, &p.id);
    let kinds: BTreeMap<&str, &str> =
        desired.channels.iter().map(|c| (c.target_ref.as_str(), c.kind.as_str())).collect();
    let goes_so =
        |channels: &[String]| channels.iter().any(|c| kinds.get(c.as_str()).is_some_and(|k| *k == kind));
    let sendings: BTreeSet<&str> = desired
        .occurrences
        .values()
        .filter(|o| o.origin == origin.as_str() && goes_so(&o.channels))
        .map(|o| o.sending.as_str())
        .collect();
    let days: BTreeSet<Option<NaiveDate>> =
        p.sendings.iter().filter(|s| sendings.contains(s.id.as_str())).map(|s| s.done_by).collect();
    let mut days = days.into_iter();
    match (days.next(), days.next()) {
        (Some(day), None) => Ok(day),
        (None, _) => Ok(None),
        (Some(one), Some(other)) => {
            let say = |d: Option<NaiveDate>, none: &str| d.map_or_else(|| none.to_owned(), text::date);
            Err(RenderFault {
                code: "deadlines_differ",
                file: format!("campaigns/{}/posts/{}/post.yaml", c.id, p.id),
                line: None,
                column: None,
                width: None,
                vi: format!(
                    "Các lần gửi gói bài ({kind}) ghi hạn `done_by` khác nhau ({} và {}), mà mọi nơi nhận cùng một gói. Ghi cùng một hạn, \
                     hoặc tách thành hai bài.",
                    say(one, "không có"),
                    say(other, "không có")
                ),
                en: format!(
                    "Sendings of packages ({kind}) name different last days in `done_by` ({} and {}), and all get the same package. Write one \
                     day, or make two posts.",
                    say(one, "none"),
                    say(other, "none")
                ),
            })
        }
    }
}
