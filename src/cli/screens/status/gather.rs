//! Reads the ledger for `loa status`, block by block.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::super::pick::{group_code, group_letters};
use super::super::show::{DAY_MS, Result as Verdict, Show, form_word, post_word, short};
use super::{Need, Status, moment};
use crate::cli::{Ctx, Stop, words};
use crate::config::Settings;
use crate::domain::fact::Stale;
use crate::domain::text::{self, Lang};
use crate::plan::{approve, ms};
use crate::store::{HeldPost, LogFilter, Store};

/// Rows named one by one before the rest is counted.
const NAMED: usize = 3;

/// Everything the screen says.
///
/// # Errors
/// The database's.
pub async fn status(ctx: &Ctx, settings: &Settings, store: &Store) -> Result<Status, Stop> {
    let show = Show::new(ctx.lang, settings, ctx.now());
    let g = Gather { ctx, settings, store, show, now: ms(ctx.now()) };
    let mut s = Status { moment: moment(&show), ..Status::default() };
    let organisation = settings.organisation.as_str();
    s.office = store.unit_name(organisation).await?.unwrap_or_else(|| organisation.to_owned());
    g.accounts(&mut s).await?;
    g.questions(&mut s).await?;
    g.urgent(&mut s).await?;
    g.failures(&mut s).await?;
    g.packages(&mut s).await?;
    g.stopped(&mut s).await?;
    g.held(&mut s).await?;
    g.approvals(&mut s).await?;
    g.today(&mut s).await?;
    g.stations(&mut s).await?;
    g.next(&mut s).await?;
    g.machine(&mut s).await?;
    Ok(s)
}

pub(super) struct Gather<'a> {
    pub(super) ctx: &'a Ctx,
    pub(super) settings: &'a Settings,
    pub(super) store: &'a Store,
    pub(super) show: Show,
    pub(super) now: i64,
}

