//! The morning digest: to each person on duty, each day, also when all is well. Its silence is a message, too.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};

use super::alerts::{Alarm, Brief, local, message};
use super::ms;
use crate::domain::alert::Facts;
use crate::domain::text::{self, Lang};
use crate::domain::unit::Family;
use crate::render::{NoticeItem, NoticeSection, NoticeView};
use crate::store::{Counts, StoreError};

/// After a standstill the digest is sent up to so many hours late; later it would be yesterday's news.
const LATE_HOURS: i64 = 6;
/// Who has it not by so many minutes after its time should call.
const MISSED_MINUTES: i64 = 15;

/// How many of a day went which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Day {
    sent: i64,
    failed: i64,
    unknown: i64,
    late: i64,
    open: i64,
}

impl Day {
    fn add(&mut self, state: i16, n: i64) {
        match state {
            4 => self.sent += n,
            6 | 7 => self.failed += n,
            8 => self.unknown += n,
            10 => self.late += n,
            0..=3 | 5 => self.open += n,
            _ => {}
        }
    }
    fn all(self) -> i64 {
        self.sent + self.failed + self.unknown + self.late + self.open
    }
}

/// Counts by family, in the order of screens; Loa's own papers left out.
fn by_family(counts: &[Counts]) -> Vec<(Family, Day)> {
    let mut days = BTreeMap::<&str, Day>::new();
    for c in counts.iter().filter(|c| c.system == 0) {
        days.entry(c.family.as_str()).or_default().add(c.state, c.n);
    }
    Family::ALL
        .into_iter()
        .filter_map(|f| Some((f, *days.get(f.as_str())?)))
        .filter(|(_, d)| d.all() > 0)
        .collect()
}

fn total(days: &[(Family, Day)]) -> Day {
    days.iter().fold(Day::default(), |mut t, (_, d)| {
        t.sent += d.sent;
        t.failed += d.failed;
        t.unknown += d.unknown;
        t.late += d.late;
        t.open += d.open;
        t
    })
}

/// `email: 1.200 đã nhận, 3 hỏng, 2 chưa rõ`.
fn line(family: Family, d: Day, l: Lang) -> String {
    let parts: Vec<String> = [
        (d.sent, "nơi nhận đã nhận", "accepted"),
        (d.failed, "hỏng hoặc bị từ chối", "failed or refused"),
        (d.unknown, "chưa rõ", "unknown"),
        (d.late, "không gửi (quá giờ)", "not sent (too late)"),
        (d.open, "chưa đi", "not gone yet"),
    ]
    .into_iter()
    .filter(|(n, _, _)| *n > 0)
    .map(|(n, vi, en)| format!("{} {}", text::number(n, l), l.pick(vi, en)))
    .collect();
    format!("{}: {}", l.pick(family.vi(), family.as_str()), parts.join(", "))
}

