//! Who has what in hand, what nobody could be told, and what only alerts know of.

use super::super::alert::in_hand;
use super::super::show::{DAY_MS, post_word};
use super::gather::Gather;
use super::{Need, Status};
use crate::cli::Stop;
use crate::domain::alert::Cause;
use crate::store::SeenRow;

/// "Seen, working on it" is shown for so many days at most.
const SHOWN_DAYS: i64 = 7;

impl Gather<'_> {
    /// Alerts that no other block tells of, and messages that reached nobody.
    pub(super) async fn alerts(&self, s: &mut Status) -> Result<(), Stop> {
        let l = self.lang();
        if self.settings.alerts.on_duty.is_empty() {
            return Ok(());
        }
        for a in self.store.alert_list(100).await?.into_iter().filter(|a| a.ended_at.is_none()) {
            let kind = match Cause::parse(&a.cause) {
                Some(Cause::BackupOld) => "backup_old",
                Some(Cause::ClockWrong) => "clock_wrong",
                // What they are about has a line of its own.
                Some(Cause::AccountPaused | Cause::UrgentFailed | Cause::EditRefused | Cause::DiskLow)
                | None => continue,
            };
            // A backup that was made meanwhile answers it before the next look does.
            let newer = |at: Option<i64>| at.is_some_and(|at| at > a.since);
            if kind == "backup_old" && newer(self.store.backup_at().await?) {
                continue;
            }
            let action = match kind {
                "backup_old" => self.ctx.hint(&["backup"]),
                _ => self.ctx.hint(&["seen", kind, "--by", self.name()]),
            };
            s.needs.push(Need { kind, n: 0, says: a.says, action });
        }
        let today = self.show.today();
        if self.settings.alerts.on_duty(today).is_empty() {
            s.needs.push(Need {
                kind: "nobody_on_duty",
                n: 0,
                says: l
                    .pick(
                        "Hôm nay không ai trực: có việc gì cũng không ai được báo",
                        "Nobody is on duty today: whatever happens, nobody is told",
                    )
                    .to_owned(),
                action: l
                    .pick("khai alerts.on_duty trong loa.yaml", "see alerts.on_duty in loa.yaml")
                    .to_owned(),
            });
        }
        let lost: Vec<_> = self
            .store
            .notice_since(self.now - DAY_MS)
            .await?
            .into_iter()
            .filter(|n| n.purpose != "test" && matches!(n.outcome.as_deref(), Some("no_way" | "too_late")))
            .collect();
        if let Some(first) = lost.last() {
            let (n, at) = (self.show.n(lost.len() as i64), self.show.at(first.created_at));
            let mut people: Vec<String> = lost.iter().map(|n| self.person(&n.person)).collect();
            people.sort();
            people.dedup();
            let people = people.join(", ");
            s.needs.push(Need {
                kind: "nobody_told",
                n: lost.len() as i64,
                says: say!(
                    l,
                    "{n} báo động hoặc bản tin từ {at} không tới được {people}: không còn đường nào",
                    "{n} alerts or digests since {at} did not reach {people}: no way was left"
                ),
                action: format!(
                    "{}   {}   {}",
                    self.ctx.hint(&["alert", "list"]),
                    l.pick("sửa tài khoản, rồi thử:", "mend the accounts, then try:"),
                    self.ctx.hint(&["alert", "test", "--by", self.name()])
                ),
            });
        }
        Ok(())
    }

    /// Says at each line who has it in hand, so that two do not do the same twice.
    pub(super) async fn seen(&self, s: &mut Status) -> Result<(), Stop> {
        let seen = self.store.seen_since(self.now - SHOWN_DAYS * DAY_MS).await?;
        if seen.is_empty() {
            return Ok(());
        }
        let open: Vec<_> =
            self.store.alert_list(100).await?.into_iter().filter(|a| a.ended_at.is_none()).collect();
        for word in &seen {
            // What was wrong when they said so, and not what went wrong again since.
            let again = self
                .accounts
                .iter()
                .any(|a| a.account == word.subject && a.paused_at.is_some_and(|p| p > word.at))
                || (Cause::parse(&word.subject).is_some()
                    && !open.iter().any(|a| a.cause == word.subject && a.since <= word.at));
            if again {
                continue;
            }
            let says = in_hand(&self.show, word, &self.person(&word.by_name));
            for need in s.needs.iter_mut().filter(|n| concerns(n, word)) {
                need.says = format!("{} [{says}]", need.says);
            }
        }
        Ok(())
    }
}

/// True if a line is about what somebody took up.
fn concerns(need: &Need, word: &SeenRow) -> bool {
    let about = word.subject.as_str();
    if let Some(cause) = Cause::parse(about) {
        return need.kind == cause.as_str() || (cause == Cause::DiskLow && need.kind == "disk");
    }
    if about == "apply" {
        return need.kind == "folder";
    }
    let mut words = need.says.split(is_gap).chain(need.action.split(is_gap));
    if let Some(letters) = about.strip_prefix("G-").or(about.strip_prefix("T-")) {
        // A screen shows as few letters as tell it from others.
        return words.any(|w| {
            let code = w.strip_prefix("G-").or(w.strip_prefix("T-"));
            code.is_some_and(|c| {
                c.len() >= 4 && w.as_bytes().first() == about.as_bytes().first() && letters.starts_with(c)
            })
        });
    }
    words.any(|w| w == about || (about.contains('/') && w == post_word(about)))
}

fn is_gap(c: char) -> bool {
    c.is_whitespace() || matches!(c, ':' | ',' | ';' | '(' | ')' | '"' | '\'')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn need(kind: &'static str, says: &str, action: &str) -> Need {
        Need { kind, n: 1, says: says.into(), action: action.into() }
    }
    fn word(subject: &str) -> SeenRow {
        SeenRow { subject: subject.into(), by_name: "an".into(), note: String::new(), at: 0 }
    }

    #[test]
    fn a_line_is_found_by_what_it_names() {
        let paused = need(
            "account_paused",
            "thu-so DỪNG từ 07:02: máy chủ từ chối mật khẩu.",
            "loa account resume thu-so",
        );
        assert!(concerns(&paused, &word("thu-so")) && !concerns(&paused, &word("thu")));
        let failed = need("failed", "bai: 3 thư hỏng (x, 07:02)", "loa retry G-81AC --by TÊN");
        assert!(concerns(&failed, &word("G-81AC0000")) && !concerns(&failed, &word("G-81AD0000")));
        assert!(!concerns(&failed, &word("T-81AC0000")), "a delivery is no group");
        assert!(concerns(&failed, &word("chien-dich/bai")));
        assert!(concerns(&need("disk", "Đĩa chỉ còn 3%", ""), &word("disk_low")));
        assert!(!concerns(&need("disk", "Đĩa chỉ còn 3%", ""), &word("backup_old")));
    }
}
