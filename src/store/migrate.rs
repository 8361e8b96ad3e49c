//! The schema's steps, up and down, and how large what they made has become.

use loa_migrations::Migrator;
use loa_migrations::MigratorTrait as _;
use sea_orm::FromQueryResult;

use super::{Result, Store, params};

/// A step of the schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its name.
    pub name: String,
    /// Whether this database has it.
    pub applied: bool,
}

/// What `loa db status` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DbStatus {
    /// The schema's steps, oldest first.
    pub steps: Vec<Step>,
    /// Steps that this program does not know: a newer one made them.
    pub unknown_steps: Vec<String>,
    /// Length of the database, bytes.
    pub bytes: i64,
    /// Rows of each table.
    pub tables: Vec<(String, i64)>,
}

#[derive(FromQueryResult)]
struct Name {
    name: String,
}

impl Store {
    /// Applies the steps that are missing.
    ///
    /// # Errors
    /// A step that fails; what it did is undone where the database can.
    pub async fn migrate_up(&self) -> Result<()> {
        if self.pooled {
            let tx = self.begin().await?;
            Migrator::up(tx.pool()?, None).await?;
            return tx.commit().await;
        }
        Ok(Migrator::up(&self.write, None).await?)
    }

    /// Takes back all steps: an empty database. For tests.
    ///
    /// # Errors
    /// As [`Self::migrate_up`].
    pub async fn migrate_down(&self) -> Result<()> {
        Ok(Migrator::down(&self.write, None).await?)
    }

    /// Takes back the last step that was applied, with all that it holds.
    ///
    /// # Errors
    /// As [`Self::migrate_up`].
    pub async fn migrate_down_one(&self) -> Result<()> {
        let tx = self.begin().await?;
        Migrator::down(tx.pool()?, Some(1)).await?;
        tx.commit().await
    }

    /// Whether the ledger's tables are there at all.
    pub(super) async fn has_tables(&self) -> Result<bool> {
        let sql = if self.is_embedded() {
            "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'meta'"
        } else {
            "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
             WHERE n.nspname = current_schema() AND c.relname = 'meta'"
        };
        Ok(self.int(sql, vec![]).await? == 1)
    }

    /// Steps, size and rows, as they are; nothing is applied.
    ///
    /// # Errors
    /// The database's.
    pub async fn db_status(&self) -> Result<DbStatus> {
        let applied: Vec<String> = if self.has_tables().await? {
            let rows: Vec<Name> =
                self.rows("SELECT version AS name FROM seaql_migrations ORDER BY version", vec![]).await?;
            rows.into_iter().map(|r| r.name).collect()
        } else {
            vec![]
        };
        let steps: Vec<Step> = Migrator::migrations()
            .iter()
            .map(|m| Step { name: m.name().to_owned(), applied: applied.iter().any(|a| a == m.name()) })
            .collect();
        let unknown_steps =
            applied.into_iter().filter(|a| !steps.iter().any(|s| s.name == *a)).collect::<Vec<_>>();
        let bytes = self
            .int(
                if self.is_embedded() {
                    "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
                } else {
                    "SELECT pg_database_size(current_database())"
                },
                params![],
            )
            .await?;
        Ok(DbStatus { steps, unknown_steps, bytes, tables: self.table_counts().await? })
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
