//! What somebody must be told of, and when: pure rules over facts that others read. Nothing is remembered here.
//!
//! The same condition is told once. It is told again when more of the same came ([`Raised::mark`]), when a day has passed and
//! nobody took it up, or when it ended and came back. What comes back within [`CALM_MS`] never ended: an account that tries
//! itself and stops again is one story.

use std::collections::{BTreeMap, BTreeSet};

use super::text::{self, Lang};

/// Told again after so long if nobody said that they have it in hand, milliseconds.
pub const AGAIN_MS: i64 = 24 * 3_600_000;
/// More of the same is told at most this often, milliseconds.
pub const MORE_MS: i64 = 10 * 60_000;
/// A condition that ended and came back within this time did not end, milliseconds.
pub const CALM_MS: i64 = 10 * 60_000;
/// An edit that is refused is told if it is still so after this time, milliseconds: people save unfinished work.
pub const EDIT_GRACE_MS: i64 = 2 * 60_000;
/// Changes that wait for `loa apply` are told after this time, milliseconds.
pub const APPLY_GRACE_MS: i64 = 15 * 60_000;
/// A disk with a smaller free share is low, per cent.
pub const DISK_LOW: u64 = 5;
/// The system's clock moved by more than this against the time that passed, milliseconds.
pub const JUMP_MS: i64 = 60_000;
/// The system's clock differs by more than this from the database's, milliseconds.
pub const DRIFT_MS: i64 = 5_000;
/// How long a jump of the clock is told as one, milliseconds: it is an event, and what it did may show later.
pub const JUMP_SHOWN_MS: i64 = 3_600_000;

/// What may be told at once (`alerts.at_once` of `loa.yaml`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// Loa stopped sending by an account. A pause that a person ordered is no news.
    AccountPaused,
    /// An urgent post failed, was refused, came too late, or nobody knows.
    UrgentFailed,
    /// What somebody edited is not in force.
    EditRefused,
    /// The disk fills.
    DiskLow,
    /// The last backup is too old, or there never was one.
    BackupOld,
    /// The clock jumped, or differs from the database's.
    ClockWrong,
}

impl Cause {
    /// All of them.
    pub const ALL: [Cause; 6] = [
        Cause::AccountPaused,
        Cause::UrgentFailed,
        Cause::EditRefused,
        Cause::DiskLow,
        Cause::BackupOld,
        Cause::ClockWrong,
    ];

    /// The word in `loa.yaml` and in the ledger.
    pub fn as_str(self) -> &'static str {
        match self {
            Cause::AccountPaused => "account_paused",
            Cause::UrgentFailed => "urgent_failed",
            Cause::EditRefused => "edit_refused",
            Cause::DiskLow => "disk_low",
            Cause::BackupOld => "backup_old",
            Cause::ClockWrong => "clock_wrong",
        }
    }

    /// Out of that word.
    pub fn parse(s: &str) -> Option<Cause> {
        Self::ALL.into_iter().find(|c| c.as_str() == s)
    }

    /// What screens call it.
    pub fn say(self, lang: Lang) -> &'static str {
        match self {
            Cause::AccountPaused => lang.pick("tài khoản dừng", "account paused"),
            Cause::UrgentFailed => lang.pick("tin khẩn hỏng", "urgent failed"),
            Cause::EditRefused => lang.pick("bản sửa chưa dùng", "edit refused"),
            Cause::DiskLow => lang.pick("đĩa sắp đầy", "disk low"),
            Cause::BackupOld => lang.pick("bản sao lưu cũ", "backup old"),
            Cause::ClockWrong => lang.pick("đồng hồ sai", "clock wrong"),
        }
    }
}

/// An account that Loa paused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paused {
    /// Which.
    pub account: String,
    /// The accounts it goes by, itself or those it borrows: none of them tells of it.
    pub by: Vec<String>,
    /// What the far side said, cleaned.
    pub detail: String,
    /// Since when, milliseconds.
    pub since: i64,
    /// How many deliveries wait.
    pub waits: i64,
}

