//! What can be wrong with a schedule, and why an occurrence falls away: in words, in both languages.

use chrono::{NaiveDate, NaiveDateTime};

use super::super::calendar::NoCalendar;
use super::super::text::{self, Lang};
pub use super::cron::Field;

/// An occurrence that the rule names and that does not happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// The name it would have had.
    pub slot: String,
    /// Its nominal time.
    pub nominal: NaiveDateTime,
    /// Why.
    pub why: DropWhy,
}

/// Why an occurrence does not happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DropWhy {
    /// Its day (stations: every day of its week) is a day off and the rule says skip.
    DayOff,
    /// The working day it would move to lies outside of the campaign's period.
    ShiftedOutside {
        /// That day.
        to: NaiveDate,
    },
    /// Another occurrence of the same sending happens at that very instant.
    SameInstant {
        /// The slot that stays.
        other: String,
    },
    /// Stations: there are fewer airings than weeks, and this week gets none.
    NoShare,
}

impl Dropped {
    /// One sentence.
    pub fn text(&self, lang: Lang) -> String {
        let when = text::moment(self.nominal, lang);
        match (&self.why, lang) {
            (DropWhy::DayOff, Lang::Vi) => format!("{when}: ngày nghỉ nên không gửi"),
            (DropWhy::DayOff, Lang::En) => format!("{when}: a day off, so nothing is sent"),
            (DropWhy::ShiftedOutside { to }, Lang::Vi) => {
                format!(
                    "{when}: gặp ngày nghỉ, chuyển sang {} thì ra ngoài thời gian chiến dịch",
                    text::day(*to, lang)
                )
            }
            (DropWhy::ShiftedOutside { to }, Lang::En) => {
                format!("{when}: would move to {}, outside of the campaign's period", text::day(*to, lang))
            }
            (DropWhy::SameInstant { other }, Lang::Vi) => {
                format!("{when}: trùng giờ với lần gửi {other}, chỉ gửi một lần")
            }
            (DropWhy::SameInstant { other }, Lang::En) => {
                format!("{when}: falls on the instant of {other}, sent once")
            }
            (DropWhy::NoShare, Lang::Vi) => {
                format!("tuần {}: số lần phát ít hơn số tuần, tuần này không phát", self.slot)
            }
            (DropWhy::NoShare, Lang::En) => {
                format!("week {}: fewer airings than weeks, none in this one", self.slot)
            }
        }
    }
}

/// What is wrong with a schedule. `Display` is the English sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScheduleFault {
    /// A day off must be known in a year without a calendar.
    NoCalendar(NoCalendar),
    /// `until` before `from`.
    EmptyWindow {
        /// First day.
        from: NaiveDate,
        /// Last day.
        until: NaiveDate,
    },
    /// The rule's days lie wholly (or, in `problems`, partly) outside of the campaign's period.
    OutsideCampaign {
        /// First day of the rule.
        from: NaiveDate,
        /// Last day of the rule.
        until: NaiveDate,
        /// First day of the campaign.
        start: NaiveDate,
        /// Last day of the campaign.
        end: NaiveDate,
    },
    /// The rule names no time in its window.
    NeverFires {
        /// First day looked at.
        from: NaiveDate,
        /// Last day looked at.
        until: NaiveDate,
    },
    /// Every occurrence falls away.
    AllDropped {
        /// They, with reasons.
        dropped: Vec<Dropped>,
    },
    /// More occurrences than [`super::MAX_OCCURRENCES`].
    TooMany {
        /// That bound.
        most: usize,
    },
    /// `every` without a weekday.
    NoDays,
    /// A station with no airings.
    NoTimes,
    /// No such day in any lunar month.
    NoLunarDay {
        /// The day.
        day: u32,
        /// The month.
        month: Option<u32>,
    },
    /// No instant corresponds to that time (the end of time).
    NoInstant {
        /// The time.
        at: NaiveDateTime,
    },
    /// Not five fields.
    CronFields {
        /// How many.
        found: usize,
    },
    /// `@daily` and the like.
    CronShorthand {
        /// As written.
        expr: String,
    },
    /// A weekday as a number.
    CronWeekdayNumber {
        /// The field as written.
        field: String,
    },
    /// Both the day of the month and the weekday are restricted.
    CronBothDays {
        /// The day field.
        day: String,
        /// The weekday field.
        weekday: String,
    },
    /// A field holds what cannot stand in it: `CN`, `L`, `MON#1`, `FRI-MON`.
    CronField {
        /// The field.
        field: Field,
        /// What stands there.
        word: String,
    },
    /// The grammar is wrong.
    CronUnreadable {
        /// The beginning of what was written.
        expr: String,
    },
}

impl From<NoCalendar> for ScheduleFault {
    fn from(n: NoCalendar) -> Self {
        ScheduleFault::NoCalendar(n)
    }
}

impl ScheduleFault {
    /// What is wrong and what to write instead.
    pub fn text(&self, lang: Lang) -> String {
        match lang {
            Lang::Vi => self.vi(),
            Lang::En => self.en(),
        }
    }

