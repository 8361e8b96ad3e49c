//! Parses, calls, prints, exits (floor F5).