/// Urgent rows of one account that did not arrive for certain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Urgent {
    /// The account.
    pub account: String,
    /// How many.
    pub n: i64,
    /// One of their posts.
    pub post: String,
    /// The newest occurrence among them; grows with each further post.
    pub newest: i64,
}

/// A post, a shared file or `loa.yaml` whose edit is not in force.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refused {
    /// `campaign/post` or the file.
    pub subject: String,
    /// Why, in one sentence.
    pub says: String,
}

/// What is looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Accounts that Loa paused.
    pub paused: Vec<Paused>,
    /// Urgent rows that went wrong lately.
    pub urgent: Vec<Urgent>,
    /// Edits that a fault stops.
    pub refused: Vec<Refused>,
    /// Changes that wait for `loa apply`.
    pub withheld: i64,
    /// Free share of the disk, per cent.
    pub disk_free: Option<u64>,
    /// The last backup, milliseconds.
    pub backup_at: Option<i64>,
    /// When this ledger was first served, milliseconds: a backup is wanted that long after it.
    pub installed_at: Option<i64>,
    /// When the clock last jumped, and by how much (forth: positive), both milliseconds.
    pub jumped: Option<(i64, i64)>,
    /// How far the system's clock is ahead of the database's, milliseconds.
    pub drift: i64,
}

/// A condition that holds now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raised {
    /// What.
    pub cause: Cause,
    /// Of whom; empty where there is but one.
    pub subject: String,
    /// One sentence for people.
    pub says: String,
    /// Grows with more of the same.
    pub mark: i64,
    /// Told once it has held so long, milliseconds.
    pub grace: i64,
    /// Accounts that do not tell of it.
    pub avoid: Vec<String>,
}

