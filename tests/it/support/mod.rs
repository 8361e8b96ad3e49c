//! What the integration tests start: real servers that nobody here wrote, on free ports of loopback, and stand-ins for
//! platforms that cannot be run; and the messages they are sent.

pub mod fakes;
pub mod node;
pub mod office;
pub mod outbound;
pub mod postgres;
pub mod smtp;
pub mod wordpress;
