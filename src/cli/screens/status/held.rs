//! What is held, by whom or why, and what waits for approval.

use std::collections::BTreeMap;

use super::super::facts::{StaleFact, Way, changed_assets, stale_facts};
use super::super::show::{DAY_MS, post_word};
use super::gather::{Gather, NAMED};
use super::{Need, Status};
use crate::cli::{Stop, words};
use crate::store::{HeldDue, HeldPost, HoldRow};

impl Gather<'_> {
    pub(super) async fn held(&self, s: &mut Status) -> Result<(), Stop> {
        let l = self.lang();
        for h in self.store.held_rows().await? {
            let (n, post, why) = (self.show.n(h.n), post_word(&h.origin), words::reason(&h.held_by, l));
            if h.held_by == "person" {
                s.held.push(say!(l, "{n} lượt của {post}: {why}", "{n} of {post}: {why}"));
                continue;
            }
            s.needs.push(Need {
                kind: "held",
                n: h.n,
                says: say!(
                    l,
                    "{post}: {n} lượt không gửi được như đang có ({why})",
                    "{post}: {n} cannot be sent as they are ({why})"
                ),
                action: self.ctx.hint(&[
                    "log",
                    "--post",
                    &h.origin,
                    "--state",
                    l.pick("đang giữ", "held"),
                    "--system",
                ]),
            });
        }
        self.content_stops(s).await?;
        let mut open = BTreeMap::<String, Vec<HeldPost>>::new();
        for p in self.store.held_posts(self.now).await? {
            if p.gate == "unapproved" && p.due_at > self.now + 2 * DAY_MS {
                continue; // there is time: CHỜ DUYỆT lists it
            }
            open.entry(p.gate.clone()).or_default().push(p);
        }
        for (gate, posts) in &open {
            if gate == "hold" || gate == "blackout" {
                continue; // the hold itself says more, below
            }
            for p in posts.iter().filter(|p| p.due_at <= self.now) {
                s.needs.push(self.late(p).await?);
            }
            let mut list = Vec::new();
            for p in posts.iter().take(NAMED) {
                list.push(format!("{} ({})", post_word(&p.origin), self.gate_words(p).await?));
            }
            let (n, mut list) = (posts.len(), list.join(", "));
            if n > NAMED {
                let more = n - NAMED;
                list.push_str(&say!(l, " và {more} bài nữa", " and {more} more"));
            }
            s.held.push(format!("{}: {list}", self.count(n as i64, "bài", "post")));
        }
        self.holds(s).await
    }

    /// Texts that a channel refused again and again: what is left of them waits there.
    async fn content_stops(&self, s: &mut Status) -> Result<(), Stop> {
        let l = self.lang();
        for c in self.store.content_stops().await?.iter().filter(|c| c.n > 0) {
            let (post, account, n) = (post_word(&c.origin), &c.account, self.show.n(c.n));
            let code = c.cause_code.as_deref().unwrap_or_default();
            let why = words::cause_with(code, c.cause_detail.as_deref().unwrap_or_default(), l);
            let at = self.show.at(c.stopped_at);
            let apply = self.ctx.hint(&["apply"]);
            let approve = self.ctx.hint(&["approve", &c.origin, "--by", self.name()]);
            let release = self.ctx.hint(&["release", &c.origin, "--by", self.name()]);
            let (fix, or) = (
                l.pick("sửa bài, ghi lại, duyệt lại:", "mend the post, apply, approve:"),
                l.pick("hoặc cho đi như cũ:", "or let it go as it is:"),
            );
            s.needs.push(Need {
                kind: "content_stopped",
                n: c.n,
                says: say!(
                    l,
                    "{post}: {account} từ chối nội dung nhiều lần liền ({why}, {at}); {n} lượt còn lại được giữ, chưa gửi",
                    "{post}: {account} refused its content several times in a row ({why}, {at}); the other {n} are held, not sent"
                ),
                action: format!("{fix}   {apply}   {approve}   {or}   {release}"),
            });
        }
        Ok(())
    }

    /// A post whose time has come and that something other than a hold keeps back.
    async fn late(&self, p: &HeldPost) -> Result<Need, Stop> {
        let l = self.lang();
        let (post, due) = (post_word(&p.origin), self.show.at(p.due_at));
        if p.gate == "unapproved" || p.gate == "grown" {
            let step = self.step(&p.class, p.given);
            let call = self.call_for_step(&p.class, p.given, &p.author);
            return Ok(Need {
                kind: "late_approval",
                n: p.n,
                says: say!(
                    l,
                    "Bài {post} đã đến giờ ({due}) mà chưa duyệt xong: chờ {step}.{call}",
                    "Post {post} was due {due} and is not approved: waits for {step}.{call}"
                ),
                action: self.ctx.hint(&["approve", &p.origin, "--by", self.name()]),
            });
        }
        let why = self.gate_words(p).await?;
        let mut action = self.ctx.hint(&["check"]);
        if p.gate == "facts"
            && let Some((_, way)) = self.stale_facts(p).await?.into_iter().next()
        {
            let apply = self.ctx.hint(&["apply"]);
            action = match way {
                Way::Verify(verify) => say!(
                    l,
                    "bỏ câu ấy khỏi bài, hoặc dùng thông tin khác, hoặc sau khi kiểm tra lại:   {verify}   rồi   {apply}",
                    "drop the sentence or use another fact, or once it is checked again:   {verify}   then   {apply}"
                ),
                Way::Mend => say!(
                    l,
                    "bỏ câu ấy khỏi bài, hoặc có văn bản gia hạn thì sửa ngày hiệu lực trong campaigns/facts.yaml, rồi:   {apply}",
                    "drop the sentence, or put its dates in campaigns/facts.yaml right if a new document says so, then:   {apply}"
                ),
                Way::Apply => say!(l, "{apply}   rồi duyệt lại", "{apply}   then approve again"),
            };
        }
        if p.gate == "kit" {
            let assets = changed_assets(self.store, p.revision_id).await?;
            let id = assets.first().map_or("MA", String::as_str);
            let (compare, keep, pin) = (
                self.ctx.hint(&["kit", "compare"]),
                self.ctx.hint(&["kit", "keep", id]),
                self.ctx.hint(&["kit", "pin", id]),
            );
            action = say!(
                l,
                "{compare}   rồi giữ bản cũ:   {keep}   hoặc dùng bản mới:   {pin}",
                "{compare}   then keep the old one:   {keep}   or take the new one:   {pin}"
            );
        }
        Ok(Need {
            kind: "held",
            n: p.n,
            says: say!(
                l,
                "Bài {post} đã đến giờ ({due}) mà đang giữ: {why}",
                "Post {post} was due {due} and is held: {why}"
            ),
            action,
        })
    }

    /// Holds and blackouts of people, each with what it keeps back although its time has come.
    async fn holds(&self, s: &mut Status) -> Result<(), Stop> {
        let l = self.lang();
        let due = self.store.held_due(self.now).await?;
        for h in self.store.hold_all(self.now).await? {
            let (by, reason) =
                (self.person(&h.by_name), if h.reason.is_empty() { "–" } else { h.reason.as_str() });
            let arg = if h.scope == "all" { "all" } else { h.r.as_str() };
            let what = if h.scope == "all" { l.pick("TẤT CẢ", "ALL") } else { post_word(&h.r) };
            let release = if h.blackout == 1 {
                self.ctx.hint(&["blackout", "end", "--scope", arg, "--by", self.name()])
            } else {
                self.ctx.hint(&["release", arg, "--by", self.name()])
            };
            let kind =
                if h.blackout == 1 { l.pick("ngừng phát", "blackout") } else { l.pick("giữ", "hold") };
            let until = h
                .until_at
                .map(|u| format!(" {} {}", l.pick("đến", "until"), self.show.at(u)))
                .unwrap_or_default();
            let said = if h.from_at > self.now {
                let from = self.show.at(h.from_at);
                say!(
                    l,
                    "{what}: {by} cho {kind} từ {from}{until}, lý do: {reason}",
                    "{what}: {kind} by {by} from {from}{until}, because: {reason}"
                )
            } else {
                say!(
                    l,
                    "{what}: {by} cho {kind}{until}, lý do: {reason}",
                    "{what}: {kind} by {by}{until}, because: {reason}"
                )
            };
            let (mut n, mut lost) = (0, 0);
            for d in due.iter().filter(|d| h.from_at <= self.now && covers(&h, d)) {
                let rows = d.n + self.to_come(d).await?;
                n += rows;
                if h.until_at.is_none_or(|u| u >= d.expires_at) {
                    lost += rows;
                }
            }
            // One that ends in time by itself asks nothing of anybody.
            if lost > 0 {
                let (n, since) = (self.show.n(n), self.show.at(first(&due, &h)));
                s.needs.push(Need {
                    kind: "held",
                    n: lost,
                    says: say!(
                        l,
                        "{said}. {n} lượt đã đến giờ (từ {since}) mà đang giữ; quá hạn thì không gửi nữa.",
                        "{said}. {n} due (since {since}) are held; past their window they are not sent."
                    ),
                    action: release.clone(),
                });
            }
            s.held.push(format!("{said}   {release}"));
        }
        Ok(())
    }

    /// People of lists that are not in the ledger yet.
    async fn to_come(&self, d: &HeldDue) -> Result<i64, Stop> {
        if d.lists == "[]" {
            return Ok(0);
        }
        let ids = |t: &str| serde_json::from_str::<Vec<String>>(t).unwrap_or_default();
        Ok(self.store.list_reachable(&ids(&d.lists), &ids(&d.except_lists), &d.family).await?)
    }

    /// Why a post is held, as exactly as the ledger knows.
    async fn gate_words(&self, p: &HeldPost) -> Result<String, Stop> {
        let l = self.lang();
        let due = self.show.at(p.due_at);
        Ok(match p.gate.as_str() {
            "unapproved" => {
                let step = self.step(&p.class, p.given);
                say!(l, "chưa duyệt, chờ {step}, hạn {due}", "not approved, waits for {step}, due {due}")
            }
            "facts" => {
                let (stale, author) = (self.stale_facts(p).await?, self.person(&p.author));
                let facts = stale.iter().map(|f| f.0.as_str()).collect::<Vec<_>>().join(", ");
                let other = match stale.first().map(|f| &f.1) {
                    Some(Way::Mend) => l.pick(
                        "hoặc người giữ sổ sửa ngày hiệu lực theo văn bản mới",
                        "or who keeps the register puts its dates right by a new document",
                    ),
                    Some(Way::Apply) => {
                        l.pick("hoặc ghi lịch, duyệt lại", "or it is applied and approved again")
                    }
                    Some(Way::Verify(_)) | None => {
                        l.pick("hoặc người giữ sổ kiểm tra lại", "or the fact is checked again")
                    }
                };
                say!(
                    l,
                    "thông tin không dùng được nữa: {facts}; chờ {author} bỏ câu ấy, {other}",
                    "fact that no longer counts: {facts}; {author} drops the sentence, {other}"
                )
            }
            "kit" => {
                let assets = changed_assets(self.store, p.revision_id).await?.join(", ");
                say!(
                    l,
                    "tư liệu không còn như lúc duyệt: {assets}; giữ bản cũ (kit keep), hoặc ghim bản mới rồi duyệt lại",
                    "assets are not what was approved: {assets}; keep the old one (kit keep), or pin the new one and approve again"
                )
            }
            other => words::reason(other, l),
        })
    }

    /// The facts that shut a post's gate.
    async fn stale_facts(&self, p: &HeldPost) -> Result<Vec<StaleFact>, Stop> {
        let person = |id: &str| self.person(id);
        stale_facts(
            self.ctx,
            (self.settings, self.store),
            &self.show,
            &person,
            (p.revision_id, p.said_at),
            self.name(),
        )
        .await
    }

    pub(super) async fn approvals(&self, s: &mut Status) -> Result<(), Stop> {
        let l = self.lang();
        let pending = self.store.pending_posts().await?;
        s.pending = pending.len();
        for p in pending.iter().take(NAMED) {
            let (post, step, due) =
                (post_word(&p.origin), self.step(&p.class, p.given), self.show.at(p.due_at));
            s.approvals.push(say!(l, "{post} ({step}, hạn {due})", "{post} ({step}, due {due})"));
        }
        Ok(())
    }
}

/// True if the hold keeps it back. Loa's own papers fall under a hold of everything alone.
fn covers(h: &HoldRow, d: &HeldDue) -> bool {
    let kind = if h.blackout == 1 { "blackout" } else { "hold" };
    d.gate == kind && h.covers(&d.origin, &d.family)
}

/// Since when the first row of a hold is due.
fn first(due: &[HeldDue], h: &HoldRow) -> i64 {
    due.iter().filter(|d| covers(h, d)).map(|d| d.due_at).min().unwrap_or_default()
}
