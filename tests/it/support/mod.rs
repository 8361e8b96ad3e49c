//! What the integration tests start: real servers that nobody here wrote, on free ports of loopback.

pub mod office;
pub mod smtp;
