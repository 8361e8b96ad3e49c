//! Wiring, supervised loops, lifecycle; the only place that spawns (floor F4).
