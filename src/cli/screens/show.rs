//! How times, numbers, places and results are said on every screen.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use unicode_width::UnicodeWidthStr;

use super::brakes::{Brake, Brakes};
use crate::cli::words;
use crate::config::Settings;
use crate::domain::delivery::State;
use crate::domain::retry::Policy;
use crate::domain::text::{self, Lang};
use crate::domain::unit::Family;
use crate::plan::instant;
use crate::store::{DeliveryRow, GroupRow, Store};
use crate::transport::is_package;

/// The origin of tests: nobody acts on them.
pub const TEST: &str = "system/test";
/// Milliseconds of a day.
pub const DAY_MS: i64 = 86_400_000;

/// The language, the clock and the zone of a screen.
#[derive(Clone, Copy, Debug)]
pub struct Show {
    /// Language.
    pub lang: Lang,
    /// Zone of all times shown.
    pub zone: chrono_tz::Tz,
    /// The instant the screen is about.
    pub now: DateTime<Utc>,
}

impl Show {
    /// For the settings of a workspace.
    pub fn new(lang: Lang, settings: &Settings, now: DateTime<Utc>) -> Self {
        Self { lang, zone: settings.time_zone, now }
    }
    /// Today, on the office's calendar.
    pub fn today(&self) -> NaiveDate {
        self.now.with_timezone(&self.zone).date_naive()
    }
    /// The day of an instant.
    pub fn day_of(&self, ms: i64) -> NaiveDate {
        instant(ms).with_timezone(&self.zone).date_naive()
    }
    /// The first instant of a day, milliseconds. Where the clock skips midnight: the first one there is.
    pub fn start_of(&self, day: NaiveDate) -> i64 {
        let midnight = day.and_time(chrono::NaiveTime::MIN);
        (0..4)
            .find_map(|h| (midnight + chrono::TimeDelta::hours(h)).and_local_timezone(self.zone).earliest())
            .map_or(0, |t| t.timestamp_millis())
    }
    /// Milliseconds by which the office's clock is ahead of UTC now.
    pub fn offset(&self) -> i64 {
        use chrono::Offset as _;
        i64::from(self.now.with_timezone(&self.zone).offset().fix().local_minus_utc()) * 1000
    }
    /// `09:05`; on another day `29/11 09:05`, tomorrow `mai 08:00`.
    pub fn at(&self, ms: i64) -> String {
        let t = instant(ms).with_timezone(&self.zone).naive_local();
        let clock = text::time(t.time());
        match (t.date() - self.today()).num_days() {
            0 => clock,
            1 => format!("{} {clock}", self.lang.pick("mai", "tomorrow")),
            _ if t.year() == self.today().year() => format!("{} {clock}", short(t.date())),
            _ => format!("{} {clock}", text::date(t.date())),
        }
    }
    /// `30/11/2026 09:05:07`: exact, for stories.
    pub fn exactly(&self, ms: i64) -> String {
        instant(ms).with_timezone(&self.zone).format("%d/%m/%Y %H:%M:%S").to_string()
    }
    /// A number.
    pub fn n(&self, n: i64) -> String {
        text::number(n, self.lang)
    }
    /// How long something has lasted: `8 ngày`, `3 giờ`, `12 phút`.
    pub fn lasted(&self, since: i64) -> String {
        let minutes = (self.now.timestamp_millis() - since).max(0) / 60_000;
        let (n, vi, en) = match minutes {
            0..60 => (minutes, "phút", "min"),
            60..2880 => (minutes / 60, "giờ", "h"),
            _ => (minutes / 1440, "ngày", "days"),
        };
        format!("{} {}", self.n(n), self.lang.pick(vi, en))
    }
}

/// `30/11`.
pub fn short(d: NaiveDate) -> String {
    format!("{:02}/{:02}", d.day(), d.month())
}

/// A post as lists show it: without its campaign and the date that its folder begins with.
pub fn post_word(origin: &str) -> &str {
    let post = origin.rsplit('/').next().unwrap_or(origin);
    let dated = post.len() > 11
        && post.is_char_boundary(11)
        && post[..11].bytes().enumerate().all(|(i, b)| match i {
            4 | 7 | 10 => b == b'-',
            _ => b.is_ascii_digit(),
        });
    if dated { &post[11..] } else { post }
}

