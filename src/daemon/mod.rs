//! Wiring, supervised loops, lifecycle (floor F4). The only place that spawns.

mod clock;
mod engine;
mod health;
mod listen;
mod run;
mod telemetry;

pub use clock::{SimClock, SystemClock};
pub use engine::{Built, Engine, Open, OpenError, Tasks, Turn, World, is_unusable, transports, unusable};
pub use health::NodeHealth;
pub use run::{Ended, Lock, LockError, RunOptions, Signals, idle, reload, serve, stopped};
pub use telemetry::describe;
