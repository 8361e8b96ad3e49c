//! The schema's steps, up and down.

use loa_migrations::Migrator;
use loa_migrations::MigratorTrait as _;

use super::{Result, Store};

impl Store {
    /// Applies the steps that are missing.
    ///
    /// # Errors
    /// A step that fails; what it did is undone where the database can.
    pub async fn migrate_up(&self) -> Result<()> {
        Ok(Migrator::up(&self.write, None).await?)
    }

    /// Takes back all steps: an empty database. For tests.
    ///
    /// # Errors
    /// As [`Self::migrate_up`].
    pub async fn migrate_down(&self) -> Result<()> {
        Ok(Migrator::down(&self.write, None).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn up_down_up() {
        let s = Store::in_memory().await.unwrap();
        s.migrate_down().await.unwrap();
        s.migrate_up().await.unwrap();
        assert_eq!(s.int("SELECT count(*) FROM delivery", vec![]).await.unwrap(), 0);
    }
}
