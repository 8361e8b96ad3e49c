//! Read-only: figures of a period as a table, JSON and HTML (floor F2).
