//! The media kit: pinned files by hash (floor F1).
//!
//! A file is what its bytes say, never what its name says; it is stored under its SHA-256 and tested against it each time
//! it is read. What a channel gets is made of it once, by a recipe ([`derive`]). Everything here blocks: call it where
//! blocking is allowed. Nothing here reaches the network.

mod derive;
mod lock;
mod pack;
mod sniff;
mod store;
mod strip;
mod whole;
mod words;

pub use derive::{Derived, Made, derive, shown_size};
pub use lock::{Lock, Pin};
pub use pack::{Entry, MAX_ENTRIES, MAX_PACK, PackFault, pack, unpack};
pub use sniff::{
    Info, KitError, MAX_BYTES, MAX_CLIP, MAX_PIXELS, inspect, most, opened, pixels, type_named, type_of,
};
pub use store::{AssetStore, Imported, Verified, hash, read, read_again, write_whole};
#[cfg(test)]
pub(crate) use whole::tests::a_pdf;
pub use words::short;
