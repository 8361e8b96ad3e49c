//! Whether "written" means written: what a server is set to lose in a power cut.
//!
//! On SQLite the connection itself says `synchronous=FULL`. On PostgreSQL the session says `synchronous_commit=on`; whether the
//! server syncs at all is its owner's choice, so it is asked, and a choice that makes every promise void is told.

use super::{FromQueryResult, Result, Store};

#[derive(FromQueryResult)]
struct Setting {
    name: String,
}

impl Store {
    /// Settings of the database server that are off and without which a power cut may take back what was answered as written,
    /// or damage it: `fsync`, `full_page_writes`, `synchronous_commit` (as this session has it, behind a pooler too). None on an
    /// embedded database.
    ///
    /// # Errors
    /// The database's.
    pub async fn not_durable(&self) -> Result<Vec<String>> {
        if self.is_embedded() {
            return Ok(vec![]);
        }
        let off: Vec<Setting> = self
            .rows(
                "SELECT name FROM pg_settings WHERE setting = 'off' \
                 AND name IN ('fsync', 'full_page_writes', 'synchronous_commit') ORDER BY name",
                vec![],
            )
            .await?;
        Ok(off.into_iter().map(|s| s.name).collect())
    }
}
