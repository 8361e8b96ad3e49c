//! All SQL (floor F1).
