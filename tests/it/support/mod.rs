//! What the tests share: servers nobody here wrote, stand-ins for those that cannot be run, messages.

pub mod fakes;
pub mod outbound;
pub mod wordpress;
