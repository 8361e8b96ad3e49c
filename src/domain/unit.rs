//! Who carries and receives content: units, their channels and stations, groups, lists.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveTime, Weekday};
use serde::{Deserialize, Serialize};

pub use super::contact::{ContactRow, Contacts};

use super::id::{AccountId, GroupId, ListId, UnitId};

/// What staff write after `channel:`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// Portals and sites.
    Website,
    /// E-mail.
    Email,
    /// Telegram chats and channels.
    Telegram,
    /// Zalo chats.
    Zalo,
    /// Social pages.
    Social,
    /// Commune broadcast stations.
    Station,
    /// Newspapers, by mail.
    Press,
    /// Boards, meetings, vehicles: entered by hand.
    Offline,
}

impl Family {
    /// All of them, in the order of screens.
    pub const ALL: [Family; 8] = [
        Family::Website,
        Family::Email,
        Family::Telegram,
        Family::Zalo,
        Family::Social,
        Family::Station,
        Family::Press,
        Family::Offline,
    ];
    /// The word in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Family::Website => "website",
            Family::Email => "email",
            Family::Telegram => "telegram",
            Family::Zalo => "zalo",
            Family::Social => "social",
            Family::Station => "station",
            Family::Press => "press",
            Family::Offline => "offline",
        }
    }
    /// Reads the word in files.
    pub fn parse(s: &str) -> Option<Family> {
        Family::ALL.into_iter().find(|f| f.as_str() == s)
    }
    /// The word on Vietnamese screens.
    pub fn vi(self) -> &'static str {
        match self {
            Family::Website => "website",
            Family::Email => "thư",
            Family::Telegram => "Telegram",
            Family::Zalo => "Zalo",
            Family::Social => "mạng xã hội",
            Family::Station => "truyền thanh",
            Family::Press => "báo chí",
            Family::Offline => "trực tiếp",
        }
    }
    /// Which of the eight forms of grassroots information (Decree 49/2024/NĐ-CP) reports count it under. Mail and press are none
    /// of them: the decree names portals, not letters or newspapers.
    pub fn decree49(self) -> Option<u8> {
        match self {
            Family::Station => Some(1),
            Family::Offline => Some(5),
            Family::Website => Some(6),
            Family::Telegram | Family::Zalo | Family::Social => Some(7),
            Family::Email | Family::Press => None,
        }
    }
    /// Whether quiet hours for people bind it (messages that ring in a pocket).
    pub fn reaches_people_directly(self) -> bool {
        match self {
            Family::Email | Family::Telegram | Family::Zalo => true,
            Family::Website | Family::Social | Family::Station | Family::Press | Family::Offline => false,
        }
    }
    /// How long after its time a delivery is still useful unless the sending or `loa.yaml` says otherwise, in seconds.
    pub fn default_late_ok(self) -> i64 {
        const HOUR: i64 = 3600;
        match self {
            Family::Website | Family::Offline => 7 * 24 * HOUR,
            Family::Email | Family::Press => 24 * HOUR,
            Family::Telegram | Family::Zalo | Family::Social => 12 * HOUR,
            Family::Station => 3 * 24 * HOUR,
        }
    }
}

/// How a site wants its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Published at once (an own site).
    Publish,
    /// Arrives as pending; their editor publishes.
    Draft,
    /// A package goes to the webmaster, who returns the link.
    HandOver,
}

impl Mode {
    /// The word in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Mode::Publish => "publish",
            Mode::Draft => "draft",
            Mode::HandOver => "hand-over",
        }
    }
}

/// One place where content goes: `phuong-hong-bang/website`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channel {
    /// The owner.
    pub unit: UnitId,
    /// Its family.
    pub family: Family,
    /// The account that serves it. `None` only where the family's default account of `loa.yaml` serves (hand-over
    /// packages and sheets go by the account named there).
    pub account: Option<AccountId>,
    /// For websites.
    pub mode: Option<Mode>,
    /// The site's address, for the reader and for checking links.
    pub url: Option<String>,
    /// Where messages go: a chat id, a mail address. For hand-over and sheets: the officer's.
    pub address: Option<String>,
}

impl Channel {
    /// `unit/family`: what a channel is called in the ledger.
    pub fn target_ref(&self) -> String {
        format!("{}/{}", self.unit, self.family.as_str())
    }
}

/// The person at a unit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Full name.
    pub name: Option<String>,
    /// As written, with spaces.
    pub phone: Option<String>,
    /// Mail address.
    pub email: Option<String>,
}

/// How a station makes its sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StationKind {
    /// Over the Internet or 3G/4G.
    Ip,
    /// By radio.
    Fm,
    /// By wire.
    Wired,
}

/// A session of a station: part of its day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// `sang`, `chieu`, `trua`, `toi`.
    pub name: String,
    /// Start, the station's wall clock.
    pub from: NaiveTime,
    /// End, the station's wall clock.
    pub until: NaiveTime,
}

/// A commune broadcast station.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Station {
    /// How it makes its sound.
    pub kind: StationKind,
    /// Its sessions, in the order of the day.
    pub sessions: Vec<Session>,
    /// Weekdays it airs on.
    pub days: Vec<Weekday>,
    /// The office's share of each session, in seconds. Loa never fills more.
    pub allowance_seconds: u32,
    /// Zone of its clock, if not the workspace's.
    pub time_zone: Option<chrono_tz::Tz>,
}

/// An organisation that carries or receives content.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Unit {
    /// Its id.
    pub id: UnitId,
    /// Official name.
    pub name: String,
    /// `department`, `office`, `school`, `commune`, `press`…: free word for filters and reports.
    pub kind: String,
    /// Official administrative code, for communes.
    pub code: Option<String>,
    /// Administrative owner.
    pub parent: Option<UnitId>,
    /// Professional guide.
    pub guided_by: Option<UnitId>,
    /// Whom to call.
    pub contact: Contact,
    /// Obligations, free ids.
    pub tasks: Vec<String>,
    /// Earlier names, for search.
    pub old_names: Vec<String>,
    /// Ids it may have had before. A unit that was renamed keeps its place in the ledger by one of them, so that what it
    /// has received is not sent to it again; see `plan::diff`.
    pub was: Vec<UnitId>,
    /// Its channels by family.
    pub channels: BTreeMap<Family, Channel>,
    /// Its station.
    pub station: Option<Station>,
    /// People its channels cover as the unit declares it (`dan_so`), for reach.
    pub people_covered: Option<u64>,
}

/// A unit the plan still names and that no longer exists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closed {
    /// Its id.
    pub id: UnitId,
    /// Its name.
    pub name: String,
    /// When it closed.
    pub closed_on: NaiveDate,
    /// Who took over.
    pub successors: Vec<UnitId>,
}

/// A named set of units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Its id.
    pub id: GroupId,
    /// In words.
    pub title: Option<String>,
    /// Its units, in order.
    pub units: Vec<UnitId>,
}

/// On what ground an address is kept (Law 91/2025/QH15).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// The person agreed.
    Consent,
    /// Art. 19: a state agency's statutory duty.
    Duty,
}

/// A named list of contacts (`campaigns/audiences/<id>.csv`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactList {
    /// Its id: the file's stem.
    pub id: ListId,
    /// In words.
    pub title: String,
    /// On what ground its addresses are kept, unless a row says otherwise.
    pub ground: Ground,
    /// Where they came from.
    pub source: String,
    /// Its people, in the order of the file.
    pub contacts: Contacts,
}
