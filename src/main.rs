//! The program: hands its arguments to [`loa::cli`] and does nothing else.

fn main() {}
