//! The states of a delivery: one closed table, nothing else exists.
//!
//! [`next`] is the whole law; `store` refuses to write an edge that is not in it, and a test walks every pair.

use serde::{Deserialize, Serialize};

/// State of a ledger row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Its time has not come.
    Planned,
    /// Its time has come; also: waiting for another try.
    Due,
    /// A node has claimed it.
    Leased,
    /// The intent is durable; the effect may have begun.
    Sending,
    /// The far side took it.
    Sent,
    /// Something forbids it for now.
    Held,
    /// The recipient is dead or the content refused.
    Rejected,
    /// No attempts left.
    Failed,
    /// It may have happened.
    Unknown,
    /// Plan or person took it back.
    Cancelled,
    /// Its time passed.
    Expired,
}

impl State {
    /// All states, in the order of screens.
    pub const ALL: [State; 11] = [
        State::Planned,
        State::Due,
        State::Leased,
        State::Sending,
        State::Sent,
        State::Held,
        State::Rejected,
        State::Failed,
        State::Unknown,
        State::Cancelled,
        State::Expired,
    ];

    /// The word stored.
    pub fn as_str(self) -> &'static str {
        match self {
            State::Planned => "planned",
            State::Due => "due",
            State::Leased => "leased",
            State::Sending => "sending",
            State::Sent => "sent",
            State::Held => "held",
            State::Rejected => "rejected",
            State::Failed => "failed",
            State::Unknown => "unknown",
            State::Cancelled => "cancelled",
            State::Expired => "expired",
        }
    }
    /// Reads the word.
    pub fn parse(s: &str) -> Option<State> {
        State::ALL.into_iter().find(|x| x.as_str() == s)
    }
    /// True if nothing happens any more unless a person or a late answer says so.
    pub fn is_settled(self) -> bool {
        match self {
            State::Sent
            | State::Rejected
            | State::Failed
            | State::Unknown
            | State::Cancelled
            | State::Expired => true,
            State::Planned | State::Due | State::Leased | State::Sending | State::Held => false,
        }
    }
    /// As Vietnamese screens and files say it.
    pub fn vi(self) -> &'static str {
        match self {
            State::Planned => "đã lên lịch",
            State::Due | State::Leased | State::Sending => "đang gửi",
            State::Sent => "nơi nhận đã nhận",
            State::Held => "đang giữ",
            State::Rejected => "bị từ chối",
            State::Failed => "không gửi được",
            State::Unknown => "chưa rõ",
            State::Cancelled | State::Expired => "không gửi",
        }
    }
    /// As English screens say it.
    pub fn en(self) -> &'static str {
        match self {
            State::Due | State::Leased | State::Sending => "sending",
            State::Sent => "accepted",
            State::Planned
            | State::Held
            | State::Rejected
            | State::Failed
            | State::Unknown
            | State::Cancelled
            | State::Expired => self.as_str(),
        }
    }
}

/// What happens to a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// Its time has come and the gate is open.
    TimeCame,
    /// Unapproved, blackout, account paused, content changed, a person.
    Hold,
    /// What held it is gone; its time has not come.
    ReleaseEarly,
    /// What held it is gone; its time has come.
    ReleaseDue,
    /// Plan or person took it back.
    Cancel,
    /// Its window passed.
    Expire,
    /// A node claimed it.
    Claim,
    /// The lease ran out and no intent was written; or the node gave it back.
    Return,
    /// The intent is durable.
    Intend,
    /// The far side took it.
    Accepted,
    /// It did not happen; another try later, or account broken, or throttled.
    Again,
    /// It did not happen and no attempts are left.
    GiveUp,
    /// Recipient dead or content refused.
    Refused,
    /// The lease ran out with an intent, or the answer is ambiguous.
    Lost,
    /// The far side, asked, has it; or a person says so; or the late answer of its own attempt.
    TurnsOutSent,
    /// The far side, asked, does not have it; a person or rule wants it sent again; or a late transient answer.
    TurnsOutDue,
    /// A person says it was not sent and shall not be.
    TurnsOutNotSent,
    /// The late answer of its own attempt: refused.
    TurnsOutRefused,
    /// A person wants another try.
    RetryByPerson,
    /// The plan wants it again and no attempt was ever opened.
    Replan,
    /// A backup was restored and it was due since.
    Restored,
}

