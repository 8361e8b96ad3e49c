//! The lower half of `loa status`: the day in numbers, the stations' weeks, what comes next, the machine.

use std::collections::BTreeMap;

use chrono::{Datelike as _, NaiveDate, TimeDelta};

use super::super::show::{form_word, short};
use super::gather::{Gather, NAMED};
use super::{Need, Status, coming};
use crate::cli::Stop;
use crate::domain::alert::DISK_LOW;
use crate::domain::period::{Period, Span};
use crate::domain::text::Lang;
use crate::domain::unit::Family;

/// Days ahead from which the close of a quarter's figures is announced.
const CLOSING_DAYS: i64 = 30;

impl Gather<'_> {
    pub(super) async fn today(&self, s: &mut Status) -> Result<(), Stop> {
        let l = self.lang();
        let (from, until) = (
            self.show.start_of(self.show.today()),
            self.show.start_of(self.show.today() + TimeDelta::days(1)),
        );
        let mut by_family = BTreeMap::<String, (i64, i64)>::new();
        let mut papers = (0, 0);
        for c in self.store.counts(from, until).await? {
            if c.state == 9 {
                continue;
            }
            let entry = if c.system == 1 { &mut papers } else { by_family.entry(c.family).or_default() };
            entry.1 += c.n;
            if c.state == 4 {
                entry.0 += c.n;
            }
        }
        // The people of a list come into the ledger minutes before; until then they are counted as of now.
        for list in self.store.lists_to_come(from, until).await? {
            let ids = |t: &str| serde_json::from_str::<Vec<String>>(t).unwrap_or_default();
            let n =
                self.store.list_reachable(&ids(&list.lists), &ids(&list.except_lists), &list.family).await?;
            by_family.entry(list.family).or_default().1 += n;
        }
        let packages = self.store.package_counts(from, until).await?;
        for p in &packages {
            if let Some(e) = by_family.get_mut(&p.family) {
                e.0 -= p.sent;
                e.1 -= p.total;
            }
        }
        for family in Family::ALL {
            if family == Family::Station {
                continue; // weeks, not days: see TRUYỀN THANH
            }
            if let Some((sent, total)) = by_family.get(family.as_str()).filter(|(_, t)| *t > 0) {
                let word = if l == Lang::Vi { family.vi() } else { family.as_str() };
                s.today.push(format!("{word} {}/{}", self.show.n(*sent), self.show.n(*total)));
            }
            if let Some(p) = packages.iter().find(|p| p.family == family.as_str()) {
                let (sent, total, opened) =
                    (self.show.n(p.sent), self.show.n(p.total), self.show.n(p.opened));
                s.today.push(if family == Family::Press {
                    say!(l, "gói báo chí {sent}/{total} đã gửi", "press packages {sent}/{total} sent")
                } else {
                    say!(
                        l,
                        "gói bài {sent}/{total} đã gửi, {opened} đã có link",
                        "packages {sent}/{total} sent, {opened} links opened"
                    )
                });
            }
        }
        if papers.1 > 0 {
            let (sent, total) = (self.show.n(papers.0), self.show.n(papers.1));
            s.today.push(say!(
                l,
                "phiếu đài và giấy nhắc {sent}/{total}",
                "sheets and reminders {sent}/{total}"
            ));
        }
        Ok(())
    }

    pub(super) async fn stations(&self, s: &mut Status) -> Result<(), Stop> {
        let l = self.lang();
        for back in [7, 0] {
            let day = self.show.today() - TimeDelta::days(back);
            let week = crate::plan::desired::iso_week(day);
            let w = self.store.station_week(&week).await?;
            if w.stations == 0 {
                continue;
            }
            let Some(monday) = crate::plan::sheets::week_start(&week) else { continue };
            let days = span(monday, monday + TimeDelta::days(6));
            let n = |v| self.show.n(v);
            let (stations, declared, wanted) =
                (self.count(w.stations, "đài", "station"), n(w.declared), n(w.wanted));
            let mut line = say!(
                l,
                "tuần {days}: {stations} · {declared}/{wanted} buổi đã phát",
                "week {days}: {stations} · {declared}/{wanted} airings declared"
            );
            if w.skipped > w.unexplained {
                let skipped = n(w.skipped - w.unexplained);
                line.push_str(&say!(
                    l,
                    " · {skipped} không phát, có lý do",
                    " · {skipped} not aired, with a reason"
                ));
            }
            if w.unexplained > 0 {
                let fewer = n(w.unexplained);
                line.push_str(&say!(
                    l,
                    " · {fewer} khai thiếu, không nói lý do",
                    " · {fewer} missing without a reason"
                ));
            }
            if w.no_room > 0 {
                let no_room = n(w.no_room);
                line.push_str(&say!(
                    l,
                    " · {no_room} không còn chỗ (ngày nghỉ, hết thời lượng)",
                    " · {no_room} found no room (days off, allowance)"
                ));
            }
            if w.silent > 0 {
                let (silent, who) = (n(w.silent), self.silent(&week, w.silent_stations).await?);
                line.push_str(&say!(l, " · {silent} chưa báo ({who})", " · {silent} unconfirmed ({who})"));
            }
            if w.waiting > 0 {
                let waiting = n(w.waiting);
                line.push_str(&say!(l, " · {waiting} chưa gửi phiếu", " · {waiting} without a sheet yet"));
            }
            s.stations.push(line);
        }
        Ok(())
    }

    /// How many stations are silent; a few are named, with whom to call.
    async fn silent(&self, week: &str, n: i64) -> Result<String, Stop> {
        let count = self.count(n, "đài", "station");
        if n > NAMED as i64 {
            return Ok(count);
        }
        let names: Vec<String> = self
            .store
            .station_silent(week)
            .await?
            .into_iter()
            .map(|(name, officer)| match officer.filter(|o| !o.is_empty()) {
                Some(officer) => format!("{name}, {officer}"),
                None => name,
            })
            .collect();
        Ok(format!("{count}: {}", names.join("; ")))
    }

    pub(super) async fn next(&self, s: &mut Status) -> Result<(), Stop> {
        let (mut seen, mut next) = (Vec::new(), Vec::new());
        for u in self.store.upcoming(self.now, 200).await? {
            let key = (u.due_at, u.family.clone(), u.origin.clone());
            if seen.contains(&key) {
                continue;
            }
            if seen.len() == 5 {
                break;
            }
            let form = form_word(&u.family, "", &u.origin, self.lang());
            let mut line = coming(&self.show, u.due_at, form, &u.origin);
            if u.gate.is_some() {
                line.push_str(self.lang().pick(" (đang giữ)", " (held)"));
            }
            next.push((u.due_at, line));
            seen.push(key);
        }
        // The day on which the quarter's figures close, once it is near.
        let today = self.show.today();
        if let Some(quarter) = Period::containing(Span::Quarter, today, self.settings.periods) {
            let (_, last) = quarter.window(self.settings.periods);
            if (last - today).num_days() <= CLOSING_DAYS {
                let (day, label) = (short(last), quarter.label(self.lang()));
                let line = match self.lang() {
                    Lang::Vi => format!("{day} chốt số liệu {}", label.replace('Q', "q")),
                    Lang::En => format!("{day} figures of {label} close"),
                };
                next.push((self.show.start_of(last + TimeDelta::days(1)), line));
            }
        }
        next.sort_by_key(|x| x.0);
        s.next = next.into_iter().map(|x| x.1).collect();
        Ok(())
    }

    /// True if a machine serves the ledger.
    pub(super) async fn served(&self) -> Result<bool, Stop> {
        Ok(if self.store.is_embedded() {
            serving(&self.ctx.var())
        } else {
            !self.store.nodes_alive().await?.is_empty()
        })
    }

    pub(super) async fn machine(&self, s: &mut Status) -> Result<(), Stop> {
        let l = self.lang();
        let mut nodes = self.store.nodes_alive().await?;
        if !self.served().await? {
            nodes.clear(); // a life that was cut off has no end on record; the lock tells
        }
        s.runs = nodes.first().map(|n| self.show.lasted(n.started_at));
        if nodes.is_empty() {
            // What waits for an allowance is told with its time; a machine would wait, too.
            let mut late = 0;
            for (account, n) in self.store.overdue(self.now - 10 * 60_000).await? {
                late += if self.brakes.of(&account).is_some() { 0 } else { n };
            }
            // The people of a list come into the ledger by a machine.
            for list in self.store.lists_overdue(self.now - 10 * 60_000, self.now).await? {
                let ids = |t: &str| serde_json::from_str::<Vec<String>>(t).unwrap_or_default();
                late += self
                    .store
                    .list_reachable(&ids(&list.lists), &ids(&list.except_lists), &list.family)
                    .await?;
            }
            if late > 0 {
                let n = self.show.n(late);
                s.needs.insert(
                    0,
                    Need {
                        kind: "nobody_runs",
                        n: late,
                        says: say!(
                            l,
                            "KHÔNG CÓ MÁY NÀO CHẠY: {n} lượt đã quá giờ, chưa ai gửi",
                            "NO MACHINE RUNS: {n} are past their time and nobody sends them"
                        ),
                        action: self.ctx.hint(&["run"]),
                    },
                );
            }
        }
        let n = nodes.len();
        s.machine.push(match n {
            0 => l.pick("không máy nào đang chạy", "no machine runs").to_owned(),
            _ => format!("{} {}", self.count(n as i64, "máy", "machine"), l.pick("chạy", "at work")),
        });
        if let Some(free) = crate::daemon::disk_free(&self.ctx.var()) {
            s.machine.push(say!(l, "đĩa còn {free}%", "disk {free}% free"));
            if free < DISK_LOW {
                s.needs.push(Need {
                    kind: "disk",
                    n: 0,
                    says: say!(
                        l,
                        "Đĩa chỉ còn {free}% chỗ trống; đầy đĩa thì Loa ngừng gửi",
                        "Only {free}% of the disk is free; Loa stops sending when it is full"
                    ),
                    action: l.pick("dọn đĩa", "make room").to_owned(),
                });
            }
        }
        let off = self.store.not_durable().await?;
        if !off.is_empty() {
            let off = off.join(", ");
            s.needs.push(Need {
                kind: "not_durable",
                n: 0,
                says: say!(
                    l,
                    "Máy chủ PostgreSQL tắt {off}: mất điện có thể mất sổ, gửi hai lần",
                    "The PostgreSQL server has {off} off: a power cut may lose the ledger, and send twice"
                ),
                action: l.pick("bật lại trong postgresql.conf", "turn it on in postgresql.conf").to_owned(),
            });
        }
        s.machine.push(
            if self.ctx.sandbox {
                l.pick("HỘP THỬ, không có gì gửi ra ngoài", "SANDBOX, nothing leaves")
            } else {
                l.pick("gửi thật", "real")
            }
            .to_owned(),
        );
        Ok(())
    }
}

/// `23–29/11`, `30/11–06/12`.
fn span(from: NaiveDate, until: NaiveDate) -> String {
    if from.month() == until.month() {
        format!("{:02}–{}", from.day(), short(until))
    } else {
        format!("{}–{}", short(from), short(until))
    }
}

/// True if a daemon of this machine serves the folder: it holds the lock. A shared look does not take it.
pub fn serving(var: &std::path::Path) -> bool {
    match std::fs::File::open(var.join("loa.lock")) {
        Ok(f) => matches!(f.try_lock_shared(), Err(std::fs::TryLockError::WouldBlock)),
        Err(_) => false,
    }
}
