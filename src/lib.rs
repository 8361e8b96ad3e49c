//! Loa ("loudspeaker"): one campaign over web, mail, bots and air, with one ledger.
//!
//! Modules stand in the order of the floors (see `ARCHITECTURE.md`); imports go down only, and `tests/it/tidy.rs`
//! keeps it so.

// F0
pub mod domain;
pub mod yaml;
// F1
pub mod config;
pub mod kit;
pub mod manifest;
pub mod render;
pub mod store;
pub mod transport;
pub mod word;
// F2
pub mod dispatch;
pub mod mirror;
pub mod people;
pub mod plan;
pub mod reach;
pub mod report;
// F3
pub mod web;
// F4
pub mod daemon;
// F5
pub mod cli;
