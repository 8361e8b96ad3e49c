//! Reporting periods (Decree 09/2019/NĐ-CP art. 12).

/// How periods are cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Scheme {
    /// 15th to 14th, as the decree says.
    #[default]
    Nd09,
    /// Calendar months and quarters.
    Calendar,
}
