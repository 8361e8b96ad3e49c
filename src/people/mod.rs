//! Lists, opt-out, suppression (floor F2).
