//! Public endpoints (opt-out) and the local port (health, metrics) (floor F3).
