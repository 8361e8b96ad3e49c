//! What the folder says and the ledger does not know: faults of shared files, edits, posts that nobody ever applied.

use std::collections::{BTreeMap, BTreeSet};

use chrono::DateTime;

use super::super::show::{DAY_MS, post_word};
use super::gather::{Gather, NAMED};
use super::{Need, Status};
use crate::cli::{Stop, folder};
use crate::manifest::Loaded;
use crate::plan::{self, Desired, Diff, Verb};

/// What is due sooner than this and not in the ledger is nobody's plan and somebody's mistake, milliseconds.
const NEAR_MS: i64 = 2 * DAY_MS;

impl Gather<'_> {
    pub(super) async fn folder(&self, s: &mut Status) -> Result<(), Stop> {
        let Some(loaded) = self.folder else { return Ok(()) };
        let now = self.ctx.now();
        let stopped = crate::daemon::stopped(loaded, self.lang());
        let desired = Desired::of(&loaded.workspace, self.settings, &stopped, now);
        let diff = plan::diff::of(&desired, self.store, now).await?;
        let shared: Vec<_> = folder::shared_faults(loaded).collect();
        if shared.is_empty() {
            self.edits(s, &diff);
        } else {
            // A register that cannot be read makes a plan look changed that nobody changed.
            s.needs.push(self.register(&shared));
        }
        if let Err(stop) = self.ctx.templates() {
            let first = stop.text.lines().next().unwrap_or_default();
            s.needs.push(Need {
                kind: "faults",
                n: 0,
                says: say!(
                    self.lang(),
                    "Mẫu trong templates/ có lỗi, máy không khởi động được: {first}",
                    "A template below templates/ has a fault, no machine can start: {first}"
                ),
                action: self.ctx.hint(&["check"]),
            });
        }
        self.never_applied(s, loaded, &diff).await
    }

    fn register(&self, faults: &[&crate::yaml::Fault]) -> Need {
        let l = self.lang();
        // One file is named once, with its line.
        let several = faults.iter().any(|f| Some(&f.file) != faults.first().map(|x| &x.file));
        let files = if several { format!(": {}", folder::files(faults)) } else { String::new() };
        let first =
            faults.first().map(|f| f.message.get(l == crate::domain::text::Lang::Vi)).unwrap_or_default();
        let place = match faults.first() {
            Some(f) if f.line > 0 => format!("{}:{}: ", f.file, f.line),
            Some(f) => format!("{}: ", f.file),
            None => String::new(),
        };
        let (code, n) = (
            faults.first().map(|f| f.code).unwrap_or_default(),
            self.count(faults.len() as i64, "lỗi", "fault"),
        );
        // What is wrong with an asset holds what shows it.
        let (vi, en) = if faults.iter().all(|f| matches!(f.code, "A002" | "A003" | "A009")) {
            ("Bài dùng tư liệu ấy bị giữ.", "Posts that show it are held.")
        } else {
            (
                "Bản đã ghi trước đó vẫn dùng; đừng ghi lịch khi chưa sửa.",
                "What was applied before stays in force; do not apply before they are mended.",
            )
        };
        Need {
            kind: "faults",
            n: 0,
            says: say!(
                l,
                "Tệp dùng chung có {n}{files} ({code}, {place}{first}). {vi}",
                "Shared files have {n}{files} ({code}, {place}{first}). {en}"
            ),
            action: self.ctx.hint(&["check"]),
        }
    }

    /// Edits that would change what is planned: they wait for a person, and what was applied stays in force.
    fn edits(&self, s: &mut Status, diff: &Diff) {
        let l = self.lang();
        let n = diff.count(Verb::Change) + diff.count(Verb::Cancel) + diff.removed.len();
        let n = n.max(diff.edited.len()) + diff.registers_waiting();
        if n == 0 {
            return;
        }
        let changes = self.count(n as i64, "thay đổi", "change");
        let (plan, apply) = (self.ctx.hint(&["plan"]), self.ctx.hint(&["apply"]));
        s.needs.push(Need {
            kind: "folder",
            n: n as i64,
            says: say!(
                l,
                "Thư mục có {changes} chưa ghi; bản đã ghi vẫn đang dùng.",
                "The folder has {changes} not applied; what was applied stays in force."
            ),
            action: format!("{plan}   {}   {apply}", l.pick("rồi:", "then:")),
        });
    }

    /// Posts of the folder that the ledger does not have.
    async fn never_applied(&self, s: &mut Status, loaded: &Loaded, diff: &Diff) -> Result<(), Stop> {
        let l = self.lang();
        let apply = self.ctx.hint(&["apply"]);
        // New sendings, by post: the first that is due.
        let mut new = BTreeMap::<&str, i64>::new();
        for c in diff.changes.iter().filter(|c| c.verb == Verb::Add && !diff.edited.contains(&c.origin)) {
            let first = new.entry(&c.origin).or_insert(c.due_at);
            *first = (*first).min(c.due_at);
        }
        let mut soon: Vec<(&str, i64)> =
            new.iter().filter(|(_, due)| **due <= self.now + NEAR_MS).map(|(o, due)| (*o, *due)).collect();
        soon.sort_by_key(|x| x.1);
        for (origin, due) in soon.iter().take(NAMED) {
            let (post, at) = (post_word(origin), self.show.at(*due));
            s.needs.push(Need {
                kind: "unwritten",
                n: 1,
                says: if *due <= self.now {
                    say!(
                        l,
                        "Bài {post} đã đến giờ ({at}) mà lịch chưa ghi vào sổ: chưa ai gửi",
                        "Post {post} was due {at} and is not applied: nobody sends it"
                    )
                } else {
                    say!(
                        l,
                        "Bài {post} sắp đến giờ ({at}) mà lịch chưa ghi vào sổ: sẽ không ai gửi",
                        "Post {post} is due {at} and is not applied: nobody will send it"
                    )
                },
                action: apply.clone(),
            });
        }
        if soon.len() > NAMED {
            let more = self.count((soon.len() - NAMED) as i64, "bài", "post");
            s.needs.push(Need {
                kind: "unwritten",
                n: (soon.len() - NAMED) as i64,
                says: say!(
                    l,
                    "và {more} nữa sắp hoặc đã đến giờ mà chưa ghi vào sổ",
                    "and {more} more due and not applied"
                ),
                action: apply.clone(),
            });
        }
        self.missed(s, loaded, &new).await?;
        let mut later: Vec<(&str, i64)> =
            new.iter().filter(|(_, due)| **due > self.now + NEAR_MS).map(|(o, due)| (*o, *due)).collect();
        later.sort_by_key(|x| x.1);
        if !later.is_empty() {
            let list: Vec<String> = later
                .iter()
                .take(NAMED)
                .map(|(o, due)| format!("{} ({})", post_word(o), self.show.at(*due)))
                .collect();
            let (n, mut list) = (self.count(later.len() as i64, "bài", "post"), list.join(" · "));
            if later.len() > NAMED {
                list.push_str(" …");
            }
            s.unwritten.push(format!("{n}: {list}   {apply}"));
        }
        Ok(())
    }

    /// Posts whose time ran out before anybody applied them: they will never go.
    async fn missed(&self, s: &mut Status, loaded: &Loaded, new: &BTreeMap<&str, i64>) -> Result<(), Stop> {
        let l = self.lang();
        let known: BTreeSet<String> = self.store.post_all().await?.into_iter().map(|p| p.origin).collect();
        // In a folder of which nothing was ever applied, what is past is history and no mistake.
        if known.is_empty() {
            return Ok(());
        }
        let ever = Desired::of(&loaded.workspace, self.settings, &[], DateTime::UNIX_EPOCH);
        let mut last = BTreeMap::<&str, i64>::new();
        for o in ever.occurrences.values() {
            let at = last.entry(&o.origin).or_insert(o.due_at);
            *at = (*at).max(o.due_at);
        }
        let missed: Vec<(&str, i64)> =
            last.into_iter().filter(|(o, _)| !known.contains(*o) && !new.contains_key(o)).collect();
        if missed.is_empty() {
            return Ok(());
        }
        let list: Vec<String> = missed
            .iter()
            .take(NAMED)
            .map(|(o, due)| format!("{} ({})", post_word(o), self.show.at(*due)))
            .collect();
        let (n, list) = (self.count(missed.len() as i64, "bài", "post"), list.join(" · "));
        let more = if missed.len() > NAMED { " …" } else { "" };
        s.needs.push(Need {
            kind: "unwritten",
            n: missed.len() as i64,
            says: say!(
                l,
                "{n} chưa từng ghi vào sổ mà giờ gửi đã qua, sẽ không gửi: {list}{more}",
                "{n} never applied and past their time, will not be sent: {list}{more}"
            ),
            action: format!(
                "{}   {}",
                l.pick(
                    "đổi giờ trong post.yaml nếu còn cần, rồi:",
                    "change the time in post.yaml if still wanted, then:"
                ),
                self.ctx.hint(&["apply"])
            ),
        });
        Ok(())
    }
}
