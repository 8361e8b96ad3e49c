//! Receives and polls figures and grades them (floor F2).
