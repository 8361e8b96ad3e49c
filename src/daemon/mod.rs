//! Wiring, supervised loops, lifecycle (floor F4). The only place that spawns.

mod clock;
mod engine;
mod health;
mod run;

pub use clock::{SimClock, SystemClock};
pub use engine::{Engine, Open, OpenError, Tasks, Turn, World, transports};
pub use health::{local_router, public_router};
pub use run::{Ended, Lock, LockError, RunOptions, idle, reload, serve, stopped};
