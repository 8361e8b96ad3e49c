//! Figures about a delivery or an occurrence, each with its source and certainty.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// How sure a figure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// Loa saw it itself (an accepted delivery, a link it opened).
    Measured,
    /// The platform says so (members of a chat).
    Platform,
    /// A unit says so (airings).
    Declared,
    /// Computed from other figures (airings × people covered).
    Estimated,
}

impl Grade {
    /// The word stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Grade::Measured => "measured",
            Grade::Platform => "platform",
            Grade::Declared => "declared",
            Grade::Estimated => "estimated",
        }
    }
    /// Reads the word.
    pub fn parse(s: &str) -> Option<Grade> {
        [Grade::Measured, Grade::Platform, Grade::Declared, Grade::Estimated]
            .into_iter()
            .find(|g| g.as_str() == s)
    }
    /// The word on Vietnamese screens.
    pub fn vi(self) -> &'static str {
        match self {
            Grade::Measured => "đo được",
            Grade::Platform => "nền tảng báo",
            Grade::Declared => "đơn vị khai",
            Grade::Estimated => "ước tính",
        }
    }
}

/// One figure as a transport answers it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReachFigure {
    /// The receipt it belongs to (empty: the whole channel at that moment).
    pub receipt: String,
    /// What was counted: `accepted`, `members`, `airings`, `people_covered`, `link_ok`, `views`.
    pub metric: String,
    /// How many.
    pub value: i64,
    /// How sure.
    pub grade: Grade,
    /// By whom: `telegram getChatMemberCount`, `phuong-hong-bang`.
    pub source: String,
    /// When.
    pub at: DateTime<Utc>,
}
