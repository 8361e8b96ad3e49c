//! `loa init`, `loa new`: commented files to start from. Nothing that exists is overwritten.
