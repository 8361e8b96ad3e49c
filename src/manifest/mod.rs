//! `campaigns/` to [`crate::domain`], with every fault located (floor F1).
