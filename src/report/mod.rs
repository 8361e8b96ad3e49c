//! Reports of a period, read-only (floor F2): ledger and figures, frozen into a [`Report`], printed as a table, JSON or a page.
//!
//! Two rules stand above the rest. A report prints the window of its figures (Decree 09/2019/NĐ-CP art. 12). And it never adds
//! the reach of different channels: nobody is followed, so nobody can say how many people two channels share.

mod build;
mod model;
mod print;
mod sections;
mod words;

pub use build::{build, figures};
pub use model::{Airings, Counts, FamilyLine, Line, Links, PostLine, Progress, ReachLine, Report, UnitLine};
pub use print::{reach_table, to_html, to_json, to_table};
pub use words::{grade, metric, source};
