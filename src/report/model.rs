//! A report as it was frozen: numbers and dates, no words. It reads back what it writes, so that one of last year prints as then.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::period::{Period, Scheme};
use crate::domain::reach::Grade;
use crate::domain::unit::Family;

/// Form of the model; grows when a field changes its meaning.
pub const VERSION: u32 = 2;

/// How far a period has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// Its window has not begun.
    NotBegun,
    /// Its window is open: figures are those so far.
    Running,
    /// Its window has closed.
    Over,
}

/// Rows of the ledger, counted by what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// All that was to be sent: the sum of sent, pending, rejected, failed, unknown and not sent.
    pub planned: i64,
    /// Taken by the far side.
    pub sent: i64,
    /// Still to come, held or under way.
    pub pending: i64,
    /// Refused by the far side.
    pub rejected: i64,
    /// No attempts left.
    pub failed: i64,
    /// It may have happened.
    pub unknown: i64,
    /// Of those: whose question a person closed as “not known”.
    #[serde(default)]
    pub left: i64,
    /// Of those: whose question closed by itself, since nobody answered in the stated time.
    #[serde(default)]
    pub unanswered: i64,
    /// Its time passed.
    pub not_sent: i64,
    /// Taken back by the plan or a person; not in `planned`.
    pub withdrawn: i64,
}

/// Airings of stations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Airings {
    /// Wanted by the plan, whether or not the sheet has left.
    pub wanted: i64,
    /// Of those: no room in the week (days off, the ward's share of a session).
    #[serde(default)]
    pub no_room: i64,
    /// On sheets that stations have: the sum of `declared`, `not_aired`, `unconfirmed` and `waiting`.
    pub handed: i64,
    /// Of what was asked for: aired, as stations declare.
    pub declared: i64,
    /// Aired beyond what was asked for, as stations declare; makes up for nothing that is missing elsewhere.
    #[serde(default)]
    pub extra: i64,
    /// Not aired, as stations declare.
    pub not_aired: i64,
    /// The week is over and nobody said anything.
    pub unconfirmed: i64,
    /// An answer may still come.
    pub waiting: i64,
}

/// Packages that are answered with a link.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Links {
    /// Packages handed over.
    pub handed: i64,
    /// Links that Loa opened and on which it found the article.
    pub returned: i64,
}

/// Everything counted about a unit, a family or a post.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Rows.
    pub counts: Counts,
    /// Airings.
    pub airings: Airings,
    /// Packages.
    pub links: Links,
}

/// A family of channels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FamilyLine {
    /// Which.
    pub family: Family,
    /// Form of grassroots information it is counted under (Decree 49/2024/NĐ-CP), 1–8; `None`: none of the eight.
    pub decree49: Option<u8>,
    /// Its figures.
    #[serde(flatten)]
    pub line: Line,
}

/// A unit; `unit` is empty for the people of lists, who belong to none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitLine {
    /// Its id.
    pub unit: String,
    /// Its name.
    pub name: String,
    /// Its figures.
    #[serde(flatten)]
    pub line: Line,
}

/// A post.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostLine {
    /// `campaign/post`.
    pub origin: String,
    /// Its title.
    pub title: String,
    /// Its figures.
    #[serde(flatten)]
    pub line: Line,
}

/// A figure of reach within one family.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReachLine {
    /// The channels.
    pub family: Family,
    /// The unit, where figures of several units must not be added (members of chats).
    pub unit: Option<String>,
    /// What was counted.
    pub metric: String,
    /// How many: times, not people.
    pub value: i64,
    /// How sure.
    pub grade: Grade,
    /// By whom.
    pub sources: BTreeSet<String>,
    /// When the first of its figures was taken.
    pub first_at: DateTime<Utc>,
    /// When the last was.
    pub last_at: DateTime<Utc>,
}

/// A report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// [`VERSION`] of the program that made it.
    pub version: u32,
    /// `2026-Q4`.
    pub period: String,
    /// `nd09` or `calendar`.
    pub scheme: String,
    /// First day that is counted.
    pub from: NaiveDate,
    /// Last day that is counted.
    pub until: NaiveDate,
    /// The same in words: `số liệu tính từ 15/09/2026 đến 14/12/2026`.
    pub window: String,
    /// How far the period has come.
    pub progress: Progress,
    /// Who reports.
    pub organisation: String,
    /// To whom.
    pub addressed_to: Option<String>,
    /// When it was made.
    pub made_at: DateTime<Utc>,
    /// Zone of its days.
    pub time_zone: chrono_tz::Tz,
    /// Sendings of the period whose rows are not in the ledger yet.
    pub unplaced: i64,
    /// Everything.
    pub total: Line,
    /// By channel.
    pub families: Vec<FamilyLine>,
    /// By unit.
    pub units: Vec<UnitLine>,
    /// By post.
    pub posts: Vec<PostLine>,
    /// Figures of reach; there is no sum over channels.
    pub reach: Vec<ReachLine>,
}

impl Report {
    /// The period, if it is one.
    pub fn parsed_period(&self) -> Option<Period> {
        Period::parse(&self.period)
    }
    /// How its periods are cut.
    pub fn parsed_scheme(&self) -> Scheme {
        if self.scheme == "calendar" { Scheme::Calendar } else { Scheme::Nd09 }
    }
}