/// Which of the wanted conditions hold now.
pub fn raised(
    facts: &Facts,
    at_once: &BTreeSet<Cause>,
    backup_max_age: i64,
    now: i64,
    lang: Lang,
) -> Vec<Raised> {
    let mut out = Vec::new();
    let plain = |cause, subject: &str, says| Raised {
        cause,
        subject: subject.into(),
        says,
        mark: 0,
        grace: 0,
        avoid: vec![],
    };
    let n = |n: i64| text::number(n, lang);
    for p in &facts.paused {
        let waits = n(p.waits);
        let why = if p.detail.is_empty() { String::new() } else { format!(": {}", p.detail) };
        let account = &p.account;
        let says = match lang {
            Lang::Vi => format!("{account} đã dừng{why}. {waits} lượt chờ, không lượt nào mất"),
            Lang::En => format!("{account} is paused{why}. {waits} waiting, none is lost"),
        };
        out.push(Raised { avoid: p.by.clone(), ..plain(Cause::AccountPaused, account, says) });
    }
    for u in &facts.urgent {
        let (count, post, account) = (n(u.n), &u.post, &u.account);
        let says = match lang {
            Lang::Vi => format!("Tin KHẨN {post}: {count} lượt qua {account} không đi được hoặc chưa rõ"),
            Lang::En => format!("URGENT {post}: {count} by {account} did not go, or nobody knows"),
        };
        let alert = plain(Cause::UrgentFailed, account, says);
        out.push(Raised { mark: u.newest, avoid: vec![u.account.clone()], ..alert });
    }
    for r in &facts.refused {
        let (subject, why) = (&r.subject, r.says.trim_end_matches('.'));
        let says = match lang {
            Lang::Vi => format!("{subject}: bản sửa có lỗi, chưa dùng ({why})"),
            Lang::En => format!("{subject}: the edit has a fault and is not in force ({why})"),
        };
        out.push(Raised { grace: EDIT_GRACE_MS, ..plain(Cause::EditRefused, subject, says) });
    }
    if facts.withheld > 0 {
        let count = n(facts.withheld);
        let says = match lang {
            Lang::Vi => format!("{count} thay đổi trong thư mục chờ người ghi, bản cũ vẫn chạy"),
            Lang::En => {
                let changes = text::plural(facts.withheld, "change", "changes");
                format!("{changes} of the folder wait for a person, the old version goes on")
            }
        };
        out.push(Raised { grace: APPLY_GRACE_MS, ..plain(Cause::EditRefused, "apply", says) });
    }
    if let Some(free) = facts.disk_free.filter(|f| *f < DISK_LOW) {
        let says = match lang {
            Lang::Vi => format!("Đĩa chỉ còn {free}% chỗ trống; đầy đĩa thì Loa ngừng gửi"),
            Lang::En => format!("Only {free}% of the disk is free; Loa stops sending when it is full"),
        };
        out.push(plain(Cause::DiskLow, "", says));
    }
    if let Some(last) = facts.backup_at.or(facts.installed_at).filter(|l| now - l > backup_max_age) {
        let days = (now - last) / 86_400_000;
        let says = match (facts.backup_at.is_some(), lang) {
            (true, Lang::Vi) => format!("Bản sao lưu gần nhất đã {days} ngày"),
            (true, Lang::En) => format!("The last backup is {} old", text::plural(days, "day", "days")),
            (false, Lang::Vi) => format!("Chạy đã {days} ngày mà chưa có bản sao lưu nào"),
            (false, Lang::En) => format!("In use for {} without a backup", text::plural(days, "day", "days")),
        };
        out.push(plain(Cause::BackupOld, "", says));
    }
    let jumped = facts.jumped.filter(|(at, _)| now - at < JUMP_SHOWN_MS).map(|(_, by)| by);
    if let Some(by) = jumped.or_else(|| (facts.drift.abs() > DRIFT_MS).then_some(facts.drift)) {
        let seconds = n((by / 1000).abs());
        let says = match (jumped.is_some(), lang) {
            (true, Lang::Vi) => format!("Đồng hồ máy vừa nhảy {seconds} giây; xem lại giờ máy (NTP)"),
            (true, Lang::En) => {
                format!("The machine's clock jumped by {seconds} seconds; look at its time (NTP)")
            }
            (false, Lang::Vi) => {
                format!("Đồng hồ máy lệch cơ sở dữ liệu {seconds} giây; xem lại giờ máy (NTP)")
            }
            (false, Lang::En) => {
                format!("The machine's clock is {seconds} seconds off the database's; look at its time (NTP)")
            }
        };
        out.push(plain(Cause::ClockWrong, "", says));
    }
    out.retain(|r| at_once.contains(&r.cause));
    out
}

/// An alert on record that has not ended, or ended within [`CALM_MS`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its number.
    pub id: i64,
    /// What.
    pub cause: Cause,
    /// Of whom.
    pub subject: String,
    /// What is on record of it.
    pub says: String,
    /// See [`Raised::mark`].
    pub mark: i64,
    /// Since when.
    pub since: i64,
    /// When it was told.
    pub told_at: Option<i64>,
    /// What was told.
    pub told_mark: i64,
    /// When it ended.
    pub ended_at: Option<i64>,
    /// Somebody has it in hand.
    pub seen: bool,
}

/// What is to be written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moves {
    /// Conditions that are new: places in the list of what holds.
    pub begin: Vec<usize>,
    /// Conditions that go on and are not on record as they are now, with their numbers.
    pub keep: Vec<(i64, usize)>,
    /// Numbers of alerts that ended.
    pub end: Vec<i64>,
    /// Conditions to be told now, with their numbers. New ones come after they have one.
    pub tell: Vec<(i64, usize)>,
}