    fn vi(&self) -> String {
        use text::date;
        match self {
            Self::NoCalendar(NoCalendar { year }) => format!(
                "chưa có lịch nghỉ năm {year} nên không biết ngày nào làm việc; hãy thêm campaigns/calendar/vn-{year}.yaml (ghi provisional: true khi chưa có thông báo chính thức)"
            ),
            Self::EmptyWindow { from, until } => {
                format!("ngày kết thúc {} trước ngày bắt đầu {}", date(*until), date(*from))
            }
            Self::OutsideCampaign { from, until, start, end } => {
                let (start, end) = (date(*start), date(*end));
                if from == until {
                    format!("ngày {} nằm ngoài thời gian chiến dịch {start} – {end}", date(*from))
                } else {
                    format!(
                        "khoảng {} – {} ra ngoài thời gian chiến dịch {start} – {end}; ngoài thời gian đó Loa không gửi gì",
                        date(*from),
                        date(*until)
                    )
                }
            }
            Self::NeverFires { from, until } => {
                format!("từ {} đến {} không có lần nào khớp với lịch này", date(*from), date(*until))
            }
            Self::AllDropped { dropped } => {
                let first = dropped.first().map(|d| d.text(Lang::Vi)).unwrap_or_default();
                format!("mọi lần gửi theo lịch này đều bị bỏ; ví dụ {first}")
            }
            Self::TooMany { most } => {
                format!(
                    "lịch này có hơn {} lần; hãy gửi thưa hơn hoặc rút ngắn thời gian",
                    text::number(*most as i64, Lang::Vi)
                )
            }
            Self::NoDays => "chưa ghi thứ nào trong tuần; ví dụ: thứ Hai 08:00".to_owned(),
            Self::NoTimes => "số lần phát (times) phải từ 1 trở lên".to_owned(),
            Self::NoLunarDay { day, month: Some(m) } => {
                format!("âm lịch không có ngày {day:02}/{m:02}; ngày từ 1 đến 30, tháng từ 1 đến 12")
            }
            Self::NoLunarDay { day, month: None } => {
                format!("tháng âm lịch không có ngày {day}; ngày từ 1 đến 30")
            }
            Self::NoInstant { at } => {
                format!("không có thời điểm nào ứng với {}", text::moment(*at, Lang::Vi))
            }
            Self::CronFields { found } => format!(
                "cron cần đúng 5 phần: phút, giờ, ngày, tháng, thứ; ở đây có {found}. Ví dụ 08:00 mỗi thứ Hai: 0 8 * * MON"
            ),
            Self::CronShorthand { expr } => {
                format!(
                    "không dùng “{expr}”; hãy viết đủ 5 phần (ví dụ 0 8 * * *) hoặc dùng every: hằng ngày 08:00"
                )
            }
            Self::CronWeekdayNumber { field } => format!(
                "số “{field}” ở phần thứ mỗi nơi hiểu một khác (1 là thứ Hai hay Chủ nhật?); hãy viết tên: MON, TUE, WED, THU, FRI, SAT, SUN"
            ),
            Self::CronBothDays { day, weekday } => format!(
                "cron không được giới hạn cả ngày trong tháng (“{day}”) lẫn thứ (“{weekday}”): có nơi hiểu là “và”, có nơi là “hoặc”. Hãy để một phần là *, hoặc tách thành hai mục gửi"
            ),
            Self::CronField { field, word } => {
                let ((name, may), _) = field.words();
                format!("phần {name} của cron không nhận “{word}”; ở đây viết {may}")
            }
            Self::CronUnreadable { expr } => format!("không hiểu biểu thức cron “{expr}”"),
        }
    }

    fn en(&self) -> String {
        use text::date;
        match self {
            Self::NoCalendar(n) => n.to_string(),
            Self::EmptyWindow { from, until } => {
                format!("the last day {} lies before the first day {}", date(*until), date(*from))
            }
            Self::OutsideCampaign { from, until, start, end } => format!(
                "{} – {} reaches outside of the campaign's period {} – {}; nothing is sent outside of it",
                date(*from),
                date(*until),
                date(*start),
                date(*end)
            ),
            Self::NeverFires { from, until } => {
                format!("from {} to {} the schedule names no time at all", date(*from), date(*until))
            }
            Self::AllDropped { dropped } => {
                let first = dropped.first().map(|d| d.text(Lang::En)).unwrap_or_default();
                format!("every occurrence falls away; for example {first}")
            }
            Self::TooMany { most } => {
                format!(
                    "more than {} occurrences; send less often or shorten the window",
                    text::number(*most as i64, Lang::En)
                )
            }
            Self::NoDays => "no weekday is named; for example: monday 08:00".to_owned(),
            Self::NoTimes => "times must be 1 or more".to_owned(),
            Self::NoLunarDay { day, month: Some(m) } => {
                format!("no lunar date {day:02}/{m:02}: days are 1 to 30, months 1 to 12")
            }
            Self::NoLunarDay { day, month: None } => {
                format!("no lunar month has a day {day}: days are 1 to 30")
            }
            Self::NoInstant { at } => format!("no instant corresponds to {}", text::moment(*at, Lang::En)),
            Self::CronFields { found } => format!(
                "cron needs exactly 5 fields (minute, hour, day, month, weekday), found {found}; 08:00 on Mondays is: 0 8 * * MON"
            ),
            Self::CronShorthand { expr } => {
                format!("\"{expr}\" is not accepted; write 5 fields (0 8 * * *) or every: daily 08:00")
            }
            Self::CronWeekdayNumber { field } => format!(
                "the number \"{field}\" as a weekday means different days to different programs; write MON, TUE, WED, THU, FRI, SAT or SUN"
            ),
            Self::CronBothDays { day, weekday } => format!(
                "cron may not restrict both the day of the month (\"{day}\") and the weekday (\"{weekday}\"): programs differ on \"and\" and \"or\"; leave one of them * or write two sendings"
            ),
            Self::CronField { field, word } => {
                let (_, (name, may)) = field.words();
                format!("the {name} of a cron expression cannot be \"{word}\"; write {may}")
            }
            Self::CronUnreadable { expr } => format!("cannot read the cron expression \"{expr}\""),
        }
    }
}

impl std::fmt::Display for ScheduleFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.en())
    }
}

impl std::error::Error for ScheduleFault {}
