//! Wiring, supervised loops, lifecycle (floor F4). The only place that spawns.

mod alarm;
mod clock;
mod engine;
mod health;
mod listen;
mod pulse;
mod run;
mod telemetry;
mod world;

pub use alarm::disk_free;
pub use clock::{SimClock, SystemClock};
pub use engine::{Built, Engine, Open, OpenError, Tasks, Turn, is_unusable, transports, unusable};
pub use health::NodeHealth;
pub use run::{Ended, Lock, LockError, RunOptions, Signals, idle, reload, serve, stopped};
pub use telemetry::describe;
pub use world::{World, staff};