/// What a delivery is to the person who reads it: `website`, `thư`, `gói bài`, `phiếu đài`.
pub fn form_word(family: &str, kind: &str, origin: &str, lang: Lang) -> &'static str {
    if origin == TEST {
        return lang.pick("gửi thử", "test");
    }
    if is_package(kind) {
        return lang.pick("gói bài", "package");
    }
    if origin == "system/sheet" {
        return lang.pick("phiếu đài", "sheet");
    }
    match Family::parse(family) {
        Some(f) => match lang {
            Lang::Vi => f.vi(),
            Lang::En => f.as_str(),
        },
        None => "?",
    }
}

/// The same with what carries it, where a package does not go by mail: `gói bài (Zalo)`.
pub fn carried(form: &str, account: &str, settings: &Settings, lang: Lang) -> String {
    let by = |id: &str| settings.accounts.values().find(|a| a.id.as_str() == id);
    let carrier = by(account).and_then(|a| a.carrier.as_ref()).and_then(|c| by(c.as_str()));
    match carrier.map(|c| c.kind.as_str()) {
        Some("zalo-bot") => format!("{form} (Zalo)"),
        Some("telegram") => format!("{form} (Telegram)"),
        Some("webhook") => format!("{form} ({})", lang.pick("máy nhận", "webhook")),
        Some(_) | None => form.to_owned(),
    }
}

/// An address as a screen may show it.
pub fn masked(family: &str, address: &str) -> String {
    if family == "email" || address.contains('@') {
        text::mask_email(address)
    } else {
        text::mask_chat(address)
    }
}

/// Who gets it: the unit's name, or the person's address, masked unless it may be shown.
pub fn who(row: &DeliveryRow, store: &Store, clear: bool, lang: Lang) -> String {
    if let Some(name) = row.unit_name.as_deref().filter(|n| !n.is_empty()) {
        return name.to_owned();
    }
    match store.address_of(row) {
        Some(a) if clear => a,
        Some(a) => masked(&row.family, &a),
        None => lang.pick("(không còn địa chỉ)", "(no address any more)").to_owned(),
    }
}

/// What a result is judged by.
#[derive(Clone, Debug, Default)]
pub struct Result {
    /// Its state.
    pub state: Option<State>,
    /// Its account is paused.
    pub paused: bool,
    /// What slows its account down.
    pub brake: Option<Brake>,
    /// It was tried and waits for another try.
    pub retry: bool,
    /// Its time is still to come.
    pub early: bool,
    /// Cause, reason of the hold, or the account's cause.
    pub cause: String,
    /// What was said.
    pub detail: String,
    /// What happened later; `pending` if somebody still has to act.
    pub afterwards: String,
    /// `station`, `website`…
    pub family: String,
    /// When it is due.
    pub due_at: i64,
    /// Attempts spent, and the most there are.
    pub attempts: Option<(i16, u32)>,
}

impl Result {
    /// Of one row.
    pub fn of(row: &DeliveryRow, settings: &Settings, brakes: &Brakes) -> Self {
        let state = row.state();
        let paused = state == State::Due && row.account_paused_at.is_some();
        let (cause, detail) = match state {
            State::Held => (row.held_by.clone(), None),
            State::Planned | State::Sent => (None, None),
            State::Due if paused => (row.account_cause.clone(), row.account_detail.clone()),
            State::Due
            | State::Leased
            | State::Sending
            | State::Rejected
            | State::Failed
            | State::Unknown
            | State::Cancelled
            | State::Expired => (row.cause_code.clone(), row.cause_detail.clone()),
        };
        let most = settings
            .accounts
            .values()
            .find(|a| a.id.as_str() == row.account)
            .and_then(|a| a.attempts)
            .unwrap_or_else(|| Policy::default().max_attempts);
        let pending =
            if row.pending == 1 && state == State::Sent && row.origin != TEST { "pending" } else { "" };
        let early = row.due_at > brakes.now;
        Self {
            state: Some(state),
            paused,
            brake: brakes.of(&row.account),
            retry: state == State::Due && (row.attempts > 0 || early && row.opened > 0),
            early,
            cause: cause.unwrap_or_default(),
            detail: detail.unwrap_or_default(),
            afterwards: row.afterwards.clone().unwrap_or_else(|| pending.to_owned()),
            family: row.family.clone(),
            due_at: row.due_at,
            attempts: (row.attempts > 0).then_some((row.attempts, most)),
        }
    }

    /// Of a group.
    pub fn of_group(g: &GroupRow, brakes: &Brakes) -> Self {
        let early = g.due_at > brakes.now;
        Self {
            state: State::ALL.into_iter().find(|s| number(*s) == g.state),
            paused: g.paused == 1,
            brake: brakes.of(&g.account),
            retry: g.retry == 1 || early && !g.cause.is_empty(),
            early,
            cause: g.cause.clone(),
            detail: g.detail.clone(),
            afterwards: if g.origin == TEST { String::new() } else { g.afterwards.clone() },
            family: g.family.clone(),
            due_at: g.due_at,
            attempts: None,
        }
    }

