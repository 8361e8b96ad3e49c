//! Text of Vietnamese: NFC, folding, slugs, sorting, numbers.

/// Language of what people read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Lang {
    /// Vietnamese.
    #[default]
    Vi,
    /// English.
    En,
}