/// Compares what holds with what is on record.
pub fn compare(known: &[Known], raised: &[Raised], now: i64) -> Moves {
    let mut out = Moves::default();
    let mut newest = BTreeMap::<(Cause, &str), &Known>::new();
    for k in known {
        let slot = newest.entry((k.cause, k.subject.as_str())).or_insert(k);
        if k.id > slot.id {
            *slot = k;
        }
    }
    let mut still = BTreeSet::new();
    for (i, r) in raised.iter().enumerate() {
        let recent = |k: &&&Known| k.ended_at.is_none_or(|e| now - e < CALM_MS);
        let Some(k) = newest.get(&(r.cause, r.subject.as_str())).filter(recent) else {
            out.begin.push(i);
            continue;
        };
        still.insert(k.id);
        if k.says != r.says || k.mark != r.mark || k.ended_at.is_some() {
            out.keep.push((k.id, i));
        }
        let tell = match k.told_at {
            None => now - k.since >= r.grace,
            Some(at) => (r.mark > k.told_mark && now - at >= MORE_MS) || (!k.seen && now - at >= AGAIN_MS),
        };
        if tell {
            out.tell.push((k.id, i));
        }
    }
    out.end = known.iter().filter(|k| k.ended_at.is_none() && !still.contains(&k.id)).map(|k| k.id).collect();
    out
}

/// Notices a clock that was set: compares it with time that cannot be.
#[derive(Clone, Copy, Debug, Default)]
pub struct Watch {
    last: Option<(i64, i64)>,
}