    /// The stable word for machines and for `--state`.
    pub fn word(&self) -> &'static str {
        let Some(state) = self.state else { return "unknown" };
        match state {
            State::Due if self.paused => "waiting",
            State::Due if !self.early && matches!(self.brake, Some(Brake::Limit { .. })) => "limited",
            State::Due if !self.early && self.brake.is_some() => "waiting",
            State::Due if self.retry => "retry",
            State::Due if self.early => "planned",
            State::Due | State::Leased | State::Sending => "sending",
            State::Sent => match self.afterwards.as_str() {
                "pending" => "pending",
                "published" => "published",
                "aired" => "aired",
                "skipped" => "skipped",
                "unconfirmed" => "unconfirmed",
                "bounced" => "bounced",
                "withdrawn" => "withdrawn",
                _ => "sent",
            },
            State::Unknown if crate::store::is_closed(&self.afterwards) => "not_known",
            State::Planned
            | State::Held
            | State::Rejected
            | State::Failed
            | State::Unknown
            | State::Cancelled
            | State::Expired => state.as_str(),
        }
    }

    /// The state in capitals, in the words that all screens use, and why.
    pub fn say(&self, show: &Show) -> (String, String) {
        let l = show.lang;
        let cause = if self.cause.is_empty() {
            self.detail.clone()
        } else {
            words::cause_with(&self.cause, &self.detail, l)
        };
        let at = show.at(self.due_at);
        let word = self.word();
        let mut head = state_word(word, l).to_uppercase();
        let why = match word {
            "waiting" => match self.brake {
                Some(b) if !self.paused => b.say(show),
                _ => format!("{}: {cause}", l.pick("tài khoản dừng", "account paused")),
            },
            "limited" => self.brake.map_or_else(String::new, |b| b.say(show)),
            "retry" => {
                head.push_str(&format!(" {at}"));
                let tries = self
                    .attempts
                    .map_or_else(String::new, |(a, most)| format!("{} {a}/{most}, ", l.pick("lần", "try")));
                format!("{tries}{cause}")
            }
            "planned" => {
                head.push_str(&format!(" {at}"));
                if self.state == Some(State::Planned) {
                    String::new()
                } else {
                    l.pick("lùi giờ: ngoài giờ được nhắn", "put off: quiet hours").to_owned()
                }
            }
            "pending" if self.family == "station" => {
                l.pick("chờ đài báo đã phát", "airings to be declared").to_owned()
            }
            "pending" => l.pick("chờ đăng", "to be published").to_owned(),
            "published" => l.pick("đã mở link", "link opened").to_owned(),
            "unconfirmed" => l.pick("hết tuần chưa ai báo", "the week ended in silence").to_owned(),
            "not_known" if self.afterwards == "unanswered" => l
                .pick("hết hạn chưa ai trả lời, không gửi lại", "nobody answered in time, not sent again")
                .to_owned(),
            "not_known" => l.pick("không gửi lại", "not sent again").to_owned(),
            "withdrawn" => {
                l.pick("link đã mở nay không còn bài", "the article is gone from its link").to_owned()
            }
            "held" => words::reason(&self.cause, l),
            "sent" | "aired" | "skipped" => String::new(),
            _ => cause,
        };
        (head, why.trim_end_matches(", ").to_owned())
    }
}

/// The number a state is stored as.
pub fn number(s: State) -> i64 {
    State::ALL.into_iter().zip(0..).find(|(x, _)| *x == s).map_or(-1, |(_, n): (State, i64)| n)
}

/// The words of results, in the order of totals: for machines, Vietnamese, English. The Vietnamese ones are those of every
/// screen and file; where two stand for one word they are told together.
pub const RESULTS: &[(&str, &str, &str)] = &[
    ("waiting", "chờ", "waiting"),
    ("limited", "chờ hạn mức", "waiting for the allowance"),
    ("unknown", "chưa rõ", "unknown"),
    ("failed", "không gửi được", "failed"),
    ("rejected", "bị từ chối", "rejected"),
    ("bounced", "bị từ chối", "rejected"),
    ("withdrawn", "bị gỡ", "taken down"),
    ("retry", "sẽ gửi lại", "to be tried again"),
    ("held", "đang giữ", "held"),
    ("expired", "không gửi", "not sent"),
    ("cancelled", "không gửi", "not sent"),
    ("unconfirmed", "chưa xác nhận", "unconfirmed"),
    ("skipped", "không phát", "not aired"),
    ("sending", "đang gửi", "sending"),
    ("planned", "đã lên lịch", "planned"),
    ("pending", "nơi nhận đã nhận", "accepted"),
    ("sent", "nơi nhận đã nhận", "accepted"),
    ("published", "đã đăng", "published"),
    ("aired", "đã phát", "aired"),
    ("not_known", "không rõ, đã khép", "not known, closed"),
];

