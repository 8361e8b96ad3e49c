//! The one integration-test binary: each file here is a module of it, so that they link once.
//!
//! A module whose line ends in `// server: …` starts servers that nobody here wrote; `./test --quick` leaves it out.
//! `tidy` refuses a file of this folder that is not listed.

mod airtime;
mod alerts; // server: aiosmtpd
mod approval;
mod archive;
mod blackout;
mod changed;
mod chaos; // server: PostgreSQL, faketime, aiosmtpd
mod check;
mod crash;
mod demo;
mod derive;
mod email; // server: aiosmtpd
mod exits;
mod faults; // server: PostgreSQL
mod handover;
mod hints;
mod keeping; // server: PostgreSQL behind pgbouncer, aiosmtpd
mod kit;
mod lifecycle;
mod limits; // server: PostgreSQL, faketime
mod lists;
mod material;
mod mend;
mod optout;
mod planning;
mod power; // server: strace, PostgreSQL
mod preview; // server: Chromium
mod programme; // server: aiosmtpd, WordPress on MariaDB
mod promises;
mod questions; // server: aiosmtpd
mod recording; // server: lame, espeak-ng
mod report;
mod screens;
mod serve;
mod speech; // server: espeak-ng, lame
mod story;
mod support;
mod telegram; // server: python-telegram-bot, as the fake's judge
mod tidy;
mod truth;
mod voices;
mod webhook;
mod word;
mod wordpress; // server: WordPress on MariaDB
mod zalo; // server: python-zalo-bot, as the fake's judge