impl Gather<'_> {
    pub(super) fn lang(&self) -> Lang {
        self.show.lang
    }

    /// `3 đài`, `3 stations`, `1 station`.
    pub(super) fn count(&self, n: i64, vi: &str, en: &str) -> String {
        match self.lang() {
            Lang::Vi => format!("{} {vi}", self.show.n(n)),
            Lang::En => text::plural(n, en, &format!("{en}s")),
        }
    }

    /// What a message of an account is called: `thư`, `gói bài`, `tin`.
    fn item(&self, account: &str) -> &'static str {
        let kind = self
            .settings
            .accounts
            .values()
            .find(|a| a.id.as_str() == account)
            .map_or("", |a| a.kind.as_str());
        match kind {
            "email" => self.lang().pick("thư", "mails"),
            "hand-over" => self.lang().pick("gói bài", "packages"),
            "station" => self.lang().pick("phiếu đài", "sheets"),
            "wordpress" => self.lang().pick("bài đăng", "articles"),
            _ => self.lang().pick("tin", "messages"),
        }
    }

    async fn accounts(&self, s: &mut Status) -> Result<(), Stop> {
        let l = self.lang();
        for a in self.store.account_all().await? {
            let account = &a.account;
            if let Some(since) = a.paused_at {
                let (waits, sent) = self.store.account_waiting(account, self.now).await?;
                let (since, item) = (self.show.at(since), self.item(account));
                let (waiting, sent) = (self.show.n(waits), self.show.n(sent));
                let by_person = a.cause_code.as_deref() == Some("paused_by_person");
                let why =
                    match (a.cause_code.as_deref().unwrap_or(""), a.cause_detail.as_deref().unwrap_or("")) {
                        (_, detail) if by_person => {
                            let by = a.paused_by.as_deref().unwrap_or("?");
                            if detail.is_empty() {
                                say!(l, "{by} cho dừng", "{by} paused it")
                            } else {
                                say!(l, "{by} cho dừng: {detail}", "{by} paused it: {detail}")
                            }
                        }
                        (code, detail) => words::cause_with(code, detail, l),
                    };
                s.needs.push(Need {
                    kind: "account_paused",
                    n: waits,
                    says: say!(
                        l,
                        "{account} DỪNG từ {since}: {why}. {waiting} {item} chờ, {sent} đã gửi trong 24 giờ; không ai mất tin.",
                        "{account} PAUSED since {since}: {why}. {waiting} {item} wait, {sent} sent within 24 hours; nobody loses anything."
                    ),
                    action: match a.cause_code.as_deref() {
                        Some("bad_setting") => say!(
                            l,
                            "sửa {account} trong loa.yaml (loa check), rồi khởi động lại loa run",
                            "mend {account} in loa.yaml (loa check), then restart loa run"
                        ),
                        Some("paused_by_person") => format!("loa account resume {account} --by {}", l.pick("TÊN", "NAME")),
                        _ => {
                            let name = l.pick("TÊN", "NAME");
                            let fix = match a.cause_code.as_deref() {
                                Some("login_refused") => l.pick("sửa mật khẩu, ", "mend the password, "),
                                Some("token_refused") => l.pick("thay mã truy cập, ", "replace the token, "),
                                _ => "",
                            };
                            let then = l.pick("tốt thì", "if good");
                            format!("{fix}loa account probe {account} --by {name}   {then}: loa account resume {account} --by {name}")
                        }
                    },
                });
            } else if a.quiet_until > self.now {
                let until = self.show.at(a.quiet_until);
                s.slow.push(say!(
                    l,
                    "{account}: nơi nhận bảo chậm lại, gửi tiếp lúc {until}",
                    "{account}: the far side says slow down, goes on at {until}"
                ));
            }
        }
        Ok(())
    }

    async fn questions(&self, s: &mut Status) -> Result<(), Stop> {
        let l = self.lang();
        let questions = self.store.questions().await?;
        for q in &questions {
            let kind = self
                .settings
                .accounts
                .values()
                .find(|a| a.id.as_str() == q.account)
                .map_or("", |a| a.kind.as_str());
            let (n, account, since) = (self.show.n(q.n), &q.account, self.show.at(q.since));
            let why = words::cause(&q.cause_code, l);
            let item = self.item(account);
            let several = questions.iter().filter(|o| o.account == *account).count() > 1;
            let cause = if several { format!(" --cause {}", q.cause_code) } else { String::new() };
            // Whoever can be asked, or looked at, is asked first; a mail or a chat message is rather lost once than doubled.
            let (advice, answer) = match kind {
                "hand-over" | "station" => (
                    l.pick("gọi nơi nhận hỏi, rồi sent hoặc resend", "ask the receiver, then sent or resend"),
                    "sent",
                ),
                "wordpress" => (
                    l.pick("mở trang xem, có thì sent, không thì resend", "look at the site: sent or resend"),
                    "sent",
                ),
                _ => (
                    l.pick(
                        "đề nghị: không gửi lại, ghi “không rõ”",
                        "advice: do not send again, close as “not known”",
                    ),
                    "leave",
                ),
            };
            let twice = match kind {
                "wordpress" => {
                    l.pick("Gửi lại có thể khiến bài lên hai lần.", "Sending again may publish it twice.")
                }
                _ => l.pick("Gửi lại có thể khiến họ nhận hai lần.", "Sending again may reach them twice."),
            };
            let name = l.pick("TÊN", "NAME");
            s.needs.push(Need {
                kind: "question",
                n: q.n,
                says: say!(
                    l,
                    "{n} {item} CHƯA RÕ đã đi hay chưa ({why}, từ {since}, {account}). {twice}",
                    "{n} {item}: UNKNOWN whether they went ({why}, since {since}, {account}). {twice}"
                ),
                action: format!("loa resolve --account {account}{cause} {answer} --by {name}   ({advice})"),
            });
        }
        Ok(())
    }

    async fn urgent(&self, s: &mut Status) -> Result<(), Stop> {
        let l = self.lang();
        for u in self.store.late_urgent(self.now - 5 * 60_000).await? {
            let (post, n, since, account) =
                (post_word(&u.origin), self.show.n(u.n), self.show.at(u.due_at), &u.account);
            s.needs.push(Need {
                kind: "urgent_late",
                n: u.n,
                says: say!(
                    l,
                    "KHẨN {post}: {n} lượt qua {account} quá giờ {since} mà chưa đi",
                    "URGENT {post}: {n} by {account} were due {since} and have not gone"
                ),
                action: format!("loa log --post {}", u.origin),
            });
        }
        Ok(())
    }

    async fn failures(&self, s: &mut Status) -> Result<(), Stop> {
        let l = self.lang();
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
            let verdict = Verdict::of_group(g);
            let (word, why) = verdict.say(&self.show);
            let (n, post) = (self.show.n(g.n), post_word(&g.origin));
            let form = form_word(&g.family, &g.kind, &g.origin, l);
            let code = group_code(mine, &letters);
            let at = self.show.at(g.last_at);
            let name = l.pick("TÊN", "NAME");
            let (kind, action) = match verdict.word() {
                "expired" => ("expired", format!("loa log {code}")),
                "rejected" => {
                    let fix = l
                        .pick("sửa bài, loa apply, duyệt lại; hoặc", "mend the post, loa apply, approve; or");
                    ("content_refused", format!("{fix} loa retry {code} --by {name}"))
                }
                _ => (
                    "failed",
                    format!("loa retry {code} --by {name}   ({} loa log {code})", l.pick("xem:", "see:")),
                ),
            };
            s.needs.push(Need {
                kind,
                n: g.n,
                says: say!(
                    l,
                    "{post}: {n} {form} {word} ({why}, {at})",
                    "{post}: {n} {form} {word} ({why}, {at})"
                ),
                action,
            });
        }
        Ok(())
    }

    async fn packages(&self, s: &mut Status) -> Result<(), Stop> {
        let l = self.lang();
        let today = self.show.today();
        let mut by_post = BTreeMap::<String, Vec<(NaiveDate, crate::store::HandoverRow)>>::new();
        for row in self.store.handover_open().await? {
            if row.kind != "hand-over" && row.mode.as_deref() != Some("draft") {
                s.needs.push(self.kept_back(&row).await?);
                continue;
            }
            let done_by = serde_json::from_str::<serde_json::Value>(&row.spec)
                .ok()
                .and_then(|v| v.get("done_by")?.as_str()?.parse::<NaiveDate>().ok());
            if let Some(d) = done_by.filter(|d| *d < today) {
                by_post.entry(row.origin.clone()).or_default().push((d, row));
            }
        }
        for (origin, rows) in by_post {
            let post = post_word(&origin);
            for (done_by, row) in rows.iter().take(NAMED) {
                let days = (today - *done_by).num_days();
                let (unit, sent) = (&row.unit_name, short(self.show.day_of(row.settled_at)));
                let code = self.store.code_short(row.code).await?;
                let name = l.pick("TÊN", "NAME");
                let call = self.call(row);
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
                    action: format!("loa done {code} --link https://… --by {name}"),
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
                    action: format!("loa log --post {origin} --state pending --each"),
                });
            }
        }
        Ok(())
    }

    /// Whom to call about what waits for a link.
    fn call(&self, row: &crate::store::HandoverRow) -> String {
        match row.officer.as_deref().filter(|o| !o.is_empty()) {
            Some(o) => say!(self.lang(), " Gọi {o}.", " Call {o}."),
            None => String::new(),
        }
    }

    /// A site that should have published took the post and keeps it back.
    async fn kept_back(&self, row: &crate::store::HandoverRow) -> Result<Need, Stop> {
        let l = self.lang();
        let (unit, post) = (&row.unit_name, post_word(&row.origin));
        let (sent, call) = (short(self.show.day_of(row.settled_at)), self.call(row));
        let (code, name) = (self.store.code_short(row.code).await?, l.pick("TÊN", "NAME"));
        Ok(Need {
            kind: "kept_back",
            n: 1,
            says: say!(
                l,
                "Web {unit}: trang đã nhận bài {post} hôm {sent} nhưng giữ lại, chưa đăng; chờ người của trang duyệt.{call}",
                "Site of {unit}: it took {post} on {sent} but keeps it back; somebody there must publish it.{call}"
            ),
            action: format!("loa done {code} --link https://… --by {name}"),
        })
    }

    async fn stopped(&self, s: &mut Status) -> Result<(), Stop> {
        let l = self.lang();
        for p in self.store.post_all().await? {
            let (Some(code), None) = (&p.stopped, p.removed_at) else { continue };
            let (post, says) = (post_word(&p.origin), p.stopped_by.unwrap_or_default());
            let meanwhile = if p.revision_id.is_some() {
                l.pick(
                    "Trong lúc chờ: bản đã ghi trước đó vẫn chạy.",
                    "Meanwhile what was applied before goes on.",
                )
            } else {
                l.pick("Bài này chưa có bản nào chạy được.", "No version of it has ever been applied.")
            };
            s.needs.push(Need {
                kind: "stopped",
                n: 0,
                says: say!(
                    l,
                    "Bài {post} có lỗi {code}: {says} {meanwhile}",
                    "Post {post} has fault {code}: {says} {meanwhile}"
                ),
                action: l.pick("loa check, sửa, rồi loa apply", "loa check, mend, then loa apply").to_owned(),
            });
        }
        Ok(())
    }

    async fn held(&self, s: &mut Status) -> Result<(), Stop> {
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
                action: format!("loa log --post {} --state held", h.origin),
            });
        }
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
            if gate == "unapproved" {
                for p in posts.iter().filter(|p| p.due_at <= self.now) {
                    let (post, due, step) =
                        (post_word(&p.origin), self.show.at(p.due_at), self.step(&p.class, p.given));
                    s.needs.push(Need {
                        kind: "late_approval",
                        n: p.n,
                        says: say!(
                            l,
                            "Bài {post} đã đến giờ ({due}) mà chưa duyệt xong: chờ {step}",
                            "Post {post} was due {due} and is not approved: waits for {step}"
                        ),
                        action: format!("loa approve {} --by {}", p.origin, l.pick("TÊN", "NAME")),
                    });
                }
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
        for h in self.store.hold_all(self.now).await? {
            let (by, reason) = (&h.by_name, if h.reason.is_empty() { "–" } else { h.reason.as_str() });
            let what = if h.scope == "all" { l.pick("TẤT CẢ", "ALL").to_owned() } else { h.r.clone() };
            let arg = if h.scope == "all" { "all" } else { h.r.as_str() };
            let name = l.pick("TÊN", "NAME");
            let until = h
                .until_at
                .map(|u| format!(" {} {}", l.pick("đến", "until"), self.show.at(u)))
                .unwrap_or_default();
            s.held.push(say!(
                l,
                "{what}: {by} giữ{until}, lý do: {reason}   → loa release {arg} --by {name}",
                "{what}: held by {by}{until}, because: {reason}   → loa release {arg} --by {name}"
            ));
        }
        Ok(())
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
                let facts = self.stale_facts(p).await?;
                let author = &p.author;
                say!(
                    l,
                    "thông tin hết hiệu lực F007: {facts}; chờ {author} sửa",
                    "fact no longer valid F007: {facts}; {author} must mend it"
                )
            }
            other => words::reason(other, l),
        })
    }

    async fn stale_facts(&self, p: &HeldPost) -> Result<String, Stop> {
        let l = self.lang();
        let manifest = self.store.revision_get(p.revision_id).await?.map(|r| r.manifest).unwrap_or_default();
        let stated: Vec<String> = serde_json::from_str::<serde_json::Value>(&manifest)
            .ok()
            .and_then(|m| Some(m.get("facts")?.as_object()?.keys().cloned().collect()))
            .unwrap_or_default();
        let rows = self.store.fact_rows().await?;
        let day = self.show.day_of(p.due_at.max(self.now));
        let mut out = Vec::new();
        for id in stated {
            let date = |d: &Option<String>| d.as_deref().and_then(|d| d.parse::<NaiveDate>().ok());
            let why = match rows.iter().find(|r| r.id == id) {
                None => l.pick("không còn trong sổ", "gone from the register").to_owned(),
                Some(r) => {
                    let fact = crate::domain::fact::Fact {
                        id: id.as_str().into(),
                        text: String::new(),
                        basis: None,
                        source: None,
                        valid_from: date(&r.valid_from),
                        valid_to: date(&r.valid_to),
                        checked: date(&r.checked),
                        checked_by: None,
                        note: None,
                    };
                    match fact.valid_on(day, self.settings.fact_max_age_days) {
                        Ok(()) => continue,
                        Err(Stale::Expired(d)) => {
                            let d = text::date(d);
                            say!(l, "hết {d}", "ended {d}")
                        }
                        Err(Stale::NotYet(d)) => {
                            let d = text::date(d);
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
            out.push(format!("{id} ({why})"));
        }
        Ok(out.join(", "))
    }

    /// The step of approval that is next.
    fn step(&self, class: &str, given: i64) -> String {
        let steps = approve::steps(self.settings, approve::class_of(class));
        match steps.get(usize::try_from(given).unwrap_or(0)).map(String::as_str) {
            Some(approve::ANYBODY) | None => {
                self.lang().pick("một người khác người soạn", "anybody but the author").to_owned()
            }
            Some(step) => {
                // Who stands in today is said beside the role.
                let today = self.show.today();
                let stand_in = self
                    .settings
                    .substitutes
                    .iter()
                    .find(|x| x.for_step == step && x.from <= today && today <= x.until)
                    .map(|x| format!(", {} {}", self.lang().pick("thay:", "substitute:"), x.person))
                    .unwrap_or_default();
                format!("{step}{stand_in}")
            }
        }
    }

    async fn approvals(&self, s: &mut Status) -> Result<(), Stop> {
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
