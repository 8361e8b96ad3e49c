//! Types and pure rules of Loa (floor F0).
//!
//! Invariant: nothing here does I/O, reads a clock, or knows SQL, HTTP or YAML.
//! Whatever a higher room needs from below arrives through a port ([`port`]).

pub mod airtime;
pub mod alert;
pub mod calendar;
pub mod campaign;
pub mod contact;
pub mod delivery;
pub mod fact;
pub mod form;
pub mod id;
pub mod kit;
pub mod lunar;
pub mod markdown;
pub mod message;
pub mod month;
pub mod outcome;
pub mod people;
pub mod period;
pub mod port;
pub mod rate;
pub mod reach;
pub mod retry;
pub mod schedule;
pub mod sound;
pub mod speech;
pub mod stated;
pub mod text;
pub mod unit;
pub mod words;
pub mod workspace;
