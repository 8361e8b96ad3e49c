//! What went wrong and waits for a decision: failures, overdue packages, posts that a fault stops.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::super::pick::{group_code, group_letters};
use super::super::show::{DAY_MS, Result as Verdict, form_word, post_word, short};
use super::gather::{Gather, NAMED};
use super::{Need, Status};
use crate::cli::{Stop, folder};
use crate::domain::stated::Fails;
use crate::plan::{Fallen, Standing};
use crate::store::{DeliveryRow, GroupRow, HandoverRow, LogFilter};
use crate::transport::is_package;

impl Gather<'_> {
    pub(super) async fn failures(&self, s: &mut Status) -> Result<(), Stop> {
        let (l, name) = (self.lang(), self.name());
        let filter = LogFilter {
            from: Some(self.now - 7 * DAY_MS),
            attention: Some(self.now - 2 * DAY_MS),
            ..LogFilter::default()
        };
        let offset = self.show.offset();
        let groups = self.store.log_groups(&filter, offset).await?;
        if groups.is_empty() {
            return Ok(());
        }
        // A code is as short as among all groups that a person may type.
        let letters: Vec<String> = groups.iter().map(|g| group_letters(&g.key(offset))).collect();
        for (g, mine) in groups.iter().zip(&letters) {
            let verdict = Verdict::of_group(g, &self.brakes);
            let (word, why) = verdict.say(&self.show);
            // A sheet is no post of anybody's: it goes by its own title.
            let sheet = g.origin.starts_with("system/");
            let (n, post) = (self.show.n(g.n), if sheet { g.title.as_str() } else { post_word(&g.origin) });
            let form = form_word(&g.family, &g.kind, &g.origin, l);
            let code = group_code(mine, &letters);
            let (at, places) = (self.show.at(g.last_at), self.places(g).await?);
            let see = self.ctx.hint(&["log", &code]);
            let retry = self.ctx.hint(&["retry", &code, "--by", name]);
            let (kind, action) = match verdict.word() {
                "expired" => ("expired", see),
                "rejected" if g.people == 0 && !self.content_refused(g).await? => {
                    let apply = self.ctx.hint(&["apply"]);
                    let (fix, again) = (
                        l.pick(
                            "gọi hỏi, sửa địa chỉ của đơn vị, ghi lại:",
                            "call, mend the unit's address, apply:",
                        ),
                        l.pick("rồi gửi lại:", "then send again:"),
                    );
                    ("refused", format!("{fix}   {apply}   {again}   {retry}"))
                }
                "rejected" => {
                    let apply = self.ctx.hint(&["apply"]);
                    let (fix, or) = (
                        l.pick("sửa bài, ghi lại, duyệt lại:", "mend the post, apply, approve:"),
                        l.pick("hoặc gửi lại y như cũ:", "or send it again as it is:"),
                    );
                    ("content_refused", format!("{fix}   {apply}   {or}   {retry}"))
                }
                _ => ("failed", format!("{retry}   {}   {see}", l.pick("xem:", "see:"))),
            };
            s.needs.push(Need {
                kind,
                n: g.n,
                says: say!(
                    l,
                    "{post}: {n} {form} {word} ({why}, {at}){places}",
                    "{post}: {n} {form} {word} ({why}, {at}){places}"
                ),
                action,
            });
        }
        Ok(())
    }

    /// True if it was the text that was refused, not who should get it.
    async fn content_refused(&self, g: &GroupRow) -> Result<bool, Stop> {
        let Some(row) = self.rows_of(g, 1).await?.pop() else { return Ok(false) };
        let last = self.store.attempts_of(row.id()).await?.into_iter().max_by_key(|a| a.no);
        Ok(last.is_some_and(|a| a.outcome.as_deref() == Some("rejected_content")))
    }

    async fn rows_of(&self, g: &GroupRow, limit: i64) -> Result<Vec<DeliveryRow>, Stop> {
        let filter =
            LogFilter { group: Some(g.key(self.show.offset())), system: true, limit, ..LogFilter::default() };
        Ok(self.store.log_page(&filter).await?.rows)
    }

    /// The first units of a group, with whom to call: `: Phường Lê Chân (Vũ Thị Mai 0900 000 383)`.
    async fn places(&self, g: &GroupRow) -> Result<String, Stop> {
        if g.people > 0 {
            return Ok(String::new());
        }
        let rows = self.rows_of(g, NAMED as i64).await?;
        let names: Vec<String> = rows
            .iter()
            .filter_map(|r| {
                let name = r.unit_name.as_deref().filter(|n| !n.is_empty())?;
                Some(match r.officer.as_deref().filter(|o| !o.is_empty()) {
                    Some(officer) => format!("{name} ({officer})"),
                    None => name.to_owned(),
                })
            })
            .collect();
        let more = if g.n > NAMED as i64 { ", …" } else { "" };
        Ok(if names.is_empty() { String::new() } else { format!(": {}{more}", names.join(", ")) })
    }

    pub(super) async fn packages(&self, s: &mut Status) -> Result<(), Stop> {
        let (l, name) = (self.lang(), self.name());
        let today = self.show.today();
        let mut by_post = BTreeMap::<String, Vec<(NaiveDate, HandoverRow)>>::new();
        let mut standing = Standing::now(self.store, self.settings, self.ctx.now()).await?;
        let mut fallen = BTreeMap::<String, (Fallen, Vec<HandoverRow>)>::new();
        for row in self.store.handover_open().await? {
            if let Some(why) = standing.fallen(self.store, &row).await? {
                fallen.entry(row.origin.clone()).or_insert_with(|| (why, vec![])).1.push(row);
                continue;
            }
            if !is_package(&row.kind) && row.mode.as_deref() != Some("draft") {
                s.needs.push(self.kept_back(&row).await?);
                continue;
            }
            if let Some(d) = crate::plan::reminders::done_by(&row.spec).filter(|d| *d < today) {
                by_post.entry(row.origin.clone()).or_default().push((d, row));
            }
        }
        for (origin, (why, rows)) in fallen {
            s.needs.push(self.fallen(&origin, why, &rows));
        }
        for (origin, rows) in by_post {
            let post = post_word(&origin);
            for (done_by, row) in rows.iter().take(NAMED) {
                let days = (today - *done_by).num_days();
                let (unit, sent) = (&row.unit_name, short(self.show.day_of(row.settled_at)));
                let code = self.store.code_short(row.code).await?;
                let call = self.call(row.officer.as_deref().unwrap_or_default());
                let site = if row.family == "press" {
                    l.pick("Báo chí", "Press:")
                } else {
                    l.pick("Web", "Site of")
                };
                s.needs.push(Need {
                    kind: "package_overdue",
                    n: 1,
                    says: say!(
                        l,
                        "{site} {unit}: quá hạn {days} ngày, chưa dán link bài {post} gửi {sent}.{call}",
                        "{site} {unit}: {days} days overdue, no link yet for {post} handed over {sent}.{call}"
                    ),
                    action: self.ctx.hint(&["done", &code, "--link", "https://…", "--by", name]),
                });
            }
            let more = rows.len().saturating_sub(NAMED);
            if more > 0 {
                let n = self.show.n(more as i64);
                s.needs.push(Need {
                    kind: "package_overdue",
                    n: more as i64,
                    says: say!(
                        l,
                        "và {n} trang nữa quá hạn, chưa dán link bài {post}",
                        "and {n} more sites are overdue with the link of {post}"
                    ),
                    action: self.ctx.hint(&["log", "--post", &origin, "--state", "pending", "--each"]),
                });
            }
        }
        Ok(())
    }

    /// Packages that lie at units, and must not be published any more.
    fn fallen(&self, origin: &str, why: Fallen, rows: &[HandoverRow]) -> Need {
        let l = self.lang();
        let post = post_word(origin);
        let why = match why {
            Fallen::Held => l.pick("đang bị giữ", "is held"),
            Fallen::Withdrawn => l.pick("đã rút khỏi lịch", "was taken out of the plan"),
            Fallen::Ground(Fails::Facts) => {
                l.pick("có thông tin không còn đúng", "states what is no longer true")
            }
            Fallen::Ground(Fails::Kit) => {
                l.pick("có tư liệu không còn như lúc duyệt", "shows what is no longer what was approved")
            }
        };
        let names: Vec<&str> = rows.iter().take(NAMED).map(|r| r.unit_name.as_str()).collect();
        let more = if rows.len() > NAMED { ", …" } else { "" };
        let (n, names) = (self.show.n(rows.len() as i64), names.join(", "));
        Need {
            kind: "package_fallen",
            n: rows.len() as i64,
            says: say!(
                l,
                "Bài {post} {why}, mà {n} nơi đã nhận gói bài và chưa báo đăng: {names}{more}. Gọi để họ đừng đăng; đăng rồi thì gỡ. \
                 Loa không nhắc họ nữa.",
                "Post {post} {why}, and {n} places have its package and no link yet: {names}{more}. Call them: not to publish it, or to take \
                 it down. Loa does not remind them any more."
            ),
            action: self.ctx.hint(&["log", "--post", origin, "--state", "pending", "--each"]),
        }
    }

    /// A site that should have published took the post and keeps it back.
    async fn kept_back(&self, row: &HandoverRow) -> Result<Need, Stop> {
        let l = self.lang();
        let (unit, post) = (&row.unit_name, post_word(&row.origin));
        let sent = short(self.show.day_of(row.settled_at));
        let call = self.call(row.officer.as_deref().unwrap_or_default());
        let code = self.store.code_short(row.code).await?;
        Ok(Need {
            kind: "kept_back",
            n: 1,
            says: say!(
                l,
                "Web {unit}: trang đã nhận bài {post} hôm {sent} nhưng giữ lại, chưa đăng; chờ người của trang duyệt.{call}",
                "Site of {unit}: it took {post} on {sent} but keeps it back; somebody there must publish it.{call}"
            ),
            action: self.ctx.hint(&["done", &code, "--link", "https://…", "--by", self.name()]),
        })
    }

    /// Posts that a fault stops, as the folder has it now or, without a folder, as it was last applied.
    pub(super) async fn stopped(&self, s: &mut Status) -> Result<(), Stop> {
        let l = self.lang();
        let posts = self.store.post_all().await?;
        let mut stopped: BTreeMap<String, (String, String)> = posts
            .iter()
            .filter(|p| p.removed_at.is_none())
            .filter_map(|p| {
                let says = p.stopped_by.clone().unwrap_or_default();
                Some((p.origin.clone(), (p.stopped.clone()?, says)))
            })
            .collect();
        if let Some(loaded) = self.folder {
            // What was mended since is told as an edit that nobody applied.
            stopped.retain(|o, _| folder::is_stopped(loaded, o));
            for (origin, code, says) in crate::daemon::stopped(loaded, l) {
                // A post that a register's fault stops says nothing of its own; the register does.
                if !says.is_empty() || stopped.contains_key(&origin) {
                    stopped.insert(origin, (code, says));
                }
            }
        }
        // Posts that one fault stops are told in one line.
        let mut alike = BTreeMap::<(String, String, bool), Vec<String>>::new();
        for (origin, (code, says)) in stopped {
            let runs = posts.iter().any(|p| p.origin == origin && p.revision_id.is_some());
            alike.entry((code, says, runs)).or_default().push(origin);
        }
        for ((code, says, runs), origins) in alike {
            let first: Vec<&str> = origins.iter().take(NAMED).map(|o| post_word(o)).collect();
            let (mut post, more) = (first.join(", "), origins.len().saturating_sub(NAMED));
            if more > 0 {
                post.push_str(&say!(l, " và {more} bài nữa", " and {more} more"));
            }
            // A register's own fault is no post's; what it is stands with the register.
            let says = match says.is_empty() {
                false => format!("{}.", says.trim_end_matches('.')),
                true if self.folder.is_some_and(|f| folder::shared_faults(f).next().is_some()) => continue,
                true => l.pick("do một tệp dùng chung.", "by a shared file.").to_owned(),
            };
            // What rests on the kit or on facts is held by the gate, whatever was applied before.
            let held = matches!(code.as_str(), "A002" | "A003" | "A006" | "A009" | "F007" | "F009");
            let meanwhile = if runs && held {
                l.pick(
                    "Trong lúc chờ: bản đã ghi cũng bị giữ.",
                    "Meanwhile what was applied before is held, too.",
                )
            } else if runs {
                l.pick(
                    "Trong lúc chờ: bản đã ghi trước đó vẫn chạy.",
                    "Meanwhile what was applied before goes on.",
                )
            } else {
                l.pick("Chưa có bản nào chạy được.", "No version has ever been applied.")
            };
            let (check, apply) = (self.ctx.hint(&["check"]), self.ctx.hint(&["apply"]));
            s.needs.push(Need {
                kind: "stopped",
                n: 0,
                says: say!(
                    l,
                    "Bài {post} có lỗi {code}: {says} {meanwhile}",
                    "Post {post} has fault {code}: {says} {meanwhile}"
                ),
                action: format!("{check}   {}   {apply}", l.pick("sửa, rồi:", "mend, then:")),
            });
        }
        Ok(())
    }
}
