//! The one integration-test binary: each file here is a module of it, so that they link once.
//!
//! A module whose line ends in `// server: …` starts servers that nobody here wrote; `./test --quick` leaves it out.
//! `tidy` refuses a file of this folder that is not listed.

mod email; // server: aiosmtpd
mod handover;
mod optout;
mod report;
mod screens;
mod support;
mod tidy;