impl Alarm<'_> {
    /// Makes today's digest for whoever has none yet.
    pub(super) async fn digest(&self, facts: &Facts, now: DateTime<Utc>) -> Result<usize, StoreError> {
        let Some(time) = self.settings.alerts.digest else { return Ok(0) };
        let today = now.with_timezone(&self.settings.time_zone).date_naive();
        let at = local(self.settings, today, time);
        let until = at + TimeDelta::hours(LATE_HOURS);
        if now < at || now >= until {
            return Ok(0);
        }
        let slot = today.to_string();
        let mut lacking = Vec::new();
        for person in self.on_duty(now) {
            if !self.store.notice_is_there("digest", &slot, person).await? {
                lacking.push(person);
            }
        }
        if lacking.is_empty() {
            return Ok(0);
        }
        let brief = match self.briefing {
            Some(b) => b.brief().await,
            None => None,
        };
        let midnight = |d| local(self.settings, d, NaiveTime::MIN);
        let days = [today - TimeDelta::days(1), today, today + TimeDelta::days(1)].map(midnight);
        let [from, start, end] = days.map(ms);
        let yesterday = by_family(&self.store.counts(from, start).await?);
        let due = by_family(&self.store.counts(start, end).await?);
        let view = self.digest_view(facts, brief, &yesterday, &due, (at, now));
        let all: Vec<_> =
            lacking.iter().map(|p| message("digest", &slot, p, &view, vec![], ms(until))).collect();
        self.store.notice_add(&all, ms(now)).await?;
        Ok(all.len())
    }

    fn digest_view(
        &self,
        facts: &Facts,
        brief: Option<Brief>,
        yesterday: &[(Family, Day)],
        due: &[(Family, Day)],
        (at, now): (DateTime<Utc>, DateTime<Utc>),
    ) -> NoticeView {
        let l = self.settings.language;
        let known = brief.is_some();
        let mut brief = brief.unwrap_or_default();
        if !known {
            // Without `status` the digest says what the rules say, and where to look.
            let a = &self.settings.alerts;
            let all = crate::domain::alert::Cause::ALL.into_iter().collect();
            let raised = crate::domain::alert::raised(facts, &all, a.backup_max_age * 1000, ms(now), l);
            let action = self.command(&["status"]);
            brief.needs = raised
                .into_iter()
                .map(|r| NoticeItem { says: r.says, actions: vec![action.clone()] })
                .collect();
            brief.well = brief.needs.is_empty();
        }
        let n = brief.needs.len();
        let verdict = match (l, n) {
            (Lang::Vi, 0) => "TỐT".to_owned(),
            (Lang::Vi, _) => format!("CẦN LÀM {n} VIỆC"),
            (Lang::En, 0) => "ALL WELL".to_owned(),
            (Lang::En, 1) => "1 THING TO DO".to_owned(),
            (Lang::En, _) => format!("{n} THINGS TO DO"),
        };
        let (y, t) = (total(yesterday), total(due));
        let num = |n: i64| text::number(n, l);
        let was = match (l, y.all()) {
            (Lang::Vi, 0) => "Hôm qua không có lượt nào.".to_owned(),
            (Lang::Vi, all) => format!("Hôm qua {}/{} xong.", num(y.sent), num(all)),
            (Lang::En, 0) => "Nothing was due yesterday.".to_owned(),
            (Lang::En, all) => format!("Yesterday {}/{} done.", num(y.sent), num(all)),
        };
        let is = match (l, t.all()) {
            (Lang::Vi, 0) => "Hôm nay chưa có lượt nào trong sổ.".to_owned(),
            (Lang::Vi, all) => format!("Hôm nay {} lượt.", num(all)),
            (Lang::En, 0) => "Nothing is in the ledger for today yet.".to_owned(),
            (Lang::En, all) => format!("Today {}.", text::plural(all, "delivery", "deliveries")),
        };
        let day = now.with_timezone(&self.settings.time_zone).format("%d/%m").to_string();
        let lines = |days: &[(Family, Day)]| days.iter().map(|(f, d)| line(*f, *d, l)).collect::<Vec<_>>();
        let backup = match (facts.backup_at, l) {
            (Some(b), Lang::Vi) => format!("bản sao lưu gần nhất: {}", self.clock(super::instant(b))),
            (Some(b), Lang::En) => format!("last backup: {}", self.clock(super::instant(b))),
            (None, Lang::Vi) => "chưa có bản sao lưu nào".to_owned(),
            (None, Lang::En) => "no backup was ever made".to_owned(),
        };
        let mut machine = brief.machine;
        if machine.is_empty()
            && let Some(free) = facts.disk_free
        {
            machine.push(match l {
                Lang::Vi => format!("đĩa còn {free}%"),
                Lang::En => format!("disk {free}% free"),
            });
        }
        machine.push(backup);
        let mut accounts: Vec<String> = facts.paused.iter().map(|p| p.account.clone()).collect();
        if accounts.is_empty() {
            accounts.push(l.pick("không tài khoản nào dừng", "no account is paused").to_owned());
        }
        let sections = [
            (l.pick("Hôm qua", "Yesterday"), lines(yesterday)),
            (l.pick("Hôm nay", "Today"), lines(due)),
            (l.pick("Sắp tới", "Next"), brief.next),
            (l.pick("Chờ duyệt", "To approve"), brief.approvals),
            (l.pick("Đang giữ, chờ", "Held, waiting"), brief.waits),
            (l.pick("Truyền thanh", "Stations"), brief.stations),
            (l.pick("Tài khoản dừng", "Paused"), accounts),
            (l.pick("Máy", "Machine"), vec![machine.join(" · ")]),
        ]
        .into_iter()
        .filter(|(_, lines)| !lines.is_empty())
        .map(|(head, lines)| NoticeSection { head: head.to_owned(), lines })
        .collect();
        let missed = (at + TimeDelta::minutes(MISSED_MINUTES)).with_timezone(&self.settings.time_zone);
        NoticeView {
            title: format!("{verdict} · Loa {day} · {was} {is}"),
            verdict,
            calm: n == 0,
            lead: format!("Loa {day}. {was} {is}"),
            needs: brief.needs,
            see: self.see(),
            sections,
            foot: self.foot(Some(&missed.format("%H:%M").to_string())),
            organisation: self.organisation.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Settings;
    use crate::domain::alert::{Cause, Paused, Raised};
    use crate::render::{Templates, notice};
    use crate::store::Store;

    fn counts(family: &str, state: i16, n: i64) -> Counts {
        Counts { family: family.into(), system: 0, state, n }
    }

    fn bad(l: Lang) -> Brief {
        let says = l.pick(
            "thu-so DỪNG từ 05:40: máy chủ từ chối mật khẩu. 872 thư chờ, 0 đã gửi trong 24 giờ; không ai mất tin.",
            "thu-so PAUSED since 05:40: the server refused the password. 872 mails waiting, 0 sent within 24 hours; nobody loses anything.",
        );
        let need = |says: &str, action: &str| NoticeItem { says: says.into(), actions: vec![action.into()] };
        Brief {
            well: false,
            needs: vec![
                need(
                    says,
                    "loa account probe thu-so --by TÊN   tốt thì:   loa account resume thu-so --by TÊN",
                ),
                need("30 tin CHƯA RÕ <đã đi> hay chưa", "loa resolve --account zalo-so leave --by TÊN"),
                need("bao-chi-12: 3 thư hỏng", "loa retry G-81AC --by TÊN"),
                need("Bài thong-bao có lỗi T014", "loa check"),
                need("Web Phường Lê Chân: quá hạn 2 ngày", "loa done T-4K7Q --link https://… --by TÊN"),
            ],
            waits: vec!["2 bài: quốc tang, an giữ".into()],
            approvals: vec!["bao-chi-12 (lanh-dao, 08:00 mai)".into()],
            next: vec!["08:00 website: ho-kinh-doanh".into()],
            stations: vec!["30/11–06/12: chưa báo phát 9 đài".into()],
            machine: vec!["1 máy chạy".into(), "đĩa còn 61%".into(), "gửi thật".into()],
        }
    }

    /// What mail and chat say, as they go out.
    fn sent(view: &NoticeView) -> String {
        let templates = Templates::builtin().unwrap();
        let to = |kind: &str| notice(view, crate::transport::form(kind).unwrap(), &templates).unwrap();
        let (mail, chat) = (to("email"), to("zalo-bot"));
        format!(
            "Subject: {}\n\n{}\n\n===== html\n{}\n===== chat\n{}",
            mail.title,
            mail.text,
            mail.html.unwrap_or_default(),
            chat.parts.join("\n----- next part\n")
        )
    }

    async fn views(l: Lang) -> [NoticeView; 3] {
        let store = Store::in_memory().await.unwrap();
        let mut settings = Settings::defaults(std::path::Path::new("/"));
        settings.language = l;
        settings.duty_phone = Some("0900 000 021".into());
        let templates = Templates::builtin().unwrap();
        let alarm = Alarm {
            store: &store,
            settings: &settings,
            templates: &templates,
            organisation: "Sở Văn hóa, Thể thao và Du lịch Hải Phòng",
            briefing: None,
        };
        let at = DateTime::parse_from_rfc3339("2026-11-30T06:30:00+07:00").unwrap().to_utc();
        let calm = Facts { disk_free: Some(61), backup_at: Some(ms(at) - 3_600_000), ..Facts::default() };
        let yesterday = by_family(&[counts("email", 4, 200), counts("website", 4, 14)]);
        let today = by_family(&[counts("email", 0, 1400), counts("zalo", 0, 2)]);
        let well = Brief { well: true, machine: vec!["1 máy chạy".into()], ..Brief::default() };
        let good = alarm.digest_view(&calm, Some(well), &yesterday, &today, (at, at));
        let facts = Facts { paused: vec![Paused { account: "thu-so".into(), ..Paused::default() }], ..calm };
        let worse = by_family(&[
            counts("email", 4, 1200),
            counts("email", 7, 2),
            counts("email", 6, 1),
            counts("email", 8, 30),
            counts("zalo", 10, 2),
            counts("zalo", 5, 1),
        ]);
        let trouble = alarm.digest_view(&facts, Some(bad(l)), &worse, &[], (at, at));
        let raised = |cause, subject: &str, says: &str| Raised {
            cause,
            subject: subject.into(),
            says: says.into(),
            mark: 0,
            grace: 0,
            avoid: vec![],
        };
        let told = [
            raised(Cause::AccountPaused, "thu-so", "thu-so đã dừng: 535. 872 lượt chờ, không lượt nào mất"),
            raised(Cause::DiskLow, "", "Đĩa chỉ còn 3% chỗ trống; đầy đĩa thì Loa ngừng gửi"),
        ];
        let alert = alarm.alert_view(&told.iter().collect::<Vec<_>>(), &bad(l), at);
        [good, trouble, alert]
    }

    #[tokio::test]
    async fn what_who_is_on_duty_reads() {
        for (lang, l) in [("vi", Lang::Vi), ("en", Lang::En)] {
            let [good, trouble, alert] = views(l).await;
            assert!(good.calm && !trouble.calm);
            insta::assert_snapshot!(format!("notice-calm-{lang}"), sent(&good));
            insta::assert_snapshot!(format!("notice-trouble-{lang}"), sent(&trouble));
            insta::assert_snapshot!(format!("notice-alert-{lang}"), sent(&alert));
        }
    }

    #[test]
    fn each_state_counts_once() {
        let all: Vec<Counts> = (0..=10).map(|s| counts("email", s, 1)).collect();
        let days = by_family(&all);
        // What was taken back (9) is nobody's business in the morning.
        let want = Day { sent: 1, failed: 2, unknown: 1, late: 1, open: 5 };
        assert_eq!(days, [(Family::Email, want)]);
        let own = Counts { system: 1, ..counts("email", 4, 5) };
        assert_eq!(by_family(&[own]), [], "Loa's own papers are not counted");
    }
}
