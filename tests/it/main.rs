//! Tests against the whole: real servers, independent clients.

mod support;
mod telegram;
mod webhook;
mod wordpress;
mod zalo;
