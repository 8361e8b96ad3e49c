//! PostgreSQL behind a pooler that gives a connection for one transaction at a time (pgbouncer's `pool_mode = transaction`).
//!
//! Such a pooler refuses options at the start of a connection and hands the server's session to the next client with whatever
//! is left in it. The URL says so (`?pooler=transaction`); then every statement runs inside a transaction that begins by making
//! its session fit, and nothing is prepared for longer. Without that word a pooler refuses the first connection: it is never
//! used by mistake.

use sea_orm::{DbErr, RuntimeErr};

use super::{Result, Store, StoreError, Tx};

/// The URL as the driver wants it, and whether a pooler stands before the database.
pub(super) fn of(url: &str) -> Result<(String, bool)> {
    let Some((base, query)) = url.split_once('?') else { return Ok((url.to_owned(), false)) };
    let mut pooled = false;
    let mut rest = Vec::new();
    for pair in query.split('&') {
        match pair.split_once('=') {
            Some(("pooler", "transaction")) => pooled = true,
            Some(("pooler", "session" | "none")) => {}
            Some(("pooler", other)) => {
                return Err(StoreError::BadUrl(format!(
                    "database: pooler={other}: write pooler=transaction, or nothing"
                )));
            }
            _ => rest.push(pair),
        }
    }
    Ok((if rest.is_empty() { base.to_owned() } else { format!("{base}?{}", rest.join("&")) }, pooled))
}

/// What a pooler says to a connection that does not know of it, in words that help.
pub(super) fn say(e: DbErr) -> StoreError {
    if let DbErr::Conn(RuntimeErr::SqlxError(inner)) = &e
        && inner.to_string().contains("unsupported startup parameter")
    {
        return StoreError::BadUrl(format!(
            "database: {inner}. A connection pooler stands before it: add ?pooler=transaction to the URL, and \
             `ignore_startup_parameters = extra_float_digits` to the pooler's settings"
        ));
    }
    e.into()
}

impl Store {
    /// Makes a session that was somebody else's a moment ago fit for a transaction.
    pub(super) async fn fit(&self, tx: &Tx) -> Result<()> {
        if !self.pooled {
            return Ok(());
        }
        // Names of statements are counted by each client: another's may be in the way.
        tx.inner_unprepared("DEALLOCATE ALL; SET LOCAL synchronous_commit = on; SET LOCAL jit = off").await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pooler_is_named_in_the_url() {
        let of = |u| of(u).unwrap();
        assert_eq!(of("postgres://a@h/d"), ("postgres://a@h/d".into(), false));
        assert_eq!(of("postgres://a@h/d?pooler=transaction"), ("postgres://a@h/d".into(), true));
        let both = of("postgres://a@h/d?sslmode=require&pooler=transaction&x=1");
        assert_eq!(both, ("postgres://a@h/d?sslmode=require&x=1".into(), true));
        assert!(super::of("postgres://a@h/d?pooler=statement").is_err());
    }
}