/// A state as people read it.
pub fn state_word(word: &str, lang: Lang) -> &'static str {
    RESULTS.iter().find(|(w, _, _)| *w == word).map_or("?", |(_, vi, en)| lang.pick(vi, en))
}

/// Counts by result as people read them, equal words together: `872 chờ · 3 chưa rõ`.
pub fn totals(count: impl Fn(&str) -> i64, lang: Lang) -> String {
    let mut list: Vec<(&str, i64)> = Vec::new();
    for (word, vi, en) in RESULTS {
        let (says, n) = (lang.pick(vi, en), count(word));
        match list.iter_mut().find(|(w, _)| *w == says) {
            Some((_, sum)) => *sum += n,
            None => list.push((says, n)),
        }
    }
    let list: Vec<String> = list
        .into_iter()
        .filter(|(_, n)| *n > 0)
        .map(|(w, n)| {
            let waits = if w == state_word("pending", lang) { count("pending") } else { 0 };
            let more = if waits > 0 {
                let waits = text::number(waits, lang);
                say!(lang, " ({waits} chờ đăng hoặc chờ phát)", " ({waits} to be published or aired)")
            } else {
                String::new()
            };
            format!("{} {w}{more}", text::number(n, lang))
        })
        .collect();
    if list.is_empty() { lang.pick("không có gì", "nothing").to_owned() } else { list.join(" · ") }
}

/// Cells beside each other; the last column is not padded.
pub fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width: Vec<usize> = (0..columns)
        .map(|c| rows.iter().filter_map(|r| r.get(c)).map(|s| s.width()).max().unwrap_or(0))
        .collect();
    let mut out = String::new();
    for r in rows {
        let mut line = String::new();
        for (c, cell) in r.iter().enumerate() {
            line.push_str(cell);
            if c + 1 < r.len() {
                line.push_str(&" ".repeat(width[c] - cell.width() + 2));
            }
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_states_are_those_of_the_ledger() {
        // The order of `State::ALL` is what the store writes; a change of either shows here.
        for (s, n) in [(State::Planned, 0), (State::Sent, 4), (State::Unknown, 8), (State::Expired, 10)] {
            assert_eq!(number(s), n);
        }
    }

    #[test]
    fn posts_are_named_without_campaign_and_date() {
        assert_eq!(post_word("ten-mien-vn/2026-11-30-ho-kinh-doanh"), "ho-kinh-doanh");
        assert_eq!(post_word("c/bao-chi-12"), "bao-chi-12");
        assert_eq!(post_word("c/2026-11-30-"), "2026-11-30-");
        assert_eq!(post_word("c/éééééééé"), "éééééééé");
    }

    #[test]
    fn every_word_of_a_result_has_its_total() {
        for s in State::ALL {
            for (paused, retry, early) in
                [(false, false, false), (true, false, false), (false, true, false), (false, false, true)]
            {
                for after in [
                    "",
                    "pending",
                    "published",
                    "aired",
                    "skipped",
                    "unconfirmed",
                    "bounced",
                    "withdrawn",
                    "not_known",
                ] {
                    let r = Result {
                        state: Some(s),
                        paused,
                        retry,
                        early,
                        afterwards: after.into(),
                        ..Result::default()
                    };
                    assert!(RESULTS.iter().any(|(w, _, _)| *w == r.word()), "{}", r.word());
                }
            }
        }
    }

    #[test]
    fn states_are_said_in_the_words_of_the_ledger() {
        // One vocabulary: what a row's state is called anywhere is what screens call it.
        for s in State::ALL {
            let r = Result { state: Some(s), ..Result::default() };
            assert_eq!(state_word(r.word(), Lang::Vi), s.vi(), "{s:?}");
        }
        let of = |word: &str| i64::from(matches!(word, "rejected" | "bounced" | "expired"));
        assert_eq!(totals(of, Lang::Vi), "2 bị từ chối · 1 không gửi");
    }

    #[test]
    fn a_table_counts_columns_not_bytes() {
        let t = table(&[vec!["đài".into(), "x".into()], vec!["a".into(), "y".into()]]);
        assert_eq!(t, "đài  x\na    y\n");
    }
}
