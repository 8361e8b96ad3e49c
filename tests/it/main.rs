//! The integration tests: one binary, so that one edit links once.

mod email;
mod support;
