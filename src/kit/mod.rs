//! The media kit: pinned files by hash (floor F1).
//!
//! A file is what its bytes say, never what its name says; it is stored under its SHA-256 and tested against it each time
//! it is read. Everything here blocks: call it where blocking is allowed. Nothing here reaches the network.

mod sniff;
mod store;

pub use sniff::{Info, KitError, MAX_BYTES, MAX_PIXELS, inspect, pixels};
pub use store::{AssetStore, Imported};