impl Watch {
    /// By how much the clock jumped since the last look; `wall` is what it shows, `steady` counts what passed, milliseconds.
    pub fn look(&mut self, wall: i64, steady: i64) -> Option<i64> {
        let before = self.last.replace((wall, steady))?;
        let jump = (wall - before.0) - (steady - before.1);
        (jump.abs() > JUMP_MS).then_some(jump)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> BTreeSet<Cause> {
        Cause::ALL.into_iter().collect()
    }
    const DAY: i64 = 86_400_000;

    fn causes(f: &Facts, now: i64) -> Vec<(&'static str, String)> {
        raised(f, &all(), 2 * DAY, now, Lang::Vi).into_iter().map(|r| (r.cause.as_str(), r.subject)).collect()
    }

    #[test]
    fn each_condition_by_its_facts() {
        let now = 10 * DAY;
        let none: Vec<(&str, String)> = vec![];
        let base = Facts { backup_at: Some(now - DAY), disk_free: Some(50), ..Facts::default() };
        type Row = (&'static str, Facts, Vec<(&'static str, &'static str)>);
        let table: Vec<Row> = vec![
            ("calm", base.clone(), vec![]),
            (
                "an account",
                Facts { paused: vec![Paused { account: "thu".into(), ..Paused::default() }], ..base.clone() },
                vec![("account_paused", "thu")],
            ),
            (
                "urgent rows of two accounts",
                Facts {
                    urgent: ["thu", "zalo"]
                        .map(|a| Urgent { account: a.into(), n: 3, ..Urgent::default() })
                        .to_vec(),
                    ..base.clone()
                },
                vec![("urgent_failed", "thu"), ("urgent_failed", "zalo")],
            ),
            (
                "an edit, and changes that wait",
                Facts {
                    refused: vec![Refused { subject: "c/p".into(), says: "x".into() }],
                    withheld: 2,
                    ..base.clone()
                },
                vec![("edit_refused", "c/p"), ("edit_refused", "apply")],
            ),
            ("a full disk", Facts { disk_free: Some(4), ..base.clone() }, vec![("disk_low", "")]),
            ("room enough", Facts { disk_free: Some(5), ..base.clone() }, vec![]),
            (
                "an old backup",
                Facts { backup_at: Some(now - 3 * DAY), ..base.clone() },
                vec![("backup_old", "")],
            ),
            ("just young enough", Facts { backup_at: Some(now - 2 * DAY), ..base.clone() }, vec![]),
            (
                "never a backup",
                Facts { backup_at: None, installed_at: Some(0), ..base.clone() },
                vec![("backup_old", "")],
            ),
            (
                "newly installed",
                Facts { backup_at: None, installed_at: Some(now - DAY), ..base.clone() },
                vec![],
            ),
            (
                "a jump",
                Facts { jumped: Some((now - 1, -3_600_000)), ..base.clone() },
                vec![("clock_wrong", "")],
            ),
            ("a jump of yesterday", Facts { jumped: Some((now - DAY, 3_600_000)), ..base.clone() }, vec![]),
            ("off the database", Facts { drift: -5_001, ..base.clone() }, vec![("clock_wrong", "")]),
            ("nearly with it", Facts { drift: 5_000, ..base.clone() }, vec![]),
        ];
        for (name, facts, want) in table {
            let want: Vec<(&str, String)> = want.into_iter().map(|(c, s)| (c, s.to_owned())).collect();
            assert_eq!(causes(&facts, now), want, "{name}");
            assert_eq!(raised(&facts, &BTreeSet::new(), 2 * DAY, now, Lang::En), [], "{name}: not asked for");
        }
        assert_eq!(causes(&base, now), none);
    }

    fn known(told_at: Option<i64>) -> Known {
        Known {
            id: 7,
            cause: Cause::UrgentFailed,
            subject: "thu".into(),
            says: String::new(),
            mark: 5,
            since: 1_000,
            told_at,
            told_mark: 5,
            ended_at: None,
            seen: false,
        }
    }

    #[test]
    fn told_once_and_again_for_a_reason() {
        let r = |mark, grace| {
            vec![Raised {
                cause: Cause::UrgentFailed,
                subject: "thu".into(),
                says: String::new(),
                mark,
                grace,
                avoid: vec![],
            }]
        };
        let told = |k: Known, r: &[Raised], now| !compare(&[k], r, now).tell.is_empty();
        assert_eq!(compare(&[], &r(5, 0), 9).begin, [0], "new");
        assert!(told(known(None), &r(5, 0), 1_000), "once it is on record");
        assert!(!told(known(None), &r(5, 500), 1_400), "not before its grace is over");
        assert!(told(known(None), &r(5, 500), 1_500));
        assert!(!told(known(Some(2_000)), &r(5, 0), 2_000 + AGAIN_MS - 1), "once");
        assert_eq!(compare(&[known(Some(2_000))], &r(5, 0), 3_000), Moves::default(), "nothing is written");
        assert!(told(known(Some(2_000)), &r(5, 0), 2_000 + AGAIN_MS), "nobody took it up for a day");
        let seen = Known { seen: true, ..known(Some(2_000)) };
        assert!(!told(seen.clone(), &r(5, 0), 2_000 + AGAIN_MS), "somebody has it in hand");
        assert!(!told(known(Some(2_000)), &r(6, 0), 2_000 + MORE_MS - 1), "a storm is one alert");
        assert!(told(seen, &r(6, 0), 2_000 + MORE_MS), "more of the same");
        // It ended, and came back.
        assert_eq!(compare(&[known(Some(2_000))], &[], 3_000).end, [7]);
        let ended = Known { ended_at: Some(3_000), ..known(Some(2_000)) };
        let soon = compare(std::slice::from_ref(&ended), &r(5, 0), 3_000 + CALM_MS - 1);
        assert_eq!((soon.begin.len(), soon.keep.len(), soon.tell.len()), (0, 1, 0), "it flickers");
        assert_eq!(compare(&[ended], &r(5, 0), 3_000 + CALM_MS).begin, [0], "a new story");
    }

    #[test]
    fn a_clock_that_is_set_shows_and_one_that_drifts_does_not() {
        let mut w = Watch::default();
        assert_eq!(w.look(1_000_000, 0), None, "the first look knows nothing");
        assert_eq!(w.look(1_010_000, 10_500), None);
        assert_eq!(w.look(1_010_000 + 3_600_000, 20_500), Some(3_590_000));
        assert_eq!(w.look(1_020_000 + 3_600_000, 30_500), None, "told once");
        assert_eq!(w.look(1_020_000, 40_500), Some(-3_610_000));
    }
}
