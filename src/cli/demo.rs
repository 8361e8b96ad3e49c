//! `loa demo`.

use clap::Args;

use super::{Ctx, Done, Stop};

/// `loa demo`
#[derive(Debug, Args)]
pub struct DemoArgs {}

/// `loa demo`
///
/// # Errors
/// See the text.
pub async fn demo(_ctx: &Ctx, _a: DemoArgs) -> Done {
    Err(Stop::cannot("x"))
}
