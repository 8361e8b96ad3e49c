//! People of lists and their wishes (floor F2): who leaves, and from what.
//!
//! It never shows or logs an address, and never tells a stranger whether a person is known.

mod opt_out;

pub use opt_out::{Leave, OptOutLink};
