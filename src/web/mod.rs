//! What others speak to over HTTP (floor F3): the public opt-out page and pictures, and the local port of health and metrics.
//!
//! It builds routers and never listens, spawns or sends: `daemon` gives them a socket. Nothing personal is logged, no cookie
//! is set, nobody is redirected.

mod local;
mod opt_out;
mod pictures;

pub use local::{Health, HealthReport, local};
pub use opt_out::public;
