//! Senders: which are paused, which lack their secret, which wait for an allowance; what they left open.

use super::super::brakes;
use super::super::show::post_word;
use super::advice::{Asked, advice};
use super::gather::{Gather, NAMED};
use super::{Need, Status, probes};
use crate::cli::{Stop, words};
use crate::domain::delivery::State;
use crate::store::{AccountState, LogFilter};

/// Due for so long without a reason, milliseconds: somebody must look.
const STUCK_MS: i64 = 10 * 60_000;
/// Tries in vain after which waiting for the next one is no plan.
const MANY_TRIES: i64 = 3;

impl Gather<'_> {
    pub(super) async fn accounts(&self, s: &mut Status) -> Result<(), Stop> {
        for a in self.accounts.iter().filter(|a| a.paused_at.is_some()) {
            self.paused(s, a).await?;
        }
        self.secrets(s).await?;
        self.retrying(s).await?;
        for account in self.settings.accounts.values() {
            for standing in brakes::standing(self.store, self.settings, account, self.now).await? {
                s.allowances.push(format!("{}: {}", account.id, brakes::say_standing(&standing, &self.show)));
            }
        }
        let l = self.lang();
        for w in self.store.waiting(self.now).await? {
            let paused = self.accounts.iter().any(|a| a.account == w.account && a.paused_at.is_some());
            if paused || w.now == 0 {
                continue;
            }
            let (items, account) = (self.items(w.now, &w.account), &w.account);
            if let Some(brake) = self.brakes.of(account) {
                let why = brake.say(&self.show);
                s.waiting.push(match brake {
                    super::super::brakes::Brake::Limit { .. } => {
                        say!(
                            l,
                            "{account}: {items} chờ hạn mức, {why}",
                            "{account}: {items} wait for the allowance, {why}"
                        )
                    }
                    super::super::brakes::Brake::Slow(_) => {
                        say!(l, "{account}: {items} chờ, {why}", "{account}: {items} wait, {why}")
                    }
                });
            } else if self.account(account).is_none() {
                s.needs.push(Need {
                    kind: "no_account",
                    n: w.now,
                    says: say!(
                        l,
                        "{account}: loa.yaml không còn tài khoản này, {items} chờ mà không ai gửi",
                        "{account}: loa.yaml has no such account any more; {items} wait and nobody sends them"
                    ),
                    action: format!(
                        "{}   {}",
                        l.pick(
                            "khai lại tài khoản trong loa.yaml, hoặc ghi lại lịch:",
                            "put it back into loa.yaml, or plan anew:"
                        ),
                        self.ctx.hint(&["apply"])
                    ),
                });
            } else if w.since.is_some_and(|t| t < self.now - STUCK_MS)
                && w.tried.is_none_or(|t| t < self.now - STUCK_MS)
                && self.served().await?
            {
                let since = self.show.at(w.since.unwrap_or_default());
                s.needs.push(Need {
                    kind: "stuck",
                    n: w.now,
                    says: say!(
                        l,
                        "{account}: {items} đến giờ từ {since} mà chưa đi, không rõ vì sao",
                        "{account}: {items} due since {since} have not gone, for no known reason"
                    ),
                    action: format!(
                        "{}   {}",
                        l.pick("xem nhật ký của máy, rồi:", "look at the machine's log, then:"),
                        self.ctx.hint(&[
                            "log",
                            "--account",
                            account,
                            "--state",
                            l.pick("đang gửi", "sending")
                        ])
                    ),
                });
            }
        }
        Ok(())
    }

    /// What was tried in vain and goes again by itself; after some tries somebody should look why.
    async fn retrying(&self, s: &mut Status) -> Result<(), Stop> {
        let l = self.lang();
        for r in self.store.retrying(self.now).await? {
            if self.accounts.iter().any(|a| a.account == r.account && a.paused_at.is_some()) {
                continue; // the pause says more
            }
            let (account, items) = (&r.account, self.items(r.n, &r.account));
            let (why, at) = (words::cause(&r.cause, l), self.show.at(r.next));
            if r.tries < MANY_TRIES {
                s.waiting.push(say!(
                    l,
                    "{account}: {items} chưa đi được ({why}), tự gửi lại từ {at}",
                    "{account}: {items} did not go ({why}), tried again from {at}"
                ));
                continue;
            }
            let tries = r.tries;
            s.needs.push(Need {
                kind: "retrying",
                n: r.n,
                says: say!(
                    l,
                    "{account}: {items} chưa đi được, có lượt đã thử {tries} lần ({why}); tự gửi lại từ {at}",
                    "{account}: {items} did not go, some after {tries} tries ({why}); tried again from {at}"
                ),
                action: self.ctx.hint(&[
                    "log",
                    "--account",
                    account,
                    "--state",
                    l.pick("sẽ gửi lại", "to be tried again"),
                ]),
            });
        }
        Ok(())
    }

    async fn paused(&self, s: &mut Status, a: &AccountState) -> Result<(), Stop> {
        let (l, name, account) = (self.lang(), self.name(), a.account.as_str());
        let (waits, sent) = self.store.account_waiting(account, self.now).await?;
        let (since, items) = (self.show.at(a.paused_at.unwrap_or_default()), self.items(waits, account));
        let sent = self.show.n(sent);
        let (code, detail) = (a.cause_code.as_deref().unwrap_or(""), a.cause_detail.as_deref().unwrap_or(""));
        let resume = self.ctx.hint(&["account", "resume", account, "--by", name]);
        let probe = self.ctx.hint(&["account", "probe", account, "--by", name]);
        let run = self.ctx.hint(&["run"]);
        let again = say!(
            l,
            "rồi nạp lại (systemctl reload loa) hoặc khởi động lại:   {run}",
            "then reload (systemctl reload loa) or start again:   {run}"
        );
        let secret = self.account(account).and_then(|x| x.secrets.first()).map(|x| x.file.as_str());
        let (why, action) = match code {
            "paused_by_person" => {
                let by = a.paused_by.as_deref().unwrap_or("?");
                let why = if detail.is_empty() {
                    say!(l, "{by} cho dừng", "{by} paused it")
                } else {
                    say!(l, "{by} cho dừng: {detail}", "{by} paused it: {detail}")
                };
                (why, resume)
            }
            "no_secret" => {
                let lacking = self.account(account).and_then(|x| x.lacking(&self.settings.root));
                match lacking {
                    Some((secret, why)) => {
                        let (file, why) = (&secret.file, why.map(|e| format!(" ({e})")).unwrap_or_default());
                        (
                            say!(
                                l,
                                "thiếu tệp mật khẩu hoặc mã truy cập {file}{why}",
                                "its password or token file {file} is missing{why}"
                            ),
                            self.make_secret(file) + &again,
                        )
                    }
                    None => (
                        say!(
                            l,
                            "lúc khởi động còn thiếu mật khẩu hoặc mã truy cập {detail}; nay tệp đã có",
                            "its password or token {detail} was missing at the start; the file is there now"
                        ),
                        again.trim_start_matches(l.pick("rồi ", "then ")).to_owned(),
                    ),
                }
            }
            "carrier_unusable" => (
                words::cause_with(code, detail, l),
                say!(l, "sửa {detail} trước: xem mục của nó", "mend {detail} first: see its own line"),
            ),
            "bad_setting" => {
                let check = self.ctx.hint(&["check"]);
                (
                    format!("{} ({detail})", words::cause(code, l)),
                    say!(
                        l,
                        "sửa {account} trong loa.yaml, kiểm tra:   {check}   {again}",
                        "mend {account} in loa.yaml, check:   {check}   {again}"
                    ),
                )
            }
            code => {
                let fix = match (code, secret) {
                    ("login_refused" | "token_refused", Some(file)) => {
                        say!(
                            l,
                            "sửa {file}, nạp lại (systemctl reload loa), thử:   ",
                            "mend {file}, reload (systemctl reload loa), try:   "
                        )
                    }
                    (code, _) => match probes::to_do(code, l) {
                        "" => String::new(),
                        todo => say!(l, "{todo}; thử:   ", "{todo}; try:   "),
                    },
                };
                let then = l.pick("tốt thì:", "if good:");
                (words::cause_with(code, detail, l), format!("{fix}{probe}   {then}   {resume}"))
            }
        };
        let probe = probes::say(&self.show, self.asked_kind(account), a, probes::of(&self.probes, a));
        s.needs.push(Need {
            kind: if code == "no_secret" { "no_secret" } else { "account_paused" },
            n: waits,
            says: say!(
                l,
                "{account} DỪNG từ {since}: {why}. {items} chờ, {sent} đã gửi trong 24 giờ; không ai mất tin.{probe}",
                "{account} PAUSED since {since}: {why}. {items} waiting, {sent} sent within 24 hours; nobody loses anything.{probe}"
            ),
            action,
        });
        Ok(())
    }

    fn make_secret(&self, file: &str) -> String {
        say!(self.lang(), "tạo tệp {file} (một dòng, chmod 600), ", "create {file} (one line, chmod 600), ")
    }

    /// Accounts that are about to be needed and whose secret is not there: no daemon has met it yet.
    async fn secrets(&self, s: &mut Status) -> Result<(), Stop> {
        if self.ctx.sandbox {
            return Ok(());
        }
        let l = self.lang();
        for (account, n) in self.store.account_soon(self.now + 2 * super::super::show::DAY_MS).await? {
            if self.accounts.iter().any(|a| a.account == account && a.paused_at.is_some()) {
                continue; // it is told already
            }
            let Some((secret, why)) = self.account(&account).and_then(|a| a.lacking(&self.settings.root))
            else {
                continue;
            };
            let (file, items) = (&secret.file, self.items(n, &account));
            let why = why.map(|e| format!(" ({e})")).unwrap_or_default();
            let run = self.ctx.hint(&["run"]);
            s.needs.push(Need {
                kind: "no_secret",
                n,
                says: say!(
                    l,
                    "{account} chưa gửi được: thiếu tệp mật khẩu hoặc mã truy cập {file}{why}. {items} sắp đến giờ.",
                    "{account} cannot send: its password or token file {file} is missing{why}. {items} due soon."
                ),
                action: self.make_secret(file)
                    + &say!(l, "rồi chạy:   {run}", "then start:   {run}"),
            });
        }
        Ok(())
    }

    pub(super) async fn questions(&self, s: &mut Status) -> Result<(), Stop> {
        let l = self.lang();
        let questions = self.store.questions().await?;
        for q in &questions {
            let kind = self.kind(&q.account);
            let (account, since) = (&q.account, self.show.at(q.since));
            let why = words::cause(&q.cause_code, l);
            let mut items = self.items(q.n, account);
            if q.told > 0 {
                let told = self.show.n(q.told);
                items += &say!(
                    l,
                    " (trong đó {told} tin Loa báo người trực)",
                    " ({told} of them Loa's own to who is on duty)"
                );
            }
            let several = questions.iter().filter(|o| o.account == *account).count() > 1;
            let (tried, accepted) =
                self.store.answers_around(account, q.since, super::super::show::DAY_MS / 96).await?;
            let (answer, advice) = advice(Asked { kind, urgent: q.urgent > 0, tried, accepted }, l);
            let twice = match kind {
                "wordpress" => {
                    l.pick("Gửi lại có thể khiến bài lên hai lần.", "Sending again may publish it twice.")
                }
                _ => l.pick("Gửi lại có thể khiến họ nhận hai lần.", "Sending again may reach them twice."),
            };
            let call = self.to_ask(account, &q.cause_code, q.n).await?;
            let mut command = vec!["resolve", "--account", account];
            if several {
                command.extend(["--cause", q.cause_code.as_str()]);
            }
            command.extend([answer, "--by", self.name()]);
            if answer == "resend" && q.n > 1 {
                command.extend(["--second", l.pick("TÊN-2", "NAME-2")]);
            }
            let resolve = self.ctx.hint(&command);
            // The oldest of them closes first.
            let closes =
                self.show.at(q.since + self.settings.close_questions_after_days * super::super::show::DAY_MS);
            s.needs.push(Need {
                kind: "question",
                n: q.n,
                says: say!(
                    l,
                    "{items} CHƯA RÕ đã đi hay chưa ({why}, từ {since}, {account}). {twice}{call} Không ai trả lời thì từ {closes} tự đóng, ghi “không rõ”.",
                    "{items}: UNKNOWN whether sent ({why}, since {since}, {account}). {twice}{call} Unanswered, it closes from {closes} on as “not known”."
                ),
                action: format!("{resolve}   ({advice})"),
            });
        }
        Ok(())
    }

    /// Whom to ask about a few open rows of units.
    async fn to_ask(&self, account: &str, cause: &str, n: i64) -> Result<String, Stop> {
        if n > NAMED as i64 {
            return Ok(String::new());
        }
        let filter = LogFilter {
            states: vec![State::Unknown],
            account: Some(account.to_owned()),
            system: true,
            limit: 50,
            ..LogFilter::default()
        };
        let rows = self.store.log_page(&filter).await?.rows;
        let mut whom: Vec<String> = rows
            .iter()
            .filter(|r| r.cause_code.as_deref().unwrap_or("") == cause)
            .filter_map(|r| r.officer.clone().filter(|o| !o.is_empty()))
            .collect();
        whom.dedup();
        Ok(self.call(&whom.join(", ")))
    }

    pub(super) async fn urgent(&self, s: &mut Status) -> Result<(), Stop> {
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
                action: self.ctx.hint(&["log", "--post", &u.origin]),
            });
        }
        Ok(())
    }
}