/// The state after `event`, or `None` if the table has no such edge.
pub fn next(from: State, event: Event) -> Option<State> {
    use Event as E;
    use State as S;
    let to = match (from, event) {
        (S::Planned, E::TimeCame) => S::Due,
        (S::Planned | S::Due, E::Hold) => S::Held,
        (S::Held, E::ReleaseEarly) => S::Planned,
        (S::Held, E::ReleaseDue) => S::Due,
        (S::Planned | S::Due | S::Held, E::Cancel) => S::Cancelled,
        (S::Planned | S::Due | S::Held, E::Expire) => S::Expired,
        (S::Due, E::Claim) => S::Leased,
        (S::Leased, E::Return) => S::Due,
        (S::Leased, E::Intend) => S::Sending,
        (S::Leased, E::Hold) => S::Held,
        (S::Leased, E::Cancel) => S::Cancelled,
        (S::Leased, E::Expire) => S::Expired,
        (S::Sending, E::Accepted) => S::Sent,
        (S::Sending, E::Again) => S::Due,
        (S::Sending, E::GiveUp) => S::Failed,
        (S::Sending, E::Refused) => S::Rejected,
        (S::Sending, E::Lost) => S::Unknown,
        (S::Unknown, E::TurnsOutSent) => S::Sent,
        (S::Unknown, E::TurnsOutDue) => S::Due,
        (S::Unknown, E::TurnsOutNotSent) => S::Failed,
        (S::Unknown, E::TurnsOutRefused) => S::Rejected,
        (S::Failed | S::Rejected, E::RetryByPerson) => S::Due,
        (S::Cancelled | S::Expired, E::Replan) => S::Planned,
        (S::Planned | S::Due | S::Held | S::Leased | S::Sending, E::Restored) => S::Unknown,
        _ => return None,
    };
    Some(to)
}

/// True if the table has some event that leads from `from` to `to`.
pub fn edge_exists(from: State, to: State) -> bool {
    Event::ALL.into_iter().any(|e| next(from, e) == Some(to))
}

impl Event {
    /// All events.
    pub const ALL: [Event; 21] = [
        Event::TimeCame,
        Event::Hold,
        Event::ReleaseEarly,
        Event::ReleaseDue,
        Event::Cancel,
        Event::Expire,
        Event::Claim,
        Event::Return,
        Event::Intend,
        Event::Accepted,
        Event::Again,
        Event::GiveUp,
        Event::Refused,
        Event::Lost,
        Event::TurnsOutSent,
        Event::TurnsOutDue,
        Event::TurnsOutNotSent,
        Event::TurnsOutRefused,
        Event::RetryByPerson,
        Event::Replan,
        Event::Restored,
    ];
}

/// Number of `target` within the integer id of a delivery: `id = occurrence << 32 | target`.
const TARGET_BITS: u32 = 32;
/// Modulus of the short code: the largest prime below 2^40, so that a code has eight characters.
pub const CODE_MODULUS: i64 = 1_099_511_627_689;
/// Spread of neighbouring targets over the codes (about 0.618 of the modulus).
pub const CODE_TARGET_STEP: i64 = 679_535_557_541;
/// Spread of neighbouring occurrences over the codes.
pub const CODE_OCCURRENCE_STEP: i64 = 7_919_981;

/// Which delivery: its occurrence and its target. The integer id is computed from the two, in SQL as well as here, so that
/// identity is the primary key and a million rows need no second look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DeliveryId(pub i64);

impl DeliveryId {
    /// Both numbers are below 2^31.
    pub fn new(occurrence: i64, target: i64) -> Self {
        Self((occurrence << TARGET_BITS) | target)
    }
    /// The occurrence's number.
    pub fn occurrence(self) -> i64 {
        self.0 >> TARGET_BITS
    }
    /// The target's number.
    pub fn target(self) -> i64 {
        self.0 & ((1 << TARGET_BITS) - 1)
    }
    /// The short code as an integer below [`CODE_MODULUS`]; stored and indexed.
    pub fn code(self) -> i64 {
        // Same arithmetic as the INSERT … SELECT of the expansion; no step leaves 63 bits.
        ((self.target() % 8_388_608) * CODE_TARGET_STEP % CODE_MODULUS
            + (self.target() / 8_388_608) * 104_729
            + (self.occurrence() % 8_388_608) * CODE_OCCURRENCE_STEP)
            % CODE_MODULUS
    }
}

/// Letters of short codes: Crockford's base 32, no I, L, O, U.
const CODE_LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The eight letters of a code.
pub fn code_letters(code: i64) -> String {
    (0..8).rev().map(|i| char::from(CODE_LETTERS[((code >> (5 * i)) & 31) as usize])).collect()
}

