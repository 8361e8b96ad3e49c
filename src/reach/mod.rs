//! What became of what was sent (floor F2): figures that far sides are asked for, and the answers of webmasters and stations.
//!
//! Each figure keeps its source, grade and time. It follows nobody: no pixel, no link per person. What was accepted is in the
//! ledger already and is counted there, not copied here.

mod answer;
mod link;
mod page;
mod poll;

pub use answer::{Aired, AiredRow, Airings, AnswerFault, Done, aired, done};
pub use link::{LinkCheck, LinkVerdict, check_link};
pub use poll::{ReachTick, tick};
