//! The media kit: pinned files by hash (floor F1).
