//! One content to each voice; templates; lint (floor F1).