/// Reads a code or the beginning of one (`T-4K7Q`, `4k7q`; O reads as 0, I and L as 1) as the range of codes it may mean.
pub fn code_range(typed: &str) -> Option<std::ops::RangeInclusive<i64>> {
    let t = typed.trim().to_ascii_uppercase();
    let t = t.strip_prefix("T-").unwrap_or(&t);
    if t.len() < 4 || t.len() > 8 {
        return None;
    }
    let mut v: i64 = 0;
    for c in t.bytes() {
        let c = match c {
            b'O' => b'0',
            b'I' | b'L' => b'1',
            other => other,
        };
        v = (v << 5) | CODE_LETTERS.iter().position(|&l| l == c)? as i64;
    }
    let free = 5 * (8 - t.len());
    Some((v << free)..=((v << free) | ((1 << free) - 1)))
}

/// Reads the digits of a sheet as people say and type them (`482116`, `482 116`); `None` if it is something else. Whether there
/// is such a sheet, the ledger knows: digits may also begin the code of a delivery.
pub fn sheet_digits(typed: &str) -> Option<String> {
    let digits: String = typed.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '.')).collect();
    ((4..=8).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())).then_some(digits)
}

/// The shortest form of `code`, at least four letters, that differs from its nearest neighbours `below` and `above` in
/// the ledger, with its `T-`.
pub fn code_short(code: i64, below: Option<i64>, above: Option<i64>) -> String {
    let me = code_letters(code);
    let common = |o: Option<i64>| {
        o.map_or(0, |o| code_letters(o).bytes().zip(me.bytes()).take_while(|(a, b)| a == b).count())
    };
    let n = (common(below).max(common(above)) + 1).clamp(4, 8);
    format!("T-{}", &me[..n])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of the design, written a second time as data; any edge that is only in one of the two fails.
    #[test]
    fn a_sheets_digits_are_read_as_they_are_printed() {
        for typed in ["482116", " 482 116 ", "482\u{a0}116", "482-116", "482.116"] {
            assert_eq!(sheet_digits(typed).as_deref(), Some("482116"), "{typed}");
        }
        for typed in ["", "T-482116", "48A116", "123", "123456789", "４８２１１６"] {
            assert_eq!(sheet_digits(typed), None, "{typed}");
        }
    }

    #[test]
    fn the_table_is_closed() {
        use State::*;
        let edges: &[(State, &[State])] = &[
            (Planned, &[Due, Held, Cancelled, Expired, Unknown]),
            (Due, &[Held, Cancelled, Expired, Leased, Unknown]),
            (Leased, &[Due, Sending, Held, Cancelled, Expired, Unknown]),
            (Sending, &[Sent, Due, Failed, Rejected, Unknown]),
            (Sent, &[]),
            (Held, &[Planned, Due, Cancelled, Expired, Unknown]),
            (Rejected, &[Due]),
            (Failed, &[Due]),
            (Unknown, &[Sent, Due, Failed, Rejected]),
            (Cancelled, &[Planned]),
            (Expired, &[Planned]),
        ];
        for (from, tos) in edges {
            for to in State::ALL {
                assert_eq!(edge_exists(*from, to), tos.contains(&to), "{from:?} -> {to:?}");
            }
        }
    }

    #[test]
    fn nothing_leaves_sent() {
        for e in Event::ALL {
            assert_eq!(next(State::Sent, e), None);
        }
    }

    proptest::proptest! {
        #[test]
        fn ids_and_codes_round_trip(o in 0i64..(1 << 31), t in 0i64..(1 << 31)) {
            let id = DeliveryId::new(o, t);
            proptest::prop_assert_eq!((id.occurrence(), id.target()), (o, t));
            let c = id.code();
            proptest::prop_assert!((0..CODE_MODULUS).contains(&c));
            for n in 4..=8 {
                let s = code_letters(c);
                proptest::prop_assert!(code_range(&s[..n]).unwrap().contains(&c));
            }
        }
    }

    #[test]
    fn a_code_grows_until_it_is_unique() {
        let c = code_range("4K7Q0000").unwrap();
        let c = *c.start();
        assert_eq!(code_short(c, None, None), "T-4K7Q");
        assert_eq!(code_short(c, Some(c - 1), None), "T-4K7Q");
        assert_eq!(code_short(c, None, Some(c + 1)), "T-4K7Q0000");
        assert_eq!(code_range("t-4k7q"), code_range("4K7Q"));
        assert_eq!(code_range("4K"), None);
        assert_eq!(code_range("4K7U"), None);
    }

    #[test]
    fn neighbours_start_differently() {
        let mut seen = std::collections::HashSet::new();
        for t in 1..=2000 {
            seen.insert(code_letters(DeliveryId::new(7, t).code())[..4].to_owned());
        }
        assert_eq!(seen.len(), 2000);
    }
}
